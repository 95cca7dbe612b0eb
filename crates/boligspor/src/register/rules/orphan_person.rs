//! R105.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::roster::NOBODY;
use crate::register::table::Table;

/// A row names a person who is not in `persons`.
///
/// ## Why is this bad?
/// Most often identifiers are written in two ways, such as with and without
/// leading zeros, and everything the rows say is lost.
///
/// ## What to do
/// Write identifiers alike in all tables, or leave out the rows of people
/// outside the study. Where the rule is turned down, the rows are left out.
///
/// ## Example
/// `persons` has the person `0101800001`, `stays` has `101800001`.
pub(super) struct OrphanPerson;

impl Rule for OrphanPerson {
    fn meta(&self) -> Meta {
        rule("R105", "orphan-person", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given().filter(|l| l.table != Table::Persons) {
            let Some(people) = context.people(loaded.table) else {
                continue;
            };
            let nobody = people.iter().filter(|p| **p == NOBODY).count();
            let nameless = loaded.nulls("person").unwrap_or(0);
            findings.add(
                At::column(context, loaded.table, "person", nobody - nameless),
                "name a person who is not in `persons`",
                "write identifiers alike in all tables (leading zeros, blanks), or leave out the rows",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::{Error, Warning};
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::{at, found, found_with};
    use crate::register::{CheckOptions, Level};

    const STAYS: &str = "person,start,end,state\n01,2020-01-01,,dwelling\n1,2020-01-01,,dwelling\n,2020-01-01,,dwelling";

    #[test]
    fn rows_of_people_who_are_not_there_are_counted() {
        assert_eq!(
            found("R105", &[(Stays, STAYS)]),
            at("stays.person", 1, Error)
        );
    }

    #[test]
    fn an_option_changes_severity_and_tolerance() {
        let lowered = CheckOptions::default().with_severity("orphan-person", Level::Warning);
        assert_eq!(
            found_with("R105", &[(Stays, STAYS)], lowered),
            at("stays.person", 1, Warning)
        );
        let tolerant = CheckOptions::default().with_tolerance("R105", 0.4);
        assert_eq!(
            found_with("R105", &[(Stays, STAYS)], tolerant),
            at("stays.person", 1, Warning)
        );
        let strict = CheckOptions::default().with_tolerance("R105", 0.3);
        assert_eq!(
            found_with("R105", &[(Stays, STAYS)], strict),
            at("stays.person", 1, Error)
        );
        let off = CheckOptions::default().with_severity("R105", Level::Off);
        assert_eq!(found_with("R105", &[(Stays, STAYS)], off), []);
    }
}
