//! Counts of events and censoring that can be added up, and curves from them.
//!
//! A survival or cumulative-incidence curve over whole-number times needs only
//! how many entered, were censored and failed at each time. Partitions count
//! their own people; the sums give the curve of the whole, bit for bit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aalen_johansen::{CumulativeIncidence, IncidenceVariance};
use crate::curve::{Influence, SurvivalCurve};
use crate::error::{EstimateError, Result, same_length};
use crate::options::SurvivalOptions;
use crate::risk::{RiskTable, SlotRow};

/// Mergeable counts of entries, censorings and events at whole-number times.
///
/// ```
/// use boligspor_estimate::{EventCounts, SurvivalOptions};
/// let (mut north, mut south) = (EventCounts::new(1), EventCounts::new(1));
/// north.add(None, 10, 1)?; // an event at 10
/// north.add(None, 30, 0)?; // censored at 30
/// south.add(Some(5), 20, 1)?; // under observation after 5, event at 20
/// north.merge(&south)?;
/// let curve = north.kaplan_meier(&SurvivalOptions::default())?;
/// assert_eq!(curve.n_risk, [3.0, 2.0, 1.0]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCounts {
    causes: usize,
    /// Whether anyone has entered late.
    truncated: bool,
    /// At each time: entered, censored, then one number per cause.
    at: BTreeMap<i32, Vec<u64>>,
}

const ENTERED: usize = 0;
const LEFT: usize = 1;

impl EventCounts {
    /// Counts of nobody, with events of causes `1..=causes`.
    pub fn new(causes: usize) -> Self {
        Self {
            causes,
            truncated: false,
            at: BTreeMap::new(),
        }
    }

    /// Number of causes.
    pub fn causes(&self) -> usize {
        self.causes
    }

    /// Number of people counted.
    pub fn n(&self) -> u64 {
        self.at
            .values()
            .map(|counts| counts[LEFT..].iter().sum::<u64>())
            .sum()
    }

    /// Times at which people leave, rising, with how many by cause (0: censored).
    pub fn exits(&self) -> impl Iterator<Item = (i32, &[u64])> + '_ {
        self.at
            .iter()
            .map(|(&time, counts)| (time, &counts[LEFT..]))
    }

    /// Adds one person observed after `entry` (from the start if `None`) until
    /// `exit`, where `cause` (0: censored) ends it.
    ///
    /// # Errors
    /// `entry >= exit`, or a cause above the number of causes.
    pub fn add(&mut self, entry: Option<i32>, exit: i32, cause: usize) -> Result<()> {
        if cause > self.causes {
            return Err(self.unknown_cause(1));
        }
        if entry.is_some_and(|entry| entry >= exit) {
            return Err(EstimateError::EntryNotBeforeExit { rows: 1 });
        }
        self.cell(exit)[LEFT + cause] += 1;
        if let Some(entry) = entry {
            self.truncated = true;
            self.cell(entry)[ENTERED] += 1;
        }
        Ok(())
    }

    /// Adds whole columns, one row a person; as [`add`](Self::add) for each.
    ///
    /// # Errors
    /// As `add`, with the number of rows; nothing is added then. Columns of
    /// different length.
    pub fn add_columns(
        &mut self,
        entry: Option<&[i32]>,
        exit: &[i32],
        cause: &[u32],
    ) -> Result<()> {
        same_length("cause", cause.len(), "exit", exit.len())?;
        let unknown = cause.iter().filter(|&&c| c as usize > self.causes).count();
        if unknown > 0 {
            return Err(self.unknown_cause(unknown));
        }
        if let Some(entry) = entry {
            same_length("entry", entry.len(), "exit", exit.len())?;
            match entry
                .iter()
                .zip(exit)
                .filter(|(entry, exit)| entry >= exit)
                .count()
            {
                0 => {}
                rows => return Err(EstimateError::EntryNotBeforeExit { rows }),
            }
        }
        self.truncated |= entry.is_some_and(|entry| !entry.is_empty());
        let width = self.causes + 2;
        let columns = || exit.iter().chain(entry.unwrap_or_default());
        let (Some(&low), Some(&high)) = (columns().min(), columns().max()) else {
            return Ok(());
        };
        let span = (i64::from(high) - i64::from(low)) as usize + 1;
        if span > exit.len().max(1 << 14) {
            for (i, &time) in exit.iter().enumerate() {
                self.cell(time)[LEFT + cause[i] as usize] += 1;
                if let Some(entry) = entry {
                    self.cell(entry[i])[ENTERED] += 1;
                }
            }
            return Ok(());
        }
        // A narrow range is counted in a plain array first.
        let mut dense = vec![0_u64; span * width];
        let slot = |time: i32| (i64::from(time) - i64::from(low)) as usize * width;
        for (i, &time) in exit.iter().enumerate() {
            dense[slot(time) + LEFT + cause[i] as usize] += 1;
        }
        for &time in entry.unwrap_or_default() {
            dense[slot(time) + ENTERED] += 1;
        }
        for (offset, counts) in dense.chunks_exact(width).enumerate() {
            if counts.iter().any(|&c| c > 0) {
                let time = (i64::from(low) + offset as i64) as i32;
                self.cell(time)
                    .iter_mut()
                    .zip(counts)
                    .for_each(|(a, b)| *a += b);
            }
        }
        Ok(())
    }

    /// Adds the people of `other`, who must be others than those counted here.
    /// Associative and commutative, exactly.
    ///
    /// # Errors
    /// A different number of causes.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.causes != other.causes {
            let (left, right) = (self.causes, other.causes);
            return Err(EstimateError::ShapeMismatch {
                left,
                right,
                what: "causes",
            });
        }
        self.truncated |= other.truncated;
        for (&time, counts) in &other.at {
            self.cell(time)
                .iter_mut()
                .zip(counts)
                .for_each(|(a, b)| *a += b);
        }
        Ok(())
    }

    /// The survival curve until an event of any cause, equal to
    /// [`kaplan_meier`](crate::kaplan_meier()) over the same people.
    ///
    /// # Errors
    /// Nobody counted, a bad level, or options that need rows (columns,
    /// `start_time` or a robust variance).
    pub fn kaplan_meier(&self, options: &SurvivalOptions) -> Result<SurvivalCurve> {
        let table = self.table(options, 1)?;
        crate::kaplan_meier::fit(table, self.origin(), options, Influence::None)
    }

    /// Cumulative incidence of each cause, equal to
    /// [`aalen_johansen`](crate::aalen_johansen()) over the same people.
    ///
    /// # Errors
    /// As [`kaplan_meier`](Self::kaplan_meier); the variance must be
    /// [`IncidenceVariance::Aalen`] or [`IncidenceVariance::Delta`].
    pub fn aalen_johansen(
        &self,
        options: &SurvivalOptions,
        variance: IncidenceVariance,
    ) -> Result<CumulativeIncidence> {
        if variance == IncidenceVariance::InfinitesimalJackknife {
            return Err(needs_rows());
        }
        let table = self.table(options, self.causes)?;
        crate::aalen_johansen::fit(&table, self.origin(), options, variance)
    }

    fn table(&self, options: &SurvivalOptions, causes: usize) -> Result<RiskTable> {
        let columns = options.entry.is_some()
            || options.weights.is_some()
            || options.cluster.is_some()
            || options.id.is_some();
        if columns || options.start_time.is_some() || options.robust == Some(true) {
            return Err(needs_rows());
        }
        if self.at.is_empty() {
            return Err(EstimateError::Empty { argument: "counts" });
        }
        // With one cause asked for, all causes are one event.
        let exits: Vec<Vec<u64>> = self
            .at
            .values()
            .map(|counts| {
                let mut exits = counts[LEFT..].to_vec();
                if causes < self.causes {
                    exits = vec![exits[0], exits[1..].iter().sum()];
                }
                exits
            })
            .collect();
        let slots = self
            .at
            .iter()
            .zip(&exits)
            .map(|((&time, counts), exits)| SlotRow {
                time: f64::from(time),
                exits,
                weights: None,
                enters: counts[ENTERED],
                enter_weight: 0.0,
            });
        Ok(RiskTable::from_slots(slots, causes))
    }

    fn origin(&self) -> f64 {
        self.at
            .first_key_value()
            .map_or(0.0, |(&time, _)| f64::from(time))
            .min(0.0)
    }

    fn cell(&mut self, time: i32) -> &mut Vec<u64> {
        let width = self.causes + 2;
        self.at.entry(time).or_insert_with(|| vec![0; width])
    }

    fn unknown_cause(&self, rows: usize) -> EstimateError {
        EstimateError::UnknownCode {
            argument: "cause",
            rows,
            known: self.causes,
            hint: "0 is censored, causes are numbered from 1",
        }
    }
}

fn needs_rows() -> EstimateError {
    EstimateError::OutOfRange {
        argument: "options",
        requirement: "columns, start_time and robust variances need rows, which counts no longer have",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{aalen_johansen, kaplan_meier};

    fn columns(n: usize) -> (Vec<i32>, Vec<i32>, Vec<u32>) {
        let entry = (0..n).map(|i| (i * 31 % 5) as i32 - 2).collect();
        let exit = (0..n).map(|i| 3 + (i * 7919 % 97) as i32).collect();
        let cause = (0..n).map(|i| (i * 13 % 3) as u32).collect();
        (entry, exit, cause)
    }

    #[test]
    fn curves_of_merged_parts_equal_the_whole_bit_for_bit() {
        let (entry, exit, cause) = columns(1000);
        let mut merged = EventCounts::new(2);
        for part in [700..1000, 0..300, 300..700] {
            let mut counts = EventCounts::new(2);
            counts
                .add_columns(
                    Some(&entry[part.clone()]),
                    &exit[part.clone()],
                    &cause[part],
                )
                .unwrap();
            merged.merge(&counts).unwrap();
        }
        let float = |column: &[i32]| column.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let (entry_f, exit_f) = (float(&entry), float(&exit));
        let event: Vec<bool> = cause.iter().map(|&c| c > 0).collect();
        let options = SurvivalOptions {
            entry: Some(&entry_f),
            ..SurvivalOptions::default()
        };
        let whole = kaplan_meier(&exit_f, &event, &options).unwrap();
        let plain = SurvivalOptions::default();
        let curve = merged.kaplan_meier(&plain).unwrap();
        assert_eq!(curve.origin, whole.origin);
        assert_eq!(
            (curve.time, curve.n_risk, curve.n_enter),
            (whole.time, whole.n_risk, whole.n_enter)
        );
        assert_eq!(
            (curve.estimate, curve.std_error),
            (whole.estimate, whole.std_error)
        );
        let whole = aalen_johansen(&exit_f, &cause, &options, IncidenceVariance::Aalen).unwrap();
        let incidence = merged
            .aalen_johansen(&plain, IncidenceVariance::Aalen)
            .unwrap();
        assert_eq!(
            format!("{:?}", incidence.causes),
            format!("{:?}", whole.causes)
        );
    }

    #[test]
    fn adding_columns_is_adding_people() {
        let (entry, exit, cause) = columns(50);
        let (mut one_by_one, mut at_once) = (EventCounts::new(2), EventCounts::new(2));
        for i in 0..50 {
            one_by_one
                .add(Some(entry[i]), exit[i], cause[i] as usize)
                .unwrap();
        }
        at_once.add_columns(Some(&entry), &exit, &cause).unwrap();
        assert_eq!(one_by_one, at_once);
        assert_eq!(at_once.n(), 50);
    }

    #[test]
    fn times_far_apart_are_counted_too() {
        let mut counts = EventCounts::new(1);
        counts
            .add_columns(None, &[i32::MIN, i32::MAX], &[1, 0])
            .unwrap();
        assert_eq!(
            counts
                .kaplan_meier(&SurvivalOptions::default())
                .unwrap()
                .estimate,
            [0.5, 0.5]
        );
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        let mut counts = EventCounts::new(1);
        assert!(matches!(
            counts.add(None, 3, 2),
            Err(EstimateError::UnknownCode { rows: 1, .. })
        ));
        assert_eq!(
            counts.add(Some(3), 3, 1),
            Err(EstimateError::EntryNotBeforeExit { rows: 1 })
        );
        assert!(matches!(
            counts.merge(&EventCounts::new(2)),
            Err(EstimateError::ShapeMismatch { .. })
        ));
        let plain = SurvivalOptions::default();
        assert_eq!(
            counts.kaplan_meier(&plain).unwrap_err(),
            EstimateError::Empty { argument: "counts" }
        );
        counts.add(None, 3, 1).unwrap();
        let robust = SurvivalOptions {
            robust: Some(true),
            ..plain
        };
        assert!(matches!(
            counts.kaplan_meier(&robust),
            Err(EstimateError::OutOfRange { .. })
        ));
    }
}
