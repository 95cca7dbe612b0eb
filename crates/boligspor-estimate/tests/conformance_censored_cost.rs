//! Mean costs under censoring against R's ccostr and the textbook formula.
//!
//! Reads `effects/` of the reference folder and passes with a message where it
//! is absent. Run with `--nocapture` for the largest relative differences.

mod reference;

use boligspor_estimate::censored_cost::{
    CensoredCostMean, CensoredCostOptions, CostHistory, CostMethod, censored_cost_mean,
};
use reference::{Agreement, effects, table};

fn mean(name: &str, limit: f64, method: CostMethod, left_limit: bool) -> Option<CensoredCostMean> {
    let rows = table(&format!("effects/ccostr_{name}.csv"))?;
    let column = |name: &str| -> Vec<f64> {
        rows.iter()
            .map(|row| row.number(name).expect("a number"))
            .collect()
    };
    let id: Vec<u32> = column("id").iter().map(|id| *id as u32).collect();
    let complete: Vec<bool> = column("delta").iter().map(|d| *d == 1.0).collect();
    let history = CostHistory {
        id: &id,
        start: &column("start"),
        stop: &column("stop"),
        cost: &column("cost"),
        follow_up: &column("surv"),
        complete: &complete,
    };
    let options = CensoredCostOptions {
        method,
        left_limit,
        // The reference values were made with `addInterPol = 1`.
        inclusive: Some(true),
        ..CensoredCostOptions::new(limit)
    };
    Some(censored_cost_mean(&history, &options).expect("a mean"))
}

#[test]
fn means_and_errors_agree_with_ccostr() {
    let Some(values) = effects() else { return };
    let mut agreement = Agreement::new("censored costs, K(T) (ccostr)");
    for (id, value) in values.with_prefix("ccostr|") {
        let parts: Vec<&str> = id.split('|').collect();
        let limit = parts[2].trim_start_matches("L=").parse().expect("a limit");
        let method = match parts[4] {
            "AS" => CostMethod::As,
            "CC" => CostMethod::Cc,
            "BT" => CostMethod::Bt,
            "ZT" => CostMethod::Zt,
            other => panic!("unknown method {other}"),
        };
        let found = mean(parts[1], limit, method, false)
            .expect("beside the values")
            .estimate;
        let ours = if parts[5] == "est" {
            found.estimate
        } else {
            found.std_error
        };
        agreement.check(id, ours, value, 1e-9);
    }
    agreement.finish(32);
}

#[test]
fn the_left_limit_agrees_with_the_textbook_formula() {
    let Some(values) = effects() else { return };
    let mut agreement = Agreement::new("censored costs, K(T−) (plain formula)");
    for (id, value) in values.with_prefix("own|bang_tsiatis|hcost|") {
        let limit = if id.contains("L=1461") {
            1461.0
        } else {
            1000.0
        };
        let left = id.contains("left-continuous");
        let found = mean("hcost", limit, CostMethod::Bt, left).expect("beside the values");
        agreement.check(id, found.estimate.estimate, value, 1e-9);
    }
    agreement.finish(4);
}
