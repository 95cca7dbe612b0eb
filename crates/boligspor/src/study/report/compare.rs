//! Municipalities side by side.

use super::{Writer, push};
use crate::chart::{Column, Section, Table};
use crate::cohort::ALL;
use crate::error::Result;
use crate::municipality::Comparison;
use crate::study::charts::unit;
use crate::study::view::View;
use crate::study::words;

impl Writer<'_> {
    pub(super) fn compare(&self) -> Result<Option<Section>> {
        let say = self.say;
        let Some(comparison) = &self.outcome.comparison else {
            return Ok(None);
        };
        let mut section = Section::new(say.pick("Kommuner", "Municipalities"));
        if comparison.table().height() < 2 {
            section = section.paragraph(say.pick(
                "Data dækker kun én kommune, så der er ingen at sammenligne med.",
                "The data cover one municipality only, so there is none to compare it with.",
            ));
        } else {
            section = section.paragraph(self.about_ratios(comparison));
            push(&mut section, self.chart("funnel", None));
            section = section.table(self.municipalities(comparison)?);
            if let Some(table) = self.by_class(comparison)? {
                section = section.table(table);
            }
            let told = crate::costs::regression_to_the_mean(say.lang);
            for warning in comparison.warnings(say.lang).iter().filter(|w| *w != told) {
                section = section.note(words::sentence(warning));
            }
        }
        push(&mut section, self.chart("counts", None));
        push(&mut section, self.chart("homelessness_map", None));
        if let Some(table) = self.trend(comparison)? {
            section = section.table(table);
        }
        Ok(Some(section))
    }

    fn about_ratios(&self, comparison: &Comparison) -> String {
        let say = self.say;
        let spec = comparison.spec();
        let horizon = spec.definition.unit.label(spec.horizon, say.lang);
        format!(
            "{} {horizon} {}",
            say.pick("Antallet uden bolig efter", "The number not housed after"),
            say.pick(
                "sættes over for det antal, kommunens egen sammensætning af borgere lader vente. \
                 Et forhold over 1 er flere uden bolig end ventet. Punkter inden for tragten kan \
                 være tilfældige udsving.",
                "is set against the number that the municipality's own mix of citizens leads to \
                 expect. A ratio above 1 is more without a home than expected. Points inside the \
                 funnel may be chance.",
            ),
        )
    }

    fn municipalities(&self, comparison: &Comparison) -> Result<Table> {
        let say = self.say;
        let view = View::new(comparison.table(), &[]);
        let (costs, counts) = (view.has("cost_change"), view.has("homeless_per_1000"));
        let mut columns = vec![Column::text(say.pick("Kommune", "Municipality"))];
        let mut number = |da: &str, en: &str| columns.push(Column::number(say.pick(da, en)));
        number("Personer", "People");
        number("Kendt status", "Status known");
        number(
            "Andel i bolig (95 %-interval)",
            "Share housed (95% interval)",
        );
        number("Uden bolig", "Not housed");
        number("Ventet", "Expected");
        number("Råt forhold", "Crude ratio");
        number("Justeret (95 %-interval)", "Adjusted (95% interval)");
        number("Skrumpet (95 %-interval)", "Shrunken (95% interval)");
        number(
            "Plads (samtidigt interval)",
            "Place (simultaneous interval)",
        );
        if costs {
            number("Ændring i udgift", "Change in spending");
            number("95 %-interval", "95% interval");
        }
        if counts {
            number("Hjemløse pr. 1.000 indb.", "Homeless per 1,000 inh.");
        }
        columns.push(Column::text(say.pick("Bemærk", "Note")));
        let mut rows = Vec::new();
        for row in view.rows() {
            let number = |column: &str| view.number(column, row);
            let mut cells = vec![
                view.text("municipality", row)?,
                say.count_or_dash(view.count("n", row)?),
                say.count_or_dash(view.count("at_risk", row)?),
                say.share_with_interval(number("share")?, number("low")?, number("high")?),
                say.count_or_dash(view.count("observed", row)?),
                say.number(number("expected")?, 1),
                say.number(number("crude_ratio")?, 2),
                say.with_interval(
                    number("ratio")?,
                    number("ratio_low")?,
                    number("ratio_high")?,
                    2,
                ),
                say.with_interval(
                    number("shrunk")?,
                    number("shrunk_low")?,
                    number("shrunk_high")?,
                    2,
                ),
                self.place(&view, row)?,
            ];
            if costs {
                cells.push(say.difference(number("cost_change")?, 0));
                cells.push(say.interval(number("cost_low")?, number("cost_high")?, 0));
            }
            if counts {
                cells.push(say.with_interval(
                    number("homeless_per_1000")?,
                    number("homeless_low")?,
                    number("homeless_high")?,
                    2,
                ));
            }
            let mut notes = Vec::new();
            match view.text("signal", row)?.as_str() {
                "look" => notes.push(say.pick("uden for 95 %", "outside 95%")),
                "act" => notes.push(say.pick("uden for 99,8 %", "outside 99.8%")),
                _ => {}
            }
            if view.flag("small", row)? {
                notes.push(say.pick("få personer", "few people"));
            }
            cells.push(notes.join(", "));
            rows.push(cells);
        }
        let mut notes = vec![comparison.describe(say.lang)];
        if costs {
            let (from, to) = comparison.spec().cost_periods;
            notes.push(format!(
                "{} {} → {}, {}. {}",
                say.pick("Ændring i udgift: periode", "Change in spending: period"),
                say.number(f64::from(from), 0),
                say.number(f64::from(to), 0),
                unit(self.outcome),
                crate::costs::regression_to_the_mean(say.lang),
            ));
        }
        Ok(Table {
            caption: say.pick("Kommunerne", "The municipalities").into(),
            columns,
            rows,
            strong: Vec::new(),
            notes,
        })
    }

    /// A place with its interval, or that there is none to be had.
    fn place(&self, view: &View<'_>, row: usize) -> Result<String> {
        let say = self.say;
        if !view.flag("rankable", row)? {
            return Ok(say.pick("kan ikke rangeres", "not rankable").into());
        }
        let end = |column: &str| view.count(column, row).map(|n| say.count_or_dash(n));
        Ok(format!("{}–{}", end("rank_low")?, end("rank_high")?))
    }

    /// Observed over expected by class of implementation.
    fn by_class(&self, comparison: &Comparison) -> Result<Option<Table>> {
        let say = self.say;
        let Some((_, frame)) = comparison.more().find(|(n, _)| *n == "outcome_by_class") else {
            return Ok(None);
        };
        let caption = say.pick(
            "Uden bolig efter implementering, justeret for sammensætning",
            "Not housed by implementation, adjusted for case mix",
        );
        let mut table = self.plain(frame, caption)?;
        table.notes.push(
            say.pick(
                "Ikke en effekt: kommuner i forskellige klasser adskiller sig i mere end klassen. \
                 Intervallet regner med, at kommuner i samme klasse er forskellige.",
                "Not an effect: municipalities of different classes differ in more than their \
                 class. The interval allows municipalities of one class to differ.",
            )
            .into(),
        );
        Ok(Some(table))
    }

    /// The latest rate of homelessness over the first.
    fn trend(&self, comparison: &Comparison) -> Result<Option<Table>> {
        let say = self.say;
        let Some(trend) = comparison.trend() else {
            return Ok(None);
        };
        let view = View::new(trend, &[]);
        let mut rows = Vec::new();
        let mut strong = Vec::new();
        for row in view.rows() {
            let name = view.text("municipality", row)?;
            if name == ALL {
                strong.push(rows.len());
            }
            rows.push(vec![
                words::capital(&if name == ALL {
                    words::level(ALL, say.lang)
                } else {
                    name
                }),
                format!(
                    "{}–{}",
                    view.integer("first_year", row)?,
                    view.integer("last_year", row)?
                ),
                say.number(view.number("rate_ratio", row)?, 2),
                say.interval(view.number("low", row)?, view.number("high", row)?, 2),
            ]);
        }
        Ok(Some(Table {
            caption: say
                .pick(
                    "Udvikling i hjemløshed pr. 1.000 indbyggere",
                    "Change in homelessness per 1,000 inhabitants",
                )
                .into(),
            columns: vec![
                Column::text(say.pick("Kommune", "Municipality")),
                Column::text(say.pick("Fra–til", "From–to")),
                Column::number(say.pick("Sidste / første", "Last / first")),
                Column::number(say.pick("95 %-interval", "95% interval")),
            ],
            rows,
            strong,
            notes: vec![say
                .pick(
                    "Tælling på ét tidspunkt; eksakt interval for forholdet mellem to Poisson-rater.",
                    "Point-in-time counts; exact interval for the ratio of two Poisson rates.",
                )
                .into()],
        }))
    }
}
