//! Weighted Kaplan–Meier curves and every person's pull on them.
//!
//! The pull counts that the weights were estimated: what the scores of the model
//! of membership explain of it is taken out, which makes intervals narrower than
//! those that take the weights as known (Lunceford & Davidian 2004).

use crate::adjusted::{AdjustedData, Influence, Membership, Target};
use crate::linear::{Ldl, add_outer, dot};

pub(crate) fn influence(
    data: &AdjustedData,
    membership: &Membership,
    target: &Target,
) -> Influence {
    let mut influence = Influence {
        estimates: [vec![], vec![]],
        pulls: [vec![], vec![]],
    };
    for (a, second) in [false, true].into_iter().enumerate() {
        let (estimates, mut pulls) = curve(data, membership, target, second);
        take_out_scores(data, membership, &mut pulls, target.width());
        influence.estimates[a] = estimates;
        influence.pulls[a] = pulls;
    }
    influence
}

/// An event time with what it does to the curve.
struct Step {
    time: f64,
    survival: f64,
    /// Deaths over (at risk · survivors): the increment of `∫ dN/(Y·(Y - dN))`.
    compensator: f64,
    /// `1/(Y - dN)`: the pull of an event at this time.
    jump: f64,
}

/// The weighted curve of one group, and the pulls with weights as known.
fn curve(
    data: &AdjustedData,
    membership: &Membership,
    target: &Target,
    second: bool,
) -> (Vec<f64>, Vec<f64>) {
    let n = data.time.len();
    let width = target.width();
    let mut members: Vec<usize> = (0..n)
        .filter(|&i| data.group[i] == second && data.weight(i) > 0.0)
        .collect();
    members.sort_by(|a, b| data.time[*a].total_cmp(&data.time[*b]));
    let mut at_risk: f64 = members.iter().map(|&i| membership.weight(data, i)).sum();

    let mut steps: Vec<Step> = Vec::new();
    let mut survival = 1.0;
    for tied in members.chunk_by(|a, b| data.time[*a] == data.time[*b]) {
        let deaths: f64 = tied
            .iter()
            .filter(|&&i| data.event[i])
            .map(|&i| membership.weight(data, i))
            .sum();
        if deaths > 0.0 {
            let left = at_risk - deaths;
            // The last of all: the curve is zero and nothing pulls on it.
            let (compensator, jump) = if left > 1e-12 * at_risk {
                (deaths / at_risk / left, 1.0 / left)
            } else {
                (0.0, 0.0)
            };
            survival *= if left > 1e-12 * at_risk {
                left / at_risk
            } else {
                0.0
            };
            steps.push(Step {
                time: data.time[tied[0]],
                survival,
                compensator,
                jump,
            });
        }
        at_risk -= tied
            .iter()
            .map(|&i| membership.weight(data, i))
            .sum::<f64>();
    }

    // remaining[s]: area under the curve from step s to tau.
    let mut remaining = vec![0.0; steps.len() + 1];
    for s in (0..steps.len()).rev() {
        let next = steps
            .get(s + 1)
            .map_or(target.tau, |step| step.time.min(target.tau));
        remaining[s] =
            remaining[s + 1] + steps[s].survival * (next - steps[s].time.min(target.tau)).max(0.0);
    }
    let first = steps.first().map_or(target.tau, |s| s.time.min(target.tau));
    let until = |t: f64| steps.partition_point(|s| s.time <= t);
    let at = |t: f64| until(t).checked_sub(1).map_or(1.0, |s| steps[s].survival);
    let mut estimates: Vec<f64> = target.times.iter().map(|t| at(*t)).collect();
    estimates.push(first + remaining[0]);

    // Prefix sums of compensators, plain and times the area remaining.
    let mut plain = vec![0.0; steps.len() + 1];
    let mut area = vec![0.0; steps.len() + 1];
    for (s, step) in steps.iter().enumerate() {
        plain[s + 1] = plain[s] + step.compensator;
        area[s + 1] = area[s] + step.compensator * remaining[s];
    }
    let total: f64 = (0..n).map(|i| data.weight(i)).sum();
    let mut pulls = vec![0.0; n * width];
    for &i in &members {
        let inverse = total / membership.chance[i];
        let seen = until(data.time[i]);
        let own = data.event[i].then(|| seen - 1);
        let row = &mut pulls[i * width..(i + 1) * width];
        for (t, horizon) in target.times.iter().enumerate() {
            let end = until(*horizon);
            let jump = own.filter(|s| *s < end).map_or(0.0, |s| steps[s].jump);
            row[t] = -inverse * estimates[t] * (jump - plain[seen.min(end)]);
        }
        let end = until(target.tau);
        let jump = own
            .filter(|s| *s < end)
            .map_or(0.0, |s| steps[s].jump * remaining[s]);
        row[width - 1] = -inverse * (jump - area[seen.min(end)]);
    }
    (estimates, pulls)
}

/// Subtracts from each column of pulls its regression on the scores.
fn take_out_scores(data: &AdjustedData, membership: &Membership, pulls: &mut [f64], width: usize) {
    let (n, p) = (data.time.len(), membership.terms);
    let score = |i: usize| &membership.scores[i * p..(i + 1) * p];
    let mut squares = vec![0.0; p * p];
    for i in 0..n {
        add_outer(&mut squares, data.weight(i), score(i));
    }
    let ldl = Ldl::of(&squares, p);
    for t in 0..width {
        let mut products = vec![0.0; p];
        for i in 0..n {
            for (sum, s) in products.iter_mut().zip(score(i)) {
                *sum += data.weight(i) * pulls[i * width + t] * s;
            }
        }
        let slope = ldl.solve(&products);
        for i in 0..n {
            pulls[i * width + t] -= dot(&slope, score(i));
        }
    }
}
