//! Scales, ticks and the axes drawn from them.
//!
//! Positions are the plotting crate's: a [`Scale`] is its linear coordinate
//! over a span of the page. Ticks are our own, because which values deserve a
//! tick is a matter of reading: months go by quarters and years, not by tens.

use std::ops::Range;

use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;

use crate::canvas::{Anchor, Canvas, Point, Type};
use crate::svg::UNITS;
use crate::{ChartError, Colour, Style};

/// A linear scale from data to pixels.
#[derive(Clone)]
pub(crate) struct Scale {
    coordinate: RangedCoordf64,
    domain: (f64, f64),
    span: (f64, f64),
}

impl Scale {
    /// Maps `domain` onto the pixels `from..to`; a domain without width is
    /// widened, so that a single value lands in the middle.
    pub(crate) fn new(domain: (f64, f64), from: f64, to: f64) -> Self {
        let (mut low, mut high) = domain;
        if !low.is_finite() || !high.is_finite() || low > high {
            (low, high) = (0.0, 1.0);
        }
        if high - low <= f64::EPSILON * low.abs().max(high.abs()).max(1.0) {
            let reach = (low.abs() * 0.5).max(0.5);
            (low, high) = (low - reach, high + reach);
        }
        let range: Range<f64> = low..high;
        Self {
            coordinate: range.into(),
            domain: (low, high),
            span: (from, to),
        }
    }

    /// Where `value` stands, in pixels; what lies outside the domain stands at
    /// its nearer end.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let value = value.clamp(self.domain.0, self.domain.1);
        let limits = (
            (self.span.0 * UNITS).round() as i32,
            (self.span.1 * UNITS).round() as i32,
        );
        f64::from(self.coordinate.map(&value, limits)) / UNITS
    }

    /// The least and greatest value on the scale.
    pub(crate) fn domain(&self) -> (f64, f64) {
        self.domain
    }

    /// The pixels at the ends of the scale.
    pub(crate) fn span(&self) -> (f64, f64) {
        self.span
    }
}

/// The finite values' least and greatest, or `None` if there are none.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold(None, |seen, value| match seen {
            None => Some((value, value)),
            Some((low, high)) => Some((low.min(value), high.max(value))),
        })
}

/// Round values between `low` and `high`, at most `most` of them, on steps of
/// 1, 2 or 5 times a power of ten; both ends are widened to a tick.
pub(crate) fn round_ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let width = high - low;
    if width == 0.0 {
        return vec![low];
    }
    if !width.is_finite() || width < 0.0 || most < 2 {
        return vec![low, high];
    }
    let least = width / (most - 1) as f64;
    let power = 10f64.powf(least.log10().floor());
    // Widening may add a tick at each end, hence the search over steps.
    let (first, last, step) = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]
        .map(|factor| factor * power)
        .into_iter()
        .map(|step| ((low / step).floor(), (high / step).ceil(), step))
        .find(|(first, last, _)| last - first < most as f64)
        .unwrap_or((low / width, high / width, width));
    let count = (last - first).round().max(0.0) as usize;
    (0..=count).map(|i| (first + i as f64) * step).collect()
}

/// How many decimals tell neighbouring ticks apart.
pub(crate) fn decimals(ticks: &[f64]) -> usize {
    let step = ticks
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(f64::INFINITY, f64::min);
    if step.is_finite() && step > 0.0 {
        (-step.log10().floor()).clamp(0.0, 6.0) as usize
    } else {
        0
    }
}

/// Ticks for a count of months from 0 to `last`: every month, quarter, half
/// year, year or so, whichever leaves `apart` pixels between labels.
pub(crate) fn month_ticks(last: f64, pixels: f64, apart: f64) -> Vec<f64> {
    let most = (pixels / apart.max(1.0)).floor().max(1.0);
    let step = [1.0, 2.0, 3.0, 6.0, 12.0, 24.0, 36.0, 60.0, 120.0]
        .into_iter()
        .find(|step| last / step <= most)
        .unwrap_or_else(|| (last / most / 120.0).ceil().max(1.0) * 120.0);
    let count = (last / step + 1e-9).floor().max(0.0) as usize;
    (0..=count).map(|i| i as f64 * step).collect()
}

/// Level grid lines with their labels at the left, and the axis title above
/// them: a title that must be read sideways is not read.
pub(crate) fn level_axis(
    canvas: &Canvas<'_>,
    style: &Style,
    scale: &Scale,
    ticks: &[(f64, String)],
    (left, right): (f64, f64),
) -> Result<(), ChartError> {
    let label = Type::new(Style::SMALL, style.muted).anchor(Anchor::End);
    for (value, text) in ticks {
        let y = scale.at(*value);
        let colour = if *value == 0.0 {
            style.axis
        } else {
            style.grid
        };
        canvas.line(&[(left, y), (right, y)], colour, 1.0)?;
        canvas.text(text, (left - 8.0, y + 4.0), label)?;
    }
    Ok(())
}

/// Tick marks with their labels under a level line at `y`, and the axis title
/// below.
pub(crate) fn foot_axis(
    canvas: &Canvas<'_>,
    style: &Style,
    scale: &Scale,
    ticks: &[(f64, String)],
    y: f64,
    title: &str,
) -> Result<(), ChartError> {
    let (left, right) = scale.span();
    canvas.line(&[(left, y), (right, y)], style.axis, 1.0)?;
    let label = Type::new(Style::SMALL, style.muted).anchor(Anchor::Middle);
    for (value, text) in ticks {
        let x = scale.at(*value);
        canvas.line(&[(x, y), (x, y + 5.0)], style.axis, 1.0)?;
        canvas.text(text, (x, y + 17.0), label)?;
    }
    let middle = f64::midpoint(left, right);
    canvas.text(
        title,
        (middle, y + 34.0),
        Type::new(Style::SMALL, style.muted).anchor(Anchor::Middle),
    )
}

/// The height of a foot axis with this title, in pixels.
pub(crate) fn foot_height(title: &str) -> f64 {
    if title.is_empty() { 22.0 } else { 40.0 }
}

/// Height of a line of counts under an axis, in pixels.
pub(crate) const COUNT_LINE: f64 = 16.0;

/// A line of counts, each under its tick, and its name at the right.
pub(crate) fn counts(
    canvas: &Canvas<'_>,
    style: &Style,
    entries: &[(f64, String)],
    name: (&str, Point),
    colour: Colour,
) -> Result<(), ChartError> {
    let set = Type::new(Style::SMALL, colour);
    for (x, text) in entries {
        canvas.text(text, (*x, name.1.1), set.anchor(Anchor::Middle))?;
    }
    let room = style.width - Style::MARGIN - name.1.0;
    let text = crate::text::shorten(name.0, set.size, set.weight, room);
    canvas.text(&text, name.1, set)
}

#[cfg(test)]
mod tests {
    use super::{Scale, decimals, extent, month_ticks, round_ticks};

    #[test]
    fn ticks_are_round_and_cover_the_data() {
        assert_eq!(
            round_ticks(0.0, 97.0, 6),
            [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
        );
        assert_eq!(
            round_ticks(-30.0, 310.0, 6),
            [-100.0, 0.0, 100.0, 200.0, 300.0, 400.0]
        );
        for (low, high) in [(0.0, 1e-7), (3.0, 4.0), (-5.0, -1.0), (0.0, 123_456_789.0)] {
            let ticks = round_ticks(low, high, 6);
            assert!(ticks.len() <= 6 && ticks.len() >= 2, "{ticks:?}");
            assert!(
                ticks[0] <= low && ticks[ticks.len() - 1] >= high,
                "{ticks:?}"
            );
        }
    }

    #[test]
    fn decimals_are_as_many_as_the_step_needs() {
        assert_eq!(decimals(&[0.0, 20.0]), 0);
        assert_eq!(decimals(&[0.0, 0.5, 1.0]), 1);
        assert_eq!(decimals(&[0.0, 0.02]), 2);
        assert_eq!(decimals(&[1.0]), 0);
    }

    #[test]
    fn months_go_by_years_once_there_are_many() {
        assert_eq!(
            month_ticks(60.0, 500.0, 45.0),
            [
                0.0, 6.0, 12.0, 18.0, 24.0, 30.0, 36.0, 42.0, 48.0, 54.0, 60.0
            ]
        );
        assert_eq!(month_ticks(60.0, 300.0, 45.0).len(), 6);
        assert_eq!(month_ticks(0.0, 500.0, 45.0), [0.0]);
        assert!(month_ticks(1e6, 500.0, 45.0).len() < 13);
    }

    #[test]
    fn a_scale_maps_ends_to_ends_and_a_lone_value_to_the_middle() {
        let scale = Scale::new((0.0, 10.0), 100.0, 200.0);
        assert_eq!(
            (scale.at(0.0), scale.at(5.0), scale.at(99.0)),
            (100.0, 150.0, 200.0)
        );
        let lone = Scale::new((7.0, 7.0), 0.0, 100.0);
        assert_eq!(lone.at(7.0), 50.0);
        let none = Scale::new((f64::NAN, f64::NAN), 0.0, 100.0);
        assert_eq!(none.domain(), (0.0, 1.0));
    }

    #[test]
    fn the_extent_passes_over_what_is_missing() {
        assert_eq!(extent([f64::NAN, 3.0, 1.0]), Some((1.0, 3.0)));
        assert_eq!(extent([f64::NAN]), None);
    }
}
