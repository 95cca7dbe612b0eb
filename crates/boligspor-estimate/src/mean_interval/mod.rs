//! Intervals for means of skewed amounts with many zeros, such as costs.
//!
//! The mean is what budgets are made of, so it is estimated itself and not the
//! mean of logarithms. A normal interval covers too little when a few people
//! cost most; the studentised bootstrap by person (`bootstrap_t`) repairs most of
//! that and is the default. A person's weight in a replicate is drawn from
//! (seed, person, replicate), so that [`MeanSums`] of partitions add up to those
//! of the whole.
//!
//! Sources: Efron & Tibshirani (1993), *An Introduction to the Bootstrap*, ch. 12
//! to 14; Chamandy et al. (2012) (Poisson weights); Cochran (1977), *Sampling
//! Techniques*, §2.15 (skewness and the normal interval), §6.4 (ratios).

mod replicated;
mod spread;
mod sums;

pub use replicated::ReplicatedMean;
pub use spread::{Concentration, Median, concentration, median_interval};
pub use sums::{MeanSums, Person};

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::curve::Estimate;
use crate::error::{EstimateError, Result, all_finite, same_length, valid_level, valid_weights};
use replicated::{bootstrapped, nearly_normal, normal};

/// How the interval is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeanMethod {
    /// Studentised bootstrap by person.
    #[default]
    BootstrapT,
    /// Mean and standard error. Warned of unless there are 200 people and 25
    /// times the squared skewness.
    Normal,
    /// Quantiles of the bootstrap means.
    Percentile,
    /// The same, corrected for bias and acceleration.
    Bca,
    /// Normal where there are 200 people and 25 times the squared skewness, else
    /// the studentised bootstrap.
    Auto,
}

impl MeanMethod {
    /// What `Auto` stands for with so many people of such skewness; any other
    /// method is itself.
    #[must_use]
    pub fn settled(self, people: usize, skewness: f64) -> Self {
        match self {
            Self::Auto if replicated::nearly_normal(people, skewness) => Self::Normal,
            Self::Auto => Self::BootstrapT,
            chosen => chosen,
        }
    }
}

/// How to make an interval for a mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanOptions {
    /// The method.
    pub method: MeanMethod,
    /// Bootstrap replicates.
    pub replicates: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Level of the interval.
    pub level: f64,
    /// A sensitivity analysis: amounts above this count as this. What is
    /// removed is in the result.
    pub cap: Option<f64>,
}

impl Default for MeanOptions {
    fn default() -> Self {
        Self {
            method: MeanMethod::BootstrapT,
            replicates: 1_999,
            seed: 1,
            level: 0.95,
            cap: None,
        }
    }
}

/// Amounts with whom they belong to.
#[derive(Debug, Clone, Copy, Default)]
pub struct MeanData<'a> {
    /// The amounts.
    pub values: &'a [f64],
    /// The person (or other cluster) of each row: any number that names them in
    /// every partition, such as a hash. Without it every row is a person.
    pub person: Option<&'a [u64]>,
    /// Weights of the rows, such as observed time: the mean is `Σwx/Σw`.
    pub weights: Option<&'a [f64]>,
}

/// Something the reader of a mean must know.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "warning")]
#[non_exhaustive]
pub enum MeanWarning {
    /// Too few people, or too skewed, for a normal interval.
    NotNormal {
        /// How many people.
        people: usize,
        /// Their skewness.
        skewness: f64,
    },
    /// So few people that no method covers as it says.
    FewPeople {
        /// How many.
        people: usize,
    },
    /// Amounts were capped: this is a sensitivity analysis.
    Capped {
        /// How many rows.
        rows: usize,
        /// Share of all money that was removed.
        share: f64,
    },
}

impl fmt::Display for MeanWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNormal { people, skewness } => write!(
                f,
                "a normal interval covers too little for {people} people with skewness \
                 {skewness:.1}; use bootstrap_t"
            ),
            Self::FewPeople { people } => {
                write!(f, "{people} people are too few for an interval to trust")
            }
            Self::Capped { rows, share } => write!(
                f,
                "sensitivity analysis: {rows} amounts were capped, which removes {:.1} % of the money",
                100.0 * share
            ),
        }
    }
}

/// A mean with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanInterval {
    /// The mean, its linearised standard error and the interval.
    pub estimate: Estimate,
    /// People.
    pub people: usize,
    /// Share of people whose amounts are all zero.
    pub zeros: f64,
    /// Skewness of the people's deviations.
    pub skewness: f64,
    /// Money removed by a cap, weighted as the mean is; 0 without one.
    pub removed: f64,
    /// What the reader must know.
    pub warnings: Vec<MeanWarning>,
}

/// Fewer people than this are flagged.
const FEW: usize = 10;

/// The mean of skewed amounts with an interval.
///
/// # Errors
/// Columns of different length, no rows, values that are not finite, bad
/// weights, a level outside (0, 1), under 100 replicates for a bootstrap, or
/// one person only.
///
/// ```
/// use boligspor_estimate::mean_interval::{MeanData, MeanOptions, mean_interval};
/// let costs = [0.0, 0.0, 0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 250.0, 600.0];
/// let data = MeanData { values: &costs, ..MeanData::default() };
/// let found = mean_interval(&data, &MeanOptions::default())?;
/// assert_eq!(found.estimate.estimate, 100.0);
/// // A long right tail may hold more than was seen: the interval leans right.
/// let interval = found.estimate.interval;
/// assert!(interval.high - 100.0 > 100.0 - interval.low);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn mean_interval(data: &MeanData, options: &MeanOptions) -> Result<MeanInterval> {
    let group = Group::of(data, options)?;
    let estimate = group.interval(options)?;
    Ok(group.finish(estimate, options))
}

/// The difference of two independent means, the first less the second.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanDifference {
    /// The difference.
    pub difference: Estimate,
    /// The two means.
    pub means: [MeanInterval; 2],
}

/// The difference between two groups of different people.
///
/// # Errors
/// As [`mean_interval`]; and where a person is in both groups, whose change is
/// then what should be averaged.
///
/// ```
/// use boligspor_estimate::mean_interval::{MeanData, MeanOptions, mean_difference};
/// let (a, b) = ([5.0, 9.0, 1.0, 7.0, 8.0], [1.0, 0.0, 0.0, 3.0, 6.0]);
/// let data = |values| MeanData { values, ..MeanData::default() };
/// let found = mean_difference(&data(&a), &data(&b), &MeanOptions::default())?;
/// assert_eq!(found.difference.estimate, 4.0);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn mean_difference(
    first: &MeanData,
    second: &MeanData,
    options: &MeanOptions,
) -> Result<MeanDifference> {
    if let (Some(a), Some(b)) = (first.person, second.person) {
        let of_first: std::collections::BTreeSet<u64> = a.iter().copied().collect();
        let of_second: std::collections::BTreeSet<u64> = b.iter().copied().collect();
        let people = of_first.intersection(&of_second).count();
        if people > 0 {
            return Err(EstimateError::InconsistentRows {
                people,
                what: "people are in both groups; average each person's change instead",
            });
        }
    }
    let groups = [Group::of(first, options)?, {
        // Without identifiers rows are people: the groups' rows are not the same.
        let offset = if second.person.is_none() { 1 << 63 } else { 0 };
        Group::keyed(second, options, offset)?
    }];
    let [a, b] = &groups;
    let difference = a.mean - b.mean;
    let error = a.std_error.hypot(b.std_error);
    let [of_a, of_b] = [a, b].map(|g| options.method.settled(g.people.len(), g.skewness()));
    let interval = if of_a == MeanMethod::Normal && of_b == MeanMethod::Normal {
        normal(difference, error, options.level)?
    } else {
        let (first, second) = (a.replicates(options), b.replicates(options));
        let (means, errors): (Vec<f64>, Vec<f64>) = (first.iter().zip(&second))
            .filter(|(f, s)| f.1.is_finite() && s.1.is_finite())
            .map(|(f, s)| (f.0 - s.0, f.1.hypot(s.1)))
            .unzip();
        // Influences of both groups on the difference, for the acceleration.
        let mut influence = a.influence();
        influence.extend(b.influence().iter().map(|u| -u));
        let acceleration = acceleration(&influence);
        let method = options.method;
        bootstrapped(
            method,
            options.level,
            difference,
            error,
            means,
            &errors,
            acceleration,
        )?
    };
    let estimate = Estimate {
        estimate: difference,
        std_error: error,
        interval,
    };
    let own = groups.each_ref().map(|g| g.interval(options));
    let [own_a, own_b] = own;
    let [a, b] = groups;
    Ok(MeanDifference {
        difference: estimate,
        means: [a.finish(own_a?, options), b.finish(own_b?, options)],
    })
}

/// One group's people, with their sums.
struct Group {
    people: Vec<(u64, Person)>,
    mean: f64,
    std_error: f64,
    removed: f64,
    capped: usize,
    money: f64,
}

impl Group {
    fn of(data: &MeanData, options: &MeanOptions) -> Result<Self> {
        Self::keyed(data, options, 0)
    }

    fn keyed(data: &MeanData, options: &MeanOptions, offset: u64) -> Result<Self> {
        let n = data.values.len();
        if n == 0 {
            return Err(EstimateError::Empty { argument: "values" });
        }
        all_finite("values", data.values)?;
        if let Some(person) = data.person {
            same_length("person", person.len(), "values", n)?;
        }
        if let Some(weights) = data.weights {
            same_length("weights", weights.len(), "values", n)?;
            valid_weights("weights", weights)?;
        }
        valid_level(options.level)?;
        if options.method != MeanMethod::Normal && options.replicates < 100 {
            return Err(EstimateError::OutOfRange {
                argument: "replicates",
                requirement: "at least 100 for an interval",
            });
        }
        if options.cap.is_some_and(f64::is_nan) {
            return Err(EstimateError::NotFinite {
                argument: "cap",
                rows: 1,
            });
        }
        let cap = options.cap.unwrap_or(f64::INFINITY);
        let (mut removed, mut money, mut capped) = (0.0, 0.0, 0);
        let mut rows: Vec<(u64, f64, f64)> = (0..n)
            .map(|i| {
                let weight = data.weights.map_or(1.0, |w| w[i]);
                let value = data.values[i].min(cap);
                money += weight * data.values[i];
                removed += weight * (data.values[i] - value);
                capped += usize::from(value < data.values[i]);
                let key = data.person.map_or(i as u64 | offset, |p| p[i]);
                (key, weight * value, weight)
            })
            .collect();
        rows.sort_by_key(|row| row.0);
        let people: Vec<(u64, Person)> = rows
            .chunk_by(|a, b| a.0 == b.0)
            .map(|own| {
                let person = Person {
                    amount: own.iter().map(|r| r.1).sum(),
                    weight: own.iter().map(|r| r.2).sum(),
                };
                (own[0].0, person)
            })
            .filter(|(_, person)| person.weight > 0.0)
            .collect();
        if people.len() < 2 {
            return Err(EstimateError::OutOfRange {
                argument: "person",
                requirement: "at least two people for an interval",
            });
        }
        let whole = MeanSums::whole(people.iter().map(|p| p.1));
        let (mean, std_error) = whole.mean();
        Ok(Self {
            people,
            mean,
            std_error,
            removed,
            capped,
            money,
        })
    }

    fn influence(&self) -> Vec<f64> {
        let total: f64 = self.people.iter().map(|(_, p)| p.weight).sum();
        let own = |p: &Person| (p.amount - self.mean * p.weight) / total;
        self.people.iter().map(|(_, p)| own(p)).collect()
    }

    fn skewness(&self) -> f64 {
        let u = self.influence();
        let n = u.len() as f64;
        let m2 = u.iter().map(|u| u * u).sum::<f64>() / n;
        let m3 = u.iter().map(|u| u * u * u).sum::<f64>() / n;
        if m2 > 0.0 { m3 / m2.powf(1.5) } else { 0.0 }
    }

    fn replicates(&self, options: &MeanOptions) -> Vec<(f64, f64)> {
        let mut sums = MeanSums::new(options.seed, options.replicates);
        for (key, person) in &self.people {
            sums.observe(*key, *person);
        }
        sums.replicates()
    }

    fn interval(&self, options: &MeanOptions) -> Result<Estimate> {
        let method = options.method.settled(self.people.len(), self.skewness());
        let interval = if method == MeanMethod::Normal {
            normal(self.mean, self.std_error, options.level)?
        } else {
            let usable = |r: &(f64, f64)| r.0.is_finite() && r.1.is_finite();
            let (means, errors): (Vec<f64>, Vec<f64>) =
                self.replicates(options).into_iter().filter(usable).unzip();
            bootstrapped(
                method,
                options.level,
                self.mean,
                self.std_error,
                means,
                &errors,
                acceleration(&self.influence()),
            )?
        };
        Ok(Estimate {
            estimate: self.mean,
            std_error: self.std_error,
            interval,
        })
    }

    fn finish(self, estimate: Estimate, options: &MeanOptions) -> MeanInterval {
        let (people, skewness) = (self.people.len(), self.skewness());
        let mut warnings = Vec::new();
        if options.method == MeanMethod::Normal && !nearly_normal(people, skewness) {
            warnings.push(MeanWarning::NotNormal { people, skewness });
        }
        if people < FEW {
            warnings.push(MeanWarning::FewPeople { people });
        }
        if options.cap.is_some() {
            warnings.push(MeanWarning::Capped {
                rows: self.capped,
                share: self.removed / self.money,
            });
        }
        let none = self.people.iter().filter(|(_, p)| p.amount == 0.0).count();
        MeanInterval {
            estimate,
            people,
            zeros: none as f64 / people as f64,
            skewness,
            removed: self.removed,
            warnings,
        }
    }
}

/// Efron's acceleration, from the influence of each person.
fn acceleration(influence: &[f64]) -> f64 {
    let cubes: f64 = influence.iter().map(|u| u * u * u).sum();
    let squares: f64 = influence.iter().map(|u| u * u).sum();
    cubes / (6.0 * squares.powf(1.5))
}

#[cfg(test)]
mod tests;
