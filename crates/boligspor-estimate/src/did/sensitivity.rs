//! How far parallel trends may fail before a conclusion does.
//!
//! Suppose that from one period to the next the trends of treated and controls
//! drift apart by at most `M` times the largest such step seen before treatment
//! (the relative-magnitudes restriction of Rambachan & Roth 2023, *Review of
//! Economic Studies* 90). The bias of an effect `c` periods from the base is then
//! at most `c·M·max|step|`, which gives bounds; the breakdown value is the
//! smallest `M` at which the interval takes in zero.
//!
//! The interval here is a plain one. The upper bound is the largest of several
//! linear combinations of the estimates, one for each step and sign; the largest
//! of their own one-sided limits lies above the largest true combination at
//! least as often as the limit of that one combination does. So it holds without
//! correction for how many there are, and is conservative. It is not the
//! conditional or hybrid interval of Andrews, Roth & Pakes that R's HonestDiD
//! computes, which is shorter where one step stands out.

use crate::error::{EstimateError, Result, valid_level};
use crate::interval::normal_quantile;
use crate::linear::quadratic;

use super::aggregate::{Aggregate, Aggregation};
use super::{Base, EffectEstimate};

/// Bounds at one size of failure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SensitivityRow {
    /// The largest step after the base, in multiples of the largest before.
    pub m: f64,
    /// Lower end of what the estimates allow.
    pub bound_low: f64,
    /// Upper end.
    pub bound_high: f64,
    /// Lower end of the interval that allows for chance too.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Bounds on an effect under growing failure of parallel trends.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensitivity {
    /// One row for each `m` asked for.
    pub rows: Vec<SensitivityRow>,
    /// The `m` at which the interval takes in zero; 0 if it does without any
    /// failure, `None` beyond 100.
    pub breakdown: Option<f64>,
    /// The largest step before treatment.
    pub largest_step: f64,
}

/// Effects by periods since treatment, with their covariance.
#[derive(Debug, Clone, Copy)]
pub struct EventStudy<'a> {
    /// Periods since treatment.
    pub event_time: &'a [i64],
    /// The effects; 0 in a universal base period.
    pub estimate: &'a [f64],
    /// Their covariance, row-major; 0 for the base period.
    pub covariance: &'a [f64],
    /// The base of effects before treatment.
    pub base: Base,
    /// The base period of effects after treatment, such as −1.
    pub base_time: i64,
}

const MOST: f64 = 100.0;

impl EventStudy<'_> {
    /// Steps of the difference in trends up to the base, as combinations of
    /// the effects.
    fn steps(&self) -> Vec<Vec<f64>> {
        let k = self.event_time.len();
        let before: Vec<usize> = (0..k)
            .filter(|&i| self.event_time[i] <= self.base_time && self.estimate[i].is_finite())
            .collect();
        let unit = |i: usize, value: f64| {
            let mut direction = vec![0.0; k];
            direction[i] = value;
            direction
        };
        match self.base {
            // Each effect is the step from the period before.
            Base::Varying => before.iter().map(|&i| unit(i, 1.0)).collect(),
            Base::Universal => before
                .windows(2)
                .filter(|pair| self.event_time[pair[1]] - self.event_time[pair[0]] == 1)
                .map(|pair| {
                    let mut direction = unit(pair[1], 1.0);
                    direction[pair[0]] = -1.0;
                    direction
                })
                .collect(),
        }
    }

    /// Bounds on the mean of the effects at `targets`.
    ///
    /// # Errors
    /// No such effect, no step before treatment, or a bad level.
    ///
    /// ```
    /// use boligspor_estimate::did::{Base, EventStudy};
    /// let study = EventStudy {
    ///     event_time: &[-2, -1, 0],
    ///     estimate: &[0.5, 0.0, 3.0],
    ///     covariance: &[0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.01],
    ///     base: Base::Universal,
    ///     base_time: -1,
    /// };
    /// let found = study.sensitivity(&[0], &[1.0], 0.95)?;
    /// // One step after the base, and the largest before it was 0.5.
    /// assert_eq!((found.rows[0].bound_low, found.rows[0].bound_high), (2.5, 3.5));
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn sensitivity(&self, targets: &[i64], m: &[f64], level: f64) -> Result<Sensitivity> {
        valid_level(level)?;
        if m.iter().any(|m| !m.is_finite() || *m < 0.0) {
            return Err(EstimateError::OutOfRange {
                argument: "m",
                requirement: "finite numbers, zero or more",
            });
        }
        let k = self.event_time.len();
        let place = |e: &i64| self.event_time.iter().position(|t| t == e);
        let targets: Vec<usize> = targets.iter().filter_map(place).collect();
        if targets.is_empty() || targets.iter().any(|&t| !self.estimate[t].is_finite()) {
            return Err(EstimateError::Empty {
                argument: "the effects to bound",
            });
        }
        let steps = self.steps();
        if steps.is_empty() {
            return Err(EstimateError::OutOfRange {
                argument: "the event study",
                requirement: "at least two adjacent periods before treatment (one with a varying \
                              base)",
            });
        }
        let share = 1.0 / targets.len() as f64;
        let mut mean = vec![0.0; k];
        let mut reach = 0.0;
        for &t in &targets {
            mean[t] += share;
            reach += share * (self.event_time[t] - self.base_time) as f64;
        }
        let z = normal_quantile(0.5 + level / 2.0);
        let value = |direction: &[f64]| -> f64 {
            let used = direction
                .iter()
                .zip(self.estimate)
                .filter(|(d, _)| **d != 0.0);
            used.map(|(d, e)| d * e).sum()
        };
        let row = |m: f64| {
            let mut row = SensitivityRow {
                m,
                bound_low: f64::INFINITY,
                bound_high: f64::NEG_INFINITY,
                low: f64::INFINITY,
                high: f64::NEG_INFINITY,
            };
            for step in &steps {
                for sign in [1.0, -1.0] {
                    let direction: Vec<f64> = mean
                        .iter()
                        .zip(step)
                        .map(|(a, s)| a + sign * m * reach * s)
                        .collect();
                    let error = quadratic(self.covariance, &direction).max(0.0).sqrt();
                    let bound = value(&direction);
                    row.bound_low = row.bound_low.min(bound);
                    row.bound_high = row.bound_high.max(bound);
                    row.low = row.low.min(bound - z * error);
                    row.high = row.high.max(bound + z * error);
                }
            }
            row
        };
        let excludes = |m: f64| {
            let row = row(m);
            row.low > 0.0 || row.high < 0.0
        };
        let breakdown = if !excludes(0.0) {
            Some(0.0)
        } else if excludes(MOST) {
            None
        } else {
            let (mut low, mut high) = (0.0, MOST);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if excludes(middle) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            Some(0.5 * (low + high))
        };
        Ok(Sensitivity {
            rows: m.iter().map(|m| row(*m)).collect(),
            breakdown,
            largest_step: steps.iter().map(|s| value(s).abs()).fold(0.0, f64::max),
        })
    }
}

impl Aggregate {
    /// Bounds on an event study's effect (or, with `None`, on the mean of those
    /// after treatment) when parallel trends fail by up to `m` times what was
    /// seen before treatment.
    ///
    /// # Errors
    /// Averages of another kind, no such effect, or no step before treatment.
    pub fn sensitivity(
        &self,
        event_time: Option<i64>,
        m: &[f64],
        base: Base,
        anticipation: u32,
        level: f64,
    ) -> Result<Sensitivity> {
        if self.kind != Aggregation::Dynamic {
            return Err(EstimateError::OutOfRange {
                argument: "the average",
                requirement: "dynamic, by periods since treatment",
            });
        }
        let event_times: Vec<i64> = self.rows.iter().filter_map(|r| r.at).collect();
        let estimates: Vec<f64> = self.rows.iter().map(|r| r.effect.estimate).collect();
        let targets: Vec<i64> = match event_time {
            Some(e) => vec![e],
            None => event_times.iter().copied().filter(|e| *e >= 0).collect(),
        };
        EventStudy {
            event_time: &event_times,
            estimate: &estimates,
            covariance: &self.covariance,
            base,
            base_time: -1 - i64::from(anticipation),
        }
        .sensitivity(&targets, m, level)
    }
}

/// One number of an analysis from one base. Made by
/// [`base_sensitivity`](super::base_sensitivity).
#[derive(Debug, Clone, PartialEq)]
pub struct BaseRow {
    /// The base period, in periods since treatment: −1, −2, …
    pub base_time: i64,
    /// The mean effect after treatment.
    pub overall: EffectEstimate,
    /// The event study from that base.
    pub event_study: Aggregate,
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUDY: EventStudy<'static> = EventStudy {
        event_time: &[-3, -2, -1, 0, 1],
        estimate: &[0.2, -0.1, 0.0, 2.0, 3.0],
        covariance: &[
            0.04, 0.01, 0.0, 0.0, 0.0, //
            0.01, 0.04, 0.0, 0.0, 0.0, //
            0.0, 0.0, 0.0, 0.0, 0.0, //
            0.0, 0.0, 0.0, 0.09, 0.02, //
            0.0, 0.0, 0.0, 0.02, 0.16,
        ],
        base: Base::Universal,
        base_time: -1,
    };

    #[test]
    fn without_failure_it_is_the_usual_interval() {
        let found = STUDY.sensitivity(&[0], &[0.0], 0.95).unwrap();
        let row = found.rows[0];
        assert!((row.bound_low - 2.0).abs() < 1e-15 && (row.bound_high - 2.0).abs() < 1e-15);
        assert!((row.low - (2.0 - 1.959_964 * 0.3)).abs() < 1e-6);
    }

    #[test]
    fn bounds_by_hand() {
        // Steps −0.3 (from −3 to −2) and 0.1 (to −1): the largest is 0.3. The
        // effect at 1 is two steps from the base: 3 ± 2·0.5·0.3.
        let found = STUDY.sensitivity(&[1], &[0.5], 0.95).unwrap();
        assert!((found.largest_step - 0.3).abs() < 1e-15);
        assert!((found.rows[0].bound_low - 2.7).abs() < 1e-12);
        assert!((found.rows[0].bound_high - 3.3).abs() < 1e-12);
        // Mean of both: one and a half steps on average.
        let both = STUDY.sensitivity(&[0, 1], &[1.0], 0.95).unwrap();
        assert!((both.rows[0].bound_high - (2.5 + 0.45)).abs() < 1e-12);
    }

    #[test]
    fn at_the_breakdown_value_the_interval_touches_zero() {
        let found = STUDY.sensitivity(&[0], &[1.0], 0.95).unwrap();
        let m = found.breakdown.unwrap();
        let at = STUDY.sensitivity(&[0], &[m], 0.95).unwrap().rows[0];
        assert!(at.low.abs() < 1e-9 && m > 0.5, "{m} {at:?}");
    }

    #[test]
    fn a_varying_base_gives_the_steps_themselves() {
        let study = EventStudy {
            event_time: &[-2, -1, 0],
            estimate: &[0.2, -0.4, 1.0],
            covariance: &[0.0; 9],
            base: Base::Varying,
            base_time: -1,
        };
        let found = study.sensitivity(&[0], &[1.0], 0.95).unwrap();
        assert!((found.largest_step - 0.4).abs() < 1e-15);
    }
}
