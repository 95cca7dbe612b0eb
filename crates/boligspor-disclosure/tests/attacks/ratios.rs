//! Percentages and means that give back what they were made of.

use boligspor_disclosure::{Bundle, Shown, Support, clear};

use crate::fixture::denmark;

/// The numerators that a percentage of so many can have had.
fn numerators(digits: i64, decimals: u32, whole: i64) -> Vec<i64> {
    let scale = 100 * 10_i64.pow(decimals);
    (0..=whole)
        .filter(|n| (2 * scale * n + whole).div_euclid(2 * whole) == digits)
        .collect()
}

#[test]
fn a_percentage_times_its_number_gives_no_small_count() {
    // 2 of 41 leave: 4.9 % of a published 41.
    assert_eq!(numerators(49, 1, 41), [2]);
    let mut bundle = Bundle::new();
    let left = bundle.persons(Support::of_persons(2));
    let stayed = bundle.persons(Support::of_persons(39));
    let all = [left, stayed];
    bundle.count("status", "all", &all, &[]).unwrap();
    bundle.percentage("status", "left", &[left], &all).unwrap();
    bundle
        .percentage("status", "stayed", &[stayed], &all)
        .unwrap();
    let cleared = clear(&bundle, &denmark()).unwrap();
    let whole = cleared.shown("status", "all");
    for label in ["left", "stayed"] {
        if let (Some(Shown::Percentage { digits, decimals }), Some(Shown::Count(n))) =
            (cleared.shown("status", label), whole)
        {
            assert!(numerators(digits, decimals, n).len() > 5, "{label}");
        }
    }
}

#[test]
fn nobody_and_everybody_stay_unknown() {
    // All 12 lost their home: that 12 were placed tells each one's fate.
    let mut bundle = Bundle::new();
    let kept = bundle.persons(Support::of_persons(0));
    let lost = bundle.persons(Support::of_persons(12));
    let all = [kept, lost];
    bundle.count("home", "all", &all, &[]).unwrap();
    bundle.count("home", "kept", &[kept], &all).unwrap();
    bundle.count("home", "lost", &[lost], &all).unwrap();
    bundle
        .percentage("home", "share kept", &[kept], &all)
        .unwrap();
    let cleared = clear(&bundle, &denmark()).unwrap();
    let everybody = |whole: Option<Shown>, part: Option<Shown>| whole.is_some() && whole == part;
    // Without the control: 12 of 12.
    assert!(everybody(Some(Shown::Count(12)), Some(Shown::Count(12))));
    assert!(!everybody(
        cleared.shown("home", "all"),
        cleared.shown("home", "lost")
    ));
    assert_eq!(cleared.shown("home", "share kept"), None);
    assert_eq!(cleared.shown("home", "kept"), None);
}

/// Two runs that differ by one person who cost 900,000.
fn two_runs() -> (Bundle, i64) {
    let mut bundle = Bundle::new();
    let others = bundle.persons(Support::of_persons(50));
    let one = bundle.persons(Support::of_persons(1));
    let mut support = Support::default();
    for _ in 0..50 {
        support.observe(1, 100_000);
    }
    let costs = bundle.amount(5_000_000, support.clone()).unwrap();
    let own = bundle
        .amount(900_000, Support::of_person(1, 900_000))
        .unwrap();
    let with = support.merge_disjoint(&Support::of_person(1, 900_000));
    bundle
        .count("run 1", "persons", &[others, one], &[])
        .unwrap();
    bundle
        .mean("run 1", "mean", &[costs, own], &[others, one], with)
        .unwrap();
    bundle.count("run 2", "persons", &[others], &[]).unwrap();
    bundle
        .mean("run 2", "mean", &[costs], &[others], support)
        .unwrap();
    (bundle, 900_000)
}

/// Mean × n of one run minus that of the other.
fn difference(means: [Option<f64>; 2], persons: [Option<f64>; 2]) -> Option<f64> {
    Some(means[0]? * persons[0]? - means[1]? * persons[1]?)
}

#[test]
fn means_of_two_runs_do_not_give_one_persons_costs() {
    let (bundle, truth) = two_runs();
    let truth = truth as f64;
    // Rounded to hundreds as they would be published, and still within 1 %.
    let open = difference([Some(115_700.0), Some(100_000.0)], [Some(51.0), Some(50.0)]);
    assert!((open.unwrap() - truth).abs() < 0.01 * truth);

    let cleared = clear(&bundle, &denmark()).unwrap();
    let shown = |table: &str, label: &str| cleared.shown(table, label).map(Shown::to_f64);
    let found = difference(
        [shown("run 1", "mean"), shown("run 2", "mean")],
        [shown("run 1", "persons"), shown("run 2", "persons")],
    );
    assert!(found.is_none_or(|found| (found - truth).abs() > 0.2 * truth));
}
