//! Difference in differences against R's did on its own example data.
#![allow(
    clippy::print_stdout,
    reason = "the printed agreement is the point of a conformance run"
)]

mod reference;

use std::collections::HashMap;

use boligspor_estimate::did::{
    Aggregate, Aggregation, AttGt, AttGtOptions, Base, DidData, GroupTime, Method, PreTrend,
    RegressionEffect, Window, att_gt, sun_abraham,
};
use reference::{Agreement, effects, table};

/// R prints sixteen digits of estimates whose nuisance regressions it iterates
/// to a relative change of the deviance of 1e-8.
const POINTS: f64 = 1e-8;
const ERRORS: f64 = 1e-6;

struct Mpdta {
    unit: Vec<i64>,
    period: Vec<i64>,
    first_treated: Vec<i64>,
    outcome: Vec<f64>,
    covariate: Vec<f64>,
}

impl Mpdta {
    fn read() -> Option<Self> {
        let rows = table("effects/mpdta.csv")?;
        let whole = |name: &str| -> Vec<i64> {
            let cells = rows
                .iter()
                .map(|r| r.number(name).expect("a number") as i64);
            cells.collect()
        };
        let numbers = |name: &str| -> Vec<f64> {
            let cells = rows.iter().map(|r| r.number(name).expect("a number"));
            cells.collect()
        };
        Some(Self {
            unit: whole("countyreal"),
            period: whole("year"),
            first_treated: whole("first.treat"),
            outcome: numbers("lemp"),
            covariate: numbers("lpop"),
        })
    }

    fn fit(&self, with_covariate: bool, options: &AttGtOptions) -> AttGt {
        let covariates = [&self.covariate[..]];
        let data = DidData {
            unit: Some(&self.unit),
            period: &self.period,
            first_treated: &self.first_treated,
            outcome: &self.outcome,
            covariates: if with_covariate { &covariates } else { &[] },
            ..DidData::default()
        };
        att_gt(&data, options).expect("mpdta is in order")
    }
}

/// The number after the last bracket of an identifier such as `att[-3]`.
fn bracketed(id: &str) -> Vec<i64> {
    let inside = id.trim_end_matches([')', ']']);
    let inside = inside.rsplit(['(', '[']).next().unwrap_or("");
    inside.split(',').filter_map(|n| n.parse().ok()).collect()
}

/// A fit and what has been asked of it already.
struct Asked<'a> {
    fit: &'a AttGt,
    cells: Vec<GroupTime>,
    averages: HashMap<String, Aggregate>,
}

impl<'a> Asked<'a> {
    fn of(fit: &'a AttGt) -> Self {
        Self {
            fit,
            cells: fit.cells(),
            averages: HashMap::new(),
        }
    }
}

fn look_up(asked: &mut Asked<'_>, id: &str) -> Option<f64> {
    let fit = asked.fit;
    let parts: Vec<&str> = id.split('|').skip(6).collect();
    match parts[..] {
        ["pretest_W"] => fit
            .pre_trend(PreTrend::BeforeTreatment)
            .map(|t| t.statistic),
        ["pretest_p_5dp"] => fit
            .pre_trend(PreTrend::BeforeTreatment)
            .map(|t| (t.p_value * 1e5).round() / 1e5),
        [cell] => {
            let at = bracketed(cell);
            let found = asked
                .cells
                .iter()
                .find(|c| [c.group, c.period][..] == at[..])?;
            Some(if cell.starts_with("att") {
                found.effect.estimate
            } else {
                found.effect.std_error
            })
        }
        [name, statistic] => {
            let (kind, window) = match name {
                "simple" => (Aggregation::Simple, Window::default()),
                "dynamic" => (Aggregation::Dynamic, Window::default()),
                "group" => (Aggregation::Group, Window::default()),
                "calendar" => (Aggregation::Calendar, Window::default()),
                "dynamic_balance_e1" => (
                    Aggregation::Dynamic,
                    Window {
                        balance_e: Some(1),
                        ..Window::default()
                    },
                ),
                "dynamic_min-1_max1" => (
                    Aggregation::Dynamic,
                    Window {
                        min_e: Some(-1),
                        max_e: Some(1),
                        ..Window::default()
                    },
                ),
                _ => return None,
            };
            if !asked.averages.contains_key(name) {
                let made = fit.aggregate(kind, window).ok()?;
                asked.averages.insert(name.to_owned(), made);
            }
            let found = &asked.averages[name];
            let effect = if statistic.starts_with("overall") {
                found.overall
            } else {
                let at = bracketed(statistic);
                let row = found.rows.iter().find(|r| r.at == at.first().copied())?;
                row.effect
            };
            Some(if statistic.contains("att") {
                effect.estimate
            } else {
                effect.std_error
            })
        }
        _ => None,
    }
}

#[test]
fn group_time_effects_and_their_averages_agree_with_r() {
    let (Some(data), Some(values)) = (Mpdta::read(), effects()) else {
        return;
    };
    let mut agreement = Agreement::new("group-time effects (did)");
    for covariates in ["~1", "~lpop"] {
        for (name, method) in [
            ("dr", Method::Dr),
            ("ipw", Method::Ipw),
            ("reg", Method::Reg),
        ] {
            for (base_name, base) in [("varying", Base::Varying), ("universal", Base::Universal)] {
                for anticipation in [0, 1] {
                    let prefix = format!(
                        "did|{covariates}|nevertreated|{name}|{base_name}|anticip{anticipation}|"
                    );
                    let options = AttGtOptions {
                        method,
                        base,
                        anticipation,
                        ..AttGtOptions::default()
                    };
                    let fit = data.fit(covariates == "~lpop", &options);
                    let mut asked = Asked::of(&fit);
                    for (id, value) in values.with_prefix(&prefix) {
                        let ours = look_up(&mut asked, id).unwrap_or(f64::NAN);
                        let loose = id.contains("se") || id.contains("pretest");
                        agreement.check(id, ours, value, if loose { ERRORS } else { POINTS });
                    }
                }
            }
        }
    }
    agreement.finish(490);
}

#[test]
fn sun_and_abraham_agree_with_fixest() {
    let (Some(rows), Some(values)) = (table("effects/base_stagg.csv"), effects()) else {
        return;
    };
    let whole = |name: &str| -> Vec<i64> {
        let cells = rows
            .iter()
            .map(|r| r.number(name).expect("a number") as i64);
        cells.collect()
    };
    let numbers = |name: &str| -> Vec<f64> {
        let cells = rows.iter().map(|r| r.number(name).expect("a number"));
        cells.collect()
    };
    let (unit, period, first_treated) = (whole("id"), whole("year"), whole("year_treated"));
    let (outcome, x1) = (numbers("y"), numbers("x1"));
    let covariates = [&x1[..]];
    let data = DidData {
        unit: Some(&unit),
        period: &period,
        first_treated: &first_treated,
        outcome: &outcome,
        covariates: &covariates,
        ..DidData::default()
    };
    let fit = sun_abraham(&data, 0.95).expect("base_stagg is in order");
    let event_study = fit.event_study();
    let find = |of: &[RegressionEffect], at: &str| {
        let at: i64 = at.parse().ok()?;
        of.iter().find(|e| e.at == Some(at)).map(|e| e.effect)
    };
    let mut agreement = Agreement::new("Sun and Abraham (fixest)");
    for (id, value) in values.with_prefix("fixest|sunab|base_stagg|x1|") {
        let (of, statistic) = id
            .trim_start_matches("fixest|sunab|base_stagg|x1|")
            .split_once('|')
            .expect("a term and a statistic");
        let pair = match of.split_once("::") {
            Some(("year", at)) => find(&event_study, at).map(|e| (e.estimate, e.std_error)),
            Some(("cohort", at)) => find(fit.by_cohort(), at).map(|e| (e.estimate, e.std_error)),
            _ if of == "ATT" => {
                let effect = fit.overall().effect;
                Some((effect.estimate, effect.std_error))
            }
            _ => fit.covariates().first().copied(),
        };
        let (estimate, std_error) = pair.unwrap_or((f64::NAN, f64::NAN));
        if statistic == "est" {
            agreement.check(id, estimate, value, POINTS);
        } else {
            agreement.check(id, std_error, value, ERRORS);
        }
    }
    agreement.finish(57);
}
