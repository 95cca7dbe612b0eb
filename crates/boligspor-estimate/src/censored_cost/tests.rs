use super::*;
use crate::sample::Random;

fn options(method: CostMethod, limit: f64) -> CensoredCostOptions {
    CensoredCostOptions {
        method,
        ..CensoredCostOptions::new(limit)
    }
}

/// Random histories on a coarse grid: ties, people with several rows, unsorted.
struct Histories {
    id: Vec<u32>,
    start: Vec<f64>,
    stop: Vec<f64>,
    cost: Vec<f64>,
    follow_up: Vec<f64>,
    complete: Vec<bool>,
}

impl Histories {
    fn new(seed: u64, people: u32) -> Self {
        let mut random = Random(seed);
        let mut made = Self {
            id: vec![],
            start: vec![],
            stop: vec![],
            cost: vec![],
            follow_up: vec![],
            complete: vec![],
        };
        for person in 0..people {
            let end = (1.0 + random.uniform() * 19.0).round() / 2.0;
            let dead = random.uniform() < 0.6;
            let rows = 1 + (random.uniform() * 4.0) as usize;
            for _ in 0..rows {
                let a = (random.uniform() * end * 4.0).floor() / 4.0;
                let b = a + ((random.uniform() * (end - a)) * 4.0).floor() / 4.0;
                made.id.push(7 * (people - person));
                made.start.push(a);
                made.stop.push(b);
                made.cost.push((random.uniform() * 90.0).floor());
                made.follow_up.push(end);
                made.complete.push(dead);
            }
        }
        made
    }

    fn rows(&self) -> CostHistory<'_> {
        CostHistory {
            id: &self.id,
            start: &self.start,
            stop: &self.stop,
            cost: &self.cost,
            follow_up: &self.follow_up,
            complete: &self.complete,
        }
    }
}

#[test]
fn without_censoring_every_method_is_the_plain_mean() {
    let mut histories = Histories::new(5, 30);
    histories.complete.iter_mut().for_each(|c| *c = true);
    let plain = censored_cost_mean(&histories.rows(), &options(CostMethod::As, 10.0)).unwrap();
    for method in [
        CostMethod::Bt,
        CostMethod::BtPartitioned,
        CostMethod::Zt,
        CostMethod::Lin,
        CostMethod::Cc,
    ] {
        let other = censored_cost_mean(&histories.rows(), &options(method, 10.0)).unwrap();
        let (a, b) = (plain.estimate, other.estimate);
        assert!((a.estimate - b.estimate).abs() < 1e-9, "{method:?}");
        assert!(other.warnings.is_empty(), "{method:?}");
        // The sources divide squares by n, a plain mean by n − 1.
        let shrink = if method == CostMethod::Cc {
            1.0
        } else {
            (29.0_f64 / 30.0).sqrt()
        };
        assert!(
            (a.std_error * shrink - b.std_error).abs() < 1e-9,
            "{method:?}"
        );
    }
}

#[test]
fn one_part_is_the_simple_estimator() {
    for left_limit in [true, false] {
        let histories = Histories::new(11, 40);
        let simple = CensoredCostOptions {
            left_limit,
            ..options(CostMethod::Bt, 6.0)
        };
        let parted = CensoredCostOptions {
            method: CostMethod::BtPartitioned,
            partition: Partition::Equal(1),
            ..simple.clone()
        };
        let simple = censored_cost_mean(&histories.rows(), &simple).unwrap();
        let parted = censored_cost_mean(&histories.rows(), &parted).unwrap();
        assert!((simple.estimate.estimate - parted.estimate.estimate).abs() < 1e-9);
        assert!((simple.estimate.std_error - parted.estimate.std_error).abs() < 1e-9);
    }
}

#[test]
fn the_sweep_agrees_with_sums_taken_anew_at_every_censoring() {
    for seed in 0..20 {
        for left in [true, false] {
            let histories = Histories::new(seed, 25);
            let chosen = CensoredCostOptions {
                left_limit: left,
                ..options(CostMethod::Zt, 8.0)
            };
            let people = People::gather(&histories.rows(), &chosen).unwrap();
            let curve = Curve::of(&people);
            let (mean, variance) = history::zhao_tian(&people, &curve, left);
            let (slow_mean, slow_variance) = slow_zhao_tian(&people, &curve, left);
            assert!((mean - slow_mean).abs() < 1e-9, "{seed}");
            assert!(
                (variance - slow_variance).abs() < 1e-7 * variance.abs(),
                "{seed}"
            );
        }
    }
}

/// Zhao and Tian's formulas as they are written, everything summed anew.
fn slow_zhao_tian(people: &People, curve: &Curve, left: bool) -> (f64, f64) {
    let n = people.len() as f64;
    let (mut mean, mut variance) = weighted::bang_tsiatis(people, curve, left);
    let w = curve.weights(people, left);
    for i in (0..people.len()).filter(|&i| !people.complete[i]) {
        let (slot, time) = (curve.slot[i] as usize, people.until[i]);
        let so_far = people.totals_by(time);
        let here: Vec<usize> = (0..people.len())
            .filter(|&j| people.until[j] >= time)
            .collect();
        let plain =
            |f: &dyn Fn(usize) -> f64| here.iter().map(|&j| f(j)).sum::<f64>() / here.len() as f64;
        let average = plain(&|j| so_far[j]);
        let k = curve.weight(left)[slot];
        if k > 0.0 {
            mean += (people.total[i] - average) / k / n;
        }
        let mass = if left {
            here.iter().map(|&j| w[j]).sum::<f64>()
        } else {
            n * curve.survival[slot]
        };
        if mass > 0.0 {
            let g =
                |f: &dyn Fn(usize) -> f64| here.iter().map(|&j| w[j] * f(j)).sum::<f64>() / mass;
            let covariance =
                g(&|j| people.total[j] * so_far[j]) - g(&|j| people.total[j]) * g(&|j| so_far[j]);
            let spread = plain(&|j| so_far[j] * so_far[j]) - average * average;
            variance += curve.jump_weight(slot, left) * (spread - 2.0 * covariance) / n / n;
        }
    }
    (mean, variance)
}

#[test]
fn lin_by_hand() {
    // Two parts, 0–1 and 1–2. Costs in part 1: 4, 2, 6, 8 (mean 5). One of four
    // dies at 0.5, so S(1) = 3/4; one is censored at 1, two are followed on and
    // cost 3 and 5 in part 2 (mean 4): 5 + 3/4 · 4 = 8.
    let rows = CostHistory {
        id: &[0, 1, 2, 2, 3, 3],
        start: &[0.0, 0.0, 0.0, 1.0, 0.0, 1.0],
        stop: &[0.5, 1.0, 1.0, 2.0, 1.0, 2.0],
        cost: &[4.0, 2.0, 6.0, 3.0, 8.0, 5.0],
        follow_up: &[0.5, 1.0, 2.0, 2.0, 2.0, 2.0],
        complete: &[true, false, false, false, false, false],
    };
    let chosen = CensoredCostOptions {
        partition: Partition::At(vec![1.0]),
        ..options(CostMethod::Lin, 2.0)
    };
    let mean = censored_cost_mean(&rows, &chosen).unwrap();
    assert!((mean.estimate.estimate - 8.0).abs() < 1e-12);
    // Influences: part 1 gives −1, −3, 1, 3; part 2 gives ∓1 · (3/4) · 4/2 = ∓1.5
    // to the two; the death moves S(1) by −3/4 · … : with n/(n − d) = 4/3 and
    // S E = 3, the dead lose 4 and everyone at risk gains 3 · 4 · 1/(4 · 3) = 1.
    let by_hand: [f64; 4] = [-1.0 - 3.0, -3.0 + 1.0, 1.0 - 1.5 + 1.0, 3.0 + 1.5 + 1.0];
    let variance = by_hand.iter().map(|u| u * u).sum::<f64>() / 16.0;
    assert!((mean.estimate.std_error - variance.sqrt()).abs() < 1e-12);
}

#[test]
fn the_influence_of_lins_mean_is_its_derivative() {
    // Repeating everyone and one person once more moves the mean by that
    // person's influence over 2n, up to a second-order rest: the sum of squared
    // jackknife differences must approach the variance given.
    let histories = Histories::new(3, 120);
    let rows = histories.rows();
    let whole = censored_cost_mean(&rows, &options(CostMethod::Lin, 6.0)).unwrap();
    let mut ids = histories.id.clone();
    ids.sort_unstable();
    ids.dedup();
    let mut square = 0.0;
    for id in &ids {
        let keep = |row: &usize| histories.id[*row] != *id;
        let rest: Vec<usize> = (0..histories.id.len()).filter(keep).collect();
        let pick = |column: &[f64]| rest.iter().map(|&r| column[r]).collect::<Vec<f64>>();
        let (start, stop, cost) = (
            pick(&histories.start),
            pick(&histories.stop),
            pick(&histories.cost),
        );
        let follow_up = pick(&histories.follow_up);
        let without = CostHistory {
            id: &rest.iter().map(|&r| histories.id[r]).collect::<Vec<_>>(),
            start: &start,
            stop: &stop,
            cost: &cost,
            follow_up: &follow_up,
            complete: &rest
                .iter()
                .map(|&r| histories.complete[r])
                .collect::<Vec<_>>(),
        };
        let left = censored_cost_mean(&without, &options(CostMethod::Lin, 6.0)).unwrap();
        square += (left.estimate.estimate - whole.estimate.estimate).powi(2);
    }
    let jackknife = square.sqrt();
    assert!((jackknife / whole.estimate.std_error - 1.0).abs() < 0.06);
}

#[test]
fn days_that_include_both_ends_are_recognised_and_shared_out() {
    let rows = CostHistory {
        id: &[0, 0, 1],
        start: &[3.0, 8.0, 0.0],
        stop: &[5.0, 8.0, 0.0],
        cost: &[30.0, 7.0, 0.0],
        follow_up: &[10.0, 10.0, 10.0],
        complete: &[false; 3],
    };
    // Days 3, 4 and 5 at 10 each, of which two lie within the limit of 4.
    let found = censored_cost_mean(&rows, &options(CostMethod::As, 4.0)).unwrap();
    assert!(found.inclusive);
    assert!((found.estimate.estimate - 10.0).abs() < 1e-12);
    // As half-open [3, 5) there is one of two units.
    let told = CensoredCostOptions {
        inclusive: Some(false),
        ..options(CostMethod::As, 4.0)
    };
    let found = censored_cost_mean(&rows, &told).unwrap();
    assert!((found.estimate.estimate - 7.5).abs() < 1e-12);
}

#[test]
fn what_the_reader_must_know_is_said() {
    let histories = Histories::new(2, 60);
    let kinds = |method, limit| {
        let found = censored_cost_mean(&histories.rows(), &options(method, limit)).unwrap();
        found.warnings
    };
    assert!(kinds(CostMethod::Cc, 4.0).contains(&CostWarning::Biased));
    assert!(kinds(CostMethod::Bt, 4.0).is_empty());
    // Eleven are censored one after the other before the last one dies: 1/12.
    let ends: Vec<f64> = (1..=12).map(f64::from).collect();
    let ids: Vec<u32> = (0..12).collect();
    let last_dies = CostHistory {
        id: &ids,
        start: &[0.0; 12],
        stop: &ends,
        cost: &ends,
        follow_up: &ends,
        complete: &[[false; 11].as_slice(), &[true]].concat(),
    };
    let found = censored_cost_mean(&last_dies, &options(CostMethod::Bt, 20.0)).unwrap();
    assert!((found.smallest_weight - 1.0 / 12.0).abs() < 1e-12);
    assert!(matches!(
        found.warnings[..],
        [CostWarning::SmallWeight { .. }]
    ));
    // With the two last swapped the longest follow-up ends censored.
    let last_leaves = CostHistory {
        complete: &[[false; 10].as_slice(), &[true, false]].concat(),
        stop: &[13.0; 12],
        ..last_dies
    };
    let found = censored_cost_mean(&last_leaves, &options(CostMethod::Zt, 20.0)).unwrap();
    assert!(found.warnings.contains(&CostWarning::NobodyAtLimit));
    assert!(
        found
            .warnings
            .contains(&CostWarning::CostAfterFollowUp { rows: 12 })
    );
}

#[test]
fn bad_input_is_named_without_its_values() {
    let good = CostHistory {
        id: &[0, 0],
        start: &[0.0, 1.0],
        stop: &[1.0, 2.0],
        cost: &[1.0, 1.0],
        follow_up: &[2.0, 2.0],
        complete: &[true, true],
    };
    let with = |rows: &CostHistory| censored_cost_mean(rows, &CensoredCostOptions::new(2.0));
    assert!(with(&good).is_ok());
    assert!(matches!(
        with(&CostHistory {
            follow_up: &[2.0, 1.5],
            ..good
        }),
        Err(EstimateError::InconsistentRows { people: 1, .. })
    ));
    assert!(matches!(
        with(&CostHistory {
            cost: &[1.0, f64::NAN],
            ..good
        }),
        Err(EstimateError::NotFinite {
            argument: "cost",
            rows: 1
        })
    ));
    assert!(matches!(
        with(&CostHistory {
            start: &[0.0, 3.0],
            ..good
        }),
        Err(EstimateError::OutOfRange {
            argument: "stop",
            ..
        })
    ));
    assert!(matches!(
        with(&CostHistory {
            complete: &[false, false],
            follow_up: &[1.0, 1.0],
            ..good
        }),
        Err(EstimateError::OutOfRange {
            argument: "complete",
            ..
        })
    ));
    let none = CostHistory {
        id: &[],
        start: &[],
        stop: &[],
        cost: &[],
        follow_up: &[],
        complete: &[],
    };
    assert!(matches!(with(&none), Err(EstimateError::Empty { .. })));
    for limit in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(censored_cost_mean(&good, &CensoredCostOptions::new(limit)).is_err());
    }
    for cuts in [vec![0.0], vec![1.0, 1.0], vec![2.0]] {
        let chosen = CensoredCostOptions {
            partition: Partition::At(cuts),
            ..options(CostMethod::Lin, 2.0)
        };
        assert!(censored_cost_mean(&good, &chosen).is_err());
    }
}
