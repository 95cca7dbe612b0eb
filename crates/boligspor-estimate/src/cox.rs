//! Cox's proportional-hazards regression.
//!
//! How much faster one group leaves a state than another, other things equal,
//! without saying how the hazard runs over time. Complete as evaluators need it:
//! three ways with ties, strata, case weights, delayed entry, clustered errors,
//! and a plain word (`warnings`) when the data cannot carry the model.
//!
//! ```
//! use boligspor_estimate::cox::{CoxData, CoxOptions, cox};
//! // Therneau & Grambsch (2000), appendix E.2: six people, one 0/1 covariate.
//! let data = CoxData {
//!     time: &[1.0, 1.0, 6.0, 6.0, 8.0, 9.0],
//!     event: &[true, false, true, true, false, true],
//!     covariates: &[&[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]],
//!     ..CoxData::default()
//! };
//! let fit = cox(&data, &CoxOptions::default())?;
//! assert!((fit.terms[0].coef - 1.676_857).abs() < 1e-6);
//! # Ok::<(), boligspor_estimate::EstimateError>(())
//! ```
//!
//! Sources: Cox (1972), *JRSS B* 34, 187–220; Therneau & Grambsch (2000),
//! *Modeling Survival Data: Extending the Cox Model*; robust variance by Lin &
//! Wei (1989), *JASA* 84, 1074–1078. Checked against R survival 3.8.

use crate::chi_squared::ChiSquared;
pub use crate::cox_baseline::CoxCurve;
pub use crate::cox_likelihood::Ties;
use crate::cox_likelihood::{self, Likelihood};
pub use crate::cox_ph_test::{PhTest, TimeTransform};
pub use crate::cox_rows::CoxData;
use crate::cox_rows::Rows;
use crate::error::{EstimateError, Result};
use crate::fit_warning::FitWarning;
use crate::interval::normal_quantile_two_sided;
use crate::linear::{Ldl, dot, fill_upper};
pub use crate::penalty::Penalty;
pub use crate::term::Term;
use crate::{cox_exact, cox_firth};

/// Choices of a fit; `CoxOptions::default()` is Efron's ties at 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoxOptions {
    /// How tied events share their risk set.
    pub ties: Ties,
    /// Robust (sandwich) errors. `None`: if clusters or fractional weights are
    /// given, since model-based errors take weights as numbers of people.
    pub robust: Option<bool>,
    /// Penalty for sparse data.
    pub penalty: Penalty,
    /// Confidence level of the terms' intervals.
    pub level: f64,
    /// Most Newton steps taken (ten times as many under a penalty).
    pub max_iterations: usize,
    /// The relative change of the log-likelihood that ends the iteration. The
    /// default is R's, from the same start by the same steps, so that results
    /// agree to the last digits even where one more step would move the ninth;
    /// 1e-15 goes on to rounding error.
    pub tolerance: f64,
}

impl Default for CoxOptions {
    fn default() -> Self {
        Self {
            ties: Ties::Efron,
            robust: None,
            penalty: Penalty::None,
            level: 0.95,
            max_iterations: 20,
            tolerance: 1e-9,
        }
    }
}

/// A fitted model. It keeps its rows, for curves, residuals and tests.
#[derive(Debug, Clone)]
pub struct CoxFit {
    /// One per column, in order.
    pub terms: Vec<Term>,
    /// Log partial likelihood at the estimate (without penalty).
    pub log_likelihood: f64,
    /// Log partial likelihood with all coefficients zero.
    pub null_log_likelihood: f64,
    /// Score test of all coefficients; with one 0/1 column and no ties, the
    /// log-rank test.
    pub score_test: ChiSquared,
    /// Likelihood-ratio test of all coefficients.
    pub likelihood_ratio_test: ChiSquared,
    /// Wald test of all coefficients, robust if the errors are.
    pub wald_test: ChiSquared,
    /// Newton steps taken.
    pub iterations: usize,
    /// Whether Firth's penalty was used.
    pub penalised: bool,
    /// What the reader must know.
    pub warnings: Vec<FitWarning>,
    /// Rows of positive weight.
    pub rows: usize,
    /// Events among them.
    pub events: usize,
    pub(crate) data: Rows,
    /// On the scaled columns.
    pub(crate) beta: Vec<f64>,
    /// Of `beta`: robust if asked for, full.
    pub(crate) scaled_covariance: Vec<f64>,
    pub(crate) scaled_naive: Vec<f64>,
    pub(crate) options: CoxOptions,
}

/// Fits Cox's model to `data`.
///
/// Never fails for what the data cannot carry (no events, separation, collinear
/// columns): see [`CoxFit::warnings`].
///
/// # Errors
/// Columns of different length or not finite, negative weights, `entry >= time`,
/// a level outside (0, 1), or exact ties together with weights, robust errors or
/// a penalty.
pub fn cox(data: &CoxData, options: &CoxOptions) -> Result<CoxFit> {
    normal_quantile_two_sided(options.level)?;
    let fractional = data
        .weights
        .is_some_and(|w| w.iter().any(|w| w.fract() != 0.0));
    let robust = options
        .robust
        .unwrap_or(data.cluster.is_some() || fractional);
    if options.ties == Ties::Exact
        && (robust || data.weights.is_some_and(|w| w.iter().any(|w| *w != 1.0)))
    {
        return Err(EstimateError::OutOfRange {
            argument: "ties",
            requirement: "exact ties take neither weights nor robust or clustered errors; use Efron's",
        });
    }
    if options.ties == Ties::Exact && options.penalty == Penalty::Firth {
        return Err(EstimateError::OutOfRange {
            argument: "penalty",
            requirement: "Firth's penalty is for Efron's or Breslow's ties",
        });
    }
    let rows = Rows::new(data)?;
    let cluster = if robust { data.cluster } else { None };
    fit_rows(rows, options, robust, |i| cluster.map(|c| c[i]))
}

/// Fits arranged rows; `cluster` gives the cluster of an input row, if any.
pub(crate) fn fit_rows(
    rows: Rows,
    options: &CoxOptions,
    robust: bool,
    cluster: impl Fn(usize) -> Option<u32>,
) -> Result<CoxFit> {
    let p = rows.p;
    let newton = |penalised| {
        Newton {
            rows: &rows,
            options,
            penalised,
        }
        .run()
    };
    let mut found = newton(options.penalty == Penalty::Firth);
    let mut penalised = options.penalty == Penalty::Firth;
    let separated = |found: &Found| {
        found
            .warnings
            .iter()
            .any(|w| matches!(w, FitWarning::Separated { .. }))
    };
    if options.penalty == Penalty::FirthIfSeparated
        && separated(&found)
        && options.ties != Ties::Exact
    {
        found = newton(true);
        penalised = true;
    }
    let Found {
        beta,
        start,
        end,
        iterations,
        warnings,
    } = found;

    let ldl = Ldl::new(&end.information, p, &end.size);
    let naive = ldl.inverse();
    let mut fit = CoxFit {
        terms: Vec::new(),
        log_likelihood: end.log,
        null_log_likelihood: start.log,
        score_test: {
            let null = Ldl::new(&start.information, p, &start.size);
            ChiSquared::new(dot(&start.score, &null.solve(&start.score)), null.rank())
        },
        likelihood_ratio_test: ChiSquared::new((2.0 * (end.log - start.log)).max(0.0), ldl.rank()),
        wald_test: ChiSquared::new(f64::NAN, 0),
        iterations,
        penalised,
        warnings,
        rows: rows.n(),
        events: rows.deaths.iter().map(|d| *d as usize).sum(),
        data: rows,
        beta,
        scaled_covariance: naive.clone(),
        scaled_naive: naive,
        options: *options,
    };
    if robust {
        fit.scaled_covariance = fit.sandwich(cluster);
    }
    fit.finish(&ldl)?;
    Ok(fit)
}

impl CoxFit {
    /// Fills in the terms and Wald's test from the scaled estimates.
    fn finish(&mut self, ldl: &Ldl) -> Result<()> {
        let p = self.data.p;
        let z = normal_quantile_two_sided(self.options.level)?;
        let is_robust = self.scaled_covariance != self.scaled_naive;
        self.terms = (0..p)
            .map(|c| {
                if ldl.is_redundant(c) {
                    return Term::left_out(is_robust);
                }
                let scale = self.data.scale[c];
                let error = |v: &[f64]| v[c * p + c].sqrt() / scale;
                let robust = is_robust.then(|| error(&self.scaled_covariance));
                Term::new(self.beta[c] / scale, error(&self.scaled_naive), robust, z)
            })
            .collect();
        let covariance = Ldl::of(&self.scaled_covariance, p);
        self.wald_test =
            ChiSquared::new(dot(&self.beta, &covariance.solve(&self.beta)), ldl.rank());
        Ok(())
    }

    /// Replaces the robust covariance (of the scaled columns) by one that counts
    /// more, and the terms with it.
    pub(crate) fn replace_covariance(&mut self, covariance: Vec<f64>) -> Result<()> {
        self.scaled_covariance = covariance;
        self.finish(&Ldl::of(&self.scaled_naive, self.data.p))
    }

    /// Coefficients with zero in the place of columns left out.
    pub fn coefficients(&self) -> Vec<f64> {
        self.beta
            .iter()
            .zip(&self.data.scale)
            .map(|(b, s)| b / s)
            .collect()
    }

    /// Covariance of the coefficients (robust if asked for), row-major, with
    /// zeros for columns left out.
    pub fn covariance(&self) -> Vec<f64> {
        let p = self.data.p;
        let scale = &self.data.scale;
        (0..p * p)
            .map(|i| self.scaled_covariance[i] / scale[i / p] / scale[i % p])
            .collect()
    }

    /// Weighted mean of each covariate over the rows fitted.
    pub fn means(&self) -> &[f64] {
        &self.data.centre
    }

    /// The sandwich covariance of the scaled coefficients.
    fn sandwich(&self, cluster: impl Fn(usize) -> Option<u32>) -> Vec<f64> {
        let p = self.data.p;
        let residuals = self.scaled_score_residuals();
        let mut meat = vec![0.0; p * p];
        let mut order: Vec<(u32, u32)> = (0..self.data.n() as u32)
            .map(|k| {
                (
                    cluster(self.data.source[k as usize] as usize).unwrap_or(k),
                    k,
                )
            })
            .collect();
        order.sort_unstable();
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let mut sum = vec![0.0; p];
            for &(_, k) in group {
                for (s, r) in sum.iter_mut().zip(&residuals[k as usize * p..]) {
                    *s += r;
                }
            }
            crate::linear::add_outer(&mut meat, 1.0, &sum);
        }
        fill_upper(&mut meat, p);
        crate::linear::sandwich(&self.scaled_naive, &meat, p)
    }
}

/// The maximisation.
struct Newton<'a> {
    rows: &'a Rows,
    options: &'a CoxOptions,
    penalised: bool,
}

struct Found {
    beta: Vec<f64>,
    start: Likelihood,
    end: Likelihood,
    iterations: usize,
    warnings: Vec<FitWarning>,
}

impl Newton<'_> {
    fn evaluate(&self, beta: &[f64]) -> (Likelihood, f64) {
        let likelihood = match self.options.ties {
            Ties::Exact => cox_exact::evaluate(self.rows, beta),
            ties => cox_likelihood::evaluate(self.rows, beta, ties),
        };
        let mut objective = likelihood.log;
        if self.penalised {
            objective += 0.5
                * Ldl::new(&likelihood.information, self.rows.p, &likelihood.size)
                    .log_determinant();
        }
        (likelihood, objective)
    }

    /// The Newton step in the (penalised) likelihood.
    fn step(&self, beta: &[f64], likelihood: &Likelihood) -> Vec<f64> {
        let ldl = Ldl::new(&likelihood.information, self.rows.p, &likelihood.size);
        let mut score = likelihood.score.clone();
        if self.penalised {
            let pull = cox_firth::gradient(self.rows, beta, &ldl.inverse(), self.options.ties);
            for (u, g) in score.iter_mut().zip(pull) {
                *u += g;
            }
        }
        ldl.solve(&score)
    }

    fn run(&self) -> Found {
        let p = self.rows.p;
        let mut beta = vec![0.0; p];
        let (mut now, mut objective) = self.evaluate(&beta);
        let mut warnings = Vec::new();
        if self.rows.times.is_empty() {
            warnings.push(FitWarning::NoEvents);
        }
        let null = Ldl::new(&now.information, p, &now.size);
        if !self.rows.times.is_empty() {
            warnings.extend(
                (0..p)
                    .filter(|&c| null.is_redundant(c))
                    .map(|column| FitWarning::Collinear { column }),
            );
        }
        let start = Likelihood {
            log: now.log,
            score: now.score.clone(),
            information: now.information.clone(),
            size: now.size.clone(),
        };

        let mut iterations = 0;
        let mut converged = null.rank() == 0;
        let most = self.options.max_iterations * if self.penalised { 10 } else { 1 };
        while !converged && iterations < most {
            let mut step = self.step(&beta, &now);
            iterations += 1;
            // A step that overshoots is halved until the likelihood rises.
            let (next, value) = loop {
                let trial: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + s).collect();
                let (likelihood, value) = self.evaluate(&trial);
                let enough =
                    value.is_finite() && value >= objective - 1e-10 * objective.abs().max(1.0);
                if enough || step.iter().all(|s| s.abs() < 1e-12) {
                    beta = trial;
                    break (likelihood, value);
                }
                for s in &mut step {
                    *s /= 2.0;
                }
            };
            let change = (value - objective).abs();
            (now, objective) = (next, value);
            // The penalised step leaves out the penalty's own curvature, so it
            // gains a digit at a time: there the step itself decides.
            let settled = !self.penalised && change <= self.options.tolerance * objective.abs();
            let smallest = if self.penalised { 1e-10 } else { 1e-13 };
            let still = step
                .iter()
                .zip(&beta)
                .all(|(s, b)| s.abs() <= smallest * (1.0 + b.abs()));
            converged = settled || still;
        }
        // Near a maximum the next step is tiny, as Newton's error squares each
        // time; where there is none it stays as long as it was.
        let ahead = self.step(&beta, &now);
        let before = warnings.len();
        warnings.extend(
            (0..p)
                .filter(|&c| ahead[c].abs() > 1e-3 * (1.0 + beta[c].abs()))
                .map(|column| FitWarning::Separated { column }),
        );
        if !converged && warnings.len() == before {
            warnings.push(FitWarning::NotConverged { iterations });
        }
        Found {
            beta,
            start,
            end: now,
            iterations,
            warnings,
        }
    }
}

#[cfg(test)]
mod tests;
