//! Survival curves, cumulative hazards and mean cumulative functions.

use boligspor::estimate::{
    self, BandType, ConfType, CumulativeHazard, Estimate, Interval, MeanCumulative, SurvivalCurve,
    SurvivalOptions,
};
use pyo3::prelude::*;

use super::columns::fit;
use super::table::{Table, steps};
use crate::frame::Frame;
use crate::options;

/// A table of curves, one a group, that begin at `$initial`.
macro_rules! curves {
    ($curves:expr, $times:expr, $initial:expr) => {{
        let mut table = Table::default();
        for (g, c) in $curves.iter().enumerate() {
            table.curve((g, 0), $times.as_deref(), &steps!(c, c, $initial));
        }
        table.frame(None)
    }};
}

/// Survival curves, one a group.
#[pyclass(frozen, module = "boligspor._core")]
pub(crate) struct Survival(Vec<SurvivalCurve>);

#[pymethods]
impl Survival {
    #[new]
    fn new(py: Python<'_>, columns: &Bound<'_, PyAny>, options: &str) -> PyResult<Self> {
        fit(py, columns, options, |c, given| {
            estimate::kaplan_meier(
                c.needed("duration"),
                c.flags("event"),
                &c.survival_options(given),
            )
        })
        .map(Self)
    }

    #[pyo3(signature = (times=None))]
    fn table(&self, times: Option<Vec<f64>>) -> PyResult<Frame> {
        curves!(self.0, times, 1.0)
    }

    fn quantile(&self, py: Python<'_>, probabilities: Vec<f64>) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, c) in self.0.iter().enumerate() {
            for q in c.quantile(&probabilities).map_err(|e| raised(py, e))? {
                let row = [
                    ("probability", q.probability),
                    ("time", q.time),
                    ("low", q.interval.low),
                    ("high", q.interval.high),
                ];
                table.row(g, 0, &row);
            }
        }
        table.frame(None)
    }

    fn restricted_mean(&self, py: Python<'_>, tau: f64) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, c) in self.0.iter().enumerate() {
            table.estimate(g, 0, &c.restricted_mean(tau).map_err(|e| raised(py, e))?);
        }
        table.frame(None)
    }

    /// A simultaneous band; without a range, from the first event to the last
    /// time at which survival is above 0.
    fn band(
        &self,
        py: Python<'_>,
        hall_wellner: bool,
        span: (Option<f64>, Option<f64>),
        level: f64,
        conf_type: &str,
    ) -> PyResult<Frame> {
        let scale: ConfType =
            options::named("conf_type", conf_type).map_err(|e| crate::error::to_py(py, e))?;
        let kind = if hall_wellner {
            BandType::HallWellner
        } else {
            BandType::EqualPrecision
        };
        let mut table = Table::default();
        for (g, c) in self.0.iter().enumerate() {
            let from = span.0.unwrap_or(f64::NEG_INFINITY);
            let last = c.estimate.iter().rposition(|s| *s > 0.0);
            let until = span
                .1
                .unwrap_or_else(|| last.map_or(f64::NAN, |r| c.time[r]));
            let band = c
                .band(kind, from, until, level, scale)
                .map_err(|e| raised(py, e))?;
            let critical = vec![band.critical; band.time.len()];
            let estimate: Vec<f64> = c.at(&band.time).iter().map(|p| p.estimate).collect();
            let columns = [
                ("time", band.time.as_slice()),
                ("estimate", &estimate),
                ("low", &band.low),
                ("high", &band.high),
                ("critical", &critical),
            ];
            table.rows(g, 0, &columns);
        }
        table.frame(None)
    }
}

pub(super) fn raised(py: Python<'_>, error: boligspor::estimate::EstimateError) -> PyErr {
    crate::error::to_py(py, error.into())
}

/// Cumulative hazards, one a group.
#[pyclass(frozen, module = "boligspor._core")]
pub(crate) struct Hazard(Vec<CumulativeHazard>);

#[pymethods]
impl Hazard {
    #[new]
    fn new(py: Python<'_>, columns: &Bound<'_, PyAny>, options: &str) -> PyResult<Self> {
        fit(py, columns, options, |c, given| {
            estimate::nelson_aalen(
                c.needed("duration"),
                c.flags("event"),
                &c.survival_options(given),
            )
        })
        .map(Self)
    }

    #[pyo3(signature = (times=None))]
    fn table(&self, times: Option<Vec<f64>>) -> PyResult<Frame> {
        curves!(self.0, times, 0.0)
    }
}

/// Mean cumulative functions, one a group.
#[pyclass(frozen, module = "boligspor._core")]
pub(crate) struct Recurrent(Vec<MeanCumulative>);

#[pymethods]
impl Recurrent {
    #[new]
    fn new(py: Python<'_>, columns: &Bound<'_, PyAny>, options: &str) -> PyResult<Self> {
        fit(py, columns, options, |c, given| {
            let (id, start, stop) = (c.needed_codes("id"), c.needed("start"), c.needed("stop"));
            let options = SurvivalOptions {
                entry: None,
                id: None,
                ..c.survival_options(given)
            };
            estimate::mean_cumulative(id, start, stop, c.needed("amount"), &options)
        })
        .map(Self)
    }

    #[pyo3(signature = (times=None))]
    fn table(&self, times: Option<Vec<f64>>) -> PyResult<Frame> {
        curves!(self.0, times, 0.0)
    }
}

/// Compares two means given as (estimate, standard error): difference and
/// ratio as (estimate, standard error, low, high), and the P value.
#[pyfunction]
pub(crate) fn compare_means(
    py: Python<'_>,
    first: (f64, f64),
    second: (f64, f64),
    level: f64,
) -> PyResult<(super::Row, super::Row, f64)> {
    let mean = |(estimate, std_error)| Estimate {
        estimate,
        std_error,
        interval: Interval {
            low: f64::NAN,
            high: f64::NAN,
        },
    };
    let compared =
        estimate::compare_means(&mean(first), &mean(second), level).map_err(|e| raised(py, e))?;
    let row = |e: Estimate| (e.estimate, e.std_error, e.interval.low, e.interval.high);
    Ok((
        row(compared.difference),
        row(compared.ratio),
        compared.p_value,
    ))
}
