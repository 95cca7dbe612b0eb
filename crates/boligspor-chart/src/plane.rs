//! The cost-effectiveness plane: what is gained, against what it costs.
//!
//! A ratio hides which of its two parts is uncertain and on which side of zero
//! it lies. The plane shows the replicates of both at once, the estimate among
//! them, and says what each quarter means and how many replicates lie there.

use crate::axis::{self, Scale};
use crate::canvas::{self, Anchor, Canvas, Type};
use crate::frame::{Frame, nothing_to_show};
use crate::{Caption, ChartError, Style};

/// Replicates of a gain and a cost.
///
/// ```
/// use boligspor_chart::{Caption, Lang, PlaneChart, Style};
///
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let svg = PlaneChart {
///     caption: Caption::new("More days for more money"),
///     x_title: "extra days housed".into(),
///     y_title: "extra cost".into(),
///     points: vec![(90.0, 40_000.0), (120.0, 30_000.0)],
///     estimate: (105.0, 35_000.0),
///     quarters: ["more for more", "more for less", "less for less", "less for more"]
///         .map(|words| (words.into(), 0.25)),
/// }
/// .svg(&Style::new(Lang::En))?;
/// assert!(svg.contains("more for more"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlaneChart {
    /// Title, subtitle and the definition beneath.
    pub caption: Caption,
    /// What is gained, and its unit.
    pub x_title: String,
    /// What is spent, and its unit.
    pub y_title: String,
    /// Gain and cost of each replicate.
    pub points: Vec<(f64, f64)>,
    /// Gain and cost in the data.
    pub estimate: (f64, f64),
    /// What the quarters are called and the share of replicates in each: more for
    /// more, more for less, less for less, less for more.
    pub quarters: [(String, f64); 4],
}

const PLOT_HEIGHT: f64 = 330.0;
/// More replicates than this only blacken the picture.
const MOST: usize = 1_000;

impl PlaneChart {
    /// Draws the chart.
    ///
    /// # Errors
    ///
    /// [`ChartError::Width`] if the style leaves no room.
    pub fn svg(&self, style: &Style) -> Result<String, ChartError> {
        style.checked()?;
        let finite = |p: &&(f64, f64)| p.0.is_finite() && p.1.is_finite();
        let points: Vec<(f64, f64)> = self
            .points
            .iter()
            .filter(finite)
            .take(MOST)
            .copied()
            .collect();
        let all = || points.iter().copied().chain([self.estimate, (0.0, 0.0)]);
        let (Some(gains), Some(costs), false) = (
            axis::extent(all().map(|p| p.0)),
            axis::extent(all().map(|p| p.1)),
            points.is_empty(),
        ) else {
            return nothing_to_show(style, &self.caption);
        };
        let ticks = axis::round_ticks(gains.0, gains.1, 9);
        let levels = axis::round_ticks(costs.0, costs.1, 7);
        let marks = |values: &[f64]| -> Vec<(f64, String)> {
            let decimals = axis::decimals(values);
            let mark = |v: &f64| (*v, style.lang.number(*v, decimals));
            values.iter().map(mark).collect()
        };
        let small = Type::new(Style::SMALL, style.muted);
        let level_marks = marks(&levels);
        let widest = level_marks.iter().map(|(_, text)| small.width(text));
        let frame = Frame::new(style, &self.caption);
        let left = Style::MARGIN + widest.fold(0.0, f64::max) + 8.0;
        let (top, right) = (frame.top() + 26.0, style.width - Style::MARGIN - 10.0);
        let foot = top + PLOT_HEIGHT;
        let ends = |values: &[f64]| (values[0], values[values.len() - 1]);
        let x = Scale::new(ends(&ticks), left + 6.0, right);
        let y = Scale::new(ends(&levels), foot, top);
        let bottom = foot + axis::foot_height(&self.x_title);
        canvas::draw(style, frame.height(bottom), &self.caption, |canvas| {
            frame.draw(canvas, style, bottom)?;
            canvas.text(&self.y_title, (Style::MARGIN, frame.top() + 8.0), small)?;
            axis::level_axis(canvas, style, &y, &level_marks, x.span())?;
            axis::foot_axis(canvas, style, &x, &marks(&ticks), foot, &self.x_title)?;
            canvas.line(&[(x.at(0.0), top), (x.at(0.0), foot)], style.axis, 1.0)?;
            for &(gain, cost) in &points {
                canvas.disc((x.at(gain), y.at(cost)), 1.6, style.series(0))?;
            }
            let at = (x.at(self.estimate.0), y.at(self.estimate.1));
            canvas.dot(at, 5.0, style.ink)?;
            self.names(canvas, style, (&x, &y))
        })
    }

    /// The quarters' names in their outer corners, where there is room for them.
    fn names(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        (x, y): (&Scale, &Scale),
    ) -> Result<(), ChartError> {
        let ((left, right), (foot, top)) = (x.span(), y.span());
        let (zero_x, zero_y) = (x.at(0.0), y.at(0.0));
        let corners = [
            (right, top, right - zero_x, zero_y - top),
            (right, foot, right - zero_x, foot - zero_y),
            (left, foot, zero_x - left, foot - zero_y),
            (left, top, zero_x - left, zero_y - top),
        ];
        for ((words, share), (at, level, wide, high)) in self.quarters.iter().zip(corners) {
            let text = if share.is_finite() {
                format!("{words}: {}", style.lang.percent(*share, 0))
            } else {
                words.clone()
            };
            let set = Type::new(Style::SMALL, style.ink).halo();
            if set.width(&text) > wide - 8.0 || high < 24.0 {
                continue;
            }
            let (set, at) = if at > zero_x {
                (set.anchor(Anchor::End), at - 4.0)
            } else {
                (set, at + 4.0)
            };
            let level = if level < zero_y {
                level + 14.0
            } else {
                level - 8.0
            };
            canvas.text(&text, (at, level), set)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;

    fn chart(points: Vec<(f64, f64)>) -> PlaneChart {
        PlaneChart {
            points,
            estimate: (10.0, -5.0),
            quarters: ["a", "b", "c", "d"].map(|w| (w.to_owned(), 0.5)),
            ..PlaneChart::default()
        }
    }

    #[test]
    fn a_quarter_without_room_is_not_named() {
        let svg = chart(vec![(20.0, -10.0), (5.0, -1.0)])
            .svg(&Style::new(Lang::En))
            .unwrap();
        assert!(svg.contains("b: 50%") && !svg.contains("c: 50%"));
    }

    #[test]
    fn without_replicates_it_says_so() {
        let svg = chart(vec![(f64::NAN, 1.0)])
            .svg(&Style::new(Lang::Da))
            .unwrap();
        assert!(svg.contains("Ingen data at vise"));
    }
}
