//! The cohort, and the analyses that start from it.

use std::path::PathBuf;
use std::sync::Arc;

use boligspor::cohort::{Cohort, CohortSpec};
use boligspor::effect::{self, Design, Scenario};
use boligspor::municipality::{self, CompareSpec};
use boligspor::retention::{self, Definition};
use boligspor::sheet::{self, SheetSpec};
use boligspor::{Error, Lang, Precedence, State, costs, days, groups, returns};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arrow;
use crate::frame::Frame;
use crate::interrupt::{guarded, interruptible, interruptible_telling};
use crate::options;
use crate::register::PyRegister;
use crate::result::{PyComparison, PyCosts, PyRetention};
use crate::tables::PyTables;

/// A step of the attrition flow: words, rows, persons, rows out, persons out.
type Step = (String, u64, u64, u64, u64);

/// A condition already answered for every candidate: a name, and a table with
/// one column of booleans.
type Mask<'py> = (String, Bound<'py, PyAny>);

/// People followed from a time zero.
#[pyclass(frozen, name = "Cohort", module = "boligspor._core")]
pub(crate) struct PyCohort(Cohort);

#[pymethods]
impl PyCohort {
    /// Draws a cohort by a spec (JSON), a precedence (state codes, strongest
    /// first) and conditions answered beforehand.
    #[new]
    #[pyo3(signature = (register, spec, precedence, masks))]
    fn new(
        py: Python<'_>,
        register: &PyRegister,
        spec: &str,
        precedence: Vec<String>,
        masks: Vec<Mask<'_>>,
    ) -> PyResult<Self> {
        let masks = masks
            .iter()
            .map(|(name, table)| Ok((name.clone(), mask(name, table)?)))
            .collect::<PyResult<Vec<_>>>()?;
        let register = Arc::clone(&register.0);
        interruptible(py, move |_| {
            let mut builder = Cohort::builder(&register)
                .spec(options::read::<CohortSpec>("cohort", spec)?)
                .precedence(order(&precedence)?);
            for (name, met) in masks {
                builder = builder.include_mask(name, met);
            }
            builder.build().map(Self)
        })
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    /// How many distinct persons there are.
    fn persons(&self) -> usize {
        self.0.persons()
    }

    /// The cohort in one sentence.
    fn describe(&self, py: Python<'_>, lang: &str) -> PyResult<String> {
        guarded(py, || Ok(self.0.describe(options::lang(lang)?)))
    }

    /// The attrition flow: step in words, rows, persons, rows out, persons out.
    fn attrition(&self, py: Python<'_>, lang: &str) -> PyResult<Vec<Step>> {
        guarded(py, || {
            let lang = options::lang(lang)?;
            let steps = &self.0.attrition().steps;
            Ok(steps
                .iter()
                .map(|s| {
                    (
                        s.step.label(lang),
                        s.rows,
                        s.persons,
                        s.rows_out,
                        s.persons_out,
                    )
                })
                .collect())
        })
    }

    /// The names of the columns that divide the cohort.
    fn strata(&self) -> Vec<String> {
        self.0.strata().names.clone()
    }

    /// One person's days, the decisions on them, and what each definition makes
    /// of them, in words.
    fn explain(
        &self,
        py: Python<'_>,
        person: &str,
        definitions: Vec<String>,
        lang: &str,
    ) -> PyResult<String> {
        guarded(py, || {
            let definitions = definitions
                .iter()
                .map(|d| crate::definition::read(d))
                .collect::<boligspor::Result<Vec<_>>>()?;
            let lang = options::lang(lang)?;
            let explanation = retention::explain(&self.0, &definitions, person, lang)?;
            Ok(explanation.to_string())
        })
    }

    /// The members as a table. Holds identifiers.
    fn frame(&self, py: Python<'_>) -> PyResult<Frame> {
        interruptible(py, |_| Ok(Frame::new(&self.0.frame()?)))
    }

    /// Retention by one definition.
    fn retention(&self, py: Python<'_>, definition: &str) -> PyResult<PyRetention> {
        interruptible(py, |interrupt| {
            let definition: Definition = crate::definition::read(definition)?;
            let cohort = self.0.clone().interruptible(interrupt);
            retention::estimate(&cohort, &definition).map(PyRetention)
        })
    }

    /// Several definitions side by side: the table, and the names left out.
    fn compare_definitions(
        &self,
        py: Python<'_>,
        definitions: Vec<String>,
    ) -> PyResult<(Frame, Vec<String>)> {
        interruptible(py, move |interrupt| {
            let definitions = definitions
                .iter()
                .map(|d| crate::definition::read(d))
                .collect::<boligspor::Result<Vec<_>>>()?;
            let cohort = self.0.clone().interruptible(interrupt);
            let (table, left_out) = retention::compare(&cohort, &definitions)?;
            Ok((Frame::new(&table), left_out))
        })
    }

    /// The whole curve of retention by one definition.
    fn retention_curve(&self, py: Python<'_>, definition: &str, spec: &str) -> PyResult<PyTables> {
        interruptible(py, |interrupt| {
            let definition = crate::definition::read(definition)?;
            let cohort = self.0.clone().interruptible(interrupt);
            let spec = options::read("retention_curve", spec)?;
            let curve = retention::curve(&cohort, &definition, &spec)?;
            Ok(PyTables::new(
                [("table", curve.table())],
                |lang| curve.describe(lang),
                |lang| curve.warnings(lang).to_vec(),
            )
            .releasing(curve))
        })
    }

    /// Expected days in every state within a horizon.
    fn days_housed(&self, py: Python<'_>, spec: &str) -> PyResult<PyTables> {
        interruptible(py, |interrupt| {
            let cohort = self.0.clone().interruptible(interrupt);
            let found = days::estimate(&cohort, &options::read("days_housed", spec)?)?;
            Ok(PyTables::new(
                [
                    ("table", found.table()),
                    ("curve", found.curve()),
                    ("differences", found.differences()),
                ],
                |lang| found.describe(lang),
                |lang| found.warnings(lang).to_vec(),
            )
            .releasing(found))
        })
    }

    /// Returns after an exit, or home after a loss.
    fn returns(&self, py: Python<'_>, spec: &str) -> PyResult<PyTables> {
        interruptible(py, |interrupt| {
            let cohort = self.0.clone().interruptible(interrupt);
            let found = returns::estimate(&cohort, &options::read("returns", spec)?)?;
            Ok(PyTables::new(
                [
                    ("table", found.table()),
                    ("curve", found.curve()),
                    ("recurrent", found.recurrent()),
                    ("gaps", found.gaps()),
                ],
                |lang| found.describe(lang),
                |lang| found.warnings(lang).to_vec(),
            )
            .releasing(found))
        })
    }

    /// Groups side by side.
    fn compare_groups(&self, py: Python<'_>, definition: &str, spec: &str) -> PyResult<PyTables> {
        interruptible(py, |interrupt| {
            let definition = crate::definition::read(definition)?;
            let cohort = self.0.clone().interruptible(interrupt);
            let spec = options::read("groups", spec)?;
            let found = groups::compare(&cohort, &definition, &spec)?;
            let adjusted = found.adjusted().map(|t| ("adjusted", t));
            let balance = found.balance().map(|t| ("balance", t));
            let tables = [
                ("table", found.shares()),
                ("tests", found.tests()),
                ("days", found.days()),
            ];
            Ok(PyTables::new(
                tables.into_iter().chain(adjusted).chain(balance),
                |lang| found.describe(lang),
                |lang| found.warnings(lang).to_vec(),
            )
            .releasing(found))
        })
    }

    /// The cost trajectory.
    fn costs(&self, py: Python<'_>, spec: &str) -> PyResult<PyCosts> {
        interruptible(py, |interrupt| {
            let cohort = self.0.clone().interruptible(interrupt);
            costs::trajectory(&cohort, &options::read("costs", spec)?).map(PyCosts)
        })
    }

    /// Costs beside those of people not placed.
    fn compare_costs(&self, py: Python<'_>, design: &str) -> PyResult<PyTables> {
        interruptible(py, |interrupt| {
            let cohort = self.0.clone().interruptible(interrupt);
            let found = effect::compare_costs(&cohort, &options::read("design", design)?)?;
            Ok(PyTables::new(
                [
                    ("table", found.table()),
                    ("contrasts", found.contrasts()),
                    ("balance", found.balance()),
                    ("attrition_da", found.attrition(Lang::Da)),
                    ("attrition_en", found.attrition(Lang::En)),
                    ("means", found.means()),
                    ("diagnostics", found.diagnostics()),
                ],
                |lang| found.describe(lang),
                |lang| found.warnings(lang).to_vec(),
            )
            .releasing(found))
        })
    }

    /// What it costs to house someone, by payer.
    fn net_cost(&self, py: Python<'_>, design: &str, scenario: &str) -> PyResult<PyTables> {
        interruptible(py, |interrupt| {
            let cohort = self.0.clone().interruptible(interrupt);
            let design = options::read("design", design)?;
            let found = effect::net_cost(&cohort, &design, &options::read("scenario", scenario)?)?;
            Ok(PyTables::new(
                found.tables(),
                |lang| found.describe(lang),
                |lang| found.warnings(lang).to_vec(),
            )
            .releasing(found))
        })
    }

    /// Who pays what under several sets of refund rules.
    fn who_pays(&self, py: Python<'_>, spec: &str, file: Option<PathBuf>) -> PyResult<PyTables> {
        interruptible(py, |interrupt| {
            let cohort = self.0.clone().interruptible(interrupt);
            let spec: costs::RefundSpec = options::read("refunds", spec)?;
            let book = match &file {
                None => costs::RuleBook::shipped(),
                Some(file) => costs::RuleBook::read(file)?,
            };
            let paid = costs::who_pays(&cohort, &spec, &book)?;
            Ok(PyTables::new(
                [
                    ("table", paid.table()),
                    ("changes", paid.changes()),
                    ("days", paid.days()),
                    ("rules", paid.rules()),
                ],
                |lang| paid.describe(lang).to_owned(),
                |lang| paid.warnings(lang).to_vec(),
            ))
        })
    }

    /// The municipal comparison.
    fn compare(&self, py: Python<'_>, spec: &str) -> PyResult<PyComparison> {
        interruptible(py, |interrupt| {
            let cohort = self.0.clone().interruptible(interrupt);
            let spec: CompareSpec = options::read("compare", spec)?;
            municipality::compare(&cohort, &spec).map(PyComparison)
        })
    }

    /// A municipality's own sheet, as HTML and as the bytes of a `.docx`.
    fn sheet<'py>(
        &self,
        py: Python<'py>,
        spec: &str,
        municipality: &str,
    ) -> PyResult<(String, Bound<'py, PyBytes>)> {
        let made = interruptible(py, |interrupt| {
            let cohort = self.0.clone().interruptible(interrupt);
            let spec: SheetSpec = options::read("sheet", spec)?;
            sheet::sheet(&cohort, &spec, municipality)
        })?;
        Ok((made.html(), PyBytes::new(py, &made.docx())))
    }

    /// Writes the sheet of every municipality into a folder; gives the paths.
    #[pyo3(signature = (spec, folder, progress=None))]
    fn sheets(
        &self,
        py: Python<'_>,
        spec: &str,
        folder: PathBuf,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<PathBuf>> {
        interruptible_telling(py, progress, |interrupt, tell| {
            let cohort = self.0.clone().interruptible(interrupt);
            let spec: SheetSpec = options::read("sheet", spec)?;
            sheet::sheets(&cohort, &spec, &folder, |done, total| {
                tell.tell((Some("sheets".into()), done, total));
            })
        })
    }
}

/// A comparison of costs in words.
#[pyfunction]
pub(crate) fn design_describe(py: Python<'_>, design: &str, lang: &str) -> PyResult<String> {
    guarded(py, || {
        let design: Design = options::read("design", design)?;
        design.validate()?;
        Ok(design.describe(options::lang(lang)?))
    })
}

/// A scenario of net cost in words.
#[pyfunction]
pub(crate) fn scenario_describe(py: Python<'_>, scenario: &str, lang: &str) -> PyResult<String> {
    guarded(py, || {
        let scenario: Scenario = options::read("scenario", scenario)?;
        scenario.validate()?;
        Ok(scenario.describe(options::lang(lang)?))
    })
}

fn mask(name: &str, table: &Bound<'_, PyAny>) -> PyResult<Vec<bool>> {
    let frame = arrow::import("candidates", table)?;
    guarded(table.py(), || {
        let refused = || Error::Expression {
            what: format!("the condition \"{name}\""),
            problem: "gives no truth values".into(),
            hint: "write it so that it is true or false for each row".into(),
        };
        let column = frame.columns().first().ok_or_else(refused)?;
        let met = column.bool().map_err(|_| refused())?;
        Ok(met.iter().map(|m| m == Some(true)).collect())
    })
}

fn order(codes: &[String]) -> boligspor::Result<Precedence> {
    let states = codes
        .iter()
        .map(|code| {
            State::from_code(code).ok_or_else(|| {
                let known: Vec<_> = State::ALL.iter().map(|s| s.code()).collect();
                Error::option(
                    "precedence",
                    "names no housing state",
                    format!("states are {}", known.join(", ")),
                )
            })
        })
        .collect::<boligspor::Result<Vec<_>>>()?;
    Precedence::new(&states)
}

/// A cost category, payer or set of refund rules in words.
#[pyfunction]
pub(crate) fn cost_label(py: Python<'_>, kind: &str, code: &str, lang: &str) -> PyResult<String> {
    guarded(py, || {
        let lang = options::lang(lang)?;
        Ok(match kind {
            "category" => costs::category_label(code, lang),
            "payer" => costs::payer_label(code, lang),
            _ => costs::rules_label(code, lang),
        })
    })
}
