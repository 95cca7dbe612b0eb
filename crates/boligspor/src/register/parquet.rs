//! Large tables as Parquet.
//!
//! A register's rows repeat themselves: a person has several, and of states and
//! days there are few. Parquet keeps such a column as a dictionary and numbers.
//! The writer of polars finds out whether a dictionary pays by hashing every
//! value, and then hashes every value again; here it is made at once, by the
//! table of identifiers, and polars is left with what is not text or day, and
//! with the file.

use std::io::Write;

use polars::prelude::{
    Column, CompatLevel, DataFrame, DataType, Int32Chunked, ParquetWriter, PolarsError,
    PolarsResult, StringChunked,
};
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::page::{DataPage, DataPageHeader, DataPageHeaderV1, DictPage};
use polars_parquet::parquet::schema::types::PrimitiveType;
use polars_parquet::parquet::statistics::ParquetStatistics;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, Descriptor, Encoding, Page, ParquetType, StatisticsOptions,
    Version, WriteOptions, array_to_columns, compress, get_dtype_encoding,
};
use rayon::prelude::*;

use super::deliveries::Ids;

/// Rows of a group, as polars has them.
const GROUP: usize = 1 << 18;

/// The longest dictionary; longer texts are left to polars.
const LONGEST: usize = 1 << 24;

/// The longest text that is told as a column's least or greatest.
const TOLD: usize = 64;

const COMPRESSION: CompressionOptions = CompressionOptions::Zstd(None);

/// Writes a frame.
pub(super) fn write(frame: &DataFrame, to: impl Write) -> PolarsResult<()> {
    write_in_groups(frame, to, GROUP)
}

fn write_in_groups(frame: &DataFrame, to: impl Write, at_a_time: usize) -> PolarsResult<()> {
    let mut writer = ParquetWriter::new(to).batched(frame.schema())?;
    let types: Vec<ParquetType> = writer.parquet_schema().fields().to_vec();
    for from in (0..frame.height()).step_by(at_a_time) {
        let rows = at_a_time.min(frame.height() - from);
        let group = frame
            .columns()
            .par_iter()
            .zip(&types)
            .map(|(column, kind)| pages(&column.slice(from as i64, rows), kind))
            .collect::<PolarsResult<Vec<_>>>()?;
        writer.write_row_group(rows as u64, &group)?;
    }
    writer.finish()?;
    Ok(())
}

/// A column's pages.
fn pages(column: &Column, kind: &ParquetType) -> PolarsResult<Vec<CompressedPage>> {
    let series = column.as_materialized_series();
    let coded = match series.dtype() {
        DataType::String => texts(series.str()?),
        DataType::Date => days(series.date()?.physical()),
        _ => None,
    };
    let pages = if let (Some(coded), ParquetType::PrimitiveType(kind)) = (coded, kind) {
        coded.pages(kind)
    } else {
        let options = WriteOptions {
            statistics: StatisticsOptions::default(),
            version: Version::V1,
            compression: COMPRESSION,
            data_page_size: None,
        };
        let array = series.rechunk().to_arrow(0, CompatLevel::newest());
        let encodings = get_dtype_encoding(array.dtype());
        let columns = array_to_columns(array, kind.clone(), options, &encodings)?;
        let pages = columns.into_iter().flatten();
        pages.collect::<PolarsResult<Vec<_>>>()?
    };
    pages
        .into_iter()
        .map(|page| compress(page, Vec::new(), COMPRESSION).map_err(PolarsError::from))
        .collect()
}

/// A column as a dictionary and numbers.
struct Coded {
    /// The values, each once, as Parquet writes them.
    dictionary: Vec<u8>,
    /// How many they are.
    values: usize,
    /// The number of each value that is there.
    keys: Vec<u32>,
    /// Whether there is a value, row by row.
    there: Vec<bool>,
    least: Option<Vec<u8>>,
    greatest: Option<Vec<u8>>,
}

/// A column of text; none where it has no value or its texts are too long.
fn texts(column: &StringChunked) -> Option<Coded> {
    let mut ids = Ids::default();
    let (mut keys, mut there) = (Vec::new(), Vec::with_capacity(column.len()));
    let mut last: Option<(&str, u32)> = None;
    for text in column.iter() {
        there.push(text.is_some());
        let Some(text) = text else { continue };
        let key = match last {
            Some((before, key)) if before == text => key,
            _ => ids.number(text),
        };
        last = Some((text, key));
        keys.push(key);
    }
    let all = || (0..ids.len() as u32).map(|key| ids.text(key));
    let mut dictionary = Vec::new();
    for text in all() {
        dictionary.extend_from_slice(&(text.len() as u32).to_le_bytes());
        dictionary.extend_from_slice(text.as_bytes());
        if dictionary.len() > LONGEST {
            return None;
        }
    }
    let told = |text: &str| (text.len() <= TOLD).then(|| text.as_bytes().to_vec());
    Some(Coded {
        least: told(all().min()?),
        greatest: told(all().max()?),
        dictionary,
        values: ids.len(),
        keys,
        there,
    })
}

/// A column of days; none where it has no value or spans centuries.
fn days(column: &Int32Chunked) -> Option<Coded> {
    let (least, greatest) = column
        .iter()
        .flatten()
        .fold((i32::MAX, i32::MIN), |(a, b), day| (a.min(day), b.max(day)));
    let span = usize::try_from(i64::from(greatest) - i64::from(least)).ok()?;
    if span >= GROUP {
        return None;
    }
    let mut key_of = vec![u32::MAX; span + 1];
    let (mut keys, mut there) = (Vec::new(), Vec::with_capacity(column.len()));
    let (mut dictionary, mut values) = (Vec::new(), 0);
    for day in column.iter() {
        there.push(day.is_some());
        let Some(day) = day else { continue };
        let key = &mut key_of[(day - least) as usize];
        if *key == u32::MAX {
            *key = values;
            values += 1;
            dictionary.extend_from_slice(&day.to_le_bytes());
        }
        keys.push(*key);
    }
    Some(Coded {
        dictionary,
        values: values as usize,
        keys,
        there,
        least: Some(least.to_le_bytes().to_vec()),
        greatest: Some(greatest.to_le_bytes().to_vec()),
    })
}

impl Coded {
    fn pages(self, kind: &PrimitiveType) -> Vec<Page> {
        let rows = self.there.len();
        let missing = rows - self.keys.len();
        let mut levels = Vec::new();
        if missing == 0 {
            // One run: there is a value in every row.
            length(&mut levels, rows << 1);
            levels.push(1);
        } else {
            pack(&mut levels, self.there.iter().map(|t| u32::from(*t)), 1);
        }
        let mut bytes = (levels.len() as u32).to_le_bytes().to_vec();
        bytes.append(&mut levels);
        let width = (u32::BITS - (self.values as u32 - 1).leading_zeros()).max(1);
        bytes.push(width as u8);
        pack(&mut bytes, self.keys.iter().copied(), width);
        let statistics = ParquetStatistics {
            max: None,
            min: None,
            null_count: Some(missing as i64),
            distinct_count: None,
            max_value: self.greatest,
            min_value: self.least,
            is_max_value_exact: None,
            is_min_value_exact: None,
        };
        let header = DataPageHeader::V1(DataPageHeaderV1 {
            num_values: rows as i32,
            encoding: Encoding::RleDictionary.into(),
            definition_level_encoding: Encoding::Rle.into(),
            repetition_level_encoding: Encoding::Rle.into(),
            statistics: Some(statistics),
        });
        let descriptor = Descriptor {
            primitive_type: kind.clone(),
            max_def_level: 1,
            max_rep_level: 0,
        };
        vec![
            Page::Dict(DictPage::new(
                CowBuffer::Owned(self.dictionary),
                self.values,
                false,
            )),
            Page::Data(DataPage::new(
                header,
                CowBuffer::Owned(bytes),
                descriptor,
                rows,
            )),
        ]
    }
}

/// A number in as many bytes of seven bits as it needs.
fn length(out: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Numbers of so many bits each, eight at a time, the lowest bits first.
fn pack(out: &mut Vec<u8>, numbers: impl ExactSizeIterator<Item = u32>, width: u32) {
    let eights = numbers.len().div_ceil(8);
    length(out, eights << 1 | 1);
    let end = out.len() + eights * width as usize;
    out.reserve(end - out.len());
    let (mut held, mut bits) = (0_u64, 0);
    for number in numbers {
        held |= u64::from(number) << bits;
        bits += width;
        while bits >= 8 {
            out.push(held as u8);
            held >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        out.push(held as u8);
    }
    out.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars::df;
    use polars::prelude::{NamedFrom, ParquetReader, SerReader, Series};

    use super::*;

    fn through(frame: &DataFrame, at_a_time: usize) {
        let mut bytes = Vec::new();
        write_in_groups(frame, &mut bytes, at_a_time).unwrap();
        let read = ParquetReader::new(Cursor::new(bytes)).finish().unwrap();
        assert!(read.equals_missing(frame), "{read}\n{frame}");
        assert_eq!(read.schema(), frame.schema());
    }

    fn days(values: Vec<Option<i32>>) -> Column {
        let days = Series::new("day".into(), values);
        days.cast(&DataType::Date).unwrap().into()
    }

    #[test]
    fn what_is_written_is_read() {
        for rows in [1, 2, 7, 8, 9, 63, 64, 65, 1_000] {
            let text = |of: i32| -> Vec<Option<String>> {
                let one = |i| (i % of != 1).then(|| format!("{:0w$}ø", i / 3, w = i as usize % 40));
                (0..rows).map(one).collect()
            };
            let mut frame = df!(
                "text" => text(5),
                "whole" => text(1_000_000),
                "same" => vec!["x"; rows as usize],
                "none" => vec![None::<&str>; rows as usize],
                "number" => (0..rows).map(|i| (i % 4 != 0).then_some(f64::from(i))).collect::<Vec<_>>(),
                "count" => (0..rows).map(|i| i64::from(i) * 1_000_000_007).collect::<Vec<_>>(),
                "flag" => (0..rows).map(|i| i % 3 == 0).collect::<Vec<_>>(),
            )
            .unwrap();
            let spread = |by: i32| {
                days(
                    (0..rows)
                        .map(|i| (i % 6 != 0).then_some((i - 400) * by))
                        .collect(),
                )
            };
            for (name, column) in [("near", spread(3)), ("far", spread(100_000))] {
                frame.with_column(column.with_name(name.into())).unwrap();
            }
            for at_a_time in [3, 64, 10_000] {
                through(&frame, at_a_time);
            }
        }
    }

    #[test]
    fn frames_without_rows_or_of_long_texts_are_written() {
        through(&df!("a" => Vec::<String>::new()).unwrap(), GROUP);
        through(
            &df!("a" => ["x".repeat(LONGEST + 1), String::new()]).unwrap(),
            GROUP,
        );
    }
}
