//! Cost trajectories: what people cost before, in and after the placement year.

mod spec;

pub use spec::{CostSpec, Period};
