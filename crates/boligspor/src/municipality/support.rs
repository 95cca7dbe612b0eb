//! Whether there are hands enough, for the right people, at the right time.
//!
//! A method's caseload limit is part of the method. The limits here are
//! parameters with a mark of where they come from, since the sources give a usual
//! range and not a rule.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use boligspor_estimate::wilson;

use super::findings::{Findings, Read, Rows, row};
use super::labels::Labels;
use crate::LEVEL;
use crate::calendar::{self, Day, NEVER};
use crate::error::Result;
use crate::lang::Lang;
use crate::register::{Register, Table};
use crate::state::State;
use crate::timeline::spans::{Span, merge_gaps};

/// The most citizens a caseworker should support by one method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Norm {
    /// The support method, as in `capacity`.
    pub method: String,
    /// Citizens per full-time caseworker.
    pub citizens: f64,
    /// Where the number comes from.
    pub source: String,
}

/// Who uses shelters how, by a rule on episodes and nights.
///
/// Kuhn & Culhane (1998) find three clusters of users: transitional (few short
/// stays), episodic (many stays) and chronic (few very long ones). Cluster
/// centres differ between places; these thresholds are ours and can be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShelterRule {
    /// Stays with at most so many days between count as one episode.
    pub gap_days: u32,
    /// The years before the end of observation that count.
    pub years: u32,
    /// Chronic from so many nights on.
    pub chronic_nights: i64,
    /// Episodic from so many episodes on, if not chronic.
    pub episodic_episodes: usize,
}

impl Default for ShelterRule {
    fn default() -> Self {
        Self {
            gap_days: 30,
            years: 3,
            chronic_nights: 365,
            episodic_episodes: 4,
        }
    }
}

/// What is asked of the support.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SupportSpec {
    /// Caseload norms by method; methods without one are shown without.
    pub norms: Vec<Norm>,
    /// How shelter users are divided.
    pub shelter: ShelterRule,
    /// The method whose time limit is checked in three phases of three months.
    pub phased_method: String,
    /// Categories of `costs` that are support, for when it starts.
    pub support_categories: Vec<String>,
    /// Municipalities by anonymous label instead of by code and name.
    pub anonymous: bool,
}

impl Default for SupportSpec {
    fn default() -> Self {
        let usual = "about 8–10 a caseworker is usual (recalled, no source; 13–14 is above the \
                     methods' maximum: VIVE 2016–19)";
        let norm = |method: &str, citizens| Norm {
            method: method.into(),
            citizens,
            source: usual.into(),
        };
        Self {
            norms: vec![norm("ACT", 8.0), norm("ICM", 10.0), norm("CTI", 10.0)],
            shelter: ShelterRule::default(),
            phased_method: "CTI".into(),
            support_categories: vec!["support".into()],
            anonymous: true,
        }
    }
}

/// Caseload, reach and timing of the support.
///
/// Tables, each where its inputs exist: `caseload` (by municipality, method and
/// period, against the norm), `above_norm` (months above it), `target_group`
/// (transitional, episodic and chronic shelter users, and how many of each were
/// given a home with support), `phases` (people of the phased method with support
/// in each phase) and `timing` (support started before or after moving in).
///
/// # Errors
/// Whatever reading the tables refuses.
pub fn support(register: &Register, spec: &SupportSpec) -> Result<Findings> {
    let labels = Labels::new(register, spec.anonymous);
    let mut found = Findings::new(|lang| describe(spec, lang));
    if let Some(read) = Read::optional(register, Table::Capacity) {
        let (caseload, above) = caseload(&read, &labels, spec)?;
        found = found.with("caseload", caseload).with("above_norm", above);
    }
    found = found.with("target_group", target_group(register, &spec.shelter)?);
    if let Some(first) = first_support(register, &spec.support_categories) {
        found = found.with("timing", timing(register, &first)?);
        found = found.with("phases", phases(register, spec)?);
    }
    found.warn(
        "normerne og klyngereglen er parametre; deres kilde står i beskrivelsen".into(),
        "the norms and the cluster rule are parameters; the description says where they are from"
            .into(),
    );
    Ok(found)
}

fn describe(spec: &SupportSpec, lang: Lang) -> String {
    let norms: Vec<String> = spec
        .norms
        .iter()
        .map(|n| format!("{} {} ({})", n.method, n.citizens, n.source))
        .collect();
    let norms = norms.join("; ");
    let rule = &spec.shelter;
    match lang {
        Lang::Da => format!(
            "Borgere pr. fuldtidsmedarbejder mod normen: {norms}. Herbergsbrugere i de seneste {} \
             år: kronisk fra {} nætter, ellers episodisk fra {} ophold (højst {} dage imellem er \
             ét), ellers overgangsbruger; inspireret af Kuhn & Culhane (1998), grænserne er vores.",
            rule.years, rule.chronic_nights, rule.episodic_episodes, rule.gap_days
        ),
        Lang::En => format!(
            "Citizens per full-time caseworker against the norm: {norms}. Shelter users in the \
             latest {} years: chronic from {} nights on, else episodic from {} stays on (at most {} \
             days between count as one), else transitional; after Kuhn & Culhane (1998), the \
             thresholds ours.",
            rule.years, rule.chronic_nights, rule.episodic_episodes, rule.gap_days
        ),
    }
}

fn caseload(
    read: &Read<'_>,
    labels: &Labels,
    spec: &SupportSpec,
) -> Result<(DataFrame, DataFrame)> {
    let (codes, years) = (read.text("municipality")?, read.integers("year")?);
    let (months, methods) = (read.integers("month")?, read.text("method")?);
    let (workers, citizens) = (read.numbers("caseworkers")?, read.numbers("citizens")?);
    let mut rows: Vec<(&str, &str, i64, Option<i64>, usize)> = Vec::new();
    for i in 0..read.height() {
        if let (Some(code), Some(method), Some(year)) = (&codes[i], &methods[i], years[i]) {
            rows.push((labels.of(code), method, year, months[i], i));
        }
    }
    rows.sort_unstable();
    let mut out = Rows::new(&[
        "municipality",
        "method",
        "year",
        "month",
        "caseworkers",
        "citizens",
        "caseload",
        "norm",
        "above",
    ]);
    let mut above: BTreeMap<(&str, &str), (i64, i64)> = BTreeMap::new();
    for (label, method, year, month, i) in rows {
        let load = citizens[i]
            .zip(workers[i])
            .filter(|(_, w)| *w > 0.0)
            .map(|(c, w)| c / w);
        let norm = spec
            .norms
            .iter()
            .find(|n| n.method == method)
            .map(|n| n.citizens);
        let over = load.zip(norm).map(|(l, n)| l > n);
        if let Some(over) = over {
            // A row without a month speaks for the whole year.
            let covers = if month.is_some() { 1 } else { 12 };
            let sums = above.entry((label, method)).or_default();
            sums.0 += covers;
            sums.1 += if over { covers } else { 0 };
        }
        out.push(row![
            label,
            method,
            year,
            month,
            workers[i],
            citizens[i],
            load,
            norm,
            over.unwrap_or(false),
        ]);
    }
    let mut months = Rows::new(&["municipality", "method", "months", "above_norm", "share"]);
    for ((label, method), (all, over)) in above {
        months.push(row![label, method, all, over, over as f64 / all as f64]);
    }
    Ok((out.build()?, months.build()?))
}

/// How a person has used shelters.
fn cluster(stays: &[Span], rule: &ShelterRule) -> Option<&'static str> {
    let nights: i64 = stays.iter().map(|s| s.days()).sum();
    if nights == 0 {
        return None;
    }
    let episodes = merge_gaps(stays, rule.gap_days).len();
    Some(if nights >= rule.chronic_nights {
        "chronic"
    } else if episodes >= rule.episodic_episodes {
        "episodic"
    } else {
        "transitional"
    })
}

fn target_group(register: &Register, rule: &ShelterRule) -> Result<DataFrame> {
    let stays = register.stays();
    let until = register.observed_until() + 1;
    let from = calendar::add_months(until, -12 * rule.years as i32);
    let mut placed = vec![false; register.people().len()];
    let placements = register.placements();
    for (person, day) in placements.person.iter().zip(&placements.placed_on) {
        placed[*person as usize] |= *day != NEVER;
    }
    let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (person, placed) in placed.iter().enumerate() {
        let own = stays.offsets[person]..stays.offsets[person + 1];
        let shelter: Vec<Span> = own
            .filter(|i| stays.state[*i] == State::Shelter)
            .map(|i| Span::new(stays.start[i].max(from), stays.end[i].min(until)))
            .filter(|s| s.start < s.end)
            .collect();
        if let Some(cluster) = cluster(&merge_gaps(&shelter, 0), rule) {
            let sum = sums.entry(cluster).or_default();
            sum.0 += 1;
            sum.1 += u64::from(*placed);
        }
    }
    let mut rows = Rows::new(&["cluster", "people", "placed", "share", "low", "high"]);
    for cluster in ["transitional", "episodic", "chronic"] {
        let (people, placed) = sums.get(cluster).copied().unwrap_or_default();
        let limits = (people > 0)
            .then(|| wilson(placed, people, LEVEL))
            .transpose()?;
        rows.push(row![
            cluster,
            people,
            placed,
            limits.map(|_| placed as f64 / people as f64),
            limits.map(|l| l.low),
            limits.map(|l| l.high),
        ]);
    }
    rows.build()
}

/// Support spells of each person, from costs of the given categories; nothing
/// where the register has none.
fn first_support(register: &Register, categories: &[String]) -> Option<Vec<Vec<Span>>> {
    let costs = register.costs()?;
    let wanted: Vec<bool> = costs
        .categories
        .iter()
        .map(|c| categories.contains(c))
        .collect();
    if !wanted.contains(&true) {
        return None;
    }
    let spells = (0..register.people().len())
        .map(|person| {
            let own = costs.offsets[person]..costs.offsets[person + 1];
            let mut spells: Vec<Span> = own
                .filter(|i| wanted[costs.category[*i] as usize])
                .map(|i| Span::new(costs.start[i], costs.end[i]))
                .collect();
            spells.sort_unstable();
            merge_gaps(&spells, 1)
        })
        .collect();
    Some(spells)
}

/// Days from placement to the start of the support nearest it.
fn timing(register: &Register, spells: &[Vec<Span>]) -> Result<DataFrame> {
    let placements = register.placements();
    let mut days: Vec<i64> = Vec::new();
    let mut none = 0_u64;
    for (person, placed) in placements.person.iter().zip(&placements.placed_on) {
        if *placed == NEVER {
            continue;
        }
        // The spell under way at placement, else the first after it.
        match spells[*person as usize].iter().find(|s| s.end > *placed) {
            Some(spell) => days.push(i64::from(spell.start) - i64::from(*placed)),
            None => none += 1,
        }
    }
    days.sort_unstable();
    let all = days.len() as u64 + none;
    let mut rows = Rows::new(&["started", "people", "share", "low", "high", "median_days"]);
    let before = |d: &i64| *d < 0;
    let parts: [(&str, Vec<i64>); 3] = [
        ("before", days.iter().copied().filter(before).collect()),
        (
            "same_day",
            days.iter().copied().filter(|d| *d == 0).collect(),
        ),
        ("after", days.iter().copied().filter(|d| *d > 0).collect()),
    ];
    let mut add = |name: &str, n: u64, median: Option<f64>| -> Result<()> {
        let limits = wilson(n, all.max(1), LEVEL)?;
        rows.push(row![
            name,
            n,
            n as f64 / all.max(1) as f64,
            limits.low,
            limits.high,
            median
        ]);
        Ok(())
    };
    for (name, days) in &parts {
        let median = (!days.is_empty()).then(|| days[days.len() / 2] as f64);
        add(name, days.len() as u64, median)?;
    }
    add("no_support_seen", none, None)?;
    rows.build()
}

/// Of people placed with the phased method and followed through a phase, how
/// many had support in it: three phases of three months, and the three after,
/// in which a time-limited method should have ended.
fn phases(register: &Register, spec: &SupportSpec) -> Result<DataFrame> {
    let placements = register.placements();
    let frame = Read::needed(register, Table::Placements, "phases of support")?;
    let methods = frame.text("support_method")?;
    let spells = first_support(register, &spec.support_categories).unwrap_or_default();
    let until = register.observed_until() + 1;
    let mut sums = [(0_u64, 0_u64); 4];
    for i in 0..placements.len() {
        let (person, placed) = (placements.person[i] as usize, placements.placed_on[i]);
        let method = methods[placements.row[i] as usize].as_deref();
        if placed == NEVER || method != Some(spec.phased_method.as_str()) {
            continue;
        }
        let death = register.people().death[person];
        for (phase, sum) in sums.iter_mut().enumerate() {
            let edge = |k: usize| calendar::add_months(placed, 3 * k as i32);
            let (from, to): (Day, Day) = (edge(phase), edge(phase + 1));
            if to > until || to > death {
                continue;
            }
            sum.0 += 1;
            sum.1 += u64::from(spells[person].iter().any(|s| s.start < to && s.end > from));
        }
    }
    let mut rows = Rows::new(&[
        "phase",
        "months",
        "people",
        "supported",
        "share",
        "low",
        "high",
    ]);
    for ((people, supported), (phase, months)) in
        sums.into_iter()
            .zip([("1", "0–3"), ("2", "3–6"), ("3", "6–9"), ("after", "9–12")])
    {
        let limits = (people > 0)
            .then(|| wilson(supported, people, LEVEL))
            .transpose()?;
        rows.push(row![
            phase,
            months,
            people,
            supported,
            limits.map(|_| supported as f64 / people as f64),
            limits.map(|l| l.low),
            limits.map(|l| l.high),
        ]);
    }
    rows.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_follow_nights_first_and_episodes_next() {
        let rule = ShelterRule::default();
        let night = |from: Day, n: Day| Span::new(from, from + n);
        assert_eq!(cluster(&[], &rule), None);
        assert_eq!(cluster(&[night(0, 400)], &rule), Some("chronic"));
        let many: Vec<Span> = (0..4).map(|i| night(i * 60, 5)).collect();
        assert_eq!(cluster(&many, &rule), Some("episodic"));
        // The same nights within a month of one another are one episode.
        let close: Vec<Span> = (0..4).map(|i| night(i * 20, 5)).collect();
        assert_eq!(cluster(&close, &rule), Some("transitional"));
    }
}
