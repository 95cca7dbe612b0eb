//! The strongest attack there is on small tables: list every whole-numbered
//! world that agrees with what was released.

use boligspor_disclosure::{Policy, PublicRows, check};
use proptest::prelude::*;

use crate::fixture::Fixture;

/// Counts drawn are at most 4, so no sum of the six or fewer is beyond this,
/// and no cell with an upper bound either.
const MOST: i128 = 24;

fn policy() -> Policy {
    Policy::from_toml("name = \"small\"\nversion = 1\nminimum_persons = 3\nwidth = 3\n").unwrap()
}

/// Every world, cell by cell, leaving a row as soon as it is overfull.
fn worlds(public: &PublicRows) -> Vec<Vec<i128>> {
    fn extend(public: &PublicRows, world: &mut Vec<i128>, all: &mut Vec<Vec<i128>>) {
        let set = world.len();
        for row in &public.rows {
            let sum: i128 = (row.terms.iter())
                .filter(|(cell, _)| (*cell as usize) < set)
                .map(|&(cell, factor)| i128::from(factor) * world[cell as usize])
                .sum();
            let complete = row.terms.iter().all(|(cell, _)| (*cell as usize) < set);
            if row.high.is_some_and(|high| sum > high)
                || (complete && row.low.is_some_and(|low| sum < low))
            {
                return;
            }
        }
        if set == public.cells.len() {
            all.push(world.clone());
            return;
        }
        let bounded =
            (public.rows.iter()).any(|row| row.terms.iter().any(|&(cell, _)| cell as usize == set));
        // A cell in no row may be anything: its ends are enough.
        let step = if bounded { 1 } else { MOST as usize };
        for value in (0..=MOST).step_by(step) {
            world.push(value);
            extend(public, world, all);
            world.pop();
        }
    }
    let mut all = Vec::new();
    extend(public, &mut Vec::new(), &mut all);
    all
}

/// The least and the most of a sum over worlds.
fn range(worlds: &[Vec<i128>], cells: &[u32]) -> (i128, i128) {
    let sums = worlds
        .iter()
        .map(|world| cells.iter().map(|&c| world[c as usize]).sum::<i128>());
    (sums.clone().min().unwrap(), sums.max().unwrap())
}

/// Groups that can be shown to have 1 or 2 members, and withheld numbers known
/// more closely than the width.
fn broken(public: &PublicRows) -> usize {
    let worlds = worlds(public);
    assert!(!worlds.is_empty());
    let cells = public.cells.len() as u32;
    let small_groups = (1_u32..1 << cells)
        .filter(|set| {
            let group: Vec<u32> = (0..cells).filter(|c| set & (1 << c) != 0).collect();
            let (least, most) = range(&worlds, &group);
            least > 0 && most < 3
        })
        .count();
    let narrow = (0..cells)
        .map(|cell| vec![cell])
        .chain(public.targets.iter().map(|t| t.cells.clone()))
        .filter(|group| {
            let (least, most) = range(&worlds, group);
            most > 0 && least < 3 && most - least < 3
        })
        .count();
    small_groups + narrow
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_world_list_breaks_a_square(values in prop::collection::vec(0_i64..5, 6)) {
        let fixture = Fixture::square(&[&values[..3], &values[3..]]);
        let cleared = fixture.clear(&policy());
        check(cleared.rows(), cleared.certificate()).unwrap();
        prop_assert_eq!(broken(cleared.rows()), 0);
    }

    #[test]
    fn no_world_list_breaks_overlapping_groupings(
        values in prop::collection::vec(0_i64..5, 5),
        groups in prop::collection::vec(1_u32..31, 1..7),
    ) {
        let mut fixture = Fixture::new(&values);
        for (n, group) in groups.iter().enumerate() {
            let cells: Vec<usize> = (0..5).filter(|c| group & (1 << c) != 0).collect();
            fixture.count(&format!("grouping {}", n % 2), &cells);
        }
        let cleared = fixture.clear(&policy());
        check(cleared.rows(), cleared.certificate()).unwrap();
        prop_assert_eq!(broken(cleared.rows()), 0);
    }
}

#[test]
fn the_list_breaks_tables_that_only_lost_their_small_cells() {
    use boligspor_disclosure::{Measure, Row};
    let fixture = Fixture::square(&[&[1, 4, 4], &[4, 3, 4]]);
    let rows = fixture
        .primary_only(3)
        .iter()
        .filter_map(|seen| {
            let cells: Vec<u32> = seen.cells.iter().map(|&c| c as u32).collect();
            seen.value.map(|v| Row::sum(&cells, v.into(), v.into()))
        })
        .collect();
    let public = PublicRows {
        cells: vec![Measure::Persons; 6],
        rows,
        targets: Vec::new(),
        minimum: 3,
        width: 3,
        amount_width_percent: 20,
        zeros_shown: true,
    };
    assert!(broken(&public) > 0);
}
