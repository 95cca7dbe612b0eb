//! Planted effects of staggered treatment, and how often the intervals of
//! difference in differences hold them. Slow: `make slow`; `WORLDS` sets how
//! many worlds are drawn. The tables it prints are copied to `docs/coverage.md`.
#![expect(clippy::print_stdout, reason = "the tables are what it is for")]

use boligspor_estimate::did::{
    Aggregation, AttGt, AttGtOptions, Control, DidData, ImputationOptions, Method, WildOptions,
    Window, att_gt, imputation_did, sun_abraham, twfe,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

const PERIODS: i64 = 6;
/// What everyone's outcome falls by each period, treated or not.
const DRIFT: f64 = -0.3;
/// By how much more the outcome rises each period for one more of the covariate.
const SLOPE: f64 = 0.3;

/// The effect in the `since`-th period after the first one of treatment.
fn planted(since: i64) -> f64 {
    if since < 0 {
        0.0
    } else {
        1.0 + 0.5 * since as f64
    }
}

fn uniform(random: &mut ChaCha8Rng) -> f64 {
    ((random.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * uniform(random).ln()).sqrt();
    radius * (2.0 * std::f64::consts::PI * uniform(random)).cos()
}

/// A panel, and what a before/after takes for an effect in it.
#[derive(Default)]
struct World {
    unit: Vec<i64>,
    period: Vec<i64>,
    first_treated: Vec<i64>,
    outcome: Vec<f64>,
    covariate: Vec<f64>,
    cluster: Vec<i64>,
}

impl World {
    /// Groups 3, 4 and never. The covariate makes treatment likelier and the
    /// trend steeper, so that a comparison without it is biased.
    fn of_units(units: i64, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut world = Self::default();
        for unit in 0..units {
            let x = normal(&mut random);
            let (a, b) = ((0.4 * x).exp(), (-0.3 * x).exp());
            let draw = uniform(&mut random) * (a + b + 1.0);
            let group = if draw < a {
                3
            } else if draw < a + b {
                4
            } else {
                0
            };
            world.add(unit, unit, group, x, |_| 0.0, &mut random);
        }
        world
    }

    /// Whole clusters are treated together and share shocks; the covariate
    /// plays no part.
    fn of_clusters(units: i64, clusters: i64, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut world = Self::default();
        let shocks: Vec<f64> = (0..clusters * PERIODS)
            .map(|_| 0.5 * normal(&mut random))
            .collect();
        for unit in 0..units {
            let cluster = unit % clusters;
            let shock = |t: i64| shocks[(cluster * PERIODS + t - 1) as usize];
            let group = [3, 4, 0][(cluster % 3) as usize];
            world.add(unit, cluster, group, 0.0, shock, &mut random);
        }
        world
    }

    fn add(
        &mut self,
        unit: i64,
        cluster: i64,
        group: i64,
        x: f64,
        shock: impl Fn(i64) -> f64,
        random: &mut ChaCha8Rng,
    ) {
        let own = normal(random);
        for t in 1..=PERIODS {
            let effect = if group > 0 { planted(t - group) } else { 0.0 };
            let untreated = own + (DRIFT + SLOPE * x) * t as f64 + shock(t) + normal(random);
            self.unit.push(unit);
            self.period.push(t);
            self.first_treated.push(group);
            self.covariate.push(x);
            self.cluster.push(cluster);
            self.outcome.push(untreated + effect);
        }
    }

    fn data<'a>(&'a self, covariates: &'a [&'a [f64]]) -> DidData<'a> {
        DidData {
            unit: Some(&self.unit),
            period: &self.period,
            first_treated: &self.first_treated,
            outcome: &self.outcome,
            covariates,
            ..DidData::default()
        }
    }

    /// Mean change of the treated from the last period before treatment to the
    /// second after it begins, with its interval, and how much of it would have
    /// come without treatment.
    fn before_after(&self) -> (f64, f64, f64, f64) {
        let starts = (0..self.unit.len()).step_by(PERIODS as usize);
        let treated = starts.filter(|row| self.first_treated[*row] > 0);
        let (changes, drifts): (Vec<f64>, Vec<f64>) = treated
            .map(|row| {
                let at = |t: i64| self.outcome[row + t as usize - 1];
                let g = self.first_treated[row];
                let drift = 2.0 * (DRIFT + SLOPE * self.covariate[row]);
                (at(g + 1) - at(g - 1), drift)
            })
            .unzip();
        let n = changes.len() as f64;
        let mean = changes.iter().sum::<f64>() / n;
        let spread: f64 = changes.iter().map(|c| (c - mean).powi(2)).sum();
        let half = 1.96 * (spread / (n - 1.0) / n).sqrt();
        let drift = drifts.iter().sum::<f64>() / n;
        (mean, mean - half, mean + half, drift)
    }
}

/// What one world gives: a name, the truth, the estimate, and whether the
/// interval holds the truth.
struct Held(String, f64, f64, bool);

impl Held {
    fn new(name: impl Into<String>, truth: f64, estimate: f64, low: f64, high: f64) -> Self {
        Self(name.into(), truth, estimate, low <= truth && truth <= high)
    }
}

/// Draws the worlds, prints a row for each interval, and returns how often each
/// held the truth and the mean estimate.
fn simulate(seed: u64, one: impl Fn(u64) -> Vec<Held> + Sync) -> Vec<(String, f64, f64)> {
    let worlds: u64 = std::env::var("WORLDS").map_or(2000, |w| w.parse().unwrap());
    let all: Vec<Vec<Held>> = (0..worlds).into_par_iter().map(|i| one(seed + i)).collect();
    let mut table = String::from(
        "\n| 95 % interval of | truth | mean estimate | holds the truth |\n|---|---:|---:|---:|\n",
    );
    let n = all.len() as f64;
    let mut rows = Vec::new();
    for (k, Held(name, truth, ..)) in all[0].iter().enumerate() {
        let mean = all.iter().map(|held| held[k].2).sum::<f64>() / n;
        let held = 100.0 * all.iter().filter(|held| held[k].3).count() as f64 / n;
        table += &if truth.is_nan() {
            format!("| {name} | | | {held:.1} % |\n")
        } else {
            format!("| {name} | {truth:.2} | {mean:.3} | {held:.1} % |\n")
        };
        rows.push((name.clone(), held, mean));
    }
    println!("{table}");
    rows
}

/// The second period after treatment begins, the mean after treatment, and the
/// band over the event study.
fn event_study(name: &str, fit: &AttGt) -> Vec<Held> {
    let study = fit
        .aggregate(Aggregation::Dynamic, Window::default())
        .expect("effects");
    let second = study.rows.iter().find(|row| row.at == Some(1));
    let e = second.expect("a second period").effect;
    let all = study.overall;
    let in_band = study.rows.iter().all(|row| {
        let truth = planted(row.at.expect("a period"));
        row.effect.band_low <= truth && truth <= row.effect.band_high
    });
    // Periods 0 to 3 after treatment: (1 + 1.5 + 2 + 2.5) / 4.
    vec![
        Held::new(
            format!("{name}, second period"),
            1.5,
            e.estimate,
            e.low,
            e.high,
        ),
        Held::new(
            format!("{name}, mean after"),
            1.75,
            all.estimate,
            all.low,
            all.high,
        ),
        Held(
            format!("{name}, band over all"),
            f64::NAN,
            f64::NAN,
            in_band,
        ),
    ]
}

const ERRORS: [(&str, Option<usize>); 2] = [("analytic", None), ("999 replicates", Some(999))];

#[test]
#[ignore = "slow: 2,000 worlds (make slow)"]
fn group_time_effects_are_held_and_before_after_is_off_by_the_trend() {
    let found = simulate(10_000, |seed| {
        let world = World::of_units(600, seed);
        let covariates = [&world.covariate[..]];
        let data = world.data(&covariates);
        let (mean, low, high, drift) = world.before_after();
        let mut held = vec![
            Held::new("before/after, second period", 1.5, mean, low, high),
            Held::new(
                "the same, the trend taken off",
                1.5,
                mean - drift,
                low - drift,
                high - drift,
            ),
        ];
        for (method, named) in [
            (Method::Dr, "doubly robust"),
            (Method::Ipw, "weighting"),
            (Method::Reg, "regression"),
        ] {
            for (control, whom) in [(Control::Never, "never"), (Control::NotYet, "not yet")] {
                for (errors, bootstrap) in ERRORS {
                    let options = AttGtOptions {
                        method,
                        control,
                        bootstrap,
                        seed,
                        ..AttGtOptions::default()
                    };
                    let fit = att_gt(&data, &options).expect("a fit");
                    held.extend(event_study(&format!("{named}, {whom}, {errors}"), &fit));
                }
            }
        }
        held
    });
    let (naive, rest) = found.split_first().expect("rows");
    assert!(naive.1 < 50.0, "{naive:?}");
    for (name, held, _) in rest {
        assert!((93.0..=97.0).contains(held), "{name}: {held}");
    }
}

#[test]
#[ignore = "slow: 2,000 worlds (make slow)"]
fn sixty_clusters_are_held_unless_they_are_ignored() {
    let found = simulate(20_000, |seed| {
        let world = World::of_clusters(600, 60, seed);
        let clustered = DidData {
            cluster: Some(&world.cluster),
            ..world.data(&[])
        };
        let mut held = Vec::new();
        for (errors, bootstrap) in ERRORS {
            let options = AttGtOptions {
                bootstrap,
                seed,
                ..AttGtOptions::default()
            };
            let fit = att_gt(&clustered, &options).expect("a fit");
            held.extend(event_study(&format!("60 clusters of 10, {errors}"), &fit));
        }
        let fit = att_gt(&world.data(&[]), &AttGtOptions::default()).expect("a fit");
        held.extend(event_study("the same with clusters ignored", &fit));
        held
    });
    let (ignored, kept): (Vec<_>, Vec<_>) = found.iter().partition(|row| row.0.contains("ignored"));
    assert!(ignored.iter().all(|row| row.1 < 85.0), "{ignored:?}");
    // Twenty clusters in each arm: normal limits of so few fall a little short.
    assert!(
        kept.iter().all(|row| (91.0..=97.0).contains(&row.1)),
        "{kept:?}"
    );
}

#[test]
#[ignore = "slow: 2,000 worlds (make slow)"]
fn comparators_hold_the_planted_effects() {
    let found = simulate(30_000, |seed| {
        let mut world = World::of_units(600, seed);
        // Without the covariate's trend, which these hold constant only.
        let rows = world.covariate.iter().zip(&world.period);
        for (y, (x, t)) in world.outcome.iter_mut().zip(rows) {
            *y -= SLOPE * x * *t as f64;
        }
        let data = world.data(&[]);
        let sun = sun_abraham(&data, 0.95).expect("a fit").event_study();
        let imputed = imputation_did(&data, &ImputationOptions::default()).expect("a fit");
        let methods = [
            ("Sun and Abraham", &sun),
            ("imputation", &imputed.event_study),
        ];
        methods
            .map(|(name, study)| {
                let e = study.iter().find(|e| e.at == Some(1)).expect("it").effect;
                Held::new(
                    format!("{name}, second period"),
                    1.5,
                    e.estimate,
                    e.low,
                    e.high,
                )
            })
            .into()
    });
    for (name, held, _) in found {
        assert!((93.0..=97.5).contains(&held), "{name}: {held}");
    }
}

#[test]
#[ignore = "slow: 2,000 worlds (make slow)"]
fn few_clusters_are_held_by_the_corrections() {
    let found = simulate(40_000, |seed| {
        let world = World::of_clusters(180, 12, seed);
        let data = DidData {
            cluster: Some(&world.cluster),
            ..world.data(&[])
        };
        let options = WildOptions {
            replicates: 999,
            seed,
            ..WildOptions::default()
        };
        let usual = sun_abraham(&data, 0.95).expect("a fit");
        let normal = usual.event_study();
        let e = normal.iter().find(|e| e.at == Some(1)).expect("it").effect;
        let half = 1.96 * e.std_error;
        let small = usual.small_cluster(&options).expect("a fit");
        let cr2 = small.iter().find(|(at, _)| *at == Some(1)).expect("it").1;
        // The wild bootstrap tests for zero, the truth before treatment.
        let before = small.iter().find(|(at, _)| *at == Some(-2)).expect("it").1;
        let kept = before.wild_p_value > 0.05;
        vec![
            Held::new(
                "12 clusters, normal limits",
                1.5,
                e.estimate,
                e.estimate - half,
                e.estimate + half,
            ),
            Held::new(
                "12 clusters, CR2 with Satterthwaite's degrees",
                1.5,
                cr2.estimate,
                cr2.low,
                cr2.high,
            ),
            Held(
                "12 clusters, wild bootstrap of no effect before".into(),
                0.0,
                before.estimate,
                kept,
            ),
        ]
    });
    assert!(found[0].1 < found[1].1, "{found:?}");
    assert!((93.0..=98.0).contains(&found[1].1), "{found:?}");
    assert!((92.0..=98.0).contains(&found[2].1), "{found:?}");
}

#[test]
fn one_coefficient_falls_short_of_an_effect_that_grows() {
    let world = World::of_clusters(200, 12, 1);
    let data = world.data(&[]);
    let fit = att_gt(&data, &AttGtOptions::default()).expect("a fit");
    let held = event_study("att_gt", &fit);
    let one = twfe(&data, 0.95).expect("a fit").overall().effect;
    assert!((held[1].2 - 1.75).abs() < 0.75, "{}", held[1].2);
    assert!(one.estimate < held[1].2, "{}", one.estimate);
}
