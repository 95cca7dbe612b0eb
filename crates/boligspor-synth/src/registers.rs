//! The planted population as raw registers, with their dirt.
//!
//! What an evaluator is given is no tidy table. [`write_registers`] writes the
//! people of a [`Spec`] as the registers that would tell of them: snapshots in
//! SAS files, admissions in CSV in two encodings, contacts in folders of Parquet,
//! deliveries that overlap and repeat, technical check-ins, transfers, a break
//! between two hospital registers, and a mapping file that says which is which.
//! Where a file's dirt destroys what was planted, the person-days are counted, so
//! that a reader can be tested against the truth.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use boligspor_files::{SasKind, SasWriter};
use polars::prelude::*;

use crate::day::{self, Day};
use crate::error::{Error, Result};
use crate::generate::{Registers, generate};
use crate::spec::Spec;

/// The first day of the newer hospital register: 1 March 2019.
/// A hospital contact: its number, the person, and from when until when.
type Contact<'a> = (i64, &'a str, Day, Option<Day>);

const BREAK: Day = 17_956;
/// The day on which the older delivery of the shelter register was drawn:
/// 1 January 2018.
const DRAWN: Day = 17_532;
/// Stay types came with 2021.
const TYPES: Day = 18_628;

const MAPPING: &str = include_str!("mapping.toml");
const STUDY: &str = include_str!("registers_study.toml");

/// What [`write_registers`] wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterSummary {
    /// Rows by register.
    pub rows: BTreeMap<&'static str, u64>,
    /// Dirt by kind: how many rows of each were planted.
    pub dirt: BTreeMap<&'static str, u64>,
    /// Person-days that no reader can give back, by kind of dirt.
    pub destroyed: BTreeMap<&'static str, u64>,
}

/// A stay as planted.
#[derive(Clone, Copy)]
struct Stay<'a> {
    person: &'a str,
    start: Day,
    end: Option<Day>,
    state: &'a str,
    dwelling: Option<&'a str>,
    municipality: Option<&'a str>,
}

struct Person<'a> {
    id: &'a str,
    birth: Day,
    death: Option<Day>,
    woman: bool,
}

fn texts<'a>(frame: &'a DataFrame, name: &str) -> Result<Vec<Option<&'a str>>> {
    let column = frame.column(name)?.as_materialized_series();
    Ok(column.str()?.iter().collect())
}

fn days(frame: &DataFrame, name: &str) -> Result<Vec<Option<Day>>> {
    let column = frame.column(name)?.as_materialized_series();
    Ok(column.date()?.physical().iter().collect())
}

/// A day as Danish systems write it.
fn danish(day: Option<Day>) -> String {
    day.map(|d| day::date(d).strftime("%d-%m-%Y").to_string())
        .unwrap_or_default()
}

fn iso(day: Option<Day>) -> String {
    day.map(|d| day::date(d).to_string()).unwrap_or_default()
}

struct Writer<'a> {
    dir: &'a Path,
    until: Day,
    summary: RegisterSummary,
}

impl Writer<'_> {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::write(folder))?;
        }
        fs::write(&path, bytes).map_err(Error::write(path))
    }

    fn sas(&self, name: &str, file: &SasWriter) -> Result<()> {
        let mut bytes = Vec::new();
        file.write(&mut bytes)
            .map_err(Error::write(self.dir.join(name)))?;
        self.put(name, &bytes)
    }

    fn parquet(&self, name: &str, frame: &mut DataFrame) -> Result<()> {
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(frame)?;
        self.put(name, &bytes)
    }

    fn rows(&mut self, register: &'static str, rows: usize) {
        *self.summary.rows.entry(register).or_default() += rows as u64;
    }

    fn dirt(&mut self, kind: &'static str) {
        *self.summary.dirt.entry(kind).or_default() += 1;
    }

    fn destroyed(&mut self, kind: &'static str, days: Day) {
        *self.summary.destroyed.entry(kind).or_default() += u64::from(days.unsigned_abs());
    }
}

/// Writes raw registers, `mapping.toml` and `study.toml` into a folder.
///
/// The planted errors of `spec.dirt` are for tidy tables and not used here.
///
/// # Errors
/// [`Error::Spec`] where the spec is out of range, [`Error::Write`] where the
/// folder cannot be written.
///
/// ```no_run
/// use boligspor_synth::{Spec, write_registers};
/// let spec = Spec { people: 500, ..Spec::odense_like() };
/// let summary = write_registers(&spec, "deliveries".as_ref())?;
/// println!("{} technical check-ins", summary.dirt["technical_check_ins"]);
/// # Ok::<(), boligspor_synth::Error>(())
/// ```
pub fn write_registers(spec: &Spec, dir: &Path) -> Result<RegisterSummary> {
    let clean = Spec {
        dirt: crate::Dirt::default(),
        ..spec.clone()
    };
    let tables = generate(&clean)?;
    let people = people(&tables)?;
    let stays = stays(&tables)?;
    let until = day::number(spec.observed_until) + 1;
    let mut w = Writer {
        dir,
        until,
        summary: RegisterSummary::default(),
    };
    fs::create_dir_all(dir).map_err(Error::write(dir))?;
    w.snapshots(&people, &stays, spec.first_year)?;
    w.addresses(&stays)?;
    w.deaths(&people)?;
    w.moves(&stays)?;
    w.alike(&stays);
    w.shelter(&stays)?;
    w.hospital(&stays)?;
    w.prison(&stays)?;
    w.treatment(&people, &stays)?;
    w.social(&tables, &stays)?;
    w.cases(&stays)?;
    w.dream(&people, &stays, spec)?;
    for (name, table) in tables.tables() {
        if !matches!(name, "persons" | "stays") {
            w.parquet(&format!("tables/{name}.parquet"), &mut table.clone())?;
            w.rows(name, table.height());
        }
    }
    let from = day::date(day::new_year(spec.first_year)).to_string();
    let filled = |text: &str| {
        text.replace("{observed_from}", &from)
            .replace("{observed_until}", &spec.observed_until.to_string())
            .replace("{cohort_from}", &spec.placed_from.to_string())
    };
    w.put("mapping.toml", filled(MAPPING).as_bytes())?;
    w.put("study.toml", filled(STUDY).as_bytes())?;
    Ok(w.summary)
}

fn people(tables: &Registers) -> Result<Vec<Person<'_>>> {
    let ids = texts(&tables.persons, "person")?;
    let births = days(&tables.persons, "birth_date")?;
    let deaths = days(&tables.persons, "death_date")?;
    let sexes = texts(&tables.persons, "sex")?;
    Ok((0..ids.len())
        .map(|i| Person {
            id: ids[i].unwrap_or_default(),
            birth: births[i].unwrap_or_default(),
            death: deaths[i],
            woman: sexes[i] == Some("woman"),
        })
        .collect())
}

fn stays(tables: &Registers) -> Result<Vec<Stay<'_>>> {
    let stays = &tables.stays;
    let (ids, states) = (texts(stays, "person")?, texts(stays, "state")?);
    let (starts, ends) = (days(stays, "start")?, days(stays, "end")?);
    let homes = texts(stays, "dwelling")?;
    let codes = texts(stays, "municipality")?;
    Ok((0..ids.len())
        .map(|i| Stay {
            person: ids[i].unwrap_or_default(),
            start: starts[i].unwrap_or_default(),
            end: ends[i],
            state: states[i].unwrap_or_default(),
            dwelling: homes[i],
            municipality: codes[i],
        })
        .collect())
}

fn by_person<'a, 'b>(stays: &'b [Stay<'a>]) -> BTreeMap<&'a str, &'b [Stay<'a>]> {
    stays
        .chunk_by(|a, b| a.person == b.person)
        .map(|own| (own[0].person, own))
        .collect()
}

impl Writer<'_> {
    /// Counts the days between true stays that look like what the registers
    /// tear apart: nothing tells them from it.
    fn alike(&mut self, stays: &[Stay<'_>]) {
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

    /// BEF: who lives where on 31 December. The years up to 2013 as CSV in
    /// Latin-1 with names in lower case, the later ones as SAS.
    fn snapshots(&mut self, people: &[Person<'_>], stays: &[Stay<'_>], first: i32) -> Result<()> {
        let of = by_person(stays);
        let last = day::year(self.until - 1);
        let columns = [
            ("PNR", SasKind::Text(12)),
            ("KOEN", SasKind::Number),
            ("FOED_DAG", SasKind::Date),
            ("KOM", SasKind::Number),
            ("ADRESSE_ID", SasKind::Text(12)),
            ("BOP_VFRA", SasKind::Date),
            ("REFERENCETID", SasKind::Date),
        ];
        for year in first - 1..=last {
            let on = day::new_year(year + 1) - 1;
            if on >= self.until {
                break;
            }
            let mut sas = SasWriter::new(&columns, year % 2 == 0);
            let mut csv = String::from("pnr;koen;foed_dag;kom;adresse_id;bop_vfra;bemærkning\r\n");
            let mut rows = 0;
            for person in people {
                if person.birth > on || person.death.is_some_and(|d| d <= on) {
                    continue;
                }
                let own = of.get(person.id).copied().unwrap_or_default();
                let now = |s: &&Stay<'_>| s.start <= on && s.end.is_none_or(|end| end > on);
                if own.iter().filter(now).any(|s| s.state == "abroad") {
                    continue;
                }
                let homes = own.iter().filter(now).filter(|s| s.state == "dwelling");
                let home = homes.max_by_key(|s| s.start);
                let code = home.and_then(|h| h.municipality).or_else(|| {
                    let near = own.iter().filter(now).find_map(|s| s.municipality);
                    near.or_else(|| own.iter().find_map(|s| s.municipality))
                });
                let address = home.and_then(|h| h.dwelling).unwrap_or_default();
                let since = home.map(|h| h.start);
                let sex = if person.woman { 2.0 } else { 1.0 };
                rows += 1;
                if year <= 2013 {
                    let _ = write!(
                        csv,
                        "{};{sex};{};{};{address};{};å\r\n",
                        person.id,
                        danish(Some(person.birth)),
                        code.unwrap_or_default(),
                        danish(since)
                    );
                    continue;
                }
                sas.text(person.id);
                sas.number(Some(sex));
                sas.day(Some(person.birth));
                sas.number(code.and_then(|c| c.parse().ok()));
                sas.text(address);
                sas.day(since);
                sas.day(Some(on));
            }
            self.rows("bef", rows);
            if year <= 2013 {
                self.put(&format!("bef/bef{year}12.csv"), &latin1(&csv))?;
            } else {
                self.sas(&format!("bef/bef{year}12.sas7bdat"), &sas)?;
            }
        }
        Ok(())
    }

    /// BEFBOP as one SAS file, BEFADR in folders by year.
    fn addresses(&mut self, stays: &[Stay<'_>]) -> Result<()> {
        let homes: Vec<&Stay<'_>> = stays.iter().filter(|s| s.state == "dwelling").collect();
        let columns = [
            ("pnr", SasKind::Text(12)),
            ("adresse_id", SasKind::Text(12)),
            ("bop_vfra", SasKind::Date),
            ("bop_vtil", SasKind::Date),
        ];
        let mut file = SasWriter::new(&columns, true);
        let mut places: BTreeMap<&str, &str> = BTreeMap::new();
        for home in &homes {
            let address = home.dwelling.unwrap_or_default();
            file.text(home.person);
            file.text(address);
            file.day(Some(home.start));
            file.day(home.end);
            places.insert(address, home.municipality.unwrap_or_default());
        }
        self.sas("befbop.sas7bdat", &file)?;
        let all: Vec<(&str, &str)> = places.into_iter().collect();
        for (i, part) in all.chunks(all.len().div_ceil(2).max(1)).enumerate() {
            let mut frame = df!(
                "ADRESSE_ID" => part.iter().map(|p| p.0).collect::<Vec<_>>(),
                "KOM" => part.iter().map(|p| p.1).collect::<Vec<_>>(),
            )?;
            self.parquet(
                &format!("befadr/year={}/part-0.parquet", 2020 + i),
                &mut frame,
            )?;
        }
        self.rows("befbop", homes.len());
        self.rows("befadr", all.len());
        Ok(())
    }

    /// DOD, marked UTF-8, Danish dates.
    fn deaths(&mut self, people: &[Person<'_>]) -> Result<()> {
        let mut csv = String::from("\u{feff}PNR;DODDATO\n");
        let dead: Vec<_> = people.iter().filter(|p| p.death.is_some()).collect();
        for person in &dead {
            let _ = writeln!(csv, "{};{}", person.id, danish(person.death));
        }
        self.rows("dod", dead.len());
        self.put("dod.csv", csv.as_bytes())
    }

    /// VNDS; every fifth move out is reported twice.
    fn moves(&mut self, stays: &[Stay<'_>]) -> Result<()> {
        let mut csv = String::from("Pnr,Indud_kode,Haend_dato\n");
        let mut rows = 0;
        for (i, s) in stays.iter().filter(|s| s.state == "abroad").enumerate() {
            let _ = writeln!(csv, "{},U,{}", s.person, iso(Some(s.start)));
            rows += 1;
            if i % 5 == 0 && s.end.is_none_or(|end| end > s.start + 3) {
                let _ = writeln!(csv, "{},U,{}", s.person, iso(Some(s.start + 2)));
                self.dirt("repeated_out");
                rows += 1;
            }
            if let Some(end) = s.end {
                let _ = writeln!(csv, "{},I,{}", s.person, iso(Some(end)));
                rows += 1;
            }
        }
        self.rows("vnds", rows);
        self.put("vnds.csv", csv.as_bytes())
    }

    /// The shelter register in two overlapping deliveries, with all its traps.
    fn shelter(&mut self, stays: &[Stay<'_>]) -> Result<()> {
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

    /// LPR2 in folders by year until the break, LPR3 from it on.
    fn hospital(&mut self, stays: &[Stay<'_>]) -> Result<()> {
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
    fn prison(&mut self, stays: &[Stay<'_>]) -> Result<()> {
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
    fn treatment(&mut self, people: &[Person<'_>], stays: &[Stay<'_>]) -> Result<()> {
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
    fn social(&mut self, tables: &Registers, stays: &[Stay<'_>]) -> Result<()> {
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
    fn cases(&mut self, stays: &[Stay<'_>]) -> Result<()> {
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

    /// DREAM, a column a week: 130 in weeks that begin in the country and free.
    fn dream(&mut self, people: &[Person<'_>], stays: &[Stay<'_>], spec: &Spec) -> Result<()> {
        let of = by_person(stays);
        let mut weeks: Vec<(String, Day)> = Vec::new();
        for year in spec.first_year..=day::year(self.until - 1) {
            let fourth = day::new_year(year) + 3;
            let first = fourth - (fourth + 3).rem_euclid(7);
            for week in 0..53 {
                let monday = first + 7 * week;
                // The week belongs to the year of its Thursday.
                if day::year(monday + 3) == year && monday < self.until {
                    weeks.push((format!("Y_{:02}{:02}", year % 100, week + 1), monday));
                }
            }
        }
        let mut columns = vec![("PNR", SasKind::Text(12))];
        columns.extend(
            weeks
                .iter()
                .map(|(name, _)| (name.as_str(), SasKind::Number)),
        );
        let mut file = SasWriter::new(&columns, true);
        for person in people {
            file.text(person.id);
            let own = of.get(person.id).copied().unwrap_or_default();
            for (_, monday) in &weeks {
                let away = own.iter().any(|s| {
                    matches!(s.state, "abroad" | "prison")
                        && s.start <= *monday
                        && s.end.is_none_or(|end| end > *monday)
                });
                let here = person.death.is_none_or(|d| d > *monday);
                let grown = person.birth + day::ADULT <= *monday;
                file.number((here && grown && !away).then_some(130.0));
            }
        }
        self.rows("dream", people.len());
        self.sas("dream.sas7bdat", &file)
    }
}

fn same_year(a: Day, b: Day) -> bool {
    day::year(a) == day::year(b)
}

/// Text of Danish letters in Latin-1.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_of_change_are_what_they_say() {
        for (day, text) in [
            (BREAK, "2019-03-01"),
            (DRAWN, "2018-01-01"),
            (TYPES, "2021-01-01"),
        ] {
            assert_eq!(iso(Some(day)), text);
        }
        assert_eq!(danish(Some(0)), "01-01-1970");
        assert_eq!(latin1("æø"), [0xE6, 0xF8]);
    }

    #[test]
    fn every_kind_of_dirt_is_planted() {
        let dir = tempfile::tempdir().unwrap();
        let spec = Spec {
            people: 600,
            ..Spec::odense_like()
        };
        let made = write_registers(&spec, dir.path()).unwrap();
        for kind in [
            "aftercare",
            "contacts",
            "inserted_admissions",
            "missing_discharges",
            "no_night",
            "one_day_stays",
            "over_the_break",
            "overlaps",
            "repeated",
            "repeated_out",
            "requests",
            "technical_check_ins",
            "transfers",
        ] {
            assert!(made.dirt.get(kind).is_some_and(|n| *n > 0), "{kind}");
        }
        assert!(made.destroyed["missing_discharges"] > 0);
        let again = tempfile::tempdir().unwrap();
        assert_eq!(write_registers(&spec, again.path()).unwrap(), made);
    }
}
