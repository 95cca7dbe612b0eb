//! R105.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::roster::NOBODY;
use crate::register::table::Table;

/// A row names a person who is not in `persons`.
///
/// ## Why is this bad?
/// Most often identifiers are written in two ways, such as with and without
/// leading zeros, and everything the rows say is lost.
///
/// ## What to do
/// Write identifiers alike in all tables, or leave out the rows of people
/// outside the study. Where the rule is turned down, the rows are left out.
///
/// ## Example
/// `persons` has the person `0101800001`, `stays` has `101800001`.
pub(super) struct OrphanPerson;

impl Rule for OrphanPerson {
    fn meta(&self) -> Meta {
        rule("R105", "orphan-person", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given().filter(|l| l.table != Table::Persons) {
            let Some(people) = context.people(loaded.table) else {
                continue;
            };
            let nobody = people.iter().filter(|p| **p == NOBODY).count();
            let nameless = loaded.series("person").map_or(0, |ids| ids.null_count());
            findings.add(
                At::column(context, loaded.table, "person", nobody - nameless),
                "name a person who is not in `persons`",
                "write identifiers alike in all tables (leading zeros, blanks), or leave out the rows",
            );
        }
    }
}
