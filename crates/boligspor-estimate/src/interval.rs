//! Confidence intervals for a probability that has a standard error.
//!
//! A symmetric interval around a survival probability is poor near 0 and 1 and
//! may leave `[0, 1]`. Each [`ConfType`] builds the interval on a scale where
//! the estimate is closer to normal, and carries it back.

use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc_inv;

use crate::error::{Result, valid_level};

/// The two ends of an interval, `low <= high` unless undefined (NaN).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// An interval that could not be computed, NaN at both ends.
    pub const UNDEFINED: Self = Self {
        low: f64::NAN,
        high: f64::NAN,
    };
}

/// The scale on which an interval for a probability is symmetric.
///
/// With `p` the estimate, `se` its standard error and `z` the normal quantile:
///
/// | type | transformation `g(p)` |
/// |---|---|
/// | `Log` | `ln p` (R's default) |
/// | `LogLog` | `ln(-ln p)` (SAS's default; best for small samples) |
/// | `Plain` | `p` |
/// | `Logit` | `ln(p / (1 - p))` |
/// | `Arcsine` | `asin(sqrt p)` |
///
/// Ends are clipped to `[0, 1]`. Sources: Kalbfleisch & Prentice (2002),
/// *The Statistical Analysis of Failure Time Data*, §1.4; Borgan & Liestøl
/// (1990), *Scandinavian Journal of Statistics* 17, 35–41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfType {
    /// Symmetric in `ln p`.
    #[default]
    Log,
    /// Symmetric in `ln(-ln p)`.
    LogLog,
    /// Symmetric in `p`.
    Plain,
    /// Symmetric in the log odds.
    Logit,
    /// Symmetric in `asin(sqrt p)`.
    Arcsine,
}

impl ConfType {
    /// Interval around the probability `p` with standard error `std_error` at
    /// normal quantile `z` (see [`normal_quantile_two_sided`]).
    ///
    /// Undefined (NaN) where the transformation is: for `Log` at `p = 0`, for
    /// the others at 0 and 1 (`Plain` is always defined). A standard error of
    /// zero at `p = 1` gives `[1, 1]`, as nothing has happened yet.
    ///
    /// ```
    /// use boligspor_estimate::ConfType;
    /// let interval = ConfType::Plain.around(0.5, 0.1, 1.96);
    /// assert!((interval.low - 0.304).abs() < 1e-12);
    /// ```
    pub fn around(self, p: f64, std_error: f64, z: f64) -> Interval {
        if !p.is_finite() || !std_error.is_finite() {
            return Interval::UNDEFINED;
        }
        if p >= 1.0 && std_error == 0.0 {
            return Interval {
                low: 1.0,
                high: 1.0,
            };
        }
        if p <= 0.0 && self != Self::Plain {
            return Interval::UNDEFINED;
        }
        self.around_log(p, std_error / p, z, std_error)
    }

    /// As [`ConfType::around`], with the standard error of `ln p` known
    /// directly, which loses nothing where `p` itself is tiny.
    fn around_log(self, p: f64, log_error: f64, z: f64, std_error: f64) -> Interval {
        let (low, high) = match self {
            Self::Log => (p * (-z * log_error).exp(), p * (z * log_error).exp()),
            Self::LogLog => {
                let (log, half) = (p.ln(), z * log_error);
                // d ln(-ln p) = dp / (p ln p)
                let (a, b) = ((-log).ln(), half / log);
                ((-(a - b).exp()).exp(), (-(a + b).exp()).exp())
            }
            Self::Plain => (p - z * std_error, p + z * std_error),
            Self::Logit => {
                let (centre, half) = ((p / (1.0 - p)).ln(), z * log_error / (1.0 - p));
                (expit(centre - half), expit(centre + half))
            }
            Self::Arcsine => {
                let centre = p.sqrt().asin();
                let half = 0.5 * z * std_error / (p * (1.0 - p)).sqrt();
                let limit = std::f64::consts::FRAC_PI_2;
                (
                    (centre - half).max(0.0).sin().powi(2),
                    (centre + half).min(limit).sin().powi(2),
                )
            }
        };
        Interval {
            low: low.clamp(0.0, 1.0),
            high: high.clamp(0.0, 1.0),
        }
    }
}

fn expit(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The quantile of the standard normal distribution at probability `p`.
///
/// ```
/// use boligspor_estimate::normal_quantile;
/// assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-13);
/// ```
pub fn normal_quantile(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

/// The `z` of a two-sided interval: 1.96 at `level = 0.95`.
///
/// # Errors
/// [`EstimateError::BadLevel`](crate::EstimateError::BadLevel) unless `0 < level < 1`.
///
/// ```
/// use boligspor_estimate::normal_quantile_two_sided;
/// assert!((normal_quantile_two_sided(0.95)? - 1.96).abs() < 1e-4);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn normal_quantile_two_sided(level: f64) -> Result<f64> {
    valid_level(level)?;
    Ok(normal_quantile(0.5 + level / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ConfType; 5] = [
        ConfType::Log,
        ConfType::LogLog,
        ConfType::Plain,
        ConfType::Logit,
        ConfType::Arcsine,
    ];

    #[test]
    fn normal_quantiles_agree_with_tables() {
        // Abramowitz & Stegun, table 26.5, extended with R's qnorm.
        for (p, z) in [
            (0.5, 0.0),
            (0.9, 1.281_551_565_544_600_4),
            (0.975, 1.959_963_984_540_054),
            (0.995, 2.575_829_303_548_901),
            (0.001, -3.090_232_306_167_813_5),
        ] {
            assert!((normal_quantile(p) - z).abs() < 1e-12, "{p}");
        }
    }

    #[test]
    fn every_scale_gives_the_same_interval_to_first_order() {
        for conf_type in ALL {
            let i = conf_type.around(0.4, 1e-5, 2.0);
            assert!((i.low - (0.4 - 2e-5)).abs() < 1e-8, "{conf_type:?}");
            assert!((i.high - (0.4 + 2e-5)).abs() < 1e-8, "{conf_type:?}");
        }
    }

    #[test]
    fn intervals_hold_the_estimate_and_stay_within_zero_and_one() {
        for conf_type in ALL {
            for p in [0.001, 0.2, 0.5, 0.93, 0.999] {
                for se in [0.0, 0.01, 0.3, 2.0] {
                    let i = conf_type.around(p, se, 1.96);
                    assert!(0.0 <= i.low && i.high <= 1.0, "{conf_type:?} {p} {se}");
                    assert!(
                        i.low <= p + 1e-15 && p - 1e-15 <= i.high,
                        "{conf_type:?} {p} {se}"
                    );
                }
            }
        }
    }

    #[test]
    fn before_the_first_event_the_interval_is_the_point_one() {
        for conf_type in ALL {
            assert_eq!(
                conf_type.around(1.0, 0.0, 1.96),
                Interval {
                    low: 1.0,
                    high: 1.0
                }
            );
        }
    }

    #[test]
    fn at_zero_only_the_plain_interval_is_defined() {
        assert_eq!(
            ConfType::Plain.around(0.0, 0.0, 1.96),
            Interval {
                low: 0.0,
                high: 0.0
            }
        );
        assert!(ConfType::Log.around(0.0, 0.0, 1.96).low.is_nan());
        assert!(ConfType::LogLog.around(0.0, 0.0, 1.96).low.is_nan());
    }
}
