//! One person at a time: their days, their øre, and where both are added.

use std::collections::BTreeMap;

use boligspor_estimate::ReplicateSums;

use super::exposure;
use super::ore::Share;
use super::prices::Factors;
use super::spec::CostSpec;
use super::spread::Bins;
use super::sums::{CLASSES, PriceYear, Shape, StratumSums};
use crate::calendar::Day;
use crate::cohort::Cohort;
use crate::register::Costs;
use crate::state::State;

/// Square øre in a square krone.
const SQUARE_KRONE: i128 = 10_000;

/// What observing costs looks at.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) cohort: &'a Cohort,
    pub(super) spec: &'a CostSpec,
    pub(super) shape: &'a Shape,
    pub(super) costs: &'a Costs,
    pub(super) factors: &'a Factors,
}

/// Observes persons one by one, keeping its room between them.
pub(super) struct Observer<'a> {
    sight: Sight<'a>,
    observed_from: Day,
    cap: Option<i128>,
    sums: StratumSums,
    replicates: [ReplicateSums; CLASSES],
    /// Øre of people observed in the whole period, by period; zeros left out.
    amounts: Vec<Vec<i64>>,
    observed_whole: Vec<u64>,
    person: Person,
    boundaries: Vec<Day>,
    /// Øre by category and price year.
    by_year: BTreeMap<(usize, i32), i128>,
}

/// The current person.
struct Person {
    /// Øre by leaf, and the leaves with any.
    ore: Vec<i64>,
    touched: Vec<usize>,
    /// Observed days by period: the dead's time counted on, and not.
    days: Vec<[u64; 2]>,
    /// Whether the period is observed from its first day to its last.
    whole: Vec<bool>,
    /// All øre by period.
    total: Vec<i128>,
    /// Whether they live to the end of the last period.
    survives: bool,
}

impl<'a> Observer<'a> {
    pub(super) fn new(sight: Sight<'a>) -> Self {
        let shape = sight.shape;
        let new = |()| ReplicateSums::new(sight.spec.seed, shape.replicates, shape.keys());
        Self {
            observed_from: sight.cohort.register().observed_from().unwrap_or(Day::MIN),
            cap: sight.spec.cap.map(|c| i128::from(c) * 100),
            sums: StratumSums::new(shape),
            replicates: [(); CLASSES].map(new),
            amounts: vec![Vec::new(); shape.periods],
            observed_whole: vec![0; shape.periods],
            person: Person {
                ore: vec![0; shape.leaves()],
                touched: Vec::new(),
                days: vec![[0; 2]; shape.periods],
                whole: vec![true; shape.periods],
                total: vec![0; shape.periods],
                survives: true,
            },
            boundaries: Vec::new(),
            by_year: BTreeMap::new(),
            sight,
        }
    }

    /// Adds one person, by their members in one stratum.
    pub(super) fn add(&mut self, members: &[u32]) {
        let person = &mut self.person;
        person.days.fill([0; 2]);
        person.whole.fill(true);
        person.total.fill(0);
        person.survives = true;
        for &member in members {
            self.collect(member as usize);
        }
        let everywhere = self.person.whole.iter().all(|w| *w);
        let class = usize::from(everywhere) + usize::from(everywhere && self.person.survives);
        let index = self.sight.cohort.members().person[members[0] as usize];
        let observed = self.person.days.iter().any(|d| d[0] > 0);
        if observed {
            let key = self.sight.cohort.register().person_key(index);
            self.replicates[class].person(key);
        }
        self.add_time(class);
        self.person.touched.sort_unstable();
        let width = self.sight.shape.leaf(1, 0, 0);
        let mut t = 0;
        while t < self.person.touched.len() {
            // One period at a time: leaves are ordered by period.
            let p = self.person.touched[t] / width;
            let same = |leaf: &usize| *leaf / width == p;
            let until = t + self.person.touched[t..].partition_point(same);
            self.add_period(class, p, t..until);
            t = until;
        }
        self.add_spread();
        for &leaf in &self.person.touched {
            self.person.ore[leaf] = 0;
        }
        self.person.touched.clear();
    }

    /// One person's øre by period and category, which are not added to the sums.
    pub(super) fn amounts(&mut self, members: &[u32]) -> Vec<i128> {
        for &member in members {
            self.collect(member as usize);
        }
        let shape = self.sight.shape;
        let mut out = vec![0; shape.periods * shape.categories.len()];
        for leaf in self.person.touched.drain(..) {
            // Leaves are ordered by period, category, then payer.
            out[leaf / shape.payers.len()] += i128::from(self.person.ore[leaf]);
            self.person.ore[leaf] = 0;
        }
        out
    }

    fn add_time(&mut self, class: usize) {
        let zero = (-self.sight.spec.first) as usize;
        let in_zero = self.person.days[zero];
        for (p, days) in self.person.days.iter().enumerate() {
            if days[0] == 0 {
                continue;
            }
            let period = &mut self.sums.classes[class].periods[p];
            for death in 0..2 {
                let both = in_zero[death] > 0 && days[death] > 0;
                period.in_zero[death] += u64::from(both);
            }
            period.exposure[0].add(days[0]);
            period.exposure[1].add(days[1]);
            let [counted, lived] = days.map(i128::from);
            let replicates = &mut self.replicates[class];
            let shape = self.sight.shape;
            replicates.add(shape.time_key(p), [1, counted, counted * counted]);
            if lived < counted {
                let lost = [
                    i128::from(lived == 0),
                    counted - lived,
                    counted * counted - lived * lived,
                ];
                replicates.add(shape.lost_time_key(p), lost);
            }
        }
    }

    /// Adds a person's cells of one period, with every sum over categories and payers.
    fn add_period(&mut self, class: usize, p: usize, range: std::ops::Range<usize>) {
        let shape = self.sight.shape;
        let (categories, payers) = (shape.categories.len(), shape.payers.len());
        let days = self.person.days[p];
        let (ore, touched) = (&self.person.ore, &self.person.touched[range]);
        let sums = &mut self.sums.classes[class];
        let replicates = &mut self.replicates[class];
        let leaves = || {
            touched.iter().map(|&leaf| {
                let within = leaf % (categories * payers);
                (i128::from(ore[leaf]), within / payers, within % payers)
            })
        };
        let mut put = |category: usize, payer: usize, ore: i128| {
            let cell = shape.cell(p, category, payer);
            if ore == 0 || cell != shape.key(p, category, payer) {
                return;
            }
            sums.cells[cell].add(ore, days);
            if !shape.totals_only || (category == categories && payer == payers) {
                replicate(replicates, shape, cell, ore, days);
            }
        };
        let mut all = 0;
        let (mut of_category, mut last) = (0, usize::MAX);
        for (ore, category, payer) in leaves() {
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
            put(
                categories,
                payer,
                leaves().filter(|l| l.2 == payer).map(|l| l.0).sum(),
            );
        }
        self.person.total[p] = all;
        if let Some(cap) = self.cap {
            let capped = &mut sums.capped[p];
            let above = all > cap;
            capped.add(all.min(cap), days);
            capped.any -= u64::from(!above);
            replicate(replicates, shape, shape.capped_key(p), all.min(cap), days);
        }
    }

    /// Notes how the person's costs compare with others' and with their own.
    fn add_spread(&mut self) {
        let person = &self.person;
        let amount = |p: usize| person.total[p] as i64;
        for (p, _) in person.whole.iter().enumerate().filter(|(_, w)| **w) {
            self.observed_whole[p] += 1;
            if person.total[p] != 0 {
                self.amounts[p].push(amount(p));
            }
        }
        let before = (-self.sight.spec.first) as usize;
        if before > 1 && person.whole[before - 1] {
            let known = (0..before).filter(|p| person.whole[*p]).map(amount);
            self.sums.peak.add(&known.collect::<Vec<_>>());
        }
    }

    /// Collects one member's exposure and costs.
    fn collect(&mut self, member: usize) {
        let Sight {
            cohort,
            spec,
            shape,
            costs,
            factors,
        } = self.sight;
        let members = cohort.members();
        let (person, zero) = (members.person[member], members.zero[member]);
        let track = cohort.timeline().track(person);
        let followed = members.until[member];
        let (from, until) = exposure::window(
            track,
            zero,
            self.observed_from,
            cohort.register().people().birth[person as usize],
            followed,
        );
        let dead = until < followed && track.on(until).state == State::Dead;
        let known = if dead { followed } else { until };
        exposure::boundaries(spec, zero, &mut self.boundaries);
        let boundaries = &self.boundaries;
        for (p, w) in boundaries.windows(2).enumerate() {
            let days = |end: Day| (w[1].min(end) - w[0].max(from)).max(0) as u64;
            let both = &mut self.person.days[p];
            *both = [both[0] + days(known), both[1] + days(until)];
            self.person.whole[p] &= from <= w[0] && w[1] <= known;
        }
        let (begin, finish) = (boundaries[0], boundaries[shape.periods]);
        self.person.survives &= finish <= until;
        for i in costs.offsets[person as usize]..costs.offsets[person as usize + 1] {
            let (start, end) = (costs.start[i], costs.end[i]);
            if end <= begin || start >= finish || start >= end {
                continue;
            }
            let amount = factors.apply(costs.amount[i], costs.category[i], costs.price_year[i]);
            let share = Share { amount, start, end };
            let category = costs.category[i] as usize;
            let mut p = boundaries.partition_point(|&b| b <= start).max(1) - 1;
            let mut seen = 0;
            while p < shape.periods && boundaries[p] < end {
                let (lo, hi) = (start.max(boundaries[p]), end.min(boundaries[p + 1]));
                let (seen_lo, seen_hi) = (lo.max(from).min(hi), hi.min(until).max(lo));
                let exposed = if seen_lo < seen_hi {
                    share.of(seen_lo, seen_hi)
                } else {
                    0
                };
                self.sums.unexposed += i128::from(share.of(lo, hi) - exposed);
                if exposed != 0 {
                    let leaf = shape.leaf(p, category, costs.payer[i] as usize);
                    let ore = &mut self.person.ore[leaf];
                    if *ore == 0 && !self.person.touched.contains(&leaf) {
                        self.person.touched.push(leaf);
                    }
                    *ore += exposed;
                    seen += exposed;
                }
                p += 1;
            }
            if seen != 0 {
                *self
                    .by_year
                    .entry((category, costs.price_year[i]))
                    .or_default() += i128::from(seen);
            }
        }
    }

    /// The sums of everyone added.
    pub(super) fn finish(mut self) -> StratumSums {
        let classes = self.sums.classes.iter_mut().zip(self.replicates);
        classes.for_each(|(class, replicates)| class.replicates = replicates.finish());
        let spread = self.observed_whole.into_iter().zip(self.amounts);
        self.sums.spread = spread.map(|(n, amounts)| Bins::of(n, amounts)).collect();
        let first = self.sight.factors.years().0;
        let price_years = self.by_year.into_iter().map(|((category, year), total)| {
            let factor = self.sight.factors.factor(category, (year - first) as usize);
            PriceYear {
                category,
                year,
                factor,
                total,
            }
        });
        self.sums.price_years = price_years.collect();
        self.sums
    }
}

/// Adds a person's øre to the replicates of a cell.
fn replicate(replicates: &mut ReplicateSums, shape: &Shape, key: usize, ore: i128, days: [u64; 2]) {
    let [counted, lived] = days.map(i128::from);
    let square = ore.saturating_mul(ore).saturating_add(SQUARE_KRONE / 2) / SQUARE_KRONE;
    replicates.add(key, [ore, square, ore * counted]);
    if lived < counted {
        replicates.add(shape.lost_key(key), [0, 0, ore * (counted - lived)]);
    }
}
