//! Pseudo-values: one number per person in place of a censored outcome.
//!
//! Regress them on covariates as if they were observed (Andersen & Pohar Perme
//! 2010, *Statistical Methods in Medical Research* 19, 71–99). These are the
//! infinitesimal-jackknife ones, `θ + n·U_i`, equal to leave-one-out up to terms
//! of order `1/n` and computed in one pass; they average to the estimate.

use crate::aalen_johansen::{IncidenceVariance, aalen_johansen};
use crate::error::{EstimateError, Result};
use crate::kaplan_meier::kaplan_meier;
use crate::options::SurvivalOptions;

/// What the pseudo-values replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PseudoTarget {
    /// The probability at each time: survival, or incidence of a cause.
    #[default]
    Probability,
    /// The restricted mean up to each time: time survived, or lost to a cause.
    RestrictedMean,
}

/// Pseudo-values of the survival curve of `duration` until `event`.
///
/// Returns one row per person (`id`, in the order of their codes; else per row
/// of the data), one number per time, row by row.
///
/// # Errors
/// As [`kaplan_meier`](crate::kaplan_meier()); a time that is not finite or,
/// for restricted means, before the start of the curve.
///
/// ```
/// use boligspor_estimate::{PseudoTarget, SurvivalOptions, pseudo_values};
/// // Without censoring a pseudo-value is the outcome itself.
/// let values = pseudo_values(
///     &[1.0, 3.0, 5.0], &[true; 3], &[2.0], PseudoTarget::Probability, &SurvivalOptions::default(),
/// )?;
/// for (value, outcome) in values.iter().zip([0.0, 1.0, 1.0]) {
///     assert!((value - outcome).abs() < 1e-12);
/// }
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn pseudo_values(
    duration: &[f64],
    event: &[bool],
    times: &[f64],
    target: PseudoTarget,
    options: &SurvivalOptions,
) -> Result<Vec<f64>> {
    let (units, own) = units(duration.len(), options)?;
    let by_unit = SurvivalOptions {
        cluster: Some(options.id.unwrap_or(&own)),
        robust: Some(true),
        ..*options
    };
    let curve = kaplan_meier(duration, event, &by_unit)?;
    let mut out = vec![0.0; units * times.len()];
    for (column, &time) in times.iter().enumerate() {
        let (estimate, influence) = match target {
            PseudoTarget::Probability => curve.probability_influence(time)?,
            PseudoTarget::RestrictedMean => curve.restricted_mean_influence(time)?,
        };
        for (unit, pull) in influence.into_iter().enumerate() {
            out[unit * times.len() + column] = estimate + units as f64 * pull;
        }
    }
    Ok(out)
}

/// Pseudo-values of the cumulative incidence of cause `of`; `cause` is 0 where
/// censored. Returned as [`pseudo_values`] does.
///
/// # Errors
/// As [`aalen_johansen`](crate::aalen_johansen()); a cause that does not occur;
/// a time that is not finite or, for time lost, before the start of the curves.
///
/// ```
/// use boligspor_estimate::{PseudoTarget, SurvivalOptions, incidence_pseudo_values};
/// let values = incidence_pseudo_values(
///     &[1.0, 3.0, 5.0], &[2, 1, 1], 1, &[4.0], PseudoTarget::Probability, &SurvivalOptions::default(),
/// )?;
/// for (value, outcome) in values.iter().zip([0.0, 1.0, 0.0]) {
///     assert!((value - outcome).abs() < 1e-12);
/// }
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn incidence_pseudo_values(
    duration: &[f64],
    cause: &[u32],
    of: u32,
    times: &[f64],
    target: PseudoTarget,
    options: &SurvivalOptions,
) -> Result<Vec<f64>> {
    if of == 0 || !cause.contains(&of) {
        return Err(EstimateError::UnknownCause);
    }
    let (units, own) = units(duration.len(), options)?;
    let by_unit = SurvivalOptions {
        cluster: Some(options.id.unwrap_or(&own)),
        ..*options
    };
    let curves = aalen_johansen(
        duration,
        cause,
        &by_unit,
        IncidenceVariance::InfinitesimalJackknife,
    )?;
    let mut out = vec![0.0; units * times.len()];
    for (column, &time) in times.iter().enumerate() {
        let area = target == PseudoTarget::RestrictedMean;
        let (estimate, influence) = curves.influence_at(time, area, of as usize)?;
        for (unit, pull) in influence.into_iter().enumerate() {
            out[unit * times.len() + column] = estimate + units as f64 * pull;
        }
    }
    Ok(out)
}

/// The number of people, and the rows' own codes where there is no `id`.
fn units(rows: usize, options: &SurvivalOptions) -> Result<(usize, Vec<u32>)> {
    options.check(rows)?;
    Ok(match options.id {
        Some(id) => (id.iter().max().map_or(0, |&id| id as usize + 1), Vec::new()),
        None => (rows, (0..rows as u32).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: [f64; 7] = [2.0, 3.0, 3.0, 5.0, 6.0, 8.0, 9.0];
    const EVENT: [bool; 7] = [true, false, true, true, false, true, false];

    #[test]
    fn they_average_to_the_estimate() {
        let options = SurvivalOptions::default();
        let curve = kaplan_meier(&TIME, &EVENT, &options).unwrap();
        let values = pseudo_values(
            &TIME,
            &EVENT,
            &[4.0, 8.0],
            PseudoTarget::Probability,
            &options,
        )
        .unwrap();
        for (column, time) in [4.0, 8.0].into_iter().enumerate() {
            let mean = values.iter().skip(column).step_by(2).sum::<f64>() / 7.0;
            assert!((mean - curve.at(&[time])[0].estimate).abs() < 1e-14);
        }
        let values = pseudo_values(
            &TIME,
            &EVENT,
            &[7.0],
            PseudoTarget::RestrictedMean,
            &options,
        )
        .unwrap();
        let mean = values.iter().sum::<f64>() / 7.0;
        assert!((mean - curve.restricted_mean(7.0).unwrap().estimate).abs() < 1e-14);
    }

    #[test]
    fn one_cause_is_one_less_survival() {
        let cause: Vec<u32> = EVENT.iter().map(|&e| u32::from(e)).collect();
        let options = SurvivalOptions::default();
        let survival =
            pseudo_values(&TIME, &EVENT, &[5.5], PseudoTarget::Probability, &options).unwrap();
        let incidence = incidence_pseudo_values(
            &TIME,
            &cause,
            1,
            &[5.5],
            PseudoTarget::Probability,
            &options,
        )
        .unwrap();
        for (s, f) in survival.iter().zip(&incidence) {
            assert!((s + f - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn rows_of_one_person_share_one_value() {
        let options = SurvivalOptions {
            entry: Some(&[0.0, 2.0, 0.0]),
            id: Some(&[0, 0, 1]),
            ..SurvivalOptions::default()
        };
        let values = pseudo_values(
            &[2.0, 4.0, 5.0],
            &[false, true, true],
            &[4.5],
            PseudoTarget::Probability,
            &options,
        )
        .unwrap();
        assert!((values[0] - 0.0).abs() < 1e-14 && (values[1] - 1.0).abs() < 1e-14);
    }

    #[test]
    fn they_approach_leave_one_out_as_people_are_added() {
        let gap = |copies: usize| {
            let repeat = |i: usize| i % 7;
            let n = 7 * copies;
            let time: Vec<f64> = (0..n).map(|i| TIME[repeat(i)]).collect();
            let event: Vec<bool> = (0..n).map(|i| EVENT[repeat(i)]).collect();
            let options = SurvivalOptions::default();
            let whole = kaplan_meier(&time, &event, &options).unwrap().at(&[5.5])[0].estimate;
            // Row 3 fails after someone is censored, where the two differ.
            let (mut fewer, mut theirs) = (time.clone(), event.clone());
            fewer.remove(3);
            theirs.remove(3);
            let left = kaplan_meier(&fewer, &theirs, &options).unwrap().at(&[5.5])[0].estimate;
            let exact = n as f64 * whole - (n as f64 - 1.0) * left;
            let values =
                pseudo_values(&time, &event, &[5.5], PseudoTarget::Probability, &options).unwrap();
            (values[3] - exact).abs()
        };
        // 1/16, 1/208, 1/2128: the difference falls as 1/n.
        assert!(gap(10) < gap(1) / 5.0 && gap(100) < gap(10) / 5.0);
    }
}
