//! Chooses what to withhold so that an exposed sum becomes unknown again.
//!
//! For a sum to be uncertain there must be a way of moving people between
//! cells that changes it; every published number that such a move changes has
//! to be withheld. The cheapest move is a linear program: the cost of a number
//! is paid per person that moves through it, numbers already withheld are free
//! (Fischetti & Salazar-González 2001, *Solving the cell suppression problem on
//! tabular data with linear constraints*, Management Science 47, whose
//! continuous relaxation this is). Whether it was enough is not decided here
//! but by [`crate::certify`].

use std::collections::BTreeSet;

use crate::bundle::Bundle;
use crate::certificate::Exposed;
use crate::policy::Policy;
use crate::rows::{Guard, Measure, Row};
use crate::shown::show;
use crate::simplex::{Outcome, Simplex};

/// Rows of a program at most; a neighbourhood beyond that is cut at the
/// tables nearest.
const ROWS: usize = 400;

/// The bundle as the search for moves sees it.
pub(crate) struct Moves<'a> {
    bundle: &'a Bundle,
    policy: &'a Policy,
    /// What each number would tell.
    rows: Vec<Vec<Row>>,
    /// What it costs to withhold, per unit moved.
    costs: Vec<f64>,
    numbers_of: Vec<Vec<u32>>,
    numbers_in: Vec<Vec<u32>>,
}

impl<'a> Moves<'a> {
    pub(crate) fn new(bundle: &'a Bundle, policy: &'a Policy) -> Self {
        let mut numbers_of = vec![Vec::new(); bundle.measures.len()];
        let mut numbers_in = vec![Vec::new(); bundle.tables.len()];
        let mut rows = Vec::with_capacity(bundle.numbers.len());
        let mut costs = Vec::with_capacity(bundle.numbers.len());
        for (n, number) in bundle.numbers.iter().enumerate() {
            numbers_in[number.table as usize].push(n as u32);
            for cell in number.form.cells() {
                numbers_of[cell as usize].push(n as u32);
            }
            rows.push(show(bundle, &number.form, policy).1);
            // A number is missed more the more people it tells of, but a
            // hundred are not missed ten times as much as ten.
            let told = number.support.persons.max(1) as f64;
            let cells = number.form.cells().count().max(1) as f64;
            let cost = (1.0 + told.ln()) * (1.0 + 0.5 * cells.ln());
            // Ties are broken by order, the same way every time.
            costs.push(cost * (1.0 + 1e-6 * (n % 1009) as f64));
        }
        Self {
            bundle,
            policy,
            rows,
            costs,
            numbers_of,
            numbers_in,
        }
    }

    pub(crate) fn cost(&self, number: u32) -> f64 {
        self.costs[number as usize]
    }

    /// The numbers to withhold for one exposed sum; empty if the move found
    /// needs none, or if none was found.
    pub(crate) fn cheapest(&self, exposed: &Exposed, published: &[bool]) -> Vec<u32> {
        let cells = self.neighbourhood(exposed);
        let Some(amount) = self.distance(exposed) else {
            return Vec::new();
        };
        let mut program = Program::default();
        let position = |cell: u32| cells.binary_search(&cell).ok();
        for &cell in &cells {
            let value = self.bundle.values[cell as usize] as f64;
            // Up, then down.
            program.column(Vec::new(), (0.0, 1e12), 0.0);
            program.column(Vec::new(), (0.0, value), 0.0);
        }
        let mut numbers = BTreeSet::new();
        for &cell in &cells {
            numbers.extend(
                (self.numbers_of[cell as usize].iter().copied()).filter(|&n| published[n as usize]),
            );
        }
        for &n in &numbers {
            for row in &self.rows[n as usize] {
                self.keep(&mut program, row, Some(self.costs[n as usize]), position);
            }
        }
        for earlier in &self.bundle.earlier {
            self.keep(&mut program, &earlier.row, None, position);
        }
        let goal = program.row((amount, amount));
        for &cell in &exposed.cells {
            if let Some(p) = position(cell) {
                program.columns[2 * p].push((goal, 1.0));
                program.columns[2 * p + 1].push((goal, -1.0));
            }
        }
        let Some(solution) = program.solve() else {
            return Vec::new();
        };
        let moved = |row: &Row| -> f64 {
            row.terms
                .iter()
                .filter_map(|&(cell, factor)| {
                    position(cell).map(|p| factor as f64 * (solution[2 * p] - solution[2 * p + 1]))
                })
                .sum()
        };
        numbers
            .into_iter()
            .filter(|&n| {
                self.rows[n as usize].iter().any(|row| {
                    let (low, high) = self.room(row);
                    let size = row.terms.iter().fold(1, |s, (_, f)| s.max(f.abs())) as f64;
                    let change = moved(row);
                    change < low - 1e-6 * size || change > high + 1e-6 * size
                })
            })
            .collect()
    }

    /// The cheapest published number that touches an exposed sum, or else its
    /// neighbourhood.
    pub(crate) fn nearest(&self, exposed: &Exposed, published: &[bool]) -> Option<u32> {
        let cheapest = |cells: &[u32]| {
            cells
                .iter()
                .flat_map(|&cell| &self.numbers_of[cell as usize])
                .copied()
                .filter(|&n| published[n as usize])
                .min_by(|&a, &b| self.cost(a).total_cmp(&self.cost(b)).then(a.cmp(&b)))
        };
        cheapest(&exposed.cells).or_else(|| cheapest(&self.neighbourhood(exposed)))
    }

    /// The tables that take part in an exposed sum.
    pub(crate) fn tables(&self, exposed: &Exposed) -> BTreeSet<u32> {
        let of = |cells: &[u32]| -> BTreeSet<u32> {
            (cells.iter())
                .flat_map(|&cell| &self.numbers_of[cell as usize])
                .map(|&n| self.bundle.numbers[n as usize].table)
                .collect()
        };
        let own = of(&exposed.cells);
        if own.is_empty() {
            of(&self.neighbourhood(exposed))
        } else {
            own
        }
    }

    /// Cells of the tables that an exposed sum is in, and as long as there is
    /// room of the tables that those are in. A group that no number counts, such as
    /// those who are left out of a table, is reached by what else is known of it.
    fn neighbourhood(&self, exposed: &Exposed) -> Vec<u32> {
        let mut cells: BTreeSet<u32> = exposed.cells.iter().copied().collect();
        for earlier in &self.bundle.earlier {
            let terms = || earlier.row.terms.iter().map(|&(cell, _)| cell);
            if terms().any(|cell| exposed.cells.contains(&cell)) {
                cells.extend(terms());
            }
        }
        let mut tables: BTreeSet<u32> = BTreeSet::new();
        let mut rows = 0;
        for _ in 0..4 {
            let reached: BTreeSet<u32> = cells
                .iter()
                .flat_map(|&cell| &self.numbers_of[cell as usize])
                .map(|&n| self.bundle.numbers[n as usize].table)
                .filter(|table| !tables.contains(table))
                .collect();
            for table in reached {
                let numbers = &self.numbers_in[table as usize];
                let more = numbers
                    .iter()
                    .filter(|&&n| self.bundle.numbers[n as usize].form.cells().count() > 1)
                    .count();
                if rows > 0 && rows + more > ROWS {
                    continue;
                }
                rows += more;
                tables.insert(table);
                for &n in numbers {
                    cells.extend(self.bundle.numbers[n as usize].form.cells());
                }
            }
        }
        cells.into_iter().collect()
    }

    /// How far a sum must be able to move from its value upwards.
    fn distance(&self, exposed: &Exposed) -> Option<f64> {
        let value = self.bundle.total(&exposed.cells);
        let first = *exposed.cells.first()?;
        let width = i128::from(self.policy.width);
        Some(if self.bundle.measures[first as usize] == Measure::Amount {
            let percent = i128::from(self.policy.amount_width_percent);
            (percent * value / (100 - percent) + 1) as f64
        } else {
            match exposed.guard {
                Guard::Width => width as f64,
                Guard::Presence => (width - value).max(1) as f64,
            }
        })
    }

    /// How far the activity of a row may change before it is seen.
    fn room(&self, row: &Row) -> (f64, f64) {
        let now: i128 = row
            .terms
            .iter()
            .map(|&(cell, factor)| i128::from(factor) * self.bundle.values[cell as usize])
            .sum();
        (
            row.low.map_or(-1e30, |low| (low - now) as f64),
            row.high.map_or(1e30, |high| (high - now) as f64),
        )
    }

    /// Adds a published row: it must not change, or at a cost.
    fn keep(
        &self,
        program: &mut Program,
        row: &Row,
        cost: Option<f64>,
        position: impl Fn(u32) -> Option<usize>,
    ) {
        let inside: Vec<(usize, f64)> = row
            .terms
            .iter()
            .filter_map(|&(cell, factor)| position(cell).map(|p| (p, factor as f64)))
            .collect();
        if inside.is_empty() {
            return;
        }
        let (low, high) = self.room(row);
        if let ([(p, factor)], Some(cost), true) =
            (inside.as_slice(), cost, low == 0.0 && high == 0.0)
        {
            // A cell shown by itself: the cost is on its own columns.
            program.cost[2 * p] += cost * factor.abs();
            program.cost[2 * p + 1] += cost * factor.abs();
            return;
        }
        let size = inside.iter().map(|(_, f)| f.abs()).fold(1.0, f64::max);
        let r = program.row((low / size, high / size));
        for (p, factor) in inside {
            program.columns[2 * p].push((r, factor / size));
            program.columns[2 * p + 1].push((r, -factor / size));
        }
        if let Some(cost) = cost {
            program.column(vec![(r, -1.0)], (0.0, 1e12), cost);
            program.column(vec![(r, 1.0)], (0.0, 1e12), cost);
        }
    }
}

/// A linear program being put together.
#[derive(Default)]
struct Program {
    columns: Vec<Vec<(u32, f64)>>,
    bounds: Vec<(f64, f64)>,
    cost: Vec<f64>,
    activities: Vec<(f64, f64)>,
}

impl Program {
    fn column(&mut self, entries: Vec<(u32, f64)>, bounds: (f64, f64), cost: f64) {
        self.columns.push(entries);
        self.bounds.push(bounds);
        self.cost.push(cost);
    }

    fn row(&mut self, ends: (f64, f64)) -> u32 {
        self.activities.push(ends);
        self.activities.len() as u32 - 1
    }

    fn solve(self) -> Option<Vec<f64>> {
        let objective: Vec<(usize, f64)> = self
            .cost
            .iter()
            .enumerate()
            .filter(|(_, cost)| **cost != 0.0)
            .map(|(column, cost)| (column, *cost))
            .collect();
        let limit = 2_000 + 10 * self.columns.len() as u32;
        let mut simplex = Simplex::new(self.columns, &self.bounds, &self.activities);
        (simplex.minimise(&objective, limit) == Outcome::Optimal)
            .then(|| simplex.solution().to_vec())
    }
}
