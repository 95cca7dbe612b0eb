//! Whole-numbered worlds that agree with what is published.
//!
//! A linear program's corner may be fractional, and half a person protects
//! nobody. A world found here is whole, and verified row by row in whole
//! numbers whatever the floating point before it did.

use crate::repair::{Goal, Repair};
use crate::rows::Row;
use crate::simplex::{Outcome, Simplex};

/// Branches looked at for one question before giving up.
const BRANCHES: u32 = 60;
/// Worlds looked from for a goal that is hard to reach.
const STARTS: usize = 12;
/// Tries of moving people before it is left.
const FUTILE: u32 = 20;
/// Where a number counts as whole.
const WHOLE: f64 = 1e-6;

/// A block: the open cells that hang together, and their rows.
pub(crate) struct Block {
    /// Cells, ascending: a world's entries are in this order.
    pub(crate) cells: Vec<u32>,
    /// Rows over positions in `cells`; what is fixed is subtracted already.
    pub(crate) rows: Vec<Row>,
    /// Bounds of the cells: all that an outsider knows, and far ends where
    /// there is none.
    pub(crate) bounds: Vec<(i128, i128)>,
}

/// Finds worlds of one block.
pub(crate) struct Worlds<'a> {
    block: &'a Block,
    simplex: Simplex,
    scale: Vec<f64>,
    limit: u32,
    repair: Repair<'a>,
    /// Whether rows leave room for single people to move: ratios do, exact sums
    /// of cells do not.
    vague: bool,
    /// Worlds found earlier, to start from, the last one last.
    found: Vec<Vec<i128>>,
    /// Whether moving people has not led anywhere yet in so many tries.
    futile: u32,
}

impl<'a> Worlds<'a> {
    pub(crate) fn new(block: &'a Block) -> Self {
        // Amounts of many millions beside persons of few would wear out the
        // arithmetic: columns by powers of two, rows by their largest factor.
        let scale: Vec<f64> = block
            .bounds
            .iter()
            .map(|&(_, high)| {
                let size = high as f64 / 65_536.0;
                if size > 1.0 {
                    2.0_f64.powi(size.log2() as i32)
                } else {
                    1.0
                }
            })
            .collect();
        let mut columns = vec![Vec::new(); block.cells.len()];
        let mut activities = Vec::with_capacity(block.rows.len());
        for (r, row) in block.rows.iter().enumerate() {
            let size = row
                .terms
                .iter()
                .map(|&(cell, factor)| (factor as f64).abs() * scale[cell as usize])
                .fold(1.0, f64::max);
            for &(cell, factor) in &row.terms {
                columns[cell as usize]
                    .push((r as u32, factor as f64 * scale[cell as usize] / size));
            }
            activities.push((
                row.low.map_or(f64::NEG_INFINITY, |v| v as f64 / size),
                row.high.map_or(f64::INFINITY, |v| v as f64 / size),
            ));
        }
        let bounds: Vec<(f64, f64)> = block
            .bounds
            .iter()
            .zip(&scale)
            .map(|(&(low, high), s)| (low as f64 / s, high as f64 / s))
            .collect();
        let limit = 2_000 + 20 * (block.cells.len() + block.rows.len()) as u32;
        Self {
            simplex: Simplex::new(columns, &bounds, &activities),
            repair: Repair::new(&block.rows, &block.bounds),
            found: Vec::new(),
            vague: (block.rows.iter())
                .any(|row| row.low != row.high && row.terms.iter().any(|&(_, f)| f != 1)),
            futile: 0,
            block,
            scale,
            limit,
        }
    }

    /// Takes note of a world that agrees, to start from.
    pub(crate) fn start_from(&mut self, world: &[i128]) {
        self.found.push(world.to_vec());
    }

    /// A world in which the sum of some cells is at least, or at most, so much:
    /// by moving people in one found earlier, or else the extreme one. A second
    /// try looks from further worlds.
    pub(crate) fn reaching(
        &mut self,
        goal: Goal<'_>,
        large: bool,
        again: bool,
    ) -> Option<Vec<i128>> {
        if self.vague && (self.futile < FUTILE || again) {
            let starts = if again { STARTS } else { 1 };
            let apart = (self.found.len() / STARTS).max(1);
            let near = self.found.iter().rev().step_by(apart).take(starts);
            let world = near
                .filter_map(|start| self.repair.near(start, goal))
                .find(|world| self.agrees(world));
            if let Some(world) = world {
                self.futile = 0;
                self.found.push(world.clone());
                return Some(world);
            }
            self.futile += 1;
        }
        if again {
            return None;
        }
        let world = self.extreme(goal, large)?;
        self.found.push(world.clone());
        Some(world)
    }

    /// A world in which the sum of some cells is large (or small): the extreme
    /// one where the corner found is whole, else one near it. Nothing where
    /// none was found within the limits.
    fn extreme(&mut self, goal: Goal<'_>, large: bool) -> Option<Vec<i128>> {
        let objective: Vec<(usize, f64)> = goal
            .positions
            .iter()
            .map(|&p| {
                let factor = self.scale[p as usize];
                (p as usize, if large { -factor } else { factor })
            })
            .collect();
        // Of one size whatever the scale, so that tolerances mean the same.
        let most = objective.iter().map(|(_, f)| f.abs()).fold(1.0, f64::max);
        let objective: Vec<(usize, f64)> =
            objective.into_iter().map(|(p, f)| (p, f / most)).collect();
        let mut left = BRANCHES;
        self.branch(&objective, goal, &mut left)
    }

    fn branch(
        &mut self,
        objective: &[(usize, f64)],
        goal: Goal<'_>,
        left: &mut u32,
    ) -> Option<Vec<i128>> {
        if *left == 0 {
            return None;
        }
        *left -= 1;
        if self.simplex.minimise(objective, self.limit) != Outcome::Optimal {
            return None;
        }
        let values: Vec<f64> = self
            .simplex
            .solution()
            .iter()
            .zip(&self.scale)
            .map(|(v, s)| v * s)
            .collect();
        let world: Vec<i128> = values.iter().map(|v| v.round() as i128).collect();
        if self.agrees(&world) {
            return Some(world);
        }
        if self.vague
            && *left + 1 == BRANCHES
            && let Some(world) = self.repair.near(&world, goal)
            && self.agrees(&world)
        {
            return Some(world);
        }
        // The cell furthest from whole: its nearer side first.
        let (cell, _) = values
            .iter()
            .enumerate()
            .map(|(j, v)| (j, (v - v.round()).abs()))
            .filter(|&(_, distance)| distance > WHOLE)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
        let value = values[cell];
        let (low, high) = self.simplex.bound(cell);
        let below = (low, value.floor() / self.scale[cell]);
        let above = (value.ceil() / self.scale[cell], high);
        let sides = if value - value.floor() < 0.5 {
            [below, above]
        } else {
            [above, below]
        };
        let mut found = None;
        for (side_low, side_high) in sides {
            if side_low <= side_high {
                self.simplex.set_bound(cell, side_low, side_high);
                found = self.branch(objective, goal, left);
                if found.is_some() {
                    break;
                }
            }
        }
        self.simplex.set_bound(cell, low, high);
        found
    }

    /// Whether a world keeps every bound and row, in whole numbers.
    pub(crate) fn agrees(&self, world: &[i128]) -> bool {
        let bounded = world
            .iter()
            .zip(&self.block.bounds)
            .all(|(value, (low, high))| low <= value && value <= high);
        bounded
            && self.block.rows.iter().all(|row| {
                let sum: i128 = row
                    .terms
                    .iter()
                    .map(|&(cell, factor)| i128::from(factor) * world[cell as usize])
                    .sum();
                row.low.is_none_or(|low| low <= sum) && row.high.is_none_or(|high| sum <= high)
            })
    }
}
