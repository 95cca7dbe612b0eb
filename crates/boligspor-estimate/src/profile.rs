//! A funnel plot as numbers: every unit against what chance allows its size.
//!
//! One call decides target, excess variation, limits, scores, P values and which
//! units stand out, so that the table, the drawn funnel and the list of alarms
//! cannot disagree. Scores and limits are on one scale throughout and carried
//! back at the end.
//!
//! Source: Spiegelhalter (2005), *Statistics in Medicine* 24, 1185–1202.

use serde::{Deserialize, Serialize};

use crate::chi_squared::normal_p_value;
use crate::error::{EstimateError, Result, same_length, valid_level};
use crate::funnel::{
    binomial_limits, binomial_p_value, false_discovery, gamma_poisson_limits,
    gamma_poisson_p_value, inverted_limits, normal_limits, poisson_limits, poisson_p_value,
};
use crate::interval::Interval;
use crate::overdispersion::{Extremes, FunnelScale, Overdispersion, Scores, Widening};

/// What is compared between units.
#[derive(Debug, Clone, Copy)]
pub enum Figures<'a> {
    /// Observed over expected counts, around 1.
    Ratios {
        /// Events observed, one per unit.
        observed: &'a [u64],
        /// Events expected.
        expected: &'a [f64],
    },
    /// Shares of `n`, around a target.
    Shares {
        /// Successes, one per unit.
        successes: &'a [u64],
        /// Trials.
        n: &'a [u64],
    },
}

/// Which limits are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FunnelLimits {
    /// Exact predictive limits, interpolated; widened on the transformed scale
    /// where over-dispersion is asked for and found.
    #[default]
    Exact,
    /// Exact limits of a gamma–Poisson count, whose variance between units is
    /// estimated on the ratio's own scale: for tiny counts. Ratios only.
    GammaPoisson,
    /// `target ± z·error` on the original scale. Shares only; for comparison
    /// with published figures.
    Normal,
    /// A confidence interval inverted; for comparison with published figures.
    /// Ratios only. See [`inverted_limits`] for what is wrong with it.
    Inverted,
}

/// Choices of a funnel plot; the default is exact limits at 95 and 99.8 %.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileOptions {
    /// Levels of the limits, any number of them, in rising order.
    pub levels: Vec<f64>,
    /// Which limits.
    pub limits: FunnelLimits,
    /// The share all are held against; the pooled share by default. Ratios are
    /// held against 1.
    pub target: Option<f64>,
    /// Whether limits allow for excess variation, and how.
    pub overdispersion: Option<Widening>,
    /// What is done with extreme scores before it is estimated.
    pub extremes: Extremes,
    /// The scale of scores of ratios; the square root by default.
    pub scale: FunnelScale,
}

impl Default for ProfileOptions {
    fn default() -> Self {
        Self {
            levels: vec![0.95, 0.998],
            limits: FunnelLimits::Exact,
            target: None,
            overdispersion: None,
            extremes: Extremes::default(),
            scale: FunnelScale::SquareRoot,
        }
    }
}

/// One unit in the funnel.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfiledUnit {
    /// The ratio or share.
    pub value: f64,
    /// Expected events, or `n`: what limits depend on.
    pub size: f64,
    /// Limits at each level.
    pub limits: Vec<Interval>,
    /// Standardised distance from the target, excess variation counted.
    pub z: f64,
    /// Two-sided P value: exact (mid-P) without excess variation and for the
    /// gamma–Poisson, of the score otherwise.
    pub p_value: f64,
    /// The P value with the false discovery rate controlled over all units.
    pub adjusted: f64,
    /// How many of the levels' limits the value lies outside.
    pub outside: usize,
}

/// A funnel plot as numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// 1 for ratios, the share otherwise.
    pub target: f64,
    /// The excess variation found, whether or not it was asked to widen limits.
    pub excess: Option<Overdispersion>,
    /// One per unit, in order.
    pub units: Vec<ProfiledUnit>,
    options: ProfileOptions,
    shares: bool,
}

impl Profile {
    /// Limits at each level for a unit of any size, for drawing the funnel.
    ///
    /// # Errors
    /// A size that is not positive and finite.
    ///
    /// ```
    /// use boligspor_estimate::profile::{profile, Figures, ProfileOptions};
    /// let figures = Figures::Ratios { observed: &[9, 30], expected: &[10.0, 20.0] };
    /// let funnel = profile(&figures, &ProfileOptions::default())?;
    /// let (inner, outer) = (funnel.limits(15.0)?[0], funnel.limits(15.0)?[1]);
    /// assert!(outer.low < inner.low && inner.high < outer.high);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn limits(&self, size: f64) -> Result<Vec<Interval>> {
        self.options
            .levels
            .iter()
            .map(|&level| self.limits_at(size, level))
            .collect()
    }

    fn limits_at(&self, size: f64, level: f64) -> Result<Interval> {
        if let Some((excess, widening)) = self.widening() {
            return excess.limits(size, level, widening);
        }
        match self.options.limits {
            FunnelLimits::GammaPoisson => gamma_poisson_limits(size, self.between(), level),
            FunnelLimits::Inverted => inverted_limits(size, level),
            FunnelLimits::Normal => normal_limits(size.round() as u64, self.target, level),
            FunnelLimits::Exact if self.shares => {
                binomial_limits(size.round() as u64, self.target, level)
            }
            FunnelLimits::Exact => poisson_limits(size, level),
        }
    }

    /// The excess that limits are widened by, if any: none where the units vary
    /// no more than by chance, so that the limits are then exact.
    fn widening(&self) -> Option<(&Overdispersion, Widening)> {
        let (excess, widening) = (self.excess.as_ref()?, self.options.overdispersion?);
        let found = match widening {
            Widening::Additive => excess.tau2 > 0.0,
            Widening::Multiplicative => excess.phi > 1.0,
        };
        (found && self.options.limits == FunnelLimits::Exact).then_some((excess, widening))
    }

    /// Variance of true ratios on their own scale, for the gamma–Poisson.
    fn between(&self) -> f64 {
        self.excess.as_ref().map_or(0.0, |e| e.tau2)
    }
}

/// Holds every unit against the target, with limits by its size.
///
/// With one unit there is no excess variation to estimate, and none is.
///
/// # Errors
/// Whatever the limits and scores refuse; limits of the wrong kind for the
/// figures; no levels, or levels outside (0, 1); shares that are all 0 or all 1
/// without a target.
///
/// ```
/// use boligspor_estimate::profile::{profile, Figures, ProfileOptions};
/// let figures = Figures::Ratios { observed: &[0, 12, 40], expected: &[3.0, 10.0, 20.0] };
/// let funnel = profile(&figures, &ProfileOptions::default())?;
/// let outside: Vec<usize> = funnel.units.iter().map(|u| u.outside).collect();
/// assert_eq!(outside, [0, 0, 2]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn profile(figures: &Figures, options: &ProfileOptions) -> Result<Profile> {
    check(figures, options)?;
    let gamma = options.limits == FunnelLimits::GammaPoisson;
    let (scores, values, sizes, target) = match *figures {
        Figures::Ratios { observed, expected } => {
            let scale = if gamma {
                FunnelScale::Identity
            } else {
                options.scale
            };
            let scores = Scores::of_ratios(observed, expected, scale)?;
            let values: Vec<f64> = observed
                .iter()
                .zip(expected)
                .map(|(o, e)| *o as f64 / e)
                .collect();
            (scores, values, expected.to_vec(), 1.0)
        }
        Figures::Shares { successes, n } => {
            same_length("n", n.len(), "successes", successes.len())?;
            let pooled = successes.iter().sum::<u64>() as f64 / n.iter().sum::<u64>() as f64;
            let target = options.target.unwrap_or(pooled);
            let scores = Scores::of_shares(successes, n, target)?;
            let sizes: Vec<f64> = n.iter().map(|n| *n as f64).collect();
            let values = successes
                .iter()
                .zip(&sizes)
                .map(|(s, n)| *s as f64 / n)
                .collect();
            (scores, values, sizes, target)
        }
    };
    let excess = if values.len() > 1 {
        Some(Overdispersion::estimate(&scores, options.extremes)?)
    } else {
        None
    };
    let mut made = Profile {
        target,
        excess,
        units: Vec::new(),
        options: options.clone(),
        shares: matches!(figures, Figures::Shares { .. }),
    };
    let mut units = Vec::with_capacity(values.len());
    for (i, (&value, &size)) in values.iter().zip(&sizes).enumerate() {
        let limits = made.limits(size)?;
        let error = scores.std_error[i];
        let z = match made.widening() {
            Some((excess, widening)) => scores.z[i] * error / excess.widened(error, widening),
            None if gamma => scores.z[i] * error / error.hypot(made.between().sqrt()),
            None => scores.z[i],
        };
        let p_value = match (*figures, made.widening()) {
            (_, Some(_)) => normal_p_value(z),
            (Figures::Ratios { observed, expected }, None) if gamma => {
                gamma_poisson_p_value(observed[i], expected[i], made.between())?
            }
            (Figures::Ratios { observed, expected }, None) => {
                poisson_p_value(observed[i], expected[i])?
            }
            (Figures::Shares { successes, n }, None) => {
                binomial_p_value(successes[i], n[i], target)?
            }
        };
        let beyond = |l: &&Interval| value < l.low || value > l.high;
        units.push(ProfiledUnit {
            value,
            size,
            outside: limits.iter().filter(beyond).count(),
            limits,
            z,
            p_value,
            adjusted: 1.0,
        });
    }
    let p_values: Vec<f64> = units.iter().map(|u| u.p_value).collect();
    for (unit, adjusted) in units.iter_mut().zip(false_discovery(&p_values)?) {
        unit.adjusted = adjusted;
    }
    made.units = units;
    Ok(made)
}

fn check(figures: &Figures, options: &ProfileOptions) -> Result<()> {
    let range = |argument, requirement| {
        Err(EstimateError::OutOfRange {
            argument,
            requirement,
        })
    };
    if options.levels.is_empty() {
        return Err(EstimateError::Empty { argument: "levels" });
    }
    for &level in &options.levels {
        valid_level(level)?;
    }
    let shares = matches!(figures, Figures::Shares { .. });
    match options.limits {
        FunnelLimits::GammaPoisson | FunnelLimits::Inverted if shares => range(
            "limits",
            "gamma-Poisson and inverted limits are for ratios; shares take exact or normal ones",
        ),
        FunnelLimits::Normal if !shares => range(
            "limits",
            "normal limits are for shares; ratios take exact, gamma-Poisson or inverted ones",
        ),
        _ if !shares && options.target.is_some_and(|t| t != 1.0) => range(
            "target",
            "ratios are held against 1; multiply the expected numbers instead",
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_funnel_agrees_with_its_own_limits_and_counts_them() {
        let (observed, expected) = ([2, 11, 30, 55], [6.0, 10.0, 20.0, 25.0]);
        let figures = Figures::Ratios {
            observed: &observed,
            expected: &expected,
        };
        let options = ProfileOptions {
            levels: vec![0.5, 0.95, 0.998],
            ..ProfileOptions::default()
        };
        let funnel = profile(&figures, &options).unwrap();
        for (unit, e) in funnel.units.iter().zip(expected) {
            for (limits, level) in unit.limits.iter().zip(&options.levels) {
                assert_eq!(*limits, poisson_limits(e, *level).unwrap());
            }
        }
        assert_eq!(funnel.units[3].outside, 3);
        assert_eq!(funnel.units[1].outside, 0);
        assert!(funnel.units[3].adjusted >= funnel.units[3].p_value);
    }

    #[test]
    fn excess_variation_widens_limits_and_shrinks_scores_by_the_same_factor() {
        // Ratios of 0.25 and 2.25 at E = 16: square roots 0.5 and 1.5, z = ∓4.
        let figures = Figures::Ratios {
            observed: &[4, 36, 4, 36],
            expected: &[16.0; 4],
        };
        let options = ProfileOptions {
            overdispersion: Some(Widening::Multiplicative),
            extremes: Extremes::Keep,
            ..ProfileOptions::default()
        };
        let funnel = profile(&figures, &options).unwrap();
        assert!((funnel.excess.unwrap().phi - 16.0).abs() < 1e-12);
        assert!((funnel.units[1].z - 1.0).abs() < 1e-12); // 4 divided by sqrt(16)
        assert!(funnel.units.iter().all(|u| u.outside == 0));
        // Half-width 1.96·(1/8)·4 about 1 on the root's scale.
        let high = (1.0 + 1.959_963_984_540_054 * 0.5_f64).powi(2);
        assert!((funnel.units[1].limits[0].high - high).abs() < 1e-12);
    }

    #[test]
    fn without_excess_the_limits_stay_exact_although_widening_is_asked_for() {
        let figures = Figures::Ratios {
            observed: &[10, 10, 11],
            expected: &[10.0, 10.0, 10.0],
        };
        let options = ProfileOptions {
            overdispersion: Some(Widening::Additive),
            ..ProfileOptions::default()
        };
        let funnel = profile(&figures, &options).unwrap();
        assert_eq!(
            funnel.units[0].limits[0],
            poisson_limits(10.0, 0.95).unwrap()
        );
    }

    #[test]
    fn zero_counts_are_at_home_in_the_gamma_poisson_funnel() {
        let figures = Figures::Ratios {
            observed: &[0, 0, 1, 4, 9, 0],
            expected: &[0.5, 1.0, 1.5, 1.0, 2.0, 0.2],
        };
        let options = ProfileOptions {
            limits: FunnelLimits::GammaPoisson,
            extremes: Extremes::Keep,
            ..ProfileOptions::default()
        };
        let funnel = profile(&figures, &options).unwrap();
        let between = funnel.excess.unwrap().tau2;
        assert!(between > 0.0);
        assert_eq!(
            funnel.units[4].limits[1],
            gamma_poisson_limits(2.0, between, 0.998).unwrap()
        );
        assert!(
            funnel
                .units
                .iter()
                .all(|u| u.p_value.is_finite() && u.p_value <= 1.0)
        );
    }

    #[test]
    fn shares_are_held_against_the_pooled_share_unless_told_otherwise() {
        let figures = Figures::Shares {
            successes: &[8, 60],
            n: &[10, 90],
        };
        let pooled = profile(&figures, &ProfileOptions::default()).unwrap();
        assert!((pooled.target - 0.68).abs() < 1e-15);
        let options = ProfileOptions {
            target: Some(0.8),
            ..ProfileOptions::default()
        };
        let told = profile(&figures, &options).unwrap();
        assert_eq!(told.units[0].z, 0.0);
        assert_eq!(told.units[1].outside, 1);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let ratios = Figures::Ratios {
            observed: &[1],
            expected: &[1.0],
        };
        let refused = |options: ProfileOptions| profile(&ratios, &options).is_err();
        assert!(refused(ProfileOptions {
            levels: vec![],
            ..ProfileOptions::default()
        }));
        assert!(refused(ProfileOptions {
            levels: vec![1.0],
            ..ProfileOptions::default()
        }));
        assert!(refused(ProfileOptions {
            limits: FunnelLimits::Normal,
            ..ProfileOptions::default()
        }));
        assert!(refused(ProfileOptions {
            target: Some(2.0),
            ..ProfileOptions::default()
        }));
        assert!(!refused(ProfileOptions::default()));
    }
}
