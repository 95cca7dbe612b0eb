//! Who pays over all periods together, read from the result's table.

use std::collections::BTreeMap;

use super::charts::strata_columns;
use super::view::View;
use crate::cohort::ALL;
use crate::costs::WhoPays;
use crate::error::Result;

/// What each payer pays under each set of rules, all periods and categories together.
pub(super) struct Paid {
    /// The payers with any money under any set, the most first.
    pub(super) payers: Vec<String>,
    /// By set and payer: currency units.
    totals: BTreeMap<(String, String), f64>,
    /// Person-years by set.
    years: BTreeMap<String, f64>,
}

impl Paid {
    pub(super) fn new(refunds: &WhoPays) -> Result<Self> {
        let table = refunds.table();
        let view = View::new(table, &strata_columns(table, "period"));
        let (mut totals, mut years) = (BTreeMap::new(), BTreeMap::new());
        let mut sizes: BTreeMap<String, f64> = BTreeMap::new();
        for (levels, rows) in view.strata()? {
            // The set of rules is the first of the leading columns.
            let Some((rules, strata)) = levels.split_first() else {
                continue;
            };
            if strata.iter().any(|l| l != ALL) {
                continue;
            }
            for row in rows {
                if view.text("category", row)? != ALL {
                    continue;
                }
                let payer = view.text("payer", row)?;
                let total = view.number("total", row)?;
                if payer == ALL {
                    *years.entry(rules.clone()).or_default() += view.number("person_years", row)?;
                } else {
                    *sizes.entry(payer.clone()).or_default() += total.abs();
                }
                *totals.entry((rules.clone(), payer)).or_default() += total;
            }
        }
        let mut payers: Vec<(String, f64)> = sizes.into_iter().filter(|s| s.1 > 0.0).collect();
        payers.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(Self {
            payers: payers.into_iter().map(|p| p.0).collect(),
            totals,
            years,
        })
    }

    /// Currency units in all; `all` is every payer.
    pub(super) fn total(&self, rules: &str, payer: &str) -> f64 {
        let key = (rules.to_owned(), payer.to_owned());
        self.totals.get(&key).copied().unwrap_or(0.0)
    }

    /// Currency units a person-year.
    pub(super) fn mean(&self, rules: &str, payer: &str) -> f64 {
        let years = self.years.get(rules).copied().unwrap_or(0.0);
        self.total(rules, payer) / years
    }
}
