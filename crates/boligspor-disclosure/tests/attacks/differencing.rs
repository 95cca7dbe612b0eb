//! Differences between releases.

use boligspor_disclosure::{Bundle, ClearError, Support, clear};

use crate::elimination::recover;
use crate::fixture::{Seen, denmark};

/// A year ago 100 were counted; today the same and two newcomers.
fn today(with_ledger: bool) -> Vec<Seen> {
    let mut bundle = Bundle::new();
    let old = bundle.persons(Support::of_persons(100));
    let new = bundle.persons(Support::of_persons(2));
    if with_ledger {
        bundle
            .earlier_count("release 1, all", &[old], 100, 100)
            .unwrap();
    }
    bundle.count("all", "persons", &[old, new], &[]).unwrap();
    let released = clear(&bundle, &denmark()).unwrap();
    let value = |cells: Vec<usize>, value| Seen { cells, value };
    vec![
        value(vec![0], Some(100)),
        value(
            vec![0, 1],
            released.shown("all", "persons").map(|n| n.to_f64() as i64),
        ),
    ]
}

#[test]
fn two_releases_do_not_differ_by_the_newcomers() {
    assert!(recover(&today(false), 2).contains(&(1, 2)));
    assert!(!recover(&today(true), 2).iter().any(|&(cell, _)| cell == 1));
}

#[test]
fn what_was_released_too_narrowly_can_only_be_refused() {
    let mut bundle = Bundle::new();
    let one = bundle.persons(Support::of_persons(3));
    bundle
        .earlier_count("release 1, few", &[one], 3, 3)
        .unwrap();
    let refused = clear(&bundle, &denmark()).unwrap_err();
    assert!(
        matches!(&refused, ClearError::Refused { tables, .. } if tables[0] == "release 1, few")
    );
    assert!(!refused.to_string().contains('3'));
}

#[test]
fn an_earlier_number_that_does_not_fit_is_refused() {
    let mut bundle = Bundle::new();
    let one = bundle.persons(Support::of_persons(30));
    assert!(bundle.earlier_count("release 1", &[one], 31, 31).is_err());
}
