//! R502.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::NEVER;
use crate::register::context::Context;
use crate::register::context::or_never;
use crate::register::group;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A person has more than one first placement.
///
/// ## Why is this bad?
/// Time zero is the first placement. Of two rows on the same day, or two that
/// say `first`, nothing tells which is it: which municipality, which dwelling,
/// which method of support.
///
/// ## What to do
/// Keep one row for each placement. Where the rule is turned down, the row that
/// comes first in the table counts. `first` is optional; the first placement is
/// the earliest.
///
/// ## Example
/// | person | placed_on | municipality |
/// |--------|-----------|--------------|
/// | 1 | 2020-01-01 | 461 |
/// | 1 | 2020-01-01 | 101 |
pub(super) struct SeveralFirstPlacements;

impl Rule for SeveralFirstPlacements {
    fn meta(&self) -> Meta {
        rule("R502", "several-first-placements", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let (Some(people), Some(placed), Some(roster)) = (
            context.people(Table::Placements),
            context.days(Table::Placements, "placed_on"),
            context.roster,
        ) else {
            return;
        };
        let day = |row: u32| or_never(placed.get(row as usize));
        let grouped =
            group::group(people, roster.len(), |row| day(row as u32) != NEVER).sorted(day);
        let same_day = grouped
            .groups()
            .map(|rows| rows.windows(2).filter(|w| day(w[0]) == day(w[1])).count())
            .sum();
        findings.add(
            At::column(context, Table::Placements, "placed_on", same_day),
            "place a person who is placed by another row on the same day",
            "keep one row for each placement",
        );
        let Some(first) = context
            .table(Table::Placements)
            .and_then(|t| t.series("first")?.try_bool())
        else {
            return;
        };
        let flagged = group::group(people, roster.len(), |row| first.get(row) == Some(true));
        let beyond = flagged
            .groups()
            .map(|rows| rows.len().saturating_sub(1))
            .sum();
        findings.add(
            At::column(context, Table::Placements, "first", beyond),
            "are said to be first beside another row of the person that is",
            "mark one placement a person as first, or leave the column out",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Error;
    use crate::register::Table::Placements;
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn two_placements_on_one_day_are_told() {
        let placements = "person,placed_on,municipality\n1,2020-01-01,461\n2,2020-01-01,461\n1,2020-01-01,101\n1,2021-01-01,101\n2,,101\n2,,101";
        assert_eq!(
            found("R502", &[(Placements, placements)]),
            at("placements.placed_on", 1, Error)
        );
    }

    #[test]
    fn two_rows_marked_first_are_told() {
        let placements = "person,placed_on,municipality,first\n1,2020-01-01,461,true\n1,2021-01-01,461,1\n2,2020-01-01,461,true\n2,2021-01-01,461,";
        assert_eq!(
            found("R502", &[(Placements, placements)]),
            at("placements.first", 1, Error)
        );
    }
}
