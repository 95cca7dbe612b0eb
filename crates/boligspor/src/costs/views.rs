//! The municipality's budget and society's account, each by itself.
//!
//! They answer different questions and are never added: every series carries
//! its [`View`]. A budget counts what one payer pays, transfers included, in
//! factor prices. Society's account leaves transfers out, which nobody loses in
//! sum, takes all payers together and values what is used in market prices.

use boligspor_estimate::mean_interval::ReplicatedMean;
use polars::prelude::DataFrame;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::discount::{Discounting, View};
use super::summary::CostSummary;
use super::sums::{Rule, StratumSums};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::tidy::Tidy;

/// Whose money is counted, and how later years are discounted.
///
/// ```
/// use boligspor::costs::ViewSpec;
/// assert_eq!(ViewSpec::default().net_tax_factor, 1.28);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ViewSpec {
    /// One discount rate for all years, such as 0.03; left out: the Danish
    /// Ministry of Finance's of 2023, 3.5 % for years 0 to 35, 2.5 % for 36 to 70
    /// and 1.5 % after. 0 to 5 % are shown beside it.
    pub rate: Option<f64>,
    /// What factor prices are multiplied by in society's account.
    pub net_tax_factor: f64,
    /// Categories that are transfers: they are in budgets and not in society's account.
    pub transfers: Vec<String>,
}

impl Default for ViewSpec {
    fn default() -> Self {
        Self {
            rate: None,
            net_tax_factor: Discounting::danish_2023().net_tax_factor,
            transfers: [
                "cash_benefits",
                "sickness_benefits",
                "disability_pension",
                "housing_benefits",
            ]
            .map(str::to_owned)
            .into(),
        }
    }
}

impl ViewSpec {
    pub(super) fn validate(&self) -> Result<()> {
        if !(0.5..=5.0).contains(&self.net_tax_factor) {
            return Err(Error::option(
                "costs.views.net_tax_factor",
                "is no factor from factor to market prices",
                "the Danish one is 1.28",
            ));
        }
        self.discounting().map(|_| ())
    }

    /// The discounting asked for.
    ///
    /// # Errors
    /// [`Error::Option`] for a rate outside 0 to 1.
    pub fn discounting(&self) -> Result<Discounting> {
        self.rate
            .map_or_else(|| Ok(Discounting::danish_2023()), Discounting::flat)
    }

    /// The views in words.
    pub fn describe(&self, lang: Lang) -> String {
        let factor = self.net_tax_factor;
        let rate = match (self.rate, lang) {
            (None, Lang::Da) => {
                "3,5 % i år 0–35, 2,5 % i år 36–70, 1,5 % derefter (Finansministeriet 2023)".into()
            }
            (None, Lang::En) => {
                "3.5 % in years 0–35, 2.5 % in years 36–70, 1.5 % after (Danish Ministry of \
                 Finance 2023)"
                    .into()
            }
            (Some(rate), _) => format!("{} %", 100.0 * rate),
        };
        let transfers: Vec<String> = (self.transfers.iter())
            .map(|c| super::category_label(c, lang))
            .collect();
        let transfers = transfers.join(", ");
        match lang {
            Lang::Da => format!(
                "Budget: hvad en betaler betaler, overførsler medregnet, i faktorpriser. \
                 Samfundsøkonomisk: alle betalere, uden overførsler ({transfers}), i markedspriser \
                 (nettoafgiftsfaktor {factor}). De to lægges aldrig sammen. Diskontering: {rate}."
            )
            .replace(&factor.to_string(), &factor.to_string().replace('.', ",")),
            Lang::En => format!(
                "Budget: what one payer pays, transfers included, in factor prices. Societal: all \
                 payers, without transfers ({transfers}), in market prices (net tax factor \
                 {factor}). The two are never added. Discounting: {rate}."
            ),
        }
    }
}

/// Mean costs by period, in one view.
struct Series {
    view: View,
    means: Vec<Option<ReplicatedMean>>,
}

/// One row of the present values: a name for the rates, and the discounting.
fn rates(spec: &ViewSpec) -> Result<Vec<(String, Discounting)>> {
    let own = spec
        .rate
        .map_or("danish_2023".to_owned(), |rate| format!("{rate}"));
    let mut out = vec![(own, spec.discounting()?)];
    for (percent, discounting) in Discounting::sensitivity().into_iter().enumerate() {
        let name = format!("{}", percent as f64 / 100.0);
        if out[0].0 != name {
            out.push((name, discounting));
        }
    }
    Ok(out)
}

impl CostSummary {
    /// Every payer's budget, then society's account.
    fn series(&self, sums: &StratumSums, spec: &ViewSpec) -> Vec<Series> {
        let (categories, payers) = (self.shape.categories.len(), self.shape.payers.len());
        let rule = Rule::by(self.spec.death);
        let by_period = |mean: &dyn Fn(usize) -> Option<ReplicatedMean>| -> Vec<_> {
            (0..self.shape.periods).map(mean).collect()
        };
        let mut out: Vec<Series> = (self.shape.payers.iter().enumerate())
            .filter(|(_, name)| !name.is_empty())
            .map(|(y, name)| Series {
                view: View::Budget(name.clone()),
                means: by_period(&|p| sums.mean(&self.shape, rule, [p, categories, y])),
            })
            .collect();
        let transfers: Vec<usize> = (self.shape.categories.iter().enumerate())
            .filter(|(_, name)| spec.transfers.contains(name))
            .map(|(c, _)| c)
            .collect();
        let factor = spec.net_tax_factor;
        out.push(Series {
            view: View::Societal,
            means: by_period(&|p| {
                let mut all = sums.mean(&self.shape, rule, [p, categories, payers])?;
                let skewness = all.skewness;
                let paid: Vec<ReplicatedMean> = (transfers.iter())
                    .filter_map(|&c| sums.mean(&self.shape, rule, [p, c, payers]))
                    .collect();
                let mut terms = vec![(factor, &all)];
                terms.extend(paid.iter().map(|t| (-factor, t)));
                all = ReplicatedMean::combination(&terms);
                if paid.is_empty() {
                    all.skewness = skewness;
                }
                Some(all)
            }),
        });
        out
    }

    /// Mean cost per person-year by view and period.
    pub(super) fn views_table(&self, spec: &ViewSpec) -> Result<DataFrame> {
        let strata = self.strata();
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut view, mut payer, mut period, mut prices) = (vec![], vec![], vec![], vec![]);
        let (mut mean, mut low, mut high) = (vec![], vec![], vec![]);
        for (l, sums) in &strata {
            for series in self.series(sums, spec) {
                for (p, found) in series.means.iter().enumerate() {
                    let interval = self.interval_of(found.as_ref())?;
                    levels.push(l);
                    view.push(code(&series.view));
                    payer.push(payer_of(&series.view));
                    prices.push(prices_of(&series.view));
                    period.push(self.spec.first + p as i32);
                    mean.push(found.as_ref().map(|m| m.estimate));
                    low.push(interval.map(|i| i.low));
                    high.push(interval.map(|i| i.high));
                }
            }
        }
        Tidy::new(&self.strata, &levels)
            .with("view", view)
            .with("payer", payer)
            .with("prices", prices)
            .with("period", period)
            .with("mean_per_person_year", mean)
            .with("low", low)
            .with("high", high)
            .build()
    }

    /// The present value at time zero of a person's mean costs from then on.
    pub(super) fn present_values(&self, spec: &ViewSpec) -> Result<DataFrame> {
        let strata = self.strata();
        let years = f64::from(self.spec.period.months()) / 12.0;
        let mut levels: Vec<&[String]> = Vec::new();
        let (mut view, mut payer, mut rate, mut prices) = (vec![], vec![], vec![], vec![]);
        let (mut value, mut low, mut high) = (vec![], vec![], vec![]);
        for (l, sums) in &strata {
            for series in self.series(sums, spec) {
                let after: Option<Vec<&ReplicatedMean>> = series.means[self.zero()..]
                    .iter()
                    .map(Option::as_ref)
                    .collect();
                for (name, discounting) in rates(spec)? {
                    let found = after.as_ref().map(|means| {
                        let terms: Vec<(f64, &ReplicatedMean)> = (means.iter().enumerate())
                            .map(|(t, mean)| (years * discounting.factor(t as f64 * years), *mean))
                            .collect();
                        ReplicatedMean::combination(&terms)
                    });
                    let interval = self.interval_of(found.as_ref())?;
                    levels.push(l);
                    view.push(code(&series.view));
                    payer.push(payer_of(&series.view));
                    prices.push(prices_of(&series.view));
                    rate.push(name);
                    value.push(found.map(|m| m.estimate));
                    low.push(interval.map(|i| i.low));
                    high.push(interval.map(|i| i.high));
                }
            }
        }
        let periods = levels.len();
        Tidy::new(&self.strata, &levels)
            .with("view", view)
            .with("payer", payer)
            .with("prices", prices)
            .with("from_period", vec![0; periods])
            .with("to_period", vec![self.spec.last; periods])
            .with("rate", rate)
            .with("present_value", value)
            .with("low", low)
            .with("high", high)
            .build()
    }
}

fn code(view: &View) -> &'static str {
    match view {
        View::Budget(_) => "budget",
        View::Societal => "societal",
    }
}

fn payer_of(view: &View) -> Option<String> {
    match view {
        View::Budget(payer) => Some(payer.clone()),
        View::Societal => None,
    }
}

fn prices_of(view: &View) -> &'static str {
    match view {
        View::Budget(_) => "factor",
        View::Societal => "market",
    }
}
