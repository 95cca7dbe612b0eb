//! Point-in-time counts: how many, of whom, where, and whether it changed.
//!
//! A count is one week's; small municipalities' move by chance, and an interval
//! says how far. Double counting is a matter of the count itself: it is taken with
//! identifiers and freed of duplicates before a table of counts is made, so that
//! nothing here can undo it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use boligspor_estimate::glm::{Errors, Family, GlmData, GlmOptions, glm};
use boligspor_estimate::{clopper_pearson, exact_limits, normal_p_value, wilson};

use super::findings::{Findings, Read, Rows, row};
use super::labels::Labels;
use crate::LEVEL;
use crate::cohort::ALL;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::register::{Register, Table};

/// What is asked of the counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CountSpec {
    /// Codes of the municipalities that joined a programme; empty: no trend.
    pub programme: Vec<String>,
    /// The first year in which the programme could have worked.
    pub programme_from: Option<i32>,
    /// Codes they are compared with; empty: all others.
    pub compared_with: Vec<String>,
    /// A count below this is flagged as small.
    pub small: u64,
    /// Municipalities by anonymous label instead of by code and name.
    pub anonymous: bool,
}

impl Default for CountSpec {
    fn default() -> Self {
        Self {
            programme: Vec::new(),
            programme_from: None,
            compared_with: Vec::new(),
            small: 5,
            anonymous: false,
        }
    }
}

/// One row of the table of counts.
struct Counted {
    code: String,
    year: i32,
    situation: String,
    age: Option<String>,
    migrants: bool,
    n: u64,
}

fn rows(register: &Register) -> Result<Vec<Counted>> {
    let read = Read::needed(register, Table::Counts, "homelessness counts")?;
    let (codes, years) = (read.text("municipality")?, read.integers("year")?);
    let (situations, ages) = (read.text("situation")?, read.text("age_band")?);
    let (n, migrants) = (read.integers("n")?, read.text("migrants")?);
    Ok((0..read.height())
        .filter_map(|i| {
            Some(Counted {
                code: codes[i].clone()?,
                year: i32::try_from(years[i]?).ok()?,
                situation: situations[i].clone()?,
                age: ages[i].clone(),
                migrants: matches!(migrants[i].as_deref(), Some("true" | "1")),
                n: n[i]?.max(0) as u64,
            })
        })
        .collect())
}

/// People by municipality and year.
pub(super) type Population = BTreeMap<(String, i32), f64>;

/// Inhabitants aged 18 or more where the column `adults` has them, else all.
fn adults(register: &Register) -> Result<(Population, bool)> {
    let read = Read::needed(
        register,
        Table::Municipalities,
        "homelessness per inhabitant",
    )?;
    let (codes, years) = (read.text("municipality")?, read.integers("year")?);
    let known = read.has("adults");
    let people = read.numbers(if known { "adults" } else { "population" })?;
    let mut out = BTreeMap::new();
    for i in 0..read.height() {
        if let (Some(code), Some(year), Some(n)) = (&codes[i], years[i], people[i])
            && n > 0.0
            && let Ok(year) = i32::try_from(year)
        {
            out.insert((code.clone(), year), n);
        }
    }
    Ok((out, known))
}

/// Each municipality's rate per 1,000, migrants without permanent stay apart.
pub(super) fn per_1000(register: &Register, population: &Population) -> Result<Population> {
    let mut sums: BTreeMap<(String, i32), u64> = BTreeMap::new();
    for row in rows(register)?.into_iter().filter(|r| !r.migrants) {
        *sums.entry((row.code, row.year)).or_default() += row.n;
    }
    Ok(sums
        .into_iter()
        .filter_map(|(key, n)| {
            let people = population.get(&key)?;
            Some((key, 1000.0 * n as f64 / people))
        })
        .collect())
}

/// A count and the adults it was taken among.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    n: u64,
    adults: f64,
}

/// Homelessness counts by municipality, situation, age and over time.
///
/// Tables: `rates` (per 1,000 adults with exact Poisson limits), `changes`
/// (between successive counts and first to last, exact limits of the ratio),
/// `situations` and `ages` (shares with Wilson's limits), `migrants` (apart),
/// `programme` and `programme_years` (difference in differences: quasi-Poisson
/// with effects of municipality and year, clustered by municipality).
///
/// # Errors
/// [`Error::Missing`] without `counts` or `municipalities`; [`Error::Option`] for
/// a programme that leaves nobody to compare with.
pub fn homelessness(register: &Register, spec: &CountSpec) -> Result<Findings> {
    let counted = rows(register)?;
    let (people, only_adults) = adults(register)?;
    let labels = Labels::new(register, spec.anonymous);
    let mut found = Findings::new(|lang| describe(spec, only_adults, lang));
    if !only_adults {
        found.warn(
            "`municipalities` har ikke kolonnen `adults`, så raterne er pr. 1.000 af \
             `population`, hvem den end tæller"
                .into(),
            "`municipalities` lacks the column `adults`, so that rates are per 1,000 of \
             `population`, whomever it counts"
                .into(),
        );
    }
    let mut series: BTreeMap<String, BTreeMap<i32, Sum>> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    for row in counted.iter().filter(|r| !r.migrants) {
        let Some(adults) = people.get(&(row.code.clone(), row.year)) else {
            continue;
        };
        let first = keys.insert((row.code.clone(), row.year));
        for name in [ALL, row.code.as_str()] {
            let sum = series
                .entry(name.to_owned())
                .or_default()
                .entry(row.year)
                .or_default();
            sum.n += row.n;
            if first {
                sum.adults += adults;
            }
        }
    }
    let mut ordered: Vec<(&str, &BTreeMap<i32, Sum>)> = series
        .iter()
        .map(|(code, s)| (if code == ALL { ALL } else { labels.of(code) }, s))
        .collect();
    ordered.sort_by_key(|(label, _)| (*label != ALL, *label));
    let mut rates = Rows::new(&[
        "municipality",
        "year",
        "n",
        "adults",
        "per_1000",
        "low",
        "high",
        "small",
    ]);
    let mut changes = Rows::new(&[
        "municipality",
        "from",
        "to",
        "n_from",
        "n_to",
        "rate_ratio",
        "low",
        "high",
    ]);
    for (label, years) in &ordered {
        for (year, sum) in *years {
            let limits = exact_limits(sum.n, LEVEL)?;
            let per = 1000.0 / sum.adults;
            rates.push(row![
                *label,
                *year,
                sum.n,
                sum.adults.round() as i64,
                sum.n as f64 * per,
                limits.low * per,
                limits.high * per,
                sum.n < spec.small,
            ]);
        }
        let list: Vec<(&i32, &Sum)> = years.iter().collect();
        let mut pairs: Vec<(usize, usize)> = (1..list.len()).map(|i| (i - 1, i)).collect();
        if list.len() > 2 {
            pairs.push((0, list.len() - 1));
        }
        for (a, b) in pairs {
            let [ratio, low, high] = change(list[a].1, list[b].1)?;
            changes.push(row![
                *label,
                *list[a].0,
                *list[b].0,
                list[a].1.n,
                list[b].1.n,
                ratio,
                low,
                high,
            ]);
        }
    }
    found = found
        .with("rates", rates.build()?)
        .with("changes", changes.build()?);
    let own = |r: &&Counted| !r.migrants;
    found = found
        .with(
            "situations",
            shares(&counted, &labels, "situation", &own, |r| Some(&r.situation))?,
        )
        .with(
            "ages",
            shares(&counted, &labels, "age_band", &own, |r| r.age.as_ref())?,
        );
    if counted.iter().any(|r| r.migrants) {
        let apart = |r: &&Counted| r.migrants;
        found = found.with(
            "migrants",
            shares(&counted, &labels, "situation", &apart, |r| {
                Some(&r.situation)
            })?,
        );
    }
    if !spec.programme.is_empty() {
        found = programme(found, &series, spec)?;
    }
    Ok(found)
}

fn describe(spec: &CountSpec, only_adults: bool, lang: Lang) -> String {
    let small = spec.small;
    let who = if only_adults {
        lang.pick(
            "indbyggere på 18 år og derover",
            "inhabitants aged 18 or more",
        )
    } else {
        lang.pick("indbyggere", "inhabitants")
    };
    match lang {
        Lang::Da => format!(
            "Hjemløse ved tælling i én uge pr. 1.000 {who}, med eksakte 95 %-Poissongrænser; \
             migranter uden fast ophold for sig; under {small} markeret som lille. Dobbelttællinger \
             er fjernet i tællingen selv og kan ikke ses i tabellen."
        ),
        Lang::En => format!(
            "Homeless people counted in one week per 1,000 {who}, with exact 95 % Poisson limits; \
             migrants without permanent stay apart; below {small} flagged as small. Double counts \
             are removed in the count itself and cannot be seen in its table."
        ),
    }
}

/// The later rate over the earlier. Given the two counts' sum the later is
/// binomial, so exact limits of a share carry over to the ratio.
fn change(a: &Sum, b: &Sum) -> Result<[Option<f64>; 3]> {
    let total = a.n + b.n;
    if total == 0 {
        return Ok([None; 3]);
    }
    let scale = a.adults / b.adults;
    let odds = |p: f64| (p < 1.0).then(|| p / (1.0 - p) * scale);
    let limits = clopper_pearson(b.n, total, LEVEL)?;
    Ok([
        odds(b.n as f64 / total as f64),
        odds(limits.low),
        odds(limits.high),
    ])
}

/// Shares of the count by some column, of the country and each municipality.
fn shares<'a>(
    counted: &'a [Counted],
    labels: &Labels,
    name: &'static str,
    keep: &dyn Fn(&&Counted) -> bool,
    of: impl Fn(&'a Counted) -> Option<&'a String>,
) -> Result<polars::prelude::DataFrame> {
    let mut sums: BTreeMap<(bool, &str, i32), BTreeMap<&str, u64>> = BTreeMap::new();
    for row in counted.iter().filter(keep) {
        let Some(level) = of(row) else { continue };
        for (own, label) in [(false, ALL), (true, labels.of(&row.code))] {
            *sums
                .entry((own, label, row.year))
                .or_default()
                .entry(level)
                .or_default() += row.n;
        }
    }
    let mut rows = Rows::new(&["municipality", "year", name, "n", "share", "low", "high"]);
    for ((_, label, year), levels) in &sums {
        let total: u64 = levels.values().sum();
        for (level, n) in levels {
            let limits = (total > 0).then(|| wilson(*n, total, LEVEL)).transpose()?;
            rows.push(row![
                *label,
                *year,
                *level,
                *n,
                limits.map(|_| *n as f64 / total as f64),
                limits.map(|l| l.low),
                limits.map(|l| l.high),
            ]);
        }
    }
    rows.build()
}

/// Did counts in the programme's municipalities move differently from the others'?
fn programme(
    mut found: Findings,
    series: &BTreeMap<String, BTreeMap<i32, Sum>>,
    spec: &CountSpec,
) -> Result<Findings> {
    let treated = |code: &str| spec.programme.iter().any(|c| c == code);
    let wanted = |code: &str| {
        treated(code)
            || spec.compared_with.is_empty()
            || spec.compared_with.iter().any(|c| c == code)
    };
    // A municipality that never counts anybody says nothing of a relative change.
    let units: Vec<(&str, &BTreeMap<i32, Sum>)> = series
        .iter()
        .filter(|(code, years)| {
            code.as_str() != ALL && wanted(code) && years.values().any(|s| s.n > 0)
        })
        .map(|(code, years)| (code.as_str(), years))
        .collect();
    let joined = units.iter().filter(|(c, _)| treated(c)).count();
    let years: Vec<i32> = units
        .iter()
        .flat_map(|(_, y)| y.keys().copied())
        .collect::<BTreeSet<i32>>()
        .into_iter()
        .collect();
    let from = spec.programme_from.ok_or_else(|| {
        Error::option("counts.programme_from", "is missing", "give the first year")
    })?;
    let before = years.iter().filter(|y| **y < from).count();
    if joined == 0 || joined == units.len() || before == 0 || before == years.len() {
        return Err(Error::option(
            "counts.programme",
            "leaves nobody to compare with, or no count before or after its first year",
            "name municipalities that some, not all, counts are of, and a year between counts",
        ));
    }
    let last_before = years[before - 1];
    let mut data = Panel::default();
    for (i, (code, of_year)) in units.iter().enumerate() {
        for (year, sum) in *of_year {
            data.add(i, treated(code), *year, *sum);
        }
    }
    let single = data.fit(&years, units.len(), &[&|y| y >= from])?;
    let mut rows = Rows::new(&[
        "programme_municipalities",
        "compared_municipalities",
        "rate_ratio",
        "low",
        "high",
        "p_value",
        "dispersion",
    ]);
    rows.push(row![
        joined,
        units.len() - joined,
        single.0[0][0],
        single.0[0][1],
        single.0[0][2],
        single.0[0][3],
        single.1,
    ]);
    let others: Vec<i32> = years
        .iter()
        .copied()
        .filter(|y| *y != last_before)
        .collect();
    let indicators: Vec<Box<dyn Fn(i32) -> bool>> = others
        .iter()
        .map(|&wanted| Box::new(move |y: i32| y == wanted) as Box<dyn Fn(i32) -> bool>)
        .collect();
    let borrowed: Vec<&dyn Fn(i32) -> bool> = indicators.iter().map(AsRef::as_ref).collect();
    let by_year = data.fit(&years, units.len(), &borrowed)?;
    let mut yearly = Rows::new(&["year", "rate_ratio", "low", "high", "p_value"]);
    for (year, [ratio, low, high, p]) in others.iter().zip(by_year.0) {
        yearly.push(row![*year, ratio, low, high, p]);
    }
    found.warn(
        "programmets effekt bygger på, at tællingerne ellers havde udviklet sig ens; se årene \
         før programmet"
            .into(),
        "the programme's effect rests on counts having moved alike otherwise; see the years \
         before the programme"
            .into(),
    );
    Ok(found
        .with("programme", rows.build()?)
        .with("programme_years", yearly.build()?))
}

/// Counts of municipalities by year, for regression.
#[derive(Default)]
struct Panel {
    unit: Vec<u32>,
    treated: Vec<bool>,
    year: Vec<i32>,
    n: Vec<f64>,
    log_adults: Vec<f64>,
}

/// Ratio, its limits and P value of each term, and the dispersion.
type Effects = (Vec<[f64; 4]>, f64);

impl Panel {
    fn add(&mut self, unit: usize, treated: bool, year: i32, sum: Sum) {
        self.unit.push(unit as u32);
        self.treated.push(treated);
        self.year.push(year);
        self.n.push(sum.n as f64);
        self.log_adults.push(sum.adults.ln());
    }

    /// Effects of the treated in the years each indicator marks, with effects of
    /// every municipality and year. Errors are the sandwich over municipalities,
    /// which allows for any dispersion and dependence over years, times G/(G - 1).
    fn fit(&self, years: &[i32], units: usize, terms: &[&dyn Fn(i32) -> bool]) -> Result<Effects> {
        let flag = |yes: bool| f64::from(u8::from(yes));
        let mut columns: Vec<Vec<f64>> = terms
            .iter()
            .map(|term| {
                self.treated
                    .iter()
                    .zip(&self.year)
                    .map(|(t, y)| flag(*t && term(*y)))
                    .collect()
            })
            .collect();
        columns.extend(
            years[1..]
                .iter()
                .map(|wanted| self.year.iter().map(|y| flag(y == wanted)).collect()),
        );
        columns.extend(
            (1..units as u32).map(|u| self.unit.iter().map(|v| flag(*v == u)).collect::<Vec<_>>()),
        );
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let fit = glm(
            &GlmData {
                outcome: &self.n,
                covariates: &slices,
                offset: Some(&self.log_adults),
                cluster: Some(&self.unit),
                ..GlmData::default()
            },
            &GlmOptions {
                family: Family::Poisson,
                errors: Errors::Robust,
                max_iterations: 50,
                ..GlmOptions::default()
            },
        )?;
        let g = units as f64;
        let factor = (g / (g - 1.0)).sqrt();
        let effects = fit.terms[1..=terms.len()]
            .iter()
            .map(|t| {
                let half = (t.high - t.low) / 2.0 * factor;
                let p = normal_p_value(t.z / factor);
                [
                    t.coef.exp(),
                    (t.coef - half).exp(),
                    (t.coef + half).exp(),
                    p,
                ]
            })
            .collect();
        Ok((effects, fit.dispersion))
    }
}
