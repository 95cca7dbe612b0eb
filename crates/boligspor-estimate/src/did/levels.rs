//! Dense numbers for opaque whole numbers, in the order of their values.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

/// Rows that one thread looks through at a time.
const CHUNK: usize = 1 << 16;

/// The distinct values of a column, sorted, and the way from value to rank.
pub(super) struct Levels {
    values: Vec<i64>,
    least: i64,
    table: Option<Vec<u32>>,
}

impl Levels {
    /// The distinct values of `column`.
    ///
    /// Where they lie close together a table leads from value to rank; else
    /// they are sorted and searched.
    pub(super) fn of(column: &[i64]) -> Self {
        let ends = column
            .par_chunks(CHUNK)
            .map(|part| {
                part.iter().fold((i64::MAX, i64::MIN), |(low, high), v| {
                    (low.min(*v), high.max(*v))
                })
            })
            .reduce(|| (i64::MAX, i64::MIN), |a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (least, most) = ends;
        if column.is_empty() {
            return Self {
                values: Vec::new(),
                least: 0,
                table: None,
            };
        }
        let width = most.abs_diff(least);
        if width < 4 * column.len() as u64 + 4096 {
            let seen: Vec<AtomicBool> = (0..=width).map(|_| AtomicBool::new(false)).collect();
            column.par_chunks(CHUNK).for_each(|part| {
                for value in part {
                    let seen = &seen[value.abs_diff(least) as usize];
                    // Written once only, or threads would contend for the
                    // memory of a column with few values.
                    if !seen.load(Ordering::Relaxed) {
                        seen.store(true, Ordering::Relaxed);
                    }
                }
            });
            let mut values = Vec::new();
            let mut table = vec![u32::MAX; width as usize + 1];
            for (offset, (slot, seen)) in table.iter_mut().zip(seen).enumerate() {
                if seen.into_inner() {
                    *slot = values.len() as u32;
                    values.push(least + offset as i64);
                }
            }
            let table = Some(table);
            return Self {
                values,
                least,
                table,
            };
        }
        let mut values = column.to_vec();
        values.par_sort_unstable();
        values.dedup();
        Self {
            values,
            least,
            table: None,
        }
    }

    /// The values below a limit, of the same ranks.
    pub(super) fn below(mut self, limit: i64) -> Self {
        self.values
            .truncate(self.values.partition_point(|v| *v < limit));
        self
    }

    /// Rank of a value that was in the column.
    #[inline]
    pub(super) fn rank(&self, value: i64) -> usize {
        match &self.table {
            Some(table) => table[value.abs_diff(self.least) as usize] as usize,
            None => self.values.partition_point(|v| *v < value),
        }
    }

    /// The distinct values, ascending.
    pub(super) fn values(&self) -> &[i64] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_and_distant_values_are_ranked_alike() {
        let close = [7, 3, 3, 9];
        let distant = [7_000_000_000, -3, -3, i64::MAX];
        for column in [close, distant] {
            let levels = Levels::of(&column);
            let ranks: Vec<usize> = column.iter().map(|v| levels.rank(*v)).collect();
            assert_eq!(ranks, [1, 0, 0, 2]);
            assert_eq!(levels.values().len(), 3);
        }
    }

    #[test]
    fn values_below_a_limit_keep_their_ranks() {
        let levels = Levels::of(&[2021, 2019, 2023, 2020]).below(2021);
        assert_eq!(levels.values(), [2019, 2020]);
        assert_eq!(levels.rank(2020), 1);
        assert!(Levels::of(&[]).values().is_empty());
    }
}
