//! An import into a folder.

use std::fs;
use std::io::Write;
use std::path::Path;

use polars::prelude::ParquetWriter;
use serde::Serialize;

use super::RegisterImport;
use crate::error::{Error, Result};

fn csv<T: Serialize>(path: &Path, rows: &[T], header: &[&str]) -> Result<()> {
    let failed = |e: csv::Error| Error::file("write", path, std::io::Error::other(e.to_string()));
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_path(path)
        .map_err(failed)?;
    writer.write_record(header).map_err(failed)?;
    for row in rows {
        writer.serialize(row).map_err(failed)?;
    }
    writer.flush().map_err(|e| Error::file("write", path, e))
}

/// Writes everything beside the folder, then moves each file into it.
pub(super) fn write(import: &RegisterImport, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| Error::file("create", folder, e))?;
    let made = tempfile::Builder::new()
        .prefix(".boligspor-")
        .tempdir_in(folder)
        .map_err(|e| Error::file("write", folder, e))?;
    let to = |name: &str| made.path().join(name);
    for (table, frame) in &import.tables {
        let path = to(&format!("{}.parquet", table.name()));
        let file = fs::File::create(&path).map_err(|e| Error::file("write", &path, e))?;
        ParquetWriter::new(std::io::BufWriter::new(file))
            .finish(&mut frame.clone())
            .map_err(|e| Error::file("write", &path, std::io::Error::other(e.to_string())))?;
    }
    csv(
        &to("corrections.csv"),
        &import.corrections,
        &["register", "rule", "done", "year", "rows"],
    )?;
    csv(
        &to("shelter_by_year.csv"),
        &import.shelter_effects,
        &[
            "year",
            "nights_before",
            "nights_after",
            "persons_before",
            "persons_after",
        ],
    )?;
    csv(
        &to("shelter_by_rule.csv"),
        &import.shelter_steps,
        &["rule", "rows", "nights", "persons"],
    )?;
    csv(
        &to("overrides.csv"),
        &import.overrides,
        &["by", "by_state", "source", "state", "days", "persons"],
    )?;
    csv(
        &to("coverage.csv"),
        &import.coverage,
        &["municipality", "year", "month", "persons"],
    )?;
    let account = serde_json::json!({
        "observed_from": import.mapping.observed_from,
        "observed_until": import.mapping.observed_until,
        "road": import.road,
        "residence_dates": import.uncertainty,
        "files": import.files,
        "mapping": import.mapping,
    });
    let path = to("import.json");
    let mut file = fs::File::create(&path).map_err(|e| Error::file("write", &path, e))?;
    writeln!(file, "{account:#}").map_err(|e| Error::file("write", &path, e))?;
    drop(file);
    let mut names: Vec<_> = fs::read_dir(made.path())
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .map_err(|e| Error::file("read", made.path(), e))?;
    names.sort_by_key(fs::DirEntry::file_name);
    for entry in names {
        let path = folder.join(entry.file_name());
        fs::rename(entry.path(), &path).map_err(|e| Error::file("write", &path, e))?;
    }
    Ok(())
}
