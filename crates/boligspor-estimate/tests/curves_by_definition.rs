//! Survival curves against their definitions, written out the slow way.

use boligspor_estimate::{
    ConfType, EstimateError, HazardType, SurvivalCurve, SurvivalOptions, SurvivalType, kaplan_meier,
};

/// A small reproducible generator; quality does not matter here.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Random rows with many ties, late entry, whole-number weights and clusters.
struct Rows {
    exit: Vec<f64>,
    event: Vec<bool>,
    entry: Vec<f64>,
    weights: Vec<f64>,
    cluster: Vec<u32>,
}

fn random_rows(seed: u64, n: usize) -> Rows {
    let mut random = Random(seed);
    let mut rows = Rows {
        exit: vec![],
        event: vec![],
        entry: vec![],
        weights: vec![],
        cluster: vec![],
    };
    for _ in 0..n {
        let entry = random.below(4);
        rows.entry.push(entry as f64);
        rows.exit.push((entry + 1 + random.below(8)) as f64);
        rows.event.push(random.below(3) > 0);
        rows.weights.push((1 + random.below(3)) as f64 / 2.0);
        rows.cluster.push(random.below(5) as u32);
    }
    // Someone is at risk throughout, so that no risk set empties early.
    rows.entry[0] = 0.0;
    rows.exit[0] = 13.0;
    rows.event[0] = false;
    rows
}

/// S(t), H(t) and the area to `t` from the definition, over all rows at each time.
fn by_definition(rows: &Rows, weights: &[f64], t: f64, hazard: HazardType) -> (f64, f64, f64) {
    let mut times: Vec<f64> = (0..rows.exit.len())
        .filter(|&i| rows.event[i] && rows.exit[i] <= t)
        .map(|i| rows.exit[i])
        .collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let (mut s, mut h, mut area, mut last) = (1.0, 0.0, 0.0, 0.0);
    for u in times {
        let all = 0..rows.exit.len();
        let n: f64 = all
            .clone()
            .filter(|&i| rows.entry[i] < u && u <= rows.exit[i])
            .map(|i| weights[i])
            .sum();
        let died: Vec<usize> = all
            .filter(|&i| rows.event[i] && rows.exit[i] == u)
            .collect();
        let d: f64 = died.iter().map(|&i| weights[i]).sum();
        area += s * (u - last);
        last = u;
        s *= 1.0 - d / n;
        h += match hazard {
            HazardType::NelsonAalen => d / n,
            HazardType::FlemingHarrington => {
                let mean = d / died.len() as f64;
                (0..died.len()).map(|k| mean / (n - k as f64 * mean)).sum()
            }
        };
    }
    (s, h, area + s * (t - last))
}

fn options(rows: &Rows) -> SurvivalOptions<'_> {
    SurvivalOptions {
        entry: Some(&rows.entry),
        weights: Some(&rows.weights),
        ..SurvivalOptions::default()
    }
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + b.abs())
}

#[test]
fn estimates_equal_the_product_limit_by_definition() {
    for seed in 0..20 {
        let rows = random_rows(seed, 25);
        for hazard in [HazardType::NelsonAalen, HazardType::FlemingHarrington] {
            let curve = kaplan_meier(
                &rows.exit,
                &rows.event,
                &SurvivalOptions {
                    hazard,
                    ..options(&rows)
                },
            )
            .unwrap();
            for t in [1.0, 3.0, 5.5, 9.0, 12.0] {
                let (s, h, area) = by_definition(&rows, &rows.weights, t, hazard);
                let point = curve.at(&[t])[0];
                assert!(
                    close(point.estimate, s, 1e-13) && close(point.cumulative_hazard, h, 1e-13),
                    "{seed} {t}"
                );
                assert!(
                    close(curve.restricted_mean(t).unwrap().estimate, area, 1e-13),
                    "{seed} {t}"
                );
            }
        }
    }
}

/// Variance by numerical derivatives with respect to each row's weight: the
/// infinitesimal jackknife from its definition.
fn jackknife(rows: &Rows, of: impl Fn(&[f64]) -> f64) -> f64 {
    let mut by_cluster = [0.0; 5];
    for i in 0..rows.exit.len() {
        let step = 1e-5;
        let (mut up, mut down) = (rows.weights.clone(), rows.weights.clone());
        up[i] += step;
        down[i] -= step;
        by_cluster[rows.cluster[i] as usize] +=
            rows.weights[i] * (of(&up) - of(&down)) / (2.0 * step);
    }
    by_cluster.iter().map(|u| u * u).sum()
}

#[test]
fn robust_errors_equal_the_infinitesimal_jackknife_by_definition() {
    for seed in 0..10 {
        let rows = random_rows(seed, 20);
        for hazard in [HazardType::NelsonAalen, HazardType::FlemingHarrington] {
            let clustered = SurvivalOptions {
                cluster: Some(&rows.cluster),
                hazard,
                ..options(&rows)
            };
            let curve = kaplan_meier(&rows.exit, &rows.event, &clustered).unwrap();
            let exponential = SurvivalOptions {
                survival: SurvivalType::Exponential,
                ..clustered
            };
            let exponential = kaplan_meier(&rows.exit, &rows.event, &exponential).unwrap();
            for t in [2.0, 5.0, 8.0] {
                let point = curve.at(&[t])[0];
                let s = jackknife(&rows, |w| by_definition(&rows, w, t, hazard).0).sqrt();
                let h = jackknife(&rows, |w| by_definition(&rows, w, t, hazard).1).sqrt();
                let e = jackknife(&rows, |w| (-by_definition(&rows, w, t, hazard).1).exp()).sqrt();
                let area = jackknife(&rows, |w| by_definition(&rows, w, t, hazard).2).sqrt();
                assert!(close(point.std_error, s, 1e-8), "{seed} {t}");
                assert!(
                    close(point.cumulative_hazard_std_error, h, 1e-8),
                    "{seed} {t} {hazard:?}"
                );
                assert!(
                    close(exponential.at(&[t])[0].std_error, e, 1e-8),
                    "{seed} {t}"
                );
                assert!(
                    close(curve.restricted_mean(t).unwrap().std_error, area, 1e-7),
                    "{seed} {t}"
                );
            }
        }
    }
}

#[test]
fn robust_errors_without_clusters_take_each_row_for_itself() {
    // The short way over cells must equal the long way over rows.
    let rows = random_rows(3, 40);
    let own: Vec<u32> = (0..40).collect();
    let by_cells = SurvivalOptions {
        entry: None,
        robust: Some(true),
        ..options(&rows)
    };
    let by_rows = SurvivalOptions {
        cluster: Some(&own),
        ..by_cells
    };
    let a = kaplan_meier(&rows.exit, &rows.event, &by_cells).unwrap();
    let b = kaplan_meier(&rows.exit, &rows.event, &by_rows).unwrap();
    for (a, b) in a.std_error.iter().zip(&b.std_error) {
        assert!(close(*a, *b, 1e-13));
    }
    let (a, b) = (
        a.restricted_mean(9.0).unwrap(),
        b.restricted_mean(9.0).unwrap(),
    );
    assert!(close(a.std_error, b.std_error, 1e-13));
}

#[test]
fn one_person_over_several_rows_counts_as_one() {
    // Person 0 is cut at 2 and 4 without having left; person 1 leaves and returns.
    let exit = [2.0, 4.0, 7.0, 3.0, 8.0, 5.0];
    let entry = [0.0, 2.0, 4.0, 0.0, 4.0, 0.0];
    let event = [false, false, true, false, true, true];
    let id = [0, 0, 0, 1, 1, 2];
    let cut = SurvivalOptions {
        entry: Some(&entry),
        id: Some(&id),
        ..SurvivalOptions::default()
    };
    let curve = kaplan_meier(&exit, &event, &cut).unwrap();
    assert_eq!(curve.time, [3.0, 5.0, 7.0, 8.0]);
    assert_eq!(curve.n_risk, [3.0, 3.0, 2.0, 1.0]);
    assert_eq!(curve.n_censor, [1.0, 0.0, 0.0, 0.0]);
    let robust = kaplan_meier(
        &exit,
        &event,
        &SurvivalOptions {
            robust: Some(true),
            ..cut
        },
    )
    .unwrap();
    let whole = SurvivalOptions {
        entry: Some(&[0.0, 0.0, 4.0, 0.0]),
        cluster: Some(&[0, 1, 1, 2]),
        ..SurvivalOptions::default()
    };
    let whole = kaplan_meier(&[7.0, 3.0, 8.0, 5.0], &[true, false, true, true], &whole).unwrap();
    for (a, b) in robust.std_error.iter().zip(&whole.std_error).take(3) {
        assert!(close(*a, *b, 1e-14));
    }
}

#[test]
fn a_start_time_conditions_on_surviving_to_it() {
    let rows = random_rows(5, 30);
    let curve = kaplan_meier(
        &rows.exit,
        &rows.event,
        &SurvivalOptions {
            start_time: Some(4.0),
            ..options(&rows)
        },
    )
    .unwrap();
    let whole = kaplan_meier(&rows.exit, &rows.event, &options(&rows)).unwrap();
    // Events at 4 itself count, as in R: S(t | 4) = S(t)/S(4-).
    let before = whole.at(&[3.999])[0].estimate;
    for t in [4.0, 6.0, 9.0] {
        assert!(close(
            curve.at(&[t])[0].estimate,
            whole.at(&[t])[0].estimate / before,
            1e-13
        ));
    }
    assert_eq!(curve.origin, 4.0);
    let late = SurvivalOptions {
        start_time: Some(99.0),
        ..options(&rows)
    };
    assert!(matches!(
        kaplan_meier(&rows.exit, &rows.event, &late),
        Err(EstimateError::OutOfRange {
            argument: "start_time",
            ..
        })
    ));
}

fn simple(duration: &[f64], event: &[bool]) -> SurvivalCurve {
    kaplan_meier(duration, event, &SurvivalOptions::default()).unwrap()
}

#[test]
fn leukaemia_by_hand() {
    // Maintained arm of Miller (1981), Survival Analysis, p. 49.
    let time = [
        9.0, 13.0, 13.0, 18.0, 23.0, 28.0, 31.0, 34.0, 45.0, 48.0, 161.0,
    ];
    let event = [
        true, true, false, true, true, false, true, true, false, true, false,
    ];
    let curve = simple(&time, &event);
    let s = (10.0 / 11.0) * (9.0 / 10.0) * (7.0 / 8.0) * (6.0 / 7.0) * (4.0 / 5.0);
    let greenwood = 1.0 / 110.0 + 1.0 / 90.0 + 1.0 / 56.0 + 1.0 / 42.0 + 1.0 / 20.0_f64;
    let at_31 = curve.at(&[31.0])[0];
    assert!(close(at_31.estimate, s, 1e-15));
    assert!(close(at_31.std_error, s * greenwood.sqrt(), 1e-15));
    // Published (to two decimals): S(31) = 0.49, median 31.
    assert_eq!(curve.quantile(&[0.5]).unwrap()[0].time, 31.0);
    let h = 1.0 / 11.0 + 1.0 / 10.0 + 1.0 / 8.0 + 1.0 / 7.0 + 1.0 / 5.0;
    assert!(close(at_31.cumulative_hazard, h, 1e-15));
}

#[test]
fn without_events_the_curve_stays_at_one_without_error() {
    let curve = simple(&[3.0, 5.0], &[false, false]);
    assert_eq!(
        (curve.estimate.as_slice(), curve.std_error.as_slice()),
        (&[1.0, 1.0][..], &[0.0, 0.0][..])
    );
    assert_eq!((curve.low[1], curve.high[1]), (1.0, 1.0));
    assert!(curve.quantile(&[0.5]).unwrap()[0].time.is_nan());
    let mean = curve.restricted_mean(5.0).unwrap();
    assert_eq!((mean.estimate, mean.std_error), (5.0, 0.0));
}

#[test]
fn when_all_fail_at_once_the_curve_is_zero_and_greenwoods_error_unknown() {
    for weights in [None, Some(&[0.1, 0.2, 0.7][..])] {
        for robust in [Some(false), Some(true)] {
            let options = SurvivalOptions {
                weights,
                robust,
                ..SurvivalOptions::default()
            };
            let curve = kaplan_meier(&[4.0; 3], &[true; 3], &options).unwrap();
            assert_eq!(curve.estimate, [0.0]);
            // Greenwood's sum is infinite; no row has any influence on zero.
            if robust == Some(true) {
                assert_eq!(curve.std_error[0], 0.0);
            } else {
                assert!(curve.std_error[0].is_nan());
            }
            assert!(curve.low[0].is_nan());
            let mean = curve.restricted_mean(10.0).unwrap();
            assert_eq!((mean.estimate, mean.std_error), (4.0, 0.0));
        }
    }
}

#[test]
fn one_person_makes_a_curve() {
    assert_eq!(simple(&[2.0], &[true]).estimate, [0.0]);
    assert_eq!(simple(&[2.0], &[false]).estimate, [1.0]);
}

#[test]
fn a_row_of_weight_zero_is_as_if_absent() {
    let with = SurvivalOptions {
        weights: Some(&[1.0, 0.0, 1.0]),
        ..SurvivalOptions::default()
    };
    let curve = kaplan_meier(&[1.0, 2.0, 3.0], &[true, true, true], &with).unwrap();
    assert_eq!(curve.time, [1.0, 3.0]);
    assert_eq!(curve.estimate, simple(&[1.0, 3.0], &[true, true]).estimate);
}

#[test]
fn whole_number_weights_repeat_the_row() {
    let weighted = SurvivalOptions {
        weights: Some(&[2.0, 1.0, 3.0]),
        ..SurvivalOptions::default()
    };
    let a = kaplan_meier(&[1.0, 2.0, 3.0], &[true, false, true], &weighted).unwrap();
    let b = simple(
        &[1.0, 1.0, 2.0, 3.0, 3.0, 3.0],
        &[true, true, false, true, true, true],
    );
    assert_eq!(a.estimate, b.estimate);
    assert_eq!(a.std_error[0], b.std_error[0]);
}

#[test]
fn late_entrants_into_an_emptied_risk_set_do_not_revive_the_curve() {
    let options = SurvivalOptions {
        entry: Some(&[0.0, 3.0]),
        ..SurvivalOptions::default()
    };
    let curve = kaplan_meier(&[2.0, 5.0], &[true, true], &options).unwrap();
    assert_eq!(curve.estimate, [0.0, 0.0]);
}

#[test]
fn unusable_input_is_refused_with_a_count_of_rows() {
    let plain = SurvivalOptions::default();
    let fit = |time: &[f64], event: &[bool], options: &SurvivalOptions| {
        kaplan_meier(time, event, options).unwrap_err()
    };
    assert_eq!(
        fit(&[], &[], &plain),
        EstimateError::Empty {
            argument: "duration"
        }
    );
    assert!(matches!(
        fit(&[1.0], &[], &plain),
        EstimateError::LengthMismatch {
            argument: "event",
            ..
        }
    ));
    assert_eq!(
        fit(&[f64::NAN], &[true], &plain),
        EstimateError::NotFinite {
            argument: "duration",
            rows: 1
        }
    );
    let entry = SurvivalOptions {
        entry: Some(&[1.0, 0.0]),
        ..plain
    };
    assert_eq!(
        fit(&[1.0, 1.0], &[true, true], &entry),
        EstimateError::EntryNotBeforeExit { rows: 1 }
    );
    let weights = SurvivalOptions {
        weights: Some(&[-1.0, 1.0]),
        ..plain
    };
    assert_eq!(
        fit(&[1.0, 1.0], &[true, true], &weights),
        EstimateError::Negative {
            argument: "weights",
            rows: 1
        }
    );
    let level = SurvivalOptions {
        conf_level: 95.0,
        ..plain
    };
    assert_eq!(fit(&[1.0], &[true], &level), EstimateError::BadLevel);
}

#[test]
fn quantiles_on_a_flat_stretch_are_its_middle_and_of_the_limits_too() {
    let curve = simple(&[1.0, 2.0, 4.0, 9.0], &[true; 4]);
    let q = curve.quantile(&[0.25, 0.5, 0.6]).unwrap();
    assert_eq!(
        q.iter().map(|q| q.time).collect::<Vec<_>>(),
        [1.5, 3.0, 4.0]
    );
    assert!(curve.quantile(&[0.0]).is_err() && curve.quantile(&[1.0]).is_err());
}

#[test]
fn every_scale_of_interval_holds_the_estimate() {
    let rows = random_rows(9, 30);
    for conf_type in [
        ConfType::Log,
        ConfType::LogLog,
        ConfType::Plain,
        ConfType::Logit,
        ConfType::Arcsine,
    ] {
        let curve = kaplan_meier(
            &rows.exit,
            &rows.event,
            &SurvivalOptions {
                conf_type,
                ..options(&rows)
            },
        )
        .unwrap();
        for ((p, low), high) in curve.estimate.iter().zip(&curve.low).zip(&curve.high) {
            assert!(low <= p && p <= high, "{conf_type:?}");
        }
    }
}

#[test]
fn a_flat_end_at_the_level_reaches_to_the_last_time() {
    // S = 1/2 from 2 on, with observations until 6.
    let curve = simple(&[1.0, 2.0, 6.0, 6.0], &[true, true, false, false]);
    assert_eq!(curve.quantile(&[0.5]).unwrap()[0].time, 4.0);
    let curve = simple(&[1.0, 2.0], &[true, true]);
    assert_eq!(curve.quantile(&[0.5]).unwrap()[0].time, 1.5);
}

#[test]
fn a_mean_from_a_later_start_is_on_the_clock_of_the_data() {
    // Of those beyond 2, half fail at 4 and half live past 10: mean (4 + 10)/2.
    let options = SurvivalOptions {
        start_time: Some(2.0),
        ..SurvivalOptions::default()
    };
    let curve = kaplan_meier(&[1.0, 4.0, 12.0], &[true, true, false], &options).unwrap();
    assert_eq!(curve.restricted_mean(10.0).unwrap().estimate, 7.0);
}
