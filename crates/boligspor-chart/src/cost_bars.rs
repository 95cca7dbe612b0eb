//! Mean cost a person by period before and after placement, stacked.
//!
//! The shape is the message: costs rise before placement, peak in its year and
//! fall after it. The period of placement stands on a tinted ground, so that
//! before and after are told apart at a glance; the total carries its interval,
//! and each period the number of people it rests on.

use crate::axis::{self, COUNT_LINE, Scale};
use crate::canvas::{self, Anchor, Canvas, Type};
use crate::frame::{Frame, nothing_to_show};
use crate::labels::{Area, Placer};
use crate::text::{Weight, shorten, wrap};
use crate::{Caption, ChartError, Colour, Style};

/// Mean amounts by period and category.
///
/// ```
/// use boligspor_chart::{Caption, CostBars, CostCategory, CostPeriod, Lang, Style};
///
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let period = |label: &str, amounts: [f64; 2]| CostPeriod {
///     label: label.into(),
///     emphasised: label == "0",
///     people: Some(498),
///     amounts: amounts.to_vec(),
///     ..CostPeriod::default()
/// };
/// let svg = CostBars {
///     caption: Caption::new("Costs fall after placement"),
///     unit: "DKK a person, 2023 prices".into(),
///     x_title: "Years from placement".into(),
///     categories: vec![
///         CostCategory { label: "Shelter".into(), colour: None },
///         CostCategory { label: "Support".into(), colour: None },
///     ],
///     periods: vec![period("−1", [180e3, 20e3]), period("0", [90e3, 95e3]), period("1", [30e3, 80e3])],
/// }
/// .svg(&Style::new(Lang::En))?;
/// assert!(svg.contains("200,000"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CostBars {
    /// Title, subtitle and the definition beneath.
    pub caption: Caption,
    /// Unit and price level, written over the axis.
    pub unit: String,
    /// What the periods are counted from.
    pub x_title: String,
    /// The categories, lowest in the stack first.
    pub categories: Vec<CostCategory>,
    /// The periods in order.
    pub periods: Vec<CostPeriod>,
}

/// A category of cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CostCategory {
    /// The category's name.
    pub label: String,
    /// The colour, or the palette's next.
    pub colour: Option<Colour>,
}

/// One bar of [`CostBars`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CostPeriod {
    /// What stands under the bar: −1, 0, 1.
    pub label: String,
    /// Whether this is the period of placement.
    pub emphasised: bool,
    /// How many people the means rest on.
    pub people: Option<u64>,
    /// Mean amount by category. Negative amounts (refunds) stack below zero;
    /// what is not finite is left out.
    pub amounts: Vec<f64>,
    /// The mean total; when `None`, the sum of the amounts.
    pub total: Option<f64>,
    /// The total's interval, lower and upper end.
    pub interval: Option<(f64, f64)>,
}

impl CostPeriod {
    fn total(&self) -> Option<f64> {
        if self.total.is_some() {
            return self.total.filter(|total| total.is_finite());
        }
        let finite = self
            .amounts
            .iter()
            .copied()
            .filter(|amount| amount.is_finite());
        finite.reduce(|sum, amount| sum + amount)
    }

    fn interval(&self) -> Option<(f64, f64)> {
        self.interval
            .filter(|(low, high)| low.is_finite() && high.is_finite())
    }

    /// The lower and upper end of the stack.
    fn reach(&self) -> (f64, f64) {
        let finite = || self.amounts.iter().filter(|amount| amount.is_finite());
        (
            finite().filter(|amount| **amount < 0.0).sum(),
            finite().filter(|amount| **amount > 0.0).sum(),
        )
    }
}

const PLOT_HEIGHT: f64 = 280.0;
const NAMES_GAP: f64 = 20.0;
const NAME_LINE: f64 = 15.0;
const SWATCH: f64 = 10.0;
/// The part of its slot that a bar fills.
const BAR: f64 = 0.62;

impl CostBars {
    /// Draws the chart.
    ///
    /// # Errors
    ///
    /// [`ChartError::Length`] if a period has not one amount for each category;
    /// [`ChartError::Width`] if the style leaves no room.
    pub fn svg(&self, style: &Style) -> Result<String, ChartError> {
        style.checked()?;
        let expected = self.categories.len();
        if let Some(period) = self
            .periods
            .iter()
            .find(|period| period.amounts.len() != expected)
        {
            return Err(ChartError::Length {
                chart: "cost bars",
                what: "a period",
                expected,
                found: period.amounts.len(),
            });
        }
        let ends = self.periods.iter().flat_map(|period| {
            let (low, high) = period.reach();
            let (least, most) = period.interval().unwrap_or((0.0, 0.0));
            [low, high, least, most, period.total().unwrap_or(0.0)]
        });
        let Some((low, high)) = axis::extent(ends.chain([0.0])) else {
            return nothing_to_show(style, &self.caption);
        };
        if self.periods.iter().all(|period| period.total().is_none()) {
            return nothing_to_show(style, &self.caption);
        }
        let high = if low == high { 1.0 } else { high };
        let ticks = axis::round_ticks(low, high, 7);
        let layout = Layout::new(self, style, &ticks);
        canvas::draw(
            style,
            layout.frame.height(layout.bottom),
            &self.caption,
            |canvas| {
                layout.frame.draw(canvas, style, layout.bottom)?;
                self.ground(canvas, style, &layout)?;
                let decimals = axis::decimals(&ticks);
                let marks = ticks
                    .iter()
                    .map(|&value| (value, style.lang.number(value, decimals)));
                let marks = marks.collect::<Vec<_>>();
                axis::level_axis(
                    canvas,
                    style,
                    &layout.y,
                    &marks,
                    (layout.left, layout.right),
                )?;
                self.bars(canvas, style, &layout)?;
                self.totals(canvas, style, &layout)?;
                self.foot(canvas, style, &layout)?;
                self.names(canvas, style, &layout)
            },
        )
    }

    fn colour(&self, style: &Style, category: usize) -> Colour {
        self.categories[category]
            .colour
            .unwrap_or_else(|| style.series(category))
    }

    /// The unit above the axis, and the tint behind the emphasised period.
    fn ground(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
    ) -> Result<(), ChartError> {
        let tint = style.grid.towards(Colour::WHITE, 0.45);
        let (foot, top) = layout.y.span();
        for (i, _) in self
            .periods
            .iter()
            .enumerate()
            .filter(|(_, period)| period.emphasised)
        {
            let (from, to) = layout.slot(i);
            canvas.rect((from, top - 18.0), (to, foot), tint)?;
        }
        let set = Type::new(Style::SMALL, style.muted);
        canvas.text(&self.unit, (Style::MARGIN, layout.frame.top() + 8.0), set)
    }

    fn bars(&self, canvas: &Canvas<'_>, style: &Style, layout: &Layout) -> Result<(), ChartError> {
        for (i, period) in self.periods.iter().enumerate() {
            let (from, to) = layout.bar(i);
            let (mut down, mut up) = (0.0, 0.0);
            for (category, amount) in period.amounts.iter().enumerate() {
                if !amount.is_finite() || *amount == 0.0 {
                    continue;
                }
                let stack = if *amount > 0.0 { &mut up } else { &mut down };
                let (begin, end) = (layout.y.at(*stack), layout.y.at(*stack + amount));
                *stack += amount;
                canvas.rect((from, begin), (to, end), self.colour(style, category))?;
                // A thin white line between neighbours; none at the zero line.
                if begin != layout.y.at(0.0) {
                    canvas.line(&[(from, begin), (to, begin)], Colour::WHITE, 0.8)?;
                }
            }
        }
        let zero = layout.y.at(0.0);
        canvas.line(
            &[(layout.left, zero), (layout.right, zero)],
            style.axis,
            1.0,
        )
    }

    fn totals(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        layout: &Layout,
    ) -> Result<(), ChartError> {
        let strong = Type::new(Style::LABEL, style.ink)
            .bold()
            .halo()
            .anchor(Anchor::Middle);
        let mut placer = Placer::new(Area {
            left: layout.left - 20.0,
            top: layout.frame.top(),
            right: layout.right + 20.0,
            bottom: layout.bottom,
        });
        let mut written = Vec::with_capacity(self.periods.len());
        for (i, period) in self.periods.iter().enumerate() {
            let Some(total) = period.total() else {
                continue;
            };
            let x = layout.middle(i);
            let mut above = layout.y.at(total.max(period.reach().1).max(0.0));
            if let Some((low, high)) = period.interval() {
                let (low, high) = (layout.y.at(low), layout.y.at(high));
                for (width, colour) in [(3.2, Colour::WHITE), (1.4, style.ink)] {
                    canvas.line(&[(x, low), (x, high)], colour, width)?;
                }
                for end in [low, high] {
                    canvas.line(&[(x - 4.0, end), (x + 4.0, end)], style.ink, 1.4)?;
                }
                above = above.min(high);
            }
            written.push((!period.emphasised, i, x, above - 6.0, total));
        }
        // The period of placement has the first claim to room.
        written.sort_by_key(|&(ordinary, i, ..)| (ordinary, i));
        for (_, _, x, y, total) in written {
            let text = style.lang.number(total, layout.decimals);
            let half = strong.width(&text) / 2.0;
            let area = Area {
                left: x - half - 1.0,
                top: y - 10.0,
                right: x + half + 1.0,
                bottom: y + 2.0,
            };
            if placer.place(&[area]).is_some() {
                canvas.text(&text, (x, y), strong)?;
            }
        }
        Ok(())
    }

    fn foot(&self, canvas: &Canvas<'_>, style: &Style, layout: &Layout) -> Result<(), ChartError> {
        let foot = layout.y.span().0;
        let (left, right) = (layout.left, layout.right);
        canvas.line(&[(left, foot), (right, foot)], style.axis, 1.0)?;
        let plain = Type::new(Style::SMALL, style.muted).anchor(Anchor::Middle);
        let strong = Type::new(Style::LABEL, style.ink)
            .bold()
            .anchor(Anchor::Middle);
        let slot = layout.slot_width();
        for (i, period) in self.periods.iter().enumerate() {
            let set = if period.emphasised { strong } else { plain };
            let text = shorten(&period.label, set.size, set.weight, slot);
            canvas.text(&text, (layout.middle(i), foot + 17.0), set)?;
        }
        if !self.x_title.is_empty() {
            let at = (f64::midpoint(left, right), foot + 34.0);
            canvas.text(&self.x_title, at, plain)?;
        }
        if self.periods.iter().all(|period| period.people.is_none()) {
            return Ok(());
        }
        let y = layout.counts_top + COUNT_LINE - 4.0;
        let title = style.lang.pick("Antal personer", "Number of people");
        canvas.text(
            title,
            (Style::MARGIN, y),
            Type::new(Style::SMALL, style.muted),
        )?;
        let cells =
            self.periods.iter().enumerate().filter_map(|(i, period)| {
                Some((layout.middle(i), style.lang.count(period.people?)))
            });
        let widest = |cells: &[(f64, String)]| {
            let widths = cells.iter().map(|(_, text)| plain.width(text));
            widths.fold(0.0, f64::max)
        };
        let cells = cells.collect::<Vec<_>>();
        // Where slots are narrower than counts, every second or third is shown.
        let every = ((widest(&cells) + 4.0) / slot).ceil().max(1.0) as usize;
        let cells = cells.into_iter().step_by(every).collect::<Vec<_>>();
        axis::counts(
            canvas,
            style,
            &cells,
            ("", (right, y + COUNT_LINE)),
            style.ink,
        )
    }

    /// The categories, top of the stack first, at the right.
    fn names(&self, canvas: &Canvas<'_>, style: &Style, layout: &Layout) -> Result<(), ChartError> {
        let x = layout.right + NAMES_GAP;
        let mut y = layout.y.span().1;
        for (category, lines) in layout.names.iter().enumerate().rev() {
            let colour = self.colour(style, category);
            canvas.rect((x, y), (x + SWATCH, y + SWATCH), colour)?;
            for line in lines {
                let set = Type::new(Style::LABEL, style.ink);
                canvas.text(line, (x + SWATCH + 6.0, y + 9.2), set)?;
                y += NAME_LINE;
            }
            y += 4.0;
        }
        Ok(())
    }
}

struct Layout {
    frame: Frame,
    left: f64,
    right: f64,
    y: Scale,
    slots: usize,
    names: Vec<Vec<String>>,
    decimals: usize,
    counts_top: f64,
    bottom: f64,
}

impl Layout {
    fn new(chart: &CostBars, style: &Style, ticks: &[f64]) -> Self {
        let frame = Frame::new(style, &chart.caption);
        let small = Type::new(Style::SMALL, style.muted);
        let plain = Type::new(Style::LABEL, style.ink);
        let decimals = axis::decimals(ticks);
        let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
        let marks = &mut ticks
            .iter()
            .map(|&tick| small.width(&style.lang.number(tick, decimals)));
        let left = Style::MARGIN + widest(marks) + 8.0;
        let limit = style.width * 0.24;
        let names = chart
            .categories
            .iter()
            .map(|category| wrap(&category.label, plain.size, Weight::Regular, limit))
            .collect::<Vec<_>>();
        let room = widest(&mut names.iter().flatten().map(|line| plain.width(line)));
        let right = style.width - Style::MARGIN - NAMES_GAP - SWATCH - 6.0 - room;
        let top = frame.top() + if chart.unit.is_empty() { 20.0 } else { 38.0 };
        let lines = names
            .iter()
            .map(|lines| lines.len() as f64 * NAME_LINE + 4.0);
        let foot = top + PLOT_HEIGHT.max(lines.sum());
        let counts_top = foot + axis::foot_height(&chart.x_title) + 2.0;
        let counted = chart.periods.iter().any(|period| period.people.is_some());
        let bottom = counts_top + if counted { 2.0 * COUNT_LINE } else { 0.0 };
        let domain = (ticks[0], ticks[ticks.len() - 1]);
        Self {
            frame,
            left,
            right,
            y: Scale::new(domain, foot, top),
            slots: chart.periods.len().max(1),
            names,
            decimals,
            counts_top,
            bottom,
        }
    }

    fn slot_width(&self) -> f64 {
        (self.right - self.left) / self.slots as f64
    }

    fn slot(&self, i: usize) -> (f64, f64) {
        let width = self.slot_width();
        (
            self.left + i as f64 * width,
            self.left + (i + 1) as f64 * width,
        )
    }

    fn middle(&self, i: usize) -> f64 {
        let (from, to) = self.slot(i);
        f64::midpoint(from, to)
    }

    fn bar(&self, i: usize) -> (f64, f64) {
        let half = (self.slot_width() * BAR / 2.0).min(44.0);
        (self.middle(i) - half, self.middle(i) + half)
    }
}
