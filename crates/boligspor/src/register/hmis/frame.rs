//! Columns into frames.

use polars::prelude::{
    Column, DataFrame, Int32Chunked, IntoSeries, NamedFrom, NewChunkedArray, PolarsError, Series,
};

use crate::calendar::Day;
use crate::error::{Error, Result};

/// A frame that cannot be put together is a slip of this module. What polars
/// says of it is left out, since it may quote the data.
pub(super) fn bug(_: PolarsError) -> Error {
    Error::table(
        "hmis",
        None,
        "the columns do not fit together",
        "report this as a bug",
    )
}

/// A column of text.
pub(super) fn text(name: &str, values: &[&str]) -> Column {
    Series::new(name.into(), values).into()
}

/// A column of text that may be missing.
pub(super) fn some_text(name: &str, values: &[Option<&str>]) -> Column {
    Series::new(name.into(), values).into()
}

/// A column of dates.
pub(super) fn days(name: &str, values: Vec<Option<Day>>) -> Column {
    let days = Int32Chunked::from_iter_options(name.into(), values.into_iter());
    days.into_series().into_date().into()
}

/// A column of true and false.
pub(super) fn flags(name: &str, values: &[Option<bool>]) -> Column {
    Series::new(name.into(), values).into()
}

/// Columns as a frame.
pub(super) fn of(columns: Vec<Column>) -> Result<DataFrame> {
    DataFrame::new_infer_height(columns).map_err(bug)
}
