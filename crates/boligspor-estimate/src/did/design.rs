//! Treated and controls of one comparison, with what their covariates say.
//!
//! A comparison of a group with its controls is made in several periods, and
//! with covariates that do not change everything here is the same in each: the
//! chance of treatment, its weights and the cross-products of the controls are
//! worked out once and used for all of them.

use crate::linear::{Ldl, add_outer, fill_upper, times};

use super::Method;
use super::sums::{dot, dot3, sum, sum_by};

/// Controls whose chance of treatment is this or more are left out of the
/// weighting, as in DRDID.
const TRIM: f64 = 0.995;
/// A chance of treatment this high means that the groups do not overlap (did's
/// own limit).
const OVERLAP: f64 = 0.999;
const MOST_STEPS: usize = 25;
/// Rows that are worked on while they are near.
const BLOCK: usize = 512;

/// Why a cell has no estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    NoTreated,
    NoControls,
    NoOverlap,
    Singular,
}

/// Rows of a comparison, the treated first.
pub(super) struct Arms {
    /// How many rows are treated.
    pub(super) treated: usize,
    /// Weight of each row.
    pub(super) weight: Vec<f64>,
    /// Covariates by column, without the constant.
    pub(super) x: Vec<Vec<f64>>,
}

impl Arms {
    pub(super) fn rows(&self) -> usize {
        self.weight.len()
    }

    /// Width of the design, constant included.
    pub(super) fn width(&self) -> usize {
        self.x.len() + 1
    }

    /// Writes row `i` of the design.
    #[inline]
    pub(super) fn row(&self, i: usize, out: &mut [f64]) {
        out[0] = 1.0;
        for (cell, column) in out[1..].iter_mut().zip(&self.x) {
            *cell = column[i];
        }
    }

    /// Puts covariates on one scale and drops those that are constant here: the
    /// fit is the same, its arithmetic better.
    pub(super) fn standardise(&mut self) {
        let rows = self.rows() as f64;
        self.x.retain_mut(|column| {
            let mean = sum(column) / rows;
            let spread = sum_by(column.len(), |i| (column[i] - mean).powi(2)) / rows;
            let scale = spread.sqrt();
            if scale <= 1e-12 * mean.abs() || scale == 0.0 {
                return false;
            }
            for value in column.iter_mut() {
                *value = (*value - mean) / scale;
            }
            true
        });
    }

    /// `design·coefficients` added to `into` with a factor, column by column.
    pub(super) fn add_linear(&self, factor: f64, coefficients: &[f64], into: &mut [f64]) {
        let constant = factor * coefficients[0];
        for value in into.iter_mut() {
            *value += constant;
        }
        for (column, coefficient) in self.x.iter().zip(&coefficients[1..]) {
            let c = factor * coefficient;
            for (value, x) in into.iter_mut().zip(column) {
                *value += c * x;
            }
        }
    }

    /// `designᵀ·v` over the rows `from..from + v.len()`.
    pub(super) fn cross(&self, from: usize, v: &[f64]) -> Vec<f64> {
        std::iter::once(sum(v))
            .chain(
                self.x
                    .iter()
                    .map(|column| dot(v, &column[from..from + v.len()])),
            )
            .collect()
    }

    /// `designᵀ·(v∘u)` over the rows from `from` on.
    fn cross_product(&self, from: usize, v: &[f64], u: &[f64]) -> Vec<f64> {
        let columns = self.x.iter().map(|column| &column[from..from + v.len()]);
        std::iter::once(dot(v, u))
            .chain(columns.map(|column| dot3(v, u, column)))
            .collect()
    }

    /// Writes `design·coefficients` of the rows from `from` on.
    fn linear(&self, coefficients: &[f64], from: usize, out: &mut [f64]) {
        out.fill(coefficients[0]);
        for (column, c) in self.x.iter().zip(&coefficients[1..]) {
            for (value, x) in out.iter_mut().zip(&column[from..]) {
                *value += c * x;
            }
        }
    }

    /// `(designᵀ·diag(v)·design)⁻¹` over the rows from `from` on, or `None`
    /// where a column repeats others.
    pub(super) fn inverse_gram(&self, from: usize, v: &[f64]) -> Option<Vec<f64>> {
        let p = self.width();
        let mut gram = vec![0.0; p * p];
        if p == 1 {
            gram[0] = sum(v);
        } else {
            let one = vec![1.0; v.len()];
            let column = |k: usize| match k {
                0 => &one[..],
                _ => &self.x[k - 1][from..from + v.len()],
            };
            for j in 0..p {
                for k in 0..=j {
                    let (a, b) = (column(j), column(k));
                    gram[j * p + k] = dot3(v, a, b);
                }
            }
        }
        let factored = Ldl::of(&gram, p);
        (factored.rank() == p).then(|| factored.inverse())
    }
}

/// The chance of being treated given the covariates, by logistic regression.
pub(super) struct Propensity {
    /// Weight × odds of treatment, of the controls: what makes them look like
    /// the treated. Zero where trimmed.
    pub(super) odds: Vec<f64>,
    /// `Σ odds`.
    pub(super) odds_sum: f64,
    /// Mean of the design over controls so weighted.
    pub(super) odds_mean: Vec<f64>,
    /// Weight × (treated − chance) of every row: the score without its row of
    /// the design.
    pub(super) score: Vec<f64>,
    /// Inverse of the information.
    pub(super) inverse: Vec<f64>,
}

impl Propensity {
    /// Fits by Newton's method until the step no longer matters.
    pub(super) fn fit(arms: &Arms) -> Result<Self, Fault> {
        let (rows, p) = (arms.rows(), arms.width());
        let treated_weight = sum(&arms.weight[..arms.treated]);
        let control_weight = sum(&arms.weight[arms.treated..]);
        let mut beta = vec![0.0; p];
        beta[0] = (treated_weight / control_weight).ln();
        let mut x = vec![0.0; p];
        let mut inverse = Vec::new();
        let mut converged = false;
        for _ in 0..MOST_STEPS {
            let (mut gram, mut score) = (vec![0.0; p * p], vec![0.0; p]);
            for i in 0..rows {
                arms.row(i, &mut x);
                let chance = logistic(crate::linear::dot(&x, &beta));
                let w = arms.weight[i];
                add_outer(&mut gram, w * chance * (1.0 - chance), &x);
                let rest = w * (f64::from(u8::from(i < arms.treated)) - chance);
                for (s, x) in score.iter_mut().zip(&x) {
                    *s += rest * x;
                }
            }
            let factored = Ldl::of(&gram, p);
            if factored.rank() < p {
                // Chances of 0 and 1 take the information away before the
                // overlap can be looked at; the design itself may be at fault.
                return Err(if arms.inverse_gram(0, &arms.weight).is_none() {
                    Fault::Singular
                } else {
                    Fault::NoOverlap
                });
            }
            let step = factored.solve(&score);
            inverse = factored.inverse();
            if crate::linear::dot(&step, &score) < 1e-20 * (treated_weight + control_weight) {
                converged = true;
                break;
            }
            for (b, s) in beta.iter_mut().zip(&step) {
                *b += s;
            }
        }
        fill_upper(&mut inverse, p);
        let mut odds = Vec::with_capacity(rows - arms.treated);
        let mut score = Vec::with_capacity(rows);
        let mut highest = 0.0_f64;
        for i in 0..rows {
            arms.row(i, &mut x);
            let chance = logistic(crate::linear::dot(&x, &beta));
            highest = highest.max(chance);
            let w = arms.weight[i];
            if i < arms.treated {
                score.push(w * (1.0 - chance));
            } else {
                score.push(-w * chance);
                let kept = chance < TRIM;
                odds.push(if kept {
                    w * chance / (1.0 - chance)
                } else {
                    0.0
                });
            }
        }
        if !converged || highest >= OVERLAP {
            return Err(Fault::NoOverlap);
        }
        let odds_sum = sum(&odds);
        let odds_mean = arms
            .cross(arms.treated, &odds)
            .into_iter()
            .map(|v| v / odds_sum)
            .collect();
        Ok(Self {
            odds,
            odds_sum,
            odds_mean,
            score,
            inverse,
        })
    }
}

fn logistic(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

/// A comparison made ready for every period in which it is made.
pub(super) struct Design {
    pub(super) arms: Arms,
    treated_weight: f64,
    treated_mean: Vec<f64>,
    control_inverse: Option<Vec<f64>>,
    propensity: Option<Propensity>,
}

impl Design {
    /// Prepares a comparison of changes.
    pub(super) fn new(mut arms: Arms, method: Method) -> Result<Self, Fault> {
        let weight = |rows: &[f64]| rows.iter().any(|w| *w > 0.0);
        if !weight(&arms.weight[..arms.treated]) {
            return Err(Fault::NoTreated);
        }
        if !weight(&arms.weight[arms.treated..]) {
            return Err(Fault::NoControls);
        }
        arms.standardise();
        // Without covariates every method is the difference of mean changes.
        let plain = arms.x.is_empty();
        let propensity = if plain || method == Method::Reg {
            None
        } else {
            Some(Propensity::fit(&arms)?)
        };
        let control_inverse = if !plain && method == Method::Ipw {
            None
        } else {
            let inverse = arms.inverse_gram(arms.treated, &arms.weight[arms.treated..]);
            Some(inverse.ok_or(Fault::Singular)?)
        };
        let treated = &arms.weight[..arms.treated];
        let treated_weight = sum(treated);
        let treated_mean = arms
            .cross(0, treated)
            .into_iter()
            .map(|v| v / treated_weight)
            .collect();
        Ok(Self {
            arms,
            treated_weight,
            treated_mean,
            control_inverse,
            propensity,
        })
    }

    /// The effect on the treated, from each row's change, with each row's
    /// influence on it; `change` becomes the influence.
    ///
    /// Influences are scaled so that the variance is the sum of their squares.
    /// Source: Sant'Anna & Zhao (2020), "Doubly robust difference-in-differences
    /// estimators", *Journal of Econometrics* 219, sections 2 and 3.
    pub(super) fn effect(&self, change: &mut [f64]) -> f64 {
        let (treated, weight) = (self.arms.treated, &self.arms.weight);
        if let Some(inverse) = &self.control_inverse {
            let moment = self
                .arms
                .cross_product(treated, &weight[treated..], &change[treated..]);
            let beta = times(inverse, &moment);
            self.arms.add_linear(-1.0, &beta, change);
        }
        // From here on `change` holds what the regression leaves.
        let rest = change;
        let mean = dot(&weight[..treated], &rest[..treated]) / self.treated_weight;
        let mut centre = self.treated_mean.clone();
        let (mut mean_control, mut tilt) = (0.0, Vec::new());
        if let Some(p) = &self.propensity {
            mean_control = dot(&p.odds, &rest[treated..]) / p.odds_sum;
            let moment: Vec<f64> = self
                .arms
                .cross_product(treated, &p.odds, &rest[treated..])
                .iter()
                .zip(&p.odds_mean)
                .map(|(m, x)| m / p.odds_sum - mean_control * x)
                .collect();
            tilt = times(&p.inverse, &moment);
            for (c, m) in centre.iter_mut().zip(&p.odds_mean) {
                *c -= m;
            }
        }
        let pull = self
            .control_inverse
            .as_ref()
            .map(|inverse| times(inverse, &centre));
        let (of_treated, of_controls) = rest.split_at_mut(treated);
        let scale = self.treated_weight;
        for (r, w) in of_treated.iter_mut().zip(weight) {
            *r = w * (*r - mean) / scale;
        }
        let mut along = [0.0; BLOCK];
        for (block, rest) in of_controls.chunks_mut(BLOCK).enumerate() {
            let from = block * BLOCK;
            let along = &mut along[..rest.len()];
            along.fill(0.0);
            if let Some(pull) = &pull {
                self.arms.linear(pull, treated + from, along);
            }
            let weight = &weight[treated + from..][..rest.len()];
            for ((a, r), w) in along.iter_mut().zip(&*rest).zip(weight) {
                *a *= -w * r;
            }
            if let Some(p) = &self.propensity {
                for ((a, r), odds) in along.iter_mut().zip(&*rest).zip(&p.odds[from..]) {
                    *a -= odds * (r - mean_control) / p.odds_sum;
                }
            }
            rest.copy_from_slice(along);
        }
        if let Some(p) = &self.propensity {
            for (block, rest) in rest.chunks_mut(BLOCK).enumerate() {
                let from = block * BLOCK;
                let along = &mut along[..rest.len()];
                self.arms.linear(&tilt, from, along);
                for ((r, a), score) in rest.iter_mut().zip(along).zip(&p.score[from..]) {
                    *r -= score * *a;
                }
            }
        }
        mean - mean_control
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arms(treated: usize, x: Vec<Vec<f64>>) -> Arms {
        let rows = x.first().map_or(6, Vec::len);
        Arms {
            treated,
            weight: vec![1.0; rows],
            x,
        }
    }

    #[test]
    fn without_covariates_it_is_a_difference_of_means_with_welch_errors() {
        // Changes 3, 5 of the treated (mean 4) and 1, 1, 2, 0 of the controls
        // (mean 1): effect 3. Variance: Σ(d - mean)²/n² by arm = 2/4 + 2/16.
        for method in [Method::Dr, Method::Ipw, Method::Reg] {
            let design = Design::new(arms(2, vec![]), method).unwrap();
            let mut change = [3.0, 5.0, 1.0, 1.0, 2.0, 0.0];
            assert!((design.effect(&mut change) - 3.0).abs() < 1e-14);
            let variance: f64 = change.iter().map(|v| v * v).sum();
            assert!((variance - 0.625).abs() < 1e-14, "{method:?}");
            assert!(change.iter().sum::<f64>().abs() < 1e-14);
        }
    }

    /// Influences are derivatives: raising one row's weight by `h` moves the
    /// effect by `h` times its influence.
    #[test]
    fn influences_are_derivatives_in_the_weights() {
        let x: Vec<f64> = (0..40).map(|i| f64::from(i * 37 % 40) / 10.0).collect();
        let z: Vec<f64> = (0..40).map(|i| f64::from(i * i % 17)).collect();
        let change: Vec<f64> = (0..40)
            .map(|i| f64::from(i * 13 % 7) + 0.3 * x[i as usize])
            .collect();
        let weight: Vec<f64> = (0..40).map(|i| 0.5 + f64::from(i % 4)).collect();
        for method in [Method::Dr, Method::Ipw, Method::Reg] {
            let run = |weight: Vec<f64>| {
                let arms = Arms {
                    treated: 15,
                    weight,
                    x: vec![x.clone(), z.clone()],
                };
                let mut out = change.clone();
                let effect = Design::new(arms, method).unwrap().effect(&mut out);
                (effect, out)
            };
            let (_, influence) = run(weight.clone());
            for i in [0, 7, 14, 15, 22, 39] {
                let h = 1e-5;
                let at = |sign: f64| {
                    let mut w = weight.clone();
                    w[i] *= 1.0 + sign * h;
                    run(w).0
                };
                let slope = (at(1.0) - at(-1.0)) / (2.0 * h);
                assert!(
                    (slope - influence[i]).abs() < 1e-7,
                    "{method:?} {i}: {slope} {}",
                    influence[i]
                );
            }
        }
    }

    #[test]
    fn a_covariate_that_separates_the_arms_is_no_overlap() {
        let x = vec![vec![5.0, 6.0, 1.0, 2.0, 0.0, 3.0]];
        let separated = Design::new(arms(2, x.clone()), Method::Dr);
        assert_eq!(separated.err(), Some(Fault::NoOverlap));
        assert!(Design::new(arms(2, x), Method::Reg).is_ok());
    }

    #[test]
    fn repeated_covariates_are_singular() {
        let x = vec![1.0, 4.0, 2.0, 0.0, 5.0, 3.0];
        for method in [Method::Dr, Method::Ipw, Method::Reg] {
            let twice = arms(3, vec![x.clone(), x.clone()]);
            assert_eq!(Design::new(twice, method).err(), Some(Fault::Singular));
        }
    }
}
