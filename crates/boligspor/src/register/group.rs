//! Rows grouped by person: a counting sort, then a sort within each person.

use rayon::prelude::*;

use super::roster::NOBODY;

/// Row numbers, contiguous by person.
#[derive(Clone)]
pub(super) struct Grouped {
    pub(super) order: Vec<u32>,
    pub(super) offsets: Vec<usize>,
}

/// Groups the rows to keep by person: a counting sort, linear in the rows.
pub(super) fn group(person: &[u32], people: usize, keep: impl Fn(usize) -> bool) -> Grouped {
    let keep = |row: usize| person[row] != NOBODY && keep(row);
    let mut offsets = vec![0usize; people + 1];
    for (row, &p) in person.iter().enumerate() {
        if keep(row) {
            offsets[p as usize + 1] += 1;
        }
    }
    for i in 0..people {
        offsets[i + 1] += offsets[i];
    }
    let mut next = offsets.clone();
    let mut order = vec![0u32; offsets[people]];
    for (row, &p) in person.iter().enumerate() {
        if keep(row) {
            let place = &mut next[p as usize];
            order[*place] = row as u32;
            *place += 1;
        }
    }
    Grouped { order, offsets }
}

impl Grouped {
    /// The rows of each person.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[u32]> {
        self.offsets.windows(2).map(|w| &self.order[w[0]..w[1]])
    }

    /// Sorted within each person by the key, then by row.
    pub(super) fn sorted<K: Ord>(mut self, key: impl Fn(u32) -> K + Sync) -> Self {
        // A few thousand people at a time: enough work for a thread, and no
        // list as long as the people.
        const AT_ONCE: usize = 4096;
        let mut rest = self.order.as_mut_slice();
        let mut parts = Vec::new();
        for bounds in self.offsets[..self.offsets.len() - 1].chunks(AT_ONCE) {
            let from = bounds[0];
            let end = parts.len() * AT_ONCE + bounds.len();
            let (part, after) = rest.split_at_mut(self.offsets[end] - from);
            rest = after;
            parts.push((part, &self.offsets[parts.len() * AT_ONCE..=end]));
        }
        parts.into_par_iter().for_each(|(part, offsets)| {
            // Keys are looked up once a row: that is where the time goes.
            let mut keyed = Vec::new();
            for w in offsets.windows(2) {
                let rows = &mut part[w[0] - offsets[0]..w[1] - offsets[0]];
                keyed.clear();
                keyed.extend(rows.iter().map(|row| (key(*row), *row)));
                keyed.sort_unstable();
                for (row, (_, sorted)) in rows.iter_mut().zip(&keyed) {
                    *row = *sorted;
                }
            }
        });
        self
    }

    /// Only the first of neighbours with the same key.
    pub(super) fn without_repeats<K: PartialEq>(mut self, key: impl Fn(u32) -> K) -> Self {
        let (mut kept, mut from) = (0, 0);
        for person in 1..self.offsets.len() {
            let to = self.offsets[person];
            let first = kept;
            for i in from..to {
                let row = self.order[i];
                if kept == first || key(self.order[kept - 1]) != key(row) {
                    self.order[kept] = row;
                    kept += 1;
                }
            }
            from = to;
            self.offsets[person] = kept;
        }
        self.order.truncate(kept);
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_lie_as_a_plain_sort_has_them(
            rows in prop::collection::vec((prop::option::of(0u32..9000), 0u8..4, any::<bool>()), 0..300)
        ) {
            let person: Vec<u32> = rows.iter().map(|r| r.0.unwrap_or(NOBODY)).collect();
            let key = |row: u32| rows[row as usize].1;
            let grouped = group(&person, 9000, |row| rows[row].2).sorted(key);

            let kept = |row: &u32| rows[*row as usize].2 && person[*row as usize] != NOBODY;
            let mut plain: Vec<u32> = (0..rows.len() as u32).filter(kept).collect();
            plain.sort_by_key(|row| (person[*row as usize], key(*row), *row));
            prop_assert_eq!(&grouped.order, &plain);
            for (who, theirs) in grouped.groups().enumerate() {
                prop_assert!(theirs.iter().all(|row| person[*row as usize] == who as u32));
            }

            plain.dedup_by_key(|row| (person[*row as usize], key(*row)));
            let single = grouped.without_repeats(key);
            prop_assert_eq!(&single.order, &plain);
            prop_assert_eq!(single.groups().map(<[u32]>::len).sum::<usize>(), plain.len());
        }
    }
}
