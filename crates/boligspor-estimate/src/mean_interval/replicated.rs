//! A mean as a bootstrap knows it, and sums and differences of such means.

use super::MeanMethod;
use crate::bootstrap::{bootstrap_t_interval, percentile_interval, sorted_quantile};
use crate::error::{Result, valid_level};
use crate::interval::{Interval, normal_quantile, normal_quantile_two_sided};

/// People from whom on a normal interval may do.
const MANY: usize = 200;
/// Replicates without which no interval is read off them.
const ENOUGH: usize = 40;

/// A mean with its linearised standard error, in the people and in each replicate.
///
/// Made of sums that were observed anywhere and merged; two of the same people
/// under the same weights can be combined.
///
/// ```
/// use boligspor_estimate::mean_interval::{MeanMethod, MeanSums, Person, ReplicatedMean};
/// let mut sums = MeanSums::new(1, 499);
/// for key in 0..60 {
///     sums.observe(key, Person { amount: (key % 7) as f64, weight: 1.0 });
/// }
/// let mean = ReplicatedMean {
///     estimate: sums.mean().0,
///     std_error: sums.mean().1,
///     people: 60,
///     skewness: 0.1,
///     replicates: sums.replicates(),
/// };
/// let interval = mean.interval(MeanMethod::BootstrapT, 0.95)?.unwrap();
/// assert!(interval.low < mean.estimate && mean.estimate < interval.high);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ReplicatedMean {
    /// The mean.
    pub estimate: f64,
    /// Its linearised standard error.
    pub std_error: f64,
    /// How many people it is of.
    pub people: usize,
    /// The skewness of their deviations.
    pub skewness: f64,
    /// Mean and standard error in each replicate; not finite where it has too few people.
    pub replicates: Vec<(f64, f64)>,
}

impl ReplicatedMean {
    /// Whether a normal interval covers nearly as it says: 200 people, and 25
    /// times their squared skewness (Cochran 1977, §2.15).
    pub fn nearly_normal(&self) -> bool {
        nearly_normal(self.people, self.skewness)
    }

    /// The interval; none for fewer than two people, or where under half of the
    /// replicates, or under 40, have enough people to speak.
    ///
    /// # Errors
    /// A level outside (0, 1).
    pub fn interval(&self, method: MeanMethod, level: f64) -> Result<Option<Interval>> {
        valid_level(level)?;
        if self.people < 2 || !self.estimate.is_finite() || !self.std_error.is_finite() {
            return Ok(None);
        }
        let method = self.settled(method);
        if method == MeanMethod::Normal {
            return normal(self.estimate, self.std_error, level).map(Some);
        }
        let usable = |r: &&(f64, f64)| r.0.is_finite() && r.1.is_finite();
        let (means, errors): (Vec<f64>, Vec<f64>) =
            self.replicates.iter().filter(usable).copied().unzip();
        let needed = ENOUGH.max(self.replicates.len().div_ceil(2));
        let studentised = method == MeanMethod::BootstrapT && self.std_error > 0.0;
        let speaks = errors.iter().filter(|e| !studentised || **e > 0.0).count();
        if speaks < needed {
            return Ok(None);
        }
        let acceleration = self.skewness / (6.0 * (self.people as f64).sqrt());
        let (of, error) = (self.estimate, self.std_error);
        bootstrapped(method, level, of, error, means, &errors, acceleration).map(Some)
    }

    /// What [`MeanMethod::Auto`] stands for here; any other is itself.
    pub fn settled(&self, method: MeanMethod) -> MeanMethod {
        method.settled(self.people, self.skewness)
    }

    /// `Σ factor · mean` of means of the same people under the same weights.
    ///
    /// How the means go together is taken from their replicates, and held in every
    /// replicate; that keeps the sums needed few. Its skewness is read off the
    /// replicates too.
    pub fn combination(terms: &[(f64, &Self)]) -> Self {
        let replicates = terms.iter().map(|t| t.1.replicates.len()).min();
        let replicates = replicates.unwrap_or(0);
        let correlation = correlations(terms, replicates);
        let error = |errors: &dyn Fn(usize) -> f64| {
            let mut variance = 0.0;
            for (j, (a, _)) in terms.iter().enumerate() {
                for (k, (b, _)) in terms.iter().enumerate() {
                    variance += a * b * correlation[j][k] * errors(j) * errors(k);
                }
            }
            variance.max(0.0).sqrt()
        };
        let drawn: Vec<(f64, f64)> = (0..replicates)
            .map(|b| {
                let mean = terms.iter().map(|(a, t)| a * t.replicates[b].0).sum();
                (mean, error(&|j| terms[j].1.replicates[b].1))
            })
            .collect();
        let people = terms.iter().map(|t| t.1.people).min().unwrap_or(0);
        Self {
            estimate: terms.iter().map(|(a, t)| a * t.estimate).sum(),
            std_error: error(&|j| terms[j].1.std_error),
            people,
            skewness: skewness(&drawn) * (people as f64).sqrt(),
            replicates: drawn,
        }
    }
}

/// How the replicates of each pair of means go together.
fn correlations(terms: &[(f64, &ReplicatedMean)], replicates: usize) -> Vec<Vec<f64>> {
    let finite = |b: usize| terms.iter().all(|(_, t)| t.replicates[b].0.is_finite());
    let rows: Vec<usize> = (0..replicates).filter(|&b| finite(b)).collect();
    let deviations: Vec<Vec<f64>> = terms
        .iter()
        .map(|(_, t)| {
            let mean =
                rows.iter().map(|&b| t.replicates[b].0).sum::<f64>() / rows.len().max(1) as f64;
            rows.iter().map(|&b| t.replicates[b].0 - mean).collect()
        })
        .collect();
    let product = |j: usize, k: usize| -> f64 {
        (deviations[j].iter().zip(&deviations[k]))
            .map(|(a, b)| a * b)
            .sum()
    };
    (0..terms.len())
        .map(|j| {
            (0..terms.len())
                .map(|k| {
                    let scale = (product(j, j) * product(k, k)).sqrt();
                    if j == k {
                        1.0
                    } else if scale > 0.0 {
                        product(j, k) / scale
                    } else {
                        0.0
                    }
                })
                .collect()
        })
        .collect()
}

/// The skewness of the replicates' means.
fn skewness(replicates: &[(f64, f64)]) -> f64 {
    let means: Vec<f64> = (replicates.iter().map(|r| r.0))
        .filter(|m| m.is_finite())
        .collect();
    let n = means.len().max(1) as f64;
    let mean = means.iter().sum::<f64>() / n;
    let moment = |k: i32| means.iter().map(|m| (m - mean).powi(k)).sum::<f64>() / n;
    let square = moment(2);
    if square > 0.0 {
        moment(3) / square.powf(1.5)
    } else {
        0.0
    }
}

/// Whether a normal interval covers nearly as it says.
pub(super) fn nearly_normal(people: usize, skewness: f64) -> bool {
    people >= MANY && people as f64 >= 25.0 * skewness * skewness
}

/// The normal interval.
pub(super) fn normal(estimate: f64, std_error: f64, level: f64) -> Result<Interval> {
    let z = normal_quantile_two_sided(level)?;
    Ok(Interval {
        low: estimate - z * std_error,
        high: estimate + z * std_error,
    })
}

/// The interval of one of the bootstrap methods.
pub(super) fn bootstrapped(
    method: MeanMethod,
    level: f64,
    estimate: f64,
    std_error: f64,
    mut means: Vec<f64>,
    errors: &[f64],
    acceleration: f64,
) -> Result<Interval> {
    // Nothing varies: the interval is the mean itself.
    if std_error == 0.0 {
        return Ok(Interval {
            low: estimate,
            high: estimate,
        });
    }
    match method {
        MeanMethod::Bca => {
            let below = means.iter().filter(|m| **m < estimate).count() as f64;
            let ties = means.iter().filter(|m| **m == estimate).count() as f64;
            let share = (below + ties / 2.0) / means.len() as f64;
            let z0 = normal_quantile(share);
            let z = normal_quantile_two_sided(level)?;
            let at = |z: f64| {
                let moved = z0 + (z0 + z) / (1.0 - acceleration * (z0 + z));
                normal_probability(moved)
            };
            let ends = [at(-z), at(z)];
            means.sort_unstable_by(f64::total_cmp);
            let read = |p: f64| sorted_quantile(&means, p.clamp(0.0, 1.0));
            Ok(Interval {
                low: read(ends[0]),
                high: read(ends[1]),
            })
        }
        MeanMethod::Percentile => percentile_interval(&mut means, level),
        MeanMethod::BootstrapT | MeanMethod::Normal | MeanMethod::Auto => {
            bootstrap_t_interval(estimate, std_error, &means, errors, level)
        }
    }
}

fn normal_probability(z: f64) -> f64 {
    0.5 * statrs::function::erf::erfc(-z / std::f64::consts::SQRT_2)
}
