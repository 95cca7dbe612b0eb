//! Hospital, prison, treatment, social services and the case files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use polars::prelude::*;

use super::{Person, Stay, Writer, danish, days, iso, texts};
use crate::day::{self, Day};
use crate::error::Result;
use crate::generate::Registers;

/// The first day of the newer hospital register: 1 March 2019.
pub(super) const BREAK: Day = 17_956;

/// A hospital contact: its number, the person, and from when until when.
type Contact<'a> = (i64, &'a str, Day, Option<Day>);

impl Writer<'_> {
    /// LPR2 in folders by year until the break, LPR3 from it on.
    pub(super) fn hospital(&mut self, stays: &[Stay<'_>]) -> Result<()> {
        let all = || stays.iter().filter(|s| s.state == "hospital");
        let mut old: BTreeMap<i32, Vec<Contact<'_>>> = BTreeMap::new();
        let mut new: Vec<Contact<'_>> = Vec::new();
        let mut contact = 0;
        for (i, s) in all().enumerate() {
            let mut next = || {
                contact += 1;
                contact
            };
            if s.start >= BREAK {
                new.push((next(), s.person, s.start, s.end));
                if s.end.is_some_and(|end| end > s.start + 2) {
                    // A day's visit to another ward: no night.
                    new.push((next(), s.person, s.start + 1, Some(s.start + 1)));
                    self.dirt("no_night");
                }
                continue;
            }
            let of_year = old.entry(day::year(s.start)).or_default();
            if s.end.is_none_or(|end| end > BREAK) {
                of_year.push((next(), s.person, s.start, None));
                new.push((next(), s.person, BREAK, s.end));
                self.dirt("over_the_break");
            } else {
                of_year.push((next(), s.person, s.start, s.end));
                if i % 9 == 0 && s.end.is_some_and(|end| end > s.start + 4) {
                    // Moved between departments: contacts that touch.
                    let moved = s.start + 2;
                    if let Some(last) = of_year.last_mut() {
                        last.3 = Some(moved);
                    }
                    of_year.push((next(), s.person, moved, s.end));
                    self.dirt("contacts");
                }
            }
        }
        let date = |name: &str, days: Vec<Option<Day>>| {
            Int32Chunked::from_iter_options(name.into(), days.into_iter())
                .into_date()
                .into_column()
        };
        let mut rows = 0;
        for (year, part) in &old {
            let mut frame = df!(
                "RECNUM" => part.iter().map(|r| r.0).collect::<Vec<_>>(),
                "PNR" => part.iter().map(|r| r.1).collect::<Vec<_>>(),
            )?;
            frame.with_column(date("D_INDDTO", part.iter().map(|r| Some(r.2)).collect()))?;
            frame.with_column(date("D_UDDTO", part.iter().map(|r| r.3).collect()))?;
            self.parquet(&format!("lpr2/year={year}/part-0.parquet"), &mut frame)?;
            rows += part.len();
        }
        self.rows("lpr2", rows);
        let mut frame = df!(
            "dw_ek_kontakt" => new.iter().map(|r| r.0).collect::<Vec<_>>(),
            "pnr" => new.iter().map(|r| r.1).collect::<Vec<_>>(),
        )?;
        frame.with_column(date("dato_start", new.iter().map(|r| Some(r.2)).collect()))?;
        frame.with_column(date("contact_end", new.iter().map(|r| r.3).collect()))?;
        self.rows("lpr3", new.len());
        self.parquet("lpr3.parquet", &mut frame)
    }

    /// KRIN: every other long imprisonment with a transfer in it.
    pub(super) fn prison(&mut self, stays: &[Stay<'_>]) -> Result<()> {
        let mut csv = String::from("pnr,start,end\n");
        let mut rows = 0;
        for (i, s) in stays.iter().filter(|s| s.state == "prison").enumerate() {
            let mut start = s.start;
            if i % 2 == 0 && s.end.is_none_or(|end| end > start + 20) {
                let moved = start + 10;
                let _ = writeln!(
                    csv,
                    "{},{},{}",
                    s.person,
                    iso(Some(start)),
                    iso(Some(moved))
                );
                start = moved + 1;
                rows += 1;
                self.dirt("transfers");
            }
            let _ = writeln!(csv, "{},{},{}", s.person, iso(Some(start)), iso(s.end));
            rows += 1;
        }
        self.rows("krin", rows);
        self.put("krin.csv", csv.as_bytes())
    }

    /// SIB: requests at most ten days apart, open at death.
    pub(super) fn treatment(&mut self, people: &[Person<'_>], stays: &[Stay<'_>]) -> Result<()> {
        let death: BTreeMap<&str, Option<Day>> = people.iter().map(|p| (p.id, p.death)).collect();
        let mut csv = String::from("pnr,start,end\n");
        let mut rows = 0;
        for (i, s) in stays.iter().filter(|s| s.state == "treatment").enumerate() {
            let mut start = s.start;
            let at_death = s.end.is_some() && death.get(s.person).copied().flatten() == s.end;
            let end = if at_death { None } else { s.end };
            if at_death {
                self.dirt("open_at_death");
            }
            if i % 3 == 0 && s.end.is_none_or(|end| end > start + 30) {
                let _ = writeln!(
                    csv,
                    "{},{},{}",
                    s.person,
                    iso(Some(start)),
                    iso(Some(start + 10))
                );
                start += 20;
                rows += 1;
                self.dirt("requests");
            }
            let _ = writeln!(csv, "{},{},{}", s.person, iso(Some(start)), iso(end));
            rows += 1;
        }
        self.rows("sib", rows);
        self.put("sib.csv", csv.as_bytes())
    }

    /// Social services: §107 and §108 for institutions, §85 for the placed.
    pub(super) fn social(&mut self, tables: &Registers, stays: &[Stay<'_>]) -> Result<()> {
        let mut csv = String::from("pnr;start;end;paragraph;kom\n");
        let mut rows = 0;
        for (i, s) in stays
            .iter()
            .filter(|s| s.state == "institution")
            .enumerate()
        {
            let paragraph = if i % 2 == 0 { "§107" } else { "§108" };
            let (start, end) = (danish(Some(s.start)), danish(s.end));
            let code = s.municipality.unwrap_or_default();
            let _ = writeln!(csv, "{};{start};{end};{paragraph};{code}", s.person);
            rows += 1;
        }
        let ids = texts(&tables.placements, "person")?;
        let placed = days(&tables.placements, "placed_on")?;
        let codes = texts(&tables.placements, "municipality")?;
        for i in 0..ids.len() {
            if let (Some(id), Some(on)) = (ids[i], placed[i]) {
                let code = codes[i].unwrap_or_default();
                let end = (on + 730 < self.until).then_some(on + 730);
                let _ = writeln!(csv, "{id};{};{};§85;{code}", danish(Some(on)), danish(end));
                rows += 1;
            }
        }
        self.rows("social", rows);
        self.put("social.csv", csv.as_bytes())
    }

    /// What a project knows itself.
    pub(super) fn cases(&mut self, stays: &[Stay<'_>]) -> Result<()> {
        let mut csv = String::from("person\tstart\tend\tstate\tmunicipality\n");
        let known = ["street", "sofa", "hotel", "transitional"];
        let mut rows = 0;
        for s in stays.iter().filter(|s| known.contains(&s.state)) {
            let (start, end) = (iso(Some(s.start)), iso(s.end));
            let code = s.municipality.unwrap_or_default();
            let _ = writeln!(csv, "{}\t{start}\t{end}\t{}\t{code}", s.person, s.state);
            rows += 1;
        }
        self.rows("cases", rows);
        self.put("cases.tsv", csv.as_bytes())
    }
}
