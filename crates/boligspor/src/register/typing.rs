//! Typing a delivered column by its contract.
//!
//! Registers come from SAS, Parquet, CSV and pandas, and each has its own idea
//! of an integer with gaps or a date. What is unambiguous is read; what is not
//! is counted, never guessed.

use std::borrow::Cow;

use polars::prelude::{
    BooleanChunked, ChunkApply, DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoSeries,
    NewChunkedArray, Series, StringChunked,
};

use super::table::Kind;
use crate::calendar::{self, Day};
use crate::error::{Error, Result};

/// A column as its contract wants it.
pub(super) struct Typed {
    pub(super) series: Series,
    /// Values that could not be read and are now missing.
    pub(super) unreadable: usize,
    /// The delivered type, where no value of it can be read.
    pub(super) wrong_type: Option<String>,
    /// Dates that came with a time of day, which was dropped.
    pub(super) with_time: usize,
}

/// Types a column.
///
/// # Errors
/// Only where polars cannot convert between two of its own types.
pub(super) fn typed(series: &Series, kind: Kind, decimal_comma: bool) -> Result<Typed> {
    // Categories and dictionaries are text with a shorter spelling.
    let series = match series.dtype() {
        DataType::Categorical(..) | DataType::Enum(..) => &cast(series, &DataType::String)?,
        _ => series,
    };
    if series.null_count() == series.len() {
        return Ok(Typed {
            series: Series::full_null(series.name().clone(), series.len(), &physical(kind)),
            unreadable: 0,
            wrong_type: None,
            with_time: 0,
        });
    }
    let mut with_time = 0;
    let read = match kind {
        Kind::Id => ids(series)?,
        Kind::Date => dates(series, &mut with_time),
        Kind::Text => texts(series, |t| Cow::Borrowed(t))?,
        Kind::State => match series.dtype() {
            DataType::String => texts(series, lowercase)?,
            _ => None,
        },
        Kind::Municipality => texts(series, municipality)?,
        Kind::Integer => integers(series)?,
        Kind::Number | Kind::Money => numbers(series, decimal_comma)?,
        Kind::Boolean => booleans(series)?,
    };
    let before = series.len() - series.null_count() - blanks(series);
    let (series, wrong_type) = match read {
        Some(read) => (read, None),
        None => (
            Series::full_null(series.name().clone(), series.len(), &physical(kind)),
            Some(type_name(series.dtype())),
        ),
    };
    let after = series.len() - series.null_count();
    Ok(Typed {
        unreadable: before.saturating_sub(after),
        series,
        wrong_type,
        with_time,
    })
}

/// The polars type that a kind is held as where it has no values.
pub(super) fn physical(kind: Kind) -> DataType {
    match kind {
        Kind::Id | Kind::Text | Kind::State | Kind::Municipality => DataType::String,
        Kind::Date => DataType::Date,
        Kind::Integer => DataType::Int64,
        Kind::Number | Kind::Money => DataType::Float64,
        Kind::Boolean => DataType::Boolean,
    }
}

/// A type in words that name no value (an Enum's own name lists its categories).
fn type_name(dtype: &DataType) -> String {
    match dtype {
        DataType::Datetime(_, Some(_)) => "date-time with a time zone".into(),
        DataType::Datetime(_, None) => "date-time".into(),
        DataType::Date => "date".into(),
        DataType::Boolean => "true/false".into(),
        DataType::String => "text".into(),
        d if d.is_integer() => "whole number".into(),
        d if d.is_float() || d.is_decimal() => "number".into(),
        DataType::List(_) => "list".into(),
        DataType::Struct(_) => "structure".into(),
        _ => "another type".into(),
    }
}

fn cast(series: &Series, dtype: &DataType) -> Result<Series> {
    series.cast(dtype).map_err(|_| {
        Error::table(
            "delivered",
            None,
            format!(
                "a column of type {} cannot be converted",
                type_name(series.dtype())
            ),
            "deliver it as text",
        )
    })
}

/// Text values that are only blanks: missing, in SAS and in CSV.
fn blanks(series: &Series) -> usize {
    series.str().map_or(0, |text| {
        text.iter()
            .flatten()
            .filter(|t| t.trim().is_empty())
            .count()
    })
}

fn lowercase(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// A municipality code as three digits; other texts stay as they are.
pub(super) fn municipality(text: &str) -> Cow<'_, str> {
    if text.len() == 3 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{:0>3}", text.trim_start_matches('0')))
}

/// Each text trimmed and changed, the blank ones missing; the column itself
/// where nothing changes, which is the rule.
fn change(text: &StringChunked, change: impl Fn(&str) -> Cow<'_, str>) -> StringChunked {
    let new = |t: &str| -> Option<String> {
        let trimmed = t.trim();
        (!trimmed.is_empty()).then(|| change(trimmed).into_owned())
    };
    let same = text.iter().flatten().all(|t| {
        !t.is_empty() && t.trim().len() == t.len() && matches!(change(t), Cow::Borrowed(_))
    });
    if same {
        return text.clone();
    }
    StringChunked::from_iter_options(text.name().clone(), text.iter().map(|t| t.and_then(new)))
}

/// Floating numbers that are whole, as pandas makes of integers with gaps.
fn whole(series: &Series) -> Result<Int64Chunked> {
    let numbers = cast(series, &DataType::Float64)?;
    let numbers = numbers.f64().expect("cast to Float64");
    let whole = |x: f64| (x.fract() == 0.0 && x.abs() < 9.0e15).then_some(x as i64);
    Ok(Int64Chunked::from_iter_options(
        series.name().clone(),
        numbers.iter().map(|x| x.and_then(whole)),
    ))
}

/// Whole numbers of any type as `Int64`; those beyond it become missing.
fn int64(series: &Series) -> Result<Option<Int64Chunked>> {
    Ok(match series.dtype() {
        d if d.is_integer() => Some(cast(series, &DataType::Int64)?.i64().expect("cast").clone()),
        d if d.is_float() || d.is_decimal() => Some(whole(series)?),
        _ => None,
    })
}

fn ids(series: &Series) -> Result<Option<Series>> {
    Ok(match series.dtype() {
        DataType::String => {
            Some(change(series.str().expect("text"), |t| Cow::Borrowed(t)).into_series())
        }
        d if d.is_integer() => {
            let narrow = cast(series, &DataType::Int64)?;
            if narrow.null_count() == series.null_count() {
                Some(narrow)
            } else {
                Some(cast(series, &DataType::String)?)
            }
        }
        _ => int64(series)?.map(IntoSeries::into_series),
    })
}

fn texts(series: &Series, to: impl Fn(&str) -> Cow<'_, str>) -> Result<Option<Series>> {
    let text = match series.dtype() {
        DataType::String => series.clone(),
        DataType::Boolean | DataType::Date => cast(series, &DataType::String)?,
        d if d.is_integer() => cast(series, &DataType::String)?,
        _ => match int64(series)? {
            Some(whole) => cast(&whole.into_series(), &DataType::String)?,
            None => return Ok(None),
        },
    };
    Ok(Some(change(text.str().expect("text"), to).into_series()))
}

fn dates(series: &Series, with_time: &mut usize) -> Option<Series> {
    match series.dtype() {
        DataType::Date => Some(series.clone()),
        DataType::Datetime(unit, None) => {
            let a_day: i64 = 86_400
                * match unit {
                    polars::prelude::TimeUnit::Nanoseconds => 1_000_000_000,
                    polars::prelude::TimeUnit::Microseconds => 1_000_000,
                    polars::prelude::TimeUnit::Milliseconds => 1_000,
                };
            let moments = series.datetime().expect("date-time").physical();
            *with_time = moments
                .iter()
                .flatten()
                .filter(|m| m.rem_euclid(a_day) != 0)
                .count();
            let days = Int32Chunked::from_iter_options(
                series.name().clone(),
                moments
                    .iter()
                    .map(|m| m.and_then(|m| Day::try_from(m.div_euclid(a_day)).ok())),
            );
            Some(days.into_series().into_date())
        }
        DataType::String => {
            let days = series
                .str()
                .expect("text")
                .iter()
                .map(|t| t.and_then(|t| day(t, with_time)));
            Some(
                Int32Chunked::from_iter_options(series.name().clone(), days)
                    .into_series()
                    .into_date(),
            )
        }
        _ => None,
    }
}

/// An ISO date, or an ISO date and time of which the time is dropped.
pub(super) fn day(text: &str, with_time: &mut usize) -> Option<Day> {
    let text = text.trim();
    let Some((date, time)) = text.split_once(['T', ' ']) else {
        return calendar::parse(text);
    };
    let day = calendar::parse(date)?;
    let digits = time.trim_end_matches('Z');
    if !digits
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b':' || b == b'.')
    {
        return None;
    }
    *with_time += usize::from(digits.bytes().any(|b| (b'1'..=b'9').contains(&b)));
    Some(day)
}

fn integers(series: &Series) -> Result<Option<Series>> {
    if let Ok(text) = series.str() {
        let parsed = text.iter().map(|t| t.and_then(|t| t.trim().parse().ok()));
        return Ok(Some(
            Int64Chunked::from_iter_options(text.name().clone(), parsed).into_series(),
        ));
    }
    Ok(int64(series)?.map(IntoSeries::into_series))
}

fn numbers(series: &Series, decimal_comma: bool) -> Result<Option<Series>> {
    let read: Float64Chunked = match series.dtype() {
        DataType::String => {
            let text = series.str().expect("text");
            let parsed = text
                .iter()
                .map(|t| t.and_then(|t| number(t.trim(), decimal_comma)));
            Float64Chunked::from_iter_options(text.name().clone(), parsed)
        }
        d if d.is_primitive_numeric() || d.is_decimal() => cast(series, &DataType::Float64)?
            .f64()
            .expect("cast")
            .clone(),
        _ => return Ok(None),
    };
    if read.iter().flatten().all(f64::is_finite) {
        return Ok(Some(read.into_series()));
    }
    Ok(Some(
        read.apply(|x| x.filter(|x| x.is_finite())).into_series(),
    ))
}

/// A plain number. Thousands separators are refused: `1.234` is a different
/// number to a Dane and to an Englishman.
fn number(text: &str, decimal_comma: bool) -> Option<f64> {
    let plain = |t: &str| {
        t.bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'))
    };
    if decimal_comma && text.contains(',') {
        let dotted = text.replacen(',', ".", 1);
        return (!text.contains('.') && plain(&dotted)).then(|| dotted.parse().ok())?;
    }
    plain(text).then(|| text.parse().ok())?
}

fn booleans(series: &Series) -> Result<Option<Series>> {
    if let Ok(text) = series.str() {
        let parsed = text
            .iter()
            .map(|t| match t?.trim().to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "ja" | "1" => Some(true),
                "false" | "f" | "no" | "n" | "nej" | "0" => Some(false),
                _ => None,
            });
        return Ok(Some(
            BooleanChunked::from_iter_options(text.name().clone(), parsed).into_series(),
        ));
    }
    if series.dtype() == &DataType::Boolean {
        return Ok(Some(series.clone()));
    }
    let Some(whole) = int64(series)? else {
        return Ok(None);
    };
    let parsed = whole.iter().map(|x| match x? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    });
    Ok(Some(
        BooleanChunked::from_iter_options(series.name().clone(), parsed).into_series(),
    ))
}
