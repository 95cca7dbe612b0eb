//! Expected costs by year, from chances and daily rates.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chances::{After, Before, traits};
use super::{Chances, YEARS};
use crate::career::World;
use crate::cost::{self, Category};
use crate::day::Day;
use crate::model::{Care, Class, Method};
use crate::place::Spot;

/// Expected cost of a placed person in one year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct YearCost {
    /// Years from the year of placement.
    pub year: i32,
    /// Share of people for whom the whole year lies within the data.
    pub observed: f64,
    /// DKK per person placed, in fixed prices; the dead cost nothing.
    pub mean_per_person: f64,
    /// Person-years alive, adult and not emigrated, per person placed.
    pub person_years: f64,
    /// DKK per person-year.
    pub mean_per_person_year: f64,
    /// [`mean_per_person`](Self::mean_per_person) by category.
    pub by_category: BTreeMap<&'static str, f64>,
    /// [`mean_per_person`](Self::mean_per_person) by payer.
    pub by_payer: BTreeMap<&'static str, f64>,
}

/// Expected cost of every day relative to placement, summed up.
pub(super) struct Costs<'a> {
    world: &'a World,
    /// The first relative day.
    first: i32,
    /// By relative day from `first`: expected costs and presence before that day.
    sums: Vec<([f64; Category::COUNT], f64)>,
}

impl<'a> Costs<'a> {
    /// Of those placed.
    pub(super) fn new(world: &'a World, before: &Before, after: &After) -> Self {
        Self::under(world, before, &after.days, Care::HousingFirst)
    }

    /// What the same people would cost had they not been placed: usual care
    /// from the day that placement would have been.
    pub(super) fn usual_care(world: &'a World, before: &Before, after: &After) -> Self {
        Self::under(world, before, &after.usual_days, Care::Usual)
    }

    fn under<const N: usize>(
        world: &'a World,
        before: &Before,
        after: &[[Chances; N]],
        care: Care,
    ) -> Self {
        let first = 1 - before.days.len() as i32;
        let mut sums = vec![([0.0; Category::COUNT], 0.0)];
        let mut rates = [0.0; Category::COUNT];
        for day in first..after.len() as i32 {
            let (mut costs, mut present) = sums[sums.len() - 1];
            let groups: &[Chances] = if day < 0 {
                &before.days[-day as usize]
            } else {
                &after[day as usize]
            };
            let adults = if day < 0 { Before::adults(-day) } else { 1.0 };
            for (g, chances) in groups.iter().enumerate() {
                // Before placement the groups differ by diagnosis only.
                let class = Class {
                    method: Method::ALL[g / 2],
                    psychiatric: g % 2 == 1,
                    ..traits(1.0)[0].0
                };
                for spot in Spot::all() {
                    let chance = chances[spot.index()] * adults;
                    if chance > 0.0 {
                        let place = spot.place();
                        present += chance * f64::from(u8::from(cost::supported(place)));
                        cost::expected_day(&world.model, &class, care, place, day, &mut rates);
                        for (sum, rate) in costs.iter_mut().zip(rates) {
                            *sum += chance * rate;
                        }
                    }
                }
            }
            sums.push((costs, present));
        }
        Self { world, first, sums }
    }

    /// Averages over placement days of the years whose relative days are `span`.
    pub(super) fn by_year(&self, span: impl Fn(Day, i32) -> std::ops::Range<i32>) -> Vec<YearCost> {
        let window = self.world.window;
        let all = f64::from(window.placed_until - window.placed_from);
        let mut years = Vec::new();
        for year in -YEARS..=YEARS {
            let (mut costs, mut present, mut days) = ([0.0; Category::COUNT], 0.0, 0.0);
            for placed in window.placed_from..window.placed_until {
                let span = span(placed, year);
                let last = self.first + self.sums.len() as i32 - 1;
                let seen = placed + span.start >= window.start && placed + span.end <= window.end;
                if !seen || span.start < self.first || span.end > last {
                    continue;
                }
                let at = |day: i32| &self.sums[(day - self.first) as usize];
                let (start, end) = (at(span.start), at(span.end));
                for (sum, (a, b)) in costs.iter_mut().zip(start.0.iter().zip(&end.0)) {
                    *sum += b - a;
                }
                present += (end.1 - start.1) / f64::from(span.end - span.start);
                days += 1.0;
            }
            if days > 0.0 {
                years.push(YearCost::new(
                    year,
                    days / all,
                    costs.map(|c| c / days),
                    present / days,
                ));
            }
        }
        years
    }
}

/// What placement does to the cost of one year, and what a plain before/after
/// would take it for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct YearEffect {
    /// Years from the year of placement.
    pub year: i32,
    /// DKK per person placed.
    pub placed: f64,
    /// DKK per person, had the same people not been placed.
    pub usual_care: f64,
    /// The difference: the effect.
    pub effect: f64,
    /// The cost of the placed less that of their year −1.
    pub before_after: f64,
}

impl YearEffect {
    /// Effects from year −1 on, from costs of the same years under either.
    pub(super) fn of(placed: &[YearCost], usual: &[YearCost]) -> Vec<Self> {
        let at = |costs: &[YearCost], year: i32| {
            let found = costs.iter().find(|c| c.year == year);
            found.map(|c| c.mean_per_person)
        };
        let Some(before) = at(placed, -1) else {
            return Vec::new();
        };
        (-1..=YEARS)
            .filter_map(|year| {
                let (placed, usual_care) = (at(placed, year)?, at(usual, year)?);
                Some(Self {
                    year,
                    placed,
                    usual_care,
                    effect: placed - usual_care,
                    before_after: placed - before,
                })
            })
            .collect()
    }
}

impl YearCost {
    fn new(year: i32, observed: f64, costs: [f64; Category::COUNT], person_years: f64) -> Self {
        let mean_per_person: f64 = costs.iter().sum();
        let mut by_payer = BTreeMap::new();
        for (category, cost) in Category::ALL.into_iter().zip(costs) {
            for (payer, share) in category.payers() {
                *by_payer.entry(payer.code()).or_insert(0.0) += cost * share;
            }
        }
        Self {
            year,
            observed,
            mean_per_person,
            person_years,
            mean_per_person_year: mean_per_person / person_years,
            by_category: Category::ALL
                .into_iter()
                .zip(costs)
                .map(|(category, cost)| (category.code(), cost))
                .collect(),
            by_payer,
        }
    }
}
