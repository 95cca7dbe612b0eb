//! Residuals of a proportional-hazards model.
//!
//! The martingale residual is what happened minus what the model expected; the
//! score residual is a row's pull on each coefficient. Sums of the latter over
//! clusters give robust errors, and scaled by the covariance they approximate
//! what leaving a row out would change.
//!
//! Source: Therneau, Grambsch & Fleming (1990), *Biometrika* 77, 147–160;
//! Therneau & Grambsch (2000), chapters 4 and 7, for tied events.

use crate::cox::CoxFit;
use crate::cox_likelihood::{Exposure, Profile};

impl CoxFit {
    /// Observed minus expected events, one per input row (0 for weight zero).
    ///
    /// ```
    /// use boligspor_estimate::cox::{CoxData, CoxOptions, cox};
    /// let data = CoxData {
    ///     time: &[1.0, 2.0, 3.0],
    ///     event: &[true, false, true],
    ///     ..CoxData::default()
    /// };
    /// let residuals = cox(&data, &CoxOptions::default())?.martingale_residuals(3);
    /// // Without covariates, expected events are the cumulative hazard: 1/3, 1/3, 4/3.
    /// assert!((residuals[2] + 1.0 / 3.0).abs() < 1e-12);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn martingale_residuals(&self, input_rows: usize) -> Vec<f64> {
        let rows = &self.data;
        let profile = Profile::new(rows, &self.beta, self.options.ties);
        let exposure = Exposure::new(rows, &profile.sums);
        let mut residuals = vec![0.0; input_rows];
        for k in 0..rows.n() {
            let happened = f64::from(u8::from(rows.event_of(k).is_some()));
            let expected = profile.risk[k] / rows.weight[k] * exposure.of(rows, k);
            residuals[rows.source[k] as usize] = happened - expected;
        }
        residuals
    }

    /// Approximate change of each coefficient if a row were left out, row-major
    /// by input row, weighted. Zero for columns that were left out.
    pub fn dfbeta(&self, input_rows: usize) -> Vec<f64> {
        let p = self.data.p;
        let scores = self.scaled_score_residuals();
        let mut changes = vec![0.0; input_rows * p];
        for k in 0..self.data.n() {
            let i = self.data.source[k] as usize;
            let change = crate::linear::times(&self.scaled_naive, &scores[k * p..(k + 1) * p]);
            for c in 0..p {
                changes[i * p + c] = change[c] / self.data.scale[c];
            }
        }
        changes
    }

    /// Weighted score residuals on the scaled columns, in working order.
    pub(crate) fn scaled_score_residuals(&self) -> Vec<f64> {
        let rows = &self.data;
        let (m, p) = (rows.times.len(), rows.p);
        let profile = Profile::new(rows, &self.beta, self.options.ties);
        let exposure = Exposure::new(rows, &profile.sums);
        // Prefix sums over event times of hazard times mean covariates.
        let prefix = |scale: &dyn Fn(usize) -> f64| {
            let mut sums = vec![0.0; (m + 1) * p];
            for j in 0..m {
                for c in 0..p {
                    sums[(j + 1) * p + c] =
                        sums[j * p + c] + scale(j) * profile.hazard_mean(j, p, c);
                }
            }
            sums
        };
        let met = prefix(&|_| 1.0);
        let met_in_tail = if rows.tail_scale.is_empty() {
            Vec::new()
        } else {
            prefix(&|j| rows.tail_scale[j])
        };

        let mut residuals = vec![0.0; rows.n() * p];
        for k in 0..rows.n() {
            let (first, end) = (rows.first[k] as usize, rows.end[k] as usize);
            let event = rows.event_of(k);
            let risk = profile.risk[k];
            let lived = exposure.of(rows, k);
            let x = rows.row(k);
            for c in 0..p {
                let mut mean = if first < end {
                    met[end * p + c] - met[first * p + c]
                } else {
                    0.0
                };
                if let Some(j) = event {
                    mean -= profile.hazard_mean_less(j, p, c);
                }
                if !met_in_tail.is_empty() && rows.tail[k] > 0.0 {
                    let last = rows.stratum_end(k);
                    mean += rows.tail[k] * (met_in_tail[last * p + c] - met_in_tail[end * p + c]);
                }
                let mut residual = -risk * (x[c] * lived - mean);
                if let Some(j) = event {
                    residual +=
                        rows.weight[k] * (x[c] - profile.mean(j, p, c, rows.death_weight[j]));
                }
                residuals[k * p + c] = residual;
            }
        }
        residuals
    }
}

#[cfg(test)]
mod tests {
    use crate::cox::{CoxData, CoxOptions, Ties, cox};
    use crate::sample::Sample;

    #[test]
    fn a_rows_pull_is_the_derivative_of_the_estimate_in_its_weight() {
        // For Breslow's ties, where the estimate is a smooth function of weights.
        for seed in 0..5 {
            let sample = Sample::new(seed, 30, 2);
            let columns = sample.columns();
            for data in sample.variants(&columns) {
                let options = CoxOptions {
                    ties: Ties::Breslow,
                    tolerance: 1e-15,
                    ..CoxOptions::default()
                };
                let pulls = cox(&data, &options).unwrap().dfbeta(30);
                for i in [0, 7, 19] {
                    let weights = data.weights.map_or_else(|| vec![1.0; 30], <[f64]>::to_vec);
                    let at = |w: f64| {
                        let mut weights = weights.clone();
                        weights[i] = w;
                        cox(
                            &CoxData {
                                weights: Some(&weights),
                                ..data
                            },
                            &options,
                        )
                        .unwrap()
                        .coefficients()
                    };
                    let h = 1e-5;
                    let (up, down) = (at(weights[i] + h), at(weights[i] - h));
                    for c in 0..2 {
                        let slope = weights[i] * (up[c] - down[c]) / (2.0 * h);
                        assert!((pulls[i * 2 + c] - slope).abs() < 1e-6, "{seed} {i} {c}");
                    }
                }
            }
        }
    }

    #[test]
    fn martingale_and_score_residuals_sum_to_zero_at_the_estimate() {
        for seed in 0..5 {
            let sample = Sample::new(seed, 40, 2);
            let columns = sample.columns();
            for data in sample.variants(&columns) {
                for ties in [Ties::Efron, Ties::Breslow] {
                    let options = CoxOptions {
                        ties,
                        tolerance: 1e-15,
                        ..CoxOptions::default()
                    };
                    let fit = cox(&data, &options).unwrap();
                    let martingale = fit.martingale_residuals(40);
                    let sum: f64 = (0..40)
                        .map(|i| martingale[i] * data.weights.map_or(1.0, |w| w[i]))
                        .sum();
                    assert!(sum.abs() < 1e-10);
                    let pulls = fit.dfbeta(40);
                    for c in 0..2 {
                        assert!((0..40).map(|i| pulls[i * 2 + c]).sum::<f64>().abs() < 1e-10);
                    }
                }
            }
        }
    }

    #[test]
    fn one_cluster_a_row_is_no_cluster() {
        let sample = Sample::new(1, 40, 2);
        let columns = sample.columns();
        let plain = sample.variants(&columns)[0];
        let own: Vec<u32> = (0..40).rev().collect();
        let robust = cox(
            &plain,
            &CoxOptions {
                robust: Some(true),
                ..CoxOptions::default()
            },
        )
        .unwrap();
        let clustered = cox(
            &CoxData {
                cluster: Some(&own),
                ..plain
            },
            &CoxOptions::default(),
        )
        .unwrap();
        for (a, b) in robust.terms.iter().zip(&clustered.terms) {
            assert!((a.robust_std_error.unwrap() - b.robust_std_error.unwrap()).abs() < 1e-14);
        }
    }
}
