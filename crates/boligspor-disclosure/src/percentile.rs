//! Percentiles that are nobody's value.
//!
//! A percentile of a register is somebody's amount, and several percentiles of
//! a small group list its members. What is published instead is the mean of
//! neighbours. The sorted values are cut once into runs of at least k, and
//! every percentile is the mean of the run it falls in: two percentiles are
//! means of the same people or of entirely different ones, so they cannot be
//! subtracted from each other.

use crate::error::{ClearError, Result};
use crate::policy::Policy;
use crate::primary::sensitive_amount;
use crate::support::Support;

/// Percentiles as means of neighbours, rounded to the policy's unit; nothing
/// where fewer people than that have a value, or a few of them dominate.
///
/// Values are amounts in the smallest unit; probabilities lie strictly between
/// 0 and 1: minima and maxima are not published. Publish one set of
/// percentiles per group: those of overlapping groups can be subtracted.
///
/// # Errors
///
/// [`ClearError::Bundle`] for probabilities of 0 and below or 1 and above.
///
/// ```
/// use boligspor_disclosure::{Policy, neighbour_means};
///
/// let policy = Policy::named("statistics-denmark")?; // k = 5, multiples of 100
/// let values: Vec<i128> = (1..=12).map(|i| i * 1_000).collect();
/// // Runs: 1 to 5 thousand, and 6 to 12 thousand.
/// let found = neighbour_means(&values, &[0.25, 0.5, 0.75], &policy)?;
/// assert_eq!(found, [Some(3_000), Some(9_000), Some(9_000)]);
/// assert_eq!(neighbour_means(&values[..4], &[0.5], &policy)?, [None]);
/// # Ok::<(), boligspor_disclosure::ClearError>(())
/// ```
pub fn neighbour_means(
    values: &[i128],
    probabilities: &[f64],
    policy: &Policy,
) -> Result<Vec<Option<i128>>> {
    if probabilities.iter().any(|p| !(*p > 0.0 && *p < 1.0)) {
        return Err(ClearError::Bundle {
            table: "(percentiles)".to_owned(),
            reason:
                "probabilities lie strictly between 0 and 1; minima and maxima are not published"
                    .to_owned(),
        });
    }
    let k = policy.percentile_neighbours.max(1) as usize;
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let runs = sorted.len() / k;
    Ok(probabilities
        .iter()
        .map(|p| {
            let last = runs.checked_sub(1)?;
            // The upper median's rank, as whole numbers have no halves here.
            let rank = ((p * sorted.len() as f64).floor() as usize).min(sorted.len() - 1);
            let run = (rank / k).min(last);
            let end = if run == last {
                sorted.len()
            } else {
                (run + 1) * k
            };
            mean_of(&sorted[run * k..end], policy)
        })
        .collect())
}

fn mean_of(run: &[i128], policy: &Policy) -> Option<i128> {
    let mut support = Support::default();
    for &value in run {
        support.observe(1, value);
    }
    if sensitive_amount(&support, policy).is_some() {
        return None;
    }
    let unit = i128::from(policy.mean_unit);
    let n = run.len() as i128 * unit;
    Some((2 * run.iter().sum::<i128>() + n).div_euclid(2 * n) * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denmark() -> Policy {
        Policy::named("statistics-denmark").unwrap()
    }

    #[test]
    fn any_set_of_percentiles_is_of_the_same_people_or_of_others() {
        let values: Vec<i128> = (0..57).map(|i| 1_000 + i * i * 10).collect();
        let probabilities: Vec<f64> = (1..100).map(|p| f64::from(p) / 100.0).collect();
        let mut found = neighbour_means(&values, &probabilities, &denmark()).unwrap();
        assert!(found.is_sorted());
        found.dedup();
        // 57 people in runs of 5, the last of 7.
        assert_eq!(found.len(), 11);
    }

    #[test]
    fn extremes_are_refused_and_order_does_not_matter() {
        assert!(neighbour_means(&[1; 9], &[0.0], &denmark()).is_err());
        assert!(neighbour_means(&[1; 9], &[f64::NAN], &denmark()).is_err());
        let up: Vec<i128> = (1..30).map(|i| i * 500).collect();
        let down: Vec<i128> = up.iter().rev().copied().collect();
        let of = |values: &[i128]| neighbour_means(values, &[0.1, 0.5], &denmark()).unwrap();
        assert_eq!(of(&up), of(&down));
    }

    #[test]
    fn a_run_that_one_person_dominates_is_withheld() {
        let mut values = vec![1_000; 9];
        values.push(900_000);
        let found = neighbour_means(&values, &[0.2, 0.9], &denmark()).unwrap();
        assert_eq!(found, [Some(1_000), None]);
    }
}
