//! How many days each register's stays gave way to another's, by precedence.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::people::People;
use super::stay::Stay;
use crate::calendar::Day;
use crate::state::{Precedence, State};

/// Days that one source claimed and another got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Override {
    /// The source whose state holds.
    pub by: String,
    /// Its state.
    pub by_state: State,
    /// The source that gave way.
    pub source: String,
    /// Its state.
    pub state: State,
    /// Person-days.
    pub days: i64,
    /// Persons.
    pub persons: usize,
}

type Pair = (&'static str, State, &'static str, State);

/// Days and persons.
type Sums = BTreeMap<Pair, (i64, usize)>;

/// Stays that a thread takes at a time.
const AT_ONCE: usize = 1 << 18;

/// The stays in parts that end where a person's stays do.
fn parts(mut stays: &[Stay]) -> Vec<&[Stay]> {
    let mut parts = Vec::new();
    while !stays.is_empty() {
        let last = stays[stays.len().min(AT_ONCE) - 1].person;
        let (part, rest) = stays.split_at(stays.partition_point(|s| s.person <= last));
        parts.push(part);
        stays = rest;
    }
    parts
}

/// Counts the days before `until` on which stays of different states meet.
/// The stays must be sorted by person.
pub(super) fn overrides(
    stays: &[Stay],
    people: &People,
    precedence: &Precedence,
    until: Day,
) -> Vec<Override> {
    let of_parts: Vec<Sums> = parts(stays)
        .into_par_iter()
        .map(|part| of_part(part, people, precedence, until))
        .collect();
    let mut sums = Sums::new();
    for (pair, (days, persons)) in of_parts.into_iter().flatten() {
        let sum = sums.entry(pair).or_default();
        sum.0 += days;
        sum.1 += persons;
    }
    sums.into_iter()
        .map(
            |((by, by_state, source, state), (days, persons))| Override {
                by: by.into(),
                by_state,
                source: source.into(),
                state,
                days,
                persons,
            },
        )
        .collect()
}

fn of_part(stays: &[Stay], people: &People, precedence: &Precedence, until: Day) -> Sums {
    let mut sums = Sums::new();
    let mut edges: Vec<(Day, bool, usize)> = Vec::new();
    let mut active: Vec<usize> = Vec::new();
    let mut mine: BTreeMap<Pair, i64> = BTreeMap::new();
    for one in stays.chunk_by(|a, b| a.person == b.person) {
        if one.len() < 2 {
            continue;
        }
        let last = one
            .first()
            .map_or(until, |s| people.death(s.person).min(until));
        edges.clear();
        active.clear();
        for (i, stay) in one.iter().enumerate() {
            let end = stay.end.min(last);
            if stay.start < end {
                edges.push((stay.start, true, i));
                edges.push((end, false, i));
            }
        }
        edges.sort_unstable();
        let mut from = Day::MIN;
        for &(day, starts, i) in &edges {
            if active.len() > 1 && day > from {
                // Of stays in one state the one named first in the table holds.
                let held = active
                    .iter()
                    .copied()
                    .min_by_key(|a| (precedence.rank(one[*a].state), *a));
                let held = held.map(|h| &one[h]);
                for &other in &active {
                    let other = &one[other];
                    if let Some(held) = held.filter(|h| h.state != other.state) {
                        let pair = (held.source, held.state, other.source, other.state);
                        *mine.entry(pair).or_default() += i64::from(day - from);
                    }
                }
            }
            from = day;
            if starts {
                active.push(i);
            } else {
                active.retain(|a| *a != i);
            }
        }
        while let Some((pair, days)) = mine.pop_first() {
            let sum = sums.entry(pair).or_default();
            sum.0 += days;
            sum.1 += 1;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_once_for_each_pair() {
        let mut people = People::default();
        people.number("a");
        let stay = |start, end, state, source| Stay::new(0, start, end, state, source);
        let stays = [
            stay(0, 100, State::Dwelling, "bef"),
            stay(10, 20, State::Hospital, "lpr"),
            stay(15, 40, State::Prison, "krin"),
            stay(90, 200, State::Shelter, "shelter"),
        ];
        let got: Vec<_> = overrides(&stays, &people, &Precedence::default(), 95)
            .into_iter()
            .map(|o| (o.by, o.source, o.days, o.persons))
            .collect();
        let wanted = [
            ("krin", "bef", 25, 1),
            ("krin", "lpr", 5, 1),
            ("lpr", "bef", 5, 1),
            ("shelter", "bef", 5, 1),
        ]
        .map(|(a, b, d, n)| (a.to_owned(), b.to_owned(), d, n));
        assert_eq!(got, wanted);
    }
}
