//! Entropy balancing: the most even weights under which moments agree.
//!
//! The weights are `exp(λ·z)` with `z` the moments less those of the target,
//! and `λ` minimises the convex `log Σ q exp(λ·z)`: Newton's method with
//! halving, on standardised moments.

use crate::error::{EstimateError, Result};
use crate::linear::{Ldl, add_outer, dot};

use super::weighting::{Estimand, WeightOptions};
use super::{ComparisonWarning, Groups};

/// Weights of everyone: those of the target group as given, those of the other
/// group balanced to it and summing to its size.
pub(super) fn balance(
    groups: &Groups,
    base: Option<&[f64]>,
    options: &WeightOptions,
) -> Result<(Vec<f64>, Vec<ComparisonWarning>)> {
    let own = |row: usize| base.map_or(1.0, |base| base[row]);
    let all = || 0..groups.len();
    let moments = moments(groups, options.squares);
    let mut weight: Vec<f64> = all().map(own).collect();
    let mut warnings = Vec::new();
    let mut fit = |target: &dyn Fn(usize) -> bool, group: bool| -> Result<()> {
        let total: f64 = all().filter(|&r| target(r)).map(own).sum();
        let means: Vec<f64> = (moments.iter())
            .map(|m| {
                all()
                    .filter(|&r| target(r))
                    .map(|r| own(r) * m[r])
                    .sum::<f64>()
                    / total
            })
            .collect();
        let rows: Vec<usize> = all().filter(|&r| groups.treated[r] == group).collect();
        let (found, balanced) = solve(&rows, &own, &moments, &means)?;
        for (row, share) in rows.iter().zip(found) {
            weight[*row] = share * total;
        }
        if !balanced {
            warnings.push(ComparisonWarning::NotBalanced);
        }
        Ok(())
    };
    match options.estimand {
        Estimand::Att => fit(&|r| groups.treated[r], false)?,
        Estimand::Atc => fit(&|r| !groups.treated[r], true)?,
        Estimand::Ate => {
            fit(&|_| true, true)?;
            fit(&|_| true, false)?;
        }
    }
    Ok((weight, warnings))
}

/// Standardised covariates, and their squares if asked; constant ones left out.
fn moments(groups: &Groups, squares: bool) -> Vec<Vec<f64>> {
    let n = groups.len() as f64;
    let standard = |column: &[f64]| -> Option<Vec<f64>> {
        let mean = column.iter().sum::<f64>() / n;
        let deviation = (column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
        (deviation > 1e-12 * mean.abs().max(1e-300))
            .then(|| column.iter().map(|x| (x - mean) / deviation).collect())
    };
    let mut moments: Vec<Vec<f64>> = groups
        .covariates
        .iter()
        .filter_map(|column| standard(column))
        .collect();
    if squares {
        for m in moments.clone() {
            let square: Vec<f64> = m.iter().map(|x| x * x).collect();
            // The square of a 0/1 column says nothing new.
            moments.extend(standard(&square));
        }
    }
    moments
}

/// Shares (summing to 1) of `rows` under which the moments have `means`, and
/// whether they do.
fn solve(
    rows: &[usize],
    base: &dyn Fn(usize) -> f64,
    moments: &[Vec<f64>],
    means: &[f64],
) -> Result<(Vec<f64>, bool)> {
    const STEPS: usize = 200;
    let p = moments.len();
    let z: Vec<Vec<f64>> = (rows.iter())
        .map(|&r| {
            (moments.iter().zip(means))
                .map(|(m, mean)| m[r] - mean)
                .collect()
        })
        .collect();
    let start: f64 = rows.iter().map(|&r| base(r)).sum();
    if start <= 0.0 {
        return Err(EstimateError::NoWeight {
            argument: "weights",
        });
    }
    // Shares and the logarithm of their normaliser.
    let shares = |lambda: &[f64]| -> (Vec<f64>, f64) {
        let exponents: Vec<f64> = z.iter().map(|z| dot(lambda, z)).collect();
        let most = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let raw: Vec<f64> = (rows.iter().zip(&exponents))
            .map(|(&r, e)| base(r) * (e - most).exp())
            .collect();
        let sum: f64 = raw.iter().sum();
        (
            raw.iter().map(|w| w / sum).collect(),
            most + (sum / start).ln(),
        )
    };
    let mut lambda = vec![0.0; p];
    let (mut share, mut value) = shares(&lambda);
    let gap = |share: &[f64]| {
        let mut gap = vec![0.0; p];
        for (share, z) in share.iter().zip(&z) {
            for (gap, z) in gap.iter_mut().zip(z) {
                *gap += share * z;
            }
        }
        gap
    };
    for _ in 0..STEPS {
        let gradient = gap(&share);
        if gradient.iter().all(|g| g.abs() < 1e-10) {
            return Ok((share, true));
        }
        let mut hessian = vec![0.0; p * p];
        let mut centred = vec![0.0; p];
        for (share, z) in share.iter().zip(&z) {
            for ((c, z), g) in centred.iter_mut().zip(z).zip(&gradient) {
                *c = z - g;
            }
            add_outer(&mut hessian, *share, &centred);
        }
        let step = Ldl::of(&hessian, p).solve(&gradient);
        let slope = dot(&step, &gradient);
        let mut length = 1.0;
        let moved = loop {
            let next: Vec<f64> = lambda
                .iter()
                .zip(&step)
                .map(|(l, s)| l - length * s)
                .collect();
            let (share, reached) = shares(&next);
            if reached <= value - 1e-4 * length * slope {
                break Some((next, share, reached));
            }
            length /= 2.0;
            if length < 1e-10 {
                break None;
            }
        };
        let Some((next, found, reached)) = moved else {
            break;
        };
        (lambda, share, value) = (next, found, reached);
    }
    // Rounding ends the descent just short of the gradient asked for; anything
    // visible is a target that cannot be met.
    let met = gap(&share).iter().all(|g| g.abs() < 1e-6);
    Ok((share, met))
}
