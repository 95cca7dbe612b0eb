//! What a regression has to say besides its numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something the reader of a fitted model must know.
///
/// Columns are numbered from 0 in the order they were passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "warning")]
#[non_exhaustive]
pub enum FitWarning {
    /// The iteration stopped before its tolerance was met.
    NotConverged {
        /// How many steps were taken.
        iterations: usize,
    },
    /// The likelihood still rises as the coefficient grows without bound: some
    /// values of the column have only events, or none (monotone likelihood,
    /// separation). Its coefficient and error mean nothing; Firth's penalty
    /// gives finite ones.
    Separated {
        /// Which column.
        column: usize,
    },
    /// The column is constant or a combination of earlier ones. Its coefficient
    /// is NaN and the fit is that without it.
    Collinear {
        /// Which column.
        column: usize,
    },
    /// No event at all: there is nothing to estimate from.
    NoEvents,
}

impl fmt::Display for FitWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConverged { iterations } => write!(
                f,
                "no convergence in {iterations} iterations; scale the covariates or drop sparse ones"
            ),
            Self::Separated { column } => write!(
                f,
                "column {column} separates events from the rest, so its coefficient is infinite; \
                 merge its rare values or ask for Firth's penalty"
            ),
            Self::Collinear { column } => write!(
                f,
                "column {column} is constant or a combination of earlier columns and was left out"
            ),
            Self::NoEvents => write!(f, "there are no events, so nothing can be estimated"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_names_its_column_and_a_remedy() {
        let text = FitWarning::Separated { column: 3 }.to_string();
        assert!(text.contains("column 3") && text.contains("Firth"));
    }
}
