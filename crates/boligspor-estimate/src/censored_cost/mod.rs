//! Mean costs where some people are not followed to the end.
//!
//! Someone who leaves the country after a year may go on costing money that
//! nobody sees. Dividing what was seen by everyone (`as`) is too low, and the
//! mean of those seen to the end (`cc`) leans towards short histories. The
//! estimators here weight or stack what was seen by the chance of having been
//! seen. Death is complete information: no cost follows it.
//!
//! Censoring must not depend on what would have been spent. `K(t)`, the chance
//! of not being censored by `t`, is a Kaplan–Meier curve of censoring; whoever is
//! seen until `T` was seen with the chance `K(T−)`, its left limit, which is what
//! textbooks write and the default. The R package ccostr reads `K(T)`, which
//! [`CensoredCostOptions::left_limit`] gives.
//!
//! Sources: Bang & Tsiatis (2000), *Biometrika* 87, 329–343; Zhao & Tian (2001),
//! *Biometrics* 57, 1002–1008; Pfeifer & Bang (2005), *Statistics in Medicine*
//! 24, 3739–3749; Lin, Feuer, Etzioni & Wax (1997), *Biometrics* 53, 419–434.

mod curve;
mod history;
mod intervals;
mod people;
mod weighted;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::curve::Estimate;
use crate::error::{EstimateError, Result, valid_level};
use crate::interval::{Interval, normal_quantile_two_sided};

use curve::Curve;
use people::People;

/// Rows of cost histories. A person may have many rows; each repeats the
/// person's `follow_up` and `complete`. Someone without costs has one row of 0.
#[derive(Debug, Clone, Copy)]
pub struct CostHistory<'a> {
    /// The person of each row, as codes; need not be dense or sorted.
    pub id: &'a [u32],
    /// When the row's cost begins to accrue, from 0.
    pub start: &'a [f64],
    /// When it has accrued; between the two it does so evenly.
    pub stop: &'a [f64],
    /// The cost of the row.
    pub cost: &'a [f64],
    /// How long the person is followed.
    pub follow_up: &'a [f64],
    /// Whether follow-up ended because nothing more can come (death), rather
    /// than by censoring. Whoever reaches the limit is complete anyhow.
    pub complete: &'a [bool],
}

/// Which estimator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostMethod {
    /// Bang and Tsiatis: complete cases weighted by `1/K`.
    #[default]
    Bt,
    /// Bang and Tsiatis in each part of the time, summed; uses histories.
    BtPartitioned,
    /// Zhao and Tian: Bang–Tsiatis with what the censored are known to have
    /// cost so far; uses histories.
    Zt,
    /// Lin's interval method: mean cost of those under observation at the
    /// start of each part, times the chance of being alive then. Right where
    /// censoring falls on the borders of the parts.
    Lin,
    /// Mean of the complete cases; biased, for contrast.
    Cc,
    /// Mean of what was seen of everyone; biased, for contrast.
    As,
}

/// How the time up to the limit is parted (for partitioned Bang–Tsiatis and Lin).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Partition {
    /// So many parts of equal length.
    Equal(usize),
    /// Cut at these times, strictly increasing between 0 and the limit.
    At(Vec<f64>),
}

/// What [`censored_cost_mean`] may be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CensoredCostOptions {
    /// Costs are counted from 0 to this time.
    pub limit: f64,
    /// The estimator.
    pub method: CostMethod,
    /// Read the censoring curve just before a time (`K(T−)`) rather than after.
    pub left_limit: bool,
    /// Parts of the time, where the method has any.
    pub partition: Partition,
    /// Whether both ends of a row belong to it, as with days from the 3rd to
    /// the 5th, three of them: a cost cut by the limit is then shared over
    /// `stop − start + 1` units. Unset: so if all times are whole numbers and
    /// some row starts and stops at one, which no half-open interval does.
    pub inclusive: Option<bool>,
    /// Level of the interval.
    pub level: f64,
}

impl CensoredCostOptions {
    /// Bang and Tsiatis up to `limit` with a 95 % interval; 12 parts where the
    /// method wants parts.
    pub fn new(limit: f64) -> Self {
        Self {
            limit,
            method: CostMethod::Bt,
            left_limit: true,
            partition: Partition::Equal(12),
            inclusive: None,
            level: 0.95,
        }
    }
}

/// Something the reader of a mean cost must know.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "warning")]
#[non_exhaustive]
pub enum CostWarning {
    /// Some complete people stand for more than ten: the smallest `K` among
    /// them is below 0.1. Choose an earlier limit.
    SmallWeight {
        /// The smallest `K`.
        smallest: f64,
    },
    /// Rows go on after their person's follow-up; their cost was counted at
    /// its end.
    CostAfterFollowUp {
        /// How many rows.
        rows: usize,
    },
    /// Nobody is followed to the limit: costs beyond the longest follow-up are
    /// missing.
    NobodyAtLimit,
    /// The method is biased under censoring.
    Biased,
}

impl fmt::Display for CostWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SmallWeight { smallest } => write!(
                f,
                "the smallest chance of having been seen is {smallest:.3}, below 0.1: a few \
                 people carry the mean; choose an earlier limit"
            ),
            Self::CostAfterFollowUp { rows } => write!(
                f,
                "{rows} rows have costs after the end of their follow-up; they were counted at it"
            ),
            Self::NobodyAtLimit => write!(
                f,
                "nobody is followed to the limit, so the mean is only that up to the longest \
                 follow-up; choose an earlier limit"
            ),
            Self::Biased => write!(
                f,
                "with censoring this mean is biased; it is here for contrast only"
            ),
        }
    }
}

/// A mean cost up to the limit.
#[derive(Debug, Clone, PartialEq)]
pub struct CensoredCostMean {
    /// The mean cost per person, its standard error and normal interval.
    pub estimate: Estimate,
    /// People.
    pub people: usize,
    /// People seen to their end or to the limit.
    pub complete: usize,
    /// Smallest chance `K` of having been seen, among the complete.
    pub smallest_weight: f64,
    /// Whether both ends of a row were taken to belong to it.
    pub inclusive: bool,
    /// What the reader must know.
    pub warnings: Vec<CostWarning>,
}

/// A chance of having been seen below this is flagged.
const SMALL: f64 = 0.1;

/// The mean cost per person from 0 to a limit under censoring.
///
/// Linear in rows but for sorting. The standard error is that of the method's
/// source for `bt`, `bt_partitioned` and `zt` (with `K(T−)` the jumps of the
/// censoring curve are weighed by `1/(K(u−) K(u))`, their exact variance where
/// censoring times are tied), the influence function's for `lin`, and that of a
/// plain mean for `cc` and `as`.
///
/// # Errors
/// Columns of different length, no rows, values that are not finite, times
/// below zero, rows that stop before they start, people whose follow-up differs
/// between rows, a limit or level out of range, cuts that are not increasing
/// within (0, limit), no complete person; with `K(T)` also a complete person
/// where `K` is zero.
///
/// ```
/// use boligspor_estimate::censored_cost::{CensoredCostOptions, CostHistory, censored_cost_mean};
/// // One dies at 1 after a cost of 10; one is censored at 2; two reach 3 at a cost of 40 each.
/// let rows = CostHistory {
///     id: &[0, 1, 2, 3],
///     start: &[0.0; 4],
///     stop: &[1.0, 2.0, 3.0, 3.0],
///     cost: &[10.0, 25.0, 40.0, 40.0],
///     follow_up: &[1.0, 2.0, 3.0, 3.0],
///     complete: &[true, false, false, false],
/// };
/// let mean = censored_cost_mean(&rows, &CensoredCostOptions::new(3.0))?;
/// // K falls to 2/3 at 2, so the two stand for three: (10 + 3 · 40) / 4.
/// assert!((mean.estimate.estimate - 32.5).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn censored_cost_mean(
    rows: &CostHistory,
    options: &CensoredCostOptions,
) -> Result<CensoredCostMean> {
    valid_level(options.level)?;
    let z = normal_quantile_two_sided(options.level)?;
    let people = People::gather(rows, options)?;
    let curve = Curve::of(&people);
    let smallest = curve.smallest_weight(&people, options.left_limit);
    let complete = people.complete.iter().filter(|c| **c).count();
    if complete == 0 {
        return Err(EstimateError::OutOfRange {
            argument: "complete",
            requirement: "at least one person must be complete or followed to the limit",
        });
    }
    let weighted = matches!(
        options.method,
        CostMethod::Bt | CostMethod::BtPartitioned | CostMethod::Zt
    );
    if weighted && smallest <= 0.0 {
        return Err(EstimateError::OutOfRange {
            argument: "left_limit",
            requirement: "K(T) is zero for a complete person; use K(T-), or an earlier limit",
        });
    }
    let (estimate, variance) = match options.method {
        CostMethod::As => plain(people.total.iter().copied()),
        CostMethod::Cc => plain(
            (people.total.iter().zip(&people.complete))
                .filter(|(_, complete)| **complete)
                .map(|(total, _)| *total),
        ),
        CostMethod::Bt => weighted::bang_tsiatis(&people, &curve, options.left_limit),
        CostMethod::Zt => history::zhao_tian(&people, &curve, options.left_limit),
        CostMethod::BtPartitioned => {
            intervals::partitioned(&people, &curve, &options.breaks()?, options.left_limit)
        }
        CostMethod::Lin => intervals::lin(&people, &curve, &options.breaks()?),
    };
    let censored = complete < people.len();
    let mut warnings = Vec::new();
    if weighted && smallest < SMALL {
        warnings.push(CostWarning::SmallWeight { smallest });
    }
    if people.late_rows > 0 {
        warnings.push(CostWarning::CostAfterFollowUp {
            rows: people.late_rows,
        });
    }
    let longest = people.until.iter().copied().fold(0.0, f64::max);
    if longest < options.limit && !people.longest_is_complete(longest) {
        warnings.push(CostWarning::NobodyAtLimit);
    }
    if censored && matches!(options.method, CostMethod::Cc | CostMethod::As) {
        warnings.push(CostWarning::Biased);
    }
    let std_error = variance.max(0.0).sqrt();
    Ok(CensoredCostMean {
        estimate: Estimate {
            estimate,
            std_error,
            interval: Interval {
                low: estimate - z * std_error,
                high: estimate + z * std_error,
            },
        },
        people: people.len(),
        complete,
        smallest_weight: smallest,
        inclusive: people.inclusive,
        warnings,
    })
}

/// [`censored_cost_mean`] in each group of rows, the censoring curve taken
/// within the group: censoring need only be independent of costs there.
/// Groups come in the order of their codes.
///
/// # Errors
/// As [`censored_cost_mean`], in any group; and where one person is in several.
///
/// ```
/// use boligspor_estimate::censored_cost::{CensoredCostOptions, CostHistory, censored_cost_mean_by};
/// let rows = CostHistory {
///     id: &[0, 1, 2, 3],
///     start: &[0.0; 4],
///     stop: &[1.0; 4],
///     cost: &[10.0, 20.0, 40.0, 40.0],
///     follow_up: &[1.0; 4],
///     complete: &[true; 4],
/// };
/// let means = censored_cost_mean_by(&rows, &[0, 0, 1, 1], &CensoredCostOptions::new(1.0))?;
/// assert_eq!(means[0].1.estimate.estimate, 15.0);
/// assert_eq!(means[1].1.estimate.estimate, 40.0);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn censored_cost_mean_by(
    rows: &CostHistory,
    by: &[u32],
    options: &CensoredCostOptions,
) -> Result<Vec<(u32, CensoredCostMean)>> {
    crate::error::same_length("by", by.len(), "id", rows.id.len())?;
    let mut groups: Vec<u32> = by.to_vec();
    groups.sort_unstable();
    groups.dedup();
    let mut home = std::collections::BTreeMap::new();
    let torn: std::collections::BTreeSet<u32> = (rows.id.iter().zip(by))
        .filter(|(id, group)| *home.entry(**id).or_insert(**group) != **group)
        .map(|(id, _)| *id)
        .collect();
    if !torn.is_empty() {
        return Err(EstimateError::InconsistentRows {
            people: torn.len(),
            what: "rows of one person are in several groups of `by`",
        });
    }
    let mut means = Vec::with_capacity(groups.len());
    for group in groups {
        let own: Vec<usize> = (0..by.len()).filter(|&row| by[row] == group).collect();
        let pick = |column: &[f64]| own.iter().map(|&row| column[row]).collect::<Vec<f64>>();
        let id: Vec<u32> = own.iter().map(|&row| rows.id[row]).collect();
        let complete: Vec<bool> = own.iter().map(|&row| rows.complete[row]).collect();
        let (start, stop, cost) = (pick(rows.start), pick(rows.stop), pick(rows.cost));
        let follow_up = pick(rows.follow_up);
        let part = CostHistory {
            id: &id,
            start: &start,
            stop: &stop,
            cost: &cost,
            follow_up: &follow_up,
            complete: &complete,
        };
        means.push((group, censored_cost_mean(&part, options)?));
    }
    Ok(means)
}

/// The mean and its variance; the variance of a single value is NaN.
fn plain(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let square: f64 = values.map(|v| (v - mean) * (v - mean)).sum();
    let variance = if n > 1.0 {
        square / (n - 1.0) / n
    } else {
        f64::NAN
    };
    (mean, variance)
}

impl CensoredCostOptions {
    /// Ends of the parts, the last being the limit.
    fn breaks(&self) -> Result<Vec<f64>> {
        match &self.partition {
            Partition::Equal(0) => Err(EstimateError::OutOfRange {
                argument: "partition",
                requirement: "at least one part",
            }),
            Partition::Equal(parts) => Ok((1..=*parts)
                .map(|k| self.limit * k as f64 / *parts as f64)
                .collect()),
            Partition::At(cuts) => {
                let mut ends = cuts.clone();
                ends.push(self.limit);
                let rising = ends.windows(2).all(|w| w[0] < w[1]);
                if rising && ends[0] > 0.0 {
                    Ok(ends)
                } else {
                    Err(EstimateError::OutOfRange {
                        argument: "partition",
                        requirement: "cuts must be strictly increasing between 0 and the limit",
                    })
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
