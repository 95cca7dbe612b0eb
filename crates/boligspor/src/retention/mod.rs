//! Housing retention: how many still have a home, by a declared definition.
//!
//! [`estimate`] does it all. Beneath it are the three verbs every analysis
//! has: [`RetentionSummary::observe`] turns people into sums,
//! [`RetentionSummary::merge`] adds the sums of partitions, and
//! [`RetentionSummary::estimate`] turns sums into shares.

mod clock;
mod compare;
mod curve;
mod curve_spec;
mod definition;
mod follow;
mod path;
mod place;
mod result;
mod summary;

pub use compare::compare;
pub use curve::{CurveCounts, CurveSummary, RetentionCurve, curve};
pub use curve_spec::{CurveSpec, IntervalScale, Resolution};
pub use definition::{Counted, Definition, Handling, Home, HorizonUnit, Measure};
pub use place::Place;
pub use result::{Retention, estimate};
pub use summary::{HorizonCounts, RetentionSummary, StratumCounts};

#[cfg(test)]
mod tests;
