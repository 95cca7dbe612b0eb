//! R207.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::Day;
use crate::register::context::Context;
use crate::register::context::is_sentinel;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A date lies after the last day of complete registers.
///
/// ## Why is this bad?
/// Either the last day is given too early, and follow-up is thrown away, or a
/// register has dates in the future, and what it says of them is a plan.
///
/// ## What to do
/// Set `observed_until` to the last day on which all registers are complete. The
/// rows are kept; nothing after that day is counted.
///
/// ## Example
/// `observed_until` is 2023-12-31 and a stay starts on 2024-02-01.
pub(super) struct AfterObservation;

impl Rule for AfterObservation {
    fn meta(&self) -> Meta {
        rule("R207", "after-observation", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for (table, columns) in [
            (Table::Persons, &["birth_date", "death_date"][..]),
            (Table::Placements, &["enrolled_on", "placed_on"]),
            (Table::Stays, &["start"]),
            (Table::Costs, &["start", "date"]),
            (Table::Services, &["start"]),
        ] {
            for column in columns {
                let Some(days) = context.days(table, column) else {
                    continue;
                };
                let after = |day: &Day| *day > context.observed_until && !is_sentinel(*day);
                findings.add(
                    At::column(
                        context,
                        table,
                        column,
                        days.iter().flatten().filter(after).count(),
                    ),
                    "lie after the last day of observation",
                    "nothing after that day is counted; see whether `observed_until` is right",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::{Persons, Stays};
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn the_last_day_itself_is_observed() {
        let stays = "person,start,end,state\n1,2023-12-31,,dwelling\n1,2024-01-01,,dwelling\n1,9999-12-31,,dwelling";
        assert_eq!(
            found("R207", &[(Stays, stays)]),
            at("stays.start", 1, Warning)
        );
        let persons = "person,birth_date,sex\n1,2051-01-01,2\n2,1990-07-01,1";
        assert_eq!(
            found("R207", &[(Persons, persons)]),
            at("persons.birth_date", 1, Warning)
        );
    }
}
