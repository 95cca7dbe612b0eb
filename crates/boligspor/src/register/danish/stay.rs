//! A stay before it becomes a row.

use super::super::deliveries::{ImportLog, NO_ID, Row};
use crate::calendar::{Day, NEVER};
use crate::state::State;

/// No municipality.
pub(super) const NOWHERE: u16 = 0;

/// A stay of a numbered person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) person: u32,
    pub(super) start: Day,
    /// [`NEVER`] while ongoing.
    pub(super) end: Day,
    /// The first day on which it can have begun, where the source does not
    /// tell: never after `start`.
    pub(super) start_earliest: Day,
    /// The first day on which it can have ended, never after `end`.
    pub(super) end_earliest: Day,
    pub(super) state: State,
    pub(super) municipality: u16,
    /// The address, by number; [`NO_ID`] where there is none.
    pub(super) dwelling: u32,
    pub(super) source: &'static str,
}

impl Stay {
    /// A stay whose dates are known.
    pub(super) fn new(
        person: u32,
        start: Day,
        end: Day,
        state: State,
        source: &'static str,
    ) -> Self {
        Self {
            person,
            start,
            end,
            start_earliest: start,
            end_earliest: end,
            state,
            municipality: NOWHERE,
            dwelling: NO_ID,
            source,
        }
    }

    pub(super) fn at(self, municipality: u16) -> Self {
        Self {
            municipality,
            ..self
        }
    }
}

/// A row's code of three digits; [`NOWHERE`] where there is none, counted where it
/// is no code.
pub(super) fn municipality(
    row: &Row<'_>,
    field: usize,
    register: &'static str,
    log: &mut ImportLog,
) -> u16 {
    let code = row.whole(field).map(|code| code.map(u16::try_from));
    match code {
        Ok(None) => NOWHERE,
        Ok(Some(Ok(code))) => code,
        Ok(Some(Err(_))) | Err(_) => {
            let done = "is no code of three digits; taken as missing";
            log.add(register, "municipality", done, None, 1);
            NOWHERE
        }
    }
}

/// Days of `[start, end)` before `until`.
pub(super) fn nights(start: Day, end: Day, until: Day) -> i64 {
    let end = if end == NEVER { until } else { end.min(until) };
    (i64::from(end) - i64::from(start)).max(0)
}
