//! Housing retention: how many still have a home, by a declared definition.
//!
//! [`estimate`] does it all. Beneath it are the three verbs every analysis
//! has: [`RetentionSummary::observe`] turns people into sums,
//! [`RetentionSummary::merge`] adds the sums of partitions, and
//! [`RetentionSummary::estimate`] turns sums into shares.

mod clock;
mod compare;
mod curve;
mod curve_release;
mod curve_spec;
mod definition;
mod first_loss;
mod follow;
mod path;
mod place;
mod release;
mod result;
mod summary;
mod verdict;

pub use compare::compare;
pub use curve::{CurveCounts, CurveSummary, RetentionCurve, curve};
pub use curve_spec::{CurveSpec, IntervalScale, Resolution};
pub use definition::{Counted, Definition, Handling, Home, HorizonUnit, Measure};
pub(crate) use first_loss::{FirstLoss, FirstLosses};
pub(crate) use path::allotted;
pub use place::Place;
pub(crate) use release::{HorizonShares, LOST, horizon_status, of_people, unit_of};
pub use result::{Retention, estimate};
pub use summary::{HorizonCounts, RetentionSummary, StratumCounts};
pub use verdict::explain;

#[cfg(test)]
pub(crate) mod tests;
