//! Times the estimators on simulated people with whole-day times.
//!
//! `cargo run --release -p boligspor-estimate --example speed [-- SCALE]`;
//! `SCALE` multiplies the number of people (default 1).
#![allow(clippy::print_stdout, reason = "the table is the point")]

use std::time::Instant;

use boligspor_estimate::{
    IncidenceVariance, OccupancyOptions, StateRows, SurvivalOptions, TestOptions, aalen_johansen,
    kaplan_meier, log_rank, state_occupancy,
};

/// A reproducible generator, fast beside what is measured.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((u128::from(self.0) * u128::from(n)) >> 64) as u64
    }
}

const DAYS: u64 = 1826;

fn people(n: usize) -> (Vec<f64>, Vec<u32>) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    (0..n)
        .map(|_| ((1 + random.below(DAYS)) as f64, random.below(4) as u32))
        .unzip()
}

/// The best of three runs, in milliseconds.
fn best<T>(run: impl Fn() -> T) -> f64 {
    (0..3)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(run());
            start.elapsed().as_secs_f64() * 1e3
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), boligspor_estimate::EstimateError> {
    let scale: f64 = std::env::args()
        .nth(1)
        .and_then(|s| s.parse().ok())
        .unwrap_or(1.0);
    let size = |n: usize| (n as f64 * scale) as usize;
    let report = |work: &str, n: usize, ms: f64| println!("{work:<52} {n:>9} {ms:>10.1} ms");
    let plain = SurvivalOptions::default();

    let n = size(5_000_000);
    let (time, cause) = people(n);
    let event: Vec<bool> = cause.iter().map(|&c| c > 0).collect();
    report(
        "Kaplan–Meier with intervals",
        n,
        best(|| kaplan_meier(&time, &event, &plain)),
    );

    let n = size(1_000_000);
    let (time, cause, event) = (&time[..n], &cause[..n], &event[..n]);
    let mut random = Random(77);
    let entry: Vec<f64> = time
        .iter()
        .map(|&t| random.below(t as u64) as f64)
        .collect();
    let late = SurvivalOptions {
        entry: Some(&entry),
        ..plain
    };
    report(
        "Kaplan–Meier, delayed entry",
        n,
        best(|| kaplan_meier(time, event, &late)),
    );

    let thousandths: Vec<f64> = time
        .iter()
        .map(|t| t + random.below(1000) as f64 / 1000.0)
        .collect();
    report(
        "Kaplan–Meier, times not whole",
        n,
        best(|| kaplan_meier(&thousandths, event, &plain)),
    );

    let cluster: Vec<u32> = (0..n as u32).map(|i| i % 98).collect();
    let robust = SurvivalOptions {
        cluster: Some(&cluster),
        ..plain
    };
    report(
        "Kaplan–Meier, robust, 98 clusters",
        n,
        best(|| kaplan_meier(time, event, &robust)),
    );
    let own: Vec<u32> = (0..n as u32).map(|i| i / 2).collect();
    let robust = SurvivalOptions {
        cluster: Some(&own),
        ..plain
    };
    report(
        "Kaplan–Meier, robust, clusters of two",
        n,
        best(|| kaplan_meier(time, event, &robust)),
    );

    for (name, variance) in [
        (
            "Aalen–Johansen, 3 causes, Aalen errors",
            IncidenceVariance::Aalen,
        ),
        (
            "Aalen–Johansen, 3 causes, jackknife errors",
            IncidenceVariance::InfinitesimalJackknife,
        ),
    ] {
        report(
            name,
            n,
            best(|| aalen_johansen(time, cause, &plain, variance)),
        );
    }

    let group: Vec<u32> = (0..n as u32).map(|i| i % 2).collect();
    report(
        "log-rank, 2 groups",
        n,
        best(|| log_rank(time, event, &group, &TestOptions::default())),
    );

    let n = size(100_000);
    let (mut id, mut start, mut stop, mut state) = (vec![], vec![], vec![], vec![]);
    for person in 0..n as u32 {
        let (mut now, mut here) = (0, 0);
        loop {
            let next = now + 1 + random.below(900);
            let to = (here + 1 + random.below(3) as u32) % 4;
            id.push(person);
            start.push(now as f64);
            stop.push(next.min(DAYS) as f64);
            let moves = next < DAYS && to > 0;
            state.push(if moves { to } else { 0 });
            if next >= DAYS {
                break;
            }
            (now, here) = (next, if moves { to } else { here });
        }
    }
    let rows = StateRows {
        id: &id,
        start: &start,
        stop: &stop,
        state: &state,
        initial: None,
    };
    let curves = state_occupancy(&rows, &OccupancyOptions::default())?;
    println!(
        "{:<52} {:>9} rows, {} times",
        "multi-state data",
        id.len(),
        curves.time.len()
    );
    report(
        "state occupancy, 4 states, jackknife errors",
        n,
        best(|| state_occupancy(&rows, &OccupancyOptions::default())),
    );
    report(
        "sojourn times with exact errors",
        n,
        best(|| curves.sojourn(1000.0)),
    );
    Ok(())
}
