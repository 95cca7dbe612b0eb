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
    system: System,
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
        let left_out: Vec<bool> = (0..cells.q)
            .map(|c| at.system.ldl.is_redundant(c))
            .collect();
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
            inverse: at.system.ldl.inverse(),
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
        let mut chance = vec![0.0; cells.len()];
        let mut total = vec![0.0; cells.units()];
        let mut lost = 0.0;
        for (g, effect) in effects.iter().enumerate() {
            let (events, people) = cells.sums(g);
            // A unit without people, or one whose likelihood only rises.
            if !effect.is_finite() || people == 0.0 {
                for i in cells.rows_of(g) {
                    chance[i] = if events > 0.0 { 1.0 } else { 0.0 };
                }
                continue;
            }
            for i in cells.rows_of(g) {
                let eta = effect + dot(cells.row(i), slopes);
                let (n, y) = (cells.trials[i], cells.events[i]);
                // ln(1 + e^η) without overflow.
                lost += 2.0 * (n * (eta.max(0.0) + (-eta.abs()).exp().ln_1p()) - y * eta);
                chance[i] = 1.0 / (1.0 + (-eta).exp());
                total[g] += n * chance[i] * (1.0 - chance[i]);
            }
            if total[g] == 0.0 {
                lost = f64::INFINITY;
            }
        }
        let system = System::new(cells, &cells.trials, &chance, &total);
        if self.penalised {
            let effects = total.iter().filter(|t| **t > 0.0).map(|t| t.ln());
            lost -= effects.sum::<f64>() + system.ldl.log_determinant();
        }
        Point {
            chance,
            total,
            system,
            objective: lost,
        }
    }

    /// Newton's step of effects and slopes by the expected information.
    ///
    /// Under the penalty a row counts as that many more people as its leverage,
    /// half of them events: the score's derivative but for that of the leverages.
    /// Without this a unit of one person would swing to and fro for ever.
    fn step(&self, at: &Point) -> (Vec<f64>, Vec<f64>) {
        let cells = self.cells;
        let q = cells.q;
        let more = if self.penalised {
            self.leverages(at)
        } else {
            vec![0.0; cells.len()]
        };
        let people: Vec<f64> = cells.trials.iter().zip(&more).map(|(n, h)| n + h).collect();
        let system = System::new(cells, &people, &at.chance, &at.total);
        let mut away = vec![0.0; q];
        let mut score = vec![0.0; q];
        let mut of_unit = vec![0.0; cells.units()];
        for g in (0..cells.units()).filter(|&g| system.total[g] > 0.0) {
            for i in cells.rows_of(g) {
                system.away(cells, g, i, &mut away);
                let events = cells.events[i] + more[i] / 2.0;
                let residual = events - people[i] * at.chance[i];
                of_unit[g] += residual;
                for (s, a) in score.iter_mut().zip(&away) {
                    *s += residual * a;
                }
            }
        }
        let slopes = system.ldl.solve(&score);
        let effects = of_unit
            .iter()
            .enumerate()
            .map(|(g, sum)| {
                if system.total[g] > 0.0 {
                    sum / system.total[g] - dot(system.mean(g, q), &slopes)
                } else {
                    0.0
                }
            })
            .collect();
        (effects, slopes)
    }

    /// Each row's leverage: they sum to the number of coefficients.
    fn leverages(&self, at: &Point) -> Vec<f64> {
        let cells = self.cells;
        let inverse = at.system.ldl.inverse();
        let mut away = vec![0.0; cells.q];
        let mut out = vec![0.0; cells.len()];
        for g in (0..cells.units()).filter(|&g| at.total[g] > 0.0) {
            for i in cells.rows_of(g) {
                at.system.away(cells, g, i, &mut away);
                let w = cells.trials[i] * at.chance[i] * (1.0 - at.chance[i]);
                out[i] = w * (1.0 / at.total[g] + quadratic(&inverse, &away));
            }
        }
        out
    }
}

/// The information with each unit's effect eliminated.
struct System {
    /// Sum of weights of each unit; 0 for units that take no part.
    total: Vec<f64>,
    /// Weighted mean of the covariates of each unit, row-major.
    mean: Vec<f64>,
    ldl: Ldl,
}

impl System {
    /// Of units whose `part` is positive, at chances and numbers of people.
    fn new(cells: &Cells, people: &[f64], chance: &[f64], part: &[f64]) -> Self {
        let q = cells.q;
        let mut total = vec![0.0; cells.units()];
        let mut mean = vec![0.0; cells.units() * q];
        let mut information = vec![0.0; q * q];
        let mut size = vec![0.0; q];
        let mut away = vec![0.0; q];
        let weight = |i: usize| people[i] * chance[i] * (1.0 - chance[i]);
        for g in (0..cells.units()).filter(|&g| part[g] > 0.0) {
            let centre = &mut mean[g * q..(g + 1) * q];
            for i in cells.rows_of(g) {
                total[g] += weight(i);
                for (m, x) in centre.iter_mut().zip(cells.row(i)) {
                    *m += weight(i) * x;
                }
            }
            for m in centre.iter_mut() {
                *m /= total[g];
            }
            for i in cells.rows_of(g) {
                let w = weight(i);
                for (c, x) in cells.row(i).iter().enumerate() {
                    away[c] = x - centre[c];
                    size[c] += w * x * x;
                }
                add_outer(&mut information, w, &away);
            }
        }
        Self {
            ldl: Ldl::new(&information, q, &size),
            total,
            mean,
        }
    }

    fn mean(&self, unit: usize, q: usize) -> &[f64] {
        &self.mean[unit * q..(unit + 1) * q]
    }

    /// How far a row's covariates lie from its unit's mean.
    fn away(&self, cells: &Cells, unit: usize, row: usize, out: &mut [f64]) {
        let centre = self.mean(unit, cells.q);
        for ((out, x), m) in out.iter_mut().zip(cells.row(row)).zip(centre) {
            *out = x - m;
        }
    }
}
