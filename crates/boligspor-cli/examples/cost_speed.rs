//! How long a cost trajectory with intervals takes once tables have been read:
//! a million people, ten years, five categories, twenty million rows.
//!
//! `make bench-costs` runs it beside queries by hand that read the same rows
//! from Parquet and give means and normal intervals only
//! (`benches/cost_peers.py`, which makes the same people).

#![expect(clippy::print_stdout, reason = "the printed times are the point")]

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use boligspor::Register;
use boligspor::calendar::day;
use boligspor::cohort::Cohort;
use boligspor::costs::{self, CostSpec};
use polars::prelude::{Column, DataFrame, DataType, NamedFrom, Series};

const CATEGORIES: [&str; 5] = ["shelter", "hospital", "prison", "support", "benefits"];
const YEARS: i32 = 10;
const FIRST: i32 = 2010;
const PLACED: i32 = 2015;
/// Categories in which a person costs something in a year.
const ROWS: u64 = 2;

/// A person's cost in a year and category, the same in `cost_peers.py`: mostly
/// small, and for a few large.
fn amount(person: u64, year: u64, category: u64) -> f64 {
    let mixed = (person * 7919 + year * 104_729 + category * 1_299_709) % 10_007;
    let share = (mixed as f64 + 0.5) / 10_007.0;
    (2_000.0 / (1.0 - share).sqrt()).round()
}

fn dates(name: &str, days: Vec<i32>) -> Result<Column, Box<dyn Error>> {
    Ok(Series::new(name.into(), days).cast(&DataType::Date)?.into())
}

fn texts(name: &str, values: Vec<&str>) -> Column {
    Series::new(name.into(), values).into()
}

fn register(people: u64) -> Result<Register, Box<dyn Error>> {
    let n = people as usize;
    let person = |times: usize| -> Column {
        let ids = (0..people as i64).flat_map(|p| std::iter::repeat_n(p, times));
        Series::new("person".into(), ids.collect::<Vec<i64>>()).into()
    };
    let persons = vec![
        person(1),
        dates("birth_date", vec![day(1980, 1, 1); n])?,
        texts("sex", vec!["woman"; n]),
    ];
    let placed = dates("placed_on", vec![day(PLACED, 1, 1); n])?;
    let municipality = texts("municipality", vec!["461"; n]);
    let dwelling = |values: Vec<i64>| -> Column { Series::new("dwelling".into(), values).into() };
    let numbers: Vec<i64> = (0..people as i64).collect();
    let placements = vec![person(1), placed, municipality, dwelling(numbers.clone())];
    let stays = vec![
        person(1),
        dates("start", vec![day(PLACED, 1, 1); n])?,
        Series::full_null("end".into(), n, &DataType::Date).into(),
        texts("state", vec!["dwelling"; n]),
        dwelling(numbers),
    ];
    let per_person = YEARS as usize * ROWS as usize;
    let height = n * per_person;
    let mut start = Vec::with_capacity(height);
    let mut category = Vec::with_capacity(height);
    let mut amounts = Vec::with_capacity(height);
    for p in 0..people {
        for year in 0..YEARS as u64 {
            for k in 0..ROWS {
                let c = (p + year + k) % CATEGORIES.len() as u64;
                start.push(day(FIRST + year as i32, 6, 1));
                category.push(CATEGORIES[c as usize]);
                amounts.push(amount(p, year, c));
            }
        }
    }
    let end = start.iter().map(|s| s + 1).collect();
    let costs = vec![
        person(per_person),
        dates("start", start)?,
        dates("end", end)?,
        texts("category", category),
        Series::new("amount".into(), amounts).into(),
        texts("payer", vec!["municipality"; height]),
    ];
    let until = day(FIRST + YEARS - 1, 12, 31);
    Ok(Register::builder()
        .persons(DataFrame::new(n, persons)?)
        .placements(DataFrame::new(n, placements)?)
        .stays(DataFrame::new(n, stays)?)
        .costs(DataFrame::new(height, costs)?)
        .observed_from(Some(day(FIRST, 1, 1)))
        .observed_until(until)
        .build()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let people = std::env::args()
        .nth(1)
        .map_or(Ok(1_000_000), |a| a.parse())?;
    let start = Instant::now();
    let register = Arc::new(register(people)?);
    println!(
        "register of {people} people: {:.1} s",
        start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    let cohort = Cohort::builder(&register).build()?;
    println!(
        "timeline and cohort: {:.1} s",
        start.elapsed().as_secs_f64()
    );
    for replicates in [0, CostSpec::default().replicates] {
        let spec = CostSpec {
            first: FIRST - PLACED,
            last: FIRST - PLACED + YEARS - 1,
            replicates,
            ..CostSpec::default()
        };
        let mut least = f64::INFINITY;
        let mut table = DataFrame::empty();
        for _ in 0..3 {
            let start = Instant::now();
            table = costs::trajectory(&cohort, &spec)?.table().clone();
            least = least.min(start.elapsed().as_secs_f64());
        }
        println!("trajectory, {replicates} replicates: {least:.2} s, the least of three");
        println!("{}", table.head(Some(7)));
    }
    Ok(())
}
