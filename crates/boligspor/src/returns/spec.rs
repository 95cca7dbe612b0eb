//! What counts as an exit and what as a return.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::level::percent;
use crate::state::State;

/// Which way round returns are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnTo {
    /// To homelessness, after an exit into a dwelling of one's own.
    #[default]
    Homelessness,
    /// To a dwelling of one's own, after the loss of one.
    Home,
}

impl ReturnTo {
    /// The code, as written in result tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Homelessness => "homelessness",
            Self::Home => "home",
        }
    }
}

/// Returns to homelessness after an exit, or home after a loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReturnsSpec {
    /// Which way round: to homelessness after an exit, or home after a loss.
    pub to: ReturnTo,
    /// The states that count as homeless.
    pub homeless: Vec<State>,
    /// An exit (or a loss) must last at least so many days; the clock starts on
    /// its first day.
    pub exit_days: u32,
    /// A return must last at least so many days; its first day is its date.
    pub return_days: u32,
    /// The last day of each band, in days after the exit, rising.
    pub bands: Vec<u32>,
    /// The confidence level of the intervals.
    pub level: f64,
}

impl Default for ReturnsSpec {
    fn default() -> Self {
        Self {
            to: ReturnTo::Homelessness,
            homeless: vec![State::Street, State::Shelter, State::Hotel, State::Sofa],
            exit_days: 14,
            return_days: 1,
            bands: vec![180, 365, 730],
            level: crate::LEVEL,
        }
    }
}

impl ReturnsSpec {
    /// Checks that the choices fit together.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self) -> Result<()> {
        let bad = |field: &str, problem: &str, hint: &str| {
            Err(Error::option(format!("returns.{field}"), problem, hint))
        };
        let never = [State::Dead, State::Dwelling, State::Abroad];
        if self.homeless.is_empty() || self.homeless.iter().any(|s| never.contains(s)) {
            return bad(
                "homeless",
                "is empty, or names `dwelling`, `abroad` or `dead`",
                "list states such as street, shelter, hotel and sofa",
            );
        }
        if self.exit_days == 0 || self.return_days == 0 {
            return bad(
                "exit_days",
                "or `return_days` is 0",
                "an exit and a return last at least 1 day",
            );
        }
        if self.bands.is_empty() || self.bands[0] == 0 {
            return bad(
                "bands",
                "is empty or begins at 0",
                "choose the last day of each band, such as [180, 365, 730]",
            );
        }
        if self.bands.windows(2).any(|w| w[0] >= w[1]) {
            return bad(
                "bands",
                "is not in rising order",
                "sort it and name each once",
            );
        }
        if self.bands.len() > 12 || self.last() > 3653 {
            return bad(
                "bands",
                "has over 12 bands or reaches past 10 years",
                "choose fewer or shorter ones",
            );
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return bad("level", "is not between 0 and 1", "choose 0.95");
        }
        Ok(())
    }

    /// The end of the last band, in days after the exit.
    pub fn last(&self) -> u32 {
        self.bands.last().copied().unwrap_or(0)
    }

    /// Whole months within which returns are added up.
    pub(super) fn months(&self) -> usize {
        (self.last() as usize * 12 / 365).max(1)
    }

    /// The measure in one sentence: what counts as exit, and what as return.
    ///
    /// ```
    /// use boligspor::{Lang, returns::ReturnsSpec};
    /// let text = ReturnsSpec::default().describe(Lang::En);
    /// assert!(text.starts_with("Returns to homelessness after an exit from it"));
    /// ```
    pub fn describe(&self, lang: Lang) -> String {
        let states: Vec<&str> = self.homeless.iter().map(|s| s.label(lang)).collect();
        let states = states.join(", ");
        let days = |n: u32| match (lang, n) {
            (Lang::Da, 1) => "1 dag".to_owned(),
            (Lang::Da, n) => format!("{n} dage"),
            (Lang::En, 1) => "1 day".to_owned(),
            (Lang::En, n) => format!("{n} days"),
        };
        let (exit, back) = (days(self.exit_days), days(self.return_days));
        let mut text = match (self.to, lang) {
            (ReturnTo::Homelessness, Lang::Da) => format!(
                "Tilbagefald til hjemløshed efter en afslutning af den: en afslutning er mindst \
                 {exit} i træk i en egen bolig efter tidspunkt nul, og uret starter på den første; \
                 et tilbagefald er mindst {back} i træk i: {states}"
            ),
            (ReturnTo::Homelessness, Lang::En) => format!(
                "Returns to homelessness after an exit from it: an exit is at least {exit} running \
                 in a dwelling of one's own after time zero, and the clock starts on the first of \
                 them; a return is at least {back} running in: {states}"
            ),
            (ReturnTo::Home, Lang::Da) => format!(
                "Tilbage i egen bolig efter tab af den: et tab er mindst {exit} i træk uden nogen \
                 egen bolig efter at have haft en, og uret starter på den første; tilbage er \
                 mindst {back} i træk i en egen bolig"
            ),
            (ReturnTo::Home, Lang::En) => format!(
                "Returns home after the loss of one: a loss is at least {exit} running without any \
                 dwelling of one's own after having had one, and the clock starts on the first of \
                 them; a return is at least {back} running in a dwelling of one's own"
            ),
        };
        let level = percent(self.level, lang);
        text += &match lang {
            Lang::Da => format!(
                "; død og ophold i udlandet er konkurrerende hændelser; ved datas slutning \
                 censureres. Andele er kumulerede incidenser (Aalen–Johansen), gennemsnit er \
                 middelantal pr. person; {level}-intervaller."
            ),
            Lang::En => format!(
                "; death and living abroad are competing events; the end of data censors. Shares \
                 are cumulative incidences (Aalen–Johansen), means are of returns per person; \
                 {level} intervals."
            ),
        };
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_that_do_not_fit_are_refused() {
        let of = |change: &dyn Fn(&mut ReturnsSpec)| {
            let mut spec = ReturnsSpec::default();
            change(&mut spec);
            spec.validate().is_err()
        };
        assert!(of(&|s| s.homeless.clear()));
        assert!(of(&|s| s.homeless.push(State::Dwelling)));
        assert!(of(&|s| s.exit_days = 0));
        assert!(of(&|s| s.return_days = 0));
        assert!(of(&|s| s.bands.clear()));
        assert!(of(&|s| s.bands = vec![0, 5]));
        assert!(of(&|s| s.bands = vec![365, 180]));
        assert!(of(&|s| s.bands = vec![4000]));
        assert!(of(&|s| s.level = f64::NAN));
        assert!(!of(&|_| ()));
    }
}
