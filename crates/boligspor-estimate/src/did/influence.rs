//! What each unit contributes to each estimate, kept only where it is not zero.

use rayon::prelude::*;

use super::multiplier::Multipliers;
use super::sample::Sample;

/// Contributions to one cell's estimate: runs of units from a first one on.
///
/// They are scaled so that the variance is the sum of their squares.
#[derive(Debug, Clone, Default)]
pub(super) struct Influence {
    pub(super) runs: Vec<(usize, Vec<f64>)>,
}

/// An average of cells: `Σ factor·cell`, and what a unit of a group adds by
/// counting towards its group's share: `shift·weight`.
#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    pub(super) estimate: f64,
    pub(super) cells: Vec<(usize, f64)>,
    pub(super) shifts: Vec<(usize, f64)>,
}

/// How targets vary together, and their deviations in bootstrap replicates.
pub(super) struct Spread {
    pub(super) targets: usize,
    /// Covariance, row-major and full.
    pub(super) covariance: Vec<f64>,
    /// Deviations, a row of targets for each replicate.
    pub(super) replicates: Option<Vec<f64>>,
}

impl Spread {
    pub(super) fn std_error(&self, target: usize) -> f64 {
        self.covariance[target * self.targets + target].sqrt()
    }
}

/// Units (or clusters) that are added up together; fixed, so that sums do not
/// depend on the number of threads.
const SEGMENT: usize = 8192;

/// Covariance and replicates of `targets`.
pub(super) fn spread(
    sample: &Sample,
    influences: &[Influence],
    targets: &[Target],
    replicates: usize,
    seed: u64,
) -> Spread {
    let k = targets.len();
    let clustered = sample.clusters.as_ref().map(|clusters| {
        let sums: Vec<Vec<f64>> = targets
            .par_iter()
            .map(|target| {
                let mut all = vec![0.0; sample.units()];
                fill(sample, influences, target, 0, &mut all);
                let mut sums = vec![0.0; clusters.keys.len()];
                for (value, cluster) in all.iter().zip(&clusters.of_unit) {
                    sums[*cluster as usize] += value;
                }
                sums
            })
            .collect();
        (sums, &clusters.keys)
    });
    let rows = clustered
        .as_ref()
        .map_or(sample.units(), |(_, keys)| keys.len());
    let keys = clustered.as_ref().map_or(&sample.keys, |(_, keys)| *keys);
    let parts: Vec<(Vec<f64>, Vec<f64>)> = (0..rows.div_ceil(SEGMENT))
        .into_par_iter()
        .map(|segment| {
            let from = segment * SEGMENT;
            let until = (from + SEGMENT).min(rows);
            let columns: Vec<Vec<f64>> = (0..k)
                .map(|t| {
                    if let Some((sums, _)) = &clustered {
                        return sums[t][from..until].to_vec();
                    }
                    let mut column = vec![0.0; until - from];
                    fill(sample, influences, &targets[t], from, &mut column);
                    column
                })
                .collect();
            let mut gram = vec![0.0; k * k];
            for a in 0..k {
                for b in 0..=a {
                    gram[a * k + b] = super::sums::dot(&columns[a], &columns[b]);
                }
            }
            let drawn = if replicates > 0 {
                Multipliers::new(seed, replicates).sums(&keys[from..until], &columns)
            } else {
                Vec::new()
            };
            (gram, drawn)
        })
        .collect();
    let mut covariance = vec![0.0; k * k];
    let mut drawn = vec![0.0; if replicates > 0 { replicates * k } else { 0 }];
    for (gram, part) in parts {
        for (total, value) in covariance.iter_mut().zip(gram) {
            *total += value;
        }
        for (total, value) in drawn.iter_mut().zip(part) {
            *total += value;
        }
    }
    crate::linear::fill_upper(&mut covariance, k);
    Spread {
        targets: k,
        covariance,
        replicates: (replicates > 0).then_some(drawn),
    }
}

/// Adds a target's contributions of the units from `from` on to `out`.
fn fill(sample: &Sample, influences: &[Influence], target: &Target, from: usize, out: &mut [f64]) {
    let until = from + out.len();
    for (cell, factor) in &target.cells {
        for (start, values) in &influences[*cell].runs {
            let (low, high) = ((*start).max(from), (start + values.len()).min(until));
            if low < high {
                let values = &values[low - start..high - start];
                for (into, value) in out[low - from..high - from].iter_mut().zip(values) {
                    *into += factor * value;
                }
            }
        }
    }
    for (group, shift) in &target.shifts {
        let units = sample.group(*group);
        let (low, high) = (units.start.max(from), units.end.min(until));
        for unit in low..high.max(low) {
            let weight = sample.weight.as_ref().map_or(1.0, |w| w[unit]);
            out[unit - from] += shift * weight;
        }
    }
}
