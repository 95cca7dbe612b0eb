//! Inference from few clusters: CR2 with Satterthwaite's degrees of freedom,
//! and the wild cluster bootstrap.
//!
//! With under about 40 clusters the usual clustered error is too small and its
//! normal interval too narrow. CR2 takes out the bias that it would have if
//! errors were independent, and the t distribution's degrees of freedom match
//! how variable it is; the wild bootstrap draws signs for whole clusters with
//! the hypothesis imposed. Both are made of cross-products and scores per
//! cluster alone.
//!
//! Sources: Bell & McCaffrey (2002), *Survey Methodology* 28; Pustejovsky &
//! Tipton (2018), *JBES* 36; Cameron, Gelbach & Miller (2008), *Review of
//! Economics and Statistics* 90; Webb (2023), *Canadian Journal of Economics*
//! 56; the fast form of Roodman, MacKinnon, Nielsen & Webb (2019), *Stata
//! Journal* 19.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::error::{EstimateError, Result};
use crate::linear::{dot, times};

use super::panel_ols::Fit;

/// Weights drawn for clusters by the wild bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WildWeights {
    /// ±1; all 2^G patterns where that is no more than the replicates.
    Rademacher,
    /// Webb's six points, for under about 12 clusters.
    Webb,
    /// Webb's under 13 clusters, else ±1.
    #[default]
    Automatic,
}

/// What few clusters say about one effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmallCluster {
    /// The effect.
    pub estimate: f64,
    /// CR2 standard error.
    pub std_error: f64,
    /// Satterthwaite's degrees of freedom.
    pub df: f64,
    /// P value of t on those.
    pub p_value: f64,
    /// Lower end of the interval from t.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// P value of the wild cluster bootstrap with the null imposed.
    pub wild_p_value: f64,
    /// How many clusters there are.
    pub clusters: usize,
}

/// How the bootstrap is run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WildOptions {
    /// Replicates.
    pub replicates: usize,
    /// Weights of clusters.
    pub weights: WildWeights,
    /// Seed.
    pub seed: u64,
    /// Level of the t interval.
    pub level: f64,
}

impl Default for WildOptions {
    fn default() -> Self {
        Self {
            replicates: 9999,
            weights: WildWeights::default(),
            seed: 0,
            level: 0.95,
        }
    }
}

/// Small-cluster inference on `direction·β`.
pub(super) fn small_cluster(
    fit: &Fit,
    direction: &[f64],
    options: &WildOptions,
) -> Result<SmallCluster> {
    let grams = fit.grams.as_ref().ok_or(EstimateError::OutOfRange {
        argument: "cluster",
        requirement: "200 clusters or fewer; with more the usual errors are right",
    })?;
    if fit.clusters < 2 {
        return Err(EstimateError::TooFewGroups {
            found: fit.clusters,
            needed: 2,
        });
    }
    let p = fit.width;
    let estimate = dot(direction, &fit.beta);
    let root = square_root(&fit.bread, p);
    let pulled = times(&root, direction);
    // Each cluster's adjusted rows are X·q with a q of its own.
    let (mut own, mut reach): (Vec<f64>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    let mut variance = 0.0;
    for (gram, score) in grams.iter().zip(fit.scores.chunks_exact(p)) {
        let middle = crate::linear::sandwich(&root, gram, p);
        let (values, vectors) = symmetric_eigen(&middle, p);
        let mut adjusted = vec![0.0; p];
        for (k, value) in values.iter().enumerate() {
            let left = 1.0 - value;
            // A direction that the cluster alone decides cannot be adjusted.
            let factor = if left > 1e-9 {
                left.sqrt().recip()
            } else {
                0.0
            };
            let vector: Vec<f64> = (0..p).map(|i| vectors[i * p + k]).collect();
            let along = factor * dot(&vector, &pulled);
            for (a, v) in adjusted.iter_mut().zip(&vector) {
                *a += along * v;
            }
        }
        let q = times(&root, &adjusted);
        variance += dot(&q, score).powi(2);
        let spread = times(gram, &q);
        own.push(dot(&q, &spread));
        reach.push(spread);
    }
    let (mut trace, mut squares) = (0.0, 0.0);
    let through: Vec<Vec<f64>> = reach.iter().map(|r| times(&fit.bread, r)).collect();
    for (c, a) in reach.iter().enumerate() {
        for (d, b) in through.iter().enumerate() {
            let shared = f64::from(u8::from(c == d)) * own[c] - dot(a, b);
            squares += shared * shared;
            if c == d {
                trace += shared;
            }
        }
    }
    let df = trace * trace / squares;
    let std_error = variance.sqrt();
    let t = StudentsT::new(0.0, 1.0, df).map_err(|_| EstimateError::Singular {
        what: "the small-cluster correction",
        hint: "one cluster alone decides the effect; use more clusters",
    })?;
    let factor = t.inverse_cdf(0.5 + options.level / 2.0);
    Ok(SmallCluster {
        estimate,
        std_error,
        df,
        p_value: 2.0 * t.cdf(-(estimate / std_error).abs()),
        low: estimate - factor * std_error,
        high: estimate + factor * std_error,
        wild_p_value: wild(fit, grams, direction, options),
        clusters: fit.clusters,
    })
}

/// P value of the wild cluster bootstrap of `direction·β = 0`.
fn wild(fit: &Fit, grams: &[Vec<f64>], direction: &[f64], options: &WildOptions) -> f64 {
    let p = fit.width;
    let g = fit.clusters;
    let pull = fit.along(direction);
    let variance = dot(direction, &pull);
    let estimate = dot(direction, &fit.beta);
    // Under the null the coefficients move by `pull·estimate/variance`.
    let shift: Vec<f64> = pull.iter().map(|v| v * estimate / variance).collect();
    let restricted: Vec<Vec<f64>> = grams
        .iter()
        .zip(fit.scores.chunks_exact(p))
        .map(|(gram, score)| {
            let moved = times(gram, &shift);
            score.iter().zip(moved).map(|(s, m)| s + m).collect()
        })
        .collect();
    let numerator: Vec<f64> = restricted.iter().map(|s| dot(&pull, s)).collect();
    let through: Vec<Vec<f64>> = restricted.iter().map(|s| times(&fit.bread, s)).collect();
    let pulled: Vec<Vec<f64>> = grams.iter().map(|gram| times(gram, &pull)).collect();
    let matrix: Vec<f64> = pulled
        .iter()
        .flat_map(|a| through.iter().map(|b| dot(a, b)).collect::<Vec<_>>())
        .collect();
    let statistic = |v: &[f64]| {
        let effect = dot(&numerator, v);
        let spread: f64 = (0..g)
            .map(|c| (v[c] * numerator[c] - dot(&matrix[c * g..(c + 1) * g], v)).powi(2))
            .sum();
        effect.abs() / spread.sqrt()
    };
    let observed = statistic(&vec![1.0; g]) * (1.0 - 1e-9);
    let webb = match options.weights {
        WildWeights::Rademacher => false,
        WildWeights::Webb => true,
        WildWeights::Automatic => g < 13,
    };
    if !webb && g < 31 && 1usize << g <= options.replicates {
        let patterns = 1usize << g;
        let beyond = (0..patterns).filter(|pattern| {
            let v: Vec<f64> = (0..g)
                .map(|c| if pattern >> c & 1 == 1 { 1.0 } else { -1.0 })
                .collect();
            statistic(&v) >= observed
        });
        return beyond.count() as f64 / patterns as f64;
    }
    let mut random = ChaCha8Rng::seed_from_u64(options.seed ^ 0x3ebb_c105_7e25);
    let mut v = vec![0.0; g];
    let mut beyond = 0;
    for _ in 0..options.replicates {
        for weight in &mut v {
            let draw = random.next_u32();
            *weight = if webb {
                let size = [0.5_f64, 1.0, 1.5][((u64::from(draw >> 1) * 3) >> 31) as usize].sqrt();
                if draw & 1 == 1 { size } else { -size }
            } else if draw & 1 == 1 {
                1.0
            } else {
                -1.0
            };
        }
        beyond += usize::from(statistic(&v) >= observed);
    }
    (beyond as f64 + 1.0) / (options.replicates as f64 + 1.0)
}

/// The symmetric square root of a non-negative definite matrix.
fn square_root(matrix: &[f64], p: usize) -> Vec<f64> {
    let (values, vectors) = symmetric_eigen(matrix, p);
    let mut root = vec![0.0; p * p];
    for (k, value) in values.iter().enumerate() {
        let scale = value.max(0.0).sqrt();
        for i in 0..p {
            for j in 0..p {
                root[i * p + j] += scale * vectors[i * p + k] * vectors[j * p + k];
            }
        }
    }
    root
}

/// Eigenvalues and, in columns, eigenvectors of a symmetric matrix, by Jacobi's
/// rotations in a fixed order.
fn symmetric_eigen(matrix: &[f64], p: usize) -> (Vec<f64>, Vec<f64>) {
    let mut a = matrix.to_vec();
    let mut v = vec![0.0; p * p];
    for i in 0..p {
        v[i * p + i] = 1.0;
    }
    let total: f64 = a.iter().map(|x| x * x).sum();
    for _ in 0..60 {
        let mut off = 0.0;
        for i in 0..p {
            for j in 0..i {
                off += a[i * p + j] * a[i * p + j];
            }
        }
        if off <= 1e-30 * total {
            break;
        }
        for i in 0..p {
            for j in i + 1..p {
                rotate(&mut a, &mut v, p, i, j);
            }
        }
    }
    ((0..p).map(|i| a[i * p + i]).collect(), v)
}

/// Makes element (i, j) zero.
fn rotate(a: &mut [f64], v: &mut [f64], p: usize, i: usize, j: usize) {
    let off = a[i * p + j];
    if off == 0.0 {
        return;
    }
    let theta = (a[j * p + j] - a[i * p + i]) / (2.0 * off);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for k in 0..p {
        let (x, y) = (a[k * p + i], a[k * p + j]);
        a[k * p + i] = c * x - s * y;
        a[k * p + j] = s * x + c * y;
    }
    for k in 0..p {
        let (x, y) = (a[i * p + k], a[j * p + k]);
        a[i * p + k] = c * x - s * y;
        a[j * p + k] = s * x + c * y;
        let (x, y) = (v[k * p + i], v[k * p + j]);
        v[k * p + i] = c * x - s * y;
        v[k * p + j] = s * x + c * y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symmetric_matrix_is_put_together_again() {
        let m = [4.0, 1.0, 0.5, 1.0, 3.0, -1.0, 0.5, -1.0, 2.0];
        let root = square_root(&m, 3);
        for i in 0..3 {
            for j in 0..3 {
                let again: f64 = (0..3).map(|k| root[i * 3 + k] * root[k * 3 + j]).sum();
                assert!((again - m[i * 3 + j]).abs() < 1e-13);
            }
        }
    }
}
