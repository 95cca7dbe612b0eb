//! Values per person and per sequence against R survival 3.8-11 and TraMineR.

mod reference;

use boligspor_estimate::{
    PseudoTarget, Sequences, SurvivalOptions, censoring_weights, exact_limits, mean_cumulative,
    mean_time_in_state, pseudo_values, state_distribution, transition_rates,
};
use reference::{Agreement, Row};

const TOLERANCE: f64 = 1e-9;

fn numbers(rows: &[&Row], column: &str) -> Vec<f64> {
    rows.iter()
        .map(|row| row.number(column).expect("a number"))
        .collect()
}

#[test]
fn pseudo_values_and_censoring_weights() {
    let (Some(values), Some(aml)) = (reference::survival(), reference::table("survival/aml.csv"))
    else {
        return;
    };
    let rows: Vec<&Row> = aml.iter().collect();
    let (time, options) = (numbers(&rows, "time"), SurvivalOptions::default());
    let event: Vec<bool> = rows.iter().map(|row| row.text("status") == "1").collect();
    let times = [20.0, 30.0];
    let of = |times: &[f64], target| {
        pseudo_values(&time, &event, times, target, &options).expect("values")
    };
    let survival = of(&times, PseudoTarget::Probability);
    let mean = of(&[30.0], PseudoTarget::RestrictedMean);
    let weights = censoring_weights(&time, &event, 30.0, &options).expect("weights");
    let row_of = |part: &str| {
        part.strip_prefix("row")
            .expect("a row")
            .parse::<usize>()
            .expect("a number")
            - 1
    };
    let mut agreement = Agreement::new("pseudo-values");
    for (id, value) in values.with_prefix("pseudo_aml") {
        let parts: Vec<&str> = id.split('|').collect();
        let row = row_of(parts[1]);
        let ours = match parts.get(2) {
            None => mean[row],
            Some(t) => survival[row * 2 + usize::from(*t == "t=30")],
        };
        agreement.check(id, ours, value, TOLERANCE);
    }
    agreement.finish(9);
    let mut agreement = Agreement::new("censoring weights");
    for (id, value) in values.with_prefix("ipcw_aml|") {
        let part = id.split('|').nth(1).expect("a part");
        let ours = if part == "sum_t30" {
            weights.iter().sum()
        } else {
            weights[row_of(part)]
        };
        agreement.check(id, ours, value, TOLERANCE);
    }
    agreement.finish(4);
}

#[test]
fn mean_cumulative_function() {
    let (Some(values), Some(cgd)) = (reference::survival(), reference::table("survival/cgd.csv"))
    else {
        return;
    };
    let mut agreement = Agreement::new("mean cumulative function, robust error");
    for treat in ["placebo", "rIFN-g"] {
        let rows: Vec<&Row> = cgd
            .iter()
            .filter(|row| row.text("treat") == treat)
            .collect();
        let id: Vec<u32> = numbers(&rows, "id").into_iter().map(|x| x as u32).collect();
        let mcf = mean_cumulative(
            &id,
            &numbers(&rows, "tstart"),
            &numbers(&rows, "tstop"),
            &numbers(&rows, "status"),
            &SurvivalOptions::default(),
        )
        .expect("a curve");
        let prefix = format!("mcf_cgd|treat={treat}|t=");
        for (id, value) in values.with_prefix(&prefix) {
            let (time, error) = id[prefix.len()..]
                .split_once('|')
                .unwrap_or((&id[prefix.len()..], ""));
            let time: f64 = time.parse().expect("a time");
            let row = mcf.time.partition_point(|&t| t <= time) - 1;
            let ours = if error.is_empty() {
                mcf.estimate[row]
            } else {
                mcf.std_error[row]
            };
            agreement.check(id, ours, value, TOLERANCE);
        }
    }
    agreement.finish(8);
}

#[test]
fn sequences() {
    let (Some(values), Some(mvad)) = (reference::survival(), reference::table("survival/mvad.csv"))
    else {
        return;
    };
    let names = [
        "employment",
        "FE",
        "HE",
        "joblessness",
        "school",
        "training",
    ];
    let months = [
        "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
    ];
    let periods = 70;
    let mut codes = Vec::new();
    for row in &mvad {
        for period in 0..periods {
            // September 1993 is the first; the year turns in January.
            let column = format!("{}.{}", months[period % 12], 93 + (period + 8) / 12);
            let code = names
                .iter()
                .position(|name| *name == row.text(&column))
                .expect("a known state");
            codes.push(Some(code as u16));
        }
    }
    let weights: Vec<f64> = mvad
        .iter()
        .map(|row| row.number("weight").expect("a weight"))
        .collect();
    let mut agreement =
        Agreement::new("state distribution, transition rates, mean time (TraMineR)");
    for (kind, weights) in [("unweighted", None), ("weighted", Some(weights.as_slice()))] {
        let sequences = Sequences {
            codes: &codes,
            periods,
            states: 6,
            weights,
        };
        let shares = state_distribution(&sequences).expect("shares").share;
        let rates = transition_rates(&sequences).expect("rates").rate;
        let means = mean_time_in_state(&sequences).expect("means");
        let code = |name: &str| names.iter().position(|n| *n == name).expect("a state");
        let prefix = format!("tm_mvad|{kind}|");
        for (id, value) in values.with_prefix(&prefix) {
            let parts: Vec<&str> = id[prefix.len()..].split('|').collect();
            let ours = match parts[0] {
                "statd" => {
                    let month: usize = parts[2]
                        .strip_prefix("month=")
                        .expect("a month")
                        .parse()
                        .expect("a number");
                    shares[(month - 1) * 6 + code(parts[1])]
                }
                "trate" => {
                    let (from, to) = parts[1].split_once("->").expect("a transition");
                    rates[code(from) * 6 + code(to)]
                }
                _ => means[code(parts[1])],
            };
            agreement.check(id, ours, value, TOLERANCE);
        }
    }
    agreement.finish(55);
}

#[test]
fn exact_poisson_limits() {
    let Some(values) = reference::survival() else {
        return;
    };
    let mut agreement = Agreement::new("exact Poisson limits (cipoisson)");
    for count in [0, 3, 10] {
        let limits = exact_limits(count, 0.95).expect("limits");
        for (end, ours) in [("lower", limits.low), ("upper", limits.high)] {
            let id = format!("cipoisson|{count}/100|{end}");
            agreement.check(
                &id,
                ours / 100.0,
                values.get(&id).expect("a value"),
                TOLERANCE,
            );
        }
    }
    agreement.finish(6);
}
