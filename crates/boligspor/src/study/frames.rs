//! Result tables as bytes: the same frame gives the same file.

use std::num::NonZeroUsize;

use polars::prelude::{
    Column, CsvWriter, DataFrame, ParquetCompression, ParquetWriter, PolarsError, SerWriter,
};

use super::spec::TableFormat;
use crate::error::{Error, Result, kind};

impl TableFormat {
    /// The file extension.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }

    /// A table in this format.
    pub(super) fn bytes(self, table: &DataFrame) -> Result<Vec<u8>> {
        let mut table = table.clone();
        // How a frame is divided depends on threads, and divides the file.
        table.rechunk_mut_par();
        let mut out = Vec::new();
        match self {
            Self::Parquet => {
                ParquetWriter::new(&mut out)
                    .with_compression(ParquetCompression::Snappy)
                    .with_row_group_size(Some(1 << 20))
                    .set_parallel(false)
                    .finish(&mut table)
                    .map_err(|e| unexpected(&e))?;
            }
            Self::Csv => {
                CsvWriter::new(&mut out)
                    .include_header(true)
                    .with_batch_size(NonZeroUsize::MIN.saturating_add(1 << 16))
                    .n_threads(1)
                    .finish(&mut table)
                    .map_err(|e| unexpected(&e))?;
            }
        }
        Ok(out)
    }
}

/// Stacks one table a name, with the name in a first column `column`.
pub(super) fn stacked<'a>(
    column: &str,
    tables: impl IntoIterator<Item = (&'a str, &'a DataFrame)>,
) -> Result<Option<DataFrame>> {
    let mut out: Option<DataFrame> = None;
    for (name, table) in tables {
        let mut columns = vec![Column::new(column.into(), vec![name; table.height()])];
        columns.extend(table.columns().iter().cloned());
        let named = DataFrame::new(table.height(), columns).map_err(|e| unexpected(&e))?;
        match &mut out {
            None => out = Some(named),
            Some(out) => {
                out.vstack_mut(&named).map_err(|e| unexpected(&e))?;
            }
        }
    }
    Ok(out)
}

/// A failure inside polars that no input should cause.
pub(super) fn unexpected(error: &PolarsError) -> Error {
    Error::table("result", None, kind(error), "please report this")
}
