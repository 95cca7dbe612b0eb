//! The confidence set of a ratio of two estimates.
//!
//! A ratio has no standard error worth the name when its denominator may be
//! zero: cost per extra day housed, when the days may be none. Fieller's set
//! holds exactly the ratios that a test of `numerator = ratio · denominator`
//! does not reject. It is an interval where the denominator is away from zero;
//! else it is everything outside one, or every number, and saying so is the
//! honest answer.
//!
//! Source: Fieller, E. C. (1954), "Some problems in interval estimation",
//! *Journal of the Royal Statistical Society B* 16, 175–185.

use crate::error::{EstimateError, Result, all_finite, valid_level};
use crate::interval::{Interval, normal_quantile_two_sided};

/// The confidence set of a ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RatioSet {
    /// The ratios from low to high; an end may be infinite where the
    /// denominator is exactly as far from zero as the level asks.
    Interval(Interval),
    /// The ratios up to `below` and those from `above`: the denominator is not
    /// told from zero.
    Outside {
        /// The upper end of the lower part.
        below: f64,
        /// The lower end of the upper part.
        above: f64,
    },
    /// Every number: neither is told from zero.
    Everything,
}

impl RatioSet {
    /// Whether a ratio is in the set.
    pub fn contains(&self, ratio: f64) -> bool {
        match *self {
            Self::Interval(i) => (i.low..=i.high).contains(&ratio),
            Self::Outside { below, above } => ratio <= below || ratio >= above,
            Self::Everything => true,
        }
    }
}

/// Fieller's confidence set for `numerator / denominator`.
///
/// `variance` are the variances of numerator and denominator and `covariance`
/// their covariance; the quantile is the standard normal's.
///
/// # Errors
/// Values that are not finite, a negative variance, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::{RatioSet, fieller_set};
/// // A denominator known exactly: 10/5 ± 1.96·1/5.
/// let RatioSet::Interval(i) = fieller_set(10.0, 5.0, [1.0, 0.0], 0.0, 0.95)? else { panic!() };
/// assert!((i.high - (2.0 + 1.959964 / 5.0)).abs() < 1e-6);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn fieller_set(
    numerator: f64,
    denominator: f64,
    variance: [f64; 2],
    covariance: f64,
    level: f64,
) -> Result<RatioSet> {
    valid_level(level)?;
    all_finite("numerator and denominator", &[numerator, denominator])?;
    all_finite("variance", &[variance[0], variance[1], covariance])?;
    let negative = variance.iter().filter(|v| **v < 0.0).count();
    if negative > 0 {
        return Err(EstimateError::Negative {
            argument: "variance",
            rows: negative,
        });
    }
    let z = normal_quantile_two_sided(level)?;
    let q = z * z;
    // (n − r d)² ≤ q (v_n − 2 r c + r² v_d), a quadratic a r² − 2 b r + c ≤ 0.
    let a = denominator * denominator - q * variance[1];
    let b = numerator * denominator - q * covariance;
    let c = numerator * numerator - q * variance[0];
    let discriminant = b * b - a * c;
    if a > 0.0 {
        // The estimate itself is always in the set, so there are roots.
        let root = discriminant.max(0.0).sqrt();
        return Ok(RatioSet::Interval(Interval {
            low: (b - root) / a,
            high: (b + root) / a,
        }));
    }
    if a < 0.0 {
        if discriminant <= 0.0 {
            return Ok(RatioSet::Everything);
        }
        let root = discriminant.sqrt();
        return Ok(RatioSet::Outside {
            below: (b + root) / a,
            above: (b - root) / a,
        });
    }
    Ok(match b {
        0.0 => RatioSet::Everything,
        b if b > 0.0 => RatioSet::Interval(Interval {
            low: c / (2.0 * b),
            high: f64::INFINITY,
        }),
        b => RatioSet::Interval(Interval {
            low: f64::NEG_INFINITY,
            high: c / (2.0 * b),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the test of the ratio does not reject: the definition.
    fn kept(r: f64, n: f64, d: f64, v: [f64; 2], c: f64) -> bool {
        let q = normal_quantile_two_sided(0.95).unwrap().powi(2);
        (n - r * d).powi(2) <= q * (v[0] - 2.0 * r * c + r * r * v[1])
    }

    #[test]
    fn the_set_is_what_the_test_does_not_reject() {
        let cases = [
            (1000.0, 40.0, [90_000.0, 25.0], 300.0),
            (1000.0, 4.0, [90_000.0, 25.0], -300.0),
            (-200.0, 4.0, [90_000.0, 25.0], 0.0),
            (3000.0, -2.0, [90_000.0, 25.0], 700.0),
        ];
        for (n, d, v, c) in cases {
            let set = fieller_set(n, d, v, c, 0.95).unwrap();
            for k in -20_000..20_000 {
                let r = f64::from(k) * 0.37;
                assert_eq!(set.contains(r), kept(r, n, d, v, c), "{r} of {n}/{d}");
            }
            assert!(set.contains(n / d));
        }
    }

    #[test]
    fn each_shape_occurs() {
        let set = |n, d| fieller_set(n, d, [1.0, 1.0], 0.0, 0.95).unwrap();
        assert!(matches!(set(10.0, 10.0), RatioSet::Interval(_)));
        assert!(matches!(set(10.0, 0.5), RatioSet::Outside { .. }));
        assert_eq!(set(0.5, 0.5), RatioSet::Everything);
    }

    #[test]
    fn a_negative_variance_is_refused() {
        assert!(matches!(
            fieller_set(1.0, 1.0, [-1.0, 1.0], 0.0, 0.95),
            Err(EstimateError::Negative { .. })
        ));
    }
}
