//! What a unit's true figure may be, averaged over common distributions.
//!
//! The common distribution is itself estimated. A unit's distribution is that
//! given each common one that the data allow, weighted by how likely each is:
//! a mixture, which stays wide where the best guess says that units are alike.

use statrs::function::beta::{beta_reg, ln_beta};
use statrs::function::gamma::{gamma_lr, gamma_ur, ln_gamma};

use crate::interval::{Interval, normal_quantile};
use crate::quantile::invert_to;

/// A distribution of the family that the two parameters belong to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Family {
    /// Shape and rate.
    Gamma,
    /// Numbers of successes and of failures, prior ones included.
    Beta,
    /// Mean and standard deviation.
    Normal,
}

/// Distributions of one family, each with weight and two parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mixture {
    family: Family,
    parts: Vec<(f64, f64, f64)>,
}

/// Parts lighter than this share of the heaviest move no figure that is shown.
const NEGLIGIBLE: f64 = 1e-11;

impl Mixture {
    /// Weights need not sum to one.
    pub(super) fn new(family: Family, parts: impl Iterator<Item = (f64, f64, f64)>) -> Self {
        let mut parts: Vec<_> = parts.collect();
        let heaviest = parts.iter().map(|p| p.0).fold(0.0, f64::max);
        parts.retain(|p| p.0 > NEGLIGIBLE * heaviest);
        let total: f64 = parts.iter().map(|p| p.0).sum();
        for part in &mut parts {
            part.0 /= total;
        }
        Self { family, parts }
    }

    /// One distribution for certain.
    pub(super) fn single(family: Family, first: f64, second: f64) -> Self {
        Self::new(family, std::iter::once((1.0, first, second)))
    }

    fn sum(&self, of: impl Fn(f64, f64) -> f64) -> f64 {
        self.parts.iter().map(|&(w, a, b)| w * of(a, b)).sum()
    }

    /// Probability above `x`.
    pub(super) fn above(&self, x: f64) -> f64 {
        match self.family {
            Family::Gamma | Family::Beta if x <= 0.0 => 1.0,
            Family::Gamma => self.sum(|shape, rate| gamma_ur(shape, rate * x)),
            Family::Beta if x >= 1.0 => 0.0,
            Family::Beta => self.sum(|a, b| beta_reg(b, a, 1.0 - x)),
            Family::Normal => self.sum(|mean, sd| normal_above((x - mean) / sd)),
        }
    }

    fn below(&self, x: f64) -> f64 {
        match self.family {
            Family::Gamma | Family::Beta if x <= 0.0 => 0.0,
            Family::Gamma => self.sum(|shape, rate| gamma_lr(shape, rate * x)),
            Family::Beta if x >= 1.0 => 1.0,
            Family::Beta => self.sum(|a, b| beta_reg(a, b, x)),
            Family::Normal => self.sum(|mean, sd| normal_above((mean - x) / sd)),
        }
    }

    fn density(&self, x: f64) -> f64 {
        match self.family {
            Family::Gamma => self.sum(|shape, rate| {
                (shape * rate.ln() + (shape - 1.0) * x.ln() - rate * x - ln_gamma(shape)).exp()
            }),
            Family::Beta => self
                .sum(|a, b| ((a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta(a, b)).exp()),
            Family::Normal => self.sum(|mean, sd| {
                (-((x - mean) / sd).powi(2) / 2.0).exp() / (sd * std::f64::consts::TAU.sqrt())
            }),
        }
    }

    /// Mean of the whole.
    pub(super) fn mean(&self) -> f64 {
        match self.family {
            Family::Gamma => self.sum(|shape, rate| shape / rate),
            Family::Beta => self.sum(|a, b| a / (a + b)),
            Family::Normal => self.sum(|mean, _| mean),
        }
    }

    /// Standard deviation of the whole: within the parts and between them.
    pub(super) fn deviation(&self) -> f64 {
        let centre = self.mean();
        let about = |mean: f64, variance: f64| variance + (mean - centre).powi(2);
        let variance = match self.family {
            Family::Gamma => self.sum(|shape, rate| about(shape / rate, shape / rate / rate)),
            Family::Beta => self.sum(|a, b| {
                let mean = a / (a + b);
                about(mean, mean * (1.0 - mean) / (a + b + 1.0))
            }),
            Family::Normal => self.sum(|mean, sd| about(mean, sd * sd)),
        };
        variance.sqrt()
    }

    /// The equal-tailed interval.
    pub(super) fn interval(&self, level: f64) -> Interval {
        let tail = (1.0 - level) / 2.0;
        Interval {
            low: self.quantile(tail),
            high: self.quantile(1.0 - tail),
        }
    }

    /// The point with probability `p` below it.
    fn quantile(&self, p: f64) -> f64 {
        let bracket = match self.family {
            Family::Gamma => (0.0, f64::INFINITY),
            Family::Beta => (0.0, 1.0),
            Family::Normal => {
                let reach = |sign: f64| {
                    let far = |&(_, mean, sd): &(f64, f64, f64)| mean + sign * 12.0 * sd;
                    let ends = self.parts.iter().map(far);
                    ends.fold(-sign * f64::INFINITY, |a, b| {
                        if sign > 0.0 { a.max(b) } else { a.min(b) }
                    })
                };
                (reach(-1.0), reach(1.0))
            }
        };
        // Near the quantile already, for the parts are of one kind.
        let start = self.mean() + normal_quantile(p) * self.deviation();
        let (cdf, density) = (|x| self.below(x), |x| self.density(x));
        invert_to(1e-9, p, bracket, start, cdf, density)
    }
}

/// `P(Z > z)`, with full digits in both tails.
fn normal_above(z: f64) -> f64 {
    if z == 0.0 {
        return 0.5;
    }
    let half = z * z / 2.0;
    if z > 0.0 {
        gamma_ur(0.5, half) / 2.0
    } else {
        0.5 + gamma_lr(0.5, half) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixture_averages_and_its_quantiles_invert_its_tails() {
        // Exponentials of mean 1 and 3, half each: mean 2, E x² = (2 + 18)/2 = 10.
        let halves = [(0.5, 1.0, 1.0), (0.5, 1.0, 1.0 / 3.0)];
        let mixture = Mixture::new(Family::Gamma, halves.into_iter());
        assert!((mixture.mean() - 2.0).abs() < 1e-14);
        assert!((mixture.deviation() - 6.0_f64.sqrt()).abs() < 1e-14);
        let beyond = f64::midpoint((-2.0_f64).exp(), (-2.0_f64 / 3.0).exp());
        assert!((mixture.above(2.0) - beyond).abs() < 1e-14);
        for family in [Family::Gamma, Family::Beta, Family::Normal] {
            let parts = [(1.0, 4.0, 2.0), (3.0, 9.0, 3.0)];
            let mixture = Mixture::new(family, parts.into_iter());
            let interval = mixture.interval(0.9);
            assert!(
                (mixture.above(interval.low) - 0.95).abs() < 1e-12,
                "{family:?}"
            );
            assert!(
                (mixture.above(interval.high) - 0.05).abs() < 1e-12,
                "{family:?}"
            );
        }
    }
}
