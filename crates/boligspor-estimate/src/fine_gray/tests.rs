use super::*;
use crate::cox::cox;
use crate::sample::Sample;

fn causes(sample: &Sample) -> Vec<u32> {
    (0..sample.time.len())
        .map(|i| {
            if sample.event[i] {
                1 + (i % 2) as u32
            } else {
                0
            }
        })
        .collect()
}

#[test]
fn with_one_cause_it_is_coxs_model() {
    let sample = Sample::new(2, 40, 2);
    let columns = sample.columns();
    for data in sample.variants(&columns) {
        let cause: Vec<u32> = data.event.iter().map(|e| u32::from(*e)).collect();
        let gray = FineGrayData {
            time: data.time,
            cause: &cause,
            of: 1,
            covariates: data.covariates,
            entry: data.entry,
            weights: data.weights,
            strata: data.strata,
            cluster: None,
        };
        let gray = fine_gray(&gray, &FineGrayOptions::default()).unwrap();
        let plain = cox(
            &data,
            &CoxOptions {
                robust: Some(true),
                ..CoxOptions::default()
            },
        )
        .unwrap();
        for (a, b) in gray.terms.iter().zip(&plain.terms) {
            assert_eq!((a.coef, a.std_error), (b.coef, b.std_error));
            assert!((a.robust_std_error.unwrap() - b.robust_std_error.unwrap()).abs() < 1e-14);
        }
    }
}

/// Geskus (2011): without covariates the weighted product-limit estimate is
/// exactly one minus Aalen and Johansen's incidence, delayed entry included.
#[test]
fn the_weighted_risk_set_reproduces_aalen_and_johansen() {
    for seed in 0..10 {
        let sample = Sample::new(seed, 60, 0);
        let cause = causes(&sample);
        // Everyone early enough that the risk set never empties.
        let early: Vec<f64> = sample
            .entry
            .iter()
            .enumerate()
            .map(|(i, e)| if i < 20 { 0.0 } else { e.max(0.0) })
            .collect();
        let mut time = sample.time.clone();
        time[0] = 20.0;
        for entry in [None, Some(&early[..])] {
            let at_risk = |t: f64| {
                (0..60)
                    .filter(|&i| time[i] >= t && entry.is_none_or(|e| e[i] < t))
                    .count() as f64
            };
            let died = |t: f64, of: u32| {
                (0..60).filter(|&i| time[i] == t && cause[i] == of).count() as f64
            };
            let (mut survival, mut incidence) = (1.0, 0.0);
            let mut by_definition = Vec::new();
            for t in (1..=20).map(f64::from) {
                let n = at_risk(t);
                if n > 0.0 {
                    incidence += survival * died(t, 1) / n;
                    survival *= 1.0 - (died(t, 1) + died(t, 2)) / n;
                }
                if died(t, 1) > 0.0 {
                    by_definition.push((t, incidence));
                }
            }

            let event: Vec<bool> = cause.iter().map(|c| *c == 1).collect();
            let data = CoxData {
                time: &time,
                event: &event,
                entry,
                ..CoxData::default()
            };
            let mut rows = Rows::new(&data).unwrap();
            let observation = Observation::new(&rows, &cause, false);
            rows.tail_scale = rows.times.iter().map(|t| observation.at(*t)).collect();
            rows.tail = (0..rows.n())
                .map(|k| {
                    if cause[rows.source[k] as usize] == 2 {
                        1.0 / observation.at(rows.time[k])
                    } else {
                        0.0
                    }
                })
                .collect();
            let mut left = vec![0.0; rows.times.len()];
            rows.sweep(&vec![1.0; rows.n()], |at| {
                left[at.j] = 1.0 - f64::from(rows.deaths[at.j]) / at.s0;
            });
            let mut product = 1.0;
            for (j, (t, incidence)) in by_definition.into_iter().enumerate() {
                product *= left[j];
                assert_eq!(rows.times[j], t);
                assert!((1.0 - product - incidence).abs() < 1e-12, "{seed} {t}");
            }
        }
    }
}

#[test]
fn splitting_people_at_censoring_times_gives_the_same_fit() {
    // The expansion that other software makes, written out, fitted by Cox.
    let sample = Sample::new(6, 50, 1);
    let cause = causes(&sample);
    let x = &sample.x[0];
    let gray = FineGrayData {
        time: &sample.time,
        cause: &cause,
        of: 1,
        covariates: &[x],
        ..FineGrayData::default()
    };
    let person: Vec<u32> = (0..50).collect();
    let by_person = FineGrayData {
        cluster: Some(&person),
        ..gray
    };
    let fit = fine_gray(&by_person, &FineGrayOptions::default()).unwrap();
    let fit_split = fine_gray(&gray, &FineGrayOptions::default()).unwrap();

    let censoring = |t: f64| {
        // P(not censored before t), events first at ties.
        let mut chance = 1.0;
        for u in (1..=12).map(f64::from).filter(|u| *u < t) {
            let censored = (0..50)
                .filter(|&i| sample.time[i] == u && cause[i] == 0)
                .count() as f64;
            let at_risk = (0..50).filter(|&i| sample.time[i] > u).count() as f64 + censored;
            if censored > 0.0 {
                chance *= 1.0 - censored / at_risk;
            }
        }
        chance
    };
    let mut events: Vec<f64> = (0..50)
        .filter(|&i| cause[i] == 1)
        .map(|i| sample.time[i])
        .collect();
    events.sort_by(f64::total_cmp);
    events.dedup();
    let (mut time, mut entry, mut event, mut weights, mut column, mut cluster) =
        (vec![], vec![], vec![], vec![], vec![], vec![]);
    let mut push = |i: usize, from: f64, to: f64, happened: bool, w: f64| {
        entry.push(from);
        time.push(to);
        event.push(happened);
        weights.push(w);
        column.push(x[i]);
        cluster.push(i as u32);
    };
    for (i, &cause) in cause.iter().enumerate() {
        // A row as long as the weight stays the same at event times.
        let (mut from, mut to, mut weight) = (0.0, sample.time[i], 1.0);
        if cause == 2 {
            for &t in events.iter().filter(|t| **t > sample.time[i]) {
                let now = censoring(t) / censoring(sample.time[i]);
                if now != weight {
                    push(i, from, to, false, weight);
                    (from, weight) = (to, now);
                }
                to = t;
            }
        }
        push(i, from, to, cause == 1, weight);
    }
    let expanded = CoxData {
        time: &time,
        event: &event,
        covariates: &[&column],
        entry: Some(&entry),
        weights: Some(&weights),
        cluster: Some(&cluster),
        ..CoxData::default()
    };
    let by_rows = cox(&expanded, &CoxOptions::default()).unwrap();
    let (a, b) = (fit.terms[0], by_rows.terms[0]);
    assert!((a.coef - b.coef).abs() < 1e-11);
    assert!((a.std_error - b.std_error).abs() < 1e-11);
    assert!((a.robust_std_error.unwrap() - b.robust_std_error.unwrap()).abs() < 1e-11);
    let options = CoxOptions {
        robust: Some(true),
        ..CoxOptions::default()
    };
    let pieces = cox(
        &CoxData {
            cluster: None,
            ..expanded
        },
        &options,
    )
    .unwrap()
    .terms[0];
    let split = fit_split.terms[0].robust_std_error.unwrap();
    assert!((split - pieces.robust_std_error.unwrap()).abs() < 1e-11);
    assert!((fit.log_likelihood - by_rows.log_likelihood).abs() < 1e-9);
}

#[test]
fn an_absent_cause_and_impossible_requests_are_errors() {
    let data = FineGrayData {
        time: &[1.0, 2.0],
        cause: &[1, 0],
        of: 3,
        ..FineGrayData::default()
    };
    assert_eq!(
        fine_gray(&data, &FineGrayOptions::default()).unwrap_err(),
        EstimateError::UnknownCause
    );
    let weighted = FineGrayData {
        of: 1,
        weights: Some(&[1.0, 2.0]),
        ..data
    };
    let options = FineGrayOptions {
        convention: FineGrayConvention::Original,
        ..FineGrayOptions::default()
    };
    assert!(matches!(
        fine_gray(&weighted, &options),
        Err(EstimateError::OutOfRange {
            argument: "convention",
            ..
        })
    ));
}

#[test]
fn incidence_curves_rise_from_the_hazard() {
    let sample = Sample::new(6, 50, 1);
    let cause = causes(&sample);
    let gray = FineGrayData {
        time: &sample.time,
        cause: &cause,
        of: 1,
        covariates: &[&sample.x[0]],
        ..FineGrayData::default()
    };
    let fit = fine_gray(&gray, &FineGrayOptions::default()).unwrap();
    let curve = &fit.incidence(&[0.4], ConfType::LogLog).unwrap()[0];
    assert!(curve.incidence.windows(2).all(|w| w[0] <= w[1]));
    for i in 0..curve.time.len() {
        assert!(curve.low[i] <= curve.incidence[i] && curve.incidence[i] <= curve.high[i]);
    }
}
