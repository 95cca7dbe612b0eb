//! What a small unit's figure is worth: empirical-Bayes estimates.
//!
//! A unit of ten people with nobody left behind is not the best in the country.
//! Units are taken as draws from a common distribution, which the data of all
//! estimate; each unit's figure is pulled towards the common one as far as its own
//! is unreliable. The result errs less on average than the crude figures, and says
//! how likely it is that a unit truly exceeds a threshold.
//!
//! Three pairs: rates (gamma–Poisson), shares (beta–binomial), and anything with
//! a standard error (normal–normal). An estimate is that under the common
//! distribution which fits best; its error, interval and probabilities average
//! over all common distributions that the data allow. At the best one alone they
//! are too short with a few dozen units, and nothing at all where the best guess
//! is that units are alike.
//!
//! Sources: Clayton & Kaldor (1987), *Biometrics* 43, 671–681 (gamma–Poisson);
//! Griffiths (1973), *Biometrics* 29, 637–648 (beta–binomial); Morris (1983),
//! *JASA* 78, 47–55, and Christiansen & Morris (1997), *JASA* 92, 618–632, on the
//! uncertainty of the common distribution; Gelman (2006), *Bayesian Analysis* 1,
//! 515–534, on flat priors for deviations; Raudenbush (2009), in *The Handbook of
//! Research Synthesis*, ch. 16 (REML).

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result};
use crate::interval::Interval;

mod estimates;
mod mixture;
mod ratios;
mod shares;

pub use estimates::{BetweenMethod, normal_normal};
pub use ratios::gamma_poisson;
pub use shares::beta_binomial;

use mixture::Mixture;

/// One unit's estimate after shrinkage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shrunk {
    /// The unit's own figure.
    pub crude: f64,
    /// Mean of what it may truly be, given its figure and those of the others.
    pub estimate: f64,
    /// Standard deviation of the same, with what is not known of the others' common
    /// distribution ([`normal_normal`]: at the variance between units that is
    /// estimated, so that it is that of other packages).
    pub std_error: f64,
    /// Equal-tailed interval of the same, over all common distributions.
    pub interval: Interval,
    /// Share of the crude figures' spread at this size that is true: 1 keeps the
    /// unit's own figure, 0 replaces it by the common one.
    pub reliability: f64,
}

/// The common distribution and every unit's estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrinkage {
    /// Mean of the units' true figures.
    pub mean: f64,
    /// Variance between the units' true figures; 0 if chance explains all.
    pub between: f64,
    /// One per unit, in order.
    pub units: Vec<Shrunk>,
    distributions: Vec<Mixture>,
}

impl Shrinkage {
    /// For each unit the probability that its true figure exceeds `threshold`.
    ///
    /// ```
    /// use boligspor_estimate::shrinkage::gamma_poisson;
    /// let found = gamma_poisson(&[30, 8, 10, 11, 3], &[15.0, 10.0, 10.0, 12.0, 9.0], 0.95)?;
    /// let above = found.probability_above(1.1);
    /// assert!(above[0] > 0.9 && above[4] < 0.3);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn probability_above(&self, threshold: f64) -> Vec<f64> {
        let above = |unit: &Mixture| unit.above(threshold);
        self.distributions.iter().map(above).collect()
    }
}

/// What the common distribution may be, by its spread.
struct CommonDistributions<F> {
    /// The largest spread allowed.
    largest: f64,
    /// At a spread its log-likelihood, the mean integrated out, and parameters.
    at: F,
}

impl<F: Fn(f64) -> (f64, [f64; 3])> CommonDistributions<F> {
    /// Parameters on an even grid of spreads with their weights, the largest 1:
    /// a flat prior. The grid ends where the likelihood is down to 6e-6 of its
    /// largest value, or at the largest spread.
    fn weighted(&self) -> Vec<(f64, [f64; 3])> {
        const POINTS: u32 = 40;
        const DOWN: f64 = 12.0;
        let grid = |end: f64, points: u32| -> Vec<(f64, [f64; 3])> {
            let spread = |i: u32| end * (f64::from(i) + 0.5) / f64::from(points);
            (0..points).map(|i| (self.at)(spread(i))).collect()
        };
        let peak = |found: &[(f64, [f64; 3])]| {
            let logs = found.iter().map(|f| f.0);
            logs.fold(f64::NEG_INFINITY, f64::max)
        };
        // Coarse to fine: a large study's likelihood fills a sliver of the range.
        let mut end = self.largest;
        for _ in 0..12 {
            let coarse = grid(end, 16);
            let floor = peak(&coarse) - DOWN;
            let last = coarse.iter().rposition(|f| f.0 >= floor).unwrap_or(15);
            let needed = end * ((last + 2) as f64 / 16.0).min(1.0);
            let shrunk = needed < 0.7 * end;
            end = needed;
            if !shrunk {
                break;
            }
        }
        let mut found = grid(end, POINTS);
        let highest = peak(&found);
        for point in &mut found {
            point.0 = (point.0 - highest).exp();
        }
        found
    }
}

/// Shapes beyond this are a point: units differ by chance alone.
const LARGEST: f64 = 1e6;

/// The maximum of a function with one, by golden section on `[low, high]`.
fn maximise(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
    let (mut fa, mut fb) = (f(a), f(b));
    // Forty steps leave a few parts in 10⁸ of the range: flat to rounding.
    for _ in 0..40 {
        if fa >= fb {
            (high, b, fb) = (b, a, fa);
            a = high - golden * (high - low);
            fa = f(a);
        } else {
            (low, a, fa) = (a, b, fb);
            b = low + golden * (high - low);
            fb = f(b);
        }
    }
    f64::midpoint(low, high)
}

fn enough(found: usize) -> Result<()> {
    if found < 2 {
        Err(EstimateError::TooFewGroups { found, needed: 2 })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
