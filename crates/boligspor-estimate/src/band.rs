//! Bands that hold a whole curve, not one point of it.
//!
//! An interval at each time misses somewhere more often than it promises. A
//! simultaneous band covers the curve over a range of times with the stated
//! probability.
//!
//! Sources: Hall & Wellner (1980), *Biometrika* 67, 133–143; Nair (1984),
//! *Technometrics* 26, 265–275 (equal precision); Borgan & Liestøl (1990),
//! *Scandinavian Journal of Statistics* 17, 35–41 (transformations).

use crate::curve::SurvivalCurve;
use crate::error::{EstimateError, Result, valid_level};
use crate::interval::{ConfType, normal_quantile};
use crate::quantile::invert;

/// The shape of a simultaneous band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BandType {
    /// Everywhere the same multiple of the pointwise error.
    #[default]
    EqualPrecision,
    /// Wider in the tails, narrower in the middle; may start at the first event.
    HallWellner,
}

/// A simultaneous band over the times of a curve within a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Times of the curve within the range.
    pub time: Vec<f64>,
    /// Lower ends.
    pub low: Vec<f64>,
    /// Upper ends.
    pub high: Vec<f64>,
    /// The critical value the band was built with.
    pub critical: f64,
}

impl SurvivalCurve {
    /// A band that holds the whole curve from `from` to `until` with
    /// probability `level` in large samples.
    ///
    /// The range must begin at or after the first event and end before the
    /// curve's variance is unknown; the equal-precision band needs it to stay
    /// clear of both ends, commonly the middle 80 or 90 % of events.
    /// `conf_type` is the scale, as for intervals. The curve's variance must be
    /// Greenwood's: the theory is for independent people.
    ///
    /// # Errors
    /// A range without events or with a survival of 0, a robust variance, a
    /// bad level.
    ///
    /// ```
    /// use boligspor_estimate::{BandType, ConfType, SurvivalOptions, kaplan_meier};
    /// let time: Vec<f64> = (1..=50).map(f64::from).collect();
    /// let curve = kaplan_meier(&time, &[true; 50], &SurvivalOptions::default())?;
    /// let band = curve.band(BandType::EqualPrecision, 5.0, 45.0, 0.95, ConfType::LogLog)?;
    /// // Wider than the pointwise interval, whose critical value is 1.96.
    /// assert!(band.critical > 2.5 && band.critical < 3.2);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn band(
        &self,
        kind: BandType,
        from: f64,
        until: f64,
        level: f64,
        conf_type: ConfType,
    ) -> Result<Band> {
        valid_level(level)?;
        if self.is_robust() {
            return Err(EstimateError::OutOfRange {
                argument: "robust",
                requirement: "false: bands need independent people and Greenwood's variance",
            });
        }
        let usable = |&r: &usize| {
            let t = self.time[r];
            t >= from && t <= until && self.estimate[r] < 1.0
        };
        let rows: Vec<usize> = (0..self.time.len()).filter(usable).collect();
        let no_range = EstimateError::OutOfRange {
            argument: "from, until",
            requirement: "a range that holds an event and in which survival is above 0",
        };
        let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else {
            return Err(no_range);
        };
        if self.estimate[last] <= 0.0 {
            return Err(no_range);
        }
        let n = self.n as f64;
        // n·Var(ln S), and its place on the unit interval of a Brownian bridge.
        let spread = |r: usize| n * (self.std_error[r] / self.estimate[r]).powi(2);
        let place = |r: usize| spread(r) / (1.0 + spread(r));
        let (a, b) = (place(first), place(last));
        let critical = match kind {
            BandType::EqualPrecision => equal_precision(a, b, 1.0 - level)?,
            BandType::HallWellner => hall_wellner(a, b, level),
        };
        let interval = |&r: &usize| {
            let z = match kind {
                BandType::EqualPrecision => critical,
                BandType::HallWellner => critical * (1.0 + spread(r)) / spread(r).sqrt(),
            };
            conf_type.around(self.estimate[r], self.std_error[r], z)
        };
        let intervals: Vec<_> = rows.iter().map(interval).collect();
        Ok(Band {
            time: rows.iter().map(|&r| self.time[r]).collect(),
            low: intervals.iter().map(|i| i.low).collect(),
            high: intervals.iter().map(|i| i.high).collect(),
            critical,
        })
    }
}

/// Solves `P(sup |B(u)|/sqrt(u(1 - u)) > c) = alpha` over `[a, b]` for the
/// Brownian bridge `B`, by the tail formula of Miller & Siegmund (1982) that
/// Nair uses: `4φ(c)/c + φ(c)(c - 1/c) ln(b(1 - a)/(a(1 - b)))`.
fn equal_precision(a: f64, b: f64, alpha: f64) -> Result<f64> {
    let length = (b * (1.0 - a) / (a * (1.0 - b))).ln();
    if !length.is_finite() {
        return Err(EstimateError::OutOfRange {
            argument: "from, until",
            requirement: "a range clear of both ends of the curve",
        });
    }
    let density = |c: f64| (-0.5 * c * c).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let tail = |c: f64| density(c) * (4.0 / c + (c - 1.0 / c) * length);
    // The formula falls with c from well below any useful critical value.
    let pointwise = normal_quantile(1.0 - alpha / 2.0);
    let (mut low, mut high) = (pointwise.max(1.0), 12.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if tail(middle) > alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Solves `P(sup |B(u)| <= c) = level` over `[a, b]` for the Brownian bridge.
fn hall_wellner(a: f64, b: f64, level: f64) -> f64 {
    let p = |c: f64| bridge_stays_within(a, b, c);
    let slope = |c: f64| (p(c + 1e-5) - p(c - 1e-5)) / 2e-5;
    invert(level, (0.2, 4.0), 1.3, p, slope)
}

/// `P(|B(u)| <= c for u in [a, b])`.
///
/// Given its values at both ends a Brownian bridge is a Brownian bridge between
/// them, whose probability of staying within `±c` is a rapidly converging series
/// of reflections; that is integrated over the bivariate normal distribution of
/// the ends by Gauss–Legendre quadrature.
fn bridge_stays_within(a: f64, b: f64, c: f64) -> f64 {
    if b - a < 1e-9 {
        let z = c / (a * (1.0 - a)).sqrt();
        return 1.0 - statrs::function::erf::erfc(z / std::f64::consts::SQRT_2);
    }
    let nodes = gauss_legendre(64);
    let gap = b - a;
    let (sd_a, conditional) = ((a * (1.0 - a)).sqrt(), (gap * (1.0 - b) / (1.0 - a)).sqrt());
    let normal = |x: f64, sd: f64| {
        (-0.5 * (x / sd).powi(2)).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt())
    };
    // Away from the ends the densities vanish; integrate where they live.
    let (wide, narrow) = (c.min(9.0 * sd_a), 9.0 * conditional);
    let mut sum = 0.0;
    for &(u, weight_u) in &nodes {
        let x = wide * u;
        let mean = x * (1.0 - b) / (1.0 - a);
        let (low, high) = ((mean - narrow).max(-c), (mean + narrow).min(c));
        if low >= high {
            continue;
        }
        let half = 0.5 * (high - low);
        let inner: f64 = nodes
            .iter()
            .map(|&(v, weight_v)| {
                let y = low + half * (v + 1.0);
                half * weight_v * normal(y - mean, conditional) * stays(x, y, c, gap)
            })
            .sum();
        sum += wide * weight_u * normal(x, sd_a) * inner;
    }
    sum
}

/// Probability that a Brownian bridge from `x` to `y` over a time `gap` stays
/// within `±c`, by the method of images.
fn stays(x: f64, y: f64, c: f64, gap: f64) -> f64 {
    let mut sum = 1.0;
    for k in 1..50 {
        let k = f64::from(k);
        // Images reflected in either border an odd and an even number of times.
        let shift = |m: f64| (-2.0 * m / gap).exp();
        let edge = 2.0 * k * c;
        let odd = shift((edge - c - x) * (edge - c - y)) + shift((edge - c + x) * (edge - c + y));
        let even = shift(edge * (edge - (x - y))) + shift(edge * (edge + (x - y)));
        sum += even - odd;
        if odd + even < 1e-17 {
            break;
        }
    }
    sum.clamp(0.0, 1.0)
}

/// Nodes and weights of Gauss–Legendre quadrature on `[-1, 1]`, by Newton's
/// method on the Legendre polynomial.
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|i| {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (mut p, mut previous) = (1.0, 0.0);
                for j in 0..n {
                    let j = j as f64;
                    (p, previous) = (((2.0 * j + 1.0) * x * p - j * previous) / (j + 1.0), p);
                }
                slope = n as f64 * (x * p - previous) / (x * x - 1.0);
                let step = p / slope;
                x -= step;
                if step.abs() < 1e-15 {
                    break;
                }
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SurvivalOptions, kaplan_meier};

    #[test]
    fn over_the_whole_interval_the_critical_values_are_kolmogorovs() {
        // Quantiles of the Kolmogorov distribution: 1.2238, 1.3581, 1.6276.
        for (level, c) in [(0.9, 1.223_848), (0.95, 1.358_099), (0.99, 1.627_624)] {
            assert!(
                (hall_wellner(1e-6, 1.0 - 1e-6, level) - c).abs() < 2e-3,
                "{level}"
            );
        }
    }

    #[test]
    fn over_a_point_both_bands_are_the_pointwise_interval() {
        let c = hall_wellner(0.3, 0.3, 0.95);
        assert!((c / (0.3 * 0.7_f64).sqrt() - 1.959_964).abs() < 1e-5);
    }

    #[test]
    fn a_narrower_range_needs_a_smaller_critical_value() {
        assert!(hall_wellner(0.1, 0.6, 0.95) < hall_wellner(0.05, 0.9, 0.95));
        assert!(
            equal_precision(0.1, 0.6, 0.05).unwrap() < equal_precision(0.05, 0.9, 0.05).unwrap()
        );
    }

    #[test]
    fn the_quadrature_integrates_polynomials_exactly() {
        let square: f64 = gauss_legendre(8).iter().map(|(x, w)| w * x.powi(6)).sum();
        assert!((square - 2.0 / 7.0).abs() < 1e-14);
    }

    #[test]
    fn bands_hold_the_intervals_of_their_times() {
        let time: Vec<f64> = (1..=80).map(f64::from).collect();
        let event: Vec<bool> = (0..80).map(|i| i % 4 > 0).collect();
        let curve = kaplan_meier(&time, &event, &SurvivalOptions::default()).unwrap();
        for kind in [BandType::EqualPrecision, BandType::HallWellner] {
            let band = curve.band(kind, 10.0, 60.0, 0.95, ConfType::Log).unwrap();
            for (t, (low, high)) in band.time.iter().zip(band.low.iter().zip(&band.high)) {
                let interval = curve.at(&[*t])[0].interval;
                assert!(*low < interval.low && *high > interval.high, "{kind:?} {t}");
            }
        }
    }

    #[test]
    fn ranges_without_events_or_survival_are_refused() {
        let curve = kaplan_meier(&[1.0, 2.0], &[true, true], &SurvivalOptions::default()).unwrap();
        for (from, until) in [(3.0, 9.0), (1.0, 2.0), (0.0, 0.5)] {
            assert!(
                curve
                    .band(BandType::HallWellner, from, until, 0.95, ConfType::Log)
                    .is_err()
            );
        }
    }
}
