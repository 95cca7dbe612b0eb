//! Regressions and adjusted comparisons on columns: `boligspor.estimate`.
//!
//! Columns come as one table with agreed names (`time`, `event`, `x0`, `x1`, …)
//! that the Python side makes from whatever it was given.

use boligspor::estimate::adjusted::{
    AdjustedCurves, AdjustedData, AdjustedMethod, AdjustedOptions, Contrast, compare_curves,
};
use boligspor::estimate::concordance::Concordance;
use boligspor::estimate::cox::{CoxData, CoxFit, CoxOptions, Ties, TimeTransform, cox};
use boligspor::estimate::fine_gray::{
    FineGrayConvention, FineGrayData, FineGrayFit, FineGrayOptions, fine_gray,
};
use boligspor::estimate::glm::{Errors, Family, GlmData, GlmFit, GlmOptions, glm};
use boligspor::estimate::{ChiSquared, ConfType, FitWarning, Penalty, Term, concordance};
use boligspor::{Error, Result};
use polars::prelude::DataFrame;
use pyo3::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::arrow;
use crate::interrupt::{guarded, interruptible};

type TermRow = (f64, f64, Option<f64>, f64, f64, f64, f64);
type TestRow = (f64, usize, f64);
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
type ContrastRow = (f64, f64, f64, f64);

/// The columns of one call.
pub(crate) struct Columns {
    frame: DataFrame,
    x: Vec<Vec<f64>>,
}

impl Columns {
    pub(crate) fn read(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        let frame = arrow::import("columns", given)?;
        let py = given.py();
        let mut columns = Self {
            frame,
            x: Vec::new(),
        };
        columns.x = guarded(py, || {
            (0..)
                .map_while(|c| columns.numbers(&format!("x{c}")).transpose())
                .collect()
        })?;
        Ok(columns)
    }

    /// A column of numbers, NaN where null; `None` if it was not passed.
    pub(crate) fn numbers(&self, name: &str) -> Result<Option<Vec<f64>>> {
        let Ok(column) = self.frame.column(name) else {
            return Ok(None);
        };
        let numbers = column.f64().map_err(|_| wrong(name))?;
        Ok(Some(
            numbers.iter().map(|v| v.unwrap_or(f64::NAN)).collect(),
        ))
    }

    pub(crate) fn needed(&self, name: &str) -> Result<Vec<f64>> {
        self.numbers(name)?.ok_or_else(|| wrong(name))
    }

    pub(crate) fn flags(&self, name: &str) -> Result<Vec<bool>> {
        let column = self.frame.column(name).map_err(|_| wrong(name))?;
        let flags = column.bool().map_err(|_| wrong(name))?;
        Ok(flags.iter().map(|v| v.unwrap_or(false)).collect())
    }

    pub(crate) fn codes(&self, name: &str) -> Result<Option<Vec<u32>>> {
        let Ok(column) = self.frame.column(name) else {
            return Ok(None);
        };
        let codes = column.i64().map_err(|_| wrong(name))?;
        let codes = codes.iter().map(|v| {
            v.and_then(|v| u32::try_from(v).ok())
                .ok_or_else(|| wrong(name))
        });
        codes.collect::<Result<Vec<u32>>>().map(Some)
    }

    pub(crate) fn covariates(&self) -> Vec<&[f64]> {
        self.x.iter().map(Vec::as_slice).collect()
    }
}

pub(crate) fn wrong(name: &str) -> Error {
    Error::table(
        "columns",
        Some(name),
        "is absent or of another type",
        "pass it by boligspor.estimate",
    )
}

/// Options as the Python side writes them.
pub(crate) fn parsed<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|e| {
        Error::option(
            "options",
            format!("cannot be read ({e})"),
            "see the documentation",
        )
    })
}

fn term_rows(terms: &[Term]) -> Vec<TermRow> {
    terms
        .iter()
        .map(|t| {
            (
                t.coef,
                t.std_error,
                t.robust_std_error,
                t.z,
                t.p_value,
                t.low,
                t.high,
            )
        })
        .collect()
}

fn test_row(test: ChiSquared) -> TestRow {
    (test.statistic, test.df, test.p_value)
}

/// Each warning by its kind, its column where it has one, and its text.
fn warning_rows(warnings: &[FitWarning]) -> Vec<(&'static str, Option<usize>, String)> {
    warnings
        .iter()
        .map(|w| {
            let (kind, column) = match w {
                FitWarning::NotConverged { .. } => ("not-converged", None),
                FitWarning::Separated { column } => ("separated", Some(*column)),
                FitWarning::Collinear { column } => ("collinear", Some(*column)),
                FitWarning::NoEvents => ("no-events", None),
                _ => ("other", None),
            };
            (kind, column, w.to_string())
        })
        .collect()
}

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
    let columns = Columns::read(columns)?;
    interruptible(py, |_| {
        let choices: CoxChoices = parsed(options)?;
        let (time, event) = (columns.needed("time")?, columns.flags("event")?);
        let (entry, weights, offset) = (
            columns.numbers("entry")?,
            columns.numbers("weights")?,
            columns.numbers("offset")?,
        );
        let (strata, cluster) = (columns.codes("strata")?, columns.codes("cluster")?);
        let covariates = columns.covariates();
        let data = CoxData {
            time: &time,
            event: &event,
            covariates: &covariates,
            entry: entry.as_deref(),
            weights: weights.as_deref(),
            strata: strata.as_deref(),
            cluster: cluster.as_deref(),
            offset: offset.as_deref(),
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

    fn warnings(&self) -> Vec<(&'static str, Option<usize>, String)> {
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
            let scale: ConfType = parsed(&format!("\"{conf_type}\""))?;
            let curves = self.fit.curves(&at, scale)?;
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
        let columns = Columns::read(columns)?;
        guarded(py, || {
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
        let columns = Columns::read(columns)?;
        interruptible(py, |_| {
            let (strata, weights) = (columns.codes("strata")?, columns.numbers("weights")?);
            let x = columns.covariates();
            Ok(if mean {
                self.fit
                    .standardised_survival(&x, strata.as_deref(), weights.as_deref(), &times)?
            } else {
                self.fit.predict_survival(&x, strata.as_deref(), &times)?
            })
        })
    }

    fn ph_test(
        &self,
        py: Python<'_>,
        transform: &str,
        terms: Vec<Vec<usize>>,
    ) -> PyResult<(Vec<TestRow>, TestRow)> {
        interruptible(py, |_| {
            let transform: TimeTransform = parsed(&format!("\"{transform}\""))?;
            let terms: Vec<&[usize]> = terms.iter().map(Vec::as_slice).collect();
            let test = self.fit.ph_test(transform, Some(&terms))?;
            Ok((
                test.terms.into_iter().map(test_row).collect(),
                test_row(test.global),
            ))
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
    let columns = Columns::read(columns)?;
    interruptible(py, |_| {
        let (time, event, score) = (
            columns.needed("time")?,
            columns.flags("event")?,
            columns.needed("score")?,
        );
        let (entry, weights) = (columns.numbers("entry")?, columns.numbers("weights")?);
        let (strata, cluster) = (columns.codes("strata")?, columns.codes("cluster")?);
        let data = CoxData {
            time: &time,
            event: &event,
            entry: entry.as_deref(),
            weights: weights.as_deref(),
            strata: strata.as_deref(),
            cluster: cluster.as_deref(),
            ..CoxData::default()
        };
        Ok(concordance_row(concordance::concordance(&data, &score)?))
    })
}

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
    let columns = Columns::read(columns)?;
    interruptible(py, |_| {
        let choices: FineGrayChoices = parsed(options)?;
        let time = columns.needed("time")?;
        let cause = columns.codes("cause")?.ok_or_else(|| wrong("cause"))?;
        let (entry, weights) = (columns.numbers("entry")?, columns.numbers("weights")?);
        let (strata, cluster) = (columns.codes("strata")?, columns.codes("cluster")?);
        let covariates = columns.covariates();
        let data = FineGrayData {
            time: &time,
            cause: &cause,
            of: 1,
            covariates: &covariates,
            entry: entry.as_deref(),
            weights: weights.as_deref(),
            strata: strata.as_deref(),
            cluster: cluster.as_deref(),
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

    fn warnings(&self) -> Vec<(&'static str, Option<usize>, String)> {
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
            let scale: ConfType = parsed(&format!("\"{conf_type}\""))?;
            let curves = self.0.incidence(&at, scale)?;
            Ok(curves
                .into_iter()
                .map(|c| (c.stratum, c.time, c.incidence, c.std_error, c.low, c.high))
                .collect())
        })
    }

    fn ph_test(
        &self,
        py: Python<'_>,
        transform: &str,
        terms: Vec<Vec<usize>>,
    ) -> PyResult<(Vec<TestRow>, TestRow)> {
        interruptible(py, |_| {
            let transform: TimeTransform = parsed(&format!("\"{transform}\""))?;
            let terms: Vec<&[usize]> = terms.iter().map(Vec::as_slice).collect();
            let test = self.0.ph_test(transform, Some(&terms))?;
            Ok((
                test.terms.into_iter().map(test_row).collect(),
                test_row(test.global),
            ))
        })
    }
}

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
    let columns = Columns::read(columns)?;
    interruptible(py, |_| {
        let choices: GlmChoices = parsed(options)?;
        let outcome = columns.needed("outcome")?;
        let (weights, offset) = (columns.numbers("weights")?, columns.numbers("offset")?);
        let cluster = columns.codes("cluster")?;
        let covariates = columns.covariates();
        let data = GlmData {
            outcome: &outcome,
            covariates: &covariates,
            weights: weights.as_deref(),
            offset: offset.as_deref(),
            cluster: cluster.as_deref(),
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

    fn warnings(&self) -> Vec<(&'static str, Option<usize>, String)> {
        warning_rows(&self.0.warnings)
    }

    fn covariance(&self) -> Vec<f64> {
        self.0.covariance.clone()
    }

    fn fitted(&self) -> Vec<f64> {
        self.0.fitted.clone()
    }

    fn predict(&self, py: Python<'_>, columns: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
        let columns = Columns::read(columns)?;
        guarded(py, || {
            let offset = columns.numbers("offset")?;
            Ok(self.0.predict(&columns.covariates(), offset.as_deref())?)
        })
    }
}

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
    let columns = Columns::read(columns)?;
    interruptible(py, |_| {
        let choices: AdjustedChoices = parsed(options)?;
        let (time, event) = (columns.needed("time")?, columns.flags("event")?);
        let group = columns.flags("group")?;
        let weights = columns.numbers("weights")?;
        let covariates = columns.covariates();
        let data = AdjustedData {
            time: &time,
            event: &event,
            group: &group,
            covariates: &covariates,
            weights: weights.as_deref(),
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
    fn survival(&self) -> (Vec<ContrastRow>, Vec<ContrastRow>, Vec<ContrastRow>) {
        let rows = |of: &[Contrast]| of.iter().map(contrast_row).collect();
        (
            rows(&self.0.survival[0]),
            rows(&self.0.survival[1]),
            rows(&self.0.difference),
        )
    }

    /// Restricted mean in each group and the difference.
    fn means(&self) -> (ContrastRow, ContrastRow, ContrastRow) {
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

    fn warnings(&self) -> Vec<(&'static str, Option<usize>, String)> {
        warning_rows(&self.0.warnings)
    }
}

fn contrast_row(c: &Contrast) -> ContrastRow {
    (c.estimate, c.std_error, c.low, c.high)
}
