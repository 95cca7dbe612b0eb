//! Measure 7: exits to, and stays in, permanent housing.

use std::collections::BTreeMap;

use super::super::enrolment::Enrolment;
use super::Report;

/// Permanent housing other than rapid rehousing.
const HOUSING: [i64; 3] = [3, 9, 10];
const EXCLUDED: &str = "died, or left to a hospital, group home or nursing home";

impl Report<'_> {
    pub(super) fn housed(&mut self) {
        let outreach = |e: &Enrolment| e.kind == Some(4);
        let homeless = |e: &Enrolment| {
            e.kind.is_some_and(|k| {
                [0, 1, 2, 8, 13].contains(&k) || (HOUSING.contains(&k) && e.move_in.is_none())
            })
        };
        let mut successful = self.rules.permanent.clone();
        successful.extend(&self.rules.outreach_successful);
        self.exits(
            "7a1",
            "exits from street outreach",
            "successful",
            &successful,
            outreach,
        );
        let permanent = self.rules.permanent.clone();
        self.exits(
            "7b1",
            "exits from shelter, transitional and rapid rehousing",
            "to permanent housing",
            &permanent,
            homeless,
        );
        self.kept();
    }

    /// Each person's last exit in the year from some projects.
    fn exits(
        &mut self,
        measure: &'static str,
        line: &str,
        what: &str,
        success: &[i64],
        of: impl Fn(&Enrolment) -> bool,
    ) {
        if !self.covers(measure, self.from, self.until) {
            self.quantity(measure, line, what, None, None);
            return;
        }
        let mut last: BTreeMap<usize, &Enrolment> = BTreeMap::new();
        let mut earlier = 0;
        for e in self.export.enrolments.iter().filter(|e| of(e)) {
            let Some(exit) = e.exit.filter(|d| (self.from..=self.until).contains(d)) else {
                continue;
            };
            let held = last.entry(e.person).or_insert(e);
            if !std::ptr::eq(*held, e) {
                earlier += 1;
                if (held.exit, held.entry) < (Some(exit), e.entry) {
                    *held = e;
                }
            }
        }
        self.leave_out(
            measure,
            "an earlier exit of a person whose last one counts",
            earlier,
        );
        let all = last.len();
        let excluded = self.rules.excluded_destinations.clone();
        last.retain(|_, e| !e.destination.is_some_and(|d| excluded.contains(&d)));
        self.leave_out(measure, EXCLUDED, all - last.len());
        let good = last
            .values()
            .filter(|e| e.destination.is_some_and(|d| success.contains(&d)))
            .count();
        self.share(measure, line, what, good, last.len());
    }

    /// 7b.2: permanent housing kept, or left for another.
    fn kept(&mut self) {
        const MEASURE: &str = "7b2";
        let line = "permanent housing other than rapid rehousing";
        let what = "stayed, or left to permanent housing";
        if !self.covers(MEASURE, self.from, self.until) {
            self.quantity(MEASURE, line, what, None, None);
            return;
        }
        let mut last: BTreeMap<usize, &Enrolment> = BTreeMap::new();
        let (mut never, mut earlier) = (0, 0);
        for e in &self.export.enrolments {
            let housing = e.kind.is_some_and(|k| HOUSING.contains(&k));
            let active = e.entry <= self.until && e.exit.is_none_or(|exit| exit >= self.from);
            if !housing || !active {
                continue;
            }
            if e.move_in.is_none_or(|day| day > self.until) {
                never += 1;
                continue;
            }
            let held = last.entry(e.person).or_insert(e);
            if !std::ptr::eq(*held, e) {
                earlier += 1;
                let end = |e: &Enrolment| e.exit.unwrap_or(i32::MAX);
                if (end(held), held.entry) < (end(e), e.entry) {
                    *held = e;
                }
            }
        }
        self.leave_out(MEASURE, "in housing without having moved in", never);
        self.leave_out(
            MEASURE,
            "an earlier stay of a person whose last one counts",
            earlier,
        );
        let all = last.len();
        let stays = |e: &Enrolment| e.exit.is_none_or(|exit| exit > self.until);
        let excluded = self.rules.excluded_destinations.clone();
        last.retain(|_, e| stays(e) || !e.destination.is_some_and(|d| excluded.contains(&d)));
        let gone = all - last.len();
        let good = last
            .values()
            .filter(|e| {
                stays(e)
                    || e.destination
                        .is_some_and(|d| self.rules.permanent.contains(&d))
            })
            .count();
        let of = last.len();
        self.leave_out(MEASURE, EXCLUDED, gone);
        self.share(MEASURE, line, what, good, of);
    }
}
