//! Weights that make the groups alike.
//!
//! - `ipw`: inverse probability of the group one is in, for everyone (`ate`), the
//!   treated (`att`) or the untreated (`atc`) (Robins, Hernán & Brumback 2000,
//!   *Epidemiology* 11, 550–560).
//! - `overlap`: the chance of the other group; means of the covariates in the
//!   model then agree exactly, and nobody weighs more than 1 (Li, Morgan &
//!   Zaslavsky 2018, *JASA* 113, 390–400).
//! - `entropy`: weights of the untreated, as even as can be, under which means
//!   (and squares, if asked) agree exactly with the treated (Hainmueller 2012,
//!   *Political Analysis* 20, 25–46).

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result, same_length, valid_weights};

use super::propensity::propensity;
use super::{ComparisonWarning, Groups, entropy};

/// How people are weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightMethod {
    /// Inverse probability of treatment.
    #[default]
    Ipw,
    /// Overlap weights.
    Overlap,
    /// Entropy balancing.
    Entropy,
}

/// About whom the effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimand {
    /// Everyone.
    Ate,
    /// The treated.
    #[default]
    Att,
    /// The untreated.
    Atc,
}

/// What happens to propensities beyond the limits of trimming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trimming {
    /// They are moved to the limit.
    #[default]
    Truncate,
    /// Their people get weight 0: the effect is then about the others.
    Drop,
}

/// How to weigh.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightOptions {
    /// The method.
    pub method: WeightMethod,
    /// About whom (`ipw`, `entropy`). Overlap weights are about the overlap.
    pub estimand: Estimand,
    /// Scale each group's weights to its size (`ate`: multiply by the share of
    /// the group; `att`, `atc`: to the size of the target group).
    pub stabilised: bool,
    /// Limits `t` and `1 − t` of the propensity; 0 for none.
    pub trim: f64,
    /// What happens beyond them.
    pub trimming: Trimming,
    /// Balance squares as well as means (`entropy`).
    pub squares: bool,
}

impl Default for WeightOptions {
    fn default() -> Self {
        Self {
            method: WeightMethod::Ipw,
            estimand: Estimand::Att,
            stabilised: false,
            trim: 0.0,
            trimming: Trimming::Truncate,
            squares: false,
        }
    }
}

/// Weights by person.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupWeights {
    /// The weights, already multiplied by any that were given.
    pub weight: Vec<f64>,
    /// Chance of treatment, untrimmed; empty for entropy balancing.
    pub propensity: Vec<f64>,
    /// People beyond the limits of trimming.
    pub trimmed: usize,
    /// Kish's effective number of treated and of untreated people.
    pub effective: [f64; 2],
    /// What the reader must know.
    pub warnings: Vec<ComparisonWarning>,
}

/// Below this many effective people, and half of those there are, the weights
/// are flagged.
const FEW: f64 = 20.0;

/// Weighs the groups to be alike.
///
/// # Errors
/// Columns of different length or not finite, bad base weights, one group only,
/// or `trim` outside [0, 0.5).
///
/// ```
/// use boligspor_estimate::comparison::Groups;
/// use boligspor_estimate::comparison::weighting::{WeightMethod, WeightOptions, group_weights};
/// let treated = [true, true, false, false, false];
/// let age = [30.0, 40.0, 20.0, 40.0, 60.0];
/// let groups = Groups { treated: &treated, covariates: &[&age] };
/// let options = WeightOptions { method: WeightMethod::Entropy, ..WeightOptions::default() };
/// let weights = group_weights(&groups, None, &options)?.weight;
/// let mean = (2..5).map(|i| weights[i] * age[i]).sum::<f64>() / 2.0;
/// assert!((mean - 35.0).abs() < 1e-8);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn group_weights(
    groups: &Groups,
    base: Option<&[f64]>,
    options: &WeightOptions,
) -> Result<GroupWeights> {
    groups.check()?;
    if let Some(base) = base {
        same_length("weights", base.len(), "treated", groups.len())?;
        valid_weights("weights", base)?;
    }
    if !(0.0..0.5).contains(&options.trim) {
        return Err(EstimateError::OutOfRange {
            argument: "trim",
            requirement: "at least 0 and below 0.5",
        });
    }
    let mut found = if options.method == WeightMethod::Entropy {
        let (weight, warnings) = entropy::balance(groups, base, options)?;
        GroupWeights {
            weight,
            propensity: Vec::new(),
            trimmed: 0,
            effective: [0.0; 2],
            warnings,
        }
    } else {
        by_propensity(groups, base, options)?
    };
    if options.stabilised {
        stabilise(groups, base, options, &mut found.weight);
    }
    found.effective = [true, false].map(|group| effective(groups.treated, &found.weight, group));
    let weighed = options.estimand == Estimand::Atc && options.method != WeightMethod::Overlap;
    let comparison = found.effective[usize::from(!weighed)];
    let people = groups.treated.iter().filter(|t| **t == weighed).count() as f64;
    if comparison < FEW && comparison < people / 2.0 {
        found.warnings.push(ComparisonWarning::FewEffective {
            effective: comparison,
        });
    }
    Ok(found)
}

fn by_propensity(
    groups: &Groups,
    base: Option<&[f64]>,
    options: &WeightOptions,
) -> Result<GroupWeights> {
    let mut fit = propensity(groups, base)?;
    let (low, high) = (options.trim, 1.0 - options.trim);
    let mut trimmed = 0;
    let weight = (fit.probability.iter().zip(groups.treated).enumerate())
        .map(|(row, (&p, &treated))| {
            let beyond = p < low || p > high;
            trimmed += usize::from(beyond);
            if beyond && options.trimming == Trimming::Drop {
                return 0.0;
            }
            let p = p.clamp(low, high);
            let own = base.map_or(1.0, |base| base[row]);
            own * match (options.method, options.estimand, treated) {
                (WeightMethod::Overlap, _, true) => 1.0 - p,
                (WeightMethod::Overlap, _, false) => p,
                (_, Estimand::Ate, true) => 1.0 / p,
                (_, Estimand::Ate, false) => 1.0 / (1.0 - p),
                (_, Estimand::Att, true) | (_, Estimand::Atc, false) => 1.0,
                (_, Estimand::Att, false) => p / (1.0 - p),
                (_, Estimand::Atc, true) => (1.0 - p) / p,
            }
        })
        .collect();
    if trimmed > 0 {
        fit.warnings
            .push(ComparisonWarning::Trimmed { people: trimmed });
    }
    Ok(GroupWeights {
        weight,
        propensity: fit.probability,
        trimmed,
        effective: [0.0; 2],
        warnings: fit.warnings,
    })
}

/// Scales weights so that each group has the size it stands for.
fn stabilise(groups: &Groups, base: Option<&[f64]>, options: &WeightOptions, weight: &mut [f64]) {
    let own = |row: usize| base.map_or(1.0, |base| base[row]);
    let size = |group: bool| {
        (0..groups.len())
            .filter(|&row| groups.treated[row] == group)
            .map(own)
            .sum::<f64>()
    };
    let (treated, untreated) = (size(true), size(false));
    let total = treated + untreated;
    for (weight, is_treated) in weight.iter_mut().zip(groups.treated) {
        *weight *= match (options.method, options.estimand, is_treated) {
            (WeightMethod::Ipw, Estimand::Ate, true) => treated / total,
            (WeightMethod::Ipw, Estimand::Ate, false) => untreated / total,
            (_, Estimand::Att, false) => untreated / treated,
            (_, Estimand::Atc, true) => treated / untreated,
            _ => 1.0,
        };
    }
}

/// Kish's effective size of a group.
pub(super) fn effective(treated: &[bool], weight: &[f64], group: bool) -> f64 {
    let own = || (treated.iter().zip(weight)).filter(move |(t, _)| **t == group);
    let sum: f64 = own().map(|(_, w)| w).sum();
    let square: f64 = own().map(|(_, w)| w * w).sum();
    if square > 0.0 {
        sum * sum / square
    } else {
        0.0
    }
}
