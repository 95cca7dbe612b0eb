//! Two groups' curves, standardised over covariates.

use boligspor::estimate::adjusted::{
    AdjustedCurves, AdjustedData, AdjustedMethod, AdjustedOptions, Contrast, compare_curves,
};
use pyo3::prelude::*;
use serde::Deserialize;

use super::Row;
use super::columns::Held;
use super::model::{WarningRow, warning_rows};
use crate::interrupt::interruptible;
use crate::options;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdjustedChoices {
    method: AdjustedMethod,
    level: f64,
    truncation: f64,
    replicates: usize,
    seed: u64,
}

/// Compares two groups' curves, standardised over covariates.
#[pyfunction]
pub(crate) fn estimate_compare_curves(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    times: Vec<f64>,
    tau: f64,
    options: &str,
) -> PyResult<PyAdjusted> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let choices: AdjustedChoices = options::read("options", options)?;
        let (time, event) = (columns.needed("time"), columns.flags("event"));
        let group = columns.flags("group");
        let weights = columns.numbers("weights");
        let covariates = columns.covariates();
        let data = AdjustedData {
            time,
            event,
            group,
            covariates: &covariates,
            weights,
            person: None,
        };
        let options = AdjustedOptions {
            method: choices.method,
            level: choices.level,
            truncation: choices.truncation,
            replicates: choices.replicates,
            seed: choices.seed,
        };
        Ok(PyAdjusted(compare_curves(&data, &times, tau, &options)?))
    })
}

/// Two standardised curves and their difference.
#[pyclass(frozen, name = "AdjustedCurves", module = "boligspor._core")]
pub(crate) struct PyAdjusted(AdjustedCurves);

#[pymethods]
impl PyAdjusted {
    /// Survival in each group and the difference, at each time.
    fn survival(&self) -> (Vec<Row>, Vec<Row>, Vec<Row>) {
        let rows = |of: &[Contrast]| of.iter().map(contrast_row).collect();
        (
            rows(&self.0.survival[0]),
            rows(&self.0.survival[1]),
            rows(&self.0.difference),
        )
    }

    /// Restricted mean in each group and the difference.
    fn means(&self) -> (Row, Row, Row) {
        let [first, second] = &self.0.restricted_mean;
        (
            contrast_row(first),
            contrast_row(second),
            contrast_row(&self.0.mean_difference),
        )
    }

    /// Standardised difference of each covariate, before and after.
    fn balance(&self) -> Vec<(f64, f64)> {
        self.0.balance.iter().map(|b| (b.before, b.after)).collect()
    }

    /// Effective size of each group, and rows truncated.
    fn sizes(&self) -> (f64, f64, usize) {
        (
            self.0.effective_size[0],
            self.0.effective_size[1],
            self.0.truncated,
        )
    }

    fn warnings(&self) -> Vec<WarningRow> {
        warning_rows(&self.0.warnings)
    }
}

fn contrast_row(c: &Contrast) -> Row {
    (c.estimate, c.std_error, c.low, c.high)
}
