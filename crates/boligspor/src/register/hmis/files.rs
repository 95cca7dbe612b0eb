//! The files of an export, by column, and the tally of what could not be read.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::{BooleanChunked, DataFrame, StringChunked};

use super::super::{csv, typing};
use super::{Unmapped, frame::bug};
use crate::calendar::Day;
use crate::error::{Error, Result};

/// What is not mapped, counted by what and why.
#[derive(Default)]
pub(super) struct Tally(BTreeMap<(String, &'static str), usize>);

impl Tally {
    /// Counts some rows.
    pub(super) fn add(&mut self, what: impl Into<String>, why: &'static str, rows: usize) {
        if rows > 0 {
            *self.0.entry((what.into(), why)).or_default() += rows;
        }
    }

    /// Notes a file that is not read.
    pub(super) fn file(&mut self, name: String) {
        self.0.insert(
            (name, "the file is not read: no table has what it holds"),
            0,
        );
    }

    /// Everything counted, by what and why.
    pub(super) fn finish(self) -> Vec<Unmapped> {
        let unmapped = |((what, why), rows): ((String, &str), usize)| Unmapped {
            what,
            rows,
            why: why.into(),
        };
        self.0.into_iter().map(unmapped).collect()
    }
}

/// One file of the export, all of it text.
pub(super) struct File {
    name: &'static str,
    frame: DataFrame,
}

impl File {
    /// Reads a file that every export has. Rows marked as deleted are left out.
    pub(super) fn read(folder: &Path, name: &'static str, tally: &mut Tally) -> Result<Self> {
        Self::find(folder, name, tally)?.ok_or_else(|| {
            Error::table(
                name,
                None,
                format!("is not in {}", folder.display()),
                "give the folder of an unzipped HMIS CSV export",
            )
        })
    }

    /// Reads a file that an export may have.
    pub(super) fn find(
        folder: &Path,
        name: &'static str,
        tally: &mut Tally,
    ) -> Result<Option<Self>> {
        let path = folder.join(name);
        if !path.exists() {
            return Ok(None);
        }
        let mut frame = csv::read(name, &path)?.0;
        let deleted = frame
            .column("DateDeleted")
            .ok()
            .and_then(|c| c.as_materialized_series().try_str());
        if let Some(deleted) = deleted {
            let kept = |t: Option<&str>| t.is_none_or(|t| t.trim().is_empty());
            let kept: BooleanChunked = deleted.iter().map(kept).collect();
            let gone = kept.iter().filter(|k| *k == Some(false)).count();
            if gone > 0 {
                tally.add(name, "marked as deleted by the export", gone);
                frame = frame.filter(&kept).map_err(bug)?;
            }
        }
        frame.rechunk_mut();
        Ok(Some(Self { name, frame }))
    }

    pub(super) fn rows(&self) -> usize {
        self.frame.height()
    }

    /// A column that must be there.
    pub(super) fn text(&self, column: &str) -> Result<&StringChunked> {
        self.optional(column).ok_or_else(|| {
            Error::table(
                self.name,
                Some(column),
                "the column is missing",
                "FY2024 and FY2026 exports are read; deliver one of these",
            )
        })
    }

    /// A column that may be there.
    pub(super) fn optional(&self, column: &str) -> Option<&StringChunked> {
        self.frame
            .column(column)
            .ok()?
            .as_materialized_series()
            .try_str()
    }

    /// A column of dates that must be there; those that cannot be read are
    /// tallied and missing.
    pub(super) fn days(&self, column: &str, tally: &mut Tally) -> Result<Vec<Option<Day>>> {
        let mut timed = 0;
        let (mut days, mut bad) = (Vec::with_capacity(self.rows()), 0);
        for text in self.text(column)?.iter() {
            let text = text.map(str::trim).filter(|t| !t.is_empty());
            let day = text.and_then(|t| typing::day(t, &mut timed));
            bad += usize::from(text.is_some() && day.is_none());
            days.push(day);
        }
        tally.add(
            format!("{}, {column}", self.name),
            "is no date such as 2023-12-31",
            bad,
        );
        Ok(days)
    }

    /// A column of code numbers; all missing where the column is.
    pub(super) fn codes(&self, column: &str, tally: &mut Tally) -> Vec<Option<i64>> {
        let Some(texts) = self.optional(column) else {
            return vec![None; self.rows()];
        };
        let (mut codes, mut bad) = (Vec::with_capacity(self.rows()), 0);
        for text in texts.iter() {
            let text = text.map(str::trim).filter(|t| !t.is_empty());
            let code = text.and_then(|t| t.parse().ok());
            bad += usize::from(text.is_some() && code.is_none());
            codes.push(code);
        }
        tally.add(format!("{}, {column}", self.name), "is no code number", bad);
        codes
    }
}
