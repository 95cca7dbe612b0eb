//! Cumulative incidence under competing risks.
//!
//! Whoever dies cannot return to the street; treating death as censoring
//! answers a question about a world without death. The Aalen–Johansen estimate
//! gives the share that has failed of each cause in this one.
//!
//! Sources: Aalen & Johansen (1978), *Scandinavian Journal of Statistics* 5,
//! 141–150; Marubini & Valsecchi (1995), *Analysing Survival Data from Clinical
//! Trials*, ch. 10 (Aalen and delta variances); Therneau (2024), the survival
//! package's `compete` vignette (infinitesimal jackknife).

use crate::chain::{Chain, Episode, Jump, STAY, Target};
use crate::curve::Estimate;
use crate::error::{EstimateError, Result, same_length};
use crate::interval::{ConfType, normal_quantile_two_sided};
use crate::moments;
use crate::options::SurvivalOptions;
use crate::risk::{RiskTable, Rows};

/// How the variance of a cumulative incidence is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IncidenceVariance {
    /// Aalen's, each cause's tied events counted without replacement (cmprsk).
    #[default]
    Aalen,
    /// The delta method's, equal to the Greenwood-type variance (etm, mstate).
    Delta,
    /// The infinitesimal jackknife (R's survival): allows weights and clusters.
    InfinitesimalJackknife,
}

/// Cumulative incidence of each cause, one entry per distinct time.
#[derive(Debug, Clone)]
pub struct CumulativeIncidence {
    /// Distinct times of events and of censoring, increasing.
    pub time: Vec<f64>,
    /// Number (weight) at risk just before each time.
    pub n_risk: Vec<f64>,
    /// Number (weight) censored at each time.
    pub n_censor: Vec<f64>,
    /// Number (weight) that came under observation since the previous time.
    pub n_enter: Vec<f64>,
    /// Probability of no event of any cause.
    pub event_free: IncidenceCurve,
    /// One curve per cause, causes `1..` in order.
    pub causes: Vec<IncidenceCurve>,
    /// Where the curves start.
    pub origin: f64,
    /// Number of rows behind the curves.
    pub n: u64,
    z: f64,
    chain: Chain,
    /// Episodes, clusters and copies, where the variance is the jackknife's.
    jackknife: Option<Jackknife>,
}

/// One probability over time.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidenceCurve {
    /// Number (weight) of events of this cause at each time (of any cause for
    /// the event-free curve).
    pub n_event: Vec<f64>,
    /// The probability.
    pub estimate: Vec<f64>,
    /// Its standard error.
    pub std_error: Vec<f64>,
    /// Lower ends of the intervals.
    pub low: Vec<f64>,
    /// Upper ends of the intervals.
    pub high: Vec<f64>,
    /// Cumulative cause-specific hazard (Nelson–Aalen).
    pub cumulative_hazard: Vec<f64>,
    /// Standard error of the cumulative hazard, `Σ d/n²`.
    pub cumulative_hazard_std_error: Vec<f64>,
}

/// What the jackknife variance of other functionals is computed from.
#[derive(Debug, Clone)]
struct Jackknife {
    episodes: Vec<Episode>,
    clusters: usize,
    copies: Option<Vec<f64>>,
}

/// Cumulative incidence of each cause of `duration`; `cause` is 0 where
/// censored and `1..` otherwise.
///
/// `survival`, `hazard` and `robust` of the options have no meaning here: the
/// estimate is the product limit, the variance is chosen by `variance`.
/// Fractional weights, clusters or several rows per person need
/// [`IncidenceVariance::InfinitesimalJackknife`]; the others treat weights as
/// frequencies.
///
/// # Errors
/// As [`kaplan_meier`](crate::kaplan_meier()); clusters with a variance other
/// than the jackknife's.
///
/// ```
/// use boligspor_estimate::{IncidenceVariance, SurvivalOptions, aalen_johansen};
/// let curves = aalen_johansen(
///     &[1.0, 2.0, 3.0, 4.0], // days
///     &[1, 2, 0, 1],         // returned, died, censored, returned
///     &SurvivalOptions::default(),
///     IncidenceVariance::Aalen,
/// )?;
/// assert_eq!(curves.causes[0].estimate, [0.25, 0.25, 0.25, 0.75]);
/// assert_eq!(curves.causes[1].estimate, [0.0, 0.25, 0.25, 0.25]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn aalen_johansen(
    duration: &[f64],
    cause: &[u32],
    options: &SurvivalOptions,
    variance: IncidenceVariance,
) -> Result<CumulativeIncidence> {
    same_length("cause", cause.len(), "duration", duration.len())?;
    options.check(duration.len())?;
    let jackknife = variance == IncidenceVariance::InfinitesimalJackknife;
    if options.cluster.is_some() && !jackknife {
        return Err(EstimateError::OutOfRange {
            argument: "variance",
            requirement: "the infinitesimal jackknife if there are clusters",
        });
    }
    let occurring = cause.iter().max().map_or(1, |&c| c as usize);
    let causes = occurring.max(options.causes).max(1);
    if causes > MOST_CAUSES {
        return Err(EstimateError::OutOfRange {
            argument: "cause",
            requirement: "codes must be dense, 0 for censoring and 1 to the number of causes",
        });
    }
    let continued = options.continued(duration);
    let kind = |row: usize| match &continued {
        Some(continued) if continued[row] && cause[row] == 0 => causes + 1,
        _ => cause[row] as usize,
    };
    let rows = Rows {
        exit: duration,
        entry: options.entry,
        weights: options.weights,
        kind,
        causes,
        start_time: options.start_time,
        tolerance: options.tolerance,
    };
    let (table, slots) = rows.table()?;
    let smallest = |column: &[f64]| column.iter().copied().fold(0.0, f64::min);
    let origin = options
        .start_time
        .unwrap_or_else(|| smallest(duration).min(options.entry.map_or(0.0, smallest)));
    let mut curves = fit(&table, origin, options, variance)?;
    if jackknife {
        let first = options.start_time.map_or(0, |start| slots.below(start));
        let own: Vec<u32>;
        let jackknife = if options.entry.is_none() && options.clusters().is_none() {
            cells(&table, &curves.chain)
        } else {
            let cluster = if let Some(cluster) = options.clusters() {
                cluster
            } else {
                own = (0..duration.len() as u32).collect();
                &own
            };
            let events: Vec<u32> = (0..slots.len())
                .map(|s| curves.chain.events_until(slots.time(s)) as u32)
                .collect();
            let episodes = (0..duration.len())
                .filter(|&row| slots.slot(duration[row]) >= first)
                .map(|row| Episode {
                    cluster: cluster[row],
                    from: options
                        .entry
                        .map_or(0, |entry| events[slots.slot(entry[row])]),
                    until: events[slots.slot(duration[row])],
                    state: 0,
                    to: if cause[row] == 0 {
                        STAY
                    } else {
                        cause[row] as u16
                    },
                    weight: options.weights.map_or(1.0, |w| w[row]),
                });
            let clusters = cluster.iter().max().map_or(0, |&c| c as usize + 1);
            Jackknife {
                episodes: episodes.collect(),
                clusters,
                copies: None,
            }
        };
        curves.use_jackknife(jackknife, options.conf_type);
    }
    Ok(curves)
}

/// More causes than any study has; a larger code is a mistake.
const MOST_CAUSES: usize = 1000;

/// Rows that differ in weight only share their influence per unit of weight:
/// one episode per time and kind, standing for the squares of their weights.
fn cells(table: &RiskTable, chain: &Chain) -> Jackknife {
    let kinds = table.causes + 1;
    let (mut episodes, mut copies) = (Vec::new(), Vec::new());
    for (r, &time) in table.time.iter().enumerate() {
        let until = chain.events_until(time) as u32;
        for (kind, &square) in table.square[r * kinds..(r + 1) * kinds].iter().enumerate() {
            if square > 0.0 {
                episodes.push(Episode {
                    cluster: copies.len() as u32,
                    from: 0,
                    until,
                    state: 0,
                    to: if kind == 0 { STAY } else { kind as u16 },
                    weight: 1.0,
                });
                copies.push(square);
            }
        }
    }
    Jackknife {
        clusters: copies.len(),
        episodes,
        copies: Some(copies),
    }
}

/// The curves from a table of risk sets, with Aalen's or the delta variance.
pub(crate) fn fit(
    table: &RiskTable,
    origin: f64,
    options: &SurvivalOptions,
    variance: IncidenceVariance,
) -> Result<CumulativeIncidence> {
    let z = normal_quantile_two_sided(options.conf_level)?;
    let (len, causes) = (table.len(), table.causes);
    let mut p0 = vec![0.0; causes + 1];
    p0[0] = 1.0;
    let mut chain = Chain::new(p0);
    for r in 0..len {
        let counts = &table.n_event[r * causes..(r + 1) * causes];
        let moves: Vec<(usize, f64)> = counts
            .iter()
            .enumerate()
            .filter(|(_, d)| **d > 0.0)
            .map(|(c, &d)| (c + 1, d))
            .collect();
        if !moves.is_empty() {
            let (at_risk, everyone) = (table.n_risk[r], table.all_fail[r]);
            chain.push(
                table.time[r],
                &[Jump {
                    state: 0,
                    at_risk,
                    everyone,
                    moves,
                }],
            );
        }
    }
    // Probabilities at every time of the table, by state.
    let mut step = 0;
    let mut by_state = vec![Vec::with_capacity(len); causes + 1];
    for &time in &table.time {
        step += usize::from(step < chain.events() && chain.time[step] <= time);
        for (state, column) in by_state.iter_mut().enumerate() {
            column.push(chain.probability(step)[state]);
        }
    }
    let mut by_state = by_state.into_iter();
    let survival = by_state.next().unwrap_or_default();
    let greenwood: Vec<f64> = (0..len)
        .scan(0.0, |sum, r| {
            let (n, d) = (table.n_risk[r], table.events(r));
            *sum += if d == 0.0 { 0.0 } else { d / (n * (n - d)) };
            Some(survival[r] * sum.sqrt())
        })
        .collect();
    let any = |r: usize| table.events(r);
    let finish = |estimate: Vec<f64>, std_error: Vec<f64>, events: &dyn Fn(usize) -> f64| {
        IncidenceCurve::new(table, estimate, std_error, events, options.conf_type, z)
    };
    let curves = by_state
        .enumerate()
        .map(|(c, incidence)| {
            let count = |r: usize| table.n_event[r * causes + c];
            let std_error = incidence_error(table, &survival, &incidence, count, variance);
            finish(incidence, std_error, &count)
        })
        .collect();
    Ok(CumulativeIncidence {
        time: table.time.clone(),
        n_risk: table.n_risk.clone(),
        n_censor: table.n_censor.clone(),
        n_enter: table.n_enter.clone(),
        causes: curves,
        event_free: finish(survival, greenwood, &any),
        origin,
        n: table.n,
        z,
        chain,
        jackknife: None,
    })
}

/// Aalen's or the delta method's standard error of one cumulative incidence.
///
/// Both are sums over event times `u <= t` of a quadratic in `F(t) - F(u)`, so
/// three running sums carry them forward.
fn incidence_error(
    table: &RiskTable,
    survival: &[f64],
    incidence: &[f64],
    count: impl Fn(usize) -> f64,
    variance: IncidenceVariance,
) -> Vec<f64> {
    // With D = F(t) - F(u), the influence on F(t) of an event at u is
    // S(u-)/n · (1 - D/S(u)) for this cause and -S(u-)/n · D/S(u) for the others.
    // Sums of the coefficients of D² and of D, and the variance so far:
    let (mut curvature, mut slope, mut total) = (0.0, 0.0, 0.0);
    let mut previous = (1.0, 0.0);
    let mut out = Vec::with_capacity(table.len());
    for r in 0..table.len() {
        let (n, d, d_k) = (table.n_risk[r], table.events(r), count(r));
        let step = incidence[r] - previous.1;
        total += step * (2.0 * slope + step * curvature);
        slope += step * curvature;
        if d > 0.0 {
            // Variance of the counts of this cause and of the others, and their
            // covariance: multinomial given the number at risk (delta), or each
            // hypergeometric by itself (Aalen, as cmprsk).
            let (other, before) = (d - d_k, previous.0);
            let (own, others, covariance) = match variance {
                IncidenceVariance::Aalen => (untied(d_k, n), untied(other, n), 0.0),
                _ => (
                    d_k * (n - d_k) / n,
                    other * (n - other) / n,
                    -d_k * other / n,
                ),
            };
            total += before * before * own / (n * n);
            // With everyone gone the incidence moves no more.
            if !table.all_fail[r] {
                curvature += (own + 2.0 * covariance + others) / ((n - d) * (n - d));
                slope -= before * (own + covariance) / (n * (n - d));
            }
        }
        previous = (survival[r], incidence[r]);
        out.push(f64::max(total, 0.0).sqrt());
    }
    out
}

/// Variance of `d` tied events among `n` at risk, counted without replacement.
fn untied(d: f64, n: f64) -> f64 {
    if d > 1.0 { d * (n - d) / (n - 1.0) } else { d }
}

impl IncidenceCurve {
    fn new(
        table: &RiskTable,
        estimate: Vec<f64>,
        std_error: Vec<f64>,
        events: &dyn Fn(usize) -> f64,
        conf_type: ConfType,
        z: f64,
    ) -> Self {
        let len = table.len();
        let (mut hazard, mut variance) = (0.0, 0.0);
        let (mut cumulative, mut errors) = (Vec::with_capacity(len), Vec::with_capacity(len));
        for r in 0..len {
            let d = events(r);
            hazard += d / table.n_risk[r];
            variance += d / (table.n_risk[r] * table.n_risk[r]);
            cumulative.push(hazard);
            errors.push(variance.sqrt());
        }
        let mut curve = Self {
            n_event: (0..len).map(events).collect(),
            estimate,
            std_error: Vec::new(),
            low: Vec::new(),
            high: Vec::new(),
            cumulative_hazard: cumulative,
            cumulative_hazard_std_error: errors,
        };
        curve.set_errors(std_error, conf_type, z);
        curve
    }

    fn set_errors(&mut self, std_error: Vec<f64>, conf_type: ConfType, z: f64) {
        let intervals = || {
            self.estimate
                .iter()
                .zip(&std_error)
                .map(|(p, se)| conf_type.around(*p, *se, z))
        };
        let (low, high) = (
            intervals().map(|i| i.low).collect(),
            intervals().map(|i| i.high).collect(),
        );
        self.low = low;
        self.high = high;
        self.std_error = std_error;
    }
}

impl CumulativeIncidence {
    fn use_jackknife(&mut self, jackknife: Jackknife, conf_type: ConfType) {
        let k = self.chain.k;
        let variance = moments::variances(
            &self.chain,
            &jackknife.episodes,
            &[],
            jackknife.clusters,
            jackknife.copies.as_deref(),
        );
        let steps: Vec<usize> = self
            .time
            .iter()
            .map(|&t| self.chain.events_until(t))
            .collect();
        let error = |state: usize| {
            steps
                .iter()
                .map(|&i| variance[i * k + state].sqrt())
                .collect()
        };
        self.event_free.set_errors(error(0), conf_type, self.z);
        for (c, curve) in self.causes.iter_mut().enumerate() {
            curve.set_errors(error(c + 1), conf_type, self.z);
        }
        self.jackknife = Some(jackknife);
    }

    /// The row of the curves that holds at `time`; `None` before the first.
    pub fn row_at(&self, time: f64) -> Option<usize> {
        self.time.partition_point(|&t| t <= time).checked_sub(1)
    }

    /// Probability (or area until `time`) of one state, and every cluster's
    /// unweighted influence on it.
    pub(crate) fn influence_at(
        &self,
        time: f64,
        area: bool,
        state: usize,
    ) -> Result<(f64, Vec<f64>)> {
        if !time.is_finite() || (area && time < self.origin) {
            return Err(EstimateError::OutOfRange {
                argument: "times",
                requirement: "finite and not before the start of the curve",
            });
        }
        let k = self.chain.k;
        let (target, estimate) = if area {
            let target = Target::Area {
                origin: self.origin,
                tau: time,
            };
            (target, self.chain.area(self.origin, time)[state])
        } else {
            let estimate = self.chain.probability(self.chain.events_until(time))[state];
            (Target::Probability { time }, estimate)
        };
        let influence = match &self.jackknife {
            Some(jackknife) => jackknife.by_cluster(&self.chain, target, false),
            None => Vec::new(),
        };
        Ok((
            estimate,
            influence.into_iter().skip(state).step_by(k).collect(),
        ))
    }

    /// Expected time spent event-free and lost to each cause until `tau`.
    ///
    /// The first estimate is the restricted mean of the event-free time, the
    /// others the mean time lost to causes `1..`; they sum to `tau - origin`.
    /// Standard errors are exact: the infinitesimal jackknife's if that was the
    /// variance asked for, else the Greenwood-type one.
    ///
    /// # Errors
    /// A horizon that is not finite or before the origin.
    ///
    /// ```
    /// # use boligspor_estimate::{IncidenceVariance, SurvivalOptions, aalen_johansen};
    /// let curves = aalen_johansen(&[1.0, 2.0], &[1, 2], &SurvivalOptions::default(), IncidenceVariance::Delta)?;
    /// let means = curves.restricted_means(3.0)?;
    /// assert_eq!(means.iter().map(|m| m.estimate).collect::<Vec<_>>(), [1.5, 1.0, 0.5]);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn restricted_means(&self, tau: f64) -> Result<Vec<Estimate>> {
        if !tau.is_finite() || tau < self.origin {
            return Err(EstimateError::OutOfRange {
                argument: "tau",
                requirement: "finite and not before the start of the curve",
            });
        }
        let target = Target::Area {
            origin: self.origin,
            tau,
        };
        let variance = match &self.jackknife {
            None => self.chain.greenwood(target),
            Some(jackknife) => jackknife.variance(&self.chain, target),
        };
        Ok(self
            .chain
            .area(self.origin, tau)
            .into_iter()
            .zip(variance)
            .map(|(mean, variance)| Estimate::of_time(mean, variance, self.z))
            .collect())
    }
}

impl Jackknife {
    /// Every cluster's influence on a target, `k` numbers each, weighted or not.
    fn by_cluster(&self, chain: &Chain, target: Target, weighted: bool) -> Vec<f64> {
        let influence = chain.influence(target);
        let k = chain.k;
        let mut by_cluster = vec![0.0; self.clusters * k];
        for e in &self.episodes {
            let place = e.cluster as usize * k;
            let scale = if weighted { e.weight } else { 1.0 };
            influence.add_episode(chain, e, scale, &mut by_cluster[place..place + k]);
        }
        by_cluster
    }

    fn variance(&self, chain: &Chain, target: Target) -> Vec<f64> {
        let k = chain.k;
        let by_cluster = self.by_cluster(chain, target, true);
        let mut variance = vec![0.0; k];
        for (cluster, pull) in by_cluster.chunks_exact(k).enumerate() {
            let copies = self.copies.as_ref().map_or(1.0, |copies| copies[cluster]);
            variance
                .iter_mut()
                .zip(pull)
                .for_each(|(v, u)| *v += copies * u * u);
        }
        variance
    }
}
