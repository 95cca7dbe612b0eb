//! The curve against hand-worked numbers, the table at the horizons, and every
//! way of dividing the people.

use proptest::prelude::*;

use super::*;
use crate::cohort::CohortSpec;
use crate::retention::tests::{FOUR, People, at, definition, spell};
use crate::retention::{Handling, estimate};
use crate::testing::{close, find, number};

fn row(table: &DataFrame, outcome: &str, month: u32) -> usize {
    let month = month.to_string();
    find(
        table,
        &[("outcome", outcome), ("month", &month), ("day", "0")],
    )[0]
}

#[test]
fn ends_of_their_own_add_up_with_the_housed_to_one() {
    let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
    let competing = Definition {
        death: Handling::Competing,
        ..at(&[48])
    };
    let result = curve(&cohort, &competing, &CurveSpec::default()).unwrap();
    let table = result.table();
    // From 31 January 2020: a and d at home at 7 months, b in shelter; b moves
    // into another dwelling on 1 September (month 7 + 1 day), d loses the home
    // on 1 December 2020, c dies on 1 March 2021 (month 13 + 1 day).
    let expect = [
        (4, 4.0, 4.0, 0.0, 0.0),
        (7, 4.0, 3.0, 1.0, 0.0),
        (8, 4.0, 4.0, 0.0, 0.0),
        (12, 4.0, 3.0, 1.0, 0.0),
        (24, 3.0, 2.0, 1.0, 1.0),
    ];
    for (month, risk, home, none, dead) in expect {
        let of = |outcome| row(table, outcome, month);
        close(number(table, "n_risk", of("retained")), risk);
        close(number(table, "estimate", of("retained")), home / 4.0);
        close(number(table, "estimate", of("not_retained")), none / 4.0);
        close(number(table, "estimate", of("dead")), dead / 4.0);
    }
    // The death is told in the row that ends the month it fell in.
    close(number(table, "n_event", row(table, "dead", 13)), 0.0);
    close(number(table, "n_event", row(table, "dead", 14)), 1.0);
    close(number(table, "n_event", row(table, "retained", 8)), 1.0);
    assert!(
        result
            .describe(Lang::En)
            .contains("death is a competing event")
    );
}

#[test]
fn the_excluded_leave_the_denominator_but_their_end_is_shown_among_all() {
    let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
    let table = curve(&cohort, &at(&[48]), &CurveSpec::default())
        .unwrap()
        .table()
        .clone();
    // At 24 months c is dead: two of the three others are housed.
    close(
        number(&table, "estimate", row(&table, "retained", 24)),
        2.0 / 3.0,
    );
    close(number(&table, "estimate", row(&table, "dead", 24)), 0.25);
    let of = table.column("of").unwrap();
    assert_eq!(of.str().unwrap().get(row(&table, "dead", 24)), Some("all"));
}

#[test]
fn by_day_the_curve_changes_on_the_day_itself() {
    let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
    let spec = CurveSpec {
        by: Resolution::Day,
        ..CurveSpec::default()
    };
    let table = curve(&cohort, &at(&[48]), &spec).unwrap().table().clone();
    let on = |month: &str, day: &str| {
        find(
            &table,
            &[("outcome", "retained"), ("month", month), ("day", day)],
        )
    };
    // 1 June 2020 is four months and a day after 31 January.
    close(number(&table, "estimate", on("4", "1")[0]), 0.75);
    close(number(&table, "estimate", on("7", "1")[0]), 1.0);
    assert!(on("5", "0").is_empty());
    // Without months a definition in days has the same shares on its own days.
    let days = Definition {
        unit: HorizonUnit::Days,
        ..at(&[400])
    };
    let table = curve(&cohort, &days, &spec).unwrap().table().clone();
    let first = find(&table, &[("outcome", "retained"), ("day", "122")]);
    close(number(&table, "estimate", first[0]), 0.75);
}

#[test]
fn an_unbroken_stay_counts_at_risk_those_still_at_home() {
    let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
    let throughout = Definition {
        measure: Measure::Throughout,
        death: Handling::Competing,
        ..at(&[36])
    };
    let table = curve(&cohort, &throughout, &CurveSpec::default())
        .unwrap()
        .table()
        .clone();
    // b loses in month 5, d in month 11, c dies in month 14.
    for (month, risk, lost, dead) in [
        (4, 4.0, 0.0, 0.0),
        (12, 2.0, 0.5, 0.0),
        (36, 1.0, 0.5, 0.25),
    ] {
        close(number(&table, "n_risk", row(&table, "lost", month)), risk);
        close(number(&table, "estimate", row(&table, "lost", month)), lost);
        close(number(&table, "estimate", row(&table, "dead", month)), dead);
    }
}

#[test]
fn the_band_is_wider_than_the_intervals_and_begins_where_it_says() {
    let careers: Vec<_> = (0..60)
        .map(|i| (i, vec![(i, 60 + i * 5, 11, 0), (i + 20 + i * 3, 30, 5, 0)]))
        .collect();
    let cohort = People::new(&careers).cohort(|_| true);
    let spec = CurveSpec {
        band: true,
        band_from: 3,
        replicates: 200,
        ..CurveSpec::default()
    };
    let table = curve(&cohort, &at(&[12]), &spec).unwrap().table().clone();
    let mut seen = 0;
    for month in 0..=12 {
        let row = row(&table, "retained", month);
        let band = number(&table, "band_low", row);
        if month < 3 {
            assert_eq!(band, None);
        }
        if let (Some(band), Some(low)) = (band, number(&table, "low", row)) {
            assert!(band <= low);
            seen += 1;
        }
    }
    assert!(seen > 0, "{table}");
}

#[test]
fn an_empty_cohort_has_no_curve_and_says_so() {
    let spec = CohortSpec {
        from: Some(crate::calendar::Date(30_000)),
        ..CohortSpec::default()
    };
    let cohort = FOUR.cohort("2024-01-31", spec);
    let result = curve(&cohort, &at(&[12]), &CurveSpec::default()).unwrap();
    assert_eq!(result.table().height(), 0);
    assert!(result.warnings(Lang::Da)[0].contains("ingen er med"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn at_the_horizons_it_is_the_tables_estimate(
        careers in prop::collection::vec((0i32..400, prop::collection::vec(spell(), 0..6)), 1..9),
        definition in definition(),
    ) {
        let cohort = People::new(&careers).cohort(|_| true);
        let result = curve(&cohort, &definition, &CurveSpec::default()).unwrap();
        let shares = estimate(&cohort, &definition).unwrap();
        let (table, at) = (result.table(), shares.table());
        for (h, &month) in definition.horizons.iter().enumerate() {
            let methods = at.column("method").unwrap();
            // Plain shares count otherwise where "throughout" is not decided.
            if methods.str().unwrap().get(h) == Some("none") || table.height() == 0 {
                continue;
            }
            let plain = methods.str().unwrap().get(h) == Some("wilson");
            if plain && definition.measure == Measure::Throughout {
                continue;
            }
            let got = number(table, "estimate", row(table, "retained", month));
            let want = number(at, "share", h).filter(|s| s.is_finite());
            prop_assert!(
                match (got, want) {
                    (Some(a), Some(b)) => (a - b).abs() < 1e-12,
                    (a, b) => a == b,
                },
                "{got:?} {want:?}"
            );
        }
    }

    #[test]
    fn split_any_way_and_merged_the_curve_is_that_of_the_whole(
        careers in prop::collection::vec((0i32..200, prop::collection::vec(spell(), 0..6)), 1..7),
        sides in prop::collection::vec(0usize..3, 7),
        definition in definition(),
        by_day in any::<bool>(),
    ) {
        let people = People::new(&careers);
        let observe = |keep: &dyn Fn(usize) -> bool| {
            let cohort = people.cohort(keep).stratified(["cohort_year"]).unwrap();
            CurveSummary::observe(&cohort, &definition).unwrap()
        };
        let spec = CurveSpec {
            by: if by_day { Resolution::Day } else { Resolution::Month },
            band: true,
            replicates: 20,
            ..CurveSpec::default()
        };
        let whole = observe(&|_| true);
        let parts: Vec<_> = (0..3).map(|s| observe(&|i| sides[i] == s)).collect();
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            let mut merged = parts[order[0]].clone();
            merged.merge(&parts[order[1]]).unwrap();
            let text = serde_json::to_string(&merged).unwrap();
            let mut merged: CurveSummary = serde_json::from_str(&text).unwrap();
            merged.merge(&parts[order[2]]).unwrap();
            prop_assert_eq!(&merged, &whole);
            let (a, b) = (merged.estimate(&spec).unwrap(), whole.estimate(&spec).unwrap());
            prop_assert!(a.table().equals_missing(b.table()));
        }
    }
}

#[test]
fn the_number_of_threads_is_of_no_consequence() {
    let careers: Vec<_> = (0..40)
        .map(|i| {
            (
                i * 3,
                vec![(i * 3, 30 + i * 7, 12 - (i as usize % 3), (i % 3) as u32)],
            )
        })
        .collect();
    let cohort = People::new(&careers).cohort(|_| true);
    let spec = CurveSpec {
        band: true,
        replicates: 50,
        ..CurveSpec::default()
    };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| curve(&cohort, &at(&[3, 6]), &spec).unwrap())
    };
    assert!(run(1).table().equals_missing(run(5).table()));
}
