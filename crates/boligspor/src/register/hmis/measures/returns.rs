//! Measure 2: returns to homelessness after an exit to permanent housing.

use std::collections::BTreeMap;

use super::super::enrolment::Enrolment;
use super::Report;
use crate::calendar::Day;

const MEASURE: &str = "2";

/// The lines of the measure, by project type.
fn line(kind: i64) -> &'static str {
    match kind {
        4 => "exits from street outreach",
        0 | 1 => "exits from emergency shelter",
        2 => "exits from transitional housing",
        8 => "exits from safe haven",
        _ => "exits from permanent housing",
    }
}

const LINES: [i64; 5] = [4, 0, 2, 8, 3];

impl Report<'_> {
    pub(super) fn returns(&mut self) {
        let back = self.rules.look_back;
        let enough = self.covers(MEASURE, self.from - back, self.until);
        let bands = self.rules.bands.clone();
        let names: Vec<String> = bands
            .iter()
            .scan(0, |from, band| {
                let name = format!("returned in days {from}-{band}");
                *from = band + 1;
                Some(name)
            })
            .collect();
        if !enough {
            for kind in LINES {
                for name in &names {
                    self.quantity(MEASURE, line(kind), name.clone(), None, None);
                }
            }
            return;
        }
        let mut by_person: Vec<Vec<&Enrolment>> = vec![Vec::new(); self.export.people];
        for e in &self.export.enrolments {
            by_person[e.person].push(e);
        }
        let window = self.from - back..=self.until - back;
        // Exits and returns by band, by line.
        let mut counts: BTreeMap<&str, (usize, Vec<usize>)> = BTreeMap::new();
        let (mut elsewhere, mut other_kind, mut later) = (0, 0, 0);
        for own in &by_person {
            let mut exits: Vec<(Day, Day, i64)> = Vec::new();
            let (mut not_permanent, mut not_followed) = (false, false);
            for e in own {
                let (Some(exit), Some(kind)) = (e.exit, e.kind) else {
                    continue;
                };
                if !window.contains(&exit) {
                    continue;
                }
                if !e
                    .destination
                    .is_some_and(|d| self.rules.permanent.contains(&d))
                {
                    not_permanent = true;
                } else if self.rules.exit_types.contains(&kind) {
                    exits.push((exit, e.entry, kind));
                } else {
                    not_followed = true;
                }
            }
            let Some(&(exit, _, kind)) = exits.iter().min() else {
                elsewhere += usize::from(not_permanent);
                other_kind += usize::from(!not_permanent && not_followed);
                continue;
            };
            later += exits.len() - 1;
            let held = counts
                .entry(line(kind))
                .or_insert_with(|| (0, vec![0; bands.len()]));
            held.0 += 1;
            let returned = self.returned(own, exit).map(|entry| entry - exit);
            if let Some(band) = returned.and_then(|d| bands.iter().position(|b| d <= *b)) {
                held.1[band] += 1;
            }
        }
        self.leave_out(MEASURE, "left, but to no permanent destination", elsewhere);
        self.leave_out(
            MEASURE,
            "left a kind of project that is not followed",
            other_kind,
        );
        self.leave_out(
            MEASURE,
            "a later exit of a person whose first one counts",
            later,
        );
        let nobody = (0, vec![0; bands.len()]);
        let (mut exits, mut returns) = (0, vec![0; bands.len()]);
        for kind in LINES {
            let (n, found) = counts.get(line(kind)).unwrap_or(&nobody).clone();
            exits += n;
            for (i, name) in names.iter().enumerate() {
                returns[i] += found[i];
                self.share(MEASURE, line(kind), name, found[i], n);
            }
        }
        for (i, name) in names.iter().enumerate() {
            self.share(MEASURE, "all exits", name, returns[i], exits);
        }
        let all = returns.iter().sum();
        self.share(MEASURE, "all exits", "returned in two years", all, exits);
    }

    /// The day of the first return after an exit.
    fn returned(&self, own: &[&Enrolment], exit: Day) -> Option<Day> {
        let rules = self.rules;
        let housing = |e: &Enrolment| e.kind.is_some_and(|k| rules.gap_types.contains(&k));
        let is_return = |e: &&&Enrolment| {
            let Some(kind) = e.kind else { return false };
            if e.entry < exit
                || e.entry > exit + rules.look_back
                || e.exit == Some(exit) && e.entry == exit
            {
                return false;
            }
            if rules.gap_types.contains(&kind) {
                let within = own.iter().any(|other| {
                    housing(other)
                        && !std::ptr::eq(*other, **e)
                        && e.entry > other.entry
                        && other.exit.is_none_or(|end| e.entry <= end + rules.gap_days)
                });
                return e.entry > exit + rules.gap_days && !within;
            }
            rules.return_types.contains(&kind)
        };
        own.iter().filter(is_return).map(|e| e.entry).min()
    }
}
