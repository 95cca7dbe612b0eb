use super::*;
use crate::sample::Random;

fn tight(family: Family) -> GlmOptions {
    GlmOptions {
        family,
        tolerance: 0.0,
        ..GlmOptions::default()
    }
}

/// 3 of 10 without, 12 of 20 with.
fn two_by_two() -> (Vec<f64>, Vec<f64>) {
    let outcome = (0..30)
        .map(|i| f64::from(u8::from(i < 3 || (10..22).contains(&i))))
        .collect();
    (
        outcome,
        (0..30).map(|i| f64::from(u8::from(i >= 10))).collect(),
    )
}

#[test]
fn a_two_by_two_table_gives_the_log_odds_ratio_and_woolfs_error() {
    let (outcome, x) = two_by_two();
    let data = GlmData {
        outcome: &outcome,
        covariates: &[&x],
        ..GlmData::default()
    };
    let fit = glm(&data, &tight(Family::Logistic)).unwrap();
    assert!((fit.terms[0].coef - (3.0_f64 / 7.0).ln()).abs() < 1e-12);
    assert!((fit.terms[1].coef - (12.0 * 7.0 / (8.0 * 3.0_f64)).ln()).abs() < 1e-12);
    let woolf = (1.0 / 3.0 + 1.0 / 7.0 + 1.0 / 12.0 + 1.0 / 8.0_f64).sqrt();
    assert!((fit.terms[1].std_error - woolf).abs() < 1e-12);
    assert!((fit.terms[0].std_error - (1.0 / 3.0 + 1.0 / 7.0_f64).sqrt()).abs() < 1e-12);
    // A saturated model has no misspecification: robust errors are the same.
    let robust = glm(
        &data,
        &GlmOptions {
            errors: Errors::Robust,
            ..tight(Family::Logistic)
        },
    )
    .unwrap();
    assert!((robust.terms[1].robust_std_error.unwrap() - woolf).abs() < 1e-12);
}

#[test]
fn firth_on_a_two_by_two_table_adds_half_to_each_cell() {
    let (outcome, x) = two_by_two();
    let data = GlmData {
        outcome: &outcome,
        covariates: &[&x],
        ..GlmData::default()
    };
    let options = GlmOptions {
        penalty: Penalty::Firth,
        ..tight(Family::Logistic)
    };
    let fit = glm(&data, &options).unwrap();
    assert!((fit.terms[1].coef - (12.5 * 7.5 / (8.5 * 3.5_f64)).ln()).abs() < 1e-9);
    assert!(fit.warnings.is_empty(), "{:?}", fit.warnings);
}

#[test]
fn two_rates_give_the_log_rate_ratio_and_its_error() {
    let data = GlmData {
        outcome: &[4.0, 18.0],
        covariates: &[&[0.0, 1.0]],
        offset: Some(&[100_f64.ln(), 150_f64.ln()]),
        ..GlmData::default()
    };
    let fit = glm(&data, &tight(Family::Poisson)).unwrap();
    assert!((fit.terms[0].coef - 0.04_f64.ln()).abs() < 1e-12);
    assert!((fit.terms[1].coef - 3_f64.ln()).abs() < 1e-12);
    assert!((fit.terms[1].std_error - (1.0 / 4.0 + 1.0 / 18.0_f64).sqrt()).abs() < 1e-12);
    assert!(fit.deviance.abs() < 1e-10);
    // Firth's penalty adds half an event to each group.
    let options = GlmOptions {
        penalty: Penalty::Firth,
        ..tight(Family::Poisson)
    };
    let firth = glm(&data, &options).unwrap();
    let ratio = (18.5 / 150.0 / (4.5 / 100.0_f64)).ln();
    assert!((firth.terms[1].coef - ratio).abs() < 1e-9);
}

/// Random rows with weights, offset and two covariates.
fn random(seed: u64) -> [Vec<f64>; 5] {
    let mut random = Random(seed);
    let mut columns: [Vec<f64>; 5] = Default::default();
    for _ in 0..40 {
        columns[0].push(f64::from(u8::from(random.uniform() < 0.4)));
        columns[1].push(random.uniform() * 3.0 - 1.0);
        columns[2].push((random.uniform() * 3.0).floor() + 100.0);
        columns[3].push((random.uniform() * 3.0).ceil() / 2.0);
        columns[4].push(random.uniform() - 0.5);
    }
    columns
}

#[test]
fn the_estimate_is_where_the_score_vanishes() {
    for seed in 0..10 {
        let [outcome, x1, x2, weights, offset] = random(seed);
        let data = GlmData {
            outcome: &outcome,
            covariates: &[&x1, &x2],
            weights: Some(&weights),
            offset: Some(&offset),
            cluster: None,
        };
        for family in [Family::Logistic, Family::Poisson] {
            for ridge in [0.0, 3.0] {
                let fit = glm(
                    &data,
                    &GlmOptions {
                        ridge,
                        ..tight(family)
                    },
                )
                .unwrap();
                assert!(
                    fit.warnings.is_empty(),
                    "{seed} {family:?} {:?}",
                    fit.warnings
                );
                let residual: Vec<f64> = (0..40)
                    .map(|i| weights[i] * (outcome[i] - fit.fitted[i]))
                    .collect();
                assert!(residual.iter().sum::<f64>().abs() < 1e-10);
                for (column, term) in [&x1, &x2].iter().zip(&fit.terms[1..]) {
                    let total: f64 = weights.iter().sum();
                    let mean = dot(&weights, column) / total;
                    let square: f64 = (0..40)
                        .map(|i| weights[i] * (column[i] - mean).powi(2))
                        .sum::<f64>()
                        / total;
                    let score = dot(&residual, column) - mean * residual.iter().sum::<f64>();
                    assert!((score - ridge * term.coef * square).abs() < 1e-8);
                }
                let again = fit.predict(&[&x1, &x2], Some(&offset)).unwrap();
                assert!(
                    again
                        .iter()
                        .zip(&fit.fitted)
                        .all(|(a, b)| (a - b).abs() < 1e-12)
                );
            }
        }
    }
}

#[test]
fn whole_weights_are_repeated_rows() {
    let [outcome, x1, x2, weights, _] = random(3);
    let whole: Vec<f64> = weights.iter().map(|w| (w * 2.0).floor()).collect();
    let repeat = |v: &[f64]| -> Vec<f64> {
        v.iter()
            .zip(&whole)
            .flat_map(|(v, w)| vec![*v; *w as usize])
            .collect()
    };
    let weighted = GlmData {
        outcome: &outcome,
        covariates: &[&x1, &x2],
        weights: Some(&whole),
        ..GlmData::default()
    };
    let (long, c1, c2) = (repeat(&outcome), repeat(&x1), repeat(&x2));
    let repeated = GlmData {
        outcome: &long,
        covariates: &[&c1, &c2],
        ..GlmData::default()
    };
    let (a, b) = (
        glm(&weighted, &tight(Family::Poisson)).unwrap(),
        glm(&repeated, &tight(Family::Poisson)).unwrap(),
    );
    for (a, b) in a.terms.iter().zip(&b.terms) {
        assert!((a.coef - b.coef).abs() < 1e-11 && (a.std_error - b.std_error).abs() < 1e-11);
    }
}

#[test]
fn clusters_of_one_row_are_robust_errors_and_clusters_add_scores() {
    let [outcome, x1, _, _, _] = random(5);
    let data = GlmData {
        outcome: &outcome,
        covariates: &[&x1],
        ..GlmData::default()
    };
    let own: Vec<u32> = (0..40).rev().collect();
    let pairs: Vec<u32> = (0..40).map(|i| i / 2).collect();
    let error = |data: &GlmData, errors| {
        let fit = glm(
            data,
            &GlmOptions {
                errors,
                ..tight(Family::Logistic)
            },
        )
        .unwrap();
        fit.terms[1].robust_std_error.unwrap()
    };
    let robust = error(&data, Errors::Robust);
    assert!(
        (error(
            &GlmData {
                cluster: Some(&own),
                ..data
            },
            Errors::Model
        ) - robust)
            .abs()
            < 1e-12
    );
    // Each row twice, clustered: the same information twice as large, the
    // same covariance as the rows once.
    let twice = |v: &[f64]| v.iter().flat_map(|v| [*v, *v]).collect::<Vec<f64>>();
    let (y2, x2) = (twice(&outcome), twice(&x1));
    let same: Vec<u32> = (0..80).map(|i| i / 2).collect();
    let doubled = GlmData {
        outcome: &y2,
        covariates: &[&x2],
        cluster: Some(&same),
        ..GlmData::default()
    };
    assert!((error(&doubled, Errors::Model) - robust).abs() < 1e-12);
    assert!(
        (error(
            &GlmData {
                cluster: Some(&pairs),
                ..data
            },
            Errors::Model
        ) - robust)
            .abs()
            > 1e-6
    );
}

#[test]
fn separation_is_named_and_firth_gives_a_finite_answer() {
    let outcome = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let data = GlmData {
        outcome: &outcome,
        covariates: &[&x],
        ..GlmData::default()
    };
    let plain = glm(&data, &GlmOptions::default()).unwrap();
    assert!(
        plain
            .warnings
            .contains(&FitWarning::Separated { column: 0 }),
        "{:?}",
        plain.warnings
    );
    let options = GlmOptions {
        penalty: Penalty::FirthIfSeparated,
        ..GlmOptions::default()
    };
    let firth = glm(&data, &options).unwrap();
    assert!(
        firth.penalised && firth.warnings.is_empty(),
        "{:?}",
        firth.warnings
    );
    assert!(firth.terms[1].coef > 0.2 && firth.terms[1].coef < 5.0);
}

#[test]
fn a_group_without_events_separates_a_poisson_model() {
    let data = GlmData {
        outcome: &[0.0, 0.0, 3.0, 5.0],
        covariates: &[&[0.0, 0.0, 1.0, 1.0]],
        ..GlmData::default()
    };
    let options = GlmOptions {
        family: Family::Poisson,
        ..GlmOptions::default()
    };
    let fit = glm(&data, &options).unwrap();
    assert!(
        fit.warnings.contains(&FitWarning::Separated { column: 0 }),
        "{:?}",
        fit.warnings
    );
}

#[test]
fn redundant_columns_are_left_out_and_named() {
    let [outcome, x1, _, _, _] = random(2);
    let (constant, double): (Vec<f64>, Vec<f64>) = x1.iter().map(|x| (4.0, 1.0 - 2.0 * x)).unzip();
    let data = GlmData {
        outcome: &outcome,
        covariates: &[&constant, &x1, &double],
        ..GlmData::default()
    };
    let fit = glm(&data, &tight(Family::Logistic)).unwrap();
    assert_eq!(
        fit.warnings,
        [
            FitWarning::Collinear { column: 0 },
            FitWarning::Collinear { column: 2 }
        ]
    );
    let alone = GlmData {
        covariates: &[&x1],
        ..data
    };
    let alone = glm(&alone, &tight(Family::Logistic)).unwrap();
    assert!((fit.terms[2].coef - alone.terms[1].coef).abs() < 1e-10);
    assert!((fit.terms[0].coef - alone.terms[0].coef).abs() < 1e-10);
}

#[test]
fn an_outcome_that_never_varies_says_so() {
    for outcome in [[0.0; 4], [1.0; 4]] {
        let data = GlmData {
            outcome: &outcome,
            covariates: &[&[1.0, 2.0, 3.0, 5.0]],
            ..GlmData::default()
        };
        let fit = glm(&data, &GlmOptions::default()).unwrap();
        assert_eq!(fit.warnings, [FitWarning::NoEvents]);
        assert!(fit.terms[0].coef.is_nan());
        // Firth's intercept alone is (k + 1/2)/(n + 1).
        let data = GlmData {
            covariates: &[],
            ..data
        };
        let firth = glm(
            &data,
            &GlmOptions {
                penalty: Penalty::Firth,
                ..GlmOptions::default()
            },
        )
        .unwrap();
        let share = (outcome[0] * 4.0 + 0.5) / 5.0;
        assert!((firth.fitted[0] - share).abs() < 1e-9);
    }
}

#[test]
fn a_heavy_ridge_leaves_the_intercept() {
    let (outcome, x) = two_by_two();
    let data = GlmData {
        outcome: &outcome,
        covariates: &[&x],
        ..GlmData::default()
    };
    let fit = glm(
        &data,
        &GlmOptions {
            ridge: 1e9,
            ..tight(Family::Logistic)
        },
    )
    .unwrap();
    assert!(fit.terms[1].coef.abs() < 1e-6);
    assert!((fit.fitted[0] - 0.5).abs() < 1e-6);
}

#[test]
fn outcomes_the_family_cannot_have_are_refused() {
    let data = GlmData {
        outcome: &[2.0, 1.0],
        ..GlmData::default()
    };
    assert_eq!(
        glm(&data, &GlmOptions::default()).unwrap_err(),
        EstimateError::BadProbability {
            argument: "outcome"
        }
    );
    let data = GlmData {
        outcome: &[-1.0, 1.0],
        ..GlmData::default()
    };
    let options = GlmOptions {
        family: Family::Poisson,
        ..GlmOptions::default()
    };
    assert_eq!(
        glm(&data, &options).unwrap_err(),
        EstimateError::Negative {
            argument: "outcome",
            rows: 1
        }
    );
}
