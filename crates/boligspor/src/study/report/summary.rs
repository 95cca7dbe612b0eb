//! What a reader takes away, in a few numbers.

use super::Writer;
use crate::chart::{Block, Figure, Section};
use crate::cohort::{ALL, TimeZero};
use crate::error::Result;
use crate::retention::{Measure, Retention};
use crate::study::charts::{strata_columns, unit};
use crate::study::view::View;
use crate::study::words;

impl Writer<'_> {
    pub(super) fn summary(&self) -> Result<Section> {
        let say = self.say;
        let cohort = &self.outcome.cohort;
        let study = self.outcome.plan.study();
        let start = match study.cohort.time_zero {
            TimeZero::Placement => say.pick("boligtildeling", "placement"),
            TimeZero::Enrolment => say.pick("indskrivning", "enrolment"),
        };
        let mut section = Section::new(say.pick("Kort fortalt", "In short")).paragraph(format!(
            "{} {} {} {start} {} {}. {}",
            say.pick("Rapporten følger", "This report follows"),
            say.count(cohort.persons() as u64),
            say.pick("borgere i registerdata fra", "people in register data from"),
            say.pick("til", "to"),
            study.inputs.observed_until.written(say.lang),
            say.pick(
                "Den siger, hvor mange der stadig har en bolig, hvad de koster før og efter, og \
                 hvordan kommunerne adskiller sig, så langt som studiet spørger.",
                "It says how many still have a home, what they cost before and after, and how \
                 municipalities differ, as far as the study asks.",
            ),
        ));
        let mut figures = vec![Figure {
            value: say.count(cohort.persons() as u64),
            label: say.pick("borgere", "people").into(),
            detail: format!(
                "{} {}",
                say.count(cohort.len() as u64),
                match (study.cohort.time_zero, say.lang) {
                    (TimeZero::Placement, crate::Lang::Da) => "boligtildelinger",
                    (TimeZero::Placement, crate::Lang::En) => "placements",
                    (TimeZero::Enrolment, crate::Lang::Da) => "indskrivninger",
                    (TimeZero::Enrolment, crate::Lang::En) => "enrolments",
                }
            ),
        }];
        if let Some(first) = self.outcome.retention.first() {
            figures.extend(self.headline(first)?);
        }
        figures.extend(self.cost_headline()?);
        section = section.block(Block::Figures(figures));
        if let Some(first) = self.outcome.retention.first() {
            section = section.definition(first.definition().describe(say.lang));
        }
        Ok(section.warning(say.pick(
            "Ikke afklaret for videregivelse. Tallene har ikke været gennem diskretionering og må \
             ikke forlade det sikre miljø.",
            "Not cleared for release. These figures have not been through disclosure control and \
             must not leave the secure environment.",
        )))
    }

    /// The share at the last horizon.
    fn headline(&self, result: &Retention) -> Result<Option<Figure>> {
        let say = self.say;
        let view = View::new(result.table(), &strata_columns(result.table(), "horizon"));
        let whole = view
            .strata()?
            .into_iter()
            .next()
            .map_or(0..0, |(_, rows)| rows);
        let mut last = None;
        for row in whole {
            if view.number("share", row)?.is_finite() {
                last = Some(row);
            }
        }
        let Some(row) = last else {
            return Ok(None);
        };
        let unit = view.text("unit", row)?;
        let horizon = words::horizon(view.number("horizon", row)?, &unit, say.lang);
        let what = match result.definition().measure {
            Measure::DaysHoused => say.pick("af dagene i bolig,", "of days housed,"),
            _ => say.pick("i bolig,", "housed,"),
        };
        Ok(Some(Figure {
            value: say.percent(view.number("share", row)?),
            label: format!(
                "{what} {horizon} ({})",
                words::definition(result.definition(), say.lang)
            ),
            detail: format!(
                "{} {}; {} {}",
                say.pick("95 %:", "95%:"),
                say.percent_interval(view.number("low", row)?, view.number("high", row)?),
                say.count_or_dash(view.count("at_risk", row)?),
                say.pick("med kendt status", "with known status"),
            ),
        }))
    }

    /// The year after against the year before.
    fn cost_headline(&self) -> Result<Option<Figure>> {
        let say = self.say;
        let Some(costs) = &self.outcome.costs else {
            return Ok(None);
        };
        let table = costs.contrasts();
        let view = View::new(table, &strata_columns(table, "from_period"));
        let whole = view
            .strata()?
            .into_iter()
            .next()
            .map_or(0..0, |(_, rows)| rows);
        for row in whole {
            let pair = (
                view.integer("from_period", row)?,
                view.integer("to_period", row)?,
            );
            if pair == (-1, 1) && view.text("category", row)? == ALL {
                return Ok(Some(Figure {
                    value: say.difference(view.number("difference_per_person_year", row)?, 0),
                    label: format!(
                        "{} ({})",
                        say.pick(
                            "forskel i udgift, periode 1 mod −1; ikke en effekt",
                            "difference in spending, period 1 against −1; not an effect",
                        ),
                        unit(self.outcome)
                    ),
                    detail: format!(
                        "{} {}",
                        say.pick("95 %:", "95%:"),
                        say.interval(view.number("low", row)?, view.number("high", row)?, 0)
                    ),
                }));
            }
        }
        Ok(None)
    }
}
