//! What leaves of a comparison of municipalities.

use super::*;
use crate::cohort::{Cohort, CohortSpec};
use crate::disclosure::Policy;
use crate::release::{Cell, Release, Released};
use crate::retention::Definition;
use crate::testing::Rows;

fn refs(of: &[String]) -> Vec<&str> {
    of.iter().map(String::as_str).collect()
}

/// People placed and homes lost by municipality, everybody of one age.
fn cohort(of: &[(&str, usize, usize)]) -> Cohort {
    let (mut persons, mut placements, mut stays) = (Vec::new(), Vec::new(), Vec::new());
    for (code, people, lost) in of {
        for i in 0..*people {
            let name = format!("{code}-{i:03}");
            let end = if i < *lost { "2021-06-01" } else { "" };
            persons.push(format!("{name}|1980-01-01|"));
            placements.push(format!("{name}||2021-01-01|{code}|"));
            stays.push(format!("{name}|2021-01-01|{end}|dwelling|{name}"));
        }
    }
    let rows = Rows {
        persons: &refs(&persons),
        placements: &refs(&placements),
        stays: &refs(&stays),
        costs: &[],
    };
    rows.cohort("2023-12-31", CohortSpec::default())
}

fn released(of: &[(&str, usize, usize)]) -> Released<Comparison> {
    let spec = CompareSpec {
        definition: Definition {
            horizons: vec![12],
            ..Definition::default()
        },
        horizon: 12,
        case_mix: vec!["age_group".into()],
        anonymous: false,
        ..CompareSpec::default()
    };
    let found = compare(&cohort(of), &spec).unwrap();
    let mut policy = Policy::named("statistics-denmark").unwrap();
    policy.percent_decimals = 0;
    found.release(&policy).unwrap()
}

fn row(released: &Released<Comparison>, name: &str) -> Vec<Cell> {
    let rows = released.tables()[0].rows();
    let found = rows
        .iter()
        .find(|row| matches!(&row[0], Cell::Key(code, _) if code.contains(name)));
    found.unwrap().clone()
}

#[test]
fn the_ratio_is_that_of_the_published_numbers() {
    // 100, 80 and 60 people; 36 of 240 lost, so 15, 12 and 9 are expected.
    let all = released(&[("101", 100, 10), ("461", 80, 14), ("751", 60, 12)]);
    let odense = row(&all, "461");
    assert_eq!(odense[1], Cell::Number(80.0));
    // 14 of 80 is 17.5 %, published as 18: 14 again.
    assert_eq!(odense[2], Cell::Number(18.0));
    assert_eq!(odense[3], Cell::Number(12.0));
    assert_eq!(odense[4], Cell::Number(14.0 / 12.0));
    let country = row(&all, "all");
    assert_eq!(
        country[1..4],
        [Cell::Number(240.0), Cell::Number(15.0), Cell::Empty]
    );
}

#[test]
fn those_expecting_few_events_stand_together_and_few_events_are_not_shown() {
    let all = released(&[
        ("101", 100, 10),
        ("147", 20, 2),
        ("151", 30, 4),
        ("461", 80, 3),
        ("751", 60, 12),
    ]);
    let names: Vec<String> = all.tables()[0]
        .rows()
        .iter()
        .map(|row| match &row[0] {
            Cell::Key(code, _) => code.clone(),
            _ => String::new(),
        })
        .collect();
    let expected = [
        "all",
        "Aarhus (751)",
        "København (101)",
        "Odense (461)",
        "others",
    ];
    assert_eq!(names, expected);
    assert_eq!(row(&all, "others")[1], Cell::Number(50.0));
    // Three of 80: the share and what follows from it stay, what is expected does not.
    let odense = row(&all, "461");
    assert_eq!(odense[2], Cell::Withheld);
    assert_eq!(odense[4], Cell::Withheld);
    assert!(matches!(odense[3], Cell::Number(_)));
    // Nor can it be had from the country less the others: one more is withheld.
    let shares = names
        .iter()
        .filter(|name| row(&all, name)[2] != Cell::Withheld);
    assert!(shares.count() <= 3);
}
