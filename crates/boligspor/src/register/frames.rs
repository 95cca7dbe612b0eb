//! The tables as they were delivered.
//!
//! Analyses read covariates of people and placements, and the small tables. The
//! large ones have become columns by person ([`Stays`](super::Stays) and the
//! like); whoever asks for one as a table gets it read again.

use std::sync::OnceLock;

use polars::prelude::{DataFrame, DataType};

use super::loaded::{Loaded, is_large};
use super::source::Source;
use super::table::Table;

/// The tables by name.
#[derive(Clone, Default)]
pub(super) struct Frames {
    held: [Option<DataFrame>; Table::COUNT],
    later: [Option<Later>; Table::COUNT],
    rows: [Option<usize>; Table::COUNT],
}

/// A large table that can be read again.
#[derive(Clone)]
pub(super) struct Later {
    source: Source,
    /// Columns of identifiers that are text because another table's are.
    texts: Vec<&'static str>,
    frame: OnceLock<Option<DataFrame>>,
}

impl Later {
    /// Where the table came from, for large tables.
    pub(super) fn of(table: Table, source: &Source) -> Option<Self> {
        is_large(table).then(|| Self {
            source: source.clone(),
            texts: Vec::new(),
            frame: OnceLock::new(),
        })
    }

    /// Notes which identifiers are text, once all tables are known.
    pub(super) fn note(&mut self, loaded: &Loaded) {
        let text = |name: &&'static str| {
            let series = loaded.series(name);
            series.is_some_and(|s| s.dtype() == &DataType::String)
        };
        self.texts = ["person", "dwelling"].into_iter().filter(text).collect();
    }

    fn frame(&self, table: Table) -> Option<&DataFrame> {
        let read = || {
            let mut loaded = Loaded::whole(table, self.source.clone().open(table).ok()?).ok()?;
            for name in &self.texts {
                loaded.ids_to_text(name).ok()?;
            }
            Some(loaded.frame)
        };
        self.frame.get_or_init(read).as_ref()
    }
}

impl Frames {
    pub(super) fn new(
        tables: [Option<Loaded>; Table::COUNT],
        later: [Option<Later>; Table::COUNT],
    ) -> Self {
        let rows = std::array::from_fn(|i| tables[i].as_ref().map(Loaded::rows));
        let held = tables.map(|loaded| loaded.filter(|l| !is_large(l.table)).map(|l| l.frame));
        Self { held, later, rows }
    }

    pub(super) fn get(&self, table: Table) -> Option<&DataFrame> {
        let i = table as usize;
        let later = || self.later[i].as_ref()?.frame(table);
        self.held[i].as_ref().or_else(later)
    }

    /// How many rows a table has.
    pub(super) fn rows(&self, table: Table) -> Option<usize> {
        self.rows[table as usize]
    }
}
