//! The estimators of `boligspor.estimate`: columns in, tables out.
//!
//! Columns come as one frame whose names are the arguments'; groups as codes
//! that Python has made. What is fitted stays here, so that quantiles and means
//! are read off it without fitting again.

mod adjusted;
mod bootstrap;
mod columns;
mod cox;
mod fine_gray;
mod glm;
mod group_tests;
mod incidence;
mod model;
mod occupancy;
mod people;
mod sequence;
mod standardised;
mod survival;
mod table;

pub(crate) use adjusted::{PyAdjusted, estimate_compare_curves};
pub(crate) use bootstrap::{bootstrap_incidence, bootstrap_occupancy, bootstrap_survival};
pub(crate) use columns::Held;
pub(crate) use cox::{PyCox, estimate_concordance, estimate_cox};
pub(crate) use fine_gray::{PyFineGray, estimate_fine_gray};
pub(crate) use glm::{PyGlm, estimate_glm};
pub(crate) use group_tests::{gray_test, log_rank, log_rank_permutation};
pub(crate) use incidence::Incidence;
pub(crate) use occupancy::{Occupancy, check_rows};
pub(crate) use people::{censoring_weights, gap_times, pseudo_values};
pub(crate) use sequence::sequences;
pub(crate) use standardised::estimate_standardised_curves;
pub(crate) use survival::{Hazard, Recurrent, Survival, compare_means};

/// An estimate with its standard error and the ends of its interval.
pub(crate) type Row = (f64, f64, f64, f64);
