//! How unevenly amounts are spread: the median, and what the dearest cost.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, DiscreteCDF};

use crate::bootstrap::{PoissonWeights, percentile_interval, sorted_quantile};
use crate::error::{EstimateError, Result, all_finite, valid_level};
use crate::interval::Interval;

/// A median with its distribution-free interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Median {
    /// The median.
    pub estimate: f64,
    /// Lower end: an order statistic.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The median of people's amounts, with the interval between two order
/// statistics that holds it with at least `level`, by the binomial distribution.
///
/// Ends are infinite where there are too few people. Source: David & Nagaraja
/// (2003), *Order Statistics*, §7.1.
///
/// # Errors
/// No values, values that are not finite, a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::mean_interval::median_interval;
/// let values: Vec<f64> = (1..=10).map(f64::from).collect();
/// let median = median_interval(&values, 0.95)?;
/// // P(2 ≤ Binomial(10, 1/2) ≤ 8) = 0.979: the second and the ninth.
/// assert_eq!((median.estimate, median.low, median.high), (5.5, 2.0, 9.0));
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn median_interval(values: &[f64], level: f64) -> Result<Median> {
    let sorted = sorted(values)?;
    valid_level(level)?;
    let n = sorted.len();
    let binomial = Binomial::new(0.5, n as u64).map_err(|_| EstimateError::BadLevel)?;
    let tail = (1.0 - level) / 2.0;
    // The largest k with P(fewer than k below the median) at most the tail.
    let mut k = 0;
    while k < n / 2 && binomial.cdf(k as u64) <= tail {
        k += 1;
    }
    let (low, high) = if k == 0 {
        (f64::NEG_INFINITY, f64::INFINITY)
    } else {
        (sorted[k - 1], sorted[n - k])
    };
    Ok(Median {
        estimate: sorted_quantile(&sorted, 0.5),
        low,
        high,
    })
}

/// Which share of all money the dearest people cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Concentration {
    /// The share of people, from the dearest.
    pub top: f64,
    /// Their share of the money.
    pub share: f64,
    /// Its percentile bootstrap interval.
    pub interval: Interval,
}

/// The share of all money that the dearest `top` of people cost.
///
/// A person on the border counts in part, so that exactly `top` of the people
/// are counted. `person` are keys as in
/// [`MeanData`](super::MeanData); row numbers without.
///
/// # Errors
/// No values, values that are negative or not finite, `top` outside (0, 1),
/// nothing spent, under 100 replicates, a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::mean_interval::concentration;
/// let costs = [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 20.0, 100.0];
/// let found = concentration(&costs, None, 0.1, 999, 1, 0.95)?;
/// assert_eq!(found.share, 0.5);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn concentration(
    values: &[f64],
    person: Option<&[u64]>,
    top: f64,
    replicates: usize,
    seed: u64,
    level: f64,
) -> Result<Concentration> {
    sorted(values)?;
    valid_level(level)?;
    let rows = values.iter().filter(|v| **v < 0.0).count();
    if rows > 0 {
        return Err(EstimateError::Negative {
            argument: "values",
            rows,
        });
    }
    if let Some(person) = person {
        crate::error::same_length("person", person.len(), "values", values.len())?;
    }
    if !(top > 0.0 && top < 1.0) {
        return Err(EstimateError::BadProbability { argument: "top" });
    }
    if replicates < 100 {
        return Err(EstimateError::OutOfRange {
            argument: "replicates",
            requirement: "at least 100 for an interval",
        });
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let weights = PoissonWeights::new(seed);
    let mut drawn = vec![0; replicates];
    let (mut people, mut money) = (vec![0.0; replicates], vec![0.0; replicates]);
    let mut each = |visit: &mut dyn FnMut(usize, f64, f64)| {
        for &row in &order {
            weights.fill(person.map_or(row as u64, |p| p[row]), &mut drawn);
            for (b, weight) in drawn.iter().enumerate() {
                if *weight > 0 {
                    visit(b, f64::from(*weight), values[row]);
                }
            }
        }
    };
    each(&mut |b, weight, value| {
        people[b] += weight;
        money[b] += weight * value;
    });
    let mut left: Vec<f64> = people.iter().map(|n| top * n).collect();
    let mut dear = vec![0.0; replicates];
    each(&mut |b, weight, value| {
        let taken = weight.min(left[b]);
        dear[b] += taken * value;
        left[b] -= taken;
    });
    let mut shares: Vec<f64> = (dear.iter().zip(&money))
        .filter(|(_, money)| **money > 0.0)
        .map(|(dear, money)| dear / money)
        .collect();
    let total: f64 = values.iter().sum();
    if total <= 0.0 || shares.is_empty() {
        return Err(EstimateError::OutOfRange {
            argument: "values",
            requirement: "at least one must be greater than zero",
        });
    }
    let (mut room, mut spent) = (top * values.len() as f64, 0.0);
    for &row in &order {
        let taken = room.min(1.0);
        spent += taken * values[row];
        room -= taken;
    }
    Ok(Concentration {
        top,
        share: spent / total,
        interval: percentile_interval(&mut shares, level)?,
    })
}

fn sorted(values: &[f64]) -> Result<Vec<f64>> {
    if values.is_empty() {
        return Err(EstimateError::Empty { argument: "values" });
    }
    all_finite("values", values)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(sorted)
}
