//! What is public: the published numbers as linear rows over atomic cells.
//!
//! Everything that an outsider can know of the data is in these types and
//! nothing else is: [`crate::certify`] takes them and no unpublished value, so
//! a certificate cannot tell more than the published numbers do.

use serde::{Deserialize, Serialize};

/// What an atomic cell measures. Both are whole numbers of at least 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Distinct persons.
    Persons,
    /// An amount, in its smallest unit.
    Amount,
}

/// A published number, or something else that an attacker may know:
/// `low ≤ Σ factor · cell ≤ high`, both ends included; no end is no bound.
///
/// Equal ends are an exact number; different ones a rounded number, or one of
/// the two sides of a rounded ratio.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Cells, ascending and each once, with their whole factors.
    pub terms: Vec<(u32, i64)>,
    /// The smallest possible value.
    pub low: Option<i128>,
    /// The largest possible value.
    pub high: Option<i128>,
}

impl Row {
    /// A sum of cells between two ends.
    pub fn sum(cells: &[u32], low: i128, high: i128) -> Self {
        Self {
            terms: cells.iter().map(|&cell| (cell, 1)).collect(),
            low: Some(low),
            high: Some(high),
        }
    }
}

/// A sum of cells, all of one measure, that must stay unknown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The cells, ascending.
    pub cells: Vec<u32>,
    /// What must stay unknown.
    pub guard: Guard,
}

/// What of a target must stay unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Its value, within the policy's width.
    Width,
    /// That it is small or nothing at all: as much as the policy's width must
    /// be possible.
    Presence,
}

/// Everything public about a release, and what must stay unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicRows {
    /// The measure of each atomic cell.
    pub cells: Vec<Measure>,
    /// Published numbers, earlier releases and other knowledge.
    pub rows: Vec<Row>,
    /// What must stay unknown beside the single cells: withheld numbers, and
    /// the ends of shares that may not be seen to be 0 % or 100 %.
    pub targets: Vec<Target>,
    /// The policy's minimum of persons.
    pub minimum: u32,
    /// The policy's width for persons.
    pub width: u32,
    /// The policy's width for amounts, in percent of the upper bound.
    pub amount_width_percent: u32,
    /// Whether a cell may be seen to be empty.
    pub zeros_shown: bool,
}
