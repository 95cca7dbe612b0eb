//! The municipality codes that are known, and from when.
//!
//! The shipped list has the 98 municipalities and Christiansø as they have
//! been since the reform of 1 January 2007. Some codes meant another
//! municipality before (707 was Grenaa's and is Norddjurs'), so none counts as
//! known before that day.

use std::sync::LazyLock;

use crate::calendar::{self, Day};

/// The list as it is shipped: `code,name,region,valid_from`.
const SHIPPED: &str = include_str!("municipality_codes.csv");

/// A municipality of the shipped list.
///
/// ```
/// use boligspor::register::Municipality;
/// let odense = Municipality::of("461").unwrap();
/// assert_eq!((odense.name, odense.region), ("Odense", "Syddanmark"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Municipality {
    /// The code, three digits.
    pub code: &'static str,
    /// The name.
    pub name: &'static str,
    /// The region.
    pub region: &'static str,
    /// The first day on which the code means this municipality.
    pub valid_from: Day,
}

static ALL: LazyLock<Vec<Municipality>> = LazyLock::new(|| {
    let mut all: Vec<Municipality> = SHIPPED.lines().skip(1).filter_map(parse).collect();
    all.sort_unstable_by_key(|m| m.code);
    all
});

fn parse(line: &'static str) -> Option<Municipality> {
    let mut fields = line.split(',');
    Some(Municipality {
        code: fields.next()?,
        name: fields.next()?,
        region: fields.next()?,
        valid_from: calendar::parse(fields.next()?)?,
    })
}

impl Municipality {
    /// Every municipality of the list, by code.
    pub fn all() -> &'static [Municipality] {
        &ALL
    }

    /// The municipality with this code, if the list has it.
    pub fn of(code: &str) -> Option<&'static Municipality> {
        let all = Self::all();
        let found = all.binary_search_by_key(&code, |m| m.code).ok()?;
        Some(&all[found])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_the_98_and_christiansø() {
        assert_eq!(Municipality::all().len(), 99);
        assert_eq!(SHIPPED.lines().count(), 100, "every line is read");
        for (code, name) in [
            ("101", "København"),
            ("147", "Frederiksberg"),
            ("411", "Christiansø"),
            ("461", "Odense"),
            ("707", "Norddjurs"),
            ("751", "Aarhus"),
            ("851", "Aalborg"),
        ] {
            assert_eq!(Municipality::of(code).unwrap().name, name);
        }
        assert_eq!(Municipality::of("703"), None);
        assert!(
            Municipality::all()
                .windows(2)
                .all(|w| w[0].code < w[1].code)
        );
    }

    #[test]
    fn regions_have_their_known_numbers_of_municipalities() {
        let count = |region| {
            Municipality::all()
                .iter()
                .filter(|m| m.region == region)
                .count()
        };
        // Hovedstaden has 29, and Christiansø, which is no municipality.
        assert_eq!(
            [
                "Hovedstaden",
                "Sjælland",
                "Syddanmark",
                "Midtjylland",
                "Nordjylland"
            ]
            .map(count),
            [30, 17, 22, 19, 11]
        );
    }
}
