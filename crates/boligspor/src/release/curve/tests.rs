//! Curves recomputed by hand from the steps that are published.

use super::super::table::Cell;
use super::*;
use crate::disclosure::{Figures, clear};

fn people(counts: &[(i32, usize, usize)]) -> Vec<Option<Exit>> {
    let each = counts
        .iter()
        .flat_map(|&(time, kind, n)| (0..n).map(move |_| Some(Exit { time, kind })));
    each.collect()
}

fn followed(exits: Vec<Option<Exit>>, ends: &[&str]) -> Followed {
    let named = |code: &str| (code.to_owned(), words(code, code));
    Followed {
        name: "curve".into(),
        section: words("", ""),
        title: words("", ""),
        notes: Vec::new(),
        still: named("kept"),
        ends: ends.iter().map(|code| named(code)).collect(),
        any: named("any"),
        exits,
        until: 12,
    }
}

fn denmark() -> Policy {
    Policy::named("statistics-denmark").unwrap()
}

/// The cells of a draft, which needs no figure.
fn cells(draft: &Draft) -> Vec<Vec<Cell>> {
    let none = clear(&Figures::new(0).bundle().unwrap(), &denmark()).unwrap();
    draft.clone().released(&none).rows().to_vec()
}

fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Number(n) => *n,
        Cell::Step(n) => *n as f64,
        _ => f64::NAN,
    }
}

fn found<'a>(rows: &'a [Vec<Cell>], outcome: &str, month: i64) -> &'a [Cell] {
    rows.iter()
        .find(|row| {
            matches!(&row[0], Cell::Key(code, _) if code == outcome) && row[1] == Cell::Step(month)
        })
        .unwrap()
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9, "{a} is not {b}");
}

#[test]
fn a_curve_is_what_its_published_steps_make_it() {
    // Of 40, 10 lose a home (3 + 2 by month 2, 3 + 2 by month 6), 6 die by month 4,
    // 5 are followed to month 3 only, and 19 to the end.
    let exits = people(&[
        (1, 1, 3),
        (2, 1, 2),
        (3, 0, 5),
        (4, 2, 6),
        (5, 1, 3),
        (6, 1, 2),
        (20, 0, 19),
    ]);
    let stepped = followed(exits, &["lost", "dead"])
        .stepped(&denmark())
        .unwrap()
        .unwrap();
    let rows = cells(&stepped.tables[0]);
    // 35 of 40 are at home after month 2; 30 are followed in month 4, when 6 die;
    // 24 in month 6, when 5 lose a home.
    let (s2, s4, s6) = (35.0 / 40.0, 35.0 / 40.0 * 24.0 / 30.0, 0.7 * 19.0 / 24.0);
    for (month, n_risk, n_event, share) in [
        (0, 40.0, 0.0, 1.0),
        (2, 40.0, 5.0, s2),
        (4, 30.0, 6.0, s4),
        (6, 24.0, 5.0, s6),
        (12, 19.0, 0.0, s6),
    ] {
        let row = found(&rows, "kept", month);
        close(number(&row[2]), n_risk);
        close(number(&row[3]), n_event);
        close(number(&row[4]), 100.0 * share);
    }
    close(number(&found(&rows, "lost", 2)[4]), 12.5);
    close(
        number(&found(&rows, "lost", 6)[4]),
        100.0 * (5.0 / 40.0 + s4 * 5.0 / 24.0),
    );
    close(number(&found(&rows, "dead", 4)[4]), 100.0 * s2 * 6.0 / 30.0);
    // Greenwood at month 4 on the log-minus-log scale, by hand.
    let variance: f64 = 5.0 / (40.0 * 35.0) + 6.0 / (30.0 * 24.0);
    let reach = 1.959_963_984_540_054 * variance.sqrt() / s4.ln().abs();
    let row = found(&rows, "kept", 4);
    close(number(&row[5]), 100.0 * s4.powf(reach.exp()));
    close(number(&row[6]), 100.0 * s4.powf((-reach).exp()));

    let times = cells(&stepped.tables[1]);
    assert_eq!(times[0][1], Cell::Empty, "half have not left");
    close(number(&times[1][1]), 2.0 + 2.0 * s2 + 2.0 * s4 + 6.0 * s6);
}

#[test]
fn no_step_and_no_difference_of_numbers_at_risk_rests_on_few() {
    // Every month some leave, in three ways, and some are followed no longer.
    let mut counts = Vec::new();
    for month in 1..=12 {
        counts.push((month, 1, 1 + month as usize % 3));
        counts.push((month, 2, usize::from(month % 2 == 0)));
        counts.push((month, 0, 2));
    }
    counts.push((12, 0, 30));
    let policy = denmark();
    let stepped = followed(people(&counts), &["lost", "dead"])
        .stepped(&policy)
        .unwrap()
        .unwrap();
    assert!(stepped.curve.steps().iter().all(|step| step.persons >= 5));
    let rows = cells(&stepped.tables[0]);
    let kept: Vec<_> = rows
        .iter()
        .filter(|row| matches!(&row[0], Cell::Key(code, _) if code == "kept"))
        .collect();
    for pair in kept.windows(2) {
        let left = number(&pair[0][2]) - number(&pair[1][2]);
        assert!(left == 0.0 || left >= 5.0, "{left} left");
    }
    for row in &rows {
        let n = number(&row[3]);
        assert!(n == 0.0 || n >= 5.0, "a step of {n}");
    }
}

#[test]
fn rare_ends_are_put_together() {
    let of = |dead: usize, abroad: usize, lost: usize| {
        let exits = people(&[(2, 1, lost), (4, 2, dead), (5, 3, abroad), (12, 0, 20)]);
        let stepped = followed(exits, &["lost", "dead", "abroad"]).stepped(&denmark());
        stepped.unwrap().map(|stepped| {
            let mut codes: Vec<String> = Vec::new();
            for row in cells(&stepped.tables[0]) {
                if let Cell::Key(code, _) = &row[0]
                    && !codes.contains(code)
                {
                    codes.push(code.clone());
                }
            }
            codes.join(" ")
        })
    };
    assert_eq!(of(6, 5, 9).as_deref(), Some("kept lost dead abroad"));
    assert_eq!(of(6, 0, 9).as_deref(), Some("kept lost dead"));
    assert_eq!(of(3, 2, 9).as_deref(), Some("kept lost other"));
    assert_eq!(of(7, 2, 9).as_deref(), Some("kept any"));
    assert_eq!(of(6, 5, 2).as_deref(), Some("kept any"));
    assert_eq!(of(0, 0, 4), None, "too few for a curve");
}

#[test]
fn midpoints_of_cumulative_counts_are_what_opensafely_publishes() {
    let policy = Policy::named("opensafely").unwrap();
    let exits = people(&[(1, 1, 1), (2, 1, 5), (3, 1, 1), (4, 1, 7), (12, 0, 20)]);
    let stepped = followed(exits, &["lost"])
        .stepped(&policy)
        .unwrap()
        .unwrap();
    let known = stepped.curve.known(&policy);
    // 1 → 3, 7 → 9, 14 → 15 of those who lost; 20 → 21 of those followed to the end.
    let bounds: Vec<(i64, i64)> = known.iter().map(|(_, bounds)| *bounds).collect();
    assert_eq!(bounds, [(1, 6), (7, 12), (13, 18), (19, 24)]);
    let rows = cells(&stepped.tables[0]);
    close(number(&found(&rows, "kept", 0)[2]), 36.0);
    close(number(&found(&rows, "kept", 4)[4]), 100.0 * 21.0 / 36.0);
}
