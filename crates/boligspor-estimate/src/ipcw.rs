//! Inverse-probability-of-censoring weights.
//!
//! Whoever is observed stands also for those censored before: with these
//! weights, plain weighted means over the uncensored estimate what would be seen
//! without censoring. The same weights arise by redistributing each censored
//! person's weight to those observed longer (Efron 1967).
//!
//! Source: Graf, Schmoor, Sauerbrei & Schumacher (1999), *Statistics in
//! Medicine* 18, 2529–2545.

use crate::error::{EstimateError, Result, same_length};
use crate::options::SurvivalOptions;
use crate::risk::Rows;

/// Weight of each row at time `at`: `1/G(T-)` if it has had its event by then,
/// `1/G(at)` if it is still observed after, 0 if censored by then; `G` is the
/// product-limit probability of remaining uncensored, events coming before
/// censorings at the same time.
///
/// `event` is true for an event of any cause. Case weights multiply the result;
/// late entry is taken into account in `G`. Without late entry the weights sum
/// to the number (weight) of rows as long as someone is observed at `at`.
///
/// # Errors
/// As [`kaplan_meier`](crate::kaplan_meier()); a time that is not finite.
///
/// ```
/// use boligspor_estimate::{SurvivalOptions, censoring_weights};
/// // The second of three is censored: the third carries both weights.
/// let w = censoring_weights(&[1.0, 2.0, 3.0], &[true, false, true], 5.0, &SurvivalOptions::default())?;
/// assert_eq!(w, [1.0, 0.0, 2.0]);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn censoring_weights(
    duration: &[f64],
    event: &[bool],
    at: f64,
    options: &SurvivalOptions,
) -> Result<Vec<f64>> {
    same_length("event", event.len(), "duration", duration.len())?;
    options.check(duration.len())?;
    if !at.is_finite() {
        return Err(EstimateError::NotFinite {
            argument: "at",
            rows: 1,
        });
    }
    let continued = options.continued(duration);
    let moved_on = |row: usize| continued.as_ref().is_some_and(|c| c[row]) && !event[row];
    let rows = Rows {
        exit: duration,
        entry: options.entry,
        weights: options.weights,
        kind: |row: usize| {
            if moved_on(row) {
                2
            } else {
                usize::from(event[row])
            }
        },
        causes: 1,
        start_time: options.start_time,
        tolerance: options.tolerance,
    };
    let (table, slots) = rows.table()?;
    let rank = table.rows_until(&slots);
    // G before each table row, and after the last.
    let mut uncensored = Vec::with_capacity(table.len() + 1);
    uncensored.push(1.0);
    for r in 0..table.len() {
        let exposed = table.n_risk[r] - table.n_event[r];
        let hazard = if table.n_censor[r] > 0.0 {
            (table.n_censor[r] / exposed).min(1.0)
        } else {
            0.0
        };
        uncensored.push(uncensored[r] * (1.0 - hazard));
    }
    let at_end = uncensored[table.time.partition_point(|&t| t <= at)];
    let weight = |row: usize| {
        let last = rank[slots.slot(duration[row])] as usize;
        let share = if last == 0 || moved_on(row) {
            0.0
        } else if table.time[last - 1] > at {
            1.0 / at_end
        } else if event[row] {
            1.0 / uncensored[last - 1]
        } else {
            0.0
        };
        share * options.weights.map_or(1.0, |w| w[row])
    };
    Ok((0..duration.len()).map(weight).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kaplan_meier;

    const TIME: [f64; 8] = [1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 6.0, 7.0];
    const EVENT: [bool; 8] = [true, false, true, false, true, false, true, false];

    #[test]
    fn weighted_shares_reproduce_kaplan_meier() {
        let options = SurvivalOptions::default();
        let curve = kaplan_meier(&TIME, &EVENT, &options).unwrap();
        for t in [1.0, 2.5, 4.0, 6.5] {
            let weights = censoring_weights(&TIME, &EVENT, t, &options).unwrap();
            let failed: f64 = (0..8)
                .filter(|&i| EVENT[i] && TIME[i] <= t)
                .map(|i| weights[i])
                .sum();
            assert!((1.0 - failed / 8.0 - curve.at(&[t])[0].estimate).abs() < 1e-14);
            assert!((weights.iter().sum::<f64>() - 8.0).abs() < 1e-13);
        }
    }

    #[test]
    fn without_censoring_every_weight_is_one() {
        let weights =
            censoring_weights(&TIME, &[true; 8], 3.5, &SurvivalOptions::default()).unwrap();
        assert_eq!(weights, [1.0; 8]);
    }

    #[test]
    fn case_weights_multiply() {
        let case = [2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let options = SurvivalOptions {
            weights: Some(&case),
            ..SurvivalOptions::default()
        };
        let weights = censoring_weights(&TIME, &EVENT, 3.5, &options).unwrap();
        assert_eq!(weights[0], 2.0);
        assert!((weights.iter().sum::<f64>() - 9.0).abs() < 1e-13);
    }
}
