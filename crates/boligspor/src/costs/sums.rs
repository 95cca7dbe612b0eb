//! The sums that a cost trajectory is made of: whole numbers that merge.
//!
//! Every person belongs to one [`ClassSums`], by whether they are observed in
//! every period and live through them all. The unbalanced window is the sum of
//! all classes, the balanced one that of two, and the survivors' the last: the
//! windows stand side by side at the price of one.

use serde::{Deserialize, Serialize};

use boligspor_estimate::Triples;
use boligspor_estimate::mean_interval::ReplicatedMean;

use super::Death;
use super::result::{UNIT, YEAR};

/// How many classes of people there are.
pub(super) const CLASSES: usize = 3;

/// Who is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// Everybody, as far as they are observed.
    #[default]
    Unbalanced,
    /// Only those observed in every period from its first day to its last.
    Balanced,
}

impl Window {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unbalanced => "unbalanced",
            Self::Balanced => "balanced",
        }
    }

    /// The classes it is the sum of.
    fn classes(self, death: Death) -> std::ops::Range<usize> {
        match (self, death) {
            (Self::Unbalanced, _) => 0..CLASSES,
            (Self::Balanced, Death::Zero) => 1..CLASSES,
            (Self::Balanced, Death::Survivors) => 2..CLASSES,
        }
    }
}

/// Observed time of one relative period, by one rule of death.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// Persons with at least one observed day.
    pub persons: u64,
    /// Observed days.
    pub days: u64,
    /// Sum of squares of each person's observed days.
    pub squared: u128,
    /// Sum of cubes.
    pub cubed: u128,
}

impl Exposure {
    pub(super) fn add(&mut self, days: u64) {
        let wide = u128::from(days);
        self.persons += u64::from(days > 0);
        self.days += days;
        self.squared += wide * wide;
        self.cubed += wide * wide * wide;
    }

    fn merge(&mut self, other: &Self) {
        self.persons += other.persons;
        self.days += other.days;
        self.squared += other.squared;
        self.cubed += other.cubed;
    }
}

/// Sums of one relative period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodSums {
    /// Observed time, by rule of death: zero thereafter, survivors only.
    pub exposure: [Exposure; 2],
    /// Persons of this period who are observed in period 0 too, likewise.
    pub in_zero: [u64; 2],
}

/// Products of each person's øre and observed days, by one rule of death.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithDays {
    /// Øre times days.
    pub days: i128,
    /// Øre squared times days.
    pub squared_days: i128,
    /// Øre times days squared.
    pub days_squared: i128,
}

/// Sums of one period, category and payer; either of the last two may be "all".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellSums {
    /// Øre.
    pub total: i128,
    /// Sum of squares of each person's øre.
    pub squared: u128,
    /// Sum of cubes of each person's øre.
    pub cubed: i128,
    /// Products with observed days, by rule of death.
    pub with: [WithDays; 2],
    /// Persons with any cost.
    pub any: u64,
}

impl CellSums {
    /// Adds a person by øre and observed days under each rule of death.
    pub(super) fn add(&mut self, ore: i128, days: [u64; 2]) {
        let square = ore.saturating_mul(ore);
        self.total += ore;
        self.squared = self.squared.saturating_add(square as u128);
        self.cubed = self.cubed.saturating_add(square.saturating_mul(ore));
        for (with, days) in self.with.iter_mut().zip(days) {
            let days = i128::from(days);
            with.days += ore * days;
            with.squared_days = with
                .squared_days
                .saturating_add(square.saturating_mul(days));
            with.days_squared += ore * days * days;
        }
        self.any += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.total += other.total;
        self.squared = self.squared.saturating_add(other.squared);
        self.cubed = self.cubed.saturating_add(other.cubed);
        for (a, b) in self.with.iter_mut().zip(&other.with) {
            a.days += b.days;
            a.squared_days = a.squared_days.saturating_add(b.squared_days);
            a.days_squared += b.days_squared;
        }
        self.any += other.any;
    }
}

/// What of a category was given in a year's prices: where the money comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceYear {
    /// Index into the categories.
    pub category: usize,
    /// The year whose prices the amounts were in.
    pub year: i32,
    /// What they were multiplied by to be in the base year's prices.
    pub factor: f64,
    /// Øre on observed days, in the prices of the result.
    pub total: i128,
}

impl Eq for PriceYear {}

/// Which cells there are, and which of them have replicates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shape {
    pub(super) periods: usize,
    pub(super) categories: Vec<String>,
    pub(super) payers: Vec<String>,
    pub(super) replicates: usize,
    /// Replicates only of all costs together.
    pub(super) totals_only: bool,
}

impl Shape {
    /// A cell where category or payer may be "all" (their number).
    pub(super) fn cell(&self, period: usize, category: usize, payer: usize) -> usize {
        (period * (self.categories.len() + 1) + category) * (self.payers.len() + 1) + payer
    }

    /// A cell of one category and payer.
    pub(super) fn leaf(&self, period: usize, category: usize, payer: usize) -> usize {
        (period * self.categories.len() + category) * self.payers.len() + payer
    }

    pub(super) fn leaves(&self) -> usize {
        self.periods * self.categories.len() * self.payers.len()
    }

    pub(super) fn cells(&self) -> usize {
        self.cell(self.periods, 0, 0)
    }

    /// Where the sums of a cell are: those of the only category or payer are
    /// those of all.
    pub(super) fn key(&self, period: usize, category: usize, payer: usize) -> usize {
        let all = |i: usize, n: usize| if n == 1 { 1 } else { i };
        self.cell(
            period,
            all(category, self.categories.len()),
            all(payer, self.payers.len()),
        )
    }

    /// Where replicates of capped costs are, by period.
    pub(super) fn capped_key(&self, period: usize) -> usize {
        self.cells() + period
    }

    /// Where what a key holds in the time that survivors' means leave out is.
    pub(super) fn lost_key(&self, key: usize) -> usize {
        self.cells() + self.periods + key
    }

    /// Where replicates of observed time are, by period.
    pub(super) fn time_key(&self, period: usize) -> usize {
        2 * (self.cells() + self.periods) + period
    }

    /// Where replicates of time after death are, by period.
    pub(super) fn lost_time_key(&self, period: usize) -> usize {
        self.time_key(self.periods) + period
    }

    pub(super) fn keys(&self) -> usize {
        self.lost_time_key(self.periods)
    }
}

/// Sums of one class of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassSums {
    /// By period.
    pub(super) periods: Vec<PeriodSums>,
    /// By period, then category (all last), then payer (all last).
    pub(super) cells: Vec<CellSums>,
    /// Costs of people above the cap counted as the cap, by period; with the
    /// number capped as `any`.
    pub(super) capped: Vec<CellSums>,
    /// Weighted sums by key and replicate: øre, squared kroner, øre times days;
    /// or people, days and squared days. None where nobody had any.
    pub(super) replicates: Vec<Triples>,
}

impl ClassSums {
    pub(super) fn new(shape: &Shape) -> Self {
        Self {
            periods: vec![PeriodSums::default(); shape.periods],
            cells: vec![CellSums::default(); shape.cells()],
            capped: vec![CellSums::default(); shape.periods],
            replicates: vec![Vec::new(); shape.keys()],
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (a, b) in self.periods.iter_mut().zip(&other.periods) {
            for (a, b) in a.exposure.iter_mut().zip(&b.exposure) {
                a.merge(b);
            }
            a.in_zero = [0, 1].map(|d| a.in_zero[d] + b.in_zero[d]);
        }
        let cells = self.cells.iter_mut().zip(&other.cells);
        let capped = self.capped.iter_mut().zip(&other.capped);
        cells.chain(capped).for_each(|(a, b)| a.merge(b));
        for (a, b) in self.replicates.iter_mut().zip(&other.replicates) {
            if a.is_empty() {
                a.clone_from(b);
            } else {
                add(a, b);
            }
        }
    }
}

fn add(to: &mut [[i128; 3]], from: &[[i128; 3]]) {
    for (a, b) in to.iter_mut().zip(from) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    }
}

/// Sums of one stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StratumSums {
    /// By class of people.
    pub(super) classes: [ClassSums; CLASSES],
    /// Øre on days outside a person's exposure but inside their periods.
    pub(super) unexposed: i128,
    /// By category and price year.
    pub(super) price_years: Vec<PriceYear>,
    /// How people's costs are spread, by period.
    pub(super) spread: Vec<super::spread::Bins>,
    /// How many had their dearest period just before time zero.
    pub(super) peak: super::peak::PeakSums,
}

/// Who is counted, and what becomes of the dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) window: Window,
    pub(super) death: Death,
}

impl Rule {
    pub(super) fn by(death: Death) -> Self {
        Self {
            window: Window::Unbalanced,
            death,
        }
    }
}

impl StratumSums {
    pub(super) fn new(shape: &Shape) -> Self {
        Self {
            classes: [(); CLASSES].map(|()| ClassSums::new(shape)),
            unexposed: 0,
            price_years: Vec::new(),
            spread: vec![super::spread::Bins::default(); shape.periods],
            peak: super::peak::PeakSums::default(),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (a, b) in self.classes.iter_mut().zip(&other.classes) {
            a.merge(b);
        }
        self.unexposed += other.unexposed;
        for more in &other.price_years {
            let key = |p: &PriceYear| (p.category, p.year);
            match self.price_years.binary_search_by_key(&key(more), key) {
                Ok(i) => self.price_years[i].total += more.total,
                Err(i) => self.price_years.insert(i, more.clone()),
            }
        }
        for (a, b) in self.spread.iter_mut().zip(&other.spread) {
            a.merge(b);
        }
        self.peak.merge(&other.peak);
    }

    /// Observed time of a period.
    pub(super) fn exposure(&self, rule: Rule, period: usize) -> Exposure {
        let mut out = Exposure::default();
        for class in &self.classes[rule.window.classes(rule.death)] {
            out.merge(&class.periods[period].exposure[rule.death as usize]);
        }
        out
    }

    /// People of a period who are observed in period 0 too.
    pub(super) fn in_zero(&self, rule: Rule, period: usize) -> u64 {
        let classes = &self.classes[rule.window.classes(rule.death)];
        let both = |c: &ClassSums| c.periods[period].in_zero[rule.death as usize];
        classes.iter().map(both).sum()
    }

    /// A cell's sums, by its key.
    pub(super) fn cell(&self, rule: Rule, cell: usize) -> CellSums {
        let mut out = CellSums::default();
        for class in &self.classes[rule.window.classes(rule.death)] {
            out.merge(&class.cells[cell]);
        }
        out
    }

    /// The capped sums of a period.
    pub(super) fn capped(&self, rule: Rule, period: usize) -> CellSums {
        let mut out = CellSums::default();
        for class in &self.classes[rule.window.classes(rule.death)] {
            out.merge(&class.capped[period]);
        }
        out
    }

    fn replicates(&self, rule: Rule, key: usize, shape: &Shape) -> Triples {
        let mut out = vec![[0; 3]; shape.replicates];
        for class in &self.classes[rule.window.classes(rule.death)] {
            add(&mut out, &class.replicates[key]);
        }
        out
    }

    /// The mean cost per person-year of a cell with all that its interval needs.
    /// None without observed time.
    pub(super) fn mean(
        &self,
        shape: &Shape,
        rule: Rule,
        [period, category, payer]: [usize; 3],
    ) -> Option<ReplicatedMean> {
        let key = shape.key(period, category, payer);
        let cell = self.cell(rule, key);
        let whole = category == shape.categories.len() && payer == shape.payers.len();
        let with_replicates = whole || !shape.totals_only;
        self.replicated(shape, rule, period, &cell, with_replicates.then_some(key))
    }

    /// The same of costs under the cap.
    pub(super) fn capped_mean(
        &self,
        shape: &Shape,
        rule: Rule,
        period: usize,
    ) -> Option<ReplicatedMean> {
        let cell = self.capped(rule, period);
        self.replicated(shape, rule, period, &cell, Some(shape.capped_key(period)))
    }

    fn replicated(
        &self,
        shape: &Shape,
        rule: Rule,
        period: usize,
        cell: &CellSums,
        key: Option<usize>,
    ) -> Option<ReplicatedMean> {
        let time = self.exposure(rule, period);
        if time.days == 0 {
            return None;
        }
        let death = rule.death as usize;
        let (estimate, std_error) = ratio(
            [time.persons as f64, time.days as f64, time.squared as f64],
            [
                cell.total as f64,
                cell.squared as f64,
                cell.with[death].days as f64,
            ],
        );
        let mut replicates = Vec::new();
        if let Some(key) = key.filter(|_| shape.replicates > 0) {
            let mut times = self.replicates(rule, shape.time_key(period), shape);
            let mut costs = self.replicates(rule, key, shape);
            if rule.death == Death::Survivors {
                let lost = self.replicates(rule, shape.lost_time_key(period), shape);
                subtract(&mut times, &lost);
                subtract(
                    &mut costs,
                    &self.replicates(rule, shape.lost_key(key), shape),
                );
            }
            replicates = (times.iter().zip(&costs))
                .map(|(t, c)| {
                    let squared = c[1] as f64 * UNIT * UNIT;
                    ratio(t.map(|t| t as f64), [c[0] as f64, squared, c[2] as f64])
                })
                .collect();
        }
        Some(ReplicatedMean {
            estimate,
            std_error,
            people: time.persons as usize,
            skewness: skewness(&time, cell, death),
            replicates,
        })
    }
}

fn subtract(from: &mut [[i128; 3]], what: &[[i128; 3]]) {
    for (a, b) in from.iter_mut().zip(what) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a -= b);
    }
}

/// A ratio of sums over persons in currency units a year, and its error by
/// linearisation (Cochran, *Sampling Techniques*, 1977, §6.4), from persons,
/// days and squared days, and from øre, squared øre and øre times days.
fn ratio([n, days, days_squared]: [f64; 3], [ore, squared, products]: [f64; 3]) -> (f64, f64) {
    let ratio = ore / days;
    let spread = squared - 2.0 * ratio * products + ratio * ratio * days_squared;
    // Rounding must not make a spread of nothing.
    let spread = if spread <= 1e-13 * squared {
        0.0
    } else {
        spread
    };
    let unit = YEAR / UNIT;
    let error = (spread * n / (n - 1.0)).sqrt() / days;
    (ratio * unit, error * unit)
}

/// The skewness of people's deviations from the ratio.
fn skewness(time: &Exposure, cell: &CellSums, death: usize) -> f64 {
    let (n, r) = (time.persons as f64, cell.total as f64 / time.days as f64);
    let with = &cell.with[death];
    let square = cell.squared as f64 - 2.0 * r * with.days as f64 + r * r * time.squared as f64;
    let cube = cell.cubed as f64 - 3.0 * r * with.squared_days as f64
        + 3.0 * r * r * with.days_squared as f64
        - r * r * r * time.cubed as f64;
    if square > 1e-13 * cell.squared as f64 {
        (cube / n) / (square / n).powf(1.5)
    } else {
        0.0
    }
}
