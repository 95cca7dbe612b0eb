//! Municipality codes valid on the date: the reform of 1 January 2007.
//!
//! 238 municipalities were merged into 66 new ones. The shipped table says
//! which new one each old code went into. Some codes were used again: 707 was
//! Grenaa's and is Norddjurs', so a code is read by its date. Where a
//! municipality was divided, the table has the successor that took the most of
//! it, and the row is counted.
//!
//! How sure each row is stands in its column `certainty`. The whole table gives
//! way to the user's own by `options.reform_2007` of the mapping.

use std::fs;
use std::path::Path;

use super::super::codes::Municipality;
use super::super::deliveries::ImportLog;
use super::stay::NOWHERE;
use crate::calendar::{Day, day};
use crate::error::{Error, Result};

/// `old,new,divided,certainty`, the last of them
/// `compared` (equal in a second table, that of researchers who use the registers),
/// `chosen` (divided: that table names this successor among others, and chooses it too),
/// `disputed` (that table chooses another successor, or does not divide it).
const SHIPPED: &str = include_str!("reform_2007.csv");

/// Codes have three digits.
const CODES: usize = 1_000;

/// What became of each code.
#[derive(Clone)]
pub(super) struct Reform {
    /// Today's code, by old code; [`NOWHERE`] where it went into none.
    successor: Vec<u16>,
    divided: Vec<bool>,
    /// Codes of today.
    known: Vec<bool>,
    from: Day,
}

impl Reform {
    /// The shipped table.
    pub(super) fn shipped() -> Self {
        let mut reform = Self::none();
        for line in SHIPPED.lines().skip(1) {
            // The table is ours: that every line is read is tested.
            let _ = reform.take(line);
        }
        reform
    }

    /// The user's own table: CSV with the columns `old`, `new` and, if wanted,
    /// `divided`; further columns are passed over.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read, [`Error::Table`] with the line
    /// where it is no such table.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|e| Error::file("read", path, e))?;
        let text = text.trim_start_matches('\u{feff}');
        let refused = |problem: String| {
            Error::table(
                "reform_2007",
                None,
                problem,
                "write `old,new,divided`, three-digit codes, and `divided` or nothing",
            )
        };
        let mut lines = text.lines().enumerate();
        let head = lines.next().map_or("", |(_, head)| head);
        if !head.to_ascii_lowercase().starts_with("old,new") {
            return Err(refused("the first line is not `old,new,divided`".into()));
        }
        let mut reform = Self::none();
        for (i, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            if !reform.take(line) {
                return Err(refused(format!("line {} is no row of codes", i + 1)));
            }
        }
        Ok(reform)
    }

    fn none() -> Self {
        let mut known = vec![false; CODES];
        for m in Municipality::all() {
            if let Some(slot) = m.code.parse().ok().and_then(|c: usize| known.get_mut(c)) {
                *slot = true;
            }
        }
        Self {
            successor: vec![NOWHERE; CODES],
            divided: vec![false; CODES],
            known,
            from: day(2007, 1, 1),
        }
    }

    /// Takes a line of the table; whether it is one.
    fn take(&mut self, line: &str) -> bool {
        let mut cells = line.split(',').map(str::trim);
        let mut code = || -> Option<u16> {
            let code = cells.next()?.parse().ok()?;
            (0 < code && usize::from(code) < CODES).then_some(code)
        };
        let (Some(old), Some(new)) = (code(), code()) else {
            return false;
        };
        let divided = match cells.next() {
            Some("divided") => true,
            None | Some("") => false,
            Some(_) => return false,
        };
        self.successor[usize::from(old)] = new;
        self.divided[usize::from(old)] = divided;
        true
    }

    fn of_today(&self, code: u16) -> bool {
        self.known.get(usize::from(code)) == Some(&true)
    }

    /// The code that a place has today, of the code that it had on a day.
    pub(super) fn code(&self, code: u16, on: Day) -> u16 {
        if on >= self.from && self.of_today(code) {
            return code;
        }
        match self.successor.get(usize::from(code)) {
            None | Some(&NOWHERE) => code,
            Some(new) => *new,
        }
    }

    /// As [`code`](Self::code), counting what was carried over and what is no code.
    pub(super) fn current(&self, old: u16, on: Day, log: &mut ImportLog) -> u16 {
        let new = self.code(old, on);
        if new != old {
            let done = if self.divided[usize::from(old)] {
                "carried over to the successor that took most of a divided municipality"
            } else {
                "carried over to today's municipality"
            };
            log.one("municipality", "reform_2007", done, Some(on));
        } else if new != NOWHERE && !self.of_today(new) {
            log.one(
                "municipality",
                "reform_2007",
                "is no municipality's code on the date",
                Some(on),
            );
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<(u16, u16, &'static str, &'static str)> {
        let rows = SHIPPED.lines().skip(1).map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let code = |i: usize| cells[i].parse().unwrap();
            (code(0), code(1), cells[2], cells[3])
        });
        rows.collect()
    }

    #[test]
    fn every_code_of_before_the_reform_has_a_successor() {
        let kept: Vec<u16> = Municipality::all()
            .iter()
            .filter_map(|m| m.code.parse().ok())
            .collect();
        let reform = Reform::shipped();
        for (old, new, divided, _) in rows() {
            assert!(kept.contains(&new), "{old} goes to {new}");
            assert!(!kept.contains(&old), "{old} is a code of today");
            assert_eq!(reform.code(old, day(2006, 12, 31)), new);
            assert_eq!(reform.divided[usize::from(old)], divided == "divided");
        }
        // With the 52 codes that were kept these are the 275 municipalities
        // from 1974 to 2002 (Statistics Denmark), and Christiansø.
        assert_eq!(rows().len() + 52, 275 + 1);
    }

    #[test]
    fn how_sure_each_row_is_stands_beside_it() {
        for (old, _, divided, certainty) in rows() {
            let fits = match certainty {
                "compared" => divided.is_empty(),
                "chosen" | "disputed" => divided == "divided",
                _ => false,
            };
            assert!(fits, "{old}: {divided} {certainty}");
        }
        let sure = rows().iter().filter(|r| r.3 == "compared").count();
        assert_eq!(sure, 210);
    }

    #[test]
    fn a_code_is_read_by_its_date() {
        // Grenaa's code is Norddjurs' since, Rudkøbing's is nobody's.
        let reform = Reform::shipped();
        let before = day(2006, 12, 31);
        assert_eq!(reform.code(707, before), 707);
        assert_eq!(reform.code(475, before), 482);
        assert_eq!(reform.code(461, before), 461);
        assert_eq!(reform.code(60_000, before), 60_000);
        let mut log = ImportLog::default();
        assert_eq!(reform.current(271, before, &mut log), 336);
        assert_eq!(reform.current(999, day(2020, 1, 1), &mut log), 999);
        let done: Vec<String> = log.corrections().into_iter().map(|c| c.done).collect();
        assert!(
            done[0].contains("divided") && done[1].contains("no municipality"),
            "{done:?}"
        );
    }

    #[test]
    fn the_users_own_table_holds_instead() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.csv");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            Reform::read(&path)
        };
        let own = read("old,new,divided,note\r\n747,730,divided,by area\r\n\r\n").unwrap();
        let before = day(2006, 12, 31);
        assert_eq!(own.code(747, before), 730);
        assert!(own.divided[747]);
        assert_eq!(own.code(475, before), 475, "the shipped rows are gone");
        for bad in [
            "",
            "747,730\n",
            "old,new\n747\n",
            "old,new\n747,x\n",
            "old,new\n747,730,half\n",
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
        let line = read("old,new\n747,730\n1000,730\n")
            .err()
            .unwrap()
            .to_string();
        assert!(line.contains("line 3"), "{line}");
        assert!(Reform::read(&folder.path().join("none.csv")).is_err());
    }
}
