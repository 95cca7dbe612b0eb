//! Cumulative incidence under competing risks.

use boligspor::estimate::{self, CumulativeIncidence, IncidenceVariance};
use pyo3::prelude::*;

use super::columns::{Columns, Options, fit};
use super::survival::raised;
use super::table::{Table, steps};
use crate::frame::Frame;

/// The variance asked for by name and by `robust`. As R's: undecided, it is
/// robust if there are clusters or weights that are not whole.
fn variance(columns: &Columns<'_>, given: &Options) -> IncidenceVariance {
    let fractional = |w: &[f64]| w.iter().any(|w| w.fract() != 0.0);
    let robust = given.robust.unwrap_or_else(|| {
        columns.codes("cluster").is_some() || columns.numbers("weights").is_some_and(fractional)
    });
    match given.variance.as_deref() {
        _ if robust => IncidenceVariance::InfinitesimalJackknife,
        Some("infinitesimal_jackknife") => IncidenceVariance::InfinitesimalJackknife,
        Some("delta") => IncidenceVariance::Delta,
        _ => IncidenceVariance::Aalen,
    }
}

/// Cumulative incidences, one set a group.
#[pyclass(frozen, module = "boligspor._core")]
pub(crate) struct Incidence(Vec<CumulativeIncidence>);

#[pymethods]
impl Incidence {
    #[new]
    fn new(py: Python<'_>, columns: &Bound<'_, PyAny>, options: &str) -> PyResult<Self> {
        fit(py, columns, options, |c, given| {
            let (variance, mut options) = (variance(c, given), c.survival_options(given));
            if variance != IncidenceVariance::InfinitesimalJackknife {
                options.cluster = None;
            }
            let (duration, cause) = (c.needed("duration"), c.needed_codes("cause"));
            estimate::aalen_johansen(duration, cause, &options, variance)
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
                table.curve((g, cause), times.as_deref(), &steps!(c, curve, initial));
            }
        }
        table.frame(Some("cause"))
    }

    fn restricted_means(&self, py: Python<'_>, tau: f64) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, c) in self.0.iter().enumerate() {
            let means = c.restricted_means(tau).map_err(|e| raised(py, e))?;
            for (cause, mean) in means.iter().enumerate() {
                table.estimate(g, cause, mean);
            }
        }
        table.frame(Some("cause"))
    }

    /// Cumulative cause-specific hazards; of cause 0, that of any event.
    fn hazards(&self) -> PyResult<Frame> {
        let mut table = Table::default();
        for (g, c) in self.0.iter().enumerate() {
            let curves = std::iter::once(&c.event_free).chain(&c.causes);
            for (cause, curve) in curves.enumerate() {
                let columns = [
                    ("time", c.time.as_slice()),
                    ("n_risk", &c.n_risk),
                    ("n_event", &curve.n_event),
                    ("estimate", &curve.cumulative_hazard),
                    ("std_error", &curve.cumulative_hazard_std_error),
                ];
                table.rows(g, cause, &columns);
            }
        }
        table.frame(Some("cause"))
    }
}
