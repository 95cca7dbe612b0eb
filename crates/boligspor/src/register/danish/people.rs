//! Who the registers are about: birth, sex, death, by number.

use super::super::deliveries::{Ids, ImportLog, Kind, NO_ID, Reader, Row, Rows};
use crate::calendar::{Day, NEVER};
use crate::error::Result;

/// A person as the registers know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// [`NEVER`] where it is not known.
    pub(super) birth: Day,
    /// [`NEVER`] while alive.
    pub(super) death: Day,
    /// The register's code; 0 where it is not known.
    pub(super) sex: u8,
}

const NOTHING: Person = Person {
    birth: NEVER,
    death: NEVER,
    sex: 0,
};

/// Everybody seen so far.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) ids: Ids,
    known: Vec<Person>,
    /// Nobody is added any more: others are passed over.
    closed: bool,
}

impl People {
    /// The number of each row's person; [`NO_ID`], counted, where it names none,
    /// and where the person is not among those kept.
    pub(super) fn of(&mut self, rows: Rows<'_>, kind: Kind, log: &mut ImportLog) -> Vec<u32> {
        let numbers = rows.persons(&mut self.ids, !self.closed);
        self.known.resize(self.ids.len(), NOTHING);
        let nobody = rows
            .iter()
            .zip(&numbers)
            .filter(|(row, number)| **number == NO_ID && !(self.closed && row.has(0)))
            .count();
        log.add(
            kind.name(),
            "person",
            "names no person; left out",
            None,
            nobody,
        );
        numbers
    }

    /// Gives `visit` the rows whose person is kept, with the person's number.
    pub(super) fn each(
        &mut self,
        reader: &Reader<'_>,
        kind: Kind,
        log: &mut ImportLog,
        visit: &mut dyn FnMut(u32, &Row<'_>, &mut ImportLog),
    ) -> Result<()> {
        reader.each(kind, false, &mut |rows| {
            let persons = self.of(rows, kind, log);
            for (row, person) in rows.iter().zip(persons) {
                if person != NO_ID {
                    visit(person, &row, log);
                }
            }
            Ok(())
        })
    }

    /// The number of a person.
    pub(super) fn number(&mut self, id: &str) -> Option<u32> {
        if self.closed {
            return self.ids.find(id);
        }
        let number = self.ids.number(id);
        if number as usize == self.known.len() {
            self.known.push(NOTHING);
        }
        Some(number)
    }

    /// From here on only those seen are kept.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn get(&self, person: u32) -> Person {
        self.known[person as usize]
    }

    /// The day of death; [`NEVER`] while alive.
    pub(super) fn death(&self, person: u32) -> Day {
        self.known[person as usize].death
    }

    /// Notes what a snapshot says of a person. What the newest says holds;
    /// changes are counted.
    pub(super) fn born(
        &mut self,
        person: u32,
        birth: Option<Day>,
        sex: Option<u8>,
        log: &mut ImportLog,
    ) {
        let known = &mut self.known[person as usize];
        if let Some(birth) = birth {
            if known.birth != NEVER && known.birth != birth {
                log.one(
                    "bef",
                    "birth_date",
                    "has changed; the newest is kept",
                    Some(birth),
                );
            }
            known.birth = birth;
        }
        if let Some(sex) = sex {
            if known.sex != 0 && known.sex != sex {
                log.add("bef", "sex", "has changed; the newest is kept", None, 1);
            }
            known.sex = sex;
        }
    }

    /// Reads the register of deaths.
    pub(super) fn read_deaths(&mut self, reader: &Reader<'_>, log: &mut ImportLog) -> Result<()> {
        let mut deaths: Vec<(u32, Day)> = Vec::new();
        self.each(
            reader,
            Kind::Dod,
            log,
            &mut |person, row, log| match row.day(1) {
                Some(day) => deaths.push((person, day)),
                None => log.add("dod", "date", "has no day; left out", None, 1),
            },
        )?;
        for (person, day) in deaths {
            let known = &mut self.known[person as usize];
            if known.death != NEVER {
                let done = if known.death == day {
                    "delivered again"
                } else {
                    "another day of death; the newest is kept"
                };
                log.one("dod", "repeated", done, Some(day));
            }
            known.death = day;
        }
        Ok(())
    }
}
