//! R202.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::Day;
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A spell ends on the day it starts, and so holds no day.
///
/// ## Why is this bad?
/// Intervals are half-open here: the end is the first day no longer. A register
/// with inclusive ends loses the last day of every stay, and all one-day stays.
///
/// ## What to do
/// Where the source's ends are inclusive, add a day to all of them. Otherwise
/// nothing: such stays (somebody admitted and discharged on one day) are left
/// out, and such costs fall on their day.
///
/// ## Example
/// | person | start | end | state |
/// |--------|-------|-----|-------|
/// | 1 | 2023-05-01 | 2023-05-01 | hospital |
pub(super) struct ZeroLength;

impl Rule for ZeroLength {
    fn meta(&self) -> Meta {
        rule("R202", "zero-length", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for table in [Table::Stays, Table::Costs, Table::Services] {
            let (Some(start), Some(end)) =
                (context.days(table, "start"), context.days(table, "end"))
            else {
                continue;
            };
            let same = |(start, end): &(Option<Day>, Option<Day>)| start.is_some() && start == end;
            let rows = start.iter().zip(end.iter()).filter(same).count();
            let done = if table == Table::Costs {
                "they fall on their day"
            } else {
                "they are left out"
            };
            findings.add(
                At::column(context, table, "end", rows),
                "end on the day they start",
                format!("{done}; if the source's ends are inclusive, add a day to all ends"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn stays_without_a_day_are_counted_and_one_day_stays_are_not() {
        let stays = "person,start,end,state\n1,2020-01-01,2020-01-01,dwelling\n1,2020-01-01,2020-01-02,dwelling\n1,2020-01-01,,dwelling";
        assert_eq!(
            found("R202", &[(Stays, stays)]),
            at("stays.end", 1, Warning)
        );
    }
}
