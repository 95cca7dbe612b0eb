//! Tidy result tables: strata first, then one column a quantity.

use polars::prelude::*;

use crate::error::{Error, Result, kind};

/// Builds a result table column by column.
pub(crate) struct Tidy {
    columns: Vec<Column>,
}

impl Tidy {
    /// Starts with the strata columns, from each row's levels.
    pub(crate) fn new(names: &[String], rows: &[&[String]]) -> Self {
        let columns = names
            .iter()
            .enumerate()
            .map(|(i, name)| {
                let levels: Vec<&str> = rows.iter().map(|r| r[i].as_str()).collect();
                Column::new(name.as_str().into(), levels)
            })
            .collect();
        Self { columns }
    }

    /// Adds a column.
    pub(crate) fn with<T, Phantom: ?Sized>(mut self, name: &str, values: T) -> Self
    where
        Series: NamedFrom<T, Phantom>,
    {
        self.columns
            .push(Series::new(name.into(), values).into_column());
        self
    }

    /// The table.
    ///
    /// # Errors
    /// [`Error::Option`] where a stratum has the name of a result column.
    pub(crate) fn build(self) -> Result<DataFrame> {
        for (i, column) in self.columns.iter().enumerate() {
            if self.columns[..i].iter().any(|c| c.name() == column.name()) {
                return Err(Error::option(
                    "strata",
                    format!(
                        "names `{}`, which is also a column of the result",
                        column.name()
                    ),
                    "rename the column of your table",
                ));
            }
        }
        let height = self.columns.first().map_or(0, Column::len);
        DataFrame::new(height, self.columns)
            .map_err(|e| Error::table("result", None, kind(&e), "please report this"))
    }
}

/// A number, or none where it is not finite.
pub(crate) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
