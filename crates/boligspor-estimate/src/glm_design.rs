//! The columns of a generalised linear model, centred and scaled, and the sums
//! its iteration needs.

use crate::glm::{Family, GlmData, GlmOptions, inverse_link, variance};
use crate::linear::{add_outer, dot};

/// Rows of positive weight with an intercept column and scaled covariates.
#[derive(Debug, Clone)]
pub(crate) struct Design {
    /// Number of columns, the intercept included.
    pub(crate) p: usize,
    /// Whether the first column is the intercept.
    intercept: bool,
    x: Vec<f64>,
    centre: Vec<f64>,
    scale: Vec<f64>,
    pub(crate) outcome: Vec<f64>,
    pub(crate) weight: Vec<f64>,
    offset: Vec<f64>,
    /// Row number in the input.
    pub(crate) source: Vec<usize>,
}

impl Design {
    /// Arranges validated data.
    pub(crate) fn new(data: &GlmData, options: &GlmOptions) -> Self {
        let n = data.outcome.len();
        let weight = |i: usize| data.weights.map_or(1.0, |w| w[i]);
        let source: Vec<usize> = (0..n).filter(|&i| weight(i) > 0.0).collect();
        let total: f64 = source.iter().map(|&i| weight(i)).sum();
        let skip = usize::from(options.intercept);
        let p = data.covariates.len() + skip;
        let mut x = vec![1.0; source.len() * p];
        let (mut centre, mut scale) = (vec![0.0; p], vec![1.0; p]);
        for (c, column) in data.covariates.iter().enumerate() {
            let mean = source.iter().map(|&i| weight(i) * column[i]).sum::<f64>() / total;
            // Without an intercept nothing can take up a shift of the columns.
            let shift = if options.intercept { mean } else { 0.0 };
            let square = source
                .iter()
                .map(|&i| weight(i) * (column[i] - shift).powi(2))
                .sum::<f64>()
                / total;
            let spread = if square.sqrt() > 1e-14 * mean.abs() {
                square.sqrt()
            } else {
                1.0
            };
            (centre[c + skip], scale[c + skip]) = (shift, spread);
            for (k, &i) in source.iter().enumerate() {
                x[k * p + c + skip] = (column[i] - shift) / spread;
            }
        }
        Self {
            p,
            intercept: options.intercept,
            x,
            centre,
            scale,
            outcome: source.iter().map(|&i| data.outcome[i]).collect(),
            weight: source.iter().map(|&i| weight(i)).collect(),
            offset: source
                .iter()
                .map(|&i| data.offset.map_or(0.0, |o| o[i]))
                .collect(),
            source,
        }
    }

    /// The same rows with the intercept, or nothing, as only column.
    pub(crate) fn without_columns(&self) -> Self {
        let p = usize::from(self.intercept);
        Self {
            p,
            x: vec![1.0; self.n() * p],
            centre: vec![0.0; p],
            scale: vec![1.0; p],
            ..self.clone()
        }
    }

    pub(crate) fn n(&self) -> usize {
        self.outcome.len()
    }

    pub(crate) fn row(&self, i: usize) -> &[f64] {
        &self.x[i * self.p..(i + 1) * self.p]
    }

    /// Row `c` of the matrix that turns scaled coefficients into the caller's.
    pub(crate) fn unscaling(&self) -> Vec<Vec<f64>> {
        (0..self.p)
            .map(|c| {
                let mut row = vec![0.0; self.p];
                row[c] = 1.0 / self.scale[c];
                if c == 0 && self.intercept {
                    for (k, cell) in row.iter_mut().enumerate().skip(1) {
                        *cell = -self.centre[k] / self.scale[k];
                    }
                }
                row
            })
            .collect()
    }

    /// Fitted means at `beta` (scaled columns).
    pub(crate) fn means(&self, beta: &[f64], family: Family) -> Vec<f64> {
        (0..self.n())
            .map(|i| inverse_link(family, self.offset[i] + dot(self.row(i), beta)))
            .collect()
    }

    /// R's starting values, linear predictors and means: near the outcomes.
    pub(crate) fn start(&self, options: &GlmOptions) -> (Vec<f64>, Vec<f64>) {
        let mean: Vec<f64> = self
            .outcome
            .iter()
            .zip(&self.weight)
            .map(|(y, w)| match options.family {
                Family::Logistic => (w * y + 0.5) / (w + 1.0),
                Family::Poisson => y + 0.1,
            })
            .collect();
        let eta = mean
            .iter()
            .map(|m| match options.family {
                Family::Logistic => (m / (1.0 - m)).ln(),
                Family::Poisson => m.ln(),
            })
            .collect();
        (eta, mean)
    }

    /// `Xᵀ·W·z` with the working response `z` at linear predictors `eta`.
    pub(crate) fn working_response(&self, mean: &[f64], eta: &[f64], family: Family) -> Vec<f64> {
        let mut right = vec![0.0; self.p];
        for i in 0..self.n() {
            let v = variance(family, mean[i]);
            let z = eta[i] - self.offset[i] + (self.outcome[i] - mean[i]) / v;
            for (r, x) in right.iter_mut().zip(self.row(i)) {
                *r += self.weight[i] * v * z * x;
            }
        }
        right
    }

    /// Lower triangle of the information, ridge included, and its diagonal.
    pub(crate) fn information(&self, mean: &[f64], options: &GlmOptions) -> (Vec<f64>, Vec<f64>) {
        let weight = |i: usize| self.weight[i] * variance(options.family, mean[i]);
        self.information_of(weight, options)
    }

    /// The same with the given weight of each row.
    pub(crate) fn information_of(
        &self,
        weight: impl Fn(usize) -> f64,
        options: &GlmOptions,
    ) -> (Vec<f64>, Vec<f64>) {
        let mut information = vec![0.0; self.p * self.p];
        for i in 0..self.n() {
            add_outer(&mut information, weight(i), self.row(i));
        }
        for c in usize::from(options.intercept)..self.p {
            information[c * self.p + c] += options.ridge;
        }
        let size = (0..self.p).map(|c| information[c * self.p + c]).collect();
        (information, size)
    }

    pub(crate) fn score(&self, mean: &[f64]) -> Vec<f64> {
        let mut score = vec![0.0; self.p];
        for (i, m) in mean.iter().enumerate() {
            let residual = self.weight[i] * (self.outcome[i] - m);
            for (u, x) in score.iter_mut().zip(self.row(i)) {
                *u += residual * x;
            }
        }
        score
    }

    /// Sum of squared coefficients without the intercept's.
    pub(crate) fn squared(&self, beta: &[f64]) -> f64 {
        beta.iter()
            .skip(usize::from(self.intercept))
            .map(|b| b * b)
            .sum()
    }

    /// Twice the weighted log-likelihood lost against the outcomes themselves.
    pub(crate) fn deviance(&self, mean: &[f64], family: Family) -> f64 {
        // y·ln(y/m), which is zero at y = 0 whatever m.
        let part = |y: f64, m: f64| if y > 0.0 { y * (y / m).ln() } else { 0.0 };
        (0..self.n())
            .map(|i| {
                let (y, m) = (self.outcome[i], mean[i]);
                let lost = match family {
                    Family::Logistic => part(y, m) + part(1.0 - y, 1.0 - m),
                    Family::Poisson => part(y, m) - (y - m),
                };
                2.0 * self.weight[i] * lost
            })
            .sum()
    }

    /// Whether nothing happened to anyone, or the same to everyone.
    pub(crate) fn never_varies(&self, family: Family) -> bool {
        self.outcome.iter().all(|y| *y == 0.0)
            || (family == Family::Logistic && self.outcome.iter().all(|y| *y == 1.0))
    }
}
