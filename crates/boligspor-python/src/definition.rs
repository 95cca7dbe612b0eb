//! Definitions of retention, as JSON.

use boligspor::Error;
use boligspor::retention::{Definition, Place};
use pyo3::prelude::*;

use crate::interrupt::guarded;
use crate::options;

/// The names of the published definitions.
#[pyfunction]
pub(crate) fn presets() -> Vec<&'static str> {
    Definition::PRESETS.to_vec()
}

/// A published definition; `None` for the default one.
#[pyfunction]
#[pyo3(signature = (name=None))]
pub(crate) fn definition_preset(py: Python<'_>, name: Option<&str>) -> PyResult<String> {
    guarded(py, || {
        let definition = match name {
            Some(name) => Definition::preset(name)?,
            None => Definition::default(),
        };
        serde_json::to_string(&definition).map_err(|_| {
            Error::option(
                "definition",
                "cannot be written as JSON",
                "please report this",
            )
        })
    })
}

/// Checks that the choices of a definition fit together.
#[pyfunction]
pub(crate) fn definition_validate(py: Python<'_>, json: &str) -> PyResult<()> {
    guarded(py, || read(json)?.validate())
}

/// A definition in one sentence.
#[pyfunction]
pub(crate) fn definition_describe(py: Python<'_>, json: &str, lang: &str) -> PyResult<String> {
    guarded(py, || Ok(read(json)?.describe(options::lang(lang)?)))
}

/// Every place a person can be seen at, with its label, the nearest to a home first.
#[pyfunction]
pub(crate) fn places(py: Python<'_>, lang: &str) -> PyResult<Vec<(&'static str, &'static str)>> {
    guarded(py, || {
        let lang = options::lang(lang)?;
        Ok(Place::ALL.map(|p| (p.code(), p.label(lang))).into())
    })
}

/// Reads a definition.
pub(crate) fn read(json: &str) -> boligspor::Result<Definition> {
    options::read("definition", json)
}
