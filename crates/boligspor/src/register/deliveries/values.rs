//! Days as registers write them.

use boligspor_files::{NO_DAY, Values};

use crate::calendar::{self, Day};

/// What is in a cell that should hold a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// A day.
    Day(Day),
    /// Nothing.
    Missing,
    /// Something that is no day.
    Unreadable,
}

/// The first day of the years that registers write for "no end", such as 9999-12-31.
const FAR: Day = 2_524_593; // 8882-03-20

fn civil(year: i32, month: u32, day: u32) -> Option<Day> {
    ((1..=12).contains(&month) && day >= 1 && day <= calendar::days_in_month(year, month))
        .then(|| calendar::day(year, month, day))
}

/// A number written as year, month and day: 20211231.
fn compact(n: i64) -> Option<Day> {
    (10_000_000..100_000_000)
        .contains(&n)
        .then(|| {
            civil(
                (n / 10_000) as i32,
                (n / 100 % 100) as u32,
                (n % 100) as u32,
            )
        })
        .flatten()
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// A day as text: 2021-12-31, 31-12-2021, 31.12.2021, 31/12/2021, 20211231,
/// 31DEC2021; a time of day after it is dropped. The order is day, month, year
/// wherever the year stands last: Danish registers know no other.
pub(super) fn day(text: &str) -> Option<Day> {
    let date = text
        .split_once(['T', ' ', ':'])
        .map_or(text, |(date, _)| date);
    if let Some(day) = calendar::parse(date) {
        return Some(day);
    }
    if date.bytes().all(|b| b.is_ascii_digit()) {
        return date.parse().ok().and_then(compact);
    }
    if date.len() == 9 && date.is_ascii() {
        let month = date[2..5].to_ascii_lowercase();
        let month = MONTHS.iter().position(|m| *m == month)? as u32 + 1;
        return civil(date[5..].parse().ok()?, month, date[..2].parse().ok()?);
    }
    let separator = ['-', '.', '/'].into_iter().find(|s| date.contains(*s))?;
    let mut parts = date.split(separator);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || a.len() > 2 || b.len() > 2 || c.len() != 4 {
        return None;
    }
    civil(c.parse().ok()?, b.parse().ok()?, a.parse().ok()?)
}

/// The day in a cell of a column.
pub(super) fn cell(values: &Values, row: usize) -> Cell {
    if values.missing(row) {
        return Cell::Missing;
    }
    let read = match values {
        Values::Day(days) => (days[row] != NO_DAY).then_some(days[row]),
        Values::Text(texts) => texts.get(row).and_then(day),
        Values::Whole(_) | Values::Number(_) => values.whole(row).and_then(compact),
    };
    match read {
        // "Not ended yet" is written as a day that nobody will see.
        Some(day) if day >= FAR => Cell::Missing,
        Some(day) => Cell::Day(day),
        None => Cell::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danish_and_iso_days_are_the_same_day() {
        let wanted = Some(calendar::day(2021, 2, 3));
        for text in [
            "2021-02-03",
            "03-02-2021",
            "3-2-2021",
            "03.02.2021",
            "03/02/2021",
            "20210203",
            "03FEB2021",
            "2021-02-03T10:11:12",
            "2021-02-03 00:00:00",
            "03FEB2021:10:00:00",
        ] {
            assert_eq!(day(text), wanted, "{text}");
        }
        for bad in [
            "2021-13-01",
            "31-02-2021",
            "03-02-21",
            "1-1-1-2021",
            "x",
            "2021",
            "99FOO2021",
        ] {
            assert_eq!(day(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_end_that_nobody_will_see_is_no_end() {
        let texts = Values::Text(
            [Some("9999-12-31"), Some("oops"), None]
                .into_iter()
                .collect(),
        );
        assert_eq!(cell(&texts, 0), Cell::Missing);
        assert_eq!(cell(&texts, 1), Cell::Unreadable);
        assert_eq!(cell(&texts, 2), Cell::Missing);
        let numbers = Values::Whole(vec![20_210_203]);
        assert_eq!(cell(&numbers, 0), Cell::Day(calendar::day(2021, 2, 3)));
        assert_eq!(calendar::civil(FAR).year, 8882);
    }
}
