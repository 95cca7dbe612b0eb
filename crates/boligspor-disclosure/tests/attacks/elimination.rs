//! Subtraction in all its forms: exact elimination over the published counts.

use crate::fixture::{Fixture, Seen, denmark};

/// A fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fraction(i128, i128);

impl Fraction {
    fn new(a: i128, b: i128) -> Self {
        fn gcd(a: i128, b: i128) -> i128 {
            if b == 0 { a.abs() } else { gcd(b, a % b) }
        }
        let g = gcd(a, b).max(1) * b.signum();
        Self(a / g, b / g)
    }

    fn minus(self, other: Self) -> Self {
        Self::new(self.0 * other.1 - other.0 * self.1, self.1 * other.1)
    }

    fn times(self, other: Self) -> Self {
        Self::new(self.0 * other.0, self.1 * other.1)
    }

    fn over(self, other: Self) -> Self {
        Self::new(self.0 * other.1, self.1 * other.0)
    }
}

/// Cells that follow exactly from the published counts: Gauss–Jordan over the
/// rationals, then every reduced row with a single cell left.
pub(crate) fn recover(seen: &[Seen], cells: usize) -> Vec<(usize, i64)> {
    let mut rows: Vec<Vec<Fraction>> = seen
        .iter()
        .filter_map(|seen| seen.value.map(|value| (&seen.cells, value)))
        .map(|(inside, value)| {
            let mut row = vec![Fraction(0, 1); cells + 1];
            for &cell in inside {
                row[cell] = Fraction(1, 1);
            }
            row[cells] = Fraction(value.into(), 1);
            row
        })
        .collect();
    let mut top = 0;
    for cell in 0..cells {
        let Some(pivot) = (top..rows.len()).find(|&r| rows[r][cell].0 != 0) else {
            continue;
        };
        rows.swap(top, pivot);
        let lead = rows[top][cell];
        rows[top].iter_mut().for_each(|f| *f = f.over(lead));
        for r in (0..rows.len()).filter(|&r| r != top) {
            let factor = rows[r][cell];
            if factor.0 != 0 {
                let pivot_row = rows[top].clone();
                for (f, p) in rows[r].iter_mut().zip(&pivot_row) {
                    *f = f.minus(p.times(factor));
                }
            }
        }
        top += 1;
    }
    let mut found = Vec::new();
    for row in &rows {
        let inside: Vec<usize> = (0..cells).filter(|&c| row[c].0 != 0).collect();
        if let [cell] = inside[..] {
            found.push((cell, row[cells].0 as i64));
        }
        // An empty sum empties its cells.
        if row[cells].0 == 0 && inside.iter().all(|&c| row[c].0 > 0) {
            found.extend(inside.iter().map(|&c| (c, 0)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether elimination finds a cell of 1 to 4 persons, and finds it rightly.
fn breaks(seen: &[Seen], truth: &[i64]) -> bool {
    let found = recover(seen, truth.len());
    assert!(found.iter().all(|&(cell, value)| truth[cell] == value));
    found.iter().any(|&(_, value)| (1..5).contains(&value))
}

fn attack(fixture: &Fixture) {
    let truth = &fixture.truth;
    assert!(
        breaks(&fixture.primary_only(5), truth),
        "the attack must work without the control"
    );
    assert!(!breaks(&fixture.released(&denmark()), truth));
}

#[test]
fn shown_cells_do_not_subtract_from_a_total() {
    let mut fixture = Fixture::new(&[30, 12, 3]);
    for cell in 0..3 {
        fixture.count("status", &[cell]);
    }
    fixture.count("status", &[0, 1, 2]);
    attack(&fixture);
}

#[test]
fn singletons_in_a_square_do_not_subtract_from_either_margin() {
    attack(&Fixture::square(&[
        &[20, 1, 33, 18],
        &[9, 14, 27, 2],
        &[41, 8, 16, 22],
        &[13, 25, 3, 7],
    ]));
}

#[test]
fn a_row_of_three_singletons_hides_in_more_than_itself() {
    // Their sum of 3 is as telling as they are.
    let fixture = Fixture::square(&[&[1, 1, 1, 30], &[20, 21, 22, 23], &[31, 32, 33, 34]]);
    let released = fixture.released(&denmark());
    attack(&fixture);
    let sum_of_three = |seen: &[Seen]| {
        let shown = |cells: &[usize]| seen.iter().find(|s| s.cells == cells).and_then(|s| s.value);
        Some(shown(&[0, 1, 2, 3])? - shown(&[3])?)
    };
    assert_eq!(sum_of_three(&fixture.primary_only(5)), Some(3));
    assert_eq!(sum_of_three(&released), None);
}

#[test]
fn two_groupings_safe_singly_are_safe_together() {
    // Ages 18–24, 25, 26–40; one table cuts after 24, the other after 25.
    let mut fixture = Fixture::new(&[40, 2, 60]);
    for cells in [&[0_usize][..], &[1, 2], &[0, 1, 2]] {
        fixture.count("cut after 24", cells);
    }
    for cells in [&[0_usize, 1][..], &[2], &[0, 1, 2]] {
        fixture.count("cut after 25", cells);
    }
    attack(&fixture);
}

#[test]
fn strata_do_not_subtract_from_the_pooled() {
    // Two municipalities with three outcomes each; the pooled table too.
    let mut fixture = Fixture::new(&[50, 20, 1, 60, 30, 9]);
    for (name, offset) in [("one", 0), ("two", 3)] {
        for cell in 0..3 {
            fixture.count(name, &[offset + cell]);
        }
        fixture.count(name, &[offset, offset + 1, offset + 2]);
    }
    for cell in 0..3 {
        fixture.count("pooled", &[cell, 3 + cell]);
    }
    attack(&fixture);
}
