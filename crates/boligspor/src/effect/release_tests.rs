//! What leaves of a comparison, and what does not.

use super::*;
use crate::cohort::{Cohort, CohortSpec};
use crate::disclosure::Policy;
use crate::release::{Cell, Release, ReleasedTable};
use crate::testing::{Rows, find, number};

/// So many placed and so many not, with costs that differ from person to person.
fn cohort(placed: usize, others: usize) -> Cohort {
    let all = placed + others;
    let name = |i: usize| format!("p{i:03}");
    let persons: Vec<String> = (0..all)
        .map(|i| format!("{} | 1980-01-01 |", name(i)))
        .collect();
    let placements: Vec<String> = (0..all)
        .map(|i| {
            let day = if i < placed { "2018-01-01" } else { "" };
            let home = if i < placed {
                format!("h{i}")
            } else {
                String::new()
            };
            format!("{} | 2018-01-01 | {day} | 101 | {home}", name(i))
        })
        .collect();
    let stays: Vec<String> = (0..placed)
        .map(|i| format!("{} | 2018-01-01 | | dwelling | h{i}", name(i)))
        .collect();
    let costs: Vec<String> = (0..all)
        .flat_map(|i| {
            let own = 100 + (i * 37 % 101) as i32;
            let after = if i < placed {
                own / 2 + (i % 7) as i32
            } else {
                own
            };
            [
                (2015, own),
                (2016, own + 9),
                (2017, own + 60),
                (2018, after),
            ]
            .map(|(year, amount)| {
                format!(
                    "{} | {year}-01-01 | {}-01-01 | support | {amount} |",
                    name(i),
                    year + 1
                )
            })
        })
        .collect();
    let plain = |of: &[String]| -> Vec<&'static str> {
        of.iter()
            .map(|row| &*Box::leak(row.clone().into_boxed_str()))
            .collect()
    };
    let rows = Rows {
        persons: &plain(&persons),
        placements: &plain(&placements),
        stays: &plain(&stays),
        costs: &plain(&costs),
    };
    rows.cohort("2018-12-31", CohortSpec::default())
}

fn design() -> Design {
    Design {
        first: -3,
        last: 0,
        base: -3,
        adjust: Adjust::Year,
        replicates: 199,
        ..Design::default()
    }
}

fn policy() -> Policy {
    Policy::named("statistics-denmark").unwrap()
}

/// The row of a method from a base year in a year.
fn row<'a>(table: &'a ReleasedTable, method: &str, base: i64, year: Option<i64>) -> &'a [Cell] {
    let year = year.map_or(Cell::Empty, Cell::Step);
    let found = table.rows().iter().find(|row| {
        matches!(&row[0], Cell::Key(code, _) if code == method)
            && row[1] == Cell::Step(base)
            && row[2] == year
    });
    found.unwrap()
}

#[test]
fn estimates_are_rounded_to_what_their_interval_says() {
    let found = compare_costs(&cohort(60, 50), &design()).unwrap();
    let released = found.release(&policy()).unwrap();
    let table = &released.tables()[0];
    let shown = row(table, "designed", -3, Some(0));
    assert_eq!(shown[6], Cell::Number(60.0));
    assert_eq!(shown[7], Cell::Number(50.0));
    let at = find(found.table(), &[("base", "-3"), ("year", "0")])[0];
    let of = ["estimate", "low", "high"].map(|name| number(found.table(), name, at).unwrap());
    let rule = policy().models.unwrap();
    let expected = rule.round(of).unwrap();
    assert_ne!(expected, of);
    for (cell, value) in shown[3..6].iter().zip(expected) {
        assert_eq!(*cell, Cell::Number(value));
    }
    // The mean of years 0 on has no year, and is that year's here.
    assert_eq!(row(table, "designed_mean", -3, None)[3], shown[3]);
    // Costs rise alike for all before time zero: no uncertainty, so nothing says
    // how many digits may be shown.
    assert!(
        row(table, "designed", -3, Some(-1))[3..6]
            .iter()
            .all(|c| *c == Cell::Withheld)
    );
}

#[test]
fn too_few_in_the_smaller_group_show_no_estimate() {
    // Four parameters at most and ten people beyond them: nine are too few.
    let found = compare_costs(&cohort(60, 9), &design()).unwrap();
    let released = found.release(&policy()).unwrap();
    let shown = row(&released.tables()[0], "designed", -3, Some(0)).to_vec();
    assert!(shown[3..6].iter().all(|cell| *cell == Cell::Withheld));
    assert_eq!(shown[7], Cell::Number(9.0));
    // A policy without a rule for models shows none at all.
    let mut without = policy();
    without.models = None;
    let found = compare_costs(&cohort(60, 50), &design()).unwrap();
    let released = found.release(&without).unwrap();
    let shown = row(&released.tables()[0], "designed", -3, Some(0)).to_vec();
    assert!(shown[3..6].iter().all(|cell| *cell == Cell::Withheld));
}

#[test]
fn few_comparison_people_are_not_counted_out() {
    let found = compare_costs(&cohort(60, 3), &design()).unwrap();
    let released = found.release(&policy()).unwrap();
    let table = &released.tables()[0];
    assert!(!table.csv().lines().skip(1).any(|line| line.ends_with(",3")));
    let shown = row(table, "designed", -3, Some(0));
    assert_eq!(shown[7], Cell::Withheld);
}

#[test]
fn net_cost_is_released_by_payer() {
    let scenario = Scenario {
        name: "ten".into(),
        programme: vec![ProgrammeCost {
            payer: "municipality".into(),
            per_year: 10.0,
            ..ProgrammeCost::default()
        }],
        replicates: 199,
        ..Scenario::default()
    };
    let found = net_cost(&cohort(60, 50), &design(), &scenario).unwrap();
    let released = found.release(&policy()).unwrap();
    let table = &released.tables()[0];
    let society = table.rows().iter().find(|row| {
        matches!(&row[0], Cell::Key(code, _) if code == "societal")
            && matches!(&row[1], Cell::Key(code, _) if code == "net_cost_per_year")
    });
    let society = society.unwrap();
    let at = find(found.table(), &[("view", "societal")])[0];
    let of =
        ["net_cost_per_year", "low", "high"].map(|name| number(found.table(), name, at).unwrap());
    let expected = policy().models.unwrap().round(of).unwrap();
    assert_eq!(society[3], Cell::Number(expected[0]));
    assert_eq!(society[6], Cell::Number(60.0));
    // Nothing that a person would be seen in: no plane, no replicates.
    assert_eq!(released.tables().len(), 1);
}
