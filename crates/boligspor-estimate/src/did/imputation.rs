//! The imputation estimator: what the treated would have had without treatment
//! is predicted from rows not yet treated.
//!
//! Source: Borusyak, Jaravel & Spiess (2024), "Revisiting event-study designs",
//! *Review of Economic Studies* 91. Standard errors are their conservative ones:
//! effects are centred on means by group and period, so that their differences
//! within it count as noise.

use std::collections::BTreeMap;

use crate::chi_squared::ChiSquared;
use crate::error::{EstimateError, Result, valid_level};
use crate::interval::normal_quantile;
use crate::linear::{Ldl, dot, times};

use super::EffectEstimate;
use super::influence::Spread;
use super::panel_ols::{Design, Fit};
use super::panel_rows::PanelRows;
use super::regression::RegressionEffect;
use super::sample::DidData;
use super::simultaneous::errors;

/// Options of [`imputation_did`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImputationOptions {
    /// Periods before treatment that are not used to predict.
    pub anticipation: u32,
    /// How many periods before that to test for a trend.
    pub leads: u32,
    /// Level of intervals and band.
    pub level: f64,
}

impl Default for ImputationOptions {
    fn default() -> Self {
        Self {
            anticipation: 0,
            leads: 3,
            level: 0.95,
        }
    }
}

/// Effects by imputation. Made by [`imputation_did`].
#[derive(Debug, Clone, PartialEq)]
pub struct Imputation {
    /// Mean effects by periods since treatment.
    pub event_study: Vec<RegressionEffect>,
    /// Mean effect over all rows after treatment.
    pub overall: RegressionEffect,
    /// Coefficients of periods before treatment, from untreated rows alone,
    /// against all earlier periods.
    pub leads: Vec<RegressionEffect>,
    /// The test that these are all zero.
    pub pre_trend: Option<ChiSquared>,
    /// Treated rows whose outcome without treatment could not be predicted: a
    /// unit or period without untreated rows.
    pub left_out: usize,
    /// Clusters.
    pub clusters: usize,
}

/// Estimates effects by imputation.
///
/// # Errors
/// As [`att_gt`](super::att_gt).
///
/// ```
/// use boligspor_estimate::did::{DidData, ImputationOptions, imputation_did};
/// let data = DidData {
///     unit: Some(&[1, 1, 2, 2, 3, 3, 4, 4]),
///     period: &[2020, 2021, 2020, 2021, 2020, 2021, 2020, 2021],
///     first_treated: &[2021, 2021, 2021, 2021, 0, 0, 0, 0],
///     outcome: &[1.0, 4.0, 2.0, 5.5, 1.0, 2.0, 3.0, 4.5],
///     ..DidData::default()
/// };
/// let fit = imputation_did(&data, &ImputationOptions::default())?;
/// assert!((fit.overall.effect.estimate - 2.0).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn imputation_did(data: &DidData<'_>, options: &ImputationOptions) -> Result<Imputation> {
    valid_level(options.level)?;
    let rows = PanelRows::new(data)?;
    let ahead = i64::from(options.anticipation);
    let untreated = |unit: usize, row: usize| rows.event_time(unit, row).is_none_or(|e| e < -ahead);
    let design = Design {
        rows: &rows,
        indicators: 0,
        indicator: &|_, _| None,
        counts: &untreated,
    };
    let fit = Fit::new(&design);
    let imputed = Imputed::new(&design, &fit)?;
    let mut times_since: Vec<i64> = imputed.effects.iter().map(|e| e.since).collect();
    times_since.sort_unstable();
    times_since.dedup();
    let mut targets: Vec<(Option<i64>, Vec<f64>, usize)> = times_since
        .into_iter()
        .map(|e| {
            let (weights, rows) = imputed.mean(&rows, |since| since == e);
            (Some(e), weights, rows)
        })
        .collect();
    let (weights, count) = imputed.mean(&rows, |since| since >= 0);
    targets.push((None, weights, count));
    let k = targets.len();
    let by_cluster: Vec<Vec<f64>> = targets
        .iter()
        .map(|(_, weights, _)| imputed.influence(&design, &fit, weights))
        .collect();
    let mut covariance = vec![0.0; k * k];
    for a in 0..k {
        for b in 0..k {
            covariance[a * k + b] = dot(&by_cluster[a], &by_cluster[b]);
        }
    }
    let spread = Spread {
        targets: k,
        covariance,
        replicates: None,
    };
    let mut banded = vec![true; k];
    banded[k - 1] = false;
    let found = errors(&spread, &banded, options.level, 0);
    let z = normal_quantile(0.5 + options.level / 2.0);
    let mut event_study: Vec<RegressionEffect> = targets
        .iter()
        .enumerate()
        .map(|(t, (at, weights, count))| {
            let estimate = imputed
                .effects
                .iter()
                .zip(weights)
                .map(|(e, w)| w * e.effect);
            RegressionEffect {
                at: *at,
                effect: EffectEstimate::new(
                    estimate.sum(),
                    found.std_error[t],
                    z,
                    if at.is_some() { found.critical } else { z },
                ),
                rows: *count,
            }
        })
        .collect();
    let overall = event_study.pop().ok_or(EstimateError::NoTreatedGroups)?;
    let (leads, pre_trend) = leads(&rows, &untreated, options);
    Ok(Imputation {
        event_study,
        overall,
        leads,
        pre_trend,
        left_out: imputed.left_out,
        clusters: rows.clusters,
    })
}

/// The effect in one treated row.
struct RowEffect {
    unit: usize,
    row: usize,
    since: i64,
    effect: f64,
}

struct Imputed {
    effects: Vec<RowEffect>,
    left_out: usize,
}

impl Imputed {
    fn new(design: &Design<'_>, fit: &Fit) -> Result<Self> {
        let rows = design.rows;
        let mut seen = vec![false; rows.periods.len()];
        for unit in 0..rows.units() {
            for row in rows.of(unit).filter(|r| (design.counts)(unit, *r)) {
                seen[rows.period[row] as usize] = true;
            }
        }
        let (mut effects, mut left_out) = (Vec::new(), 0);
        let mut entries = Vec::new();
        for unit in 0..rows.units() {
            if rows.first_treated[unit].is_none() {
                continue;
            }
            let (mean, outcome, total) = design.unit_mean(unit);
            let level = outcome - fit.linear(&mean);
            for row in rows.of(unit).filter(|r| !(design.counts)(unit, *r)) {
                if total == 0.0 || !seen[rows.period[row] as usize] {
                    left_out += 1;
                    continue;
                }
                design.entries(unit, row, &mut entries);
                if let Some(since) = rows.event_time(unit, row) {
                    effects.push(RowEffect {
                        unit,
                        row,
                        since,
                        effect: rows.outcome[row] - level - fit.linear(&entries),
                    });
                }
            }
        }
        if effects.is_empty() {
            return Err(EstimateError::NoTreatedGroups);
        }
        Ok(Self { effects, left_out })
    }

    /// Weights of the mean over rows that a condition picks.
    fn mean(&self, rows: &PanelRows, pick: impl Fn(i64) -> bool) -> (Vec<f64>, usize) {
        let mut count = 0;
        let mut weights: Vec<f64> = self
            .effects
            .iter()
            .map(|e| {
                if pick(e.since) {
                    count += 1;
                    rows.weight[e.row]
                } else {
                    0.0
                }
            })
            .collect();
        let total: f64 = weights.iter().sum();
        for w in &mut weights {
            *w /= total;
        }
        (weights, count)
    }

    /// Each cluster's part in a weighted mean of effects: weights of all rows
    /// (those of untreated rows are what their outcome moves the predictions
    /// by) times what their rows have left.
    fn influence(&self, design: &Design<'_>, fit: &Fit, weights: &[f64]) -> Vec<f64> {
        let rows = design.rows;
        // Effects centred on their mean by group and period.
        let mut centre: BTreeMap<(i64, u32), (f64, f64)> = BTreeMap::new();
        let key = |e: &RowEffect| (rows.first_treated[e.unit].unwrap_or(0), rows.period[e.row]);
        for (e, w) in self.effects.iter().zip(weights) {
            let sums = centre.entry(key(e)).or_default();
            *sums = (sums.0 + w * w * e.effect, sums.1 + w * w);
        }
        let mut out = vec![0.0; rows.clusters];
        let mut entries = Vec::new();
        let mut moment = vec![0.0; fit.width];
        let mut by_unit = vec![0.0; rows.units()];
        for (e, w) in self.effects.iter().zip(weights) {
            if *w == 0.0 {
                continue;
            }
            let (sum, squares) = centre[&key(e)];
            out[rows.cluster[e.unit] as usize] += w * (e.effect - sum / squares);
            by_unit[e.unit] += w;
            design.entries(e.unit, e.row, &mut entries);
            for (column, value) in &entries {
                moment[*column] += w * value;
            }
        }
        for (unit, w) in by_unit.iter().enumerate().filter(|(_, w)| **w != 0.0) {
            for (column, value) in design.unit_mean(unit).0 {
                moment[column] -= w * value;
            }
        }
        let pull = times(&fit.bread, &moment);
        let along =
            |entries: &[(usize, f64)]| -> f64 { entries.iter().map(|(c, v)| v * pull[*c]).sum() };
        for (unit, own) in by_unit.iter().enumerate() {
            let (mean, outcome, total) = design.unit_mean(unit);
            if total == 0.0 {
                continue;
            }
            let level = outcome - fit.linear(&mean);
            let middle = along(&mean);
            for row in rows.of(unit).filter(|r| (design.counts)(unit, *r)) {
                design.entries(unit, row, &mut entries);
                let rest = rows.outcome[row] - level - fit.linear(&entries);
                let weight = rows.weight[row] * (own / total + along(&entries) - middle);
                out[rows.cluster[unit] as usize] -= weight * rest;
            }
        }
        out
    }
}

/// Coefficients of the last periods before treatment among untreated rows, and
/// Wald's test that they are zero.
fn leads(
    rows: &PanelRows,
    untreated: &(dyn Fn(usize, usize) -> bool + Sync),
    options: &ImputationOptions,
) -> (Vec<RegressionEffect>, Option<ChiSquared>) {
    let (ahead, most) = (i64::from(options.anticipation), options.leads as usize);
    let place = |unit: usize, row: usize| {
        let e = rows.event_time(unit, row)?;
        let back = usize::try_from(-e - 1 - ahead).ok()?;
        (back < most).then_some(back)
    };
    let design = Design {
        rows,
        indicators: most,
        indicator: &place,
        counts: untreated,
    };
    let fit = Fit::new(&design);
    let p = fit.width;
    let kept: Vec<usize> = (0..most)
        .rev()
        .filter(|back| !fit.redundant[design.column(*back)])
        .collect();
    let covariance = fit.covariance();
    let z = normal_quantile(0.5 + options.level / 2.0);
    let effects = kept
        .iter()
        .map(|&back| {
            let column = design.column(back);
            let std_error = covariance[column * p + column].sqrt();
            RegressionEffect {
                at: Some(-(back as i64) - 1 - ahead),
                effect: EffectEstimate::new(fit.beta[column], std_error, z, z),
                rows: (0..rows.units())
                    .flat_map(|unit| rows.of(unit).map(move |row| (unit, row)))
                    .filter(|(unit, row)| {
                        untreated(*unit, *row) && place(*unit, *row) == Some(back)
                    })
                    .count(),
            }
        })
        .collect();
    let m = kept.len();
    let (mut joint, mut beta) = (vec![0.0; m * m], vec![0.0; m]);
    for (a, i) in kept.iter().map(|b| design.column(*b)).enumerate() {
        beta[a] = fit.beta[i];
        for (b, j) in kept.iter().map(|b| design.column(*b)).enumerate() {
            joint[a * m + b] = covariance[i * p + j];
        }
    }
    let factored = Ldl::of(&joint, m);
    let test = (factored.rank() > 0)
        .then(|| ChiSquared::new(dot(&beta, &factored.solve(&beta)), factored.rank()));
    (effects, test)
}
