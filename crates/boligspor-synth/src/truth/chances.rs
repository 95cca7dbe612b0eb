//! The chances of being in each state of the chain, day by day.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::retention::{Mix, Retention};
use super::{Chances, HORIZONS, YEARS, chain};
use crate::career::World;
use crate::day::{self, ADULT};
use crate::model::{self, AFTER_BREAKS, Age, BEFORE_BREAKS, Care, Class, Method, Model};
use crate::municipality::{Municipality, PRIVATE};
use crate::place::Spot;
use crate::spec::LONGEST_WAIT;

/// How many days each horizon lies after placement, over all placement days.
pub(super) struct PlacementDays {
    /// By horizon: the lengths in days, with how many placement days have each.
    pub(super) lengths: BTreeMap<i32, BTreeMap<i32, f64>>,
    all: f64,
}

impl PlacementDays {
    pub(super) fn new(world: &World) -> Self {
        let window = world.window;
        let mut lengths: BTreeMap<i32, BTreeMap<i32, f64>> = BTreeMap::new();
        for placed in window.placed_from..window.placed_until {
            for months in HORIZONS {
                let at = day::add_months(placed, months);
                if at < window.end {
                    let counts = lengths.entry(months).or_default();
                    *counts.entry(at - placed).or_default() += 1.0;
                }
            }
        }
        let all = f64::from(window.placed_until - window.placed_from);
        Self { lengths, all }
    }

    /// Retention along a path, at every horizon that anyone reaches.
    pub(super) fn retention(&self, path: &Path) -> Vec<Retention> {
        self.lengths
            .iter()
            .map(|(&months, lengths)| {
                let mix = Mix::over(lengths.iter().map(|(l, w)| (*path.at(*l), *w)));
                let days = lengths.iter().map(|(l, w)| (path.days_before(*l), *w));
                let observed = lengths.values().sum::<f64>() / self.all;
                mix.retention(months, observed, days)
            })
            .collect()
    }

    fn needed(&self) -> Vec<i32> {
        let mut days: Vec<i32> = self
            .lengths
            .values()
            .flat_map(BTreeMap::keys)
            .copied()
            .collect();
        days.sort_unstable();
        days.dedup();
        days
    }
}

/// Chances on each day since time zero.
pub(super) struct Path {
    days: Vec<Chances>,
    /// Expected days in a dwelling, and alive, before each day.
    so_far: Vec<(f64, f64)>,
}

impl Path {
    fn new(days: Vec<Chances>) -> Self {
        let (mut housed, mut alive) = (0.0, 0.0);
        let so_far = days
            .iter()
            .map(|chances| {
                let before = (housed, alive);
                let mix = Mix::of(*chances);
                housed += mix.any_dwelling();
                alive += mix.living();
                before
            })
            .collect();
        Self { days, so_far }
    }

    pub(super) fn at(&self, day: i32) -> &Chances {
        &self.days[day as usize]
    }

    pub(super) fn days_before(&self, day: i32) -> (f64, f64) {
        self.so_far[day as usize]
    }
}

fn certain(spot: Spot) -> Chances {
    let mut chances = [0.0; Spot::COUNT];
    chances[spot.index()] = 1.0;
    chances
}

fn at_time_zero() -> Chances {
    let mut chances = [0.0; Spot::COUNT];
    for (spot, p) in model::AT_TIME_ZERO {
        chances[spot.index()] = p;
    }
    chances
}

/// Adds chances, weighted.
pub(super) fn add(to: &mut Chances, from: &Chances, weight: f64) {
    for (a, b) in to.iter_mut().zip(from) {
        *a += weight * b;
    }
}

/// The personal traits that matter, with their probabilities; method, letting
/// and municipality are filled in by the caller.
pub(super) fn traits(hazard: f64) -> Vec<(Class, f64)> {
    let or = |yes: bool, p: f64| if yes { p } else { 1.0 - p };
    let mut classes = Vec::new();
    for (age, age_share) in Age::ALL.into_iter().zip(model::AGE_SHARES) {
        for bits in 0..8 {
            let (woman, substance, psychiatric) = (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0);
            let weight = age_share
                * or(woman, model::WOMEN)
                * or(substance, model::SUBSTANCE_USE)
                * or(psychiatric, model::PSYCHIATRIC);
            let class = Class {
                age,
                woman,
                substance,
                psychiatric,
                method: Method::S85,
                private: false,
                hazard,
            };
            classes.push((class, weight));
        }
    }
    classes
}

/// The traits of a municipality's placed people, with their probabilities.
fn placed_classes(m: &Municipality) -> Vec<(Class, f64)> {
    let mut classes = Vec::new();
    for (class, weight) in traits(m.hazard) {
        for (method, share) in Method::ALL.into_iter().zip(m.methods) {
            for private in [false, true] {
                let letting = if private {
                    m.housing[PRIVATE]
                } else {
                    1.0 - m.housing[PRIVATE]
                };
                let class = Class {
                    method,
                    private,
                    ..class
                };
                classes.push((class, weight * share * letting));
            }
        }
    }
    classes
}

/// Groups of people whose days cost the same: method and psychiatric diagnosis.
const GROUPS: usize = 8;

fn group(class: &Class) -> usize {
    class.method as usize * 2 + usize::from(class.psychiatric)
}

/// Chances after time zero.
pub(super) struct After {
    /// After placement, by day and group; the groups' chances sum to 1.
    pub(super) days: Vec<[Chances; GROUPS]>,
    /// After placement.
    pub(super) placed: Path,
    /// After enrolment, under usual care.
    pub(super) usual: Path,
    /// The same by psychiatric diagnosis, which costs depend on.
    pub(super) usual_days: Vec<[Chances; 2]>,
    pub(super) municipalities: Vec<AtHorizons>,
}

/// One municipality's chances on the days needed.
pub(super) struct AtHorizons {
    days: BTreeMap<i32, Chances>,
}

impl AtHorizons {
    pub(super) fn mix(&self, lengths: &BTreeMap<i32, f64>) -> Mix {
        Mix::over(lengths.iter().map(|(l, w)| (self.days[l], *w)))
    }
}

/// A municipality's part of [`After`].
struct Part {
    days: Vec<[Chances; GROUPS]>,
    usual: Vec<Chances>,
    usual_days: Vec<[Chances; 2]>,
    at: AtHorizons,
}

impl After {
    pub(super) fn compute(world: &World, placed_days: &PlacementDays) -> Self {
        let window = world.window;
        let horizon = (window.end - window.placed_from).min(366 * (YEARS + 1));
        let needed = placed_days.needed();
        let mut days = vec![[[0.0; Spot::COUNT]; GROUPS]; horizon as usize + 1];
        let mut usual = vec![[0.0; Spot::COUNT]; horizon as usize + 1];
        let mut usual_days = vec![[[0.0; Spot::COUNT]; 2]; horizon as usize + 1];
        let mut municipalities = Vec::new();
        let all: Vec<_> = world
            .country
            .list
            .iter()
            .zip(&world.country.shares)
            .collect();
        // In batches, so that memory stays small and sums keep one order.
        for batch in all.chunks(4) {
            let parts: Vec<Part> = batch
                .par_iter()
                .map(|(m, _)| Part::compute(&world.model, m, horizon, &needed))
                .collect();
            for (part, (_, share)) in parts.into_iter().zip(batch) {
                for (sum, groups) in days.iter_mut().zip(&part.days) {
                    for (sum, chances) in sum.iter_mut().zip(groups) {
                        add(sum, chances, **share);
                    }
                }
                for (sum, chances) in usual.iter_mut().zip(&part.usual) {
                    add(sum, chances, **share);
                }
                for (sum, groups) in usual_days.iter_mut().zip(&part.usual_days) {
                    for (sum, chances) in sum.iter_mut().zip(groups) {
                        add(sum, chances, **share);
                    }
                }
                municipalities.push(part.at);
            }
        }
        let all = days.iter().map(|groups| sum_of(groups)).collect();
        Self {
            placed: Path::new(all),
            usual: Path::new(usual),
            usual_days,
            days,
            municipalities,
        }
    }

    /// The path of those with one support method.
    pub(super) fn with(&self, method: Method) -> Path {
        let first = method as usize * 2;
        let days = self.days.iter().map(|groups| {
            let sum = sum_of(&groups[first..first + 2]);
            let total: f64 = sum.iter().sum();
            sum.map(|p| p / total)
        });
        Path::new(days.collect())
    }
}

fn sum_of(groups: &[Chances]) -> Chances {
    let mut sum = [0.0; Spot::COUNT];
    for chances in groups {
        add(&mut sum, chances, 1.0);
    }
    sum
}

impl Part {
    fn compute(model: &Model, m: &Municipality, horizon: i32, needed: &[i32]) -> Self {
        let mut part = Self {
            days: vec![[[0.0; Spot::COUNT]; GROUPS]; horizon as usize + 1],
            usual: vec![[0.0; Spot::COUNT]; horizon as usize + 1],
            usual_days: vec![[[0.0; Spot::COUNT]; 2]; horizon as usize + 1],
            at: AtHorizons {
                days: BTreeMap::new(),
            },
        };
        let mut classes = placed_classes(m);
        classes.sort_by_key(|(class, _)| group(class));
        for same in classes.chunk_by(|(a, _), (b, _)| group(a) == group(b)) {
            let group = group(&same[0].0);
            chain::run(
                &certain(Spot::ALLOTTED_HOME),
                same,
                0..=horizon,
                &AFTER_BREAKS,
                |class, phase, spot, out| {
                    model.after(class, Care::HousingFirst, phase, spot, out);
                },
                |day, chances| add(&mut part.days[day as usize][group], chances, 1.0),
            );
        }
        chain::run(
            &at_time_zero(),
            &traits(m.hazard),
            0..=horizon,
            &AFTER_BREAKS,
            |class, phase, spot, out| model.after(class, Care::Usual, phase, spot, out),
            |day, chances| add(&mut part.usual[day as usize], chances, 1.0),
        );
        for psychiatric in [false, true] {
            let mut classes = traits(m.hazard);
            classes.retain(|(class, _)| class.psychiatric == psychiatric);
            let group = usize::from(psychiatric);
            chain::run(
                &at_time_zero(),
                &classes,
                0..=horizon,
                &AFTER_BREAKS,
                |class, phase, spot, out| model.after(class, Care::Usual, phase, spot, out),
                |day, chances| add(&mut part.usual_days[day as usize][group], chances, 1.0),
            );
        }
        for &day in needed.iter().filter(|d| **d <= horizon) {
            let sum = sum_of(&part.days[day as usize]);
            part.at.days.insert(day, sum);
        }
        part
    }
}

/// Chances before time zero, on each day, by psychiatric diagnosis.
pub(super) struct Before {
    /// Index k is k days before time zero; index 0 is not used.
    pub(super) days: Vec<[Chances; 2]>,
}

impl Before {
    pub(super) fn compute(world: &World) -> Self {
        let longest = (world.window.placed_until - world.window.start).max(LONGEST_WAIT);
        let longest = longest.min(366 * (YEARS + 1));
        let mut days = vec![[[0.0; Spot::COUNT]; 2]; longest as usize + 1];
        for psychiatric in [false, true] {
            let mut classes = traits(1.0);
            classes.retain(|(class, _)| class.psychiatric == psychiatric);
            chain::run(
                &at_time_zero(),
                &classes,
                1..=longest,
                &BEFORE_BREAKS,
                Model::before,
                |k, chances| {
                    add(
                        &mut days[k as usize][usize::from(psychiatric)],
                        chances,
                        1.0,
                    );
                },
            );
        }
        Self { days }
    }

    pub(super) fn total(&self, k: i32) -> Chances {
        sum_of(&self.days[k as usize])
    }

    /// Share of people who are adults `k` days before time zero.
    pub(super) fn adults(k: i32) -> f64 {
        let share = |age: Age| {
            let (low, high) = age.days();
            let young = (ADULT + k).clamp(low, high) - low;
            1.0 - f64::from(young) / f64::from(high - low)
        };
        Age::ALL
            .into_iter()
            .zip(model::AGE_SHARES)
            .map(|(a, s)| s * share(a))
            .sum()
    }
}
