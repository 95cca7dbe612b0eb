use super::*;
use crate::sample::Random;

fn of(values: &[f64]) -> MeanData<'_> {
    MeanData {
        values,
        ..MeanData::default()
    }
}

fn with(method: MeanMethod) -> MeanOptions {
    MeanOptions {
        method,
        ..MeanOptions::default()
    }
}

/// Half zeros, half gamma with shape 1/2 (a squared normal) and mean 1.
fn cost(random: &mut Random) -> f64 {
    if random.uniform() < 0.5 {
        return 0.0;
    }
    let (u, v) = (random.uniform().max(1e-300), random.uniform());
    let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
    normal * normal
}

#[test]
fn the_error_of_a_plain_mean_is_the_textbooks() {
    let values = [1.0, 2.0, 3.0, 4.0, 10.0];
    let found = mean_interval(&of(&values), &with(MeanMethod::Normal)).unwrap();
    // Squared deviations 9 + 4 + 1 + 0 + 36 = 50 over 4 · 5.
    assert!((found.estimate.estimate - 4.0).abs() < 1e-12);
    assert!((found.estimate.std_error - 2.5_f64.sqrt()).abs() < 1e-12);
    assert!(matches!(
        found.warnings[0],
        MeanWarning::NotNormal { people: 5, .. }
    ));
}

#[test]
fn rows_of_a_person_are_one_and_weights_make_a_ratio() {
    let data = MeanData {
        values: &[10.0, 20.0, 60.0, 30.0],
        person: Some(&[7, 7, 3, 5]),
        weights: Some(&[1.0, 1.0, 0.5, 2.0]),
    };
    let found = mean_interval(&data, &with(MeanMethod::Percentile)).unwrap();
    // (30 + 30 + 60) / (2 + 0.5 + 2), residuals by person −23⅓, 16⅔, 6⅔.
    let mean = 120.0 / 4.5;
    let residuals = [30.0 - 2.0 * mean, 30.0 - 0.5 * mean, 60.0 - 2.0 * mean];
    let square: f64 = residuals.iter().map(|r| r * r).sum();
    let error = (square * 3.0 / 2.0).sqrt() / 4.5;
    assert_eq!(found.people, 3);
    assert!((found.estimate.estimate - mean).abs() < 1e-12);
    assert!((found.estimate.std_error - error).abs() < 1e-12);
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let values: Vec<f64> = (0..30).map(|i| f64::from(i * i % 17)).collect();
    let keys: Vec<u64> = (0..30).map(|i| 1_000 + i).collect();
    let forward = MeanData {
        values: &values,
        person: Some(&keys),
        weights: None,
    };
    let (backward, back_keys): (Vec<f64>, Vec<u64>) = values
        .iter()
        .copied()
        .zip(keys.iter().copied())
        .rev()
        .unzip();
    let reversed = MeanData {
        values: &backward,
        person: Some(&back_keys),
        weights: None,
    };
    for method in [
        MeanMethod::BootstrapT,
        MeanMethod::Percentile,
        MeanMethod::Bca,
    ] {
        let a = mean_interval(&forward, &with(method)).unwrap();
        let b = mean_interval(&reversed, &with(method)).unwrap();
        assert_eq!(a, b);
    }
}

#[test]
fn a_cap_says_what_it_removes() {
    let options = MeanOptions {
        cap: Some(10.0),
        ..MeanOptions::default()
    };
    let values = [0.0, 5.0, 10.0, 15.0, 70.0];
    let found = mean_interval(&of(&values), &options).unwrap();
    assert!((found.estimate.estimate - 7.0).abs() < 1e-12);
    assert!((found.removed - 65.0).abs() < 1e-12);
    let capped = found
        .warnings
        .iter()
        .find(|w| matches!(w, MeanWarning::Capped { .. }));
    assert_eq!(
        capped,
        Some(&MeanWarning::Capped {
            rows: 2,
            share: 0.65
        })
    );
}

#[test]
fn nothing_varies_and_the_interval_is_the_mean() {
    for method in [MeanMethod::BootstrapT, MeanMethod::Normal, MeanMethod::Bca] {
        let found = mean_interval(&of(&[3.0; 12]), &with(method)).unwrap();
        let interval = found.estimate.interval;
        assert!((interval.low, interval.high) == (3.0, 3.0), "{method:?}");
    }
}

#[test]
fn a_difference_of_groups_needs_different_people() {
    let a = MeanData {
        values: &[1.0, 2.0, 6.0],
        person: Some(&[1, 2, 3]),
        weights: None,
    };
    let b = MeanData {
        person: Some(&[3, 4, 5]),
        ..a
    };
    assert!(matches!(
        mean_difference(&a, &b, &MeanOptions::default()),
        Err(EstimateError::InconsistentRows { people: 1, .. })
    ));
    let c = MeanData {
        person: Some(&[7, 8, 9]),
        ..a
    };
    let found = mean_difference(&a, &c, &MeanOptions::default()).unwrap();
    assert_eq!(found.difference.estimate, 0.0);
    let interval = found.difference.interval;
    assert!(interval.low < 0.0 && interval.high > 0.0);
}

#[test]
fn bad_input_is_named() {
    let good = MeanOptions::default();
    assert!(mean_interval(&of(&[]), &good).is_err());
    assert!(mean_interval(&of(&[1.0]), &good).is_err());
    assert!(mean_interval(&of(&[1.0, f64::NAN]), &good).is_err());
    let few = MeanOptions {
        replicates: 10,
        ..good
    };
    assert!(mean_interval(&of(&[1.0, 2.0]), &few).is_err());
    assert!(median_interval(&[], 0.95).is_err());
    assert!(concentration(&[1.0, -1.0], None, 0.1, 999, 1, 0.95).is_err());
    assert!(concentration(&[0.0, 0.0], None, 0.1, 999, 1, 0.95).is_err());
}

/// Coverage on gamma costs with zeros; slow, told in docs/coverage.md.
#[test]
#[ignore = "simulation, about a minute optimised: run with --ignored --nocapture"]
#[expect(
    clippy::print_stdout,
    reason = "the table is the point of a simulation"
)]
fn coverage_on_gamma_costs_with_zeros() {
    let runs: usize = std::env::var("RUNS").map_or(2_000, |r| r.parse().unwrap());
    for n in [10, 20, 50, 100, 200] {
        let mut covered = [0; 4];
        let mut usable = 0;
        let mut random = Random(n as u64);
        for run in 0..runs {
            let values: Vec<f64> = (0..n).map(|_| cost(&mut random)).collect();
            if values.iter().filter(|v| **v > 0.0).count() < 2 {
                continue;
            }
            usable += 1;
            for (hits, method) in covered.iter_mut().zip([
                MeanMethod::BootstrapT,
                MeanMethod::Normal,
                MeanMethod::Bca,
                MeanMethod::Percentile,
            ]) {
                let options = MeanOptions {
                    method,
                    replicates: 999,
                    seed: run as u64,
                    ..MeanOptions::default()
                };
                let found = mean_interval(&of(&values), &options)
                    .unwrap()
                    .estimate
                    .interval;
                *hits += usize::from(found.low <= 0.5 && 0.5 <= found.high);
            }
        }
        let share = |hits: usize| 100.0 * hits as f64 / usable as f64;
        println!(
            "n = {n}: bootstrap-t {:.1} %, normal {:.1} %, BCa {:.1} %, percentile {:.1} % of {usable}",
            share(covered[0]),
            share(covered[1]),
            share(covered[2]),
            share(covered[3]),
        );
        if n >= 50 {
            assert!((92.0..=97.5).contains(&share(covered[0])));
            assert!(covered[0] > covered[1]);
        }
    }
}
