//! Where people are registered as living, by one of three roads.
//!
//! A snapshot says where somebody lived on one day. Between two snapshots only
//! the day moved in to the *later* address is known: when the earlier one was
//! left, and what lay between, is not. Each such date is carried as an
//! interval, and the tables' date is its last day: the address left when the
//! next was entered.

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::deliveries::{Ids, ImportLog, Kind, NO_ID, Reader};
use super::options::{BopEnd, ResidenceOptions, Road};
use super::people::People;
use super::reform::Reform;
use super::spells::forwards;
use super::stay::{NOWHERE, Stay, municipality};
use crate::calendar::{Day, NEVER};
use crate::error::{Error, Result};
use crate::state::State;

/// How far residence dates are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Uncertainty {
    /// First days and last days of residence spells.
    pub dates: usize,
    /// Of these, how many are only known as an interval.
    pub uncertain: usize,
    /// Days of all such intervals beyond one.
    pub days: i64,
    /// Days of the longest beyond one.
    pub longest: i32,
}

impl Uncertainty {
    /// What is known of the dates of these stays.
    pub(super) fn of<'a>(stays: impl IntoIterator<Item = &'a Stay>) -> Self {
        let mut sum = Self::default();
        for stay in stays {
            let mut add = |slack: i32| {
                sum.dates += 1;
                sum.uncertain += usize::from(slack > 0);
                sum.days += i64::from(slack);
                sum.longest = sum.longest.max(slack);
            };
            add(stay.start - stay.start_earliest);
            if stay.end != NEVER {
                add(stay.end - stay.end_earliest);
            }
        }
        sum
    }
}

/// Stays abroad, by person and day.
pub(super) fn abroad(
    reader: &Reader<'_>,
    observed_from: Option<Day>,
    people: &mut People,
    log: &mut ImportLog,
) -> Result<Vec<Stay>> {
    let mut moves: Vec<(u32, Day, bool)> = Vec::new();
    people.each(reader, Kind::Vnds, log, &mut |person, row, log| {
        let out = match row.text(1).as_deref().map(str::trim) {
            Some("U" | "u") => true,
            Some("I" | "i") => false,
            _ => {
                log.add("vnds", "direction", "is neither I nor U; left out", None, 1);
                return;
            }
        };
        match row.day(2) {
            Some(day) => moves.push((person, day, out)),
            None => log.add("vnds", "date", "has no day; left out", None, 1),
        }
    })?;
    Ok(spells_abroad(moves, observed_from, log))
}

/// The state machine: out, then in. Of repeated moves out the first counts;
/// who is first seen moving in was abroad before.
fn spells_abroad(
    mut moves: Vec<(u32, Day, bool)>,
    observed_from: Option<Day>,
    log: &mut ImportLog,
) -> Vec<Stay> {
    moves.sort_unstable();
    let before = moves.len();
    moves.dedup();
    log.add(
        "vnds",
        "repeated",
        "delivered again",
        None,
        before - moves.len(),
    );
    let mut stays: Vec<Stay> = Vec::new();
    let stay = |person, start, end| Stay::new(person, start, end, State::Abroad, "vnds");
    for one in moves.chunk_by(|a, b| a.0 == b.0) {
        let mut left: Option<Day> = None;
        let mut seen = false;
        for &(person, day, out) in one {
            match (out, left) {
                (true, Some(_)) => {
                    log.one(
                        "vnds",
                        "repeated_out",
                        "moved out again while abroad; the first counts",
                        Some(day),
                    );
                }
                (true, None) => left = Some(day),
                (false, Some(start)) => {
                    if start < day {
                        stays.push(stay(person, start, day));
                    }
                    left = None;
                }
                (false, None) if seen => {
                    log.one(
                        "vnds",
                        "repeated_in",
                        "moved in while in the country; left out",
                        Some(day),
                    );
                }
                (false, None) => {
                    if let Some(from) = observed_from.filter(|from| *from < day) {
                        stays.push(stay(person, from, day));
                        log.one(
                            "vnds",
                            "entered_first",
                            "first seen moving in: abroad before",
                            Some(day),
                        );
                    }
                }
            }
            seen = true;
        }
        if let (Some(start), Some(&(person, ..))) = (left, one.last()) {
            stays.push(stay(person, start, NEVER));
        }
    }
    stays
}

/// The road taken, where the mapping leaves it open.
pub(super) fn road(reader: &Reader<'_>, options: &ResidenceOptions) -> Result<Road> {
    let has = |kind| reader.has(kind);
    let needs = |road: &str, registers: &str| {
        Error::missing(
            format!("residence by {road}"),
            format!("deliveries of {registers}"),
            "add them to the mapping, or choose another `options.residence.road`",
        )
    };
    let (spells, snapshots) = (has(Kind::Befbop) && has(Kind::Befadr), has(Kind::Bef));
    match options.road {
        Road::Spells if !spells => Err(needs("spells", "befbop and befadr")),
        Road::Snapshots if !snapshots => Err(needs("snapshots", "bef")),
        Road::Auto if spells => Ok(Road::Spells),
        Road::Auto if snapshots => Ok(Road::Snapshots),
        Road::Auto => Ok(Road::Presence),
        chosen => Ok(chosen),
    }
}

/// Address spells, their municipality from the register of addresses.
pub(super) fn spells(
    reader: &Reader<'_>,
    options: &ResidenceOptions,
    reform: &Reform,
    addresses: &mut Ids,
    people: &mut People,
    log: &mut ImportLog,
) -> Result<Vec<Stay>> {
    let mut of_address: Vec<u16> = Vec::new();
    reader.each(Kind::Befadr, false, &mut |rows| {
        let found = rows.others(0, addresses, |_| true);
        of_address.resize(addresses.len(), NOWHERE);
        for (row, address) in rows.iter().zip(found) {
            if let Some(code) = of_address.get_mut(address as usize) {
                *code = municipality(&row, 1, "befadr", log);
            }
        }
        Ok(())
    })?;
    let mut rows: Vec<(u32, Day, u32, Day, u32)> = Vec::new();
    reader.each(Kind::Befbop, false, &mut |batch| {
        let persons = people.of(batch, Kind::Befbop, log);
        let found = batch.others(1, addresses, |i| persons[i] != NO_ID);
        for ((row, &person), address) in batch.iter().zip(&persons).zip(found) {
            if person == NO_ID {
                continue;
            }
            let (false, Some(start)) = (address == NO_ID, row.day(2)) else {
                log.add(
                    "befbop",
                    "start",
                    "has no address or no first day; left out",
                    None,
                    1,
                );
                continue;
            };
            let end = row.day(3).map_or(NEVER, |end| match options.bop_vtil {
                BopEnd::Exclusive => end,
                BopEnd::Inclusive => end + 1,
            });
            rows.push((person, start, row.order, end, address));
        }
        Ok(())
    })?;
    forwards(Kind::Befbop, rows.iter().map(|r| (r.1, r.3)))?;
    rows.sort_unstable();
    let mut stays: Vec<Stay> = Vec::with_capacity(rows.len());
    for (person, start, _, end, address) in rows {
        let code = of_address.get(address as usize).copied().unwrap_or(NOWHERE);
        if code == NOWHERE {
            log.one(
                "befbop",
                "befadr",
                "the address has no municipality",
                Some(start),
            );
        }
        let mut stay = Stay::new(person, start, end, State::Dwelling, "befbop")
            .at(reform.current(code, start, log));
        stay.dwelling = address;
        match stays.last_mut() {
            Some(last) if last.person == person && last.start == start => {
                log.one(
                    "befbop",
                    "repeated",
                    "the newest delivery's row is kept",
                    Some(start),
                );
                *last = stay;
                continue;
            }
            Some(last) if last.person == person && last.end > start => {
                log.one(
                    "befbop",
                    "overlaps",
                    "ends where the next begins",
                    Some(last.start),
                );
                last.end = start;
                last.end_earliest = last.end;
            }
            _ => {}
        }
        stays.push(stay);
    }
    stays.retain(|s| {
        let empty = s.end <= s.start;
        if empty {
            log.one(
                "befbop",
                "no_night",
                "has no night; left out",
                Some(s.start),
            );
        }
        !empty
    });
    Ok(stays)
}

/// What a snapshot says of where somebody lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sighting {
    reference: Day,
    address: u32,
    moved_in: Day,
    municipality: u16,
}

const UNSEEN: Sighting = Sighting {
    reference: NEVER,
    address: NO_ID,
    moved_in: NEVER,
    municipality: NOWHERE,
};

/// A home as far as it is known.
#[derive(Clone, Copy, Debug)]
struct Home {
    address: u32,
    municipality: u16,
    start: Day,
    earliest: Day,
    /// The last snapshot that showed it; [`NEVER`]: no home.
    seen: Day,
}

const HOMELESS: Home = Home {
    address: NO_ID,
    municipality: NOWHERE,
    start: NEVER,
    earliest: NEVER,
    seen: NEVER,
};

/// Snapshots in the order of their dates, turned into spells as they come:
/// what is held is one home and one sighting a person.
pub(super) struct Snapshots<'a> {
    homes: Vec<Home>,
    /// The newest sighting, held back since a later delivery may replace it.
    pending: Vec<Sighting>,
    dates: Vec<Day>,
    stays: Vec<Stay>,
    log: &'a mut ImportLog,
}

impl<'a> Snapshots<'a> {
    pub(super) fn new(log: &'a mut ImportLog) -> Self {
        Self {
            homes: Vec::new(),
            pending: Vec::new(),
            dates: Vec::new(),
            stays: Vec::new(),
            log,
        }
    }

    fn note(&mut self, rule: &'static str, done: &'static str, day: Day) {
        self.log.one("bef", rule, done, Some(day));
    }

    /// The last reference date before one.
    fn before(&self, reference: Day) -> Option<Day> {
        let i = self.dates.partition_point(|d| *d < reference);
        (i > 0).then(|| self.dates[i - 1])
    }

    /// The first reference date after one.
    fn after(&self, reference: Day) -> Option<Day> {
        let i = self.dates.partition_point(|d| *d <= reference);
        self.dates.get(i).copied()
    }

    fn see(&mut self, person: u32, sighting: Sighting) {
        let i = person as usize;
        if i >= self.pending.len() {
            self.pending.resize(i + 1, UNSEEN);
            self.homes.resize(i + 1, HOMELESS);
        }
        let newest = self.dates.last().copied();
        if newest.is_none_or(|d| d < sighting.reference) {
            self.dates.push(sighting.reference);
        } else if newest != Some(sighting.reference)
            && let Err(at) = self.dates.binary_search(&sighting.reference)
        {
            self.dates.insert(at, sighting.reference);
        }
        let held = self.pending[i];
        if held.reference == NEVER || held.reference < sighting.reference {
            self.pending[i] = sighting;
            if held.reference != NEVER {
                self.settle(person, held);
            }
        } else if held.reference == sighting.reference {
            self.note(
                "repeated",
                "the newest delivery's row is kept",
                sighting.reference,
            );
            self.pending[i] = sighting;
        } else {
            self.note(
                "out_of_order",
                "is older than a snapshot already read; left out",
                sighting.reference,
            );
        }
    }

    /// Takes over a sighting that no later delivery has replaced.
    fn settle(&mut self, person: u32, sighting: Sighting) {
        let Sighting {
            reference,
            address,
            municipality,
            ..
        } = sighting;
        let home = self.homes[person as usize];
        if address == NO_ID {
            if home.seen != NEVER {
                self.close(person, home, reference);
                self.homes[person as usize] = HOMELESS;
            }
            self.note("address", "has no address on the reference date", reference);
            return;
        }
        let moved_in = if sighting.moved_in == NEVER {
            None
        } else if sighting.moved_in > reference {
            self.note(
                "moved_in",
                "moved in after the reference date; not used",
                reference,
            );
            None
        } else {
            Some(sighting.moved_in)
        };
        let open = |start: Day, earliest: Day| Home {
            address,
            municipality,
            start,
            earliest,
            seen: reference,
        };
        if home.seen == NEVER {
            let earliest = self.before(reference).map_or(reference, |d| d + 1);
            self.homes[person as usize] = match moved_in {
                Some(day) => open(day, day),
                None => open(reference, earliest),
            };
            return;
        }
        let missed = self.before(reference).is_some_and(|d| home.seen < d);
        let known_there = moved_in.is_some_and(|day| day <= home.seen);
        let same = home.address == address && home.municipality == municipality;
        if same && (known_there || (moved_in.is_none() && !missed)) {
            if missed {
                self.note(
                    "missed_snapshot",
                    "not in a snapshot between two; lived on at the address",
                    reference,
                );
            }
            self.homes[person as usize].seen = reference;
            return;
        }
        let (start, earliest) = match moved_in {
            Some(day) if day > home.seen => (day, day),
            Some(_) => {
                self.note(
                    "moved_in",
                    "moved in before a snapshot that shows another address; not used",
                    reference,
                );
                (
                    reference,
                    self.before(reference)
                        .map_or(home.seen, |d| d.max(home.seen))
                        + 1,
                )
            }
            None => (
                reference,
                self.before(reference)
                    .map_or(home.seen, |d| d.max(home.seen))
                    + 1,
            ),
        };
        self.close(person, home, start);
        self.homes[person as usize] = open(start, earliest);
    }

    /// Ends a home: after it was last seen, and not after `by`.
    fn close(&mut self, person: u32, home: Home, by: Day) {
        let gone = self.after(home.seen).map_or(by, |d| d.min(by));
        let mut stay = Stay::new(
            person,
            home.start,
            gone.max(home.start + 1),
            State::Dwelling,
            "bef",
        )
        .at(home.municipality);
        stay.dwelling = home.address;
        stay.start_earliest = home.earliest;
        stay.end_earliest = (home.seen + 1).min(stay.end);
        self.stays.push(stay);
    }

    /// The spells, once all snapshots are read. Who is in the last one still
    /// lives there; who is not has died, left the country (`left` has the days),
    /// or left on a day that is not known.
    pub(super) fn finish(mut self, people: &People, abroad: &[Stay]) -> Vec<Stay> {
        for person in 0..self.pending.len() as u32 {
            let sighting = self.pending[person as usize];
            if sighting.reference != NEVER {
                self.settle(person, sighting);
            }
        }
        let Some(last) = self.dates.last().copied() else {
            return self.stays;
        };
        for person in 0..self.homes.len() as u32 {
            let home = self.homes[person as usize];
            if home.seen == NEVER {
                continue;
            }
            let first = self.stays.len();
            self.close(person, home, self.after(home.seen).unwrap_or(NEVER));
            if home.seen == last {
                self.stays[first].end = NEVER;
                self.stays[first].end_earliest = NEVER;
            }
        }
        // A day of death or of moving abroad tells when a home was left.
        let mut left: Vec<(u32, Day)> = abroad.iter().map(|s| (s.person, s.start)).collect();
        left.sort_unstable();
        let (mut died, mut moved) = (0, 0);
        for stay in &mut self.stays {
            let death = people.death(stay.person);
            let from = left.partition_point(|l| *l < (stay.person, stay.end_earliest));
            let abroad = left
                .get(from)
                .filter(|l| l.0 == stay.person && l.1 <= stay.end);
            if (stay.end_earliest..=stay.end).contains(&death) && death != NEVER {
                (stay.end, stay.end_earliest) = (death, death);
                died += 1;
            } else if let Some((_, day)) = abroad
                && stay.end != NEVER
            {
                (stay.end, stay.end_earliest) = (*day, *day);
                moved += 1;
            } else if stay.end == NEVER && death != NEVER {
                (stay.end, stay.end_earliest) = (death.max(stay.start), death.max(stay.start));
            }
        }
        self.log
            .add("bef", "death", "left on the day of death", None, died);
        self.log.add(
            "bef",
            "abroad",
            "left on the day of moving abroad",
            None,
            moved,
        );
        self.stays.retain(|s| s.start < s.end);
        self.stays
    }
}

/// Notes where snapshots are further apart than those before and after: one, or
/// several, have not been delivered.
fn missing_snapshots(dates: &BTreeSet<Day>, log: &mut ImportLog) {
    let days: Vec<Day> = dates.iter().copied().collect();
    for four in days.windows(4) {
        let usual = (four[1] - four[0]).max(four[3] - four[2]);
        // A quarter more or less is no snapshot.
        let missing = (four[2] - four[1] + usual / 4) / usual - 1;
        for nth in 1..=missing {
            let done = "no snapshot is delivered, though there are some before and after";
            log.one("bef", "missing_snapshot", done, Some(four[1] + nth * usual));
        }
    }
}

/// Reads BEF: who there is and, where `snapshots` are wanted, where they live.
pub(super) fn bef(
    reader: &Reader<'_>,
    homes: bool,
    reform: &Reform,
    addresses: &mut Ids,
    people: &mut People,
    abroad: &[Stay],
    log: &mut ImportLog,
) -> Result<Vec<Stay>> {
    let mut noted = ImportLog::default();
    let mut snapshots = Snapshots::new(&mut noted);
    let mut dates: BTreeSet<Day> = BTreeSet::new();
    reader.each(Kind::Bef, true, &mut |rows| {
        dates.extend(rows.reference);
        let persons = people.of(rows, Kind::Bef, log);
        let wanted = |i: usize| homes && persons[i] != NO_ID;
        let found = rows.others(4, addresses, wanted);
        for ((row, &person), address) in rows.iter().zip(&persons).zip(found) {
            if person == NO_ID {
                continue;
            }
            let sex = row.whole(1).ok().flatten();
            let sex = sex.and_then(|sex| u8::try_from(sex).ok());
            people.born(person, row.day(2), sex, log);
            if !homes {
                continue;
            }
            let Some(reference) = row.day(6).or(row.reference) else {
                return Err(Error::table(
                    "bef",
                    Some("reference"),
                    "a snapshot's date is told by no column and no file name",
                    "name the column in the mapping, or give the delivery a `reference`",
                ));
            };
            let code = municipality(&row, 3, "bef", log);
            snapshots.see(
                person,
                Sighting {
                    reference,
                    address,
                    moved_in: row.day(5).unwrap_or(NEVER),
                    municipality: reform.current(code, reference, log),
                },
            );
        }
        Ok(())
    })?;
    dates.extend(&snapshots.dates);
    let stays = snapshots.finish(people, abroad);
    log.append(noted);
    missing_snapshots(&dates, log);
    Ok(stays)
}
