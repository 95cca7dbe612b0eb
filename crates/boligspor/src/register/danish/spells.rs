//! Registers of spells: hospital, psychiatry, prison, treatment, case files.
//!
//! What they have in common: the same spell is delivered several times, and one
//! stay is torn into several rows (contacts, transfers, requests).

use rayon::prelude::*;

use super::super::deliveries::{Ids, ImportLog, Kind, NO_ID, Reader};
use super::options::{HospitalOptions, SpellOptions};
use super::people::People;
use super::stay::{NOWHERE, Stay, municipality};
use crate::calendar::{Day, NEVER};
use crate::error::{Error, Result};
use crate::state::State;

/// A row of a register of spells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spell {
    pub(super) person: u32,
    pub(super) start: Day,
    /// [`NEVER`] while ongoing.
    pub(super) end: Day,
    /// What tells two spells of one person and day apart, by its fingerprint;
    /// [`NO_ID`] for nothing.
    pub(super) key: u32,
    pub(super) order: u32,
    pub(super) state: State,
    pub(super) municipality: u16,
}

/// Rows of which all being reversed is no chance.
const ENOUGH: usize = 10;

/// Refuses a register in which every row ends before it starts: the two columns
/// have changed places.
pub(super) fn forwards(kind: Kind, rows: impl ExactSizeIterator<Item = (Day, Day)>) -> Result<()> {
    let n = rows.len();
    let mut rows = rows;
    if n < ENOUGH || !rows.all(|(start, end)| end < start) {
        return Ok(());
    }
    Err(Error::table(
        kind.name(),
        None,
        format!("ends before it starts in each of its {n} rows"),
        "say in the mapping which column is the first day and which the last",
    ))
}

/// Reads a register whose fields are person, start, end and `key`.
fn read(
    reader: &Reader<'_>,
    kind: Kind,
    key: Option<usize>,
    state: State,
    people: &mut People,
    log: &mut ImportLog,
) -> Result<Vec<Spell>> {
    let mut spells = Vec::new();
    people.each(reader, kind, log, &mut |person, row, log| {
        let Some(start) = row.day(1) else {
            log.add(kind.name(), "start", "has no first day; left out", None, 1);
            return;
        };
        let key = key
            .and_then(|k| row.text(k))
            .map_or(NO_ID, |k| Ids::fingerprint(&k));
        spells.push(Spell {
            person,
            start,
            end: row.day(2).unwrap_or(NEVER),
            key,
            order: row.order,
            state,
            municipality: NOWHERE,
        });
    })?;
    forwards(kind, spells.iter().map(|s| (s.start, s.end)))?;
    Ok(spells)
}

/// Of spells with the same person, first day, state and key, the one delivered
/// last; and none that ends before it starts.
pub(super) fn newest(
    mut spells: Vec<Spell>,
    register: &'static str,
    log: &mut ImportLog,
) -> Vec<Spell> {
    spells.par_sort_unstable_by_key(|s| (s.person, s.start, s.state as u8, s.key, s.order, s.end));
    let mut kept: Vec<Spell> = Vec::with_capacity(spells.len());
    for spell in spells {
        match kept.last_mut() {
            Some(last)
                if (last.person, last.start, last.state, last.key)
                    == (spell.person, spell.start, spell.state, spell.key) =>
            {
                log.one(
                    register,
                    "repeated",
                    "the newest delivery's row is kept",
                    Some(spell.start),
                );
                *last = spell;
            }
            _ => kept.push(spell),
        }
    }
    kept.retain(|s| {
        let done = match s.end.cmp(&s.start) {
            std::cmp::Ordering::Less => "ends before it starts; left out",
            std::cmp::Ordering::Equal => "has no night; left out",
            std::cmp::Ordering::Greater => return true,
        };
        let rule = if s.end < s.start {
            "reversed"
        } else {
            "no_night"
        };
        log.one(register, rule, done, Some(s.start));
        false
    });
    kept
}

/// Joins a person's spells in one state that overlap or are at most `gap` days
/// apart. The spells must be those of [`newest`].
pub(super) fn merge(
    mut spells: Vec<Spell>,
    gap: u32,
    register: &'static str,
    rule: &'static str,
    log: &mut ImportLog,
) -> Vec<Spell> {
    spells.par_sort_unstable_by_key(|s| (s.person, s.state as u8, s.start, s.end));
    let mut joined: Vec<Spell> = Vec::with_capacity(spells.len());
    for spell in spells {
        match joined.last_mut() {
            Some(last)
                if (last.person, last.state) == (spell.person, spell.state)
                    && i64::from(spell.start) - i64::from(last.end) <= i64::from(gap) =>
            {
                log.one(
                    register,
                    rule,
                    "joined with the spell before",
                    Some(spell.start),
                );
                last.end = last.end.max(spell.end);
            }
            _ => joined.push(spell),
        }
    }
    joined
}

fn stays(spells: Vec<Spell>, source: &'static str) -> impl Iterator<Item = Stay> {
    spells
        .into_iter()
        .map(move |s| Stay::new(s.person, s.start, s.end, s.state, source).at(s.municipality))
}

/// Hospital and psychiatry, over the break between the registers.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the options of every register are passed alike"
)]
pub(super) fn hospital(
    reader: &Reader<'_>,
    options: &HospitalOptions,
    people: &mut People,
    log: &mut ImportLog,
) -> Result<Vec<Stay>> {
    let mut all = Vec::new();
    for kind in [Kind::Lpr2, Kind::Psyk, Kind::Lpr3] {
        if !reader.has(kind) {
            continue;
        }
        let spells = read(reader, kind, Some(3), State::Hospital, people, log)?;
        let mut spells = newest(spells, kind.name(), log);
        if kind != Kind::Lpr3 {
            close_at_break(
                &mut spells,
                options.break_day.0,
                reader.has(Kind::Lpr3),
                kind,
                log,
            );
        }
        all.extend(spells);
    }
    let joined = merge(all, options.gap_days, "lpr", "contacts", log);
    Ok(stays(joined, "lpr").collect())
}

/// Admissions that the old register leaves open end at the break: from there
/// on only the new one tells of them.
fn close_at_break(
    spells: &mut [Spell],
    break_day: Day,
    goes_on: bool,
    kind: Kind,
    log: &mut ImportLog,
) {
    for spell in spells {
        if goes_on && spell.end == NEVER && spell.start < break_day {
            spell.end = break_day;
            log.one(
                kind.name(),
                "break_day",
                "left open by the old register: ends at the break unless the new one goes on",
                Some(spell.start),
            );
        } else if spell.start >= break_day && goes_on {
            log.one(
                kind.name(),
                "break_day",
                "begins in the old register after the break; kept",
                Some(spell.start),
            );
        }
    }
}

/// Imprisonments, transfers joined.
pub(super) fn prison(
    reader: &Reader<'_>,
    options: SpellOptions,
    people: &mut People,
    log: &mut ImportLog,
) -> Result<Vec<Stay>> {
    let name = Kind::Krin.name();
    let spells = read(reader, Kind::Krin, None, State::Prison, people, log)?;
    let joined = merge(
        newest(spells, name, log),
        options.gap_days,
        name,
        "transfers",
        log,
    );
    Ok(stays(joined, name).collect())
}

/// Treatment: requests near each other joined, closed at death.
pub(super) fn treatment(
    reader: &Reader<'_>,
    options: SpellOptions,
    people: &mut People,
    log: &mut ImportLog,
) -> Result<Vec<Stay>> {
    let name = Kind::Sib.name();
    let spells = read(reader, Kind::Sib, None, State::Treatment, people, log)?;
    let mut joined = merge(
        newest(spells, name, log),
        options.gap_days,
        name,
        "requests",
        log,
    );
    for spell in &mut joined {
        let death = people.death(spell.person);
        if spell.end > death {
            log.one(name, "death", "closed at death", Some(spell.start));
            spell.end = death;
        }
    }
    joined.retain(|s| s.start < s.end);
    Ok(stays(joined, name).collect())
}

/// Stays that a project has written down itself.
pub(super) fn cases(
    reader: &Reader<'_>,
    people: &mut People,
    log: &mut ImportLog,
) -> Result<Vec<Stay>> {
    let name = Kind::Cases.name();
    let mut spells = Vec::new();
    people.each(reader, Kind::Cases, log, &mut |person, row, log| {
        let state = row
            .text(3)
            .and_then(|t| State::from_code(&t.to_lowercase()));
        let (Some(start), Some(state)) = (row.day(1), state) else {
            log.add(
                name,
                "state",
                "has no first day or no known state; left out",
                None,
                1,
            );
            return;
        };
        spells.push(Spell {
            person,
            start,
            end: row.day(2).unwrap_or(NEVER),
            key: NO_ID,
            order: row.order,
            state,
            municipality: municipality(row, 4, name, log),
        });
    })?;
    Ok(stays(newest(spells, name, log), name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spell(person: u32, start: Day, end: Day, order: u32) -> Spell {
        Spell {
            person,
            start,
            end,
            key: NO_ID,
            order,
            state: State::Prison,
            municipality: NOWHERE,
        }
    }

    fn bare(spells: &[Spell]) -> Vec<(u32, Day, Day)> {
        spells.iter().map(|s| (s.person, s.start, s.end)).collect()
    }

    #[test]
    fn the_newest_of_repeated_rows_is_kept_and_empty_ones_go() {
        let mut log = ImportLog::default();
        let rows = vec![
            spell(1, 10, NEVER, 0),
            spell(1, 10, 20, 1),
            spell(1, 30, 30, 0),
            spell(2, 9, 5, 0),
        ];
        assert_eq!(bare(&newest(rows, "krin", &mut log)), [(1, 10, 20)]);
        assert_eq!(log.rows("krin", "repeated"), 1);
        assert_eq!(log.rows("krin", "no_night"), 1);
        assert_eq!(log.rows("krin", "reversed"), 1);
    }

    #[test]
    fn a_register_all_of_whose_rows_are_reversed_is_refused() {
        let rows = |n, last: (Day, Day)| {
            let mut rows = vec![(20, 10); n];
            rows.push(last);
            forwards(Kind::Krin, rows.into_iter())
        };
        let error = rows(9, (20, 10)).unwrap_err().to_string();
        assert!(
            error.contains("each of its 10 rows") && error.contains("mapping"),
            "{error}"
        );
        // Some are, or they are few.
        assert!(rows(100, (20, 20)).is_ok());
        assert!(rows(100, (20, NEVER)).is_ok());
        assert!(rows(8, (20, 10)).is_ok());
    }

    #[test]
    fn spells_at_most_the_gap_apart_are_one() {
        let mut log = ImportLog::default();
        let rows = || {
            vec![
                spell(1, 0, 10, 0),
                spell(1, 20, 30, 0),
                spell(1, 41, 50, 0),
                spell(2, 50, 60, 0),
            ]
        };
        let joined = merge(rows(), 10, "sib", "requests", &mut log);
        assert_eq!(bare(&joined), [(1, 0, 30), (1, 41, 50), (2, 50, 60)]);
        assert_eq!(log.rows("sib", "requests"), 1);
        assert_eq!(merge(rows(), 9, "sib", "requests", &mut log).len(), 4);
    }

    #[test]
    fn an_admission_over_the_break_is_one() {
        let mut log = ImportLog::default();
        let mut old = vec![
            spell(1, 0, NEVER, 0),
            spell(2, 0, NEVER, 0),
            spell(3, 0, 50, 0),
        ];
        close_at_break(&mut old, 100, true, Kind::Lpr2, &mut log);
        old.push(spell(1, 90, 130, 0));
        old.push(spell(2, 110, 120, 0));
        let joined = merge(old, 0, "lpr", "contacts", &mut log);
        assert_eq!(
            bare(&joined),
            [(1, 0, 130), (2, 0, 100), (2, 110, 120), (3, 0, 50)]
        );
        assert_eq!(log.rows("lpr2", "break_day"), 2);
    }
}
