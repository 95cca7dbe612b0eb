//! Critical values that hold for several estimates at once.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

use crate::interval::normal_quantile;
use crate::linear::Ldl;

use super::influence::Spread;

const DRAWS: usize = 20_000;
/// Draws from one stream of random numbers; streams are drawn side by side.
const STREAM: usize = 1_000;
/// Fraction of a diagonal element under which a deviation is rounding error.
const NOTHING: f64 = 1e-24;

/// Standard errors of targets, and the factor of their simultaneous band.
pub(super) struct Errors {
    pub(super) std_error: Vec<f64>,
    pub(super) critical: f64,
}

/// Errors and band at a confidence level: from the replicates if there are
/// any, else analytic with a band simulated from the covariance.
///
/// A target without spread (a base period) has no error and no part in the band.
pub(super) fn errors(spread: &Spread, banded: &[bool], level: f64, seed: u64) -> Errors {
    let k = spread.targets;
    let varies: Vec<bool> = (0..k)
        .map(|t| spread.covariance[t * k + t] > NOTHING * largest(spread))
        .collect();
    let mut std_error: Vec<f64> = (0..k)
        .map(|t| {
            if varies[t] {
                spread.std_error(t)
            } else {
                f64::NAN
            }
        })
        .collect();
    let pointwise = normal_quantile(0.5 + level / 2.0);
    let members: Vec<usize> = (0..k).filter(|t| varies[*t] && banded[*t]).collect();
    let mut peaks: Vec<f64> = match &spread.replicates {
        Some(replicates) => {
            // R's scale: the interquartile range, robust to stray replicates.
            let quartiles = normal_quantile(0.75) - normal_quantile(0.25);
            for t in (0..k).filter(|t| varies[*t]) {
                let mut column: Vec<f64> = replicates.chunks_exact(k).map(|row| row[t]).collect();
                column.sort_unstable_by(f64::total_cmp);
                std_error[t] =
                    (inverse_cdf(&column, 0.75) - inverse_cdf(&column, 0.25)) / quartiles;
            }
            replicates
                .chunks_exact(k)
                .map(|row| {
                    members
                        .iter()
                        .map(|&t| (row[t] / std_error[t]).abs())
                        .fold(0.0, f64::max)
                })
                .filter(|peak| peak.is_finite())
                .collect()
        }
        None => simulated(spread, &members, seed),
    };
    peaks.par_sort_unstable_by(f64::total_cmp);
    let critical = if members.len() < 2 || peaks.is_empty() {
        pointwise
    } else {
        inverse_cdf(&peaks, level).max(pointwise)
    };
    Errors {
        std_error,
        critical,
    }
}

fn largest(spread: &Spread) -> f64 {
    let k = spread.targets;
    (0..k)
        .map(|t| spread.covariance[t * k + t])
        .fold(0.0, f64::max)
}

/// The quantile of type 1 of Hyndman & Fan (1996), as R's did takes it.
fn inverse_cdf(sorted: &[f64], p: f64) -> f64 {
    let n = sorted.len();
    let rank = (p * n as f64 - 1e-9).ceil() as usize;
    sorted[rank.clamp(1, n) - 1]
}

/// Largest absolute deviations of normal draws with the targets' correlation
/// (the sup-t band of Montiel Olea & Plagborg-Møller 2019).
fn simulated(spread: &Spread, members: &[usize], seed: u64) -> Vec<f64> {
    let (k, m) = (spread.targets, members.len());
    if m < 2 {
        return Vec::new();
    }
    let mut correlation = vec![0.0; m * m];
    for (a, &i) in members.iter().enumerate() {
        for (b, &j) in members.iter().enumerate().take(a + 1) {
            correlation[a * m + b] =
                spread.covariance[i * k + j] / (spread.std_error(i) * spread.std_error(j));
        }
    }
    let root = Ldl::of(&correlation, m).root();
    (0..DRAWS / STREAM)
        .into_par_iter()
        .flat_map_iter(|stream| {
            let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed_0fba_0d00);
            random.set_stream(stream as u64);
            let mut z = vec![0.0; m + 1];
            let root = &root;
            (0..STREAM).map(move |_| {
                for pair in z.chunks_mut(2) {
                    let (a, b) = normal_pair(&mut random);
                    pair[0] = a;
                    if let Some(second) = pair.get_mut(1) {
                        *second = b;
                    }
                }
                (0..m)
                    .map(|a| crate::linear::dot(&root[a * m..=a * m + a], &z).abs())
                    .fold(0.0, f64::max)
            })
        })
        .collect()
}

/// Two standard normal numbers by Box & Muller's method.
pub(super) fn normal_pair(random: &mut impl Rng) -> (f64, f64) {
    let unit = |bits: u64| ((bits >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    let radius = (-2.0 * unit(random.next_u64()).ln()).sqrt();
    let (sin, cos) = (2.0 * std::f64::consts::PI * unit(random.next_u64())).sin_cos();
    (radius * cos, radius * sin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_targets_need_sidaks_factor() {
        // (1 - 2Φ(-c))⁴ = 0.95 at c = 2.4909.
        let mut covariance = vec![0.0; 16];
        for t in 0..4 {
            covariance[t * 4 + t] = 4.0;
        }
        let spread = Spread {
            targets: 4,
            covariance,
            replicates: None,
        };
        let found = errors(&spread, &[true; 4], 0.95, 1);
        assert!((found.critical - 2.4909).abs() < 0.03, "{}", found.critical);
        assert_eq!(found.std_error, [2.0; 4]);
    }

    #[test]
    fn targets_that_move_as_one_need_the_pointwise_factor() {
        let spread = Spread {
            targets: 2,
            covariance: vec![1.0; 4],
            replicates: None,
        };
        let found = errors(&spread, &[true; 2], 0.95, 1);
        assert!((found.critical - 1.96).abs() < 0.03);
    }
}
