//! The register, and what its checks found.

use std::path::PathBuf;
use std::sync::Arc;

use boligspor::cohort::{Cohort, CohortSpec};
use boligspor::register::{
    CheckOptions, CheckReport, RegisterBuilder, Severity, Source, Table, rules as all_rules,
};
use boligspor::{Error, Register, calendar};
use polars::prelude::{DataFrame, NamedFrom, Series};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrow;
use crate::frame::Frame;
use crate::interrupt::{guarded, interruptible};
use crate::options;

/// Checked and indexed tables.
#[pyclass(frozen, name = "Register", module = "boligspor._core")]
pub(crate) struct PyRegister(pub(crate) Arc<Register>);

#[pymethods]
impl PyRegister {
    /// Reads, checks and indexes tables: each an object with
    /// `__arrow_c_stream__`, or a path as text.
    #[new]
    #[pyo3(signature = (tables, observed_from, observed_until, checks))]
    fn new(
        py: Python<'_>,
        tables: &Bound<'_, PyDict>,
        observed_from: Option<&str>,
        observed_until: &str,
        checks: &str,
    ) -> PyResult<Self> {
        let builder = builder(tables, observed_from, observed_until, checks)?;
        let register = interruptible(py, |interrupt| builder.interruptible(interrupt).build())?;
        Ok(Self(Arc::new(register)))
    }

    /// What the checks found.
    fn checks(&self) -> PyCheckReport {
        PyCheckReport::new(self.0.checks().clone())
    }

    /// A table as the register holds it, or none.
    fn frame(&self, py: Python<'_>, table: &str) -> PyResult<Option<Frame>> {
        guarded(py, || Ok(self.0.frame(table_named(table)?).map(Frame::new)))
    }

    /// The rows of each table that was given.
    fn rows(&self) -> Vec<(&'static str, usize)> {
        rows_of(self.0.checks())
    }

    /// The rows that conditions are evaluated on. Holds identifiers.
    fn candidates(&self, py: Python<'_>, spec: &str) -> PyResult<Frame> {
        interruptible(py, |_| {
            let spec: CohortSpec = options::read("cohort", spec)?;
            let builder = Cohort::builder(&self.0).spec(spec);
            Ok(Frame::new(&builder.candidates()?))
        })
    }

    /// How many people the register holds.
    fn people(&self) -> usize {
        self.0.people().len()
    }

    /// The first and the last day of complete registers, as ISO text.
    fn observed(&self) -> (Option<String>, String) {
        (
            self.0.observed_from().map(calendar::format),
            calendar::format(self.0.observed_until()),
        )
    }
}

/// The findings of the data checks.
#[pyclass(frozen, name = "CheckReport", module = "boligspor._core")]
pub(crate) struct PyCheckReport(CheckReport);

impl PyCheckReport {
    pub(crate) fn new(report: CheckReport) -> Self {
        Self(report)
    }
}

#[pymethods]
impl PyCheckReport {
    /// The findings as a table.
    fn table(&self, py: Python<'_>) -> PyResult<Frame> {
        guarded(py, || Ok(Frame::new(&self.0.to_frame()?)))
    }

    /// The findings of one severity as sentences.
    fn sentences(&self, py: Python<'_>, severity: &str) -> PyResult<Vec<String>> {
        guarded(py, || {
            let severity = match severity {
                "error" => Severity::Error,
                "warning" => Severity::Warning,
                "info" => Severity::Info,
                _ => {
                    return Err(Error::option(
                        "severity",
                        "is none",
                        "choose error, warning or info",
                    ));
                }
            };
            Ok(self.0.of(severity).map(ToString::to_string).collect())
        })
    }

    /// The rows of each table that was given.
    fn rows(&self) -> Vec<(&'static str, usize)> {
        rows_of(&self.0)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }
}

fn rows_of(report: &CheckReport) -> Vec<(&'static str, usize)> {
    report.rows.iter().map(|(t, n)| (t.name(), *n)).collect()
}

/// Checks tables without indexing them: bad data are findings. `cohort` says how
/// people will be divided, where that is known.
#[pyfunction]
#[pyo3(signature = (tables, observed_from, observed_until, checks, cohort))]
pub(crate) fn check_tables(
    py: Python<'_>,
    tables: &Bound<'_, PyDict>,
    observed_from: Option<&str>,
    observed_until: &str,
    checks: &str,
    cohort: Option<&str>,
) -> PyResult<PyCheckReport> {
    let mut builder = builder(tables, observed_from, observed_until, checks)?;
    if let Some(cohort) = cohort {
        let design = guarded(py, || {
            let spec: CohortSpec = options::read("cohort", cohort)?;
            spec.validate()?;
            Ok(spec.design())
        })?;
        builder = builder.design(design);
    }
    interruptible(py, |interrupt| builder.interruptible(interrupt).check()).map(PyCheckReport)
}

/// The contract of every table: `table, column, kind, required, nullable, about`.
#[pyfunction]
pub(crate) fn contract(py: Python<'_>) -> PyResult<Frame> {
    guarded(py, || {
        let all: Vec<_> = Table::ALL
            .into_iter()
            .flat_map(|t| t.columns().iter().map(move |c| (t, c)))
            .collect();
        let text = |name: &str, of: &dyn Fn(usize) -> String| {
            Series::new(name.into(), (0..all.len()).map(of).collect::<Vec<_>>()).into()
        };
        let flag = |name: &str, of: &dyn Fn(usize) -> bool| {
            Series::new(name.into(), (0..all.len()).map(of).collect::<Vec<_>>()).into()
        };
        frame_of(
            all.len(),
            vec![
                text("table", &|i| all[i].0.to_string()),
                text("column", &|i| all[i].1.name.to_owned()),
                text("kind", &|i| format!("{:?}", all[i].1.kind).to_lowercase()),
                flag("required", &|i| all[i].1.required),
                flag("nullable", &|i| all[i].1.nullable),
                text("about", &|i| all[i].1.about.to_owned()),
            ],
        )
    })
}

/// Every rule: `code, rule, severity, structural`.
#[pyfunction]
pub(crate) fn rules(py: Python<'_>) -> PyResult<Frame> {
    guarded(py, || {
        let all: Vec<_> = all_rules().collect();
        let text = |name: &str, of: &dyn Fn(usize) -> String| {
            Series::new(name.into(), (0..all.len()).map(of).collect::<Vec<_>>()).into()
        };
        let flag = |name: &str, of: &dyn Fn(usize) -> bool| {
            Series::new(name.into(), (0..all.len()).map(of).collect::<Vec<_>>()).into()
        };
        frame_of(
            all.len(),
            vec![
                text("code", &|i| all[i].code.to_owned()),
                text("rule", &|i| all[i].name.to_owned()),
                text("severity", &|i| all[i].severity.to_string()),
                flag("structural", &|i| all[i].structural),
            ],
        )
    })
}

fn frame_of(height: usize, columns: Vec<polars::prelude::Column>) -> boligspor::Result<Frame> {
    DataFrame::new(height, columns)
        .map(|f| Frame::new(&f))
        .map_err(|_| Error::table("contract", None, "is uneven", "please report this"))
}

fn builder(
    tables: &Bound<'_, PyDict>,
    observed_from: Option<&str>,
    observed_until: &str,
    checks: &str,
) -> PyResult<RegisterBuilder> {
    let py = tables.py();
    let mut builder = Register::builder();
    for (name, given) in tables {
        let name: String = name.extract()?;
        let table = guarded(py, || table_named(&name))?;
        let source = match given.extract::<PathBuf>() {
            Ok(path) => Source::Path(path),
            Err(_) => Source::Frame(arrow::import(&name, &given)?),
        };
        builder = builder.table(table, source);
    }
    guarded(py, || {
        let options: CheckOptions = options::read("checks", checks)?;
        let from = observed_from
            .map(|text| calendar::parse_option("observed_from", text))
            .transpose()?;
        Ok(builder
            .observed_from(from)
            .observed_until(calendar::parse_option("observed_until", observed_until)?)
            .check_options(options))
    })
}

fn table_named(name: &str) -> boligspor::Result<Table> {
    Table::from_name(name)
        .ok_or_else(|| Error::option("tables", "names no table", "see the contract"))
}
