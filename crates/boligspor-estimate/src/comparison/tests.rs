use super::balance::{StandardiseBy, balance};
use super::matching::{
    CaliperScale, MatchLimits, MatchMethod, MatchOptions, Matched, match_groups,
};
use super::propensity::propensity;
use super::weighting::{Estimand, Trimming, WeightMethod, WeightOptions, group_weights};
use super::*;
use crate::sample::Random;

/// Two groups that differ in two covariates; scores on a coarse grid, for ties.
struct Sample {
    treated: Vec<bool>,
    x: [Vec<f64>; 2],
    within: Vec<u32>,
}

impl Sample {
    fn new(seed: u64, n: usize) -> Self {
        let mut random = Random(seed);
        let mut made = Self {
            treated: vec![true, false],
            x: [vec![1.0, 2.0], vec![0.0, 1.0]],
            within: vec![0, 0],
        };
        for _ in 2..n {
            let x = (random.uniform() * 8.0).floor();
            made.x[0].push(x);
            made.x[1].push(f64::from(random.uniform() < 0.4));
            made.treated.push(random.uniform() < 0.15 + x / 20.0);
            made.within.push((random.uniform() * 3.0) as u32);
        }
        made
    }

    fn columns(&self) -> [&[f64]; 2] {
        [&self.x[0], &self.x[1]]
    }
}

/// Looks at every untreated person for every treated one.
fn brute_force(
    sample: &Sample,
    score: &[f64],
    ratio: usize,
    replacement: bool,
    caliper: f64,
) -> Vec<(usize, usize)> {
    let mut seekers: Vec<usize> = (0..score.len()).filter(|&r| sample.treated[r]).collect();
    seekers.sort_by(|&a, &b| {
        (sample.within[a].cmp(&sample.within[b]))
            .then(score[b].total_cmp(&score[a]))
            .then(a.cmp(&b))
    });
    let mut taken = vec![false; score.len()];
    let mut pairs = Vec::new();
    for seeker in seekers {
        let gap = |r: usize| (score[r] - score[seeker]).abs();
        let mut pool: Vec<usize> = (0..score.len())
            .filter(|&r| !sample.treated[r] && !taken[r])
            .filter(|&r| sample.within[r] == sample.within[seeker] && gap(r) <= caliper)
            .collect();
        pool.sort_by(|&a, &b| gap(a).total_cmp(&gap(b)).then(a.cmp(&b)));
        for row in pool.into_iter().take(ratio) {
            taken[row] = !replacement;
            pairs.push((seeker, row));
        }
    }
    pairs.sort_by_key(|p| p.0);
    pairs
}

#[test]
fn the_linear_pass_finds_what_looking_at_everyone_finds() {
    for seed in 0..60 {
        let sample = Sample::new(seed, 60);
        let score = &sample.x[0];
        let columns = sample.columns();
        let groups = Groups {
            treated: &sample.treated,
            covariates: &columns,
        };
        for (ratio, replacement, caliper) in [
            (1, false, None),
            (3, false, Some(2.0)),
            (1, true, Some(0.0)),
            (4, true, None),
        ] {
            let options = MatchOptions {
                ratio,
                replacement,
                caliper,
                caliper_scale: CaliperScale::Score,
                ..MatchOptions::default()
            };
            let limits = MatchLimits {
                within: Some(&sample.within),
                score: Some(score),
                person: None,
            };
            let found = match_groups(&groups, &limits, &options).unwrap();
            let slow = brute_force(
                &sample,
                score,
                ratio,
                replacement,
                caliper.unwrap_or(f64::INFINITY),
            );
            assert_eq!(found.pairs, slow, "seed {seed}, ratio {ratio}");
            check_weights(&sample.treated, &found);
        }
    }
}

fn check_weights(treated: &[bool], found: &Matched) {
    let sum = |group: bool| -> f64 {
        (treated.iter().zip(&found.weight))
            .filter(|(t, _)| **t == group)
            .map(|(_, w)| w)
            .sum()
    };
    assert!((sum(true) - found.matched as f64).abs() < 1e-9);
    assert!((sum(false) - found.matched as f64).abs() < 1e-9);
}

#[test]
fn nobody_is_matched_with_their_own_rows_and_serves_once() {
    let treated = [true, false, true, false, false];
    let score = [5.0, 5.0, 5.0, 6.0, 7.0];
    let person = [9, 9, 1, 2, 2];
    let groups = Groups {
        treated: &treated,
        covariates: &[&score],
    };
    let limits = MatchLimits {
        score: Some(&score),
        person: Some(&person),
        ..MatchLimits::default()
    };
    let options = MatchOptions {
        caliper: None,
        ..MatchOptions::default()
    };
    let found = match_groups(&groups, &limits, &options).unwrap();
    // Row 0 may not take its own row 1; it takes row 3, and with it person 2.
    assert_eq!(found.pairs, [(0, 3), (2, 1)]);
}

#[test]
fn cells_agree_in_everything_and_shares_are_by_cell() {
    let treated = [true, true, false, false, false, true];
    let (sex, age) = (
        [0.0, 0.0, 0.0, 0.0, 1.0, -0.0],
        [30.0, 31.0, 30.0, 30.0, 30.0, 30.0],
    );
    let groups = Groups {
        treated: &treated,
        covariates: &[&sex, &age],
    };
    let exact = MatchOptions {
        method: MatchMethod::Exact,
        ..MatchOptions::default()
    };
    let found = match_groups(&groups, &MatchLimits::default(), &exact).unwrap();
    assert_eq!(found.weight, [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]);
    assert_eq!(found.cell, [Some(0), None, Some(0), Some(0), None, Some(0)]);
    assert_eq!(
        found.warnings,
        [ComparisonWarning::Unmatched { treated: 1, of: 3 }]
    );
    let coarse = MatchOptions {
        method: MatchMethod::Coarsened,
        cuts: vec![vec![0.5], vec![40.0]],
        ..exact
    };
    let found = match_groups(&groups, &MatchLimits::default(), &coarse).unwrap();
    assert_eq!(found.weight, [1.0, 1.0, 1.5, 1.5, 0.0, 1.0]);
}

#[test]
fn weights_of_each_kind_by_hand() {
    // Six people in a saturated model: with x = 0 one of three is treated, with
    // x = 1 two of three, so the propensities are 1/3 and 2/3.
    let treated = [true, false, false, true, true, false];
    let x = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    let groups = Groups {
        treated: &treated,
        covariates: &[&x],
    };
    let weigh = |method, estimand, stabilised| {
        let options = WeightOptions {
            method,
            estimand,
            stabilised,
            ..WeightOptions::default()
        };
        group_weights(&groups, None, &options).unwrap().weight
    };
    let close = |found: Vec<f64>, hand: [f64; 6]| {
        for (a, b) in found.iter().zip(hand) {
            assert!((a - b).abs() < 1e-7, "{found:?} {hand:?}");
        }
    };
    close(
        weigh(WeightMethod::Ipw, Estimand::Ate, false),
        [3.0, 1.5, 1.5, 1.5, 1.5, 3.0],
    );
    close(
        weigh(WeightMethod::Ipw, Estimand::Ate, true),
        [1.5, 0.75, 0.75, 0.75, 0.75, 1.5],
    );
    close(
        weigh(WeightMethod::Ipw, Estimand::Att, false),
        [1.0, 0.5, 0.5, 1.0, 1.0, 2.0],
    );
    close(
        weigh(WeightMethod::Ipw, Estimand::Atc, false),
        [2.0, 1.0, 1.0, 0.5, 0.5, 1.0],
    );
    close(
        weigh(WeightMethod::Overlap, Estimand::Att, false),
        [
            2.0 / 3.0,
            1.0 / 3.0,
            1.0 / 3.0,
            1.0 / 3.0,
            1.0 / 3.0,
            2.0 / 3.0,
        ],
    );
    // Two thirds of the treated have x = 1: so do the untreated under entropy
    // balancing, with total weight 3.
    close(
        weigh(WeightMethod::Entropy, Estimand::Att, false),
        [1.0, 0.5, 0.5, 1.0, 1.0, 2.0],
    );
}

#[test]
fn overlap_and_entropy_weights_balance_means_exactly() {
    let sample = Sample::new(4, 400);
    let columns = sample.columns();
    let groups = Groups {
        treated: &sample.treated,
        covariates: &columns,
    };
    for (method, estimand) in [
        (WeightMethod::Overlap, Estimand::Att),
        (WeightMethod::Entropy, Estimand::Att),
        (WeightMethod::Entropy, Estimand::Atc),
        (WeightMethod::Entropy, Estimand::Ate),
    ] {
        let options = WeightOptions {
            method,
            estimand,
            squares: true,
            ..WeightOptions::default()
        };
        let weights = group_weights(&groups, None, &options).unwrap();
        let found = balance(&groups, &weights.weight, None, StandardiseBy::Pooled).unwrap();
        for covariate in &found.covariates {
            assert!(
                covariate.after.difference.abs() < 1e-6,
                "{method:?} {estimand:?}"
            );
        }
        assert!(found.covariates[0].before.difference.abs() > 0.2);
        if method == WeightMethod::Entropy && estimand == Estimand::Att {
            assert!((found.covariates[0].after.variance_ratio - 1.0).abs() < 0.02);
        }
    }
}

#[test]
fn separated_groups_get_a_ridge_and_a_warning() {
    let treated = [true, true, true, false, false, false];
    let x = [5.0, 6.0, 7.0, 1.0, 2.0, 3.0];
    let fit = propensity(
        &Groups {
            treated: &treated,
            covariates: &[&x, &x],
        },
        None,
    )
    .unwrap();
    assert!(fit.warnings.contains(&ComparisonWarning::Ridge));
    assert!(fit.probability.iter().all(|p| (0.001..0.999).contains(p)));
    // Nothing that the untreated can make up has a mean of 6.
    let options = WeightOptions {
        method: WeightMethod::Entropy,
        ..WeightOptions::default()
    };
    let groups = Groups {
        treated: &treated,
        covariates: &[&x],
    };
    let weights = group_weights(&groups, None, &options).unwrap();
    assert!(weights.warnings.contains(&ComparisonWarning::NotBalanced));
    assert!(weights.weight.iter().all(|w| w.is_finite()));
}

#[test]
fn trimming_is_stated() {
    let sample = Sample::new(9, 300);
    let columns = sample.columns();
    let groups = Groups {
        treated: &sample.treated,
        covariates: &columns,
    };
    for trimming in [Trimming::Truncate, Trimming::Drop] {
        let options = WeightOptions {
            trim: 0.25,
            trimming,
            ..WeightOptions::default()
        };
        let found = group_weights(&groups, None, &options).unwrap();
        let beyond = found
            .propensity
            .iter()
            .filter(|p| !(0.25..=0.75).contains(*p))
            .count();
        assert!(beyond > 0 && found.trimmed == beyond);
        assert!(
            found
                .warnings
                .contains(&ComparisonWarning::Trimmed { people: beyond })
        );
        let none = found.weight.iter().filter(|w| **w == 0.0).count();
        assert_eq!(
            none,
            if trimming == Trimming::Drop {
                beyond
            } else {
                0
            }
        );
    }
}

#[test]
fn balance_by_hand() {
    let treated = [true, true, false, false];
    let x = [1.0, 3.0, 2.0, 6.0];
    let groups = Groups {
        treated: &treated,
        covariates: &[&x],
    };
    let found = balance(&groups, &[1.0, 1.0, 3.0, 1.0], None, StandardiseBy::Treated).unwrap();
    let (before, after) = (found.covariates[0].before, found.covariates[0].after);
    // Means 2 and 4, the treated deviation √2, variances 2 and 8.
    assert!((before.difference + 2.0 / 2.0_f64.sqrt()).abs() < 1e-12);
    assert!((before.variance_ratio - 0.25).abs() < 1e-12);
    // Beyond 3 lie none of the treated and half of the others.
    assert!((before.ks - 0.5).abs() < 1e-12);
    // Weighted mean (3 · 2 + 6)/4 = 3; the effective size is 16/10.
    assert!((after.untreated - 3.0).abs() < 1e-12);
    assert!((after.ks - 0.5).abs() < 1e-12);
    assert!((found.effective_after[1] - 1.6).abs() < 1e-12);
}

#[test]
fn bad_input_is_named() {
    let x = [1.0, 2.0];
    let one_group = Groups {
        treated: &[true, true],
        covariates: &[&x],
    };
    assert!(matches!(
        propensity(&one_group, None),
        Err(EstimateError::TooFewGroups { .. })
    ));
    let groups = Groups {
        treated: &[true, false],
        covariates: &[&x],
    };
    let none = MatchLimits::default();
    for options in [
        MatchOptions {
            ratio: 0,
            ..MatchOptions::default()
        },
        MatchOptions {
            caliper: Some(-1.0),
            ..MatchOptions::default()
        },
        MatchOptions {
            caliper: Some(f64::NAN),
            ..MatchOptions::default()
        },
        MatchOptions {
            cuts: vec![vec![2.0, 1.0]],
            ..MatchOptions::default()
        },
        MatchOptions {
            cuts: vec![vec![], vec![]],
            ..MatchOptions::default()
        },
    ] {
        assert!(match_groups(&groups, &none, &options).is_err());
    }
    let nan = [1.0, f64::NAN];
    let groups = Groups {
        treated: &[true, false],
        covariates: &[&nan],
    };
    assert!(matches!(
        propensity(&groups, None),
        Err(EstimateError::NotFinite {
            argument: "covariates",
            rows: 1
        })
    ));
}
