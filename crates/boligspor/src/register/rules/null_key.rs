//! R103.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;

/// A value that every row must have is missing.
///
/// ## Why is this bad?
/// A stay without a person, a start or a state belongs to nobody, no day, or
/// nowhere.
///
/// ## What to do
/// Complete the rows or leave them out before the run. Where the rule is
/// turned down, rows without a person or a start are left out, a missing state
/// is `unknown`, and a cost without an amount is left out.
///
/// ## Example
/// | person | start | end | state |
/// |--------|-------|-----|-------|
/// | | 2023-01-01 | 2023-05-01 | shelter |
pub(super) struct NullKey;

impl Rule for NullKey {
    fn meta(&self) -> Meta {
        rule("R103", "null-key", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given() {
            for column in loaded.table.columns().iter().filter(|c| !c.nullable) {
                let Some(nulls) = loaded.nulls(column.name) else {
                    continue;
                };
                // Values that could not be read are told by their own rule.
                let unread = loaded.unreadable.iter().find(|u| u.column == column);
                let missing = nulls - unread.map_or(0, |u| u.rows).min(nulls);
                findings.add(
                    At::column(context, loaded.table, column.name, missing),
                    "have no value",
                    "complete the rows, or leave them out before the run",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Error;
    use crate::register::Table::Stays;
    use crate::register::rules::fixture::found;

    #[test]
    fn missing_values_are_counted_where_there_must_be_one() {
        let stays = "person,start,end,state\n,2020-01-01,,dwelling\n1,,,dwelling\n1,2020-01-01,,\n1,2020-01-01,,\n1,2020-01-01,,dwelling";
        assert_eq!(
            found("R103", &[(Stays, stays)]),
            [
                ("stays.person".to_owned(), 1, Error),
                ("stays.start".to_owned(), 1, Error),
                ("stays.state".to_owned(), 2, Error),
            ]
        );
    }

    #[test]
    fn blanks_are_missing() {
        let stays = "person,start,end,state\n  ,2020-01-01,,dwelling\n1,2020-01-01, ,dwelling";
        assert_eq!(found("R103", &[(Stays, stays)]).len(), 1);
        assert_eq!(found("R102", &[(Stays, stays)]), []);
    }
}
