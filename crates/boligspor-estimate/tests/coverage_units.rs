//! Whether small units' shrunken figures and funnel limits hold what they promise.
//!
//! Slow, and asked for: `cargo test -p boligspor-estimate --test coverage_units --
//! --ignored --nocapture` prints the tables of `docs/coverage.md`.
#![allow(clippy::print_stdout, reason = "the printed tables are the point")]

use boligspor_estimate::Interval;
use boligspor_estimate::overdispersion::{Extremes, Widening};
use boligspor_estimate::profile::{Figures, FunnelLimits, ProfileOptions, profile};
use boligspor_estimate::shrinkage::{Shrinkage, beta_binomial, gamma_poisson};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

struct Random(ChaCha8Rng);

impl Random {
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        boligspor_estimate::normal_quantile(self.uniform())
    }

    fn poisson(&mut self, mean: f64) -> u64 {
        let (mut count, mut clock) = (0, -self.uniform().ln());
        while clock < mean {
            count += 1;
            clock -= self.uniform().ln();
        }
        count
    }

    fn binomial(&mut self, n: u64, p: f64) -> u64 {
        (0..n).filter(|_| self.uniform() < p).count() as u64
    }
}

/// What was seen over the draws of one setting.
#[derive(Default)]
struct Seen {
    held: f64,
    units: f64,
    crude: f64,
    shrunk: f64,
    alike: f64,
    alike_held: f64,
    alike_units: f64,
}

impl Seen {
    fn add(&mut self, found: &Shrinkage, truth: &[f64]) {
        let alike = found.between == 0.0;
        self.alike += f64::from(u8::from(alike));
        for (unit, &truth) in found.units.iter().zip(truth) {
            let Interval { low, high } = unit.interval;
            let holds = f64::from(u8::from(low <= truth && truth <= high));
            self.held += holds;
            self.units += 1.0;
            if alike {
                self.alike_held += holds;
                self.alike_units += 1.0;
            }
            self.crude += (unit.crude - truth).powi(2);
            self.shrunk += (unit.estimate - truth).powi(2);
        }
    }
}

const DRAWS: u64 = 200;

/// 98 municipalities as unequal as Denmark's: a few large, most small.
fn size(unit: u32, smallest: f64, largest: f64) -> f64 {
    smallest * (largest / smallest).powf((f64::from(unit) / 97.0).powi(2))
}

#[test]
#[ignore = "slow: asked for"]
fn shrunken_intervals_cover_and_shrunken_figures_beat_crude_ones() {
    println!(
        "| model | deviation between units | 95 % intervals hold | where they look alike | squared error, shrunken over crude |"
    );
    println!("|---|---:|---:|---:|---:|");
    for (share, deviations) in [
        (false, [0.0, 0.1, 0.2, 0.3, 0.5]),
        (true, [0.0, 0.2, 0.3, 0.5, 0.8]),
    ] {
        for deviation in deviations {
            let mut seen = Seen::default();
            for draw in 0..DRAWS {
                let mut random = Random(ChaCha8Rng::seed_from_u64(draw));
                // Effects normal on the logarithm or the logit: not the shape assumed.
                let effects: Vec<f64> = (0..98).map(|_| deviation * random.normal()).collect();
                let found;
                let truth: Vec<f64>;
                if share {
                    truth = effects
                        .iter()
                        .map(|e| 1.0 / (1.0 + (1.4 - e).exp()))
                        .collect();
                    let n: Vec<u64> = (0..98)
                        .map(|i| size(i, 8.0, 600.0).round() as u64)
                        .collect();
                    let seen: Vec<u64> = n
                        .iter()
                        .zip(&truth)
                        .map(|(n, p)| random.binomial(*n, *p))
                        .collect();
                    found = beta_binomial(&seen, &n, 0.95).unwrap();
                } else {
                    truth = effects.iter().map(|e| e.exp()).collect();
                    let expected: Vec<f64> = (0..98).map(|i| size(i, 1.5, 120.0)).collect();
                    let seen: Vec<u64> = expected
                        .iter()
                        .zip(&truth)
                        .map(|(e, t)| random.poisson(e * t))
                        .collect();
                    found = gamma_poisson(&seen, &expected, 0.95).unwrap();
                }
                seen.add(&found, &truth);
            }
            let held = seen.held / seen.units;
            let alike = if seen.alike_units > 0.0 {
                format!(
                    "{:.1} % ({} draws)",
                    100.0 * seen.alike_held / seen.alike_units,
                    seen.alike
                )
            } else {
                "never".into()
            };
            let gain = seen.shrunk / seen.crude;
            println!(
                "| {} | {deviation} | {:.1} % | {alike} | {gain:.2} |",
                if share {
                    "shares, 8 to 600 people"
                } else {
                    "ratios, 1.5 to 120 expected"
                },
                100.0 * held,
            );
            assert!(gain < 1.0, "{gain}");
            assert!(held > 0.93, "{held}");
            if deviation > 0.15 {
                assert!(held < 0.97, "{held}");
            }
        }
    }
}

/// Shares of units in control outside the limits at 95 and 99.8 %, over all and
/// among those that observed nothing.
fn false_alarms(
    expected: &dyn Fn(u32) -> f64,
    between: f64,
    options: &ProfileOptions,
    draws: u64,
) -> [f64; 3] {
    let mut alarms = [0.0; 3];
    let mut units = 0.0;
    let expected: Vec<f64> = (0..98).map(expected).collect();
    for draw in 0..draws {
        let mut random = Random(ChaCha8Rng::seed_from_u64(draw));
        let observed: Vec<u64> = expected
            .iter()
            .map(|e| {
                // Gamma ratios of mean 1 as sums of exponentials.
                let ratio = if between > 0.0 {
                    let shape = (1.0 / between).round() as u32;
                    let sum: f64 = (0..shape).map(|_| -random.uniform().ln()).sum();
                    sum / f64::from(shape)
                } else {
                    1.0
                };
                random.poisson(e * ratio)
            })
            .collect();
        let figures = Figures::Ratios {
            observed: &observed,
            expected: &expected,
        };
        let found = profile(&figures, options).unwrap();
        for (unit, observed) in found.units.iter().zip(&observed) {
            units += 1.0;
            for (alarm, is) in alarms.iter_mut().zip([
                unit.outside >= 1,
                unit.outside >= 2,
                unit.outside >= 1 && *observed == 0,
            ]) {
                *alarm += f64::from(u8::from(is));
            }
        }
    }
    alarms.map(|a| a / units)
}

#[test]
#[ignore = "slow: asked for"]
fn funnels_keep_their_level_from_two_expected_and_with_nothing_observed() {
    println!(
        "| truth | limits | expected | outside 95 % | of them with nothing observed | outside 99.8 % |"
    );
    println!("|---|---|---:|---:|---:|---:|");
    let exact = ProfileOptions::default();
    let additive = ProfileOptions {
        overdispersion: Some(Widening::Additive),
        ..ProfileOptions::default()
    };
    let gamma = ProfileOptions {
        limits: FunnelLimits::GammaPoisson,
        overdispersion: Some(Widening::Additive),
        ..ProfileOptions::default()
    };
    let [additive_all, gamma_all] = [&additive, &gamma].map(|o| ProfileOptions {
        extremes: Extremes::Keep,
        ..o.clone()
    });
    for (truth, between, kinds) in [
        (
            "chance alone",
            0.0,
            vec![
                ("exact", &exact),
                ("additive", &additive),
                ("gamma-Poisson", &gamma),
            ],
        ),
        (
            "variance 0.1",
            0.1,
            vec![
                ("exact", &exact),
                ("additive", &additive),
                ("gamma-Poisson", &gamma),
                ("additive, nothing winsorised", &additive_all),
                ("gamma-Poisson, nothing winsorised", &gamma_all),
            ],
        ),
    ] {
        for (name, options) in kinds {
            for e in [2.0, 3.0, 5.0, 10.0, 20.0, 30.0, f64::NAN] {
                let of = |i: u32| if e.is_nan() { size(i, 2.0, 30.0) } else { e };
                let draws = if std::ptr::eq(options, &raw const exact) {
                    400
                } else {
                    100
                };
                let [inner, outer, nothing] = false_alarms(&of, between, options, draws);
                let label = if e.is_nan() {
                    "2 to 30, mixed".to_owned()
                } else {
                    format!("{e}")
                };
                println!(
                    "| {truth} | {name} | {label} | {:.1} % | {:.1} % | {:.2} % |",
                    100.0 * inner,
                    100.0 * nothing,
                    100.0 * outer
                );
                // Interpolated limits of single counts jump around their level.
                if between == 0.0 && name != "additive" {
                    assert!((0.03..0.06).contains(&inner), "{name} {e} {inner}");
                    assert!(outer < 0.004, "{name} {e} {outer}");
                }
            }
        }
    }
}
