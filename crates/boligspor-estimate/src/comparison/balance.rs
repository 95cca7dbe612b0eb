//! How alike two groups are in each covariate, before and after weighting.
//!
//! Source: Austin (2009), *Statistics in Medicine* 28, 3083–3107; Stuart (2010),
//! *Statistical Science* 25, 1–21. Standardised differences are divided by the
//! unweighted deviation in both columns, so that they change only because means
//! do: of the treated for the effect on them, else the pooled one.

use serde::{Deserialize, Serialize};

use crate::error::{Result, same_length, valid_weights};

use super::Groups;
use super::weighting::effective;

/// What differences of means are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandardiseBy {
    /// Deviation of the treated.
    #[default]
    Treated,
    /// Root of the mean of both groups' variances.
    Pooled,
}

/// Two groups side by side in one covariate, under some weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// Mean of the treated.
    pub treated: f64,
    /// Mean of the untreated.
    pub untreated: f64,
    /// Standardised difference of the means; 0 where both are constant and equal.
    pub difference: f64,
    /// Variance of the treated over that of the untreated.
    pub variance_ratio: f64,
    /// Largest gap between the two distribution functions (Kolmogorov–Smirnov).
    pub ks: f64,
}

/// One covariate before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CovariateBalance {
    /// Under the weights given as base (all 1 if none).
    pub before: Contrast,
    /// Under the weights of the comparison.
    pub after: Contrast,
}

/// Balance of all covariates.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// By covariate.
    pub covariates: Vec<CovariateBalance>,
    /// Effective size of treated and untreated, before.
    pub effective_before: [f64; 2],
    /// Effective size of treated and untreated, after.
    pub effective_after: [f64; 2],
}

/// Compares the groups before and after `weight`.
///
/// # Errors
/// Columns of different length or not finite, bad weights, one group only.
///
/// ```
/// use boligspor_estimate::comparison::Groups;
/// use boligspor_estimate::comparison::balance::{StandardiseBy, balance};
/// let treated = [true, true, false, false, false];
/// let age = [30.0, 40.0, 30.0, 40.0, 80.0];
/// let groups = Groups { treated: &treated, covariates: &[&age] };
/// let found = balance(&groups, &[1.0, 1.0, 1.0, 1.0, 0.0], None, StandardiseBy::Treated)?;
/// assert_eq!(found.covariates[0].before.treated - found.covariates[0].before.untreated, -15.0);
/// assert_eq!(found.covariates[0].after.difference, 0.0);
/// assert_eq!(found.effective_after, [2.0, 2.0]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn balance(
    groups: &Groups,
    weight: &[f64],
    base: Option<&[f64]>,
    by: StandardiseBy,
) -> Result<Balance> {
    groups.check()?;
    let n = groups.len();
    let ones = vec![1.0; n];
    let base = base.unwrap_or(&ones);
    for (argument, column) in [("weights", weight), ("base_weights", base)] {
        same_length(argument, column.len(), "treated", n)?;
        valid_weights(argument, column)?;
    }
    let covariates = groups.covariates.iter().map(|x| {
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
        let spread = deviation(groups.treated, base, x, by);
        let contrast = |w: &[f64]| contrast(groups.treated, w, x, &order, spread);
        CovariateBalance {
            before: contrast(base),
            after: contrast(weight),
        }
    });
    let sizes = |w: &[f64]| [true, false].map(|group| effective(groups.treated, w, group));
    Ok(Balance {
        covariates: covariates.collect(),
        effective_before: sizes(base),
        effective_after: sizes(weight),
    })
}

/// Mean and variance of a group. The variance of a 0/1 column is `p (1 − p)`;
/// of others `Σ w (x − m)² / Σ w` times `n/(n − 1)` with Kish's `n`.
fn mean_and_variance(treated: &[bool], w: &[f64], x: &[f64], group: bool) -> (f64, f64) {
    let own = || (0..x.len()).filter(move |&r| treated[r] == group && w[r] > 0.0);
    let total: f64 = own().map(|r| w[r]).sum();
    let mean = own().map(|r| w[r] * x[r]).sum::<f64>() / total;
    let spread = own()
        .map(|r| w[r] * (x[r] - mean) * (x[r] - mean))
        .sum::<f64>()
        / total;
    let flags = x.iter().all(|x| *x == 0.0 || *x == 1.0);
    let size = effective(treated, w, group);
    let correction = if flags || size <= 1.0 {
        1.0
    } else {
        size / (size - 1.0)
    };
    (mean, spread * correction)
}

fn deviation(treated: &[bool], w: &[f64], x: &[f64], by: StandardiseBy) -> f64 {
    let variance = |group| mean_and_variance(treated, w, x, group).1;
    match by {
        StandardiseBy::Treated => variance(true),
        StandardiseBy::Pooled => f64::midpoint(variance(true), variance(false)),
    }
    .sqrt()
}

fn contrast(treated: &[bool], w: &[f64], x: &[f64], order: &[usize], spread: f64) -> Contrast {
    let (first, first_variance) = mean_and_variance(treated, w, x, true);
    let (second, second_variance) = mean_and_variance(treated, w, x, false);
    let gap = first - second;
    let difference = if gap == 0.0 { 0.0 } else { gap / spread };
    let total = |group: bool| -> f64 {
        (treated.iter().zip(w))
            .filter(|(t, _)| **t == group)
            .map(|(_, w)| w)
            .sum()
    };
    let (of_treated, of_untreated) = (total(true), total(false));
    let (mut ahead, mut ks) = (0.0_f64, 0.0_f64);
    for (place, &row) in order.iter().enumerate() {
        ahead += if treated[row] {
            w[row] / of_treated
        } else {
            -w[row] / of_untreated
        };
        let last_of_equals = order.get(place + 1).is_none_or(|&next| x[next] > x[row]);
        if last_of_equals {
            ks = ks.max(ahead.abs());
        }
    }
    Contrast {
        treated: first,
        untreated: second,
        difference,
        variance_ratio: first_variance / second_variance,
        ks: ks.min(1.0),
    }
}
