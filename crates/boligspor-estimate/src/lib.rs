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

mod aalen_johansen;
pub mod adjusted;
mod adjusted_prediction;
mod adjusted_robust;
mod adjusted_weighting;
mod band;
mod bootstrap;
mod bootstrap_people;
pub mod censored_cost;
mod chain;
mod chi_squared;
mod compare_means;
pub mod comparison;
pub mod concordance;
mod cost_effectiveness;
mod count_limits;
pub mod cox;
mod cox_baseline;
mod cox_exact;
mod cox_firth;
mod cox_likelihood;
mod cox_ph_test;
mod cox_residuals;
mod cox_rows;
mod cox_standardised;
mod curve;
pub mod did;
mod draws;
mod error;
mod event_counts;
mod false_discovery;
mod fieller;
pub mod fine_gray;
mod fit_warning;
pub mod funnel;
pub mod glm;
mod glm_design;
mod gray_test;
mod interval;
mod ipcw;
mod kaplan_meier;
pub mod kappa;
mod linear;
mod linear_form;
mod log_rank;
mod mean_cumulative;
pub mod mean_interval;
mod moments;
mod multiplicity;
pub mod neighbours;
mod nelson_aalen;
mod options;
pub mod overdispersion;
mod penalty;
mod period_totals;
mod poisson;
pub mod profile;
mod proportion;
mod pseudo_values;
mod quantile;
pub mod queue;
pub mod ranks;
mod replicate_sums;
pub mod resampled;
mod risk;
mod row_check;
mod running;
#[cfg(test)]
mod sample;
pub mod shrinkage;
mod slots;
pub mod standardise;
mod state_distribution;
mod state_occupancy;
mod term;
mod transitions;
pub mod unit_logistic;

pub use aalen_johansen::{CumulativeIncidence, IncidenceCurve, IncidenceVariance, aalen_johansen};
pub use adjusted::compare_curves;
pub use band::{Band, BandType};
pub use bootstrap::{PoissonWeights, bootstrap_t_interval, percentile_interval};
pub use bootstrap_people::{Bootstrap, BootstrapOptions, bootstrap};
pub use censored_cost::{censored_cost_mean, censored_cost_mean_by};
pub use chi_squared::{ChiSquared, normal_p_value};
pub use compare_means::{MeanComparison, compare_means};
pub use concordance::concordance;
pub use cost_effectiveness::{
    CostEffectiveness, CostsAndEffects, NetBenefit, PlanePoint, Quadrants, cost_effectiveness,
    weighted_cost_effectiveness,
};
pub use cox::cox;
pub use cox_standardised::{StandardisedCurve, standardised_curves};
pub use curve::{CurvePoint, Estimate, Quantile, SurvivalCurve};
pub use error::{EstimateError, Result};
pub use event_counts::EventCounts;
pub use fieller::{RatioSet, fieller_set};
pub use fine_gray::fine_gray;
pub use fit_warning::FitWarning;
pub use glm::glm;
pub use gray_test::gray_test;
pub use interval::{ConfType, Interval, normal_quantile, normal_quantile_two_sided};
pub use ipcw::censoring_weights;
pub use kaplan_meier::kaplan_meier;
pub use log_rank::{GroupTest, TestOptions, log_rank, log_rank_permutation, log_rank_trend};
pub use mean_cumulative::{GapTimes, MeanCumulative, gap_times, mean_cumulative};
pub use multiplicity::{Difference, holm, independent_difference};
pub use nelson_aalen::{CumulativeHazard, nelson_aalen};
pub use options::{HazardType, SurvivalOptions, SurvivalType};
pub use penalty::Penalty;
pub use period_totals::{PeriodMean, PeriodTotals};
pub use poisson::exact_limits;
pub use proportion::{clopper_pearson, wilson, wilson_share};
pub use pseudo_values::{PseudoTarget, incidence_pseudo_values, pseudo_values};
pub use replicate_sums::{ReplicateSums, Triples};
pub use row_check::{RowFindings, StateRows, check_rows};
pub use slots::TIE_TOLERANCE;
pub use state_distribution::{
    Sequences, StateDistribution, TransitionRates, mean_time_in_state, state_distribution,
    transition_rates,
};
pub use state_occupancy::{
    OccupancyOptions, StateCurve, StateOccupancy, TransitionHazard, state_occupancy,
};
pub use term::Term;
pub use transitions::{BandOptions, Occupancy, Share, Sojourn, TransitionCounts};
