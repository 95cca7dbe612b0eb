//! A trajectory's sums as tables.

use boligspor_estimate::Interval;
use boligspor_estimate::mean_interval::{MeanMethod, ReplicatedMean};
use polars::prelude::DataFrame;

use super::result::{UNIT, YEAR};
use super::spec::Death;
use super::summary::CostSummary;
use super::sums::{Exposure, PriceYear, Rule, StratumSums, Window};
use crate::LEVEL;
use crate::cohort::ALL;
use crate::error::Result;
use crate::tidy::Tidy;

/// A row of the table before it is one.
struct Row<'a> {
    levels: &'a [String],
    period: i32,
    category: &'a str,
    payer: &'a str,
    total: i128,
    any: u64,
    time: Exposure,
    mean: Option<f64>,
    normal: Option<Interval>,
    interval: Option<Interval>,
}

impl CostSummary {
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

    fn category(&self, c: usize) -> &str {
        self.shape.categories.get(c).map_or(ALL, String::as_str)
    }

    fn payer(&self, y: usize) -> &str {
        self.shape.payers.get(y).map_or(ALL, String::as_str)
    }

    /// The interval of a mean by the method asked for; none without replicates.
    pub(super) fn interval_of(&self, mean: Option<&ReplicatedMean>) -> Result<Option<Interval>> {
        let Some(mean) = mean else { return Ok(None) };
        Ok(mean.interval(self.spec.method.method(), LEVEL)?)
    }

    pub(super) fn table(&self) -> Result<DataFrame> {
        let strata = self.strata();
        let (categories, payers) = (self.shape.categories.len(), self.shape.payers.len());
        let rule = Rule::by(self.spec.death);
        let mut rows = Vec::new();
        for (levels, sums) in &strata {
            for p in 0..self.shape.periods {
                let time = sums.exposure(rule, p);
                for c in (0..=categories).rev() {
                    for y in (0..=payers).rev() {
                        let cell = sums.cell(rule, self.shape.key(p, c, y));
                        let mean = sums.mean(&self.shape, rule, [p, c, y]);
                        let normal = match &mean {
                            Some(mean) => mean.interval(MeanMethod::Normal, LEVEL)?,
                            None => None,
                        };
                        rows.push(Row {
                            levels,
                            period: self.spec.first + p as i32,
                            category: self.category(c),
                            payer: self.payer(y),
                            total: cell.total,
                            any: cell.any,
                            time: time.clone(),
                            normal,
                            interval: self.interval_of(mean.as_ref())?,
                            mean: mean.map(|m| m.estimate),
                        });
                    }
                }
            }
        }
        let levels: Vec<&[String]> = rows.iter().map(|r| r.levels).collect();
        let float =
            |f: &dyn Fn(&Row) -> Option<f64>| -> Vec<Option<f64>> { rows.iter().map(f).collect() };
        let per_person = |r: &Row, n: f64| (r.time.persons > 0).then(|| n / r.time.persons as f64);
        Tidy::new(&self.strata, &levels)
            .with("period", rows.iter().map(|r| r.period).collect::<Vec<_>>())
            .with(
                "category",
                rows.iter().map(|r| r.category).collect::<Vec<_>>(),
            )
            .with("payer", rows.iter().map(|r| r.payer).collect::<Vec<_>>())
            .with("total", float(&|r| Some(r.total as f64 / UNIT)))
            .with(
                "persons",
                rows.iter()
                    .map(|r| r.time.persons as i64)
                    .collect::<Vec<_>>(),
            )
            .with("person_years", float(&|r| Some(r.time.days as f64 / YEAR)))
            .with(
                "mean_per_person",
                float(&|r| per_person(r, r.total as f64 / UNIT)),
            )
            .with("mean_per_person_year", float(&|r| r.mean))
            .with("low", float(&|r| r.interval.map(|i| i.low)))
            .with("high", float(&|r| r.interval.map(|i| i.high)))
            .with("low_normal", float(&|r| r.normal.map(|i| i.low)))
            .with("high_normal", float(&|r| r.normal.map(|i| i.high)))
            .with("share_any", float(&|r| per_person(r, r.any as f64)))
            .build()
    }

    /// The same means under each window and rule of death.
    pub(super) fn windows(&self) -> Result<DataFrame> {
        let strata = self.strata();
        let payers = self.shape.payers.len();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut window, mut death, mut period, mut category) = (vec![], vec![], vec![], vec![]);
        let (mut persons, mut gone, mut new) = (vec![], vec![], vec![]);
        let (mut time, mut total) = (vec![], vec![]);
        let (mut mean, mut low, mut high) = (vec![], vec![], vec![]);
        for (l, sums) in &strata {
            for rule in rules() {
                for p in 0..self.shape.periods {
                    let exposure = sums.exposure(rule, p);
                    let moved = self.moved(sums, rule, p);
                    for c in (0..=self.shape.categories.len()).rev() {
                        let found = sums.mean(&self.shape, rule, [p, c, payers]);
                        let interval = self.interval_of(found.as_ref())?;
                        let cell = sums.cell(rule, self.shape.key(p, c, payers));
                        levels.push(l);
                        window.push(rule.window.code());
                        death.push(rule.death.code());
                        period.push(self.spec.first + p as i32);
                        category.push(self.category(c));
                        persons.push(exposure.persons as i64);
                        gone.push(moved.0 as i64);
                        new.push(moved.1 as i64);
                        time.push(exposure.days as f64 / YEAR);
                        total.push(cell.total as f64 / UNIT);
                        mean.push(found.map(|m| m.estimate));
                        low.push(interval.map(|i| i.low));
                        high.push(interval.map(|i| i.high));
                    }
                }
            }
        }
        Tidy::new(&self.strata, &levels)
            .with("window", window)
            .with("death", death)
            .with("period", period)
            .with("category", category)
            .with("persons", persons)
            .with("gone", gone)
            .with("new", new)
            .with("person_years", time)
            .with("total", total)
            .with("mean_per_person_year", mean)
            .with("low", low)
            .with("high", high)
            .build()
    }

    /// Medians and concentration of people observed in the whole period.
    pub(super) fn spread(&self) -> Result<DataFrame> {
        let strata = self.strata();
        let rows: Vec<_> = strata
            .iter()
            .flat_map(|(l, sums)| sums.spread.iter().enumerate().map(move |(p, b)| (l, p, b)))
            .collect();
        let levels: Vec<&[String]> = rows.iter().map(|r| r.0.as_slice()).collect();
        let share = |n: u64, of: u64| (of > 0).then(|| n as f64 / of as f64);
        Tidy::new(&self.strata, &levels)
            .with(
                "period",
                rows.iter()
                    .map(|r| self.spec.first + r.1 as i32)
                    .collect::<Vec<_>>(),
            )
            .with(
                "persons",
                rows.iter().map(|r| r.2.people() as i64).collect::<Vec<_>>(),
            )
            .with(
                "share_without",
                rows.iter()
                    .map(|r| share(r.2.without(), r.2.people()))
                    .collect::<Vec<_>>(),
            )
            .with(
                "median",
                rows.iter()
                    .map(|r| r.2.median().map(|m| m / UNIT))
                    .collect::<Vec<_>>(),
            )
            .with(
                "top_decile_share",
                rows.iter()
                    .map(|r| r.2.concentration(0.1))
                    .collect::<Vec<_>>(),
            )
            .build()
    }

    /// The means of costs under the cap, with the money removed.
    pub(super) fn sensitivity(&self) -> Result<DataFrame> {
        let strata = self.strata();
        let rule = Rule::by(self.spec.death);
        let (categories, payers) = (self.shape.categories.len(), self.shape.payers.len());
        let Some(cap) = self.spec.cap else {
            return Ok(DataFrame::default());
        };
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut period, mut capped, mut removed) = (vec![], vec![], vec![]);
        let (mut share, mut mean, mut low, mut high) = (vec![], vec![], vec![], vec![]);
        for (l, sums) in &strata {
            for p in 0..self.shape.periods {
                let all = sums.cell(rule, self.shape.key(p, categories, payers)).total;
                let under = sums.capped(rule, p);
                let found = sums.capped_mean(&self.shape, rule, p);
                let interval = self.interval_of(found.as_ref())?;
                let out = all - under.total;
                levels.push(l);
                period.push(self.spec.first + p as i32);
                capped.push(under.any as i64);
                removed.push(out as f64 / UNIT);
                share.push((all != 0).then(|| out as f64 / all as f64));
                mean.push(found.map(|m| m.estimate));
                low.push(interval.map(|i| i.low));
                high.push(interval.map(|i| i.high));
            }
        }
        Tidy::new(&self.strata, &levels)
            .with("period", period)
            .with("cap", vec![cap as i64; levels.len()])
            .with("persons_capped", capped)
            .with("removed", removed)
            .with("removed_share", share)
            .with("mean_per_person_year", mean)
            .with("low", low)
            .with("high", high)
            .build()
    }

    /// What tells of a peak: a row a stratum and diagnostic.
    pub(super) fn diagnostics(&self) -> Result<DataFrame> {
        let strata = self.strata();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut diagnostic, mut value, mut people) = (vec![], vec![], vec![]);
        let (mut low, mut high) = (vec![], vec![]);
        for (l, sums) in &strata {
            let mut row = |name, number, interval: Option<Interval>, n: u64| {
                levels.push(l);
                diagnostic.push(name);
                value.push(number);
                low.push(interval.map(|i| i.low));
                high.push(interval.map(|i| i.high));
                people.push(n as i64);
            };
            let shares = sums.peak.shares();
            let n = sums.peak.people();
            row("peak_share", shares.map(|s| s.0), None, n);
            row("peak_share_by_chance", shares.map(|s| s.1), None, n);
            if self.spec.first < -1 {
                let rise = self.change(sums, self.spec.first, -1);
                let interval = self.interval_of(rise.as_ref())?;
                let n = rise.as_ref().map_or(0, |r| r.people as u64);
                row("pre_trend", rise.map(|r| r.estimate), interval, n);
            }
        }
        Tidy::new(&self.strata, &levels)
            .with("diagnostic", diagnostic)
            .with("value", value)
            .with("low", low)
            .with("high", high)
            .with("persons", people)
            .build()
    }

    pub(super) fn price_years(&self) -> Result<DataFrame> {
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

    pub(super) fn contrasts(&self) -> Result<DataFrame> {
        let strata = self.strata();
        let within = |k: i32| (self.spec.first..=self.spec.last).contains(&k);
        let mut pairs: Vec<(i32, i32)> = (self.spec.first..=self.spec.last)
            .filter(|&k| k != 0)
            .map(|k| (0, k))
            .collect();
        pairs.extend([(-1, 1)].into_iter().filter(|p| within(p.0) && within(p.1)));
        let rule = Rule::by(self.spec.death);
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut from, mut to, mut category) = (Vec::new(), Vec::new(), Vec::new());
        let (mut difference, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
        let (mut persons_from, mut persons_to) = (Vec::new(), Vec::new());
        for (l, sums) in &strata {
            let means: Vec<Vec<Option<ReplicatedMean>>> = (0..self.shape.periods)
                .map(|p| {
                    (0..=self.shape.categories.len())
                        .map(|c| sums.mean(&self.shape, rule, [p, c, self.shape.payers.len()]))
                        .collect()
                })
                .collect();
            let index = |period: i32| (period - self.spec.first) as usize;
            for &(a, b) in &pairs {
                for c in (0..=self.shape.categories.len()).rev() {
                    let change = match (&means[index(a)][c], &means[index(b)][c]) {
                        (Some(a), Some(b)) => {
                            Some(ReplicatedMean::combination(&[(-1.0, a), (1.0, b)]))
                        }
                        _ => None,
                    };
                    let interval = self.interval_of(change.as_ref())?;
                    levels.push(l);
                    from.push(a);
                    to.push(b);
                    category.push(self.category(c));
                    difference.push(change.map(|d| d.estimate));
                    low.push(interval.map(|i| i.low));
                    high.push(interval.map(|i| i.high));
                    persons_from.push(sums.exposure(rule, index(a)).persons as i64);
                    persons_to.push(sums.exposure(rule, index(b)).persons as i64);
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

    /// The change in mean cost per person-year, all categories and payers,
    /// between two relative periods of one stratum.
    fn change(&self, sums: &StratumSums, from: i32, to: i32) -> Option<ReplicatedMean> {
        let rule = Rule::by(self.spec.death);
        let all = [self.shape.categories.len(), self.shape.payers.len()];
        let at = |period: i32| {
            let p = (period - self.spec.first) as usize;
            sums.mean(&self.shape, rule, [p, all[0], all[1]])
        };
        let (a, b) = (at(from)?, at(to)?);
        Some(ReplicatedMean::combination(&[(-1.0, &a), (1.0, &b)]))
    }

    /// The same with its interval.
    pub(crate) fn difference(
        &self,
        sums: &StratumSums,
        from: i32,
        to: i32,
    ) -> Result<(Option<f64>, Option<Interval>)> {
        let change = self.change(sums, from, to);
        let interval = self.interval_of(change.as_ref())?;
        Ok((change.map(|c| c.estimate), interval))
    }
}

/// Every window and rule of death, the default first.
fn rules() -> impl Iterator<Item = Rule> {
    [Window::Unbalanced, Window::Balanced]
        .into_iter()
        .flat_map(|window| [Death::Zero, Death::Survivors].map(|death| Rule { window, death }))
}
