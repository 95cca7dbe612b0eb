//! The partial likelihood with its first two derivatives.
//!
//! For Breslow's and Efron's ties the information is not accumulated risk set by
//! risk set, which would cost p² for every row at every event time, but by
//! exchanging the sums: each row's `x·xᵀ` enters once, times the hazard the row
//! has lived through. One backward sweep gives the hazards and means, one
//! forward pass the information; both are linear in rows.
//!
//! Sources: Cox (1972), *JRSS B* 34, 187–220; Breslow (1974), *Biometrics* 30,
//! 89–99; Efron (1977), *JASA* 72, 557–565; weights as in Therneau & Grambsch
//! (2000), *Modeling Survival Data*, §7.1 and appendix E.

#![expect(
    clippy::needless_range_loop,
    reason = "indices are those of the formulas"
)]

use serde::{Deserialize, Serialize};

use crate::cox_rows::{AtRisk, Rows};
use crate::linear::add_outer;

/// How events at the same time share their risk set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ties {
    /// Efron's average over the orders the tied events may have come in:
    /// accurate and as fast as Breslow's. R's default.
    #[default]
    Efron,
    /// Breslow's: every tied event sees the whole risk set. SAS's default.
    Breslow,
    /// The conditional (discrete) likelihood over which of those at risk have
    /// the events. For truly discrete time; its cost grows with ties times
    /// people at risk, and it takes neither weights nor robust errors.
    Exact,
}

/// Log-likelihood, score and information at one coefficient vector.
pub(crate) struct Likelihood {
    pub(crate) log: f64,
    pub(crate) score: Vec<f64>,
    /// Lower triangle, row-major.
    pub(crate) information: Vec<f64>,
    /// Magnitude of each diagonal element before the subtraction of means.
    pub(crate) size: Vec<f64>,
}

/// Scalar sums over the tied events of one time; with `d_k` the `k`-th
/// denominator `s0 - f_k·d0`, `f_k = k/d` (Efron) or 0 (Breslow), and `w` the
/// mean weight of the tied events.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TieSums {
    /// Σ w·ln(d_k).
    pub(crate) log: f64,
    /// Σ w/d_k, the hazard of those without the event.
    pub(crate) h: f64,
    /// Σ w·f_k/d_k, how much less those with the event are exposed.
    pub(crate) h1: f64,
    /// Σ w/d_k².
    pub(crate) a0: f64,
    /// Σ w·f_k/d_k².
    pub(crate) a1: f64,
    /// Σ w·f_k²/d_k².
    pub(crate) a2: f64,
}

impl TieSums {
    pub(crate) fn new(at: &AtRisk, deaths: u32, death_weight: f64, ties: Ties) -> Self {
        let mut sums = Self::default();
        if ties == Ties::Efron && deaths > 1 {
            let w = death_weight / f64::from(deaths);
            for k in 0..deaths {
                let f = f64::from(k) / f64::from(deaths);
                let d = at.s0 - f * at.d0;
                let (h, a) = (w / d, w / d / d);
                sums.log += w * d.ln();
                sums.h += h;
                sums.h1 += f * h;
                sums.a0 += a;
                sums.a1 += f * a;
                sums.a2 += f * f * a;
            }
        } else {
            sums.log = death_weight * at.s0.ln();
            sums.h = death_weight / at.s0;
            sums.a0 = sums.h / at.s0;
        }
        sums
    }
}

/// The hazard a row has lived through, in units of its own risk.
pub(crate) struct Exposure {
    /// `before[j]`: hazard summed over the event times before `j`.
    before: Vec<f64>,
    /// The same of `tail_scale` times the hazard; empty without tails.
    tail_before: Vec<f64>,
    /// What those with the event at `j` are exposed to less.
    less: Vec<f64>,
}

impl Exposure {
    pub(crate) fn new(rows: &Rows, sums: &[TieSums]) -> Self {
        let prefix = |value: &dyn Fn(usize) -> f64| {
            let mut total = 0.0;
            let mut before = Vec::with_capacity(sums.len() + 1);
            before.push(0.0);
            for j in 0..sums.len() {
                total += value(j);
                before.push(total);
            }
            before
        };
        Self {
            before: prefix(&|j| sums[j].h),
            tail_before: if rows.tail_scale.is_empty() {
                Vec::new()
            } else {
                prefix(&|j| rows.tail_scale[j] * sums[j].h)
            },
            less: sums.iter().map(|s| s.h1).collect(),
        }
    }

    /// Hazard of row `k` per unit of risk.
    pub(crate) fn of(&self, rows: &Rows, k: usize) -> f64 {
        let (first, end) = (rows.first[k] as usize, rows.end[k] as usize);
        let mut hazard = if first < end {
            self.before[end] - self.before[first]
        } else {
            0.0
        };
        if let Some(j) = rows.event_of(k) {
            hazard -= self.less[j];
        }
        if !self.tail_before.is_empty() && rows.tail[k] > 0.0 {
            hazard +=
                rows.tail[k] * (self.tail_before[rows.stratum_end(k)] - self.tail_before[end]);
        }
        hazard
    }
}

/// Evaluates Breslow's or Efron's partial likelihood at `beta` (scaled columns).
pub(crate) fn evaluate(rows: &Rows, beta: &[f64], ties: Ties) -> Likelihood {
    let p = rows.p;
    let (risk, largest) = rows.risks(beta);
    let mut log = 0.0;
    let mut score = vec![0.0; p];
    let mut information = vec![0.0; p * p];
    let mut sums = vec![TieSums::default(); rows.times.len()];

    rows.sweep(&risk, |at| {
        let j = at.j;
        let t = TieSums::new(at, rows.deaths[j], rows.death_weight[j], ties);
        // Risks are relative to the largest: put its logarithm back.
        log -= t.log + rows.death_weight[j] * largest;
        for k in rows.dying(j) {
            let w = rows.weight[k];
            log += w * (rows.offset[k] + crate::linear::dot(rows.row(k), beta));
            for (u, x) in score.iter_mut().zip(rows.row(k)) {
                *u += w * x;
            }
        }
        for c in 0..p {
            score[c] -= t.h * at.s1[c] - t.h1 * at.d1[c];
        }
        add_outer(&mut information, -t.a0, at.s1);
        if t.a1 > 0.0 {
            for a in 0..p {
                for b in 0..=a {
                    information[a * p + b] += t.a1 * (at.s1[a] * at.d1[b] + at.d1[a] * at.s1[b])
                        - t.a2 * at.d1[a] * at.d1[b];
                }
            }
        }
        sums[j] = t;
    });

    let exposure = Exposure::new(rows, &sums);
    let mut squares = vec![0.0; p * p];
    for (k, r) in risk.iter().enumerate() {
        let lived = r * exposure.of(rows, k);
        if lived != 0.0 {
            add_outer(&mut squares, lived, rows.row(k));
        }
    }
    let size = (0..p).map(|c| squares[c * p + c]).collect();
    for (i, s) in information.iter_mut().zip(&squares) {
        *i += s;
    }
    Likelihood {
        log,
        score,
        information,
        size,
    }
}

/// The sums of every event time at `beta`, kept for residuals and curves.
pub(crate) struct Profile {
    /// `w·exp(η - max η)` by row.
    pub(crate) risk: Vec<f64>,
    /// `max η`.
    pub(crate) largest: f64,
    /// By event time.
    pub(crate) sums: Vec<TieSums>,
    /// Σ w·r·x over the risk set, event time by event time.
    pub(crate) s1: Vec<f64>,
    /// Σ w·r·x over the tied events.
    pub(crate) d1: Vec<f64>,
}

impl Profile {
    pub(crate) fn new(rows: &Rows, beta: &[f64], ties: Ties) -> Self {
        let (risk, largest) = rows.risks(beta);
        let (m, p) = (rows.times.len(), rows.p);
        let mut profile = Self {
            risk,
            largest,
            sums: vec![TieSums::default(); m],
            s1: vec![0.0; m * p],
            d1: vec![0.0; m * p],
        };
        let Self {
            risk, sums, s1, d1, ..
        } = &mut profile;
        rows.sweep(risk, |at| {
            let j = at.j;
            sums[j] = TieSums::new(at, rows.deaths[j], rows.death_weight[j], ties);
            s1[j * p..(j + 1) * p].copy_from_slice(at.s1);
            d1[j * p..(j + 1) * p].copy_from_slice(at.d1);
        });
        profile
    }

    /// Σ over the tied events of `w·mean/denominator`: the hazard times the mean
    /// covariates it met, for those without the event.
    pub(crate) fn hazard_mean(&self, j: usize, p: usize, c: usize) -> f64 {
        let t = &self.sums[j];
        t.a0 * self.s1[j * p + c] - t.a1 * self.d1[j * p + c]
    }

    /// What those with the event at `j` meet less of the same.
    pub(crate) fn hazard_mean_less(&self, j: usize, p: usize, c: usize) -> f64 {
        let t = &self.sums[j];
        t.a1 * self.s1[j * p + c] - t.a2 * self.d1[j * p + c]
    }

    /// Mean covariate `c` over the risk set, averaged over the tied events.
    pub(crate) fn mean(&self, j: usize, p: usize, c: usize, death_weight: f64) -> f64 {
        let t = &self.sums[j];
        (t.h * self.s1[j * p + c] - t.h1 * self.d1[j * p + c]) / death_weight
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::cox_rows::CoxData;
    use crate::sample::Sample;

    /// The weighted log partial likelihood by its definition, one risk set at a
    /// time, with covariates `x(i, t)`.
    pub(crate) fn by_definition(
        data: &CoxData,
        eta: &dyn Fn(usize, f64) -> f64,
        ties: Ties,
    ) -> f64 {
        let n = data.time.len();
        let weight = |i: usize| data.weights.map_or(1.0, |w| w[i]);
        let stratum = |i: usize| data.strata.map_or(0, |s| s[i]);
        let mut log = 0.0;
        let mut done: Vec<(u32, f64)> = Vec::new();
        for i in (0..n).filter(|&i| data.event[i] && weight(i) > 0.0) {
            let (s, t) = (stratum(i), data.time[i]);
            if done.contains(&(s, t)) {
                continue;
            }
            done.push((s, t));
            let at_risk: Vec<usize> = (0..n)
                .filter(|&k| {
                    stratum(k) == s && data.time[k] >= t && data.entry.is_none_or(|e| e[k] < t)
                })
                .collect();
            let dying: Vec<usize> = at_risk
                .iter()
                .copied()
                .filter(|&k| data.event[k] && data.time[k] == t && weight(k) > 0.0)
                .collect();
            let sum = |of: &[usize]| of.iter().map(|&k| weight(k) * eta(k, t).exp()).sum::<f64>();
            let (all, tied) = (sum(&at_risk), sum(&dying));
            let mean_weight = dying.iter().map(|&k| weight(k)).sum::<f64>() / dying.len() as f64;
            for (l, &k) in dying.iter().enumerate() {
                log += weight(k) * eta(k, t);
                let f = if ties == Ties::Efron {
                    l as f64 / dying.len() as f64
                } else {
                    0.0
                };
                log -= mean_weight * (all - f * tied).ln();
            }
        }
        log
    }

    #[test]
    fn the_likelihood_is_that_of_the_definition_and_its_derivatives_are_right() {
        for seed in 0..20 {
            let sample = Sample::new(seed, 30, 2);
            let columns = sample.columns();
            for data in sample.variants(&columns) {
                for ties in [Ties::Efron, Ties::Breslow] {
                    let rows = Rows::new(&data).unwrap();
                    let beta = [0.4, -0.9];
                    let found = evaluate(&rows, &beta, ties);
                    // On the centred and scaled columns the model works with.
                    let x = |i: usize, c: usize| (columns[c][i] - rows.centre[c]) / rows.scale[c];
                    let log = |b: [f64; 2]| {
                        by_definition(&data, &|i, _| b[0] * x(i, 0) + b[1] * x(i, 1), ties)
                    };
                    assert!((found.log - log(beta)).abs() < 1e-10 * log(beta).abs());
                    let h = 1e-4;
                    let moved = |a: f64, b: f64| log([beta[0] + a, beta[1] + b]);
                    let score = [
                        (moved(h, 0.0) - moved(-h, 0.0)) / (2.0 * h),
                        (moved(0.0, h) - moved(0.0, -h)) / (2.0 * h),
                    ];
                    assert!((found.score[0] - score[0]).abs() < 1e-5);
                    assert!((found.score[1] - score[1]).abs() < 1e-5);
                    let second = |a: [f64; 2], b: [f64; 2]| {
                        -(moved(a[0] + b[0], a[1] + b[1])
                            - moved(a[0] - b[0], a[1] - b[1])
                            - moved(b[0] - a[0], b[1] - a[1])
                            + moved(-a[0] - b[0], -a[1] - b[1]))
                            / (4.0 * h * h)
                    };
                    let (one, two) = ([h, 0.0], [0.0, h]);
                    assert!((found.information[0] - second(one, one)).abs() < 1e-4);
                    assert!((found.information[2] - second(one, two)).abs() < 1e-4);
                    assert!((found.information[3] - second(two, two)).abs() < 1e-4);
                }
            }
        }
    }
}
