//! Lines over years: counts per 1,000 inhabitants, shares by cohort.
//!
//! Point-in-time counts are taken every other year, and once three years
//! apart, so the axis is marked in the years that were counted and each count
//! is a dot: a smooth line would claim years nobody looked at.

use crate::axis::{self, Scale};
use crate::canvas::{self, Canvas, Point, Type};
use crate::dots::Measure;
use crate::frame::{Frame, nothing_to_show};
use crate::labels::spread;
use crate::text::shorten;
use crate::{Caption, ChartError, Colour, Style};

/// Values by year, one line to a series.
///
/// ```
/// use boligspor_chart::{Caption, Lang, Measure, Style, TrendChart, TrendLine, TrendPoint};
///
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let point = |year, value: f64| TrendPoint { year, value, low: value * 0.9, high: value * 1.1 };
/// let svg = TrendChart {
///     caption: Caption::new("Fewer are homeless"),
///     unit: "per 1,000 inhabitants".into(),
///     measure: Measure::Number { decimals: 2 },
///     lines: vec![TrendLine {
///         label: "Odense".into(),
///         points: vec![point(2019, 0.61), point(2022, 0.57)],
///         ..TrendLine::default()
///     }],
///     ..TrendChart::default()
/// }
/// .svg(&Style::new(Lang::En))?;
/// assert!(svg.contains("0.57"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrendChart {
    /// Title, subtitle and the definition beneath.
    pub caption: Caption,
    /// The unit, written over the axis.
    pub unit: String,
    /// How values are written.
    pub measure: Measure,
    /// The lines, first drawn first.
    pub lines: Vec<TrendLine>,
    /// Whether the axis may begin above zero; rates and counts should not.
    pub free_base: bool,
}

/// One line of a [`TrendChart`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrendLine {
    /// The series' name, written where it ends.
    pub label: String,
    /// Values by rising year. A value that is not finite breaks the line.
    pub points: Vec<TrendPoint>,
    /// The colour, or the palette's next.
    pub colour: Option<Colour>,
    /// Whether the line is only there to compare with: thin and grey.
    pub muted: bool,
}

/// A value in a year.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TrendPoint {
    /// The calendar year.
    pub year: i32,
    /// The value.
    pub value: f64,
    /// Lower end of its interval; not finite for none.
    pub low: f64,
    /// Upper end of its interval; not finite for none.
    pub high: f64,
}

const PLOT_HEIGHT: f64 = 270.0;
const NAMES_GAP: f64 = 16.0;
const NAME_LINE: f64 = 15.0;
/// Beyond as many names the lines' ends cannot be told apart; a caller with
/// more puts first those that matter.
const MOST_NAMES: usize = 18;
/// Bands of more lines than this overlap beyond telling apart.
const MOST_BANDS: usize = 2;

impl TrendChart {
    /// Draws the chart.
    ///
    /// # Errors
    ///
    /// [`ChartError::Width`] if the style leaves no room.
    pub fn svg(&self, style: &Style) -> Result<String, ChartError> {
        style.checked()?;
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let mut years = points()
            .filter(|point| point.value.is_finite())
            .map(|point| point.year)
            .collect::<Vec<_>>();
        years.sort_unstable();
        years.dedup();
        let values = points().flat_map(|point| [point.value, point.low, point.high]);
        let (false, Some((low, high))) = (years.is_empty(), axis::extent(values)) else {
            return nothing_to_show(style, &self.caption);
        };
        let base = if self.free_base { low } else { low.min(0.0) };
        let high = if base < high { high } else { base + 1.0 };
        let levels = axis::round_ticks(base, high, 7);
        let layout = Layout::new(self, style, &years, &levels);
        canvas::draw(
            style,
            layout.frame.height(layout.bottom),
            &self.caption,
            |canvas| {
                layout.frame.draw(canvas, style, layout.bottom)?;
                let set = Type::new(Style::SMALL, style.muted);
                canvas.text(&self.unit, (Style::MARGIN, layout.frame.top() + 8.0), set)?;
                let marks = self.measure.ticks(style.lang, &levels);
                axis::level_axis(canvas, style, &layout.y, &marks, layout.x.span())?;
                let ticks = layout
                    .ticks
                    .iter()
                    .map(|year| (f64::from(*year), year.to_string()));
                let ticks = ticks.collect::<Vec<_>>();
                axis::foot_axis(canvas, style, &layout.x, &ticks, layout.y.span().0, "")?;
                self.intervals(canvas, style, &layout)?;
                // Lines to compare with lie under those compared.
                for muted in [true, false] {
                    for i in 0..self.lines.len() {
                        if self.lines[i].muted == muted {
                            self.line(canvas, style, &layout, i)?;
                        }
                    }
                }
                self.names(canvas, style, &layout)
            },
        )
    }

    fn colour(&self, style: &Style, index: usize) -> Colour {
        let line = &self.lines[index];
        if line.muted {
            return line.colour.unwrap_or(Colour::GREY);
        }
        let before = self.lines[..index]
            .iter()
            .filter(|line| !line.muted)
            .count();
        line.colour.unwrap_or_else(|| style.series(before))
    }

    fn intervals(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
    ) -> Result<(), ChartError> {
        let plain = self.lines.iter().filter(|line| !line.muted).count();
        for (i, line) in self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.muted)
        {
            let colour = self.colour(style, i);
            for run in runs(&line.points, |point| {
                point.value.is_finite() && point.low.is_finite() && point.high.is_finite()
            }) {
                let edge = |value: fn(&TrendPoint) -> f64| {
                    run.iter()
                        .map(move |point| layout.point(point.year, value(point)))
                };
                if plain <= MOST_BANDS && run.len() > 1 {
                    let lower = edge(|point| point.low).collect::<Vec<_>>();
                    let outline = edge(|point| point.high).chain(lower.into_iter().rev());
                    canvas.shape(&outline.collect::<Vec<_>>(), colour, 0.14)?;
                } else {
                    for (low, high) in edge(|point| point.low).zip(edge(|point| point.high)) {
                        canvas.line(&[low, high], colour, 1.2)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn line(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
        index: usize,
    ) -> Result<(), ChartError> {
        let line = &self.lines[index];
        let colour = self.colour(style, index);
        for run in runs(&line.points, |point| point.value.is_finite()) {
            let at = run
                .iter()
                .map(|point| layout.point(point.year, point.value));
            let at = at.collect::<Vec<_>>();
            canvas.line(&at, colour, if line.muted { 1.4 } else { 2.2 })?;
            for point in at {
                if line.muted {
                    canvas.disc(point, 1.8, colour)?;
                } else {
                    canvas.dot(point, 3.2, colour)?;
                }
            }
        }
        Ok(())
    }

    /// Each line's name and last value, where it ends.
    fn names(&self, canvas: &Canvas<'_>, style: &Style, layout: &Layout) -> Result<(), ChartError> {
        let last = |line: &TrendLine| {
            line.points
                .iter()
                .rev()
                .find(|point| point.value.is_finite())
                .copied()
        };
        let ends = self
            .lines
            .iter()
            .enumerate()
            .filter_map(|(i, line)| Some((i, last(line)?)))
            .take(MOST_NAMES)
            .collect::<Vec<_>>();
        let at = |point: &TrendPoint| layout.point(point.year, point.value);
        let wanted = ends
            .iter()
            .map(|(_, end)| at(end).1 + 4.0)
            .collect::<Vec<_>>();
        let (foot, top) = layout.y.span();
        let placed = spread(&wanted, NAME_LINE, top, foot);
        let x = layout.x.span().1 + NAMES_GAP;
        for (&(i, end), y) in ends.iter().zip(placed) {
            let (line, from) = (&self.lines[i], at(&end));
            let colour = self.colour(style, i);
            if (y - 4.0 - from.1).abs() > 2.0 || x - from.0 > NAMES_GAP + 1.0 {
                let leader = [(from.0 + 5.0, from.1), (x - 4.0, y - 4.0)];
                canvas.line(&leader, colour.towards(Colour::WHITE, 0.5), 0.8)?;
            }
            let light = Type::new(Style::LABEL, colour.for_text());
            let set = if line.muted { light } else { light.bold() };
            let value = self.measure.text(style.lang, end.value);
            let room = style.width - Style::MARGIN - x - light.width(&value) - 8.0;
            let name = shorten(&line.label, set.size, set.weight, room);
            canvas.text(&name, (x, y), set)?;
            let after = if name.is_empty() {
                0.0
            } else {
                set.width(&name) + 8.0
            };
            canvas.text(&value, (x + after, y), light)?;
        }
        Ok(())
    }
}

/// The points in stretches that all satisfy `usable`.
fn runs(
    points: &[TrendPoint],
    usable: fn(&TrendPoint) -> bool,
) -> impl Iterator<Item = &[TrendPoint]> {
    points
        .split(move |point| !usable(point))
        .filter(|run| !run.is_empty())
}

struct Layout {
    frame: Frame,
    x: Scale,
    y: Scale,
    ticks: Vec<i32>,
    bottom: f64,
}

impl Layout {
    fn new(chart: &TrendChart, style: &Style, years: &[i32], levels: &[f64]) -> Self {
        let frame = Frame::new(style, &chart.caption);
        let small = Type::new(Style::SMALL, style.muted);
        let strong = Type::new(Style::LABEL, style.ink).bold();
        let marks = chart.measure.ticks(style.lang, levels);
        let widths = marks.iter().map(|(_, text)| small.width(text));
        let left = Style::MARGIN + widths.fold(0.0, f64::max) + 8.0;
        let names = chart.lines.iter().map(|line| {
            let last = line
                .points
                .iter()
                .rev()
                .find(|point| point.value.is_finite());
            let value = last.map_or(0.0, |point| {
                strong.width(&chart.measure.text(style.lang, point.value))
            });
            strong.width(&line.label) + 8.0 + value
        });
        let room = names.fold(0.0, f64::max).min(style.width * 0.32);
        let right = style.width - Style::MARGIN - NAMES_GAP - room;
        let top = frame.top() + if chart.unit.is_empty() { 4.0 } else { 26.0 };
        let foot = top + PLOT_HEIGHT;
        let ends = (years[0], years[years.len() - 1]);
        // Half a dot of air, so that the first dot does not sit on the axis.
        let x = Scale::new((f64::from(ends.0), f64::from(ends.1)), left + 10.0, right);
        let mut ticks: Vec<i32> = Vec::with_capacity(years.len());
        for &year in years.iter().rev() {
            let place = |year: i32| x.at(f64::from(year));
            if ticks
                .last()
                .is_none_or(|&after| place(after) - place(year) >= 32.0)
            {
                ticks.push(year);
            }
        }
        ticks.reverse();
        let domain = (levels[0], levels[levels.len() - 1]);
        Self {
            frame,
            x,
            y: Scale::new(domain, foot, top),
            ticks,
            bottom: foot + axis::foot_height(""),
        }
    }

    fn point(&self, year: i32, value: f64) -> Point {
        (self.x.at(f64::from(year)), self.y.at(value))
    }
}
