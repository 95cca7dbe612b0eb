//! R110.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;

/// A table was given and has no rows.
///
/// ## Why is this bad?
/// An empty table of costs says that nobody cost anything. More often a join
/// found nothing, a filter was turned round, or the delivery's file is a header
/// only.
///
/// ## What to do
/// Look at where the table comes from. Where there is nothing to tell, leave the
/// table out of the study rather than give an empty one.
///
/// ## Example
/// A `costs.parquet` with all its columns and 0 rows.
pub(super) struct EmptyTable;

impl Rule for EmptyTable {
    fn meta(&self) -> Meta {
        rule("R110", "empty-table", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for loaded in context.given().filter(|l| l.rows() == 0) {
            findings.always(
                Severity::Warning,
                At::table(context, loaded.table, 0),
                "the table has no rows",
                "see where it comes from, or leave it out",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Costs;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn a_header_alone_is_told_and_a_row_is_enough() {
        let header = "person,date,category,amount";
        assert_eq!(found("R110", &[(Costs, header)]), at("costs", 0, Warning));
        let row = format!("{header}\n1,2020-01-01,shelter,10");
        assert_eq!(found("R110", &[(Costs, &row)]), []);
    }
}
