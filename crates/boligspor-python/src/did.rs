//! Difference in differences on columns: `boligspor.estimate`.
//!
//! Columns come as one table with agreed names (`unit`, `period`,
//! `first_treated`, `outcome`, `x0`, `x1`, …) that the Python side makes from
//! whatever it was given; results go back as tables.

use std::borrow::Cow;

use boligspor::estimate::ChiSquared;
use boligspor::estimate::did::{
    AggregateRow, Aggregation, AttGt, AttGtOptions, DidData, DidWarning, EffectEstimate, PreTrend,
    Window, att_gt,
};
use boligspor::{Error, Result};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use pyo3::prelude::*;

use crate::arrow;
use crate::frame::Frame;
use crate::interrupt::{guarded, interruptible};

pub(crate) type EffectRow = (f64, Option<f64>, Option<f64>, Option<f64>);
pub(crate) type TestRow = (f64, usize, f64);
pub(crate) type WarningRow = (&'static str, Option<i64>, Option<i64>, String);

/// The columns of one call, borrowed from the table where they can be.
pub(crate) struct DidColumns {
    frame: DataFrame,
    covariates: usize,
}

/// The columns as slices.
pub(crate) struct DidSlices<'a> {
    unit: Option<Cow<'a, [i64]>>,
    period: Cow<'a, [i64]>,
    first_treated: Cow<'a, [i64]>,
    outcome: Cow<'a, [f64]>,
    x: Vec<Cow<'a, [f64]>>,
    weights: Option<Cow<'a, [f64]>>,
    cluster: Option<Cow<'a, [i64]>>,
}

impl DidColumns {
    pub(crate) fn read(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        let frame = arrow::import("columns", given)?;
        let covariates = (0..frame.width())
            .take_while(|c| frame.column(&format!("x{c}")).is_ok())
            .count();
        Ok(Self { frame, covariates })
    }

    fn whole(&self, name: &str) -> Result<Option<Cow<'_, [i64]>>> {
        let Ok(column) = self.frame.column(name) else {
            return Ok(None);
        };
        let values = column.i64().map_err(|_| wrong(name))?;
        if let Ok(slice) = values.cont_slice() {
            return Ok(Some(Cow::Borrowed(slice)));
        }
        let owned: Option<Vec<i64>> = values.iter().collect();
        owned
            .map(|v| Some(Cow::Owned(v)))
            .ok_or_else(|| wrong(name))
    }

    fn real(&self, name: &str) -> Result<Option<Cow<'_, [f64]>>> {
        let Ok(column) = self.frame.column(name) else {
            return Ok(None);
        };
        let values = column.f64().map_err(|_| wrong(name))?;
        if let Ok(slice) = values.cont_slice() {
            return Ok(Some(Cow::Borrowed(slice)));
        }
        Ok(Some(values.iter().map(|v| v.unwrap_or(f64::NAN)).collect()))
    }

    pub(crate) fn slices(&self) -> Result<DidSlices<'_>> {
        let x = (0..self.covariates).map(|c| {
            let name = format!("x{c}");
            self.real(&name)?.ok_or_else(|| wrong(&name))
        });
        Ok(DidSlices {
            unit: self.whole("unit")?,
            period: self.whole("period")?.ok_or_else(|| wrong("period"))?,
            first_treated: self
                .whole("first_treated")?
                .ok_or_else(|| wrong("first_treated"))?,
            outcome: self.real("outcome")?.ok_or_else(|| wrong("outcome"))?,
            x: x.collect::<Result<_>>()?,
            weights: self.real("weights")?,
            cluster: self.whole("cluster")?,
        })
    }
}

impl DidSlices<'_> {
    pub(crate) fn with<T>(&self, call: impl FnOnce(&DidData<'_>) -> T) -> T {
        let covariates: Vec<&[f64]> = self.x.iter().map(AsRef::as_ref).collect();
        call(&DidData {
            unit: self.unit.as_deref(),
            period: &self.period,
            first_treated: &self.first_treated,
            outcome: &self.outcome,
            covariates: &covariates,
            weights: self.weights.as_deref(),
            cluster: self.cluster.as_deref(),
        })
    }
}

fn wrong(name: &str) -> Error {
    Error::table(
        "columns",
        Some(name),
        "is absent or of another type",
        "pass it by boligspor.estimate",
    )
}

/// A table from columns of one length.
pub(crate) fn table(columns: Vec<Column>) -> Result<Frame> {
    let height = columns.first().map_or(0, Column::len);
    let frame = DataFrame::new(height, columns).map_err(|_| wrong("result"))?;
    Ok(Frame::new(&frame))
}

/// A column, from anything that makes a series.
pub(crate) fn column<T, P: ?Sized>(name: &str, values: T) -> Column
where
    Series: NamedFrom<T, P>,
{
    Series::new(name.into(), values).into()
}

/// A number that may be unknown.
pub(crate) fn known(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Whole numbers of rows or units as a column.
pub(crate) fn counts(name: &str, values: impl Iterator<Item = usize>) -> Column {
    column(name, values.map(|v| v as i64).collect::<Vec<i64>>())
}

/// Effects as columns, with their band where there is one.
pub(crate) fn effects(of: &[EffectEstimate]) -> Vec<Column> {
    let pick = |name: &str, part: fn(&EffectEstimate) -> f64| {
        let values: Vec<Option<f64>> = of.iter().map(|e| known(part(e))).collect();
        column(name, values)
    };
    vec![
        pick("estimate", |e| e.estimate),
        pick("std_error", |e| e.std_error),
        pick("low", |e| e.low),
        pick("high", |e| e.high),
        pick("band_low", |e| e.band_low),
        pick("band_high", |e| e.band_high),
    ]
}

pub(crate) fn effect_row(of: &EffectEstimate) -> EffectRow {
    (
        of.estimate,
        known(of.std_error),
        known(of.low),
        known(of.high),
    )
}

/// Each warning by its kind, the group and period it names, and its text.
pub(crate) fn warning_rows(warnings: &[DidWarning]) -> Vec<WarningRow> {
    warnings
        .iter()
        .map(|w| {
            let group = match w {
                DidWarning::NoBasePeriod { group, .. }
                | DidWarning::LastGroupAsControl { group, .. } => Some(*group),
                DidWarning::SmallGroup { group, .. } => *group,
                _ => w.cell().map(|(group, _)| group),
            };
            (
                w.kind(),
                group,
                w.cell().map(|(_, period)| period),
                w.to_string(),
            )
        })
        .collect()
}

pub(crate) fn test_row(test: ChiSquared) -> TestRow {
    (test.statistic, test.df, test.p_value)
}

/// Estimates group-time effects.
#[pyfunction]
pub(crate) fn estimate_att_gt(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
) -> PyResult<PyAttGt> {
    let columns = DidColumns::read(columns)?;
    interruptible(py, |_| {
        let options: AttGtOptions = crate::options::read("options", options)?;
        let slices = columns.slices()?;
        Ok(PyAttGt(slices.with(|data| att_gt(data, &options))?))
    })
}

/// Group-time effects.
#[pyclass(frozen, name = "AttGt", module = "boligspor._core")]
pub(crate) struct PyAttGt(AttGt);

#[pymethods]
impl PyAttGt {
    /// Units, and clusters where there are any.
    fn size(&self) -> (usize, Option<usize>) {
        (self.0.units(), self.0.clusters())
    }

    fn warnings(&self) -> Vec<WarningRow> {
        warning_rows(self.0.warnings())
    }

    fn cells(&self, py: Python<'_>) -> PyResult<Frame> {
        interruptible(py, |_| {
            let cells = self.0.cells();
            let whole = |name: &str, part: fn(&boligspor::estimate::did::GroupTime) -> i64| {
                column(name, cells.iter().map(part).collect::<Vec<i64>>())
            };
            let mut columns = vec![whole("group", |c| c.group), whole("period", |c| c.period)];
            let of: Vec<EffectEstimate> = cells.iter().map(|c| c.effect).collect();
            columns.extend(effects(&of));
            columns.push(whole("base", |c| c.base));
            columns.push(counts("treated", cells.iter().map(|c| c.treated)));
            columns.push(counts("controls", cells.iter().map(|c| c.controls)));
            table(columns)
        })
    }

    fn pre_trend(&self, py: Python<'_>, anticipation: bool) -> PyResult<Option<TestRow>> {
        let periods = if anticipation {
            PreTrend::BeforeTreatment
        } else {
            PreTrend::BeforeAnticipation
        };
        guarded(py, || Ok(self.0.pre_trend(periods).map(test_row)))
    }

    #[pyo3(signature = (kind, min_e=None, max_e=None, balance_e=None))]
    fn aggregate(
        &self,
        py: Python<'_>,
        kind: &str,
        min_e: Option<i64>,
        max_e: Option<i64>,
        balance_e: Option<i64>,
    ) -> PyResult<(Frame, EffectRow, f64, Vec<WarningRow>, Vec<f64>)> {
        interruptible(py, |_| {
            let kind = match kind {
                "simple" => Aggregation::Simple,
                "dynamic" => Aggregation::Dynamic,
                "group" => Aggregation::Group,
                "calendar" => Aggregation::Calendar,
                _ => return Err(wrong("kind")),
            };
            let window = Window {
                min_e,
                max_e,
                balance_e,
                ..Window::default()
            };
            let found = self.0.aggregate(kind, window)?;
            Ok((
                aggregate_table(kind, &found.rows)?,
                effect_row(&found.overall),
                found.critical_value,
                warning_rows(&found.warnings),
                found.covariance,
            ))
        })
    }
}

pub(crate) fn aggregate_table(kind: Aggregation, rows: &[AggregateRow]) -> Result<Frame> {
    let name = match kind {
        Aggregation::Simple => None,
        Aggregation::Dynamic => Some("event_time"),
        Aggregation::Group => Some("group"),
        Aggregation::Calendar => Some("period"),
    };
    let mut columns = Vec::new();
    if let Some(name) = name {
        let at: Vec<Option<i64>> = rows.iter().map(|r| r.at).collect();
        columns.push(column(name, at));
    }
    let of: Vec<EffectEstimate> = rows.iter().map(|r| r.effect).collect();
    columns.extend(effects(&of));
    columns.push(counts("groups", rows.iter().map(|r| r.groups)));
    columns.push(counts("treated", rows.iter().map(|r| r.treated)));
    columns.push(counts("controls", rows.iter().map(|r| r.controls)));
    let base: Vec<bool> = rows.iter().map(|r| r.is_base).collect();
    columns.push(column("is_base", base));
    table(columns)
}
