//! The table that conditions and strata are evaluated on: one row a
//! placement, with the person's columns and what the cohort adds.

use polars::prelude::*;

use super::spec::TimeZero;
use crate::calendar::{self, Day, NEVER};
use crate::error::{Error, Result, kind};
use crate::register::{Register, Table};

/// The age groups of the Danish count, and those under 18.
pub(crate) fn age_group(age: i32) -> &'static str {
    match age {
        ..18 => "0-17",
        18..25 => "18-24",
        25..30 => "25-29",
        30..40 => "30-39",
        40..50 => "40-49",
        50..60 => "50-59",
        60.. => "60+",
    }
}

/// The time zero of every row of the register's placements, `NEVER` where it has none.
pub(crate) fn time_zeros(register: &Register, zero: TimeZero) -> &[Day] {
    match zero {
        TimeZero::Placement => &register.placements().placed_on,
        TimeZero::Enrolment => &register.placements().enrolled_on,
    }
}

/// One row for each of the register's placements, in the engine's order.
pub(crate) fn frame(register: &Register, zero: TimeZero) -> Result<DataFrame> {
    let placements = register.placements();
    let zeros = time_zeros(register, zero);
    let take = |table: Table, rows: Vec<u32>| -> Result<DataFrame> {
        let frame = register.frame(table).ok_or_else(|| {
            Error::missing(
                "a cohort",
                format!("the table `{}`", table.name()),
                "pass it",
            )
        })?;
        frame
            .take(&IdxCa::from_vec("row".into(), rows))
            .map_err(|e| unexpected(&e))
    };
    let mut out = take(Table::Placements, placements.row.clone())?;
    let persons = take(
        Table::Persons,
        placements
            .person
            .iter()
            .map(|&p| register.people().row[p as usize])
            .collect(),
    )?;
    let mut columns: Vec<Column> = persons
        .columns()
        .iter()
        .filter(|c| out.column(c.name()).is_err())
        .cloned()
        .collect();

    let known = |day: Day| (day != NEVER).then_some(day);
    let ages: Vec<Option<i32>> = placements
        .person
        .iter()
        .zip(zeros)
        .map(|(&p, &z)| {
            let birth = register.people().birth[p as usize];
            (known(z).is_some() && birth != NEVER).then(|| calendar::age(birth, z))
        })
        .collect();
    let groups: Vec<Option<&str>> = ages.iter().map(|a| a.map(age_group)).collect();
    let years: Vec<Option<i32>> = zeros
        .iter()
        .map(|&z| known(z).map(|z| calendar::civil(z).year))
        .collect();
    let days: Vec<Option<i32>> = zeros.iter().map(|&z| known(z)).collect();
    let placed: Vec<bool> = placements.placed_on.iter().map(|&d| d != NEVER).collect();
    let mut numbers: Vec<i32> = Vec::with_capacity(placements.len());
    for i in 0..placements.len() {
        let again = i > 0 && placements.person[i] == placements.person[i - 1];
        numbers.push(if again { numbers[i - 1] + 1 } else { 1 });
    }
    let day_column = Series::new("time_zero".into(), days)
        .cast(&DataType::Date)
        .map_err(|e| unexpected(&e))?;
    columns.extend([
        day_column.into_column(),
        Column::new("age".into(), ages),
        Column::new("age_group".into(), groups),
        Column::new("cohort_year".into(), years),
        Column::new("placed".into(), placed),
        Column::new("placement_number".into(), numbers),
    ]);
    for column in columns {
        out.with_column(column).map_err(|e| unexpected(&e))?;
    }
    Ok(out)
}

/// Evaluates a condition on the candidates; null counts as not met.
pub(crate) fn evaluate(candidates: &DataFrame, what: &str, test: Expr) -> Result<Vec<bool>> {
    let problem = |problem: String| Error::Expression {
        what: what.to_owned(),
        problem,
        hint: format!("columns are {}", column_names(candidates)),
    };
    let out = candidates
        .clone()
        .lazy()
        .select([test.alias("met")])
        .collect()
        .map_err(|e| problem(kind(&e)))?;
    let met = out.column("met").map_err(|e| problem(kind(&e)))?;
    let met = met
        .bool()
        .map_err(|_| problem(format!("gives {} and not true or false", met.dtype())))?;
    let mut values: Vec<bool> = met.iter().map(|m| m == Some(true)).collect();
    match values.len() {
        n if n == candidates.height() => {}
        // A constant is broadcast.
        1 => values = vec![values[0]; candidates.height()],
        _ => return Err(problem("does not give one answer for each row".into())),
    }
    Ok(values)
}

/// Each row's label in a column; nulls are a level of their own, `missing`.
pub(crate) fn labels(candidates: &DataFrame, name: &str) -> Result<Vec<String>> {
    let column = candidates.column(name).map_err(|_| {
        Error::option(
            "strata",
            format!("names `{name}`, which is no column"),
            format!("columns are {}", column_names(candidates)),
        )
    })?;
    let text = column.cast(&DataType::String).map_err(|_| {
        Error::option(
            "strata",
            format!(
                "names `{name}`, whose type {} cannot be a label",
                column.dtype()
            ),
            "choose a column of text, whole numbers, dates or booleans",
        )
    })?;
    let text = text.str().map_err(|e| unexpected(&e))?;
    Ok(text
        .iter()
        .map(|v| v.unwrap_or("missing").to_owned())
        .collect())
}

fn column_names(frame: &DataFrame) -> String {
    frame
        .get_column_names()
        .iter()
        .map(|n| n.as_str())
        .filter(|n| !matches!(*n, "person" | "dwelling"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A polars failure on tables that the register has already put in order.
pub(crate) fn unexpected(e: &PolarsError) -> Error {
    Error::table(
        "cohort",
        None,
        kind(e),
        "please report this with the shape of your tables",
    )
}
