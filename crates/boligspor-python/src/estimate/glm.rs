//! Logistic and Poisson regression.

use boligspor::estimate::Penalty;
use boligspor::estimate::glm::{Errors, Family, GlmData, GlmFit, GlmOptions, glm};
use pyo3::prelude::*;
use serde::Deserialize;

use super::columns::Held;
use super::model::{TermRow, WarningRow, term_rows, warning_rows};
use crate::interrupt::{guarded, interruptible};
use crate::options;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GlmChoices {
    family: Family,
    intercept: bool,
    errors: Errors,
    penalty: Penalty,
    ridge: f64,
    level: f64,
}

/// Fits logistic or Poisson regression.
#[pyfunction]
pub(crate) fn estimate_glm(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
) -> PyResult<PyGlm> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let choices: GlmChoices = options::read("options", options)?;
        let outcome = columns.needed("outcome");
        let (weights, offset) = (columns.numbers("weights"), columns.numbers("offset"));
        let cluster = columns.codes("cluster");
        let covariates = columns.covariates();
        let data = GlmData {
            outcome,
            covariates: &covariates,
            weights,
            offset,
            cluster,
        };
        let options = GlmOptions {
            family: choices.family,
            intercept: choices.intercept,
            errors: choices.errors,
            penalty: choices.penalty,
            ridge: choices.ridge,
            level: choices.level,
            ..GlmOptions::default()
        };
        Ok(PyGlm(glm(&data, &options)?))
    })
}

/// A fitted logistic or Poisson regression.
#[pyclass(frozen, name = "Glm", module = "boligspor._core")]
pub(crate) struct PyGlm(GlmFit);

#[pymethods]
impl PyGlm {
    fn terms(&self) -> Vec<TermRow> {
        term_rows(&self.0.terms)
    }

    /// Deviance, null deviance, Pearson's dispersion.
    fn deviances(&self) -> (f64, f64, f64) {
        (self.0.deviance, self.0.null_deviance, self.0.dispersion)
    }

    /// Rows, steps, and whether Firth's penalty was used.
    fn counts(&self) -> (usize, usize, bool) {
        (self.0.rows, self.0.iterations, self.0.penalised)
    }

    fn warnings(&self) -> Vec<WarningRow> {
        warning_rows(&self.0.warnings)
    }

    fn covariance(&self) -> Vec<f64> {
        self.0.covariance.clone()
    }

    fn fitted(&self) -> Vec<f64> {
        self.0.fitted.clone()
    }

    fn predict(&self, py: Python<'_>, columns: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
        let held = Held::import(columns)?;
        guarded(py, || {
            let columns = held.columns()?;
            let offset = columns.numbers("offset");
            Ok(self.0.predict(&columns.covariates(), offset)?)
        })
    }
}
