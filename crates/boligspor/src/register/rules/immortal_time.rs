//! R601.

use polars::prelude::{DataFrame, DataType, Series};

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::Day;
use crate::register::context::Context;
use crate::register::options::Design;
use crate::register::report::Severity;
use crate::register::roster::NOBODY;
use crate::register::table::Table;
use crate::register::typing;

/// The cohort is divided or chosen by something that happens after time zero.
///
/// ## Why is this bad?
/// Who is to be in such a group must first live, and stay, until it happens: the
/// group cannot die or lose its home before. That time is immortal, and it is
/// credited to the group, however good or bad it is. "Those who got an ACT team
/// within a year kept their homes better" may say no more than that those who
/// had left could not get one.
///
/// ## What to do
/// Divide by what is known at time zero. Where the event itself is of interest,
/// start the clock at it, or use a landmark: everyone followed from the same day
/// on, divided by what had happened by then. The rows are kept.
///
/// The rule looks at the columns that `cohort.strata` and the conditions of
/// `cohort.include` name. When a value became known is told by `known_on` in the
/// check options (`known_on = { team = "team_from" }`); else a column of dates
/// tells of itself, and `team` is known on `team_on`, `team_date`, `team_from`,
/// `team_start` or `team_since`, where there is such a column. `death_date` is
/// known at death; in a cohort from enrolment, `placed`, `dwelling` and
/// `housing_source` on the day of placement.
///
/// ## Example
/// ```toml
/// [cohort]
/// strata = ["placed"]
/// time_zero = "enrolment"
/// ```
pub(super) struct ImmortalTime;

/// The days on which the values of a column became known, and of which table.
fn known(context: &Context, design: &Design, column: &str) -> Option<(Table, Vec<Option<Day>>)> {
    let told = context.options.known_on.get(column).map(String::as_str);
    let at_placement = matches!(column, "placed" | "dwelling" | "housing_source");
    if told.is_none() && at_placement {
        let days = context.days(Table::Placements, "placed_on")?;
        return (design.time_zero != "placed_on")
            .then(|| (Table::Placements, days.iter().collect()));
    }
    // As cohorts have it: where both tables have a column, the placements' holds.
    for table in [Table::Placements, Table::Persons] {
        let frame = &context.table(table)?.frame;
        if let Some(named) = told {
            if let Some(days) = days_of(frame, named) {
                return Some((table, days));
            }
            continue;
        }
        let Ok(own) = frame.column(column) else {
            continue;
        };
        if let Some(days) = days_in(own.as_materialized_series()) {
            return Some((table, days));
        }
        return ["on", "date", "from", "start", "since"]
            .iter()
            .find_map(|end| days_of(frame, &format!("{column}_{end}")))
            .map(|days| (table, days));
    }
    None
}

fn days_of(frame: &DataFrame, column: &str) -> Option<Vec<Option<Day>>> {
    days_in(frame.column(column).ok()?.as_materialized_series())
}

/// The days of a column of dates; `None` where it has something else.
fn days_in(series: &Series) -> Option<Vec<Option<Day>>> {
    let days: Vec<Option<Day>> = if series.dtype() == &DataType::Date {
        series.try_date()?.physical().iter().collect()
    } else {
        let mut timed = 0;
        let texts = series.try_str()?;
        let days = texts
            .iter()
            .map(|t| t.map(|t| typing::day(t, &mut timed)))
            .collect::<Vec<_>>();
        if days.iter().any(|d| matches!(d, Some(None))) {
            return None;
        }
        days.into_iter().map(Option::flatten).collect()
    };
    days.iter().any(Option::is_some).then_some(days)
}

impl Rule for ImmortalTime {
    fn meta(&self) -> Meta {
        rule("R601", "immortal-time", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some(design) = context.design else { return };
        let (Some(people), Some(zeros), Some(roster)) = (
            context.people(Table::Placements),
            context.days(Table::Placements, &design.time_zero),
            context.roster,
        ) else {
            return;
        };
        for column in &design.columns {
            // Time zero itself, and the day before it, are known then.
            if *column == design.time_zero {
                continue;
            }
            let Some((table, days)) = known(context, design, column) else {
                continue;
            };
            let day_of = |row: usize| match table {
                Table::Persons => {
                    let person = people[row];
                    (person != NOBODY)
                        .then(|| days[roster.row[person as usize] as usize])
                        .flatten()
                }
                _ => days[row],
            };
            let after = |row: usize| matches!((day_of(row), zeros.get(row)), (Some(day), Some(zero)) if day > zero);
            let rows = (0..people.len()).filter(|row| after(*row)).count();
            findings.add(
                At::table(context, Table::Placements, rows),
                format!(
                    "have a value in `{column}`, by which the cohort is divided or chosen, that is known only after time zero"
                ),
                "divide by what is known at time zero, or follow everyone from a later day by what had happened by then",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::CheckOptions;
    use crate::register::Severity::Warning;
    use crate::register::options::Design;
    use crate::register::rules::fixture::{Found, at, faultless, frame};

    const PLACEMENTS: &str = "person,enrolled_on,placed_on,municipality,team,team_from,moved,group
        1,2019-11-01,2020-01-01,461,ACT,2020-03-01,2020-02-01,a
        2,2020-05-01,2020-07-01,101,ACT,2020-07-01,2020-02-01,b";

    fn found(zero: &str, columns: &[&str], known_on: &[(&str, &str)]) -> Vec<Found> {
        let known_on = known_on
            .iter()
            .map(|(a, b)| ((*a).into(), (*b).into()))
            .collect();
        let report = faultless()
            .placements(frame(PLACEMENTS))
            .check_options(CheckOptions {
                known_on,
                ..CheckOptions::default()
            })
            .design(Design {
                time_zero: zero.into(),
                columns: columns.iter().map(|c| (*c).into()).collect(),
            })
            .check()
            .unwrap();
        let of_rule = report.findings.iter().filter(|f| f.code == "R601");
        of_rule.map(|f| (f.place(), f.rows, f.severity)).collect()
    }

    #[test]
    fn what_happens_after_time_zero_is_told() {
        for (zero, column, rows) in [
            ("placed_on", "team", 1),
            ("placed_on", "moved", 1),
            ("placed_on", "death_date", 1),
            ("enrolled_on", "placed", 2),
            ("enrolled_on", "dwelling", 2),
        ] {
            assert_eq!(
                found(zero, &[column], &[]),
                at("placements", rows, Warning),
                "{column}"
            );
        }
        assert_eq!(
            found("placed_on", &["group"], &[("group", "team_from")]),
            at("placements", 1, Warning)
        );
    }

    #[test]
    fn what_is_known_then_is_not() {
        for columns in [
            &["group", "sex", "birth_date", "age_group"][..],
            &["placed", "dwelling", "enrolled_on", "placed_on"],
            &["no_such_column"],
        ] {
            assert_eq!(found("placed_on", columns, &[]), [], "{columns:?}");
        }
        // A team that stood ready before.
        assert_eq!(
            found("placed_on", &["team"], &[("team", "enrolled_on")]),
            []
        );
    }
}
