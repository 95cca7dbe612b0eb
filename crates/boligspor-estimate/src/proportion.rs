//! Intervals for a share: so many of so many.
//!
//! The textbook interval `p ± z·sqrt(p(1 - p)/n)` fails exactly where
//! evaluations need it, with small groups and shares near 0 or 1. Wilson's is
//! the default here; Clopper–Pearson guarantees its level and is wider.

use statrs::function::beta::{beta_reg, ln_beta};

use crate::error::{EstimateError, Result, valid_level};
use crate::interval::{Interval, normal_quantile_two_sided};
use crate::quantile::invert;

/// Wilson's score interval for `successes` out of `n`.
///
/// Source: Wilson (1927), *JASA* 22, 209–212; recommended by Brown, Cai &
/// DasGupta (2001), *Statistical Science* 16, 101–133.
///
/// # Errors
/// `n = 0`, `successes > n`, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::wilson;
/// let interval = wilson(80, 100, 0.95)?;
/// assert!((interval.low - 0.7112).abs() < 1e-4 && (interval.high - 0.8666).abs() < 1e-4);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn wilson(successes: u64, n: u64, level: f64) -> Result<Interval> {
    let z = normal_quantile_two_sided(level)?;
    check_counts(successes, n)?;
    Ok(wilson_of(successes as f64, n as f64, z))
}

/// Wilson's interval for a share of `n` that need not be whole, such as the
/// effective number of a weighted sample.
///
/// # Errors
/// A share outside [0, 1], `n` not positive and finite, or a level outside
/// (0, 1).
///
/// ```
/// use boligspor_estimate::{wilson, wilson_share};
/// assert_eq!(wilson_share(0.8, 100.0, 0.95)?, wilson(80, 100, 0.95)?);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn wilson_share(share: f64, n: f64, level: f64) -> Result<Interval> {
    let z = normal_quantile_two_sided(level)?;
    if !(0.0..=1.0).contains(&share) {
        return Err(EstimateError::BadProbability { argument: "share" });
    }
    if !(n > 0.0 && n.is_finite()) {
        return Err(EstimateError::OutOfRange {
            argument: "n",
            requirement: "it must be positive and finite",
        });
    }
    Ok(wilson_of(share * n, n, z))
}

fn wilson_of(x: f64, n: f64, z: f64) -> Interval {
    let z2 = z * z;
    let centre = (x + z2 / 2.0) / (n + z2);
    let half = z / (n + z2) * (x * (n - x) / n + z2 / 4.0).sqrt();
    Interval {
        // Exactly 0 and 1 at the ends, where subtraction would leave rounding.
        low: if x == 0.0 {
            0.0
        } else {
            (centre - half).max(0.0)
        },
        high: if x == n {
            1.0
        } else {
            (centre + half).min(1.0)
        },
    }
}

/// Clopper and Pearson's exact interval for `successes` out of `n`.
///
/// Covers at least `level` whatever the true share, hence conservative. Ends
/// are quantiles of beta distributions. Source: Clopper & Pearson (1934),
/// *Biometrika* 26, 404–413.
///
/// # Errors
/// `n = 0`, `successes > n`, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::clopper_pearson;
/// // No success in n trials: the upper end solves (1 - p)^n = 0.025.
/// let interval = clopper_pearson(0, 10, 0.95)?;
/// assert_eq!(interval.low, 0.0);
/// assert!((interval.high - (1.0 - 0.025_f64.powf(0.1))).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn clopper_pearson(successes: u64, n: u64, level: f64) -> Result<Interval> {
    valid_level(level)?;
    check_counts(successes, n)?;
    let tail = (1.0 - level) / 2.0;
    let (x, n) = (successes as f64, n as f64);
    Ok(Interval {
        low: if successes == 0 {
            0.0
        } else {
            beta_quantile(x, n - x + 1.0, tail)
        },
        high: if x == n {
            1.0
        } else {
            1.0 - beta_quantile(n - x, x + 1.0, tail)
        },
    })
}

fn check_counts(successes: u64, n: u64) -> Result<()> {
    if n == 0 {
        return Err(EstimateError::Empty { argument: "n" });
    }
    if successes > n {
        return Err(EstimateError::MoreSuccessesThanTrials);
    }
    Ok(())
}

pub(crate) fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    let log_density_constant = ln_beta(a, b);
    invert(
        p,
        (0.0, 1.0),
        a / (a + b),
        |x| beta_reg(a, b, x),
        |x| ((a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - log_density_constant).exp(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_solves_its_defining_equation() {
        // |p̂ - p| = z sqrt(p (1 - p) / n) at both ends.
        let (x, n) = (7_u64, 23_u64);
        let z = normal_quantile_two_sided(0.9).unwrap();
        let i = wilson(x, n, 0.9).unwrap();
        let share = x as f64 / n as f64;
        for p in [i.low, i.high] {
            let score = (share - p).abs() / (p * (1.0 - p) / n as f64).sqrt();
            assert!((score - z).abs() < 1e-12);
        }
    }

    #[test]
    fn wilson_is_closed_at_none_and_all() {
        assert_eq!(wilson(0, 5, 0.95).unwrap().low, 0.0);
        assert_eq!(wilson(5, 5, 0.95).unwrap().high, 1.0);
        assert!(wilson(5, 5, 0.95).unwrap().low > 0.5);
    }

    #[test]
    fn clopper_pearson_ends_have_the_promised_tails() {
        // Tails summed from the binomial probabilities themselves.
        let (x, n, level) = (3_u64, 12_u64, 0.95);
        let i = clopper_pearson(x, n, level).unwrap();
        let choose = |k: u64| (0..k).fold(1.0, |c, j| c * (n - j) as f64 / (j + 1) as f64);
        let mass = |k: u64, p: f64| choose(k) * p.powi(k as i32) * (1.0 - p).powi((n - k) as i32);
        let above: f64 = (x..=n).map(|k| mass(k, i.low)).sum();
        let below: f64 = (0..=x).map(|k| mass(k, i.high)).sum();
        assert!((above - 0.025).abs() < 1e-12 && (below - 0.025).abs() < 1e-12);
    }

    #[test]
    fn clopper_pearson_contains_the_share_for_large_counts() {
        let i = clopper_pearson(790_000, 1_000_000, 0.95).unwrap();
        let w = wilson(790_000, 1_000_000, 0.95).unwrap();
        assert!((i.low - w.low).abs() < 1e-6 && (i.high - w.high).abs() < 1e-6);
    }

    #[test]
    fn impossible_counts_are_refused() {
        assert_eq!(
            wilson(1, 0, 0.95),
            Err(EstimateError::Empty { argument: "n" })
        );
        assert_eq!(
            clopper_pearson(3, 2, 0.95),
            Err(EstimateError::MoreSuccessesThanTrials)
        );
        assert_eq!(wilson(1, 2, 95.0), Err(EstimateError::BadLevel));
    }
}
