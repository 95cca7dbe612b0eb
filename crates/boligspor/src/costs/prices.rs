//! Fixed prices: each amount put into the prices of one year.

use std::collections::BTreeMap;

use polars::prelude::*;

use crate::error::{Error, Result};
use crate::register::{Costs, Register, Table};

/// For each category and price year the factor to the base year's prices.
#[derive(Clone, Debug)]
pub(super) struct Factors {
    first_year: i32,
    /// By category, then by year from `first_year`; `None` for a year not used.
    by_category: Vec<Vec<f64>>,
}

impl Factors {
    /// Factors for every category and year in the costs.
    ///
    /// # Errors
    /// [`Error::Missing`] where the index lacks the base year or a year used,
    /// naming it; [`Error::Table`] for an index of zero or less, or two for a year.
    pub(super) fn new(register: &Register, costs: &Costs, base: Option<i32>) -> Result<Self> {
        let first_year = costs.price_year.iter().copied().min().unwrap_or(0);
        let last_year = costs.price_year.iter().copied().max().unwrap_or(-1);
        let years = (i64::from(last_year) - i64::from(first_year) + 1).max(0) as usize;
        let categories = costs.categories.len();
        let Some(base) = base else {
            return Ok(Self {
                first_year,
                by_category: vec![vec![1.0; years]; categories],
            });
        };
        let index = Index::read(register)?;
        let mut used = vec![vec![false; years]; categories];
        for (&category, &year) in costs.category.iter().zip(&costs.price_year) {
            used[category as usize][(year - first_year) as usize] = true;
        }
        let mut by_category = vec![vec![f64::NAN; years]; categories];
        for (c, name) in costs.categories.iter().enumerate() {
            for y in (0..years).filter(|&y| used[c][y]) {
                let year = first_year + y as i32;
                by_category[c][y] = index.at(name, base)? / index.at(name, year)?;
            }
        }
        Ok(Self {
            first_year,
            by_category,
        })
    }

    /// The first price year, and how many there are.
    pub(super) fn years(&self) -> (i32, usize) {
        (
            self.first_year,
            self.by_category.first().map_or(0, Vec::len),
        )
    }

    /// The factor of a category and price year.
    pub(super) fn factor(&self, category: usize, year: usize) -> f64 {
        self.by_category[category][year]
    }

    /// An amount of a category and price year in the base year's prices, to
    /// the nearest øre.
    pub(super) fn apply(&self, amount: i64, category: u16, year: i32) -> i64 {
        let factor = self.by_category[category as usize][(year - self.first_year) as usize];
        if factor == 1.0 {
            amount
        } else {
            (amount as f64 * factor).round() as i64
        }
    }
}

/// The `price_index` table: by category (`None` for all) and year.
struct Index(BTreeMap<(Option<String>, i32), f64>);

impl Index {
    fn read(register: &Register) -> Result<Self> {
        let name = Table::PriceIndex.name();
        let frame = register.frame(Table::PriceIndex).ok_or_else(|| {
            Error::missing(
                "fixed prices",
                format!("the table `{name}`"),
                "pass it, or leave `price_base` out for current prices",
            )
        })?;
        let bad = |column: &str, problem: &str| {
            Error::table(
                name,
                Some(column),
                problem,
                "give one positive index a year",
            )
        };
        let years = frame
            .column("year")
            .and_then(|c| c.cast(&DataType::Int32))
            .map_err(|_| bad("year", "is missing or no whole number"))?;
        let values = frame
            .column("index")
            .and_then(|c| c.cast(&DataType::Float64))
            .map_err(|_| bad("index", "is missing or no number"))?;
        let years = years.i32().map_err(|_| bad("year", "is no whole number"))?;
        let values = values.f64().map_err(|_| bad("index", "is no number"))?;
        let categories = frame
            .column("category")
            .ok()
            .and_then(|c| c.str().ok().cloned());
        let mut map = BTreeMap::new();
        for (i, (year, value)) in years.iter().zip(values.iter()).enumerate() {
            let (Some(year), Some(value)) = (year, value) else {
                continue;
            };
            if !(value.is_finite() && value > 0.0) {
                return Err(bad(
                    "index",
                    "is zero, negative or not finite in at least one row",
                ));
            }
            let category = categories
                .as_ref()
                .and_then(|c| c.get(i))
                .map(str::to_owned);
            if map.insert((category, year), value).is_some() {
                return Err(bad("year", &format!("has {year} twice")));
            }
        }
        Ok(Self(map))
    }

    /// The index of a category's own series where there is one, else the common one.
    fn at(&self, category: &str, year: i32) -> Result<f64> {
        let own = self.0.keys().any(|(c, _)| c.as_deref() == Some(category));
        let key = (own.then(|| category.to_owned()), year);
        self.0.get(&key).copied().ok_or_else(|| {
            let whose = if own {
                format!(" for the category {category}")
            } else {
                String::new()
            };
            Error::missing(
                "fixed prices",
                format!("the price index of {year}{whose}"),
                "add that year to `price_index`, or choose another `price_base`",
            )
        })
    }
}
