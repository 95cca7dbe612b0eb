//! The first room: typed tables, their contract, and the rules that check them.
//!
//! A register is built from tables ([`RegisterBuilder`]), each with a contract
//! ([`Table::columns`]). On the way in, every rule of `docs/rules` looks at
//! them; what is found ([`CheckReport`]) names tables, columns and counts of
//! rows, never a value or an identifier. From then on a person is a dense
//! index, and the tables are columns contiguous by it.

mod builder;
mod coded;
mod codes;
mod columns;
mod context;
mod contract;
mod csv;
pub mod danish;
pub mod deliveries;
#[cfg(test)]
mod dictionary;
mod frames;
mod group;
pub mod hmis;
mod index;
mod loaded;
mod options;
mod parquet;
mod report;
mod roster;
mod rule_words;
mod rules;
mod services;
mod source;
mod table;
mod typing;

use std::fmt;

use polars::prelude::DataFrame;

pub use builder::RegisterBuilder;
pub use codes::Municipality;
pub use columns::{Costs, NO_DWELLING, NO_ROW, People, Placements, Stays};
pub use options::{CheckOptions, Codes, Design, Duplicates, Level, RuleOption};
pub use report::{CheckReport, Finding, Severity};
pub use rule_words::rule_in_danish;
pub use rules::{Family, Limit, Meta, Number, rules};
pub use services::{QUANTITY_UNIT, Services};
pub use source::Source;
pub use table::{Column, Kind, Table};

use crate::calendar::{Day, NEVER};
use frames::Frames;

/// Checked and indexed tables: what every analysis starts from.
///
/// ```
/// use boligspor::{Register, calendar::day};
/// use polars::prelude::*;
///
/// let persons = df!("person" => [2, 1], "birth_date" => ["1980-05-01", "1990-07-01"], "sex" => ["m", "f"])?;
/// let placements = df!("person" => [1], "placed_on" => ["2020-01-01"], "municipality" => [461])?;
/// let stays = df!(
///     "person" => [1, 2],
///     "start" => ["2020-01-01", "2019-01-01"],
///     "end" => [None, Some("2019-02-01")],
///     "state" => ["dwelling", "shelter"],
/// )?;
/// let register = Register::builder()
///     .persons(persons)
///     .placements(placements)
///     .stays(stays)
///     .observed_until(day(2023, 12, 31))
///     .build()?;
/// assert_eq!(register.people().len(), 2);
/// assert_eq!(register.person_index("1"), Some(0));
/// assert_eq!(register.stays().start[0], day(2020, 1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Register {
    people: People,
    placements: Placements,
    stays: Stays,
    costs: Option<Costs>,
    services: Option<Services>,
    dwelling_count: usize,
    observed_from: Option<Day>,
    observed_until: Day,
    frames: Frames,
    checks: CheckReport,
}

impl Register {
    /// Starts a register from its tables.
    pub fn builder() -> RegisterBuilder {
        RegisterBuilder::default()
    }

    /// The people, in the order of their identifiers.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// The placements, by person and day placed.
    pub fn placements(&self) -> &Placements {
        &self.placements
    }

    /// The stays, contiguous by person.
    pub fn stays(&self) -> &Stays {
        &self.stays
    }

    /// The costs, contiguous by person; none where the table was not given.
    pub fn costs(&self) -> Option<&Costs> {
        self.costs.as_ref()
    }

    /// The use of services, contiguous by person; none where the table was not given.
    pub fn services(&self) -> Option<&Services> {
        self.services.as_ref()
    }

    /// Whether there is anything to say what people cost: the table `costs`,
    /// or `services` and `prices`.
    pub fn has_costs(&self) -> bool {
        self.costs.is_some() || (self.services.is_some() && self.frame(Table::Prices).is_some())
    }

    /// A table as it was given, its contract's columns in the contract's
    /// types and all others as they came. Rows are in the order delivered, so
    /// that [`People::row`] and [`Placements::row`] point into it.
    ///
    /// Stays, costs and services, which no analysis reads as a table, are not
    /// kept: they are read again from where they came, once, when first asked
    /// for; `None` where they are not there any more.
    pub fn frame(&self, table: Table) -> Option<&DataFrame> {
        self.frames.get(table)
    }

    /// How many rows a table has; `None` where it was not given.
    pub fn rows(&self, table: Table) -> Option<usize> {
        self.frames.rows(table)
    }

    /// How many dwellings the placements and stays name.
    pub fn dwelling_count(&self) -> usize {
        self.dwelling_count
    }

    /// The first day of complete registers, where one was given.
    pub fn observed_from(&self) -> Option<Day> {
        self.observed_from
    }

    /// The last day of complete registers.
    pub fn observed_until(&self) -> Day {
        self.observed_until
    }

    /// What the checks found: warnings and remarks, since errors stop the build.
    pub fn checks(&self) -> &CheckReport {
        &self.checks
    }

    /// The index of the person with this identifier.
    pub fn person_index(&self, id: &str) -> Option<u32> {
        let persons = self.frame(Table::Persons)?.column("person").ok()?;
        let ids = persons.as_materialized_series();
        let rows = &self.people.row;
        let found = if let Some(ids) = ids.try_i64() {
            // "007" is no other spelling of 7, so the text must read back.
            let id = id.parse::<i64>().ok().filter(|n| n.to_string() == id)?;
            rows.binary_search_by_key(&Some(id), |row| ids.get(*row as usize))
        } else {
            let ids = ids.try_str()?;
            rows.binary_search_by_key(&Some((id.len(), id)), |row| {
                ids.get(*row as usize).map(|t| (t.len(), t))
            })
        };
        found.ok().map(|index| index as u32)
    }

    /// A number that stands for the person in the draws of a bootstrap, and is
    /// the same in any partition and order: the first 64 bits of the BLAKE3
    /// hash of the identifier's text. Not for printing: whoever can list the
    /// identifiers can find whose it is.
    pub fn person_key(&self, person: u32) -> u64 {
        let Some(row) = self.people.row.get(person as usize).map(|r| *r as usize) else {
            return 0;
        };
        let persons = self
            .frame(Table::Persons)
            .and_then(|f| f.column("person").ok());
        let Some(ids) = persons.map(polars::prelude::Column::as_materialized_series) else {
            return 0;
        };
        let hash = if let Some(id) = ids.try_i64().and_then(|ids| ids.get(row)) {
            blake3::hash(id.to_string().as_bytes())
        } else {
            let id = ids
                .try_str()
                .and_then(|ids| ids.get(row))
                .unwrap_or_default();
            blake3::hash(id.as_bytes())
        };
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(first)
    }

    /// How many of the people are known to have died.
    pub fn deaths(&self) -> usize {
        self.people.death.iter().filter(|d| **d != NEVER).count()
    }
}

/// Sizes only: no identifier, no value.
impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Register")
            .field("people", &self.people.len())
            .field("placements", &self.placements.len())
            .field("stays", &self.stays.start.len())
            .field("costs", &self.costs.as_ref().map(|c| c.start.len()))
            .field("dwellings", &self.dwelling_count)
            .field("findings", &self.checks.findings.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
