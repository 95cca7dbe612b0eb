//! Where people are over time, from counts that can be added up.
//!
//! Occupancy of states needs, at each time, only how many moved from each state
//! to each other and how many were observed in each. Those counts are integers,
//! so summaries of disjoint people add up exactly, in any order: threads,
//! partitions and countries give the bytes of the whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{EstimateError, Result};
use crate::interval::{ConfType, Interval, normal_quantile_two_sided};

mod share;

pub use share::{BandOptions, Share};

/// Mergeable counts of entries, moves and exits over integer times.
///
/// Each person is observed over `(entry, exit]` in one state at a time; a move
/// at the time of exit is still seen. States are `0..n_states`, times integers
/// in the caller's unit. Late entry is left truncation: a person joins the
/// risk set of their state only after `entry`.
///
/// ```
/// use boligspor_estimate::{ConfType, TransitionCounts};
/// // Two states, housed (0) and not (1); three people followed for 30 days.
/// let mut counts = TransitionCounts::new(2);
/// counts.add_path(0, 0, [], 30)?;
/// counts.add_path(0, 0, [(10, 1)], 30)?;
/// counts.add_path(0, 0, [(10, 1), (20, 0)], 30)?;
/// let at_15 = &counts.occupancy(&[15], 0.95, ConfType::Plain)?[0];
/// assert!((at_15.probability[0] - 1.0 / 3.0).abs() < 1e-15);
/// assert_eq!(at_15.observed, [1, 2]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub struct TransitionCounts {
    n_states: usize,
    /// (time, state) of entering observation.
    entries: BTreeMap<(i32, usize), u64>,
    /// (time, state) of leaving observation.
    exits: BTreeMap<(i32, usize), u64>,
    /// (time, from, to) of moves under observation.
    moves: BTreeMap<(i32, usize, usize), u64>,
}

/// The counts as sorted rows, the form in which they are stored.
#[derive(Clone, Serialize, Deserialize)]
struct Flat {
    n_states: usize,
    entries: Vec<(i32, usize, u64)>,
    exits: Vec<(i32, usize, u64)>,
    moves: Vec<(i32, usize, usize, u64)>,
}

/// Estimated occupancy of the states at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Occupancy {
    /// The time asked for.
    pub time: i32,
    /// People under observation just before this time, in any state.
    pub at_risk: u64,
    /// The same people by their state just after this time's moves.
    pub observed: Vec<u64>,
    /// Probability of each state.
    pub probability: Vec<f64>,
    /// Covariance of the probabilities, `n_states × n_states`, row by row.
    pub covariance: Vec<f64>,
    /// Interval for each probability.
    pub interval: Vec<Interval>,
}

impl Occupancy {
    /// Standard error of each probability.
    pub fn std_error(&self) -> Vec<f64> {
        diagonal_roots(&self.covariance, self.probability.len())
    }
}

/// Expected time spent in each state up to a horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sojourn {
    /// The horizon, in the time unit of the paths.
    pub horizon: i32,
    /// Expected time in each state, summing to `horizon - origin`.
    pub mean: Vec<f64>,
    /// Covariance of the means, `n_states × n_states`, row by row.
    pub covariance: Vec<f64>,
    /// Interval for each mean, normal approximation.
    pub interval: Vec<Interval>,
}

impl TransitionCounts {
    /// Counts of nobody, over states `0..n_states`.
    pub fn new(n_states: usize) -> Self {
        Self {
            n_states,
            entries: BTreeMap::new(),
            exits: BTreeMap::new(),
            moves: BTreeMap::new(),
        }
    }

    /// Number of states.
    pub fn n_states(&self) -> usize {
        self.n_states
    }

    /// Number of people added (of total weight, where weights were given).
    pub fn n(&self) -> u64 {
        self.entries.values().sum()
    }

    /// Whether nobody has been added.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Moves under observation: time, from, to and how many, by rising time.
    pub fn moves(&self) -> impl Iterator<Item = (i32, usize, usize, u64)> + '_ {
        self.moves.iter().map(|(&(t, a, b), &n)| (t, a, b, n))
    }

    /// Ends of observation: time, state and how many, by rising time.
    pub fn exits(&self) -> impl Iterator<Item = (i32, usize, u64)> + '_ {
        self.exits.iter().map(|(&(t, s), &n)| (t, s, n))
    }

    /// Adds one person who is in `initial` after `entry` (0 unless truncated),
    /// moves to state `to` at each `(time, to)` and is observed until `exit`.
    ///
    /// # Errors
    /// A state outside `0..n_states`, times that do not satisfy
    /// `entry < move₁ < move₂ < … <= exit`, or a move to the state the person
    /// is already in. On an error nothing has been added.
    pub fn add_path(
        &mut self,
        initial: usize,
        entry: i32,
        moves: impl IntoIterator<Item = (i32, usize)>,
        exit: i32,
    ) -> Result<()> {
        self.add_weighted_path(1, initial, entry, moves, exit)
    }

    /// As [`add_path`](Self::add_path), counting the person `weight` times
    /// (a frequency or bootstrap weight; 0 adds nothing).
    pub fn add_weighted_path(
        &mut self,
        weight: u64,
        initial: usize,
        entry: i32,
        moves: impl IntoIterator<Item = (i32, usize)>,
        exit: i32,
    ) -> Result<()> {
        if initial >= self.n_states {
            return Err(self.unknown_state());
        }
        if exit < entry {
            return Err(EstimateError::BadPath {
                what: "exit is before entry",
            });
        }
        let (mut state, mut now) = (initial, entry);
        let mut steps: Vec<(i32, usize, usize)> = Vec::new();
        for (time, to) in moves {
            if to >= self.n_states {
                return Err(self.unknown_state());
            }
            if time <= now {
                return Err(EstimateError::BadPath {
                    what: "moves are not strictly after entry and one another",
                });
            }
            if time > exit {
                return Err(EstimateError::BadPath {
                    what: "a move is after exit",
                });
            }
            if to == state {
                return Err(EstimateError::BadPath {
                    what: "a move leads to the state it starts from",
                });
            }
            steps.push((time, state, to));
            (state, now) = (to, time);
        }
        if weight > 0 {
            *self.entries.entry((entry, initial)).or_default() += weight;
            *self.exits.entry((exit, state)).or_default() += weight;
            for step in steps {
                *self.moves.entry(step).or_default() += weight;
            }
        }
        Ok(())
    }

    /// Adds the people of `other`, who must be others than those already here.
    ///
    /// Associative and commutative, exactly.
    ///
    /// # Errors
    /// A different number of states.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.n_states != other.n_states {
            return Err(EstimateError::ShapeMismatch {
                left: self.n_states,
                right: other.n_states,
                what: "states",
            });
        }
        for (key, count) in &other.entries {
            *self.entries.entry(*key).or_default() += count;
        }
        for (key, count) in &other.exits {
            *self.exits.entry(*key).or_default() += count;
        }
        for (key, count) in &other.moves {
            *self.moves.entry(*key).or_default() += count;
        }
        Ok(())
    }

    /// Aalen–Johansen occupancy of every state at the times `at` (any order).
    ///
    /// The initial distribution is that of the people who enter at the earliest
    /// entry time (the origin); its multinomial covariance `(diag p - p pᵀ)/n`
    /// is included, and is zero when all start in one state. From there
    /// `p(t) = p(0) ∏ (I + dA(u))` over the times of moves, with Greenwood-type
    /// covariance carried along by the same recursion:
    /// `C ← (I + dA)ᵀ C (I + dA) + Σ_j p_j² (diag q_j - q_j q_jᵀ)/Y_j`,
    /// `q_j` being row `j` of `I + dA` and `Y_j` the number at risk in `j`.
    /// Without censoring this is exactly the multinomial covariance.
    ///
    /// After the last person has left, probabilities stay where they were and
    /// `at_risk` is 0: read them as undefined. Times before the origin get the
    /// initial distribution.
    ///
    /// Source: Andersen, Borgan, Gill & Keiding (1993), *Statistical Models
    /// Based on Counting Processes*, §IV.4.
    ///
    /// # Errors
    /// Nobody added, or a level outside (0, 1).
    pub fn occupancy(&self, at: &[i32], level: f64, conf_type: ConfType) -> Result<Vec<Occupancy>> {
        let z = normal_quantile_two_sided(level)?;
        let mut order: Vec<usize> = (0..at.len()).collect();
        order.sort_by_key(|&i| at[i]);
        let mut walk = Walk::start(self)?;
        let mut found: Vec<(usize, Occupancy)> = Vec::with_capacity(at.len());
        for i in order {
            walk.advance(at[i]);
            let std_error = diagonal_roots(&walk.covariance, self.n_states);
            let interval = walk.p.iter().zip(&std_error);
            found.push((
                i,
                Occupancy {
                    time: at[i],
                    at_risk: walk.observed.iter().sum(),
                    observed: walk.observed.clone(),
                    probability: walk.p.clone(),
                    interval: interval
                        .map(|(p, se)| conf_type.around(*p, *se, z))
                        .collect(),
                    covariance: walk.covariance.clone(),
                },
            ));
        }
        found.sort_by_key(|(i, _)| *i);
        Ok(found.into_iter().map(|(_, occupancy)| occupancy).collect())
    }

    /// Expected time in each state between the origin and `horizon`: the
    /// integral of [`occupancy`](Self::occupancy), with its exact covariance
    /// under the same Greenwood-type model.
    ///
    /// Probabilities are carried forward beyond the last observation; choose a
    /// horizon at which someone is still at risk.
    ///
    /// # Errors
    /// Nobody added, or a level outside (0, 1).
    pub fn sojourn(&self, horizon: i32, level: f64) -> Result<Sojourn> {
        let z = normal_quantile_two_sided(level)?;
        let mut walk = Walk::start(self)?;
        walk.advance(horizon);
        let interval = walk
            .area
            .iter()
            .zip(diagonal_roots(&walk.area_covariance, self.n_states))
            .map(|(mean, se)| Interval {
                low: mean - z * se,
                high: mean + z * se,
            })
            .collect();
        Ok(Sojourn {
            horizon,
            mean: walk.area,
            covariance: walk.area_covariance,
            interval,
        })
    }

    fn unknown_state(&self) -> EstimateError {
        EstimateError::UnknownCode {
            argument: "state",
            rows: 1,
            known: self.n_states,
            hint: "states are numbered from 0",
        }
    }
}

/// The product-integral underway: the estimate and its covariance at `now`.
struct Walk<'a> {
    counts: &'a TransitionCounts,
    k: usize,
    /// Latest time whose moves, exits and entries have been dealt with.
    now: i32,
    /// Time up to which the area under the curves has been added.
    area_until: i32,
    p: Vec<f64>,
    covariance: Vec<f64>,
    /// At risk by state just after `now`.
    at_risk: Vec<u64>,
    /// Under observation at the last time asked for.
    observed: Vec<u64>,
    area: Vec<f64>,
    /// Covariance of the areas.
    area_covariance: Vec<f64>,
    /// Covariance of area (row) with probability (column).
    cross: Vec<f64>,
}

impl<'a> Walk<'a> {
    fn start(counts: &'a TransitionCounts) -> Result<Self> {
        let k = counts.n_states;
        let Some((&(origin, _), _)) = counts.entries.first_key_value() else {
            return Err(EstimateError::Empty { argument: "counts" });
        };
        let mut at_risk = vec![0; k];
        for (&(_, state), n) in counts.entries.range((origin, 0)..=(origin, k)) {
            at_risk[state] += n;
        }
        let observed = at_risk.clone();
        let n = at_risk.iter().sum::<u64>() as f64;
        let p: Vec<f64> = at_risk.iter().map(|&y| y as f64 / n).collect();
        let mut covariance = vec![0.0; k * k];
        add_multinomial(&mut covariance, &p, 1.0 / n);
        for (&(_, state), left) in counts.exits.range((origin, 0)..=(origin, k)) {
            at_risk[state] -= left;
        }
        Ok(Self {
            counts,
            k,
            now: origin,
            area_until: origin,
            p,
            covariance,
            at_risk,
            observed,
            area: vec![0.0; k],
            area_covariance: vec![0.0; k * k],
            cross: vec![0.0; k * k],
        })
    }

    /// Moves to `target`, where `observed`, `p` and the areas then hold.
    fn advance(&mut self, target: i32) {
        if target <= self.now {
            return;
        }
        let k = self.k;
        let from = (self.now + 1, 0);
        let counts = self.counts;
        let mut moves = counts
            .moves
            .range((self.now + 1, 0, 0)..=(target, k, k))
            .peekable();
        let mut exits = counts.exits.range(from..=(target, k)).peekable();
        let mut entries = counts.entries.range(from..=(target, k)).peekable();
        loop {
            let next = [
                moves.peek().map(|((t, ..), _)| *t),
                exits.peek().map(|((t, _), _)| *t),
                entries.peek().map(|((t, _), _)| *t),
            ];
            let Some(time) = next.into_iter().flatten().min() else {
                break;
            };
            let mut jump: Vec<(usize, usize, u64)> = Vec::new();
            while let Some((&(_, a, b), &n)) = moves.next_if(|((t, ..), _)| *t == time) {
                jump.push((a, b, n));
            }
            if !jump.is_empty() {
                self.add_area(time);
                self.jump(&jump);
            }
            if time == target {
                self.observed.clone_from(&self.at_risk);
            }
            while let Some((&(_, state), n)) = exits.next_if(|((t, _), _)| *t == time) {
                self.at_risk[state] -= n;
            }
            while let Some((&(_, state), n)) = entries.next_if(|((t, _), _)| *t == time) {
                self.at_risk[state] += n;
            }
            self.now = time;
        }
        if self.now < target {
            self.observed.clone_from(&self.at_risk);
            self.now = target;
        }
        self.add_area(target);
    }

    /// Adds the area under the (constant) probabilities up to `time`.
    fn add_area(&mut self, time: i32) {
        let width = f64::from(time) - f64::from(self.area_until);
        self.area_until = time;
        let k = self.k;
        for a in 0..k {
            self.area[a] += width * self.p[a];
            for b in 0..k {
                self.area_covariance[a * k + b] += width
                    * (self.cross[a * k + b] + self.cross[b * k + a])
                    + width * width * self.covariance[a * k + b];
            }
        }
        for (cross, c) in self.cross.iter_mut().zip(&self.covariance) {
            *cross += width * c;
        }
    }

    /// Applies the moves of one time: `p ← p Q`, `C ← Qᵀ C Q + new variance`.
    fn jump(&mut self, moves: &[(usize, usize, u64)]) {
        let k = self.k;
        // Rows of Q = I + dA, with the number at risk before the moves.
        let before = self.at_risk.clone();
        let mut q = vec![0.0; k * k];
        for j in 0..k {
            q[j * k + j] = 1.0;
        }
        let mut left = vec![0_u64; k];
        for &(a, b, n) in moves {
            q[a * k + b] += n as f64 / before[a] as f64;
            left[a] += n;
            self.at_risk[a] -= n;
            self.at_risk[b] += n;
        }
        let mut fresh = vec![0.0; k * k];
        for j in (0..k).filter(|&j| left[j] > 0) {
            // From integers: exactly zero when everyone leaves.
            q[j * k + j] = (before[j] - left[j]) as f64 / before[j] as f64;
            let scale = self.p[j] * self.p[j] / before[j] as f64;
            add_multinomial(&mut fresh, &q[j * k..(j + 1) * k], scale);
        }
        let propagated = multiply(&transpose(&q, k), &multiply(&self.covariance, &q, k), k);
        self.covariance = propagated.iter().zip(&fresh).map(|(a, b)| a + b).collect();
        self.cross = multiply(&self.cross, &q, k);
        self.p = (0..k)
            .map(|b| (0..k).map(|a| self.p[a] * q[a * k + b]).sum())
            .collect();
    }
}

/// Adds `scale · (diag(p) - p pᵀ)`.
fn add_multinomial(matrix: &mut [f64], p: &[f64], scale: f64) {
    let k = p.len();
    for a in 0..k {
        for b in 0..k {
            let diagonal = if a == b { p[a] } else { 0.0 };
            matrix[a * k + b] += scale * (diagonal - p[a] * p[b]);
        }
    }
}

fn multiply(a: &[f64], b: &[f64], k: usize) -> Vec<f64> {
    let mut out = vec![0.0; k * k];
    for i in 0..k {
        for l in (0..k).filter(|l| a[i * k + l] != 0.0) {
            for j in 0..k {
                out[i * k + j] += a[i * k + l] * b[l * k + j];
            }
        }
    }
    out
}

fn transpose(a: &[f64], k: usize) -> Vec<f64> {
    (0..k * k).map(|i| a[(i % k) * k + i / k]).collect()
}

/// Square roots of the diagonal; rounding below zero counts as zero.
fn diagonal_roots(matrix: &[f64], k: usize) -> Vec<f64> {
    (0..k).map(|j| matrix[j * k + j].max(0.0).sqrt()).collect()
}

impl From<TransitionCounts> for Flat {
    fn from(counts: TransitionCounts) -> Self {
        let pairs = |map: BTreeMap<(i32, usize), u64>| {
            map.into_iter()
                .map(|((time, state), n)| (time, state, n))
                .collect()
        };
        Self {
            n_states: counts.n_states,
            entries: pairs(counts.entries),
            exits: pairs(counts.exits),
            moves: counts
                .moves
                .into_iter()
                .map(|((t, a, b), n)| (t, a, b, n))
                .collect(),
        }
    }
}

impl TryFrom<Flat> for TransitionCounts {
    type Error = EstimateError;

    fn try_from(flat: Flat) -> Result<Self> {
        let counts = Self {
            n_states: flat.n_states,
            entries: flat
                .entries
                .into_iter()
                .map(|(t, s, n)| ((t, s), n))
                .collect(),
            exits: flat
                .exits
                .into_iter()
                .map(|(t, s, n)| ((t, s), n))
                .collect(),
            moves: flat
                .moves
                .into_iter()
                .map(|(t, a, b, n)| ((t, a, b), n))
                .collect(),
        };
        counts.balanced()?;
        Ok(counts)
    }
}

impl TransitionCounts {
    /// Refuses stored counts that no set of people can have produced, which
    /// would otherwise surface as a negative number at risk.
    fn balanced(&self) -> Result<()> {
        let states = self
            .entries
            .keys()
            .chain(self.exits.keys())
            .map(|(_, s)| *s);
        let moved = self.moves.keys().flat_map(|(_, a, b)| [*a, *b]);
        if states.chain(moved).any(|s| s >= self.n_states) {
            return Err(self.unknown_state());
        }
        let bad = EstimateError::BadPath {
            what: "more people leave a state than are in it",
        };
        // Order within a time: moves, exits, entries; except that an exit at
        // the time of entry follows it, so the two are netted.
        let mut at_risk = vec![0_i128; self.n_states];
        let mut events: BTreeMap<i32, (Vec<i128>, Vec<i128>)> = BTreeMap::new();
        let zero = || (vec![0; self.n_states], vec![0; self.n_states]);
        for (&(time, a, b), &n) in &self.moves {
            let (out, net) = events.entry(time).or_insert_with(zero);
            out[a] += i128::from(n);
            net[a] -= i128::from(n);
            net[b] += i128::from(n);
        }
        for (&(time, state), &n) in &self.entries {
            events.entry(time).or_insert_with(zero).1[state] += i128::from(n);
        }
        for (&(time, state), &n) in &self.exits {
            events.entry(time).or_insert_with(zero).1[state] -= i128::from(n);
        }
        for (out, net) in events.into_values() {
            for j in 0..self.n_states {
                if out[j] > at_risk[j] || at_risk[j] + net[j] < 0 {
                    return Err(bad);
                }
                at_risk[j] += net[j];
            }
        }
        if at_risk.iter().any(|&y| y != 0) {
            return Err(bad);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
