//! Anything with a standard error: normal–normal.

use serde::{Deserialize, Serialize};

use super::mixture::{Family, Mixture};
use super::{Shrinkage, Shrunk, enough};
use crate::error::{EstimateError, Result, all_finite, same_length, valid_level};

/// How the variance between units is estimated in the normal–normal model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BetweenMethod {
    /// Restricted maximum likelihood.
    #[default]
    Reml,
    /// Maximum likelihood, biased low with few units.
    Ml,
    /// DerSimonian and Laird's moments.
    DerSimonianLaird,
    /// Paule and Mandel's: where the generalised Q equals its degrees of freedom.
    PauleMandel,
}

/// Shrinks estimates that have standard errors, towards their common mean.
///
/// The unit's error counts that the mean is estimated:
/// `λ·s² + (1 - λ)²·var(mean)` with reliability `λ = τ²/(τ² + s²)`. Intervals and
/// probabilities average besides over what τ² may be, by its restricted likelihood
/// with a flat prior on τ (Gelman 2006, *Bayesian Analysis* 1, 515–534): at one
/// value of it they are too short, with a few dozen units noticeably. Give means
/// of skewed quantities such as costs the error `pooled deviation/√n`: a small
/// unit's own deviation is itself too uncertain to weight by.
///
/// # Errors
/// Slices of different length, fewer than two units, errors that are not
/// positive, values that are not finite, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::shrinkage::{normal_normal, BetweenMethod};
/// let found = normal_normal(&[1.0, 3.0, 8.0], &[1.0, 1.0, 1.0], BetweenMethod::default(), 0.95)?;
/// // With equal errors REML is the spread of the estimates less their error: 13 - 1.
/// assert!((found.between - 12.0).abs() < 1e-9 && (found.mean - 4.0).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn normal_normal(
    estimates: &[f64],
    std_errors: &[f64],
    method: BetweenMethod,
    level: f64,
) -> Result<Shrinkage> {
    valid_level(level)?;
    same_length("std_errors", std_errors.len(), "estimates", estimates.len())?;
    enough(estimates.len())?;
    all_finite("estimates", estimates)?;
    all_finite("std_errors", std_errors)?;
    if std_errors.iter().any(|s| *s <= 0.0) {
        return Err(EstimateError::OutOfRange {
            argument: "std_errors",
            requirement: "each must be positive; a figure without error needs no shrinkage",
        });
    }
    let variances: Vec<f64> = std_errors.iter().map(|s| s * s).collect();
    let between = between_units(estimates, &variances, method);
    let (mean, mean_variance) = common_mean(estimates, &variances, between);
    let likely = likely_between(estimates, &variances, between);
    let mut distributions = Vec::with_capacity(estimates.len());
    let units = estimates
        .iter()
        .zip(&variances)
        .map(|(&y, &v)| {
            let (estimate, std_error) = given_between(y, v, between, (mean, mean_variance));
            let mixture = Mixture::new(
                Family::Normal,
                likely.iter().map(|&(weight, t, common)| {
                    let (centre, error) = given_between(y, v, t, common);
                    (weight, centre, error)
                }),
            );
            let unit = Shrunk {
                crude: y,
                estimate,
                std_error,
                interval: mixture.interval(level),
                reliability: between / (between + v),
            };
            distributions.push(mixture);
            unit
        })
        .collect();
    Ok(Shrinkage {
        mean,
        between,
        units,
        distributions,
    })
}

/// A unit's shrunken estimate and error if the variance between units were
/// `between`, and the common mean known to the given variance.
fn given_between(y: f64, v: f64, between: f64, common: (f64, f64)) -> (f64, f64) {
    let reliability = between / (between + v);
    let estimate = reliability * y + (1.0 - reliability) * common.0;
    let variance = reliability * v + (1.0 - reliability).powi(2) * common.1;
    (estimate, variance.sqrt())
}

/// Values that the variance between units may have, each with its weight and the
/// common mean and its variance there: a grid of τ up to ten standard errors of
/// τ² above the estimate, weighted by the restricted likelihood.
fn likely_between(
    estimates: &[f64],
    variances: &[f64],
    between: f64,
) -> Vec<(f64, f64, (f64, f64))> {
    const POINTS: u32 = 200;
    let end = (between + 10.0 * between_information(variances, between).powf(-0.5)).sqrt();
    let mut points: Vec<_> = (0..POINTS)
        .map(|k| (end * (f64::from(k) + 0.5) / f64::from(POINTS)).powi(2))
        .map(|t| {
            let common = common_mean(estimates, variances, t);
            let log: f64 = estimates
                .iter()
                .zip(variances)
                .map(|(y, v)| -0.5 * ((v + t).ln() + (y - common.0).powi(2) / (v + t)))
                .sum();
            (log + 0.5 * common.1.ln(), t, common)
        })
        .collect();
    let largest = points.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = points.iter().map(|p| (p.0 - largest).exp()).sum();
    for point in &mut points {
        point.0 = (point.0 - largest).exp() / total;
    }
    points
}

/// Weighted mean and its variance at a variance `between` units.
fn common_mean(estimates: &[f64], variances: &[f64], between: f64) -> (f64, f64) {
    let weight: f64 = variances.iter().map(|v| 1.0 / (v + between)).sum();
    let sum: f64 = estimates
        .iter()
        .zip(variances)
        .map(|(y, v)| y / (v + between))
        .sum();
    (sum / weight, 1.0 / weight)
}

/// Expected (restricted) information on the variance between units.
fn between_information(variances: &[f64], between: f64) -> f64 {
    let power = |k: i32| {
        variances
            .iter()
            .map(|v| (v + between).powi(-k))
            .sum::<f64>()
    };
    let (w, w2, w3) = (power(1), power(2), power(3));
    0.5 * (w2 - 2.0 * w3 / w + (w2 / w).powi(2))
}

/// The variance between units, never negative.
fn between_units(estimates: &[f64], variances: &[f64], method: BetweenMethod) -> f64 {
    let df = (estimates.len() - 1) as f64;
    // Σ w, Σ w², Σ w·r², Σ w²·r², with w = 1/(v + t) and r off the weighted mean.
    let sums = |t: f64| {
        let (mean, _) = common_mean(estimates, variances, t);
        let mut sums = [0.0; 4];
        for (y, v) in estimates.iter().zip(variances) {
            let (w, r) = (1.0 / (v + t), y - mean);
            for (sum, value) in sums.iter_mut().zip([w, w * w, w * r * r, w * w * r * r]) {
                *sum += value;
            }
        }
        sums
    };
    let [w, w2, q, _] = sums(0.0);
    let moments = ((q - df) / (w - w2 / w)).max(0.0);
    // Where the derivative (of the likelihood, or of Q) in t vanishes; each is
    // positive below the root and negative above.
    let slope = |t: f64| {
        let [w, w2, q, q2] = sums(t);
        match method {
            BetweenMethod::Reml => q2 - w + w2 / w,
            BetweenMethod::Ml => q2 - w,
            BetweenMethod::PauleMandel | BetweenMethod::DerSimonianLaird => q - df,
        }
    };
    if method == BetweenMethod::DerSimonianLaird {
        return moments;
    }
    if slope(0.0) <= 0.0 {
        return 0.0;
    }
    let largest = variances.iter().copied().fold(0.0, f64::max);
    let (mut low, mut high) = (0.0, moments.max(largest).max(f64::MIN_POSITIVE));
    while slope(high) > 0.0 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if slope(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
