//! Which column of a file is which field of a register.

use super::fields::Kind;
use super::mapping::Delivery;
use crate::error::{Error, Result};

/// The column of each field of the register, in their order; none where an
/// optional field has no column. `fixed` are fields known from elsewhere.
///
/// # Errors
/// [`Error::Table`] naming the file, the field and the candidates where a
/// required field has no column, a named column is not there, or several
/// columns could be meant.
pub(super) fn resolve(
    file: &str,
    names: &[String],
    delivery: &Delivery,
) -> Result<Vec<Option<usize>>> {
    let kind: Kind = delivery.register;
    let lower: Vec<String> = names.iter().map(|n| n.trim().to_lowercase()).collect();
    kind.fields()
        .iter()
        .map(|field| {
            let fail = |problem: String, hint: String| {
                Err(Error::table(
                    kind.name(),
                    Some(field.name),
                    format!("{file} {problem}"),
                    hint,
                ))
            };
            if let Some(named) = delivery.columns.get(field.name) {
                let wanted = named.trim().to_lowercase();
                return match lower.iter().position(|n| *n == wanted) {
                    Some(index) => Ok(Some(index)),
                    None => fail(
                        format!("has no column `{named}`, which the mapping names"),
                        format!("its columns are {}", candidates(&wanted, names)),
                    ),
                };
            }
            let found: Vec<usize> = (0..lower.len())
                .filter(|i| lower[*i] == field.name || field.aliases.contains(&lower[*i].as_str()))
                .collect();
            match found.as_slice() {
                [] if field.required => fail(
                    "has no column for it".into(),
                    format!(
                        "name it in the mapping, as columns = {{ {} = \"…\" }}; candidates are {}",
                        field.name,
                        candidates(field.aliases.first().unwrap_or(&field.name), names)
                    ),
                ),
                [] => Ok(None),
                [one] => Ok(Some(*one)),
                several => fail(
                    "has several columns for it".into(),
                    format!(
                        "say in the mapping which is meant: {}",
                        several
                            .iter()
                            .map(|i| format!("`{}`", names[*i]))
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                ),
            }
        })
        .collect()
}

/// The names nearest to the one wanted, at most eight.
fn candidates(wanted: &str, names: &[String]) -> String {
    let mut near: Vec<(usize, &String)> = names
        .iter()
        .map(|n| (strsim::osa_distance(wanted, &n.to_lowercase()), n))
        .collect();
    near.sort();
    let shown: Vec<String> = near.iter().take(8).map(|(_, n)| format!("`{n}`")).collect();
    match names.len().saturating_sub(8) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn delivery(columns: &[(&str, &str)]) -> Delivery {
        Delivery {
            register: Kind::Dod,
            files: vec!["dod.csv".into()],
            encoding: super::super::Encoding::Utf8,
            columns: columns
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect(),
            only: BTreeMap::new(),
            reference: None,
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn names_in_any_case_and_aliases_are_found() {
        let found = |n: &[&str], d: &Delivery| resolve("dod.csv", &names(n), d).unwrap();
        assert_eq!(
            found(&["DODDATO", "x", "PNR"], &delivery(&[])),
            [Some(2), Some(0)]
        );
        assert_eq!(
            found(&["person", "Date"], &delivery(&[])),
            [Some(0), Some(1)]
        );
        let named = delivery(&[("date", "Dead_On")]);
        assert_eq!(
            found(&["pnr", "doddato", "dead_on"], &named),
            [Some(0), Some(2)]
        );
    }

    #[test]
    fn what_cannot_be_told_names_the_candidates() {
        let error =
            |n: &[&str], d: &Delivery| resolve("dod.csv", &names(n), d).unwrap_err().to_string();
        let missing = error(&["pnr", "dod_dato"], &delivery(&[]));
        assert!(
            missing.contains("column `date`") && missing.contains("`dod_dato`"),
            "{missing}"
        );
        let several = error(&["pnr", "date", "doddato"], &delivery(&[]));
        assert!(several.contains("`date`, `doddato`"), "{several}");
        let wrong = error(&["pnr", "doddato"], &delivery(&[("date", "died")]));
        assert!(wrong.contains("no column `died`"), "{wrong}");
    }
}
