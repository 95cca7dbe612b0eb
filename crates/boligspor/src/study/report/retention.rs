//! How many still have a home, by each definition.

use super::{Writer, columns, push};
use crate::chart::{Section, Table};
use crate::cohort::ALL;
use crate::error::Result;
use crate::retention::{Measure, Retention, RetentionCurve};
use crate::study::charts::{curve_names, names, strata_columns};
use crate::study::view::View;
use crate::study::words;

impl Writer<'_> {
    pub(super) fn retention(&self) -> Result<Option<Section>> {
        let say = self.say;
        let results = &self.outcome.retention;
        let Some(first) = results.first() else {
            return Ok(None);
        };
        let mut section = Section::new(say.pick("Boligfastholdelse", "Housing retention"));
        section = section.paragraph(say.pick(
            "Et tal for boligfastholdelse siger kun noget sammen med sin definition: hvilken bolig \
             der tæller, hvem der er i nævneren, og hvad død, udlandet, fængsel og hospital regnes \
             som. Definitionen står under hver tabel.",
            "A figure for housing retention says something only with its definition: which home \
             counts, who is in the denominator, and what death, living abroad, prison and hospital \
             count as. The definition stands beneath every table.",
        ));
        let charts = names(results);
        for (result, chart) in results.iter().zip(&charts) {
            section = section.heading(words::capital(&words::definition(
                result.definition(),
                say.lang,
            )));
            push(
                &mut section,
                self.chart(&format!("retention_{chart}"), None),
            );
            section = section.table(self.shares(result)?);
            self.outcome_curve(&mut section, result);
            if std::ptr::eq(result, first) {
                push(&mut section, self.chart("retention_strata", None));
            }
            if let Some(source) = words::source(result.definition(), say.lang) {
                section = section.paragraph(source);
            }
            for warning in result.warnings(say.lang) {
                section = section.warning(words::sentence(warning));
            }
        }
        if results.len() > 1 {
            section = section
                .heading(say.pick("Definitionerne side om side", "Definitions side by side"));
            push(&mut section, self.chart("definitions", None));
        }
        section = section.heading(say.pick("Hvor borgerne bor", "Where people live"));
        push(&mut section, self.chart("occupancy", None));
        section = section.table(self.outcomes(first)?);
        Ok(Some(section))
    }

    /// The whole curve of a definition, where the study asks for it.
    fn outcome_curve(&self, section: &mut Section, result: &Retention) {
        let curves = &self.outcome.curves;
        let is = |c: &RetentionCurve| c.definition().name == result.definition().name;
        let Some(i) = curves.iter().position(is) else {
            return;
        };
        let name = &curve_names(curves)[i];
        push(section, self.chart(&format!("curve_{name}"), None));
        for warning in curves[i].warnings(self.say.lang) {
            *section = std::mem::take(section).warning(words::sentence(warning));
        }
    }

    /// The shares of a definition by stratum and horizon.
    fn shares(&self, result: &Retention) -> Result<Table> {
        let say = self.say;
        let strata = strata_columns(result.table(), "horizon");
        let view = View::new(result.table(), &strata);
        let days = result.definition().measure == Measure::DaysHoused;
        let mut first: Vec<String> = strata
            .iter()
            .map(|s| words::capital(&words::column(s, say.lang)))
            .collect();
        first.push(say.pick("Tidspunkt", "Horizon").into());
        let mut numbers = vec![
            say.pick("Andel (95 %-interval)", "Share (95% interval)")
                .to_owned(),
            say.pick("Personer", "People").to_owned(),
            say.pick("Udgået", "Left").to_owned(),
            say.pick("Censureret", "Censored").to_owned(),
        ];
        let counts: &[&str] = if days {
            numbers.push(say.pick("Dage fulgt", "Days followed").into());
            numbers.push(say.pick("Dage i bolig", "Days housed").into());
            &["n", "excluded", "censored", "days_observed", "days_housed"]
        } else {
            numbers.push(say.pick("Kendt status", "Status known").into());
            numbers.push(say.pick("I bolig", "Housed").into());
            &["n", "excluded", "censored", "at_risk", "retained"]
        };
        let mut rows = Vec::new();
        let mut strong = Vec::new();
        let mut methods: Vec<String> = Vec::new();
        for row in view.rows() {
            let levels = view.levels(row)?;
            if levels.iter().all(|l| l == ALL) && !levels.is_empty() {
                strong.push(rows.len());
            }
            let mut cells: Vec<String> = levels
                .iter()
                .map(|l| words::capital(&words::level(l, say.lang)))
                .collect();
            let unit = view.text("unit", row)?;
            cells.push(words::horizon(
                view.number("horizon", row)?,
                &unit,
                say.lang,
            ));
            cells.push(say.share_with_interval(
                view.number("share", row)?,
                view.number("low", row)?,
                view.number("high", row)?,
            ));
            for column in counts {
                cells.push(say.count_or_dash(view.count(column, row)?));
            }
            rows.push(cells);
            let method = words::method(&view.text("method", row)?, say.lang);
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        let titles: Vec<&str> = first.iter().map(String::as_str).collect();
        let caption = if days {
            say.pick("Andel af dagene i bolig", "Share of days housed")
        } else {
            say.pick("Andel i bolig", "Share housed")
        };
        Ok(Table {
            caption: format!(
                "{caption}: {}",
                words::definition(result.definition(), say.lang)
            ),
            columns: columns(&titles, &numbers),
            rows,
            strong,
            notes: vec![
                result.describe(say.lang),
                format!(
                    "{}: {}.",
                    say.pick("Intervaller", "Intervals"),
                    methods.join(", ")
                ),
            ],
        })
    }

    /// Where everyone was at each horizon: outcomes down, horizons across.
    fn outcomes(&self, result: &Retention) -> Result<Table> {
        let say = self.say;
        let table = result.outcomes();
        let view = View::new(table, &strata_columns(table, "horizon"));
        let whole = view
            .strata()?
            .into_iter()
            .next()
            .map_or(0..0, |(_, rows)| rows);
        let mut horizons: Vec<String> = Vec::new();
        let mut rows: Vec<(String, u64, Vec<String>)> = Vec::new();
        for row in whole {
            let unit = view.text("unit", row)?;
            let horizon = words::horizon(view.number("horizon", row)?, &unit, say.lang);
            if horizons.last() != Some(&horizon) {
                horizons.push(horizon);
            }
            let outcome = words::capital(&words::place(&view.text("outcome", row)?, say.lang));
            let n = view.count("n", row)?.unwrap_or(0);
            let share = view.number("share", row)?;
            let cell = if share.is_finite() {
                format!("{} ({})", say.count(n), say.percent(share)).replace(' ', "\u{a0}")
            } else {
                say.count(n)
            };
            match rows.iter_mut().find(|(name, _, _)| *name == outcome) {
                Some((_, sum, cells)) => {
                    *sum += n;
                    cells.push(cell);
                }
                None => rows.push((outcome, n, vec![cell])),
            }
        }
        Ok(Table {
            caption: say
                .pick(
                    "Hvor borgerne er på hvert tidspunkt",
                    "Where people are at each horizon",
                )
                .into(),
            columns: columns(&[say.pick("Hvor", "Where")], &horizons),
            rows: rows
                .into_iter()
                .filter(|(_, sum, _)| *sum > 0)
                .map(|(name, _, cells)| std::iter::once(name).chain(cells).collect())
                .collect(),
            strong: Vec::new(),
            notes: vec![
                say.pick(
                    "Antal personer og deres andel af dem, der stadig følges på tidspunktet.",
                    "People, and their share of those still followed at the horizon.",
                )
                .into(),
            ],
        })
    }
}
