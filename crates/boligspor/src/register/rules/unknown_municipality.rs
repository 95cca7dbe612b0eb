//! R302.

use super::{At, Findings, Meta, Rule, rule};
use crate::calendar::{Day, day as day_of};
use crate::register::codes::Municipality;
use crate::register::context::Context;
use crate::register::options::Codes;
use crate::register::report::Severity;
use crate::register::table::Table;

/// A municipality code is unknown, or not valid on its date.
///
/// ## Why is this bad?
/// Municipalities are compared by code. An unknown one makes a municipality of
/// its own; a code from before the reform of 1 January 2007 may mean another
/// place (707 was Grenaa and is Norddjurs).
///
/// ## What to do
/// Use the codes of the 98 municipalities and Christiansø (411), as three digits
/// or a number. Map older codes to today's. Registers of other countries set
/// `municipality_codes = "any"`. In `stays` the finding is a warning, and the
/// rows are kept; so are rows dated before 2007 with a code of today.
///
/// ## Example
/// | person | placed_on | municipality |
/// |--------|-----------|--------------|
/// | 1 | 2020-01-01 | 462 |
pub(super) struct UnknownMunicipality;

impl Rule for UnknownMunicipality {
    fn meta(&self) -> Meta {
        rule("R302", "unknown-municipality", Severity::Error)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        if context.options.municipality_codes == Codes::Any {
            return;
        }
        for loaded in context.given() {
            let table = loaded.table;
            let read = |code: &str| (!code.is_empty()).then(|| Municipality::of(code));
            let codes = if let Some(labels) = context.labels(table, "municipality") {
                labels.each(read)
            } else if let Some(texts) = context.texts(table, "municipality") {
                texts.iter().map(|code| code.and_then(read)).collect()
            } else {
                continue;
            };
            let day = last_day(context, table);
            let (mut unknown, mut early) = (0, 0);
            for (row, code) in codes.into_iter().enumerate() {
                match code {
                    None => {}
                    Some(None) => unknown += 1,
                    Some(Some(known)) => {
                        early += usize::from(day(row).is_some_and(|day| day < known.valid_from));
                    }
                }
            }
            let severity = if table == Table::Stays {
                Severity::Warning
            } else {
                Severity::Error
            };
            findings.add_as(
                severity,
                At::column(context, table, "municipality", unknown),
                "are no code of the 98 municipalities or Christiansø",
                "use the codes in force since 2007; for another country set `municipality_codes` to `any`",
            );
            findings.add_as(
                Severity::Warning,
                At::column(context, table, "municipality", early),
                "are dated before their code was valid (1 January 2007)",
                "map the codes of before the reform to today's; the rows are kept",
            );
        }
    }
}

/// The last day that each row is about, where it says one.
fn last_day<'a>(context: &Context<'a>, table: Table) -> impl Fn(usize) -> Option<Day> + use<'a> {
    let dates = |name: &str| table.column(name).and_then(|_| context.days(table, name));
    let (placed, enrolled) = (dates("placed_on"), dates("enrolled_on"));
    let (start, end) = (dates("start"), dates("end"));
    let year = table
        .column("year")
        .and_then(|_| context.integers(table, "year"));
    move |row| match table {
        Table::Placements => placed
            .and_then(|d| d.get(row))
            .or_else(|| enrolled.and_then(|d| d.get(row))),
        Table::Stays => {
            start.and_then(|d| d.get(row))?;
            end.and_then(|d| d.get(row)).map(|end| end - 1)
        }
        _ => {
            let year = i32::try_from(year?.get(row)?).ok()?;
            (1..10_000).contains(&year).then(|| day_of(year, 12, 31))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::{Error, Warning};
    use crate::register::Table::{Municipalities, Placements, Stays};
    use crate::register::rules::fixture::{at, found, found_with};
    use crate::register::{CheckOptions, Codes};

    const PLACEMENTS: &str = "person,placed_on,municipality\n1,2020-01-01,462\n2,2020-01-01,0461";

    #[test]
    fn unknown_codes_are_errors_where_people_are_placed_and_warnings_where_they_stay() {
        assert_eq!(
            found("R302", &[(Placements, PLACEMENTS)]),
            at("placements.municipality", 1, Error)
        );
        let stays = "person,start,end,state,municipality\n1,2020-01-01,,dwelling,999\n1,2020-01-01,,dwelling,";
        assert_eq!(
            found("R302", &[(Stays, stays)]),
            at("stays.municipality", 1, Warning)
        );
    }

    #[test]
    fn a_code_must_be_valid_on_the_date() {
        let stays = "person,start,end,state,municipality\n1,1999-01-01,2007-01-01,dwelling,707\n1,1999-01-01,2007-01-02,dwelling,707\n1,1999-01-01,,dwelling,707";
        assert_eq!(
            found("R302", &[(Stays, stays)]),
            at("stays.municipality", 1, Warning)
        );
        let years = "municipality,year,population\n461,2006,1\n461,2007,1";
        assert_eq!(
            found("R302", &[(Municipalities, years)]),
            at("municipalities.municipality", 1, Warning)
        );
    }

    #[test]
    fn another_country_has_its_own_codes() {
        let options = CheckOptions {
            municipality_codes: Codes::Any,
            ..CheckOptions::default()
        };
        assert_eq!(found_with("R302", &[(Placements, PLACEMENTS)], options), []);
    }
}
