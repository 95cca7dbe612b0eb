//! People counted by unit and covariates.

use super::{Fitted, UnitData};
use crate::term::Term;

/// Distinct rows in the order of their units, with scaled covariates.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    /// Number of covariates.
    pub(super) q: usize,
    /// Row-major, centred and scaled over people.
    x: Vec<f64>,
    pub(super) events: Vec<f64>,
    pub(super) trials: Vec<f64>,
    /// Unit `g` owns rows `starts[g]..starts[g + 1]`.
    pub(super) starts: Vec<usize>,
    /// The caller's number of each unit.
    pub(super) labels: Vec<u32>,
    centre: Vec<f64>,
    scale: Vec<f64>,
}

impl Cells {
    /// Counts validated rows; those without people are left out.
    pub(super) fn new(data: &UnitData) -> Self {
        let q = data.covariates.len();
        let mut rows: Vec<usize> = (0..data.trials.len())
            .filter(|&i| data.trials[i] > 0.0)
            .collect();
        // Adding 0.0 makes one zero of the two.
        let bits = |i: usize, c: usize| (data.covariates[c][i] + 0.0).to_bits();
        let order = |a: usize, b: usize| {
            let by_unit = data.unit[a].cmp(&data.unit[b]);
            (0..q).fold(by_unit, |o, c| o.then_with(|| bits(a, c).cmp(&bits(b, c))))
        };
        rows.sort_by(|&a, &b| order(a, b));
        let total: f64 = rows.iter().map(|&i| data.trials[i]).sum();
        let (mut centre, mut scale) = (vec![0.0; q], vec![1.0; q]);
        for (c, column) in data.covariates.iter().enumerate() {
            let mean = |of: &dyn Fn(f64) -> f64| {
                let sum: f64 = rows.iter().map(|&i| data.trials[i] * of(column[i])).sum();
                sum / total
            };
            centre[c] = mean(&|x| x);
            let spread = mean(&|x| (x - centre[c]).powi(2)).sqrt();
            if spread > 1e-14 * centre[c].abs() {
                scale[c] = spread;
            }
        }
        let mut cells = Self {
            q,
            x: Vec::new(),
            events: Vec::new(),
            trials: Vec::new(),
            starts: vec![],
            labels: vec![],
            centre,
            scale,
        };
        for group in rows.chunk_by(|&a, &b| order(a, b).is_eq()) {
            let first = group[0];
            if cells.labels.last() != Some(&data.unit[first]) {
                cells.starts.push(cells.events.len());
                cells.labels.push(data.unit[first]);
            }
            for (c, column) in data.covariates.iter().enumerate() {
                let scaled = (column[first] - cells.centre[c]) / cells.scale[c];
                cells.x.push(scaled);
            }
            cells
                .events
                .push(group.iter().map(|&i| data.events[i]).sum());
            cells
                .trials
                .push(group.iter().map(|&i| data.trials[i]).sum());
        }
        cells.starts.push(cells.events.len());
        cells
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn units(&self) -> usize {
        self.labels.len()
    }

    pub(super) fn row(&self, i: usize) -> &[f64] {
        &self.x[i * self.q..(i + 1) * self.q]
    }

    pub(super) fn rows_of(&self, unit: usize) -> std::ops::Range<usize> {
        self.starts[unit]..self.starts[unit + 1]
    }

    /// Events and people of a unit.
    pub(super) fn sums(&self, unit: usize) -> (f64, f64) {
        let rows = self.rows_of(unit);
        let sum = |of: &[f64]| of[rows.clone()].iter().sum();
        (sum(&self.events), sum(&self.trials))
    }

    /// People of each unit.
    pub(super) fn people(&self) -> Vec<f64> {
        (0..self.units()).map(|g| self.sums(g).1).collect()
    }

    /// Whether some unit has no events or only events.
    pub(super) fn one_sided(&self) -> bool {
        (0..self.units()).any(|g| {
            let (events, people) = self.sums(g);
            events == 0.0 || events == people
        })
    }

    /// Terms and units' effects on the caller's scale.
    pub(super) fn unscaled(&self, fitted: &Fitted, quantile: f64) -> (Vec<Term>, Vec<f64>) {
        let terms: Vec<Term> = (0..self.q)
            .map(|c| {
                if fitted.left_out[c] {
                    return Term::left_out(false);
                }
                let error = fitted.inverse[c * self.q + c].sqrt();
                let scale = self.scale[c];
                Term::new(fitted.slopes[c] / scale, error / scale, None, quantile)
            })
            .collect();
        let shift: f64 = (0..self.q)
            .map(|c| fitted.slopes[c] * self.centre[c] / self.scale[c])
            .sum();
        (terms, fitted.effects.iter().map(|a| a - shift).collect())
    }
}
