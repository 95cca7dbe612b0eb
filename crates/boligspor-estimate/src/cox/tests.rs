use super::*;

const TIME: [f64; 6] = [1.0, 1.0, 6.0, 6.0, 8.0, 9.0];
const EVENT: [bool; 6] = [true, false, true, true, false, true];
const X: [f64; 6] = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0];

/// The six people of Therneau & Grambsch (2000), appendix E.2.
fn six() -> CoxData<'static> {
    CoxData {
        time: &TIME,
        event: &EVENT,
        covariates: &[&X],
        ..CoxData::default()
    }
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
}

fn tight(ties: Ties) -> CoxOptions {
    CoxOptions {
        ties,
        tolerance: 1e-15,
        ..CoxOptions::default()
    }
}

fn fit(time: &[f64], event: &[bool], x: &[&[f64]], options: &CoxOptions) -> CoxFit {
    cox(
        &CoxData {
            time,
            event,
            covariates: x,
            ..CoxData::default()
        },
        options,
    )
    .unwrap()
}

/// With r = e^β the risk sets are 3r + 3 at time 1, r + 3 (two tied events, one of each kind) at 6, 1 at 9.
#[test]
fn breslow_on_the_six_people_of_therneau_and_grambsch() {
    let fit = cox(&six(), &tight(Ties::Breslow)).unwrap();
    // L = 2β - ln(3r + 3) - 2 ln(r + 3); L' = 0 is r² - 3r - 6 = 0.
    let r = f64::midpoint(3.0, 33.0_f64.sqrt());
    near(fit.terms[0].coef, r.ln());
    let log = 2.0 * r.ln() - (3.0 * r + 3.0).ln() - 2.0 * (r + 3.0).ln();
    near(fit.log_likelihood, log);
    // I = r/(r + 1)² + 6r/(r + 3)²
    let information = r / (r + 1.0).powi(2) + 6.0 * r / (r + 3.0).powi(2);
    near(fit.terms[0].std_error, information.powf(-0.5));
    // At β = 0: U = 1, I = 1/4 + 3/8.
    near(fit.score_test.statistic, 1.6);
}

#[test]
fn efron_on_the_six_people_of_therneau_and_grambsch() {
    let fit = cox(&six(), &tight(Ties::Efron)).unwrap();
    // The second tied event sees (r + 3) - (r + 1)/2 = (r + 5)/2, so that
    // L = 2β - ln(3r + 3) - ln(r + 3) - ln((r + 5)/2), and L' = 0 is
    // 2 - r/(r + 1) - r/(r + 3) - r/(r + 5) = 0, that is r³ - 23r - 30 = 0.
    let r = fit.terms[0].coef.exp();
    assert!((r.powi(3) - 23.0 * r - 30.0).abs() < 1e-10);
    let information =
        r / (r + 1.0).powi(2) + 3.0 * r / (r + 3.0).powi(2) + 5.0 * r / (r + 5.0).powi(2);
    near(fit.terms[0].std_error, information.powf(-0.5));
}

#[test]
fn exact_on_the_six_people_counts_pairs() {
    let fit = cox(&six(), &tight(Ties::Exact)).unwrap();
    // Pairs out of {1, 0, 0, 0}: 3r + 3. L = 2β - ln(3r + 3) - ln(3r + 3),
    // which has L' = 2 - 2r/(r + 1) > 0 for all r: no maximum.
    assert!(fit.warnings.contains(&FitWarning::Separated { column: 0 }));
}

#[test]
fn delayed_entry_by_hand() {
    // At 3, {a (x = 1), b} are at risk, c enters at 3 and is not; at 5,
    // {b, c (x = 1)}. L = β - ln(r + 1) + 0 - ln(r + 1): r = 1, β = 0.
    let data = CoxData {
        time: &[3.0, 5.0, 6.0],
        entry: Some(&[0.0, 0.0, 3.0]),
        event: &[true, true, false],
        covariates: &[&[1.0, 0.0, 1.0]],
        ..CoxData::default()
    };
    let fit = cox(&data, &tight(Ties::Efron)).unwrap();
    assert!(fit.terms[0].coef.abs() < 1e-12);
    near(fit.terms[0].std_error, 2.0_f64.sqrt());
}

#[test]
fn a_weight_of_two_is_two_people_for_breslow() {
    let weights = [2.0, 1.0, 1.0, 2.0, 1.0, 1.0];
    let data = CoxData {
        weights: Some(&weights),
        ..six()
    };
    let weighted = cox(&data, &tight(Ties::Breslow)).unwrap();
    let twice = |v: &[f64]| [v, &[v[0], v[3]]].concat();
    let event = [true, false, true, true, false, true, true, true];
    let repeated = fit(&twice(&TIME), &event, &[&twice(&X)], &tight(Ties::Breslow));
    near(weighted.terms[0].coef, repeated.terms[0].coef);
    near(weighted.terms[0].std_error, repeated.terms[0].std_error);
}

#[test]
fn rows_of_weight_zero_are_as_if_absent() {
    let weights = [1.0, 1.0, 0.0, 1.0, 1.0, 1.0];
    let data = CoxData {
        weights: Some(&weights),
        ..six()
    };
    let with = cox(&data, &tight(Ties::Efron)).unwrap();
    let drop = |v: &[f64]| [&v[..2], &v[3..]].concat();
    let without = fit(
        &drop(&TIME),
        &[true, false, true, false, true],
        &[&drop(&X)],
        &tight(Ties::Efron),
    );
    assert_eq!(with.rows, 5);
    near(with.log_likelihood, without.log_likelihood);
}

#[test]
fn the_order_of_rows_and_the_unit_of_covariates_do_not_matter() {
    let sample = crate::sample::Sample::new(4, 50, 2);
    let columns = sample.columns();
    let data = *sample.variants(&columns).last().unwrap();
    let fit = cox(&data, &tight(Ties::Efron)).unwrap();
    let back = |v: &[f64]| v.iter().rev().copied().collect::<Vec<f64>>();
    let thousand: Vec<f64> = back(columns[0]).iter().map(|x| 1000.0 * x + 7.0).collect();
    let event: Vec<bool> = data.event.iter().rev().copied().collect();
    let strata: Vec<u32> = sample.strata.iter().rev().copied().collect();
    let turned = CoxData {
        time: &back(data.time),
        event: &event,
        covariates: &[&thousand, &back(columns[1])],
        entry: Some(&back(&sample.entry)),
        weights: Some(&back(&sample.weights)),
        strata: Some(&strata),
        ..CoxData::default()
    };
    let other = cox(&turned, &tight(Ties::Efron)).unwrap();
    assert!((fit.terms[0].coef - 1000.0 * other.terms[0].coef).abs() < 1e-11);
    assert!(
        (fit.terms[1].robust_std_error.unwrap() - other.terms[1].robust_std_error.unwrap()).abs()
            < 1e-11
    );
}

#[test]
fn separation_is_named_and_firth_gives_a_finite_answer() {
    // Everyone with x = 1 has the event before anyone without.
    let time = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let x = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0];
    let plain = fit(&time, &[true; 6], &[&x], &CoxOptions::default());
    assert!(
        plain
            .warnings
            .contains(&FitWarning::Separated { column: 0 })
    );
    assert!(!plain.penalised);
    for penalty in [Penalty::Firth, Penalty::FirthIfSeparated] {
        let firth = fit(
            &time,
            &[true; 6],
            &[&x],
            &CoxOptions {
                penalty,
                ..CoxOptions::default()
            },
        );
        assert!(
            firth.penalised && firth.warnings.is_empty(),
            "{:?}",
            firth.warnings
        );
        assert!(firth.terms[0].coef > 0.5 && firth.terms[0].coef < 6.0);
    }
    // Where there is a maximum the choice leaves it alone.
    let options = CoxOptions {
        penalty: Penalty::FirthIfSeparated,
        ..CoxOptions::default()
    };
    let left = cox(&six(), &options).unwrap();
    assert!(!left.penalised && left.warnings.is_empty());
}

#[test]
fn firth_maximises_the_penalised_likelihood() {
    let options = CoxOptions {
        penalty: Penalty::Firth,
        ..tight(Ties::Breslow)
    };
    let found = cox(&six(), &options).unwrap().terms[0].coef;
    let objective = |b: f64| {
        let r = b.exp();
        let log = 2.0 * b - (3.0 * r + 3.0).ln() - 2.0 * (r + 3.0).ln();
        log + 0.5 * (r / (r + 1.0).powi(2) + 6.0 * r / (r + 3.0).powi(2)).ln()
    };
    for step in [-1e-3, 1e-3] {
        assert!(objective(found) > objective(found + step));
    }
    let h = 1e-5;
    assert!((objective(found + h) - objective(found - h)).abs() / (2.0 * h) < 1e-8);
}

#[test]
fn a_repeated_or_constant_column_is_left_out_and_named() {
    let double: Vec<f64> = X.iter().map(|x| 3.0 - 2.0 * x).collect();
    let constant = [5.0; 6];
    let fit = fit(
        &TIME,
        &EVENT,
        &[&constant, &X, &double],
        &tight(Ties::Efron),
    );
    assert_eq!(
        fit.warnings,
        [
            FitWarning::Collinear { column: 0 },
            FitWarning::Collinear { column: 2 }
        ]
    );
    assert!(fit.terms[0].coef.is_nan() && fit.terms[2].std_error.is_nan());
    assert!((fit.terms[1].coef - 1.676_857).abs() < 1e-6);
    assert_eq!(fit.wald_test.df, 1);
}

#[test]
fn no_events_and_one_person_have_no_estimate_and_say_so() {
    let none = fit(
        &[1.0, 2.0],
        &[false, false],
        &[&[0.0, 1.0]],
        &CoxOptions::default(),
    );
    assert_eq!(none.warnings, [FitWarning::NoEvents]);
    assert!(none.terms[0].coef.is_nan() && none.baseline()[0].time.is_empty());
    let one = fit(&[1.0], &[true], &[&[0.5]], &CoxOptions::default());
    assert_eq!(one.warnings, [FitWarning::Collinear { column: 0 }]);
    assert_eq!(one.log_likelihood, 0.0);
}

#[test]
fn a_covariate_constant_within_strata_carries_no_information() {
    let strata = [1, 1, 1, 2, 2, 2];
    let data = CoxData {
        strata: Some(&strata),
        ..six()
    };
    let fit = cox(&data, &CoxOptions::default()).unwrap();
    assert_eq!(fit.warnings, [FitWarning::Collinear { column: 0 }]);
}

#[test]
fn exact_ties_refuse_what_they_cannot_do() {
    let weights = [2.0; 6];
    let data = CoxData {
        weights: Some(&weights),
        covariates: &[],
        ..six()
    };
    assert!(matches!(
        cox(&data, &tight(Ties::Exact)),
        Err(EstimateError::OutOfRange {
            argument: "ties",
            ..
        })
    ));
}

#[test]
fn huge_linear_predictors_do_not_overflow() {
    let offset = [900.0, 880.0, 901.0, 899.0, 900.0, 905.0];
    let data = CoxData {
        offset: Some(&offset),
        ..six()
    };
    let fit = cox(&data, &CoxOptions::default()).unwrap();
    assert!(fit.log_likelihood.is_finite() && fit.terms[0].coef.is_finite());
}
