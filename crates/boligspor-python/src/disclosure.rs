//! Clearing a bundle of tables, and what leaves.

use std::path::PathBuf;

use boligspor::disclosure::{
    self, AmountColumn, Attribute, Cleared, Lang, Ledger, LedgerNumber, Policy, Population,
    Request, Shown,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::raise;

/// The exception for a refusal or a fault of this room.
fn to_py(py: Python<'_>, error: &disclosure::ClearError) -> PyErr {
    raise(py, "DisclosureError", &error.to_string(), &PyDict::new(py))
}

fn language(lang: &str) -> Lang {
    if lang == "da" { Lang::Da } else { Lang::En }
}

/// People and the tables wanted of them.
#[pyclass(name = "DisclosurePopulation", module = "boligspor._core")]
pub(crate) struct PyPopulation {
    inner: Population,
    attributes: Vec<Attribute>,
    amounts: Vec<AmountColumn>,
}

#[pymethods]
impl PyPopulation {
    #[new]
    fn new(persons: usize) -> Self {
        Self {
            inner: Population::new(persons),
            attributes: Vec::new(),
            amounts: Vec::new(),
        }
    }

    fn attribute(&mut self, py: Python<'_>, name: &str, values: Vec<String>) -> PyResult<usize> {
        let made = self.inner.attribute(name, &values);
        self.attributes.push(made.map_err(|e| to_py(py, &e))?);
        Ok(self.attributes.len() - 1)
    }

    fn amount(&mut self, py: Python<'_>, name: &str, values: Vec<i64>) -> PyResult<usize> {
        let values: Vec<i128> = values.into_iter().map(i128::from).collect();
        let made = self.inner.amount(name, &values);
        self.amounts.push(made.map_err(|e| to_py(py, &e))?);
        Ok(self.amounts.len() - 1)
    }

    fn table(&mut self, py: Python<'_>, table: &str, by: Vec<usize>) -> PyResult<()> {
        let by = self.columns(&by);
        self.inner.table(table, &by).map_err(|e| to_py(py, &e))
    }

    fn means(
        &mut self,
        py: Python<'_>,
        table: &str,
        amount: usize,
        by: Vec<usize>,
    ) -> PyResult<()> {
        let by = self.columns(&by);
        self.inner
            .means(table, self.amounts[amount], &by)
            .map_err(|e| to_py(py, &e))
    }

    fn shares(&mut self, py: Python<'_>, table: &str, of: usize, by: Vec<usize>) -> PyResult<()> {
        let by = self.columns(&by);
        self.inner
            .shares(table, self.attributes[of], &by)
            .map_err(|e| to_py(py, &e))
    }

    #[pyo3(signature = (ledger, release, place, group, amount=None))]
    fn earlier(
        &mut self,
        py: Python<'_>,
        ledger: PathBuf,
        release: &str,
        place: (String, String),
        group: Vec<(usize, String)>,
        amount: Option<usize>,
    ) -> PyResult<()> {
        let ledger = Ledger::open(ledger).map_err(|e| to_py(py, &e))?;
        let number: Option<&LedgerNumber> = ledger
            .numbers(release)
            .iter()
            .find(|number| number.table == place.0 && number.label == place.1);
        let Some(number) = number else {
            let missing = disclosure::ClearError::Ledger(format!(
                "release {release} shows no number in table {} at {}",
                place.0, place.1
            ));
            return Err(to_py(py, &missing));
        };
        let group: Vec<(Attribute, &str)> = group
            .iter()
            .map(|(attribute, category)| (self.attributes[*attribute], category.as_str()))
            .collect();
        let amount = amount.map(|amount| self.amounts[amount]);
        self.inner
            .earlier(number, &group, amount)
            .map_err(|e| to_py(py, &e))
    }

    fn release(&self, py: Python<'_>, policy: &str) -> PyResult<PyRelease> {
        let cleared = py.detach(|| {
            let policy = read_policy(policy)?;
            let cleared = disclosure::clear(&self.inner.bundle()?, &policy)?;
            Ok(PyRelease { cleared, policy })
        });
        cleared.map_err(|e: disclosure::ClearError| to_py(py, &e))
    }
}

impl PyPopulation {
    fn columns(&self, by: &[usize]) -> Vec<Attribute> {
        by.iter()
            .map(|&attribute| self.attributes[attribute])
            .collect()
    }
}

/// What may leave.
#[pyclass(name = "DisclosureRelease", module = "boligspor._core", frozen)]
pub(crate) struct PyRelease {
    cleared: Cleared,
    policy: Policy,
}

#[pymethods]
impl PyRelease {
    /// Table, label, value if shown, and unit.
    fn numbers(&self) -> Vec<(String, String, Option<f64>, Option<&'static str>)> {
        self.cleared
            .numbers()
            .iter()
            .map(|number| {
                let unit = number.value.map(|shown| match shown {
                    Shown::Count(_) => "persons",
                    Shown::Amount(_) => "amount",
                    Shown::Percentage { .. } => "percent",
                });
                (
                    number.table.clone(),
                    number.label.clone(),
                    number.value.map(Shown::to_f64),
                    unit,
                )
            })
            .collect()
    }

    fn describe(&self, lang: &str) -> String {
        self.policy.describe(language(lang))
    }

    fn request(&self, py: Python<'_>, request: &str, lang: &str) -> PyResult<String> {
        let request = read_request(py, request)?;
        Ok(request.html(&self.cleared, &self.policy, language(lang)))
    }

    fn write(&self, py: Python<'_>, folder: PathBuf, request: &str) -> PyResult<()> {
        let request = read_request(py, request)?;
        py.detach(|| self.cleared.write(folder, &request, &self.policy))
            .map_err(|e| to_py(py, &e))
    }

    fn enter(&self, py: Python<'_>, ledger: PathBuf, name: &str) -> PyResult<()> {
        py.detach(|| Ledger::open(ledger)?.append(name, &self.policy, &self.cleared))
            .map_err(|e| to_py(py, &e))
    }
}

/// A shipped policy by name, or the text of a TOML file.
pub(crate) fn read_policy(policy: &str) -> disclosure::Result<Policy> {
    if policy.contains('=') {
        Policy::from_toml(policy)
    } else {
        Policy::named(policy)
    }
}

fn read_request(py: Python<'_>, request: &str) -> PyResult<Request> {
    serde_json::from_str(request)
        .map_err(|error| to_py(py, &disclosure::ClearError::Folder(error.to_string())))
}

/// The names of the shipped policies.
#[pyfunction]
pub(crate) fn disclosure_policies() -> Vec<&'static str> {
    Policy::names()
}

/// A policy in sentences.
#[pyfunction]
pub(crate) fn disclosure_describe(py: Python<'_>, policy: &str, lang: &str) -> PyResult<String> {
    let policy = read_policy(policy).map_err(|e| to_py(py, &e))?;
    Ok(policy.describe(language(lang)))
}

/// Verifies the certificate of a released folder.
#[pyfunction]
pub(crate) fn disclosure_check(py: Python<'_>, folder: PathBuf) -> PyResult<()> {
    py.detach(|| disclosure::check_folder(folder))
        .map_err(|e| to_py(py, &e))
}

/// The releases of a ledger with their published numbers.
#[pyfunction]
pub(crate) fn disclosure_ledger(
    py: Python<'_>,
    path: PathBuf,
) -> PyResult<Vec<(String, String, String, f64)>> {
    let ledger = Ledger::open(path).map_err(|e| to_py(py, &e))?;
    Ok(ledger
        .releases()
        .flat_map(|release| {
            ledger.numbers(release).iter().map(move |number| {
                (
                    release.to_owned(),
                    number.table.clone(),
                    number.label.clone(),
                    number.shown.to_f64(),
                )
            })
        })
        .collect())
}
