//! Who pays what under several sets of refund rules.

use super::{Writer, columns, push};
use crate::chart::{Column, Section, Table};
use crate::cohort::ALL;
use crate::costs::WhoPays;
use crate::error::Result;
use crate::study::view::View;
use crate::study::who_pays::Paid;
use crate::study::words;

impl Writer<'_> {
    pub(super) fn refunds(&self) -> Result<Option<Section>> {
        let say = self.say;
        let Some(refunds) = &self.outcome.refunds else {
            return Ok(None);
        };
        let mut section = Section::new(say.pick(
            "Hvem betaler: refusion før og efter reformen",
            "Who pays: refunds before and after the reform",
        ));
        push(&mut section, self.chart("who_pays", None));
        section = section
            .table(self.paid(refunds)?)
            .table(self.refund_days(refunds)?)
            .table(self.refund_rules(refunds)?);
        for warning in refunds.warnings(say.lang) {
            section = section.note(words::sentence(warning));
        }
        Ok(Some(section))
    }

    /// Payers down, sets of rules across, with the difference from the first.
    fn paid(&self, refunds: &WhoPays) -> Result<Table> {
        let say = self.say;
        let study = self.outcome.plan.study();
        let names = study.refunds.as_ref().map_or(&[][..], |r| &r.rules);
        let paid = Paid::new(refunds)?;
        let mut numbers: Vec<String> = Vec::new();
        for (i, name) in names.iter().enumerate() {
            numbers.push(words::rules(name, say.lang));
            if i > 0 {
                numbers.push(
                    say.pick("Forskel fra den første", "Difference from the first")
                        .into(),
                );
            }
        }
        let payers = std::iter::once(ALL).chain(paid.payers.iter().map(String::as_str));
        let rows = payers
            .map(|payer| {
                let mut cells = vec![words::capital(&words::payer(payer, say.lang))];
                for (i, name) in names.iter().enumerate() {
                    let total = paid.total(name, payer);
                    cells.push(say.number(total, 0));
                    if i > 0 {
                        cells.push(say.difference(total - paid.total(&names[0], payer), 0));
                    }
                }
                cells
            })
            .collect();
        let currency = words::currency(&study.study.currency, say.lang);
        Ok(Table {
            caption: format!(
                "{} ({currency}, {})",
                say.pick("Betalt i alt", "Paid in all"),
                say.pick("alle perioder", "all periods"),
            ),
            columns: columns(&[say.pick("Betaler", "Payer")], &numbers),
            rows,
            strong: vec![0],
            notes: vec![refunds.describe(say.lang).to_owned()],
        })
    }

    /// Days by rule and year.
    fn refund_days(&self, refunds: &WhoPays) -> Result<Table> {
        let say = self.say;
        let view = View::new(refunds.days(), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            let (days, back) = (
                view.number("days", row)?,
                view.number("refunded_days", row)?,
            );
            rows.push(vec![
                words::rules(&view.text("rules", row)?, say.lang),
                view.text("rule", row)?,
                view.integer("year", row)?.to_string(),
                say.number(days, 0),
                say.number(back, 0),
                if days > 0.0 {
                    say.percent(back / days)
                } else {
                    "–".into()
                },
                say.count_or_dash(view.count("people", row)?),
            ]);
        }
        Ok(Table {
            caption: say
                .pick(
                    "Dage med refusion efter regel og år",
                    "Refunded days by rule and year",
                )
                .into(),
            columns: vec![
                Column::text(say.pick("Regelsæt", "Set")),
                Column::text(say.pick("Regel", "Rule")),
                Column::number(say.pick("År", "Year")),
                Column::number(say.pick("Dage", "Days")),
                Column::number(say.pick("Refunderet", "Refunded")),
                Column::number(say.pick("Andel", "Share")),
                Column::number(say.pick("Personer", "People")),
            ],
            rows,
            ..Table::default()
        })
    }

    /// Each rule once, with its source and how surely it is known.
    fn refund_rules(&self, refunds: &WhoPays) -> Result<Table> {
        let say = self.say;
        let view = View::new(refunds.rules(), &[]);
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in view.rows() {
            let rule = view.text("rule", row)?;
            if rows.iter().any(|r| r[0] == rule) {
                continue;
            }
            rows.push(vec![
                rule,
                view.text("says", row)?,
                view.text("source", row)?,
                view.text("certainty", row)?,
                view.text("assumptions", row)?,
            ]);
        }
        Ok(Table {
            caption: say
                .pick("Reglerne og deres kilder", "The rules and their sources")
                .into(),
            columns: vec![
                Column::text(say.pick("Regel", "Rule")),
                Column::text(say.pick("Siger (engelsk, som regelfilen)", "Says")),
                Column::text(say.pick("Kilde", "Source")),
                Column::text(say.pick("Sikkerhed", "Certainty")),
                Column::text(say.pick("Antagelser", "Assumptions")),
            ],
            rows,
            ..Table::default()
        })
    }
}
