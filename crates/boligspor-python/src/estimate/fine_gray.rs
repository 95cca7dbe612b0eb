//! Fine and Gray's regression.

use boligspor::estimate::cox::Ties;
use boligspor::estimate::fine_gray::{
    FineGrayConvention, FineGrayData, FineGrayFit, FineGrayOptions, fine_gray,
};
use pyo3::prelude::*;
use serde::Deserialize;

use super::columns::Held;
use super::model::{
    PhRows, TermRow, TestRow, WarningRow, ph_rows, term_rows, test_row, warning_rows,
};
use crate::interrupt::{guarded, interruptible};
use crate::options;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FineGrayChoices {
    ties: Ties,
    convention: FineGrayConvention,
    level: f64,
}

/// Fits Fine and Gray's model; cause 1 is the one of interest, 0 censored.
#[pyfunction]
pub(crate) fn estimate_fine_gray(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
) -> PyResult<PyFineGray> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let choices: FineGrayChoices = options::read("options", options)?;
        let time = columns.needed("time");
        let cause = columns.needed_codes("cause");
        let (entry, weights) = (columns.numbers("entry"), columns.numbers("weights"));
        let (strata, cluster) = (columns.codes("strata"), columns.codes("cluster"));
        let covariates = columns.covariates();
        let data = FineGrayData {
            time,
            cause,
            of: 1,
            covariates: &covariates,
            entry,
            weights,
            strata,
            cluster,
        };
        let options = FineGrayOptions {
            ties: choices.ties,
            convention: choices.convention,
            level: choices.level,
            ..FineGrayOptions::default()
        };
        Ok(PyFineGray(fine_gray(&data, &options)?))
    })
}

/// A fitted subdistribution hazard.
#[pyclass(frozen, name = "FineGray", module = "boligspor._core")]
pub(crate) struct PyFineGray(FineGrayFit);

#[pymethods]
impl PyFineGray {
    fn terms(&self) -> Vec<TermRow> {
        term_rows(&self.0.terms)
    }

    fn log_likelihoods(&self) -> (f64, f64) {
        (self.0.log_likelihood, self.0.null_log_likelihood)
    }

    /// Score and Wald tests.
    fn tests(&self) -> (TestRow, TestRow) {
        (test_row(self.0.score_test), test_row(self.0.wald_test))
    }

    /// Rows, events of the cause, steps.
    fn counts(&self) -> (usize, usize, usize) {
        (self.0.rows, self.0.events, self.0.iterations)
    }

    fn warnings(&self) -> Vec<WarningRow> {
        warning_rows(&self.0.warnings)
    }

    fn covariance(&self) -> Vec<f64> {
        self.0.covariance()
    }

    #[expect(
        clippy::type_complexity,
        reason = "columns of one table, on their way to Python"
    )]
    fn incidence(
        &self,
        py: Python<'_>,
        at: Vec<f64>,
        conf_type: &str,
    ) -> PyResult<Vec<(u32, Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>)>> {
        guarded(py, || {
            let curves = self
                .0
                .incidence(&at, options::named("conf_type", conf_type)?)?;
            Ok(curves
                .into_iter()
                .map(|c| (c.stratum, c.time, c.incidence, c.std_error, c.low, c.high))
                .collect())
        })
    }

    fn ph_test(&self, py: Python<'_>, transform: &str, terms: Vec<Vec<usize>>) -> PyResult<PhRows> {
        interruptible(py, |_| {
            let transform = options::named("transform", transform)?;
            let terms: Vec<&[usize]> = terms.iter().map(Vec::as_slice).collect();
            Ok(ph_rows(self.0.ph_test(transform, Some(&terms))?))
        })
    }
}
