//! Two restricted means side by side: days gained, or the ratio.
//!
//! Unlike a hazard ratio, a difference of restricted means needs no
//! proportionality and is in days.

use crate::chi_squared::normal_p_value;
use crate::curve::Estimate;
use crate::error::{Result, all_finite};
use crate::interval::{Interval, normal_quantile_two_sided};

/// Difference and ratio of two independent means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanComparison {
    /// First mean less the second.
    pub difference: Estimate,
    /// First mean over the second; its interval is symmetric in the logarithm.
    pub ratio: Estimate,
    /// P value of no difference (normal, two-sided); NaN without variance.
    pub p_value: f64,
}

/// Compares two restricted means of independent groups, as
/// [`SurvivalCurve::restricted_mean`](crate::SurvivalCurve::restricted_mean) or
/// [`StateOccupancy::sojourn`](crate::StateOccupancy::sojourn) give them.
///
/// Source: Royston & Parmar (2013), *BMC Medical Research Methodology* 13, 152.
///
/// # Errors
/// A mean or standard error that is not finite, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::{SurvivalOptions, compare_means, kaplan_meier};
/// let options = SurvivalOptions::default();
/// let a = kaplan_meier(&[2.0, 6.0, 8.0], &[true; 3], &options)?.restricted_mean(8.0)?;
/// let b = kaplan_meier(&[1.0, 2.0, 5.0], &[true; 3], &options)?.restricted_mean(8.0)?;
/// let compared = compare_means(&a, &b, 0.95)?;
/// assert!((compared.difference.estimate - (16.0 / 3.0 - 8.0 / 3.0)).abs() < 1e-12);
/// assert!((compared.ratio.estimate - 2.0).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn compare_means(first: &Estimate, second: &Estimate, level: f64) -> Result<MeanComparison> {
    let z = normal_quantile_two_sided(level)?;
    all_finite("first", &[first.estimate, first.std_error])?;
    all_finite("second", &[second.estimate, second.std_error])?;
    let difference = first.estimate - second.estimate;
    let error = first.std_error.hypot(second.std_error);
    let ratio = first.estimate / second.estimate;
    let log_error = (first.std_error / first.estimate).hypot(second.std_error / second.estimate);
    let p_value = if error > 0.0 {
        normal_p_value(difference / error)
    } else {
        f64::NAN
    };
    Ok(MeanComparison {
        difference: Estimate {
            estimate: difference,
            std_error: error,
            interval: Interval {
                low: difference - z * error,
                high: difference + z * error,
            },
        },
        ratio: Estimate {
            estimate: ratio,
            std_error: ratio * log_error,
            interval: Interval {
                low: ratio * (-z * log_error).exp(),
                high: ratio * (z * log_error).exp(),
            },
        },
        p_value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_add_in_squares_and_the_ratio_is_symmetric_in_logs() {
        let mean = |estimate, std_error| Estimate {
            estimate,
            std_error,
            interval: Interval::UNDEFINED,
        };
        let c = compare_means(&mean(10.0, 3.0), &mean(5.0, 4.0), 0.95).unwrap();
        assert_eq!((c.difference.estimate, c.difference.std_error), (5.0, 5.0));
        assert!((c.p_value - 0.317_310_507_862_914).abs() < 1e-12);
        let product = c.ratio.interval.low * c.ratio.interval.high;
        assert!((product - c.ratio.estimate.powi(2)).abs() < 1e-12);
    }

    #[test]
    fn without_variance_there_is_no_p_value() {
        let mean = Estimate {
            estimate: 2.0,
            std_error: 0.0,
            interval: Interval::UNDEFINED,
        };
        assert!(compare_means(&mean, &mean, 0.95).unwrap().p_value.is_nan());
    }
}
