//! The tables' page: written from the contract, tested to be current.
//!
//! `UPDATE_DOCS=1 cargo test -p boligspor --lib register::dictionary` writes
//! `docs/tables.md`.

use std::fmt::Write as _;
use std::path::Path;

use super::table::{Column, Kind, Table};

/// What a value may be, for the reader of the page.
fn form(kind: Kind) -> &'static str {
    match kind {
        Kind::Id => "identifier: text or whole number",
        Kind::Date => "date",
        Kind::Text => "text",
        Kind::Integer => "whole number",
        Kind::Number => "number",
        Kind::Boolean => "true or false",
        Kind::State => "housing state",
        Kind::Municipality => "municipality code",
        Kind::Money => "amount in kroner",
    }
}

fn needed(column: &Column) -> &'static str {
    match (column.required, column.nullable) {
        (true, false) => "a value in every row",
        (true, true) => "the column",
        _ => "optional",
    }
}

fn page() -> String {
    let mut text = "<!-- Written from the contract of the tables; see CONTRIBUTING.md. -->\n\
        # The tables\n\n\
        `persons`, `placements` and `stays` are required. Column names are read in any\n\
        case; columns that are not named here are kept as covariates. Days are civil\n\
        days, and an `end` is the first day no longer. Dates are dates, date-times\n\
        without a time zone, or text such as 2023-12-31; identifiers, codes and\n\
        categories may be text, numbers or categoricals. In CSV files the separator is\n\
        a comma, semicolon or tab, the encoding UTF-8, and with semicolons numbers may\n\
        have a decimal comma.\n"
        .to_owned();
    for table in Table::ALL {
        let _ = write!(
            text,
            "\n## {table}\n\n| column | needed | is | |\n|---|---|---|---|\n"
        );
        for column in table.columns() {
            let _ = writeln!(
                text,
                "| `{}` | {} | {} | {} |",
                column.name,
                needed(column),
                form(column.kind),
                column.about
            );
        }
        if !table.key().is_empty() {
            let _ = writeln!(text, "\nOne row for each {}.", table.key().join(", "));
        }
    }
    text
}

#[test]
fn the_page_of_the_tables_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tables.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page(),
        "docs/tables.md is not current: run this test with UPDATE_DOCS=1"
    );
}
