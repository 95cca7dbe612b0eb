//! Pushing chances through a chain, a day at a time.
//!
//! A country has some twenty thousand combinations of traits and municipality,
//! each with two thousand days. Eight combinations are pushed side by side, so
//! that the processor's vector units do the work; their sums are weighted in a
//! fixed order.

use std::ops::RangeInclusive;

use super::Chances;
use crate::model::{self, Class, Exits};
use crate::place::Spot;

/// Combinations pushed side by side.
const LANES: usize = 8;

type Lanes = [f64; LANES];

/// One day's transition of each lane, as sparse rows.
struct Step {
    stay: [Lanes; Spot::COUNT],
    moves: Vec<(usize, usize, Lanes)>,
}

impl Step {
    fn new(
        classes: &[(Class, f64)],
        phase: usize,
        exits: impl Fn(&Class, usize, Spot, &mut Exits),
    ) -> Self {
        let mut stay = [[1.0; LANES]; Spot::COUNT];
        let mut rates = vec![[[0.0; LANES]; Spot::COUNT]; Spot::COUNT];
        let mut out = Exits::default();
        for (lane, (class, _)) in classes.iter().enumerate() {
            for spot in Spot::all() {
                exits(class, phase, spot, &mut out);
                stay[spot.index()][lane] = 1.0 - out.total();
                for (to, p) in &out.to {
                    rates[spot.index()][to.index()][lane] += p;
                }
            }
        }
        let mut moves = Vec::new();
        for (from, row) in rates.iter().enumerate() {
            for (to, lanes) in row.iter().enumerate() {
                if lanes.iter().any(|p| *p > 0.0) {
                    moves.push((from, to, *lanes));
                }
            }
        }
        Self { stay, moves }
    }

    fn apply(&self, now: &[Lanes; Spot::COUNT]) -> [Lanes; Spot::COUNT] {
        let mut next = [[0.0; LANES]; Spot::COUNT];
        for (next, (now, stay)) in next.iter_mut().zip(now.iter().zip(&self.stay)) {
            for lane in 0..LANES {
                next[lane] = now[lane] * stay[lane];
            }
        }
        for (from, to, p) in &self.moves {
            for lane in 0..LANES {
                next[*to][lane] += now[*from][lane] * p[lane];
            }
        }
        next
    }
}

/// Pushes `start`, the chances on the first of `days`, through the chain whose
/// ways out of a state are `exits(class, phase, spot, out)`.
///
/// `visit` gets each day's chances summed over up to eight of the classes,
/// weighted; it is called as often a day as there are such eights.
pub(super) fn run(
    start: &Chances,
    classes: &[(Class, f64)],
    days: RangeInclusive<i32>,
    breaks: &[i32; 3],
    exits: impl Fn(&Class, usize, Spot, &mut Exits),
    mut visit: impl FnMut(i32, &Chances),
) {
    for classes in classes.chunks(LANES) {
        let steps: [Step; 4] = std::array::from_fn(|phase| Step::new(classes, phase, &exits));
        let mut weights = [0.0; LANES];
        for (weight, (_, share)) in weights.iter_mut().zip(classes) {
            *weight = *share;
        }
        let mut now = start.map(|p| [p; LANES]);
        for day in days.clone() {
            let sums = now.map(|lanes| lanes.iter().zip(weights).map(|(p, w)| p * w).sum());
            visit(day, &sums);
            now = steps[model::phase(breaks, day)].apply(&now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Age, Method};

    #[test]
    fn ten_classes_of_a_two_state_chain_follow_the_formula() {
        let class = Class {
            age: Age::Middle,
            woman: false,
            substance: false,
            psychiatric: false,
            method: Method::Icm,
            private: false,
            hazard: 1.0,
        };
        // Each class loses a home with its own daily chance, never to return.
        let hazards: Vec<f64> = (1..=10).map(|i| 0.001 * f64::from(i)).collect();
        let classes: Vec<_> = hazards
            .iter()
            .map(|hazard| {
                (
                    Class {
                        hazard: *hazard,
                        ..class
                    },
                    0.1,
                )
            })
            .collect();
        let mut start = [0.0; Spot::COUNT];
        start[Spot::ALLOTTED_HOME.index()] = 1.0;
        let mut kept = vec![0.0; 401];
        run(
            &start,
            &classes,
            0..=400,
            &[100, 200, 300],
            |class, phase, spot, out| {
                out.to.clear();
                if spot == Spot::ALLOTTED_HOME && phase != 1 {
                    out.to.push((Spot::SHELTER, class.hazard));
                }
            },
            |day, chances| {
                assert!(chances[Spot::DEAD.index()] == 0.0);
                kept[day as usize] += chances[Spot::ALLOTTED_HOME.index()];
            },
        );
        // Nobody loses a home in phase 1, days 100 to 199.
        for (day, at_risk) in [(50, 50), (150, 100), (400, 300)] {
            let expected: f64 = hazards.iter().map(|h| 0.1 * (1.0 - h).powi(at_risk)).sum();
            assert!((kept[day] - expected).abs() < 1e-12, "{day}");
        }
    }
}
