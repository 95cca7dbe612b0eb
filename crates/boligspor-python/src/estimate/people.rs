//! Numbers for every row or person: pseudo-values, weights, gap times.

use boligspor::estimate::{self, PseudoTarget, SurvivalOptions};
use pyo3::prelude::*;

use super::columns::{Columns, Held};
use crate::interrupt::interruptible;

fn row_options<'a>(columns: &'a Columns<'_>, start_time: Option<f64>) -> SurvivalOptions<'a> {
    SurvivalOptions {
        entry: columns.numbers("entry"),
        weights: columns.numbers("weights"),
        id: columns.codes("id"),
        start_time,
        ..SurvivalOptions::default()
    }
}

/// Pseudo-values, row by row: of survival, or of the cause `of`.
#[pyfunction]
#[pyo3(signature = (columns, times, restricted_mean, of=None))]
pub(crate) fn pseudo_values(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    times: Vec<f64>,
    restricted_mean: bool,
    of: Option<u32>,
) -> PyResult<Vec<f64>> {
    let held = Held::import(columns)?;
    interruptible(py, move |_| {
        let c = held.columns()?;
        let options = row_options(&c, None);
        let target = if restricted_mean {
            PseudoTarget::RestrictedMean
        } else {
            PseudoTarget::Probability
        };
        let duration = c.needed("duration");
        Ok(match of {
            Some(of) => estimate::incidence_pseudo_values(
                duration,
                c.needed_codes("cause"),
                of,
                &times,
                target,
                &options,
            )?,
            None => estimate::pseudo_values(duration, c.flags("event"), &times, target, &options)?,
        })
    })
}

/// Inverse-probability-of-censoring weights, row by row.
#[pyfunction]
#[pyo3(signature = (columns, times, start_time=None))]
pub(crate) fn censoring_weights(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    times: Vec<f64>,
    start_time: Option<f64>,
) -> PyResult<Vec<f64>> {
    let held = Held::import(columns)?;
    interruptible(py, move |_| {
        let c = held.columns()?;
        let options = row_options(&c, start_time);
        let (duration, event) = (c.needed("duration"), c.flags("event"));
        let mut out = vec![0.0; duration.len() * times.len()];
        for (column, &at) in times.iter().enumerate() {
            let weights = estimate::censoring_weights(duration, event, at, &options)?;
            for (row, weight) in weights.into_iter().enumerate() {
                out[row * times.len() + column] = weight;
            }
        }
        Ok(out)
    })
}

/// Start, stop and number of earlier events of each row, by the clock that
/// restarts at each event.
#[pyfunction]
pub(crate) fn gap_times(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
) -> PyResult<(Vec<f64>, Vec<f64>, Vec<u32>)> {
    let held = Held::import(columns)?;
    interruptible(py, move |_| {
        let c = held.columns()?;
        let (start, stop) = (c.needed("start"), c.needed("stop"));
        let gaps = estimate::gap_times(c.needed_codes("id"), start, stop, c.flags("event"))?;
        Ok((gaps.start, gaps.stop, gaps.previous_events))
    })
}
