//! A chi-squared statistic with its degrees of freedom and P value.

use serde::{Deserialize, Serialize};
use statrs::function::gamma::gamma_ur;

/// The outcome of a test whose statistic is chi-squared under its hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChiSquared {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom; 0 if there was nothing to test.
    pub df: usize,
    /// Chance of a statistic at least as large; NaN without degrees of freedom.
    pub p_value: f64,
}

impl ChiSquared {
    /// The test of `statistic` on `df` degrees of freedom.
    ///
    /// ```
    /// use boligspor_estimate::ChiSquared;
    /// assert!((ChiSquared::new(3.841_458_820_694_124, 1).p_value - 0.05).abs() < 1e-12);
    /// assert_eq!(ChiSquared::new(0.0, 2).p_value, 1.0);
    /// ```
    pub fn new(statistic: f64, df: usize) -> Self {
        let p_value = if df == 0 || statistic.is_nan() {
            f64::NAN
        } else if statistic <= 0.0 {
            1.0
        } else if statistic.is_infinite() {
            0.0
        } else {
            gamma_ur(df as f64 / 2.0, statistic / 2.0)
        };
        Self {
            statistic,
            df,
            p_value,
        }
    }
}

/// Two-sided P value of a standard normal `z`, with full digits in the tails.
///
/// ```
/// use boligspor_estimate::normal_p_value;
/// assert!((normal_p_value(1.96) - 0.049_995_790).abs() < 1e-9);
/// ```
// Through the gamma function: the error function at hand is good to ten digits
// only.
pub fn normal_p_value(z: f64) -> f64 {
    ChiSquared::new(z * z, 1).p_value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_p_values_agree_with_tables() {
        // R's 2·pnorm(-z).
        for (z, p) in [
            (0.3, 0.764_177_155_622_095_8),
            (1.96, 0.049_995_790_296_440_87),
            (5.0, 5.733_031_437_583_878e-7),
            (-9.0, 2.257_176_811_907_685e-19),
        ] {
            assert!((normal_p_value(z) - p).abs() <= 1e-11 * p, "{z}");
        }
    }

    #[test]
    fn nothing_to_test_has_no_p_value() {
        assert!(ChiSquared::new(0.0, 0).p_value.is_nan());
        assert!(ChiSquared::new(f64::NAN, 2).p_value.is_nan());
    }
}
