//! The register as a whole: tables in, indexed columns out.

use polars::prelude::*;

use super::{CheckOptions, Duplicates, Level, NO_DWELLING, Register, RegisterBuilder};
use crate::calendar::{Day, NEVER, day};
use crate::error::Error;
use crate::state::State;

fn d(text: &str) -> Day {
    crate::calendar::parse(text).unwrap()
}

fn builder() -> RegisterBuilder {
    let persons = df!(
        "person" => ["b", "10", "a"],
        "birth_date" => [Some("1980-05-01"), None, Some("1990-07-01")],
        "sex" => ["m", "f", "f"],
        "death_date" => [None, Some("2022-03-01"), Some("9999-12-31")],
        "education" => [1, 2, 3],
    );
    let placements = df!(
        "person" => ["10", "b", "10"],
        "enrolled_on" => ["2019-11-01", "2020-01-01", "2018-01-01"],
        "placed_on" => [Some("2020-01-01"), None, Some("2018-02-01")],
        "municipality" => [461, 461, 461],
        "dwelling" => [Some("h2"), None, Some("h10")],
    );
    let stays = df!(
        "person" => ["10", "b", "10", "10", "b"],
        "start" => ["2020-01-01", "2019-01-01", "2018-02-01", "2020-01-01", "2019-06-01"],
        "end" => [None, Some("2019-02-01"), Some("2019-01-01"), None, Some("9999-12-31")],
        "state" => ["Dwelling", "shelter", "dwelling", "dwelling", " hospital "],
        "dwelling" => [Some("h2"), None, Some("h10"), Some("h2"), None],
        "source" => ["bbr", "110", "bbr", "bbr", "lpr"],
    );
    Register::builder()
        .persons(persons.unwrap())
        .placements(placements.unwrap())
        .stays(stays.unwrap())
        .observed_until(day(2023, 12, 31))
}

#[test]
fn people_are_numbered_by_identifier_and_rows_lie_contiguous() {
    let register = builder().build().unwrap();
    assert_eq!(register.people().row, [2, 0, 1]);
    assert_eq!(
        register.people().birth,
        [d("1990-07-01"), d("1980-05-01"), NEVER]
    );
    assert_eq!(register.people().death, [NEVER, NEVER, d("2022-03-01")]);
    assert_eq!(register.person_index("b"), Some(1));
    assert_eq!(register.person_index("10"), Some(2));
    assert_eq!(register.person_index("c"), None);

    let placements = register.placements();
    assert_eq!(placements.person, [1, 2, 2]);
    assert_eq!(
        placements.placed_on,
        [NEVER, d("2018-02-01"), d("2020-01-01")]
    );
    assert_eq!(placements.row, [1, 2, 0]);
    assert_eq!(placements.dwelling, [NO_DWELLING, 1, 0]);
    assert_eq!(register.dwelling_count(), 2);

    let stays = register.stays();
    assert_eq!(stays.offsets, [0, 0, 2, 4], "the repeated row is left out");
    assert_eq!(
        stays.state,
        [
            State::Shelter,
            State::Hospital,
            State::Dwelling,
            State::Dwelling
        ]
    );
    assert_eq!(stays.end, [d("2019-02-01"), NEVER, d("2019-01-01"), NEVER]);
    assert_eq!(stays.sources, ["110", "bbr", "lpr"]);
    assert_eq!(stays.source, [0, 2, 1, 1]);
    assert_eq!(stays.dwelling, [NO_DWELLING, NO_DWELLING, 1, 0]);
}

#[test]
fn covariates_are_kept_and_codes_normalised() {
    let register = builder().build().unwrap();
    let persons = register.frame(super::Table::Persons).unwrap();
    assert_eq!(
        persons.column("education").unwrap().dtype(),
        &DataType::Int32
    );
    let placements = register.frame(super::Table::Placements).unwrap();
    assert_eq!(
        placements
            .column("municipality")
            .unwrap()
            .str()
            .unwrap()
            .get(0),
        Some("461")
    );
    assert_eq!(
        placements.column("placed_on").unwrap().dtype(),
        &DataType::Date
    );
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let there = builder().build().unwrap();
    let mut reversed = builder();
    for table in [
        super::Table::Persons,
        super::Table::Placements,
        super::Table::Stays,
    ] {
        reversed = reversed.table(table, there.frame(table).unwrap().reverse());
    }
    let back = reversed.build().unwrap();
    assert_eq!(there.people().birth, back.people().birth);
    assert_eq!(there.placements().placed_on, back.placements().placed_on);
    assert_eq!(there.placements().dwelling, back.placements().dwelling);
    assert_eq!(there.stays().start, back.stays().start);
    assert_eq!(there.stays().state, back.stays().state);
    assert_eq!(there.stays().source, back.stays().source);
    for person in 0..3 {
        assert_eq!(there.person_key(person), back.person_key(person));
    }
}

fn with_ids(persons: &Series, others: &Series) -> RegisterBuilder {
    let frame = |ids: &Series, rest: DataFrame| {
        let mut columns = vec![ids.clone().with_name("person".into()).into()];
        columns.extend(rest.into_columns());
        DataFrame::new(ids.len(), columns).unwrap()
    };
    let persons = frame(
        persons,
        df!("birth_date" => ["1980-01-01", "1981-01-01"], "sex" => [1, 2]).unwrap(),
    );
    let placements = frame(
        others,
        df!("placed_on" => ["2020-01-01", "2020-01-01"], "municipality" => ["0461", "751"])
            .unwrap(),
    );
    let stays = frame(
        others,
        df!("start" => ["2020-01-01", "2020-01-01"], "end" => [None::<&str>, None], "state" => ["dwelling", "dwelling"])
            .unwrap(),
    );
    Register::builder()
        .persons(persons)
        .placements(placements)
        .stays(stays)
        .observed_until(day(2023, 12, 31))
}

#[test]
fn identifiers_of_any_type_name_the_same_people() {
    let integers = Series::new("p".into(), [9i64, 10]);
    let text = Series::new("p".into(), ["9", "10"]);
    let floats = Series::new("p".into(), [9.0, 10.0]);
    let small = Series::new("p".into(), [9i8, 10]);
    let categories = text
        .cast(&DataType::from_categories(Categories::global()))
        .unwrap();
    for persons in [&integers, &text, &floats, &small, &categories] {
        for others in [&integers, &text, &categories] {
            let register = with_ids(persons, others).build().unwrap();
            assert_eq!(register.person_index("9"), Some(0));
            assert_eq!(register.person_index("10"), Some(1));
            assert_eq!(register.person_index("010"), None);
            assert_eq!(register.placements().person, [0, 1]);
            assert_eq!(
                register.person_key(0),
                u64::from_le_bytes(blake3::hash(b"9").as_bytes()[..8].try_into().unwrap())
            );
        }
    }
}

#[test]
fn costs_are_counted_in_whole_minor_units_from_text_dates_and_spells() {
    let costs = df!(
        "person" => ["10", "a", "10", "10"],
        "start" => [Some("2020-01-01"), None, Some("2019-01-01"), Some("2020-01-01")],
        "end" => [Some("2020-02-01"), None, None, Some("2020-02-01")],
        "date" => [None, Some("2021-05-05"), None, None],
        "category" => ["shelter", "hospital", "shelter", "shelter"],
        "amount" => ["0.1", "-12.345", "1e3", "0.1"],
        "price_year" => [Some(2015), None, None, Some(2015)],
    )
    .unwrap();
    let options = CheckOptions::default().with_severity("negative-cost", Level::Info);
    let register = builder()
        .costs(costs.clone())
        .check_options(options.clone())
        .build()
        .unwrap();
    let held = register.costs().unwrap();
    assert_eq!(held.offsets, [0, 1, 1, 4]);
    assert_eq!(held.amount, [-1235, 100_000, 10, 10]);
    assert_eq!(held.end[1] - held.start[1], 1);
    assert_eq!(held.price_year, [2021, 2019, 2015, 2015]);
    assert_eq!(held.categories, ["hospital", "shelter"]);
    assert_eq!(held.payers, [""]);

    let options = CheckOptions {
        duplicate_costs: Duplicates::Drop,
        ..options
    };
    let register = builder()
        .costs(costs)
        .check_options(options)
        .build()
        .unwrap();
    assert_eq!(register.costs().unwrap().amount, [-1235, 100_000, 10]);
}

#[test]
fn a_register_without_its_tables_or_last_day_says_so() {
    let error = Register::builder().observed_until(0).build().unwrap_err();
    assert!(error.to_string().contains("table `persons`: is not given"));
    let error = Register::builder().build().unwrap_err();
    assert!(matches!(error, Error::Option { name, .. } if name == "observed_until"));
    let error = builder()
        .observed_from(Some(day(2024, 1, 1)))
        .build()
        .unwrap_err();
    assert!(matches!(error, Error::Option { name, .. } if name == "observed_from"));
}

#[test]
fn errors_stop_the_build_with_the_whole_report() {
    let persons = df!("person" => ["a"], "birth_date" => ["1980-01-01"], "sex" => ["m"]).unwrap();
    let error = builder().persons(persons.clone()).build().unwrap_err();
    let Error::Checks(report) = &error else {
        panic!("{error}")
    };
    assert!(report.has_errors());
    assert!(error.to_string().contains("R105 stays.person: 5 of 5 rows"));

    let options = CheckOptions::default().with_severity("R105", Level::Warning);
    let register = builder()
        .persons(persons)
        .check_options(options)
        .build()
        .unwrap();
    assert_eq!(register.people().len(), 1);
    assert!(
        register.stays().start.is_empty(),
        "rows of nobody are left out"
    );
}
