//! Charts of spending: before and after, and who pays.

use super::{Chart, Draw, drawn, strata_columns, unit, unit_of};
use crate::chart::{Caption, CostBars, CostCategory, CostPeriod};
use crate::cohort::ALL;
use crate::costs::{CostTrajectory, WhoPays, regression_to_the_mean};
use crate::error::Result;
use crate::study::run::Outcome;
use crate::study::view::View;
use crate::study::{who_pays, words};

/// Cost categories shown by themselves; the rest are one.
const MOST_CATEGORIES: usize = 7;

impl Draw {
    pub(super) fn costs(
        &self,
        name: String,
        costs: &CostTrajectory,
        outcome: &Outcome,
    ) -> Result<Chart> {
        let lang = self.lang;
        let table = costs.table();
        let view = View::new(table, &strata_columns(table, "period"));
        let whole = view
            .strata()?
            .into_iter()
            .next()
            .map_or(0..0, |(_, rows)| rows);
        let mut by_category: Vec<(String, Vec<f64>)> = Vec::new();
        let mut periods: Vec<CostPeriod> = Vec::new();
        for row in whole {
            if view.text("payer", row)? != ALL {
                continue;
            }
            let category = view.text("category", row)?;
            let mean = view.number("mean_per_person_year", row)?;
            if category == ALL {
                let period = view.integer("period", row)?;
                let (low, high) = (view.number("low", row)?, view.number("high", row)?);
                periods.push(CostPeriod {
                    label: self.style.lang.number(f64::from(period), 0),
                    emphasised: period == 0,
                    people: view.count("persons", row)?,
                    total: Some(mean),
                    interval: (low.is_finite() && high.is_finite()).then_some((low, high)),
                    ..CostPeriod::default()
                });
                continue;
            }
            match by_category.iter_mut().find(|(c, _)| *c == category) {
                Some((_, means)) => means.push(mean),
                None => by_category.push((category, vec![mean])),
            }
        }
        let stacks = self.largest(by_category, periods.len());
        for (i, period) in periods.iter_mut().enumerate() {
            period.amounts = stacks
                .iter()
                .map(|(_, means)| means.get(i).copied().unwrap_or(f64::NAN))
                .collect();
        }
        let chart = CostBars {
            caption: Caption::new(lang.pick(
                "Udgifter før og efter boligtildelingen",
                "Spending before and after placement",
            ))
            .note(costs.describe(lang))
            .note(regression_to_the_mean(lang)),
            unit: unit(outcome),
            x_title: words::capital(costs.spec().period.label(lang)),
            categories: stacks
                .iter()
                .map(|(label, _)| CostCategory {
                    label: label.clone(),
                    colour: None,
                })
                .collect(),
            periods,
        };
        drawn(name, chart.svg(&self.style))
    }

    /// A bar a set of rules, the payers stacked: all periods together.
    pub(super) fn who_pays(
        &self,
        name: String,
        refunds: &WhoPays,
        outcome: &Outcome,
    ) -> Result<Chart> {
        let lang = self.lang;
        let spec = outcome.plan.study().refunds.as_ref();
        let names = spec.map_or(&[][..], |r| &r.rules);
        let base = spec.and_then(|r| r.costs.price_base);
        let paid = who_pays::Paid::new(refunds)?;
        let chart = CostBars {
            caption: Caption::new(lang.pick(
                "Hvem betaler de samme ophold",
                "Who pays for the same stays",
            ))
            .note(refunds.describe(lang)),
            unit: unit_of(outcome, base),
            x_title: lang.pick("Refusionsregler", "Refund rules").into(),
            categories: paid
                .payers
                .iter()
                .map(|payer| CostCategory {
                    label: words::capital(&words::payer(payer, lang)),
                    colour: None,
                })
                .collect(),
            periods: names
                .iter()
                .map(|rules| CostPeriod {
                    label: words::rules(rules, lang),
                    amounts: paid
                        .payers
                        .iter()
                        .map(|payer| paid.mean(rules, payer))
                        .collect(),
                    ..CostPeriod::default()
                })
                .collect(),
        };
        drawn(name, chart.svg(&self.style))
    }

    /// The largest categories by their sum, the rest as one.
    fn largest(
        &self,
        mut by_category: Vec<(String, Vec<f64>)>,
        periods: usize,
    ) -> Vec<(String, Vec<f64>)> {
        let size = |means: &[f64]| -> f64 { means.iter().filter(|m| m.is_finite()).sum() };
        by_category.sort_by(|a, b| {
            size(&b.1)
                .total_cmp(&size(&a.1))
                .then_with(|| a.0.cmp(&b.0))
        });
        let many = by_category.len() > MOST_CATEGORIES + 1;
        let rest = if many {
            by_category.split_off(MOST_CATEGORIES)
        } else {
            Vec::new()
        };
        let mut out: Vec<(String, Vec<f64>)> = by_category
            .into_iter()
            .map(|(code, means)| (words::capital(&words::category(&code, self.lang)), means))
            .collect();
        if !rest.is_empty() {
            let sums = (0..periods)
                .map(|i| {
                    rest.iter()
                        .filter_map(|(_, means)| means.get(i))
                        .filter(|m| m.is_finite())
                        .sum()
                })
                .collect();
            let label = self.lang.pick("Øvrige", "Other").to_owned();
            out.push((label, sums));
        }
        out
    }
}
