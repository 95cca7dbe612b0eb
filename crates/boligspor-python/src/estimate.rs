//! The estimators of `boligspor.estimate`: columns in, tables out.
//!
//! Columns come as one frame whose names are the arguments'; groups, clusters
//! and people as codes that Python has made. What is fitted stays here, so that
//! quantiles and means are read off it without fitting again.

use boligspor::estimate::{
    self, ConfType, CumulativeIncidence, Estimate, EstimateError, GroupTest, HazardType,
    IncidenceCurve, IncidenceVariance, OccupancyOptions, PseudoTarget, Sequences, StateOccupancy,
    StateRows, SurvivalCurve, SurvivalOptions, SurvivalType, TestOptions,
};
use boligspor::{Error, Result};
use polars::prelude::{Column, DataFrame, DataType, NamedFrom, Series};
use pyo3::prelude::*;
use serde::Deserialize;

use crate::arrow;
use crate::frame::Frame;
use crate::interrupt::interruptible;
use crate::options;

/// Options shared by the curves, as Python sends them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    groups: usize,
    start_time: Option<f64>,
    robust: Option<bool>,
    conf_type: ConfType,
    conf_level: f64,
    exponential: bool,
    fleming_harrington: bool,
    variance: Option<String>,
}

/// The columns of one call, each absent or as long as the others.
#[derive(Default, Clone)]
struct Columns {
    numbers: Vec<(String, Vec<f64>)>,
    codes: Vec<(String, Vec<u32>)>,
}

impl Columns {
    fn read(frame: &DataFrame) -> Result<Self> {
        let mut columns = Self::default();
        for column in frame.columns() {
            let name = column.name().to_string();
            let unread = || Error::option(&name, "cannot be read", "give numbers without nulls");
            let whole = column.dtype() == &DataType::UInt32;
            if whole {
                let codes = column.u32().map_err(|_| unread())?;
                let codes: Option<Vec<u32>> = codes.iter().collect();
                columns
                    .codes
                    .push((name.clone(), codes.ok_or_else(unread)?));
            } else {
                let numbers = column.f64().map_err(|_| unread())?;
                let numbers: Option<Vec<f64>> = numbers.iter().collect();
                columns
                    .numbers
                    .push((name.clone(), numbers.ok_or_else(unread)?));
            }
        }
        Ok(columns)
    }

    fn numbers(&self, name: &str) -> Option<&[f64]> {
        self.numbers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, column)| column.as_slice())
    }

    fn codes(&self, name: &str) -> Option<&[u32]> {
        self.codes
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, column)| column.as_slice())
    }

    fn needed(&self, name: &str) -> &[f64] {
        self.numbers(name).unwrap_or_default()
    }

    fn needed_codes(&self, name: &str) -> &[u32] {
        self.codes(name).unwrap_or_default()
    }

    fn flags(&self, name: &str) -> Vec<bool> {
        self.needed_codes(name)
            .iter()
            .map(|&code| code != 0)
            .collect()
    }

    /// The rows of each group, codes of clusters and people made dense anew.
    fn by_group(self, groups: usize) -> Vec<Self> {
        let Some(group) = self.codes("group").map(<[u32]>::to_vec) else {
            return vec![self];
        };
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); groups];
        for (row, &group) in group.iter().enumerate() {
            if let Some(rows) = rows.get_mut(group as usize) {
                rows.push(row);
            }
        }
        let part = |rows: &Vec<usize>| Self {
            numbers: self
                .numbers
                .iter()
                .map(|(name, column)| (name.clone(), rows.iter().map(|&r| column[r]).collect()))
                .collect(),
            codes: self
                .codes
                .iter()
                .map(|(name, column)| {
                    let codes: Vec<u32> = rows.iter().map(|&r| column[r]).collect();
                    let own = matches!(name.as_str(), "id" | "cluster");
                    (name.clone(), if own { dense(&codes) } else { codes })
                })
                .collect(),
        };
        rows.iter().map(part).collect()
    }

    fn survival_options<'a>(&'a self, given: &Options) -> SurvivalOptions<'a> {
        SurvivalOptions {
            entry: self.numbers("entry"),
            weights: self.numbers("weights"),
            cluster: self.codes("cluster"),
            id: self.codes("id"),
            start_time: given.start_time,
            robust: given.robust,
            survival: if given.exponential {
                SurvivalType::Exponential
            } else {
                SurvivalType::ProductLimit
            },
            hazard: if given.fleming_harrington {
                HazardType::FlemingHarrington
            } else {
                HazardType::NelsonAalen
            },
            conf_type: given.conf_type,
            conf_level: given.conf_level,
            ..SurvivalOptions::default()
        }
    }
}

/// Codes `0..` in the order of the given ones.
fn dense(codes: &[u32]) -> Vec<u32> {
    let mut known = codes.to_vec();
    known.sort_unstable();
    known.dedup();
    codes
        .iter()
        .map(|code| known.partition_point(|k| k < code) as u32)
        .collect()
}

/// Reads columns, fits every group, with the interpreter released.
fn fit<T: Send>(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
    one: impl Fn(&Columns, &Options) -> std::result::Result<T, EstimateError> + Send,
) -> PyResult<Vec<T>> {
    let frame = arrow::import("columns", columns)?;
    let options = options.to_owned();
    interruptible(py, move |_| {
        let options: Options = options::read("options", &options)?;
        let groups = Columns::read(&frame)?.by_group(options.groups);
        drop(frame);
        Ok(groups
            .iter()
            .map(|g| one(g, &options))
            .collect::<std::result::Result<_, _>>()?)
    })
}

/// Collects the columns of a table.
#[derive(Default)]
struct Table {
    group: Vec<u32>,
    code: Vec<u32>,
    numbers: Vec<(&'static str, Vec<f64>)>,
}

impl Table {
    fn add(&mut self, group: usize, code: usize, row: &[(&'static str, f64)]) {
        self.group.push(group as u32);
        self.code.push(code as u32);
        if self.numbers.is_empty() {
            self.numbers = row.iter().map(|(name, _)| (*name, Vec::new())).collect();
        }
        for ((_, column), (_, value)) in self.numbers.iter_mut().zip(row) {
            column.push(*value);
        }
    }

    fn frame(self, code: Option<&str>) -> PyResult<Frame> {
        let mut columns = vec![Column::from(Series::new("group".into(), &self.group))];
        if let Some(name) = code {
            columns.push(Column::from(Series::new(name.into(), &self.code)));
        }
        columns.extend(
            self.numbers
                .iter()
                .map(|(name, c)| Column::from(Series::new((*name).into(), c))),
        );
        let frame = DataFrame::new(self.group.len(), columns)
            .map_err(|_| pyo3::exceptions::PyRuntimeError::new_err("a table of unequal columns"))?;
        Ok(Frame::new(&frame))
    }
}

fn spread(e: &Estimate) -> [(&'static str, f64); 4] {
    [
        ("estimate", e.estimate),
        ("std_error", e.std_error),
        ("low", e.interval.low),
        ("high", e.interval.high),
    ]
}

/// Survival curves, one a group.
#[pyclass(frozen, module = "boligspor._core")]
pub(crate) struct Survival(Vec<SurvivalCurve>);

#[pymethods]
impl Survival {
    #[new]
    fn new(py: Python<'_>, columns: &Bound<'_, PyAny>, options: &str) -> PyResult<Self> {
        fit(py, columns, options, |c, given| {
            estimate::kaplan_meier(
                c.needed("duration"),
                &c.flags("event"),
                &c.survival_options(given),
            )
        })
        .map(Self)
    }

    #[pyo3(signature = (times=None))]
    fn table(&self, times: Option<Vec<f64>>) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, c) in self.0.iter().enumerate() {
            if let Some(times) = &times {
                let mut seen = (0.0, 0.0);
                for (p, &time) in c.at(times).iter().zip(times) {
                    // Events and censorings up to each time, since the one before.
                    let sum = |column: &[f64]| -> f64 {
                        column[..c.time.partition_point(|&t| t <= time)]
                            .iter()
                            .sum()
                    };
                    let until = (sum(&c.n_event), sum(&c.n_censor));
                    let (n_event, n_censor) = (until.0 - seen.0, until.1 - seen.1);
                    seen = until;
                    table.add(
                        g,
                        0,
                        &[
                            ("time", time),
                            ("n_risk", p.n_risk),
                            ("n_event", n_event),
                            ("n_censor", n_censor),
                            ("estimate", p.estimate),
                            ("std_error", p.std_error),
                            ("low", p.interval.low),
                            ("high", p.interval.high),
                        ],
                    );
                }
            } else {
                for r in 0..c.time.len() {
                    table.add(
                        g,
                        0,
                        &[
                            ("time", c.time[r]),
                            ("n_risk", c.n_risk[r]),
                            ("n_event", c.n_event[r]),
                            ("n_censor", c.n_censor[r]),
                            ("estimate", c.estimate[r]),
                            ("std_error", c.std_error[r]),
                            ("low", c.low[r]),
                            ("high", c.high[r]),
                        ],
                    );
                }
            }
        }
        table.frame(None)
    }

    fn quantile(&self, py: Python<'_>, probabilities: Vec<f64>) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, c) in self.0.iter().enumerate() {
            for q in c
                .quantile(&probabilities)
                .map_err(|e| crate::error::to_py(py, e.into()))?
            {
                table.add(
                    g,
                    0,
                    &[
                        ("probability", q.probability),
                        ("time", q.time),
                        ("low", q.interval.low),
                        ("high", q.interval.high),
                    ],
                );
            }
        }
        table.frame(None)
    }

    fn restricted_mean(&self, py: Python<'_>, tau: f64) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, c) in self.0.iter().enumerate() {
            let mean = c
                .restricted_mean(tau)
                .map_err(|e| crate::error::to_py(py, e.into()))?;
            table.add(g, 0, &spread(&mean));
        }
        table.frame(None)
    }

    fn origins(&self) -> Vec<f64> {
        self.0.iter().map(|c| c.origin).collect()
    }
}

/// Cumulative hazards of each group as a table.
#[pyfunction]
pub(crate) fn nelson_aalen(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
) -> PyResult<Frame> {
    let curves = fit(py, columns, options, |c, given| {
        estimate::nelson_aalen(
            c.needed("duration"),
            &c.flags("event"),
            &c.survival_options(given),
        )
    })?;
    let mut table = Table::default();
    for (g, c) in curves.iter().enumerate() {
        for r in 0..c.time.len() {
            table.add(
                g,
                0,
                &[
                    ("time", c.time[r]),
                    ("n_risk", c.n_risk[r]),
                    ("n_event", c.n_event[r]),
                    ("n_censor", c.n_censor[r]),
                    ("estimate", c.estimate[r]),
                    ("std_error", c.std_error[r]),
                    ("low", c.low[r]),
                    ("high", c.high[r]),
                ],
            );
        }
    }
    table.frame(None)
}

/// Cumulative incidences, one set a group.
#[pyclass(frozen, module = "boligspor._core")]
pub(crate) struct Incidence(Vec<CumulativeIncidence>);

#[pymethods]
impl Incidence {
    #[new]
    fn new(py: Python<'_>, columns: &Bound<'_, PyAny>, options: &str) -> PyResult<Self> {
        fit(py, columns, options, |c, given| {
            let variance = match given.variance.as_deref() {
                Some("delta") => IncidenceVariance::Delta,
                Some("infinitesimal_jackknife") => IncidenceVariance::InfinitesimalJackknife,
                _ => IncidenceVariance::Aalen,
            };
            let options = c.survival_options(given);
            estimate::aalen_johansen(
                c.needed("duration"),
                c.needed_codes("cause"),
                &options,
                variance,
            )
        })
        .map(Self)
    }

    /// Rows of cause 0 are the event-free probability.
    #[pyo3(signature = (times=None))]
    fn table(&self, times: Option<Vec<f64>>) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, c) in self.0.iter().enumerate() {
            let curves = std::iter::once(&c.event_free).chain(&c.causes);
            for (cause, curve) in curves.enumerate() {
                let initial = f64::from(u8::from(cause == 0));
                add_rows(
                    &mut table,
                    (g, cause),
                    times.as_deref(),
                    &c.time,
                    &c.n_risk,
                    &c.n_censor,
                    &Curve::of(curve, initial),
                );
            }
        }
        table.frame(Some("cause"))
    }

    fn restricted_means(&self, py: Python<'_>, tau: f64) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, c) in self.0.iter().enumerate() {
            let means = c
                .restricted_means(tau)
                .map_err(|e| crate::error::to_py(py, e.into()))?;
            for (cause, mean) in means.iter().enumerate() {
                table.add(g, cause, &spread(mean));
            }
        }
        table.frame(Some("cause"))
    }
}

/// The columns that incidences and states have in common.
struct Curve<'a> {
    n_event: &'a [f64],
    estimate: &'a [f64],
    std_error: &'a [f64],
    low: &'a [f64],
    high: &'a [f64],
    initial: f64,
}

impl<'a> Curve<'a> {
    fn of(curve: &'a IncidenceCurve, initial: f64) -> Self {
        Self {
            n_event: &curve.n_event,
            estimate: &curve.estimate,
            std_error: &curve.std_error,
            low: &curve.low,
            high: &curve.high,
            initial,
        }
    }
}

/// Adds a curve's own times, or its values at given ones.
fn add_rows(
    table: &mut Table,
    (group, code): (usize, usize),
    times: Option<&[f64]>,
    time: &[f64],
    n_risk: &[f64],
    n_censor: &[f64],
    curve: &Curve,
) {
    let mut add = |at: f64, risk: f64, events: f64, censored: f64, row: Option<usize>| {
        let read = |column: &[f64], before: f64| row.map_or(before, |r| column[r]);
        table.add(
            group,
            code,
            &[
                ("time", at),
                ("n_risk", risk),
                ("n_event", events),
                ("n_censor", censored),
                ("estimate", read(curve.estimate, curve.initial)),
                ("std_error", read(curve.std_error, 0.0)),
                ("low", read(curve.low, curve.initial)),
                ("high", read(curve.high, curve.initial)),
            ],
        );
    };
    let Some(times) = times else {
        for r in 0..time.len() {
            add(time[r], n_risk[r], curve.n_event[r], n_censor[r], Some(r));
        }
        return;
    };
    let mut seen = (0.0, 0.0);
    for &at in times {
        let after = time.partition_point(|&t| t <= at);
        let until = (
            curve.n_event[..after].iter().sum::<f64>(),
            n_censor[..after].iter().sum::<f64>(),
        );
        let risk = n_risk
            .get(time.partition_point(|&t| t < at))
            .copied()
            .unwrap_or(0.0);
        add(
            at,
            risk,
            until.0 - seen.0,
            until.1 - seen.1,
            after.checked_sub(1),
        );
        seen = until;
    }
}

/// Occupancy of states, one set a group.
#[pyclass(frozen, module = "boligspor._core")]
pub(crate) struct Occupancy(Vec<StateOccupancy>);

#[pymethods]
impl Occupancy {
    #[new]
    fn new(py: Python<'_>, columns: &Bound<'_, PyAny>, options: &str) -> PyResult<Self> {
        fit(py, columns, options, |c, given| {
            let rows = StateRows {
                id: c.needed_codes("id"),
                start: c.needed("start"),
                stop: c.needed("stop"),
                state: c.needed_codes("state"),
                initial: c.codes("initial"),
            };
            let options = OccupancyOptions {
                weights: c.numbers("weights"),
                cluster: c.codes("cluster"),
                start_time: given.start_time,
                conf_type: given.conf_type,
                conf_level: given.conf_level,
                ..OccupancyOptions::default()
            };
            estimate::state_occupancy(&rows, &options)
        })
        .map(Self)
    }

    #[pyo3(signature = (times=None))]
    fn table(&self, times: Option<Vec<f64>>) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, o) in self.0.iter().enumerate() {
            for (state, s) in o.states.iter().enumerate() {
                let curve = Curve {
                    n_event: &s.n_event,
                    estimate: &s.estimate,
                    std_error: &s.std_error,
                    low: &s.low,
                    high: &s.high,
                    initial: o.initial[state],
                };
                add_rows(
                    &mut table,
                    (g, state),
                    times.as_deref(),
                    &o.time,
                    &s.n_risk,
                    &s.n_censor,
                    &curve,
                );
            }
        }
        table.frame(Some("state"))
    }

    fn sojourn(&self, py: Python<'_>, tau: f64) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, o) in self.0.iter().enumerate() {
            let means = o
                .sojourn(tau)
                .map_err(|e| crate::error::to_py(py, e.into()))?;
            for (state, mean) in means.iter().enumerate() {
                table.add(g, state, &spread(mean));
            }
        }
        table.frame(Some("state"))
    }
}

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

/// The log-rank test.
#[pyfunction]
pub(crate) fn log_rank(py: Python<'_>, columns: &Bound<'_, PyAny>, rho: f64) -> PyResult<Tested> {
    let frame = arrow::import("columns", columns)?;
    interruptible(py, move |_| {
        let c = Columns::read(&frame)?;
        let options = TestOptions {
            entry: c.numbers("entry"),
            strata: c.codes("strata"),
            rho,
            ..TestOptions::default()
        };
        let (event, group) = (c.flags("event"), c.needed_codes("group"));
        Ok(tested(estimate::log_rank(
            c.needed("duration"),
            &event,
            group,
            &options,
        )?))
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
    let frame = arrow::import("columns", columns)?;
    interruptible(py, move |_| {
        let c = Columns::read(&frame)?;
        let options = TestOptions {
            strata: c.codes("strata"),
            rho,
            ..TestOptions::default()
        };
        let (cause, group) = (c.needed_codes("cause"), c.needed_codes("group"));
        Ok(tested(estimate::gray_test(
            c.needed("duration"),
            cause,
            group,
            of,
            &options,
        )?))
    })
}

/// Pseudo-values, row by row: of survival, or of the cause `of`.
#[pyfunction]
#[pyo3(signature = (columns, times, restricted_mean, of=None))]
pub(crate) fn pseudo_values(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    times: Vec<f64>,
    restricted_mean: bool,
    of: Option<u32>,
) -> PyResult<Vec<f64>> {
    let frame = arrow::import("columns", columns)?;
    interruptible(py, move |_| {
        let c = Columns::read(&frame)?;
        let options = SurvivalOptions {
            entry: c.numbers("entry"),
            weights: c.numbers("weights"),
            id: c.codes("id"),
            ..SurvivalOptions::default()
        };
        let target = if restricted_mean {
            PseudoTarget::RestrictedMean
        } else {
            PseudoTarget::Probability
        };
        let (duration, cause) = (c.needed("duration"), c.needed_codes("cause"));
        if let Some(of) = of {
            return Ok(estimate::incidence_pseudo_values(
                duration, cause, of, &times, target, &options,
            )?);
        }
        let event: Vec<bool> = cause.iter().map(|&c| c != 0).collect();
        Ok(estimate::pseudo_values(
            duration, &event, &times, target, &options,
        )?)
    })
}

/// Mean cumulative functions of each group as a table.
#[pyfunction]
pub(crate) fn mean_cumulative(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
) -> PyResult<Frame> {
    let curves = fit(py, columns, options, |c, given| {
        let (id, start, stop) = (c.needed_codes("id"), c.needed("start"), c.needed("stop"));
        let options = SurvivalOptions {
            entry: None,
            id: None,
            ..c.survival_options(given)
        };
        estimate::mean_cumulative(id, start, stop, c.needed("amount"), &options)
    })?;
    let mut table = Table::default();
    for (g, c) in curves.iter().enumerate() {
        for r in 0..c.time.len() {
            table.add(
                g,
                0,
                &[
                    ("time", c.time[r]),
                    ("n_risk", c.n_risk[r]),
                    ("n_event", c.n_event[r]),
                    ("estimate", c.estimate[r]),
                    ("std_error", c.std_error[r]),
                    ("low", c.low[r]),
                    ("high", c.high[r]),
                ],
            );
        }
    }
    table.frame(None)
}

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
    let frame = arrow::import("codes", codes)?;
    interruptible(py, move |_| {
        let c = Columns::read(&frame)?;
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
