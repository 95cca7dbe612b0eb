//! Bang and Tsiatis: complete cases weighted by the chance of being complete.

use super::curve::Curve;
use super::people::People;

/// Weighted sums over those still followed at each time.
pub(super) struct Ahead {
    /// `Σ w` from each time on.
    pub(super) weight: Vec<f64>,
    /// `Σ w h` from each time on.
    pub(super) first: Vec<f64>,
    /// `Σ w h²` from each time on.
    pub(super) second: Vec<f64>,
}

impl Ahead {
    /// Sums of `h` with weights `w` over the people at or after each time.
    pub(super) fn of(curve: &Curve, w: &[f64], h: &[f64]) -> Self {
        let mut ahead = Self {
            weight: vec![0.0; curve.time.len()],
            first: vec![0.0; curve.time.len()],
            second: vec![0.0; curve.time.len()],
        };
        for ((slot, w), h) in curve.slot.iter().zip(w).zip(h) {
            let slot = *slot as usize;
            ahead.weight[slot] += w;
            ahead.first[slot] += w * h;
            ahead.second[slot] += w * h * h;
        }
        for column in [&mut ahead.weight, &mut ahead.first, &mut ahead.second] {
            for slot in (0..column.len().saturating_sub(1)).rev() {
                column[slot] += column[slot + 1];
            }
        }
        ahead
    }

    /// What a sum must be divided by to be a mean over those still followed:
    /// the weights' own sum, which equals `n S(u−)`; with `K(T)` it is `n S(u)`,
    /// as in ccostr. `None` where nobody is left.
    pub(super) fn mass(&self, curve: &Curve, slot: usize, n: f64, left: bool) -> Option<f64> {
        let mass = if left {
            self.weight[slot]
        } else {
            n * curve.survival[slot]
        };
        (mass > 0.0).then_some(mass)
    }

    /// Variance of `h` among those still followed.
    pub(super) fn variance(&self, curve: &Curve, slot: usize, n: f64, left: bool) -> f64 {
        self.mass(curve, slot, n, left).map_or(0.0, |mass| {
            let mean = self.first[slot] / mass;
            self.second[slot] / mass - mean * mean
        })
    }
}

/// Mean and variance by simple weighting.
pub(super) fn bang_tsiatis(people: &People, curve: &Curve, left: bool) -> (f64, f64) {
    let n = people.len() as f64;
    let w = curve.weights(people, left);
    let mean = w.iter().zip(&people.total).map(|(w, c)| w * c).sum::<f64>() / n;
    // Centred costs: the variance has no large numbers to cancel.
    let centred: Vec<f64> = people.total.iter().map(|c| c - mean).collect();
    let ahead = Ahead::of(curve, &w, &centred);
    let spread = ahead.second[0] / n;
    let lost: f64 = (0..curve.time.len())
        .filter(|&slot| curve.censored[slot] > 0.0)
        .map(|slot| {
            let jump = curve.censored[slot] * curve.jump_weight(slot, left);
            jump * raw_variance(&ahead, curve, slot, n, left, mean)
        })
        .sum();
    (mean, (spread + lost / n) / n)
}

/// The variance of the uncentred costs from the sums of centred ones. The two
/// differ under `K(T)`, where the mass is not the sum of the weights.
pub(super) fn raw_variance(
    ahead: &Ahead,
    curve: &Curve,
    slot: usize,
    n: f64,
    left: bool,
    centre: f64,
) -> f64 {
    if left {
        return ahead.variance(curve, slot, n, left);
    }
    ahead.mass(curve, slot, n, left).map_or(0.0, |mass| {
        let weight = ahead.weight[slot];
        let first = (ahead.first[slot] + centre * weight) / mass;
        let second =
            (ahead.second[slot] + 2.0 * centre * ahead.first[slot] + centre * centre * weight)
                / mass;
        second - first * first
    })
}
