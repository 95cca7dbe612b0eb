//! One member as a definition follows them: from when, until when, and which
//! dwelling is theirs.

use super::definition::{Counted, Definition};
use super::path;
use crate::calendar::{self, Day, NEVER};
use crate::cohort::{Cohort, TimeZero};
use crate::error::{Error, Result};
use crate::register::NO_DWELLING;
use crate::timeline::Track;

/// A member under follow-up.
pub(super) struct Followed<'a> {
    pub(super) track: Track<'a>,
    /// The day the clock starts.
    pub(super) zero: Day,
    /// The first day no longer followed.
    pub(super) until: Day,
    /// The allotted dwelling, if there is one.
    pub(super) allotted: u32,
    /// Whether the allotted dwelling has no identifier of its own.
    pub(super) unidentified: bool,
}

/// Follows a member by a definition; `None` for someone it does not count.
pub(super) fn follow<'a>(
    cohort: &'a Cohort,
    definition: &Definition,
    member: usize,
) -> Option<Followed<'a>> {
    let members = cohort.members();
    let row = members.placement[member] as usize;
    let placements = cohort.register().placements();
    let placed_on = placements.placed_on[row];
    let spec = cohort.spec();
    let (zero, until) = match (definition.counted, spec.time_zero) {
        (Counted::Enrolled, _) | (Counted::Placed, TimeZero::Placement) => {
            (members.zero[member], members.until[member])
        }
        // The clock starts anew at the placement that the enrolment led to.
        (Counted::Placed, TimeZero::Enrolment) => {
            let end = cohort.timeline().until();
            let until = spec.follow_up_months.map_or(end, |m| {
                (calendar::add_months(placed_on.min(end), m as i32) + 1).min(end)
            });
            if placed_on >= until {
                return None;
            }
            (placed_on, until)
        }
    };
    let track = cohort.timeline().track(members.person[member]);
    let allotted = if placed_on == NEVER {
        NO_DWELLING
    } else {
        path::allotted(track, placements.dwelling[row], placed_on)
    };
    Some(Followed {
        track,
        zero,
        until,
        allotted,
        unidentified: placed_on != NEVER && path::is_unidentified(allotted),
    })
}

/// Checks a definition, and that the cohort holds those it counts.
///
/// # Errors
/// [`Error::Option`] for a definition that contradicts itself, or that counts
/// the enrolled in a cohort that holds only the placed.
pub(super) fn check(cohort: &Cohort, definition: &Definition) -> Result<()> {
    definition.validate()?;
    if definition.counted == Counted::Enrolled && cohort.spec().time_zero == TimeZero::Placement {
        return Err(Error::option(
            "definition.counted",
            "is `enrolled`, but the cohort holds only those placed",
            "make the cohort with time_zero = \"enrolment\"",
        ));
    }
    Ok(())
}
