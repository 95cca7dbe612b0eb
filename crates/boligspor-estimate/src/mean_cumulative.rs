//! Events that recur: returns to homelessness, admissions, what they cost.
//!
//! The mean cumulative function is the number of events (or their amount) a
//! person has had on average by each time, under censoring that does not depend
//! on it. No model of how events depend on one another is assumed; the variance
//! is robust to it.
//!
//! Sources: Nelson (1995), *Technometrics* 37, 147–157; Lawless & Nadeau (1995),
//! *Technometrics* 37, 158–168.

use crate::error::{EstimateError, Result, all_finite, same_length};
use crate::interval::{ConfType, normal_quantile_two_sided};
use crate::kaplan_meier::PlacedRows;
use crate::log_rank::dense;
use crate::options::SurvivalOptions;
use crate::risk::Rows;
use crate::running::Running;

/// Mean number (or amount) of events by time.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanCumulative {
    /// Distinct times of events and of censoring, increasing.
    pub time: Vec<f64>,
    /// Number (weight) under observation just before each time.
    pub n_risk: Vec<f64>,
    /// Number (weight) of events at each time, times their amounts.
    pub n_event: Vec<f64>,
    /// Number (weight) whose observation ends at each time without an event.
    pub n_censor: Vec<f64>,
    /// Mean cumulative number or amount.
    pub estimate: Vec<f64>,
    /// Robust standard error.
    pub std_error: Vec<f64>,
    /// Lower ends of the intervals.
    pub low: Vec<f64>,
    /// Upper ends of the intervals.
    pub high: Vec<f64>,
}

/// The mean cumulative function from counting-process rows: person `id` is
/// observed over `(start, stop]` with `amount` at `stop` (1 for an event, 0 for
/// none, or what it cost).
///
/// Of the options, weights, cluster (default: the person), tolerance and the
/// intervals (log or plain) apply. A person observed again after a gap counts
/// only while observed.
///
/// # Errors
/// Columns of different length, no rows, values that are not finite, rows with
/// `start >= stop`, negative weights, a bad level, a type of interval other
/// than log and plain.
///
/// ```
/// use boligspor_estimate::{SurvivalOptions, mean_cumulative};
/// // Person 0 returns on days 2 and 5 of 9; person 1 is seen until day 4.
/// let mcf = mean_cumulative(
///     &[0, 0, 0, 1],
///     &[0.0, 2.0, 5.0, 0.0],
///     &[2.0, 5.0, 9.0, 4.0],
///     &[1.0, 1.0, 0.0, 0.0],
///     &SurvivalOptions::default(),
/// )?;
/// assert_eq!(mcf.time, [2.0, 4.0, 5.0, 9.0]);
/// assert_eq!(mcf.estimate, [0.5, 0.5, 1.5, 1.5]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn mean_cumulative(
    id: &[u32],
    start: &[f64],
    stop: &[f64],
    amount: &[f64],
    options: &SurvivalOptions,
) -> Result<MeanCumulative> {
    let z = normal_quantile_two_sided(options.conf_level)?;
    if !matches!(options.conf_type, ConfType::Log | ConfType::Plain) {
        return Err(EstimateError::OutOfRange {
            argument: "conf_type",
            requirement: "log or plain for a mean cumulative function",
        });
    }
    let n = stop.len();
    same_length("start", start.len(), "stop", n)?;
    same_length("id", id.len(), "stop", n)?;
    same_length("amount", amount.len(), "stop", n)?;
    all_finite("amount", amount)?;
    let options = SurvivalOptions {
        entry: Some(start),
        id: Some(id),
        ..*options
    };
    options.check(n)?;
    let continued = options.continued(stop).unwrap_or_default();
    let kind = |row: usize| match (amount[row] != 0.0, continued[row]) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => 0,
    };
    let (entry, weights, tolerance) = (options.entry, options.weights, options.tolerance);
    let rows = Rows {
        exit: stop,
        entry,
        weights,
        kind,
        causes: 1,
        start_time: None,
        tolerance,
    };
    let (table, slots) = rows.table()?;
    let rank = table.rows_until(&slots);
    let until: Vec<u32> = stop.iter().map(|&t| rank[slots.slot(t)]).collect();
    let from: Vec<u32> = start.iter().map(|&t| rank[slots.slot(t)]).collect();
    let cluster = options.cluster.unwrap_or(id);
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let (entry_starts, entries) = PlacedRows::grouped(&from, table.len());
    let (exit_starts, exits) = PlacedRows::grouped(&until, table.len());
    let group = |starts: &[u32], key: usize| starts[key] as usize..starts[key + 1] as usize;
    let mut running = Running::<1>::new(dense("cluster", cluster, n)?);
    let mut out = MeanCumulative {
        n_event: Vec::with_capacity(table.len()),
        estimate: Vec::with_capacity(table.len()),
        std_error: Vec::with_capacity(table.len()),
        low: Vec::new(),
        high: Vec::new(),
        time: table.time,
        n_risk: table.n_risk,
        n_censor: table.n_censor,
    };
    let mut mean = 0.0;
    for r in 0..out.time.len() {
        for &row in &entries[group(&entry_starts, r)] {
            let row = row as usize;
            if from[row] < until[row] {
                running.change(cluster[row] as usize, [0.0], weight(row));
            }
        }
        let leaving = &exits[group(&exit_starts, r + 1)];
        let at_risk = out.n_risk[r];
        let total: f64 = leaving
            .iter()
            .map(|&row| weight(row as usize) * amount[row as usize])
            .sum();
        // The influence on the mean of who is at risk, and of an event.
        running.tick([-total / (at_risk * at_risk)]);
        for &row in leaving {
            let row = row as usize;
            if from[row] < until[row] {
                let jump = weight(row) * amount[row] / at_risk;
                running.change(cluster[row] as usize, [jump], -weight(row));
            }
        }
        mean += total / at_risk;
        out.n_event.push(total);
        out.estimate.push(mean);
        out.std_error.push(running.sums_of_squares()[0].sqrt());
    }
    for (m, se) in out.estimate.iter().zip(&out.std_error) {
        let (low, high) = match options.conf_type {
            _ if *m == 0.0 => (0.0, 0.0),
            ConfType::Log => (m * (-z * se / m).exp(), m * (z * se / m).exp()),
            _ => (m - z * se, m + z * se),
        };
        out.low.push(low);
        out.high.push(high);
    }
    Ok(out)
}

/// Rows on the clock that restarts at each event, for analyses of gap times.
#[derive(Debug, Clone, PartialEq)]
pub struct GapTimes {
    /// Start of each row since the person's previous event (or first start).
    pub start: Vec<f64>,
    /// End of each row since the same.
    pub stop: Vec<f64>,
    /// How many events the person has had before the row, a natural stratum.
    pub previous_events: Vec<u32>,
}

/// Restarts each person's clock at each of their events.
///
/// # Errors
/// Columns of different length, or times that are not finite.
///
/// ```
/// use boligspor_estimate::gap_times;
/// let gaps = gap_times(&[4, 4, 4], &[0.0, 2.0, 5.0], &[2.0, 5.0, 9.0], &[true, true, false])?;
/// assert_eq!(gaps.start, [0.0, 0.0, 0.0]);
/// assert_eq!(gaps.stop, [2.0, 3.0, 4.0]);
/// assert_eq!(gaps.previous_events, [0, 1, 2]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn gap_times(id: &[u32], start: &[f64], stop: &[f64], event: &[bool]) -> Result<GapTimes> {
    let n = id.len();
    same_length("start", start.len(), "id", n)?;
    same_length("stop", stop.len(), "id", n)?;
    same_length("event", event.len(), "id", n)?;
    all_finite("start", start)?;
    all_finite("stop", stop)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| id[a].cmp(&id[b]).then(start[a].total_cmp(&start[b])));
    let mut out = GapTimes {
        start: vec![0.0; n],
        stop: vec![0.0; n],
        previous_events: vec![0; n],
    };
    let mut previous: Option<usize> = None;
    let (mut zero, mut count) = (0.0, 0);
    for row in order {
        if previous.is_none_or(|p| id[p] != id[row]) {
            (zero, count) = (start[row], 0);
        }
        out.start[row] = start[row] - zero;
        out.stop[row] = stop[row] - zero;
        out.previous_events[row] = count;
        if event[row] {
            (zero, count) = (stop[row], count + 1);
        }
        previous = Some(row);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kaplan_meier;

    const ID: [u32; 6] = [0, 0, 0, 1, 1, 2];
    const START: [f64; 6] = [0.0, 2.0, 5.0, 0.0, 4.0, 1.0];
    const STOP: [f64; 6] = [2.0, 5.0, 9.0, 4.0, 7.0, 6.0];

    #[test]
    fn events_of_amount_one_are_the_clustered_nelson_aalen_estimate() {
        let amount = [1.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        let event: Vec<bool> = amount.iter().map(|&a| a > 0.0).collect();
        let options = SurvivalOptions {
            entry: Some(&START),
            id: Some(&ID),
            ..SurvivalOptions::default()
        };
        let curve = kaplan_meier(&STOP, &event, &options).unwrap();
        let mcf =
            mean_cumulative(&ID, &START, &STOP, &amount, &SurvivalOptions::default()).unwrap();
        assert_eq!(mcf.time, curve.time);
        for r in 0..mcf.time.len() {
            assert!((mcf.estimate[r] - curve.cumulative_hazard[r]).abs() < 1e-15);
            assert!((mcf.std_error[r] - curve.cumulative_hazard_std_error[r]).abs() < 1e-15);
        }
    }

    #[test]
    fn amounts_scale_the_estimate_and_its_error() {
        let amount = [1.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        let cost: Vec<f64> = amount.iter().map(|a| a * 250.0).collect();
        let options = SurvivalOptions::default();
        let count = mean_cumulative(&ID, &START, &STOP, &amount, &options).unwrap();
        let money = mean_cumulative(&ID, &START, &STOP, &cost, &options).unwrap();
        for r in 0..count.time.len() {
            assert!((money.estimate[r] - 250.0 * count.estimate[r]).abs() < 1e-11);
            assert!((money.std_error[r] - 250.0 * count.std_error[r]).abs() < 1e-11);
        }
    }

    #[test]
    fn with_complete_observation_it_is_the_mean_with_its_error() {
        // Three people seen to 9 with 2, 1 and 0 events: mean 1, variance (1+0+1)/9.
        let mcf = mean_cumulative(
            &[0, 0, 0, 1, 1, 2],
            &[0.0, 2.0, 5.0, 0.0, 4.0, 0.0],
            &[2.0, 5.0, 9.0, 4.0, 9.0, 9.0],
            &[1.0, 1.0, 0.0, 1.0, 0.0, 0.0],
            &SurvivalOptions::default(),
        )
        .unwrap();
        assert!((mcf.estimate[3] - 1.0).abs() < 1e-15);
        assert!((mcf.std_error[3] - (2.0_f64 / 9.0).sqrt()).abs() < 1e-15);
    }
}
