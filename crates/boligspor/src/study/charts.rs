//! From result tables to charts: which are drawn, and of what.

mod costs;
pub(super) mod effects;
mod follow_up;
mod map;
mod municipal;
pub(super) mod net_cost;

use polars::prelude::DataFrame;

use super::run::Outcome;
use super::view::View;
use super::words;
use crate::chart::{
    Band, Caption, ChartError, Colour, Curve, CurveChart, CurvePoint, DotChart, DotRow, FlowChart,
    FlowStep, Measure, OccupancyChart, Style,
};
use crate::cohort::Cohort;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::retention::{self, Definition, HorizonUnit, Place, Retention, RetentionCurve};
use crate::state::State;

/// A chart, under a name that stays the same.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub(super) name: String,
    pub(super) svg: String,
}

/// Lines drawn in one picture of strata; more would be a tangle.
const MOST_LINES: usize = 7;

/// Every chart of an outcome, in the order of the report.
pub(super) fn all(outcome: &Outcome) -> Result<Vec<Chart>> {
    let lang = outcome.plan.study().study.lang;
    let draw = Draw {
        lang,
        style: Style::new(words::chart_lang(lang)),
    };
    let mut charts = Vec::new();
    charts.push(draw.flow("attrition".into(), &outcome.cohort)?);
    for (name, result) in names(&outcome.retention)
        .into_iter()
        .zip(&outcome.retention)
    {
        let definition = result.definition();
        // A curve shows who is housed by month. A share of days, or one read
        // off at everybody's own last day, is another number: it has no curve.
        if definition.measure != retention::Measure::DaysHoused && !definition.horizons.is_empty() {
            charts.push(draw.curve(format!("retention_{name}"), result)?);
        }
    }
    for (name, curve) in curve_names(&outcome.curves)
        .into_iter()
        .zip(&outcome.curves)
    {
        charts.push(draw.outcomes(format!("curve_{name}"), curve)?);
    }
    if let Some(first) = outcome.retention.first() {
        charts.extend(draw.strata("retention_strata".into(), first)?);
        let most = outcome.plan.study().outputs.occupancy_months;
        charts.push(draw.occupancy("occupancy".into(), first, most)?);
    }
    if outcome.retention.len() > 1 {
        charts.push(draw.definitions("definitions".into(), &outcome.retention)?);
    }
    if let Some(days) = &outcome.days {
        charts.extend(draw.days("days_housed".into(), days)?);
    }
    for (i, returns) in outcome.returns.iter().enumerate() {
        if returns.curve().height() > 0 {
            charts.push(draw.returns(format!("returns{}", i + 1), returns)?);
        }
    }
    for (i, groups) in outcome.groups.iter().enumerate() {
        charts.extend(draw.groups(format!("groups{}", i + 1), groups)?);
    }
    if let Some(costs) = &outcome.costs {
        charts.push(draw.costs("costs".into(), costs, outcome)?);
    }
    for (name, effect) in effects::names(&outcome.effects)
        .into_iter()
        .zip(&outcome.effects)
    {
        charts.push(draw.event_study(format!("effect_{name}"), effect, outcome)?);
        charts.extend(draw.love(format!("balance_{name}"), effect)?);
    }
    if !outcome.effects.is_empty() {
        charts.push(draw.sides("effects".into(), outcome)?);
    }
    for (i, net) in outcome.net_cost.iter().enumerate() {
        charts.push(draw.break_even(format!("break_even{}", i + 1), net, outcome)?);
        charts.push(draw.plane(format!("cost_plane{}", i + 1), net, outcome)?);
        charts.push(draw.acceptability(format!("acceptability{}", i + 1), net, outcome)?);
    }
    if let Some(refunds) = &outcome.refunds {
        charts.push(draw.who_pays("who_pays".into(), refunds, outcome)?);
    }
    if let Some(comparison) = &outcome.comparison {
        // A municipality alone has none to be measured by.
        if comparison.table().height() > 1 {
            charts.push(draw.funnel("funnel".into(), comparison)?);
        }
        if let Some(counts) = comparison.counts() {
            charts.push(draw.counts("counts".into(), counts)?);
            charts.extend(draw.map("homelessness_map".into(), counts)?);
        }
    }
    Ok(charts)
}

/// File names for definitions: their own, made plain, and numbered where
/// that leaves two alike or one empty.
pub(super) fn names(results: &[Retention]) -> Vec<String> {
    slugs(results.iter().map(Retention::definition))
}

/// The same for curves.
pub(super) fn curve_names(curves: &[RetentionCurve]) -> Vec<String> {
    slugs(curves.iter().map(RetentionCurve::definition))
}

fn slugs<'a>(definitions: impl Iterator<Item = &'a Definition>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (i, definition) in definitions.enumerate() {
        let slug = words::slug(&definition.name);
        let free = !slug.is_empty() && !out.contains(&slug);
        out.push(if free {
            slug
        } else {
            format!("{slug}{}", i + 1)
        });
    }
    out
}

struct Draw {
    lang: Lang,
    style: Style,
}

impl Draw {
    fn flow(&self, name: String, cohort: &Cohort) -> Result<Chart> {
        let lang = self.lang;
        let steps = &cohort.attrition().steps;
        let caption =
            Caption::new(lang.pick("Hvem er med", "Who is included")).note(cohort.describe(lang));
        let flow = FlowChart {
            caption,
            unit: lang.pick("rækker", "rows").into(),
            label: words::capital(
                &steps
                    .first()
                    .map(|s| s.step.label(lang))
                    .unwrap_or_default(),
            ),
            count: steps.first().map_or(0, |s| s.rows),
            steps: steps
                .iter()
                .skip(1)
                .map(|s| FlowStep {
                    reason: words::capital(&s.step.reason(lang)),
                    excluded: s.rows_out,
                    label: words::capital(&s.step.label(lang)),
                    remaining: s.rows,
                })
                .collect(),
        };
        drawn(name, flow.svg(&self.style))
    }

    fn months_title(&self, result: &Retention) -> String {
        let text = match result.definition().counted {
            retention::Counted::Placed => self
                .lang
                .pick("Måneder fra boligtildeling", "Months from placement"),
            retention::Counted::Enrolled => self
                .lang
                .pick("Måneder fra indskrivning", "Months from enrolment"),
        };
        text.to_owned()
    }

    fn curve(&self, name: String, result: &Retention) -> Result<Chart> {
        let definition = result.definition();
        let curves = self.lines(result)?;
        let markers = markers(result)?;
        let whole = curves.into_iter().next().map(|c| Curve { markers, ..c });
        let chart = CurveChart {
            caption: Caption::new(format!(
                "{}: {}",
                self.lang.pick("Andel i bolig", "Share housed"),
                words::definition(definition, self.lang)
            ))
            .note(result.describe(self.lang)),
            x_title: self.months_title(result),
            curves: whole.into_iter().collect(),
            ..CurveChart::default()
        };
        drawn(name, chart.svg(&self.style))
    }

    fn strata(&self, name: String, result: &Retention) -> Result<Option<Chart>> {
        let curves: Vec<Curve> = self.lines(result)?.into_iter().skip(1).collect();
        if curves.len() < 2 || curves.len() > MOST_LINES {
            return Ok(None);
        }
        let by: Vec<String> = self.strata_names(result);
        let chart = CurveChart {
            caption: Caption::new(format!(
                "{} {}: {}",
                self.lang.pick("Andel i bolig efter", "Share housed by"),
                by.join(" · "),
                words::definition(result.definition(), self.lang)
            ))
            .note(result.describe(self.lang)),
            x_title: self.months_title(result),
            curves,
            ..CurveChart::default()
        };
        drawn(name, chart.svg(&self.style)).map(Some)
    }

    fn strata_names(&self, result: &Retention) -> Vec<String> {
        let names = strata_columns(result.curve(), "month");
        names.iter().map(|n| words::column(n, self.lang)).collect()
    }

    /// A line a stratum, the whole first.
    fn lines(&self, result: &Retention) -> Result<Vec<Curve>> {
        let table = result.curve();
        let view = View::new(table, &strata_columns(table, "month"));
        let mut out = Vec::new();
        for (levels, rows) in view.strata()? {
            let mut points = Vec::new();
            let mut at_risk = Vec::new();
            for row in rows {
                let month = view.number("month", row)?;
                let share = view.number("share", row)?;
                // At time zero itself everybody is seen: nothing is uncertain.
                let or_known = |limit: f64| {
                    if month == 0.0 && limit.is_nan() {
                        share
                    } else {
                        limit
                    }
                };
                points.push(CurvePoint {
                    month,
                    share,
                    low: or_known(view.number("low", row)?),
                    high: or_known(view.number("high", row)?),
                });
                at_risk.push((month, view.count("at_risk", row)?.unwrap_or(0)));
            }
            out.push(Curve {
                label: words::capital(&words::stratum(&levels, self.lang)),
                points,
                at_risk,
                ..Curve::default()
            });
        }
        Ok(out)
    }

    fn occupancy(&self, name: String, result: &Retention, most: u32) -> Result<Chart> {
        let table = result.occupancy();
        let view = View::new(table, &strata_columns(table, "month"));
        let whole = view
            .strata()?
            .into_iter()
            .next()
            .map_or(0..0, |(_, rows)| rows);
        let mut months: Vec<f64> = Vec::new();
        let mut observed = Vec::new();
        let mut shares = vec![Vec::new(); Place::ALL.len()];
        for row in whole {
            let month = view.number("month", row)?;
            if month > f64::from(most) {
                break;
            }
            if months.last() != Some(&month) {
                months.push(month);
                observed.push(view.count("observed", row)?.unwrap_or(0));
            }
            let state = view.text("state", row)?;
            if let Some(i) = Place::ALL.iter().position(|p| p.code() == state) {
                shares[i].push(view.number("share", row)?);
            }
        }
        let bands = Place::ALL
            .into_iter()
            .zip(shares)
            .filter(|(_, shares)| shares.iter().any(|s| *s > 0.0))
            .map(|(place, shares)| Band {
                label: words::capital(place.label(self.lang)),
                colour: colour(place),
                shares,
            })
            .collect();
        let origin = match result.definition().counted {
            retention::Counted::Placed => self.lang.pick("boligtildelingen", "placement"),
            retention::Counted::Enrolled => self.lang.pick("indskrivningen", "enrolment"),
        };
        let chart = OccupancyChart {
            caption: Caption::new(format!(
                "{} {origin}",
                self.lang
                    .pick("Hvor borgerne bor efter", "Where people live after")
            ))
            .note(self.lang.pick(
                "Andel af dem, der følges den måned. Én tilstand pr. dag; overlap afgøres af \
                 den angivne rækkefølge.",
                "Share of those followed in the month. One state a day; overlaps are settled by \
                 the stated precedence.",
            )),
            x_title: self.months_title(result),
            months,
            bands,
            observed,
        };
        drawn(name, chart.svg(&self.style))
    }

    fn definitions(&self, name: String, results: &[Retention]) -> Result<Chart> {
        let lang = self.lang;
        let mut rows = Vec::new();
        for result in results {
            let view = View::new(result.table(), &strata_columns(result.table(), "horizon"));
            let whole = view
                .strata()?
                .into_iter()
                .next()
                .map_or(0..0, |(_, rows)| rows);
            for row in whole {
                let horizon =
                    words::horizon(view.number("horizon", row)?, &view.text("unit", row)?, lang);
                let n = view.count("n", row)?.unwrap_or(0);
                let known = view.count("at_risk", row)?.unwrap_or(0);
                rows.push(DotRow {
                    label: format!(
                        "{}, {horizon}",
                        words::capital(&words::definition(result.definition(), lang))
                    ),
                    value: view.number("share", row)?,
                    low: view.number("low", row)?,
                    high: view.number("high", row)?,
                    text: self.style.lang.count(n),
                    emphasised: std::ptr::eq(result, &raw const results[0]),
                    hollow: known < 20,
                });
            }
        }
        let chart = DotChart {
            caption: Caption::new(lang.pick(
                "Samme mennesker, forskellige definitioner",
                "The same people, different definitions",
            ))
            .note(lang.pick(
                "Andel i bolig med 95 %-interval. Definitionerne står under tabellerne; nævneren \
                 (boligplacerede eller alle indskrevne) og tilstandenes betydning er forskellig.",
                "Share housed with 95 % interval. The definitions stand beneath the tables; \
                 denominators (those placed or all enrolled) and what states count as differ.",
            )),
            x_title: lang.pick("Andel i bolig", "Share housed").into(),
            measure: Measure::Percent { decimals: 0 },
            rows,
            reference: None,
            text_title: lang.pick("personer", "people").into(),
            domain: Some((0.0, 1.0)),
        };
        drawn(name, chart.svg(&self.style))
    }
}

fn drawn(name: String, svg: Result<String, ChartError>) -> Result<Chart> {
    let svg = svg.map_err(|e| Error::Chart(e.to_string()))?;
    Ok(Chart { name, svg })
}

/// The unit of amounts, with their price level.
pub(super) fn unit(outcome: &Outcome) -> String {
    let costs = outcome.plan.study().costs.as_ref();
    unit_of(outcome, costs.and_then(|c| c.price_base))
}

/// The unit of amounts in the prices of a year.
fn unit_of(outcome: &Outcome, base: Option<i32>) -> String {
    let study = outcome.plan.study();
    let lang = study.study.lang;
    let currency = words::currency(&study.study.currency, lang);
    let prices = match (base, lang) {
        (Some(year), Lang::Da) => format!("{year}-priser"),
        (Some(year), Lang::En) => format!("{year} prices"),
        (None, _) => lang.pick("løbende priser", "current prices").to_owned(),
    };
    format!(
        "{currency} {}, {prices}",
        lang.pick("pr. personår", "per person-year")
    )
}

/// The estimates at the horizons, as marks on the curve.
fn markers(result: &Retention) -> Result<Vec<CurvePoint>> {
    let view = View::new(result.table(), &strata_columns(result.table(), "horizon"));
    let whole = view
        .strata()?
        .into_iter()
        .next()
        .map_or(0..0, |(_, rows)| rows);
    let per_month = match result.definition().unit {
        HorizonUnit::Months => 1.0,
        HorizonUnit::Years => 12.0,
        // The mean month of the Gregorian calendar, as on the curve itself.
        HorizonUnit::Days => 1.0 / 30.4375,
    };
    let mut out = Vec::new();
    for row in whole {
        let month = view.number("horizon", row)? * per_month;
        let share = view.number("share", row)?;
        if month.is_finite() && share.is_finite() {
            out.push(CurvePoint {
                month,
                share,
                low: view.number("low", row)?,
                high: view.number("high", row)?,
            });
        }
    }
    Ok(out)
}

/// The strata columns of a result table: those ahead of its first own column.
pub(super) fn strata_columns(table: &DataFrame, first: &str) -> Vec<String> {
    let names = table.get_column_names();
    names
        .into_iter()
        .map(ToString::to_string)
        .take_while(|n| n != first)
        .collect()
}

/// Homes are blue, other roofs green to yellow, homelessness red, and what is
/// neither violet or grey; the same in every chart.
fn colour(place: Place) -> Colour {
    match place {
        Place::Allotted => Colour::BLUE,
        Place::OtherDwelling => Colour::SKY,
        Place::State(state) => match state {
            State::Transitional => Colour::GREEN,
            State::Institution => Colour::rgb(0x8c_c9_a1),
            State::Sofa => Colour::YELLOW,
            State::Hotel => Colour::ORANGE,
            State::Shelter => Colour::VERMILION,
            State::Street => Colour::rgb(0x8a_2d_04),
            State::Treatment => Colour::rgb(0xe3_c2_d6),
            State::Hospital => Colour::PURPLE,
            State::Prison => Colour::rgb(0x6b_4c_9a),
            State::Abroad => Colour::rgb(0xb9_b2_a3),
            State::Unknown => Colour::rgb(0xdd_dd_dd),
            State::Dead => Colour::rgb(0x4a_4a_4a),
            State::Dwelling => Colour::SKY,
        },
    }
}
