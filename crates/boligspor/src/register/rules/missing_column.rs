//! R101.

use super::{At, Findings, Meta, Rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A column that a table must have is not there.
///
/// ## Why is this bad?
/// Nothing can be computed without it. `costs` must have `start` (with `end`)
/// or `date`.
///
/// ## What to do
/// Rename the column that holds it, or deliver the table again. Names are
/// matched in any case. A CSV file without a header line has its first row
/// taken for one.
///
/// ## Example
/// | person | birthday | sex |
/// |--------|----------|-----|
/// | 1 | 1980-05-01 | 2 |
///
/// `persons` needs `birth_date`.
pub(super) struct MissingColumn;

impl Rule for MissingColumn {
    fn meta(&self) -> Meta {
        Meta {
            code: "R101",
            name: "missing-column",
            severity: Severity::Error,
            structural: true,
            limits: &[],
        }
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given() {
            for column in &loaded.missing {
                let at = At::column(context, loaded.table, column.name, 0);
                let hint = if loaded.misspelt.contains(column) {
                    "a column of nearly this name is there: rename it"
                } else {
                    "rename the column that holds it, or deliver the table again with it"
                };
                findings.always(
                    Severity::Error,
                    at,
                    format!("the column is missing ({})", column.about),
                    hint,
                );
            }
            if loaded.table == Table::Costs
                && loaded.series("start").is_none()
                && loaded.series("date").is_none()
            {
                findings.always(
                    Severity::Error,
                    At::column(context, Table::Costs, "start", 0),
                    "neither `start` nor `date` is there",
                    "give the spell as `start` and `end`, or the day as `date`",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Error;
    use crate::register::Table::{Costs, Persons};
    use crate::register::rules::fixture::{at, faultless, found, frame};

    #[test]
    fn a_missing_column_is_told_and_a_slip_pointed_at() {
        let persons = "person,birthdate,sex\n1,1980-05-01,2\n2,1990-07-01,1";
        assert_eq!(
            found("R101", &[(Persons, persons)]),
            at("persons.birth_date", 0, Error)
        );
        let report = faultless().persons(frame(persons)).check().unwrap();
        assert!(
            report
                .error_summary()
                .contains("a column of nearly this name is there")
        );
    }

    #[test]
    fn names_are_read_in_any_case() {
        let persons = "PERSON,Birth_Date,SEX\n1,1980-05-01,2\n2,1990-07-01,1";
        assert_eq!(found("R101", &[(Persons, persons)]), []);
    }

    #[test]
    fn costs_need_a_start_or_a_date() {
        let costs = "person,category,amount\n1,a,1";
        assert_eq!(
            found("R101", &[(Costs, costs)]),
            at("costs.start", 0, Error)
        );
        let costs = "person,category,amount,date\n1,a,1,2020-01-01";
        assert_eq!(found("R101", &[(Costs, costs)]), []);
    }
}
