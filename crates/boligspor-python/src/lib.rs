//! The extension module `boligspor._core`: it converts and calls, no more.
//!
//! Tables cross by the Arrow C stream interface, options as JSON that the
//! library's own serde types read, and errors as the exceptions that
//! `boligspor.errors` defines. What a user sees is the package
//! `python/boligspor`; nothing here is meant to be called by hand.
#![allow(
    clippy::needless_pass_by_value,
    clippy::type_complexity,
    reason = "PyO3 hands arguments over by value, and optional columns in options"
)]

mod arrow;
mod cohort;
mod definition;
mod did;
mod did_compare;
mod disclosure;
mod error;
mod estimate;
mod estimate_comparison;
mod estimate_cost;
mod estimate_units;
mod frame;
mod hmis;
mod import_registers;
mod interrupt;
mod municipal;
mod options;
mod register;
mod released;
mod result;
mod study;
mod synth;
mod tables;

use pyo3::prelude::*;

/// The module. Its stub is `python/boligspor/_core.pyi`.
#[pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::cohort::{PyCohort, cost_label, design_describe, scenario_describe};
    #[pymodule_export]
    use crate::definition::{
        definition_describe, definition_preset, definition_validate, places, presets,
    };
    #[pymodule_export]
    use crate::did::{PyAttGt, estimate_att_gt};
    #[pymodule_export]
    use crate::did_compare::{
        PyImputation, PySunAbraham, PyTwfe, estimate_base_sensitivity, estimate_imputation,
        estimate_peak, estimate_sensitivity, estimate_sun_abraham, estimate_twfe,
    };
    #[pymodule_export]
    use crate::disclosure::{
        PyPopulation, PyRelease, disclosure_check, disclosure_describe, disclosure_ledger,
        disclosure_policies,
    };
    #[pymodule_export]
    use crate::estimate::{
        Hazard, Incidence, Occupancy, Recurrent, Survival, bootstrap_incidence,
        bootstrap_occupancy, bootstrap_survival, censoring_weights, check_rows, compare_means,
        gap_times, gray_test, log_rank, log_rank_permutation, pseudo_values, sequences,
    };
    #[pymodule_export]
    use crate::estimate::{
        PyAdjusted, PyCox, PyFineGray, PyGlm, estimate_compare_curves, estimate_concordance,
        estimate_cox, estimate_fine_gray, estimate_glm, estimate_standardised_curves,
    };
    #[pymodule_export]
    use crate::estimate_comparison::{estimate_balance, estimate_match, estimate_weights};
    #[pymodule_export]
    use crate::estimate_cost::{
        PyCostEffectiveness, estimate_censored_cost, estimate_concentration,
        estimate_mean_interval, estimate_median, fieller_set, normal_quantile_two_sided,
    };
    #[pymodule_export]
    use crate::estimate_units::{
        PyProfile, PyShrinkage, count_limits, direct_rates, expected_events, false_discovery,
        ranks, resampled_limits_py, share_limits,
    };
    #[pymodule_export]
    use crate::frame::Frame;
    #[pymodule_export]
    use crate::hmis::{hmis_measures, import_hmis};
    #[pymodule_export]
    use crate::import_registers::import_registers;
    #[pymodule_export]
    use crate::municipal::{municipal, tile_lines, tiles};
    #[pymodule_export]
    use crate::register::{PyCheckReport, PyRegister, check_tables, contract, rules};
    #[pymodule_export]
    use crate::released::{PyReleased, release_costs, release_retention};
    #[pymodule_export]
    use crate::result::{PyComparison, PyCosts, PyRetention};

    #[pymodule_export]
    use crate::study::{main, run};
    #[pymodule_export]
    use crate::synth::{synth, synth_write};
    #[pymodule_export]
    use crate::tables::PyTables;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
