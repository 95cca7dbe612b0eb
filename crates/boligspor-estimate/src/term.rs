//! One coefficient of a regression with its uncertainty.

use serde::{Deserialize, Serialize};

use crate::chi_squared::normal_p_value;

/// A coefficient, its errors, test and interval, all on the scale of the linear
/// predictor: log hazard ratios, log odds ratios, log rate ratios.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The coefficient per unit of its column; NaN if the column was left out.
    pub coef: f64,
    /// Model-based standard error.
    pub std_error: f64,
    /// Robust standard error, if asked for.
    pub robust_std_error: Option<f64>,
    /// Coefficient over its robust error if there is one, its error otherwise.
    pub z: f64,
    /// Two-sided P value of `z`.
    pub p_value: f64,
    /// Lower end of the coefficient's interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Term {
    /// A term with an interval of `quantile` errors to each side.
    pub(crate) fn new(
        coef: f64,
        std_error: f64,
        robust_std_error: Option<f64>,
        quantile: f64,
    ) -> Self {
        let error = robust_std_error.unwrap_or(std_error);
        Self {
            coef,
            std_error,
            robust_std_error,
            z: coef / error,
            p_value: normal_p_value(coef / error),
            low: coef - quantile * error,
            high: coef + quantile * error,
        }
    }

    /// The term of a column that was left out.
    pub(crate) fn left_out(robust: bool) -> Self {
        Self::new(f64::NAN, f64::NAN, robust.then_some(f64::NAN), f64::NAN)
    }

    /// `exp(coef)` with its interval: the ratio the coefficient stands for.
    ///
    /// ```
    /// use boligspor_estimate::glm::{GlmData, GlmOptions, glm};
    /// let data = GlmData {
    ///     outcome: &[1.0, 0.0, 0.0, 1.0, 1.0, 0.0],
    ///     covariates: &[&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]],
    ///     ..GlmData::default()
    /// };
    /// let odds_ratio = glm(&data, &GlmOptions::default())?.terms[1].ratio();
    /// assert!((odds_ratio.0 - 4.0).abs() < 1e-9); // (2/1)/(1/2)
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn ratio(&self) -> (f64, f64, f64) {
        (self.coef.exp(), self.low.exp(), self.high.exp())
    }
}
