//! How far each municipality has put the approach in place.
//!
//! VIVE's evaluation divides municipalities into strong, partial and limited, by
//! preconditions it names but no scoring rule it publishes. Any rule is therefore
//! an operationalisation: this one is data that the user can read and change, its
//! classes come with the reasons for them, and how they move with the thresholds
//! is shown beside.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use boligspor_estimate::kappa::{KappaWeights, weighted_kappa};
use boligspor_estimate::{normal_quantile_two_sided, wilson};

use super::findings::{Findings, Read, Rows, row};
use super::labels::Labels;
use crate::LEVEL;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::register::{Register, Table};

/// How far the approach is in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Few of the preconditions.
    Limited,
    /// Some.
    Partial,
    /// All or nearly.
    Strong,
}

impl Class {
    /// Every class, the strongest first.
    pub const ALL: [Self; 3] = [Self::Strong, Self::Partial, Self::Limited];

    /// The name in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Partial => "partial",
            Self::Limited => "limited",
        }
    }

    /// The share VIVE reports, in words (2016–19 evaluation).
    fn published(self) -> &'static str {
        match self {
            Self::Strong => "about one sixth",
            Self::Partial => "more than half",
            Self::Limited => "the rest",
        }
    }
}

/// From ratings to classes. The default is ours, not VIVE's, which publishes none:
/// homes, support and organisation score 0 to 2 each; strong is 6 of 6, for VIVE
/// calls those strong that meet the three preconditions; limited is 0 or 1, for
/// VIVE's limited have no systematic access to homes and no evidence-based
/// method: none met, and at most one in part. Everyone else is partial.
///
/// ```
/// use boligspor::municipality::StatusRule;
/// let rule = StatusRule::parse("strong_from = 5\nlimited_to = 2")?;
/// assert_eq!(rule.preconditions, ["homes", "support", "organisation"]);
/// # Ok::<(), boligspor::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StatusRule {
    /// The preconditions that count.
    pub preconditions: Vec<String>,
    /// What each rating scores; ratings not named here are not classed.
    pub scores: BTreeMap<String, u32>,
    /// Strong from this total on.
    pub strong_from: u32,
    /// … and no precondition below this score.
    pub strong_least: u32,
    /// Limited up to this total.
    pub limited_to: u32,
    /// Thresholds are moved by up to this much to show the classes' sensitivity.
    pub sensitivity: u32,
    /// Municipalities by anonymous label instead of by code and name.
    pub anonymous: bool,
}

impl Default for StatusRule {
    fn default() -> Self {
        Self {
            preconditions: ["homes", "support", "organisation"].map(Into::into).into(),
            scores: [("not_met", 0), ("partly", 1), ("met", 2)]
                .map(|(rating, score)| (rating.to_owned(), score))
                .into(),
            strong_from: 6,
            strong_least: 1,
            limited_to: 1,
            sensitivity: 1,
            anonymous: true,
        }
    }
}

impl StatusRule {
    /// A rule written as TOML; what is left out is as in the default.
    ///
    /// # Errors
    /// [`Error::Option`] with what is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let rule: Self = toml::from_str(text).map_err(|e| {
            Error::option(
                "status",
                format!("cannot be read: {}", e.message()),
                "its keys are preconditions, scores, strong_from, strong_least, limited_to, \
                 sensitivity, anonymous",
            )
        })?;
        rule.validate()?;
        Ok(rule)
    }

    /// Checks that the thresholds leave room for every class.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self) -> Result<()> {
        if self.preconditions.is_empty() || self.scores.len() < 2 {
            return Err(Error::option(
                "status.preconditions",
                "or `status.scores` leave nothing to class by",
                "name at least one precondition and two ratings",
            ));
        }
        if self.limited_to >= self.strong_from {
            return Err(Error::option(
                "status.limited_to",
                "is not below `strong_from`, so that a total could be both",
                "lower it",
            ));
        }
        Ok(())
    }

    /// The rule in one sentence.
    pub fn describe(&self, lang: Lang) -> String {
        let names = self.preconditions.join(", ");
        let scores: Vec<String> = self
            .scores
            .iter()
            .map(|(rating, score)| format!("{rating} = {score}"))
            .collect();
        let scores = scores.join(", ");
        let (from, least, to) = (self.strong_from, self.strong_least, self.limited_to);
        match lang {
            Lang::Da => format!(
                "Forudsætninger: {names}; point: {scores}. Stærk fra {from} point uden nogen under \
                 {least}; begrænset til og med {to}; ellers delvis. Reglen er vores \
                 operationalisering: VIVE har ikke offentliggjort nogen."
            ),
            Lang::En => format!(
                "Preconditions: {names}; points: {scores}. Strong from {from} points with none \
                 below {least}; limited up to {to}; partial otherwise. The rule is our \
                 operationalisation: VIVE has published none."
            ),
        }
    }

    fn class(&self, scores: &[u32], strong_from: i64, limited_to: i64) -> Class {
        let total = i64::from(scores.iter().sum::<u32>());
        if total >= strong_from && scores.iter().all(|s| *s >= self.strong_least) {
            Class::Strong
        } else if total <= limited_to {
            Class::Limited
        } else {
            Class::Partial
        }
    }
}

/// A municipality's latest rating of each precondition.
#[derive(Clone, Debug, Default)]
struct Rated {
    /// Rating and evidence by precondition.
    ratings: BTreeMap<String, (i64, Option<String>, Option<String>)>,
}

fn ratings(register: &Register, table: Table) -> Result<BTreeMap<String, Rated>> {
    let Some(read) = Read::optional(register, table) else {
        return Ok(BTreeMap::new());
    };
    let (codes, what) = (read.text("municipality")?, read.text("precondition")?);
    let (given, evidence) = (read.text("rating")?, read.text("evidence")?);
    let years = read.integers("year")?;
    let mut out: BTreeMap<String, Rated> = BTreeMap::new();
    for i in 0..read.height() {
        let (Some(code), Some(precondition)) = (&codes[i], &what[i]) else {
            continue;
        };
        let year = years[i].unwrap_or(i64::MIN);
        let rated = out.entry(code.clone()).or_default();
        let newest = rated
            .ratings
            .get(precondition)
            .is_none_or(|(known, _, _)| *known <= year);
        if newest {
            rated.ratings.insert(
                precondition.clone(),
                (year, given[i].clone(), evidence[i].clone()),
            );
        }
    }
    Ok(out)
}

impl Rated {
    fn rating(&self, precondition: &str) -> Option<&str> {
        self.ratings.get(precondition)?.1.as_deref()
    }

    /// Scores in the order of the rule; none where one is missing or unknown.
    fn scores(&self, rule: &StatusRule) -> Option<Vec<u32>> {
        rule.preconditions
            .iter()
            .map(|p| rule.scores.get(self.rating(p)?).copied())
            .collect()
    }
}

/// The class of each municipality by code; none without assessments.
pub(super) fn classes(
    register: &Register,
    rule: &StatusRule,
) -> Result<Option<BTreeMap<String, Class>>> {
    let rated = ratings(register, Table::Assessments)?;
    if rated.is_empty() {
        return Ok(None);
    }
    let class =
        |scores: &[u32]| rule.class(scores, rule.strong_from.into(), rule.limited_to.into());
    Ok(Some(
        rated
            .into_iter()
            .filter_map(|(code, r)| Some((code, class(&r.scores(rule)?))))
            .collect(),
    ))
}

/// Classes municipalities by the assessments of the preconditions.
///
/// Tables: `classes` (label, total, class and reasons), `shares` (of classes,
/// beside VIVE's), `sensitivity` (shares as thresholds move) and, where a second
/// assessor has rated, `agreement` (weighted kappa by precondition and of the
/// classes).
///
/// # Errors
/// [`Error::Missing`] without the table `assessments`, [`Error::Option`] for a
/// rule that contradicts itself.
pub fn implementation(register: &Register, rule: &StatusRule) -> Result<Findings> {
    rule.validate()?;
    Read::needed(register, Table::Assessments, "implementation status")?;
    let rated = ratings(register, Table::Assessments)?;
    let labels = Labels::new(register, rule.anonymous);
    let mut found = Findings::new(|lang| rule.describe(lang));
    let scored: BTreeMap<&str, Vec<u32>> = rated
        .iter()
        .filter_map(|(code, r)| Some((code.as_str(), r.scores(rule)?)))
        .collect();
    let unrated = rated.len() - scored.len();
    if unrated > 0 {
        found.warn(
            format!("{unrated} kommuner mangler en vurdering og er ikke inddelt"),
            format!("{unrated} municipalities lack a rating and are not classed"),
        );
    }
    let class =
        |scores: &[u32]| rule.class(scores, rule.strong_from.into(), rule.limited_to.into());
    let mut listed: Vec<(&str, &str, &Vec<u32>)> = scored
        .iter()
        .map(|(code, scores)| (labels.of(code), *code, scores))
        .collect();
    listed.sort_unstable();
    let mut rows = Rows::new(&["municipality", "total", "class", "reasons", "evidence"]);
    for (label, code, scores) in &listed {
        let given = &rated[*code];
        let reasons: Vec<String> = rule
            .preconditions
            .iter()
            .map(|p| format!("{p}: {}", given.rating(p).unwrap_or("–")))
            .collect();
        let evidence: Vec<&str> = rule
            .preconditions
            .iter()
            .filter_map(|p| given.ratings.get(p)?.2.as_deref())
            .collect();
        rows.push(row![
            *label,
            i64::from(scores.iter().sum::<u32>()),
            class(scores).code(),
            reasons.join("; "),
            // Free text may name the municipality.
            (!rule.anonymous).then(|| evidence.join("; ")),
        ]);
    }
    found = found.with("classes", rows.build()?);
    found = found.with("shares", shares(&scored, class)?);
    found = found.with("sensitivity", sensitivity(&scored, rule)?);
    let second = ratings(register, Table::SecondAssessments)?;
    if !second.is_empty() {
        found = found.with("agreement", agreement(&rated, &second, rule)?);
    }
    Ok(found)
}

fn shares(scored: &BTreeMap<&str, Vec<u32>>, class: impl Fn(&[u32]) -> Class) -> Result<DataFrame> {
    let mut rows = Rows::new(&["class", "municipalities", "share", "low", "high", "vive"]);
    let all = scored.len() as u64;
    for wanted in Class::ALL {
        let n = scored.values().filter(|s| class(s) == wanted).count() as u64;
        let limits = wilson(n, all.max(1), LEVEL)?;
        rows.push(row![
            wanted.code(),
            n,
            n as f64 / all as f64,
            limits.low,
            limits.high,
            wanted.published(),
        ]);
    }
    rows.build()
}

fn sensitivity(scored: &BTreeMap<&str, Vec<u32>>, rule: &StatusRule) -> Result<DataFrame> {
    let mut rows = Rows::new(&[
        "strong_from",
        "limited_to",
        "strong",
        "partial",
        "limited",
        "moved",
    ]);
    let steps = i64::from(rule.sensitivity);
    let own = |scores: &[u32]| rule.class(scores, rule.strong_from.into(), rule.limited_to.into());
    for up in -steps..=steps {
        for down in -steps..=steps {
            let (from, to) = (
                i64::from(rule.strong_from) + up,
                i64::from(rule.limited_to) + down,
            );
            if to >= from || to < 0 {
                continue;
            }
            let classes: Vec<Class> = scored.values().map(|s| rule.class(s, from, to)).collect();
            let count = |c: Class| classes.iter().filter(|k| **k == c).count();
            let moved = scored
                .values()
                .zip(&classes)
                .filter(|(s, c)| own(s) != **c)
                .count();
            rows.push(row![
                from,
                to,
                count(Class::Strong),
                count(Class::Partial),
                count(Class::Limited),
                moved,
            ]);
        }
    }
    rows.build()
}

fn agreement(
    first: &BTreeMap<String, Rated>,
    second: &BTreeMap<String, Rated>,
    rule: &StatusRule,
) -> Result<DataFrame> {
    let mut rows = Rows::new(&[
        "of",
        "n",
        "agreement",
        "by_chance",
        "kappa",
        "std_error",
        "low",
        "high",
    ]);
    let mut add = |of: &str, pairs: &[(u32, u32)], categories: usize| -> Result<()> {
        if pairs.is_empty() {
            return Ok(());
        }
        let (a, b): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
        let k = weighted_kappa(&a, &b, categories, KappaWeights::Linear, LEVEL)?;
        rows.push(row![
            of,
            k.n,
            k.agreement,
            k.by_chance,
            k.kappa,
            k.std_error,
            k.interval.low,
            k.interval.high,
        ]);
        Ok(())
    };
    let both = || {
        first
            .iter()
            .filter_map(|(code, a)| Some((a, second.get(code)?)))
    };
    let categories = rule.scores.values().max().map_or(2, |m| *m as usize + 1);
    for precondition in &rule.preconditions {
        let score = |r: &Rated| rule.scores.get(r.rating(precondition)?).copied();
        let pairs: Vec<(u32, u32)> = both()
            .filter_map(|(a, b)| Some((score(a)?, score(b)?)))
            .collect();
        add(precondition, &pairs, categories)?;
    }
    let class = |r: &Rated| {
        let scores = r.scores(rule)?;
        Some(rule.class(&scores, rule.strong_from.into(), rule.limited_to.into()) as u32)
    };
    let pairs: Vec<(u32, u32)> = both()
        .filter_map(|(a, b)| Some((class(a)?, class(b)?)))
        .collect();
    add("class", &pairs, 3)?;
    rows.build()
}

/// Observed over expected in each class, from each municipality's class, lost
/// and expected. The interval counts that municipalities of one class differ
/// (clustered), on the logarithm; none where a class has one municipality or
/// lost nobody.
pub(super) fn outcome_by_class(
    units: impl Iterator<Item = (Class, u64, f64)>,
) -> Result<DataFrame> {
    let z = normal_quantile_two_sided(LEVEL)?;
    let mut groups: BTreeMap<Class, Vec<(f64, f64)>> = BTreeMap::new();
    for (class, observed, expected) in units {
        groups
            .entry(class)
            .or_default()
            .push((observed as f64, expected));
    }
    let mut rows = Rows::new(&[
        "class",
        "municipalities",
        "observed",
        "expected",
        "ratio",
        "ratio_low",
        "ratio_high",
    ]);
    for (class, units) in groups.iter().rev() {
        let observed: f64 = units.iter().map(|u| u.0).sum();
        let expected: f64 = units.iter().map(|u| u.1).sum();
        let ratio = observed / expected;
        let m = units.len() as f64;
        let squares: f64 = units.iter().map(|(o, e)| (o - ratio * e).powi(2)).sum();
        // Of the logarithm, with the small-sample factor m/(m - 1).
        let error = (squares * m / (m - 1.0)).sqrt() / observed;
        let end = |sign: f64| (ratio.ln() + sign * z * error).exp();
        rows.push(row![
            class.code(),
            units.len(),
            observed as i64,
            expected,
            ratio,
            end(-1.0),
            end(1.0),
        ]);
    }
    rows.build()
}
