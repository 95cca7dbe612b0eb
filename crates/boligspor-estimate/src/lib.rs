//! Estimators for evaluation research, on plain slices.
//!
//! This room knows statistics and nothing else: no tables, no dates, no words
//! of the domain. Durations are numbers in whatever unit the caller counts,
//! groups and states are dense indices. Each function cites its source and
//! says what it assumes; results agree with R's survival to nine digits
//! (`docs/validation.md`).
//!
//! Summaries that end in `Counts` are mergeable: sums of integers over people,
//! so that curves from partitions equal the curve of the whole bit for bit.

mod bootstrap;
mod chi_squared;
pub mod concordance;
pub mod cox;
mod cox_baseline;
mod cox_exact;
mod cox_firth;
mod cox_likelihood;
mod cox_ph_test;
mod cox_residuals;
mod cox_rows;
mod error;
mod fit_warning;
pub mod funnel;
mod interval;
mod linear;
pub mod overdispersion;
mod poisson;
mod proportion;
mod quantile;
#[cfg(test)]
mod sample;
pub mod standardise;
mod transitions;

pub use bootstrap::{PoissonWeights, bootstrap_t_interval, percentile_interval};
pub use chi_squared::ChiSquared;
pub use error::{EstimateError, Result};
pub use fit_warning::FitWarning;
pub use interval::{ConfType, Interval, normal_quantile, normal_quantile_two_sided};
pub use poisson::exact_limits;
pub use proportion::{clopper_pearson, wilson};
pub use transitions::{Occupancy, Sojourn, TransitionCounts};
