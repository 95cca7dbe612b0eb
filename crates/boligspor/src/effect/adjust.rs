//! Comparison people made alike: covariates as columns, and weights.

use boligspor_estimate::comparison::balance::{Balance, StandardiseBy, balance};
use boligspor_estimate::comparison::matching::{
    MatchLimits, MatchMethod, MatchOptions, match_groups,
};
use boligspor_estimate::comparison::weighting::{WeightMethod, WeightOptions, group_weights};
use boligspor_estimate::comparison::{ComparisonWarning, Groups};
use polars::prelude::*;

use crate::calendar::{self, NEVER};
use crate::error::{Error, Result};
use crate::register::{Register, Table};

use super::design::{Adjust, Design};
use super::people::People;

/// Covariates by column, with their names; and what they lead to.
#[derive(Debug)]
pub(super) struct Adjusted {
    /// Names of the balance table's rows.
    pub(super) terms: Vec<String>,
    /// The covariates asked for, then calendar years as 0/1.
    pub(super) columns: Vec<Vec<f64>>,
    /// How many of the columns are the covariates asked for.
    pub(super) asked: usize,
    pub(super) weight: Vec<f64>,
    pub(super) balance: Balance,
    pub(super) warnings: Vec<ComparisonWarning>,
}

impl Adjusted {
    /// Parameters of the model of who is placed: covariates, years and a constant.
    pub(super) fn parameters(&self) -> usize {
        self.columns.len() + 1
    }

    pub(super) fn of(register: &Register, people: &People, design: &Design) -> Result<Self> {
        let (mut terms, mut columns) = (Vec::new(), Vec::new());
        for name in &design.covariates {
            for (term, column) in covariate(register, people, name)? {
                terms.push(term);
                columns.push(column);
            }
        }
        let asked = columns.len();
        let mut years = people.year.clone();
        years.sort_unstable();
        years.dedup();
        for year in &years[1..] {
            terms.push(format!("{year}"));
            let of = people.year.iter().map(|y| f64::from(u8::from(y == year)));
            columns.push(of.collect());
        }
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let groups = Groups {
            treated: &people.treated,
            covariates: &views,
        };
        let weigh = |method| -> Result<_> {
            let options = WeightOptions {
                method,
                ..WeightOptions::default()
            };
            let found = group_weights(&groups, None, &options)?;
            Ok((found.weight, found.warnings))
        };
        let (weight, warnings) = match design.adjust {
            Adjust::Year => by_year(people)?,
            Adjust::Match => matched(people, &groups, design)?,
            Adjust::Ipw => weigh(WeightMethod::Ipw)?,
            Adjust::Overlap => weigh(WeightMethod::Overlap)?,
            Adjust::Entropy => weigh(WeightMethod::Entropy)?,
            // The estimator weighs by itself; balance shows the groups as they are.
            Adjust::Dr => (vec![1.0; people.len()], Vec::new()),
        };
        let balance = balance(&groups, &weight, None, StandardiseBy::Treated)?;
        Ok(Self {
            terms,
            columns,
            asked,
            weight,
            balance,
            warnings,
        })
    }
}

fn year_codes(people: &People) -> Vec<u32> {
    people.year.iter().map(|y| y.unsigned_abs()).collect()
}

/// Comparison people weighted to the placed people's calendar years.
fn by_year(people: &People) -> Result<(Vec<f64>, Vec<ComparisonWarning>)> {
    let groups = Groups {
        treated: &people.treated,
        covariates: &[],
    };
    let limits = MatchLimits {
        within: Some(&year_codes(people)),
        ..MatchLimits::default()
    };
    let options = MatchOptions {
        method: MatchMethod::Exact,
        ..MatchOptions::default()
    };
    let found = match_groups(&groups, &limits, &options)?;
    Ok((found.weight, found.warnings))
}

/// Nearest neighbours within the calendar year; a person never serves for a
/// row of their own.
fn matched(
    people: &People,
    groups: &Groups<'_>,
    design: &Design,
) -> Result<(Vec<f64>, Vec<ComparisonWarning>)> {
    let person: Vec<u32> = people.subjects.iter().map(|s| s.person).collect();
    let limits = MatchLimits {
        within: Some(&year_codes(people)),
        person: Some(&person),
        score: None,
    };
    let options = MatchOptions {
        ratio: design.ratio as usize,
        replacement: design.replacement,
        caliper: Some(design.caliper),
        ..MatchOptions::default()
    };
    let found = match_groups(groups, &limits, &options)?;
    Ok((found.weight, found.warnings))
}

/// A covariate as numbers: flags and numbers as they are, text as 0/1 columns
/// against its first value, with a column of its own for what is missing.
fn covariate(register: &Register, people: &People, name: &str) -> Result<Vec<(String, Vec<f64>)>> {
    if name == "age" {
        let births = &register.people().birth;
        let known: Vec<Option<f64>> = (people.subjects.iter())
            .map(|s| {
                let birth = births[s.person as usize];
                (birth != NEVER).then(|| f64::from(calendar::age(birth, s.zero)))
            })
            .collect();
        return Ok(filled(name, &known));
    }
    let unknown = || {
        Error::option(
            "effects.covariates",
            format!("names `{name}`, which is no column of persons that people can be told by"),
            "choose columns of `persons`, or `age`",
        )
    };
    let frame = register.frame(Table::Persons).ok_or_else(unknown)?;
    // Death comes afterwards, and an identifier tells everyone apart.
    if matches!(name, "person" | "death_date") {
        return Err(unknown());
    }
    let column = frame.column(name).map_err(|_| unknown())?;
    let rows: Vec<u32> = (people.subjects.iter())
        .map(|s| register.people().row[s.person as usize])
        .collect();
    let taken = column
        .take(&IdxCa::from_vec("row".into(), rows))
        .map_err(|_| unknown())?;
    let numeric = taken.dtype().is_primitive_numeric() || taken.dtype() == &DataType::Boolean;
    if numeric {
        let values = taken.cast(&DataType::Float64).map_err(|_| unknown())?;
        let values: Vec<Option<f64>> = values.f64().map_err(|_| unknown())?.iter().collect();
        return Ok(filled(name, &values));
    }
    let text = taken.cast(&DataType::String).map_err(|_| unknown())?;
    let text: Vec<Option<&str>> = text.str().map_err(|_| unknown())?.iter().collect();
    let mut levels = text.clone();
    levels.sort_unstable();
    levels.dedup();
    Ok(levels[1..]
        .iter()
        .map(|level| {
            let of = text.iter().map(|t| f64::from(u8::from(t == level)));
            let label = level.unwrap_or("missing");
            (format!("{name}={label}"), of.collect())
        })
        .collect())
}

/// Missing numbers take the mean, and a column of their own says who they are.
fn filled(name: &str, values: &[Option<f64>]) -> Vec<(String, Vec<f64>)> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let mut out = vec![(
        name.to_owned(),
        values.iter().map(|v| v.unwrap_or(mean)).collect(),
    )];
    if known.len() < values.len() {
        let missing = values.iter().map(|v| f64::from(u8::from(v.is_none())));
        out.push((format!("{name}=missing"), missing.collect()));
    }
    out
}
