//! A result as tables with words: what most analyses give back.

use boligspor::disclosure::Policy;
use boligspor::release::{Release, Released};
use boligspor::{Error, Lang};
use polars::prelude::DataFrame;
use pyo3::prelude::*;

use crate::frame::Frame;
use crate::interrupt::guarded;
use crate::options;
use crate::released::{PyReleased, cleared};

/// Clears a result under a policy.
type Clear = Box<dyn Fn(&Policy) -> boligspor::Result<Released<()>> + Send + Sync>;

/// The tables of a result by name, its definition in words, its warnings.
#[pyclass(frozen, name = "Tables", module = "boligspor._core")]
pub(crate) struct PyTables {
    tables: Vec<(&'static str, DataFrame)>,
    described: [String; 2],
    warnings: [Vec<String>; 2],
    clear: Option<Clear>,
}

impl PyTables {
    /// Takes a result's tables, and what it says in each language.
    pub(crate) fn new<'a>(
        tables: impl IntoIterator<Item = (&'static str, &'a DataFrame)>,
        describe: impl Fn(Lang) -> String,
        warnings: impl Fn(Lang) -> Vec<String>,
    ) -> Self {
        let tables = tables.into_iter().map(|(n, t)| (n, t.clone())).collect();
        Self {
            tables,
            described: [Lang::Da, Lang::En].map(describe),
            warnings: [Lang::Da, Lang::En].map(warnings),
            clear: None,
        }
    }

    /// The result itself, which can be released.
    pub(crate) fn releasing<R: Release + Send + Sync + 'static>(mut self, result: R) -> Self {
        self.clear = Some(Box::new(move |policy| {
            Ok(result.release(policy)?.untyped())
        }));
        self
    }
}

fn index(lang: &str) -> boligspor::Result<usize> {
    Ok(usize::from(options::lang(lang)? == Lang::En))
}

#[pymethods]
impl PyTables {
    /// A table by name; `None` where the result has none of it.
    fn table(&self, name: &str) -> Option<Frame> {
        let found = self.tables.iter().find(|(n, _)| *n == name)?;
        Some(Frame::new(&found.1))
    }

    /// Clears the result, where it can be released.
    fn release(&self, py: Python<'_>, policy: &str) -> PyResult<PyReleased> {
        cleared(py, policy, |policy| match &self.clear {
            Some(clear) => clear(policy),
            None => Err(Error::option(
                "release",
                "is not possible for this result",
                "release what it is made of",
            )),
        })
    }

    fn describe(&self, py: Python<'_>, lang: &str) -> PyResult<String> {
        guarded(py, || Ok(self.described[index(lang)?].clone()))
    }

    fn warnings(&self, py: Python<'_>, lang: &str) -> PyResult<Vec<String>> {
        guarded(py, || Ok(self.warnings[index(lang)?].clone()))
    }
}
