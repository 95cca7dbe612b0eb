//! R503.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::Day;
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::roster::NOBODY;
use crate::register::table::Table;
use crate::state::State;

/// On the day of a placement, no stay says that the person is in a home of their
/// own.
///
/// ## Why is this bad?
/// The two registers disagree: the placement is a plan that came to nothing, the
/// move was registered late, or the stays lack an address register. Such a person
/// starts follow-up without a home.
///
/// ## What to do
/// See how far the registers are apart, and let the definition of retention
/// forgive the first days. The rows are kept. Placements outside the observed
/// time are not looked at.
///
/// ## Example
/// A placement on 2020-01-01, and a dwelling from 2020-01-15.
pub(super) struct PlacementWithoutStay;

impl Rule for PlacementWithoutStay {
    fn meta(&self) -> Meta {
        rule("R503", "placement-without-stay", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let (Some(people), Some(placed), Some((stays, grouped))) = (
            context.people(Table::Placements),
            context.days(Table::Placements, "placed_on"),
            context.stays(),
        ) else {
            return;
        };
        let observed = |day: &Day| {
            *day <= context.observed_until && context.observed_from.is_none_or(|from| *day >= from)
        };
        let rows = people
            .iter()
            .zip(placed.iter())
            .filter(|(person, _)| **person != NOBODY)
            .filter_map(|(person, day)| Some((*person as usize, day.filter(observed)?)))
            .filter(|(person, day)| {
                let theirs = &grouped.order[grouped.offsets[*person]..grouped.offsets[person + 1]];
                !theirs.iter().any(|row| {
                    let i = *row as usize;
                    stays.state[i] == State::Dwelling
                        && stays.start[i] <= *day
                        && *day < stays.end[i]
                })
            })
            .count();
        findings.add(
            At::column(context, Table::Placements, "placed_on", rows),
            "have no stay in a dwelling on the day of placement",
            "see how far the registers are apart; the rows are kept",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::{Placements, Stays};
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn a_dwelling_must_hold_the_day_itself() {
        let stays = "person,start,end,state\n1,2020-01-02,,dwelling\n1,2019-01-01,,shelter\n2,2019-01-01,2020-01-02,dwelling";
        let placements = "person,placed_on,municipality\n1,2020-01-01,461\n2,2020-01-01,461\n2,2020-01-02,461\n2,2025-01-01,461\n2,,461";
        assert_eq!(
            found("R503", &[(Stays, stays), (Placements, placements)]),
            at("placements.placed_on", 2, Warning)
        );
    }
}
