//! The cohort's curve as it would be under each of several settings.
//!
//! A hazard ratio is no share. Predicting everybody's survival under one setting
//! and then under another, and averaging, gives the two curves of the cohort and
//! their difference in percentage points and days (g-computation). The model is
//! refitted in every replicate of a bootstrap over people.
//!
//! Source: Robins (1986); Hernán & Robins (2020), *Causal Inference: What If*,
//! ch. 13 and 17.

use crate::bootstrap_people::{BootstrapOptions, bootstrap};
use crate::cox::{CoxData, CoxOptions, cox};
use crate::curve::Estimate;
use crate::error::{EstimateError, Result, all_finite, same_length};

/// Survival of the whole cohort under one setting, with what it is against
/// the first.
#[derive(Debug, Clone, PartialEq)]
pub struct StandardisedCurve {
    /// Survival at each time asked for.
    pub survival: Vec<Estimate>,
    /// The same less that under the first setting.
    pub difference: Vec<Estimate>,
    /// Mean time without the event up to `tau`, if asked for.
    pub restricted_mean: Option<Estimate>,
    /// The same less that under the first setting.
    pub mean_difference: Option<Estimate>,
    /// Replicates that could be computed.
    pub replicates: usize,
}

/// Fits Cox's model and standardises its curves over the rows of `data`.
///
/// Each of `settings` holds the covariates that everyone is given, one slice a
/// covariate as in [`CoxData`] and as long: usually those of the data with the
/// treatment's column set to one value. Rows of one `cluster` are drawn together
/// in the bootstrap, and intervals are percentiles.
///
/// # Errors
/// As [`cox()`], no setting, a setting of another shape, times that are not
/// finite, `tau` not positive.
///
/// ```
/// use boligspor_estimate::cox::{CoxData, CoxOptions};
/// use boligspor_estimate::{BootstrapOptions, standardised_curves};
/// let x = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
/// let data = CoxData {
///     time: &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
///     event: &[true; 8],
///     covariates: &[&x],
///     ..CoxData::default()
/// };
/// let settings: [&[&[f64]]; 2] = [&[&[0.0; 8]], &[&[1.0; 8]]];
/// let draws = BootstrapOptions { replicates: 50, ..BootstrapOptions::default() };
/// let curves =
///     standardised_curves(&data, &CoxOptions::default(), &settings, &[4.0], Some(6.0), &draws)?;
/// let [without, with] = [&curves[0], &curves[1]];
/// let gain = with.survival[0].estimate - without.survival[0].estimate;
/// assert_eq!(with.difference[0].estimate, gain);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn standardised_curves(
    data: &CoxData,
    options: &CoxOptions,
    settings: &[&[&[f64]]],
    times: &[f64],
    tau: Option<f64>,
    draws: &BootstrapOptions,
) -> Result<Vec<StandardisedCurve>> {
    all_finite("times", times)?;
    if tau.is_some_and(|tau| !tau.is_finite() || tau <= 0.0) {
        return Err(EstimateError::OutOfRange {
            argument: "tau",
            requirement: "finite and above 0",
        });
    }
    if settings.is_empty() {
        return Err(EstimateError::Empty {
            argument: "settings",
        });
    }
    let n = data.time.len();
    for column in settings.iter().copied().flatten() {
        same_length("settings", column.len(), "time", n)?;
    }
    let options = CoxOptions {
        robust: Some(false),
        ..*options
    };
    let person = |row: usize| data.cluster.map_or(row as u64, |c| u64::from(c[row]));
    let width = times.len() + usize::from(tau.is_some());
    let statistic = |weights: &[f64]| {
        let fitted = CoxData {
            weights: Some(weights),
            cluster: None,
            ..*data
        };
        let fit = cox(&fitted, &options)?;
        // Areas need the curve at its own steps too.
        let steps: Vec<f64> = match tau {
            None => Vec::new(),
            Some(tau) => {
                let curves = fit.baseline();
                let mut steps: Vec<f64> = curves.iter().flat_map(|c| c.time.clone()).collect();
                steps.retain(|&t| t < tau);
                steps.sort_unstable_by(f64::total_cmp);
                steps.dedup();
                steps
            }
        };
        let at: Vec<f64> = times.iter().chain(&steps).copied().collect();
        let mut out = Vec::with_capacity(2 * width * settings.len());
        for setting in settings {
            let mut mean = fit.standardised_survival(setting, data.strata, Some(weights), &at)?;
            let heights = mean.split_off(times.len());
            out.extend(mean);
            if let Some(tau) = tau {
                let origin = data
                    .entry
                    .map_or(0.0, |e| e.iter().copied().fold(0.0, f64::min));
                out.push(area(origin, tau, &steps, &heights));
            }
        }
        let first = out[..width].to_vec();
        let levels = out.clone();
        for setting in levels.chunks_exact(width) {
            out.extend(setting.iter().zip(&first).map(|(here, first)| here - first));
        }
        Ok(out)
    };
    let found = bootstrap(n, person, data.weights, draws, statistic)?;
    let estimate = |at: usize| Estimate {
        estimate: found.estimate[at],
        std_error: found.std_error[at],
        interval: found.interval[at],
    };
    let several = |from: usize| (from..from + times.len()).map(estimate).collect();
    Ok((0..settings.len())
        .map(|s| {
            let (level, against) = (s * width, (settings.len() + s) * width);
            StandardisedCurve {
                survival: several(level),
                difference: several(against),
                restricted_mean: tau.map(|_| estimate(level + times.len())),
                mean_difference: tau.map(|_| estimate(against + times.len())),
                replicates: found.replicates,
            }
        })
        .collect())
}

/// Area from `origin` to `tau` under a step function that starts at 1.
fn area(origin: f64, tau: f64, steps: &[f64], heights: &[f64]) -> f64 {
    let (mut area, mut from, mut height) = (0.0, origin, 1.0);
    for (&step, &next) in steps.iter().zip(heights) {
        area += height * (step - from);
        (from, height) = (step, next);
    }
    area + height * (tau - from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    fn draws(replicates: usize) -> BootstrapOptions {
        BootstrapOptions {
            replicates,
            seed: 3,
            level: 0.95,
        }
    }

    #[test]
    fn under_the_datas_own_covariates_it_is_the_mean_prediction() {
        let sample = Sample::new(9, 60, 2);
        let columns = sample.columns();
        for data in sample.variants(&columns) {
            let options = CoxOptions::default();
            let fit = cox(&data, &options).unwrap();
            let times = [1.0, 3.0];
            let mean = fit
                .standardised_survival(&columns, data.strata, data.weights, &times)
                .unwrap();
            let settings = [columns.as_slice()];
            let found =
                standardised_curves(&data, &options, &settings, &times, Some(4.0), &draws(20))
                    .unwrap();
            for (found, mean) in found[0].survival.iter().zip(mean) {
                assert!((found.estimate - mean).abs() < 1e-14);
                assert!(found.std_error > 0.0 && found.interval.low <= found.interval.high);
            }
            assert!(found[0].difference.iter().all(|d| d.estimate == 0.0));
        }
    }

    #[test]
    fn the_area_is_that_under_a_fine_grid() {
        let sample = Sample::new(4, 50, 1);
        let columns = sample.columns();
        let data = sample.variants(&columns)[0];
        let options = CoxOptions::default();
        let grid: Vec<f64> = (0..4000).map(|i| f64::from(i) / 1000.0).collect();
        let set = [0.5; 50];
        let settings: [&[&[f64]]; 1] = [&[&set]];
        let found =
            standardised_curves(&data, &options, &settings, &grid, Some(4.0), &draws(2)).unwrap();
        let sum: f64 = found[0].survival.iter().map(|s| s.estimate / 1000.0).sum();
        let mean = found[0].restricted_mean.unwrap().estimate;
        assert!((mean - sum).abs() < 2e-3, "{mean} {sum}");
    }

    #[test]
    fn settings_must_have_the_shape_of_the_data() {
        let sample = Sample::new(4, 50, 1);
        let columns = sample.columns();
        let data = sample.variants(&columns)[0];
        let short = [0.5; 49];
        let wrong: [&[&[f64]]; 1] = [&[&short]];
        let two = [columns[0], columns[0]];
        let wide: [&[&[f64]]; 1] = [&two];
        for settings in [&wrong[..], &wide[..], &[]] {
            let options = CoxOptions::default();
            assert!(
                standardised_curves(&data, &options, settings, &[1.0], None, &draws(5)).is_err()
            );
        }
    }
}
