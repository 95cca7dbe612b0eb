//! Zhao and Tian: what the censored are known to have cost is not thrown away.
//!
//! At each censoring time the method needs means, squares and products of what
//! everyone still followed has cost so far. Costs accrue evenly within rows, so
//! those sums move by themselves between the starts and stops of rows, and one
//! sweep over time gives them all.

use super::curve::Curve;
use super::people::People;
use super::weighted::{Ahead, bang_tsiatis};

/// What one person has cost by `time`, and how fast that grows.
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    time: f64,
    amount: f64,
    rate: f64,
}

impl Account {
    fn at(&self, time: f64) -> f64 {
        self.amount + self.rate * (time - self.time)
    }
}

/// A sum that keeps what the leading part cannot hold.
///
/// Source: Neumaier (1974), *ZAMM* 54, 39–51.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        let sum = self.high + value;
        self.low += if self.high.abs() >= value.abs() {
            (self.high - sum) + value
        } else {
            (value - sum) + self.high
        };
        self.high = sum;
    }

    fn get(self) -> f64 {
        self.high + self.low
    }
}

/// Sums over those still followed, of costs so far `m` that grow by `b`.
#[derive(Debug, Default)]
struct Sums {
    now: f64,
    m: Sum,
    b: Sum,
    mm: Sum,
    mb: Sum,
    bb: Sum,
    wm: Sum,
    wb: Sum,
    whm: Sum,
    whb: Sum,
}

impl Sums {
    fn advance(&mut self, time: f64) {
        let step = time - self.now;
        if step > 0.0 {
            self.mm.add(2.0 * step * self.mb.get());
            self.mm.add(step * step * self.bb.get());
            self.mb.add(step * self.bb.get());
            self.m.add(step * self.b.get());
            self.wm.add(step * self.wb.get());
            self.whm.add(step * self.whb.get());
        }
        self.now = time;
    }

    /// Adds (or with `sign` −1 takes out) one person as of now.
    fn count(&mut self, sign: f64, m: f64, b: f64, w: f64, h: f64) {
        self.m.add(sign * m);
        self.b.add(sign * b);
        self.mm.add(sign * m * m);
        self.mb.add(sign * m * b);
        self.bb.add(sign * b * b);
        self.wm.add(sign * w * m);
        self.wb.add(sign * w * b);
        self.whm.add(sign * w * h * m);
        self.whb.add(sign * w * h * b);
    }
}

/// A change in how fast someone's cost grows.
struct Change {
    time: f64,
    person: u32,
    jump: f64,
    rate: f64,
}

/// Mean and variance with the histories of the censored.
pub(super) fn zhao_tian(people: &People, curve: &Curve, left: bool) -> (f64, f64) {
    let n = people.len() as f64;
    let (mean, variance) = bang_tsiatis(people, curve, left);
    let w = curve.weights(people, left);
    let totals = &people.total;
    let ahead = Ahead::of(curve, &w, totals);
    let changes = changes(people);
    let leaving = leaving(curve);
    let mut accounts = vec![Account::default(); people.len()];
    let mut sums = Sums::default();
    let (mut gain, mut adjust) = (Sum::default(), Sum::default());
    let mut next = 0;
    for slot in 0..curve.time.len() {
        let time = curve.time[slot];
        while let Some(change) = changes.get(next).filter(|c| c.time <= time) {
            next += 1;
            let person = change.person as usize;
            sums.advance(change.time);
            let account = &mut accounts[person];
            let m = account.at(change.time);
            let (w, h) = (w[person], totals[person]);
            sums.count(-1.0, m, account.rate, w, h);
            *account = Account {
                time: change.time,
                amount: m + change.jump,
                rate: account.rate + change.rate,
            };
            sums.count(1.0, account.amount, account.rate, w, h);
        }
        sums.advance(time);
        let censored = curve.censored[slot];
        if censored > 0.0 {
            let at_risk = curve.at_risk[slot];
            let so_far = sums.m.get() / at_risk;
            let lost: f64 = leaving
                .at(slot)
                .filter(|&p| !people.complete[p])
                .map(|p| totals[p] - so_far)
                .sum();
            let k = curve.weight(left)[slot];
            if k > 0.0 {
                gain.add(lost / k);
            }
            let jump = censored * curve.jump_weight(slot, left);
            if let Some(mass) = ahead.mass(curve, slot, n, left) {
                let product = sums.whm.get() / mass;
                let means = ahead.first[slot] / mass * (sums.wm.get() / mass);
                let spread = sums.mm.get() / at_risk - so_far * so_far;
                adjust.add(jump * (spread - 2.0 * (product - means)));
            }
        }
        for person in leaving.at(slot) {
            let account = accounts[person];
            let (w, h) = (w[person], totals[person]);
            sums.count(-1.0, account.at(time), account.rate, w, h);
        }
    }
    (mean + gain.get() / n, variance + adjust.get() / (n * n))
}

/// Starts and stops of rows in time order; equal times in the order of rows.
fn changes(people: &People) -> Vec<Change> {
    let mut changes = Vec::with_capacity(2 * people.rows.len());
    for row in &people.rows {
        let (jump, rate) = people.pace(row);
        // Whoever is followed to the limit has no row beyond it.
        let end = row.stop.min(people.until[row.person as usize]);
        let change = |time, jump, rate| Change {
            time,
            person: row.person,
            jump,
            rate,
        };
        changes.push(change(row.start, jump, rate));
        if rate != 0.0 {
            changes.push(change(end, 0.0, -rate));
        }
    }
    changes.sort_by(|a, b| a.time.total_cmp(&b.time));
    changes
}

/// People by the time they leave.
struct Leaving {
    starts: Vec<usize>,
    people: Vec<u32>,
}

impl Leaving {
    fn at(&self, slot: usize) -> impl Iterator<Item = usize> + '_ {
        let range = self.starts[slot]..self.starts[slot + 1];
        self.people[range].iter().map(|p| *p as usize)
    }
}

fn leaving(curve: &Curve) -> Leaving {
    let mut starts = vec![0; curve.time.len() + 1];
    for slot in &curve.slot {
        starts[*slot as usize + 1] += 1;
    }
    for slot in 0..curve.time.len() {
        starts[slot + 1] += starts[slot];
    }
    let mut next = starts.clone();
    let mut people = vec![0; curve.slot.len()];
    for (person, slot) in curve.slot.iter().enumerate() {
        people[next[*slot as usize]] = person as u32;
        next[*slot as usize] += 1;
    }
    Leaving { starts, people }
}
