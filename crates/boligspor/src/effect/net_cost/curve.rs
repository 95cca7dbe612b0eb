//! Net cost month by month, and from when on it is none.

use boligspor_estimate::mean_interval::{MeanMethod, MeanSums, Person as Amounts, ReplicatedMean};
use boligspor_estimate::{Interval, PoissonWeights, percentile_interval};

use super::accounts::{Account, Person};
use crate::LEVEL;
use crate::error::Result;

/// Net cost per person from time zero to the end of a month.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) estimate: f64,
    pub(super) interval: Option<Interval>,
}

/// The curve of one account.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// By month, the first after one month.
    pub(super) points: Vec<Point>,
    /// The first month from whose end on the net cost is none, to the horizon.
    pub(super) break_even: Option<usize>,
    /// Share of replicates that break even by the horizon.
    pub(super) share: Option<f64>,
    /// The percentile interval of the month, where nearly all replicates have one.
    pub(super) interval: Option<Interval>,
}

/// The first month from whose end on a running net cost is none.
pub(super) fn break_even(curve: &[f64]) -> Option<usize> {
    let paid = curve.iter().rposition(|c| *c > 0.0).map_or(0, |m| m + 1);
    (paid < curve.len()).then_some(paid + 1)
}

/// The difference of weighted means at one month, with its bootstrap.
pub(super) fn difference(
    people: &[Person],
    amount: impl Fn(usize) -> f64,
    seed: u64,
    replicates: usize,
) -> ReplicatedMean {
    let group = |treated: bool| {
        let mut sums = MeanSums::new(seed, replicates);
        let of: Vec<usize> = (0..people.len())
            .filter(|&i| people[i].treated == treated)
            .collect();
        for &i in &of {
            let weight = people[i].weight;
            let person = Amounts {
                amount: weight * amount(i),
                weight,
            };
            sums.observe(people[i].key, person);
        }
        let (estimate, std_error) = sums.mean();
        ReplicatedMean {
            estimate,
            std_error,
            people: of.len(),
            skewness: 0.0,
            replicates: sums.replicates(),
        }
    };
    ReplicatedMean::combination(&[(1.0, &group(true)), (-1.0, &group(false))])
}

impl Curve {
    pub(super) fn of(
        people: &[Person],
        account: &Account,
        seed: u64,
        replicates: usize,
    ) -> Result<Self> {
        let months = account.cost.first().map_or(0, Vec::len);
        let mut points = Vec::with_capacity(months);
        for m in 0..months {
            // Pointwise intervals are normal: the table has the studentised one.
            let found = difference(people, |i| account.cost[i][m], seed, 0);
            points.push(Point {
                estimate: found.estimate,
                interval: found.interval(MeanMethod::Normal, LEVEL)?,
            });
        }
        let estimates: Vec<f64> = points.iter().map(|p| p.estimate).collect();
        let drawn = redrawn(people, account, seed, replicates);
        let broken: Vec<Option<usize>> = drawn.iter().map(|curve| break_even(curve)).collect();
        let found = broken.iter().flatten().count();
        let share = (!broken.is_empty()).then(|| found as f64 / broken.len() as f64);
        // Months beyond the horizon sort last; the interval is there where both
        // of its ends are within it.
        let beyond = months as f64 + 1.0;
        let mut sorted: Vec<f64> = broken
            .iter()
            .map(|b| b.map_or(beyond, |m| m as f64))
            .collect();
        let interval = if sorted.len() >= 40 {
            let interval = percentile_interval(&mut sorted, LEVEL)?;
            (interval.high <= months as f64).then_some(interval)
        } else {
            None
        };
        Ok(Self {
            points,
            break_even: break_even(&estimates),
            share,
            interval,
        })
    }
}

/// The curve in each replicate in which both groups have somebody.
fn redrawn(people: &[Person], account: &Account, seed: u64, replicates: usize) -> Vec<Vec<f64>> {
    let months = account.cost.first().map_or(0, Vec::len);
    let weights = PoissonWeights::new(seed);
    let mut drawn = vec![0; replicates];
    let mut sums = vec![[vec![0.0; months], vec![0.0; months]]; replicates];
    let mut totals = vec![[0.0; 2]; replicates];
    for (person, cost) in people.iter().zip(&account.cost) {
        weights.fill(person.key, &mut drawn);
        let group = usize::from(!person.treated);
        for ((sums, total), &times) in sums.iter_mut().zip(&mut totals).zip(&drawn) {
            if times > 0 {
                let weight = f64::from(times) * person.weight;
                total[group] += weight;
                for (sum, cost) in sums[group].iter_mut().zip(cost) {
                    *sum += weight * cost;
                }
            }
        }
    }
    (sums.iter().zip(&totals))
        .filter(|(_, total)| total.iter().all(|t| *t > 0.0))
        .map(|([a, b], total)| {
            (a.iter().zip(b))
                .map(|(a, b)| a / total[0] - b / total[1])
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::break_even;

    #[test]
    fn breaking_even_lasts() {
        assert_eq!(break_even(&[5.0, 2.0, 0.0, -1.0]), Some(3));
        // Once below and then above again is not broken even.
        assert_eq!(break_even(&[5.0, -2.0, 3.0, -1.0]), Some(4));
        assert_eq!(break_even(&[-1.0, -2.0]), Some(1));
        assert_eq!(break_even(&[-1.0, 2.0]), None);
        assert_eq!(break_even(&[]), None);
    }
}
