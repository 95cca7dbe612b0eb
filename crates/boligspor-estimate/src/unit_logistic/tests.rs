use super::*;
use crate::glm::{GlmData, GlmOptions, glm};
use crate::sample::Random;

/// Cells of `units` units by two levels and a number, with planted effects.
struct Planted {
    events: Vec<f64>,
    trials: Vec<f64>,
    columns: Vec<Vec<f64>>,
    unit: Vec<u32>,
}

impl Planted {
    fn new(seed: u64, units: u32, people: f64) -> Self {
        let mut random = Random(seed);
        let mut out = Self {
            events: vec![],
            trials: vec![],
            columns: vec![vec![]; 3],
            unit: vec![],
        };
        for g in 0..units {
            let effect = 1.2 * (random.uniform() - 0.5) - 1.5;
            for row in 0..8 {
                let (old, user) = (f64::from(row % 2), f64::from(row / 2 % 2));
                let age = 18.0 + 50.0 * random.uniform();
                let eta = effect + 0.8 * old - 0.5 * user + 0.01 * age;
                let n = (people * random.uniform()).ceil();
                let p = 1.0 / (1.0 + (-eta).exp());
                let events = (0..n as u32).filter(|_| random.uniform() < p).count();
                out.events.push(events as f64);
                out.trials.push(n);
                for (column, x) in out.columns.iter_mut().zip([old, user, age]) {
                    column.push(x);
                }
                out.unit.push(g * 3);
            }
        }
        out
    }

    fn columns(&self) -> Vec<&[f64]> {
        self.columns.iter().map(Vec::as_slice).collect()
    }

    fn fit(&self, penalty: Penalty) -> UnitLogistic {
        let data = UnitData {
            events: &self.events,
            trials: &self.trials,
            covariates: &self.columns(),
            unit: &self.unit,
        };
        let options = UnitOptions {
            penalty,
            ..UnitOptions::default()
        };
        unit_logistic(&data, &options).unwrap()
    }

    /// The same by a general regression with a column for each unit.
    fn dense(&self, penalty: Penalty) -> crate::glm::GlmFit {
        let shares: Vec<f64> = self
            .events
            .iter()
            .zip(&self.trials)
            .map(|(y, n)| y / n)
            .collect();
        let mut units = self.unit.clone();
        units.dedup();
        let flags: Vec<Vec<f64>> = units
            .iter()
            .map(|g| {
                self.unit
                    .iter()
                    .map(|u| f64::from(u8::from(u == g)))
                    .collect()
            })
            .collect();
        let mut columns = self.columns();
        columns.extend(flags.iter().map(Vec::as_slice));
        glm(
            &GlmData {
                outcome: &shares,
                covariates: &columns,
                weights: Some(&self.trials),
                ..GlmData::default()
            },
            &GlmOptions {
                intercept: false,
                penalty,
                tolerance: 1e-15,
                max_iterations: 60,
                ..GlmOptions::default()
            },
        )
        .unwrap()
    }
}

fn near(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{what}: {a} {b}");
}

#[test]
fn estimates_and_errors_are_those_of_a_regression_with_a_column_for_each_unit() {
    for (seed, penalty, people) in [
        (1, Penalty::None, 60.0),
        (2, Penalty::Firth, 60.0),
        (3, Penalty::Firth, 4.0),
        (4, Penalty::FirthIfSeparated, 3.0),
    ] {
        let planted = Planted::new(seed, 12, people);
        let (ours, dense) = (planted.fit(penalty), planted.dense(penalty));
        assert_eq!(ours.penalised, dense.penalised, "{seed}");
        assert!(ours.warnings.is_empty(), "{:?}", ours.warnings);
        for (a, b) in ours.terms.iter().zip(&dense.terms) {
            near(a.coef, b.coef, "coefficient");
            near(a.std_error, b.std_error, "error");
        }
        for (a, b) in ours.effects.iter().zip(&dense.terms[3..]) {
            near(*a, b.coef, "effect");
        }
    }
}

#[test]
fn a_unit_of_one_person_settles_in_a_few_steps() {
    let mut planted = Planted::new(10, 6, 30.0);
    for i in 0..8 {
        (planted.trials[i], planted.events[i]) = (0.0, 0.0);
    }
    (planted.trials[3], planted.events[3]) = (1.0, 1.0);
    let found = planted.fit(Penalty::Firth);
    assert!(
        found.warnings.is_empty() && found.iterations < 30,
        "{}",
        found.iterations
    );
}

#[test]
fn people_one_by_one_and_counted_give_the_same() {
    let planted = Planted::new(5, 4, 20.0);
    let mut single = Planted {
        events: vec![],
        trials: vec![],
        columns: vec![vec![]; 3],
        unit: vec![],
    };
    for i in (0..planted.events.len()).rev() {
        for k in 0..planted.trials[i] as u32 {
            let event = f64::from(k) < planted.events[i];
            single.events.push(f64::from(u8::from(event)));
            single.trials.push(1.0);
            single.unit.push(planted.unit[i]);
            for (to, from) in single.columns.iter_mut().zip(&planted.columns) {
                to.push(from[i]);
            }
        }
    }
    let (a, b) = (planted.fit(Penalty::None), single.fit(Penalty::None));
    assert_eq!((a.cells, b.cells), (32, 32));
    for (a, b) in a.terms.iter().zip(&b.terms) {
        near(a.coef, b.coef, "coefficient");
    }
}

#[test]
fn a_unit_without_events_calls_the_penalty_in_or_has_an_infinite_effect() {
    let mut planted = Planted::new(6, 5, 30.0);
    planted.events[8..16].fill(0.0);
    let firth = planted.fit(Penalty::FirthIfSeparated);
    assert!(firth.penalised && firth.effects.iter().all(|e| e.is_finite()));
    let plain = planted.fit(Penalty::None);
    assert_eq!(plain.effects[1], f64::NEG_INFINITY);
    assert!(plain.average.is_finite() && plain.terms[0].std_error.is_finite());
}

#[test]
fn a_level_without_events_is_named_and_a_repeated_column_left_out() {
    let mut planted = Planted::new(7, 5, 30.0);
    for i in 0..planted.events.len() {
        if planted.columns[0][i] == 1.0 {
            planted.events[i] = 0.0;
        }
    }
    let plain = planted.fit(Penalty::None);
    assert_eq!(plain.warnings, [FitWarning::Separated { column: 0 }]);
    assert!(planted.fit(Penalty::FirthIfSeparated).penalised);
    let mut twice = Planted::new(8, 5, 30.0);
    twice.columns[1] = twice.columns[0].clone();
    let found = twice.fit(Penalty::Firth);
    assert_eq!(found.warnings, [FitWarning::Collinear { column: 1 }]);
    assert!(found.terms[1].coef.is_nan());
}

#[test]
fn replicates_vary_as_the_delta_method_says_in_large_units() {
    let planted = Planted::new(9, 6, 4000.0);
    let columns = planted.columns();
    let data = UnitData {
        events: &planted.events,
        trials: &planted.trials,
        covariates: &columns,
        unit: &planted.unit,
    };
    let options = UnitOptions::default();
    let bootstrap = BootstrapOptions {
        replicates: 400,
        ..BootstrapOptions::default()
    };
    let found = observed_over_expected(&data, &options, &bootstrap).unwrap();
    let all: f64 = found.iter().map(|u| u.observed).sum();
    for unit in &found {
        let within = unit.interval.unwrap();
        let ratio = unit.observed / unit.expected;
        assert!(within.low < ratio && ratio < within.high);
        // A share of a whole that one is part of varies less than the count alone.
        let width = (within.high / within.low).ln() / 3.92;
        let alone = (1.0 / unit.observed).sqrt();
        let part = unit.observed / all;
        assert!(
            width < 1.25 * alone && width > 0.6 * alone * (1.0 - part),
            "{width} {alone}"
        );
    }
    let again = observed_over_expected(&data, &options, &bootstrap).unwrap();
    assert_eq!(found, again);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let bad = |events: &[f64], trials: &[f64]| {
        let data = UnitData {
            events,
            trials,
            covariates: &[],
            unit: &[0, 1],
        };
        unit_logistic(&data, &UnitOptions::default()).is_err()
    };
    assert!(bad(&[2.0, 1.0], &[1.0, 3.0]));
    assert!(bad(&[-1.0, 1.0], &[1.0, 3.0]));
    assert!(bad(&[0.0, f64::NAN], &[1.0, 3.0]));
    assert!(bad(&[0.0, 0.0], &[0.0, 0.0]));
    assert!(bad(&[1.0], &[1.0]));
    assert!(!bad(&[1.0, 0.0], &[2.0, 3.0]));
}
