//! Firth's penalty for the partial likelihood.
//!
//! With few events a coefficient may run to infinity: everyone with some trait
//! had the event before anyone without. Half the log-determinant of the
//! information, added to the log-likelihood, keeps every estimate finite and
//! removes most of its small-sample bias.
//!
//! Sources: Firth (1993), *Biometrika* 80, 27–38; Heinze & Schemper (2001),
//! *Biometrics* 57, 114–119.

#![expect(
    clippy::needless_range_loop,
    reason = "indices are those of the formulas"
)]

use crate::cox_likelihood::Ties;
use crate::cox_rows::Rows;
use crate::linear::{add_outer, dot, fill_upper, times};

/// The derivative of `½·ln det I(β)`, given `inverse = I⁻¹` (full).
///
/// With `p_i` the chance of row `i` in a risk set, `m` its mean and
/// `q_i = x_iᵀ·I⁻¹·x_i`, each risk set adds
/// `½·(E[q·x] - E[q]·m - 2·Cov(x)·I⁻¹·m)`.
pub(crate) fn gradient(rows: &Rows, beta: &[f64], inverse: &[f64], ties: Ties) -> Vec<f64> {
    let p = rows.p;
    let (risk, _) = rows.risks(beta);
    let q: Vec<f64> = (0..rows.n())
        .map(|k| crate::linear::quadratic(inverse, rows.row(k)))
        .collect();
    let mut gradient = vec![0.0; p];
    for s in 0..rows.codes.len() {
        let mut all = Moments::new(p);
        for j in (rows.strata[s]..rows.strata[s + 1]).rev() {
            if j + 1 < rows.strata[s + 1] {
                for &k in rows.entering(j + 1) {
                    all.add(-risk[k as usize], rows.row(k as usize), q[k as usize]);
                }
            }
            let mut tied = Moments::new(p);
            let dying = rows.dying(j);
            for k in rows.leaving(j) {
                all.add(risk[k], rows.row(k), q[k]);
                if k < dying.end {
                    tied.add(risk[k], rows.row(k), q[k]);
                }
            }
            let d = rows.deaths[j];
            let w = rows.death_weight[j] / f64::from(d);
            for k in 0..d {
                let f = if ties == Ties::Efron {
                    f64::from(k) / f64::from(d)
                } else {
                    0.0
                };
                all.less(&tied, f)
                    .add_gradient(inverse, 0.5 * w, &mut gradient);
            }
        }
    }
    gradient
}

/// Weighted moments of a risk set.
struct Moments {
    total: f64,
    x: Vec<f64>,
    xx: Vec<f64>,
    q: f64,
    qx: Vec<f64>,
}

impl Moments {
    fn new(p: usize) -> Self {
        Self {
            total: 0.0,
            x: vec![0.0; p],
            xx: vec![0.0; p * p],
            q: 0.0,
            qx: vec![0.0; p],
        }
    }

    fn add(&mut self, r: f64, x: &[f64], q: f64) {
        self.total += r;
        self.q += r * q;
        for c in 0..x.len() {
            self.x[c] += r * x[c];
            self.qx[c] += r * q * x[c];
        }
        add_outer(&mut self.xx, r, x);
    }

    fn less(&self, other: &Self, f: f64) -> Self {
        let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - f * b).collect();
        Self {
            total: self.total - f * other.total,
            x: minus(&self.x, &other.x),
            xx: minus(&self.xx, &other.xx),
            q: self.q - f * other.q,
            qx: minus(&self.qx, &other.qx),
        }
    }

    fn add_gradient(mut self, inverse: &[f64], factor: f64, gradient: &mut [f64]) {
        let p = gradient.len();
        fill_upper(&mut self.xx, p);
        let mean: Vec<f64> = self.x.iter().map(|x| x / self.total).collect();
        let v = times(inverse, &mean);
        let (q, mv) = (self.q / self.total, dot(&mean, &v));
        let second = times(&self.xx, &v);
        for c in 0..p {
            gradient[c] += factor
                * (self.qx[c] / self.total - q * mean[c] - 2.0 * second[c] / self.total
                    + 2.0 * mv * mean[c]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cox_likelihood::evaluate;
    use crate::linear::Ldl;
    use crate::sample::Sample;

    #[test]
    fn the_pull_is_the_derivative_of_half_the_log_determinant() {
        for seed in 0..10 {
            let sample = Sample::new(seed, 30, 2);
            let columns = sample.columns();
            for data in sample.variants(&columns) {
                for ties in [Ties::Efron, Ties::Breslow] {
                    let rows = Rows::new(&data).unwrap();
                    let ldl = |b: [f64; 2]| {
                        let at = evaluate(&rows, &b, ties);
                        Ldl::new(&at.information, 2, &at.size)
                    };
                    let beta = [0.2, -0.6];
                    let found = gradient(&rows, &beta, &ldl(beta).inverse(), ties);
                    let h = 1e-5;
                    let slope = |a: f64, b: f64| {
                        let (up, down) = ([beta[0] + a, beta[1] + b], [beta[0] - a, beta[1] - b]);
                        (ldl(up).log_determinant() - ldl(down).log_determinant()) / (4.0 * h)
                    };
                    assert!((found[0] - slope(h, 0.0)).abs() < 1e-6);
                    assert!((found[1] - slope(0.0, h)).abs() < 1e-6);
                }
            }
        }
    }
}
