//! Occupancy of states, and the moves between them.

use boligspor::estimate::{
    self, OccupancyOptions, RowFindings, StateOccupancy, StateRows, TransitionHazard,
};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use pyo3::prelude::*;

use super::columns::{Columns, Held, fit};
use super::survival::raised;
use super::table::{Steps, Table};
use crate::frame::Frame;
use crate::interrupt::interruptible;

/// The rows as Python sends them.
pub(super) fn state_rows<'a>(columns: &'a Columns<'_>) -> StateRows<'a> {
    StateRows {
        id: columns.needed_codes("id"),
        start: columns.needed("start"),
        stop: columns.needed("stop"),
        state: columns.needed_codes("state"),
        initial: columns.codes("initial"),
    }
}

/// Occupancy of states, one set a group.
#[pyclass(frozen, module = "boligspor._core")]
pub(crate) struct Occupancy(Vec<StateOccupancy>);

#[pymethods]
impl Occupancy {
    #[new]
    fn new(py: Python<'_>, columns: &Bound<'_, PyAny>, options: &str) -> PyResult<Self> {
        fit(py, columns, options, |c, given| {
            let options = OccupancyOptions {
                weights: c.numbers("weights"),
                cluster: c.codes("cluster"),
                start_time: given.start_time,
                conf_type: given.conf_type,
                conf_level: given.conf_level,
                states: given.codes,
                ..OccupancyOptions::default()
            };
            estimate::state_occupancy(&state_rows(c), &options)
        })
        .map(Self)
    }

    #[pyo3(signature = (times=None))]
    fn table(&self, times: Option<Vec<f64>>) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, o) in self.0.iter().enumerate() {
            for (state, s) in o.states.iter().enumerate() {
                let steps = Steps {
                    time: &o.time,
                    n_risk: &s.n_risk,
                    n_event: &s.n_event,
                    n_censor: &s.n_censor,
                    estimate: &s.estimate,
                    std_error: &s.std_error,
                    low: &s.low,
                    high: &s.high,
                    initial: o.initial[state],
                };
                table.curve((g, state), times.as_deref(), &steps);
            }
        }
        table.frame(Some("state"))
    }

    fn sojourn(&self, py: Python<'_>, tau: f64) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, o) in self.0.iter().enumerate() {
            let means = o.sojourn(tau).map_err(|e| raised(py, e))?;
            for (state, mean) in means.iter().enumerate() {
                table.estimate(g, state, mean);
            }
        }
        table.frame(Some("state"))
    }

    /// Cumulative intensities: `from` and `to` are states' codes.
    fn transition_hazards(&self) -> PyResult<Frame> {
        let mut table = Table::default();
        let mut to = Vec::new();
        for (g, o) in self.0.iter().enumerate() {
            for h in o.transition_hazards() {
                let TransitionHazard { from, to: into, .. } = h;
                to.extend(std::iter::repeat_n(into as f64, h.time.len()));
                let columns = [
                    ("time", h.time.as_slice()),
                    ("n_risk", &h.n_risk),
                    ("n_event", &h.n_event),
                    ("estimate", &h.estimate),
                    ("std_error", &h.std_error),
                ];
                table.rows(g, from, &columns);
            }
        }
        table.with("to", to).frame(Some("from"))
    }

    /// The matrix of transition probabilities between two times, as rows.
    fn transition_probabilities(&self, start: f64, stop: f64) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, o) in self.0.iter().enumerate() {
            let k = o.states.len();
            let matrix = o.transition_probabilities(start, stop);
            for (cell, probability) in matrix.into_iter().enumerate() {
                let row = [("to", (cell % k) as f64), ("probability", probability)];
                table.row(g, cell / k, &row);
            }
        }
        table.frame(Some("from"))
    }
}

/// Where people's rows overlap, leave gaps, jump or teleport: finding and row.
#[pyfunction]
pub(crate) fn check_rows(py: Python<'_>, columns: &Bound<'_, PyAny>) -> PyResult<Frame> {
    let held = Held::import(columns)?;
    let found: RowFindings = interruptible(py, move |_| {
        Ok(estimate::check_rows(&state_rows(&held.columns()?))?)
    })?;
    let kinds = [
        ("overlap", &found.overlap),
        ("gap", &found.gap),
        ("jump", &found.jump),
        ("teleport", &found.teleport),
    ];
    let (mut finding, mut row) = (Vec::new(), Vec::new());
    for (kind, rows) in kinds {
        finding.extend(std::iter::repeat_n(kind, rows.len()));
        row.extend(rows.iter().map(|&r| r as i64));
    }
    let columns = vec![
        Column::from(Series::new("finding".into(), finding)),
        Column::from(Series::new("row".into(), &row)),
    ];
    let frame = DataFrame::new(row.len(), columns)
        .map_err(|_| pyo3::exceptions::PyRuntimeError::new_err("a table of unequal columns"))?;
    Ok(Frame::new(&frame))
}
