//! The tables a register is made of, by name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::contract;

/// A table of the register.
///
/// Only [`Persons`](Table::Persons), [`Placements`](Table::Placements) and
/// [`Stays`](Table::Stays) are required; each analysis says which others it needs.
///
/// ```
/// use boligspor::register::Table;
/// assert_eq!(Table::from_name("price_index"), Some(Table::PriceIndex));
/// assert!(Table::Stays.columns().iter().any(|c| c.name == "start" && c.required));
/// ```
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Table {
    /// A row is a person.
    Persons,
    /// A row is a person's placement in a home, or an enrolment without one.
    Placements,
    /// A row is a spell in one housing state.
    Stays,
    /// A row is money spent on a person.
    Costs,
    /// A row is the use of a service, priced by `prices`.
    Services,
    /// A row is a service's unit price in a year.
    Prices,
    /// A row is a year's price level.
    PriceIndex,
    /// A row is a municipality and year.
    Municipalities,
    /// A row is a point-in-time homelessness count.
    Counts,
    /// A row is a municipality's support capacity in a year.
    Capacity,
    /// A row is a municipality's allocation of dwellings in a year.
    Allocations,
    /// A row is a rating of one precondition in a municipality.
    Assessments,
    /// A row is the same, by a second assessor.
    SecondAssessments,
    /// A row is a barrier, stakeholder or risk found in a municipality.
    Context,
}

impl Table {
    /// Every table, the required ones first.
    pub const ALL: [Table; 14] = [
        Self::Persons,
        Self::Placements,
        Self::Stays,
        Self::Costs,
        Self::Services,
        Self::Prices,
        Self::PriceIndex,
        Self::Municipalities,
        Self::Counts,
        Self::Capacity,
        Self::Allocations,
        Self::Assessments,
        Self::SecondAssessments,
        Self::Context,
    ];

    /// How many tables there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The table's name, as in study files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Persons => "persons",
            Self::Placements => "placements",
            Self::Stays => "stays",
            Self::Costs => "costs",
            Self::Services => "services",
            Self::Prices => "prices",
            Self::PriceIndex => "price_index",
            Self::Municipalities => "municipalities",
            Self::Counts => "counts",
            Self::Capacity => "capacity",
            Self::Allocations => "allocations",
            Self::Assessments => "assessments",
            Self::SecondAssessments => "second_assessments",
            Self::Context => "context",
        }
    }

    /// The table with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }

    /// Whether a register must have this table.
    pub fn required(self) -> bool {
        matches!(self, Self::Persons | Self::Placements | Self::Stays)
    }

    /// The columns the table's contract names. Others are kept as covariates.
    pub fn columns(self) -> &'static [Column] {
        contract::columns(self)
    }

    /// The contract of one column, if it has one.
    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.columns().iter().find(|c| c.name == name)
    }

    /// The columns that together name a row: the same values twice are an error.
    pub fn key(self) -> &'static [&'static str] {
        contract::key(self)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the contract says of one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The column's name.
    pub name: &'static str,
    /// What its values are, and so what is read into it.
    pub kind: Kind,
    /// Whether the column must exist.
    pub required: bool,
    /// Whether a value may be missing.
    pub nullable: bool,
    /// What the values mean.
    pub about: &'static str,
}

/// What the values of a column are, and which forms of them are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An opaque identifier: text or any integer type. Held as `Int64` where
    /// every table delivers integers, else as text.
    Id,
    /// A civil date: `Date`, `Datetime` without a time zone, or ISO text.
    Date,
    /// Text, categoricals and dictionaries, or numbers taken as labels.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false, as booleans, 0 and 1, or text.
    Boolean,
    /// A housing state's code ([`State`](crate::State)).
    State,
    /// A municipality code: text or integer, held as text of three digits.
    Municipality,
    /// An amount of money in whole units (DKK), held as a number.
    Money,
}

impl Kind {
    /// What is expected, in words for a message.
    pub fn expects(self) -> &'static str {
        match self {
            Self::Id => "text or whole numbers",
            Self::Date => "dates, or text such as 2023-12-31",
            Self::Text => "text",
            Self::Integer => "whole numbers",
            Self::Number => "numbers",
            Self::Boolean => "true or false",
            Self::State => "housing state codes",
            Self::Municipality => "municipality codes of three digits",
            Self::Money => "amounts of money without thousands separators",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_by_name_and_in_order() {
        for (i, table) in Table::ALL.into_iter().enumerate() {
            assert_eq!(table as usize, i);
            assert_eq!(Table::from_name(table.name()), Some(table));
            for column in table.key() {
                assert!(table.column(column).is_some(), "{table}.{column}");
            }
        }
        assert_eq!(Table::from_name("person"), None);
    }

    #[test]
    fn no_table_names_a_column_twice() {
        for table in Table::ALL {
            let mut names: Vec<_> = table.columns().iter().map(|c| c.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.columns().len(), "{table}");
        }
    }
}
