//! What a small unit's figure is worth: empirical-Bayes estimates.
//!
//! A unit of ten people with nobody left behind is not the best in the country.
//! Units are taken as draws from a common distribution, which the data of all
//! estimate; each unit's figure is pulled towards the common one as far as its own
//! is unreliable. The result errs less on average than the crude figures, and says
//! how likely it is that a unit truly exceeds a threshold.
//!
//! Three pairs: rates (gamma–Poisson), shares (beta–binomial), and anything with
//! a standard error (normal–normal). Intervals of the first two take the common
//! distribution as known, which is right with dozens of units and optimistic with
//! a handful; the third averages over what the common mean and variance may be.
//!
//! Sources: Clayton & Kaldor (1987), *Biometrics* 43, 671–681 (gamma–Poisson);
//! Griffiths (1973), *Biometrics* 29, 637–648 (beta–binomial); Morris (1983),
//! *JASA* 78, 47–55; Raudenbush (2009), in *The Handbook of Research Synthesis*,
//! ch. 16 (REML).

use serde::{Deserialize, Serialize};
use statrs::function::beta::beta_reg;
use statrs::function::gamma::{gamma_lr, gamma_ur, ln_gamma};

use crate::error::{EstimateError, Result, all_finite, same_length, valid_level};
use crate::interval::Interval;
use crate::poisson::gamma_quantile;
use crate::proportion::beta_quantile;

/// One unit's estimate after shrinkage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shrunk {
    /// The unit's own figure.
    pub crude: f64,
    /// Mean of what it may truly be, given its figure and those of the others.
    pub estimate: f64,
    /// Standard deviation of the same.
    pub std_error: f64,
    /// Equal-tailed interval of the same.
    pub interval: Interval,
    /// Share of the crude figures' spread at this size that is true: 1 keeps the
    /// unit's own figure, 0 replaces it by the common one.
    pub reliability: f64,
}

/// The common distribution and every unit's estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrinkage {
    /// Mean of the units' true figures.
    pub mean: f64,
    /// Variance between the units' true figures; 0 if chance explains all.
    pub between: f64,
    /// One per unit, in order.
    pub units: Vec<Shrunk>,
    tails: Tails,
}

/// Parameters of each unit's distribution, for probabilities.
#[derive(Debug, Clone, PartialEq)]
enum Tails {
    Gamma(Vec<(f64, f64)>),
    Beta(Vec<(f64, f64)>),
    Normal(Vec<Mixture>),
    Point,
}

impl Shrinkage {
    /// For each unit the probability that its true figure exceeds `threshold`.
    ///
    /// ```
    /// use boligspor_estimate::shrinkage::gamma_poisson;
    /// let found = gamma_poisson(&[30, 8, 10, 11, 3], &[15.0, 10.0, 10.0, 12.0, 9.0], 0.95)?;
    /// let above = found.probability_above(1.1);
    /// assert!(above[0] > 0.9 && above[4] < 0.3);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn probability_above(&self, threshold: f64) -> Vec<f64> {
        let point = |s: &Shrunk| f64::from(u8::from(s.estimate > threshold));
        self.units
            .iter()
            .enumerate()
            .map(|(i, unit)| match &self.tails {
                _ if unit.std_error == 0.0 => point(unit),
                Tails::Gamma(_) | Tails::Beta(_) if threshold <= 0.0 => 1.0,
                Tails::Gamma(parameters) => gamma_ur(parameters[i].0, parameters[i].1 * threshold),
                Tails::Beta(_) if threshold >= 1.0 => 0.0,
                Tails::Beta(parameters) => {
                    beta_reg(parameters[i].1, parameters[i].0, 1.0 - threshold)
                }
                Tails::Point => point(unit),
                Tails::Normal(mixtures) => mixtures[i].above(threshold),
            })
            .collect()
    }
}

/// `P(Z > z)`, with full digits in both tails.
fn normal_above(z: f64) -> f64 {
    if z == 0.0 {
        return 0.5;
    }
    let half = z * z / 2.0;
    if z > 0.0 {
        gamma_ur(0.5, half) / 2.0
    } else {
        0.5 + gamma_lr(0.5, half) / 2.0
    }
}

/// Shrinks ratios of observed to expected counts.
///
/// True ratios follow a gamma distribution whose mean and variance maximise the
/// likelihood of all counts (negative binomial); a unit's ratio is then gamma
/// too. Reliability is `E/(E + shape/mean)`.
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
    let counts: Vec<f64> = observed.iter().map(|o| *o as f64).collect();
    let pooled = counts.iter().sum::<f64>() / expected.iter().sum::<f64>();
    // With shape k and mean m, a count is negative binomial: its probability of
    // success is k/(k + m·E). Only terms in k and m are kept.
    let log_likelihood = |k: f64, m: f64| -> f64 {
        counts
            .iter()
            .zip(expected)
            .map(|(o, e)| {
                let mu = m * e;
                ln_gamma(k + o) - ln_gamma(k) + o * (mu / (k + mu)).ln().max(f64::MIN)
                    - k * (mu / k).ln_1p()
            })
            .sum()
    };
    if pooled == 0.0 {
        // Nothing anywhere: the likelihood has no finite answer but zero.
        let nothing = Shrunk {
            crude: 0.0,
            estimate: 0.0,
            std_error: 0.0,
            interval: Interval {
                low: 0.0,
                high: 0.0,
            },
            reliability: 0.0,
        };
        let units = vec![nothing; counts.len()];
        return Ok(Shrinkage {
            mean: 0.0,
            between: 0.0,
            tails: Tails::Point,
            units,
        });
    }
    let best_mean = |log_k: f64| {
        let k = log_k.exp();
        maximise(
            |log_m| log_likelihood(k, log_m.exp()),
            pooled.ln() - 3.0,
            pooled.ln() + 3.0,
        )
    };
    let log_k = maximise(
        |log_k| log_likelihood(log_k.exp(), best_mean(log_k).exp()),
        -6.0,
        LARGEST.ln(),
    );
    let (k, m) = (log_k.exp(), best_mean(log_k).exp());
    // At the end of the range the units differ by chance alone.
    let between = if k > 0.99 * LARGEST { 0.0 } else { m * m / k };
    let tail = (1.0 - level) / 2.0;
    let mut parameters = Vec::with_capacity(counts.len());
    let units = counts
        .iter()
        .zip(expected)
        .map(|(o, e)| {
            let (shape, rate) = (k + o, k / m + e);
            parameters.push((shape, rate));
            if between == 0.0 {
                let interval = Interval {
                    low: pooled,
                    high: pooled,
                };
                return Shrunk {
                    crude: o / e,
                    estimate: pooled,
                    std_error: 0.0,
                    interval,
                    reliability: 0.0,
                };
            }
            Shrunk {
                crude: o / e,
                estimate: shape / rate,
                std_error: shape.sqrt() / rate,
                interval: Interval {
                    low: gamma_quantile(shape, tail, false) / rate,
                    high: gamma_quantile(shape, tail, true) / rate,
                },
                reliability: e / rate,
            }
        })
        .collect();
    let mean = if between == 0.0 { pooled } else { m };
    Ok(Shrinkage {
        mean,
        between,
        units,
        tails: Tails::Gamma(parameters),
    })
}

/// Shrinks shares of `n`.
///
/// True shares follow a beta distribution whose two parameters maximise the
/// likelihood of all counts; a unit's share is then beta too. Reliability is
/// `n/(n + α + β)`.
///
/// # Errors
/// Slices of different length, fewer than two units, an empty unit, more
/// successes than trials, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::shrinkage::beta_binomial;
/// let found = beta_binomial(&[4, 160, 55, 30, 90], &[4, 200, 90, 40, 100], 0.95)?;
/// assert!(found.units[0].crude == 1.0 && found.units[0].estimate < 0.9);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn beta_binomial(successes: &[u64], n: &[u64], level: f64) -> Result<Shrinkage> {
    valid_level(level)?;
    same_length("n", n.len(), "successes", successes.len())?;
    enough(n.len())?;
    if n.contains(&0) {
        return Err(EstimateError::Empty { argument: "n" });
    }
    if successes.iter().zip(n).any(|(s, n)| s > n) {
        return Err(EstimateError::MoreSuccessesThanTrials);
    }
    let pairs: Vec<(f64, f64)> = successes
        .iter()
        .zip(n)
        .map(|(s, n)| (*s as f64, *n as f64))
        .collect();
    let pooled = pairs.iter().map(|p| p.0).sum::<f64>() / pairs.iter().map(|p| p.1).sum::<f64>();
    let log_likelihood = |size: f64, mean: f64| -> f64 {
        let (a, b) = (size * mean, size * (1.0 - mean));
        pairs
            .iter()
            .map(|(s, n)| {
                ln_gamma(a + s) - ln_gamma(a) + ln_gamma(b + n - s)
                    - ln_gamma(b)
                    - ln_gamma(size + n)
                    + ln_gamma(size)
            })
            .sum()
    };
    let varies = pooled > 0.0 && pooled < 1.0;
    let expit = |x: f64| 1.0 / (1.0 + (-x).exp());
    let logit = (pooled / (1.0 - pooled)).ln();
    let best_mean = |log_size: f64| {
        maximise(
            |x| log_likelihood(log_size.exp(), expit(x)),
            logit - 3.0,
            logit + 3.0,
        )
    };
    let log_size = if varies {
        maximise(
            |s| log_likelihood(s.exp(), expit(best_mean(s))),
            -4.0,
            LARGEST.ln(),
        )
    } else {
        LARGEST.ln()
    };
    let size = log_size.exp();
    let alike = !varies || size > 0.99 * LARGEST;
    let mean = if alike {
        pooled
    } else {
        expit(best_mean(log_size))
    };
    let between = if alike {
        0.0
    } else {
        mean * (1.0 - mean) / (size + 1.0)
    };
    let tail = (1.0 - level) / 2.0;
    let mut parameters = Vec::with_capacity(pairs.len());
    let units = pairs
        .iter()
        .map(|(s, n)| {
            let (a, b) = (size * mean + s, size * (1.0 - mean) + n - s);
            parameters.push((a, b));
            if alike {
                let interval = Interval {
                    low: pooled,
                    high: pooled,
                };
                return Shrunk {
                    crude: s / n,
                    estimate: pooled,
                    std_error: 0.0,
                    interval,
                    reliability: 0.0,
                };
            }
            Shrunk {
                crude: s / n,
                estimate: a / (a + b),
                std_error: (a * b / (a + b + 1.0)).sqrt() / (a + b),
                interval: Interval {
                    low: beta_quantile(a, b, tail),
                    high: 1.0 - beta_quantile(b, a, tail),
                },
                reliability: n / (n + size),
            }
        })
        .collect();
    Ok(Shrinkage {
        mean,
        between,
        units,
        tails: Tails::Beta(parameters),
    })
}

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
    let tail = (1.0 - level) / 2.0;
    let mut mixtures = Vec::with_capacity(estimates.len());
    let units = estimates
        .iter()
        .zip(&variances)
        .map(|(&y, &v)| {
            let (estimate, std_error) = given_between(y, v, between, (mean, mean_variance));
            let mixture = Mixture(
                likely
                    .iter()
                    .map(|&(weight, t, common)| {
                        let (centre, error) = given_between(y, v, t, common);
                        (weight, centre, error)
                    })
                    .collect(),
            );
            let interval = Interval {
                low: mixture.quantile(tail),
                high: mixture.quantile(1.0 - tail),
            };
            mixtures.push(mixture);
            Shrunk {
                crude: y,
                estimate,
                std_error,
                interval,
                reliability: between / (between + v),
            }
        })
        .collect();
    Ok(Shrinkage {
        mean,
        between,
        units,
        tails: Tails::Normal(mixtures),
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

/// Normal distributions, each with weight, mean and standard deviation.
#[derive(Debug, Clone, PartialEq)]
struct Mixture(Vec<(f64, f64, f64)>);

impl Mixture {
    /// Probability above `x`.
    fn above(&self, x: f64) -> f64 {
        self.0
            .iter()
            .map(|(w, mean, sd)| w * normal_above((x - mean) / sd))
            .sum()
    }

    /// The point with probability `p` below it, by bisection.
    fn quantile(&self, p: f64) -> f64 {
        let reach = |sign: f64| {
            self.0
                .iter()
                .map(|(_, mean, sd)| sign * mean + 12.0 * sd)
                .fold(f64::NEG_INFINITY, f64::max)
        };
        let (mut low, mut high) = (-reach(-1.0), reach(1.0));
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.above(middle) > 1.0 - p {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }
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

/// Shapes beyond this are a point: units differ by chance alone.
const LARGEST: f64 = 1e6;

/// The maximum of a function with one, by golden section on `[low, high]`.
fn maximise(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
    let (mut fa, mut fb) = (f(a), f(b));
    // Forty steps leave a few parts in 10⁸ of the range: flat to rounding.
    for _ in 0..40 {
        if fa >= fb {
            (high, b, fb) = (b, a, fa);
            a = high - golden * (high - low);
            fa = f(a);
        } else {
            (low, a, fa) = (a, b, fb);
            b = low + golden * (high - low);
            fb = f(b);
        }
    }
    f64::midpoint(low, high)
}

fn enough(found: usize) -> Result<()> {
    if found < 2 {
        Err(EstimateError::TooFewGroups { found, needed: 2 })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
