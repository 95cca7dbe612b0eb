//! Small registers for tests, written as rows of text.

use std::sync::Arc;

use polars::prelude::*;

use crate::calendar;
use crate::cohort::{Cohort, CohortSpec};
use crate::register::{Register, RegisterBuilder};

/// A cell: empty text is null.
fn column(name: &str, rows: &[Vec<&str>], index: usize) -> Column {
    let values: Vec<Option<&str>> = rows
        .iter()
        .map(|r| Some(r[index]).filter(|v| !v.is_empty()))
        .collect();
    Column::new(name.into(), values)
}

/// A table from lines such as `"a | 2020-01-01 | | shelter"`.
pub(crate) fn table(names: &[&str], lines: &[&str]) -> DataFrame {
    let rows: Vec<Vec<&str>> = lines
        .iter()
        .map(|l| l.split('|').map(str::trim).collect())
        .collect();
    for row in &rows {
        assert_eq!(row.len(), names.len(), "a row of {names:?}");
    }
    let columns = names
        .iter()
        .enumerate()
        .map(|(i, n)| column(n, &rows, i))
        .collect();
    DataFrame::new(rows.len(), columns).unwrap()
}

/// Tables of people, as lines.
#[derive(Clone, Default)]
pub(crate) struct Rows<'a> {
    /// person | birth_date | death_date
    pub(crate) persons: &'a [&'a str],
    /// person | enrolled_on | placed_on | municipality | dwelling
    pub(crate) placements: &'a [&'a str],
    /// person | start | end | state | dwelling
    pub(crate) stays: &'a [&'a str],
    /// person | start | end | category | amount | payer
    pub(crate) costs: &'a [&'a str],
}

impl Rows<'_> {
    pub(crate) fn builder(&self, observed_until: &str) -> RegisterBuilder {
        let persons = table(&["person", "birth_date", "death_date"], self.persons);
        let sex = Column::new("sex".into(), vec!["woman"; persons.height()]);
        let mut persons = persons;
        persons.with_column(sex).unwrap();
        let builder = Register::builder()
            .persons(persons)
            .placements(table(
                &[
                    "person",
                    "enrolled_on",
                    "placed_on",
                    "municipality",
                    "dwelling",
                ],
                self.placements,
            ))
            .stays(table(
                &["person", "start", "end", "state", "dwelling"],
                self.stays,
            ))
            .observed_until(calendar::parse(observed_until).unwrap());
        if self.costs.is_empty() {
            return builder;
        }
        builder.costs(table(
            &["person", "start", "end", "category", "amount", "payer"],
            self.costs,
        ))
    }

    pub(crate) fn register(&self, observed_until: &str) -> Arc<Register> {
        Arc::new(self.builder(observed_until).build().unwrap())
    }

    pub(crate) fn cohort(&self, observed_until: &str, spec: CohortSpec) -> Cohort {
        Cohort::builder(&self.register(observed_until))
            .spec(spec)
            .build()
            .unwrap()
    }
}

/// A number in a result, by row.
pub(crate) fn number(frame: &DataFrame, column: &str, row: usize) -> Option<f64> {
    let values = frame
        .column(column)
        .unwrap()
        .cast(&DataType::Float64)
        .unwrap();
    values.f64().unwrap().get(row)
}

/// The rows of a result in which the columns have these values.
pub(crate) fn find(frame: &DataFrame, at: &[(&str, &str)]) -> Vec<usize> {
    (0..frame.height())
        .filter(|&row| {
            at.iter().all(|(name, want)| {
                let text = frame.column(name).unwrap().cast(&DataType::String).unwrap();
                text.str().unwrap().get(row) == Some(*want)
            })
        })
        .collect()
}

/// Equal to a relative 1e-9.
pub(crate) fn close(got: Option<f64>, want: f64) {
    let got = got.expect("a number");
    assert!(
        (got - want).abs() <= 1e-9 * want.abs().max(1e-9),
        "{got} is not {want}"
    );
}

/// Check options that let rows pass which a cohort has to deal with itself.
pub(crate) fn lenient() -> crate::register::CheckOptions {
    use crate::register::{CheckOptions, Level, rules};
    rules()
        .filter(|rule| !rule.structural)
        .fold(CheckOptions::default(), |o, rule| {
            o.with_severity(rule.name, Level::Info)
        })
}
