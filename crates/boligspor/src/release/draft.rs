//! A table as a section asks for it, before anything is decided.

use boligspor_estimate::wilson;

use super::table::{Cell, Kind, ReleasedColumn, ReleasedTable, Words};
use crate::LEVEL;
use crate::disclosure::{Cleared, Figure, Shown};

/// A value of a [`Draft`]: a figure to be cleared, or what follows from some.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// A figure.
    Figure(Figure),
    /// The lower end of Wilson's interval of a percentage among so many people.
    Low {
        /// The percentage.
        share: Figure,
        /// The people.
        n: Figure,
    },
    /// Its upper end.
    High {
        /// The percentage.
        share: Figure,
        /// The people.
        n: Figure,
    },
    /// A sum over a count, and over a divisor such as 100 øre a krone.
    PerPerson {
        /// The sum.
        sum: Figure,
        /// The people.
        n: Figure,
        /// What the quotient is divided by.
        unit: f64,
    },
    /// A number that is released by itself: what a step curve is made of.
    Public(f64),
    /// What a model estimated; none where it may not be shown.
    Estimate(Option<f64>),
    /// A whole number that is no data: a horizon, a period.
    Step(i64),
    /// Nothing.
    Empty,
}

/// A row's codes with their words, and its values.
type Row = (Vec<(String, Words)>, Vec<Value>);

/// Cells that follow from the released cells of a row. A plain function, which can
/// hold nothing of the result.
type Derive = fn(&[Cell]) -> Vec<Cell>;

/// A table to be released.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) name: String,
    section: Words,
    pub(super) title: Words,
    notes: Vec<Words>,
    columns: Vec<ReleasedColumn>,
    rows: Vec<Row>,
    derived: Option<(Vec<ReleasedColumn>, Derive)>,
}

impl Draft {
    /// An empty table in a section of the report, under a name is its file's name: short, made of
    /// letters, digits and underscores, never of the data.
    pub fn new(name: impl Into<String>, section: Words, title: Words) -> Self {
        Self {
            name: name.into(),
            section,
            title,
            notes: Vec::new(),
            columns: Vec::new(),
            rows: Vec::new(),
            derived: None,
        }
    }

    /// With a column; those of codes come first.
    #[must_use]
    pub fn column(mut self, name: &str, title: Words, kind: Kind) -> Self {
        self.columns.push(ReleasedColumn {
            name: name.to_owned(),
            title,
            kind,
        });
        self
    }

    /// With columns at the end that are computed from the released cells of each
    /// row before them, and from nothing else.
    #[must_use]
    pub fn derived(mut self, columns: &[(&str, Words, Kind)], of: Derive) -> Self {
        let columns = columns.iter().map(|(name, title, kind)| ReleasedColumn {
            name: (*name).to_owned(),
            title: title.clone(),
            kind: *kind,
        });
        self.derived = Some((columns.collect(), of));
        self
    }

    /// With a definition or caution beneath it.
    #[must_use]
    pub fn note(mut self, note: Words) -> Self {
        self.notes.push(note);
        self
    }

    /// Adds a definition or caution beneath it.
    pub(super) fn remark(&mut self, note: Words) {
        self.notes.push(note);
    }

    /// Adds a row: its codes with their words, and a value for each further
    /// column.
    pub fn row(&mut self, keys: Vec<(String, Words)>, values: Vec<Value>) {
        debug_assert_eq!(keys.len() + values.len(), self.columns.len());
        self.rows.push((keys, values));
    }

    pub(super) fn released(mut self, cleared: &Cleared) -> ReleasedTable {
        let (columns, derive) = self.derived.unzip();
        self.columns.extend(columns.into_iter().flatten());
        let rows = self.rows.into_iter().map(|(keys, values)| {
            let keys = keys.into_iter().map(|(code, words)| Cell::Key(code, words));
            let values = values.into_iter().map(|value| value.cell(cleared));
            let mut row: Vec<Cell> = keys.chain(values).collect();
            row.extend(derive.map(|derive| derive(&row)).unwrap_or_default());
            row
        });
        ReleasedTable {
            name: self.name,
            section: self.section,
            title: self.title,
            notes: self.notes,
            rows: rows.collect(),
            columns: self.columns,
        }
    }
}

impl Value {
    /// From published values only.
    fn cell(self, cleared: &Cleared) -> Cell {
        let shown = |figure: Figure| {
            let number = cleared.numbers().get(figure.place())?;
            number.value.map(Shown::to_f64)
        };
        let interval = |share, n, high: bool| {
            let (share, n) = (shown(share)?, shown(n)?);
            let interval = wilson((share / 100.0 * n).round() as u64, n as u64, LEVEL).ok()?;
            Some(100.0 * if high { interval.high } else { interval.low })
        };
        let value = match self {
            Self::Figure(figure) => shown(figure),
            Self::Low { share, n } => interval(share, n, false),
            Self::High { share, n } => interval(share, n, true),
            Self::PerPerson { sum, n, unit } => shown(sum)
                .zip(shown(n).filter(|n| *n > 0.0))
                .map(|(sum, n)| sum / n / unit),
            Self::Public(value) => Some(value),
            Self::Estimate(value) => value,
            Self::Step(step) => return Cell::Step(step),
            Self::Empty => return Cell::Empty,
        };
        value.map_or(Cell::Withheld, Cell::Number)
    }
}
