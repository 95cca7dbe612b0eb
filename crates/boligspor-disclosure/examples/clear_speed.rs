//! How long a bundle of many tables takes to clear: run by hand.
//!
//! `cargo run -p boligspor-disclosure --example clear_speed [tables]`

#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::time::Instant;

use boligspor_disclosure::{Bundle, CellId, Policy, Population, Support, check, clear};

/// A table of 10 by 10 cells with margins; about one cell in ten is small.
/// Rows are grouped a second time, by twos.
fn bundle(tables: u64) -> Bundle {
    let mut bundle = Bundle::new();
    let mut state = 0x9e37_79b9_u64;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for table in 0..tables {
        let name = format!("table {table}");
        let cells: Vec<CellId> = (0..100)
            .map(|_| {
                let n = match draw(10) {
                    0 => draw(5),
                    _ => 5 + draw(200),
                };
                bundle.persons(Support::of_persons(n))
            })
            .collect();
        let mut count = |label: String, inside: Vec<CellId>| {
            bundle
                .count(&name, &label, &inside, &[])
                .expect("cells of one table");
        };
        for (n, &cell) in cells.iter().enumerate() {
            count(format!("cell {n}"), vec![cell]);
        }
        for r in 0..10 {
            count(format!("row {r}"), cells[r * 10..r * 10 + 10].to_vec());
            count(
                format!("column {r}"),
                (0..10).map(|k| cells[k * 10 + r]).collect(),
            );
        }
        // A second grouping of the rows, not nested in any of the first.
        for r in 0..5 {
            count(
                format!("rows {r} and next"),
                cells[r * 20..r * 20 + 20].to_vec(),
            );
        }
        count("all".to_owned(), cells.clone());
    }
    bundle
}

/// Six attributes of five categories, a table of each, and of some pairs.
fn linked(persons: usize, pairs: usize) -> boligspor_disclosure::Result<Bundle> {
    let mut people = Population::new(persons);
    let mut state = 77_u64;
    let mut attributes = Vec::new();
    for a in 0..6 {
        let categories: Vec<String> = (0..persons)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let draw = (state >> 33) % 100;
                // Shares of 60, 25, 10, 4 and 1 %.
                let category = [60, 85, 95, 99, 100].iter().position(|&end| draw < end);
                format!("c{}", category.unwrap_or(0))
            })
            .collect();
        attributes.push(people.attribute(&format!("a{a}"), &categories)?);
    }
    for (a, &attribute) in attributes.iter().enumerate() {
        people.table(&format!("by a{a}"), &[attribute])?;
    }
    for pair in 0..pairs {
        people.table(
            &format!("pair {pair}"),
            &[attributes[pair], attributes[pair + 1]],
        )?;
    }
    people.bundle()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let most: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(200), |text| text.parse())?;
    let policy = Policy::named("statistics-denmark")?;
    println!("| tables | numbers | withheld | worlds | clear, s | check, s |");
    println!("|---:|---:|---:|---:|---:|---:|");
    for tables in [most / 8, most / 4, most / 2, most] {
        let bundle = bundle(tables);
        let start = Instant::now();
        let cleared = clear(&bundle, &policy)?;
        let clearing = start.elapsed().as_secs_f64();
        let start = Instant::now();
        check(cleared.rows(), cleared.certificate())?;
        let worlds: usize = cleared
            .certificate()
            .blocks
            .iter()
            .map(|b| b.worlds.len())
            .sum();
        println!(
            "| {tables} | {} | {} | {worlds} | {clearing:.2} | {:.2} |",
            bundle.len(),
            cleared.withheld(),
            start.elapsed().as_secs_f64(),
        );
    }
    println!("\nOne population, tables that all hang together:\n");
    println!("| persons | tables | numbers | withheld | clear, s | check, s |");
    println!("|---:|---:|---:|---:|---:|---:|");
    for (persons, pairs) in [(500, 2), (2_000, 3), (10_000, 4)] {
        let bundle = linked(persons, pairs)?;
        let start = Instant::now();
        let cleared = clear(&bundle, &policy)?;
        let clearing = start.elapsed().as_secs_f64();
        let start = Instant::now();
        check(cleared.rows(), cleared.certificate())?;
        println!(
            "| {persons} | {} | {} | {} | {clearing:.2} | {:.2} |",
            6 + pairs,
            bundle.len(),
            cleared.withheld(),
            start.elapsed().as_secs_f64(),
        );
    }
    Ok(())
}
