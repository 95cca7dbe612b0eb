//! Choosing for each treated person the untreated who are alike.
//!
//! - `exact`: all who agree in every covariate form a cell.
//! - `coarsened`: the same after cutting covariates into bins (Iacus, King &
//!   Porro 2012, *Political Analysis* 20, 1–24).
//! - `nearest`: the nearest on the linear propensity score, or on a score given,
//!   within a caliper (Austin 2011, *Pharmaceutical Statistics* 10, 150–161).
//!
//! Deterministic: equal distances are broken by the order of rows, and treated
//! people choose in the order of falling score (the hardest to match first),
//! equal scores in the order of rows.

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result, all_finite, same_length};

use super::propensity::propensity;
use super::{ComparisonWarning, Groups, exact, nearest};

/// How comparison people are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchMethod {
    /// Nearest on a score.
    #[default]
    Nearest,
    /// Agreement in every covariate.
    Exact,
    /// Agreement in every covariate after cutting into bins.
    Coarsened,
}

/// In what unit a caliper is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaliperScale {
    /// Standard deviations of the score, pooled over the groups.
    #[default]
    StandardDeviations,
    /// The score's own unit.
    Score,
}

/// How to match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchOptions {
    /// The method.
    pub method: MatchMethod,
    /// Comparison people for each treated (`nearest`).
    pub ratio: usize,
    /// Whether a comparison person may serve several treated (`nearest`).
    pub replacement: bool,
    /// Furthest distance allowed (`nearest`); unset for none.
    pub caliper: Option<f64>,
    /// The caliper's unit.
    pub caliper_scale: CaliperScale,
    /// Bins of each covariate (`coarsened`): the inner edges, or empty for as
    /// many equal parts as Sturges' rule gives.
    pub cuts: Vec<Vec<f64>>,
}

impl Default for MatchOptions {
    fn default() -> Self {
        Self {
            method: MatchMethod::Nearest,
            ratio: 1,
            replacement: false,
            caliper: Some(0.2),
            caliper_scale: CaliperScale::StandardDeviations,
            cuts: Vec::new(),
        }
    }
}

/// Who was matched with whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched {
    /// Pairs (treated row, comparison row), by treated row, nearest first; for
    /// cells, none: see `cell`.
    pub pairs: Vec<(usize, usize)>,
    /// Distance of each pair on the score.
    pub distance: Vec<f64>,
    /// The cell of each row (`exact`, `coarsened`), where it has both groups.
    pub cell: Vec<Option<u32>>,
    /// Weight of each row for the effect on the treated: 1 for a matched
    /// treated, a comparison person's share, 0 for whoever is not matched.
    /// Comparison weights sum to the number of matched treated.
    pub weight: Vec<f64>,
    /// The score distances were taken on, empty for cells.
    pub score: Vec<f64>,
    /// Treated people with a match.
    pub matched: usize,
    /// What the reader must know.
    pub warnings: Vec<ComparisonWarning>,
}

/// Who may be matched with whom besides covariates.
#[derive(Debug, Clone, Copy, Default)]
pub struct MatchLimits<'a> {
    /// Only rows of one code are matched (`exact` on top of `nearest`).
    pub within: Option<&'a [u32]>,
    /// A score to match on in place of the propensity.
    pub score: Option<&'a [f64]>,
    /// Rows of one person are never matched with each other; without
    /// replacement a person serves once.
    pub person: Option<&'a [u32]>,
}

/// Matches treated with untreated people.
///
/// Comparison people are sorted by score once; each treated then looks only at
/// the places around their own, so time grows little faster than the rows.
///
/// # Errors
/// Columns of different length or not finite, one group only, a ratio of 0, a
/// caliper that is not positive, cuts that are not increasing.
///
/// ```
/// use boligspor_estimate::comparison::Groups;
/// use boligspor_estimate::comparison::matching::{MatchLimits, MatchOptions, match_groups};
/// let treated = [true, false, false, true, false];
/// let age = [30.0, 33.0, 50.0, 49.0, 70.0];
/// let groups = Groups { treated: &treated, covariates: &[&age] };
/// let options = MatchOptions { caliper: None, ..MatchOptions::default() };
/// let limits = MatchLimits { score: Some(&age), ..MatchLimits::default() };
/// let matched = match_groups(&groups, &limits, &options)?;
/// assert_eq!(matched.pairs, [(0, 1), (3, 2)]);
/// assert_eq!(matched.weight, [1.0, 1.0, 1.0, 1.0, 0.0]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn match_groups(
    groups: &Groups,
    limits: &MatchLimits,
    options: &MatchOptions,
) -> Result<Matched> {
    groups.check()?;
    check(groups, limits, options)?;
    let treated = groups.treated.iter().filter(|t| **t).count();
    let mut matched = match options.method {
        MatchMethod::Exact => exact::cells(groups, limits.within, None),
        MatchMethod::Coarsened => exact::cells(groups, limits.within, Some(&options.cuts)),
        MatchMethod::Nearest => {
            let (score, warnings) = if let Some(score) = limits.score {
                (score.to_vec(), Vec::new())
            } else {
                let fit = propensity(groups, None)?;
                (fit.score, fit.warnings)
            };
            let mut matched = nearest::nearest(groups.treated, score, limits, options);
            matched.warnings = warnings;
            matched
        }
    };
    if matched.matched < treated {
        matched.warnings.push(ComparisonWarning::Unmatched {
            treated: treated - matched.matched,
            of: treated,
        });
    }
    Ok(matched)
}

fn check(groups: &Groups, limits: &MatchLimits, options: &MatchOptions) -> Result<()> {
    let n = groups.len();
    if let Some(within) = limits.within {
        same_length("within", within.len(), "treated", n)?;
    }
    if let Some(person) = limits.person {
        same_length("person", person.len(), "treated", n)?;
    }
    if let Some(score) = limits.score {
        same_length("score", score.len(), "treated", n)?;
        all_finite("score", score)?;
    }
    if options.ratio == 0 {
        return Err(EstimateError::OutOfRange {
            argument: "ratio",
            requirement: "at least 1",
        });
    }
    // Zero is a caliper too: the same score or none.
    if options.caliper.is_some_and(|c| c.is_nan() || c < 0.0) {
        return Err(EstimateError::OutOfRange {
            argument: "caliper",
            requirement: "0 or more",
        });
    }
    if !options.cuts.is_empty() && options.cuts.len() != groups.covariates.len() {
        return Err(EstimateError::LengthMismatch {
            argument: "cuts",
            found: options.cuts.len(),
            expected_from: "covariates",
            expected: groups.covariates.len(),
        });
    }
    let rising = |cuts: &Vec<f64>| cuts.windows(2).all(|w| w[0] < w[1]);
    if !options.cuts.iter().all(rising) {
        return Err(EstimateError::OutOfRange {
            argument: "cuts",
            requirement: "strictly increasing",
        });
    }
    Ok(())
}
