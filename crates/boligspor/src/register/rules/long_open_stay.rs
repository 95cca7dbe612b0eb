//! R213.

use super::{At, Findings, Limit, Meta, Number, Rule, limited, rule};
use crate::calendar::{NEVER, add_months};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;
use crate::state::State;

const YEARS: Limit = Limit {
    name: "years",
    default: 3.0,
    of: Number::Whole,
    what: "Years after which a stay without an end is not believed.",
};

/// A stay in a shelter, hospital, hotel or on the street has been open for over
/// three years.
///
/// ## Why is this bad?
/// Stays there last months. One that never ends is a discharge that was not
/// reported, and every day since counts as homeless or in hospital: durations of
/// the newest years are too long, and homes kept meanwhile are not seen.
///
/// ## What to do
/// Ask for the discharges, or end such stays where the person is next seen
/// (`boligspor import registers` does it by `longest_open`). The rows are kept.
/// The rule counts stays without an end that began more than three years (`years`)
/// before `observed_until`, of people not known to have died.
///
/// ## Example
/// A shelter stay from 2017-04-01 without an end, in data until 2023-12-31.
pub(super) struct LongOpenStay;

impl Rule for LongOpenStay {
    fn meta(&self) -> Meta {
        limited(rule("R213", "long-open-stay", Severity::Warning), &[YEARS])
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some((stays, grouped)) = context.stays() else {
            return;
        };
        let deaths = context.of_person("death_date");
        let years = findings.limit(&YEARS) as i32;
        let latest = add_months(context.observed_until, -12 * years.min(1_000));
        let brief = |state| {
            matches!(
                state,
                State::Hospital | State::Shelter | State::Street | State::Hotel
            )
        };
        let mut found = 0;
        for (person, rows) in grouped.groups().enumerate() {
            if deaths.as_ref().is_some_and(|d| d[person].is_some()) {
                continue;
            }
            found += rows
                .iter()
                .map(|row| *row as usize)
                .filter(|&i| {
                    stays.end[i] == NEVER && stays.start[i] < latest && brief(stays.state[i])
                })
                .count();
        }
        findings.add(
            At::column(context, Table::Stays, "end", found),
            format!("are stays of a kind that lasts months, open for over {years} years"),
            "ask for the missing discharges; the rows are kept",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::CheckOptions;
    use crate::register::Severity::Warning;
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::{at, found, found_with};

    #[test]
    fn the_years_can_be_chosen() {
        let stays = "person,start,end,state\n1,2020-12-30,,shelter\n1,2019-01-01,,hospital";
        for (years, rows) in [(1.0, 2), (4.0, 1)] {
            let options = CheckOptions::default().with_limit("R213", "years", years);
            assert_eq!(
                found_with("R213", &[(Stays, stays)], options),
                at("stays.end", rows, Warning)
            );
        }
        let options = CheckOptions::default().with_limit("long-open-stay", "years", 5.0);
        assert_eq!(found_with("R213", &[(Stays, stays)], options), []);
    }

    #[test]
    fn a_discharge_that_never_came_is_counted() {
        // Data end on 2023-12-31; person 2 died.
        let stays = "person,start,end,state\n1,2020-12-30,,shelter\n1,2019-01-01,,hospital\n2,2019-01-01,,shelter";
        assert_eq!(
            found("R213", &[(Stays, stays)]),
            at("stays.end", 2, Warning)
        );
    }

    #[test]
    fn young_stays_and_homes_may_be_open() {
        let stays = "person,start,end,state\n1,2020-12-31,,shelter\n1,2010-01-01,,dwelling\n1,2010-01-01,,prison";
        assert_eq!(found("R213", &[(Stays, stays)]), []);
    }
}
