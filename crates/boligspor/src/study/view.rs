//! Reading result tables cell by cell, for charts and reports.

use polars::prelude::{AnyValue, DataFrame};

use super::frames::unexpected;
use crate::error::{Error, Result};

/// A table whose cells are read by column name and row.
pub(super) struct View<'a> {
    table: &'a DataFrame,
    strata: Vec<String>,
}

impl<'a> View<'a> {
    /// A table that begins with the strata columns given.
    pub(super) fn new(table: &'a DataFrame, strata: &[String]) -> Self {
        Self {
            table,
            strata: strata.to_vec(),
        }
    }

    /// Rows from 0.
    pub(super) fn rows(&self) -> std::ops::Range<usize> {
        0..self.table.height()
    }

    /// Whether the table has this column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.table.column(column).is_ok()
    }

    fn cell(&self, column: &str, row: usize) -> Result<AnyValue<'_>> {
        let column = self.table.column(column).map_err(|e| unexpected(&e))?;
        column.get(row).map_err(|e| unexpected(&e))
    }

    /// A number; NaN where there is none.
    pub(super) fn number(&self, column: &str, row: usize) -> Result<f64> {
        Ok(self.cell(column, row)?.extract().unwrap_or(f64::NAN))
    }

    /// A count; `None` where there is none.
    pub(super) fn count(&self, column: &str, row: usize) -> Result<Option<u64>> {
        Ok(self.cell(column, row)?.extract())
    }

    /// A whole number that must be there.
    pub(super) fn integer(&self, column: &str, row: usize) -> Result<i32> {
        self.cell(column, row)?.extract().ok_or_else(|| {
            Error::table(
                "result",
                Some(column),
                "has no whole number",
                "please report this",
            )
        })
    }

    /// A text, empty where there is none.
    pub(super) fn text(&self, column: &str, row: usize) -> Result<String> {
        Ok(match self.cell(column, row)? {
            AnyValue::String(text) => text.to_owned(),
            AnyValue::StringOwned(text) => text.to_string(),
            AnyValue::Null => String::new(),
            other => other.to_string(),
        })
    }

    /// Whether a flag is set.
    pub(super) fn flag(&self, column: &str, row: usize) -> Result<bool> {
        Ok(matches!(self.cell(column, row)?, AnyValue::Boolean(true)))
    }

    /// The row's levels, one for each stratum column.
    pub(super) fn levels(&self, row: usize) -> Result<Vec<String>> {
        self.strata
            .iter()
            .map(|name| self.text(name, row))
            .collect()
    }

    /// Runs of rows with the same levels, in the order of the table.
    pub(super) fn strata(&self) -> Result<Vec<(Vec<String>, std::ops::Range<usize>)>> {
        let mut out: Vec<(Vec<String>, std::ops::Range<usize>)> = Vec::new();
        for row in self.rows() {
            let levels = self.levels(row)?;
            match out.last_mut() {
                Some((last, range)) if *last == levels => range.end = row + 1,
                _ => out.push((levels, row..row + 1)),
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn rows_are_grouped_by_their_levels_and_nulls_are_told() {
        let table = df!(
            "sex" => ["all", "all", "man"],
            "n" => [Some(5i64), None, Some(2)],
            "share" => [Some(0.5), None, Some(1.0)],
        )
        .unwrap();
        let view = View::new(&table, &["sex".into()]);
        let strata = view.strata().unwrap();
        assert_eq!(
            strata,
            [
                (vec!["all".to_owned()], 0..2),
                (vec!["man".to_owned()], 2..3)
            ]
        );
        assert_eq!(view.count("n", 0).unwrap(), Some(5));
        assert_eq!(view.count("n", 1).unwrap(), None);
        assert!(view.number("share", 1).unwrap().is_nan());
        assert!(view.text("absent", 0).is_err());
    }
}
