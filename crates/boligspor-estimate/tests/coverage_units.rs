//! Whether small units' shrunken figures and funnel limits hold what they promise.
//!
//! Slow, and asked for: `cargo test -p boligspor-estimate --test coverage_units --
//! --ignored --nocapture` prints the tables of `docs/coverage.md`.
#![allow(clippy::print_stdout, reason = "the printed tables are the point")]

use boligspor_estimate::Interval;
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
