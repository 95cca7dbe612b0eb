//! Curves from a proportional-hazards model.
//!
//! A hazard ratio says nothing about how many; the baseline hazard turns it back
//! into probabilities. The curve at the means of the covariates is nobody's
//! curve: to describe a cohort, average the curves of its people
//! ([`CoxFit::standardised_survival`]).
//!
//! Sources: Breslow (1972), discussion of Cox, *JRSS B* 34, 216–217; variance by
//! Tsiatis (1981), *Annals of Statistics* 9, 93–108; tied events as in Therneau
//! & Grambsch (2000), §10.2. Exact ties use Breslow's estimator here.

use crate::cox::{CoxFit, Ties};
use crate::cox_likelihood::Profile;
use crate::error::{EstimateError, Result, all_finite, same_length, valid_weights};
use crate::interval::{ConfType, Interval, normal_quantile_two_sided};
use crate::linear::{dot, quadratic};

/// The predicted curve of one person in one stratum, at its event times.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxCurve {
    /// The caller's code of the stratum (0 if there are none).
    pub stratum: u32,
    /// Event times, ascending.
    pub time: Vec<f64>,
    /// Cumulative hazard.
    pub cumulative_hazard: Vec<f64>,
    /// Standard error of the cumulative hazard.
    pub hazard_error: Vec<f64>,
    /// `exp(-cumulative_hazard)`.
    pub survival: Vec<f64>,
    /// Standard error of the survival probability.
    pub std_error: Vec<f64>,
    /// Lower end of its interval.
    pub low: Vec<f64>,
    /// Upper end of its interval.
    pub high: Vec<f64>,
}

impl CoxFit {
    /// The baseline: the curve where every covariate is zero, in each stratum.
    ///
    /// Zero may lie far outside the data (age 0): the hazard there is a factor
    /// of the model, not a prediction. Use [`CoxFit::curves`] for people.
    ///
    /// ```
    /// use boligspor_estimate::cox::{CoxData, CoxOptions, cox};
    /// let data = CoxData {
    ///     time: &[1.0, 2.0, 3.0],
    ///     event: &[true, true, false],
    ///     ..CoxData::default()
    /// };
    /// let baseline = &cox(&data, &CoxOptions::default())?.baseline()[0];
    /// assert_eq!(baseline.time, [1.0, 2.0]);
    /// assert!((baseline.cumulative_hazard[1] - (1.0 / 3.0 + 1.0 / 2.0)).abs() < 1e-12);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn baseline(&self) -> Vec<CoxCurve> {
        self.curves_at(&vec![0.0; self.data.p], ConfType::Log)
    }

    /// The curve of a person with covariates `at` (and offset zero), in each
    /// stratum, with intervals at the fit's level.
    ///
    /// The error counts both the hazard's and the coefficients' (robust if the
    /// fit's are).
    ///
    /// # Errors
    /// A number of covariates other than the fit's, or one that is not finite.
    pub fn curves(&self, at: &[f64], conf_type: ConfType) -> Result<Vec<CoxCurve>> {
        same_length("at", at.len(), "covariates", self.data.p)?;
        all_finite("at", at)?;
        Ok(self.curves_at(at, conf_type))
    }

    fn curves_at(&self, at: &[f64], conf_type: ConfType) -> Vec<CoxCurve> {
        let rows = &self.data;
        let p = rows.p;
        let profile = Profile::new(rows, &self.beta, self.baseline_ties());
        let x: Vec<f64> = (0..p)
            .map(|c| (at[c] - rows.centre[c]) / rows.scale[c])
            .collect();
        let log_risk = dot(&x, &self.beta) - rows.offset_centre - profile.largest;
        let risk = log_risk.exp();
        let z = normal_quantile_two_sided(self.options.level).unwrap_or(f64::NAN);

        (0..rows.codes.len())
            .map(|s| {
                let range = rows.strata[s]..rows.strata[s + 1];
                let (mut hazard, mut variance, mut pull) = (0.0, 0.0, vec![0.0; p]);
                let mut curve = CoxCurve {
                    stratum: rows.codes[s],
                    time: rows.times[range.clone()].to_vec(),
                    cumulative_hazard: Vec::with_capacity(range.len()),
                    hazard_error: Vec::with_capacity(range.len()),
                    survival: Vec::with_capacity(range.len()),
                    std_error: Vec::with_capacity(range.len()),
                    low: Vec::with_capacity(range.len()),
                    high: Vec::with_capacity(range.len()),
                };
                for j in range {
                    let sums = &profile.sums[j];
                    hazard += sums.h;
                    variance += sums.a0;
                    for (c, pull) in pull.iter_mut().enumerate() {
                        *pull += profile.hazard_mean(j, p, c) - sums.h * x[c];
                    }
                    let total = hazard * risk;
                    let error =
                        risk * (variance + quadratic(&self.scaled_covariance, &pull)).sqrt();
                    let survival = (-total).exp();
                    let Interval { low, high } = conf_type.around(survival, survival * error, z);
                    curve.cumulative_hazard.push(total);
                    curve.hazard_error.push(error);
                    curve.survival.push(survival);
                    curve.std_error.push(survival * error);
                    curve.low.push(low);
                    curve.high.push(high);
                }
                curve
            })
            .collect()
    }

    /// `Σ coefficient·covariate` for new people, one slice per covariate.
    ///
    /// # Errors
    /// A number of columns other than the fit's, columns of different length,
    /// or values that are not finite.
    pub fn linear_predictor(&self, covariates: &[&[f64]]) -> Result<Vec<f64>> {
        same_length(
            "covariates",
            covariates.len(),
            "the fit's covariates",
            self.data.p,
        )?;
        let n = covariates.first().map_or(0, |c| c.len());
        let mut predictor = vec![0.0; n];
        for (column, coef) in covariates.iter().zip(self.coefficients()) {
            same_length("covariates", column.len(), "the first covariate", n)?;
            all_finite("covariates", column)?;
            for (eta, x) in predictor.iter_mut().zip(*column) {
                *eta += coef * x;
            }
        }
        Ok(predictor)
    }

    /// Predicted survival of new people at `times`: row-major, a row a person.
    ///
    /// `strata` names each person's stratum and is needed if the fit has several.
    ///
    /// # Errors
    /// As [`CoxFit::linear_predictor`], or a stratum the fit does not know.
    pub fn predict_survival(
        &self,
        covariates: &[&[f64]],
        strata: Option<&[u32]>,
        times: &[f64],
    ) -> Result<Vec<f64>> {
        let (hazards, log_risks, strata) = self.prediction(covariates, strata, times)?;
        let width = times.len();
        let mut survival = vec![0.0; log_risks.len() * width];
        for (i, (&log_risk, &s)) in log_risks.iter().zip(&strata).enumerate() {
            for (t, hazard) in hazards[s].iter().enumerate() {
                survival[i * width + t] = (-hazard * log_risk.exp()).exp();
            }
        }
        Ok(survival)
    }

    /// The mean of the predicted survival of these people at `times`: what the
    /// cohort's curve would be if all had these covariates.
    ///
    /// Predicting everybody once with and once without a treatment, and
    /// comparing the two means, is g-computation.
    ///
    /// # Errors
    /// As [`CoxFit::predict_survival`], weights negative or all zero, or nobody.
    pub fn standardised_survival(
        &self,
        covariates: &[&[f64]],
        strata: Option<&[u32]>,
        weights: Option<&[f64]>,
        times: &[f64],
    ) -> Result<Vec<f64>> {
        let (hazards, log_risks, strata) = self.prediction(covariates, strata, times)?;
        if log_risks.is_empty() {
            return Err(EstimateError::Empty {
                argument: "covariates",
            });
        }
        if let Some(weights) = weights {
            same_length("weights", weights.len(), "covariates", log_risks.len())?;
            valid_weights("weights", weights)?;
        }
        let mut mean = vec![0.0; times.len()];
        let mut total = 0.0;
        for (i, (&log_risk, &s)) in log_risks.iter().zip(&strata).enumerate() {
            let w = weights.map_or(1.0, |w| w[i]);
            if w == 0.0 {
                continue;
            }
            let risk = log_risk.exp();
            for (mean, hazard) in mean.iter_mut().zip(&hazards[s]) {
                *mean += w * (-hazard * risk).exp();
            }
            total += w;
        }
        for m in &mut mean {
            *m /= total;
        }
        Ok(mean)
    }

    /// Cumulative hazards by stratum at `times`, and the log risks and strata of
    /// new people, all relative to the same reference.
    #[expect(
        clippy::type_complexity,
        reason = "three parallel columns, used twice in this file"
    )]
    fn prediction(
        &self,
        covariates: &[&[f64]],
        strata: Option<&[u32]>,
        times: &[f64],
    ) -> Result<(Vec<Vec<f64>>, Vec<f64>, Vec<usize>)> {
        all_finite("times", times)?;
        let rows = &self.data;
        let predictor = self.linear_predictor(covariates)?;
        let n = predictor.len();
        let known = &rows.codes;
        let dense = match strata {
            None if known.len() == 1 => vec![0; n],
            None => {
                return Err(EstimateError::Empty { argument: "strata" });
            }
            Some(codes) => {
                same_length("strata", codes.len(), "covariates", n)?;
                let found: Vec<_> = codes.iter().map(|c| known.binary_search(c)).collect();
                let unknown = found.iter().filter(|f| f.is_err()).count();
                if unknown > 0 {
                    return Err(EstimateError::UnknownCode {
                        argument: "strata",
                        rows: unknown,
                        known: known.len(),
                        hint: "a stratum not in the fit has no baseline hazard to predict from",
                    });
                }
                found.into_iter().flatten().collect()
            }
        };
        let profile = Profile::new(rows, &self.beta, self.baseline_ties());
        let centre = dot(&self.coefficients(), &rows.centre) + rows.offset_centre + profile.largest;
        let hazards = (0..known.len())
            .map(|s| {
                let range = rows.strata[s]..rows.strata[s + 1];
                let mut cumulative = vec![0.0];
                for j in range.clone() {
                    cumulative.push(cumulative[cumulative.len() - 1] + profile.sums[j].h);
                }
                times
                    .iter()
                    .map(|t| cumulative[rows.times[range.clone()].partition_point(|e| e <= t)])
                    .collect()
            })
            .collect();
        Ok((
            hazards,
            predictor.into_iter().map(|eta| eta - centre).collect(),
            dense,
        ))
    }

    pub(crate) fn baseline_ties(&self) -> Ties {
        match self.options.ties {
            Ties::Exact => Ties::Breslow,
            ties => ties,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cox::{CoxData, CoxOptions, cox};
    use crate::sample::Sample;

    #[test]
    fn the_hazard_is_events_over_summed_risk_at_any_covariates() {
        let sample = Sample::new(5, 40, 2);
        let columns = sample.columns();
        for data in sample.variants(&columns) {
            let options = CoxOptions {
                ties: Ties::Breslow,
                ..CoxOptions::default()
            };
            let fit = cox(&data, &options).unwrap();
            let coef = fit.coefficients();
            let at = [0.3, 1.1];
            let eta =
                |i: usize| coef[0] * (columns[0][i] - at[0]) + coef[1] * (columns[1][i] - at[1]);
            for curve in fit.curves(&at, ConfType::Log).unwrap() {
                let mut hazard = 0.0;
                for (&t, found) in curve.time.iter().zip(&curve.cumulative_hazard) {
                    let (mut events, mut risk) = (0.0, 0.0);
                    for i in 0..40 {
                        let w = data.weights.map_or(1.0, |w| w[i]);
                        let here = data.strata.is_none_or(|s| s[i] == curve.stratum);
                        if here && data.time[i] >= t && data.entry.is_none_or(|e| e[i] < t) {
                            risk += w * eta(i).exp();
                            events += if data.event[i] && data.time[i] == t {
                                w
                            } else {
                                0.0
                            };
                        }
                    }
                    hazard += events / risk;
                    assert!((found - hazard).abs() < 1e-12 * hazard.max(1.0));
                }
            }
        }
    }

    #[test]
    fn the_error_is_the_delta_method_over_hazard_and_coefficients() {
        // The variance of H(t | x) through β is dH/dβ' V dH/dβ; the derivative is
        // taken here by refitting nothing but moving β (the offset does that).
        let sample = Sample::new(8, 60, 1);
        let columns = sample.columns();
        let plain = sample.variants(&columns)[0];
        let options = CoxOptions {
            ties: Ties::Breslow,
            ..CoxOptions::default()
        };
        let fit = cox(&plain, &options).unwrap();
        let beta = fit.terms[0].coef;
        let hazard_at = |b: f64| {
            let offset: Vec<f64> = columns[0].iter().map(|x| b * (x - 0.7)).collect();
            let only_offset = CoxData {
                covariates: &[],
                offset: Some(&offset),
                ..plain
            };
            let curve = cox(&only_offset, &options).unwrap().baseline().remove(0);
            (curve.cumulative_hazard, curve.hazard_error)
        };
        let curve = fit.curves(&[0.7], ConfType::Plain).unwrap().remove(0);
        let h = 1e-5;
        let (up, down, (here, poisson)) = (
            hazard_at(beta + h).0,
            hazard_at(beta - h).0,
            hazard_at(beta),
        );
        for j in 0..curve.time.len() {
            assert!((curve.cumulative_hazard[j] - here[j]).abs() < 1e-12);
            let slope = (up[j] - down[j]) / (2.0 * h);
            let variance = poisson[j].powi(2) + slope.powi(2) * fit.terms[0].std_error.powi(2);
            assert!((curve.hazard_error[j] - variance.sqrt()).abs() < 1e-7);
        }
    }

    #[test]
    fn averaging_predictions_is_standardisation() {
        let sample = Sample::new(9, 30, 2);
        let columns = sample.columns();
        let data = *sample.variants(&columns).last().unwrap();
        let fit = cox(&data, &CoxOptions::default()).unwrap();
        let times = [0.0, 3.0, 100.0];
        let each = fit.predict_survival(&columns, data.strata, &times).unwrap();
        let mean = fit
            .standardised_survival(&columns, data.strata, data.weights, &times)
            .unwrap();
        let total: f64 = sample.weights.iter().sum();
        for t in 0..3 {
            let by_hand: f64 = (0..30)
                .map(|i| sample.weights[i] * each[i * 3 + t])
                .sum::<f64>()
                / total;
            assert!((mean[t] - by_hand).abs() < 1e-14);
        }
        assert_eq!(mean[0], 1.0);
    }

    #[test]
    fn strata_must_be_named_and_known() {
        let sample = Sample::new(9, 30, 1);
        let columns = sample.columns();
        let fit = cox(&sample.variants(&columns)[2], &CoxOptions::default()).unwrap();
        assert!(fit.predict_survival(&columns, None, &[1.0]).is_err());
        let unknown = vec![3; 30];
        assert!(matches!(
            fit.predict_survival(&columns, Some(&unknown), &[1.0]),
            Err(EstimateError::UnknownCode {
                rows: 30,
                known: 2,
                ..
            })
        ));
    }
}
