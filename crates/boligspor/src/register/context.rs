//! What a rule sees: the typed tables, who the rows belong to, and the days
//! between which the registers are complete.

use std::sync::OnceLock;

use polars::prelude::{Float64Chunked, Int32Chunked, Int64Chunked, StringChunked};

use super::coded::Coded;
use super::group::Grouped;
use super::index::{Dwellings, StayColumns};
use super::loaded::Loaded;
use super::options::{CheckOptions, Design};
use super::roster::Roster;
use super::table::Table;
use crate::calendar::{self, Day, NEVER};

/// The typed tables and their links.
pub(super) struct Context<'a> {
    pub(super) tables: &'a [Option<Loaded>; Table::COUNT],
    pub(super) roster: Option<&'a Roster>,
    pub(super) options: &'a CheckOptions,
    /// What the cohort asks of the tables, where that is known.
    pub(super) design: Option<&'a Design>,
    pub(super) observed_from: Option<Day>,
    /// The last day on which the registers are complete.
    pub(super) observed_until: Day,
    /// What several rules and the index need, made when first asked for.
    pub(super) shared: Shared,
}

/// What several rules and the index need.
#[derive(Default)]
pub(super) struct Shared {
    stays: OnceLock<Option<(StayColumns, Grouped)>>,
    dwellings: OnceLock<Dwellings>,
}

impl<'a> Context<'a> {
    /// The stays with a person and a day in them, grouped by person, in order.
    pub(super) fn stays(&self) -> Option<&(StayColumns, Grouped)> {
        let stays = self.shared.stays.get_or_init(|| {
            let columns = StayColumns::new(self)?;
            let grouped = columns.grouped(self.people(Table::Stays)?, self.roster?.len());
            Some((columns, grouped))
        });
        stays.as_ref()
    }

    /// The dwelling of each row.
    pub(super) fn dwellings(&self) -> &Dwellings {
        self.shared.dwellings.get_or_init(|| Dwellings::new(self))
    }

    /// A table, if it was given.
    pub(super) fn table(&self, table: Table) -> Option<&'a Loaded> {
        self.tables[table as usize].as_ref()
    }

    /// The tables that were given.
    pub(super) fn given(&self) -> impl Iterator<Item = &'a Loaded> {
        self.tables.iter().flatten()
    }

    /// How many rows a table has.
    pub(super) fn rows(&self, table: Table) -> usize {
        self.table(table).map_or(0, Loaded::rows)
    }

    /// A column of dates, as days.
    pub(super) fn days(&self, table: Table, column: &str) -> Option<&'a Int32Chunked> {
        Some(self.table(table)?.series(column)?.try_date()?.physical())
    }

    /// A column of labels of a large table (stays, costs, services).
    pub(super) fn labels(&self, table: Table, column: &str) -> Option<&'a Coded> {
        self.table(table)?.labels(column)
    }

    /// A column of text of the other tables.
    pub(super) fn texts(&self, table: Table, column: &str) -> Option<&'a StringChunked> {
        self.table(table)?.series(column)?.try_str()
    }

    /// A column of whole numbers.
    pub(super) fn integers(&self, table: Table, column: &str) -> Option<&'a Int64Chunked> {
        self.table(table)?.series(column)?.try_i64()
    }

    /// A column of numbers.
    pub(super) fn numbers(&self, table: Table, column: &str) -> Option<&'a Float64Chunked> {
        self.table(table)?.series(column)?.try_f64()
    }

    /// The person of each row.
    pub(super) fn people(&self, table: Table) -> Option<&'a [u32]> {
        self.roster?.of(table)
    }

    /// A date of each person (`birth_date`, `death_date`), by person.
    pub(super) fn of_person(&self, column: &str) -> Option<Vec<Option<Day>>> {
        let days = self.days(Table::Persons, column)?;
        let roster = self.roster?;
        Some(
            roster
                .row
                .iter()
                .map(|&row| days.get(row as usize))
                .collect(),
        )
    }
}

/// Days from this on stand for "no end": registers write 9999-12-31 and the like.
pub(super) fn far_future() -> Day {
    calendar::day(2200, 1, 1)
}

/// Days up to this stand for "not known": 1900-01-01 and before.
pub(super) fn far_past() -> Day {
    calendar::day(1900, 1, 1)
}

/// Whether a day stands for "no end" or "not known".
pub(super) fn is_sentinel(day: Day) -> bool {
    day >= far_future() || day <= far_past()
}

/// A day that may be missing, with `NEVER` for "missing" and for "no end".
pub(super) fn or_never(day: Option<Day>) -> Day {
    day.filter(|d| *d < far_future()).unwrap_or(NEVER)
}
