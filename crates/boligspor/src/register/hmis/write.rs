//! Tables of an import into a folder, each file whole or not at all.

use std::fs;
use std::io::Write;
use std::path::Path;

use polars::prelude::{CsvWriter, DataFrame, NamedFrom, ParquetWriter, SerWriter, Series};

use super::HmisImport;
use super::frame::bug;
use crate::calendar;
use crate::error::{Error, Result};

/// Writes one file beside its place and moves it there once it is complete.
fn put(folder: &Path, name: &str, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let path = folder.join(name);
    let failed = |e| Error::file("write", &path, e);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    write(&mut file)?;
    file.flush().map_err(failed)?;
    file.persist(&path).map_err(|e| failed(e.error))?;
    Ok(())
}

fn parquet(folder: &Path, name: &str, frame: &DataFrame) -> Result<()> {
    put(folder, name, |file| {
        ParquetWriter::new(file)
            .finish(&mut frame.clone())
            .map_err(bug)?;
        Ok(())
    })
}

/// Writes the tables, what is not mapped, and the days of observation.
pub(super) fn write(import: &HmisImport, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| Error::file("create", folder, e))?;
    parquet(folder, "persons.parquet", &import.persons)?;
    parquet(folder, "placements.parquet", &import.placements)?;
    parquet(folder, "stays.parquet", &import.stays)?;
    parquet(folder, "costs.parquet", &import.costs)?;
    let of =
        |value: fn(&super::Unmapped) -> &str| import.unmapped.iter().map(value).collect::<Vec<_>>();
    let rows: Vec<i64> = import.unmapped.iter().map(|u| u.rows as i64).collect();
    let mut unmapped = DataFrame::new_infer_height(vec![
        Series::new("what".into(), of(|u| &u.what)).into(),
        Series::new("rows".into(), rows).into(),
        Series::new("why".into(), of(|u| &u.why)).into(),
    ])
    .map_err(bug)?;
    put(folder, "unmapped.csv", |file| {
        CsvWriter::new(file).finish(&mut unmapped).map_err(bug)
    })?;
    let days = serde_json::json!({
        "observed_from": import.observed_from.map(calendar::format),
        "observed_until": calendar::format(import.observed_until),
        "municipality_codes": "any",
        "options": import.options,
    });
    put(folder, "import.json", |file| {
        writeln!(file, "{days:#}").map_err(|e| Error::file("write", &folder.join("import.json"), e))
    })
}
