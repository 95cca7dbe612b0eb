//! Group-time effects against what they are by definition, on small and broken
//! data: means by hand, orders of rows, weights as copies, gaps, clusters.

use boligspor_estimate::EstimateError;
use boligspor_estimate::did::{
    Aggregation, AttGt, AttGtOptions, Base, Control, DidData, DidWarning, Method, Unbalanced,
    Window, att_gt,
};

/// A small deterministic panel: groups 3, 4 and never, six periods, an effect
/// that grows with time since treatment, and a covariate that matters.
#[derive(Clone)]
struct Panel {
    unit: Vec<i64>,
    period: Vec<i64>,
    first_treated: Vec<i64>,
    outcome: Vec<f64>,
    covariate: Vec<f64>,
    weights: Vec<f64>,
    cluster: Vec<i64>,
}

fn noise(i: i64) -> f64 {
    // A multiplicative congruence: fixed numbers without a pattern in i.
    let z = (i + 1).wrapping_mul(48_271) % 2_147_483_647;
    ((z.wrapping_mul(16_807) % 1009) as f64) / 1009.0 - 0.5
}

impl Panel {
    fn new() -> Self {
        let mut panel = Self {
            unit: vec![],
            period: vec![],
            first_treated: vec![],
            outcome: vec![],
            covariate: vec![],
            weights: vec![],
            cluster: vec![],
        };
        for unit in 0..60_i64 {
            let first_treated = [3, 4, 0][(unit % 3) as usize];
            let x = noise(unit * 7) + f64::from(u8::from(first_treated > 0)) * 0.2;
            for period in 1..=6 {
                let since = period - first_treated;
                let effect = if first_treated > 0 && since >= 0 {
                    1.0 + since as f64
                } else {
                    0.0
                };
                let y = 0.5 * period as f64 * x + effect + noise(unit * 100 + period);
                panel.unit.push(1000 - unit);
                panel.period.push(period);
                panel.first_treated.push(first_treated);
                panel.outcome.push(y);
                panel.covariate.push(x);
                panel.weights.push((unit % 4 + 1) as f64);
                panel.cluster.push(unit / 5);
            }
        }
        panel
    }

    fn keep(&self, keep: impl Fn(usize) -> bool) -> Self {
        let rows: Vec<usize> = (0..self.unit.len()).filter(|r| keep(*r)).collect();
        self.rows(&rows)
    }

    fn rows(&self, rows: &[usize]) -> Self {
        let whole = |c: &[i64]| rows.iter().map(|r| c[*r]).collect();
        let real = |c: &[f64]| rows.iter().map(|r| c[*r]).collect();
        Self {
            unit: whole(&self.unit),
            period: whole(&self.period),
            first_treated: whole(&self.first_treated),
            outcome: real(&self.outcome),
            covariate: real(&self.covariate),
            weights: real(&self.weights),
            cluster: whole(&self.cluster),
        }
    }

    fn fit<'a>(
        &'a self,
        options: &AttGtOptions,
        change: impl Fn(&mut DidData<'a>),
    ) -> Result<AttGt, EstimateError> {
        let mut data = DidData {
            unit: Some(&self.unit),
            period: &self.period,
            first_treated: &self.first_treated,
            outcome: &self.outcome,
            ..DidData::default()
        };
        change(&mut data);
        att_gt(&data, options)
    }

    fn with_covariate(&self, options: &AttGtOptions) -> AttGt {
        let x = [&self.covariate[..]];
        let data = DidData {
            unit: Some(&self.unit),
            period: &self.period,
            first_treated: &self.first_treated,
            outcome: &self.outcome,
            covariates: &x,
            ..DidData::default()
        };
        att_gt(&data, options).unwrap()
    }
}

fn same(a: &AttGt, b: &AttGt, tolerance: f64) {
    let (a, b) = (a.cells(), b.cells());
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(&b) {
        assert_eq!((a.group, a.period), (b.group, b.period));
        let close = |x: f64, y: f64| (x.is_nan() && y.is_nan()) || (x - y).abs() <= tolerance;
        assert!(close(a.effect.estimate, b.effect.estimate), "{a:?} {b:?}");
        assert!(close(a.effect.std_error, b.effect.std_error), "{a:?} {b:?}");
    }
}

#[test]
fn without_covariates_an_effect_is_a_difference_of_mean_changes() {
    let panel = Panel::new();
    for control in [Control::Never, Control::NotYet] {
        let options = AttGtOptions {
            control,
            ..AttGtOptions::default()
        };
        for cell in panel.fit(&options, |_| {}).unwrap().cells() {
            let mean = |treated: bool, period: i64| {
                let rows = (0..panel.unit.len()).filter(|&r| {
                    let g = panel.first_treated[r];
                    let controls = g == 0 || (control == Control::NotYet && g > cell.period);
                    panel.period[r] == period
                        && if treated {
                            g == cell.group
                        } else {
                            controls && g != cell.group
                        }
                });
                let values: Vec<f64> = rows.map(|r| panel.outcome[r]).collect();
                values.iter().sum::<f64>() / values.len() as f64
            };
            let change = |treated| mean(treated, cell.period) - mean(treated, cell.base);
            let by_hand = change(true) - change(false);
            assert!(
                (cell.effect.estimate - by_hand).abs() < 1e-12,
                "{control:?} {cell:?}"
            );
        }
    }
}

#[test]
fn the_order_of_rows_does_not_matter_to_the_last_bit() {
    let panel = Panel::new();
    let rows: Vec<usize> = (0..360).map(|i| i * 211 % 360).collect();
    let shuffled = panel.rows(&rows);
    let options = AttGtOptions {
        bootstrap: Some(50),
        ..AttGtOptions::default()
    };
    let bits = |panel: &Panel, gaps: bool| {
        let panel = panel.keep(|r| !gaps || (panel.unit[r] + panel.period[r]) % 11 != 0);
        let cells = panel.with_covariate(&options).cells();
        let both = cells
            .iter()
            .flat_map(|c| [c.effect.estimate, c.effect.std_error, c.effect.band_high]);
        both.map(f64::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(bits(&panel, false), bits(&shuffled, false));
    assert_eq!(bits(&panel, true), bits(&shuffled, true));
    let sections = |panel: &Panel| {
        let cells = panel.fit(&options, |d| d.unit = None).unwrap().cells();
        let both = cells
            .iter()
            .flat_map(|c| [c.effect.estimate, c.effect.std_error]);
        both.map(f64::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(sections(&panel), sections(&shuffled));
}

#[test]
fn whole_weights_give_the_estimates_of_copies() {
    let panel = Panel::new();
    let mut rows = Vec::new();
    let mut unit = Vec::new();
    for row in 0..panel.unit.len() {
        for copy in 0..panel.weights[row] as i64 {
            rows.push(row);
            unit.push(panel.unit[row] * 10 + copy);
        }
    }
    let mut copies = panel.rows(&rows);
    copies.unit = unit;
    for method in [Method::Dr, Method::Ipw, Method::Reg] {
        let options = AttGtOptions {
            method,
            ..AttGtOptions::default()
        };
        let x = [&panel.covariate[..]];
        let weighted = att_gt(
            &DidData {
                unit: Some(&panel.unit),
                period: &panel.period,
                first_treated: &panel.first_treated,
                outcome: &panel.outcome,
                covariates: &x,
                weights: Some(&panel.weights),
                cluster: None,
            },
            &options,
        )
        .unwrap();
        let copied = copies.with_covariate(&options);
        for (a, b) in weighted.cells().iter().zip(copied.cells()) {
            assert!(
                (a.effect.estimate - b.effect.estimate).abs() < 1e-9,
                "{method:?} {a:?}"
            );
        }
        // Averages weigh groups by what their units weigh.
        let of = |fit: &AttGt| {
            fit.aggregate(Aggregation::Simple, Window::default())
                .unwrap()
        };
        let (a, b) = (of(&weighted).overall.estimate, of(&copied).overall.estimate);
        assert!((a - b).abs() < 1e-9, "{method:?}");
    }
}

#[test]
fn copies_clustered_by_their_original_have_its_errors() {
    let panel = Panel::new();
    let rows: Vec<usize> = (0..360).chain(0..360).collect();
    let mut twice = panel.rows(&rows);
    twice.cluster = twice.unit.clone();
    for unit in &mut twice.unit[360..] {
        *unit += 5000;
    }
    let options = AttGtOptions::default();
    let once = panel.fit(&options, |_| {}).unwrap();
    let clustered = {
        let data = DidData {
            unit: Some(&twice.unit),
            period: &twice.period,
            first_treated: &twice.first_treated,
            outcome: &twice.outcome,
            cluster: Some(&twice.cluster),
            ..DidData::default()
        };
        att_gt(&data, &options).unwrap()
    };
    same(&once, &clustered, 1e-12);
    for kind in [
        Aggregation::Dynamic,
        Aggregation::Group,
        Aggregation::Calendar,
    ] {
        let of = |fit: &AttGt| fit.aggregate(kind, Window::default()).unwrap().overall;
        assert!((of(&once).std_error - of(&clustered).std_error).abs() < 1e-12);
    }
}

#[test]
fn a_panel_without_gaps_read_by_rows_has_the_same_plain_effects() {
    // Means of rows and of changes agree where every unit is seen twice, and so
    // do errors, since a unit's two rows are added up before they are squared.
    let panel = Panel::new();
    let options = AttGtOptions::default();
    let whole = panel.fit(&options, |_| {}).unwrap();
    // One more unit, seen in the first period only, makes it a panel with gaps;
    // it is never treated and enters only comparisons from that period.
    let mut gaps = panel.clone();
    gaps.unit.push(5000);
    gaps.period.push(1);
    gaps.first_treated.push(0);
    gaps.outcome.push(0.0);
    let by_rows = gaps.fit(&options, |_| {}).unwrap();
    assert!(matches!(
        by_rows.warnings()[0],
        DidWarning::Unbalanced {
            units: 1,
            dropped: false
        }
    ));
    for (a, b) in whole.cells().iter().zip(by_rows.cells()) {
        if a.base > 1 {
            assert!((a.effect.estimate - b.effect.estimate).abs() < 1e-12);
            assert!((a.effect.std_error - b.effect.std_error).abs() < 1e-12);
        }
    }
    let dropped = gaps
        .fit(
            &AttGtOptions {
                unbalanced: Unbalanced::DropUnits,
                ..options
            },
            |_| {},
        )
        .unwrap();
    same(&whole, &dropped, 0.0);
}

#[test]
fn the_bootstrap_agrees_with_analytic_errors_and_with_itself() {
    let panel = Panel::new();
    let analytic = panel.with_covariate(&AttGtOptions::default());
    let options = AttGtOptions {
        bootstrap: Some(1999),
        seed: 7,
        ..AttGtOptions::default()
    };
    let drawn = panel.with_covariate(&options);
    for (a, b) in analytic.cells().iter().zip(drawn.cells()) {
        let ratio = b.effect.std_error / a.effect.std_error;
        assert!((0.85..1.15).contains(&ratio), "{ratio}");
    }
    same(&drawn, &panel.with_covariate(&options), 0.0);
    let other = panel.with_covariate(&AttGtOptions { seed: 8, ..options });
    assert!(drawn.cells()[0].effect.std_error != other.cells()[0].effect.std_error);
    let event_study = drawn
        .aggregate(Aggregation::Dynamic, Window::default())
        .unwrap();
    assert!(event_study.critical_value > 2.0 && event_study.critical_value < 3.5);
}

#[test]
fn a_universal_base_is_zero_in_its_own_period() {
    let options = AttGtOptions {
        base: Base::Universal,
        anticipation: 1,
        ..AttGtOptions::default()
    };
    let fit = Panel::new().fit(&options, |_| {}).unwrap();
    for cell in fit.cells() {
        assert_eq!(cell.base, cell.group - 2);
        assert_eq!(cell.is_base(), cell.effect.std_error.is_nan());
        assert!(!cell.is_base() || cell.effect.estimate == 0.0);
    }
}

#[test]
fn nobody_never_treated_leaves_the_last_group_as_control() {
    let panel = Panel::new();
    let treated = panel.keep(|r| panel.first_treated[r] > 0);
    let refused = treated.fit(&AttGtOptions::default(), |_| {}).unwrap_err();
    assert_eq!(refused, EstimateError::NoNeverTreated);
    let options = AttGtOptions {
        control: Control::NotYet,
        ..AttGtOptions::default()
    };
    let fit = treated.fit(&options, |_| {}).unwrap();
    assert!(fit.warnings().contains(&DidWarning::LastGroupAsControl {
        group: 4,
        periods: 3
    }));
    let groups: Vec<i64> = fit.cells().iter().map(|c| c.group).collect();
    assert_eq!(groups, [3, 3]);
}

#[test]
fn faults_that_peers_pass_over_are_refused() {
    let panel = Panel::new();
    let options = AttGtOptions::default();
    let broken = |change: &dyn Fn(&mut Panel)| {
        let mut panel = panel.clone();
        change(&mut panel);
        panel.fit(&options, |_| {}).unwrap_err()
    };
    let recode = |code: i64| {
        move |p: &mut Panel| {
            for g in &mut p.first_treated {
                if *g == 0 {
                    *g = code;
                }
            }
        }
    };
    assert!(matches!(
        broken(&recode(-1)),
        EstimateError::NeverTreatedCode { rows: 120, .. }
    ));
    // A code that looks like an early treatment drops every control.
    assert_eq!(broken(&recode(1)), EstimateError::NoNeverTreated);
    assert_eq!(
        broken(&|p| p.first_treated[0] = 4),
        EstimateError::FirstTreatedVaries { units: 1 }
    );
    assert_eq!(
        broken(&|p| p.period[1] = 1),
        EstimateError::DuplicateUnitPeriods { rows: 1 }
    );
    assert_eq!(
        broken(&|p| p.outcome[5] = f64::INFINITY),
        EstimateError::NotFinite {
            argument: "outcome",
            rows: 1
        }
    );
    assert_eq!(
        broken(&|p| p.first_treated.iter_mut().for_each(|g| *g = 0)),
        EstimateError::NoTreatedGroups
    );
    let moved = panel.fit(&options, |d| d.cluster = Some(&panel.period));
    assert!(matches!(
        moved.unwrap_err(),
        EstimateError::ClusterVaries { .. }
    ));
    // A period after the last is a treatment that the data do not see.
    let mut late = panel.clone();
    recode(99)(&mut late);
    same(
        &late.fit(&options, |_| {}).unwrap(),
        &panel.fit(&options, |_| {}).unwrap(),
        0.0,
    );
}

#[test]
fn a_group_of_one_and_an_empty_cell_are_named() {
    let panel = Panel::new();
    let one = panel.keep(|r| panel.first_treated[r] != 4 || panel.unit[r] == 999);
    let fit = one.fit(&AttGtOptions::default(), |_| {}).unwrap();
    assert!(fit.warnings().contains(&DidWarning::SmallGroup {
        group: Some(4),
        units: 1
    }));
    let empty = panel.keep(|r| panel.first_treated[r] != 4 || panel.period[r] != 5);
    let fit = empty.fit(&AttGtOptions::default(), |_| {}).unwrap();
    let named: Vec<(i64, i64)> = fit.warnings().iter().filter_map(DidWarning::cell).collect();
    assert_eq!(named, [(4, 5)]);
    let cells = fit.cells();
    let missing = cells.iter().filter(|c| c.effect.estimate.is_nan()).count();
    assert_eq!((cells.len(), missing), (10, 1));
    let average = fit
        .aggregate(Aggregation::Simple, Window::default())
        .unwrap();
    assert_eq!(average.warnings, [DidWarning::CellsLeftOut { cells: 1 }]);
    assert!(average.overall.estimate.is_finite());
}

#[test]
fn a_planted_effect_comes_back() {
    let fit = Panel::new().with_covariate(&AttGtOptions {
        control: Control::NotYet,
        ..AttGtOptions::default()
    });
    let event_study = fit
        .aggregate(Aggregation::Dynamic, Window::default())
        .unwrap();
    for row in &event_study.rows {
        let e = row.at.unwrap();
        let truth = if e < 0 { 0.0 } else { 1.0 + e as f64 };
        assert!(
            (row.effect.estimate - truth).abs() < 4.0 * row.effect.std_error,
            "{row:?}"
        );
    }
}
