//! What it costs to house someone, by payer and scenario.

use super::{Say, Writer, columns, push};
use crate::chart::{Section, Table};
use crate::cohort::ALL;
use crate::effect::NetCost;
use crate::error::Result;
use crate::study::charts::net_cost::money;
use crate::study::view::View;
use crate::study::words;

impl Writer<'_> {
    pub(super) fn net_cost(&self) -> Result<Option<Section>> {
        let say = self.say;
        if self.outcome.net_cost.is_empty() {
            return Ok(None);
        }
        let title = say.pick(
            "Hvad det koster at give en bolig",
            "What it costs to house someone",
        );
        let mut section = Section::new(title);
        for (i, net) in self.outcome.net_cost.iter().enumerate() {
            section = section
                .heading(&net.scenario().name)
                .definition(net.describe(say.lang));
            push(
                &mut section,
                self.chart(&format!("break_even{}", i + 1), None),
            );
            section = section.table(self.by_account(net)?);
            push(
                &mut section,
                self.chart(&format!("cost_plane{}", i + 1), None),
            );
            section = section.table(self.per_day(net)?);
            push(
                &mut section,
                self.chart(&format!("acceptability{}", i + 1), None),
            );
            for warning in net.warnings(say.lang) {
                section = section.warning(words::sentence(warning));
            }
        }
        Ok(Some(section))
    }

    fn account(say: Say, view: &View<'_>, row: usize) -> Result<String> {
        Ok(match view.text("view", row)?.as_str() {
            "societal" => say
                .pick("Samfundet (markedspriser)", "Society (market prices)")
                .into(),
            _ => match view.text("payer", row)?.as_str() {
                ALL => say.pick("Alle betalere", "All payers").into(),
                payer => words::capital(&words::payer(payer, say.lang)),
            },
        })
    }

    fn by_account(&self, net: &NetCost) -> Result<Table> {
        let say = self.say;
        let view = View::new(net.table(), &[]);
        let (mut rows, mut years) = (Vec::new(), 0);
        for row in view.rows() {
            years = view.integer("years", row)?;
            let month = view.number("break_even_month", row)?;
            rows.push(vec![
                Self::account(say, &view, row)?,
                say.difference(view.number("net_cost_per_year", row)?, 0),
                say.interval(view.number("low", row)?, view.number("high", row)?, 0),
                say.difference(view.number("net_cost", row)?, 0),
                if month.is_finite() {
                    say.number(month, 0)
                } else {
                    say.pick("ikke inden for horisonten", "not within the horizon")
                        .into()
                },
                say.interval(
                    view.number("break_even_low", row)?,
                    view.number("break_even_high", row)?,
                    0,
                ),
                say.percent(view.number("break_even_share", row)?),
                say.count_or_dash(view.count("placed", row)?),
            ]);
        }
        Ok(Table {
            caption: format!(
                "{} ({}; {} {})",
                say.pick("Nettoudgift pr. placeret", "Net cost per person placed"),
                money(self.outcome, net.design().price_base),
                say.pick("horisont, år:", "horizon, years:"),
                say.number(f64::from(years), 0),
            ),
            columns: columns(
                &[say.pick("Hvis penge", "Whose money")],
                &[
                    say.pick("Om året", "A year").into(),
                    say.pick("95 %-interval", "95% interval").into(),
                    say.pick("I alt", "In all").into(),
                    say.pick("Tjent ind fra måned", "Broken even from month")
                        .into(),
                    say.pick("95 %-interval, måned", "95% interval, month")
                        .into(),
                    say.pick("Gentagelser tjent ind", "Replicates broken even")
                        .into(),
                    say.pick("Placerede", "Placed").into(),
                ],
            ),
            rows,
            strong: vec![1],
            notes: vec![
                say.pick(
                    "Samfundets regnskab og budgetterne lægges aldrig sammen.",
                    "Society's account and the budgets are never added.",
                )
                .into(),
            ],
        })
    }

    fn per_day(&self, net: &NetCost) -> Result<Table> {
        let say = self.say;
        let view = View::new(net.per_day(), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            let (low, high) = (
                view.number("fieller_low", row)?,
                view.number("fieller_high", row)?,
            );
            let fieller = match view.text("fieller", row)?.as_str() {
                "interval" => say.interval(low, high, 0),
                "outside" => format!(
                    "{} {}, {} {}",
                    say.pick("under", "below"),
                    say.number(low, 0),
                    say.pick("over", "above"),
                    say.number(high, 0)
                ),
                _ => say.pick("alle tal", "every number").into(),
            };
            rows.push(vec![
                Self::account(say, &view, row)?,
                say.difference(view.number("cost_difference", row)?, 0),
                say.difference(view.number("days_difference", row)?, 1),
                say.number(view.number("ratio", row)?, 0),
                fieller,
                say.interval(
                    view.number("bootstrap_low", row)?,
                    view.number("bootstrap_high", row)?,
                    0,
                ),
            ]);
        }
        Ok(Table {
            caption: format!(
                "{} ({})",
                say.pick(
                    "Hvad en ekstra dag i bolig koster",
                    "What an extra day housed costs",
                ),
                money(self.outcome, net.design().price_base)
            ),
            columns: columns(
                &[say.pick("Hvis penge", "Whose money")],
                &[
                    say.pick("Ekstra udgift", "Extra cost").into(),
                    say.pick("Ekstra dage", "Extra days").into(),
                    say.pick("Pr. ekstra dag", "Per extra day").into(),
                    say.pick("95 %, Fieller", "95%, Fieller").into(),
                    say.pick("95 %, bootstrap", "95%, bootstrap").into(),
                ],
            ),
            rows,
            strong: vec![1],
            notes: vec![
                say.pick(
                    "En negativ pris er en besparelse, hvor der er flere dage. Kan ændringen i \
                     dage ikke skelnes fra nul, er Fiellers mængde ikke et interval.",
                    "A negative price is a saving where there are more days. Where the change in \
                     days is not told from zero, Fieller's set is no interval.",
                )
                .into(),
            ],
        })
    }
}
