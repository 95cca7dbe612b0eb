//! Which tables, how many rows, and what the checks found.

use super::{Writer, columns};
use crate::chart::{Block, Column, Section, Table};
use crate::lang::Lang;
use crate::register::{Severity, rule_in_danish};
use crate::study::words;

impl Writer<'_> {
    pub(super) fn data(&self) -> Section {
        let say = self.say;
        let study = self.outcome.plan.study();
        let checks = self.outcome.register.checks();
        let mut section = Section::new(say.pick("Data og kontrol", "Data and checks"));
        let until = study.inputs.observed_until.written(say.lang);
        let window = match study.inputs.observed_from {
            Some(from) => format!(
                "{} {} {} {until}.",
                say.pick(
                    "Registrene er komplette fra",
                    "The registers are complete from"
                ),
                from.written(say.lang),
                say.pick("til og med", "to"),
            ),
            None => format!(
                "{} {until}.",
                say.pick(
                    "Registrene er komplette til og med",
                    "The registers are complete to"
                )
            ),
        };
        section = section.paragraph(window).table(Table {
            caption: say.pick("Tabeller", "Tables").into(),
            columns: columns(
                &[say.pick("Tabel", "Table")],
                &[say.pick("Rækker", "Rows").into()],
            ),
            rows: checks
                .rows
                .iter()
                .map(|(table, n)| vec![table.name().to_owned(), say.count(*n as u64)])
                .collect(),
            ..Table::default()
        });
        if checks.findings.is_empty() {
            return section.paragraph(say.pick(
                "Datakontrollen fandt ingenting at bemærke.",
                "The data checks found nothing to remark on.",
            ));
        }
        let warnings = checks.of(Severity::Warning).count();
        let remarks = checks.of(Severity::Info).count();
        section = section.paragraph(match say.lang {
            Lang::Da => format!(
                "Datakontrollen fandt ingen fejl (en fejl stopper en kørsel). Advarsler: \
                 {warnings}. Bemærkninger: {remarks}. Hver regel har en side i docs/rules."
            ),
            Lang::En => format!(
                "The data checks found no errors (an error stops a run). Warnings: {warnings}. \
                 Remarks: {remarks}. Each rule has a page in docs/rules."
            ),
        });
        section.block(Block::Table(Table {
            caption: say
                .pick("Hvad kontrollen fandt", "What the checks found")
                .into(),
            columns: vec![
                Column::text(say.pick("Regel", "Rule")),
                Column::text(say.pick("Hvor", "Where")),
                Column::number(say.pick("Rækker", "Rows")),
                Column::number(say.pick("Af", "Of")),
                Column::text(say.pick("Hvad", "What")),
            ],
            rows: checks
                .findings
                .iter()
                .map(|f| {
                    let counted = f.rows > 0;
                    vec![
                        format!("{} {}", f.code, f.rule),
                        f.place(),
                        say.count_or_dash(counted.then_some(f.rows as u64)),
                        say.count_or_dash(counted.then_some(f.total as u64)),
                        match (say.lang, rule_in_danish(f.rule)) {
                            (Lang::Da, Some(text)) => words::sentence(text),
                            _ => format!("{}; {}", f.message, f.hint),
                        },
                    ]
                })
                .collect(),
            ..Table::default()
        }))
    }
}
