//! Do the hazards stay proportional?
//!
//! If a coefficient drifts with time, `x·g(t)` belongs in the model. This is the
//! score test of adding it, for each term and for all, at the fitted
//! coefficients: exact in the sense of needing no approximation to the
//! information, as R's `cox.zph` since version 3.
//!
//! Sources: Grambsch & Therneau (1994), *Biometrika* 81, 515–526; Therneau &
//! Grambsch (2000), chapter 6.

#![expect(
    clippy::needless_range_loop,
    reason = "indices are those of the formulas"
)]

use serde::{Deserialize, Serialize};

use crate::chi_squared::ChiSquared;
use crate::cox::CoxFit;
use crate::cox_likelihood::{Exposure, Profile};
use crate::cox_rows::Rows;
use crate::error::{EstimateError, Result};
use crate::linear::{Ldl, add_outer, dot, fill_upper};

/// The function of time a coefficient might drift with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeTransform {
    /// One minus the Kaplan–Meier curve just before the time: robust against
    /// a few late events. R's default.
    #[default]
    KaplanMeier,
    /// The rank of the event time among the event times, ties averaged.
    Rank,
    /// Time itself.
    Identity,
    /// The logarithm of time; times must be positive.
    Log,
}

/// The test of proportional hazards.
#[derive(Debug, Clone, PartialEq)]
pub struct PhTest {
    /// One per term, in order.
    pub terms: Vec<ChiSquared>,
    /// All terms together.
    pub global: ChiSquared,
}

impl CoxFit {
    /// Tests whether the coefficients are constant in time.
    ///
    /// `terms` groups columns that belong together (the 0/1 columns of one
    /// factor), each by a slice of column numbers; `None` tests each column.
    ///
    /// # Errors
    /// A column number out of range, or non-positive event times for `Log`.
    ///
    /// ```
    /// use boligspor_estimate::cox::{CoxData, CoxOptions, TimeTransform, cox};
    /// let x: Vec<f64> = (0..60).map(|i| f64::from(i % 2)).collect();
    /// let time: Vec<f64> = (0..60).map(|i| f64::from(1 + (i * 37) % 61)).collect();
    /// let data = CoxData {
    ///     time: &time, event: &[true; 60], covariates: &[&x], ..CoxData::default()
    /// };
    /// let test = cox(&data, &CoxOptions::default())?.ph_test(TimeTransform::KaplanMeier, None)?;
    /// assert_eq!(test.terms[0], test.global);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn ph_test(&self, transform: TimeTransform, terms: Option<&[&[usize]]>) -> Result<PhTest> {
        let rows = &self.data;
        let p = rows.p;
        let single: Vec<Vec<usize>> = (0..p).map(|c| vec![c]).collect();
        let groups: Vec<&[usize]> =
            terms.map_or_else(|| single.iter().map(Vec::as_slice).collect(), <[_]>::to_vec);
        if groups.iter().any(|g| g.iter().any(|c| *c >= p)) {
            return Err(EstimateError::OutOfRange {
                argument: "terms",
                requirement: "columns are numbered from 0 to one less than the number of covariates",
            });
        }
        let g = time_function(rows, transform)?;
        let profile = Profile::new(rows, &self.beta, self.baseline_ties());
        let exposure = |power: i32| {
            let factor: Vec<f64> = g.iter().map(|g| g.powi(power)).collect();
            weighted_information(rows, &profile, &factor)
        };
        let blocks = [exposure(0), exposure(1), exposure(2)];
        let mut score = vec![0.0; p];
        for j in 0..rows.times.len() {
            for k in rows.dying(j) {
                for c in 0..p {
                    let mean = profile.mean(j, p, c, rows.death_weight[j]);
                    score[c] += g[j] * rows.weight[k] * (rows.row(k)[c] - mean);
                }
            }
        }
        let test = |columns: &[usize]| {
            let width = p + columns.len();
            let mut matrix = vec![0.0; width * width];
            let mut right = vec![0.0; width];
            let column = |i: usize| if i < p { (i, 0) } else { (columns[i - p], 1) };
            for i in 0..width {
                let (a, power_a) = column(i);
                if power_a == 1 {
                    right[i] = score[a];
                }
                for k in 0..=i {
                    let (b, power_b) = column(k);
                    matrix[i * width + k] = blocks[power_a + power_b][a * p + b];
                }
            }
            let ldl = Ldl::of(&matrix, width);
            let df = (p..width).filter(|&i| !ldl.is_redundant(i)).count();
            ChiSquared::new(dot(&right, &ldl.solve(&right)), df)
        };
        Ok(PhTest {
            terms: groups.iter().map(|columns| test(columns)).collect(),
            global: test(&(0..p).collect::<Vec<_>>()),
        })
    }

    /// Schoenfeld residuals: the covariates of each event minus their mean over
    /// the risk set, with the event's time and input row, by stratum and time.
    ///
    /// Their smoothed trend over time shows how a coefficient drifts.
    pub fn schoenfeld_residuals(&self) -> Vec<(f64, usize, Vec<f64>)> {
        let rows = &self.data;
        let p = rows.p;
        let profile = Profile::new(rows, &self.beta, self.baseline_ties());
        let mut residuals = Vec::with_capacity(self.events);
        for j in 0..rows.times.len() {
            for k in rows.dying(j) {
                let residual = (0..p)
                    .map(|c| {
                        let mean = profile.mean(j, p, c, rows.death_weight[j]);
                        (rows.row(k)[c] - mean) * rows.scale[c]
                    })
                    .collect();
                residuals.push((rows.times[j], rows.source[k] as usize, residual));
            }
        }
        residuals
    }
}

/// The information with each event time's share multiplied by `factor`; full.
fn weighted_information(rows: &Rows, profile: &Profile, factor: &[f64]) -> Vec<f64> {
    let p = rows.p;
    let mut sums = profile.sums.clone();
    for (t, f) in sums.iter_mut().zip(factor) {
        t.h *= f;
        t.h1 *= f;
    }
    let exposure = Exposure::new(rows, &sums);
    let mut information = vec![0.0; p * p];
    for (k, r) in profile.risk.iter().enumerate() {
        add_outer(&mut information, r * exposure.of(rows, k), rows.row(k));
    }
    for (j, f) in factor.iter().enumerate() {
        let t = &profile.sums[j];
        let (s1, d1) = (
            &profile.s1[j * p..(j + 1) * p],
            &profile.d1[j * p..(j + 1) * p],
        );
        for a in 0..p {
            for b in 0..=a {
                let tied = t.a1 * (s1[a] * d1[b] + d1[a] * s1[b]) - t.a2 * d1[a] * d1[b];
                information[a * p + b] += f * (tied - t.a0 * s1[a] * s1[b]);
            }
        }
    }
    fill_upper(&mut information, p);
    information
}

/// `g` at each event time, centred for the sake of rounding (tests do not
/// change when a constant is added).
fn time_function(rows: &Rows, transform: TimeTransform) -> Result<Vec<f64>> {
    let times = &rows.times;
    let mut g = match transform {
        TimeTransform::Identity => times.clone(),
        TimeTransform::Log => {
            if times.iter().any(|t| *t <= 0.0) {
                return Err(EstimateError::OutOfRange {
                    argument: "transform",
                    requirement: "the logarithm needs positive event times",
                });
            }
            times.iter().map(|t| t.ln()).collect()
        }
        TimeTransform::Rank => {
            let mut all: Vec<f64> = (0..times.len())
                .flat_map(|j| std::iter::repeat_n(times[j], rows.deaths[j] as usize))
                .collect();
            all.sort_unstable_by(f64::total_cmp);
            times
                .iter()
                .map(|t| {
                    let (below, upto) = (
                        all.partition_point(|a| a < t),
                        all.partition_point(|a| a <= t),
                    );
                    (below + 1 + upto) as f64 / 2.0
                })
                .collect()
        }
        TimeTransform::KaplanMeier => kaplan_meier_before(rows),
    };
    let mean = g.iter().sum::<f64>() / g.len().max(1) as f64;
    for g in &mut g {
        *g -= mean;
    }
    Ok(g)
}

/// One minus the curve of all rows, strata and weights aside, just before each
/// event time.
fn kaplan_meier_before(rows: &Rows) -> Vec<f64> {
    let mut exits = rows.time.clone();
    exits.sort_unstable_by(f64::total_cmp);
    let mut entries = rows.entry.clone();
    entries.sort_unstable_by(f64::total_cmp);
    let mut events: Vec<(f64, u32)> = rows
        .times
        .iter()
        .copied()
        .zip(rows.deaths.iter().copied())
        .collect();
    events.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut before: Vec<(f64, f64)> = Vec::with_capacity(events.len());
    let mut survival = 1.0;
    for group in events.chunk_by(|a, b| a.0 == b.0) {
        let t = group[0].0;
        before.push((t, 1.0 - survival));
        let entered = entries.partition_point(|e| *e < t);
        let left = exits.partition_point(|e| *e < t);
        let deaths: u32 = group.iter().map(|g| g.1).sum();
        survival *= 1.0 - f64::from(deaths) / (entered - left) as f64;
    }
    rows.times
        .iter()
        .map(|t| before[before.partition_point(|b| b.0 < *t)].1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cox::{CoxData, CoxOptions, Ties, cox};
    use crate::cox_likelihood::tests::by_definition;
    use crate::sample::Sample;

    #[test]
    fn it_is_the_score_test_of_a_coefficient_that_drifts_with_time() {
        for seed in 0..6 {
            let sample = Sample::new(seed, 40, 1);
            let columns = sample.columns();
            for data in sample.variants(&columns) {
                for ties in [Ties::Efron, Ties::Breslow] {
                    let options = CoxOptions {
                        ties,
                        tolerance: 1e-15,
                        ..CoxOptions::default()
                    };
                    let fit = cox(&data, &options).unwrap();
                    let found = fit.ph_test(TimeTransform::Identity, None).unwrap();
                    let beta = fit.terms[0].coef;
                    let log = |b: f64, c: f64| {
                        by_definition(
                            &data,
                            &|i, t| columns[0][i] * (beta + b + c * (t - 5.0)),
                            ties,
                        )
                    };
                    let h = 1e-3;
                    let score = (log(0.0, h) - log(0.0, -h)) / (2.0 * h);
                    let bb = -(log(h, 0.0) - 2.0 * log(0.0, 0.0) + log(-h, 0.0)) / (h * h);
                    let cc = -(log(0.0, h) - 2.0 * log(0.0, 0.0) + log(0.0, -h)) / (h * h);
                    let bc = -(log(h, h) - log(h, -h) - log(-h, h) + log(-h, -h)) / (4.0 * h * h);
                    let statistic = score * score / (cc - bc * bc / bb);
                    assert!((found.global.statistic - statistic).abs() < 1e-3 * statistic.max(0.1));
                }
            }
        }
    }

    #[test]
    fn a_constant_added_to_the_time_function_changes_nothing() {
        let sample = Sample::new(3, 40, 2);
        let columns = sample.columns();
        let plain = sample.variants(&columns)[0];
        let later: Vec<f64> = sample.time.iter().map(|t| t + 1000.0).collect();
        let test = |time| {
            let fit = cox(&CoxData { time, ..plain }, &CoxOptions::default()).unwrap();
            fit.ph_test(TimeTransform::Identity, None)
                .unwrap()
                .global
                .statistic
        };
        assert!((test(&later) - test(&sample.time)).abs() < 1e-9);
    }

    #[test]
    fn a_column_that_does_not_exist_is_refused() {
        let sample = Sample::new(3, 20, 1);
        let columns = sample.columns();
        let fit = cox(&sample.variants(&columns)[0], &CoxOptions::default()).unwrap();
        assert!(fit.ph_test(TimeTransform::Rank, Some(&[&[1]])).is_err());
    }
}
