//! The `services` table as indexed columns: use of services, not yet priced.
//!
//! What a row costs depends on its service's unit and day rule, which the
//! `prices` table has; so a row without a day in it is kept here (a service
//! counted by contact, or by day with both ends, can well start and end on
//! one day).

use super::context::Context;
use super::group::Grouped;
use super::group::group;
use super::index::labels;
use super::roster::{NOBODY, Roster};
use super::table::Table;
use crate::calendar::{Day, NEVER};
use crate::error::{Error, Result};

/// Parts of a unit that a quantity is kept in: whole millionths.
pub const QUANTITY_UNIT: i64 = 1_000_000;

/// Use of services, contiguous by person, by start, end and row within one.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// Where each person's rows begin; one longer than the number of people.
    pub offsets: Vec<usize>,
    /// First day.
    pub start: Vec<Day>,
    /// The day it ended, first no longer served; [`NEVER`] while ongoing.
    pub end: Vec<Day>,
    /// The day it was granted; its start where that is not given.
    pub granted: Vec<Day>,
    /// Index into `services`.
    pub service: Vec<u16>,
    /// Units over the spell in millionths ([`QUANTITY_UNIT`]); `None` where
    /// they follow from the days.
    pub quantity: Vec<Option<i64>>,
    /// The services, in alphabetical order.
    pub services: Vec<String>,
}

/// Indexes the table, where it was given.
///
/// # Errors
/// [`Error::Table`] for a quantity too large to count.
pub(super) fn services(context: &Context, roster: &Roster) -> Result<Option<Services>> {
    let table = Table::Services;
    let (Some(person), Some(start), Some(service)) = (
        context.people(table),
        context.days(table, "start"),
        context.labels(table, "service"),
    ) else {
        return Ok(None);
    };
    let rows = person.len();
    let days = |column: &str| -> Vec<Day> {
        match context.days(table, column) {
            Some(days) => days.iter().map(|d| d.unwrap_or(NEVER)).collect(),
            None => vec![NEVER; rows],
        }
    };
    let first: Vec<Day> = start.iter().map(|d| d.unwrap_or(NEVER)).collect();
    let (last, granted) = (days("end"), days("granted_on"));
    let (service, services) = labels(Some(service), rows);
    let quantity = match context.numbers(table, "quantity") {
        None => vec![None; rows],
        Some(given) => given
            .iter()
            .map(|q| q.map(millionths).transpose())
            .collect::<Result<_>>()?,
    };
    let granted_at = |i: usize| {
        if granted[i] == NEVER {
            first[i]
        } else {
            granted[i]
        }
    };
    let key = |row: u32| {
        let i = row as usize;
        (first[i], last[i], service[i], quantity[i], granted_at(i))
    };
    let Grouped { order, offsets } = group(person, roster.len(), |row| {
        person[row] != NOBODY && first[row] != NEVER && first[row] <= last[row]
    })
    .sorted(key);
    let at = |row: &u32| *row as usize;
    Ok(Some(Services {
        start: order.iter().map(|r| first[at(r)]).collect(),
        end: order.iter().map(|r| last[at(r)]).collect(),
        granted: order.iter().map(|r| granted_at(at(r))).collect(),
        service: order.iter().map(|r| service[at(r)]).collect(),
        quantity: order.iter().map(|r| quantity[at(r)]).collect(),
        offsets,
        services,
    }))
}

fn millionths(quantity: f64) -> Result<i64> {
    let scaled = (quantity * QUANTITY_UNIT as f64).round();
    if scaled.is_finite() && scaled.abs() < 9e15 {
        return Ok(scaled as i64);
    }
    Err(Error::table(
        Table::Services.name(),
        Some("quantity"),
        "has a value over nine billion in at least one row",
        "give units of the service, such as nights or contacts",
    ))
}
