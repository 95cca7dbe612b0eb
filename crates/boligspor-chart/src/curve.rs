//! Retention curves: the share still retained by months since time zero.
//!
//! The one picture everyone asks for, so it carries what a careful reader
//! wants beside the line: the interval as a band, the value with its interval
//! at each horizon, and how many people the curve rests on at each tick. Each
//! line is named where it ends.
//!
//! Several lines leave no room for that much text among them. Then the values
//! move to a table under the axis, and from three lines on the bands, which
//! would mix to mud, become whiskers at the horizons.

use crate::axis::{self, COUNT_LINE, Scale};
use crate::canvas::{self, Anchor, Canvas, Point, Type};
use crate::frame::{Frame, nothing_to_show};
use crate::labels::{Area, Placer, spread};
use crate::text::shorten;
use crate::{Caption, ChartError, Colour, Style};

/// Shares of people over months, one line to a stratum.
///
/// ```
/// use boligspor_chart::{Caption, Curve, CurveChart, CurvePoint, Lang, Style};
///
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let point = |month, share: f64| CurvePoint { month, share, low: share - 0.04, high: share + 0.03 };
/// let svg = CurveChart {
///     caption: Caption::new("Still housed").note("Housed: any dwelling."),
///     x_title: "Months since placement".into(),
///     curves: vec![Curve {
///         label: "All".into(),
///         points: vec![point(0.0, 1.0), point(12.0, 0.91), point(24.0, 0.85), point(36.0, 0.8)],
///         markers: vec![point(36.0, 0.8)],
///         at_risk: vec![(0.0, 498), (12.0, 450), (24.0, 410), (36.0, 371)],
///         colour: None,
///     }],
///     ..CurveChart::default()
/// }
/// .svg(&Style::new(Lang::En))?;
/// assert!(svg.contains("36 mo.: 80%"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CurveChart {
    /// Title, subtitle and the definition beneath.
    pub caption: Caption,
    /// What the months are counted from.
    pub x_title: String,
    /// Last month on the axis; when `None`, the last of the data.
    pub last_month: Option<f64>,
    /// Whether the share stays level until the next point (as a Kaplan–Meier
    /// curve does) or changes in a straight line.
    pub step: bool,
    /// The lines, first drawn first.
    pub curves: Vec<Curve>,
}

/// One line of a [`CurveChart`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    /// The stratum's name; may be empty when there is only one line.
    pub label: String,
    /// Points by rising month. A share that is not finite breaks the line.
    pub points: Vec<CurvePoint>,
    /// Horizons at which the value is written out; empty for none.
    pub markers: Vec<CurvePoint>,
    /// Number at risk, by month; shown under those ticks that it has.
    pub at_risk: Vec<(f64, u64)>,
    /// The colour, or the palette's next.
    pub colour: Option<Colour>,
}

/// A share and its interval at a month, all three as proportions from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CurvePoint {
    /// Months since time zero.
    pub month: f64,
    /// The share retained.
    pub share: f64,
    /// Lower end of its interval; not finite for none.
    pub low: f64,
    /// Upper end of its interval; not finite for none.
    pub high: f64,
}

const PLOT_HEIGHT: f64 = 270.0;
const END_LABEL_GAP: f64 = 14.5;
/// Least room between the plot and the names at its right, in pixels.
const NAMES_GAP: f64 = 22.0;
const MARKER_SIZE: f64 = 3.4;

impl CurveChart {
    /// Draws the chart.
    ///
    /// # Errors
    ///
    /// [`ChartError::Width`] if the style leaves no room.
    pub fn svg(&self, style: &Style) -> Result<String, ChartError> {
        style.checked()?;
        let months = self.curves.iter().flat_map(|curve| &curve.points);
        let Some((_, last)) = axis::extent(
            months
                .filter(|point| point.share.is_finite())
                .map(|point| point.month),
        ) else {
            return nothing_to_show(style, &self.caption);
        };
        let last = self
            .last_month
            .filter(|month| month.is_finite() && *month > 0.0)
            .unwrap_or(last)
            .max(0.0);
        let layout = Layout::new(self, style, last);
        canvas::draw(style, layout.height(), &self.caption, |canvas| {
            layout.frame.draw(canvas, style, layout.bottom)?;
            self.axes(canvas, style, &layout)?;
            let lines = self
                .curves
                .iter()
                .map(|curve| layout.pieces(&curve.points, self.step, last))
                .collect::<Vec<_>>();
            let with_interval = |curve: &&Curve| {
                let points = &curve.points;
                points
                    .iter()
                    .any(|p| p.low.is_finite() && p.high.is_finite())
            };
            let banded = self.curves.iter().filter(with_interval).count() <= MOST_BANDS;
            for (i, pieces) in lines.iter().enumerate() {
                for piece in pieces.iter().filter(|_| banded) {
                    canvas.shape(&piece.band, self.colour(style, i), 0.15)?;
                }
            }
            for (i, pieces) in lines.iter().enumerate() {
                for piece in pieces {
                    canvas.line(&piece.line, self.colour(style, i), 2.2)?;
                    if let [only] = piece.line[..] {
                        canvas.dot(only, MARKER_SIZE, self.colour(style, i))?;
                    }
                }
            }
            if let [pieces] = &lines[..] {
                self.written_markers(canvas, style, &layout, pieces)?;
            } else {
                self.plain_markers(canvas, style, &layout)?;
            }
            self.end_labels(canvas, style, &layout, &lines)?;
            self.tables(canvas, style, &layout)
        })
    }

    fn colour(&self, style: &Style, index: usize) -> Colour {
        self.curves[index]
            .colour
            .unwrap_or_else(|| style.series(index))
    }

    fn axes(&self, canvas: &Canvas<'_>, style: &Style, layout: &Layout) -> Result<(), ChartError> {
        let levels = LEVELS.map(|share| (share, style.lang.percent(share, 0)));
        let span = layout.x.span();
        axis::level_axis(canvas, style, &layout.y, &levels, span)?;
        let ticks = layout
            .ticks
            .iter()
            .map(|&month| (month, style.lang.number(month, 0)));
        let ticks = ticks.collect::<Vec<_>>();
        axis::foot_axis(
            canvas,
            style,
            &layout.x,
            &ticks,
            layout.y.at(0.0),
            &self.x_title,
        )?;
        Ok(())
    }

    /// One line: its horizons marked and written out beside it.
    fn written_markers(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
        pieces: &[Piece],
    ) -> Result<(), ChartError> {
        let mut placer = Placer::new(Area {
            left: layout.x.span().0,
            top: layout.frame.top(),
            right: style.width - Style::MARGIN,
            bottom: layout.y.at(0.0),
        });
        for piece in pieces {
            placer.take_line(&piece.line, 3.0);
            placer.take_line(&piece.band, 2.0);
        }
        let colour = self.colour(style, 0);
        for marker in layout.marked(&self.curves[0]) {
            let at = layout.point(marker.month, marker.share);
            canvas.line(&[at, (at.0, layout.y.at(0.0))], style.axis, 0.7)?;
            canvas.dot(at, MARKER_SIZE, colour)?;
            let value = style.lang.percent(marker.share, 0);
            let month = style.lang.number(marker.month, 0);
            let dated = format!("{month} {}: {value}", style.lang.pick("mdr.", "mo."));
            let strong = Type::new(Style::LABEL, colour.for_text()).bold().halo();
            let weak = Type::new(Style::SMALL, colour.for_text()).halo();
            let mut choices = vec![vec![(dated, strong)], vec![(value, strong)]];
            if let Some(interval) = interval(style, marker) {
                for choice in &mut choices {
                    choice.push((format!("({interval})"), weak));
                }
            }
            let reach = (layout.y.at(marker.high), layout.y.at(marker.low));
            write_near(canvas, &mut placer, at, reach, &choices)?;
        }
        Ok(())
    }

    /// Several lines: their horizons marked, side by side where they meet.
    fn plain_markers(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
    ) -> Result<(), ChartError> {
        let whiskers = self.curves.len() > MOST_BANDS;
        let apart = DODGE.min(24.0 / self.curves.len() as f64);
        let first = (self.curves.len() - 1) as f64 / -2.0;
        for (i, curve) in self.curves.iter().enumerate() {
            let colour = self.colour(style, i);
            let aside = if whiskers {
                (first + i as f64) * apart
            } else {
                0.0
            };
            for marker in layout.marked(curve) {
                let (x, y) = layout.point(marker.month, marker.share);
                let x = x + aside;
                if whiskers && marker.low.is_finite() && marker.high.is_finite() {
                    let ends = [(x, layout.y.at(marker.low)), (x, layout.y.at(marker.high))];
                    canvas.line(&ends, colour, 1.3)?;
                }
                canvas.dot((x, y), MARKER_SIZE, colour)?;
            }
        }
        Ok(())
    }

    fn end_labels(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
        lines: &[Vec<Piece>],
    ) -> Result<(), ChartError> {
        let ends = lines
            .iter()
            .enumerate()
            .filter(|(i, _)| !self.curves[*i].label.is_empty())
            .filter_map(|(i, pieces)| Some((i, *pieces.last()?.line.last()?)))
            .take(MOST_NAMES)
            .collect::<Vec<_>>();
        let wanted = ends.iter().map(|(_, at)| at.1 + 4.0).collect::<Vec<_>>();
        let (foot, head) = (layout.y.at(0.0), layout.y.at(1.0));
        let placed = spread(&wanted, END_LABEL_GAP, head, foot);
        let edge = layout.names_at;
        let room = style.width - Style::MARGIN - edge;
        for (&(i, at), y) in ends.iter().zip(placed) {
            let colour = self.colour(style, i);
            if (y - 4.0 - at.1).abs() > 2.0 || layout.x.span().1 - at.0 > 1.0 {
                let from = (at.0 + 3.0, at.1);
                canvas.line(
                    &[from, (edge - 4.0, y - 4.0)],
                    colour.towards(Colour::WHITE, 0.5),
                    0.8,
                )?;
            }
            let set = Type::new(Style::LABEL, colour.for_text()).bold();
            let text = shorten(&self.curves[i].label, set.size, set.weight, room);
            canvas.text(&text, (edge, y), set)?;
        }
        Ok(())
    }

    /// Under the axis: the values at the horizons, and the numbers at risk.
    fn tables(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
    ) -> Result<(), ChartError> {
        let mut y = layout.tables_top;
        for table in &layout.tables {
            y += COUNT_LINE;
            let set = Type::new(Style::SMALL, style.muted);
            canvas.text(table.title, (Style::MARGIN, y - 4.0), set)?;
            for row in &table.rows {
                y += COUNT_LINE;
                let (name, colour) = if self.curves.len() == 1 {
                    ("", style.ink)
                } else {
                    let colour = self.colour(style, row.curve).for_text();
                    (self.curves[row.curve].label.as_str(), colour)
                };
                let at = (layout.names_at, y - 4.0);
                axis::counts(canvas, style, &row.cells, (name, at), colour)?;
            }
            y += BETWEEN_TABLES;
        }
        Ok(())
    }

    /// The numbers at risk, under the ticks that have one.
    fn risk_table(&self, style: &Style, x: &Scale, ticks: &[f64]) -> Option<Table> {
        let row = |(curve, of): (usize, &Curve)| {
            let cell = |&tick: &f64| {
                let found = of
                    .at_risk
                    .iter()
                    .find(|(month, _)| (month - tick).abs() < 1e-6)?;
                Some((x.at(tick), style.lang.count(found.1)))
            };
            let cells = ticks.iter().filter_map(cell).collect::<Vec<_>>();
            (!cells.is_empty()).then_some(Row { curve, cells })
        };
        let rows = self
            .curves
            .iter()
            .enumerate()
            .filter_map(row)
            .take(MOST_ROWS)
            .collect();
        Table::new(style.lang.pick("Antal i risiko", "Number at risk"), rows)
    }

    /// The shares at the horizons of several lines, with intervals if they fit.
    fn share_table(&self, style: &Style, layout: &Layout) -> Option<Table> {
        if self.curves.len() < 2 {
            return None;
        }
        let set = Type::new(Style::SMALL, style.ink);
        let rows = |with_interval: bool| {
            let row = |(curve, of): (usize, &Curve)| {
                let cell = |marker: &CurvePoint| {
                    let share = style.lang.percent(marker.share, 0);
                    let text = match interval(style, marker) {
                        Some(interval) if with_interval => format!("{share} ({interval})"),
                        _ => share,
                    };
                    (layout.x.at(marker.month), text)
                };
                let cells = layout.marked(of).map(cell).collect::<Vec<_>>();
                (!cells.is_empty()).then_some(Row { curve, cells })
            };
            let rows = self.curves.iter().enumerate().filter_map(row);
            rows.take(MOST_ROWS).collect::<Vec<_>>()
        };
        let edges = |(x, text): &(f64, String)| {
            let half = set.width(text) / 2.0;
            (x - half, x + half)
        };
        let fits = |rows: &Vec<Row>| {
            rows.iter().all(|Row { cells, .. }| {
                let apart = |pair: &[(f64, String)]| edges(&pair[0]).1 + 6.0 < edges(&pair[1]).0;
                let inside = |cell| edges(cell).1 + 6.0 < layout.names_at;
                cells.windows(2).all(apart) && cells.last().is_none_or(inside)
            })
        };
        let chosen = [true, false].map(rows).into_iter().find(fits)?;
        let title = style
            .lang
            .pick("Andel (95 %-interval)", "Share (95% interval)");
        Table::new(title, chosen)
    }
}

/// Shares that get a grid line.
const LEVELS: [f64; 6] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
/// More strata than this make a table that is no longer read under a chart.
const MOST_ROWS: usize = 12;
/// Bands of more lines than this overlap beyond telling apart.
const MOST_BANDS: usize = 2;
/// As many names as stand below each other beside the plot; a caller with
/// more puts first those that matter.
const MOST_NAMES: usize = 18;
/// How far apart whiskers at the same horizon stand, in pixels.
const DODGE: f64 = 5.0;
const BETWEEN_TABLES: f64 = 7.0;

/// Lines of text under the axis, each entry under its month.
struct Table {
    title: &'static str,
    rows: Vec<Row>,
}

/// A line of a [`Table`]: which curve it is about, and text by position.
struct Row {
    curve: usize,
    cells: Vec<(f64, String)>,
}

impl Table {
    fn new(title: &'static str, rows: Vec<Row>) -> Option<Self> {
        (!rows.is_empty()).then_some(Self { title, rows })
    }

    fn height(&self) -> f64 {
        (self.rows.len() + 1) as f64 * COUNT_LINE
    }
}

/// A point's interval in whole per cent, if it has one.
fn interval(style: &Style, point: &CurvePoint) -> Option<String> {
    (point.low.is_finite() && point.high.is_finite()).then(|| {
        style
            .lang
            .interval(point.low * 100.0, point.high * 100.0, 0)
    })
}

/// A stretch of a curve without gaps.
struct Piece {
    line: Vec<Point>,
    band: Vec<Point>,
}

struct Layout {
    frame: Frame,
    x: Scale,
    y: Scale,
    ticks: Vec<f64>,
    /// Where names at the right begin, in pixels.
    names_at: f64,
    tables: Vec<Table>,
    tables_top: f64,
    bottom: f64,
}

impl Layout {
    fn new(chart: &CurveChart, style: &Style, last: f64) -> Self {
        let frame = Frame::new(style, &chart.caption);
        let small = Type::new(Style::SMALL, style.muted);
        let label = Type::new(Style::LABEL, style.ink).bold();
        let names = chart.curves.iter().map(|curve| label.width(&curve.label));
        let names_room = names.fold(0.0, f64::max).min(style.width * 0.26);
        // The last count is centred on the plot's edge and reaches past it.
        let at_risk = chart.curves.iter().flat_map(|curve| &curve.at_risk);
        let counts = at_risk.map(|(_, n)| small.width(&style.lang.count(*n)) / 2.0);
        let beyond = counts.fold(0.0, f64::max);
        let names_gap = if names_room > 0.0 {
            NAMES_GAP.max(beyond + 8.0)
        } else {
            beyond.max(10.0)
        };
        let left = Style::MARGIN + small.width(&style.lang.percent(1.0, 0)) + 8.0;
        let right = style.width - Style::MARGIN - names_gap - names_room;
        // One line carries its labels above the band; leave them air.
        let head = if chart.curves.len() == 1 { 26.0 } else { 8.0 };
        let top = frame.top() + head;
        let foot = top + PLOT_HEIGHT;
        let ticks = axis::month_ticks(last, right - left, 46.0);
        let tables_top = foot + axis::foot_height(&chart.x_title) + 2.0;
        let mut layout = Self {
            frame,
            x: Scale::new((0.0, last.max(1e-9)), left, right),
            y: Scale::new((0.0, 1.0), foot, top),
            ticks,
            names_at: right + names_gap,
            tables: Vec::new(),
            tables_top,
            bottom: 0.0,
        };
        let shares = chart.share_table(style, &layout);
        let risks = chart.risk_table(style, &layout.x, &layout.ticks);
        layout.tables = shares.into_iter().chain(risks).collect();
        let heights = layout.tables.iter().map(Table::height).sum::<f64>();
        let between = layout.tables.len().saturating_sub(1) as f64 * BETWEEN_TABLES;
        layout.bottom = tables_top + heights + between;
        layout
    }

    /// The markers that lie on the axis and have a value.
    fn marked<'c>(&self, curve: &'c Curve) -> impl Iterator<Item = &'c CurvePoint> + use<'c> {
        let last = self.x.domain().1;
        curve
            .markers
            .iter()
            .filter(move |marker| marker.share.is_finite() && (0.0..=last).contains(&marker.month))
    }

    fn height(&self) -> f64 {
        self.frame.height(self.bottom)
    }

    fn point(&self, month: f64, share: f64) -> Point {
        (self.x.at(month), self.y.at(share))
    }

    /// The curve in stretches without gaps, as pixels.
    fn pieces(&self, points: &[CurvePoint], step: bool, last: f64) -> Vec<Piece> {
        let usable = |point: &CurvePoint| {
            point.share.is_finite() && point.month.is_finite() && point.month <= last
        };
        points
            .split(|point| !usable(point))
            .filter(|run| !run.is_empty())
            .map(|run| {
                let trace = |value: fn(&CurvePoint) -> f64| {
                    let mut traced: Vec<Point> = Vec::with_capacity(run.len() * 2);
                    for point in run {
                        let at = self.point(point.month, value(point));
                        if let (true, Some(&before)) = (step, traced.last()) {
                            traced.push((at.0, before.1));
                        }
                        traced.push(at);
                    }
                    traced
                };
                let banded = run
                    .iter()
                    .all(|point| point.low.is_finite() && point.high.is_finite());
                let band = if banded {
                    let low = trace(|point| point.low);
                    let high = trace(|point| point.high);
                    high.into_iter().chain(low.into_iter().rev()).collect()
                } else {
                    Vec::new()
                };
                Piece {
                    line: trace(|point| point.share),
                    band,
                }
            })
            .collect()
    }
}

/// Writes the first of several labels (each a few lines) that finds room above
/// or below a point; with no room, none, for the values are in the table too.
fn write_near(
    canvas: &Canvas<'_>,
    placer: &mut Placer,
    at: Point,
    (top, bottom): (f64, f64),
    choices: &[Vec<(String, Type)>],
) -> Result<(), ChartError> {
    const LINE: f64 = 14.0;
    for lines in choices {
        let width = lines
            .iter()
            .map(|(text, set)| set.width(text))
            .fold(0.0, f64::max);
        let height = lines.len() as f64 * LINE;
        let above = if top.is_finite() { top.min(at.1) } else { at.1 } - 7.0;
        let below = if bottom.is_finite() {
            bottom.max(at.1)
        } else {
            at.1
        } + 7.0;
        let spots = [
            (Anchor::Start, at.0 + 1.0, above - height),
            (Anchor::Middle, at.0, above - height),
            (Anchor::End, at.0 + 4.0, above - height),
            (Anchor::Start, at.0 + 6.0, below),
            (Anchor::End, at.0 - 6.0, below),
        ];
        let areas = spots.map(|(anchor, x, y)| {
            let left = match anchor {
                Anchor::Start => x,
                Anchor::Middle => x - width / 2.0,
                Anchor::End => x - width,
            };
            Area {
                left,
                top: y,
                right: left + width,
                bottom: y + height,
            }
        });
        if let Some(found) = placer.place(&areas) {
            let (anchor, x, y) = spots[found];
            for (i, (text, set)) in lines.iter().enumerate() {
                let base = y + (i + 1) as f64 * LINE - 3.5;
                canvas.text(text, (x, base), set.anchor(anchor))?;
            }
            return Ok(());
        }
    }
    Ok(())
}
