//! Dense numbers for opaque whole numbers, in the order of their values.

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
    pub(super) fn of(column: impl Iterator<Item = i64> + Clone) -> Self {
        let (mut least, mut most, mut rows) = (i64::MAX, i64::MIN, 0usize);
        for value in column.clone() {
            (least, most, rows) = (least.min(value), most.max(value), rows + 1);
        }
        if rows == 0 {
            return Self {
                values: Vec::new(),
                least: 0,
                table: None,
            };
        }
        let width = most.abs_diff(least);
        if width < 4 * rows as u64 + 4096 {
            let mut table = vec![u32::MAX; width as usize + 1];
            for value in column {
                table[value.abs_diff(least) as usize] = 0;
            }
            let mut values = Vec::new();
            for (offset, slot) in table.iter_mut().enumerate() {
                if *slot == 0 {
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
        let mut values: Vec<i64> = column.collect();
        values.sort_unstable();
        values.dedup();
        Self {
            values,
            least,
            table: None,
        }
    }

    /// Rank of a value that was in the column.
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
            let levels = Levels::of(column.iter().copied());
            let ranks: Vec<usize> = column.iter().map(|v| levels.rank(*v)).collect();
            assert_eq!(ranks, [1, 0, 0, 2]);
            assert_eq!(levels.values().len(), 3);
        }
    }
}
