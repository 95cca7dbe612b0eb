//! Enrolments in housing projects as placements.

use hashbrown::HashSet;
use polars::prelude::DataFrame;

use super::enrolment::Enrolment;
use super::files::Tally;
use super::frame;
use crate::error::Result;

/// The placements table: a row for each enrolment in a project that gives a
/// home, with the day of moving in where there is one; and, where the options
/// let every move-in count, for each move-in from another project.
pub(super) fn placements(
    ids: &[&str],
    enrolments: &[Enrolment],
    tally: &mut Tally,
) -> Result<DataFrame> {
    let mut days = HashSet::new();
    let rows: Vec<&Enrolment> = enrolments
        .iter()
        .filter(|e| e.is_housing() || e.move_in.is_some())
        .filter(|e| e.move_in.is_none_or(|day| days.insert((e.person, day))))
        .collect();
    let all = enrolments
        .iter()
        .filter(|e| e.is_housing() || e.move_in.is_some())
        .count();
    tally.add(
        "Enrollment.csv, MoveInDate",
        "the person moves in twice on one day: the first enrolment in the file counts",
        all - rows.len(),
    );
    frame::of(vec![
        frame::text(
            "person",
            &rows.iter().map(|e| ids[e.person]).collect::<Vec<_>>(),
        ),
        frame::days("enrolled_on", rows.iter().map(|e| Some(e.entry)).collect()),
        frame::days("placed_on", rows.iter().map(|e| e.move_in).collect()),
        frame::some_text(
            "municipality",
            &rows.iter().map(|e| e.coc.as_deref()).collect::<Vec<_>>(),
        ),
        frame::some_text(
            "dwelling",
            &rows
                .iter()
                .map(|e| e.move_in.map(|_| e.dwelling.as_str()))
                .collect::<Vec<_>>(),
        ),
        frame::text(
            "programme",
            &rows.iter().map(|e| e.programme).collect::<Vec<_>>(),
        ),
        frame::flags(
            "household_head",
            &rows.iter().map(|e| Some(e.head)).collect::<Vec<_>>(),
        ),
    ])
}
