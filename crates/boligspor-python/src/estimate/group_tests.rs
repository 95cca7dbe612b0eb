//! Tests that compare groups.

use boligspor::estimate::{self, EstimateError, GroupTest, TestOptions};
use pyo3::prelude::*;

use super::columns::{Columns, Held};
use crate::interrupt::interruptible;

/// Statistic, degrees of freedom, P value, observed, expected and variance.
type Tested = (f64, usize, f64, Vec<f64>, Vec<f64>, Vec<f64>);

fn tested(test: GroupTest) -> Tested {
    (
        test.statistic,
        test.df,
        test.p_value,
        test.observed,
        test.expected,
        test.variance,
    )
}

/// Tests the columns, entry and strata among the options.
fn with_columns<T: Send>(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    rho: f64,
    test: impl FnOnce(&Columns<'_>, &TestOptions<'_>) -> Result<T, EstimateError> + Send,
) -> PyResult<T> {
    let held = Held::import(columns)?;
    interruptible(py, move |_| {
        let columns = held.columns()?;
        let options = TestOptions {
            entry: columns.numbers("entry"),
            strata: columns.codes("strata"),
            rho,
            ..TestOptions::default()
        };
        Ok(test(&columns, &options)?)
    })
}

/// The log-rank test; with scores, that of a trend over the groups.
#[pyfunction]
#[pyo3(signature = (columns, rho, scores=None))]
pub(crate) fn log_rank(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    rho: f64,
    scores: Option<Vec<f64>>,
) -> PyResult<Tested> {
    with_columns(py, columns, rho, |c, options| {
        let (duration, event) = (c.needed("duration"), c.flags("event"));
        let group = c.needed_codes("group");
        let test = match scores {
            None => estimate::log_rank(duration, event, group, options)?,
            Some(scores) => estimate::log_rank_trend(duration, event, group, &scores, options)?,
        };
        Ok(tested(test))
    })
}

/// The permutation P value of the log-rank test.
#[pyfunction]
pub(crate) fn log_rank_permutation(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    rho: f64,
    draws: usize,
    seed: u64,
) -> PyResult<f64> {
    with_columns(py, columns, rho, |c, options| {
        let (duration, event) = (c.needed("duration"), c.flags("event"));
        let group = c.needed_codes("group");
        estimate::log_rank_permutation(duration, event, group, options, draws, seed)
    })
}

/// Gray's test of the cause with the code `of`.
#[pyfunction]
pub(crate) fn gray_test(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    of: u32,
    rho: f64,
) -> PyResult<Tested> {
    with_columns(py, columns, rho, |c, options| {
        let (cause, group) = (c.needed_codes("cause"), c.needed_codes("group"));
        estimate::gray_test(c.needed("duration"), cause, group, of, options).map(tested)
    })
}
