//! What days housed are asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::level::percent;
use crate::state::State;

/// Expected days in every state within a horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DaysSpec {
    /// The horizon, in calendar months after time zero.
    #[schemars(range(min = 1, max = 120))]
    pub within: u32,
    /// The states whose days are days housed.
    pub housed: Vec<State>,
    /// The confidence level of the intervals.
    pub level: f64,
}

impl Default for DaysSpec {
    fn default() -> Self {
        Self {
            within: 36,
            housed: vec![State::Dwelling],
            level: crate::LEVEL,
        }
    }
}

impl DaysSpec {
    /// Checks that the choices fit together.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self) -> Result<()> {
        let bad = |field: &str, problem: &str, hint: &str| {
            Err(Error::option(format!("days_housed.{field}"), problem, hint))
        };
        if !(1..=120).contains(&self.within) {
            return bad(
                "within",
                "is not between 1 and 120 months",
                "choose 36 for three years",
            );
        }
        if self.housed.is_empty() || self.housed.contains(&State::Dead) {
            return bad(
                "housed",
                "is empty or names `dead`",
                "list states such as dwelling",
            );
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return bad("level", "is not between 0 and 1", "choose 0.95");
        }
        Ok(())
    }

    /// The measure in one sentence.
    ///
    /// ```
    /// use boligspor::{Lang, days::DaysSpec};
    /// let text = DaysSpec::default().describe(Lang::En);
    /// assert!(text.starts_with("Expected days in each state in the 36 months from time zero"));
    /// ```
    pub fn describe(&self, lang: Lang) -> String {
        let housed: Vec<&str> = self.housed.iter().map(|s| s.label(lang)).collect();
        let (within, housed) = (self.within, housed.join(", "));
        let level = percent(self.level, lang);
        match lang {
            Lang::Da => format!(
                "Forventede dage i hver tilstand i de {within} måneder fra tidspunkt nul, på \
                 datoen; dage i bolig er dage i: {housed}. Alle tilstande tæller med, også \
                 udlandet, ukendt og dage efter et dødsfald, så dagene giver hele perioden. Hver \
                 måned regnes på dem, der følges måneden ud; {level}-intervaller på robuste \
                 standardfejl."
            ),
            Lang::En => format!(
                "Expected days in each state in the {within} months from time zero, by the date; \
                 days housed are days in: {housed}. Every state counts, living abroad, the \
                 unknown and days after death too, so that the days add up to the whole period. \
                 Each month is taken over those followed to its end; {level} intervals on robust \
                 standard errors."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_that_do_not_fit_are_refused() {
        for spec in [
            DaysSpec {
                within: 0,
                ..DaysSpec::default()
            },
            DaysSpec {
                within: 121,
                ..DaysSpec::default()
            },
            DaysSpec {
                housed: vec![],
                ..DaysSpec::default()
            },
            DaysSpec {
                housed: vec![State::Dead],
                ..DaysSpec::default()
            },
            DaysSpec {
                level: 0.0,
                ..DaysSpec::default()
            },
        ] {
            assert!(spec.validate().is_err(), "{spec:?}");
        }
    }
}
