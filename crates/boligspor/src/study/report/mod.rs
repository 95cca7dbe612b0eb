//! The report: every number with its unit, its definition and its warnings,
//! in one file that opens anywhere.

mod compare;
mod cost_views;
mod cost_windows;
mod costs;
mod data;
mod effects;
mod follow_up;
mod method;
mod municipal;
mod net_cost;
mod people;
mod refunds;
mod retention;
mod summary;

use super::charts::Chart;
use super::run::Outcome;
use super::words;
use crate::chart::{self, Block, Column, Page, Section, Table};
use crate::error::{Error, Result};
use crate::lang::Lang;

/// The report of an outcome as one HTML document.
pub(super) fn html(outcome: &Outcome, charts: &[Chart]) -> Result<String> {
    let study = outcome.plan.study();
    let say = Say::new(study.study.lang);
    let writer = Writer {
        outcome,
        charts,
        say,
    };
    let mut page = Page::new(&study.study.title, say.numbers);
    page.lead = study.study.note.clone().unwrap_or_default();
    page.mark = String::from(say.pick("Internt, ikke diskretioneret", "Internal, not cleared"));
    page.footer = writer.footer();
    page.sections = [
        Some(writer.summary()?),
        Some(writer.people()?),
        writer.retention()?,
        writer.days()?,
        writer.returns()?,
        writer.groups()?,
        writer.costs()?,
        writer.effects()?,
        writer.net_cost()?,
        writer.refunds()?,
        writer.compare()?,
    ]
    .into_iter()
    .flatten()
    .chain(writer.municipal()?)
    .chain([writer.data(), writer.method()])
    .collect();
    page.html().map_err(|e| Error::Chart(e.to_string()))
}

/// How the report speaks: its words, and its numbers.
#[derive(Clone, Copy, Debug)]
struct Say {
    lang: Lang,
    numbers: chart::Lang,
}

impl Say {
    fn new(lang: Lang) -> Self {
        Self {
            lang,
            numbers: words::chart_lang(lang),
        }
    }

    fn pick<'a>(self, danish: &'a str, english: &'a str) -> &'a str {
        self.lang.pick(danish, english)
    }

    fn count(self, n: u64) -> String {
        self.numbers.count(n)
    }

    /// A count; a dash where there is none.
    fn count_or_dash(self, n: Option<u64>) -> String {
        n.map_or_else(|| "–".into(), |n| self.count(n))
    }

    fn percent(self, share: f64) -> String {
        self.numbers.percent(share, 1)
    }

    fn number(self, value: f64, decimals: usize) -> String {
        self.numbers.number(value, decimals)
    }

    /// An interval of shares, in per cent; a dash where there is none.
    fn percent_interval(self, low: f64, high: f64) -> String {
        if low.is_finite() && high.is_finite() {
            self.numbers.interval(low * 100.0, high * 100.0, 1)
        } else {
            "–".into()
        }
    }

    /// A share and its interval, in per cent.
    fn share_with_interval(self, share: f64, low: f64, high: f64) -> String {
        if low.is_finite() && high.is_finite() {
            // Kept on one line.
            format!(
                "{} ({})",
                self.percent(share),
                self.percent_interval(low, high)
            )
            .replace(' ', "\u{a0}")
        } else {
            self.percent(share)
        }
    }

    /// An interval; a dash where there is none.
    fn interval(self, low: f64, high: f64, decimals: usize) -> String {
        if low.is_finite() && high.is_finite() {
            self.numbers.interval(low, high, decimals)
        } else {
            "–".into()
        }
    }

    /// A number and its interval.
    fn with_interval(self, value: f64, low: f64, high: f64, decimals: usize) -> String {
        let value = self.number(value, decimals);
        if low.is_finite() && high.is_finite() {
            format!("{value} ({})", self.interval(low, high, decimals)).replace(' ', "\u{a0}")
        } else {
            value
        }
    }

    /// A difference, its sign always written.
    fn difference(self, value: f64, decimals: usize) -> String {
        let text = self.number(value, decimals);
        if value > 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
            format!("+{text}")
        } else {
            text
        }
    }
}

/// Writes the sections; each is a file of its own.
struct Writer<'a> {
    outcome: &'a Outcome,
    charts: &'a [Chart],
    say: Say,
}

impl Writer<'_> {
    /// A chart by name, if it was drawn, with the numbers behind it.
    fn chart(&self, name: &str, data: Option<Table>) -> Option<Block> {
        let chart = self.charts.iter().find(|c| c.name == name)?;
        Some(Block::Chart {
            svg: chart.svg.clone(),
            data,
        })
    }

    fn footer(&self) -> Vec<String> {
        let say = self.say;
        let study = match self.outcome.plan.study_hash() {
            Some(hash) => format!(
                "{} {}",
                say.pick("studiefil (BLAKE3)", "study file (BLAKE3)"),
                &hash[..16]
            ),
            None => say
                .pick("studie sat op i kode", "study made in code")
                .to_owned(),
        };
        vec![
            say.pick(
                "Ikke afklaret for videregivelse: resultaterne har ikke været gennem \
                 diskretionering og må ikke forlade det sikre miljø.",
                "Not cleared for release: these results have not been through disclosure control \
                 and must not leave the secure environment.",
            )
            .to_owned(),
            format!(
                "Boligspor {} · {study} · {}",
                env!("CARGO_PKG_VERSION"),
                say.pick(
                    "manifest.json har aftryk af alle tabeller og resultater",
                    "manifest.json has the hashes of all tables and results"
                )
            ),
        ]
    }
}

/// Adds a block where there is one.
fn push(section: &mut Section, block: Option<Block>) {
    section.blocks.extend(block);
}

/// Columns: the first names the rows, the others are numbers.
fn columns(first: &[&str], numbers: &[String]) -> Vec<Column> {
    first
        .iter()
        .map(|t| Column::text(*t))
        .chain(numbers.iter().map(|t| Column::number(t.as_str())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_their_language_writes_them() {
        let (da, en) = (Say::new(Lang::Da), Say::new(Lang::En));
        assert_eq!(da.difference(12_345.6, 0), "+12.346");
        assert_eq!(en.difference(-12_345.6, 0), "−12,346");
        assert_eq!(da.difference(0.2, 0), "0");
        assert_eq!(da.percent(0.8126), "81,3\u{a0}%");
        assert_eq!(da.percent_interval(f64::NAN, 0.5), "–");
        assert_eq!(en.count_or_dash(None), "–");
    }
}
