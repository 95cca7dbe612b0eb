//! What it costs to house someone: net cost by payer, when it breaks even, and
//! what an extra day housed costs.
//!
//! A saving without a comparison is no saving, so everything here is a difference
//! of changes: people placed against people not placed, since the design's base
//! year. What the programme itself costs, where the tables don't have it, comes
//! from a [`Scenario`], so that several can stand side by side on the same people.

mod accounts;
mod curve;
mod result;
mod scenario;

pub(super) use result::Accounted;
pub use result::{NetCost, net_cost};
pub use scenario::{ProgrammeCost, Scenario};

#[cfg(test)]
mod tests;
