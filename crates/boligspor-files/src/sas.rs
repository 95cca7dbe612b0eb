//! SAS7bdat files.

use std::ops::ControlFlow;
use std::path::Path;

use sas7bdat::{BatchHint, ColumnBuffer, Dataset, Error, OrderingMode, Parallelism};

use crate::error::{FileError, Result};
use crate::table::{BATCH, Batch};
use crate::values::{NO_DAY, NO_WHOLE, Texts, Values};

/// Seconds of a day.
const DAY: i64 = 86_400;

#[derive(Debug)]
pub(crate) struct Sas(Dataset);

/// The reader's message may quote the file, so only its kind is told.
fn broken(path: &Path, error: &Error) -> FileError {
    let problem = match error {
        Error::Io(_) => "cannot be read to its end",
        Error::Header(_) | Error::Metadata(_) => "is no SAS7bdat file, or its head is cut off",
        Error::Compression(_) => "holds compressed rows that cannot be expanded",
        Error::Unsupported(_) => "is a SAS7bdat file of an unknown kind",
        _ => "is cut off or damaged",
    };
    FileError::broken(path, problem, "deliver it again")
}

fn valid(bits: Option<&[u64]>, row: usize) -> bool {
    bits.is_none_or(|bits| bits[row / 64] >> (row % 64) & 1 == 1)
}

fn each<T: Copy, V>(values: &[T], bits: Option<&[u64]>, missing: V, of: impl Fn(T) -> V) -> Vec<V>
where
    V: Copy,
{
    let one = |(row, value): (usize, &T)| {
        if valid(bits, row) {
            of(*value)
        } else {
            missing
        }
    };
    values.iter().enumerate().map(one).collect()
}

/// A column in our form; none where it is of bytes that are no text.
fn values(column: &ColumnBuffer<'_>) -> Option<Values> {
    Some(match column {
        ColumnBuffer::I32(b) => Values::Whole(each(b.values, b.valid, NO_WHOLE, i64::from)),
        ColumnBuffer::I64(b) => Values::Whole(each(b.values, b.valid, NO_WHOLE, |n| n)),
        ColumnBuffer::F64(b) => Values::Number(each(b.values, b.valid, f64::NAN, |x| x)),
        ColumnBuffer::Date(b) => Values::Day(each(
            b.values,
            b.valid,
            NO_DAY,
            sas7bdat::SasDate::unix_days,
        )),
        ColumnBuffer::DateTime(b) => Values::Day(each(b.values, b.valid, NO_DAY, |moment| {
            i32::try_from(moment.unix_seconds().div_euclid(DAY)).unwrap_or(NO_DAY)
        })),
        ColumnBuffer::Time(b) => Values::Whole(each(b.values, b.valid, NO_WHOLE, |time| {
            i64::from(time.seconds_since_midnight)
        })),
        ColumnBuffer::Utf8(_) => Values::Text(column.as_str_iter()?.collect::<Texts>()),
        ColumnBuffer::RawBytes(_) => return None,
    })
}

impl Sas {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = Dataset::open(path).map_err(|e| broken(path, &e))?;
        // A file cut between two pages has a sound head and fewer pages.
        let head = file.metadata();
        let size = std::fs::metadata(path)
            .map_err(|e| FileError::io(path, e))?
            .len();
        if size < head.page_count.saturating_mul(u64::from(head.page_size)) {
            return Err(FileError::broken(path, "is cut off", "deliver it again"));
        }
        Ok(Self(file))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.columns().iter().map(|c| c.name.clone()).collect()
    }

    pub(crate) fn scan<E: From<FileError>>(
        &self,
        path: &Path,
        wanted: &[usize],
        visit: &mut dyn FnMut(&Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let fail = |e: &Error| E::from(broken(path, e));
        let mut projection = self.0.projection();
        for &index in wanted {
            projection = projection.column_idx(index);
        }
        let projection = projection.build().map_err(|e| fail(&e))?;
        let mut rows = 0;
        let mut stopped = None;
        let scanned = self
            .0
            .scan()
            .with_projection(&projection)
            .with_ordering(OrderingMode::Stable)
            .with_parallelism(Parallelism::None)
            .with_batch_hint(BatchHint::Rows(BATCH))
            .visit_batches(|given| {
                let columns: Option<Vec<Values>> = given.columns.iter().map(values).collect();
                let Some(columns) = columns else {
                    let error = FileError::broken(
                        path,
                        "holds text in an unknown encoding",
                        "save it as UTF-8",
                    );
                    stopped = Some(E::from(error));
                    return Ok(ControlFlow::Break(()));
                };
                let batch = Batch {
                    rows: given.row_count,
                    columns,
                };
                rows += batch.rows as u64;
                match visit(&batch) {
                    Ok(()) => Ok(ControlFlow::Continue(())),
                    Err(error) => {
                        stopped = Some(error);
                        Ok(ControlFlow::Break(()))
                    }
                }
            });
        if let Some(error) = stopped {
            return Err(error);
        }
        scanned.map_err(|e| fail(&e))?;
        let head = self.0.metadata();
        if rows != head.row_count.saturating_sub(head.deleted_row_count) {
            let error = FileError::broken(
                path,
                "has fewer rows than its head tells",
                "it is cut off; deliver it again",
            );
            return Err(E::from(error));
        }
        Ok(())
    }
}
