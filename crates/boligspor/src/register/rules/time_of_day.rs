//! R109.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;

/// Dates came with a time of day.
///
/// ## Why is this bad?
/// It need not be: the unit here is the civil day, and the time was dropped. But
/// a time may also be the mark of a moment in another time zone, where the day
/// is the wrong one.
///
/// ## What to do
/// See that the times are local ones. Date-times with a time zone are refused
/// (R102).
///
/// ## Example
/// | person | start | end | state |
/// |--------|-------|-----|-------|
/// | 1 | 2023-01-01 22:30:00 | 2023-05-01 09:00:00 | shelter |
pub(super) struct TimeOfDay;

impl Rule for TimeOfDay {
    fn meta(&self) -> Meta {
        rule("R109", "time-of-day", Severity::Info)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given() {
            for (column, rows) in &loaded.with_time {
                findings.add(
                    At::column(context, loaded.table, column.name, *rows),
                    "had a time of day, which was dropped",
                    "see that the times are local ones",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Info;
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn times_other_than_midnight_are_counted() {
        let stays = "person,start,end,state\n1,2020-01-01 00:00:00,,dwelling\n1,2019-01-01T22:30:00,2019-02-01,shelter";
        assert_eq!(found("R109", &[(Stays, stays)]), at("stays.start", 1, Info));
    }
}
