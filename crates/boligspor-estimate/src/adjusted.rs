//! Two groups' curves as if the groups were alike.
//!
//! Those who got a programme and those who did not differ before it starts. The
//! curves compared here are those both groups would have had with the covariates
//! of everyone: by weighting people by the inverse of their chance of being in
//! the group they are in, by predicting everyone in both groups, or by doing both
//! so that one of the two models may be wrong.
//!
//! What none of them can mend is a difference nobody recorded.
//!
//! ```
//! use boligspor_estimate::adjusted::{AdjustedData, AdjustedOptions, compare_curves};
//! let n = 200;
//! let x: Vec<f64> = (0..n).map(|i| f64::from(i * 37 % 101) / 101.0).collect();
//! let group: Vec<bool> = (0..n).map(|i| (i * 53 % 97) as f64 / 97.0 < 0.3 + 0.4 * x[i as usize]).collect();
//! let time: Vec<f64> = (0..n).map(|i| f64::from(1 + i * 29 % 60)).collect();
//! let event: Vec<bool> = (0..n).map(|i| i % 3 != 0).collect();
//! let data = AdjustedData { time: &time, event: &event, group: &group, covariates: &[&x], ..AdjustedData::default() };
//! let found = compare_curves(&data, &[30.0], 30.0, &AdjustedOptions::default())?;
//! assert!(found.difference[0].low < 0.0 && 0.0 < found.difference[0].high);
//! # Ok::<(), boligspor_estimate::EstimateError>(())
//! ```
//!
//! Sources: Cole & Hernán (2004), *Computer Methods and Programs in Biomedicine*
//! 75, 45–49 (weighted curves); Lunceford & Davidian (2004), *Statistics in
//! Medicine* 23, 2937–2960 (their errors); Zhang & Schaubel (2012), *Biometrical
//! Journal* 54, 606–621, and Westling, Luedtke, Gilbert & Carone (2024), *JASA*
//! 119, 1541–1553 (doubly robust); Robins (1986), *Mathematical Modelling* 7,
//! 1393–1512 (g-computation).

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result, all_finite, same_length, valid_weights};
use crate::fit_warning::FitWarning;
use crate::glm::{GlmData, GlmOptions, glm};
use crate::interval::normal_quantile_two_sided;
use crate::penalty::Penalty;
use crate::{adjusted_prediction, adjusted_robust, adjusted_weighting};

/// How the groups are made alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdjustedMethod {
    /// Inverse-probability weights from a logistic model of group membership,
    /// and weighted Kaplan–Meier curves.
    Weighting,
    /// Everyone predicted in both groups by a Cox model stratified by group
    /// (g-computation); intervals by bootstrap over people.
    Prediction,
    /// Both, and a Cox model of censoring: right if the model of the outcome is,
    /// or those of membership and censoring are.
    #[default]
    DoublyRobust,
}

/// What the caller passes, on borrowed columns of one length, one row a person.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdjustedData<'a> {
    /// Time of the event or of the end of observation, positive.
    pub time: &'a [f64],
    /// Whether the event happened at `time`.
    pub event: &'a [bool],
    /// Whether the person is in the second group.
    pub group: &'a [bool],
    /// What the groups must be made alike in, one slice per covariate, recorded
    /// before the groups came to differ.
    pub covariates: &'a [&'a [f64]],
    /// Case weights, zero or more.
    pub weights: Option<&'a [f64]>,
    /// A number for each person that does not depend on the order of the rows,
    /// to key the bootstrap; the row number if absent.
    pub person: Option<&'a [u64]>,
}

/// Choices of the comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdjustedOptions {
    /// How the groups are made alike.
    pub method: AdjustedMethod,
    /// Confidence level.
    pub level: f64,
    /// Chances of membership and of being uncensored are kept this far from 0
    /// (and membership from 1), so that nobody stands for more than its inverse.
    pub truncation: f64,
    /// Bootstrap replicates (for prediction only).
    pub replicates: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for AdjustedOptions {
    fn default() -> Self {
        Self {
            method: AdjustedMethod::default(),
            level: 0.95,
            truncation: 0.01,
            replicates: 500,
            seed: 0,
        }
    }
}

/// An estimate with its error and interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How far the groups were apart in one covariate, in standard deviations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Difference of means over the pooled standard deviation, as observed.
    pub before: f64,
    /// The same under the weights; beyond 0.1 the groups are not alike.
    pub after: f64,
}

/// Two curves, standardised over everyone's covariates, and their difference.
#[derive(Debug, Clone, PartialEq)]
pub struct AdjustedCurves {
    /// The horizons asked for.
    pub times: Vec<f64>,
    /// Survival at each horizon in the first and the second group.
    pub survival: [Vec<Contrast>; 2],
    /// Second less first, at each horizon.
    pub difference: Vec<Contrast>,
    /// Mean time without the event up to `tau`, in each group.
    pub restricted_mean: [Contrast; 2],
    /// Second less first.
    pub mean_difference: Contrast,
    /// Up to where the mean was taken.
    pub tau: f64,
    /// For each covariate, how alike the weights made the groups.
    pub balance: Vec<Balance>,
    /// Kish's effective number of people in each group under the weights.
    pub effective_size: [f64; 2],
    /// Rows whose chance of membership was truncated.
    pub truncated: usize,
    /// Of the model of membership.
    pub warnings: Vec<FitWarning>,
}

/// Compares the curves of two groups, standardised over `data.covariates`, at
/// each of `times` and in restricted mean time up to `tau`.
///
/// Estimates of the doubly robust method are not forced to fall with time or to
/// stay within [0, 1]; that keeps differences unbiased. Intervals are normal,
/// from influence functions, or bootstrap percentiles for prediction.
///
/// # Errors
/// Columns of different length or not finite, times that are not positive,
/// weights negative or all zero, a group without people or events, or choices
/// out of range.
pub fn compare_curves(
    data: &AdjustedData,
    times: &[f64],
    tau: f64,
    options: &AdjustedOptions,
) -> Result<AdjustedCurves> {
    let quantile = normal_quantile_two_sided(options.level)?;
    validate(data, times, tau, options)?;
    let membership = Membership::new(data, options)?;
    let target = Target { times, tau };
    let influence = match options.method {
        AdjustedMethod::Weighting => adjusted_weighting::influence(data, &membership, &target),
        AdjustedMethod::DoublyRobust => {
            adjusted_robust::influence(data, &membership, &target, options.truncation)?
        }
        AdjustedMethod::Prediction => {
            return adjusted_prediction::compare(data, &membership, &target, options);
        }
    };
    let weights: Vec<f64> = (0..data.time.len()).map(|i| data.weight(i)).collect();
    let contrast = |column: &dyn Fn(usize) -> f64, estimate: f64| {
        let total: f64 = weights.iter().sum();
        let squares: f64 = weights
            .iter()
            .enumerate()
            .map(|(i, w)| (w * column(i)).powi(2))
            .sum();
        Contrast::normal(estimate, squares.sqrt() / total, quantile)
    };
    let width = target.width();
    let cell = |a: usize, t: usize| {
        contrast(
            &|i| influence.pulls[a][i * width + t],
            influence.estimates[a][t],
        )
    };
    let gap = |t: usize| {
        contrast(
            &|i| influence.pulls[1][i * width + t] - influence.pulls[0][i * width + t],
            influence.estimates[1][t] - influence.estimates[0][t],
        )
    };
    let last = width - 1;
    Ok(membership.describe(
        data,
        AdjustedCurves {
            times: times.to_vec(),
            survival: [0, 1].map(|a| (0..last).map(|t| cell(a, t)).collect()),
            difference: (0..last).map(gap).collect(),
            restricted_mean: [cell(0, last), cell(1, last)],
            mean_difference: gap(last),
            tau,
            balance: Vec::new(),
            effective_size: [0.0; 2],
            truncated: 0,
            warnings: Vec::new(),
        },
    ))
}

impl Contrast {
    pub(crate) fn normal(estimate: f64, std_error: f64, quantile: f64) -> Self {
        let half = quantile * std_error;
        Self {
            estimate,
            std_error,
            low: estimate - half,
            high: estimate + half,
        }
    }
}

/// What is estimated: survival at `times`, then the mean up to `tau`.
pub(crate) struct Target<'a> {
    pub(crate) times: &'a [f64],
    pub(crate) tau: f64,
}

impl Target<'_> {
    /// Number of quantities: the times and the mean.
    pub(crate) fn width(&self) -> usize {
        self.times.len() + 1
    }

    /// Past this nothing matters.
    pub(crate) fn end(&self) -> f64 {
        self.times.iter().copied().fold(self.tau, f64::max)
    }
}

/// Estimates of each group, and every person's pull on them, scaled so that the
/// weighted mean of the pulls is zero and their mean square the variance times n.
pub(crate) struct Influence {
    pub(crate) estimates: [Vec<f64>; 2],
    /// Row-major, a row a person, [`Target::width`] columns.
    pub(crate) pulls: [Vec<f64>; 2],
}

/// The model of who is in the second group.
pub(crate) struct Membership {
    /// Chance of being in the group the person is in, truncated.
    pub(crate) chance: Vec<f64>,
    /// Scores of the model by person, row-major, intercept first.
    pub(crate) scores: Vec<f64>,
    /// Number of its terms.
    pub(crate) terms: usize,
    truncated: usize,
    warnings: Vec<FitWarning>,
}

impl Membership {
    fn new(data: &AdjustedData, options: &AdjustedOptions) -> Result<Self> {
        let outcome: Vec<f64> = data.group.iter().map(|g| f64::from(u8::from(*g))).collect();
        let model = GlmData {
            outcome: &outcome,
            covariates: data.covariates,
            weights: data.weights,
            ..GlmData::default()
        };
        let choices = GlmOptions {
            penalty: Penalty::FirthIfSeparated,
            tolerance: 1e-14,
            ..GlmOptions::default()
        };
        let fit = glm(&model, &choices)?;
        let terms = fit.terms.len();
        let (low, high) = (options.truncation, 1.0 - options.truncation);
        let mut scores = Vec::with_capacity(outcome.len() * terms);
        let mut truncated = 0;
        let mut chance = Vec::with_capacity(outcome.len());
        for (i, y) in outcome.iter().enumerate() {
            let p = if fit.fitted[i].is_nan() {
                0.5
            } else {
                fit.fitted[i]
            };
            truncated += usize::from(p < low || p > high);
            let kept = p.clamp(low, high);
            chance.push(if *y == 1.0 { kept } else { 1.0 - kept });
            scores.push(y - p);
            scores.extend(data.covariates.iter().map(|c| (y - p) * c[i]));
        }
        Ok(Self {
            chance,
            scores,
            terms,
            truncated,
            warnings: fit.warnings,
        })
    }

    /// Inverse-probability weight of person `i`, times the case weight.
    pub(crate) fn weight(&self, data: &AdjustedData, i: usize) -> f64 {
        data.weight(i) / self.chance[i]
    }

    /// Fills in how alike the weights make the groups.
    pub(crate) fn describe(&self, data: &AdjustedData, curves: AdjustedCurves) -> AdjustedCurves {
        let n = data.time.len();
        let sums = |a: bool, of: &dyn Fn(usize) -> f64| -> f64 {
            (0..n).filter(|&i| data.group[i] == a).map(of).sum()
        };
        let balance = data
            .covariates
            .iter()
            .map(|x| {
                let mean =
                    |a: bool, w: &dyn Fn(usize) -> f64| sums(a, &|i| w(i) * x[i]) / sums(a, w);
                let case = |i: usize| data.weight(i);
                let inverse = |i: usize| self.weight(data, i);
                let square = |a: bool| {
                    let centre = mean(a, &case);
                    sums(a, &|i| data.weight(i) * (x[i] - centre).powi(2)) / sums(a, &case)
                };
                let spread = f64::midpoint(square(false), square(true)).sqrt();
                let gap = |w: &dyn Fn(usize) -> f64| {
                    if spread > 0.0 {
                        (mean(true, w) - mean(false, w)) / spread
                    } else {
                        0.0
                    }
                };
                Balance {
                    before: gap(&case),
                    after: gap(&inverse),
                }
            })
            .collect();
        let effective_size = [false, true].map(|a| {
            let inverse = |i: usize| self.weight(data, i);
            sums(a, &inverse).powi(2) / sums(a, &|i| inverse(i).powi(2))
        });
        AdjustedCurves {
            balance,
            effective_size,
            truncated: self.truncated,
            warnings: self.warnings.clone(),
            ..curves
        }
    }
}

impl AdjustedData<'_> {
    pub(crate) fn weight(&self, i: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[i])
    }
}

fn validate(data: &AdjustedData, times: &[f64], tau: f64, options: &AdjustedOptions) -> Result<()> {
    let n = data.time.len();
    if n == 0 {
        return Err(EstimateError::Empty { argument: "time" });
    }
    same_length("event", data.event.len(), "time", n)?;
    same_length("group", data.group.len(), "time", n)?;
    all_finite("time", data.time)?;
    all_finite("times", times)?;
    for column in data.covariates {
        same_length("covariates", column.len(), "time", n)?;
        all_finite("covariates", column)?;
    }
    if let Some(weights) = data.weights {
        same_length("weights", weights.len(), "time", n)?;
        valid_weights("weights", weights)?;
    }
    if let Some(person) = data.person {
        same_length("person", person.len(), "time", n)?;
    }
    let early = data.time.iter().filter(|t| **t <= 0.0).count();
    if early > 0 {
        return Err(EstimateError::EntryNotBeforeExit { rows: early });
    }
    let range = |argument, requirement| {
        Err(EstimateError::OutOfRange {
            argument,
            requirement,
        })
    };
    if !(tau > 0.0 && tau.is_finite()) {
        return range("tau", "the mean is taken up to a positive time");
    }
    if !(options.truncation > 0.0 && options.truncation < 0.5) {
        return range(
            "truncation",
            "it is a probability above 0 and below one half",
        );
    }
    if options.method == AdjustedMethod::Prediction && options.replicates < 2 {
        return range(
            "replicates",
            "an interval needs at least two replicates, and 500 to be steady",
        );
    }
    let found = [false, true]
        .iter()
        .filter(|a| (0..n).any(|i| data.group[i] == **a && data.event[i] && data.weight(i) > 0.0))
        .count();
    if found < 2 {
        return Err(EstimateError::TooFewGroups { found, needed: 2 });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Random;

    /// Two groups that differ in two covariates which also drive the event.
    pub(crate) struct Confounded {
        time: Vec<f64>,
        event: Vec<bool>,
        group: Vec<bool>,
        x: [Vec<f64>; 2],
    }

    impl Confounded {
        /// `effect`: log hazard ratio of the second group.
        fn new(seed: u64, n: usize, effect: f64) -> Self {
            let mut random = Random(seed);
            let mut data = Self {
                time: vec![],
                event: vec![],
                group: vec![],
                x: [vec![], vec![]],
            };
            for _ in 0..n {
                let (a, b) = (
                    random.uniform(),
                    f64::from(u8::from(random.uniform() < 0.5)),
                );
                let second = random.uniform() < 1.0 / (1.0 + (1.0 - 1.5 * a - b).exp());
                let rate = 0.1 * (a + 0.8 * b + if second { effect } else { 0.0 }).exp();
                let event = -random.uniform().ln() / rate;
                let censored = -random.uniform().ln() / (0.03 * (1.0 + b));
                data.time.push(event.min(censored).min(15.0));
                data.event.push(event <= censored.min(15.0));
                data.group.push(second);
                data.x[0].push(a);
                data.x[1].push(b);
            }
            data
        }

        fn compare(&self, method: AdjustedMethod, replicates: usize) -> AdjustedCurves {
            let columns = [&self.x[0][..], &self.x[1][..]];
            let data = AdjustedData {
                time: &self.time,
                event: &self.event,
                group: &self.group,
                covariates: &columns,
                ..AdjustedData::default()
            };
            let options = AdjustedOptions {
                method,
                replicates,
                ..AdjustedOptions::default()
            };
            compare_curves(&data, &[3.0, 8.0], 10.0, &options).unwrap()
        }

        /// Mean survival at `t` if everyone were in the group, by the model the
        /// data were made from.
        fn truth(second: bool, effect: f64, t: f64) -> f64 {
            let mut total = 0.0;
            for k in 0..2000 {
                let a = (f64::from(k) + 0.5) / 2000.0;
                for b in [0.0, 1.0] {
                    let rate = 0.1 * (a + 0.8 * b + if second { effect } else { 0.0 }).exp();
                    total += (-rate * t).exp() / 4000.0;
                }
            }
            total
        }
    }

    const METHODS: [AdjustedMethod; 3] = [
        AdjustedMethod::Weighting,
        AdjustedMethod::Prediction,
        AdjustedMethod::DoublyRobust,
    ];

    #[test]
    fn each_method_recovers_the_planted_curves_from_confounded_groups() {
        let effect = -0.5;
        let data = Confounded::new(7, 4000, effect);
        for method in METHODS {
            let found = data.compare(method, 20);
            for (t, time) in [3.0, 8.0].into_iter().enumerate() {
                for (a, second) in [false, true].into_iter().enumerate() {
                    let truth = Confounded::truth(second, effect, time);
                    let gap = found.survival[a][t].estimate - truth;
                    assert!(gap.abs() < 0.04, "{method:?} {time} {second}: {gap}");
                }
                let truth =
                    Confounded::truth(true, effect, time) - Confounded::truth(false, effect, time);
                let difference = found.difference[t];
                assert!(
                    (difference.estimate - truth).abs() < 4.0 * difference.std_error,
                    "{method:?}"
                );
                assert!(
                    difference.std_error > 0.005 && difference.std_error < 0.03,
                    "{method:?}"
                );
            }
            assert!(
                found
                    .balance
                    .iter()
                    .all(|b| b.before > 0.2 && b.after.abs() < 0.02)
            );
        }
    }

    #[test]
    fn the_mean_is_the_area_under_the_curve() {
        let data = Confounded::new(3, 300, 0.3);
        let columns = [&data.x[0][..], &data.x[1][..]];
        let input = AdjustedData {
            time: &data.time,
            event: &data.event,
            group: &data.group,
            covariates: &columns,
            ..AdjustedData::default()
        };
        let grid: Vec<f64> = (0..1000)
            .map(|k| (f64::from(k) + 0.5) * 6.0 / 1000.0)
            .collect();
        for method in METHODS {
            let options = AdjustedOptions {
                method,
                replicates: 2,
                ..AdjustedOptions::default()
            };
            let found = compare_curves(&input, &grid, 6.0, &options).unwrap();
            for a in 0..2 {
                let area: f64 = found.survival[a]
                    .iter()
                    .map(|s| s.estimate * 6.0 / 1000.0)
                    .sum();
                assert!(
                    (area - found.restricted_mean[a].estimate).abs() < 1e-2,
                    "{method:?}"
                );
            }
        }
    }

    #[test]
    fn intervals_cover_the_truth_as_often_as_they_say() {
        let effect = 0.4;
        let truth = Confounded::truth(true, effect, 3.0) - Confounded::truth(false, effect, 3.0);
        for method in [AdjustedMethod::Weighting, AdjustedMethod::DoublyRobust] {
            let covered = (0..200)
                .filter(|seed| {
                    let d = Confounded::new(1000 + seed, 250, effect)
                        .compare(method, 0)
                        .difference[0];
                    d.low <= truth && truth <= d.high
                })
                .count();
            // 95 % of 200 is 190 with standard error 3.1.
            assert!((178..=200).contains(&covered), "{method:?}: {covered}");
        }
    }

    #[test]
    fn without_covariates_weighting_is_kaplan_meier_with_greenwood() {
        // Group 1: 5 people, events at 1, 2, 4; one censored at 3, one at 5.
        let data = AdjustedData {
            time: &[1.0, 2.0, 3.0, 4.0, 5.0, 1.0, 2.0, 6.0],
            event: &[true, true, false, true, false, true, false, true],
            group: &[true, true, true, true, true, false, false, false],
            ..AdjustedData::default()
        };
        let options = AdjustedOptions {
            method: AdjustedMethod::Weighting,
            ..AdjustedOptions::default()
        };
        let found = compare_curves(&data, &[4.5], 5.0, &options).unwrap();
        let s = found.survival[1][0];
        // 4/5 · 3/4 · 1/2
        assert!((s.estimate - 0.3).abs() < 1e-12);
        // Greenwood: S²·Σ d/(n(n - d)), one event each at 5, 4 and 2 at risk.
        let sum: f64 = [5.0, 4.0, 2.0]
            .iter()
            .map(|n: &f64| 1.0 / (n * (n - 1.0)))
            .sum();
        assert!((s.std_error - 0.3 * sum.sqrt()).abs() < 1e-9);
        // Area: 1 + 0.8 + 2·0.6 + 0.3
        assert!((found.restricted_mean[1].estimate - 3.3).abs() < 1e-12);
    }

    #[test]
    fn the_same_seed_gives_the_same_replicates_in_any_order() {
        let data = Confounded::new(5, 120, 0.2);
        let person: Vec<u64> = (0..120).map(|i| 7000 + i).collect();
        let columns = [&data.x[0][..]];
        let input = AdjustedData {
            time: &data.time,
            event: &data.event,
            group: &data.group,
            covariates: &columns,
            weights: None,
            person: Some(&person),
        };
        let options = AdjustedOptions {
            method: AdjustedMethod::Prediction,
            replicates: 20,
            ..AdjustedOptions::default()
        };
        let found = compare_curves(&input, &[3.0], 5.0, &options).unwrap();
        let back = |v: &[f64]| v.iter().rev().copied().collect::<Vec<f64>>();
        let (time, x) = (back(&data.time), back(&data.x[0]));
        let event: Vec<bool> = data.event.iter().rev().copied().collect();
        let group: Vec<bool> = data.group.iter().rev().copied().collect();
        let person: Vec<u64> = person.into_iter().rev().collect();
        let columns = [&x[..]];
        let turned = AdjustedData {
            time: &time,
            event: &event,
            group: &group,
            covariates: &columns,
            weights: None,
            person: Some(&person),
        };
        let other = compare_curves(&turned, &[3.0], 5.0, &options).unwrap();
        assert!((found.difference[0].low - other.difference[0].low).abs() < 1e-9);
    }

    #[test]
    fn a_group_without_events_cannot_be_compared() {
        let data = AdjustedData {
            time: &[1.0, 2.0, 3.0],
            event: &[true, true, false],
            group: &[true, true, false],
            ..AdjustedData::default()
        };
        assert_eq!(
            compare_curves(&data, &[2.0], 2.0, &AdjustedOptions::default()).unwrap_err(),
            EstimateError::TooFewGroups {
                found: 1,
                needed: 2
            }
        );
    }
}
