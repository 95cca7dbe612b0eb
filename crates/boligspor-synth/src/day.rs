//! Days as numbers: days since 1970-01-01, as Arrow and polars store a date.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// Days since 1970-01-01.
pub(crate) type Day = i32;

/// Days until the 18th birthday, and so the first adult day in the model.
pub(crate) const ADULT: Day = 6_575;

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The day number of a date.
pub(crate) fn number(date: Date) -> Day {
    EPOCH.until(date).map_or(0, |s| s.get_days())
}

/// The date of a day number.
pub(crate) fn date(day: Day) -> Date {
    EPOCH.saturating_add(day.days())
}

/// 1 January of a year.
pub(crate) fn new_year(year: i32) -> Day {
    // Hinnant's count of days, for 1 January: every leap year before it adds one.
    let y = i64::from(year) - 1;
    let leaps = y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400);
    (i64::from(year) * 365 + leaps - 719_527) as Day
}

/// The year of a day.
pub(crate) fn year(day: Day) -> i32 {
    let guess = 1970 + (f64::from(day) / 365.2425).floor() as i32;
    if day < new_year(guess) {
        guess - 1
    } else if day >= new_year(guess + 1) {
        guess + 1
    } else {
        guess
    }
}

/// The monthly anniversary: the same day of the month, or the month's last.
pub(crate) fn add_months(day: Day, months: i32) -> Day {
    number(date(day).saturating_add(Span::new().months(months)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_agree_with_jiff_on_every_day() {
        for day in new_year(1900)..new_year(2101) {
            let date = date(day);
            assert_eq!(year(day), i32::from(date.year()), "{date}");
            assert_eq!(number(date), day);
        }
    }

    #[test]
    fn month_ends_saturate() {
        let d = |y, m, day| number(jiff::civil::date(y, m, day));
        assert_eq!(add_months(d(2024, 1, 31), 1), d(2024, 2, 29));
        assert_eq!(add_months(d(2024, 2, 29), 12), d(2025, 2, 28));
        assert_eq!(add_months(d(2020, 5, 7), -12), d(2019, 5, 7));
    }
}
