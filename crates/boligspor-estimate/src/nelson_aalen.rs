//! The cumulative hazard in its own right.

use crate::error::{EstimateError, Result};
use crate::interval::{ConfType, normal_quantile_two_sided};
use crate::kaplan_meier::kaplan_meier;
use crate::options::SurvivalOptions;

/// A cumulative hazard with its intervals, one entry per distinct time.
#[derive(Debug, Clone, PartialEq)]
pub struct CumulativeHazard {
    /// Distinct times of events and of censoring, increasing.
    pub time: Vec<f64>,
    /// Number (weight) at risk just before each time.
    pub n_risk: Vec<f64>,
    /// Number (weight) of events at each time.
    pub n_event: Vec<f64>,
    /// Number (weight) censored at each time.
    pub n_censor: Vec<f64>,
    /// Cumulative hazard up to and including each time.
    pub estimate: Vec<f64>,
    /// Its standard error.
    pub std_error: Vec<f64>,
    /// Lower ends of the intervals.
    pub low: Vec<f64>,
    /// Upper ends of the intervals.
    pub high: Vec<f64>,
}

/// The Nelson–Aalen estimate of the cumulative hazard of `event`.
///
/// Variance `Σ d/n²` (Aalen 1978), or robust as in
/// [`kaplan_meier`](crate::kaplan_meier()). Intervals are symmetric in the
/// hazard's logarithm ([`ConfType::Log`], `H·exp(±z·se/H)`) or plain.
///
/// # Errors
/// As [`kaplan_meier`](crate::kaplan_meier()); a type of interval other than
/// log and plain.
///
/// ```
/// use boligspor_estimate::{SurvivalOptions, nelson_aalen};
/// let hazard = nelson_aalen(&[1.0, 2.0], &[true, true], &SurvivalOptions::default())?;
/// assert_eq!(hazard.estimate, [0.5, 1.5]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn nelson_aalen(
    duration: &[f64],
    event: &[bool],
    options: &SurvivalOptions,
) -> Result<CumulativeHazard> {
    let z = normal_quantile_two_sided(options.conf_level)?;
    if !matches!(options.conf_type, ConfType::Log | ConfType::Plain) {
        return Err(EstimateError::OutOfRange {
            argument: "conf_type",
            requirement: "log or plain for a cumulative hazard",
        });
    }
    let curve = kaplan_meier(duration, event, options)?;
    let (estimate, std_error) = (curve.cumulative_hazard, curve.cumulative_hazard_std_error);
    let bound = |sign: f64| -> Vec<f64> {
        let ends = estimate
            .iter()
            .zip(&std_error)
            .map(|(&h, &se)| match options.conf_type {
                _ if h == 0.0 => 0.0,
                ConfType::Log => h * (sign * z * se / h).exp(),
                _ => (h + sign * z * se).max(0.0),
            });
        ends.collect()
    };
    Ok(CumulativeHazard {
        low: bound(-1.0),
        high: bound(1.0),
        time: curve.time,
        n_risk: curve.n_risk,
        n_event: curve.n_event,
        n_censor: curve.n_censor,
        estimate,
        std_error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_symmetric_on_their_scale() {
        let time = [1.0, 2.0, 3.0, 4.0];
        let event = [true, false, true, true];
        let log = nelson_aalen(&time, &event, &SurvivalOptions::default()).unwrap();
        for r in 0..4 {
            let product = log.low[r] * log.high[r];
            assert!((product - log.estimate[r].powi(2)).abs() < 1e-14);
        }
        let plain = SurvivalOptions {
            conf_type: ConfType::Plain,
            ..SurvivalOptions::default()
        };
        let plain = nelson_aalen(&time, &event, &plain).unwrap();
        // H(3) = 1/4 + 1/2, variance 1/16 + 1/4.
        let (h, se) = (0.75, (1.0 / 16.0 + 1.0 / 4.0_f64).sqrt());
        assert!((plain.high[2] - (h + 1.959_963_984_540_054 * se)).abs() < 1e-14);
        assert_eq!(plain.low[2], 0.0);
    }

    #[test]
    fn scales_of_a_probability_are_refused() {
        let logit = SurvivalOptions {
            conf_type: ConfType::Logit,
            ..SurvivalOptions::default()
        };
        assert!(matches!(
            nelson_aalen(&[1.0], &[true], &logit),
            Err(EstimateError::OutOfRange {
                argument: "conf_type",
                ..
            })
        ));
    }
}
