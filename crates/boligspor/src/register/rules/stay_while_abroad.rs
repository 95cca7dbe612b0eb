//! R211.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::Day;
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;
use crate::state::State;

/// A stay in a shelter, hospital or the like begins while the person is abroad.
///
/// ## Why is this bad?
/// One of the registers is wrong: the move home was reported late, or the
/// identifier is another person's. On such days `abroad` holds by the default
/// precedence, and the stay counts for nothing.
///
/// ## What to do
/// See whether moves home are reported late; a study's `precedence` can let the
/// stay win. The rows are kept. A dwelling kept while abroad is not counted here.
///
/// ## Example
/// | person | start | end | state |
/// |--------|-------|-----|-------|
/// | 1 | 2020-01-01 | 2022-01-01 | abroad |
/// | 1 | 2021-06-01 | 2021-06-09 | shelter |
pub(super) struct StayWhileAbroad;

impl Rule for StayWhileAbroad {
    fn meta(&self) -> Meta {
        rule("R211", "stay-while-abroad", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some((stays, grouped)) = context.stays() else {
            return;
        };
        let mut found = 0;
        for rows in grouped.groups() {
            let mut back = Day::MIN;
            for row in rows {
                let i = *row as usize;
                match stays.state[i] {
                    State::Abroad => back = back.max(stays.end[i]),
                    State::Dwelling | State::Dead | State::Unknown => {}
                    _ => found += usize::from(stays.start[i] < back),
                }
            }
        }
        findings.add(
            At::column(context, Table::Stays, "start", found),
            "begin while the person is abroad",
            "see whether moves home are reported late; the precedence of states decides the day",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn only_stays_under_a_roof_abroad_are_counted() {
        let stays = "person,start,end,state,dwelling
            1,2020-01-01,2022-01-01,abroad,
            1,2019-01-01,2020-02-01,shelter,
            1,2021-06-01,2021-06-09,shelter,
            1,2021-07-01,,dwelling,h1
            1,2022-01-01,2022-02-01,hospital,
            2,2021-06-01,2021-06-09,shelter,";
        assert_eq!(
            found("R211", &[(Stays, stays)]),
            at("stays.start", 1, Warning)
        );
    }

    #[test]
    fn who_is_home_again_may_stay_anywhere() {
        let stays = "person,start,end,state\n1,2020-01-01,2021-01-01,abroad\n1,2021-01-01,2021-02-01,shelter";
        assert_eq!(found("R211", &[(Stays, stays)]), []);
    }
}
