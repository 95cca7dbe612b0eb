//! From raw registers to the study report, and back to the truth: what was
//! planted is what is read, except where the dirt destroyed it.

#![expect(
    clippy::print_stdout,
    reason = "the days that differ are what one wants to read"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use boligspor::register::danish::{OpenStay, Road, import_registers};
use boligspor::register::deliveries::Mapping;
use boligspor::timeline::Timeline;
use boligspor::{Precedence, Register, State};
use boligspor_synth::{RegisterSummary, Spec, generate, write_registers};
use tempfile::TempDir;

fn spec() -> Spec {
    Spec {
        people: 600,
        ..Spec::odense_like()
    }
}

fn boligspor(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_boligspor"))
        .args(args)
        .output()
        .unwrap()
}

fn delivered() -> (TempDir, RegisterSummary, Mapping) {
    let folder = tempfile::tempdir().unwrap();
    let made = write_registers(&spec(), folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join("mapping.toml")).unwrap();
    (folder, made, Mapping::from_toml(&text).unwrap())
}

/// The planted people's timeline.
fn planted() -> Register {
    let tables = generate(&spec()).unwrap();
    let mapping_until = spec().observed_until;
    Register::builder()
        .persons(tables.persons)
        .placements(tables.placements)
        .stays(tables.stays)
        .observed_until(boligspor::calendar::from_jiff(mapping_until))
        .build()
        .unwrap()
}

/// Days of difference by planted and read state, over the observed days.
fn differences(planted: &Register, read: &Register, from: i32) -> BTreeMap<(State, State), i64> {
    let precedence = Precedence::default();
    let (a, b) = (
        Timeline::new(planted, &precedence),
        Timeline::new(read, &precedence),
    );
    assert_eq!(a.until(), b.until());
    let ids = planted.frame(boligspor::register::Table::Persons).unwrap();
    let ids = ids
        .column("person")
        .unwrap()
        .as_materialized_series()
        .clone();
    let mut days = BTreeMap::new();
    for id in ids.str().unwrap().iter().flatten() {
        let (p, q) = (planted.person_index(id).unwrap(), read.person_index(id));
        let q = q.unwrap_or_else(|| panic!("a planted person is not among those read"));
        for ours in a.track(p).window(from, a.until()) {
            for theirs in b.track(q).window(ours.start, ours.end) {
                if ours.state != theirs.state {
                    *days.entry((ours.state, theirs.state)).or_default() +=
                        i64::from(theirs.end - theirs.start);
                }
            }
        }
    }
    days
}

#[test]
fn by_address_spells_the_timeline_is_the_planted_one_but_for_what_was_destroyed() {
    let (folder, made, mapping) = delivered();
    let import = import_registers(folder.path(), &mapping).unwrap();
    assert_eq!(import.road, Road::Spells);
    assert_eq!(import.uncertainty.uncertain, 0);
    let read = import.register().build().unwrap();
    let from = mapping.observed_from.unwrap().0;
    let days = differences(&planted(), &read, from);
    let sum = |which: &dyn Fn(State, State) -> bool| -> i64 {
        let of = days
            .iter()
            .filter(|((planted, read), _)| which(*planted, *read));
        of.map(|(_, n)| *n).sum()
    };
    println!("destroyed {:?}: {days:?}", made.destroyed);
    // After a discharge that was not delivered, and between true stays as near to
    // each other as those that a register tears apart, a stay reads on. No other
    // day differs, and no stay reads shorter than it was.
    let reads_on = [State::Shelter, State::Treatment, State::Prison];
    let longer = sum(&|_, read| reads_on.contains(&read));
    let known = made.destroyed.values().sum::<u64>() as i64;
    assert!(
        0 < longer && longer <= known,
        "{longer} of {known}: {days:?}"
    );
    assert_eq!(longer, sum(&|_, _| true), "{days:?}");
}

#[test]
fn stays_open_at_the_end_of_data_are_cut_short_where_the_mapping_says_so() {
    let (folder, made, mut mapping) = delivered();
    mapping.options.shelter.open_stays = OpenStay::EndsAtNext;
    let import = import_registers(folder.path(), &mapping).unwrap();
    let read = import.register().build().unwrap();
    let days = differences(&planted(), &read, mapping.observed_from.unwrap().0);
    // Those in which another was registered seem to end with it.
    let lost = days.get(&(State::Shelter, State::Unknown)).copied();
    assert!(made.dirt["open_overlaps"] > 0 && lost > Some(0), "{days:?}");
}

#[test]
fn every_kind_of_dirt_is_found_as_often_as_it_was_planted() {
    let (folder, made, mapping) = delivered();
    let import = import_registers(folder.path(), &mapping).unwrap();
    let rows = |register: &str, rule: &str| -> u64 {
        let found = import.corrections.iter();
        found
            .filter(|c| c.register == register && c.rule == rule)
            .map(|c| c.rows as u64)
            .sum()
    };
    for (register, rule, kind) in [
        ("shelter", "technical_check_ins", "technical_check_ins"),
        ("shelter", "inserted_admissions", "inserted_admissions"),
        ("shelter", "one_day_stays", "one_day_stays"),
        ("shelter", "overlaps", "overlaps"),
        ("shelter", "stay_types", "aftercare"),
        ("lpr", "contacts", "contacts"),
        ("lpr2", "break_day", "over_the_break"),
        ("lpr3", "no_night", "no_night"),
        ("krin", "transfers", "transfers"),
        ("sib", "requests", "requests"),
        ("sib", "death", "open_at_death"),
        ("vnds", "repeated_out", "repeated_out"),
    ] {
        let (found, planted) = (
            rows(register, rule),
            made.dirt.get(kind).copied().unwrap_or(0),
        );
        println!("{register} {rule}: {found} found, {planted} planted");
    }
    // True stays as near to each other are joined too, so never fewer.
    for (register, rule) in [
        ("sib", "requests"),
        ("shelter", "one_day_stays"),
        ("shelter", "inserted_admissions"),
    ] {
        assert!(rows(register, rule) >= made.dirt[rule], "{register} {rule}");
    }
    let exact = |register, rule, kind: &str| {
        assert_eq!(rows(register, rule), made.dirt[kind], "{register} {rule}");
    };
    exact("krin", "transfers", "transfers");
    exact("vnds", "repeated_out", "repeated_out");
    exact("lpr3", "no_night", "no_night");
    exact("shelter", "stay_types", "aftercare");
    exact("shelter", "repeated", "repeated");
    let (first, last) = (
        &import.shelter_steps[0],
        import.shelter_steps.last().unwrap(),
    );
    assert!(first.rows > last.rows && first.nights > last.nights);
    assert!(
        import
            .overrides
            .iter()
            .any(|o| o.source == "befbop" && o.by == "shelter")
    );
    assert!(
        import
            .coverage
            .iter()
            .any(|c| c.municipality == 461 && c.persons > 0)
    );
}

#[test]
fn by_snapshots_dates_are_intervals_and_the_difference_is_told_in_days() {
    let (folder, _, mut mapping) = delivered();
    mapping.options.residence.road = Road::Snapshots;
    let import = import_registers(folder.path(), &mapping).unwrap();
    assert!(import.uncertainty.uncertain > 0 && import.uncertainty.longest <= 366);
    let read = import.register().build().unwrap();
    let from = mapping.observed_from.unwrap().0;
    let days = differences(&planted(), &read, from);
    let total: i64 = days.values().sum();
    let all = i64::from(read.observed_until() - from + 1) * read.people().len() as i64;
    println!("{total} of {all} person-days differ: {days:?}");
    // A home that begins and ends between two snapshots is not seen at all, and
    // one that was left is left a little later: a few days in a hundred.
    assert!(total * 100 < all * 6, "{total} of {all}");
}

#[test]
fn by_presence_only_who_is_in_the_country_is_known() {
    let (folder, _, mut mapping) = delivered();
    mapping.options.residence.road = Road::Presence;
    let import = import_registers(folder.path(), &mapping).unwrap();
    let read = import.register().build().unwrap();
    let from = mapping.observed_from.unwrap().0;
    let days = differences(&planted(), &read, from);
    assert!(days.contains_key(&(State::Dwelling, State::Unknown)));
    assert!(
        !days.keys().any(|(planted, _)| *planted == State::Abroad),
        "{days:?}"
    );
}

#[test]
fn a_folder_of_raw_registers_runs_to_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let ok = |args: &[&str]| {
        let done = boligspor(args);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8(done.stdout).unwrap()
    };
    let raw = path("raw");
    ok(&["synth", "--people", "400", "--as-registers", "--out", &raw]);
    let (mapping, tables, study) = (
        format!("{raw}/mapping.toml"),
        path("tables"),
        path("study.toml"),
    );
    let told = ok(&[
        "import",
        "registers",
        &raw,
        "--mapping",
        &mapping,
        "--out",
        &tables,
        "--study",
        &study,
    ]);
    assert!(
        told.contains("technical") || told.contains("checked in again on 1 January"),
        "{told}"
    );
    ok(&["run", &study, "--out", &path("results")]);
    let report = fs::read_to_string(folder.path().join("results/released/report.html")).unwrap();
    assert!(report.contains("Housing First, from registers"));
    for name in [
        "corrections.csv",
        "shelter_by_year.csv",
        "overrides.csv",
        "coverage.csv",
        "import.json",
    ] {
        assert!(Path::new(&tables).join(name).exists(), "{name}");
    }
}

#[test]
fn the_commands_that_synth_prints_work() {
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join("raw").display().to_string();
    let synth = ["synth", "--people", "150", "--as-registers", "--out", &raw];
    let told = String::from_utf8(boligspor(&synth).stdout).unwrap();
    let commands: Vec<&str> = told
        .lines()
        .filter_map(|line| Some(line.split_once(": boligspor ")?.1))
        .collect();
    assert_eq!(commands.len(), 2, "{told}");
    // The second time over what the first wrote.
    for _ in 0..2 {
        for command in &commands {
            let results = folder.path().join("results").display().to_string();
            let words: Vec<&str> = command.split(' ').collect();
            let here = |word: &&str| {
                if *word == "results" {
                    results.clone()
                } else {
                    (*word).to_owned()
                }
            };
            let words: Vec<String> = words.iter().map(here).collect();
            let done = boligspor(&words.iter().map(String::as_str).collect::<Vec<_>>());
            assert!(
                done.status.success(),
                "{command}: {}",
                String::from_utf8_lossy(&done.stderr)
            );
        }
    }
}

#[test]
fn a_broken_delivery_is_told_and_leaves_nothing_behind() {
    let break_it = |name: &str, how: &dyn Fn(Vec<u8>) -> Vec<u8>| -> String {
        let (folder, _, _) = delivered();
        let file = folder.path().join(name);
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, how(bytes)).unwrap();
        let raw = folder.path().display().to_string();
        let out = folder.path().join("tables-out");
        let done = boligspor(&[
            "import",
            "registers",
            &raw,
            "--mapping",
            &format!("{raw}/mapping.toml"),
            "--out",
            &out.display().to_string(),
        ]);
        assert_eq!(done.status.code(), Some(3));
        assert!(!out.exists(), "{name} leaves something behind");
        String::from_utf8(done.stderr).unwrap()
    };
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let empty = |_: Vec<u8>| Vec::new();
    for (name, how, said) in [
        (
            "dream.sas7bdat",
            &half as &dyn Fn(Vec<u8>) -> Vec<u8>,
            "is cut off",
        ),
        ("lpr3.parquet", &half, "cannot be read as Parquet"),
        ("dod.csv", &empty, "is empty"),
        (
            "befadr/year=2020/part-0.parquet",
            &empty,
            "cannot be read as Parquet",
        ),
        (
            "vnds.csv",
            &|_| b"pnr,indud_kode\n1,U\n".to_vec(),
            "has no column for it",
        ),
        (
            "vnds.csv",
            &|_| b"pnr,indud_kode,haend_dato,PNR\n".to_vec(),
            "same name on columns 1 and 4",
        ),
        (
            "social.csv",
            &|b| [b.as_slice(), b"p;01-01-2020;;\xE6;461\n"].concat(),
            "is not UTF-8",
        ),
        (
            "krin.csv",
            &|_| b"pnr,start,end\np1,yes,2020-01-01\np2,no,\n".to_vec(),
            "2 values in it, none of which is a date",
        ),
        (
            "krin.csv",
            &|b| [b.as_slice(), b"p,2020"].concat(),
            "fields on line",
        ),
    ] {
        let error = break_it(name, how);
        assert!(error.contains(said), "{name}: {error}");
    }
}
