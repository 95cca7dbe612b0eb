//! R206.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::context::is_sentinel;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A stay or a cost starts after the person's death.
///
/// ## Why is this bad?
/// One of the dates is wrong, or the identifier is another person's. Registers
/// also bill and deregister late.
///
/// ## What to do
/// Correct the dates in the source. The rows are kept: from the day of death on
/// the state is `dead` whatever stays say, and costs after it are counted where
/// they fall.
///
/// ## Example
/// A person who died 2022-03-01 with a stay from 2022-06-01.
pub(super) struct StayAfterDeath;

impl Rule for StayAfterDeath {
    fn meta(&self) -> Meta {
        rule("R206", "stay-after-death", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some(dates) = context.of_person("death_date") else {
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
                    matches!((day, date), (Some(day), Some(date)) if *day > date && !is_sentinel(*day) && !is_sentinel(date))
                })
                .count();
            findings.add(
                At::column(context, table, column, rows),
                "start after the person's death",
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
        let stays = "person,start,end,state\n2,2022-03-02,,dwelling\n2,2022-03-01,,dwelling";
        assert_eq!(
            found("R206", &[(Stays, stays)]),
            at("stays.start", 1, Warning)
        );
        let costs = "person,date,category,amount\n2,2022-03-02,a,1\n2,2022-03-01,a,1";
        assert_eq!(
            found("R206", &[(Costs, costs)]),
            at("costs.date", 1, Warning)
        );
    }
}
