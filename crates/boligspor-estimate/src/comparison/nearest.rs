//! Nearest neighbours on a score, with and without replacement.
//!
//! Comparison people are sorted by score within their stratum. With
//! replacement the `k` nearest of a treated person are found by widening a
//! window around the place of their score. Without, whoever is taken is
//! skipped; links past those already taken are shortened as they are followed
//! (union-find), so that the whole pass stays nearly linear.

use std::collections::BTreeSet;

use super::matching::{CaliperScale, MatchLimits, MatchOptions, Matched};

pub(super) fn nearest(
    treated: &[bool],
    score: Vec<f64>,
    limits: &MatchLimits,
    options: &MatchOptions,
) -> Matched {
    let stratum = |row: usize| limits.within.map_or(0, |within| within[row]);
    let caliper = options
        .caliper
        .map_or(f64::INFINITY, |c| match options.caliper_scale {
            CaliperScale::Score => c,
            CaliperScale::StandardDeviations => c * pooled_deviation(treated, &score),
        });
    let order = |rows: &mut Vec<usize>, falling: bool| {
        rows.sort_by(|&a, &b| {
            let by_score = score[a].total_cmp(&score[b]);
            let by_score = if falling {
                by_score.reverse()
            } else {
                by_score
            };
            stratum(a).cmp(&stratum(b)).then(by_score).then(a.cmp(&b))
        });
    };
    let mut pool: Vec<usize> = (0..treated.len()).filter(|&r| !treated[r]).collect();
    let mut seekers: Vec<usize> = (0..treated.len()).filter(|&r| treated[r]).collect();
    order(&mut pool, false);
    order(&mut seekers, true);
    let mut free = Free::new(pool.len());
    let mut used = BTreeSet::new();
    let mut found: Vec<(usize, usize, f64)> = Vec::new();
    let mut matched = 0;
    for &seeker in &seekers {
        let own = stratum(seeker);
        let first = pool.partition_point(|&r| stratum(r) < own);
        let end = pool.partition_point(|&r| stratum(r) <= own);
        let place = first + pool[first..end].partition_point(|&r| score[r] < score[seeker]);
        let mut up = free.up(place, end);
        let mut below = Below::before(&mut free, place, first, &pool, &score);
        let mut taken = 0;
        while taken < options.ratio {
            let gap = |place: Option<usize>| {
                place.map_or(f64::INFINITY, |p| (score[pool[p]] - score[seeker]).abs())
            };
            let down = below.as_ref().map(|b| b.at);
            let (near_down, near_up) = (gap(down), gap(up));
            // Equal distances go to the earlier row.
            let take_down = near_down < near_up
                || (near_down == near_up
                    && down.is_some()
                    && down.map(|p| pool[p]) < up.map(|p| pool[p]));
            let distance = near_down.min(near_up);
            let Some(place) = (if take_down { down } else { up }) else {
                break;
            };
            if distance > caliper {
                break;
            }
            if take_down {
                below = below.and_then(|b| b.next(&mut free, first, &pool, &score));
            } else {
                up = free.up(place + 1, end);
            }
            let row = pool[place];
            if let Some(person) = limits.person {
                let served = !options.replacement && used.contains(&person[row]);
                if person[row] == person[seeker] || served {
                    continue;
                }
                used.insert(person[row]);
            }
            if !options.replacement {
                free.take(place);
            }
            found.push((seeker, row, distance));
            taken += 1;
        }
        matched += usize::from(taken > 0);
    }
    found.sort_by_key(|(seeker, _, _)| *seeker);
    let mut weight = vec![0.0; treated.len()];
    let mut at = 0;
    while at < found.len() {
        let seeker = found[at].0;
        let of = found[at..].iter().take_while(|f| f.0 == seeker).count();
        weight[seeker] = 1.0;
        for (_, row, _) in &found[at..at + of] {
            weight[*row] += 1.0 / of as f64;
        }
        at += of;
    }
    Matched {
        pairs: found.iter().map(|f| (f.0, f.1)).collect(),
        distance: found.iter().map(|f| f.2).collect(),
        cell: vec![None; treated.len()],
        weight,
        score,
        matched,
        warnings: Vec::new(),
    }
}

/// The next candidate below a score: the first free one of a run of equal
/// scores, so that ties go to the earlier row on this side too.
struct Below {
    start: usize,
    at: usize,
    end: usize,
}

impl Below {
    fn before(
        free: &mut Free,
        place: usize,
        first: usize,
        pool: &[usize],
        score: &[f64],
    ) -> Option<Self> {
        let last = free.down(place, first)?;
        let own = score[pool[last]];
        let start = first + pool[first..last].partition_point(|&r| score[r] < own);
        let end = last + 1;
        let at = free.up(start, end)?;
        Some(Self { start, at, end })
    }

    fn next(self, free: &mut Free, first: usize, pool: &[usize], score: &[f64]) -> Option<Self> {
        match free.up(self.at + 1, self.end) {
            Some(at) => Some(Self { at, ..self }),
            None => Self::before(free, self.start, first, pool, score),
        }
    }
}

/// Places not yet taken, with shortened links in both directions.
struct Free {
    /// Next free place at or after each; itself if free.
    next: Vec<usize>,
    /// One more than the last free place before each.
    previous: Vec<usize>,
}

impl Free {
    fn new(len: usize) -> Self {
        Self {
            next: (0..=len).collect(),
            previous: (0..=len).collect(),
        }
    }

    fn take(&mut self, place: usize) {
        self.next[place] = place + 1;
        self.previous[place + 1] = place;
    }

    /// The first free place at or after `place` and before `end`.
    fn up(&mut self, place: usize, end: usize) -> Option<usize> {
        let root = root(&mut self.next, place);
        (root < end).then_some(root)
    }

    /// The last free place before `place` and at or after `first`.
    fn down(&mut self, place: usize, first: usize) -> Option<usize> {
        let root = root(&mut self.previous, place);
        (root > first).then(|| root - 1)
    }
}

/// Follows links to their end and shortens them.
fn root(links: &mut [usize], from: usize) -> usize {
    let mut end = from;
    while links[end] != end {
        end = links[end];
    }
    let mut at = from;
    while links[at] != end {
        at = std::mem::replace(&mut links[at], end);
    }
    end
}

/// The root of the mean of the two groups' variances.
fn pooled_deviation(treated: &[bool], score: &[f64]) -> f64 {
    let variance = |group: bool| {
        let values = || treated.iter().zip(score).filter(move |(t, _)| **t == group);
        let n = values().count() as f64;
        let mean = values().map(|(_, s)| s).sum::<f64>() / n;
        let square: f64 = values().map(|(_, s)| (s - mean) * (s - mean)).sum();
        if n > 1.0 { square / (n - 1.0) } else { 0.0 }
    };
    f64::midpoint(variance(true), variance(false)).sqrt()
}
