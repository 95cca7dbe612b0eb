//! The sums behind days housed: whole days by state and month of follow-up.

use serde::{Deserialize, Serialize};

use boligspor_estimate::PeriodTotals;

use super::spec::DaysSpec;
use crate::calendar::{self, Day};
use crate::cohort::{Cohort, Divided, Sums, divided};
use crate::error::Result;
use crate::register::NO_DWELLING;
use crate::retention::{Place, allotted};
use crate::state::State;

/// Days housed come first, then the days in each place.
pub(super) const HOUSED: usize = 0;
pub(super) const KINDS: usize = 1 + Place::COUNT;

impl Sums for PeriodTotals {
    fn merge(&mut self, other: &Self) -> Result<()> {
        Ok(PeriodTotals::merge(self, other)?)
    }
}

/// The sums behind a [`DaysHoused`](super::DaysHoused): observe each partition
/// of the people, merge in any order, and the estimates equal those of the whole
/// to the last bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaysSummary {
    pub(super) spec: DaysSpec,
    pub(super) sums: Divided<PeriodTotals>,
    /// Whether a person can be in the cohort several times.
    pub(super) repeated: bool,
}

impl DaysSummary {
    /// Observes every member of a cohort.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) for choices that do not fit.
    pub fn observe(cohort: &Cohort, spec: &DaysSpec) -> Result<Self> {
        spec.validate()?;
        let months = spec.within as usize;
        let sums = Divided::observe(
            cohort,
            || PeriodTotals::new(KINDS, months),
            || vec![0; KINDS * months],
            |days: &mut Vec<u32>, member, totals| {
                days.fill(0);
                let followed = count_days(cohort, spec, member, days);
                Ok(totals.add(days, followed)?)
            },
        )?;
        Ok(Self {
            spec: spec.clone(),
            sums,
            repeated: cohort.spec().which == crate::cohort::Which::Every,
        })
    }

    /// Adds the people of another summary, who must be others than these.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) where the two were made by different choices or
    /// strata.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.spec != other.spec || self.repeated != other.repeated {
            return Err(divided::mismatch());
        }
        self.sums.merge(&other.sums)
    }
}

/// Counts a member's days by kind and month; returns the months followed.
pub(super) fn count_days(
    cohort: &Cohort,
    spec: &DaysSpec,
    member: usize,
    days: &mut [u32],
) -> usize {
    let members = cohort.members();
    let (zero, until) = (members.zero[member], members.until[member]);
    let track = cohort.timeline().track(members.person[member]);
    let row = members.placement[member] as usize;
    let placements = cohort.register().placements();
    let placed_on = placements.placed_on[row];
    let own = if placed_on == calendar::NEVER {
        NO_DWELLING
    } else {
        allotted(track, placements.dwelling[row], placed_on)
    };
    let months = spec.within as usize;
    let (mut month, mut end) = (0, calendar::add_months(zero, 1));
    let horizon = calendar::add_months(zero, spec.within as i32);
    for segment in track.window(zero, until.min(horizon)) {
        let place = Place::of(&segment, own);
        let housed = match place {
            Place::Allotted | Place::OtherDwelling => spec.housed.contains(&State::Dwelling),
            Place::State(state) => spec.housed.contains(&state),
        };
        let mut from: Day = segment.start;
        while from < segment.end {
            while end <= from {
                month += 1;
                end = calendar::add_months(zero, month as i32 + 1);
            }
            let to = segment.end.min(end);
            let span = (to - from) as u32;
            days[(1 + place.index()) * months + month] += span;
            if housed {
                days[HOUSED * months + month] += span;
            }
            from = to;
        }
    }
    (1..=months)
        .take_while(|&m| calendar::add_months(zero, m as i32) <= until)
        .count()
}
