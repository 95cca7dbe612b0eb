//! What a cohort is: the part of a study that says who, from when, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::register::Design;

/// The day the clock starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeZero {
    /// The day of placement: the allotment of a home (`placed_on`). Those
    /// never placed are not in the cohort.
    #[default]
    Placement,
    /// The day of enrolment (`enrolled_on`), placed later or never.
    Enrolment,
}

/// Which of a person's rows count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The first one in the data, chosen before every other condition, so
    /// that no condition promotes a later one.
    #[default]
    First,
    /// Every one; a person can be in the cohort several times.
    Every,
}

/// A condition on people or placements, as an SQL expression over the columns
/// of `persons` and `placements` and those the cohort adds (see [`CohortSpec`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// The condition in words, as it stands in the attrition flow.
    pub name: String,
    /// The condition, such as `age >= 18 AND support_method = 'ACT'`.
    pub sql: String,
}

/// Who is in a cohort, from when, and for how long they are followed.
///
/// Columns that conditions and strata can use: all of `persons` and
/// `placements`, and `time_zero` (date), `age` (full years at time zero),
/// `age_group` (`0-17`, `18-24`, `25-29`, `30-39`, `40-49`, `50-59`, `60+`),
/// `cohort_year`, `placed` (whether ever placed) and `placement_number`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CohortSpec {
    /// The day the clock starts.
    pub time_zero: TimeZero,
    /// First row of each person, or every row.
    pub which: Which,
    /// Time zero on this day or later.
    pub from: Option<Date>,
    /// Time zero on this day or earlier.
    pub to: Option<Date>,
    /// Full months that must be observed before time zero. Needs the
    /// register's `observed_from`.
    pub look_back_months: u32,
    /// Full months that must be observable after time zero, whatever happens
    /// to the person in them.
    pub minimum_follow_up_months: u32,
    /// Follow-up stops this many months after time zero.
    pub follow_up_months: Option<u32>,
    /// Further conditions, each a step of the attrition flow.
    pub include: Vec<Inclusion>,
    /// Columns that divide the cohort.
    pub strata: Vec<String>,
}

impl CohortSpec {
    /// Checks what can be checked without data.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self) -> Result<()> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(Error::option(
                "cohort.from",
                "is after `cohort.to`",
                "swap the two dates",
            ));
        }
        if let Some(follow_up) = self.follow_up_months {
            if follow_up == 0 {
                return Err(Error::option(
                    "cohort.follow_up_months",
                    "is 0",
                    "leave it out to follow everyone as long as they are observed",
                ));
            }
            if follow_up < self.minimum_follow_up_months {
                return Err(Error::option(
                    "cohort.follow_up_months",
                    "is less than `cohort.minimum_follow_up_months`",
                    "raise it, or lower the minimum",
                ));
            }
        }
        for (i, name) in self.strata.iter().enumerate() {
            if self.strata[..i].contains(name) {
                return Err(Error::option(
                    "cohort.strata",
                    format!("names `{name}` twice"),
                    "name each column once",
                ));
            }
        }
        Ok(())
    }

    /// What the cohort asks of the tables, for the rules that check its design:
    /// the column of time zero, and the columns that strata and conditions name.
    ///
    /// ```
    /// use boligspor::cohort::{CohortSpec, Inclusion};
    /// let adults = Inclusion { name: "adults".into(), sql: "age >= 18".into() };
    /// let spec = CohortSpec { include: vec![adults], strata: vec!["sex".into()], ..CohortSpec::default() };
    /// let design = spec.design();
    /// assert_eq!((design.time_zero.as_str(), design.columns), ("placed_on", vec!["sex".into(), "age".into()]));
    /// ```
    pub fn design(&self) -> Design {
        let mut columns = self.strata.clone();
        for condition in &self.include {
            // Words that are no column are passed over by the rules.
            let word = |c: char| !(c.is_alphanumeric() || c == '_');
            for name in condition.sql.split(word) {
                let begins = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
                if begins && !columns.iter().any(|c| c == name) {
                    columns.push(name.to_owned());
                }
            }
        }
        Design {
            time_zero: match self.time_zero {
                TimeZero::Placement => "placed_on".into(),
                TimeZero::Enrolment => "enrolled_on".into(),
            },
            columns,
        }
    }

    /// The cohort in one sentence.
    ///
    /// ```
    /// use boligspor::{Lang, cohort::CohortSpec};
    /// assert_eq!(
    ///     CohortSpec::default().describe(Lang::En),
    ///     "Each person's first placement; the clock starts on the day of placement.",
    /// );
    /// ```
    pub fn describe(&self, lang: Lang) -> String {
        let mut text = match (self.time_zero, self.which) {
            (TimeZero::Placement, Which::First) => lang.pick(
                "Hver persons første boligtildeling; uret starter på tildelingsdagen",
                "Each person's first placement; the clock starts on the day of placement",
            ),
            (TimeZero::Placement, Which::Every) => lang.pick(
                "Alle boligtildelinger; uret starter på tildelingsdagen",
                "Every placement; the clock starts on the day of placement",
            ),
            (TimeZero::Enrolment, Which::First) => lang.pick(
                "Hver persons første indskrivning, uanset om en bolig følger; uret starter på indskrivningsdagen",
                "Each person's first enrolment, whether or not a home follows; the clock starts on the day of enrolment",
            ),
            (TimeZero::Enrolment, Which::Every) => lang.pick(
                "Alle indskrivninger, uanset om en bolig følger; uret starter på indskrivningsdagen",
                "Every enrolment, whether or not a home follows; the clock starts on the day of enrolment",
            ),
        }
        .to_owned();
        if let Some(from) = self.from {
            text += &format!(
                "{} {}",
                lang.pick(", fra og med", ", from"),
                from.written(lang)
            );
        }
        if let Some(to) = self.to {
            text += &format!("{} {}", lang.pick(", til og med", ", to"), to.written(lang));
        }
        if self.look_back_months > 0 {
            text += &format!(
                "; {} {} {}",
                lang.pick("mindst", "at least"),
                self.look_back_months,
                lang.pick("måneder observeret før", "months observed before")
            );
        }
        if self.minimum_follow_up_months > 0 {
            text += &format!(
                "; {} {} {}",
                lang.pick("mindst", "at least"),
                self.minimum_follow_up_months,
                lang.pick("måneder kan følges efter", "months observable after")
            );
        }
        if let Some(months) = self.follow_up_months {
            text += &format!(
                "; {} {months} {}",
                lang.pick("fulgt i højst", "followed for at most"),
                lang.pick("måneder", "months")
            );
        }
        if !self.include.is_empty() {
            let names: Vec<&str> = self.include.iter().map(|i| i.name.as_str()).collect();
            text += &format!("; {}: {}", lang.pick("kun", "only"), names.join("; "));
        }
        text + "."
    }
}
