//! From the plotting crate's SVG to a document fit to publish.
//!
//! What the plotting crate writes is correct but wordy: every text repeats the
//! font, every shape its full opacity, and there is no title. This pass parses
//! it and writes each element anew with only the attributes that say
//! something, adds what a screen reader needs, and divides the coordinates by
//! the ten units per pixel that [`crate::canvas`] draws with. The result has no
//! script, no link and no style sheet, and is the same for the same input.

use std::fmt::Write as _;

use roxmltree::{Document, Node};

use crate::text::FAMILY;
use crate::{Caption, ChartError, Lang};

/// Drawing units per pixel.
pub(crate) const UNITS: f64 = 10.0;
/// The font family that marks text to be set with a white outline: of all the
/// plotting crate passes through unread, the one thing a text can carry.
pub(crate) const HALO: &str = "halo";

/// The fonts to try, best first. The second is the one ours is cut from; those
/// after it are common and no wider.
pub(crate) const FONTS: &str = "Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif";

/// Rewrites `raw` as a small, titled, self-contained SVG document.
pub(crate) fn clean(raw: &str, lang: Lang, caption: &Caption) -> Result<String, ChartError> {
    let document = Document::parse(raw).map_err(|error| ChartError::Svg(error.to_string()))?;
    let root = document.root_element();
    let (width, height) = (scaled(root, "width"), scaled(root, "height"));
    let mut out = String::with_capacity(raw.len() / 2 + 512);
    let tag = lang.tag();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" xml:lang=\"{tag}\" \
         font-family=\"'{FAMILY}', {FONTS}\" stroke-linejoin=\"round\" \
         stroke-linecap=\"butt\">",
    );
    for (name, text) in [("title", &caption.title), ("desc", &caption.spoken())] {
        if !text.is_empty() {
            let _ = writeln!(out, "<{name}>{}</{name}>", escaped(text));
        }
    }
    let _ = writeln!(
        out,
        "<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>"
    );
    for node in root.children().filter(Node::is_element) {
        element(&mut out, node);
    }
    out.push_str("</svg>\n");
    Ok(out)
}

fn element(out: &mut String, node: Node<'_, '_>) {
    let get = |name| node.attribute(name).unwrap_or_default();
    let fill = || colour(get("fill"));
    match node.tag_name().name() {
        "polyline" | "polygon" => {
            let numbers = get("points")
                .split([' ', ','])
                .filter(|number| !number.is_empty())
                .map(pixels)
                .collect::<Vec<_>>();
            let points = numbers
                .chunks(2)
                .map(|pair| pair.join(","))
                .collect::<Vec<_>>()
                .join(" ");
            if node.tag_name().name() == "polygon" {
                let _ = write!(out, "<polygon points=\"{points}\" fill=\"{}\"", fill());
                if get("opacity") != "1" {
                    let _ = write!(out, " fill-opacity=\"{}\"", get("opacity"));
                }
            } else {
                let (stroke, width) = (colour(get("stroke")), scaled(node, "stroke-width"));
                let _ = write!(
                    out,
                    "<polyline points=\"{points}\" fill=\"none\" stroke=\"{stroke}\" \
                     stroke-width=\"{width}\"",
                );
            }
            out.push_str("/>\n");
        }
        "rect" => {
            let _ = writeln!(
                out,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
                scaled(node, "x"),
                scaled(node, "y"),
                scaled(node, "width"),
                scaled(node, "height"),
                fill(),
            );
        }
        "circle" => {
            let _ = writeln!(
                out,
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>",
                scaled(node, "cx"),
                scaled(node, "cy"),
                scaled(node, "r"),
                fill(),
            );
        }
        "text" => {
            let (x, y, size) = (
                scaled(node, "x"),
                scaled(node, "y"),
                scaled(node, "font-size"),
            );
            let _ = write!(
                out,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{}\"",
                fill()
            );
            if get("font-weight") == "bold" {
                out.push_str(" font-weight=\"600\"");
            }
            if get("text-anchor") != "start" {
                let _ = write!(out, " text-anchor=\"{}\"", get("text-anchor"));
            }
            if get("font-family") == HALO {
                out.push_str(" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\"");
            }
            let text = node.text().unwrap_or_default().trim_matches('\n');
            let _ = writeln!(out, ">{}</text>", escaped(text));
        }
        // Nothing in this crate draws anything else.
        other => debug_assert!(false, "no rule for <{other}>"),
    }
}

/// An attribute in units as pixels.
fn scaled(node: Node<'_, '_>, name: &str) -> String {
    pixels(node.attribute(name).unwrap_or("0"))
}

/// A number of units as pixels with one decimal at most.
fn pixels(units: &str) -> String {
    let value: f64 = units.parse().unwrap_or_default();
    let rounded = (value / UNITS * 10.0).round() / 10.0;
    // Adding zero turns −0 into 0.
    format!("{}", rounded + 0.0)
}

fn colour(value: &str) -> String {
    value.to_ascii_lowercase()
}

/// A letter that may stand in XML 1.0. White space becomes a space, and what
/// is forbidden U+FFFD, so that a stray control character in a label cannot
/// spoil a document.
pub(crate) fn printable(letter: char) -> char {
    match letter {
        '\t' | '\n' | '\r' => ' ',
        '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        other => other,
    }
}

/// Text as XML and HTML character data.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars().map(printable) {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escaped, pixels};

    #[test]
    fn units_become_pixels_with_one_decimal() {
        assert_eq!(pixels("1234"), "123.4");
        assert_eq!(pixels("1230"), "123");
        assert_eq!(pixels("-0"), "0");
        assert_eq!(pixels("120.00000000000001"), "12");
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(
            escaped("<b a=\"1\">&'\u{0}"),
            "&lt;b a=&quot;1&quot;&gt;&amp;&#39;\u{fffd}"
        );
    }
}
