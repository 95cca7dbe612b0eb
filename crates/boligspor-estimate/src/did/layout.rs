//! Rows written into columns by period, or sorted by group and period.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::error::{EstimateError, Result};

use super::sample::{Column, DidData, Layout, Plan, Units};

/// Units that one thread arranges at a time: their rows stay in the cache
/// while every period is picked from them.
const BLOCK: usize = 2048;
/// Rows that one thread looks up at a time.
const CHUNK: usize = 1 << 16;
const EMPTY: u32 = u32::MAX;

/// Columns by period of a panel without gaps, and the units' weights.
pub(super) fn wide(
    data: &DidData<'_>,
    plan: &Plan,
    sorted: &Units,
) -> Result<(Layout, Option<Vec<f64>>)> {
    let (units, periods) = (sorted.keys.len(), plan.periods.values().len());
    let places = Places::of(data, plan, sorted, units * periods)?;
    let y = places.by_period(data.outcome, units, periods);
    let spread = |column: &[f64]| places.spread(column, units, periods);
    let x = data
        .covariates
        .iter()
        .map(|column| spread(column))
        .collect();
    let w = data.weights.map(spread);
    let weight = w.as_ref().map(|w| w.at(0, units).to_vec());
    Ok((Layout::Wide { y, x, w }, weight))
}

/// The row in each place, period after period.
struct Places(Vec<u32>);

impl Places {
    /// Each kept unit has as many rows as there are periods, so that places
    /// stay empty if, and only if, others are taken twice.
    fn of(data: &DidData<'_>, plan: &Plan, sorted: &Units, places: usize) -> Result<Self> {
        let units = sorted.keys.len();
        let row_in: Vec<AtomicU32> = (0..places).map(|_| AtomicU32::new(EMPTY)).collect();
        data.period
            .par_chunks(CHUNK)
            .enumerate()
            .for_each(|(chunk, rows)| {
                for row in chunk * CHUNK..chunk * CHUNK + rows.len() {
                    if plan.counts(data, row)
                        && let Some(place) = sorted.place(data, row)
                    {
                        let at = plan.period(data, row) * units + place;
                        row_in[at].store(row as u32, Ordering::Relaxed);
                    }
                }
            });
        let row_in: Vec<u32> = row_in.into_iter().map(AtomicU32::into_inner).collect();
        match row_in.iter().filter(|row| **row == EMPTY).count() {
            0 => Ok(Self(row_in)),
            rows => Err(EstimateError::DuplicateUnitPeriods { rows }),
        }
    }

    /// A column by period.
    fn by_period(&self, column: &[f64], units: usize, periods: usize) -> Vec<f64> {
        let mut all = vec![0.0; units * periods];
        let mut parts: Vec<_> = all
            .chunks_mut(units)
            .map(|period| period.chunks_mut(BLOCK))
            .collect();
        let blocks: Vec<Vec<&mut [f64]>> = (0..units.div_ceil(BLOCK))
            .map(|_| parts.iter_mut().filter_map(Iterator::next).collect())
            .collect();
        blocks.into_par_iter().enumerate().for_each(|(b, block)| {
            for (t, values) in block.into_iter().enumerate() {
                let rows = &self.0[t * units + b * BLOCK..][..values.len()];
                for (value, row) in values.iter_mut().zip(rows) {
                    *value = column[*row as usize];
                }
            }
        });
        all
    }

    /// A column by period, or once where it does not change within units.
    fn spread(&self, column: &[f64], units: usize, periods: usize) -> Column {
        let mut once = vec![0.0; units];
        let fixed = once.par_chunks_mut(BLOCK).enumerate().all(|(b, values)| {
            let rows = |t: usize| &self.0[t * units + b * BLOCK..][..values.len()];
            let first: Vec<f64> = rows(0).iter().map(|row| column[*row as usize]).collect();
            let fixed = (1..periods).all(|t| {
                let mut pairs = first.iter().zip(rows(t));
                pairs.all(|(value, row)| *value == column[*row as usize])
            });
            values.copy_from_slice(&first);
            fixed
        });
        if fixed {
            Column::Fixed(once)
        } else {
            Column::ByPeriod(self.by_period(column, units, periods))
        }
    }
}

/// Rows sorted by group, period and unit, and the units' mean weights.
///
/// Rows of cross-sections become units of their own, in an order of their
/// contents, so that the order they came in does not matter.
pub(super) fn long(
    data: &DidData<'_>,
    plan: &Plan,
    sorted: &mut Units,
) -> Result<(Layout, Option<Vec<f64>>)> {
    let (groups, periods) = (plan.groups.len() + 1, plan.periods.values().len());
    let panel = data.unit.is_some();
    let mut rows: Vec<(u32, u32, u32)> = Vec::new();
    for row in 0..data.outcome.len() {
        let Some(group) = plan.group(data, row) else {
            continue;
        };
        let place = if panel {
            match sorted.place(data, row) {
                Some(place) => place as u32,
                None => continue,
            }
        } else {
            0
        };
        let cell = (group * periods + plan.period(data, row)) as u32;
        rows.push((cell, place, row as u32));
    }
    if panel {
        rows.sort_unstable_by_key(|(cell, place, _)| (*cell, *place));
        let duplicates = rows
            .windows(2)
            .filter(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1))
            .count();
        if duplicates > 0 {
            return Err(EstimateError::DuplicateUnitPeriods { rows: duplicates });
        }
    } else {
        let by_content = |a: usize, b: usize| {
            let mut columns = std::iter::once(data.outcome)
                .chain(data.weights)
                .chain(data.covariates.iter().copied());
            columns
                .try_fold((), |(), column| match column[a].total_cmp(&column[b]) {
                    std::cmp::Ordering::Equal => Ok(()),
                    other => Err(other),
                })
                .err()
                .unwrap_or(std::cmp::Ordering::Equal)
        };
        let cluster = |row: u32| data.cluster.map(|c| c[row as usize]);
        rows.sort_by(|a, b| {
            a.0.cmp(&b.0)
                .then_with(|| by_content(a.2 as usize, b.2 as usize))
                .then_with(|| cluster(a.2).cmp(&cluster(b.2)))
        });
    }
    let mut start = vec![0; groups * periods + 1];
    for (cell, ..) in &rows {
        start[*cell as usize + 1] += 1;
    }
    for cell in 0..groups * periods {
        start[cell + 1] += start[cell];
    }
    let pick = |column: &[f64]| -> Vec<f64> {
        rows.iter().map(|(.., row)| column[*row as usize]).collect()
    };
    let unit: Vec<u32> = if panel {
        rows.iter().map(|(_, place, _)| *place).collect()
    } else {
        (0..rows.len() as u32).collect()
    };
    if !panel {
        sorted.keys = (0..rows.len() as i64).collect();
        sorted.row_of = rows.iter().map(|(.., row)| *row).collect();
        sorted.start = (0..=groups).map(|g| start[g * periods]).collect();
    }
    let w = data.weights.map(pick);
    let weight = w.as_ref().map(|w| {
        let mut total = vec![(0.0, 0.0); sorted.keys.len()];
        for (unit, w) in unit.iter().zip(w) {
            let of = &mut total[*unit as usize];
            *of = (of.0 + w, of.1 + 1.0);
        }
        total.into_iter().map(|(sum, rows)| sum / rows).collect()
    });
    let layout = Layout::Long {
        start,
        y: pick(data.outcome),
        x: data.covariates.iter().map(|column| pick(column)).collect(),
        w,
        unit,
    };
    Ok((layout, weight))
}
