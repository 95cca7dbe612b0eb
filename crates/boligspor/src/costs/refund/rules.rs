//! Refund rules as data: a versioned TOML file of dated rule sets.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calendar::{self, Date, Day};
use crate::error::{Error, Result};
use crate::lang::Lang;

/// The version of rule files that this library reads.
pub const RULES_VERSION: u32 = 1;

/// The file shipped with the library.
const SHIPPED: &str = include_str!("denmark.toml");

/// How surely a rule is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Read in the named public source.
    Found,
    /// Told by another source.
    SecondHand,
    /// From memory, no source at hand.
    Recalled,
    /// A choice made where the source leaves one.
    Inferred,
}

impl Certainty {
    /// The mark as its code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::SecondHand => "second_hand",
            Self::Recalled => "recalled",
            Self::Inferred => "inferred",
        }
    }
}

/// From which day a limit holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The first day on which it holds.
    pub from: Date,
    /// Days in a running year.
    pub days: u32,
}

/// Which day's limit counts in a running year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitOf {
    /// The limit in force on the day itself.
    #[default]
    Day,
    /// The limit in force on the first day of the running year.
    YearStart,
}

/// What a stay under way when the rule takes effect does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ongoing {
    /// It starts the clock on the day the rule takes effect.
    #[default]
    StartsClock,
    /// It is refunded to its end without limit, and starts no clock.
    Unlimited,
}

/// What is counted from when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Clock {
    /// Nothing: every day is refunded.
    Unlimited {},
    /// Days in each running year from a person's first admission.
    RunningYears {
        /// The limits, by the day from which they hold.
        limits: Vec<Limit>,
        /// Which day's limit counts.
        #[serde(default)]
        limit_of: LimitOf,
        /// What a stay under way does.
        #[serde(default)]
        ongoing: Ongoing,
    },
    /// Time since a person's first discharge.
    AfterDischarge {
        /// From which services the discharge is.
        discharge_from: String,
        /// How many months from the discharge count.
        within_months: u32,
        /// At most as many days as so many months after the discharge have.
        #[serde(default)]
        at_most_months: Option<u32>,
        /// Only spells granted by the day of discharge.
        #[serde(default)]
        granted_before: bool,
        /// Or granted by the end of a spell of these services straight after it.
        #[serde(default)]
        or_after: Option<String>,
        /// The most days between discharge and that spell.
        #[serde(default)]
        straight_days: u32,
    },
}

/// One refund rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// The kind of service it covers, a key of the file's `services`.
    pub covers: String,
    /// The refunded share of the spending, 0 to 1.
    pub rate: f64,
    /// The first day it is in force; left out: always was.
    #[serde(default)]
    pub from: Option<Date>,
    /// The first day it is no longer in force; left out: still is.
    #[serde(default)]
    pub until: Option<Date>,
    /// The rule in words.
    pub says: String,
    /// Where it is from.
    pub source: String,
    /// How surely it is known.
    pub certainty: Certainty,
    /// What was assumed where the source leaves a choice.
    #[serde(default)]
    pub assumptions: Vec<String>,
    /// What is counted from when.
    pub clock: Clock,
}

impl Rule {
    /// The days it is in force.
    pub(super) fn in_force(&self) -> (Day, Day) {
        (
            self.from.map_or(Day::MIN, |d| d.0),
            self.until.map_or(Day::MAX, |d| d.0),
        )
    }
}

/// Rules that hold together, a law and its changes.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSet {
    /// Its name.
    pub name: String,
    /// Its title, Danish and English.
    pub title: [String; 2],
    /// The rules; a day is refunded by the first that does.
    pub rules: Vec<Rule>,
    /// Cost categories by the kind of service the rules name.
    pub services: BTreeMap<String, Vec<String>>,
    /// Whose spending is refunded.
    pub payer: String,
    /// Who refunds it.
    pub refunded_by: String,
}

/// A rule file: sets of rules by name.
///
/// ```
/// use boligspor::costs::RuleBook;
/// let book = RuleBook::shipped();
/// let reform = book.set("reform_2023")?;
/// assert_eq!(reform.rules.len(), 3);
/// assert!(book.set("reform_2023@2016-01-01")?.rules[0].says.contains("120 days"));
/// # Ok::<(), boligspor::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RuleBook {
    name: String,
    edition: String,
    sets: Vec<RuleSet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    name: String,
    edition: String,
    payer: String,
    refunded_by: String,
    services: BTreeMap<String, Vec<String>>,
    #[serde(rename = "set")]
    sets: Vec<FileSet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSet {
    name: String,
    title_da: String,
    title_en: String,
    #[serde(default, rename = "rule")]
    rules: Vec<Rule>,
    /// The set whose rules end on the day those of `then` begin.
    #[serde(default)]
    earlier: Option<String>,
    #[serde(default)]
    then: Option<String>,
}

impl RuleBook {
    /// The Danish rules shipped with the library.
    ///
    /// # Panics
    /// Never: the file is part of the library, and tested.
    pub fn shipped() -> Self {
        Self::parse(SHIPPED).expect("the shipped file is tested")
    }

    /// Reads a rule file.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read, [`Error::Option`] as
    /// [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::file("read", path, e))?;
        Self::parse(&text)
    }

    /// Reads rules from the text of a rule file.
    ///
    /// # Errors
    /// [`Error::Option`] for text that is no rule file of this version, an
    /// unknown key, or rules that do not fit together.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|e| {
            let line = e
                .span()
                .map_or(1, |s| text[..s.start].lines().count().max(1));
            fault(format!("line {line}: {}", e.message()))
        })?;
        if file.version != RULES_VERSION {
            return Err(fault(format!("version {} is not 1", file.version)));
        }
        let mut sets: Vec<RuleSet> = Vec::new();
        for set in file.sets {
            let find = |name: &Option<String>| -> Result<Vec<Rule>> {
                let Some(name) = name else {
                    return Ok(Vec::new());
                };
                let found = sets.iter().find(|s| s.name == *name);
                let found = found.ok_or_else(|| fault(format!("no set before is called `{name}`")));
                Ok(found?.rules.clone())
            };
            let (mut rules, then) = (find(&set.earlier)?, find(&set.then)?);
            let change = then.iter().filter_map(|r| r.from).min();
            for rule in &mut rules {
                rule.until = match (rule.until, change) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
            rules.extend(then);
            rules.extend(set.rules);
            let set = RuleSet {
                name: set.name,
                title: [set.title_da, set.title_en],
                rules,
                services: file.services.clone(),
                payer: file.payer.clone(),
                refunded_by: file.refunded_by.clone(),
            };
            set.validate()?;
            if sets.iter().any(|s| s.name == set.name) {
                return Err(fault(format!("two sets are called `{}`", set.name)));
            }
            sets.push(set);
        }
        Ok(Self {
            name: file.name,
            edition: file.edition,
            sets,
        })
    }

    /// The file's name and edition.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.edition)
    }

    /// The sets, in the file's order.
    pub fn sets(&self) -> &[RuleSet] {
        &self.sets
    }

    /// The set with this name. `name@2016-01-01` is the same set as if it had
    /// taken effect on that day.
    ///
    /// # Errors
    /// [`Error::Option`] where there is none, or what follows `@` is no date.
    pub fn set(&self, name: &str) -> Result<RuleSet> {
        let (name, date) = match name.split_once('@') {
            Some((name, date)) => (name, Some(date)),
            None => (name, None),
        };
        let found = self.sets.iter().find(|s| s.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.sets.iter().map(|s| s.name.as_str()).collect();
            Error::option(
                "refunds.rules",
                "names no set of rules",
                format!("sets are {}", known.join(", ")),
            )
        })?;
        match date {
            None => Ok(found.clone()),
            Some(date) => {
                let day = calendar::parse(date).ok_or_else(|| {
                    Error::option(
                        "refunds.rules",
                        "has no date after the @",
                        "write a set and the day it takes effect, such as reform_2023@2016-01-01",
                    )
                })?;
                found.in_force_from(day)
            }
        }
    }
}

impl RuleSet {
    /// The title in a language.
    pub fn title(&self, lang: Lang) -> &str {
        &self.title[usize::from(lang == Lang::En)]
    }

    /// The same rules as if the first dated one had taken effect on another
    /// day, every later date moved with it: what a reform would have done.
    ///
    /// # Errors
    /// [`Error::Option`] for rules without any date.
    pub fn in_force_from(&self, day: Day) -> Result<Self> {
        let first = self.rules.iter().filter_map(|r| r.from).min();
        let Some(first) = first else {
            return Err(Error::option(
                "refunds.rules",
                format!("moves `{}`, which has no day it took effect", self.name),
                "leave out the @ and the date",
            ));
        };
        let by = day - first.0;
        let moved = |date: Date| Date(date.0 + by);
        let mut set = self.clone();
        set.name = format!("{}@{}", self.name, calendar::format(day));
        let at = calendar::format(day);
        set.title = [
            format!("{}, som om den gjaldt fra {at}", self.title[0]),
            format!("{}, as if in force from {at}", self.title[1]),
        ];
        for rule in &mut set.rules {
            rule.from = rule.from.map(moved);
            rule.until = rule.until.map(moved);
            if let Clock::RunningYears { limits, .. } = &mut rule.clock {
                for limit in limits {
                    limit.from = moved(limit.from);
                }
            }
        }
        Ok(set)
    }

    /// The kind of service that covers a cost category, if any rule's does.
    pub fn kind_of(&self, category: &str) -> Option<&str> {
        let found = self
            .services
            .iter()
            .find(|(_, categories)| categories.iter().any(|c| c == category));
        found.map(|(kind, _)| kind.as_str())
    }

    fn validate(&self) -> Result<()> {
        let known = |kind: &str, id: &str| {
            if self.services.contains_key(kind) {
                return Ok(());
            }
            Err(fault(format!(
                "rule `{id}` names `{kind}`, which `services` lacks"
            )))
        };
        let mut categories: Vec<&String> = self.services.values().flatten().collect();
        let all = categories.len();
        categories.sort();
        categories.dedup();
        if categories.len() < all {
            return Err(fault("`services` gives one category to two kinds"));
        }
        for rule in &self.rules {
            let id = &rule.id;
            if !(rule.rate > 0.0 && rule.rate <= 1.0) {
                return Err(fault(format!(
                    "the rate of `{id}` is not over 0 and at most 1"
                )));
            }
            known(&rule.covers, id)?;
            match &rule.clock {
                Clock::Unlimited {} => {}
                Clock::RunningYears { limits, .. } => {
                    let ordered = limits.windows(2).all(|w| w[0].from < w[1].from);
                    let begins = limits.first().map(|l| l.from.0);
                    if rule.from.is_none()
                        || !ordered
                        || begins > rule.from.map(|d| d.0)
                        || limits.is_empty()
                    {
                        return Err(fault(format!(
                            "`{id}` needs `from`, and limits in order from that day on"
                        )));
                    }
                }
                Clock::AfterDischarge {
                    discharge_from,
                    within_months,
                    or_after,
                    ..
                } => {
                    known(discharge_from, id)?;
                    if let Some(kind) = or_after {
                        known(kind, id)?;
                    }
                    if !(1..=1200).contains(within_months) {
                        return Err(fault(format!("`within_months` of `{id}` is not 1 to 1200")));
                    }
                }
            }
        }
        Ok(())
    }
}

fn fault(problem: impl Into<String>) -> Error {
    let problem = problem.into();
    Error::option(
        "refunds.file",
        format!("is no usable rule file: {problem}"),
        "docs/refunds.md says what a rule file holds",
    )
}
