//! Charts of follow-up: whole curves, days, returns, and groups.

use super::{Chart, Draw, MOST_LINES, colour, drawn, strata_columns};
use crate::chart::{
    Caption, Colour, Curve, CurveChart, CurvePoint, DotChart, DotReference, DotRow, Measure,
};
use crate::days::DaysHoused;
use crate::error::Result;
use crate::groups::GroupComparison;
use crate::lang::Lang;
use crate::retention::{self, Place, RetentionCurve};
use crate::returns::{ReturnTo, Returns};
use crate::state::State;
use crate::study::view::View;
use crate::study::words;

/// Days in a month, for an axis of months under a clock of days.
const DAYS_A_MONTH: f64 = 30.4375;
/// Rows of a picture of differences; the tables have them all.
const MOST_ROWS: usize = 40;

impl Draw {
    /// Every outcome of the whole cohort by month.
    pub(super) fn outcomes(&self, name: String, result: &RetentionCurve) -> Result<Chart> {
        let lang = self.lang;
        let table = result.table();
        let view = View::new(table, &strata_columns(table, "outcome"));
        let whole = view.strata()?.into_iter().next();
        let mut curves: Vec<(String, Curve)> = Vec::new();
        for row in whole.map_or(0..0, |(_, rows)| rows) {
            let code = view.text("outcome", row)?;
            if curves.last().is_none_or(|(c, _)| *c != code) {
                let curve = Curve {
                    label: words::capital(&words::outcome(&code, lang)),
                    colour: Some(outcome_colour(&code)),
                    ..Curve::default()
                };
                curves.push((code.clone(), curve));
            }
            let Some((_, curve)) = curves.last_mut() else {
                continue;
            };
            let retained = code == "retained";
            let (month, share) = (view.number("time", row)?, view.number("estimate", row)?);
            // One interval is seen; four would be mud. The table has them all.
            let limit = |column: &str| -> Result<f64> {
                let limit = view.number(column, row)?;
                let start = month == 0.0 && limit.is_nan();
                Ok(match (retained, start) {
                    (false, _) => f64::NAN,
                    (true, true) => share,
                    (true, false) => limit,
                })
            };
            curve.points.push(CurvePoint {
                month,
                share,
                low: limit("low")?,
                high: limit("high")?,
            });
            if retained && view.count("day", row)? == Some(0) {
                let n = view.count("n_risk", row)?.unwrap_or(0);
                curve.at_risk.push((month, n));
            }
        }
        let chart = CurveChart {
            caption: Caption::new(format!(
                "{}: {}",
                lang.pick("I bolig, og hvad der ellers skete", "Housed, and what else"),
                words::definition(result.definition(), lang)
            ))
            .note(result.describe(lang)),
            x_title: self.months_from(result.definition()),
            step: true,
            curves: curves.into_iter().map(|(_, curve)| curve).collect(),
            ..CurveChart::default()
        };
        drawn(name, chart.svg(&self.style))
    }

    /// Days housed by stratum; without strata, days by state.
    pub(super) fn days(&self, name: String, days: &DaysHoused) -> Result<Option<Chart>> {
        let lang = self.lang;
        let view = View::new(days.table(), &strata_columns(days.table(), "state"));
        let divided = view.strata()?.len() > 1;
        let mut rows = Vec::new();
        for row in view.rows() {
            let state = view.text("state", row)?;
            if divided != (state == "housed") {
                continue;
            }
            let followed = view.count("followed", row)?.unwrap_or(0);
            rows.push(DotRow {
                label: words::capital(&if divided {
                    words::stratum(&view.levels(row)?, lang)
                } else {
                    words::place(&state, lang)
                }),
                value: view.number("days", row)?,
                low: view.number("low", row)?,
                high: view.number("high", row)?,
                text: self.style.lang.count(view.count("n", row)?.unwrap_or(0)),
                emphasised: divided && rows.is_empty(),
                hollow: followed < 20,
            });
        }
        if rows.is_empty() || rows.len() > MOST_ROWS {
            return Ok(None);
        }
        let within = days.spec().within;
        let title = match (lang, divided) {
            (Lang::Da, true) => format!("Dage i bolig inden for {within} måneder"),
            (Lang::Da, false) => format!("Dage i hver tilstand inden for {within} måneder"),
            (Lang::En, true) => format!("Days housed within {within} months"),
            (Lang::En, false) => format!("Days in each state within {within} months"),
        };
        let chart = DotChart {
            caption: Caption::new(title).note(days.describe(lang)),
            x_title: lang.pick("Forventede dage", "Expected days").into(),
            measure: Measure::Number { decimals: 0 },
            rows,
            text_title: lang.pick("personer", "people").into(),
            ..DotChart::default()
        };
        drawn(name, chart.svg(&self.style)).map(Some)
    }

    /// The share who have returned, of the whole or of each stratum.
    pub(super) fn returns(&self, name: String, returns: &Returns) -> Result<Chart> {
        let lang = self.lang;
        let table = returns.curve();
        let view = View::new(table, &strata_columns(table, "day"));
        let strata = view.strata()?;
        let shown = if (3..=MOST_LINES + 1).contains(&strata.len()) {
            &strata[1..]
        } else {
            &strata[..strata.len().min(1)]
        };
        let mut curves = Vec::new();
        for (levels, rows) in shown {
            let mut curve = Curve {
                label: words::capital(&words::stratum(levels, lang)),
                ..Curve::default()
            };
            // At each month the number of the last day before it.
            let mut risk: Vec<(f64, u64)> = Vec::new();
            for row in rows.clone() {
                let month = view.number("day", row)? / DAYS_A_MONTH;
                let n = view.count("n_risk", row)?.unwrap_or(0);
                while (risk.len() as f64) < month {
                    let before = risk.last().map_or(n, |r| r.1);
                    risk.push((risk.len() as f64, before));
                }
                match risk.last_mut() {
                    Some(last) if last.0 >= month => last.1 = n,
                    _ => risk.push((risk.len() as f64, n)),
                }
                let known = |column: &str| -> Result<f64> {
                    let limit = view.number(column, row)?;
                    Ok(if limit.is_nan() { 0.0 } else { limit })
                };
                curve.points.push(CurvePoint {
                    month,
                    share: view.number("estimate", row)?,
                    low: known("low")?,
                    high: known("high")?,
                });
            }
            curve.at_risk = risk;
            curves.push(curve);
        }
        let title = match returns.spec().to {
            ReturnTo::Homelessness => lang.pick(
                "Tilbage i hjemløshed efter en afslutning",
                "Back in homelessness after an exit",
            ),
            ReturnTo::Home => lang.pick(
                "Tilbage i egen bolig efter et tab",
                "Back in a home after a loss",
            ),
        };
        let since = match returns.spec().to {
            ReturnTo::Homelessness => {
                lang.pick("Måneder efter afslutningen", "Months since the exit")
            }
            ReturnTo::Home => lang.pick("Måneder efter tabet", "Months since the loss"),
        };
        let chart = CurveChart {
            caption: Caption::new(title).note(returns.describe(lang)),
            x_title: since.into(),
            step: true,
            curves,
            ..CurveChart::default()
        };
        drawn(name, chart.svg(&self.style))
    }

    /// Differences in shares between groups at the last horizon.
    pub(super) fn groups(&self, name: String, groups: &GroupComparison) -> Result<Option<Chart>> {
        let lang = self.lang;
        let view = View::new(groups.shares(), &[]);
        let Some(&last) = groups.definition().horizons.last() else {
            return Ok(None);
        };
        let mut rows = Vec::new();
        for row in view.rows() {
            if view.count("horizon", row)? != Some(u64::from(last)) {
                continue;
            }
            rows.push(DotRow {
                label: format!(
                    "{} − {}",
                    words::level(&view.text("to_group", row)?, lang),
                    words::level(&view.text("from_group", row)?, lang)
                ),
                value: view.number("difference", row)?,
                low: view.number("low", row)?,
                high: view.number("high", row)?,
                ..DotRow::default()
            });
        }
        if rows.is_empty() || rows.len() > MOST_ROWS {
            return Ok(None);
        }
        let when = groups.definition().unit.label(last, lang);
        let by = words::column(&groups.spec().by, lang);
        let chart = DotChart {
            caption: Caption::new(match lang {
                Lang::Da => format!("Forskel i andel i bolig efter {when}, efter {by}"),
                Lang::En => format!("Difference in share housed at {when}, by {by}"),
            })
            .note(groups.describe(lang))
            .note(words::sentence(&crate::level::case_mix(lang))),
            x_title: lang
                .pick("Forskel (procentpoint)", "Difference (percentage points)")
                .into(),
            measure: Measure::Percent { decimals: 0 },
            rows,
            reference: Some(DotReference {
                value: 0.0,
                label: lang.pick("ingen forskel", "no difference").into(),
            }),
            ..DotChart::default()
        };
        drawn(name, chart.svg(&self.style)).map(Some)
    }

    fn months_from(&self, definition: &retention::Definition) -> String {
        let text = match definition.counted {
            retention::Counted::Placed => self
                .lang
                .pick("Måneder fra boligtildeling", "Months from placement"),
            retention::Counted::Enrolled => self
                .lang
                .pick("Måneder fra indskrivning", "Months from enrolment"),
        };
        text.to_owned()
    }
}

/// The colour of an outcome, the same as its place has elsewhere.
fn outcome_colour(code: &str) -> Colour {
    match State::from_code(code) {
        Some(State::Abroad) => Colour::ORANGE,
        Some(state) => colour(Place::State(state)),
        None if code == "retained" => Colour::BLUE,
        None => Colour::VERMILION,
    }
}
