//! Sums over long columns, in a fixed order that processors can do in lanes.

const LANES: usize = 8;

/// `Σ f(i)` over `0..n`, in eight interleaved partial sums added up at the end.
///
/// The order depends on `n` alone, so results do not depend on the machine.
#[inline]
pub(super) fn sum_by(n: usize, f: impl Fn(usize) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let whole = n - n % LANES;
    let mut i = 0;
    while i < whole {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += f(i + lane);
        }
        i += LANES;
    }
    let tail: f64 = (whole..n).map(f).sum();
    lanes.iter().sum::<f64>() + tail
}

/// `Σ a`.
pub(super) fn sum(a: &[f64]) -> f64 {
    sum_by(a.len(), |i| a[i])
}

/// `Σ a·b`.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let b = &b[..a.len()];
    sum_by(a.len(), |i| a[i] * b[i])
}

/// `Σ a·b·c`.
pub(super) fn dot3(a: &[f64], b: &[f64], c: &[f64]) -> f64 {
    let (b, c) = (&b[..a.len()], &c[..a.len()]);
    sum_by(a.len(), |i| a[i] * b[i] * c[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_summed_whole() {
        for n in 0..40 {
            let a: Vec<f64> = (0..n).map(f64::from).collect();
            let expected: f64 = a.iter().sum();
            assert_eq!(sum(&a), expected);
            assert_eq!(dot(&a, &vec![2.0; a.len()]), 2.0 * expected);
            let (two, three) = (vec![2.0; a.len()], vec![3.0; a.len()]);
            assert_eq!(dot3(&a, &two, &three), 6.0 * expected);
        }
    }
}
