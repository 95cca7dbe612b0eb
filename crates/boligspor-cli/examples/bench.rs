//! The sample study at 100,000 and 1,000,000 people: time by stage, rows a
//! second, and peak memory. Run by `make bench`; sizes can be given as
//! arguments. The registers are written to a temporary folder first, so that
//! reading Parquet is part of what is measured.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use boligspor::calendar;
use boligspor::cohort::Cohort;
use boligspor::costs::{self, CostSpec};
use boligspor::municipality::{self, CompareSpec};
use boligspor::register::{Register, Table};
use boligspor::retention::{self, Definition};
use boligspor::{Precedence, timeline::Timeline};
use boligspor_synth::Spec;

fn main() -> Result<(), Box<dyn Error>> {
    let sizes: Vec<u64> = std::env::args()
        .skip(1)
        .map(|a| a.parse())
        .collect::<Result<_, _>>()?;
    let sizes = if sizes.is_empty() {
        vec![100_000, 1_000_000]
    } else {
        sizes
    };
    for people in sizes {
        run(people)?;
    }
    Ok(())
}

fn run(people: u64) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let spec = Spec {
        people,
        ..Spec::country()
    };
    let mut stages = Stages {
        people,
        rows: Vec::new(),
    };
    let summary = boligspor_synth::write(&spec, folder.path(), |_, _| ())?;
    let stays = summary.rows["stays"];
    let costs = summary.rows["costs"];
    println!("\n{people} people, {stays} stays, {costs} costs");

    let register = stages.time("read, check, index", summary.rows.values().sum(), || {
        let mut builder = Register::builder()
            .observed_from(calendar::parse(&format!("{}-01-01", spec.first_year)))
            .observed_until(calendar::parse(&spec.observed_until.to_string()).expect("a date"));
        for table in Table::ALL {
            let path = folder.path().join(format!("{}.parquet", table.name()));
            if path.exists() {
                builder = builder.table(table, path);
            }
        }
        builder.build().map(Arc::new)
    })?;
    let timeline = stages.time("timeline", stays, || {
        Timeline::new(&register, &Precedence::default())
    });
    let cohort = stages.time("cohort", people, || {
        Cohort::builder(&register)
            .timeline(Arc::new(timeline))
            .build()
    })?;
    let members = cohort.len() as u64;
    let definition = Definition::preset("odense_vive")?;
    stages.time("retention", members, || {
        retention::estimate(&cohort, &definition)
    })?;
    let spec = CostSpec {
        price_base: Some(2023),
        ..CostSpec::default()
    };
    stages.time("costs, 499 replicates", costs, || {
        costs::trajectory(&cohort, &spec)
    })?;
    let spec = CompareSpec {
        costs: CostSpec {
            replicates: 199,
            ..spec
        },
        ..CompareSpec::default()
    };
    stages.time("98 municipalities", members, || {
        municipality::compare(&cohort, &spec)
    })?;
    stages.print();
    Ok(())
}

/// What was measured of one size.
struct Stages {
    people: u64,
    rows: Vec<(&'static str, u64, f64)>,
}

impl Stages {
    fn time<T>(&mut self, stage: &'static str, rows: u64, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.rows.push((stage, rows, start.elapsed().as_secs_f64()));
        done
    }

    fn print(&self) {
        println!(
            "{:<24} {:>10} {:>12} {:>14}",
            "stage", "seconds", "rows", "rows/s"
        );
        for (stage, rows, seconds) in &self.rows {
            println!(
                "{stage:<24} {seconds:>10.2} {rows:>12} {:>14.0}",
                *rows as f64 / seconds
            );
        }
        let total: f64 = self.rows.iter().map(|r| r.2).sum();
        println!(
            "{:<24} {total:>10.2} {:>12} {:>14.0}",
            "all",
            self.people,
            self.people as f64 / total
        );
        if let Some(peak) = peak_memory() {
            println!("peak memory of the process so far: {peak:.2} GiB");
        }
    }
}

/// The largest resident size so far, where the system tells.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0 / 1024.0)
}
