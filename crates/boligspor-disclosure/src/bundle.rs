//! Everything about to be published together, over the same atomic cells.
//!
//! An atomic cell is a group of persons that no number of the bundle splits
//! (or what they cost). Two tables that group the same people differently
//! share cells; that is what lets an attacker subtract one from the other, and
//! what lets us see it. [`crate::Population`] makes the cells from each
//! person's categories.

use crate::error::{ClearError, Result};
use crate::rows::Measure;
use crate::support::Support;

/// One atomic cell of a [`Bundle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId(pub(crate) u32);

/// A number that is to be published, with what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) table: u32,
    pub(crate) label: String,
    pub(crate) form: Form,
    pub(crate) support: Support,
}

/// What kind of number it is, over sorted cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Count {
        cells: Vec<u32>,
        of: Vec<u32>,
    },
    Sum {
        cells: Vec<u32>,
    },
    Mean {
        amounts: Vec<u32>,
        persons: Vec<u32>,
    },
    Percentage {
        part: Vec<u32>,
        whole: Vec<u32>,
    },
}

impl Form {
    /// All cells that the number depends on.
    pub(crate) fn cells(&self) -> impl Iterator<Item = u32> + '_ {
        let (a, b): (&[u32], &[u32]) = match self {
            Self::Count { cells, .. } | Self::Sum { cells } => (cells, &[]),
            Self::Mean { amounts, persons } => (amounts, persons),
            Self::Percentage { whole, .. } => (whole, &[]),
        };
        a.iter().chain(b).copied()
    }
}

/// A number published earlier, in today's cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Earlier {
    pub(crate) name: String,
    pub(crate) row: crate::rows::Row,
}

/// The numbers of one release, before anything is decided.
///
/// ```
/// use boligspor_disclosure::{Bundle, Policy, Support, clear};
///
/// let mut bundle = Bundle::new();
/// let kept = bundle.persons(Support::of_persons(40));
/// let lost = bundle.persons(Support::of_persons(3));
/// bundle.count("status", "kept", &[kept], &[kept, lost])?;
/// bundle.count("status", "lost", &[lost], &[kept, lost])?;
/// bundle.count("status", "all", &[kept, lost], &[])?;
///
/// let cleared = clear(&bundle, &Policy::named("statistics-denmark")?)?;
/// assert_eq!(cleared.shown("status", "lost"), None);
/// // Neither kept nor all may stay beside the other.
/// assert_eq!(cleared.withheld(), 2);
/// # Ok::<(), boligspor_disclosure::ClearError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    pub(crate) measures: Vec<Measure>,
    pub(crate) values: Vec<i128>,
    pub(crate) supports: Vec<Support>,
    pub(crate) tables: Vec<String>,
    pub(crate) numbers: Vec<Number>,
    pub(crate) earlier: Vec<Earlier>,
}

impl Bundle {
    /// An empty bundle.
    pub fn new() -> Self {
        Self::default()
    }

    /// A group of distinct persons that shares nobody with the other groups.
    pub fn persons(&mut self, support: Support) -> CellId {
        let value = i128::from(support.persons);
        self.cell(Measure::Persons, value, support)
    }

    /// What a group of persons sums to, in the smallest unit; not negative.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] if it is negative or beyond 10¹⁵: bounds of
    /// amounts rest on every part being at least 0.
    pub fn amount(&mut self, value: i128, support: Support) -> Result<CellId> {
        if !(0..=1_000_000_000_000_000).contains(&value) {
            return Err(ClearError::Bundle {
                table: "(amounts)".to_owned(),
                reason: "an amount is negative or beyond 10^15; publish refunds as an amount of their own, or use a larger unit".to_owned(),
            });
        }
        Ok(self.cell(Measure::Amount, value, support))
    }

    fn cell(&mut self, measure: Measure, value: i128, support: Support) -> CellId {
        self.measures.push(measure);
        self.values.push(value);
        self.supports.push(support);
        CellId(self.measures.len() as u32 - 1)
    }

    /// A count of persons; `of` is the published group that it is a share of,
    /// or empty.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] for cells that repeat, are not persons or not
    /// part of `of`.
    pub fn count(
        &mut self,
        table: &str,
        label: &str,
        cells: &[CellId],
        of: &[CellId],
    ) -> Result<()> {
        let cells = self.cells_of(table, cells, Measure::Persons)?;
        let of = self.cells_of(table, of, Measure::Persons)?;
        if !of.is_empty() && cells.iter().any(|cell| of.binary_search(cell).is_err()) {
            return Err(ClearError::Bundle {
                table: table.to_owned(),
                reason: "a count holds cells that the group it is a share of does not".to_owned(),
            });
        }
        let support = self.support_of(&cells);
        self.number(table, label, Form::Count { cells, of }, support);
        Ok(())
    }

    /// A sum of amounts, with the support of the whole sum: a person may be in
    /// several of its cells.
    ///
    /// # Errors
    ///
    /// As [`Bundle::count`].
    pub fn sum(
        &mut self,
        table: &str,
        label: &str,
        cells: &[CellId],
        support: Support,
    ) -> Result<()> {
        let cells = self.cells_of(table, cells, Measure::Amount)?;
        self.number(table, label, Form::Sum { cells }, support);
        Ok(())
    }

    /// A mean amount per person, with the support of its sum.
    ///
    /// # Errors
    ///
    /// As [`Bundle::count`], and where there is nobody to share the amount.
    pub fn mean(
        &mut self,
        table: &str,
        label: &str,
        amounts: &[CellId],
        persons: &[CellId],
        support: Support,
    ) -> Result<()> {
        let amounts = self.cells_of(table, amounts, Measure::Amount)?;
        let persons = self.cells_of(table, persons, Measure::Persons)?;
        if self.total(&persons) == 0 {
            return Err(ClearError::Bundle {
                table: table.to_owned(),
                reason: "a mean over nobody; leave the group out".to_owned(),
            });
        }
        self.number(table, label, Form::Mean { amounts, persons }, support);
        Ok(())
    }

    /// A percentage of a group of persons.
    ///
    /// # Errors
    ///
    /// As [`Bundle::count`], and where the group is empty.
    pub fn percentage(
        &mut self,
        table: &str,
        label: &str,
        part: &[CellId],
        whole: &[CellId],
    ) -> Result<()> {
        let part = self.cells_of(table, part, Measure::Persons)?;
        let whole = self.cells_of(table, whole, Measure::Persons)?;
        if self.total(&whole) == 0 || part.iter().any(|cell| whole.binary_search(cell).is_err()) {
            return Err(ClearError::Bundle {
                table: table.to_owned(),
                reason: "a percentage of an empty group, or of one that it is not part of"
                    .to_owned(),
            });
        }
        let support = self.support_of(&whole);
        self.number(table, label, Form::Percentage { part, whole }, support);
        Ok(())
    }

    /// A count published in an earlier release, in today's cells: it cannot be
    /// withheld any more, and today's numbers must not subtract from it.
    ///
    /// # Errors
    ///
    /// [`ClearError::Bundle`] if today's cells do not agree with what was
    /// published: the earlier group was not rebuilt rightly.
    pub fn earlier_count(
        &mut self,
        name: &str,
        cells: &[CellId],
        low: i128,
        high: i128,
    ) -> Result<()> {
        let cells = self.cells_of(name, cells, Measure::Persons)?;
        self.earlier_row(name, crate::rows::Row::sum(&cells, low, high))
    }

    pub(crate) fn earlier_row(&mut self, name: &str, row: crate::rows::Row) -> Result<()> {
        let value: i128 = row
            .terms
            .iter()
            .map(|&(cell, factor)| i128::from(factor) * self.values[cell as usize])
            .sum();
        if row.low.is_some_and(|low| value < low) || row.high.is_some_and(|high| value > high) {
            return Err(ClearError::Bundle {
                table: name.to_owned(),
                reason: "an earlier release's number does not agree with today's data; rebuild its group as it was then".to_owned(),
            });
        }
        self.earlier.push(Earlier {
            name: name.to_owned(),
            row,
        });
        Ok(())
    }

    /// What a cell rests on.
    pub(crate) fn support(&self, cell: CellId) -> &Support {
        &self.supports[cell.0 as usize]
    }

    /// Whether a cell is empty.
    pub(crate) fn is_nobody(&self, cell: CellId) -> bool {
        self.values[cell.0 as usize] == 0
    }

    /// How many numbers the bundle holds.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    pub(crate) fn total(&self, cells: &[u32]) -> i128 {
        cells.iter().map(|&cell| self.values[cell as usize]).sum()
    }

    fn support_of(&self, cells: &[u32]) -> Support {
        cells.iter().fold(Support::default(), |sum, &cell| {
            sum.merge_disjoint(&self.supports[cell as usize])
        })
    }

    pub(crate) fn cells_of(
        &self,
        table: &str,
        cells: &[CellId],
        measure: Measure,
    ) -> Result<Vec<u32>> {
        let mut all: Vec<u32> = cells.iter().map(|cell| cell.0).collect();
        all.sort_unstable();
        let sound = all.windows(2).all(|pair| pair[0] < pair[1])
            && all
                .iter()
                .all(|&cell| self.measures.get(cell as usize) == Some(&measure));
        if sound {
            Ok(all)
        } else {
            Err(ClearError::Bundle {
                table: table.to_owned(),
                reason: "a number names a cell twice, or one of another measure or bundle"
                    .to_owned(),
            })
        }
    }

    fn number(&mut self, table: &str, label: &str, form: Form, support: Support) {
        let number = self.tables.iter().position(|name| name == table);
        let number = number.unwrap_or_else(|| {
            self.tables.push(table.to_owned());
            self.tables.len() - 1
        });
        self.numbers.push(Number {
            table: number as u32,
            label: label.to_owned(),
            form,
            support,
        });
    }
}
