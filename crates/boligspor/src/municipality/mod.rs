//! Municipal comparison: who does better than their case mix predicts.

mod comparison;
mod counts;
mod labels;
mod spec;

pub use comparison::{Comparison, compare};
pub use spec::CompareSpec;

#[cfg(test)]
mod tests;
