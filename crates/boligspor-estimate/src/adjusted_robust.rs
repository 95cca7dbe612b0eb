//! Doubly robust curves.
//!
//! Everyone's predicted survival in a group, corrected by what those who are in
//! the group did beyond their prediction, weighted by the inverse of the chance
//! of having been there, in the group and uncensored, to be seen doing it:
//!
//! `S(t | x)·(1 - 1{in group}/π(x) · ∫₀ᵗ dM(u) / (S(u- | x)·G(u- | x)))`
//!
//! with `M` the observed less the predicted events, `π` the chance of membership
//! and `G` that of being uncensored. Its mean is the estimate and its deviations
//! from the mean are the pulls: the efficient influence function.

use crate::adjusted::{AdjustedData, Influence, Membership, Target};
use crate::cox::{CoxData, CoxFit, CoxOptions, cox};
use crate::error::Result;
use crate::penalty::Penalty;

pub(crate) fn influence(
    data: &AdjustedData,
    membership: &Membership,
    target: &Target,
    truncation: f64,
) -> Result<Influence> {
    let mut influence = Influence {
        estimates: [vec![], vec![]],
        pulls: [vec![], vec![]],
    };
    let total: f64 = (0..data.time.len()).map(|i| data.weight(i)).sum();
    let width = target.width();
    for (a, second) in [false, true].into_iter().enumerate() {
        let models = Models::new(data, target, second)?;
        let mut values = vec![0.0; data.time.len() * width];
        for (i, row) in values.chunks_exact_mut(width).enumerate() {
            let weight = (data.group[i] == second).then(|| 1.0 / membership.chance[i]);
            models.predict(data, target, truncation, i, weight, row);
        }
        let mean: Vec<f64> = (0..width)
            .map(|t| {
                (0..data.time.len())
                    .map(|i| data.weight(i) * values[i * width + t])
                    .sum::<f64>()
                    / total
            })
            .collect();
        for row in values.chunks_exact_mut(width) {
            for (value, mean) in row.iter_mut().zip(&mean) {
                *value -= mean;
            }
        }
        influence.estimates[a] = mean;
        influence.pulls[a] = values;
    }
    Ok(influence)
}

/// The models of event and censoring within one group.
struct Models {
    /// Event times of the group, up to the last horizon.
    times: Vec<f64>,
    /// Baseline hazard of the event at each, and of censoring before each.
    hazard: Vec<f64>,
    censoring: Vec<f64>,
    /// Everyone's linear predictors in the two models.
    event_risk: Vec<f64>,
    censoring_risk: Vec<f64>,
}

impl Models {
    fn new(data: &AdjustedData, target: &Target, second: bool) -> Result<Self> {
        let rows: Vec<usize> = (0..data.time.len())
            .filter(|&i| data.group[i] == second && data.weight(i) > 0.0)
            .collect();
        let time: Vec<f64> = rows.iter().map(|&i| data.time[i]).collect();
        let weights: Vec<f64> = rows.iter().map(|&i| data.weight(i)).collect();
        let columns: Vec<Vec<f64>> = data
            .covariates
            .iter()
            .map(|c| rows.iter().map(|&i| c[i]).collect())
            .collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let fit = |event: &[bool]| -> Result<CoxFit> {
            let options = CoxOptions {
                penalty: Penalty::FirthIfSeparated,
                robust: Some(false),
                ..CoxOptions::default()
            };
            let data = CoxData {
                time: &time,
                event,
                covariates: &columns,
                weights: Some(&weights),
                ..CoxData::default()
            };
            cox(&data, &options)
        };
        let happened: Vec<bool> = rows.iter().map(|&i| data.event[i]).collect();
        let censored: Vec<bool> = happened.iter().map(|e| !e).collect();
        let (event, censoring) = (fit(&happened)?, fit(&censored)?);
        let (curve, loss) = (event.baseline().remove(0), censoring.baseline().remove(0));
        let kept = curve.time.partition_point(|t| *t <= target.end());
        let times = curve.time[..kept].to_vec();
        let mut hazard = curve.cumulative_hazard[..kept].to_vec();
        for j in (1..kept).rev() {
            hazard[j] -= hazard[j - 1];
        }
        // Events come before censoring at the same time.
        let before = |t: &f64| {
            let j = loss.time.partition_point(|c| c < t);
            j.checked_sub(1).map_or(0.0, |j| loss.cumulative_hazard[j])
        };
        let risk = |fit: &CoxFit| -> Vec<f64> {
            let coef = fit.coefficients();
            (0..data.time.len())
                .map(|i| {
                    coef.iter()
                        .zip(data.covariates)
                        .map(|(b, c)| b * c[i])
                        .sum::<f64>()
                        .exp()
                })
                .collect()
        };
        Ok(Self {
            censoring: times.iter().map(before).collect(),
            times,
            hazard,
            event_risk: risk(&event),
            censoring_risk: risk(&censoring),
        })
    }

    /// Writes person `i`'s corrected survival at each horizon and its area.
    fn predict(
        &self,
        data: &AdjustedData,
        target: &Target,
        truncation: f64,
        i: usize,
        weight: Option<f64>,
        row: &mut [f64],
    ) {
        let last = row.len() - 1;
        row.fill(1.0);
        row[last] = 0.0;
        // Horizons need not be sorted: each takes the value of the step it is in.
        let mut order: Vec<usize> = (0..last).collect();
        order.sort_by(|a, b| target.times[*a].total_cmp(&target.times[*b]));
        let mut horizons = order.into_iter().peekable();
        let (mut cumulative, mut correction, mut value, mut from) = (0.0_f64, 0.0, 1.0, 0.0);
        for (j, &t) in self.times.iter().enumerate() {
            while let Some(h) = horizons.next_if(|&h| target.times[h] < t) {
                row[h] = value;
            }
            row[last] += value * (t.min(target.tau) - from).max(0.0);
            from = t.min(target.tau);
            let hazard = self.hazard[j] * self.event_risk[i];
            if let Some(weight) = weight.filter(|_| data.time[i] >= t) {
                let uncensored = (-self.censoring[j] * self.censoring_risk[i])
                    .exp()
                    .max(truncation);
                let survived = (-cumulative).exp().max(f64::MIN_POSITIVE.sqrt());
                let happened = f64::from(u8::from(data.event[i] && data.time[i] == t));
                correction += weight * (happened - hazard) / (survived * uncensored);
            }
            cumulative += hazard;
            value = (-cumulative).exp() * (1.0 - correction);
        }
        for h in horizons {
            row[h] = value;
        }
        row[last] += value * (target.tau - from).max(0.0);
    }
}
