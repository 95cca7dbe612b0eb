//! Rows of a panel, sorted by unit and period, for regressions with fixed
//! effects.

use std::ops::Range;

use crate::error::{EstimateError, Result};

use super::levels::Levels;
use super::sample::{DidData, check, check_codes};

/// The rows by unit.
pub(super) struct PanelRows {
    pub(super) periods: Vec<i64>,
    start: Vec<usize>,
    /// Rank of each row's period.
    pub(super) period: Vec<u32>,
    pub(super) outcome: Vec<f64>,
    pub(super) weight: Vec<f64>,
    /// Covariates by column, around their means.
    pub(super) x: Vec<Vec<f64>>,
    /// First treatment of each unit; `None` for never within the data.
    pub(super) first_treated: Vec<Option<i64>>,
    pub(super) cluster: Vec<u32>,
    pub(super) clusters: usize,
}

impl PanelRows {
    pub(super) fn new(data: &DidData<'_>) -> Result<Self> {
        check(data)?;
        let periods = Levels::of(data.period);
        let last = check_codes(data, &periods, &Levels::of(data.first_treated))?;
        let Some(unit) = data.unit else {
            return Err(EstimateError::Empty { argument: "unit" });
        };
        let units = Levels::of(unit);
        let mut order: Vec<(u32, u32, u32)> = (0..data.outcome.len())
            .map(|row| {
                let place = units.rank(unit[row]) as u32;
                (place, periods.rank(data.period[row]) as u32, row as u32)
            })
            .collect();
        order.sort_unstable();
        let repeats = |pair: &&[(u32, u32, u32)]| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1);
        let rows = order.windows(2).filter(repeats).count();
        if rows > 0 {
            return Err(EstimateError::DuplicateUnitPeriods { rows });
        }
        let count = units.values().len();
        let mut start = vec![0; count + 1];
        for (place, ..) in &order {
            start[*place as usize + 1] += 1;
        }
        for u in 0..count {
            start[u + 1] += start[u];
        }
        let pick = |column: &[f64]| -> Vec<f64> {
            order
                .iter()
                .map(|(.., row)| column[*row as usize])
                .collect()
        };
        let of_unit = |column: &[i64]| -> (Vec<i64>, usize, usize) {
            let (mut values, mut units_off, mut rows_off) = (Vec::new(), 0, 0);
            for u in 0..count {
                let own = &order[start[u]..start[u + 1]];
                let first = column[own[0].2 as usize];
                let off = own.iter().filter(|r| column[r.2 as usize] != first).count();
                units_off += usize::from(off > 0);
                rows_off += off;
                values.push(first);
            }
            (values, units_off, rows_off)
        };
        let (first_treated, units, _) = of_unit(data.first_treated);
        if units > 0 {
            return Err(EstimateError::FirstTreatedVaries { units });
        }
        let (cluster, clusters) = match data.cluster {
            None => ((0..count as u32).collect(), count),
            Some(column) => {
                let (values, _, rows) = of_unit(column);
                if rows > 0 {
                    return Err(EstimateError::ClusterVaries { rows });
                }
                let levels = Levels::of(&values);
                let ranks = values.iter().map(|v| levels.rank(*v) as u32).collect();
                (ranks, levels.values().len())
            }
        };
        let centred = |column: &&[f64]| {
            let mut values = pick(column);
            let mean = super::sums::sum(&values) / values.len() as f64;
            for v in &mut values {
                *v -= mean;
            }
            values
        };
        Ok(Self {
            period: order.iter().map(|(_, t, _)| *t).collect(),
            outcome: pick(data.outcome),
            weight: data.weights.map_or_else(|| vec![1.0; order.len()], pick),
            x: data.covariates.iter().map(centred).collect(),
            first_treated: first_treated
                .into_iter()
                .map(|g| (g != 0 && g <= last).then_some(g))
                .collect(),
            periods: periods.values().to_vec(),
            start,
            cluster,
            clusters,
        })
    }

    pub(super) fn units(&self) -> usize {
        self.first_treated.len()
    }

    pub(super) fn rows(&self) -> usize {
        self.outcome.len()
    }

    /// The rows of a unit.
    pub(super) fn of(&self, unit: usize) -> Range<usize> {
        self.start[unit]..self.start[unit + 1]
    }

    /// Periods since treatment in a row of a unit, if it is ever treated.
    pub(super) fn event_time(&self, unit: usize, row: usize) -> Option<i64> {
        let first = self.first_treated[unit]?;
        Some(self.periods[self.period[row] as usize] - first)
    }

    /// Whether every unit is seen in every period.
    pub(super) fn is_balanced(&self) -> bool {
        self.rows() == self.units() * self.periods.len()
    }
}
