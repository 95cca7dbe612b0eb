//! Groups compared against hand-worked numbers, plain shares and every way of
//! dividing the people.

use proptest::prelude::*;

use super::*;
use crate::cohort::{Cohort, CohortSpec};
use crate::lang::Lang;
use crate::retention::tests::{People, at, definition, spell};
use crate::retention::{Definition, Handling};
use crate::testing::{Rows, close, find, number};

/// Eight people in two municipalities, followed for three years. In 461 two of
/// four lose their home, after 100 and 200 days; in 751 one of four, after 300.
fn eight(lines: &mut Vec<String>) -> Vec<String> {
    let mut stays = Vec::new();
    for i in 0..8 {
        let municipality = if i < 4 { 461 } else { 751 };
        lines.push(format!("p{i}||2020-01-01|{municipality}|{i}"));
        let lost = [Some("2020-04-10"), Some("2020-07-19"), None, None]
            .into_iter()
            .chain([Some("2020-10-27"), None, None, None])
            .nth(i)
            .flatten();
        match lost {
            Some(day) => {
                stays.push(format!("p{i}|2020-01-01|{day}|dwelling|{i}"));
                stays.push(format!("p{i}|{day}||shelter|"));
            }
            None => stays.push(format!("p{i}|2020-01-01||dwelling|{i}")),
        }
    }
    stays
}

fn cohort() -> Cohort {
    let mut placements = Vec::new();
    let stays = eight(&mut placements);
    let persons: Vec<String> = (0..8).map(|i| format!("p{i}|1980-01-01|")).collect();
    let refs =
        |v: &'static [String]| -> Vec<&'static str> { v.iter().map(String::as_str).collect() };
    let (persons, placements, stays) = (persons.leak(), placements.leak(), stays.leak());
    let rows = Rows {
        persons: &refs(persons),
        placements: &refs(placements),
        stays: &refs(stays),
        costs: &[],
    };
    rows.cohort("2022-12-31", CohortSpec::default())
}

#[test]
fn two_groups_by_hand() {
    let result = compare(&cohort(), &at(&[6, 12]), &GroupsSpec::new("municipality")).unwrap();
    // At 12 months 2 of 4 and 3 of 4 are housed.
    let shares = result.shares();
    let row = find(shares, &[("horizon", "12")])[0];
    close(number(shares, "from_share", row), 0.5);
    close(number(shares, "to_share", row), 0.75);
    close(number(shares, "difference", row), 0.25);
    let se = (0.25f64 / 4.0 + 0.1875 / 4.0).sqrt();
    close(number(shares, "std_error", row), se);
    assert_eq!(
        number(shares, "p_value", row),
        number(shares, "p_holm", row)
    );
    // Log-rank: expected losses in 461 are 4/8, 3/7 and 2/6, observed two.
    let expected = 4.0 / 8.0 + 3.0 / 7.0 + 2.0 / 6.0;
    let variance = 0.25 + (3.0 / 7.0) * (4.0 / 7.0) + (2.0 / 6.0) * (4.0 / 6.0);
    let tests = result.tests();
    let row = find(tests, &[("test", "log_rank")])[0];
    close(
        number(tests, "statistic", row),
        (2.0f64 - expected).powi(2) / variance,
    );
    // Without competing events and censoring Gray's test is the log-rank test.
    let gray = find(tests, &[("test", "gray")])[0];
    let (a, b) = (
        number(tests, "statistic", row).unwrap(),
        number(tests, "statistic", gray).unwrap(),
    );
    assert!((a - b).abs() < 0.2, "{a} {b}");
    // Of 1,096 days 100, 200 and 300 are spent at home by those who lose it.
    let days = result.days();
    let first = (100.0 + 200.0 + 2.0 * 1096.0) / 4.0;
    let second = (300.0 + 3.0 * 1096.0) / 4.0;
    close(number(days, "difference", 0), second - first);
    assert_eq!(days.height(), 1);
    assert!(result.adjusted().is_none());
    assert!(result.warnings(Lang::En)[0].contains("mix of people"));
}

#[test]
fn groups_that_cannot_lose_a_home_are_not_tested_and_it_is_told() {
    let one = compare(&cohort(), &at(&[12]), &GroupsSpec::new("cohort_year")).unwrap();
    assert_eq!(one.tests().height(), 0);
    assert_eq!(one.shares().height(), 0);
    assert!(one.warnings(Lang::Da)[0].contains("intet at teste"));
}

#[test]
fn names_that_are_no_column_are_refused_by_option() {
    let text = |spec: GroupsSpec| {
        compare(&cohort(), &at(&[12]), &spec)
            .unwrap_err()
            .to_string()
    };
    assert!(text(GroupsSpec::new("")).contains("groups.by"));
    let adjust = |names: &[&str]| GroupsSpec {
        adjust: names.iter().map(|n| (*n).to_owned()).collect(),
        ..GroupsSpec::new("municipality")
    };
    assert!(text(adjust(&["nothing"])).contains("groups.adjust"));
    assert!(text(adjust(&["municipality"])).contains("groups.adjust"));
    let reference = GroupsSpec {
        reference: Some("101".into()),
        ..adjust(&["sex"])
    };
    assert!(text(reference).contains("groups.reference"));
}

/// Careers whose loss depends on age, and group on age too: the groups' crude
/// difference is case mix alone.
fn confounded() -> Cohort {
    let (mut persons, mut placements, mut stays) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..400 {
        let old = i % 2 == 0;
        let birth = if old { "1955-06-01" } else { "1990-06-01" };
        // Three of four of the old in 461, one of four of the young.
        let first = (i / 2) % 4 < if old { 3 } else { 1 };
        // Whether a home is lost goes by age alone, spread over both groups.
        let lost = (i / 8) % 10 < if old { 6 } else { 2 };
        persons.push(format!("p{i}|{birth}|"));
        let municipality = if first { 461 } else { 751 };
        placements.push(format!("p{i}||2020-01-01|{municipality}|{i}"));
        if lost {
            let day = format!("2020-{:02}-10", 2 + i / 40);
            stays.push(format!("p{i}|2020-01-01|{day}|dwelling|{i}"));
            stays.push(format!("p{i}|{day}||shelter|"));
        } else {
            stays.push(format!("p{i}|2020-01-01||dwelling|{i}"));
        }
    }
    let refs =
        |v: Vec<String>| -> Vec<&'static str> { v.leak().iter().map(String::as_str).collect() };
    let (persons, placements, stays) = (refs(persons), refs(placements), refs(stays));
    let rows = Rows {
        persons: &persons,
        placements: &placements,
        stays: &stays,
        costs: &[],
    };
    rows.cohort("2022-12-31", CohortSpec::default())
}

#[test]
fn a_difference_that_is_case_mix_goes_when_the_groups_are_made_alike() {
    let spec = GroupsSpec {
        adjust: vec!["age_group".into()],
        reference: Some("751".into()),
        ..GroupsSpec::new("municipality")
    };
    let result = compare(&confounded(), &at(&[12]), &spec).unwrap();
    // Crude: 461 keeps (150·0.4 + 50·0.8)/200 = 50 %, 751 (50·0.4 + 150·0.8)/200 = 70 %.
    close(number(result.shares(), "difference", 0), 0.2);
    let table = result.adjusted().unwrap();
    for method in ["weighting", "doubly_robust"] {
        let at = |quantity| find(table, &[("method", method), ("quantity", quantity)])[0];
        let gap = number(table, "difference", at("share")).unwrap();
        assert!(gap.abs() < 0.02, "{method} {gap}");
        let days = number(table, "difference", at("days")).unwrap();
        assert!(days.abs() < 20.0, "{method} {days}");
    }
    let balance = result.balance().unwrap();
    assert!(number(balance, "before", 0).unwrap().abs() > 1.0);
    assert!(number(balance, "after", 0).unwrap().abs() < 0.01);
    assert!(result.describe(Lang::Da).contains("omvendte sandsynlighed"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn split_any_way_and_merged_the_losses_are_those_of_the_whole(
        careers in prop::collection::vec((0i32..400, prop::collection::vec(spell(), 0..6)), 1..9),
        sides in prop::collection::vec(0usize..3, 9),
        definition in definition(),
    ) {
        let people = People::new(&careers);
        let observe = |keep: &dyn Fn(usize) -> bool| {
            let cohort = people.cohort(keep).stratified(["cohort_year"]).unwrap();
            LossSummary::observe(&cohort, &definition).unwrap()
        };
        let whole = observe(&|_| true);
        let parts: Vec<_> = (0..3).map(|s| observe(&|i| sides[i] == s)).collect();
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            let mut merged = parts[order[0]].clone();
            merged.merge(&parts[order[1]]).unwrap();
            let text = serde_json::to_string(&merged).unwrap();
            let mut merged: LossSummary = serde_json::from_str(&text).unwrap();
            merged.merge(&parts[order[2]]).unwrap();
            prop_assert_eq!(&merged, &whole);
            let told = |s: &LossSummary| s.tests().map(|t| t.map(|(_, t)| t.p_value.to_bits())).ok();
            prop_assert_eq!(told(&merged), told(&whole));
        }
    }
}

#[test]
fn competing_events_censor_one_test_and_not_the_other() {
    let mut placements = Vec::new();
    let stays = eight(&mut placements);
    let persons: Vec<String> = (0..8)
        .map(|i| {
            let died = if i == 6 || i == 7 { "2020-02-01" } else { "" };
            format!("p{i}|1980-01-01|{died}")
        })
        .collect();
    let refs =
        |v: Vec<String>| -> Vec<&'static str> { v.leak().iter().map(String::as_str).collect() };
    let (persons, placements, stays) = (refs(persons), refs(placements), refs(stays));
    let rows = Rows {
        persons: &persons,
        placements: &placements,
        stays: &stays,
        costs: &[],
    };
    let competing = Definition {
        death: Handling::Competing,
        ..at(&[12])
    };
    let cohort = rows.cohort("2022-12-31", CohortSpec::default());
    let result = compare(&cohort, &competing, &GroupsSpec::new("municipality")).unwrap();
    let tests = result.tests();
    let log_rank = find(tests, &[("test", "log_rank")])[0];
    // The two dead of 751 leave the risk set before every loss: 4/6, 3/5, 2/4.
    let expected = 4.0 / 6.0 + 3.0 / 5.0 + 2.0 / 4.0;
    let variance = (4.0 / 6.0) * (2.0 / 6.0) + 0.6 * 0.4 + 0.25;
    close(
        number(tests, "statistic", log_rank),
        (2.0f64 - expected).powi(2) / variance,
    );
    let gray = find(tests, &[("test", "gray")])[0];
    assert!(number(tests, "statistic", gray) != number(tests, "statistic", log_rank));
}
