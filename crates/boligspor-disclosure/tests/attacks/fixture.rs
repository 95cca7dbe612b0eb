//! Cells, numbers and what an outsider sees of them.

use boligspor_disclosure::{Bundle, CellId, Cleared, Policy, Shown, Support, clear};

/// A published count: the cells that its label says it covers, and its value.
pub(crate) struct Seen {
    pub(crate) cells: Vec<usize>,
    pub(crate) value: Option<i64>,
}

/// Tables of counts over atomic cells.
pub(crate) struct Fixture {
    pub(crate) truth: Vec<i64>,
    pub(crate) counts: Vec<(String, Vec<usize>)>,
}

impl Fixture {
    pub(crate) fn new(truth: &[i64]) -> Self {
        Self {
            truth: truth.to_vec(),
            counts: Vec::new(),
        }
    }

    /// A table of rows and columns with both margins and the total.
    pub(crate) fn square(truth: &[&[i64]]) -> Self {
        let (rows, columns) = (truth.len(), truth[0].len());
        let mut fixture = Self::new(&truth.concat());
        for r in 0..rows {
            for c in 0..columns {
                fixture.count("square", &[r * columns + c]);
            }
            let row: Vec<usize> = (0..columns).map(|c| r * columns + c).collect();
            fixture.count("square", &row);
        }
        for c in 0..columns {
            let column: Vec<usize> = (0..rows).map(|r| r * columns + c).collect();
            fixture.count("square", &column);
        }
        fixture.count("square", &(0..rows * columns).collect::<Vec<_>>());
        fixture
    }

    pub(crate) fn count(&mut self, table: &str, cells: &[usize]) {
        self.counts.push((table.to_owned(), cells.to_vec()));
    }

    pub(crate) fn bundle(&self) -> (Bundle, Vec<CellId>) {
        let mut bundle = Bundle::new();
        let ids: Vec<CellId> = self
            .truth
            .iter()
            .map(|&n| bundle.persons(Support::of_persons(n as u64)))
            .collect();
        for (n, (table, cells)) in self.counts.iter().enumerate() {
            let cells: Vec<CellId> = cells.iter().map(|&cell| ids[cell]).collect();
            bundle.count(table, &n.to_string(), &cells, &[]).unwrap();
        }
        (bundle, ids)
    }

    pub(crate) fn clear(&self, policy: &Policy) -> Cleared {
        clear(&self.bundle().0, policy).unwrap()
    }

    /// What an outsider sees after clearing.
    pub(crate) fn released(&self, policy: &Policy) -> Vec<Seen> {
        let cleared = self.clear(policy);
        self.counts
            .iter()
            .zip(cleared.numbers())
            .map(|((_, cells), number)| Seen {
                cells: cells.clone(),
                value: number.value.map(|shown| match shown {
                    Shown::Count(n) => n,
                    other => panic!("not a count: {other:?}"),
                }),
            })
            .collect()
    }

    /// The same with only small numbers taken out, as tools do that look at
    /// each number by itself.
    pub(crate) fn primary_only(&self, minimum: i64) -> Vec<Seen> {
        self.counts
            .iter()
            .map(|(_, cells)| {
                let n: i64 = cells.iter().map(|&cell| self.truth[cell]).sum();
                Seen {
                    cells: cells.clone(),
                    value: (n == 0 || n >= minimum).then_some(n),
                }
            })
            .collect()
    }
}

pub(crate) fn denmark() -> Policy {
    Policy::named("statistics-denmark").unwrap()
}
