//! R404.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A payer's share of a price is not between 0 and 1.
///
/// ## Why is this bad?
/// Shares given in per cent would charge a hundred times the price.
///
/// ## What to do
/// Write 50 % as 0.5.
///
/// ## Example
/// | service | year | unit_price | payer | share |
/// |---------|------|------------|-------|-------|
/// | shelter | 2023 | 1150 | state | 50 |
pub(super) struct ShareOutOfRange;

impl Rule for ShareOutOfRange {
    fn meta(&self) -> Meta {
        rule("R404", "share-out-of-range", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some(shares) = context.numbers(Table::Prices, "share") else {
            return;
        };
        let rows = shares
            .iter()
            .flatten()
            .filter(|s| !(0.0..=1.0).contains(s))
            .count();
        findings.add(
            At::column(context, Table::Prices, "share", rows),
            "are not between 0 and 1",
            "write 50 % as 0.5",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Error;
    use crate::register::Table::Prices;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn percentages_are_refused() {
        let prices =
            "service,year,unit_price,payer,share\na,2020,1,state,0.5\na,2020,1,municipality,50";
        assert_eq!(
            found("R404", &[(Prices, prices)]),
            at("prices.share", 1, Error)
        );
    }
}
