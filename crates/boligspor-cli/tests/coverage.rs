//! The vignette: on registers with planted truth the estimators recover it,
//! and 95 % intervals cover it 93 to 97 times in a hundred.
//!
//! Slow: run by `make slow`. It prints the table that `docs/coverage.md` shows.

#![expect(clippy::print_stdout, reason = "the table is what the vignette is for")]

use std::sync::Arc;

use boligspor::calendar::{self, Date};
use boligspor::cohort::Cohort;
use boligspor::costs::{self, CostSpec, Death, IntervalMethod};
use boligspor::register::{Register, Table};
use boligspor::retention::{self, Definition, Handling, Home};
use boligspor_synth::{Spec, Truth, generate};
use polars::prelude::{DataFrame, DataType};

const DRAWS: u64 = 1000;
const PEOPLE: u64 = 500;

/// How often intervals held the truth, and where the estimates were on average.
struct Tally {
    what: String,
    truth: f64,
    covered: u64,
    draws: u64,
    sum: f64,
}

impl Tally {
    fn new(what: impl Into<String>, truth: f64) -> Self {
        Self {
            what: what.into(),
            truth,
            covered: 0,
            draws: 0,
            sum: 0.0,
        }
    }

    fn add(&mut self, estimate: f64, low: f64, high: f64) {
        self.draws += 1;
        self.sum += estimate;
        self.covered += u64::from(low <= self.truth && self.truth <= high);
    }

    fn coverage(&self) -> f64 {
        100.0 * self.covered as f64 / self.draws as f64
    }
}

fn number(frame: &DataFrame, column: &str, row: usize) -> f64 {
    let values = frame
        .column(column)
        .unwrap()
        .cast(&DataType::Float64)
        .unwrap();
    values.f64().unwrap().get(row).unwrap()
}

/// In a dwelling on the day itself, of those alive: the truth's own definition.
fn of_living(name: &str, home: Home) -> Definition {
    let absence = Handling::NotRetained;
    Definition {
        name: name.into(),
        home,
        death: Handling::Excluded,
        abroad: absence,
        prison: absence,
        hospital: absence,
        treatment: absence,
        institution: absence,
        unknown: absence,
        horizons: vec![12, 36],
        ..Definition::default()
    }
}

fn register(spec: &Spec) -> Arc<Register> {
    let tables = generate(spec).unwrap();
    let mut builder = Register::builder()
        .observed_from(calendar::parse(&format!("{}-01-01", spec.first_year)))
        .observed_until(calendar::parse(&spec.observed_until.to_string()).unwrap());
    for (name, frame) in tables.tables() {
        builder = builder.table(Table::from_name(name).unwrap(), frame.clone());
    }
    Arc::new(builder.build().unwrap())
}

#[test]
#[ignore = "slow: a thousand registers; run by `make slow`"]
fn intervals_cover_the_planted_truth() {
    let full = Spec::cohort(PEOPLE, 0);
    let truth = Truth::of(&full).unwrap();
    let at = |months| {
        truth
            .placed
            .iter()
            .find(|r| r.horizon_months == months)
            .unwrap()
    };
    // The same people, with data ending so early that many are censored.
    let early = calendar::parse("2019-03-31").unwrap();
    assert!(Date(early).to_string() == "2019-03-31");

    let any = of_living("any", Home::AnyDwelling);
    let allotted = of_living("allotted", Home::AllottedDwelling);
    let mut tallies = vec![
        Tally::new(
            "any dwelling at 12 months (Wilson)",
            at(12).any_dwelling_of_living,
        ),
        Tally::new(
            "any dwelling at 36 months (Wilson)",
            at(36).any_dwelling_of_living,
        ),
        Tally::new(
            "any dwelling at 36 months, censored (Aalen–Johansen)",
            at(36).any_dwelling_of_living,
        ),
        Tally::new(
            "allotted dwelling at 36 months, censored (Aalen–Johansen)",
            at(36).allotted_dwelling_of_living,
        ),
    ];
    let years = [-1, 0, 1];
    for year in years {
        let cost = truth
            .costs_by_relative_year
            .iter()
            .find(|c| c.year == year)
            .unwrap();
        for method in ["bootstrap percentile", "normal"] {
            tallies.push(Tally::new(
                format!("cost per person-year in year {year} ({method})"),
                cost.mean_per_person_year,
            ));
        }
    }
    let costs = CostSpec {
        first: -1,
        last: 1,
        price_base: Some(truth.price_year),
        // The truth is of the living's time.
        death: Death::Survivors,
        method: IntervalMethod::Percentile,
        replicates: 399,
        ..CostSpec::default()
    };
    for seed in 1..=DRAWS {
        let register = register(&Spec {
            seed,
            ..full.clone()
        });
        let cohort = Cohort::builder(&register).build().unwrap();
        let table = retention::estimate(&cohort, &any).unwrap().table().clone();
        for (row, tally) in tallies.iter_mut().take(2).enumerate() {
            tally.add(
                number(&table, "share", row),
                number(&table, "low", row),
                number(&table, "high", row),
            );
        }
        let cut = register_until(&register, early);
        let cohort_cut = Cohort::builder(&cut).build().unwrap();
        for (tally, definition) in [(2, &any), (3, &allotted)] {
            let table = retention::estimate(&cohort_cut, definition)
                .unwrap()
                .table()
                .clone();
            assert!(number(&table, "censored", 1) > 100.0);
            tallies[tally].add(
                number(&table, "share", 1),
                number(&table, "low", 1),
                number(&table, "high", 1),
            );
        }
        let trajectory = costs::trajectory(&cohort, &costs).unwrap();
        let table = trajectory.table();
        let is_all = |row: usize| {
            ["category", "payer"]
                .iter()
                .all(|c| table.column(c).unwrap().str().unwrap().get(row) == Some("all"))
        };
        for row in (0..table.height()).filter(|&row| is_all(row)) {
            let year = number(table, "period", row) as i32;
            let first = 4 + 2 * years.iter().position(|&y| y == year).unwrap();
            let mean = number(table, "mean_per_person_year", row);
            tallies[first].add(mean, number(table, "low", row), number(table, "high", row));
            tallies[first + 1].add(
                mean,
                number(table, "low_normal", row),
                number(table, "high_normal", row),
            );
        }
    }
    println!(
        "| quantity | truth | mean estimate | coverage of 95 % intervals |\n|---|---|---|---|"
    );
    for t in &tallies {
        println!(
            "| {} | {:.4} | {:.4} | {:.1} % |",
            t.what,
            t.truth,
            t.sum / t.draws as f64,
            t.coverage()
        );
    }
    for t in &tallies {
        assert!(
            (93.0..=97.0).contains(&t.coverage()),
            "{}: {:.1} %",
            t.what,
            t.coverage()
        );
    }
}

/// The same register, observed until an earlier day.
fn register_until(register: &Register, day: calendar::Day) -> Arc<Register> {
    use boligspor::register::{CheckOptions, Level};
    // What happens after the new last day is no fault of the data.
    let options = CheckOptions::default().with_severity("after-observation", Level::Info);
    let mut builder = Register::builder()
        .observed_from(register.observed_from())
        .observed_until(day)
        .check_options(options);
    for table in [Table::Persons, Table::Placements, Table::Stays] {
        builder = builder.table(table, register.frame(table).unwrap().clone());
    }
    Arc::new(builder.build().unwrap())
}
