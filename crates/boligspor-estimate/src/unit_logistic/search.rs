//! The iteration, with each unit's effect eliminated.
//!
//! With weights `w = n·p·(1 - p)`, a unit's sum `D` of them and its weighted mean
//! `x̄` of the covariates, the information on the covariates beside all effects is
//! `S = Σ w·(x - x̄)(x - x̄)ᵀ`; its determinant times the product of the `D` is
//! that of the whole, and a row's leverage is `w·(1/D + (x - x̄)ᵀS⁻¹(x - x̄))`.
//! The cost is rows times covariates squared, however many units.

use super::Cells;
use crate::fit_warning::FitWarning;
use crate::linear::{Ldl, add_outer, dot, quadratic};

/// Coefficients of scaled covariates.
#[derive(Debug, Clone)]
pub(super) struct Fitted {
    pub(super) effects: Vec<f64>,
    pub(super) slopes: Vec<f64>,
    /// Inverse of the information on the slopes, full.
    pub(super) inverse: Vec<f64>,
    pub(super) left_out: Vec<bool>,
    pub(super) iterations: usize,
    pub(super) warnings: Vec<FitWarning>,
}

/// A fit under way.
pub(super) struct Search<'a> {
    pub(super) cells: &'a Cells,
    pub(super) penalised: bool,
    /// The relative step at which the search ends.
    pub(super) tolerance: f64,
    pub(super) most: usize,
}

/// Everything at one point of the search.
struct Point {
    chance: Vec<f64>,
    /// Sum of weights of each unit; 0 for units that take no part.
    total: Vec<f64>,
    /// Weighted mean of the covariates of each unit, row-major.
    mean: Vec<f64>,
    ldl: Ldl,
    /// Twice the penalised log-likelihood lost.
    objective: f64,
}

impl Search<'_> {
    /// From `start`, or from the units' own shares.
    pub(super) fn run(&self, start: Option<(&[f64], &[f64])>) -> Fitted {
        let cells = self.cells;
        let (mut effects, mut slopes) = match start {
            Some((effects, slopes)) => (effects.to_vec(), slopes.to_vec()),
            None => (self.own_shares(), vec![0.0; cells.q]),
        };
        let mut warnings = Vec::new();
        let all: (f64, f64) = (0..cells.units()).fold((0.0, 0.0), |sum, g| {
            let (events, people) = cells.sums(g);
            (sum.0 + events, sum.1 + people)
        });
        if all.0 == 0.0 || all.0 == all.1 {
            warnings.push(FitWarning::NoEvents);
        }
        let mut at = self.at(&effects, &slopes);
        let left_out: Vec<bool> = (0..cells.q).map(|c| at.ldl.is_redundant(c)).collect();
        let redundant = left_out.iter().enumerate().filter(|(_, r)| **r);
        warnings.extend(redundant.map(|(column, _)| FitWarning::Collinear { column }));
        let (mut iterations, mut converged) = (0, false);
        while !converged && iterations < self.most {
            let (mut step, mut turn) = self.step(&at);
            iterations += 1;
            let next = loop {
                let moved = |from: &[f64], by: &[f64]| -> Vec<f64> {
                    from.iter().zip(by).map(|(a, b)| a + b).collect()
                };
                let (trial, tilt) = (moved(&effects, &step), moved(&slopes, &turn));
                let next = self.at(&trial, &tilt);
                let slack = 1e-6 * (at.objective.abs() + 0.1);
                let tiny = step.iter().chain(&turn).all(|s| s.abs() < 1e-12);
                if tiny || (next.objective.is_finite() && next.objective <= at.objective + slack) {
                    (effects, slopes) = (trial, tilt);
                    break next;
                }
                for s in step.iter_mut().chain(&mut turn) {
                    *s /= 2.0;
                }
            };
            at = next;
            let still = |step: &[f64], of: &[f64]| {
                step.iter()
                    .zip(of)
                    .all(|(s, b)| b.is_infinite() || s.abs() <= self.tolerance * (1.0 + b.abs()))
            };
            converged = still(&step, &effects) && still(&turn, &slopes);
        }
        if !converged {
            // A column that separates moves on for ever; the others have settled.
            let (_, ahead) = self.step(&at);
            let moving: Vec<usize> = (0..cells.q)
                .filter(|&c| ahead[c].abs() > 1e-3 * (1.0 + slopes[c].abs()))
                .collect();
            if moving.is_empty() {
                warnings.push(FitWarning::NotConverged { iterations });
            }
            let separated = |column| FitWarning::Separated { column };
            warnings.extend(moving.into_iter().map(separated));
        }
        Fitted {
            inverse: at.ldl.inverse(),
            effects,
            slopes,
            left_out,
            iterations,
            warnings,
        }
    }

    /// Log odds of each unit's share, half a person added to each side under the
    /// penalty; infinite for units that have no maximum without it.
    fn own_shares(&self) -> Vec<f64> {
        let more = if self.penalised { 0.5 } else { 0.0 };
        (0..self.cells.units())
            .map(|g| {
                let (events, people) = self.cells.sums(g);
                ((events + more) / (people - events + more)).ln()
            })
            .collect()
    }

    fn at(&self, effects: &[f64], slopes: &[f64]) -> Point {
        let cells = self.cells;
        let q = cells.q;
        let mut chance = vec![0.0; cells.len()];
        let mut total = vec![0.0; cells.units()];
        let mut mean = vec![0.0; cells.units() * q];
        let mut information = vec![0.0; q * q];
        let mut size = vec![0.0; q];
        let mut away = vec![0.0; q];
        let (mut lost, mut log_determinant) = (0.0, 0.0);
        for (g, effect) in effects.iter().enumerate() {
            let (events, people) = cells.sums(g);
            // A unit without people, or one whose likelihood only rises.
            if !effect.is_finite() || people == 0.0 {
                for i in cells.rows_of(g) {
                    chance[i] = if events > 0.0 { 1.0 } else { 0.0 };
                }
                continue;
            }
            let centre = &mut mean[g * q..(g + 1) * q];
            for i in cells.rows_of(g) {
                let eta = effect + dot(cells.row(i), slopes);
                let (n, y) = (cells.trials[i], cells.events[i]);
                // ln(1 + e^η) without overflow.
                lost += 2.0 * (n * (eta.max(0.0) + (-eta.abs()).exp().ln_1p()) - y * eta);
                chance[i] = 1.0 / (1.0 + (-eta).exp());
                let w = n * chance[i] * (1.0 - chance[i]);
                total[g] += w;
                for (m, x) in centre.iter_mut().zip(cells.row(i)) {
                    *m += w * x;
                }
            }
            for m in centre.iter_mut() {
                *m /= total[g];
            }
            log_determinant += total[g].ln();
            for i in cells.rows_of(g) {
                let w = cells.trials[i] * chance[i] * (1.0 - chance[i]);
                for (((away, x), m), size) in away
                    .iter_mut()
                    .zip(cells.row(i))
                    .zip(&*centre)
                    .zip(&mut size)
                {
                    *away = x - m;
                    *size += w * x * x;
                }
                add_outer(&mut information, w, &away);
            }
        }
        let ldl = Ldl::new(&information, q, &size);
        if self.penalised {
            lost -= log_determinant + ldl.log_determinant();
        }
        Point {
            chance,
            total,
            mean,
            ldl,
            objective: lost,
        }
    }

    /// Newton's step of effects and slopes by the expected information.
    fn step(&self, at: &Point) -> (Vec<f64>, Vec<f64>) {
        let cells = self.cells;
        let q = cells.q;
        let inverse = if self.penalised {
            at.ldl.inverse()
        } else {
            Vec::new()
        };
        let mut away = vec![0.0; q];
        let mut score = vec![0.0; q];
        let mut of_unit = vec![0.0; cells.units()];
        for g in (0..cells.units()).filter(|&g| at.total[g] > 0.0) {
            let centre = &at.mean[g * q..(g + 1) * q];
            for i in cells.rows_of(g) {
                let p = at.chance[i];
                for ((away, x), m) in away.iter_mut().zip(cells.row(i)).zip(centre) {
                    *away = x - m;
                }
                let mut residual = cells.events[i] - cells.trials[i] * p;
                if self.penalised {
                    let w = cells.trials[i] * p * (1.0 - p);
                    let leverage = w * (1.0 / at.total[g] + quadratic(&inverse, &away));
                    residual += leverage * (0.5 - p);
                }
                of_unit[g] += residual;
                for (s, a) in score.iter_mut().zip(&away) {
                    *s += residual * a;
                }
            }
        }
        let slopes = at.ldl.solve(&score);
        let effects = of_unit
            .iter()
            .enumerate()
            .map(|(g, sum)| {
                if at.total[g] > 0.0 {
                    sum / at.total[g] - dot(&at.mean[g * q..(g + 1) * q], &slopes)
                } else {
                    0.0
                }
            })
            .collect();
        (effects, slopes)
    }
}
