//! What a number rests on, computed together with it.
//!
//! A count re-derived later from a printed table has lost who contributed: a
//! person with three stays looks like three, and the share of the largest
//! contributor is gone. So support is gathered where the number is, person by
//! person, and travels with it.

use serde::{Deserialize, Serialize};

/// The people, rows and largest contributions behind one number.
///
/// Contributions are absolute amounts in the caller's smallest unit (øre).
/// Merging is exact where the groups share nobody.
///
/// ```
/// use boligspor_disclosure::Support;
///
/// let mut here = Support::default();
/// here.observe(3, 120);
/// here.observe(1, 500);
/// let there = Support::of_person(2, 300);
/// let all = here.merge_disjoint(&there);
/// assert_eq!((all.persons, all.rows), (3, 6));
/// assert_eq!((all.largest, all.second), (500, 300));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// Distinct persons.
    pub persons: u64,
    /// Rows of data, of which a person may have many.
    pub rows: u64,
    /// The largest contribution of one person, in absolute value.
    pub largest: u128,
    /// The second largest.
    pub second: u128,
    /// The sum of absolute contributions: what dominance is a share of.
    pub total: u128,
    /// The municipalities that contribute, sorted, each once.
    pub municipalities: Vec<u16>,
}

impl Support {
    /// One person with so many rows and such a contribution.
    pub fn of_person(rows: u64, contribution: i128) -> Self {
        let mut support = Self::default();
        support.observe(rows, contribution);
        support
    }

    /// The support of a plain count of people, one row each.
    pub fn of_persons(persons: u64) -> Self {
        Self {
            persons,
            rows: persons,
            largest: u128::from(persons > 0),
            second: u128::from(persons > 1),
            total: u128::from(persons),
            municipalities: Vec::new(),
        }
    }

    /// Adds one person, who must not have been added before: with how many
    /// rows, and the sum of what they contribute.
    pub fn observe(&mut self, rows: u64, contribution: i128) {
        self.persons += 1;
        self.rows += rows;
        self.insert(contribution.unsigned_abs());
        self.total = self.total.saturating_add(contribution.unsigned_abs());
    }

    /// Notes that a municipality contributes.
    pub fn observe_municipality(&mut self, municipality: u16) {
        if let Err(at) = self.municipalities.binary_search(&municipality) {
            self.municipalities.insert(at, municipality);
        }
    }

    /// The support of both groups together. Exact if nobody is in both; where
    /// somebody is, persons are counted twice, so gather anew instead.
    #[must_use]
    pub fn merge_disjoint(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        merged.persons += other.persons;
        merged.rows += other.rows;
        merged.total = merged.total.saturating_add(other.total);
        merged.insert(other.largest);
        merged.insert(other.second);
        for &municipality in &other.municipalities {
            merged.observe_municipality(municipality);
        }
        merged
    }

    /// The share of the `contributors` (1 or 2) largest in the total, in
    /// percent, rounded up; 0 where nothing is contributed.
    pub fn dominance_percent(&self, contributors: u8) -> u128 {
        let top = match contributors {
            1 => self.largest,
            _ => self.largest.saturating_add(self.second),
        };
        if self.total == 0 {
            return 0;
        }
        top.saturating_mul(100).div_ceil(self.total)
    }

    /// Whether the second largest contributor, subtracting their own amount,
    /// knows the largest within `percent` percent.
    pub fn breaks_p_percent(&self, percent: u32) -> bool {
        let rest = self
            .total
            .saturating_sub(self.largest)
            .saturating_sub(self.second);
        self.largest > 0
            && rest.saturating_mul(100) < self.largest.saturating_mul(u128::from(percent))
    }

    fn insert(&mut self, amount: u128) {
        if amount > self.largest {
            self.second = self.largest;
            self.largest = amount;
        } else if amount > self.second {
            self.second = amount;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_disjoint_groups_is_gathering_them_at_once() {
        let amounts = [5_i128, -700, 30, 30, 0, 12];
        for split in 0..=amounts.len() {
            let gather = |part: &[i128]| {
                let mut support = Support::default();
                for (i, &amount) in part.iter().enumerate() {
                    support.observe(2, amount);
                    support.observe_municipality(461 + (i % 2) as u16);
                }
                support.municipalities.clear();
                support
            };
            let (left, right) = amounts.split_at(split);
            assert_eq!(
                gather(left).merge_disjoint(&gather(right)),
                gather(&amounts)
            );
        }
    }

    #[test]
    fn dominance_and_p_percent_by_hand() {
        // 80, 10, 6, 4: the largest is 80 %, the two largest 90 %; the second
        // largest knows the largest within the others' 10, which is 12.5 %.
        let mut support = Support::default();
        for amount in [6, 80, 4, 10] {
            support.observe(1, amount);
        }
        assert_eq!(support.dominance_percent(1), 80);
        assert_eq!(support.dominance_percent(2), 90);
        assert!(!support.breaks_p_percent(12));
        assert!(support.breaks_p_percent(13));
    }
}
