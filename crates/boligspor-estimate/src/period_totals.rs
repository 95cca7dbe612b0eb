//! What people accumulate on average, period by period, when some are followed
//! less long: days in a home, returns to homelessness.
//!
//! The mean up to a horizon is the sum over its periods of the mean in each,
//! taken over those followed to the end of the period. That weighs people by
//! the inverse of their chance of being followed so long (Bang & Tsiatis 2000,
//! *Biometrika* 87, 329–343, the partitioned estimator), in the case that
//! registers give: follow-up ends by the calendar, at a time known for everyone,
//! the dead included. No model of how people move is assumed, so the standard
//! error holds for lives that are anything but Markov.
//!
//! The error needs sums of products of a person's amounts in pairs of periods.
//! Amounts are whole numbers, so those sums are too, and they add up exactly.

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result};

/// Mergeable sums of whole amounts by period; one or several kinds of amount.
///
/// ```
/// use boligspor_estimate::PeriodTotals;
/// // Days housed in two months: three people, the last followed for one.
/// let mut totals = PeriodTotals::new(1, 2);
/// totals.add(&[30, 31], 2)?;
/// totals.add(&[30, 0], 2)?;
/// totals.add(&[15, 0], 1)?;
/// let means = totals.means(0);
/// // 25 in the first month, 15.5 in the second.
/// assert_eq!(means[0].estimate, 25.0);
/// assert_eq!(means[1].estimate, 40.5);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodTotals {
    kinds: usize,
    periods: usize,
    /// People, however long they are followed.
    n: u64,
    /// People followed to the end of each period.
    followed: Vec<u64>,
    /// By kind, and by pairs `m <= l` of periods: the amounts in period `m` of
    /// those followed to the end of period `l`.
    first: Vec<u64>,
    /// By kind and by pairs `m <= l`: products of the amounts in `m` and `l`, of
    /// those followed to the end of `l`.
    second: Vec<u64>,
}

/// A mean up to the end of a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodMean {
    /// People followed to the end of the period.
    pub followed: u64,
    /// The mean amount a person has accumulated; NaN where nobody is followed
    /// so long.
    pub estimate: f64,
    /// Its standard error; NaN where fewer than two are followed so long.
    pub std_error: f64,
}

impl PeriodTotals {
    /// Sums of nobody.
    pub fn new(kinds: usize, periods: usize) -> Self {
        let pairs = periods * (periods + 1) / 2;
        Self {
            kinds,
            periods,
            n: 0,
            followed: vec![0; periods],
            first: vec![0; kinds * pairs],
            second: vec![0; kinds * pairs],
        }
    }

    /// How many people have been added.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// How many periods there are.
    pub fn periods(&self) -> usize {
        self.periods
    }

    /// People followed to the end of each period.
    pub fn followed(&self) -> &[u64] {
        &self.followed
    }

    /// What those followed to the end of all periods accumulated, together.
    pub fn complete_total(&self, kind: usize) -> u64 {
        let last = self.periods.saturating_sub(1);
        (0..self.periods)
            .map(|m| self.first[self.at(kind, m, last)])
            .sum()
    }

    /// Adds a person followed to the end of the first `followed` periods, with
    /// their amounts by kind and period (`kinds × periods`, row by row); amounts
    /// in later periods are not looked at.
    ///
    /// # Errors
    /// Amounts of another shape, or a person followed for more periods than
    /// there are.
    pub fn add(&mut self, amounts: &[u32], followed: usize) -> Result<()> {
        if amounts.len() != self.kinds * self.periods {
            return Err(EstimateError::LengthMismatch {
                argument: "amounts",
                found: amounts.len(),
                expected_from: "kinds × periods",
                expected: self.kinds * self.periods,
            });
        }
        if followed > self.periods {
            return Err(EstimateError::OutOfRange {
                argument: "followed",
                requirement: "at most the number of periods",
            });
        }
        self.n += 1;
        self.followed[..followed].iter_mut().for_each(|n| *n += 1);
        for kind in 0..self.kinds {
            let row = &amounts[kind * self.periods..][..followed];
            let some: Vec<(usize, u64)> = row
                .iter()
                .enumerate()
                .filter(|(_, amount)| **amount > 0)
                .map(|(m, amount)| (m, u64::from(*amount)))
                .collect();
            for (i, &(m, amount)) in some.iter().enumerate() {
                for l in m..followed {
                    let at = self.at(kind, m, l);
                    self.first[at] += amount;
                }
                for &(l, later) in &some[i..] {
                    let at = self.at(kind, m, l);
                    self.second[at] += amount * later;
                }
            }
        }
        Ok(())
    }

    /// Adds the people of `other`, who must be others than those already here.
    ///
    /// Associative and commutative, exactly.
    ///
    /// # Errors
    /// Other kinds or periods.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if (self.kinds, self.periods) != (other.kinds, other.periods) {
            return Err(EstimateError::ShapeMismatch {
                left: self.kinds * self.periods,
                right: other.kinds * other.periods,
                what: "kinds × periods",
            });
        }
        self.n += other.n;
        let add = |to: &mut [u64], from: &[u64]| {
            to.iter_mut().zip(from).for_each(|(a, b)| *a += b);
        };
        add(&mut self.followed, &other.followed);
        add(&mut self.first, &other.first);
        add(&mut self.second, &other.second);
        Ok(())
    }

    /// The mean of a kind up to the end of each period, with standard errors
    /// from each person's own influence on it. Where everyone is followed to the
    /// end it is the plain mean, and the error that of a mean, `s/√n`.
    ///
    /// # Panics
    /// If there is no such kind.
    pub fn means(&self, kind: usize) -> Vec<PeriodMean> {
        assert!(kind < self.kinds, "kinds are numbered from 0");
        let mut out = Vec::with_capacity(self.periods);
        let (mut estimate, mut squares) = (0.0, 0.0);
        let mut mean = Vec::with_capacity(self.periods);
        for l in 0..self.periods {
            let at_end = self.followed[l];
            if at_end == 0 {
                out.push(PeriodMean {
                    followed: 0,
                    estimate: f64::NAN,
                    std_error: f64::NAN,
                });
                continue;
            }
            let n = at_end as f64;
            mean.push(self.first[self.at(kind, l, l)] as f64 / n);
            estimate += mean[l];
            // Σ over people of (Σ_{m <= l} (x_m - mean_m) / n_m)², grown by the
            // products with the newest period: those followed so long only.
            for m in 0..=l {
                let at = self.at(kind, m, l);
                let product = self.second[at] as f64
                    - mean[m] * self.first[self.at(kind, l, l)] as f64
                    - mean[l] * self.first[at] as f64
                    + mean[m] * mean[l] * n;
                let twice = if m == l { 1.0 } else { 2.0 };
                squares += twice * product / (self.followed[m] as f64 * n);
            }
            let std_error = if at_end > 1 {
                (squares.max(0.0) * n / (n - 1.0)).sqrt()
            } else {
                f64::NAN
            };
            out.push(PeriodMean {
                followed: at_end,
                estimate,
                std_error,
            });
        }
        out
    }

    /// Where a pair of periods `m <= l` stands.
    fn at(&self, kind: usize, m: usize, l: usize) -> usize {
        let pairs = self.periods * (self.periods + 1) / 2;
        kind * pairs + l * (l + 1) / 2 + m
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn people() -> impl Strategy<Value = Vec<(Vec<u32>, usize)>> {
        prop::collection::vec((prop::collection::vec(0u32..32, 8), 0usize..=4), 2..30)
    }

    fn of(people: &[(Vec<u32>, usize)]) -> PeriodTotals {
        let mut totals = PeriodTotals::new(2, 4);
        for (amounts, followed) in people {
            totals.add(amounts, *followed).unwrap();
        }
        totals
    }

    proptest! {
        #[test]
        fn it_is_the_sum_of_means_with_each_persons_influence(people in people()) {
            let totals = of(&people);
            for kind in 0..2 {
                let found = totals.means(kind);
                for h in 0..4 {
                    let n: Vec<f64> = (0..4)
                        .map(|m| people.iter().filter(|p| p.1 > m).count() as f64)
                        .collect();
                    if n[h] < 2.0 {
                        continue;
                    }
                    let x = |p: &(Vec<u32>, usize), m: usize| f64::from(p.0[kind * 4 + m]);
                    let mean: Vec<f64> = (0..=h)
                        .map(|m| people.iter().filter(|p| p.1 > m).map(|p| x(p, m)).sum::<f64>() / n[m])
                        .collect();
                    let squares: f64 = people
                        .iter()
                        .map(|p| {
                            let own = (0..=h).filter(|m| p.1 > *m);
                            own.map(|m| (x(p, m) - mean[m]) / n[m]).sum::<f64>().powi(2)
                        })
                        .sum();
                    let se = (squares * n[h] / (n[h] - 1.0)).sqrt();
                    prop_assert!((found[h].estimate - mean.iter().sum::<f64>()).abs() < 1e-9);
                    prop_assert!((found[h].std_error - se).abs() < 1e-6);
                }
            }
        }

        #[test]
        fn split_any_way_the_sums_are_those_of_the_whole(
            people in people(), sides in prop::collection::vec(0usize..3, 30),
        ) {
            let whole = of(&people);
            let part = |side: usize| {
                let own: Vec<_> = people
                    .iter()
                    .zip(&sides)
                    .filter(|(_, s)| **s == side)
                    .map(|(p, _)| p.clone())
                    .collect();
                of(&own)
            };
            let mut merged = part(2);
            merged.merge(&part(0)).unwrap();
            let text = serde_json::to_string(&merged).unwrap();
            let mut merged: PeriodTotals = serde_json::from_str(&text).unwrap();
            merged.merge(&part(1)).unwrap();
            prop_assert_eq!(merged, whole);
        }
    }

    #[test]
    fn where_all_are_followed_it_is_the_plain_mean_with_its_error() {
        let totals = {
            let mut totals = PeriodTotals::new(1, 3);
            for amounts in [[31, 28, 31], [10, 0, 0], [31, 28, 0]] {
                totals.add(&amounts, 3).unwrap();
            }
            totals
        };
        // Totals 90, 10 and 59: mean 53, s² = (37² + 43² + 6²)/2 = 1627.
        let last = totals.means(0)[2];
        assert!((last.estimate - 53.0).abs() < 1e-12);
        assert!((last.std_error - (1627.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(totals.complete_total(0), 159);
    }

    #[test]
    fn nobody_followed_so_long_is_no_number() {
        let mut totals = PeriodTotals::new(1, 2);
        totals.add(&[5, 7], 1).unwrap();
        let means = totals.means(0);
        assert_eq!(means[0].estimate, 5.0);
        assert!(means[0].std_error.is_nan() && means[1].estimate.is_nan());
        assert!(totals.add(&[1], 1).is_err() && totals.add(&[1, 1], 3).is_err());
        assert!(totals.merge(&PeriodTotals::new(2, 2)).is_err());
    }
}
