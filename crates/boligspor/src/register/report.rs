//! What the checks found: counts and names, never a value or an identifier.

use std::fmt;

use polars::prelude::{DataFrame, NamedFrom, Series};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::table::Table;
use crate::error::{Error, Result};

/// How much a finding matters.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is done about it.
    Info,
    /// Reported with every run; the rule's page says what is done with the rows.
    Warning,
    /// Stops a run.
    Error,
}

impl Severity {
    /// The severity's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One thing that one rule found in one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's stable code, such as `R201`.
    pub code: &'static str,
    /// The rule's name, such as `end-before-start`.
    pub rule: &'static str,
    /// How much it matters, after any override.
    pub severity: Severity,
    /// The table.
    pub table: Table,
    /// The column of the contract, where one is concerned.
    pub column: Option<&'static str>,
    /// How many rows (people, where the message says so) it concerns; 0 for
    /// what concerns the table as a whole.
    pub rows: usize,
    /// How many rows the table has.
    pub total: usize,
    /// What is wrong.
    pub message: String,
    /// What to do, and what is done with the rows meanwhile.
    pub hint: String,
}

impl Finding {
    /// Where it is: `table` or `table.column`.
    pub fn place(&self) -> String {
        match self.column {
            Some(column) => format!("{}.{column}", self.table),
            None => self.table.to_string(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.code, self.place())?;
        if self.rows > 0 {
            write!(f, "{} of {} rows: ", self.rows, self.total)?;
        }
        write!(f, "{}; {}", self.message, self.hint)
    }
}

/// All that the checks found, the most severe first.
///
/// ```
/// use boligspor::register::{Register, Table};
/// use polars::prelude::*;
///
/// let persons = df!("person" => [1], "birth_date" => ["1980-02-30"], "sex" => ["2"])?;
/// let placements = df!("person" => [1], "placed_on" => ["2020-01-01"], "municipality" => ["461"])?;
/// let stays = df!("person" => [1], "start" => ["2020-01-01"], "end" => [None::<&str>], "state" => ["dwelling"])?;
/// let report = Register::builder()
///     .persons(persons).placements(placements).stays(stays)
///     .observed_until(boligspor::calendar::day(2023, 12, 31))
///     .check()?;
/// assert!(report.has_errors());
/// assert_eq!(report.errors().next().unwrap().place(), "persons.birth_date");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The findings: by severity, then code, table and column.
    pub findings: Vec<Finding>,
    /// The rows of each table that was given.
    pub rows: Vec<(Table, usize)>,
}

impl CheckReport {
    pub(super) fn new(mut findings: Vec<Finding>, rows: Vec<(Table, usize)>) -> Self {
        findings.sort_by(|a, b| {
            b.severity
                .cmp(&a.severity)
                .then_with(|| (a.code, a.table, a.column).cmp(&(b.code, b.table, b.column)))
                .then_with(|| a.message.cmp(&b.message))
        });
        Self { findings, rows }
    }

    /// The findings of one severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |f| f.severity == severity)
    }

    /// The findings that stop a run.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.of(Severity::Error)
    }

    /// The findings that are reported with a run.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.of(Severity::Warning)
    }

    /// Whether anything stops a run.
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// The errors as one readable text: code, place, rows, what, and what to do.
    pub fn error_summary(&self) -> String {
        let errors: Vec<_> = self.errors().collect();
        let mut text = match errors.len() {
            0 => return "the data checks found no errors".into(),
            1 => "the data checks found 1 error:".to_owned(),
            n => format!("the data checks found {n} errors:"),
        };
        for finding in errors {
            text.push_str("\n  ");
            text.push_str(&finding.to_string());
        }
        text
    }

    /// The findings as a table: `code, rule, severity, table, column, rows,
    /// total, message, hint`.
    pub fn to_frame(&self) -> Result<DataFrame> {
        let text = |name: &str, of: &dyn Fn(&Finding) -> String| {
            let values: Vec<String> = self.findings.iter().map(of).collect();
            Series::new(name.into(), values).into()
        };
        let count = |name: &str, of: &dyn Fn(&Finding) -> usize| {
            let values: Vec<i64> = self.findings.iter().map(|f| of(f) as i64).collect();
            Series::new(name.into(), values).into()
        };
        let columns: Vec<Option<&str>> = self.findings.iter().map(|f| f.column).collect();
        DataFrame::new(
            self.findings.len(),
            vec![
                text("code", &|f| f.code.into()),
                text("rule", &|f| f.rule.into()),
                text("severity", &|f| f.severity.to_string()),
                text("table", &|f| f.table.to_string()),
                Series::new("column".into(), columns).into(),
                count("rows", &|f| f.rows),
                count("total", &|f| f.total),
                text("message", &|f| f.message.clone()),
                text("hint", &|f| f.hint.clone()),
            ],
        )
        .map_err(|e| Error::table("checks", None, e.to_string(), "report this as a bug"))
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.findings.is_empty() {
            return write!(f, "the data checks found nothing to remark on");
        }
        let places: Vec<String> = self.findings.iter().map(Finding::place).collect();
        let width = places.iter().map(String::len).max().unwrap_or(0).max(5);
        write!(
            f,
            "{:<5} {:<8} {:<width$} {:>10}  what",
            "code", "severity", "where", "rows"
        )?;
        for (finding, place) in self.findings.iter().zip(&places) {
            write!(
                f,
                "\n{:<5} {:<8} {:<width$} {:>10}  {}; {}",
                finding.code, finding.severity, place, finding.rows, finding.message, finding.hint
            )?;
        }
        Ok(())
    }
}
