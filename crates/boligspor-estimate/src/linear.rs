//! Small symmetric systems, solved in a fixed order with redundant columns found.
//!
//! Regressions here have tens of columns and millions of rows: the matrix is
//! tiny, and what matters is that a column that repeats earlier ones is
//! recognised (and named) rather than inverted into noise, and that the same
//! input gives the same bits on every machine, which blocked and vectorised
//! factorisations do not promise.

/// Share of a column's own size under which what is left of it after the
/// earlier columns is rounding error.
const REDUNDANT: f64 = 1e-12;

/// The factorisation `A = L·D·Lᵀ` of a non-negative definite matrix.
///
/// A column whose pivot vanishes has `D = 0`: it is redundant, solutions are
/// zero there, and so are its row and column of the inverse.
pub(crate) struct Ldl {
    p: usize,
    lower: Vec<f64>,
    diagonal: Vec<f64>,
}

impl Ldl {
    /// Factors the `p × p` matrix whose lower triangle is in `matrix` (row-major).
    ///
    /// `size[i]` is the magnitude the diagonal element `i` was computed from; a
    /// pivot within rounding error of that size counts as zero.
    pub(crate) fn new(matrix: &[f64], p: usize, size: &[f64]) -> Self {
        let mut lower = vec![0.0; p * p];
        let mut diagonal = vec![0.0; p];
        for i in 0..p {
            for j in 0..=i {
                let mut rest = matrix[i * p + j];
                for k in 0..j {
                    rest -= lower[i * p + k] * diagonal[k] * lower[j * p + k];
                }
                if i == j {
                    diagonal[i] = if rest > REDUNDANT * size[i] {
                        rest
                    } else {
                        0.0
                    };
                } else if diagonal[j] > 0.0 {
                    lower[i * p + j] = rest / diagonal[j];
                }
            }
        }
        Self { p, lower, diagonal }
    }

    /// Factors a matrix whose diagonal suffered no cancellation.
    pub(crate) fn of(matrix: &[f64], p: usize) -> Self {
        let size: Vec<f64> = (0..p).map(|i| matrix[i * p + i]).collect();
        Self::new(matrix, p, &size)
    }

    /// Whether column `i` is a combination of the columns before it.
    pub(crate) fn is_redundant(&self, i: usize) -> bool {
        self.diagonal[i] == 0.0
    }

    /// Number of columns that are not redundant.
    pub(crate) fn rank(&self) -> usize {
        self.diagonal.iter().filter(|d| **d > 0.0).count()
    }

    /// Natural logarithm of the determinant over the columns kept.
    pub(crate) fn log_determinant(&self) -> f64 {
        self.diagonal
            .iter()
            .filter(|d| **d > 0.0)
            .map(|d| d.ln())
            .sum()
    }

    /// The solution of `A·x = b`.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let p = self.p;
        let mut x = b.to_vec();
        for i in 0..p {
            if self.is_redundant(i) {
                x[i] = 0.0;
                continue;
            }
            for k in 0..i {
                x[i] -= self.lower[i * p + k] * x[k];
            }
        }
        for i in (0..p).rev() {
            if self.is_redundant(i) {
                continue;
            }
            x[i] /= self.diagonal[i];
            for k in i + 1..p {
                x[i] -= self.lower[k * p + i] * x[k];
            }
        }
        x
    }

    /// The lower-triangular `R` with `R·Rᵀ = A`, row-major.
    pub(crate) fn root(&self) -> Vec<f64> {
        let p = self.p;
        let mut root = vec![0.0; p * p];
        for i in 0..p {
            for j in 0..=i {
                let entry = if i == j { 1.0 } else { self.lower[i * p + j] };
                root[i * p + j] = entry * self.diagonal[j].sqrt();
            }
        }
        root
    }

    /// The inverse, row-major and full.
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let p = self.p;
        let mut inverse = vec![0.0; p * p];
        let mut unit = vec![0.0; p];
        for i in 0..p {
            if self.is_redundant(i) {
                continue;
            }
            unit[i] = 1.0;
            let column = self.solve(&unit);
            unit[i] = 0.0;
            for (k, value) in column.into_iter().enumerate() {
                inverse[k * p + i] = value;
            }
        }
        inverse
    }
}

/// `xᵀ·A·x` for a full, row-major, symmetric `A`.
pub(crate) fn quadratic(matrix: &[f64], x: &[f64]) -> f64 {
    let p = x.len();
    (0..p)
        .map(|i| x[i] * dot(&matrix[i * p..(i + 1) * p], x))
        .sum()
}

/// `A·x` for a full, row-major, square `A`.
pub(crate) fn times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
    let p = x.len();
    (0..p)
        .map(|i| dot(&matrix[i * p..(i + 1) * p], x))
        .collect()
}

/// `A·B·A` for full, row-major, symmetric `A` and `B`.
pub(crate) fn sandwich(bread: &[f64], meat: &[f64], p: usize) -> Vec<f64> {
    let product = |a: &[f64], b: &[f64]| {
        let mut c = vec![0.0; p * p];
        for i in 0..p {
            for k in 0..p {
                let factor = a[i * p + k];
                for j in 0..p {
                    c[i * p + j] += factor * b[k * p + j];
                }
            }
        }
        c
    };
    product(&product(bread, meat), bread)
}

/// Adds `factor·x·xᵀ` to the lower triangle of `matrix`.
pub(crate) fn add_outer(matrix: &mut [f64], factor: f64, x: &[f64]) {
    let p = x.len();
    for i in 0..p {
        let scaled = factor * x[i];
        for (cell, value) in matrix[i * p..=i * p + i].iter_mut().zip(x) {
            *cell += scaled * value;
        }
    }
}

/// Copies the lower triangle of `matrix` to its upper one.
pub(crate) fn fill_upper(matrix: &mut [f64], p: usize) {
    for i in 0..p {
        for j in 0..i {
            matrix[j * p + i] = matrix[i * p + j];
        }
    }
}

/// Inner product.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_system_is_solved_by_hand() {
        // [4 2; 2 3]·[1, 2] = [8, 8].
        let ldl = Ldl::of(&[4.0, 0.0, 2.0, 3.0], 2);
        let x = ldl.solve(&[8.0, 8.0]);
        assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
        assert!((ldl.log_determinant() - 8.0_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn a_repeated_column_is_redundant_and_its_inverse_is_zero() {
        // Columns a, a, b with Gram matrix of a·a = 2, a·b = 1, b·b = 3.
        let ldl = Ldl::of(&[2.0, 0.0, 0.0, 2.0, 2.0, 0.0, 1.0, 1.0, 3.0], 3);
        assert_eq!(
            (0..3).map(|i| ldl.is_redundant(i)).collect::<Vec<_>>(),
            [false, true, false]
        );
        assert_eq!(ldl.rank(), 2);
        let inverse = ldl.inverse();
        // Inverse of [2 1; 1 3] is [3 -1; -1 2]/5.
        for (i, j, value) in [
            (0, 0, 0.6),
            (0, 2, -0.2),
            (2, 2, 0.4),
            (1, 1, 0.0),
            (0, 1, 0.0),
        ] {
            assert!((inverse[i * 3 + j] - value).abs() < 1e-15, "{i} {j}");
        }
    }

    #[test]
    fn what_cancelled_to_rounding_error_counts_as_nothing() {
        assert!(Ldl::new(&[1e-13], 1, &[10.0]).is_redundant(0));
        assert!(!Ldl::new(&[1e-13], 1, &[1e-13]).is_redundant(0));
    }
}
