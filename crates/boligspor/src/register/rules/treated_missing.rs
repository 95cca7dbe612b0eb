//! R508.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::roster::NOBODY;
use crate::register::table::Table;

/// A person who was placed is missing from the population: not in `persons`, or
/// in no stay, cost or service at all.
///
/// ## Why is this bad?
/// Lists of the treated come from the projects, everything else from registers.
/// Who cannot be linked has neither a home nor a cost, and would be counted as
/// both homeless and cheap. Those without a valid identifier are not like the
/// others: they have been abroad, or were never registered.
///
/// ## What to do
/// Mend the identifiers of the project's list, and report how many of the treated
/// could not be found. The rows are kept where the person is in `persons`: their
/// days are `unknown`.
///
/// ## Example
/// A list of 120 placed, of whom 113 have any stay in any register.
pub(super) struct TreatedMissing;

impl Rule for TreatedMissing {
    fn meta(&self) -> Meta {
        rule("R508", "treated-missing", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let (Some(people), Some(placed), Some(roster)) = (
            context.people(Table::Placements),
            context.days(Table::Placements, "placed_on"),
            context.roster,
        ) else {
            return;
        };
        let mut known = vec![false; roster.len()];
        for table in [Table::Stays, Table::Costs, Table::Services] {
            for person in context.people(table).unwrap_or_default() {
                if *person != NOBODY {
                    known[*person as usize] = true;
                }
            }
        }
        let rows = people
            .iter()
            .zip(placed.iter())
            .filter(|(person, placed)| {
                placed.is_some_and(|day| day <= context.observed_until)
                    && (**person == NOBODY || !known[**person as usize])
            })
            .count();
        findings.add(
            At::column(context, Table::Placements, "person", rows),
            "place a person of whom no register tells anything",
            "mend the identifiers of the list of placed, and report how many were not found",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::{Costs, Placements, Stays};
    use crate::register::rules::fixture::{at, found};

    const STAYS: &str = "person,start,end,state\n1,2020-01-01,,dwelling";

    #[test]
    fn placed_people_without_a_trace_are_counted() {
        let placements = "person,placed_on,municipality\n1,2020-01-01,461\n2,2020-01-01,461\n3,2020-01-01,461\n2,,461";
        assert_eq!(
            found("R508", &[(Placements, placements), (Stays, STAYS)]),
            at("placements.person", 2, Warning)
        );
    }

    #[test]
    fn a_cost_is_a_trace() {
        let placements = "person,placed_on,municipality\n1,2020-01-01,461\n2,2020-01-01,461";
        let costs = "person,date,category,amount\n2,2020-01-01,shelter,1";
        assert_eq!(
            found(
                "R508",
                &[(Placements, placements), (Stays, STAYS), (Costs, costs)]
            ),
            []
        );
    }
}
