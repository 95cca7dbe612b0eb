//! The columns of one call, borrowed from the Arrow memory they came in.
//!
//! Numbers come as floats, flags as booleans, and whatever only tells rows
//! apart (people, clusters, groups) as integers, which become dense codes here.
//! Nothing is copied unless there are groups, and then one group at a time.

use std::borrow::Cow;

use boligspor::estimate::{ConfType, EstimateError, HazardType, SurvivalOptions, SurvivalType};
use boligspor::{Error, Result};
use polars::prelude::{BooleanChunked, DataFrame, DataType, Series};
use pyo3::prelude::*;
use serde::Deserialize;

use crate::arrow;
use crate::interrupt::interruptible;
use crate::options;

/// Options shared by the curves, as Python sends them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    groups: usize,
    pub(crate) start_time: Option<f64>,
    pub(crate) robust: Option<bool>,
    pub(crate) conf_type: ConfType,
    pub(crate) conf_level: f64,
    exponential: bool,
    fleming_harrington: bool,
    pub(crate) variance: Option<String>,
    /// Causes, or states, of all groups together.
    pub(crate) codes: usize,
}

/// A table whose columns lie in one piece each.
pub(crate) struct Held(Vec<Series>);

impl Held {
    /// Reads what Python offers.
    pub(crate) fn import(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self::new(&arrow::import("columns", given)?))
    }

    fn new(frame: &DataFrame) -> Self {
        let columns = frame.columns().iter();
        Self(
            columns
                .map(|column| column.as_materialized_series().rechunk())
                .collect(),
        )
    }

    /// The columns.
    ///
    /// # Errors
    /// A column of another type, or with nulls.
    pub(crate) fn columns(&self) -> Result<Columns<'_>> {
        let mut columns = Columns::default();
        for series in &self.0 {
            let name = series.name().as_str();
            let unread = || Error::option(name, "cannot be read", "give numbers without nulls");
            let column = match series.dtype() {
                DataType::UInt32 => {
                    let codes = series.u32().map_err(|_| unread())?;
                    Column::Codes(codes.cont_slice().map_err(|_| unread())?.into())
                }
                DataType::Int64 => {
                    let ids = series.i64().map_err(|_| unread())?;
                    Column::Codes(dense(ids.cont_slice().map_err(|_| unread())?).into())
                }
                DataType::Boolean => {
                    let flags = series.bool().map_err(|_| unread())?;
                    if flags.null_count() > 0 {
                        return Err(unread());
                    }
                    Column::Flags(unpacked(flags).into())
                }
                _ => {
                    let numbers = series.f64().map_err(|_| unread())?;
                    Column::Numbers(numbers.cont_slice().map_err(|_| unread())?.into())
                }
            };
            columns.0.push((name, column));
        }
        Ok(columns)
    }
}

#[derive(Clone)]
enum Column<'a> {
    Numbers(Cow<'a, [f64]>),
    Codes(Cow<'a, [u32]>),
    Flags(Cow<'a, [bool]>),
}

/// The columns of one call, each absent or as long as the others.
#[derive(Default)]
pub(crate) struct Columns<'a>(Vec<(&'a str, Column<'a>)>);

impl<'a> Columns<'a> {
    fn get(&self, name: &str) -> Option<&Column<'a>> {
        let found = self.0.iter().find(|(n, _)| *n == name);
        found.map(|(_, column)| column)
    }

    pub(crate) fn numbers(&self, name: &str) -> Option<&[f64]> {
        match self.get(name)? {
            Column::Numbers(column) => Some(column),
            _ => None,
        }
    }

    pub(crate) fn codes(&self, name: &str) -> Option<&[u32]> {
        match self.get(name)? {
            Column::Codes(column) => Some(column),
            _ => None,
        }
    }

    /// A column that Python always sends.
    pub(crate) fn needed(&self, name: &str) -> &[f64] {
        self.numbers(name).unwrap_or_default()
    }

    /// Codes that Python always sends.
    pub(crate) fn needed_codes(&self, name: &str) -> &[u32] {
        self.codes(name).unwrap_or_default()
    }

    /// Flags that Python always sends.
    pub(crate) fn flags(&self, name: &str) -> &[bool] {
        match self.get(name) {
            Some(Column::Flags(column)) => column,
            _ => &[],
        }
    }

    /// The covariates, which come as `x0`, `x1`, …
    pub(crate) fn covariates(&self) -> Vec<&[f64]> {
        (0..)
            .map_while(|c| self.numbers(&format!("x{c}")))
            .collect()
    }

    /// Number of rows.
    pub(crate) fn height(&self) -> usize {
        self.0.first().map_or(0, |(_, column)| match column {
            Column::Numbers(c) => c.len(),
            Column::Codes(c) => c.len(),
            Column::Flags(c) => c.len(),
        })
    }

    /// Fits every group, one after the other, in the order of their codes.
    pub(crate) fn each_group<T>(
        &self,
        groups: usize,
        mut one: impl FnMut(&Columns<'_>) -> std::result::Result<T, EstimateError>,
    ) -> std::result::Result<Vec<T>, EstimateError> {
        let Some(group) = self.codes("group") else {
            return Ok(vec![one(self)?]);
        };
        // Rows by group, by counting.
        let mut starts = vec![0_usize; groups + 1];
        for &g in group {
            starts[g as usize + 1] += 1;
        }
        for g in 0..groups {
            starts[g + 1] += starts[g];
        }
        let (mut next, mut order) = (starts.clone(), vec![0_u32; group.len()]);
        for (row, &g) in group.iter().enumerate() {
            order[next[g as usize]] = row as u32;
            next[g as usize] += 1;
        }
        (0..groups)
            .map(|g| one(&self.rows(&order[starts[g]..starts[g + 1]])))
            .collect()
    }

    /// Some rows, with codes of people and clusters made dense anew.
    fn rows(&self, rows: &[u32]) -> Columns<'a> {
        let part = |name: &str, column: &Column<'_>| match column {
            Column::Numbers(c) => Column::Numbers(picked(c, rows).into()),
            Column::Flags(c) => Column::Flags(picked(c, rows).into()),
            Column::Codes(c) if matches!(name, "id" | "cluster") => {
                Column::Codes(dense(&picked(c, rows)).into())
            }
            Column::Codes(c) => Column::Codes(picked(c, rows).into()),
        };
        let kept = self.0.iter().filter(|(name, _)| *name != "group");
        Columns(
            kept.map(|(name, column)| (*name, part(name, column)))
                .collect(),
        )
    }

    pub(crate) fn survival_options<'b>(&'b self, given: &Options) -> SurvivalOptions<'b> {
        SurvivalOptions {
            entry: self.numbers("entry"),
            weights: self.numbers("weights"),
            cluster: self.codes("cluster"),
            id: self.codes("id"),
            start_time: given.start_time,
            robust: given.robust,
            survival: if given.exponential {
                SurvivalType::Exponential
            } else {
                SurvivalType::ProductLimit
            },
            hazard: if given.fleming_harrington {
                HazardType::FlemingHarrington
            } else {
                HazardType::NelsonAalen
            },
            conf_type: given.conf_type,
            conf_level: given.conf_level,
            causes: given.codes,
            ..SurvivalOptions::default()
        }
    }
}

/// Flags from their bits, byte by byte: asking polars for each would be a call
/// for each.
fn unpacked(flags: &BooleanChunked) -> Vec<bool> {
    let mut out = vec![false; flags.len()];
    let mut rest = out.as_mut_slice();
    for chunk in flags.downcast_iter() {
        let (bytes, offset, length) = chunk.values().as_slice();
        let (here, later) = rest.split_at_mut(length);
        rest = later;
        if offset == 0 {
            for (eight, byte) in here.chunks_mut(8).zip(bytes) {
                for (bit, flag) in eight.iter_mut().enumerate() {
                    *flag = byte >> bit & 1 == 1;
                }
            }
        } else {
            for (i, flag) in here.iter_mut().enumerate() {
                let at = offset + i;
                *flag = bytes[at / 8] >> (at % 8) & 1 == 1;
            }
        }
    }
    out
}

fn picked<T: Copy>(column: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|&row| column[row as usize]).collect()
}

/// Codes `0..` in the order of the given values: by counting where they lie
/// close together, else by sorting.
fn dense<T: Copy + Ord + Into<i64>>(values: &[T]) -> Vec<u32> {
    let (Some(&low), Some(&high)) = (values.iter().min(), values.iter().max()) else {
        return Vec::new();
    };
    let low: i64 = low.into();
    let span = i128::from(high.into()) - i128::from(low) + 1;
    if span <= (4 * values.len() as i128).max(1 << 16) {
        let place = |value: T| value.into().abs_diff(low) as usize;
        let mut codes = vec![0_u32; span as usize];
        for &value in values {
            codes[place(value)] = 1;
        }
        let mut count = 0;
        for code in &mut codes {
            let seen = *code;
            *code = count;
            count += seen;
        }
        return values.iter().map(|&value| codes[place(value)]).collect();
    }
    let mut order: Vec<(T, u32)> = values.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let mut codes = vec![0; values.len()];
    let (mut code, mut previous) = (0, order[0].0);
    for (value, row) in order {
        code += u32::from(value != previous);
        previous = value;
        codes[row as usize] = code;
    }
    codes
}

/// Reads columns and fits every group, with the interpreter released.
pub(crate) fn fit<T: Send>(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
    one: impl Fn(&Columns<'_>, &Options) -> std::result::Result<T, EstimateError> + Send,
) -> PyResult<Vec<T>> {
    let held = Held::import(columns)?;
    let options = options.to_owned();
    interruptible(py, move |interrupt| {
        let options: Options = options::read("options", &options)?;
        let columns = held.columns()?;
        let mut stopped = Ok(());
        let fitted = columns.each_group(options.groups, |group| {
            if stopped.is_ok() {
                stopped = interrupt.check();
            }
            one(group, &options)
        });
        stopped?;
        Ok(fitted?)
    })
}
