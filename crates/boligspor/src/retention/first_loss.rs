//! When a member first loses their home, or is first seen without one.

use super::clock::Clock;
use super::definition::{Definition, HorizonUnit};
use super::follow;
use super::path::{Reader, Status};
use crate::cohort::Cohort;
use crate::error::Result;

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

    fn read(&mut self, member: usize, unit: HorizonUnit) -> Option<(i32, FirstLoss)> {
        let followed = follow::follow(self.cohort, self.definition, member)?;
        let (zero, until) = (followed.zero, followed.until);
        let runs = self
            .reader
            .read(followed.track, zero, until, followed.allotted);
        if runs.first()?.status == Status::Censored {
            return None;
        }
        let clock = Clock::new(zero, unit);
        let end = runs.iter().find(|r| r.status != Status::Retained);
        Some(match end.map(|r| (r.status, r.start)) {
            None => (clock.tick(until - 1), FirstLoss::NotSeen),
            Some((Status::NotRetained, day)) => (clock.tick(day), FirstLoss::Lost),
            Some((Status::Competing, day)) => (clock.tick(day), FirstLoss::Competing),
            // Followed up to the day before.
            Some((_, day)) => (clock.tick((day - 1).max(zero)), FirstLoss::NotSeen),
        })
    }
}
