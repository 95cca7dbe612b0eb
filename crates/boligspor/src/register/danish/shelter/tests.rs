use super::super::super::deliveries::NO_ID;
use super::*;
use crate::calendar::NEVER;
use crate::register::danish::options::OpenStay;

fn day(text: &str) -> Day {
    if text.is_empty() {
        NEVER
    } else {
        calendar::parse(text).unwrap()
    }
}

/// Rows from `person | admitted | discharged | type | institution | order`.
fn rows(lines: &[&str]) -> Vec<Admission> {
    lines
        .iter()
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let at = |i: usize| cells.get(i).copied().unwrap_or_default();
            Admission {
                person: at(0).parse().unwrap(),
                admitted: day(at(1)),
                discharged: day(at(2)),
                seen: day(at(1)),
                stay_type: Some(at(3).to_owned()).filter(|t| !t.is_empty()),
                institution: at(4).parse().unwrap_or(NO_ID),
                municipality: 461,
                order: at(5).parse().unwrap_or(0),
                state: State::Shelter,
            }
        })
        .collect()
}

fn off() -> ShelterOptions {
    ShelterOptions {
        repeated: false,
        reversed: false,
        technical_check_ins: false,
        one_day_stays: OneDay::Keep,
        inserted_admissions: false,
        missing_discharges: false,
        overlaps: false,
        no_night: false,
        ..ShelterOptions::default()
    }
}

fn cleaned(lines: &[&str], options: &ShelterOptions) -> (Vec<(String, String)>, ImportLog) {
    let mut log = ImportLog::default();
    let done = clean(rows(lines), options, day("2024-01-01"), &mut log);
    let text = |d: Day| {
        if d == NEVER {
            String::new()
        } else {
            calendar::format(d)
        }
    };
    let stays = done
        .stays
        .iter()
        .map(|s| (text(s.start), text(s.end)))
        .collect();
    (stays, log)
}

/// The stays with one rule on, and that the rule counts `rows`, and that
/// nothing happens with it off.
fn rule(name: &str, lines: &[&str], on: &ShelterOptions, wanted: &[(&str, &str)], count: usize) {
    let (stays, log) = cleaned(lines, on);
    let stays: Vec<_> = stays
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(stays, wanted, "{name}");
    assert_eq!(log.rows(NAME, name), count, "{name}");
    let (before, log) = cleaned(lines, &off());
    assert_eq!(
        (before.len(), log.rows(NAME, name)),
        (lines.len(), 0),
        "{name}"
    );
}

#[test]
fn each_rule_corrects_what_it_is_for_and_can_be_switched_off() {
    rule(
        "repeated",
        &[
            "1|2020-03-01|2020-03-05||7|0",
            "1|2020-03-01|2020-03-09||7|1",
            "1|2020-03-01|2020-03-02||8|0",
        ],
        &ShelterOptions {
            repeated: true,
            ..off()
        },
        &[("2020-03-01", "2020-03-02"), ("2020-03-01", "2020-03-09")],
        1,
    );
    rule(
        "reversed",
        &["1|2020-03-05|2020-03-01"],
        &ShelterOptions {
            reversed: true,
            ..off()
        },
        &[],
        1,
    );
    // Through two New Years: discharged on the eve, on the day itself, not at all.
    rule(
        "technical_check_ins",
        &[
            "1|2018-11-01|2018-12-31",
            "1|2019-01-01|",
            "1|2020-01-01|2020-02-01",
            "1|2021-01-01|2021-01-03",
        ],
        &ShelterOptions {
            technical_check_ins: true,
            ..off()
        },
        &[("2018-11-01", "2020-02-01"), ("2021-01-01", "2021-01-03")],
        2,
    );
    rule(
        "one_day_stays",
        &[
            "1|2020-03-01|2020-03-02",
            "1|2020-03-20|2020-04-20",
            "1|2020-08-01|2020-08-02",
            "2|2020-08-10|2020-08-20",
        ],
        &ShelterOptions {
            one_day_stays: OneDay::Join,
            ..off()
        },
        &[
            ("2020-03-01", "2020-03-20"),
            ("2020-03-20", "2020-04-20"),
            ("2020-08-01", "2020-08-02"),
            ("2020-08-10", "2020-08-20"),
        ],
        1,
    );
    rule(
        "one_day_stays",
        &["1|2020-03-01|2020-03-02", "1|2020-03-20|2020-04-20"],
        &ShelterOptions {
            one_day_stays: OneDay::Drop,
            ..off()
        },
        &[("2020-03-20", "2020-04-20")],
        1,
    );
    rule(
        "inserted_admissions",
        &["1|2020-03-01|2020-03-10", "1|2020-03-11|2020-03-12"],
        &ShelterOptions {
            inserted_admissions: true,
            ..off()
        },
        &[("2020-03-01", "2020-03-12")],
        1,
    );
    rule(
        "missing_discharges",
        &[
            "1|2020-03-01|",
            "1|2020-05-01|2020-05-09",
            "2|2020-03-01|",
            "3|2023-12-01|",
        ],
        &ShelterOptions {
            missing_discharges: true,
            ..off()
        },
        &[
            ("2020-03-01", "2020-05-01"),
            ("2020-05-01", "2020-05-09"),
            ("2020-03-01", "2021-03-01"),
            ("2023-12-01", ""),
        ],
        3,
    );
    rule(
        "overlaps",
        &[
            "1|2020-03-01|2020-03-10",
            "1|2020-03-05|2020-03-20",
            "1|2020-03-06|2020-03-07",
        ],
        &ShelterOptions {
            overlaps: true,
            ..off()
        },
        &[("2020-03-01", "2020-03-05"), ("2020-03-05", "2020-03-20")],
        2,
    );
    rule(
        "no_night",
        &["1|2020-03-01|2020-03-01"],
        &ShelterOptions {
            no_night: true,
            ..off()
        },
        &[],
        1,
    );
}

#[test]
fn the_break_of_2021_gives_types_their_states() {
    let mut log = ImportLog::default();
    let lines = [
        "1|2020-03-01|2020-03-10",
        "2|2021-03-01|2021-03-10|shelter",
        "3|2021-03-01|2021-03-10|night_cafe",
        "4|2022-09-01|2022-09-02|night_cafe",
        "5|2022-03-01|2022-03-10|aftercare",
        "6|2022-03-01|2022-03-10|tent",
    ];
    let done = clean(rows(&lines), &off(), day("2024-01-01"), &mut log);
    let states: Vec<State> = done.stays.iter().map(|s| s.state).collect();
    assert_eq!(
        states,
        [State::Shelter, State::Shelter, State::Street, State::Street]
    );
    let why: Vec<(String, Option<i32>)> = log
        .corrections()
        .into_iter()
        .map(|c| (c.done, c.year))
        .collect();
    assert_eq!(
        why,
        [
            ("admitted after the type went out of use".into(), Some(2022)),
            ("no stay: the person sleeps at home".into(), Some(2022)),
            ("of an unknown type; left out".into(), Some(2022)),
        ]
    );
}

#[test]
fn nights_and_persons_are_shown_before_and_after() {
    let mut log = ImportLog::default();
    let lines = [
        "1|2019-12-22|2019-12-31",      // 9 nights, checked in again
        "1|2020-01-01|2020-01-11",      // 10
        "2|2020-01-01|2020-01-03||7|0", // 2, delivered again
        "2|2020-01-01|2020-01-05||7|1", // 4
        "3|2020-06-01|2020-06-01",      // no night
    ];
    let done = clean(
        rows(&lines),
        &ShelterOptions::default(),
        day("2024-01-01"),
        &mut log,
    );
    // The night of 31 December is put back: 10 nights in 2019.
    let wanted = |year, nights_before, nights_after, persons_before, persons_after| Effect {
        year,
        nights_before,
        nights_after,
        persons_before,
        persons_after,
    };
    assert_eq!(
        done.effects,
        [wanted(2019, 9, 10, 1, 1), wanted(2020, 16, 14, 2, 2)]
    );
    let first = done.steps.first().unwrap();
    let last = done.steps.last().unwrap();
    assert_eq!(
        (first.rule.as_str(), first.rows, first.nights, first.persons),
        ("delivered", 5, 25, 2)
    );
    assert_eq!((last.rows, last.nights, last.persons), (2, 24, 2));
}

#[test]
fn an_open_stay_with_another_within_it_ends_or_goes_on_as_told() {
    let lines = ["1|2023-09-01|", "1|2023-09-03|2023-09-06"];
    let with = |open_stays| ShelterOptions {
        open_stays,
        ..ShelterOptions::default()
    };
    let (stays, _) = cleaned(&lines, &with(OpenStay::EndsAtNext));
    let day = |text: &str| text.to_owned();
    assert_eq!(
        stays,
        [
            (day("2023-09-01"), day("2023-09-03")),
            (day("2023-09-03"), day("2023-09-06"))
        ]
    );
    let (stays, log) = cleaned(&lines, &with(OpenStay::GoesOn));
    assert_eq!(stays, [(day("2023-09-01"), String::new())]);
    assert_eq!(log.rows(NAME, "overlaps"), 1);
    // Not one that has been open for longer than stays last.
    let old = ["1|2020-09-01|", "1|2020-09-03|2020-09-06"];
    let (stays, _) = cleaned(&old, &with(OpenStay::GoesOn));
    assert_eq!(stays[0], (day("2020-09-01"), day("2020-09-03")));
}
