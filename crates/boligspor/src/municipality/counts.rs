//! Homelessness counts per 1,000 inhabitants, and how they have changed.

use std::collections::BTreeMap;

use polars::prelude::*;

use boligspor_estimate::{clopper_pearson, exact_limits};

use super::labels::Labels;
use crate::LEVEL;
use crate::cohort::{ALL, unexpected};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::register::{Register, Table};
use crate::tidy::Tidy;

/// A count and the inhabitants it was taken among.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    homeless: u64,
    population: u64,
}

/// A year's rate per 1,000 inhabitants with its interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) year: i32,
    pub(super) per_1000: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Counts and trends as tables, or nothing where the register has no counts.
pub(super) struct Homelessness {
    pub(super) counts: DataFrame,
    pub(super) trend: DataFrame,
    /// The latest year's rate with its interval, by municipality code.
    pub(super) latest: BTreeMap<String, Rate>,
    /// Counts of a municipality and year whose population is not known.
    without_population: u64,
}

impl Homelessness {
    pub(super) fn new(register: &Register, labels: &Labels) -> Result<Option<Self>> {
        let Some(frame) = register.frame(Table::Counts) else {
            return Ok(None);
        };
        let Some(population) = register.frame(Table::Municipalities) else {
            return Err(Error::missing(
                "homelessness per 1,000 inhabitants",
                "the table `municipalities` with `population`",
                "pass it, or leave `counts` out",
            ));
        };
        let counted = sums(frame, "n")?;
        let inhabitants = sums(population, "population")?;
        let mut series: BTreeMap<String, BTreeMap<i32, Count>> = BTreeMap::new();
        let mut without = 0u64;
        for ((code, year), homeless) in counted {
            let Some(&population) = inhabitants.get(&(code.clone(), year)).filter(|p| **p > 0)
            else {
                without += 1;
                continue;
            };
            let count = Count {
                homeless,
                population,
            };
            let all = series
                .entry(ALL.to_owned())
                .or_default()
                .entry(year)
                .or_default();
            all.homeless += homeless;
            all.population += population;
            series.entry(code).or_default().insert(year, count);
        }
        let mut latest = BTreeMap::new();
        for (code, years) in &series {
            if let Some((&year, count)) = years.last_key_value() {
                latest.insert(code.clone(), rate(year, *count)?);
            }
        }
        Ok(Some(Self {
            counts: counts_table(&series, labels)?,
            trend: trend_table(&series, labels)?,
            latest,
            without_population: without,
        }))
    }

    /// What a reader must know of the rates.
    pub(super) fn warning(&self, lang: Lang) -> Option<String> {
        let n = self.without_population;
        (n > 0).then(|| match lang {
            Lang::Da => format!(
                "{n} tællinger af en kommune og et år mangler folketal i `municipalities` og er \
                 ikke med i raterne"
            ),
            Lang::En => format!(
                "{n} counts of a municipality and year have no population in `municipalities` \
                 and are left out of the rates"
            ),
        })
    }
}

fn label<'a>(labels: &'a Labels, code: &'a str) -> &'a str {
    if code == ALL { ALL } else { labels.of(code) }
}

/// Per 1,000 inhabitants, with the exact Poisson interval.
fn rate(year: i32, count: Count) -> Result<Rate> {
    let per = 1000.0 / count.population as f64;
    let limits = exact_limits(count.homeless, LEVEL)?;
    Ok(Rate {
        year,
        per_1000: count.homeless as f64 * per,
        low: limits.low * per,
        high: limits.high * per,
    })
}

/// The series in the order of their labels, the whole country first.
fn ordered<'a>(
    series: &'a BTreeMap<String, BTreeMap<i32, Count>>,
    labels: &'a Labels,
) -> Vec<(&'a str, &'a BTreeMap<i32, Count>)> {
    let mut out: Vec<_> = series
        .iter()
        .map(|(code, s)| (label(labels, code), s))
        .collect();
    out.sort_by_key(|(label, _)| (*label != ALL, *label));
    out
}

fn counts_table(
    series: &BTreeMap<String, BTreeMap<i32, Count>>,
    labels: &Labels,
) -> Result<DataFrame> {
    let (mut name, mut year, mut n, mut population) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut per_1000, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for (label, years) in ordered(series, labels) {
        for (&y, &count) in years {
            let of_year = rate(y, count)?;
            name.push(label);
            year.push(y);
            n.push(count.homeless as i64);
            population.push(count.population as i64);
            per_1000.push(of_year.per_1000);
            low.push(of_year.low);
            high.push(of_year.high);
        }
    }
    Tidy::new(&[], &[])
        .with("municipality", name)
        .with("year", year)
        .with("n", n)
        .with("population", population)
        .with("per_1000", per_1000)
        .with("low", low)
        .with("high", high)
        .build()
}

/// The last rate over the first. Given the two counts' sum, the last is
/// binomial, so Clopper–Pearson limits carry over to the ratio exactly.
fn trend_table(
    series: &BTreeMap<String, BTreeMap<i32, Count>>,
    labels: &Labels,
) -> Result<DataFrame> {
    let (mut name, mut first, mut last) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ratio, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for (label, years) in ordered(series, labels) {
        let (Some((&y0, &a)), Some((&y1, &b))) = (years.first_key_value(), years.last_key_value())
        else {
            continue;
        };
        if y0 == y1 {
            continue;
        }
        name.push(label);
        first.push(y0);
        last.push(y1);
        let scale = a.population as f64 / b.population as f64;
        let odds = |p: f64| {
            if p >= 1.0 {
                None
            } else {
                Some(p / (1.0 - p) * scale)
            }
        };
        let total = a.homeless + b.homeless;
        if total == 0 {
            ratio.push(None);
            low.push(None);
            high.push(None);
        } else {
            let limits = clopper_pearson(b.homeless, total, LEVEL)?;
            ratio.push(odds(b.homeless as f64 / total as f64));
            low.push(odds(limits.low));
            high.push(odds(limits.high));
        }
    }
    Tidy::new(&[], &[])
        .with("municipality", name)
        .with("first_year", first)
        .with("last_year", last)
        .with("rate_ratio", ratio)
        .with("low", low)
        .with("high", high)
        .build()
}

/// A column summed by municipality and year.
fn sums(frame: &DataFrame, column: &str) -> Result<BTreeMap<(String, i32), u64>> {
    let cast = |name: &str, to: &DataType| {
        frame
            .column(name)
            .and_then(|c| c.cast(to))
            .map_err(|e| unexpected(&e))
    };
    let code = cast("municipality", &DataType::String)?;
    let year = cast("year", &DataType::Int32)?;
    let n = cast(column, &DataType::Int64)?;
    let (code, year, n) = (
        code.str().map_err(|e| unexpected(&e))?,
        year.i32().map_err(|e| unexpected(&e))?,
        n.i64().map_err(|e| unexpected(&e))?,
    );
    let mut out = BTreeMap::new();
    for ((code, year), n) in code.iter().zip(year.iter()).zip(n.iter()) {
        if let (Some(code), Some(year), Some(n)) = (code, year, n) {
            *out.entry((code.to_owned(), year)).or_default() += n.max(0) as u64;
        }
    }
    Ok(out)
}
