//! The chance of treatment given covariates, by logistic regression.
//!
//! Where covariates separate the groups the likelihood has no maximum; a small
//! ridge on standardised coefficients then keeps the score finite.
//!
//! Source: Rosenbaum & Rubin (1983), *Biometrika* 70, 41–55; le Cessie & van
//! Houwelingen (1992), *Applied Statistics* 41, 191–201 (ridge).

use crate::error::{Result, valid_weights};
use crate::fit_warning::FitWarning;
use crate::glm::{GlmData, GlmOptions, glm};

use super::{ComparisonWarning, Groups};

/// The ridge used where the groups are separated.
const RIDGE: f64 = 1.0;

/// Propensity scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Propensity {
    /// Chance of treatment of each person.
    pub probability: Vec<f64>,
    /// Its logit: the linear score, on which distances are taken.
    pub score: Vec<f64>,
    /// Intercept and coefficients.
    pub coefficients: Vec<f64>,
    /// What the reader must know.
    pub warnings: Vec<ComparisonWarning>,
}

/// Fits the chance of treatment.
///
/// # Errors
/// Columns of different length or not finite, bad weights, or one group only.
///
/// ```
/// use boligspor_estimate::comparison::{Groups, propensity::propensity};
/// let age = [20.0, 30.0, 40.0, 50.0, 25.0, 45.0];
/// let treated = [true, true, false, false, false, true];
/// let fit = propensity(&Groups { treated: &treated, covariates: &[&age] }, None)?;
/// // The fitted chances sum to the number of treated.
/// assert!((fit.probability.iter().sum::<f64>() - 3.0).abs() < 1e-6);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn propensity(groups: &Groups, weights: Option<&[f64]>) -> Result<Propensity> {
    groups.check()?;
    if let Some(weights) = weights {
        crate::error::same_length("weights", weights.len(), "treated", groups.len())?;
        valid_weights("weights", weights)?;
    }
    let outcome: Vec<f64> = (groups.treated.iter())
        .map(|t| f64::from(u8::from(*t)))
        .collect();
    let data = GlmData {
        outcome: &outcome,
        covariates: groups.covariates,
        weights,
        ..GlmData::default()
    };
    let mut warnings = Vec::new();
    let options = GlmOptions {
        max_iterations: 50,
        tolerance: 1e-12,
        ..GlmOptions::default()
    };
    let mut fit = glm(&data, &options)?;
    let failed = |w: &FitWarning| {
        matches!(
            w,
            FitWarning::Separated { .. } | FitWarning::NotConverged { .. }
        )
    };
    if fit.warnings.iter().any(failed) {
        warnings.push(ComparisonWarning::Ridge);
        fit = glm(
            &data,
            &GlmOptions {
                ridge: RIDGE,
                ..options
            },
        )?;
    }
    for warning in &fit.warnings {
        if let FitWarning::Collinear { column } = warning {
            warnings.push(ComparisonWarning::Collinear { column: *column });
        }
    }
    // A column left out has no coefficient: NaN, and no part in the score.
    let coefficients: Vec<f64> = fit.terms.iter().map(|t| t.coef).collect();
    let part = |c: f64| if c.is_nan() { 0.0 } else { c };
    let mut score = vec![part(coefficients[0]); groups.len()];
    for (column, coefficient) in groups.covariates.iter().zip(&coefficients[1..]) {
        for (score, x) in score.iter_mut().zip(*column) {
            *score += part(*coefficient) * x;
        }
    }
    let probability = score.iter().map(|s| 1.0 / (1.0 + (-s).exp())).collect();
    Ok(Propensity {
        probability,
        score,
        coefficients,
        warnings,
    })
}
