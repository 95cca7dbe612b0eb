//! R403.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::NEVER;
use crate::register::context::Context;
use crate::register::index::spans;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A cost has no day: neither a start nor a date.
///
/// ## Why is this bad?
/// It belongs to no period, before or after anything.
///
/// ## What to do
/// Give the spell as `start` and `end`, or the day as `date`. Where the rule is
/// turned down, the rows are left out.
///
/// ## Example
/// | person | start | end | date | category | amount |
/// |--------|-------|-----|------|----------|--------|
/// | 1 | | 2023-05-01 | | shelter | 1200 |
pub(super) struct UndatedCost;

impl Rule for UndatedCost {
    fn meta(&self) -> Meta {
        rule("R403", "undated-cost", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        if context.days(Table::Costs, "start").is_none()
            && context.days(Table::Costs, "date").is_none()
        {
            // Neither column is there, which R101 tells.
            return;
        }
        let undated = spans(context)
            .0
            .into_iter()
            .filter(|first| *first == NEVER)
            .count();
        findings.add(
            At::column(context, Table::Costs, "start", undated),
            "have neither a start nor a date",
            "give the spell as `start` and `end`, or the day as `date`",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Error;
    use crate::register::Table::Costs;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn a_start_or_a_date_is_enough() {
        let costs = "person,start,end,date,category,amount
            1,2020-01-01,,,a,1
            1,,,2020-01-01,a,1
            1,,2020-01-01,,a,1";
        assert_eq!(
            found("R403", &[(Costs, costs)]),
            at("costs.start", 1, Error)
        );
    }
}
