//! Several definitions side by side, on the same people.

use polars::prelude::*;

use super::definition::{Counted, Definition};
use super::result;
use crate::cohort::{Cohort, TimeZero, unexpected};
use crate::error::Result;

/// Retention by every definition on one cohort: the rows of
/// [`Retention::table`](super::Retention::table) for the whole cohort, with
/// `definition` and `counted` ahead. A definition that counts the enrolled is
/// left out of a cohort that holds only those placed; the second value names
/// those left out.
///
/// # Errors
/// As [`estimate`](super::estimate).
pub fn compare(cohort: &Cohort, definitions: &[Definition]) -> Result<(DataFrame, Vec<String>)> {
    let mut left_out = Vec::new();
    let mut frames = Vec::new();
    let whole = cohort.undivided();
    for definition in definitions {
        if definition.counted == Counted::Enrolled && cohort.spec().time_zero == TimeZero::Placement
        {
            left_out.push(definition.name.clone());
            continue;
        }
        let retention = result::estimate(&whole, definition)?;
        let table = retention.table();
        let counted = match definition.counted {
            Counted::Placed => "placed",
            Counted::Enrolled => "enrolled",
        };
        let mut columns = vec![
            Column::new(
                "definition".into(),
                vec![definition.name.as_str(); table.height()],
            ),
            Column::new("counted".into(), vec![counted; table.height()]),
        ];
        columns.extend(table.columns().iter().cloned());
        frames.push(DataFrame::new(table.height(), columns).map_err(|e| unexpected(&e))?);
    }
    let Some(mut out) = frames.first().cloned() else {
        return Ok((DataFrame::empty(), left_out));
    };
    for frame in &frames[1..] {
        out.vstack_mut(frame).map_err(|e| unexpected(&e))?;
    }
    out.rechunk_mut_par();
    Ok((out, left_out))
}
