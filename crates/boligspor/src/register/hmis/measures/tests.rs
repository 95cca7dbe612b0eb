//! Measures of small exports, by hand; and of the demonstration export.

#![expect(
    clippy::print_stdout,
    reason = "the measures of the export are what one wants to read"
)]

use super::super::codes::Project;
use super::super::enrolment::Enrolment;
use std::path::PathBuf;

use polars::prelude::BooleanChunked;

use super::*;
use crate::calendar;
use crate::state::{Precedence, State};
use crate::timeline::Timeline;

fn on(text: &str) -> Day {
    calendar::parse(text).unwrap()
}

/// An enrolment from `person | type | entry | exit | destination | move-in`.
fn enrolment(line: &str) -> Enrolment {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let at = |i: usize| cells.get(i).copied().filter(|c| !c.is_empty());
    Enrolment {
        person: at(0).unwrap().parse().unwrap(),
        project: Project::None,
        kind: at(1).map(|k| k.parse().unwrap()),
        programme: "",
        entry: on(at(2).unwrap()),
        exit: at(3).map(on),
        destination: at(4).map(|d| d.parse().unwrap()),
        move_in: at(5).map(on),
        dwelling: String::new(),
        head: true,
        coc: None,
        living: None,
        nights: 1,
        homeless_since: None,
    }
}

fn export(lines: &[&str], nights: &[(usize, &str)]) -> Export {
    Export {
        enrolments: lines.iter().map(|l| enrolment(l)).collect(),
        nights: nights.iter().map(|(p, d)| (*p, on(d))).collect(),
        people: 10,
        from: Some(on("2010-01-01")),
        until: on("2022-12-31"),
    }
}

fn measures(lines: &[&str], nights: &[(usize, &str)]) -> Measures {
    of(&export(lines, nights), 2022, &MeasureRules::default())
}

fn value(m: &Measures, measure: &str, line: &str, quantity: &str) -> (Option<f64>, Option<usize>) {
    let found: Vec<&Quantity> = m
        .quantities
        .iter()
        .filter(|q| q.measure == measure && q.line.contains(line) && q.quantity == quantity)
        .collect();
    assert_eq!(found.len(), 1, "{measure} {line} {quantity}");
    (found[0].value, found[0].persons)
}

fn excluded(m: &Measures, measure: &str, reason: &str) -> usize {
    let found = m.exclusions.iter();
    found
        .filter(|e| e.measure == measure && e.reason.contains(reason))
        .map(|e| e.n)
        .sum()
}

const RETURNED: &str = "returned in two years";

/// Whether the second enrolment is a return after an exit on 2020-06-01.
fn returns(second: &str, more: &[&str], rules: &MeasureRules) -> bool {
    let mut lines = vec!["0|0|2020-01-01|2020-06-01|410", second];
    lines.extend(more);
    let m = of(&export(&lines, &[]), 2022, rules);
    value(&m, "2", "all exits", RETURNED) == (Some(1.0), Some(1))
}

#[test]
fn returns_are_entries_after_the_exit() {
    let new = MeasureRules::default();
    let old = MeasureRules::of(2024).unwrap();
    // To a shelter at once; to transitional housing by the rules of the year.
    assert!(returns("0|0|2020-06-01|", &[], &new));
    assert!(returns("0|2|2020-06-10|", &[], &new));
    assert!(!returns("0|2|2020-06-10|", &[], &old));
    assert!(returns("0|2|2020-06-16|", &[], &old));
    // To permanent housing only more than 14 days later.
    assert!(!returns("0|3|2020-06-15|", &[], &new));
    assert!(returns("0|3|2020-06-16|", &[], &new));
    // Not from one home to the next within 14 days.
    assert!(!returns(
        "0|13|2020-07-01|",
        &["0|3|2020-06-10|2020-06-20|410"],
        &new
    ));
    // Not after two years, nor to a project that is no homelessness.
    assert!(!returns("0|0|2022-06-02|", &[], &new));
    assert!(returns("0|0|2022-06-01|", &[], &new));
    assert!(!returns("0|12|2020-07-01|", &[], &new));
}

#[test]
fn the_first_exit_counts_and_bands_have_their_edges() {
    let m = measures(
        &[
            // Day 180, 181, 365, 366 after exits on 2020-01-01.
            "0|0|2019-11-01|2020-01-01|410",
            "0|0|2020-06-29|",
            "1|0|2019-11-01|2020-01-01|410",
            "1|0|2020-06-30|",
            "2|0|2019-11-01|2020-01-01|410",
            "2|0|2020-12-31|",
            "3|2|2019-11-01|2020-01-01|410",
            "3|0|2021-01-01|",
            // A second exit does not count; one to the street neither; nor one
            // before the window, which begins on 2019-10-02.
            "4|0|2019-11-01|2020-01-01|410",
            "4|4|2020-02-01|2020-03-01|410",
            "5|0|2019-11-01|2020-01-01|116",
            "6|0|2019-06-01|2019-10-01|410",
            "7|12|2019-11-01|2020-01-01|410",
        ],
        &[],
    );
    let band = |line, name| value(&m, "2", line, name);
    assert_eq!(
        band("all exits", "returned in days 0-180"),
        (Some(2.0), Some(5))
    );
    assert_eq!(
        band("all exits", "returned in days 181-365"),
        (Some(2.0), Some(5))
    );
    assert_eq!(
        band("all exits", "returned in days 366-730"),
        (Some(1.0), Some(5))
    );
    assert_eq!(
        band("transitional", "returned in days 366-730"),
        (Some(1.0), Some(1))
    );
    assert_eq!(
        band("emergency", "share returned in days 181-365"),
        (Some(0.5), Some(4))
    );
    assert_eq!(
        band("safe haven", "share returned in days 0-180"),
        (None, Some(0))
    );
    assert_eq!(excluded(&m, "2", "no permanent"), 1);
    assert_eq!(excluded(&m, "2", "not followed"), 1);
    assert_eq!(excluded(&m, "2", "later exit"), 1);
}

#[test]
fn an_export_that_does_not_reach_back_has_no_number_and_never_nought() {
    let mut short = export(&["0|0|2020-01-01|2020-06-01|410"], &[]);
    short.from = Some(on("2020-01-01"));
    let m = of(&short, 2022, &MeasureRules::default());
    assert_eq!(
        value(&m, "2", "emergency", "returned in days 0-180"),
        (None, None)
    );
    assert!(
        m.quantities
            .iter()
            .filter(|q| q.measure == "2")
            .all(|q| q.value.is_none())
    );
    let told = m.insufficient();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("measure 2 looks at 2019-10-02 to 2022-09-30"),
        "{told:?}"
    );
    // The others can be had.
    assert_eq!(m.sufficiency["7b1"], Sufficiency::Sufficient);
}

#[test]
fn homeless_nights_by_hand() {
    let mean = |m: &Measures, line: &str| value(m, "1", line, "mean nights");
    // The day of exit is no night: 10 nights. Housed nights are taken out.
    let m = measures(&["0|0|2022-01-01|2022-01-11|"], &[]);
    assert_eq!(mean(&m, "shelter and"), (Some(10.0), Some(1)));
    let m = measures(
        &[
            "0|0|2022-01-01|2022-01-11|",
            "0|3|2021-12-01|2022-03-01||2022-01-09",
        ],
        &[],
    );
    assert_eq!(mean(&m, "shelter and"), (Some(8.0), Some(1)));
    // Transitional nights count in the second line, and are taken out of the first.
    let m = measures(
        &["0|0|2022-01-01|2022-01-11|", "0|2|2022-01-11|2022-01-21|"],
        &[],
    );
    assert_eq!(mean(&m, "shelter and"), (Some(10.0), Some(1)));
    assert_eq!(mean(&m, "shelter, safe"), (Some(20.0), Some(1)));
    // Nights in a night-by-night shelter are those recorded, not the enrolment.
    let m = measures(
        &["0|1|2022-01-01|2022-03-01|"],
        &[(0, "2022-01-01"), (0, "2022-01-02"), (0, "2022-02-02")],
    );
    assert_eq!(mean(&m, "shelter and"), (Some(3.0), Some(1)));
    // A year back from the last night, and on over contiguous nights: 2022-01-10
    // was the last, so nights from 2021-01-11 on count, and those before that
    // touch it.
    let m = measures(
        &["0|0|2020-12-01|2021-02-01|", "0|0|2022-01-01|2022-01-11|"],
        &[],
    );
    assert_eq!(mean(&m, "shelter and"), (Some(62.0 + 10.0), Some(1)));
    // Not those that end before the window.
    let m = measures(
        &["0|0|2020-12-01|2021-01-05|", "0|0|2022-01-01|2022-01-11|"],
        &[],
    );
    assert_eq!(mean(&m, "shelter and"), (Some(10.0), Some(1)));
    // A gap of a day is none: contiguous back over it.
    let m = measures(
        &[
            "0|0|2020-12-01|2021-01-10|",
            "0|0|2021-01-11|2021-02-01|",
            "0|0|2022-01-01|2022-01-11|",
        ],
        &[],
    );
    assert_eq!(mean(&m, "shelter and"), (Some(40.0 + 21.0 + 10.0), Some(1)));
    // Nobody homeless in the year: no mean, and it is said why.
    let m = measures(&["0|0|2021-01-01|2021-01-11|"], &[]);
    assert_eq!(mean(&m, "shelter and"), (None, Some(0)));
    assert_eq!(excluded(&m, "1", "no homeless night"), 2);
}

#[test]
fn exits_and_stays_in_permanent_housing() {
    let m = measures(
        &[
            "0|0|2021-12-01|2022-01-01|410",
            "1|0|2021-12-01|2022-01-01|116",
            "2|0|2021-12-01|2022-01-01|24",
            "3|3|2021-12-01|2022-01-01|435",
            // Housing: stays, leaves to another home, to a shelter, dies, never moved in.
            "4|3|2020-01-01|||2020-02-01",
            "5|9|2020-01-01|2022-02-01|410|2020-02-01",
            "6|10|2020-01-01|2022-02-01|101|2020-02-01",
            "7|3|2020-01-01|2022-02-01|24|2020-02-01",
            "8|3|2022-01-01|",
            "9|4|2022-01-01|2022-02-01|101",
        ],
        &[],
    );
    assert_eq!(
        value(&m, "7b1", "", "to permanent housing"),
        (Some(2.0), Some(3))
    );
    assert_eq!(excluded(&m, "7b1", "died"), 1);
    let kept = value(&m, "7b2", "", "stayed, or left to permanent housing");
    assert_eq!(kept, (Some(2.0), Some(3)));
    assert_eq!(excluded(&m, "7b2", "without having moved in"), 2);
    assert_eq!(excluded(&m, "7b2", "died"), 1);
    assert_eq!(
        value(&m, "7a1", "", "share successful"),
        (Some(1.0), Some(1))
    );
}

/// The demonstration export, where the shared folder is.
fn demonstration() -> Option<PathBuf> {
    let shared = std::env::var_os("BOLIGSPOR_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("data/hmis-demo");
    if !folder.exists() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

/// Measure 1 once more by the library's own way: the export becomes stays, the
/// stays one state a day, and the nights are counted one by one.
#[test]
fn the_timeline_has_the_nights_of_measure_1() {
    let Some(folder) = demonstration() else {
        return;
    };
    let import = crate::register::hmis::import_hmis(&folder).unwrap();
    // What people say of before and after is no part of the measure.
    let text = |name: &str| import.stays.column(name).unwrap().str().unwrap().clone();
    let (sources, states) = (text("source"), text("state"));
    for (line, sheltered, housed) in [
        (
            "shelter and safe haven",
            &[State::Shelter][..],
            &[State::Dwelling, State::Transitional][..],
        ),
        (
            "shelter, safe haven and transitional",
            &[State::Shelter, State::Transitional],
            &[State::Dwelling],
        ),
    ] {
        let counts = |state: &str| {
            let state = State::from_code(state).unwrap();
            sheltered.contains(&state) || housed.contains(&state)
        };
        let recorded: BooleanChunked = sources
            .iter()
            .zip(states.iter())
            .map(|(source, state)| {
                Some(matches!(source, Some("enrolment" | "bed_night")) && counts(state.unwrap()))
            })
            .collect();
        let register = import
            .register()
            .stays(import.stays.filter(&recorded).unwrap())
            .build()
            .unwrap();
        let first: Vec<State> = housed.iter().chain(sheltered).copied().collect();
        let timeline = Timeline::new(&register, &Precedence::new(&first).unwrap());
        let (from, until) = (on("2021-10-01"), on("2022-09-30"));
        let mut nights = Vec::new();
        for person in 0..timeline.people() as u32 {
            let homeless: Vec<Day> = timeline
                .track(person)
                .window(on("2015-01-01"), until + 1)
                .filter(|s| sheltered.contains(&s.state))
                .flat_map(|s| s.start..s.end)
                .collect();
            let Some(last) = homeless.last().copied().filter(|d| *d >= from) else {
                continue;
            };
            let mut reach = last - 364;
            let mut n = 0_i64;
            for night in homeless.iter().rev() {
                // Contiguous: the next night, or the one after it.
                if *night < reach - 2 {
                    break;
                }
                reach = reach.min(*night);
                n += 1;
            }
            nights.push(n);
        }
        let n = nights.len();
        let mean = nights.iter().sum::<i64>() as f64 / n as f64;
        let m = hmis_measures(&folder, 2022, &MeasureRules::default()).unwrap();
        let of_line: Vec<_> = m
            .quantities
            .iter()
            .filter(|q| q.measure == "1" && q.line == line && q.quantity == "mean nights")
            .map(|q| (q.value, q.persons))
            .collect();
        println!("{line}: {mean} nights of {n} by the timeline, {of_line:?} by enrolments");
        assert_eq!(of_line, [(Some(mean), Some(n))], "{line}");
    }
}

/// Measures 2 and 7b.2 once more by the library's own way, person by person: the
/// rules count entries and exits, the timeline days. Where the two differ, one of
/// the reasons that docs/hmis.md gives must hold.
#[test]
fn the_timeline_differs_from_measures_2_and_7b2_for_known_reasons() {
    let Some(folder) = demonstration() else {
        return;
    };
    let rules = MeasureRules::default();
    let export = read(&folder).unwrap();
    let import = crate::register::hmis::import_hmis(&folder).unwrap();
    let sources = import.stays.column("source").unwrap().str().unwrap();
    let recorded: BooleanChunked = sources
        .iter()
        .map(|s| Some(matches!(s, Some("enrolment" | "bed_night"))))
        .collect();
    let stays = import.stays.filter(&recorded).unwrap();
    let register = import.register().stays(stays).build().unwrap();
    let timeline = Timeline::new(&register, &Precedence::default());
    let clients = File::read(&folder, "Client.csv", &mut Tally::default()).unwrap();
    let ids = super::super::people::ids(&clients).unwrap();
    let track = |person: usize| timeline.track(register.person_index(ids[person]).unwrap());
    let homeless = |s: State| matches!(s, State::Shelter | State::Street | State::Transitional);
    let (from, until) = (on("2021-10-01"), on("2022-09-30"));

    let mut by_person: Vec<Vec<&Enrolment>> = vec![Vec::new(); export.people];
    for e in &export.enrolments {
        by_person[e.person].push(e);
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (person, own) in by_person.iter().enumerate() {
        let exits = own.iter().filter(|e| {
            let of_kind = e.kind.is_some_and(|k| rules.exit_types.contains(&k));
            let permanent = e.destination.is_some_and(|d| rules.permanent.contains(&d));
            of_kind
                && permanent
                && e.exit
                    .is_some_and(|d| (from - 730..=until - 730).contains(&d))
        });
        let Some(left) = exits.min_by_key(|e| (e.exit, e.entry)) else {
            continue;
        };
        let exit = left.exit.unwrap();
        // By the rules: the pair of one person alone.
        let alone = Export {
            enrolments: own.iter().map(|e| (**e).clone()).collect(),
            nights: Vec::new(),
            people: export.people,
            from: export.from,
            until: export.until,
        };
        let m = of(&alone, 2022, &rules);
        let by_rules = value(&m, "2", "all exits", RETURNED).0 == Some(1.0);
        let by_days = track(person)
            .window(exit, exit + 731)
            .any(|s| homeless(s.state));
        let others = || own.iter().filter(|e| !std::ptr::eq(**e, *left));
        let kind = |e: &Enrolment, of: &[i64]| e.kind.is_some_and(|k| of.contains(&k));
        let after = |e: &Enrolment| (exit..=exit + 730).contains(&e.entry);
        let reason = match (by_rules, by_days) {
            (true, true) => "returned by both",
            (false, false) => "not returned by either",
            // Days without an entry: never left.
            (false, true)
                if others().any(|e| e.entry < exit && e.exit.is_none_or(|x| x > exit)) =>
            {
                "already in another project when leaving"
            }
            // Entries without a day.
            (true, false) if others().any(|e| after(e) && kind(e, &rules.gap_types)) => {
                "a return to permanent housing, which is no homeless day"
            }
            (true, false) if others().any(|e| after(e) && kind(e, &[1])) => {
                "a night-by-night shelter without a night"
            }
            (true, false) if others().any(|e| after(e) && e.exit == Some(e.entry)) => {
                "left on the day of entry"
            }
            (true, false) if others().any(|e| after(e) && kind(e, &[4])) => {
                "outreach to somebody with a home"
            }
            _ => "for no known reason",
        };
        *counts.entry(reason).or_default() += 1;
    }
    println!("measure 2: {counts:?}");
    assert_eq!(counts.get("for no known reason"), None);
    let m = hmis_measures(&folder, 2022, &rules).unwrap();
    let both = counts.iter().filter(|(r, _)| {
        r.starts_with("re")
            || r.starts_with("a ")
            || r.starts_with("left")
            || r.starts_with("outreach")
    });
    let all: usize = counts.values().sum();
    let returned: usize = both.map(|(_, n)| n).sum();
    assert_eq!(
        value(&m, "2", "all exits", RETURNED),
        (Some(returned as f64), Some(all))
    );

    // 7b.2: who stays by the rules is in a dwelling on the report's last day.
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    for (person, own) in by_person.iter().enumerate() {
        let mut homes = own.iter().filter(|e| {
            let housing = e.kind.is_some_and(|k| [3, 9, 10].contains(&k));
            let active = e.entry <= until && e.exit.is_none_or(|x| x > until);
            housing && active && e.move_in.is_some_and(|d| d <= until)
        });
        if homes.next().is_none() {
            continue;
        }
        let state = track(person).on(until).state;
        *kept.entry(state.code()).or_default() += 1;
    }
    println!("measure 7b.2, who stays: {kept:?}");
    assert_eq!(kept.into_keys().collect::<Vec<_>>(), ["dwelling"]);
}

#[test]
fn the_demonstration_export_has_its_measures() {
    let Some(folder) = demonstration() else {
        return;
    };
    let rules = MeasureRules::default();
    let m = hmis_measures(&folder, 2022, &rules).unwrap();
    for q in &m.quantities {
        println!(
            "{} | {} | {} | {:?} of {:?}",
            q.measure, q.line, q.quantity, q.value, q.persons
        );
    }
    for e in &m.exclusions {
        println!("{} | {} | {}", e.measure, e.reason, e.n);
    }
    assert!(m.insufficient().is_empty(), "{:?}", m.insufficient());
    let (returned, exits) = value(&m, "2", "all exits", RETURNED);
    assert!(returned > Some(0.0) && exits > Some(0));
    // A year earlier its two years of look-back are not in the export.
    let earlier = hmis_measures(&folder, 2021, &rules).unwrap();
    assert!(
        earlier
            .insufficient()
            .iter()
            .any(|t| t.starts_with("measure 2"))
    );
    let none = |q: &&Quantity| q.measure == "2" && q.value.is_some();
    assert_eq!(earlier.quantities.iter().filter(none).count(), 0);
}
