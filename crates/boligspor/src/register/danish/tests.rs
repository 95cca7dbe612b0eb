//! Residence by snapshots and moves abroad, by hand.

use super::super::deliveries::Mapping;
use super::{Road, import_registers};
use crate::calendar::{self, Day};
use crate::error::Error;

/// A folder of small files and the mapping of them.
struct Given {
    folder: tempfile::TempDir,
    mapping: String,
}

impl Given {
    fn new(files: &[(&str, &str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut mapping = "version = 1\nobserved_until = 2023-12-31\n".to_owned();
        for (register, name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
            mapping +=
                &format!("[[deliveries]]\nregister = \"{register}\"\nfiles = [\"{name}\"]\n");
        }
        Self { folder, mapping }
    }

    fn import(&self) -> super::RegisterImport {
        let mapping = Mapping::from_toml(&self.mapping).unwrap();
        import_registers(self.folder.path(), &mapping).unwrap()
    }

    fn error(&self) -> Error {
        let mapping = Mapping::from_toml(&self.mapping).unwrap();
        import_registers(self.folder.path(), &mapping).unwrap_err()
    }
}

/// Stays as `state start..end dwelling (start_earliest, end_earliest)`.
fn stays(import: &super::RegisterImport) -> Vec<String> {
    let frame = &import.tables[&super::super::Table::Stays];
    let day = |name: &str, row: usize| -> Option<Day> {
        let column = frame.column(name).unwrap().as_materialized_series();
        column.date().unwrap().physical().get(row)
    };
    let text = |name: &str, row: usize| -> String {
        let column = frame.column(name).unwrap().as_materialized_series();
        column.str().unwrap().get(row).unwrap_or("-").to_owned()
    };
    let shown = |d: Option<Day>| d.map_or("…".into(), calendar::format);
    let mut lines: Vec<String> = (0..frame.height())
        .map(|row| {
            let (start, end) = (day("start", row), day("end", row));
            let (s, e) = (day("start_earliest", row), day("end_earliest", row));
            let mut line = format!(
                "{} {} {}..{} {}",
                text("person", row),
                text("state", row),
                shown(start),
                shown(end),
                text("dwelling", row)
            );
            if s != start || e != end {
                line += &format!(" ({}, {})", shown(s), shown(e));
            }
            line
        })
        .collect();
    // People are numbered as they are first seen; here they stand by name.
    lines.sort_by(|a, b| a.split(' ').next().cmp(&b.split(' ').next()));
    lines
}

fn rows(import: &super::RegisterImport, register: &str, rule: &str) -> usize {
    let found = import.corrections.iter();
    found
        .filter(|c| c.register == register && c.rule == rule)
        .map(|c| c.rows)
        .sum()
}

const HEAD: &str = "pnr,koen,foed_dag,kom,adresse_id,bop_vfra\n";

#[test]
fn snapshots_become_spells_and_what_is_not_known_an_interval() {
    let given = Given::new(&[
        (
            "bef",
            "bef2019.csv",
            &format!(
                "{HEAD}a,1,1980-01-01,461,x,2015-05-01\nb,2,1990-01-01,461,y,\nc,2,1990-01-01,101,z,2019-03-01\nd,1,1970-01-01,461,q,2000-01-01\n"
            ),
        ),
        // a moves within the year; b's day is never told; c is missing; d dies.
        (
            "bef",
            "bef2020.csv",
            &format!("{HEAD}a,1,1980-01-01,461,w,2020-06-15\nb,2,1990-01-01,461,y,\n"),
        ),
        (
            "bef",
            "bef2021.csv",
            &format!(
                "{HEAD}a,1,1980-01-01,461,w,2020-06-15\nb,2,1990-01-01,101,v,\nc,2,1990-01-01,101,z,2019-03-01\n"
            ),
        ),
        ("dod", "dod.csv", "pnr,doddato\nd,2020-04-04\n"),
    ]);
    let import = given.import();
    assert_eq!(import.road, Road::Snapshots);
    assert_eq!(
        stays(&import),
        [
            // Left x between the snapshot of 2019 and moving in to w.
            "a dwelling 2015-05-01..2020-06-15 x (2015-05-01, 2020-01-01)",
            "a dwelling 2020-06-15..… w",
            // Without a day moved in, y and v meet somewhere in 2021.
            "b dwelling 2019-12-31..2021-12-31 y (2019-12-31, 2021-01-01)",
            "b dwelling 2021-12-31..… v (2021-01-01, …)",
            // Missing from one snapshot, at the same address since before.
            "c dwelling 2019-03-01..… z",
            "d dwelling 2000-01-01..2020-04-04 q",
        ]
    );
    assert_eq!(rows(&import, "bef", "missed_snapshot"), 1);
    let u = import.uncertainty;
    // a's end 166 days, b's end and start 364 each.
    assert_eq!((u.dates, u.uncertain, u.longest), (9, 3, 364));
    assert_eq!(u.days, 166 + 2 * 364);
}

#[test]
fn a_snapshot_delivered_again_replaces_the_older_one() {
    let given = Given::new(&[
        (
            "bef",
            "bef2019.csv",
            &format!("{HEAD}a,1,1980-01-01,461,x,2015-05-01\n"),
        ),
        (
            "bef",
            "new_bef2019.csv",
            &format!("{HEAD}a,1,1980-01-01,461,y,2015-06-01\n"),
        ),
    ]);
    let import = given.import();
    assert_eq!(stays(&import), ["a dwelling 2015-06-01..… y"]);
    assert_eq!(rows(&import, "bef", "repeated"), 1);
}

#[test]
fn who_moves_abroad_leaves_the_home_on_that_day() {
    let given = Given::new(&[
        (
            "bef",
            "bef2019.csv",
            &format!("{HEAD}a,1,1980-01-01,461,x,2015-05-01\n"),
        ),
        (
            "bef",
            "bef2020.csv",
            &format!("{HEAD}b,1,1980-01-01,461,y,2015-05-01\n"),
        ),
        (
            "vnds",
            "vnds.csv",
            "pnr,indud_kode,haend_dato\na,U,2020-02-03\na,U,2020-03-01\na,I,2022-01-01\nb,I,2014-01-01\n",
        ),
    ]);
    let import = given.import();
    assert_eq!(
        stays(&import),
        [
            "a dwelling 2015-05-01..2020-02-03 x",
            "a abroad 2020-02-03..2022-01-01 -",
            "b dwelling 2015-05-01..… y",
        ]
    );
    assert_eq!(rows(&import, "vnds", "repeated_out"), 1);
}

#[test]
fn address_spells_overlap_and_end_as_told() {
    let mut given = Given::new(&[
        (
            "befbop",
            "befbop.csv",
            "pnr,adresse_id,bop_vfra,bop_vtil\na,x,2015-05-01,2020-06-20\na,y,2020-06-15,\na,z,2010-01-01,2010-01-01\n",
        ),
        ("befadr", "befadr.csv", "adresse_id,kom\nx,461\n"),
    ]);
    let import = given.import();
    assert_eq!(
        stays(&import),
        [
            "a dwelling 2015-05-01..2020-06-15 x",
            "a dwelling 2020-06-15..… y"
        ]
    );
    assert_eq!(rows(&import, "befbop", "overlaps"), 1);
    assert_eq!(rows(&import, "befbop", "no_night"), 1);
    assert_eq!(rows(&import, "befbop", "befadr"), 2);
    given.mapping += "[options.residence]\nbop_vtil = \"inclusive\"\n";
    assert_eq!(
        stays(&given.import())[0],
        "a dwelling 2010-01-01..2010-01-02 z"
    );
}

#[test]
fn numbers_lose_their_zeros_and_get_them_back() {
    let mut given = Given::new(&[
        ("dod", "dod.csv", "pnr,doddato\n0101,2020-01-01\n"),
        (
            "krin",
            "krin.csv",
            "pnr,start,end\n0101,2019-01-01,2019-02-01\n",
        ),
    ]);
    given.mapping = given
        .mapping
        .replace("version = 1\n", "version = 1\nperson_digits = 4\n");
    let import = given.import();
    assert_eq!(stays(&import), ["0101 prison 2019-01-01..2019-02-01 -"]);
    assert_eq!(import.tables[&super::super::Table::Persons].height(), 1);
}

#[test]
fn stays_end_at_death_and_none_begin_after_it() {
    let given = Given::new(&[
        ("dod", "dod.csv", "pnr,doddato\na,2020-01-01\n"),
        (
            "krin",
            "krin.csv",
            "pnr,start,end\na,2019-01-01,2020-02-01\na,2021-01-01,2021-02-01\nb,2024-03-01,\n",
        ),
    ]);
    let import = given.import();
    assert_eq!(stays(&import), ["a prison 2019-01-01..2020-01-01 -"]);
    assert_eq!(rows(&import, "krin", "death"), 2);
    assert_eq!(rows(&import, "krin", "observed_until"), 1);
}

#[test]
fn what_the_road_needs_is_told() {
    let mut given = Given::new(&[("dod", "dod.csv", "pnr,doddato\na,2020-01-01\n")]);
    given.mapping += "[options.residence]\nroad = \"spells\"\n";
    assert!(given.error().to_string().contains("befbop and befadr"));
    let undated = Given::new(&[(
        "bef",
        "bef.csv",
        &format!("{HEAD}a,1,1980-01-01,461,x,2015-05-01\n"),
    )]);
    let error = undated.error().to_string();
    assert!(
        error.contains("`reference`") && error.contains("no file name"),
        "{error}"
    );
}

#[test]
fn only_the_rows_chosen_are_read_and_unreadable_days_are_counted() {
    let mut given = Given::new(&[(
        "lpr2",
        "lpr2.csv",
        "recnum,pnr,d_inddto,d_uddto,kind\n1,a,2010-01-01,2010-01-05,0\n2,a,2010-03-01,2010-03-05,2\n3,b,2010-01-01,soon,0\n",
    )]);
    given.mapping += "only = { KIND = [\"0\"] }\n";
    let import = given.import();
    assert_eq!(
        stays(&import),
        [
            "a hospital 2010-01-01..2010-01-05 -",
            "b hospital 2010-01-01..… -"
        ]
    );
    assert_eq!(rows(&import, "lpr2", "end"), 1);
}

#[test]
fn benefits_are_runs_of_weeks_over_the_turn_of_the_year() {
    let mut given = Given::new(&[(
        "dream",
        "dream.csv",
        "pnr,y_2051,y_2052,y_2053,y_2101,y_2102\na,,130,131,135,783\nb,130,,130,,\n",
    )]);
    given.mapping += "[[options.dream]]\nname = \"cash\"\nfrom = 130\nto = 139\n";
    let import = given.import();
    let frame = &import.tables[&super::super::Table::Services];
    let text = |name: &str, row: usize| {
        let column = frame
            .column(name)
            .unwrap()
            .cast(&polars::prelude::DataType::String)
            .unwrap();
        column.str().unwrap().get(row).unwrap().to_owned()
    };
    let got: Vec<String> = (0..frame.height())
        .map(|r| {
            [
                text("person", r),
                text("start", r),
                text("end", r),
                text("service", r),
            ]
            .join(" ")
        })
        .collect();
    assert_eq!(
        got,
        [
            // Weeks 52, 53 and 1: Monday to the Monday after, exclusive.
            "a 2020-12-21 2021-01-11 cash",
            "b 2020-12-14 2020-12-21 cash",
            "b 2020-12-28 2021-01-04 cash",
        ]
    );
}

#[test]
fn a_year_without_a_snapshot_is_told() {
    let text = format!("{HEAD}1,1,1980-01-01,461,a,2010-01-01\n");
    let given = |years: &[&str]| {
        let names: Vec<String> = years.iter().map(|y| format!("bef{y}.csv")).collect();
        let files = names.iter().map(|n| ("bef", n.as_str(), text.as_str()));
        Given::new(&files.collect::<Vec<_>>()).import()
    };
    let missing = |years: &[&str]| rows(&given(years), "bef", "missing_snapshot");
    assert_eq!(missing(&["2015", "2016", "2018", "2019"]), 1);
    assert_eq!(missing(&["2012", "2013", "2016", "2017", "2018"]), 2);
    assert_eq!(missing(&["2015", "2016", "2017", "2018"]), 0);
    // From yearly to quarterly.
    assert_eq!(
        missing(&["2016", "2017", "2018", "201903", "201906", "201909"]),
        0
    );
    assert_eq!(missing(&["201903", "201906", "201912", "202003"]), 1);
}

#[test]
fn columns_that_changed_places_or_name_nobody_are_refused() {
    let lines = |text: &str| text.repeat(12);
    let reversed = lines("1,2020-05-01,2020-01-01\n");
    let of = |register: &str, head: &str, body: &str| {
        let text = format!("{head}\n{body}");
        Given::new(&[(register, "a.csv", &text)])
            .error()
            .to_string()
    };
    for (register, head) in [
        ("krin", "pnr,start,end"),
        ("sib", "pnr,start,end"),
        ("lpr2", "pnr,d_inddto,d_uddto"),
        ("shelter", "pnr,admitted,discharged"),
    ] {
        let error = of(register, head, &reversed);
        assert!(
            error.contains("ends before it starts in each of its 12 rows"),
            "{error}"
        );
        assert!(!error.contains("2020"), "{error}");
    }
    let error = of("krin", "pnr,start,end", &lines(",2020-01-01,2020-05-01\n"));
    assert!(
        error.contains("column `pnr`") && error.contains("names nobody in any of its 12 rows"),
        "{error}"
    );
}
