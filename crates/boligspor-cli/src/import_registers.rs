//! `boligspor import registers`.

use std::fs;
use std::path::Path;

use boligspor::Error;
use boligspor::calendar;
use boligspor::register::Table;
use boligspor::register::danish::{RegisterImport, import_registers_with};
use boligspor::register::deliveries::Mapping;
use serde_json::json;

use crate::args;
use crate::exit::Failure;
use crate::import::{new_study, relative};
use crate::interrupt::watch;
use crate::out::Out;

/// The study that is written beside the tables; what depends on the import
/// stands in braces.
const STUDY: &str = include_str!("registers_study.toml");

pub(crate) fn import(args: &args::Registers, out: &Out) -> Result<u8, Failure> {
    new_study(args.study.as_ref())?;
    let text = fs::read_to_string(&args.mapping)
        .map_err(|e| Failure::Core(Error::file("read", &args.mapping, e)))?;
    let mapping = Mapping::from_toml(&text)?;
    let bar = out.bar(14);
    let import = import_registers_with(&args.folder, &mapping, &watch(), |register| {
        bar.inc(1);
        bar.set_message(register.to_owned());
    })?;
    bar.set_message("writing tables");
    import.write(&args.out)?;
    if let Some(study) = &args.study {
        let text = study_text(&import, &args.out, study);
        fs::write(study, text).map_err(|e| Error::file("write", study, e))?;
    }
    bar.finish_and_clear();
    out.result(&told(&import, args), &object(&import, args))?;
    Ok(0)
}

fn told(import: &RegisterImport, args: &args::Registers) -> String {
    let tables: Vec<String> = import
        .tables
        .iter()
        .map(|(table, frame)| format!("{} {table}", frame.height()))
        .collect();
    let mut lines = vec![format!(
        "The tables are in {}: {}",
        args.out.display(),
        tables.join(", ")
    )];
    let u = &import.uncertainty;
    lines.push(format!(
        "Residence: {} dates, {} of them known only as an interval ({} days in all, the longest {})",
        u.dates, u.uncertain, u.days, u.longest
    ));
    if let (Some(before), Some(after)) = (import.shelter_steps.first(), import.shelter_steps.last())
    {
        lines.push(format!(
            "Shelter register: {} rows, {} nights and {} persons as delivered; {}, {} and {} after cleaning",
            before.rows, before.nights, before.persons, after.rows, after.nights, after.persons
        ));
    }
    let mut rules: std::collections::BTreeMap<(&str, &str), usize> =
        std::collections::BTreeMap::new();
    for c in &import.corrections {
        *rules.entry((&c.register, &c.done)).or_default() += c.rows;
    }
    if !rules.is_empty() {
        lines.push("Corrected or noticed (by year in corrections.csv):".into());
        lines.extend(
            rules
                .iter()
                .map(|((register, done), rows)| format!("  {register}, {rows} rows: {done}")),
        );
    }
    if let Some(study) = &args.study {
        lines.push(format!(
            "Run it with: boligspor run {} --out results",
            study.display()
        ));
    }
    lines.join("\n")
}

fn object(import: &RegisterImport, args: &args::Registers) -> serde_json::Value {
    let rows: serde_json::Map<String, serde_json::Value> = import
        .tables
        .iter()
        .map(|(table, frame)| (table.name().to_owned(), json!(frame.height())))
        .collect();
    json!({
        "out": args.out.display().to_string(),
        "rows": rows,
        "road": import.road,
        "residence_dates": import.uncertainty,
        "shelter": import.shelter_steps,
        "corrections": import.corrections,
        "overrides": import.overrides,
        "study": args.study.as_ref().map(|s| s.display().to_string()),
    })
}

/// The study file, its tables named as seen from where it stands.
fn study_text(import: &RegisterImport, tables: &Path, study: &Path) -> String {
    let mapping = &import.mapping;
    let date = |d: boligspor::calendar::Date| calendar::format(d.0);
    let (from, cohort) = match mapping.observed_from {
        Some(day) => (
            format!("observed_from = {}", date(day)),
            format!("from = {}", date(day)),
        ),
        None => (
            "# observed_from = 2010-01-01".into(),
            "# from = 2010-01-01".into(),
        ),
    };
    let has = |table| import.tables.contains_key(&table);
    let costs = if has(Table::Costs) { "" } else { "# " };
    let index = if has(Table::PriceIndex) { "" } else { "# " };
    STUDY
        .replace("{tables}", &relative(tables, study))
        .replace("{observed_from}", &from)
        .replace("{observed_until}", &date(mapping.observed_until))
        .replace("{from}", &cohort)
        .replace("{costs}", costs)
        .replace("{index}", index)
}
