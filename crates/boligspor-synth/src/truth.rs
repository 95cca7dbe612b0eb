//! The planted truth: what an estimator should find, computed from the model.
//!
//! The chains of [`crate::model`] are pushed forward (and, before placement,
//! backward) a day at a time for every combination of traits, and averaged with
//! the probabilities the traits are drawn by. Averages over placement days use
//! every day a placement can fall on, with its own anniversaries, so 29 February
//! and months of 28 to 31 days are in the truth too. Nothing is simulated: the
//! figures are exact but for rounding in floating-point arithmetic.
//!
//! Only people whose horizon (or whole relative year) lies within the data
//! count, as in an analysis that needs no censoring. Since the model does not
//! change with the calendar, the same figures are what a correct treatment of
//! censoring estimates.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::career::World;
use crate::cost::{self, Category};
use crate::day::{self, ADULT, Day};
use crate::error::Result;
use crate::model::{self, AFTER_BREAKS, Age, BEFORE_BREAKS, Care, Class, Exits, Method, Model};
use crate::municipality::{Municipality, PRIVATE};
use crate::place::{Place, Spot, Tenancy};
use crate::spec::{LONGEST_WAIT, SHORTEST_WAIT, Spec};

/// Months after time zero at which retention is given.
const HORIZONS: [i32; 6] = [6, 12, 24, 36, 48, 60];

/// Costs are given for so many years either side of placement.
const YEARS: i32 = 5;

/// Chance of each state of the chain.
type Chances = [f64; Spot::COUNT];

/// The truth of a spec: retention, costs by relative year, municipal effects.
///
/// ```
/// use boligspor_synth::{Spec, Truth};
/// let truth = Truth::of(&Spec::cohort(500, 1))?;
/// let three_years = truth.placed.iter().find(|r| r.horizon_months == 36).unwrap();
/// assert!((0.75..0.85).contains(&three_years.any_dwelling_of_living));
/// # Ok::<(), boligspor_synth::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// Always true: nothing here describes real people or places.
    pub synthetic: bool,
    /// The year whose prices all costs are in.
    pub price_year: i32,
    /// Retention of the placed, counted from placement.
    pub placed: Vec<Retention>,
    /// Retention of all enrolled, placed or never placed, from enrolment.
    pub enrolled: Vec<Retention>,
    /// Costs of the placed by year counted from placement: year 0 begins on the
    /// day of placement, year −1 ends the day before it.
    pub costs_by_relative_year: Vec<YearCost>,
    /// Costs of the placed by calendar year, 0 being the year of placement.
    pub costs_by_calendar_year: Vec<YearCost>,
    /// The municipalities' planted effects.
    pub municipalities: Vec<MunicipalTruth>,
}

/// Where people are at a horizon, under several definitions of retention.
///
/// "In a dwelling" is the state of the day by the default precedence: someone
/// in hospital or prison is not in a dwelling, though they may keep one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Retention {
    /// Calendar months after time zero.
    pub horizon_months: i32,
    /// Share of people whose horizon lies within the data.
    pub observed: f64,
    /// Share in each state of the day, the dead included.
    pub states: BTreeMap<&'static str, f64>,
    /// Share in any dwelling; the dead and the emigrated are not retained.
    pub any_dwelling: f64,
    /// Share in any dwelling, of those alive (VIVE's definition as read here).
    pub any_dwelling_of_living: f64,
    /// Share in any dwelling, of those alive and not emigrated.
    pub any_dwelling_of_present: f64,
    /// Share holding any tenancy, wherever they are, of those alive.
    pub any_tenancy_of_living: f64,
    /// Share in the allotted dwelling; the dead are not retained.
    pub allotted_dwelling: f64,
    /// Share in the allotted dwelling, of those alive.
    pub allotted_dwelling_of_living: f64,
    /// Share holding the allotted tenancy, wherever they are, of those alive.
    /// Once given up it is never held again, so this is also "throughout".
    pub allotted_tenancy_of_living: f64,
    /// Expected days in any dwelling until the horizon, over expected days alive.
    pub days_in_dwelling: f64,
}

/// Expected cost of a placed person in one year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct YearCost {
    /// Years from the year of placement.
    pub year: i32,
    /// Share of people for whom the whole year lies within the data.
    pub observed: f64,
    /// DKK per person placed, in fixed prices; the dead cost nothing.
    pub mean_per_person: f64,
    /// Person-years alive, adult and not emigrated, per person placed.
    pub person_years: f64,
    /// DKK per person-year.
    pub mean_per_person_year: f64,
    /// [`mean_per_person`](Self::mean_per_person) by category.
    pub by_category: BTreeMap<&'static str, f64>,
    /// [`mean_per_person`](Self::mean_per_person) by payer.
    pub by_payer: BTreeMap<&'static str, f64>,
}

/// A municipality's planted effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MunicipalTruth {
    /// The code.
    pub municipality: String,
    /// Share of the register's people.
    pub share_of_people: f64,
    /// How far Housing First is implemented: `strong`, `partial` or `limited`.
    pub status: &'static str,
    /// Hazard ratio of losing the home, other things equal.
    pub hazard_ratio: f64,
    /// Share in any dwelling at each horizon, of those alive.
    pub any_dwelling_of_living: BTreeMap<i32, f64>,
    /// Share dead or not in a dwelling at each horizon, of those placed.
    pub not_in_dwelling: BTreeMap<i32, f64>,
}

impl Truth {
    /// Computes the truth of a spec.
    ///
    /// Takes milliseconds for one municipality and seconds for a country.
    ///
    /// # Errors
    /// [`Error::Spec`](crate::Error::Spec) where the spec is out of range.
    pub fn of(spec: &Spec) -> Result<Self> {
        spec.check()?;
        Ok(Self::compute(&World::new(spec)))
    }

    pub(crate) fn compute(world: &World) -> Self {
        let placed_days = PlacementDays::new(world);
        let after = After::compute(world, &placed_days);
        let before = Before::compute(world);
        let costs = Costs::new(world, &before, &after);
        let window = world.window;
        let present = HORIZONS
            .into_iter()
            .filter(|h| placed_days.lengths.contains_key(h));
        Self {
            synthetic: true,
            price_year: cost::base_year(window.end),
            placed: present
                .clone()
                .map(|months| {
                    let lengths = &placed_days.lengths[&months];
                    let mix = Mix::over(lengths.iter().map(|(l, w)| (after.total(*l), *w)));
                    let days = lengths
                        .iter()
                        .map(|(l, w)| (after.housed_and_alive(*l), *w));
                    mix.retention(months, placed_days.observed(months), days)
                })
                .collect(),
            enrolled: enrolled(world, &before, &after),
            costs_by_relative_year: costs.by_year(|placed, year| {
                let months = |years: i32| day::add_months(placed, 12 * years) - placed;
                months(year)..months(year + 1)
            }),
            costs_by_calendar_year: costs.by_year(|placed, year| {
                let first = day::year(placed) + year;
                day::new_year(first) - placed..day::new_year(first + 1) - placed
            }),
            municipalities: after
                .municipalities
                .iter()
                .zip(world.country.list.iter().zip(&world.country.shares))
                .map(|(at, (m, share))| MunicipalTruth {
                    municipality: format!("{:03}", m.code),
                    share_of_people: *share,
                    status: m.status.code(),
                    hazard_ratio: m.hazard,
                    any_dwelling_of_living: present
                        .clone()
                        .map(|h| (h, at.mix(&placed_days.lengths[&h]).any_dwelling_of_living()))
                        .collect(),
                    not_in_dwelling: present
                        .clone()
                        .map(|h| (h, 1.0 - at.mix(&placed_days.lengths[&h]).any_dwelling()))
                        .collect(),
                })
                .collect(),
        }
    }

    /// The truth as JSON, as written to `truth.json`.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// How many days each horizon lies after placement, over all placement days.
struct PlacementDays {
    /// By horizon: the lengths in days, with how many placement days have each.
    lengths: BTreeMap<i32, BTreeMap<i32, f64>>,
    all: f64,
}

impl PlacementDays {
    fn new(world: &World) -> Self {
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

    fn observed(&self, months: i32) -> f64 {
        self.lengths[&months].values().sum::<f64>() / self.all
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

/// One day's transition, as sparse rows.
struct Step {
    stay: Chances,
    moves: Vec<(usize, usize, f64)>,
}

impl Step {
    fn new(mut exits: impl FnMut(Spot, &mut Exits)) -> Self {
        let mut step = Self {
            stay: [1.0; Spot::COUNT],
            moves: Vec::new(),
        };
        let mut out = Exits::default();
        for spot in Spot::all() {
            exits(spot, &mut out);
            step.stay[spot.index()] = 1.0 - out.total();
            step.moves
                .extend(out.to.iter().map(|(to, p)| (spot.index(), to.index(), *p)));
        }
        step
    }

    fn apply(&self, now: &Chances) -> Chances {
        let mut next = [0.0; Spot::COUNT];
        for i in 0..Spot::COUNT {
            next[i] = now[i] * self.stay[i];
        }
        for &(from, to, p) in &self.moves {
            next[to] += now[from] * p;
        }
        next
    }
}

/// Runs a chain from its first day index to the last, visiting each day.
fn push(
    mut now: Chances,
    days: std::ops::RangeInclusive<i32>,
    breaks: &[i32; 3],
    steps: &[Step; 4],
    mut visit: impl FnMut(i32, &Chances),
) {
    for index in days {
        visit(index, &now);
        now = steps[model::phase(breaks, index)].apply(&now);
    }
}

fn steps(mut exits: impl FnMut(usize, Spot, &mut Exits)) -> [Step; 4] {
    std::array::from_fn(|phase| Step::new(|spot, out| exits(phase, spot, out)))
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

fn add(to: &mut Chances, from: &Chances, weight: f64) {
    for (a, b) in to.iter_mut().zip(from) {
        *a += weight * b;
    }
}

/// The personal traits that matter, with their probabilities; method, letting
/// and municipality are filled in by the caller.
fn traits(hazard: f64) -> Vec<(Class, f64)> {
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

/// Chances after placement, on each day.
struct After {
    /// By day and group; the groups' chances sum to 1.
    days: Vec<[Chances; GROUPS]>,
    /// Expected days in a dwelling, and alive, before each day.
    so_far: Vec<(f64, f64)>,
    /// Chances under usual care, on each day since enrolment.
    usual: Vec<Chances>,
    municipalities: Vec<AtHorizons>,
}

/// One municipality's chances on the days needed.
struct AtHorizons {
    days: BTreeMap<i32, Chances>,
}

impl AtHorizons {
    fn mix(&self, lengths: &BTreeMap<i32, f64>) -> Mix {
        Mix::over(lengths.iter().map(|(l, w)| (self.days[l], *w)))
    }
}

/// A municipality's part of [`After`].
struct Part {
    days: Vec<[Chances; GROUPS]>,
    usual: Vec<Chances>,
    at: AtHorizons,
}

impl After {
    fn compute(world: &World, placed_days: &PlacementDays) -> Self {
        let window = world.window;
        let horizon = (window.end - window.placed_from).min(366 * (YEARS + 1));
        let needed = placed_days.needed();
        let mut days = vec![[[0.0; Spot::COUNT]; GROUPS]; horizon as usize + 1];
        let mut usual = vec![[0.0; Spot::COUNT]; horizon as usize + 1];
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
                municipalities.push(part.at);
            }
        }
        let mut after = Self {
            so_far: Vec::with_capacity(days.len()),
            days,
            usual,
            municipalities,
        };
        let (mut housed, mut alive) = (0.0, 0.0);
        for day in 0..after.days.len() as i32 {
            after.so_far.push((housed, alive));
            let mix = Mix(after.total(day));
            housed += mix.any_dwelling();
            alive += mix.living();
        }
        after
    }

    fn total(&self, day: i32) -> Chances {
        let mut sum = [0.0; Spot::COUNT];
        for chances in &self.days[day as usize] {
            add(&mut sum, chances, 1.0);
        }
        sum
    }

    fn housed_and_alive(&self, day: i32) -> (f64, f64) {
        self.so_far[day as usize]
    }
}

impl Part {
    fn compute(model: &Model, m: &Municipality, horizon: i32, needed: &[i32]) -> Self {
        let mut part = Self {
            days: vec![[[0.0; Spot::COUNT]; GROUPS]; horizon as usize + 1],
            usual: vec![[0.0; Spot::COUNT]; horizon as usize + 1],
            at: AtHorizons {
                days: BTreeMap::new(),
            },
        };
        for (class, weight) in placed_classes(m) {
            let steps = steps(|phase, spot, out| {
                model.after(&class, Care::HousingFirst, phase, spot, out);
            });
            let group = group(&class);
            push(
                certain(Spot::ALLOTTED_HOME),
                0..=horizon,
                &AFTER_BREAKS,
                &steps,
                |day, p| {
                    add(&mut part.days[day as usize][group], p, weight);
                },
            );
        }
        for (class, weight) in traits(m.hazard) {
            let steps = steps(|phase, spot, out| {
                model.after(&class, Care::Usual, phase, spot, out);
            });
            push(
                at_time_zero(),
                0..=horizon,
                &AFTER_BREAKS,
                &steps,
                |day, p| {
                    add(&mut part.usual[day as usize], p, weight);
                },
            );
        }
        for &day in needed.iter().filter(|d| **d <= horizon) {
            let mut sum = [0.0; Spot::COUNT];
            for chances in &part.days[day as usize] {
                add(&mut sum, chances, 1.0);
            }
            part.at.days.insert(day, sum);
        }
        part
    }
}

/// Chances before time zero, on each day, by psychiatric diagnosis.
struct Before {
    /// Index k is k days before time zero; index 0 is not used.
    days: Vec<[Chances; 2]>,
}

impl Before {
    fn compute(world: &World) -> Self {
        let longest = (world.window.placed_until - world.window.start).max(LONGEST_WAIT);
        let longest = longest.min(366 * (YEARS + 1));
        let mut days = vec![[[0.0; Spot::COUNT]; 2]; longest as usize + 1];
        for (class, weight) in traits(1.0) {
            let steps = steps(|phase, spot, out| Model::before(&class, phase, spot, out));
            let group = usize::from(class.psychiatric);
            push(
                at_time_zero(),
                1..=longest,
                &BEFORE_BREAKS,
                &steps,
                |k, p| {
                    add(&mut days[k as usize][group], p, weight);
                },
            );
        }
        Self { days }
    }

    fn total(&self, k: i32) -> Chances {
        let [a, b] = &self.days[k as usize];
        let mut sum = *a;
        add(&mut sum, b, 1.0);
        sum
    }

    /// Share of people who are adults `k` days before time zero.
    fn adults(k: i32) -> f64 {
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

/// Chances of the chain's states, averaged.
#[derive(Clone, Copy)]
struct Mix(Chances);

impl Mix {
    fn over(parts: impl Iterator<Item = (Chances, f64)>) -> Self {
        let (mut sum, mut total) = ([0.0; Spot::COUNT], 0.0);
        for (chances, weight) in parts {
            add(&mut sum, &chances, weight);
            total += weight;
        }
        Self(sum.map(|p| p / total))
    }

    fn chance(&self, pass: impl Fn(Spot) -> bool) -> f64 {
        Spot::all()
            .filter(|s| pass(*s))
            .map(|s| self.0[s.index()])
            .sum()
    }

    fn any_dwelling(&self) -> f64 {
        self.chance(|s| s.place() == Place::Home)
    }

    fn living(&self) -> f64 {
        1.0 - self.0[Spot::DEAD.index()]
    }

    fn any_dwelling_of_living(&self) -> f64 {
        self.any_dwelling() / self.living()
    }

    fn retention(
        &self,
        horizon_months: i32,
        observed: f64,
        days: impl Iterator<Item = ((f64, f64), f64)>,
    ) -> Retention {
        let living = self.living();
        let present = living - self.0[Spot::ABROAD.index()];
        let allotted = self.0[Spot::ALLOTTED_HOME.index()];
        let mut so_far = (0.0, 0.0);
        for ((housed, alive), weight) in days {
            so_far.0 += housed * weight;
            so_far.1 += alive * weight;
        }
        Retention {
            horizon_months,
            observed,
            states: Place::ALL
                .into_iter()
                .map(|place| (place.code(), self.chance(|s| s.place() == place)))
                .collect(),
            any_dwelling: self.any_dwelling(),
            any_dwelling_of_living: self.any_dwelling_of_living(),
            any_dwelling_of_present: self.any_dwelling() / present,
            any_tenancy_of_living: self.chance(|s| s.tenancy() != Tenancy::None) / living,
            allotted_dwelling: allotted,
            allotted_dwelling_of_living: allotted / living,
            allotted_tenancy_of_living: self.chance(|s| s.tenancy() == Tenancy::Allotted) / living,
            days_in_dwelling: so_far.0 / so_far.1,
        }
    }
}

/// Retention of all enrolled, from enrolment.
fn enrolled(world: &World, before: &Before, after: &After) -> Vec<Retention> {
    let window = world.window;
    let never = world.spec.never_placed;
    let waits = f64::from(LONGEST_WAIT + 1 - SHORTEST_WAIT);
    let dates = f64::from(window.placed_until - window.placed_from);
    // Where someone placed `wait` days after enrolment is `since` days after it.
    let placed = |wait: i32, since: i32| {
        if since < wait {
            before.total(wait - since)
        } else {
            after.total(since - wait)
        }
    };
    // Days in a dwelling and alive in the first `length` days.
    let mut waiting = vec![0.0];
    for k in 1..=LONGEST_WAIT {
        let before = waiting[k as usize - 1] + Mix(before.total(k)).any_dwelling();
        waiting.push(before);
    }
    let placed_so_far = |wait: i32, length: i32| {
        let behind = (wait - length).max(0);
        let (housed, alive) = after.housed_and_alive((length - wait).max(0));
        let here = waiting[wait as usize] - waiting[behind as usize];
        (here + housed, f64::from(wait - behind) + alive)
    };
    let mut usual_so_far = vec![(0.0, 0.0)];
    for chances in &after.usual {
        let (housed, alive) = usual_so_far[usual_so_far.len() - 1];
        let mix = Mix(*chances);
        usual_so_far.push((housed + mix.any_dwelling(), alive + mix.living()));
    }
    HORIZONS
        .into_iter()
        .filter_map(|months| {
            // Weights by wait (None: never placed) and days to the horizon.
            let mut weights: BTreeMap<(Option<i32>, i32), f64> = BTreeMap::new();
            for time_zero in window.placed_from..window.placed_until {
                let waits_of = (SHORTEST_WAIT..=LONGEST_WAIT)
                    .map(|w| (Some(w), time_zero - w, (1.0 - never) / waits))
                    .chain([(None, time_zero, never)]);
                for (wait, start, weight) in waits_of {
                    let at = day::add_months(start, months);
                    if at < window.end && weight > 0.0 {
                        *weights.entry((wait, at - start)).or_default() += weight / dates;
                    }
                }
            }
            let observed: f64 = weights.values().sum();
            if observed == 0.0 {
                return None;
            }
            let mix = Mix::over(weights.iter().map(|((wait, since), weight)| {
                let chances = match wait {
                    Some(wait) => placed(*wait, *since),
                    None => after.usual[*since as usize],
                };
                (chances, *weight)
            }));
            let days = weights.iter().map(|((wait, since), weight)| {
                let so_far = match wait {
                    Some(wait) => placed_so_far(*wait, *since),
                    None => usual_so_far[*since as usize],
                };
                (so_far, *weight)
            });
            Some(mix.retention(months, observed, days))
        })
        .collect()
}

/// Expected cost of every day relative to placement, summed up.
struct Costs<'a> {
    world: &'a World,
    /// The first relative day.
    first: i32,
    /// By relative day from `first`: expected costs and presence before that day.
    sums: Vec<([f64; Category::COUNT], f64)>,
}

impl<'a> Costs<'a> {
    fn new(world: &'a World, before: &Before, after: &After) -> Self {
        let first = 1 - before.days.len() as i32;
        let mut sums = vec![([0.0; Category::COUNT], 0.0)];
        let mut rates = [0.0; Category::COUNT];
        for day in first..after.days.len() as i32 {
            let (mut costs, mut present) = sums[sums.len() - 1];
            let groups: &[Chances] = if day < 0 {
                &before.days[-day as usize]
            } else {
                &after.days[day as usize]
            };
            let adults = if day < 0 { Before::adults(-day) } else { 1.0 };
            for (g, chances) in groups.iter().enumerate() {
                // Before placement the groups differ by diagnosis only.
                let class = Class {
                    method: Method::ALL[g / 2],
                    psychiatric: g % 2 == 1,
                    ..traits(1.0)[0].0
                };
                for spot in Spot::all() {
                    let chance = chances[spot.index()] * adults;
                    if chance > 0.0 {
                        let place = spot.place();
                        present += chance * f64::from(u8::from(cost::supported(place)));
                        cost::expected_day(
                            &world.model,
                            &class,
                            Care::HousingFirst,
                            place,
                            day,
                            &mut rates,
                        );
                        for (sum, rate) in costs.iter_mut().zip(rates) {
                            *sum += chance * rate;
                        }
                    }
                }
            }
            sums.push((costs, present));
        }
        Self { world, first, sums }
    }

    /// Averages over placement days of the years whose relative days are `span`.
    fn by_year(&self, span: impl Fn(Day, i32) -> std::ops::Range<i32>) -> Vec<YearCost> {
        let window = self.world.window;
        let all = f64::from(window.placed_until - window.placed_from);
        let mut years = Vec::new();
        for year in -YEARS..=YEARS {
            let (mut costs, mut present, mut days) = ([0.0; Category::COUNT], 0.0, 0.0);
            for placed in window.placed_from..window.placed_until {
                let span = span(placed, year);
                let last = self.first + self.sums.len() as i32 - 1;
                let seen = placed + span.start >= window.start && placed + span.end <= window.end;
                if !seen || span.start < self.first || span.end > last {
                    continue;
                }
                let at = |day: i32| &self.sums[(day - self.first) as usize];
                let (start, end) = (at(span.start), at(span.end));
                for (sum, (a, b)) in costs.iter_mut().zip(start.0.iter().zip(&end.0)) {
                    *sum += b - a;
                }
                present += (end.1 - start.1) / f64::from(span.end - span.start);
                days += 1.0;
            }
            if days > 0.0 {
                years.push(YearCost::new(
                    year,
                    days / all,
                    costs.map(|c| c / days),
                    present / days,
                ));
            }
        }
        years
    }
}

impl YearCost {
    fn new(year: i32, observed: f64, costs: [f64; Category::COUNT], person_years: f64) -> Self {
        let mean_per_person: f64 = costs.iter().sum();
        let mut by_payer = BTreeMap::new();
        for (category, cost) in Category::ALL.into_iter().zip(costs) {
            for (payer, share) in category.payers() {
                *by_payer.entry(payer.code()).or_insert(0.0) += cost * share;
            }
        }
        Self {
            year,
            observed,
            mean_per_person,
            person_years,
            mean_per_person_year: mean_per_person / person_years,
            by_category: Category::ALL
                .into_iter()
                .zip(costs)
                .map(|(category, cost)| (category.code(), cost))
                .collect(),
            by_payer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::career::Kind;
    use crate::rows::Rows;

    /// A cohort big enough that its Monte-Carlo error is small.
    const PEOPLE: u64 = 30_000;

    fn spec() -> Spec {
        Spec {
            municipalities: vec!["461".into(), "751".into()],
            never_placed: 0.3,
            ..Spec::cohort(PEOPLE, 11)
        }
    }

    /// Whether a simulated share agrees with the truth: a two-sided test at
    /// |z| < 4.5, so that all of them together fail by chance about never.
    fn agrees(what: &str, hits: f64, n: f64, truth: f64) {
        let z = (hits / n - truth) / (truth * (1.0 - truth) / n).sqrt();
        assert!(
            z.abs() < 4.5,
            "{what}: {} of {n}, truth {truth}, z = {z:.2}",
            hits / n
        );
    }

    #[test]
    fn simulated_retention_agrees_with_the_truth() {
        let world = World::new(&spec());
        let truth = Truth::compute(&world);
        let people: Vec<_> = (0..PEOPLE).map(|i| world.person(i)).collect();
        for (population, retention) in [("placed", &truth.placed), ("enrolled", &truth.enrolled)] {
            assert!(retention.len() >= 4);
            for r in retention {
                let (mut n, mut living) = (0.0, 0.0);
                let (mut home, mut allotted, mut tenancy) = (0.0, 0.0, 0.0);
                for person in &people {
                    let from_placement = population == "placed";
                    if from_placement && person.kind != Kind::Placed {
                        continue;
                    }
                    let start = if from_placement {
                        person.time_zero
                    } else {
                        person.enrolled
                    };
                    let at = day::add_months(start, r.horizon_months);
                    if at >= world.window.end {
                        continue;
                    }
                    let yes = |b: bool| f64::from(u8::from(b));
                    let spot = person.on(at).unwrap();
                    n += 1.0;
                    living += yes(spot != Spot::DEAD);
                    home += yes(spot.place() == Place::Home);
                    allotted += yes(spot == Spot::ALLOTTED_HOME);
                    tenancy += yes(spot.tenancy() != Tenancy::None);
                }
                let what = |name: &str| format!("{name} of {population} at {}", r.horizon_months);
                agrees(&what("any dwelling"), home, n, r.any_dwelling);
                agrees(&what("living"), living, n, 1.0 - r.states["dead"]);
                agrees(&what("of living"), home, living, r.any_dwelling_of_living);
                agrees(
                    &what("allotted"),
                    allotted,
                    living,
                    r.allotted_dwelling_of_living,
                );
                agrees(&what("tenancy"), tenancy, living, r.any_tenancy_of_living);
            }
        }
    }

    #[test]
    fn simulated_days_in_a_dwelling_agree_with_the_truth() {
        let world = World::new(&spec());
        let truth = Truth::compute(&world);
        for r in truth
            .enrolled
            .iter()
            .filter(|r| [6, 36].contains(&r.horizon_months))
        {
            // Ratio of sums, with the delta method for its error.
            let pairs: Vec<(f64, f64)> = (0..8_000)
                .filter_map(|number| {
                    let person = world.person(number);
                    let until = day::add_months(person.enrolled, r.horizon_months);
                    (until < world.window.end).then(|| {
                        let days = |pass: fn(Spot) -> bool| {
                            (person.enrolled..until)
                                .filter(|d| person.on(*d).is_some_and(pass))
                                .count() as f64
                        };
                        (
                            days(|s| s.place() == Place::Home),
                            days(|s| s != Spot::DEAD),
                        )
                    })
                })
                .collect();
            let (housed, alive) = pairs
                .iter()
                .fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
            let ratio = housed / alive;
            let var: f64 = pairs.iter().map(|(x, y)| (x - ratio * y).powi(2)).sum();
            let z = (ratio - r.days_in_dwelling) / (var.sqrt() / alive);
            assert!(
                z.abs() < 4.5,
                "{} months: {ratio}, z = {z:.2}",
                r.horizon_months
            );
        }
    }

    #[test]
    fn simulated_costs_agree_with_the_truth_year_by_year_and_by_category() {
        let world = World::new(&spec());
        let truth = Truth::compute(&world);
        let base = cost::price_index(truth.price_year);
        let placed: Vec<_> = (0..PEOPLE)
            .map(|i| world.person(i))
            .filter(|p| p.kind == Kind::Placed)
            .collect();
        for calendar in [false, true] {
            let years = if calendar {
                &truth.costs_by_calendar_year
            } else {
                &truth.costs_by_relative_year
            };
            assert!(years.len() >= 5);
            let mut checked = 0;
            for expected in years {
                let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
                let mut by_category = [(0.0, 0.0); Category::COUNT];
                let mut rows = Rows::default();
                for person in &placed {
                    let (start, end) = if calendar {
                        let year = day::year(person.time_zero) + expected.year;
                        (day::new_year(year), day::new_year(year + 1))
                    } else {
                        let at = |y: i32| day::add_months(person.time_zero, 12 * y);
                        (at(expected.year), at(expected.year + 1))
                    };
                    if start < world.window.start || end > world.window.end {
                        continue;
                    }
                    rows.costs.clear();
                    rows.add(&world, person);
                    let mut costs = [0.0; Category::COUNT];
                    for c in &rows.costs {
                        let days = (c.end.min(end) - c.start.max(start)).max(0);
                        let share = f64::from(days) / f64::from(c.end - c.start);
                        let prices = base / cost::price_index(c.price_year);
                        costs[c.category as usize] += c.amount * share * prices;
                    }
                    let total: f64 = costs.iter().sum();
                    n += 1.0;
                    sum += total;
                    squares += total * total;
                    for ((s, q), c) in by_category.iter_mut().zip(costs) {
                        *s += c;
                        *q += c * c;
                    }
                }
                let z = |sum: f64, squares: f64, truth: f64| {
                    let mean = sum / n;
                    (mean - truth) / ((squares / n - mean * mean) / n).sqrt()
                };
                let total = z(sum, squares, expected.mean_per_person);
                assert!(total.abs() < 4.5, "year {}: z = {total:.2}", expected.year);
                for (category, (s, q)) in Category::ALL.into_iter().zip(by_category) {
                    let truth = expected.by_category[category.code()];
                    if s > 0.0 && truth > 500.0 && category != Category::Establishment {
                        let z = z(s, q, truth);
                        assert!(
                            z.abs() < 4.5,
                            "{} in year {}: z = {z:.2}",
                            category.code(),
                            expected.year
                        );
                        checked += 1;
                    }
                }
            }
            assert!(checked > 30);
        }
    }

    #[test]
    fn chances_sum_to_one_and_shares_of_payers_to_the_mean() {
        let truth = Truth::of(&Spec::odense_like()).unwrap();
        for r in truth.placed.iter().chain(&truth.enrolled) {
            assert!((r.states.values().sum::<f64>() - 1.0).abs() < 1e-9);
        }
        for c in &truth.costs_by_relative_year {
            let (a, b) = (
                c.by_payer.values().sum::<f64>(),
                c.by_category.values().sum::<f64>(),
            );
            assert!((a - c.mean_per_person).abs() < 1e-6 && (b - c.mean_per_person).abs() < 1e-6);
        }
    }

    #[test]
    fn the_municipality_is_as_plausible_as_it_is_said_to_be() {
        let truth = Truth::of(&Spec::odense_like()).unwrap();
        let at = |months| {
            truth
                .placed
                .iter()
                .find(|r| r.horizon_months == months)
                .unwrap()
        };
        assert!((at(36).any_dwelling_of_living - 0.80).abs() < 0.01);
        let cost = |year| {
            let found = truth.costs_by_relative_year.iter().find(|c| c.year == year);
            found.unwrap().mean_per_person
        };
        assert!((-4..0).all(|y| cost(y - 1) < cost(y)));
        assert!(cost(0) > cost(-1) && (1..5).all(|y| cost(y) < cost(y - 1)));
        assert!(
            (cost(0) - cost(1) - 58_000.0).abs() < 1_000.0,
            "{}",
            cost(0) - cost(1)
        );
    }

    #[test]
    fn a_municipality_with_a_greater_hazard_keeps_fewer_homes() {
        let spec = Spec {
            placed_from: jiff::civil::date(2021, 7, 1),
            placed_until: jiff::civil::date(2021, 12, 31),
            municipalities: ["101", "461", "751", "851", "561"]
                .map(String::from)
                .to_vec(),
            ..Spec::country()
        };
        let truth = Truth::of(&spec).unwrap();
        let lost: Vec<_> = truth
            .municipalities
            .iter()
            .map(|m| m.not_in_dwelling[&36])
            .collect();
        // Same methods and letting, so that only the hazard differs.
        for a in &truth.municipalities {
            for b in truth.municipalities.iter().filter(|b| b.status == a.status) {
                let fewer = a.not_in_dwelling[&36] < b.not_in_dwelling[&36];
                assert_eq!(fewer, a.hazard_ratio < b.hazard_ratio);
            }
        }
        assert!(lost.iter().all(|l| (0.1..0.5).contains(l)), "{lost:?}");
    }
}
