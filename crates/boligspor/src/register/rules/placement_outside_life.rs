//! R504.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::Day;
use crate::register::context::Context;
use crate::register::context::is_sentinel;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A person is placed before birth or after death.
///
/// ## Why is this bad?
/// The dates or the identifier are wrong, and follow-up would start with someone
/// who is not there.
///
/// ## What to do
/// Correct the dates in the source or leave the row out. A placement on the day
/// of death is possible. Where the rule is turned down, the rows are kept, and
/// such a person is dead from time zero on.
///
/// ## Example
/// A person who died 2022-03-01 and is placed on 2022-06-01.
pub(super) struct PlacementOutsideLife;

impl Rule for PlacementOutsideLife {
    fn meta(&self) -> Meta {
        rule("R504", "placement-outside-life", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let (Some(people), Some(placed)) = (
            context.people(Table::Placements),
            context.days(Table::Placements, "placed_on"),
        ) else {
            return;
        };
        let dates = |column| context.of_person(column).unwrap_or_default();
        let (births, deaths) = (dates("birth_date"), dates("death_date"));
        let of = |dates: &[Option<Day>], person: u32| dates.get(person as usize).copied().flatten();
        let rows = people
            .iter()
            .zip(placed.iter())
            .filter(|(person, day)| {
                day.filter(|day| !is_sentinel(*day)).is_some_and(|day| {
                    of(&births, **person).is_some_and(|birth| day < birth)
                        || of(&deaths, **person).is_some_and(|death| day > death)
                })
            })
            .count();
        findings.add(
            At::column(context, Table::Placements, "placed_on", rows),
            "lie before the person's birth or after the person's death",
            "correct the dates in the source, or leave the rows out",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Error;
    use crate::register::Table::Placements;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn placements_before_birth_and_after_death_are_counted() {
        let placements = "person,placed_on,municipality\n1,1980-04-30,461\n1,2020-01-01,461\n2,2022-03-01,461\n2,2022-03-02,461";
        assert_eq!(
            found("R504", &[(Placements, placements)]),
            at("placements.placed_on", 2, Error)
        );
    }
}
