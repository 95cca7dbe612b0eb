//! One person: who they are, when placed, and where they live on every day.

use crate::day::{self, ADULT, Day};
use crate::model::{self, Age, Care, Class, Exits, Method, Model};
use crate::municipality::{Country, PRIVATE};
use crate::place::{Place, Spot, Tenancy};
use crate::random::{Draws, Purpose, Source};
use crate::spec::{LONGEST_WAIT, SHORTEST_WAIT, Spec};

/// Why a person is in the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Enrolled and placed in a home.
    Placed,
    /// Enrolled, never placed.
    NeverPlaced,
    /// Homeless, never enrolled.
    Comparison,
}

/// A stretch of days `[start, end)` in one state of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spell {
    pub(crate) spot: Spot,
    pub(crate) start: Day,
    pub(crate) end: Day,
}

/// One person's simulated life in the registers.
#[derive(Clone, Debug)]
pub(crate) struct Career {
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    pub(crate) class: Class,
    pub(crate) other_origin: bool,
    /// Index into [`Country::list`].
    pub(crate) municipality: usize,
    /// Index into [`HOUSING_SOURCES`](crate::municipality::HOUSING_SOURCES).
    pub(crate) housing: usize,
    pub(crate) birth: Day,
    /// Placement, or enrolment for those never placed.
    pub(crate) time_zero: Day,
    pub(crate) enrolled: Day,
    pub(crate) death: Option<Day>,
    /// Every day from the first observed to the last, or to the day before death.
    pub(crate) spells: Vec<Spell>,
}

/// The window of data, as half-open intervals of days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) start: Day,
    pub(crate) end: Day,
    pub(crate) placed_from: Day,
    pub(crate) placed_until: Day,
}

impl Window {
    pub(crate) fn new(spec: &Spec) -> Self {
        Self {
            start: day::new_year(spec.first_year),
            end: day::number(spec.observed_until) + 1,
            placed_from: day::number(spec.placed_from),
            placed_until: day::number(spec.placed_until) + 1,
        }
    }
}

/// Everything that a spec fixes before the first person is drawn.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) spec: Spec,
    pub(crate) source: Source,
    pub(crate) country: Country,
    pub(crate) model: Model,
    pub(crate) window: Window,
}

impl World {
    /// The world of a checked spec.
    pub(crate) fn new(spec: &Spec) -> Self {
        Self {
            country: Country::new(spec),
            model: Model::new(spec.effects),
            window: Window::new(spec),
            spec: spec.clone(),
            source: Source::new(spec.seed),
        }
    }

    /// The person of this number: 0, 1, 2, …
    pub(crate) fn person(&self, number: u64) -> Career {
        let mut career = self.traits(number);
        let mut exits = Exits::default();

        let mut draws = self.source.stream(number, Purpose::Before);
        let state = model::AT_TIME_ZERO[draws.pick(&model::AT_TIME_ZERO.map(|(_, p)| p))].0;
        // Before the 18th birthday a person is in none of these registers.
        let first = self.window.start.max(career.birth + ADULT);
        let days_before = (career.time_zero - first).max(0) + 1;
        let breaks = &model::BEFORE_BREAKS;
        walk(
            state,
            1..days_before,
            breaks,
            &mut draws,
            |phase, spot, draws| {
                Model::before(&career.class, phase, spot, &mut exits);
                leave(&exits, draws)
            },
            |spot, from, to| {
                career.spells.push(Spell {
                    spot,
                    start: career.time_zero - to + 1,
                    end: career.time_zero - from + 1,
                });
            },
        );
        career.spells.reverse();

        let mut draws = self.source.stream(number, Purpose::After);
        let (care, state) = match career.kind {
            Kind::Placed => (Care::HousingFirst, Spot::ALLOTTED_HOME),
            Kind::NeverPlaced | Kind::Comparison => (Care::Usual, state),
        };
        let breaks = &model::AFTER_BREAKS;
        let days_after = self.window.end - career.time_zero;
        walk(
            state,
            0..days_after,
            breaks,
            &mut draws,
            |phase, spot, draws| {
                self.model
                    .after(&career.class, care, phase, spot, &mut exits);
                leave(&exits, draws)
            },
            |spot, from, to| {
                let (start, end) = (career.time_zero + from, career.time_zero + to);
                if spot == Spot::DEAD {
                    career.death = Some(start);
                    return;
                }
                match career.spells.last_mut() {
                    Some(last) if last.spot == spot => last.end = end,
                    _ => career.spells.push(Spell { spot, start, end }),
                }
            },
        );
        career
    }

    fn traits(&self, number: u64) -> Career {
        let mut draws = self.source.stream(number, Purpose::Traits);
        let d = &mut draws;
        let comparison = d.chance(self.spec.comparison);
        let never = d.chance(self.spec.never_placed);
        let kind = match (comparison, never) {
            (true, _) => Kind::Comparison,
            (false, true) => Kind::NeverPlaced,
            (false, false) => Kind::Placed,
        };
        let municipality = d.pick(&self.country.shares);
        let home = &self.country.list[municipality];
        let age = Age::ALL[d.pick(&model::AGE_SHARES)];
        let (low, high) = age.days();
        let age_days = d.between(low, high);
        let woman = d.chance(model::WOMEN);
        let substance = d.chance(model::SUBSTANCE_USE);
        let psychiatric = d.chance(model::PSYCHIATRIC);
        let other_origin = d.chance(model::OTHER_ORIGIN);
        let time_zero = d.between(self.window.placed_from, self.window.placed_until);
        let wait = d.between(SHORTEST_WAIT, LONGEST_WAIT + 1);
        let method = Method::ALL[d.pick(&home.methods)];
        let housing = d.pick(&home.housing);
        let placed = kind == Kind::Placed;
        Career {
            number,
            kind,
            class: Class {
                age,
                woman,
                substance,
                psychiatric,
                method,
                private: housing == PRIVATE,
                hazard: home.hazard,
            },
            other_origin,
            municipality,
            housing,
            birth: time_zero - age_days,
            time_zero,
            enrolled: if placed { time_zero - wait } else { time_zero },
            death: None,
            spells: Vec::with_capacity(32),
        }
    }
}

/// Where and when the chain leaves a state: days until then, and the next state.
fn leave(exits: &Exits, draws: &mut Draws) -> Option<(i64, Spot)> {
    let total = exits.total();
    (total > 0.0).then(|| (draws.days_until(total), exits.pick(draws)))
}

/// Runs a chain over the day indices `days`, from `spot` on the first.
///
/// `leave(phase, spot, draws)` draws the days until the next move, had the phase
/// no end; a move past the end of the phase is dropped and drawn again from
/// there, which is the same chain since waiting times have no memory.
fn walk(
    mut spot: Spot,
    days: std::ops::Range<i32>,
    breaks: &[i32; 3],
    draws: &mut Draws,
    mut leave: impl FnMut(usize, Spot, &mut Draws) -> Option<(i64, Spot)>,
    mut spell: impl FnMut(Spot, i32, i32),
) {
    if days.is_empty() {
        return;
    }
    let (mut since, mut now) = (days.start, days.start);
    while now < days.end {
        let phase = model::phase(breaks, now);
        let until = breaks.get(phase).map_or(days.end, |b| (*b).min(days.end));
        match leave(phase, spot, draws) {
            Some((wait, next)) if i64::from(now) + wait <= i64::from(until) => {
                now += wait as i32;
                if now == days.end {
                    break;
                }
                spell(spot, since, now);
                (spot, since) = (next, now);
            }
            _ => now = until,
        }
    }
    spell(spot, since, days.end);
}

impl Career {
    /// The stretches in which one tenancy is held, in order.
    pub(crate) fn tenancies(&self) -> Vec<(Tenancy, Day, Day)> {
        let mut runs: Vec<(Tenancy, Day, Day)> = Vec::new();
        for spell in &self.spells {
            let tenancy = spell.spot.tenancy();
            match runs.last_mut() {
                Some(last) if last.0 == tenancy => last.2 = spell.end,
                _ => runs.push((tenancy, spell.start, spell.end)),
            }
        }
        runs.retain(|(tenancy, ..)| *tenancy != Tenancy::None);
        runs
    }

    /// The stretches at one place, tenancy aside, in order.
    pub(crate) fn places(&self) -> Vec<(Place, Day, Day)> {
        let mut runs: Vec<(Place, Day, Day)> = Vec::with_capacity(self.spells.len());
        for spell in &self.spells {
            let place = spell.spot.place();
            match runs.last_mut() {
                Some(last) if last.0 == place => last.2 = spell.end,
                _ => runs.push((place, spell.start, spell.end)),
            }
        }
        runs
    }

    /// The state of the chain on a day; `None` outside what is observed.
    #[cfg(test)]
    pub(crate) fn on(&self, day: Day) -> Option<Spot> {
        if self.death.is_some_and(|death| day >= death) {
            return Some(Spot::DEAD);
        }
        let spell = self.spells.iter().find(|s| s.start <= day && day < s.end)?;
        Some(spell.spot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(n: u64) -> (World, Vec<Career>) {
        let world = World::new(&Spec::odense_like());
        let people = (0..n).map(|i| world.person(i)).collect();
        (world, people)
    }

    #[test]
    fn spells_cover_every_day_once_until_death_or_the_end_of_data() {
        let (world, people) = people(500);
        for person in people {
            let first = world.window.start.max(person.birth + ADULT);
            assert_eq!(person.spells[0].start, first);
            for pair in person.spells.windows(2) {
                assert_eq!(pair[0].end, pair[1].start);
                assert_ne!(pair[0].spot, pair[1].spot);
            }
            let last = person.death.unwrap_or(world.window.end);
            assert_eq!(person.spells.last().unwrap().end, last);
            assert!(person.spells.iter().all(|s| s.start < s.end));
        }
    }

    #[test]
    fn the_placed_move_in_on_the_day_of_placement() {
        let (_, people) = people(500);
        for person in people {
            let home = person.on(person.time_zero) == Some(Spot::ALLOTTED_HOME);
            assert_eq!(home, person.kind == Kind::Placed);
            assert!(person.enrolled <= person.time_zero);
        }
    }

    #[test]
    fn a_home_is_held_through_a_stay_in_hospital() {
        let (_, people) = people(500);
        let held = people.iter().any(|p| {
            p.tenancies().iter().any(|(_, start, end)| {
                p.places()
                    .iter()
                    .any(|(place, s, e)| *place == Place::Hospital && start < s && e < end)
            })
        });
        assert!(held);
    }
}
