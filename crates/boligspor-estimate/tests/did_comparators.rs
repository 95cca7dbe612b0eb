//! Sun and Abraham, imputation and two-way fixed effects against definitions
//! written out: dummies in full, comparisons by hand, signs one by one.

use boligspor_estimate::did::{
    AttGtOptions, BaconKind, Base, DidData, ImputationOptions, WildOptions, WildWeights, att_gt,
    imputation_did, sun_abraham, twfe,
};

struct Panel {
    unit: Vec<i64>,
    period: Vec<i64>,
    first_treated: Vec<i64>,
    outcome: Vec<f64>,
    cluster: Vec<i64>,
}

fn noise(i: i64) -> f64 {
    let z = (i + 1).wrapping_mul(48_271) % 2_147_483_647;
    ((z.wrapping_mul(16_807) % 1009) as f64) / 1009.0 - 0.5
}

/// Groups 3, 5 and never over six periods, effects that grow, in `clusters`.
fn panel(units: i64, clusters: i64) -> Panel {
    let mut panel = Panel {
        unit: vec![],
        period: vec![],
        first_treated: vec![],
        outcome: vec![],
        cluster: vec![],
    };
    for unit in 0..units {
        let first = [3, 5, 0, 0][(unit % 4) as usize];
        for period in 1..=6 {
            let since = period - first;
            let effect = if first > 0 && since >= 0 {
                1.0 + 0.5 * since as f64
            } else {
                0.0
            };
            panel.unit.push(unit);
            panel.period.push(period);
            panel.first_treated.push(first);
            panel.cluster.push(unit % clusters);
            let shock = noise((unit % clusters) * 31 + period * 7);
            let own = noise(unit * 100 + period) + noise(unit);
            panel
                .outcome
                .push(0.2 * period as f64 + effect + shock + own);
        }
    }
    panel
}

impl Panel {
    fn data(&self) -> DidData<'_> {
        DidData {
            unit: Some(&self.unit),
            period: &self.period,
            first_treated: &self.first_treated,
            outcome: &self.outcome,
            ..DidData::default()
        }
    }
}

/// Solves a small system by Gauss and Jordan.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = a.len();
    for i in 0..n {
        let pivot = (i..n)
            .max_by(|x, y| a[*x][i].abs().total_cmp(&a[*y][i].abs()))
            .unwrap();
        a.swap(i, pivot);
        b.swap(i, pivot);
        let scale = a[i][i];
        a[i].iter_mut().chain(&mut b[i]).for_each(|v| *v /= scale);
        let (row, side) = (a[i].clone(), b[i].clone());
        for j in (0..n).filter(|j| *j != i) {
            let factor = a[j][i];
            let own = a[j].iter_mut().zip(&row).chain(b[j].iter_mut().zip(&side));
            for (value, above) in own {
                *value -= factor * above;
            }
        }
    }
    b
}

/// Least squares with every dummy written out: coefficients, inverse, residuals.
fn full_ols(x: &[Vec<f64>], y: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>, Vec<f64>) {
    let p = x[0].len();
    let mut gram = vec![vec![0.0; p]; p];
    let mut cross = vec![0.0; p];
    for (row, y) in x.iter().zip(y) {
        for i in 0..p {
            cross[i] += row[i] * y;
            for j in 0..p {
                gram[i][j] += row[i] * row[j];
            }
        }
    }
    let identity = (0..p)
        .map(|i| (0..p).map(|j| f64::from(u8::from(i == j))).collect())
        .collect();
    let inverse = solve(gram, identity);
    let beta: Vec<f64> = inverse
        .iter()
        .map(|r| r.iter().zip(&cross).map(|(a, b)| a * b).sum())
        .collect();
    let rest = x
        .iter()
        .zip(y)
        .map(|(row, y)| y - row.iter().zip(&beta).map(|(a, b)| a * b).sum::<f64>())
        .collect();
    (beta, inverse, rest)
}

/// Dummies of all units and of periods but the first, then `last`.
fn with_dummies(panel: &Panel, units: usize, last: impl Fn(usize) -> Vec<f64>) -> Vec<Vec<f64>> {
    (0..panel.unit.len())
        .map(|row| {
            let mut out = vec![0.0; units + 5];
            out[panel.unit[row] as usize] = 1.0;
            if panel.period[row] > 1 {
                out[units + panel.period[row] as usize - 2] = 1.0;
            }
            out.extend(last(row));
            out
        })
        .collect()
}

#[test]
fn two_way_effects_are_those_of_the_dummies_written_out() {
    let panel = panel(24, 24);
    let treated = |row: usize| {
        let first = panel.first_treated[row];
        f64::from(u8::from(first > 0 && panel.period[row] >= first))
    };
    let x = with_dummies(&panel, 24, |row| vec![treated(row)]);
    let (beta, inverse, rest) = full_ols(&x, &panel.outcome);
    let p = x[0].len();
    // Clustered by unit; K counts the coefficient, five periods and a constant.
    let mut variance = 0.0;
    for unit in 0..24 {
        let score: f64 = (0..144)
            .filter(|r| panel.unit[*r] == unit)
            .map(|r| {
                let pulled: f64 = (0..p).map(|k| inverse[p - 1][k] * x[r][k]).sum();
                pulled * rest[r]
            })
            .sum();
        variance += score * score;
    }
    variance *= 24.0 / 23.0 * 143.0 / (144.0 - 7.0);
    let effect = twfe(&panel.data(), 0.95).unwrap().overall().effect;
    assert!((effect.estimate - beta[p - 1]).abs() < 1e-11);
    assert!((effect.std_error - variance.sqrt()).abs() < 1e-11);
}

#[test]
fn bacons_comparisons_make_up_the_coefficient() {
    let panel = panel(24, 24);
    let fit = twfe(&panel.data(), 0.95).unwrap();
    let parts = fit.bacon().unwrap();
    let total: f64 = parts.iter().map(|p| p.weight).sum();
    let mean: f64 = parts.iter().map(|p| p.weight * p.estimate).sum();
    assert!((total - 1.0).abs() < 1e-12);
    assert!((mean - fit.overall().effect.estimate).abs() < 1e-11);
    // Two groups with the never treated, and each with the other.
    assert_eq!(parts.len(), 4);
    let late = parts.iter().find(|p| p.kind == BaconKind::LaterWithEarlier);
    assert_eq!(late.map(|p| (p.group, p.control)), Some((5, Some(3))));
    // The effect of the early group still grows, so this comparison is too low.
    assert!(late.unwrap().estimate < 1.0);
}

#[test]
fn without_covariates_sun_and_abraham_are_group_time_effects_from_one_base() {
    let panel = panel(40, 40);
    let fit = sun_abraham(&panel.data(), 0.95).unwrap();
    let options = AttGtOptions {
        base: Base::Universal,
        ..AttGtOptions::default()
    };
    let group_time = att_gt(&panel.data(), &options).unwrap();
    let event_study = group_time
        .aggregate(
            boligspor_estimate::did::Aggregation::Dynamic,
            boligspor_estimate::did::Window::default(),
        )
        .unwrap();
    for effect in fit.event_study() {
        let row = event_study.rows.iter().find(|r| r.at == effect.at).unwrap();
        assert!((row.effect.estimate - effect.effect.estimate).abs() < 1e-10);
    }
}

#[test]
fn imputation_is_prediction_from_untreated_rows() {
    let panel = panel(24, 24);
    let untreated: Vec<usize> = (0..144)
        .filter(|r| panel.first_treated[*r] == 0 || panel.period[*r] < panel.first_treated[*r])
        .collect();
    let all = with_dummies(&panel, 24, |_| vec![]);
    let x: Vec<Vec<f64>> = untreated.iter().map(|r| all[*r].clone()).collect();
    let y: Vec<f64> = untreated.iter().map(|r| panel.outcome[*r]).collect();
    let (beta, inverse, rest) = full_ols(&x, &y);
    let effect = |r: usize| {
        let predicted: f64 = all[r].iter().zip(&beta).map(|(a, b)| a * b).sum();
        panel.outcome[r] - predicted
    };
    let treated: Vec<usize> = (0..144).filter(|r| !untreated.contains(r)).collect();
    let mean = treated.iter().map(|r| effect(*r)).sum::<f64>() / treated.len() as f64;
    let fit = imputation_did(&panel.data(), &ImputationOptions::default()).unwrap();
    assert!((fit.overall.effect.estimate - mean).abs() < 1e-11);
    assert_eq!(fit.left_out, 0);
    // Its error, by weights of every row: w on the treated, −Z₀(Z₀'Z₀)⁻¹Z₁'w on
    // the others, times what they have left (effects around their cell's mean).
    let w = 1.0 / treated.len() as f64;
    let p = all[0].len();
    let sums: Vec<f64> = (0..p)
        .map(|k| treated.iter().map(|r| w * all[*r][k]).sum())
        .collect();
    let pull: Vec<f64> = inverse
        .iter()
        .map(|r| r.iter().zip(&sums).map(|(a, b)| a * b).sum())
        .collect();
    let mut by_unit = [0.0; 24];
    for (i, r) in untreated.iter().enumerate() {
        let weight: f64 = all[*r].iter().zip(&pull).map(|(a, b)| a * b).sum();
        by_unit[panel.unit[*r] as usize] -= weight * rest[i];
    }
    for r in &treated {
        let same = |q: &&usize| {
            panel.first_treated[**q] == panel.first_treated[*r]
                && panel.period[**q] == panel.period[*r]
        };
        let cell: Vec<f64> = treated.iter().filter(same).map(|q| effect(*q)).collect();
        let centre = cell.iter().sum::<f64>() / cell.len() as f64;
        by_unit[panel.unit[*r] as usize] += w * (effect(*r) - centre);
    }
    let error = by_unit.iter().map(|v| v * v).sum::<f64>().sqrt();
    assert!((fit.overall.effect.std_error - error).abs() < 1e-11);
    assert!(fit.pre_trend.unwrap().df >= 2);
}

#[test]
fn planted_effects_come_back_by_every_comparator() {
    let panel = panel(400, 400);
    let imputed = imputation_did(&panel.data(), &ImputationOptions::default()).unwrap();
    for effects in [
        sun_abraham(&panel.data(), 0.95).unwrap().event_study(),
        imputed.event_study,
    ] {
        for e in effects {
            let at = e.at.unwrap();
            let truth = if at >= 0 { 1.0 + 0.5 * at as f64 } else { 0.0 };
            let z = (e.effect.estimate - truth) / e.effect.std_error;
            assert!(z.abs() < 4.0, "{at}: {z}");
        }
    }
}

/// CR2 and its degrees of freedom with every matrix in full.
#[test]
fn few_clusters_are_corrected_as_defined() {
    let panel = panel(24, 8);
    let data = DidData {
        cluster: Some(&panel.cluster),
        ..panel.data()
    };
    let fit = twfe(&data, 0.95).unwrap();
    let options = WildOptions {
        replicates: 1 << 8,
        weights: WildWeights::Rademacher,
        ..WildOptions::default()
    };
    let found = fit.small_cluster(&options).unwrap()[0].1;
    assert_eq!(found.clusters, 8);
    assert!((found.estimate - fit.overall().effect.estimate).abs() < 1e-12);
    // Signs one by one: with 8 clusters all 256 patterns are tried, so that the
    // P value is a whole number of 256ths, and at least the two that leave all
    // signs alike.
    let count = found.wild_p_value * 256.0;
    assert!((count - count.round()).abs() < 1e-9 && count >= 2.0);
    assert!(found.df > 1.0 && found.df < 8.0, "{}", found.df);
    let usual = fit.overall().effect.std_error;
    assert!(found.std_error > 0.8 * usual && found.std_error < 2.0 * usual);
}

#[test]
fn one_mean_of_clusters_has_the_textbook_degrees_of_freedom() {
    // Two periods, each unit a cluster, five treated and seven not: the change
    // is a difference of two means, whose CR2 is Welch's variance
    // s₁²/5 + s₂²/7, with the degrees of freedom of independent equal errors,
    // (1/5 + 1/7)²/(1/(25·4) + 1/(49·6)).
    let (mut unit, mut period, mut first, mut outcome) = (vec![], vec![], vec![], vec![]);
    let change = [3.0, 5.0, 4.0, 6.0, 2.0, 1.0, 0.0, 2.0, 1.5, 0.5, 1.0, 3.0];
    for (u, change) in change.iter().enumerate() {
        for t in 0..2_i64 {
            unit.push(u as i64);
            period.push(2020 + t);
            first.push(if u < 5 { 2021 } else { 0 });
            outcome.push(u as f64 + t as f64 * change);
        }
    }
    let data = DidData {
        unit: Some(&unit),
        period: &period,
        first_treated: &first,
        outcome: &outcome,
        ..DidData::default()
    };
    let found = twfe(&data, 0.95)
        .unwrap()
        .small_cluster(&WildOptions::default())
        .unwrap()[0]
        .1;
    let variance = |v: &[f64]| {
        let mean = v.iter().sum::<f64>() / v.len() as f64;
        v.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (v.len() - 1) as f64 / v.len() as f64
    };
    let welch = (variance(&change[..5]) + variance(&change[5..])).sqrt();
    assert!((found.std_error - welch).abs() < 1e-10, "{found:?} {welch}");
    let df = (0.2_f64 + 1.0 / 7.0).powi(2) / (1.0 / 100.0 + 1.0 / (49.0 * 6.0));
    assert!((found.df - df).abs() < 1e-8, "{} {df}", found.df);
}
