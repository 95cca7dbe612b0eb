//! Housing retention: how many still have a home.

mod definition;

pub use definition::{Counted, Definition, Handling, Home, HorizonUnit, Measure};
