//! Rows written into columns by period, or sorted by group and period.

use crate::error::{EstimateError, Result};

use super::sample::{Column, DidData, Layout, Plan, Units};

/// Columns by period of a panel without gaps, and the units' weights.
pub(super) fn wide(
    data: &DidData<'_>,
    plan: &Plan,
    sorted: &Units,
) -> Result<(Layout, Option<Vec<f64>>)> {
    let (units, periods) = (sorted.keys.len(), plan.periods.values().len());
    let mut y = vec![f64::NAN; units * periods];
    let mut duplicates = 0;
    let mut cell = vec![u32::MAX; data.outcome.len()];
    for (row, value) in data.outcome.iter().enumerate() {
        if plan.group(data, row).is_none() {
            continue;
        }
        let Some(place) = sorted.place(data, row) else {
            continue;
        };
        let at = plan.period(data, row) * units + place;
        if y[at].is_nan() {
            y[at] = *value;
            cell[row] = at as u32;
        } else {
            duplicates += 1;
        }
    }
    if duplicates > 0 {
        return Err(EstimateError::DuplicateUnitPeriods { rows: duplicates });
    }
    let x = data
        .covariates
        .iter()
        .map(|column| spread(column, &cell, units, periods))
        .collect();
    let w = data.weights.map(|w| spread(w, &cell, units, periods));
    let weight = w.as_ref().map(|w| w.at(0, units).to_vec());
    Ok((Layout::Wide { y, x, w }, weight))
}

/// A column by period, or once where it does not change within units.
fn spread(column: &[f64], cell: &[u32], units: usize, periods: usize) -> Column {
    let mut once = vec![f64::NAN; units];
    let mut fixed = true;
    for (value, at) in column.iter().zip(cell) {
        if *at == u32::MAX {
            continue;
        }
        let first = &mut once[*at as usize % units];
        if first.is_nan() {
            *first = *value;
        } else if *first != *value {
            fixed = false;
            break;
        }
    }
    if fixed {
        return Column::Fixed(once);
    }
    let mut all = vec![0.0; units * periods];
    for (value, at) in column.iter().zip(cell) {
        if *at != u32::MAX {
            all[*at as usize] = *value;
        }
    }
    Column::ByPeriod(all)
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
