//! R405.

use std::collections::BTreeMap;

use super::cost_jump::{Jump, jump};
use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;

/// The price of a service is about a hundred or a thousand times that of the year
/// before.
///
/// ## Why is this bad?
/// Unit prices come from accounts, some of which are kept in øre and some in
/// thousands. One such price makes every day of its year wrong by that factor.
///
/// ## What to do
/// Bring all years to whole kroner a unit. The rows are kept as they are. The
/// rule compares each service's highest price of a year with that of the last
/// year before that has one, and tells of factors of 50 to 200 and of 500 to
/// 2,000, up or down.
///
/// ## Example
/// | service | year | unit_price |
/// |---------|------|------------|
/// | shelter | 2021 | 1150 |
/// | shelter | 2022 | 118000 |
pub(super) struct PriceJump;

impl Rule for PriceJump {
    fn meta(&self) -> Meta {
        rule("R405", "price-jump", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let (Some(services), Some(years), Some(prices)) = (
            context.texts(Table::Prices, "service"),
            context.integers(Table::Prices, "year"),
            context.numbers(Table::Prices, "unit_price"),
        ) else {
            return;
        };
        // Highest price and rows, by service and year: a payer's share of none
        // and a small supplement are no price of their own.
        let mut of_year: BTreeMap<(&str, i64), (f64, usize)> = BTreeMap::new();
        for ((service, year), price) in services.iter().zip(years.iter()).zip(prices.iter()) {
            if let (Some(service), Some(year), Some(price)) = (service, year, price)
                && price > 0.0
            {
                let (highest, rows) = of_year.entry((service, year)).or_default();
                *highest = highest.max(price);
                *rows += 1;
            }
        }
        let (mut hundred, mut thousand) = (0, 0);
        let mut before: Option<(&str, f64)> = None;
        for ((service, _), (price, rows)) in &of_year {
            if let Some((last, earlier)) = before
                && last == *service
            {
                match jump(earlier, *price) {
                    Some(Jump::Hundred) => hundred += rows,
                    Some(Jump::Thousand) => thousand += rows,
                    None => {}
                }
            }
            before = Some((service, *price));
        }
        for (rows, factor) in [(hundred, 100), (thousand, 1000)] {
            findings.add(
                At::column(context, Table::Prices, "unit_price", rows),
                format!(
                    "are about {factor} times the price of the year before, or that part of it"
                ),
                "bring all years to whole kroner a unit; the rows are kept as they are",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Prices;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn øre_and_thousands_are_seen() {
        let prices = "service,year,unit_price,payer,share
            shelter,2020,1100,municipality,0.5
            shelter,2020,1100,state,0.5
            shelter,2021,115000,municipality,0.5
            shelter,2021,115000,state,0.5
            contact,2020,0.9,,
            contact,2022,910,,";
        let mut wanted = at("prices.unit_price", 2, Warning);
        wanted.extend(at("prices.unit_price", 1, Warning));
        let mut of_rule = found("R405", &[(Prices, prices)]);
        of_rule.sort_by_key(|f| std::cmp::Reverse(f.1));
        assert_eq!(of_rule, wanted);
    }

    #[test]
    fn dear_years_and_two_services_are_not() {
        let prices = "service,year,unit_price\na,2020,10\na,2021,400\nb,2020,1000\nb,2021,1000";
        assert_eq!(found("R405", &[(Prices, prices)]), []);
    }
}
