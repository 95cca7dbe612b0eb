//! The simulation agrees with the truth, within its Monte-Carlo error.

use super::*;
use crate::career::Kind;
use crate::cost::Category;
use crate::place::{Place, Spot, Tenancy};
use crate::rows::Rows;

/// A cohort big enough that its Monte-Carlo error is small.
const PEOPLE: u64 = 20_000;

fn spec() -> Spec {
    Spec {
        municipalities: vec!["461".into(), "751".into()],
        never_placed: 0.3,
        ..Spec::cohort(PEOPLE, 11)
    }
}

/// Whether a simulated share agrees with the truth: a two-sided test at
/// |z| < 4.5, so that all of them together fail by chance about never.
fn agrees(what: &str, hits: f64, n: f64, truth: f64) {
    let z = (hits / n - truth) / (truth * (1.0 - truth) / n).sqrt();
    assert!(
        z.abs() < 4.5,
        "{what}: {} of {n}, truth {truth}, z = {z:.2}",
        hits / n
    );
}

#[test]
fn simulated_retention_agrees_with_the_truth() {
    let world = World::new(&spec());
    let truth = Truth::compute(&world);
    let people: Vec<_> = (0..PEOPLE).map(|i| world.person(i)).collect();
    for (population, retention) in [("placed", &truth.placed), ("enrolled", &truth.enrolled)] {
        assert!(retention.len() >= 4);
        for r in retention {
            let (mut n, mut living) = (0.0, 0.0);
            let (mut home, mut allotted, mut tenancy) = (0.0, 0.0, 0.0);
            for person in &people {
                let from_placement = population == "placed";
                if from_placement && person.kind != Kind::Placed {
                    continue;
                }
                let start = if from_placement {
                    person.time_zero
                } else {
                    person.enrolled
                };
                let at = day::add_months(start, r.horizon_months);
                if at >= world.window.end {
                    continue;
                }
                let yes = |b: bool| f64::from(u8::from(b));
                let spot = person.on(at).unwrap();
                n += 1.0;
                living += yes(spot != Spot::DEAD);
                home += yes(spot.place() == Place::Home);
                allotted += yes(spot == Spot::ALLOTTED_HOME);
                tenancy += yes(spot.tenancy() != Tenancy::None);
            }
            let what = |name: &str| format!("{name} of {population} at {}", r.horizon_months);
            agrees(&what("any dwelling"), home, n, r.any_dwelling);
            agrees(&what("living"), living, n, 1.0 - r.states["dead"]);
            agrees(&what("of living"), home, living, r.any_dwelling_of_living);
            agrees(
                &what("allotted"),
                allotted,
                living,
                r.allotted_dwelling_of_living,
            );
            agrees(&what("tenancy"), tenancy, living, r.any_tenancy_of_living);
        }
    }
}

#[test]
fn simulated_retention_agrees_by_support_method() {
    let world = World::new(&spec());
    let truth = Truth::compute(&world);
    let people: Vec<_> = (0..PEOPLE)
        .map(|number| world.person(number))
        .filter(|person| person.kind == Kind::Placed)
        .collect();
    for (method, retention) in &truth.placed_by_method {
        let three_years = retention.iter().find(|r| r.horizon_months == 36).unwrap();
        let at: Vec<Spot> = people
            .iter()
            .filter(|person| person.class.method.code() == *method)
            .filter_map(|person| person.on(day::add_months(person.time_zero, 36)))
            .collect();
        let home = at.iter().filter(|s| s.place() == Place::Home).count();
        agrees(
            method,
            home as f64,
            at.len() as f64,
            three_years.any_dwelling,
        );
    }
}

#[test]
fn simulated_days_in_a_dwelling_agree_with_the_truth() {
    let world = World::new(&spec());
    let truth = Truth::compute(&world);
    for r in truth
        .enrolled
        .iter()
        .filter(|r| [6, 36].contains(&r.horizon_months))
    {
        // Ratio of sums, with the delta method for its error.
        let pairs: Vec<(f64, f64)> = (0..8_000)
            .filter_map(|number| {
                let person = world.person(number);
                let until = day::add_months(person.enrolled, r.horizon_months);
                (until < world.window.end).then(|| {
                    let days = |pass: fn(Spot) -> bool| {
                        (person.enrolled..until)
                            .filter(|d| person.on(*d).is_some_and(pass))
                            .count() as f64
                    };
                    (
                        days(|s| s.place() == Place::Home),
                        days(|s| s != Spot::DEAD),
                    )
                })
            })
            .collect();
        let (housed, alive) = pairs
            .iter()
            .fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
        let ratio = housed / alive;
        let var: f64 = pairs.iter().map(|(x, y)| (x - ratio * y).powi(2)).sum();
        let z = (ratio - r.days_in_dwelling) / (var.sqrt() / alive);
        assert!(
            z.abs() < 4.5,
            "{} months: {ratio}, z = {z:.2}",
            r.horizon_months
        );
    }
}

#[test]
fn simulated_costs_agree_with_the_truth_year_by_year_and_by_category() {
    let world = World::new(&spec());
    let truth = Truth::compute(&world);
    let base = cost::price_index(truth.price_year);
    let bills: Vec<_> = (0..PEOPLE / 2)
        .map(|number| world.person(number))
        .filter(|person| person.kind == Kind::Placed)
        .map(|person| {
            let mut rows = Rows::default();
            rows.add(&world, &person);
            (person.time_zero, rows.costs)
        })
        .collect();
    for calendar in [false, true] {
        let years = if calendar {
            &truth.costs_by_calendar_year
        } else {
            &truth.costs_by_relative_year
        };
        assert!(years.len() >= 5);
        let mut checked = 0;
        for expected in years {
            let mut n = 0.0;
            // Sums and sums of squares: the total, then each category.
            let mut sums = [(0.0, 0.0); Category::COUNT + 1];
            for (placed, rows) in &bills {
                let edge = |year: i32| {
                    if calendar {
                        day::new_year(day::year(*placed) + year)
                    } else {
                        day::add_months(*placed, 12 * year)
                    }
                };
                let (start, end) = (edge(expected.year), edge(expected.year + 1));
                if start < world.window.start || end > world.window.end {
                    continue;
                }
                let mut costs = [0.0; Category::COUNT + 1];
                for c in rows {
                    let days = (c.end.min(end) - c.start.max(start)).max(0);
                    let share = f64::from(days) / f64::from(c.end - c.start);
                    let amount = c.amount * share * base / cost::price_index(c.price_year);
                    costs[0] += amount;
                    costs[1 + c.category as usize] += amount;
                }
                n += 1.0;
                for ((sum, squares), cost) in sums.iter_mut().zip(costs) {
                    *sum += cost;
                    *squares += cost * cost;
                }
            }
            let by_category = Category::ALL.map(|c| expected.by_category[c.code()]);
            let truths = [&[expected.mean_per_person][..], &by_category].concat();
            for (i, ((sum, squares), truth)) in sums.into_iter().zip(truths).enumerate() {
                // Rare spending is too skewed for a normal approximation.
                if truth < 2_000.0 {
                    continue;
                }
                let mean = sum / n;
                let error = ((squares / n - mean * mean) / n).sqrt();
                let z = (mean - truth) / error;
                assert!(
                    z.abs() < 4.5,
                    "column {i} in year {}: z = {z:.2}",
                    expected.year
                );
                checked += 1;
            }
        }
        assert!(checked > 30);
    }
}

#[test]
fn simulated_costs_under_usual_care_agree_with_what_the_placed_would_have_cost() {
    let world = World::new(&Spec {
        never_placed: 1.0,
        comparison: 0.0,
        ..spec()
    });
    let truth = Truth::compute(&World::new(&spec()));
    let base = cost::price_index(truth.price_year);
    let effects = &truth.cost_effects_by_relative_year;
    assert!(effects.len() >= 4);
    for expected in effects.iter().filter(|e| e.year <= 3) {
        let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for number in 0..PEOPLE / 4 {
            let person = world.person(number);
            let edge = |year: i32| day::add_months(person.time_zero, 12 * year);
            let (start, end) = (edge(expected.year), edge(expected.year + 1));
            if start < world.window.start || end > world.window.end {
                continue;
            }
            let mut rows = Rows::default();
            rows.add(&world, &person);
            let cost: f64 = (rows.costs.iter())
                .map(|c| {
                    let days = (c.end.min(end) - c.start.max(start)).max(0);
                    let share = f64::from(days) / f64::from(c.end - c.start);
                    c.amount * share * base / cost::price_index(c.price_year)
                })
                .sum();
            n += 1.0;
            sum += cost;
            squares += cost * cost;
        }
        let mean = sum / n;
        let error = ((squares / n - mean * mean) / n).sqrt();
        let z = (mean - expected.usual_care) / error;
        assert!(z.abs() < 4.5, "year {}: z = {z:.2}", expected.year);
        let difference = expected.placed - expected.usual_care;
        assert!((expected.effect - difference).abs() < 1e-9);
    }
}

#[test]
fn chances_sum_to_one_and_shares_of_payers_to_the_mean() {
    let truth = Truth::of(&Spec::odense_like()).unwrap();
    for r in truth.placed.iter().chain(&truth.enrolled) {
        assert!((r.states.values().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    for c in &truth.costs_by_relative_year {
        let (a, b) = (
            c.by_payer.values().sum::<f64>(),
            c.by_category.values().sum::<f64>(),
        );
        assert!((a - c.mean_per_person).abs() < 1e-6 && (b - c.mean_per_person).abs() < 1e-6);
    }
}

#[test]
fn draws_of_one_country_share_one_truth() {
    let truth = |seed| Truth::of(&Spec::cohort(10 + seed, seed)).unwrap();
    assert_eq!(truth(1), truth(2));
}

#[test]
fn the_municipality_is_as_plausible_as_it_is_said_to_be() {
    let truth = Truth::of(&Spec::odense_like()).unwrap();
    let at = |months| {
        truth
            .placed
            .iter()
            .find(|r| r.horizon_months == months)
            .unwrap()
    };
    assert!((at(36).any_dwelling_of_living - 0.80).abs() < 0.015);
    let cost = |year| {
        let found = truth.costs_by_relative_year.iter().find(|c| c.year == year);
        found.unwrap().mean_per_person
    };
    assert!((-4..0).all(|y| cost(y - 1) < cost(y)));
    assert!(cost(0) > cost(-1) && (1..5).all(|y| cost(y) < cost(y - 1)));
    assert!(
        (cost(0) - cost(1) - 58_000.0).abs() < 1_000.0,
        "{}",
        cost(0) - cost(1)
    );
}

#[test]
fn a_municipality_with_a_greater_hazard_keeps_fewer_homes() {
    let spec = Spec {
        placed_from: jiff::civil::date(2021, 7, 1),
        placed_until: jiff::civil::date(2021, 12, 31),
        municipalities: ["101", "461", "751", "851", "561"]
            .map(String::from)
            .to_vec(),
        ..Spec::country()
    };
    let truth = Truth::of(&spec).unwrap();
    let lost: Vec<_> = truth
        .municipalities
        .iter()
        .map(|m| m.not_in_dwelling[&36])
        .collect();
    // Same methods and letting, so that only the hazard differs.
    for a in &truth.municipalities {
        for b in truth.municipalities.iter().filter(|b| b.status == a.status) {
            let fewer = a.not_in_dwelling[&36] < b.not_in_dwelling[&36];
            assert_eq!(fewer, a.hazard_ratio < b.hazard_ratio);
        }
    }
    assert!(lost.iter().all(|l| (0.1..0.5).contains(l)), "{lost:?}");
}
