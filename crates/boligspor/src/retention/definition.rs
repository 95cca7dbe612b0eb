//! What "still housed" means: every choice an evaluator can be asked about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::state::State;

/// What counts as a home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Home {
    /// The allotted dwelling only. Where a placement names none, it is the
    /// dwelling held on the day of placement, or else the first one taken
    /// within the 92 days after.
    AllottedDwelling,
    /// Any dwelling of one's own.
    AnyDwelling,
    /// Any dwelling that is held for at least so many months, by the
    /// anniversary rule; a tenancy still running when observation ends counts.
    AnyDwellingHeld(u32),
}

/// Who is in the denominator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Those who were placed in a home; the clock starts at placement.
    #[default]
    Placed,
    /// All who were enrolled, placed or not; the clock starts at enrolment.
    /// Needs a cohort with time zero at enrolment.
    Enrolled,
}

/// What a state other than a dwelling counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// Not retained while it lasts.
    NotRetained,
    /// Still retained if a dwelling that counts as a home is kept meanwhile.
    RetainedIfKept,
    /// Leaves numerator and denominator from its first day on.
    Excluded,
    /// Follow-up ends on its first day; what would have come after is
    /// estimated from those still followed.
    Censored,
    /// An end of its own, from its first day on: in the denominator, neither
    /// housed nor homeless.
    Competing,
}

/// Which question is asked at a horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// In a home on the anniversary, whatever happened between.
    #[default]
    At,
    /// In a home all the way to the anniversary.
    Throughout,
    /// The share of observed days spent in a home, up to the anniversary.
    DaysHoused,
}

/// The unit that horizons count in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HorizonUnit {
    /// Calendar months after time zero: the same day of the month, or the last
    /// day of a shorter one (31 January + 1 month = 28 or 29 February).
    #[default]
    Months,
    /// Calendar years, likewise (29 February + 1 year = 28 February).
    Years,
    /// Days.
    Days,
}

impl HorizonUnit {
    /// The unit's code, as written in result tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Months => "months",
            Self::Years => "years",
            Self::Days => "days",
        }
    }

    /// How a horizon of `n` units is named.
    pub fn label(self, n: u32, lang: Lang) -> String {
        let unit = match (self, n == 1) {
            (Self::Months, true) => lang.pick("måned", "month"),
            (Self::Months, false) => lang.pick("måneder", "months"),
            (Self::Years, _) if lang == Lang::Da => "år",
            (Self::Years, true) => "year",
            (Self::Years, false) => "years",
            (Self::Days, true) => lang.pick("dag", "day"),
            (Self::Days, false) => lang.pick("dage", "days"),
        };
        format!("{n} {unit}")
    }
}

/// A definition of housing retention. [`Definition::preset`] gives those of
/// published studies.
///
/// States not named here (shelter, street, hotel, family or friends,
/// transitional housing) are not a home unless `also_home` lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Definition {
    /// A short name, unique among the definitions of a study.
    pub name: String,
    /// What counts as a home.
    pub home: Home,
    /// Further states that count as a home, such as `transitional`.
    pub also_home: Vec<State>,
    /// Who is in the denominator.
    pub counted: Counted,
    /// What is asked at each horizon.
    pub measure: Measure,
    /// What death counts as (not `retained_if_kept`).
    pub death: Handling,
    /// What living abroad counts as.
    pub abroad: Handling,
    /// What prison counts as.
    pub prison: Handling,
    /// What a hospital stay counts as.
    pub hospital: Handling,
    /// What residential treatment counts as.
    pub treatment: Handling,
    /// What a residential institution counts as.
    pub institution: Handling,
    /// What days without a known state count as.
    pub unknown: Handling,
    /// An absence of at most so many days between two days at home counts as
    /// at home; so does a move-in at most so many days after time zero. An
    /// absence still open when observation ends is an absence.
    pub forgiven_absence_days: u32,
    /// The unit of `horizons`.
    pub unit: HorizonUnit,
    /// When retention is read off.
    pub horizons: Vec<u32>,
    /// Also read it off at each person's last observed day.
    pub at_last_observation: bool,
    /// Where the definition comes from, and which of its choices are assumed.
    pub source: Option<String>,
}

impl Default for Definition {
    fn default() -> Self {
        Self {
            name: "any dwelling".into(),
            home: Home::AnyDwelling,
            also_home: Vec::new(),
            counted: Counted::Placed,
            measure: Measure::At,
            death: Handling::Excluded,
            abroad: Handling::Censored,
            prison: Handling::NotRetained,
            hospital: Handling::RetainedIfKept,
            treatment: Handling::RetainedIfKept,
            institution: Handling::NotRetained,
            unknown: Handling::NotRetained,
            forgiven_absence_days: 0,
            unit: HorizonUnit::Months,
            horizons: vec![6, 12, 24, 36],
            at_last_observation: false,
            source: None,
        }
    }
}

impl Definition {
    /// The names of the presets.
    pub const PRESETS: [&'static str; 5] = [
        "odense_vive",
        "tsemberis",
        "at_home_chez_soi",
        "programme_residence",
        "municipality_own",
    ];

    /// The definition of a published study, as far as it is published; every
    /// choice that its source leaves open is ours and says so in `source`.
    ///
    /// ```
    /// use boligspor::retention::{Definition, Home};
    /// assert_eq!(Definition::preset("odense_vive").unwrap().home, Home::AnyDwelling);
    /// ```
    ///
    /// # Errors
    /// [`Error::Option`] listing the presets where there is none of this name.
    pub fn preset(name: &str) -> Result<Self> {
        let base = Self {
            name: name.into(),
            ..Self::default()
        };
        let (definition, source) = match name {
            "odense_vive" => (
                Self {
                    prison: Handling::RetainedIfKept,
                    ..base
                },
                "VIVE on Odense (2020): still housed after allotment, \"either in the allotted \
                 dwelling or moved on to a new one\". Assumed here: the dead leave the count, \
                 the emigrated are censored, prison and hospital do not end a tenancy.",
            ),
            "tsemberis" => (
                Self {
                    counted: Counted::Enrolled,
                    measure: Measure::DaysHoused,
                    hospital: Handling::NotRetained,
                    treatment: Handling::NotRetained,
                    horizons: vec![12, 24],
                    ..base
                },
                "Tsemberis et al. (2004): the share of time in stable housing among all intake. \
                 Assumed here: hospital, treatment and prison are not stable housing, time \
                 after death is not counted.",
            ),
            "at_home_chez_soi" => (
                Self {
                    home: Home::AnyDwellingHeld(6),
                    counted: Counted::Enrolled,
                    measure: Measure::DaysHoused,
                    horizons: vec![12, 24],
                    ..base
                },
                "At Home/Chez Soi: own room, apartment or house, or with family, with tenancy \
                 rights or an expected stay of at least 6 months. Assumed here: a tenancy of 6 \
                 months stands for the expectation; family without a contract is not counted.",
            ),
            "programme_residence" => (
                Self {
                    home: Home::AllottedDwelling,
                    measure: Measure::Throughout,
                    prison: Handling::RetainedIfKept,
                    horizons: vec![12, 24, 36],
                    ..base
                },
                "Residence in the programme itself: the allotted dwelling without a break. \
                 Assumed here: a tenancy kept during hospital, treatment or prison is residence.",
            ),
            "municipality_own" => (
                Self {
                    prison: Handling::RetainedIfKept,
                    horizons: Vec::new(),
                    at_last_observation: true,
                    ..base
                },
                "Odense municipality's own count (92 % of 317 placed 2011–16): in their own home \
                 when last seen, whenever they were placed. Assumed here: the dead leave the \
                 count, a home other than the first counts.",
            ),
            _ => {
                return Err(Error::option(
                    "definition",
                    "names no preset",
                    format!("presets are {}", Self::PRESETS.join(", ")),
                ));
            }
        };
        Ok(Self {
            source: Some(source.into()),
            ..definition
        })
    }

    /// What a state counts as, where it is not a dwelling.
    pub(crate) fn handling(&self, state: State) -> Handling {
        match state {
            State::Dead => self.death,
            State::Abroad => self.abroad,
            State::Prison => self.prison,
            State::Hospital => self.hospital,
            State::Treatment => self.treatment,
            State::Institution => self.institution,
            State::Unknown => self.unknown,
            _ => Handling::NotRetained,
        }
    }

    /// Checks that the choices fit together.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self) -> Result<()> {
        let bad = |field: &str, problem: &str, hint: &str| {
            Err(Error::option(format!("definition.{field}"), problem, hint))
        };
        if self.name.trim().is_empty() {
            return bad("name", "is empty", "give the definition a short name");
        }
        if self.death == Handling::RetainedIfKept {
            return bad(
                "death",
                "is `retained_if_kept`",
                "choose not_retained, excluded, censored or competing",
            );
        }
        if self.horizons.is_empty() && !self.at_last_observation {
            return bad(
                "horizons",
                "is empty",
                "name at least one, such as [12, 24, 36]",
            );
        }
        if self.horizons.contains(&0) {
            return bad("horizons", "contains 0", "horizons start at 1");
        }
        if self.horizons.windows(2).any(|w| w[0] >= w[1]) {
            return bad(
                "horizons",
                "is not in rising order",
                "sort it and name each once",
            );
        }
        let most = match self.unit {
            HorizonUnit::Months => 1200,
            HorizonUnit::Years => 100,
            HorizonUnit::Days => 36_525,
        };
        if self.horizons.last().is_some_and(|&h| h > most) {
            return bad("horizons", "reaches past 100 years", "check the unit");
        }
        if let Home::AnyDwellingHeld(0) = self.home {
            return bad("home", "asks for 0 months", "use `any_dwelling`");
        }
        if self
            .also_home
            .iter()
            .any(|s| matches!(s, State::Dead | State::Dwelling))
        {
            return bad(
                "also_home",
                "names `dead` or `dwelling`",
                "list states such as transitional or institution",
            );
        }
        Ok(())
    }

    /// The definition in one sentence, fit to stand under a table.
    ///
    /// ```
    /// use boligspor::{Lang, retention::Definition};
    /// let text = Definition::preset("odense_vive").unwrap().describe(Lang::Da);
    /// assert!(text.starts_with("Andel af de boligplacerede, der på årsdagen"));
    /// ```
    pub fn describe(&self, lang: Lang) -> String {
        let who = match self.counted {
            Counted::Placed => lang.pick("de boligplacerede", "those placed"),
            Counted::Enrolled => lang.pick("alle indskrevne", "all enrolled"),
        };
        let home = match self.home {
            Home::AllottedDwelling => lang
                .pick("den tildelte bolig", "the allotted dwelling")
                .to_owned(),
            Home::AnyDwelling => lang
                .pick("en egen bolig", "any dwelling of their own")
                .to_owned(),
            Home::AnyDwellingHeld(m) => match lang {
                Lang::Da => format!("en egen bolig, der beholdes i mindst {m} måneder"),
                Lang::En => format!("a dwelling of their own held for at least {m} months"),
            },
        };
        let home = if self.also_home.is_empty() {
            home
        } else {
            let also: Vec<&str> = self.also_home.iter().map(|s| s.label(lang)).collect();
            format!("{home} {} {}", lang.pick("eller", "or"), also.join(", "))
        };
        let mut text = match (self.measure, lang) {
            (Measure::At, Lang::Da) => format!("Andel af {who}, der på årsdagen bor i {home}"),
            (Measure::At, Lang::En) => {
                format!("Share of {who} who live in {home} on the anniversary")
            }
            (Measure::Throughout, Lang::Da) => {
                format!("Andel af {who}, der uafbrudt frem til årsdagen bor i {home}")
            }
            (Measure::Throughout, Lang::En) => {
                format!("Share of {who} who live in {home} without a break until the anniversary")
            }
            (Measure::DaysHoused, Lang::Da) => {
                format!("Andel af de observerede dage, som {who} bor i {home}")
            }
            (Measure::DaysHoused, Lang::En) => {
                format!("Share of observed days that {who} live in {home}")
            }
        };
        let origin = match self.counted {
            Counted::Placed => lang.pick("boligtildelingen", "placement"),
            Counted::Enrolled => lang.pick("indskrivningen", "enrolment"),
        };
        text += &match lang {
            Lang::Da => format!("; uret starter ved {origin}"),
            Lang::En => format!("; the clock starts at {origin}"),
        };
        text += "; ";
        text += &self.describe_handling(lang);
        if self.forgiven_absence_days > 0 {
            text += &match lang {
                Lang::Da => {
                    format!(
                        "; fravær på højst {} dage regnes ikke",
                        self.forgiven_absence_days
                    )
                }
                Lang::En => {
                    format!(
                        "; absences of at most {} days are forgiven",
                        self.forgiven_absence_days
                    )
                }
            };
        }
        text += match self.unit {
            HorizonUnit::Days => lang.pick("; regnet i dage", "; counted in days"),
            HorizonUnit::Months | HorizonUnit::Years => lang.pick(
                "; samme dag i måneden, eller månedens sidste dag",
                "; same day of the month, or the month's last day",
            ),
        };
        if self.at_last_observation {
            text += lang.pick(
                "; også opgjort på den sidst observerede dag",
                "; also read off at the last observed day",
            );
        }
        text + "."
    }

    /// The handling of each state, grouped by what it counts as.
    fn describe_handling(&self, lang: Lang) -> String {
        let states = [
            (State::Dead, lang.pick("død", "death")),
            (State::Abroad, lang.pick("udlandet", "abroad")),
            (State::Prison, lang.pick("fængsel", "prison")),
            (State::Hospital, "hospital"),
            (State::Treatment, lang.pick("behandling", "treatment")),
            (State::Institution, lang.pick("botilbud", "institution")),
            (State::Unknown, lang.pick("ukendt", "unknown")),
        ];
        let kinds = [
            (
                Handling::RetainedIfKept,
                lang.pick(
                    "tæller som i bolig, hvis boligen beholdes",
                    "counts as housed if the dwelling is kept",
                ),
            ),
            (
                Handling::NotRetained,
                lang.pick("tæller som ikke i bolig", "counts as not housed"),
            ),
            (
                Handling::Excluded,
                lang.pick("udgår af opgørelsen", "leaves the count"),
            ),
            (
                Handling::Censored,
                lang.pick(
                    "afslutter observationen (censureres)",
                    "ends observation (censored)",
                ),
            ),
            (
                Handling::Competing,
                lang.pick("er en konkurrerende hændelse", "is a competing event"),
            ),
        ];
        kinds
            .iter()
            .filter_map(|(kind, says)| {
                let named: Vec<&str> = states
                    .iter()
                    .filter(|(s, _)| self.handling(*s) == *kind && !self.also_home.contains(s))
                    .map(|(_, label)| *label)
                    .collect();
                (!named.is_empty()).then(|| format!("{} {says}", named.join(", ")))
            })
            .collect::<Vec<_>>()
            .join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid_and_says_its_source() {
        for name in Definition::PRESETS {
            let d = Definition::preset(name).unwrap();
            d.validate().unwrap();
            assert_eq!(d.name, name);
            assert!(d.source.unwrap().contains("Assumed here"));
        }
        assert!(
            Definition::preset("odense")
                .unwrap_err()
                .to_string()
                .contains("odense_vive")
        );
    }

    #[test]
    fn choices_that_do_not_fit_are_refused() {
        let bad = [
            Definition {
                death: Handling::RetainedIfKept,
                ..Definition::default()
            },
            Definition {
                horizons: vec![],
                ..Definition::default()
            },
            Definition {
                horizons: vec![12, 6],
                ..Definition::default()
            },
            Definition {
                horizons: vec![0],
                ..Definition::default()
            },
            Definition {
                home: Home::AnyDwellingHeld(0),
                ..Definition::default()
            },
            Definition {
                also_home: vec![State::Dead],
                ..Definition::default()
            },
            Definition {
                name: " ".into(),
                ..Definition::default()
            },
            Definition {
                horizons: vec![2000],
                ..Definition::default()
            },
        ];
        for d in bad {
            assert!(matches!(d.validate(), Err(Error::Option { .. })));
        }
    }

    #[test]
    fn the_sentence_names_every_choice() {
        let d = Definition {
            home: Home::AnyDwellingHeld(6),
            also_home: vec![State::Transitional],
            forgiven_absence_days: 14,
            ..Definition::default()
        };
        assert_eq!(
            d.describe(Lang::En),
            "Share of those placed who live in a dwelling of their own held for at least 6 months \
             or transitional on the anniversary; the clock starts at placement; hospital, \
             treatment counts as housed if the dwelling is kept; prison, institution, unknown \
             counts as not housed; death leaves the count; abroad ends observation (censored); \
             absences of at most 14 days are forgiven; same day of the month, or the month's last \
             day."
        );
    }
}
