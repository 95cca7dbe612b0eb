//! Civil days as day numbers, and the anniversary rule.
//!
//! Registers count in days, so a day is an `i32`: the number of days since
//! 1970-01-01, the same number that Arrow and polars store for a `Date`.
//! Intervals are half-open, `[start, end)`, everywhere.
//!
//! The conversions between a day number and a civil date are written out here
//! (after Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013) since
//! each person's follow-up needs dozens of anniversaries; they are tested
//! against `jiff` day by day over eight centuries.

use std::fmt;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::lang::Lang;

/// A civil day: days since 1970-01-01.
pub type Day = i32;

/// "No such day in sight": the end of an ongoing stay, the death of someone alive.
pub const NEVER: Day = i32::MAX;

/// A civil date as year, month and day of month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// Year, such as 2023.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
}

/// The civil date of a day number.
///
/// ```
/// let c = boligspor::calendar::civil(19_723);
/// assert_eq!((c.year, c.month, c.day), (2024, 1, 1));
/// ```
pub fn civil(day: Day) -> Civil {
    // Eras of 400 years (146,097 days), counted from 0000-03-01.
    let z = i64::from(day) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    Civil {
        year: (yoe + era * 400 + i64::from(month <= 2)) as i32,
        month: month as u32,
        day: (doy - (153 * mp + 2) / 5 + 1) as u32,
    }
}

/// The day number of a civil date. The date must exist; see [`parse`] for text.
///
/// ```
/// assert_eq!(boligspor::calendar::day(2024, 1, 1), 19_723);
/// ```
pub fn day(year: i32, month: u32, day: u32) -> Day {
    let y = i64::from(year) - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = i64::from(if month > 2 { month - 3 } else { month + 9 });
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    (era * 146_097 + doe - 719_468) as Day
}

/// The number of days in a month.
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Whether a year has 366 days.
pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The monthly anniversary: the same day of the month `months` later (earlier
/// when negative), or the last day of that month where it has no such day.
///
/// So 31 January plus one month is 28 or 29 February, and 29 February plus
/// twelve months is 28 February. Every anniversary is counted from the start
/// itself, never from another anniversary, so that nothing drifts.
///
/// ```
/// use boligspor::calendar::{add_months, day};
/// assert_eq!(add_months(day(2024, 1, 31), 1), day(2024, 2, 29));
/// assert_eq!(add_months(day(2024, 2, 29), 12), day(2025, 2, 28));
/// assert_eq!(add_months(day(2024, 1, 31), 2), day(2024, 3, 31));
/// ```
pub fn add_months(start: Day, months: i32) -> Day {
    let c = civil(start);
    let index = c.year * 12 + c.month as i32 - 1 + months;
    let (year, month) = (index.div_euclid(12), index.rem_euclid(12) as u32 + 1);
    day(year, month, c.day.min(days_in_month(year, month)))
}

/// Full months from `start` to `end` by the anniversary rule, and the days
/// left over: the largest `m` with `add_months(start, m) <= end`.
///
/// ```
/// use boligspor::calendar::{day, months_between};
/// assert_eq!(months_between(day(2024, 1, 31), day(2024, 2, 29)), (1, 0));
/// assert_eq!(months_between(day(2024, 1, 31), day(2024, 2, 28)), (0, 28));
/// ```
pub fn months_between(start: Day, end: Day) -> (i32, i32) {
    let (a, b) = (civil(start), civil(end));
    let mut months = (b.year - a.year) * 12 + b.month as i32 - a.month as i32;
    // The calendar months apart overshoot by at most one.
    if add_months(start, months) > end {
        months -= 1;
    }
    (months, end - add_months(start, months))
}

/// Full years from birth to a day: age in the civil sense.
pub fn age(birth: Day, on: Day) -> i32 {
    months_between(birth, on).0.div_euclid(12)
}

/// Reads an ISO date (`2023-12-31`); `None` where the text is no such date.
///
/// ```
/// use boligspor::calendar::{day, parse};
/// assert_eq!(parse("2024-02-29"), Some(day(2024, 2, 29)));
/// assert_eq!(parse("2023-02-29"), None);
/// ```
pub fn parse(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        bytes[range].iter().try_fold(0u32, |acc, b| {
            b.is_ascii_digit().then(|| acc * 10 + u32::from(b - b'0'))
        })
    };
    let (y, m, d) = (number(0..4)? as i32, number(5..7)?, number(8..10)?);
    ((1..=12).contains(&m) && d >= 1 && d <= days_in_month(y, m)).then(|| day(y, m, d))
}

/// A day as ISO text.
pub fn format(day: Day) -> String {
    let c = civil(day);
    format!("{:04}-{:02}-{:02}", c.year, c.month, c.day)
}

/// A date in a study file or a result: a day that is written `2023-12-31`.
///
/// In TOML it may be written as a date or as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub Day);

impl Date {
    /// The date as prose writes it: `31. december 2023` in Danish, the ISO form
    /// in English, where day and month are written in either order.
    ///
    /// ```
    /// use boligspor::{Lang, calendar::{Date, day}};
    /// assert_eq!(Date(day(2023, 12, 31)).written(Lang::Da), "31. december 2023");
    /// assert_eq!(Date(day(2023, 12, 31)).written(Lang::En), "2023-12-31");
    /// ```
    pub fn written(self, lang: Lang) -> String {
        const MONTHS: [&str; 12] = [
            "januar",
            "februar",
            "marts",
            "april",
            "maj",
            "juni",
            "juli",
            "august",
            "september",
            "oktober",
            "november",
            "december",
        ];
        let c = civil(self.0);
        match lang {
            Lang::Da => format!("{}. {} {}", c.day, MONTHS[c.month as usize - 1], c.year),
            Lang::En => format(self.0),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format(self.0))
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Toml(toml::value::Datetime),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Toml(date) => date.to_string(),
        };
        parse(&text)
            .map(Self)
            .ok_or_else(|| D::Error::custom("not a date such as 2023-12-31"))
    }
}

impl JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
    }
}

/// A `jiff` date as a day number.
///
/// ```
/// use boligspor::calendar::{day, from_jiff};
/// assert_eq!(from_jiff(jiff::civil::date(2024, 1, 1)), day(2024, 1, 1));
/// ```
pub fn from_jiff(date: jiff::civil::Date) -> Day {
    day(
        i32::from(date.year()),
        date.month() as u32,
        date.day() as u32,
    )
}

/// Reads an option that must be an ISO date.
///
/// # Errors
/// [`Error::Option`] naming the option, without its value.
pub fn parse_option(name: &str, text: &str) -> Result<Day> {
    parse(text).ok_or_else(|| {
        Error::option(
            name,
            "is not a date",
            "write it as YYYY-MM-DD, such as 2023-12-31",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    #[test]
    fn civil_agrees_with_jiff_day_by_day() {
        let mut date = jiff::civil::date(1600, 1, 1);
        let mut number = from_jiff(date);
        while date < jiff::civil::date(2400, 1, 1) {
            let c = civil(number);
            assert_eq!(
                (c.year, c.month, c.day),
                (
                    i32::from(date.year()),
                    date.month() as u32,
                    date.day() as u32
                )
            );
            assert_eq!(from_jiff(date), number);
            date = date.tomorrow().unwrap();
            number += 1;
        }
    }

    #[test]
    fn anniversaries_agree_with_jiff() {
        for offset in (0..1500).step_by(7) {
            let start = day(2019, 1, 1) + offset;
            let c = civil(start);
            let date = jiff::civil::date(c.year as i16, c.month as i8, c.day as i8);
            for months in -40..=40 {
                assert_eq!(
                    add_months(start, months),
                    from_jiff(date.checked_add(months.months()).unwrap())
                );
            }
        }
    }

    #[test]
    fn months_between_is_the_largest_anniversary_passed() {
        for s in 0..120 {
            let start = day(2023, 12, 20) + s;
            for e in 0..800 {
                let (m, d) = months_between(start, start + e);
                assert!(add_months(start, m) <= start + e && add_months(start, m + 1) > start + e);
                assert_eq!(add_months(start, m) + d, start + e);
            }
        }
    }

    #[test]
    fn text_that_is_no_date_is_refused() {
        for bad in [
            "",
            "2023-13-01",
            "2023-00-10",
            "2023-01-00",
            "20230101",
            "2023-1-01",
            "abcd-ef-gh",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(format(parse("1999-12-31").unwrap()), "1999-12-31");
    }
}
