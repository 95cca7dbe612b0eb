//! Who lives where: snapshots, addresses, deaths and moves.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use boligspor_files::{SasCompression, SasKind, SasWriter};
use polars::prelude::*;

use super::{Person, Stay, Writer, by_person, danish, iso, latin1};
use crate::day;
use crate::error::Result;

impl Writer<'_> {
    /// BEF: who lives where on 31 December. The years up to 2013 as CSV in
    /// Latin-1 with names in lower case, the later ones as SAS.
    pub(super) fn snapshots(
        &mut self,
        people: &[Person<'_>],
        stays: &[Stay<'_>],
        first: i32,
    ) -> Result<()> {
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
            // As they come: packed or not. Not by COMPRESS=BINARY, which ReadStat
            // refused: users open these files with haven, too.
            let packed = [SasCompression::None, SasCompression::Char];
            let packed = packed[year.rem_euclid(2) as usize];
            let mut sas = SasWriter::new(&columns, packed);
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
    pub(super) fn addresses(&mut self, stays: &[Stay<'_>]) -> Result<()> {
        let homes: Vec<&Stay<'_>> = stays.iter().filter(|s| s.state == "dwelling").collect();
        let columns = [
            ("pnr", SasKind::Text(12)),
            ("adresse_id", SasKind::Text(12)),
            ("bop_vfra", SasKind::Date),
            ("bop_vtil", SasKind::Date),
        ];
        let mut file = SasWriter::new(&columns, SasCompression::Char);
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
    pub(super) fn deaths(&mut self, people: &[Person<'_>]) -> Result<()> {
        let mut csv = String::from("\u{feff}PNR;DODDATO\n");
        let dead: Vec<_> = people.iter().filter(|p| p.death.is_some()).collect();
        for person in &dead {
            let _ = writeln!(csv, "{};{}", person.id, danish(person.death));
        }
        self.rows("dod", dead.len());
        self.put("dod.csv", csv.as_bytes())
    }

    /// VNDS; every fifth move out is reported twice.
    pub(super) fn moves(&mut self, stays: &[Stay<'_>]) -> Result<()> {
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
}
