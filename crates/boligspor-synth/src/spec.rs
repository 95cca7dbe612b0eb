//! What register to make: how many people, where, when, with which effects.

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::dirt::Dirt;
use crate::error::{Error, Result};

/// The longest wait from enrolment to placement, in days.
pub(crate) const LONGEST_WAIT: i32 = 270;

/// The shortest wait from enrolment to placement, in days.
pub(crate) const SHORTEST_WAIT: i32 = 14;

/// A synthetic register's specification. The same spec gives the same bytes.
///
/// Serialises to TOML; unknown keys are rejected, and keys left out take the
/// values of [`Spec::country`].
///
/// ```
/// use boligspor_synth::Spec;
/// let spec = Spec::from_toml("people = 1000\nseed = 42")?;
/// assert_eq!(spec.people, 1000);
/// assert!(Spec::from_toml("poeple = 1000").is_err());
/// # Ok::<(), boligspor_synth::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spec {
    /// Every draw of people, counts and supply depends on this and on what it
    /// is for, nothing else.
    pub seed: u64,
    /// The seed of the municipalities: their sizes, effects and means. Kept
    /// while `seed` varies, many registers can be drawn of one country, with
    /// one truth.
    pub place_seed: u64,
    /// People in the register: placed, enrolled and never placed, and comparison.
    pub people: u64,
    /// Municipality codes, such as `["461"]`; empty means all 98.
    pub municipalities: Vec<String>,
    /// The year whose 1 January is the first day of data.
    pub first_year: i32,
    /// The first day of placement (and of enrolment, for the never placed).
    pub placed_from: Date,
    /// The last possible day of placement.
    pub placed_until: Date,
    /// The last day observed. Stays that run on have no end.
    pub observed_until: Date,
    /// Share of the enrolled who are never placed.
    pub never_placed: f64,
    /// Share of all people who are homeless and never enrolled: a pool to
    /// find comparison groups in. They have no row in `placements`.
    pub comparison: f64,
    /// Whether to make the `costs` table.
    pub costs: bool,
    /// Log standard deviation of the person-and-category factor on costs.
    pub cost_spread: f64,
    /// The planted effects.
    pub effects: Effects,
    /// Errors to plant; none by default.
    pub dirt: Dirt,
}

/// Hazard ratios and rates of the planted model.
///
/// Hazard ratios act on the daily probability of losing the home, against a
/// reference of age 25–49, no substance use, ICM, a home from municipal
/// allocation, and a municipality with no effect. Age also acts on death.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Effects {
    /// Homes lost a year in days 0–182 after placement, for the reference.
    pub loss_first_half_year: f64,
    /// The same in days 183–729.
    pub loss_to_two_years: f64,
    /// The same from day 730 on.
    pub loss_later: f64,
    /// Hazard ratio of loss, age 18–24.
    pub young: f64,
    /// Hazard ratio of loss, age 50 and over.
    pub old: f64,
    /// Hazard ratio of loss with substance use.
    pub substance_use: f64,
    /// Hazard ratio of loss in a private letting.
    pub private_letting: f64,
    /// Hazard ratio of loss with ACT.
    pub act: f64,
    /// Hazard ratio of loss with CTI in its nine months (days 0–273).
    pub cti_during: f64,
    /// Hazard ratio of loss with CTI afterwards.
    pub cti_after: f64,
    /// Hazard ratio of loss with ordinary §85 support.
    pub s85: f64,
    /// Log standard deviation of the municipalities' hazard ratios of loss.
    pub municipality_sd: f64,
    /// New homes a year found from a shelter after a loss, with support.
    pub rehoused: f64,
    /// The same for people never placed: usual care.
    pub usual_care: f64,
    /// Deaths a year at 25–49 without substance use.
    pub death: f64,
    /// Fixed-price cost per person and day of support in the first year after
    /// placement with ICM, DKK; other methods are in proportion.
    pub support_first_year: f64,
    /// The same in the second year.
    pub support_second_year: f64,
    /// The same from the third year on.
    pub support_later: f64,
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            loss_first_half_year: 0.085,
            loss_to_two_years: 0.07,
            loss_later: 0.055,
            young: 1.5,
            old: 0.75,
            substance_use: 1.3,
            private_letting: 1.4,
            act: 0.85,
            cti_during: 0.8,
            cti_after: 1.1,
            s85: 1.35,
            municipality_sd: 0.3,
            rehoused: 0.55,
            usual_care: 0.2,
            death: 0.018,
            support_first_year: 430.0,
            support_second_year: 381.0,
            support_later: 290.0,
        }
    }
}

impl Default for Spec {
    fn default() -> Self {
        Self::country()
    }
}

impl Spec {
    /// One municipality (code 461) with about 500 placements in 2012–2020,
    /// all followed for three years or more. About 80 % of those alive three
    /// years after placement live in a dwelling then.
    ///
    /// ```
    /// let spec = boligspor_synth::Spec::odense_like();
    /// assert_eq!(spec.municipalities, ["461"]);
    /// ```
    pub fn odense_like() -> Self {
        Self {
            seed: 514,
            place_seed: 514,
            people: 700,
            municipalities: vec!["461".to_owned()],
            first_year: 2008,
            placed_from: date(2012, 1, 1),
            placed_until: date(2020, 12, 31),
            observed_until: date(2023, 12, 31),
            never_placed: 0.16,
            comparison: 0.15,
            ..Self::country()
        }
    }

    /// All 98 municipalities, with a few thousand placements in 2016–2023
    /// observed to the end of 2024, so that some follow-up is cut short.
    pub fn country() -> Self {
        Self {
            seed: 98,
            place_seed: 98,
            people: 3_600,
            municipalities: Vec::new(),
            first_year: 2013,
            placed_from: date(2016, 1, 1),
            placed_until: date(2023, 12, 31),
            observed_until: date(2024, 12, 31),
            never_placed: 0.16,
            comparison: 0.10,
            costs: true,
            cost_spread: 0.5,
            effects: Effects::default(),
            dirt: Dirt::default(),
        }
    }

    /// A small cohort for simulation studies: `people` placed in one
    /// municipality in 2015–2017 and followed to the end of 2021, nobody else.
    /// The truth is the same for every seed and every number of people.
    ///
    /// ```
    /// use boligspor_synth::{Spec, generate};
    /// let registers = generate(&Spec::cohort(50, 1))?;
    /// assert_eq!(registers.placements.height(), 50);
    /// # Ok::<(), boligspor_synth::Error>(())
    /// ```
    pub fn cohort(people: u64, seed: u64) -> Self {
        Self {
            seed,
            place_seed: 514,
            people,
            municipalities: vec!["461".to_owned()],
            first_year: 2013,
            placed_from: date(2015, 1, 1),
            placed_until: date(2017, 12, 31),
            observed_until: date(2021, 12, 31),
            never_placed: 0.0,
            comparison: 0.0,
            ..Self::country()
        }
    }

    /// Reads a spec from TOML and checks it.
    ///
    /// # Errors
    /// [`Error::Parse`] where the text is no spec, [`Error::Spec`] where a field
    /// is out of range.
    pub fn from_toml(text: &str) -> Result<Self> {
        let spec: Self = toml::from_str(text)?;
        spec.check()?;
        Ok(spec)
    }

    /// The spec as TOML, which [`Spec::from_toml`] reads back.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// Whether every field is in range.
    ///
    /// # Errors
    /// [`Error::Spec`] naming the first field that is not.
    ///
    /// ```
    /// use boligspor_synth::Spec;
    /// let spec = Spec { never_placed: 1.2, ..Spec::country() };
    /// assert!(spec.check().unwrap_err().to_string().contains("never_placed"));
    /// ```
    pub fn check(&self) -> Result<()> {
        if self.people == 0 || self.people > 1 << 34 {
            return Err(Error::spec(
                "people",
                format!("is {}", self.people),
                "give 1 to 17,179,869,184 people",
            ));
        }
        for text in &self.municipalities {
            if parse_code(text).is_none() {
                return Err(Error::spec(
                    "municipalities",
                    format!("has {text:?}, which is no municipality code"),
                    "use codes such as \"461\"; leave empty for all 98",
                ));
            }
        }
        let mut sorted = self.municipalities.clone();
        sorted.sort();
        if sorted.windows(2).any(|w| w[0] == w[1]) {
            return Err(Error::spec(
                "municipalities",
                "names a code twice",
                "name each code once",
            ));
        }
        if !(1980..=2100).contains(&self.first_year) {
            return Err(Error::spec(
                "first_year",
                format!("is {}", self.first_year),
                "give a year from 1980 to 2100",
            ));
        }
        if self.placed_from < date(self.first_year as i16, 1, 1) {
            return Err(Error::spec(
                "placed_from",
                "is before the first day of data",
                "move it to 1 January of `first_year` or later",
            ));
        }
        if self.placed_until < self.placed_from {
            return Err(Error::spec(
                "placed_until",
                "is before `placed_from`",
                "leave at least one day for placements",
            ));
        }
        if self.observed_until < self.placed_until || self.observed_until > date(2100, 12, 31) {
            return Err(Error::spec(
                "observed_until",
                format!("is {}", self.observed_until),
                "put it on or after `placed_until` and no later than 2100-12-31",
            ));
        }
        share("never_placed", self.never_placed)?;
        share("comparison", self.comparison)?;
        within("cost_spread", self.cost_spread, 0.0, 2.0)?;
        self.effects.check()?;
        self.dirt.check()
    }

    /// The codes of the spec's municipalities, rising.
    pub(crate) fn codes(&self) -> Vec<u16> {
        if self.municipalities.is_empty() {
            return codes::MUNICIPALITIES.iter().map(|c| c.code).collect();
        }
        let mut codes: Vec<u16> = self
            .municipalities
            .iter()
            .filter_map(|text| parse_code(text))
            .collect();
        codes.sort_unstable();
        codes
    }
}

impl Effects {
    fn check(&self) -> Result<()> {
        let rates = [
            ("effects.loss_first_half_year", self.loss_first_half_year),
            ("effects.loss_to_two_years", self.loss_to_two_years),
            ("effects.loss_later", self.loss_later),
            ("effects.rehoused", self.rehoused),
            ("effects.usual_care", self.usual_care),
            ("effects.death", self.death),
        ];
        for (field, value) in rates {
            within(field, value, 0.0, 5.0)?;
        }
        let ratios = [
            ("effects.young", self.young),
            ("effects.old", self.old),
            ("effects.substance_use", self.substance_use),
            ("effects.private_letting", self.private_letting),
            ("effects.act", self.act),
            ("effects.cti_during", self.cti_during),
            ("effects.cti_after", self.cti_after),
            ("effects.s85", self.s85),
        ];
        for (field, value) in ratios {
            within(field, value, 0.05, 4.0)?;
        }
        within("effects.municipality_sd", self.municipality_sd, 0.0, 0.6)?;
        for (field, value) in [
            ("effects.support_first_year", self.support_first_year),
            ("effects.support_second_year", self.support_second_year),
            ("effects.support_later", self.support_later),
        ] {
            within(field, value, 0.0, 10_000.0)?;
        }
        Ok(())
    }
}

fn parse_code(text: &str) -> Option<u16> {
    let code = (text.len() == 3).then(|| text.parse::<u16>().ok())??;
    codes::find(code).map(|c| c.code)
}

/// Checks that a share is between 0 and 1.
pub(crate) fn share(field: &'static str, value: f64) -> Result<()> {
    within(field, value, 0.0, 1.0)
}

fn within(field: &'static str, value: f64, low: f64, high: f64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::Spec {
        field,
        problem: format!("is {value}, outside {low} to {high}"),
        help: "choose a value in that range",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_valid_and_survive_toml() {
        for spec in [
            Spec::odense_like(),
            Spec::country(),
            Spec::cohort(500, 3),
            Spec {
                dirt: Dirt::everything(),
                ..Spec::country()
            },
        ] {
            let text = toml::to_string(&spec).unwrap();
            assert_eq!(Spec::from_toml(&text).unwrap(), spec);
        }
    }

    #[test]
    fn an_error_names_the_field_and_the_way_out() {
        let base = Spec::country();
        let bad = [
            (
                Spec {
                    people: 0,
                    ..base.clone()
                },
                "`people`",
            ),
            (
                Spec {
                    municipalities: vec!["999".into()],
                    ..base.clone()
                },
                "`municipalities`",
            ),
            (
                Spec {
                    municipalities: vec!["461".into(); 2],
                    ..base.clone()
                },
                "twice",
            ),
            (
                Spec {
                    first_year: 1500,
                    ..base.clone()
                },
                "`first_year`",
            ),
            (
                Spec {
                    placed_from: date(1999, 1, 1),
                    ..base.clone()
                },
                "`placed_from`",
            ),
            (
                Spec {
                    placed_until: date(2015, 12, 31),
                    ..base.clone()
                },
                "`placed_until`",
            ),
            (
                Spec {
                    observed_until: base.placed_from,
                    ..base.clone()
                },
                "`observed_until`",
            ),
            (
                Spec {
                    comparison: -0.1,
                    ..base.clone()
                },
                "`comparison`",
            ),
            (
                Spec {
                    cost_spread: f64::NAN,
                    ..base.clone()
                },
                "`cost_spread`",
            ),
        ];
        for (spec, expected) in bad {
            let message = spec.check().unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let effects = Effects {
            young: 50.0,
            ..Effects::default()
        };
        let message = Spec { effects, ..base }.check().unwrap_err().to_string();
        assert!(message.contains("`effects.young`"), "{message}");
    }
}
