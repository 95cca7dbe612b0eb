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
                let Some(series) = loaded.series(column.name) else {
                    continue;
                };
                // Values that could not be read are told by their own rule.
                let unread = loaded.unreadable.iter().find(|u| u.column == column);
                let missing =
                    series.null_count() - unread.map_or(0, |u| u.rows).min(series.null_count());
                findings.add(
                    At::column(context, loaded.table, column.name, missing),
                    "have no value",
                    "complete the rows, or leave them out before the run",
                );
            }
        }
    }
}
