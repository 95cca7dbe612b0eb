//! Standardised Cox curves.

use boligspor::estimate::cox::{CoxData, CoxOptions, Ties};
use boligspor::estimate::{BootstrapOptions, Estimate, Penalty, standardised_curves};
use pyo3::prelude::*;
use serde::Deserialize;

use super::Row;
use super::columns::Held;
use crate::interrupt::interruptible;
use crate::options;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StandardisedChoices {
    ties: Ties,
    penalty: Penalty,
    level: f64,
    replicates: usize,
    seed: u64,
}

type StandardisedRows = (Vec<Row>, Vec<Row>, Option<(Row, Row)>, usize);

/// Standardised Cox curves under settings, given as columns `s0x0`, `s0x1`, …
#[pyfunction]
pub(crate) fn estimate_standardised_curves(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    settings: usize,
    times: Vec<f64>,
    tau: Option<f64>,
    options: &str,
) -> PyResult<Vec<StandardisedRows>> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let choices: StandardisedChoices = options::read("options", options)?;
        let (time, event) = (columns.needed("time"), columns.flags("event"));
        let (entry, weights) = (columns.numbers("entry"), columns.numbers("weights"));
        let (strata, cluster) = (columns.codes("strata"), columns.codes("cluster"));
        let covariates = columns.covariates();
        let names = |s| (0..covariates.len()).map(move |c| format!("s{s}x{c}"));
        let given: Vec<Vec<&[f64]>> = (0..settings)
            .map(|s| names(s).map(|name| columns.needed(&name)).collect())
            .collect();
        let settings: Vec<&[&[f64]]> = given.iter().map(Vec::as_slice).collect();
        let data = CoxData {
            time,
            event,
            covariates: &covariates,
            entry,
            weights,
            strata,
            cluster,
            offset: None,
        };
        let options = CoxOptions {
            ties: choices.ties,
            penalty: choices.penalty,
            ..CoxOptions::default()
        };
        let draws = BootstrapOptions {
            replicates: choices.replicates,
            seed: choices.seed,
            level: choices.level,
        };
        let curves = standardised_curves(&data, &options, &settings, &times, tau, &draws)?;
        let row = |e: &Estimate| (e.estimate, e.std_error, e.interval.low, e.interval.high);
        Ok(curves
            .iter()
            .map(|curve| {
                (
                    curve.survival.iter().map(row).collect(),
                    curve.difference.iter().map(row).collect(),
                    curve
                        .restricted_mean
                        .as_ref()
                        .zip(curve.mean_difference.as_ref())
                        .map(|(mean, difference)| (row(mean), row(difference))),
                    curve.replicates,
                )
            })
            .collect())
    })
}
