//! A study whose every file exists and whose every choice fits: ready to run.

use std::fs;
use std::path::{Path, PathBuf};

use super::keys;
use super::read::{Locator, read_text};
use super::spec::{ReleaseSpec, Study};
use crate::costs::RuleBook;
use crate::disclosure::Policy;
use crate::effect::{Design, Scenario};
use crate::error::{Error, Result};
use crate::municipality::CompareSpec;
use crate::register::{Register, RegisterBuilder, Table};
use crate::release::History;
use crate::retention::{CurveSpec, Definition, Measure};

/// A study together with where its tables lie, checked as far as possible
/// without reading them.
#[derive(Clone, Debug)]
pub struct Plan {
    study: Study,
    inputs: Vec<(Table, PathBuf)>,
    /// The refund rules, where the study asks for any.
    rules: Option<RuleBook>,
    /// What is released is cleared under this; nothing is where there is none.
    policy: Option<Policy>,
    /// The record of what was released before, where one is kept.
    ledger: Option<PathBuf>,
    /// The hash of the study file, where there is one.
    hash: Option<String>,
}

impl Plan {
    /// The plan of a study file; its paths are relative to the file's folder.
    ///
    /// # Errors
    /// As [`Study::parse`], and [`Error::Study`] with the line of a table that
    /// does not exist; [`Error::File`] where the study itself cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        let study = Study::parse(&text)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        Ok(Self {
            hash: Some(hash),
            ..Self::check(study, folder, &Locator::new(&text))?
        })
    }

    /// The plan of a study made in code, its paths relative to `folder`.
    ///
    /// # Errors
    /// [`Error::Option`] for choices that do not fit, [`Error::Study`] for a
    /// table that does not exist.
    pub fn new(study: Study, folder: &Path) -> Result<Self> {
        study.validate()?;
        Self::check(study, folder, &Locator::default())
    }

    fn check(study: Study, folder: &Path, locate: &Locator) -> Result<Self> {
        let mut inputs = Vec::new();
        for (table, path) in study.inputs.tables() {
            let full = folder.join(path);
            if !full.exists() {
                return Err(Error::Study {
                    location: locate.key(&format!("inputs.{table}")),
                    problem: format!("there is no file {path}{}", similar(&full)),
                    hint: "paths are relative to the study file".into(),
                });
            }
            inputs.push((table, full));
        }
        let rules = match &study.refunds {
            None => None,
            Some(spec) => {
                let book = match &spec.file {
                    None => RuleBook::shipped(),
                    Some(file) => RuleBook::read(&folder.join(file))?,
                };
                for name in spec.rules.iter().filter(|n| *n != "none") {
                    book.set(name).map_err(|e| locate.place(e))?;
                }
                Some(book)
            }
        };
        let policy = policy(&study.release, folder).map_err(|e| locate.place(e))?;
        let ledger = study.release.ledger.as_ref().map(|l| folder.join(l));
        Ok(Self {
            study,
            inputs,
            rules,
            policy,
            ledger,
            hash: None,
        })
    }

    /// The study.
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// The tables and where they lie, the required ones first.
    pub fn inputs(&self) -> &[(Table, PathBuf)] {
        &self.inputs
    }

    /// The register that the study's tables make, not yet read.
    pub fn register(&self) -> RegisterBuilder {
        let inputs = &self.study.inputs;
        let empty = Register::builder()
            .observed_from(inputs.observed_from.map(|d| d.0))
            .observed_until(inputs.observed_until.0)
            .check_options(self.study.checks.clone())
            .design(self.study.cohort.design());
        self.inputs
            .iter()
            .fold(empty, |b, (table, path)| b.table(*table, path.as_path()))
    }

    /// The refund rules, where the study asks for any.
    pub fn rules(&self) -> Option<&RuleBook> {
        self.rules.as_ref()
    }

    /// The policy that results are released under; `None` where none are.
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// With another ledger than the study names.
    #[must_use]
    pub fn with_ledger(mut self, ledger: impl Into<PathBuf>) -> Self {
        self.ledger = Some(ledger.into());
        self
    }

    /// What was released before, where a ledger is kept and something is to be
    /// released.
    ///
    /// # Errors
    /// As [`History::open`].
    pub fn history(&self) -> Result<Option<History>> {
        let ledger = self.ledger.as_ref().filter(|_| self.policy.is_some());
        ledger
            .map(|path| History::open(path, &self.study.release.name))
            .transpose()
    }

    /// The BLAKE3 hash of the study file; `None` for a study made in code.
    pub fn study_hash(&self) -> Option<&str> {
        self.hash.as_deref()
    }
}

/// The policy of a study, by name or from a file.
fn policy(spec: &ReleaseSpec, folder: &Path) -> Result<Option<Policy>> {
    if spec.policy == "none" {
        return Ok(None);
    }
    let refused = |problem: String| {
        let names = Policy::names().join("`, `");
        Error::option(
            "release.policy",
            problem,
            format!("name one of `{names}`, a TOML file, or `none`"),
        )
    };
    let read = if Policy::names().contains(&spec.policy.as_str()) {
        Policy::named(&spec.policy)
    } else {
        let path = folder.join(&spec.policy);
        let text = fs::read_to_string(&path)
            .map_err(|_| refused("is neither a shipped policy nor a file".into()))?;
        Policy::from_toml(&text)
    };
    let mut policy = read.map_err(|e| refused(format!("cannot be used: {e}")))?;
    policy.percent_decimals = policy.percent_decimals.min(spec.decimals);
    Ok(Some(policy))
}

/// The file in the same folder whose name is nearest, as a parenthesis.
fn similar(missing: &Path) -> String {
    let Some((folder, name)) = missing.parent().zip(missing.file_name()) else {
        return String::new();
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return " (nor its folder)".into();
    };
    let mut names: Vec<String> = entries
        .filter_map(|e| Some(e.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort();
    match keys::nearest(&name.to_string_lossy(), &names) {
        Some(near) => format!(" (there is {near})"),
        None => String::new(),
    }
}

impl Study {
    /// The definitions that have a whole curve, with how it is asked for.
    pub(super) fn curved(&self) -> impl Iterator<Item = (&Definition, &CurveSpec)> {
        let has_curve = |d: &&Definition| d.measure != Measure::DaysHoused;
        self.retention_curve.iter().flat_map(move |spec| {
            self.retention
                .iter()
                .filter(has_curve)
                .map(move |d| (d, spec))
        })
    }

    /// The design that a scenario rests on.
    ///
    /// # Errors
    /// [`Error::Option`] where the study has none of that name.
    pub(super) fn design_of(&self, scenario: &Scenario) -> Result<&Design> {
        let found = match &scenario.design {
            None => self.effects.first(),
            Some(wanted) => self.effects.iter().find(|d| d.name == *wanted),
        };
        found.ok_or_else(|| {
            let names: Vec<String> = self.effects.iter().map(|d| d.name.clone()).collect();
            let wanted = scenario.design.as_deref().unwrap_or_default();
            let hint = match keys::nearest(wanted, &names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name an [[effects]] design of this study".into(),
            };
            Error::option("net_cost.design", "is the name of no design", hint)
        })
    }

    /// The definition that groups are compared by: the first with horizons
    /// that asks for a share of people.
    ///
    /// # Errors
    /// [`Error::Option`] where there is none.
    pub(super) fn compared_by(&self) -> Result<&Definition> {
        self.retention
            .iter()
            .find(|d| d.measure != Measure::DaysHoused && !d.horizons.is_empty())
            .ok_or_else(|| {
                Error::option(
                    "groups",
                    "has no definition to compare by",
                    "add `[[retention]]` with `horizons` and the measure `at` or `throughout`",
                )
            })
    }

    /// The comparison asked for, its definition and horizon filled in.
    ///
    /// # Errors
    /// [`Error::Option`] where the definition is not one of the study's or
    /// its choices do not fit.
    pub fn compare_spec(&self) -> Result<Option<CompareSpec>> {
        let Some(compare) = &self.compare else {
            return Ok(None);
        };
        let names: Vec<String> = self.retention.iter().map(|d| d.name.clone()).collect();
        let definition = match &compare.definition {
            None => self.retention.first(),
            Some(wanted) => self.retention.iter().find(|d| d.name == *wanted),
        };
        let Some(definition) = definition else {
            let wanted = compare.definition.as_deref().unwrap_or_default();
            let hint = match keys::nearest(wanted, &names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a [[retention]] definition of this study".into(),
            };
            return Err(Error::option(
                "compare.definition",
                "is the name of no definition",
                hint,
            ));
        };
        let horizon = compare.horizon.or(definition.horizons.last().copied());
        let Some(horizon) = horizon else {
            return Err(Error::option(
                "compare.definition",
                "has no horizon to compare at",
                "choose a definition with `horizons`",
            ));
        };
        if !definition.horizons.contains(&horizon) {
            return Err(Error::option(
                "compare.horizon",
                format!("is no horizon of the definition `{}`", definition.name),
                "choose one of its `horizons`, or add this one to them",
            ));
        }
        let spec = CompareSpec {
            definition: definition.clone(),
            horizon,
            case_mix: compare.case_mix.clone(),
            expected: compare.expected,
            model_replicates: compare.model_replicates,
            overdispersion: compare.overdispersion,
            cost_periods: compare.cost_periods,
            costs: self.costs.clone().unwrap_or_default(),
            small: compare.small,
            anonymous: compare.anonymous,
        };
        spec.validate()?;
        Ok(Some(spec))
    }
}
