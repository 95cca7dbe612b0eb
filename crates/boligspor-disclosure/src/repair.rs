//! From a world that almost agrees to one that does, by moving single people.
//!
//! A corner of a linear program is fractional, and rounding it breaks a few
//! rows by a little. Where rows are bands (percentages, rounded counts) whole
//! worlds lie everywhere, and moving one person at a time finds one far sooner
//! than branching does. What is found is verified row by row like any world.

use crate::rows::Row;

/// Moves looked at in pairs at each step.
const BEST: usize = 16;
/// Steps without a whole world before giving up.
const STEPS: usize = 300;

/// What adding a person to a cell, or taking one out, does to the violation.
type Moves = Vec<(f64, usize)>;

/// Moves people in one block's worlds.
pub(crate) struct Repair<'a> {
    rows: &'a [Row],
    bounds: &'a [(i128, i128)],
    /// The rows of each cell, with its factor.
    of_cell: Vec<Vec<(u32, i64)>>,
    /// What a row's violations are measured in.
    size: Vec<f64>,
}

/// Cells whose sum is to be at least, or at most, so much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal<'a> {
    pub(crate) positions: &'a [u32],
    pub(crate) low: Option<i128>,
    pub(crate) high: Option<i128>,
}

/// A world on its way, with what its rows sum to.
struct State {
    world: Vec<i128>,
    sums: Vec<i128>,
    /// The goal's row comes last.
    goal: i128,
}

impl<'a> Repair<'a> {
    pub(crate) fn new(rows: &'a [Row], bounds: &'a [(i128, i128)]) -> Self {
        let mut of_cell = vec![Vec::new(); bounds.len()];
        let mut size = Vec::with_capacity(rows.len());
        for (r, row) in rows.iter().enumerate() {
            let mut most = 1;
            for &(cell, factor) in &row.terms {
                of_cell[cell as usize].push((r as u32, factor));
                most = most.max(factor.abs());
            }
            size.push(most as f64);
        }
        Self {
            rows,
            bounds,
            of_cell,
            size,
        }
    }

    /// A world near `start` that keeps every row and the goal, if one is found.
    pub(crate) fn near(&self, start: &[i128], goal: Goal<'_>) -> Option<Vec<i128>> {
        let mut in_goal = vec![false; self.bounds.len()];
        for &position in goal.positions {
            in_goal[position as usize] = true;
        }
        let world: Vec<i128> = start
            .iter()
            .zip(self.bounds)
            .map(|(value, (low, high))| *value.clamp(low, high))
            .collect();
        let sums = self.rows.iter().map(|row| {
            let terms = row.terms.iter();
            terms.map(|&(c, f)| i128::from(f) * world[c as usize]).sum()
        });
        let mut state = State {
            sums: sums.collect(),
            goal: goal.positions.iter().map(|&p| world[p as usize]).sum(),
            world,
        };
        let mut violation = self.violation(&state, goal);
        // Small detours are allowed where no single step leads on.
        let mut patience = 12;
        let mut last = (usize::MAX, usize::MAX);
        for step in 0..STEPS {
            if violation <= 0.0 {
                return Some(state.world);
            }
            let (mut up, mut down) = (Moves::new(), Moves::new());
            for cell in 0..self.bounds.len() {
                let (low, high) = self.bounds[cell];
                // What was just done is not undone, and ties go round.
                let tie = 1e-9 * ((cell * 7919 + step * 104_729) % 1009) as f64;
                if state.world[cell] < high && cell != last.1 {
                    up.push((self.change(&state, goal, &in_goal, cell, 1) + tie, cell));
                }
                if state.world[cell] > low && cell != last.0 {
                    down.push((self.change(&state, goal, &in_goal, cell, -1) + tie, cell));
                }
            }
            let best = |moves: &mut Moves| {
                moves.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                moves.truncate(BEST);
            };
            best(&mut up);
            best(&mut down);
            let mut chosen: Option<(f64, usize, usize)> = None;
            let mut consider = |gain: f64, to: usize, from: usize| {
                if chosen.is_none_or(|(least, _, _)| gain < least) {
                    chosen = Some((gain, to, from));
                }
            };
            if let Some(&(gain, cell)) = up.first() {
                consider(gain, cell, usize::MAX);
            }
            if let Some(&(gain, cell)) = down.first() {
                consider(gain, usize::MAX, cell);
            }
            for &(_, to) in &up {
                self.add(&mut state, &in_goal, to, 1);
                let after = self.violation_change(&state, goal, to, &in_goal, 1);
                for &(_, from) in down.iter().filter(|(_, from)| *from != to) {
                    let gain = after + self.change(&state, goal, &in_goal, from, -1);
                    consider(gain, to, from);
                }
                self.add(&mut state, &in_goal, to, -1);
            }
            let (gain, to, from) = chosen?;
            if gain >= -1e-12 {
                patience -= 1;
                if patience == 0 {
                    return None;
                }
            }
            if to != usize::MAX {
                self.add(&mut state, &in_goal, to, 1);
            }
            if from != usize::MAX {
                self.add(&mut state, &in_goal, from, -1);
            }
            last = (to, from);
            violation = self.violation(&state, goal);
        }
        None
    }

    fn add(&self, state: &mut State, in_goal: &[bool], cell: usize, by: i128) {
        state.world[cell] += by;
        for &(r, factor) in &self.of_cell[cell] {
            state.sums[r as usize] += i128::from(factor) * by;
        }
        if in_goal[cell] {
            state.goal += by;
        }
    }

    /// What adding so much to a cell does to the violation.
    fn change(
        &self,
        state: &State,
        goal: Goal<'_>,
        in_goal: &[bool],
        cell: usize,
        by: i128,
    ) -> f64 {
        let mut change = 0.0;
        for &(r, factor) in &self.of_cell[cell] {
            let row = &self.rows[r as usize];
            let now = state.sums[r as usize];
            let then = now + i128::from(factor) * by;
            let (before, after) = (
                outside(now, row.low, row.high),
                outside(then, row.low, row.high),
            );
            change += (after - before) / self.size[r as usize];
        }
        if in_goal[cell] {
            let before = outside(state.goal, goal.low, goal.high);
            change += outside(state.goal + by, goal.low, goal.high) - before;
        }
        change
    }

    /// What having added so much to a cell did to the violation.
    fn violation_change(
        &self,
        state: &State,
        goal: Goal<'_>,
        cell: usize,
        in_goal: &[bool],
        by: i128,
    ) -> f64 {
        -self.change(state, goal, in_goal, cell, -by)
    }

    fn violation(&self, state: &State, goal: Goal<'_>) -> f64 {
        let rows = self.rows.iter().zip(&state.sums).zip(&self.size);
        let rows: f64 = rows
            .map(|((row, &sum), size)| outside(sum, row.low, row.high) / size)
            .sum();
        rows + outside(state.goal, goal.low, goal.high)
    }
}

/// How far a sum lies outside its ends.
fn outside(sum: i128, low: Option<i128>, high: Option<i128>) -> f64 {
    let below = low.map_or(0, |low| (low - sum).max(0));
    let above = high.map_or(0, |high| (sum - high).max(0));
    (below + above) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_moved_until_every_row_agrees_and_the_goal_is_met() {
        // 100 people in four cells; the first two are 30 % of them, rounded.
        let rows = vec![
            Row::sum(&[0, 1, 2, 3], 100, 100),
            Row {
                terms: vec![(0, 1), (1, 1)],
                low: Some(30),
                high: Some(30),
            },
        ];
        let bounds = vec![(0, 100); 4];
        let repair = Repair::new(&rows, &bounds);
        let goal = |low, high| Goal {
            positions: &[1],
            low,
            high,
        };
        let found = repair.near(&[30, 0, 69, 0], goal(Some(8), None)).unwrap();
        assert!(found[1] >= 8 && found[0] + found[1] == 30);
        assert_eq!(found.iter().sum::<i128>(), 100);
        let found = repair.near(&found, goal(None, Some(2))).unwrap();
        assert!(found[1] <= 2 && found[0] + found[1] == 30);
        // There are not so many.
        assert!(repair.near(&found, goal(Some(31), None)).is_none());
    }
}
