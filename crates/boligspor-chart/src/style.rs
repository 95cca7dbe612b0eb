//! One look for every chart.
//!
//! A report is read as one document, so sizes, colours and spacing are decided
//! once. Text is never smaller than 10.5 pixels at the drawn width; series are
//! told apart by colours that remain apart for colour-blind readers (Okabe and
//! Ito, *Color universal design*, 2008) and are named beside their line, not in
//! a box; axes and grid are grey, so that the data is what is dark.

use crate::{ChartError, Lang};

/// An opaque sRGB colour.
///
/// ```
/// use boligspor_chart::Colour;
///
/// assert_eq!(Colour::rgb(0x00_72_b2).hex(), "#0072b2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

impl Colour {
    /// White.
    pub const WHITE: Self = Self::rgb(0xff_ff_ff);
    /// Okabe and Ito's black.
    pub const BLACK: Self = Self::rgb(0x00_00_00);
    /// Okabe and Ito's orange.
    pub const ORANGE: Self = Self::rgb(0xe6_9f_00);
    /// Okabe and Ito's sky blue.
    pub const SKY: Self = Self::rgb(0x56_b4_e9);
    /// Okabe and Ito's bluish green.
    pub const GREEN: Self = Self::rgb(0x00_9e_73);
    /// Okabe and Ito's yellow.
    pub const YELLOW: Self = Self::rgb(0xf0_e4_42);
    /// Okabe and Ito's blue.
    pub const BLUE: Self = Self::rgb(0x00_72_b2);
    /// Okabe and Ito's vermilion.
    pub const VERMILION: Self = Self::rgb(0xd5_5e_00);
    /// Okabe and Ito's reddish purple.
    pub const PURPLE: Self = Self::rgb(0xcc_79_a7);
    /// A middle grey, for what is unknown or of no account.
    pub const GREY: Self = Self::rgb(0x9a_9a_9a);

    /// A colour from `0xRRGGBB`; higher bits are ignored.
    pub const fn rgb(value: u32) -> Self {
        Self {
            red: (value >> 16) as u8,
            green: (value >> 8) as u8,
            blue: value as u8,
        }
    }

    /// The colour as `#rrggbb`.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }

    /// The colour a `part` (0 to 1) of the way to `other`.
    #[must_use]
    pub fn towards(self, other: Self, part: f64) -> Self {
        let part = if part.is_nan() {
            0.0
        } else {
            part.clamp(0.0, 1.0)
        };
        let mix =
            |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
        Self {
            red: mix(self.red, other.red),
            green: mix(self.green, other.green),
            blue: mix(self.blue, other.blue),
        }
    }

    /// The colour, darkened until text in it can be read on white: a contrast
    /// of at least 4.5 to 1 (WCAG 2.2, success criterion 1.4.3).
    #[must_use]
    pub fn for_text(self) -> Self {
        (0..=20)
            .map(|step| self.towards(Self::BLACK, f64::from(step) * 0.05))
            .find(|colour| 1.05 / (colour.luminance() + 0.05) >= 4.5)
            .unwrap_or(Self::BLACK)
    }

    /// Relative luminance, 0 for black to 1 for white, as WCAG 2.2 defines it.
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    pub(crate) fn parts(self) -> (u8, u8, u8) {
        (self.red, self.green, self.blue)
    }
}

/// Size, colours and language of a chart.
///
/// ```
/// use boligspor_chart::{Lang, Style};
///
/// let style = Style { width: 640.0, ..Style::new(Lang::En) };
/// assert_eq!(style.lang, Lang::En);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// Language of numbers and fixed words.
    pub lang: Lang,
    /// Width in CSS pixels, at least [`Style::LEAST_WIDTH`]; heights follow
    /// from what each chart has to say.
    pub width: f64,
    /// Colours of series, in the order they are given out.
    pub palette: Vec<Colour>,
    /// Text and marks that carry the message.
    pub ink: Colour,
    /// Secondary text: axis labels, subtitle, notes.
    pub muted: Colour,
    /// Axis lines and ticks.
    pub axis: Colour,
    /// Grid lines, and backgrounds that set a period apart.
    pub grid: Colour,
}

impl Style {
    /// The least width that leaves room for axes and labels, in pixels.
    pub const LEAST_WIDTH: f64 = 360.0;
    /// Size of titles, in pixels.
    pub(crate) const TITLE: f64 = 17.0;
    /// Size of subtitles and axis titles, in pixels.
    pub(crate) const SUBTITLE: f64 = 12.5;
    /// Size of labels that name data, in pixels.
    pub(crate) const LABEL: f64 = 12.0;
    /// Size of axis labels and counts, in pixels.
    pub(crate) const SMALL: f64 = 11.0;
    /// Size of the notes under a chart, in pixels.
    pub(crate) const NOTE: f64 = 10.5;
    /// Empty space around a chart, in pixels.
    pub(crate) const MARGIN: f64 = 14.0;

    /// The house style in `lang`, 720 pixels wide.
    pub fn new(lang: Lang) -> Self {
        Self {
            lang,
            width: 720.0,
            palette: vec![
                Colour::BLUE,
                Colour::VERMILION,
                Colour::GREEN,
                Colour::PURPLE,
                Colour::ORANGE,
                Colour::SKY,
                Colour::rgb(0x6b_4c_9a),
                Colour::rgb(0x7a_6a_00),
            ],
            ink: Colour::rgb(0x1f_24_28),
            muted: Colour::rgb(0x5b_63_6a),
            axis: Colour::rgb(0x9a_a1_a7),
            grid: Colour::rgb(0xe6_e9_eb),
        }
    }

    /// The colour of series number `index`; past the palette, grey.
    pub(crate) fn series(&self, index: usize) -> Colour {
        self.palette.get(index).copied().unwrap_or(Colour::GREY)
    }

    pub(crate) fn checked(&self) -> Result<&Self, ChartError> {
        if self.width.is_finite() && self.width >= Self::LEAST_WIDTH {
            Ok(self)
        } else {
            Err(ChartError::Width {
                width: self.width,
                least: Self::LEAST_WIDTH,
            })
        }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::new(Lang::default())
    }
}

/// What stands around a chart: its title above, its definition below.
///
/// A number never travels without its definition, so `notes` is where the
/// sentence that defines the measure goes; each note is wrapped to the width.
///
/// ```
/// use boligspor_chart::Caption;
///
/// let caption = Caption::new("Still housed")
///     .subtitle("Share of those placed, 2016–2019")
///     .note("Housed: any dwelling held on the anniversary day.");
/// assert_eq!(caption.notes.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caption {
    /// The title, which says what is shown.
    pub title: String,
    /// One sentence of who, where and when; may be empty.
    pub subtitle: String,
    /// Definitions, warnings and sources, one paragraph each.
    pub notes: Vec<String>,
    /// What the picture shows, in words, for those who cannot see it; when
    /// empty the subtitle and the notes are used.
    pub description: String,
}

impl Caption {
    /// A caption with a title only.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// With a subtitle.
    #[must_use]
    pub fn subtitle(mut self, text: impl Into<String>) -> Self {
        self.subtitle = text.into();
        self
    }

    /// With one more note.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// With a description for those who cannot see the picture.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// The description, or what serves in its place.
    pub(crate) fn spoken(&self) -> String {
        if !self.description.is_empty() {
            return self.description.clone();
        }
        std::iter::once(&self.subtitle)
            .chain(&self.notes)
            .filter(|text| !text.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::{Colour, Style};

    #[test]
    fn every_palette_colour_can_be_read_as_text() {
        for colour in Style::default().palette {
            let contrast = 1.05 / (colour.for_text().luminance() + 0.05);
            assert!(contrast >= 4.5, "{} has contrast {contrast}", colour.hex());
        }
    }

    #[test]
    fn mixing_is_bounded_by_its_ends() {
        assert_eq!(Colour::BLUE.towards(Colour::WHITE, 0.0), Colour::BLUE);
        assert_eq!(Colour::BLUE.towards(Colour::WHITE, 7.0), Colour::WHITE);
        assert_eq!(Colour::BLUE.towards(Colour::WHITE, f64::NAN), Colour::BLUE);
    }

    #[test]
    fn a_width_that_is_no_width_is_refused() {
        for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let style = Style {
                width,
                ..Style::default()
            };
            assert!(style.checked().is_err());
        }
    }
}
