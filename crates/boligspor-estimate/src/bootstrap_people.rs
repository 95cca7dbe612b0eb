//! The bootstrap of any statistic of weighted rows, over people.
//!
//! For whatever no formula gives the error of: a quantile of clustered data, a
//! standardised curve, a whole curve at once. People are drawn with all their
//! rows, so that what is alike within a person stays so.
//!
//! Sources: Efron & Tibshirani (1993), *An Introduction to the Bootstrap*;
//! Chamandy et al. (2012) (Poisson weights); for the band over all numbers at
//! once, Beran (1988), *JASA* 83, 679–686.

use rayon::prelude::*;

use crate::bootstrap::{PoissonWeights, percentile_interval, sorted_quantile};
use crate::error::{EstimateError, Result, valid_level};
use crate::interval::Interval;

/// How much to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BootstrapOptions {
    /// Replicates; some hundred for errors, a thousand or more for intervals.
    pub replicates: usize,
    /// The same seed gives the same replicates.
    pub seed: u64,
    /// Level of the intervals.
    pub level: f64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self {
            replicates: 999,
            seed: 0,
            level: 0.95,
        }
    }
}

/// A statistic of several numbers with its bootstrap distribution summed up.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// The statistic of the data.
    pub estimate: Vec<f64>,
    /// Standard deviation of the replicates of each number.
    pub std_error: Vec<f64>,
    /// Percentile interval of each number.
    pub interval: Vec<Interval>,
    /// The number of standard errors to both sides of the estimates that holds
    /// all numbers at once with probability `level`.
    pub critical: f64,
    /// Replicates the statistic could be computed in.
    pub replicates: usize,
}

/// Replicates drawn from one block of the generator.
const BATCH: usize = 32;

/// Bootstraps a `statistic` of row weights: it is computed with the `weights`
/// (1 if absent), then with these times the number of times each row's person
/// was drawn.
///
/// `person(row)` is the key of the row's person; rows with one key are drawn
/// together, and a key's draws depend on nothing but itself and the seed.
/// Replicates in which the statistic fails (nobody left at risk, say) are left
/// out and show in [`Bootstrap::replicates`].
///
/// # Errors
/// The statistic's own on the data, a bad level, fewer than two replicates
/// that could be computed, or replicates that are not finite.
///
/// ```
/// use boligspor_estimate::{BootstrapOptions, EstimateError, bootstrap};
/// let cost = [3.0, 5.0, 4.0, 8.0, 5.0];
/// let mean = |w: &[f64]| {
///     let n: f64 = w.iter().sum();
///     if n == 0.0 {
///         return Err(EstimateError::Empty { argument: "w" }); // nobody was drawn
///     }
///     Ok(vec![w.iter().zip(&cost).map(|(w, c)| w * c).sum::<f64>() / n])
/// };
/// let found = bootstrap(5, |row| row as u64, None, &BootstrapOptions::default(), mean)?;
/// assert_eq!(found.estimate, [5.0]);
/// // The standard deviation is sqrt(14/5), that of the mean sqrt(14)/5.
/// assert!((found.std_error[0] - 14_f64.sqrt() / 5.0).abs() < 0.15);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn bootstrap(
    rows: usize,
    person: impl Fn(usize) -> u64 + Sync,
    weights: Option<&[f64]>,
    options: &BootstrapOptions,
    statistic: impl Fn(&[f64]) -> Result<Vec<f64>> + Sync,
) -> Result<Bootstrap> {
    valid_level(options.level)?;
    let given = weights.map_or_else(|| vec![1.0; rows], <[f64]>::to_vec);
    let estimate = statistic(&given)?;
    let source = PoissonWeights::new(options.seed);
    let mut found: Vec<Vec<f64>> = Vec::with_capacity(options.replicates);
    for first in (0..options.replicates).step_by(BATCH) {
        let batch = BATCH.min(options.replicates - first);
        let mut drawn = vec![0_u8; rows * batch];
        drawn
            .par_chunks_exact_mut(batch)
            .enumerate()
            .for_each(|(row, drawn)| source.fill_from(person(row), first, drawn));
        let replicates: Vec<Option<Vec<f64>>> = (0..batch)
            .into_par_iter()
            .map(|b| {
                let weights: Vec<f64> = given
                    .iter()
                    .zip(drawn.chunks_exact(batch))
                    .map(|(w, drawn)| w * f64::from(drawn[b]))
                    .collect();
                statistic(&weights).ok()
            })
            .collect();
        found.extend(replicates.into_iter().flatten());
    }
    found.retain(|replicate| replicate.len() == estimate.len());
    if found.len() < 2 {
        return Err(EstimateError::NoConvergence {
            what: "the bootstrap",
            iterations: options.replicates,
            hint: "hardly any replicate could be computed; there are too few people or events",
        });
    }
    summed(estimate, &found, options.level)
}

fn summed(estimate: Vec<f64>, found: &[Vec<f64>], level: f64) -> Result<Bootstrap> {
    let n = found.len() as f64;
    let (mut std_error, mut interval) = (Vec::new(), Vec::new());
    for at in 0..estimate.len() {
        let mut values: Vec<f64> = found.iter().map(|replicate| replicate[at]).collect();
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        std_error.push((squares / (n - 1.0)).sqrt());
        interval.push(percentile_interval(&mut values, level)?);
    }
    let farthest = |replicate: &Vec<f64>| {
        let distances = replicate.iter().zip(&estimate).zip(&std_error);
        distances
            .filter(|(_, se)| **se > 0.0)
            .map(|((found, estimate), se)| (found - estimate).abs() / se)
            .fold(0.0, f64::max)
    };
    let mut farthest: Vec<f64> = found.iter().map(farthest).collect();
    farthest.sort_unstable_by(f64::total_cmp);
    Ok(Bootstrap {
        critical: sorted_quantile(&farthest, level),
        estimate,
        std_error,
        interval,
        replicates: found.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SurvivalOptions, kaplan_meier};

    const TIME: [f64; 12] = [
        2.0, 3.0, 3.0, 5.0, 6.0, 8.0, 9.0, 9.0, 11.0, 13.0, 14.0, 15.0,
    ];
    const EVENT: [bool; 12] = [
        true, false, true, true, false, true, true, false, true, true, false, true,
    ];

    fn survival(weights: &[f64]) -> Result<Vec<f64>> {
        let options = SurvivalOptions {
            weights: Some(weights),
            robust: Some(false),
            ..SurvivalOptions::default()
        };
        let curve = kaplan_meier(&TIME, &EVENT, &options)?;
        Ok(curve.at(&[4.0, 9.0]).iter().map(|p| p.estimate).collect())
    }

    fn options(replicates: usize, level: f64) -> BootstrapOptions {
        BootstrapOptions {
            replicates,
            seed: 7,
            level,
        }
    }

    #[test]
    fn rows_of_one_person_are_drawn_together() {
        // Every person three times is the same people with rows of weight 3.
        let seen = std::sync::Mutex::new(Vec::new());
        let found = bootstrap(
            6,
            |row| (row / 3) as u64,
            None,
            &options(40, 0.9),
            |w: &[f64]| {
                assert!(w[0] == w[1] && w[1] == w[2] && w[3] == w[4] && w[4] == w[5]);
                seen.lock().unwrap().push(w[0]);
                Ok(vec![w.iter().sum()])
            },
        )
        .unwrap();
        assert_eq!(found.estimate, [6.0]);
        assert!(seen.lock().unwrap().iter().any(|&w| w > 1.0));
    }

    #[test]
    fn neither_the_order_of_rows_nor_more_replicates_change_the_first_draws() {
        let collected = |replicates, reversed: bool| {
            let key = |row: usize| if reversed { 11 - row } else { row } as u64;
            let value = |w: &[f64]| -> Result<Vec<f64>> {
                Ok(vec![
                    (0..12).map(|row| w[row] * (key(row) + 1) as f64).sum(),
                ])
            };
            bootstrap(12, key, None, &options(replicates, 0.95), value).unwrap()
        };
        assert_eq!(collected(100, false), collected(100, true));
        assert_ne!(
            collected(100, false).std_error,
            collected(60, false).std_error
        );
    }

    #[test]
    fn errors_come_near_those_of_the_formula_and_the_band_is_wider() {
        let found = bootstrap(12, |row| row as u64, None, &options(2000, 0.95), survival).unwrap();
        let plain = SurvivalOptions::default();
        let curve = kaplan_meier(&TIME, &EVENT, &plain).unwrap();
        for (at, time) in [4.0, 9.0].into_iter().enumerate() {
            let point = curve.at(&[time])[0];
            assert_eq!(found.estimate[at], point.estimate);
            // Twelve people, Poisson numbers of them: within a fifth.
            assert!((found.std_error[at] / point.std_error - 1.0).abs() < 0.2);
        }
        assert!(found.critical > 1.96 && found.critical < 2.6);
    }

    #[test]
    fn replicates_that_cannot_be_computed_are_counted_and_too_few_refused() {
        let sometimes = |w: &[f64]| -> Result<Vec<f64>> {
            if w[0] == 0.0 {
                return Err(EstimateError::Empty { argument: "rows" });
            }
            Ok(vec![w[1]])
        };
        let found = bootstrap(3, |row| row as u64, None, &options(200, 0.9), sometimes).unwrap();
        assert!(found.replicates > 80 && found.replicates < 180);
        let never = |w: &[f64]| -> Result<Vec<f64>> {
            if w != [1.0; 3] {
                return Err(EstimateError::Empty { argument: "rows" });
            }
            Ok(vec![1.0])
        };
        assert!(matches!(
            bootstrap(3, |row| row as u64, None, &options(20, 0.9), never),
            Err(EstimateError::NoConvergence { .. })
        ));
        assert!(bootstrap(3, |_| 0, None, &options(20, 1.5), sometimes).is_err());
    }
}
