//! R209.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::age;
use crate::register::context::Context;
use crate::register::context::is_sentinel;
use crate::register::report::Severity;
use crate::register::table::Table;

/// The age in years that nobody is expected to pass.
const OLDEST: i32 = 115;

/// A person would be older than anyone has been.
///
/// ## Why is this bad?
/// The birth date is most often a default of some system, and the age computed
/// from it nonsense.
///
/// ## What to do
/// Deliver unknown birth dates as missing. The people are kept, at the age the
/// date gives. The limit is 115 years at death or at the end of observation.
///
/// ## Example
/// A person born 1901-03-01 who is alive at the end of 2023.
pub(super) struct ImplausibleBirth;

impl Rule for ImplausibleBirth {
    fn meta(&self) -> Meta {
        rule("R209", "implausible-birth", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some(births) = context.days(Table::Persons, "birth_date") else {
            return;
        };
        let deaths = context.days(Table::Persons, "death_date");
        let rows = births
            .iter()
            .enumerate()
            .filter(|(row, birth)| {
                let death = deaths
                    .and_then(|d| d.get(*row))
                    .unwrap_or(context.observed_until);
                let last = death.min(context.observed_until);
                birth.is_some_and(|birth| {
                    !is_sentinel(birth) && birth < last && age(birth, last) > OLDEST
                })
            })
            .count();
        findings.add(
            At::column(context, Table::Persons, "birth_date", rows),
            format!("make the person older than {OLDEST} years"),
            "deliver unknown birth dates as missing; the people are kept",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Persons;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn ages_beyond_anyones_are_counted_for_the_living() {
        let persons =
            "person,birth_date,sex,death_date\n1,1901-01-01,2,\n2,1901-01-01,1,1980-01-01";
        assert_eq!(
            found("R209", &[(Persons, persons)]),
            at("persons.birth_date", 1, Warning)
        );
    }
}
