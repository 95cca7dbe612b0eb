//! R401.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;

/// An amount or a price is negative.
///
/// ## Why is this bad?
/// A negative amount is a correction of an earlier one, or a sign the wrong
/// way round. A correction lowers the spend of its own period, not of the one
/// it corrects.
///
/// ## What to do
/// Net corrections against what they correct, before the run. The rows are
/// kept and counted with their sign.
///
/// ## Example
/// | person | date | category | amount |
/// |--------|------|----------|--------|
/// | 1 | 2023-05-01 | shelter | -1200 |
pub(super) struct NegativeCost;

impl Rule for NegativeCost {
    fn meta(&self) -> Meta {
        rule("R401", "negative-cost", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for (table, column) in [(Table::Costs, "amount"), (Table::Prices, "unit_price")] {
            let Some(amounts) = context.numbers(table, column) else {
                continue;
            };
            let rows = amounts.iter().flatten().filter(|a| *a < 0.0).count();
            findings.add(
                At::column(context, table, column, rows),
                "are negative",
                "net corrections against what they correct; the rows are kept with their sign",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Costs;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn negative_amounts_are_counted() {
        let costs =
            "person,date,category,amount\n1,2020-01-01,a,-1\n1,2020-01-02,a,0\n1,2020-01-03,a,1";
        assert_eq!(
            found("R401", &[(Costs, costs)]),
            at("costs.amount", 1, Warning)
        );
    }
}
