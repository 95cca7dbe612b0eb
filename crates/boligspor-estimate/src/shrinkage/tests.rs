use statrs::function::gamma::ln_gamma;

use super::*;
use crate::sample::Random;

#[test]
fn equal_errors_shrink_by_the_classic_factor() {
    // λ = τ²/(τ² + 1) with τ² = s² - 1 the same by REML, moments and Paule-Mandel.
    let y = [2.0, 5.0, 6.0, 11.0];
    let spread: f64 = y.iter().map(|y| (y - 6.0_f64).powi(2)).sum::<f64>() / 3.0;
    for method in [
        BetweenMethod::Reml,
        BetweenMethod::DerSimonianLaird,
        BetweenMethod::PauleMandel,
    ] {
        let found = normal_normal(&y, &[1.0; 4], method, 0.95).unwrap();
        assert!((found.between - (spread - 1.0)).abs() < 1e-9, "{method:?}");
        let lambda = (spread - 1.0) / spread;
        assert!((found.units[3].estimate - (lambda * 11.0 + (1.0 - lambda) * 6.0)).abs() < 1e-9);
        let error = lambda + (1.0 - lambda).powi(2) * spread / 4.0;
        assert!((found.units[3].std_error - error.sqrt()).abs() < 1e-9);
    }
    let ml = normal_normal(&y, &[1.0; 4], BetweenMethod::Ml, 0.95).unwrap();
    assert!((ml.between - (spread * 0.75 - 1.0)).abs() < 1e-9);
}

#[test]
fn units_no_more_apart_than_chance_get_the_common_figure() {
    let found = normal_normal(&[1.0, 1.1, 0.9], &[1.0; 3], BetweenMethod::Reml, 0.95).unwrap();
    assert_eq!(found.between, 0.0);
    assert!(found.units.iter().all(|u| (u.estimate - 1.0).abs() < 1e-12));
    let counts = gamma_poisson(&[10, 20, 30], &[10.0, 20.0, 30.0], 0.95).unwrap();
    assert_eq!(counts.between, 0.0);
    assert!(
        counts
            .units
            .iter()
            .all(|u| u.estimate == 1.0 && u.reliability == 0.0)
    );
    let shares = beta_binomial(&[5, 10], &[10, 20], 0.95).unwrap();
    assert!(shares.units.iter().all(|u| u.estimate == 0.5));
    // That units look alike is not to know that they are: nothing is without error.
    for unit in counts.units.iter().chain(&shares.units) {
        assert!(unit.std_error > 0.0);
        assert!(unit.interval.low < unit.estimate && unit.estimate < unit.interval.high);
    }
}

#[test]
fn units_that_look_alike_are_as_uncertain_as_their_sum_at_least() {
    // Were they surely alike, the error would be that of 60 events: 1/sqrt(60).
    let counts = gamma_poisson(&[10, 20, 30], &[10.0, 20.0, 30.0], 0.95).unwrap();
    assert!(
        counts
            .units
            .iter()
            .all(|u| u.std_error > 60.0_f64.powf(-0.5))
    );
    // The smallest unit may lie furthest from the others.
    assert!(counts.units[0].std_error > counts.units[2].std_error);
    let many = gamma_poisson(&[1000; 98], &[1000.0; 98], 0.95).unwrap();
    assert!(many.units.iter().all(|u| u.std_error < 0.02));
}

#[test]
fn nothing_anywhere_is_zero_up_to_the_exact_limit_of_all() {
    let found = gamma_poisson(&[0, 0], &[3.0, 5.0], 0.95).unwrap();
    for unit in &found.units {
        assert_eq!((unit.estimate, unit.interval.low), (0.0, 0.0));
        // A count of 0 allows a mean of -ln 0.025 among the 8 expected.
        assert!((unit.interval.high - -(0.025_f64.ln()) / 8.0).abs() < 1e-9);
    }
    assert!((found.probability_above(0.5)[0] - (-4.0_f64).exp()).abs() < 1e-9);
    // Beta(1, 31) reaches 1 - 0.025^(1/31).
    let shares = beta_binomial(&[0, 0], &[10, 20], 0.95).unwrap();
    let high = 1.0 - 0.025_f64.powf(1.0 / 31.0);
    assert!((shares.units[1].interval.high - high).abs() < 1e-9);
    let all = beta_binomial(&[10, 20], &[10, 20], 0.95).unwrap();
    assert!((all.units[0].interval.low - (1.0 - high)).abs() < 1e-9);
    assert_eq!(all.units[0].interval.high, 1.0);
}

/// Units with gamma ratios and Poisson counts.
fn planted(seed: u64) -> (Vec<f64>, Vec<u64>, Vec<f64>) {
    let mut random = Random(seed);
    let (mut truth, mut observed, mut expected) = (vec![], vec![], vec![]);
    for _ in 0..98 {
        // Shape 4, mean 1: the mean of four exponentials.
        let ratio = (0..4).map(|_| -random.uniform().ln() / 4.0).sum::<f64>();
        let e = 2.0 + 40.0 * random.uniform().powi(3);
        let (mut count, mut clock) = (0, -random.uniform().ln());
        while clock < ratio * e {
            count += 1;
            clock -= random.uniform().ln();
        }
        truth.push(ratio);
        observed.push(count);
        expected.push(e);
    }
    (truth, observed, expected)
}

#[test]
fn planted_ratios_are_recovered_better_than_crude_ones_and_covered() {
    let (mut crude, mut shrunk, mut covered, mut n, mut between) = (0.0, 0.0, 0, 0, 0.0);
    for seed in 0..20 {
        let (truth, observed, expected) = planted(seed);
        let found = gamma_poisson(&observed, &expected, 0.95).unwrap();
        between += found.between / 20.0;
        for (unit, truth) in found.units.iter().zip(truth) {
            crude += (unit.crude - truth).powi(2);
            shrunk += (unit.estimate - truth).powi(2);
            covered += i32::from(unit.interval.low <= truth && truth <= unit.interval.high);
            n += 1;
        }
    }
    assert!(shrunk < 0.75 * crude, "{shrunk} {crude}");
    let share = f64::from(covered) / f64::from(n);
    assert!((0.93..0.97).contains(&share), "{share}");
    assert!((between - 0.25).abs() < 0.04, "{between}");
}

#[test]
fn the_beta_binomial_maximises_its_likelihood() {
    let (s, n) = ([4, 160, 55, 30, 90], [4, 200, 90, 40, 100]);
    let found = beta_binomial(&s, &n, 0.95).unwrap();
    let size = found.mean * (1.0 - found.mean) / found.between - 1.0;
    let log = |size: f64, mean: f64| -> f64 {
        let (a, b) = (size * mean, size * (1.0 - mean));
        let ln_beta = |a: f64, b: f64| ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
        s.iter()
            .zip(&n)
            .map(|(&s, &n)| ln_beta(a + s as f64, b + (n - s) as f64) - ln_beta(a, b))
            .sum()
    };
    let best = log(size, found.mean);
    for (x, y) in [(1.02, 0.0), (0.98, 0.0), (1.0, 0.005), (1.0, -0.005)] {
        assert!(log(size * x, found.mean + y) < best + 1e-9);
    }
    for unit in &found.units {
        assert!(unit.interval.low < unit.estimate && unit.estimate < unit.interval.high);
    }
}

#[test]
fn probabilities_and_intervals_agree() {
    let (_, observed, expected) = planted(3);
    let found = gamma_poisson(&observed, &expected, 0.9).unwrap();
    for (i, unit) in found.units.iter().enumerate() {
        assert!((found.probability_above(unit.interval.low)[i] - 0.95).abs() < 1e-9);
        assert!((found.probability_above(unit.interval.high)[i] - 0.05).abs() < 1e-9);
    }
    let normal = normal_normal(&[1.0, 4.0, 9.0], &[1.0; 3], BetweenMethod::Reml, 0.9).unwrap();
    for (i, unit) in normal.units.iter().enumerate() {
        assert!((normal.probability_above(unit.interval.high)[i] - 0.05).abs() < 1e-9);
        assert!(unit.interval.low < unit.estimate && unit.estimate < unit.interval.high);
    }
}
