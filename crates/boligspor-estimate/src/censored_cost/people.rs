//! From rows to people: who is seen until when, and what it cost.

use crate::error::{EstimateError, Result, all_finite, same_length};

use super::{CensoredCostOptions, CostHistory};

/// A row as it accrues: `jump` at its start, then evenly to `cost` at its stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accrual {
    pub(super) person: u32,
    pub(super) start: f64,
    pub(super) stop: f64,
    pub(super) cost: f64,
}

/// People with their costs cut off at the limit.
#[derive(Debug)]
pub(super) struct People {
    /// End of follow-up or the limit, whichever comes first.
    pub(super) until: Vec<f64>,
    /// Seen to their end or to the limit.
    pub(super) complete: Vec<bool>,
    /// Cost up to `until`.
    pub(super) total: Vec<f64>,
    pub(super) rows: Vec<Accrual>,
    pub(super) inclusive: bool,
    pub(super) late_rows: usize,
}

impl People {
    pub(super) fn gather(given: &CostHistory, options: &CensoredCostOptions) -> Result<Self> {
        check(given, options)?;
        let (start, stop) = (given.start, given.stop);
        let inclusive = options.inclusive.unwrap_or_else(|| {
            let whole = start.iter().chain(stop).all(|t| t.fract() == 0.0);
            whole && start.iter().zip(stop).any(|(a, b)| a == b)
        });
        let (person, first) = dense(given.id);
        let apart = (0..person.len())
            .filter(|&row| {
                let own = first[person[row] as usize];
                given.follow_up[row] != given.follow_up[own]
                    || given.complete[row] != given.complete[own]
            })
            .map(|row| person[row])
            .collect::<std::collections::BTreeSet<_>>();
        if !apart.is_empty() {
            return Err(EstimateError::InconsistentRows {
                people: apart.len(),
                what: "follow_up or complete differs between rows of one person",
            });
        }
        let limit = options.limit;
        let until: Vec<f64> = first
            .iter()
            .map(|&r| given.follow_up[r].min(limit))
            .collect();
        let complete = first
            .iter()
            .map(|&r| given.complete[r] || given.follow_up[r] >= limit)
            .collect();
        let mut people = Self {
            total: vec![0.0; until.len()],
            until,
            complete,
            rows: Vec::with_capacity(person.len()),
            inclusive,
            late_rows: 0,
        };
        for (row, &person) in person.iter().enumerate() {
            let end = given.follow_up[row];
            people.late_rows += usize::from(stop[row] > end && given.cost[row] != 0.0);
            let accrual = Accrual {
                person,
                start: start[row].min(end),
                stop: stop[row].min(end),
                cost: given.cost[row],
            };
            if accrual.start > limit {
                continue;
            }
            people.total[person as usize] += people.by(&accrual, limit);
            people.rows.push(accrual);
        }
        Ok(people)
    }

    pub(super) fn len(&self) -> usize {
        self.until.len()
    }

    /// What a row costs at its start, and per unit of time after it.
    pub(super) fn pace(&self, row: &Accrual) -> (f64, f64) {
        let extra = f64::from(u8::from(self.inclusive));
        let length = row.stop - row.start + extra;
        if length > 0.0 {
            (row.cost * extra / length, row.cost / length)
        } else {
            (row.cost, 0.0)
        }
    }

    /// What a row has cost by a time, that time included.
    pub(super) fn by(&self, row: &Accrual, time: f64) -> f64 {
        if time >= row.stop {
            row.cost
        } else if time < row.start {
            0.0
        } else {
            let (jump, rate) = self.pace(row);
            jump + rate * (time - row.start)
        }
    }

    /// What each person has cost by a time.
    pub(super) fn totals_by(&self, time: f64) -> Vec<f64> {
        let mut totals = vec![0.0; self.len()];
        for row in &self.rows {
            totals[row.person as usize] += self.by(row, time);
        }
        totals
    }

    /// Whether all who are followed longest are complete, so that nothing can
    /// be missing after.
    pub(super) fn longest_is_complete(&self, longest: f64) -> bool {
        let mut last = self.until.iter().zip(&self.complete);
        last.all(|(until, complete)| *until < longest || *complete)
    }
}

fn check(given: &CostHistory, options: &CensoredCostOptions) -> Result<()> {
    let n = given.id.len();
    if n == 0 {
        return Err(EstimateError::Empty { argument: "id" });
    }
    for (argument, column) in [
        ("start", given.start),
        ("stop", given.stop),
        ("cost", given.cost),
        ("follow_up", given.follow_up),
    ] {
        same_length(argument, column.len(), "id", n)?;
        all_finite(argument, column)?;
    }
    same_length("complete", given.complete.len(), "id", n)?;
    for (argument, column) in [("start", given.start), ("follow_up", given.follow_up)] {
        let rows = column.iter().filter(|t| **t < 0.0).count();
        if rows > 0 {
            return Err(EstimateError::Negative { argument, rows });
        }
    }
    if given.start.iter().zip(given.stop).any(|(a, b)| b < a) {
        return Err(EstimateError::OutOfRange {
            argument: "stop",
            requirement: "no row may stop before it starts",
        });
    }
    if !(options.limit.is_finite() && options.limit > 0.0) {
        return Err(EstimateError::OutOfRange {
            argument: "limit",
            requirement: "finite and greater than 0",
        });
    }
    Ok(())
}

/// A dense number for each row's person, in order of their codes, and the
/// first row of each.
fn dense(id: &[u32]) -> (Vec<u32>, Vec<usize>) {
    let mut order: Vec<usize> = (0..id.len()).collect();
    if !id.is_sorted() {
        order.sort_by_key(|&row| id[row]);
    }
    let mut person = vec![0; id.len()];
    let mut first = Vec::new();
    for (place, &row) in order.iter().enumerate() {
        if place == 0 || id[order[place - 1]] != id[row] {
            first.push(row);
        }
        person[row] = (first.len() - 1) as u32;
    }
    (person, first)
}
