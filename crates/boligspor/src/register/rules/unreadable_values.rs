//! R102.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Kind;

/// A column has values that are not of its kind.
///
/// ## Why is this bad?
/// A date that cannot be read is no date, and would silently become a missing
/// one: an ongoing stay, a person who never died.
///
/// ## What to do
/// Write dates as `2023-12-31`, numbers without thousands separators (a decimal
/// comma only in a CSV file with semicolons). Where the rule is turned down,
/// values that cannot be read are taken as missing.
///
/// ## Example
/// | person | start | end |
/// |--------|-------|-----|
/// | 1 | 01-02-2023 | 2023-05-01 |
///
/// The start could be in January or February, so it is not guessed.
pub(super) struct UnreadableValues;

impl Rule for UnreadableValues {
    fn meta(&self) -> Meta {
        rule("R102", "unreadable-values", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given() {
            for unreadable in &loaded.unreadable {
                let column = unreadable.column;
                let at = At::column(context, loaded.table, column.name, unreadable.rows);
                let hint = match column.kind {
                    Kind::Date => {
                        "deliver dates without a time zone, or as text such as 2023-12-31"
                    }
                    Kind::Number | Kind::Money | Kind::Integer => {
                        "deliver plain numbers without thousands separators or units"
                    }
                    _ => "deliver the column in its own type, or as text",
                };
                let message = match &unreadable.wrong_type {
                    Some(found) => {
                        format!("is of type {found}; {} are expected", column.kind.expects())
                    }
                    None => format!("cannot be read; {} are expected", column.kind.expects()),
                };
                findings.add(at, message, hint);
            }
        }
    }
}
