//! Least squares with fixed effects of units and periods.
//!
//! Unit effects are swept out exactly, unit by unit; periods are dummies. A row
//! has few regressors that are not zero (its period, one indicator, the
//! covariates), so that cross-products are added up from those and the rows are
//! never widened. Everything inference needs, the small-cluster corrections
//! included, is made of sums per cluster.

use crate::linear::{Ldl, fill_upper, times};

use super::panel_rows::PanelRows;

/// A regressor's column and value in one row.
type Entry = (usize, f64);

/// Which rows count, and the indicator that is one in a row.
pub(super) struct Design<'a> {
    pub(super) rows: &'a PanelRows,
    /// How many indicators there are.
    pub(super) indicators: usize,
    /// The indicator that is one in a unit's row, if any.
    pub(super) indicator: &'a (dyn Fn(usize, usize) -> Option<usize> + Sync),
    /// Whether a unit's row counts.
    pub(super) counts: &'a (dyn Fn(usize, usize) -> bool + Sync),
}

impl Design<'_> {
    fn fixed(&self) -> usize {
        self.rows.periods.len() - 1
    }

    pub(super) fn width(&self) -> usize {
        self.fixed() + self.rows.x.len() + self.indicators
    }

    /// Column of an indicator.
    pub(super) fn column(&self, indicator: usize) -> usize {
        self.fixed() + self.rows.x.len() + indicator
    }

    /// Entries of a row that are not zero.
    pub(super) fn entries(&self, unit: usize, row: usize, out: &mut Vec<Entry>) {
        out.clear();
        let period = self.rows.period[row] as usize;
        if period > 0 {
            out.push((period - 1, 1.0));
        }
        for (c, column) in self.rows.x.iter().enumerate() {
            out.push((self.fixed() + c, column[row]));
        }
        if let Some(indicator) = (self.indicator)(unit, row) {
            out.push((self.column(indicator), 1.0));
        }
    }

    /// Weighted mean of a unit's counting rows: entries, outcome, total weight.
    pub(super) fn unit_mean(&self, unit: usize) -> (Vec<Entry>, f64, f64) {
        let (mut mean, mut entries): (Vec<Entry>, Vec<Entry>) = (Vec::new(), Vec::new());
        let (mut outcome, mut total) = (0.0, 0.0);
        for row in self.rows.of(unit) {
            let w = self.rows.weight[row];
            if !(self.counts)(unit, row) || w == 0.0 {
                continue;
            }
            total += w;
            outcome += w * self.rows.outcome[row];
            self.entries(unit, row, &mut entries);
            for (column, value) in &entries {
                match mean.iter_mut().find(|(c, _)| c == column) {
                    Some((_, sum)) => *sum += w * value,
                    None => mean.push((*column, w * value)),
                }
            }
        }
        if total > 0.0 {
            for (_, sum) in &mut mean {
                *sum /= total;
            }
            outcome /= total;
        }
        (mean, outcome, total)
    }
}

/// A fitted regression.
pub(super) struct Fit {
    pub(super) width: usize,
    pub(super) beta: Vec<f64>,
    /// Columns that repeat others have a coefficient of zero and are marked.
    pub(super) redundant: Vec<bool>,
    /// Inverse of the cross-products.
    pub(super) bread: Vec<f64>,
    /// `Xᵀe` of each cluster, a row of columns each.
    pub(super) scores: Vec<f64>,
    /// `XᵀX` of each cluster, if there are few enough to keep.
    pub(super) grams: Option<Vec<Vec<f64>>>,
    pub(super) clusters: usize,
    /// Rows that count.
    pub(super) observations: usize,
}

/// Clusters up to which cross-products are kept for each, where corrections
/// for few clusters may be wanted.
const KEEP_GRAMS: usize = 200;

impl Fit {
    /// Fits the design.
    pub(super) fn new(design: &Design<'_>) -> Self {
        let rows = design.rows;
        let p = design.width();
        // Clusters without a row that counts are none.
        let mut place = vec![usize::MAX; rows.clusters];
        let mut clusters = 0;
        let mut observations = 0;
        for unit in 0..rows.units() {
            let counting = rows.of(unit).filter(|r| (design.counts)(unit, *r));
            let mut any = false;
            for _ in counting {
                observations += 1;
                any = true;
            }
            let slot = &mut place[rows.cluster[unit] as usize];
            if any && *slot == usize::MAX {
                *slot = clusters;
                clusters += 1;
            }
        }
        let keep = clusters <= KEEP_GRAMS;
        let mut grams = vec![vec![0.0; p * p]; if keep { clusters } else { 1 }];
        let mut cross = vec![0.0; p];
        let mut entries = Vec::new();
        for unit in 0..rows.units() {
            let (mean, outcome, total) = design.unit_mean(unit);
            if total == 0.0 {
                continue;
            }
            let gram = &mut grams[if keep {
                place[rows.cluster[unit] as usize]
            } else {
                0
            }];
            for row in rows.of(unit) {
                if !(design.counts)(unit, row) {
                    continue;
                }
                let w = rows.weight[row];
                design.entries(unit, row, &mut entries);
                let around = w * (rows.outcome[row] - outcome);
                for (a, va) in &entries {
                    cross[*a] += around * va;
                    for (b, vb) in &entries {
                        gram[a * p + b] += w * va * vb;
                    }
                }
            }
            for (a, va) in &mean {
                for (b, vb) in &mean {
                    gram[a * p + b] -= total * va * vb;
                }
            }
        }
        let mut gram = vec![0.0; p * p];
        for part in &grams {
            for (sum, value) in gram.iter_mut().zip(part) {
                *sum += value;
            }
        }
        let size = raw_sizes(design);
        let factored = Ldl::new(&gram, p, &size);
        let mut fit = Self {
            width: p,
            beta: factored.solve(&cross),
            redundant: (0..p).map(|c| factored.is_redundant(c)).collect(),
            bread: factored.inverse(),
            scores: vec![0.0; clusters * p],
            grams: keep.then_some(grams),
            clusters,
            observations,
        };
        for unit in 0..rows.units() {
            let (mean, outcome, total) = design.unit_mean(unit);
            if total == 0.0 {
                continue;
            }
            let level = outcome - fit.linear(&mean);
            let at = place[rows.cluster[unit] as usize] * p;
            for row in rows.of(unit) {
                if !(design.counts)(unit, row) {
                    continue;
                }
                design.entries(unit, row, &mut entries);
                let rest = rows.outcome[row] - level - fit.linear(&entries);
                for (column, value) in &entries {
                    fit.scores[at + column] += rows.weight[row] * rest * value;
                }
            }
        }
        fit
    }

    /// `x·β` of a row's entries.
    pub(super) fn linear(&self, entries: &[Entry]) -> f64 {
        entries.iter().map(|(c, v)| v * self.beta[*c]).sum()
    }

    /// Cluster-robust covariance with the small-sample factors of fixest:
    /// `G/(G − 1)·(n − 1)/(n − K)`, where `K` counts coefficients and period
    /// effects but not unit effects, which are nested in the clusters.
    pub(super) fn covariance(&self) -> Vec<f64> {
        let p = self.width;
        let mut meat = vec![0.0; p * p];
        for score in self.scores.chunks_exact(p) {
            crate::linear::add_outer(&mut meat, 1.0, score);
        }
        fill_upper(&mut meat, p);
        let mut covariance = crate::linear::sandwich(&self.bread, &meat, p);
        let factor = self.factor();
        for v in &mut covariance {
            *v *= factor;
        }
        covariance
    }

    /// The small-sample factor.
    pub(super) fn factor(&self) -> f64 {
        let kept = self.redundant.iter().filter(|r| !**r).count();
        // Period effects: one more than their dummies, for the constant.
        let k = kept as f64 + 1.0;
        let (g, n) = (self.clusters as f64, self.observations as f64);
        g / (g - 1.0) * (n - 1.0) / (n - k)
    }

    /// `XᵀX⁻¹·direction`.
    pub(super) fn along(&self, direction: &[f64]) -> Vec<f64> {
        times(&self.bread, direction)
    }
}

/// Size of each diagonal element before unit means were taken out, against
/// which what is left is judged.
fn raw_sizes(design: &Design<'_>) -> Vec<f64> {
    let mut size = vec![0.0; design.width()];
    let mut entries = Vec::new();
    for unit in 0..design.rows.units() {
        for row in design.rows.of(unit) {
            if (design.counts)(unit, row) {
                design.entries(unit, row, &mut entries);
                for (column, value) in &entries {
                    size[*column] += design.rows.weight[row] * value * value;
                }
            }
        }
    }
    size
}
