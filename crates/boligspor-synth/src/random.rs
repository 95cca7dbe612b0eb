//! Random draws that depend on what they are for, not on when they are made.
//!
//! Every person (and municipality) has streams of their own in one counter-based
//! generator, so that the output is the same at any thread count and chunk
//! size, and switching one part on or off (costs, dirt) leaves the rest alone.
//!
//! Logarithms and exponentials come from `libm` in Rust rather than from the
//! platform's C library, so that the same seed gives the same bytes anywhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Traits = 0,
    Before = 1,
    After = 2,
    Costs = 3,
    Dirt = 4,
    Municipality = 5,
    Counts = 6,
    Covariates = 7,
    Capacity = 8,
    Allocations = 9,
    SecondAssessments = 10,
    Context = 11,
}

/// The source of all streams of one seed.
#[derive(Clone, Debug)]
pub(crate) struct Source(ChaCha8Rng);

impl Source {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The stream of one person (or municipality) for one purpose.
    pub(crate) fn stream(&self, number: u64, purpose: Purpose) -> Draws {
        let mut rng = self.0.clone();
        rng.set_stream(number << 4 | purpose as u64);
        Draws(rng)
    }
}

/// Draws from one stream.
#[derive(Clone, Debug)]
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    /// Uniform on [0, 1), a multiple of 2⁻⁵³.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Uniform on the integers `low..high`.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = f64::from(high - low);
        low + ((self.uniform() * width) as i32).min(high - low - 1)
    }

    /// An index drawn by weights that need not sum to 1.
    pub(crate) fn pick(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        for (i, w) in weights.iter().enumerate() {
            left -= w;
            if left < 0.0 {
                return i;
            }
        }
        // Rounding can leave a hair over; it belongs to the last possible index.
        weights.iter().rposition(|w| *w > 0.0).unwrap_or(0)
    }

    /// Days until an event of daily probability `p` > 0: 1, 2, 3, …
    pub(crate) fn days_until(&mut self, p: f64) -> i64 {
        if p >= 1.0 {
            return 1;
        }
        let u = 1.0 - self.uniform();
        let days = libm::log(u) / libm::log1p(-p);
        1 + days.min(1e9) as i64
    }

    /// Standard normal (Marsaglia's polar method).
    pub(crate) fn normal(&mut self) -> f64 {
        loop {
            let x = 2.0f64.mul_add(self.uniform(), -1.0);
            let y = 2.0f64.mul_add(self.uniform(), -1.0);
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * (-2.0 * libm::log(s) / s).sqrt();
            }
        }
    }

    /// Log-normal with mean exactly 1 and log standard deviation `sd`.
    pub(crate) fn factor(&mut self, sd: f64) -> f64 {
        libm::exp(sd * self.normal() - 0.5 * sd * sd)
    }

    /// Poisson; the normal approximation, rounded, above a mean of 60.
    pub(crate) fn poisson(&mut self, mean: f64) -> i64 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as i64;
        }
        let (limit, mut product, mut n) = (libm::exp(-mean), 1.0, -1);
        while product > limit {
            product *= self.uniform();
            n += 1;
        }
        n.max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws() -> Draws {
        Source::new(7).stream(3, Purpose::Traits)
    }

    #[test]
    fn streams_differ_by_person_and_by_purpose() {
        let source = Source::new(1);
        let first = |n, p| source.stream(n, p).uniform();
        assert_ne!(first(1, Purpose::Before), first(1, Purpose::After));
        assert_ne!(first(1, Purpose::Before), first(2, Purpose::Before));
        assert_eq!(first(9, Purpose::Dirt), first(9, Purpose::Dirt));
    }

    #[test]
    fn waiting_times_have_the_mean_of_a_geometric() {
        let mut d = draws();
        let n = 200_000;
        let mean = (0..n).map(|_| d.days_until(0.05) as f64).sum::<f64>() / f64::from(n);
        // Standard deviation of one is √0.95 / 0.05 ≈ 19.5.
        assert!(
            (mean - 20.0).abs() < 4.0 * 19.5 / f64::from(n).sqrt(),
            "{mean}"
        );
        assert_eq!(d.days_until(1.0), 1);
    }

    #[test]
    fn factors_have_mean_one_and_poisson_its_mean_and_variance() {
        let mut d = draws();
        let n = 200_000;
        let mean = (0..n).map(|_| d.factor(0.5)).sum::<f64>() / f64::from(n);
        assert!(
            (mean - 1.0).abs() < 4.0 * 0.533 / f64::from(n).sqrt(),
            "{mean}"
        );
        for lambda in [0.3, 7.0, 90.0] {
            let xs: Vec<f64> = (0..n).map(|_| d.poisson(lambda) as f64).collect();
            let mean = xs.iter().sum::<f64>() / f64::from(n);
            let var = xs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
            assert!((mean - lambda).abs() < 4.0 * (lambda / f64::from(n)).sqrt());
            assert!((var / lambda - 1.0).abs() < 0.03, "{lambda} {var}");
        }
    }

    #[test]
    fn picks_follow_their_weights_and_never_take_a_zero() {
        let mut d = draws();
        let mut seen = [0u32; 4];
        for _ in 0..100_000 {
            seen[d.pick(&[1.0, 0.0, 3.0, 0.0])] += 1;
        }
        assert_eq!((seen[1], seen[3]), (0, 0));
        assert!((f64::from(seen[2]) / 100_000.0 - 0.75).abs() < 0.006);
    }
}
