//! The shelter register, in two overlapping deliveries, with all its traps.

use std::fmt::Write as _;

use super::{Stay, Writer, danish, latin1};
use crate::day::{self, Day};
use crate::error::Result;

/// The day on which the older delivery was drawn: 1 January 2018.
pub(super) const DRAWN: Day = 17_532;
/// Stay types came with 2021.
pub(super) const TYPES: Day = 18_628;

fn same_year(a: Day, b: Day) -> bool {
    day::year(a) == day::year(b)
}

impl Writer<'_> {
    /// Counts the days between true stays that look like what the registers
    /// tear apart: nothing tells them from it.
    pub(super) fn alike(&mut self, stays: &[Stay<'_>]) {
        for own in stays.chunk_by(|a, b| a.person == b.person) {
            for state in ["shelter", "treatment", "prison"] {
                let of: Vec<_> = own.iter().filter(|s| s.state == state).collect();
                for pair in of.windows(2) {
                    let Some(end) = pair[0].end else { continue };
                    let gap = pair[1].start - end;
                    let joined = match state {
                        "treatment" => gap <= 10,
                        // A night between two stays; or a stay of one.
                        "shelter" => gap <= 1 || (end - pair[0].start == 1 && gap <= 30),
                        _ => gap <= 1,
                    };
                    if joined {
                        self.destroyed("stays_alike", gap);
                    }
                }
            }
        }
    }

    /// The shelter register in two overlapping deliveries, with all its traps.
    pub(super) fn shelter(&mut self, stays: &[Stay<'_>]) -> Result<()> {
        let all: Vec<&Stay<'_>> = stays.iter().filter(|s| s.state == "shelter").collect();
        // person, admitted, discharged, stay type, municipality
        let mut rows: Vec<(&str, Day, Option<Day>, &str, &str)> = Vec::new();
        for (i, s) in all.iter().enumerate() {
            let code = s.municipality.unwrap_or_default();
            let last = s.end.unwrap_or(self.until);
            let length = last - s.start;
            let kind = |start: Day| if start >= TYPES { "shelter" } else { "" };
            let mut push = |start: Day, end: Option<Day>| {
                rows.push((s.person, start, end, kind(start), code));
            };
            let mut start = s.start;
            if i % 7 == 0 && length > 12 && same_year(start, start + 12) {
                // Admitted again before a discharge: one is put in on the next day.
                push(start, Some(start + 1));
                start += 5;
                self.dirt("one_day_stays");
            } else if i % 11 == 0 && length > 12 && same_year(start, start + 12) {
                // Discharged twice: an admission is put in on the day after.
                push(start, Some(start + 6));
                start += 7;
                self.dirt("inserted_admissions");
            }
            // Checked in again each 1 January.
            let mut year = day::year(start);
            while day::new_year(year + 1) < last {
                let new_year = day::new_year(year + 1);
                if new_year - 1 > start {
                    push(start, Some(new_year - 1));
                    start = new_year;
                    self.dirt("technical_check_ins");
                }
                year += 1;
            }
            let next = all
                .get(i + 1)
                .filter(|n| n.person == s.person)
                .map(|n| n.start);
            match (s.end, next) {
                (Some(end), Some(next)) if i % 23 == 1 && next - end < 90 => {
                    push(start, None);
                    self.dirt("missing_discharges");
                    self.destroyed("missing_discharges", next - end);
                }
                _ => push(start, s.end),
            }
            // Not in one that lacks its discharge: it would seem to end here.
            if i % 13 == 0 && i % 23 != 1 && last - start > 8 {
                push(start + 2, Some(start + 5));
                self.dirt("overlaps");
                if s.end.is_none() {
                    self.dirt("open_overlaps");
                }
            }
            if i % 17 == 0
                && s.end
                    .is_some_and(|end| end > TYPES && end + 20 < self.until)
            {
                rows.push((s.person, last + 1, Some(last + 20), "aftercare", code));
                self.dirt("aftercare");
            }
        }
        let head = "person;admitted;discharged;kind_of_stay;kom\r\n";
        let line =
            |csv: &mut String, r: &(&str, Day, Option<Day>, &str, &str), end: Option<Day>| {
                let (person, start, _, kind, code) = r;
                let start = danish(Some(*start));
                let _ = write!(csv, "{person};{start};{};{kind};{code}\r\n", danish(end));
            };
        let (mut old, mut new) = (String::from(head), String::from(head));
        for row in &rows {
            if row.1 < DRAWN {
                // Drawn before the discharge was known.
                let known = row.2.filter(|end| *end < DRAWN);
                line(&mut old, row, known);
            }
            if row.1 >= DRAWN - 365 {
                line(&mut new, row, row.2);
                if row.1 < DRAWN {
                    self.dirt("repeated");
                }
            } else if row.2.is_some_and(|end| end >= DRAWN) {
                line(&mut new, row, row.2);
                self.dirt("repeated");
            }
        }
        self.rows("shelter", rows.len());
        self.put("shelter_2017.csv", &latin1(&old))?;
        self.put("shelter_2024.csv", &latin1(&new))
    }
}
