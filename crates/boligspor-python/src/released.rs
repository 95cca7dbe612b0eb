//! What may leave, from one result.

use boligspor::costs::CostTrajectory;
use std::path::PathBuf;

use boligspor::disclosure::{Policy, Request};
use boligspor::release::{Format, Release, Released, ReleasedTable};
use boligspor::retention::Retention;
use boligspor::study::Export;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::disclosure::read_policy;
use crate::error::to_py;
use crate::frame::Frame;
use crate::interrupt::{guarded, interruptible};
use crate::options;
use crate::result::{PyCosts, PyRetention};

/// Dots per unit of a chart in a PNG.
const PNG_SCALE: f32 = 2.0;

/// Released tables.
#[pyclass(frozen, name = "Released", module = "boligspor._core")]
pub(crate) struct PyReleased(Released<()>);

impl PyReleased {
    fn one(&self, name: &str) -> boligspor::Result<&ReleasedTable> {
        self.0.table(name).ok_or_else(|| {
            boligspor::Error::option("name", "is the name of no released table", "see `tables`")
        })
    }
}

#[pymethods]
impl PyReleased {
    fn tables(&self) -> Vec<String> {
        self.0
            .tables()
            .iter()
            .map(|t| t.name().to_owned())
            .collect()
    }

    /// Numbers cleared, and those withheld of them.
    fn counts(&self) -> (usize, usize) {
        let cleared = self.0.cleared();
        (cleared.numbers().len(), cleared.withheld())
    }

    fn policy(&self) -> (String, u32) {
        (self.0.policy().name.clone(), self.0.policy().version)
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

    fn html(&self, py: Python<'_>, lang: &str) -> PyResult<String> {
        guarded(py, || self.0.html(options::lang(lang)?))
    }

    fn docx<'py>(&self, py: Python<'py>, lang: &str) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = guarded(py, || self.0.docx(options::lang(lang)?))?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn xlsx<'py>(&self, py: Python<'py>, lang: &str) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = guarded(py, || self.0.xlsx(options::lang(lang)?))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The chart of a table as SVG; `None` where it has none.
    fn svg(&self, py: Python<'_>, name: &str, lang: &str) -> PyResult<Option<String>> {
        guarded(py, || {
            let table = self.one(name)?.name();
            let mut charts = self.0.charts(options::lang(lang)?)?.into_iter();
            Ok(charts.find(|(n, _)| n == table).map(|(_, svg)| svg))
        })
    }

    /// An SVG of [`Self::svg`] as PNG.
    #[staticmethod]
    fn png<'py>(py: Python<'py>, svg: &str) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = guarded(py, || {
            boligspor::chart::png(svg, PNG_SCALE)
                .map_err(|e| boligspor::Error::Chart(e.to_string()))
        })?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Writes everything that may leave, and the proof that stays.
    fn write(
        &self,
        py: Python<'_>,
        folder: PathBuf,
        formats: Option<Vec<String>>,
        request: &str,
        lang: &str,
    ) -> PyResult<PathBuf> {
        guarded(py, || {
            let request: Request = options::read("request", request)?;
            let formats = match formats {
                None => Format::USUAL.to_vec(),
                Some(names) => (names.iter())
                    .map(|name| options::named("formats", name))
                    .collect::<boligspor::Result<_>>()?,
            };
            let export = Export {
                formats,
                lang: options::lang(lang)?,
                request,
            };
            self.0.write(folder, &export)
        })
    }
}

/// Clears one result under a policy: the name of a shipped one, or TOML.
fn release<R: Release + Sync>(py: Python<'_>, result: &R, policy: &str) -> PyResult<PyReleased> {
    cleared(py, policy, |policy| Ok(result.release(policy)?.untyped()))
}

/// Clears what is to be cleared under a policy, its percentages whole ones.
pub(crate) fn cleared(
    py: Python<'_>,
    policy: &str,
    clear: impl FnOnce(&Policy) -> boligspor::Result<Released<()>> + Send,
) -> PyResult<PyReleased> {
    let policy = read_policy(policy).map_err(|e| to_py(py, e.into()))?;
    interruptible(py, |_| {
        let mut policy = policy;
        policy.percent_decimals = 0;
        Ok(PyReleased(clear(&policy)?))
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
