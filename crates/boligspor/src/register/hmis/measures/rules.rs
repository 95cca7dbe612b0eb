//! The rules of a fiscal year, as data.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::error::{Error, Result};

const SHIPPED: &str = include_str!("rules.toml");

/// A line of measure 1: whose nights count, and which nights are taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HomelessLine {
    /// The line's name.
    pub name: String,
    /// Project types whose nights count.
    pub count: Vec<i64>,
    /// Project types whose nights are taken out; of permanent housing those
    /// from the move-in on.
    pub subtract: Vec<i64>,
}

/// How HUD's measures are computed. Rules of a fiscal year are
/// [`MeasureRules::of`]; each part can be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeasureRules {
    /// The fiscal year of the rules.
    pub fiscal_year: i32,
    /// Measure 1's lines.
    pub homeless_lines: Vec<HomelessLine>,
    /// Measure 1 looks so many days back from a person's last homeless night.
    pub homeless_window: Day,
    /// Nights at most so many days apart are contiguous: measure 1 goes on back
    /// from its window over contiguous nights.
    pub contiguous_gap: Day,
    /// Project types whose exits measure 2 follows.
    pub exit_types: Vec<i64>,
    /// Project types into which an entry is a return.
    pub return_types: Vec<i64>,
    /// Project types into which an entry is a return only more than `gap_days`
    /// after the exit, and not within another such stay and `gap_days` after it.
    pub gap_types: Vec<i64>,
    /// See `gap_types`.
    pub gap_days: Day,
    /// Days that measure 2 looks back for exits, and forward for returns.
    pub look_back: Day,
    /// The last days of measure 2's bands.
    pub bands: Vec<Day>,
    /// Destinations and situations that are permanent.
    pub permanent: Vec<i64>,
    /// Destinations that leave measure 7's denominators.
    pub excluded_destinations: Vec<i64>,
    /// Destinations that count for measure 7a.1 besides the permanent ones.
    pub outreach_successful: Vec<i64>,
}

impl Default for MeasureRules {
    fn default() -> Self {
        let line = |name: &str, count: &[i64], subtract: &[i64]| HomelessLine {
            name: name.into(),
            count: count.into(),
            subtract: subtract.into(),
        };
        Self {
            fiscal_year: 2026,
            homeless_lines: vec![
                line("shelter and safe haven", &[0, 1, 8], &[2, 3, 9, 10, 13]),
                line(
                    "shelter, safe haven and transitional",
                    &[0, 1, 2, 8],
                    &[3, 9, 10, 13],
                ),
            ],
            homeless_window: 365,
            contiguous_gap: 1,
            exit_types: vec![0, 1, 2, 3, 4, 8, 9, 10, 13],
            return_types: vec![0, 1, 2, 4, 8],
            gap_types: vec![3, 9, 10, 13],
            gap_days: 14,
            look_back: 730,
            bands: vec![180, 365, 730],
            permanent: vec![410, 411, 421, 422, 423, 426, 435],
            excluded_destinations: vec![24, 206, 215, 225],
            outreach_successful: vec![101, 118, 204, 205, 302, 312, 313, 314, 327, 329, 332],
        }
    }
}

#[derive(Deserialize)]
struct Shipped {
    rules: Vec<MeasureRules>,
}

static ALL: LazyLock<Vec<MeasureRules>> = LazyLock::new(|| {
    let shipped: std::result::Result<Shipped, _> = toml::from_str(SHIPPED);
    shipped.map(|s| s.rules).unwrap_or_default()
});

impl MeasureRules {
    /// The rules of a fiscal year.
    ///
    /// ```
    /// use boligspor::register::hmis::MeasureRules;
    /// let (old, new) = (MeasureRules::of(2024)?, MeasureRules::of(2026)?);
    /// assert!(old.gap_types.contains(&2) && !new.gap_types.contains(&2));
    /// assert!(MeasureRules::of(1999).is_err());
    /// # Ok::<(), boligspor::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Option`] for a year whose rules are not shipped.
    pub fn of(fiscal_year: i32) -> Result<Self> {
        let found = ALL.iter().find(|r| r.fiscal_year == fiscal_year);
        found.cloned().ok_or_else(|| {
            let years: Vec<String> = ALL.iter().map(|r| r.fiscal_year.to_string()).collect();
            Error::option(
                "rules",
                "are of a fiscal year that is not shipped",
                format!("choose one of {}", years.join(", ")),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_rules_are_read() {
        assert_eq!(ALL.len(), 2);
        assert_eq!(MeasureRules::of(2026).unwrap(), MeasureRules::default());
    }
}
