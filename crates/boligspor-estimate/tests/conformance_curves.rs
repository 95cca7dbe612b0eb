//! Kaplan–Meier and Nelson–Aalen against R survival 3.8-11.

mod reference;

use boligspor_estimate::{
    ConfType, HazardType, SurvivalCurve, SurvivalOptions, SurvivalType, kaplan_meier,
};
use reference::{Agreement, Row, Values};

const TOLERANCE: f64 = 1e-9;

/// The columns of one curve.
#[derive(Default, Clone)]
struct Columns {
    time: Vec<f64>,
    event: Vec<bool>,
    entry: Option<Vec<f64>>,
    weights: Option<Vec<f64>>,
    cluster: Option<Vec<u32>>,
}

impl Columns {
    fn read<'a>(
        rows: impl Iterator<Item = &'a Row>,
        time: &str,
        event: impl Fn(&Row) -> bool,
    ) -> Self {
        let mut columns = Self::default();
        for row in rows {
            columns.time.push(row.number(time).expect("a time"));
            columns.event.push(event(row));
        }
        columns
    }

    fn fit(&self, conf_type: ConfType, robust: Option<bool>) -> SurvivalCurve {
        let options = SurvivalOptions {
            entry: self.entry.as_deref(),
            weights: self.weights.as_deref(),
            cluster: self.cluster.as_deref(),
            robust,
            conf_type,
            ..SurvivalOptions::default()
        };
        kaplan_meier(&self.time, &self.event, &options).expect("a curve")
    }
}

fn numbers<'a>(rows: impl Iterator<Item = &'a Row>, column: &str) -> Vec<f64> {
    rows.map(|row| row.number(column).expect("a number"))
        .collect()
}

fn codes<'a>(rows: impl Iterator<Item = &'a Row>, column: &str) -> Vec<u32> {
    numbers(rows, column)
        .into_iter()
        .map(|x| x as u32)
        .collect()
}

fn conf_type(name: &str) -> ConfType {
    match name {
        "log" => ConfType::Log,
        "log-log" => ConfType::LogLog,
        "plain" => ConfType::Plain,
        "logit" => ConfType::Logit,
        "arcsin" => ConfType::Arcsine,
        other => panic!("unknown type of interval {other}"),
    }
}

/// Compares every value whose identifier starts with `prefix`.
fn check(
    agreement: &mut Agreement,
    values: &Values,
    prefix: &str,
    columns: &Columns,
    robust: Option<bool>,
) {
    for (id, value) in values.with_prefix(prefix) {
        let parts: Vec<&str> = id[prefix.len()..].split('|').collect();
        let at = |name: &str| {
            parts[0]
                .strip_prefix(name)
                .map(|t| t.parse::<f64>().expect("a time"))
        };
        let end = |name: &str| -> (ConfType, bool) {
            let (end, kind) = name.split_once('_').expect("an end and a type");
            (conf_type(kind), end == "lower")
        };
        let ours = if let Some(time) = at("t=") {
            let interval = |name: &str| {
                let (kind, lower) = end(name);
                let interval = columns.fit(kind, robust).at(&[time])[0].interval;
                if lower { interval.low } else { interval.high }
            };
            let point = columns.fit(ConfType::Log, robust).at(&[time])[0];
            match parts[1] {
                "surv" => point.estimate,
                "se" => point.std_error,
                "nrisk" => point.n_risk,
                "cumhaz" => point.cumulative_hazard,
                "se_cumhaz" => point.cumulative_hazard_std_error,
                other => interval(other),
            }
        } else if let Some(tau) = at("tau=") {
            let mean = columns
                .fit(ConfType::Log, robust)
                .restricted_mean(tau)
                .expect("a mean");
            if parts[1] == "rmst" {
                mean.estimate
            } else {
                mean.std_error
            }
        } else {
            let name = parts[0].strip_prefix("median").expect("a median");
            let (kind, lower) = if name.is_empty() {
                (ConfType::Log, false)
            } else {
                end(&name[1..])
            };
            let median = columns
                .fit(kind, robust)
                .quantile(&[0.5])
                .expect("a median")[0];
            match (name.is_empty(), lower) {
                (true, _) => median.time,
                (_, true) => median.interval.low,
                (_, false) => median.interval.high,
            }
        };
        agreement.check(id, ours, value, TOLERANCE);
    }
}

#[test]
fn curves_of_right_censored_data() {
    let (Some(values), Some(lung)) = (reference::survival(), reference::table("survival/lung.csv"))
    else {
        return;
    };
    let mut agreement = Agreement::new("Kaplan–Meier, Nelson–Aalen, median, restricted mean");
    let died = |row: &Row| row.text("status") == "2";
    check(
        &mut agreement,
        &values,
        "km_lung|all|",
        &Columns::read(lung.iter(), "time", died),
        None,
    );
    for sex in ["1", "2"] {
        let rows = lung.iter().filter(|row| row.text("sex") == sex);
        check(
            &mut agreement,
            &values,
            &format!("km_lung_sex|sex={sex}|"),
            &Columns::read(rows, "time", died),
            None,
        );
    }
    let event = |row: &Row| row.text("status") == "1";
    for (file, method, column) in [
        ("aml", "km_aml", "x"),
        ("veteran", "km_veteran", "celltype"),
    ] {
        let table = reference::table(&format!("survival/{file}.csv")).expect("beside the values");
        let mut groups: Vec<&str> = table.iter().map(|row| row.text(column)).collect();
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            let rows = table.iter().filter(|row| row.text(column) == group);
            let name = if group == "smallcell" {
                "smallcell"
            } else {
                group
            };
            check(
                &mut agreement,
                &values,
                &format!("{method}|{column}={name}|"),
                &Columns::read(rows, "time", event),
                None,
            );
        }
    }
    let tiny = reference::table("survival/tg_test1.csv").expect("beside the values");
    check(
        &mut agreement,
        &values,
        "km_tg1|all|",
        &Columns::read(tiny.iter(), "time", event),
        None,
    );
    agreement.finish(450);
}

#[test]
fn fleming_harrington_variants() {
    let (Some(values), Some(lung)) = (reference::survival(), reference::table("survival/lung.csv"))
    else {
        return;
    };
    let mut agreement = Agreement::new("Fleming–Harrington survival");
    let columns = Columns::read(lung.iter(), "time", |row| row.text("status") == "2");
    for (id, hazard) in [
        ("fh_lung|stype2_ctype1|t=365", HazardType::NelsonAalen),
        ("fh_lung|stype2_ctype2|t=365", HazardType::FlemingHarrington),
    ] {
        let options = SurvivalOptions {
            survival: SurvivalType::Exponential,
            hazard,
            ..SurvivalOptions::default()
        };
        let curve = kaplan_meier(&columns.time, &columns.event, &options).expect("a curve");
        let value = values.get(id).expect("a value");
        agreement.check(id, curve.at(&[365.0])[0].estimate, value, TOLERANCE);
    }
    agreement.finish(2);
}

#[test]
fn delayed_entry() {
    let (Some(values), Some(heart)) = (
        reference::survival(),
        reference::table("survival/heart.csv"),
    ) else {
        return;
    };
    let mut agreement = Agreement::new("Kaplan–Meier with delayed entry");
    for transplant in ["0", "1"] {
        let rows = || {
            heart
                .iter()
                .filter(|row| row.text("transplant") == transplant)
        };
        let mut columns = Columns::read(rows(), "stop", |row| row.text("event") == "1");
        columns.entry = Some(numbers(rows(), "start"));
        check(
            &mut agreement,
            &values,
            &format!("lt_heart|transplant={transplant}|"),
            &columns,
            None,
        );
    }
    let macs = reference::table("survival/macs_cole_hudgens.tsv").expect("beside the values");
    let mut columns = Columns::read(macs.iter(), "T", |row| row.text("D") == "1");
    columns.entry = Some(numbers(macs.iter(), "W"));
    check(&mut agreement, &values, "lt_macs|all|", &columns, None);
    agreement.finish(80);
}

#[test]
fn weights_and_clusters() {
    let (Some(values), Some(lung)) = (
        reference::survival(),
        reference::table("survival/lung_weighted.csv"),
    ) else {
        return;
    };
    let mut agreement = Agreement::new("Kaplan–Meier, weighted, robust, clustered");
    let died = |row: &Row| row.text("status") == "2";
    let mut columns = Columns::read(lung.iter(), "time", died);
    columns.weights = Some(numbers(lung.iter(), "w"));
    check(
        &mut agreement,
        &values,
        "km_lung_fracweight|all|",
        &columns,
        None,
    );
    columns.weights = Some(numbers(lung.iter(), "iw"));
    check(
        &mut agreement,
        &values,
        "km_lung_intweight_greenwood|all|",
        &columns,
        Some(false),
    );
    check(
        &mut agreement,
        &values,
        "km_lung_intweight_robust|all|",
        &columns,
        Some(true),
    );
    for sex in ["1", "2"] {
        let rows = || lung.iter().filter(|row| row.text("sex") == sex);
        let mut columns = Columns::read(rows(), "time", died);
        columns.cluster = Some(codes(rows(), "inst2"));
        check(
            &mut agreement,
            &values,
            &format!("km_lung_cluster|sex={sex}|"),
            &columns,
            None,
        );
        columns.weights = Some(numbers(rows(), "w"));
        check(
            &mut agreement,
            &values,
            &format!("km_lung_cluster_weight|sex={sex}|"),
            &columns,
            None,
        );
    }
    agreement.finish(130);
}
