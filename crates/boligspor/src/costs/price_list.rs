//! What a service costs in a year, by which unit, and who pays.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, DataType};

use crate::calendar::Day;
use crate::error::{Error, Result};
use crate::register::{QUANTITY_UNIT, Register, Table};

/// What one unit of a service is.
///
/// ```
/// use boligspor::costs::Unit;
/// assert_eq!(Unit::from_code("started_week"), Some(Unit::StartedWeek));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// A day; whether the end day is one too is the day rule.
    #[default]
    Day,
    /// A night: as many as days from the start to the end day, whatever the day rule.
    Night,
    /// Seven days, a part of a week for its days.
    Week,
    /// Seven days, a week begun being a whole one.
    StartedWeek,
    /// A visit, call or meeting: one a row where no quantity is given.
    Contact,
}

impl Unit {
    /// The unit with this code, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "day" => Self::Day,
            "night" => Self::Night,
            "week" => Self::Week,
            "started_week" => Self::StartedWeek,
            "contact" => Self::Contact,
            _ => return None,
        })
    }
}

/// Whether the day a service ends is charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DayRule {
    /// The end day is not charged.
    #[default]
    Exclusive,
    /// The end day is charged, like the first.
    Inclusive,
}

/// How a service is counted, the same in all years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) unit: Unit,
    pub(super) days: DayRule,
    pub(super) category: String,
}

impl Terms {
    /// The days `[start, end)` that a spell is charged for; a contact on a day
    /// of its own is charged on that day.
    pub(super) fn charged(&self, start: Day, end: Day, ended: bool, counted: bool) -> (Day, Day) {
        let both = self.days == DayRule::Inclusive
            && ended
            && matches!(self.unit, Unit::Day | Unit::Week | Unit::StartedWeek);
        let end = end.saturating_add(i32::from(both));
        if counted || self.unit == Unit::Contact {
            (start, end.max(start.saturating_add(1)))
        } else {
            (start, end)
        }
    }

    /// The units on `part` of the spell's `days`, as a fraction.
    pub(super) fn units(&self, quantity: Option<i64>, part: i64, days: i64) -> (i128, i128) {
        let (part, days) = (i128::from(part), i128::from(days));
        match (quantity, self.unit) {
            (Some(q), _) => (i128::from(q) * part, i128::from(QUANTITY_UNIT) * days),
            (None, Unit::Day | Unit::Night) => (part, 1),
            (None, Unit::Week) => (part, 7),
            (None, Unit::StartedWeek) => ((days + 6) / 7 * part, days),
            (None, Unit::Contact) => (part, days),
        }
    }
}

/// The price of a service in a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Price {
    /// Øre a unit.
    pub(super) unit_price: i64,
    /// Payers in alphabetical order, and their shares in billionths.
    pub(super) shares: Vec<(String, i64)>,
}

/// A billionth: what shares are counted in.
const WHOLE: i64 = 1_000_000_000;

/// The table `prices`, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PriceList {
    services: BTreeMap<String, (Terms, BTreeMap<i32, Price>)>,
}

impl PriceList {
    /// Reads and checks the table.
    ///
    /// # Errors
    /// [`Error::Missing`] without the table; [`Error::Table`] where the shares
    /// of a service and year don't sum to one, where its price or terms differ
    /// between rows, or where a unit or day rule is none.
    pub(super) fn read(register: &Register) -> Result<Self> {
        let frame = register.frame(Table::Prices).ok_or_else(|| {
            Error::missing(
                "pricing of services",
                "the table `prices`",
                "pass it with `services`: a service, year and unit price a row",
            )
        })?;
        let mut list = Self::default();
        for row in rows(frame)? {
            list.add(row)?;
        }
        for (service, (_, years)) in &mut list.services {
            for (year, price) in years {
                price.shares.sort();
                let sum: i64 = price.shares.iter().map(|s| s.1).sum();
                // A thousandth of a thousandth forgives shares written as 0.333333.
                if (sum - WHOLE).abs() > 1_000 {
                    return Err(bad(
                        "share",
                        &format!("sums to {} for `{service}` in {year}", percent(sum)),
                        "the payers of a service and year share the whole price: make them sum to 1",
                    ));
                }
            }
        }
        Ok(list)
    }

    fn add(&mut self, row: Row) -> Result<()> {
        let Row {
            service,
            year,
            unit_price,
            payer,
            share,
            terms,
        } = row;
        let differs = |column: &str| {
            bad(
                column,
                &format!("differs between rows of `{service}`"),
                "give the same in every row of the service (a price: of the service and year)",
            )
        };
        let (known, years) = self
            .services
            .entry(service.clone())
            .or_insert_with(|| (terms.clone(), BTreeMap::new()));
        if known.unit != terms.unit {
            return Err(differs("unit"));
        }
        if known.days != terms.days {
            return Err(differs("days"));
        }
        if known.category != terms.category {
            return Err(differs("category"));
        }
        let price = years.entry(year).or_insert_with(|| Price {
            unit_price,
            shares: Vec::new(),
        });
        if price.unit_price != unit_price {
            return Err(differs("unit_price"));
        }
        if price.shares.iter().any(|s| s.0 == payer) {
            return Err(bad(
                "payer",
                &format!("has one payer of `{service}` in {year} twice"),
                "give one row a service, year and payer",
            ));
        }
        price.shares.push((payer, share));
        Ok(())
    }

    /// How a service is counted, where it has a price in any year.
    pub(super) fn terms(&self, service: &str) -> Option<&Terms> {
        self.services.get(service).map(|s| &s.0)
    }

    /// The error of a service used without any price.
    pub(super) fn unlisted(service: &str) -> Error {
        Error::missing(
            "pricing of services",
            format!("a price of `{service}`"),
            "add the service to `prices` for each year it is used",
        )
    }

    /// The price of a service in a year.
    ///
    /// # Errors
    /// [`Error::Missing`] naming service and year.
    pub(super) fn at(&self, service: &str, year: i32) -> Result<&Price> {
        let found = self.services.get(service).and_then(|s| s.1.get(&year));
        found.ok_or_else(|| {
            Error::missing(
                "pricing of services",
                format!("a price of `{service}` in {year}"),
                "add that year of the service to `prices`",
            )
        })
    }

    /// Every payer of any service, in alphabetical order.
    pub(super) fn payers(&self) -> std::collections::BTreeSet<&str> {
        let prices = self.services.values().flat_map(|s| s.1.values());
        prices
            .flat_map(|p| p.shares.iter().map(|s| s.0.as_str()))
            .collect()
    }
}

fn percent(billionths: i64) -> String {
    format!("{} %", billionths as f64 / (WHOLE / 100) as f64)
}

fn bad(column: &str, problem: &str, hint: &str) -> Error {
    Error::table(Table::Prices.name(), Some(column), problem, hint)
}

/// A row of the table, read.
struct Row {
    service: String,
    year: i32,
    unit_price: i64,
    payer: String,
    share: i64,
    terms: Terms,
}

fn rows(frame: &DataFrame) -> Result<Vec<Row>> {
    let needed = |name: &str, kind: &DataType| {
        let column = frame.column(name).and_then(|c| c.cast(kind));
        column.map_err(|_| {
            bad(
                name,
                "is missing or cannot be read",
                "see docs/tables.md for what it holds",
            )
        })
    };
    let optional = |name: &str, kind: &DataType| match frame.column(name) {
        Ok(_) => needed(name, kind).map(Some),
        Err(_) => Ok(None),
    };
    let (services, years, prices) = (
        needed("service", &DataType::String)?,
        needed("year", &DataType::Int32)?,
        needed("unit_price", &DataType::Float64)?,
    );
    let (payers, shares) = (
        optional("payer", &DataType::String)?,
        optional("share", &DataType::Float64)?,
    );
    let (units, days, categories) = (
        optional("unit", &DataType::String)?,
        optional("days", &DataType::String)?,
        optional("category", &DataType::String)?,
    );
    let text = |column: &Option<polars::prelude::Column>, row: usize| -> Option<String> {
        let column = column.as_ref()?.try_str()?;
        column.get(row).map(str::to_owned)
    };
    let mut out = Vec::with_capacity(frame.height());
    for row in 0..frame.height() {
        let service = services.try_str().and_then(|c| c.get(row));
        let year = years.try_i32().and_then(|c| c.get(row));
        let price = prices.try_f64().and_then(|c| c.get(row));
        let (Some(service), Some(year), Some(price)) = (service, year, price) else {
            continue;
        };
        let ore = (price * 100.0).round();
        if ore.is_nan() || ore.abs() > 1e15 {
            return Err(bad(
                "unit_price",
                &format!("of `{service}` in {year} is no amount of money"),
                "give kroner a unit",
            ));
        }
        let share = shares
            .as_ref()
            .and_then(|c| c.try_f64()?.get(row))
            .unwrap_or(1.0);
        let unit = match text(&units, row) {
            None => Unit::default(),
            Some(code) => Unit::from_code(&code).ok_or_else(|| {
                bad(
                    "unit",
                    &format!("of `{service}` is none that is known"),
                    "choose day, night, week, started_week or contact",
                )
            })?,
        };
        let days = match text(&days, row).as_deref() {
            None | Some("exclusive") => DayRule::Exclusive,
            Some("inclusive") => DayRule::Inclusive,
            Some(_) => {
                return Err(bad(
                    "days",
                    &format!("of `{service}` is no day rule"),
                    "choose exclusive or inclusive",
                ));
            }
        };
        out.push(Row {
            service: service.to_owned(),
            year,
            unit_price: ore as i64,
            payer: text(&payers, row).unwrap_or_default(),
            share: (share * WHOLE as f64).round() as i64,
            terms: Terms {
                unit,
                days,
                category: text(&categories, row).unwrap_or_else(|| service.to_owned()),
            },
        });
    }
    Ok(out)
}
