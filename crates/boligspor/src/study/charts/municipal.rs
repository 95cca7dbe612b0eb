//! Charts of municipalities: the funnel, and the homelessness counts.

use polars::prelude::DataFrame;

use super::{Chart, Draw, drawn};
use crate::chart::{
    Caption, FunnelChart, FunnelLimit, FunnelPoint, Measure, Signal, TrendChart, TrendLine,
    TrendPoint,
};
use crate::cohort::ALL;
use crate::error::Result;
use crate::lang::Lang;
use crate::municipality::Comparison;
use crate::study::view::View;
use crate::study::words;

impl Draw {
    pub(super) fn funnel(&self, name: String, comparison: &Comparison) -> Result<Chart> {
        let lang = self.lang;
        let limits = View::new(comparison.limits(), &[]);
        let mut inner = Vec::new();
        let mut outer = Vec::new();
        for row in limits.rows() {
            let at = |column: &str| limits.number(column, row);
            let expected = at("expected")?;
            inner.push((expected, at("low_95")?, at("high_95")?));
            outer.push((expected, at("low_998")?, at("high_998")?));
        }
        let view = View::new(comparison.table(), &[]);
        let mut points = Vec::new();
        for row in view.rows() {
            points.push(FunnelPoint {
                label: view.text("municipality", row)?,
                expected: view.number("expected", row)?,
                ratio: view.number("ratio", row)?,
                signal: match view.text("signal", row)?.as_str() {
                    "look" => Signal::Inner,
                    "act" => Signal::Outer,
                    _ => Signal::Within,
                },
                small: view.flag("small", row)?,
                own: false,
            });
        }
        let spec = comparison.spec();
        let horizon = spec.definition.unit.label(spec.horizon, lang);
        let chart = FunnelChart {
            caption: Caption::new(format!(
                "{} {horizon}: {}",
                lang.pick("Uden bolig efter", "Not housed after"),
                lang.pick("observeret mod ventet", "observed against expected"),
            ))
            .note(comparison.describe(lang)),
            x_title: lang
                .pick("Ventet antal uden bolig", "Expected number not housed")
                .into(),
            y_title: lang
                .pick("Observeret / ventet", "Observed / expected")
                .into(),
            reference: 1.0,
            limits: vec![
                FunnelLimit {
                    label: self.style.lang.percent(0.95, 0),
                    points: inner,
                },
                FunnelLimit {
                    label: self.style.lang.percent(0.998, 1),
                    points: outer,
                },
            ],
            points,
            small_label: format!(
                "{} {}",
                lang.pick("under", "fewer than"),
                match lang {
                    Lang::Da => format!("{} personer", spec.small),
                    Lang::En => format!("{} people", spec.small),
                }
            ),
            root: true,
        };
        drawn(name, chart.svg(&self.style))
    }

    /// The whole, and the single municipality where there is only one.
    pub(super) fn counts(&self, name: String, counts: &DataFrame) -> Result<Chart> {
        let lang = self.lang;
        let view = View::new(counts, &["municipality".into()]);
        let strata = view.strata()?;
        let mut lines = Vec::new();
        for (levels, rows) in &strata {
            let whole = levels[0] == ALL;
            // With one municipality the whole is the same line again.
            if whole == (strata.len() == 2) {
                continue;
            }
            let mut points = Vec::new();
            for row in rows.clone() {
                points.push(TrendPoint {
                    year: view.integer("year", row)?,
                    value: view.number("per_1000", row)?,
                    low: if whole || strata.len() == 2 {
                        view.number("low", row)?
                    } else {
                        f64::NAN
                    },
                    high: if whole || strata.len() == 2 {
                        view.number("high", row)?
                    } else {
                        f64::NAN
                    },
                });
            }
            lines.push(TrendLine {
                label: if whole {
                    words::capital(&words::level(ALL, lang))
                } else if strata.len() == 2 {
                    levels[0].clone()
                } else {
                    String::new()
                },
                points,
                colour: None,
                muted: !whole && strata.len() > 2,
            });
        }
        // Muted lines first, so that the whole lies on top.
        lines.sort_by_key(|l| !l.muted);
        let chart = TrendChart {
            caption: Caption::new(lang.pick(
                "Hjemløse pr. 1.000 indbyggere",
                "Homeless people per 1,000 inhabitants",
            ))
            .note(lang.pick(
                "Tælling på ét tidspunkt, med eksakte 95 %-Poissongrænser.",
                "Point-in-time counts, with exact 95% Poisson limits.",
            )),
            unit: lang
                .pick("pr. 1.000 indbyggere", "per 1,000 inhabitants")
                .into(),
            measure: Measure::Number { decimals: 2 },
            lines,
            free_base: false,
        };
        drawn(name, chart.svg(&self.style))
    }
}
