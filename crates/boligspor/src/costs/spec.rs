//! What a cost trajectory is asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// What people cost before, in and after the placement year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
            replicates: 499,
            seed: 1,
        }
    }
}

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
        Ok(())
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
        let (first, last, replicates) = (self.first, self.last, self.replicates);
        match lang {
            Lang::Da => {
                let prices = self
                    .price_base
                    .map_or("i løbende priser".to_owned(), |y| format!("i {y}-priser"));
                let interval = if replicates == 0 {
                    String::new()
                } else {
                    format!(
                        "; 95 %-interval ved bootstrap af personer ({replicates} gentagelser, frø {})",
                        self.seed
                    )
                };
                format!(
                    "Udgifter ({source}) pr. observeret personår, {prices}, i perioderne {first} til {last} \
                     ({unit}); forløb fordeles på dage; død afslutter eksponeringen, udvandring og \
                     dataophør censurerer den; dage i udlandet før tidspunkt nul er ikke med{interval}."
                )
            }
            Lang::En => {
                let prices = self
                    .price_base
                    .map_or("in current prices".to_owned(), |y| format!("in {y} prices"));
                let interval = if replicates == 0 {
                    String::new()
                } else {
                    format!(
                        "; 95 % interval by bootstrap of persons ({replicates} replicates, seed {})",
                        self.seed
                    )
                };
                format!(
                    "Spending ({source}) per observed person-year, {prices}, in periods {first} to {last} \
                     ({unit}); spells are split by day; death ends exposure, emigration and the \
                     end of data censor it; time before a last stay abroad ahead of time zero is \
                     left out{interval}."
                )
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
