//! Who is in, who was left out, and at which step.

use super::{Writer, columns, push};
use crate::chart::{Section, Table};
use crate::cohort::Cohort;
use crate::error::Result;
use crate::study::words;

impl Writer<'_> {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "every section is made the same way"
    )]
    pub(super) fn people(&self) -> Result<Section> {
        let say = self.say;
        let mut section = Section::new(say.pick("Hvem er med", "Who is included"));
        for (name, cohort) in self.outcome.cohorts() {
            if name == "enrolled" {
                section = section
                    .heading(say.pick("Alle indskrevne", "All enrolled"))
                    .paragraph(say.pick(
                        "Nogle definitioner tæller alle indskrevne, også dem der aldrig fik en \
                         bolig. For dem starter uret ved indskrivningen; betingelserne er de samme.",
                        "Some definitions count all enrolled, including those who never got a \
                         home. For them the clock starts at enrolment; the conditions are the same.",
                    ));
            }
            section = section.definition(cohort.describe(say.lang));
            let table = self.attrition(cohort);
            // One flow is drawn; a second one is told by its numbers.
            if name == "study" {
                push(&mut section, self.chart("attrition", Some(table)));
            } else {
                section = section.table(table);
            }
        }
        Ok(section)
    }

    fn attrition(&self, cohort: &Cohort) -> Table {
        let say = self.say;
        Table {
            caption: say
                .pick("Hvem der falder fra, og hvor", "Who is left out, and where")
                .into(),
            columns: columns(
                &[say.pick("Trin", "Step")],
                &[
                    say.pick("Rækker ud", "Rows out").into(),
                    say.pick("Rækker tilbage", "Rows left").into(),
                    say.pick("Personer ud", "People out").into(),
                    say.pick("Personer tilbage", "People left").into(),
                ],
            ),
            rows: cohort
                .attrition()
                .steps
                .iter()
                .map(|s| {
                    vec![
                        words::capital(&s.step.label(say.lang)),
                        say.count(s.rows_out),
                        say.count(s.rows),
                        say.count(s.persons_out),
                        say.count(s.persons),
                    ]
                })
                .collect(),
            ..Table::default()
        }
    }
}
