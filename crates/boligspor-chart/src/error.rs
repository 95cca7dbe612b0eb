//! What can go wrong when a chart is drawn.
//!
//! Awkward data is not an error: an empty series draws an empty frame, and a
//! value that is not a number draws a gap. An error means that the caller's
//! input contradicts itself, or that a document is not what it should be.

/// Why a chart or picture could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChartError {
    /// Two lists that run in parallel have different lengths.
    #[error(
        "{chart}: {what} has {found} values where {expected} are needed; \
         give one value for each entry it runs along"
    )]
    Length {
        /// Which chart.
        chart: &'static str,
        /// Which list is too short or too long.
        what: &'static str,
        /// How many values it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// The style leaves no room to draw in.
    #[error("a chart {width} pixels wide has no room for its axes; use {least} or more")]
    Width {
        /// The width asked for, in pixels.
        width: f64,
        /// The least width that works, in pixels.
        least: f64,
    },
    /// The plotting back end refused; the text is its own.
    #[error("the plotting back end could not draw: {0}")]
    Drawing(String),
    /// A document handed in as SVG is not SVG.
    #[error("this is not an SVG document that can be drawn: {0}")]
    Svg(String),
    /// A picture would be empty or too large to hold in memory.
    #[error(
        "a picture of {width} by {height} pixels cannot be made; \
         use a scale that keeps both sides between 1 and {most}"
    )]
    Size {
        /// Width in pixels at the scale asked for.
        width: f64,
        /// Height in pixels at the scale asked for.
        height: f64,
        /// The longest side allowed, in pixels.
        most: u32,
    },
    /// The picture could not be encoded as PNG; the text is the encoder's own.
    #[error("the picture could not be written as PNG: {0}")]
    Png(String),
}
