//! What each unit contributes to each estimate, kept only where it is not zero.

use std::ops::Range;

use rayon::prelude::*;

use super::multiplier::Multipliers;
use super::sample::Sample;

/// Contributions to one cell's estimate of the units in some ranges, one range
/// after the other.
///
/// They are scaled so that the variance is the sum of their squares.
#[derive(Debug, Clone, Default)]
pub(super) struct Influence {
    pub(super) units: Vec<Range<usize>>,
    pub(super) values: Vec<f64>,
}

impl Influence {
    /// Ranges of units with the contributions of each.
    fn runs(&self) -> impl Iterator<Item = (Range<usize>, &[f64])> {
        let mut rest = self.values.as_slice();
        self.units.iter().map(move |units| {
            let (own, others) = rest.split_at(units.len());
            rest = others;
            (units.clone(), own)
        })
    }
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

/// What one segment adds to the targets that its units have a part in.
struct Part {
    targets: Vec<usize>,
    gram: Vec<f64>,
    replicates: Vec<f64>,
}

impl Part {
    fn of(targets: Vec<usize>, columns: &[Vec<f64>], keys: &[i64], drawn: &Multipliers) -> Self {
        let k = columns.len();
        let mut gram = vec![0.0; k * k];
        for a in 0..k {
            for b in 0..=a {
                gram[a * k + b] = super::sums::dot(&columns[a], &columns[b]);
            }
        }
        Self {
            targets,
            gram,
            replicates: drawn.sums(keys, columns),
        }
    }
}

/// Covariance and replicates of `targets`.
pub(super) fn spread(
    sample: &Sample,
    influences: &[Influence],
    targets: &[Target],
    replicates: usize,
    seed: u64,
) -> Spread {
    let k = targets.len();
    let drawn = Multipliers::new(seed, replicates);
    let parts: Vec<Part> = if let Some(clusters) = &sample.clusters {
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
        segments(0..clusters.keys.len())
            .into_par_iter()
            .map(|rows| {
                let columns: Vec<Vec<f64>> =
                    sums.iter().map(|s| s[rows.clone()].to_vec()).collect();
                Part::of((0..k).collect(), &columns, &clusters.keys[rows], &drawn)
            })
            .collect()
    } else {
        // A group has a part in few targets; segments of one group leave the
        // others out.
        (0..=sample.groups.len())
            .flat_map(|g| segments(sample.group(g)))
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|rows| {
                let (own, columns): (Vec<usize>, Vec<Vec<f64>>) = (0..k)
                    .filter_map(|t| {
                        let mut column = vec![0.0; rows.len()];
                        fill(sample, influences, &targets[t], rows.start, &mut column)
                            .then_some((t, column))
                    })
                    .unzip();
                Part::of(own, &columns, &sample.keys[rows], &drawn)
            })
            .collect()
    };
    let mut covariance = vec![0.0; k * k];
    let mut sums = vec![0.0; replicates * k];
    for part in parts {
        let own = part.targets.len();
        for (a, &i) in part.targets.iter().enumerate() {
            for (b, &j) in part.targets.iter().enumerate().take(a + 1) {
                covariance[i * k + j] += part.gram[a * own + b];
            }
            let of_target = part.replicates.iter().skip(a).step_by(own);
            for (sum, value) in sums.iter_mut().skip(i).step_by(k).zip(of_target) {
                *sum += value;
            }
        }
    }
    crate::linear::fill_upper(&mut covariance, k);
    Spread {
        targets: k,
        covariance,
        replicates: (replicates > 0).then_some(sums),
    }
}

fn segments(rows: Range<usize>) -> Vec<Range<usize>> {
    let end = rows.end;
    rows.step_by(SEGMENT)
        .map(|from| from..(from + SEGMENT).min(end))
        .collect()
}

/// Adds a target's contributions of the units from `from` on to `out`, and
/// tells whether there are any.
fn fill(
    sample: &Sample,
    influences: &[Influence],
    target: &Target,
    from: usize,
    out: &mut [f64],
) -> bool {
    let until = from + out.len();
    let within = |units: &Range<usize>| (units.start.max(from), units.end.min(until));
    let mut any = false;
    for (cell, factor) in &target.cells {
        for (units, values) in influences[*cell].runs() {
            let (low, high) = within(&units);
            if low < high {
                any = true;
                let values = &values[low - units.start..high - units.start];
                for (into, value) in out[low - from..high - from].iter_mut().zip(values) {
                    *into += factor * value;
                }
            }
        }
    }
    for (group, shift) in &target.shifts {
        let (low, high) = within(&sample.group(*group));
        for unit in low..high.max(low) {
            any = true;
            let weight = sample.weight.as_ref().map_or(1.0, |w| w[unit]);
            out[unit - from] += shift * weight;
        }
    }
    any
}
