//! Difference in differences and event studies for treatment that begins at
//! different times.
//!
//! [`att_gt`] estimates the effect on each group (units first treated in the
//! same period) in each period, and averages them. Rows are a unit in a period;
//! periods are whole numbers, of which only order and distance matter.

mod aggregate;
mod att_gt;
mod cells;
mod design;
mod effect;
mod influence;
mod layout;
mod levels;
mod multiplier;
mod options;
mod repeated;
mod sample;
mod simultaneous;
mod sums;
mod warning;

pub use aggregate::{Aggregate, AggregateRow, Aggregation, Window};
pub use att_gt::{AttGt, GroupTime, PreTrend, att_gt};
pub use effect::EffectEstimate;
pub use options::{AttGtOptions, Base, Control, Method, Unbalanced};
pub use sample::DidData;
pub use warning::{DidWarning, Missing};
