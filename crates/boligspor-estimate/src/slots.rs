//! Distinct times, and the slot each time falls in.
//!
//! Every estimator here walks over distinct times. Where all times are whole
//! numbers within a modest range (days of follow-up), a slot is a subtraction
//! and the distinct times come from counting; otherwise they come from a sort.

use crate::error::{Result, all_finite};

/// R's tolerance for calling two floating-point times equal (`timefix`):
/// `sqrt(f64::EPSILON)`, absolute or relative to the mean absolute time.
pub const TIE_TOLERANCE: f64 = 1.490_116_119_384_765_6e-8;

/// The distinct times of some columns, in increasing order.
#[derive(Debug, Clone)]
pub(crate) enum Slots {
    /// Whole numbers `first..first + len`, each its own slot, used or not.
    Whole { first: i64, len: usize },
    /// Sorted distinct times; a time belongs to the last one not above it.
    Sorted(Sorted),
}

/// Sorted times with an index of equal steps into them, so that looking one up
/// does not take a search through all.
#[derive(Debug, Clone)]
pub(crate) struct Sorted {
    times: Vec<f64>,
    /// Number of times below the start of each step, and after the last.
    below: Vec<u32>,
    per_step: f64,
}

impl Sorted {
    fn new(times: Vec<f64>) -> Self {
        let steps = times.len().max(1);
        let span = times.last().unwrap_or(&0.0) - times.first().unwrap_or(&0.0);
        let per_step = if span > 0.0 { steps as f64 / span } else { 0.0 };
        let mut sorted = Self {
            times,
            below: Vec::new(),
            per_step,
        };
        let mut below = vec![0; steps + 1];
        for &time in &sorted.times {
            below[sorted.step(time) + 1] += 1;
        }
        for step in 0..steps {
            below[step + 1] += below[step];
        }
        sorted.below = below;
        sorted
    }

    /// The step a time falls in; the same for the index and for look-ups.
    fn step(&self, time: f64) -> usize {
        (((time - self.times[0]) * self.per_step) as usize).min(self.times.len() - 1)
    }

    fn slot(&self, time: f64) -> usize {
        let step = self.step(time);
        let (first, end) = (self.below[step] as usize, self.below[step + 1] as usize);
        // A tied time may belong to the last time of an earlier step.
        first + self.times[first..end].partition_point(|&t| t <= time) - 1
    }
}

impl Slots {
    /// Finds the slots of the columns. `tolerance` merges runs of times closer
    /// than it into their first; whole numbers are compared exactly.
    pub(crate) fn new(columns: &[(&'static str, &[f64])], tolerance: Option<f64>) -> Result<Self> {
        let rows: usize = columns.iter().map(|(_, c)| c.len()).sum();
        if let Some(slots) = Self::whole(columns, rows) {
            return Ok(slots);
        }
        let mut times = Vec::with_capacity(rows);
        for (name, column) in columns {
            all_finite(name, column)?;
            times.extend_from_slice(column);
        }
        times.sort_unstable_by(f64::total_cmp);
        times.dedup();
        if let Some(tolerance) = tolerance {
            let mean = times.iter().map(|t| t.abs()).sum::<f64>() / times.len().max(1) as f64;
            let limit = tolerance.max(tolerance * mean);
            let mut previous = f64::NEG_INFINITY;
            times.retain(|&time| {
                // Compared with its neighbour, kept or not, as R does: a run of
                // close times is one time however long the run.
                let apart = time - previous > limit;
                previous = time;
                apart
            });
        }
        Ok(Self::Sorted(Sorted::new(times)))
    }

    /// Slots by counting, if every time is a whole number and the range is
    /// small beside the number of rows.
    fn whole(columns: &[(&'static str, &[f64])], rows: usize) -> Option<Self> {
        let (mut low, mut high) = (i32::MAX, i32::MIN);
        for (_, column) in columns {
            // Chunks let the inner loop run without branches.
            for chunk in column.chunks(4096) {
                let mut all_whole = true;
                for &time in chunk {
                    let whole = time as i32;
                    all_whole &= f64::from(whole) == time;
                    low = low.min(whole);
                    high = high.max(whole);
                }
                if !all_whole {
                    return None;
                }
            }
        }
        if low > high {
            return Some(Self::Whole { first: 0, len: 0 });
        }
        let len = (i64::from(high) - i64::from(low) + 1) as usize;
        (len <= rows.saturating_mul(2).max(1 << 14)).then_some(Self::Whole {
            first: i64::from(low),
            len,
        })
    }

    /// Number of slots.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Whole { len, .. } => *len,
            Self::Sorted(sorted) => sorted.times.len(),
        }
    }

    /// The slot of a time that is in one of the columns.
    #[inline]
    pub(crate) fn slot(&self, time: f64) -> usize {
        match self {
            Self::Whole { first, .. } => (time as i64 - first) as usize,
            Self::Sorted(sorted) => sorted.slot(time),
        }
    }

    /// Number of slots whose time is below `time`.
    pub(crate) fn below(&self, time: f64) -> usize {
        match self {
            Self::Whole { first, len } => {
                (time.ceil() as i64 - first).clamp(0, *len as i64) as usize
            }
            Self::Sorted(sorted) => sorted.times.partition_point(|&t| t < time),
        }
    }

    /// The time of a slot.
    pub(crate) fn time(&self, slot: usize) -> f64 {
        match self {
            Self::Whole { first, .. } => (first + slot as i64) as f64,
            Self::Sorted(sorted) => sorted.times[slot],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(times: &[f64], tolerance: Option<f64>) -> Slots {
        Slots::new(&[("duration", times)], tolerance).unwrap()
    }

    #[test]
    fn whole_numbers_are_slotted_by_subtraction() {
        let slots = slots(&[5.0, -2.0, 3.0], None);
        assert!(matches!(slots, Slots::Whole { first: -2, len: 8 }));
        assert_eq!((slots.slot(3.0), slots.time(5)), (5, 3.0));
    }

    #[test]
    fn whole_numbers_too_far_apart_are_sorted() {
        let slots = slots(&[0.0, 2e9], None);
        assert!(matches!(slots, Slots::Sorted(_)));
        assert_eq!(slots.len(), 2);
    }

    #[test]
    fn times_apart_by_rounding_are_tied_only_with_a_tolerance() {
        let times = [0.1 + 0.2, 0.3, 1.5];
        assert_eq!(slots(&times, None).len(), 3);
        let tied = slots(&times, Some(TIE_TOLERANCE));
        assert_eq!(tied.len(), 2);
        assert_eq!(tied.slot(0.1 + 0.2), tied.slot(0.3));
    }

    #[test]
    fn times_that_are_not_finite_are_counted() {
        let error = Slots::new(&[("duration", &[1.0, f64::NAN, f64::INFINITY])], None).unwrap_err();
        assert!(error.to_string().contains("2 rows"));
    }

    #[test]
    fn slots_below_a_time_are_those_strictly_earlier() {
        let whole = slots(&[0.0, 4.0], None);
        assert_eq!(
            (
                whole.below(2.0),
                whole.below(2.5),
                whole.below(-9.0),
                whole.below(99.0)
            ),
            (2, 3, 0, 5)
        );
        let sorted = slots(&[0.5, 4.0], None);
        assert_eq!(
            (sorted.below(0.5), sorted.below(0.6), sorted.below(9.0)),
            (0, 1, 2)
        );
    }
}
