//! Whether units enter at a peak, so that what follows falls by itself.
//!
//! Regression to the mean looks like an effect: whoever is chosen when something
//! is unusually high will on average be lower afterwards. Three things give it
//! away before any outcome is looked at: a rise up to treatment, more units at
//! their own maximum in the last period before it than chance would put there,
//! and a last period above the level of the others.

use std::collections::BTreeMap;

use crate::chi_squared::normal_p_value;
use crate::error::{EstimateError, Result, valid_level};
use crate::interval::normal_quantile;

use super::EffectEstimate;
use super::panel_rows::PanelRows;
use super::sample::DidData;

/// Mean outcome of the treated at one distance from treatment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeakRow {
    /// Periods since treatment, negative.
    pub event_time: i64,
    /// Mean outcome.
    pub mean: f64,
    /// Units seen.
    pub units: usize,
}

/// Signs of entry at a peak. Made by [`peak_diagnostic`].
#[derive(Debug, Clone, PartialEq)]
pub struct Peak {
    /// Means by period before treatment.
    pub rows: Vec<PeakRow>,
    /// Treated units with two or more periods before treatment, the last among
    /// them.
    pub units: usize,
    /// Mean change per period within units before treatment.
    pub trend: EffectEstimate,
    /// How far the last period before treatment lies above the unit's mean of
    /// the earlier ones: what would fall away if it is transitory.
    pub excess: EffectEstimate,
    /// Share of units whose highest outcome before treatment is in the last
    /// period before it; ties are shared out.
    pub share_at_maximum: f64,
    /// The share that would be if every period were as likely.
    pub expected_share: f64,
    /// Two-sided P value of the difference.
    pub p_value: f64,
    /// Whether the share is above chance at the level asked for and the last
    /// period above the others: a before/after comparison from here would fall
    /// by itself.
    pub at_peak: bool,
}

/// Looks for a peak before treatment.
///
/// Intervals are between units: a unit counts once (and by its weight).
///
/// # Errors
/// As [`att_gt`](super::att_gt); no treated unit with two periods before
/// treatment.
///
/// ```
/// use boligspor_estimate::did::{DidData, peak_diagnostic};
/// let data = DidData {
///     unit: Some(&[1, 1, 1, 2, 2, 2, 3, 3, 3]),
///     period: &[1, 2, 3, 1, 2, 3, 1, 2, 3],
///     first_treated: &[3, 3, 3, 3, 3, 3, 0, 0, 0],
///     outcome: &[1.0, 9.0, 1.0, 2.0, 9.0, 2.0, 1.0, 1.0, 1.0],
///     ..DidData::default()
/// };
/// let peak = peak_diagnostic(&data, 0.95)?;
/// assert_eq!((peak.share_at_maximum, peak.expected_share), (1.0, 0.5));
/// assert_eq!(peak.excess.estimate, 7.5);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn peak_diagnostic(data: &DidData<'_>, level: f64) -> Result<Peak> {
    valid_level(level)?;
    let rows = PanelRows::new(data)?;
    let mut means: BTreeMap<i64, (f64, f64, usize)> = BTreeMap::new();
    let (mut trends, mut excesses) = (Vec::new(), Vec::new());
    let (mut at_maximum, mut expected, mut variance, mut total) = (0.0, 0.0, 0.0, 0.0);
    for unit in 0..rows.units() {
        let before: Vec<(i64, f64)> = rows
            .of(unit)
            .filter_map(|row| {
                let e = rows.event_time(unit, row)?;
                (e < 0).then_some((e, rows.outcome[row]))
            })
            .collect();
        let Some(row) = rows.of(unit).next() else {
            continue;
        };
        let w = rows.weight[row];
        for (e, y) in &before {
            let cell = means.entry(*e).or_default();
            *cell = (cell.0 + w * y, cell.1 + w, cell.2 + 1);
        }
        // The last period before treatment must be seen, and one more.
        let Some((&(last_time, last), earlier)) = before.split_last() else {
            continue;
        };
        let gap = rows.periods.partition_point(|t| {
            rows.first_treated[unit].is_some_and(|first| *t - first < last_time)
        });
        let next_to_treatment = rows
            .periods
            .get(gap + 1)
            .is_none_or(|t| rows.first_treated[unit].is_some_and(|first| *t >= first));
        if earlier.is_empty() || w == 0.0 || !next_to_treatment {
            continue;
        }
        let n = before.len() as f64;
        let mean =
            |part: &[(i64, f64)]| part.iter().map(|(_, y)| y).sum::<f64>() / part.len() as f64;
        excesses.push((w, last - mean(earlier)));
        let middle = before.iter().map(|(e, _)| *e as f64).sum::<f64>() / n;
        let spread: f64 = before
            .iter()
            .map(|(e, _)| (*e as f64 - middle).powi(2))
            .sum();
        let slope: f64 = before.iter().map(|(e, y)| (*e as f64 - middle) * y).sum();
        trends.push((w, slope / spread));
        let highest = before.iter().map(|(_, y)| *y).fold(f64::MIN, f64::max);
        let ties = before.iter().filter(|(_, y)| *y == highest).count() as f64;
        if last == highest {
            at_maximum += w / ties;
        }
        expected += w / n;
        // Under the null a unit's part is 1/ties with chance ties/n.
        variance += w * w * (1.0 / (ties * n) - 1.0 / (n * n));
        total += w;
    }
    if excesses.is_empty() {
        return Err(EstimateError::Empty {
            argument: "the treated seen twice or more before treatment",
        });
    }
    let z = normal_quantile(0.5 + level / 2.0);
    let p_value = if variance > 0.0 {
        normal_p_value((at_maximum - expected) / variance.sqrt())
    } else {
        1.0
    };
    let excess = mean_effect(&excesses, z);
    Ok(Peak {
        rows: means
            .into_iter()
            .map(|(event_time, (sum, weight, units))| PeakRow {
                event_time,
                mean: sum / weight,
                units,
            })
            .collect(),
        units: excesses.len(),
        trend: mean_effect(&trends, z),
        excess,
        share_at_maximum: at_maximum / total,
        expected_share: expected / total,
        p_value,
        at_peak: at_maximum > expected && p_value < 1.0 - level && excess.estimate > 0.0,
    })
}

/// The weighted mean of independent units, with its error.
fn mean_effect(of: &[(f64, f64)], z: f64) -> EffectEstimate {
    let total: f64 = of.iter().map(|(w, _)| w).sum();
    let mean = of.iter().map(|(w, v)| w * v).sum::<f64>() / total;
    let n = of.len() as f64;
    let squares: f64 = of.iter().map(|(w, v)| (w * (v - mean)).powi(2)).sum();
    let std_error = (squares * n / (n - 1.0)).sqrt() / total;
    EffectEstimate::new(mean, std_error, z, z)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data<'a>(unit: &'a [i64], period: &'a [i64], outcome: &'a [f64]) -> DidData<'a> {
        DidData {
            unit: Some(unit),
            period,
            first_treated: &[4; 8],
            outcome,
            ..DidData::default()
        }
    }

    #[test]
    fn by_hand() {
        // Before treatment in 4: unit 1 has 1, 2, 6 (excess 4.5, slope 2.5);
        // unit 2 has 5, 3, 1 (excess -3, slope -2).
        let peak = peak_diagnostic(
            &data(
                &[1, 1, 1, 1, 2, 2, 2, 2],
                &[1, 2, 3, 4, 1, 2, 3, 4],
                &[1.0, 2.0, 6.0, 0.0, 5.0, 3.0, 1.0, 0.0],
            ),
            0.95,
        )
        .unwrap();
        assert!((peak.excess.estimate - 0.75).abs() < 1e-12);
        assert!((peak.trend.estimate - 0.25).abs() < 1e-12);
        assert!((peak.share_at_maximum - 0.5).abs() < 1e-12);
        assert!((peak.expected_share - 1.0 / 3.0).abs() < 1e-12);
        // z = (1 - 2/3)/√(2·2/9) = 0.5.
        assert!((peak.p_value - normal_p_value(0.5)).abs() < 1e-12);
        assert_eq!(
            peak.rows.iter().map(|r| r.mean).collect::<Vec<_>>(),
            [3.0, 2.5, 3.5]
        );
        assert!(!peak.at_peak);
    }

    #[test]
    fn ties_are_shared_out() {
        let peak = peak_diagnostic(
            &data(
                &[1, 1, 1, 1, 2, 2, 2, 2],
                &[1, 2, 3, 4, 1, 2, 3, 4],
                &[7.0; 8],
            ),
            0.95,
        )
        .unwrap();
        assert!((peak.share_at_maximum - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(peak.p_value, 1.0);
    }
}
