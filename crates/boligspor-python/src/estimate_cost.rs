//! Means of costs on columns: `boligspor.estimate`.

use boligspor::estimate::censored_cost::{
    CensoredCostMean, CensoredCostOptions, CostHistory, CostWarning, censored_cost_mean_by,
};
use boligspor::estimate::mean_interval::{
    MeanData, MeanInterval, MeanOptions, MeanWarning, concentration, mean_difference,
    mean_interval, median_interval,
};
use boligspor::estimate::{self, CostEffectiveness, Estimate, RatioSet};
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

/// What a set of ratios is: its shape, and its two ends where it has any.
type Ratios = (&'static str, Option<f64>, Option<f64>);

fn ratios(set: RatioSet) -> Ratios {
    match set {
        RatioSet::Interval(i) => ("interval", Some(i.low), Some(i.high)),
        RatioSet::Outside { below, above } => ("outside", Some(below), Some(above)),
        RatioSet::Everything => ("everything", None, None),
    }
}

/// Fieller's set of ratios.
#[pyfunction]
pub(crate) fn fieller_set(
    py: Python<'_>,
    numerator: f64,
    denominator: f64,
    variance: [f64; 2],
    covariance: f64,
    level: f64,
) -> PyResult<Ratios> {
    guarded(py, || {
        let set = estimate::fieller_set(numerator, denominator, variance, covariance, level)?;
        Ok(ratios(set))
    })
}

/// Two groups' costs and effects compared.
#[pyclass(frozen, name = "CostEffectiveness", module = "boligspor._core")]
pub(crate) struct PyCostEffectiveness(CostEffectiveness);

#[pymethods]
impl PyCostEffectiveness {
    #[new]
    fn new(
        py: Python<'_>,
        columns: &Bound<'_, PyAny>,
        replicates: usize,
        seed: u64,
        level: f64,
    ) -> PyResult<Self> {
        let held = Held::import(columns)?;
        interruptible(py, |_| {
            let columns = held.columns()?;
            let key = columns.codes("person");
            let key: Option<Vec<u64>> = key.map(|k| k.iter().map(|c| u64::from(*c)).collect());
            let found = estimate::cost_effectiveness(
                columns.needed("cost"),
                columns.needed("effect"),
                columns.flags("treated"),
                key.as_deref(),
                replicates,
                seed,
                level,
            )?;
            Ok(Self(found))
        })
    }

    /// Differences in cost and effect, their variances, their covariance, the ratio.
    fn estimates(&self) -> (f64, f64, f64, f64, f64, Option<f64>) {
        let of = &self.0;
        (
            of.difference.cost,
            of.difference.effect,
            of.cost_variance,
            of.effect_variance,
            of.covariance,
            of.ratio,
        )
    }

    /// Fieller's set, and the bootstrap interval of the ratio.
    fn sets(&self) -> (Ratios, Option<(f64, f64)>) {
        (
            ratios(self.0.fieller),
            self.0.bootstrap.map(|i| (i.low, i.high)),
        )
    }

    /// Treated and control people.
    fn people(&self) -> [usize; 2] {
        self.0.people
    }

    /// Effect and cost of each replicate.
    fn plane(&self) -> (Vec<f64>, Vec<f64>) {
        self.0.plane.iter().map(|p| (p.effect, p.cost)).unzip()
    }

    /// Shares by quadrant: more effect for more, for less; less for less, for more.
    fn quadrants(&self) -> [f64; 4] {
        let q = self.0.quadrants();
        [
            q.more_for_more,
            q.more_for_less,
            q.less_for_less,
            q.less_for_more,
        ]
    }

    /// Net benefit, its error and limits, and the share that accepts, at each price.
    fn acceptability(
        &self,
        py: Python<'_>,
        prices: Vec<f64>,
    ) -> PyResult<Vec<(f64, f64, f64, f64, f64)>> {
        guarded(py, || {
            let curve = self.0.acceptability(&prices)?;
            Ok(curve
                .iter()
                .map(|b| {
                    (
                        b.estimate,
                        b.std_error,
                        b.interval.low,
                        b.interval.high,
                        b.acceptable,
                    )
                })
                .collect())
        })
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
