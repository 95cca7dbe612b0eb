//! Comparators of group-time effects, and what could be wrong with them:
//! `boligspor.estimate`.

use boligspor::estimate::did::{
    Aggregate, AttGtOptions, BaconKind, Base, EffectEstimate, EventStudy, Imputation,
    ImputationOptions, RegressionEffect, SmallCluster, SunAbraham, Twfe, WildOptions, WildWeights,
    base_sensitivity, imputation_did, peak_diagnostic, sun_abraham, twfe,
};
use boligspor::{Error, Result};
use polars::prelude::Column;
use pyo3::prelude::*;

use crate::did::{
    DidColumns, EffectRow, TestRow, WarningRow, aggregate_table, column, counts, effect_row,
    effects, known, table, test_row, warning_rows,
};
use crate::frame::Frame;
use crate::interrupt::{guarded, interruptible};

/// Effects of a regression, with what they are of in a column of this name.
fn effect_table(name: &str, of: &[RegressionEffect]) -> Result<Frame> {
    let at: Vec<Option<i64>> = of.iter().map(|e| e.at).collect();
    let mut columns = vec![column(name, at)];
    let estimates: Vec<EffectEstimate> = of.iter().map(|e| e.effect).collect();
    columns.extend(effects(&estimates));
    columns.push(counts("rows", of.iter().map(|e| e.rows)));
    table(columns)
}

fn small_cluster_table(rows: &[(Option<i64>, SmallCluster)]) -> Result<Frame> {
    let pick = |name: &str, part: fn(&SmallCluster) -> f64| -> Column {
        let values: Vec<Option<f64>> = rows.iter().map(|(_, s)| known(part(s))).collect();
        column(name, values)
    };
    let at: Vec<Option<i64>> = rows.iter().map(|(at, _)| *at).collect();
    table(vec![
        column("event_time", at),
        pick("estimate", |s| s.estimate),
        pick("std_error", |s| s.std_error),
        pick("df", |s| s.df),
        pick("p_value", |s| s.p_value),
        pick("low", |s| s.low),
        pick("high", |s| s.high),
        pick("wild_p_value", |s| s.wild_p_value),
        counts("clusters", rows.iter().map(|(_, s)| s.clusters)),
    ])
}

fn wild_options(replicates: usize, weights: &str, seed: u64, level: f64) -> Result<WildOptions> {
    let weights = match weights {
        "rademacher" => WildWeights::Rademacher,
        "webb" => WildWeights::Webb,
        "automatic" => WildWeights::Automatic,
        _ => {
            return Err(Error::option(
                "weights",
                "is none of its choices",
                "choose \"rademacher\", \"webb\" or \"automatic\"",
            ));
        }
    };
    Ok(WildOptions {
        replicates,
        weights,
        seed,
        level,
    })
}

/// Fits Sun and Abraham's estimator.
#[pyfunction]
pub(crate) fn estimate_sun_abraham(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    level: f64,
) -> PyResult<PySunAbraham> {
    let columns = DidColumns::read(columns)?;
    interruptible(py, |_| {
        let slices = columns.slices()?;
        Ok(PySunAbraham(slices.with(|data| sun_abraham(data, level))?))
    })
}

/// Cohort effects averaged by periods since treatment.
#[pyclass(frozen, name = "SunAbraham", module = "boligspor._core")]
pub(crate) struct PySunAbraham(SunAbraham);

#[pymethods]
impl PySunAbraham {
    fn event_study(&self, py: Python<'_>) -> PyResult<Frame> {
        guarded(py, || effect_table("event_time", &self.0.event_study()))
    }

    fn by_cohort(&self, py: Python<'_>) -> PyResult<Frame> {
        guarded(py, || effect_table("group", self.0.by_cohort()))
    }

    fn overall(&self) -> EffectRow {
        effect_row(&self.0.overall().effect)
    }

    fn covariates(&self) -> Vec<(f64, f64)> {
        self.0.covariates().to_vec()
    }

    /// Rows and clusters.
    fn size(&self) -> (usize, usize) {
        (self.0.rows(), self.0.clusters())
    }

    fn small_cluster(
        &self,
        py: Python<'_>,
        replicates: usize,
        weights: &str,
        seed: u64,
        level: f64,
    ) -> PyResult<Frame> {
        interruptible(py, |_| {
            let options = wild_options(replicates, weights, seed, level)?;
            small_cluster_table(&self.0.small_cluster(&options)?)
        })
    }
}

/// Fits two-way fixed effects.
#[pyfunction]
pub(crate) fn estimate_twfe(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    level: f64,
) -> PyResult<PyTwfe> {
    let columns = DidColumns::read(columns)?;
    interruptible(py, |_| {
        let slices = columns.slices()?;
        Ok(PyTwfe(slices.with(|data| twfe(data, level))?))
    })
}

/// Two-way fixed effects.
#[pyclass(frozen, name = "Twfe", module = "boligspor._core")]
pub(crate) struct PyTwfe(Twfe);

#[pymethods]
impl PyTwfe {
    fn event_study(&self, py: Python<'_>) -> PyResult<Frame> {
        guarded(py, || effect_table("event_time", &self.0.event_study()))
    }

    fn overall(&self) -> EffectRow {
        effect_row(&self.0.overall().effect)
    }

    fn clusters(&self) -> usize {
        self.0.clusters()
    }

    fn bacon(&self, py: Python<'_>) -> PyResult<Option<Frame>> {
        guarded(py, || {
            let Some(parts) = self.0.bacon() else {
                return Ok(None);
            };
            let kinds: Vec<&str> = parts
                .iter()
                .map(|p| match p.kind {
                    BaconKind::TreatedWithNever => "treated with never treated",
                    BaconKind::EarlierWithLater => "earlier with later treated",
                    BaconKind::LaterWithEarlier => "later with earlier treated",
                    BaconKind::TreatedWithAlways => "treated with always treated",
                })
                .collect();
            let group: Vec<i64> = parts.iter().map(|p| p.group).collect();
            let control: Vec<Option<i64>> = parts.iter().map(|p| p.control).collect();
            let estimate: Vec<f64> = parts.iter().map(|p| p.estimate).collect();
            let weight: Vec<f64> = parts.iter().map(|p| p.weight).collect();
            table(vec![
                column("kind", kinds),
                column("group", group),
                column("control", control),
                column("estimate", estimate),
                column("weight", weight),
            ])
            .map(Some)
        })
    }

    fn small_cluster(
        &self,
        py: Python<'_>,
        replicates: usize,
        weights: &str,
        seed: u64,
        level: f64,
    ) -> PyResult<Frame> {
        interruptible(py, |_| {
            let options = wild_options(replicates, weights, seed, level)?;
            small_cluster_table(&self.0.small_cluster(&options)?)
        })
    }
}

/// Estimates effects by imputation.
#[pyfunction]
pub(crate) fn estimate_imputation(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    anticipation: u32,
    leads: u32,
    level: f64,
) -> PyResult<PyImputation> {
    let columns = DidColumns::read(columns)?;
    interruptible(py, |_| {
        let slices = columns.slices()?;
        let options = ImputationOptions {
            anticipation,
            leads,
            level,
        };
        let found = slices.with(|data| imputation_did(data, &options))?;
        Ok(PyImputation(found))
    })
}

/// Effects by imputation.
#[pyclass(frozen, name = "Imputation", module = "boligspor._core")]
pub(crate) struct PyImputation(Imputation);

#[pymethods]
impl PyImputation {
    fn event_study(&self, py: Python<'_>) -> PyResult<Frame> {
        guarded(py, || effect_table("event_time", &self.0.event_study))
    }

    fn leads(&self, py: Python<'_>) -> PyResult<Frame> {
        guarded(py, || effect_table("event_time", &self.0.leads))
    }

    fn overall(&self) -> EffectRow {
        effect_row(&self.0.overall.effect)
    }

    fn pre_trend(&self) -> Option<TestRow> {
        self.0.pre_trend.map(test_row)
    }

    /// Clusters, and treated rows that could not be predicted.
    fn size(&self) -> (usize, usize) {
        (self.0.clusters, self.0.left_out)
    }
}

/// Event studies from several bases: each base, its one number, its table.
#[pyfunction]
pub(crate) fn estimate_base_sensitivity(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
    ahead: Vec<u32>,
) -> PyResult<(Vec<(i64, EffectRow, Frame)>, Vec<WarningRow>)> {
    let columns = DidColumns::read(columns)?;
    interruptible(py, |_| {
        let options: AttGtOptions = crate::options::read("options", options)?;
        let slices = columns.slices()?;
        let (rows, warnings) = slices.with(|data| base_sensitivity(data, &options, &ahead))?;
        let rows = rows
            .iter()
            .map(|row| {
                let of: &Aggregate = &row.event_study;
                let shown = aggregate_table(of.kind, &of.rows)?;
                Ok((row.base_time, effect_row(&row.overall), shown))
            })
            .collect::<Result<_>>()?;
        Ok((rows, warning_rows(&warnings)))
    })
}

type PeakNumbers = (usize, EffectRow, EffectRow, f64, f64, f64, bool);

/// Signs of entry at a peak: means by period, and the numbers.
#[pyfunction]
pub(crate) fn estimate_peak(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    level: f64,
) -> PyResult<(Frame, PeakNumbers)> {
    let columns = DidColumns::read(columns)?;
    interruptible(py, |_| {
        let slices = columns.slices()?;
        let peak = slices.with(|data| peak_diagnostic(data, level))?;
        let time: Vec<i64> = peak.rows.iter().map(|r| r.event_time).collect();
        let mean: Vec<f64> = peak.rows.iter().map(|r| r.mean).collect();
        let shown = table(vec![
            column("event_time", time),
            column("mean", mean),
            counts("units", peak.rows.iter().map(|r| r.units)),
        ])?;
        let numbers = (
            peak.units,
            effect_row(&peak.trend),
            effect_row(&peak.excess),
            peak.share_at_maximum,
            peak.expected_share,
            peak.p_value,
            peak.at_peak,
        );
        Ok((shown, numbers))
    })
}

/// Bounds on effects when trends are not parallel: table, breakdown value and
/// largest step before treatment.
#[pyfunction]
pub(crate) fn estimate_sensitivity(
    py: Python<'_>,
    event_study: (Vec<i64>, Vec<f64>, Vec<f64>),
    universal: bool,
    base_time: i64,
    targets: Vec<i64>,
    m: Vec<f64>,
    level: f64,
) -> PyResult<(Frame, Option<f64>, f64)> {
    guarded(py, || {
        let (event_time, estimate, covariance) = &event_study;
        let study = EventStudy {
            event_time,
            estimate,
            covariance,
            base: if universal {
                Base::Universal
            } else {
                Base::Varying
            },
            base_time,
        };
        let found = study.sensitivity(&targets, &m, level)?;
        let pick = |name: &str, part: fn(&boligspor::estimate::did::SensitivityRow) -> f64| {
            column(name, found.rows.iter().map(part).collect::<Vec<f64>>())
        };
        let shown = table(vec![
            pick("m", |r| r.m),
            pick("bound_low", |r| r.bound_low),
            pick("bound_high", |r| r.bound_high),
            pick("low", |r| r.low),
            pick("high", |r| r.high),
        ])?;
        Ok((shown, found.breakdown, found.largest_step))
    })
}
