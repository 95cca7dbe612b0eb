//! R205.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::context::is_sentinel;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A stay or a cost starts before the person's birth.
///
/// ## Why is this bad?
/// One of the dates is wrong, or the identifier is another person's.
///
/// ## What to do
/// Correct the dates in the source. The rows are kept: no follow-up reaches
/// back before a birth.
///
/// ## Example
/// A person born 1990-07-01 with a stay from 1989-01-01.
pub(super) struct StayBeforeBirth;

impl Rule for StayBeforeBirth {
    fn meta(&self) -> Meta {
        rule("R205", "stay-before-birth", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some(dates) = context.of_person("birth_date") else {
            return;
        };
        for (table, column) in [
            (Table::Stays, "start"),
            (Table::Costs, "start"),
            (Table::Costs, "date"),
        ] {
            let (Some(people), Some(days)) = (context.people(table), context.days(table, column))
            else {
                continue;
            };
            let rows = people
                .iter()
                .zip(days.iter())
                .filter(|(person, day)| {
                    let date = dates.get(**person as usize).copied().flatten();
                    matches!((day, date), (Some(day), Some(date)) if *day < date && !is_sentinel(*day) && !is_sentinel(date))
                })
                .count();
            findings.add(
                At::column(context, table, column, rows),
                "start before the person's birth",
                "correct the dates in the source; the rows are kept",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::{Costs, Stays};
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn only_the_days_beyond_are_counted() {
        let stays = "person,start,end,state\n1,1980-04-30,,dwelling\n1,1980-05-01,,dwelling";
        assert_eq!(
            found("R205", &[(Stays, stays)]),
            at("stays.start", 1, Warning)
        );
        let costs = "person,date,category,amount\n1,1980-04-30,a,1\n1,1980-05-01,a,1";
        assert_eq!(
            found("R205", &[(Costs, costs)]),
            at("costs.date", 1, Warning)
        );
    }
}
