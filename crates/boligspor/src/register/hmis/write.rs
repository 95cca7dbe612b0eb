//! Tables of an import into a folder: all of it, or what was there before.

use std::fs;
use std::path::Path;

use polars::prelude::{CsvWriter, DataFrame, NamedFrom, SerWriter, Series};

use super::HmisImport;
use super::frame::bug;
use crate::calendar;
use crate::error::{Error, Result};
use crate::staging::Staging;

/// The file that marks a folder as an import's.
const ACCOUNT: &str = "import.json";

fn parquet(path: &Path, frame: &DataFrame) -> Result<()> {
    let file = fs::File::create(path).map_err(|e| Error::file("write", path, e))?;
    super::super::parquet::write(frame, std::io::BufWriter::new(file)).map_err(bug)
}

/// Writes the tables, what is not mapped, and the days of observation.
pub(super) fn write(import: &HmisImport, folder: &Path) -> Result<()> {
    let made = Staging::new(folder, ACCOUNT)?;
    for (name, frame) in [
        ("persons.parquet", &import.persons),
        ("placements.parquet", &import.placements),
        ("stays.parquet", &import.stays),
        ("costs.parquet", &import.costs),
    ] {
        parquet(&made.path(name), frame)?;
    }
    let of =
        |value: fn(&super::Unmapped) -> &str| import.unmapped.iter().map(value).collect::<Vec<_>>();
    let rows: Vec<i64> = import.unmapped.iter().map(|u| u.rows as i64).collect();
    let mut unmapped = DataFrame::new_infer_height(vec![
        Series::new("what".into(), of(|u| &u.what)).into(),
        Series::new("rows".into(), rows).into(),
        Series::new("why".into(), of(|u| &u.why)).into(),
    ])
    .map_err(bug)?;
    let path = made.path("unmapped.csv");
    let file = fs::File::create(&path).map_err(|e| Error::file("write", &path, e))?;
    CsvWriter::new(file).finish(&mut unmapped).map_err(bug)?;
    let days = serde_json::json!({
        "observed_from": import.observed_from.map(calendar::format),
        "observed_until": calendar::format(import.observed_until),
        "municipality_codes": "any",
        "options": import.options,
    });
    made.account(ACCOUNT, days)?;
    made.commit()?;
    Ok(())
}
