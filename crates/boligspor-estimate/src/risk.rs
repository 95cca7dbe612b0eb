//! Who is at risk and who fails at each distinct time.
//!
//! One pass over the rows fills counters per time slot; sums over slots then
//! give the risk sets. Survival, cumulative incidence and the tests all start
//! from the resulting [`RiskTable`], so they agree on what "at risk" means: a row
//! is at risk at `t` if `entry < t <= exit`.

use rayon::prelude::*;

use crate::error::{EstimateError, Result, same_length, valid_weights};
use crate::slots::Slots;

/// The rows to count: exits with a kind each, and optionally entries and weights.
///
/// A kind is 0 for censoring, `1..=causes` for an event and `causes + 1` for a
/// row that is continued by the person's next row.
pub(crate) struct Rows<'a, K> {
    pub(crate) exit: &'a [f64],
    pub(crate) entry: Option<&'a [f64]>,
    pub(crate) weights: Option<&'a [f64]>,
    pub(crate) kind: K,
    pub(crate) causes: usize,
    /// Rows that leave before this time are not counted.
    pub(crate) start_time: Option<f64>,
    pub(crate) tolerance: Option<f64>,
}

/// Counters per slot and kind.
struct Tally {
    exits: Vec<u64>,
    enters: Vec<u64>,
    /// The same in weights; empty without weights.
    exit_weight: Vec<f64>,
    enter_weight: Vec<f64>,
    /// Squared weights of exits, for the robust variance.
    exit_square: Vec<f64>,
    never_at_risk: usize,
}

/// Numbers at risk and of events at each distinct time at which someone leaves.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RiskTable {
    pub(crate) causes: usize,
    pub(crate) time: Vec<f64>,
    /// Weight at risk just before each time.
    pub(crate) n_risk: Vec<f64>,
    /// Weight of events, `causes` numbers a time.
    pub(crate) n_event: Vec<f64>,
    pub(crate) n_censor: Vec<f64>,
    /// Weight that entered after the previous time and before this one.
    pub(crate) n_enter: Vec<f64>,
    /// Number of rows with an event.
    pub(crate) event_count: Vec<u64>,
    /// Whether every row at risk has its event: weighted sums in different
    /// orders would miss this by rounding.
    pub(crate) all_fail: Vec<bool>,
    /// Sum of squared weights of rows leaving, `causes + 1` numbers a time.
    pub(crate) square: Vec<f64>,
    /// Rows counted.
    pub(crate) n: u64,
}

/// Fixed, so that weighted sums do not depend on the number of threads.
const CHUNK: usize = 1 << 17;

impl<K: Fn(usize) -> usize + Sync> Rows<'_, K> {
    /// Counts the rows. The slots are returned too, for estimators that go on
    /// to look at single rows.
    pub(crate) fn table(&self) -> Result<(RiskTable, Slots)> {
        let n = self.exit.len();
        if n == 0 {
            return Err(EstimateError::Empty {
                argument: "duration",
            });
        }
        let mut columns = vec![("duration", self.exit)];
        if let Some(entry) = self.entry {
            same_length("entry", entry.len(), "duration", n)?;
            columns.push(("entry", entry));
        }
        if let Some(weights) = self.weights {
            same_length("weights", weights.len(), "duration", n)?;
            valid_weights("weights", weights)?;
        }
        let slots = Slots::new(&columns, self.tolerance)?;
        let kinds = self.causes + 2;
        let first = self.start_time.map_or(0, |start| slots.below(start));
        // With many slots a copy of the counters per chunk would cost more than
        // the counting.
        let chunk = if slots.len() * kinds * 4 > CHUNK {
            n
        } else {
            CHUNK
        };
        let starts: Vec<usize> = (0..n).step_by(chunk).collect();
        let count = |start: usize| self.count(start..(start + chunk).min(n), &slots, first);
        let tally = if starts.len() == 1 {
            count(0)
        } else {
            // Batches bound the memory; sums are folded in order.
            let mut total: Option<Tally> = None;
            for batch in starts.chunks(16) {
                let parts: Vec<Tally> = batch.par_iter().map(|&s| count(s)).collect();
                for part in parts {
                    match &mut total {
                        None => total = Some(part),
                        Some(total) => total.add(&part),
                    }
                }
            }
            total.ok_or(EstimateError::Empty {
                argument: "duration",
            })?
        };
        if tally.never_at_risk > 0 {
            return Err(EstimateError::EntryNotBeforeExit {
                rows: tally.never_at_risk,
            });
        }
        if tally.exits.iter().all(|&count| count == 0) {
            return Err(EstimateError::OutOfRange {
                argument: "start_time",
                requirement: "some row must leave at or after it",
            });
        }
        Ok((
            tally.table(
                &slots,
                self.causes,
                self.weights.is_some(),
                self.entry.is_some(),
            ),
            slots,
        ))
    }

    fn count(&self, rows: std::ops::Range<usize>, slots: &Slots, first: usize) -> Tally {
        match slots {
            // The slot rule is settled outside the loop over rows.
            Slots::Whole { first: origin, len } => {
                let origin = *origin;
                self.count_with(rows, *len, first, |time| (time as i64 - origin) as usize)
            }
            Slots::Sorted(_) => self.count_with(rows, slots.len(), first, |time| slots.slot(time)),
        }
    }

    fn count_with(
        &self,
        rows: std::ops::Range<usize>,
        len: usize,
        first: usize,
        slot: impl Fn(f64) -> usize,
    ) -> Tally {
        let kinds = self.causes + 2;
        let weighted = self.weights.is_some();
        let mut tally = Tally {
            exits: vec![0; len * kinds],
            enters: vec![0; if self.entry.is_some() { len } else { 0 }],
            exit_weight: vec![0.0; if weighted { len * kinds } else { 0 }],
            enter_weight: vec![
                0.0;
                if weighted && self.entry.is_some() {
                    len
                } else {
                    0
                }
            ],
            exit_square: vec![0.0; if weighted { len * kinds } else { 0 }],
            never_at_risk: 0,
        };
        for i in rows {
            let exit = slot(self.exit[i]);
            let enter = self.entry.map(|entry| slot(entry[i]));
            if let Some(enter) = enter {
                tally.never_at_risk += usize::from(enter >= exit);
            }
            let weight = self.weights.map_or(1.0, |w| w[i]);
            if exit < first || weight == 0.0 {
                continue;
            }
            let cell = exit * kinds + (self.kind)(i);
            tally.exits[cell] += 1;
            if let Some(enter) = enter {
                tally.enters[enter] += 1;
            }
            if weighted {
                tally.exit_weight[cell] += weight;
                tally.exit_square[cell] += weight * weight;
                if let Some(enter) = enter {
                    tally.enter_weight[enter] += weight;
                }
            }
        }
        tally
    }
}

impl Tally {
    fn add(&mut self, other: &Self) {
        let sum = |a: &mut [u64], b: &[u64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        let sum_f = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        sum(&mut self.exits, &other.exits);
        sum(&mut self.enters, &other.enters);
        sum_f(&mut self.exit_weight, &other.exit_weight);
        sum_f(&mut self.enter_weight, &other.enter_weight);
        sum_f(&mut self.exit_square, &other.exit_square);
        self.never_at_risk += other.never_at_risk;
    }

    fn table(&self, slots: &Slots, causes: usize, weighted: bool, truncated: bool) -> RiskTable {
        let kinds = causes + 2;
        let slot_rows = (0..slots.len()).map(|s| {
            let cells = s * kinds..(s + 1) * kinds;
            let exits = &self.exits[cells.clone()];
            SlotRow {
                time: slots.time(s),
                exits,
                weights: if weighted {
                    Some((&self.exit_weight[cells.clone()], &self.exit_square[cells]))
                } else {
                    None
                },
                enters: if truncated { self.enters[s] } else { 0 },
                enter_weight: if weighted && truncated {
                    self.enter_weight[s]
                } else {
                    0.0
                },
            }
        });
        RiskTable::from_slots(slot_rows, causes)
    }
}

/// The counters of one slot, as [`RiskTable::from_slots`] takes them.
pub(crate) struct SlotRow<'a> {
    pub(crate) time: f64,
    /// By kind; a missing last kind counts as zero.
    pub(crate) exits: &'a [u64],
    /// Weights and squared weights of the exits, if there are weights.
    pub(crate) weights: Option<(&'a [f64], &'a [f64])>,
    pub(crate) enters: u64,
    pub(crate) enter_weight: f64,
}

impl RiskTable {
    /// Builds the table from slots in increasing time.
    pub(crate) fn from_slots<'a>(
        slots: impl DoubleEndedIterator<Item = SlotRow<'a>>,
        causes: usize,
    ) -> Self {
        let mut table = Self {
            causes,
            ..Self::default()
        };
        // Backwards: the number at risk is what leaves at or after a time less
        // what enters at or after it.
        let (mut count, mut weight, mut late) = (0_i128, 0.0, 0.0);
        for row in slots.rev() {
            let leaving: u64 = row.exits.iter().sum();
            let shown = row.exits[..=causes].iter().any(|&c| c > 0);
            table.n += leaving;
            count += i128::from(leaving) - i128::from(row.enters);
            match row.weights {
                Some((w, _)) => weight += w.iter().sum::<f64>() - row.enter_weight,
                None => weight = count as f64,
            }
            // Who enters at this time is at risk only after it.
            let entering = if row.weights.is_some() {
                row.enter_weight
            } else {
                row.enters as f64
            };
            if shown {
                let events: u64 = row.exits[1..=causes].iter().sum();
                let mut n_risk = weight;
                let at = |kind: usize| row.weights.map_or(row.exits[kind] as f64, |(w, _)| w[kind]);
                let all_fail = i128::from(events) == count;
                if all_fail {
                    n_risk = (1..=causes).map(at).sum();
                }
                if let Some(next) = table.n_enter.last_mut() {
                    *next = late + entering;
                }
                late = 0.0;
                table.time.push(row.time);
                table.n_risk.push(n_risk);
                table.n_event.extend((1..=causes).rev().map(at));
                table.n_censor.push(at(0));
                table.n_enter.push(0.0);
                table.event_count.push(events);
                table.all_fail.push(all_fail);
                table.square.extend((0..=causes).rev().map(|kind| {
                    row.weights
                        .map_or(row.exits[kind] as f64, |(_, square)| square[kind])
                }));
            } else {
                late += entering;
            }
        }
        if let Some(first) = table.n_enter.last_mut() {
            *first = late;
        }
        table.time.reverse();
        table.n_risk.reverse();
        table.n_event.reverse();
        table.n_censor.reverse();
        table.n_enter.reverse();
        table.event_count.reverse();
        table.all_fail.reverse();
        table.square.reverse();
        table
    }

    /// Number of distinct times.
    pub(crate) fn len(&self) -> usize {
        self.time.len()
    }

    /// Weight of events of any cause at row `r`.
    pub(crate) fn events(&self, r: usize) -> f64 {
        self.n_event[r * self.causes..(r + 1) * self.causes]
            .iter()
            .sum()
    }

    /// Share failing of any cause at row `r`, exactly 1 if all do.
    pub(crate) fn hazard(&self, r: usize) -> f64 {
        if self.all_fail[r] {
            1.0
        } else {
            self.events(r) / self.n_risk[r]
        }
    }

    /// Number of table rows at or before each slot's time.
    pub(crate) fn rows_until(&self, slots: &Slots) -> Vec<u32> {
        let mut row = 0;
        (0..slots.len())
            .map(|slot| {
                let time = slots.time(slot);
                while row < self.time.len() && self.time[row] <= time {
                    row += 1;
                }
                row as u32
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(
        exit: &[f64],
        entry: Option<&[f64]>,
        weights: Option<&[f64]>,
        event: &[bool],
    ) -> Result<RiskTable> {
        let kind = |i: usize| usize::from(event[i]);
        let rows = Rows {
            exit,
            entry,
            weights,
            kind,
            causes: 1,
            start_time: None,
            tolerance: None,
        };
        rows.table().map(|(table, _)| table)
    }

    #[test]
    fn risk_sets_follow_entry_before_and_exit_at_or_after() {
        let t = table(
            &[4.0, 2.0, 6.0, 4.0],
            Some(&[0.0, 0.0, 3.0, 1.0]),
            None,
            &[true, true, false, false],
        )
        .unwrap();
        assert_eq!(t.time, [2.0, 4.0, 6.0]);
        assert_eq!(t.n_risk, [3.0, 3.0, 1.0]);
        assert_eq!(t.n_event, [1.0, 1.0, 0.0]);
        assert_eq!(t.n_censor, [0.0, 1.0, 1.0]);
        assert_eq!(t.n_enter, [3.0, 1.0, 0.0]);
    }

    #[test]
    fn late_entry_at_a_time_of_exit_counts_from_the_next_time() {
        let t = table(&[2.0, 5.0], Some(&[0.0, 2.0]), None, &[true, true]).unwrap();
        assert_eq!(t.n_risk, [1.0, 1.0]);
        assert_eq!(t.n_enter, [1.0, 1.0]);
        assert_eq!(t.all_fail, [true, true]);
    }

    #[test]
    fn weights_are_summed_and_rows_without_weight_do_not_exist() {
        let t = table(
            &[1.0, 2.0, 2.5, 3.0],
            None,
            Some(&[0.5, 1.25, 0.0, 2.0]),
            &[true, true, true, false],
        )
        .unwrap();
        assert_eq!(t.time, [1.0, 2.0, 3.0]);
        assert_eq!(t.n_risk, [3.75, 3.25, 2.0]);
        assert_eq!(t.square, [0.0, 0.25, 0.0, 1.5625, 4.0, 0.0]);
        assert_eq!(t.n, 3);
    }

    #[test]
    fn rows_never_at_risk_are_counted_and_refused() {
        let error = table(&[1.0, 2.0, 3.0], Some(&[1.0, 5.0, 0.0]), None, &[true; 3]).unwrap_err();
        assert_eq!(error, EstimateError::EntryNotBeforeExit { rows: 2 });
    }

    #[test]
    fn counting_and_sorting_agree_and_so_do_one_chunk_and_many() {
        let n = 3 * CHUNK + 17;
        let exit: Vec<f64> = (0..n).map(|i| ((i * 7919) % 997) as f64 + 1.0).collect();
        let event: Vec<bool> = (0..n).map(|i| i % 3 > 0).collect();
        let whole = table(&exit, None, None, &event).unwrap();
        let halves: Vec<f64> = exit.iter().map(|t| t / 2.0).collect();
        let sorted = table(&halves, None, None, &event).unwrap();
        assert_eq!(whole.n_risk, sorted.n_risk);
        assert_eq!(whole.n_event, sorted.n_event);
        assert_eq!(whole.n_risk[0], n as f64);
    }
}
