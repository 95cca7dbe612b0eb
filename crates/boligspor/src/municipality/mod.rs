//! Municipal comparison: who does better than their case mix predicts.

mod spec;

pub use spec::CompareSpec;
