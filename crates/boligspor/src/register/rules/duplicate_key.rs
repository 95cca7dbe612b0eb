//! R104.

use hashbrown::HashSet;

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::loaded::Loaded;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A row repeats the key of an earlier one.
///
/// ## Why is this bad?
/// Two rows for one person, or for one municipality and year, may disagree,
/// and nothing says which is right.
///
/// ## What to do
/// Keep one row for each key: `persons` by person; `municipalities` and
/// `allocations` by municipality and year; `price_index` by year and category;
/// `prices` by service, year and payer; `counts` by municipality, year,
/// situation and age band. Where the rule is turned down, the first row of a
/// person counts.
///
/// ## Example
/// | person | birth_date | sex |
/// |--------|------------|-----|
/// | 1 | 1980-05-01 | 2 |
/// | 1 | 1980-05-10 | 2 |
pub(super) struct DuplicateKey;

impl Rule for DuplicateKey {
    fn meta(&self) -> Meta {
        rule("R104", "duplicate-key", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given() {
            let rows = match loaded.table {
                Table::Persons => persons(context),
                _ => repeated(loaded),
            };
            let key = loaded.table.key();
            let Some(first) = key.first() else { continue };
            findings.add(
                At::column(context, loaded.table, first, rows),
                format!("repeat the key of an earlier row ({})", key.join(", ")),
                "keep one row for each key",
            );
        }
    }
}

/// Rows of `persons` beyond each person's first.
fn persons(context: &Context) -> usize {
    let Some(roster) = context.roster else {
        return 0;
    };
    let identified = roster.of(Table::Persons).map_or(0, |people| {
        people
            .iter()
            .filter(|p| **p != crate::register::roster::NOBODY)
            .count()
    });
    identified - roster.len()
}

/// Rows beyond the first of each key, for the small tables. A key column that
/// is not there is the same for all.
fn repeated(loaded: &Loaded) -> usize {
    let columns: Vec<_> = loaded
        .table
        .key()
        .iter()
        .filter_map(|c| loaded.series(c))
        .collect();
    if columns.is_empty()
        || loaded
            .missing
            .iter()
            .any(|c| loaded.table.key().contains(&c.name))
    {
        return 0;
    }
    let mut seen = HashSet::with_capacity(loaded.frame.height());
    (0..loaded.frame.height())
        .filter(|row| {
            let key: Vec<String> = columns
                .iter()
                .map(|c| {
                    c.get(*row)
                        .map_or_else(|_| String::new(), |v| v.to_string())
                })
                .collect();
            !seen.insert(key)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Error;
    use crate::register::Table::{Municipalities, Persons, PriceIndex};
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn a_person_twice_is_told() {
        let persons =
            "person,birth_date,sex\n1,1980-05-01,2\n2,1990-07-01,1\n1,1980-05-10,2\n,1980-05-10,2";
        assert_eq!(
            found("R104", &[(Persons, persons)]),
            at("persons.person", 1, Error)
        );
    }

    #[test]
    fn a_municipality_and_a_price_level_twice_in_a_year_are_told() {
        let years = "municipality,year,population\n461,2020,1\n0461,2020,2\n461,2021,1";
        assert_eq!(
            found("R104", &[(Municipalities, years)]),
            at("municipalities.municipality", 1, Error)
        );
        let index = "year,index\n2020,100\n2021,102\n2020,100";
        assert_eq!(
            found("R104", &[(PriceIndex, index)]),
            at("price_index.year", 1, Error)
        );
        let index = "year,index,category\n2020,100,a\n2020,102,b\n2020,100,";
        assert_eq!(found("R104", &[(PriceIndex, index)]), []);
    }
}
