//! Numbers as a Danish or an English reader writes them.
//!
//! A report mixes thousands of kroner with per cent, and the two languages
//! swap the meaning of point and comma: `1.234` is a thousand in one and a
//! little over one in the other. Every figure in a chart therefore goes
//! through here. A value that is not finite is written as an en dash, so that
//! what is missing can be told from zero.

/// The language of numbers and of the few words a chart supplies itself.
///
/// ```
/// use boligspor_chart::Lang;
///
/// assert_eq!(Lang::Da.number(-1_234_567.89, 1), "−1.234.567,9");
/// assert_eq!(Lang::En.number(-1_234_567.89, 1), "−1,234,567.9");
/// assert_eq!(Lang::Da.percent(0.123, 1), "12,3\u{a0}%");
/// assert_eq!(Lang::En.percent(0.123, 1), "12.3%");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Lang {
    /// Danish: `1.234,5` and `12,3 %`.
    #[default]
    Da,
    /// English: `1,234.5` and `12.3%`.
    En,
}

/// From here on a number no longer fits beside a chart, and its last figures
/// are no longer its own; it is written with an exponent.
const TOO_LONG: f64 = 1e15;

/// What stands for a value that is missing or not finite.
pub(crate) const MISSING: &str = "–";

impl Lang {
    /// A number with `decimals` decimals and thousands set apart.
    ///
    /// Negative numbers carry a true minus sign, and what rounds to zero is
    /// written without one.
    pub fn number(self, value: f64, decimals: usize) -> String {
        if !value.is_finite() {
            return MISSING.to_owned();
        }
        let (point, comma) = match self {
            Self::Da => (',', '.'),
            Self::En => ('.', ','),
        };
        if value.abs() >= TOO_LONG {
            return format!("{value:.1e}")
                .replace('.', &point.to_string())
                .replace('-', "−");
        }
        let plain = format!("{:.decimals$}", value.abs());
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let negative = value < 0.0 && plain.bytes().any(|b| b.is_ascii_digit() && b != b'0');
        let mut text = String::with_capacity(plain.len() * 4 / 3 + 4);
        if negative {
            text.push('−');
        }
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                text.push(comma);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(point);
            text.push_str(fraction);
        }
        text
    }

    /// A whole number with thousands set apart.
    ///
    /// ```
    /// assert_eq!(boligspor_chart::Lang::Da.count(12_345), "12.345");
    /// ```
    pub fn count(self, value: u64) -> String {
        let comma = match self {
            Self::Da => '.',
            Self::En => ',',
        };
        let plain = value.to_string();
        let mut text = String::with_capacity(plain.len() * 4 / 3 + 1);
        for (i, digit) in plain.chars().enumerate() {
            if i > 0 && (plain.len() - i).is_multiple_of(3) {
                text.push(comma);
            }
            text.push(digit);
        }
        text
    }

    /// A proportion between 0 and 1 as per cent.
    pub fn percent(self, share: f64, decimals: usize) -> String {
        if !share.is_finite() {
            return MISSING.to_owned();
        }
        let number = self.number(share * 100.0, decimals);
        match self {
            Self::Da => format!("{number}\u{a0}%"),
            Self::En => format!("{number}%"),
        }
    }

    /// An interval, `low–high`, without unit; with "to" where a minus sign
    /// would be read together with the dash.
    ///
    /// ```
    /// use boligspor_chart::Lang;
    ///
    /// assert_eq!(Lang::Da.interval(1.25, 2.5, 1), "1,2–2,5");
    /// assert_eq!(Lang::En.interval(-1.0, 2.0, 0), "−1 to 2");
    /// ```
    pub fn interval(self, low: f64, high: f64, decimals: usize) -> String {
        let (low_text, high_text) = (self.number(low, decimals), self.number(high, decimals));
        if low < 0.0 || high < 0.0 {
            let to = self.pick("til", "to");
            format!("{low_text} {to} {high_text}")
        } else {
            format!("{low_text}–{high_text}")
        }
    }

    /// One of the words a chart supplies itself.
    pub(crate) fn pick(self, danish: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Da => danish,
            Self::En => english,
        }
    }

    /// The language's tag in BCP 47, for `lang` and `xml:lang`.
    pub(crate) fn tag(self) -> &'static str {
        self.pick("da", "en")
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn thousands_are_set_apart_only_where_there_are_some() {
        assert_eq!(Lang::Da.number(0.0, 0), "0");
        assert_eq!(Lang::Da.number(999.0, 0), "999");
        assert_eq!(Lang::Da.number(1_000.0, 0), "1.000");
        assert_eq!(Lang::En.number(1_234_567.0, 0), "1,234,567");
        assert_eq!(Lang::Da.number(999.999, 2), "1.000,00");
    }

    #[test]
    fn what_rounds_to_zero_has_no_minus_sign() {
        assert_eq!(Lang::Da.number(-0.04, 1), "0,0");
        assert_eq!(Lang::Da.number(-0.06, 1), "−0,1");
    }

    #[test]
    fn what_is_not_finite_is_a_dash() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Lang::En.number(value, 1), "–");
            assert_eq!(Lang::En.percent(value, 1), "–");
        }
    }

    #[test]
    fn a_number_too_long_to_write_out_has_an_exponent() {
        assert_eq!(Lang::Da.number(-1.2e300, 0), "−1,2e300");
        assert_eq!(
            Lang::En.number(999_999_999_999_999.0, 0),
            "999,999,999,999,999"
        );
    }

    #[test]
    fn counts_and_numbers_agree() {
        for n in [0, 7, 12, 123, 1_234, 12_345, 123_456, 1_234_567] {
            assert_eq!(Lang::Da.count(n), Lang::Da.number(n as f64, 0));
            assert_eq!(Lang::En.count(n), Lang::En.number(n as f64, 0));
        }
    }
}
