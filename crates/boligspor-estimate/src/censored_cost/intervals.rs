//! Methods that cut the time into parts: partitioned Bang–Tsiatis, and Lin's.

use super::curve::Curve;
use super::people::People;
use super::weighted::{Ahead, raw_variance};

/// Mean and variance of Bang–Tsiatis applied in each part and summed.
///
/// A part is complete for whoever ends within it or is followed to its end, so
/// the early parts of the censored count. Censored at `u`, someone loses what
/// the part of `u` and later ones cost: the variance is that of those sums.
pub(super) fn partitioned(people: &People, curve: &Curve, ends: &[f64], left: bool) -> (f64, f64) {
    let n = people.len() as f64;
    let w = curve.weights(people, left);
    let mut mean = 0.0;
    let mut lost = 0.0;
    let mut before = vec![0.0; people.len()];
    let mut first_slot = 0;
    for &end in ends {
        let by_end = people.totals_by(end);
        let k_end = curve.weight_at(end, left);
        for person in 0..people.len() {
            let cost = by_end[person] - before[person];
            if people.until[person] >= end {
                if k_end > 0.0 {
                    mean += cost / k_end;
                }
            } else {
                mean += w[person] * cost;
            }
        }
        // Censoring at the very end of a part leaves it complete; under K(T)
        // it is weighted all the same.
        let last_slot = curve
            .time
            .partition_point(|t| if left { *t < end } else { *t <= end });
        let last_slot = if end >= ends[ends.len() - 1] {
            curve.time.len()
        } else {
            last_slot
        };
        if (first_slot..last_slot).any(|slot| curve.censored[slot] > 0.0) {
            let ahead_cost: Vec<f64> = (people.total.iter().zip(&before))
                .map(|(c, b)| c - b)
                .collect();
            let ahead = Ahead::of(curve, &w, &ahead_cost);
            lost += (first_slot..last_slot)
                .filter(|&slot| curve.censored[slot] > 0.0)
                .map(|slot| {
                    let jump = curve.censored[slot] * curve.jump_weight(slot, left);
                    jump * raw_variance(&ahead, curve, slot, n, left, 0.0)
                })
                .sum::<f64>();
        }
        first_slot = last_slot;
        before = by_end;
    }
    mean /= n;
    let spread = (w.iter().zip(&people.total))
        .map(|(w, c)| w * (c - mean) * (c - mean))
        .sum::<f64>()
        / n;
    (mean, (spread + lost / n) / n)
}

/// Mean and variance by Lin's interval method.
///
/// `Σ S(a) E`: `S(a)` the chance of going on beyond the start `a` of a part, `E`
/// the mean cost in the part of those followed beyond it. The variance is the
/// sum of squared influences: of `E` the deviations, of `S` those of the
/// product limit.
pub(super) fn lin(people: &People, curve: &Curve, ends: &[f64]) -> (f64, f64) {
    let n = people.len() as f64;
    let mut influence = vec![0.0; people.len()];
    // Σ S E over the parts that begin at or after each time of the curve.
    let mut later = vec![0.0; curve.time.len() + 1];
    let (mut mean, mut start) = (0.0, 0.0);
    let mut before = vec![0.0; people.len()];
    for (part, &end) in ends.iter().enumerate() {
        let by_end = people.totals_by(end);
        let passed = if part == 0 {
            0
        } else {
            curve.time.partition_point(|t| *t <= start)
        };
        let alive = passed.checked_sub(1).map_or(1.0, |s| curve.survival[s]);
        let inside = |p: &usize| part == 0 || people.until[*p] > start;
        let followed = (0..people.len()).filter(inside).count() as f64;
        if followed > 0.0 && alive > 0.0 {
            let cost = |p: usize| by_end[p] - before[p];
            let average = (0..people.len()).filter(inside).map(cost).sum::<f64>() / followed;
            mean += alive * average;
            later[passed] += alive * average;
            for p in (0..people.len()).filter(inside) {
                influence[p] += alive * (cost(p) - average) * n / followed;
            }
        }
        before = by_end;
        start = end;
    }
    // `later[s]` becomes the sum over parts that begin at or after time `s − 1`.
    for slot in (0..curve.time.len()).rev() {
        later[slot] += later[slot + 1];
    }
    let mut hazard = 0.0;
    let mut share = Vec::with_capacity(curve.time.len());
    for slot in 0..curve.time.len() {
        let (at_risk, ended) = (curve.at_risk[slot], curve.ended[slot]);
        let (survivors, exposed) = (at_risk - ended, later[slot + 1]);
        if survivors > 0.0 {
            hazard += exposed * n * ended / (at_risk * survivors);
        }
        let own = if survivors > 0.0 {
            exposed * n / survivors
        } else {
            0.0
        };
        share.push((hazard, own));
    }
    for (p, slot) in curve.slot.iter().enumerate() {
        let (hazard, own) = share[*slot as usize];
        influence[p] += hazard - if people.complete[p] { own } else { 0.0 };
    }
    let square: f64 = influence.iter().map(|u| u * u).sum();
    (mean, square / (n * n))
}
