//! Small exports in, tables out; and the demonstration export, where it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, DataType};

use super::{HmisImport, HmisOptions, MoveIns, import_hmis, import_hmis_with};
use crate::calendar;
use crate::register::Table;
use crate::state::State;

const CLIENTS: &str = "PersonalID,DOB,Sex,VeteranStatus,DateDeleted
    p,1980-05-01,0,1,
    q,,1,0,
    gone,1970-01-01,1,0,2022-01-01";
const PROJECTS: &str =
    "ProjectID,ProjectType\n shelter,0\n nights,1\n th,2\n psh,3\n street,4\n ce,14\n rrh,13";
const COCS: &str = "ProjectID,CoCCode\n psh,XX-500\n rrh,XX-500\n rrh,XX-501";
const EXPORT: &str =
    "ExportDate,ExportStartDate,ExportEndDate\n 2023-01-15 10:00:00,2019-01-01,2022-12-31";
const ENROLMENTS: &str = "EnrollmentID,PersonalID,ProjectID,EntryDate,HouseholdID,RelationshipToHoH,EnrollmentCoC,LivingSituation,LengthOfStay,DateToStreetESSH,MoveInDate";
const EXITS: &str = "EnrollmentID,ExitDate,Destination";
const SERVICES: &str =
    "PersonalID,DateProvided,RecordType,TypeProvided,FAAmount,FAStartDate,FAEndDate";
const CONTACTS: &str = "PersonalID,InformationDate,CurrentLivingSituation";

/// An export of the files given beside the usual ones; rows without a header
/// go below it.
fn export(rows: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut files = BTreeMap::from([
        ("Client.csv", CLIENTS.to_owned()),
        ("Project.csv", PROJECTS.to_owned()),
        ("ProjectCoC.csv", COCS.to_owned()),
        ("Export.csv", EXPORT.to_owned()),
        ("Enrollment.csv", ENROLMENTS.to_owned()),
        ("Exit.csv", EXITS.to_owned()),
        ("Services.csv", SERVICES.to_owned()),
        ("CurrentLivingSituation.csv", CONTACTS.to_owned()),
    ]);
    for (file, rows) in rows {
        let text = files.get_mut(file).unwrap();
        text.push('\n');
        text.push_str(rows);
    }
    for (name, text) in files {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        fs::write(folder.path().join(name), lines.join("\n")).unwrap();
    }
    folder
}

fn import(rows: &[(&str, &str)]) -> HmisImport {
    import_hmis(export(rows).path()).unwrap()
}

/// The rows of some columns as text, missing as `-`, in order.
fn rows(frame: &DataFrame, columns: &[&str]) -> Vec<String> {
    let texts: Vec<_> = columns
        .iter()
        .map(|c| frame.column(c).unwrap().cast(&DataType::String).unwrap())
        .collect();
    let mut rows: Vec<String> = (0..frame.height())
        .map(|row| {
            let values = texts
                .iter()
                .map(|c| c.str().unwrap().get(row).unwrap_or("-"));
            values.collect::<Vec<_>>().join(" ")
        })
        .collect();
    rows.sort();
    rows
}

fn stays(import: &HmisImport) -> Vec<String> {
    rows(
        &import.stays,
        &["person", "start", "end", "state", "source"],
    )
}

fn unmapped(import: &HmisImport, what: &str) -> usize {
    import
        .unmapped
        .iter()
        .filter(|u| u.what.contains(what))
        .map(|u| u.rows)
        .sum()
}

#[test]
fn clients_are_people_with_sex_age_and_death() {
    let import = import(&[
        ("Enrollment.csv", "e1,p,shelter,2020-01-01,h,1,,,,,"),
        ("Exit.csv", "e1,2020-02-01,24"),
    ]);
    assert_eq!(
        rows(
            &import.persons,
            &["person", "birth_date", "sex", "death_date", "veteran"]
        ),
        ["p 1980-05-01 female 2020-02-01 true", "q - male - false"]
    );
    assert_eq!(
        unmapped(&import, "Client.csv"),
        2,
        "one deleted, one without a birth date"
    );
    assert_eq!(import.observed_until, calendar::day(2022, 12, 31));
    assert_eq!(import.observed_from, Some(calendar::day(2019, 1, 1)));
}

#[test]
fn a_sex_is_also_read_from_the_gender_columns_of_fy2024() {
    let folder = export(&[]);
    let clients = "PersonalID,DOB,Woman,Man\np,,1,0\nq,,0,1\nr,,1,1\ns,,99,99";
    fs::write(folder.path().join("Client.csv"), clients).unwrap();
    let import = import_hmis(folder.path()).unwrap();
    assert_eq!(
        rows(&import.persons, &["person", "sex"]),
        ["p female", "q male", "r -", "s -"]
    );
}

#[test]
fn projects_say_where_people_live() {
    let import = import(&[
        (
            "Enrollment.csv",
            "e1,p,shelter,2020-01-01,,1,XX-501,,,,
             e2,p,th,2020-03-01,,1,,,,,
             e3,p,nights,2020-06-01,,1,,,,,
             e4,p,ce,2020-07-01,,1,,,,,
             e5,q,street,2020-01-01,,1,,,,,
             e6,q,psh,2020-05-01,,1,,,,,2020-06-01",
        ),
        ("Exit.csv", "e1,2020-02-01,99\ne2,2020-05-01,99"),
        (
            "Services.csv",
            "p,2020-06-05,200,200,,,\np,2020-06-07,200,200,,,",
        ),
        (
            "CurrentLivingSituation.csv",
            "q,2020-02-01,101\nq,2020-03-01,37",
        ),
    ]);
    assert_eq!(
        stays(&import),
        [
            "p 2020-01-01 2020-02-01 shelter enrolment",
            "p 2020-03-01 2020-05-01 transitional enrolment",
            "p 2020-06-05 2020-06-06 shelter bed_night",
            "p 2020-06-07 2020-06-08 shelter bed_night",
            "q 2020-01-01 2020-06-01 street enrolment",
            "q 2020-02-01 2020-02-02 shelter contact",
            "q 2020-06-01 - dwelling enrolment",
        ]
    );
    assert_eq!(unmapped(&import, "coordinated entry"), 1);
    assert_eq!(unmapped(&import, "CurrentLivingSituation.csv"), 1);
}

#[test]
fn move_ins_are_placements_and_households_share_their_dwelling() {
    let import = import(&[(
        "Enrollment.csv",
        "e1,p,psh,2020-01-01,h1,1,,,,,2020-02-01
         e2,q,psh,2020-01-15,h1,2,,,,,
         e3,p,rrh,2021-01-01,h2,1,XX-501,,,,
         e4,p,ce,2021-02-01,h3,1,,,,,2021-03-01",
    )]);
    assert_eq!(
        rows(
            &import.placements,
            &[
                "person",
                "enrolled_on",
                "placed_on",
                "municipality",
                "dwelling",
                "programme",
                "household_head"
            ]
        ),
        [
            "p 2020-01-01 2020-02-01 XX-500 psh/h1 permanent supportive housing true",
            "p 2021-01-01 - XX-501 - rapid rehousing true",
            "q 2020-01-15 2020-02-01 XX-500 psh/h1 permanent supportive housing false",
        ]
    );
    assert_eq!(unmapped(&import, "MoveInDate, coordinated entry"), 1);
}

#[test]
fn every_move_in_is_a_placement_where_that_is_asked_for() {
    let folder = export(&[(
        "Enrollment.csv",
        "e4,p,shelter,2021-02-01,h3,1,,,,,2021-03-01",
    )]);
    let options = HmisOptions {
        move_ins: MoveIns::All,
        ..HmisOptions::default()
    };
    let import = import_hmis_with(folder.path(), &options).unwrap();
    assert_eq!(import.placements.height(), 1);
    assert_eq!(
        stays(&import),
        [
            "p 2021-02-01 2021-03-01 shelter enrolment",
            "p 2021-03-01 - dwelling enrolment"
        ]
    );
}

#[test]
fn impossible_move_ins_are_mended_and_counted() {
    let import = import(&[
        (
            "Enrollment.csv",
            "e1,p,psh,2020-01-01,,1,,,,,2019-06-01
             e2,q,psh,2020-01-01,,1,,,,,2020-09-01
             e3,p,rrh,2020-01-01,,1,,,,,2020-01-01",
        ),
        ("Exit.csv", "e2,2020-08-01,99\ne3,2020-01-01,99"),
    ]);
    assert_eq!(
        rows(&import.placements, &["person", "placed_on"]),
        ["p 2020-01-01", "q -"]
    );
    assert_eq!(
        unmapped(&import, "MoveInDate"),
        3,
        "before entry, after exit, twice on a day"
    );
}

#[test]
fn what_people_tell_on_entry_reaches_back_as_far_as_it_is_sure() {
    let import = import(&[
        (
            "Enrollment.csv",
            "e1,p,ce,2020-06-01,,1,,116,3,2020-01-10,
             e2,q,ce,2020-06-01,,1,,207,4,2018-01-01,
             e3,q,ce,2020-07-01,,1,,336,5,,
             e4,p,psh,2021-01-01,,1,,101,11,,2021-02-01",
        ),
        ("Exit.csv", "e2,2020-06-15,99"),
    ]);
    assert_eq!(
        stays(&import),
        [
            "p 2020-01-10 2020-06-01 street prior_situation",
            "p 2020-12-30 2021-01-01 shelter prior_situation",
            "p 2021-01-01 2021-02-01 shelter before_move_in",
            "p 2021-02-01 - dwelling enrolment",
            "q 2020-03-03 2020-06-01 prison prior_situation",
            "q 2020-06-15 2020-07-01 sofa prior_situation",
        ]
    );
}

#[test]
fn destinations_hold_until_news_or_their_time_is_up() {
    let import = import(&[
        (
            "Enrollment.csv",
            "e1,p,rrh,2019-01-01,,1,,,,,2019-02-01
             e2,p,shelter,2020-01-01,,1,,,,,
             e3,p,ce,2020-03-01,,1,,,,,
             e4,q,ce,2019-01-01,,1,,,,,
             e5,q,ce,2019-06-01,,1,,410,,,
             e6,q,ce,2022-06-01,,1,,,,,",
        ),
        (
            "Exit.csv",
            "e1,2019-05-01,410\ne2,2020-02-01,312\ne3,2020-04-01,30\ne4,2019-02-01,435\ne6,2022-07-01,423",
        ),
    ]);
    let destinations: Vec<_> = stays(&import)
        .into_iter()
        .filter(|s| s.ends_with("destination"))
        .collect();
    assert_eq!(
        destinations,
        [
            // Until the shelter, two years being longer.
            "p 2019-05-01 2020-01-01 dwelling destination",
            // For a month, the news of 1 March being later.
            "p 2020-02-01 2020-03-02 sofa destination",
            // For two years: who enters coordinated entry from a home has not left it.
            "q 2019-02-01 2021-01-31 dwelling destination",
            "q 2022-07-01 2024-06-30 dwelling destination",
        ]
    );
    assert_eq!(unmapped(&import, "Destination"), 1);
}

#[test]
fn a_destination_does_not_count_while_another_project_houses_the_person() {
    let import = import(&[
        (
            "Enrollment.csv",
            "e1,p,ce,2020-01-01,,1,,,,,\ne2,p,th,2020-01-01,,1,,,,,",
        ),
        ("Exit.csv", "e1,2020-03-01,312"),
    ]);
    assert_eq!(stays(&import), ["p 2020-01-01 - transitional enrolment"]);
    assert_eq!(unmapped(&import, "Destination"), 1);
}

#[test]
fn financial_assistance_is_costs() {
    let import = import(&[(
        "Services.csv",
        "p,2020-01-05,152,1,700.50,2020-01-01,2020-01-31
         p,2020-01-05,152,2,500,,
         q,2020-01-05,151,1,10,2020-02-01,2020-01-01
         q,2020-01-05,144,2,,,
         x,2020-01-05,152,2,500,,
         q,2020-01-05,152,2,many,,",
    )]);
    assert_eq!(
        rows(
            &import.costs,
            &["person", "start", "end", "category", "amount", "payer"]
        ),
        [
            "p 2020-01-01 2020-02-01 rental_assistance 700.5 ssvf",
            "p 2020-01-05 2020-01-06 security_deposit 500.0 ssvf",
            "q 2020-01-05 2020-01-06 other_assistance 10.0 hopwa",
        ]
    );
    assert_eq!(unmapped(&import, "Services.csv"), 4);
}

#[test]
fn dirty_rows_are_counted_and_left_out() {
    let import = import(&[
        (
            "Enrollment.csv",
            "e1,nobody,ce,2020-01-01,,1,,,,,
             e2,p,nowhere,2020-01-01,,1,,,,,
             e3,p,ce,01/02/2020,,1,,,,,
             e4,p,shelter,2020-02-01,,1,,,,,",
        ),
        ("Exit.csv", "e4,2020-01-01,99\ne9,2020-01-01,99"),
    ]);
    assert_eq!(import.stays.height(), 0);
    assert_eq!(unmapped(&import, "EntryDate"), 1);
    assert_eq!(
        unmapped(&import, "Exit.csv"),
        3,
        "before entry, no destination, no enrolment"
    );
    for u in &import.unmapped {
        assert!(
            !u.why.contains("nobody") && !u.what.contains("01/02"),
            "{u:?}"
        );
    }
}

#[test]
fn an_export_without_its_files_or_columns_says_so() {
    let folder = export(&[]);
    fs::remove_file(folder.path().join("Exit.csv")).unwrap();
    let error = import_hmis(folder.path()).unwrap_err().to_string();
    assert!(error.starts_with("table `Exit.csv`: is not in"), "{error}");
    let folder = export(&[]);
    fs::write(folder.path().join("Enrollment.csv"), "EnrollmentID\ne1").unwrap();
    let error = import_hmis(folder.path()).unwrap_err().to_string();
    assert!(
        error.starts_with("table `Enrollment.csv`, column `PersonalID`: the column is missing"),
        "{error}"
    );
}

#[test]
fn tables_are_written_and_read_back() {
    let import = import(&[
        (
            "Enrollment.csv",
            "e1,p,psh,2020-01-01,,1,,,,,2020-02-01\ne2,q,ce,2020-01-01,,1,,,,,",
        ),
        ("Services.csv", "p,2020-01-05,152,2,500,,"),
    ]);
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("tables");
    import.write(&folder).unwrap();
    import.write(&folder).unwrap();
    let names = fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(
        names,
        [
            "costs.parquet",
            "import.json",
            "persons.parquet",
            "placements.parquet",
            "stays.parquet",
            "unmapped.csv"
        ]
    );
    let register = crate::Register::builder()
        .persons(folder.join("persons.parquet"))
        .placements(folder.join("placements.parquet"))
        .stays(folder.join("stays.parquet"))
        .costs(folder.join("costs.parquet"))
        .observed_until(import.observed_until)
        .check_options(HmisImport::check_options())
        .build()
        .unwrap();
    assert_eq!(register.people().len(), 2);
    assert_eq!(register.costs().unwrap().amount, [50_000]);
    assert_eq!(
        format!("{import:?}"),
        "HmisImport { persons: 2, placements: 1, stays: 1, costs: 1, unmapped: 3, .. }"
    );
}

/// The demonstration export, where the shared folder is.
fn demonstration() -> Option<PathBuf> {
    let shared = std::env::var_os("BOLIGSPOR_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("data/hmis-demo");
    folder.is_dir().then_some(folder)
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn the_demonstration_export_becomes_a_register() {
    let Some(folder) = demonstration() else {
        eprintln!("skipped: no demonstration export (set BOLIGSPOR_SHARED)");
        return;
    };
    let import = import_hmis(&folder).unwrap();
    assert_eq!(import.persons.height(), 4146);
    // Counted from the files by another program, as are the numbers below.
    let placed = |import: &HmisImport| {
        let days = import.placements.column("placed_on").unwrap();
        (days.len(), days.len() - days.null_count())
    };
    // 559 move-ins, of which nine lie after the exit.
    assert_eq!(placed(&import), (709, 550));
    assert_eq!(import.costs.height(), 1448);
    let amounts = import.costs.column("amount").unwrap().f64().unwrap();
    let spent: f64 = amounts.iter().flatten().sum();
    assert!((spent - 890_206.07).abs() < 1e-6);
    assert_eq!(calendar::format(import.observed_until), "2022-09-30");
    // 1,159 move-in dates in all.
    assert_eq!(unmapped(&import, "MoveInDate, "), 600);

    let register = import.register().build().unwrap_or_else(|e| panic!("{e}"));
    assert!(!register.checks().has_errors());
    assert_eq!(register.deaths(), 9);
    let held = |state| {
        register
            .stays()
            .state
            .iter()
            .filter(|s| **s == state)
            .count()
    };
    for state in [
        State::Dwelling,
        State::Shelter,
        State::Transitional,
        State::Street,
        State::Sofa,
    ] {
        assert!(held(state) > 50, "{state}");
    }
    let municipalities = register
        .frame(Table::Placements)
        .unwrap()
        .column("municipality")
        .unwrap();
    assert!(municipalities.null_count() < 10);

    let all = HmisOptions {
        move_ins: MoveIns::All,
        ..HmisOptions::default()
    };
    let all = import_hmis_with(&folder, &all).unwrap();
    assert_eq!(placed(&all), (1217, 1058));
    all.register().build().unwrap_or_else(|e| panic!("{e}"));
}
