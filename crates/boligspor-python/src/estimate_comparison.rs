//! Matching, weights and balance on columns: `boligspor.estimate`.

use boligspor::estimate::comparison::balance::{Contrast, StandardiseBy, balance};
use boligspor::estimate::comparison::matching::{MatchLimits, MatchOptions, match_groups};
use boligspor::estimate::comparison::weighting::{WeightOptions, group_weights};
use boligspor::estimate::comparison::{ComparisonWarning, Groups};
use pyo3::prelude::*;

use crate::estimate::Held;
use crate::interrupt::interruptible;
use crate::options;

type WarningRow = (&'static str, Option<usize>, String);
type ContrastRow = (f64, f64, f64, f64, f64);

/// Pairs with distances, cells, weights, scores, number matched, warnings.
type MatchParts = (
    Vec<(usize, usize, f64)>,
    Vec<Option<u32>>,
    Vec<f64>,
    Vec<f64>,
    usize,
    Vec<WarningRow>,
);

/// Matches treated with untreated rows.
#[pyfunction]
pub(crate) fn estimate_match(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
) -> PyResult<MatchParts> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let options: MatchOptions = options::read("options", options)?;
        let treated = columns.flags("treated");
        let covariates = columns.covariates();
        let groups = Groups {
            treated,
            covariates: &covariates,
        };
        let limits = MatchLimits {
            within: columns.codes("within"),
            score: columns.numbers("score"),
            person: columns.codes("person"),
        };
        let found = match_groups(&groups, &limits, &options)?;
        let pairs = found.pairs.iter().zip(&found.distance);
        Ok((
            pairs.map(|(&(t, c), &d)| (t, c, d)).collect(),
            found.cell,
            found.weight,
            found.score,
            found.matched,
            warning_rows(&found.warnings),
        ))
    })
}

/// Weights, propensities, number beyond the trimming limits, warnings.
type WeightParts = (Vec<f64>, Vec<f64>, usize, Vec<WarningRow>);

/// Weighs the groups to be alike.
#[pyfunction]
pub(crate) fn estimate_weights(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    options: &str,
) -> PyResult<WeightParts> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let options: WeightOptions = options::read("options", options)?;
        let treated = columns.flags("treated");
        let base = columns.numbers("weights");
        let covariates = columns.covariates();
        let groups = Groups {
            treated,
            covariates: &covariates,
        };
        let found = group_weights(&groups, base, &options)?;
        Ok((
            found.weight,
            found.propensity,
            found.trimmed,
            warning_rows(&found.warnings),
        ))
    })
}

/// Each covariate before and after, and effective sizes before and after.
type BalanceParts = (Vec<(ContrastRow, ContrastRow)>, (f64, f64), (f64, f64));

/// How alike the groups are before and after weighting.
#[pyfunction]
pub(crate) fn estimate_balance(
    py: Python<'_>,
    columns: &Bound<'_, PyAny>,
    standardise: &str,
) -> PyResult<BalanceParts> {
    let held = Held::import(columns)?;
    interruptible(py, |_| {
        let columns = held.columns()?;
        let by: StandardiseBy = options::read("standardise", standardise)?;
        let treated = columns.flags("treated");
        let weight = columns.needed("weights");
        let base = columns.numbers("base_weights");
        let covariates = columns.covariates();
        let groups = Groups {
            treated,
            covariates: &covariates,
        };
        let found = balance(&groups, weight, base, by)?;
        let rows = found.covariates.iter();
        Ok((
            rows.map(|c| (contrast_row(c.before), contrast_row(c.after)))
                .collect(),
            found.effective_before.into(),
            found.effective_after.into(),
        ))
    })
}

fn contrast_row(c: Contrast) -> ContrastRow {
    (c.treated, c.untreated, c.difference, c.variance_ratio, c.ks)
}

fn warning_rows(warnings: &[ComparisonWarning]) -> Vec<WarningRow> {
    let row = |w: &ComparisonWarning| {
        let (kind, column) = match w {
            ComparisonWarning::Unmatched { .. } => ("unmatched", None),
            ComparisonWarning::Ridge => ("separated", None),
            ComparisonWarning::Collinear { column } => ("collinear", Some(*column)),
            ComparisonWarning::Trimmed { .. } => ("trimmed", None),
            ComparisonWarning::FewEffective { .. } => ("few-effective", None),
            ComparisonWarning::NotBalanced => ("not-balanced", None),
            _ => ("other", None),
        };
        (kind, column, w.to_string())
    };
    warnings.iter().map(row).collect()
}
