//! Difference in differences and event studies for treatment that begins at
//! different times.
//!
//! [`att_gt`] estimates the effect on each group (units first treated in the
//! same period) in each period, and averages them. Rows are a unit in a period;
//! periods are whole numbers, of which only order and distance matter.
//!
//! Comparators, for a reader who knows them: [`sun_abraham`], [`imputation_did`]
//! and [`twfe`], the last with the comparisons that it is made of. What could be
//! wrong: [`peak_diagnostic`] (entry at a peak), [`base_sensitivity`] (another
//! base), [`Aggregate::sensitivity`] (trends that are not parallel).

mod aggregate;
mod att_gt;
mod bacon;
mod base_sensitivity;
mod cells;
mod design;
mod effect;
mod few_clusters;
mod imputation;
mod influence;
mod layout;
mod levels;
mod multiplier;
mod options;
mod panel_ols;
mod panel_rows;
mod peak;
mod regression;
mod repeated;
mod sample;
mod sensitivity;
mod simultaneous;
mod sums;
mod warning;

pub use aggregate::{Aggregate, AggregateRow, Aggregation, Window};
pub use att_gt::{AttGt, GroupTime, PreTrend, att_gt};
pub use bacon::{BaconKind, BaconPart};
pub use base_sensitivity::base_sensitivity;
pub use effect::EffectEstimate;
pub use few_clusters::{SmallCluster, WildOptions, WildWeights};
pub use imputation::{Imputation, ImputationOptions, imputation_did};
pub use options::{AttGtOptions, Base, Control, Method, Unbalanced};
pub use peak::{Peak, PeakRow, peak_diagnostic};
pub use regression::{RegressionEffect, SunAbraham, Twfe, sun_abraham, twfe};
pub use sample::DidData;
pub use sensitivity::{BaseRow, EventStudy, Sensitivity, SensitivityRow};
pub use warning::{DidWarning, Missing};
