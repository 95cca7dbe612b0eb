//! A map where every place has the same area.
//!
//! On a map to scale the emptiest municipality is the largest, and the capital a
//! dot. A tile a place, roughly where it lies, lets each be seen; the number stands
//! in it, so that the colour is only for the eye.

use crate::canvas::{self, Anchor, Canvas, Type};
use crate::frame::{Frame, nothing_to_show};
use crate::text::{Weight, shorten, width};
use crate::{Caption, ChartError, Colour, Measure, Style};

/// Values of places on a grid of tiles.
///
/// ```
/// use boligspor_chart::{Caption, Lang, Measure, Style, TileMap, Tile};
///
/// # fn main() -> Result<(), boligspor_chart::ChartError> {
/// let tile = |name: &str, row, column, value| Tile { name: name.into(), row, column, value };
/// let svg = TileMap {
///     caption: Caption::new("Rates"),
///     measure: Measure::Number { decimals: 1 },
///     tiles: vec![tile("Odense", 1, 0, 1.1), tile("Aarhus", 0, 0, f64::NAN)],
///     ..TileMap::default()
/// }
/// .svg(&Style::new(Lang::En))?;
/// assert!(svg.contains("Odense") && svg.contains("1.1"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TileMap {
    /// Title, subtitle and the definition beneath.
    pub caption: Caption,
    /// How values are written.
    pub measure: Measure,
    /// The tiles; no two in one place.
    pub tiles: Vec<Tile>,
    /// The value that is neither high nor low: tiles above it shade to
    /// vermilion, below it to blue (as for ratios around 1). Without it they
    /// shade from light to dark blue.
    pub middle: Option<f64>,
}

/// One tile.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tile {
    /// What stands in it, shortened to fit.
    pub name: String,
    /// Row from the top.
    pub row: usize,
    /// Column from the left.
    pub column: usize,
    /// The value; when not finite the tile is grey and says that there is none.
    pub value: f64,
}

const GAP: f64 = 2.0;
const LEGEND: f64 = 40.0;
/// Colours in the legend.
const STEPS: usize = 9;
/// Rows and columns beyond this are no map.
const LARGEST: usize = 60;

impl TileMap {
    /// The chart as an SVG document.
    ///
    /// # Errors
    /// [`ChartError`] for a style that no chart can be drawn in, or a tile
    /// beyond sixty rows or columns.
    pub fn svg(&self, style: &Style) -> Result<String, ChartError> {
        style.checked()?;
        if self.tiles.is_empty() {
            return nothing_to_show(style, &self.caption);
        }
        let rows = self.tiles.iter().map(|t| t.row).max().unwrap_or(0) + 1;
        let columns = self.tiles.iter().map(|t| t.column).max().unwrap_or(0) + 1;
        if rows > LARGEST || columns > LARGEST {
            return Err(ChartError::Drawing(
                "a tile lies beyond the sixtieth row or column".into(),
            ));
        }
        let frame = Frame::new(style, &self.caption);
        let top = frame.top();
        let side = (style.width - 2.0 * Style::MARGIN) / columns as f64;
        let height = (side * 0.82).clamp(24.0, 60.0);
        let bottom = top + height * rows as f64 + LEGEND;
        canvas::draw(style, frame.height(bottom), &self.caption, |canvas| {
            frame.draw(canvas, style, bottom)?;
            for tile in &self.tiles {
                let at = (
                    Style::MARGIN + side * tile.column as f64,
                    top + height * tile.row as f64,
                );
                self.tile(canvas, style, tile, at, (side, height))?;
            }
            self.legend(canvas, style, top + height * rows as f64 + 14.0)
        })
    }

    /// The furthest that values lie from the middle, or the lowest and highest.
    fn ends(&self) -> (f64, f64) {
        let values = || self.tiles.iter().map(|t| t.value).filter(|v| v.is_finite());
        let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
            (l.min(v), h.max(v))
        });
        match self.middle {
            Some(middle) if low.is_finite() => {
                let far = (high - middle).max(middle - low).max(f64::MIN_POSITIVE);
                (middle - far, middle + far)
            }
            _ => (low, high),
        }
    }

    fn colour(&self, style: &Style, value: f64) -> Colour {
        let (low, high) = self.ends();
        if !value.is_finite() {
            return style.grid;
        }
        let part = if high > low {
            (value - low) / (high - low)
        } else {
            0.5
        };
        if self.middle.is_some() {
            let away = 2.0 * part - 1.0;
            let end = if away > 0.0 {
                Colour::VERMILION
            } else {
                Colour::BLUE
            };
            Colour::rgb(0xf4_f5_f6).towards(end, away.abs())
        } else {
            Colour::rgb(0xe4_ee_f5).towards(Colour::rgb(0x00_3f_66), part)
        }
    }

    fn tile(
        &self,
        canvas: &Canvas<'_>,
        style: &Style,
        tile: &Tile,
        (x, y): (f64, f64),
        (side, height): (f64, f64),
    ) -> Result<(), ChartError> {
        let fill = self.colour(style, tile.value);
        canvas.rect((x, y), (x + side - GAP, y + height - GAP), fill)?;
        // Whichever of black and white can be read on the tile.
        let ink = if fill.luminance() > 0.3 {
            style.ink
        } else {
            Colour::WHITE
        };
        let middle = x + (side - GAP) / 2.0;
        let room = side - GAP - 3.0;
        let (lines, size) = Tile::lines(&tile.name, room);
        let set = Type::new(size, ink).anchor(Anchor::Middle);
        // Two lines share the room that one would have.
        let first = if lines.len() == 1 { 0.42 } else { 0.29 };
        for (i, line) in lines.iter().enumerate() {
            let line = shorten(line, size, Weight::Regular, room);
            let at = y + height * first + 1.02 * size * i as f64;
            canvas.text(&line, (middle, at), set)?;
        }
        let value = if tile.value.is_finite() {
            self.measure.text(style.lang, tile.value)
        } else {
            "–".into()
        };
        let set = Type::new(Style::NOTE, ink).anchor(Anchor::Middle).bold();
        canvas.text(&value, (middle, y + height * 0.86), set)
    }

    fn legend(&self, canvas: &Canvas<'_>, style: &Style, y: f64) -> Result<(), ChartError> {
        let (low, high) = self.ends();
        if !(low.is_finite() && high.is_finite()) {
            return Ok(());
        }
        let (width, left) = (26.0, Style::MARGIN + 44.0);
        for step in 0..STEPS {
            let value = low + (high - low) * step as f64 / (STEPS - 1) as f64;
            let x = left + width * step as f64;
            canvas.rect((x, y), (x + width, y + 10.0), self.colour(style, value))?;
        }
        let small = Type::new(Style::SMALL, style.muted);
        // A ratio or rate is never below zero, however far the other end lies.
        let from = self.measure.text(style.lang, low.max(0.0));
        canvas.text(&from, (left - 6.0, y + 9.5), small.anchor(Anchor::End))?;
        let to = self.measure.text(style.lang, high);
        canvas.text(&to, (left + width * STEPS as f64 + 6.0, y + 9.5), small)
    }
}

/// The largest and the smallest letters of a name.
const LETTERS: (f64, f64) = (9.5, 7.0);

/// The share of the largest letters that a better break may cost.
const NEAR: f64 = 0.85;

impl Tile {
    /// A name on one line or two with the size of letters that fit `room`: broken
    /// at a space or a hyphen, or between two syllables near the middle.
    ///
    /// ```
    /// use boligspor_chart::Tile;
    /// assert_eq!(Tile::lines("Ikast-Brande", 40.0).0, ["Ikast-", "Brande"]);
    /// ```
    pub fn lines(name: &str, room: f64) -> (Vec<String>, f64) {
        let fits =
            |line: &str| LETTERS.0 * room / width(line, LETTERS.0, Weight::Regular).max(1e-9);
        if fits(name) >= LETTERS.0 {
            return (vec![name.to_owned()], LETTERS.0);
        }
        let broken: Vec<(f64, Vec<String>)> = breaks(name)
            .into_iter()
            .map(|(first, second)| {
                let size = fits(&first).min(fits(&second)).min(LETTERS.0);
                (size, vec![first, second])
            })
            .collect();
        let largest = broken.iter().map(|(size, _)| *size).fold(0.0, f64::max);
        // Danish place names end in a word of their own (-borg, -havn, -sund), so
        // the last break wins where it costs little.
        let best = broken
            .into_iter()
            .rfind(|(size, _)| *size >= NEAR * largest);
        match best {
            Some((size, lines)) if size > fits(name) => (lines, size.max(LETTERS.1)),
            _ => (
                vec![name.to_owned()],
                fits(name).clamp(LETTERS.1, LETTERS.0),
            ),
        }
    }
}

/// Every way to write a name on two lines: where it has a space or hyphen, else
/// before a consonant that a vowel follows.
fn breaks(name: &str) -> Vec<(String, String)> {
    let letters: Vec<char> = name.chars().collect();
    let text = |of: &[char]| of.iter().collect::<String>();
    let mut out: Vec<(String, String)> = letters
        .iter()
        .enumerate()
        .filter(|(_, c)| matches!(c, ' ' | '-'))
        .map(|(i, c)| {
            let end = if *c == '-' { i + 1 } else { i };
            (text(&letters[..end]), text(&letters[i + 1..]))
        })
        .collect();
    if out.is_empty() {
        let vowel = |c: char| "aeiouyæøåéü".contains(c.to_ascii_lowercase());
        out.extend(
            (2..letters.len().saturating_sub(2))
                .filter(|&i| !vowel(letters[i]) && vowel(letters[i + 1]))
                .map(|i| (format!("{}-", text(&letters[..i])), text(&letters[i..]))),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_break_where_they_are_read() {
        assert_eq!(Tile::lines("Odense", 40.0).0, ["Odense"]);
        assert_eq!(Tile::lines("Ikast-Brande", 40.0).0, ["Ikast-", "Brande"]);
        assert_eq!(Tile::lines("Sønderborg", 40.0).0, ["Sønder-", "borg"]);
        for name in [
            "Frederikshavn",
            "Guldborgsund",
            "Ringkøbing-Skjern",
            "Lyngby-Taarbæk",
        ] {
            let (found, size) = Tile::lines(name, 41.0);
            assert_eq!(found.len(), 2, "{name}");
            assert!((LETTERS.1..=LETTERS.0).contains(&size), "{name} {size}");
        }
    }
}
