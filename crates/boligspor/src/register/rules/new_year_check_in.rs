//! R212.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::civil;
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;
use crate::state::State;

/// A shelter stay begins on 1 January, where the person's last one ended on that
/// day or the day before.
///
/// ## Why is this bad?
/// Institutions discharge everybody on the last day of the year and check them
/// in again on the first. Nobody moved: one stay is told as two, or as ten over
/// ten years. Stays, returns and lengths of stay are wrong, and a night may be
/// missing.
///
/// ## What to do
/// Join the two. `boligspor import registers` does it and counts it
/// (`technical_check_ins`). The rows are kept as they are; days in shelter are
/// right to a night a year, numbers of stays are not.
///
/// ## Example
/// | person | start | end | state |
/// |--------|-------|-----|-------|
/// | 1 | 2020-11-03 | 2020-12-31 | shelter |
/// | 1 | 2021-01-01 | 2021-02-17 | shelter |
pub(super) struct NewYearCheckIn;

impl Rule for NewYearCheckIn {
    fn meta(&self) -> Meta {
        rule("R212", "new-year-check-in", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some((stays, grouped)) = context.stays() else {
            return;
        };
        let mut found = 0;
        for rows in grouped.groups() {
            let mut last = None;
            for i in rows.iter().map(|row| *row as usize) {
                if stays.state[i] != State::Shelter {
                    continue;
                }
                let (start, before) = (stays.start[i], last.replace(stays.end[i]));
                let touches = before.is_some_and(|end| (start - 1..=start).contains(&end));
                if touches {
                    let day = civil(start);
                    found += usize::from((day.month, day.day) == (1, 1));
                }
            }
        }
        findings.add(
            At::column(context, Table::Stays, "start", found),
            "begin on 1 January where the person's last shelter stay ended that day or the day before",
            "join what is one stay; the rows are kept",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn stays_torn_apart_at_new_year_are_counted() {
        let stays = "person,start,end,state
            1,2020-11-03,2020-12-31,shelter
            1,2021-01-01,2022-01-01,shelter
            1,2022-01-01,2022-01-09,shelter
            2,2020-11-03,2020-12-31,shelter
            2,2021-01-02,2021-01-09,shelter";
        assert_eq!(
            found("R212", &[(Stays, stays)]),
            at("stays.start", 2, Warning)
        );
    }

    #[test]
    fn who_arrives_on_1_january_is_not() {
        let stays = "person,start,end,state
            1,2020-11-03,2020-12-30,shelter
            1,2021-01-01,2021-02-01,shelter
            1,2021-02-01,2021-03-01,shelter
            2,2020-11-03,2021-01-01,hospital
            2,2021-01-01,2021-01-09,shelter";
        assert_eq!(found("R212", &[(Stays, stays)]), []);
    }
}
