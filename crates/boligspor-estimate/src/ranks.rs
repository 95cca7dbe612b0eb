//! Places in a league table, with what is not known about them.
//!
//! A place is the least certain of figures: it depends on everybody's. The
//! intervals here hold for all units at once, so that one may look for the
//! surprising ones and still be right; a unit whose interval covers most places
//! cannot be ranked, and says so.
//!
//! Sources: Mogstad, Romano, Shaikh & Wilhelm (2024), *Review of Economic
//! Studies* 91, 476–518 (simultaneous rank intervals from all pairwise
//! differences); Goldstein & Spiegelhalter (1996), *JRSS A* 159, 385–443, on why
//! places need them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use crate::draws::normal;
use crate::error::{EstimateError, Result, all_finite, same_length, valid_level};

/// A unit's place among all, the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rank {
    /// Place by the estimates alone; equal estimates share the better place.
    pub rank: usize,
    /// Best place that the data allow, simultaneously for all units.
    pub low: usize,
    /// Worst such place.
    pub high: usize,
    /// Probability of being among the quarter with the largest true values.
    pub in_top_quarter: f64,
    /// Probability of being among the quarter with the smallest.
    pub in_bottom_quarter: f64,
    /// Whether the interval covers at most half of all places.
    pub rankable: bool,
}

/// Ranks units by estimates with independent normal errors.
///
/// Two units are told apart where their difference exceeds `c` times its error,
/// with `c` the `level` quantile of the largest standardised difference of any
/// pair under no differences at all, found by `draws` simulations. A unit's best
/// place is one more than the number of units surely above it. Probabilities of
/// quarters are over the same draws around the estimates: give shrunken estimates
/// to have them account for regression to the mean.
///
/// # Errors
/// Slices of different length, fewer than two units, errors that are not
/// positive, values that are not finite, a level outside (0, 1), or fewer than
/// 100 draws.
///
/// ```
/// use boligspor_estimate::ranks::rank_intervals;
/// let ranks = rank_intervals(&[1.0, 9.0, 1.2, 0.8], &[0.5; 4], 0.95, 2000, 1)?;
/// assert_eq!((ranks[1].rank, ranks[1].low, ranks[1].high), (1, 1, 1));
/// assert!(!ranks[0].rankable); // anywhere from second to fourth
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn rank_intervals(
    estimates: &[f64],
    std_errors: &[f64],
    level: f64,
    draws: usize,
    seed: u64,
) -> Result<Vec<Rank>> {
    valid_level(level)?;
    same_length("std_errors", std_errors.len(), "estimates", estimates.len())?;
    all_finite("estimates", estimates)?;
    all_finite("std_errors", std_errors)?;
    let n = estimates.len();
    if n < 2 {
        return Err(EstimateError::TooFewGroups {
            found: n,
            needed: 2,
        });
    }
    let range = |argument, requirement| {
        Err(EstimateError::OutOfRange {
            argument,
            requirement,
        })
    };
    if std_errors.iter().any(|s| *s <= 0.0) {
        return range(
            "std_errors",
            "each must be positive; a figure without error has its place",
        );
    }
    if draws < 100 {
        return range("draws", "fewer than 100 say nothing of the tails");
    }

    let quarter = (n as f64 / 4.0).round().max(1.0) as usize;
    let (mut top, mut bottom) = (vec![0_u32; n], vec![0_u32; n]);
    let mut largest = Vec::with_capacity(draws);
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    let mut noise = vec![0.0; n];
    let mut order: Vec<usize> = (0..n).collect();
    for _ in 0..draws {
        for (e, s) in noise.iter_mut().zip(std_errors) {
            *e = s * normal(&mut stream);
        }
        largest.push(largest_difference(&noise, std_errors));
        let value = |i: usize| estimates[i] + noise[i];
        order.sort_unstable_by(|a, b| value(*b).total_cmp(&value(*a)));
        for &i in &order[..quarter] {
            top[i] += 1;
        }
        for &i in &order[n - quarter..] {
            bottom[i] += 1;
        }
    }
    largest.sort_unstable_by(f64::total_cmp);
    let critical = largest[((level * draws as f64).ceil() as usize).clamp(1, draws) - 1];

    let surely_above = |a: usize, b: usize| {
        estimates[a] - estimates[b] > critical * std_errors[a].hypot(std_errors[b])
    };
    let share = |count: u32| f64::from(count) / draws as f64;
    Ok((0..n)
        .map(|i| {
            let above = (0..n).filter(|&k| surely_above(k, i)).count();
            let below = (0..n).filter(|&k| surely_above(i, k)).count();
            Rank {
                rank: 1 + estimates.iter().filter(|e| **e > estimates[i]).count(),
                low: 1 + above,
                high: n - below,
                in_top_quarter: share(top[i]),
                in_bottom_quarter: share(bottom[i]),
                rankable: 2 * (n - below - above) <= n,
            }
        })
        .collect())
}

/// The largest standardised difference between any two units.
fn largest_difference(noise: &[f64], std_errors: &[f64]) -> f64 {
    let mut largest = 0.0_f64;
    for (i, (a, s)) in noise.iter().zip(std_errors).enumerate() {
        for (b, r) in noise[..i].iter().zip(std_errors) {
            largest = largest.max((a - b).abs() / s.hypot(*r));
        }
    }
    largest
}

/// A standard normal draw, by inversion of 53 uniform bits.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_apart_units_have_their_places_and_close_ones_share() {
        let ranks = rank_intervals(&[50.0, 10.0, 10.1, -30.0], &[1.0; 4], 0.95, 1000, 7).unwrap();
        assert_eq!((ranks[0].low, ranks[0].high), (1, 1));
        assert_eq!((ranks[3].low, ranks[3].high), (4, 4));
        assert_eq!((ranks[1].low, ranks[1].high), (2, 3));
        assert_eq!((ranks[1].rank, ranks[2].rank), (3, 2));
        assert_eq!(
            (ranks[0].in_top_quarter, ranks[3].in_bottom_quarter),
            (1.0, 1.0)
        );
    }

    #[test]
    fn equal_units_cannot_be_ranked_and_share_the_quarters_evenly() {
        let ranks = rank_intervals(&[1.0; 8], &[1.0; 8], 0.95, 4000, 3).unwrap();
        for rank in ranks {
            assert_eq!(
                (rank.rank, rank.low, rank.high, rank.rankable),
                (1, 1, 8, false)
            );
            assert!((rank.in_top_quarter - 0.25).abs() < 0.04);
        }
    }

    #[test]
    fn the_critical_value_of_two_units_is_the_normal_one() {
        // One pair: told apart just beyond 1.96 errors of the difference.
        let error = 2.0_f64.sqrt();
        let apart = rank_intervals(&[2.05 * error, 0.0], &[1.0; 2], 0.95, 20_000, 5).unwrap();
        let close = rank_intervals(&[1.87 * error, 0.0], &[1.0; 2], 0.95, 20_000, 5).unwrap();
        assert_eq!(apart[0].high, 1);
        assert_eq!(close[0].high, 2);
    }

    #[test]
    fn simultaneous_intervals_hold_for_all_units_as_often_as_they_say() {
        let truth: Vec<f64> = (0..6).map(|i| f64::from(i) * 0.8).collect();
        let mut stream = ChaCha8Rng::seed_from_u64(11);
        let mut held = 0;
        for seed in 0..200 {
            let estimates: Vec<f64> = truth.iter().map(|t| t + normal(&mut stream)).collect();
            let ranks = rank_intervals(&estimates, &[1.0; 6], 0.9, 400, seed).unwrap();
            let all = ranks
                .iter()
                .enumerate()
                .all(|(i, r)| (r.low..=r.high).contains(&(6 - i)));
            held += i32::from(all);
        }
        assert!(held >= 176, "{held}"); // 90 % of 200 less three standard errors
    }

    #[test]
    fn the_same_seed_gives_the_same_ranks() {
        let run = || rank_intervals(&[1.0, 2.0, 3.0], &[1.0, 0.5, 2.0], 0.95, 500, 9).unwrap();
        assert_eq!(run(), run());
    }
}
