//! One person's rows in the four person tables, before they become columns.

use crate::career::{Career, Kind, World};
use crate::cost::{self, Category, Payer};
use crate::day::{self, Day};
use crate::model::Care;
use crate::place::{Place, Tenancy};
use crate::random::{Draws, Purpose};

/// No date: alive, ongoing, never placed.
pub(crate) const NO_DAY: Day = Day::MAX;

/// No identifier.
pub(crate) const NO_ID: u64 = u64::MAX;

/// Index of a state code that no contract knows, for dirt.
pub(crate) const BAD_STATE: u8 = Place::ALL.len() as u8;

/// A row of `persons`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent yes-or-no columns"
)]
pub(crate) struct PersonRow {
    pub(crate) person: u64,
    pub(crate) birth: Day,
    pub(crate) death: Day,
    pub(crate) woman: bool,
    pub(crate) other_origin: bool,
    pub(crate) substance: bool,
    pub(crate) psychiatric: bool,
}

/// A row of `placements`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlacementRow {
    pub(crate) person: u64,
    pub(crate) enrolled: Day,
    pub(crate) placed: Day,
    pub(crate) municipality: u16,
    pub(crate) dwelling: u64,
    pub(crate) method: u8,
    pub(crate) housing: u8,
}

/// A row of `stays`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StayRow {
    pub(crate) person: u64,
    pub(crate) start: Day,
    pub(crate) end: Day,
    pub(crate) dwelling: u64,
    pub(crate) municipality: u16,
    /// Index into [`Place::ALL`], or [`BAD_STATE`].
    pub(crate) state: u8,
    /// The place whose register tells of it.
    pub(crate) source: u8,
}

/// A row of `costs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CostRow {
    pub(crate) person: u64,
    pub(crate) start: Day,
    pub(crate) end: Day,
    pub(crate) amount: f64,
    pub(crate) price_year: i32,
    pub(crate) category: u8,
    pub(crate) payer: u8,
}

/// Rows of some people, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    pub(crate) persons: Vec<PersonRow>,
    pub(crate) placements: Vec<PlacementRow>,
    pub(crate) stays: Vec<StayRow>,
    pub(crate) costs: Vec<CostRow>,
}

impl Rows {
    /// Adds one person's clean rows.
    pub(crate) fn add(&mut self, world: &World, career: &Career) {
        let Career { number, class, .. } = *career;
        self.persons.push(PersonRow {
            person: number,
            birth: career.birth,
            death: career.death.unwrap_or(NO_DAY),
            woman: class.woman,
            other_origin: career.other_origin,
            substance: class.substance,
            psychiatric: class.psychiatric,
        });
        let code = world.country.list[career.municipality].code;
        let placed = career.kind == Kind::Placed;
        let dwelling = |k: usize| number << 6 | (k as u64).min(63);
        if career.kind != Kind::Comparison {
            self.placements.push(PlacementRow {
                person: number,
                enrolled: career.enrolled,
                placed: if placed { career.time_zero } else { NO_DAY },
                municipality: code,
                dwelling: if placed { dwelling(0) } else { NO_ID },
                method: class.method as u8,
                housing: career.housing as u8,
            });
        }

        let first = self.stays.len();
        let end = |end: Day| if end == world.window.end { NO_DAY } else { end };
        let row = |place: Place, start, until, dwelling| StayRow {
            person: number,
            start,
            end: end(until),
            dwelling,
            municipality: if place == Place::Abroad { 0 } else { code },
            state: place as u8,
            source: place as u8,
        };
        // The allotted dwelling is number 0, the others follow in order.
        let mut others = 0;
        for (tenancy, start, until) in career.tenancies() {
            let k = if tenancy == Tenancy::Allotted {
                0
            } else {
                others += 1;
                others
            };
            self.stays.push(row(Place::Home, start, until, dwelling(k)));
        }
        for (place, start, until) in career.places() {
            if !matches!(place, Place::Home | Place::Unseen | Place::Dead) {
                self.stays.push(row(place, start, until, NO_ID));
            }
        }
        self.stays[first..].sort_unstable_by_key(|s| (s.start, s.end, s.state));
        if world.spec.costs {
            Bill::new(world, career).write(&mut self.costs);
        }
    }

    /// Appends another block of people.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.persons.append(&mut other.persons);
        self.placements.append(&mut other.placements);
        self.stays.append(&mut other.stays);
        self.costs.append(&mut other.costs);
    }
}

/// One person's costs.
struct Bill<'a> {
    world: &'a World,
    career: &'a Career,
    draws: Draws,
    factors: [f64; Category::COUNT],
}

impl<'a> Bill<'a> {
    fn new(world: &'a World, career: &'a Career) -> Self {
        let mut draws = world.source.stream(career.number, Purpose::Costs);
        let factors = Category::ALL.map(|_| draws.factor(world.spec.cost_spread));
        Self {
            world,
            career,
            draws,
            factors,
        }
    }

    fn write(mut self, out: &mut Vec<CostRow>) {
        let first = out.len();
        let career = self.career;
        let places = career.places();
        for &(place, start, end) in &places {
            if place == Place::Hospital {
                let psychiatry =
                    career.class.psychiatric && self.draws.chance(cost::PSYCHIATRIC_STAYS);
                self.days(cost::hospital_day(psychiatry), start, end, out);
            } else if let Some(rate) = cost::place_day(place) {
                self.days(rate, start, end, out);
            }
        }
        for (start, end) in joined(&places, |place| cost::cash_day(place) > 0.0) {
            let rate = cost::cash_day(Place::Home);
            self.days((Category::CashBenefits, rate), start, end, out);
        }
        self.support(&places, out);
        if career.kind == Kind::Placed {
            let day = career.time_zero;
            self.days(
                (Category::Establishment, cost::ESTABLISHMENT),
                day,
                day + 1,
                out,
            );
        }
        out[first..].sort_by_key(|c| (c.start, c.category, c.payer));
    }

    fn support(&self, places: &[(Place, Day, Day)], out: &mut Vec<CostRow>) {
        let career = self.career;
        let care = if career.kind == Kind::Placed {
            Care::HousingFirst
        } else {
            Care::Usual
        };
        let rate = |day: Day| {
            let effects = self.world.model.effects();
            cost::support_day(effects, &career.class, care, day - career.time_zero)
        };
        for (start, end) in joined(places, cost::supported) {
            let mut from = start;
            let changes = cost::support_changes().map(|c| c + career.time_zero);
            for until in changes.into_iter().chain([end]) {
                let until = until.min(end);
                // Runs of one rate are written as one.
                if until <= from || (until < end && rate(until) == rate(from)) {
                    continue;
                }
                self.days((Category::Support, rate(from)), from, until, out);
                from = until;
            }
        }
    }

    /// Rows for the days `[start, end)`, a row for each year and payer.
    fn days(
        &self,
        (category, rate): (Category, f64),
        start: Day,
        end: Day,
        out: &mut Vec<CostRow>,
    ) {
        let base = cost::price_index(cost::base_year(self.world.window.end));
        let mut from = start;
        while from < end {
            let year = day::year(from);
            let until = end.min(day::new_year(year + 1));
            let prices = cost::price_index(year) / base;
            let amount = rate * f64::from(until - from) * self.factors[category as usize] * prices;
            for (payer, share) in category.payers() {
                // Whole kroner: the rounding is as often up as down.
                let amount = (amount * share).round();
                if amount > 0.0 {
                    out.push(CostRow {
                        person: self.career.number,
                        start: from,
                        end: until,
                        amount,
                        price_year: year,
                        category: category as u8,
                        payer: *payer as u8,
                    });
                }
            }
            from = until;
        }
    }
}

/// Neighbouring stretches at places that pass, joined.
fn joined(places: &[(Place, Day, Day)], pass: impl Fn(Place) -> bool) -> Vec<(Day, Day)> {
    let mut runs: Vec<(Day, Day)> = Vec::new();
    for &(place, start, end) in places.iter().filter(|(place, ..)| pass(*place)) {
        debug_assert!(place != Place::Dead);
        match runs.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => runs.push((start, end)),
        }
    }
    runs
}

/// The code of a payer index.
pub(crate) fn payer(index: u8) -> &'static str {
    Payer::ALL[index as usize].code()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    fn rows(spec: &Spec) -> (World, Rows) {
        let world = World::new(spec);
        let mut rows = Rows::default();
        for number in 0..spec.people {
            rows.add(&world, &world.person(number));
        }
        (world, rows)
    }

    #[test]
    fn stays_of_one_state_never_overlap_and_lie_in_the_window() {
        let (world, rows) = rows(&Spec::odense_like());
        for block in rows.stays.chunk_by(|a, b| a.person == b.person) {
            for (i, a) in block.iter().enumerate() {
                assert!(a.start < a.end && a.start >= world.window.start);
                assert!(a.end == NO_DAY || a.end < world.window.end);
                let clash = block[..i]
                    .iter()
                    .any(|b| b.state == a.state && a.start < b.end && b.start < a.end);
                assert!(!clash);
            }
        }
    }

    #[test]
    fn nobody_pays_or_stays_after_death() {
        let (_, rows) = rows(&Spec::odense_like());
        let death: Vec<Day> = rows.persons.iter().map(|p| p.death).collect();
        let stays = rows.stays.iter().map(|s| (s.person, s.end));
        let costs = rows.costs.iter().map(|c| (c.person, c.end));
        for (person, end) in stays.chain(costs) {
            assert!(end <= death[person as usize]);
        }
        assert!(death.iter().any(|d| *d != NO_DAY));
    }

    #[test]
    fn costs_lie_in_one_price_year_each_and_are_whole_kroner() {
        let (_, rows) = rows(&Spec::odense_like());
        for c in &rows.costs {
            assert!(c.start < c.end && c.amount > 0.0 && c.amount.fract() == 0.0);
            assert_eq!(day::year(c.start), c.price_year);
            assert_eq!(day::year(c.end - 1), c.price_year);
        }
    }

    #[test]
    fn every_placement_has_its_own_home_from_that_day() {
        let (_, rows) = rows(&Spec::odense_like());
        for p in rows.placements.iter().filter(|p| p.placed != NO_DAY) {
            let home = rows
                .stays
                .iter()
                .find(|s| s.person == p.person && s.dwelling == p.dwelling)
                .unwrap();
            assert_eq!(home.start, p.placed);
        }
    }
}
