//! Exact limits for a count, as funnel plots and small-area tables need them.

use statrs::function::gamma::{gamma_lr, gamma_ur, ln_gamma};

use crate::error::{Result, valid_level};
use crate::interval::Interval;
use crate::quantile::invert;

/// Exact (Garwood) limits of a Poisson mean, given that `count` was observed.
///
/// `low` solves `P(X >= count | low) = (1 - level)/2` and `high` solves
/// `P(X <= count | high) = (1 - level)/2`; for a rate, divide both by the
/// exposure. Source: Garwood (1936), *Biometrika* 28, 437–442.
///
/// # Errors
/// A level outside (0, 1).
///
/// ```
/// use boligspor_estimate::exact_limits;
/// let limits = exact_limits(10, 0.95)?;
/// assert!((limits.low - 4.795).abs() < 1e-3 && (limits.high - 18.390).abs() < 1e-3);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn exact_limits(count: u64, level: f64) -> Result<Interval> {
    valid_level(level)?;
    let tail = (1.0 - level) / 2.0;
    let k = count as f64;
    Ok(Interval {
        low: if count == 0 {
            0.0
        } else {
            gamma_quantile(k, tail, false)
        },
        high: gamma_quantile(k + 1.0, tail, true),
    })
}

/// The point with probability `tail` below it (or above it, if `upper`) under
/// a gamma distribution of the given shape and unit scale. The upper tail is
/// inverted directly: `1 - tail` would lose its digits.
pub(crate) fn gamma_quantile(shape: f64, tail: f64, upper: bool) -> f64 {
    let constant = ln_gamma(shape);
    let density = |x: f64| ((shape - 1.0) * x.ln() - x - constant).exp();
    if upper {
        // A decreasing function is inverted as its negative.
        invert(
            -tail,
            (0.0, f64::INFINITY),
            shape,
            |x| -gamma_ur(shape, x),
            density,
        )
    } else {
        let cdf = |x: f64| if x <= 0.0 { 0.0 } else { gamma_lr(shape, x) };
        invert(tail, (0.0, f64::INFINITY), shape, cdf, density)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_event_has_the_closed_form_limit() {
        // P(X = 0 | m) = exp(-m) = 0.025.
        let limits = exact_limits(0, 0.95).unwrap();
        assert_eq!(limits.low, 0.0);
        assert!((limits.high - -(0.025_f64.ln())).abs() < 1e-13);
    }

    #[test]
    fn ends_have_the_promised_poisson_tails() {
        for (count, level) in [(1_u64, 0.95), (4, 0.998), (31, 0.9)] {
            let limits = exact_limits(count, level).unwrap();
            let below = |m: f64, k: u64| {
                let mut term = (-m).exp();
                let mut sum = term;
                for j in 1..=k {
                    term *= m / j as f64;
                    sum += term;
                }
                sum
            };
            let tail = (1.0 - level) / 2.0;
            assert!((1.0 - below(limits.low, count - 1) - tail).abs() < 1e-12);
            assert!((below(limits.high, count) - tail).abs() < 1e-12);
        }
    }

    #[test]
    fn large_counts_approach_the_normal_interval() {
        let limits = exact_limits(1_000_000, 0.95).unwrap();
        assert!((limits.low - (1e6 - 1959.964)).abs() < 3.0);
        assert!((limits.high - (1e6 + 1959.964)).abs() < 4.0);
    }
}
