//! Observed over expected with what is not known of the risk model.
//!
//! Exact limits of a unit's ratio take its expected number as given. Here people
//! are drawn again with replacement (Poisson weights), the model is fitted again
//! to them, and every unit is held against its new expected number, so that the
//! interval counts the model's uncertainty, and that a unit is part of the whole
//! it is compared with.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use super::cells::Cells;
use super::search::Search;
use super::{Fitted, UnitData, UnitOptions, average, fit, validate};
use crate::bootstrap::percentile_interval;
use crate::draws::poisson;
use crate::error::{EstimateError, Result, valid_level};
use crate::interval::Interval;

/// How often and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BootstrapOptions {
    /// Replicates; 0 for none.
    pub replicates: usize,
    /// Of the draws. A replicate's stream is keyed by (seed, replicate), so the
    /// result depends on neither threads nor the order of rows.
    pub seed: u64,
    /// Level of the intervals.
    pub level: f64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self {
            replicates: 1000,
            seed: 0,
            level: 0.95,
        }
    }
}

/// A unit beside what its people's risks lead to expect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitRatio {
    /// The caller's number of the unit.
    pub unit: u32,
    /// Events.
    pub observed: f64,
    /// Sum of its people's chances at the average effect.
    pub expected: f64,
    /// Percentile interval of observed over expected; none without replicates,
    /// and none for a unit with no events or only events, whose replicates would
    /// all be alike in that.
    pub interval: Option<Interval>,
}

/// Observed over expected of each unit, in rising order of their numbers.
///
/// A replicate gives every person an independent Poisson(1) weight; people of one
/// cell with the same outcome are alike, so that the sum of their weights is one
/// Poisson number. The model is fitted again in each, with the same penalty.
/// Source: Davison & Hinkley (1997), *Bootstrap Methods and Their Application*,
/// ch. 3 and §7.2.
///
/// # Errors
/// As [`unit_logistic`](super::unit_logistic); a level outside (0, 1).
///
/// ```
/// use boligspor_estimate::unit_logistic::*;
/// let data = UnitData {
///     events: &[10.0, 25.0, 50.0, 75.0],
///     trials: &[100.0, 100.0, 100.0, 100.0],
///     covariates: &[&[0.0, 1.0, 0.0, 1.0]],
///     unit: &[0, 0, 1, 1],
/// };
/// let bootstrap = BootstrapOptions { replicates: 200, ..Default::default() };
/// let found = observed_over_expected(&data, &UnitOptions::default(), &bootstrap)?;
/// let within = found[0].interval.unwrap();
/// let ratio = found[0].observed / found[0].expected;
/// assert!(within.low < ratio && ratio < within.high && within.high < 1.0);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn observed_over_expected(
    data: &UnitData,
    options: &UnitOptions,
    bootstrap: &BootstrapOptions,
) -> Result<Vec<UnitRatio>> {
    validate(data, options)?;
    valid_level(bootstrap.level)?;
    let cells = Cells::new(data);
    let (fitted, penalised) = fit(&cells, options);
    let draws: Vec<Vec<f64>> = (0..bootstrap.replicates)
        .into_par_iter()
        .map(|replicate| {
            let drawn = drawn(&cells, bootstrap.seed, replicate as u64);
            let again = Search {
                cells: &drawn,
                penalised,
                tolerance: SETTLED,
                most: options.max_iterations,
            }
            .run(Some((&started(&fitted, &drawn, penalised), &fitted.slopes)));
            expected(&drawn, &again)
                .iter()
                .enumerate()
                .map(|(g, e)| drawn.sums(g).0 / e)
                .collect()
        })
        .collect();
    expected(&cells, &fitted)
        .into_iter()
        .enumerate()
        .map(|(g, expected)| {
            let (observed, people) = cells.sums(g);
            // A unit nobody of whom was drawn says nothing in that replicate.
            let mut own: Vec<f64> = draws
                .iter()
                .map(|d| d[g])
                .filter(|v| v.is_finite())
                .collect();
            let varies = observed > 0.0 && observed < people && !own.is_empty();
            Ok::<_, EstimateError>(UnitRatio {
                unit: cells.labels[g],
                observed,
                expected,
                interval: varies
                    .then(|| percentile_interval(&mut own, bootstrap.level))
                    .transpose()?,
            })
        })
        .collect()
}

/// A replicate moves by far more than this from the next.
const SETTLED: f64 = 1e-6;

/// Sum of the chances at the average effect, by unit.
fn expected(cells: &Cells, fitted: &Fitted) -> Vec<f64> {
    let average = average(&fitted.effects, cells);
    (0..cells.units())
        .map(|g| {
            cells
                .rows_of(g)
                .map(|i| {
                    let eta = average + crate::linear::dot(cells.row(i), &fitted.slopes);
                    cells.trials[i] / (1.0 + (-eta).exp())
                })
                .sum()
        })
        .collect()
}

/// The same cells with as many of their people as were drawn.
fn drawn(cells: &Cells, seed: u64, replicate: u64) -> Cells {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&replicate.to_le_bytes());
    // Keeps this stream apart from any other use of the same seed.
    key[16..].copy_from_slice(b"unit-logistic\0\0\0");
    let mut stream = ChaCha8Rng::from_seed(key);
    let mut out = cells.clone();
    for (events, trials) in out.events.iter_mut().zip(&mut out.trials) {
        let others = *trials - *events;
        *events = poisson(*events, &mut stream);
        *trials = *events + poisson(others, &mut stream);
    }
    out
}

/// Where a replicate's search starts: at the fit, without the penalty infinite
/// for units that have none of one outcome, and their own share for those that
/// had none before.
fn started(fitted: &Fitted, drawn: &Cells, penalised: bool) -> Vec<f64> {
    fitted
        .effects
        .iter()
        .enumerate()
        .map(|(g, effect)| {
            let (events, people) = drawn.sums(g);
            if penalised {
                *effect
            } else if people == 0.0 || events == 0.0 {
                f64::NEG_INFINITY
            } else if events == people {
                f64::INFINITY
            } else {
                *effect
            }
        })
        .collect()
}
