//! What an import has corrected, counted: rule by rule and year by year.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::calendar::{self, Day};

/// Rows that a rule has changed, left out or only noticed, in one year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// The register.
    pub register: String,
    /// The rule, by the name with which it is switched.
    pub rule: String,
    /// What was done.
    pub done: String,
    /// The year the rows are of; none where they have no date.
    pub year: Option<i32>,
    /// How many rows.
    pub rows: usize,
}

type Key = (&'static str, &'static str, &'static str, Option<i32>);

/// Counts corrections as they are made.
#[derive(Clone, Debug, Default)]
pub struct ImportLog(BTreeMap<Key, usize>);

impl ImportLog {
    /// Counts one row of the year of `day`.
    pub(crate) fn one(
        &mut self,
        register: &'static str,
        rule: &'static str,
        done: &'static str,
        day: Option<Day>,
    ) {
        self.add(
            register,
            rule,
            done,
            day.map(|d| calendar::civil(d).year),
            1,
        );
    }

    /// Counts some rows.
    pub(crate) fn add(
        &mut self,
        register: &'static str,
        rule: &'static str,
        done: &'static str,
        year: Option<i32>,
        rows: usize,
    ) {
        if rows > 0 {
            *self.0.entry((register, rule, done, year)).or_default() += rows;
        }
    }

    /// Adds what another log has counted.
    pub(crate) fn append(&mut self, other: Self) {
        for (key, rows) in other.0 {
            *self.0.entry(key).or_default() += rows;
        }
    }

    /// Everything counted, by register, rule and year.
    pub fn corrections(&self) -> Vec<Correction> {
        let correction = |(key, rows): (&Key, &usize)| Correction {
            register: key.0.into(),
            rule: key.1.into(),
            done: key.2.into(),
            year: key.3,
            rows: *rows,
        };
        self.0.iter().map(correction).collect()
    }

    /// The rows of a register that a rule has touched, over all years.
    pub fn rows(&self, register: &str, rule: &str) -> usize {
        self.0
            .iter()
            .filter(|(key, _)| key.0 == register && key.1 == rule)
            .map(|(_, rows)| rows)
            .sum()
    }
}
