//! A simplex for many objectives over one set of rows.
//!
//! Protection asks the same rows hundreds of questions (how large, how small
//! can this cell be?), so the solver keeps its basis between them. It works in
//! floating point and promises nothing: whoever uses a solution rounds it and
//! verifies it in whole numbers.
//!
//! Bounded primal simplex with a dense inverse of the basis (Dantzig 1951;
//! composite first phase after Maros, *Computational Techniques of the Simplex
//! Method*, 2003, ch. 9): minimise `c·x` where `A x − s = 0`, each `x` and row
//! activity `s` between its bounds.

/// Where two floating-point numbers count as equal.
const TOLERANCE: f64 = 1e-9;
/// Rank-one updates after which the inverse is computed anew.
const REFACTOR: u32 = 120;
/// Steps without progress after which Bland's rule, which cannot cycle, leads.
const STALL: u32 = 60;

/// How a run of the simplex ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Optimal,
    Infeasible,
    /// Too many steps, or numerically stuck.
    GaveUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Basic,
    Low,
    High,
}

/// Rows, bounds and the current basis.
pub(crate) struct Simplex {
    rows: usize,
    /// Entries (row, factor) of the columns; those of activities are implied.
    columns: Vec<Vec<(u32, f64)>>,
    low: Vec<f64>,
    high: Vec<f64>,
    place: Vec<Place>,
    basis: Vec<usize>,
    inverse: Vec<f64>,
    value: Vec<f64>,
    updates: u32,
}

impl Simplex {
    /// A program of columns with bounds, and rows with bounds on their
    /// activity. Every column's lower bound is finite.
    pub(crate) fn new(
        columns: Vec<Vec<(u32, f64)>>,
        bounds: &[(f64, f64)],
        activities: &[(f64, f64)],
    ) -> Self {
        let (n, m) = (columns.len(), activities.len());
        let (mut low, mut high): (Vec<f64>, Vec<f64>) =
            bounds.iter().chain(activities).copied().unzip();
        // A free end is a far one for the arithmetic's sake.
        for end in low.iter_mut().chain(&mut high) {
            *end = end.clamp(-1e30, 1e30);
        }
        let mut place = vec![Place::Low; n];
        place.extend(std::iter::repeat_n(Place::Basic, m));
        let mut simplex = Self {
            rows: m,
            columns,
            value: low.clone(),
            low,
            high,
            place,
            basis: (n..n + m).collect(),
            inverse: Vec::new(),
            updates: 0,
        };
        simplex.refactor();
        simplex
    }

    /// The values of the columns.
    pub(crate) fn solution(&self) -> &[f64] {
        &self.value[..self.columns.len()]
    }

    /// The bounds of a column.
    pub(crate) fn bound(&self, column: usize) -> (f64, f64) {
        (self.low[column], self.high[column])
    }

    /// Changes the bounds of a column, for branching.
    pub(crate) fn set_bound(&mut self, column: usize, low: f64, high: f64) {
        self.low[column] = low;
        self.high[column] = high;
        match self.place[column] {
            Place::Basic => return,
            Place::Low => self.value[column] = low,
            Place::High => self.value[column] = high,
        }
        self.recompute();
    }

    /// Minimises a sparse objective from the current basis on.
    pub(crate) fn minimise(&mut self, objective: &[(usize, f64)], limit: u32) -> Outcome {
        let mut cost = vec![0.0; self.columns.len()];
        for &(column, factor) in objective {
            cost[column] = factor;
        }
        let mut stalled = 0;
        let mut fresh = false;
        for _ in 0..limit {
            if self.updates >= REFACTOR && !self.refactor() {
                return Outcome::GaveUp;
            }
            let (dual, infeasible) = self.prices(&cost);
            let Some((entering, up)) = self.entering(&dual, &cost, infeasible, stalled >= STALL)
            else {
                // Trust an ending only on a freshly inverted basis.
                if !fresh {
                    fresh = true;
                    if !self.refactor() {
                        return Outcome::GaveUp;
                    }
                    continue;
                }
                return if infeasible {
                    Outcome::Infeasible
                } else {
                    Outcome::Optimal
                };
            };
            fresh = false;
            let Some(step) = self.advance(entering, up, stalled >= STALL) else {
                return Outcome::GaveUp;
            };
            stalled = if step > TOLERANCE { 0 } else { stalled + 1 };
        }
        Outcome::GaveUp
    }

    /// Simplex multipliers of the objective, or of the sum of violations while
    /// there are any.
    fn prices(&self, cost: &[f64]) -> (Vec<f64>, bool) {
        let m = self.rows;
        let mut violated = false;
        let mut basic_cost = vec![0.0; m];
        for (i, &column) in self.basis.iter().enumerate() {
            if let Some(direction) = self.violation(column) {
                basic_cost[i] = direction;
                violated = true;
            }
        }
        if !violated {
            for (i, &column) in self.basis.iter().enumerate() {
                basic_cost[i] = cost.get(column).copied().unwrap_or(0.0);
            }
        }
        let mut dual = vec![0.0; m];
        for (i, &c) in basic_cost.iter().enumerate() {
            if c != 0.0 {
                for (d, &b) in dual.iter_mut().zip(&self.inverse[i * m..(i + 1) * m]) {
                    *d += c * b;
                }
            }
        }
        (dual, violated)
    }

    /// −1 below its bounds, 1 above, nothing within.
    fn violation(&self, column: usize) -> Option<f64> {
        let value = self.value[column];
        let slack = 1e-7 * (1.0 + value.abs() * 1e-3);
        if value < self.low[column] - slack {
            Some(-1.0)
        } else if value > self.high[column] + slack {
            Some(1.0)
        } else {
            None
        }
    }

    fn entering(
        &self,
        dual: &[f64],
        cost: &[f64],
        infeasible: bool,
        bland: bool,
    ) -> Option<(usize, bool)> {
        let n = self.columns.len();
        let mut best: Option<(usize, bool)> = None;
        let mut most = 1e-7;
        for column in 0..n + self.rows {
            if self.place[column] == Place::Basic || self.low[column] == self.high[column] {
                continue;
            }
            let reduced = if column < n {
                let own = if infeasible { 0.0 } else { cost[column] };
                own - self.columns[column]
                    .iter()
                    .map(|&(r, f)| dual[r as usize] * f)
                    .sum::<f64>()
            } else {
                dual[column - n]
            };
            let up = self.place[column] == Place::Low;
            let gain = if up { -reduced } else { reduced };
            if gain > most {
                best = Some((column, up));
                if bland {
                    break;
                }
                most = gain;
            }
        }
        best
    }

    /// Moves the entering column as far as it goes; the length of the step, or
    /// nothing where the numbers have gone bad.
    fn advance(&mut self, entering: usize, up: bool, bland: bool) -> Option<f64> {
        let m = self.rows;
        let n = self.columns.len();
        let mut direction = vec![0.0; m];
        let mut add = |r: usize, f: f64| {
            for (i, d) in direction.iter_mut().enumerate() {
                *d += self.inverse[i * m + r] * f;
            }
        };
        if entering < n {
            for &(r, f) in &self.columns[entering] {
                add(r as usize, f);
            }
        } else {
            add(entering - n, -1.0);
        }
        let sign = if up { 1.0 } else { -1.0 };
        let mut step = self.high[entering] - self.low[entering];
        let mut leaving: Option<(usize, bool)> = None;
        let mut pivot = 0.0_f64;
        for (i, &d) in direction.iter().enumerate() {
            let rate = -sign * d;
            if rate.abs() < 1e-9 {
                continue;
            }
            let column = self.basis[i];
            let (value, low, high) = (self.value[column], self.low[column], self.high[column]);
            let violation = self.violation(column);
            let (end, at_high) = match (rate > 0.0, violation) {
                (true, Some(v)) if v < 0.0 => (low, false),
                (false, Some(v)) if v > 0.0 => (high, true),
                // Moving further out of its bounds: the objective counts it.
                (_, Some(_)) => continue,
                (true, None) => (high, true),
                (false, None) => (low, false),
            };
            if end.abs() >= 1e29 {
                continue;
            }
            let reach = ((end - value) / rate).max(0.0);
            let closer = reach < step - TOLERANCE;
            let tie = reach <= step + TOLERANCE
                && leaving.is_some_and(|(other, _)| {
                    if bland {
                        column < self.basis[other]
                    } else {
                        d.abs() > pivot
                    }
                });
            if closer || tie {
                step = reach.min(step);
                leaving = Some((i, at_high));
                pivot = d.abs();
            }
        }
        if step >= 1e29 {
            return None;
        }
        for (i, &d) in direction.iter().enumerate() {
            self.value[self.basis[i]] -= sign * step * d;
        }
        self.value[entering] += sign * step;
        let Some((row, at_high)) = leaving else {
            self.place[entering] = if up { Place::High } else { Place::Low };
            self.value[entering] = if up {
                self.high[entering]
            } else {
                self.low[entering]
            };
            return Some(step);
        };
        let left = self.basis[row];
        self.place[left] = if at_high { Place::High } else { Place::Low };
        self.value[left] = if at_high {
            self.high[left]
        } else {
            self.low[left]
        };
        self.place[entering] = Place::Basic;
        self.basis[row] = entering;
        self.pivot(row, &direction);
        Some(step)
    }

    fn pivot(&mut self, row: usize, direction: &[f64]) {
        let m = self.rows;
        let p = direction[row];
        let pivot_row: Vec<f64> = self.inverse[row * m..(row + 1) * m]
            .iter()
            .map(|b| b / p)
            .collect();
        for (i, &d) in direction.iter().enumerate() {
            let target = &mut self.inverse[i * m..(i + 1) * m];
            if i == row {
                target.copy_from_slice(&pivot_row);
            } else if d != 0.0 {
                for (t, &b) in target.iter_mut().zip(&pivot_row) {
                    *t -= d * b;
                }
            }
        }
        self.updates += 1;
    }

    /// Inverts the basis anew; false if it is singular.
    fn refactor(&mut self) -> bool {
        let (m, n) = (self.rows, self.columns.len());
        let mut inverse = vec![0.0; m * m];
        // Activities are −1 on the diagonal and are swapped in without work;
        // the rest is Gauss–Jordan, one column after the other.
        let mut basis = vec![usize::MAX; m];
        let mut rest = Vec::new();
        for &column in &self.basis {
            if column >= n {
                let r = column - n;
                inverse[r * m + r] = -1.0;
                basis[r] = column;
            } else {
                rest.push(column);
            }
        }
        let free: Vec<usize> = (0..m).filter(|&r| basis[r] == usize::MAX).collect();
        for &r in &free {
            inverse[r * m + r] = 1.0;
        }
        self.inverse = inverse;
        for &column in &rest {
            let mut direction = vec![0.0; m];
            for &(r, f) in &self.columns[column] {
                for (i, d) in direction.iter_mut().enumerate() {
                    *d += self.inverse[i * m + r as usize] * f;
                }
            }
            let best = free
                .iter()
                .copied()
                .filter(|&r| basis[r] == usize::MAX)
                .max_by(|&a, &b| direction[a].abs().total_cmp(&direction[b].abs()));
            let Some(row) = best.filter(|&r| direction[r].abs() > 1e-11) else {
                return false;
            };
            basis[row] = column;
            self.pivot(row, &direction);
        }
        self.basis = basis;
        self.updates = 0;
        self.recompute();
        true
    }

    /// The basic values that the others imply.
    fn recompute(&mut self) {
        let (m, n) = (self.rows, self.columns.len());
        let mut right = vec![0.0; m];
        for (column, entries) in self.columns.iter().enumerate() {
            if self.place[column] != Place::Basic && self.value[column] != 0.0 {
                for &(r, f) in entries {
                    right[r as usize] -= f * self.value[column];
                }
            }
        }
        for (r, end) in right.iter_mut().enumerate() {
            if self.place[n + r] != Place::Basic {
                *end += self.value[n + r];
            }
        }
        for i in 0..m {
            self.value[self.basis[i]] = self.inverse[i * m..(i + 1) * m]
                .iter()
                .zip(&right)
                .map(|(b, r)| b * r)
                .sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two by two with margins: 3, 7 and 4, 6.
    fn square() -> Simplex {
        let columns = vec![
            vec![(0, 1.0), (2, 1.0)],
            vec![(0, 1.0), (3, 1.0)],
            vec![(1, 1.0), (2, 1.0)],
            vec![(1, 1.0), (3, 1.0)],
        ];
        let margins = [(3.0, 3.0), (7.0, 7.0), (4.0, 4.0), (6.0, 6.0)];
        Simplex::new(columns, &[(0.0, 1e9); 4], &margins)
    }

    #[test]
    fn frechet_bounds_of_a_square() {
        let mut simplex = square();
        assert_eq!(simplex.minimise(&[(0, -1.0)], 1000), Outcome::Optimal);
        assert!((simplex.solution()[0] - 3.0).abs() < 1e-9);
        assert_eq!(simplex.minimise(&[(0, 1.0)], 1000), Outcome::Optimal);
        assert!(simplex.solution()[0].abs() < 1e-9);
        assert_eq!(simplex.minimise(&[(3, 1.0)], 1000), Outcome::Optimal);
        assert!((simplex.solution()[3] - 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_is_seen_and_bounds_can_be_taken_back() {
        let mut simplex = square();
        simplex.set_bound(0, 3.5, 9.0);
        assert_eq!(simplex.minimise(&[], 1000), Outcome::Infeasible);
        simplex.set_bound(0, 0.0, 2.0);
        assert_eq!(simplex.minimise(&[(0, -1.0)], 1000), Outcome::Optimal);
        assert!((simplex.solution()[0] - 2.0).abs() < 1e-9);
    }
}
