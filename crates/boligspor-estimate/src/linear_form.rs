//! Quadratic forms in a few dimensions, as chi-squared tests need them.

use crate::error::{EstimateError, Result};

/// `vᵀ M v`.
pub(crate) fn quadratic(matrix: &[f64], v: &[f64]) -> f64 {
    let rows = matrix.chunks_exact(v.len());
    rows.zip(v)
        .map(|(row, x)| x * row.iter().zip(v).map(|(m, y)| m * y).sum::<f64>())
        .sum()
}

/// `dᵀ V⁻ d` over the components `counted`, whose sum is fixed: the last is
/// redundant and left out. Returns the form and its degrees of freedom.
pub(crate) fn chi_squared_form(
    difference: &[f64],
    variance: &[f64],
    counted: &[usize],
) -> Result<(f64, usize)> {
    let k = difference.len();
    let used = &counted[..counted.len() - 1];
    let df = used.len();
    let mut matrix: Vec<f64> = used
        .iter()
        .flat_map(|&a| used.iter().map(move |&b| variance[a * k + b]))
        .collect();
    let mut right: Vec<f64> = used.iter().map(|&a| difference[a]).collect();
    let left = right.clone();
    solve(&mut matrix, &mut right)?;
    // Rounding must not make a form of nothing negative.
    let form: f64 = left.iter().zip(&right).map(|(a, b)| a * b).sum();
    Ok((form.max(0.0), df))
}

/// Solves `M x = b` for a positive definite `M` by Cholesky's method, in place.
fn solve(matrix: &mut [f64], b: &mut [f64]) -> Result<()> {
    let n = b.len();
    for j in 0..n {
        let diagonal = matrix[j * n + j];
        let pivot = diagonal - (0..j).map(|l| matrix[j * n + l].powi(2)).sum::<f64>();
        if pivot.is_nan() || pivot <= 1e-12 * diagonal.abs() {
            return Err(EstimateError::Singular {
                what: "the variance of the test",
                hint: "some groups are never at risk together; merge or drop groups",
            });
        }
        let root = pivot.sqrt();
        matrix[j * n + j] = root;
        for i in j + 1..n {
            let dot: f64 = (0..j).map(|l| matrix[i * n + l] * matrix[j * n + l]).sum();
            matrix[i * n + j] = (matrix[i * n + j] - dot) / root;
        }
    }
    for i in 0..n {
        let dot: f64 = (0..i).map(|l| matrix[i * n + l] * b[l]).sum();
        b[i] = (b[i] - dot) / matrix[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|l| matrix[l * n + i] * b[l]).sum();
        b[i] = (b[i] - dot) / matrix[i * n + i];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_by_hand() {
        // V = [[2, 1], [1, 2]] on the first two of three: V⁻¹ = [[2, -1], [-1, 2]]/3.
        let variance = [2.0, 1.0, -3.0, 1.0, 2.0, -3.0, -3.0, -3.0, 6.0];
        let (form, df) = chi_squared_form(&[1.0, 2.0, -3.0], &variance, &[0, 1, 2]).unwrap();
        assert!((form - (2.0 * 1.0 - 2.0 * 2.0 + 2.0 * 4.0) / 3.0).abs() < 1e-14);
        assert_eq!(df, 2);
    }

    #[test]
    fn a_singular_variance_is_refused() {
        let variance = [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
        assert!(matches!(
            chi_squared_form(&[1.0, 1.0, 0.0], &variance, &[0, 1, 2]),
            Err(EstimateError::Singular { .. })
        ));
    }
}
