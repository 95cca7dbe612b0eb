//! Whether there are homes enough, at a rent people can pay, and when.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use boligspor_estimate::queue::{Queue, forecast};
use boligspor_estimate::{IncidenceVariance, SurvivalOptions, aalen_johansen, wilson};

use super::findings::{Findings, Read, Rows, row};
use super::labels::Labels;
use crate::LEVEL;
use crate::calendar::NEVER;
use crate::cohort::ALL;
use crate::error::Result;
use crate::lang::Lang;
use crate::level::decimal;
use crate::register::{Register, Table};
use crate::state::State;

/// What somebody of a kind can pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RentLimit {
    /// Whose limit: age and benefit, in words.
    pub whose: String,
    /// The highest rent a month, kroner.
    pub monthly: f64,
    /// Where the number comes from.
    pub source: String,
}

/// What is asked of the homes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HomesSpec {
    /// The share of vacant public dwellings that the municipality may have.
    pub legal_share: f64,
    /// Shares at which the forecast is made.
    pub shares: Vec<f64>,
    /// What people can pay, against the column `median_rent`.
    pub rent_limits: Vec<RentLimit>,
    /// Of the dwellings allotted, the share that goes to the homeless and that
    /// they can pay. 0.2 is our assumption: about 12 % of allotments in 2021 were
    /// at rents under 3,500 DKK, and not everyone needs one that cheap.
    pub suitable: f64,
    /// People who become homeless in a year and find no home by themselves, per
    /// person counted at one time. 0.15 is our assumption; of all who become
    /// homeless in a year most are so for a short time.
    pub inflow: f64,
    /// Chance a year that somebody housed loses the home: 0.07 where 80 % are
    /// still housed after three years, as in Odense (0.8^(1/3) = 0.93).
    pub loss: f64,
    /// Relative standard deviation of supply and inflow between years.
    pub spread: f64,
    /// Years looked ahead.
    pub years: usize,
    /// Simulated futures.
    pub runs: usize,
    /// Their seed.
    pub seed: u64,
    /// Municipalities by anonymous label instead of by code and name.
    pub anonymous: bool,
}

impl Default for HomesSpec {
    fn default() -> Self {
        let limit = |whose: &str, monthly| RentLimit {
            whose: whose.into(),
            monthly,
            source: "our assumption: replace by your own".into(),
        };
        Self {
            legal_share: 0.25,
            shares: vec![0.25, 0.33, 0.5],
            rent_limits: vec![
                limit("18–29, education benefit", 3_500.0),
                limit("30+, cash benefit", 5_000.0),
                limit("disability pension", 6_500.0),
            ],
            suitable: 0.2,
            inflow: 0.15,
            loss: 0.07,
            spread: 0.15,
            years: 50,
            runs: 2000,
            seed: 1,
            anonymous: true,
        }
    }
}

/// Homes at the municipality's disposal, their rents, the wait, and the years
/// until everyone counted is housed.
///
/// Tables, each where its inputs exist: `allotted` (share of vacant dwellings
/// against the legal one), `affordability` (median rent against what people can
/// pay), `waiting` (share placed, dead or still waiting by months since
/// enrolment: Aalen–Johansen) and `forecast` (years by share, with intervals).
///
/// # Errors
/// Whatever reading the tables or the forecast refuses.
pub fn homes(register: &Register, spec: &HomesSpec) -> Result<Findings> {
    let labels = Labels::new(register, spec.anonymous);
    let mut found = Findings::new(|lang| describe(spec, lang));
    if let Some(read) = Read::optional(register, Table::Allocations) {
        let years = by_year(&read)?;
        found = found.with("allotted", allotted(&years, &labels, spec)?);
        if register.frame(Table::Counts).is_some() {
            found = found.with("forecast", forecasts(register, &years, &labels, spec)?);
            found.warn(
                "prognosen bygger på antagelser om tilgang, tab af bolig og egnede boliger; læs \
                 den som et regneeksempel"
                    .into(),
                "the forecast rests on assumptions of inflow, loss of homes and suitable \
                 dwellings; read it as a worked example"
                    .into(),
            );
        }
    }
    if let Some(read) = Read::optional(register, Table::Municipalities)
        && read.has("median_rent")
    {
        found = found.with("affordability", affordability(&read, &labels, spec)?);
    }
    if let Some(waiting) = waiting(register)? {
        found = found.with("waiting", waiting);
    }
    Ok(found)
}

fn describe(spec: &HomesSpec, lang: Lang) -> String {
    let (share, suitable) = (100.0 * spec.legal_share, 100.0 * spec.suitable);
    let (inflow, loss) = (decimal(spec.inflow, 2, lang), 100.0 * spec.loss);
    match lang {
        Lang::Da => format!(
            "Anviste boliger mod {share:.0} % af de ledige (almenboligloven §59). Prognose: \
             {suitable:.0} % af de anviste er til hjemløse og til at betale, {inflow} nye om året \
             pr. talt, {loss:.0} % mister boligen om året; {} simulerede forløb.",
            spec.runs
        ),
        Lang::En => format!(
            "Allotted dwellings against {share:.0} % of the vacant (act on public housing, §59). \
             Forecast: {suitable:.0} % of those allotted go to the homeless at a rent they can pay, \
             {inflow} newcomers a year per person counted, {loss:.0} % lose their home in a \
             year; {} simulated futures.",
            spec.runs
        ),
    }
}

/// Vacant and allotted by municipality and year.
type Supply = BTreeMap<String, BTreeMap<i64, (u64, u64)>>;

fn by_year(read: &Read<'_>) -> Result<Supply> {
    let (codes, years) = (read.text("municipality")?, read.integers("year")?);
    let (vacant, allotted) = (read.integers("vacant")?, read.integers("allocated")?);
    let mut out: Supply = BTreeMap::new();
    for i in 0..read.height() {
        if let (Some(code), Some(year), Some(v), Some(a)) =
            (&codes[i], years[i], vacant[i], allotted[i])
        {
            for name in [ALL, code] {
                let sum = out
                    .entry(name.to_owned())
                    .or_default()
                    .entry(year)
                    .or_default();
                sum.0 += v.max(0) as u64;
                sum.1 += a.max(0) as u64;
            }
        }
    }
    Ok(out)
}

fn ordered<'a, T>(of: &'a BTreeMap<String, T>, labels: &'a Labels) -> Vec<(&'a str, &'a T)> {
    let mut out: Vec<(&str, &T)> = of
        .iter()
        .map(|(code, v)| (if code == ALL { ALL } else { labels.of(code) }, v))
        .collect();
    out.sort_by_key(|(label, _)| (*label != ALL, *label));
    out
}

fn allotted(supply: &Supply, labels: &Labels, spec: &HomesSpec) -> Result<DataFrame> {
    let mut rows = Rows::new(&[
        "municipality",
        "year",
        "vacant",
        "allotted",
        "share",
        "low",
        "high",
        "of_legal",
    ]);
    for (label, years) in ordered(supply, labels) {
        for (year, (vacant, allotted)) in years {
            // Data may allot more than fell vacant in the year; no interval then.
            let limits = (*vacant > 0 && allotted <= vacant)
                .then(|| wilson(*allotted, *vacant, LEVEL))
                .transpose()?;
            let share = *allotted as f64 / *vacant as f64;
            rows.push(row![
                label,
                *year,
                *vacant,
                *allotted,
                share,
                limits.map(|l| l.low),
                limits.map(|l| l.high),
                share / spec.legal_share,
            ]);
        }
    }
    rows.build()
}

fn affordability(read: &Read<'_>, labels: &Labels, spec: &HomesSpec) -> Result<DataFrame> {
    let (codes, years) = (read.text("municipality")?, read.integers("year")?);
    let rents = read.numbers("median_rent")?;
    let mut latest: BTreeMap<String, (i64, f64)> = BTreeMap::new();
    for i in 0..read.height() {
        if let (Some(code), Some(year), Some(rent)) = (&codes[i], years[i], rents[i]) {
            let known = latest.entry(code.clone()).or_insert((year, rent));
            if year >= known.0 {
                *known = (year, rent);
            }
        }
    }
    let mut rows = Rows::new(&[
        "municipality",
        "year",
        "whose",
        "limit",
        "median_rent",
        "affordable",
        "gap",
    ]);
    for (label, (year, rent)) in ordered(&latest, labels) {
        for limit in &spec.rent_limits {
            rows.push(row![
                label,
                *year,
                limit.whose.as_str(),
                limit.monthly,
                *rent,
                *rent <= limit.monthly,
                rent - limit.monthly,
            ]);
        }
    }
    rows.build()
}

/// Months a year has on average, for the grid of waiting times.
const DAYS_A_MONTH: f64 = 365.25 / 12.0;

/// Share placed and dead by months since enrolment. Placement competes with
/// death; emigration and the end of data censor.
fn waiting(register: &Register) -> Result<Option<DataFrame>> {
    let placements = register.placements();
    let people = register.people();
    let stays = register.stays();
    let until = register.observed_until() + 1;
    let (mut duration, mut cause) = (Vec::new(), Vec::new());
    for i in 0..placements.len() {
        let (person, enrolled) = (placements.person[i] as usize, placements.enrolled_on[i]);
        if enrolled == NEVER || enrolled >= until {
            continue;
        }
        let abroad = (stays.offsets[person]..stays.offsets[person + 1])
            .filter(|s| stays.state[*s] == State::Abroad && stays.start[*s] >= enrolled)
            .map(|s| stays.start[s])
            .min()
            .unwrap_or(NEVER);
        let (placed, death) = (placements.placed_on[i], people.death[person]);
        let end = placed.min(death).min(abroad).min(until);
        if end < enrolled {
            continue;
        }
        cause.push(if placed == end {
            1
        } else if death == end {
            2
        } else {
            0
        });
        // A home on the day itself is a wait of half a day, not none at all.
        duration.push((f64::from(end) - f64::from(enrolled)).max(0.5));
    }
    if !cause.contains(&1) {
        return Ok(None);
    }
    let curves = aalen_johansen(
        &duration,
        &cause,
        &SurvivalOptions::default(),
        IncidenceVariance::Aalen,
    )?;
    let mut rows = Rows::new(&[
        "months", "at_risk", "placed", "low", "high", "dead", "waiting",
    ]);
    for month in [0, 1, 2, 3, 6, 9, 12, 18, 24, 36] {
        let day = f64::from(month) * DAYS_A_MONTH;
        let at = curves.time.partition_point(|t| *t <= day);
        let waiting = duration.iter().filter(|d| **d >= day).count();
        let value = |k: usize, of: fn(&boligspor_estimate::IncidenceCurve) -> &Vec<f64>| {
            if at == 0 {
                0.0
            } else {
                curves.causes.get(k).map_or(0.0, |c| of(c)[at - 1])
            }
        };
        let (placed, dead) = (value(0, |c| &c.estimate), value(1, |c| &c.estimate));
        rows.push(row![
            month,
            waiting,
            placed,
            value(0, |c| &c.low),
            value(0, |c| &c.high),
            dead,
            1.0 - placed - dead,
        ]);
        if waiting == 0 {
            break;
        }
    }
    rows.build().map(Some)
}

/// Years until everyone counted is housed, by share of the vacant dwellings.
fn forecasts(
    register: &Register,
    supply: &Supply,
    labels: &Labels,
    spec: &HomesSpec,
) -> Result<DataFrame> {
    let read = Read::needed(register, Table::Counts, "a forecast")?;
    let (codes, years) = (read.text("municipality")?, read.integers("year")?);
    let n = read.integers("n")?;
    let latest = years.iter().flatten().max().copied();
    let mut counted: BTreeMap<String, f64> = BTreeMap::new();
    for i in 0..read.height() {
        if let (Some(code), Some(n)) = (&codes[i], n[i])
            && years[i] == latest
        {
            for name in [ALL, code] {
                *counted.entry(name.to_owned()).or_default() += n as f64;
            }
        }
    }
    let mut rows = Rows::new(&[
        "municipality",
        "share",
        "counted",
        "homes_a_year",
        "median_years",
        "low",
        "high",
        "emptied",
    ]);
    for (label, years) in ordered(supply, labels) {
        let code = supply
            .iter()
            .find(|(_, of)| std::ptr::eq(*of, years))
            .map_or("", |(code, _)| code.as_str());
        let (Some((vacant, _)), Some(&waiting)) = (years.values().next_back(), counted.get(code))
        else {
            continue;
        };
        for &share in &spec.shares {
            let homes = *vacant as f64 * share * spec.suitable;
            let queue = Queue {
                waiting,
                inflow: waiting * spec.inflow,
                supply: homes,
                loss: spec.loss,
                spread: spec.spread,
            };
            let found = forecast(&queue, spec.years, spec.runs, LEVEL, spec.seed)?;
            rows.push(row![
                label,
                share,
                waiting as i64,
                homes,
                found.median,
                found.interval.low,
                found.interval.high,
                found.emptied,
            ]);
        }
    }
    rows.build()
}
