//! A map of the latest count.

use polars::prelude::DataFrame;

use super::{Chart, Draw, drawn};
use crate::chart::{Caption, Measure, Tile, TileMap};
use crate::error::Result;
use crate::municipality::TilePlace;
use crate::study::view::View;

/// Municipalities that make a map; fewer are a table.
const FEWEST: usize = 10;

impl Draw {
    /// Homelessness per 1,000 in the latest year, a tile a municipality; none
    /// where too few are counted. The counts are public, so that the map names
    /// them; other figures of municipalities are not put on it.
    pub(super) fn map(&self, name: String, counts: &DataFrame) -> Result<Option<Chart>> {
        let lang = self.lang;
        let view = View::new(counts, &["municipality".into()]);
        let strata = view.strata()?;
        let mut latest = None;
        for row in view.rows() {
            latest = latest.max(Some(view.integer("year", row)?));
        }
        let mut values = Vec::new();
        for (levels, rows) in &strata {
            // Labels end in the code in brackets.
            let code = levels[0].trim_end_matches(')').rsplit('(').next();
            let Some(place) = code.and_then(TilePlace::of) else {
                continue;
            };
            for row in rows.clone() {
                if Some(view.integer("year", row)?) == latest {
                    values.push((place.code, view.number("per_1000", row)?));
                }
            }
        }
        let (Some(year), true) = (latest, values.len() >= FEWEST) else {
            return Ok(None);
        };
        let value = |code: &str| {
            values
                .iter()
                .find(|v| v.0 == code)
                .map_or(f64::NAN, |v| v.1)
        };
        let chart = TileMap {
            caption: Caption::new(format!(
                "{} {year}",
                lang.pick(
                    "Hjemløse pr. 1.000 indbyggere",
                    "Homeless people per 1,000 inhabitants"
                )
            ))
            .note(lang.pick(
                "Hver kommune har et felt omtrent, hvor den ligger, og samme areal. Små kommuners \
                 tal svinger ved tilfældigheder.",
                "Each municipality has a tile roughly where it lies, and the same area. Small \
                 municipalities' figures move by chance.",
            )),
            measure: Measure::Number { decimals: 1 },
            tiles: TilePlace::all()
                .iter()
                .map(|place| Tile {
                    name: place.name.to_owned(),
                    row: place.row,
                    column: place.column,
                    value: value(place.code),
                })
                .collect(),
            middle: None,
        };
        drawn(name, chart.svg(&self.style)).map(Some)
    }
}
