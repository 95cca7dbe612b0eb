//! A delivered table after typing: the contract's columns in the contract's
//! types, the others as they came, and what could not be read.

use polars::prelude::{Column as Delivery, DataFrame, DataType, Series};

use super::source::Delivered;
use super::table::{Column, Kind, Table};
use super::typing::{self, Typed};
use crate::error::{Error, Result};

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
    /// Required columns that are not there.
    pub(super) missing: Vec<&'static Column>,
    pub(super) unreadable: Vec<Unreadable>,
    /// Dates that came with a time of day, by column.
    pub(super) with_time: Vec<(&'static Column, usize)>,
    /// Contract columns that are not there while a column of nearly that name is.
    pub(super) misspelt: Vec<&'static Column>,
}

impl Loaded {
    /// Types a delivered table.
    pub(super) fn new(table: Table, delivered: Delivered) -> Result<Self> {
        let Delivered {
            mut frame,
            decimal_comma,
        } = delivered;
        frame.rechunk_mut();
        let height = frame.height();
        if u32::try_from(height).is_err() {
            return Err(Error::table(
                table.name(),
                None,
                "has more than four billion rows",
                "split the people into partitions and merge the summaries",
            ));
        }
        let (mut unreadable, mut with_time, mut extra) = (Vec::new(), Vec::new(), Vec::new());
        let mut columns: Vec<Delivery> = Vec::with_capacity(frame.width());
        let names: Vec<String> = frame
            .get_column_names()
            .iter()
            .map(ToString::to_string)
            .collect();
        for (delivery, name) in frame.into_columns().into_iter().zip(&names) {
            let Some(column) = contract_of(table, name, &names) else {
                extra.push(name.as_str());
                columns.push(delivery);
                continue;
            };
            let delivered = delivery
                .take_materialized_series()
                .with_name(column.name.into());
            let Typed {
                series,
                unreadable: rows,
                wrong_type,
                with_time: timed,
            } = typing::typed(&delivered, column.kind, decimal_comma)?;
            if rows > 0 || wrong_type.is_some() {
                unreadable.push(Unreadable {
                    column,
                    rows,
                    wrong_type,
                });
            }
            if timed > 0 {
                with_time.push((column, timed));
            }
            columns.push(series.into());
        }
        let frame = DataFrame::new(height, columns).map_err(|_| {
            Error::table(
                table.name(),
                None,
                "has columns that differ only in case",
                "name each column once",
            )
        })?;
        let absent = |c: &&'static Column| frame.get_column_index(c.name).is_none();
        let missing = table
            .columns()
            .iter()
            .filter(|c| c.required)
            .filter(absent)
            .collect();
        let misspelt = table
            .columns()
            .iter()
            .filter(absent)
            .filter(|c| extra.iter().any(|name| near(c.name, name)))
            .collect();
        Ok(Self {
            table,
            frame,
            missing,
            unreadable,
            with_time,
            misspelt,
        })
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
