//! What can be wrong with the input of an estimator.
//!
//! Estimators see registers of real people, so an error names the argument, the
//! rule it breaks and how many rows break it, and never a row's value.

use thiserror::Error;

/// Result of an estimator: the value, or the reason there is none.
pub type Result<T> = std::result::Result<T, EstimateError>;

/// Why an estimate could not be computed.
///
/// Variants carry argument names and counts only. Matching must allow for new
/// variants.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum EstimateError {
    /// No rows at all where at least one is needed.
    #[error("{argument} is empty; at least one row is needed")]
    Empty {
        /// Name of the argument.
        argument: &'static str,
    },
    /// Two columns that describe the same rows differ in length.
    #[error(
        "{argument} has {found} rows, but {expected_from} has {expected}; pass columns of one length"
    )]
    LengthMismatch {
        /// Name of the offending argument.
        argument: &'static str,
        /// Its number of rows.
        found: usize,
        /// Name of the argument it must agree with.
        expected_from: &'static str,
        /// That argument's number of rows.
        expected: usize,
    },
    /// NaN or infinity where a finite number is needed.
    #[error("{argument} has {rows} rows that are not finite numbers; remove or fill them first")]
    NotFinite {
        /// Name of the argument.
        argument: &'static str,
        /// How many rows are affected.
        rows: usize,
    },
    /// A weight, a count or a variance below zero.
    #[error("{argument} has {rows} negative rows; it must be zero or more")]
    Negative {
        /// Name of the argument.
        argument: &'static str,
        /// How many rows are affected.
        rows: usize,
    },
    /// Every weight is zero, so nothing is left to estimate from.
    #[error("{argument} is zero in every row; at least one weight must be positive")]
    NoWeight {
        /// Name of the argument.
        argument: &'static str,
    },
    /// Entry into observation is at or after its end, so the row is never at risk.
    #[error(
        "{rows} rows enter at or after they leave (entry >= exit) and are never at risk; \
         drop them or mend their times"
    )]
    EntryNotBeforeExit {
        /// How many rows are affected.
        rows: usize,
    },
    /// A confidence level outside the open interval (0, 1).
    #[error("the confidence level must lie strictly between 0 and 1, for example 0.95")]
    BadLevel,
    /// A probability outside the closed interval [0, 1].
    #[error("{argument} must be a probability between 0 and 1")]
    BadProbability {
        /// Name of the argument.
        argument: &'static str,
    },
    /// More successes than trials.
    #[error("there are more successes than trials; check which count is which")]
    MoreSuccessesThanTrials,
    /// A cause, state or group that the call does not know.
    #[error("{argument} names {rows} rows outside the {known} known values; {hint}")]
    UnknownCode {
        /// Name of the argument.
        argument: &'static str,
        /// How many rows are affected.
        rows: usize,
        /// How many codes are known.
        known: usize,
        /// What to do about it.
        hint: &'static str,
    },
    /// The requested cause does not occur.
    #[error("the requested cause occurs in no row; name one of the causes in the data")]
    UnknownCause,
    /// A test needs more groups than the data hold.
    #[error("{found} groups found where at least {needed} are needed to compare")]
    TooFewGroups {
        /// How many groups were found.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Rows of one person overlap, leave a gap or change state between rows.
    #[error(
        "the rows of {people} people are inconsistent ({what}); see the findings of the row check"
    )]
    InconsistentRows {
        /// How many people are affected.
        people: usize,
        /// The kind of inconsistency.
        what: &'static str,
    },
    /// A path of states that goes back in time or outlasts its observation.
    #[error("a path of states is not in time order within its observation: {what}")]
    BadPath {
        /// Which part of the path is wrong.
        what: &'static str,
    },
    /// Two summaries of different shapes cannot be merged.
    #[error("summaries of different shape cannot be merged: {left} and {right} {what}")]
    ShapeMismatch {
        /// Shape of the left summary.
        left: usize,
        /// Shape of the right summary.
        right: usize,
        /// What the shapes count.
        what: &'static str,
    },
    /// An argument out of the range in which the method is defined.
    #[error("{argument} is out of range: {requirement}")]
    OutOfRange {
        /// Name of the argument.
        argument: &'static str,
        /// The range it must lie in, in words.
        requirement: &'static str,
    },
    /// A matrix that must be inverted is singular.
    #[error("{what} is singular: {hint}")]
    Singular {
        /// Which matrix.
        what: &'static str,
        /// The usual cause and its remedy.
        hint: &'static str,
    },
    /// An iteration did not converge.
    #[error("{what} did not converge in {iterations} iterations; {hint}")]
    NoConvergence {
        /// Which iteration.
        what: &'static str,
        /// How many steps were taken.
        iterations: usize,
        /// The usual cause and its remedy.
        hint: &'static str,
    },
    /// A unit has two rows in the same period.
    #[error(
        "{rows} rows repeat a unit in a period; keep one row a unit and period, or leave unit out \
         for repeated cross-sections"
    )]
    DuplicateUnitPeriods {
        /// How many rows repeat another.
        rows: usize,
    },
    /// The period of first treatment is not the same in all rows of a unit.
    #[error(
        "first_treated changes within {units} units; it is the first period of treatment, the \
         same in every row of a unit"
    )]
    FirstTreatedVaries {
        /// How many units are affected.
        units: usize,
    },
    /// The cluster is not the same in all rows of a unit.
    #[error(
        "cluster changes within units in {rows} rows; give each unit one cluster, for example its \
         first"
    )]
    ClusterVaries {
        /// How many rows differ from their unit's first.
        rows: usize,
    },
    /// A number stands for "never treated" that would count as an early treatment.
    #[error(
        "first_treated is {problem} in {rows} rows; if it means never treated, make it null or 0: \
         as a period it would leave these units out"
    )]
    NeverTreatedCode {
        /// How many rows are affected.
        rows: usize,
        /// What is odd about the number.
        problem: &'static str,
    },
    /// Nobody to compare the treated with.
    #[error(
        "no unit is never treated; choose control \"not_yet\" to compare with units treated later, \
         or check whether a code for never treated should be null or 0"
    )]
    NoNeverTreated,
    /// Nobody whose treatment begins within the data.
    #[error(
        "no unit is first treated after the first period; first_treated is the period in which \
         treatment begins, null or 0 for never"
    )]
    NoTreatedGroups,
}

/// Fails with [`EstimateError::LengthMismatch`] unless `found == expected`.
pub(crate) fn same_length(
    argument: &'static str,
    found: usize,
    expected_from: &'static str,
    expected: usize,
) -> Result<()> {
    if found == expected {
        Ok(())
    } else {
        Err(EstimateError::LengthMismatch {
            argument,
            found,
            expected_from,
            expected,
        })
    }
}

/// Fails with [`EstimateError::NotFinite`] if any value is NaN or infinite.
pub(crate) fn all_finite(argument: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().filter(|v| !v.is_finite()).count() {
        0 => Ok(()),
        rows => Err(EstimateError::NotFinite { argument, rows }),
    }
}

/// Fails unless every weight is finite and at least zero, and one is positive.
pub(crate) fn valid_weights(argument: &'static str, weights: &[f64]) -> Result<()> {
    all_finite(argument, weights)?;
    let rows = weights.iter().filter(|w| **w < 0.0).count();
    if rows > 0 {
        return Err(EstimateError::Negative { argument, rows });
    }
    if !weights.is_empty() && weights.iter().all(|w| *w == 0.0) {
        return Err(EstimateError::NoWeight { argument });
    }
    Ok(())
}

/// Fails with [`EstimateError::BadLevel`] unless `0 < level < 1`.
pub(crate) fn valid_level(level: f64) -> Result<()> {
    if level > 0.0 && level < 1.0 {
        Ok(())
    } else {
        Err(EstimateError::BadLevel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_argument_and_a_count_but_never_a_value() {
        let error = all_finite("duration", &[1.0, f64::NAN, f64::INFINITY]).unwrap_err();
        assert_eq!(
            error,
            EstimateError::NotFinite {
                argument: "duration",
                rows: 2
            }
        );
        assert!(error.to_string().contains("duration has 2 rows"));
    }

    #[test]
    fn weights_must_be_finite_non_negative_and_not_all_zero() {
        assert!(valid_weights("weights", &[0.0, 1.5]).is_ok());
        assert_eq!(
            valid_weights("weights", &[-1.0, 1.0, -2.0]),
            Err(EstimateError::Negative {
                argument: "weights",
                rows: 2
            })
        );
        assert_eq!(
            valid_weights("weights", &[0.0, 0.0]),
            Err(EstimateError::NoWeight {
                argument: "weights"
            })
        );
    }

    #[test]
    fn a_level_is_strictly_between_zero_and_one() {
        for level in [0.0, 1.0, -0.1, 95.0, f64::NAN] {
            assert_eq!(valid_level(level), Err(EstimateError::BadLevel));
        }
        assert!(valid_level(0.95).is_ok());
    }
}
