//! The planted truth: what an estimator should find, computed from the model.
//!
//! The chains of [`crate::model`] are pushed forward (and, before placement,
//! backward) a day at a time for every combination of traits, and averaged with
//! the probabilities the traits are drawn by. Averages over placement days use
//! every day a placement can fall on, with its own anniversaries, so 29 February
//! and months of 28 to 31 days are in the truth too. Nothing is simulated: the
//! figures are exact but for rounding in floating-point arithmetic.
//!
//! Only people whose horizon (or whole relative year) lies within the data
//! count, as in an analysis that needs no censoring. Since the model does not
//! change with the calendar, the same figures are what a correct treatment of
//! censoring estimates.

mod chain;
mod chances;
mod costs;
mod retention;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::career::World;
use crate::cost;
use crate::day;
use crate::error::Result;
use crate::model::Method;
use crate::place::Spot;
use crate::spec::Spec;

use chances::{After, Before, PlacementDays};
use costs::Costs;
pub use costs::{YearCost, YearEffect};
pub use retention::Retention;

/// Months after time zero at which retention is given.
const HORIZONS: [i32; 6] = [6, 12, 24, 36, 48, 60];

/// Chance of each state of the chain.
type Chances = [f64; Spot::COUNT];

/// Costs are given for so many years either side of placement.
const YEARS: i32 = 5;

/// The truth of a spec: retention, costs by relative year, municipal effects.
///
/// ```
/// use boligspor_synth::{Spec, Truth};
/// let truth = Truth::of(&Spec::odense_like())?;
/// let three_years = truth.placed.iter().find(|r| r.horizon_months == 36).unwrap();
/// assert!((0.75..0.85).contains(&three_years.any_dwelling_of_living));
/// # Ok::<(), boligspor_synth::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// Always true: nothing here describes real people or places.
    pub synthetic: bool,
    /// The year whose prices all costs are in.
    pub price_year: i32,
    /// Retention of the placed, counted from placement.
    pub placed: Vec<Retention>,
    /// Retention of the placed by support method, from placement: methods differ
    /// in their hazards, and in the municipalities that use them.
    pub placed_by_method: BTreeMap<&'static str, Vec<Retention>>,
    /// Retention of all enrolled, placed or never placed, from enrolment.
    pub enrolled: Vec<Retention>,
    /// Costs of the placed by year counted from placement: year 0 begins on the
    /// day of placement, year −1 ends the day before it.
    pub costs_by_relative_year: Vec<YearCost>,
    /// Costs of the placed by calendar year, 0 being the year of placement.
    pub costs_by_calendar_year: Vec<YearCost>,
    /// What placement does to costs by relative year, against usual care of the
    /// same people; and what a plain before/after would find.
    pub cost_effects_by_relative_year: Vec<YearEffect>,
    /// The municipalities' planted effects.
    pub municipalities: Vec<MunicipalTruth>,
}

/// A municipality's planted effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MunicipalTruth {
    /// The code.
    pub municipality: String,
    /// Share of the register's people.
    pub share_of_people: f64,
    /// How far Housing First is implemented: `strong`, `partial` or `limited`.
    pub status: &'static str,
    /// Hazard ratio of losing the home, other things equal.
    pub hazard_ratio: f64,
    /// Share in any dwelling at each horizon, of those alive.
    pub any_dwelling_of_living: BTreeMap<i32, f64>,
    /// Share dead or not in a dwelling at each horizon, of those placed.
    pub not_in_dwelling: BTreeMap<i32, f64>,
}

impl Truth {
    /// Computes the truth of a spec.
    ///
    /// Takes milliseconds for one municipality and seconds for a country.
    ///
    /// # Errors
    /// [`Error::Spec`](crate::Error::Spec) where the spec is out of range.
    pub fn of(spec: &Spec) -> Result<Self> {
        spec.check()?;
        Ok(Self::compute(&World::new(spec)))
    }

    pub(crate) fn compute(world: &World) -> Self {
        let placed_days = PlacementDays::new(world);
        let after = After::compute(world, &placed_days);
        let before = Before::compute(world);
        let costs = Costs::new(world, &before, &after);
        let relative = |placed: day::Day, year: i32| {
            let months = |years: i32| day::add_months(placed, 12 * years) - placed;
            months(year)..months(year + 1)
        };
        let by_relative_year = costs.by_year(relative);
        let usual = Costs::usual_care(world, &before, &after).by_year(relative);
        Self {
            synthetic: true,
            price_year: cost::base_year(world.window.end),
            placed: placed_days.retention(&after.placed),
            placed_by_method: Method::ALL
                .into_iter()
                .map(|method| (method.code(), placed_days.retention(&after.with(method))))
                .collect(),
            enrolled: retention::enrolled(world, &before, &after),
            cost_effects_by_relative_year: YearEffect::of(&by_relative_year, &usual),
            costs_by_relative_year: by_relative_year,
            costs_by_calendar_year: costs.by_year(|placed, year| {
                let first = day::year(placed) + year;
                day::new_year(first) - placed..day::new_year(first + 1) - placed
            }),
            municipalities: after
                .municipalities
                .iter()
                .zip(world.country.list.iter().zip(&world.country.shares))
                .map(|(at, (m, share))| MunicipalTruth {
                    municipality: format!("{:03}", m.code),
                    share_of_people: *share,
                    status: m.status.code(),
                    hazard_ratio: m.hazard,
                    any_dwelling_of_living: placed_days
                        .lengths
                        .iter()
                        .map(|(h, lengths)| (*h, at.mix(lengths).any_dwelling_of_living()))
                        .collect(),
                    not_in_dwelling: placed_days
                        .lengths
                        .iter()
                        .map(|(h, lengths)| (*h, 1.0 - at.mix(lengths).any_dwelling()))
                        .collect(),
                })
                .collect(),
        }
    }

    /// The truth as JSON, as written to `truth.json`.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
