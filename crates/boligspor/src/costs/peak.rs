//! How many people came at the peak of their own costs.
//!
//! Where placement follows a peak, a fall after it comes by itself. The share
//! of people whose dearest period before time zero is the last one says how far
//! that goes, beside what it would be if every period were as likely.

use serde::{Deserialize, Serialize};

/// People with at least two periods before time zero observed whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeakSums {
    /// Those whose last period before time zero was dearer than every earlier one.
    at: u64,
    /// Everyone with any cost before time zero, by how many periods were observed.
    by_periods: Vec<u64>,
}

impl PeakSums {
    /// Adds a person by the øre of each period before time zero observed whole;
    /// the last of them must be the one just before it.
    pub(super) fn add(&mut self, before: &[i64]) {
        let Some((last, earlier)) = before.split_last() else {
            return;
        };
        if earlier.is_empty() || before.iter().all(|b| *b == 0) {
            return;
        }
        self.at += u64::from(earlier.iter().all(|e| e < last));
        if self.by_periods.len() <= before.len() {
            self.by_periods.resize(before.len() + 1, 0);
        }
        self.by_periods[before.len()] += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.at += other.at;
        if self.by_periods.len() < other.by_periods.len() {
            self.by_periods.resize(other.by_periods.len(), 0);
        }
        for (a, b) in self.by_periods.iter_mut().zip(&other.by_periods) {
            *a += b;
        }
    }

    /// People looked at.
    pub(super) fn people(&self) -> u64 {
        self.by_periods.iter().sum()
    }

    /// The share at their peak, and that by chance; none without people.
    pub(super) fn shares(&self) -> Option<(f64, f64)> {
        let people = self.people() as f64;
        let chance: f64 = (self.by_periods.iter().enumerate().skip(1))
            .map(|(periods, n)| *n as f64 / periods as f64)
            .sum();
        (people > 0.0).then(|| (self.at as f64 / people, chance / people))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let mut sums = PeakSums::default();
        sums.add(&[1, 2, 3]); // at the peak, of three
        sums.add(&[3, 2]); // not, of two
        sums.add(&[2, 2]); // a tie is no peak
        sums.add(&[0, 0]); // no costs, no peak
        sums.add(&[5]); // nothing to compare with
        let (share, chance) = sums.shares().unwrap();
        assert!((share - 1.0 / 3.0).abs() < 1e-12);
        assert!((chance - (1.0 / 3.0 + 0.5 + 0.5) / 3.0).abs() < 1e-12);
        let mut merged = PeakSums::default();
        merged.merge(&sums);
        assert_eq!(merged, sums);
    }
}
