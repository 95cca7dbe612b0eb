//! Survival curves and cumulative hazards under censoring.
//!
//! Kaplan–Meier and Nelson–Aalen with everything an evaluation meets: late
//! entry, ties, weights, people with several rows, clusters. Counting makes one
//! linear pass; the robust variance is linear too (see [`Running`]).
//!
//! Sources: Kaplan & Meier (1958), *JASA* 53, 457–481; Aalen (1978), *Annals of
//! Statistics* 6, 701–726; Therneau & Grambsch (2000), *Modeling Survival Data*,
//! ch. 2 (variances, infinitesimal jackknife).

use crate::curve::{Influence, SurvivalCurve};
use crate::error::{EstimateError, Result, same_length};
use crate::interval::normal_quantile_two_sided;
use crate::options::{HazardType, SurvivalOptions, SurvivalType};
use crate::risk::{RiskTable, Rows};
use crate::running::Running;
use crate::slots::Slots;

/// The survival curve of `duration` until `event` (false: censored).
///
/// With the default options this is the Kaplan–Meier estimate with Greenwood's
/// variance and intervals on the log scale; [`SurvivalOptions`] gives late
/// entry, weights, clusters and the Fleming–Harrington variants. The cumulative
/// hazard comes with it.
///
/// Cost is linear in rows where times are whole numbers, else that of a sort.
///
/// # Errors
/// Columns of different length, no rows, times that are not finite, weights
/// that are negative or all zero, rows with `entry >= exit`, a bad level.
///
/// ```
/// use boligspor_estimate::{SurvivalOptions, kaplan_meier};
/// // 1, 2+, 3: S drops to 2/3 at 1 and to 0 at 3.
/// let curve = kaplan_meier(&[1.0, 2.0, 3.0], &[true, false, true], &SurvivalOptions::default())?;
/// assert_eq!(curve.time, [1.0, 2.0, 3.0]);
/// assert!((curve.estimate[1] - 2.0 / 3.0).abs() < 1e-15);
/// assert_eq!(curve.estimate[2], 0.0);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn kaplan_meier(
    duration: &[f64],
    event: &[bool],
    options: &SurvivalOptions,
) -> Result<SurvivalCurve> {
    same_length("event", event.len(), "duration", duration.len())?;
    options.check(duration.len())?;
    let robust = options.is_robust(|row| event[row]);
    let continued = options.continued(duration);
    let rows = Rows {
        exit: duration,
        entry: options.entry,
        weights: options.weights,
        kind: |row: usize| match &continued {
            Some(continued) if continued[row] && !event[row] => 2,
            _ => usize::from(event[row]),
        },
        causes: 1,
        start_time: options.start_time,
        tolerance: options.tolerance,
    };
    let (table, slots) = rows.table()?;
    let origin = options.start_time.unwrap_or_else(|| slots.time(0).min(0.0));
    let influence = if !robust {
        Influence::None
    } else if options.entry.is_none() && options.clusters().is_none() {
        Influence::Cells(table.square.clone())
    } else {
        Influence::Rows(place_rows(duration, event, options, &table, &slots)?)
    };
    fit(table, origin, options, influence)
}

/// The place of each row on the table, which the robust variance needs.
#[derive(Debug, Clone)]
pub(crate) struct PlacedRows {
    /// At risk from this table row on; from the first one without late entry.
    from: Option<Vec<u32>>,
    /// At risk until before this table row (none at all if dropped).
    pub(crate) until: Vec<u32>,
    pub(crate) event: Vec<bool>,
    pub(crate) weight: Option<Vec<f64>>,
    pub(crate) cluster: Vec<u32>,
    pub(crate) clusters: usize,
}

fn place_rows(
    duration: &[f64],
    event: &[bool],
    options: &SurvivalOptions,
    table: &RiskTable,
    slots: &Slots,
) -> Result<PlacedRows> {
    let rank = table.rows_until(slots);
    let n = duration.len();
    let until: Vec<u32> = duration.iter().map(|&t| rank[slots.slot(t)]).collect();
    // Rows left out by `start_time` end before the first table row.
    let from = options.entry.map(|entry| {
        let rows = entry.iter().zip(&until);
        rows.map(|(&t, &until)| rank[slots.slot(t)].min(until))
            .collect()
    });
    let cluster = match options.clusters() {
        Some(cluster) => cluster.to_vec(),
        None => (0..u32::try_from(n).map_err(|_| EstimateError::OutOfRange {
            argument: "duration",
            requirement: "at most 2^32 rows",
        })?)
            .collect(),
    };
    let clusters = cluster.iter().max().map_or(0, |&c| c as usize + 1);
    if clusters > n.saturating_mul(4).max(1 << 16) {
        return Err(EstimateError::OutOfRange {
            argument: "cluster",
            requirement: "codes must be dense, 0 to the number of clusters less one",
        });
    }
    let event = event.to_vec();
    Ok(PlacedRows {
        from,
        until,
        event,
        weight: options.weights.map(<[f64]>::to_vec),
        cluster,
        clusters,
    })
}

impl PlacedRows {
    pub(crate) fn from(&self, row: usize) -> u32 {
        self.from.as_ref().map_or(0, |from| from[row])
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weight.as_ref().map_or(1.0, |w| w[row])
    }

    /// Row numbers grouped by `key` (0 to `len` inclusive), by counting.
    pub(crate) fn grouped(key: &[u32], len: usize) -> (Vec<u32>, Vec<u32>) {
        let mut starts = vec![0_u32; len + 2];
        for &k in key {
            starts[k as usize + 1] += 1;
        }
        for k in 0..=len {
            starts[k + 1] += starts[k];
        }
        let mut next = starts.clone();
        let mut order = vec![0_u32; key.len()];
        for (row, &k) in key.iter().enumerate() {
            order[next[k as usize] as usize] = row as u32;
            next[k as usize] += 1;
        }
        (starts, order)
    }
}

/// How one row of the table moves the influence on a quantity: everyone at
/// risk by `tick` and everyone with the event by `-jump`, per unit of weight.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Step {
    pub(crate) tick: f64,
    pub(crate) jump: f64,
}

/// One increment of the cumulative hazard, its variance and its influence.
struct HazardStep {
    hazard: f64,
    variance: f64,
    step: Step,
}

fn hazard_step(table: &RiskTable, r: usize, kind: HazardType) -> HazardStep {
    let (n, d, count) = (table.n_risk[r], table.events(r), table.event_count[r]);
    if count == 0 {
        return HazardStep {
            hazard: 0.0,
            variance: 0.0,
            step: Step::default(),
        };
    }
    match kind {
        HazardType::NelsonAalen => HazardStep {
            hazard: table.hazard(r),
            variance: d / (n * n),
            step: Step {
                tick: d / (n * n),
                jump: 1.0 / n,
            },
        },
        HazardType::FlemingHarrington => {
            // As if `count` events of the mean weight came one by one.
            let mean = d / count as f64;
            let mut out = HazardStep {
                hazard: 0.0,
                variance: 0.0,
                step: Step::default(),
            };
            for k in 0..count {
                let left = n - k as f64 * mean;
                out.hazard += mean / left;
                out.variance += mean / (left * left);
                out.step.tick += mean / (left * left);
                out.step.jump += n / (left * left) / count as f64;
            }
            out
        }
    }
}

/// The curve from a table of risk sets.
pub(crate) fn fit(
    table: RiskTable,
    origin: f64,
    options: &SurvivalOptions,
    influence: Influence,
) -> Result<SurvivalCurve> {
    let z = normal_quantile_two_sided(options.conf_level)?;
    let len = table.len();
    let mut curve = SurvivalCurve::with_capacity(len, origin, z, options);
    let (mut survival, mut cumulative) = (1.0, 0.0);
    let (mut greenwood, mut aalen) = (0.0, 0.0);
    let mut log_steps = Vec::with_capacity(len);
    let mut hazard_steps = Vec::with_capacity(len);
    for r in 0..len {
        let hazard = hazard_step(&table, r, options.hazard);
        cumulative += hazard.hazard;
        aalen += hazard.variance;
        let log_step = match options.survival {
            SurvivalType::ProductLimit => {
                let (n, d) = (table.n_risk[r], table.events(r));
                survival *= 1.0 - table.hazard(r);
                greenwood += if d == 0.0 { 0.0 } else { d / (n * (n - d)) };
                // No influence is left once survival is zero.
                if table.all_fail[r] {
                    Step::default()
                } else {
                    Step {
                        tick: d / (n * (n - d)),
                        jump: 1.0 / (n - d),
                    }
                }
            }
            SurvivalType::Exponential => {
                survival = (-cumulative).exp();
                greenwood = aalen;
                hazard.step
            }
        };
        // With everyone gone Greenwood's sum is infinite, and the error 0·∞.
        curve.estimate.push(survival);
        curve.std_error.push(survival * greenwood.sqrt());
        curve.cumulative_hazard.push(cumulative);
        curve.cumulative_hazard_std_error.push(aalen.sqrt());
        log_steps.push(log_step);
        hazard_steps.push(hazard.step);
    }
    if !matches!(influence, Influence::None) {
        let [log_variance, hazard_variance] = match &influence {
            Influence::Rows(rows) => row_variances(rows, [&log_steps, &hazard_steps]),
            Influence::Cells(square) => [
                cell_variance(square, &log_steps),
                cell_variance(square, &hazard_steps),
            ],
            Influence::None => [vec![0.0; len], vec![0.0; len]],
        };
        for r in 0..len {
            curve.std_error[r] = curve.estimate[r] * log_variance[r].sqrt();
            curve.cumulative_hazard_std_error[r] = hazard_variance[r].sqrt();
        }
    }
    curve.finish(table, log_steps, influence);
    Ok(curve)
}

/// Without clusters or late entry, all who are at risk have one influence.
fn cell_variance(square: &[f64], steps: &[Step]) -> Vec<f64> {
    let mut at_risk: f64 = square.iter().sum();
    let (mut common, mut gone) = (0.0, 0.0);
    let mut variance = Vec::with_capacity(steps.len());
    for (step, cells) in steps.iter().zip(square.chunks_exact(2)) {
        common += step.tick;
        let (event, censored) = (cells[EVENT], cells[CENSORED]);
        at_risk -= event + censored;
        let failed: f64 = common - step.jump;
        gone += event * failed * failed;
        let lost = censored * common * common;
        variance.push(gone + lost + at_risk.max(0.0) * common * common);
        gone += lost;
    }
    variance
}

pub(crate) const CENSORED: usize = 0;
pub(crate) const EVENT: usize = 1;

/// The variances of two quantities whose influences move by `steps`.
///
/// What is needed of each row is laid out in the order it is met: reading the
/// rows themselves in that order would miss the cache at every one.
fn row_variances(rows: &PlacedRows, steps: [&[Step]; 2]) -> [Vec<f64>; 2] {
    let len = steps[0].len();
    let entering = rows.from.as_ref().map(|from| rows.in_order(from, len));
    let leaving = rows.in_order(&rows.until, len);
    let mut running = Running::<2>::new(rows.clusters);
    if entering.is_none() {
        for row in (0..rows.until.len()).filter(|&row| rows.until[row] > 0) {
            running.change(rows.cluster[row] as usize, [0.0; 2], rows.weight(row));
        }
    }
    let mut variance = steps.map(|steps| Vec::with_capacity(steps.len()));
    for r in 0..len {
        if let Some(entering) = &entering {
            for i in entering.at(r) {
                let (cluster, _, weight) = entering.row(i);
                running.change(cluster, [0.0; 2], weight);
            }
        }
        running.tick(steps.map(|steps| steps[r].tick));
        let jumps = steps.map(|steps| -steps[r].jump);
        for i in leaving.at(r + 1) {
            let (cluster, event, weight) = leaving.row(i);
            let jump = if event { weight } else { 0.0 };
            running.change(cluster, jumps.map(|j| j * jump), -weight);
        }
        let sums = running.sums_of_squares();
        variance.iter_mut().zip(sums).for_each(|(v, s)| v.push(s));
    }
    variance
}

/// Rows that are ever at risk, laid out by when they enter or leave.
struct InOrder {
    /// Where the rows of each time begin.
    starts: Vec<u32>,
    /// Cluster, and whether the row ends in an event.
    rows: Vec<(u32, bool)>,
    weights: Option<Vec<f64>>,
}

impl InOrder {
    fn at(&self, time: usize) -> std::ops::Range<usize> {
        self.starts[time] as usize..self.starts[time + 1] as usize
    }

    fn row(&self, i: usize) -> (usize, bool, f64) {
        let (cluster, event) = self.rows[i];
        (
            cluster as usize,
            event,
            self.weights.as_ref().map_or(1.0, |w| w[i]),
        )
    }
}

impl PlacedRows {
    fn in_order(&self, key: &[u32], len: usize) -> InOrder {
        let at_risk = |row: &usize| self.from(*row) < self.until[*row];
        let mut starts = vec![0_u32; len + 2];
        for row in (0..key.len()).filter(at_risk) {
            starts[key[row] as usize + 1] += 1;
        }
        for time in 0..=len {
            starts[time + 1] += starts[time];
        }
        let mut next = starts.clone();
        let mut rows = vec![(0, false); starts[len + 1] as usize];
        let mut weights = self.weight.as_ref().map(|_| vec![0.0; rows.len()]);
        for row in (0..key.len()).filter(at_risk) {
            let place = next[key[row] as usize] as usize;
            next[key[row] as usize] += 1;
            rows[place] = (self.cluster[row], self.event[row]);
            if let Some(weights) = &mut weights {
                weights[place] = self.weight(row);
            }
        }
        InOrder {
            starts,
            rows,
            weights,
        }
    }
}
