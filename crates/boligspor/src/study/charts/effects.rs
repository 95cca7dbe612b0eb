//! Charts of costs beside those of people not placed.

use super::{Chart, Draw, View, drawn, words};
use crate::chart::{Caption, DotChart, DotReference, DotRow, Measure};
use crate::effect::CostEffect;
use crate::error::Result;
use crate::lang::Lang;
use crate::study::run::Outcome;

/// File names for designs: their own, made plain, and numbered where that
/// leaves two alike or one empty.
pub(in crate::study) fn names(results: &[CostEffect]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (i, result) in results.iter().enumerate() {
        let slug = words::slug(&result.design().name);
        let free = !slug.is_empty() && !out.contains(&slug);
        out.push(if free {
            slug
        } else {
            format!("{slug}{}", i + 1)
        });
    }
    out
}

/// The picture of all designs is in thousands, so that they fit beside it.
const THOUSAND: f64 = 1_000.0;

/// Whole numbers of currency units.
const AMOUNT: Measure = Measure::Number { decimals: 0 };

impl Draw {
    /// Effects by relative year from the design's base, with the band.
    pub(super) fn event_study(
        &self,
        name: String,
        effect: &CostEffect,
        outcome: &Outcome,
    ) -> Result<Chart> {
        let lang = self.lang;
        let design = effect.design();
        let view = View::new(effect.table(), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            if view.integer("base", row)? != design.base {
                continue;
            }
            let year = view.integer("year", row)?;
            let is_base = year == design.base;
            let label = year_label(lang, year);
            let count = |column: &str| -> Result<String> {
                let n = view.count(column, row)?.unwrap_or(0);
                Ok(words::chart_lang(lang).count(n))
            };
            rows.push(DotRow {
                label: if is_base {
                    format!("{label} ({})", lang.pick("basis", "base"))
                } else {
                    label
                },
                value: view.number("estimate", row)?,
                low: view.number("band_low", row)?,
                high: view.number("band_high", row)?,
                text: format!("{} / {}", count("treated")?, count("comparators")?),
                emphasised: year >= 0,
                hollow: is_base,
            });
        }
        let chart = DotChart {
            caption: Caption::new(format!(
                "{}: {}",
                lang.pick("Forskel i ændring", "Difference of changes"),
                design.name
            ))
            .subtitle(lang.pick(
                "Placerede mod sammenligningspersoner; samlet 95 %-bånd for alle år",
                "People placed against comparison people; one 95% band for all years",
            ))
            .note(effect.describe(lang)),
            x_title: unit(outcome, design.price_base),
            measure: AMOUNT,
            rows,
            reference: Some(DotReference {
                value: 0.0,
                label: lang.pick("ingen forskel", "no difference").into(),
            }),
            text_title: lang.pick("placerede / andre", "placed / others").into(),
            domain: None,
        };
        drawn(name, chart.svg(&self.style))
    }

    /// Standardised differences before and after adjustment, in turn; none
    /// where the design adjusts for nothing but the year.
    pub(super) fn love(&self, name: String, effect: &CostEffect) -> Result<Option<Chart>> {
        let lang = self.lang;
        let view = View::new(effect.balance(), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            if view.text("kind", row)? != "covariate" {
                continue;
            }
            let term = view.text("term", row)?;
            for (when, label) in [
                ("before", lang.pick("før", "before")),
                ("after", lang.pick("efter", "after")),
            ] {
                rows.push(DotRow {
                    label: format!("{term}, {label}"),
                    value: view.number(&format!("difference_{when}"), row)?.abs(),
                    low: f64::NAN,
                    high: f64::NAN,
                    text: String::new(),
                    emphasised: when == "after",
                    hollow: when == "before",
                });
            }
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let chart = DotChart {
            caption: Caption::new(format!(
                "{}: {}",
                lang.pick("Ens i det kendte", "Alike in what is known"),
                effect.design().name
            ))
            .subtitle(lang.pick(
                "Standardiseret forskel mellem grupperne før og efter justering",
                "Standardised difference between the groups before and after adjustment",
            ))
            .note(lang.pick(
                "Ingen metode gør grupperne ens i det, der ikke er registreret.",
                "No method makes the groups alike in what was not recorded.",
            )),
            x_title: lang
                .pick(
                    "standardafvigelser (uden fortegn)",
                    "standard deviations (without sign)",
                )
                .into(),
            measure: Measure::Number { decimals: 2 },
            rows,
            reference: Some(DotReference {
                value: 0.1,
                label: lang.pick("0,1", "0.1").into(),
            }),
            text_title: String::new(),
            domain: None,
        };
        drawn(name, chart.svg(&self.style)).map(Some)
    }

    /// Before/after beside every design, year by year.
    pub(super) fn sides(&self, name: String, outcome: &Outcome) -> Result<Chart> {
        let lang = self.lang;
        let mut rows = Vec::new();
        let first = &outcome.effects[0];
        let mut years: Vec<i32> = Vec::new();
        for effect in &outcome.effects {
            years.extend(0..=effect.design().last);
        }
        years.sort_unstable();
        years.dedup();
        let bases = [None, Some(-1), Some(-2), Some(-3)];
        for year in years {
            for (i, effect) in outcome.effects.iter().enumerate() {
                for base in bases {
                    let own = effect.design().base;
                    // Before/after and the other bases once, from the first design.
                    if base != Some(own) && i > 0 {
                        continue;
                    }
                    if let Some(row) = self.side(effect, base, year)? {
                        rows.push(row);
                    }
                }
            }
        }
        let chart = DotChart {
            caption: Caption::new(lang.pick(
                "Før/efter og sammenligning side om side",
                "Before/after and comparison side by side",
            ))
            .subtitle(lang.pick(
                "Ændring i udgift efter placering, med 95 %-intervaller",
                "Change in costs after placement, with 95% intervals",
            ))
            .note(crate::costs::regression_to_the_mean(lang))
            .note(lang.pick(
                "Fremhævet: designets eget basisår.",
                "Emphasised: the design's own base year.",
            )),
            x_title: format!(
                "{} {}",
                lang.pick("1.000", "1,000"),
                unit(outcome, first.design().price_base)
            ),
            measure: AMOUNT,
            rows,
            reference: Some(DotReference {
                value: 0.0,
                label: lang.pick("ingen forskel", "no difference").into(),
            }),
            text_title: lang.pick("placerede", "placed").into(),
            domain: None,
        };
        drawn(name, chart.svg(&self.style))
    }

    /// One row of it: before/after (no base) or a design from a base year.
    fn side(&self, effect: &CostEffect, base: Option<i32>, year: i32) -> Result<Option<DotRow>> {
        let lang = self.lang;
        let view = View::new(effect.contrasts(), &[]);
        for row in view.rows() {
            let designed = view.text("method", row)? == "designed";
            let at = view.number("year", row)?;
            let same = designed == base.is_some()
                && base.is_none_or(|b| view.integer("base", row).is_ok_and(|own| own == b));
            if !same || at != f64::from(year) {
                continue;
            }
            let what = match base {
                None => lang.pick("før/efter", "before/after").to_owned(),
                Some(base) => format!(
                    "{}, {} −{}",
                    effect.design().name,
                    lang.pick("basis", "base"),
                    -base
                ),
            };
            return Ok(Some(DotRow {
                label: format!("{}: {what}", year_label(lang, year)),
                value: view.number("estimate", row)? / THOUSAND,
                low: view.number("low", row)? / THOUSAND,
                high: view.number("high", row)? / THOUSAND,
                text: words::chart_lang(lang).count(view.count("persons", row)?.unwrap_or(0)),
                emphasised: base == Some(effect.design().base),
                hollow: base.is_none(),
            }));
        }
        Ok(None)
    }
}

/// A relative year in words, with a true minus sign.
pub(in crate::study) fn year_label(lang: Lang, year: i32) -> String {
    let sign = if year < 0 { "−" } else { "" };
    format!("{} {sign}{}", lang.pick("år", "year"), year.abs())
}

/// The unit of amounts, with their price level.
pub(in crate::study) fn unit(outcome: &Outcome, price_base: Option<i32>) -> String {
    let study = outcome.plan().study();
    let lang = study.study.lang;
    let currency = words::currency(&study.study.currency, lang);
    let per = lang.pick("pr. person pr. år", "per person and year");
    match (price_base, lang) {
        (Some(year), Lang::Da) => format!("{currency} {per}, {year}-priser"),
        (Some(year), Lang::En) => format!("{currency} {per}, {year} prices"),
        (None, _) => format!(
            "{currency} {per}, {}",
            lang.pick("løbende priser", "current prices")
        ),
    }
}
