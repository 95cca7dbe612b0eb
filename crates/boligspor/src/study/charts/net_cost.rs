//! Charts of what it costs to house someone.

use super::{Chart, Draw, View, drawn, words};
use crate::chart::{Caption, Measure, PlaneChart, TrendChart, TrendLine, TrendPoint};
use crate::cohort::ALL;
use crate::effect::NetCost;
use crate::error::Result;
use crate::lang::Lang;
use crate::study::run::Outcome;

/// Months between the dots of the break-even curve.
const QUARTER: i32 = 3;
/// Most lines beside the sum of all payers.
const PAYERS: usize = 3;

/// The currency and the year of its prices.
pub(in crate::study) fn money(outcome: &Outcome, price_base: Option<i32>) -> String {
    let study = outcome.plan().study();
    let lang = study.study.lang;
    let currency = words::currency(&study.study.currency, lang);
    match (price_base, lang) {
        (Some(year), Lang::Da) => format!("{currency}, {year}-priser"),
        (Some(year), Lang::En) => format!("{currency}, {year} prices"),
        (None, _) => format!(
            "{currency}, {}",
            lang.pick("løbende priser", "current prices")
        ),
    }
}

impl Draw {
    /// The name of an account.
    fn account(&self, view: &View<'_>, row: usize) -> Result<String> {
        let lang = self.lang;
        Ok(match view.text("view", row)?.as_str() {
            "societal" => lang.pick("samfundet", "society").into(),
            _ => match view.text("payer", row)?.as_str() {
                ALL => lang.pick("alle betalere", "all payers").into(),
                payer => words::payer(payer, lang),
            },
        })
    }

    /// Net cost by month and payer's budget; society's account is another unit
    /// and stays in the table.
    pub(super) fn break_even(
        &self,
        name: String,
        net: &NetCost,
        outcome: &Outcome,
    ) -> Result<Chart> {
        let lang = self.lang;
        let view = View::new(net.curve(), &[]);
        let mut lines: Vec<TrendLine> = Vec::new();
        for row in view.rows() {
            if view.text("view", row)? == "societal" {
                continue;
            }
            let month = view.integer("month", row)?;
            let label = self.account(&view, row)?;
            if lines.iter().all(|l| l.label != label) {
                let first = lines.is_empty();
                lines.push(TrendLine {
                    label: label.clone(),
                    muted: false,
                    points: Vec::new(),
                    colour: first.then_some(self.style.ink),
                });
            }
            if month % QUARTER != 0 && month != 1 {
                continue;
            }
            if let Some(line) = lines.iter_mut().find(|l| l.label == label) {
                line.points.push(TrendPoint {
                    year: month,
                    value: view.number("cumulative", row)?,
                    low: view.number("low", row)?,
                    high: view.number("high", row)?,
                });
            }
        }
        // The payers that move most, and only the sum with its interval.
        let moved = |l: &TrendLine| l.points.last().map_or(0.0, |p| p.value.abs());
        if let Some((_, payers)) = lines.split_first_mut() {
            payers.sort_by(|a, b| moved(b).total_cmp(&moved(a)));
            for point in payers.iter_mut().flat_map(|l| &mut l.points) {
                (point.low, point.high) = (f64::NAN, f64::NAN);
            }
        }
        lines.truncate(1 + PAYERS);
        let chart = TrendChart {
            caption: Caption::new(format!(
                "{} {}",
                lang.pick("Hvornår er det tjent ind?", "When does it break even?"),
                net.scenario().name
            ))
            .subtitle(lang.pick(
                "Nettoudgift pr. placeret fra tidspunkt nul, efter måneder; under nul er tjent ind",
                "Net cost per person placed since time zero, by month; below zero is broken even",
            ))
            .note(net.describe(lang)),
            unit: money(outcome, net.design().price_base),
            measure: Measure::Number { decimals: 0 },
            lines,
            free_base: true,
        };
        drawn(name, chart.svg(&self.style))
    }

    /// Extra days and extra cost, of all payers together.
    pub(super) fn plane(&self, name: String, net: &NetCost, outcome: &Outcome) -> Result<Chart> {
        let lang = self.lang;
        let view = View::new(net.plane(), &[]);
        let mut points = Vec::new();
        for row in view.rows() {
            if view.text("view", row)? == "budget" {
                points.push((view.number("days", row)?, view.number("cost", row)?));
            }
        }
        let days = View::new(net.per_day(), &[]);
        let mut estimate = (f64::NAN, f64::NAN);
        let mut shares = [f64::NAN; 4];
        for row in days.rows() {
            if days.text("payer", row)? == ALL {
                let number = |column: &str| days.number(column, row);
                estimate = (number("days_difference")?, number("cost_difference")?);
                for (share, column) in shares.iter_mut().zip([
                    "more_for_more",
                    "more_for_less",
                    "less_for_less",
                    "less_for_more",
                ]) {
                    *share = number(column)?;
                }
            }
        }
        let quarters = [
            ("flere dage for flere penge", "more days for more money"),
            ("flere dage for færre penge", "more days for less money"),
            ("færre dage for færre penge", "fewer days for less money"),
            ("færre dage for flere penge", "fewer days for more money"),
        ];
        let mut named = quarters.map(|(da, en)| (lang.pick(da, en).to_owned(), f64::NAN));
        for (quarter, share) in named.iter_mut().zip(shares) {
            quarter.1 = share;
        }
        let chart = PlaneChart {
            caption: Caption::new(format!(
                "{}: {}",
                lang.pick("Dage i bolig og deres pris", "Days housed and their cost"),
                net.scenario().name
            ))
            .subtitle(lang.pick(
                "Hver prik er en bootstrap-gentagelse; den store er resultatet. Alle betalere",
                "Each dot is a bootstrap replicate; the large one is the result. All payers",
            ))
            .note(net.describe(lang)),
            x_title: lang
                .pick(
                    "ekstra dage i bolig pr. placeret",
                    "extra days housed per person placed",
                )
                .into(),
            y_title: format!(
                "{}, {}",
                lang.pick("ekstra udgift pr. placeret", "extra cost per person placed"),
                money(outcome, net.design().price_base)
            ),
            points,
            estimate,
            quarters: named,
        };
        drawn(name, chart.svg(&self.style))
    }

    /// The share of replicates that accept each price of a day.
    pub(super) fn acceptability(
        &self,
        name: String,
        net: &NetCost,
        outcome: &Outcome,
    ) -> Result<Chart> {
        let lang = self.lang;
        let view = View::new(net.acceptability(), &[]);
        let mut lines: Vec<TrendLine> = Vec::new();
        for row in view.rows() {
            let label = self.account(&view, row)?;
            if lines.last().is_none_or(|l| l.label != label) {
                lines.push(TrendLine {
                    label,
                    ..TrendLine::default()
                });
            }
            if let Some(line) = lines.last_mut() {
                line.points.push(TrendPoint {
                    year: view.number("price", row)?.round() as i32,
                    value: view.number("acceptable", row)?,
                    low: f64::NAN,
                    high: f64::NAN,
                });
            }
        }
        let chart = TrendChart {
            caption: Caption::new(format!(
                "{}: {}",
                lang.pick(
                    "Er en dag i bolig prisen værd?",
                    "Is a day housed worth its price?"
                ),
                net.scenario().name
            ))
            .subtitle(lang.pick(
                "Andel af gentagelser, hvor gevinsten er udgiften værd, efter hvad en ekstra dag i \
                 bolig må koste",
                "Share of replicates in which the gain is worth the cost, by what an extra day \
                 housed may cost",
            ))
            .note(net.describe(lang)),
            unit: format!(
                "{} {}",
                lang.pick("vandret:", "across:"),
                money(outcome, net.design().price_base)
            ),
            measure: Measure::Percent { decimals: 0 },
            lines,
            free_base: false,
        };
        drawn(name, chart.svg(&self.style))
    }
}
