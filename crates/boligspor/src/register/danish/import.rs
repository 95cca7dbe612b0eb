//! All registers of a folder to tables.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::super::deliveries::{Correction, Ids, ImportLog, Kind, Mapping, NO_ID, Reader};
use super::super::loaded::Loaded;
use super::super::source::Source;
use super::super::{Register, RegisterBuilder, Table};
use super::options::{PeopleKept, Road};
use super::overrides::{Override, overrides};
use super::people::People;
use super::reform::Reform;
use super::residence::{self, Uncertainty};
use super::services::{self, Coverage, Service};
use super::shelter::{self, Admission, Effect, Step};
use super::stay::{Stay, municipality};
use super::{dream, frames, spells, write};
use crate::calendar::{Day, NEVER};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::state::State;

/// The tables that registers give, and the account of how.
#[derive(Clone)]
pub struct RegisterImport {
    /// The tables: `persons` and `stays` always, `services` where registers tell
    /// of any, and those that the mapping names as they are.
    pub tables: BTreeMap<Table, DataFrame>,
    /// What was corrected, by register, rule and year.
    pub corrections: Vec<Correction>,
    /// The shelter register before and after the cleaning, by year.
    pub shelter_effects: Vec<Effect>,
    /// The shelter register after each rule.
    pub shelter_steps: Vec<Step>,
    /// The road by which residence was read.
    pub road: Road,
    /// How far residence dates are known.
    pub uncertainty: Uncertainty,
    /// Days on which one register's state gave way to another's.
    pub overrides: Vec<Override>,
    /// Persons in the social services register by municipality and month.
    pub coverage: Vec<Coverage>,
    /// The files read: register, file and rows.
    pub files: Vec<(String, String, usize)>,
    /// The mapping.
    pub mapping: Mapping,
}

impl RegisterImport {
    /// A register of the tables.
    pub fn register(&self) -> RegisterBuilder {
        let mut builder = Register::builder()
            .observed_from(self.mapping.observed_from.map(|d| d.0))
            .observed_until(self.mapping.observed_until.0);
        for (table, frame) in &self.tables {
            builder = builder.table(*table, frame.clone());
        }
        builder
    }

    /// Writes the tables as Parquet, what was corrected as CSV, and the account
    /// of the import as `import.json`, all at once: the folder is whole or as it
    /// was.
    ///
    /// # Errors
    /// [`Error::Option`] where the folder holds files that no import wrote or is
    /// being written by another, [`Error::File`] where it cannot be written.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<()> {
        write::write(self, folder.as_ref())
    }
}

/// Sizes only: no identifier, no value.
impl fmt::Debug for RegisterImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut s = f.debug_struct("RegisterImport");
        for (table, frame) in &self.tables {
            s.field(table.name(), &frame.height());
        }
        s.field("corrections", &self.corrections.len())
            .field("road", &self.road)
            .finish_non_exhaustive()
    }
}

/// Reads a folder of deliveries.
///
/// ```no_run
/// use boligspor::register::danish::import_registers;
/// use boligspor::register::deliveries::Mapping;
/// let mapping = Mapping::from_toml(&std::fs::read_to_string("mapping.toml")?)?;
/// let import = import_registers("deliveries", &mapping)?;
/// for c in &import.corrections {
///     println!("{} {} {:?}: {} rows, {}", c.register, c.rule, c.year, c.rows, c.done);
/// }
/// import.write("tables")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::File`] and [`Error::Table`] for files that are not there or broken,
/// and columns that cannot be told; [`Error::Missing`] where the road to
/// residence needs a register that is not mapped.
pub fn import_registers(folder: impl AsRef<Path>, mapping: &Mapping) -> Result<RegisterImport> {
    import_registers_with(folder, mapping, &Interrupt::default(), |_| ())
}

/// As [`import_registers`], saying which register is being read, and stopping
/// where asked.
///
/// # Errors
/// As [`import_registers`], and [`Error::Interrupted`].
pub fn import_registers_with(
    folder: impl AsRef<Path>,
    mapping: &Mapping,
    interrupt: &Interrupt,
    mut reading: impl FnMut(&str),
) -> Result<RegisterImport> {
    let reader = Reader::new(folder.as_ref(), mapping, interrupt.clone())?;
    let options = &mapping.options;
    let until = mapping.observed_until.0 + 1;
    let reform = match &options.reform_2007 {
        Some(below) => Reform::read(&reader.path(below))?,
        None => Reform::shipped(),
    };
    let mut log = ImportLog::default();
    let (mut people, mut addresses) = (People::default(), Ids::default());
    let mut all: Vec<Stay> = Vec::new();

    reading("tables");
    let mut tables = BTreeMap::new();
    for (table, below) in &mapping.tables {
        let frame = table_as_is(*table, &reader.path(below))?;
        if *table == Table::Placements {
            add_people(&frame, &mut people)?;
        }
        tables.insert(*table, frame);
    }
    reading("shelter");
    let admissions = admissions(&reader, &reform, &mut people, &mut log)?;
    reading("cases");
    all.extend(spells::cases(&reader, &mut people, &mut log)?);
    if options.people == PeopleKept::Evaluated {
        people.close();
    }
    reading("dod");
    people.read_deaths(&reader, &mut log)?;
    let cleaned = shelter::clean(admissions, &options.shelter, until, &mut log);
    all.extend(cleaned.stays);

    reading("vnds");
    let abroad = residence::abroad(
        &reader,
        mapping.observed_from.map(|d| d.0),
        &mut people,
        &mut log,
    )?;
    let road = residence::road(&reader, &options.residence)?;
    reading("bef");
    let snapshots = road == Road::Snapshots;
    let seen = residence::bef(
        &reader,
        snapshots,
        &reform,
        &mut addresses,
        &mut people,
        &abroad,
        &mut log,
    )?;
    let mut homes = seen;
    if road == Road::Spells {
        reading("befbop");
        homes = residence::spells(
            &reader,
            &options.residence,
            &reform,
            &mut addresses,
            &mut people,
            &mut log,
        )?;
    }
    let uncertainty = Uncertainty::of(&homes);
    all.extend(homes);
    all.extend(abroad);

    reading("hospital");
    all.extend(spells::hospital(
        &reader,
        &options.hospital,
        &mut people,
        &mut log,
    )?);
    reading("krin");
    all.extend(spells::prison(
        &reader,
        options.prison,
        &mut people,
        &mut log,
    )?);
    reading("sib");
    all.extend(spells::treatment(
        &reader,
        options.treatment,
        &mut people,
        &mut log,
    )?);
    reading("social");
    let social = services::social(&reader, until, &mut people, &mut log)?;
    all.extend(social.stays);
    let mut used: Vec<Service> = social.services;
    if !options.dream.is_empty() {
        reading("dream");
        used.extend(dream::read(&reader, &options.dream, &mut people, &mut log)?);
    }

    reading("timeline");
    interrupt.check()?;
    within_life(&mut all, &people, until, &mut log);
    all.par_sort_unstable_by_key(|s| (s.person, s.start, s.end, s.state as u8, s.source));
    used.sort_unstable_by_key(|s| (s.person, s.start, s.end, s.name));
    let overrides = overrides(&all, &people, &options.precedence, until);
    tables.insert(Table::Persons, frames::persons(&people)?);
    tables.insert(Table::Stays, frames::stays(&all, &people, &addresses)?);
    if !used.is_empty() {
        tables.insert(Table::Services, frames::services(&used, &people, options)?);
    }
    let files = reader.finish(&mut log);
    Ok(RegisterImport {
        tables,
        corrections: log.corrections(),
        shelter_effects: cleaned.effects,
        shelter_steps: cleaned.steps,
        road,
        uncertainty,
        overrides,
        coverage: social.coverage,
        files: files
            .into_iter()
            .map(|f| (f.register.into(), f.file, f.rows))
            .collect(),
        mapping: mapping.clone(),
    })
}

/// A table in the register's own columns.
fn table_as_is(table: Table, path: &Path) -> Result<DataFrame> {
    let loaded = Loaded::whole(table, Source::from(path).open(table)?)?;
    if let Some(column) = loaded.missing.first() {
        return Err(Error::table(
            table.name(),
            Some(column.name),
            "the column is missing",
            "docs/tables.md has the columns of each table",
        ));
    }
    Ok(loaded.frame)
}

fn add_people(frame: &DataFrame, people: &mut People) -> Result<()> {
    let ids = frame
        .column("person")
        .and_then(|c| c.cast(&polars::prelude::DataType::String))
        .map_err(|_| Error::table("placements", Some("person"), "is not there", "name it"))?;
    if let Ok(ids) = ids.str() {
        for id in ids.iter().flatten() {
            people.number(id);
        }
    }
    Ok(())
}

fn admissions(
    reader: &Reader<'_>,
    reform: &Reform,
    people: &mut People,
    log: &mut ImportLog,
) -> Result<Vec<Admission>> {
    let mut rows = Vec::new();
    let mut institutions = Ids::default();
    let name = Kind::Shelter.name();
    reader.each(Kind::Shelter, false, &mut |batch| {
        let persons = people.of(batch, Kind::Shelter, log);
        let houses = batch.others(4, &mut institutions, |i| persons[i] != NO_ID);
        for ((row, &person), institution) in batch.iter().zip(&persons).zip(houses) {
            if person == NO_ID {
                continue;
            }
            let Some(admitted) = row.day(1) else {
                let done = "has no day of admission; left out";
                log.add(name, "admitted", done, None, 1);
                continue;
            };
            let code = municipality(&row, 5, name, log);
            rows.push(Admission {
                person,
                admitted,
                discharged: row.day(2).unwrap_or(NEVER),
                seen: admitted,
                stay_type: row.text(3).map(|t| t.trim().to_lowercase()),
                institution,
                municipality: reform.current(code, admitted, log),
                order: row.order,
                state: State::Shelter,
            });
        }
        Ok(())
    })?;
    spells::forwards(
        Kind::Shelter,
        rows.iter().map(|r| (r.admitted, r.discharged)),
    )?;
    Ok(rows)
}

/// Ends stays at death, and leaves out those after it and after the end of data.
fn within_life(stays: &mut Vec<Stay>, people: &People, until: Day, log: &mut ImportLog) {
    stays.retain_mut(|stay| {
        let death = people.death(stay.person);
        if stay.start >= death {
            log.one(
                stay.source,
                "death",
                "begins after death; left out",
                Some(stay.start),
            );
            return false;
        }
        if stay.start >= until {
            log.one(
                stay.source,
                "observed_until",
                "begins after the end of data; left out",
                Some(stay.start),
            );
            return false;
        }
        if stay.end > death {
            if stay.end != NEVER {
                log.one(stay.source, "death", "ends at death", Some(stay.start));
            }
            stay.end = death;
            stay.end_earliest = stay.end_earliest.min(death);
        }
        true
    });
}
