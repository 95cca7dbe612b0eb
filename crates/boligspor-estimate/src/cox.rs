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
mod tests {
    use super::*;

    const TIME: [f64; 6] = [1.0, 1.0, 6.0, 6.0, 8.0, 9.0];
    const EVENT: [bool; 6] = [true, false, true, true, false, true];
    const X: [f64; 6] = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0];

    fn tight(ties: Ties) -> CoxOptions {
        CoxOptions {
            ties,
            tolerance: 1e-15,
            ..CoxOptions::default()
        }
    }

    fn fit(time: &[f64], event: &[bool], x: &[&[f64]], options: &CoxOptions) -> CoxFit {
        cox(
            &CoxData {
                time,
                event,
                covariates: x,
                ..CoxData::default()
            },
            options,
        )
        .unwrap()
    }

    /// Therneau & Grambsch (2000), appendix E.2. With r = e^β the risk sets are
    /// 3r + 3 at time 1, r + 3 (two tied events, one of each kind) at 6, 1 at 9.
    #[test]
    fn breslow_on_the_six_people_of_therneau_and_grambsch() {
        let fit = fit(&TIME, &EVENT, &[&X], &tight(Ties::Breslow));
        // L = 2β - ln(3r + 3) - 2 ln(r + 3); L' = 0 is r² - 3r - 6 = 0.
        let r = f64::midpoint(3.0, 33.0_f64.sqrt());
        assert!((fit.terms[0].coef - r.ln()).abs() < 1e-12);
        let log = 2.0 * r.ln() - (3.0 * r + 3.0).ln() - 2.0 * (r + 3.0).ln();
        assert!((fit.log_likelihood - log).abs() < 1e-12);
        // I = r/(r + 1)² + 6r/(r + 3)²
        let information = r / (r + 1.0).powi(2) + 6.0 * r / (r + 3.0).powi(2);
        assert!((fit.terms[0].std_error - information.powf(-0.5)).abs() < 1e-12);
        // At β = 0: U = 1, I = 1/4 + 3/8.
        assert!((fit.score_test.statistic - 1.6).abs() < 1e-12);
    }

    #[test]
    fn efron_on_the_six_people_of_therneau_and_grambsch() {
        let fit = fit(&TIME, &EVENT, &[&X], &tight(Ties::Efron));
        // The second tied event sees (r + 3) - (r + 1)/2 = (r + 5)/2, so that
        // L = 2β - ln(3r + 3) - ln(r + 3) - ln((r + 5)/2), and L' = 0 is
        // 2 - r/(r + 1) - r/(r + 3) - r/(r + 5) = 0, that is r³ - 23r - 30 = 0.
        let r = fit.terms[0].coef.exp();
        assert!((r.powi(3) - 23.0 * r - 30.0).abs() < 1e-10);
        let information =
            r / (r + 1.0).powi(2) + 3.0 * r / (r + 3.0).powi(2) + 5.0 * r / (r + 5.0).powi(2);
        assert!((fit.terms[0].std_error - information.powf(-0.5)).abs() < 1e-12);
    }

    #[test]
    fn exact_on_the_six_people_counts_pairs() {
        let fit = fit(&TIME, &EVENT, &[&X], &tight(Ties::Exact));
        // Pairs out of {1, 0, 0, 0}: 3r + 3. L = 2β - ln(3r + 3) - ln(3r + 3),
        // which has L' = 2 - 2r/(r + 1) > 0 for all r: no maximum.
        assert!(fit.warnings.contains(&FitWarning::Separated { column: 0 }));
    }

    #[test]
    fn delayed_entry_by_hand() {
        // At 3, {a (x = 1), b} are at risk, c enters at 3 and is not; at 5,
        // {b, c (x = 1)}. L = β - ln(r + 1) + 0 - ln(r + 1): r = 1, β = 0.
        let data = CoxData {
            time: &[3.0, 5.0, 6.0],
            entry: Some(&[0.0, 0.0, 3.0]),
            event: &[true, true, false],
            covariates: &[&[1.0, 0.0, 1.0]],
            ..CoxData::default()
        };
        let fit = cox(&data, &tight(Ties::Efron)).unwrap();
        assert!(fit.terms[0].coef.abs() < 1e-12);
        assert!((fit.terms[0].std_error - 2.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_weight_of_two_is_two_people_for_breslow() {
        let weights = [2.0, 1.0, 1.0, 2.0, 1.0, 1.0];
        let data = CoxData {
            time: &TIME,
            event: &EVENT,
            covariates: &[&X],
            weights: Some(&weights),
            ..CoxData::default()
        };
        let weighted = cox(&data, &tight(Ties::Breslow)).unwrap();
        let twice = |v: &[f64]| [v, &[v[0], v[3]]].concat();
        let event = [true, false, true, true, false, true, true, true];
        let repeated = fit(&twice(&TIME), &event, &[&twice(&X)], &tight(Ties::Breslow));
        assert!((weighted.terms[0].coef - repeated.terms[0].coef).abs() < 1e-12);
        assert!((weighted.terms[0].std_error - repeated.terms[0].std_error).abs() < 1e-12);
    }

    #[test]
    fn rows_of_weight_zero_are_as_if_absent() {
        let weights = [1.0, 1.0, 0.0, 1.0, 1.0, 1.0];
        let data = CoxData {
            time: &TIME,
            event: &EVENT,
            covariates: &[&X],
            weights: Some(&weights),
            ..CoxData::default()
        };
        let with = cox(&data, &tight(Ties::Efron)).unwrap();
        let drop = |v: &[f64]| [&v[..2], &v[3..]].concat();
        let without = fit(
            &drop(&TIME),
            &[true, false, true, false, true],
            &[&drop(&X)],
            &tight(Ties::Efron),
        );
        assert_eq!(with.rows, 5);
        assert!((with.log_likelihood - without.log_likelihood).abs() < 1e-12);
    }

    #[test]
    fn the_order_of_rows_and_the_unit_of_covariates_do_not_matter() {
        let sample = crate::sample::Sample::new(4, 50, 2);
        let columns = sample.columns();
        let data = *sample.variants(&columns).last().unwrap();
        let fit = cox(&data, &tight(Ties::Efron)).unwrap();
        let back = |v: &[f64]| v.iter().rev().copied().collect::<Vec<f64>>();
        let thousand: Vec<f64> = back(columns[0]).iter().map(|x| 1000.0 * x + 7.0).collect();
        let event: Vec<bool> = data.event.iter().rev().copied().collect();
        let strata: Vec<u32> = sample.strata.iter().rev().copied().collect();
        let turned = CoxData {
            time: &back(data.time),
            event: &event,
            covariates: &[&thousand, &back(columns[1])],
            entry: Some(&back(&sample.entry)),
            weights: Some(&back(&sample.weights)),
            strata: Some(&strata),
            ..CoxData::default()
        };
        let other = cox(&turned, &tight(Ties::Efron)).unwrap();
        assert!((fit.terms[0].coef - 1000.0 * other.terms[0].coef).abs() < 1e-11);
        assert!(
            (fit.terms[1].robust_std_error.unwrap() - other.terms[1].robust_std_error.unwrap())
                .abs()
                < 1e-11
        );
    }

    #[test]
    fn separation_is_named_and_firth_gives_a_finite_answer() {
        // Everyone with x = 1 has the event before anyone without.
        let time = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let x = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        let plain = fit(&time, &[true; 6], &[&x], &CoxOptions::default());
        assert!(
            plain
                .warnings
                .contains(&FitWarning::Separated { column: 0 })
        );
        assert!(!plain.penalised);
        for penalty in [Penalty::Firth, Penalty::FirthIfSeparated] {
            let firth = fit(
                &time,
                &[true; 6],
                &[&x],
                &CoxOptions {
                    penalty,
                    ..CoxOptions::default()
                },
            );
            assert!(
                firth.penalised && firth.warnings.is_empty(),
                "{:?}",
                firth.warnings
            );
            assert!(firth.terms[0].coef > 0.5 && firth.terms[0].coef < 6.0);
        }
        // Where there is a maximum the choice leaves it alone.
        let penalty = Penalty::FirthIfSeparated;
        let six = fit(
            &TIME,
            &EVENT,
            &[&X],
            &CoxOptions {
                penalty,
                ..CoxOptions::default()
            },
        );
        assert!(!six.penalised && six.warnings.is_empty());
    }

    #[test]
    fn firth_maximises_the_penalised_likelihood() {
        let options = CoxOptions {
            penalty: Penalty::Firth,
            ..tight(Ties::Breslow)
        };
        let found = fit(&TIME, &EVENT, &[&X], &options).terms[0].coef;
        let objective = |b: f64| {
            let r = b.exp();
            let log = 2.0 * b - (3.0 * r + 3.0).ln() - 2.0 * (r + 3.0).ln();
            log + 0.5 * (r / (r + 1.0).powi(2) + 6.0 * r / (r + 3.0).powi(2)).ln()
        };
        for step in [-1e-3, 1e-3] {
            assert!(objective(found) > objective(found + step));
        }
        let h = 1e-5;
        assert!((objective(found + h) - objective(found - h)).abs() / (2.0 * h) < 1e-8);
    }

    #[test]
    fn a_repeated_or_constant_column_is_left_out_and_named() {
        let double: Vec<f64> = X.iter().map(|x| 3.0 - 2.0 * x).collect();
        let constant = [5.0; 6];
        let fit = fit(
            &TIME,
            &EVENT,
            &[&constant, &X, &double],
            &tight(Ties::Efron),
        );
        assert_eq!(
            fit.warnings,
            [
                FitWarning::Collinear { column: 0 },
                FitWarning::Collinear { column: 2 }
            ]
        );
        assert!(fit.terms[0].coef.is_nan() && fit.terms[2].std_error.is_nan());
        assert!((fit.terms[1].coef - 1.676_857).abs() < 1e-6);
        assert_eq!(fit.wald_test.df, 1);
    }

    #[test]
    fn no_events_and_one_person_have_no_estimate_and_say_so() {
        let none = fit(
            &[1.0, 2.0],
            &[false, false],
            &[&[0.0, 1.0]],
            &CoxOptions::default(),
        );
        assert_eq!(none.warnings, [FitWarning::NoEvents]);
        assert!(none.terms[0].coef.is_nan() && none.baseline()[0].time.is_empty());
        let one = fit(&[1.0], &[true], &[&[0.5]], &CoxOptions::default());
        assert_eq!(one.warnings, [FitWarning::Collinear { column: 0 }]);
        assert_eq!(one.log_likelihood, 0.0);
    }

    #[test]
    fn a_covariate_constant_within_strata_carries_no_information() {
        let strata = [1, 1, 1, 2, 2, 2];
        let data = CoxData {
            time: &TIME,
            event: &EVENT,
            covariates: &[&X],
            strata: Some(&strata),
            ..CoxData::default()
        };
        let fit = cox(&data, &CoxOptions::default()).unwrap();
        assert_eq!(fit.warnings, [FitWarning::Collinear { column: 0 }]);
    }

    #[test]
    fn exact_ties_refuse_what_they_cannot_do() {
        let weights = [2.0; 6];
        let data = CoxData {
            time: &TIME,
            event: &EVENT,
            weights: Some(&weights),
            ..CoxData::default()
        };
        assert!(matches!(
            cox(&data, &tight(Ties::Exact)),
            Err(EstimateError::OutOfRange {
                argument: "ties",
                ..
            })
        ));
    }

    #[test]
    fn huge_linear_predictors_do_not_overflow() {
        let offset = [900.0, 880.0, 901.0, 899.0, 900.0, 905.0];
        let data = CoxData {
            time: &TIME,
            event: &EVENT,
            covariates: &[&X],
            offset: Some(&offset),
            ..CoxData::default()
        };
        let fit = cox(&data, &CoxOptions::default()).unwrap();
        assert!(fit.log_likelihood.is_finite() && fit.terms[0].coef.is_finite());
    }
}
