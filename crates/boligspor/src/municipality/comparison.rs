//! Observed against expected by municipality, with what chance allows.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;

use boligspor_estimate::funnel::poisson_limits;
use boligspor_estimate::standardise;
use boligspor_estimate::{Interval, wilson};

use super::counts::{Homelessness, Rate};
use super::labels::Labels;
use super::spec::CompareSpec;
use crate::LEVEL;
use crate::cohort::Cohort;
use crate::costs::CostSummary;
use crate::error::Result;
use crate::lang::Lang;
use crate::retention::RetentionSummary;
use crate::tidy::Tidy;

/// The level of the outer funnel limits.
const ACT: f64 = 0.998;

/// Municipalities side by side.
#[derive(Clone, Debug)]
pub struct Comparison {
    spec: CompareSpec,
    cohort: [String; 2],
    table: DataFrame,
    limits: DataFrame,
    counts: Option<DataFrame>,
    trend: Option<DataFrame>,
    warnings: [Vec<String>; 2],
}

impl Comparison {
    /// What was asked for.
    pub fn spec(&self) -> &CompareSpec {
        &self.spec
    }

    /// Comparison, definition and cohort in words.
    pub fn describe(&self, lang: Lang) -> String {
        let cohort = &self.cohort[usize::from(lang == Lang::En)];
        format!(
            "{} {} {cohort}",
            self.spec.describe(lang),
            self.spec.definition.describe(lang)
        )
    }

    /// One row a municipality, in the order of their labels.
    ///
    /// | column | is |
    /// |---|---|
    /// | `n` | members |
    /// | `at_risk`, `retained`, `share`, `low`, `high` | whose status at the horizon is known, the retained of these, crude share with Wilson's 95 % interval |
    /// | `observed`, `expected`, `ratio`, `ratio_low`, `ratio_high` | not retained, against the number its case mix leads to expect; exact Poisson limits |
    /// | `low_95`, `high_95`, `low_998`, `high_998` | funnel limits of the ratio at that expected number |
    /// | `signal` | `inside`, `look` (outside 95 %) or `act` (outside 99.8 %) |
    /// | `small` | fewer people than the spec asks |
    /// | `cost_change`, `cost_low`, `cost_high` | change per person-year between the cost periods, with its bootstrap interval |
    /// | `homeless_year`, `homeless_per_1000`, `homeless_low`, `homeless_high` | latest count per 1,000 inhabitants; not where labels are anonymous, since the counts are public and would name them |
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// The funnel: limits of observed/expected over a grid of expected numbers.
    pub fn limits(&self) -> &DataFrame {
        &self.limits
    }

    /// Homelessness per 1,000 inhabitants by municipality and year, the whole
    /// (`all`) first, always by name; none where the register has no counts.
    pub fn counts(&self) -> Option<&DataFrame> {
        self.counts.as_ref()
    }

    /// The latest rate of homelessness over the first, by municipality.
    pub fn trend(&self) -> Option<&DataFrame> {
        self.trend.as_ref()
    }

    /// What a reader must know before using the numbers.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// What is known of one municipality before it becomes a row.
#[derive(Clone, Debug, Default)]
struct Unit {
    n: u64,
    known: u64,
    retained: u64,
    expected: f64,
}

/// Compares the municipalities of a cohort.
///
/// # Errors
/// [`Error::Option`](crate::Error::Option) for a spec that contradicts itself or
/// names an unknown column, and whatever the analyses it rests on refuse.
pub fn compare(cohort: &Cohort, spec: &CompareSpec) -> Result<Comparison> {
    spec.validate()?;
    let register = cohort.register();
    let labels = Labels::new(register, spec.anonymous);
    let units = units(cohort, spec)?;
    let costs = cost_changes(cohort, spec)?;
    // The counts are public figures: under an anonymous label they would say
    // whose it is, so they stand under their own names, apart from the rest.
    let homelessness = Homelessness::new(register, &Labels::new(register, false))?;
    let warnings = [Lang::Da, Lang::En].map(|lang| {
        let mut out = warnings(&units, spec, lang);
        if costs.is_some() {
            out.push(crate::costs::regression_to_the_mean(lang).to_owned());
        }
        out.extend(homelessness.as_ref().and_then(|h| h.warning(lang)));
        out
    });
    let latest = homelessness
        .as_ref()
        .filter(|_| !spec.anonymous)
        .map(|h| &h.latest);
    Ok(Comparison {
        table: table(&units, &labels, costs.as_ref(), latest, spec)?,
        limits: limits(&units)?,
        counts: homelessness.as_ref().map(|h| h.counts.clone()),
        trend: homelessness.map(|h| h.trend),
        spec: spec.clone(),
        cohort: [cohort.describe(Lang::Da), cohort.describe(Lang::En)],
        warnings,
    })
}

/// Counts by municipality, and the expected from everyone's rates in the strata.
fn units(cohort: &Cohort, spec: &CompareSpec) -> Result<BTreeMap<String, Unit>> {
    let mut names = vec!["municipality".to_owned()];
    names.extend(spec.case_mix.iter().cloned());
    let summary = RetentionSummary::observe(&cohort.stratified(names)?, &spec.definition)?;
    let horizon = spec
        .definition
        .horizons
        .iter()
        .position(|&h| h == spec.horizon)
        .expect("a validated spec compares one of the horizons");
    // By stratum of the case mix: people whose status is known, and the lost.
    let mut reference: BTreeMap<&[String], (u64, u64)> = BTreeMap::new();
    for (levels, counts) in &summary.parts {
        let at = &counts.horizons[horizon];
        let sums = reference.entry(&levels[1..]).or_default();
        sums.0 += at.known;
        sums.1 += at.known - at.retained;
    }
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    for (levels, counts) in &summary.parts {
        let at = &counts.horizons[horizon];
        let (known, lost) = reference[&levels[1..]];
        let unit = units.entry(levels[0].clone()).or_default();
        unit.n += counts.n;
        unit.known += at.known;
        unit.retained += at.retained;
        if at.known > 0 {
            unit.expected += at.known as f64 * (lost as f64 / known as f64);
        }
    }
    Ok(units)
}

/// A difference in mean cost with its interval, where there is one.
type CostChange = (Option<f64>, Option<Interval>);

/// The cost change of each municipality, where the register has costs.
type CostChanges = BTreeMap<String, CostChange>;

fn cost_changes(cohort: &Cohort, spec: &CompareSpec) -> Result<Option<CostChanges>> {
    if !cohort.register().has_costs() {
        return Ok(None);
    }
    let summary = CostSummary::observe(&cohort.stratified(["municipality"])?, &spec.costs)?;
    let (from, to) = spec.cost_periods;
    summary
        .parts
        .iter()
        .map(|(levels, sums)| Ok((levels[0].clone(), summary.difference(sums, from, to)?)))
        .collect::<Result<_>>()
        .map(Some)
}

fn warnings(units: &BTreeMap<String, Unit>, spec: &CompareSpec, lang: Lang) -> Vec<String> {
    let mut out = Vec::new();
    let all = units.len();
    let few = spec.small;
    let small = units.values().filter(|u| u.n < u64::from(few)).count();
    if small > 0 {
        out.push(match lang {
            Lang::Da => format!(
                "{small} af {all} kommuner har under {few} personer: læs deres interval, ikke \
                 deres tal"
            ),
            Lang::En => format!(
                "{small} of {all} municipalities have fewer than {few} people: read their \
                 interval, not their figure"
            ),
        });
    }
    let (known, n) = units
        .values()
        .fold((0, 0), |(k, n), u| (k + u.known, n + u.n));
    if known < n {
        let left_out = n - known;
        out.push(match lang {
            Lang::Da => format!(
                "{left_out} af {n} personer er ikke med, fordi deres status på tidspunktet ikke \
                 kendes, eller de er udgået"
            ),
            Lang::En => format!(
                "{left_out} of {n} people are left out, since their status at the horizon is not \
                 known or they have left the count"
            ),
        });
    }
    out
}

fn table(
    units: &BTreeMap<String, Unit>,
    labels: &Labels,
    costs: Option<&CostChanges>,
    latest: Option<&BTreeMap<String, Rate>>,
    spec: &CompareSpec,
) -> Result<DataFrame> {
    let mut rows: Vec<(&str, &str, &Unit)> = units
        .iter()
        .map(|(code, unit)| (labels.of(code), code.as_str(), unit))
        .collect();
    rows.sort_by_key(|r| r.0);
    let float = |f: &dyn Fn(&Unit) -> Option<f64>| -> Vec<Option<f64>> {
        rows.iter().map(|r| f(r.2)).collect()
    };
    let count =
        |f: &dyn Fn(&Unit) -> u64| -> Vec<i64> { rows.iter().map(|r| f(r.2) as i64).collect() };
    let mut shares = Vec::new();
    let mut ratios = Vec::new();
    let mut inner = Vec::new();
    let mut outer = Vec::new();
    for (_, _, unit) in &rows {
        shares.push(
            (unit.known > 0)
                .then(|| wilson(unit.retained, unit.known, LEVEL))
                .transpose()?,
        );
        let expected = unit.expected > 0.0;
        let lost = unit.known - unit.retained;
        ratios.push(
            expected
                .then(|| standardise::ratio(lost, unit.expected, LEVEL))
                .transpose()?,
        );
        inner.push(
            expected
                .then(|| poisson_limits(unit.expected, LEVEL))
                .transpose()?,
        );
        outer.push(
            expected
                .then(|| poisson_limits(unit.expected, ACT))
                .transpose()?,
        );
    }
    let low = |v: &[Option<Interval>]| v.iter().map(|i| i.map(|i| i.low)).collect::<Vec<_>>();
    let high = |v: &[Option<Interval>]| v.iter().map(|i| i.map(|i| i.high)).collect::<Vec<_>>();
    let signals: Vec<Option<&str>> = ratios
        .iter()
        .zip(inner.iter().zip(&outer))
        .map(|(ratio, limits)| Some(signal(ratio.as_ref()?.ratio, (*limits.0)?, (*limits.1)?)))
        .collect();
    let cost = |f: &dyn Fn(&CostChange) -> Option<f64>| -> Vec<Option<f64>> {
        rows.iter()
            .map(|r| costs.and_then(|c| c.get(r.1)).and_then(f))
            .collect()
    };
    let mut tidy = Tidy::new(&[], &[])
        .with("municipality", rows.iter().map(|r| r.0).collect::<Vec<_>>())
        .with("n", count(&|u| u.n))
        .with("at_risk", count(&|u| u.known))
        .with("retained", count(&|u| u.retained))
        .with(
            "share",
            float(&|u| (u.known > 0).then(|| u.retained as f64 / u.known as f64)),
        )
        .with("low", low(&shares))
        .with("high", high(&shares))
        .with("observed", count(&|u| u.known - u.retained))
        .with("expected", float(&|u| Some(u.expected)))
        .with(
            "ratio",
            ratios
                .iter()
                .map(|r| r.map(|r| r.ratio))
                .collect::<Vec<_>>(),
        )
        .with(
            "ratio_low",
            ratios.iter().map(|r| r.map(|r| r.low)).collect::<Vec<_>>(),
        )
        .with(
            "ratio_high",
            ratios.iter().map(|r| r.map(|r| r.high)).collect::<Vec<_>>(),
        )
        .with("low_95", low(&inner))
        .with("high_95", high(&inner))
        .with("low_998", low(&outer))
        .with("high_998", high(&outer))
        .with("signal", signals)
        .with(
            "small",
            rows.iter()
                .map(|r| r.2.n < u64::from(spec.small))
                .collect::<Vec<bool>>(),
        );
    if costs.is_some() {
        tidy = tidy
            .with("cost_change", cost(&|c| c.0))
            .with("cost_low", cost(&|c| c.1.map(|i| i.low)))
            .with("cost_high", cost(&|c| c.1.map(|i| i.high)));
    }
    if let Some(latest) = latest {
        let rate = |f: &dyn Fn(&Rate) -> f64| -> Vec<Option<f64>> {
            rows.iter().map(|r| latest.get(r.1).map(f)).collect()
        };
        tidy = tidy
            .with(
                "homeless_year",
                rows.iter()
                    .map(|r| latest.get(r.1).map(|l| l.year))
                    .collect::<Vec<Option<i32>>>(),
            )
            .with("homeless_per_1000", rate(&|l| l.per_1000))
            .with("homeless_low", rate(&|l| l.low))
            .with("homeless_high", rate(&|l| l.high));
    }
    tidy.build()
}

fn signal(ratio: f64, inner: Interval, outer: Interval) -> &'static str {
    if ratio < outer.low || ratio > outer.high {
        "act"
    } else if ratio < inner.low || ratio > inner.high {
        "look"
    } else {
        "inside"
    }
}

/// Points on a funnel limit.
const POINTS: usize = 80;

/// The funnel from the smallest to a little past the largest expected number.
fn limits(units: &BTreeMap<String, Unit>) -> Result<DataFrame> {
    let expected = || units.values().map(|u| u.expected).filter(|e| *e > 0.0);
    let largest = expected().fold(0.0f64, f64::max);
    let smallest = expected().fold(largest, f64::min).max(largest / 1000.0);
    let mut grid = Vec::new();
    if largest > 0.0 {
        // Evenly in the logarithm: the limits bend most where little is expected.
        let (from, to) = ((smallest * 0.8).ln(), (largest * 1.05).ln());
        grid.extend((0..=POINTS).map(|i| (from + (to - from) * i as f64 / POINTS as f64).exp()));
    }
    let at = |level: f64| -> Result<Vec<Interval>> {
        grid.iter()
            .map(|&e| Ok(poisson_limits(e, level)?))
            .collect()
    };
    let (inner, outer) = (at(LEVEL)?, at(ACT)?);
    Tidy::new(&[], &[])
        .with("expected", grid)
        .with("low_95", inner.iter().map(|i| i.low).collect::<Vec<_>>())
        .with("high_95", inner.iter().map(|i| i.high).collect::<Vec<_>>())
        .with("low_998", outer.iter().map(|i| i.low).collect::<Vec<_>>())
        .with("high_998", outer.iter().map(|i| i.high).collect::<Vec<_>>())
        .build()
}
