//! Tables from an HMIS export.

use std::path::PathBuf;

use boligspor::calendar;
use boligspor::register::hmis::{self, HmisOptions};
use polars::prelude::{DataFrame, NamedFrom, Series};
use pyo3::prelude::*;

use crate::frame::Frame;
use crate::interrupt::interruptible;
use crate::options;

/// What an export gives: tables by name, what could not be mapped, and the
/// first and the last observed day.
type Import = (Vec<(&'static str, Frame)>, Frame, Option<String>, String);

/// Reads an HMIS export.
#[pyfunction]
pub(crate) fn import_hmis(py: Python<'_>, folder: PathBuf, how: &str) -> PyResult<Import> {
    interruptible(py, |_| {
        let how: HmisOptions = options::read("hmis", how)?;
        let import = hmis::import_hmis_with(&folder, &how)?;
        let tables = [
            ("persons", &import.persons),
            ("placements", &import.placements),
            ("stays", &import.stays),
            ("costs", &import.costs),
        ];
        let texts = |of: &dyn Fn(&hmis::Unmapped) -> String| {
            import.unmapped.iter().map(of).collect::<Vec<_>>()
        };
        let rows: Vec<i64> = import.unmapped.iter().map(|u| u.rows as i64).collect();
        let unmapped = DataFrame::new(
            rows.len(),
            vec![
                Series::new("what".into(), texts(&|u| u.what.clone())).into(),
                Series::new("rows".into(), rows).into(),
                Series::new("why".into(), texts(&|u| u.why.clone())).into(),
            ],
        )
        .map_err(|_| {
            boligspor::Error::table("unmapped", None, "is uneven", "please report this")
        })?;
        Ok((
            tables.map(|(name, frame)| (name, Frame::new(frame))).into(),
            Frame::new(&unmapped),
            import.observed_from.map(calendar::format),
            calendar::format(import.observed_until),
        ))
    })
}

/// HUD's measures of an export, as JSON.
#[pyfunction]
pub(crate) fn hmis_measures(
    py: Python<'_>,
    folder: PathBuf,
    fiscal_year: i32,
    rules: i32,
) -> PyResult<String> {
    interruptible(py, |_| {
        let rules = hmis::MeasureRules::of(rules)?;
        let made = hmis::hmis_measures(&folder, fiscal_year, &rules)?;
        let insufficient = made.insufficient();
        let mut json = serde_json::json!(made);
        json["insufficient"] = serde_json::json!(insufficient);
        Ok(json.to_string())
    })
}
