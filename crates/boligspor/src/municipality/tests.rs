//! The comparison against numbers worked out by hand.

use std::sync::Arc;

use boligspor_estimate::{exact_limits, wilson};

use super::*;
use crate::cohort::{Cohort, CohortSpec};
use crate::lang::Lang;
use crate::register::Table;
use crate::retention::Definition;
use crate::testing::{Rows, close, find, number, table};

fn spec() -> CompareSpec {
    CompareSpec {
        definition: Definition {
            horizons: vec![12],
            ..Definition::default()
        },
        horizon: 12,
        case_mix: vec!["age_group".into()],
        anonymous: false,
        small: 5,
        ..CompareSpec::default()
    }
}

fn refs(v: &[String]) -> Vec<&str> {
    v.iter().map(String::as_str).collect()
}

/// Odense: four young, of whom two lose the home, and one older, who keeps it.
/// Aarhus: two young, none of whom loses it, and three older, of whom one does.
fn cohort() -> Cohort {
    let lost = ["o1", "o2", "a5"];
    let young = ["o1", "o2", "o3", "o4", "a1", "a2"];
    let people = ["o1", "o2", "o3", "o4", "o5", "a1", "a2", "a3", "a4", "a5"];
    let persons: Vec<String> = people
        .iter()
        .map(|p| {
            format!(
                "{p}|{}|",
                if young.contains(p) {
                    "2000-01-01"
                } else {
                    "1970-01-01"
                }
            )
        })
        .collect();
    let placements: Vec<String> = people
        .iter()
        .map(|p| {
            format!(
                "{p}||2021-01-01|{}|",
                if p.starts_with('o') { "461" } else { "751" }
            )
        })
        .collect();
    let stays: Vec<String> = people
        .iter()
        .map(|p| {
            let end = if lost.contains(p) { "2021-06-01" } else { "" };
            format!("{p}|2021-01-01|{end}|dwelling|{p}")
        })
        .collect();
    let rows = Rows {
        persons: &refs(&persons),
        placements: &refs(&placements),
        stays: &refs(&stays),
        costs: &["o1|2020-06-01|2020-06-02|shelter|1000|municipality"],
    };
    let register = rows
        .builder("2023-12-31")
        .table(
            Table::Municipalities,
            table(
                &["municipality", "year", "name", "population"],
                &[
                    "461|2019|Odense|150000",
                    "461|2022|Odense|160000",
                    "751|2022|Aarhus|280000",
                ],
            ),
        )
        .table(
            Table::Counts,
            table(
                &["municipality", "year", "situation", "age_band", "n"],
                &[
                    "461|2019|shelter|18-24|75",
                    "461|2019|street|60+|50",
                    "461|2022|shelter|18-24|117",
                    "751|2022|shelter|18-24|400",
                    "751|2019|shelter|18-24|300",
                ],
            ),
        )
        .build()
        .unwrap();
    Cohort::builder(&Arc::new(register))
        .spec(CohortSpec::default())
        .build()
        .unwrap()
}

#[test]
fn the_expected_comes_from_everyones_rates_in_the_case_mix() {
    let c = compare(&cohort(), &spec()).unwrap();
    let odense = find(c.table(), &[("municipality", "Odense (461)")])[0];
    let aarhus = find(c.table(), &[("municipality", "Aarhus (751)")])[0];
    // Two of the six young are lost and one of the four older.
    let (young, older) = (2.0 / 6.0, 1.0 / 4.0);
    close(number(c.table(), "expected", odense), 4.0 * young + older);
    close(
        number(c.table(), "expected", aarhus),
        2.0 * young + 3.0 * older,
    );
    close(
        number(c.table(), "ratio", odense),
        2.0 / (4.0 * young + older),
    );
    let limits = exact_limits(2, 0.95).unwrap();
    close(
        number(c.table(), "ratio_high", odense),
        limits.high / (4.0 * young + older),
    );
    close(
        number(c.table(), "low", odense),
        wilson(3, 5, 0.95).unwrap().low,
    );
    // What is expected adds up to what is observed.
    let sum = |column| {
        [odense, aarhus]
            .iter()
            .map(|&r| number(c.table(), column, r).unwrap())
            .sum()
    };
    close(Some(sum("expected")), sum("observed"));
}

#[test]
fn homelessness_is_per_thousand_with_exact_limits() {
    let c = compare(&cohort(), &spec()).unwrap();
    let counts = c.counts().unwrap();
    let row = find(
        counts,
        &[("municipality", "Odense (461)"), ("year", "2019")],
    )[0];
    close(number(counts, "per_1000", row), 125.0 / 150.0);
    close(
        number(counts, "high", row),
        exact_limits(125, 0.95).unwrap().high / 150.0,
    );
    // Aarhus has no population in 2019: left out, counted, and not a zero.
    assert!(
        find(
            counts,
            &[("municipality", "Aarhus (751)"), ("year", "2019")]
        )
        .is_empty()
    );
    assert!(c.warnings(Lang::En).iter().any(|w| w.contains("1 counts")));
    let trend = c.trend().unwrap();
    let row = find(trend, &[("municipality", "Odense (461)")])[0];
    close(
        number(trend, "rate_ratio", row),
        (117.0 / 160.0) / (125.0 / 150.0),
    );
}

#[test]
fn anonymous_labels_are_stable_and_name_nothing() {
    let anonymous = CompareSpec {
        anonymous: true,
        ..spec()
    };
    let (a, b) = (
        compare(&cohort(), &anonymous).unwrap(),
        compare(&cohort(), &anonymous).unwrap(),
    );
    assert!(a.table().equals_missing(b.table()));
    let everything = format!("{} {:?}", a.table(), a.table().get_column_names());
    for name in ["461", "751", "Odense", "Aarhus", "homeless"] {
        assert!(!everything.contains(name), "{name}");
    }
    // Public counts under a label would say whose it is.
    assert!(find(a.counts().unwrap(), &[("municipality", "K01")]).is_empty());
    assert!(find(a.trend().unwrap(), &[("municipality", "K01")]).is_empty());
    let rows = find(a.table(), &[("municipality", "K01")]);
    assert_eq!(rows.len(), 1);
}

#[test]
fn small_municipalities_are_flagged_and_not_hidden() {
    let c = compare(&cohort(), &CompareSpec { small: 6, ..spec() }).unwrap();
    assert_eq!(c.table().height(), 2);
    assert_eq!(find(c.table(), &[("small", "true")]).len(), 2);
    assert!(c.warnings(Lang::En)[0].contains("2 of 2"));
}

#[test]
fn the_cost_change_is_that_of_the_municipalitys_own_trajectory() {
    let c = compare(&cohort(), &spec()).unwrap();
    let odense = find(c.table(), &[("municipality", "Odense (461)")])[0];
    // 1,000 kroner among five people observed for the 366 days of 2020, then nothing.
    close(
        number(c.table(), "cost_change", odense),
        -1000.0 / (5.0 * 366.0 / 365.25),
    );
}

#[test]
fn a_spec_that_contradicts_itself_is_refused() {
    let cohort = cohort();
    for bad in [
        CompareSpec {
            horizon: 24,
            ..spec()
        },
        CompareSpec {
            cost_periods: (1, -1),
            ..spec()
        },
        CompareSpec {
            cost_periods: (-9, 1),
            ..spec()
        },
        CompareSpec {
            case_mix: vec!["shoe_size".into()],
            ..spec()
        },
    ] {
        let error = compare(&cohort, &bad).unwrap_err();
        assert!(matches!(error, crate::Error::Option { .. }), "{error}");
    }
}

#[test]
fn someone_lost_to_follow_up_is_left_out_and_counted() {
    let spec = CompareSpec {
        definition: Definition {
            horizons: vec![120],
            ..Definition::default()
        },
        horizon: 120,
        ..spec()
    };
    let c = compare(&cohort(), &spec).unwrap();
    assert_eq!(number(c.table(), "expected", 0), Some(0.0));
    assert_eq!(number(c.table(), "ratio", 0), None);
    assert!(
        c.warnings(Lang::En)
            .iter()
            .any(|w| w.contains("10 of 10 people are left out"))
    );
    assert_eq!(c.limits().height(), 0);
}
