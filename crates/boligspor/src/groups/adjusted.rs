//! The groups made alike: who has kept a home, had each group everyone's mix of
//! covariates.

use polars::prelude::{DataFrame, DataType};

use boligspor_estimate::adjusted::{AdjustedCurves, AdjustedData, AdjustedMethod, AdjustedOptions};
use boligspor_estimate::compare_curves;

use super::spec::GroupsSpec;
use crate::cohort::{Cohort, labels};
use crate::error::{Error, Result};
use crate::retention::{Definition, FirstLoss, FirstLosses, HorizonUnit};

/// Levels of one covariate; more are no case mix but an identity.
const MOST_LEVELS: usize = 30;
const DAYS_A_MONTH: f64 = 30.4375;

/// One group against the reference, by one method.
pub(super) struct Adjusted {
    pub(super) method: &'static str,
    pub(super) group: String,
    pub(super) curves: AdjustedCurves,
}

/// What the adjusted comparison found.
pub(super) struct Found {
    pub(super) reference: String,
    /// The terms that groups were made alike in.
    pub(super) terms: Vec<String>,
    pub(super) pairs: Vec<Adjusted>,
    /// Groups that could not be compared.
    pub(super) left_out: Vec<String>,
}

/// Compares every group with the reference.
pub(super) fn adjusted(
    cohort: &Cohort,
    definition: &Definition,
    spec: &GroupsSpec,
) -> Result<Option<Found>> {
    if spec.adjust.is_empty() {
        return Ok(None);
    }
    let frame = cohort.frame()?;
    let groups = named(&frame, &spec.by, "groups.by")?;
    let terms = spec
        .adjust
        .iter()
        .map(|name| terms(&frame, name))
        .collect::<Result<Vec<_>>>()?;
    let terms: Vec<(String, Vec<f64>)> = terms.into_iter().flatten().collect();
    let rows = rows(cohort, definition)?;
    let mut names: Vec<String> = rows.iter().map(|r| groups[r.member].clone()).collect();
    names.sort();
    names.dedup();
    let size = |name: &String| rows.iter().filter(|r| groups[r.member] == *name).count();
    let reference = match &spec.reference {
        Some(wanted) if names.contains(wanted) => wanted.clone(),
        Some(_) => {
            return Err(Error::option(
                "groups.reference",
                "is no value of the column that makes the groups",
                format!("groups are {}", names.join(", ")),
            ));
        }
        // The first of the largest.
        None => match names.iter().rev().max_by_key(|name| size(name)) {
            Some(largest) => largest.clone(),
            None => return Ok(None),
        },
    };
    let mut found = Found {
        reference: reference.clone(),
        terms: terms.iter().map(|(name, _)| name.clone()).collect(),
        pairs: Vec::new(),
        left_out: Vec::new(),
    };
    for name in names.into_iter().filter(|n| *n != reference) {
        let pair: Vec<&Row> = rows
            .iter()
            .filter(|r| groups[r.member] == name || groups[r.member] == reference)
            .collect();
        for (method, how) in [
            ("weighting", AdjustedMethod::Weighting),
            ("doubly_robust", AdjustedMethod::DoublyRobust),
        ] {
            match against(&pair, &groups, &name, &terms, definition, spec, how) {
                Ok(curves) => found.pairs.push(Adjusted {
                    method,
                    group: name.clone(),
                    curves,
                }),
                Err(_) if !found.left_out.contains(&name) => found.left_out.push(name.clone()),
                Err(_) => {}
            }
        }
    }
    Ok(Some(found))
}

/// A member's time at home in days, and whether it ended in a loss.
struct Row {
    member: usize,
    time: f64,
    lost: bool,
}

fn rows(cohort: &Cohort, definition: &Definition) -> Result<Vec<Row>> {
    let losses = FirstLosses::new(cohort, definition)?;
    let mut reader = losses.reader();
    let mut rows = Vec::with_capacity(cohort.len());
    for member in 0..cohort.len() {
        cohort.interrupt().check()?;
        if let Some((day, how)) = reader.days(member) {
            rows.push(Row {
                member,
                // Time zero is day 1: a first day without a home is a loss too.
                time: f64::from(day) + 1.0,
                lost: how == FirstLoss::Lost,
            });
        }
    }
    Ok(rows)
}

fn against(
    pair: &[&Row],
    groups: &[String],
    name: &str,
    terms: &[(String, Vec<f64>)],
    definition: &Definition,
    spec: &GroupsSpec,
    method: AdjustedMethod,
) -> Result<AdjustedCurves> {
    let time: Vec<f64> = pair.iter().map(|r| r.time).collect();
    let event: Vec<bool> = pair.iter().map(|r| r.lost).collect();
    let group: Vec<bool> = pair.iter().map(|r| groups[r.member] == name).collect();
    // A term that is the same for everyone in the pair says nothing.
    let columns: Vec<Vec<f64>> = terms
        .iter()
        .map(|(_, x)| pair.iter().map(|r| x[r.member]).collect())
        .collect();
    let varying: Vec<bool> = columns
        .iter()
        .map(|c: &Vec<f64>| c.iter().any(|x| *x != c[0]))
        .collect();
    let used: Vec<&[f64]> = columns
        .iter()
        .zip(&varying)
        .filter(|(_, varies)| **varies)
        .map(|(c, _)| c.as_slice())
        .collect();
    let data = AdjustedData {
        time: &time,
        event: &event,
        group: &group,
        covariates: &used,
        ..AdjustedData::default()
    };
    let times: Vec<f64> = definition
        .horizons
        .iter()
        .map(|&h| day(definition.unit, h) + 1.0)
        .collect();
    let tau = (f64::from(spec.within) * DAYS_A_MONTH).round();
    let options = AdjustedOptions {
        method,
        level: spec.level,
        ..AdjustedOptions::default()
    };
    let mut curves = compare_curves(&data, &times, tau, &options)?;
    // Balance by term, those that do not vary being alike already.
    let mut known = curves.balance.iter();
    curves.balance = varying
        .iter()
        .map(|&varies| {
            let same = boligspor_estimate::adjusted::Balance {
                before: 0.0,
                after: 0.0,
            };
            if varies {
                known.next().copied().unwrap_or(same)
            } else {
                same
            }
        })
        .collect();
    Ok(curves)
}

fn day(unit: HorizonUnit, horizon: u32) -> f64 {
    let horizon = f64::from(horizon);
    match unit {
        HorizonUnit::Days => horizon,
        HorizonUnit::Months => (horizon * DAYS_A_MONTH).round(),
        HorizonUnit::Years => (horizon * 12.0 * DAYS_A_MONTH).round(),
    }
}

/// A column as labels; an error under the option's own name.
fn named(frame: &DataFrame, name: &str, option: &str) -> Result<Vec<String>> {
    labels(frame, name).map_err(|e| match e {
        Error::Option { problem, hint, .. } => Error::option(option, problem, hint),
        other => other,
    })
}

/// A covariate as numbers: itself, or one column a level but the first.
fn terms(frame: &DataFrame, name: &str) -> Result<Vec<(String, Vec<f64>)>> {
    let texts = named(frame, name, "groups.adjust")?;
    let column = frame
        .column(name)
        .map_err(|e| crate::cohort::unexpected(&e))?;
    if column.dtype().is_primitive_numeric() {
        let values = column
            .cast(&DataType::Float64)
            .map_err(|e| crate::cohort::unexpected(&e))?;
        let values = values.f64().map_err(|e| crate::cohort::unexpected(&e))?;
        let known: Option<Vec<f64>> = values.iter().map(|v| v.filter(|v| v.is_finite())).collect();
        return known.map(|v| vec![(name.to_owned(), v)]).ok_or_else(|| {
            Error::option(
                "groups.adjust",
                format!("names `{name}`, which has missing values"),
                "fill them first, or give the column as groups of text",
            )
        });
    }
    let mut levels: Vec<&String> = texts.iter().collect();
    levels.sort();
    levels.dedup();
    if levels.len() > MOST_LEVELS {
        return Err(Error::option(
            "groups.adjust",
            format!("names `{name}`, which has over {MOST_LEVELS} different values"),
            "group them, or choose a numeric column",
        ));
    }
    let levels: Vec<String> = levels.into_iter().skip(1).cloned().collect();
    Ok(levels
        .into_iter()
        .map(|level| {
            let is = texts
                .iter()
                .map(|t| f64::from(u8::from(*t == level)))
                .collect();
            (format!("{name}: {level}"), is)
        })
        .collect())
}
