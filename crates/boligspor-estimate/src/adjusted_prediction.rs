//! G-computation: everyone predicted in both groups, and the predictions averaged.
//!
//! The model is Cox's with the groups as strata, so that nothing is assumed of
//! how their hazards compare. Its standard errors are those of the bootstrap over
//! people, refitting the model each time.

use crate::adjusted::{
    AdjustedCurves, AdjustedData, AdjustedOptions, Contrast, Membership, Target,
};
use crate::bootstrap_people::{BootstrapOptions, bootstrap};
use crate::cox::{CoxData, CoxOptions, cox};
use crate::error::{EstimateError, Result};
use crate::penalty::Penalty;

pub(crate) fn compare(
    data: &AdjustedData,
    membership: &Membership,
    target: &Target,
    options: &AdjustedOptions,
) -> Result<AdjustedCurves> {
    let weights: Vec<f64> = (0..data.time.len()).map(|i| data.weight(i)).collect();
    let person = |i: usize| data.person.map_or(i as u64, |p| p[i]);
    let draws = BootstrapOptions {
        replicates: options.replicates,
        seed: options.seed,
        level: options.level,
    };
    // Each group's numbers, then the differences. A replicate that drew no event
    // in a group says nothing.
    let found = bootstrap(weights.len(), person, Some(&weights), &draws, |weights| {
        let [first, second] = predict(data, target, weights)?;
        let differences: Vec<f64> = second.iter().zip(&first).map(|(b, a)| b - a).collect();
        Ok([first, second, differences].concat())
    })?;
    let (width, last) = (target.width(), target.width() - 1);
    let contrast = |part: usize, at: usize| {
        let at = part * width + at;
        Contrast {
            estimate: found.estimate[at],
            std_error: found.std_error[at],
            low: found.interval[at].low,
            high: found.interval[at].high,
        }
    };
    let curve = |part: usize| (0..last).map(|at| contrast(part, at)).collect::<Vec<_>>();
    let curves = AdjustedCurves {
        times: target.times.to_vec(),
        survival: [curve(0), curve(1)],
        difference: curve(2),
        restricted_mean: [contrast(0, last), contrast(1, last)],
        mean_difference: contrast(2, last),
        tau: target.tau,
        balance: Vec::new(),
        effective_size: [0.0; 2],
        truncated: 0,
        warnings: Vec::new(),
    };
    Ok(membership.describe(data, curves))
}

/// Mean predicted survival at each horizon, and its area up to `tau`, with
/// everyone in the first group and with everyone in the second.
fn predict(data: &AdjustedData, target: &Target, weights: &[f64]) -> Result<[Vec<f64>; 2]> {
    let strata: Vec<u32> = data.group.iter().map(|g| u32::from(*g)).collect();
    let model = CoxData {
        time: data.time,
        event: data.event,
        covariates: data.covariates,
        weights: Some(weights),
        strata: Some(&strata),
        ..CoxData::default()
    };
    let options = CoxOptions {
        robust: Some(false),
        penalty: Penalty::FirthIfSeparated,
        ..CoxOptions::default()
    };
    let fit = cox(&model, &options)?;
    let coef = fit.coefficients();
    let risk: Vec<f64> = (0..data.time.len())
        .map(|i| {
            coef.iter()
                .zip(data.covariates)
                .map(|(b, c)| b * c[i])
                .sum::<f64>()
                .exp()
        })
        .collect();
    let total: f64 = weights.iter().sum();
    let mut means = [Vec::new(), Vec::new()];
    for curve in fit.baseline() {
        let at = |hazard: f64| -> f64 {
            (0..risk.len())
                .filter(|&i| weights[i] > 0.0)
                .map(|i| weights[i] * (-hazard * risk[i]).exp())
                .sum::<f64>()
                / total
        };
        let kept = curve.time.partition_point(|t| *t <= target.end());
        let steps: Vec<f64> = curve.cumulative_hazard[..kept]
            .iter()
            .map(|h| at(*h))
            .collect();
        let value = |t: f64| {
            let j = curve.time[..kept].partition_point(|e| *e <= t);
            j.checked_sub(1).map_or(1.0, |j| steps[j])
        };
        let mut row: Vec<f64> = target.times.iter().map(|t| value(*t)).collect();
        let (mut area, mut from, mut height) = (0.0, 0.0, 1.0);
        for (t, step) in curve.time[..kept].iter().zip(&steps) {
            let t = t.min(target.tau);
            area += height * (t - from);
            (from, height) = (t, *step);
        }
        row.push(area + height * (target.tau - from));
        means[curve.stratum as usize] = row;
    }
    if means.iter().any(Vec::is_empty) {
        return Err(EstimateError::TooFewGroups {
            found: 1,
            needed: 2,
        });
    }
    Ok(means)
}
