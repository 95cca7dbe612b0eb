//! Rounded numbers that pin each other down.

use boligspor_disclosure::{Measure, Policy, PublicRows, Row, Shown, Verdict, certify, check};

use crate::fixture::Fixture;

#[test]
fn rounded_tables_are_cleared_and_agree() {
    let policy = Policy::from_toml(
        "name = \"rounded\"\nversion = 1\nminimum_persons = 3\nwidth = 2\nzeros = \"show\"\nrounding = { additive = 5 }\n",
    )
    .unwrap();
    let fixture = Fixture::square(&[&[2, 13, 41], &[0, 1, 7], &[18, 26, 4]]);
    let cleared = fixture.clear(&policy);
    check(cleared.rows(), cleared.certificate()).unwrap();
    assert_eq!(cleared.withheld(), 0);
    // Every total is the sum of its parts, in every direction.
    let shown: Vec<i64> = cleared
        .numbers()
        .iter()
        .map(|number| match number.value {
            Some(Shown::Count(n)) => n,
            other => panic!("{other:?}"),
        })
        .collect();
    let value_of = |cells: &[usize]| {
        let at = fixture.counts.iter().position(|(_, c)| c == cells).unwrap();
        shown[at]
    };
    for (_, cells) in &fixture.counts {
        let sum: i64 = cells.iter().map(|&cell| value_of(&[cell])).sum();
        assert_eq!(value_of(cells), sum);
    }
}

/// Three parts shown rounded to 5, and their total.
fn parts_and_total(total: Option<i128>) -> PublicRows {
    let mut rows: Vec<Row> = (0..3).map(|cell| Row::sum(&[cell], 3, 7)).collect();
    rows.extend(total.map(|total| Row::sum(&[0, 1, 2], total, total)));
    PublicRows {
        cells: vec![Measure::Persons; 3],
        rows,
        targets: Vec::new(),
        minimum: 5,
        width: 4,
        amount_width_percent: 20,
        zeros_shown: false,
    }
}

#[test]
fn an_exact_total_beside_rounded_parts_pins_them_down() {
    // 9 over three parts of 3 to 7: each is 3.
    assert!(matches!(
        certify(&parts_and_total(None), "x"),
        Verdict::Safe(_)
    ));
    assert!(matches!(
        certify(&parts_and_total(Some(9)), "x"),
        Verdict::Exposed(_)
    ));
}

#[test]
fn redacted_and_rounded_squares_show_only_multiples_near_the_truth() {
    let policy = Policy::named("opensafely").unwrap();
    let fixture = Fixture::square(&[&[12, 3, 30], &[40, 25, 9], &[8, 51, 33]]);
    let cleared = fixture.clear(&policy);
    check(cleared.rows(), cleared.certificate()).unwrap();
    assert!(cleared.withheld() < fixture.counts.len() / 2);
    for (number, (_, cells)) in cleared.numbers().iter().zip(&fixture.counts) {
        let truth: i64 = cells.iter().map(|&cell| fixture.truth[cell]).sum();
        match number.value {
            Some(Shown::Count(n)) => assert!(n % 5 == 0 && (n - truth).abs() <= 2 && truth > 7),
            None => {}
            other => panic!("{other:?}"),
        }
    }
}
