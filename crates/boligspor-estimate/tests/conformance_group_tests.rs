//! Log-rank and Gray's tests against R survival 3.8-11 and cmprsk 2.2-11.

mod reference;

use boligspor_estimate::{GroupTest, TestOptions, gray_test, log_rank};
use reference::{Agreement, Row};

const TOLERANCE: f64 = 1e-9;

fn numbers(rows: &[Row], column: &str) -> Vec<f64> {
    rows.iter()
        .map(|row| row.number(column).expect("a number"))
        .collect()
}

/// Codes of a text column, in the order of its sorted or given labels.
fn labels(rows: &[Row], column: &str, order: &[&str]) -> Vec<u32> {
    rows.iter()
        .map(|row| {
            order
                .iter()
                .position(|label| *label == row.text(column))
                .expect("a known label") as u32
        })
        .collect()
}

#[test]
fn log_rank_tests() {
    let Some(values) = reference::survival() else {
        return;
    };
    let read =
        |file: &str| reference::table(&format!("survival/{file}.csv")).expect("beside the values");
    let (lung, weighted, aml, veteran) = (
        read("lung"),
        read("lung_weighted"),
        read("aml"),
        read("veteran"),
    );
    let mut agreement = Agreement::new("log-rank (ρ family, strata, k samples)");
    let mut compare = |method: &str, test: &GroupTest| {
        agreement.check(
            method,
            test.statistic,
            values.get(&format!("{method}|chisq")).expect("a value"),
            TOLERANCE,
        );
        for (g, expected) in test.expected.iter().enumerate() {
            let id = format!("{method}|expected{}", g + 1);
            // R sums the expected events unweighted by rho's own convention.
            agreement.check(&id, *expected, values.get(&id).expect("a value"), TOLERANCE);
        }
    };
    let sex = labels(&lung, "sex", &["1", "2"]);
    let died: Vec<bool> = lung.iter().map(|row| row.text("status") == "2").collect();
    let time = numbers(&lung, "time");
    for (method, rho) in [
        ("lr_lung_sex", 0.0),
        ("lr_lung_sex_peto", 1.0),
        ("lr_lung_sex_rho05", 0.5),
    ] {
        let options = TestOptions {
            rho,
            ..TestOptions::default()
        };
        compare(
            method,
            &log_rank(&time, &died, &sex, &options).expect("a test"),
        );
    }
    let strata: Vec<u32> = numbers(&weighted, "inst2")
        .into_iter()
        .map(|x| x as u32)
        .collect();
    let options = TestOptions {
        strata: Some(&strata),
        ..TestOptions::default()
    };
    let died: Vec<bool> = weighted
        .iter()
        .map(|row| row.text("status") == "2")
        .collect();
    let sex = labels(&weighted, "sex", &["1", "2"]);
    compare(
        "lr_lung_sex_strat",
        &log_rank(&numbers(&weighted, "time"), &died, &sex, &options).expect("a test"),
    );
    let event =
        |rows: &[Row]| -> Vec<bool> { rows.iter().map(|row| row.text("status") == "1").collect() };
    let arms = labels(&aml, "x", &["Maintained", "Nonmaintained"]);
    let plain = TestOptions::default();
    compare(
        "lr_aml",
        &log_rank(&numbers(&aml, "time"), &event(&aml), &arms, &plain).expect("a test"),
    );
    let cells = ["squamous", "smallcell", "adeno", "large"];
    let cell = labels(&veteran, "celltype", &cells);
    let time = numbers(&veteran, "time");
    compare(
        "lr_veteran_cell",
        &log_rank(&time, &event(&veteran), &cell, &plain).expect("a test"),
    );
    let treatment = labels(&veteran, "trt", &["1", "2"]);
    let options = TestOptions {
        strata: Some(&cell),
        ..plain
    };
    compare(
        "lr_veteran_trt_strat",
        &log_rank(&time, &event(&veteran), &treatment, &options).expect("a test"),
    );
    let heart = read("heart");
    let entry = numbers(&heart, "start");
    let event: Vec<bool> = heart.iter().map(|row| row.text("event") == "1").collect();
    let options = TestOptions {
        entry: Some(&entry),
        ..plain
    };
    let transplant = labels(&heart, "transplant", &["0", "1"]);
    let test = log_rank(&numbers(&heart, "stop"), &event, &transplant, &options).expect("a test");
    // The score test of Cox's exact likelihood is the log-rank test.
    let id = "lr_lt_heart|exact_score";
    agreement.check(
        id,
        test.statistic,
        values.get(id).expect("a value"),
        TOLERANCE,
    );
    agreement.finish(24);
}

#[test]
fn grays_test() {
    let (Some(values), Some(mgus)) = (
        reference::survival(),
        reference::table("survival/mgus2_cr.csv"),
    ) else {
        return;
    };
    let mut agreement = Agreement::new("Gray's test (cmprsk)");
    let cause: Vec<u32> = numbers(&mgus, "ev").into_iter().map(|x| x as u32).collect();
    let sex = labels(&mgus, "sex", &["F", "M"]);
    for (method, rho) in [("gray_mgus2_sex", 0.0), ("gray_mgus2_sex_rho1", 1.0)] {
        for of in [1, 2] {
            let options = TestOptions {
                rho,
                ..TestOptions::default()
            };
            let test =
                gray_test(&numbers(&mgus, "etime"), &cause, &sex, of, &options).expect("a test");
            let id = format!("{method}|cause{of}|gray");
            agreement.check(
                &id,
                test.statistic,
                values.get(&id).expect("a value"),
                TOLERANCE,
            );
        }
    }
    agreement.finish(4);
}
