//! The first room: typed tables, their contract, and the rules that check them.

mod columns;

pub use columns::{Costs, NO_DWELLING, NO_ROW, People, Placements, Stays};
