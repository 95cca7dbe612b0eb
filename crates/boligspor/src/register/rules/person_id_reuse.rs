//! R507.

use super::{At, Findings, Limit, Meta, Number, Rule, limited, rule};
use crate::register::context::{Context, is_sentinel};
use crate::register::report::Severity;
use crate::register::roster::NOBODY;
use crate::register::table::Table;

const LATE: Limit = Limit {
    name: "days",
    default: 365.0,
    of: Number::Whole,
    what: "Days after a death in which registers still report late.",
};

/// An identifier goes on living more than a year after the person's death, or
/// names someone born after it.
///
/// ## Why is this bad?
/// Registers report a death late, but not by a year. The identifier was given to
/// somebody else: project numbers and pseudonyms are used again where a delivery
/// is numbered anew. Two lives are told as one.
///
/// ## What to do
/// Ask for identifiers that are never used again, or add the delivery's year to
/// them. The rows are kept; from the day of death on the state is `dead`. Rows
/// within a year (`days`) of the death are those of the rule `stay-after-death`.
///
/// ## Example
/// A person who died 2015-03-01 has a shelter stay from 2019-06-01.
pub(super) struct PersonIdReuse;

impl Rule for PersonIdReuse {
    fn meta(&self) -> Meta {
        limited(rule("R507", "person-id-reuse", Severity::Warning), &[LATE])
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        let Some(deaths) = context.of_person("death_date") else {
            return;
        };
        let late = findings.limit(&LATE) as i32;
        for (table, column, late) in [
            (Table::Persons, "birth_date", 0),
            (Table::Placements, "placed_on", late),
            (Table::Stays, "start", late),
            (Table::Costs, "start", late),
            (Table::Costs, "date", late),
            (Table::Services, "start", late),
        ] {
            let (Some(people), Some(days)) = (context.people(table), context.days(table, column))
            else {
                continue;
            };
            // In `persons` a row's own birth after its own death is another rule's.
            let own = |row: usize, person: u32| {
                let roster = context.roster.map(|r| r.row[person as usize] as usize);
                table == Table::Persons && roster == Some(row)
            };
            let rows = people
                .iter()
                .zip(days.iter())
                .enumerate()
                .filter(|(row, (person, day))| {
                    let Some(day) = day.filter(|d| !is_sentinel(*d)) else {
                        return false;
                    };
                    **person != NOBODY
                        && deaths[**person as usize]
                            .is_some_and(|death| !is_sentinel(death) && day > death + late)
                        && !own(*row, **person)
                })
                .count();
            findings.add(
                At::column(context, table, column, rows),
                "are of an identifier whose person was dead for long",
                "ask for identifiers that are never used again; the rows are kept",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::CheckOptions;
    use crate::register::Severity::Warning;
    use crate::register::Table::{Persons, Stays};
    use crate::register::rules::fixture::{at, found, found_with};

    #[test]
    fn how_late_a_register_may_report_can_be_chosen() {
        let stays =
            "person,start,end,state\n2,2022-06-01,2022-06-09,hospital\n1,2023-06-01,,dwelling";
        let options = CheckOptions::default().with_limit("R507", "days", 60.0);
        assert_eq!(
            found_with("R507", &[(Stays, stays)], options),
            at("stays.start", 1, Warning)
        );
    }

    #[test]
    fn a_life_after_death_is_another_persons() {
        // Person 2 died on 2022-03-01.
        let stays = "person,start,end,state\n2,2023-03-02,,shelter\n2,2023-03-01,,shelter\n1,2023-06-01,,dwelling";
        assert_eq!(
            found("R507", &[(Stays, stays)]),
            at("stays.start", 1, Warning)
        );
        let persons = "person,birth_date,sex,death_date\n1,1920-01-01,1,1990-01-01\n1,1991-01-01,1,\n2,1990-07-01,1,";
        let of_persons: Vec<_> = found("R507", &[(Persons, persons)])
            .into_iter()
            .filter(|f| f.0.starts_with("persons"))
            .collect();
        assert_eq!(of_persons, at("persons.birth_date", 1, Warning));
    }

    #[test]
    fn late_reports_of_the_living_and_the_dead_are_not() {
        let stays =
            "person,start,end,state\n2,2022-06-01,2022-06-09,hospital\n1,2023-06-01,,dwelling";
        assert_eq!(found("R507", &[(Stays, stays)]), []);
    }
}
