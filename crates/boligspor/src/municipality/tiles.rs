//! Where each municipality stands on a map of tiles.
//!
//! The layout is our own: each municipality on a grid roughly where it lies, the
//! many small ones around the capital spread out so that each has a tile.

use std::sync::LazyLock;

/// The layout as it is shipped: `municipality,row,column,name`.
const SHIPPED: &str = include_str!("tiles.csv");

/// A municipality's place on the map of tiles.
///
/// ```
/// use boligspor::municipality::TilePlace;
/// let all = TilePlace::all();
/// assert_eq!(all.len(), 98);
/// let (odense, skagen) = (TilePlace::of("461").unwrap(), TilePlace::of("813").unwrap());
/// assert!(skagen.row < odense.row);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePlace {
    /// The municipality's code.
    pub code: &'static str,
    /// Row from the north.
    pub row: usize,
    /// Column from the west.
    pub column: usize,
    /// The municipality's name.
    pub name: &'static str,
}

static ALL: LazyLock<Vec<TilePlace>> =
    LazyLock::new(|| SHIPPED.lines().skip(1).filter_map(parse).collect());

fn parse(line: &'static str) -> Option<TilePlace> {
    let mut fields = line.split(',');
    Some(TilePlace {
        code: fields.next()?,
        row: fields.next()?.parse().ok()?,
        column: fields.next()?.parse().ok()?,
        name: fields.next()?,
    })
}

impl TilePlace {
    /// Every municipality, by code.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The place of the municipality with this code.
    pub fn of(code: &str) -> Option<&'static Self> {
        Self::all().iter().find(|t| t.code == code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::register::Municipality;

    #[test]
    fn every_municipality_has_a_tile_of_its_own() {
        let places: BTreeSet<_> = TilePlace::all().iter().map(|t| (t.row, t.column)).collect();
        assert_eq!(places.len(), 98);
        for municipality in Municipality::all().iter().filter(|m| m.code != "411") {
            let tile = TilePlace::of(municipality.code).unwrap();
            assert_eq!(tile.name, municipality.name);
        }
    }

    #[test]
    fn tiles_lie_roughly_as_the_places_do() {
        let at = |code| TilePlace::of(code).unwrap();
        assert!(
            at("751").column < at("101").column,
            "Aarhus is west of Copenhagen"
        );
        assert!(at("851").row < at("751").row, "Aalborg is north of Aarhus");
        assert!(
            at("376").row > at("265").row,
            "Guldborgsund is south of Roskilde"
        );
        assert!(
            at("400").column > at("101").column,
            "Bornholm is east of Copenhagen"
        );
    }
}
