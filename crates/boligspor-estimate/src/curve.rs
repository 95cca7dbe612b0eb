//! A fitted survival curve and what is read off it.

use crate::error::{EstimateError, Result};
use crate::interval::{ConfType, Interval};
use crate::kaplan_meier::{CENSORED, EVENT, PlacedRows, Step};
use crate::options::SurvivalOptions;
use crate::risk::RiskTable;

/// A survival curve with the cumulative hazard that goes with it.
///
/// All columns have one entry per distinct time of an event or of censoring.
/// Values hold from their time until the next.
#[derive(Debug, Clone)]
pub struct SurvivalCurve {
    /// Distinct times of events and of censoring, increasing.
    pub time: Vec<f64>,
    /// Number (weight) at risk just before each time.
    pub n_risk: Vec<f64>,
    /// Number (weight) of events at each time.
    pub n_event: Vec<f64>,
    /// Number (weight) censored at each time.
    pub n_censor: Vec<f64>,
    /// Number (weight) that came under observation since the previous time.
    pub n_enter: Vec<f64>,
    /// Probability of surviving beyond each time.
    pub estimate: Vec<f64>,
    /// Its standard error; where the probability is 0, NaN by Greenwood's formula
    /// and 0 for the robust one.
    pub std_error: Vec<f64>,
    /// Lower ends of the intervals.
    pub low: Vec<f64>,
    /// Upper ends of the intervals.
    pub high: Vec<f64>,
    /// Cumulative hazard.
    pub cumulative_hazard: Vec<f64>,
    /// Standard error of the cumulative hazard.
    pub cumulative_hazard_std_error: Vec<f64>,
    /// Where the curve starts (with probability 1): `start_time`, or the
    /// smaller of 0 and the earliest time.
    pub origin: f64,
    /// Number of rows behind the curve.
    pub n: u64,
    z: f64,
    conf_type: ConfType,
    steps: Vec<Step>,
    influence: Influence,
}

/// What the robust variance of other functionals is computed from.
#[derive(Debug, Clone)]
pub(crate) enum Influence {
    /// The variance is not robust.
    None,
    /// Squared weights of (censored, event) at each time: rows are independent
    /// and all observed from the start.
    Cells(Vec<f64>),
    /// Every row's place.
    Rows(PlacedRows),
}

/// The curve read at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// The time asked for.
    pub time: f64,
    /// Number (weight) at risk at this time: that of the next distinct time, as
    /// R's `summary`; 0 after the last.
    pub n_risk: f64,
    /// Probability of surviving beyond this time.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Its interval.
    pub interval: Interval,
    /// Cumulative hazard.
    pub cumulative_hazard: f64,
    /// Standard error of the cumulative hazard.
    pub cumulative_hazard_std_error: f64,
}

/// A number with its standard error and interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Its interval.
    pub interval: Interval,
}

impl Estimate {
    /// A mean time with the normal interval at quantile `z`, not below zero.
    pub(crate) fn of_time(estimate: f64, variance: f64, z: f64) -> Self {
        // Rounding may leave a variance of nothing below zero.
        let std_error = if variance < 0.0 { 0.0 } else { variance.sqrt() };
        Self {
            estimate,
            std_error,
            interval: Interval {
                low: (estimate - z * std_error).max(0.0),
                high: estimate + z * std_error,
            },
        }
    }
}

/// A time by which a given share has failed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The share.
    pub probability: f64,
    /// The time, NaN if the curve does not come so far down.
    pub time: f64,
    /// Its interval; an end is NaN if that limit does not come so far down.
    pub interval: Interval,
}

impl SurvivalCurve {
    pub(crate) fn with_capacity(
        len: usize,
        origin: f64,
        z: f64,
        options: &SurvivalOptions,
    ) -> Self {
        let column = || Vec::with_capacity(len);
        Self {
            time: Vec::new(),
            n_risk: Vec::new(),
            n_event: Vec::new(),
            n_censor: Vec::new(),
            n_enter: Vec::new(),
            estimate: column(),
            std_error: column(),
            low: column(),
            high: column(),
            cumulative_hazard: column(),
            cumulative_hazard_std_error: column(),
            origin,
            n: 0,
            z,
            conf_type: options.conf_type,
            steps: Vec::new(),
            influence: Influence::None,
        }
    }

    /// Adds the counts and the intervals to the estimates.
    pub(crate) fn finish(&mut self, table: RiskTable, steps: Vec<Step>, influence: Influence) {
        for (p, se) in self.estimate.iter().zip(&self.std_error) {
            let interval = self.conf_type.around(*p, *se, self.z);
            self.low.push(interval.low);
            self.high.push(interval.high);
        }
        self.n = table.n;
        self.time = table.time;
        self.n_risk = table.n_risk;
        self.n_event = table.n_event;
        self.n_censor = table.n_censor;
        self.n_enter = table.n_enter;
        self.steps = steps;
        self.influence = influence;
    }

    /// The curve at given times: the value of the last step not after each.
    ///
    /// ```
    /// use boligspor_estimate::{SurvivalOptions, kaplan_meier};
    /// let curve = kaplan_meier(&[5.0, 8.0], &[true, true], &SurvivalOptions::default())?;
    /// let points = curve.at(&[0.0, 5.0, 6.0]);
    /// assert_eq!(points.iter().map(|p| p.estimate).collect::<Vec<_>>(), [1.0, 0.5, 0.5]);
    /// assert_eq!(points[2].n_risk, 1.0);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn at(&self, times: &[f64]) -> Vec<CurvePoint> {
        times
            .iter()
            .map(|&time| {
                let n_risk = self
                    .n_risk
                    .get(self.time.partition_point(|&t| t < time))
                    .copied();
                let step = self.time.partition_point(|&t| t <= time).checked_sub(1);
                let read = |column: &[f64], before: f64| step.map_or(before, |s| column[s]);
                CurvePoint {
                    time,
                    n_risk: n_risk.unwrap_or(0.0),
                    estimate: read(&self.estimate, 1.0),
                    std_error: read(&self.std_error, 0.0),
                    interval: Interval {
                        low: read(&self.low, 1.0),
                        high: read(&self.high, 1.0),
                    },
                    cumulative_hazard: read(&self.cumulative_hazard, 0.0),
                    cumulative_hazard_std_error: read(&self.cumulative_hazard_std_error, 0.0),
                }
            })
            .collect()
    }

    /// The times by which the shares `probabilities` have failed: `0.5` is the
    /// median survival.
    ///
    /// If the curve is flat at exactly the level sought, the middle of the flat
    /// stretch is taken, as R does; a flat end reaches to the last time. Limits are where the limits of the curve
    /// cross the level (Brookmeyer & Crowley 1982, *Biometrics* 38, 29–41); where
    /// a limit crosses it several times, at its highest value not above the level.
    ///
    /// # Errors
    /// A probability not strictly between 0 and 1.
    ///
    /// ```
    /// use boligspor_estimate::{SurvivalOptions, kaplan_meier};
    /// let time = [1.0, 2.0, 3.0, 4.0];
    /// let curve = kaplan_meier(&time, &[true; 4], &SurvivalOptions::default())?;
    /// assert_eq!(curve.quantile(&[0.5])?[0].time, 2.5); // S = 0.5 from 2 to 3
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn quantile(&self, probabilities: &[f64]) -> Result<Vec<Quantile>> {
        if probabilities.iter().any(|p| !(*p > 0.0 && *p < 1.0)) {
            return Err(EstimateError::BadProbability {
                argument: "probabilities",
            });
        }
        let quantile = |&probability: &f64| {
            let level = 1.0 - probability;
            Quantile {
                probability,
                time: crossing(&self.time, &self.estimate, level),
                interval: Interval {
                    low: crossing(&self.time, &self.low, level),
                    high: crossing(&self.time, &self.high, level),
                },
            }
        };
        Ok(probabilities.iter().map(quantile).collect())
    }

    /// The mean survival time restricted to `tau`: the origin plus the area
    /// under the curve from there to `tau`, carried forward after the last time.
    ///
    /// With a `start_time` it is therefore the mean of the smaller of time and
    /// `tau` among those who survive the start, on the clock of the data, as in
    /// R; subtract the start for the time still to come.
    ///
    /// The standard error follows the curve's: Greenwood's formula
    /// `Σ A(t)² d/(n (n - d))`, `A(t)` the area after `t`, or the robust one.
    /// The interval is the normal one, not below zero. Source: Irwin (1949);
    /// Andersen, Hansen & Klein (2004), *Lifetime Data Analysis* 10, 335–350.
    ///
    /// # Errors
    /// A horizon that is not finite or before the origin.
    ///
    /// ```
    /// use boligspor_estimate::{SurvivalOptions, kaplan_meier};
    /// let curve = kaplan_meier(&[2.0, 4.0], &[true, true], &SurvivalOptions::default())?;
    /// assert_eq!(curve.restricted_mean(3.0)?.estimate, 2.5); // 2 days of 1, one of 1/2
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn restricted_mean(&self, tau: f64) -> Result<Estimate> {
        if !tau.is_finite() || tau < self.origin {
            return Err(EstimateError::OutOfRange {
                argument: "tau",
                requirement: "finite and not before the start of the curve",
            });
        }
        let after = self.area_after(tau);
        // Everyone survives from the origin to the first time.
        let first = self.time.first().copied().unwrap_or(tau).min(tau);
        let estimate = first + after.first().copied().unwrap_or(0.0);
        let variance: f64 = match &self.influence {
            Influence::None => self
                .steps
                .iter()
                .zip(&after)
                .map(|(s, a)| if *a > 0.0 { s.tick * a * a } else { 0.0 })
                .sum(),
            Influence::Cells(square) => self.cell_area_variance(square, &after),
            Influence::Rows(rows) => self.row_area_variance(rows, &after),
        };
        Ok(Estimate::of_time(estimate, variance, self.z))
    }

    /// Whether the standard errors are the robust ones.
    pub fn is_robust(&self) -> bool {
        !matches!(self.influence, Influence::None)
    }

    /// The probability at `time` and every cluster's unweighted influence on it.
    pub(crate) fn probability_influence(&self, time: f64) -> Result<(f64, Vec<f64>)> {
        if !time.is_finite() {
            return Err(EstimateError::NotFinite {
                argument: "times",
                rows: 1,
            });
        }
        let estimate = self.at(&[time])[0].estimate;
        let scale = |(step, t): (&Step, &f64)| {
            if *t <= time {
                Step {
                    tick: step.tick * estimate,
                    jump: step.jump * estimate,
                }
            } else {
                Step::default()
            }
        };
        let steps: Vec<Step> = self.steps.iter().zip(&self.time).map(scale).collect();
        Ok((estimate, self.cluster_influence(&steps)))
    }

    /// The restricted mean and every cluster's unweighted influence on it.
    pub(crate) fn restricted_mean_influence(&self, tau: f64) -> Result<(f64, Vec<f64>)> {
        let estimate = self.restricted_mean(tau)?.estimate;
        Ok((
            estimate,
            self.cluster_influence(&self.area_steps(&self.area_after(tau))),
        ))
    }

    fn cluster_influence(&self, steps: &[Step]) -> Vec<f64> {
        let Influence::Rows(rows) = &self.influence else {
            return Vec::new();
        };
        let mut by_cluster = vec![0.0; rows.clusters];
        self.row_influence(rows, steps, |row, influence| {
            by_cluster[rows.cluster[row] as usize] += influence;
        });
        by_cluster
    }

    /// Area under the curve from each time to `tau` (0 for times after it).
    fn area_after(&self, tau: f64) -> Vec<f64> {
        let mut area = 0.0;
        let mut next = tau;
        let mut after = vec![0.0; self.time.len()];
        for r in (0..self.time.len()).rev() {
            if self.time[r] < tau {
                area += (next - self.time[r]) * self.estimate[r];
                next = self.time[r];
                after[r] = area;
            }
        }
        after
    }

    /// Influence on the area of someone at risk through row `r`, and of an
    /// event at row `r`, each per unit of weight.
    fn area_steps(&self, after: &[f64]) -> Vec<Step> {
        let scale = |(step, area): (&Step, &f64)| {
            if *area > 0.0 {
                Step {
                    tick: step.tick * area,
                    jump: step.jump * area,
                }
            } else {
                Step::default()
            }
        };
        self.steps.iter().zip(after).map(scale).collect()
    }

    fn cell_area_variance(&self, square: &[f64], after: &[f64]) -> f64 {
        let mut common: f64 = 0.0;
        let mut variance = 0.0;
        for (step, cells) in self.area_steps(after).iter().zip(square.chunks_exact(2)) {
            common += step.tick;
            variance += cells[CENSORED] * common * common
                + cells[EVENT] * (common - step.jump) * (common - step.jump);
        }
        variance
    }

    fn row_area_variance(&self, rows: &PlacedRows, after: &[f64]) -> f64 {
        let mut by_cluster = vec![0.0; rows.clusters];
        self.row_influence(rows, &self.area_steps(after), |row, influence| {
            by_cluster[rows.cluster[row] as usize] += rows.weight(row) * influence;
        });
        by_cluster.iter().map(|u| u * u).sum()
    }

    /// Calls `take(row, influence)` with the sum of every row's steps.
    #[expect(
        clippy::unused_self,
        reason = "reads as a method of the curve whose steps are passed"
    )]
    fn row_influence(&self, rows: &PlacedRows, steps: &[Step], mut take: impl FnMut(usize, f64)) {
        let mut cumulative = Vec::with_capacity(steps.len() + 1);
        cumulative.push(0.0);
        for step in steps {
            cumulative.push(cumulative[cumulative.len() - 1] + step.tick);
        }
        for row in 0..rows.until.len() {
            let (from, until) = (rows.from(row) as usize, rows.until[row] as usize);
            if from < until {
                let jump = if rows.event[row] {
                    steps[until - 1].jump
                } else {
                    0.0
                };
                take(row, cumulative[until] - cumulative[from] - jump);
            }
        }
    }
}

/// Where a step function falls to `level`; if it is flat at exactly `level`,
/// halfway along that stretch, the last stretch ending with the observations.
///
/// The limits of a curve need not fall steadily (late entry, few at risk). As
/// in R, the time is then that of the highest value not above `level`.
fn crossing(time: &[f64], curve: &[f64], level: f64) -> f64 {
    const TOLERANCE: f64 = 1.490_116_119_384_765_6e-8;
    let reached = |bound: f64| {
        let mut best: Option<usize> = None;
        for (r, &value) in curve.iter().enumerate() {
            if value <= bound && best.is_none_or(|best| value > curve[best]) {
                best = Some(r);
            }
        }
        best
    };
    let Some(first) = reached(level + TOLERANCE) else {
        return f64::NAN;
    };
    if (curve[first] - level).abs() >= TOLERANCE {
        return time[first];
    }
    let until = reached(level - TOLERANCE).unwrap_or(time.len() - 1);
    f64::midpoint(time[first], time[until])
}
