//! Sequences of states, one a period.

use boligspor::estimate::{self, Sequences};
use pyo3::prelude::*;

use super::columns::Held;
use crate::interrupt::interruptible;

/// Shares by period, numbers known, entropies; then rates, numbers at risk and
/// counts of transitions; then mean periods in each state.
type Sequenced = (
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
    Vec<f64>,
);

/// All that is read off sequences; `codes` are one more than the state, 0 where
/// it is unknown, person by person.
#[pyfunction]
#[pyo3(signature = (codes, periods, states, weights=None))]
pub(crate) fn sequences(
    py: Python<'_>,
    codes: &Bound<'_, PyAny>,
    periods: usize,
    states: usize,
    weights: Option<Vec<f64>>,
) -> PyResult<Sequenced> {
    let held = Held::import(codes)?;
    interruptible(py, move |_| {
        let c = held.columns()?;
        let codes: Vec<Option<u16>> = c
            .needed_codes("code")
            .iter()
            .map(|&code| code.checked_sub(1).map(|c| c as u16))
            .collect();
        let sequences = Sequences {
            codes: &codes,
            periods,
            states,
            weights: weights.as_deref(),
        };
        let shares = estimate::state_distribution(&sequences)?;
        let rates = estimate::transition_rates(&sequences)?;
        let means = estimate::mean_time_in_state(&sequences)?;
        Ok((
            shares.share,
            shares.known,
            shares.entropy,
            rates.rate,
            rates.at_risk,
            rates.count,
            means,
        ))
    })
}
