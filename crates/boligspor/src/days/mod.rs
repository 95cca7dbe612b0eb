//! Days housed: how a person's days after time zero are spent on average.
//!
//! A share housed on one day says nothing of the days between. Of the 1,096
//! days of three years, this room says how many are spent in a home, in a
//! shelter, in prison, abroad, or not lived, with their uncertainty.
//!
//! [`estimate`] does it all. Beneath it are the three verbs:
//! [`DaysSummary::observe`], [`DaysSummary::merge`], [`DaysSummary::estimate`].

mod release;
mod result;
mod spec;
mod summary;

pub(crate) use release::TABLE;
pub use result::{DaysHoused, estimate};
pub use spec::DaysSpec;
pub use summary::DaysSummary;

#[cfg(test)]
mod tests;
