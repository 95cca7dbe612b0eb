//! Returns against hand-worked numbers, a naive day-by-day reference, and every
//! way of dividing the people.

use proptest::prelude::*;

use super::episodes::{End, Episode, Reader};
use super::*;
use crate::calendar::{self, Day};
use crate::cohort::CohortSpec;
use crate::lang::Lang;
use crate::register::NO_DWELLING;
use crate::retention::tests::{People, spell};
use crate::state::State;
use crate::testing::{Rows, close, find, number};
use crate::timeline::Track;

/// Five people housed on 1 January 2020 and followed for three years.
const FIVE: Rows<'static> = Rows {
    persons: &[
        "a|1980-01-01|",
        "b|1980-01-01|",
        "c|1980-01-01|2020-07-01",
        "d|1980-01-01|",
        "e|1980-01-01|",
    ],
    placements: &[
        "a||2020-01-01|461|1",
        "b||2020-01-01|461|2",
        "c||2020-01-01|461|3",
        "d||2020-01-01|461|4",
        "e||2020-01-01|461|5",
    ],
    stays: &[
        // Back in a shelter after 100 days, housed again, and back after 60 more.
        "a|2020-01-01|2020-04-10|dwelling|1",
        "a|2020-04-10|2020-05-10|shelter|",
        "a|2020-05-10|2020-07-09|dwelling|6",
        "a|2020-07-09||street|",
        // Back after 500 days.
        "b|2020-01-01|2021-05-15|dwelling|2",
        "b|2021-05-15|2021-06-15|sofa|",
        "b|2021-06-15||dwelling|2",
        // Dies housed.
        "c|2020-01-01||dwelling|3",
        // Stays; a night in a hotel while the home is kept is a return only if
        // a single day counts.
        "d|2020-01-01||dwelling|4",
        // Never 14 days running in a dwelling.
        "e|2020-01-01|2020-01-10|dwelling|5",
        "e|2020-01-10||shelter|",
    ],
    costs: &[],
};

fn at(result: &Returns, outcome: &str, to: &str, from: &str) -> usize {
    find(
        result.table(),
        &[("outcome", outcome), ("to_day", to), ("from_day", from)],
    )[0]
}

#[test]
fn first_returns_by_band_with_death_in_competition() {
    let cohort = FIVE.cohort("2022-12-31", CohortSpec::default());
    let result = estimate(&cohort, &ReturnsSpec::default()).unwrap();
    let share = |row| number(result.table(), "share", row);
    // Of the four with an exit: a returns on day 100, b on day 500, c dies, d stays.
    close(share(at(&result, "return", "180", "0")), 0.25);
    close(share(at(&result, "return", "365", "181")), 0.0);
    close(share(at(&result, "return", "730", "366")), 0.25);
    close(share(at(&result, "return", "730", "0")), 0.5);
    close(share(at(&result, "dead", "730", "0")), 0.25);
    close(share(at(&result, "away", "730", "730")), 0.25);
    let row = at(&result, "return", "730", "0");
    close(number(result.table(), "n", row), 4.0);
    close(number(result.table(), "n_event", row), 2.0);
    // Plain shares where all are followed: error √(p q / n).
    close(number(result.table(), "std_error", row), 0.25);
    // Three returns of four people in all: by month 24, a twice and b once.
    let recurrent = result.recurrent();
    let last = find(recurrent, &[("month", "24")])[0];
    close(number(recurrent, "mean", last), 0.75);
    // a's second exit ends in a return after 60 days; b's second does not.
    let gaps = result.gaps();
    let second = find(gaps, &[("order", "second"), ("to_day", "180")])[0];
    close(number(gaps, "n", second), 2.0);
    close(number(gaps, "share", second), 0.5);
    close(number(gaps, "median_days", second), 60.0);
    assert!(
        result
            .warnings(Lang::En)
            .iter()
            .any(|w| w.contains("later exits"))
    );
}

#[test]
fn a_shorter_exit_counts_if_it_is_declared_to() {
    let cohort = FIVE.cohort("2022-12-31", CohortSpec::default());
    let spec = ReturnsSpec {
        exit_days: 9,
        ..ReturnsSpec::default()
    };
    let result = estimate(&cohort, &spec).unwrap();
    // Now e has an exit too, and is back on day 9.
    let row = at(&result, "return", "180", "0");
    close(number(result.table(), "n", row), 5.0);
    close(number(result.table(), "share", row), 0.4);
}

#[test]
fn returns_home_start_at_the_loss() {
    let cohort = FIVE.cohort("2022-12-31", CohortSpec::default());
    let spec = ReturnsSpec {
        to: ReturnTo::Home,
        ..ReturnsSpec::default()
    };
    let result = estimate(&cohort, &spec).unwrap();
    // a and b lose a home and are back after 30 and 31 days, e never is; the
    // dead c and d who stays have lost none.
    let row = at(&result, "return", "180", "0");
    close(number(result.table(), "n", row), 3.0);
    close(number(result.table(), "share", row), 2.0 / 3.0);
    assert!(
        result
            .describe(Lang::Da)
            .starts_with("Tilbage i egen bolig")
    );
}

#[test]
fn a_window_too_short_is_told_and_is_no_zero() {
    let cohort = FIVE.cohort("2020-12-31", CohortSpec::default());
    let result = estimate(&cohort, &ReturnsSpec::default()).unwrap();
    let row = at(&result, "return", "730", "366");
    assert_eq!(number(result.table(), "share", row), None);
    assert!(
        result
            .warnings(Lang::En)
            .iter()
            .any(|w| w.contains("730 days") && w.contains("not a zero"))
    );
    let none = CohortSpec {
        from: Some(calendar::Date(30_000)),
        ..CohortSpec::default()
    };
    let empty = estimate(&FIVE.cohort("2022-12-31", none), &ReturnsSpec::default()).unwrap();
    assert_eq!(empty.curve().height(), 0);
    assert_eq!(empty.warnings(Lang::Da).len(), 1);
}

/// The episodes, by looking at every day.
fn naive(spec: &ReturnsSpec, track: Track<'_>, zero: Day, until: Day) -> Vec<Episode> {
    let home = spec.to == ReturnTo::Home;
    let days: Vec<char> = (zero..until)
        .map(|day| {
            let s = track.on(day);
            match s.state {
                State::Dead => 'x',
                State::Abroad => 'e',
                State::Dwelling => {
                    if home {
                        'i'
                    } else {
                        'o'
                    }
                }
                state if !home && spec.homeless.contains(&state) => 'i',
                _ if home && s.dwelling == NO_DWELLING => 'o',
                _ => '-',
            }
        })
        .collect();
    let run = |from: usize| {
        days[from..]
            .iter()
            .take_while(|d| **d == days[from])
            .count()
    };
    let (mut out, mut exit, mut may_exit) = (Vec::new(), None, !home);
    for day in 0..days.len() {
        let begins = day == 0 || days[day - 1] != days[day];
        let on = |d: usize| zero + d as i32;
        match (days[day], exit) {
            ('x' | 'e', from) => {
                if let Some(from) = from {
                    let how = if days[day] == 'x' {
                        End::Dead
                    } else {
                        End::Abroad
                    };
                    out.push(Episode {
                        exit: on(from),
                        end: on(day),
                        how,
                    });
                }
                return out;
            }
            ('o', None) if begins && may_exit && run(day) >= spec.exit_days as usize => {
                exit = Some(day);
            }
            ('i', None) => may_exit = true,
            ('i', Some(from)) if begins && run(day) >= spec.return_days as usize => {
                out.push(Episode {
                    exit: on(from),
                    end: on(day),
                    how: End::Return,
                });
                exit = None;
            }
            _ => {}
        }
    }
    if let Some(from) = exit {
        out.push(Episode {
            exit: zero + from as i32,
            end: until,
            how: End::Observed,
        });
    }
    out
}

prop_compose! {
    fn spec()(
        home in any::<bool>(), exit_days in 1u32..40, return_days in 1u32..20,
        transitional in any::<bool>(),
    ) -> ReturnsSpec {
        let mut homeless = vec![State::Street, State::Shelter];
        if transitional {
            homeless.push(State::Transitional);
        }
        ReturnsSpec {
            to: if home { ReturnTo::Home } else { ReturnTo::Homelessness },
            homeless, exit_days, return_days,
            bands: vec![30, 90, 200],
            ..ReturnsSpec::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_episode_is_that_of_the_days(
        career in (0i32..200, prop::collection::vec(spell(), 0..9)), spec in spec(),
    ) {
        let cohort = People::new(std::slice::from_ref(&career)).cohort(|_| true);
        let (zero, until) = (cohort.members().zero[0], cohort.members().until[0]);
        let track = cohort.timeline().track(0);
        let mut reader = Reader::new(&spec);
        prop_assert_eq!(reader.read(track, zero, until), naive(&spec, track, zero, until));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn split_any_way_and_merged_the_sums_are_those_of_the_whole(
        careers in prop::collection::vec((0i32..200, prop::collection::vec(spell(), 0..6)), 1..7),
        sides in prop::collection::vec(0usize..3, 7),
        spec in spec(),
    ) {
        let people = People::new(&careers);
        let observe = |keep: &dyn Fn(usize) -> bool| {
            let cohort = people.cohort(keep).stratified(["cohort_year"]).unwrap();
            ReturnsSummary::observe(&cohort, &spec).unwrap()
        };
        let whole = observe(&|_| true);
        let parts: Vec<_> = (0..3).map(|s| observe(&|i| sides[i] == s)).collect();
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            let mut merged = parts[order[0]].clone();
            merged.merge(&parts[order[1]]).unwrap();
            let text = serde_json::to_string(&merged).unwrap();
            let mut merged: ReturnsSummary = serde_json::from_str(&text).unwrap();
            merged.merge(&parts[order[2]]).unwrap();
            prop_assert_eq!(&merged, &whole);
            let (a, b) = (merged.estimate().unwrap(), whole.estimate().unwrap());
            prop_assert!(a.table().equals_missing(b.table()));
            prop_assert!(a.recurrent().equals_missing(b.recurrent()));
            prop_assert!(a.gaps().equals_missing(b.gaps()));
        }
    }
}

#[test]
fn the_number_of_threads_is_of_no_consequence() {
    let careers: Vec<_> = (0..40)
        .map(|i| {
            let spells = vec![(i * 4, 30 + i * 3, 11, 0), (i * 7 + 30, 20, 5, 0)];
            (i * 4, spells)
        })
        .collect();
    let cohort = People::new(&careers).cohort(|_| true);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| ReturnsSummary::observe(&cohort, &ReturnsSpec::default()).unwrap())
    };
    assert_eq!(run(1), run(5));
}
