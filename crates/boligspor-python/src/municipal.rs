//! What a register says of municipalities: one call by the name of the analysis.

use boligspor::municipality::{
    Findings, TilePlace, context, homelessness, homes, implementation, peers, support,
};
use boligspor::{Error, Result};
use pyo3::prelude::*;

use crate::interrupt::interruptible;
use crate::options;
use crate::register::PyRegister;
use crate::tables::PyTables;

/// Analyses a register's tables about municipalities.
#[pyfunction]
#[pyo3(signature = (register, analysis, spec, municipality=None))]
pub(crate) fn municipal(
    py: Python<'_>,
    register: PyRef<'_, PyRegister>,
    analysis: &str,
    spec: &str,
    municipality: Option<&str>,
) -> PyResult<PyTables> {
    let register = std::sync::Arc::clone(&register.0);
    let found = interruptible(py, move |_| -> Result<Findings> {
        match analysis {
            "peers" => peers(
                &register,
                &options::read("peers", spec)?,
                municipality.unwrap_or_default(),
            ),
            "homelessness" => homelessness(&register, &options::read("homelessness", spec)?),
            "implementation" => implementation(&register, &options::read("implementation", spec)?),
            "support" => support(&register, &options::read("support", spec)?),
            "homes" => homes(&register, &options::read("homes", spec)?),
            "context" => context(&register, &options::read("context", spec)?),
            _ => Err(Error::option(
                "analysis",
                "is none of a register",
                "choose peers, homelessness, implementation, support, homes or context",
            )),
        }
    })?;
    Ok(PyTables::new(
        found.tables(),
        |lang| found.describe(lang).to_owned(),
        |lang| found.warnings(lang).to_vec(),
    ))
}

/// A name on the lines, and in the size of letters, that fit a tile.
#[pyfunction]
pub(crate) fn tile_lines(name: &str, room: f64) -> (Vec<String>, f64) {
    boligspor::chart::Tile::lines(name, room)
}

/// Code, row, column and name of each tile of the map.
#[pyfunction]
pub(crate) fn tiles() -> Vec<(&'static str, usize, usize, &'static str)> {
    TilePlace::all()
        .iter()
        .map(|t| (t.code, t.row, t.column, t.name))
        .collect()
}
