//! Ratios of observed to expected counts: gamma–Poisson.

use statrs::function::gamma::ln_gamma;

use super::mixture::{Family, Mixture};
use super::{CommonDistributions, LARGEST, Shrinkage, Shrunk, enough, maximise};
use crate::error::{EstimateError, Result, same_length, valid_level};
use crate::interval::Interval;

/// Shrinks ratios of observed to expected counts.
///
/// True ratios follow a gamma distribution whose mean and variance maximise the
/// likelihood of all counts (negative binomial); a unit's estimate is its mean
/// given that one. Reliability is `E/(E + shape/mean)`.
///
/// Intervals, standard errors and probabilities average over what the common
/// distribution may be: its coefficient of variation by its likelihood, with the
/// mean integrated out and a flat prior on `(0, 5)`; given that, the logarithm
/// of the mean is normal about its best value, and a unit's ratio is gamma with
/// the mean and variance that follow. So they have a width even where the best
/// guess is that units are alike. With no event anywhere units are taken to be
/// alike, and the interval ends at the exact limit of them all together.
///
/// # Errors
/// Slices of different length, fewer than two units, expected counts not positive
/// and finite, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::shrinkage::gamma_poisson;
/// let found = gamma_poisson(&[0, 22, 30, 9, 45], &[1.5, 20.0, 18.0, 15.0, 40.0], 0.95)?;
/// // Nothing observed in a tiny unit says little: it moves most of the way back.
/// assert!(found.units[0].crude == 0.0 && found.units[0].estimate > 0.7);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn gamma_poisson(observed: &[u64], expected: &[f64], level: f64) -> Result<Shrinkage> {
    valid_level(level)?;
    same_length("expected", expected.len(), "observed", observed.len())?;
    enough(observed.len())?;
    if expected.iter().any(|e| !(*e > 0.0 && e.is_finite())) {
        return Err(EstimateError::OutOfRange {
            argument: "expected",
            requirement: "each unit must expect a positive, finite number of events",
        });
    }
    let counts = Counts(
        observed
            .iter()
            .zip(expected)
            .map(|(o, e)| (*o as f64, *e))
            .collect(),
    );
    let all: f64 = expected.iter().sum();
    let pooled = observed.iter().sum::<u64>() as f64 / all;
    if pooled == 0.0 {
        return Ok(nothing(observed.len(), all, level));
    }
    let best_mean = |log_k: f64| {
        let k = log_k.exp();
        maximise(
            |log_m| counts.log_likelihood(k, log_m.exp()),
            pooled.ln() - 3.0,
            pooled.ln() + 3.0,
        )
    };
    let log_k = maximise(
        |log_k| counts.log_likelihood(log_k.exp(), best_mean(log_k).exp()),
        -6.0,
        LARGEST.ln(),
    );
    let k = log_k.exp();
    // At the end of the range the units differ by chance alone.
    let alike = k > 0.99 * LARGEST;
    let mean = if alike {
        pooled
    } else {
        best_mean(log_k).exp()
    };
    let likely = counts.likely(pooled);
    let mut distributions = Vec::with_capacity(counts.0.len());
    let units = counts
        .0
        .iter()
        .map(|&(o, e)| {
            let given = |&(weight, [k, m, spread]): &(f64, [f64; 3])| {
                let (shape, rate) = (k + o, k / m + e);
                let centre = shape / rate;
                // How far the mean of the unit moves with the common mean's logarithm.
                let moved = centre * (k / m) / rate;
                let variance = centre / rate + moved * moved * spread;
                (weight, centre * centre / variance, centre / variance)
            };
            let mixture = Mixture::new(Family::Gamma, likely.iter().map(given));
            let (estimate, reliability) = if alike {
                (pooled, 0.0)
            } else {
                ((k + o) / (k / mean + e), e / (k / mean + e))
            };
            let unit = Shrunk {
                crude: o / e,
                estimate,
                std_error: mixture.deviation(),
                interval: mixture.interval(level),
                reliability,
            };
            distributions.push(mixture);
            unit
        })
        .collect();
    Ok(Shrinkage {
        mean,
        between: if alike { 0.0 } else { mean * mean / k },
        units,
        distributions,
    })
}

/// Nothing anywhere: the likelihood has no finite answer but zero. What it allows
/// is what a count of 0 in all of them together does.
fn nothing(units: usize, expected: f64, level: f64) -> Shrinkage {
    let mixture = Mixture::single(Family::Gamma, 1.0, expected);
    let unit = Shrunk {
        crude: 0.0,
        estimate: 0.0,
        std_error: mixture.deviation(),
        interval: Interval {
            low: 0.0,
            high: mixture.interval(level).high,
        },
        reliability: 0.0,
    };
    Shrinkage {
        mean: 0.0,
        between: 0.0,
        units: vec![unit; units],
        distributions: vec![mixture; units],
    }
}

/// Observed and expected counts.
struct Counts(Vec<(f64, f64)>);

/// The coefficient of variation of true ratios is taken to be below this.
const LARGEST_VARIATION: f64 = 5.0;

impl Counts {
    /// With shape k and mean m, a count is negative binomial: its probability of
    /// success is k/(k + m·E). Only terms in k and m are kept.
    fn log_likelihood(&self, k: f64, m: f64) -> f64 {
        self.0
            .iter()
            .map(|(o, e)| {
                let mu = m * e;
                ln_gamma(k + o) - ln_gamma(k) + o * (mu / (k + mu)).ln().max(f64::MIN)
                    - k * (mu / k).ln_1p()
            })
            .sum()
    }

    /// The best mean at a shape, by Newton's steps on its logarithm, in which the
    /// likelihood is concave; and the inverse of the curvature there.
    fn mean_given(&self, k: f64, start: f64) -> (f64, f64) {
        let mut log_m = start.ln();
        let mut curvature = 1.0;
        for _ in 0..50 {
            let mut slope = 0.0;
            curvature = 0.0;
            for (o, e) in &self.0 {
                let mu = log_m.exp() * e;
                let share = mu / (k + mu);
                slope += o - (k + o) * share;
                curvature += (k + o) * share * (k / (k + mu));
            }
            let step = (slope / curvature).clamp(-1.0, 1.0);
            log_m += step;
            if step.abs() < 1e-12 {
                break;
            }
        }
        (log_m.exp(), 1.0 / curvature)
    }

    /// Common distributions: shape, mean, and the variance of the mean's logarithm.
    fn likely(&self, pooled: f64) -> Vec<(f64, [f64; 3])> {
        CommonDistributions {
            largest: LARGEST_VARIATION,
            at: |variation: f64| {
                let k = variation.powi(-2);
                let (m, spread) = self.mean_given(k, pooled);
                let log = self.log_likelihood(k, m) + 0.5 * spread.ln();
                (log, [k, m, spread])
            },
        }
        .weighted()
    }
}
