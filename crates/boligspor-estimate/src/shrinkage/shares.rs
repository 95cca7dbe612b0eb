//! Shares of `n`: beta–binomial.

use statrs::function::gamma::{digamma, ln_gamma};

use super::mixture::{Family, Mixture};
use super::{CommonDistributions, LARGEST, Shrinkage, Shrunk, enough, maximise};
use crate::error::{EstimateError, Result, same_length, valid_level};
use crate::interval::Interval;

/// Shrinks shares of `n`.
///
/// True shares follow a beta distribution whose two parameters maximise the
/// likelihood of all counts; a unit's estimate is its mean given that one.
/// Reliability is `n/(n + α + β)`.
///
/// Intervals, standard errors and probabilities average over what the common
/// distribution may be: its standard deviation over the largest that its mean
/// allows, `1/√(α + β + 1)`, by its likelihood with a flat prior on (0, 1) and
/// the mean integrated out; given that, the mean's logit is normal about its best
/// value, and a unit's share is beta with the mean and variance that follow.
/// Where all shares are 0, or all 1, units are taken to be alike, and the
/// interval reaches to where the flat prior's does for all of them together.
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
    let trials = Trials(
        successes
            .iter()
            .zip(n)
            .map(|(s, n)| (*s as f64, *n as f64))
            .collect(),
    );
    let all: f64 = trials.0.iter().map(|t| t.1).sum();
    let pooled = trials.0.iter().map(|t| t.0).sum::<f64>() / all;
    if pooled == 0.0 || pooled == 1.0 {
        return Ok(all_the_same(n.len(), all, pooled, level));
    }
    let log_size = maximise(
        |s| trials.log_likelihood(s.exp(), trials.best_mean(s.exp(), pooled)),
        -4.0,
        LARGEST.ln(),
    );
    let size = log_size.exp();
    let alike = size > 0.99 * LARGEST;
    let mean = if alike {
        pooled
    } else {
        trials.best_mean(size, pooled)
    };
    let likely = trials.likely(pooled);
    let mut distributions = Vec::with_capacity(trials.0.len());
    let units = trials
        .0
        .iter()
        .map(|&(s, n)| {
            let given = |&(weight, [size, mean, spread]): &(f64, [f64; 3])| {
                let centre = (size * mean + s) / (size + n);
                // How far the unit's mean moves with the common mean's logit.
                let moved = size * mean * (1.0 - mean) / (size + n);
                let variance = centre * (1.0 - centre) / (size + n + 1.0) + moved * moved * spread;
                let total = centre * (1.0 - centre) / variance - 1.0;
                (weight, total * centre, total * (1.0 - centre))
            };
            let mixture = Mixture::new(Family::Beta, likely.iter().map(given));
            let (estimate, reliability) = if alike {
                (pooled, 0.0)
            } else {
                ((size * mean + s) / (size + n), n / (size + n))
            };
            let unit = Shrunk {
                crude: s / n,
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
        between: if alike {
            0.0
        } else {
            mean * (1.0 - mean) / (size + 1.0)
        },
        units,
        distributions,
    })
}

/// No success anywhere, or nothing else: one share with a flat prior.
fn all_the_same(units: usize, n: f64, pooled: f64, level: f64) -> Shrinkage {
    let mixture = Mixture::single(Family::Beta, 1.0 + n * pooled, 1.0 + n * (1.0 - pooled));
    let within = mixture.interval(level);
    let unit = Shrunk {
        crude: pooled,
        estimate: pooled,
        std_error: mixture.deviation(),
        interval: Interval {
            low: within.low.min(pooled),
            high: within.high.max(pooled),
        },
        reliability: 0.0,
    };
    Shrinkage {
        mean: pooled,
        between: 0.0,
        units: vec![unit; units],
        distributions: vec![mixture; units],
    }
}

/// Successes and trials.
struct Trials(Vec<(f64, f64)>);

impl Trials {
    /// At `size` α + β and `mean` α/(α + β).
    fn log_likelihood(&self, size: f64, mean: f64) -> f64 {
        let (a, b) = (size * mean, size * (1.0 - mean));
        self.0
            .iter()
            .map(|(s, n)| {
                ln_gamma(a + s) - ln_gamma(a) + ln_gamma(b + n - s)
                    - ln_gamma(b)
                    - ln_gamma(size + n)
                    + ln_gamma(size)
            })
            .sum()
    }

    fn best_mean(&self, size: f64, pooled: f64) -> f64 {
        let logit = logit(pooled);
        expit(maximise(
            |x| self.log_likelihood(size, expit(x)),
            logit - 3.0,
            logit + 3.0,
        ))
    }

    /// The log-likelihood's derivative in the mean's logit.
    fn slope(&self, size: f64, logit: f64) -> f64 {
        let mean = expit(logit);
        let (a, b) = (size * mean, size * (1.0 - mean));
        let sum: f64 = self
            .0
            .iter()
            .map(|(s, n)| digamma(a + s) - digamma(a) - digamma(b + n - s) + digamma(b))
            .sum();
        sum * size * mean * (1.0 - mean)
    }

    /// Common distributions: size, mean, and the variance of the mean's logit.
    fn likely(&self, pooled: f64) -> Vec<(f64, [f64; 3])> {
        CommonDistributions {
            largest: 1.0,
            at: |spread_share: f64| {
                let size = spread_share.powi(-2) - 1.0;
                let mean = self.best_mean(size, pooled);
                let (at, step) = (logit(mean), 1e-3);
                let slopes = self.slope(size, at - step) - self.slope(size, at + step);
                let spread = 2.0 * step / slopes.max(f64::MIN_POSITIVE);
                let log = self.log_likelihood(size, mean) + 0.5 * spread.ln();
                (log, [size, mean, spread])
            },
        }
        .weighted()
    }
}

fn expit(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}
