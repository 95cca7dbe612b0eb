//! Clients as persons.

use polars::prelude::DataFrame;

use super::codes;
use super::enrolment::Enrolment;
use super::files::{File, Tally};
use super::frame;
use crate::calendar::Day;
use crate::error::Result;

/// Clients' identifiers, by row.
pub(super) fn ids(file: &File) -> Result<Vec<&str>> {
    Ok(file
        .text("PersonalID")?
        .iter()
        .map(Option::unwrap_or_default)
        .collect())
}

/// Sex as FY2026 has it (0 female, 1 male), or from the gender columns of
/// FY2024.
fn sexes(file: &File, tally: &mut Tally) -> Vec<Option<&'static str>> {
    let sex = file.codes("Sex", tally);
    let (women, men) = (file.codes("Woman", tally), file.codes("Man", tally));
    let unknown = (0..file.rows()).map(|row| match (sex[row], women[row], men[row]) {
        (Some(0), ..) | (None, Some(1), Some(0) | None) => Some("female"),
        (Some(1), ..) | (None, Some(0) | None, Some(1)) => Some("male"),
        _ => None,
    });
    let sexes: Vec<_> = unknown.collect();
    let missing = sexes.iter().filter(|s| s.is_none()).count();
    tally.add(
        "Client.csv, Sex",
        "not known or not collected: missing",
        missing,
    );
    sexes
}

/// The day of death: the first exit whose destination is "deceased".
pub(super) fn deaths(people: usize, enrolments: &[Enrolment]) -> Vec<Option<Day>> {
    let mut deaths: Vec<Option<Day>> = vec![None; people];
    for e in enrolments
        .iter()
        .filter(|e| e.destination == Some(codes::DECEASED))
    {
        let death = &mut deaths[e.person];
        *death = (*death).into_iter().chain(e.exit).min();
    }
    deaths
}

/// The persons table: clients with an identifier, each once.
pub(super) fn persons(
    file: &File,
    ids: &[&str],
    birth: &[Option<Day>],
    death: &[Option<Day>],
    tally: &mut Tally,
) -> Result<DataFrame> {
    let sexes = sexes(file, tally);
    let veterans = file.codes("VeteranStatus", tally);
    let mut seen = hashbrown::HashSet::new();
    let rows: Vec<usize> = (0..ids.len())
        .filter(|row| !ids[*row].is_empty() && seen.insert(ids[*row]))
        .collect();
    tally.add(
        "Client.csv",
        "has no identifier or repeats one: left out",
        ids.len() - rows.len(),
    );
    let undated = rows.iter().filter(|row| birth[**row].is_none()).count();
    tally.add("Client.csv, DOB", "not known: missing, and no age", undated);
    let veteran = |code: Option<i64>| match code? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    frame::of(vec![
        frame::text("person", &rows.iter().map(|r| ids[*r]).collect::<Vec<_>>()),
        frame::days("birth_date", rows.iter().map(|r| birth[*r]).collect()),
        frame::some_text("sex", &rows.iter().map(|r| sexes[*r]).collect::<Vec<_>>()),
        frame::days("death_date", rows.iter().map(|r| death[*r]).collect()),
        frame::flags(
            "veteran",
            &rows
                .iter()
                .map(|r| veteran(veterans[*r]))
                .collect::<Vec<_>>(),
        ),
    ])
}
