//! Errors to plant in a clean register, each switchable and counted.
//!
//! A person gets at most one kind of error, so that what was planted can be
//! compared with what a check finds. A kind can ask for a row the person does
//! not have (a death, say); then nothing is planted and nothing is counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::career::{Career, World};
use crate::day::Day;
use crate::error::{Error, Result};
use crate::place::Place;
use crate::random::{Draws, Purpose};
use crate::rows::{BAD_STATE, NO_DAY, NO_ID, Rows, StayRow};
use crate::spec;

/// Added to a person's number to make an identifier that nobody has.
const ORPHAN: u64 = 1 << 36;

/// 9999-12-31, which registers write for "no end".
const SENTINEL: Day = 2_932_896;

/// The code of no municipality.
const BAD_MUNICIPALITY: u16 = 999;

/// Which errors to plant: shares of people affected, 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dirt {
    /// A second stay in the same state that overlaps the first.
    pub overlaps: f64,
    /// A stay that ends ten days too early and leaves a hole.
    pub gaps: f64,
    /// A stay delivered twice.
    pub duplicates: f64,
    /// A stay that begins after the end of observation.
    pub late_deliveries: f64,
    /// A stay whose start and end are swapped.
    pub reversed_dates: f64,
    /// A stay that ends on the day it starts.
    pub zero_length: f64,
    /// An ongoing stay that ends on 9999-12-31 instead of having no end.
    pub sentinel_dates: f64,
    /// A stay of someone who is not in `persons`.
    pub orphans: f64,
    /// A stay without a person.
    pub null_persons: f64,
    /// A state no contract knows, `barracks`.
    pub unknown_states: f64,
    /// The municipality code `999`.
    pub unknown_municipalities: f64,
    /// A shelter stay that begins 40 days after death.
    pub after_death: f64,
    /// A shelter stay in the year before birth.
    pub before_birth: f64,
    /// A negative cost.
    pub negative_costs: f64,
    /// A person delivered twice in `persons`.
    pub duplicate_persons: f64,
    /// An enrolment 30 days after placement.
    pub late_enrolments: f64,
    /// A placement delivered twice.
    pub repeated_placements: f64,
    /// A placement whose dwelling stay is missing.
    pub missing_homes: f64,
    /// A year whose costs are all a hundredfold (øre for kroner).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_jump_year: Option<i32>,
}

/// How many errors of each kind were planted, by the name of the [`Dirt`] field.
pub type Planted = BTreeMap<&'static str, u64>;

/// A kind of error: its name, and the share of people affected.
type Kind = (&'static str, fn(&Dirt) -> f64);

/// The kinds that are planted by person.
const KINDS: [Kind; 18] = [
    ("overlaps", |d| d.overlaps),
    ("gaps", |d| d.gaps),
    ("duplicates", |d| d.duplicates),
    ("late_deliveries", |d| d.late_deliveries),
    ("reversed_dates", |d| d.reversed_dates),
    ("zero_length", |d| d.zero_length),
    ("sentinel_dates", |d| d.sentinel_dates),
    ("orphans", |d| d.orphans),
    ("null_persons", |d| d.null_persons),
    ("unknown_states", |d| d.unknown_states),
    ("unknown_municipalities", |d| d.unknown_municipalities),
    ("after_death", |d| d.after_death),
    ("before_birth", |d| d.before_birth),
    ("negative_costs", |d| d.negative_costs),
    ("duplicate_persons", |d| d.duplicate_persons),
    ("late_enrolments", |d| d.late_enrolments),
    ("repeated_placements", |d| d.repeated_placements),
    ("missing_homes", |d| d.missing_homes),
];

impl Dirt {
    /// Two per cent of people with each kind of error; no cost jump.
    ///
    /// ```
    /// use boligspor_synth::{Dirt, Spec, generate};
    /// let spec = Spec { dirt: Dirt::everything(), ..Spec::odense_like() };
    /// let registers = generate(&spec)?;
    /// assert!(registers.planted["duplicates"] > 0);
    /// # Ok::<(), boligspor_synth::Error>(())
    /// ```
    pub fn everything() -> Self {
        Self {
            overlaps: 0.02,
            gaps: 0.02,
            duplicates: 0.02,
            late_deliveries: 0.02,
            reversed_dates: 0.02,
            zero_length: 0.02,
            sentinel_dates: 0.02,
            orphans: 0.02,
            null_persons: 0.02,
            unknown_states: 0.02,
            unknown_municipalities: 0.02,
            after_death: 0.02,
            before_birth: 0.02,
            negative_costs: 0.02,
            duplicate_persons: 0.02,
            late_enrolments: 0.02,
            repeated_placements: 0.02,
            missing_homes: 0.02,
            cost_jump_year: None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        for (name, rate) in KINDS {
            spec::share(name, rate(self))?;
        }
        if KINDS.iter().map(|(_, rate)| rate(self)).sum::<f64>() > 1.0 + 1e-9 {
            return Err(Error::spec(
                "dirt",
                "has shares that sum to more than 1",
                "lower them: a person gets at most one kind of error",
            ));
        }
        Ok(())
    }

    fn by_person(&self) -> bool {
        KINDS.iter().any(|(_, rate)| rate(self) > 0.0)
    }
}

/// Where a person's rows begin in a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    placements: usize,
    stays: usize,
    costs: usize,
}

impl Mark {
    pub(crate) fn new(rows: &Rows) -> Self {
        Self {
            placements: rows.placements.len(),
            stays: rows.stays.len(),
            costs: rows.costs.len(),
        }
    }
}

/// Plants the spec's errors in one person's rows, those after `mark`.
pub(crate) fn plant(
    world: &World,
    career: &Career,
    rows: &mut Rows,
    mark: Mark,
    planted: &mut Planted,
) {
    let dirt = &world.spec.dirt;
    if let Some(year) = dirt.cost_jump_year {
        let costs = rows.costs[mark.costs..].iter_mut();
        let jumped = costs
            .filter(|c| c.price_year == year)
            .map(|c| c.amount *= 100.0)
            .count();
        *planted.entry("cost_jump_year").or_default() += jumped as u64;
    }
    if !dirt.by_person() {
        return;
    }
    let mut draws = world.source.stream(career.number, Purpose::Dirt);
    let mut left = draws.uniform();
    let chosen = KINDS.iter().find(|(_, rate)| {
        left -= rate(dirt);
        left < 0.0
    });
    if let Some((kind, _)) = chosen
        && one(kind, world, career, rows, mark, &mut draws).is_some()
    {
        *planted.entry(kind).or_default() += 1;
    }
}

/// Plants one error; `None` where the person has no row for it.
fn one(
    kind: &str,
    world: &World,
    career: &Career,
    rows: &mut Rows,
    mark: Mark,
    draws: &mut Draws,
) -> Option<()> {
    let Rows {
        persons,
        placements,
        stays,
        costs,
    } = rows;
    // One of the person's stays that passes, drawn evenly.
    let mut choose = |stays: &[StayRow], pass: fn(&StayRow) -> bool| {
        let fit: Vec<usize> = (mark.stays..stays.len())
            .filter(|i| pass(&stays[*i]))
            .collect();
        (!fit.is_empty()).then(|| fit[draws.between(0, fit.len() as i32) as usize])
    };
    let shelter = |start: Day, end: Day| StayRow {
        person: career.number,
        start,
        end,
        dwelling: NO_ID,
        municipality: world.country.list[career.municipality].code,
        state: Place::Shelter as u8,
        source: Place::Shelter as u8,
    };
    let closed = |s: &StayRow| s.end != NO_DAY;
    let long = |s: &StayRow| s.end != NO_DAY && s.end - s.start > 20;
    match kind {
        "overlaps" => {
            let i = choose(stays, long)?;
            let twin = StayRow {
                start: stays[i].start + 5,
                end: stays[i].end - 5,
                ..stays[i]
            };
            stays.insert(i + 1, twin);
        }
        "gaps" => {
            let i = choose(stays, long)?;
            stays[i].end -= 10;
        }
        "duplicates" => {
            let i = choose(stays, |_| true)?;
            stays.insert(i + 1, stays[i]);
        }
        "late_deliveries" => stays.push(shelter(world.window.end + 30, NO_DAY)),
        "reversed_dates" => {
            let i = choose(stays, closed)?;
            let StayRow { start, end, .. } = stays[i];
            (stays[i].start, stays[i].end) = (end, start);
        }
        "zero_length" => {
            let i = choose(stays, closed)?;
            stays[i].end = stays[i].start;
        }
        "sentinel_dates" => {
            let i = choose(stays, |s| s.end == NO_DAY)?;
            stays[i].end = SENTINEL;
        }
        "orphans" => {
            let i = choose(stays, |_| true)?;
            let orphan = StayRow {
                person: ORPHAN + career.number,
                ..stays[i]
            };
            stays.push(orphan);
        }
        "null_persons" => {
            let i = choose(stays, |_| true)?;
            let nobody = StayRow {
                person: NO_ID,
                ..stays[i]
            };
            stays.push(nobody);
        }
        "unknown_states" => {
            let i = choose(stays, |s| s.dwelling == NO_ID)?;
            stays[i].state = BAD_STATE;
        }
        "unknown_municipalities" => {
            let i = choose(stays, |s| s.municipality != 0)?;
            stays[i].municipality = BAD_MUNICIPALITY;
        }
        "after_death" => {
            let start = career.death? + 40;
            // In the data, that is, before the end of observation.
            (start + 20 < world.window.end).then_some(())?;
            stays.push(shelter(start, start + 20));
        }
        "before_birth" => stays.insert(mark.stays, shelter(career.birth - 200, career.birth - 190)),
        "negative_costs" => {
            let cost = costs[mark.costs..].first_mut()?;
            cost.amount = -cost.amount;
        }
        "duplicate_persons" => persons.push(*persons.last()?),
        "late_enrolments" => {
            let placement = placements[mark.placements..].last_mut()?;
            (placement.placed != NO_DAY).then_some(())?;
            placement.enrolled = placement.placed + 30;
        }
        "repeated_placements" => {
            let placement = *placements[mark.placements..].last()?;
            (placement.placed != NO_DAY).then_some(())?;
            placements.push(placement);
        }
        "missing_homes" => {
            let home = placements[mark.placements..].last()?.dwelling;
            let i =
                (mark.stays..stays.len()).find(|i| home != NO_ID && stays[*i].dwelling == home)?;
            stays.remove(i);
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    fn make(dirt: Dirt) -> (Rows, Planted) {
        let spec = Spec {
            people: 3_000,
            dirt,
            ..Spec::odense_like()
        };
        spec.check().unwrap();
        let world = World::new(&spec);
        let (mut rows, mut planted) = (Rows::default(), Planted::new());
        for number in 0..spec.people {
            let career = world.person(number);
            let mark = Mark::new(&rows);
            rows.add(&world, &career);
            plant(&world, &career, &mut rows, mark, &mut planted);
        }
        (rows, planted)
    }

    #[test]
    fn the_sentinel_is_the_last_day_of_9999() {
        assert_eq!(crate::day::date(SENTINEL).to_string(), "9999-12-31");
    }

    #[test]
    fn each_kind_is_planted_as_often_as_it_says() {
        let (clean, none) = make(Dirt::default());
        assert!(none.is_empty());
        let (dirty, planted) = make(Dirt::everything());
        assert_eq!(planted.len(), KINDS.len(), "{planted:?}");
        let count =
            |pass: fn(&StayRow) -> bool| dirty.stays.iter().filter(|s| pass(s)).count() as u64;
        assert_eq!(count(|s| s.end < s.start), planted["reversed_dates"]);
        assert_eq!(count(|s| s.end == s.start), planted["zero_length"]);
        assert_eq!(count(|s| s.end == SENTINEL), planted["sentinel_dates"]);
        assert_eq!(count(|s| s.state == BAD_STATE), planted["unknown_states"]);
        assert_eq!(
            count(|s| s.municipality == BAD_MUNICIPALITY),
            planted["unknown_municipalities"]
        );
        assert_eq!(count(|s| s.person == NO_ID), planted["null_persons"]);
        assert_eq!(
            count(|s| s.person != NO_ID && s.person >= ORPHAN),
            planted["orphans"]
        );
        let negative = dirty.costs.iter().filter(|c| c.amount < 0.0).count() as u64;
        assert_eq!(negative, planted["negative_costs"]);
        let more = (dirty.persons.len() - clean.persons.len()) as u64;
        assert_eq!(more, planted["duplicate_persons"]);
        let more = (dirty.placements.len() - clean.placements.len()) as u64;
        assert_eq!(more, planted["repeated_placements"]);
    }

    #[test]
    fn a_cost_jump_multiplies_one_year_and_no_other() {
        let (clean, _) = make(Dirt::default());
        let (dirty, planted) = make(Dirt {
            cost_jump_year: Some(2015),
            ..Dirt::default()
        });
        let mut jumped = 0;
        for (a, b) in clean.costs.iter().zip(&dirty.costs) {
            let factor = if a.price_year == 2015 { 100.0 } else { 1.0 };
            assert_eq!(b.amount, a.amount * factor);
            jumped += u64::from(factor > 1.0);
        }
        assert_eq!(planted["cost_jump_year"], jumped);
    }

    #[test]
    fn shares_over_one_are_refused() {
        let dirt = Dirt {
            gaps: 0.6,
            duplicates: 0.6,
            ..Dirt::default()
        };
        assert!(
            dirt.check()
                .unwrap_err()
                .to_string()
                .contains("sum to more than 1")
        );
    }
}
