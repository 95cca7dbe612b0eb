//! The contract of each table: which columns there are and what they mean.
//!
//! This is the one place that names them; the readers, the rules, the data
//! dictionary and the JSON schema all read it from here.

use super::table::{Column, Kind, Table};

/// A column that must exist and have a value in every row.
const fn must(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column {
        name,
        kind,
        required: true,
        nullable: false,
        about,
    }
}

/// A column that must exist, and where a value may be missing.
const fn known(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column {
        name,
        kind,
        required: true,
        nullable: true,
        about,
    }
}

/// A column that may exist.
const fn may(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column {
        name,
        kind,
        required: false,
        nullable: true,
        about,
    }
}

const PERSONS: &[Column] = &[
    must("person", Kind::Id, "the person's identifier"),
    known("birth_date", Kind::Date, "day of birth"),
    known("sex", Kind::Text, "sex, in the register's own codes"),
    may("death_date", Kind::Date, "day of death; empty while alive"),
];

const PLACEMENTS: &[Column] = &[
    must("person", Kind::Id, "the person placed"),
    may(
        "enrolled_on",
        Kind::Date,
        "day the person entered the programme",
    ),
    known(
        "placed_on",
        Kind::Date,
        "day the home was allotted; empty for those enrolled and never placed",
    ),
    known(
        "municipality",
        Kind::Municipality,
        "the municipality that places",
    ),
    may("dwelling", Kind::Id, "the allotted dwelling"),
    may(
        "support_method",
        Kind::Text,
        "ACT, ICM, CTI, or the register's own word",
    ),
    may("housing_source", Kind::Text, "how the home was found"),
    may("programme", Kind::Text, "the programme enrolled in"),
    may(
        "first",
        Kind::Boolean,
        "whether this is the person's first placement",
    ),
];

const STAYS: &[Column] = &[
    must("person", Kind::Id, "the person staying"),
    must("start", Kind::Date, "first day of the stay"),
    known(
        "end",
        Kind::Date,
        "first day no longer; empty while ongoing",
    ),
    must("state", Kind::State, "the housing state"),
    may(
        "dwelling",
        Kind::Id,
        "the dwelling, where the state is `dwelling`",
    ),
    may("municipality", Kind::Municipality, "where the stay is"),
    may("source", Kind::Text, "the register the row comes from"),
];

const COSTS: &[Column] = &[
    must("person", Kind::Id, "the person the money was spent on"),
    may("start", Kind::Date, "first day the amount covers"),
    may(
        "end",
        Kind::Date,
        "first day no longer covered; empty: one day",
    ),
    may(
        "date",
        Kind::Date,
        "the day of the amount, instead of start and end",
    ),
    must("category", Kind::Text, "what the money was spent on"),
    must("amount", Kind::Money, "the amount over the whole spell"),
    may("payer", Kind::Text, "who paid"),
    may(
        "price_year",
        Kind::Integer,
        "year whose prices the amount is in; empty: the year of its start",
    ),
];

const SERVICES: &[Column] = &[
    must("person", Kind::Id, "the person served"),
    must("start", Kind::Date, "first day of the service"),
    known(
        "end",
        Kind::Date,
        "first day no longer; empty while ongoing",
    ),
    must("service", Kind::Text, "the service, as named in `prices`"),
    known(
        "quantity",
        Kind::Number,
        "units used over the spell; empty: as many as its days hold, or one contact",
    ),
    may(
        "granted_on",
        Kind::Date,
        "day the service was granted, which some refund rules ask for; empty: its start",
    ),
];

const PRICES: &[Column] = &[
    must("service", Kind::Text, "the service"),
    must("year", Kind::Integer, "the year"),
    must("unit_price", Kind::Money, "price of one unit"),
    may("payer", Kind::Text, "who pays the share"),
    may(
        "share",
        Kind::Number,
        "the payer's share, 0 to 1; empty: all of it; the shares of a service and year sum to 1",
    ),
    may(
        "unit",
        Kind::Text,
        "what one unit is: day, night, week, started_week or contact; empty: day",
    ),
    may(
        "days",
        Kind::Text,
        "for day and week: exclusive (the end day is not charged) or inclusive (it is); empty: exclusive",
    ),
    may(
        "category",
        Kind::Text,
        "the cost category; empty: the service",
    ),
];

const PRICE_INDEX: &[Column] = &[
    must("year", Kind::Integer, "the year"),
    must("index", Kind::Number, "its price level, in any base"),
    may(
        "category",
        Kind::Text,
        "the cost category it is for; empty: all",
    ),
];

const MUNICIPALITIES: &[Column] = &[
    must("municipality", Kind::Municipality, "the municipality"),
    must("year", Kind::Integer, "the year"),
    may("name", Kind::Text, "its name"),
    may("group", Kind::Text, "its municipality group"),
    known("population", Kind::Integer, "inhabitants on 1 January"),
    may(
        "adults",
        Kind::Integer,
        "of these, aged 18 or more; rates of homelessness are per 1,000 of them",
    ),
];

const COUNTS: &[Column] = &[
    must("municipality", Kind::Municipality, "the municipality"),
    must("year", Kind::Integer, "the year of the count"),
    must("situation", Kind::Text, "where the people counted stay"),
    may("age_band", Kind::Text, "their age band"),
    must("n", Kind::Integer, "how many people"),
    may(
        "migrants",
        Kind::Boolean,
        "whether they are migrants without permanent stay, who are reported apart",
    ),
];

const CAPACITY: &[Column] = &[
    must("municipality", Kind::Municipality, "the municipality"),
    must("year", Kind::Integer, "the year"),
    may("month", Kind::Integer, "the month; empty: the whole year"),
    must("method", Kind::Text, "the support method"),
    known("caseworkers", Kind::Number, "full-time caseworkers"),
    known("citizens", Kind::Number, "citizens they support"),
];

const ALLOCATIONS: &[Column] = &[
    must("municipality", Kind::Municipality, "the municipality"),
    must("year", Kind::Integer, "the year"),
    known("vacant", Kind::Integer, "public dwellings that fell vacant"),
    known(
        "allocated",
        Kind::Integer,
        "of these, allotted by the municipality",
    ),
];

const ASSESSMENTS: &[Column] = &[
    must("municipality", Kind::Municipality, "the municipality"),
    may("year", Kind::Integer, "the year assessed"),
    must("precondition", Kind::Text, "the precondition"),
    known("rating", Kind::Text, "how far it is met"),
    may("evidence", Kind::Text, "what the rating rests on"),
];

const CONTEXT: &[Column] = &[
    must("municipality", Kind::Municipality, "the municipality"),
    must(
        "kind",
        Kind::Text,
        "`barrier`, `stakeholder` or `risk`, or the user's own",
    ),
    must("what", Kind::Text, "which one"),
    may("likelihood", Kind::Integer, "of a risk, 1 to 5"),
    may("consequence", Kind::Integer, "of a risk, 1 to 5"),
];

/// The columns of a table.
pub(super) fn columns(table: Table) -> &'static [Column] {
    match table {
        Table::Persons => PERSONS,
        Table::Placements => PLACEMENTS,
        Table::Stays => STAYS,
        Table::Costs => COSTS,
        Table::Services => SERVICES,
        Table::Prices => PRICES,
        Table::PriceIndex => PRICE_INDEX,
        Table::Municipalities => MUNICIPALITIES,
        Table::Counts => COUNTS,
        Table::Capacity => CAPACITY,
        Table::Allocations => ALLOCATIONS,
        Table::Assessments | Table::SecondAssessments => ASSESSMENTS,
        Table::Context => CONTEXT,
    }
}

/// The key of a table; empty where rows may repeat.
pub(super) fn key(table: Table) -> &'static [&'static str] {
    match table {
        Table::Persons => &["person"],
        Table::Placements | Table::Stays | Table::Costs | Table::Services => &[],
        Table::Prices => &["service", "year", "payer"],
        Table::PriceIndex => &["year", "category"],
        Table::Municipalities | Table::Allocations => &["municipality", "year"],
        Table::Counts => &["municipality", "year", "situation", "age_band"],
        Table::Capacity => &["municipality", "year", "month", "method"],
        Table::Assessments | Table::SecondAssessments => &["municipality", "year", "precondition"],
        Table::Context => &["municipality", "kind", "what"],
    }
}
