//! The mapping file: which files hold which register, and what their columns
//! are called.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fields::Kind;
use crate::calendar::Date;
use crate::error::{Error, Result};
use crate::register::Table;
use crate::register::danish::Options;

/// How the letters of CSV files are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    Utf8,
    /// Latin-1, as Windows writes it (Windows-1252).
    Latin1,
}

/// Some files of one register that have the same columns.
///
/// A register whose columns change between years has several, a later one in
/// the mapping being the newer delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The register.
    pub register: Kind,
    /// Its files, as paths below the deliveries' folder with `*` and `?` in
    /// names and `**` for any folders; older ones first. A folder stands for
    /// all files in it. Files of one pattern are read in the order of their names.
    pub files: Vec<String>,
    /// The encoding of CSV files.
    #[serde(default)]
    pub encoding: Encoding,
    /// Columns by field, for those that are not found by their public names.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Only rows in which a column has one of these values are read, such as
    /// the kinds of contact that are admissions.
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
    /// The reference date of all rows, where no column and no file name tells it.
    #[serde(default)]
    pub reference: Option<Date>,
}

/// A mapping file (TOML). Unknown keys are refused.
///
/// ```
/// use boligspor::register::deliveries::Mapping;
/// let mapping = Mapping::from_toml(r#"
/// version = 1
/// observed_until = 2023-12-31
/// [[deliveries]]
/// register = "dod"
/// files = ["dod*.csv"]
/// encoding = "latin1"
/// "#)?;
/// assert_eq!(mapping.deliveries[0].files, ["dod*.csv"]);
/// assert!(Mapping::from_toml("version = 1\nobserved_untill = 2023-12-31").is_err());
/// # Ok::<(), boligspor::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The version of this format: 1.
    pub version: u32,
    /// The first day from which the registers are complete.
    #[serde(default)]
    pub observed_from: Option<Date>,
    /// The last day on which the registers are complete.
    pub observed_until: Date,
    /// Digits of a person's identifier, for deliveries that hold it as a number
    /// and so lose its leading zeros; 0 where nothing is to be filled.
    #[serde(default)]
    pub person_digits: u8,
    /// The deliveries, older ones of a register before newer ones.
    #[serde(default)]
    pub deliveries: Vec<Delivery>,
    /// Tables that are in the register's own columns already
    /// (docs/tables.md), by name: paths below the deliveries' folder.
    #[serde(default)]
    pub tables: BTreeMap<Table, String>,
    /// How registers become stays: every correction can be switched off.
    #[serde(default)]
    pub options: Options,
}

impl Mapping {
    /// Reads a mapping file's text.
    ///
    /// # Errors
    /// [`Error::Option`] naming the line and what is wrong with it.
    pub fn from_toml(text: &str) -> Result<Self> {
        let mapping: Self = toml::from_str(text).map_err(|e| {
            let line = e
                .span()
                .map_or(1, |span| text[..span.start].lines().count().max(1));
            Error::option(
                format!("mapping file, line {line}"),
                e.message().to_owned(),
                "docs/registers.md has every key",
            )
        })?;
        mapping.check()?;
        Ok(mapping)
    }

    /// Whether what it says can be meant.
    ///
    /// # Errors
    /// [`Error::Option`] naming the key and what is wrong with it.
    pub fn check(&self) -> Result<()> {
        if self.version != 1 {
            return Err(Error::option(
                "version",
                "is not 1",
                "this version of Boligspor reads mapping files of version 1",
            ));
        }
        if self.observed_from.is_some_and(|f| f > self.observed_until) {
            return Err(Error::option(
                "observed_from",
                "is after `observed_until`",
                "give the first and the last day of complete registers",
            ));
        }
        for delivery in &self.deliveries {
            let kind = delivery.register;
            for field in delivery.columns.keys() {
                if !kind.fields().iter().any(|f| f.name == field) {
                    let known: Vec<&str> = kind.fields().iter().map(|f| f.name).collect();
                    return Err(Error::option(
                        format!("columns of `{}`", kind.name()),
                        format!("names a field `{field}` that the register has not"),
                        format!("its fields are {}", known.join(", ")),
                    ));
                }
            }
            if delivery.files.is_empty() {
                return Err(Error::option(
                    format!("files of `{}`", kind.name()),
                    "is empty",
                    "name at least one file or pattern",
                ));
            }
        }
        self.options.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_with_their_line() {
        let error = |text: &str| Mapping::from_toml(text).unwrap_err().to_string();
        let head = "version = 1\nobserved_until = 2023-12-31\n";
        let unknown = error(&format!(
            "{head}[[deliveries]]\nregister = \"dod\"\nfile = \"a\"\n"
        ));
        assert!(
            unknown.contains("line") && unknown.contains("unknown field `file`"),
            "{unknown}"
        );
        let field = error(&format!(
            "{head}[[deliveries]]\nregister = \"dod\"\nfiles = [\"a\"]\ncolumns = {{ sex = \"x\" }}\n"
        ));
        assert!(
            field.contains("field `sex`") && field.contains("person, date"),
            "{field}"
        );
        assert!(error("version = 2\nobserved_until = 2023-12-31\n").contains("is not 1"));
        assert!(
            error("version = 1\nobserved_from = 2024-01-01\nobserved_until = 2023-12-31\n")
                .contains("is after")
        );
    }
}
