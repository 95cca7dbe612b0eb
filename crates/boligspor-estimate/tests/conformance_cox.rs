//! Cox's regression against R survival 3.8-11.
//!
//! Reads `survival/` of the reference folder and passes with a message where it
//! is absent. Run with `--nocapture` for the largest relative differences.

mod reference;

use boligspor_estimate::cox::{CoxData, CoxFit, CoxOptions, Ties, TimeTransform, cox};
use boligspor_estimate::fine_gray::{FineGrayConvention, FineGrayData, FineGrayOptions, fine_gray};
use reference::{Agreement, Row, Values, survival, table};

/// Both stop Newton's iteration at a relative change of the log-likelihood of
/// 1e-9, after the same steps.
const TOLERANCE: f64 = 1e-9;

#[test]
fn lung_agrees_for_each_way_with_ties() {
    let (Some(values), Some(rows)) = (survival(), table("survival/lung.csv")) else {
        return;
    };
    let rows = complete(&rows, &["time", "status", "age", "sex", "ph.ecog"]);
    let frame = Frame::new(
        &rows,
        "time",
        |row| row.number("status") == Some(2.0),
        &["age", "sex", "ph.ecog"],
    );
    let mut agreement =
        Agreement::new("Cox: coefficients, errors, likelihood, score test; Efron, Breslow, exact");
    for (name, ties) in [
        ("efron", Ties::Efron),
        ("breslow", Ties::Breslow),
        ("exact", Ties::Exact),
    ] {
        let fit = frame.fit(
            |_| {},
            CoxOptions {
                ties,
                ..CoxOptions::default()
            },
        );
        compare(
            &mut agreement,
            &values,
            &format!("cox_lung_{name}"),
            &["age", "sex", "ph.ecog"],
            &fit,
        );
    }
    agreement.finish(24);

    let mut agreement = Agreement::new("Cox: concordance and its variance");
    let fit = frame.fit(|_| {}, CoxOptions::default());
    let concordance = fit.concordance();
    for (id, ours) in [
        ("C", concordance.concordance),
        ("var", concordance.std_error.powi(2)),
    ] {
        let id = format!("conc_lung|{id}");
        agreement.check(&id, ours, values.get(&id).unwrap(), TOLERANCE);
    }
    agreement.finish(2);

    let mut agreement = Agreement::new("Cox: iterated to rounding error, against R's default stop");
    let fit = frame.fit(
        |_| {},
        CoxOptions {
            tolerance: 1e-15,
            ..CoxOptions::default()
        },
    );
    for (name, term) in ["age", "sex", "ph.ecog"].iter().zip(&fit.terms) {
        let id = format!("cox_lung_efron|{name}|coef");
        agreement.check(&id, term.coef, values.get(&id).unwrap(), 1e-8);
    }
    agreement.finish(3);
}

#[test]
fn strata_clusters_and_weights_agree() {
    // The weighted file has the same people in the same order, without their age.
    let (Some(values), Some(rows), Some(lung)) = (
        survival(),
        table("survival/lung_weighted.csv"),
        table("survival/lung.csv"),
    ) else {
        return;
    };
    let rows: Vec<&Row> = rows.iter().collect();
    let columns = ["age", "sex"];
    let mut frame = Frame::new(
        &rows,
        "time",
        |row| row.number("status") == Some(2.0),
        &["sex"],
    );
    frame
        .columns
        .insert(0, lung.iter().map(|r| r.number("age").unwrap()).collect());
    let inst: Vec<u32> = rows
        .iter()
        .map(|r| r.number("inst2").unwrap() as u32)
        .collect();
    let w: Vec<f64> = rows.iter().map(|r| r.number("w").unwrap()).collect();
    let mut agreement = Agreement::new("Cox: strata, clustered errors, weighted robust errors");
    let fit = frame.fit(|data| data.strata = Some(&inst), CoxOptions::default());
    compare(&mut agreement, &values, "cox_lung_strata", &columns, &fit);
    let fit = frame.fit(|data| data.cluster = Some(&inst), CoxOptions::default());
    compare(&mut agreement, &values, "cox_lung_cluster", &columns, &fit);
    let fit = frame.fit(|data| data.weights = Some(&w), CoxOptions::default());
    compare(
        &mut agreement,
        &values,
        "cox_lung_weight_robust",
        &columns,
        &fit,
    );
    agreement.finish(22);
}

#[test]
fn delayed_entry_agrees() {
    let (Some(values), Some(rows)) = (survival(), table("survival/heart.csv")) else {
        return;
    };
    let rows: Vec<&Row> = rows.iter().collect();
    let columns = ["age", "year", "surgery", "transplant"];
    let frame = Frame::new(
        &rows,
        "stop",
        |row| row.number("event") == Some(1.0),
        &columns,
    );
    let entry: Vec<f64> = rows.iter().map(|r| r.number("start").unwrap()).collect();
    let mut agreement = Agreement::new("Cox: delayed entry");
    let fit = frame.fit(|data| data.entry = Some(&entry), CoxOptions::default());
    compare(
        &mut agreement,
        &values,
        "cox_heart_lt",
        &["age", "year", "surgery", "transplant1"],
        &fit,
    );

    let frame = Frame::new(
        &rows,
        "stop",
        |row| row.number("event") == Some(1.0),
        &["transplant"],
    );
    for (name, ties) in [
        ("exact_score", Ties::Exact),
        ("breslow_score", Ties::Breslow),
    ] {
        let fit = frame.fit(
            |data| data.entry = Some(&entry),
            CoxOptions {
                ties,
                ..CoxOptions::default()
            },
        );
        let id = format!("lr_lt_heart|{name}");
        agreement.check(
            &id,
            fit.score_test.statistic,
            values.get(&id).unwrap(),
            TOLERANCE,
        );
    }
    agreement.finish(12);
}

#[test]
fn factors_and_the_proportional_hazards_test_agree() {
    let (Some(values), Some(rows)) = (survival(), table("survival/veteran.csv")) else {
        return;
    };
    let rows: Vec<&Row> = rows.iter().collect();
    let mut frame = Frame::new(
        &rows,
        "time",
        |row| row.number("status") == Some(1.0),
        &["trt", "karno"],
    );
    for level in ["smallcell", "adeno", "large"] {
        frame.columns.push(
            rows.iter()
                .map(|r| f64::from(u8::from(r.text("celltype") == level)))
                .collect(),
        );
    }
    let mut agreement = Agreement::new("Cox: a factor");
    let fit = frame.fit(|_| {}, CoxOptions::default());
    let terms = [
        "trt",
        "karno",
        "celltypesmallcell",
        "celltypeadeno",
        "celltypelarge",
    ];
    compare(&mut agreement, &values, "cox_veteran", &terms, &fit);
    agreement.finish(12);

    let mut agreement = Agreement::new("Cox: proportional-hazards test (cox.zph)");
    let test = fit
        .ph_test(TimeTransform::KaplanMeier, Some(&[&[0], &[1], &[2, 3, 4]]))
        .unwrap();
    for (id, ours) in [("karno", test.terms[1]), ("GLOBAL", test.global)] {
        let id = format!("zph_veteran|{id}");
        agreement.check(&id, ours.statistic, values.get(&id).unwrap(), TOLERANCE);
    }
    assert_eq!((test.terms[2].df, test.global.df), (3, 5));
    agreement.finish(2);
}

#[test]
fn cause_specific_hazards_agree() {
    let (Some(values), Some(rows)) = (survival(), table("survival/mgus2_cr.csv")) else {
        return;
    };
    let rows: Vec<&Row> = rows.iter().collect();
    let mut agreement = Agreement::new("Cox: cause-specific hazards");
    for (code, cause) in [(1.0, "pcm"), (2.0, "death")] {
        let mut frame = Frame::new(
            &rows,
            "etime",
            |row| row.number("ev") == Some(code),
            &["age"],
        );
        frame.columns.push(
            rows.iter()
                .map(|r| f64::from(u8::from(r.text("sex") == "M")))
                .collect(),
        );
        let fit = frame.fit(|_| {}, CoxOptions::default());
        compare(
            &mut agreement,
            &values,
            &format!("csc_mgus2_{cause}"),
            &["age", "sexM"],
            &fit,
        );
    }
    agreement.finish(12);
}

#[test]
fn fine_and_gray_agree_with_survival_and_with_cmprsk() {
    let (Some(values), Some(rows)) = (survival(), table("survival/mgus2_cr.csv")) else {
        return;
    };
    let rows: Vec<&Row> = rows.iter().collect();
    let column = |name: &str| {
        rows.iter()
            .map(|r| r.number(name).unwrap())
            .collect::<Vec<f64>>()
    };
    let sex: Vec<f64> = rows
        .iter()
        .map(|r| f64::from(u8::from(r.text("sex") == "M")))
        .collect();
    let cause: Vec<u32> = column("ev").iter().map(|c| *c as u32).collect();
    let (time, age) = (column("etime"), column("age"));
    let data = FineGrayData {
        time: &time,
        cause: &cause,
        of: 1,
        covariates: &[&age, &sex],
        ..FineGrayData::default()
    };
    let mut agreement = Agreement::new("Fine and Gray: finegray() with coxph (survival)");
    let fit = fine_gray(&data, &FineGrayOptions::default()).unwrap();
    for (name, term) in ["age", "sexM"].iter().zip(&fit.terms) {
        for (statistic, ours) in [
            ("coef", term.coef),
            ("se", term.robust_std_error.unwrap()),
            ("naive_se", term.std_error),
        ] {
            let id = format!("fg_mgus2_pcm|{name}|{statistic}");
            agreement.check(&id, ours, values.get(&id).unwrap(), TOLERANCE);
        }
    }
    for (name, ours) in [
        ("loglik", fit.log_likelihood),
        ("score", fit.score_test.statistic),
    ] {
        let id = format!("fg_mgus2_pcm|{name}");
        agreement.check(&id, ours, values.get(&id).unwrap(), TOLERANCE);
    }
    agreement.finish(8);

    // crr stops where the score is under 1e-6 of itself, and takes the curve of
    // censoring a hundred roundings before each time.
    let mut agreement = Agreement::new("Fine and Gray: crr (cmprsk)");
    let options = FineGrayOptions {
        convention: FineGrayConvention::Original,
        tolerance: 1e-15,
        ..FineGrayOptions::default()
    };
    let fit = fine_gray(&data, &options).unwrap();
    for (name, term) in ["age", "sexM"].iter().zip(&fit.terms) {
        for (statistic, ours) in [("coef", term.coef), ("se", term.robust_std_error.unwrap())] {
            let id = format!("crr_mgus2_pcm|{name}|{statistic}");
            agreement.check(&id, ours, values.get(&id).unwrap(), 1e-6);
        }
    }
    agreement.finish(4);
}

#[test]
fn the_tiny_test_data_agree() {
    let (Some(values), Some(rows)) = (survival(), table("survival/tg_test1.csv")) else {
        return;
    };
    let rows = complete(&rows, &["time", "status", "x"]);
    let frame = Frame::new(
        &rows,
        "time",
        |row| row.number("status") == Some(1.0),
        &["x"],
    );
    let mut agreement = Agreement::new("Cox: Therneau & Grambsch's test data 1");
    for (name, ties) in [("efron", Ties::Efron), ("breslow", Ties::Breslow)] {
        let fit = frame.fit(
            |_| {},
            CoxOptions {
                ties,
                ..CoxOptions::default()
            },
        );
        compare(
            &mut agreement,
            &values,
            &format!("cox_tg1_{name}"),
            &["x"],
            &fit,
        );
    }
    agreement.finish(8);
}

fn compare(agreement: &mut Agreement, values: &Values, prefix: &str, terms: &[&str], fit: &CoxFit) {
    let mut check = |id: String, ours: f64| {
        if let Some(value) = values.get(&id) {
            agreement.check(&id, ours, value, TOLERANCE);
        }
    };
    for (name, term) in terms.iter().zip(&fit.terms) {
        check(format!("{prefix}|{name}|coef"), term.coef);
        check(
            format!("{prefix}|{name}|se"),
            term.robust_std_error.unwrap_or(term.std_error),
        );
        check(format!("{prefix}|{name}|naive_se"), term.std_error);
    }
    check(format!("{prefix}|loglik"), fit.log_likelihood);
    check(format!("{prefix}|score"), fit.score_test.statistic);
}

fn complete<'a>(rows: &'a [Row], columns: &[&str]) -> Vec<&'a Row> {
    rows.iter()
        .filter(|row| columns.iter().all(|c| row.number(c).is_some()))
        .collect()
}

struct Frame {
    time: Vec<f64>,
    event: Vec<bool>,
    columns: Vec<Vec<f64>>,
}

impl Frame {
    fn new(rows: &[&Row], time: &str, event: impl Fn(&Row) -> bool, columns: &[&str]) -> Self {
        Self {
            time: rows.iter().map(|r| r.number(time).unwrap()).collect(),
            event: rows.iter().map(|r| event(r)).collect(),
            columns: columns
                .iter()
                .map(|c| rows.iter().map(|r| r.number(c).unwrap()).collect())
                .collect(),
        }
    }

    fn fit<'a>(&'a self, change: impl FnOnce(&mut CoxData<'a>), options: CoxOptions) -> CoxFit {
        let covariates: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        let mut data = CoxData {
            time: &self.time,
            event: &self.event,
            ..CoxData::default()
        };
        change(&mut data);
        cox(
            &CoxData {
                covariates: &covariates,
                ..data
            },
            &options,
        )
        .unwrap()
    }
}
