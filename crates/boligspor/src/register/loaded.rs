//! A delivered table after typing: the contract's columns in the contract's
//! types, the others as they came, and what could not be read.

use polars::prelude::{Column as Delivery, DataFrame, DataType, Series};

use super::coded::{Coded, Coder};
use super::source::Delivered;
use super::table::{Column, Kind, Table};
use super::typing::{self, Typed};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;

/// A column with values that could not be read.
pub(super) struct Unreadable {
    pub(super) column: &'static Column,
    pub(super) rows: usize,
    /// The delivered type, where none of its values can be read.
    pub(super) wrong_type: Option<String>,
}

/// A table, typed.
pub(super) struct Loaded {
    pub(super) table: Table,
    pub(super) frame: DataFrame,
    /// Labels of the large tables, which are not in the frame.
    coded: Vec<(&'static str, Coded)>,
    /// Columns that the frame has had, and how many of their values were missing.
    gone: Vec<(&'static str, usize)>,
    /// Required columns that are not there.
    pub(super) missing: Vec<&'static Column>,
    pub(super) unreadable: Vec<Unreadable>,
    /// Dates that came with a time of day, by column.
    pub(super) with_time: Vec<(&'static Column, usize)>,
    /// Contract columns that are not there while a column of nearly that name is.
    pub(super) misspelt: Vec<&'static Column>,
}

/// Whether a table has a row for every event, so that its labels are held as
/// numbers and its covariates, which nothing reads, not at all.
pub(super) fn is_large(table: Table) -> bool {
    matches!(table, Table::Stays | Table::Costs | Table::Services)
}

/// A column in the making.
enum Held {
    /// Values of the contract's type, or of a covariate's own.
    Values(Series),
    /// Labels.
    Labels(Coder),
}

/// A delivered column and what has been read of it.
struct Reading {
    /// The contract's column, where it is one of them.
    column: Option<&'static Column>,
    held: Option<Held>,
    unreadable: usize,
    wrong_type: Option<String>,
    with_time: usize,
}

impl Reading {
    fn take(&mut self, table: Table, delivery: &Series, comma: bool, whole: bool) -> Result<()> {
        let Some(column) = self.column else {
            return self.append(table, delivery.clone());
        };
        let delivered = delivery.clone().with_name(column.name.into());
        let Typed {
            series,
            unreadable,
            wrong_type,
            with_time,
        } = typing::typed(&delivered, column.kind, comma)?;
        self.unreadable += unreadable;
        self.with_time += with_time;
        self.wrong_type = self.wrong_type.take().or(wrong_type);
        let labels = matches!(column.kind, Kind::Text | Kind::State | Kind::Municipality);
        if whole || !labels || !is_large(table) {
            return self.append(table, series);
        }
        let held = self
            .held
            .get_or_insert_with(|| Held::Labels(Coder::default()));
        match (held, series.try_str()) {
            (Held::Labels(coder), Some(labels)) => coder.take(labels, table, column.name),
            _ => Ok(()),
        }
    }

    /// Puts some more rows below those there are. Identifiers may come as whole
    /// numbers in one part and as text in another.
    fn append(&mut self, table: Table, more: Series) -> Result<()> {
        let bug = |e: polars::prelude::PolarsError| {
            Error::table(table.name(), None, e.to_string(), "report this as a bug")
        };
        let Some(Held::Values(own)) = &mut self.held else {
            self.held = Some(Held::Values(more));
            return Ok(());
        };
        if own.dtype() == more.dtype() {
            return own.append(&more).map(|_| ()).map_err(bug);
        }
        let empty = |s: &Series| s.null_count() == s.len();
        let dtype = if empty(own) {
            more.dtype().clone()
        } else if empty(&more) {
            own.dtype().clone()
        } else {
            DataType::String
        };
        let mut both = own.cast(&dtype).map_err(bug)?;
        both.append(&more.cast(&dtype).map_err(bug)?).map_err(bug)?;
        *own = both;
        Ok(())
    }
}

impl Loaded {
    /// Types a delivered table. The large ones are held as the engine needs them.
    pub(super) fn new(table: Table, delivered: Delivered, interrupt: &Interrupt) -> Result<Self> {
        Self::read(table, delivered, false, interrupt)
    }

    /// Types a delivered table, all its columns in the frame.
    pub(super) fn whole(table: Table, delivered: Delivered) -> Result<Self> {
        Self::read(table, delivered, true, &Interrupt::default())
    }

    fn read(
        table: Table,
        delivered: Delivered,
        whole: bool,
        interrupt: &Interrupt,
    ) -> Result<Self> {
        let names = delivered.names().to_vec();
        let comma = delivered.decimal_comma;
        let mut readings: Vec<Reading> = names
            .iter()
            .map(|name| Reading {
                column: contract_of(table, name, &names),
                held: None,
                unreadable: 0,
                wrong_type: None,
                with_time: 0,
            })
            .collect();
        let mut told: Vec<&str> = readings
            .iter()
            .filter_map(|r| Some(r.column?.name))
            .collect();
        told.sort_unstable();
        if told.windows(2).any(|w| w[0] == w[1]) {
            return Err(twice(table));
        }
        let needed = |r: &Reading| whole || r.column.is_some() || !is_large(table);
        let wanted: Vec<usize> = (0..names.len()).filter(|i| needed(&readings[*i])).collect();
        let mut height = 0usize;
        delivered.each(table, &wanted, interrupt, &mut |part| {
            height += part.height();
            if u32::try_from(height).is_err() {
                return Err(Error::table(
                    table.name(),
                    None,
                    "has more than four billion rows",
                    "split the people into partitions and merge the summaries",
                ));
            }
            for (i, column) in wanted.iter().zip(part.into_columns()) {
                let delivery = column.take_materialized_series();
                readings[*i].take(table, &delivery, comma, whole)?;
            }
            Ok(())
        })?;
        let (mut unreadable, mut with_time) = (Vec::new(), Vec::new());
        let (mut columns, mut coded): (Vec<Delivery>, Vec<_>) = (Vec::new(), Vec::new());
        for reading in readings {
            if let Some(column) = reading.column {
                if reading.unreadable > 0 || reading.wrong_type.is_some() {
                    unreadable.push(Unreadable {
                        column,
                        rows: reading.unreadable,
                        wrong_type: reading.wrong_type,
                    });
                }
                if reading.with_time > 0 {
                    with_time.push((column, reading.with_time));
                }
            }
            match (reading.held, reading.column) {
                (Some(Held::Values(values)), _) => columns.push(values.rechunk().into()),
                (Some(Held::Labels(coder)), Some(column)) => {
                    coded.push((column.name, coder.finish()));
                }
                _ => {}
            }
        }
        let frame = DataFrame::new(height, columns).map_err(|_| twice(table))?;
        let extra = |name: &&String| contract_of(table, name, &names).is_none();
        let mut loaded = Self {
            table,
            frame,
            coded,
            gone: Vec::new(),
            missing: Vec::new(),
            unreadable,
            with_time,
            misspelt: Vec::new(),
        };
        let absent = |c: &&'static Column| !loaded.has(c.name);
        let absent: Vec<&'static Column> = table.columns().iter().filter(absent).collect();
        let slip = |c: &Column| names.iter().filter(extra).any(|name| near(c.name, name));
        loaded.misspelt = absent.iter().copied().filter(|c| slip(c)).collect();
        loaded.missing = absent.into_iter().filter(|c| c.required).collect();
        Ok(loaded)
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.frame.height()
    }

    /// Whether a column of the contract was delivered.
    pub(super) fn has(&self, name: &str) -> bool {
        self.frame.get_column_index(name).is_some()
            || self.labels(name).is_some()
            || self.gone.iter().any(|(gone, _)| *gone == name)
    }

    /// A column of labels of a large table.
    pub(super) fn labels(&self, name: &str) -> Option<&Coded> {
        let held = self.coded.iter().find(|(column, _)| *column == name);
        held.map(|(_, coded)| coded)
    }

    /// How many values of a column are missing; `None` where it is not there.
    pub(super) fn nulls(&self, name: &str) -> Option<usize> {
        let gone = || self.gone.iter().find(|(gone, _)| *gone == name);
        self.series(name)
            .map(|series| series.null_count())
            .or_else(|| self.labels(name).map(Coded::missing))
            .or_else(|| gone().map(|(_, nulls)| *nulls))
    }

    /// Lets go of a column whose values are held otherwise from here on.
    pub(super) fn let_go(&mut self, name: &str) {
        let (Some(column), Some(nulls)) = (self.table.column(name), self.nulls(name)) else {
            return;
        };
        if self.frame.drop_in_place(name).is_ok() {
            self.gone.push((column.name, nulls));
        }
    }

    /// A column of the contract, if the table has it.
    pub(super) fn series(&self, name: &str) -> Option<&Series> {
        // A covariate may have the name of another table's column.
        self.table.column(name)?;
        Some(self.frame.column(name).ok()?.as_materialized_series())
    }

    /// Turns the identifiers of a column into text.
    pub(super) fn ids_to_text(&mut self, name: &str) -> Result<()> {
        let Some(series) = self.series(name) else {
            return Ok(());
        };
        let text = series.cast(&DataType::String);
        let replaced = text.and_then(|t| self.frame.replace(name, t.into()).map(|_| ()));
        replaced.map_err(|e| {
            Error::table(
                self.table.name(),
                None,
                e.to_string(),
                "report this as a bug",
            )
        })
    }
}

fn twice(table: Table) -> Error {
    Error::table(
        table.name(),
        None,
        "has columns that differ only in case",
        "name each column once",
    )
}

/// The contract column that a delivered name stands for, in whatever case.
fn contract_of(table: Table, name: &str, names: &[String]) -> Option<&'static Column> {
    table.column(name).or_else(|| {
        let column = table.column(&name.trim().to_ascii_lowercase())?;
        (!names.iter().any(|n| n == column.name)).then_some(column)
    })
}

/// Whether a name is a slip for a contract's name: near it, as long names allow.
fn near(contract: &str, name: &str) -> bool {
    let name = name.trim().to_lowercase().replace(['-', ' '], "_");
    let allowed = if contract.len() >= 6 { 2 } else { 1 };
    strsim::osa_distance(contract, &name) <= allowed
}

/// Makes identifiers of one kind the same type in all tables: whole numbers
/// only where every table delivers them so.
pub(super) fn unify_ids(tables: &mut [Option<Loaded>; Table::COUNT], name: &str) -> Result<()> {
    let holds = |loaded: &Loaded| {
        loaded
            .table
            .column(name)
            .is_some_and(|c| c.kind == Kind::Id)
    };
    let some_text = tables.iter().flatten().filter(|l| holds(l)).any(|l| {
        l.series(name)
            .is_some_and(|s| s.dtype() == &DataType::String && s.null_count() < s.len())
    });
    for loaded in tables.iter_mut().flatten() {
        let Some(dtype) = holds(loaded)
            .then(|| loaded.series(name).map(|s| s.dtype().clone()))
            .flatten()
        else {
            continue;
        };
        if some_text && dtype != DataType::String {
            loaded.ids_to_text(name)?;
        } else if !some_text && dtype == DataType::String {
            // All missing: any type will do, so the others' is taken.
            let empty = Series::full_null(name.into(), loaded.frame.height(), &DataType::Int64);
            loaded.frame.replace(name, empty.into()).map_err(|e| {
                Error::table(
                    loaded.table.name(),
                    None,
                    e.to_string(),
                    "report this as a bug",
                )
            })?;
        }
    }
    Ok(())
}
