//! How far two assessors agree beyond what chance would give.
//!
//! Ratings by interview are soft figures. Two people rating the same units apart
//! show how soft: a weighted kappa of 1 is full agreement, of 0 what their
//! marginal habits alone would give.

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result};
use crate::interval::{Interval, normal_quantile_two_sided};

/// How much a disagreement by so many steps still counts as agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KappaWeights {
    /// Only full agreement counts: Cohen (1960).
    None,
    /// `1 - steps/(k - 1)`.
    #[default]
    Linear,
    /// `1 - (steps/(k - 1))²`.
    Quadratic,
}

/// Agreement of two assessors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kappa {
    /// Units both have rated.
    pub n: u64,
    /// Weighted share of agreement.
    pub agreement: f64,
    /// The same by chance, from both assessors' marginal shares.
    pub by_chance: f64,
    /// `(agreement - by_chance)/(1 - by_chance)`; NaN where chance alone agrees fully.
    pub kappa: f64,
    /// Its large-sample standard error.
    pub std_error: f64,
    /// `kappa ± z·std_error`, kept in [-1, 1].
    pub interval: Interval,
}

/// Weighted kappa of two columns of ordered ratings, coded `0..categories`.
///
/// Source: Fleiss, Cohen & Everitt (1969), *Psychological Bulletin* 72,
/// 323–327 (equations 9 and 11), whose large-sample variance this is.
///
/// # Errors
/// Columns of different length or empty, fewer than two categories, a code
/// outside them, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::kappa::{KappaWeights, weighted_kappa};
/// let first = [0, 0, 1, 1, 2, 2];
/// let found = weighted_kappa(&first, &first, 3, KappaWeights::Linear, 0.95)?;
/// assert_eq!((found.agreement, found.kappa), (1.0, 1.0));
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn weighted_kappa(
    first: &[u32],
    second: &[u32],
    categories: usize,
    weights: KappaWeights,
    level: f64,
) -> Result<Kappa> {
    let z = normal_quantile_two_sided(level)?;
    crate::error::same_length("second", second.len(), "first", first.len())?;
    if first.is_empty() {
        return Err(EstimateError::Empty { argument: "first" });
    }
    if categories < 2 {
        return Err(EstimateError::OutOfRange {
            argument: "categories",
            requirement: "ratings take at least two values",
        });
    }
    let outside = |column: &[u32]| column.iter().filter(|c| **c as usize >= categories).count();
    let rows = outside(first) + outside(second);
    if rows > 0 {
        return Err(EstimateError::UnknownCode {
            argument: "first",
            rows,
            known: categories,
            hint: "code ratings 0, 1, … in order",
        });
    }
    let n = first.len() as f64;
    let k = categories;
    let mut joint = vec![0.0; k * k];
    for (a, b) in first.iter().zip(second) {
        joint[*a as usize * k + *b as usize] += 1.0 / n;
    }
    let rows: Vec<f64> = (0..k)
        .map(|i| joint[i * k..(i + 1) * k].iter().sum())
        .collect();
    let columns: Vec<f64> = (0..k)
        .map(|j| (0..k).map(|i| joint[i * k + j]).sum())
        .collect();
    let weight = |i: usize, j: usize| {
        let steps = i.abs_diff(j) as f64 / (k - 1) as f64;
        match weights {
            KappaWeights::None => f64::from(u8::from(i == j)),
            KappaWeights::Linear => 1.0 - steps,
            KappaWeights::Quadratic => 1.0 - steps * steps,
        }
    };
    let (mut agreement, mut by_chance) = (0.0, 0.0);
    for i in 0..k {
        for j in 0..k {
            agreement += weight(i, j) * joint[i * k + j];
            by_chance += weight(i, j) * rows[i] * columns[j];
        }
    }
    let kappa = (agreement - by_chance) / (1.0 - by_chance);
    // Mean weight of each assessor's rating against the other's habits.
    let of_row: Vec<f64> = (0..k)
        .map(|i| (0..k).map(|j| columns[j] * weight(i, j)).sum())
        .collect();
    let of_column: Vec<f64> = (0..k)
        .map(|j| (0..k).map(|i| rows[i] * weight(i, j)).sum())
        .collect();
    let mut sum = 0.0;
    for i in 0..k {
        for j in 0..k {
            let term =
                weight(i, j) * (1.0 - by_chance) - (of_row[i] + of_column[j]) * (1.0 - agreement);
            sum += joint[i * k + j] * term * term;
        }
    }
    let tail = agreement * by_chance - 2.0 * by_chance + agreement;
    let variance = (sum - tail * tail).max(0.0) / (n * (1.0 - by_chance).powi(4));
    let std_error = variance.sqrt();
    Ok(Kappa {
        n: first.len() as u64,
        agreement,
        by_chance,
        kappa,
        std_error,
        interval: Interval {
            low: (kappa - z * std_error).max(-1.0),
            high: (kappa + z * std_error).min(1.0),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of a square table of counts.
    fn spread(table: &[&[u32]]) -> (Vec<u32>, Vec<u32>) {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (i, row) in table.iter().enumerate() {
            for (j, &n) in row.iter().enumerate() {
                for _ in 0..n {
                    first.push(i as u32);
                    second.push(j as u32);
                }
            }
        }
        (first, second)
    }

    #[test]
    fn a_two_by_two_table_has_cohens_kappa_by_hand() {
        // 20 + 15 of 50 agree: p = 0.7; by chance 0.5·0.6 + 0.5·0.4 = 0.5.
        let (a, b) = spread(&[&[20, 5], &[10, 15]]);
        let found = weighted_kappa(&a, &b, 2, KappaWeights::None, 0.95).unwrap();
        assert!((found.kappa - 0.4).abs() < 1e-12);
        // With two categories every weighting is the same.
        let linear = weighted_kappa(&a, &b, 2, KappaWeights::Linear, 0.95).unwrap();
        assert!((linear.kappa - 0.4).abs() < 1e-12);
        assert!((linear.std_error - found.std_error).abs() < 1e-12);
    }

    #[test]
    fn the_standard_error_is_that_of_the_jackknife_in_large_samples() {
        let (a, b) = spread(&[&[88, 14, 18], &[10, 40, 10], &[2, 6, 12]]);
        let found = weighted_kappa(&a, &b, 3, KappaWeights::Linear, 0.95).unwrap();
        let n = a.len() as f64;
        let without: Vec<f64> = (0..a.len())
            .map(|i| {
                let drop = |c: &[u32]| [&c[..i], &c[i + 1..]].concat();
                weighted_kappa(&drop(&a), &drop(&b), 3, KappaWeights::Linear, 0.95)
                    .unwrap()
                    .kappa
            })
            .collect();
        let mean = without.iter().sum::<f64>() / n;
        let squares: f64 = without.iter().map(|k| (k - mean).powi(2)).sum();
        let jackknife = ((n - 1.0) / n * squares).sqrt();
        assert!((found.std_error / jackknife - 1.0).abs() < 0.02);
    }

    #[test]
    fn opposite_ratings_disagree_and_constant_ones_say_nothing() {
        let found = weighted_kappa(&[0, 2], &[2, 0], 3, KappaWeights::Quadratic, 0.95).unwrap();
        assert_eq!(found.kappa, -1.0);
        let constant = weighted_kappa(&[1, 1], &[1, 1], 3, KappaWeights::Linear, 0.95).unwrap();
        assert!(constant.kappa.is_nan());
        assert!(weighted_kappa(&[3], &[0], 3, KappaWeights::Linear, 0.95).is_err());
        assert!(weighted_kappa(&[], &[], 3, KappaWeights::Linear, 0.95).is_err());
    }
}
