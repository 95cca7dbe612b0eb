//! The indexed columns: what the engine reads.
//!
//! On entry each person gets a dense index (0, 1, 2, … in the order of their
//! identifiers), and every table is laid out contiguously by it. From here on
//! a person is an index, and a pass over six million people is a linear read.

use crate::calendar::Day;
use crate::state::State;

/// "No dwelling", in a column of dwelling indices.
pub const NO_DWELLING: u32 = u32::MAX;

/// "No row", in a column of row numbers.
pub const NO_ROW: u32 = u32::MAX;

/// One entry a person.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Day of birth, [`NEVER`](crate::calendar::NEVER) where not known.
    pub birth: Vec<Day>,
    /// Day of death, [`NEVER`](crate::calendar::NEVER) for those not known to be dead.
    pub death: Vec<Day>,
    /// The row of the person in the `persons` table.
    pub row: Vec<u32>,
}

impl People {
    /// How many people there are.
    pub fn len(&self) -> usize {
        self.birth.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.birth.is_empty()
    }
}

/// One entry a placement (or enrolment without one), by person and then by
/// day placed (never-placed last), enrolled and row.
#[derive(Clone, Debug, Default)]
pub struct Placements {
    /// Person index.
    pub person: Vec<u32>,
    /// Day of enrolment, [`NEVER`](crate::calendar::NEVER) where not given.
    pub enrolled_on: Vec<Day>,
    /// Day of placement (allotment), `NEVER` for those enrolled and never placed.
    pub placed_on: Vec<Day>,
    /// The allotted dwelling's index, [`NO_DWELLING`] where not given.
    pub dwelling: Vec<u32>,
    /// The row in the `placements` table.
    pub row: Vec<u32>,
}

impl Placements {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.person.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.person.is_empty()
    }
}

/// Stays, contiguous by person, by start, end and row within one. Intervals
/// are `[start, end)`; ongoing ones end at `NEVER`.
#[derive(Clone, Debug, Default)]
pub struct Stays {
    /// Where each person's stays begin; one longer than the number of people.
    pub offsets: Vec<usize>,
    /// First day.
    pub start: Vec<Day>,
    /// First day no longer.
    pub end: Vec<Day>,
    /// The state.
    pub state: Vec<State>,
    /// The dwelling's index, [`NO_DWELLING`] where not given.
    pub dwelling: Vec<u32>,
    /// Index into `sources`.
    pub source: Vec<u16>,
    /// The registers the stays come from, in alphabetical order.
    pub sources: Vec<String>,
}

/// Costs, contiguous by person, by start, end and row within one.
#[derive(Clone, Debug, Default)]
pub struct Costs {
    /// Where each person's costs begin; one longer than the number of people.
    pub offsets: Vec<usize>,
    /// First day.
    pub start: Vec<Day>,
    /// First day no longer; one day after `start` for a cost on a date.
    pub end: Vec<Day>,
    /// Index into `categories`.
    pub category: Vec<u16>,
    /// Index into `payers`.
    pub payer: Vec<u16>,
    /// Amount in øre (or cents): money is summed as whole numbers, so that
    /// sums from any partition are the same to the last digit.
    pub amount: Vec<i64>,
    /// The year whose prices the amount is in.
    pub price_year: Vec<i32>,
    /// The categories, in alphabetical order.
    pub categories: Vec<String>,
    /// The payers, in alphabetical order; one unnamed where the table has none.
    pub payers: Vec<String>,
}
