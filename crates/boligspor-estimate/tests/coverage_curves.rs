//! How often intervals of curves hold the truth, by simulation.
//!
//! Slow, and asked for: `cargo test -p boligspor-estimate --test coverage_curves
//! -- --ignored --nocapture` prints the tables of `docs/coverage.md`. With 2,000
//! draws a true 95 % shows as 94.0 to 96.0.
#![allow(clippy::print_stdout, reason = "the printed tables are the point")]

use std::sync::atomic::{AtomicUsize, Ordering};

use boligspor_estimate::cox::{CoxData, CoxOptions, cox};
use boligspor_estimate::{
    BandType, BootstrapOptions, ConfType, IncidenceVariance, Interval, OccupancyOptions, StateRows,
    SurvivalOptions, aalen_johansen, bootstrap, compare_means, kaplan_meier, mean_cumulative,
    nelson_aalen, standardised_curves, state_occupancy,
};
use rayon::prelude::*;

const DRAWS: u64 = 2000;
const PEOPLE: usize = 100;

/// `SplitMix64` (Steele, Lea & Flood 2014): well mixed, one word of state.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, rate: f64) -> f64 {
        -(1.0 - self.uniform()).ln() / rate
    }
}

/// Prints the share of draws whose intervals hold (of those that exist), and
/// checks it at four standard errors around `range`.
fn line(what: &str, range: (f64, f64), holds: impl Fn(&mut Random) -> Option<bool> + Sync) {
    line_of(DRAWS, what, range, holds);
}

fn line_of(
    draws: u64,
    what: &str,
    range: (f64, f64),
    holds: impl Fn(&mut Random) -> Option<bool> + Sync,
) {
    let (held, of) = (AtomicUsize::new(0), AtomicUsize::new(0));
    (0..draws).into_par_iter().for_each(|draw| {
        // Streams far apart: the state is the seed's own hash.
        let mut random = Random(draw.wrapping_mul(0xD134_2543_DE82_EF95));
        if let Some(holds) = holds(&mut random) {
            of.fetch_add(1, Ordering::Relaxed);
            held.fetch_add(usize::from(holds), Ordering::Relaxed);
        }
    });
    let (held, of) = (held.into_inner() as f64, of.into_inner() as f64);
    let share = held / of;
    println!("| {what} | {:.1} % | {of} |", 100.0 * share);
    let error = 4.0 * (0.05 * 0.95 / of).sqrt();
    assert!(
        share > range.0 - error && share < range.1 + error,
        "{what}: {share}"
    );
}

fn inside(low: f64, high: f64, truth: f64) -> Option<bool> {
    (!low.is_nan() && !high.is_nan()).then_some(low <= truth && truth <= high)
}

fn within(interval: Interval, truth: f64) -> Option<bool> {
    inside(interval.low, interval.high, truth)
}

/// Failure at rate 1/2 a year of each of two causes, censoring at rate 1/5.
fn competing(random: &mut Random, people: usize) -> (Vec<f64>, Vec<u32>) {
    (0..people)
        .map(|_| {
            let (a, b, c) = (
                random.exponential(0.5),
                random.exponential(0.5),
                random.exponential(0.2),
            );
            let first = a.min(b).min(c);
            let cause = if first == c {
                0
            } else {
                1 + u32::from(first == b)
            };
            (first, cause)
        })
        .unzip()
}

fn failing(random: &mut Random, people: usize) -> (Vec<f64>, Vec<bool>) {
    let (time, cause) = competing(random, people);
    (time, cause.iter().map(|&c| c > 0).collect())
}

#[test]
#[ignore = "slow: thousands of draws"]
fn survival_curves_cover() {
    println!("| 95 % interval of | holds the truth | draws |\n|---|---:|---:|");
    let scales = [
        ConfType::Log,
        ConfType::LogLog,
        ConfType::Plain,
        ConfType::Logit,
        ConfType::Arcsine,
    ];
    for (time, name) in [(0.7_f64, "S = 0.50"), (2.0, "S = 0.14")] {
        for conf_type in scales {
            let what = format!("survival, {name}, {conf_type:?}");
            // Plain and log intervals are known to fall short in the tail.
            line(&what, (0.93, 0.965), |random| {
                let (duration, event) = failing(random, PEOPLE);
                let options = SurvivalOptions {
                    conf_type,
                    ..SurvivalOptions::default()
                };
                let curve = kaplan_meier(&duration, &event, &options).unwrap();
                within(curve.at(&[time])[0].interval, (-time).exp())
            });
        }
    }
    line("survival, late entry, log-log", (0.935, 0.965), |random| {
        // Entry uniform on a year; who has failed before is never seen.
        let (mut duration, mut event, mut entry) = (vec![], vec![], vec![]);
        while duration.len() < PEOPLE {
            let (t, c, e) = (
                random.exponential(1.0),
                random.exponential(0.2),
                random.uniform() - 0.3,
            );
            if t.min(c) > e.max(0.0) {
                duration.push(t.min(c));
                event.push(t <= c);
                entry.push(e.max(0.0));
            }
        }
        let options = SurvivalOptions {
            entry: Some(&entry),
            conf_type: ConfType::LogLog,
            ..SurvivalOptions::default()
        };
        let curve = kaplan_meier(&duration, &event, &options).unwrap();
        within(curve.at(&[0.7])[0].interval, (-0.7_f64).exp())
    });
    line(
        "survival, fractional weights, robust, log-log",
        (0.925, 0.965),
        |random| {
            let (duration, event) = failing(random, 2 * PEOPLE);
            let weights: Vec<f64> = (0..duration.len())
                .map(|_| 0.5 + 2.0 * random.uniform())
                .collect();
            let options = SurvivalOptions {
                weights: Some(&weights),
                conf_type: ConfType::LogLog,
                ..SurvivalOptions::default()
            };
            let curve = kaplan_meier(&duration, &event, &options).unwrap();
            within(curve.at(&[0.7])[0].interval, (-0.7_f64).exp())
        },
    );
    line(
        "survival, 50 clusters of 4, log-log",
        (0.925, 0.965),
        |random| {
            let (duration, event, cluster) = clustered(random);
            let options = SurvivalOptions {
                cluster: Some(&cluster),
                conf_type: ConfType::LogLog,
                ..SurvivalOptions::default()
            };
            let curve = kaplan_meier(&duration, &event, &options).unwrap();
            within(curve.at(&[0.7])[0].interval, clustered_truth(0.7))
        },
    );
    line(
        "the same with clusters ignored (a warning)",
        (0.80, 0.94),
        |random| {
            let (duration, event, _) = clustered(random);
            let options = SurvivalOptions {
                conf_type: ConfType::LogLog,
                ..SurvivalOptions::default()
            };
            let curve = kaplan_meier(&duration, &event, &options).unwrap();
            within(curve.at(&[0.7])[0].interval, clustered_truth(0.7))
        },
    );
    for conf_type in [ConfType::Log, ConfType::Plain] {
        line(
            &format!("cumulative hazard, {conf_type:?}"),
            (0.93, 0.965),
            |random| {
                let (duration, event) = failing(random, PEOPLE);
                let options = SurvivalOptions {
                    conf_type,
                    ..SurvivalOptions::default()
                };
                let h = nelson_aalen(&duration, &event, &options).unwrap();
                let row = h.time.partition_point(|&t| t <= 1.0) - 1;
                inside(h.low[row], h.high[row], 1.0)
            },
        );
    }
    line("median survival", (0.935, 0.97), |random| {
        let (duration, event) = failing(random, PEOPLE);
        let curve = kaplan_meier(&duration, &event, &SurvivalOptions::default()).unwrap();
        within(
            curve.quantile(&[0.5]).unwrap()[0].interval,
            std::f64::consts::LN_2,
        )
    });
    line("restricted mean", (0.93, 0.96), |random| {
        let (duration, event) = failing(random, PEOPLE);
        let curve = kaplan_meier(&duration, &event, &SurvivalOptions::default()).unwrap();
        within(
            curve.restricted_mean(2.0).unwrap().interval,
            1.0 - (-2.0_f64).exp(),
        )
    });
    let both = |random: &mut Random| {
        let options = SurvivalOptions::default();
        let mut mean = || {
            let (duration, event) = failing(random, PEOPLE);
            let curve = kaplan_meier(&duration, &event, &options).unwrap();
            curve.restricted_mean(2.0).unwrap()
        };
        compare_means(&mean(), &mean(), 0.95).unwrap()
    };
    line("difference of restricted means", (0.93, 0.965), |random| {
        within(both(random).difference.interval, 0.0)
    });
    line("ratio of restricted means", (0.93, 0.965), |random| {
        within(both(random).ratio.interval, 1.0)
    });
}

/// Two hundred people in clusters of four who share a frailty of 1/2 or 3/2.
fn clustered(random: &mut Random) -> (Vec<f64>, Vec<bool>, Vec<u32>) {
    let (mut duration, mut event, mut cluster) = (vec![], vec![], vec![]);
    for c in 0..50 {
        let frailty = if random.uniform() < 0.5 { 0.3 } else { 1.7 };
        for _ in 0..4 {
            let (t, censored) = (random.exponential(frailty), random.exponential(0.2));
            duration.push(t.min(censored));
            event.push(t <= censored);
            cluster.push(c);
        }
    }
    (duration, event, cluster)
}

fn clustered_truth(time: f64) -> f64 {
    0.5 * ((-0.3 * time).exp() + (-1.7 * time).exp())
}

#[test]
#[ignore = "slow: thousands of draws"]
fn bands_and_bootstraps_cover() {
    println!("| 95 % band or interval of | holds the truth | draws |\n|---|---:|---:|");
    for kind in [BandType::EqualPrecision, BandType::HallWellner] {
        line(
            &format!("the whole curve from S = 0.9 to 0.2, {kind:?}, log-log"),
            (0.93, 0.975),
            |random| {
                let (duration, event) = failing(random, 2 * PEOPLE);
                let curve = kaplan_meier(&duration, &event, &SurvivalOptions::default()).unwrap();
                let band = curve
                    .band(kind, 0.105, 1.609, 0.95, ConfType::LogLog)
                    .unwrap();
                // The truth falls between steps: it must be inside just before
                // each next step as well.
                let steps = 0..band.time.len();
                Some(steps.into_iter().all(|r| {
                    let next = band.time.get(r + 1).copied().unwrap_or(band.time[r]);
                    let (here, later) = ((-band.time[r]).exp(), (-next).exp());
                    band.low[r] <= later && here <= band.high[r]
                }))
            },
        );
    }
    let draws = BootstrapOptions {
        replicates: 299,
        seed: 5,
        level: 0.95,
    };
    let times = [0.3, 0.7, 1.2];
    let drawn = |random: &mut Random| {
        let (duration, event, cluster) = clustered(random);
        bootstrap(
            duration.len(),
            |row| u64::from(cluster[row]),
            None,
            &draws,
            |weights| {
                let options = SurvivalOptions {
                    weights: Some(weights),
                    robust: Some(false),
                    ..SurvivalOptions::default()
                };
                let curve = kaplan_meier(&duration, &event, &options)?;
                Ok(curve.at(&times).iter().map(|p| p.estimate).collect())
            },
        )
        .unwrap()
    };
    line_of(
        500,
        "bootstrap of 50 clusters, survival at one time",
        (0.92, 0.965),
        |random| within(drawn(random).interval[1], clustered_truth(0.7)),
    );
    line_of(
        500,
        "bootstrap band over three times",
        (0.92, 0.975),
        |random| {
            let found = drawn(random);
            Some((0..3).all(|t| {
                let gap = (found.estimate[t] - clustered_truth(times[t])).abs();
                gap <= found.critical * found.std_error[t]
            }))
        },
    );
}

#[test]
#[ignore = "slow: thousands of draws"]
fn curves_by_cox_cover() {
    println!("| 95 % interval of | holds the truth | draws |\n|---|---:|---:|");
    let draws = BootstrapOptions {
        replicates: 199,
        seed: 5,
        level: 0.95,
    };
    line_of(
        300,
        "standardised difference by Cox, bootstrap",
        (0.92, 0.97),
        |random| {
            let n = 150;
            let (mut time, mut event, mut treated, mut age) = (vec![], vec![], vec![], vec![]);
            for _ in 0..n {
                let a = random.uniform();
                let x = f64::from(u8::from(random.uniform() < a));
                let (t, c) = (
                    random.exponential((a - 0.7 * x).exp()),
                    random.exponential(0.2),
                );
                time.push(t.min(c));
                event.push(t <= c);
                treated.push(x);
                age.push(a);
            }
            let data = CoxData {
                time: &time,
                event: &event,
                covariates: &[&treated, &age],
                ..CoxData::default()
            };
            let (none, all) = (vec![0.0; n], vec![1.0; n]);
            let settings: [&[&[f64]]; 2] = [&[&none, &age], &[&all, &age]];
            let found = standardised_curves(
                &data,
                &CoxOptions::default(),
                &settings,
                &[0.5],
                None,
                &draws,
            )
            .unwrap();
            // The mean over age (uniform) of the survival under each setting.
            let survival = |x: f64| -> f64 {
                (0..1000)
                    .map(|k| {
                        (-0.5 * ((f64::from(k) + 0.5) / 1000.0 - 0.7 * x).exp()).exp() / 1000.0
                    })
                    .sum()
            };
            within(
                found[1].difference[0].interval,
                survival(1.0) - survival(0.0),
            )
        },
    );
    line(
        "predicted survival of a person by Cox, log",
        (0.93, 0.97),
        |random| {
            let (mut time, mut event, mut x) = (vec![], vec![], vec![]);
            for _ in 0..150 {
                let a = random.uniform();
                let (t, c) = (random.exponential(a.exp()), random.exponential(0.2));
                time.push(t.min(c));
                event.push(t <= c);
                x.push(a);
            }
            let data = CoxData {
                time: &time,
                event: &event,
                covariates: &[&x],
                ..CoxData::default()
            };
            let fit = cox(&data, &CoxOptions::default()).unwrap();
            let curve = fit.curves(&[0.5], ConfType::Log).unwrap().remove(0);
            let row = curve.time.partition_point(|&t| t <= 0.5) - 1;
            inside(
                curve.low[row],
                curve.high[row],
                (-0.5 * 0.5_f64.exp()).exp(),
            )
        },
    );
}

#[test]
#[ignore = "slow: thousands of draws"]
fn incidences_states_and_recurrent_events_cover() {
    println!("| 95 % interval of | holds the truth | draws |\n|---|---:|---:|");
    let variances = [
        IncidenceVariance::Aalen,
        IncidenceVariance::Delta,
        IncidenceVariance::InfinitesimalJackknife,
    ];
    let tau = 2.0_f64;
    for variance in variances {
        let curves = |random: &mut Random, conf_type| {
            let (duration, cause) = competing(random, PEOPLE);
            let options = SurvivalOptions {
                conf_type,
                ..SurvivalOptions::default()
            };
            aalen_johansen(&duration, &cause, &options, variance).unwrap()
        };
        for conf_type in [ConfType::Log, ConfType::LogLog] {
            let what = format!("cumulative incidence, {variance:?}, {conf_type:?}");
            line(&what, (0.93, 0.965), |random| {
                let curves = curves(random, conf_type);
                let row = curves.row_at(1.0)?;
                let c = &curves.causes[0];
                inside(c.low[row], c.high[row], 0.5 * (1.0 - (-1.0_f64).exp()))
            });
        }
        line(
            &format!("time lost to a cause, {variance:?}"),
            (0.93, 0.965),
            |random| {
                // Half of the time not event-free is lost to each cause.
                let truth = 0.5 * (tau - (1.0 - (-tau).exp()));
                let means = curves(random, ConfType::Log).restricted_means(tau).unwrap();
                within(means[1].interval, truth)
            },
        );
    }
    // Home and away, left at rate 1 and 2, all home at first, seen until
    // exponential censoring: p(home) = 2/3 + exp(-3t)/3.
    let moving = |random: &mut Random| {
        let (mut id, mut start, mut stop, mut state) = (vec![], vec![], vec![], vec![]);
        for person in 0..PEOPLE as u32 {
            let end = 0.5 + random.exponential(0.5);
            let (mut now, mut here) = (0.0, 1_u32);
            while now < end {
                let next = now + random.exponential(f64::from(here));
                let to = 3 - here;
                id.push(person);
                start.push(now);
                stop.push(next.min(end));
                state.push(if next < end { to } else { 0 });
                (now, here) = (next, to);
            }
        }
        // States are numbered from 1; everyone begins in 1.
        let mut initial = Vec::with_capacity(id.len());
        for row in 0..id.len() {
            let first = row == 0 || id[row] != id[row - 1];
            initial.push(if first { 1 } else { state[row - 1] });
        }
        let rows = StateRows {
            id: &id,
            start: &start,
            stop: &stop,
            state: &state,
            initial: Some(&initial),
        };
        let options = OccupancyOptions {
            conf_type: ConfType::LogLog,
            ..OccupancyOptions::default()
        };
        state_occupancy(&rows, &options).unwrap()
    };
    line("occupancy of a state, log-log", (0.93, 0.965), |random| {
        let curves = moving(random);
        let row = curves.row_at(1.0)?;
        let home = &curves.states[1];
        inside(
            home.low[row],
            home.high[row],
            2.0 / 3.0 + (-3.0_f64).exp() / 3.0,
        )
    });
    line("time in a state", (0.93, 0.965), |random| {
        let truth = 2.0 * tau / 3.0 + (1.0 - (-3.0 * tau).exp()) / 9.0;
        within(moving(random).sojourn(tau).unwrap()[1].interval, truth)
    });
    for conf_type in [ConfType::Log, ConfType::Plain] {
        line(
            &format!("mean cumulative number, {conf_type:?}"),
            (0.93, 0.965),
            |random| {
                // Rates differ between people (0.5 or 1.5 a year), follow-up 1 to 3 years.
                let (mut id, mut start, mut stop, mut amount) = (vec![], vec![], vec![], vec![]);
                for person in 0..PEOPLE as u32 {
                    let rate = if random.uniform() < 0.5 { 0.5 } else { 1.5 };
                    let end = 1.0 + 2.0 * random.uniform();
                    let mut now = 0.0;
                    while now < end {
                        let next = now + random.exponential(rate);
                        id.push(person);
                        start.push(now);
                        stop.push(next.min(end));
                        amount.push(f64::from(u8::from(next < end)));
                        now = next;
                    }
                }
                let options = SurvivalOptions {
                    conf_type,
                    ..SurvivalOptions::default()
                };
                let mcf = mean_cumulative(&id, &start, &stop, &amount, &options).unwrap();
                let row = mcf.time.partition_point(|&t| t <= 2.0) - 1;
                inside(mcf.low[row], mcf.high[row], 2.0)
            },
        );
    }
}
