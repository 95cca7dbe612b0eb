//! R201.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A spell ends before it starts.
///
/// ## Why is this bad?
/// One of the two dates is wrong, and nothing says which.
///
/// ## What to do
/// Correct the dates in the source or leave the rows out. Where the rule is
/// turned down, such stays and services are left out, and such costs fall on
/// their first day.
///
/// ## Example
/// | person | start | end | state |
/// |--------|-------|-----|-------|
/// | 1 | 2023-05-01 | 2023-01-01 | shelter |
pub(super) struct EndBeforeStart;

impl Rule for EndBeforeStart {
    fn meta(&self) -> Meta {
        rule("R201", "end-before-start", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for table in [Table::Stays, Table::Costs, Table::Services] {
            let (Some(start), Some(end)) =
                (context.days(table, "start"), context.days(table, "end"))
            else {
                continue;
            };
            let rows = start
                .iter()
                .zip(end.iter())
                .filter(|(start, end)| matches!((start, end), (Some(s), Some(e)) if e < s))
                .count();
            findings.add(
                At::column(context, table, "end", rows),
                "end before they start",
                "correct the dates in the source, or leave the rows out",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Error;
    use crate::register::Table::{Costs, Stays};
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn spells_that_end_before_they_start_are_counted() {
        let stays = "person,start,end,state\n1,2020-01-02,2020-01-01,dwelling\n1,2020-01-01,2020-01-01,dwelling\n1,2020-01-01,,dwelling";
        assert_eq!(found("R201", &[(Stays, stays)]), at("stays.end", 1, Error));
        let costs = "person,start,end,category,amount\n1,2020-01-02,2020-01-01,a,1";
        assert_eq!(found("R201", &[(Costs, costs)]), at("costs.end", 1, Error));
    }
}
