//! Retention against hand-worked examples, a naive day-by-day reference, and
//! every way of dividing the people.

use std::sync::Arc;

use proptest::prelude::*;

use super::path::{self, Reader, Run, Status};
use super::*;
use crate::calendar::{self, Day};
use crate::cohort::{Cohort, CohortSpec, TimeZero};
use crate::lang::Lang;
use crate::state::State;
use crate::testing::{Rows, close, find, number};
use crate::timeline::Timeline;

/// Four people placed on one day and followed for four years.
pub(crate) const FOUR: Rows<'static> = Rows {
    persons: &[
        "a|1980-01-01|",
        "b|1980-01-01|",
        "c|1980-01-01|2021-03-01",
        "d|1980-01-01|",
    ],
    placements: &[
        "a||2020-01-31|461|h1",
        "b||2020-01-31|461|h2",
        "c||2020-01-31|461|h3",
        "d||2020-01-31|461|h4",
    ],
    stays: &[
        // Stays in the allotted dwelling, with a month in hospital meanwhile.
        "a|2020-01-31||dwelling|h1",
        "a|2021-01-15|2021-02-15|hospital|",
        // Moves on to another dwelling after a shelter stay.
        "b|2020-01-31|2020-06-01|dwelling|h2",
        "b|2020-06-01|2020-09-01|shelter|",
        "b|2020-09-01||dwelling|h9",
        // Dies in the dwelling.
        "c|2020-01-31||dwelling|h3",
        // Loses the home for good.
        "d|2020-01-31|2020-12-01|dwelling|h4",
        "d|2020-12-01|2024-06-01|street|",
    ],
    costs: &[],
};

fn shares(cohort: &Cohort, definition: &Definition) -> Vec<Option<f64>> {
    let table = estimate(cohort, definition).unwrap().table().clone();
    (0..table.height())
        .map(|row| number(&table, "share", row))
        .collect()
}

pub(crate) fn at(horizons: &[u32]) -> Definition {
    Definition {
        horizons: horizons.to_vec(),
        ..Definition::default()
    }
}

#[test]
fn the_same_people_by_different_definitions() {
    let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
    // 7 months on (31 August 2020): a and c at home, b in shelter, d at home.
    // 12 months on (31 January 2021): a in hospital with the home kept, b in
    // another dwelling, c at home, d on the street. 24 months on: c is dead.
    let any = at(&[7, 12, 24]);
    assert_eq!(
        shares(&cohort, &any),
        [Some(0.75), Some(0.75), Some(2.0 / 3.0)]
    );

    let hospital_is_not_home = Definition {
        hospital: Handling::NotRetained,
        ..any.clone()
    };
    assert_eq!(
        shares(&cohort, &hospital_is_not_home),
        [Some(0.75), Some(0.5), Some(2.0 / 3.0)]
    );

    let allotted = Definition {
        home: Home::AllottedDwelling,
        ..any.clone()
    };
    assert_eq!(
        shares(&cohort, &allotted),
        [Some(0.75), Some(0.5), Some(1.0 / 3.0)]
    );

    let dead_in_the_count = Definition {
        death: Handling::Competing,
        ..any.clone()
    };
    assert_eq!(
        shares(&cohort, &dead_in_the_count),
        [Some(0.75), Some(0.75), Some(0.5)]
    );

    let throughout = Definition {
        measure: Measure::Throughout,
        ..any.clone()
    };
    assert_eq!(
        shares(&cohort, &throughout),
        [Some(0.75), Some(0.5), Some(1.0 / 3.0)]
    );

    // b's 92 days in shelter are forgiven by 92, not by 91.
    let forgiven = |days| Definition {
        forgiven_absence_days: days,
        ..throughout.clone()
    };
    assert_eq!(shares(&cohort, &forgiven(92))[1], Some(0.75));
    assert_eq!(shares(&cohort, &forgiven(91))[1], Some(0.5));

    // b's first tenancy lasts four months and a day, so it is held for four
    // months and not for five.
    let held = |m| Definition {
        home: Home::AnyDwellingHeld(m),
        ..at(&[1])
    };
    assert_eq!(shares(&cohort, &held(4)), [Some(1.0)]);
    assert_eq!(shares(&cohort, &held(5)), [Some(0.75)]);

    let also = Definition {
        also_home: vec![State::Shelter],
        ..any
    };
    assert_eq!(shares(&cohort, &also)[0], Some(1.0));
}

#[test]
fn fully_observed_people_get_wilsons_interval() {
    let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
    let table = estimate(&cohort, &at(&[12])).unwrap().table().clone();
    // Wilson (1927) for 3 of 4: (p + z²/2n ± z √(p q/n + z²/4n²)) / (1 + z²/n).
    let (p, n, z) = (0.75f64, 4.0f64, 1.959_963_984_540_054f64);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    close(
        number(&table, "low", 0),
        (p + z * z / (2.0 * n) - half) / scale,
    );
    close(
        number(&table, "high", 0),
        (p + z * z / (2.0 * n) + half) / scale,
    );
    let method = table.column("method").unwrap();
    assert_eq!(method.str().unwrap().get(0), Some("wilson"));
}

#[test]
fn days_housed_are_shares_of_observed_days() {
    let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
    let days = Definition {
        measure: Measure::DaysHoused,
        ..at(&[12])
    };
    // 366 days each (2020 is a leap year); b misses June to August, 92 days,
    // d the 61 days from December on; c lives through all of them.
    let retention = estimate(&cohort, &days).unwrap();
    close(
        number(retention.table(), "share", 0),
        (4.0 * 366.0 - 92.0 - 61.0) / (4.0 * 366.0),
    );
    assert_eq!(number(retention.table(), "retained", 0), None);
}

#[test]
fn censored_people_are_estimated_by_kaplan_and_meier() {
    // Lost after 3 and after 9 months; followed for 6, 14 and 14 months.
    let rows = Rows {
        persons: &[
            "a|1980-01-01|",
            "b|1980-01-01|",
            "c|1980-01-01|",
            "d|1980-01-01|",
            "e|1980-01-01|",
        ],
        placements: &[
            "a||2020-01-01|461|",
            "b||2020-01-01|461|",
            "c||2020-09-01|461|",
            "d||2020-01-01|461|",
            "e||2020-01-01|461|",
        ],
        stays: &[
            "a|2020-01-01|2020-04-01|dwelling|1",
            "b|2020-01-01|2020-10-01|dwelling|2",
            "c|2020-09-01||dwelling|3",
            "d|2020-01-01||dwelling|4",
            "e|2020-01-01||dwelling|5",
        ],
        costs: &[],
    };
    let cohort = rows.cohort("2021-03-01", CohortSpec::default());
    let lost = Definition {
        measure: Measure::Throughout,
        ..at(&[6, 12])
    };
    let retention = estimate(&cohort, &lost).unwrap();
    let table = retention.table();
    // At 6 months all five are followed: 4 of 5. At 12 months c, followed for
    // six months, is censored: 4/5 · (1 − 1/3).
    close(number(table, "share", 0), 0.8);
    close(number(table, "share", 1), 0.8 * (2.0 / 3.0));
    // Greenwood: Ŝ² (1/(5·4) + 1/(3·2)), on the log-minus-log scale.
    let s: f64 = 0.8 * (2.0 / 3.0);
    let se = (s * s * (1.0 / 20.0 + 1.0 / 6.0)).sqrt();
    let theta = 1.959_963_984_540_054 * se / (s * s.ln()).abs();
    close(number(table, "low", 1), s.powf(theta.exp()));
    close(number(table, "high", 1), s.powf((-theta).exp()));
    let method = table.column("method").unwrap();
    assert_eq!(method.str().unwrap().get(1), Some("kaplan_meier"));
    assert_eq!(number(table, "censored", 1), Some(1.0));
}

#[test]
fn an_anniversary_at_a_month_end_is_one_month_and_not_none() {
    let rows = Rows {
        persons: &["a|1980-01-01|"],
        placements: &["a||2020-01-31|461|"],
        stays: &[
            "a|2020-01-31|2020-02-29|dwelling|1",
            "a|2020-02-29||shelter|",
        ],
        costs: &[],
    };
    let cohort = rows.cohort("2021-12-31", CohortSpec::default());
    assert_eq!(shares(&cohort, &at(&[1])), [Some(0.0)]);
    let until_then = Definition {
        unit: HorizonUnit::Days,
        ..at(&[28])
    };
    assert_eq!(shares(&cohort, &until_then), [Some(1.0)]);
}

#[test]
fn the_enrolled_count_those_never_placed() {
    let rows = Rows {
        persons: &["a|1980-01-01|", "b|1980-01-01|"],
        placements: &["a|2019-06-01|2020-01-01|461|", "b|2019-06-01||461|"],
        stays: &["a|2020-01-01||dwelling|1", "b|2019-06-01||shelter|"],
        costs: &[],
    };
    let spec = CohortSpec {
        time_zero: TimeZero::Enrolment,
        ..CohortSpec::default()
    };
    let cohort = rows.cohort("2022-12-31", spec);
    let enrolled = Definition {
        counted: Counted::Enrolled,
        ..at(&[12])
    };
    assert_eq!(shares(&cohort, &enrolled), [Some(0.5)]);
    assert_eq!(shares(&cohort, &at(&[12])), [Some(1.0)]);
    let (table, left_out) = compare(&cohort, &[enrolled.clone(), at(&[12])]).unwrap();
    assert_eq!((table.height(), left_out.len()), (2, 0));

    let placed_only = rows.cohort("2022-12-31", CohortSpec::default());
    assert!(
        estimate(&placed_only, &enrolled)
            .unwrap_err()
            .to_string()
            .contains("enrolment")
    );
    let (_, left_out) = compare(&placed_only, &[enrolled]).unwrap();
    assert_eq!(left_out, ["any dwelling"]);
}

#[test]
fn outcomes_account_for_everyone() {
    let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
    let retention = estimate(&cohort, &at(&[12, 24, 60])).unwrap();
    let outcomes = retention.outcomes();
    let n = |horizon: &str, outcome: &str| {
        let row = find(outcomes, &[("horizon", horizon), ("outcome", outcome)]);
        number(outcomes, "n", row[0]).unwrap()
    };
    assert_eq!(
        [
            n("12", "hospital"),
            n("12", "other_dwelling"),
            n("12", "street")
        ],
        [1.0; 3]
    );
    assert_eq!(n("24", "dead"), 1.0);
    assert_eq!(n("60", "not_observed"), 4.0);
    // Nobody is followed for 60 months: no number, and a warning.
    assert_eq!(number(retention.table(), "share", 2), None);
    assert!(
        retention
            .warnings(Lang::En)
            .iter()
            .any(|w| w.contains("60 months"))
    );
    // Three horizons of fourteen places and the unobserved; each sums to four.
    assert_eq!(outcomes.height(), 3 * (Place::COUNT + 1));
    for horizon in ["12", "24", "60"] {
        let rows = find(outcomes, &[("horizon", horizon)]);
        assert_eq!(
            rows.iter()
                .map(|&r| number(outcomes, "n", r).unwrap())
                .sum::<f64>(),
            4.0
        );
    }
}

#[test]
fn an_empty_cohort_gives_empty_numbers_and_says_so() {
    let spec = CohortSpec {
        from: Some(calendar::Date(30_000)),
        ..CohortSpec::default()
    };
    let cohort = FOUR.cohort("2024-01-31", spec);
    assert!(cohort.is_empty());
    let retention = estimate(&cohort, &at(&[12])).unwrap();
    assert_eq!(number(retention.table(), "share", 0), None);
    assert!(retention.warnings(Lang::En)[0].contains("nobody is counted"));
}

// ---- a naive reference, one day at a time ---------------------------------

/// What each day of `[zero, until)` counts as, from the definition's words.
fn naive(
    definition: &Definition,
    timeline: &Timeline,
    zero: Day,
    until: Day,
    allotted: u32,
) -> Vec<Status> {
    let track = timeline.track(0);
    let on = |day: Day| track.on(day);
    let none = crate::register::NO_DWELLING;
    let home = |day: Day| {
        let dwelling = on(day).dwelling;
        dwelling != none
            && match definition.home {
                Home::AllottedDwelling => dwelling == allotted,
                Home::AnyDwelling => true,
                Home::AnyDwellingHeld(months) => {
                    let (mut first, mut last) = (day, day);
                    while on(first - 1).dwelling == dwelling {
                        first -= 1;
                    }
                    while last < timeline.until() && on(last).dwelling == dwelling {
                        last += 1;
                    }
                    last == timeline.until() || calendar::add_months(first, months as i32) <= last
                }
            }
    };
    let mut days: Vec<Status> = (zero..until)
        .map(|day| {
            let state = on(day).state;
            if definition.also_home.contains(&state) {
                return Status::Retained;
            }
            let handling = match state {
                State::Dwelling => Handling::RetainedIfKept,
                State::Dead => definition.death,
                State::Abroad => definition.abroad,
                State::Prison => definition.prison,
                State::Hospital => definition.hospital,
                State::Treatment => definition.treatment,
                State::Institution => definition.institution,
                State::Unknown => definition.unknown,
                _ => Handling::NotRetained,
            };
            match handling {
                Handling::RetainedIfKept if home(day) => Status::Retained,
                Handling::RetainedIfKept | Handling::NotRetained => Status::NotRetained,
                Handling::Excluded => Status::Excluded,
                Handling::Censored => Status::Censored,
                Handling::Competing => Status::Competing,
            }
        })
        .collect();
    // An end is for good.
    if let Some(end) = days
        .iter()
        .position(|s| !matches!(s, Status::Retained | Status::NotRetained))
    {
        let status = days[end];
        days[end..].fill(status);
    }
    // A short absence before a day at home is forgiven.
    let mut i = 0;
    while i < days.len() {
        let from = i;
        while i < days.len() && days[i] == Status::NotRetained {
            i += 1;
        }
        if i > from
            && i - from <= definition.forgiven_absence_days as usize
            && days.get(i) == Some(&Status::Retained)
        {
            days[from..i].fill(Status::Retained);
        }
        i += 1;
    }
    days
}

pub(crate) fn spell() -> impl Strategy<Value = (i32, i32, usize, u32)> {
    (0i32..500, 1i32..200, 0usize..13, 0u32..3)
}

fn handling() -> impl Strategy<Value = Handling> {
    prop::sample::select(vec![
        Handling::NotRetained,
        Handling::RetainedIfKept,
        Handling::Excluded,
        Handling::Censored,
        Handling::Competing,
    ])
}

prop_compose! {
    pub(crate) fn definition()(
        home in prop_oneof![
            Just(Home::AnyDwelling), Just(Home::AllottedDwelling),
            (1u32..5).prop_map(Home::AnyDwellingHeld)
        ],
        prison in handling(), hospital in handling(), institution in handling(),
        unknown in handling(), abroad in handling(), treatment in handling(),
        death in prop::sample::select(vec![Handling::NotRetained, Handling::Excluded, Handling::Competing]),
        forgiven in prop_oneof![Just(0u32), 1u32..60],
        measure in prop::sample::select(vec![Measure::At, Measure::Throughout]),
        transitional in any::<bool>(),
    ) -> Definition {
        Definition {
            home, prison, hospital, institution, unknown, abroad, treatment, death, measure,
            forgiven_absence_days: forgiven,
            also_home: if transitional { vec![State::Transitional] } else { vec![] },
            horizons: vec![1, 3, 6, 12],
            ..Definition::default()
        }
    }
}

/// Days to placement, and spells: start, length, state, dwelling.
pub(crate) type Career = (i32, Vec<(i32, i32, usize, u32)>);

/// A population of random careers, as the lines of its tables.
pub(crate) struct People {
    persons: Vec<String>,
    placements: Vec<String>,
    stays: Vec<String>,
}

impl People {
    pub(crate) fn new(careers: &[Career]) -> Self {
        let base = calendar::day(2020, 1, 1);
        let mut people = Self {
            persons: vec![],
            placements: vec![],
            stays: vec![],
        };
        for (i, (placed, spells)) in careers.iter().enumerate() {
            people.persons.push(format!("p{i}|1980-01-01|"));
            people.placements.push(format!(
                "p{i}||{}|461|{}",
                calendar::format(base + placed),
                if i % 2 == 0 { "0" } else { "" }
            ));
            for &(start, days, state, dwelling) in spells {
                // Dead is a matter of the persons table; leave it to its own test.
                let state = State::ALL[state.max(1)];
                let dwelling = if dwelling == 2 {
                    String::new()
                } else {
                    dwelling.to_string()
                };
                people.stays.push(format!(
                    "p{i}|{}|{}|{}|{dwelling}",
                    calendar::format(base + start),
                    calendar::format(base + start + days),
                    state.code(),
                ));
            }
        }
        people
    }

    /// A cohort of some of the people.
    pub(crate) fn cohort(&self, keep: impl Fn(usize) -> bool) -> Cohort {
        let of = |line: &String| {
            let id = line.split('|').next().unwrap();
            keep(id[1..].parse().unwrap())
        };
        let pick =
            |lines: &[String]| -> Vec<String> { lines.iter().filter(|l| of(l)).cloned().collect() };
        let (persons, placements, stays) = (
            pick(&self.persons),
            pick(&self.placements),
            pick(&self.stays),
        );
        let refs = |v: &'_ [String]| -> Vec<String> { v.to_vec() };
        let (persons, placements, stays) = (refs(&persons), refs(&placements), refs(&stays));
        let persons: Vec<&str> = persons.iter().map(String::as_str).collect();
        let placements: Vec<&str> = placements.iter().map(String::as_str).collect();
        let stays: Vec<&str> = stays.iter().map(String::as_str).collect();
        let rows = Rows {
            persons: &persons,
            placements: &placements,
            stays: &stays,
            costs: &[],
        };
        rows.cohort("2021-04-30", CohortSpec::default())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_day_counts_as_the_definition_says(
        career in (0i32..200, prop::collection::vec(spell(), 0..8)), definition in definition(),
    ) {
        let cohort = People::new(std::slice::from_ref(&career)).cohort(|_| true);
        let (zero, until) = (cohort.members().zero[0], cohort.members().until[0]);
        let timeline = cohort.timeline();
        let named = cohort.register().placements().dwelling[0];
        let allotted = path::allotted(timeline.track(0), named, zero);
        let want = naive(&definition, timeline, zero, until, allotted);
        let mut reader = Reader::new(&definition, timeline.until());
        let runs = reader.read(timeline.track(0), zero, until, allotted);
        let got: Vec<Status> = runs
            .iter()
            .flat_map(|r: &Run| std::iter::repeat_n(r.status, (r.end - r.start) as usize))
            .collect();
        prop_assert_eq!(&got, &want);

        // And so does what is read off at the horizons.
        let summary = RetentionSummary::observe(&cohort, &definition).unwrap();
        for (h, &months) in definition.horizons.iter().enumerate() {
            let counts = &summary.whole.horizons[h];
            let day = (calendar::add_months(zero, months as i32) - zero) as usize;
            let lost = want.iter().take(day + 1).any(|s| *s == Status::NotRetained);
            let status = want.get(day).map(|s| match definition.measure {
                Measure::Throughout if lost => Status::NotRetained,
                _ => *s,
            });
            let flags = [
                status == Some(Status::Retained),
                matches!(status, Some(Status::NotRetained | Status::Competing)),
                status == Some(Status::Excluded),
                matches!(status, Some(Status::Censored) | None),
            ];
            prop_assert_eq!(
                flags.map(u64::from),
                [counts.retained, counts.known - counts.retained, counts.excluded, counts.censored]
            );
            let housed = want.iter().take(day).filter(|s| **s == Status::Retained).count();
            prop_assert_eq!(counts.days_housed, housed as u64);
        }
    }

    #[test]
    fn split_any_way_and_merged_the_sums_are_those_of_the_whole(
        careers in prop::collection::vec((0i32..200, prop::collection::vec(spell(), 0..6)), 1..7),
        sides in prop::collection::vec(0usize..3, 7),
        definition in definition(),
    ) {
        let people = People::new(&careers);
        let observe = |keep: &dyn Fn(usize) -> bool| {
            let cohort = people.cohort(keep).stratified(["age_group", "cohort_year"]).unwrap();
            RetentionSummary::observe(&cohort, &definition).unwrap()
        };
        let whole = observe(&|_| true);
        let parts: Vec<_> = (0..3).map(|s| observe(&|i| sides[i] == s)).collect();
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            let mut merged = parts[order[0]].clone();
            merged.merge(&parts[order[1]]).unwrap();
            // Through its stored form as well.
            let text = serde_json::to_string(&merged).unwrap();
            let mut merged: RetentionSummary = serde_json::from_str(&text).unwrap();
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
        .map(|i| {
            (
                i * 3,
                vec![(i * 3, 30 + i * 7, 12 - (i as usize % 3), (i % 3) as u32)],
            )
        })
        .collect();
    let cohort = Arc::new(People::new(&careers).cohort(|_| true));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| RetentionSummary::observe(&cohort, &at(&[3, 6])).unwrap())
    };
    assert_eq!(run(1), run(5));
}
