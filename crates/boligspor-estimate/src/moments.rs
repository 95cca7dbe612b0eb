//! Infinitesimal-jackknife variances at every event time, in linear time.
//!
//! With `U_c` the influence of cluster `c` on the probabilities (a row vector)
//! and `W_cj` its weight at risk in state `j`, an event time does to every
//! cluster the same linear thing, `U ← U(I + dA) - Σ_j W_j b_j`. So the sums
//! `Σ UᵀU`, `Σ W_j U` and `Σ W_j W_l` follow from themselves, and single clusters
//! are touched only where one of their rows starts, moves or ends. A cluster
//! touched after a while is brought up to date through products of increments
//! prepared for aligned blocks of event times.

use crate::chain::{Chain, Episode, STAY, Start};

/// Products of increments, prepared so that any long stretch of event times is
/// at most three of them: the rest of a block, whole blocks, the start of one.
struct Blocks {
    k: usize,
    /// Event times in a block, about the root of their number.
    length: usize,
    /// Over event times `i` to the end of its block.
    tails: Vec<f64>,
    /// Over event times from the start of its block to `i`, included.
    heads: Vec<f64>,
    /// Over whole blocks `a..=b`, by `a`, then `b`.
    spans: Vec<Vec<f64>>,
}

/// A product `Q` and the pull `B` of one unit of weight in each state: over the
/// stretch an influence becomes `u Q - w B`. Both `k × k`, one after the other.
type Product = [f64];

impl Blocks {
    fn new(chain: &Chain) -> Self {
        let k = chain.k;
        let (events, size) = (chain.events(), 2 * k * k);
        let length = ((events as f64).sqrt() as usize).max(8);
        let (mut heads, mut tails) = (vec![0.0; events * size], vec![0.0; events * size]);
        for block in 0..events.div_ceil(length) {
            let (first, end) = (block * length, ((block + 1) * length).min(events));
            let mut head = identity(k);
            for i in first..end {
                append(chain, i, &mut head);
                heads[i * size..(i + 1) * size].copy_from_slice(&head);
            }
            let mut tail = identity(k);
            for i in (first..end).rev() {
                let mut one = identity(k);
                append(chain, i, &mut one);
                tail = joined(&one, &tail, k);
                tails[i * size..(i + 1) * size].copy_from_slice(&tail);
            }
        }
        let whole = events / length;
        let block = |b: usize| &tails[b * length * size..(b * length + 1) * size];
        let spans = (0..whole)
            .map(|a| {
                let mut span = block(a).to_vec();
                let mut all = span.clone();
                for b in a + 1..whole {
                    span = joined(&span, block(b), k);
                    all.extend_from_slice(&span);
                }
                all
            })
            .collect();
        Self {
            k,
            length,
            tails,
            heads,
            spans,
        }
    }

    /// The products over event times `from..until`, in order, unless the
    /// stretch lies within one block.
    fn over(&self, from: usize, until: usize) -> Option<[Option<&Product>; 3]> {
        let size = 2 * self.k * self.k;
        let (first, last) = (from / self.length, (until - 1) / self.length);
        if first == last {
            return None;
        }
        let at = |products: &'_ [f64], i: usize| -> std::ops::Range<usize> {
            debug_assert!((i + 1) * size <= products.len());
            i * size..(i + 1) * size
        };
        let span = (last > first + 1).then(|| {
            let spans = &self.spans[first + 1];
            &spans[at(spans, last - first - 2)]
        });
        Some([
            Some(&self.tails[at(&self.tails, from)]),
            span,
            Some(&self.heads[at(&self.heads, until - 1)]),
        ])
    }
}

fn identity(k: usize) -> Vec<f64> {
    let mut both = vec![0.0; 2 * k * k];
    (0..k).for_each(|j| both[j * k + j] = 1.0);
    both
}

/// Extends a product by event time `i`.
fn append(chain: &Chain, i: usize, both: &mut [f64]) {
    let k = chain.k;
    both.chunks_exact_mut(k).for_each(|row| chain.apply(i, row));
    for row in chain.jump_rows(i) {
        for &(to, a) in chain.increments(row) {
            both[k * k + row.state * k + to] += row.leverage * a;
        }
    }
}

/// Two products in a row: `Q = Q₁Q₂`, `B = B₁Q₂ + B₂`.
fn joined(first: &Product, second: &Product, k: usize) -> Vec<f64> {
    let mut both = vec![0.0; 2 * k * k];
    both[k * k..].copy_from_slice(&second[k * k..]);
    for (row, out) in first.chunks_exact(k).zip(both.chunks_exact_mut(k)) {
        add_product(row, &second[..k * k], out);
    }
    both
}

/// `out += v M` for a row vector and a `k × k` matrix.
fn add_product(v: &[f64], matrix: &[f64], out: &mut [f64]) {
    for (x, row) in v.iter().zip(matrix.chunks_exact(out.len())) {
        if *x != 0.0 {
            out.iter_mut().zip(row).for_each(|(out, m)| *out += x * m);
        }
    }
}

/// All clusters at once.
struct Moments<'a> {
    chain: &'a Chain,
    blocks: Blocks,
    k: usize,
    /// Event times already behind.
    now: usize,
    /// Influences and weights at risk, `k` numbers a cluster each.
    u: Vec<f64>,
    w: Vec<f64>,
    /// Up to which event time `u` is up to date.
    seen: Vec<u32>,
    /// How many independent clusters of this kind there are.
    copies: Option<&'a [f64]>,
    u_u: Vec<f64>,
    /// Row `j`: `Σ W_j U`.
    w_u: Vec<f64>,
    w_w: Vec<f64>,
    scratch: Vec<f64>,
}

/// Variance of every probability after each event time, `k` numbers a time,
/// preceded by those of the initial distribution.
///
/// `starts` are the rows that define the initial distribution (empty if it is
/// given); `copies`, if present, says how many identical independent clusters
/// each cluster stands for.
pub(crate) fn variances(
    chain: &Chain,
    episodes: &[Episode],
    starts: &[Start],
    clusters: usize,
    copies: Option<&[f64]>,
) -> Vec<f64> {
    let k = chain.k;
    let mut moments = Moments {
        chain,
        blocks: Blocks::new(chain),
        k,
        now: 0,
        u: vec![0.0; clusters * k],
        w: vec![0.0; clusters * k],
        seen: vec![0; clusters],
        copies,
        u_u: vec![0.0; k * k],
        w_u: vec![0.0; k * k],
        w_w: vec![0.0; k * k],
        scratch: vec![0.0; k],
    };
    let total: f64 = starts.iter().map(|s| s.weight).sum();
    let mut pull = vec![0.0; k];
    for start in starts {
        for (j, pull) in pull.iter_mut().enumerate() {
            let here = f64::from(u8::from(j == start.state as usize));
            *pull = start.weight * (here - chain.p[j]) / total;
        }
        moments.add_influence(start.cluster as usize, &pull);
    }
    let (from_starts, by_from) = grouped(episodes, chain.events(), |e| e.from);
    let (until_starts, by_until) = grouped(episodes, chain.events(), |e| e.until);
    let mut out = Vec::with_capacity((chain.events() + 1) * k);
    for i in 0..=chain.events() {
        if i > 0 {
            moments.tick(i - 1);
        }
        // Ends before beginnings: a row that continues another is one change.
        for &e in &by_until[until_starts[i]..until_starts[i + 1]] {
            let e = &episodes[e as usize];
            if e.to != STAY {
                let leverage = e.weight * chain.leverage(i - 1, e.state as usize);
                pull.fill(0.0);
                pull[e.to as usize] += leverage;
                pull[e.state as usize] -= leverage;
                moments.add_influence(e.cluster as usize, &pull);
            }
            moments.add_weight(e.cluster as usize, e.state as usize, -e.weight);
        }
        for &e in &by_from[from_starts[i]..from_starts[i + 1]] {
            let e = &episodes[e as usize];
            moments.add_weight(e.cluster as usize, e.state as usize, e.weight);
        }
        out.extend((0..k).map(|j| moments.u_u[j * k + j].max(0.0)));
    }
    out
}

impl Moments<'_> {
    /// Takes all moments over one event time.
    fn tick(&mut self, i: usize) {
        let (k, chain) = (self.k, self.chain);
        for row in self.u_u.chunks_exact_mut(k) {
            chain.apply(i, row);
        }
        transpose(&mut self.u_u, k);
        for row in self.u_u.chunks_exact_mut(k) {
            chain.apply(i, row);
        }
        for row in self.w_u.chunks_exact_mut(k) {
            chain.apply(i, row);
        }
        for row in chain.jump_rows(i) {
            for &(to, a) in chain.increments(row) {
                let b = row.leverage * a;
                for l in 0..k {
                    let cross = self.w_u[row.state * k + l] * b;
                    self.u_u[l * k + to] -= cross;
                    self.u_u[to * k + l] -= cross;
                }
            }
        }
        for left in chain.jump_rows(i) {
            for right in chain.jump_rows(i) {
                let both = self.w_w[left.state * k + right.state] * left.leverage * right.leverage;
                if both != 0.0 {
                    for &(l, a) in chain.increments(left) {
                        for &(r, b) in chain.increments(right) {
                            self.u_u[l * k + r] += both * a * b;
                        }
                    }
                }
            }
        }
        for row in chain.jump_rows(i) {
            for &(to, a) in chain.increments(row) {
                for j in 0..k {
                    self.w_u[j * k + to] -= self.w_w[j * k + row.state] * row.leverage * a;
                }
            }
        }
        self.now = i + 1;
    }

    fn copies(&self, cluster: usize) -> f64 {
        self.copies.map_or(1.0, |copies| copies[cluster])
    }

    /// Brings the influence of one cluster up to `now`.
    fn bring(&mut self, cluster: usize) {
        let k = self.k;
        let mut i = self.seen[cluster] as usize;
        if i == self.now {
            return;
        }
        self.seen[cluster] = self.now as u32;
        let w = &self.w[cluster * k..(cluster + 1) * k];
        let u = &mut self.u[cluster * k..(cluster + 1) * k];
        if w.iter().chain(u.iter()).all(|&x| x == 0.0) {
            return;
        }
        if let Some(products) = self.blocks.over(i, self.now) {
            for product in products.into_iter().flatten() {
                let (q, b) = product.split_at(k * k);
                self.scratch.fill(0.0);
                add_product(u, q, &mut self.scratch);
                for (x, row) in w.iter().zip(b.chunks_exact(k)) {
                    if *x != 0.0 {
                        self.scratch
                            .iter_mut()
                            .zip(row)
                            .for_each(|(out, b)| *out -= x * b);
                    }
                }
                u.copy_from_slice(&self.scratch);
            }
            return;
        }
        while i < self.now {
            self.chain.apply(i, u);
            for row in self.chain.jump_rows(i) {
                let pull = w[row.state] * row.leverage;
                if pull != 0.0 {
                    for &(to, a) in self.chain.increments(row) {
                        u[to] -= pull * a;
                    }
                }
            }
            i += 1;
        }
    }

    /// Adds `pull` to the influence of one cluster.
    fn add_influence(&mut self, cluster: usize, pull: &[f64]) {
        self.bring(cluster);
        let (k, copies) = (self.k, self.copies(cluster));
        let u = &mut self.u[cluster * k..(cluster + 1) * k];
        let w = &self.w[cluster * k..(cluster + 1) * k];
        for a in 0..k {
            for b in 0..k {
                self.u_u[a * k + b] +=
                    copies * (u[a] * pull[b] + pull[a] * u[b] + pull[a] * pull[b]);
                self.w_u[a * k + b] += copies * w[a] * pull[b];
            }
        }
        u.iter_mut().zip(pull).for_each(|(u, pull)| *u += pull);
    }

    /// Adds to the weight at risk of one cluster in one state.
    fn add_weight(&mut self, cluster: usize, state: usize, weight: f64) {
        self.bring(cluster);
        let (k, copies) = (self.k, self.copies(cluster));
        let u = &self.u[cluster * k..(cluster + 1) * k];
        let w = &mut self.w[cluster * k..(cluster + 1) * k];
        for j in 0..k {
            self.w_u[state * k + j] += copies * weight * u[j];
            if j == state {
                self.w_w[state * k + state] += copies * weight * (2.0 * w[state] + weight);
            } else {
                self.w_w[state * k + j] += copies * weight * w[j];
                self.w_w[j * k + state] += copies * weight * w[j];
            }
        }
        w[state] += weight;
    }
}

fn transpose(matrix: &mut [f64], k: usize) {
    for a in 0..k {
        for b in 0..a {
            matrix.swap(a * k + b, b * k + a);
        }
    }
}

/// Numbers of the episodes that are ever at risk, by `key` (0 to `len`).
fn grouped(
    episodes: &[Episode],
    len: usize,
    key: impl Fn(&Episode) -> u32,
) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0_usize; len + 2];
    let live = || {
        episodes
            .iter()
            .enumerate()
            .filter(|(_, e)| e.from < e.until)
    };
    for (_, e) in live() {
        starts[key(e) as usize + 1] += 1;
    }
    for i in 0..=len {
        starts[i + 1] += starts[i];
    }
    let mut next = starts.clone();
    let mut order = vec![0_u32; starts[len + 1]];
    for (number, e) in live() {
        let slot = &mut next[key(e) as usize];
        order[*slot] = number as u32;
        *slot += 1;
    }
    (starts, order)
}
