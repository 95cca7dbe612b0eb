//! What people cost by municipality, against everybody, with a fair error.
//!
//! Costs have long tails: a small municipality's own deviation is as uncertain as
//! its mean, and weighting by it would reward having no dear cases by chance. The
//! error of a mean is therefore the deviation between people within
//! municipalities, pooled over all, over the root of the number of people.

use polars::prelude::DataFrame;

use boligspor_estimate::shrinkage::{BetweenMethod, normal_normal};

use super::findings::{Rows, row};
use super::labels::Labels;
use crate::LEVEL;
use crate::costs::{CostSummary, PersonSums};
use crate::error::Result;

/// Means of one relative period by municipality; none where fewer than two
/// have people, or people do not differ.
pub(super) fn table(
    summary: &CostSummary,
    period: i32,
    labels: &Labels,
) -> Result<Option<DataFrame>> {
    let mut units: Vec<(&str, PersonSums)> = summary
        .parts
        .iter()
        .map(|(levels, sums)| (labels.of(&levels[0]), summary.person_sums(sums, period)))
        .filter(|(_, sums)| sums.persons > 0)
        .collect();
    units.sort_by_key(|u| u.0);
    let people: u64 = units.iter().map(|u| u.1.persons).sum();
    let within: f64 = units
        .iter()
        .map(|(_, s)| s.squared - s.total * s.total / s.persons as f64)
        .sum();
    if units.len() < 2 || people <= units.len() as u64 || within <= 0.0 {
        return Ok(None);
    }
    let pooled = (within / (people - units.len() as u64) as f64).sqrt();
    let mean = |s: &PersonSums| s.total / s.persons as f64;
    let means: Vec<f64> = units.iter().map(|(_, s)| mean(s)).collect();
    let errors: Vec<f64> = units
        .iter()
        .map(|(_, s)| pooled / (s.persons as f64).sqrt())
        .collect();
    let shrunk = normal_normal(&means, &errors, BetweenMethod::Reml, LEVEL)?;
    let mut rows = Rows::new(&[
        "municipality",
        "period",
        "persons",
        "mean",
        "std_error",
        "shrunk",
        "shrunk_low",
        "shrunk_high",
        "reliability",
    ]);
    for (((label, sums), error), unit) in units.iter().zip(&errors).zip(&shrunk.units) {
        rows.push(row![
            *label,
            period,
            sums.persons,
            mean(sums),
            *error,
            unit.estimate,
            unit.interval.low,
            unit.interval.high,
            unit.reliability,
        ]);
    }
    rows.build().map(Some)
}
