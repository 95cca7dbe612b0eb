//! Reading the reference values kept beside the repository.
//!
//! Looks in the folder named by `BOLIGSPOR_SHARED`, else `../shared` beside the
//! checkout. Nothing of it is copied into the repository: tests that need it
//! say so and pass where it is absent.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::print_stdout,
    reason = "the printed agreement is the point of a conformance run"
)]

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// Path of `file` in the reference folder, or `None` with a message.
pub(crate) fn path(file: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("BOLIGSPOR_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = shared.join("reference").join(file);
    if path.exists() {
        Some(path)
    } else {
        println!(
            "skipped: reference/{file} not found; set BOLIGSPOR_SHARED to the folder that holds it"
        );
        None
    }
}

/// Reference numbers by identifier, in the order of the identifiers.
pub(crate) struct Values(BTreeMap<String, f64>);

impl Values {
    /// The number with this identifier.
    pub(crate) fn get(&self, id: &str) -> Option<f64> {
        self.0.get(id).copied()
    }

    /// All numbers whose identifier begins so.
    pub(crate) fn with_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, f64)> {
        self.0
            .iter()
            .filter(move |(id, _)| id.starts_with(prefix))
            .map(|(id, value)| (id.as_str(), *value))
    }
}

/// Values for standardisation, funnels and effects.
pub(crate) fn effects() -> Option<Values> {
    let json = read_json("effects/values.json")?;
    let numbers = json
        .as_object()?
        .iter()
        .filter_map(|(id, entry)| Some((id.clone(), entry["value"].as_f64()?)));
    Some(Values(numbers.collect()))
}

/// Values for survival methods.
pub(crate) fn survival() -> Option<Values> {
    let json = read_json("survival/values.json")?;
    let numbers = json["values"]
        .as_array()?
        .iter()
        .filter_map(|entry| Some((entry["id"].as_str()?.to_owned(), entry["value"].as_f64()?)));
    Some(Values(numbers.collect()))
}

fn read_json(file: &str) -> Option<serde_json::Value> {
    let text = std::fs::read_to_string(path(file)?).expect("the reference file can be read");
    Some(serde_json::from_str(&text).expect("the reference file is JSON"))
}

/// A row of a reference table, by column name.
pub(crate) struct Row(HashMap<String, String>);

impl Row {
    /// The cell as text; empty if the column is absent.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    /// The cell as a number, `None` if missing or not one.
    pub(crate) fn number(&self, column: &str) -> Option<f64> {
        self.text(column).parse().ok()
    }
}

/// All rows of a CSV (or tab-separated) file of the reference folder.
pub(crate) fn table(file: &str) -> Option<Vec<Row>> {
    let path = path(file)?;
    let delimiter = if path.extension().is_some_and(|e| e == "tsv") {
        b'\t'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_path(path)
        .expect("readable");
    let header = reader.headers().expect("a header").clone();
    let rows = reader.records().map(|record| {
        let record = record.expect("a well-formed row");
        Row(header
            .iter()
            .zip(record.iter())
            .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
            .collect())
    });
    Some(rows.collect())
}

/// Collects comparisons of one method and fails at the end, naming each miss.
pub(crate) struct Agreement {
    method: &'static str,
    compared: usize,
    largest: f64,
    misses: Vec<String>,
}

impl Agreement {
    /// Starts the comparison of `method`.
    pub(crate) fn new(method: &'static str) -> Self {
        Self {
            method,
            compared: 0,
            largest: 0.0,
            misses: Vec::new(),
        }
    }

    /// Compares one number at a relative tolerance (absolute where the
    /// reference is zero).
    pub(crate) fn check(&mut self, id: &str, ours: f64, reference: f64, tolerance: f64) {
        let scale = if reference == 0.0 {
            1.0
        } else {
            reference.abs()
        };
        let difference = (ours - reference).abs() / scale;
        self.compared += 1;
        if difference > self.largest || difference.is_nan() {
            self.largest = difference;
        }
        if !matches!(
            difference.partial_cmp(&tolerance),
            Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)
        ) {
            self.misses.push(format!(
                "{id}: {ours} against {reference} ({difference:.2e})"
            ));
        }
    }

    /// Prints the largest relative difference; fails on misses, or if fewer
    /// than `at_least` numbers were found to compare.
    pub(crate) fn finish(self, at_least: usize) {
        println!(
            "{}: {} values, largest relative difference {:.1e}",
            self.method, self.compared, self.largest
        );
        assert!(
            self.misses.is_empty(),
            "{} of {}:\n{}",
            self.misses.len(),
            self.compared,
            self.misses.join("\n")
        );
        assert!(
            self.compared >= at_least,
            "only {} values compared",
            self.compared
        );
    }
}
