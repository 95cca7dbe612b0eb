//! Pricing of services: amounts worked out by hand, and every fault named.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::calendar;
use crate::cohort::{Cohort, CohortSpec};
use crate::error::{Error, Result};
use crate::register::Table;
use crate::testing::{Rows, close, find, lenient, number, table};

const PRICES: &[&str] = &[
    "service",
    "year",
    "unit_price",
    "payer",
    "share",
    "unit",
    "days",
];

/// One person placed on 1 January 2021 who used `services`, at `prices`.
fn priced(services: &[&str], prices: &[&str], spec: &CostSpec) -> Result<CostTrajectory> {
    let rows = Rows {
        persons: &["a|1980-01-01|"],
        placements: &["a||2021-01-01|461|"],
        stays: &["a|2015-01-01||dwelling|1"],
        costs: &[],
    };
    let services = table(&["person", "start", "end", "service", "quantity"], services);
    let register = rows
        .builder("2022-12-31")
        .table(Table::Services, services)
        .table(Table::Prices, table(PRICES, prices))
        .check_options(lenient())
        .build()?;
    let cohort = Cohort::builder(&Arc::new(register))
        .spec(CohortSpec::default())
        .build()?;
    trajectory(&cohort, spec)
}

fn years() -> CostSpec {
    CostSpec {
        period: Period::CalendarYear,
        first: -1,
        last: 1,
        replicates: 0,
        ..CostSpec::default()
    }
}

fn total(t: &CostTrajectory, period: &str, payer: &str) -> f64 {
    let at = [("period", period), ("category", "all"), ("payer", payer)];
    let rows = find(t.table(), &at);
    assert_eq!(rows.len(), 1);
    number(t.table(), "total", rows[0]).unwrap()
}

#[test]
fn a_spell_over_new_year_is_priced_in_each_years_prices() {
    // 22 December to 11 January: 10 nights of 2020 and 10 of 2021.
    let t = priced(
        &["a|2020-12-22|2021-01-11|shelter|"],
        &["shelter|2020|1000|||night|", "shelter|2021|1100|||night|"],
        &years(),
    )
    .unwrap();
    close(Some(total(&t, "-1", "all")), 10_000.0);
    close(Some(total(&t, "0", "all")), 11_000.0);
    let years = t.price_years();
    assert_eq!(years.height(), 2);
    assert_eq!(number(years, "price_year", 1), Some(2021.0));
    assert_eq!(number(years, "total", 1), Some(11_000.0));
}

#[test]
fn the_inclusive_rule_charges_the_end_day_too() {
    let price = |unit: &str, days: &str| {
        let prices = [format!("s|2021|70|||{unit}|{days}")];
        let prices: Vec<&str> = prices.iter().map(String::as_str).collect();
        let t = priced(&["a|2021-03-01|2021-03-11|s|"], &prices, &years()).unwrap();
        total(&t, "0", "all")
    };
    assert_eq!(price("", ""), 700.0); // ten days
    assert_eq!(price("day", "exclusive"), 700.0);
    assert_eq!(price("day", "inclusive"), 770.0); // eleven
    assert_eq!(price("night", "inclusive"), 700.0); // nights are ten anyhow
    assert_eq!(price("week", ""), 100.0); // 10/7 of 70
    assert_eq!(price("started_week", ""), 140.0); // two
    assert_eq!(price("contact", ""), 70.0); // one
}

#[test]
fn a_quantity_counts_units_and_a_row_may_hold_one_day() {
    let t = priced(
        &[
            "a|2021-03-01|2021-03-01|visit|",
            "a|2021-04-01|2021-04-01|visit|2.5",
            // Half of the four units lie in each year.
            "a|2020-12-31|2021-01-02|visit|4",
        ],
        &["visit|2020|100|||contact|", "visit|2021|200|||contact|"],
        &years(),
    )
    .unwrap();
    close(Some(total(&t, "-1", "all")), 200.0);
    close(Some(total(&t, "0", "all")), 200.0 + 500.0 + 400.0);
    // One day charged at both ends: admitted and discharged on it.
    let t = priced(
        &["a|2021-03-01|2021-03-01|bed|"],
        &["bed|2021|900|||day|inclusive"],
        &years(),
    );
    close(Some(total(&t.unwrap(), "0", "all")), 900.0);
}

#[test]
fn payers_share_every_ore() {
    let t = priced(
        &["a|2021-03-01|2021-03-02|s|"],
        &[
            "s|2021|100.01|municipality|0.5||",
            "s|2021|100.01|region|0.25||",
            "s|2021|100.01|state|0.25||",
        ],
        &years(),
    )
    .unwrap();
    // Running totals of 10,001 øre: 5,000.5 → 5,001; 7,500.75 → 7,501; 10,001.
    close(Some(total(&t, "0", "municipality")), 50.01);
    close(Some(total(&t, "0", "region")), 25.00);
    close(Some(total(&t, "0", "state")), 25.00);
    close(Some(total(&t, "0", "all")), 100.01);
}

#[test]
fn an_ongoing_service_ends_with_observation_and_has_no_end_day() {
    let t = priced(
        &["a|2022-12-30||s|"],
        &["s|2022|10|||day|inclusive"],
        &years(),
    );
    // 30 and 31 December; the register knows no discharge day.
    close(Some(total(&t.unwrap(), "1", "all")), 20.0);
}

#[test]
fn a_missing_price_names_service_and_year_and_nobody() {
    let services = ["a|2020-12-22|2021-01-11|shelter|"];
    let error = priced(&services, &["shelter|2020|1000|||night|"], &years()).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }));
    let text = error.to_string();
    assert!(text.contains("`shelter` in 2021"), "{text}");
    // Outside the window no price is asked for.
    let narrow = CostSpec { last: 0, ..years() };
    let later = [
        "a|2020-12-22|2020-12-24|shelter|",
        "a|2022-05-01|2022-05-05|other|",
    ];
    let prices = ["shelter|2020|1000|||night|", "other|2019|1|||night|"];
    priced(&later, &prices, &narrow).unwrap();
    let unlisted = priced(&services, &["visit|2020|1000||||"], &years()).unwrap_err();
    assert!(unlisted.to_string().contains("a price of `shelter`;"));
}

#[test]
fn faulty_prices_are_told_by_column_and_service() {
    let services = ["a|2021-03-01|2021-03-02|s|"];
    let fault = |prices: &[&str]| {
        let error = priced(&services, prices, &years()).unwrap_err();
        assert!(matches!(error, Error::Table { .. }), "{error}");
        error.to_string()
    };
    let text = fault(&["s|2021|1|state|0.5||", "s|2021|1|region|0.4||"]);
    assert!(
        text.contains("`share`") && text.contains("90 % for `s` in 2021"),
        "{text}"
    );
    assert!(fault(&["s|2021|1|||hour|"]).contains("`unit`"));
    assert!(fault(&["s|2021|1|||day|both"]).contains("`days`"));
    assert!(fault(&["s|2021|1|a|0.5||", "s|2021|2|b|0.5||"]).contains("`unit_price`"));
    assert!(fault(&["s|2021|1|||day|", "s|2022|1|||night|"]).contains("`unit`"));
    // Shares written with six decimals are thirds.
    let thirds = [
        "s|2021|1|a|0.333333||",
        "s|2021|1|b|0.333333||",
        "s|2021|1|c|0.333334||",
    ];
    priced(&services, &thirds, &years()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Day by day: each day belongs to a year, and costs that year's price.
    #[test]
    fn days_priced_one_by_one_come_to_the_same(
        spells in prop::collection::vec((-400i32..700, 0i32..400), 1..6),
        prices in prop::array::uniform3(1i64..500_000),
        inclusive in any::<bool>(),
    ) {
        let base = calendar::day(2021, 1, 1);
        let lines: Vec<String> = spells
            .iter()
            .map(|&(start, days)| format!(
                "a|{}|{}|s|",
                calendar::format(base + start),
                calendar::format(base + start + days),
            ))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let rule = if inclusive { "inclusive" } else { "exclusive" };
        let list: Vec<String> = (2019..2024)
            .map(|y| {
                let price = prices[(y - 2020).clamp(0, 2) as usize];
                format!("s|{y}|{}.{:02}|||day|{rule}", price / 100, price % 100)
            })
            .collect();
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let t = priced(&lines, &list, &years()).unwrap();
        for k in -1i32..=1 {
            let mut ore = 0i64;
            for &(start, days) in &spells {
                let until = base + start + days + i32::from(inclusive);
                for day in base + start..until.min(calendar::day(2023, 1, 1)) {
                    if calendar::civil(day).year == 2021 + k {
                        ore += prices[(k + 1) as usize];
                    }
                }
            }
            prop_assert!((total(&t, &k.to_string(), "all") - ore as f64 / 100.0).abs() < 1e-6);
        }
    }
}
