//! Survival curves that give back the people they are made of.

use boligspor_disclosure::{Exit, Policy, StepCurve};

use crate::fixture::denmark;

/// 60 people by month: single losses, single censorings, the rest to the end.
fn people() -> Vec<Exit> {
    let mut people: Vec<Exit> = (0..60)
        .map(|i| Exit {
            time: 1 + (i * 7) % 29,
            kind: usize::from(i % 3 != 0),
        })
        .collect();
    people.extend([Exit { time: 36, kind: 0 }; 20]);
    people
}

/// A published survival curve with Greenwood's standard errors.
struct Curve {
    time: Vec<i32>,
    estimate: Vec<f64>,
    std_error: Vec<f64>,
}

/// Kaplan and Meier's product limit, as any statistics program prints it.
fn curve_of(people: impl Iterator<Item = Exit>) -> Curve {
    let people: Vec<Exit> = people.collect();
    let mut curve = Curve {
        time: Vec::new(),
        estimate: Vec::new(),
        std_error: Vec::new(),
    };
    let (mut survival, mut sum) = (1.0, 0.0);
    let times: std::collections::BTreeSet<i32> = people.iter().map(|exit| exit.time).collect();
    for time in times {
        let n = people.iter().filter(|exit| exit.time >= time).count() as f64;
        let events = |exit: &&Exit| exit.time == time && exit.kind == 1;
        let d = people.iter().filter(events).count() as f64;
        survival *= 1.0 - d / n;
        sum += d / (n * (n - d));
        curve.time.push(time);
        curve.estimate.push(survival);
        curve.std_error.push(survival * f64::sqrt(sum));
    }
    curve
}

/// Events and numbers at risk from survival and its standard error alone:
/// `Δ(se²/S²) = d / (n (n − d))` and `S / S₋ = 1 − d/n`.
fn greenwood(survival: &[f64], error: &[f64]) -> Vec<(f64, f64)> {
    let mut found = Vec::new();
    let (mut before, mut sum) = (1.0, 0.0);
    for (&s, &e) in survival.iter().zip(error) {
        let q = 1.0 - s / before;
        let now = (e / s).powi(2);
        if q > 1e-12 {
            let n = q / ((now - sum) * (1.0 - q));
            found.push((q * n, n));
        }
        (before, sum) = (s, now);
    }
    found
}

/// Whether an attack on a curve isolates fewer than five people.
fn isolates(curve: &Curve) -> bool {
    greenwood(&curve.estimate, &curve.std_error)
        .iter()
        .any(|(events, _)| events.round() < 5.0)
}

#[test]
fn standard_errors_give_back_steps_and_no_persons() {
    let raw = curve_of(people().into_iter());
    // Without the control the inversion is exact, person by person.
    let mut losses: Vec<i32> = people()
        .iter()
        .filter(|e| e.kind == 1)
        .map(|e| e.time)
        .collect();
    losses.sort_unstable();
    let events: Vec<f64> = losses
        .chunk_by(|a, b| a == b)
        .map(|same| same.len() as f64)
        .collect();
    let found = greenwood(&raw.estimate, &raw.std_error);
    assert_eq!(found.len(), events.len());
    for ((d, _), truth) in found.iter().zip(&events) {
        assert!((d - truth).abs() < 1e-6);
    }
    assert!(isolates(&raw));

    let steps = StepCurve::new(&people(), &denmark()).unwrap();
    let released = curve_of(steps.rows());
    assert!(!isolates(&released));
    // And the curve still says the same.
    let last = |curve: &Curve| *curve.estimate.last().unwrap();
    assert!((last(&raw) - last(&released)).abs() < 0.05);
}

#[test]
fn numbers_at_risk_hide_censorings() {
    let single = |at_risk: &[u64]| at_risk.windows(2).any(|w| (1..5).contains(&(w[0] - w[1])));
    let exact: Vec<u64> = (1..=37)
        .map(|time| people().iter().filter(|exit| exit.time >= time).count() as u64)
        .collect();
    assert!(single(&exact));
    for policy in ["statistics-denmark", "acro-like"] {
        let policy = Policy::named(policy).unwrap();
        let steps = StepCurve::new(&people(), &policy).unwrap();
        let shown: Vec<u64> = (1..=37).map(|time| steps.at_risk(time)).collect();
        assert!(!single(&shown), "{}", policy.name);
    }
}

#[test]
fn a_step_curve_is_the_curve_at_its_steps_while_nobody_is_censored() {
    let people: Vec<Exit> = (0..50)
        .map(|i| Exit {
            time: i + 1,
            kind: 1,
        })
        .collect();
    let raw = curve_of(people.iter().copied());
    let steps = StepCurve::new(&people, &denmark()).unwrap();
    let released = curve_of(steps.rows());
    // The last step takes everybody, where the estimate is 0 in both.
    for (time, estimate) in released.time.iter().zip(&released.estimate) {
        let at = raw.time.iter().position(|t| t == time).unwrap();
        assert!((raw.estimate[at] - estimate).abs() < 1e-12);
    }
}
