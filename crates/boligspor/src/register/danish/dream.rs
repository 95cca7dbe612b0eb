//! DREAM: one row a person, one column a week, a benefit's code in each cell.
//!
//! Columns are named `y_YYWW` by ISO week; a year may have a week 53. A run of
//! weeks with codes of one group is a spell from the Monday of its first week
//! to the Monday after its last, exclusive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::deliveries::{ImportLog, Kind, NO_ID, Reader};
use super::people::People;
use super::services::Service;
use crate::calendar::{Day, civil, day};
use crate::error::{Error, Result};

/// A service, and the codes that mean it: data of the project, since no public
/// source lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeGroup {
    /// The service's name in `services` and `prices`.
    pub name: String,
    /// Its first code.
    pub from: u16,
    /// Its last code.
    pub to: u16,
}

/// The Monday of an ISO week; none where the year has no such week.
///
/// Week 1 is the one with 4 January in it (ISO 8601).
pub(super) fn monday(year: i32, week: u32) -> Option<Day> {
    // 1970-01-01 was a Thursday.
    let first = |year: i32| {
        let fourth = day(year, 1, 4);
        fourth - (fourth + 3).rem_euclid(7)
    };
    let monday = first(year) + 7 * (week as i32 - 1);
    (week >= 1 && monday < first(year + 1)).then_some(monday)
}

/// The Monday that a column's name tells: `y_YYWW`, in any case, a year below
/// 90 being of this century.
fn week_of(name: &str) -> Option<Day> {
    let digits = name.trim().strip_prefix(['y', 'Y'])?.strip_prefix('_')?;
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (yy, week): (i32, u32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    monday(if yy < 90 { 2000 + yy } else { 1900 + yy }, week)
}

/// Reads the register into spells of the groups.
pub(super) fn read(
    reader: &Reader<'_>,
    groups: &[CodeGroup],
    people: &mut People,
    log: &mut ImportLog,
) -> Result<Vec<Service>> {
    // A small table instead of a search for each of a billion cells.
    let mut group_of = vec![None; 1_000];
    for (i, group) in groups.iter().enumerate() {
        for code in group.from..=group.to {
            let Some(slot) = group_of.get_mut(usize::from(code)) else {
                return Err(Error::option(
                    format!("dream group `{}`", group.name),
                    "has a code above 999",
                    "codes have at most three digits",
                ));
            };
            if slot.is_some() {
                return Err(Error::option(
                    format!("dream group `{}`", group.name),
                    "has a code that another group has",
                    "let each code be in one group",
                ));
            }
            *slot = Some(i as u16);
        }
    }
    let mut weeks: Vec<(Day, usize)> = Vec::new();
    let mut services = Vec::new();
    // The two closures see the weeks of the file being read in turn.
    let shared = std::cell::RefCell::new(&mut weeks);
    reader.wide(
        Kind::Dream,
        &mut |names| {
            let mut found: Vec<(Day, usize)> = names
                .iter()
                .enumerate()
                .filter_map(|(i, name)| Some((week_of(name)?, i)))
                .collect();
            found.sort_unstable();
            if found.is_empty() {
                return Err(Error::table(
                    "dream",
                    None,
                    "a file has no column of a week, such as `y_2101`",
                    "deliver the columns under their own names",
                ));
            }
            let columns = found.iter().map(|(_, i)| *i).collect();
            **shared.borrow_mut() = found;
            Ok(columns)
        },
        &mut |rows, columns| {
            let weeks = shared.borrow();
            for (row, person) in people.of(rows, Kind::Dream, log).into_iter().enumerate() {
                if person == NO_ID {
                    continue;
                }
                let mut run: Option<(u16, Day, Day)> = None;
                for (column, &(monday, _)) in columns.iter().zip(weeks.iter()) {
                    let code = column.whole(row).and_then(|c| usize::try_from(c).ok());
                    let group = code.and_then(|c| group_of.get(c).copied().flatten());
                    match (&mut run, group) {
                        (Some((now, _, end)), Some(new)) if *now == new && *end == monday => {
                            *end = monday + 7;
                        }
                        (held, _) => {
                            if let Some((group, start, end)) = held.take() {
                                services.push(Service::spell(person, start, end, group));
                            }
                            *held = group.map(|g| (g, monday, monday + 7));
                        }
                    }
                }
                if let Some((group, start, end)) = run {
                    services.push(Service::spell(person, start, end, group));
                }
            }
            Ok(())
        },
    )?;
    Ok(newest(services, log))
}

/// Deliveries overlap: spells of one person and group that touch or overlap are
/// one.
fn newest(mut services: Vec<Service>, log: &mut ImportLog) -> Vec<Service> {
    services.sort_unstable_by_key(|s| (s.person, s.name, s.start, s.end));
    let mut joined: Vec<Service> = Vec::with_capacity(services.len());
    for service in services {
        match joined.last_mut() {
            Some(last)
                if (last.person, last.name) == (service.person, service.name)
                    && service.start <= last.end =>
            {
                let year = civil(service.start).year;
                log.add(
                    "dream",
                    "repeated",
                    "joined with a spell of another delivery",
                    Some(year),
                    1,
                );
                last.end = last.end.max(service.end);
            }
            _ => joined.push(service),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_are_iso_weeks() {
        // 2020 has a week 53, 2021 has none; 1 January 2021 lies in it.
        assert_eq!(monday(2020, 53), Some(day(2020, 12, 28)));
        assert_eq!(monday(2021, 1), Some(day(2021, 1, 4)));
        assert_eq!(monday(2021, 53), None);
        assert_eq!(monday(2021, 0), None);
        // Checked against jiff, week by week.
        for year in 1990..2090_i16 {
            for week in 1..=53_i8 {
                let iso = jiff::civil::ISOWeekDate::new(year, week, jiff::civil::Weekday::Monday);
                let wanted = iso.ok().map(|d| crate::calendar::from_jiff(d.date()));
                assert_eq!(
                    monday(i32::from(year), week as u32),
                    wanted,
                    "{year} {week}"
                );
            }
        }
    }

    #[test]
    fn columns_tell_their_week_and_century() {
        assert_eq!(week_of("y_2053"), monday(2020, 53));
        assert_eq!(week_of("Y_9132"), monday(1991, 32));
        assert_eq!(week_of("y_8901"), monday(2089, 1));
        for none in ["y_2153", "y_215", "z_2101", "y_21a1", "pnr"] {
            assert_eq!(week_of(none), None, "{none}");
        }
    }
}
