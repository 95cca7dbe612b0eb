//! Shares of those who count, and bands that hold their whole curve.
//!
//! A share "of those still in the count" has the states left out in its
//! denominator: `p(of) / (1 - p(leaving out))`. It is read from the same counts
//! as occupancy, with its error by the delta method.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

use super::{Occupancy, TransitionCounts, Walk};
use crate::error::{EstimateError, Result, valid_level};
use crate::interval::normal_quantile;

/// A share of people by state: those in `of`, among all but those in
/// `leaving_out`. The two must not have a state in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// States in the numerator.
    pub of: Vec<usize>,
    /// States outside numerator and denominator.
    pub leaving_out: Vec<usize>,
}

impl Share {
    /// The share of people in some states, among all.
    pub fn of(states: impl Into<Vec<usize>>) -> Self {
        Self {
            of: states.into(),
            leaving_out: Vec::new(),
        }
    }

    /// The derivatives of the share by each state's probability, and the share;
    /// `None` where nobody is left in the denominator.
    fn linearised(&self, probability: &[f64]) -> Option<(f64, Vec<f64>)> {
        let sum = |states: &[usize]| states.iter().map(|&s| probability[s]).sum::<f64>();
        let (part, rest) = (sum(&self.of), 1.0 - sum(&self.leaving_out));
        if rest <= 0.0 {
            return None;
        }
        let mut gradient = vec![0.0; probability.len()];
        for &s in &self.of {
            gradient[s] = 1.0 / rest;
        }
        for &s in &self.leaving_out {
            gradient[s] = part / (rest * rest);
        }
        Some((part / rest, gradient))
    }
}

impl Occupancy {
    /// A share at this time and its standard error, by the delta method; both
    /// NaN where nobody is left in the denominator.
    ///
    /// ```
    /// use boligspor_estimate::{ConfType, Share, TransitionCounts};
    /// // Housed (0), not (1), dead (2): two housed, one not, one dead by day 9.
    /// let mut counts = TransitionCounts::new(3);
    /// counts.add_path(0, 0, [], 9)?;
    /// counts.add_path(0, 0, [], 9)?;
    /// counts.add_path(0, 0, [(4, 1)], 9)?;
    /// counts.add_path(0, 0, [(5, 2)], 9)?;
    /// let at_9 = &counts.occupancy(&[9], 0.95, ConfType::Plain)?[0];
    /// let of_living = Share { of: vec![0], leaving_out: vec![2] };
    /// let (share, std_error) = at_9.share(&of_living);
    /// assert!((share - 2.0 / 3.0).abs() < 1e-15);
    /// // As for a plain share of the three who live: √(p q / 3).
    /// assert!((std_error - (2.0f64 / 27.0).sqrt()).abs() < 1e-15);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn share(&self, share: &Share) -> (f64, f64) {
        let k = self.probability.len();
        let Some((estimate, gradient)) = share.linearised(&self.probability) else {
            return (f64::NAN, f64::NAN);
        };
        let mut variance = 0.0;
        for a in 0..k {
            for b in 0..k {
                variance += gradient[a] * gradient[b] * self.covariance[a * k + b];
            }
        }
        (estimate, variance.max(0.0).sqrt())
    }
}

/// Choices of a simultaneous band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandOptions {
    /// First time the band holds for; the curve should have moved by then.
    pub from: i32,
    /// Last time.
    pub until: i32,
    /// Chance that the whole curve lies within.
    pub level: f64,
    /// Simulated curves; 1,000 give the critical value to about 2 %.
    pub replicates: u32,
    /// Seed of the simulation.
    pub seed: u64,
}

/// One time of moves: what the simulation needs of it.
struct Step {
    /// Each state left at that time.
    sources: Vec<Source>,
    /// Derivatives of the share by each probability, over its standard error;
    /// `None` where that is 0.
    reading: Option<Vec<f64>>,
}

/// Moves out of one state.
struct Source {
    state: usize,
    /// `p / √Y` before the moves.
    scale: f64,
    /// The row of `I + dA`, and its roots.
    q: Vec<f64>,
    roots: Vec<f64>,
}

impl TransitionCounts {
    /// The critical value of an equal-precision band: with it in the place of
    /// 1.96, the intervals of a share hold its whole curve over
    /// `[from, until]` with probability `level` in large samples.
    ///
    /// The band is simulated: at each time of moves a normal error with the
    /// moves' own multinomial variance is drawn and carried on by the estimated
    /// chances, which gives curves that vary as the estimate does, with
    /// Greenwood-type covariance. The quantile of their largest standardised
    /// deviation is the critical value. Draws are keyed by seed and replicate:
    /// neither order, partition nor thread changes it.
    ///
    /// Sources: Lin (1997), *Statistics in Medicine* 16, 901–910; Bluhmki et al.
    /// (2018), *Biometrics* 74, 977–985 (wild bootstrap of Aalen–Johansen).
    ///
    /// # Errors
    /// Nobody added, no moves within the range, a bad level, or no replicates.
    ///
    /// ```
    /// use boligspor_estimate::{BandOptions, Share, TransitionCounts};
    /// let mut counts = TransitionCounts::new(2);
    /// for day in 1..=100 {
    ///     counts.add_path(0, 0, [(day, 1)], 200)?;
    /// }
    /// let options = BandOptions { from: 10, until: 90, level: 0.95, replicates: 500, seed: 1 };
    /// let critical = counts.band_critical(&Share::of([0]), &options)?;
    /// assert!(critical > 2.5 && critical < 3.2);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn band_critical(&self, share: &Share, options: &BandOptions) -> Result<f64> {
        valid_level(options.level)?;
        if options.replicates == 0 {
            return Err(EstimateError::OutOfRange {
                argument: "replicates",
                requirement: "at least 1",
            });
        }
        let (initial, steps) = self.steps(share, options)?;
        if steps.iter().all(|s| s.reading.is_none()) {
            return Err(EstimateError::OutOfRange {
                argument: "from, until",
                requirement: "a range in which the curve moves",
            });
        }
        let mut largest: Vec<f64> = (0..options.replicates)
            .into_par_iter()
            .map(|replicate| {
                let mut noise = Noise::new(options.seed, replicate);
                largest_deviation(&initial, &steps, &mut noise)
            })
            .collect();
        largest.sort_unstable_by(f64::total_cmp);
        let rank = (options.level * f64::from(options.replicates)).ceil() as usize;
        Ok(largest[rank.clamp(1, largest.len()) - 1])
    }

    /// The initial distribution's `√(p/n)` by state, and the times of moves.
    fn steps(&self, share: &Share, options: &BandOptions) -> Result<(Vec<f64>, Vec<Step>)> {
        let k = self.n_states;
        let mut walk = Walk::start(self)?;
        let n = walk.observed.iter().sum::<u64>() as f64;
        let initial = walk.p.iter().map(|p| (p / n).sqrt()).collect();
        let mut times: Vec<i32> = self.moves.keys().map(|(time, ..)| *time).collect();
        times.dedup();
        let mut steps = Vec::with_capacity(times.len());
        for time in times.into_iter().filter(|&t| t <= options.until) {
            walk.advance(time - 1);
            let (p, at_risk) = (walk.p.clone(), walk.at_risk.clone());
            let mut left: Vec<Option<(u64, Vec<f64>)>> = vec![None; k];
            for (&(_, a, b), &moved) in self.moves.range((time, 0, 0)..=(time, k, k)) {
                let (n, q) = left[a].get_or_insert_with(|| (0, vec![0.0; k]));
                *n += moved;
                q[b] = moved as f64 / at_risk[a] as f64;
            }
            let sources = left
                .into_iter()
                .enumerate()
                .filter_map(|(state, left)| {
                    let (n, mut q) = left?;
                    let y = at_risk[state] as f64;
                    q[state] = (at_risk[state] - n) as f64 / y;
                    let roots = q.iter().map(|q| q.sqrt()).collect();
                    let scale = p[state] / y.sqrt();
                    Some(Source {
                        state,
                        scale,
                        q,
                        roots,
                    })
                })
                .collect();
            walk.advance(time);
            let reading = (time >= options.from)
                .then(|| reading(share, &walk.p, &walk.covariance))
                .flatten();
            steps.push(Step { sources, reading });
        }
        Ok((initial, steps))
    }
}

/// The derivatives of a share over its standard error.
fn reading(share: &Share, p: &[f64], covariance: &[f64]) -> Option<Vec<f64>> {
    let k = p.len();
    let (_, gradient) = share.linearised(p)?;
    let mut variance = 0.0;
    for a in 0..k {
        for b in 0..k {
            variance += gradient[a] * gradient[b] * covariance[a * k + b];
        }
    }
    (variance > 0.0).then(|| gradient.iter().map(|g| g / variance.sqrt()).collect())
}

/// The largest standardised deviation of one simulated curve.
fn largest_deviation(initial: &[f64], steps: &[Step], noise: &mut Noise) -> f64 {
    let k = initial.len();
    let mut deviation = vec![0.0; k];
    let n_roots: f64 = initial.iter().map(|r| r * r).sum::<f64>().sqrt();
    // Multinomial noise of the initial distribution: √(p/n) z, less its mean.
    let roots: Vec<f64> = initial.iter().map(|r| r / n_roots).collect();
    let mut draws = vec![0.0; k];
    add_multinomial(&mut deviation, &roots, n_roots, noise, &mut draws);
    let mut carried = deviation.clone();
    let mut largest = 0.0_f64;
    for step in steps {
        // What is carried on: rows of the matrix that are not left stay as they are.
        carried.copy_from_slice(&deviation);
        for source in &step.sources {
            let here = deviation[source.state];
            carried[source.state] -= here;
            for (to, q) in carried.iter_mut().zip(&source.q) {
                *to += here * q;
            }
        }
        for source in &step.sources {
            add_multinomial(&mut carried, &source.roots, source.scale, noise, &mut draws);
        }
        std::mem::swap(&mut deviation, &mut carried);
        if let Some(reading) = &step.reading {
            let now: f64 = reading.iter().zip(&deviation).map(|(r, d)| r * d).sum();
            largest = largest.max(now.abs());
        }
    }
    largest
}

/// Adds `scale` times a normal draw with covariance `diag(q) - q qᵀ`, given `√q`;
/// `draws` is room for it.
fn add_multinomial(
    to: &mut [f64],
    roots: &[f64],
    scale: f64,
    noise: &mut Noise,
    draws: &mut [f64],
) {
    for (draw, &root) in draws.iter_mut().zip(roots) {
        *draw = if root > 0.0 {
            root * noise.normal()
        } else {
            0.0
        };
    }
    let total: f64 = draws.iter().sum();
    for ((to, draw), root) in to.iter_mut().zip(draws.iter()).zip(roots) {
        *to += scale * (draw - root * root * total);
    }
}

/// Standard normal draws of one replicate.
struct Noise(ChaCha8Rng);

impl Noise {
    fn new(seed: u64, replicate: u32) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(&replicate.to_le_bytes());
        // Keeps this stream apart from any other use of the same seed.
        key[16..].copy_from_slice(b"curve-band\0\0\0\0\0\0");
        Self(ChaCha8Rng::from_seed(key))
    }

    fn normal(&mut self) -> f64 {
        // The middle of one of 2^53 equal slices: never 0 or 1.
        let slice = (self.0.next_u64() >> 11) as f64 + 0.5;
        normal_quantile(slice / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BandType, ConfType, SurvivalOptions, kaplan_meier};

    fn two_state(n: i32) -> TransitionCounts {
        let mut counts = TransitionCounts::new(2);
        for i in 0..n {
            let time = 1 + i * 37 % 100;
            let censored = i % 3 == 0;
            counts
                .add_path(0, 0, (!censored).then_some((time, 1)), time)
                .unwrap();
        }
        counts
    }

    #[test]
    fn for_a_survival_curve_it_is_nairs_band() {
        let n = 600;
        let counts = two_state(n);
        let time: Vec<f64> = (0..n).map(|i| f64::from(1 + i * 37 % 100)).collect();
        let event: Vec<bool> = (0..n).map(|i| i % 3 != 0).collect();
        let curve = kaplan_meier(&time, &event, &SurvivalOptions::default()).unwrap();
        let nair = curve
            .band(BandType::EqualPrecision, 10.0, 80.0, 0.95, ConfType::LogLog)
            .unwrap();
        let options = BandOptions {
            from: 10,
            until: 80,
            level: 0.95,
            replicates: 4000,
            seed: 3,
        };
        let simulated = counts.band_critical(&Share::of([0]), &options).unwrap();
        // Nair's tail formula is for continuous time; 71 times are coarser, so
        // the simulated value is slightly smaller.
        assert!(
            (nair.critical - simulated).abs() < 0.1,
            "{} {simulated}",
            nair.critical
        );
    }

    #[test]
    fn over_one_time_it_is_the_pointwise_quantile() {
        let options = BandOptions {
            from: 50,
            until: 50,
            level: 0.95,
            replicates: 20_000,
            seed: 3,
        };
        let critical = two_state(300)
            .band_critical(&Share::of([0]), &options)
            .unwrap();
        // Standard error of a 95 % quantile from 20,000 draws of |z|: about 0.015.
        assert!((critical - 1.96).abs() < 0.06, "{critical}");
    }

    #[test]
    fn the_same_at_any_number_of_threads() {
        let counts = two_state(90);
        let options = BandOptions {
            from: 5,
            until: 90,
            level: 0.9,
            replicates: 200,
            seed: 8,
        };
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| counts.band_critical(&Share::of([0]), &options).unwrap())
        };
        assert_eq!(with(1).to_bits(), with(5).to_bits());
    }

    #[test]
    fn a_range_where_nothing_happens_is_refused() {
        let mut counts = TransitionCounts::new(2);
        counts.add_path(0, 0, [], 30).unwrap();
        let options = BandOptions {
            from: 1,
            until: 20,
            level: 0.95,
            replicates: 10,
            seed: 0,
        };
        assert!(counts.band_critical(&Share::of([0]), &options).is_err());
    }

    #[test]
    fn nobody_left_in_the_denominator_has_no_share() {
        let mut counts = TransitionCounts::new(2);
        counts.add_path(0, 0, [(3, 1)], 5).unwrap();
        let at = &counts.occupancy(&[4], 0.95, ConfType::Plain).unwrap()[0];
        let share = Share {
            of: vec![0],
            leaving_out: vec![1],
        };
        assert!(at.share(&share).0.is_nan());
    }
}
