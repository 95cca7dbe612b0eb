//! The shelter register (§110): admissions and discharges to stays.
//!
//! What is known of its traps, and the rule for each
//! ([`ShelterOptions`]): Statistics Denmark puts a missing counterpart in on the
//! next day; institutions check everybody in again on 1 January; stay types
//! came in 2021 and went again; the newest year's stays are open because their
//! discharge has not been reported yet.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::deliveries::{ImportLog, Kind, NO_ID};
use super::options::{OneDay, ShelterOptions};
use super::stay::{Stay, nights};
use crate::calendar::{self, Day, NEVER};
use crate::state::State;

const NAME: &str = Kind::Shelter.name();

/// A row of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Admission {
    pub(super) person: u32,
    pub(super) admitted: Day,
    /// [`NEVER`] where there is no discharge.
    pub(super) discharged: Day,
    /// The last day on which a row says that the person was there: a check-in.
    pub(super) seen: Day,
    pub(super) stay_type: Option<String>,
    /// [`NO_ID`] where it is not known.
    pub(super) institution: u32,
    pub(super) municipality: u16,
    /// The delivery's place in time.
    pub(super) order: u32,
    pub(super) state: State,
}

/// Nights and persons of a year, before and after the cleaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The year.
    pub year: i32,
    /// Nights in the rows as delivered, open ones until the end of data.
    pub nights_before: i64,
    /// Nights in the stays.
    pub nights_after: i64,
    /// Persons with a night before.
    pub persons_before: usize,
    /// Persons with a night after.
    pub persons_after: usize,
}

/// Nights and persons after each rule, in the order of the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The rule; `delivered` for the rows as they came.
    pub rule: String,
    /// Rows left.
    pub rows: usize,
    /// Nights left.
    pub nights: i64,
    /// Persons left.
    pub persons: usize,
}

/// What a cleaning gives.
#[derive(Debug)]
pub(super) struct Cleaned {
    pub(super) stays: Vec<Stay>,
    pub(super) effects: Vec<Effect>,
    pub(super) steps: Vec<Step>,
}

/// Whether two rows can be of one institution.
fn same_house(a: &Admission, b: &Admission) -> bool {
    a.institution == b.institution || a.institution == NO_ID || b.institution == NO_ID
}

struct Cleaning<'a> {
    rows: Vec<Admission>,
    until: Day,
    log: &'a mut ImportLog,
    steps: Vec<Step>,
}

impl Cleaning<'_> {
    fn note(&mut self, rule: &'static str, done: &'static str, day: Day) {
        self.log.one(NAME, rule, done, Some(day));
    }

    fn sort(&mut self) {
        self.rows
            .sort_by_key(|r| (r.person, r.admitted, r.discharged, r.order));
    }

    fn step(&mut self, rule: &str) {
        let night = |r: &Admission| nights(r.admitted, r.discharged, self.until);
        let mut persons: Vec<u32> = self
            .rows
            .iter()
            .filter(|r| night(r) > 0)
            .map(|r| r.person)
            .collect();
        persons.sort_unstable();
        persons.dedup();
        self.steps.push(Step {
            rule: rule.into(),
            rows: self.rows.len(),
            nights: self.rows.iter().map(night).sum(),
            persons: persons.len(),
        });
    }

    /// Leaves out the rows for which `out` is true.
    fn leave_out(
        &mut self,
        rule: &'static str,
        done: &'static str,
        out: impl Fn(&Admission) -> bool,
    ) {
        let log = &mut *self.log;
        self.rows.retain(|row| {
            let out = out(row);
            if out {
                log.one(NAME, rule, done, Some(row.admitted));
            }
            !out
        });
    }

    /// Walks the rows with the one kept before them, of the same person. Where
    /// `join` says so, the later one is taken into the earlier.
    fn join(
        &mut self,
        rule: &'static str,
        done: &'static str,
        mut join: impl FnMut(&mut Admission, &Admission) -> bool,
    ) {
        let mut kept: Vec<Admission> = Vec::with_capacity(self.rows.len());
        for row in std::mem::take(&mut self.rows) {
            let joined = kept
                .last_mut()
                .is_some_and(|last| last.person == row.person && join(last, &row));
            if joined {
                self.log.one(NAME, rule, done, Some(row.admitted));
            } else {
                kept.push(row);
            }
        }
        self.rows = kept;
    }

    /// Of rows with the same key, only the one delivered last.
    fn repeated(&mut self) {
        self.rows
            .sort_by_key(|r| (r.person, r.admitted, r.institution, r.order, r.discharged));
        self.join(
            "repeated",
            "the newest delivery's row is kept",
            |last, row| {
                let same = last.admitted == row.admitted && last.institution == row.institution;
                if same {
                    *last = row.clone();
                }
                same
            },
        );
        self.sort();
    }

    fn stay_types(&mut self, options: &ShelterOptions) {
        let log = &mut *self.log;
        self.rows.retain_mut(|row| {
            let Some(name) = &row.stay_type else {
                return true;
            };
            let day = Some(row.admitted);
            let Some(kind) = options.stay_types.get(name) else {
                log.one(NAME, "stay_types", "of an unknown type; left out", day);
                return false;
            };
            if kind.until.is_some_and(|until| row.admitted > until.0) {
                log.one(
                    NAME,
                    "stay_types",
                    "admitted after the type went out of use",
                    day,
                );
            }
            if let Some(state) = kind.state {
                row.state = state;
                true
            } else {
                let why = "no stay: the person sleeps at home";
                log.one(NAME, "stay_types", why, day);
                false
            }
        });
    }

    fn one_day(&mut self, mode: OneDay, gap: Day) {
        let rows = &mut self.rows;
        let mut notes = Vec::new();
        let mut out = vec![false; rows.len()];
        for i in 1..rows.len() {
            let (head, tail) = rows.split_at_mut(i);
            let (row, next) = (&mut head[i - 1], &tail[0]);
            let one_day = row.discharged == row.admitted + 1;
            let apart = i64::from(next.admitted) - i64::from(row.discharged);
            if row.person != next.person || !one_day || apart < 1 || apart > i64::from(gap) {
                continue;
            }
            if !same_house(row, next) || row.state != next.state {
                continue;
            }
            notes.push(row.admitted);
            if mode == OneDay::Join {
                row.discharged = next.admitted;
            } else {
                out[i - 1] = true;
            }
        }
        let done = if mode == OneDay::Join {
            "lasts until the next admission"
        } else {
            "left out"
        };
        for day in notes {
            self.note("one_day_stays", done, day);
        }
        let mut out = out.into_iter();
        self.rows.retain(|_| !out.next().unwrap_or_default());
    }

    fn missing_discharges(&mut self, longest: Day) {
        for i in 0..self.rows.len() {
            if self.rows[i].discharged != NEVER {
                continue;
            }
            let (person, admitted) = (self.rows[i].person, self.rows[i].admitted);
            let next = self.rows[i + 1..]
                .iter()
                .take_while(|r| r.person == person)
                .find(|r| r.admitted > admitted)
                .map(|r| r.admitted);
            if let Some(next) = next {
                self.rows[i].discharged = next;
                self.note(
                    "missing_discharges",
                    "ends with the next admission",
                    admitted,
                );
            } else if longest > 0 && self.rows[i].seen + longest < self.until {
                self.rows[i].discharged = self.rows[i].seen + longest;
                self.note(
                    "missing_discharges",
                    "ends after `longest_open` days",
                    admitted,
                );
            } else {
                self.note(
                    "missing_discharges",
                    "open at the end of data: durations of the newest year are too long",
                    admitted,
                );
            }
        }
    }

    fn overlaps(&mut self) {
        self.rows
            .sort_by_key(|r| (r.person, r.state as u8, r.admitted, r.discharged, r.order));
        self.join(
            "overlaps",
            "lies within another stay; left out",
            |last, row| {
                last.state == row.state
                    && row.admitted >= last.admitted
                    && row.discharged <= last.discharged
            },
        );
        let mut cut = Vec::new();
        for i in 1..self.rows.len() {
            let (head, tail) = self.rows.split_at_mut(i);
            let (row, next) = (&mut head[i - 1], &tail[0]);
            if row.person == next.person
                && row.state == next.state
                && next.admitted < row.discharged
            {
                row.discharged = next.admitted;
                cut.push(row.admitted);
            }
        }
        for day in cut {
            self.note("overlaps", "ends where the next begins", day);
        }
        self.sort();
    }
}

/// Cleans the register. `until` is the first day no longer observed.
pub(super) fn clean(
    rows: Vec<Admission>,
    options: &ShelterOptions,
    until: Day,
    log: &mut ImportLog,
) -> Cleaned {
    let mut years: BTreeMap<i32, Effect> = BTreeMap::new();
    by_year(&rows, until, &mut years, |e, nights| {
        e.nights_before += nights;
        e.persons_before += 1;
    });
    let mut c = Cleaning {
        rows,
        until,
        log,
        steps: Vec::new(),
    };
    c.step("delivered");
    c.sort();
    if options.repeated {
        c.repeated();
        c.step("repeated");
    }
    if options.reversed {
        c.leave_out("reversed", "discharged before admitted; left out", |r| {
            r.discharged < r.admitted
        });
        c.step("reversed");
    }
    c.stay_types(options);
    c.step("stay_types");
    if options.technical_check_ins {
        c.join(
            "technical_check_ins",
            "checked in again on 1 January: one stay",
            |last, row| {
                let civil = calendar::civil(row.admitted);
                let new_year = (civil.month, civil.day) == (1, 1);
                let open = last.discharged == NEVER && last.admitted < row.admitted;
                let touches = open || (row.admitted - 1..=row.admitted).contains(&last.discharged);
                let technical =
                    new_year && touches && same_house(last, row) && last.state == row.state;
                if technical {
                    last.discharged = row.discharged;
                    last.seen = row.seen;
                }
                technical
            },
        );
        c.step("technical_check_ins");
    }
    if options.one_day_stays != OneDay::Keep {
        c.one_day(options.one_day_stays, options.one_day_gap as Day);
        c.step("one_day_stays");
    }
    if options.inserted_admissions {
        c.join(
            "inserted_admissions",
            "admitted on the day after a discharge: one stay",
            |last, row| {
                let inserted = last.discharged != NEVER
                    && row.admitted == last.discharged + 1
                    && same_house(last, row)
                    && last.state == row.state;
                if inserted {
                    last.discharged = row.discharged;
                    last.seen = row.seen;
                }
                inserted
            },
        );
        c.step("inserted_admissions");
    }
    if options.missing_discharges {
        c.missing_discharges(options.longest_open as Day);
        c.step("missing_discharges");
    }
    if options.overlaps {
        c.overlaps();
        c.step("overlaps");
    }
    if options.no_night {
        c.leave_out("no_night", "left on the day of arrival; left out", |r| {
            r.discharged == r.admitted
        });
        c.step("no_night");
    }
    by_year(&c.rows, until, &mut years, |e, nights| {
        e.nights_after += nights;
        e.persons_after += 1;
    });
    let stay = |r: &Admission| {
        Stay::new(r.person, r.admitted, r.discharged, r.state, NAME).at(r.municipality)
    };
    Cleaned {
        stays: c.rows.iter().map(stay).collect(),
        effects: years.into_values().collect(),
        steps: c.steps,
    }
}

/// Adds, once for each person and year with a night, the nights in it.
fn by_year(
    rows: &[Admission],
    until: Day,
    years: &mut BTreeMap<i32, Effect>,
    mut add: impl FnMut(&mut Effect, i64),
) {
    let mut sums: BTreeMap<(i32, u32), i64> = BTreeMap::new();
    for row in rows {
        let end = row.discharged.min(until);
        let mut day = row.admitted;
        while day < end {
            let year = calendar::civil(day).year;
            let next = calendar::day(year + 1, 1, 1).min(end);
            *sums.entry((year, row.person)).or_default() += i64::from(next - day);
            day = next;
        }
    }
    for ((year, _), nights) in sums {
        let effect = years.entry(year).or_insert(Effect {
            year,
            ..Effect::default()
        });
        add(effect, nights);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn rule(
        name: &str,
        lines: &[&str],
        on: &ShelterOptions,
        wanted: &[(&str, &str)],
        count: usize,
    ) {
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
}
