//! Reading a study: text, then keys, then types, then sense; each problem is
//! told with the line it stands on.

use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::keys;
use super::place;
use super::schema::SCHEMA;
use super::spec::{Study, VERSION};
use crate::costs::{CostSource, CostSpec};
use crate::error::{Error, Result};
use crate::retention::Definition;

impl Study {
    /// Reads a study from the text of a `study.toml` and checks all that can
    /// be checked without the tables.
    ///
    /// ```
    /// use boligspor::study::Study;
    /// let study = Study::parse(r#"
    ///     version = 1
    ///     [study]
    ///     title = "Housing First in one municipality"
    ///     [inputs]
    ///     persons = "persons.parquet"
    ///     placements = "placements.parquet"
    ///     stays = "stays.parquet"
    ///     observed_until = 2023-12-31
    ///     [[retention]]
    ///     preset = "odense_vive"
    ///     horizons = [12, 24, 36, 48]
    /// "#)?;
    /// assert_eq!(study.retention[0].horizons, [12, 24, 36, 48]);
    /// # Ok::<(), boligspor::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Study`] with the line: text that is not TOML, an unknown key
    /// (with the nearest known one), a value of the wrong type, or choices
    /// that do not fit together.
    pub fn parse(text: &str) -> Result<Self> {
        let locate = Locator::new(text);
        let mut table = DeTable::parse(text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start);
            problem(
                format!("line {}", place::line(text, at)),
                format!("this is not TOML ({})", e.message()),
                "text goes in quotes, and each section starts with its name in brackets",
            )
        })?;
        check_version(table.get_ref(), &locate)?;
        if let Some(first) = keys::unknown(table.get_ref(), &SCHEMA).first() {
            return Err(unknown_key(text, first));
        }
        start_from_presets(table.get_mut(), &locate)?;
        let study = Self::deserialize(toml::Deserializer::from(table.clone()))
            .map_err(|e| wrong_value(&locate, table.get_ref(), &e))?;
        study.validate().map_err(|e| locate.place(e))?;
        Ok(study)
    }

    /// Reads a study file; see [`Study::parse`].
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read, [`Error::Study`] as `parse`.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&read_text(path)?)
    }

    /// Checks that the choices fit together, as far as can be seen without
    /// the tables.
    ///
    /// # Errors
    /// [`Error::Option`] naming the key.
    pub fn validate(&self) -> Result<()> {
        if self.version != VERSION {
            return Err(Error::option("version", "is not 1", "write `version = 1`"));
        }
        if self.study.title.trim().is_empty() {
            return Err(Error::option(
                "study.title",
                "is empty",
                "say in a few words what is studied",
            ));
        }
        if let Some(from) = self.inputs.observed_from
            && from > self.inputs.observed_until
        {
            return Err(Error::option(
                "inputs.observed_from",
                "is after `inputs.observed_until`",
                "give the first day and the last day of complete registers",
            ));
        }
        self.checks.validate()?;
        self.cohort.validate()?;
        self.validate_analyses()?;
        if !(1..=1200).contains(&self.outputs.occupancy_months) {
            return Err(Error::option(
                "outputs.occupancy_months",
                "is not between 1 and 1200",
                "give the months from time zero that the picture of all states covers, such as 36",
            ));
        }
        Ok(())
    }

    fn validate_analyses(&self) -> Result<()> {
        let asks = !self.retention.is_empty()
            || self.costs.is_some()
            || self.days_housed.is_some()
            || !self.returns.is_empty()
            || self.refunds.is_some()
            || !self.effects.is_empty();
        if !asks {
            return Err(Error::option(
                "retention",
                "is missing, and so is `costs`: the study asks nothing",
                "add `[[retention]]` with `preset = \"odense_vive\"`, or `[costs]`",
            ));
        }
        for (i, definition) in self.retention.iter().enumerate() {
            definition
                .validate()
                .map_err(|e| under(e, "definition", &format!("retention[{i}]")))?;
            if self.retention[..i]
                .iter()
                .any(|d| d.name == definition.name)
            {
                return Err(Error::option(
                    format!("retention[{i}].name"),
                    format!("`{}` is taken by an earlier definition", definition.name),
                    "give each definition its own `name`: results are told apart by it",
                ));
            }
        }
        if self.retention_curve.is_some() && self.curved().next().is_none() {
            return Err(Error::option(
                "retention_curve",
                "has no definition to draw",
                "add `[[retention]]` with the measure `at` or `throughout`",
            ));
        }
        for (definition, spec) in self.curved() {
            spec.validate(definition)?;
        }
        if let Some(days) = &self.days_housed {
            days.validate()?;
        }
        for (i, returns) in self.returns.iter().enumerate() {
            returns
                .validate()
                .map_err(|e| under(e, "returns", &format!("returns[{i}]")))?;
        }
        for (i, groups) in self.groups.iter().enumerate() {
            groups
                .validate(self.compared_by()?)
                .map_err(|e| under(e, "groups", &format!("groups[{i}]")))?;
        }
        if let Some(costs) = &self.costs {
            self.validate_costs(costs, "costs")?;
        }
        if let Some(refunds) = &self.refunds {
            refunds
                .validate()
                .map_err(|e| under(e, "costs", "refunds.costs"))?;
            self.validate_costs(&refunds.costs, "refunds.costs")?;
        }
        for (i, design) in self.effects.iter().enumerate() {
            design
                .validate()
                .map_err(|e| under(e, "effects", &format!("effects[{i}]")))?;
            if self.effects[..i].iter().any(|d| d.name == design.name) {
                return Err(Error::option(
                    format!("effects[{i}].name"),
                    format!("`{}` is taken by an earlier design", design.name),
                    "give each design its own `name`: results are told apart by it",
                ));
            }
            if self.inputs.costs.is_none() {
                return Err(Error::option(
                    format!("effects[{i}]"),
                    "is asked for, but `inputs.costs` names no table",
                    "add `costs = \"costs.parquet\"` to [inputs], or take [[effects]] out",
                ));
            }
            if design.price_base.is_some() && self.inputs.price_index.is_none() {
                return Err(Error::option(
                    format!("effects[{i}].price_base"),
                    "needs the table `inputs.price_index`",
                    "add the table, or take `price_base` out for current prices",
                ));
            }
        }
        for (i, scenario) in self.net_cost.iter().enumerate() {
            scenario
                .validate()
                .map_err(|e| under(e, "net_cost", &format!("net_cost[{i}]")))?;
            self.design_of(scenario)
                .map_err(|e| under(e, "net_cost", &format!("net_cost[{i}]")))?;
            if self.net_cost[..i].iter().any(|s| s.name == scenario.name) {
                return Err(Error::option(
                    format!("net_cost[{i}].name"),
                    format!("`{}` is taken by an earlier scenario", scenario.name),
                    "give each scenario its own `name`: results are told apart by it",
                ));
            }
        }
        self.compare_spec().map(drop)
    }
    /// Whether the tables that a cost spec needs are named.
    fn validate_costs(&self, costs: &CostSpec, section: &str) -> Result<()> {
        costs.validate().map_err(|e| under(e, "costs", section))?;
        let priced = self.inputs.services.is_some() && self.inputs.prices.is_some();
        if costs.source == CostSource::Services && !priced {
            return Err(Error::option(
                format!("{section}.source"),
                "is `services`, but `inputs` lacks `services` or `prices`",
                "add both tables to [inputs], or choose another `source`",
            ));
        }
        if self.inputs.costs.is_none() && (!priced || costs.source == CostSource::Costs) {
            return Err(Error::option(
                section,
                "is asked for, but `inputs.costs` names no table",
                format!("add `costs = \"costs.parquet\"` to [inputs], or take [{section}] out"),
            ));
        }
        if costs.price_base.is_some() && self.inputs.price_index.is_none() {
            return Err(Error::option(
                format!("{section}.price_base"),
                "needs the table `inputs.price_index`",
                "add the table, or take `price_base` out for current prices",
            ));
        }
        Ok(())
    }
}

/// The text of a study file.
pub(super) fn read_text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|e| Error::file("read", path, e))?;
    String::from_utf8(bytes).map_err(|e| {
        let readable = e.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&e.as_bytes()[..readable]);
        problem(
            format!("line {}", place::line(&text, readable)),
            "this is not UTF-8 text",
            "save the study file as UTF-8",
        )
    })
}

/// Puts lines to the keys of a study; dotted keys alone where the study was
/// not read from a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Locator {
    text: Option<String>,
}

impl Locator {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: Some(text.to_owned()),
        }
    }

    /// The line and name of a dotted key.
    pub(super) fn key(&self, path: &str) -> String {
        let line = self.text.as_deref().and_then(|text| {
            let table = DeTable::parse(text).ok()?;
            let at = place::offset_of(table.get_ref(), path)?;
            Some(place::line(text, at))
        });
        match line {
            Some(line) => format!("line {line} (`{path}`)"),
            None => format!("`{path}`"),
        }
    }

    /// An unusable option, told at its line where there is one.
    pub(super) fn place(&self, error: Error) -> Error {
        match error {
            Error::Option {
                name,
                problem: what,
                hint,
            } if self.text.is_some() => problem(self.key(&name), format!("the value {what}"), hint),
            other => other,
        }
    }

    /// The line and key of a span of bytes.
    fn span(&self, table: &DeTable<'_>, span: &std::ops::Range<usize>) -> String {
        let line = place::line(self.text.as_deref().unwrap_or_default(), span.start);
        match place::key_at(table, span) {
            Some(key) => format!("line {line} (`{key}`)"),
            None => format!("line {line}"),
        }
    }
}

/// Renames the first part of an option error's key.
pub(super) fn under(error: Error, from: &str, to: &str) -> Error {
    match error {
        Error::Option {
            name,
            problem,
            hint,
        } => {
            let rest = name.strip_prefix(from).unwrap_or(&name);
            let name = if rest.is_empty() || rest.starts_with('.') {
                format!("{to}{rest}")
            } else {
                format!("{to}.{rest}")
            };
            Error::Option {
                name,
                problem,
                hint,
            }
        }
        other => other,
    }
}

fn problem(
    location: impl Into<String>,
    problem: impl Into<String>,
    hint: impl Into<String>,
) -> Error {
    Error::Study {
        location: location.into(),
        problem: problem.into(),
        hint: hint.into(),
    }
}

/// Before all else: another version's keys would only be called unknown.
fn check_version(table: &DeTable<'_>, locate: &Locator) -> Result<()> {
    let written = table
        .iter()
        .find(|(key, _)| key.get_ref().as_ref() == "version");
    let Some((_, value)) = written else {
        return Err(problem(
            "line 1",
            "`version` is missing",
            "begin the file with `version = 1`",
        ));
    };
    let number = value
        .get_ref()
        .as_integer()
        .map(toml::de::DeInteger::as_str);
    if number != Some("1") {
        return Err(problem(
            locate.key("version"),
            "this library reads version 1 only",
            "write `version = 1`, or use the release that the study was written for",
        ));
    }
    Ok(())
}

fn unknown_key(text: &str, unknown: &keys::Unknown) -> Error {
    let place = if unknown.section.is_empty() {
        "at the top of the file".to_owned()
    } else {
        format!("in `{}`", unknown.section)
    };
    let hint = match &unknown.nearest {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("keys there are {}", unknown.known.join(", ")),
    };
    problem(
        format!("line {}", place::line(text, unknown.at)),
        format!("unknown key `{}` {place}", unknown.key),
        hint,
    )
}

/// The presets as TOML, so that a section's own keys can be laid over one
/// before both are read as one definition.
static PRESETS: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    Definition::PRESETS
        .into_iter()
        .filter_map(|name| {
            let definition = Definition::preset(name).ok()?;
            Some((name, toml::to_string(&definition).ok()?))
        })
        .collect()
});

fn start_from_presets(table: &mut DeTable<'_>, locate: &Locator) -> Result<()> {
    let Some(sections) = table
        .iter_mut()
        .find(|(k, _)| k.get_ref().as_ref() == "retention")
    else {
        return Ok(());
    };
    let DeValue::Array(sections) = sections.1.get_mut() else {
        return Ok(());
    };
    for (i, section) in sections.iter_mut().enumerate() {
        let DeValue::Table(own) = section.get_mut() else {
            continue;
        };
        let Some(key) = own
            .keys()
            .find(|k| k.get_ref().as_ref() == "preset")
            .cloned()
        else {
            continue;
        };
        let Some(preset) = own.remove(&key) else {
            continue;
        };
        let wanted = preset.get_ref().as_str().unwrap_or_default();
        let Some((_, text)) = PRESETS.iter().find(|(name, _)| *name == wanted) else {
            let names = Definition::PRESETS.map(str::to_owned);
            let hint = match keys::nearest(wanted, &names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("presets are {}", names.join(", ")),
            };
            return Err(problem(
                locate.key(&format!("retention[{i}].preset")),
                "names no preset",
                hint,
            ));
        };
        let Ok(base) = DeTable::parse(text) else {
            continue;
        };
        for (key, value) in base.into_inner() {
            own.entry(key).or_insert(value);
        }
    }
    Ok(())
}

/// A value that the reader refused.
fn wrong_value(locate: &Locator, table: &DeTable<'_>, error: &toml::de::Error) -> Error {
    let message = error.message();
    let location = match error.span() {
        Some(span) => locate.span(table, &span),
        None => "line 1".to_owned(),
    };
    // serde lists the choices as `a`, `b` after "expected".
    let (_, expected) = message.split_once("expected").unwrap_or((message, ""));
    let choices: Vec<String> = expected
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    let written = message.split('`').nth(1).unwrap_or_default();
    let hint = match (
        message.starts_with("unknown variant"),
        keys::nearest(written, &choices),
    ) {
        (true, Some(near)) => format!("did you mean `{near}`?"),
        (true, None) => format!("choose one of {}", choices.join(", ")),
        _ if message.starts_with("missing field") => "add the key".to_owned(),
        _ => "docs/study.md says what each key takes".to_owned(),
    };
    let says = message
        .replace("unknown variant", "there is no choice")
        .replace("missing field", "a key is missing:")
        .replace("expected u32", "expected a whole number, 0 or more")
        .replace("expected u64", "expected a whole number, 0 or more")
        .replace("expected i32", "expected a whole number")
        .replace("expected f64", "expected a number")
        .replace("expected a boolean", "expected true or false")
        .replace("expected a string", "expected a text in quotes");
    let says = says
        .split(", expected one of")
        .next()
        .unwrap_or(&says)
        .to_owned();
    problem(location, says, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retention::{Handling, Home};

    const HEAD: &str = "version = 1\n[study]\ntitle = 't'\n[inputs]\npersons = 'p.csv'\n\
        placements = 'q.csv'\nstays = 's.csv'\nobserved_until = 2023-12-31\n";

    fn refused(rest: &str) -> String {
        Study::parse(&format!("{HEAD}{rest}"))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_preset_is_a_base_that_own_keys_override() {
        let study = Study::parse(&format!(
            "{HEAD}[[retention]]\npreset = 'odense_vive'\n\
             [[retention]]\npreset = 'odense_vive'\nname = 'held'\n\
             home = {{ any_dwelling_held = 6 }}\ndeath = 'competing'\n"
        ))
        .unwrap();
        assert_eq!(
            study.retention[0],
            Definition::preset("odense_vive").unwrap()
        );
        assert_eq!(study.retention[1].home, Home::AnyDwellingHeld(6));
        assert_eq!(study.retention[1].death, Handling::Competing);
        assert_eq!(study.retention[1].prison, Handling::RetainedIfKept);
    }

    #[test]
    fn each_kind_of_mistake_is_told_with_its_line_and_a_way_out() {
        let cases = [
            (
                "[cohort]\nform = 2013-01-01\n",
                "line 10: unknown key `form` in `cohort`; did you mean `from`?",
            ),
            (
                "[cohort]\nlook_back_months = 'x'\n",
                "line 10 (`cohort.look_back_months`): invalid type",
            ),
            (
                "[cohort]\nlook_back_months = -1\n",
                "line 10 (`cohort.look_back_months`): invalid value",
            ),
            (
                "[cohort]\ntime_zero = 'enrollment'\n",
                "did you mean `enrolment`?",
            ),
            ("[cohort]\nfrom = 2020-02-30\n", "line 10"),
            (
                "[cohort]\nfrom = 'spring'\n",
                "not a date such as 2023-12-31",
            ),
            (
                "[[retention]]\npreset = 'odense'\n",
                "line 10 (`retention[0].preset`): names no preset; did you mean `odense_vive`?",
            ),
            (
                "[[retention]]\npreset = 'odense_vive'\nhorizons = [12, '24']\n",
                "line 11 (`retention[0].horizons",
            ),
            (
                "[[retention]]\nhorizons = [24, 12]\n",
                "line 10 (`retention[0].horizons`): the value is not in rising order",
            ),
            (
                "[[retention]]\n[[retention]]\n",
                "`any dwelling` is taken by an earlier definition",
            ),
            ("[costs]\n[[retention]]\n", "`inputs.costs` names no table"),
            ("", "the study asks nothing"),
            (
                "[[retention]]\n[compare]\ndefinition = 'any dweling'\n",
                "did you mean `any dwelling`?",
            ),
            (
                "[[retention]]\n[compare]\nhorizon = 13\n",
                "line 11 (`compare.horizon`)",
            ),
            (
                "[[retention]]\n[outputs]\noccupancy_months = 0\n",
                "line 11 (`outputs.occupancy_months`)",
            ),
            (
                "[[retention]]\n[outputs]\ntables = ['excel']\n",
                "choose one of parquet, csv",
            ),
            (
                "[[retention]]\n[checks.rules.nonsense]\nseverity = 'off'\n",
                "checks.rules.nonsense",
            ),
            ("[[retention]]\nname = \n", "this is not TOML"),
            (
                "[[retention]]\nhome = 'castle'\n",
                "line 10 (`retention[0].home`)",
            ),
        ];
        for (rest, expected) in cases {
            let message = refused(rest);
            assert!(message.contains(expected), "{rest:?} gives {message:?}");
        }
    }

    #[test]
    fn a_file_of_another_version_is_told_so() {
        assert!(
            Study::parse("")
                .unwrap_err()
                .to_string()
                .contains("`version` is missing")
        );
        let newer = Study::parse("version = 2\nnew_key = 1\n")
            .unwrap_err()
            .to_string();
        assert!(newer.contains("line 1 (`version`)"), "{newer}");
    }
}
