//! Funnel plot: each unit's observed over expected, against how much was
//! expected of it.
//!
//! A league table invites the reader to take chance for merit. A funnel shows
//! how far a unit of its size may stray by chance alone (Spiegelhalter, "Funnel
//! plots for comparing institutional performance", *Statistics in Medicine* 24,
//! 2005): only those outside are named, small units are drawn hollow because
//! they can hardly be outside, and the unit the reader belongs to stands out.

use crate::axis::{self, Scale};
use crate::canvas::{self, Canvas, Point, Type};
use crate::frame::{Frame, nothing_to_show};
use crate::labels::{Area, Placer, spread};
use crate::text::shorten;
use crate::{Caption, ChartError, Colour, Style};

/// Ratios of units against their expected counts, with limits.
///
/// ```
/// use boligspor_chart::{Caption, FunnelChart, FunnelLimit, FunnelPoint, Lang, Signal, Style};
///
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let limit = |label: &str, z: f64| FunnelLimit {
///     label: label.into(),
///     points: (1..60).map(f64::from).map(|e| (e, 1.0 - z / e.sqrt(), 1.0 + z / e.sqrt())).collect(),
/// };
/// let svg = FunnelChart {
///     caption: Caption::new("Two municipalities differ by more than chance"),
///     x_title: "Expected to be retained".into(),
///     y_title: "Observed / expected".into(),
///     reference: 1.0,
///     limits: vec![limit("95%", 1.96), limit("99.8%", 3.09)],
///     points: vec![FunnelPoint {
///         label: "M17".into(),
///         expected: 40.0,
///         ratio: 1.6,
///         signal: Signal::Outer,
///         ..FunnelPoint::default()
///     }],
///     ..FunnelChart::default()
/// }
/// .svg(&Style::new(Lang::En))?;
/// assert!(svg.contains("M17"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FunnelChart {
    /// Title, subtitle and the definition beneath.
    pub caption: Caption,
    /// What is expected, and its unit.
    pub x_title: String,
    /// What the ratio is of.
    pub y_title: String,
    /// The ratio at which observed equals expected: 1, or 100 for an index.
    pub reference: f64,
    /// The limits, innermost first: 95 %, then 99.8 %.
    pub limits: Vec<FunnelLimit>,
    /// The units.
    pub points: Vec<FunnelPoint>,
    /// What makes a unit small, said beside a hollow mark; empty to say nothing.
    pub small_label: String,
    /// Whether the axis of expected goes by its square root, which gives the
    /// many small units room beside a few large ones.
    pub root: bool,
}

/// A pair of limit curves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FunnelLimit {
    /// How much of chance lies within: `95 %`.
    pub label: String,
    /// Expected, lower limit and upper limit, by rising expected.
    pub points: Vec<(f64, f64, f64)>,
}

/// One unit of a [`FunnelChart`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FunnelPoint {
    /// The unit's name, shown only when it is outside the limits or the
    /// reader's own.
    pub label: String,
    /// How many were expected.
    pub expected: f64,
    /// Observed over expected.
    pub ratio: f64,
    /// Where the unit lies, by its exact limits: the curve is only drawn at
    /// some points.
    pub signal: Signal,
    /// Whether it is too small to judge; drawn hollow.
    pub small: bool,
    /// Whether it is the reader's own; always named.
    pub own: bool,
}

/// Where a unit lies by the limits of a funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub enum Signal {
    /// Within the first limits.
    #[default]
    Within,
    /// Outside the first limits (95 %) and within the second.
    Inner,
    /// Outside the second limits (99.8 %).
    Outer,
}

const PLOT_HEIGHT: f64 = 330.0;
const NAMES_GAP: f64 = 8.0;
const RADIUS: f64 = 3.6;
const KEY_LINE: f64 = 18.0;

impl FunnelChart {
    /// Draws the chart.
    ///
    /// # Errors
    ///
    /// [`ChartError::Width`] if the style leaves no room.
    pub fn svg(&self, style: &Style) -> Result<String, ChartError> {
        style.checked()?;
        let shown = |point: &&FunnelPoint| {
            point.ratio.is_finite() && point.expected.is_finite() && point.expected >= 0.0
        };
        let mut points = self.points.iter().filter(shown).collect::<Vec<_>>();
        let Some((_, widest)) = axis::extent(points.iter().map(|point| point.expected)) else {
            return nothing_to_show(style, &self.caption);
        };
        // The telling points are drawn last, on top.
        points.sort_by_key(|point| (point.own, point.signal));
        let layout = Layout::new(self, style, &points, widest);
        canvas::draw(
            style,
            layout.frame.height(layout.bottom),
            &self.caption,
            |canvas| {
                layout.frame.draw(canvas, style, layout.bottom)?;
                self.axes(canvas, style, &layout)?;
                self.limits(canvas, style, &layout)?;
                for point in &points {
                    let (at, colour) = (layout.point(point), colour(style, point));
                    let radius = if point.own { RADIUS + 1.6 } else { RADIUS };
                    if point.small {
                        canvas.ring(at, radius, colour)?;
                    } else {
                        canvas.dot(at, radius, colour)?;
                    }
                }
                self.names(canvas, style, &layout, &points)?;
                self.key(canvas, style, &layout, &points)
            },
        )
    }

    fn axes(&self, canvas: &Canvas<'_>, style: &Style, layout: &Layout) -> Result<(), ChartError> {
        let decimals = axis::decimals(&layout.levels);
        let level = |&value: &f64| (value, style.lang.number(value, decimals));
        let levels = layout.levels.iter().map(level).collect::<Vec<_>>();
        axis::level_axis(canvas, style, &layout.y, &levels, layout.x.span())?;
        let set = Type::new(Style::SMALL, style.muted);
        canvas.text(
            &self.y_title,
            (Style::MARGIN, layout.frame.top() + 8.0),
            set,
        )?;
        let decimals = axis::decimals(&layout.ticks);
        let tick = |&value: &f64| (layout.along(value), style.lang.number(value, decimals));
        let ticks = layout.ticks.iter().map(tick).collect::<Vec<_>>();
        axis::foot_axis(
            canvas,
            style,
            &layout.x,
            &ticks,
            layout.y.span().0,
            &self.x_title,
        )
    }

    /// The limits, shaded within the first, and the reference line.
    fn limits(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
    ) -> Result<(), ChartError> {
        let (left, right) = layout.x.span();
        let mut ends = Vec::new();
        for (i, limit) in self.limits.iter().enumerate() {
            let finite = |(e, low, high): &&(f64, f64, f64)| {
                *e > 0.0 && e.is_finite() && low.is_finite() && high.is_finite()
            };
            let known = limit.points.iter().filter(finite).collect::<Vec<_>>();
            let trace = |value: fn(&(f64, f64, f64)) -> f64| {
                let at = |point: &&(f64, f64, f64)| (point.0, value(point));
                layout.clipped(&known.iter().map(at).collect::<Vec<_>>())
            };
            let (lower, upper) = (trace(|point| point.1), trace(|point| point.2));
            if i == 0 {
                // Where the upper limit is cut, what lies left of it is within.
                let corner = lower.first().map(|start| (start.0, layout.y.span().1));
                let corner =
                    corner.filter(|corner| upper.first().is_none_or(|cut| cut.0 > corner.0));
                let within = corner
                    .iter()
                    .chain(&upper)
                    .chain(lower.iter().rev())
                    .copied();
                let within = within.collect::<Vec<_>>();
                canvas.shape(&within, style.grid, 0.5)?;
            }
            let colour = limit_colour(style, i);
            for curve in [&lower, &upper] {
                canvas.line(curve, colour, 1.2)?;
            }
            ends.extend(upper.last().map(|end| (end.1, limit.label.clone(), colour)));
        }
        let middle = layout.y.at(self.reference);
        canvas.line(&[(left, middle), (right, middle)], style.ink, 1.0)?;
        let wanted = ends.iter().map(|(y, ..)| y + 4.0).collect::<Vec<_>>();
        let placed = spread(&wanted, 13.0, layout.y.span().1, middle);
        for ((_, text, colour), y) in ends.iter().zip(placed) {
            let set = Type::new(Style::SMALL, colour.for_text());
            let room = style.width - Style::MARGIN - right - NAMES_GAP;
            let text = shorten(text, set.size, set.weight, room);
            canvas.text(&text, (right + NAMES_GAP, y), set)?;
        }
        Ok(())
    }

    fn names(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
        points: &[&FunnelPoint],
    ) -> Result<(), ChartError> {
        let (left, right) = layout.x.span();
        let mut placer = Placer::new(Area {
            left,
            top: layout.y.span().1 - 8.0,
            right: right + NAMES_GAP,
            bottom: layout.y.span().0,
        });
        for point in points {
            placer.take(Area::around(layout.point(point), RADIUS));
        }
        // Those that stray furthest have the first claim to room.
        let mut named = points
            .iter()
            .filter(|point| point.own || point.signal > Signal::Within)
            .collect::<Vec<_>>();
        let stray = |point: &FunnelPoint| (point.ratio - self.reference).abs();
        named.sort_by(|a, b| {
            (b.own, b.signal)
                .cmp(&(a.own, a.signal))
                .then(stray(b).total_cmp(&stray(a)))
        });
        for point in named {
            let at = layout.point(point);
            let mut set = Type::new(Style::SMALL, colour(style, point).for_text()).halo();
            if point.own || point.signal == Signal::Outer {
                set = set.bold();
            }
            let text = shorten(&point.label, set.size, set.weight, style.width * 0.3);
            let width = set.width(&text);
            let aside = if point.own { 10.0 } else { 7.0 };
            let spots = spots(at, aside, width);
            let area = |&(x, y): &Point| Area {
                left: x,
                top: y - 9.0,
                right: x + width,
                bottom: y + 2.5,
            };
            let areas = spots.iter().map(area).collect::<Vec<_>>();
            if let Some(found) = placer.place(&areas) {
                let spot = spots[found];
                if found >= NEAR_SPOTS {
                    let end = (at.0.clamp(spot.0, spot.0 + width), spot.1 - 3.5);
                    canvas.line(&[at, end], style.axis, 0.7)?;
                    canvas.disc(at, RADIUS, colour(style, point))?;
                }
                canvas.text(&text, spot, set)?;
            }
        }
        Ok(())
    }

    /// What the marks mean: only the kinds that occur.
    fn key(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
        points: &[&FunnelPoint],
    ) -> Result<(), ChartError> {
        let set = Type::new(Style::SMALL, style.muted);
        let y = layout.bottom - 5.0;
        let mut x = Style::MARGIN + RADIUS;
        let outside = |limit: usize| {
            let label = &self.limits.get(limit)?.label;
            Some(format!(
                "{} {label}",
                style.lang.pick("Uden for", "Outside")
            ))
        };
        let occurs = |signal| {
            points
                .iter()
                .any(|point| point.signal == signal && !point.own)
        };
        let small = (!self.small_label.is_empty()).then(|| self.small_label.clone());
        let kinds = [
            (outside(0).filter(|_| occurs(Signal::Inner)), Signal::Inner),
            (outside(1).filter(|_| occurs(Signal::Outer)), Signal::Outer),
            (
                small.filter(|_| points.iter().any(|point| point.small)),
                Signal::Within,
            ),
        ];
        for (text, signal) in kinds {
            let room = style.width - Style::MARGIN - x - 8.0;
            let Some(text) = text.filter(|_| room > 40.0) else {
                continue;
            };
            let (at, colour) = ((x, y - 4.0), signal_colour(signal));
            if signal == Signal::Within {
                canvas.ring(at, RADIUS, colour)?;
            } else {
                canvas.disc(at, RADIUS, colour)?;
            }
            let text = shorten(&text, set.size, set.weight, room);
            canvas.text(&text, (x + 8.0, y), set)?;
            x += set.width(&text) + 30.0;
        }
        Ok(())
    }
}

fn signal_colour(signal: Signal) -> Colour {
    match signal {
        Signal::Within => Colour::rgb(0x8a_93_9a),
        Signal::Inner => Colour::ORANGE,
        Signal::Outer => Colour::VERMILION,
    }
}

fn colour(style: &Style, point: &FunnelPoint) -> Colour {
    if point.own {
        style.series(0)
    } else {
        signal_colour(point.signal)
    }
}

fn limit_colour(style: &Style, index: usize) -> Colour {
    if index == 0 { style.muted } else { style.axis }
}

struct Layout {
    frame: Frame,
    x: Scale,
    y: Scale,
    root: bool,
    ticks: Vec<f64>,
    levels: Vec<f64>,
    top_ratio: f64,
    bottom: f64,
}

impl Layout {
    fn new(chart: &FunnelChart, style: &Style, points: &[&FunnelPoint], widest: f64) -> Self {
        let frame = Frame::new(style, &chart.caption);
        let small = Type::new(Style::SMALL, style.muted);
        // Limits of the smallest units reach far beyond any point; the points
        // decide the height, and the curves are cut there.
        let reference = if chart.reference.is_finite() {
            chart.reference
        } else {
            1.0
        };
        let ratios = points.iter().map(|point| point.ratio);
        let (low, high) = axis::extent(ratios.chain([reference])).unwrap_or((0.0, 1.0));
        let levels = axis::round_ticks(low.min(0.0), high.max(reference * 1.5), 7);
        let decimals = axis::decimals(&levels);
        let widths = levels
            .iter()
            .map(|&level| small.width(&style.lang.number(level, decimals)));
        let left = Style::MARGIN + widths.fold(0.0, f64::max) + 8.0;
        let names = chart.limits.iter().map(|limit| small.width(&limit.label));
        let room = names.fold(0.0, f64::max).min(style.width * 0.2);
        let right = style.width - Style::MARGIN - NAMES_GAP - room;
        let top = frame.top() + 26.0;
        let foot = top + PLOT_HEIGHT;
        let key = points
            .iter()
            .any(|point| point.small || point.signal > Signal::Within);
        let last = (widest * 1.04).max(1e-9);
        let root = chart.root;
        let x = Scale::new((0.0, if root { last.sqrt() } else { last }), left, right);
        let ticks = if root {
            root_ticks(last, &x)
        } else {
            let mut ticks = axis::round_ticks(0.0, last, 9);
            ticks.retain(|&tick| tick <= last);
            ticks
        };
        let top_ratio = levels.last().copied().unwrap_or(1.0);
        Self {
            frame,
            x,
            y: Scale::new((levels[0], top_ratio), foot, top),
            root,
            ticks,
            levels,
            top_ratio,
            bottom: foot + axis::foot_height(&chart.x_title) + if key { KEY_LINE } else { 0.0 },
        }
    }

    /// An expected count in the units of the x scale.
    fn along(&self, expected: f64) -> f64 {
        if self.root {
            expected.max(0.0).sqrt()
        } else {
            expected
        }
    }

    fn point(&self, point: &FunnelPoint) -> Point {
        (
            self.x.at(self.along(point.expected)),
            self.y.at(point.ratio),
        )
    }

    /// A limit curve in pixels, cut where it leaves the top or the right.
    fn clipped(&self, curve: &[(f64, f64)]) -> Vec<Point> {
        let mut kept: Vec<Point> = Vec::with_capacity(curve.len());
        let mut before: Option<(f64, f64)> = None;
        for &(expected, ratio) in curve {
            let here = (self.along(expected), ratio);
            if here.0 > self.x.domain().1 {
                break;
            }
            if let Some(last) = before
                && last.1 > self.top_ratio
                && ratio <= self.top_ratio
            {
                let part = (last.1 - self.top_ratio) / (last.1 - ratio);
                let x = last.0 + (here.0 - last.0) * part;
                kept.push((self.x.at(x), self.y.at(self.top_ratio)));
            }
            if ratio <= self.top_ratio {
                kept.push((self.x.at(here.0), self.y.at(ratio)));
            }
            before = Some(here);
        }
        kept
    }
}

/// How many of the [`spots`] touch their point and need no leader.
const NEAR_SPOTS: usize = 8;

/// Where the name of a point may stand, best first: beside it, above and below
/// it, and then further off in rings.
fn spots((x, y): Point, aside: f64, width: f64) -> Vec<Point> {
    let mut spots = vec![
        (x + aside, y + 4.0),
        (x - aside - width, y + 4.0),
        (x - width / 2.0, y - 8.0),
        (x - width / 2.0, y + 16.0),
        (x + 6.0, y - 5.0),
        (x + 6.0, y + 13.0),
        (x - 6.0 - width, y - 5.0),
        (x - 6.0 - width, y + 13.0),
    ];
    let rings = [14.0, 28.0, 42.0, 56.0];
    for reach in rings {
        for (right, down) in [(1.0, -1.0), (1.0, 1.0), (-1.0, -1.0), (-1.0, 1.0)] {
            let left = if right > 0.0 {
                x + reach
            } else {
                x - reach - width
            };
            spots.push((left, y + down * reach + 4.0));
        }
    }
    for reach in rings {
        spots.push((x - width / 2.0, y - reach - 8.0));
        spots.push((x - width / 2.0, y + reach + 16.0));
    }
    spots
}

/// Round counts that stand apart on a square-root axis.
fn root_ticks(last: f64, x: &Scale) -> Vec<f64> {
    const APART: f64 = 34.0;
    let top = 10f64.powf(last.log10().ceil());
    let candidates = [1e-2, 2e-2, 5e-2, 1e-1, 0.2, 0.25, 0.5, 0.75, 1.0];
    let round = candidates.map(|part| part * top);
    let mut ticks = vec![0.0];
    // Whole counts only: half a person is never expected on an axis.
    for tick in round
        .into_iter()
        .filter(|tick| *tick <= last && tick.fract() == 0.0)
    {
        let place = |value: f64| x.at(value.sqrt());
        if ticks
            .last()
            .is_none_or(|&before| place(tick) - place(before) >= APART)
        {
            ticks.push(tick);
        }
    }
    ticks
}
