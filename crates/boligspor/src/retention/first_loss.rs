//! When a member first loses their home, or is first seen without one.

use super::clock::{Clock, MONTH};
use super::curve::DAYS_A_MONTH;
use super::definition::{Definition, HorizonUnit};
use super::follow;
use super::path::{Reader, Status};
use crate::calendar::Day;
use crate::cohort::Cohort;
use crate::error::Result;
use crate::state::State;

/// What ended an unbroken stay at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstLoss {
    /// A day without a home by the definition.
    Lost,
    /// A competing event.
    Competing,
    /// The end of follow-up, or leaving the count.
    NotSeen,
}

/// Reads the first loss of members, by the home of a definition.
pub(crate) struct FirstLosses<'a> {
    cohort: &'a Cohort,
    definition: &'a Definition,
}

impl<'a> FirstLosses<'a> {
    /// # Errors
    /// As the definition's own analysis.
    pub(crate) fn new(cohort: &'a Cohort, definition: &'a Definition) -> Result<Self> {
        follow::check(cohort, definition)?;
        Ok(Self { cohort, definition })
    }

    /// A reader, with room of its own.
    pub(crate) fn reader(&self) -> LossReader<'a> {
        LossReader {
            cohort: self.cohort,
            definition: self.definition,
            reader: Reader::new(self.definition, self.cohort.timeline().until()),
        }
    }
}

/// See [`FirstLosses::reader`].
pub(crate) struct LossReader<'a> {
    cohort: &'a Cohort,
    definition: &'a Definition,
    reader: Reader<'a>,
}

impl LossReader<'_> {
    /// The tick of the loss on the member's clock, and what it was; `None` for
    /// someone the definition does not count or who was never observed.
    pub(crate) fn ticks(&mut self, member: usize) -> Option<(i32, FirstLoss)> {
        self.read(member, self.definition.unit)
    }

    /// The same in days.
    pub(crate) fn days(&mut self, member: usize) -> Option<(i32, FirstLoss)> {
        self.read(member, HorizonUnit::Days)
    }

    /// In months, and the state that it was: a loss or competing event in the
    /// month that it completes, the end of follow-up after the whole months
    /// before it. Someone who was never observed ends at once; `None` for someone
    /// the definition does not count.
    pub(crate) fn months(&mut self, member: usize) -> Option<(i32, FirstLoss, State)> {
        let unit = self.definition.unit;
        let Some((zero, day, how, state)) = self.first(member) else {
            follow::follow(self.cohort, self.definition, member)?;
            return Some((0, FirstLoss::NotSeen, State::Unknown));
        };
        let months = f64::from(Clock::new(zero, unit).tick(day)) / ticks_a_month(unit);
        let whole = match how {
            FirstLoss::NotSeen => months.floor(),
            FirstLoss::Lost | FirstLoss::Competing => months.ceil(),
        };
        Some((whole as i32, how, state))
    }

    fn read(&mut self, member: usize, unit: HorizonUnit) -> Option<(i32, FirstLoss)> {
        let (zero, day, how, _) = self.first(member)?;
        Some((Clock::new(zero, unit).tick(day), how))
    }

    /// Time zero, the day of the loss, what it was, and the state on that day.
    fn first(&mut self, member: usize) -> Option<(Day, Day, FirstLoss, State)> {
        let followed = follow::follow(self.cohort, self.definition, member)?;
        let (zero, until) = (followed.zero, followed.until);
        let runs = self
            .reader
            .read(followed.track, zero, until, followed.allotted);
        if runs.first()?.status == Status::Censored {
            return None;
        }
        let end = runs.iter().find(|r| r.status != Status::Retained);
        let (day, how) = match end.map(|r| (r.status, r.start)) {
            None => (until - 1, FirstLoss::NotSeen),
            Some((Status::NotRetained, day)) => (day, FirstLoss::Lost),
            Some((Status::Competing, day)) => (day, FirstLoss::Competing),
            // Followed up to the day before.
            Some((_, day)) => ((day - 1).max(zero), FirstLoss::NotSeen),
        };
        Some((zero, day, how, followed.track.on(day).state))
    }
}

/// Ticks in a month of a definition's clock.
fn ticks_a_month(unit: HorizonUnit) -> f64 {
    match unit {
        HorizonUnit::Days => DAYS_A_MONTH,
        HorizonUnit::Months | HorizonUnit::Years => f64::from(MONTH),
    }
}
