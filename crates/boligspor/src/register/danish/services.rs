//! Social services under §85, §107 and §108: stays for the residential ones, a
//! service for support at home. And which municipalities report at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::deliveries::{ImportLog, Kind, NO_ID, Reader};
use super::people::People;
use super::spells::{Spell, merge, newest};
use super::stay::{NOWHERE, Stay, municipality};
use crate::calendar::{Day, NEVER, civil};
use crate::error::Result;
use crate::state::State;

/// The use of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) person: u32,
    pub(super) start: Day,
    pub(super) end: Day,
    /// A code group of DREAM; [`SUPPORT`] for support at home.
    pub(super) name: u16,
}

/// Support at home, §85.
pub(super) const SUPPORT: u16 = u16::MAX;

impl Service {
    pub(super) fn spell(person: u32, start: Day, end: Day, name: u16) -> Self {
        Self {
            person,
            start,
            end,
            name,
        }
    }
}

/// A municipality's reporting to the social services register in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The municipality's code.
    pub municipality: u16,
    /// The year.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u32,
    /// Persons with a service under way in it.
    pub persons: usize,
}

/// What the register gives.
pub(super) struct Social {
    pub(super) stays: Vec<Stay>,
    pub(super) services: Vec<Service>,
    pub(super) coverage: Vec<Coverage>,
}

/// The paragraph's number in a text such as `§107` or `SEL 85 a`.
fn paragraph(text: &str) -> Option<u32> {
    let digits: String = text
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

/// Reads the register. `until` is the first day no longer observed.
pub(super) fn social(
    reader: &Reader<'_>,
    until: Day,
    people: &mut People,
    log: &mut ImportLog,
) -> Result<Social> {
    let name = Kind::Social.name();
    let (mut homes, mut support) = (Vec::new(), Vec::new());
    people.each(reader, Kind::Social, log, &mut |person, row, log| {
        let Some(start) = row.day(1) else {
            log.add(name, "start", "has no first day; left out", None, 1);
            return;
        };
        let spell = Spell {
            person,
            start,
            end: row.day(2).unwrap_or(NEVER),
            key: NO_ID,
            order: row.order,
            state: State::Institution,
            municipality: municipality(row, 4, name, log),
        };
        match row.text(3).as_deref().and_then(paragraph) {
            Some(107 | 108) => homes.push(spell),
            Some(85) => support.push(spell),
            _ => log.one(
                name,
                "paragraph",
                "is neither §85, §107 nor §108; left out",
                Some(start),
            ),
        }
    })?;
    let homes = newest(homes, name, log);
    let support = newest(support, name, log);
    let coverage = covered(homes.iter().chain(&support), until);
    let stays = merge(homes, 0, name, "touching", log)
        .into_iter()
        .map(|s| Stay::new(s.person, s.start, s.end, s.state, name).at(s.municipality));
    let services = merge(support, 0, name, "touching", log)
        .into_iter()
        .map(|s| Service::spell(s.person, s.start, s.end, SUPPORT));
    Ok(Social {
        stays: stays.collect(),
        services: services.collect(),
        coverage,
    })
}

/// Persons by municipality and month.
fn covered<'a>(spells: impl Iterator<Item = &'a Spell>, until: Day) -> Vec<Coverage> {
    let mut seen: BTreeSet<(u16, i32, u32)> = BTreeSet::new();
    for s in spells.filter(|s| s.municipality != NOWHERE) {
        let month = |d: Day| {
            let c = civil(d);
            c.year * 12 + c.month as i32 - 1
        };
        for m in month(s.start)..=month(s.end.min(until).max(s.start + 1) - 1) {
            seen.insert((s.municipality, m, s.person));
        }
    }
    let mut counts: BTreeMap<(u16, i32), usize> = BTreeMap::new();
    for (municipality, month, _) in seen {
        *counts.entry((municipality, month)).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((municipality, m), persons)| Coverage {
            municipality,
            year: m.div_euclid(12),
            month: m.rem_euclid(12) as u32 + 1,
            persons,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::day;

    #[test]
    fn paragraphs_are_found_in_words() {
        for (text, wanted) in [
            ("107", Some(107)),
            ("§108", Some(108)),
            ("SEL 85 a", Some(85)),
            ("x", None),
        ] {
            assert_eq!(paragraph(text), wanted, "{text}");
        }
    }

    #[test]
    fn coverage_counts_persons_by_municipality_and_month() {
        let spell = |person, municipality, start, end| Spell {
            person,
            start,
            end,
            key: NO_ID,
            order: 0,
            state: State::Institution,
            municipality,
        };
        let spells = [
            spell(1, 461, day(2020, 1, 15), day(2020, 2, 1)),
            spell(1, 461, day(2020, 1, 20), day(2020, 3, 1)),
            spell(2, 461, day(2020, 2, 3), NEVER),
            spell(3, NOWHERE, day(2020, 1, 1), NEVER),
        ];
        let got: Vec<_> = covered(spells.iter(), day(2020, 3, 2))
            .iter()
            .map(|c| (c.municipality, c.year, c.month, c.persons))
            .collect();
        assert_eq!(
            got,
            [(461, 2020, 1, 1), (461, 2020, 2, 2), (461, 2020, 3, 1)]
        );
    }
}
