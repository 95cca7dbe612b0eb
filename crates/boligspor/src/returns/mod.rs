//! Returns: to homelessness after an exit from it, or home after the loss of one.
//!
//! "Returned within two years" needs a declared exit, a declared return, and an
//! account of those who died or left the country first, or were followed for
//! less long. The first return is a competing-risks question; how often people
//! return is another, answered by the mean number of returns; how long the gap
//! is after the second or third exit is a third.
//!
//! [`estimate`] does it all. Beneath it are the three verbs:
//! [`ReturnsSummary::observe`], [`ReturnsSummary::merge`],
//! [`ReturnsSummary::estimate`].

mod episodes;
mod release;
mod result;
mod spec;
mod summary;

pub use result::{Returns, estimate};
pub use spec::{ReturnTo, ReturnsSpec};
pub use summary::{ReturnCounts, ReturnsSummary};

#[cfg(test)]
mod tests;
