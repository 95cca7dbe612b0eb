//! The same analysis from several base periods, side by side.
//!
//! People enter when something peaks. Measured from the peak, what follows
//! falls by itself; from a period before it, it does not. If estimates from one,
//! two and three periods before treatment differ, the last periods before it are
//! no fair base.

use crate::error::{EstimateError, Result};

use super::aggregate::{Aggregation, Window};
use super::sensitivity::BaseRow;
use super::{AttGtOptions, Base, DidData, DidWarning, att_gt};

/// The event study and its mean from bases `ahead` periods before the last one
/// before treatment: `[0, 1, 2]` gives −1, −2 and −3.
///
/// The base is universal, and only groups that have all the bases are used, so
/// that the rows differ by base alone and not by who is in them. Other options
/// are those of [`att_gt`]; `base` and `anticipation` are set here.
///
/// # Errors
/// As [`att_gt`]; no group with enough periods before treatment.
///
/// ```
/// use boligspor_estimate::did::{AttGtOptions, DidData, base_sensitivity};
/// let data = DidData {
///     unit: Some(&[1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]),
///     period: &[1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3],
///     first_treated: &[3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0, 0],
///     // The treated peak in period 2 and fall back in 3.
///     outcome: &[1.0, 9.0, 1.0, 2.0, 9.0, 2.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0],
///     ..DidData::default()
/// };
/// let (rows, _) = base_sensitivity(&data, &AttGtOptions::default(), &[0, 1])?;
/// assert_eq!((rows[0].base_time, rows[0].overall.estimate), (-1, -7.5));
/// assert_eq!((rows[1].base_time, rows[1].overall.estimate), (-2, 0.0));
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn base_sensitivity(
    data: &DidData<'_>,
    options: &AttGtOptions,
    ahead: &[u32],
) -> Result<(Vec<BaseRow>, Vec<DidWarning>)> {
    let Some(most) = ahead.iter().max() else {
        return Err(EstimateError::Empty { argument: "bases" });
    };
    let first = data.period.iter().copied().min().unwrap_or(0);
    let window = Window {
        first_group: Some(first + i64::from(*most) + 1),
        ..Window::default()
    };
    let (mut rows, mut warnings) = (Vec::new(), Vec::new());
    for anticipation in ahead {
        let options = AttGtOptions {
            base: Base::Universal,
            anticipation: *anticipation,
            ..*options
        };
        let fit = att_gt(data, &options)?;
        for warning in fit.warnings() {
            if !warnings.contains(warning) {
                warnings.push(*warning);
            }
        }
        let event_study = fit.aggregate(Aggregation::Dynamic, window)?;
        rows.push(BaseRow {
            base_time: -1 - i64::from(*anticipation),
            overall: event_study.overall,
            event_study,
        });
    }
    Ok((rows, warnings))
}
