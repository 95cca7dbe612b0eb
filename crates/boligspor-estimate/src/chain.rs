//! The product-integral of a multi-state model, and who pulls it which way.
//!
//! Occupancy is `p(t) = p(0) ∏ (I + dA)`. Its infinitesimal-jackknife variance
//! needs the influence of every person, which written out costs people × times.
//! Here it costs one visit per row: at a fixed horizon the influence of a row is
//! a difference of sums over times ([`Chain::influence`]), and over all times a
//! few moments follow everybody at once (`moments.rs`).

/// A stretch in which one cluster has `weight` at risk in `state`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Episode {
    pub(crate) cluster: u32,
    /// At risk at the event times numbered `from..until`.
    pub(crate) from: u32,
    pub(crate) until: u32,
    pub(crate) state: u16,
    /// State entered at event time `until - 1`, or [`STAY`].
    pub(crate) to: u16,
    pub(crate) weight: f64,
}

/// Marks an episode that ends without a move.
pub(crate) const STAY: u16 = u16::MAX;

/// Where one row counts in the initial distribution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    pub(crate) cluster: u32,
    pub(crate) state: u16,
    pub(crate) weight: f64,
}

/// Moves out of one state at one time, as counted.
pub(crate) struct Jump {
    pub(crate) state: usize,
    /// Weight at risk in the state.
    pub(crate) at_risk: f64,
    /// Whether all who are at risk in the state leave it.
    pub(crate) everyone: bool,
    /// Weight that moves to each state.
    pub(crate) moves: Vec<(usize, f64)>,
}

/// The estimated increment of one row of the transition matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JumpRow {
    pub(crate) state: usize,
    /// Weight at risk in the state.
    pub(crate) at_risk: f64,
    /// Probability of the state before the time, over the weight at risk: how
    /// far one unit of weight moves the estimate.
    pub(crate) leverage: f64,
    first: usize,
    last: usize,
}

/// Estimated occupancy with the increments it is the product of.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) k: usize,
    /// Times at which someone moves.
    pub(crate) time: Vec<f64>,
    /// Probabilities before the first event time and after each, `k` a time.
    pub(crate) p: Vec<f64>,
    /// Jump rows of event time `i` are `rows[starts[i]..starts[i + 1]]`.
    starts: Vec<usize>,
    rows: Vec<JumpRow>,
    /// Increments of the cumulative hazard, the (negative) diagonal included.
    increments: Vec<(usize, f64)>,
}

impl Chain {
    /// A chain without event times yet, starting from the probabilities `p0`.
    pub(crate) fn new(p0: Vec<f64>) -> Self {
        Self {
            k: p0.len(),
            time: Vec::new(),
            p: p0,
            starts: vec![0],
            rows: Vec::new(),
            increments: Vec::new(),
        }
    }

    /// Adds an event time with its moves, one [`Jump`] per state left.
    pub(crate) fn push(&mut self, time: f64, jumps: &[Jump]) {
        let before = self.p[self.p.len() - self.k..].to_vec();
        let mut p = before.clone();
        for jump in jumps {
            let first = self.increments.len();
            let left: f64 = jump.moves.iter().map(|(_, weight)| weight).sum();
            // If everybody moves, their summed weight is who was at risk, so
            // that rounding leaves nobody behind.
            let at_risk = if jump.everyone { left } else { jump.at_risk };
            for &(to, weight) in &jump.moves {
                let hazard = weight / at_risk;
                self.increments.push((to, hazard));
                p[to] += before[jump.state] * hazard;
            }
            let leaves = if jump.everyone { 1.0 } else { left / at_risk };
            self.increments.push((jump.state, -leaves));
            p[jump.state] -= before[jump.state] * leaves;
            let leverage = before[jump.state] / at_risk;
            let last = self.increments.len();
            self.rows.push(JumpRow {
                state: jump.state,
                at_risk,
                leverage,
                first,
                last,
            });
        }
        self.time.push(time);
        self.starts.push(self.rows.len());
        self.p.extend(p);
    }

    /// Estimates the chain from episodes over the event times `time`.
    pub(crate) fn from_episodes(p0: Vec<f64>, time: &[f64], episodes: &[Episode]) -> Self {
        let (k, events) = (p0.len(), time.len());
        let mut weight = vec![0.0; (events + 1) * k];
        let mut count = vec![0_i64; (events + 1) * k];
        let mut moves: Vec<(u32, u16, u16, f64)> = Vec::new();
        for e in episodes.iter().filter(|e| e.from < e.until) {
            let cell = |event: u32| event as usize * k + e.state as usize;
            weight[cell(e.from)] += e.weight;
            weight[cell(e.until)] -= e.weight;
            count[cell(e.from)] += 1;
            count[cell(e.until)] -= 1;
            if e.to != STAY {
                moves.push((e.until - 1, e.state, e.to, e.weight));
            }
        }
        // Stable: moves of one kind are summed in the order of the rows.
        moves.sort_by_key(|&(i, from, to, _)| (i, from, to));
        let mut chain = Self::new(p0);
        let (mut at_risk, mut people) = (vec![0.0; k], vec![0_i64; k]);
        let mut moves = moves.as_slice();
        for (i, &time) in time.iter().enumerate() {
            for j in 0..k {
                people[j] += count[i * k + j];
                at_risk[j] = if people[j] == 0 {
                    0.0
                } else {
                    at_risk[j] + weight[i * k + j]
                };
            }
            let (now, later) = moves.split_at(moves.partition_point(|m| m.0 as usize <= i));
            moves = later;
            let jumps: Vec<Jump> = now
                .chunk_by(|a, b| a.1 == b.1)
                .map(|from| {
                    let state = from[0].1 as usize;
                    let to = from.chunk_by(|a, b| a.2 == b.2);
                    Jump {
                        state,
                        at_risk: at_risk[state],
                        everyone: from.len() as i64 == people[state],
                        moves: to
                            .map(|m| (m[0].2 as usize, m.iter().map(|m| m.3).sum()))
                            .collect(),
                    }
                })
                .collect();
            chain.push(time, &jumps);
        }
        chain
    }

    /// Number of event times.
    pub(crate) fn events(&self) -> usize {
        self.time.len()
    }

    /// Moves at event time `i`, by the state they start from.
    pub(crate) fn jump_rows(&self, i: usize) -> &[JumpRow] {
        &self.rows[self.starts[i]..self.starts[i + 1]]
    }

    /// Hazard increments of one jump row: (state, increment), diagonal last.
    pub(crate) fn increments(&self, row: &JumpRow) -> &[(usize, f64)] {
        &self.increments[row.first..row.last]
    }

    /// How far one unit of weight in `state` moves the estimate at event `i`.
    pub(crate) fn leverage(&self, i: usize, state: usize) -> f64 {
        self.jump_rows(i)
            .iter()
            .find(|row| row.state == state)
            .map_or(0.0, |row| row.leverage)
    }

    /// `v ← v (I + dA)` at event `i`, for a row vector of length `k`.
    pub(crate) fn apply(&self, i: usize, v: &mut [f64]) {
        let rows = self.jump_rows(i);
        if let [row] = rows {
            let from = v[row.state];
            for &(to, a) in self.increments(row) {
                v[to] += from * a;
            }
            return;
        }
        // All rows act on the vector as it was. Few states move at one time, so
        // the values before usually fit where no memory need be asked for.
        let mut few = [0.0; 8];
        let mut many;
        let before = if rows.len() <= few.len() {
            &mut few[..rows.len()]
        } else {
            many = vec![0.0; rows.len()];
            &mut many[..]
        };
        for (before, row) in before.iter_mut().zip(rows) {
            *before = v[row.state];
        }
        for (row, from) in rows.iter().zip(before) {
            for &(to, a) in self.increments(row) {
                v[to] += *from * a;
            }
        }
    }

    /// Number of event times not after `time`.
    pub(crate) fn events_until(&self, time: f64) -> usize {
        self.time.partition_point(|&t| t <= time)
    }

    /// Probabilities after the first `events` event times.
    pub(crate) fn probability(&self, events: usize) -> &[f64] {
        &self.p[events * self.k..(events + 1) * self.k]
    }

    /// Area under each probability from `origin` to `tau`.
    pub(crate) fn area(&self, origin: f64, tau: f64) -> Vec<f64> {
        let mut area = vec![0.0; self.k];
        for i in 0..=self.events_until(tau) {
            let start = if i == 0 {
                origin
            } else {
                self.time[i - 1].max(origin)
            };
            let end = self.time.get(i).copied().unwrap_or(tau).min(tau);
            for (a, p) in area.iter_mut().zip(self.probability(i)) {
                *a += (end - start).max(0.0) * p;
            }
        }
        area
    }

    /// The pull of every possible row on a target at a horizon.
    pub(crate) fn influence(&self, target: Target) -> Influence {
        let (k, horizon) = (self.k, target.horizon());
        let events = self.events_until(horizon);
        // `carry` maps a unit in each state just after event `i` to the target.
        let mut carry = vec![0.0; k * k];
        let mut carries = vec![0.0; events * k * k];
        let width = |carry: &mut [f64], from: f64, to: f64| {
            if let Target::Area { .. } = target {
                (0..k).for_each(|j| carry[j * k + j] += to - from);
            }
        };
        if let Target::Probability { .. } = target {
            (0..k).for_each(|j| carry[j * k + j] = 1.0);
        } else {
            let last = if events == 0 {
                target.origin()
            } else {
                self.time[events - 1].max(target.origin())
            };
            width(&mut carry, last, horizon);
        }
        for i in (0..events).rev() {
            carries[i * k * k..(i + 1) * k * k].copy_from_slice(&carry);
            let after = &carries[i * k * k..(i + 1) * k * k];
            for row in self.jump_rows(i) {
                for &(to, a) in self.increments(row) {
                    for b in 0..k {
                        carry[row.state * k + b] += a * after[to * k + b];
                    }
                }
            }
            let previous = if i == 0 {
                target.origin()
            } else {
                self.time[i - 1].max(target.origin())
            };
            width(&mut carry, previous.min(self.time[i]), self.time[i]);
        }
        // Pull of merely being at risk, summed over event times.
        let mut at_risk = vec![0.0; (events + 1) * k * k];
        for i in 0..events {
            let (before, now) = at_risk.split_at_mut((i + 1) * k * k);
            now[..k * k].copy_from_slice(&before[i * k * k..]);
            for row in self.jump_rows(i) {
                for &(to, a) in self.increments(row) {
                    for b in 0..k {
                        now[row.state * k + b] -= row.leverage * a * carries[(i * k + to) * k + b];
                    }
                }
            }
        }
        Influence {
            k,
            events,
            start: carry,
            carries,
            at_risk,
        }
    }
}

impl Chain {
    /// Greenwood-type variance of a target, given the initial distribution:
    /// the moves out of a state are multinomial given the number at risk.
    pub(crate) fn greenwood(&self, target: Target) -> Vec<f64> {
        let (k, influence) = (self.k, self.influence(target));
        let mut variance = vec![0.0; k];
        for i in 0..influence.events {
            let carry = &influence.carries[i * k * k..(i + 1) * k * k];
            for row in self.jump_rows(i) {
                for (b, variance) in variance.iter_mut().enumerate() {
                    let (mut mean, mut square) =
                        (carry[row.state * k + b], carry[row.state * k + b].powi(2));
                    for &(to, a) in self.increments(row) {
                        mean += a * carry[to * k + b];
                        square += a * carry[to * k + b].powi(2);
                    }
                    *variance += row.leverage.powi(2) * row.at_risk * (square - mean * mean);
                }
            }
        }
        variance
    }
}

/// What an influence is on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// The probabilities at a time.
    Probability { time: f64 },
    /// The areas under the probabilities between two times.
    Area { origin: f64, tau: f64 },
}

impl Target {
    fn horizon(self) -> f64 {
        match self {
            Self::Probability { time } => time,
            Self::Area { tau, .. } => tau,
        }
    }

    fn origin(self) -> f64 {
        match self {
            Self::Probability { .. } => f64::NEG_INFINITY,
            Self::Area { origin, .. } => origin,
        }
    }
}

/// Influence of rows on a target, all `k` components at once.
pub(crate) struct Influence {
    k: usize,
    events: usize,
    /// From the initial distribution to the target.
    start: Vec<f64>,
    carries: Vec<f64>,
    at_risk: Vec<f64>,
}

impl Influence {
    /// Adds `scale` times the influence of an episode, per unit of its weight.
    pub(crate) fn add_episode(&self, chain: &Chain, e: &Episode, scale: f64, out: &mut [f64]) {
        let k = self.k;
        let (from, until) = (
            (e.from as usize).min(self.events),
            (e.until as usize).min(self.events),
        );
        let state = e.state as usize;
        let row = |i: usize| &self.at_risk[(i * k + state) * k..(i * k + state + 1) * k];
        if from < until {
            for ((out, late), early) in out.iter_mut().zip(row(until)).zip(row(from)) {
                *out += scale * (late - early);
            }
        }
        if e.to != STAY && e.until as usize <= self.events && e.from < e.until {
            let i = e.until as usize - 1;
            let leverage = scale * chain.leverage(i, state);
            let (to, here) = ((i * k + e.to as usize) * k, (i * k + state) * k);
            for (b, out) in out.iter_mut().enumerate() {
                *out += leverage * (self.carries[to + b] - self.carries[here + b]);
            }
        }
    }

    /// Adds `scale` times the influence of a unit of weight in the initial
    /// distribution `p0` of total weight `total`.
    pub(crate) fn add_start(
        &self,
        state: usize,
        p0: &[f64],
        total: f64,
        scale: f64,
        out: &mut [f64],
    ) {
        for (j, p) in p0.iter().enumerate() {
            let pull = scale * (f64::from(u8::from(j == state)) - p) / total;
            for (out, carry) in out.iter_mut().zip(&self.start[j * self.k..]) {
                *out += pull * carry;
            }
        }
    }
}
