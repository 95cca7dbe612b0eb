//! Splits what is open into blocks that share no row.
//!
//! Independent blocks are why time grows with the number of tables and not
//! with its square or cube.

use crate::bounds::Bound;
use crate::rows::{Measure, PublicRows, Row, Target};
use crate::worlds::Block;

/// The blocks, by their first cell, and the block of each cell.
pub(crate) fn blocks(
    public: &PublicRows,
    bounds: &[Bound],
    targets: &[Target],
) -> (Vec<Block>, Vec<Option<u32>>) {
    let open = |cell: u32| bounds[cell as usize].fixed().is_none();
    let mut parent: Vec<u32> = (0..public.cells.len() as u32).collect();
    let mut join = |cells: &mut dyn Iterator<Item = u32>| {
        let mut first = None;
        for cell in cells.filter(|&cell| open(cell)) {
            let root = find(&mut parent, cell);
            match first {
                None => first = Some(root),
                Some(other) => {
                    let (a, b) = (find(&mut parent, other), root);
                    // The smaller leads, so that order never matters.
                    parent[a.max(b) as usize] = a.min(b);
                }
            }
        }
    };
    for row in &public.rows {
        join(&mut row.terms.iter().map(|&(cell, _)| cell));
    }
    for target in targets {
        // The width of an amount is a share of all of it: keep it together.
        if target
            .cells
            .first()
            .is_some_and(|&cell| public.cells[cell as usize] == Measure::Amount)
        {
            join(&mut target.cells.iter().copied());
        }
    }

    let mut number = vec![None; public.cells.len()];
    let mut position = vec![0_u32; public.cells.len()];
    let mut blocks: Vec<Block> = Vec::new();
    for cell in (0..public.cells.len() as u32).filter(|&cell| open(cell)) {
        let root = find(&mut parent, cell) as usize;
        let block = *number[root].get_or_insert_with(|| {
            blocks.push(Block {
                cells: Vec::new(),
                rows: Vec::new(),
                bounds: Vec::new(),
            });
            blocks.len() as u32 - 1
        });
        number[cell as usize] = Some(block);
        let block = &mut blocks[block as usize];
        position[cell as usize] = block.cells.len() as u32;
        block.cells.push(cell);
    }
    for row in &public.rows {
        let mut fixed = 0;
        let mut terms = Vec::new();
        for &(cell, factor) in &row.terms {
            match bounds[cell as usize].fixed() {
                Some(value) => fixed += i128::from(factor) * value,
                None => terms.push((position[cell as usize], factor)),
            }
        }
        let Some(&(first, _)) = row.terms.iter().find(|&&(cell, _)| open(cell)) else {
            continue;
        };
        if let Some(block) = number[first as usize] {
            blocks[block as usize].rows.push(Row {
                terms,
                low: row.low.map(|v| v - fixed),
                high: row.high.map(|v| v - fixed),
            });
        }
    }
    for block in &mut blocks {
        block
            .rows
            .sort_by(|a, b| (&a.terms, a.low, a.high).cmp(&(&b.terms, b.low, b.high)));
        block.rows.dedup();
        let reach: i128 = block
            .rows
            .iter()
            .flat_map(|row| [row.low, row.high])
            .flatten()
            .map(i128::abs)
            .sum();
        let far = (4 * reach + 10 * i128::from(public.width) + 1_000).min(1_000_000_000_000_000);
        block.bounds = block
            .cells
            .iter()
            .map(|&cell| {
                let bound = bounds[cell as usize];
                (bound.low, bound.high.unwrap_or(bound.low + far))
            })
            .collect();
    }
    (blocks, number)
}

/// The leader of a cell's set.
pub(crate) fn find(parent: &mut [u32], cell: u32) -> u32 {
    let mut root = cell;
    while parent[root as usize] != root {
        parent[root as usize] = parent[parent[root as usize] as usize];
        root = parent[root as usize];
    }
    root
}
