//! How long until everyone waiting has been served.
//!
//! A backlog falls by what is supplied and grows by newcomers and by those who
//! come back. Dividing one by the other gives one number of years and hides that
//! all three vary; the simulation here gives the distribution, and the chance that
//! the backlog never empties.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bootstrap::sorted_quantile;
use crate::draws::{gamma, poisson};
use crate::error::{EstimateError, Result, valid_level};
use crate::interval::Interval;

/// A backlog and what moves it, per period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// How many wait at the start.
    pub waiting: f64,
    /// Newcomers expected in a period (Poisson).
    pub inflow: f64,
    /// Places expected in a period (Poisson).
    pub supply: f64,
    /// Chance that somebody served in an earlier period comes back in a period.
    pub loss: f64,
    /// Relative standard deviation of inflow and of supply from period to
    /// period, beyond the Poisson (gamma-distributed): what is not known of them.
    pub spread: f64,
}

/// How many periods the backlog lasts.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueForecast {
    /// Median number of periods; `None` where more than half never empty.
    pub median: Option<f64>,
    /// Interval of the same; an end that is never reached is infinite.
    pub interval: Interval,
    /// Share of runs in which the backlog empties within the periods.
    pub emptied: f64,
    /// Mean number waiting after each period, from period 0.
    pub waiting: Vec<f64>,
    /// Interval of the number waiting after each period.
    pub waiting_interval: Vec<Interval>,
}

/// Simulates `runs` futures of `periods` periods.
///
/// A run's stream is keyed by (seed, run), so the result depends on neither the
/// number of threads nor their order.
///
/// # Errors
/// Numbers that are negative or not finite, a loss outside [0, 1], no periods,
/// fewer than 100 runs, or a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::queue::{Queue, forecast};
/// // A hundred wait, twenty places a year, nobody new: five years.
/// let queue = Queue { waiting: 100.0, inflow: 0.0, supply: 20.0, loss: 0.0, spread: 0.0 };
/// let found = forecast(&queue, 30, 1000, 0.95, 1)?;
/// assert_eq!(found.median, Some(5.0));
/// assert!(found.interval.low >= 3.0 && found.interval.high <= 8.0);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn forecast(
    queue: &Queue,
    periods: usize,
    runs: usize,
    level: f64,
    seed: u64,
) -> Result<QueueForecast> {
    valid_level(level)?;
    let range = |argument, requirement| {
        Err(EstimateError::OutOfRange {
            argument,
            requirement,
        })
    };
    let all = [queue.waiting, queue.inflow, queue.supply, queue.spread];
    if all.iter().any(|v| !(*v >= 0.0 && v.is_finite())) {
        return range(
            "queue",
            "waiting, inflow, supply and spread are zero or more and finite",
        );
    }
    if !(0.0..=1.0).contains(&queue.loss) {
        return Err(EstimateError::BadProbability { argument: "loss" });
    }
    if periods == 0 {
        return range("periods", "a forecast looks at least one period ahead");
    }
    if runs < 100 {
        return range("runs", "fewer than 100 say nothing of the tails");
    }
    let paths: Vec<Vec<f64>> = (0..runs as u64)
        .into_par_iter()
        .map(|run| path(queue, periods, seed, run))
        .collect();
    let tail = (1.0 - level) / 2.0;
    let mut emptied: Vec<f64> = paths
        .iter()
        .map(|p| {
            p.iter()
                .position(|w| *w <= 0.0)
                .map_or(f64::INFINITY, |at| at as f64)
        })
        .collect();
    emptied.sort_unstable_by(f64::total_cmp);
    // Whole periods: an order statistic, since infinities have no mean.
    let order = |p: f64| emptied[((p * runs as f64).ceil() as usize).clamp(1, runs) - 1];
    let mut waiting = Vec::with_capacity(periods + 1);
    let mut waiting_interval = Vec::with_capacity(periods + 1);
    for t in 0..=periods {
        let mut at: Vec<f64> = paths.iter().map(|p| p[t]).collect();
        at.sort_unstable_by(f64::total_cmp);
        waiting.push(at.iter().sum::<f64>() / runs as f64);
        waiting_interval.push(Interval {
            low: sorted_quantile(&at, tail),
            high: sorted_quantile(&at, 1.0 - tail),
        });
    }
    let median = order(0.5);
    Ok(QueueForecast {
        median: median.is_finite().then_some(median),
        interval: Interval {
            low: order(tail),
            high: order(1.0 - tail),
        },
        emptied: emptied.iter().filter(|e| e.is_finite()).count() as f64 / runs as f64,
        waiting,
        waiting_interval,
    })
}

/// The number waiting after each period of one run. Once the backlog is empty
/// those who wait are newcomers served as they come.
fn path(queue: &Queue, periods: usize, seed: u64, run: u64) -> Vec<f64> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&run.to_le_bytes());
    key[16..].copy_from_slice(b"queue-forecast\0\0");
    let mut stream = ChaCha8Rng::from_seed(key);
    let (mut waiting, mut served) = (queue.waiting, 0.0_f64);
    let mut out = vec![waiting];
    for _ in 0..periods {
        let inflow = count(queue.inflow, queue.spread, &mut stream);
        let supply = count(queue.supply, queue.spread, &mut stream);
        let back = count(served * queue.loss, 0.0, &mut stream).min(served);
        waiting += inflow + back;
        let placed = supply.min(waiting);
        served += placed - back;
        waiting -= placed;
        out.push(waiting);
    }
    out
}

/// A count of the given mean whose own mean varies by a gamma distribution.
fn count(mean: f64, spread: f64, stream: &mut ChaCha8Rng) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    let mean = if spread > 0.0 {
        mean * gamma(spread.powi(-2), stream) * spread * spread
    } else {
        mean
    };
    poisson(mean, stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUE: Queue = Queue {
        waiting: 60.0,
        inflow: 10.0,
        supply: 30.0,
        loss: 0.0,
        spread: 0.0,
    };

    #[test]
    fn the_mean_backlog_follows_what_flows_in_and_out() {
        let found = forecast(&QUEUE, 2, 4000, 0.95, 7).unwrap();
        assert_eq!(found.waiting[0], 60.0);
        // Until it empties the backlog falls by 20 a period; error 0.1.
        assert!(
            (found.waiting[1] - 40.0).abs() < 0.5,
            "{}",
            found.waiting[1]
        );
    }

    #[test]
    fn a_supply_below_the_inflow_never_empties_and_says_so() {
        let queue = Queue {
            supply: 5.0,
            ..QUEUE
        };
        let found = forecast(&queue, 30, 500, 0.95, 1).unwrap();
        assert_eq!((found.median, found.emptied), (None, 0.0));
        assert!(found.interval.high.is_infinite());
    }

    #[test]
    fn losing_homes_and_not_knowing_the_supply_make_it_longer_and_less_sure() {
        let years = |queue: Queue| forecast(&queue, 60, 2000, 0.95, 3).unwrap();
        let plain = years(QUEUE);
        let losing = years(Queue {
            loss: 0.15,
            ..QUEUE
        });
        let unsure = years(Queue {
            spread: 0.4,
            ..QUEUE
        });
        assert!(losing.median.unwrap() > plain.median.unwrap());
        let width = |f: &QueueForecast| f.interval.high - f.interval.low;
        assert!(width(&unsure) > width(&plain));
    }

    #[test]
    fn drawn_counts_have_their_mean_and_variance() {
        let mut stream = ChaCha8Rng::seed_from_u64(5);
        let draws: Vec<f64> = (0..20_000).map(|_| count(6.0, 0.5, &mut stream)).collect();
        let mean = draws.iter().sum::<f64>() / 2e4;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 2e4;
        assert!((mean - 6.0).abs() < 0.12, "{mean}");
        // Poisson 6 and gamma (0.5·6)² = 9.
        assert!((variance - 15.0).abs() < 0.8, "{variance}");
    }

    #[test]
    fn nonsense_is_refused() {
        let bad = |queue: Queue| forecast(&queue, 5, 500, 0.95, 1).is_err();
        assert!(bad(Queue {
            waiting: -1.0,
            ..QUEUE
        }));
        assert!(bad(Queue {
            inflow: f64::NAN,
            ..QUEUE
        }));
        assert!(bad(Queue { loss: 1.5, ..QUEUE }));
        assert!(forecast(&QUEUE, 0, 500, 0.95, 1).is_err());
        assert!(forecast(&QUEUE, 5, 5, 0.95, 1).is_err());
    }
}
