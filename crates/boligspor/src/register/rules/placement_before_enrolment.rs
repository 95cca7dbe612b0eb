//! R501.

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A placement lies before the enrolment it belongs to.
///
/// ## Why is this bad?
/// Follow-up from enrolment would then start after the home was allotted, and
/// the wait for a home be negative.
///
/// ## What to do
/// Correct the dates in the source; often the enrolment was entered late. The
/// rows are kept: time zero is the date that the cohort asks for.
///
/// ## Example
/// | person | enrolled_on | placed_on | municipality |
/// |--------|-------------|-----------|--------------|
/// | 1 | 2020-03-01 | 2020-01-01 | 461 |
pub(super) struct PlacementBeforeEnrolment;

impl Rule for PlacementBeforeEnrolment {
    fn meta(&self) -> Meta {
        rule("R501", "placement-before-enrolment", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let (Some(enrolled), Some(placed)) = (
            context.days(Table::Placements, "enrolled_on"),
            context.days(Table::Placements, "placed_on"),
        ) else {
            return;
        };
        let rows = enrolled
            .iter()
            .zip(placed.iter())
            .filter(|(enrolled, placed)| matches!((enrolled, placed), (Some(e), Some(p)) if p < e))
            .count();
        findings.add(
            At::column(context, Table::Placements, "placed_on", rows),
            "lie before the enrolment",
            "correct the dates in the source; the rows are kept",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::Placements;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn a_placement_on_the_day_of_enrolment_is_right_and_before_it_is_not() {
        let placements = "person,enrolled_on,placed_on,municipality\n1,2020-01-02,2020-01-01,461\n2,2020-01-01,2020-01-01,461\n2,2020-01-01,,461";
        assert_eq!(
            found("R501", &[(Placements, placements)]),
            at("placements.placed_on", 1, Warning)
        );
    }
}
