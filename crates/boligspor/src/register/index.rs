//! From typed tables to indexed columns: contiguous by person, by counting
//! sort, so that the work is linear in the rows and the memory a small
//! multiple of them.
//!
//! Rows that no rule could accept are left out here whatever the checks'
//! options say: those without a person of the roster, without a start, or
//! with no day in them.

use polars::prelude::Series;
use rayon::prelude::*;

use super::coded::Coded;
use super::columns::{Costs, NO_DWELLING, People, Placements, Stays};
use super::context::{Context, far_future, far_past, or_never};
use super::group::{Grouped, group};
use super::options::Duplicates;
use super::roster::{NOBODY, Roster, index_of};
use super::table::Table;
use crate::calendar::{Day, NEVER, civil};
use crate::state::State;

/// The dwelling of each row of `placements` and `stays`, and how many there are.
pub(super) struct Dwellings {
    placements: Option<Vec<u32>>,
    stays: Option<Vec<u32>>,
    pub(super) count: usize,
}

impl Dwellings {
    pub(super) fn new(context: &Context) -> Self {
        // "Nobody" and "no dwelling" are the same number.
        const { assert!(NOBODY == NO_DWELLING) };
        let column = |table| context.table(table).and_then(|t| t.series("dwelling"));
        let (placements, stays) = (column(Table::Placements), column(Table::Stays));
        let given: Vec<&Series> = [placements, stays].into_iter().flatten().collect();
        let (index, _) = index_of(&given);
        Self {
            placements: placements.map(|s| index.link(s)),
            stays: stays.map(|s| index.link(s)),
            count: index.len(),
        }
    }
}

pub(super) fn people(context: &Context, roster: &Roster) -> People {
    let days = |column| {
        context
            .of_person(column)
            .unwrap_or_else(|| vec![None; roster.len()])
    };
    People {
        birth: days("birth_date")
            .into_iter()
            .map(|day| or_never(day.filter(|d| *d > far_past())))
            .collect(),
        death: days("death_date").into_iter().map(or_never).collect(),
        row: roster.row.clone(),
    }
}

pub(super) fn placements(context: &Context) -> Placements {
    let (Some(person), Some(placed)) = (
        context.people(Table::Placements),
        context.days(Table::Placements, "placed_on"),
    ) else {
        return Placements::default();
    };
    let enrolled = context.days(Table::Placements, "enrolled_on");
    let dwellings = context.dwellings().placements.as_ref();
    let dwelling = |row: u32| dwellings.map_or(NO_DWELLING, |d| d[row as usize]);
    let mut rows: Vec<(u32, Day, Day, u32)> = (0..person.len())
        .filter(|&row| person[row] != NOBODY)
        .map(|row| {
            let enrolled = or_never(enrolled.and_then(|d| d.get(row)));
            (person[row], or_never(placed.get(row)), enrolled, row as u32)
        })
        .collect();
    rows.par_sort_unstable();
    Placements {
        person: rows.iter().map(|r| r.0).collect(),
        placed_on: rows.iter().map(|r| r.1).collect(),
        enrolled_on: rows.iter().map(|r| r.2).collect(),
        dwelling: rows.iter().map(|r| dwelling(r.3)).collect(),
        row: rows.iter().map(|r| r.3).collect(),
    }
}

/// The stays' columns, row by row.
pub(super) struct StayColumns {
    pub(super) start: Vec<Day>,
    /// [`NEVER`] where ongoing.
    pub(super) end: Vec<Day>,
    pub(super) state: Vec<State>,
    pub(super) dwelling: Vec<u32>,
}

impl StayColumns {
    pub(super) fn new(context: &Context) -> Option<Self> {
        let table = Table::Stays;
        let (start, state) = (
            context.days(table, "start")?,
            context.labels(table, "state")?,
        );
        let rows = start.len();
        Some(Self {
            start: start.iter().map(|d| d.unwrap_or(NEVER)).collect(),
            end: match context.days(table, "end") {
                Some(end) => end.iter().map(or_never).collect(),
                None => vec![NEVER; rows],
            },
            state: state.each(|code| State::from_code(code).unwrap_or(State::Unknown)),
            dwelling: context
                .dwellings()
                .stays
                .clone()
                .unwrap_or_else(|| vec![NO_DWELLING; rows]),
        })
    }

    /// The rows that hold a day, by person, then by all that they say: in an
    /// order that does not depend on the rows'.
    pub(super) fn grouped(&self, person: &[u32], people: usize) -> Grouped {
        let key = |row: u32| {
            let i = row as usize;
            (
                self.start[i],
                self.end[i],
                self.state[i] as u8,
                self.dwelling[i],
            )
        };
        let holds = |row: usize| self.start[row] < self.end[row] && self.start[row] < far_future();
        group(person, people, holds).sorted(key)
    }
}

pub(super) fn stays(context: &Context, roster: &Roster) -> Stays {
    let Some((columns, grouped)) = context.stays() else {
        return Stays {
            offsets: vec![0; roster.len() + 1],
            ..Stays::default()
        };
    };
    let StayColumns {
        start,
        end,
        state,
        dwelling,
    } = columns;
    let (source, sources) = labels(context.labels(Table::Stays, "source"), start.len());
    let key = |row: u32| {
        let i = row as usize;
        (start[i], end[i], state[i] as u8, dwelling[i], source[i])
    };
    let Grouped { order, offsets } = in_order(grouped, &sources, key).without_repeats(key);
    let at = |row: &u32| *row as usize;
    Stays {
        start: order.par_iter().map(|r| start[at(r)]).collect(),
        end: order.par_iter().map(|r| end[at(r)]).collect(),
        state: order.par_iter().map(|r| state[at(r)]).collect(),
        dwelling: order.par_iter().map(|r| dwelling[at(r)]).collect(),
        source: order.par_iter().map(|r| source[at(r)]).collect(),
        offsets,
        sources,
    }
}

/// The rows in an order that also counts their source, which the rules have no
/// use for.
fn in_order<K: Ord>(
    grouped: &Grouped,
    sources: &[String],
    key: impl Fn(u32) -> K + Sync,
) -> Grouped {
    let grouped = grouped.clone();
    if sources.len() == 1 {
        return grouped;
    }
    grouped.sorted(key)
}

pub(super) fn costs(context: &Context, roster: &Roster) -> Option<Costs> {
    let table = Table::Costs;
    let (Some(person), Some(category), Some(amount)) = (
        context.people(table),
        context.labels(table, "category"),
        context.numbers(table, "amount"),
    ) else {
        return None;
    };
    let rows = person.len();
    let (first, last) = spans(context);
    let (category, categories) = labels(Some(category), rows);
    let (payer, payers) = labels(context.labels(table, "payer"), rows);
    let price_year: Vec<i32> = {
        let given = context.integers(table, "price_year");
        (0..rows)
            .map(|row| {
                let given = given
                    .and_then(|y| y.get(row))
                    .and_then(|y| i32::try_from(y).ok());
                given.unwrap_or_else(|| civil(first[row]).year)
            })
            .collect()
    };
    let amount: Vec<Option<i64>> = amount.iter().map(|a| a.map(minor_units)).collect();
    let key = |row: u32| {
        let i = row as usize;
        (
            first[i],
            last[i],
            category[i],
            payer[i],
            amount[i],
            price_year[i],
        )
    };
    let by_person = group(person, roster.len(), |row| {
        first[row] != NEVER && amount[row].is_some()
    });
    let mut sorted = by_person.sorted(key);
    if context.options.duplicate_costs == Duplicates::Drop {
        sorted = sorted.without_repeats(key);
    }
    let Grouped { order, offsets } = sorted;
    let at = |row: &u32| *row as usize;
    Some(Costs {
        start: order.par_iter().map(|r| first[at(r)]).collect(),
        end: order.par_iter().map(|r| last[at(r)]).collect(),
        category: order.par_iter().map(|r| category[at(r)]).collect(),
        payer: order.par_iter().map(|r| payer[at(r)]).collect(),
        amount: order.par_iter().filter_map(|r| amount[at(r)]).collect(),
        price_year: order.par_iter().map(|r| price_year[at(r)]).collect(),
        offsets,
        categories,
        payers,
    })
}

/// Whole units as øre.
fn minor_units(amount: f64) -> i64 {
    (amount * 100.0).round() as i64
}

/// The first day of each cost and the first day no longer covered: one day
/// where no end is given. [`NEVER`] where there is no day at all.
pub(super) fn spans(context: &Context) -> (Vec<Day>, Vec<Day>) {
    let column = |name| context.days(Table::Costs, name);
    let (start, end, date) = (column("start"), column("end"), column("date"));
    (0..context.rows(Table::Costs))
        .map(|row| {
            let at =
                |c: Option<&polars::prelude::Int32Chunked>| or_never(c.and_then(|d| d.get(row)));
            let first = match at(start) {
                NEVER => at(date),
                start => start,
            };
            let last = match at(end) {
                NEVER => first.saturating_add(1),
                end => end.max(first.saturating_add(1)),
            };
            (first, last)
        })
        .unzip()
}

/// Each row's label as an index into the labels in alphabetical order; a
/// missing one is the label without a name, which all have where there is no column.
pub(super) fn labels(column: Option<&Coded>, rows: usize) -> (Vec<u16>, Vec<String>) {
    match column {
        Some(Coded { codes, names }) => (codes.clone(), names.clone()),
        None => (vec![0; rows], vec![String::new()]),
    }
}
