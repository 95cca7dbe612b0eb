//! How often intervals and limits hold what they promise, by simulation.
//!
//! Slow, and asked for: `cargo test -p boligspor-estimate --test
//! coverage_regression -- --ignored --nocapture` prints the tables of
//! `docs/validation.md`. Each line is 2,000 draws from a planted model; a true 95 %
//! then shows as 94.0 to 96.0.
#![allow(clippy::print_stdout, reason = "the printed tables are the point")]

use boligspor_estimate::Term;
use boligspor_estimate::adjusted::{AdjustedData, AdjustedMethod, AdjustedOptions, compare_curves};
use boligspor_estimate::cox::{CoxData, CoxOptions, cox};
use boligspor_estimate::fine_gray::{FineGrayConvention, FineGrayData, FineGrayOptions, fine_gray};
use boligspor_estimate::funnel::{gamma_poisson_limits, poisson_limits};
use boligspor_estimate::glm::{Errors, Family, GlmData, GlmOptions, glm};
use boligspor_estimate::standardise::ratio;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const DRAWS: u64 = 2000;

struct Random(ChaCha8Rng);

impl Random {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, rate: f64) -> f64 {
        -self.uniform().ln() / rate
    }

    fn normal(&mut self) -> f64 {
        boligspor_estimate::normal_quantile(self.uniform())
    }

    fn poisson(&mut self, mean: f64) -> u64 {
        let (mut count, mut clock) = (0, self.exponential(1.0));
        while clock < mean {
            count += 1;
            clock += self.exponential(1.0);
        }
        count
    }

    fn coin(&mut self, p: f64) -> bool {
        self.uniform() < p
    }
}

/// Share of draws in which `holds`, printed as a line of the table.
fn line(what: &str, holds: impl Fn(&mut Random) -> bool) -> f64 {
    line_of(DRAWS, what, holds)
}

fn line_of(draws: u64, what: &str, holds: impl Fn(&mut Random) -> bool) -> f64 {
    let held = (0..draws)
        .filter(|seed| holds(&mut Random::new(*seed)))
        .count();
    let share = held as f64 / draws as f64;
    println!("| {what} | {:.1} % |", 100.0 * share);
    share
}

fn holds(term: &Term, truth: f64) -> bool {
    term.low <= truth && truth <= term.high
}

#[test]
#[ignore = "slow: thousands of fits"]
fn regressions_cover() {
    let cox_draw = |random: &mut Random, clustered: bool| {
        let n = 150;
        let (mut time, mut event, mut x, mut cluster) = (vec![], vec![], vec![], vec![]);
        let mut shared = (0.0, 0.0);
        for i in 0..n {
            if !clustered || i % 3 == 0 {
                // A frailty and a covariate common to three rows.
                shared = (0.7 * random.normal(), f64::from(u8::from(random.coin(0.5))));
            }
            let frailty = if clustered { shared.0 } else { 0.0 };
            let t = random.exponential((0.5 * shared.1 + frailty).exp());
            let c = random.exponential(0.4);
            // Days, so that times are tied.
            time.push((t.min(c) * 60.0).ceil());
            event.push(t <= c);
            x.push(shared.1);
            cluster.push((i / 3) as u32);
        }
        (time, event, x, cluster)
    };
    let plain = line("Cox, 150 people, tied days, model errors", |random| {
        let (time, event, x, _) = cox_draw(random, false);
        let data = CoxData {
            time: &time,
            event: &event,
            covariates: &[&x],
            ..CoxData::default()
        };
        holds(&cox(&data, &CoxOptions::default()).unwrap().terms[0], 0.5)
    });
    let gray = |random: &mut Random, convention, by_person: bool| {
        // Fine and Gray (1999): proportional subdistribution hazards, p = 0.4.
        let n = 200;
        let (mut time, mut cause, mut x) = (vec![], vec![], vec![]);
        for _ in 0..n {
            let z = f64::from(u8::from(random.coin(0.5)));
            let ratio = (0.6 * z).exp();
            let never = 0.6_f64.powf(ratio);
            let (t, of) = if random.coin(1.0 - never) {
                // F(t) = 1 - (1 - 0.4(1 - e^-t))^ratio, inverted given the cause.
                let u = random.uniform() * (1.0 - never);
                let inner = (1.0 - (1.0 - u).powf(1.0 / ratio)) / 0.4;
                (-(-inner).ln_1p(), 1)
            } else {
                (random.exponential((-0.3 * z).exp()), 2)
            };
            let c = random.exponential(0.35);
            time.push(t.min(c));
            cause.push(if t <= c { of } else { 0 });
            x.push(z);
        }
        let person: Vec<u32> = (0..n as u32).collect();
        let data = FineGrayData {
            time: &time,
            cause: &cause,
            of: 1,
            covariates: &[&x],
            cluster: by_person.then_some(&person[..]),
            ..FineGrayData::default()
        };
        let options = FineGrayOptions {
            convention,
            ..FineGrayOptions::default()
        };
        holds(&fine_gray(&data, &options).unwrap().terms[0], 0.6)
    };
    let person = line("Fine–Gray, 200 people, errors by person", |r| {
        gray(r, FineGrayConvention::Weighted, true)
    });
    line(
        "Fine–Gray, 200 people, errors by piece (R's print)",
        |r| gray(r, FineGrayConvention::Weighted, false),
    );
    let original = line("Fine–Gray, 200 people, censoring estimated (crr)", |r| {
        gray(r, FineGrayConvention::Original, false)
    });
    let logistic = line("logistic, 200 people", |random| {
        let (mut y, mut x) = (vec![], vec![]);
        for _ in 0..200 {
            let z = random.normal();
            y.push(f64::from(u8::from(
                random.coin(1.0 / (1.0 + (1.0 - 0.7 * z).exp())),
            )));
            x.push(z);
        }
        let data = GlmData {
            outcome: &y,
            covariates: &[&x],
            ..GlmData::default()
        };
        holds(&glm(&data, &GlmOptions::default()).unwrap().terms[1], 0.7)
    });
    let counts = |random: &mut Random, errors, clustered: bool| {
        let (mut y, mut x, mut cluster) = (vec![], vec![], vec![]);
        for i in 0..120_u32 {
            let z = f64::from(u8::from(i % 2 == 0));
            // Gamma-like excess between the forty clusters of three.
            let spread = if i % 3 == 0 || y.is_empty() {
                (0.5 * random.normal()).exp()
            } else {
                1.0
            };
            y.push(random.poisson(4.0 * (0.4 * z).exp() * spread) as f64);
            x.push(z);
            cluster.push(i);
        }
        let data = GlmData {
            outcome: &y,
            covariates: &[&x],
            cluster: clustered.then_some(&cluster[..]),
            ..GlmData::default()
        };
        let options = GlmOptions {
            family: Family::Poisson,
            errors,
            ..GlmOptions::default()
        };
        holds(&glm(&data, &options).unwrap().terms[1], 0.4)
    };
    line("Poisson, over-dispersed counts, model errors", |r| {
        counts(r, Errors::Model, false)
    });
    let quasi = line("Poisson, over-dispersed counts, quasi errors", |r| {
        counts(r, Errors::Quasi, false)
    });
    let robust = line("Poisson, over-dispersed counts, robust errors", |r| {
        counts(r, Errors::Robust, false)
    });
    for share in [plain, person, original, logistic, quasi, robust] {
        assert!((0.93..=0.97).contains(&share), "{share}");
    }
}

#[test]
#[ignore = "slow: thousands of fits"]
fn adjusted_curves_and_ratios_cover() {
    // Survival at 4 in each group, averaged over the covariate's distribution.
    let truth = |second: f64| -> f64 {
        (0..2000)
            .map(|k| (f64::from(k) + 0.5) / 2000.0)
            .map(|a| (-4.0 * 0.1 * (a - 0.4 * second).exp()).exp() / 2000.0)
            .sum()
    };
    let gap = truth(1.0) - truth(0.0);
    let adjusted = |random: &mut Random, method| {
        let (mut time, mut event, mut group, mut x) = (vec![], vec![], vec![], vec![]);
        for _ in 0..300 {
            let a = random.uniform();
            let second = random.coin(1.0 / (1.0 + (1.0 - 2.0 * a).exp()));
            let t = random.exponential(0.1 * (a - 0.4 * f64::from(u8::from(second))).exp());
            let c = random.exponential(0.04 * (1.0 + a));
            time.push(t.min(c));
            event.push(t <= c);
            group.push(second);
            x.push(a);
        }
        let data = AdjustedData {
            time: &time,
            event: &event,
            group: &group,
            covariates: &[&x],
            ..AdjustedData::default()
        };
        let options = AdjustedOptions {
            method,
            ..AdjustedOptions::default()
        };
        let d = compare_curves(&data, &[4.0], 4.0, &options)
            .unwrap()
            .difference[0];
        d.low <= gap && gap <= d.high
    };
    let shares = [
        line("difference of survival, weighting, 300 people", |r| {
            adjusted(r, AdjustedMethod::Weighting)
        }),
        line("difference of survival, doubly robust, 300 people", |r| {
            adjusted(r, AdjustedMethod::DoublyRobust)
        }),
        line("observed/expected, exact limits, 8 expected", |r| {
            let found = ratio(r.poisson(8.0 * 1.3), 8.0, 0.95).unwrap();
            found.low <= 1.3 && 1.3 <= found.high
        }),
    ];
    // Exact limits cover at least; the others about as they say.
    for share in shares {
        assert!((0.93..=0.98).contains(&share), "{share}");
    }
}

#[test]
#[ignore = "slow beside the others"]
fn funnel_limits_keep_their_level_at_small_expected_counts() {
    println!("| expected | exact limits | chi-squared limits of the unit's own rate |");
    let (mut total, mut own_total) = (0.0, 0.0);
    for expected in [2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0] {
        let limits = poisson_limits(expected, 0.95).unwrap();
        // The form that a well-known package draws: qchisq(p, 2E)/2E and
        // qchisq(p, 2(E + 1))/2E, here by Garwood's limits at a whole E.
        let own = boligspor_estimate::exact_limits(expected as u64, 0.95).unwrap();
        let (mut alarms, mut own_alarms) = (0.0, 0.0);
        let mut mass = (-expected).exp();
        for count in 0..200 {
            let observed = f64::from(count) / expected;
            alarms += if observed < limits.low || observed > limits.high {
                mass
            } else {
                0.0
            };
            let outside = f64::from(count) < own.low || f64::from(count) > own.high;
            own_alarms += if outside { mass } else { 0.0 };
            mass *= expected / f64::from(count + 1);
        }
        println!(
            "| {expected} | {:.1} % | {:.1} % |",
            100.0 * alarms,
            100.0 * own_alarms
        );
        total += alarms / 7.0;
        own_total += own_alarms / 7.0;
        assert!(alarms < 0.08, "{expected}: {alarms}");
    }
    println!(
        "| mean | {:.1} % | {:.1} % |",
        100.0 * total,
        100.0 * own_total
    );
    assert!((0.03..0.055).contains(&total), "{total}");

    let over = line(
        "gamma-Poisson limits, E = 6, between-variance 0.2 (false alarms)",
        |r| {
            let truth: f64 = (0..5).map(|_| r.exponential(5.0)).sum();
            let observed = r.poisson(6.0 * truth) as f64 / 6.0;
            let limits = gamma_poisson_limits(6.0, 0.2, 0.95).unwrap();
            observed < limits.low || observed > limits.high
        },
    );
    assert!((0.02..0.07).contains(&over), "{over}");
}
