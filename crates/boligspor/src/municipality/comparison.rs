//! Observed against expected by municipality, with what chance allows.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;

use boligspor_estimate::ranks::Rank;
use boligspor_estimate::shrinkage::Shrunk;
use boligspor_estimate::standardise;
use boligspor_estimate::{Interval, wilson};

use super::cost_means;
use super::counts::{Homelessness, Rate};
use super::labels::Labels;
use super::risk::{self, CellCounts};
use super::spec::{CompareSpec, Expected};
use super::standing::Standings;
use super::status::{self, StatusRule};
use crate::LEVEL;
use crate::cohort::Cohort;
use crate::costs::CostSummary;
use crate::error::Result;
use crate::lang::Lang;
use crate::register::Register;
use crate::retention::RetentionSummary;
use crate::tidy::Tidy;

/// Municipalities side by side.
#[derive(Clone, Debug)]
pub struct Comparison {
    spec: CompareSpec,
    cohort: [String; 2],
    table: DataFrame,
    limits: DataFrame,
    counts: Option<DataFrame>,
    trend: Option<DataFrame>,
    more: Vec<(&'static str, DataFrame)>,
    warnings: [Vec<String>; 2],
    pub(super) people: Cohort,
    /// What each municipality's case mix leads to expect, by code.
    pub(super) expected: BTreeMap<String, f64>,
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
    /// | `model_low`, `model_high` | 95 % bootstrap interval of the ratio with the risk model fitted again in each replicate; none from strata, and none where nobody or everybody was lost |
    /// | `crude_ratio` | the same against the whole country's share, nothing adjusted |
    /// | `p_value`, `false_discovery` | exact P value of the ratio; the same with the false discovery rate controlled |
    /// | `shrunk`, `shrunk_low`, `shrunk_high`, `reliability` | the ratio pulled towards the common one as far as it is unreliable |
    /// | `above_1_1` | probability that the true ratio exceeds 1.1 |
    /// | `rank`, `rank_low`, `rank_high`, `rankable` | place, the fewest lost first, with limits that hold for all at once; not rankable where they cover more than half of all places |
    /// | `best_quarter`, `worst_quarter` | probability of being among the quarter with the lowest or highest true ratios |
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

    /// Further tables by name, those that there was something to make from:
    ///
    /// | name | a row is |
    /// |---|---|
    /// | `risk_model` | a term of the risk model: log odds ratio, its error, the ratio and its interval |
    /// | `calibration` | a tenth of people by risk: expected and observed |
    /// | `comparison_costs` | a municipality: mean cost per person in the later period with the pooled error, and shrunken |
    /// | `outcome_by_class` | a class of implementation: observed over expected, its interval clustered by municipality |
    pub fn more(&self) -> impl Iterator<Item = (&'static str, &DataFrame)> {
        self.more.iter().map(|(name, table)| (*name, table))
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
    /// Interval of the ratio with the risk model's uncertainty counted.
    modelled: Option<Interval>,
    /// Its place among those that expect something.
    standing: Option<usize>,
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
    let (cells, mut units) = cells(cohort, spec)?;
    let mut more = Vec::new();
    let mut risk_warnings = Vec::new();
    let chance = match spec.expected {
        Expected::Strata => risk::from_strata(&cells),
        Expected::Model => {
            let seed = spec.costs.seed;
            let risk = risk::from_model(&cells, &spec.case_mix, spec.model_replicates, seed)?;
            risk_warnings = risk.sentences();
            for (code, interval) in &risk.ratios {
                if let Some(unit) = units.get_mut(code) {
                    unit.modelled = Some(*interval);
                }
            }
            more.push(("risk_model", risk.terms));
            more.push(("calibration", risk.calibration));
            risk.chance
        }
    };
    for (cell, chance) in cells.iter().zip(chance) {
        if let Some(unit) = units.get_mut(&cell.municipality) {
            unit.expected += cell.known as f64 * chance;
        }
    }
    let sums = cost_sums(cohort, spec)?;
    if let Some(summary) = &sums {
        let means = cost_means::table(summary, spec.cost_periods.1, &labels)?;
        more.extend(means.map(|t| ("comparison_costs", t)));
    }
    let costs = sums.map(|s| cost_changes(&s, spec)).transpose()?;
    // The counts are public figures: under an anonymous label they would say
    // whose it is, so they stand under their own names, apart from the rest.
    let homelessness = Homelessness::new(register, &Labels::new(register, false))?;
    let warnings = [Lang::Da, Lang::En].map(|lang| {
        let mut out = warnings(&units, spec, lang);
        out.extend(
            risk_warnings
                .iter()
                .map(|w| lang.pick(&w[0], &w[1]).to_owned()),
        );
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
    let expected = units
        .iter()
        .map(|(code, unit)| (code.clone(), unit.expected));
    let expected = expected.collect();
    let (units, standings) = stand(units, &labels, spec)?;
    if let Some(by_class) = by_class(register, &units)? {
        more.push(("outcome_by_class", by_class));
    }
    Ok(Comparison {
        table: table(&units, standings.as_ref(), costs.as_ref(), latest, spec)?,
        limits: limits(&units, standings.as_ref())?,
        more,
        counts: homelessness.as_ref().map(|h| h.counts.clone()),
        trend: homelessness.map(|h| h.trend),
        spec: spec.clone(),
        cohort: [cohort.describe(Lang::Da), cohort.describe(Lang::En)],
        warnings,
        people: cohort.clone(),
        expected,
    })
}

/// Counts by municipality and stratum of the case mix.
fn cells(cohort: &Cohort, spec: &CompareSpec) -> Result<(Vec<CellCounts>, BTreeMap<String, Unit>)> {
    let mut names = vec!["municipality".to_owned()];
    names.extend(spec.case_mix.iter().cloned());
    let summary = RetentionSummary::observe(&cohort.stratified(names)?, &spec.definition)?;
    let horizon = spec
        .definition
        .horizons
        .iter()
        .position(|&h| h == spec.horizon)
        .expect("a validated spec compares one of the horizons");
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    let mut cells = Vec::with_capacity(summary.parts.len());
    for (levels, counts) in &summary.parts {
        let at = &counts.horizons[horizon];
        let unit = units.entry(levels[0].clone()).or_default();
        unit.n += counts.n;
        unit.known += at.known;
        unit.retained += at.retained;
        cells.push(CellCounts {
            municipality: levels[0].clone(),
            mix: levels[1..].to_vec(),
            known: at.known,
            lost: at.known - at.retained,
        });
    }
    Ok((cells, units))
}

/// A difference in mean cost with its interval, where there is one.
type CostChange = (Option<f64>, Option<Interval>);

/// The cost change of each municipality, where the register has costs.
type CostChanges = BTreeMap<String, CostChange>;

fn cost_sums(cohort: &Cohort, spec: &CompareSpec) -> Result<Option<CostSummary>> {
    if !cohort.register().has_costs() {
        return Ok(None);
    }
    CostSummary::observe_totals(&cohort.stratified(["municipality"])?, &spec.costs).map(Some)
}

fn cost_changes(summary: &CostSummary, spec: &CompareSpec) -> Result<CostChanges> {
    let (from, to) = spec.cost_periods;
    summary
        .parts
        .iter()
        .map(|(levels, sums)| Ok((levels[0].clone(), summary.difference(sums, from, to)?)))
        .collect()
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

/// A municipality's label, code and counts, in the order of the labels.
type Labelled = (String, String, Unit);

/// Orders the units by label and holds those that expect something against
/// one another; a unit knows its place among these.
fn stand(
    units: BTreeMap<String, Unit>,
    labels: &Labels,
    spec: &CompareSpec,
) -> Result<(Vec<Labelled>, Option<Standings>)> {
    let mut rows: Vec<Labelled> = units
        .into_iter()
        .map(|(code, unit)| (labels.of(&code).to_owned(), code, unit))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (mut observed, mut expected) = (Vec::new(), Vec::new());
    for (_, _, unit) in &mut rows {
        if unit.expected > 0.0 {
            unit.standing = Some(observed.len());
            observed.push(unit.known - unit.retained);
            expected.push(unit.expected);
        }
    }
    let standings = Standings::new(&observed, &expected, spec.overdispersion)?;
    Ok((rows, standings))
}

/// Observed over expected in each class of implementation.
fn by_class(register: &Register, units: &[Labelled]) -> Result<Option<DataFrame>> {
    let Some(classes) = status::classes(register, &StatusRule::default())? else {
        return Ok(None);
    };
    let groups = units
        .iter()
        .filter_map(|(_, code, u)| Some((*classes.get(code)?, u.known - u.retained, u.expected)));
    status::outcome_by_class(groups).map(Some)
}

fn table(
    rows: &[Labelled],
    standings: Option<&Standings>,
    costs: Option<&CostChanges>,
    latest: Option<&BTreeMap<String, Rate>>,
    spec: &CompareSpec,
) -> Result<DataFrame> {
    let rows: Vec<(&str, &str, &Unit)> = rows
        .iter()
        .map(|(label, code, unit)| (label.as_str(), code.as_str(), unit))
        .collect();
    let float = |f: &dyn Fn(&Unit) -> Option<f64>| -> Vec<Option<f64>> {
        rows.iter().map(|r| f(r.2)).collect()
    };
    let count =
        |f: &dyn Fn(&Unit) -> u64| -> Vec<i64> { rows.iter().map(|r| f(r.2) as i64).collect() };
    // What takes all municipalities to say, of those that expect something.
    let stands = |f: &dyn Fn(&Standings, usize) -> f64| -> Vec<Option<f64>> {
        rows.iter()
            .map(|r| standings.zip(r.2.standing).map(|(s, i)| f(s, i)))
            .map(|v| v.filter(|v| v.is_finite()))
            .collect()
    };
    let place = |f: &dyn Fn(&Rank) -> usize| -> Vec<Option<i64>> {
        rows.iter()
            .map(|r| standings.zip(r.2.standing))
            .map(|of| of.and_then(|(s, i)| Some(f(&s.places.as_ref()?[i]) as i64)))
            .collect()
    };
    let shrunk = |f: &dyn Fn(&Shrunk) -> f64| {
        stands(&|s, i| s.shrunk.as_ref().map_or(f64::NAN, |u| f(&u[i])))
    };
    let (all_known, all_lost) = rows.iter().fold((0, 0), |(k, l), r| {
        (k + r.2.known, l + r.2.known - r.2.retained)
    });
    let crude = all_lost as f64 / all_known.max(1) as f64;
    let mut shares = Vec::new();
    let mut ratios = Vec::new();
    for (_, _, unit) in &rows {
        shares.push(
            (unit.known > 0)
                .then(|| wilson(unit.retained, unit.known, LEVEL))
                .transpose()?,
        );
        let lost = unit.known - unit.retained;
        ratios.push(
            (unit.expected > 0.0)
                .then(|| standardise::ratio(lost, unit.expected, LEVEL))
                .transpose()?,
        );
    }
    let low = |v: &[Option<Interval>]| v.iter().map(|i| i.map(|i| i.low)).collect::<Vec<_>>();
    let high = |v: &[Option<Interval>]| v.iter().map(|i| i.map(|i| i.high)).collect::<Vec<_>>();
    let signals: Vec<Option<&str>> = rows
        .iter()
        .map(|r| standings.zip(r.2.standing).map(|(s, i)| s.signal(i)))
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
        .with("model_low", float(&|u| u.modelled.map(|i| i.low)))
        .with("model_high", float(&|u| u.modelled.map(|i| i.high)))
        .with(
            "crude_ratio",
            float(&|u| {
                let expected = u.known as f64 * crude;
                (expected > 0.0).then(|| (u.known - u.retained) as f64 / expected)
            }),
        )
        .with("low_95", stands(&|s, i| s.limits(i)[0].low))
        .with("high_95", stands(&|s, i| s.limits(i)[0].high))
        .with("low_998", stands(&|s, i| s.limits(i)[1].low))
        .with("high_998", stands(&|s, i| s.limits(i)[1].high))
        .with("signal", signals)
        .with("p_value", stands(&|s, i| s.funnel.units[i].p_value))
        .with(
            "false_discovery",
            stands(&|s, i| s.funnel.units[i].adjusted),
        )
        .with("shrunk", shrunk(&|u| u.estimate))
        .with("shrunk_low", shrunk(&|u| u.interval.low))
        .with("shrunk_high", shrunk(&|u| u.interval.high))
        .with("reliability", shrunk(&|u| u.reliability))
        .with("above_1_1", stands(&|s, i| s.above[i]))
        .with("rank", place(&|r| r.rank))
        .with("rank_low", place(&|r| r.low))
        .with("rank_high", place(&|r| r.high))
        .with(
            "rankable",
            rows.iter()
                .map(|r| standings.zip(r.2.standing))
                .map(|of| of.and_then(|(s, i)| Some(s.places.as_ref()?[i].rankable)))
                .collect::<Vec<Option<bool>>>(),
        )
        .with("best_quarter", stands(&|s, i| s.quarters[i].0))
        .with("worst_quarter", stands(&|s, i| s.quarters[i].1))
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

/// Points on a funnel limit.
const POINTS: usize = 80;

/// The funnel from the smallest to a little past the largest expected number.
fn limits(units: &[Labelled], standings: Option<&Standings>) -> Result<DataFrame> {
    let expected = || units.iter().map(|u| u.2.expected).filter(|e| *e > 0.0);
    let largest = expected().fold(0.0f64, f64::max);
    let smallest = expected().fold(largest, f64::min).max(largest / 1000.0);
    let mut grid = Vec::new();
    if largest > 0.0 {
        // Evenly in the logarithm: the limits bend most where little is expected.
        let (from, to) = ((smallest * 0.8).ln(), (largest * 1.05).ln());
        grid.extend((0..=POINTS).map(|i| (from + (to - from) * i as f64 / POINTS as f64).exp()));
    }
    let mut columns: [Vec<f64>; 4] = Default::default();
    if let Some(standings) = standings {
        for &e in &grid {
            let limits = standings.funnel.limits(e)?;
            let [inner, outer] = [limits[0], limits[1]];
            for (column, value) in columns
                .iter_mut()
                .zip([inner.low, inner.high, outer.low, outer.high])
            {
                column.push(value);
            }
        }
    }
    let [low_95, high_95, low_998, high_998] = columns;
    Tidy::new(&[], &[])
        .with("expected", grid)
        .with("low_95", low_95)
        .with("high_95", high_95)
        .with("low_998", low_998)
        .with("high_998", high_998)
        .build()
}
