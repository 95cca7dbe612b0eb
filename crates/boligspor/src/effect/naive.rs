//! The before/after that the comparison stands beside, and the peak behind it.

use boligspor_estimate::{PoissonWeights, bootstrap_t_interval};

use crate::LEVEL;
use crate::error::Result;
use crate::register::Register;

use super::design::Design;
use super::people::People;

/// Mean change of the placed from year −1 to a later one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Naive {
    pub(super) year: i32,
    pub(super) estimate: f64,
    pub(super) std_error: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) people: usize,
}

/// The changes from year −1 to each year from 0 on, with bootstrap-t intervals
/// by person.
pub(super) fn before_after(
    register: &Register,
    people: &People,
    design: &Design,
) -> Result<Vec<Naive>> {
    let column = |year: i32| (year - design.first) as usize;
    let replicates = design.replicates as usize;
    let weights = PoissonWeights::new(design.seed);
    let mut drawn = vec![0; replicates];
    let mut out = Vec::new();
    for year in 0..=design.last {
        // Weighted sums by replicate: of people, of changes, of their squares.
        let mut sums = vec![[0.0; 3]; replicates];
        let mut whole = [0.0; 3];
        for i in (0..people.len()).filter(|&i| people.treated[i]) {
            let cost = &people.cost[i];
            let (Some(after), Some(before)) = (cost[column(year)], cost[column(-1)]) else {
                continue;
            };
            let change = after - before;
            let parts = [1.0, change, change * change];
            whole.iter_mut().zip(parts).for_each(|(s, p)| *s += p);
            weights.fill(register.person_key(people.subjects[i].person), &mut drawn);
            for (sums, weight) in sums.iter_mut().zip(&drawn) {
                let weight = f64::from(*weight);
                sums.iter_mut()
                    .zip(parts)
                    .for_each(|(s, p)| *s += weight * p);
            }
        }
        let (estimate, std_error) = mean(whole);
        let (means, errors): (Vec<f64>, Vec<f64>) = sums
            .into_iter()
            .map(mean)
            .filter(|(mean, error)| mean.is_finite() && error.is_finite())
            .unzip();
        let interval = if means.len() >= 40 && std_error > 0.0 {
            Some(bootstrap_t_interval(
                estimate, std_error, &means, &errors, LEVEL,
            )?)
        } else {
            None
        };
        out.push(Naive {
            year,
            estimate,
            std_error,
            low: interval.map_or(f64::NAN, |i| i.low),
            high: interval.map_or(f64::NAN, |i| i.high),
            people: whole[0] as usize,
        });
    }
    Ok(out)
}

/// Mean and its standard error from sums of weights, values and squares.
fn mean([n, sum, squares]: [f64; 3]) -> (f64, f64) {
    let mean = sum / n;
    let variance = (squares / n - mean * mean).max(0.0) / (n - 1.0);
    (mean, variance.sqrt())
}

/// How many people had their dearest year before time zero in year −1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Peak {
    /// Share of the placed, and of the comparison people under their weights.
    pub(super) share: [f64; 2],
    /// What the share would be if every year were as likely.
    pub(super) by_chance: f64,
}

/// Looks at the years observed of each person from the design's first to −1.
pub(super) fn peak(people: &People, weight: &[f64], design: &Design) -> Peak {
    let before = (-design.first) as usize;
    let (mut at, mut of, mut chance) = ([0.0; 2], [0.0; 2], 0.0);
    for (i, &weight) in weight.iter().enumerate() {
        let years: Vec<f64> = people.cost[i][..before].iter().flatten().copied().collect();
        let Some((last, earlier)) = years.split_last() else {
            continue;
        };
        let arm = usize::from(!people.treated[i]);
        of[arm] += weight;
        if !earlier.is_empty() && earlier.iter().all(|e| e < last) {
            at[arm] += weight;
        }
        if arm == 0 {
            chance += weight / years.len() as f64;
        }
    }
    Peak {
        share: [at[0] / of[0], at[1] / of[1]],
        by_chance: chance / of[0],
    }
}
