//! The planted population as raw registers, with their dirt.
//!
//! What an evaluator is given is no tidy table. [`write_registers`] writes the
//! people of a [`Spec`] as the registers that would tell of them: snapshots in
//! SAS files, admissions in CSV in two encodings, contacts in folders of Parquet,
//! deliveries that overlap and repeat, technical check-ins, transfers, a break
//! between two hospital registers, and a mapping file that says which is which.
//! Where a file's dirt destroys what was planted, the person-days are counted, so
//! that a reader can be tested against the truth.

mod care;
mod dream;
mod residence;
mod shelter;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use boligspor_files::SasWriter;
use polars::prelude::*;

use crate::day::{self, Day};
use crate::error::{Error, Result};
use crate::generate::{Registers, generate};
use crate::spec::Spec;

const MAPPING: &str = include_str!("mapping.toml");
const STUDY: &str = include_str!("study.toml");

/// What [`write_registers`] wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterSummary {
    /// Rows by register.
    pub rows: BTreeMap<&'static str, u64>,
    /// Dirt by kind: how many rows of each were planted.
    pub dirt: BTreeMap<&'static str, u64>,
    /// Person-days that no reader can give back, by kind of dirt.
    pub destroyed: BTreeMap<&'static str, u64>,
}

/// A stay as planted.
#[derive(Clone, Copy)]
struct Stay<'a> {
    person: &'a str,
    start: Day,
    end: Option<Day>,
    state: &'a str,
    dwelling: Option<&'a str>,
    municipality: Option<&'a str>,
}

struct Person<'a> {
    id: &'a str,
    birth: Day,
    death: Option<Day>,
    woman: bool,
}

fn texts<'a>(frame: &'a DataFrame, name: &str) -> Result<Vec<Option<&'a str>>> {
    let column = frame.column(name)?.as_materialized_series();
    Ok(column.str()?.iter().collect())
}

fn days(frame: &DataFrame, name: &str) -> Result<Vec<Option<Day>>> {
    let column = frame.column(name)?.as_materialized_series();
    Ok(column.date()?.physical().iter().collect())
}

/// A day as Danish systems write it.
fn danish(day: Option<Day>) -> String {
    day.map(|d| day::date(d).strftime("%d-%m-%Y").to_string())
        .unwrap_or_default()
}

fn iso(day: Option<Day>) -> String {
    day.map(|d| day::date(d).to_string()).unwrap_or_default()
}

struct Writer<'a> {
    dir: &'a Path,
    until: Day,
    summary: RegisterSummary,
}

impl Writer<'_> {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::write(folder))?;
        }
        fs::write(&path, bytes).map_err(Error::write(path))
    }

    fn sas(&self, name: &str, file: &SasWriter) -> Result<()> {
        let mut bytes = Vec::new();
        file.write(&mut bytes)
            .map_err(Error::write(self.dir.join(name)))?;
        self.put(name, &bytes)
    }

    fn parquet(&self, name: &str, frame: &mut DataFrame) -> Result<()> {
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(frame)?;
        self.put(name, &bytes)
    }

    fn rows(&mut self, register: &'static str, rows: usize) {
        *self.summary.rows.entry(register).or_default() += rows as u64;
    }

    fn dirt(&mut self, kind: &'static str) {
        *self.summary.dirt.entry(kind).or_default() += 1;
    }

    fn destroyed(&mut self, kind: &'static str, days: Day) {
        *self.summary.destroyed.entry(kind).or_default() += u64::from(days.unsigned_abs());
    }
}

/// Writes raw registers, `mapping.toml` and `study.toml` into a folder.
///
/// The planted errors of `spec.dirt` are for tidy tables and not used here.
///
/// # Errors
/// [`Error::Spec`] where the spec is out of range, [`Error::Write`] where the
/// folder cannot be written.
///
/// ```no_run
/// use boligspor_synth::{Spec, write_registers};
/// let spec = Spec { people: 500, ..Spec::odense_like() };
/// let summary = write_registers(&spec, "deliveries".as_ref())?;
/// println!("{} technical check-ins", summary.dirt["technical_check_ins"]);
/// # Ok::<(), boligspor_synth::Error>(())
/// ```
pub fn write_registers(spec: &Spec, dir: &Path) -> Result<RegisterSummary> {
    let clean = Spec {
        dirt: crate::Dirt::default(),
        ..spec.clone()
    };
    let tables = generate(&clean)?;
    let people = people(&tables)?;
    let stays = stays(&tables)?;
    let until = day::number(spec.observed_until) + 1;
    let mut w = Writer {
        dir,
        until,
        summary: RegisterSummary::default(),
    };
    fs::create_dir_all(dir).map_err(Error::write(dir))?;
    w.snapshots(&people, &stays, spec.first_year)?;
    w.addresses(&stays)?;
    w.deaths(&people)?;
    w.moves(&stays)?;
    w.alike(&stays);
    w.shelter(&stays)?;
    w.hospital(&stays)?;
    w.prison(&stays)?;
    w.treatment(&people, &stays)?;
    w.social(&tables, &stays)?;
    w.cases(&stays)?;
    w.dream(&people, &stays, spec)?;
    for (name, table) in tables.tables() {
        if !matches!(name, "persons" | "stays") {
            w.parquet(&format!("given/{name}.parquet"), &mut table.clone())?;
            w.rows(name, table.height());
        }
    }
    let from = day::date(day::new_year(spec.first_year)).to_string();
    let filled = |text: &str| {
        text.replace("{observed_from}", &from)
            .replace("{observed_until}", &spec.observed_until.to_string())
            .replace("{cohort_from}", &spec.placed_from.to_string())
    };
    w.put("mapping.toml", filled(MAPPING).as_bytes())?;
    w.put("study.toml", filled(STUDY).as_bytes())?;
    Ok(w.summary)
}

fn people(tables: &Registers) -> Result<Vec<Person<'_>>> {
    let ids = texts(&tables.persons, "person")?;
    let births = days(&tables.persons, "birth_date")?;
    let deaths = days(&tables.persons, "death_date")?;
    let sexes = texts(&tables.persons, "sex")?;
    Ok((0..ids.len())
        .map(|i| Person {
            id: ids[i].unwrap_or_default(),
            birth: births[i].unwrap_or_default(),
            death: deaths[i],
            woman: sexes[i] == Some("woman"),
        })
        .collect())
}

fn stays(tables: &Registers) -> Result<Vec<Stay<'_>>> {
    let stays = &tables.stays;
    let (ids, states) = (texts(stays, "person")?, texts(stays, "state")?);
    let (starts, ends) = (days(stays, "start")?, days(stays, "end")?);
    let homes = texts(stays, "dwelling")?;
    let codes = texts(stays, "municipality")?;
    Ok((0..ids.len())
        .map(|i| Stay {
            person: ids[i].unwrap_or_default(),
            start: starts[i].unwrap_or_default(),
            end: ends[i],
            state: states[i].unwrap_or_default(),
            dwelling: homes[i],
            municipality: codes[i],
        })
        .collect())
}

fn by_person<'a, 'b>(stays: &'b [Stay<'a>]) -> BTreeMap<&'a str, &'b [Stay<'a>]> {
    stays
        .chunk_by(|a, b| a.person == b.person)
        .map(|own| (own[0].person, own))
        .collect()
}

/// Text of Danish letters in Latin-1.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::care::BREAK;
    use super::shelter::{DRAWN, TYPES};
    use super::*;

    #[test]
    fn the_days_of_change_are_what_they_say() {
        for (day, text) in [
            (BREAK, "2019-03-01"),
            (DRAWN, "2018-01-01"),
            (TYPES, "2021-01-01"),
        ] {
            assert_eq!(iso(Some(day)), text);
        }
        assert_eq!(danish(Some(0)), "01-01-1970");
        assert_eq!(latin1("æø"), [0xE6, 0xF8]);
    }

    #[test]
    fn every_kind_of_dirt_is_planted() {
        let dir = tempfile::tempdir().unwrap();
        let spec = Spec {
            people: 600,
            ..Spec::odense_like()
        };
        let made = write_registers(&spec, dir.path()).unwrap();
        for kind in [
            "aftercare",
            "contacts",
            "inserted_admissions",
            "missing_discharges",
            "no_night",
            "one_day_stays",
            "open_overlaps",
            "over_the_break",
            "overlaps",
            "repeated",
            "repeated_out",
            "requests",
            "technical_check_ins",
            "transfers",
        ] {
            assert!(made.dirt.get(kind).is_some_and(|n| *n > 0), "{kind}");
        }
        assert!(made.destroyed["missing_discharges"] > 0);
        let again = tempfile::tempdir().unwrap();
        assert_eq!(write_registers(&spec, again.path()).unwrap(), made);
    }
}
