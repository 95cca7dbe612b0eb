//! Comparing units, as `boligspor.estimate` calls it: standardised rates,
//! funnels, shrinkage, ranks.
//!
//! Units are few, so columns come as plain lists and go back as such; the Python
//! side names them.

use boligspor::estimate::funnel::{Dependence, false_discovery_under};
use boligspor::estimate::overdispersion::Overdispersion;
use boligspor::estimate::profile::{Figures, Profile, ProfileOptions, profile};
use boligspor::estimate::ranks::rank_intervals;
use boligspor::estimate::resampled::resampled_limits;
use boligspor::estimate::shrinkage::{
    BetweenMethod, Shrinkage, beta_binomial, gamma_poisson, normal_normal,
};
use boligspor::estimate::standardise::{
    CountLimits, DirectMethod, direct, direct_repeated, expected,
};
use boligspor::estimate::{Interval, clopper_pearson, wilson_share};
use pyo3::prelude::*;

use crate::interrupt::{guarded, interruptible};
use crate::options;

type Ends = (f64, f64);

fn ends(interval: Interval) -> Ends {
    (interval.low, interval.high)
}

/// Limits of the mean of each count.
#[pyfunction]
pub(crate) fn count_limits(
    py: Python<'_>,
    counts: Vec<u64>,
    method: &str,
    level: f64,
) -> PyResult<Vec<Ends>> {
    guarded(py, || {
        let method: CountLimits = options::named("method", method)?;
        counts
            .iter()
            .map(|&c| Ok(ends(method.of(c, level)?)))
            .collect()
    })
}

/// Limits of each share of `n`.
#[pyfunction]
pub(crate) fn share_limits(
    py: Python<'_>,
    successes: Vec<f64>,
    n: Vec<f64>,
    exact: bool,
    level: f64,
) -> PyResult<Vec<Ends>> {
    guarded(py, || {
        successes
            .iter()
            .zip(&n)
            .map(|(&s, &n)| {
                let limits = if exact {
                    clopper_pearson(s as u64, n as u64, level)
                } else {
                    wilson_share(s / n, n, level)
                };
                Ok(ends(limits?))
            })
            .collect()
    })
}

/// Events, crude rate, standardised rate, variance and interval of each group
/// of strata; a group's rows are those from one offset to the next. `squares`
/// are given where one person may have several events.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "one per argument of the Python face"
)]
pub(crate) fn direct_rates(
    py: Python<'_>,
    events: Vec<u64>,
    squares: Option<Vec<f64>>,
    population: Vec<f64>,
    standard: Vec<f64>,
    offsets: Vec<usize>,
    method: &str,
    level: f64,
) -> PyResult<Vec<(u64, f64, f64, f64, Option<Ends>)>> {
    guarded(py, || {
        let method: DirectMethod = options::named("method", method)?;
        offsets
            .windows(2)
            .map(|w| {
                let rows = w[0]..w[1];
                let (count, people) = (&events[rows.clone()], &population[rows.clone()]);
                let weight = &standard[rows.clone()];
                let rate = match &squares {
                    None => direct(count, people, weight, method, level)?,
                    Some(squares) => {
                        direct_repeated(count, &squares[rows], people, weight, method, level)?
                    }
                };
                let interval = rate.interval.map(ends);
                Ok((rate.events, rate.crude, rate.rate, rate.variance, interval))
            })
            .collect()
    })
}

/// Events expected in each group of strata at the reference's rates.
#[pyfunction]
pub(crate) fn expected_events(
    py: Python<'_>,
    reference_events: Vec<f64>,
    reference_population: Vec<f64>,
    population: Vec<f64>,
    offsets: Vec<usize>,
) -> PyResult<Vec<f64>> {
    guarded(py, || {
        offsets
            .windows(2)
            .map(|w| {
                let rows = w[0]..w[1];
                Ok(expected(
                    &reference_events[rows.clone()],
                    &reference_population[rows.clone()],
                    &population[rows],
                )?)
            })
            .collect()
    })
}

/// P values with the false discovery rate controlled.
#[pyfunction]
pub(crate) fn false_discovery(
    py: Python<'_>,
    p_values: Vec<f64>,
    dependence: &str,
) -> PyResult<Vec<f64>> {
    guarded(py, || {
        let dependence: Dependence = options::named("dependence", dependence)?;
        Ok(false_discovery_under(dependence, &p_values)?)
    })
}

/// A funnel plot as numbers.
#[pyclass(frozen, name = "Profile", module = "boligspor._core")]
pub(crate) struct PyProfile(Profile);

#[pymethods]
impl PyProfile {
    /// Ratios where `expected` is given, shares where `n` is.
    #[new]
    #[pyo3(signature = (observed, expected, n, options))]
    fn new(
        py: Python<'_>,
        observed: Vec<u64>,
        expected: Option<Vec<f64>>,
        n: Option<Vec<u64>>,
        options: &str,
    ) -> PyResult<Self> {
        guarded(py, || {
            let options: ProfileOptions = options::read("options", options)?;
            let figures = match (&expected, &n) {
                (Some(expected), _) => Figures::Ratios {
                    observed: &observed,
                    expected,
                },
                (None, n) => Figures::Shares {
                    successes: &observed,
                    n: n.as_deref().unwrap_or_default(),
                },
            };
            Ok(Self(profile(&figures, &options)?))
        })
    }

    fn target(&self) -> f64 {
        self.0.target
    }

    /// φ, τ² and the number of units they are from.
    fn excess(&self) -> Option<(f64, f64, usize)> {
        let of = |e: &Overdispersion| (e.phi, e.tau2, e.used);
        self.0.excess.as_ref().map(of)
    }

    /// Value, size, score, P value, adjusted P value, levels exceeded.
    fn units(&self) -> Vec<(f64, f64, f64, f64, f64, usize)> {
        self.0
            .units
            .iter()
            .map(|u| (u.value, u.size, u.z, u.p_value, u.adjusted, u.outside))
            .collect()
    }

    /// Limits at each level, for units of these sizes.
    fn limits(&self, py: Python<'_>, sizes: Vec<f64>) -> PyResult<Vec<Vec<Ends>>> {
        guarded(py, || {
            sizes
                .iter()
                .map(|&size| Ok(self.0.limits(size)?.into_iter().map(ends).collect()))
                .collect()
        })
    }
}

/// Limits of means by resampling pooled residuals: a row a size, a pair a level.
#[pyfunction(name = "resampled_limits")]
pub(crate) fn resampled_limits_py(
    py: Python<'_>,
    residuals: Vec<f64>,
    sizes: Vec<u64>,
    levels: Vec<f64>,
    draws: usize,
    seed: u64,
) -> PyResult<Vec<Vec<Ends>>> {
    interruptible(py, move |_| {
        let limits = resampled_limits(&residuals, &sizes, &levels, draws, seed)?;
        Ok(limits
            .into_iter()
            .map(|unit| unit.into_iter().map(ends).collect())
            .collect())
    })
}

/// Shrunken estimates.
#[pyclass(frozen, name = "Shrinkage", module = "boligspor._core")]
pub(crate) struct PyShrinkage(Shrinkage);

#[pymethods]
impl PyShrinkage {
    /// `first` and `second` are counts and expected, successes and `n`, or
    /// estimates and errors, by the model.
    #[new]
    fn new(
        py: Python<'_>,
        model: &str,
        first: Vec<f64>,
        second: Vec<f64>,
        method: &str,
        level: f64,
    ) -> PyResult<Self> {
        let whole = |column: &[f64]| column.iter().map(|v| *v as u64).collect::<Vec<_>>();
        guarded(py, || {
            Ok(Self(match model {
                "gamma-poisson" => gamma_poisson(&whole(&first), &second, level)?,
                "beta-binomial" => beta_binomial(&whole(&first), &whole(&second), level)?,
                _ => {
                    let method: BetweenMethod = options::named("method", method)?;
                    normal_normal(&first, &second, method, level)?
                }
            }))
        })
    }

    /// Mean and variance of the units' true figures.
    fn common(&self) -> (f64, f64) {
        (self.0.mean, self.0.between)
    }

    /// Crude, estimate, error, interval and reliability.
    fn units(&self) -> Vec<(f64, f64, f64, f64, f64, f64)> {
        self.0
            .units
            .iter()
            .map(|u| {
                let (low, high) = ends(u.interval);
                (u.crude, u.estimate, u.std_error, low, high, u.reliability)
            })
            .collect()
    }

    fn probability_above(&self, threshold: f64) -> Vec<f64> {
        self.0.probability_above(threshold)
    }
}

/// Rank, its interval, the chances of the outer quarters, and whether rankable.
#[pyfunction]
pub(crate) fn ranks(
    py: Python<'_>,
    estimates: Vec<f64>,
    std_errors: Vec<f64>,
    level: f64,
    draws: usize,
    seed: u64,
) -> PyResult<Vec<(usize, usize, usize, f64, f64, bool)>> {
    interruptible(py, move |_| {
        let ranks = rank_intervals(&estimates, &std_errors, level, draws, seed)?;
        Ok(ranks
            .into_iter()
            .map(|r| {
                (
                    r.rank,
                    r.low,
                    r.high,
                    r.in_top_quarter,
                    r.in_bottom_quarter,
                    r.rankable,
                )
            })
            .collect())
    })
}
