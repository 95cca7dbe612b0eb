//! Means of costs on columns: `boligspor.estimate`.

use boligspor::estimate::censored_cost::{
    CensoredCostMean, CensoredCostOptions, CostHistory, CostWarning, censored_cost_mean_by,
};
use boligspor::estimate::mean_interval::{
    MeanData, MeanInterval, MeanOptions, MeanWarning, concentration, mean_difference,
    mean_interval, median_interval,
};
use boligspor::estimate::{self, Estimate};
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

/// A mean: estimate, error and limits; people, share of zeros, skewness, money
/// removed by a cap; warnings.
type IntervalRow = (
    (f64, f64, f64, f64),
    (usize, f64, f64, f64),
    Vec<(&'static str, String)>,
);

/// The mean in each group of the column `by`, and each later group's less each
/// earlier one's.
#[pyfunction]
pub(crate) fn estimate_mean_interval(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    keys: Vec<u64>,
    options: &str,
) -> PyResult<(Vec<IntervalRow>, Vec<(usize, usize, (f64, f64, f64, f64))>)> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let options: MeanOptions = options::read("options", options)?;
        let by = columns.needed_codes("by");
        let (values, weights) = (columns.needed("values"), columns.numbers("weights"));
        let groups = by.iter().max().map_or(1, |last| *last as usize + 1);
        let parts: Vec<Part> = (0..groups)
            .map(|group| {
                let own = || (0..by.len()).filter(|&row| by[row] as usize == group);
                Part {
                    values: own().map(|row| values[row]).collect(),
                    keys: own().map(|row| keys[row]).collect(),
                    weights: weights.map(|w| own().map(|row| w[row]).collect()),
                }
            })
            .collect();
        let means = parts
            .iter()
            .map(|part| Ok(interval_row(&mean_interval(&part.data(), &options)?)))
            .collect::<boligspor::Result<Vec<_>>>()?;
        let mut differences = Vec::new();
        for reference in 0..groups {
            for group in reference + 1..groups {
                let (later, earlier) = (parts[group].data(), parts[reference].data());
                let found = mean_difference(&later, &earlier, &options)?;
                differences.push((group, reference, numbers(&found.difference)));
            }
        }
        Ok((means, differences))
    })
}

/// One group's columns.
struct Part {
    values: Vec<f64>,
    keys: Vec<u64>,
    weights: Option<Vec<f64>>,
}

impl Part {
    fn data(&self) -> MeanData<'_> {
        MeanData {
            values: &self.values,
            person: Some(&self.keys),
            weights: self.weights.as_deref(),
        }
    }
}

fn numbers(estimate: &Estimate) -> (f64, f64, f64, f64) {
    let interval = estimate.interval;
    (
        estimate.estimate,
        estimate.std_error,
        interval.low,
        interval.high,
    )
}

fn interval_row(mean: &MeanInterval) -> IntervalRow {
    let kind = |w: &MeanWarning| match w {
        MeanWarning::NotNormal { .. } => "not-normal",
        MeanWarning::FewPeople { .. } => "few-people",
        MeanWarning::Capped { .. } => "capped",
        _ => "other",
    };
    let warnings = mean.warnings.iter().map(|w| (kind(w), w.to_string()));
    (
        numbers(&mean.estimate),
        (mean.people, mean.zeros, mean.skewness, mean.removed),
        warnings.collect(),
    )
}

/// The median with its limits.
#[pyfunction]
pub(crate) fn estimate_median(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    level: f64,
) -> PyResult<(f64, f64, f64)> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let median = median_interval(columns.needed("values"), level)?;
        Ok((median.estimate, median.low, median.high))
    })
}

/// The share of the dearest, with its limits.
#[pyfunction]
pub(crate) fn estimate_concentration(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    keys: Vec<u64>,
    top: f64,
    replicates: usize,
    seed: u64,
    level: f64,
) -> PyResult<(f64, f64, f64)> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let values = columns.needed("values");
        let found = concentration(values, Some(&keys), top, replicates, seed, level)?;
        Ok((found.share, found.interval.low, found.interval.high))
    })
}
