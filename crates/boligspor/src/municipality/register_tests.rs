//! What a register says of municipalities, against numbers worked out by hand.

use boligspor_estimate::{exact_limits, wilson};
use polars::prelude::DataFrame;

use super::*;
use crate::lang::Lang;
use crate::register::{Register, Table};
use crate::testing::{Rows, close, find, number, table};

/// Four municipalities; one person, who is placed in Odense.
fn register(more: &[(Table, DataFrame)]) -> Register {
    let rows = Rows {
        persons: &["a|1980-01-01|", "b|1980-01-01|"],
        placements: &["a|2020-01-01|2020-04-01|461|", "b|2020-01-01||751|"],
        stays: &[
            "a|2019-01-01|2020-04-01|shelter|",
            "a|2020-04-01||dwelling|x",
            "b|2021-01-01|2021-01-11|shelter|",
        ],
        costs: &[],
    };
    let mut builder = rows.builder("2022-12-31");
    for (of, frame) in more {
        builder = builder.table(*of, frame.clone());
    }
    builder.build().unwrap()
}

fn municipalities() -> (Table, DataFrame) {
    (
        Table::Municipalities,
        table(
            &[
                "municipality",
                "year",
                "name",
                "group",
                "population",
                "rent",
            ],
            &[
                "101|2022|København|capital|600000|6000",
                "461|2022|Odense|city|200000|5000",
                "751|2022|Aarhus|city|300000|5200",
                "851|2022|Aalborg|city|220000|4000",
                "461|2020|Odense|city|190000|4800",
            ],
        ),
    )
}

#[test]
fn peers_are_the_nearest_and_each_mean_is_what_its_name_says() {
    let register = register(&[municipalities()]);
    let spec = PeerSpec {
        characteristics: vec!["rent".into()],
        count: 2,
        ..PeerSpec::default()
    };
    let found = peers(&register, &spec, "461").unwrap();
    let near = found.table("peers").unwrap();
    assert_eq!(near.height(), 2);
    assert_eq!(
        find(near, &[("peer", "1"), ("municipality", "Aarhus (751)")]).len(),
        1
    );
    // Both are 1,000 away from Odense: ties keep the order of the codes.
    assert_eq!(
        find(near, &[("peer", "2"), ("municipality", "København (101)")]).len(),
        1
    );
    let eco = found.table("eco").unwrap();
    let row = find(eco, &[("indicator", "rent"), ("year", "2022")])[0];
    close(number(eco, "own", row), 5000.0);
    close(number(eco, "peers_unweighted", row), 5600.0);
    close(
        number(eco, "group_unweighted", row),
        (5000.0 + 5200.0 + 4000.0) / 3.0,
    );
    close(number(eco, "region_unweighted", row), 5000.0);
    let people = [600.0, 200.0, 300.0, 220.0];
    let rents = [6000.0, 5000.0, 5200.0, 4000.0];
    let sum: f64 = people.iter().zip(rents).map(|(n, r)| n * r).sum();
    close(number(eco, "country_weighted", row), sum / 1320.0);
    assert!(peers(&register, &spec, "999").is_err());
    let unknown = PeerSpec {
        characteristics: vec!["shoes".into()],
        ..PeerSpec::default()
    };
    assert!(peers(&register, &unknown, "461").is_err());
}

#[test]
fn classes_follow_the_rule_and_say_why() {
    let rated = |rows: &[&str]| table(&["municipality", "precondition", "rating"], rows);
    let first = rated(&[
        "461|homes|met",
        "461|support|met",
        "461|organisation|partly",
        "751|homes|not_met",
        "751|support|partly",
        "751|organisation|partly",
        "851|homes|met",
        "851|support|met",
        "851|organisation|not_met",
        "101|homes|met",
    ]);
    let second = rated(&["461|homes|met", "751|homes|partly", "851|homes|met"]);
    let register = register(&[
        (Table::Assessments, first),
        (Table::SecondAssessments, second),
    ]);
    let rule = StatusRule {
        strong_from: 5,
        limited_to: 2,
        anonymous: false,
        ..StatusRule::default()
    };
    let found = implementation(&register, &rule).unwrap();
    let classes = found.table("classes").unwrap();
    for (name, class) in [
        ("Odense (461)", "strong"),
        ("Aarhus (751)", "limited"),
        ("Aalborg (851)", "partial"),
    ] {
        assert_eq!(
            find(classes, &[("municipality", name), ("class", class)]).len(),
            1
        );
    }
    assert_eq!(classes.height(), 3, "Copenhagen lacks ratings");
    assert!(found.warnings(Lang::En)[0].contains("1 municipalities lack"));
    let shares = found.table("shares").unwrap();
    close(
        number(shares, "low", find(shares, &[("class", "strong")])[0]),
        wilson(1, 3, 0.95).unwrap().low,
    );
    let moved = found.table("sensitivity").unwrap();
    let own = find(moved, &[("strong_from", "5"), ("limited_to", "2")])[0];
    close(number(moved, "moved", own), 0.0);
    // Strong from 6: Odense falls to partial.
    let strict = find(moved, &[("strong_from", "6"), ("limited_to", "2")])[0];
    close(number(moved, "moved", strict), 1.0);
    let agreement = found.table("agreement").unwrap();
    close(
        number(agreement, "n", find(agreement, &[("of", "homes")])[0]),
        3.0,
    );
    // met-met twice and one step apart of two: (1 + 1 + 1/2)/3.
    close(number(agreement, "agreement", 0), 2.5 / 3.0);
}

#[test]
fn a_rule_is_readable_text_and_refused_where_it_contradicts_itself() {
    let rule = StatusRule::parse("preconditions = [\"homes\"]\nstrong_from = 2\nlimited_to = 0");
    assert_eq!(rule.unwrap().preconditions, ["homes"]);
    // By default all three for strong, none and at most one in part for limited.
    let default = StatusRule::default();
    assert_eq!((default.strong_from, default.limited_to), (6, 1));
    assert!(StatusRule::parse("limited_to = 9").is_err());
    assert!(StatusRule::parse("strong = 9").is_err());
}

fn refs(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

#[test]
fn a_change_in_counts_has_exact_limits_and_a_planted_programme_is_found() {
    let mut counts = Vec::new();
    let mut people = Vec::new();
    // Ten municipalities; in five the rate halves from 2017 on.
    let codes: Vec<&str> = crate::register::Municipality::all()[..10]
        .iter()
        .map(|m| m.code)
        .collect();
    for (i, code) in codes.iter().enumerate() {
        for (t, year) in [2013, 2015, 2017, 2019].iter().enumerate() {
            people.push(format!("{code}|{year}|x|g|100000|1"));
            let base = (10 + 2 * i) * (10 + t);
            let n = if i < 5 && t > 1 { base / 2 } else { base };
            counts.push(format!("{code}|{year}|shelter|18-24|{n}"));
        }
    }
    let register = register(&[
        (
            Table::Counts,
            table(
                &["municipality", "year", "situation", "age_band", "n"],
                &refs(&counts),
            ),
        ),
        (
            Table::Municipalities,
            table(
                &[
                    "municipality",
                    "year",
                    "name",
                    "group",
                    "population",
                    "rent",
                ],
                &refs(&people),
            ),
        ),
    ]);
    let spec = CountSpec {
        programme: codes[..5].iter().map(ToString::to_string).collect(),
        programme_from: Some(2017),
        ..CountSpec::default()
    };
    let found = homelessness(&register, &spec).unwrap();
    let rates = found.table("rates").unwrap();
    let row = find(rates, &[("municipality", "x (101)"), ("year", "2013")])[0];
    close(number(rates, "per_1000", row), 1.0);
    close(
        number(rates, "high", row),
        exact_limits(100, 0.95).unwrap().high / 100.0,
    );
    let effect = found.table("programme").unwrap();
    let ratio = number(effect, "rate_ratio", 0).unwrap();
    assert!((ratio - 0.5).abs() < 0.01, "{ratio}");
    assert!(number(effect, "high", 0).unwrap() < 0.6);
    let years = found.table("programme_years").unwrap();
    let before = number(years, "rate_ratio", find(years, &[("year", "2013")])[0]).unwrap();
    assert!((before - 1.0).abs() < 0.05, "{before}");
    assert!(
        homelessness(
            &register,
            &CountSpec {
                programme_from: None,
                ..spec
            }
        )
        .is_err()
    );
}

#[test]
fn caseload_counts_months_above_the_norm_and_reach_counts_shelter_users() {
    let capacity = table(
        &[
            "municipality",
            "year",
            "month",
            "method",
            "caseworkers",
            "citizens",
        ],
        &[
            "461|2021||ICM|2|26",
            "461|2022|1|ICM|2|18",
            "461|2022|2|ICM|2|22",
            "461|2022|1|other|0|5",
        ],
    );
    let register = register(&[(Table::Capacity, capacity)]);
    let found = support(
        &register,
        &SupportSpec {
            anonymous: false,
            ..SupportSpec::default()
        },
    )
    .unwrap();
    let above = found.table("above_norm").unwrap();
    // A year above, one month below and one above the norm of 10.
    close(number(above, "months", 0), 14.0);
    close(number(above, "above_norm", 0), 13.0);
    let reach = found.table("target_group").unwrap();
    let row = |cluster| find(reach, &[("cluster", cluster)])[0];
    // Three years end with 2022: 91 of the first person's nights fall in them.
    close(number(reach, "people", row("transitional")), 2.0);
    close(number(reach, "placed", row("transitional")), 1.0);
    assert!(found.describe(Lang::Da).contains("recalled"));
}

#[test]
fn homes_wait_and_forecast() {
    let allocations = table(
        &["municipality", "year", "vacant", "allocated"],
        &["461|2022|400|80", "751|2022|0|0"],
    );
    let counts = table(
        &["municipality", "year", "situation", "age_band", "n"],
        &["461|2022|shelter|18-24|24", "751|2022|shelter|18-24|5"],
    );
    let register = register(&[
        municipalities(),
        (Table::Allocations, allocations),
        (Table::Counts, counts),
    ]);
    let spec = HomesSpec {
        anonymous: false,
        inflow: 0.0,
        loss: 0.0,
        spread: 0.0,
        suitable: 0.1,
        shares: vec![0.25],
        ..HomesSpec::default()
    };
    let found = homes(&register, &spec).unwrap();
    let allotted = found.table("allotted").unwrap();
    let odense = find(allotted, &[("municipality", "Odense (461)")])[0];
    close(number(allotted, "share", odense), 0.2);
    close(number(allotted, "of_legal", odense), 0.8);
    let forecast = found.table("forecast").unwrap();
    let odense = find(forecast, &[("municipality", "Odense (461)")])[0];
    // 24 people at ten homes a year.
    close(number(forecast, "median_years", odense), 3.0);
    let aarhus = find(forecast, &[("municipality", "Aarhus (751)")])[0];
    close(number(forecast, "emptied", aarhus), 0.0);
    assert_eq!(number(forecast, "median_years", aarhus), None);
    let waiting = found.table("waiting").unwrap();
    let year = find(waiting, &[("months", "12")])[0];
    close(number(waiting, "placed", year), 0.5);
}

#[test]
fn context_counts_municipalities_and_names_none() {
    let rows: Vec<String> = ["101", "461", "751", "851"]
        .iter()
        .map(|c| format!("{c}|barrier|rents||"))
        .chain(["461|risk|staff|3|4".to_owned()])
        .collect();
    let frame = table(
        &["municipality", "kind", "what", "likelihood", "consequence"],
        &refs(&rows),
    );
    let register = register(&[(Table::Context, frame)]);
    let found = context(&register, &ContextSpec::default()).unwrap();
    let frequencies = found.table("frequencies").unwrap();
    close(number(frequencies, "municipalities", 0), 4.0);
    assert_eq!(number(frequencies, "municipalities", 1), None);
    let all = format!("{frequencies}{}", found.table("risk_matrix").unwrap());
    for name in ["461", "Odense", "K0"] {
        assert!(!all.contains(name));
    }
}
