//! The shelter register (§110): admissions and discharges to stays.
//!
//! What is known of its traps, and the rule for each
//! ([`ShelterOptions`]): Statistics Denmark puts a missing counterpart in on the
//! next day; institutions check everybody in again on 1 January; stay types
//! came in 2021 and went again; the newest year's stays are open because their
//! discharge has not been reported yet.

mod rules;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::super::deliveries::{ImportLog, Kind};
use super::options::{OneDay, ShelterOptions};
use super::stay::Stay;
use crate::calendar::{self, Day};
use crate::state::State;
use rules::Cleaning;

const NAME: &str = Kind::Shelter.name();

/// A row of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Admission {
    pub(super) person: u32,
    pub(super) admitted: Day,
    /// [`NEVER`] where there is no discharge.
    pub(super) discharged: Day,
    /// The last day on which a row says that the person was there: a check-in.
    pub(super) seen: Day,
    pub(super) stay_type: Option<String>,
    /// [`NO_ID`] where it is not known.
    pub(super) institution: u32,
    pub(super) municipality: u16,
    /// The delivery's place in time.
    pub(super) order: u32,
    pub(super) state: State,
}

/// Nights and persons of a year, before and after the cleaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The year.
    pub year: i32,
    /// Nights in the rows as delivered, open ones until the end of data.
    pub nights_before: i64,
    /// Nights in the stays.
    pub nights_after: i64,
    /// Persons with a night before.
    pub persons_before: usize,
    /// Persons with a night after.
    pub persons_after: usize,
}

/// Nights and persons after each rule, in the order of the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The rule; `delivered` for the rows as they came.
    pub rule: String,
    /// Rows left.
    pub rows: usize,
    /// Nights left.
    pub nights: i64,
    /// Persons left.
    pub persons: usize,
}

/// What a cleaning gives.
#[derive(Debug)]
pub(super) struct Cleaned {
    pub(super) stays: Vec<Stay>,
    pub(super) effects: Vec<Effect>,
    pub(super) steps: Vec<Step>,
}

/// Cleans the register. `until` is the first day no longer observed.
pub(super) fn clean(
    rows: Vec<Admission>,
    options: &ShelterOptions,
    until: Day,
    log: &mut ImportLog,
) -> Cleaned {
    let mut years: BTreeMap<i32, Effect> = BTreeMap::new();
    by_year(&rows, until, &mut years, |e, nights| {
        e.nights_before += nights;
        e.persons_before += 1;
    });
    let mut c = Cleaning::new(rows, until, log);
    c.step("delivered");
    c.sort();
    if options.repeated {
        c.repeated();
        c.step("repeated");
    }
    if options.reversed {
        c.leave_out("reversed", "discharged before admitted; left out", |r| {
            r.discharged < r.admitted
        });
        c.step("reversed");
    }
    c.stay_types(options);
    c.step("stay_types");
    if options.technical_check_ins {
        c.technical_check_ins();
        c.step("technical_check_ins");
    }
    if options.one_day_stays != OneDay::Keep {
        c.one_day(options.one_day_stays, options.one_day_gap as Day);
        c.step("one_day_stays");
    }
    if options.inserted_admissions {
        c.inserted_admissions();
        c.step("inserted_admissions");
    }
    if options.missing_discharges {
        c.missing_discharges(options.longest_open as Day, options.open_stays);
        c.step("missing_discharges");
    }
    if options.overlaps {
        c.overlaps();
        c.step("overlaps");
    }
    if options.no_night {
        c.leave_out("no_night", "left on the day of arrival; left out", |r| {
            r.discharged == r.admitted
        });
        c.step("no_night");
    }
    by_year(&c.rows, until, &mut years, |e, nights| {
        e.nights_after += nights;
        e.persons_after += 1;
    });
    let stay = |r: &Admission| {
        Stay::new(r.person, r.admitted, r.discharged, r.state, NAME).at(r.municipality)
    };
    Cleaned {
        stays: c.rows.iter().map(stay).collect(),
        effects: years.into_values().collect(),
        steps: c.steps,
    }
}

/// Adds, once for each person and year with a night, the nights in it.
fn by_year(
    rows: &[Admission],
    until: Day,
    years: &mut BTreeMap<i32, Effect>,
    mut add: impl FnMut(&mut Effect, i64),
) {
    let mut sums: Vec<(i32, u32, i64)> = Vec::with_capacity(rows.len());
    for row in rows {
        let end = row.discharged.min(until);
        let mut day = row.admitted;
        while day < end {
            let year = calendar::civil(day).year;
            let next = calendar::day(year + 1, 1, 1).min(end);
            sums.push((year, row.person, i64::from(next - day)));
            day = next;
        }
    }
    sums.par_sort_unstable();
    for one in sums.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let year = one[0].0;
        let effect = years.entry(year).or_insert(Effect {
            year,
            ..Effect::default()
        });
        add(effect, one.iter().map(|(.., nights)| nights).sum());
    }
}

#[cfg(test)]
mod tests;
