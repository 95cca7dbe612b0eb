//! What the analyses give back: tables, words and warnings.

use boligspor::costs::CostTrajectory;
use boligspor::municipality::Comparison;
use boligspor::release::Release;
use boligspor::retention::Retention;
use pyo3::prelude::*;

use crate::frame::Frame;
use crate::interrupt::guarded;
use crate::options;
use crate::released::{PyReleased, cleared};

/// Retention by one definition.
#[pyclass(frozen, name = "Retention", module = "boligspor._core")]
pub(crate) struct PyRetention(pub(crate) Retention);

#[pymethods]
impl PyRetention {
    fn table(&self) -> Frame {
        Frame::new(self.0.table())
    }

    fn outcomes(&self) -> Frame {
        Frame::new(self.0.outcomes())
    }

    fn curve(&self) -> Frame {
        Frame::new(self.0.curve())
    }

    fn occupancy(&self) -> Frame {
        Frame::new(self.0.occupancy())
    }

    fn describe(&self, py: Python<'_>, lang: &str) -> PyResult<String> {
        guarded(py, || Ok(self.0.describe(options::lang(lang)?)))
    }

    fn warnings(&self, py: Python<'_>, lang: &str) -> PyResult<Vec<String>> {
        guarded(py, || Ok(self.0.warnings(options::lang(lang)?).to_vec()))
    }
}

/// What people cost by relative period.
#[pyclass(frozen, name = "Costs", module = "boligspor._core")]
pub(crate) struct PyCosts(pub(crate) CostTrajectory);

#[pymethods]
impl PyCosts {
    /// A table by name; `None` where the result has none of it.
    fn table(&self, py: Python<'_>, name: &str) -> PyResult<Option<Frame>> {
        guarded(py, || {
            if name == "flags" {
                return Ok(Some(Frame::new(&self.0.flags_table()?)));
            }
            let mut tables = self.0.tables().into_iter();
            let found = tables.find(|(n, table)| *n == name && table.width() > 0);
            Ok(found.map(|(_, table)| Frame::new(table)))
        })
    }

    fn describe(&self, py: Python<'_>, lang: &str) -> PyResult<String> {
        guarded(py, || Ok(self.0.describe(options::lang(lang)?)))
    }

    fn warnings(&self, py: Python<'_>, lang: &str) -> PyResult<Vec<String>> {
        guarded(py, || Ok(self.0.warnings(options::lang(lang)?).to_vec()))
    }
}

/// Municipalities side by side.
#[pyclass(frozen, name = "Comparison", module = "boligspor._core")]
pub(crate) struct PyComparison(pub(crate) Comparison);

#[pymethods]
impl PyComparison {
    fn table(&self) -> Frame {
        Frame::new(self.0.table())
    }

    fn limits(&self) -> Frame {
        Frame::new(self.0.limits())
    }

    fn counts(&self) -> Option<Frame> {
        self.0.counts().map(Frame::new)
    }

    fn trend(&self) -> Option<Frame> {
        self.0.trend().map(Frame::new)
    }

    /// A further table by name, where there was something to make it from.
    fn more(&self, name: &str) -> Option<Frame> {
        let (_, table) = self.0.more().find(|(n, _)| *n == name)?;
        Some(Frame::new(table))
    }

    /// Clears what of the comparison may leave.
    fn release(&self, py: Python<'_>, policy: &str) -> PyResult<PyReleased> {
        cleared(py, policy, |policy| Ok(self.0.release(policy)?.untyped()))
    }

    fn describe(&self, py: Python<'_>, lang: &str) -> PyResult<String> {
        guarded(py, || Ok(self.0.describe(options::lang(lang)?)))
    }

    fn warnings(&self, py: Python<'_>, lang: &str) -> PyResult<Vec<String>> {
        guarded(py, || Ok(self.0.warnings(options::lang(lang)?).to_vec()))
    }
}
