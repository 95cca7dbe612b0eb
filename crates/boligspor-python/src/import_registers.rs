//! Tables from a folder of Danish registers.

use std::path::PathBuf;

use boligspor::calendar;
use boligspor::register::danish;
use boligspor::register::deliveries::Mapping;
use pyo3::prelude::*;
use serde_json::json;

use crate::frame::Frame;
use crate::interrupt::interruptible;
use crate::options;

/// What a folder gives: tables by name, the account as JSON, and the first and
/// the last observed day.
type Import = (Vec<(&'static str, Frame)>, String, Option<String>, String);

/// Reads a folder of registers by a mapping, its TOML text or its JSON.
#[pyfunction]
#[pyo3(signature = (folder, toml, json, out))]
pub(crate) fn import_registers(
    py: Python<'_>,
    folder: PathBuf,
    toml: Option<&str>,
    json: Option<&str>,
    out: Option<PathBuf>,
) -> PyResult<Import> {
    interruptible(py, |interrupt| {
        let mapping = match (toml, json) {
            (Some(text), _) => Mapping::from_toml(text)?,
            (None, json) => {
                let mapping: Mapping = options::read("mapping", json.unwrap_or("{}"))?;
                mapping.check()?;
                mapping
            }
        };
        let import = danish::import_registers_with(&folder, &mapping, interrupt, |_| ())?;
        if let Some(out) = out {
            import.write(out)?;
        }
        let account = json!({
            "corrections": import.corrections,
            "shelter_by_year": import.shelter_effects,
            "shelter_by_rule": import.shelter_steps,
            "overrides": import.overrides,
            "coverage": import.coverage,
            "files": import.files,
            "road": import.road,
            "residence_dates": import.uncertainty,
        });
        let tables = import.tables.iter();
        Ok((
            tables
                .map(|(t, frame)| (t.name(), Frame::new(frame)))
                .collect(),
            account.to_string(),
            import.mapping.observed_from.map(|d| calendar::format(d.0)),
            calendar::format(import.mapping.observed_until.0),
        ))
    })
}
