//! How many of the alarms are false, on average.
//!
//! Ninety-eight funnels at the 95 % level raise five alarms by chance alone. The
//! adjusted P values say how large a share of those called out is expected to be
//! called wrongly.

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result};

/// How the tests may depend on one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dependence {
    /// Independent, or positively dependent: Benjamini & Hochberg (1995).
    #[default]
    Positive,
    /// Any dependence, at the price of power: Benjamini & Yekutieli (2001),
    /// *Annals of Statistics* 29, 1165–1188.
    Any,
}

/// P values adjusted to control the false discovery rate, in the given order.
///
/// Rejecting those at or below `q` keeps the expected share of false alarms
/// among alarms at or below `q`, for independent or positively dependent tests.
/// Source: Benjamini & Hochberg (1995), *JRSS B* 57, 289–300.
///
/// # Errors
/// A value outside [0, 1].
///
/// ```
/// use boligspor_estimate::funnel::false_discovery;
/// assert_eq!(false_discovery(&[0.01, 0.5, 0.04])?, [0.03, 0.5, 0.06]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn false_discovery(p_values: &[f64]) -> Result<Vec<f64>> {
    false_discovery_under(Dependence::Positive, p_values)
}

/// As [`false_discovery`], under a stated dependence of the tests.
///
/// # Errors
/// A value outside [0, 1].
///
/// ```
/// use boligspor_estimate::funnel::{Dependence, false_discovery_under};
/// let adjusted = false_discovery_under(Dependence::Any, &[0.01, 0.5])?;
/// assert!((adjusted[0] - 0.01 * 2.0 * 1.5).abs() < 1e-15); // times 1 + 1/2
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn false_discovery_under(dependence: Dependence, p_values: &[f64]) -> Result<Vec<f64>> {
    if p_values.iter().any(|p| !(0.0..=1.0).contains(p)) {
        return Err(EstimateError::BadProbability {
            argument: "p_values",
        });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*b].total_cmp(&p_values[*a]));
    let m = p_values.len() as f64;
    let factor = match dependence {
        Dependence::Positive => 1.0,
        Dependence::Any => (1..=p_values.len()).map(|i| 1.0 / i as f64).sum(),
    };
    let mut adjusted = vec![0.0; p_values.len()];
    let mut smallest = 1.0_f64;
    for (from_the_top, &i) in order.iter().enumerate() {
        smallest = smallest.min(factor * p_values[i] * m / (m - from_the_top as f64));
        adjusted[i] = smallest;
    }
    Ok(adjusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_p_values_never_fall_below_the_raw_ones_and_keep_their_order() {
        let raw = [0.001, 0.02, 0.021, 0.4, 1.0, 0.02];
        let adjusted = false_discovery(&raw).unwrap();
        for (a, p) in adjusted.iter().zip(raw) {
            assert!(*a >= p && *a <= 1.0);
        }
        assert_eq!(adjusted[1], adjusted[5]);
        // 0.021·6/4 is smaller than 0.02·6/3, and monotonicity passes it down.
        assert!((adjusted[1] - 0.0315).abs() < 1e-12);
    }
}
