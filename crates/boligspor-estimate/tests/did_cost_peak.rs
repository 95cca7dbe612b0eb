//! A world without effect in which people enter at a peak of their costs.
//!
//! Each person has a level of yearly cost of their own and, besides, troubles
//! that come and pass: a shock whose effect is mostly gone after two years. Entry
//! becomes likely in the year after costs were high. Nothing that follows is an
//! effect, so that whatever a method finds is bias. The slow test prints the table
//! in `docs/difference-in-differences.md`.
#![allow(
    clippy::print_stdout,
    reason = "the table is the point of the simulation"
)]

use boligspor_estimate::did::{
    AttGtOptions, Control, DidData, att_gt, base_sensitivity, peak_diagnostic,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const PERIODS: i64 = 12;
const FIRST_ENTRY: i64 = 5;
const LAST_ENTRY: i64 = 9;

/// What makes people enter: a logistic chance of `shock / per + level·(own level −
/// 140)/100 − rarity` in each year.
#[derive(Clone, Copy)]
struct Entry {
    name: &'static str,
    per: f64,
    level: f64,
    rarity: f64,
}

const BY_SHOCK: Entry = Entry {
    name: "entry after a shock",
    per: 24.0,
    level: 0.0,
    rarity: 4.2,
};
const BY_SHOCK_AND_LEVEL: Entry = Entry {
    name: "entry after a shock, likelier with a high level",
    per: 16.0,
    level: 2.5,
    rarity: 5.0,
};

/// A population's yearly costs in thousand DKK, and when each person enters.
struct World {
    unit: Vec<i64>,
    period: Vec<i64>,
    entry: Vec<i64>,
    cost: Vec<f64>,
}

fn uniform(random: &mut ChaCha8Rng) -> f64 {
    ((random.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * uniform(random).ln()).sqrt();
    radius * (2.0 * std::f64::consts::PI * uniform(random)).cos()
}

impl World {
    fn draw(people: i64, seed: u64, by: Entry) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut world = Self {
            unit: vec![],
            period: vec![],
            entry: vec![],
            cost: vec![],
        };
        for unit in 0..people {
            // Levels are skewed: most cost little, some a lot.
            let level = 120.0 * (0.6 * normal(&mut random)).exp();
            // A shock lasts for two years: in full, then by less than half.
            let shocks: Vec<f64> = (0..=PERIODS).map(|_| 32.0 * normal(&mut random)).collect();
            let trouble = |t: i64| shocks[t as usize] + 0.4 * shocks[t as usize - 1];
            let mut entry = 0;
            for t in FIRST_ENTRY..=LAST_ENTRY {
                let pull = trouble(t - 1) / by.per + by.level * (level - 140.0) / 100.0;
                let chance = 1.0 / (1.0 + (by.rarity - pull).exp());
                if entry == 0 && uniform(&mut random) < chance {
                    entry = t;
                }
            }
            for t in 1..=PERIODS {
                world.unit.push(unit);
                world.period.push(t);
                world.entry.push(entry);
                world
                    .cost
                    .push(level + trouble(t) + 15.0 * normal(&mut random) + 3.0 * t as f64);
            }
        }
        world
    }

    fn data(&self) -> DidData<'_> {
        DidData {
            unit: Some(&self.unit),
            period: &self.period,
            first_treated: &self.entry,
            outcome: &self.cost,
            ..DidData::default()
        }
    }

    fn cost(&self, person: usize, period: i64) -> f64 {
        self.cost[person * PERIODS as usize + period as usize - 1]
    }

    fn entries(&self) -> impl Iterator<Item = (usize, i64)> {
        let people = self.unit.len() / PERIODS as usize;
        (0..people)
            .map(|p| (p, self.entry[p * PERIODS as usize]))
            .filter(|(_, entry)| *entry > 0)
    }

    /// The mean change from the year before entry to the three from it on.
    fn before_after(&self) -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        for (person, entry) in self.entries() {
            let after: f64 = (0..3).map(|k| self.cost(person, entry + k)).sum::<f64>() / 3.0;
            sum += after - self.cost(person, entry - 1);
            n += 1.0;
        }
        sum / n
    }

    /// Each who enters is matched with the never treated whose cost `ago` years
    /// before entry is nearest; the difference over the three years from entry.
    fn matched_on_cost(&self, ago: i64) -> f64 {
        let people = self.unit.len() / PERIODS as usize;
        let never: Vec<usize> = (0..people)
            .filter(|p| self.entry[p * PERIODS as usize] == 0)
            .collect();
        let (mut sum, mut n) = (0.0, 0.0);
        for entry in FIRST_ENTRY..=LAST_ENTRY {
            let mut sorted: Vec<(f64, usize)> = never
                .iter()
                .map(|p| (self.cost(*p, entry - ago), *p))
                .collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (person, _) in self.entries().filter(|(_, e)| *e == entry) {
                let own = self.cost(person, entry - ago);
                let after = sorted.partition_point(|(c, _)| *c < own);
                let near = |i: usize| sorted.get(i).map(|(c, p)| ((c - own).abs(), *p));
                let below = after.checked_sub(1).and_then(near);
                let (_, twin) = match (below, near(after)) {
                    (Some(a), Some(b)) => {
                        if a.0 <= b.0 {
                            a
                        } else {
                            b
                        }
                    }
                    (a, b) => a.or(b).expect("somebody never enters"),
                };
                sum += (0..3)
                    .map(|k| self.cost(person, entry + k) - self.cost(twin, entry + k))
                    .sum::<f64>()
                    / 3.0;
                n += 1.0;
            }
        }
        sum / n
    }
}

/// What each method finds, in thousand DKK a year; the truth is zero.
#[derive(Default)]
struct Found {
    before_after: f64,
    bases: [f64; 3],
    matched: f64,
    share_at_maximum: f64,
    expected_share: f64,
    covered: [f64; 3],
}

fn analyse(world: &World) -> Found {
    let options = AttGtOptions {
        control: Control::NotYet,
        ..AttGtOptions::default()
    };
    let (rows, _) = base_sensitivity(&world.data(), &options, &[0, 1, 2]).unwrap();
    let mut found = Found {
        before_after: world.before_after(),
        matched: world.matched_on_cost(1),
        ..Found::default()
    };
    for (i, row) in rows.iter().enumerate() {
        found.bases[i] = row.overall.estimate;
        found.covered[i] = f64::from(u8::from(row.overall.low <= 0.0 && 0.0 <= row.overall.high));
    }
    let peak = peak_diagnostic(&world.data(), 0.95).unwrap();
    found.share_at_maximum = peak.share_at_maximum;
    found.expected_share = peak.expected_share;
    found
}

fn simulate(worlds: u64, people: i64, by: Entry) -> Found {
    let mut mean = Found::default();
    let share = 1.0 / worlds as f64;
    for seed in 0..worlds {
        let found = analyse(&World::draw(people, seed, by));
        mean.before_after += share * found.before_after;
        mean.matched += share * found.matched;
        mean.share_at_maximum += share * found.share_at_maximum;
        mean.expected_share += share * found.expected_share;
        for i in 0..3 {
            mean.bases[i] += share * found.bases[i];
            mean.covered[i] += share * found.covered[i];
        }
    }
    println!("{}", by.name);
    println!("| method | finds (thousand DKK a year; truth 0) | 95 % intervals hold the truth |");
    println!("|---|---:|---:|");
    println!(
        "| before/after, without comparison | {:.1} | |",
        mean.before_after
    );
    println!("| matched on last year's cost | {:+.1} | |", mean.matched);
    for i in 0..3 {
        println!(
            "| difference in differences, base {} | {:+.1} | {:.1} % |",
            -(i as i64) - 1,
            mean.bases[i],
            100.0 * mean.covered[i]
        );
    }
    println!(
        "at own maximum in the last year before entry: {:.0} % (by chance {:.0} %)",
        100.0 * mean.share_at_maximum,
        100.0 * mean.expected_share
    );
    mean
}

fn judge(found: &Found) {
    assert!(found.before_after < -15.0);
    assert!(found.bases[0] < -25.0 && found.bases[0] > -60.0);
    assert!(found.bases[2].abs() < 10.0 && found.bases[2].abs() < found.bases[0].abs() / 3.0);
    assert!(found.share_at_maximum > found.expected_share + 0.15);
}

#[test]
fn a_peak_at_entry_is_an_effect_to_every_method_that_starts_from_it() {
    let by_shock = simulate(4, 4_000, BY_SHOCK);
    judge(&by_shock);
    // Levels alike: the matched controls have a higher level, the entrants a
    // shock that passes.
    assert!(by_shock.matched < -10.0);
    let by_level = simulate(4, 4_000, BY_SHOCK_AND_LEVEL);
    judge(&by_level);
    // Entrants have a high level: the matched controls have the shock.
    assert!(by_level.matched > 10.0);
}

#[test]
#[ignore = "slow: 200 worlds of 4,000 people (make slow)"]
fn a_base_before_the_peak_leaves_little_of_the_bias() {
    for by in [BY_SHOCK, BY_SHOCK_AND_LEVEL] {
        let found = simulate(200, 4_000, by);
        judge(&found);
        assert!(found.covered[0] < 0.01);
    }
}

#[test]
fn the_usual_default_finds_the_same_as_the_first_base() {
    let world = World::draw(2_000, 1, BY_SHOCK);
    let usual = att_gt(
        &world.data(),
        &AttGtOptions {
            control: Control::NotYet,
            ..AttGtOptions::default()
        },
    )
    .unwrap()
    .aggregate(
        boligspor_estimate::did::Aggregation::Dynamic,
        boligspor_estimate::did::Window::default(),
    )
    .unwrap();
    assert!(usual.overall.high < 0.0, "{:?}", usual.overall);
}
