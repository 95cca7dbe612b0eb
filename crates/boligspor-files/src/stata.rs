//! Stata files.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use dta::stata::dta::dta_error::DtaError;
use dta::stata::dta::dta_reader::DtaReader;
use dta::stata::dta::header_reader::HeaderReader;
use dta::stata::dta::long_string_table::LongStringTable;
use dta::stata::dta::schema::Schema;
use dta::stata::dta::schema_reader::SchemaReader;
use dta::stata::dta::value::Value;
use dta::stata::dta::variable_type::VariableType;

use crate::error::{FileError, Result};
use crate::table::{BATCH, Batch};
use crate::values::{NO_DAY, Texts, Values};

/// Days from Stata's epoch, 1960-01-01, to 1970-01-01.
const EPOCH: i64 = 3_653;

/// Milliseconds of a day.
const DAY: f64 = 86_400_000.0;

/// What a column's numbers count, by its display format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    Text,
    Numbers,
    Days,
    Milliseconds,
    LongText,
}

#[derive(Debug)]
pub(crate) struct Stata {
    names: Vec<String>,
    counts: Vec<Counts>,
}

fn broken(path: &Path, error: &DtaError) -> FileError {
    match error {
        DtaError::Io { source, .. } if source.kind() != std::io::ErrorKind::UnexpectedEof => {
            FileError::broken(path, "cannot be read", "check the disk, then try again")
        }
        _ => FileError::broken(
            path,
            "is no Stata file, or is cut off or damaged",
            "deliver it again",
        ),
    }
}

fn counts(schema: &Schema) -> Vec<Counts> {
    let one = |format: &str, kind: VariableType| {
        let format = format.trim_start_matches("%-").trim_start_matches('%');
        match kind {
            VariableType::FixedString(_) => Counts::Text,
            VariableType::LongString => Counts::LongText,
            _ if format.starts_with("tc") || format.starts_with("tC") => Counts::Milliseconds,
            _ if format.starts_with("td") || format.starts_with('d') => Counts::Days,
            _ => Counts::Numbers,
        }
    };
    schema
        .variables()
        .iter()
        .map(|v| one(v.format(), v.variable_type()))
        .collect()
}

fn number(value: &Value<'_>) -> f64 {
    let number = match value {
        Value::Byte(n) => n.present().map(f64::from),
        Value::Int(n) => n.present().map(f64::from),
        Value::Long(n) => n.present().map(f64::from),
        Value::Float(n) => n.present().map(f64::from),
        Value::Double(n) => n.present(),
        Value::String(_) | Value::LongStringRef(_) => None,
    };
    number.unwrap_or(f64::NAN)
}

fn empty(counts: Counts) -> Values {
    match counts {
        Counts::Text | Counts::LongText => Values::Text(Texts::default()),
        Counts::Numbers => Values::Number(Vec::new()),
        Counts::Days | Counts::Milliseconds => Values::Day(Vec::new()),
    }
}

/// The long texts of a file, which stand after its rows.
struct Long {
    texts: LongStringTable,
    encoding: &'static encoding_rs::Encoding,
}

/// Adds a row's value; whether it could be read.
fn push(values: &mut Values, counts: Counts, value: &Value<'_>, long: Option<&Long>) -> bool {
    match values {
        Values::Text(texts) => match (value, long) {
            (Value::String(text), _) => texts.push(text),
            // The empty text has no place of its own.
            (Value::LongStringRef(at), _) if at.variable() == 0 && at.observation() == 0 => {
                texts.push("");
            }
            (Value::LongStringRef(at), Some(long)) => {
                let found = long.texts.get(at);
                let text = found.as_ref().and_then(|t| t.data_str(long.encoding));
                let Some(text) = text else { return false };
                texts.push(&text);
            }
            _ => texts.push(""),
        },
        Values::Number(numbers) => numbers.push(number(value)),
        Values::Day(days) => {
            let count = number(value);
            let count = if counts == Counts::Milliseconds {
                count / DAY
            } else {
                count
            };
            let day = if count.is_nan() {
                NO_DAY
            } else {
                i32::try_from(count.floor() as i64 - EPOCH).unwrap_or(NO_DAY)
            };
            days.push(day);
        }
        Values::Whole(_) => unreachable!("no column of a Stata file is made as whole numbers"),
    }
    true
}

/// Whether a file in the newer, tagged form lacks its closing tag.
fn cut_off(path: &Path) -> std::io::Result<bool> {
    const OPEN: &[u8] = b"<stata_dta>";
    const CLOSE: &[u8] = b"</stata_dta>";
    let mut file = File::open(path)?;
    let mut head = [0; OPEN.len()];
    file.read_exact(&mut head)?;
    file.seek(SeekFrom::End(-(CLOSE.len() as i64)))?;
    let mut tail = [0; CLOSE.len()];
    file.read_exact(&mut tail)?;
    Ok(head == OPEN && tail != CLOSE)
}

impl Stata {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let read = || -> std::result::Result<Schema, DtaError> {
            let schema = DtaReader::new()
                .from_path(path)?
                .read_header()?
                .read_schema()?;
            Ok(schema.schema().clone())
        };
        let schema = read().map_err(|e| broken(path, &e))?;
        if cut_off(path).map_err(|e| FileError::io(path, e))? {
            return Err(FileError::broken(path, "is cut off", "deliver it again"));
        }
        Ok(Self {
            names: schema
                .variables()
                .iter()
                .map(|v| v.name().to_owned())
                .collect(),
            counts: counts(&schema),
        })
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    pub(crate) fn scan<E: From<FileError>>(
        &self,
        path: &Path,
        wanted: &[usize],
        visit: &mut dyn FnMut(&Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let fail = |e: DtaError| E::from(broken(path, &e));
        let file: PathBuf = path.to_owned();
        let mut characteristics = DtaReader::new()
            .from_path(&file)
            .and_then(HeaderReader::read_header)
            .and_then(SchemaReader::read_schema)
            .map_err(fail)?;
        // Long texts are held in memory, those of unwanted columns too.
        let wants_long = wanted.iter().any(|i| self.counts[*i] == Counts::LongText);
        let (mut records, long) = if wants_long {
            let mut after = characteristics.seek_long_strings().map_err(fail)?;
            let encoding = after.encoding();
            let mut texts = LongStringTable::for_reading();
            after.read_remaining_into(&mut texts).map_err(fail)?;
            let long = Long { texts, encoding };
            (after.seek_records().map_err(fail)?, Some(long))
        } else {
            characteristics.skip_to_end().map_err(fail)?;
            (characteristics.into_record_reader().map_err(fail)?, None)
        };
        let fresh = || Batch {
            rows: 0,
            columns: wanted.iter().map(|i| empty(self.counts[*i])).collect(),
        };
        let mut batch = fresh();
        while let Some(record) = records.read_lazy_record().map_err(fail)? {
            for (values, &index) in batch.columns.iter_mut().zip(wanted) {
                let value = record.value(index).map_err(fail)?;
                if !push(values, self.counts[index], &value, long.as_ref()) {
                    let error = FileError::broken(
                        path,
                        format!(
                            "points to a long text (strL) in `{}` that is not there, or is no text",
                            self.names[index]
                        ),
                        "deliver it again, or save the column as str1 to str2045 (Stata: recast)",
                    );
                    return Err(E::from(error));
                }
            }
            batch.rows += 1;
            if batch.rows == BATCH {
                visit(&batch)?;
                batch = fresh();
            }
        }
        // What follows the rows is read too: where it is missing, the file is cut off.
        let mut long = records.into_long_string_reader().map_err(fail)?;
        long.skip_to_end().map_err(fail)?;
        let mut labels = long.into_value_label_reader().map_err(fail)?;
        labels.skip_to_end().map_err(fail)?;
        if batch.rows > 0 {
            visit(&batch)?;
        }
        Ok(())
    }
}
