//! The curves of censoring and of survival at each distinct time.

use super::people::People;

/// Distinct ends of follow-up with what is read off the two curves at each.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) time: Vec<f64>,
    /// Place of each person's end among the times.
    pub(super) slot: Vec<u32>,
    /// Number at risk, complete and censored at each time.
    pub(super) at_risk: Vec<f64>,
    pub(super) ended: Vec<f64>,
    pub(super) censored: Vec<f64>,
    /// `K` just before and at each time.
    before: Vec<f64>,
    after: Vec<f64>,
    /// Chance of going on beyond each time.
    pub(super) survival: Vec<f64>,
}

impl Curve {
    pub(super) fn of(people: &People) -> Self {
        let mut time = people.until.clone();
        time.sort_unstable_by(f64::total_cmp);
        time.dedup();
        let place = |t: &f64| time.partition_point(|s| s < t) as u32;
        let slot: Vec<u32> = people.until.iter().map(place).collect();
        let (mut ended, mut censored) = (vec![0.0; time.len()], vec![0.0; time.len()]);
        for (slot, complete) in slot.iter().zip(&people.complete) {
            let counts = if *complete { &mut ended } else { &mut censored };
            counts[*slot as usize] += 1.0;
        }
        let mut curve = Self {
            at_risk: Vec::with_capacity(time.len()),
            before: Vec::with_capacity(time.len()),
            after: Vec::with_capacity(time.len()),
            survival: Vec::with_capacity(time.len()),
            time,
            slot,
            ended,
            censored,
        };
        let (mut left, mut k, mut s) = (people.len() as f64, 1.0, 1.0);
        for (ended, censored) in curve.ended.iter().zip(&curve.censored) {
            curve.at_risk.push(left);
            curve.before.push(k);
            k *= (left - censored) / left;
            s *= (left - ended) / left;
            curve.after.push(k);
            curve.survival.push(s);
            left -= ended + censored;
        }
        curve
    }

    /// `K` at each time, by its left limit or not.
    pub(super) fn weight(&self, left_limit: bool) -> &[f64] {
        if left_limit {
            &self.before
        } else {
            &self.after
        }
    }

    /// Weight of one censoring at each time in the variance: `1/K²`; by the
    /// left limit `1/(K(u−) K(u))`. Zero where `K` is.
    pub(super) fn jump_weight(&self, slot: usize, left_limit: bool) -> f64 {
        let (before, after) = (self.before[slot], self.after[slot]);
        if after <= 0.0 {
            0.0
        } else if left_limit {
            1.0 / (before * after)
        } else {
            1.0 / (after * after)
        }
    }

    /// `K` at a time that need not be one of those of the curve.
    pub(super) fn weight_at(&self, time: f64, left_limit: bool) -> f64 {
        let passed = if left_limit {
            self.time.partition_point(|t| *t < time)
        } else {
            self.time.partition_point(|t| *t <= time)
        };
        passed.checked_sub(1).map_or(1.0, |last| self.after[last])
    }

    /// Smallest `K` among the complete.
    pub(super) fn smallest_weight(&self, people: &People, left_limit: bool) -> f64 {
        let k = self.weight(left_limit);
        (self.slot.iter().zip(&people.complete))
            .filter(|(_, complete)| **complete)
            .map(|(slot, _)| k[*slot as usize])
            .fold(1.0, f64::min)
    }

    /// The weight of each person: `1/K` if complete, else 0.
    pub(super) fn weights(&self, people: &People, left_limit: bool) -> Vec<f64> {
        let k = self.weight(left_limit);
        (self.slot.iter().zip(&people.complete))
            .map(|(slot, complete)| {
                if *complete {
                    1.0 / k[*slot as usize]
                } else {
                    0.0
                }
            })
            .collect()
    }
}
