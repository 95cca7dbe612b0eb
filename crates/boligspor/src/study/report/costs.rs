//! What people cost before and after.

use super::{Writer, columns, push};
use crate::chart::{Block, Section, Table};
use crate::cohort::ALL;
use crate::costs::{CostTrajectory, regression_to_the_mean};
use crate::error::Result;
use crate::study::charts::{strata_columns, unit};
use crate::study::view::View;
use crate::study::words;

/// What a cost table shows for each period.
#[derive(Clone, Copy)]
enum Cell {
    /// The mean per person-year.
    Mean,
    /// The share with any such cost.
    ShareAny,
}

impl Writer<'_> {
    pub(super) fn costs(&self) -> Result<Option<Section>> {
        let say = self.say;
        let Some(costs) = &self.outcome.costs else {
            return Ok(None);
        };
        let mut section = Section::new(say.pick("Udgifter", "Spending"))
            .warning(regression_to_the_mean(say.lang));
        push(&mut section, self.chart("costs", None));
        section = section.table(self.by_category(costs, Cell::Mean)?);
        push(&mut section, self.by_payer(costs)?.map(Block::Table));
        push(&mut section, self.cost_views(costs)?.map(Block::Table));
        push(
            &mut section,
            self.cost_present_values(costs)?.map(Block::Table),
        );
        section = section
            .heading(say.pick("Er der en top?", "Is there a peak?"))
            .table(self.cost_peak(costs)?)
            .heading(say.pick("Forskelle mellem perioder", "Differences between periods"))
            .table(self.contrasts(costs)?)
            .heading(say.pick("Hvem der tælles", "Who is counted"))
            .table(self.cost_windows(costs)?)
            .heading(say.pick("Hvor mange har udgiften", "How many have the cost"))
            .table(self.by_category(costs, Cell::ShareAny)?)
            .table(self.cost_spread(costs)?);
        push(&mut section, self.cost_cap(costs)?.map(Block::Table));
        section = section
            .heading(say.pick("Prisår", "Price years"))
            .table(self.cost_price_years(costs)?);
        let repeated = regression_to_the_mean(say.lang);
        for warning in costs.warnings(say.lang).iter().filter(|w| *w != repeated) {
            section = section.note(words::sentence(warning));
        }
        Ok(Some(section))
    }

    /// Categories down, periods across; the total and its interval first.
    fn by_category(&self, costs: &CostTrajectory, cell: Cell) -> Result<Table> {
        let say = self.say;
        let view = View::new(costs.table(), &strata_columns(costs.table(), "period"));
        let whole = view
            .strata()?
            .into_iter()
            .next()
            .map_or(0..0, |(_, rows)| rows);
        let mut periods: Vec<String> = Vec::new();
        let mut sized: Vec<(f64, Vec<String>)> = Vec::new();
        let mut lower = vec![
            say.pick("95 %-interval, fra", "95% interval, from")
                .to_owned(),
        ];
        let mut upper = vec![
            say.pick("95 %-interval, til", "95% interval, to")
                .to_owned(),
        ];
        let mut people = vec![
            say.pick("Personer bag tallet", "People behind the figure")
                .to_owned(),
        ];
        let mut years = vec![
            say.pick("Observerede personår", "Person-years observed")
                .to_owned(),
        ];
        for row in whole {
            if view.text("payer", row)? != ALL {
                continue;
            }
            let code = view.text("category", row)?;
            let value = match cell {
                Cell::Mean => view.number("mean_per_person_year", row)?,
                Cell::ShareAny => view.number("share_any", row)?,
            };
            let text = match cell {
                Cell::Mean => say.number(value, 0),
                Cell::ShareAny => say.percent(value),
            };
            if code == ALL {
                periods.push(say.number(f64::from(view.integer("period", row)?), 0));
                lower.push(say.number(view.number("low", row)?, 0));
                upper.push(say.number(view.number("high", row)?, 0));
                people.push(say.count_or_dash(view.count("persons", row)?));
                years.push(say.number(view.number("person_years", row)?, 1));
            }
            let name = words::capital(&words::category(&code, say.lang));
            let value = if value.is_finite() { value } else { 0.0 };
            match sized.iter_mut().find(|(_, cells)| cells[0] == name) {
                Some((size, cells)) => {
                    *size += value;
                    cells.push(text);
                }
                None => sized.push((value, vec![name, text])),
            }
        }
        // The total, which comes first, stays there; then the largest.
        if let Some((_, categories)) = sized.split_first_mut() {
            categories.sort_by(|a, b| b.0.total_cmp(&a.0));
        }
        let mut rows: Vec<Vec<String>> = sized.into_iter().map(|(_, cells)| cells).collect();
        if let Cell::Mean = cell {
            rows.splice(1.min(rows.len())..1.min(rows.len()), [lower, upper]);
        }
        rows.push(people);
        rows.push(years);
        let (caption, unit) = match cell {
            Cell::Mean => (
                say.pick("Udgift efter kategori", "Spending by category"),
                unit(self.outcome),
            ),
            Cell::ShareAny => (
                say.pick(
                    "Andel med udgiften i perioden",
                    "Share with the cost in the period",
                ),
                say.pick("andel af personerne", "share of the people")
                    .to_owned(),
            ),
        };
        Ok(Table {
            caption: format!("{caption} ({unit})"),
            columns: columns(&[costs.spec().period.label(say.lang)], &periods),
            rows,
            strong: vec![0],
            notes: vec![costs.describe(say.lang)],
        })
    }

    /// Payers down, periods across, where the costs have payers.
    fn by_payer(&self, costs: &CostTrajectory) -> Result<Option<Table>> {
        let say = self.say;
        let view = View::new(costs.table(), &strata_columns(costs.table(), "period"));
        let whole = view
            .strata()?
            .into_iter()
            .next()
            .map_or(0..0, |(_, rows)| rows);
        let mut periods: Vec<String> = Vec::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in whole {
            if view.text("category", row)? != ALL {
                continue;
            }
            let code = view.text("payer", row)?;
            if code == ALL {
                periods.push(say.number(f64::from(view.integer("period", row)?), 0));
            }
            let name = words::capital(&words::payer(&code, say.lang));
            let mean = say.number(view.number("mean_per_person_year", row)?, 0);
            match rows.iter_mut().find(|r| r[0] == name) {
                Some(cells) => cells.push(mean),
                None => rows.push(vec![name, mean]),
            }
        }
        if rows.len() < 3 {
            return Ok(None);
        }
        Ok(Some(Table {
            caption: format!(
                "{} ({})",
                say.pick("Hvem betaler", "Who pays"),
                unit(self.outcome)
            ),
            columns: columns(&[costs.spec().period.label(say.lang)], &periods),
            rows,
            strong: vec![0],
            notes: vec![costs.describe(say.lang)],
        }))
    }

    /// The difference in the total between periods.
    fn contrasts(&self, costs: &CostTrajectory) -> Result<Table> {
        let say = self.say;
        let table = costs.contrasts();
        let view = View::new(table, &strata_columns(table, "from_period"));
        let whole = view
            .strata()?
            .into_iter()
            .next()
            .map_or(0..0, |(_, rows)| rows);
        let mut rows = Vec::new();
        let mut strong = Vec::new();
        for row in whole {
            let code = view.text("category", row)?;
            let (from, to) = (
                view.integer("from_period", row)?,
                view.integer("to_period", row)?,
            );
            // Every pair in total, and the year before against the year after by category.
            if code != ALL && (from, to) != (-1, 1) {
                continue;
            }
            if (from, to, code.as_str()) == (-1, 1, ALL) {
                strong.push(rows.len());
            }
            rows.push(vec![
                format!(
                    "{} → {}",
                    say.number(f64::from(from), 0),
                    say.number(f64::from(to), 0)
                ),
                words::capital(&words::category(&code, say.lang)),
                say.difference(view.number("difference_per_person_year", row)?, 0),
                say.interval(view.number("low", row)?, view.number("high", row)?, 0),
                say.count_or_dash(view.count("persons_from", row)?),
                say.count_or_dash(view.count("persons_to", row)?),
            ]);
        }
        Ok(Table {
            caption: format!(
                "{} ({})",
                say.pick("Forskel i udgift", "Difference in spending"),
                unit(self.outcome)
            ),
            columns: columns(
                &[
                    say.pick("Fra → til periode", "From → to period"),
                    say.pick("Kategori", "Category"),
                ],
                &[
                    say.pick("Forskel", "Difference").into(),
                    say.pick("95 %-interval", "95% interval").into(),
                    say.pick("Personer fra", "People from").into(),
                    say.pick("Personer til", "People to").into(),
                ],
            ),
            rows,
            strong,
            notes: vec![
                regression_to_the_mean(say.lang).into(),
                costs.describe(say.lang),
            ],
        })
    }
}
