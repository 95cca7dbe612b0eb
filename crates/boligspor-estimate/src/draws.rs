//! Draws from the distributions that simulations here need.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use statrs::function::gamma::ln_gamma;

use crate::interval::normal_quantile;

/// Uniform on (0, 1), never an end.
pub(crate) fn uniform(stream: &mut ChaCha8Rng) -> f64 {
    ((stream.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Standard normal, by inversion.
pub(crate) fn normal(stream: &mut ChaCha8Rng) -> f64 {
    normal_quantile(uniform(stream))
}

/// Gamma of the given shape and unit scale.
///
/// Source: Marsaglia & Tsang (2000), *ACM Transactions on Mathematical Software* 26.
pub(crate) fn gamma(shape: f64, stream: &mut ChaCha8Rng) -> f64 {
    if shape < 1.0 {
        let boost = uniform(stream).powf(1.0 / shape);
        return gamma(shape + 1.0, stream) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(stream);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && uniform(stream).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// Poisson of the given mean, in a time that does not grow with it.
///
/// Products of uniforms for small means, transformed rejection above.
/// Source: Hörmann (1993), *Insurance: Mathematics and Economics* 12, 39–45.
pub(crate) fn poisson(mean: f64, stream: &mut ChaCha8Rng) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    if mean < 10.0 {
        let (limit, mut product, mut k) = ((-mean).exp(), uniform(stream), 0.0);
        while product > limit {
            product *= uniform(stream);
            k += 1.0;
        }
        return k;
    }
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = 0.024_83 * b - 0.059;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let surely = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let (u, v) = (uniform(stream) - 0.5, uniform(stream));
        let edge = 0.5 - u.abs();
        let k = ((2.0 * a / edge + b) * u + mean + 0.43).floor();
        if edge >= 0.07 && v <= surely {
            return k;
        }
        if k < 0.0 || (edge < 0.013 && v > edge) {
            continue;
        }
        let offered = (v * inverse_alpha / (a / (edge * edge) + b)).ln();
        if offered <= k * mean.ln() - mean - ln_gamma(k + 1.0) {
            return k;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn drawn_counts_have_the_poisson_probabilities() {
        for mean in [0.3, 4.0, 12.0, 30.0] {
            let mut stream = ChaCha8Rng::seed_from_u64(11);
            let draws = 40_000;
            let mut seen = vec![0.0; 80];
            for _ in 0..draws {
                seen[poisson(mean, &mut stream) as usize] += 1.0;
            }
            // Chi-squared over the counts that are expected 20 times or more.
            let (mut statistic, mut cells, mut probability) = (0.0, 0.0, (-mean).exp());
            for (k, seen) in seen.iter().enumerate() {
                let expected = probability * f64::from(draws);
                if expected > 20.0 {
                    statistic += (seen - expected).powi(2) / expected;
                    cells += 1.0;
                }
                probability *= mean / (k + 1) as f64;
            }
            // Mean `cells`, standard deviation √(2·cells): four of them allowed.
            assert!(
                statistic < cells + 4.0 * (2.0_f64 * cells).sqrt(),
                "{mean} {statistic}"
            );
        }
    }

    #[test]
    fn large_means_keep_mean_and_variance() {
        let mut stream = ChaCha8Rng::seed_from_u64(3);
        let draws: Vec<f64> = (0..20_000).map(|_| poisson(5e4, &mut stream)).collect();
        let mean = draws.iter().sum::<f64>() / 2e4;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 2e4;
        assert!((mean - 5e4).abs() < 7.0, "{mean}");
        assert!((variance / 5e4 - 1.0).abs() < 0.05, "{variance}");
    }
}
