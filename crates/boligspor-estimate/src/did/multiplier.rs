//! The multiplier bootstrap: influences summed with random signs.
//!
//! In each replicate a unit's influence keeps its sign or changes it, each with
//! chance one half, by a random bit that is a function of (seed, unit,
//! replicate) alone. Influences of eight units are first added up with each of
//! the 256 patterns of signs; a replicate then looks its pattern up, an eighth
//! of the additions. Nothing is held by unit and replicate: the sums of sixteen
//! units are added to those of all replicates and forgotten.
//!
//! Sources: Callaway & Sant'Anna (2021), *Journal of Econometrics* 225,
//! algorithm 1; the table is the "method of four Russians" (Arlazarov et al. 1970).

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const PATTERNS: usize = 256;
const BYTE: usize = 8;
/// Columns summed side by side: a table of them fits into the nearest cache
/// twice, with room for the sums.
const LANES: usize = 4;
/// Rows taken together, by two tables.
const ROWS: usize = 2 * BYTE;

type Lanes = [f64; LANES];

/// Random signs for replicates of one analysis.
pub(super) struct Multipliers {
    seed: u64,
    replicates: usize,
}

impl Multipliers {
    pub(super) fn new(seed: u64, replicates: usize) -> Self {
        Self { seed, replicates }
    }

    /// The sums of `columns` under each replicate's signs of the rows, as a row
    /// of columns for each replicate.
    pub(super) fn sums(&self, keys: &[i64], columns: &[Vec<f64>]) -> Vec<f64> {
        let bytes = self.replicates.div_ceil(BYTE);
        if bytes == 0 {
            return Vec::new();
        }
        let mut sums = vec![[0.0; LANES]; columns.len().div_ceil(LANES) * bytes * BYTE];
        let mut bits = vec![0u8; ROWS * bytes];
        let mut patterns = [vec![0u8; bytes * BYTE], vec![0u8; bytes * BYTE]];
        let mut tables = [[[0.0; LANES]; PATTERNS]; 2];
        for from in (0..keys.len()).step_by(ROWS) {
            let own = &keys[from..keys.len().min(from + ROWS)];
            for (bits, key) in bits.chunks_exact_mut(bytes).zip(own) {
                self.bits(*key, bits);
            }
            for (patterns, bits) in patterns.iter_mut().zip(bits.chunks_exact(BYTE * bytes)) {
                transpose(bits, bytes, patterns);
            }
            let blocks = columns
                .chunks(LANES)
                .zip(sums.chunks_exact_mut(bytes * BYTE));
            for (block, sums) in blocks {
                for (half, table) in tables.iter_mut().enumerate() {
                    let start = keys.len().min(from + half * BYTE);
                    tabulate(block, start..keys.len().min(start + BYTE), table);
                }
                add(&tables, &patterns, sums);
            }
        }
        let k = columns.len();
        let mut out = vec![0.0; self.replicates * k];
        for (c, sums) in sums.chunks_exact(bytes * BYTE).enumerate() {
            for (out, sums) in out.chunks_exact_mut(k).zip(sums) {
                for (out, sum) in out[c * LANES..].iter_mut().zip(sums) {
                    *out = *sum;
                }
            }
        }
        out
    }

    fn bits(&self, key: i64, out: &mut [u8]) {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&key.to_le_bytes());
        // Keeps this stream apart from any other use of the same seed and key.
        seed[16..].copy_from_slice(b"did-multipliers\0");
        ChaCha8Rng::from_seed(seed).fill_bytes(out);
    }
}

/// Adds to every replicate the entries that its patterns point to.
fn add(tables: &[[Lanes; PATTERNS]; 2], patterns: &[Vec<u8>; 2], sums: &mut [Lanes]) {
    let patterns = patterns[0].iter().zip(&patterns[1]);
    for (sums, (first, second)) in sums.iter_mut().zip(patterns) {
        let (a, b) = (
            &tables[0][usize::from(*first)],
            &tables[1][usize::from(*second)],
        );
        for lane in 0..LANES {
            sums[lane] += a[lane] + b[lane];
        }
    }
}

/// Turns eight rows of bits into a byte for each replicate.
fn transpose(bits: &[u8], bytes: usize, out: &mut [u8]) {
    for (b, out) in out.chunks_exact_mut(BYTE).enumerate() {
        let mut block = 0u64;
        for row in 0..BYTE {
            block |= u64::from(bits[row * bytes + b]) << (BYTE * row);
        }
        // Hacker's Delight, 7-3: swap within 2×2, 4×4 and 8×8 blocks.
        let mut swap = (block ^ (block >> 7)) & 0x00aa_00aa_00aa_00aa;
        block ^= swap ^ (swap << 7);
        swap = (block ^ (block >> 14)) & 0x0000_cccc_0000_cccc;
        block ^= swap ^ (swap << 14);
        swap = (block ^ (block >> 28)) & 0x0000_0000_f0f0_f0f0;
        block ^= swap ^ (swap << 28);
        out.copy_from_slice(&block.to_le_bytes());
    }
}

/// Sums of up to eight rows under every pattern of signs.
fn tabulate(columns: &[Vec<f64>], rows: Range<usize>, table: &mut [Lanes; PATTERNS]) {
    table[0] = [0.0; LANES];
    for (sum, column) in table[0].iter_mut().zip(columns) {
        *sum = -column[rows.clone()].iter().sum::<f64>();
    }
    for row in 0..BYTE {
        let mut twice = [0.0; LANES];
        if row < rows.len() {
            for (value, column) in twice.iter_mut().zip(columns) {
                *value = 2.0 * column[rows.start + row];
            }
        }
        let (known, rest) = table.split_at_mut(1 << row);
        for (entry, known) in rest.iter_mut().zip(known.iter()) {
            for lane in 0..LANES {
                entry[lane] = known[lane] + twice[lane];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_signs_one_by_one() {
        let keys: Vec<i64> = (0..21).map(|i| i * 7 - 3).collect();
        let columns: Vec<Vec<f64>> = (1..7)
            .map(|c| (0..21).map(|i| f64::from(i * c % 11) - 4.5).collect())
            .collect();
        let multipliers = Multipliers::new(5, 37);
        let sums = multipliers.sums(&keys, &columns);
        for replicate in 0..37 {
            for (c, column) in columns.iter().enumerate() {
                let direct: f64 = keys
                    .iter()
                    .zip(column)
                    .map(|(key, value)| {
                        let mut bits = vec![0; 5];
                        multipliers.bits(*key, &mut bits);
                        let bit = bits[replicate / 8] >> (replicate % 8) & 1;
                        if bit == 1 { *value } else { -value }
                    })
                    .sum();
                assert!((sums[replicate * 6 + c] - direct).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn more_replicates_keep_the_first_ones() {
        let columns = [vec![1.0, 2.0, 3.0]];
        let few = Multipliers::new(1, 10).sums(&[4, 5, 6], &columns);
        let many = Multipliers::new(1, 900).sums(&[4, 5, 6], &columns);
        assert_eq!(few, many[..10]);
    }
}
