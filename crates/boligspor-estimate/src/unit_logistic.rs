//! Logistic risk models with an effect of each unit, and what units do beside them.
//!
//! A risk model for comparing units must not take a unit's doings for its
//! people's risks: it is fitted with an effect of each unit, so that coefficients
//! compare people within units, and predicts at the average effect. With a
//! hundred units a general regression spends its time on columns of zeros; here
//! each unit's effect is solved from its own rows, which leaves a system the size
//! of the covariates, and rows alike in unit and covariates are counted first. A
//! fit takes milliseconds, so that it can be repeated in every replicate of a
//! bootstrap.
//!
//! The estimates are those of [`glm`](crate::glm::glm) with a column for each
//! unit, Firth's penalty included.
//!
//! ```
//! use boligspor_estimate::unit_logistic::{UnitData, UnitOptions, unit_logistic};
//! // Two units with the same odds ratio of 3 between old (0) and young (1).
//! let data = UnitData {
//!     events: &[10.0, 25.0, 50.0, 75.0],
//!     trials: &[100.0, 100.0, 100.0, 100.0],
//!     covariates: &[&[0.0, 1.0, 0.0, 1.0]],
//!     unit: &[0, 0, 1, 1],
//! };
//! let fit = unit_logistic(&data, &UnitOptions::default())?;
//! assert!((fit.terms[0].coef.exp() - 3.0).abs() < 1e-9);
//! # Ok::<(), boligspor_estimate::EstimateError>(())
//! ```
//!
//! Sources: as [`glm`](crate::glm); eliminating effects by blocks, Wand (2020),
//! *Australian & New Zealand Journal of Statistics* 62, 1–29, and for Firth's
//! penalty the same identity of determinants (Heinze & Schemper 2002 state the
//! score); predicting at the average effect, Kalbfleisch & Wolfe (2013),
//! *Statistics in Biosciences* 5, 286–302.

use crate::error::{EstimateError, Result, all_finite, same_length, valid_level, valid_weights};
use crate::fit_warning::FitWarning;
use crate::interval::normal_quantile_two_sided;
use crate::penalty::Penalty;
use crate::term::Term;

mod bootstrap;
mod cells;
mod search;
#[cfg(test)]
mod tests;

pub use bootstrap::{BootstrapOptions, UnitRatio, observed_over_expected};
use cells::Cells;
use search::{Fitted, Search};

/// What the caller passes: people (of one trial each) or counts of people alike.
#[derive(Debug, Clone, Copy)]
pub struct UnitData<'a> {
    /// Events of each row, not more than its trials.
    pub events: &'a [f64],
    /// People of each row.
    pub trials: &'a [f64],
    /// One slice per covariate; no intercept, which the units' effects take up.
    pub covariates: &'a [&'a [f64]],
    /// The unit of each row, by any number.
    pub unit: &'a [u32],
}

/// Choices of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitOptions {
    /// Penalty for units or levels with no events or only events.
    pub penalty: Penalty,
    /// Confidence level of the terms' intervals.
    pub level: f64,
    /// Most steps taken.
    pub max_iterations: usize,
}

impl Default for UnitOptions {
    fn default() -> Self {
        Self {
            penalty: Penalty::FirthIfSeparated,
            level: 0.95,
            max_iterations: 500,
        }
    }
}

/// A fitted risk model.
#[derive(Debug, Clone)]
pub struct UnitLogistic {
    /// One per covariate: log odds ratios between people of the same unit.
    pub terms: Vec<Term>,
    /// Units in rising order.
    pub units: Vec<u32>,
    /// Each unit's log odds where every covariate is 0; infinite for a unit with
    /// no events or only events without the penalty.
    pub effects: Vec<f64>,
    /// Their mean weighted by people, over units whose effect is finite.
    pub average: f64,
    /// Whether Firth's penalty was used.
    pub penalised: bool,
    /// Steps taken.
    pub iterations: usize,
    /// Distinct combinations of unit and covariates.
    pub cells: usize,
    /// What the reader must know; columns are covariates.
    pub warnings: Vec<FitWarning>,
}

/// Fits the model.
///
/// # Errors
/// Columns of different length or not finite, events below 0 or above the
/// trials, no people at all, or a level outside (0, 1).
pub fn unit_logistic(data: &UnitData, options: &UnitOptions) -> Result<UnitLogistic> {
    let quantile = normal_quantile_two_sided(options.level)?;
    validate(data, options)?;
    let cells = Cells::new(data);
    let (fitted, penalised) = fit(&cells, options);
    let (terms, effects) = cells.unscaled(&fitted, quantile);
    Ok(UnitLogistic {
        average: average(&effects, &cells),
        terms,
        units: cells.labels.clone(),
        effects,
        penalised,
        iterations: fitted.iterations,
        cells: cells.len(),
        warnings: fitted.warnings,
    })
}

/// Without the penalty first, where it isn't asked for outright.
fn fit(cells: &Cells, options: &UnitOptions) -> (Fitted, bool) {
    let search = |penalised| {
        Search {
            cells,
            penalised,
            tolerance: if penalised { 1e-11 } else { 1e-12 },
            // Plain steps double their digits: who is not there by now never will be.
            most: options
                .max_iterations
                .min(if penalised { usize::MAX } else { 20 }),
        }
        .run(None)
    };
    match options.penalty {
        Penalty::Firth => (search(true), true),
        Penalty::FirthIfSeparated if cells.one_sided() => (search(true), true),
        penalty => {
            let found = search(false);
            let stuck =
                |w: &FitWarning| matches!(w, FitWarning::Separated { .. } | FitWarning::NoEvents);
            if penalty == Penalty::FirthIfSeparated && found.warnings.iter().any(stuck) {
                (search(true), true)
            } else {
                (found, false)
            }
        }
    }
}

/// Mean of the finite effects, weighted by people.
fn average(effects: &[f64], cells: &Cells) -> f64 {
    let (mut sum, mut people) = (0.0, 0.0);
    for (effect, n) in effects.iter().zip(cells.people()) {
        if effect.is_finite() {
            sum += n * effect;
            people += n;
        }
    }
    if people > 0.0 { sum / people } else { f64::NAN }
}

fn validate(data: &UnitData, options: &UnitOptions) -> Result<()> {
    valid_level(options.level)?;
    let n = data.events.len();
    if n == 0 {
        return Err(EstimateError::Empty { argument: "events" });
    }
    same_length("trials", data.trials.len(), "events", n)?;
    same_length("unit", data.unit.len(), "events", n)?;
    all_finite("events", data.events)?;
    valid_weights("trials", data.trials)?;
    for column in data.covariates {
        same_length("covariates", column.len(), "events", n)?;
        all_finite("covariates", column)?;
    }
    let negative = data.events.iter().filter(|e| **e < 0.0).count();
    if negative > 0 {
        return Err(EstimateError::Negative {
            argument: "events",
            rows: negative,
        });
    }
    if data.events.iter().zip(data.trials).any(|(e, n)| e > n) {
        return Err(EstimateError::MoreSuccessesThanTrials);
    }
    Ok(())
}

impl UnitLogistic {
    /// Chances at the average effect for rows of covariates.
    ///
    /// # Errors
    /// A number of columns other than the fit's, or columns of different length.
    pub fn predict(&self, covariates: &[&[f64]], rows: usize) -> Result<Vec<f64>> {
        let expected = self.terms.len();
        same_length("covariates", covariates.len(), "the fit's", expected)?;
        let mut eta = vec![self.average; rows];
        for (column, term) in covariates.iter().zip(&self.terms) {
            same_length("covariates", column.len(), "rows", rows)?;
            if term.coef.is_finite() {
                for (eta, x) in eta.iter_mut().zip(*column) {
                    *eta += term.coef * x;
                }
            }
        }
        Ok(eta
            .into_iter()
            .map(|eta| 1.0 / (1.0 + (-eta).exp()))
            .collect())
    }
}
