//! Attrition flow: who was left out, at which step, and how many remained.
//!
//! Every inclusion must be explainable. The boxes at the left are those still
//! in, each with a bar for its share of the start; the boxes at the right are
//! those left out, with the reason.

use crate::canvas::{self, Canvas, Type};
use crate::frame::Frame;
use crate::text::{Weight, wrap};
use crate::{Caption, ChartError, Colour, Style};

/// A cohort's way from everyone in the tables to everyone in the analysis.
///
/// ```
/// use boligspor_chart::{Caption, FlowChart, FlowStep, Lang, Style};
///
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let svg = FlowChart {
///     caption: Caption::new("From placements to cohort"),
///     unit: "people".into(),
///     label: "In the placement table".into(),
///     count: 1_204,
///     steps: vec![FlowStep {
///         reason: "Placed before 2015".into(),
///         excluded: 204,
///         label: "Placed 2015 or later".into(),
///         remaining: 1_000,
///     }],
/// }
/// .svg(&Style::new(Lang::En))?;
/// assert!(svg.contains("1,204 people"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlowChart {
    /// Title, subtitle and the definition beneath.
    pub caption: Caption,
    /// What is counted, written after each count; may be empty.
    pub unit: String,
    /// Who the flow begins with.
    pub label: String,
    /// How many they are.
    pub count: u64,
    /// The steps in order.
    pub steps: Vec<FlowStep>,
}

/// One step of a [`FlowChart`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlowStep {
    /// Why some are left out here.
    pub reason: String,
    /// How many are left out.
    pub excluded: u64,
    /// Who remain; may be empty.
    pub label: String,
    /// How many remain.
    pub remaining: u64,
}

const PADDING: f64 = 10.0;
const LINE: f64 = 15.0;
const COUNT: f64 = 19.0;
const BAR: f64 = 4.0;
/// Least room between boxes below each other, in pixels.
const GAP: f64 = 22.0;

/// A box's text, broken into lines, and its count.
struct Content {
    lines: Vec<String>,
    count: String,
}

impl Content {
    fn new(chart: &FlowChart, style: &Style, label: &str, count: u64, room: f64) -> Self {
        let count = style.lang.count(count);
        Self {
            lines: wrap(label, Style::LABEL, Weight::Regular, room),
            count: if chart.unit.is_empty() {
                count
            } else {
                format!("{count} {}", chart.unit)
            },
        }
    }

    fn height(&self) -> f64 {
        2.0 * PADDING + COUNT + self.lines.len() as f64 * LINE
    }
}

impl FlowChart {
    /// Draws the chart.
    ///
    /// # Errors
    ///
    /// [`ChartError::Width`] if the style leaves no room.
    pub fn svg(&self, style: &Style) -> Result<String, ChartError> {
        style.checked()?;
        let inner = style.width - 2.0 * Style::MARGIN;
        let (left_width, right_width) = (inner * 0.46, inner * 0.44);
        let content = |label: &str, count, width: f64| {
            Content::new(self, style, label, count, width - 2.0 * PADDING - 4.0)
        };
        let frame = Frame::new(style, &self.caption);
        // Top of each box at the left, and of each at the right.
        let mut kept = vec![(
            frame.top(),
            content(&self.label, self.count, left_width),
            self.count,
        )];
        let mut dropped = Vec::with_capacity(self.steps.len());
        let mut right_end = frame.top();
        for step in &self.steps {
            let aside = content(&step.reason, step.excluded, right_width);
            let box_end = kept
                .last()
                .map_or(0.0, |(top, content, _)| top + content.height());
            // The branch leaves the arrow half-way down; the box at the right
            // is centred on it, and may not touch the one above.
            let branch = (box_end + GAP / 2.0).max(right_end + GAP / 2.0 + aside.height() / 2.0);
            let aside_top = branch - aside.height() / 2.0;
            right_end = aside_top + aside.height();
            let next_top = branch + GAP / 2.0;
            dropped.push((aside_top, branch, aside, step.excluded));
            let next = content(&step.label, step.remaining, left_width);
            kept.push((next_top, next, step.remaining));
        }
        let left_end = kept
            .last()
            .map_or(0.0, |(top, content, _)| top + content.height());
        let bottom = left_end.max(right_end);
        let (left, right) = (Style::MARGIN, style.width - Style::MARGIN);
        let trunk = left + left_width * 0.5;
        canvas::draw(style, frame.height(bottom), &self.caption, |canvas| {
            frame.draw(canvas, style, bottom)?;
            for pair in kept.windows(2) {
                let from = (trunk, pair[0].0 + pair[0].1.height());
                arrow(canvas, style, from, (trunk, pair[1].0))?;
            }
            for (top, branch, content, excluded) in &dropped {
                let x = right - right_width;
                arrow(canvas, style, (trunk, *branch), (x, *branch))?;
                let quiet = *excluded == 0;
                let ink = if quiet { style.muted } else { style.ink };
                let edge = style.grid;
                boxed(
                    canvas,
                    (x, *top),
                    (right_width, content),
                    (Colour::WHITE, edge),
                    ink,
                )?;
            }
            for (top, content, count) in &kept {
                let ground = style.series(0).towards(Colour::WHITE, 0.92);
                let edge = style.series(0).towards(Colour::WHITE, 0.65);
                boxed(
                    canvas,
                    (left, *top),
                    (left_width, content),
                    (ground, edge),
                    style.ink,
                )?;
                let share = if self.count == 0 {
                    0.0
                } else {
                    (*count as f64 / self.count as f64).clamp(0.0, 1.0)
                };
                let y = top + content.height();
                canvas.rect(
                    (left, y - BAR),
                    (left + left_width * share, y),
                    style.series(0),
                )?;
            }
            Ok(())
        })
    }
}

fn boxed(
    canvas: &Canvas<'_>,
    (x, y): (f64, f64),
    (width, content): (f64, &Content),
    (ground, edge): (Colour, Colour),
    ink: Colour,
) -> Result<(), ChartError> {
    let (right, bottom) = (x + width, y + content.height());
    canvas.rect((x, y), (right, bottom), ground)?;
    canvas.line(
        &[(x, y), (right, y), (right, bottom), (x, bottom), (x, y)],
        edge,
        1.0,
    )?;
    let mut base = y + PADDING + COUNT - 6.0;
    let strong = Type::new(14.0, ink).bold();
    let count = crate::text::shorten(&content.count, 14.0, strong.weight, width - 2.0 * PADDING);
    canvas.text(&count, (x + PADDING, base), strong)?;
    for line in &content.lines {
        base += LINE;
        canvas.text(line, (x + PADDING, base), Type::new(Style::LABEL, ink))?;
    }
    Ok(())
}

/// A line with a head, straight down or straight to the right.
fn arrow(
    canvas: &Canvas<'_>,
    style: &Style,
    from: (f64, f64),
    to: (f64, f64),
) -> Result<(), ChartError> {
    let (length, half) = (7.0, 3.6);
    let (neck, wings) = if (to.0 - from.0).abs() < 0.05 {
        let y = to.1 - length;
        ((to.0, y), [(to.0 - half, y), (to.0 + half, y)])
    } else {
        let x = to.0 - length;
        ((x, to.1), [(x, to.1 - half), (x, to.1 + half)])
    };
    canvas.line(&[from, neck], style.axis, 1.4)?;
    canvas.shape(&[wings[0], to, wings[1]], style.axis, 1.0)
}
