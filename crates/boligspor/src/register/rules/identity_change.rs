//! R506.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::roster::NOBODY;
use crate::register::table::Table;

/// Rows of one identifier disagree on sex or day of birth.
///
/// ## Why is this bad?
/// Nobody is born twice. Either the identifier was mistyped, or two people's rows
/// were linked as one, and then stays and costs of both are told of one. Sex can
/// change in the register, with a new identifier; under one and the same it is a
/// mistake more often than not.
///
/// ## What to do
/// Look the rows up inside the secure environment and keep the right one. The
/// first row counts. `boligspor import registers` keeps what the newest snapshot
/// says and counts the changes (`birth_date`, `sex` of `bef`).
///
/// ## Example
/// | person | birth_date | sex |
/// |--------|------------|-----|
/// | 1 | 1980-05-01 | 2 |
/// | 1 | 1961-11-23 | 1 |
pub(super) struct IdentityChange;

impl Rule for IdentityChange {
    fn meta(&self) -> Meta {
        rule("R506", "identity-change", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let table = Table::Persons;
        let (Some(people), Some(roster)) = (context.people(table), context.roster) else {
            return;
        };
        let births = context.days(table, "birth_date");
        let sexes = context.texts(table, "sex");
        // Each later row beside the person's first; a missing value says nothing.
        let later = || {
            let rows = people.iter().enumerate();
            rows.filter(|(_, person)| **person != NOBODY)
                .map(|(row, person)| (roster.row[*person as usize] as usize, row))
                .filter(|(first, row)| first != row)
        };
        let other_birth = births.map_or(0, |days| {
            later()
                .filter(
                    |(a, b)| matches!((days.get(*a), days.get(*b)), (Some(x), Some(y)) if x != y),
                )
                .count()
        });
        let other_sex = sexes.map_or(0, |texts| {
            later()
                .filter(
                    |(a, b)| matches!((texts.get(*a), texts.get(*b)), (Some(x), Some(y)) if x != y),
                )
                .count()
        });
        for (column, rows) in [("birth_date", other_birth), ("sex", other_sex)] {
            findings.add(
                At::column(context, table, column, rows),
                "disagree with the person's first row",
                "see whether two people share an identifier, and keep the right row",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Persons;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn another_birth_and_another_sex_are_told() {
        let persons = "person,birth_date,sex
            1,1980-05-01,2
            1,1961-11-23,2
            1,1980-05-01,1
            2,1990-07-01,1";
        let mut wanted = at("persons.birth_date", 1, Warning);
        wanted.extend(at("persons.sex", 1, Warning));
        assert_eq!(found("R506", &[(Persons, persons)]), wanted);
    }

    #[test]
    fn a_row_again_and_a_missing_value_are_not() {
        let persons = "person,birth_date,sex\n1,1980-05-01,2\n1,1980-05-01,2\n1,,\n2,1990-07-01,1";
        assert_eq!(found("R506", &[(Persons, persons)]), []);
    }
}
