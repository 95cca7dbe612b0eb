//! R209.

use super::{At, Findings, Limit, Meta, Number, Rule, limited, rule};
use crate::calendar::age;
use crate::register::context::Context;
use crate::register::context::is_sentinel;
use crate::register::report::Severity;
use crate::register::table::Table;

const OLDEST: Limit = Limit {
    name: "oldest",
    default: 115.0,
    of: Number::Whole,
    what: "The age in years that nobody is expected to pass.",
};

/// A person would be older than anyone has been.
///
/// ## Why is this bad?
/// The birth date is most often a default of some system, and the age computed
/// from it nonsense.
///
/// ## What to do
/// Deliver unknown birth dates as missing. The people are kept, at the age the
/// date gives. The limit (`oldest`) is 115 years at death or at the end of observation.
///
/// ## Example
/// A person born 1901-03-01 who is alive at the end of 2023.
pub(super) struct ImplausibleBirth;

impl Rule for ImplausibleBirth {
    fn meta(&self) -> Meta {
        limited(
            rule("R209", "implausible-birth", Severity::Warning),
            &[OLDEST],
        )
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some(births) = context.days(Table::Persons, "birth_date") else {
            return;
        };
        let oldest = findings.limit(&OLDEST) as i32;
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
                    !is_sentinel(birth) && birth < last && age(birth, last) > oldest
                })
            })
            .count();
        findings.add(
            At::column(context, Table::Persons, "birth_date", rows),
            format!("make the person older than {oldest} years"),
            "deliver unknown birth dates as missing; the people are kept",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::CheckOptions;
    use crate::register::Severity::Warning;
    use crate::register::Table::Persons;
    use crate::register::rules::fixture::{at, found, found_with};

    #[test]
    fn the_age_can_be_chosen() {
        let persons = "person,birth_date,sex,death_date\n1,1921-01-01,2,\n2,1980-01-01,1,";
        let options = CheckOptions::default().with_limit("R209", "oldest", 100.0);
        assert_eq!(
            found_with("R209", &[(Persons, persons)], options),
            at("persons.birth_date", 1, Warning)
        );
    }

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
