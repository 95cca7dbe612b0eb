//! A column's values over one batch of rows.

use std::borrow::Cow;

/// The day that stands for a missing one.
pub const NO_DAY: i32 = i32::MIN;

/// The whole number that stands for a missing one.
pub const NO_WHOLE: i64 = i64::MIN;

/// Texts one after the other, their ends beside them. An empty one is missing:
/// SAS and CSV know no other way to say so.
///
/// ```
/// let texts: boligspor_files::Texts = [Some("a"), None, Some("bc")].into_iter().collect();
/// assert_eq!((texts.get(0), texts.get(1), texts.get(2)), (Some("a"), None, Some("bc")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    ends: Vec<u32>,
    all: String,
}

impl Texts {
    /// Adds one text, without the blanks around it.
    pub fn push(&mut self, text: &str) {
        // Most texts have no blanks around them, which two of their bytes tell.
        let solid = |b: Option<&u8>| b.is_some_and(u8::is_ascii_graphic);
        let bytes = text.as_bytes();
        let bare = solid(bytes.first()) && solid(bytes.last());
        self.all.push_str(if bare { text } else { text.trim() });
        self.ends.push(self.all.len() as u32);
    }

    /// The text of a row; none where it is missing.
    pub fn get(&self, row: usize) -> Option<&str> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        let text = &self.all[start as usize..self.ends[row] as usize];
        (!text.is_empty()).then_some(text)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes held, for those who fill batches to a size.
    pub(crate) fn bytes(&self) -> usize {
        self.all.len()
    }
}

impl<'a> FromIterator<Option<&'a str>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(texts: I) -> Self {
        let mut all = Self::default();
        for text in texts {
            all.push(text.unwrap_or_default());
        }
        all
    }
}

/// The values of one column. Missing ones: no text, [`NO_WHOLE`], NaN,
/// [`NO_DAY`].
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Text.
    Text(Texts),
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Numbers.
    Number(Vec<f64>),
    /// Civil days since 1970-01-01.
    Day(Vec<i32>),
}

impl Values {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(v) => v.len(),
            Self::Whole(v) => v.len(),
            Self::Number(v) => v.len(),
            Self::Day(v) => v.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row as text: whole numbers without a fraction. None where it is
    /// missing, and for days.
    pub fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(v) => v.get(row).map(Cow::Borrowed),
            Self::Day(_) => None,
            Self::Number(v) if !v[row].is_nan() && v[row].fract() != 0.0 => {
                Some(Cow::Owned(v[row].to_string()))
            }
            _ => self.whole(row).map(|n| Cow::Owned(n.to_string())),
        }
    }

    /// A row as a whole number; none where it is missing or no such.
    pub fn whole(&self, row: usize) -> Option<i64> {
        match self {
            Self::Text(v) => v.get(row)?.parse().ok(),
            Self::Whole(v) => (v[row] != NO_WHOLE).then_some(v[row]),
            // Beyond 2^53 a double no longer tells neighbours apart.
            Self::Number(v) => {
                (v[row].fract() == 0.0 && v[row].abs() < 9.0e15).then_some(v[row] as i64)
            }
            Self::Day(_) => None,
        }
    }

    /// Whether a row's value is missing.
    pub fn missing(&self, row: usize) -> bool {
        match self {
            Self::Text(v) => v.get(row).is_none(),
            Self::Whole(v) => v[row] == NO_WHOLE,
            Self::Number(v) => v[row].is_nan(),
            Self::Day(v) => v[row] == NO_DAY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_are_missing_in_every_form() {
        let all = [
            Values::Text([Some("7"), None].into_iter().collect()),
            Values::Whole(vec![7, NO_WHOLE]),
            Values::Number(vec![7.0, f64::NAN]),
        ];
        for values in all {
            assert_eq!(values.whole(0), Some(7));
            assert_eq!(values.text(0).as_deref(), Some("7"));
            assert!(!values.missing(0) && values.missing(1));
            assert_eq!((values.whole(1), values.text(1)), (None, None));
        }
        let half = Values::Number(vec![0.5]);
        assert_eq!(
            (half.whole(0), half.text(0).as_deref()),
            (None, Some("0.5"))
        );
    }

    #[test]
    fn blanks_around_a_text_are_not_part_of_it() {
        let mut texts = Texts::default();
        texts.push("  å ");
        texts.push("   ");
        assert_eq!((texts.get(0), texts.get(1)), (Some("å"), None));
    }
}
