//! What follows from single rows: bounds of each cell, as tight as passing them
//! from row to row makes them.
//!
//! Most of a bundle is settled here in linear time: cells shown directly, the
//! last open cell of a row, the cells of an empty total. What is left open
//! falls apart into small blocks for the linear programs.

use std::collections::VecDeque;

use crate::rows::PublicRows;

/// How often a row is looked at at most, beside twice for each of its cells:
/// bounds may creep up on each other in ever smaller steps, and stopping early
/// is merely less tight.
const VISITS: usize = 40;

/// The bounds of one cell; no upper end is none known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) low: i128,
    pub(crate) high: Option<i128>,
}

impl Bound {
    pub(crate) fn fixed(self) -> Option<i128> {
        (self.high == Some(self.low)).then_some(self.low)
    }
}

/// The bounds of all cells; `None` if the rows contradict each other.
pub(crate) fn bounds(public: &PublicRows) -> Option<Vec<Bound>> {
    let mut bounds = vec![Bound { low: 0, high: None }; public.cells.len()];
    let mut rows_of = vec![Vec::new(); public.cells.len()];
    for (r, row) in public.rows.iter().enumerate() {
        for &(cell, _) in &row.terms {
            rows_of[cell as usize].push(r);
        }
    }
    let mut queue: VecDeque<usize> = (0..public.rows.len()).collect();
    let mut queued = vec![true; public.rows.len()];
    let mut visits = vec![0_usize; public.rows.len()];
    while let Some(r) = queue.pop_front() {
        queued[r] = false;
        visits[r] += 1;
        if visits[r] > VISITS + 2 * public.rows[r].terms.len() {
            continue;
        }
        let row = &public.rows[r];
        let (least, open_least) = activity(&row.terms, &bounds, false);
        let (most, open_most) = activity(&row.terms, &bounds, true);
        for &(cell, factor) in &row.terms {
            let factor = i128::from(factor);
            let here = bounds[cell as usize];
            let (own_least, own_open_least) = contribution(factor, here, false);
            let (own_most, own_open_most) = contribution(factor, here, true);
            // What the cell's term may be, given the others at their extremes as
            // they stood when the row was begun: looser at worst, and the row
            // is queued again when a bound moves.
            let at_most = (row.high)
                .filter(|_| open_least == u32::from(own_open_least))
                .map(|high| high - (least - own_least));
            let at_least = (row.low)
                .filter(|_| open_most == u32::from(own_open_most))
                .map(|low| low - (most - own_most));
            let (low, high) = if factor > 0 {
                (
                    at_least.map(|v| div_ceil(v, factor)),
                    at_most.map(|v| v.div_euclid(factor)),
                )
            } else {
                (
                    at_most.map(|v| div_ceil(-v, -factor)),
                    at_least.map(|v| (-v).div_euclid(-factor)),
                )
            };
            let mut new = here;
            new.low = new.low.max(low.unwrap_or(new.low));
            new.high = match (new.high, high) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            if new.high.is_some_and(|high| high < new.low) {
                return None;
            }
            if new != here {
                bounds[cell as usize] = new;
                for &other in &rows_of[cell as usize] {
                    if !queued[other] {
                        queued[other] = true;
                        queue.push_back(other);
                    }
                }
            }
        }
    }
    Some(bounds)
}

/// The least or the most a row can be, and how many terms are unbounded there.
fn activity(terms: &[(u32, i64)], bounds: &[Bound], most: bool) -> (i128, u32) {
    terms.iter().fold((0, 0), |(sum, open), &(cell, factor)| {
        let (value, unbounded) = contribution(i128::from(factor), bounds[cell as usize], most);
        (sum + value, open + u32::from(unbounded))
    })
}

fn contribution(factor: i128, bound: Bound, most: bool) -> (i128, bool) {
    if (factor > 0) == most {
        bound.high.map_or((0, true), |high| (factor * high, false))
    } else {
        (factor * bound.low, false)
    }
}

fn div_ceil(a: i128, b: i128) -> i128 {
    -((-a).div_euclid(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{Measure, Row};

    fn public(cells: usize, rows: Vec<Row>) -> PublicRows {
        PublicRows {
            cells: vec![Measure::Persons; cells],
            rows,
            targets: Vec::new(),
            minimum: 5,
            width: 5,
            amount_width_percent: 20,
            zeros_shown: true,
        }
    }

    #[test]
    fn the_last_open_cell_of_a_total_is_found_and_an_empty_total_empties_its_cells() {
        let found = bounds(&public(
            5,
            vec![
                Row::sum(&[0, 1, 2], 30, 30),
                Row::sum(&[0], 10, 10),
                Row::sum(&[1], 17, 17),
                Row::sum(&[3, 4], 0, 0),
            ],
        ))
        .unwrap();
        assert_eq!(found[2].fixed(), Some(3));
        assert_eq!(found[3].fixed(), Some(0));
        assert_eq!(found[4].fixed(), Some(0));
    }

    #[test]
    fn a_rounded_percentage_of_a_known_number_is_a_whole_number() {
        // 37 of 41 is 90.2 %: 0.5 / 10 either side leaves only 37.
        let share = |q: i64, sign: bool| Row {
            terms: vec![(0, 2000), (1, -(2 * q + if sign { 1 } else { -1 }))],
            low: (!sign).then_some(0),
            high: sign.then_some(0),
        };
        let found = bounds(&public(
            2,
            vec![Row::sum(&[1], 41, 41), share(902, true), share(902, false)],
        ))
        .unwrap();
        assert_eq!(found[0].fixed(), Some(37));
    }

    #[test]
    fn contradictions_are_seen() {
        let rows = vec![Row::sum(&[0, 1], 3, 3), Row::sum(&[0], 4, 9)];
        assert!(bounds(&public(2, rows)).is_none());
    }
}
