//! What may leave, from one result.

use boligspor::costs::CostTrajectory;
use boligspor::disclosure::Policy;
use boligspor::release::{Release, Released, ReleasedTable};
use boligspor::retention::Retention;
use pyo3::prelude::*;

use crate::disclosure::read_policy;
use crate::error::to_py;
use crate::frame::Frame;
use crate::interrupt::{guarded, interruptible};
use crate::options;
use crate::result::{PyCosts, PyRetention};

/// Released tables.
#[pyclass(frozen, name = "Released", module = "boligspor._core")]
pub(crate) struct PyReleased {
    tables: Vec<ReleasedTable>,
    policy: Policy,
    numbers: usize,
    withheld: usize,
}

impl PyReleased {
    fn new<T>(released: &Released<T>) -> Self {
        Self {
            tables: released.tables().to_vec(),
            policy: released.policy().clone(),
            numbers: released.cleared().numbers().len(),
            withheld: released.cleared().withheld(),
        }
    }

    fn one(&self, name: &str) -> boligspor::Result<&ReleasedTable> {
        let found = self.tables.iter().find(|table| table.name() == name);
        found.ok_or_else(|| {
            boligspor::Error::option("name", "is the name of no released table", "see `tables`")
        })
    }
}

#[pymethods]
impl PyReleased {
    fn tables(&self) -> Vec<String> {
        self.tables.iter().map(|t| t.name().to_owned()).collect()
    }

    /// Numbers cleared, and those withheld of them.
    fn counts(&self) -> (usize, usize) {
        (self.numbers, self.withheld)
    }

    fn policy(&self) -> (String, u32) {
        (self.policy.name.clone(), self.policy.version)
    }

    fn frame(&self, py: Python<'_>, name: &str) -> PyResult<Frame> {
        guarded(py, || Ok(Frame::new(&self.one(name)?.frame()?)))
    }

    fn title(&self, py: Python<'_>, name: &str, lang: &str) -> PyResult<(String, Vec<String>)> {
        guarded(py, || {
            let (table, lang) = (self.one(name)?, options::lang(lang)?);
            let notes = table.notes(lang).map(str::to_owned).collect();
            Ok((table.title(lang).to_owned(), notes))
        })
    }

    fn csv(&self, py: Python<'_>, name: &str) -> PyResult<String> {
        guarded(py, || Ok(self.one(name)?.csv()))
    }

    fn json(&self, py: Python<'_>, name: &str) -> PyResult<String> {
        guarded(py, || Ok(format!("{:#}\n", self.one(name)?.json())))
    }
}

/// Clears one result under a policy: the name of a shipped one, or TOML.
fn release<R: Release + Sync>(py: Python<'_>, result: &R, policy: &str) -> PyResult<PyReleased> {
    let policy = read_policy(policy).map_err(|e| to_py(py, e.into()))?;
    interruptible(py, |_| {
        let mut policy = policy;
        policy.percent_decimals = 0;
        Ok(PyReleased::new(&result.release(&policy)?))
    })
}

#[pyfunction]
pub(crate) fn release_retention(
    py: Python<'_>,
    result: &PyRetention,
    policy: &str,
) -> PyResult<PyReleased> {
    release::<Retention>(py, &result.0, policy)
}

#[pyfunction]
pub(crate) fn release_costs(
    py: Python<'_>,
    result: &PyCosts,
    policy: &str,
) -> PyResult<PyReleased> {
    release::<CostTrajectory>(py, &result.0, policy)
}
