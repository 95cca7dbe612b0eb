//! The rules, one after the other, over the rows in the order of their days.

use super::super::super::deliveries::{ImportLog, NO_ID};
use super::super::options::{OneDay, OpenStay, ShelterOptions};
use super::super::stay::nights;
use super::{Admission, NAME, Step};
use crate::calendar::{self, Day, NEVER};

/// Whether two rows can be of one institution.
fn same_house(a: &Admission, b: &Admission) -> bool {
    a.institution == b.institution || a.institution == NO_ID || b.institution == NO_ID
}

/// The rows as far as they are cleaned.
pub(super) struct Cleaning<'a> {
    pub(super) rows: Vec<Admission>,
    until: Day,
    log: &'a mut ImportLog,
    pub(super) steps: Vec<Step>,
}

impl<'a> Cleaning<'a> {
    /// The rows as delivered.
    pub(super) fn new(rows: Vec<Admission>, until: Day, log: &'a mut ImportLog) -> Self {
        Self {
            rows,
            until,
            log,
            steps: Vec::new(),
        }
    }

    fn note(&mut self, rule: &'static str, done: &'static str, day: Day) {
        self.log.one(NAME, rule, done, Some(day));
    }

    pub(super) fn sort(&mut self) {
        self.rows
            .sort_by_key(|r| (r.person, r.admitted, r.discharged, r.order));
    }

    pub(super) fn step(&mut self, rule: &str) {
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
    pub(super) fn leave_out(
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
    pub(super) fn repeated(&mut self) {
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

    pub(super) fn stay_types(&mut self, options: &ShelterOptions) {
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

    pub(super) fn one_day(&mut self, mode: OneDay, gap: Day) {
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

    pub(super) fn missing_discharges(&mut self, longest: Day, open: OpenStay) {
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
            let may_last = longest == 0 || self.rows[i].seen + longest >= self.until;
            if let Some(next) = next.filter(|_| !(may_last && open == OpenStay::GoesOn)) {
                self.rows[i].discharged = next;
                self.note(
                    "missing_discharges",
                    "ends with the next admission",
                    admitted,
                );
            } else if !may_last {
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

    pub(super) fn overlaps(&mut self) {
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

    /// A check-in on 1 January that goes on with the stay before.
    pub(super) fn technical_check_ins(&mut self) {
        self.join(
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
    }

    /// An admission that was put in between two discharges.
    pub(super) fn inserted_admissions(&mut self) {
        self.join(
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
    }
}
