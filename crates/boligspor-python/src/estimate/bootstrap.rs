//! Curves with bootstrap errors, people being drawn with all their rows.

use boligspor::Interrupt;
use boligspor::estimate::{
    self, Bootstrap, BootstrapOptions, EstimateError, IncidenceVariance, OccupancyOptions,
    SurvivalOptions,
};
use pyo3::prelude::*;
use serde::Deserialize;

use super::columns::{Columns, Held};
use super::table::Table;
use crate::frame::Frame;
use crate::interrupt::interruptible;
use crate::options;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choices {
    groups: usize,
    start_time: Option<f64>,
    replicates: usize,
    seed: u64,
    level: f64,
    /// Causes, or states, of all groups together.
    codes: usize,
}

/// What a replicate that is not to be computed any more answers.
fn stopped(interrupt: &Interrupt) -> Result<(), EstimateError> {
    interrupt.check().map_err(|_| EstimateError::NoConvergence {
        what: "the bootstrap",
        iterations: 0,
        hint: "it was interrupted",
    })
}

/// Bootstraps curves at times: `curves(columns, weights, choices, times)` gives the value
/// of each of several curves at each time, curve by curve.
fn bootstrapped(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    times: Vec<f64>,
    options: &str,
    code: Option<&str>,
    curves: impl Fn(&Columns<'_>, &[f64], &Choices, &[f64]) -> Result<Vec<f64>, EstimateError>
    + Sync
    + Send,
) -> PyResult<Frame> {
    let held = Held::import(columns)?;
    let at = times.clone();
    let options = options.to_owned();
    let found: Vec<Bootstrap> = interruptible(py, move |interrupt| {
        let choices: Choices = options::read("options", &options)?;
        let draws = BootstrapOptions {
            replicates: choices.replicates,
            seed: choices.seed,
            level: choices.level,
        };
        let columns = held.columns()?;
        let found = columns.each_group(choices.groups, |group| {
            let units = group.codes("cluster").or_else(|| group.codes("id"));
            let person = |row: usize| units.map_or(row as u64, |units| u64::from(units[row]));
            let rows = group.height();
            estimate::bootstrap(rows, person, group.numbers("weights"), &draws, |weights| {
                stopped(interrupt)?;
                curves(group, weights, &choices, &at)
            })
        });
        interrupt.check()?;
        Ok(found?)
    })?;
    let mut table = Table::default();
    for (group, found) in found.iter().enumerate() {
        for place in 0..found.estimate.len() {
            let (estimate, error) = (found.estimate[place], found.std_error[place]);
            let row = [
                ("time", times[place % times.len()]),
                ("estimate", estimate),
                ("std_error", error),
                ("low", found.interval[place].low),
                ("high", found.interval[place].high),
                ("band_low", estimate - found.critical * error),
                ("band_high", estimate + found.critical * error),
                ("replicates", found.replicates as f64),
            ];
            table.row(group, place / times.len(), &row);
        }
    }
    table.frame(code)
}

fn resampled<'a>(
    columns: &'a Columns<'_>,
    weights: &'a [f64],
    choices: &Choices,
) -> SurvivalOptions<'a> {
    SurvivalOptions {
        entry: columns.numbers("entry"),
        weights: Some(weights),
        id: columns.codes("id"),
        start_time: choices.start_time,
        causes: choices.codes,
        robust: Some(false),
        ..SurvivalOptions::default()
    }
}

/// Curves at rows, curve by curve; before its first row a curve has the value
/// given with it.
fn picked<'a>(rows: &[Option<usize>], curves: impl Iterator<Item = (&'a [f64], f64)>) -> Vec<f64> {
    curves
        .flat_map(|(curve, before)| {
            rows.iter()
                .map(move |row| row.map_or(before, |row| curve[row]))
        })
        .collect()
}

/// Survival at times.
#[pyfunction]
pub(crate) fn bootstrap_survival(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    times: Vec<f64>,
    options: &str,
) -> PyResult<Frame> {
    bootstrapped(
        py,
        columns,
        times,
        options,
        None,
        |c, weights, choices, at| {
            let options = resampled(c, weights, choices);
            let curve = estimate::kaplan_meier(c.needed("duration"), c.flags("event"), &options)?;
            Ok(curve.at(at).iter().map(|point| point.estimate).collect())
        },
    )
}

/// Incidence of each cause at times; cause 0 is the event-free probability.
#[pyfunction]
pub(crate) fn bootstrap_incidence(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    times: Vec<f64>,
    options: &str,
) -> PyResult<Frame> {
    let code = Some("cause");
    bootstrapped(
        py,
        columns,
        times,
        options,
        code,
        |c, weights, choices, at| {
            let options = resampled(c, weights, choices);
            let (duration, cause) = (c.needed("duration"), c.needed_codes("cause"));
            let found =
                estimate::aalen_johansen(duration, cause, &options, IncidenceVariance::Aalen)?;
            let rows: Vec<Option<usize>> = at.iter().map(|&t| found.row_at(t)).collect();
            let causes = found.causes.iter().map(|c| (c.estimate.as_slice(), 0.0));
            let free = (found.event_free.estimate.as_slice(), 1.0);
            Ok(picked(&rows, std::iter::once(free).chain(causes)))
        },
    )
}

/// Occupancy of each state at times.
#[pyfunction]
pub(crate) fn bootstrap_occupancy(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    times: Vec<f64>,
    options: &str,
) -> PyResult<Frame> {
    let code = Some("state");
    bootstrapped(
        py,
        columns,
        times,
        options,
        code,
        |c, weights, choices, at| {
            let options = OccupancyOptions {
                weights: Some(weights),
                start_time: choices.start_time,
                states: choices.codes,
                std_error: false,
                ..OccupancyOptions::default()
            };
            let found = estimate::state_occupancy(&super::occupancy::state_rows(c), &options)?;
            let rows: Vec<Option<usize>> = at.iter().map(|&t| found.row_at(t)).collect();
            let states = found.states.iter().map(|s| s.estimate.as_slice());
            Ok(picked(&rows, states.zip(found.initial.iter().copied())))
        },
    )
}
