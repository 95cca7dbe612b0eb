//! Groups side by side: tests, differences with their intervals, and the same
//! for groups made alike.
//!
//! Comparing groups invites three mistakes: one test stands for every question,
//! many comparisons for one, and a difference in who is in the groups for one in
//! what was done for them. So [`compare`] gives the difference at each horizon
//! and in days housed beside the tests, adjusts for the number of comparisons,
//! warns of case mix, and standardises over chosen covariates.

mod adjusted;
mod losses;
mod release;
mod result;
mod spec;

pub use losses::LossSummary;
pub use result::{GroupComparison, compare};
pub use spec::GroupsSpec;

#[cfg(test)]
mod tests;
