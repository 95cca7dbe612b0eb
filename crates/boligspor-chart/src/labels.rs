//! Where labels go when the data would have them on top of each other.
//!
//! Labels beside the data spare the reader a legend, but lines end close
//! together and points cluster. Two tools settle that: [`spread`] moves labels
//! of a column apart as little as possible, and [`Placer`] tries positions
//! around a point until one is free.

use crate::canvas::Point;

/// Positions at least `gap` apart and within `low..=high`, in the order of
/// `wanted`, as near to `wanted` as possible in the least-squares sense.
///
/// Where there are too many for the gap, they stand evenly in the whole range.
/// Solved as isotonic regression by pooling adjacent violators (Barlow et al.,
/// *Statistical Inference under Order Restrictions*, 1972, chapter 1): with
/// every position less its share of the gaps, "at least `gap` apart" becomes
/// "not decreasing".
pub(crate) fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let n = wanted.len();
    if n == 0 {
        return Vec::new();
    }
    let room = (high - low).max(0.0);
    let gap = if n > 1 {
        gap.min(room / (n - 1) as f64)
    } else {
        0.0
    };
    let value = |i: usize| {
        if wanted[i].is_finite() {
            wanted[i]
        } else {
            low
        }
    };
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)).then(a.cmp(&b)));
    // Pools of equal position: sum of targets, count.
    let mut pools: Vec<(f64, usize)> = Vec::with_capacity(n);
    for (rank, &i) in order.iter().enumerate() {
        let mut pool = (value(i) - rank as f64 * gap, 1);
        while let Some(&last) = pools.last() {
            if last.0 / (last.1 as f64) <= pool.0 / pool.1 as f64 {
                break;
            }
            pools.pop();
            pool = (pool.0 + last.0, pool.1 + last.1);
        }
        pools.push(pool);
    }
    let ceiling = (high - (n - 1) as f64 * gap).max(low);
    let mut placed = vec![low; n];
    let mut rank = 0;
    for (sum, count) in pools {
        let level = (sum / count as f64).clamp(low, ceiling);
        for _ in 0..count {
            placed[order[rank]] = level + rank as f64 * gap;
            rank += 1;
        }
    }
    placed
}

/// A rectangle in pixels: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Area {
    /// The square of half-side `reach` around a point.
    pub(crate) fn around((x, y): Point, reach: f64) -> Self {
        Self {
            left: x - reach,
            top: y - reach,
            right: x + reach,
            bottom: y + reach,
        }
    }

    fn touches(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn within(&self, other: &Self) -> bool {
        self.left >= other.left
            && self.right <= other.right
            && self.top >= other.top
            && self.bottom <= other.bottom
    }
}

/// Keeps account of the room that is taken.
#[derive(Debug)]
pub(crate) struct Placer {
    page: Area,
    taken: Vec<Area>,
}

impl Placer {
    /// A placer for labels inside `page`.
    pub(crate) fn new(page: Area) -> Self {
        Self {
            page,
            taken: Vec::new(),
        }
    }

    /// Marks an area as taken.
    pub(crate) fn take(&mut self, area: Area) {
        self.taken.push(area);
    }

    /// Takes the room along a line.
    pub(crate) fn take_line(&mut self, points: &[Point], reach: f64) {
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let pieces = (length / (2.0 * reach)).ceil().clamp(1.0, 400.0);
            for i in 0..=pieces as usize {
                let part = i as f64 / pieces;
                let at = (
                    from.0 + (to.0 - from.0) * part,
                    from.1 + (to.1 - from.1) * part,
                );
                self.take(Area::around(at, reach));
            }
        }
    }

    /// The first of the areas that lies on the page and is free, which is then
    /// taken; with its index.
    pub(crate) fn place(&mut self, areas: &[Area]) -> Option<usize> {
        let free = areas.iter().position(|area| {
            area.within(&self.page) && !self.taken.iter().any(|taken| taken.touches(area))
        })?;
        self.take(areas[free]);
        Some(free)
    }
}

#[cfg(test)]
mod tests {
    use super::{Area, Placer, spread};

    #[test]
    fn labels_with_room_stay_where_they_are() {
        assert_eq!(
            spread(&[10.0, 50.0, 90.0], 12.0, 0.0, 100.0),
            [10.0, 50.0, 90.0]
        );
    }

    #[test]
    fn crowded_labels_move_apart_around_their_middle_and_keep_their_order() {
        let placed = spread(&[50.0, 51.0, 49.0], 10.0, 0.0, 100.0);
        assert_eq!(placed, [50.0, 60.0, 40.0]);
    }

    #[test]
    fn labels_stay_on_the_page() {
        assert_eq!(spread(&[99.0, 99.0], 12.0, 0.0, 100.0), [88.0, 100.0]);
        let placed = spread(&[0.0; 50], 12.0, 0.0, 98.0);
        assert!((placed[49] - 98.0).abs() < 1e-9 && placed[0] == 0.0);
        assert_eq!(spread(&[f64::NAN], 12.0, 3.0, 98.0), [3.0]);
        assert!(spread(&[], 12.0, 0.0, 98.0).is_empty());
    }

    #[test]
    fn a_place_is_given_away_once() {
        let mut placer = Placer::new(Area::around((50.0, 50.0), 50.0));
        let spot = Area::around((20.0, 20.0), 5.0);
        let beside = Area::around((40.0, 20.0), 5.0);
        let outside = Area::around((99.0, 99.0), 5.0);
        assert_eq!(placer.place(&[outside, spot, beside]), Some(1));
        assert_eq!(placer.place(&[spot, beside]), Some(1));
        assert_eq!(placer.place(&[spot, beside]), None);
    }
}
