//! How strict the checks are: per-rule severity and tolerance, and the code list.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::report::Severity;
use super::rules;
use crate::error::{Error, Result};

/// Which municipality codes are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Codes {
    /// The 98 Danish municipalities and Christiansø.
    #[default]
    Denmark,
    /// No list: every code is taken as it is (registers of other countries).
    Any,
}

/// How severe a rule's findings are, or that it does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The rule does not run.
    Off,
    /// As [`Severity::Info`].
    Info,
    /// As [`Severity::Warning`].
    Warning,
    /// As [`Severity::Error`].
    Error,
}

impl Level {
    /// The severity, or none where the rule is off.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// What is changed of one rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RuleOption {
    /// Replaces the rule's own severity.
    pub severity: Option<Level>,
    /// The share of a table's rows, 0 to 1, up to which an error is only a
    /// warning, and a warning only a remark.
    pub tolerance: Option<f64>,
    /// Other limits than the rule's own, by the names on the rule's page:
    /// `limits = { years = 5 }`.
    pub limits: BTreeMap<String, f64>,
}

/// What is done with cost rows that repeat another exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Duplicates {
    /// They count: two equal payments on one day do occur.
    #[default]
    Keep,
    /// Only the first counts: the deliveries are known to repeat rows.
    Drop,
}

/// How strict the checks are. The default is each rule's own severity.
///
/// ```
/// use boligspor::register::CheckOptions;
/// let options: CheckOptions = toml::from_str(r#"
///     municipality_codes = "any"
///     [rules.orphan-person]
///     severity = "warning"
///     [rules.R201]
///     tolerance = 0.001
///     [rules.long-open-stay]
///     limits = { years = 5 }
/// "#)?;
/// options.validate()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CheckOptions {
    /// Changes by rule, named by code (`R201`) or name (`end-before-start`).
    pub rules: BTreeMap<String, RuleOption>,
    /// Which municipality codes are known.
    pub municipality_codes: Codes,
    /// What is done with cost rows that repeat another exactly.
    pub duplicate_costs: Duplicates,
    /// When the values of a column became known, for the rule `immortal-time`:
    /// by column, the column of dates that tells it.
    pub known_on: BTreeMap<String, String>,
}

/// What a cohort asks of the tables: what the rules of design look at.
///
/// ```
/// use boligspor::register::Design;
/// let design = Design { time_zero: "placed_on".into(), columns: vec!["support_method".into()] };
/// let builder = boligspor::Register::builder().design(design);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Design {
    /// The column of `placements` on whose day the clock starts.
    pub time_zero: String,
    /// The columns by which the cohort is divided or chosen. Names that are no
    /// column are passed over.
    pub columns: Vec<String>,
}

impl CheckOptions {
    /// Sets a rule's severity, by code or name.
    #[must_use]
    pub fn with_severity(mut self, rule: &str, severity: Level) -> Self {
        self.rules.entry(rule.into()).or_default().severity = Some(severity);
        self
    }

    /// Sets the share of rows up to which a rule's errors are only warnings, and
    /// its warnings only remarks.
    #[must_use]
    pub fn with_tolerance(mut self, rule: &str, share: f64) -> Self {
        self.rules.entry(rule.into()).or_default().tolerance = Some(share);
        self
    }

    /// Sets one of a rule's limits, by the name on the rule's page.
    #[must_use]
    pub fn with_limit(mut self, rule: &str, name: &str, limit: f64) -> Self {
        let limits = &mut self.rules.entry(rule.into()).or_default().limits;
        limits.insert(name.into(), limit);
        self
    }

    /// Checks that each rule named exists, that what the engine cannot do
    /// without is not turned down, that shares are shares, and that limits are
    /// of the rule and can be meant.
    ///
    /// # Errors
    /// [`Error::Option`] naming the rule and, for an unknown one, the nearest.
    pub fn validate(&self) -> Result<()> {
        for (name, option) in &self.rules {
            let key = format!("checks.rules.{name}");
            let Some(meta) = rules::find(name) else {
                let hint = rules::nearest(name).map_or_else(
                    || "the rules are listed in docs/rules".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(Error::option(key, "names no rule", hint));
            };
            if meta.structural && (option.severity.is_some() || option.tolerance.is_some()) {
                return Err(Error::option(
                    key,
                    "cannot be changed",
                    "nothing can be computed without this; mend the table",
                ));
            }
            if option.tolerance.is_some_and(|t| !(0.0..=1.0).contains(&t)) {
                return Err(Error::option(
                    format!("{key}.tolerance"),
                    "is no share",
                    "give a number from 0 to 1, such as 0.001",
                ));
            }
            for (limit, value) in &option.limits {
                let key = format!("{key}.limits.{limit}");
                let Some(known) = meta.limits.iter().find(|l| l.name == limit) else {
                    let names: Vec<&str> = meta.limits.iter().map(|l| l.name).collect();
                    let hint = match names.as_slice() {
                        [] => format!("{} has no limits", meta.code),
                        names => format!("{} has {}", meta.code, names.join(", ")),
                    };
                    return Err(Error::option(key, "names no limit of the rule", hint));
                };
                if let Some(wanted) = known.refuses(*value) {
                    return Err(Error::option(
                        key,
                        "cannot be meant",
                        format!("give {wanted}; without it the limit is {}", known.default),
                    ));
                }
            }
        }
        Ok(())
    }

    /// What is changed of the rule, by code or name.
    pub(super) fn of(&self, code: &str, name: &str) -> RuleOption {
        let by_code = self.rules.get(code).cloned().unwrap_or_default();
        let by_name = self.rules.get(name).cloned().unwrap_or_default();
        let mut limits = by_name.limits;
        limits.extend(by_code.limits);
        RuleOption {
            severity: by_code.severity.or(by_name.severity),
            tolerance: by_code.tolerance.or(by_name.tolerance),
            limits,
        }
    }
}
