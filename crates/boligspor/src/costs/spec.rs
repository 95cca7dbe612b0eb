//! What a cost trajectory is asked for.

use boligspor_estimate::mean_interval::MeanMethod;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::views::ViewSpec;
use crate::error::{Error, Result};
use crate::lang::Lang;

/// The unit of the relative periods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Twelve months counted from time zero; period 0 is the year after it.
    #[default]
    Year,
    /// Three months counted from time zero.
    Quarter,
    /// One month counted from time zero.
    Month,
    /// Calendar years; period 0 is the one time zero falls in.
    CalendarYear,
}

impl Period {
    /// The length in months.
    pub fn months(self) -> i32 {
        match self {
            Self::Year | Self::CalendarYear => 12,
            Self::Quarter => 3,
            Self::Month => 1,
        }
    }

    /// The unit in words.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Year => lang.pick("år fra tidspunkt nul", "years from time zero"),
            Self::Quarter => lang.pick("kvartaler fra tidspunkt nul", "quarters from time zero"),
            Self::Month => lang.pick("måneder fra tidspunkt nul", "months from time zero"),
            Self::CalendarYear => lang.pick(
                "kalenderår i forhold til placeringsåret",
                "calendar years relative to the placement year",
            ),
        }
    }
}

/// Which tables say what people cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostSource {
    /// The table `costs` where it is given, else `services` by `prices`.
    #[default]
    Auto,
    /// The table `costs` and `services` by `prices` added up: for tables that
    /// do not tell of the same spending twice.
    All,
    /// Only the table `costs`.
    Costs,
    /// Only `services`, priced by `prices`.
    Services,
}

impl CostSource {
    /// The source that stands for `Auto` in a register with or without `costs`.
    pub(super) fn settled(self, has_costs: bool) -> Self {
        match self {
            Self::Auto if has_costs => Self::Costs,
            Self::Auto => Self::Services,
            settled => settled,
        }
    }

    /// The source in words.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Auto | Self::Costs => lang.pick("bogførte udgifter", "booked amounts"),
            Self::All => lang.pick(
                "bogførte udgifter og ydelser gange pris",
                "booked amounts and services times their prices",
            ),
            Self::Services => lang.pick(
                "ydelser gange pris (antal enheder × årets enhedspris)",
                "services times their prices (units × the year's unit price)",
            ),
        }
    }
}

/// What becomes of the dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Death {
    /// They cost nothing from then on and stay in the denominator: a mean is of
    /// everyone placed. What a budget sees.
    #[default]
    Zero,
    /// They leave the denominator on the day: a mean is of the living.
    Survivors,
}

impl Death {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Survivors => "survivors",
        }
    }

    fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Zero => lang.pick(
                "døde koster intet derefter og tæller fortsat med",
                "the dead cost nothing from then on and still count",
            ),
            Self::Survivors => lang.pick(
                "kun de levendes tid tæller",
                "only the time of the living counts",
            ),
        }
    }
}

/// How the interval of a mean is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// Studentised bootstrap by person: for skewed costs with many zeros.
    #[default]
    BootstrapT,
    /// Mean and linearised standard error; flagged unless there are 200 people
    /// and 25 times the squared skewness.
    Normal,
    /// Quantiles of the bootstrap means.
    Percentile,
    /// The same, corrected for bias and acceleration.
    Bca,
    /// Normal where there are enough people for it, else the studentised bootstrap.
    Auto,
}

impl IntervalMethod {
    pub(crate) fn method(self) -> MeanMethod {
        match self {
            Self::BootstrapT => MeanMethod::BootstrapT,
            Self::Normal => MeanMethod::Normal,
            Self::Percentile => MeanMethod::Percentile,
            Self::Bca => MeanMethod::Bca,
            Self::Auto => MeanMethod::Auto,
        }
    }

    /// The method in words.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::BootstrapT => lang.pick(
                "studentiseret bootstrap af personer",
                "studentised bootstrap of persons",
            ),
            Self::Normal => lang.pick("normaltilnærmelse", "normal approximation"),
            Self::Percentile => lang.pick(
                "percentil-bootstrap af personer",
                "percentile bootstrap of persons",
            ),
            Self::Bca => lang.pick("BCa-bootstrap af personer", "BCa bootstrap of persons"),
            Self::Auto => lang.pick(
                "normaltilnærmelse hvor den holder, ellers studentiseret bootstrap af personer",
                "normal approximation where it holds, else studentised bootstrap of persons",
            ),
        }
    }
}

/// What people cost before, in and after the placement year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CostSpec {
    /// The unit of the relative periods.
    pub period: Period,
    /// The first relative period, usually negative.
    pub first: i32,
    /// The last relative period.
    pub last: i32,
    /// Which tables say what people cost.
    pub source: CostSource,
    /// The year whose prices all amounts are put in, by the `price_index`
    /// table; left out: the prices of each amount's own year.
    pub price_base: Option<i32>,
    /// What becomes of the dead; the other choice is shown beside it.
    pub death: Death,
    /// How intervals are made.
    pub method: IntervalMethod,
    /// A sensitivity analysis shown beside the result: a person's costs of a
    /// period above so many whole kroner count as this, and the money removed is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<u64>,
    /// The municipality's budget and society's account side by side, discounted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<ViewSpec>,
    /// Bootstrap replicates for the intervals; 0 for none.
    pub replicates: u32,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for CostSpec {
    fn default() -> Self {
        Self {
            period: Period::Year,
            first: -3,
            last: 3,
            source: CostSource::default(),
            price_base: None,
            death: Death::default(),
            method: IntervalMethod::default(),
            cap: None,
            views: None,
            replicates: 499,
            seed: 1,
        }
    }
}

impl Eq for CostSpec {}

impl CostSpec {
    /// Checks that the choices fit together.
    ///
    /// # Errors
    /// [`Error::Option`] naming the field.
    pub fn validate(&self) -> Result<()> {
        if self.first > 0 || self.last < 0 {
            return Err(Error::option(
                "costs.first",
                "and `costs.last` leave period 0 out",
                "choose first <= 0 <= last",
            ));
        }
        let months =
            (i64::from(self.last) - i64::from(self.first) + 1) * i64::from(self.period.months());
        if months > 1200 {
            return Err(Error::option(
                "costs.last",
                "makes the window longer than 100 years",
                "check `period`, `first` and `last`",
            ));
        }
        if self.replicates > 100_000 {
            return Err(Error::option(
                "costs.replicates",
                "is over 100,000",
                "999 is enough for a 95 % interval",
            ));
        }
        if self.cap == Some(0) || self.cap.is_some_and(|c| c > 1_000_000_000_000) {
            return Err(Error::option(
                "costs.cap",
                "is no amount that a person could cost",
                "choose whole kroner, such as 1000000",
            ));
        }
        self.views.as_ref().map_or(Ok(()), ViewSpec::validate)
    }

    /// The trajectory in one sentence.
    ///
    /// ```
    /// use boligspor::{Lang, costs::CostSpec};
    /// let text = CostSpec { price_base: Some(2023), ..CostSpec::default() }.describe(Lang::En);
    /// assert!(text.contains("in 2023 prices"));
    /// ```
    pub fn describe(&self, lang: Lang) -> String {
        let unit = self.period.label(lang);
        let source = self.source.label(lang);
        let death = self.death.label(lang);
        let (first, last) = (self.first, self.last);
        let interval = self.interval_words(lang);
        match lang {
            Lang::Da => {
                let prices = self
                    .price_base
                    .map_or("i løbende priser".to_owned(), |y| format!("i {y}-priser"));
                format!(
                    "Udgifter ({source}) pr. observeret personår, {prices}, i perioderne {first} til {last} \
                     ({unit}); forløb fordeles på dage; {death}; udvandring og dataophør censurerer; \
                     dage i udlandet før tidspunkt nul er ikke med{interval}."
                )
            }
            Lang::En => {
                let prices = self
                    .price_base
                    .map_or("in current prices".to_owned(), |y| format!("in {y} prices"));
                format!(
                    "Spending ({source}) per observed person-year, {prices}, in periods {first} to {last} \
                     ({unit}); spells are split by day; {death}; emigration and the end of data \
                     censor; time before a last stay abroad ahead of time zero is left out{interval}."
                )
            }
        }
    }

    /// How intervals were made, in words; nothing where there are none.
    fn interval_words(&self, lang: Lang) -> String {
        let normal = self.method == IntervalMethod::Normal;
        if self.replicates == 0 && !normal {
            return String::new();
        }
        let method = self.method.label(lang);
        let (replicates, seed) = (self.replicates, self.seed);
        match lang {
            Lang::Da if normal => format!("; 95 %-interval ved {method}"),
            Lang::En if normal => format!("; 95 % interval by {method}"),
            Lang::Da => {
                format!("; 95 %-interval ved {method} ({replicates} gentagelser, frø {seed})")
            }
            Lang::En => {
                format!("; 95 % interval by {method} ({replicates} replicates, seed {seed})")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_without_the_placement_year_is_refused() {
        for bad in [
            CostSpec {
                first: 1,
                ..CostSpec::default()
            },
            CostSpec {
                last: -1,
                ..CostSpec::default()
            },
            CostSpec {
                last: i32::MAX,
                ..CostSpec::default()
            },
            CostSpec {
                replicates: 1_000_000,
                ..CostSpec::default()
            },
        ] {
            assert!(matches!(bad.validate(), Err(Error::Option { .. })));
        }
        CostSpec::default().validate().unwrap();
    }
}
