//! How far a cost trajectory rests on who is counted, and on a few dear people.

use super::{Writer, columns};
use crate::chart::Table;
use crate::cohort::ALL;
use crate::costs::CostTrajectory;
use crate::error::Result;
use crate::study::charts::{strata_columns, unit};
use crate::study::view::View;

/// Rows of the table of windows: window and rule of death, in Danish and English.
const WINDOWS: [(&str, &str, &str, &str); 4] = [
    (
        "unbalanced",
        "zero",
        "Alle, døde tæller med uden udgift",
        "Everybody, the dead counted at no cost",
    ),
    (
        "unbalanced",
        "survivors",
        "Alle, kun levendes tid",
        "Everybody, only the time of the living",
    ),
    (
        "balanced",
        "zero",
        "Observeret i alle perioder",
        "Observed in every period",
    ),
    (
        "balanced",
        "survivors",
        "Observeret og i live i alle perioder",
        "Observed and alive in every period",
    ),
];

impl Writer<'_> {
    /// The total in each window, and the people behind it.
    pub(super) fn cost_windows(&self, costs: &CostTrajectory) -> Result<Table> {
        let say = self.say;
        let view = View::new(costs.windows(), &strata_columns(costs.windows(), "window"));
        let whole = view.strata()?.into_iter().next().map_or(0..0, |(_, r)| r);
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut periods = Vec::new();
        for (window, death, danish, english) in WINDOWS {
            let mut means = vec![say.pick(danish, english).to_owned()];
            let mut intervals = vec![say.pick("  95 %-interval", "  95% interval").to_owned()];
            let mut people = vec![say.pick("  personer", "  people").to_owned()];
            let mut moved = vec![
                say.pick(
                    "  af periode 0 ikke med / andre med",
                    "  of period 0 not in it / others in it",
                )
                .to_owned(),
            ];
            for row in whole.clone() {
                if view.text("category", row)? != ALL
                    || view.text("window", row)? != window
                    || view.text("death", row)? != death
                {
                    continue;
                }
                if rows.is_empty() {
                    periods.push(say.number(f64::from(view.integer("period", row)?), 0));
                }
                means.push(say.number(view.number("mean_per_person_year", row)?, 0));
                intervals.push(say.interval(
                    view.number("low", row)?,
                    view.number("high", row)?,
                    0,
                ));
                people.push(say.count_or_dash(view.count("persons", row)?));
                moved.push(format!(
                    "{} / {}",
                    say.count_or_dash(view.count("gone", row)?),
                    say.count_or_dash(view.count("new", row)?)
                ));
            }
            rows.extend([means, intervals, people]);
            if window == "unbalanced" {
                rows.push(moved);
            }
        }
        Ok(Table {
            caption: format!(
                "{} ({})",
                say.pick("Hvem der tælles", "Who is counted"),
                unit(self.outcome)
            ),
            columns: columns(&[costs.spec().period.label(say.lang)], &periods),
            rows,
            strong: vec![0, 4, 8, 11],
            notes: vec![costs.describe(say.lang)],
        })
    }

    /// Medians and the share of the dearest tenth.
    pub(super) fn cost_spread(&self, costs: &CostTrajectory) -> Result<Table> {
        let say = self.say;
        let view = View::new(costs.spread(), &strata_columns(costs.spread(), "period"));
        let whole = view.strata()?.into_iter().next().map_or(0..0, |(_, r)| r);
        let mut rows = Vec::new();
        for row in whole {
            let percent = |value: f64| {
                if value.is_finite() {
                    say.percent(value)
                } else {
                    "–".into()
                }
            };
            rows.push(vec![
                say.number(f64::from(view.integer("period", row)?), 0),
                say.number(view.number("median", row)?, 0),
                percent(view.number("share_without", row)?),
                percent(view.number("top_decile_share", row)?),
                say.count_or_dash(view.count("persons", row)?),
            ]);
        }
        Ok(Table {
            caption: say
                .pick(
                    "Median, og hvad den dyreste tiendedel koster",
                    "The median, and what the dearest tenth cost",
                )
                .into(),
            columns: columns(
                &[costs.spec().period.label(say.lang)],
                &[
                    say.pick("Median", "Median").into(),
                    say.pick("Uden udgift", "Without any cost").into(),
                    say.pick("Den dyreste tiendedels andel", "Share of the dearest tenth")
                        .into(),
                    say.pick("Personer", "People").into(),
                ],
            ),
            rows,
            strong: Vec::new(),
            notes: vec![
                say.pick(
                    "Personer, der er observeret i hele perioden. Medianen er af beløb afrundet \
                     med højst 0,4 %.",
                    "People observed in the whole period. The median is of amounts rounded by at \
                     most 0.4 %.",
                )
                .into(),
            ],
        })
    }

    /// The sensitivity analysis under a cap.
    pub(super) fn cost_cap(&self, costs: &CostTrajectory) -> Result<Option<Table>> {
        let say = self.say;
        let Some(cap) = costs.spec().cap else {
            return Ok(None);
        };
        let table = costs.sensitivity();
        let view = View::new(table, &strata_columns(table, "period"));
        let whole = view.strata()?.into_iter().next().map_or(0..0, |(_, r)| r);
        let mut rows = Vec::new();
        for row in whole {
            rows.push(vec![
                say.number(f64::from(view.integer("period", row)?), 0),
                say.number(view.number("mean_per_person_year", row)?, 0),
                say.interval(view.number("low", row)?, view.number("high", row)?, 0),
                say.count_or_dash(view.count("persons_capped", row)?),
                say.number(view.number("removed", row)?, 0),
                say.percent(view.number("removed_share", row)?),
            ]);
        }
        Ok(Some(Table {
            caption: format!(
                "{} {} ({})",
                say.pick(
                    "Følsomhedsanalyse: en persons udgift i en periode tæller højst",
                    "Sensitivity analysis: a person's costs of a period count as at most",
                ),
                say.count(cap),
                unit(self.outcome)
            ),
            columns: columns(
                &[costs.spec().period.label(say.lang)],
                &[
                    say.pick("Gennemsnit", "Mean").into(),
                    say.pick("95 %-interval", "95% interval").into(),
                    say.pick("Personer over loftet", "People above the cap")
                        .into(),
                    say.pick("Fjernet beløb", "Money removed").into(),
                    say.pick("Andel fjernet", "Share removed").into(),
                ],
            ),
            rows,
            strong: Vec::new(),
            notes: vec![costs.describe(say.lang)],
        }))
    }

    /// How many came at their own peak, and how costs rose before time zero.
    pub(super) fn cost_peak(&self, costs: &CostTrajectory) -> Result<Table> {
        let say = self.say;
        let table = costs.diagnostics();
        let view = View::new(table, &strata_columns(table, "diagnostic"));
        let whole = view.strata()?.into_iter().next().map_or(0..0, |(_, r)| r);
        let mut rows = Vec::new();
        for row in whole {
            let value = view.number("value", row)?;
            let (label, text) = match view.text("diagnostic", row)?.as_str() {
                "peak_share" => (
                    say.pick(
                        "Andel med deres dyreste periode lige før tidspunkt nul",
                        "Share with their dearest period just before time zero",
                    ),
                    say.percent(value),
                ),
                "peak_share_by_chance" => (
                    say.pick(
                        "Ventet ved lige sandsynlige perioder",
                        "Expected if all periods were as likely",
                    ),
                    say.percent(value),
                ),
                _ => (
                    say.pick(
                        "Stigning fra første periode til den lige før tidspunkt nul",
                        "Rise from the first period to the one just before time zero",
                    ),
                    say.difference(value, 0),
                ),
            };
            let interval = say.interval(view.number("low", row)?, view.number("high", row)?, 0);
            let people = say.count_or_dash(view.count("persons", row)?);
            rows.push(vec![label.to_owned(), text, interval, people]);
        }
        Ok(Table {
            caption: say
                .pick(
                    "Er der en top før tidspunkt nul?",
                    "Is there a peak before time zero?",
                )
                .into(),
            columns: columns(
                &[say.pick("Tegn", "Sign")],
                &[
                    say.pick("Værdi", "Value").into(),
                    say.pick("95 %-interval", "95% interval").into(),
                    say.pick("Personer", "People").into(),
                ],
            ),
            rows,
            strong: Vec::new(),
            notes: vec![
                say.pick(
                    "Kommer mange til på toppen af deres egne udgifter, falder udgifterne bagefter \
                     af sig selv.",
                    "Where many come at the peak of their own costs, costs fall afterwards by \
                     themselves.",
                )
                .into(),
            ],
        })
    }
}
