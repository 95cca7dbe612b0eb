//! Time since time zero, on a scale where everyone's anniversaries fall together.
//!
//! A 12-month horizon is 365 days after time zero for some and 366 for others.
//! Estimating on days and reading off at day 365 would move events across
//! the anniversary; estimating on whole months would pile them on it. So a day
//! is a *tick*: 32 for each full month by the anniversary rule, plus the days
//! since that monthly anniversary (0 to 30). Ticks keep the order of a
//! person's days, and a horizon of `m` months is tick `32 m` for everyone.

use super::definition::HorizonUnit;
use crate::calendar::{self, Day};

/// Ticks in a month; no month has more days than fit between two anniversaries.
pub(super) const MONTH: i32 = 32;

/// One person's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    zero: Day,
    unit: HorizonUnit,
}

impl Clock {
    pub(crate) fn new(zero: Day, unit: HorizonUnit) -> Self {
        Self { zero, unit }
    }

    /// The tick of a day at or after time zero.
    pub(crate) fn tick(self, day: Day) -> i32 {
        match self.unit {
            HorizonUnit::Days => day - self.zero,
            HorizonUnit::Months | HorizonUnit::Years => {
                let (months, days) = calendar::months_between(self.zero, day);
                months * MONTH + days
            }
        }
    }

    /// The day of a horizon.
    pub(crate) fn day(self, horizon: u32) -> Day {
        match self.unit {
            HorizonUnit::Days => self.zero + horizon as i32,
            HorizonUnit::Months => calendar::add_months(self.zero, horizon as i32),
            HorizonUnit::Years => calendar::add_months(self.zero, 12 * horizon as i32),
        }
    }
}

/// The tick of a horizon, the same for everyone.
pub(crate) fn horizon_tick(unit: HorizonUnit, horizon: u32) -> i32 {
    match unit {
        HorizonUnit::Days => horizon as i32,
        HorizonUnit::Months => MONTH * horizon as i32,
        HorizonUnit::Years => 12 * MONTH * horizon as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::day;

    #[test]
    fn ticks_rise_with_the_days_and_meet_at_the_horizons() {
        for zero in [
            day(2024, 1, 31),
            day(2024, 2, 29),
            day(2023, 3, 15),
            day(2023, 12, 31),
        ] {
            let clock = Clock::new(zero, HorizonUnit::Months);
            assert_eq!(clock.tick(zero), 0);
            for d in zero..zero + 1500 {
                assert!(clock.tick(d) < clock.tick(d + 1));
            }
            for horizon in 1..48 {
                let tick = horizon_tick(HorizonUnit::Months, horizon);
                assert_eq!(clock.tick(clock.day(horizon)), tick);
                assert!(clock.tick(clock.day(horizon) - 1) < tick);
            }
        }
    }
}
