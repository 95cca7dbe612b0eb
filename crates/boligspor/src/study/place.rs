//! From a byte of the study file to the line and key a person can find, and back.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The line of a byte, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    let upto = text.get(..at).unwrap_or(text);
    upto.split('\n').count()
}

/// The innermost key whose value covers a span, as a dotted path such as
/// `retention[0].horizons`; `None` where no key does.
pub(super) fn key_at(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        if let Some(rest) = within(value, span) {
            return Some(format!("{name}{rest}"));
        }
    }
    None
}

fn within(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<String> {
    let inner = match value.get_ref() {
        DeValue::Table(table) => key_at(table, span).map(|key| format!(".{key}")),
        DeValue::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(i, item)| within(item, span).map(|rest| format!("[{i}]{rest}"))),
        _ => None,
    };
    let own = value.span();
    inner.or_else(|| (own.start <= span.start && span.end <= own.end).then(String::new))
}

/// The byte at which a dotted path stands, or the innermost part of it that
/// does stand in the file.
pub(super) fn offset_of(table: &DeTable<'_>, path: &str) -> Option<usize> {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, index) = match head.split_once('[') {
        Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
        None => (head, None),
    };
    let (key, value) = table.iter().find(|(k, _)| k.get_ref().as_ref() == name)?;
    let (at, value) = match (index, value.get_ref()) {
        (Some(i), DeValue::Array(items)) => {
            let item = items.get(i)?;
            (item.span().start, item.get_ref())
        }
        (_, value) => (key.span().start, value),
    };
    match value {
        DeValue::Table(inner) if !rest.is_empty() => Some(offset_of(inner, rest).unwrap_or(at)),
        _ => Some(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "version = 1\n[cohort]\nfrom = 2013-01-01\n\n[[retention]]\nname = 'a'\n[[retention]]\nhorizons = [12, 'x']\n";

    #[test]
    fn a_span_is_told_as_key_and_line() {
        let table = DeTable::parse(TEXT).unwrap();
        let at = TEXT.find("'x'").unwrap();
        assert_eq!(line(TEXT, at), 8);
        assert_eq!(
            key_at(table.get_ref(), &(at..at + 3)).unwrap(),
            "retention[1].horizons[1]"
        );
    }

    #[test]
    fn a_path_is_found_or_its_nearest_section() {
        let table = DeTable::parse(TEXT).unwrap();
        let found = |path| offset_of(table.get_ref(), path).map(|at| line(TEXT, at));
        assert_eq!(found("cohort.from"), Some(3));
        assert_eq!(found("cohort.to"), Some(2));
        assert_eq!(found("retention[1].horizons"), Some(8));
        assert_eq!(found("retention[1].name"), Some(7));
        assert_eq!(found("costs.first"), None);
    }
}
