//! The exact conditional likelihood of tied events.
//!
//! When time is measured in whole months, several events in one month are not
//! accidents of rounding but the data. Given that `d` of those at risk have the
//! event, the chance that it is these `d` is their product of risks over the sum
//! of such products over all subsets of size `d`. That sum is an elementary
//! symmetric function, built up one person at a time, with its derivatives.
//!
//! Sources: Cox (1972), *JRSS B* 34, §6; Gail, Lubin & Rubinstein (1981),
//! *Biometrika* 68, 703–707.

use crate::cox_likelihood::Likelihood;
use crate::cox_rows::Rows;
use crate::linear::dot;

/// Evaluates the exact likelihood at `beta` (scaled columns), weights ignored.
///
/// Not finite if more than some 700 events share a time, where the sum over
/// subsets leaves the range of a double.
pub(crate) fn evaluate(rows: &Rows, beta: &[f64]) -> Likelihood {
    let p = rows.p;
    let eta: Vec<f64> = (0..rows.n())
        .map(|k| rows.offset[k] + dot(rows.row(k), beta))
        .collect();
    let mut likelihood = Likelihood {
        log: 0.0,
        score: vec![0.0; p],
        information: vec![0.0; p * p],
        size: vec![0.0; p],
    };
    for s in 0..rows.codes.len() {
        let last = rows.strata[s + 1];
        for j in rows.strata[s]..last {
            let here = rows.leaving(j).start..rows.leaving(last - 1).end;
            let at_risk: Vec<usize> = here.filter(|&k| rows.first[k] as usize <= j).collect();
            add_time(rows, j, &at_risk, &eta, &mut likelihood);
        }
    }
    likelihood
}

/// Adds the contribution of event time `j`.
fn add_time(rows: &Rows, j: usize, at_risk: &[usize], eta: &[f64], likelihood: &mut Likelihood) {
    let p = rows.p;
    let d = rows.deaths[j] as usize;
    let largest = at_risk
        .iter()
        .map(|&k| eta[k])
        .fold(f64::NEG_INFINITY, f64::max);
    let mass: f64 = at_risk.iter().map(|&k| (eta[k] - largest).exp()).sum();
    // Risks scaled so that they sum to d keep the symmetric functions near e^d.
    let scale = d as f64 / mass;
    let log_scale = scale.ln() - largest;

    // value[e], gradient[e], hessian[e]: the sum over subsets of size e of the
    // product of risks, and its derivatives.
    let mut value = vec![0.0; d + 1];
    let mut gradient = vec![0.0; (d + 1) * p];
    let mut hessian = vec![0.0; (d + 1) * p * p];
    value[0] = 1.0;
    for &k in at_risk {
        let r = scale * (eta[k] - largest).exp();
        let x = rows.row(k);
        // From the largest size down, so that each person enters a subset once.
        for e in (1..=d).rev() {
            for a in 0..p {
                for b in 0..=a {
                    hessian[(e * p + a) * p + b] += r
                        * (hessian[((e - 1) * p + a) * p + b]
                            + gradient[(e - 1) * p + a] * x[b]
                            + x[a] * gradient[(e - 1) * p + b]
                            + x[a] * x[b] * value[e - 1]);
                }
            }
            for a in 0..p {
                gradient[e * p + a] += r * (gradient[(e - 1) * p + a] + x[a] * value[e - 1]);
            }
            value[e] += r * value[e - 1];
        }
    }

    likelihood.log -= value[d].ln() - d as f64 * log_scale;
    for k in rows.dying(j) {
        likelihood.log += eta[k];
        for (u, x) in likelihood.score.iter_mut().zip(rows.row(k)) {
            *u += x;
        }
    }
    for a in 0..p {
        let mean = gradient[d * p + a] / value[d];
        likelihood.score[a] -= mean;
        for b in 0..=a {
            let second = hessian[(d * p + a) * p + b] / value[d];
            likelihood.information[a * p + b] += second - mean * gradient[d * p + b] / value[d];
            if a == b {
                likelihood.size[a] += second.abs();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cox_rows::CoxData;
    use crate::sample::Sample;

    /// Sum over all subsets of `size` of the product of risks.
    fn subsets(risks: &[f64], size: usize) -> f64 {
        (0_u32..1 << risks.len())
            .filter(|set| set.count_ones() as usize == size)
            .map(|set| {
                (0..risks.len())
                    .filter(|i| set >> i & 1 == 1)
                    .map(|i| risks[i])
                    .product::<f64>()
            })
            .sum()
    }

    fn by_definition(data: &CoxData, eta: &dyn Fn(usize) -> f64) -> f64 {
        let mut times: Vec<f64> = data.time.to_vec();
        times.sort_by(f64::total_cmp);
        times.dedup();
        let mut log = 0.0;
        for t in times {
            let at_risk: Vec<usize> = (0..data.time.len())
                .filter(|&k| data.time[k] >= t && data.entry.is_none_or(|e| e[k] < t))
                .collect();
            let dying: Vec<usize> = at_risk
                .iter()
                .copied()
                .filter(|&k| data.event[k] && data.time[k] == t)
                .collect();
            let risks: Vec<f64> = at_risk.iter().map(|&k| eta(k).exp()).collect();
            log += dying.iter().map(|&k| eta(k)).sum::<f64>() - subsets(&risks, dying.len()).ln();
        }
        log
    }

    #[test]
    fn the_likelihood_runs_over_all_subsets_and_its_derivatives_are_right() {
        for seed in 0..10 {
            let sample = Sample::new(seed, 12, 2);
            let columns = sample.columns();
            for data in &sample.variants(&columns)[..2] {
                let rows = Rows::new(data).unwrap();
                let beta = [0.7, -0.3];
                let found = evaluate(&rows, &beta);
                let x = |i: usize, c: usize| (columns[c][i] - rows.centre[c]) / rows.scale[c];
                let log = |b: [f64; 2]| by_definition(data, &|i| b[0] * x(i, 0) + b[1] * x(i, 1));
                assert!((found.log - log(beta)).abs() < 1e-11);
                let h = 1e-4;
                let moved = |a: f64, b: f64| log([beta[0] + a, beta[1] + b]);
                assert!(
                    (found.score[0] - (moved(h, 0.0) - moved(-h, 0.0)) / (2.0 * h)).abs() < 1e-6
                );
                assert!(
                    (found.score[1] - (moved(0.0, h) - moved(0.0, -h)) / (2.0 * h)).abs() < 1e-6
                );
                let cross =
                    (moved(h, h) - moved(h, -h) - moved(-h, h) + moved(-h, -h)) / (4.0 * h * h);
                assert!((found.information[2] + cross).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn without_ties_all_three_likelihoods_are_one() {
        let data = CoxData {
            time: &[4.0, 1.0, 3.0, 2.0],
            event: &[true, true, false, true],
            covariates: &[&[1.0, 0.0, 0.0, 1.0]],
            ..CoxData::default()
        };
        let rows = Rows::new(&data).unwrap();
        let exact = evaluate(&rows, &[0.4]);
        for ties in [crate::cox::Ties::Efron, crate::cox::Ties::Breslow] {
            let other = crate::cox_likelihood::evaluate(&rows, &[0.4], ties);
            assert!((exact.log - other.log).abs() < 1e-12);
            assert!((exact.information[0] - other.information[0]).abs() < 1e-12);
        }
    }
}
