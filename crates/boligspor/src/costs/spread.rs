//! How people's costs are spread: the median, and what the dearest cost.
//!
//! Sums say nothing of a median, and people's own amounts must not be kept. So
//! amounts are counted in bins of relative width 1/128, with the sum of each
//! bin: a median read off them is that of amounts rounded by at most 0.4 %, the
//! share of the dearest is closer still, and bins of any parts of the people
//! add up to those of the whole.

use serde::{Deserialize, Serialize};

/// Bins to a doubling.
const FINE: u32 = 7;

/// People by how much they cost in a period, of those observed in all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bins {
    /// Everyone, those without costs too.
    people: u64,
    /// Bin, people and øre of those with costs, by bin.
    bins: Vec<(i32, u64, i128)>,
}

impl Bins {
    /// People observed in the whole period, and the øre of those with any.
    pub(super) fn of(people: u64, mut amounts: Vec<i64>) -> Self {
        amounts.sort_unstable();
        let mut bins: Vec<(i32, u64, i128)> = Vec::new();
        for amount in amounts {
            let bin = bin(amount);
            match bins.last_mut() {
                Some(last) if last.0 == bin => {
                    last.1 += 1;
                    last.2 += i128::from(amount);
                }
                _ => bins.push((bin, 1, i128::from(amount))),
            }
        }
        Self { people, bins }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.people += other.people;
        for more in &other.bins {
            match self.bins.binary_search_by_key(&more.0, |b| b.0) {
                Ok(i) => {
                    self.bins[i].1 += more.1;
                    self.bins[i].2 += more.2;
                }
                Err(i) => self.bins.insert(i, *more),
            }
        }
    }

    /// People observed in the whole period.
    pub(super) fn people(&self) -> u64 {
        self.people
    }

    /// Those without any cost.
    pub(super) fn without(&self) -> u64 {
        self.people - self.bins.iter().map(|b| b.1).sum::<u64>()
    }

    /// The median in øre.
    pub(super) fn median(&self) -> Option<f64> {
        if self.people == 0 {
            return None;
        }
        let (low, high) = ((self.people - 1) / 2, self.people / 2);
        Some(f64::midpoint(self.at(low), self.at(high)))
    }

    /// The amount of the person of this rank, the cheapest first.
    fn at(&self, rank: u64) -> f64 {
        let mut below = 0;
        for (amount, people) in self.ascending() {
            below += people;
            if rank < below {
                return amount;
            }
        }
        0.0
    }

    /// Mean amount and people by bin, those without costs among them.
    fn ascending(&self) -> impl DoubleEndedIterator<Item = (f64, u64)> {
        let split = self.bins.partition_point(|b| b.0 < 0);
        let mean = |b: &(i32, u64, i128)| (b.2 as f64 / b.1 as f64, b.1);
        let below = self.bins[..split].iter().map(mean);
        let above = self.bins[split..].iter().map(mean);
        below.chain([(0.0, self.without())]).chain(above)
    }

    /// The share of all money that the dearest `top` of people cost; a person on
    /// the border counts in part. None where nothing is spent.
    pub(super) fn concentration(&self, top: f64) -> Option<f64> {
        let total: f64 = self.bins.iter().map(|b| b.2 as f64).sum();
        let (mut room, mut spent) = (top * self.people as f64, 0.0);
        for (amount, people) in self.ascending().rev() {
            let taken = room.min(people as f64);
            spent += taken * amount;
            room -= taken;
        }
        (total > 0.0).then(|| spent / total)
    }
}

/// The bin of an amount other than zero.
fn bin(amount: i64) -> i32 {
    let size = amount.unsigned_abs();
    let power = size.ilog2();
    // The leading bits, and how many follow them.
    let bin = if power <= FINE {
        size as u32
    } else {
        ((power - FINE) << FINE) + (size >> (power - FINE)) as u32
    };
    bin as i32 * amount.signum() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use boligspor_estimate::mean_interval::concentration;
    use proptest::prelude::*;

    #[test]
    fn small_amounts_are_exact() {
        let bins = Bins::of(5, vec![30, 10, 200, 20]);
        assert_eq!(bins.median(), Some(20.0));
        assert_eq!(bins.without(), 1);
        // The dearest fifth is one person: 200 of 260.
        assert!((bins.concentration(0.2).unwrap() - 200.0 / 260.0).abs() < 1e-12);
        assert_eq!(Bins::of(4, vec![-6, 2]).median(), Some(0.0));
        assert_eq!(Bins::default().median(), None);
        assert_eq!(Bins::of(3, Vec::new()).concentration(0.1), None);
    }

    #[test]
    fn bins_are_in_the_order_of_amounts() {
        let mut last = i32::MIN;
        for amount in (-2_000..2_000).filter(|a| *a != 0) {
            assert!(bin(amount) >= last);
            last = bin(amount);
        }
        assert!(bin(i64::MAX) > bin(i64::MAX / 2));
    }

    proptest! {
        #[test]
        fn near_the_amounts_themselves_however_split(
            amounts in prop::collection::vec(1i64..10_000_000_000, 1..200), zeros in 0u64..50,
            at in 0usize..200,
        ) {
            let people = amounts.len() as u64 + zeros;
            let whole = Bins::of(people, amounts.clone());
            let at = at.min(amounts.len());
            let mut merged = Bins::of(at as u64, amounts[..at].to_vec());
            merged.merge(&Bins::of(people - at as u64, amounts[at..].to_vec()));
            prop_assert_eq!(&merged, &whole);
            let mut values: Vec<f64> = amounts.iter().map(|a| *a as f64).collect();
            values.resize(people as usize, 0.0);
            values.sort_unstable_by(f64::total_cmp);
            let n = values.len();
            let median = f64::midpoint(values[(n - 1) / 2], values[n / 2]);
            prop_assert!((whole.median().unwrap() - median).abs() <= 0.008 * median);
            let exact = concentration(&values, None, 0.1, 100, 1, 0.95).unwrap().share;
            prop_assert!((whole.concentration(0.1).unwrap() - exact).abs() < 0.004);
        }
    }
}
