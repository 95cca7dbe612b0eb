//! Times observed over expected by unit with a risk model fitted again in every
//! replicate: `cargo run --release --example unit_speed -- 1000000 10 1000`
//! (people, outcomes, replicates). `benches/unit_peers.py` makes the same people
//! and times other packages.
#![allow(clippy::print_stdout, reason = "the printed times are the point")]

use std::time::Instant;

use boligspor_estimate::unit_logistic::{
    BootstrapOptions, UnitData, UnitOptions, observed_over_expected,
};

/// Splitmix64 of (person, column) as a number in [0, 1).
fn uniform(person: u64, column: u64) -> f64 {
    let mut z = (person * 64 + column)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn main() -> Result<(), boligspor_estimate::EstimateError> {
    let arguments: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|a| a.parse().ok())
        .collect();
    let given = |i: usize, default| arguments.get(i).copied().unwrap_or(default);
    let (people, outcomes, replicates) = (given(0, 1_000_000), given(1, 10), given(2, 1000));
    // Many small units and a few large ones.
    let unit: Vec<u32> = (0..people)
        .map(|i| (98.0 * uniform(i, 0).powi(2)) as u32)
        .collect();
    let flag = |yes: bool| f64::from(u8::from(yes));
    // Five age groups, sex, substance use, psychiatric diagnosis: 40 strata.
    let covariates: Vec<Vec<f64>> = (0..7)
        .map(|c| {
            let of = |i: u64| match c {
                0..4 => flag((5.0 * uniform(i, 1)) as usize == c + 1),
                _ => flag(uniform(i, c as u64) < 0.35),
            };
            (0..people).map(of).collect()
        })
        .collect();
    let columns: Vec<&[f64]> = covariates.iter().map(Vec::as_slice).collect();
    let trials = vec![1.0; people as usize];
    let mut total = 0.0;
    for outcome in 0..outcomes {
        let events: Vec<f64> = (0..people as usize)
            .map(|i| {
                let effect = 0.3 * (f64::from(unit[i]) * 1.7).sin();
                let mix: f64 = columns
                    .iter()
                    .zip(1..)
                    .map(|(x, k)| 0.1 * f64::from(k) * x[i])
                    .sum();
                let risk = 1.0 / (1.0 + (1.8 - effect - mix).exp());
                flag(uniform(i as u64, 20 + outcome) < risk)
            })
            .collect();
        let data = UnitData {
            events: &events,
            trials: &trials,
            covariates: &columns,
            unit: &unit,
        };
        let bootstrap = BootstrapOptions {
            replicates: replicates as usize,
            ..BootstrapOptions::default()
        };
        let start = Instant::now();
        let found = observed_over_expected(&data, &UnitOptions::default(), &bootstrap)?;
        let seconds = start.elapsed().as_secs_f64();
        total += seconds;
        println!(
            "outcome {outcome}: {seconds:.2} s, unit 0 {:.6} of {:.6}",
            found[0].observed, found[0].expected
        );
    }
    println!("{people} people, {outcomes} outcomes, {replicates} replicates: {total:.2} s");
    Ok(())
}
