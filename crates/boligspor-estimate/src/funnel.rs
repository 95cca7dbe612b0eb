//! Limits for comparing units of very different size.
//!
//! A small unit's figure strays far by chance alone; a league table ignores
//! that, a funnel plot shows it. Limits here are the exact predictive limits of
//! the count a unit of that size would have if it were like the rest, with
//! interpolation between counts so that the two tails keep their nominal
//! probability on average. Where units differ by more than chance and case mix
//! can explain, all of them are over-dispersed, and the limits widen by a
//! variance estimated from the bulk of the units (`overdispersion`).
//!
//! Source: Spiegelhalter (2005), "Funnel plots for comparing institutional
//! performance", *Statistics in Medicine* 24, 1185–1202.

use statrs::function::beta::beta_reg;
use statrs::function::gamma::{gamma_lr, gamma_ur, ln_gamma};

use crate::error::{EstimateError, Result, valid_level};
use crate::interval::{Interval, normal_quantile, normal_quantile_two_sided};
use crate::poisson::gamma_quantile;

pub use crate::false_discovery::{Dependence, false_discovery, false_discovery_under};

/// Limits of observed/expected for a unit with `expected` events, Poisson.
///
/// With `F` the Poisson distribution function, `r` the smallest count with
/// `F(r) >= p` and `α = (F(r) - p)/(F(r) - F(r - 1))`, the limit at probability
/// `p` is `(r - α)/expected`, floored at zero. The two ends are at
/// `p = (1 ± level)/2`.
///
/// Limits made by inverting a confidence interval for the unit's own rate (the
/// chi-squared form in some packages) answer another question. By an exact sum
/// over the Poisson distribution they raise 13.6 % false alarms at 95 % and two
/// events expected and 4.6–5.7 % from three on; these keep 3.4–5.8 %.
///
/// # Errors
/// `expected` not positive and finite, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::funnel::poisson_limits;
/// let limits = poisson_limits(10.0, 0.95)?;
/// assert!((limits.low - 0.3775).abs() < 1e-4 && (limits.high - 1.6160).abs() < 1e-4);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn poisson_limits(expected: f64, level: f64) -> Result<Interval> {
    valid_expected(expected)?;
    valid_level(level)?;
    let distribution = Discrete {
        mean: expected,
        sd: expected.sqrt(),
        largest: f64::INFINITY,
        cdf: |r: f64| gamma_ur(r + 1.0, expected),
        mass: |r: f64| (r * expected.ln() - expected - ln_gamma(r + 1.0)).exp(),
    };
    Ok(distribution.limits(level, expected))
}

/// Limits of the share of successes in a unit of `n`, binomial around `target`.
///
/// The same interpolation as [`poisson_limits`], divided by `n` and kept in
/// [0, 1].
///
/// # Errors
/// `n = 0`, a target outside [0, 1], or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::funnel::binomial_limits;
/// let limits = binomial_limits(50, 0.8, 0.95)?;
/// assert!(limits.low < 0.7 && limits.high > 0.88);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn binomial_limits(n: u64, target: f64, level: f64) -> Result<Interval> {
    valid_level(level)?;
    if n == 0 {
        return Err(EstimateError::Empty { argument: "n" });
    }
    if !(0.0..=1.0).contains(&target) {
        return Err(EstimateError::BadProbability { argument: "target" });
    }
    if target == 0.0 || target == 1.0 {
        return Ok(Interval {
            low: target,
            high: target,
        });
    }
    let n = n as f64;
    let (log_p, log_q) = (target.ln(), (-target).ln_1p());
    let log_factorial = ln_gamma(n + 1.0);
    let distribution = Discrete {
        mean: n * target,
        sd: (n * target * (1.0 - target)).sqrt(),
        largest: n,
        cdf: |r: f64| {
            if r >= n {
                1.0
            } else {
                beta_reg(n - r, r + 1.0, 1.0 - target)
            }
        },
        mass: |r: f64| {
            let combinations = log_factorial - ln_gamma(r + 1.0) - ln_gamma(n - r + 1.0);
            (combinations + r * log_p + (n - r) * log_q).exp()
        },
    };
    Ok(distribution.limits(level, n))
}

/// Limits of observed/expected when the true ratios of the units themselves
/// vary around 1 by a gamma distribution of variance `between`.
///
/// The count is then negative binomial with mean `expected` and variance
/// `expected + between·expected²`. Unlike limits on a transformed scale these
/// stay exact when counts are tiny; `between = 0` gives [`poisson_limits`].
/// Source: Böhning (2000), *Computer-Assisted Analysis of Mixtures*, ch. 5;
/// interpolation as in Spiegelhalter (2005).
///
/// # Errors
/// `expected` not positive, `between` negative, either not finite, or a level
/// outside (0, 1).
///
/// ```
/// use boligspor_estimate::funnel::{gamma_poisson_limits, poisson_limits};
/// let (wide, narrow) = (gamma_poisson_limits(5.0, 0.1, 0.95)?, poisson_limits(5.0, 0.95)?);
/// assert!(wide.low < narrow.low && narrow.high < wide.high);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn gamma_poisson_limits(expected: f64, between: f64, level: f64) -> Result<Interval> {
    valid_expected(expected)?;
    valid_between(between)?;
    if between < SMALLEST_BETWEEN {
        return poisson_limits(expected, level);
    }
    valid_level(level)?;
    let shape = 1.0 / between;
    let stay = shape / (shape + expected);
    let log_constant = shape * stay.ln() - ln_gamma(shape);
    let distribution = Discrete {
        mean: expected,
        sd: (expected + between * expected * expected).sqrt(),
        largest: f64::INFINITY,
        cdf: |r: f64| beta_reg(shape, r + 1.0, stay),
        mass: |r: f64| {
            let combinations = ln_gamma(shape + r) - ln_gamma(r + 1.0);
            (combinations + log_constant + r * (-stay).ln_1p()).exp()
        },
    };
    Ok(distribution.limits(level, expected))
}

/// A two-sided P value of `observed` against a Poisson mean of `expected`.
///
/// The observed count's own probability is counted half (mid-P), the
/// counterpart of the interpolation in [`poisson_limits`]; the smaller tail is
/// doubled. Source: Lancaster (1961), *JASA* 56, 223–234.
///
/// # Errors
/// `expected` not positive and finite.
///
/// ```
/// use boligspor_estimate::funnel::poisson_p_value;
/// assert!(poisson_p_value(10, 10.0)? > 0.9);
/// assert!(poisson_p_value(25, 10.0)? < 0.001);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn poisson_p_value(observed: u64, expected: f64) -> Result<f64> {
    valid_expected(expected)?;
    let r = observed as f64;
    let mass = (r * expected.ln() - expected - ln_gamma(r + 1.0)).exp();
    let below = if observed == 0 {
        0.0
    } else {
        gamma_ur(r, expected)
    };
    // The far tail from its own function: 1 - below would lose its digits.
    Ok(mid_p(below, mass, gamma_lr(r + 1.0, expected)))
}

/// A two-sided mid-P value of `successes` out of `n` against the share `target`,
/// as [`poisson_p_value`].
///
/// # Errors
/// `n = 0`, more successes than trials, or a target outside (0, 1).
///
/// ```
/// use boligspor_estimate::funnel::binomial_p_value;
/// assert!(binomial_p_value(40, 50, 0.8)? > 0.9);
/// // P(X = 0) = 0.2^3, half of it, doubled.
/// assert!((binomial_p_value(0, 3, 0.8)? - 0.008).abs() < 1e-15);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn binomial_p_value(successes: u64, n: u64, target: f64) -> Result<f64> {
    if n == 0 {
        return Err(EstimateError::Empty { argument: "n" });
    }
    if successes > n {
        return Err(EstimateError::MoreSuccessesThanTrials);
    }
    if !(target > 0.0 && target < 1.0) {
        return Err(EstimateError::BadProbability { argument: "target" });
    }
    let (r, size) = (successes as f64, n as f64);
    let combinations = ln_gamma(size + 1.0) - ln_gamma(r + 1.0) - ln_gamma(size - r + 1.0);
    let mass = (combinations + r * target.ln() + (size - r) * (-target).ln_1p()).exp();
    let below = if successes == 0 {
        0.0
    } else {
        beta_reg(size - r + 1.0, r, 1.0 - target)
    };
    let above = if successes == n {
        0.0
    } else {
        beta_reg(r + 1.0, size - r, target)
    };
    Ok(mid_p(below, mass, above))
}

/// A two-sided mid-P value where true ratios vary by a gamma distribution of
/// variance `between`, as [`gamma_poisson_limits`]; `between = 0` gives
/// [`poisson_p_value`].
///
/// # Errors
/// As [`gamma_poisson_limits`].
///
/// ```
/// use boligspor_estimate::funnel::{gamma_poisson_p_value, poisson_p_value};
/// assert!(gamma_poisson_p_value(20, 10.0, 0.1)? > poisson_p_value(20, 10.0)?);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn gamma_poisson_p_value(observed: u64, expected: f64, between: f64) -> Result<f64> {
    valid_expected(expected)?;
    valid_between(between)?;
    if between < SMALLEST_BETWEEN {
        return poisson_p_value(observed, expected);
    }
    let (r, shape) = (observed as f64, 1.0 / between);
    let stay = shape / (shape + expected);
    let combinations = ln_gamma(shape + r) - ln_gamma(r + 1.0) - ln_gamma(shape);
    let mass = (combinations + shape * stay.ln() + r * (-stay).ln_1p()).exp();
    let below = if observed == 0 {
        0.0
    } else {
        beta_reg(shape, r, stay)
    };
    Ok(mid_p(below, mass, beta_reg(r + 1.0, shape, 1.0 - stay)))
}

/// Twice the smaller tail, with half of the observed value's own probability.
fn mid_p(below: f64, mass: f64, above: f64) -> f64 {
    (2.0 * below.min(above) + mass).min(1.0)
}

/// Limits that invert a confidence interval instead of predicting the count:
/// `χ²(tail; 2E)/2E` and `χ²(1 - tail; 2E + 2)/2E`.
///
/// For comparison with published figures only (FunnelPlotR and others draw
/// them): they answer where the true ratio of a unit that *observed* `E` would
/// lie, and at small expected counts raise 13–31 % false alarms at the 95 %
/// level, where [`poisson_limits`] keep 4–5 % (docs/coverage.md).
///
/// # Errors
/// As [`poisson_limits`].
///
/// ```
/// use boligspor_estimate::funnel::inverted_limits;
/// use boligspor_estimate::exact_limits;
/// let (ours, count) = (inverted_limits(10.0, 0.95)?, exact_limits(10, 0.95)?);
/// assert!((ours.low - count.low / 10.0).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn inverted_limits(expected: f64, level: f64) -> Result<Interval> {
    valid_expected(expected)?;
    valid_level(level)?;
    let tail = (1.0 - level) / 2.0;
    Ok(Interval {
        low: gamma_quantile(expected, tail, false) / expected,
        high: gamma_quantile(expected + 1.0, tail, true) / expected,
    })
}

/// Limits of a share by the normal approximation, `target ± z·sqrt(target·(1 -
/// target)/n)`, kept in [0, 1]: what English public health draws. Poor for
/// small units and shares near 0 or 1; [`binomial_limits`] are exact.
///
/// # Errors
/// As [`binomial_limits`].
///
/// ```
/// use boligspor_estimate::funnel::normal_limits;
/// let limits = normal_limits(100, 0.5, 0.95)?;
/// assert!((limits.high - 0.598).abs() < 1e-3);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn normal_limits(n: u64, target: f64, level: f64) -> Result<Interval> {
    let z = normal_quantile_two_sided(level)?;
    if n == 0 {
        return Err(EstimateError::Empty { argument: "n" });
    }
    if !(0.0..=1.0).contains(&target) {
        return Err(EstimateError::BadProbability { argument: "target" });
    }
    let half = z * (target * (1.0 - target) / n as f64).sqrt();
    Ok(Interval {
        low: (target - half).max(0.0),
        high: (target + half).min(1.0),
    })
}

/// A distribution on the counts `0, 1, …, largest`.
struct Discrete<C, M> {
    mean: f64,
    sd: f64,
    largest: f64,
    cdf: C,
    mass: M,
}

impl<C: Fn(f64) -> f64, M: Fn(f64) -> f64> Discrete<C, M> {
    fn limits(&self, level: f64, size: f64) -> Interval {
        let tail = (1.0 - level) / 2.0;
        let end = |p: f64| (self.interpolated(p) / size).clamp(0.0, self.largest / size);
        Interval {
            low: end(tail),
            high: end(1.0 - tail),
        }
    }

    /// `r - α`: the quantile at `p`, moved back by the share of its probability
    /// that lies beyond `p`.
    fn interpolated(&self, p: f64) -> f64 {
        let r = self.quantile(p);
        r - ((self.cdf)(r) - p) / (self.mass)(r)
    }

    /// The smallest count with `cdf >= p`: a normal guess, then a gallop and
    /// bisection, so that a poor guess in a long tail costs no walk.
    fn quantile(&self, p: f64) -> f64 {
        let reaches = |r: f64| (self.cdf)(r) >= p;
        let guess = (self.mean + self.sd * normal_quantile(p))
            .floor()
            .clamp(0.0, self.largest);
        let (mut low, mut high) = (guess - 1.0, guess);
        let mut step = 1.0;
        while high < self.largest && !reaches(high) {
            low = high;
            high = (high + step).min(self.largest);
            step *= 2.0;
        }
        step = 1.0;
        while low >= 0.0 && reaches(low) {
            high = low;
            low = (low - step).max(-1.0);
            step *= 2.0;
        }
        while high - low > 1.0 {
            let middle = f64::midpoint(low, high).floor();
            if reaches(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    }
}

/// Below this the gamma–Poisson and the Poisson agree to the last digit, and
/// the shape of the gamma would overflow the incomplete beta function.
const SMALLEST_BETWEEN: f64 = 1e-9;

fn valid_between(between: f64) -> Result<()> {
    if between >= 0.0 && between.is_finite() {
        Ok(())
    } else {
        Err(EstimateError::OutOfRange {
            argument: "between",
            requirement: "a variance of ratios is zero or more and finite",
        })
    }
}

fn valid_expected(expected: f64) -> Result<()> {
    if expected > 0.0 && expected.is_finite() {
        Ok(())
    } else {
        Err(EstimateError::OutOfRange {
            argument: "expected",
            requirement: "it must be positive and finite; a unit that expects nothing has no limits",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expected_count_of_one_has_limits_by_hand() {
        // F(0) = e^-1 >= 0.025, so r = 0 and α = (e^-1 - 0.025)/e^-1 > 0: floored at 0.
        // F(2) = 2.5 e^-1 = 0.9197 < 0.975 <= F(3) = 0.9810; α = (F(3) - 0.975)/(e^-1/6).
        let e = (-1.0_f64).exp();
        let limits = poisson_limits(1.0, 0.95).unwrap();
        assert_eq!(limits.low, 0.0);
        let alpha = (e * 16.0 / 6.0 - 0.975) / (e / 6.0);
        assert!((limits.high - (3.0 - alpha)).abs() < 1e-12);
    }

    #[test]
    fn a_binomial_of_two_has_limits_by_hand() {
        // F = 0.25, 0.75, 1 at r = 0, 1, 2 with n = 2, p = 1/2; level 0.6 has tails
        // of 0.2: low r = 0, α = 0.05/0.25 → floored; high r = 2, α = 0.2/0.25.
        let limits = binomial_limits(2, 0.5, 0.6).unwrap();
        assert_eq!(limits.low, 0.0);
        assert!((limits.high - (2.0 - 0.8) / 2.0).abs() < 1e-12);
    }

    /// Chance that a count falls outside `limits`, by summing the mass.
    fn false_alarms(expected: f64, limits: Interval) -> f64 {
        let mut term = (-expected).exp();
        let mut outside = 0.0;
        for r in 0..2000 {
            let observed = f64::from(r) / expected;
            if observed < limits.low || observed > limits.high {
                outside += term;
            }
            term *= expected / f64::from(r + 1);
        }
        outside
    }

    #[test]
    fn limits_keep_their_level_at_small_expected_counts() {
        let mut mean = 0.0;
        let grid: Vec<f64> = (0..=560).map(|i| 2.0 + f64::from(i) * 0.05).collect();
        for &expected in &grid {
            let rate = false_alarms(expected, poisson_limits(expected, 0.95).unwrap());
            // A single count straddles each limit, so the level moves by its mass.
            assert!(rate < 0.075, "{expected}: {rate}");
            mean += rate / grid.len() as f64;
        }
        assert!((0.035..0.055).contains(&mean), "{mean}");
    }

    #[test]
    fn limits_narrow_as_units_grow_and_approach_the_normal_ones() {
        let widths: Vec<f64> = [1.0, 10.0, 100.0, 1e4]
            .iter()
            .map(|&e| poisson_limits(e, 0.95).unwrap())
            .map(|i| i.high - i.low)
            .collect();
        assert!(widths.windows(2).all(|w| w[1] < w[0]));
        assert!((widths[3] - 2.0 * 1.96 / 100.0).abs() < 1e-3);
    }

    #[test]
    fn a_large_binomial_with_a_small_share_is_poisson() {
        let (b, p) = (
            binomial_limits(1_000_000, 5e-6, 0.95).unwrap(),
            poisson_limits(5.0, 0.95).unwrap(),
        );
        assert!((b.low * 1e6 / 5.0 - p.low).abs() < 1e-4);
        assert!((b.high * 1e6 / 5.0 - p.high).abs() < 1e-4);
    }

    #[test]
    fn the_gamma_poisson_tends_to_the_poisson_as_the_variance_vanishes() {
        let p = poisson_limits(7.5, 0.998).unwrap();
        let g = gamma_poisson_limits(7.5, 1e-7, 0.998).unwrap();
        assert!((p.low - g.low).abs() < 1e-4 && (p.high - g.high).abs() < 1e-4);
        assert_eq!(gamma_poisson_limits(7.5, 0.0, 0.998).unwrap(), p);
    }

    #[test]
    fn the_gamma_poisson_mass_and_distribution_agree() {
        // P(X = 0) = (k/(k + E))^k: with k = 2, E = 2 that is 1/4. At level 0.6 the
        // lower tail 0.2 falls within r = 0: floored. P(X = 1) = k·(1/4)·(1/2) = 1/4,
        // P(2) = 3/16, P(3) = 1/8: F(3) = 13/16 >= 0.8, α = (13/16 - 0.8)/(1/8).
        let limits = gamma_poisson_limits(2.0, 0.5, 0.6).unwrap();
        assert_eq!(limits.low, 0.0);
        let alpha = (13.0 / 16.0 - 0.8) / 0.125;
        assert!((limits.high - (3.0 - alpha) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn degenerate_targets_leave_no_room() {
        assert_eq!(
            binomial_limits(9, 1.0, 0.95).unwrap(),
            Interval {
                low: 1.0,
                high: 1.0
            }
        );
        assert_eq!(
            binomial_limits(9, 0.0, 0.95).unwrap(),
            Interval {
                low: 0.0,
                high: 0.0
            }
        );
    }

    #[test]
    fn p_values_at_an_observed_zero_are_half_its_mass_doubled() {
        assert!((poisson_p_value(0, 3.0).unwrap() - (-3.0_f64).exp()).abs() < 1e-15);
    }
}
