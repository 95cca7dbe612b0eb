//! One face for SAS, Stata, CSV (by the crate `boligspor-files`) and Parquet
//! (by polars).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use boligspor_files::{self as plain, Batch, FileError, NO_DAY, NO_WHOLE, Texts, Values};
use polars::prelude::{DataType, ParquetReader, SerReader, Series, TimeUnit};

use super::mapping::Encoding;
use crate::error::{Error, Result};

/// Rows of a Parquet file that are read at a time, at most.
const SLICE: usize = 1 << 20;

/// Values of a Parquet file that are read at a time: a register with a column
/// for every week is read a few rows at a time.
const CELLS: usize = 1 << 26;

/// Rows of so many columns that are read at a time.
fn slice_of(columns: usize) -> usize {
    (CELLS / columns.max(1)).clamp(1, SLICE)
}

/// A file of a delivery, of which only the head has been read.
pub(super) struct Delivered {
    register: &'static str,
    path: PathBuf,
    names: Vec<String>,
    source: Source,
}

enum Source {
    Plain(plain::Table),
    Parquet {
        rows: usize,
        /// Columns of a type that is not read, and the type.
        unread: Vec<(usize, String)>,
    },
}

/// Why a scan stopped: the file, or who looks at it.
enum Stop {
    File(FileError),
    Visitor(Error),
}

impl From<FileError> for Stop {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

fn refused(register: &str, error: FileError) -> Error {
    match error {
        FileError::Io { path, source } => Error::File {
            action: "read",
            path,
            source,
        },
        FileError::Broken {
            path,
            problem,
            hint,
        } => Error::table(register, None, format!("{path} {problem}"), hint),
        other => Error::table(register, None, other.to_string(), "deliver it again"),
    }
}

impl Delivered {
    pub(super) fn open(register: &'static str, path: PathBuf, encoding: Encoding) -> Result<Self> {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        if extension == "parquet" || extension == "pq" {
            return Self::parquet(register, path);
        }
        let options = plain::Options {
            encoding: match encoding {
                Encoding::Utf8 => plain::Encoding::Utf8,
                Encoding::Latin1 => plain::Encoding::Latin1,
            },
        };
        let table = plain::Table::open(&path, &options).map_err(|e| refused(register, e))?;
        Ok(Self {
            register,
            names: table.columns().iter().map(|c| c.name.clone()).collect(),
            path,
            source: Source::Plain(table),
        })
    }

    fn parquet(register: &'static str, path: PathBuf) -> Result<Self> {
        let file = File::open(&path).map_err(|e| Error::file("read", &path, e))?;
        let mut reader = ParquetReader::new(file);
        let schema = reader.schema().map_err(|_| broken(register, &path))?;
        let names = schema.iter_names().map(ToString::to_string).collect();
        let rows = reader.num_rows().map_err(|_| broken(register, &path))?;
        // The polars that this library is built with leaves out the rarest types.
        let unread = |(i, field): (usize, &polars_arrow::datatypes::Field)| {
            use polars_arrow::datatypes::ArrowDataType as A;
            let kind = &field.dtype;
            matches!(kind, A::UInt8 | A::UInt16 | A::Float16).then(|| (i, format!("{kind:?}")))
        };
        let unread = schema.iter_values().enumerate().filter_map(unread);
        let unread = unread.collect();
        Ok(Self {
            register,
            path,
            names,
            source: Source::Parquet { rows, unread },
        })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Passes over the rows once, batch by batch.
    pub(super) fn scan(
        &self,
        wanted: &[usize],
        visit: &mut dyn FnMut(&Batch) -> Result<()>,
    ) -> Result<()> {
        match &self.source {
            Source::Plain(table) => table
                .scan(wanted, &mut |batch| visit(batch).map_err(Stop::Visitor))
                .map_err(|stop| match stop {
                    Stop::File(error) => refused(self.register, error),
                    Stop::Visitor(error) => error,
                }),
            Source::Parquet { rows, unread } => {
                if let Some((column, kind)) = unread.iter().find(|(i, _)| wanted.contains(i)) {
                    return Err(Error::table(
                        self.register,
                        None,
                        format!(
                            "{} has a column `{}` of type {kind}, which is not read",
                            self.path.display(),
                            self.names[*column]
                        ),
                        "write it as a 32-bit or 64-bit type",
                    ));
                }
                self.parts(*rows, wanted, visit)
            }
        }
    }

    /// Parts of a Parquet file. The next one is decoded while this one is looked at.
    fn parts(
        &self,
        rows: usize,
        wanted: &[usize],
        visit: &mut dyn FnMut(&Batch) -> Result<()>,
    ) -> Result<()> {
        let names: Vec<String> = wanted.iter().map(|i| self.names[*i].clone()).collect();
        let (register, path) = (self.register, self.path.as_path());
        let (send, parts) = sync_channel(1);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let at_a_time = slice_of(names.len());
                for from in (0..rows).step_by(at_a_time) {
                    let part = slice(register, path, &names, from, at_a_time.min(rows - from));
                    let broken = part.is_err();
                    // Nobody receives any more where the visitor has stopped.
                    if send.send(part).is_err() || broken {
                        break;
                    }
                }
            });
            parts.into_iter().try_for_each(|part| visit(&part?))
        })
    }
}

fn slice(register: &str, path: &Path, names: &[String], from: usize, rows: usize) -> Result<Batch> {
    let file = File::open(path).map_err(|e| Error::file("read", path, e))?;
    let frame = ParquetReader::new(file)
        .with_columns(Some(names.to_vec()))
        .with_slice(Some((from, rows)))
        .finish()
        .map_err(|_| broken(register, path))?;
    let columns = names
        .iter()
        .map(|name| {
            let column = frame.column(name).map_err(|_| broken(register, path))?;
            values(column.as_materialized_series()).ok_or_else(|| {
                Error::table(
                    register,
                    None,
                    format!(
                        "{} has a column `{name}` of a type that is not read",
                        path.display()
                    ),
                    "write it as text, number or date",
                )
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Batch { rows, columns })
}

fn broken(register: &str, path: &Path) -> Error {
    Error::table(
        register,
        None,
        format!("{} cannot be read as Parquet", path.display()),
        "the file is cut off or of another format; deliver it again",
    )
}

/// A polars column in plain form.
fn values(series: &Series) -> Option<Values> {
    Some(match series.dtype() {
        DataType::String => Values::Text(series.str().ok()?.iter().collect::<Texts>()),
        DataType::Date => {
            let days = series.date().ok()?.physical();
            Values::Day(days.iter().map(|d| d.unwrap_or(NO_DAY)).collect())
        }
        DataType::Datetime(unit, None) => {
            let a_day: i64 = 86_400
                * match unit {
                    TimeUnit::Nanoseconds => 1_000_000_000,
                    TimeUnit::Microseconds => 1_000_000,
                    TimeUnit::Milliseconds => 1_000,
                };
            let moments = series.datetime().ok()?.physical();
            let day = |m: i64| i32::try_from(m.div_euclid(a_day)).unwrap_or(NO_DAY);
            Values::Day(moments.iter().map(|m| m.map_or(NO_DAY, day)).collect())
        }
        DataType::Categorical(..) | DataType::Enum(..) => {
            return values(&series.cast(&DataType::String).ok()?);
        }
        d if d.is_integer() || d.is_bool() => {
            let whole = series.cast(&DataType::Int64).ok()?;
            let whole = whole.i64().ok()?;
            Values::Whole(whole.iter().map(|n| n.unwrap_or(NO_WHOLE)).collect())
        }
        d if d.is_float() => {
            let numbers = series.cast(&DataType::Float64).ok()?;
            let numbers = numbers.f64().ok()?;
            Values::Number(numbers.iter().map(|x| x.unwrap_or(f64::NAN)).collect())
        }
        DataType::Null => Values::Text(std::iter::repeat_n(None, series.len()).collect()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_files_are_read_fewer_rows_at_a_time() {
        assert_eq!(slice_of(6), SLICE);
        assert_eq!(slice_of(1_700), 39_475);
        assert_eq!((slice_of(0), slice_of(usize::MAX)), (SLICE, 1));
    }
}
