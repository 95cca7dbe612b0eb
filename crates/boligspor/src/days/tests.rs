//! Days housed against hand-worked numbers, plain averages, and every way of
//! dividing the people.

use proptest::prelude::*;

use super::*;
use crate::calendar;
use crate::cohort::{Cohort, CohortSpec};
use crate::lang::Lang;
use crate::retention::tests::{FOUR, People, spell};
use crate::state::State;
use crate::testing::{close, find, number};

fn within(months: u32) -> DaysSpec {
    DaysSpec {
        within: months,
        ..DaysSpec::default()
    }
}

fn days(result: &DaysHoused, state: &str) -> Option<f64> {
    let row = find(result.table(), &[("state", state)]);
    number(result.table(), "days", row[0])
}

#[test]
fn a_year_of_four_people_adds_up() {
    let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
    // 366 days from 31 January 2020 for each: a spends the last 16 of them in
    // hospital (15 January on), b 92 in shelter and then lives elsewhere, d 61
    // on the street.
    let result = estimate(&cohort, &within(12)).unwrap();
    let housed = (350.0 + (366.0 - 92.0) + 366.0 + (366.0 - 61.0)) / 4.0;
    close(days(&result, "housed"), housed);
    close(days(&result, "hospital"), 16.0 / 4.0);
    close(days(&result, "shelter"), 92.0 / 4.0);
    close(days(&result, "street"), 61.0 / 4.0);
    // b's other dwelling from 1 September on.
    close(days(&result, "other_dwelling"), 152.0 / 4.0);
    let table = result.table();
    let row = find(table, &[("state", "housed")])[0];
    close(number(table, "share", row), housed / 366.0);
    // The mean's own error: housed days 350, 274, 366, 305.
    let squares: f64 = [350.0, 274.0, 366.0, 305.0]
        .iter()
        .map(|d: &f64| (d - housed).powi(2))
        .sum();
    close(number(table, "std_error", row), (squares / 12.0).sqrt());

    let also = DaysSpec {
        housed: vec![State::Dwelling, State::Hospital],
        ..within(12)
    };
    close(
        days(&estimate(&cohort, &also).unwrap(), "housed"),
        housed + 4.0,
    );
    // After death days are days not lived: c from 1 March 2021 to 31 January 2022.
    close(
        days(&estimate(&cohort, &within(24)).unwrap(), "dead"),
        336.0 / 4.0,
    );
}

#[test]
fn nobody_followed_so_long_has_no_number_and_is_told() {
    let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
    let result = estimate(&cohort, &within(60)).unwrap();
    assert_eq!(days(&result, "housed"), None);
    assert!(result.warnings(Lang::En)[0].contains("60 months"));
    assert_eq!(result.differences().height(), 0);
    let spec = CohortSpec {
        from: Some(calendar::Date(30_000)),
        ..CohortSpec::default()
    };
    let empty = estimate(&FOUR.cohort("2024-01-31", spec), &within(12)).unwrap();
    assert_eq!(days(&empty, "housed"), None);
    assert!(empty.warnings(Lang::Da)[0].contains("ingen er med"));
}

#[test]
fn groups_are_compared_in_pairs() {
    let careers: Vec<_> = (0..30)
        .map(|i| (i * 6, vec![(i * 6, 30 + i * 5, 11, 0)]))
        .collect();
    let people = People::new(&careers);
    let cohort = people
        .cohort(|_| true)
        .stratified(["municipality", "person"])
        .unwrap();
    // Thirty strata of one person each: differences, but no standard errors.
    let result = estimate(&cohort, &within(6)).unwrap();
    let table = result.differences();
    let row = find(table, &[("state", "housed")]);
    assert_eq!(row.len(), 30 * 29 / 2);
    assert_eq!(number(table, "std_error", row[0]), None);
    let two = people.cohort(|_| true).stratified(["cohort_year"]).unwrap();
    assert_eq!(two.strata().len(), 2);
}

/// Days in a dwelling within so many months, by looking at each.
fn naive(cohort: &Cohort, member: usize, months: i32) -> f64 {
    let members = cohort.members();
    let zero = members.zero[member];
    let track = cohort.timeline().track(members.person[member]);
    (zero..calendar::add_months(zero, months))
        .filter(|&day| track.on(day).state == State::Dwelling)
        .count() as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn where_nobody_is_censored_it_is_the_plain_average(
        careers in prop::collection::vec((0i32..200, prop::collection::vec(spell(), 0..6)), 2..9),
    ) {
        let cohort = People::new(&careers).cohort(|_| true);
        let each: Vec<f64> = (0..cohort.len()).map(|m| naive(&cohort, m, 6)).collect();
        let n = each.len() as f64;
        let mean = each.iter().sum::<f64>() / n;
        let variance = each.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0) / n;
        let result = estimate(&cohort, &within(6)).unwrap();
        let row = find(result.table(), &[("state", "housed")])[0];
        prop_assert!((days(&result, "housed").unwrap() - mean).abs() < 1e-9);
        let se = number(result.table(), "std_error", row).unwrap();
        prop_assert!((se - variance.sqrt()).abs() < 1e-6, "{se} {}", variance.sqrt());
        // And the states add up to all days.
        let total: f64 = (0..result.table().height())
            .filter(|r| *r != row)
            .map(|r| number(result.table(), "days", r).unwrap())
            .sum();
        let all: f64 = cohort
            .members()
            .zero
            .iter()
            .map(|&z| f64::from(calendar::add_months(z, 6) - z))
            .sum::<f64>() / n;
        prop_assert!((total - all).abs() < 1e-9);
    }

    #[test]
    fn split_any_way_and_merged_the_sums_are_those_of_the_whole(
        careers in prop::collection::vec((0i32..200, prop::collection::vec(spell(), 0..6)), 1..7),
        sides in prop::collection::vec(0usize..3, 7),
    ) {
        let people = People::new(&careers);
        let observe = |keep: &dyn Fn(usize) -> bool| {
            let cohort = people.cohort(keep).stratified(["cohort_year"]).unwrap();
            DaysSummary::observe(&cohort, &within(14)).unwrap()
        };
        let whole = observe(&|_| true);
        let parts: Vec<_> = (0..3).map(|s| observe(&|i| sides[i] == s)).collect();
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            let mut merged = parts[order[0]].clone();
            merged.merge(&parts[order[1]]).unwrap();
            let text = serde_json::to_string(&merged).unwrap();
            let mut merged: DaysSummary = serde_json::from_str(&text).unwrap();
            merged.merge(&parts[order[2]]).unwrap();
            prop_assert_eq!(&merged, &whole);
            let (a, b) = (merged.estimate().unwrap(), whole.estimate().unwrap());
            prop_assert!(a.table().equals_missing(b.table()));
            prop_assert!(a.curve().equals_missing(b.curve()));
        }
    }
}

#[test]
fn the_number_of_threads_is_of_no_consequence() {
    let careers: Vec<_> = (0..40)
        .map(|i| (i * 4, vec![(i * 4, 30 + i * 7, 11 - (i as usize % 3), 0)]))
        .collect();
    let cohort = People::new(&careers).cohort(|_| true);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| DaysSummary::observe(&cohort, &within(12)).unwrap())
    };
    assert_eq!(run(1), run(5));
}
