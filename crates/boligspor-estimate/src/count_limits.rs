//! Limits of a Poisson mean given the count, by the ways that are published.
//!
//! A count's limits differ in the third digit by how they are made, which is
//! enough to fail a check against a published table. Each way has its name here.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::interval::{Interval, normal_quantile_two_sided};
use crate::poisson::exact_limits;

/// How the limits of a count are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountLimits {
    /// Garwood's exact limits, whatever the count.
    #[default]
    Exact,
    /// Byar's approximation, whatever the count.
    Byar,
    /// Exact under ten events and Byar's from ten up, as English public health
    /// publishes its rates.
    ExactThenByar,
}

/// From this count up Byar's approximation is trusted.
const BYAR_FROM: u64 = 10;

impl CountLimits {
    /// The limits of `count`.
    ///
    /// # Errors
    /// A level outside (0, 1).
    ///
    /// ```
    /// use boligspor_estimate::standardise::CountLimits;
    /// let (nine, ten) = (9, 10);
    /// let both = CountLimits::ExactThenByar;
    /// assert_eq!(both.of(nine, 0.95)?, CountLimits::Exact.of(nine, 0.95)?);
    /// assert_eq!(both.of(ten, 0.95)?, CountLimits::Byar.of(ten, 0.95)?);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn of(self, count: u64, level: f64) -> Result<Interval> {
        match self {
            Self::Byar => byar_limits(count, level),
            Self::ExactThenByar if count >= BYAR_FROM => byar_limits(count, level),
            Self::Exact | Self::ExactThenByar => exact_limits(count, level),
        }
    }
}

/// Byar's approximate limits of a Poisson mean: accurate from ten events up.
///
/// Source: Breslow & Day (1987), *Statistical Methods in Cancer Research* II,
/// equation 2.13.
///
/// # Errors
/// A level outside (0, 1).
///
/// ```
/// use boligspor_estimate::standardise::byar_limits;
/// let limits = byar_limits(65, 0.95)?;
/// assert!((limits.low - 50.163).abs() < 1e-3 && (limits.high - 82.849).abs() < 1e-3);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn byar_limits(count: u64, level: f64) -> Result<Interval> {
    let z = normal_quantile_two_sided(level)?;
    let end = |o: f64, z: f64| {
        if o == 0.0 {
            0.0
        } else {
            o * (1.0 - 1.0 / (9.0 * o) + z / (3.0 * o.sqrt())).powi(3)
        }
    };
    let o = count as f64;
    Ok(Interval {
        low: end(o, -z).max(0.0),
        high: end(o + 1.0, z),
    })
}
