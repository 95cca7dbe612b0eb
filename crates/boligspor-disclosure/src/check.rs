//! The checker: verifies a certificate, and shares no code with what made it.
//!
//! Small on purpose, so that an output checker can read all of it. It uses
//! whole numbers only. It establishes, from the published rows alone:
//!
//! 1. every world named keeps every published row and bound;
//! 2. every single cell of persons, and every target, is either seen to be
//!    large enough (or empty, where zeros may be shown), or two of the worlds
//!    differ in it by the policy's width.

use std::collections::{BTreeMap, BTreeSet};

use crate::certificate::{BlockProof, Certificate};
use crate::error::{ClearError, Result};
use crate::rows::{Guard, Measure, PublicRows, Row};

/// Verifies that a certificate proves what the rows' policy asks.
///
/// # Errors
///
/// [`ClearError::Certificate`] with the first thing that does not hold. It
/// names positions of cells and rows, and no value.
pub fn check(public: &PublicRows, certificate: &Certificate) -> Result<()> {
    let (low, high) = limits(public)?;
    let fixed = |cell: u32| high[cell as usize] == Some(low[cell as usize]);

    // Each open cell is in exactly one block.
    let mut home: BTreeMap<u32, usize> = BTreeMap::new();
    for (b, block) in certificate.blocks.iter().enumerate() {
        for &cell in &block.cells {
            require(
                (cell as usize) < public.cells.len() && home.insert(cell, b).is_none(),
                || format!("cell {cell} is unknown or in two blocks"),
            )?;
        }
    }
    for cell in (0..public.cells.len() as u32).filter(|&cell| !fixed(cell)) {
        require(home.contains_key(&cell), || {
            format!("cell {cell} is open, but in no block")
        })?;
    }

    // Each row with open cells lies within one block, and holds in its worlds.
    let mut rows_of: Vec<Vec<&Row>> = vec![Vec::new(); certificate.blocks.len()];
    for (r, row) in public.rows.iter().enumerate() {
        let blocks: BTreeSet<usize> = row
            .terms
            .iter()
            .filter_map(|(cell, _)| home.get(cell).copied())
            .collect();
        require(blocks.len() <= 1, || format!("row {r} crosses blocks"))?;
        if let Some(&b) = blocks.first() {
            rows_of[b].push(row);
        }
    }
    let mut worlds: Vec<Vec<BTreeMap<u32, i128>>> = Vec::new();
    for (block, rows) in certificate.blocks.iter().zip(&rows_of) {
        worlds.push(block_worlds(block, rows, &low, &high)?);
    }

    // What the worlds prove, by the cells summed.
    let mut proven: BTreeMap<&[u32], (i128, i128, usize)> = BTreeMap::new();
    for (b, block) in certificate.blocks.iter().enumerate() {
        for proof in &block.proofs {
            let value = |world: u32| -> Result<i128> {
                let world = worlds[b].get(world as usize);
                let world = world.ok_or_else(|| fault("a proof names no world".to_owned()))?;
                let inside = proof.cells.iter().map(|cell| world.get(cell).copied());
                inside
                    .sum::<Option<i128>>()
                    .ok_or_else(|| fault("a proof leaves its block".to_owned()))
            };
            proven.insert(&proof.cells, (value(proof.small)?, value(proof.large)?, b));
        }
    }

    // What plain sums are at least, as published.
    let mut sums: BTreeMap<&[(u32, i64)], i128> = BTreeMap::new();
    for row in &public.rows {
        if let Some(l) = row.low {
            let entry = sums.entry(&row.terms).or_insert(l);
            *entry = l.max(*entry);
        }
    }
    let single = (0..public.cells.len() as u32)
        .filter(|&cell| public.cells[cell as usize] == Measure::Persons)
        .map(|cell| (vec![cell], Guard::Width));
    let named = public.targets.iter().map(|t| (t.cells.clone(), t.guard));
    for (cells, guard) in single.chain(named) {
        let Some(&first) = cells.first() else {
            continue;
        };
        let amount = public.cells[first as usize] == Measure::Amount;
        let sum_low: i128 = cells.iter().map(|&c| low[c as usize]).sum();
        let terms: Vec<(u32, i64)> = cells.iter().map(|&c| (c, 1)).collect();
        let least = sum_low.max(sums.get(terms.as_slice()).copied().unwrap_or(0));
        let empty = cells.iter().all(|&c| high[c as usize] == Some(0));
        let settled = match guard {
            _ if amount => false,
            Guard::Presence => least >= i128::from(public.width),
            Guard::Width => least >= i128::from(public.minimum) || (empty && public.zeros_shown),
        };
        // The part of the target in each block; one wide part makes it wide.
        let mut parts: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for &cell in cells.iter().filter(|&&cell| !fixed(cell)) {
            parts.entry(home[&cell]).or_default().push(cell);
        }
        let rest: i128 = cells
            .iter()
            .filter(|&&c| fixed(c))
            .map(|&c| low[c as usize])
            .sum();
        let wide = parts.iter().any(|(b, part)| {
            let Some(&(small, large, home)) = proven.get(part.as_slice()) else {
                return false;
            };
            home == *b
                && match (amount, guard) {
                    (true, _) => {
                        let percent = i128::from(public.amount_width_percent);
                        parts.len() == 1
                            && large > small
                            && (large - small) * 100 >= percent * (rest + large)
                    }
                    (false, Guard::Width) => large - small >= i128::from(public.width),
                    (false, Guard::Presence) => large >= i128::from(public.width),
                }
        });
        require(settled || wide, || {
            format!(
                "the sum of {} cells from cell {first} is not proven",
                cells.len()
            )
        })?;
    }
    Ok(())
}

/// Bounds of each cell from single rows, to a fixed point.
#[expect(clippy::type_complexity, reason = "two parallel columns of bounds")]
fn limits(public: &PublicRows) -> Result<(Vec<i128>, Vec<Option<i128>>)> {
    let mut low = vec![0_i128; public.cells.len()];
    let mut high: Vec<Option<i128>> = vec![None; public.cells.len()];
    for _ in 0..10_000 {
        let mut changed = false;
        for row in &public.rows {
            // The row at its least and at its most, and how many terms have no
            // end there; then each term against the others.
            let ends = |&(cell, factor): &(u32, i64)| {
                let f = i128::from(factor);
                let at_low = Some(f * low[cell as usize]);
                let at_high = high[cell as usize].map(|h| f * h);
                if f > 0 {
                    (at_low, at_high)
                } else {
                    (at_high, at_low)
                }
            };
            let each: Vec<_> = row.terms.iter().map(ends).collect();
            let sum = |side: fn(&(Option<i128>, Option<i128>)) -> Option<i128>| {
                let open = each.iter().filter(|e| side(e).is_none()).count();
                (each.iter().filter_map(side).sum::<i128>(), open)
            };
            let (least, most) = (sum(|e| e.0), sum(|e| e.1));
            let others = |(sum, open): (i128, usize), own: Option<i128>| match own {
                Some(own) if open == 0 => Some(sum - own),
                None if open == 1 => Some(sum),
                _ => None,
            };
            for (&(cell, factor), own) in row.terms.iter().zip(&each) {
                let most_of = row.high.zip(others(least, own.0)).map(|(end, v)| end - v);
                let least_of = row.low.zip(others(most, own.1)).map(|(end, v)| end - v);
                let (most, least) = (most_of, least_of);
                let f = i128::from(factor);
                let (up, down) = if f > 0 {
                    (
                        most.map(|v| v.div_euclid(f)),
                        least.map(|v| -(-v).div_euclid(f)),
                    )
                } else {
                    (
                        least.map(|v| (-v).div_euclid(-f)),
                        most.map(|v| -v.div_euclid(-f)),
                    )
                };
                let c = cell as usize;
                if let Some(down) = down.filter(|&v| v > low[c]) {
                    (low[c], changed) = (down, true);
                }
                if let Some(up) = up.filter(|&v| high[c].is_none_or(|h| v < h)) {
                    (high[c], changed) = (Some(up), true);
                }
                require(high[c].is_none_or(|h| h >= low[c]), || {
                    "the rows contradict each other".to_owned()
                })?;
            }
        }
        if !changed {
            return Ok((low, high));
        }
    }
    Err(fault("the rows' bounds do not settle".to_owned()))
}

/// The worlds of a block, each verified against its rows.
fn block_worlds(
    block: &BlockProof,
    rows: &[&Row],
    low: &[i128],
    high: &[Option<i128>],
) -> Result<Vec<BTreeMap<u32, i128>>> {
    let mut worlds = Vec::new();
    for sparse in &block.worlds {
        let mut world: BTreeMap<u32, i128> = block.cells.iter().map(|&c| (c, 0)).collect();
        for &(position, value) in sparse {
            let cell = block.cells.get(position as usize);
            let cell = cell.ok_or_else(|| fault("a world leaves its block".to_owned()))?;
            world.insert(*cell, value);
        }
        require(world.values().all(|&value| value >= 0), || {
            "a world holds a negative cell".to_owned()
        })?;
        for row in rows {
            let mut sum = 0_i128;
            for &(cell, factor) in &row.terms {
                let value = match world.get(&cell) {
                    Some(&value) => value,
                    None if high[cell as usize] == Some(low[cell as usize]) => low[cell as usize],
                    None => return Err(fault(format!("cell {cell} has no value"))),
                };
                sum = i128::from(factor)
                    .checked_mul(value)
                    .and_then(|term| sum.checked_add(term))
                    .ok_or_else(|| fault("a world is beyond all numbers".to_owned()))?;
            }
            let kept = row.low.is_none_or(|l| l <= sum) && row.high.is_none_or(|h| sum <= h);
            require(kept, || "a world breaks a published row".to_owned())?;
        }
        worlds.push(world);
    }
    Ok(worlds)
}

fn fault(reason: String) -> ClearError {
    ClearError::Certificate(reason)
}

fn require(holds: bool, reason: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(fault(reason())) }
}
