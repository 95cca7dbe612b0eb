//! SVG to PNG, with the font in the program.
//!
//! A research environment may have no fonts at all, and two machines rarely
//! have the same. So the picture is drawn with the embedded font and no other:
//! the same SVG gives the same bytes everywhere.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{Options, Tree};

use crate::ChartError;
use crate::text::{FAMILY, REGULAR, SEMIBOLD};

/// The longest side of a picture, in pixels: 16,384 squared is a gigabyte.
const LONGEST_SIDE: u32 = 16_384;

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    for file in [REGULAR, SEMIBOLD] {
        fonts.load_font_source(Source::Binary(Arc::new(file)));
    }
    fonts.set_sans_serif_family(FAMILY);
    Arc::new(fonts)
});

/// Draws an SVG document as a PNG file on white, `scale` device pixels to the
/// CSS pixel: 2 suits screens, 3 or more suits print.
///
/// # Errors
///
/// [`ChartError::Svg`] if `svg` is not an SVG document, [`ChartError::Size`] if
/// the picture would have a side shorter than 1 or longer than 16,384 pixels.
///
/// ```
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>"#;
/// let png = boligspor_chart::png(svg, 2.0)?;
/// assert_eq!(&png[1..4], b"PNG");
/// # Ok(())
/// # }
/// ```
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, ChartError> {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_family: FAMILY.to_owned(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| ChartError::Svg(error.to_string()))?;
    let (width, height) = (
        (tree.size().width() * scale).round(),
        (tree.size().height() * scale).round(),
    );
    let too_large = || ChartError::Size {
        width: f64::from(width),
        height: f64::from(height),
        most: LONGEST_SIDE,
    };
    let in_bounds = |side: f32| side >= 1.0 && side <= LONGEST_SIDE as f32;
    if !(in_bounds(width) && in_bounds(height)) {
        return Err(too_large());
    }
    let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or_else(too_large)?;
    pixmap.fill(Color::WHITE);
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut pixmap.as_mut(),
    );
    pixmap
        .encode_png()
        .map_err(|error| ChartError::Png(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::png;
    use crate::ChartError;

    const SQUARE: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10">
        <text x="0" y="9" font-size="10" font-family="sans-serif">Å</text></svg>"#;

    #[test]
    fn text_is_drawn_with_the_embedded_font() {
        let blank = SQUARE.replace('Å', "");
        assert_ne!(
            png(SQUARE, 2.0).expect("a small picture"),
            png(&blank, 2.0).expect("a small picture")
        );
    }

    #[test]
    fn a_scale_that_makes_no_picture_is_refused() {
        for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e9] {
            assert!(
                matches!(png(SQUARE, scale), Err(ChartError::Size { .. })),
                "scale {scale}"
            );
        }
    }

    #[test]
    fn what_is_not_svg_is_refused() {
        assert!(matches!(png("<p>no</p>", 1.0), Err(ChartError::Svg(_))));
        assert!(matches!(png("", 1.0), Err(ChartError::Svg(_))));
    }
}
