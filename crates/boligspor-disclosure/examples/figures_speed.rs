//! How long the figures of a study take to clear, which all hang together: run
//! by hand.
//!
//! `cargo run -p boligspor-disclosure --example figures_speed [persons] [definitions]`

#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::time::Instant;

use boligspor_disclosure::{Condition, Figures, Policy, check, clear};

/// Shares housed by stratum, at four horizons, by definitions ever stricter.
fn study(persons: usize, definitions: usize) -> boligspor_disclosure::Result<Figures> {
    let mut state = 77_u64;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let people: Vec<(String, u64, u64, u64)> = (0..persons)
        .map(|_| {
            let stratum =
                ["ACT", "CTI", "ICM", "S85"][[0, 0, 1, 1, 2, 2, 2, 2, 3][draw(9) as usize]];
            // The month the home is lost, that of a return, that of leaving the count.
            let lost = draw(220);
            (stratum.to_owned(), lost, lost + 1 + draw(24), draw(600))
        })
        .collect();
    let mut figures = Figures::new(persons);
    let strata: Vec<Option<&str>> = people.iter().map(|p| Some(p.0.as_str())).collect();
    let stratum = figures.attribute("stratum", &strata)?;
    figures.publicly_known(stratum);
    let family = figures.family(&[stratum])?;
    let mut groups = vec![vec![Condition::Known(stratum)]];
    for name in ["ACT", "CTI", "ICM", "S85"] {
        groups.push(vec![Condition::Is(stratum, name.to_owned())]);
    }
    for group in &groups {
        figures.count(family, "people", &format!("{group:?}"), group)?;
    }
    for definition in 0..definitions as u64 {
        for horizon in [6, 12, 24, 36] {
            let of_each: Vec<Option<&str>> = people
                .iter()
                .map(|&(_, lost, back, left)| {
                    let home = horizon < lost || (definition == 0 && horizon >= back);
                    (horizon < left + 5 * definition).then_some(if home { "home" } else { "lost" })
                })
                .collect();
            let name = format!("{definition} at {horizon}");
            let status = figures.attribute(&name, &of_each)?;
            figures.join(family, status)?;
            for group in &groups {
                let home = Condition::Is(status, "home".to_owned());
                let mut whole = group.clone();
                whole.push(Condition::Known(status));
                figures.share(family, &name, &format!("{group:?}"), &[home], &whole)?;
            }
        }
    }
    Ok(figures)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |n: usize, default: usize| -> Result<usize, std::num::ParseIntError> {
        std::env::args()
            .nth(n)
            .map_or(Ok(default), |text| text.parse())
    };
    let (persons, definitions) = (argument(1, 500)?, argument(2, 3)?);
    let mut policy = Policy::named("statistics-denmark")?;
    policy.percent_decimals = 0;
    let bundle = study(persons, definitions)?.bundle()?;
    let start = Instant::now();
    let cleared = clear(&bundle, &policy)?;
    let clearing = start.elapsed().as_secs_f64();
    let start = Instant::now();
    check(cleared.rows(), cleared.certificate())?;
    println!(
        "{persons} persons, {definitions} definitions: {} cells, {} numbers, {} withheld, {clearing:.2} s to clear, {:.2} s to check",
        cleared.rows().cells.len(),
        bundle.len(),
        cleared.withheld(),
        start.elapsed().as_secs_f64(),
    );
    Ok(())
}
