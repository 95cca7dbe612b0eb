//! Use of services and their prices, for the sample that prices and refunds.
//!
//! Nothing is drawn: spells in shelters and institutions are those of the
//! stays, spells of support those of the costs, and prices are the planted
//! daily rates in each year's price level. The municipality pays all of it, so
//! that refunds can be put on top.

use polars::prelude::*;

use crate::cost::price_index;
use crate::error::Result;

/// Service, price in the base year, unit.
const SERVICES: [(&str, f64, &str); 3] = [
    ("shelter", 1_500.0, "night"),
    ("institution", 1_900.0, "night"),
    ("support", 300.0, "day"),
];

/// Spells of service: `person, start, end, service, quantity`.
pub(crate) fn services(stays: &DataFrame, costs: &DataFrame) -> Result<DataFrame> {
    let spells = |from: &DataFrame, column: &str, kinds: &[&str]| -> Result<DataFrame> {
        let labels = from.column(column)?.str()?;
        let wanted: BooleanChunked = labels
            .iter()
            .map(|l| l.is_some_and(|l| kinds.contains(&l)))
            .collect();
        let mut kept = from
            .filter(&wanted)?
            .select(["person", "start", "end", column])?;
        kept.rename(column, "service".into())?;
        let none = Column::full_null("quantity".into(), kept.height(), &DataType::Float64);
        kept.with_column(none)?;
        Ok(kept)
    };
    let in_places = spells(stays, "state", &["shelter", "institution"])?;
    Ok(in_places.vstack(&spells(costs, "category", &["support"])?)?)
}

/// Unit prices: `service, year, unit_price, payer, share, unit`.
pub(crate) fn prices(years: std::ops::RangeInclusive<i32>) -> Result<DataFrame> {
    let base = price_index(*years.end());
    let rows: Vec<(&str, i32, f64, &str)> = years
        .flat_map(|year| {
            SERVICES.map(|(service, price, unit)| {
                let level = price_index(year) / base;
                (service, year, (price * level).round(), unit)
            })
        })
        .collect();
    let text = |name: &str, of: &dyn Fn(usize) -> &'static str| {
        let values: Vec<&str> = (0..rows.len()).map(of).collect();
        Column::new(name.into(), values)
    };
    let column = |i: usize| SERVICES[i % SERVICES.len()];
    Ok(DataFrame::new(
        rows.len(),
        vec![
            text("service", &|i| column(i).0),
            Column::new("year".into(), rows.iter().map(|r| r.1).collect::<Vec<_>>()),
            Column::new(
                "unit_price".into(),
                rows.iter().map(|r| r.2).collect::<Vec<_>>(),
            ),
            text("payer", &|_| "municipality"),
            Column::new("share".into(), vec![1.0; rows.len()]),
            text("unit", &|i| column(i).2),
        ],
    )?)
}
