//! Tests between groups: by hand, by definition and by simulation.

use boligspor_estimate::{
    EstimateError, TestOptions, gray_test, log_rank, log_rank_permutation, log_rank_trend,
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

struct Rows {
    time: Vec<f64>,
    entry: Vec<f64>,
    cause: Vec<u32>,
    group: Vec<u32>,
    strata: Vec<u32>,
}

fn random_rows(seed: u64, n: usize) -> Rows {
    let mut random = Random(seed.wrapping_mul(7919) + 13);
    let mut rows = Rows {
        time: vec![],
        entry: vec![],
        cause: vec![],
        group: vec![],
        strata: vec![],
    };
    for _ in 0..n {
        let entry = random.below(3);
        rows.entry.push(entry as f64);
        rows.time.push((entry + 1 + random.below(9)) as f64);
        rows.cause.push(random.below(3) as u32);
        rows.group.push(random.below(3) as u32);
        rows.strata.push(random.below(2) as u32);
    }
    rows
}

fn events(rows: &Rows) -> Vec<bool> {
    rows.cause.iter().map(|&c| c > 0).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-11 * (1.0 + b.abs())
}

#[test]
#[expect(
    clippy::needless_range_loop,
    reason = "indices are those of the formulas"
)]
fn log_rank_by_definition_with_late_entry_ties_and_weights() {
    for (seed, rho) in [(1, 0.0), (2, 1.0), (3, 0.5)] {
        let rows = random_rows(seed, 40);
        let event = events(&rows);
        let options = TestOptions {
            entry: Some(&rows.entry),
            rho,
            ..TestOptions::default()
        };
        let test = log_rank(&rows.time, &event, &rows.group, &options).unwrap();
        let (mut observed, mut expected, mut variance) = ([0.0; 3], [0.0; 3], [[0.0; 3]; 3]);
        let mut survival = 1.0_f64;
        for u in (1..=13).map(f64::from) {
            let at_risk = |g: u32| {
                let here =
                    |i: &usize| rows.group[*i] == g && rows.entry[*i] < u && u <= rows.time[*i];
                (0..40).filter(here).count() as f64
            };
            let died = |g: u32| {
                (0..40)
                    .filter(|&i| rows.group[i] == g && rows.time[i] == u && event[i])
                    .count() as f64
            };
            let n: f64 = (0..3).map(at_risk).sum();
            let d: f64 = (0..3).map(died).sum();
            if d == 0.0 {
                continue;
            }
            let w = survival.powf(rho);
            for a in 0..3 {
                let share = at_risk(a as u32) / n;
                observed[a] += w * died(a as u32);
                expected[a] += w * d * share;
                for b in 0..3 {
                    let same = f64::from(u8::from(a == b));
                    let spread = if n > 1.0 {
                        d * (n - d) / (n - 1.0)
                    } else {
                        0.0
                    };
                    variance[a][b] += w * w * spread * share * (same - at_risk(b as u32) / n);
                }
            }
            survival *= 1.0 - d / n;
        }
        for a in 0..3 {
            assert!(close(test.observed[a], observed[a]) && close(test.expected[a], expected[a]));
            for b in 0..3 {
                assert!(close(test.variance[a * 3 + b], variance[a][b]));
            }
        }
        // The form over two of the groups, inverted by hand.
        let (x, y) = (observed[0] - expected[0], observed[1] - expected[1]);
        let (p, q, r) = (variance[0][0], variance[0][1], variance[1][1]);
        let form = (x * x * r - 2.0 * x * y * q + y * y * p) / (p * r - q * q);
        assert!(close(test.statistic, form), "{seed}");
        assert_eq!(test.df, 2);
    }
}

#[test]
fn strata_add_up_and_groups_in_different_strata_cannot_be_compared() {
    let rows = random_rows(8, 60);
    let event = events(&rows);
    let strata = TestOptions {
        strata: Some(&rows.strata),
        ..TestOptions::default()
    };
    let whole = log_rank(&rows.time, &event, &rows.group, &strata).unwrap();
    let mut expected = [0.0; 3];
    for s in 0..2 {
        let of = |i: &usize| rows.strata[*i] == s;
        let time: Vec<f64> = (0..60).filter(of).map(|i| rows.time[i]).collect();
        let event: Vec<bool> = (0..60).filter(of).map(|i| event[i]).collect();
        let group: Vec<u32> = (0..60).filter(of).map(|i| rows.group[i]).collect();
        let part = log_rank(&time, &event, &group, &TestOptions::default()).unwrap();
        (0..3).for_each(|g| expected[g] += part.expected[g]);
    }
    assert!((0..3).all(|g| close(whole.expected[g], expected[g])));
    let apart = TestOptions {
        strata: Some(&[0, 0, 1, 1]),
        ..TestOptions::default()
    };
    let error = log_rank(&[1.0, 2.0, 3.0, 4.0], &[true; 4], &[0, 0, 1, 1], &apart).unwrap_err();
    assert!(matches!(error, EstimateError::Singular { .. }));
}

#[test]
fn one_group_is_no_comparison_and_an_empty_code_no_degree_of_freedom() {
    let plain = TestOptions::default();
    let time = [1.0, 2.0, 3.0, 4.0];
    let error = log_rank(&time, &[true; 4], &[0; 4], &plain).unwrap_err();
    assert_eq!(
        error,
        EstimateError::TooFewGroups {
            found: 1,
            needed: 2
        }
    );
    let gap = log_rank(&time, &[true; 4], &[0, 2, 0, 2], &plain).unwrap();
    let dense = log_rank(&time, &[true; 4], &[0, 1, 0, 1], &plain).unwrap();
    assert_eq!((gap.df, gap.statistic), (1, dense.statistic));
    let trend = log_rank_trend(&time, &[true; 4], &[0, 1, 0, 1], &[2.0, 2.0], &plain);
    assert_eq!(
        trend.unwrap_err(),
        EstimateError::TooFewGroups {
            found: 1,
            needed: 2
        }
    );
}

#[test]
fn permutation_and_chi_squared_agree_in_moderate_groups() {
    let rows = random_rows(4, 80);
    let (event, plain) = (events(&rows), TestOptions::default());
    let p = log_rank_permutation(&rows.time, &event, &rows.group, &plain, 2000, 9).unwrap();
    let chi = log_rank(&rows.time, &event, &rows.group, &plain)
        .unwrap()
        .p_value;
    assert!((p - chi).abs() < 0.06, "{p} {chi}");
    assert_eq!(
        p,
        log_rank_permutation(&rows.time, &event, &rows.group, &plain, 2000, 9).unwrap()
    );
}

#[test]
fn grays_test_without_competing_or_censored_people_is_a_rank_test_of_its_own() {
    // With one cause and no censoring 1 - F = S, so weights and risk sets are
    // those of the log-rank test and so is the score.
    let rows = random_rows(6, 50);
    let cause = vec![1; 50];
    let gray = gray_test(&rows.time, &cause, &rows.group, 1, &TestOptions::default()).unwrap();
    let log = log_rank(
        &rows.time,
        &[true; 50],
        &rows.group,
        &TestOptions::default(),
    )
    .unwrap();
    for g in 0..3 {
        assert!(close(
            gray.observed[g] - gray.expected[g],
            log.observed[g] - log.expected[g]
        ));
    }
}

#[test]
fn grays_test_holds_its_level_when_nothing_differs() {
    // 600 draws of two groups of 60 from one distribution: rejections at 5 %
    // stay within four standard errors.
    let (mut rejected, mut moved) = (0, 0.0);
    let draws = 600;
    for seed in 0..draws {
        let mut random = Random(seed * 104_729 + 7);
        let (mut time, mut cause, mut group) = (vec![], vec![], vec![]);
        for i in 0..120 {
            time.push((1 + random.below(400)) as f64);
            cause.push(random.below(3) as u32);
            group.push(i % 2);
        }
        let test = gray_test(&time, &cause, &group, 1, &TestOptions::default()).unwrap();
        rejected += u32::from(test.p_value < 0.05);
        moved += test.statistic;
    }
    let (share, mean) = (f64::from(rejected) / draws as f64, moved / draws as f64);
    assert!(
        (share - 0.05).abs() < 4.0 * (0.05 * 0.95 / draws as f64).sqrt(),
        "{share}"
    );
    assert!(
        (mean - 1.0).abs() < 4.0 * (2.0 / draws as f64).sqrt(),
        "{mean}"
    );
}

#[test]
fn what_grays_test_cannot_do_is_refused() {
    let plain = TestOptions::default();
    let (time, group) = ([1.0, 2.0], [0, 1]);
    assert_eq!(
        gray_test(&time, &[1, 1], &group, 2, &plain),
        Err(EstimateError::UnknownCause)
    );
    assert_eq!(
        gray_test(&time, &[1, 0], &group, 0, &plain),
        Err(EstimateError::UnknownCause)
    );
    let entry = TestOptions {
        entry: Some(&[0.0, 0.0]),
        ..plain
    };
    assert!(matches!(
        gray_test(&time, &[1, 1], &group, 1, &entry),
        Err(EstimateError::OutOfRange {
            argument: "entry",
            ..
        })
    ));
}
