//! What a cost trajectory needs to know of people, as exact sums.
//!
//! Money is summed in whole øre, and a person's bootstrap weights are drawn
//! from their own key, so that sums over any partition of the people, added in
//! any order, are the same to the last digit.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use boligspor_estimate::PoissonWeights;

use super::exposure;
use super::ore::Share;
use super::prices::Factors;
use super::pricing;
use super::spec::CostSpec;
use crate::calendar::Day;
use crate::cohort::Cohort;
use crate::error::{Error, Result};
use crate::register::Costs;

/// Persons observed as one task.
const CHUNK: usize = 8192;

/// Persons between two looks at the interrupt.
const PATIENCE: usize = 64;

/// Sums of one relative period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodSums {
    /// Persons with at least one observed day.
    pub persons: u64,
    /// Observed days.
    pub days: u64,
    /// Sum of squares of each person's observed days.
    pub days_squared: u128,
}

/// Sums of one period, category and payer; either of the last two may be "all".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellSums {
    /// Øre.
    pub total: i128,
    /// Sum of squares of each person's øre.
    pub squared: u128,
    /// Sum of each person's øre times observed days.
    pub with_days: i128,
    /// Persons with any cost.
    pub any: u64,
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

/// Sums of one stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StratumSums {
    /// By period.
    pub periods: Vec<PeriodSums>,
    /// By period, then category (all last), then payer (all last).
    pub cells: Vec<CellSums>,
    /// Weighted øre by period, category and payer (no "all"), then replicate.
    pub replicates: Vec<i64>,
    /// Weighted observed days by period, then replicate.
    pub replicate_days: Vec<i64>,
    /// Øre on days outside a person's exposure but inside their periods.
    pub unexposed: i128,
    /// By category and price year.
    pub price_years: Vec<PriceYear>,
}

/// The sums behind a [`CostTrajectory`](super::CostTrajectory).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostSummary {
    pub(super) spec: CostSpec,
    pub(super) shape: Shape,
    pub(super) strata: Vec<String>,
    pub(super) whole: StratumSums,
    /// Sorted by levels.
    pub(crate) parts: Vec<(Vec<String>, StratumSums)>,
}

/// What the cells are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shape {
    pub(super) periods: usize,
    pub(super) categories: Vec<String>,
    pub(super) payers: Vec<String>,
    pub(super) replicates: usize,
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

    fn leaves(&self) -> usize {
        self.periods * self.categories.len() * self.payers.len()
    }
}

impl StratumSums {
    fn new(shape: &Shape) -> Self {
        Self {
            periods: vec![PeriodSums::default(); shape.periods],
            cells: vec![CellSums::default(); shape.cell(shape.periods, 0, 0)],
            replicates: vec![0; shape.leaves() * shape.replicates],
            replicate_days: vec![0; shape.periods * shape.replicates],
            unexposed: 0,
            price_years: Vec::new(),
        }
    }

    fn merge(&mut self, other: &Self) {
        for (a, b) in self.periods.iter_mut().zip(&other.periods) {
            a.persons += b.persons;
            a.days += b.days;
            a.days_squared += b.days_squared;
        }
        for (a, b) in self.cells.iter_mut().zip(&other.cells) {
            a.total += b.total;
            a.squared += b.squared;
            a.with_days += b.with_days;
            a.any += b.any;
        }
        self.replicates
            .iter_mut()
            .zip(&other.replicates)
            .for_each(|(a, b)| *a += b);
        self.replicate_days
            .iter_mut()
            .zip(&other.replicate_days)
            .for_each(|(a, b)| *a += b);
        self.unexposed += other.unexposed;
        for more in &other.price_years {
            let key = |p: &PriceYear| (p.category, p.year);
            match self.price_years.binary_search_by_key(&key(more), key) {
                Ok(i) => self.price_years[i].total += more.total,
                Err(i) => self.price_years.insert(i, more.clone()),
            }
        }
    }
}

impl CostSummary {
    /// Observes the costs of every member of a cohort.
    ///
    /// # Errors
    /// [`Error::Missing`] where the register has no costs or the price index
    /// lacks a year, [`Error::Option`] for a spec that contradicts itself.
    pub fn observe(cohort: &Cohort, spec: &CostSpec) -> Result<Self> {
        spec.validate()?;
        let members = cohort.members();
        let costs = pricing::all_costs(cohort, spec.source, |member| {
            exposure::outer(spec, members.zero[member])
        })?;
        let settled = CostSpec {
            source: spec.source.settled(cohort.register().costs().is_some()),
            ..spec.clone()
        };
        Self::observe_costs(cohort, &settled, &costs)
    }

    /// Observes costs that the cohort's members are said to have.
    pub(super) fn observe_costs(cohort: &Cohort, spec: &CostSpec, costs: &Costs) -> Result<Self> {
        let shape = Shape {
            periods: (spec.last - spec.first + 1) as usize,
            categories: costs.categories.clone(),
            payers: costs.payers.clone(),
            replicates: spec.replicates as usize,
        };
        let factors = Factors::new(cohort.register(), costs, spec.price_base)?;
        let groups = groups(&cohort.members().person, &cohort.members().stratum);
        let levels = &cohort.strata().levels;
        let fresh = || vec![StratumSums::new(&shape); levels.len()];
        let mut sums = groups
            .par_chunks(CHUNK)
            .map(|chunk| {
                let mut sums = fresh();
                let mut observer = Observer::new(cohort, spec, &shape, costs, &factors);
                for (i, group) in chunk.iter().enumerate() {
                    if i % PATIENCE == 0 {
                        cohort.interrupt().check()?;
                    }
                    observer.add(&group.members, &mut sums[group.stratum as usize]);
                }
                Ok::<_, Error>(sums)
            })
            .try_reduce(fresh, |mut a, b| {
                a.iter_mut().zip(&b).for_each(|(a, b)| a.merge(b));
                Ok(a)
            })?;
        let parts = if levels.len() > 1 {
            sums.split_off(1)
        } else {
            Vec::new()
        };
        let mut whole = sums.swap_remove(0);
        if !parts.is_empty() {
            // The whole counts a person once, also where their rows lie in
            // several strata: sums of squares and of persons don't add up.
            let undivided = cohort.undivided();
            if crosses_strata(&groups) {
                whole = Self::observe_costs(&undivided, spec, costs)?.whole;
            } else {
                for part in &parts {
                    whole.merge(part);
                }
            }
        }
        let mut parts: Vec<_> = levels[1..].iter().cloned().zip(parts).collect();
        parts.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self {
            spec: spec.clone(),
            shape,
            strata: cohort.strata().names.clone(),
            whole,
            parts,
        })
    }

    /// Adds the people of another summary, who must be others than these.
    ///
    /// # Errors
    /// [`Error::Option`] where the two were made by different specs, strata,
    /// categories or payers.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.spec != other.spec || self.shape != other.shape || self.strata != other.strata {
            return Err(Error::option(
                "merge",
                "adds summaries of different specs, strata, categories or payers",
                "observe every partition alike; list the same categories in each",
            ));
        }
        self.whole.merge(&other.whole);
        for (levels, sums) in &other.parts {
            match self.parts.binary_search_by(|p| p.0.cmp(levels)) {
                Ok(i) => self.parts[i].1.merge(sums),
                Err(i) => self.parts.insert(i, (levels.clone(), sums.clone())),
            }
        }
        Ok(())
    }
}

/// What each person of a cohort costs, in øre, by category and relative period.
pub(super) struct PersonCosts {
    pub(super) categories: Vec<String>,
    /// One entry a person, by their index in the register, ascending; then by
    /// period and category as `period * categories + category`.
    pub(super) of: Vec<(u32, Vec<i128>)>,
}

/// Person by person what [`CostSummary::observe`] sums.
///
/// # Errors
/// As [`CostSummary::observe`].
pub(super) fn person_costs(cohort: &Cohort, spec: &CostSpec) -> Result<PersonCosts> {
    let cohort = cohort.undivided();
    let spec = CostSpec {
        replicates: 0,
        ..spec.clone()
    };
    let members = cohort.members();
    let costs = pricing::all_costs(&cohort, spec.source, |member| {
        exposure::outer(&spec, members.zero[member])
    })?;
    let shape = Shape {
        periods: (spec.last - spec.first + 1) as usize,
        categories: costs.categories.clone(),
        payers: costs.payers.clone(),
        replicates: 0,
    };
    let factors = Factors::new(cohort.register(), &costs, spec.price_base)?;
    let groups = groups(&members.person, &members.stratum);
    let mut observer = Observer::new(&cohort, &spec, &shape, &costs, &factors);
    let mut of = Vec::with_capacity(groups.len());
    for (i, group) in groups.iter().enumerate() {
        if i % PATIENCE == 0 {
            cohort.interrupt().check()?;
        }
        let mut sums = StratumSums::new(&shape);
        observer.add(&group.members, &mut sums);
        let payers = shape.payers.len();
        let amounts = (0..shape.periods)
            .flat_map(|p| (0..shape.categories.len()).map(move |c| (p, c)))
            .map(|(p, c)| sums.cells[shape.cell(p, c, payers)].total)
            .collect();
        of.push((group.person, amounts));
    }
    Ok(PersonCosts {
        categories: shape.categories,
        of,
    })
}

/// A person's members within one stratum.
struct Group {
    stratum: u32,
    person: u32,
    members: Vec<u32>,
}

/// Members by person and stratum; members are sorted by person.
fn groups(person: &[u32], stratum: &[u32]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::with_capacity(person.len());
    for (i, (&p, &s)) in person.iter().zip(stratum).enumerate() {
        let own = groups
            .iter_mut()
            .rev()
            .take_while(|g| g.person == p)
            .find(|g| g.stratum == s);
        match own {
            Some(group) => group.members.push(i as u32),
            None => groups.push(Group {
                stratum: s,
                person: p,
                members: vec![i as u32],
            }),
        }
    }
    groups
}

fn crosses_strata(groups: &[Group]) -> bool {
    groups.windows(2).any(|w| w[0].person == w[1].person)
}

/// Observes persons one by one, keeping its room between them.
struct Observer<'a> {
    cohort: &'a Cohort,
    spec: &'a CostSpec,
    shape: &'a Shape,
    costs: &'a Costs,
    factors: &'a Factors,
    weights: PoissonWeights,
    observed_from: Day,
    /// The current person's øre by cell and observed days by period.
    ore: Vec<i64>,
    touched: Vec<usize>,
    days: Vec<u64>,
    boundaries: Vec<Day>,
    /// The current person's øre by category and price year.
    by_year: Vec<i128>,
    dated: Vec<usize>,
    drawn: Vec<u8>,
}

impl<'a> Observer<'a> {
    fn new(
        cohort: &'a Cohort,
        spec: &'a CostSpec,
        shape: &'a Shape,
        costs: &'a Costs,
        factors: &'a Factors,
    ) -> Self {
        Self {
            cohort,
            spec,
            shape,
            costs,
            factors,
            weights: PoissonWeights::new(spec.seed),
            observed_from: cohort.register().observed_from().unwrap_or(Day::MIN),
            ore: vec![0; shape.leaves()],
            touched: Vec::new(),
            days: vec![0; shape.periods],
            boundaries: Vec::new(),
            by_year: vec![0; shape.categories.len() * factors.years().1],
            dated: Vec::new(),
            drawn: vec![0; shape.replicates],
        }
    }

    /// Adds one person, by their members in one stratum.
    fn add(&mut self, members: &[u32], sums: &mut StratumSums) {
        self.days.fill(0);
        for &member in members {
            sums.unexposed += self.collect(member as usize);
        }
        let person = self.cohort.members().person[members[0] as usize];
        let replicates = self.shape.replicates;
        if replicates > 0 && self.days.iter().any(|&d| d > 0) {
            self.weights
                .fill(self.cohort.register().person_key(person), &mut self.drawn);
        }
        for (p, &days) in self.days.iter().enumerate().filter(|(_, d)| **d > 0) {
            let period = &mut sums.periods[p];
            period.persons += 1;
            period.days += days;
            period.days_squared += u128::from(days) * u128::from(days);
            weigh(
                &mut sums.replicate_days[p * replicates..][..replicates],
                days as i64,
                &self.drawn,
            );
        }
        self.touched.sort_unstable();
        let (categories, payers) = (self.shape.categories.len(), self.shape.payers.len());
        let mut t = 0;
        while t < self.touched.len() {
            // One period at a time: cells are ordered by period.
            let p = self.touched[t] / (categories * payers);
            let until = self.touched[t..].partition_point(|&c| c / (categories * payers) == p) + t;
            self.add_period(p, t..until, sums);
            t = until;
        }
        self.note_price_years(sums);
        for &leaf in &self.touched {
            self.ore[leaf] = 0;
        }
        self.touched.clear();
    }

    /// Adds a person's cells of one period, with every sum over categories and payers.
    fn add_period(&self, p: usize, range: std::ops::Range<usize>, sums: &mut StratumSums) {
        let (categories, payers) = (self.shape.categories.len(), self.shape.payers.len());
        let replicates = self.shape.replicates;
        let days = self.days[p] as i128;
        let leaves = || {
            self.touched[range.clone()].iter().map(|&leaf| {
                let within = leaf % (categories * payers);
                (leaf, within / payers, within % payers)
            })
        };
        let mut put = |category: usize, payer: usize, ore: i128| {
            if ore != 0 {
                let cell = &mut sums.cells[self.shape.cell(p, category, payer)];
                cell.total += ore;
                cell.squared += (ore * ore) as u128;
                cell.with_days += ore * days;
                cell.any += 1;
            }
        };
        let mut all = 0;
        let (mut of_category, mut last) = (0, usize::MAX);
        for (leaf, category, payer) in leaves() {
            let ore = i128::from(self.ore[leaf]);
            put(category, payer, ore);
            if category != last {
                if last != usize::MAX {
                    put(last, payers, of_category);
                }
                (of_category, last) = (0, category);
            }
            of_category += ore;
            all += ore;
        }
        put(last, payers, of_category);
        put(categories, payers, all);
        for payer in 0..payers {
            let of_payer = leaves()
                .filter(|l| l.2 == payer)
                .map(|l| i128::from(self.ore[l.0]))
                .sum();
            put(categories, payer, of_payer);
        }
        for (leaf, _, _) in leaves() {
            weigh(
                &mut sums.replicates[leaf * replicates..][..replicates],
                self.ore[leaf],
                &self.drawn,
            );
        }
    }

    /// Books where this person's money comes from.
    fn note_price_years(&mut self, sums: &mut StratumSums) {
        let (first, years) = self.factors.years();
        for &cell in &self.dated {
            let (category, year) = (cell / years, cell % years);
            let key = (category, first + year as i32);
            let of = |p: &PriceYear| (p.category, p.year);
            let total = std::mem::take(&mut self.by_year[cell]);
            match sums.price_years.binary_search_by_key(&key, of) {
                Ok(i) => sums.price_years[i].total += total,
                Err(i) => sums.price_years.insert(
                    i,
                    PriceYear {
                        category,
                        year: key.1,
                        factor: self.factors.factor(category, year),
                        total,
                    },
                ),
            }
        }
        self.dated.clear();
    }

    /// Collects one member's exposure and costs; gives the øre on unexposed days.
    fn collect(&mut self, member: usize) -> i128 {
        let members = self.cohort.members();
        let (person, zero) = (members.person[member], members.zero[member]);
        let register = self.cohort.register();
        let (from, until) = exposure::window(
            self.cohort.timeline().track(person),
            zero,
            self.observed_from,
            register.people().birth[person as usize],
            members.until[member],
        );
        exposure::boundaries(self.spec, zero, &mut self.boundaries);
        for (p, w) in self.boundaries.windows(2).enumerate() {
            self.days[p] += (w[1].min(until) - w[0].max(from)).max(0) as u64;
        }
        let costs = self.costs;
        let mut unexposed = 0;
        let (begin, finish) = (self.boundaries[0], self.boundaries[self.shape.periods]);
        for i in costs.offsets[person as usize]..costs.offsets[person as usize + 1] {
            let (start, end) = (costs.start[i], costs.end[i]);
            if end <= begin || start >= finish || start >= end {
                continue;
            }
            let amount =
                self.factors
                    .apply(costs.amount[i], costs.category[i], costs.price_year[i]);
            let share = Share { amount, start, end };
            let mut p = self.boundaries.partition_point(|&b| b <= start).max(1) - 1;
            while p < self.shape.periods && self.boundaries[p] < end {
                let (lo, hi) = (
                    start.max(self.boundaries[p]),
                    end.min(self.boundaries[p + 1]),
                );
                let (seen_lo, seen_hi) = (lo.max(from).min(hi), hi.min(until).max(lo));
                let exposed = if seen_lo < seen_hi {
                    share.of(seen_lo, seen_hi)
                } else {
                    0
                };
                unexposed += i128::from(share.of(lo, hi) - exposed);
                if exposed != 0 {
                    let leaf =
                        self.shape
                            .leaf(p, costs.category[i] as usize, costs.payer[i] as usize);
                    if self.ore[leaf] == 0 && !self.touched.contains(&leaf) {
                        self.touched.push(leaf);
                    }
                    self.ore[leaf] += exposed;
                    let (first, years) = self.factors.years();
                    let cell =
                        costs.category[i] as usize * years + (costs.price_year[i] - first) as usize;
                    if self.by_year[cell] == 0 && !self.dated.contains(&cell) {
                        self.dated.push(cell);
                    }
                    self.by_year[cell] += i128::from(exposed);
                }
                p += 1;
            }
        }
        unexposed
    }
}

/// Adds a person's value to every replicate, times their weight in it.
fn weigh(replicates: &mut [i64], value: i64, weights: &[u8]) {
    for (sum, &weight) in replicates.iter_mut().zip(weights) {
        *sum += value * i64::from(weight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_rows_are_grouped_by_stratum() {
        let groups = groups(&[0, 0, 0, 1], &[1, 2, 1, 1]);
        let got: Vec<_> = groups
            .iter()
            .map(|g| (g.stratum, g.members.clone()))
            .collect();
        assert_eq!(got, [(1, vec![0, 2]), (2, vec![1]), (1, vec![3])]);
        assert!(crosses_strata(&groups));
    }
}
