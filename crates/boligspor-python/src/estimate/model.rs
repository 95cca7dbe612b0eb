//! What fitted models have in common, on its way to Python.

use boligspor::estimate::cox::PhTest;
use boligspor::estimate::{ChiSquared, FitWarning, Term};

/// Coefficient, standard error, robust error, z, P value and interval.
pub(super) type TermRow = (f64, f64, Option<f64>, f64, f64, f64, f64);

/// Statistic, degrees of freedom and P value.
pub(super) type TestRow = (f64, usize, f64);

/// Kind, column and text.
pub(super) type WarningRow = (&'static str, Option<usize>, String);

pub(super) fn term_rows(terms: &[Term]) -> Vec<TermRow> {
    terms
        .iter()
        .map(|t| {
            (
                t.coef,
                t.std_error,
                t.robust_std_error,
                t.z,
                t.p_value,
                t.low,
                t.high,
            )
        })
        .collect()
}

pub(super) fn test_row(test: ChiSquared) -> TestRow {
    (test.statistic, test.df, test.p_value)
}

/// Tests of the terms, and of all of them together.
pub(super) type PhRows = (Vec<TestRow>, TestRow);

/// A test of proportional hazards.
pub(super) fn ph_rows(test: PhTest) -> PhRows {
    (
        test.terms.into_iter().map(test_row).collect(),
        test_row(test.global),
    )
}

/// Each warning by its kind, its column where it has one, and its text.
pub(super) fn warning_rows(warnings: &[FitWarning]) -> Vec<WarningRow> {
    warnings
        .iter()
        .map(|w| {
            let (kind, column) = match w {
                FitWarning::NotConverged { .. } => ("not-converged", None),
                FitWarning::Separated { column } => ("separated", Some(*column)),
                FitWarning::Collinear { column } => ("collinear", Some(*column)),
                FitWarning::NoEvents => ("no-events", None),
                _ => ("other", None),
            };
            (kind, column, w.to_string())
        })
        .collect()
}
