//! Retention under several definitions, from chances.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chances::{After, Before, add};
use super::{Chances, HORIZONS};
use crate::career::World;
use crate::day;
use crate::place::{Place, Spot, Tenancy};
use crate::spec::{LONGEST_WAIT, SHORTEST_WAIT};

/// Where people are at a horizon, under several definitions of retention.
///
/// "In a dwelling" is the state of the day by the default precedence: someone
/// in hospital or prison is not in a dwelling, though they may keep one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Retention {
    /// Calendar months after time zero.
    pub horizon_months: i32,
    /// Share of people whose horizon lies within the data.
    pub observed: f64,
    /// Share in each state of the day, the dead included.
    pub states: BTreeMap<&'static str, f64>,
    /// Share in any dwelling; the dead and the emigrated are not retained.
    pub any_dwelling: f64,
    /// Share in any dwelling, of those alive (VIVE's definition as read here).
    pub any_dwelling_of_living: f64,
    /// Share in any dwelling, of those alive and not emigrated.
    pub any_dwelling_of_present: f64,
    /// Share holding any tenancy, wherever they are, of those alive.
    pub any_tenancy_of_living: f64,
    /// Share in the allotted dwelling; the dead are not retained.
    pub allotted_dwelling: f64,
    /// Share in the allotted dwelling, of those alive.
    pub allotted_dwelling_of_living: f64,
    /// Share holding the allotted tenancy, wherever they are, of those alive.
    /// Once given up it is never held again, so this is also "throughout".
    pub allotted_tenancy_of_living: f64,
    /// Expected days in any dwelling until the horizon, over expected days alive.
    pub days_in_dwelling: f64,
}

/// Chances of the chain's states, averaged.
#[derive(Clone, Copy)]
pub(super) struct Mix(Chances);

impl Mix {
    pub(super) fn of(chances: Chances) -> Self {
        Self(chances)
    }

    pub(super) fn over(parts: impl Iterator<Item = (Chances, f64)>) -> Self {
        let (mut sum, mut total) = ([0.0; Spot::COUNT], 0.0);
        for (chances, weight) in parts {
            add(&mut sum, &chances, weight);
            total += weight;
        }
        Self(sum.map(|p| p / total))
    }

    fn chance(&self, pass: impl Fn(Spot) -> bool) -> f64 {
        Spot::all()
            .filter(|s| pass(*s))
            .map(|s| self.0[s.index()])
            .sum()
    }

    pub(super) fn any_dwelling(&self) -> f64 {
        self.chance(|s| s.place() == Place::Home)
    }

    pub(super) fn living(&self) -> f64 {
        1.0 - self.0[Spot::DEAD.index()]
    }

    pub(super) fn any_dwelling_of_living(&self) -> f64 {
        self.any_dwelling() / self.living()
    }

    pub(super) fn retention(
        &self,
        horizon_months: i32,
        observed: f64,
        days: impl Iterator<Item = ((f64, f64), f64)>,
    ) -> Retention {
        let living = self.living();
        let present = living - self.0[Spot::ABROAD.index()];
        let allotted = self.0[Spot::ALLOTTED_HOME.index()];
        let mut so_far = (0.0, 0.0);
        for ((housed, alive), weight) in days {
            so_far.0 += housed * weight;
            so_far.1 += alive * weight;
        }
        Retention {
            horizon_months,
            observed,
            states: Place::ALL
                .into_iter()
                .map(|place| (place.code(), self.chance(|s| s.place() == place)))
                .collect(),
            any_dwelling: self.any_dwelling(),
            any_dwelling_of_living: self.any_dwelling_of_living(),
            any_dwelling_of_present: self.any_dwelling() / present,
            any_tenancy_of_living: self.chance(|s| s.tenancy() != Tenancy::None) / living,
            allotted_dwelling: allotted,
            allotted_dwelling_of_living: allotted / living,
            allotted_tenancy_of_living: self.chance(|s| s.tenancy() == Tenancy::Allotted) / living,
            days_in_dwelling: so_far.0 / so_far.1,
        }
    }
}

/// Retention of all enrolled, from enrolment.
pub(super) fn enrolled(world: &World, before: &Before, after: &After) -> Vec<Retention> {
    let window = world.window;
    let never = world.spec.never_placed;
    let waits = f64::from(LONGEST_WAIT + 1 - SHORTEST_WAIT);
    let dates = f64::from(window.placed_until - window.placed_from);
    // Where someone placed `wait` days after enrolment is `since` days after it.
    let placed = |wait: i32, since: i32| {
        if since < wait {
            before.total(wait - since)
        } else {
            *after.placed.at(since - wait)
        }
    };
    // Days in a dwelling and alive in the first `length` days.
    let mut waiting = vec![0.0];
    for k in 1..=LONGEST_WAIT {
        let before = waiting[k as usize - 1] + Mix(before.total(k)).any_dwelling();
        waiting.push(before);
    }
    let placed_so_far = |wait: i32, length: i32| {
        let behind = (wait - length).max(0);
        let (housed, alive) = after.placed.days_before((length - wait).max(0));
        let here = waiting[wait as usize] - waiting[behind as usize];
        (here + housed, f64::from(wait - behind) + alive)
    };
    HORIZONS
        .into_iter()
        .filter_map(|months| {
            // Weights by wait (None: never placed) and days to the horizon.
            let mut weights: BTreeMap<(Option<i32>, i32), f64> = BTreeMap::new();
            let first = window.placed_from - LONGEST_WAIT;
            let horizons: Vec<i32> = (first..window.placed_until)
                .map(|start| day::add_months(start, months))
                .collect();
            for time_zero in window.placed_from..window.placed_until {
                let waits_of = (SHORTEST_WAIT..=LONGEST_WAIT)
                    .map(|w| (Some(w), time_zero - w, (1.0 - never) / waits))
                    .chain([(None, time_zero, never)]);
                for (wait, start, weight) in waits_of {
                    let at = horizons[(start - first) as usize];
                    if at < window.end && weight > 0.0 {
                        *weights.entry((wait, at - start)).or_default() += weight / dates;
                    }
                }
            }
            let observed: f64 = weights.values().sum();
            if observed == 0.0 {
                return None;
            }
            let mix = Mix::over(weights.iter().map(|((wait, since), weight)| {
                let chances = match wait {
                    Some(wait) => placed(*wait, *since),
                    None => *after.usual.at(*since),
                };
                (chances, *weight)
            }));
            let days = weights.iter().map(|((wait, since), weight)| {
                let so_far = match wait {
                    Some(wait) => placed_so_far(*wait, *since),
                    None => after.usual.days_before(*since),
                };
                (so_far, *weight)
            });
            Some(mix.retention(months, observed, days))
        })
        .collect()
}
