//! Weighted sums by bootstrap replicate: exact, mergeable, and fast.
//!
//! A studentised bootstrap of many means at once needs, for every mean and
//! replicate, three sums over people. That is a product of the matrix of the
//! people's weights and that of their amounts, and is done as one: people in
//! batches, replicates in tiles that stay in registers, amounts only where there
//! are any. The numbers are whole, and are added as floating-point numbers only
//! as long as no sum can pass 2⁵³, so that every sum is exact: neither the order
//! of the people nor how they were split changes a digit.

use crate::bootstrap::PoissonWeights;

/// Replicates side by side.
const TILE: usize = 8;
/// People in a batch: their weights in one tile fit the nearest cache.
const BATCH: usize = 128;
/// No person is drawn more often.
const MOST: f64 = 8.0;
/// Whole numbers below this are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Three sums of each replicate.
pub type Triples = Vec<[i128; 3]>;

/// A person's three amounts in one cell.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Which of the batch.
    person: usize,
    amounts: [f64; 3],
}

/// Adds people's amounts, by cell, times their weight in each replicate.
///
/// ```
/// use boligspor_estimate::{PoissonWeights, ReplicateSums};
/// let mut sums = ReplicateSums::new(1, 100, 2);
/// sums.person(7);
/// sums.add(1, [10, 100, 3650]);
/// let sums = sums.finish();
/// assert!(sums[0].is_empty()); // nobody had anything there
/// let mut weights = [0; 100];
/// PoissonWeights::new(1).fill(7, &mut weights);
/// assert_eq!(sums[1][5], [10, 100, 3650].map(|v| v * i128::from(weights[5])));
/// ```
#[derive(Debug)]
pub struct ReplicateSums {
    weights: PoissonWeights,
    replicates: usize,
    /// The current person's.
    drawn: Vec<u8>,
    /// Weights of the batch, by tile, person and replicate within the tile.
    lanes: Vec<[f64; TILE]>,
    people: usize,
    /// Amounts of the batch, by cell.
    entries: Vec<Vec<Entry>>,
    touched: Vec<usize>,
    /// Sums so far by cell and tile: small enough to be exact.
    running: Vec<Vec<[[f64; TILE]; 3]>>,
    /// What no running sum of the cell can be above.
    bound: Vec<f64>,
    exact: Vec<Triples>,
}

impl ReplicateSums {
    /// No people yet, for so many cells.
    pub fn new(seed: u64, replicates: usize, cells: usize) -> Self {
        let tiles = replicates.div_ceil(TILE);
        Self {
            weights: PoissonWeights::new(seed),
            replicates,
            drawn: vec![0; replicates],
            lanes: vec![[0.0; TILE]; tiles * BATCH],
            people: 0,
            entries: vec![Vec::new(); cells],
            touched: Vec::new(),
            running: vec![Vec::new(); cells],
            bound: vec![0.0; cells],
            exact: vec![Vec::new(); cells],
        }
    }

    /// Begins a person, under a key that names them in every partition.
    pub fn person(&mut self, key: u64) {
        if self.replicates == 0 {
            return;
        }
        if self.people == BATCH {
            self.multiply();
            self.people = 0;
        }
        self.weights.fill(key, &mut self.drawn);
        for (tile, drawn) in self.drawn.chunks(TILE).enumerate() {
            let lane = &mut self.lanes[tile * BATCH + self.people];
            for (to, &weight) in lane.iter_mut().zip(drawn) {
                *to = f64::from(weight);
            }
        }
        self.people += 1;
    }

    /// Adds amounts of the person begun last.
    pub fn add(&mut self, cell: usize, amounts: [i128; 3]) {
        if self.replicates == 0 {
            return;
        }
        let amount = amounts.map(|a| a as f64);
        let largest = amount.iter().fold(0.0_f64, |m, a| m.max(a.abs()));
        // One batch may hold this much in every row and still be exact.
        if largest * MOST * BATCH as f64 > EXACT {
            return self.add_large(cell, amounts);
        }
        if self.bound[cell] + largest * MOST > EXACT {
            self.multiply();
            self.keep_last();
            self.settle(cell);
        }
        self.bound[cell] += largest * MOST;
        let entries = &mut self.entries[cell];
        if entries.is_empty() {
            self.touched.push(cell);
        }
        entries.push(Entry {
            person: self.people - 1,
            amounts: amount,
        });
    }

    /// Amounts too large for floating-point sums.
    fn add_large(&mut self, cell: usize, amounts: [i128; 3]) {
        let exact = &mut self.exact[cell];
        exact.resize(self.replicates, [0; 3]);
        for (sums, &weight) in exact.iter_mut().zip(&self.drawn) {
            for (sum, amount) in sums.iter_mut().zip(amounts) {
                *sum += amount * i128::from(weight);
            }
        }
    }

    /// Multiplies the batch's weights and amounts.
    fn multiply(&mut self) {
        let tiles = self.replicates.div_ceil(TILE);
        for &cell in &self.touched {
            self.running[cell].resize(tiles, [[0.0; TILE]; 3]);
        }
        for tile in 0..tiles {
            let lanes = &self.lanes[tile * BATCH..][..BATCH];
            for &cell in &self.touched {
                product(&mut self.running[cell][tile], lanes, &self.entries[cell]);
            }
        }
        for &cell in &self.touched {
            self.entries[cell].clear();
        }
        self.touched.clear();
    }

    /// Begins a batch with the person begun last, who may have more to come.
    fn keep_last(&mut self) {
        let last = self.people - 1;
        for batch in self.lanes.chunks_mut(BATCH) {
            batch[0] = batch[last];
        }
        self.people = 1;
    }

    /// Moves a cell's running sums to the exact ones.
    fn settle(&mut self, cell: usize) {
        self.bound[cell] = 0.0;
        if self.running[cell].is_empty() {
            return;
        }
        let exact = &mut self.exact[cell];
        exact.resize(self.replicates, [0; 3]);
        for (sums, tile) in exact.chunks_mut(TILE).zip(&mut self.running[cell]) {
            for (lane, sum) in sums.iter_mut().enumerate() {
                for (sum, running) in sum.iter_mut().zip(&*tile) {
                    *sum += running[lane] as i128;
                }
            }
            *tile = [[0.0; TILE]; 3];
        }
    }

    /// The sums by cell; none for a cell that nobody had anything in.
    pub fn finish(mut self) -> Vec<Triples> {
        self.multiply();
        for cell in 0..self.exact.len() {
            self.settle(cell);
        }
        self.exact
    }
}

/// Adds weights times amounts of one tile and cell.
fn product(sums: &mut [[f64; TILE]; 3], lanes: &[[f64; TILE]], entries: &[Entry]) {
    let [mut a, mut b, mut c] = *sums;
    for entry in entries {
        let weights = &lanes[entry.person];
        let [x, y, z] = entry.amounts;
        for i in 0..TILE {
            a[i] += weights[i] * x;
            b[i] += weights[i] * y;
            c[i] += weights[i] * z;
        }
    }
    *sums = [a, b, c];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A person's key, and amounts by cell.
    type One = (u64, Vec<(usize, [i128; 3])>);

    /// The same sums, one product at a time.
    fn plain(seed: u64, replicates: usize, people: &[One]) -> Vec<Triples> {
        let mut out = vec![Vec::new(); 4];
        let mut drawn = vec![0; replicates];
        for (key, amounts) in people {
            PoissonWeights::new(seed).fill(*key, &mut drawn);
            for (cell, amounts) in amounts {
                let sums: &mut Triples = &mut out[*cell];
                sums.resize(replicates, [0; 3]);
                for (sum, &weight) in sums.iter_mut().zip(&drawn) {
                    for (sum, amount) in sum.iter_mut().zip(amounts) {
                        *sum += amount * i128::from(weight);
                    }
                }
            }
        }
        out
    }

    fn fast(seed: u64, replicates: usize, people: &[One]) -> Vec<Triples> {
        let mut sums = ReplicateSums::new(seed, replicates, 4);
        for (key, amounts) in people {
            sums.person(*key);
            for (cell, amounts) in amounts {
                sums.add(*cell, *amounts);
            }
        }
        sums.finish()
    }

    #[test]
    fn more_people_than_a_batch_and_sums_beyond_the_exact_range() {
        // Each amount fits, and their sum passes 2⁵³ many times.
        let people: Vec<_> = (0..1_000)
            .map(|i| {
                (
                    i,
                    vec![(i as usize % 3, [8_000_000_000_000 - i128::from(i), -3, 7])],
                )
            })
            .collect();
        assert_eq!(fast(3, 21, &people), plain(3, 21, &people));
    }

    #[test]
    fn no_replicates_and_nobody_are_empty() {
        assert_eq!(
            fast(1, 0, &[(1, vec![(0, [1, 1, 1])])]),
            vec![Triples::new(); 4]
        );
        assert_eq!(fast(1, 9, &[]), vec![Triples::new(); 4]);
    }

    proptest! {
        #[test]
        fn sums_are_those_of_one_product_at_a_time(
            people in prop::collection::vec(
                (0u64..50, prop::collection::vec(
                    (0usize..4, prop::array::uniform3(prop_oneof![
                        -1_000_000_000i128..1_000_000_000,
                        -9_000_000_000_000i128..9_000_000_000_000,
                        Just(1i128 << 90),
                    ])), 0..5)),
                0..300,
            ),
            replicates in 1usize..40,
        ) {
            prop_assert_eq!(fast(5, replicates, &people), plain(5, replicates, &people));
        }
    }
}
