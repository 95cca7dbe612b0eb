//! How much units differ beyond chance, from the bulk of them.
//!
//! Units always differ by more than the Poisson allows: data quality, case mix
//! not recorded, practice. Limits that ignore it call half the country an
//! outlier. Spiegelhalter's remedy estimates the excess from z-scores with the
//! extremes pulled in, either as a factor φ on the variance or as a variance τ²
//! between units, and widens every limit by it.
//!
//! Everything here happens on **one scale**: scores, their standard errors, τ²
//! and the limits are all on the transformed scale, and only the finished limits
//! are carried back. The best-known package computes τ² for the square root
//! (its "CQC" option) and draws `1 ± z·sqrt(s² + τ²)` on the ratio's own scale
//! without squaring, which understates the half-width by about a factor of two;
//! our limits differ from its published ones there, knowingly.
//!
//! Sources: Spiegelhalter (2005), *Statistics in Medicine* 24, 1185–1202;
//! Spiegelhalter (2005), "Handling over-dispersion of performance indicators",
//! *Quality and Safety in Health Care* 14, 347–351; DerSimonian & Laird (1986),
//! *Controlled Clinical Trials* 7, 177–188.

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result, all_finite, same_length};
use crate::interval::{Interval, normal_quantile_two_sided};

/// The scale on which observed/expected, or a share, is near normal with a
/// variance that depends on the unit's size only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FunnelScale {
    /// `sqrt(observed/expected)`, standard error `1/(2·sqrt(expected))`: defined
    /// at zero events, the default for ratios.
    #[default]
    SquareRoot,
    /// `ln(observed/expected)`, standard error `1/sqrt(expected)`: undefined
    /// where nothing was observed.
    Log,
    /// `asin(sqrt(share))`, standard error `1/(2·sqrt(n))`: for shares of `n`.
    Arcsine,
    /// Observed/expected itself, standard error `1/sqrt(expected)`: τ² is then
    /// the variance of the true ratios, as the gamma–Poisson limits take it.
    Identity,
}

/// Standardised distances from the target, all on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The scale they are on.
    pub scale: FunnelScale,
    /// The target on the original scale: 1 for ratios, a share otherwise.
    pub target: f64,
    /// `(g(observed) - g(target)) / std_error`, one per unit.
    pub z: Vec<f64>,
    /// Standard error of `g(observed)` if only chance were at work.
    pub std_error: Vec<f64>,
}

impl Scores {
    /// Scores of observed/expected around 1.
    ///
    /// # Errors
    /// Slices of different length, expected numbers not positive and finite,
    /// the arcsine scale (it is for shares), or the log scale with a unit that
    /// observed nothing.
    ///
    /// ```
    /// use boligspor_estimate::overdispersion::{FunnelScale, Scores};
    /// let scores = Scores::of_ratios(&[9, 25], &[9.0, 16.0], FunnelScale::SquareRoot)?;
    /// assert_eq!(scores.z, [0.0, 2.0]);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn of_ratios(observed: &[u64], expected: &[f64], scale: FunnelScale) -> Result<Self> {
        same_length("expected", expected.len(), "observed", observed.len())?;
        if expected.iter().any(|e| !(*e > 0.0 && e.is_finite())) {
            return Err(EstimateError::OutOfRange {
                argument: "expected",
                requirement: "each unit must expect a positive, finite number of events",
            });
        }
        let (transform, factor): (fn(f64) -> f64, f64) = match scale {
            FunnelScale::SquareRoot => (|r| r.sqrt() - 1.0, 0.5),
            FunnelScale::Log if observed.contains(&0) => {
                return Err(EstimateError::OutOfRange {
                    argument: "observed",
                    requirement: "the log scale has no place for zero events; use the square root",
                });
            }
            FunnelScale::Log => (f64::ln, 1.0),
            FunnelScale::Identity => (|r| r - 1.0, 1.0),
            FunnelScale::Arcsine => {
                return Err(EstimateError::OutOfRange {
                    argument: "scale",
                    requirement: "the arcsine is for shares; ratios take the square root or the log",
                });
            }
        };
        let std_error: Vec<f64> = expected.iter().map(|e| factor / e.sqrt()).collect();
        let z = observed
            .iter()
            .zip(expected)
            .zip(&std_error)
            .map(|((&o, &e), s)| transform(o as f64 / e) / s)
            .collect();
        Ok(Self {
            scale,
            target: 1.0,
            z,
            std_error,
        })
    }

    /// Scores of shares `successes/n` around `target`, on the arcsine scale.
    ///
    /// # Errors
    /// Slices of different length, an empty unit, more successes than trials,
    /// or a target outside (0, 1).
    ///
    /// ```
    /// use boligspor_estimate::overdispersion::Scores;
    /// let scores = Scores::of_shares(&[40, 30], &[50, 50], 0.8)?;
    /// assert!(scores.z[0].abs() < 1e-12 && scores.z[1] < -2.0);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn of_shares(successes: &[u64], n: &[u64], target: f64) -> Result<Self> {
        same_length("n", n.len(), "successes", successes.len())?;
        if !(target > 0.0 && target < 1.0) {
            return Err(EstimateError::BadProbability { argument: "target" });
        }
        if n.contains(&0) {
            return Err(EstimateError::Empty { argument: "n" });
        }
        if successes.iter().zip(n).any(|(s, n)| s > n) {
            return Err(EstimateError::MoreSuccessesThanTrials);
        }
        let std_error: Vec<f64> = n.iter().map(|&n| 0.5 / (n as f64).sqrt()).collect();
        let centre = target.sqrt().asin();
        let z = successes
            .iter()
            .zip(n)
            .zip(&std_error)
            .map(|((&s, &n), e)| ((s as f64 / n as f64).sqrt().asin() - centre) / e)
            .collect();
        Ok(Self {
            scale: FunnelScale::Arcsine,
            target,
            z,
            std_error,
        })
    }
}

/// What is done with extreme scores before the excess variance is estimated,
/// so that the outliers sought do not widen the limits that should find them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extremes {
    /// All scores as they are.
    Keep,
    /// Scores beyond the given share at each end are set to that quantile
    /// (linear between order statistics). Ten per cent, by convention.
    Winsorise(f64),
    /// The given share at each end is left out (the count rounded down).
    Trim(f64),
}

impl Default for Extremes {
    /// Winsorising a tenth at each end, Spiegelhalter's choice.
    fn default() -> Self {
        Self::Winsorise(0.1)
    }
}

/// Which way the limits are widened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Widening {
    /// Standard errors times `sqrt(φ)`: large and small units alike, in
    /// proportion to their chance variation.
    Multiplicative,
    /// A variance τ² between units added to each unit's own: even a very large
    /// unit is then allowed to differ.
    #[default]
    Additive,
}

/// The estimated excess variation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Overdispersion {
    /// The scale τ² is on.
    pub scale: FunnelScale,
    /// The target on the original scale.
    pub target: f64,
    /// Mean of the squared scores after treatment of extremes; 1 by chance alone.
    pub phi: f64,
    /// Variance between units by the method of moments, on the scores' scale.
    pub tau2: f64,
    /// Number of units it was estimated from.
    pub used: usize,
}

impl Overdispersion {
    /// Estimates φ and τ² from `scores`.
    ///
    /// `τ² = max(0, (nφ - (n - 1)) / (Σw - Σw²/Σw))` with `w = 1/s²` over the
    /// units used (DerSimonian & Laird with the target in place of the mean).
    ///
    /// # Errors
    /// Fewer than two units, a share of extremes outside [0, 0.5), or scores
    /// that are not finite.
    ///
    /// ```
    /// use boligspor_estimate::overdispersion::{Extremes, FunnelScale, Overdispersion, Scores};
    /// let scores = Scores::of_ratios(&[4, 25, 9], &[9.0, 9.0, 9.0], FunnelScale::SquareRoot)?;
    /// let excess = Overdispersion::estimate(&scores, Extremes::Keep)?;
    /// assert!((excess.phi - 20.0 / 3.0).abs() < 1e-12); // z = -2, 4, 0
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn estimate(scores: &Scores, extremes: Extremes) -> Result<Self> {
        all_finite("z", &scores.z)?;
        same_length("std_error", scores.std_error.len(), "z", scores.z.len())?;
        let n = scores.z.len();
        if n < 2 {
            return Err(EstimateError::TooFewGroups {
                found: n,
                needed: 2,
            });
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| scores.z[*a].total_cmp(&scores.z[*b]));
        let mut z = scores.z.clone();
        match extremes {
            Extremes::Keep => {}
            Extremes::Winsorise(share) => {
                let share = valid_share(share)?;
                let at = |p: f64| {
                    let position = p * (n - 1) as f64;
                    let below = position.floor() as usize;
                    let (a, b) = (
                        scores.z[order[below]],
                        scores.z[order[(below + 1).min(n - 1)]],
                    );
                    a + (position - below as f64) * (b - a)
                };
                let (low, high) = (at(share), at(1.0 - share));
                for z in &mut z {
                    *z = z.clamp(low, high);
                }
            }
            Extremes::Trim(share) => {
                let cut = (valid_share(share)? * n as f64).floor() as usize;
                order = order[cut..n - cut].to_vec();
            }
        }
        // Sums in the order of the units, whatever their scores.
        order.sort_unstable();
        let used = order.len() as f64;
        let (mut squares, mut w1, mut w2) = (0.0, 0.0, 0.0);
        for i in order.iter().copied() {
            squares += z[i] * z[i];
            let w = scores.std_error[i].powi(-2);
            w1 += w;
            w2 += w * w;
        }
        let tau2 = ((squares - (used - 1.0)) / (w1 - w2 / w1)).max(0.0);
        Ok(Self {
            scale: scores.scale,
            target: scores.target,
            phi: squares / used,
            tau2,
            used: order.len(),
        })
    }

    /// The widened standard error of a unit whose chance error is `std_error`.
    pub fn widened(&self, std_error: f64, widening: Widening) -> f64 {
        match widening {
            Widening::Multiplicative => std_error * self.phi.max(1.0).sqrt(),
            Widening::Additive => std_error.hypot(self.tau2.sqrt()),
        }
    }

    /// Limits on the original scale for a unit of the given size: its expected
    /// events for ratios, its `n` for shares.
    ///
    /// Made on the scores' scale and carried back, so that they never fall
    /// below zero or, for shares, rise above one.
    ///
    /// # Errors
    /// A size that is not positive and finite, or a level outside (0, 1).
    ///
    /// ```
    /// use boligspor_estimate::overdispersion::{FunnelScale, Overdispersion, Widening};
    /// let excess = Overdispersion {
    ///     scale: FunnelScale::SquareRoot, target: 1.0, phi: 4.0, tau2: 0.0, used: 98,
    /// };
    /// let limits = excess.limits(100.0, 0.95, Widening::Multiplicative)?;
    /// assert!((limits.high - (1.0_f64 + 1.96 * 0.1).powi(2)).abs() < 1e-4);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn limits(&self, size: f64, level: f64, widening: Widening) -> Result<Interval> {
        let z = normal_quantile_two_sided(level)?;
        if !(size > 0.0 && size.is_finite()) {
            return Err(EstimateError::OutOfRange {
                argument: "size",
                requirement: "it must be positive and finite; a unit of no size has no limits",
            });
        }
        let factor = match self.scale {
            FunnelScale::Log | FunnelScale::Identity => 1.0,
            FunnelScale::SquareRoot | FunnelScale::Arcsine => 0.5,
        };
        let half = z * self.widened(factor / size.sqrt(), widening);
        Ok(match self.scale {
            FunnelScale::SquareRoot => Interval {
                low: (1.0 - half).max(0.0).powi(2),
                high: (1.0 + half).powi(2),
            },
            FunnelScale::Log => Interval {
                low: (-half).exp(),
                high: half.exp(),
            },
            FunnelScale::Identity => Interval {
                low: (1.0 - half).max(0.0),
                high: 1.0 + half,
            },
            FunnelScale::Arcsine => {
                let centre = self.target.sqrt().asin();
                let limit = std::f64::consts::FRAC_PI_2;
                Interval {
                    low: (centre - half).max(0.0).sin().powi(2),
                    high: (centre + half).min(limit).sin().powi(2),
                }
            }
        })
    }
}

fn valid_share(share: f64) -> Result<f64> {
    if (0.0..0.5).contains(&share) {
        Ok(share)
    } else {
        Err(EstimateError::OutOfRange {
            argument: "extremes",
            requirement: "the share treated at each end lies in [0, 0.5)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(z: &[f64], std_error: f64) -> Scores {
        Scores {
            scale: FunnelScale::SquareRoot,
            target: 1.0,
            z: z.to_vec(),
            std_error: vec![std_error; z.len()],
        }
    }

    #[test]
    fn equal_sizes_give_the_closed_form_between_variance() {
        // Equal weights w: Σw - Σw²/Σw = (n - 1)w, so τ² = (Σz² - (n - 1))/((n - 1)w).
        let excess =
            Overdispersion::estimate(&scores(&[-3.0, 0.0, 1.0, 4.0], 0.1), Extremes::Keep).unwrap();
        assert!((excess.phi - 26.0 / 4.0).abs() < 1e-12);
        assert!((excess.tau2 - (26.0 - 3.0) / 300.0).abs() < 1e-15);
    }

    #[test]
    fn under_dispersion_never_narrows_the_limits() {
        let excess =
            Overdispersion::estimate(&scores(&[0.1, -0.1, 0.0], 0.1), Extremes::Keep).unwrap();
        assert_eq!(excess.tau2, 0.0);
        let chance = Overdispersion { phi: 1.0, ..excess };
        for widening in [Widening::Additive, Widening::Multiplicative] {
            assert_eq!(
                excess.limits(20.0, 0.95, widening),
                chance.limits(20.0, 0.95, widening)
            );
        }
    }

    #[test]
    fn extremes_are_pulled_in_or_left_out() {
        let z: Vec<f64> = (-5..=5)
            .map(|i| if i == 5 { 50.0 } else { f64::from(i) })
            .collect();
        // Type 7 quantiles of 11 values at 10 %: exactly the second from each end.
        let winsorised =
            Overdispersion::estimate(&scores(&z, 0.1), Extremes::Winsorise(0.1)).unwrap();
        let by_hand = (2.0 * (16.0 + 16.0 + 9.0 + 4.0 + 1.0)) / 11.0;
        assert!((winsorised.phi - by_hand).abs() < 1e-12);
        assert_eq!(Extremes::default(), Extremes::Winsorise(0.1));
        let trimmed = Overdispersion::estimate(&scores(&z, 0.1), Extremes::Trim(0.1)).unwrap();
        assert_eq!(trimmed.used, 9);
        assert!((trimmed.phi - 60.0 / 9.0).abs() < 1e-12);
    }

    #[test]
    fn one_scale_throughout_means_squares_are_taken_back() {
        let excess = Overdispersion {
            scale: FunnelScale::SquareRoot,
            target: 1.0,
            phi: 1.0,
            tau2: 0.01,
            used: 9,
        };
        let limits = excess.limits(25.0, 0.95, Widening::Additive).unwrap();
        let half = 1.959_963_984_540_054 * (0.01_f64 + 0.01).sqrt();
        assert!((limits.high - (1.0 + half).powi(2)).abs() < 1e-12);
        assert!((limits.low - (1.0 - half).powi(2)).abs() < 1e-12);
    }

    #[test]
    fn limits_of_shares_stay_between_zero_and_one() {
        let excess = Overdispersion {
            scale: FunnelScale::Arcsine,
            target: 0.97,
            phi: 1.0,
            tau2: 0.2,
            used: 9,
        };
        let limits = excess.limits(3.0, 0.998, Widening::Additive).unwrap();
        assert_eq!(limits.high, 1.0);
        assert!(limits.low >= 0.0);
    }

    #[test]
    fn a_unit_without_events_needs_the_square_root() {
        assert!(matches!(
            Scores::of_ratios(&[0], &[2.0], FunnelScale::Log),
            Err(EstimateError::OutOfRange {
                argument: "observed",
                ..
            })
        ));
        let z = Scores::of_ratios(&[0], &[2.0], FunnelScale::SquareRoot)
            .unwrap()
            .z;
        assert!((z[0] + 2.0 * 2.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn one_unit_has_no_spread() {
        assert_eq!(
            Overdispersion::estimate(&scores(&[1.0], 0.1), Extremes::Keep),
            Err(EstimateError::TooFewGroups {
                found: 1,
                needed: 2
            })
        );
    }
}
