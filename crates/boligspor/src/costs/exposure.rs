//! When a person can cost anything that the register would show.

use super::spec::{CostSpec, Period};
use crate::calendar::{self, Day};
use crate::state::State;
use crate::timeline::Track;

/// The first days of the relative periods, and the first day after the last.
pub(super) fn boundaries(spec: &CostSpec, zero: Day, out: &mut Vec<Day>) {
    out.clear();
    out.extend((spec.first..=spec.last + 1).map(|k| start(spec, zero, k)));
}

/// The first day of the first relative period and the first day after the last.
pub(super) fn outer(spec: &CostSpec, zero: Day) -> (Day, Day) {
    (
        start(spec, zero, spec.first),
        start(spec, zero, spec.last + 1),
    )
}

/// The first day of relative period `k`.
fn start(spec: &CostSpec, zero: Day, k: i32) -> Day {
    match spec.period {
        Period::CalendarYear => calendar::day(calendar::civil(zero).year + k, 1, 1),
        period => calendar::add_months(zero, k * period.months()),
    }
}

/// The days `[from, until)` around time zero on which a person is observed.
///
/// Death ends exposure; emigration and the end of observation censor it; what
/// lies before the register's first day, before birth, or before the return
/// from a stay abroad ahead of time zero is not observed.
pub(super) fn window(
    track: Track<'_>,
    zero: Day,
    observed_from: Day,
    birth: Day,
    until: Day,
) -> (Day, Day) {
    let known_birth = if birth == calendar::NEVER {
        Day::MIN
    } else {
        birth
    };
    let mut from = observed_from.max(known_birth);
    let mut end = until;
    for segment in track.known() {
        if !matches!(segment.state, State::Dead | State::Abroad) {
            continue;
        }
        if segment.end <= zero {
            from = from.max(segment.end);
        } else {
            end = end.min(segment.start);
            break;
        }
    }
    (from.min(end), end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::day;

    #[test]
    fn years_are_counted_from_time_zero_or_by_the_calendar() {
        let mut out = Vec::new();
        let zero = day(2020, 2, 29);
        boundaries(
            &CostSpec {
                first: -1,
                last: 1,
                ..CostSpec::default()
            },
            zero,
            &mut out,
        );
        assert_eq!(
            out,
            [day(2019, 2, 28), zero, day(2021, 2, 28), day(2022, 2, 28)]
        );
        let calendar = CostSpec {
            period: Period::CalendarYear,
            first: -1,
            last: 0,
            ..CostSpec::default()
        };
        boundaries(&calendar, zero, &mut out);
        assert_eq!(out, [day(2019, 1, 1), day(2020, 1, 1), day(2021, 1, 1)]);
    }
}
