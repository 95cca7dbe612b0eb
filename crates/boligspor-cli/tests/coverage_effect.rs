//! The vignette of effects: on registers with a planted effect on costs the
//! comparison recovers it with honest intervals, and before/after does not.
//!
//! Slow: run with `--ignored --nocapture`; `DRAWS` sets how many registers. It
//! prints a table of what was planted, found on average, and covered.

#![expect(clippy::print_stdout, reason = "the table is what the vignette is for")]

use std::sync::Arc;

use boligspor::calendar;
use boligspor::cohort::Cohort;
use boligspor::effect::{Adjust, Design, compare_costs};
use boligspor::register::{Register, Table};
use boligspor_synth::{Spec, Truth, generate};
use polars::prelude::{DataFrame, DataType};

const PEOPLE: u64 = 800;

fn cell(frame: &DataFrame, column: &str, row: usize) -> Option<f64> {
    let values = frame.column(column).ok()?.cast(&DataType::Float64).ok()?;
    values.f64().ok()?.get(row)
}

/// The interval of a method, base and year.
fn found(frame: &DataFrame, method: &str, base: f64, year: f64) -> (f64, f64, f64) {
    let methods = frame.column("method").unwrap().str().unwrap().clone();
    let row = (0..frame.height())
        .find(|&row| {
            methods.get(row) == Some(method)
                && cell(frame, "base", row) == Some(base)
                && cell(frame, "year", row) == Some(year)
        })
        .expect("a row");
    let at = |column| cell(frame, column, row).expect("a number");
    (at("estimate"), at("low"), at("high"))
}

#[test]
#[ignore = "slow: hundreds of registers"]
fn intervals_cover_the_planted_effect_and_before_after_does_not() {
    let draws: u64 = std::env::var("DRAWS").map_or(200, |d| d.parse().unwrap());
    let spec = |seed| Spec {
        people: PEOPLE,
        seed,
        never_placed: 0.4,
        comparison: 0.0,
        ..Spec::odense_like()
    };
    let truth = Truth::of(&spec(0)).unwrap();
    let planted = |year: i32| {
        let effects = &truth.cost_effects_by_relative_year;
        effects.iter().find(|e| e.year == year).unwrap()
    };
    let design = |adjust| Design {
        adjust,
        covariates: ["age", "sex", "substance_use", "psychiatric_diagnosis"]
            .map(String::from)
            .to_vec(),
        first: -3,
        last: 2,
        price_base: Some(truth.price_year),
        replicates: 199,
        ..Design::default()
    };
    // Method, base, year: what is asked of each register.
    let asked: Vec<(Adjust, &str, i32, i32)> = (0..=2)
        .flat_map(|year| {
            [
                (Adjust::Entropy, "before_after", -1, year),
                (Adjust::Entropy, "designed", -3, year),
                (Adjust::Entropy, "designed", -1, year),
                (Adjust::Match, "designed", -3, year),
                (Adjust::Dr, "designed", -3, year),
            ]
        })
        .collect();
    let mut sums = vec![(0.0, 0_u64); asked.len()];
    for seed in 1..=draws {
        let spec = spec(seed);
        let mut builder = Register::builder()
            .observed_from(calendar::parse(&format!("{}-01-01", spec.first_year)))
            .observed_until(calendar::parse(&spec.observed_until.to_string()).unwrap());
        for (name, frame) in generate(&spec).unwrap().tables() {
            builder = builder.table(Table::from_name(name).unwrap(), frame.clone());
        }
        let register = Arc::new(builder.build().unwrap());
        let cohort = Cohort::builder(&register).build().unwrap();
        for adjust in [Adjust::Entropy, Adjust::Match, Adjust::Dr] {
            let effect = compare_costs(&cohort, &design(adjust)).unwrap();
            for ((by, method, base, year), (sum, covered)) in asked.iter().zip(&mut sums) {
                if *by == adjust {
                    let (base, at) = (f64::from(*base), f64::from(*year));
                    let (estimate, low, high) = found(effect.contrasts(), method, base, at);
                    let effect = planted(*year).effect;
                    *sum += estimate;
                    *covered += u64::from(low <= effect && effect <= high);
                }
            }
        }
    }
    println!("| method | base | year | planted effect | mean estimate | coverage |");
    println!("|---|---:|---:|---:|---:|---:|");
    for ((adjust, method, base, year), (sum, covered)) in asked.iter().zip(&sums) {
        let coverage = 100.0 * *covered as f64 / draws as f64;
        let mean = sum / draws as f64;
        println!(
            "| {method} ({adjust:?}) | {base} | {year} | {:.0} | {mean:.0} | {coverage:.1} % |",
            planted(*year).effect
        );
        if *method == "designed" {
            // Four standard errors of the simulation below 95 %.
            let least = 95.0 - 4.0 * (95.0 * 5.0 / draws as f64).sqrt();
            assert!(coverage >= least, "{method} {base} {year}: {coverage} %");
        }
    }
    // Before/after is off by what would have happened anyway.
    for ((_, method, _, year), (sum, _)) in asked.iter().zip(&sums) {
        if *method == "before_after" {
            let gap = sum / draws as f64 - planted(*year).before_after;
            assert!(gap.abs() < 10_000.0, "year {year}: {gap}");
        }
    }
}
