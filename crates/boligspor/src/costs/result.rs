//! From sums to means with intervals, and the contrasts between periods.

use polars::prelude::DataFrame;

use boligspor_estimate::{Interval, normal_quantile_two_sided, percentile_interval};

use super::spec::CostSpec;
use super::summary::{CellSums, CostSummary, PeriodSums, PriceYear, StratumSums};
use crate::LEVEL;
use crate::cohort::{ALL, Cohort};
use crate::error::Result;
use crate::lang::Lang;
use crate::tidy::Tidy;

/// Days in a person-year.
const YEAR: f64 = 365.25;
/// Øre in a krone, cents in a dollar.
pub(super) const UNIT: f64 = 100.0;

/// What people cost by relative period, category and payer.
#[derive(Clone, Debug)]
pub struct CostTrajectory {
    spec: CostSpec,
    cohort: [String; 2],
    /// Whose sums these are; nobody's where sums were merged.
    pub(super) people: Option<Cohort>,
    table: DataFrame,
    contrasts: DataFrame,
    price_years: DataFrame,
    warnings: [Vec<String>; 2],
}

impl CostTrajectory {
    /// What was asked for.
    pub fn spec(&self) -> &CostSpec {
        &self.spec
    }

    /// Trajectory and cohort in words, to stand under every table and chart.
    pub fn describe(&self, lang: Lang) -> String {
        let cohort = &self.cohort[usize::from(lang == Lang::En)];
        format!("{} {cohort}", self.spec.describe(lang))
    }

    /// One row a stratum, period, category and payer; `all` is the sum.
    ///
    /// | column | is |
    /// |---|---|
    /// | `period` | relative period, 0 the placement year |
    /// | `total` | currency units spent on observed days |
    /// | `persons`, `person_years` | people with an observed day, and their observed time |
    /// | `mean_per_person` | `total / persons` |
    /// | `mean_per_person_year` | `total / person_years` |
    /// | `low`, `high` | 95 % percentile bootstrap interval of the latter, by person |
    /// | `low_normal`, `high_normal` | the same by linearised normal approximation |
    /// | `share_any` | share of `persons` with any such cost |
    pub fn table(&self) -> &DataFrame {
        &self.table
    }

    /// Differences in mean per person-year between periods, by category: every
    /// period against the placement year (0), and the one after it (1) against
    /// the one before (-1). The interval is from the same bootstrap, in which
    /// a person's weight is the same in both periods.
    pub fn contrasts(&self) -> &DataFrame {
        &self.contrasts
    }

    /// Where the money comes from: one row a category and price year.
    ///
    /// | column | is |
    /// |---|---|
    /// | `category` | the cost category |
    /// | `price_year` | the year whose prices the amounts were in |
    /// | `base_year` | the year whose prices the result is in; null: each amount's own |
    /// | `factor` | what the amounts were multiplied by |
    /// | `total` | currency units on observed days, in the prices of the result |
    pub fn price_years(&self) -> &DataFrame {
        &self.price_years
    }

    /// What a reader must know before using the numbers, the warning on
    /// regression to the mean first.
    pub fn warnings(&self, lang: Lang) -> &[String] {
        &self.warnings[usize::from(lang == Lang::En)]
    }
}

/// The plain warning on every before/after without a comparison group.
pub fn regression_to_the_mean(lang: Lang) -> &'static str {
    lang.pick(
        "Før/efter uden sammenligningsgruppe: placeringen følger ofte efter et år med usædvanligt \
         høje udgifter, og en del af faldet bagefter ville være kommet alligevel (regression mod \
         gennemsnittet). Forskellen er ikke en effekt.",
        "Before/after without a comparison group: placement tends to follow a year of unusually \
         high costs, and part of the fall after it would have come anyway (regression to the \
         mean). The difference is not an effect.",
    )
}

/// Observes a cohort's costs and estimates their trajectory.
///
/// # Errors
/// As [`CostSummary::observe`].
pub fn trajectory(cohort: &Cohort, spec: &CostSpec) -> Result<CostTrajectory> {
    let mut trajectory = CostSummary::observe(cohort, spec)?.estimate()?;
    trajectory.cohort = [cohort.describe(Lang::Da), cohort.describe(Lang::En)];
    trajectory.people = Some(cohort.clone());
    Ok(trajectory)
}

impl CostSummary {
    /// The estimates of these sums.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) where a stratum has the name of a result column.
    pub fn estimate(&self) -> Result<CostTrajectory> {
        Ok(CostTrajectory {
            spec: self.spec.clone(),
            cohort: [String::new(), String::new()],
            people: None,
            table: self.table()?,
            contrasts: self.contrasts()?,
            price_years: self.price_years()?,
            warnings: [Lang::Da, Lang::En].map(|lang| self.warnings(lang)),
        })
    }

    pub(super) fn strata(&self) -> Vec<(Vec<String>, &StratumSums)> {
        let all = vec![ALL.to_owned(); self.strata.len()];
        std::iter::once((all, &self.whole))
            .chain(
                self.parts
                    .iter()
                    .map(|(levels, sums)| (levels.clone(), sums)),
            )
            .collect()
    }

    fn table(&self) -> Result<DataFrame> {
        let strata = self.strata();
        let (categories, payers) = (self.shape.categories.len(), self.shape.payers.len());
        let mut rows = Vec::new();
        for (levels, sums) in &strata {
            for p in 0..self.shape.periods {
                for c in (0..=categories).rev() {
                    for y in (0..=payers).rev() {
                        let cell = &sums.cells[self.shape.cell(p, c, y)];
                        let bootstrap = self.interval(&self.replicate_means(sums, p, c, y))?;
                        rows.push(Row {
                            levels,
                            period: self.spec.first + p as i32,
                            category: self.shape.categories.get(c).map_or(ALL, |s| s),
                            payer: self.shape.payers.get(y).map_or(ALL, |s| s),
                            cell,
                            of: &sums.periods[p],
                            normal: normal_interval(cell, &sums.periods[p]),
                            bootstrap,
                        });
                    }
                }
            }
        }
        let levels: Vec<&[String]> = rows.iter().map(|r| r.levels).collect();
        let float =
            |f: &dyn Fn(&Row) -> Option<f64>| -> Vec<Option<f64>> { rows.iter().map(f).collect() };
        Tidy::new(&self.strata, &levels)
            .with("period", rows.iter().map(|r| r.period).collect::<Vec<_>>())
            .with(
                "category",
                rows.iter().map(|r| r.category).collect::<Vec<_>>(),
            )
            .with("payer", rows.iter().map(|r| r.payer).collect::<Vec<_>>())
            .with("total", float(&|r| Some(r.cell.total as f64 / UNIT)))
            .with(
                "persons",
                rows.iter().map(|r| r.of.persons as i64).collect::<Vec<_>>(),
            )
            .with("person_years", float(&|r| Some(r.of.days as f64 / YEAR)))
            .with(
                "mean_per_person",
                float(&|r| {
                    (r.of.persons > 0).then(|| r.cell.total as f64 / UNIT / r.of.persons as f64)
                }),
            )
            .with(
                "mean_per_person_year",
                float(&|r| mean(r.cell.total, r.of.days as i128)),
            )
            .with("low", float(&|r| r.bootstrap.map(|i| i.low)))
            .with("high", float(&|r| r.bootstrap.map(|i| i.high)))
            .with("low_normal", float(&|r| r.normal.map(|i| i.low)))
            .with("high_normal", float(&|r| r.normal.map(|i| i.high)))
            .with(
                "share_any",
                float(&|r| (r.of.persons > 0).then(|| r.cell.any as f64 / r.of.persons as f64)),
            )
            .build()
    }

    fn price_years(&self) -> Result<DataFrame> {
        let rows = &self.whole.price_years;
        let none: Vec<&[String]> = vec![&[]; rows.len()];
        let names = &self.shape.categories;
        let column = |f: &dyn Fn(&PriceYear) -> f64| rows.iter().map(f).collect::<Vec<_>>();
        Tidy::new(&[], &none)
            .with(
                "category",
                rows.iter()
                    .map(|r| names[r.category].as_str())
                    .collect::<Vec<_>>(),
            )
            .with(
                "price_year",
                rows.iter().map(|r| r.year).collect::<Vec<_>>(),
            )
            .with("base_year", vec![self.spec.price_base; rows.len()])
            .with("factor", column(&|r| r.factor))
            .with("total", column(&|r| r.total as f64 / UNIT))
            .build()
    }

    fn contrasts(&self) -> Result<DataFrame> {
        let strata = self.strata();
        let index = |period: i32| -> Option<usize> {
            (self.spec.first..=self.spec.last)
                .contains(&period)
                .then(|| (period - self.spec.first) as usize)
        };
        let mut pairs: Vec<(i32, i32)> = (self.spec.first..=self.spec.last)
            .filter(|&k| k != 0)
            .map(|k| (0, k))
            .collect();
        pairs.push((-1, 1));
        let payers = self.shape.payers.len();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut from, mut to, mut category) = (Vec::new(), Vec::new(), Vec::new());
        let (mut difference, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
        let (mut persons_from, mut persons_to) = (Vec::new(), Vec::new());
        for (l, sums) in &strata {
            for &(a, b) in &pairs {
                let (Some(pa), Some(pb)) = (index(a), index(b)) else {
                    continue;
                };
                for c in (0..=self.shape.categories.len()).rev() {
                    let at = |p: usize| {
                        let cell = &sums.cells[self.shape.cell(p, c, payers)];
                        mean(cell.total, i128::from(sums.periods[p].days))
                    };
                    let replicates: Vec<f64> = self
                        .replicate_means(sums, pa, c, payers)
                        .iter()
                        .zip(self.replicate_means(sums, pb, c, payers))
                        .map(|(a, b)| b - a)
                        .collect();
                    let interval = self.interval(&replicates)?;
                    levels.push(l);
                    from.push(a);
                    to.push(b);
                    category.push(self.shape.categories.get(c).map_or(ALL, |s| s.as_str()));
                    difference.push(at(pa).zip(at(pb)).map(|(a, b)| b - a));
                    low.push(interval.map(|i| i.low));
                    high.push(interval.map(|i| i.high));
                    persons_from.push(sums.periods[pa].persons as i64);
                    persons_to.push(sums.periods[pb].persons as i64);
                }
            }
        }
        Tidy::new(&self.strata, &levels)
            .with("from_period", from)
            .with("to_period", to)
            .with("category", category)
            .with("difference_per_person_year", difference)
            .with("low", low)
            .with("high", high)
            .with("persons_from", persons_from)
            .with("persons_to", persons_to)
            .build()
    }

    /// The difference in mean cost per person-year, all categories and payers,
    /// between two relative periods of one stratum, with its bootstrap interval.
    pub(crate) fn difference(
        &self,
        sums: &StratumSums,
        from: i32,
        to: i32,
    ) -> Result<(Option<f64>, Option<Interval>)> {
        let (categories, payers) = (self.shape.categories.len(), self.shape.payers.len());
        let index = |period: i32| (period - self.spec.first) as usize;
        let at = |p: usize| {
            let cell = &sums.cells[self.shape.cell(p, categories, payers)];
            mean(cell.total, i128::from(sums.periods[p].days))
        };
        let replicates: Vec<f64> = self
            .replicate_means(sums, index(from), categories, payers)
            .iter()
            .zip(self.replicate_means(sums, index(to), categories, payers))
            .map(|(a, b)| b - a)
            .collect();
        let difference = at(index(from)).zip(at(index(to))).map(|(a, b)| b - a);
        Ok((difference, self.interval(&replicates)?))
    }

    /// The mean per person-year in every replicate that has observed time.
    pub(super) fn replicate_means(
        &self,
        sums: &StratumSums,
        period: usize,
        category: usize,
        payer: usize,
    ) -> Vec<f64> {
        let shape = &self.shape;
        let n = shape.replicates;
        let range = |i: usize, all: usize| if i == all { 0..all } else { i..i + 1 };
        let mut total = vec![0i128; n];
        for c in range(category, shape.categories.len()) {
            for y in range(payer, shape.payers.len()) {
                let leaf = &sums.replicates[shape.leaf(period, c, y) * n..][..n];
                total
                    .iter_mut()
                    .zip(leaf)
                    .for_each(|(t, &v)| *t += i128::from(v));
            }
        }
        let days = &sums.replicate_days[period * n..][..n];
        total
            .into_iter()
            .zip(days)
            .map(|(t, &d)| mean(t, i128::from(d)).unwrap_or(f64::NAN))
            .collect()
    }

    /// The percentile interval, or none where there are too few replicates
    /// with observed time to carry one.
    pub(super) fn interval(&self, replicates: &[f64]) -> Result<Option<Interval>> {
        let mut usable: Vec<f64> = replicates
            .iter()
            .copied()
            .filter(|v| v.is_finite())
            .collect();
        // Half of the replicates without anyone means almost no one to resample.
        if usable.len() < 40 || usable.len() * 2 < self.shape.replicates {
            return Ok(None);
        }
        Ok(Some(percentile_interval(&mut usable, LEVEL)?))
    }

    fn warnings(&self, lang: Lang) -> Vec<String> {
        let mut out = vec![regression_to_the_mean(lang).to_owned()];
        let periods = &self.whole.periods;
        let zero = periods[(-self.spec.first) as usize].persons;
        for (p, sums) in periods.iter().enumerate() {
            let period = self.spec.first + p as i32;
            let persons = sums.persons;
            if persons == 0 {
                out.push(match lang {
                    Lang::Da => format!("ingen observeres i periode {period}"),
                    Lang::En => format!("nobody is observed in period {period}"),
                });
            } else if persons * 5 < zero * 4 {
                out.push(match lang {
                    Lang::Da => format!(
                        "periode {period} hviler på {persons} af de {zero} personer i periode 0: \
                         gennemsnittene sammenligner forskellige mennesker"
                    ),
                    Lang::En => format!(
                        "period {period} rests on {persons} of the {zero} people in period 0: the \
                         means compare different people"
                    ),
                });
            }
        }
        let spent: i128 = (0..self.shape.periods)
            .map(|p| {
                let all = self
                    .shape
                    .cell(p, self.shape.categories.len(), self.shape.payers.len());
                self.whole.cells[all].total
            })
            .sum();
        let left_out = self.whole.unexposed;
        if left_out.abs() * 100 > spent.abs() {
            let share = 100.0 * left_out as f64 / (spent + left_out) as f64;
            out.push(match lang {
                Lang::Da => format!(
                    "{share:.1} % af beløbene falder på dage, hvor personen er død, i udlandet \
                     eller ikke observeret, og er udeladt"
                )
                .replacen('.', ",", 1),
                Lang::En => format!(
                    "{share:.1} % of the amounts fall on days when the person is dead, abroad or \
                     not observed, and are left out"
                ),
            });
        }
        out
    }
}

/// A row of the table before it is one.
struct Row<'a> {
    levels: &'a [String],
    period: i32,
    category: &'a str,
    payer: &'a str,
    cell: &'a CellSums,
    of: &'a PeriodSums,
    normal: Option<Interval>,
    bootstrap: Option<Interval>,
}

/// Currency units a person-year.
pub(super) fn mean(ore: i128, days: i128) -> Option<f64> {
    (days > 0).then(|| ore as f64 / UNIT / (days as f64 / YEAR))
}

/// The normal interval of a ratio of sums over persons, by linearisation
/// (Cochran, *Sampling Techniques*, 1977, §6.4). None for fewer than two persons.
fn normal_interval(cell: &CellSums, period: &PeriodSums) -> Option<Interval> {
    let mean = mean(cell.total, i128::from(period.days))?;
    if period.persons < 2 {
        return None;
    }
    let (n, days) = (period.persons as f64, period.days as f64);
    let ratio = cell.total as f64 / days;
    let squares = cell.squared as f64 - 2.0 * ratio * cell.with_days as f64
        + ratio * ratio * period.days_squared as f64;
    let std_error = (squares.max(0.0) * n / (n - 1.0)).sqrt() / days * YEAR / UNIT;
    let z = normal_quantile_two_sided(LEVEL).expect("a fixed level");
    Some(Interval {
        low: mean - z * std_error,
        high: mean + z * std_error,
    })
}
