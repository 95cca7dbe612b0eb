//! What an analysis of municipalities gives back: tables, words, warnings.

use polars::prelude::{DataFrame, DataType};

use crate::cohort::unexpected;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::register::{Register, Table};

/// Named tables with the sentence that defines them and what a reader must know.
#[derive(Clone, Debug)]
pub struct Findings {
    tables: Vec<(&'static str, DataFrame)>,
    described: [String; 2],
    warnings: [Vec<String>; 2],
}

impl Findings {
    pub(super) fn new(describe: impl Fn(Lang) -> String) -> Self {
        Self {
            tables: Vec::new(),
            described: [Lang::Da, Lang::En].map(describe),
            warnings: [Vec::new(), Vec::new()],
        }
    }

    pub(super) fn with(mut self, name: &'static str, table: DataFrame) -> Self {
        self.tables.push((name, table));
        self
    }

    pub(super) fn warn(&mut self, danish: String, english: String) {
        let [da, en] = &mut self.warnings;
        da.push(danish);
        en.push(english);
    }

    /// Every table by its name, in a fixed order.
    pub fn tables(&self) -> impl Iterator<Item = (&'static str, &DataFrame)> {
        self.tables.iter().map(|(name, table)| (*name, table))
    }

    /// A table by name; none where there was nothing to make it from.
    pub fn table(&self, name: &str) -> Option<&DataFrame> {
        self.tables().find(|(n, _)| *n == name).map(|(_, t)| t)
    }

    /// What the tables are, in words.
    pub fn describe(&self, lang: Lang) -> &str {
        &self.described[usize::from(lang == Lang::En)]
    }

    /// What a reader must know before using the numbers.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// A table of the register read column by column.
pub(super) struct Read<'a> {
    frame: &'a DataFrame,
}

impl<'a> Read<'a> {
    /// The table, or an error that says what needs it.
    pub(super) fn needed(register: &'a Register, table: Table, what: &str) -> Result<Self> {
        Self::optional(register, table).ok_or_else(|| {
            Error::missing(
                what,
                format!("the table `{table}`"),
                "pass it to the register",
            )
        })
    }

    pub(super) fn optional(register: &'a Register, table: Table) -> Option<Self> {
        register.frame(table).map(|frame| Self { frame })
    }

    pub(super) fn height(&self) -> usize {
        self.frame.height()
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.frame.column(column).is_ok()
    }

    /// A column as text; nothing in each row where it does not exist.
    pub(super) fn text(&self, column: &str) -> Result<Vec<Option<String>>> {
        let Ok(column) = self.frame.column(column) else {
            return Ok(vec![None; self.height()]);
        };
        let cast = column.cast(&DataType::String).map_err(|e| unexpected(&e))?;
        let text = cast.str().map_err(|e| unexpected(&e))?;
        Ok(text.iter().map(|v| v.map(str::to_owned)).collect())
    }

    /// A column as numbers; nothing in each row where it does not exist.
    pub(super) fn numbers(&self, column: &str) -> Result<Vec<Option<f64>>> {
        let Ok(column) = self.frame.column(column) else {
            return Ok(vec![None; self.height()]);
        };
        let cast = column
            .cast(&DataType::Float64)
            .map_err(|e| unexpected(&e))?;
        let numbers = cast.f64().map_err(|e| unexpected(&e))?;
        Ok(numbers.iter().collect())
    }

    /// A column as whole numbers; nothing in each row where it does not exist.
    pub(super) fn integers(&self, column: &str) -> Result<Vec<Option<i64>>> {
        let Ok(column) = self.frame.column(column) else {
            return Ok(vec![None; self.height()]);
        };
        let cast = column.cast(&DataType::Int64).map_err(|e| unexpected(&e))?;
        let integers = cast.i64().map_err(|e| unexpected(&e))?;
        Ok(integers.iter().collect())
    }

    /// The names of all columns.
    pub(super) fn columns(&self) -> Vec<String> {
        self.frame
            .get_column_names()
            .iter()
            .map(ToString::to_string)
            .collect()
    }
}

/// Collects a table row by row; every cell a text, a count or a number.
#[derive(Default)]
pub(super) struct Rows {
    names: Vec<&'static str>,
    cells: Vec<Vec<Cell>>,
}

/// A cell of a table being collected.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Text(Option<String>),
    Count(Option<i64>),
    Number(Option<f64>),
    Flag(Option<bool>),
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<String>> for Cell {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Count(Some(value))
    }
}

impl From<i32> for Cell {
    fn from(value: i32) -> Self {
        Self::Count(Some(value.into()))
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Count(Some(value as i64))
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Self::Count(Some(value as i64))
    }
}

impl From<Option<i64>> for Cell {
    fn from(value: Option<i64>) -> Self {
        Self::Count(value)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value.is_finite().then_some(value))
    }
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        Self::Number(value.filter(|v| v.is_finite()))
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Flag(Some(value))
    }
}

impl Rows {
    pub(super) fn new(names: &[&'static str]) -> Self {
        Self {
            names: names.to_vec(),
            cells: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.names.len());
        self.cells.push(row);
    }

    pub(super) fn build(self) -> Result<DataFrame> {
        let mut tidy = crate::tidy::Tidy::new(&[], &[]);
        for (i, name) in self.names.iter().enumerate() {
            let column = || self.cells.iter().map(|row| &row[i]);
            // An empty table keeps its columns, as numbers.
            tidy = match column().next() {
                Some(Cell::Text(_)) => tidy.with(
                    name,
                    column()
                        .map(|c| match c {
                            Cell::Text(v) => v.clone(),
                            _ => None,
                        })
                        .collect::<Vec<Option<String>>>(),
                ),
                Some(Cell::Count(_)) => tidy.with(
                    name,
                    column()
                        .map(|c| match c {
                            Cell::Count(v) => *v,
                            _ => None,
                        })
                        .collect::<Vec<Option<i64>>>(),
                ),
                Some(Cell::Flag(_)) => tidy.with(
                    name,
                    column()
                        .map(|c| match c {
                            Cell::Flag(v) => *v,
                            _ => None,
                        })
                        .collect::<Vec<Option<bool>>>(),
                ),
                Some(Cell::Number(_)) | None => tidy.with(
                    name,
                    column()
                        .map(|c| match c {
                            Cell::Number(v) => *v,
                            _ => None,
                        })
                        .collect::<Vec<Option<f64>>>(),
                ),
            };
        }
        tidy.build()
    }
}

/// A row of cells, each from whatever it is.
macro_rules! row {
    ($($cell:expr),* $(,)?) => {
        vec![$(crate::municipality::findings::Cell::from($cell)),*]
    };
}
pub(super) use row;
