//! Where people live: the share in each state, month by month, stacked.
//!
//! Retention says who kept a home; this picture says where the others went.
//! The caller gives each state its name and colour, so that a state looks the
//! same in every chart of a report. States are named at the right, beside
//! their band; beneath stands how many people the shares rest on.

use crate::axis::{self, COUNT_LINE, Scale};
use crate::canvas::{self, Anchor, Canvas, Point, Type};
use crate::frame::{Frame, nothing_to_show};
use crate::labels::spread;
use crate::text::shorten;
use crate::{Caption, ChartError, Colour, Style};

/// Shares of people by state over months, stacked from the bottom.
///
/// ```
/// use boligspor_chart::{Band, Caption, Colour, Lang, OccupancyChart, Style};
///
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let band = |label: &str, colour, shares: [f64; 3]| Band {
///     label: label.into(),
///     colour,
///     shares: shares.to_vec(),
/// };
/// let svg = OccupancyChart {
///     caption: Caption::new("Where people live"),
///     x_title: "Months since placement".into(),
///     months: vec![0.0, 12.0, 24.0],
///     bands: vec![
///         band("Dwelling", Colour::BLUE, [1.0, 0.9, 0.8]),
///         band("Shelter", Colour::ORANGE, [0.0, 0.1, 0.2]),
///     ],
///     observed: vec![498, 490, 471],
/// }
/// .svg(&Style::new(Lang::En))?;
/// assert!(svg.contains("Shelter"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OccupancyChart {
    /// Title, subtitle and the definition beneath.
    pub caption: Caption,
    /// What the months are counted from.
    pub x_title: String,
    /// Months since time zero, rising.
    pub months: Vec<f64>,
    /// The states, lowest first.
    pub bands: Vec<Band>,
    /// How many people are observed at each month; empty to leave it out.
    pub observed: Vec<u64>,
}

/// One state of an [`OccupancyChart`].
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// The state's name.
    pub label: String,
    /// The state's colour, the same in every chart.
    pub colour: Colour,
    /// Proportions from 0 to 1, one for each month. A month in which any
    /// state's share is not finite is a gap in the whole picture.
    pub shares: Vec<f64>,
}

const PLOT_HEIGHT: f64 = 290.0;
const LABEL_GAP: f64 = 15.0;
const NAMES_GAP: f64 = 22.0;
/// Room between a state's share and its name, in pixels.
const SHARE_GAP: f64 = 7.0;
/// A state that never holds this share is not worth a line of legend.
const LEAST_SHARE: f64 = 0.0005;
const LEVELS: [f64; 6] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];

impl OccupancyChart {
    /// Draws the chart.
    ///
    /// # Errors
    ///
    /// [`ChartError::Length`] if a band or `observed` has not one value for
    /// each month; [`ChartError::Width`] if the style leaves no room.
    pub fn svg(&self, style: &Style) -> Result<String, ChartError> {
        style.checked()?;
        self.check_lengths()?;
        let runs = self.runs();
        let bands = self
            .bands
            .iter()
            .enumerate()
            .filter(|(_, band)| band.shares.iter().any(|share| *share >= LEAST_SHARE))
            .collect::<Vec<_>>();
        let (Some(last_run), false) = (runs.last(), bands.is_empty()) else {
            return nothing_to_show(style, &self.caption);
        };
        let (Some(&first), Some(&last)) = (self.months.first(), last_run.last()) else {
            return nothing_to_show(style, &self.caption);
        };
        let frame = Frame::new(style, &self.caption);
        let small = Type::new(Style::SMALL, style.muted);
        let strong = Type::new(Style::LABEL, style.ink).bold();
        let names = bands
            .iter()
            .map(|(_, band)| strong.width(&band.label) + SHARE_GAP);
        let shares = bands.iter().map(|(_, band)| band.shares[last]);
        let widths = shares.map(|share| strong.width(&style.lang.percent(share, 0)));
        let share_room = widths.fold(0.0, f64::max);
        let names_room = share_room + names.fold(0.0, f64::max).min(style.width * 0.28);
        let left = Style::MARGIN + small.width(&style.lang.percent(1.0, 0)) + 8.0;
        let right = style.width - Style::MARGIN - NAMES_GAP - names_room;
        let top = frame.top() + 4.0;
        let foot = top + PLOT_HEIGHT;
        let x = Scale::new((first.min(0.0), self.months[last]), left, right);
        let y = Scale::new((0.0, 1.0), foot, top);
        let ticks = axis::month_ticks(self.months[last], right - left, 46.0);
        let counts_top = foot + axis::foot_height(&self.x_title) + 2.0;
        let bottom = if self.observed.is_empty() {
            counts_top
        } else {
            counts_top + 2.0 * COUNT_LINE
        };
        canvas::draw(style, frame.height(bottom), &self.caption, |canvas| {
            frame.draw(canvas, style, bottom)?;
            let levels = LEVELS.map(|share| (share, style.lang.percent(share, 0)));
            axis::level_axis(canvas, style, &y, &levels, (left, right))?;
            for run in &runs {
                self.stack(canvas, &x, &y, run)?;
            }
            let marks = ticks
                .iter()
                .map(|&month| (month, style.lang.number(month, 0)));
            let marks = marks.collect::<Vec<_>>();
            axis::foot_axis(canvas, style, &x, &marks, foot, &self.x_title)?;
            self.names(canvas, style, &bands, last, (&x, &y), share_room)?;
            self.observed_counts(canvas, style, &x, &ticks, counts_top)
        })
    }

    fn check_lengths(&self) -> Result<(), ChartError> {
        let expected = self.months.len();
        let wrong = |what, found| ChartError::Length {
            chart: "occupancy",
            what,
            expected,
            found,
        };
        if let Some(band) = self.bands.iter().find(|band| band.shares.len() != expected) {
            return Err(wrong("a band", band.shares.len()));
        }
        if !self.observed.is_empty() && self.observed.len() != expected {
            return Err(wrong("the number observed", self.observed.len()));
        }
        Ok(())
    }

    /// Indices of months in stretches without gaps.
    fn runs(&self) -> Vec<Vec<usize>> {
        let whole = |&i: &usize| {
            self.months[i].is_finite() && self.bands.iter().all(|band| band.shares[i].is_finite())
        };
        let indices = (0..self.months.len()).collect::<Vec<_>>();
        indices
            .split(|i| !whole(i))
            .filter(|run| !run.is_empty())
            .map(<[usize]>::to_vec)
            .collect()
    }

    /// The height at which band `upto` begins, as a share.
    fn floor(&self, upto: usize, month: usize) -> f64 {
        let below = self.bands[..upto]
            .iter()
            .map(|band| band.shares[month].max(0.0));
        below.sum()
    }

    fn stack(
        &self,
        canvas: &Canvas<'_>,
        x: &Scale,
        y: &Scale,
        run: &[usize],
    ) -> Result<(), ChartError> {
        let edge = |level: usize| -> Vec<Point> {
            let at = |&month: &usize| (x.at(self.months[month]), y.at(self.floor(level, month)));
            let mut points = run.iter().map(at).collect::<Vec<_>>();
            if let [only] = points[..] {
                // A lone month has no width of its own.
                let (low, high) = x.span();
                points = vec![
                    ((only.0 - 4.0).max(low), only.1),
                    ((only.0 + 4.0).min(high), only.1),
                ];
            }
            points
        };
        for (i, band) in self.bands.iter().enumerate() {
            let (lower, mut outline) = (edge(i), edge(i + 1));
            outline.extend(lower.into_iter().rev());
            canvas.shape(&outline, band.colour, 1.0)?;
        }
        for i in 1..self.bands.len() {
            canvas.line(&edge(i), Colour::WHITE, 0.8)?;
        }
        Ok(())
    }

    fn names(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        bands: &[(usize, &Band)],
        last: usize,
        (x, y): (&Scale, &Scale),
        share_room: f64,
    ) -> Result<(), ChartError> {
        // From the top down, as the eye meets them.
        let downwards = bands.iter().rev().collect::<Vec<_>>();
        let middles = downwards
            .iter()
            .map(|(i, band)| y.at(self.floor(*i, last) + band.shares[last].max(0.0) / 2.0))
            .collect::<Vec<_>>();
        let (foot, top) = y.span();
        let placed = spread(&middles, LABEL_GAP, top + 4.0, foot - 4.0);
        let edge = x.at(self.months[last]);
        let at = x.span().1 + NAMES_GAP;
        for (((_, band), middle), label) in downwards.iter().zip(middles).zip(placed) {
            let leader = [(edge + 2.0, middle), (at - 10.0, label), (at - 4.0, label)];
            canvas.line(&leader, band.colour, 1.2)?;
            let colour = band.colour.for_text();
            let light = Type::new(Style::LABEL, colour);
            let strong = light.bold();
            let share = style.lang.percent(band.shares[last], 0);
            let share_end = at + share_room;
            let name_at = share_end + SHARE_GAP;
            let room = style.width - Style::MARGIN - name_at;
            let name = shorten(&band.label, strong.size, strong.weight, room);
            let base = label + 4.2;
            canvas.text(&share, (share_end, base), light.anchor(Anchor::End))?;
            canvas.text(&name, (name_at, base), strong)?;
        }
        Ok(())
    }

    fn observed_counts(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        x: &Scale,
        ticks: &[f64],
        top: f64,
    ) -> Result<(), ChartError> {
        if self.observed.is_empty() {
            return Ok(());
        }
        let title = style
            .lang
            .pick("Antal observerede personer", "Number of people observed");
        let set = Type::new(Style::SMALL, style.muted);
        canvas.text(title, (Style::MARGIN, top + COUNT_LINE - 4.0), set)?;
        let cell = |&tick: &f64| {
            let month = self
                .months
                .iter()
                .position(|month| (month - tick).abs() < 1e-6)?;
            Some((x.at(tick), style.lang.count(self.observed[month])))
        };
        let cells = ticks.iter().filter_map(cell).collect::<Vec<_>>();
        let at = (style.width, top + 2.0 * COUNT_LINE - 4.0);
        axis::counts(canvas, style, &cells, ("", at), style.ink)
    }
}
