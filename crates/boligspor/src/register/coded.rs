//! Labels as numbers: a column that names groups, read part by part.
//!
//! States, sources, categories and municipalities repeat over millions of rows.
//! As text each row holds sixteen bytes of them and every rule reads them anew;
//! as numbers it holds two, and each label is looked at once.

use hashbrown::HashMap;
use polars::prelude::StringChunked;

use super::table::Table;
use crate::error::{Error, Result};

/// A column of labels.
#[derive(Clone, Debug, Default)]
pub(super) struct Coded {
    /// Each row's label as an index into `names`.
    pub(super) codes: Vec<u16>,
    /// The labels in alphabetical order; the one without a name, which is the
    /// first, stands for "missing".
    pub(super) names: Vec<String>,
}

impl Coded {
    /// Rows of each label.
    pub(super) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.names.len()];
        for code in &self.codes {
            counts[usize::from(*code)] += 1;
        }
        counts
    }

    /// Rows without a label.
    pub(super) fn missing(&self) -> usize {
        match self.names.first() {
            Some(name) if name.is_empty() => self.codes.iter().filter(|c| **c == 0).count(),
            _ => 0,
        }
    }

    /// What each label is, by `read`, for each row.
    pub(super) fn each<T: Copy + Send + Sync>(&self, read: impl Fn(&str) -> T) -> Vec<T> {
        let of: Vec<T> = self.names.iter().map(|name| read(name)).collect();
        self.codes.iter().map(|c| of[usize::from(*c)]).collect()
    }
}

/// A column of labels in the making.
#[derive(Default)]
pub(super) struct Coder {
    codes: Vec<u16>,
    seen: HashMap<String, u16>,
    names: Vec<String>,
}

impl Coder {
    /// Takes the labels of some more rows; a missing one is that without a name.
    ///
    /// # Errors
    /// [`Error::Table`] where there are more labels than any grouping has.
    pub(super) fn take(&mut self, labels: &StringChunked, table: Table, name: &str) -> Result<()> {
        self.codes.reserve(labels.len());
        // Neighbours are mostly alike.
        let mut last: Option<(&str, u16)> = None;
        for array in labels.downcast_iter() {
            for label in array.iter().map(Option::unwrap_or_default) {
                let code = match last {
                    Some((text, code)) if text == label => code,
                    _ => self.code(label, table, name)?,
                };
                last = Some((label, code));
                self.codes.push(code);
            }
        }
        Ok(())
    }

    fn code(&mut self, label: &str, table: Table, name: &str) -> Result<u16> {
        if let Some(code) = self.seen.get(label) {
            return Ok(*code);
        }
        let Ok(code) = u16::try_from(self.names.len()) else {
            return Err(Error::table(
                table.name(),
                Some(name),
                "has more than 65,535 different values",
                "it names groups, not single rows; use coarser ones",
            ));
        };
        self.names.push(label.to_owned());
        self.seen.insert(label.to_owned(), code);
        Ok(code)
    }

    /// The whole column.
    pub(super) fn finish(self) -> Coded {
        let Self {
            mut codes, names, ..
        } = self;
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_unstable_by_key(|i| &names[*i]);
        let mut rank = vec![0u16; names.len()];
        for (new, old) in order.iter().enumerate() {
            rank[*old] = new as u16;
        }
        for code in &mut codes {
            *code = rank[usize::from(*code)];
        }
        codes.shrink_to_fit();
        let mut sorted: Vec<String> = order.into_iter().map(|i| names[i].clone()).collect();
        if sorted.is_empty() {
            sorted.push(String::new());
        }
        Coded {
            codes,
            names: sorted,
        }
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{NamedFrom, Series};

    use super::*;

    fn coded(parts: &[&[Option<&str>]]) -> Coded {
        let mut coder = Coder::default();
        for part in parts {
            let series = Series::new("state".into(), *part);
            coder
                .take(series.str().unwrap(), Table::Stays, "state")
                .unwrap();
        }
        coder.finish()
    }

    #[test]
    fn labels_are_in_order_whatever_the_parts() {
        let whole = [Some("b"), None, Some("a"), Some("b"), Some("c")];
        let one = coded(&[&whole]);
        assert_eq!(one.names, ["", "a", "b", "c"]);
        assert_eq!(one.codes, [2, 0, 1, 2, 3]);
        assert_eq!((one.counts(), one.missing()), (vec![1, 1, 2, 1], 1));
        assert_eq!(one.each(str::len), [1, 0, 1, 1, 1]);
        let two = coded(&[&whole[..2], &[], &whole[2..]]);
        assert_eq!((two.codes, two.names), (one.codes, one.names));
        assert_eq!(coded(&[]).names, [""]);
        assert_eq!(coded(&[&[Some("a")]]).missing(), 0);
    }

    #[test]
    fn a_column_that_names_single_rows_is_refused() {
        let many: Vec<String> = (0..=u32::from(u16::MAX) + 1)
            .map(|i| i.to_string())
            .collect();
        let series = Series::new("source".into(), many);
        let error = Coder::default()
            .take(series.str().unwrap(), Table::Stays, "source")
            .unwrap_err()
            .to_string();
        assert!(error.contains("more than 65,535"), "{error}");
    }
}
