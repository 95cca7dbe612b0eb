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
        if !penalised {
            return ldl.solve(&score);
        }
        let inverse = ldl.inverse();
        let mut more = vec![0.0; mean.len()];
        for (i, mean) in mean.iter().enumerate() {
            let x = design.row(i);
            let hat = design.weight[i] * variance(options.family, *mean) * quadratic(&inverse, x);
            // Half the derivative of the log variance in the linear predictor.
            let pull = match options.family {
                Family::Logistic => hat * (0.5 - mean),
                Family::Poisson => hat * 0.5,
            };
            for (u, x) in score.iter_mut().zip(x) {
                *u += pull * x;
            }
            more[i] = hat;
        }
        if options.family == Family::Poisson {
            return ldl.solve(&score);
        }
        // A row counts as that many more trials as its leverage, half of them
        // events: without them a group of one row would swing to and fro.
        let (information, size) = design.information_of(
            |i| (design.weight[i] + more[i]) * variance(options.family, mean[i]),
            options,
        );
        Ldl::new(&information, design.p, &size).solve(&score)
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
mod tests;
