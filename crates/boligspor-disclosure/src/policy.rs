//! What may leave, as data: named, versioned files rather than code.
//!
//! Rules differ between data owners and change with years; an output checker
//! wants to read the ones that were applied. So a policy is a TOML file with a
//! name and a version, every field with its source and how surely it is known,
//! and no field is silently ignored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{ClearError, Result};
use crate::model::Models;

const SHIPPED: [(&str, &str); 4] = [
    (
        "statistics-denmark",
        include_str!("../policies/statistics-denmark.toml"),
    ),
    ("opensafely", include_str!("../policies/opensafely.toml")),
    ("acro-like", include_str!("../policies/acro-like.toml")),
    (
        "eurostat-like",
        include_str!("../policies/eurostat-like.toml"),
    ),
];

/// The rules that a release must keep.
///
/// ```
/// use boligspor_disclosure::Policy;
///
/// let policy = Policy::named("statistics-denmark")?;
/// assert_eq!(policy.minimum_persons, 5);
///
/// let own = Policy::from_toml(
///     r#"
///     name = "our-agreement"
///     version = 2
///     minimum_persons = 10
///     width = 10
///     "#,
/// )?;
/// assert_eq!(own.curve_step, 10);
/// # Ok::<(), boligspor_disclosure::ClearError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What it is called in the request sheet and the certificate.
    pub name: String,
    /// Goes up by one with every change of a rule.
    pub version: u32,
    /// The fewest distinct persons a number may rest on. Persons whose
    /// category is missing count like any other.
    pub minimum_persons: u32,
    /// How zeros are treated.
    #[serde(default)]
    pub zeros: Zeros,
    /// A withheld number of persons must stay unknown by at least so many:
    /// the largest minus the smallest value that all published numbers allow.
    /// At least `minimum_persons` gives the theorem of `docs/disclosure.md`:
    /// no group of any shape can be shown to have fewer members.
    pub width: u32,
    /// A withheld amount must stay unknown by at least this percentage of its
    /// largest possible value.
    #[serde(default = "twenty")]
    pub amount_width_percent: u32,
    /// The (n, k) rule for amounts.
    #[serde(default)]
    pub dominance: Option<Dominance>,
    /// The p % rule for amounts: the second largest contributor may not know
    /// the largest within this percentage.
    #[serde(default)]
    pub p_percent: Option<u32>,
    /// The fewest municipalities a number may rest on.
    #[serde(default)]
    pub minimum_municipalities: Option<u32>,
    /// How published counts are rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// Decimals of a published percentage, 0 to 4.
    #[serde(default = "one")]
    pub percent_decimals: u32,
    /// Means of amounts are published in multiples of this many units.
    #[serde(default = "one")]
    pub mean_unit: u32,
    /// A percentile is published as the mean of at least so many neighbours.
    /// Minima and maxima are never published. Default: `minimum_persons`.
    #[serde(default)]
    pub percentile_neighbours: u32,
    /// A step of a curve rests on at least so many persons. Default:
    /// `minimum_persons`.
    #[serde(default)]
    pub curve_step: u32,
    /// How the counts beneath a curve are rounded.
    #[serde(default)]
    pub curve_rounding: Rounding,
    /// Whether and how estimates of models may be published; left out: not.
    #[serde(default)]
    pub models: Option<Models>,
    /// Where each field is from, by field name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, Source>,
}

fn one() -> u32 {
    1
}

fn twenty() -> u32 {
    20
}

/// How zeros are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zeros {
    /// A zero may be shown.
    Show,
    /// A zero may be shown unless it tells something of everybody in a group
    /// that is published: 0 % or 100 % of it.
    #[default]
    ProtectShares,
    /// A zero is withheld like a small count.
    Protect,
}

/// The (n, k) rule: a sum is withheld where its largest contributors make up
/// the given percentage of it or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dominance {
    /// How many of the largest contributors: 1 or 2.
    pub contributors: u8,
    /// From which percentage on.
    pub percent: u32,
}

/// How published counts are rounded.
///
/// ```
/// use boligspor_disclosure::Rounding;
///
/// assert_eq!(Rounding::Nearest(5).round(8), 10);
/// assert_eq!(Rounding::Midpoint(6).round(7), 9);
/// assert_eq!(Rounding::Midpoint(6).round(0), 0);
/// assert_eq!(Rounding::Midpoint(6).possible(9), (7, 12));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Counts are published as they are.
    #[default]
    None,
    /// To the nearest multiple of an odd base, each number by itself: equal
    /// counts stay equal, but parts need not add up to their total.
    Nearest(u32),
    /// `ceil(x / base) · base − base / 2`, 0 stays 0; even base.
    Midpoint(u32),
    /// Atomic cells are rounded to the nearest multiple of an odd base and
    /// every published count is their sum, so that all tables of the bundle
    /// add up and agree.
    Additive(u32),
}

impl Rounding {
    /// What is published for a count (for [`Rounding::Additive`]: for an
    /// atomic cell).
    pub fn round(self, count: i64) -> i64 {
        match self {
            Self::None => count,
            Self::Nearest(base) | Self::Additive(base) => {
                let base = i64::from(base);
                (count + base / 2).div_euclid(base) * base
            }
            Self::Midpoint(base) => {
                let base = i64::from(base);
                if count <= 0 {
                    0
                } else {
                    (count + base - 1) / base * base - base / 2
                }
            }
        }
    }

    /// The smallest and the largest count that are published as `shown`.
    pub fn possible(self, shown: i64) -> (i64, i64) {
        match self {
            Self::None => (shown, shown),
            Self::Midpoint(_) if shown == 0 => (0, 0),
            Self::Nearest(base) | Self::Additive(base) => {
                let reach = i64::from(base) / 2;
                ((shown - reach).max(0), shown + reach)
            }
            Self::Midpoint(base) => {
                let half = i64::from(base) / 2;
                (shown - half + 1, shown + half)
            }
        }
    }

    fn fault(self) -> Option<&'static str> {
        match self {
            Self::Nearest(base) | Self::Additive(base) if base % 2 == 0 || base < 3 => {
                Some("needs an odd base of at least 3, so that no count lies halfway")
            }
            Self::Midpoint(base) if base % 2 == 1 || base < 2 => {
                Some("by midpoints needs an even base")
            }
            _ => None,
        }
    }
}

/// Where a field of a policy is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// How surely it is known.
    pub mark: Mark,
    /// Who says so.
    pub text: String,
}

/// How surely a rule is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Found in the named public source.
    Found,
    /// Second-hand.
    SecondHand,
    /// Recalled, without a source.
    Recalled,
    /// Our own inference or choice.
    Inferred,
}

impl Policy {
    /// The names of the shipped policies.
    pub fn names() -> Vec<&'static str> {
        SHIPPED.iter().map(|(name, _)| *name).collect()
    }

    /// A shipped policy.
    ///
    /// # Errors
    ///
    /// [`ClearError::Policy`], listing the names, where there is none such.
    pub fn named(name: &str) -> Result<Self> {
        SHIPPED
            .iter()
            .find(|(shipped, _)| *shipped == name)
            .ok_or_else(|| ClearError::Policy {
                policy: name.to_owned(),
                reason: format!(
                    "not shipped; the shipped ones are {}",
                    Self::names().join(", ")
                ),
            })
            .and_then(|(_, text)| Self::from_toml(text))
    }

    /// The user's own policy from the text of a TOML file.
    ///
    /// # Errors
    ///
    /// [`ClearError::Policy`] for unknown or missing keys and rules that
    /// contradict each other.
    pub fn from_toml(text: &str) -> Result<Self> {
        let mut policy: Self = toml::from_str(text).map_err(|error| ClearError::Policy {
            policy: "in TOML".to_owned(),
            reason: error.message().to_owned(),
        })?;
        if policy.percentile_neighbours == 0 {
            policy.percentile_neighbours = policy.minimum_persons;
        }
        if policy.curve_step == 0 {
            policy.curve_step = policy.minimum_persons;
        }
        policy.validate()?;
        Ok(policy)
    }

    /// Whether the rules fit together.
    ///
    /// # Errors
    ///
    /// [`ClearError::Policy`] naming the field.
    pub fn validate(&self) -> Result<()> {
        let fault = if self.name.trim().is_empty() {
            Some("name is empty")
        } else if let Some(fault) = self.rounding.fault().or(self.curve_rounding.fault()) {
            Some(fault)
        } else if matches!(self.rounding, Rounding::Additive(base) if self.width > base / 2) {
            Some(
                "width is over half the base of additive rounding: a cell rounded to 0 is known within half the base",
            )
        } else if matches!(self.rounding, Rounding::Midpoint(base) if self.width >= base) {
            Some(
                "width is not under the base of midpoint rounding: a count is known within the base",
            )
        } else if self.minimum_persons < 2 {
            Some("minimum_persons is under 2; 1 would publish single persons")
        } else if self.width == 0 {
            Some("width is 0; a withheld number must stay unknown by at least 1")
        } else if self.rounding == Rounding::None && self.width < self.minimum_persons {
            Some("width is under minimum_persons; without rounding it must be at least that")
        } else if self.amount_width_percent == 0 || self.amount_width_percent > 99 {
            Some("amount_width_percent is outside 1 to 99")
        } else if self.percent_decimals > 4 {
            Some("percent_decimals is over 4")
        } else if self.mean_unit == 0 {
            Some("mean_unit is 0; 1 publishes whole units")
        } else if self.percentile_neighbours < self.minimum_persons {
            Some("percentile_neighbours is under minimum_persons")
        } else if self.curve_step < 2 {
            Some("curve_step is under 2")
        } else if self
            .dominance
            .is_some_and(|rule| !(1..=2).contains(&rule.contributors))
        {
            Some("dominance.contributors is neither 1 nor 2, the largest that are kept")
        } else if self
            .dominance
            .is_some_and(|rule| !(1..=100).contains(&rule.percent))
        {
            Some("dominance.percent is outside 1 to 100")
        } else if self
            .models
            .is_some_and(|rule| !(1..=2).contains(&rule.digits))
        {
            Some("models.digits is neither 1 nor 2: more would show single persons")
        } else {
            self.sources
                .keys()
                .find(|field| !FIELDS.contains(&field.as_str()))
                .map(|_| "sources names a field that does not exist")
        };
        match fault {
            None => Ok(()),
            Some(reason) => Err(ClearError::Policy {
                policy: self.name.clone(),
                reason: reason.to_owned(),
            }),
        }
    }

    /// The policy as TOML, as it is printed with a release.
    ///
    /// # Errors
    ///
    /// [`ClearError::Policy`] if it cannot be written.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string_pretty(self).map_err(|error| ClearError::Policy {
            policy: self.name.clone(),
            reason: error.to_string(),
        })
    }
}

/// The fields that a source can be given for.
pub(crate) const FIELDS: [&str; 15] = [
    "minimum_persons",
    "zeros",
    "width",
    "amount_width_percent",
    "dominance",
    "p_percent",
    "minimum_municipalities",
    "rounding",
    "percent_decimals",
    "mean_unit",
    "percentile_neighbours",
    "curve_step",
    "curve_rounding",
    "models",
    "version",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_policies_are_valid_and_every_rule_has_its_source() {
        for name in Policy::names() {
            let policy = Policy::named(name).unwrap();
            assert_eq!(policy.name, name);
            for field in [
                "minimum_persons",
                "zeros",
                "width",
                "percentile_neighbours",
                "curve_step",
            ] {
                assert!(policy.sources.contains_key(field), "{name}: {field}");
            }
            assert_eq!(
                policy.dominance.is_some(),
                policy.sources.contains_key("dominance")
            );
            assert_eq!(
                policy.models.is_some(),
                policy.sources.contains_key("models")
            );
            assert_eq!(
                policy.p_percent.is_some(),
                policy.sources.contains_key("p_percent")
            );
            let again = Policy::from_toml(&policy.to_toml().unwrap()).unwrap();
            assert_eq!(again, policy);
        }
    }

    #[test]
    fn unknown_keys_and_contradictions_are_refused() {
        let base = "name = \"x\"\nversion = 1\nminimum_persons = 5\nwidth = 5\n";
        assert!(Policy::from_toml(base).is_ok());
        for (line, expected) in [
            ("widht = 3", "unknown field"),
            ("rounding = { nearest = 4 }", "odd base"),
            ("rounding = { midpoint = 5 }", "even base"),
            (
                "dominance = { contributors = 3, percent = 85 }",
                "contributors",
            ),
            ("percentile_neighbours = 2", "percentile_neighbours"),
            (
                "models = { minimum_freedom = 10, digits = 3 }",
                "models.digits",
            ),
            (
                "sources = { wdth = { mark = \"found\", text = \"\" } }",
                "does not exist",
            ),
        ] {
            let error = Policy::from_toml(&format!("{base}{line}\n")).unwrap_err();
            assert!(error.to_string().contains(expected), "{line}: {error}");
        }
        let narrow = base.replace("width = 5", "width = 4");
        assert!(Policy::from_toml(&narrow).is_err());
    }

    #[test]
    fn what_is_possible_is_what_rounds_to_it() {
        for rounding in [
            Rounding::None,
            Rounding::Nearest(5),
            Rounding::Midpoint(6),
            Rounding::Additive(3),
        ] {
            for count in 0..100 {
                let shown = rounding.round(count);
                let (low, high) = rounding.possible(shown);
                assert!((low..=high).contains(&count));
                for other in 0..130 {
                    assert_eq!(
                        rounding.round(other) == shown,
                        (low..=high).contains(&other),
                        "{rounding:?} {count} {other}"
                    );
                }
            }
        }
    }
}
