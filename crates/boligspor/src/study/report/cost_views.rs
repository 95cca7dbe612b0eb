//! Budgets and society's account, side by side and never added; and the years
//! whose prices the money was in.

use std::collections::BTreeMap;

use super::{Writer, columns};
use crate::chart::Table;
use crate::costs::CostTrajectory;
use crate::error::Result;
use crate::study::charts::{strata_columns, unit};
use crate::study::view::View;
use crate::study::words;

impl Writer<'_> {
    /// A view's name, with the prices it is in.
    fn view_name(&self, view: &View<'_>, row: usize) -> Result<String> {
        let say = self.say;
        Ok(match view.text("view", row)?.as_str() {
            "societal" => say
                .pick(
                    "Samfundsøkonomisk (markedspriser, uden overførsler)",
                    "Societal (market prices, without transfers)",
                )
                .to_owned(),
            _ => format!(
                "{} {}",
                say.pick("Budget:", "Budget:"),
                words::payer(&view.text("payer", row)?, say.lang)
            ),
        })
    }

    /// Means by view and period.
    pub(super) fn cost_views(&self, costs: &CostTrajectory) -> Result<Option<Table>> {
        let say = self.say;
        let table = costs.views();
        if table.width() == 0 {
            return Ok(None);
        }
        let view = View::new(table, &strata_columns(table, "view"));
        let whole = view.strata()?.into_iter().next().map_or(0..0, |(_, r)| r);
        let mut periods: Vec<String> = Vec::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in whole {
            let name = self.view_name(&view, row)?;
            let mean = say.number(view.number("mean_per_person_year", row)?, 0);
            if rows.len() < 2 && rows.first().is_none_or(|r| r[0] == name) {
                periods.push(say.number(f64::from(view.integer("period", row)?), 0));
            }
            match rows.iter_mut().find(|r| r[0] == name) {
                Some(cells) => cells.push(mean),
                None => rows.push(vec![name, mean]),
            }
        }
        Ok(Some(Table {
            caption: format!(
                "{} ({})",
                say.pick("Hvis penge", "Whose money"),
                unit(self.outcome)
            ),
            columns: columns(&[costs.spec().period.label(say.lang)], &periods),
            rows,
            strong: Vec::new(),
            notes: vec![costs.describe(say.lang)],
        }))
    }

    /// Present values by view and rate.
    pub(super) fn cost_present_values(&self, costs: &CostTrajectory) -> Result<Option<Table>> {
        let say = self.say;
        let table = costs.present_values();
        if table.width() == 0 {
            return Ok(None);
        }
        let view = View::new(table, &strata_columns(table, "view"));
        let whole = view.strata()?.into_iter().next().map_or(0..0, |(_, r)| r);
        let mut rates: Vec<String> = Vec::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in whole {
            let name = self.view_name(&view, row)?;
            let rate = match view.text("rate", row)?.parse::<f64>() {
                Ok(rate) => format!("{} %", say.number(100.0 * rate, 0)),
                Err(_) => say.pick("Finansministeriet", "Ministry of Finance").into(),
            };
            if !rates.contains(&rate) {
                rates.push(rate);
            }
            let value = say.number(view.number("present_value", row)?, 0);
            let interval = say.interval(view.number("low", row)?, view.number("high", row)?, 0);
            match rows.iter_mut().find(|r| r[0] == name) {
                Some(cells) => cells.push(value),
                None => rows.push(vec![name, interval, value]),
            }
        }
        // The interval of the first rate stands beside its value.
        for cells in &mut rows {
            cells.swap(1, 2);
        }
        let mut heads = vec![rates.remove(0)];
        heads.push(say.pick("95 %-interval", "95% interval").into());
        heads.extend(rates);
        Ok(Some(Table {
            caption: format!(
                "{} {}",
                say.pick(
                    "Nutidsværdi pr. person fra tidspunkt nul til og med periode",
                    "Present value per person from time zero through period",
                ),
                say.number(f64::from(costs.spec().last), 0)
            ),
            columns: columns(&[say.pick("Hvis penge", "Whose money")], &heads),
            rows,
            strong: Vec::new(),
            notes: vec![costs.describe(say.lang)],
        }))
    }

    /// The years whose prices the money was in.
    pub(super) fn cost_price_years(&self, costs: &CostTrajectory) -> Result<Table> {
        let say = self.say;
        let view = View::new(costs.price_years(), &[]);
        let mut categories: BTreeMap<String, (i32, i32, [f64; 2], f64)> = BTreeMap::new();
        for row in view.rows() {
            let year = view.integer("price_year", row)?;
            let factor = view.number("factor", row)?;
            let total = view.number("total", row)?;
            let found = categories.entry(view.text("category", row)?).or_insert((
                year,
                year,
                [factor; 2],
                0.0,
            ));
            found.0 = found.0.min(year);
            found.1 = found.1.max(year);
            found.2 = [found.2[0].min(factor), found.2[1].max(factor)];
            found.3 += total;
        }
        let rows = categories
            .into_iter()
            .map(|(category, (first, last, [low, high], total))| {
                let factors = if low < high {
                    format!("{}–{}", say.number(low, 3), say.number(high, 3))
                } else {
                    say.number(low, 3)
                };
                vec![
                    words::capital(&words::category(&category, say.lang)),
                    if first < last {
                        format!("{first}–{last}")
                    } else {
                        format!("{first}")
                    },
                    factors,
                    say.number(total, 0),
                ]
            })
            .collect();
        let base = costs.spec().price_base.map_or_else(
            || say.pick("løbende priser", "current prices").to_owned(),
            |year| match say.lang {
                crate::Lang::Da => format!("{year}-priser"),
                crate::Lang::En => format!("{year} prices"),
            },
        );
        Ok(Table {
            caption: format!(
                "{} ({base})",
                say.pick("Hvor pengene kommer fra", "Where the money comes from")
            ),
            columns: columns(
                &[say.pick("Kategori", "Category")],
                &[
                    say.pick("Beløbenes prisår", "Price years of the amounts")
                        .into(),
                    say.pick("Ganget med", "Multiplied by").into(),
                    say.pick("I alt i resultatet", "Total in the result").into(),
                ],
            ),
            rows,
            strong: Vec::new(),
            notes: vec![costs.describe(say.lang)],
        })
    }
}
