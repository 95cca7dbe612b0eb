//! Differences of independent groups, and how sure one is after many of them.

use crate::chi_squared::normal_p_value;
use crate::error::Result;
use crate::interval::{Interval, normal_quantile_two_sided};

/// The difference of two independent estimates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Second less first.
    pub estimate: f64,
    /// Its standard error; NaN where one of the two has none.
    pub std_error: f64,
    /// Normal interval.
    pub interval: Interval,
    /// Of no difference, two-sided; NaN where the standard error is 0 or unknown.
    pub p_value: f64,
}

/// The difference of two estimates, each with its standard error, from groups
/// that have nobody in common.
///
/// ```
/// use boligspor_estimate::independent_difference;
/// let d = independent_difference((0.75, 0.03), (0.80, 0.04), 0.95)?;
/// assert!((d.estimate - 0.05).abs() < 1e-12 && (d.std_error - 0.05).abs() < 1e-12);
/// assert!((d.p_value - 0.3173105).abs() < 1e-6);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
///
/// # Errors
/// A level outside (0, 1).
pub fn independent_difference(
    first: (f64, f64),
    second: (f64, f64),
    level: f64,
) -> Result<Difference> {
    let z = normal_quantile_two_sided(level)?;
    let estimate = second.0 - first.0;
    let std_error = first.1.hypot(second.1);
    let p_value = if std_error > 0.0 {
        normal_p_value(estimate / std_error)
    } else {
        f64::NAN
    };
    Ok(Difference {
        estimate,
        std_error,
        interval: Interval {
            low: estimate - z * std_error,
            high: estimate + z * std_error,
        },
        p_value,
    })
}

/// P values adjusted for their number: the chance of one false finding among
/// them all is kept at the level they are read at, however they depend on one
/// another. NaN stays NaN and does not count.
///
/// Source: Holm (1979), *Scandinavian Journal of Statistics* 6, 65–70.
///
/// ```
/// let adjusted = boligspor_estimate::holm(&[0.04, 0.01, 0.03]);
/// assert_eq!(adjusted, [0.06, 0.03, 0.06]);
/// ```
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len())
        .filter(|&i| !p_values[i].is_nan())
        .collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut out = vec![f64::NAN; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        let adjusted = (order.len() - rank) as f64 * p_values[i];
        largest = largest.max(adjusted.min(1.0));
        out[i] = largest;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_values_keep_their_order_and_leave_out_what_is_unknown() {
        // R's p.adjust(c(0.02, NA, 0.005, 0.5), "holm"): 0.04, NA, 0.015, 0.5.
        let adjusted = holm(&[0.02, f64::NAN, 0.005, 0.5]);
        assert_eq!(adjusted[0], 0.04);
        assert!(adjusted[1].is_nan());
        assert_eq!(adjusted[2..], [0.015, 0.5]);
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn without_an_error_there_is_no_p_value() {
        let d = independent_difference((1.0, 0.0), (2.0, 0.0), 0.95).unwrap();
        assert!(d.p_value.is_nan() && d.interval.low == 1.0);
        assert!(independent_difference((1.0, 0.1), (2.0, 0.1), 1.0).is_err());
    }
}
