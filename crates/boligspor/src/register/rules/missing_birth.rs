//! R108.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A person has no birth date.
///
/// ## Why is this bad?
/// No age can be computed: the person falls out of every age group, and of every
/// cohort with an age limit.
///
/// ## What to do
/// Complete the dates, or report the people as of unknown age. They are kept.
///
/// ## Example
/// | person | birth_date | sex |
/// |--------|------------|-----|
/// | 1 | | 2 |
pub(super) struct MissingBirth;

impl Rule for MissingBirth {
    fn meta(&self) -> Meta {
        rule("R108", "missing-birth", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        if let Some(births) = context.days(Table::Persons, "birth_date") {
            findings.add(
                At::column(context, Table::Persons, "birth_date", births.null_count()),
                "have no birth date",
                "they are kept, of unknown age",
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
    fn people_without_a_birth_date_are_counted() {
        let persons = "person,birth_date,sex\n1,,2\n2,1990-07-01,1";
        assert_eq!(
            found("R108", &[(Persons, persons)]),
            at("persons.birth_date", 1, Warning)
        );
    }
}
