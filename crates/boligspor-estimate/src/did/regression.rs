//! Two-way fixed effects, and Sun and Abraham's interaction-weighted estimator.
//!
//! Comparators of [`att_gt`](super::att_gt). A single two-way coefficient
//! averages comparisons of which some use the treated as controls, and may be
//! wrong if effects differ; [`Twfe::bacon`] shows which and how much. Sun and
//! Abraham let every cohort have its own effect in every period and average
//! afterwards.
//!
//! Sources: Sun & Abraham (2021), *Journal of Econometrics* 225; Goodman-Bacon
//! (2021), *ibid.*; small-sample factors as R's fixest.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::error::{EstimateError, Result, valid_level};

use super::EffectEstimate;
use super::bacon::{BaconPart, decompose};
use super::few_clusters::{SmallCluster, WildOptions, small_cluster};
use super::influence::Spread;
use super::panel_ols::{Design, Fit};
use super::panel_rows::PanelRows;
use super::sample::DidData;
use super::simultaneous::errors;

/// An effect of a regression, and what it is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegressionEffect {
    /// Periods since treatment, or the cohort; `None` for the one number.
    pub at: Option<i64>,
    /// The effect; NaN where the data cannot tell it.
    pub effect: EffectEstimate,
    /// Rows of treated units behind it.
    pub rows: usize,
}

/// Averages of coefficients, ready for inference.
pub(super) struct Averages {
    pub(super) fit: Fit,
    level: f64,
    directions: Vec<(Option<i64>, Vec<f64>, usize)>,
}

impl Averages {
    fn effects(&self) -> Vec<RegressionEffect> {
        let k = self.directions.len();
        let covariance = self.fit.covariance();
        let p = self.fit.width;
        let through: Vec<Vec<f64>> = self
            .directions
            .iter()
            .map(|(_, d, _)| crate::linear::times(&covariance, d))
            .collect();
        let mut joint = vec![0.0; k * k];
        for (a, (_, direction, _)) in self.directions.iter().enumerate() {
            for (b, other) in through.iter().enumerate() {
                joint[a * k + b] = crate::linear::dot(direction, other);
            }
        }
        let spread = Spread {
            targets: k,
            covariance: joint,
            replicates: None,
        };
        let found = errors(&spread, &vec![true; k], self.level, 0);
        let factor = self.t_factor();
        self.directions
            .iter()
            .enumerate()
            .map(|(i, (at, direction, rows))| {
                let lost = (0..p).any(|c| direction[c] != 0.0 && self.fit.redundant[c]);
                let estimate = if lost {
                    f64::NAN
                } else {
                    crate::linear::dot(direction, &self.fit.beta)
                };
                let std_error = if lost { f64::NAN } else { found.std_error[i] };
                RegressionEffect {
                    at: *at,
                    effect: EffectEstimate::new(
                        estimate,
                        std_error,
                        factor,
                        found.critical.max(factor),
                    ),
                    rows: *rows,
                }
            })
            .collect()
    }

    /// Half width of an interval in standard errors: t on one less than the
    /// clusters, as fixest.
    fn t_factor(&self) -> f64 {
        let df = (self.fit.clusters as f64 - 1.0).max(1.0);
        StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |t| t.inverse_cdf(0.5 + self.level / 2.0))
    }

    fn small_cluster(&self, options: &WildOptions) -> Result<Vec<(Option<i64>, SmallCluster)>> {
        let possible = self.directions.iter().filter(|(_, d, _)| {
            !d.iter()
                .zip(&self.fit.redundant)
                .any(|(value, lost)| *value != 0.0 && *lost)
        });
        possible
            .map(|(at, direction, _)| Ok((*at, small_cluster(&self.fit, direction, options)?)))
            .collect()
    }
}

/// Two-way fixed effects. Made by [`twfe`].
pub struct Twfe {
    one: Averages,
    by_time: Averages,
    bacon: Option<Vec<BaconPart>>,
    covariates: Vec<f64>,
}

impl std::fmt::Debug for Twfe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Twfe").finish_non_exhaustive()
    }
}

impl Twfe {
    /// The one coefficient of being treated.
    pub fn overall(&self) -> RegressionEffect {
        self.one.effects()[0]
    }

    /// Coefficients by periods since treatment, against the period before it.
    pub fn event_study(&self) -> Vec<RegressionEffect> {
        self.by_time.effects()
    }

    /// The comparisons that make up the one coefficient, if the panel has no
    /// gaps, weights or covariates.
    pub fn bacon(&self) -> Option<&[BaconPart]> {
        self.bacon.as_deref()
    }

    /// Coefficients of the covariates beside the one coefficient.
    pub fn covariates(&self) -> &[f64] {
        &self.covariates
    }

    /// Clusters.
    pub fn clusters(&self) -> usize {
        self.one.fit.clusters
    }

    /// Inference from few clusters: the one coefficient, then each period.
    ///
    /// # Errors
    /// More than 200 clusters, or fewer than two.
    pub fn small_cluster(&self, options: &WildOptions) -> Result<Vec<(Option<i64>, SmallCluster)>> {
        let mut all = self.one.small_cluster(options)?;
        all.extend(self.by_time.small_cluster(options)?);
        Ok(all)
    }
}

/// Fits two-way fixed effects: one coefficient, and the event study against the
/// period before treatment.
///
/// # Errors
/// As [`att_gt`](super::att_gt).
///
/// ```
/// use boligspor_estimate::did::{DidData, twfe};
/// let data = DidData {
///     unit: Some(&[1, 1, 2, 2, 3, 3, 4, 4]),
///     period: &[2020, 2021, 2020, 2021, 2020, 2021, 2020, 2021],
///     first_treated: &[2021, 2021, 2021, 2021, 0, 0, 0, 0],
///     outcome: &[1.0, 4.0, 2.0, 5.5, 1.0, 2.0, 3.0, 4.5],
///     ..DidData::default()
/// };
/// let fit = twfe(&data, 0.95)?;
/// assert!((fit.overall().effect.estimate - 2.0).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn twfe(data: &DidData<'_>, level: f64) -> Result<Twfe> {
    valid_level(level)?;
    let rows = PanelRows::new(data)?;
    let treated = |unit: usize, row: usize| {
        rows.event_time(unit, row)
            .and_then(|e| (e >= 0).then_some(0))
    };
    let one = averages(&rows, 1, &treated, level, |design| {
        vec![(None, unit_vector(design, 0), count(&rows, &treated, 0))]
    })?;
    let covariates = {
        let from = rows.periods.len() - 1;
        one.fit.beta[from..from + rows.x.len()].to_vec()
    };
    let mut times: Vec<i64> = (0..rows.units())
        .flat_map(|unit| rows.of(unit).map(move |row| (unit, row)))
        .filter_map(|(unit, row)| rows.event_time(unit, row))
        .filter(|e| *e != -1)
        .collect();
    times.sort_unstable();
    times.dedup();
    let place = |unit: usize, row: usize| {
        rows.event_time(unit, row)
            .and_then(|e| times.binary_search(&e).ok())
    };
    let by_time = averages(&rows, times.len(), &place, level, |design| {
        times
            .iter()
            .enumerate()
            .map(|(i, e)| (Some(*e), unit_vector(design, i), count(&rows, &place, i)))
            .collect()
    })?;
    let plain = rows.x.is_empty() && data.weights.is_none() && rows.is_balanced();
    let bacon = plain.then(|| decompose(&rows));
    Ok(Twfe {
        one,
        by_time,
        bacon,
        covariates,
    })
}

/// Cohort effects averaged by periods since treatment. Made by [`sun_abraham`].
pub struct SunAbraham {
    by_time: Averages,
    by_cohort: Vec<RegressionEffect>,
    overall: RegressionEffect,
    covariates: Vec<(f64, f64)>,
    rows: usize,
}

impl std::fmt::Debug for SunAbraham {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SunAbraham").finish_non_exhaustive()
    }
}

impl SunAbraham {
    /// Effects by periods since treatment; the period before treatment is the
    /// base and left out.
    pub fn event_study(&self) -> Vec<RegressionEffect> {
        self.by_time.effects()
    }

    /// Effects of each cohort over its periods after treatment.
    pub fn by_cohort(&self) -> &[RegressionEffect] {
        &self.by_cohort
    }

    /// The mean over all rows after treatment.
    pub fn overall(&self) -> RegressionEffect {
        self.overall
    }

    /// Coefficients and standard errors of the covariates.
    pub fn covariates(&self) -> &[(f64, f64)] {
        &self.covariates
    }

    /// Rows used: units treated from the first period on are left out.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Clusters.
    pub fn clusters(&self) -> usize {
        self.by_time.fit.clusters
    }

    /// Inference from few clusters for each period since treatment.
    ///
    /// # Errors
    /// More than 200 clusters, or fewer than two.
    pub fn small_cluster(&self, options: &WildOptions) -> Result<Vec<(Option<i64>, SmallCluster)>> {
        self.by_time.small_cluster(options)
    }
}

/// Fits Sun and Abraham's estimator, the never treated as controls.
///
/// Averages weigh cohorts by their rows; errors take these shares as given, as
/// fixest's `sunab` does.
///
/// # Errors
/// As [`att_gt`](super::att_gt); nobody never treated.
///
/// ```
/// use boligspor_estimate::did::{DidData, sun_abraham};
/// let data = DidData {
///     unit: Some(&[1, 1, 2, 2, 3, 3, 4, 4]),
///     period: &[2020, 2021, 2020, 2021, 2020, 2021, 2020, 2021],
///     first_treated: &[2021, 2021, 2021, 2021, 0, 0, 0, 0],
///     outcome: &[1.0, 4.0, 2.0, 5.5, 1.0, 2.0, 3.0, 4.5],
///     ..DidData::default()
/// };
/// let fit = sun_abraham(&data, 0.95)?;
/// assert!((fit.overall().effect.estimate - 2.0).abs() < 1e-12);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn sun_abraham(data: &DidData<'_>, level: f64) -> Result<SunAbraham> {
    valid_level(level)?;
    let rows = PanelRows::new(data)?;
    let first = rows.periods[0];
    if rows.first_treated.iter().all(Option::is_some) {
        return Err(EstimateError::NoNeverTreated);
    }
    let kept = |unit: usize, _: usize| rows.first_treated[unit].is_none_or(|g| g > first);
    let mut cells: BTreeMap<(i64, i64), (usize, f64)> = BTreeMap::new();
    for unit in 0..rows.units() {
        for row in rows.of(unit).filter(|r| kept(unit, *r)) {
            let of = (rows.first_treated[unit], rows.event_time(unit, row));
            if let (Some(cohort), Some(e)) = of
                && e != -1
            {
                let cell = cells.entry((cohort, e)).or_default();
                *cell = (cell.0 + 1, cell.1 + rows.weight[row]);
            }
        }
    }
    if cells.is_empty() {
        return Err(EstimateError::NoTreatedGroups);
    }
    let keys: Vec<(i64, i64)> = cells.keys().copied().collect();
    let sizes: Vec<(usize, f64)> = cells.values().copied().collect();
    let place = |unit: usize, row: usize| {
        let key = (rows.first_treated[unit]?, rows.event_time(unit, row)?);
        keys.binary_search(&key).ok()
    };
    let design = Design {
        rows: &rows,
        indicators: keys.len(),
        indicator: &place,
        counts: &kept,
    };
    let fit = Fit::new(&design);
    // Means over the cells that a condition picks, by their rows.
    let mean = |at: Option<i64>, pick: &dyn Fn(i64, i64) -> bool| {
        let mut direction = vec![0.0; design.width()];
        let (mut rows, mut total) = (0, 0.0);
        for (c, ((cohort, e), (count, weight))) in keys.iter().zip(&sizes).enumerate() {
            // What the data cannot tell has no part in a mean.
            if pick(*cohort, *e) && !fit.redundant[design.column(c)] {
                direction[design.column(c)] = *weight;
                rows += count;
                total += weight;
            }
        }
        for d in &mut direction {
            *d /= total;
        }
        (at, direction, rows)
    };
    let distinct = |part: fn(&(i64, i64)) -> i64| {
        let mut all: Vec<i64> = keys.iter().map(part).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let by_time: Vec<_> = distinct(|k| k.1)
        .into_iter()
        .map(|e| mean(Some(e), &|_, own| own == e))
        .filter(|(.., rows)| *rows > 0)
        .collect();
    let mut others: Vec<_> = distinct(|k| k.0)
        .into_iter()
        .map(|g| mean(Some(g), &|cohort, e| cohort == g && e >= 0))
        .filter(|(.., rows)| *rows > 0)
        .collect();
    others.push(mean(None, &|_, e| e >= 0));
    let covariance = fit.covariance();
    let p = fit.width;
    let covariates = (rows.periods.len() - 1..rows.periods.len() - 1 + rows.x.len())
        .map(|c| (fit.beta[c], covariance[c * p + c].sqrt()))
        .collect();
    let observations = fit.observations;
    let mut averages = Averages {
        fit,
        level,
        directions: others,
    };
    let mut by_cohort = averages.effects();
    let overall = by_cohort.pop().ok_or(EstimateError::NoTreatedGroups)?;
    averages.directions = by_time;
    Ok(SunAbraham {
        by_time: averages,
        by_cohort,
        overall,
        covariates,
        rows: observations,
    })
}

fn averages(
    rows: &PanelRows,
    indicators: usize,
    indicator: &(dyn Fn(usize, usize) -> Option<usize> + Sync),
    level: f64,
    directions: impl FnOnce(&Design<'_>) -> Vec<(Option<i64>, Vec<f64>, usize)>,
) -> Result<Averages> {
    if indicators == 0 || rows.first_treated.iter().all(Option::is_none) {
        return Err(EstimateError::NoTreatedGroups);
    }
    let design = Design {
        rows,
        indicators,
        indicator,
        counts: &|_, _| true,
    };
    Ok(Averages {
        fit: Fit::new(&design),
        level,
        directions: directions(&design),
    })
}

fn unit_vector(design: &Design<'_>, indicator: usize) -> Vec<f64> {
    let mut direction = vec![0.0; design.width()];
    direction[design.column(indicator)] = 1.0;
    direction
}

fn count(
    rows: &PanelRows,
    indicator: &dyn Fn(usize, usize) -> Option<usize>,
    which: usize,
) -> usize {
    (0..rows.units())
        .map(|unit| {
            let own = rows.of(unit);
            own.filter(|row| indicator(unit, *row) == Some(which))
                .count()
        })
        .sum()
}
