//! Net costs worked out by hand.

use super::super::{Adjust, Design};
use super::*;
use crate::cohort::{Cohort, CohortSpec};
use crate::error::Error;
use crate::lang::Lang;
use crate::testing::{Rows, close, find, number};

/// Two placed and two not, with costs by year since two years before time zero,
/// a tenth of them cash benefits.
fn cohort() -> Cohort {
    let amounts = [
        ("a", [100, 200, 90]),
        ("b", [120, 220, 110]),
        ("c", [80, 180, 130]),
        ("d", [60, 160, 90]),
    ];
    let mut costs = Vec::new();
    for (person, years) in amounts {
        for (k, amount) in years.into_iter().enumerate() {
            let year = 2016 + k;
            let line = |category: &str, amount: f64, payer: &str| {
                let until = year + 1;
                format!("{person}|{year}-01-01|{until}-01-01|{category}|{amount}|{payer}")
            };
            let amount = f64::from(amount);
            costs.push(line("support", 0.9 * amount, "municipality"));
            costs.push(line("cash_benefits", 0.1 * amount, "state"));
        }
    }
    let costs: Vec<&str> = costs.iter().map(String::as_str).collect();
    let rows = Rows {
        persons: &[
            "a|1980-01-01|",
            "b|1980-01-01|",
            "c|1980-01-01|",
            "d|1980-01-01|",
        ],
        placements: &[
            "a|2017-12-01|2018-01-01|101|h1",
            "b|2017-12-01|2018-01-01|101|h2",
            "c|2018-01-01||101|",
            "d|2018-01-01||101|",
        ],
        stays: &[
            "a|2018-01-01||dwelling|h1",
            "b|2018-01-01||dwelling|h2",
            "d|2018-01-01|2018-03-14|dwelling|h3",
        ],
        costs: &costs,
    };
    rows.cohort("2019-12-31", CohortSpec::default())
}

fn design() -> Design {
    Design {
        first: -2,
        last: 0,
        base: -2,
        adjust: Adjust::Year,
        replicates: 0,
        ..Design::default()
    }
}

fn programme(once: f64, per_year: f64) -> Scenario {
    Scenario {
        programme: vec![ProgrammeCost {
            payer: "municipality".into(),
            once,
            per_year,
        }],
        replicates: 200,
        ..Scenario::default()
    }
}

#[test]
fn a_saving_against_the_programme_by_payer() {
    let found = net_cost(&cohort(), &design(), &programme(10.0, 20.0)).unwrap();
    let net = |view: &str, payer: &str| {
        let keys = [("view", view), ("payer", payer)];
        number(found.table(), "net_cost", find(found.table(), &keys)[0])
    };
    // Since the base year the placed change by −10 each, the others by +50 and
    // +30: a saving of 50, against 30 for the programme.
    close(net("budget", "all"), -50.0 + 30.0);
    close(net("budget", "municipality"), -45.0 + 30.0);
    close(net("budget", "state"), -5.0);
    let society = find(found.table(), &[("view", "societal")])[0];
    // Without cash benefits, in market prices.
    close(
        number(found.table(), "net_cost", society),
        1.28 * (-45.0 + 30.0),
    );
}

#[test]
fn an_extra_day_has_a_price() {
    let found = net_cost(&cohort(), &design(), &programme(0.0, 415.0)).unwrap();
    let row = find(found.per_day(), &[("payer", "all")])[0];
    let got = |column| number(found.per_day(), column, row);
    // 365 days for the placed; 0 and 72 (1 January to 13 March) for the others.
    close(got("days_difference"), 365.0 - 36.0);
    close(got("cost_difference"), 365.0);
    close(got("ratio"), 365.0 / 329.0);
    let worth = find(
        found.acceptability(),
        &[("payer", "all"), ("price", "100.0")],
    )[0];
    close(
        number(found.acceptability(), "net_benefit", worth),
        100.0 * 329.0 - 365.0,
    );
}

#[test]
fn the_month_of_breaking_even() {
    // After m months and d days the placed have cost 100·d/365 − 110·m/12 more
    // than at the base year's rate, the others 110·d/365 − 70·m/12: with 30 once,
    // 30 − 10·d/365 − 40·m/12 is 0.9 after seven months and −3.3 after eight.
    let found = net_cost(&cohort(), &design(), &programme(30.0, 0.0)).unwrap();
    let row = find(found.table(), &[("payer", "all")])[0];
    close(number(found.table(), "break_even_month", row), 8.0);
    let never = net_cost(&cohort(), &design(), &programme(60.0, 0.0)).unwrap();
    let row = find(never.table(), &[("payer", "all")])[0];
    assert!(number(never.table(), "break_even_month", row).is_none());
    let last = find(never.curve(), &[("payer", "all"), ("month", "12")])[0];
    close(number(never.curve(), "cumulative", last), 10.0);
}

#[test]
fn a_programme_without_cost_is_told_and_faults_are_refused() {
    let found = net_cost(&cohort(), &design(), &Scenario::default()).unwrap();
    let said = found.warnings(Lang::En).join(" ");
    assert!(said.contains("no programme cost") && said.contains("too narrow"));
    assert!(found.warnings(Lang::Da).join(" ").contains("programudgift"));
    for bad in [
        programme(-1.0, 0.0),
        programme(f64::NAN, 0.0),
        Scenario {
            housed: Vec::new(),
            ..Scenario::default()
        },
        Scenario {
            prices: vec![f64::INFINITY],
            ..Scenario::default()
        },
    ] {
        let refused = net_cost(&cohort(), &design(), &bad).unwrap_err();
        assert!(matches!(refused, Error::Option { .. }));
    }
}
