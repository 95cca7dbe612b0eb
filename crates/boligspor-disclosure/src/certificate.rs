//! The proof that goes with a release.
//!
//! For each sum that must stay unknown, two whole-numbered worlds that agree
//! with everything published and differ in it by the policy's width. A reader
//! who doubts can recompute it: it is a function of the published rows alone.

use serde::{Deserialize, Serialize};

use crate::rows::{Guard, PublicRows, Target};

/// Proof that what was withheld stays unknown. Holds nothing unpublished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The policy's name and version.
    pub policy: String,
    /// Worlds by block: the cells of the block with their values.
    pub blocks: Vec<BlockProof>,
}

/// The worlds of one independent block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockProof {
    /// The open cells of the block, ascending.
    pub cells: Vec<u32>,
    /// Worlds: (position in `cells`, value), what is not named is 0.
    pub worlds: Vec<Vec<(u32, i128)>>,
    /// What the worlds prove.
    pub proofs: Vec<Proof>,
}

/// Two worlds that differ in one sum of cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The cells summed, ascending.
    pub cells: Vec<u32>,
    /// The world in which the sum is small.
    pub small: u32,
    /// The world in which it is large.
    pub large: u32,
}

/// A sum that is not shown to stay unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// Its cells.
    pub cells: Vec<u32>,
    /// What of it should stay unknown.
    pub guard: Guard,
}

/// All that must stay unknown: every single cell of persons, so that nobody can
/// tell from the list which are small, and the targets named.
pub(crate) fn all_targets(public: &PublicRows) -> Vec<Target> {
    use crate::rows::Measure;
    let single = (0..public.cells.len() as u32)
        .filter(|&cell| public.cells[cell as usize] == Measure::Persons)
        .map(|cell| Target {
            cells: vec![cell],
            guard: Guard::Width,
        });
    let mut all: Vec<Target> = single.collect();
    all.extend(public.targets.iter().cloned());
    all.sort_by(|a, b| (&a.cells, a.guard as u8).cmp(&(&b.cells, b.guard as u8)));
    all.dedup();
    all
}
