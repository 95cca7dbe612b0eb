//! R210.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A person died before being born.
///
/// ## Why is this bad?
/// One of the two dates is wrong, and every age and every follow-up rests on
/// them.
///
/// ## What to do
/// Correct the dates in the source. Where the rule is turned down, the person
/// counts as dead from the date given, and so is never followed.
///
/// ## Example
/// | person | birth_date | sex | death_date |
/// |--------|------------|-----|------------|
/// | 1 | 1990-07-01 | 2 | 1985-01-01 |
pub(super) struct DeathBeforeBirth;

impl Rule for DeathBeforeBirth {
    fn meta(&self) -> Meta {
        rule("R210", "death-before-birth", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let (Some(births), Some(deaths)) = (
            context.days(Table::Persons, "birth_date"),
            context.days(Table::Persons, "death_date"),
        ) else {
            return;
        };
        let rows = births
            .iter()
            .zip(deaths.iter())
            .filter(|(birth, death)| matches!((birth, death), (Some(b), Some(d)) if d < b))
            .count();
        findings.add(
            At::column(context, Table::Persons, "death_date", rows),
            "lie before the person's birth",
            "correct the dates in the source",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Error;
    use crate::register::Table::Persons;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn a_death_on_the_day_of_birth_is_possible_and_before_it_is_not() {
        let persons = "person,birth_date,sex,death_date\n1,1990-01-01,2,1990-01-01\n2,1990-01-01,1,1989-12-31";
        assert_eq!(
            found("R210", &[(Persons, persons)]),
            at("persons.death_date", 1, Error)
        );
    }
}
