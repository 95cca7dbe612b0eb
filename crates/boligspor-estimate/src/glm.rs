//! Logistic and Poisson regression.
//!
//! The risk models behind case-mix adjustment, propensity scores and trends of
//! counts: iteratively reweighted least squares with offsets and weights, robust,
//! clustered or over-dispersed errors, a ridge or Firth's penalty for sparse
//! data, and a plain word when the data cannot carry the model.
//!
//! ```
//! use boligspor_estimate::glm::{Family, GlmData, GlmOptions, glm};
//! // 4 events in 100 person-years without, 18 in 150 with.
//! let data = GlmData {
//!     outcome: &[4.0, 18.0],
//!     covariates: &[&[0.0, 1.0]],
//!     offset: Some(&[100_f64.ln(), 150_f64.ln()]),
//!     ..GlmData::default()
//! };
//! let fit = glm(&data, &GlmOptions { family: Family::Poisson, ..GlmOptions::default() })?;
//! assert!((fit.terms[1].coef.exp() - 3.0).abs() < 1e-9); // 12 per 100 over 4 per 100
//! # Ok::<(), boligspor_estimate::EstimateError>(())
//! ```
//!
//! Sources: McCullagh & Nelder (1989), *Generalized Linear Models*; robust errors
//! by White (1982), *Econometrica* 50, 1–25, and Liang & Zeger (1986),
//! *Biometrika* 73, 13–22; Firth's penalty by Firth (1993), *Biometrika* 80,
//! 27–38, and Heinze & Schemper (2002), *Statistics in Medicine* 21, 2409–2419.

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result, all_finite, same_length, valid_weights};
use crate::fit_warning::FitWarning;
use crate::glm_design::Design;
use crate::interval::normal_quantile_two_sided;
use crate::linear::{Ldl, add_outer, dot, fill_upper, quadratic, sandwich};
pub use crate::penalty::Penalty;
pub use crate::term::Term;

/// The distribution of the outcome, each with its canonical link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Binomial with the logit: outcomes 0 and 1, or shares with the number of
    /// trials as weights.
    #[default]
    Logistic,
    /// Poisson with the logarithm: counts; exposure enters as `offset = ln`.
    Poisson,
}

/// Which standard errors the terms' tests and intervals use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Errors {
    /// The model's own; robust if clusters are given.
    #[default]
    Model,
    /// The model's times the root of Pearson's dispersion (quasi-likelihood):
    /// for counts that vary more than the Poisson allows.
    Quasi,
    /// The sandwich over rows or clusters, without small-sample factor.
    Robust,
}

/// What the caller passes, on borrowed columns of one length.
#[derive(Debug, Clone, Copy, Default)]
pub struct GlmData<'a> {
    /// Outcome: in [0, 1] for logistic, zero or more for Poisson regression.
    pub outcome: &'a [f64],
    /// One slice per covariate; the intercept is added.
    pub covariates: &'a [&'a [f64]],
    /// Case weights (or numbers of trials), zero or more.
    pub weights: Option<&'a [f64]>,
    /// A term with coefficient 1.
    pub offset: Option<&'a [f64]>,
    /// Cluster of each row. Asks for clustered standard errors.
    pub cluster: Option<&'a [u32]>,
}

/// Choices of a fit; the default is logistic regression at 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GlmOptions {
    /// Distribution and link.
    pub family: Family,
    /// Whether there is an intercept, as the first term.
    pub intercept: bool,
    /// Which errors.
    pub errors: Errors,
    /// Penalty for sparse data.
    pub penalty: Penalty,
    /// Ridge: `ridge/2` times the squared coefficients of the columns divided by
    /// their standard deviations is taken from the log-likelihood; the
    /// intercept is free. 0 for none.
    pub ridge: f64,
    /// Confidence level of the terms' intervals.
    pub level: f64,
    /// Most steps taken (ten times as many under Firth's penalty).
    pub max_iterations: usize,
    /// The relative change of the deviance that ends the iteration; R's default,
    /// from the same start by the same steps.
    pub tolerance: f64,
}

impl Default for GlmOptions {
    fn default() -> Self {
        Self {
            family: Family::Logistic,
            intercept: true,
            errors: Errors::Model,
            penalty: Penalty::None,
            ridge: 0.0,
            level: 0.95,
            max_iterations: 25,
            tolerance: 1e-8,
        }
    }
}

/// A fitted model.
#[derive(Debug, Clone)]
pub struct GlmFit {
    /// The intercept first, if there is one, then one per column.
    pub terms: Vec<Term>,
    /// Twice the log-likelihood lost against a model that fits perfectly.
    pub deviance: f64,
    /// The same with intercept and offset only.
    pub null_deviance: f64,
    /// Pearson's chi-squared over the residual degrees of freedom.
    pub dispersion: f64,
    /// Steps taken.
    pub iterations: usize,
    /// Whether Firth's penalty was used.
    pub penalised: bool,
    /// What the reader must know; columns are numbered without the intercept.
    pub warnings: Vec<FitWarning>,
    /// Rows of positive weight.
    pub rows: usize,
    /// Covariance of the terms behind their intervals, row-major, zero for
    /// columns left out.
    pub covariance: Vec<f64>,
    /// Fitted means by input row.
    pub fitted: Vec<f64>,
    family: Family,
    intercept: bool,
}

/// Fits logistic or Poisson regression.
///
/// Never fails for what the data cannot carry (separation, collinear columns,
/// an outcome that never varies): see [`GlmFit::warnings`].
///
/// # Errors
/// Columns of different length or not finite, negative weights, outcomes the
/// family cannot have, a negative ridge, or a level outside (0, 1).
pub fn glm(data: &GlmData, options: &GlmOptions) -> Result<GlmFit> {
    let quantile = normal_quantile_two_sided(options.level)?;
    validate(data, options)?;
    let design = Design::new(data, options);
    let firth = |penalised| {
        Search {
            design: &design,
            options,
            penalised,
        }
        .run()
    };
    let mut penalised = options.penalty == Penalty::Firth;
    let mut found = firth(penalised);
    let stuck = |w: &FitWarning| matches!(w, FitWarning::Separated { .. } | FitWarning::NoEvents);
    if options.penalty == Penalty::FirthIfSeparated && found.warnings.iter().any(stuck) {
        penalised = true;
        found = firth(true);
    }

    let p = design.p;
    let mean = design.means(&found.beta, options.family);
    let (information, size) = design.information(&mean, options);
    let ldl = Ldl::new(&information, p, &size);
    let naive = ldl.inverse();
    let pearson: f64 = (0..design.n())
        .map(|i| {
            let v = variance(options.family, mean[i]);
            design.weight[i] * (design.outcome[i] - mean[i]).powi(2) / v.max(f64::MIN_POSITIVE)
        })
        .sum();
    let dispersion = pearson / (design.n() - ldl.rank().min(design.n())) as f64;
    let errors = if data.cluster.is_some() {
        Errors::Robust
    } else {
        options.errors
    };
    let scaled = match errors {
        Errors::Model => naive.clone(),
        Errors::Quasi => naive.iter().map(|v| v * dispersion).collect(),
        Errors::Robust => sandwich(&naive, &design.meat(&mean, data.cluster), p),
    };

    // Back from centred and scaled columns: the intercept takes up the centres.
    let unscale = design.unscaling();
    let coef = unscale
        .iter()
        .map(|row| dot(row, &found.beta))
        .collect::<Vec<f64>>();
    let spread = |matrix: &[f64]| -> Vec<f64> {
        let half: Vec<Vec<f64>> = unscale
            .iter()
            .map(|row| crate::linear::times(matrix, row))
            .collect();
        unscale
            .iter()
            .flat_map(|row| half.iter().map(|h| dot(row, h)).collect::<Vec<f64>>())
            .collect()
    };
    let (model, covariance) = (spread(&naive), spread(&scaled));
    let nothing = !penalised && found.warnings.contains(&FitWarning::NoEvents);
    let terms = (0..p)
        .map(|c| {
            let robust = errors != Errors::Model;
            if ldl.is_redundant(c) || nothing {
                return Term::left_out(robust);
            }
            let error = |v: &[f64]| v[c * p + c].sqrt();
            Term::new(
                coef[c],
                error(&model),
                robust.then(|| error(&covariance)),
                quantile,
            )
        })
        .collect();
    let mut fitted = vec![f64::NAN; data.outcome.len()];
    for (i, &row) in design.source.iter().enumerate() {
        fitted[row] = mean[i];
    }
    Ok(GlmFit {
        terms,
        deviance: design.deviance(&mean, options.family),
        null_deviance: null_deviance(&design, options),
        dispersion,
        iterations: found.iterations,
        penalised,
        warnings: found.warnings,
        rows: design.n(),
        covariance,
        fitted,
        family: options.family,
        intercept: options.intercept,
    })
}

impl GlmFit {
    /// Predicted means for new rows, one slice per covariate; columns that were
    /// left out of the fit do not count.
    ///
    /// # Errors
    /// A number of columns other than the fit's, columns of different length,
    /// or values that are not finite.
    ///
    /// ```
    /// use boligspor_estimate::glm::{GlmData, GlmOptions, glm};
    /// let x = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
    /// let data = GlmData {
    ///     outcome: &[0.0, 0.0, 1.0, 0.0, 1.0, 1.0], covariates: &[&x], ..GlmData::default()
    /// };
    /// let fit = glm(&data, &GlmOptions::default())?;
    /// let risk = fit.predict(&[&[2.5]], None)?[0];
    /// assert!((risk - 0.5).abs() < 1e-9); // the data are symmetric about 2.5
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn predict(&self, covariates: &[&[f64]], offset: Option<&[f64]>) -> Result<Vec<f64>> {
        let skip = usize::from(self.intercept);
        same_length(
            "covariates",
            covariates.len(),
            "the fit's covariates",
            self.terms.len() - skip,
        )?;
        let n = covariates
            .first()
            .map(|c| c.len())
            .or(offset.map(<[f64]>::len))
            .unwrap_or(1);
        let start = if self.intercept {
            finite_or_zero(self.terms[0].coef)
        } else {
            0.0
        };
        let mut eta = match offset {
            Some(offset) => {
                same_length("offset", offset.len(), "covariates", n)?;
                all_finite("offset", offset)?;
                offset.iter().map(|o| o + start).collect()
            }
            None => vec![start; n],
        };
        for (column, term) in covariates.iter().zip(&self.terms[skip..]) {
            same_length("covariates", column.len(), "the first covariate", n)?;
            all_finite("covariates", column)?;
            for (eta, x) in eta.iter_mut().zip(*column) {
                *eta += finite_or_zero(term.coef) * x;
            }
        }
        Ok(eta
            .into_iter()
            .map(|eta| inverse_link(self.family, eta))
            .collect())
    }
}

fn finite_or_zero(coef: f64) -> f64 {
    if coef.is_finite() { coef } else { 0.0 }
}

fn validate(data: &GlmData, options: &GlmOptions) -> Result<()> {
    let n = data.outcome.len();
    if n == 0 {
        return Err(EstimateError::Empty {
            argument: "outcome",
        });
    }
    all_finite("outcome", data.outcome)?;
    for column in data.covariates {
        same_length("covariates", column.len(), "outcome", n)?;
        all_finite("covariates", column)?;
    }
    if let Some(weights) = data.weights {
        same_length("weights", weights.len(), "outcome", n)?;
        valid_weights("weights", weights)?;
    }
    if let Some(offset) = data.offset {
        same_length("offset", offset.len(), "outcome", n)?;
        all_finite("offset", offset)?;
    }
    if let Some(cluster) = data.cluster {
        same_length("cluster", cluster.len(), "outcome", n)?;
    }
    if data.outcome.iter().any(|y| *y < 0.0) {
        let rows = data.outcome.iter().filter(|y| **y < 0.0).count();
        return Err(EstimateError::Negative {
            argument: "outcome",
            rows,
        });
    }
    if options.family == Family::Logistic && data.outcome.iter().any(|y| *y > 1.0) {
        return Err(EstimateError::BadProbability {
            argument: "outcome",
        });
    }
    if !(options.ridge >= 0.0 && options.ridge.is_finite()) {
        return Err(EstimateError::OutOfRange {
            argument: "ridge",
            requirement: "it is a penalty of zero or more",
        });
    }
    Ok(())
}

/// The deviance with intercept and offset only.
fn null_deviance(design: &Design, options: &GlmOptions) -> f64 {
    let intercept_only = design.without_columns();
    let plain = GlmOptions {
        penalty: Penalty::None,
        ridge: 0.0,
        tolerance: 1e-12,
        ..*options
    };
    let found = Search {
        design: &intercept_only,
        options: &plain,
        penalised: false,
    }
    .run();
    intercept_only.deviance(
        &intercept_only.means(&found.beta, options.family),
        options.family,
    )
}

pub(crate) fn inverse_link(family: Family, eta: f64) -> f64 {
    match family {
        Family::Logistic => 1.0 / (1.0 + (-eta).exp()),
        Family::Poisson => eta.exp(),
    }
}

pub(crate) fn variance(family: Family, mean: f64) -> f64 {
    match family {
        Family::Logistic => mean * (1.0 - mean),
        Family::Poisson => mean,
    }
}

struct Search<'a> {
    design: &'a Design,
    options: &'a GlmOptions,
    penalised: bool,
}

struct Found {
    beta: Vec<f64>,
    iterations: usize,
    warnings: Vec<FitWarning>,
}

impl Search<'_> {
    fn run(&self) -> Found {
        let Self {
            design,
            options,
            penalised,
        } = *self;
        let p = design.p;
        let (start, mut mean) = design.start(options);
        let mut beta = vec![0.0; p];
        let mut warnings = Vec::new();
        if design.never_varies(options.family) {
            warnings.push(FitWarning::NoEvents);
            if !penalised {
                return Found {
                    beta,
                    iterations: 0,
                    warnings,
                };
            }
        }
        let ldl = self.factor(&mean);
        let skip = usize::from(options.intercept);
        warnings.extend(
            (skip..p)
                .filter(|&c| ldl.is_redundant(c))
                .map(|c| FitWarning::Collinear { column: c - skip }),
        );

        let mut objective = f64::INFINITY;
        let mut iterations = 0;
        let mut converged = ldl.rank() == 0;
        let most = options.max_iterations * if penalised { 10 } else { 1 };
        while !converged && iterations < most {
            // The first step is a least-squares fit to the starting means, so
            // that it needs no coefficients; the others correct the last.
            let mut step = if iterations == 0 && !penalised {
                self.factor(&mean)
                    .solve(&design.working_response(&mean, &start, options.family))
            } else {
                if iterations == 0 {
                    mean = design.means(&beta, options.family);
                }
                self.step(&beta, &mean)
            };
            iterations += 1;
            let value = loop {
                let trial: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + s).collect();
                let means = design.means(&trial, options.family);
                let value = self.objective(&trial, &means);
                let worse =
                    objective.is_finite() && value > objective + 1e-6 * (objective.abs() + 0.1);
                if (value.is_finite() && !worse) || step.iter().all(|s| s.abs() < 1e-12) {
                    (beta, mean) = (trial, means);
                    break value;
                }
                for s in &mut step {
                    *s /= 2.0;
                }
            };
            // R's rule. A penalised step leaves out the penalty's curvature and
            // gains a digit at a time: there the step itself decides.
            let settled =
                !penalised && (value - objective).abs() < options.tolerance * (value.abs() + 0.1);
            let smallest = if penalised { 1e-11 } else { 1e-14 };
            let still = step
                .iter()
                .zip(&beta)
                .all(|(s, b)| s.abs() <= smallest * (1.0 + b.abs()));
            converged = settled || still;
            objective = value;
        }
        let ahead = self.step(&beta, &mean);
        let separated: Vec<usize> = (skip..p)
            .filter(|&c| ahead[c].abs() > 1e-3 * (1.0 + beta[c].abs()))
            .collect();
        if !converged && separated.is_empty() {
            warnings.push(FitWarning::NotConverged { iterations });
        }
        warnings.extend(
            separated
                .into_iter()
                .map(|c| FitWarning::Separated { column: c - skip }),
        );
        Found {
            beta,
            iterations,
            warnings,
        }
    }

    fn factor(&self, mean: &[f64]) -> Ldl {
        let (information, size) = self.design.information(mean, self.options);
        Ldl::new(&information, self.design.p, &size)
    }

    /// Deviance plus twice the penalties: what is minimised.
    fn objective(&self, beta: &[f64], mean: &[f64]) -> f64 {
        let mut value = self.design.deviance(mean, self.options.family);
        value += self.options.ridge * self.design.squared(beta);
        if self.penalised {
            value -= self.factor(mean).log_determinant();
        }
        value
    }

    fn step(&self, beta: &[f64], mean: &[f64]) -> Vec<f64> {
        let Self {
            design,
            options,
            penalised,
        } = *self;
        let ldl = self.factor(mean);
        let mut score = design.score(mean);
        for c in usize::from(options.intercept)..design.p {
            score[c] -= options.ridge * beta[c];
        }
        if penalised {
            let inverse = ldl.inverse();
            for (i, mean) in mean.iter().enumerate() {
                let x = design.row(i);
                let hat =
                    design.weight[i] * variance(options.family, *mean) * quadratic(&inverse, x);
                // Half the derivative of the log variance in the linear predictor.
                let pull = match options.family {
                    Family::Logistic => hat * (0.5 - mean),
                    Family::Poisson => hat * 0.5,
                };
                for (u, x) in score.iter_mut().zip(x) {
                    *u += pull * x;
                }
            }
        }
        ldl.solve(&score)
    }
}

impl Design {
    /// Σ over clusters (or rows) of the outer product of their scores; full.
    fn meat(&self, mean: &[f64], cluster: Option<&[u32]>) -> Vec<f64> {
        let mut order: Vec<(u32, usize)> = (0..self.n())
            .map(|i| (cluster.map_or(i as u32, |c| c[self.source[i]]), i))
            .collect();
        order.sort_unstable();
        let mut meat = vec![0.0; self.p * self.p];
        let mut sum = vec![0.0; self.p];
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            sum.fill(0.0);
            for &(_, i) in group {
                let residual = self.weight[i] * (self.outcome[i] - mean[i]);
                for (s, x) in sum.iter_mut().zip(self.row(i)) {
                    *s += residual * x;
                }
            }
            add_outer(&mut meat, 1.0, &sum);
        }
        fill_upper(&mut meat, self.p);
        meat
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Random;

    fn tight(family: Family) -> GlmOptions {
        GlmOptions {
            family,
            tolerance: 0.0,
            ..GlmOptions::default()
        }
    }

    /// 3 of 10 without, 12 of 20 with.
    fn two_by_two() -> (Vec<f64>, Vec<f64>) {
        let outcome = (0..30)
            .map(|i| f64::from(u8::from(i < 3 || (10..22).contains(&i))))
            .collect();
        (
            outcome,
            (0..30).map(|i| f64::from(u8::from(i >= 10))).collect(),
        )
    }

    #[test]
    fn a_two_by_two_table_gives_the_log_odds_ratio_and_woolfs_error() {
        let (outcome, x) = two_by_two();
        let data = GlmData {
            outcome: &outcome,
            covariates: &[&x],
            ..GlmData::default()
        };
        let fit = glm(&data, &tight(Family::Logistic)).unwrap();
        assert!((fit.terms[0].coef - (3.0_f64 / 7.0).ln()).abs() < 1e-12);
        assert!((fit.terms[1].coef - (12.0 * 7.0 / (8.0 * 3.0_f64)).ln()).abs() < 1e-12);
        let woolf = (1.0 / 3.0 + 1.0 / 7.0 + 1.0 / 12.0 + 1.0 / 8.0_f64).sqrt();
        assert!((fit.terms[1].std_error - woolf).abs() < 1e-12);
        assert!((fit.terms[0].std_error - (1.0 / 3.0 + 1.0 / 7.0_f64).sqrt()).abs() < 1e-12);
        // A saturated model has no misspecification: robust errors are the same.
        let robust = glm(
            &data,
            &GlmOptions {
                errors: Errors::Robust,
                ..tight(Family::Logistic)
            },
        )
        .unwrap();
        assert!((robust.terms[1].robust_std_error.unwrap() - woolf).abs() < 1e-12);
    }

    #[test]
    fn firth_on_a_two_by_two_table_adds_half_to_each_cell() {
        let (outcome, x) = two_by_two();
        let data = GlmData {
            outcome: &outcome,
            covariates: &[&x],
            ..GlmData::default()
        };
        let options = GlmOptions {
            penalty: Penalty::Firth,
            ..tight(Family::Logistic)
        };
        let fit = glm(&data, &options).unwrap();
        assert!((fit.terms[1].coef - (12.5 * 7.5 / (8.5 * 3.5_f64)).ln()).abs() < 1e-9);
        assert!(fit.warnings.is_empty(), "{:?}", fit.warnings);
    }

    #[test]
    fn two_rates_give_the_log_rate_ratio_and_its_error() {
        let data = GlmData {
            outcome: &[4.0, 18.0],
            covariates: &[&[0.0, 1.0]],
            offset: Some(&[100_f64.ln(), 150_f64.ln()]),
            ..GlmData::default()
        };
        let fit = glm(&data, &tight(Family::Poisson)).unwrap();
        assert!((fit.terms[0].coef - 0.04_f64.ln()).abs() < 1e-12);
        assert!((fit.terms[1].coef - 3_f64.ln()).abs() < 1e-12);
        assert!((fit.terms[1].std_error - (1.0 / 4.0 + 1.0 / 18.0_f64).sqrt()).abs() < 1e-12);
        assert!(fit.deviance.abs() < 1e-10);
        // Firth's penalty adds half an event to each group.
        let options = GlmOptions {
            penalty: Penalty::Firth,
            ..tight(Family::Poisson)
        };
        let firth = glm(&data, &options).unwrap();
        let ratio = (18.5 / 150.0 / (4.5 / 100.0_f64)).ln();
        assert!((firth.terms[1].coef - ratio).abs() < 1e-9);
    }

    /// Random rows with weights, offset and two covariates.
    fn random(seed: u64) -> [Vec<f64>; 5] {
        let mut random = Random(seed);
        let mut columns: [Vec<f64>; 5] = Default::default();
        for _ in 0..40 {
            columns[0].push(f64::from(u8::from(random.uniform() < 0.4)));
            columns[1].push(random.uniform() * 3.0 - 1.0);
            columns[2].push((random.uniform() * 3.0).floor() + 100.0);
            columns[3].push((random.uniform() * 3.0).ceil() / 2.0);
            columns[4].push(random.uniform() - 0.5);
        }
        columns
    }

    #[test]
    fn the_estimate_is_where_the_score_vanishes() {
        for seed in 0..10 {
            let [outcome, x1, x2, weights, offset] = random(seed);
            let data = GlmData {
                outcome: &outcome,
                covariates: &[&x1, &x2],
                weights: Some(&weights),
                offset: Some(&offset),
                cluster: None,
            };
            for family in [Family::Logistic, Family::Poisson] {
                for ridge in [0.0, 3.0] {
                    let fit = glm(
                        &data,
                        &GlmOptions {
                            ridge,
                            ..tight(family)
                        },
                    )
                    .unwrap();
                    assert!(
                        fit.warnings.is_empty(),
                        "{seed} {family:?} {:?}",
                        fit.warnings
                    );
                    let residual: Vec<f64> = (0..40)
                        .map(|i| weights[i] * (outcome[i] - fit.fitted[i]))
                        .collect();
                    assert!(residual.iter().sum::<f64>().abs() < 1e-10);
                    for (column, term) in [&x1, &x2].iter().zip(&fit.terms[1..]) {
                        let total: f64 = weights.iter().sum();
                        let mean = dot(&weights, column) / total;
                        let square: f64 = (0..40)
                            .map(|i| weights[i] * (column[i] - mean).powi(2))
                            .sum::<f64>()
                            / total;
                        let score = dot(&residual, column) - mean * residual.iter().sum::<f64>();
                        assert!((score - ridge * term.coef * square).abs() < 1e-8);
                    }
                    let again = fit.predict(&[&x1, &x2], Some(&offset)).unwrap();
                    assert!(
                        again
                            .iter()
                            .zip(&fit.fitted)
                            .all(|(a, b)| (a - b).abs() < 1e-12)
                    );
                }
            }
        }
    }

    #[test]
    fn whole_weights_are_repeated_rows() {
        let [outcome, x1, x2, weights, _] = random(3);
        let whole: Vec<f64> = weights.iter().map(|w| (w * 2.0).floor()).collect();
        let repeat = |v: &[f64]| -> Vec<f64> {
            v.iter()
                .zip(&whole)
                .flat_map(|(v, w)| vec![*v; *w as usize])
                .collect()
        };
        let weighted = GlmData {
            outcome: &outcome,
            covariates: &[&x1, &x2],
            weights: Some(&whole),
            ..GlmData::default()
        };
        let (long, c1, c2) = (repeat(&outcome), repeat(&x1), repeat(&x2));
        let repeated = GlmData {
            outcome: &long,
            covariates: &[&c1, &c2],
            ..GlmData::default()
        };
        let (a, b) = (
            glm(&weighted, &tight(Family::Poisson)).unwrap(),
            glm(&repeated, &tight(Family::Poisson)).unwrap(),
        );
        for (a, b) in a.terms.iter().zip(&b.terms) {
            assert!((a.coef - b.coef).abs() < 1e-11 && (a.std_error - b.std_error).abs() < 1e-11);
        }
    }

    #[test]
    fn clusters_of_one_row_are_robust_errors_and_clusters_add_scores() {
        let [outcome, x1, _, _, _] = random(5);
        let data = GlmData {
            outcome: &outcome,
            covariates: &[&x1],
            ..GlmData::default()
        };
        let own: Vec<u32> = (0..40).rev().collect();
        let pairs: Vec<u32> = (0..40).map(|i| i / 2).collect();
        let error = |data: &GlmData, errors| {
            let fit = glm(
                data,
                &GlmOptions {
                    errors,
                    ..tight(Family::Logistic)
                },
            )
            .unwrap();
            fit.terms[1].robust_std_error.unwrap()
        };
        let robust = error(&data, Errors::Robust);
        assert!(
            (error(
                &GlmData {
                    cluster: Some(&own),
                    ..data
                },
                Errors::Model
            ) - robust)
                .abs()
                < 1e-12
        );
        // Each row twice, clustered: the same information twice as large, the
        // same covariance as the rows once.
        let twice = |v: &[f64]| v.iter().flat_map(|v| [*v, *v]).collect::<Vec<f64>>();
        let (y2, x2) = (twice(&outcome), twice(&x1));
        let same: Vec<u32> = (0..80).map(|i| i / 2).collect();
        let doubled = GlmData {
            outcome: &y2,
            covariates: &[&x2],
            cluster: Some(&same),
            ..GlmData::default()
        };
        assert!((error(&doubled, Errors::Model) - robust).abs() < 1e-12);
        assert!(
            (error(
                &GlmData {
                    cluster: Some(&pairs),
                    ..data
                },
                Errors::Model
            ) - robust)
                .abs()
                > 1e-6
        );
    }

    #[test]
    fn separation_is_named_and_firth_gives_a_finite_answer() {
        let outcome = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let data = GlmData {
            outcome: &outcome,
            covariates: &[&x],
            ..GlmData::default()
        };
        let plain = glm(&data, &GlmOptions::default()).unwrap();
        assert!(
            plain
                .warnings
                .contains(&FitWarning::Separated { column: 0 }),
            "{:?}",
            plain.warnings
        );
        let options = GlmOptions {
            penalty: Penalty::FirthIfSeparated,
            ..GlmOptions::default()
        };
        let firth = glm(&data, &options).unwrap();
        assert!(
            firth.penalised && firth.warnings.is_empty(),
            "{:?}",
            firth.warnings
        );
        assert!(firth.terms[1].coef > 0.2 && firth.terms[1].coef < 5.0);
    }

    #[test]
    fn a_group_without_events_separates_a_poisson_model() {
        let data = GlmData {
            outcome: &[0.0, 0.0, 3.0, 5.0],
            covariates: &[&[0.0, 0.0, 1.0, 1.0]],
            ..GlmData::default()
        };
        let options = GlmOptions {
            family: Family::Poisson,
            ..GlmOptions::default()
        };
        let fit = glm(&data, &options).unwrap();
        assert!(
            fit.warnings.contains(&FitWarning::Separated { column: 0 }),
            "{:?}",
            fit.warnings
        );
    }

    #[test]
    fn redundant_columns_are_left_out_and_named() {
        let [outcome, x1, _, _, _] = random(2);
        let (constant, double): (Vec<f64>, Vec<f64>) =
            x1.iter().map(|x| (4.0, 1.0 - 2.0 * x)).unzip();
        let data = GlmData {
            outcome: &outcome,
            covariates: &[&constant, &x1, &double],
            ..GlmData::default()
        };
        let fit = glm(&data, &tight(Family::Logistic)).unwrap();
        assert_eq!(
            fit.warnings,
            [
                FitWarning::Collinear { column: 0 },
                FitWarning::Collinear { column: 2 }
            ]
        );
        let alone = GlmData {
            covariates: &[&x1],
            ..data
        };
        let alone = glm(&alone, &tight(Family::Logistic)).unwrap();
        assert!((fit.terms[2].coef - alone.terms[1].coef).abs() < 1e-10);
        assert!((fit.terms[0].coef - alone.terms[0].coef).abs() < 1e-10);
    }

    #[test]
    fn an_outcome_that_never_varies_says_so() {
        for outcome in [[0.0; 4], [1.0; 4]] {
            let data = GlmData {
                outcome: &outcome,
                covariates: &[&[1.0, 2.0, 3.0, 5.0]],
                ..GlmData::default()
            };
            let fit = glm(&data, &GlmOptions::default()).unwrap();
            assert_eq!(fit.warnings, [FitWarning::NoEvents]);
            assert!(fit.terms[0].coef.is_nan());
            // Firth's intercept alone is (k + 1/2)/(n + 1).
            let data = GlmData {
                covariates: &[],
                ..data
            };
            let firth = glm(
                &data,
                &GlmOptions {
                    penalty: Penalty::Firth,
                    ..GlmOptions::default()
                },
            )
            .unwrap();
            let share = (outcome[0] * 4.0 + 0.5) / 5.0;
            assert!((firth.fitted[0] - share).abs() < 1e-9);
        }
    }

    #[test]
    fn a_heavy_ridge_leaves_the_intercept() {
        let (outcome, x) = two_by_two();
        let data = GlmData {
            outcome: &outcome,
            covariates: &[&x],
            ..GlmData::default()
        };
        let fit = glm(
            &data,
            &GlmOptions {
                ridge: 1e9,
                ..tight(Family::Logistic)
            },
        )
        .unwrap();
        assert!(fit.terms[1].coef.abs() < 1e-6);
        assert!((fit.fitted[0] - 0.5).abs() < 1e-6);
    }

    #[test]
    fn outcomes_the_family_cannot_have_are_refused() {
        let data = GlmData {
            outcome: &[2.0, 1.0],
            ..GlmData::default()
        };
        assert_eq!(
            glm(&data, &GlmOptions::default()).unwrap_err(),
            EstimateError::BadProbability {
                argument: "outcome"
            }
        );
        let data = GlmData {
            outcome: &[-1.0, 1.0],
            ..GlmData::default()
        };
        let options = GlmOptions {
            family: Family::Poisson,
            ..GlmOptions::default()
        };
        assert_eq!(
            glm(&data, &options).unwrap_err(),
            EstimateError::Negative {
                argument: "outcome",
                rows: 1
            }
        );
    }
}
