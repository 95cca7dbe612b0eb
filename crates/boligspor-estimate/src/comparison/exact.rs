//! Cells of people who agree in every covariate, as they are or cut into bins.

use std::collections::BTreeMap;

use super::Groups;
use super::matching::Matched;

/// Matches by cells; `cuts` are inner edges by covariate, empty for Sturges'.
pub(super) fn cells(groups: &Groups, within: Option<&[u32]>, cuts: Option<&[Vec<f64>]>) -> Matched {
    let n = groups.len();
    let edges: Option<Vec<Vec<f64>>> = cuts.map(|cuts| {
        let given = |c: usize| cuts.get(c).filter(|cuts| !cuts.is_empty()).cloned();
        (groups.covariates.iter().enumerate())
            .map(|(c, column)| given(c).unwrap_or_else(|| sturges(column)))
            .collect()
    });
    // Refine one covariate at a time: the cell so far and the next value.
    let mut cell: Vec<u32> = within.map_or_else(|| vec![0; n], <[u32]>::to_vec);
    for (c, column) in groups.covariates.iter().enumerate() {
        let key = |x: f64| match &edges {
            Some(edges) => edges[c].partition_point(|edge| *edge <= x) as u64,
            // −0 and 0 are one value; the bits order any others alike.
            None => (x + 0.0).to_bits(),
        };
        let mut known = BTreeMap::new();
        for (cell, x) in cell.iter_mut().zip(*column) {
            let next = known.len() as u32;
            *cell = *known.entry((*cell, key(*x))).or_insert(next);
        }
    }
    let mut counts: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for (cell, treated) in cell.iter().zip(groups.treated) {
        let count = counts.entry(*cell).or_default();
        if *treated {
            count.0 += 1;
        } else {
            count.1 += 1;
        }
    }
    let mut matched = Matched {
        pairs: Vec::new(),
        distance: Vec::new(),
        cell: vec![None; n],
        weight: vec![0.0; n],
        score: Vec::new(),
        matched: 0,
        warnings: Vec::new(),
    };
    let mut names = BTreeMap::new();
    for row in 0..n {
        let (treated, untreated) = counts[&cell[row]];
        if treated == 0 || untreated == 0 {
            continue;
        }
        let next = names.len() as u32;
        matched.cell[row] = Some(*names.entry(cell[row]).or_insert(next));
        if groups.treated[row] {
            matched.weight[row] = 1.0;
            matched.matched += 1;
        } else {
            matched.weight[row] = treated as f64 / untreated as f64;
        }
    }
    matched
}

/// Inner edges of equal parts between least and most, `⌈log₂ n⌉ + 1` of them
/// (Sturges 1926); none where the column is constant.
fn sturges(column: &[f64]) -> Vec<f64> {
    let low = column.iter().copied().fold(f64::INFINITY, f64::min);
    let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if high <= low {
        return Vec::new();
    }
    let parts = (column.len() as f64).log2().ceil() as usize + 1;
    (1..parts)
        .map(|k| low + (high - low) * k as f64 / parts as f64)
        .collect()
}
