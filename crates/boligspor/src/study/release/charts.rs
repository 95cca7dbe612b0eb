//! Charts of released tables: whatever stands in one has been released.

use crate::chart::{
    Caption, CostBars, CostCategory, CostPeriod, Curve, CurveChart, CurvePoint, DotChart, DotRow,
    Measure, Style,
};
use crate::cohort::ALL;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::release::{Cell, ReleasedTable};
use crate::words;

/// A chart of a released table, under the table's name.
pub(super) struct ReleasedChart {
    pub(super) name: String,
    pub(super) svg: String,
}

/// The charts of the tables that have one.
pub(super) fn all(tables: &[ReleasedTable], lang: Lang) -> Result<Vec<ReleasedChart>> {
    let style = Style::new(words::chart_lang(lang));
    let mut out = Vec::new();
    for table in tables {
        let svg = if table.column("share_percent").is_some() {
            shares(table, lang, &style)
        } else if table.column("estimate_percent").is_some() {
            steps(table, lang, &style)
        } else if table.column("mean_per_person").is_some() && table.column("period").is_some() {
            costs(table, lang, &style)
        } else {
            continue;
        };
        out.push(ReleasedChart {
            name: table.name().to_owned(),
            svg: svg.map_err(|e| Error::Chart(e.to_string()))?,
        });
    }
    Ok(out)
}

/// Shares with their intervals, a row for each row of the table.
fn shares(
    table: &ReleasedTable,
    lang: Lang,
    style: &Style,
) -> std::result::Result<String, crate::chart::ChartError> {
    let read = Read { table, lang };
    let unit = read.title("horizon");
    let unit = match unit.as_str() {
        "måneder" => "mdr.",
        unit => unit,
    };
    let rows = (0..table.rows().len()).map(|row| {
        let mut label = read.words(row, 0);
        if let Some(horizon) = read.step(row, "horizon") {
            label = format!("{label}, {horizon}\u{a0}{unit}");
        }
        DotRow {
            label,
            value: read.number(row, "share_percent") / 100.0,
            low: read.number(row, "low") / 100.0,
            high: read.number(row, "high") / 100.0,
            text: match read.number(row, "n") {
                n if n.is_finite() => style.lang.count(n as u64),
                _ => lang.pick("tilbageholdt", "withheld").to_owned(),
            },
            emphasised: read.code(row, 0) == ALL,
            ..DotRow::default()
        }
    });
    let decimals = table
        .columns()
        .iter()
        .find(|c| c.name == "share_percent")
        .map_or(0, |c| c.kind.decimals());
    DotChart {
        caption: caption(table, lang),
        measure: Measure::Percent { decimals },
        text_title: lang.pick("Personer", "People").into(),
        rows: rows.collect(),
        ..DotChart::default()
    }
    .svg(style)
}

/// A curve in its steps, a line to each outcome.
fn steps(
    table: &ReleasedTable,
    lang: Lang,
    style: &Style,
) -> std::result::Result<String, crate::chart::ChartError> {
    let read = Read { table, lang };
    let mut curves: Vec<(String, Curve)> = Vec::new();
    let mut last = 0.0_f64;
    for row in 0..table.rows().len() {
        let (code, Some(month)) = (read.code(row, 0), read.step(row, "months")) else {
            continue;
        };
        if curves.last().is_none_or(|(c, _)| c != code) {
            let curve = Curve {
                label: read.words(row, 0),
                ..Curve::default()
            };
            curves.push((code.to_owned(), curve));
        }
        let first = curves.len() == 1;
        let Some((_, curve)) = curves.last_mut() else {
            continue;
        };
        let share = read.number(row, "estimate_percent") / 100.0;
        let month = month as f64;
        last = last.max(month);
        if curve.points.is_empty() && month > 0.0 {
            curve.points.push(CurvePoint {
                month: 0.0,
                share: 0.0,
                low: f64::NAN,
                high: f64::NAN,
            });
        }
        // One interval is seen; four would be mud. The table has them all.
        let limit = |column: &str| match read.number(row, column) {
            limit if !first => limit * f64::NAN,
            limit if limit.is_nan() => share,
            limit => limit / 100.0,
        };
        curve.points.push(CurvePoint {
            month,
            share,
            low: limit("low"),
            high: limit("high"),
        });
        let n = read.number(row, "n_risk");
        if first && n.is_finite() {
            curve.at_risk.push((month, n as u64));
        }
    }
    // Each line goes on level from its last step to the end.
    for (_, curve) in &mut curves {
        if let Some(end) = curve.points.last().copied().filter(|p| p.month < last) {
            curve.points.push(CurvePoint { month: last, ..end });
        }
    }
    CurveChart {
        caption: caption(table, lang),
        x_title: lang
            .pick("Måneder fra tidspunkt nul", "Months from time zero")
            .into(),
        last_month: Some(last),
        step: true,
        curves: curves.into_iter().map(|(_, curve)| curve).collect(),
    }
    .svg(style)
}

/// Means by period, the shown categories stacked.
fn costs(
    table: &ReleasedTable,
    lang: Lang,
    style: &Style,
) -> std::result::Result<String, crate::chart::ChartError> {
    let read = Read { table, lang };
    let mut categories: Vec<(String, String)> = Vec::new();
    let mut periods: Vec<(i64, CostPeriod)> = Vec::new();
    let of_all = (0..table.rows().len()).filter(|&row| read.code(row, 0) == ALL);
    for row in of_all {
        let (code, Some(period)) = (read.code(row, 1), read.step(row, "period")) else {
            continue;
        };
        let at = periods.iter().position(|(p, _)| *p == period);
        let at = at.unwrap_or_else(|| {
            let n = read.number(row, "n");
            let bar = CostPeriod {
                label: style.lang.number(period as f64, 0),
                emphasised: period == 0,
                people: n.is_finite().then_some(n as u64),
                ..CostPeriod::default()
            };
            periods.push((period, bar));
            periods.len() - 1
        });
        let mean = read.number(row, "mean_per_person");
        if code == ALL {
            periods[at].1.total = mean.is_finite().then_some(mean);
            continue;
        }
        let category = categories.iter().position(|(c, _)| c == code);
        let category = category.unwrap_or_else(|| {
            categories.push((code.to_owned(), read.words(row, 1)));
            categories.len() - 1
        });
        let amounts = &mut periods[at].1.amounts;
        amounts.resize(amounts.len().max(category + 1), f64::NAN);
        amounts[category] = mean;
    }
    let mut caption = caption(table, lang);
    if table.withheld() > 0 {
        caption = caption.note(lang.pick(
            "Tilbageholdte kategorier er ikke tegnet.",
            "Withheld categories are not drawn.",
        ));
    }
    CostBars {
        caption,
        unit: lang.pick("kr. pr. person", "kroner a person").into(),
        x_title: words::capital(&read.title("period")),
        categories: categories
            .into_iter()
            .map(|(_, label)| CostCategory {
                label,
                colour: None,
            })
            .collect(),
        periods: periods.into_iter().map(|(_, period)| period).collect(),
    }
    .svg(style)
}

fn caption(table: &ReleasedTable, lang: Lang) -> Caption {
    (table.notes(lang)).fold(Caption::new(table.title(lang)), |caption, note| {
        caption.note(note)
    })
}

/// Reads a released table cell by cell.
struct Read<'a> {
    table: &'a ReleasedTable,
    lang: Lang,
}

impl Read<'_> {
    fn cell(&self, row: usize, column: &str) -> Option<&Cell> {
        self.table.rows().get(row)?.get(self.table.column(column)?)
    }

    /// A shown number; NaN where it is withheld.
    fn number(&self, row: usize, column: &str) -> f64 {
        match self.cell(row, column) {
            Some(Cell::Number(n)) => *n,
            _ => f64::NAN,
        }
    }

    /// What a column is called, in small letters.
    fn title(&self, column: &str) -> String {
        let at = self.table.column(column);
        let title = at.map(|at| &self.table.columns()[at].title);
        title.map_or_else(String::new, |title| {
            self.lang.pick(&title[0], &title[1]).to_lowercase()
        })
    }

    fn step(&self, row: usize, column: &str) -> Option<i64> {
        match self.cell(row, column) {
            Some(Cell::Step(n)) => Some(*n),
            _ => None,
        }
    }

    fn code(&self, row: usize, at: usize) -> &str {
        match self.table.rows().get(row).and_then(|row| row.get(at)) {
            Some(Cell::Key(code, _)) => code,
            _ => "",
        }
    }

    fn words(&self, row: usize, at: usize) -> String {
        match self.table.rows().get(row).and_then(|row| row.get(at)) {
            Some(Cell::Key(_, text)) => words::capital(self.lang.pick(&text[0], &text[1])),
            _ => String::new(),
        }
    }
}
