//! How wide a text is, and where to break it.
//!
//! Labels stand beside their data, so a chart has to know their size before
//! it can leave room for them. Widths come from the font that draws the PNG.
//! A browser may lack that font and take another, which is why [`width`] adds a
//! little. The common ones, Arial and Segoe UI, run narrower than ours; DejaVu
//! Sans, the widest to reckon with, a good tenth wider, which this allowance
//! and the margin of the page take up between them.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// The regular weight, OpenType.
pub(crate) const REGULAR: &[u8] = include_bytes!("../fonts/BoligsporSans-Regular.otf");
/// The semi-bold weight, OpenType.
pub(crate) const SEMIBOLD: &[u8] = include_bytes!("../fonts/BoligsporSans-SemiBold.otf");
/// The family name inside both files.
pub(crate) const FAMILY: &str = "Boligspor Sans";

/// Room for a fallback font that runs wider than ours.
const ALLOWANCE: f64 = 1.06;
/// Width, in em, of a letter the font lacks.
const UNKNOWN_ADVANCE: f32 = 0.62;
/// Past the highest letter of the subset that is common in text.
const TABLE: usize = 0x2265 + 1;

/// Regular or emphasised text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Weight {
    /// Weight 400.
    #[default]
    Regular,
    /// Weight 600.
    Semibold,
}

static REGULAR_ADVANCES: LazyLock<Vec<f32>> = LazyLock::new(|| advances(REGULAR));
static SEMIBOLD_ADVANCES: LazyLock<Vec<f32>> = LazyLock::new(|| advances(SEMIBOLD));

/// Advance widths in em, by code point.
fn advances(font: &[u8]) -> Vec<f32> {
    let Ok(font) = FontRef::new(font) else {
        return Vec::new();
    };
    let (charmap, metrics) = (
        font.charmap(),
        font.glyph_metrics(Size::new(1.0), LocationRef::default()),
    );
    (0..TABLE as u32)
        .map(|code| {
            charmap
                .map(code)
                .and_then(|glyph| metrics.advance_width(glyph))
                .unwrap_or(UNKNOWN_ADVANCE)
        })
        .collect()
}

/// The width of `text` in pixels when set at `size` pixels.
pub(crate) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let table = match weight {
        Weight::Regular => &*REGULAR_ADVANCES,
        Weight::Semibold => &*SEMIBOLD_ADVANCES,
    };
    let em: f64 = text
        .chars()
        .map(|letter| {
            let advance = table.get(letter as usize).copied();
            f64::from(advance.unwrap_or(UNKNOWN_ADVANCE))
        })
        .sum();
    em * size * ALLOWANCE
}

/// `text` in lines of at most `limit` pixels, broken at spaces where possible
/// and inside a word only where the word alone is too long.
pub(crate) fn wrap(text: &str, size: f64, weight: Weight, limit: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    // A no-break space binds a number to its unit, so only plain white space
    // divides words.
    for word in text
        .split([' ', '\n', '\t'])
        .filter(|word| !word.is_empty())
    {
        let joined = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
        if width(&joined, size, weight) <= limit {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            line.push(letter);
            if width(&line, size, weight) > limit && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::take(&mut line));
                line.push(letter);
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `text`, cut with an ellipsis if it is wider than `limit` pixels.
pub(crate) fn shorten(text: &str, size: f64, weight: Weight, limit: f64) -> String {
    // Room is often the very width of the text, but for rounding.
    if width(text, size, weight) <= limit + 0.01 {
        return text.to_owned();
    }
    let mut kept = text.to_owned();
    while kept.pop().is_some() {
        let cut = format!("{}…", kept.trim_end());
        if width(&cut, size, weight) <= limit {
            return cut;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::{Weight, shorten, width, wrap};

    #[test]
    fn widths_come_from_the_font() {
        assert!(width("iiii", 12.0, Weight::Regular) < width("mmmm", 12.0, Weight::Regular));
        assert!(width("bolig", 12.0, Weight::Regular) < width("bolig", 12.0, Weight::Semibold));
        // Figures are tabular, so that columns of counts line up.
        assert_eq!(
            width("1111", 12.0, Weight::Regular),
            width("8888", 12.0, Weight::Regular)
        );
    }

    #[test]
    fn the_font_has_danish_letters_and_the_signs_of_a_figure() {
        for letter in "ÆØÅæøåéüöä§–−·≥≤½±×…→  %’”".chars() {
            for font in [super::REGULAR, super::SEMIBOLD] {
                let font = skrifa::FontRef::new(font).expect("the embedded font is sound");
                let glyph = skrifa::MetadataProvider::charmap(&font).map(letter);
                assert!(glyph.is_some(), "no glyph for {letter:?}");
            }
        }
    }

    #[test]
    fn lines_keep_within_their_limit_and_lose_nothing() {
        let text = "Andel der bor i en hvilken som helst bolig på årsdagen for indflytning";
        let lines = wrap(text, 11.0, Weight::Regular, 120.0);
        assert!(lines.len() > 2);
        assert_eq!(lines.join(" "), text);
        for line in &lines {
            assert!(width(line, 11.0, Weight::Regular) <= 120.0, "{line}");
        }
    }

    #[test]
    fn a_word_longer_than_the_line_is_broken() {
        let lines = wrap(&"x".repeat(80), 11.0, Weight::Regular, 100.0);
        assert!(lines.len() > 1);
        assert_eq!(lines.concat().len(), 80);
        assert!(wrap("", 11.0, Weight::Regular, 100.0).is_empty());
        assert_eq!(wrap("abc", 11.0, Weight::Regular, 0.0), ["a", "b", "c"]);
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        assert_eq!(shorten("Odense", 12.0, Weight::Regular, 500.0), "Odense");
        let cut = shorten("Lyngby-Taarbæk Kommune", 12.0, Weight::Regular, 80.0);
        assert!(cut.ends_with('…') && cut.starts_with("Lyngby"), "{cut}");
        assert_eq!(shorten("Odense", 12.0, Weight::Regular, 1.0), "");
    }
}
