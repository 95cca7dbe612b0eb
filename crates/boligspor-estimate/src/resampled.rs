//! Funnel limits for means of skewed quantities, such as costs.
//!
//! No distribution fits the cost of homelessness: many zeros, a long tail. What a
//! unit of `n` people would show if its people were like everybody else's is
//! found by drawing `n` of everybody's residuals, again and again.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

use crate::bootstrap::percentile_interval;
use crate::error::{EstimateError, Result, all_finite, valid_level};
use crate::interval::Interval;

/// Limits of the mean residual of a unit of each size, at each level.
///
/// `residuals` are everybody's amounts less what their case mix leads to expect,
/// pooled over units; they are centred here. Each of `draws` replicates draws
/// people with replacement and notes the mean after each size, so that the
/// limits of all sizes cost no more than those of the largest. The result has
/// one row per size, one interval per level.
///
/// A replicate's stream is keyed by (seed, replicate): the result depends on
/// neither the order of sizes nor the number of threads. At 99.8 % fewer than
/// some 2,000 draws leave the limits rough. Source: resampling from a pooled
/// null distribution, Davison & Hinkley (1997), *Bootstrap Methods and Their
/// Application*, §4.4.
///
/// # Errors
/// Fewer than two residuals, values not finite, a size of 0, fewer than 100
/// draws, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::resampled::resampled_limits;
/// let residuals: Vec<f64> = (0..1000).map(|i| f64::from(i % 2) * 2.0 - 1.0).collect();
/// let limits = resampled_limits(&residuals, &[1, 100], &[0.95], 4000, 1)?;
/// assert_eq!((limits[0][0].low, limits[0][0].high), (-1.0, 1.0));
/// assert!((limits[1][0].high - 0.196).abs() < 0.03); // 1.96/sqrt(100)
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn resampled_limits(
    residuals: &[f64],
    sizes: &[u64],
    levels: &[f64],
    draws: usize,
    seed: u64,
) -> Result<Vec<Vec<Interval>>> {
    all_finite("residuals", residuals)?;
    for &level in levels {
        valid_level(level)?;
    }
    let range = |argument, requirement| {
        Err(EstimateError::OutOfRange {
            argument,
            requirement,
        })
    };
    if residuals.len() < 2 || u32::try_from(residuals.len()).is_err() {
        return range(
            "residuals",
            "at least two, and fewer than 2³², are drawn from",
        );
    }
    if sizes.contains(&0) {
        return range("sizes", "a unit of nobody has no mean");
    }
    if draws < 100 {
        return range("draws", "fewer than 100 say nothing of the tails");
    }
    let centre = residuals.iter().sum::<f64>() / residuals.len() as f64;
    let mut stops: Vec<u64> = sizes.to_vec();
    stops.sort_unstable();
    stops.dedup();
    let replicates: Vec<Vec<f64>> = (0..draws as u64)
        .into_par_iter()
        .map(|b| means_at(residuals, centre, &stops, seed, b))
        .collect();
    let by_stop: Vec<Vec<Interval>> = (0..stops.len())
        .into_par_iter()
        .map(|s| {
            let mut means: Vec<f64> = replicates.iter().map(|r| r[s]).collect();
            levels
                .iter()
                .map(|&level| percentile_interval(&mut means, level))
                .collect()
        })
        .collect::<Result<_>>()?;
    Ok(sizes
        .iter()
        .map(|n| by_stop[stops.partition_point(|s| s < n)].clone())
        .collect())
}

/// The mean of one stream of draws after each stop.
fn means_at(residuals: &[f64], centre: f64, stops: &[u64], seed: u64, replicate: u64) -> Vec<f64> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&replicate.to_le_bytes());
    key[16..].copy_from_slice(b"pooled-residuals");
    let mut stream = ChaCha8Rng::from_seed(key);
    let n = residuals.len() as u64;
    let (mut sum, mut drawn) = (0.0, 0);
    stops
        .iter()
        .map(|&stop| {
            while drawn < stop {
                // Lemire's multiplication: a bias of at most n/2³².
                let index = (u64::from(stream.next_u32()) * n) >> 32;
                sum += residuals[index as usize] - centre;
                drawn += 1;
            }
            sum / drawn as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_do_not_depend_on_which_other_sizes_are_asked_for() {
        let residuals: Vec<f64> = (0..50).map(|i| f64::from(i * i)).collect();
        let alone = resampled_limits(&residuals, &[7], &[0.95], 500, 3).unwrap();
        let among = resampled_limits(&residuals, &[30, 7, 7, 2], &[0.95], 500, 3).unwrap();
        assert_eq!(alone[0], among[1]);
        assert_eq!(among[1], among[2]);
    }

    #[test]
    fn a_skewed_quantity_has_skewed_limits_that_hold_their_level() {
        // Nine in ten cost nothing: with n = 10 the count of the tenth is
        // binomial(10, 0.1), of whom more than 3 has probability 0.0128.
        let residuals: Vec<f64> = (0..1000)
            .map(|i| if i % 10 == 0 { 10.0 } else { 0.0 })
            .collect();
        let limits = resampled_limits(&residuals, &[10], &[0.95], 20_000, 11).unwrap();
        assert_eq!(limits[0][0].low, -1.0);
        assert!((limits[0][0].high - 2.0).abs() < 1e-9);
    }

    #[test]
    fn impossible_requests_are_refused() {
        assert!(resampled_limits(&[1.0], &[3], &[0.95], 500, 1).is_err());
        assert!(resampled_limits(&[1.0, 2.0], &[0], &[0.95], 500, 1).is_err());
        assert!(resampled_limits(&[1.0, 2.0], &[1], &[0.95], 5, 1).is_err());
        assert!(resampled_limits(&[1.0, f64::NAN], &[1], &[0.95], 500, 1).is_err());
        assert!(resampled_limits(&[1.0, 2.0], &[1], &[95.0], 500, 1).is_err());
    }
}
