//! Small tables for the rules' tests, and what a rule finds in them.

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use crate::calendar::day;
use crate::register::{CheckOptions, Register, RegisterBuilder, Severity, Table};

/// A frame of text from comma-separated lines, the first the names.
pub(super) fn frame(text: &str) -> DataFrame {
    let mut lines = text.trim().lines().map(str::trim);
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<Option<&str>>> = lines
        .map(|line| {
            line.split(',')
                .map(|v| (!v.is_empty()).then_some(v))
                .collect()
        })
        .collect();
    let columns: Vec<Column> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let values: Vec<Option<&str>> = rows.iter().map(|row| row[i]).collect();
            Series::new((*name).into(), values).into()
        })
        .collect();
    DataFrame::new(rows.len(), columns).unwrap()
}

/// Tables without a fault: two people, one of them placed, one enrolled.
pub(super) fn faultless() -> RegisterBuilder {
    Register::builder()
        .persons(frame(
            "person,birth_date,sex,death_date
             1,1980-05-01,2,
             2,1990-07-01,1,2022-03-01",
        ))
        .placements(frame(
            "person,enrolled_on,placed_on,municipality,dwelling
             1,2019-11-01,2020-01-01,461,h1
             2,2020-05-01,,101,",
        ))
        .stays(frame(
            "person,start,end,state,dwelling,municipality,source
             1,2019-06-01,2020-01-01,shelter,,461,s110
             1,2020-01-01,,dwelling,h1,461,bbr
             2,2019-06-01,2022-03-01,shelter,,101,s110",
        ))
        .observed_until(day(2023, 12, 31))
}

/// Where, how many rows and how severe: what one rule finds.
pub(super) type Found = (String, usize, Severity);

/// What the rule finds in the faultless tables with some replaced.
pub(super) fn found(code: &str, tables: &[(Table, &str)]) -> Vec<Found> {
    found_with(code, tables, CheckOptions::default())
}

/// As [`found`], with options.
pub(super) fn found_with(
    code: &str,
    tables: &[(Table, &str)],
    options: CheckOptions,
) -> Vec<Found> {
    let mut builder = faultless().check_options(options);
    for (table, text) in tables {
        builder = builder.table(*table, frame(text));
    }
    let report = builder.check().unwrap();
    let of_rule = report.findings.iter().filter(|f| f.code == code);
    of_rule.map(|f| (f.place(), f.rows, f.severity)).collect()
}

/// One finding.
pub(super) fn at(place: &str, rows: usize, severity: Severity) -> Vec<Found> {
    vec![(place.to_owned(), rows, severity)]
}
