//! Means of costs on columns: `boligspor.estimate`.

use boligspor::estimate;
use boligspor::estimate::censored_cost::{
    CensoredCostMean, CensoredCostOptions, CostHistory, CostWarning, censored_cost_mean_by,
};
use pyo3::prelude::*;

use crate::estimate::Held;
use crate::interrupt::{guarded, interruptible};
use crate::options;

/// Estimate, error and limits; people and complete; smallest K; whether both
/// ends of a row belong to it; warnings by kind and text.
type MeanRow = (
    (f64, f64, f64, f64),
    (usize, usize),
    f64,
    bool,
    Vec<(&'static str, String)>,
);

/// Mean cost under censoring, by the codes of the column `by`.
#[pyfunction]
pub(crate) fn estimate_censored_cost(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
) -> PyResult<Vec<MeanRow>> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let options: CensoredCostOptions = options::read("options", options)?;
        let columns = held.columns()?;
        let rows = CostHistory {
            id: columns.needed_codes("id"),
            start: columns.needed("start"),
            stop: columns.needed("stop"),
            cost: columns.needed("cost"),
            follow_up: columns.needed("follow_up"),
            complete: columns.flags("complete"),
        };
        let by = columns.needed_codes("by");
        let means = censored_cost_mean_by(&rows, by, &options)?;
        Ok(means.iter().map(|(_, mean)| mean_row(mean)).collect())
    })
}

fn mean_row(mean: &CensoredCostMean) -> MeanRow {
    let estimate = mean.estimate;
    let warnings = mean.warnings.iter().map(|w| (kind(w), w.to_string()));
    (
        (
            estimate.estimate,
            estimate.std_error,
            estimate.interval.low,
            estimate.interval.high,
        ),
        (mean.people, mean.complete),
        mean.smallest_weight,
        mean.inclusive,
        warnings.collect(),
    )
}

fn kind(warning: &CostWarning) -> &'static str {
    match warning {
        CostWarning::SmallWeight { .. } => "small-weight",
        CostWarning::CostAfterFollowUp { .. } => "cost-after-follow-up",
        CostWarning::NobodyAtLimit => "nobody-at-limit",
        CostWarning::Biased => "biased",
        _ => "other",
    }
}

/// The `z` of a two-sided interval.
#[pyfunction]
pub(crate) fn normal_quantile_two_sided(py: Python<'_>, level: f64) -> PyResult<f64> {
    guarded(py, || Ok(estimate::normal_quantile_two_sided(level)?))
}
