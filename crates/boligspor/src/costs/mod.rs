//! Cost trajectories: what people cost before, in and after the placement year.
//!
//! [`trajectory`] does it all. Beneath it are the three verbs:
//! [`CostSummary::observe`], [`CostSummary::merge`], [`CostSummary::estimate`].

mod exposure;
mod prices;
mod result;
mod spec;
mod summary;

pub use result::{CostTrajectory, regression_to_the_mean, trajectory};
pub use spec::{CostSpec, Period};
pub use summary::{CellSums, CostSummary, PeriodSums, StratumSums};

#[cfg(test)]
mod tests;
