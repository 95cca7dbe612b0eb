//! Municipalities: who does better than their case mix predicts, and how far each
//! has put the approach in place.
//!
//! [`compare`] holds the people of a cohort against what their case mix leads to
//! expect; the others read what a register says of municipalities themselves:
//! [`peers`], [`homelessness`], [`implementation`], [`support`], [`homes`],
//! [`context`].

mod comparison;
mod context;
mod cost_means;
mod counts;
mod findings;
mod homelessness;
mod homes;
mod labels;
mod peers;
mod release;
mod risk;
mod spec;
mod standing;
mod status;
mod support;
mod tiles;

pub use comparison::{Comparison, compare};
pub use context::{ContextSpec, context};
pub use findings::Findings;
pub use homelessness::{CountSpec, homelessness};
pub use homes::{HomesSpec, RentLimit, homes};
pub(crate) use labels::Labels;
pub use peers::{PeerSpec, peers};
pub use spec::{CompareSpec, Expected};
pub use status::{Class, StatusRule, implementation};
pub use support::{Norm, ShelterRule, SupportSpec, support};
pub use tiles::TilePlace;

#[cfg(test)]
mod register_tests;
#[cfg(test)]
mod release_tests;
#[cfg(test)]
mod tests;
