//! Money of later years as money of today, and whose money it is.
//!
//! A municipality's budget and society's account are different questions: the
//! budget counts what the municipality pays, cash benefits included, in factor
//! prices; society leaves transfers out (they cost nobody anything in sum) and
//! values the rest in market prices. An [`Amount`] carries its [`View`], and
//! amounts of two views cannot be added.

use std::fmt;

use crate::error::{Error, Result};
use crate::lang::Lang;

/// Whose money is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// What one payer pays, transfers included.
    Budget(String),
    /// What society uses: all payers, transfers left out, in market prices.
    Societal,
}

impl View {
    /// The view in words.
    pub fn label(&self, lang: Lang) -> String {
        match self {
            Self::Budget(payer) => {
                let payer = super::payer_label(payer, lang);
                format!("budget: {payer}")
            }
            Self::Societal => lang.pick("samfundsøkonomisk", "societal").to_owned(),
        }
    }
}

/// An amount in øre, in one view.
///
/// ```
/// use boligspor::costs::{Amount, View};
/// let budget = Amount::new(100_00, View::Budget("municipality".into()));
/// let society = Amount::new(128_00, View::Societal);
/// assert_eq!(budget.plus(&budget)?.ore(), 200_00);
/// assert!(budget.plus(&society).is_err());
/// # Ok::<(), boligspor::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    ore: i128,
    view: View,
}

impl Amount {
    /// An amount of a view.
    pub fn new(ore: i128, view: View) -> Self {
        Self { ore, view }
    }

    /// The øre.
    pub fn ore(&self) -> i128 {
        self.ore
    }

    /// Whose money it is.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The sum of two amounts of one view.
    ///
    /// # Errors
    /// [`Error::Option`] for amounts of two views: a budget and society's
    /// account count different things, and their sum means nothing.
    pub fn plus(&self, other: &Self) -> Result<Self> {
        if self.view != other.view {
            return Err(Error::option(
                "view",
                format!(
                    "would mix {} and {}",
                    self.view.label(Lang::En),
                    other.view.label(Lang::En)
                ),
                "show the two side by side",
            ));
        }
        Ok(Self {
            ore: self.ore + other.ore,
            view: self.view.clone(),
        })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, ore) = (if self.ore < 0 { "-" } else { "" }, self.ore.unsigned_abs());
        write!(
            f,
            "{sign}{}.{:02} ({})",
            ore / 100,
            ore % 100,
            self.view.label(Lang::En)
        )
    }
}

/// How later years are discounted, and the factor to market prices.
#[derive(Clone, Debug, PartialEq)]
pub struct Discounting {
    /// The last year of each rate, and the rate; the last has no end.
    rates: Vec<(Option<f64>, f64)>,
    /// What factor prices are multiplied by in the societal view.
    pub net_tax_factor: f64,
}

impl Discounting {
    /// The Danish Ministry of Finance's rates of 2023: 3.5 % for years 0–35,
    /// 2.5 % for 36–70 and 1.5 % after, net tax factor 1.28.
    pub fn danish_2023() -> Self {
        Self {
            rates: vec![(Some(35.0), 0.035), (Some(70.0), 0.025), (None, 0.015)],
            net_tax_factor: 1.28,
        }
    }

    /// One rate for all years, the same net tax factor as the Danish one.
    ///
    /// # Errors
    /// [`Error::Option`] for a rate outside 0 to 1.
    pub fn flat(rate: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&rate) {
            return Err(Error::option(
                "discounting",
                "is not a rate from 0 to 1",
                "write 3.5 % as 0.035",
            ));
        }
        Ok(Self {
            rates: vec![(None, rate)],
            ..Self::danish_2023()
        })
    }

    /// The rates of a sensitivity analysis: 0, 1, … 5 %.
    pub fn sensitivity() -> Vec<Self> {
        (0..=5)
            .filter_map(|percent| Self::flat(f64::from(percent) / 100.0).ok())
            .collect()
    }

    /// What a krone in so many years is worth today; years before today count
    /// as today.
    ///
    /// ```
    /// use boligspor::costs::Discounting;
    /// let danish = Discounting::danish_2023();
    /// assert!((danish.factor(1.0) - 1.0 / 1.035).abs() < 1e-12);
    /// // 35 years at 3.5 % and one at 2.5 %.
    /// assert!((danish.factor(36.0) - 1.035_f64.powi(-35) / 1.025).abs() < 1e-12);
    /// ```
    pub fn factor(&self, years: f64) -> f64 {
        let (mut from, mut factor) = (0.0, 1.0);
        for &(until, rate) in &self.rates {
            let until = until.map_or(years, |u| u.min(years));
            if until > from {
                factor *= (1.0 + rate).powf(from - until);
                from = until;
            }
        }
        factor
    }

    /// The present value of amounts of one view, `amounts[t]` in year `t`,
    /// each rounded to whole øre after discounting. In the societal view
    /// amounts must be in market prices already ([`Self::market_price`]).
    ///
    /// # Errors
    /// As [`Amount::plus`], and [`Error::Option`] without any amount.
    pub fn present_value(&self, amounts: &[Amount]) -> Result<Amount> {
        let mut values = amounts.iter().enumerate().map(|(t, a)| Amount {
            ore: (a.ore as f64 * self.factor(t as f64)).round() as i128,
            view: a.view.clone(),
        });
        let first = values.next().ok_or_else(|| {
            Error::option("amounts", "is empty", "give one amount a year from year 0")
        })?;
        values.try_fold(first, |sum, next| sum.plus(&next))
    }

    /// What payers spent on real resources (no transfers), in market prices:
    /// society's view of it.
    pub fn market_price(&self, factor_price_ore: i128) -> Amount {
        Amount {
            ore: (factor_price_ore as f64 * self.net_tax_factor).round() as i128,
            view: View::Societal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_rates_one_after_the_other() {
        let danish = Discounting::danish_2023();
        let by_year: f64 = (1..=80)
            .map(|t| match t {
                ..=35 => 1.035_f64,
                36..=70 => 1.025,
                _ => 1.015,
            })
            .product();
        assert!((danish.factor(80.0) * by_year - 1.0).abs() < 1e-12);
        assert_eq!(danish.factor(0.0), 1.0);
        assert_eq!(danish.factor(-3.0), 1.0);
    }

    #[test]
    fn sensitivity_goes_from_nothing_to_five_per_cent() {
        let factors: Vec<f64> = Discounting::sensitivity()
            .iter()
            .map(|d| d.factor(2.0))
            .collect();
        assert_eq!(factors.len(), 6);
        assert_eq!(factors[0], 1.0);
        assert!((factors[5] - 1.0 / 1.1025).abs() < 1e-12);
        assert!(Discounting::flat(3.5).is_err());
    }

    #[test]
    fn a_present_value_by_hand() {
        let budget = |ore| Amount::new(ore, View::Budget("municipality".into()));
        let danish = Discounting::danish_2023();
        // 100 + 103.50/1.035 + 107.1225/1.035² = 300, the last rounded up to 107.13.
        let value = danish
            .present_value(&[budget(10_000), budget(10_350), budget(10_713)])
            .unwrap();
        assert_eq!(value.ore(), 30_001);
        assert_eq!(danish.market_price(10_000).ore(), 12_800);
        let mixed = [budget(1), danish.market_price(1)];
        assert!(danish.present_value(&mixed).is_err());
        assert!(danish.present_value(&[]).is_err());
        assert_eq!(budget(-150).to_string(), "-1.50 (budget: municipality)");
    }
}
