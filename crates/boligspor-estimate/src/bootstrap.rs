//! Resampling people without ever holding them together.
//!
//! In the Poisson bootstrap each person is drawn a Poisson(1) number of times,
//! independently of the others, so a replicate is a weighted sum and sums of
//! partitions add up. The weight is a pure function of (seed, person, replicate):
//! neither the order of the rows nor how they were split changes a result.
//!
//! Sources: Chamandy, Muralidharan, Najmi & Naidu (2012), "Estimating
//! uncertainty for massive data streams"; Salmon, Moraes, Dror & Shaw (2011),
//! "Parallel random numbers: as easy as 1, 2, 3" (counter-based generators).

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::error::{EstimateError, Result, all_finite, valid_level};
use crate::interval::Interval;

/// `65536 · P(N <= k)` for `N ~ Poisson(1)`, rounded to integers.
///
/// The rounding happens to leave the mean of the discretised distribution
/// exactly 1 and its variance 1 - 3e-5, so replicates are unbiased.
const THRESHOLDS: [u32; 8] = [
    24_109, 48_219, 60_273, 64_292, 65_296, 65_497, 65_531, 65_535,
];

/// Source of Poisson(1) bootstrap weights keyed by (seed, person, replicate).
///
/// ```
/// use boligspor_estimate::PoissonWeights;
/// let weights = PoissonWeights::new(20_261_122);
/// let mut few = [0; 10];
/// let mut many = [0; 500];
/// weights.fill(7, &mut few);
/// weights.fill(7, &mut many);
/// assert_eq!(few, many[..10]); // more replicates keep the first ones
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoissonWeights {
    seed: u64,
}

impl PoissonWeights {
    /// Weights for one analysis; the same seed gives the same weights.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Writes the weight of the person `key` in replicate `b` to `out[b]`.
    ///
    /// `key` must identify the person in every partition, for example a hash
    /// of their identifier; a row number would tie the draw to the order.
    pub fn fill(&self, key: u64, out: &mut [u8]) {
        self.fill_from(key, 0, out);
    }

    /// As [`fill`](Self::fill), from replicate `first` on: `out[b]` is that of
    /// replicate `first + b`. `first` must be even.
    pub(crate) fn fill_from(self, key: u64, first: usize, out: &mut [u8]) {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&key.to_le_bytes());
        // Keeps this stream apart from any other use of the same seed and key.
        seed[16..].copy_from_slice(b"poisson-weights\0");
        let mut stream = ChaCha8Rng::from_seed(seed);
        stream.set_word_pos(first as u128 / 2);
        for pair in out.chunks_mut(2) {
            let word = stream.next_u32();
            pair[0] = weight(word & 0xffff);
            if let Some(second) = pair.get_mut(1) {
                *second = weight(word >> 16);
            }
        }
    }
}

/// Inverse distribution function at a uniform 16-bit number.
fn weight(uniform: u32) -> u8 {
    THRESHOLDS.iter().map(|&t| u8::from(uniform >= t)).sum()
}

/// The percentile interval of bootstrap `replicates` (which are sorted in place).
///
/// Ends are the `(1 ± level)/2` quantiles by linear interpolation between order
/// statistics (type 7 of Hyndman & Fan 1996). Source: Efron & Tibshirani
/// (1993), *An Introduction to the Bootstrap*, ch. 13.
///
/// # Errors
/// No replicates, a replicate that is not finite, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::percentile_interval;
/// let mut replicates: Vec<f64> = (0..=100).map(f64::from).collect();
/// let interval = percentile_interval(&mut replicates, 0.9)?;
/// assert!((interval.low - 5.0).abs() < 1e-9 && (interval.high - 95.0).abs() < 1e-9);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn percentile_interval(replicates: &mut [f64], level: f64) -> Result<Interval> {
    valid_level(level)?;
    if replicates.is_empty() {
        return Err(EstimateError::Empty {
            argument: "replicates",
        });
    }
    all_finite("replicates", replicates)?;
    replicates.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    Ok(Interval {
        low: sorted_quantile(replicates, tail),
        high: sorted_quantile(replicates, 1.0 - tail),
    })
}

/// The studentised (bootstrap-t) interval.
///
/// `replicates[b]` and `std_errors[b]` are the estimate and its standard error
/// in replicate `b`. The interval is `estimate - q·std_error` with `q` the
/// quantiles of `(replicate - estimate)/replicate's error`: second-order
/// accurate, and the better choice for skewed data such as costs. Source:
/// Efron & Tibshirani (1993), ch. 12. Replicates with an error of zero carry
/// no information on `q` and are left out.
///
/// # Errors
/// Columns of different length, values that are not finite, no replicate with
/// a positive error, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::bootstrap_t_interval;
/// let replicates: Vec<f64> = (-50..=50).map(f64::from).collect();
/// let interval = bootstrap_t_interval(0.0, 2.0, &replicates, &[10.0; 101], 0.9)?;
/// assert!((interval.low + 9.0).abs() < 1e-9 && (interval.high - 9.0).abs() < 1e-9);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn bootstrap_t_interval(
    estimate: f64,
    std_error: f64,
    replicates: &[f64],
    std_errors: &[f64],
    level: f64,
) -> Result<Interval> {
    crate::error::same_length(
        "std_errors",
        std_errors.len(),
        "replicates",
        replicates.len(),
    )?;
    all_finite("std_errors", std_errors)?;
    all_finite("estimate and std_error", &[estimate, std_error])?;
    let mut t: Vec<f64> = replicates
        .iter()
        .zip(std_errors)
        .filter(|(_, se)| **se > 0.0)
        .map(|(replicate, se)| (replicate - estimate) / se)
        .collect();
    let q = percentile_interval(&mut t, level)?;
    Ok(Interval {
        low: estimate - q.high * std_error,
        high: estimate - q.low * std_error,
    })
}

/// Quantile of sorted values, linear between order statistics (type 7).
pub(crate) fn sorted_quantile(sorted: &[f64], p: f64) -> f64 {
    let position = p * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_the_rounded_poisson_distribution_function() {
        let mut term = (-1.0_f64).exp();
        let mut cumulative = 0.0;
        for (k, &threshold) in THRESHOLDS.iter().enumerate() {
            cumulative += term;
            term /= (k + 1) as f64;
            assert!((cumulative * 65_536.0 - f64::from(threshold)).abs() <= 0.5 + 1e-9);
        }
    }

    #[test]
    fn the_discretised_mean_is_exactly_one_and_the_variance_nearly() {
        let (mut sum, mut squares) = (0_u64, 0_u64);
        for uniform in 0..65_536 {
            let w = u64::from(weight(uniform));
            sum += w;
            squares += w * w;
        }
        assert_eq!(sum, 65_536);
        assert!((squares as f64 / 65_536.0 - 2.0).abs() < 4e-5);
    }

    #[test]
    fn weights_depend_on_seed_and_key_and_nothing_else() {
        let fill = |seed, key| {
            let mut out = [0; 64];
            PoissonWeights::new(seed).fill(key, &mut out);
            out
        };
        assert_eq!(fill(1, 2), fill(1, 2));
        assert_ne!(fill(1, 2), fill(2, 1));
        assert_ne!(fill(1, 2), fill(1, 3));
    }

    #[test]
    fn an_odd_number_of_replicates_is_a_prefix_too() {
        let (mut odd, mut even) = ([0; 7], [0; 8]);
        PoissonWeights::new(3).fill(9, &mut odd);
        PoissonWeights::new(3).fill(9, &mut even);
        assert_eq!(odd, even[..7]);
    }

    #[test]
    fn later_replicates_are_found_without_the_earlier_ones() {
        let (mut all, mut later) = ([0; 80], [0; 30]);
        PoissonWeights::new(5).fill(4, &mut all);
        PoissonWeights::new(5).fill_from(4, 32, &mut later);
        assert_eq!(all[32..62], later);
    }

    #[test]
    fn bytes_are_pinned_so_that_published_intervals_can_be_redrawn() {
        let mut out = [0; 24];
        PoissonWeights::new(42).fill(1_000_003, &mut out);
        assert_eq!(out, PINNED);
    }
    const PINNED: [u8; 24] = [
        3, 1, 0, 3, 1, 0, 2, 1, 2, 0, 1, 1, 3, 2, 2, 0, 1, 3, 0, 2, 0, 1, 2, 0,
    ];

    #[test]
    fn drawn_weights_have_mean_and_variance_one_across_people() {
        let weights = PoissonWeights::new(11);
        let mut out = [0; 10];
        let (mut sum, mut squares, mut cross, n) = (0.0, 0.0, 0.0, 20_000_u64);
        for key in 0..n {
            weights.fill(key, &mut out);
            sum += f64::from(out[3]);
            squares += f64::from(out[3]).powi(2);
            cross += f64::from(out[3]) * f64::from(out[4]);
        }
        let n = n as f64;
        // Five standard errors: sd of N is 1, of N² about 3.5, of N·N' about 1.7.
        assert!((sum / n - 1.0).abs() < 5.0 / n.sqrt());
        assert!((squares / n - 2.0).abs() < 17.0 / n.sqrt());
        assert!((cross / n - 1.0).abs() < 9.0 / n.sqrt());
    }

    #[test]
    fn the_interval_of_one_replicate_is_that_replicate() {
        let i = percentile_interval(&mut [4.0], 0.95).unwrap();
        assert_eq!(
            i,
            Interval {
                low: 4.0,
                high: 4.0
            }
        );
    }

    #[test]
    fn replicates_that_are_not_finite_are_refused() {
        assert_eq!(
            percentile_interval(&mut [1.0, f64::NAN], 0.95),
            Err(EstimateError::NotFinite {
                argument: "replicates",
                rows: 1
            })
        );
    }
}
