//! R204.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::context::{far_future, far_past};
use crate::register::report::Severity;
use crate::register::table::Kind;

/// A date stands for something else: no end, or not known.
///
/// ## Why is this bad?
/// 9999-12-31 is how a system writes "no end", 1900-01-01 how it writes "not
/// known". Taken as dates they make ages of 123 years and stays of eight
/// thousand.
///
/// ## What to do
/// Deliver such dates as missing. Ends, deaths and placements from the year
/// 2200 on are read as missing: ongoing, alive, never placed. Dates up to 1900-01-01 are kept as they
/// are, except that a birth date so early is read as unknown.
///
/// ## Example
/// | person | start | end | state |
/// |--------|-------|-----|-------|
/// | 1 | 2023-05-01 | 9999-12-31 | dwelling |
pub(super) struct SentinelDate;

impl Rule for SentinelDate {
    fn meta(&self) -> Meta {
        rule("R204", "sentinel-date", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given() {
            for column in loaded
                .table
                .columns()
                .iter()
                .filter(|c| c.kind == Kind::Date)
            {
                let Some(days) = context.days(loaded.table, column.name) else {
                    continue;
                };
                let (mut late, mut early) = (0, 0);
                for day in days.iter().flatten() {
                    late += usize::from(day >= far_future());
                    early += usize::from(day <= far_past());
                }
                findings.add(
                    At::column(context, loaded.table, column.name, late),
                    "stand for `no end` (year 2200 or later)",
                    "they are read as missing",
                );
                let done = if column.name == "birth_date" {
                    "they are read as unknown"
                } else {
                    "they are kept"
                };
                findings.add(
                    At::column(context, loaded.table, column.name, early),
                    "stand for `not known` (1900-01-01 or earlier)",
                    format!("deliver them as missing; {done}"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::{Persons, Stays};
    use crate::register::rules::fixture::{at, faultless, found, frame};

    #[test]
    fn dates_that_stand_for_something_else_are_counted() {
        let stays = "person,start,end,state\n1,2020-01-01,9999-12-31,dwelling\n2,2020-01-01,2199-12-31,shelter";
        assert_eq!(
            found("R204", &[(Stays, stays)]),
            at("stays.end", 1, Warning)
        );
        let persons = "person,birth_date,sex\n1,1900-01-01,2\n2,1900-01-02,1";
        assert_eq!(
            found("R204", &[(Persons, persons)]),
            at("persons.birth_date", 1, Warning)
        );
    }

    #[test]
    fn an_end_without_end_is_an_ongoing_stay() {
        let stays = frame("person,start,end,state\n1,2020-01-01,9999-12-31,dwelling");
        let register = faultless().stays(stays).build().unwrap();
        assert_eq!(register.stays().end, [crate::calendar::NEVER]);
    }
}
