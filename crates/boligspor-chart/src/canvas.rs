//! A page to draw on, in pixels with one decimal.
//!
//! The plotting crate places everything on whole units. Drawing at ten units a
//! pixel keeps curves smooth; [`crate::svg::clean`] divides the numbers again.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBAColor, ShapeStyle, TextStyle};

use crate::svg::{self, HALO, UNITS};
use crate::text::Weight;
use crate::{Caption, ChartError, Colour, Style};

/// A position in pixels from the upper left corner.
pub(crate) type Point = (f64, f64);

/// Which part of a text stands at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Anchor {
    /// Its beginning.
    #[default]
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Type {
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    pub(crate) colour: Colour,
    pub(crate) anchor: Anchor,
    /// Whether a white outline sets the text off from what lies below it.
    pub(crate) halo: bool,
}

impl Type {
    /// Regular text that begins at its position.
    pub(crate) fn new(size: f64, colour: Colour) -> Self {
        Self {
            size,
            weight: Weight::Regular,
            colour,
            anchor: Anchor::Start,
            halo: false,
        }
    }

    pub(crate) fn bold(self) -> Self {
        Self {
            weight: Weight::Semibold,
            ..self
        }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) fn halo(self) -> Self {
        Self { halo: true, ..self }
    }

    /// The width of `text` set so, in pixels.
    pub(crate) fn width(&self, text: &str) -> f64 {
        crate::text::width(text, self.size, self.weight)
    }
}

/// The page.
pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws on a page of the style's width and the given height, and gives the
/// finished document.
pub(crate) fn draw(
    style: &Style,
    height: f64,
    caption: &Caption,
    picture: impl FnOnce(&Canvas<'_>) -> Result<(), ChartError>,
) -> Result<String, ChartError> {
    let mut raw = String::new();
    let size = (unit(style.width) as u32, unit(height) as u32);
    {
        let canvas = Canvas {
            area: SVGBackend::with_string(&mut raw, size).into_drawing_area(),
        };
        picture(&canvas)?;
        canvas.area.present().map_err(|error| drawing(&error))?;
    }
    svg::clean(&raw, style.lang, caption)
}

/// A length in the plotting crate's units. What is not finite becomes zero
/// and what is far off the page is brought near it, so that no input can
/// overflow the unit.
fn unit(pixels: f64) -> i32 {
    if pixels.is_finite() {
        (pixels * UNITS).round().clamp(-1e6, 1e6) as i32
    } else {
        0
    }
}

fn units((x, y): Point) -> (i32, i32) {
    (unit(x), unit(y))
}

fn rgba(colour: Colour, opacity: f64) -> RGBAColor {
    let (red, green, blue) = colour.parts();
    RGBAColor(red, green, blue, opacity)
}

fn drawing<E: std::error::Error + Send + Sync>(error: &DrawingAreaErrorKind<E>) -> ChartError {
    ChartError::Drawing(error.to_string())
}

impl Canvas<'_> {
    /// A line through `points`, `width` pixels thick. Points in between two
    /// others on the same level or upright add nothing and are left out.
    pub(crate) fn line(
        &self,
        points: &[Point],
        colour: Colour,
        width: f64,
    ) -> Result<(), ChartError> {
        let points = straightened(points);
        if points.len() < 2 {
            return Ok(());
        }
        let style = ShapeStyle {
            color: rgba(colour, 1.0),
            filled: false,
            stroke_width: unit(width).max(1) as u32,
        };
        self.area
            .draw(&PathElement::new(points, style))
            .map_err(|error| drawing(&error))
    }

    /// A filled outline.
    pub(crate) fn shape(
        &self,
        points: &[Point],
        colour: Colour,
        opacity: f64,
    ) -> Result<(), ChartError> {
        let points = straightened(points);
        if points.len() < 3 {
            return Ok(());
        }
        self.area
            .draw(&Polygon::new(points, rgba(colour, opacity)))
            .map_err(|error| drawing(&error))
    }

    /// A filled rectangle between two opposite corners.
    pub(crate) fn rect(&self, a: Point, b: Point, colour: Colour) -> Result<(), ChartError> {
        let (a, b) = (units(a), units(b));
        let corners = [(a.0.min(b.0), a.1.min(b.1)), (a.0.max(b.0), a.1.max(b.1))];
        self.area
            .draw(&Rectangle::new(corners, rgba(colour, 1.0).filled()))
            .map_err(|error| drawing(&error))
    }

    /// A filled disc with a thin white edge that sets it off from lines.
    pub(crate) fn dot(&self, centre: Point, radius: f64, colour: Colour) -> Result<(), ChartError> {
        self.disc(centre, radius + 1.2, Colour::WHITE)?;
        self.disc(centre, radius, colour)
    }

    /// A disc of white with a coloured edge.
    pub(crate) fn ring(
        &self,
        centre: Point,
        radius: f64,
        colour: Colour,
    ) -> Result<(), ChartError> {
        self.disc(centre, radius + 0.7, colour)?;
        self.disc(centre, radius - 0.7, Colour::WHITE)
    }

    /// A filled disc.
    pub(crate) fn disc(
        &self,
        centre: Point,
        radius: f64,
        colour: Colour,
    ) -> Result<(), ChartError> {
        let circle = Circle::new(
            units(centre),
            unit(radius).max(1),
            rgba(colour, 1.0).filled(),
        );
        self.area.draw(&circle).map_err(|error| drawing(&error))
    }

    /// A line of text with its base line at `at`.
    pub(crate) fn text(&self, text: &str, at: Point, set: Type) -> Result<(), ChartError> {
        if text.is_empty() {
            return Ok(());
        }
        let family = if set.halo { HALO } else { "sans-serif" };
        let weight = match set.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::Semibold => FontStyle::Bold,
        };
        let across = match set.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let font = FontDesc::new(
            FontFamily::Name(family),
            set.size * UNITS * PLOTTERS_EM,
            weight,
        );
        let style = TextStyle {
            font,
            color: rgba(set.colour, 1.0).to_backend_color(),
            pos: Pos::new(across, VPos::Bottom),
        };
        let at = units(at);
        let printable: String = text.chars().map(svg::printable).collect();
        self.area
            .draw(&Text::new(printable, at, style))
            .map_err(|error| drawing(&error))
    }
}

/// The plotting crate's font size counts the line gap in; its SVG back end
/// divides by this number.
const PLOTTERS_EM: f64 = 1.24;

/// The points on the grid of units, without those that a straight upright or
/// level line passes through anyway.
fn straightened(points: &[Point]) -> Vec<(i32, i32)> {
    let mut kept: Vec<(i32, i32)> = Vec::with_capacity(points.len());
    for point in points.iter().map(|&point| units(point)) {
        if let [.., a, b] = kept[..] {
            let between = |a: i32, b: i32, c: i32| (a <= b && b <= c) || (a >= b && b >= c);
            let level = a.1 == b.1 && b.1 == point.1 && between(a.0, b.0, point.0);
            let upright = a.0 == b.0 && b.0 == point.0 && between(a.1, b.1, point.1);
            if level || upright {
                kept.pop();
            }
        }
        if kept.last() != Some(&point) {
            kept.push(point);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{straightened, unit};

    #[test]
    fn points_on_a_level_or_upright_line_are_left_out() {
        let steps = [
            (0.0, 5.0),
            (1.0, 5.0),
            (2.0, 5.0),
            (2.0, 7.0),
            (2.0, 9.0),
            (4.0, 9.0),
        ];
        assert_eq!(
            straightened(&steps),
            [(0, 50), (20, 50), (20, 90), (40, 90)]
        );
        let there_and_back = [(0.0, 5.0), (3.0, 5.0), (1.0, 5.0)];
        assert_eq!(straightened(&there_and_back).len(), 3);
    }

    #[test]
    fn no_number_overflows_a_unit() {
        assert_eq!(unit(f64::NAN), 0);
        assert_eq!(unit(f64::INFINITY), 0);
        assert_eq!(unit(1e300), 1_000_000);
    }
}
