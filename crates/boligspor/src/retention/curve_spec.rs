//! What a retention curve is asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use boligspor_estimate::ConfType;

use super::definition::{Definition, HorizonUnit, Measure};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::level::percent;

/// How closely a curve is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// At every monthly anniversary of time zero.
    #[default]
    Month,
    /// On every day on which something happens to someone.
    Day,
}

/// The scale on which an interval for a share is symmetric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalScale {
    /// The logarithm (the default of R's survival).
    Log,
    /// The log of minus the log (the default of SAS; best in small groups).
    #[default]
    LogLog,
    /// The share itself.
    Plain,
    /// The log odds.
    Logit,
    /// The arcsine of the root.
    Arcsine,
}

impl IntervalScale {
    /// The scale as the estimators have it.
    pub fn conf_type(self) -> ConfType {
        match self {
            Self::Log => ConfType::Log,
            Self::LogLog => ConfType::LogLog,
            Self::Plain => ConfType::Plain,
            Self::Logit => ConfType::Logit,
            Self::Arcsine => ConfType::Arcsine,
        }
    }

    fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Log => lang.pick("logaritmisk", "log"),
            Self::LogLog => lang.pick("log-minus-log-", "log-minus-log"),
            Self::Plain => lang.pick("utransformeret", "untransformed"),
            Self::Logit => lang.pick("logit-", "logit"),
            Self::Arcsine => lang.pick("arcsinus-", "arcsine"),
        }
    }
}

/// How a retention curve is estimated and how far it reaches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CurveSpec {
    /// How closely the curve is followed.
    pub by: Resolution,
    /// How far it reaches, in the definition's unit; left out: its last
    /// horizon, or three years.
    pub until: Option<u32>,
    /// The confidence level of the intervals.
    pub level: f64,
    /// The scale on which the intervals are symmetric.
    pub interval: IntervalScale,
    /// Whether to add a band that holds the whole curve at once, by simulation.
    pub band: bool,
    /// Where the band begins, in the definition's unit.
    pub band_from: u32,
    /// Simulated curves behind the band.
    pub replicates: u32,
    /// Seed of the simulation.
    pub seed: u64,
}

impl Default for CurveSpec {
    fn default() -> Self {
        Self {
            by: Resolution::Month,
            until: None,
            level: crate::LEVEL,
            interval: IntervalScale::LogLog,
            band: false,
            band_from: 1,
            replicates: 1000,
            seed: 1,
        }
    }
}

impl CurveSpec {
    /// Checks that the choices fit together, and the definition.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self, definition: &Definition) -> Result<()> {
        let bad = |field: &str, problem: &str, hint: &str| {
            Err(Error::option(
                format!("retention_curve.{field}"),
                problem,
                hint,
            ))
        };
        if definition.measure == Measure::DaysHoused {
            return bad(
                "definition",
                "counts days, which have no curve",
                "choose a definition with measure `at` or `throughout`, or ask for `days_housed`",
            );
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return bad("level", "is not between 0 and 1", "choose 0.95");
        }
        if self.until == Some(0) || self.last(definition) > most(definition.unit) {
            return bad(
                "until",
                "is 0 or past 100 years",
                "check the definition's unit",
            );
        }
        if self.band && self.band_from > self.last(definition) {
            return bad(
                "band_from",
                "is after the end of the curve",
                "lower it, or raise `until`",
            );
        }
        if self.band && !(1..=100_000).contains(&self.replicates) {
            return bad(
                "replicates",
                "is not between 1 and 100,000",
                "1,000 give the band's width to about 2 %",
            );
        }
        Ok(())
    }

    /// How far the curve reaches, in the definition's unit.
    pub fn last(&self, definition: &Definition) -> u32 {
        let three_years = match definition.unit {
            HorizonUnit::Months => 36,
            HorizonUnit::Years => 3,
            HorizonUnit::Days => 1096,
        };
        let last = definition.horizons.last().copied().unwrap_or(three_years);
        self.until.unwrap_or(last)
    }

    /// How the curve is made, in a sentence that follows the definition's own.
    ///
    /// ```
    /// use boligspor::{Lang, retention::{CurveSpec, Definition}};
    /// let text = CurveSpec::default().describe(&Definition::default(), Lang::En);
    /// assert!(text.starts_with("The curve follows everyone as long as they are observed"));
    /// ```
    pub fn describe(&self, definition: &Definition, lang: Lang) -> String {
        let level = percent(self.level, lang);
        let scale = self.interval.label(lang);
        let mut text = match lang {
            Lang::Da => format!(
                "Kurven følger alle, så længe de observeres (Aalen–Johansen); punktvise \
                 {level}-intervaller på {scale}skala"
            ),
            Lang::En => format!(
                "The curve follows everyone as long as they are observed (Aalen–Johansen); \
                 pointwise {level} intervals on the {scale} scale"
            ),
        }
        .replace("logaritmiskskala", "logaritmisk skala")
        .replace("utransformeretskala", "utransformeret skala");
        if self.band {
            let (from, until) = (
                definition.unit.label(self.band_from, lang),
                definition.unit.label(self.last(definition), lang),
            );
            text += &match lang {
                Lang::Da => format!(
                    "; båndet rummer hele kurven fra {from} til {until} med {level} sikkerhed \
                     ({} simulerede kurver, frø {})",
                    self.replicates, self.seed
                ),
                Lang::En => format!(
                    "; the band holds the whole curve from {from} to {until} with {level} \
                     confidence ({} simulated curves, seed {})",
                    self.replicates, self.seed
                ),
            };
        }
        text + "."
    }
}

/// The longest follow-up that makes sense: a hundred years.
fn most(unit: HorizonUnit) -> u32 {
    match unit {
        HorizonUnit::Months => 1200,
        HorizonUnit::Years => 100,
        HorizonUnit::Days => 36_525,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_that_do_not_fit_are_refused() {
        let definition = Definition::default();
        let bad = [
            CurveSpec {
                level: 1.0,
                ..CurveSpec::default()
            },
            CurveSpec {
                level: f64::NAN,
                ..CurveSpec::default()
            },
            CurveSpec {
                until: Some(0),
                ..CurveSpec::default()
            },
            CurveSpec {
                until: Some(2000),
                ..CurveSpec::default()
            },
            CurveSpec {
                band: true,
                band_from: 48,
                ..CurveSpec::default()
            },
            CurveSpec {
                band: true,
                replicates: 0,
                ..CurveSpec::default()
            },
        ];
        for spec in bad {
            assert!(spec.validate(&definition).is_err(), "{spec:?}");
        }
        let days = Definition {
            measure: Measure::DaysHoused,
            ..definition
        };
        assert!(CurveSpec::default().validate(&days).is_err());
    }

    #[test]
    fn the_sentence_names_scale_and_band() {
        let spec = CurveSpec {
            band: true,
            level: 0.9,
            interval: IntervalScale::Plain,
            ..CurveSpec::default()
        };
        assert_eq!(
            spec.describe(&Definition::default(), Lang::Da),
            "Kurven følger alle, så længe de observeres (Aalen–Johansen); punktvise \
             90 %-intervaller på utransformeret skala; båndet rummer hele kurven fra 1 måned til \
             36 måneder med 90 % sikkerhed (1000 simulerede kurver, frø 1)."
        );
        assert!(percent(0.999, Lang::Da) == "99,9 %");
    }
}
