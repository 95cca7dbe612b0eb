//! Standardised rates, funnel limits and over-dispersion against values published
//! by R packages (PHEindicatormethods, epitools, FunnelPlotR) and by formula.
//!
//! Reads `effects/` of the reference folder and passes with a message where it
//! is absent. Run with `--nocapture` for the largest relative differences.

mod reference;

use boligspor_estimate::exact_limits;
use boligspor_estimate::funnel::poisson_limits;
use boligspor_estimate::overdispersion::{Extremes, FunnelScale, Overdispersion, Scores, Widening};
use boligspor_estimate::shrinkage::{BetweenMethod, normal_normal};
use boligspor_estimate::standardise::{DirectMethod, byar_limits, direct, expected, ratio};
use reference::{Agreement, effects, table};

#[test]
fn byar_limits_agree_with_phe() {
    let Some(values) = effects() else { return };
    let mut agreement = Agreement::new("Byar's limits (PHEindicatormethods)");
    for (id, value) in values.with_prefix("PHE|Byars|") {
        let (x, level) = (field(id, "x="), field(id, "conf=") / 100.0);
        // The package also takes fractional counts, which ours does not.
        if x.fract() == 0.0 {
            let limits = byar_limits(x as u64, level).unwrap();
            agreement.check(
                id,
                if id.ends_with("lowercl") {
                    limits.low
                } else {
                    limits.high
                },
                value,
                1e-9,
            );
        }
    }
    agreement.finish(9);
}

#[test]
fn exact_poisson_limits_agree_with_epitools_and_phe() {
    let Some(values) = effects() else { return };
    let mut agreement = Agreement::new("exact Poisson limits (epitools, PHEindicatormethods)");
    for (id, value) in values.with_prefix("epitools|pois.exact|") {
        let limits = exact_limits(field(id, "x=") as u64, 0.95).unwrap();
        let end = if id.ends_with("lower") {
            limits.low
        } else {
            limits.high
        };
        // epitools finds its roots to uniroot's tolerance of about 1e-4 of the rate.
        agreement.check(id, end / field(id, "pt="), value, 2e-3);
    }
    agreement.finish(10);
}

#[test]
fn rates_have_the_published_limits() {
    let Some(rows) = table("effects/phe_test_Rate.csv") else {
        return;
    };
    let mut agreement =
        Agreement::new("rates: exact under ten events, Byar from ten (PHEindicatormethods)");
    for row in &rows {
        let (Some(count), Some(people)) = (row.number("Numerator"), row.number("Denominator"))
        else {
            continue;
        };
        if count.fract() != 0.0 || row.text("method").is_empty() {
            continue;
        }
        let scale: f64 = row.number("multiplier").unwrap_or(100_000.0) / people;
        for (column, level) in [("95_0", 0.95), ("99_8", 0.998)] {
            let limits = if count < 10.0 {
                exact_limits(count as u64, level)
            } else {
                byar_limits(count as u64, level)
            };
            let limits = limits.unwrap();
            for (end, ours) in [("lower", limits.low), ("upper", limits.high)] {
                let name = format!("{end}{column}cl");
                if let Some(value) = row.number(&name) {
                    agreement.check(&name, ours * scale, value, 1e-9);
                }
            }
        }
    }
    agreement.finish(20);
}

#[test]
fn direct_rates_agree_with_phe() {
    let (Some(strata), Some(published)) = (
        table("effects/phe_test_multiarea_esp.csv"),
        table("effects/phe_OUT_dsr.csv"),
    ) else {
        return;
    };
    let mut agreement =
        Agreement::new("direct standardisation, Dobson with Byar (PHEindicatormethods)");
    for area in &published {
        if area.number("value").is_none() {
            continue;
        }
        let rows: Vec<_> = strata
            .iter()
            .filter(|r| r.text("area") == area.text("area"))
            .collect();
        let column = |name: &str| {
            rows.iter()
                .map(|r| r.number(name).unwrap())
                .collect::<Vec<f64>>()
        };
        let events: Vec<u64> = column("count").iter().map(|d| *d as u64).collect();
        for (suffix, level) in [("95_0", 0.95), ("99_8", 0.998)] {
            let rate = direct(
                &events,
                &column("pop"),
                &column("esp2013"),
                DirectMethod::Dobson,
                level,
            )
            .unwrap();
            let limits = rate.interval.unwrap();
            agreement.check(
                "value",
                rate.rate * 1e5,
                area.number("value").unwrap(),
                1e-9,
            );
            agreement.check(
                "lower",
                limits.low * 1e5,
                area.number(&format!("lower{suffix}cl")).unwrap(),
                1e-9,
            );
            agreement.check(
                "upper",
                limits.high * 1e5,
                area.number(&format!("upper{suffix}cl")).unwrap(),
                1e-9,
            );
        }
    }
    agreement.finish(12);
}

#[test]
fn indirect_rates_agree_with_phe() {
    let (Some(strata), Some(published)) = (
        table("effects/phe_test_ISR_ownref.csv"),
        table("effects/phe_test_ISR_results.csv"),
    ) else {
        return;
    };
    let mut agreement = Agreement::new("indirect standardisation (PHEindicatormethods)");
    for area in published
        .iter()
        .filter(|row| row.text("area").starts_with("testdata"))
    {
        let rows: Vec<_> = strata
            .iter()
            .filter(|r| r.text("area") == area.text("area"))
            .collect();
        // A blank cell is an empty stratum; `tiny` has the other areas' people.
        let column = |rows: &[&reference::Row], name: &str| {
            rows.iter()
                .map(|r| r.number(name).unwrap_or(0.0))
                .collect::<Vec<f64>>()
        };
        let big: Vec<_> = strata
            .iter()
            .filter(|r| r.text("area") == "testdata_big")
            .collect();
        let rows = if area.text("area") == "testdata_tiny" {
            &big
        } else {
            &rows
        };
        let (reference, people) = (column(rows, "refcount"), column(rows, "refpop"));
        let e = expected(&reference, &people, &column(rows, "pop")).unwrap();
        agreement.check("expected", e, area.number("expected").unwrap(), 1e-9);
        let per = if area
            .text("statistic")
            .starts_with("indirectly standardised ratio")
        {
            if area.text("statistic").ends_with("100") {
                100.0
            } else {
                1.0
            }
        } else {
            area.number("ref_rate").unwrap()
        };
        let observed = area.number("observed").unwrap() as u64;
        for (suffix, level) in [("95_0", 0.95), ("99_8", 0.998)] {
            let ours = ratio(observed, e, level).unwrap();
            agreement.check(
                "ratio",
                ours.ratio * per,
                area.number("value").unwrap(),
                1e-9,
            );
            if area.text("method") == "Exact" {
                let published = |end: &str| area.number(&format!("{end}{suffix}cl")).unwrap();
                agreement.check("low", ours.low * per, published("lower"), 1e-9);
                agreement.check("high", ours.high * per, published("upper"), 1e-9);
            }
        }
    }
    agreement.finish(52);
}

#[test]
fn gamma_intervals_agree_with_epitools() {
    let (Some(values), Some(rows)) = (effects(), table("effects/fleiss_down.csv")) else {
        return;
    };
    let mut agreement = Agreement::new("direct standardisation, Fay–Feuer gamma (epitools)");
    for order in 1..=5 {
        let rows: Vec<_> = rows
            .iter()
            .filter(|r| r.number("order") == Some(f64::from(order)))
            .collect();
        let column = |name: &str| {
            rows.iter()
                .map(|r| r.number(name).unwrap())
                .collect::<Vec<f64>>()
        };
        let events: Vec<u64> = column("events").iter().map(|d| *d as u64).collect();
        let rate = direct(
            &events,
            &column("pop"),
            &column("std"),
            DirectMethod::Gamma,
            0.95,
        )
        .unwrap();
        let limits = rate.interval.unwrap();
        for (name, ours) in [
            ("crude.rate", rate.crude),
            ("adj.rate", rate.rate),
            ("lci", limits.low),
            ("uci", limits.high),
        ] {
            let id = format!("epitools|ageadjust.direct|fleiss_birthorder{order}|{name}_per1e5");
            agreement.check(&id, ours * 1e5, values.get(&id).unwrap(), 1e-9);
        }
    }
    agreement.finish(20);
}

#[test]
fn funnel_limits_agree_with_the_formula() {
    let Some(values) = effects() else { return };
    let mut agreement =
        Agreement::new("interpolated Poisson limits (Spiegelhalter's formula in numpy)");
    for (id, value) in values.with_prefix("own|spiegelhalter2005_poisson|") {
        let (e, p) = (field(id, "E="), field(id, "p="));
        let limits = poisson_limits(e, (1.0 - 2.0 * p).abs()).unwrap();
        // The reference is before the floor at zero, which the issue asks for.
        agreement.check(
            id,
            if p < 0.5 { limits.low } else { limits.high },
            value.max(0.0),
            1e-9,
        );
    }
    agreement.finish(28);
}

#[test]
fn overdispersion_agrees_with_funnelplotr_on_its_transformed_scales() {
    let (Some(values), Some(rows)) = (effects(), table("effects/medpar_by_provider.csv")) else {
        return;
    };
    let observed: Vec<u64> = rows
        .iter()
        .map(|r| r.number("numerator").unwrap() as u64)
        .collect();
    let expected: Vec<f64> = rows
        .iter()
        .map(|r| r.number("denominator").unwrap())
        .collect();
    // The package rounds expected counts to two decimals for its log scale.
    let rounded: Vec<f64> = expected
        .iter()
        .map(|e| (e * 100.0).round() / 100.0)
        .collect();
    let mut agreement = Agreement::new("over-dispersion φ, τ² and widened limits (FunnelPlotR)");
    for (method, expected, scale, extremes) in [
        ("SHMI", &rounded, FunnelScale::Log, Extremes::Trim(0.1)),
        (
            "CQC",
            &expected,
            FunnelScale::SquareRoot,
            Extremes::Winsorise(0.1),
        ),
    ] {
        let scores = Scores::of_ratios(&observed, expected, scale).unwrap();
        let excess = Overdispersion::estimate(&scores, extremes).unwrap();
        let prefix = format!("FunnelPlotR|medpar|SR|{method}|trim0.1|");
        for (name, ours) in [("phi", excess.phi), ("tau2", excess.tau2)] {
            agreement.check(
                name,
                ours,
                values.get(&format!("{prefix}{name}")).unwrap(),
                1e-9,
            );
        }
        for (id, value) in values.with_prefix(&prefix) {
            let Some(end) = id.rsplit('|').next().filter(|name| name.starts_with("od")) else {
                continue;
            };
            let level = if end.ends_with("998") { 0.998 } else { 0.95 };
            let size = field(id, "denom=");
            let limits = excess.limits(size, level, Widening::Additive).unwrap();
            let ours = if end.starts_with("odll") {
                limits.low
            } else {
                limits.high
            };
            // It multiplies by 1.959964 and 3.090232, which costs up to 2e-7.
            // Its square-root limits are left on the root's scale: the published
            // number is the root of ours, as long as neither is floored.
            let ours = if method == "CQC" { ours.sqrt() } else { ours };
            agreement.check(id, ours, value, 2e-7);
        }
    }
    agreement.finish(44);
}

#[test]
fn shrinkage_agrees_with_metafor() {
    let (Some(values), Some(rows)) = (effects(), table("effects/bcg.csv")) else {
        return;
    };
    let column = |name: &str| {
        rows.iter()
            .map(|r| r.number(name).unwrap())
            .collect::<Vec<f64>>()
    };
    let errors: Vec<f64> = column("vi").iter().map(|v| v.sqrt()).collect();
    let mut agreement =
        Agreement::new("normal-normal shrinkage: DL, REML, ML, Paule-Mandel (metafor)");
    // metafor stops its iterations at a change of τ² of 1e-5 (PM: 1e-4).
    for (name, method, tolerance) in [
        ("DL", BetweenMethod::DerSimonianLaird, 1e-9),
        ("REML", BetweenMethod::Reml, 1e-5),
        ("ML", BetweenMethod::Ml, 1e-4),
        ("PM", BetweenMethod::PauleMandel, 1e-4),
    ] {
        let found = normal_normal(&column("yi"), &errors, method, 0.95).unwrap();
        for (id, ours) in [("tau2", found.between), ("mu", found.mean)] {
            let id = format!("metafor|bcg|{name}|{id}");
            agreement.check(&id, ours, values.get(&id).unwrap(), tolerance);
        }
        for (i, unit) in found.units.iter().enumerate() {
            for (id, ours) in [("blup", unit.estimate), ("blup_se", unit.std_error)] {
                let id = format!("metafor|bcg|{name}|{id}|{}", i + 1);
                if let Some(value) = values.get(&id) {
                    // One blup is near zero, where relative error is large.
                    agreement.check(
                        &id,
                        ours,
                        value,
                        tolerance.max(1e-9) * 100.0_f64.powi(i32::from(i == 7)),
                    );
                }
            }
        }
    }
    agreement.finish(60);
}

/// The number after `key` in an identifier such as `x=65.0|n=nan|conf=95%`.
fn field(id: &str, key: &str) -> f64 {
    let rest = &id[id.find(key).unwrap() + key.len()..];
    rest.split(['|', '%']).next().unwrap().parse().unwrap()
}
