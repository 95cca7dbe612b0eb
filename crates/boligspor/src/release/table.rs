//! A table that may leave: keys, and values that are shown or withheld.

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use crate::error::{Error, Result, kind};
use crate::lang::Lang;

/// The same text in Danish and in English.
pub type Words = [String; 2];

/// The same text in Danish and in English.
pub fn words(danish: impl Into<String>, english: impl Into<String>) -> Words {
    [danish.into(), english.into()]
}

/// What a cell of a released table holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A code of the row, with its words.
    Key(String, Words),
    /// A number of the row: a horizon, a period.
    Step(i64),
    /// A published or derived value.
    Number(f64),
    /// Withheld, or derived from something withheld.
    Withheld,
    /// Nothing is said here.
    Empty,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Codes of groups.
    Key,
    /// Whole numbers that are no data: horizons, periods.
    Step,
    /// Persons.
    Count,
    /// Percentages, 0 to 100, with so many decimals.
    Percent(usize),
    /// Amounts or other numbers, with so many decimals.
    Number(usize),
}

/// A column of a released table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasedColumn {
    /// Its name in files.
    pub name: String,
    /// Its title for readers.
    pub title: Words,
    /// What its values are.
    pub kind: Kind,
}

/// A table of released numbers. It is made by clearing and in no other way.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleasedTable {
    pub(super) name: String,
    pub(super) section: Words,
    pub(super) title: Words,
    pub(super) notes: Vec<Words>,
    pub(super) columns: Vec<ReleasedColumn>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl ReleasedTable {
    /// Its name, which is its file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The section of the report that it belongs to.
    pub fn section(&self, lang: Lang) -> &str {
        pick(&self.section, lang)
    }

    /// What it shows.
    pub fn title(&self, lang: Lang) -> &str {
        pick(&self.title, lang)
    }

    /// Definitions and cautions to stand beneath it.
    pub fn notes(&self, lang: Lang) -> impl Iterator<Item = &str> {
        self.notes.iter().map(move |note| pick(note, lang))
    }

    /// Its columns.
    pub fn columns(&self) -> &[ReleasedColumn] {
        &self.columns
    }

    /// Its rows, one cell for each column.
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// How many values are withheld.
    pub fn withheld(&self) -> usize {
        let cells = self.rows.iter().flatten();
        cells.filter(|cell| **cell == Cell::Withheld).count()
    }

    /// The table as a frame: withheld values are null, and for each column that
    /// has any, `<column>_withheld` says where.
    ///
    /// # Errors
    /// [`Error::Table`] for a failure inside polars.
    pub fn frame(&self) -> Result<DataFrame> {
        let mut columns: Vec<Column> = Vec::new();
        for (c, column) in self.columns.iter().enumerate() {
            let cells = || self.rows.iter().map(move |row| &row[c]);
            let name = column.name.as_str();
            columns.push(match column.kind {
                Kind::Key => {
                    let texts: Vec<Option<&str>> = cells()
                        .map(|cell| match cell {
                            Cell::Key(code, _) => Some(code.as_str()),
                            _ => None,
                        })
                        .collect();
                    Series::new(name.into(), texts).into()
                }
                Kind::Step | Kind::Count => {
                    let whole: Vec<Option<i64>> = cells()
                        .map(|cell| match cell {
                            Cell::Step(n) => Some(*n),
                            Cell::Number(n) => Some(*n as i64),
                            _ => None,
                        })
                        .collect();
                    Series::new(name.into(), whole).into()
                }
                Kind::Percent(_) | Kind::Number(_) => {
                    let numbers: Vec<Option<f64>> = cells()
                        .map(|cell| match cell {
                            Cell::Number(n) => Some(*n),
                            _ => None,
                        })
                        .collect();
                    Series::new(name.into(), numbers).into()
                }
            });
            if cells().any(|cell| *cell == Cell::Withheld) {
                let withheld: Vec<bool> = cells().map(|cell| *cell == Cell::Withheld).collect();
                columns.push(Series::new(format!("{name}_withheld").into(), withheld).into());
            }
        }
        DataFrame::new(self.rows.len(), columns)
            .map_err(|e| Error::table("released", None, kind(&e), "please report this"))
    }

    /// The table as comma-separated text, decimal point, empty where withheld.
    pub fn csv(&self) -> String {
        let quoted = |text: &str| {
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let titles: Vec<String> = self.columns.iter().map(|c| quoted(&c.name)).collect();
        let mut text = titles.join(",") + "\n";
        for row in &self.rows {
            let cells: Vec<String> = row
                .iter()
                .zip(&self.columns)
                .map(|(cell, column)| match cell {
                    Cell::Key(code, _) => quoted(code),
                    Cell::Step(n) => n.to_string(),
                    Cell::Number(value) => format!("{value:.*}", column.kind.decimals()),
                    Cell::Withheld | Cell::Empty => String::new(),
                })
                .collect();
            text.push_str(&(cells.join(",") + "\n"));
        }
        text
    }

    /// The table as JSON: an object a row; a withheld value is the text
    /// `withheld`.
    pub fn json(&self) -> serde_json::Value {
        let rows = self.rows.iter().map(|row| {
            let fields = row.iter().zip(&self.columns).map(|(cell, column)| {
                let value = match cell {
                    Cell::Key(code, _) => serde_json::json!(code),
                    Cell::Step(n) => serde_json::json!(n),
                    Cell::Number(n) if column.kind == Kind::Count => serde_json::json!(*n as i64),
                    Cell::Number(n) => serde_json::json!(n),
                    Cell::Withheld => serde_json::json!("withheld"),
                    Cell::Empty => serde_json::Value::Null,
                };
                (column.name.clone(), value)
            });
            serde_json::Value::Object(fields.collect())
        });
        serde_json::json!({
            "name": self.name,
            "title": { "da": self.title[0], "en": self.title[1] },
            "rows": rows.collect::<Vec<_>>(),
        })
    }
}

impl Kind {
    /// Decimals that its values are written with.
    pub fn decimals(self) -> usize {
        match self {
            Self::Key | Self::Step | Self::Count => 0,
            Self::Percent(decimals) | Self::Number(decimals) => decimals,
        }
    }
}

pub(super) fn pick(words: &Words, lang: Lang) -> &str {
    lang.pick(&words[0], &words[1])
}
