//! What placement did to costs: people placed beside people who were not.
//!
//! Before/after alone misleads, because placement follows a peak: part of the
//! fall afterwards would have come anyway. [`compare_costs`] takes comparison
//! people from the same register, with an index event of the same kind in the
//! same calendar year and no placement by then, follows both from their own
//! time zero, and takes the difference of their changes since a year before the
//! peak began. Nobody is chosen by what comes after, and nothing is matched on
//! earlier costs (Daw & Hatfield 2018, *Health Services Research* 53).
//!
//! Unlike the other analyses this one is not a sum over people: propensities and
//! covariances need everyone at once, so there is no summary to merge. The
//! costs it rests on are observed person by person, as elsewhere.

mod adjust;
mod design;
mod estimate;
mod naive;
mod net_cost;
mod people;
mod release;
mod result;

pub use design::{Adjust, Comparators, Design};
pub use net_cost::{NetCost, ProgrammeCost, Scenario, net_cost};
pub use result::{CostEffect, compare_costs};

#[cfg(test)]
mod release_tests;
#[cfg(test)]
mod tests;
