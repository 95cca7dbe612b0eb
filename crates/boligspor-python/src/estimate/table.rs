//! Tables of curves and numbers on their way to Python.

use boligspor::estimate::Estimate;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use pyo3::prelude::*;

use crate::frame::Frame;

/// Collects the columns of a table: group and code, then numbers.
#[derive(Default)]
pub(crate) struct Table {
    group: Vec<u32>,
    code: Vec<u32>,
    numbers: Vec<(&'static str, Vec<f64>)>,
}

/// A step function of one group and one cause or state.
pub(crate) struct Steps<'a> {
    pub(crate) time: &'a [f64],
    pub(crate) n_risk: &'a [f64],
    pub(crate) n_event: &'a [f64],
    pub(crate) n_censor: &'a [f64],
    pub(crate) estimate: &'a [f64],
    pub(crate) std_error: &'a [f64],
    pub(crate) low: &'a [f64],
    pub(crate) high: &'a [f64],
    /// The value before the first step.
    pub(crate) initial: f64,
}

/// The steps of a curve whose numbers at risk stand in `$at`.
macro_rules! steps {
    ($at:expr, $curve:expr, $initial:expr) => {
        $crate::estimate::table::Steps {
            time: &$at.time,
            n_risk: &$at.n_risk,
            n_event: &$curve.n_event,
            n_censor: &$at.n_censor,
            estimate: &$curve.estimate,
            std_error: &$curve.std_error,
            low: &$curve.low,
            high: &$curve.high,
            initial: $initial,
        }
    };
}
pub(super) use steps;

impl Table {
    fn name(&mut self, names: impl Iterator<Item = &'static str>) {
        if self.numbers.is_empty() {
            self.numbers = names.map(|name| (name, Vec::new())).collect();
        }
    }

    /// Adds one row.
    pub(crate) fn row(&mut self, group: usize, code: usize, row: &[(&'static str, f64)]) {
        self.name(row.iter().map(|(name, _)| *name));
        self.group.push(group as u32);
        self.code.push(code as u32);
        for ((_, column), (_, value)) in self.numbers.iter_mut().zip(row) {
            column.push(*value);
        }
    }

    /// Adds a row for each entry of columns of one length.
    pub(crate) fn rows(&mut self, group: usize, code: usize, columns: &[(&'static str, &[f64])]) {
        self.name(columns.iter().map(|(name, _)| *name));
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        self.group.extend(std::iter::repeat_n(group as u32, rows));
        self.code.extend(std::iter::repeat_n(code as u32, rows));
        for ((_, column), (_, values)) in self.numbers.iter_mut().zip(columns) {
            column.extend_from_slice(values);
        }
    }

    /// Adds an estimate with its error and interval.
    pub(crate) fn estimate(&mut self, group: usize, code: usize, e: &Estimate) {
        let row = [
            ("estimate", e.estimate),
            ("std_error", e.std_error),
            ("low", e.interval.low),
            ("high", e.interval.high),
        ];
        self.row(group, code, &row);
    }

    /// Adds a curve at its own times, or as it stands at given ones (sorted),
    /// events and censorings counted since the time before.
    pub(crate) fn curve(
        &mut self,
        (group, code): (usize, usize),
        times: Option<&[f64]>,
        curve: &Steps<'_>,
    ) {
        let Some(times) = times else {
            let columns = [
                ("time", curve.time),
                ("n_risk", curve.n_risk),
                ("n_event", curve.n_event),
                ("n_censor", curve.n_censor),
                ("estimate", curve.estimate),
                ("std_error", curve.std_error),
                ("low", curve.low),
                ("high", curve.high),
            ];
            return self.rows(group, code, &columns);
        };
        let mut before = 0;
        for &time in times {
            let after = curve.time.partition_point(|&t| t <= time).max(before);
            let next = curve.time.partition_point(|&t| t < time);
            let step = after.checked_sub(1);
            let read = |column: &[f64], initial: f64| step.map_or(initial, |s| column[s]);
            let since = |column: &[f64]| column[before..after].iter().sum();
            let row = [
                ("time", time),
                ("n_risk", curve.n_risk.get(next).copied().unwrap_or(0.0)),
                ("n_event", since(curve.n_event)),
                ("n_censor", since(curve.n_censor)),
                ("estimate", read(curve.estimate, curve.initial)),
                ("std_error", read(curve.std_error, 0.0)),
                ("low", read(curve.low, curve.initial)),
                ("high", read(curve.high, curve.initial)),
            ];
            self.row(group, code, &row);
            before = after;
        }
    }

    /// Adds a column made beside the others.
    pub(crate) fn with(mut self, name: &'static str, column: Vec<f64>) -> Self {
        self.numbers.push((name, column));
        self
    }

    /// The table; `code` names the second column, which is left out without.
    pub(crate) fn frame(self, code: Option<&str>) -> PyResult<Frame> {
        let mut columns = vec![Column::from(Series::new("group".into(), &self.group))];
        if let Some(name) = code {
            columns.push(Column::from(Series::new(name.into(), &self.code)));
        }
        columns.extend(
            self.numbers
                .iter()
                .map(|(name, c)| Column::from(Series::new((*name).into(), c))),
        );
        let frame = DataFrame::new(self.group.len(), columns)
            .map_err(|_| pyo3::exceptions::PyRuntimeError::new_err("a table of unequal columns"))?;
        Ok(Frame::new(&frame))
    }
}
