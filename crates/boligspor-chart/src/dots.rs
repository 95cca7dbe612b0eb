//! Points with intervals in rows: definitions side by side, or every
//! municipality in order.
//!
//! Two numbers are compared most surely along one scale with their
//! uncertainty. Each row names itself at the left and spells its value out at
//! the right, so that the picture is also the table; up to a hundred rows are
//! drawn, close together, with the axis at the top as well.

use crate::axis::{self, Scale};
use crate::canvas::{self, Anchor, Canvas, Type};
use crate::frame::{Frame, nothing_to_show};
use crate::text::{Weight, shorten, wrap};
use crate::{Caption, ChartError, Colour, Lang, Style};

/// Rows of points with intervals on one scale.
///
/// ```
/// use boligspor_chart::{Caption, DotChart, DotRow, Lang, Measure, Style};
///
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let row = |label: &str, value: f64, text: &str| DotRow {
///     label: label.into(),
///     value,
///     low: value - 0.04,
///     high: value + 0.04,
///     text: text.into(),
///     ..DotRow::default()
/// };
/// let svg = DotChart {
///     caption: Caption::new("The same people, two definitions"),
///     measure: Measure::Percent { decimals: 0 },
///     text_title: "n".into(),
///     rows: vec![row("Any dwelling", 0.8, "498"), row("Allotted dwelling", 0.62, "498")],
///     ..DotChart::default()
/// }
/// .svg(&Style::new(Lang::En))?;
/// assert!(svg.contains("80% (76–84)"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DotChart {
    /// Title, subtitle and the definition beneath.
    pub caption: Caption,
    /// What the scale measures, with its unit.
    pub x_title: String,
    /// How values are written.
    pub measure: Measure,
    /// The rows, from the top.
    pub rows: Vec<DotRow>,
    /// A value to compare with, drawn as a line through all rows.
    pub reference: Option<DotReference>,
    /// What stands over the column of texts at the far right.
    pub text_title: String,
    /// The ends of the scale; when `None`, round numbers around the data.
    pub domain: Option<(f64, f64)>,
}

/// How the values of a chart are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Proportions from 0 to 1, written as per cent.
    Percent {
        /// Number of decimals.
        decimals: usize,
    },
    /// Plain numbers.
    Number {
        /// Number of decimals.
        decimals: usize,
    },
}

impl Default for Measure {
    fn default() -> Self {
        Self::Number { decimals: 1 }
    }
}

impl Measure {
    /// A value as text in `lang`.
    pub(crate) fn text(self, lang: Lang, value: f64) -> String {
        match self {
            Self::Percent { decimals } => lang.percent(value, decimals),
            Self::Number { decimals } => lang.number(value, decimals),
        }
    }

    /// A value with its interval, if it has one, as text in `lang`.
    pub(crate) fn with_interval(self, lang: Lang, value: f64, low: f64, high: f64) -> String {
        let text = self.text(lang, value);
        if !(value.is_finite() && low.is_finite() && high.is_finite()) {
            return text;
        }
        let (scale, decimals) = match self {
            Self::Percent { decimals } => (100.0, decimals),
            Self::Number { decimals } => (1.0, decimals),
        };
        format!(
            "{text} ({})",
            lang.interval(low * scale, high * scale, decimals)
        )
    }

    /// The labels of an axis with these ticks.
    pub(crate) fn ticks(self, lang: Lang, ticks: &[f64]) -> Vec<(f64, String)> {
        let text = |value: f64| match self {
            Self::Percent { .. } => {
                let hundredfold = ticks.iter().map(|tick| tick * 100.0).collect::<Vec<_>>();
                lang.percent(value, axis::decimals(&hundredfold))
            }
            Self::Number { .. } => lang.number(value, axis::decimals(ticks)),
        };
        ticks.iter().map(|&tick| (tick, text(tick))).collect()
    }
}

/// A row of a [`DotChart`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DotRow {
    /// What the row is about.
    pub label: String,
    /// The value; when not finite, the row says that there is none.
    pub value: f64,
    /// Lower end of its interval; not finite for none.
    pub low: f64,
    /// Upper end of its interval; not finite for none.
    pub high: f64,
    /// What stands in the column at the far right, such as the number of
    /// people.
    pub text: String,
    /// Whether the row stands out from the others.
    pub emphasised: bool,
    /// Whether the point is drawn hollow, because it rests on few.
    pub hollow: bool,
}

/// A line through all rows of a [`DotChart`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DotReference {
    /// Where it stands.
    pub value: f64,
    /// Its name, written above it.
    pub label: String,
}

/// From this many rows on, they are drawn close together.
const MANY: usize = 25;
const HEADER: f64 = 22.0;
/// Height of the ticks' labels above many rows, in pixels.
const TICK_LINE: f64 = 16.0;

impl DotChart {
    /// Draws the chart.
    ///
    /// # Errors
    ///
    /// [`ChartError::Width`] if the style leaves no room.
    pub fn svg(&self, style: &Style) -> Result<String, ChartError> {
        style.checked()?;
        if self.rows.is_empty() {
            return nothing_to_show(style, &self.caption);
        }
        let layout = Layout::new(self, style);
        canvas::draw(
            style,
            layout.frame.height(layout.bottom),
            &self.caption,
            |canvas| {
                layout.frame.draw(canvas, style, layout.bottom)?;
                self.grid(canvas, style, &layout)?;
                let muted = self.rows.iter().any(|row| row.emphasised);
                let mut top = layout.top;
                for (row, lines) in self.rows.iter().zip(&layout.labels) {
                    let height = layout.row_height(lines);
                    self.row(
                        canvas,
                        style,
                        &layout,
                        (row, lines),
                        top + height / 2.0,
                        muted,
                    )?;
                    top += height;
                }
                Ok(())
            },
        )
    }

    fn grid(&self, canvas: &Canvas<'_>, style: &Style, layout: &Layout) -> Result<(), ChartError> {
        let (left, right) = layout.x.span();
        for (value, _) in &layout.ticks {
            let x = layout.x.at(*value);
            canvas.line(&[(x, layout.top), (x, layout.foot)], style.grid, 1.0)?;
        }
        axis::foot_axis(
            canvas,
            style,
            &layout.x,
            &layout.ticks,
            layout.foot,
            &self.x_title,
        )?;
        let header = layout.top - 7.0;
        let set = Type::new(Style::SMALL, style.muted);
        if layout.dense() {
            for (value, text) in &layout.ticks {
                canvas.text(
                    text,
                    (layout.x.at(*value), header),
                    set.anchor(Anchor::Middle),
                )?;
            }
        }
        let end = style.width - Style::MARGIN;
        canvas.text(&self.text_title, (end, header), set.anchor(Anchor::End))?;
        let title = style.lang.pick("95 %-interval", "95% interval");
        if layout.values_end - right > set.width(title) {
            canvas.text(title, (layout.values_end, header), set.anchor(Anchor::End))?;
        }
        let domain = layout.x.domain();
        let within = |reference: &&DotReference| (domain.0..=domain.1).contains(&reference.value);
        if let Some(reference) = self.reference.as_ref().filter(within) {
            let x = layout.x.at(reference.value);
            canvas.line(&[(x, layout.top - 3.0), (x, layout.foot)], style.ink, 1.0)?;
            let set = Type::new(Style::SMALL, style.ink);
            let text = shorten(&reference.label, set.size, set.weight, right - left);
            let half = set.width(&text) / 2.0;
            let middle = x.min(right - half).max(left + half);
            let above = if layout.dense() { TICK_LINE } else { 0.0 };
            canvas.text(&text, (middle, header - above), set.anchor(Anchor::Middle))?;
        }
        Ok(())
    }

    fn row(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
        (row, lines): (&DotRow, &[String]),
        y: f64,
        muted: bool,
    ) -> Result<(), ChartError> {
        let colour = if muted && !row.emphasised {
            Colour::rgb(0x7c_86_8d)
        } else {
            style.series(0)
        };
        let text_colour = if muted && !row.emphasised {
            style.muted
        } else {
            style.ink
        };
        let mut set = Type::new(layout.size, text_colour);
        if row.emphasised {
            set = set.bold();
        }
        let first = y - (lines.len() as f64 - 1.0) / 2.0 * layout.line + layout.size * 0.36;
        for (i, line) in lines.iter().enumerate() {
            canvas.text(line, (Style::MARGIN, first + i as f64 * layout.line), set)?;
        }
        let base = y + layout.size * 0.36;
        let value = self
            .measure
            .with_interval(style.lang, row.value, row.low, row.high);
        canvas.text(&value, (layout.values_end, base), set.anchor(Anchor::End))?;
        let end = style.width - Style::MARGIN;
        let text = shorten(&row.text, set.size, set.weight, style.width * 0.2);
        canvas.text(&text, (end, base), set.anchor(Anchor::End))?;
        if !row.value.is_finite() {
            return Ok(());
        }
        let thick = if layout.dense() { 1.4 } else { 2.0 };
        if row.low.is_finite() && row.high.is_finite() {
            let ends = [(layout.x.at(row.low), y), (layout.x.at(row.high), y)];
            canvas.line(&ends, colour, thick)?;
        }
        let at = (layout.x.at(row.value), y);
        let radius = if layout.dense() { 2.8 } else { 4.2 };
        if row.hollow {
            canvas.ring(at, radius, colour)
        } else if layout.dense() {
            canvas.disc(at, radius, colour)
        } else {
            canvas.dot(at, radius, colour)
        }
    }
}

struct Layout {
    frame: Frame,
    x: Scale,
    ticks: Vec<(f64, String)>,
    labels: Vec<Vec<String>>,
    size: f64,
    line: f64,
    padding: f64,
    /// Where the column of values ends, in pixels.
    values_end: f64,
    top: f64,
    foot: f64,
    bottom: f64,
}

impl Layout {
    fn new(chart: &DotChart, style: &Style) -> Self {
        let frame = Frame::new(style, &chart.caption);
        let dense = chart.rows.len() >= MANY;
        let size = if dense { Style::NOTE } else { Style::LABEL };
        let (line, padding) = if dense { (14.0, 0.5) } else { (15.0, 11.0) };
        let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
        // Emphasised rows are set bold, so every text is given bold's room.
        let set = Type::new(size, style.ink).bold();
        let limit = style.width * if dense { 0.24 } else { 0.33 };
        let label = |row: &DotRow| {
            if dense {
                vec![shorten(&row.label, size, Weight::Semibold, limit)]
            } else {
                wrap(&row.label, size, Weight::Semibold, limit)
            }
        };
        let labels = chart.rows.iter().map(label).collect::<Vec<_>>();
        let left_room = widest(&mut labels.iter().flatten().map(|line| set.width(line)));
        let texts = chart
            .rows
            .iter()
            .map(|row| &row.text)
            .chain([&chart.text_title]);
        let text_room = widest(&mut texts.map(|text| set.width(text))).min(style.width * 0.2);
        let values = chart.rows.iter().map(|row| {
            set.width(
                &chart
                    .measure
                    .with_interval(style.lang, row.value, row.low, row.high),
            )
        });
        let value_room = widest(&mut values.into_iter()).min(style.width * 0.3);
        let text_gap = if text_room > 0.0 { 16.0 } else { 0.0 };
        let values_end = style.width - Style::MARGIN - text_room - text_gap;
        let left = Style::MARGIN + left_room + 16.0;
        let right = (values_end - value_room - 16.0).max(left + 60.0);
        let values = chart
            .rows
            .iter()
            .flat_map(|row| [row.value, row.low, row.high])
            .chain(chart.reference.iter().map(|reference| reference.value));
        let (low, high) = axis::extent(values).unwrap_or((0.0, 1.0));
        let most = ((right - left) / 46.0).floor().max(2.0) as usize;
        let ends = chart
            .domain
            .filter(|(a, b)| a.is_finite() && b.is_finite() && a < b);
        let ticks = match ends {
            Some((a, b)) => {
                let mut ticks = axis::round_ticks(a, b, most.max(3));
                ticks.retain(|tick| (a..=b).contains(tick));
                ticks
            }
            None => axis::round_ticks(low, high, most.max(3)),
        };
        let around = axis::extent(ticks.iter().copied()).unwrap_or((0.0, 1.0));
        let domain = ends.unwrap_or(around);
        let named = dense && chart.reference.is_some();
        let top = frame.top() + HEADER + if named { TICK_LINE } else { 0.0 };
        let mut layout = Self {
            frame,
            x: Scale::new(domain, left, right),
            ticks: chart.measure.ticks(style.lang, &ticks),
            labels,
            size,
            line,
            padding,
            values_end,
            top,
            foot: top,
            bottom: top,
        };
        let heights = layout.labels.iter().map(|lines| layout.row_height(lines));
        layout.foot = top + heights.sum::<f64>();
        layout.bottom = layout.foot + axis::foot_height(&chart.x_title);
        layout
    }

    fn dense(&self) -> bool {
        self.labels.len() >= MANY
    }

    fn row_height(&self, lines: &[String]) -> f64 {
        lines.len().max(1) as f64 * self.line + self.padding
    }
}
