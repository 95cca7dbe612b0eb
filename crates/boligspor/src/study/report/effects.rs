//! What placement did to costs: before/after beside the designs.

use super::{Say, Writer, columns, push};
use crate::chart::{Block, Section, Table};
use crate::costs::regression_to_the_mean;
use crate::effect::CostEffect;
use crate::error::Result;
use crate::study::charts::effects::{names, unit, year_label};
use crate::study::view::View;
use crate::study::words;

impl Writer<'_> {
    pub(super) fn effects(&self) -> Result<Option<Section>> {
        let say = self.say;
        let effects = &self.outcome.effects;
        if effects.is_empty() {
            return Ok(None);
        }
        let mut section = Section::new(say.pick("Effekt på udgifter", "Effect on costs"))
            .warning(regression_to_the_mean(say.lang));
        push(&mut section, self.chart("effects", None));
        for (name, effect) in names(effects).into_iter().zip(effects) {
            section = section
                .heading(&effect.design().name)
                .definition(effect.describe(say.lang));
            push(&mut section, self.chart(&format!("effect_{name}"), None));
            section = section
                .table(self.sides(effect)?)
                .table(self.diagnostics(effect)?);
            push(&mut section, self.chart(&format!("balance_{name}"), None));
            section = section
                .table(self.balance(effect)?)
                .table(self.flow(effect)?);
            let repeated = regression_to_the_mean(say.lang);
            for warning in effect.warnings(say.lang).iter().filter(|w| *w != repeated) {
                section = section.block(Block::Warning(words::sentence(warning)));
            }
        }
        Ok(Some(section))
    }

    fn sides(&self, effect: &CostEffect) -> Result<Table> {
        let say = self.say;
        let view = View::new(effect.contrasts(), &[]);
        let (mut rows, mut strong) = (Vec::new(), Vec::new());
        for row in view.rows() {
            let designed = view.text("method", row)? == "designed";
            let base = view.integer("base", row)?;
            if designed && base == effect.design().base {
                strong.push(rows.len());
            }
            let year = view.number("year", row)?;
            rows.push(vec![
                if designed {
                    say.pick("sammenligning", "comparison").into()
                } else {
                    say.pick("før/efter", "before/after").into()
                },
                year_label(say.lang, base),
                if year.is_finite() {
                    year_label(say.lang, year as i32)
                } else {
                    say.pick("alle år fra 0", "all years from 0").into()
                },
                say.difference(view.number("estimate", row)?, 0),
                say.interval(view.number("low", row)?, view.number("high", row)?, 0),
                say.count_or_dash(view.count("persons", row)?),
            ]);
        }
        Ok(Table {
            caption: format!(
                "{} ({})",
                say.pick("Før/efter og sammenligning", "Before/after and comparison"),
                unit(self.outcome, effect.design().price_base)
            ),
            columns: columns(
                &[
                    say.pick("Metode", "Method"),
                    say.pick("Fra", "From"),
                    say.pick("Til", "To"),
                ],
                &[
                    say.pick("Ændring", "Change").into(),
                    say.pick("95 %-interval", "95% interval").into(),
                    say.pick("Placerede", "Placed").into(),
                ],
            ),
            rows,
            strong,
            notes: vec![regression_to_the_mean(say.lang).into()],
        })
    }

    fn diagnostics(&self, effect: &CostEffect) -> Result<Table> {
        let say = self.say;
        let view = View::new(effect.diagnostics(), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            let code = view.text("diagnostic", row)?;
            let value = view.number("value", row)?;
            let (label, shown) = match code.as_str() {
                "pre_trend" => {
                    let base = year_label(say.lang, view.integer("base", row)?);
                    let text = say.pick(
                        "ens forløb før basis (P-værdi)",
                        "alike before the base (P value)",
                    );
                    (
                        format!("{text}, {base}"),
                        p_value(say, view.number("p_value", row)?),
                    )
                }
                "same_peak" => {
                    let base = year_label(say.lang, view.integer("base", row)?);
                    let text = say.pick(
                        "samme top i begge grupper (P-værdi)",
                        "the same peak in both groups (P value)",
                    );
                    (
                        format!("{text}, {base}"),
                        p_value(say, view.number("p_value", row)?),
                    )
                }
                "peak_share_placed" => (
                    say.pick(
                        "placerede med dyreste år lige før",
                        "placed with their dearest year just before",
                    )
                    .into(),
                    say.percent(value),
                ),
                "peak_share_comparison" => (
                    say.pick(
                        "sammenligningspersoner med dyreste år lige før",
                        "comparison people with their dearest year just before",
                    )
                    .into(),
                    say.percent(value),
                ),
                _ => (
                    say.pick(
                        "ventet, hvis alle år var lige sandsynlige",
                        "expected if all years were as likely",
                    )
                    .into(),
                    say.percent(value),
                ),
            };
            rows.push(vec![words::capital(&label), shown]);
        }
        Ok(Table {
            caption: say.pick("Tegn på en top", "Signs of a peak").into(),
            columns: columns(
                &[say.pick("Tegn", "Sign")],
                &[say.pick("Fundet", "Found").into()],
            ),
            rows,
            strong: Vec::new(),
            notes: vec![
                say.pick(
                    "At en prøve ikke afviser ens forløb, beviser dem ikke.",
                    "A test that does not reject parallel trends does not prove them.",
                )
                .into(),
            ],
        })
    }

    fn balance(&self, effect: &CostEffect) -> Result<Table> {
        let say = self.say;
        let view = View::new(effect.balance(), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            let mut cells = vec![view.text("term", row)?];
            for when in ["before", "after"] {
                for column in ["treated", "untreated", "difference"] {
                    let value = view.number(&format!("{column}_{when}"), row)?;
                    cells.push(say.number(value, 2));
                }
            }
            rows.push(cells);
        }
        let after = |text: &str| format!("{text}, {}", say.pick("efter", "after"));
        let names = [
            say.pick("Placerede", "Placed"),
            say.pick("Andre", "Others"),
            say.pick("Forskel", "Difference"),
        ];
        let numbers: Vec<String> = (names.iter().map(|n| (*n).to_owned()))
            .chain(names.iter().map(|n| after(n)))
            .collect();
        Ok(Table {
            caption: say
                .pick(
                    "Gennemsnit og standardiseret forskel før og efter justering",
                    "Means and standardised difference before and after adjustment",
                )
                .into(),
            columns: columns(&[say.pick("Kovariat", "Covariate")], &numbers),
            rows,
            strong: Vec::new(),
            notes: Vec::new(),
        })
    }

    fn flow(&self, effect: &CostEffect) -> Result<Table> {
        let say = self.say;
        let view = View::new(effect.attrition(say.lang), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            let arm = if view.text("arm", row)? == "placed" {
                say.pick("placerede", "placed")
            } else {
                say.pick("sammenligning", "comparison")
            };
            rows.push(vec![
                arm.to_owned(),
                view.text("label", row)?,
                say.count_or_dash(view.count("persons", row)?),
            ]);
        }
        Ok(Table {
            caption: say.pick("Hvem sammenlignes", "Who is compared").into(),
            columns: columns(
                &[say.pick("Gruppe", "Group"), say.pick("Trin", "Step")],
                &[say.pick("Personer", "People").into()],
            ),
            rows,
            strong: Vec::new(),
            notes: Vec::new(),
        })
    }
}

fn p_value(say: Say, p: f64) -> String {
    if p < 0.001 {
        say.pick("under 0,001", "below 0.001").into()
    } else {
        say.number(p, 3)
    }
}
