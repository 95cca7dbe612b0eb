//! How well a score orders people by time to event.
//!
//! Of all pairs whose order is known, the share in which the one with the
//! higher risk score had the event first, ties in the score counted half. Pairs
//! are counted through a binary indexed tree, so that cost grows as `n·log n`;
//! the standard error is the infinitesimal jackknife, every person's pull on the
//! ratio.
//!
//! Sources: Harrell, Califf, Pryor, Lee & Rosati (1982), *JAMA* 247, 2543–2546;
//! Therneau & Atkinson, "Concordance" (vignette of R survival), for weights,
//! strata and variance; Fenwick (1994), *Software: Practice and Experience* 24,
//! 327–336.

use serde::{Deserialize, Serialize};

use crate::cox::{CoxData, CoxFit};
use crate::cox_rows::Rows;
use crate::error::{Result, all_finite, same_length};
use crate::linear::dot;

/// Pair counts (weighted) and their ratio.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Concordance {
    /// Pairs in which the higher score had the event first.
    pub concordant: f64,
    /// Pairs in which the lower score had.
    pub discordant: f64,
    /// Comparable pairs with the same score.
    pub tied_score: f64,
    /// `(concordant + tied_score/2) / all three`; NaN without comparable pairs.
    pub concordance: f64,
    /// Its standard error by the infinitesimal jackknife, by cluster if there
    /// are clusters.
    pub std_error: f64,
}

/// The concordance of `score` (higher: event sooner) with the times in `data`,
/// whose covariates and offset are not used. Pairs are formed within strata.
///
/// # Errors
/// As [`cox`](crate::cox::cox), or a score of another length or not finite.
///
/// ```
/// use boligspor_estimate::concordance::concordance;
/// use boligspor_estimate::cox::CoxData;
/// let data = CoxData {
///     time: &[1.0, 2.0, 3.0], event: &[true, true, false], ..CoxData::default()
/// };
/// assert_eq!(concordance(&data, &[0.9, 0.1, 0.5])?.concordance, 2.0 / 3.0);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn concordance(data: &CoxData, score: &[f64]) -> Result<Concordance> {
    same_length("score", score.len(), "time", data.time.len())?;
    all_finite("score", score)?;
    let rows = Rows::new(&CoxData {
        covariates: &[],
        offset: None,
        ..*data
    })?;
    let in_order: Vec<f64> = rows.source.iter().map(|&i| score[i as usize]).collect();
    Ok(of_rows(&rows, &in_order))
}

impl CoxFit {
    /// The concordance of the fitted linear predictor with the outcome.
    ///
    /// On the data the model was fitted to, hence somewhat flattering.
    pub fn concordance(&self) -> Concordance {
        let rows = &self.data;
        let score: Vec<f64> = (0..rows.n())
            .map(|k| rows.offset[k] + dot(rows.row(k), &self.beta))
            .collect();
        of_rows(rows, &score)
    }
}

fn of_rows(rows: &Rows, score: &[f64]) -> Concordance {
    let n = rows.n();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by_key(|&k| (rows.stratum[k], k));
    let mut pairs = Pairs {
        pulls: vec![Pull::default(); n],
        ..Pairs::default()
    };
    let mut ranks = vec![0_u32; n];
    for stratum in order.chunk_by(|a, b| rows.stratum[*a] == rows.stratum[*b]) {
        pairs.count(rows, score, stratum, &mut ranks);
    }
    let all = pairs.concordant + pairs.discordant + pairs.tied;
    let ratio = (pairs.concordant + pairs.tied / 2.0) / all;
    let pulls = pairs
        .pulls
        .iter()
        .zip(&rows.weight)
        .map(|(pull, w)| w * (pull.for_it - ratio * pull.all) / all);
    let variance: f64 = match &rows.cluster {
        None => pulls.map(|pull| pull * pull).sum(),
        Some(cluster) => {
            let mut pulls: Vec<(u32, f64)> = cluster.iter().copied().zip(pulls).collect();
            pulls.sort_by_key(|&(cluster, _)| cluster);
            pulls
                .chunk_by(|a, b| a.0 == b.0)
                .map(|rows| rows.iter().map(|(_, pull)| pull).sum::<f64>().powi(2))
                .sum()
        }
    };
    Concordance {
        concordant: pairs.concordant,
        discordant: pairs.discordant,
        tied_score: pairs.tied,
        concordance: ratio,
        std_error: variance.sqrt(),
    }
}

/// The weighted pairs a row is part of: those for the score, and all.
#[derive(Debug, Clone, Copy, Default)]
struct Pull {
    for_it: f64,
    all: f64,
}

#[derive(Default)]
struct Pairs {
    concordant: f64,
    discordant: f64,
    tied: f64,
    pulls: Vec<Pull>,
}

impl Pairs {
    /// Adds the pairs within one stratum.
    ///
    /// A pair is an event and a row still at risk after it; a row censored at
    /// the very time of the event outlived it, two events at one time are not
    /// comparable.
    fn count(&mut self, rows: &Rows, score: &[f64], members: &[usize], ranks: &mut [u32]) {
        // Ranks once: looking each up again would cost more than the counting.
        let mut by_score: Vec<usize> = members.to_vec();
        by_score.sort_unstable_by(|a, b| score[*a].total_cmp(&score[*b]));
        let mut distinct = 0;
        for (i, &k) in by_score.iter().enumerate() {
            if i > 0 && score[by_score[i - 1]] != score[k] {
                distinct += 1;
            }
            ranks[k] = distinct;
        }
        let distinct = distinct as usize + 1;
        let ranks = &*ranks;
        let rank = |k: usize| ranks[k] as usize;
        let event = |k: usize| rows.event_of(k).is_some();
        // Moments in the life of the stratum. At one time: events look back or
        // are met, then those censored leave, then late ones enter.
        let mut exits: Vec<usize> = members.to_vec();
        exits.sort_unstable_by(|a, b| rows.time[*a].total_cmp(&rows.time[*b]).then(a.cmp(b)));
        let mut entries: Vec<usize> = members
            .iter()
            .copied()
            .filter(|&k| rows.entry[k] > f64::NEG_INFINITY)
            .collect();
        entries.sort_unstable_by(|a, b| rows.entry[*a].total_cmp(&rows.entry[*b]).then(a.cmp(b)));

        // Backward: each event against those who outlive it.
        let mut later = Tree::new(distinct);
        let mut entering = entries.iter().rev().peekable();
        for group in exits.chunk_by(|a, b| rows.time[*a] == rows.time[*b]).rev() {
            let t = rows.time[group[0]];
            while let Some(&k) = entering.next_if(|&&k| rows.entry[k] >= t) {
                later.add(rank(k), -rows.weight[k]);
            }
            for &k in group.iter().filter(|&&k| !event(k)) {
                later.add(rank(k), rows.weight[k]);
            }
            for &k in group.iter().filter(|&&k| event(k)) {
                let (lower, equal, higher) = later.split(rank(k));
                let w = rows.weight[k];
                self.concordant += w * lower;
                self.tied += w * equal;
                self.discordant += w * higher;
                self.pulls[k].for_it += lower + equal / 2.0;
                self.pulls[k].all += lower + equal + higher;
            }
            for &k in group.iter().filter(|&&k| event(k)) {
                later.add(rank(k), rows.weight[k]);
            }
        }

        // Forward: each row against the events it outlived since its entry.
        let mut earlier = Tree::new(distinct);
        let mut entering = entries.iter().peekable();
        let outlived = |pull: &mut Pull, tree: &Tree, k: usize, sign: f64| {
            let (lower, equal, higher) = tree.split(rank(k));
            pull.for_it += sign * (higher + equal / 2.0);
            pull.all += sign * (lower + equal + higher);
        };
        for group in exits.chunk_by(|a, b| rows.time[*a] == rows.time[*b]) {
            let t = rows.time[group[0]];
            // An entry at an event's own time is after that event.
            while let Some(&k) = entering.next_if(|&&k| rows.entry[k] < t) {
                outlived(&mut self.pulls[k], &earlier, k, -1.0);
            }
            for &k in group.iter().filter(|&&k| event(k)) {
                outlived(&mut self.pulls[k], &earlier, k, 1.0);
            }
            for &k in group.iter().filter(|&&k| event(k)) {
                earlier.add(rank(k), rows.weight[k]);
            }
            for &k in group.iter().filter(|&&k| !event(k)) {
                outlived(&mut self.pulls[k], &earlier, k, 1.0);
            }
        }
    }
}

/// Weights by rank with prefix sums in logarithmic time.
struct Tree {
    nodes: Vec<f64>,
    at: Vec<f64>,
    total: f64,
}

impl Tree {
    fn new(ranks: usize) -> Self {
        Self {
            nodes: vec![0.0; ranks + 1],
            at: vec![0.0; ranks],
            total: 0.0,
        }
    }

    fn add(&mut self, rank: usize, weight: f64) {
        self.at[rank] += weight;
        self.total += weight;
        let mut node = rank + 1;
        while node < self.nodes.len() {
            self.nodes[node] += weight;
            node += node & node.wrapping_neg();
        }
    }

    /// Weight below, at and above `rank`.
    fn split(&self, rank: usize) -> (f64, f64, f64) {
        let mut below = 0.0;
        let mut node = rank;
        while node > 0 {
            below += self.nodes[node];
            node -= node & node.wrapping_neg();
        }
        (below, self.at[rank], self.total - below - self.at[rank])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    /// Concordance by looking at every pair.
    fn by_definition(data: &CoxData, score: &[f64], weights: &[f64]) -> f64 {
        let (mut for_it, mut all) = (0.0, 0.0);
        for i in (0..score.len()).filter(|&i| data.event[i]) {
            for j in 0..score.len() {
                let at_risk = data.entry.is_none_or(|e| e[j] < data.time[i])
                    && (data.time[j] > data.time[i]
                        || (data.time[j] == data.time[i] && !data.event[j]))
                    && data.strata.is_none_or(|s| s[i] == s[j]);
                if at_risk {
                    let w = weights[i] * weights[j];
                    all += w;
                    for_it += w * 0.5 * (1.0 + (score[i] - score[j]).clamp(-1.0, 1.0));
                }
            }
        }
        for_it / all
    }

    #[test]
    fn pairs_and_pulls_are_those_of_the_definition() {
        for seed in 0..20 {
            let sample = Sample::new(seed, 25, 1);
            let columns = sample.columns();
            for data in sample.variants(&columns) {
                let score: Vec<f64> = columns[0].iter().map(|x| (x * 2.0).round()).collect();
                let weights = data.weights.map_or_else(|| vec![1.0; 25], <[f64]>::to_vec);
                let found = concordance(&data, &score).unwrap();
                let ratio = by_definition(&data, &score, &weights);
                assert!((found.concordance - ratio).abs() < 1e-12);
                // The infinitesimal jackknife, by finite differences in each weight.
                let variance: f64 = (0..25)
                    .map(|i| {
                        let h = 1e-5 * weights[i].max(1e-9);
                        let at = |w: f64| {
                            let mut changed = weights.clone();
                            changed[i] = w;
                            by_definition(&data, &score, &changed)
                        };
                        let slope = (at(weights[i] + h) - at(weights[i] - h)) / (2.0 * h);
                        (weights[i] * slope).powi(2)
                    })
                    .sum();
                assert!(
                    (found.std_error - variance.sqrt()).abs() < 1e-7 * variance.sqrt().max(0.1)
                );
            }
        }
    }

    #[test]
    fn a_clusters_pull_is_the_sum_of_its_rows() {
        // Everybody twice, as clusters of two: the error of everybody once.
        let once = CoxData {
            time: &[1.0, 2.0, 3.0, 4.0, 5.0],
            event: &[true, true, false, true, false],
            ..CoxData::default()
        };
        let score = [0.3, 0.9, 0.5, 0.1, 0.4];
        let twice = |column: &[f64]| [column, column].concat();
        let cluster: Vec<u32> = (0..5).chain(0..5).collect();
        let clustered = CoxData {
            time: &twice(once.time),
            event: &[once.event, once.event].concat(),
            cluster: Some(&cluster),
            ..CoxData::default()
        };
        let (a, b) = (
            concordance(&once, &score).unwrap(),
            concordance(&clustered, &twice(&score)).unwrap(),
        );
        assert!((a.concordance - b.concordance).abs() < 1e-15);
        assert!((a.std_error - b.std_error).abs() < 1e-15);
    }

    #[test]
    fn nobody_to_compare_has_no_concordance() {
        let data = CoxData {
            time: &[1.0, 2.0],
            event: &[false, false],
            ..CoxData::default()
        };
        assert!(
            concordance(&data, &[1.0, 2.0])
                .unwrap()
                .concordance
                .is_nan()
        );
    }
}
