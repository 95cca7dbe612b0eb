//! The roster: each identifier's dense index, and each row's person.
//!
//! People are numbered in the order of their identifiers, so that no result
//! depends on the order of rows. Shorter identifiers come first and equally
//! long ones by their characters: so integers have the same order whether
//! they are delivered as numbers or as text.

use std::hash::Hash;

use hashbrown::HashMap;
use polars::prelude::{ChunkedArray, DataType, Series, StaticArray};
use rayon::prelude::*;

use super::loaded::Loaded;
use super::table::Table;

/// "Nobody of the roster": the row's identifier is missing or unknown.
pub(super) const NOBODY: u32 = u32::MAX;

/// Who there is, and which rows are theirs.
pub(super) struct Roster {
    /// The row in `persons` of each person: the first where several are theirs.
    pub(super) row: Vec<u32>,
    /// The person of each row, by table.
    of: [Option<Vec<u32>>; Table::COUNT],
}

impl Roster {
    /// Numbers the people and links every table's rows to them. `None` where
    /// there is no `persons` table with identifiers.
    pub(super) fn new(tables: &[Option<Loaded>; Table::COUNT]) -> Option<Self> {
        let persons = tables[Table::Persons as usize].as_ref()?.series("person")?;
        let mut others: [Option<&Series>; Table::COUNT] = [None; Table::COUNT];
        for loaded in tables.iter().flatten() {
            if loaded.table.column("person").is_some() {
                others[loaded.table as usize] = loaded.series("person");
            }
        }
        let (index, row) = index_of(&[persons]);
        Some(Self {
            row,
            of: others.map(|series| series.map(|s| index.link(s))),
        })
    }

    /// The person of each row of a table.
    pub(super) fn of(&self, table: Table) -> Option<&[u32]> {
        self.of[table as usize].as_deref()
    }

    /// How many people there are.
    pub(super) fn len(&self) -> usize {
        self.row.len()
    }
}

/// A dense index of identifiers.
pub(super) enum Index<'a> {
    /// Of whole numbers.
    Integers(HashMap<i64, u32>),
    /// Of texts.
    Texts(HashMap<&'a str, u32>),
}

impl Index<'_> {
    /// How many identifiers there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Integers(map) => map.len(),
            Self::Texts(map) => map.len(),
        }
    }

    /// The index of each row's identifier, [`NOBODY`] where it has none.
    pub(super) fn link(&self, series: &Series) -> Vec<u32> {
        let rows = 0..series.len();
        match (self, series.try_i64(), series.try_str()) {
            (Self::Integers(map), Some(ids), _) => {
                let ids = ids.downcast_as_array();
                let index = |i| ids.get(i).and_then(|id| map.get(&id).copied());
                rows.into_par_iter()
                    .map(|i| index(i).unwrap_or(NOBODY))
                    .collect()
            }
            (Self::Texts(map), _, Some(ids)) => {
                let ids = ids.downcast_as_array();
                let index = |i| ids.get(i).and_then(|id| map.get(id).copied());
                rows.into_par_iter()
                    .map(|i| index(i).unwrap_or(NOBODY))
                    .collect()
            }
            _ => vec![NOBODY; series.len()],
        }
    }
}

/// Numbers the identifiers of some columns of one type, in their order; with
/// the first row of each in the first column that has it.
pub(super) fn index_of<'a>(columns: &[&'a Series]) -> (Index<'a>, Vec<u32>) {
    let text = columns.iter().any(|s| s.dtype() == &DataType::String);
    if text {
        let ids = columns.iter().filter_map(|s| s.try_str());
        let (map, rows) = number(ids.map(ChunkedArray::iter), |a, b| {
            (a.len(), *a).cmp(&(b.len(), *b))
        });
        (Index::Texts(map), rows)
    } else {
        let ids = columns.iter().filter_map(|s| s.try_i64());
        let (map, rows) = number(ids.map(ChunkedArray::iter), |a, b| {
            // Negative numbers have a longer text, but nobody's identifier is one.
            a.cmp(b)
        });
        (Index::Integers(map), rows)
    }
}

fn number<K, C>(
    columns: impl Iterator<Item = C>,
    order: impl Fn(&K, &K) -> std::cmp::Ordering + Sync,
) -> (HashMap<K, u32>, Vec<u32>)
where
    K: Copy + Eq + Hash + Send,
    C: Iterator<Item = Option<K>>,
{
    let mut map: HashMap<K, u32> = HashMap::new();
    let mut firsts: Vec<(K, u32)> = Vec::new();
    for column in columns {
        for (row, id) in column.enumerate() {
            if let Some(id) = id {
                map.entry(id).or_insert_with(|| {
                    firsts.push((id, row as u32));
                    0
                });
            }
        }
    }
    firsts.par_sort_unstable_by(|a, b| order(&a.0, &b.0));
    for (index, (id, _)) in firsts.iter().enumerate() {
        map.insert(*id, index as u32);
    }
    (map, firsts.into_iter().map(|(_, row)| row).collect())
}
