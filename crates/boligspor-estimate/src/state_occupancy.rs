//! Where people are over time, from rows of each person's moves.
//!
//! The Aalen–Johansen estimate of being in each state, with infinitesimal-
//! jackknife standard errors: valid with weights, clusters, late entry and for
//! processes that remember (non-Markov; Datta & Satten 2001), and computed in
//! time linear in the rows (see `moments.rs`). Where only counts can be shared,
//! [`TransitionCounts`](crate::TransitionCounts) gives the same probabilities
//! with Greenwood-type errors.
//!
//! Sources: Aalen & Johansen (1978); Datta & Satten (2001), *Statistics &
//! Probability Letters* 55, 403–411; Therneau, Crowson & Atkinson, "Multi-state
//! models and competing risks" (vignette of the survival package).

use crate::chain::{Chain, Episode, STAY, Start, Target};
use crate::curve::Estimate;
use crate::error::{EstimateError, Result, same_length, valid_weights};
use crate::interval::{ConfType, normal_quantile_two_sided};
use crate::moments;
use crate::row_check::{StateRows, Story};
use crate::slots::{Slots, TIE_TOLERANCE};

/// Options of [`state_occupancy`]; the defaults are R's.
#[derive(Debug, Clone, Copy)]
pub struct OccupancyOptions<'a> {
    /// Case weights, zero or more.
    pub weights: Option<&'a [f64]>,
    /// Rows that are not independent, as codes `0..`; by default the people.
    pub cluster: Option<&'a [u32]>,
    /// Start of the curves: earlier rows are left out, and the initial
    /// distribution is that of who is at risk then.
    pub start_time: Option<f64>,
    /// Whether to compute standard errors.
    pub std_error: bool,
    /// Scale of the intervals.
    pub conf_type: ConfType,
    /// Level of the intervals.
    pub conf_level: f64,
    /// Times closer than this are tied (`None`: compared exactly).
    pub tolerance: Option<f64>,
    /// How many states there are at least, where some may not occur in the rows.
    pub states: usize,
}

impl Default for OccupancyOptions<'_> {
    fn default() -> Self {
        Self {
            weights: None,
            cluster: None,
            start_time: None,
            std_error: true,
            conf_type: ConfType::default(),
            conf_level: 0.95,
            tolerance: Some(TIE_TOLERANCE),
            states: 1,
        }
    }
}

/// Probability of being in each state over time.
#[derive(Debug, Clone)]
pub struct StateOccupancy {
    /// Distinct times of moves and of censoring, increasing.
    pub time: Vec<f64>,
    /// One curve per state, state 0 first.
    pub states: Vec<StateCurve>,
    /// Where the curves start.
    pub origin: f64,
    /// Probabilities at the origin.
    pub initial: Vec<f64>,
    /// Number of people.
    pub n: usize,
    z: f64,
    chain: Chain,
    episodes: Vec<Episode>,
    starts: Vec<Start>,
    clusters: usize,
}

/// The curve of one state.
#[derive(Debug, Clone, PartialEq)]
pub struct StateCurve {
    /// Number (weight) in this state just before each time.
    pub n_risk: Vec<f64>,
    /// Number (weight) that enters this state at each time.
    pub n_event: Vec<f64>,
    /// Number (weight) whose observation ends in this state at each time.
    pub n_censor: Vec<f64>,
    /// Probability of the state.
    pub estimate: Vec<f64>,
    /// Its standard error (NaN if not asked for).
    pub std_error: Vec<f64>,
    /// Lower ends of the intervals.
    pub low: Vec<f64>,
    /// Upper ends of the intervals.
    pub high: Vec<f64>,
}

/// Cumulative intensity of one kind of move.
#[derive(Debug, Clone, PartialEq)]
pub struct TransitionHazard {
    /// State left.
    pub from: usize,
    /// State entered.
    pub to: usize,
    /// Times of the moves.
    pub time: Vec<f64>,
    /// Number (weight) at risk in `from` before each.
    pub n_risk: Vec<f64>,
    /// Number (weight) that moves.
    pub n_event: Vec<f64>,
    /// Cumulative intensity (Nelson–Aalen).
    pub estimate: Vec<f64>,
    /// Its standard error, `Σ d/n²`.
    pub std_error: Vec<f64>,
}

/// Probability of being in each state over time, from counting-process rows.
///
/// States are `0..`, as many as the largest code in the rows or the options
/// say; see [`StateRows`]. A move to the state one is in is no move.
///
/// The curves start at `start_time`; else at the earliest start, if all begin
/// in one state or at one time; else at the first move, with the distribution
/// of those at risk then. Its estimation is part of the standard errors.
///
/// # Errors
/// Columns of different length, no rows, times that are not finite, rows with
/// `start >= stop`, negative weights, a bad level, and people whose rows
/// overlap, jump or teleport (see [`check_rows`](crate::check_rows)); gaps are
/// allowed, the person being unobserved there.
///
/// ```
/// use boligspor_estimate::{OccupancyOptions, StateRows, state_occupancy};
/// // Person 0: shelter (0) to home (1) on day 3, back on day 8. Person 1 stays.
/// let rows = StateRows {
///     id: &[0, 0, 0, 1],
///     start: &[0.0, 3.0, 8.0, 0.0],
///     stop: &[3.0, 8.0, 10.0, 10.0],
///     state: &[1, 2, 0, 0],
///     initial: None,
/// };
/// let curves = state_occupancy(&rows, &OccupancyOptions::default())?;
/// assert_eq!(curves.time, [3.0, 8.0, 10.0]);
/// assert_eq!(curves.states[1].estimate, [0.5, 0.0, 0.0]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn state_occupancy(rows: &StateRows, options: &OccupancyOptions) -> Result<StateOccupancy> {
    let n = rows.id.len();
    let z = normal_quantile_two_sided(options.conf_level)?;
    rows.check_lengths()?;
    if n == 0 {
        return Err(EstimateError::Empty { argument: "id" });
    }
    if let Some(weights) = options.weights {
        same_length("weights", weights.len(), "id", n)?;
        valid_weights("weights", weights)?;
    }
    if let Some(cluster) = options.cluster {
        same_length("cluster", cluster.len(), "id", n)?;
    }
    let k = state_count(rows, options.states)?;
    let slots = Slots::new(
        &[("start", rows.start), ("stop", rows.stop)],
        options.tolerance,
    )?;
    let placed: Vec<(usize, usize)> = rows
        .start
        .iter()
        .zip(rows.stop)
        .map(|(&a, &b)| (slots.slot(a), slots.slot(b)))
        .collect();
    match placed.iter().filter(|(start, stop)| start >= stop).count() {
        0 => {}
        rows => return Err(EstimateError::EntryNotBeforeExit { rows }),
    }
    let story = Story::of(rows);
    refuse_broken(rows, &story)?;
    let weight = |row: usize| options.weights.map_or(1.0, |w| w[row]);
    let first = options.start_time.map_or(0, |start| slots.below(start));
    let kept: Vec<usize> = (0..n)
        .filter(|&row| placed[row].1 >= first && weight(row) > 0.0)
        .collect();
    if kept.is_empty() {
        return Err(EstimateError::OutOfRange {
            argument: "start_time",
            requirement: "some row must end at or after it",
        });
    }
    let moves = |row: usize| rows.state[row] != 0 && rows.state[row] != story.during[row];
    let ends = |row: usize| moves(row) || !story.continued[row];
    // Slots at which someone moves, and at which a row of the result stands.
    let (mut event_slot, mut shown) = (vec![false; slots.len()], vec![false; slots.len()]);
    for &row in &kept {
        event_slot[placed[row].1] |= moves(row);
        shown[placed[row].1] |= ends(row);
    }
    let (at_zero, origin) = initial_rows(
        rows,
        &story,
        &kept,
        &placed,
        &slots,
        &event_slot,
        options.start_time,
    );
    let starts: Vec<Start> = at_zero
        .iter()
        .map(|&row| Start {
            cluster: options.cluster.unwrap_or(rows.id)[row],
            state: story.during[row] as u16,
            weight: weight(row),
        })
        .collect();
    let mut p0 = vec![0.0; k];
    let total: f64 = starts.iter().map(|s| s.weight).sum();
    for start in &starts {
        p0[start.state as usize] += start.weight / total;
    }
    let time: Vec<f64> = (0..slots.len())
        .filter(|&s| event_slot[s])
        .map(|s| slots.time(s))
        .collect();
    // Number of event times at or before each slot.
    let rank: Vec<u32> = event_slot
        .iter()
        .scan(0, |count, &event| {
            *count += u32::from(event);
            Some(*count)
        })
        .collect();
    let cluster = options.cluster.unwrap_or(rows.id);
    let episodes: Vec<Episode> = kept
        .iter()
        .map(|&row| Episode {
            cluster: cluster[row],
            from: rank[placed[row].0],
            until: rank[placed[row].1],
            state: story.during[row] as u16,
            to: if moves(row) {
                rows.state[row] as u16
            } else {
                STAY
            },
            weight: weight(row),
        })
        .collect();
    let clusters = cluster.iter().max().map_or(0, |&c| c as usize + 1);
    let chain = Chain::from_episodes(p0.clone(), &time, &episodes);
    // A distribution that is one state, or everyone's, has no error of its own.
    let uncertain = if p0.contains(&1.0) {
        Vec::new()
    } else {
        starts
    };
    let mut occupancy = StateOccupancy {
        time: (0..slots.len())
            .filter(|&s| shown[s])
            .map(|s| slots.time(s))
            .collect(),
        states: counts(rows, &story, &kept, &placed, &shown, k, &weight),
        origin,
        initial: p0,
        n: story.first.iter().filter(|&&first| first).count(),
        z,
        chain,
        episodes,
        starts: uncertain,
        clusters,
    };
    // The variances need room of their own.
    drop((placed, kept, story));
    occupancy.add_estimates(options);
    Ok(occupancy)
}

fn state_count(rows: &StateRows, least: usize) -> Result<usize> {
    let largest = rows
        .state
        .iter()
        .chain(rows.initial.unwrap_or_default())
        .max()
        .copied()
        .unwrap_or(0);
    if largest >= 1000 || least > 1000 {
        return Err(EstimateError::OutOfRange {
            argument: "state",
            requirement: "codes must be dense, 0 to the number of states less one",
        });
    }
    Ok((largest as usize + 1).max(least))
}

fn refuse_broken(rows: &StateRows, story: &Story) -> Result<()> {
    let findings = &story.findings;
    for (what, list) in [
        ("overlap", &findings.overlap),
        ("jump", &findings.jump),
        ("teleport", &findings.teleport),
    ] {
        let mut people: Vec<u32> = list.iter().map(|&row| rows.id[row]).collect();
        people.sort_unstable();
        people.dedup();
        if !people.is_empty() {
            return Err(EstimateError::InconsistentRows {
                people: people.len(),
                what,
            });
        }
    }
    Ok(())
}

/// The rows whose states make the initial distribution, and its time.
fn initial_rows(
    rows: &StateRows,
    story: &Story,
    kept: &[usize],
    placed: &[(usize, usize)],
    slots: &Slots,
    event_slot: &[bool],
    start_time: Option<f64>,
) -> (Vec<usize>, f64) {
    let at_risk_before = |slot: usize| -> Vec<usize> {
        kept.iter()
            .copied()
            .filter(|&row| placed[row].0 < slot && slot <= placed[row].1)
            .collect()
    };
    let beginning = |slot: usize| -> Vec<usize> {
        kept.iter()
            .copied()
            .filter(|&row| placed[row].0 <= slot && slot < placed[row].1)
            .collect()
    };
    if let Some(start) = start_time {
        // At risk at `start`: entered before it. Where no one has, it is the
        // time everyone enters.
        let slot = slots.below(start);
        let at_risk = at_risk_before(slot);
        let at_zero = if at_risk.is_empty() {
            beginning(slot)
        } else {
            at_risk
        };
        return (at_zero, start);
    }
    let firsts = || kept.iter().copied().filter(|&row| story.first[row]);
    let mut states: Vec<u32> = firsts().map(|row| story.during[row]).collect();
    states.dedup();
    let earliest = kept.iter().map(|&row| placed[row].0).min().unwrap_or(0);
    let one_start = firsts().all(|row| placed[row].0 == earliest);
    let first_move = event_slot.iter().position(|&event| event);
    match first_move {
        Some(slot) if states.len() > 1 && !one_start => (at_risk_before(slot), slots.time(slot)),
        _ => {
            let origin = rows.start.iter().copied().fold(f64::INFINITY, f64::min);
            (
                beginning(earliest),
                slots.time(earliest).min(origin.max(slots.time(earliest))),
            )
        }
    }
}

/// Numbers at risk, entering and censored, by state and shown time.
fn counts(
    rows: &StateRows,
    story: &Story,
    kept: &[usize],
    placed: &[(usize, usize)],
    shown: &[bool],
    k: usize,
    weight: &impl Fn(usize) -> f64,
) -> Vec<StateCurve> {
    let slots = shown.len();
    let zero = || vec![vec![0.0; slots]; k];
    let (mut entering, mut leaving, mut events, mut censored) = (zero(), zero(), zero(), zero());
    let mut people = vec![vec![0_i64; slots + 1]; k];
    for &row in kept {
        let (start, stop) = placed[row];
        let (during, w) = (story.during[row] as usize, weight(row));
        entering[during][start] += w;
        leaving[during][stop] += w;
        people[during][start] += 1;
        people[during][stop] -= 1;
        if rows.state[row] != 0 && rows.state[row] as usize != during {
            events[rows.state[row] as usize][stop] += w;
        } else if !story.continued[row] {
            censored[during][stop] += w;
        }
    }
    (0..k)
        .map(|state| {
            let at_shown = |column: &[f64]| -> Vec<f64> {
                column
                    .iter()
                    .zip(shown)
                    .filter(|(_, shown)| **shown)
                    .map(|(x, _)| *x)
                    .collect()
            };
            let (mut now, mut count) = (0.0, 0);
            let mut at_risk = Vec::with_capacity(slots);
            for slot in 0..slots {
                at_risk.push(now);
                count += people[state][slot];
                // Weights return to exactly zero when the last person leaves.
                now = if count == 0 {
                    0.0
                } else {
                    now + entering[state][slot] - leaving[state][slot]
                };
            }
            StateCurve {
                n_risk: at_shown(&at_risk),
                n_event: at_shown(&events[state]),
                n_censor: at_shown(&censored[state]),
                estimate: Vec::new(),
                std_error: Vec::new(),
                low: Vec::new(),
                high: Vec::new(),
            }
        })
        .collect()
}

impl StateOccupancy {
    fn add_estimates(&mut self, options: &OccupancyOptions) {
        let k = self.chain.k;
        let variance = options.std_error.then(|| {
            moments::variances(
                &self.chain,
                &self.episodes,
                &self.starts,
                self.clusters,
                None,
            )
        });
        for &time in &self.time {
            let i = self.chain.events_until(time);
            for (j, curve) in self.states.iter_mut().enumerate() {
                let p = self.chain.probability(i)[j];
                let se = variance.as_ref().map_or(f64::NAN, |v| v[i * k + j].sqrt());
                let interval = options.conf_type.around(p, se, self.z);
                curve.estimate.push(p);
                curve.std_error.push(se);
                curve.low.push(interval.low);
                curve.high.push(interval.high);
            }
        }
    }

    /// The row of the curves that holds at `time`; `None` before the first.
    pub fn row_at(&self, time: f64) -> Option<usize> {
        self.time.partition_point(|&t| t <= time).checked_sub(1)
    }

    /// Expected time in each state from the origin to `tau`, with exact
    /// infinitesimal-jackknife standard errors.
    ///
    /// (R's printed standard error of the same is interpolated between event
    /// times; its `residuals(type = "auc")` gives the exact one.)
    ///
    /// # Errors
    /// A horizon that is not finite or before the origin.
    ///
    /// ```
    /// # use boligspor_estimate::{OccupancyOptions, StateRows, state_occupancy};
    /// # let rows = StateRows { id: &[0, 1], start: &[0.0, 0.0], stop: &[4.0, 10.0],
    /// #     state: &[1, 0], initial: None };
    /// // One of two leaves state 0 on day 4.
    /// let curves = state_occupancy(&rows, &OccupancyOptions::default())?;
    /// let days = curves.sojourn(10.0)?;
    /// assert_eq!((days[0].estimate, days[1].estimate), (7.0, 3.0));
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn sojourn(&self, tau: f64) -> Result<Vec<Estimate>> {
        if !tau.is_finite() || tau < self.origin {
            return Err(EstimateError::OutOfRange {
                argument: "tau",
                requirement: "finite and not before the start of the curves",
            });
        }
        let target = Target::Area {
            origin: self.origin,
            tau,
        };
        let k = self.chain.k;
        let by_cluster = self.influence(target, self.clusters, true, |e| e.cluster, |s| s.cluster);
        let mut variance = vec![0.0; k];
        for pull in by_cluster.chunks_exact(k) {
            variance.iter_mut().zip(pull).for_each(|(v, u)| *v += u * u);
        }
        Ok(self
            .chain
            .area(self.origin, tau)
            .into_iter()
            .zip(variance)
            .map(|(mean, variance)| Estimate::of_time(mean, variance, self.z))
            .collect())
    }

    /// Influences on a target summed by unit, `k` numbers each.
    fn influence(
        &self,
        target: Target,
        units: usize,
        weighted: bool,
        of_episode: impl Fn(&Episode) -> u32,
        of_start: impl Fn(&Start) -> u32,
    ) -> Vec<f64> {
        let k = self.chain.k;
        let influence = self.chain.influence(target);
        let mut out = vec![0.0; units * k];
        let scale = |weight: f64| if weighted { weight } else { 1.0 };
        for e in &self.episodes {
            let unit = of_episode(e) as usize * k;
            influence.add_episode(&self.chain, e, scale(e.weight), &mut out[unit..unit + k]);
        }
        let total: f64 = self.starts.iter().map(|s| s.weight).sum();
        for s in &self.starts {
            let unit = of_start(s) as usize * k;
            influence.add_start(
                s.state as usize,
                &self.initial,
                total,
                scale(s.weight),
                &mut out[unit..unit + k],
            );
        }
        out
    }

    /// Jackknife pseudo-values of every state for each cluster (each person,
    /// unless clusters were declared): probabilities at `time`.
    ///
    /// Returns `k` numbers a cluster, clusters in the order of their codes.
    pub fn pseudo_values(&self, time: f64) -> Vec<f64> {
        let target = Target::Probability { time };
        let p = self
            .chain
            .probability(self.chain.events_until(time))
            .to_vec();
        self.pseudo(target, &p)
    }

    /// Jackknife pseudo-values of the time in every state until `tau`, as
    /// [`pseudo_values`](Self::pseudo_values).
    pub fn sojourn_pseudo_values(&self, tau: f64) -> Vec<f64> {
        let area = self.chain.area(self.origin, tau);
        self.pseudo(
            Target::Area {
                origin: self.origin,
                tau,
            },
            &area,
        )
    }

    fn pseudo(&self, target: Target, estimate: &[f64]) -> Vec<f64> {
        let mut out = self.influence(target, self.clusters, false, |e| e.cluster, |s| s.cluster);
        let n = self.n as f64;
        for values in out.chunks_exact_mut(self.chain.k) {
            values
                .iter_mut()
                .zip(estimate)
                .for_each(|(v, e)| *v = e + n * *v);
        }
        out
    }

    /// Matrix of probabilities of being in each state (column) at `to` for who
    /// is in each state (row) at `from`, `k × k` row by row.
    ///
    /// The product of `I + dA` over `(from, to]`; needs the Markov property,
    /// which occupancy does not.
    pub fn transition_probabilities(&self, from: f64, to: f64) -> Vec<f64> {
        let k = self.chain.k;
        let mut matrix = vec![0.0; k * k];
        (0..k).for_each(|j| matrix[j * k + j] = 1.0);
        for i in self.chain.events_until(from)..self.chain.events_until(to) {
            matrix
                .chunks_exact_mut(k)
                .for_each(|row| self.chain.apply(i, row));
        }
        matrix
    }

    /// Cumulative intensity of every kind of move that occurs, by state left
    /// and entered.
    pub fn transition_hazards(&self) -> Vec<TransitionHazard> {
        let k = self.chain.k;
        let mut found: Vec<Option<TransitionHazard>> = vec![None; k * k];
        for i in 0..self.chain.events() {
            for row in self.chain.jump_rows(i) {
                for &(to, hazard) in self
                    .chain
                    .increments(row)
                    .iter()
                    .filter(|(to, _)| *to != row.state)
                {
                    let entry = found[row.state * k + to].get_or_insert_with(|| TransitionHazard {
                        from: row.state,
                        to,
                        time: vec![],
                        n_risk: vec![],
                        n_event: vec![],
                        estimate: vec![],
                        std_error: vec![],
                    });
                    let last = |column: &[f64]| column.last().copied().unwrap_or(0.0);
                    entry.estimate.push(last(&entry.estimate) + hazard);
                    entry
                        .std_error
                        .push((last(&entry.std_error).powi(2) + hazard / row.at_risk).sqrt());
                    entry.time.push(self.chain.time[i]);
                    entry.n_risk.push(row.at_risk);
                    entry.n_event.push(hazard * row.at_risk);
                }
            }
        }
        found.into_iter().flatten().collect()
    }
}
