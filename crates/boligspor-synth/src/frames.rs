//! Rows as polars frames: the column names and types of every table.

use polars::prelude::*;

use crate::cost::Category;
use crate::day::Day;
use crate::error::Result;
use crate::model::Method;
use crate::municipality::HOUSING_SOURCES;
use crate::place::Place;
use crate::rows::{self, BAD_STATE, CostRow, NO_DAY, NO_ID, PersonRow, PlacementRow, StayRow};

/// The programme every placement is made by.
const PROGRAMME: &str = "housing_first";

/// The code of [`BAD_STATE`].
const BARRACKS: &str = "barracks";

/// Identifiers as text: a letter and ten hexadecimal digits that look hashed.
///
/// A bijection on 40 bits, so that no two people (or dwellings) share one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids {
    key: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            key: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) & Self::MASK,
        }
    }

    const MASK: u64 = (1 << 40) - 1;

    fn text(self, letter: u8, number: u64, buffer: &mut [u8; 11]) -> &str {
        // People and dwellings are numbered alike and must not look alike.
        let key = self.key.rotate_left(u32::from(letter));
        let mut x = (number ^ key) & Self::MASK;
        // Odd multipliers and shifts to the right can both be undone modulo 2⁴⁰.
        for multiplier in [0x9F_B21C_651E_98DF, 0x59_BF58_476D_1CE5] {
            x = x.wrapping_mul(multiplier) & Self::MASK;
            x ^= x >> 21;
        }
        buffer[0] = letter;
        for (i, digit) in buffer[1..].iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(x >> (36 - 4 * i) & 0xf) as usize];
        }
        std::str::from_utf8(buffer).unwrap_or_default()
    }
}

/// A column of identifiers, null where there is none.
fn ids(name: &str, ids: Ids, letter: u8, numbers: impl ExactSizeIterator<Item = u64>) -> Column {
    let mut builder = StringChunkedBuilder::new(name.into(), numbers.len());
    let mut buffer = [0; 11];
    for number in numbers {
        if number == NO_ID {
            builder.append_null();
        } else {
            builder.append_value(ids.text(letter, number, &mut buffer));
        }
    }
    builder.finish().into_column()
}

/// A column of texts.
pub(crate) fn texts<'a>(name: &str, values: impl ExactSizeIterator<Item = &'a str>) -> Column {
    let mut builder = StringChunkedBuilder::new(name.into(), values.len());
    for value in values {
        builder.append_value(value);
    }
    builder.finish().into_column()
}

/// A column of municipality codes, null where 0.
pub(crate) fn codes(name: &str, values: impl ExactSizeIterator<Item = u16>) -> Column {
    let mut builder = StringChunkedBuilder::new(name.into(), values.len());
    for value in values {
        let digit = |d: u16| b'0' + (value / d % 10) as u8;
        let text = [digit(100), digit(10), digit(1)];
        builder.append_option((value != 0).then(|| std::str::from_utf8(&text).unwrap_or_default()));
    }
    builder.finish().into_column()
}

/// A column of dates without nulls.
fn dates(name: &str, values: impl Iterator<Item = Day>) -> Column {
    let days = Int32Chunked::from_vec(name.into(), values.collect());
    days.into_date().into_column()
}

/// A column of dates, null at [`NO_DAY`].
fn dates_or_null(name: &str, values: impl Iterator<Item = Day>) -> Column {
    let days = values.map(|d| (d != NO_DAY).then_some(d));
    Int32Chunked::from_iter_options(name.into(), days)
        .into_date()
        .into_column()
}

fn flags(name: &str, values: impl Iterator<Item = bool>) -> Column {
    BooleanChunked::from_iter_values(name.into(), values).into_column()
}

fn frame(height: usize, columns: Vec<Column>) -> Result<DataFrame> {
    Ok(DataFrame::new(height, columns)?)
}

/// The `persons` table.
pub(crate) fn persons(rows: &[PersonRow], key: Ids) -> Result<DataFrame> {
    let text = |name, pick: fn(&PersonRow) -> &'static str| texts(name, rows.iter().map(pick));
    frame(
        rows.len(),
        vec![
            ids("person", key, b'p', rows.iter().map(|r| r.person)),
            dates("birth_date", rows.iter().map(|r| r.birth)),
            text("sex", |r| if r.woman { "woman" } else { "man" }),
            dates_or_null("death_date", rows.iter().map(|r| r.death)),
            text(
                "origin",
                |r| if r.other_origin { "other" } else { "danish" },
            ),
            flags("substance_use", rows.iter().map(|r| r.substance)),
            flags("psychiatric_diagnosis", rows.iter().map(|r| r.psychiatric)),
        ],
    )
}

/// The `placements` table.
pub(crate) fn placements(rows: &[PlacementRow], key: Ids) -> Result<DataFrame> {
    let method = |r: &PlacementRow| Method::ALL[r.method as usize].code();
    let placed = |r: &PlacementRow| r.placed != NO_DAY;
    let mut support = StringChunkedBuilder::new("support_method".into(), rows.len());
    let mut housing = StringChunkedBuilder::new("housing_source".into(), rows.len());
    for row in rows {
        support.append_option(placed(row).then(|| method(row)));
        housing.append_option(placed(row).then(|| HOUSING_SOURCES[row.housing as usize]));
    }
    frame(
        rows.len(),
        vec![
            ids("person", key, b'p', rows.iter().map(|r| r.person)),
            dates("enrolled_on", rows.iter().map(|r| r.enrolled)),
            dates_or_null("placed_on", rows.iter().map(|r| r.placed)),
            codes("municipality", rows.iter().map(|r| r.municipality)),
            ids("dwelling", key, b'd', rows.iter().map(|r| r.dwelling)),
            support.finish().into_column(),
            housing.finish().into_column(),
            texts("programme", rows.iter().map(|_| PROGRAMME)),
        ],
    )
}

/// The `stays` table.
pub(crate) fn stays(rows: &[StayRow], key: Ids) -> Result<DataFrame> {
    let state = |r: &StayRow| match r.state {
        BAD_STATE => BARRACKS,
        i => Place::ALL[i as usize].code(),
    };
    let source = |r: &StayRow| Place::ALL[r.source as usize].source();
    frame(
        rows.len(),
        vec![
            ids("person", key, b'p', rows.iter().map(|r| r.person)),
            dates("start", rows.iter().map(|r| r.start)),
            dates_or_null("end", rows.iter().map(|r| r.end)),
            texts("state", rows.iter().map(state)),
            ids("dwelling", key, b'd', rows.iter().map(|r| r.dwelling)),
            codes("municipality", rows.iter().map(|r| r.municipality)),
            texts("source", rows.iter().map(source)),
        ],
    )
}

/// The `costs` table.
pub(crate) fn costs(rows: &[CostRow], key: Ids) -> Result<DataFrame> {
    let category = |r: &CostRow| Category::ALL[r.category as usize].code();
    let amounts: Vec<f64> = rows.iter().map(|r| r.amount).collect();
    let years: Vec<i32> = rows.iter().map(|r| r.price_year).collect();
    frame(
        rows.len(),
        vec![
            ids("person", key, b'p', rows.iter().map(|r| r.person)),
            dates("start", rows.iter().map(|r| r.start)),
            dates("end", rows.iter().map(|r| r.end)),
            texts("category", rows.iter().map(category)),
            Float64Chunked::from_vec("amount".into(), amounts).into_column(),
            texts("payer", rows.iter().map(|r| rows::payer(r.payer))),
            Int32Chunked::from_vec("price_year".into(), years).into_column(),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unique_and_do_not_rise_with_the_number() {
        let key = Ids::new(5);
        let mut buffer = [0; 11];
        let mut seen: Vec<String> = (0..50_000u64)
            .map(|n| key.text(b'p', n, &mut buffer).to_owned())
            .collect();
        assert!(seen.iter().all(|id| id.len() == 11 && id.starts_with('p')));
        assert!(!seen.is_sorted());
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 50_000);
    }

    #[test]
    fn absent_values_are_null() {
        let row = StayRow {
            person: NO_ID,
            start: 0,
            end: NO_DAY,
            dwelling: NO_ID,
            municipality: 0,
            state: BAD_STATE,
            source: Place::Home as u8,
        };
        let df = stays(&[row], Ids::new(1)).unwrap();
        for name in ["person", "end", "dwelling", "municipality"] {
            assert_eq!(df.column(name).unwrap().null_count(), 1, "{name}");
        }
        assert_eq!(
            df.column("state").unwrap().str().unwrap().get(0),
            Some("barracks")
        );
    }
}
