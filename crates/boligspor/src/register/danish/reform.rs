//! Municipality codes valid on the date: the reform of 1 January 2007.
//!
//! 238 municipalities were merged into 66 new ones. The shipped table says
//! which new one each old code went into. Some codes were used again: 707 was
//! Grenaa's and is Norddjurs', so a code is read by its date. Where a
//! municipality was divided, the table has the successor that took the most of
//! it, and the row is counted.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::super::codes::Municipality;
use super::super::deliveries::ImportLog;
use super::stay::NOWHERE;
use crate::calendar::{Day, day};

/// `old,new,divided`.
const SHIPPED: &str = include_str!("reform_2007.csv");

static SUCCESSOR: LazyLock<BTreeMap<u16, (u16, bool)>> = LazyLock::new(|| {
    SHIPPED
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split(',');
            let old = cells.next()?.parse().ok()?;
            let new = cells.next()?.parse().ok()?;
            Some((old, (new, cells.next() == Some("divided"))))
        })
        .collect()
});

/// The code that a place has today, of the code that it had on a day.
pub(super) fn code(code: u16, on: Day) -> u16 {
    if on >= day(2007, 1, 1) && Municipality::of(&format!("{code:03}")).is_some() {
        return code;
    }
    SUCCESSOR.get(&code).map_or(code, |s| s.0)
}

/// As [`code`](self::code), counting what was carried over and what is no code.
pub(super) fn current(old: u16, on: Day, log: &mut ImportLog) -> u16 {
    let new = code(old, on);
    if new != old {
        let divided = SUCCESSOR.get(&old).is_some_and(|s| s.1);
        let done = if divided {
            "carried over to the successor that took most of a divided municipality"
        } else {
            "carried over to today's municipality"
        };
        log.one("municipality", "reform_2007", done, Some(on));
    } else if new != NOWHERE && Municipality::of(&format!("{new:03}")).is_none() {
        log.one(
            "municipality",
            "reform_2007",
            "is no municipality's code on the date",
            Some(on),
        );
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_before_the_reform_has_a_successor() {
        let kept: Vec<u16> = Municipality::all()
            .iter()
            .filter_map(|m| m.code.parse().ok())
            .collect();
        assert_eq!(SUCCESSOR.len(), SHIPPED.lines().count() - 1);
        for (old, (new, _)) in SUCCESSOR.iter() {
            assert!(kept.contains(new), "{old} goes to {new}");
            assert!(!kept.contains(old), "{old} is a code of today");
        }
        // With the 52 codes that were kept these are the 275 municipalities
        // from 1974 to 2002 (Statistics Denmark), and Christiansø.
        assert_eq!(SUCCESSOR.len() + 52, 275 + 1);
    }

    #[test]
    fn a_code_is_read_by_its_date() {
        // Grenaa's code is Norddjurs' since, Rudkøbing's is nobody's.
        let before = day(2006, 12, 31);
        assert_eq!(code(707, before), 707);
        assert_eq!(code(475, before), 482);
        assert_eq!(code(461, before), 461);
        let mut log = ImportLog::default();
        assert_eq!(current(271, before, &mut log), 336);
        assert_eq!(current(999, day(2020, 1, 1), &mut log), 999);
        let done: Vec<String> = log.corrections().into_iter().map(|c| c.done).collect();
        assert!(
            done[0].contains("divided") && done[1].contains("no municipality"),
            "{done:?}"
        );
    }
}
