//! Cumulative incidence and state occupancy against R survival 3.8-11 and cmprsk.

mod reference;

use boligspor_estimate::{
    CumulativeIncidence, IncidenceVariance, OccupancyOptions, StateOccupancy, StateRows,
    SurvivalOptions, aalen_johansen, state_occupancy,
};
use reference::{Agreement, Row, Values};

const TOLERANCE: f64 = 1e-9;

fn numbers(rows: &[&Row], column: &str) -> Vec<f64> {
    rows.iter()
        .map(|row| row.number(column).expect("a number"))
        .collect()
}

fn codes(rows: &[&Row], column: &str) -> Vec<u32> {
    numbers(rows, column)
        .into_iter()
        .map(|x| x as u32)
        .collect()
}

/// Groups to compare: all rows, or those of each sex.
fn groups(table: &[Row], by_sex: bool) -> Vec<(&'static str, Vec<&Row>)> {
    if by_sex {
        let of = |sex: &str| table.iter().filter(|row| row.text("sex") == sex).collect();
        vec![("sex=F", of("F")), ("sex=M", of("M"))]
    } else {
        vec![("all", table.iter().collect())]
    }
}

/// One probability of a result: (estimate, error, low, high) at a time.
type Read<'a> = dyn Fn(usize, f64) -> (f64, f64, f64, f64) + 'a;
/// Expected time in a state: (estimate, error).
type Area<'a> = dyn Fn(usize, f64) -> (f64, f64) + 'a;

fn check(
    agreement: &mut Agreement,
    values: &Values,
    prefix: &str,
    states: &[&str],
    read: &Read,
    area: &Area,
) {
    for (id, value) in values.with_prefix(prefix) {
        let parts: Vec<&str> = id[prefix.len()..].split('|').collect();
        let Some(state) = states.iter().position(|name| *name == parts[0]) else {
            continue;
        };
        let ours = if let Some(time) = parts[1].strip_prefix("t=") {
            let (p, se, low, high) = read(state, time.parse().expect("a time"));
            match parts[2] {
                "p" => p,
                "se" => se,
                "lower_log" => low,
                "upper_log" => high,
                other => panic!("unknown value {other}"),
            }
        } else {
            let tau = parts[1]
                .strip_prefix("tau=")
                .expect("a horizon")
                .parse()
                .expect("a number");
            match parts[2] {
                "rmts" => area(state, tau).0,
                "rmts_se_exact" => area(state, tau).1,
                // R's printed error is interpolated; the exact one is compared.
                _ => continue,
            }
        };
        agreement.check(id, ours, value, TOLERANCE);
    }
}

fn check_incidence(
    agreement: &mut Agreement,
    values: &Values,
    method: &str,
    group: &str,
    curves: &CumulativeIncidence,
) {
    let read = |state: usize, time: f64| {
        let curve = if state == 0 {
            &curves.event_free
        } else {
            &curves.causes[state - 1]
        };
        let row = curves.row_at(time).expect("after the first time");
        (
            curve.estimate[row],
            curve.std_error[row],
            curve.low[row],
            curve.high[row],
        )
    };
    let area = |state: usize, tau: f64| {
        let mean = curves.restricted_means(tau).expect("a mean")[state];
        (mean.estimate, mean.std_error)
    };
    let states = ["(s0)", "pcm", "death"];
    check(
        agreement,
        values,
        &format!("{method}|{group}|"),
        &states,
        &read,
        &area,
    );
    // Restricted means of groups are named with the state after a comma.
    check(
        agreement,
        values,
        &format!("{method}|{group}, "),
        &states,
        &read,
        &area,
    );
}

#[test]
fn cumulative_incidence_with_jackknife_errors() {
    let (Some(values), Some(plain)) = (
        reference::survival(),
        reference::table("survival/mgus2_cr.csv"),
    ) else {
        return;
    };
    let weighted = reference::table("survival/mgus2_cr_weighted.csv").expect("beside the values");
    let mut agreement = Agreement::new("Aalen–Johansen, infinitesimal jackknife");
    for (method, table, by_sex, use_weights, use_cluster) in [
        ("aj_mgus2", &plain, false, false, false),
        ("aj_mgus2_sex", &plain, true, false, false),
        ("aj_mgus2_weight", &weighted, false, true, false),
        ("aj_mgus2_cluster", &weighted, true, false, true),
    ] {
        for (group, rows) in groups(table, by_sex) {
            let weights = use_weights.then(|| numbers(&rows, "w"));
            let cluster = use_cluster.then(|| codes(&rows, "cl"));
            let options = SurvivalOptions {
                weights: weights.as_deref(),
                cluster: cluster.as_deref(),
                ..SurvivalOptions::default()
            };
            let curves = aalen_johansen(
                &numbers(&rows, "etime"),
                &codes(&rows, "ev"),
                &options,
                IncidenceVariance::InfinitesimalJackknife,
            )
            .expect("curves");
            check_incidence(&mut agreement, &values, method, group, &curves);
        }
    }
    agreement.finish(220);
}

#[test]
fn cumulative_incidence_with_aalen_errors() {
    let (Some(values), Some(table)) = (
        reference::survival(),
        reference::table("survival/mgus2_cr.csv"),
    ) else {
        return;
    };
    let mut agreement = Agreement::new("Aalen–Johansen, Aalen variance (cmprsk)");
    for (group, rows) in groups(&table, true) {
        let curves = aalen_johansen(
            &numbers(&rows, "etime"),
            &codes(&rows, "ev"),
            &SurvivalOptions::default(),
            IncidenceVariance::Aalen,
        )
        .expect("curves");
        let sex = group.strip_prefix("sex=").expect("a sex");
        for cause in [1, 2] {
            for method in ["gray_mgus2_sex", "gray_mgus2_sex_rho1"] {
                let prefix = format!("{method}|{sex} {cause}|t=");
                for (id, value) in values.with_prefix(&prefix) {
                    let (time, what) = id[prefix.len()..]
                        .split_once('|')
                        .expect("a time and a name");
                    let row = curves.row_at(time.parse().expect("a time")).expect("a row");
                    let curve = &curves.causes[cause - 1];
                    let ours = if what == "cif" {
                        curve.estimate[row]
                    } else {
                        curve.std_error[row].powi(2)
                    };
                    agreement.check(id, ours, value, TOLERANCE);
                }
            }
        }
    }
    agreement.finish(32);
}

fn occupancy(id: &[u32], start: &[f64], stop: &[f64], state: &[u32]) -> StateOccupancy {
    let rows = StateRows {
        id,
        start,
        stop,
        state,
        initial: None,
    };
    state_occupancy(&rows, &OccupancyOptions::default()).expect("curves")
}

fn check_occupancy(
    agreement: &mut Agreement,
    values: &Values,
    prefixes: &[String],
    states: &[&str],
    curves: &StateOccupancy,
) {
    let read = |state: usize, time: f64| {
        let row = curves.row_at(time).expect("after the first time");
        let curve = &curves.states[state];
        (
            curve.estimate[row],
            curve.std_error[row],
            curve.low[row],
            curve.high[row],
        )
    };
    let area = |state: usize, tau: f64| {
        let mean = curves.sojourn(tau).expect("a mean")[state];
        (mean.estimate, mean.std_error)
    };
    for prefix in prefixes {
        check(agreement, values, prefix, states, &read, &area);
    }
}

#[test]
fn occupancy_of_states() {
    let (Some(values), Some(tiny)) = (
        reference::survival(),
        reference::table("survival/tiny_multistate.csv"),
    ) else {
        return;
    };
    let mut agreement = Agreement::new("state occupancy, infinitesimal jackknife, sojourn times");
    let rows: Vec<&Row> = tiny.iter().collect();
    let curves = occupancy(
        &codes(&rows, "id"),
        &numbers(&rows, "t1"),
        &numbers(&rows, "t2"),
        &codes(&rows, "st"),
    );
    check_occupancy(
        &mut agreement,
        &values,
        &["ms_tiny|all|".to_owned()],
        &["(s0)", "a", "b", "c"],
        &curves,
    );
    let mgus = reference::table("survival/mgus2_multistate.csv").expect("beside the values");
    for (group, rows) in groups(&mgus, true) {
        let curves = occupancy(
            &codes(&rows, "id"),
            &numbers(&rows, "tstart"),
            &numbers(&rows, "tstop"),
            &codes(&rows, "ev"),
        );
        let prefixes = [format!("ms_mgus2|{group}|"), format!("ms_mgus2|{group}, ")];
        check_occupancy(
            &mut agreement,
            &values,
            &prefixes,
            &["(s0)", "pcm", "death"],
            &curves,
        );
    }
    agreement.finish(140);
}
