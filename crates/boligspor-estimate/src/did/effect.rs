//! An effect with its errors.

/// An effect with its standard error, interval and place in a band.
///
/// Errors and bounds are NaN where there is nothing to judge them by, as in a
/// base period, whose effect is zero by definition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectEstimate {
    /// The effect.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Lower end of the interval for this effect alone.
    pub low: f64,
    /// Upper end of that interval.
    pub high: f64,
    /// Lower end of the band that holds for all effects shown together.
    pub band_low: f64,
    /// Upper end of that band.
    pub band_high: f64,
}

impl EffectEstimate {
    /// An effect with an interval of `factor` and a band of `band` standard
    /// errors on either side.
    ///
    /// ```
    /// use boligspor_estimate::did::EffectEstimate;
    /// let effect = EffectEstimate::new(1.0, 0.5, 2.0, 3.0);
    /// assert_eq!((effect.low, effect.band_high), (0.0, 2.5));
    /// ```
    pub fn new(estimate: f64, std_error: f64, factor: f64, band: f64) -> Self {
        Self {
            estimate,
            std_error,
            low: estimate - factor * std_error,
            high: estimate + factor * std_error,
            band_low: estimate - band * std_error,
            band_high: estimate + band * std_error,
        }
    }
}
