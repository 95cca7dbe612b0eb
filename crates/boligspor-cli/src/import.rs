//! `boligspor import`.

use std::fs;
use std::path::{Path, PathBuf};

use boligspor::Error;
use boligspor::calendar;
use boligspor::register::hmis::{HmisImport, import_hmis};
use serde_json::json;

use crate::args;
use crate::exit::Failure;
use crate::import_registers;
use crate::out::Out;

/// The study that is written beside the tables; what depends on the export
/// stands in braces.
const STUDY: &str = include_str!("hmis_study.toml");

pub(crate) fn import(args: &args::Import, out: &Out) -> Result<u8, Failure> {
    match args {
        args::Import::Hmis(args) => hmis(args, out),
        args::Import::Registers(args) => import_registers::import(args, out),
    }
}

/// A study may have been changed by hand, so none is overwritten.
pub(crate) fn new_study(study: Option<&PathBuf>) -> Result<(), Failure> {
    if study.is_some_and(|study| study.exists()) {
        return Err(Failure::Core(Error::option(
            "--study",
            "names a file that exists",
            "name a new file: a study you may have changed is not overwritten",
        )));
    }
    Ok(())
}

fn hmis(args: &args::Hmis, out: &Out) -> Result<u8, Failure> {
    new_study(args.study.as_ref())?;
    let bar = out.bar(2);
    bar.set_message("reading the export");
    let import = import_hmis(&args.folder)?;
    bar.inc(1);
    bar.set_message("writing tables");
    import.write(&args.out)?;
    if let Some(study) = &args.study {
        let text = study_text(&import, &args.out, study);
        fs::write(study, text).map_err(|e| Error::file("write", study, e))?;
    }
    bar.finish_and_clear();

    let rows = json!({
        "persons": import.persons.height(),
        "placements": import.placements.height(),
        "stays": import.stays.height(),
        "costs": import.costs.height(),
    });
    let mut lines = vec![format!(
        "The tables are in {}: {} persons, {} placements and enrolments, {} stays, {} costs",
        args.out.display(),
        import.persons.height(),
        import.placements.height(),
        import.stays.height(),
        import.costs.height()
    )];
    if !import.unmapped.is_empty() {
        lines.push("Not mapped (also in unmapped.csv):".into());
        lines.extend(import.unmapped.iter().map(|part| match part.rows {
            0 => format!("  {}: {}", part.what, part.why),
            n => format!("  {}, {n} rows: {}", part.what, part.why),
        }));
    }
    if let Some(study) = &args.study {
        let study = study.display();
        lines.push(format!("Run it with: boligspor run {study} --out results"));
    }
    let object = json!({
        "out": args.out.display().to_string(),
        "rows": rows,
        "unmapped": import.unmapped,
        "study": args.study.as_ref().map(|s| s.display().to_string()),
    });
    out.result(&lines.join("\n"), &object)?;
    Ok(0)
}

/// The study file, its tables named as seen from where it stands.
fn study_text(import: &HmisImport, tables: &Path, study: &Path) -> String {
    let from = match import.observed_from {
        Some(day) => format!("observed_from = {}", calendar::format(day)),
        None => "# observed_from = 2020-01-01".to_owned(),
    };
    let cohort_from = match import.observed_from {
        Some(day) => format!("from = {}", calendar::format(day)),
        None => "# from = 2020-01-01".to_owned(),
    };
    let costs = if import.costs.height() > 0 { "" } else { "# " };
    STUDY
        .replace("{tables}", &relative(tables, study))
        .replace("{observed_from}", &from)
        .replace("{observed_until}", &calendar::format(import.observed_until))
        .replace("{from}", &cohort_from)
        .replace("{costs}", costs)
}

/// A folder as seen from the folder of a file: `.` or a path below it where
/// it is one, else the whole path.
pub(crate) fn relative(folder: &Path, file: &Path) -> String {
    let full = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let base = match file.parent() {
        Some(parent) if parent != Path::new("") => full(parent),
        _ => full(Path::new(".")),
    };
    let folder = full(folder);
    let shown = match folder.strip_prefix(&base) {
        Ok(below) if below == Path::new("") => Path::new("."),
        Ok(below) => below,
        Err(_) => &folder,
    };
    // A backslash would be an escape in TOML.
    shown.display().to_string().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_named_as_seen_from_the_study() {
        let root = tempfile::tempdir().unwrap();
        let tables = root.path().join("tables");
        std::fs::create_dir(&tables).unwrap();
        assert_eq!(relative(&tables, &root.path().join("study.toml")), "tables");
        assert_eq!(relative(&tables, &tables.join("study.toml")), ".");
        let outside = relative(root.path(), &tables.join("study.toml"));
        assert!(Path::new(&outside).is_absolute());
    }
}
