//! An import into a folder: all of it, or what was there before.

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::super::parquet;
use super::RegisterImport;
use crate::error::{Error, Result};
use crate::staging::Staging;

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

/// The file that marks a folder as an import's.
const ACCOUNT: &str = "import.json";

/// Writes everything beside the folder, and puts it in its place in one step.
pub(super) fn write(import: &RegisterImport, folder: &Path) -> Result<()> {
    let made = Staging::new(folder, ACCOUNT)?;
    let to = |name: &str| made.path(name);
    for (table, frame) in &import.tables {
        let path = to(&format!("{}.parquet", table.name()));
        let file = fs::File::create(&path).map_err(|e| Error::file("write", &path, e))?;
        parquet::write(frame, std::io::BufWriter::new(file))
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
    made.account(ACCOUNT, account)?;
    made.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::import_registers;
    use crate::register::deliveries::Mapping;
    use std::fs;
    use std::path::Path;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_replaced_whole_and_one_with_other_files_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("dod.csv"), "pnr;doddato\na;03-02-2020\n").unwrap();
        let mapping = Mapping::from_toml(
            "version = 1\nobserved_until = 2023-12-31\n[[deliveries]]\nregister = \"dod\"\nfiles = [\"dod.csv\"]",
        )
        .unwrap();
        let import = import_registers(root.path(), &mapping).unwrap();
        let out = root.path().join("tables");
        import.write(&out).unwrap();
        // A run that was killed leaves its hidden folder, and the next removes it.
        fs::create_dir(root.path().join(".tables.boligspor-new")).unwrap();
        fs::write(
            root.path().join(".tables.boligspor-new/stays.parquet"),
            b"half",
        )
        .unwrap();
        import.write(&out).unwrap();
        assert_eq!(names(root.path()), ["dod.csv", "tables"]);
        assert_eq!(
            names(&out),
            [
                "corrections.csv",
                "coverage.csv",
                "import.json",
                "overrides.csv",
                "persons.parquet",
                "shelter_by_rule.csv",
                "shelter_by_year.csv",
                "stays.parquet",
            ]
        );
        fs::write(out.join("notes.docx"), b"years").unwrap();
        let error = import.write(&out).unwrap_err().to_string();
        assert!(error.contains("notes.docx"), "{error}");
        assert_eq!(fs::read(out.join("notes.docx")).unwrap(), b"years");
    }
}
