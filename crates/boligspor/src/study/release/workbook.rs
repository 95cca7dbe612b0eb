//! Released tables as one Excel workbook.
//!
//! Values only: no formula, so no cached result of one; no author, and the
//! archive's earliest day in the place of a time. A withheld cell holds the word.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use crate::disclosure;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::release::{Cell, Kind, Released, ReleasedTable};
use crate::words;

/// Characters that a sheet's name may have.
const NAME: usize = 31;
/// What a column of words and one of numbers measure, in characters.
const WIDE: usize = 30;
const NARROW: usize = 14;
/// Height of a line, in points.
const LINE: f64 = 15.0;

/// The workbook's bytes; the same for the same release.
pub(super) fn xlsx<T>(released: &Released<T>, title: &str, lang: Lang) -> Result<Vec<u8>> {
    let writer = Writer {
        lang,
        style: Style::new(),
    };
    let names = names(released.tables());
    writer
        .workbook(released, title, &names)
        .map_err(|e| Error::option("formats", format!("xlsx fails: {e}"), "please report this"))
}

/// A name for each table's sheet: the table's, cut to what Excel takes.
fn names(tables: &[ReleasedTable]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for table in tables {
        let whole: String = table.name().chars().take(NAME).collect();
        let mut name = whole.clone();
        let mut n = 2;
        while names.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            let tail = format!("_{n}");
            let kept: String = whole.chars().take(NAME - tail.len()).collect();
            name = kept + &tail;
            n += 1;
        }
        names.push(name);
    }
    names
}

struct Style {
    title: Format,
    head: Format,
    head_number: Format,
    withheld: Format,
    note: Format,
}

impl Style {
    fn new() -> Self {
        let head = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Top)
            .set_border_bottom(FormatBorder::Thin);
        Self {
            title: Format::new().set_bold().set_font_size(14),
            head_number: head.clone().set_align(FormatAlign::Right),
            head,
            withheld: Format::new()
                .set_align(FormatAlign::Right)
                .set_font_color(0x005B_636A),
            note: Format::new()
                .set_text_wrap()
                .set_align(FormatAlign::Top)
                .set_font_color(0x005B_636A),
        }
    }
}

struct Writer {
    lang: Lang,
    style: Style,
}

impl Writer {
    fn workbook<T>(
        &self,
        released: &Released<T>,
        title: &str,
        names: &[String],
    ) -> std::result::Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let never = ExcelDateTime::from_ymd(1980, 1, 1)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&never));
        self.about(book.add_worksheet(), released, title, names)?;
        for (table, name) in released.tables().iter().zip(names) {
            self.table(book.add_worksheet().set_name(name)?, table)?;
        }
        book.save_to_buffer()
    }

    /// What the sheets are, and the rules they were released under.
    fn about<T>(
        &self,
        sheet: &mut Worksheet,
        released: &Released<T>,
        title: &str,
        names: &[String],
    ) -> std::result::Result<(), XlsxError> {
        let pick = |da, en| self.lang.pick(da, en);
        sheet.set_name(pick("definitioner", "definitions"))?;
        sheet.set_column_width(0, WIDE as f64)?;
        sheet.set_column_width(1, 3.0 * WIDE as f64)?;
        sheet.write_string_with_format(0, 0, title, &self.style.title)?;
        let heads = [
            pick("Ark", "Sheet"),
            pick("Hvad det viser", "What it shows"),
        ];
        for (column, head) in (0..).zip(heads) {
            sheet.write_string_with_format(2, column, head, &self.style.head)?;
        }
        let mut row = 3;
        for (table, name) in released.tables().iter().zip(names) {
            sheet.write_string(row, 0, name)?;
            sheet.write_string(row, 1, table.title(self.lang))?;
            row += 1;
            for note in table.notes(self.lang) {
                sheet.write_string_with_format(row, 1, note, &self.style.note)?;
                sheet.set_row_height(row, lines(note, 3 * WIDE) * LINE)?;
                row += 1;
            }
        }
        row += 1;
        let rules = pick("Regler for frigivelse", "Rules of release");
        sheet.write_string_with_format(row, 0, rules, &self.style.head)?;
        sheet.write_string_with_format(row, 1, "", &self.style.head)?;
        let lang = match self.lang {
            Lang::Da => disclosure::Lang::Da,
            Lang::En => disclosure::Lang::En,
        };
        let text = released.policy().describe(lang);
        for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
            row += 1;
            sheet.write_string_with_format(row, 1, line, &self.style.note)?;
            sheet.set_row_height(row, lines(line, 3 * WIDE) * LINE)?;
        }
        Ok(())
    }

    /// A table with its title above and its definitions beneath.
    fn table(
        &self,
        sheet: &mut Worksheet,
        table: &ReleasedTable,
    ) -> std::result::Result<(), XlsxError> {
        let mut across = 0;
        sheet.write_string_with_format(0, 0, table.title(self.lang), &self.style.title)?;
        for (c, column) in (0..).zip(table.columns()) {
            let key = column.kind == Kind::Key;
            let width = if key { WIDE } else { NARROW };
            across += width;
            sheet.set_column_width(c, width as f64)?;
            let title = words::capital(self.lang.pick(&column.title[0], &column.title[1]));
            let style = if key {
                &self.style.head
            } else {
                &self.style.head_number
            };
            sheet.write_string_with_format(2, c, title, style)?;
        }
        sheet.set_freeze_panes(3, 0)?;
        let formats: Vec<Format> = table.columns().iter().map(|c| number(c.kind)).collect();
        let mut r = 3;
        for row in table.rows() {
            for (c, (cell, column)) in (0..).zip(row.iter().zip(table.columns())) {
                match cell {
                    Cell::Key(_, text) => {
                        let text = words::capital(self.lang.pick(&text[0], &text[1]));
                        sheet.write_string(r, c, text)?;
                    }
                    Cell::Step(n) => {
                        sheet.write_number_with_format(r, c, *n as f64, &formats[c as usize])?;
                    }
                    Cell::Number(n) if n.is_finite() => {
                        let n = rounded(*n, column.kind.decimals());
                        sheet.write_number_with_format(r, c, n, &formats[c as usize])?;
                    }
                    Cell::Withheld => {
                        let word = self.lang.pick("tilbageholdt", "withheld");
                        sheet.write_string_with_format(r, c, word, &self.style.withheld)?;
                    }
                    Cell::Number(_) | Cell::Empty => {}
                }
            }
            r += 1;
        }
        let last = table.columns().len().saturating_sub(1) as u16;
        for note in table.notes(self.lang) {
            r += 1;
            if last > 0 {
                sheet.merge_range(r, 0, r, last, note, &self.style.note)?;
            } else {
                sheet.write_string_with_format(r, 0, note, &self.style.note)?;
            }
            sheet.set_row_height(r, lines(note, across) * LINE)?;
        }
        Ok(())
    }
}

/// How many lines a text takes in so many characters.
fn lines(text: &str, width: usize) -> f64 {
    text.chars().count().div_ceil(width.max(1)).max(1) as f64
}

/// A number as it is written elsewhere, so that no sheet knows more of it.
fn rounded(value: f64, decimals: usize) -> f64 {
    format!("{value:.decimals$}").parse().unwrap_or(value)
}

fn number(kind: Kind) -> Format {
    let code = match kind.decimals() {
        0 if kind == Kind::Step => "0".to_owned(),
        0 => "#,##0".to_owned(),
        decimals => format!("#,##0.{}", "0".repeat(decimals)),
    };
    Format::new().set_num_format(code)
}
