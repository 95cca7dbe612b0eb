//! What stands around every chart: title and subtitle above, notes below.

use crate::canvas::{Anchor, Canvas, Type};
use crate::text::{Weight, wrap};
use crate::{Caption, ChartError, Style};

const TITLE_LINE: f64 = 22.0;
const SUBTITLE_LINE: f64 = 17.0;
const NOTE_LINE: f64 = 14.5;
const AFTER_HEADER: f64 = 14.0;
const BEFORE_NOTES: f64 = 12.0;
const BETWEEN_NOTES: f64 = 3.0;

/// The caption, broken into lines for one width.
pub(crate) struct Frame {
    title: Vec<String>,
    subtitle: Vec<String>,
    notes: Vec<Vec<String>>,
}

impl Frame {
    pub(crate) fn new(style: &Style, caption: &Caption) -> Self {
        // A long line of a wider fallback font grows by more than the margin.
        let room = (style.width - 2.0 * Style::MARGIN) * 0.96;
        Self {
            title: wrap(&caption.title, Style::TITLE, Weight::Semibold, room),
            subtitle: wrap(&caption.subtitle, Style::SUBTITLE, Weight::Regular, room),
            notes: caption
                .notes
                .iter()
                .map(|note| wrap(note, Style::NOTE, Weight::Regular, room))
                .filter(|lines| !lines.is_empty())
                .collect(),
        }
    }

    /// Where the picture begins, in pixels from the top.
    pub(crate) fn top(&self) -> f64 {
        let lines =
            self.title.len() as f64 * TITLE_LINE + self.subtitle.len() as f64 * SUBTITLE_LINE;
        Style::MARGIN
            + if lines > 0.0 {
                lines + AFTER_HEADER
            } else {
                0.0
            }
    }

    /// The height of the whole document when the picture ends at `bottom`.
    pub(crate) fn height(&self, bottom: f64) -> f64 {
        let lines: usize = self.notes.iter().map(Vec::len).sum();
        let notes = if lines == 0 {
            0.0
        } else {
            BEFORE_NOTES + lines as f64 * NOTE_LINE + (self.notes.len() - 1) as f64 * BETWEEN_NOTES
        };
        bottom + notes + Style::MARGIN
    }

    /// Draws the caption around a picture that ends at `bottom`.
    pub(crate) fn draw(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        bottom: f64,
    ) -> Result<(), ChartError> {
        let mut y = Style::MARGIN;
        for line in &self.title {
            y += TITLE_LINE;
            let set = Type::new(Style::TITLE, style.ink).bold();
            canvas.text(line, (Style::MARGIN, y - 6.0), set)?;
        }
        for line in &self.subtitle {
            y += SUBTITLE_LINE;
            let set = Type::new(Style::SUBTITLE, style.muted);
            canvas.text(line, (Style::MARGIN, y - 4.0), set)?;
        }
        let mut y = bottom + BEFORE_NOTES;
        for note in &self.notes {
            for line in note {
                y += NOTE_LINE;
                let set = Type::new(Style::NOTE, style.muted);
                canvas.text(line, (Style::MARGIN, y - 4.0), set)?;
            }
            y += BETWEEN_NOTES;
        }
        Ok(())
    }
}

/// Height of the picture of a chart that has nothing to show, in pixels.
const EMPTY: f64 = 60.0;

/// A chart with nothing to show says so: an empty frame could be taken for a
/// picture that failed to load.
pub(crate) fn nothing_to_show(style: &Style, caption: &Caption) -> Result<String, ChartError> {
    let frame = Frame::new(style, caption);
    let (top, bottom) = (frame.top(), frame.top() + EMPTY);
    crate::canvas::draw(style, frame.height(bottom), caption, |canvas| {
        frame.draw(canvas, style, bottom)?;
        canvas.text(
            style.lang.pick("Ingen data at vise", "No data to show"),
            (style.width / 2.0, top + EMPTY / 2.0 + 4.0),
            Type::new(Style::LABEL, style.muted).anchor(Anchor::Middle),
        )
    })
}
