//! What a model estimated: numbers that are no sum of cells.
//!
//! A difference in means under weights, a regression's coefficient, a ratio of
//! two estimates: none is a linear combination of groups of people, so none can
//! be proven safe like a count. What is known to protect them is that many
//! people are behind each, that the model does not follow the data point by
//! point, and that no more digits are shown than the uncertainty leaves
//! meaningful. The last one hides single persons too: the uncertainty of a mean
//! of n people is about one person's standard deviation over √n, so a unit of a
//! hundredth to a tenth of it is, times n, of one person's order.

use serde::{Deserialize, Serialize};

/// The rule for estimates of models.
///
/// ```
/// use boligspor_disclosure::Models;
///
/// let rule = Models { minimum_freedom: 10, digits: 2 };
/// // Half the interval is 24,019.5: two digits of it are thousands.
/// let shown = rule.round([-58_796.4, -81_342.0, -33_303.0]);
/// assert_eq!(shown, Some([-59_000.0, -81_000.0, -33_000.0]));
/// assert!(rule.allows(40, 30));
/// assert!(!rule.allows(40, 31));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// People beyond the parameters of the model, at least.
    pub minimum_freedom: u32,
    /// Significant digits of half the interval's width that estimate and
    /// interval are shown to: 1 or 2.
    pub digits: u32,
}

impl Models {
    /// Whether a model of so many parameters on so many people is not too close
    /// to the data.
    pub fn allows(self, persons: u64, parameters: u64) -> bool {
        persons >= parameters + u64::from(self.minimum_freedom)
    }

    /// An estimate, the lower and the upper end of its interval, rounded; none
    /// without an interval, since there is nothing to say how exact it is.
    pub fn round(self, of: [f64; 3]) -> Option<[f64; 3]> {
        let half = (of[2] - of[1]) / 2.0;
        if !of.iter().all(|v| v.is_finite()) || half <= 0.0 {
            return None;
        }
        let power = half.log10().floor() as i32 + 1 - self.digits as i32;
        // Multiples of a power of ten, divided where it is under 1: 0.1 is not
        // a number that a computer has.
        Some(of.map(|v| {
            let rounded = if power >= 0 {
                let unit = 10_f64.powi(power);
                (v / unit).round() * unit
            } else {
                let per = 10_f64.powi(-power);
                (v * per).round() / per
            };
            rounded + 0.0
        }))
    }

    /// Decimals that show everything [`Models::round`] leaves of such an interval.
    pub fn decimals(self, low: f64, high: f64) -> usize {
        let half = (high - low) / 2.0;
        if half > 0.0 && half.is_finite() {
            let power = half.log10().floor() as i32 + 1 - self.digits as i32;
            (-power).max(0) as usize
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_the_interval_and_not_the_estimate() {
        let two = Models {
            minimum_freedom: 10,
            digits: 2,
        };
        // Half widths of 0.45, 9.6 and 123.
        assert_eq!(two.round([1.234, 0.784, 1.684]), Some([1.23, 0.78, 1.68]));
        assert_eq!(
            two.round([100.04, 90.44, 109.64]),
            Some([100.0, 90.4, 109.6])
        );
        assert_eq!(two.round([7.0, -116.0, 130.0]), Some([10.0, -120.0, 130.0]));
        let one = Models { digits: 1, ..two };
        assert_eq!(one.round([1.234, 0.784, 1.684]), Some([1.2, 0.8, 1.7]));
        assert_eq!(two.decimals(0.784, 1.684), 2);
        assert_eq!(two.decimals(-116.0, 130.0), 0);
        // Never a negative zero, which would show that it was below.
        let zero = two.round([-0.4, -123.0, 123.0]).unwrap()[0];
        assert!(zero.is_sign_positive());
    }

    #[test]
    fn what_has_no_interval_is_not_shown() {
        let rule = Models {
            minimum_freedom: 10,
            digits: 2,
        };
        assert_eq!(rule.round([1.0, f64::NAN, 2.0]), None);
        assert_eq!(rule.round([1.0, 1.0, 1.0]), None);
        assert_eq!(rule.round([f64::INFINITY, 0.0, 2.0]), None);
    }
}
