//! Cox's regression, and concordance.

use boligspor::estimate::concordance::Concordance;
use boligspor::estimate::cox::{CoxData, CoxFit, CoxOptions, Ties, cox};
use boligspor::estimate::{Penalty, concordance};
use pyo3::prelude::*;
use serde::Deserialize;

use super::columns::Held;
use super::model::{
    PhRows, TermRow, TestRow, WarningRow, ph_rows, term_rows, test_row, warning_rows,
};
use crate::interrupt::{guarded, interruptible};
use crate::options;

/// Stratum, times, then cumulative hazard and its error, survival and its
/// error, and the interval.
type CurveRows = (
    u32,
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
);

fn concordance_row(c: Concordance) -> (f64, f64, f64, f64, f64) {
    (
        c.concordance,
        c.std_error,
        c.concordant,
        c.discordant,
        c.tied_score,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CoxChoices {
    ties: Ties,
    robust: Option<bool>,
    penalty: Penalty,
    level: f64,
}

/// Fits Cox's model.
#[pyfunction]
pub(crate) fn estimate_cox(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
) -> PyResult<PyCox> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let choices: CoxChoices = options::read("options", options)?;
        let (time, event) = (columns.needed("time"), columns.flags("event"));
        let (entry, weights, offset) = (
            columns.numbers("entry"),
            columns.numbers("weights"),
            columns.numbers("offset"),
        );
        let (strata, cluster) = (columns.codes("strata"), columns.codes("cluster"));
        let covariates = columns.covariates();
        let data = CoxData {
            time,
            event,
            covariates: &covariates,
            entry,
            weights,
            strata,
            cluster,
            offset,
        };
        let options = CoxOptions {
            ties: choices.ties,
            robust: choices.robust,
            penalty: choices.penalty,
            level: choices.level,
            ..CoxOptions::default()
        };
        Ok(PyCox {
            fit: cox(&data, &options)?,
            rows: time.len(),
        })
    })
}

/// A fitted proportional-hazards model.
#[pyclass(frozen, name = "Cox", module = "boligspor._core")]
pub(crate) struct PyCox {
    fit: CoxFit,
    rows: usize,
}

#[pymethods]
impl PyCox {
    fn terms(&self) -> Vec<TermRow> {
        term_rows(&self.fit.terms)
    }

    /// Log-likelihood at the estimate and at zero.
    fn log_likelihoods(&self) -> (f64, f64) {
        (self.fit.log_likelihood, self.fit.null_log_likelihood)
    }

    /// Score, likelihood-ratio and Wald tests.
    fn tests(&self) -> (TestRow, TestRow, TestRow) {
        let fit = &self.fit;
        (
            test_row(fit.score_test),
            test_row(fit.likelihood_ratio_test),
            test_row(fit.wald_test),
        )
    }

    /// Rows, events, steps, and whether Firth's penalty was used.
    fn counts(&self) -> (usize, usize, usize, bool) {
        (
            self.fit.rows,
            self.fit.events,
            self.fit.iterations,
            self.fit.penalised,
        )
    }

    fn warnings(&self) -> Vec<WarningRow> {
        warning_rows(&self.fit.warnings)
    }

    fn covariance(&self) -> Vec<f64> {
        self.fit.covariance()
    }

    fn means(&self) -> Vec<f64> {
        self.fit.means().to_vec()
    }

    fn curves(&self, py: Python<'_>, at: Vec<f64>, conf_type: &str) -> PyResult<Vec<CurveRows>> {
        guarded(py, || {
            let curves = self
                .fit
                .curves(&at, options::named("conf_type", conf_type)?)?;
            Ok(curves
                .into_iter()
                .map(|c| {
                    let hazard = (c.cumulative_hazard, c.hazard_error);
                    (
                        c.stratum,
                        c.time,
                        hazard.0,
                        hazard.1,
                        c.survival,
                        c.std_error,
                        c.low,
                        c.high,
                    )
                })
                .collect())
        })
    }

    fn linear_predictor(&self, py: Python<'_>, columns: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
        let held = Held::import(columns)?;
        guarded(py, || {
            let columns = held.columns()?;
            Ok(self.fit.linear_predictor(&columns.covariates())?)
        })
    }

    /// Survival of each new person at each time, row-major; or their mean.
    fn predict(
        &self,
        py: Python<'_>,
        columns: &Bound<'_, PyAny>,
        times: Vec<f64>,
        mean: bool,
    ) -> PyResult<Vec<f64>> {
        let held = Held::import(columns)?;
        interruptible(py, |_| {
            let columns = held.columns()?;
            let (strata, weights) = (columns.codes("strata"), columns.numbers("weights"));
            let x = columns.covariates();
            Ok(if mean {
                self.fit
                    .standardised_survival(&x, strata, weights, &times)?
            } else {
                self.fit.predict_survival(&x, strata, &times)?
            })
        })
    }

    fn ph_test(&self, py: Python<'_>, transform: &str, terms: Vec<Vec<usize>>) -> PyResult<PhRows> {
        interruptible(py, |_| {
            let transform = options::named("transform", transform)?;
            let terms: Vec<&[usize]> = terms.iter().map(Vec::as_slice).collect();
            Ok(ph_rows(self.fit.ph_test(transform, Some(&terms))?))
        })
    }

    fn concordance(&self, py: Python<'_>) -> PyResult<(f64, f64, f64, f64, f64)> {
        interruptible(py, |_| Ok(concordance_row(self.fit.concordance())))
    }

    fn martingale_residuals(&self) -> Vec<f64> {
        self.fit.martingale_residuals(self.rows)
    }

    fn dfbeta(&self) -> Vec<f64> {
        self.fit.dfbeta(self.rows)
    }
}

/// The concordance of a score with the times.
#[pyfunction]
pub(crate) fn estimate_concordance(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
) -> PyResult<(f64, f64, f64, f64, f64)> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let (time, event, score) = (
            columns.needed("time"),
            columns.flags("event"),
            columns.needed("score"),
        );
        let (entry, weights) = (columns.numbers("entry"), columns.numbers("weights"));
        let (strata, cluster) = (columns.codes("strata"), columns.codes("cluster"));
        let data = CoxData {
            time,
            event,
            entry,
            weights,
            strata,
            cluster,
            ..CoxData::default()
        };
        Ok(concordance_row(concordance::concordance(&data, score)?))
    })
}
