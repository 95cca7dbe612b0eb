//! The rules: one a file, each with a stable code and a page of its own.
//!
//! A rule's doc comment is its page; `docs/rules` is written from it.

mod after_observation;
mod before_observation;
mod cost_jump;
mod coverage_drop;
mod death_before_birth;
mod duplicate_key;
mod duplicate_row;
mod empty_table;
mod end_before_start;
mod identity_change;
mod immortal_time;
mod implausible_birth;
mod long_open_stay;
mod missing_birth;
mod missing_column;
mod misspelt_column;
mod negative_cost;
mod new_year_check_in;
mod null_key;
mod one_sided_costs;
mod orphan_person;
mod overlap;
mod person_id_reuse;
mod placement_before_enrolment;
mod placement_outside_life;
mod placement_without_stay;
mod price_jump;
mod sentinel_date;
mod several_first_placements;
mod share_out_of_range;
mod stay_after_death;
mod stay_before_birth;
mod stay_while_abroad;
mod time_of_day;
mod treated_missing;
mod two_municipalities;
mod undated_cost;
mod undated_placement;
mod unknown_municipality;
mod unknown_state;
mod unreadable_values;
mod zero_length;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod pages;

use std::collections::BTreeMap;

use super::context::Context;
use super::options::CheckOptions;
use super::report::{CheckReport, Finding, Severity};
use super::table::Table;
use crate::error::Result;
use crate::interrupt::Interrupt;

/// What is fixed about a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Meta {
    /// Its stable code, such as `R201`.
    pub code: &'static str,
    /// Its name, such as `end-before-start`.
    pub name: &'static str,
    /// The severity of its findings, unless an option changes it.
    pub severity: Severity,
    /// Whether no option can change it, since nothing can be computed without.
    pub structural: bool,
    /// The numbers from which on it has something to say.
    pub limits: &'static [Limit],
}

/// A number of a rule that the check options can change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Its name in the check options.
    pub name: &'static str,
    /// What it is unless changed. No public source gives any of them: they are
    /// ours.
    pub default: f64,
    /// What kind of number it is.
    pub of: Number,
    /// What it says.
    pub what: &'static str,
}

/// What kind of number a limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// A whole number of 1 to 1,000,000.
    Whole,
    /// A share of 0 to 1.
    Share,
    /// A factor of 1 or more.
    Factor,
}

impl Limit {
    /// What is wanted instead of a number that cannot be meant.
    pub(super) fn refuses(&self, value: f64) -> Option<&'static str> {
        let (fits, wanted) = match self.of {
            Number::Whole => (
                (1.0..=1e6).contains(&value) && value.fract() == 0.0,
                "a whole number of 1 to 1,000,000",
            ),
            Number::Share => ((0.0..=1.0).contains(&value), "a share of 0 to 1"),
            Number::Factor => (value >= 1.0 && value.is_finite(), "a factor of 1 or more"),
        };
        (!fits).then_some(wanted)
    }
}

/// What a rule is about. The first digit of its code tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Tables, columns, types, keys and rows (`R1..`).
    Structure,
    /// Dates, their order, and what lasts how long (`R2..`).
    Time,
    /// Codes of places and states, and who covers what (`R3..`).
    Geography,
    /// Amounts and their units (`R4..`).
    Plausibility,
    /// Whether rows of several tables are of one person (`R5..`).
    Linkage,
    /// Whether the comparison asked for can be made (`R6..`).
    Design,
}

impl Family {
    /// The family's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Time => "time",
            Self::Geography => "geography",
            Self::Plausibility => "plausibility",
            Self::Linkage => "linkage",
            Self::Design => "design",
        }
    }
}

impl Meta {
    /// The family of rules it belongs to.
    ///
    /// ```
    /// use boligspor::register::{Family, rules};
    /// let overlap = rules().find(|r| r.name == "overlap").unwrap();
    /// assert_eq!(overlap.family(), Family::Time);
    /// ```
    pub fn family(&self) -> Family {
        match self.code.as_bytes().get(1) {
            Some(b'1') => Family::Structure,
            Some(b'2') => Family::Time,
            Some(b'3') => Family::Geography,
            Some(b'4') => Family::Plausibility,
            Some(b'5') => Family::Linkage,
            _ => Family::Design,
        }
    }
}

/// A check of the tables.
pub(super) trait Rule: Sync {
    /// Code, name and severity.
    fn meta(&self) -> Meta;
    /// Adds what it finds.
    fn check(&self, context: &Context, findings: &mut Findings);
}

/// A rule whose severity can be changed.
const fn rule(code: &'static str, name: &'static str, severity: Severity) -> Meta {
    Meta {
        code,
        name,
        severity,
        structural: false,
        limits: &[],
    }
}

/// A rule with limits of its own.
const fn limited(meta: Meta, limits: &'static [Limit]) -> Meta {
    Meta { limits, ..meta }
}

/// Every rule, by code.
const ALL: &[&dyn Rule] = &[
    &missing_column::MissingColumn,
    &unreadable_values::UnreadableValues,
    &null_key::NullKey,
    &duplicate_key::DuplicateKey,
    &orphan_person::OrphanPerson,
    &misspelt_column::MisspeltColumn,
    &duplicate_row::DuplicateRow,
    &missing_birth::MissingBirth,
    &time_of_day::TimeOfDay,
    &empty_table::EmptyTable,
    &end_before_start::EndBeforeStart,
    &zero_length::ZeroLength,
    &overlap::Overlap,
    &sentinel_date::SentinelDate,
    &stay_before_birth::StayBeforeBirth,
    &stay_after_death::StayAfterDeath,
    &after_observation::AfterObservation,
    &before_observation::BeforeObservation,
    &implausible_birth::ImplausibleBirth,
    &death_before_birth::DeathBeforeBirth,
    &stay_while_abroad::StayWhileAbroad,
    &new_year_check_in::NewYearCheckIn,
    &long_open_stay::LongOpenStay,
    &unknown_state::UnknownState,
    &unknown_municipality::UnknownMunicipality,
    &two_municipalities::TwoMunicipalities,
    &coverage_drop::CoverageDrop,
    &negative_cost::NegativeCost,
    &cost_jump::CostJump,
    &undated_cost::UndatedCost,
    &share_out_of_range::ShareOutOfRange,
    &price_jump::PriceJump,
    &placement_before_enrolment::PlacementBeforeEnrolment,
    &several_first_placements::SeveralFirstPlacements,
    &placement_without_stay::PlacementWithoutStay,
    &placement_outside_life::PlacementOutsideLife,
    &undated_placement::UndatedPlacement,
    &identity_change::IdentityChange,
    &person_id_reuse::PersonIdReuse,
    &treated_missing::TreatedMissing,
    &immortal_time::ImmortalTime,
    &one_sided_costs::OneSidedCosts,
];

/// Every rule that `check` runs, by code.
///
/// ```
/// let codes: Vec<_> = boligspor::register::rules().map(|r| r.code).collect();
/// assert!(codes.is_sorted() && codes.contains(&"R101"));
/// ```
pub fn rules() -> impl Iterator<Item = Meta> {
    ALL.iter().map(|rule| rule.meta())
}

/// The rule with this code or name.
pub(super) fn find(name: &str) -> Option<Meta> {
    rules().find(|m| m.code == name || m.name == name)
}

/// The rule whose name is nearest to a text, if any is near.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    rules()
        .map(|m| (strsim::osa_distance(m.name, name), m.name))
        .min()
        .filter(|(distance, _)| *distance <= 4)
        .map(|(_, name)| name)
}

/// Runs every rule that is not off, stopping where asked.
pub(super) fn run(context: &Context, interrupt: &Interrupt) -> Result<CheckReport> {
    let mut found = Vec::new();
    for rule in ALL {
        interrupt.check()?;
        let meta = rule.meta();
        let option = context.options.of(meta.code, meta.name);
        if option
            .severity
            .is_some_and(|level| level.severity().is_none())
        {
            continue;
        }
        let mut findings = Findings {
            limits: option.limits,
            meta,
            options: context.options,
            found: &mut found,
        };
        rule.check(context, &mut findings);
    }
    let rows = context.given().map(|t| (t.table, t.rows())).collect();
    Ok(CheckReport::new(found, rows))
}

/// Where a rule puts what it finds.
pub(super) struct Findings<'a> {
    meta: Meta,
    limits: BTreeMap<String, f64>,
    options: &'a CheckOptions,
    found: &'a mut Vec<Finding>,
}

/// What a finding is about: a table, a column of its contract, and how many of
/// how many rows.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) table: Table,
    pub(super) column: Option<&'static str>,
    pub(super) rows: usize,
    pub(super) total: usize,
}

impl At {
    /// Some rows of a column.
    pub(super) fn column(
        context: &Context,
        table: Table,
        column: &'static str,
        rows: usize,
    ) -> Self {
        Self {
            table,
            column: Some(column),
            rows,
            total: context.rows(table),
        }
    }

    /// Some rows of a table.
    pub(super) fn table(context: &Context, table: Table, rows: usize) -> Self {
        Self {
            table,
            column: None,
            rows,
            total: context.rows(table),
        }
    }
}

impl Findings<'_> {
    /// One of the rule's limits: as the options have it, else its own.
    pub(super) fn limit(&self, limit: &Limit) -> f64 {
        debug_assert!(self.meta.limits.contains(limit));
        self.limits
            .get(limit.name)
            .copied()
            .unwrap_or(limit.default)
    }

    /// Adds a finding where it concerns any row.
    pub(super) fn add(&mut self, at: At, message: impl Into<String>, hint: impl Into<String>) {
        if at.rows > 0 {
            self.always(self.meta.severity, at, message, hint);
        }
    }

    /// Adds a finding of another severity than the rule's, where it concerns any row.
    pub(super) fn add_as(
        &mut self,
        severity: Severity,
        at: At,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        if at.rows > 0 {
            self.always(severity, at, message, hint);
        }
    }

    /// Adds a finding that may concern the table rather than rows of it.
    pub(super) fn always(
        &mut self,
        severity: Severity,
        at: At,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let option = self.options.of(self.meta.code, self.meta.name);
        let mut severity = option
            .severity
            .and_then(super::options::Level::severity)
            .unwrap_or(severity);
        let tolerated = |share: f64| at.rows as f64 <= share * at.total as f64;
        if at.rows > 0 && option.tolerance.is_some_and(tolerated) {
            severity = match severity {
                Severity::Error => Severity::Warning,
                Severity::Warning | Severity::Info => Severity::Info,
            };
        }
        self.found.push(Finding {
            code: self.meta.code,
            rule: self.meta.name,
            severity,
            table: at.table,
            column: at.column,
            rows: at.rows,
            total: at.total,
            message: message.into(),
            hint: hint.into(),
        });
    }
}
