//! R505.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A placement has neither a day of placement nor one of enrolment.
///
/// ## Why is this bad?
/// It has no time zero, and so can be in no cohort.
///
/// ## What to do
/// Give `placed_on` for those placed, and `enrolled_on` for those enrolled and
/// never placed. The rows are kept, and are left out of every cohort.
///
/// ## Example
/// | person | enrolled_on | placed_on | municipality |
/// |--------|-------------|-----------|--------------|
/// | 1 | | | 461 |
pub(super) struct UndatedPlacement;

impl Rule for UndatedPlacement {
    fn meta(&self) -> Meta {
        rule("R505", "undated-placement", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some(placed) = context.days(Table::Placements, "placed_on") else {
            return;
        };
        let enrolled = context.days(Table::Placements, "enrolled_on");
        let dated = |row: usize| {
            placed.get(row).is_some() || enrolled.is_some_and(|d| d.get(row).is_some())
        };
        let rows = (0..placed.len()).filter(|row| !dated(*row)).count();
        findings.add(
            At::column(context, Table::Placements, "placed_on", rows),
            "have neither a day of placement nor one of enrolment",
            "give `enrolled_on` for those never placed; the rows are in no cohort",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Placements;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn either_date_is_enough() {
        let placements = "person,enrolled_on,placed_on,municipality\n1,,,461\n1,2020-01-01,,461\n2,,2020-01-01,461";
        assert_eq!(
            found("R505", &[(Placements, placements)]),
            at("placements.placed_on", 1, Warning)
        );
    }
}
