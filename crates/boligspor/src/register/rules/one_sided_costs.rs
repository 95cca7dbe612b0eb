//! R602.

use super::{At, Findings, Limit, Meta, Number, Rule, limited, rule};
use crate::register::context::Context;
use crate::register::report::Severity;
use crate::register::roster::NOBODY;
use crate::register::table::Table;

const AT_LEAST: Limit = Limit {
    name: "people",
    default: 20.0,
    of: Number::Whole,
    what: "People on each side that a comparison needs.",
};
const TIMES: Limit = Limit {
    name: "times",
    default: 5.0,
    of: Number::Factor,
    what: "How many times the share of the other side is too many.",
};

/// People who were placed have costs, and those never placed have next to none.
///
/// ## Why is this bad?
/// A comparison of costs needs the same registers for both groups. Costs that the
/// project delivers for its own people make everybody else look cheap, and the
/// programme dear.
///
/// ## What to do
/// Ask for the costs of the whole population, by the same registers, or leave the
/// comparison out. The rule needs 20 people on each side (`people`); it compares the
/// share of placed people with any row in `costs` (or `services`) with the share of
/// the others, and tells of a factor of five or more (`times`), either way.
///
/// ## Example
/// Costs of 118 of 120 people placed, and of 9 of 400 others.
pub(super) struct OneSidedCosts;

impl Rule for OneSidedCosts {
    fn meta(&self) -> Meta {
        limited(
            rule("R602", "one-sided-costs", Severity::Warning),
            &[AT_LEAST, TIMES],
        )
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let (Some(roster), Some(people), Some(placed_on)) = (
            context.roster,
            context.people(Table::Placements),
            context.days(Table::Placements, "placed_on"),
        ) else {
            return;
        };
        let at_least = findings.limit(&AT_LEAST) as usize;
        let times = findings.limit(&TIMES);
        let mut placed = vec![false; roster.len()];
        for (person, day) in people.iter().zip(placed_on.iter()) {
            if *person != NOBODY && day.is_some() {
                placed[*person as usize] = true;
            }
        }
        for table in [Table::Costs, Table::Services] {
            let Some(rows) = context.people(table) else {
                continue;
            };
            let mut any = vec![false; roster.len()];
            for person in rows.iter().filter(|p| **p != NOBODY) {
                any[*person as usize] = true;
            }
            let side = |of: bool| {
                let with = placed.iter().zip(&any).filter(|(p, a)| **p == of && **a);
                let all = placed.iter().filter(|p| **p == of).count();
                (with.count(), all)
            };
            let ((with, all), (others_with, others)) = (side(true), side(false));
            if all < at_least || others < at_least || with + others_with == 0 {
                continue;
            }
            let (share, other) = (with as f64 / all as f64, others_with as f64 / others as f64);
            if share >= times * other || other >= times * share {
                findings.always(
                    Severity::Warning,
                    At::column(context, table, "person", 0),
                    format!("the share of people with any row differs {times} times or more between the placed and the others"),
                    "ask for the same registers of both, or leave the comparison out",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::register::CheckOptions;
    use crate::register::Severity::Warning;
    use crate::register::Table::{Costs, Persons, Placements};
    use crate::register::rules::fixture::{Found, at, found_with};

    fn sides(placed: usize, others: usize) -> Vec<Found> {
        sides_with(CheckOptions::default(), placed, others)
    }

    /// Twenty placed and twenty others, some of each with a cost.
    fn sides_with(options: CheckOptions, placed: usize, others: usize) -> Vec<Found> {
        let (mut persons, mut placements, mut costs) = (
            "person,birth_date,sex".to_owned(),
            "person,placed_on,municipality".to_owned(),
            "person,date,category,amount".to_owned(),
        );
        for i in 0..40 {
            let _ = write!(persons, "\n{i},1980-05-01,2");
            if i < 20 {
                let _ = write!(placements, "\n{i},2020-01-01,461");
            }
            if i < placed || (20..20 + others).contains(&i) {
                let _ = write!(costs, "\n{i},2020-01-01,shelter,10");
            }
        }
        found_with(
            "R602",
            &[
                (Persons, &persons),
                (Placements, &placements),
                (Costs, &costs),
            ],
            options,
        )
    }

    #[test]
    fn costs_of_one_side_only_are_told() {
        assert_eq!(sides(20, 2), at("costs.person", 0, Warning));
        assert_eq!(sides(0, 9), at("costs.person", 0, Warning));
    }

    #[test]
    fn how_many_people_and_times_can_be_chosen() {
        let limit = |name, limit| CheckOptions::default().with_limit("R602", name, limit);
        assert_eq!(sides_with(limit("people", 21.0), 20, 2), []);
        assert_eq!(sides_with(limit("times", 10.5), 20, 2), []);
        assert_eq!(
            sides_with(limit("times", 2.0), 20, 9),
            at("costs.person", 0, Warning)
        );
    }

    #[test]
    fn costs_of_both_are_not() {
        assert_eq!(sides(20, 9), []);
        assert_eq!(sides(0, 0), []);
    }
}
