//! How long group-time effects take, and how much memory: `att_gt` doubly
//! robust with one covariate over ten years and six cohorts, with the event
//! study, without and with 999 multiplier replicates.
//!
//! `cargo run -p boligspor-estimate --example did_speed [-- UNITS…]`
#![allow(clippy::print_stdout, reason = "the printed times are the point")]

use std::time::Instant;

use boligspor_estimate::did::{Aggregation, AttGtOptions, DidData, Window, att_gt};

const PERIODS: i64 = 10;

struct Rows {
    unit: Vec<i64>,
    period: Vec<i64>,
    first_treated: Vec<i64>,
    outcome: Vec<f64>,
    covariate: Vec<f64>,
}

/// Six cohorts and the never treated, a seventh each; fixed numbers.
fn rows(units: i64) -> Rows {
    let mut rows = Rows {
        unit: vec![],
        period: vec![],
        first_treated: vec![],
        outcome: vec![],
        covariate: vec![],
    };
    let mut state = 88_172_645_463_325_252_u64;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    for unit in 0..units {
        let x = draw();
        let group = [0, 3, 4, 5, 6, 7, 8][(unit % 7) as usize];
        for t in 1..=PERIODS {
            let effect = f64::from(u8::from(group > 0 && t >= group));
            rows.unit.push(unit);
            rows.period.push(t);
            rows.first_treated.push(group);
            rows.covariate.push(x);
            rows.outcome.push(effect + x * t as f64 * 0.1 + draw());
        }
    }
    rows
}

/// The process's largest resident memory, from the kernel.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.map_or_else(
        || "unknown".into(),
        |kib| format!("{:.2} GiB", kib / (1 << 20) as f64),
    )
}

fn main() {
    let given: Vec<i64> = std::env::args()
        .skip(1)
        .filter_map(|a| a.parse().ok())
        .collect();
    let sizes = if given.is_empty() {
        vec![10_000, 100_000, 1_000_000]
    } else {
        given
    };
    println!("| units | covariate | replicates | att_gt, s | with event study, s | peak memory |");
    println!("|---:|---|---:|---:|---:|---|");
    for units in sizes {
        let rows = rows(units);
        let x = [&rows.covariate[..]];
        for (covariates, name) in [(&x[..0], "none"), (&x[..], "one")] {
            for bootstrap in [None, Some(999)] {
                let data = DidData {
                    unit: Some(&rows.unit),
                    period: &rows.period,
                    first_treated: &rows.first_treated,
                    outcome: &rows.outcome,
                    covariates,
                    ..DidData::default()
                };
                let options = AttGtOptions {
                    bootstrap,
                    ..AttGtOptions::default()
                };
                let start = Instant::now();
                let fit = att_gt(&data, &options).expect("rows in order");
                let first = start.elapsed().as_secs_f64();
                let study = fit
                    .aggregate(Aggregation::Dynamic, Window::default())
                    .expect("effects");
                let all = start.elapsed().as_secs_f64();
                assert!((study.overall.estimate - 1.0).abs() < 0.1);
                println!(
                    "| {units} | {name} | {} | {first:.3} | {all:.3} | {} |",
                    bootstrap.unwrap_or(0),
                    peak_memory()
                );
            }
        }
    }
}
