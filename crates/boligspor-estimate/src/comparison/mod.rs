//! Making a comparison group alike: matching, weighting, and how alike they are.
//!
//! People who were placed differ from those who were not, before anything is
//! done. These methods choose or weigh the untreated so that recorded covariates
//! agree; nothing makes up for what was not recorded. Covariates must be fixed
//! or measured before whatever led to treatment: matching on last year's cost
//! where people enter at a peak of cost brings regression to the mean in by the
//! front door (Daw & Hatfield 2018, *Health Services Research* 53, 4138–4156).

pub mod balance;
mod entropy;
mod exact;
pub mod matching;
mod nearest;
pub mod propensity;
pub mod weighting;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result, all_finite, same_length};

/// Something the reader of a comparison must know.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "warning")]
#[non_exhaustive]
pub enum ComparisonWarning {
    /// Treated people found no comparison person; results are about the others.
    Unmatched {
        /// How many.
        treated: usize,
        /// Of how many.
        of: usize,
    },
    /// The propensity model separates the groups; a ridge keeps it finite.
    Ridge,
    /// A covariate is constant or follows from the others and was left out of
    /// the propensity model.
    Collinear {
        /// Which covariate, from 0.
        column: usize,
    },
    /// Propensities were moved to the limits of trimming, or their people left out.
    Trimmed {
        /// How many people.
        people: usize,
    },
    /// Weights concentrate on few people.
    FewEffective {
        /// Effective number of comparison people.
        effective: f64,
    },
    /// No weights balance the covariates: the target lies outside what the
    /// comparison people can make up. The nearest found are given.
    NotBalanced,
}

impl fmt::Display for ComparisonWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmatched { treated, of } => write!(
                f,
                "{treated} of {of} treated found no comparison person, so results are about the \
                 others only"
            ),
            Self::Ridge => write!(
                f,
                "the covariates tell the groups apart completely; the propensity model was kept \
                 finite by a ridge"
            ),
            Self::Collinear { column } => write!(
                f,
                "column {column} is constant or a combination of earlier columns and was left out"
            ),
            Self::Trimmed { people } => write!(
                f,
                "{people} people lie beyond the limits of trimming; see how they were treated"
            ),
            Self::FewEffective { effective } => write!(
                f,
                "the comparison group is worth {effective:.1} people under its weights"
            ),
            Self::NotBalanced => write!(
                f,
                "no weights make the groups alike in these covariates; drop or coarsen some"
            ),
        }
    }
}

/// Two groups with their covariates, a column each.
#[derive(Debug, Clone, Copy)]
pub struct Groups<'a> {
    /// Whether each person is treated.
    pub treated: &'a [bool],
    /// Covariates, each as long as `treated`.
    pub covariates: &'a [&'a [f64]],
}

impl Groups<'_> {
    pub(crate) fn check(&self) -> Result<()> {
        if self.treated.is_empty() {
            return Err(EstimateError::Empty {
                argument: "treated",
            });
        }
        for column in self.covariates {
            same_length("covariates", column.len(), "treated", self.treated.len())?;
            all_finite("covariates", column)?;
        }
        let treated = self.treated.iter().filter(|t| **t).count();
        if treated == 0 || treated == self.treated.len() {
            return Err(EstimateError::TooFewGroups {
                found: 1,
                needed: 2,
            });
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.treated.len()
    }
}
