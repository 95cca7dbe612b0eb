//! A writer of SAS7bdat files, so that synthetic deliveries come in the format
//! of the real ones and the reader can be tested against other programs.
//!
//! The layout (64 bit, little-endian, UTF-8) is that of the public descriptions
//! of the format: Shotwell, "SAS7BDAT Database Binary Format" (vignette of the R
//! package sas7bdat, 2013), and the observations of later readers. Files it
//! writes plain or with `COMPRESS=CHAR` are read by pandas and by ReadStat, those
//! with `COMPRESS=BINARY` by pandas alone (see docs/validation.md); SAS itself has
//! not been asked.

use std::io::{self, Write};

/// Size of a page.
const PAGE: usize = 65_536;
/// Bytes before the pages.
const HEADER: usize = 65_536;
/// Bytes before a page's content.
const PAGE_HEADER: usize = 40;
/// Bytes of a pointer to a subheader.
const POINTER: usize = 24;
/// SAS's missing number, `.`.
const MISSING: u64 = 0xFFFF_FE00_0000_0000;
/// Days from 1960-01-01 to 1970-01-01.
const EPOCH: f64 = 3_653.0;

const MAGIC: [u8; 32] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xC2, 0xEA, 0x81, 0x60, 0xB3, 0x14, 0x11, 0xCF, 0xBD, 0x92,
    0x08, 0x00, 0x09, 0xC7, 0x31, 0x8C, 0x18, 0x1F, 0x10, 0x11,
];
const ROW_SIZE: u64 = 0xF7F7_F7F7;
const COLUMN_SIZE: u64 = 0xF6F6_F6F6;
const COLUMN_TEXT: u64 = 0xFFFF_FFFF_FFFF_FFFD;
const COLUMN_NAMES: u64 = 0xFFFF_FFFF_FFFF_FFFF;
const COLUMN_ATTRIBUTES: u64 = 0xFFFF_FFFF_FFFF_FFFC;
const FORMAT_AND_LABEL: u64 = 0xFFFF_FFFF_FFFF_FBFE;

/// What a column of a SAS file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SasKind {
    /// A number.
    Number,
    /// A day, shown by SAS as `YYMMDD10.`.
    Date,
    /// Text of at most so many bytes.
    Text(u16),
}

impl SasKind {
    fn width(self) -> usize {
        match self {
            Self::Number | Self::Date => 8,
            Self::Text(width) => usize::from(width),
        }
    }
}

/// How rows of a SAS file are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SasCompression {
    /// Not at all.
    #[default]
    None,
    /// Run-length encoded (`COMPRESS=CHAR`, also called RLE).
    Char,
    /// By runs and repetitions (`COMPRESS=BINARY`, also called RDC: Ross Data
    /// Compression).
    Binary,
}

impl SasCompression {
    /// The name that stands in the file.
    fn mark(self) -> Option<&'static [u8; 8]> {
        match self {
            Self::None => None,
            Self::Char => Some(b"SASYZCRL"),
            Self::Binary => Some(b"SASYZCR2"),
        }
    }
}

/// A SAS7bdat file in the making: all its rows in memory, written at once.
///
/// ```
/// use boligspor_files::{SasCompression, SasKind, SasWriter};
/// let columns = [("PNR", SasKind::Text(10)), ("KOEN", SasKind::Number)];
/// let mut file = SasWriter::new(&columns, SasCompression::None);
/// file.text("0001");
/// file.number(Some(2.0));
/// let mut bytes = Vec::new();
/// file.write(&mut bytes)?;
/// assert_eq!(&bytes[84..92], b"SAS FILE");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct SasWriter {
    columns: Vec<(String, SasKind)>,
    offsets: Vec<usize>,
    row: usize,
    rows: Vec<u8>,
    next: usize,
    compression: SasCompression,
}

impl SasWriter {
    /// A file of these columns.
    pub fn new(columns: &[(&str, SasKind)], compression: SasCompression) -> Self {
        // Numbers stand first, at multiples of eight, as SAS puts them.
        let mut offsets = vec![0; columns.len()];
        let mut at = 0;
        for numbers in [true, false] {
            for (offset, (_, kind)) in offsets.iter_mut().zip(columns) {
                if matches!(kind, SasKind::Text(_)) != numbers {
                    *offset = at;
                    at += kind.width();
                }
            }
        }
        Self {
            columns: columns.iter().map(|(n, k)| ((*n).to_owned(), *k)).collect(),
            offsets,
            row: at.next_multiple_of(8).max(8),
            rows: Vec::new(),
            next: 0,
            compression,
        }
    }

    /// The place of the next value, which is of the next column.
    fn cell(&mut self) -> &mut [u8] {
        if self.next == 0 {
            self.rows.resize(self.rows.len() + self.row, b' ');
        }
        let start = self.rows.len() - self.row + self.offsets[self.next];
        let width = self.columns[self.next].1.width();
        self.next = (self.next + 1) % self.columns.len();
        &mut self.rows[start..start + width]
    }

    /// Adds the next value, a number.
    pub fn number(&mut self, value: Option<f64>) {
        let bits = value.map_or(MISSING, f64::to_bits);
        self.cell().copy_from_slice(&bits.to_le_bytes());
    }

    /// Adds the next value, a day since 1970-01-01.
    pub fn day(&mut self, day: Option<i32>) {
        self.number(day.map(|d| f64::from(d) + EPOCH));
    }

    /// Adds the next value, text; what is longer than the column is cut off.
    pub fn text(&mut self, text: &str) {
        let cell = self.cell();
        let n = text.len().min(cell.len());
        cell[..n].copy_from_slice(&text.as_bytes()[..n]);
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        let rows = self.rows.len() / self.row;
        let mut pages = Pages::default();
        for subheader in self.subheaders(rows) {
            pages.subheader(&subheader, 0, 0);
        }
        let pack = match self.compression {
            SasCompression::None => None,
            SasCompression::Char => Some(run_lengths as fn(&[u8]) -> Vec<u8>),
            SasCompression::Binary => Some(repetitions as fn(&[u8]) -> Vec<u8>),
        };
        if let Some(pack) = pack {
            for row in self.rows.chunks_exact(self.row) {
                pages.subheader(&pack(row), 4, 1);
            }
        } else {
            let on_a_page = ((PAGE - PAGE_HEADER) / self.row).max(1);
            for block in self.rows.chunks(on_a_page * self.row) {
                pages.data(block, block.len() / self.row);
            }
        }
        let pages = pages.finish();
        to.write_all(&header(pages.len()))?;
        for page in pages {
            to.write_all(&page)?;
        }
        Ok(())
    }

    fn subheaders(&self, rows: usize) -> Vec<Vec<u8>> {
        let mut texts = Text::new(self.compression);
        let names: Vec<[u16; 3]> = self.columns.iter().map(|(n, _)| texts.add(n)).collect();
        let date = texts.add("YYMMDD");
        let mut all = vec![self.row_size(rows)];
        let mut size = Subheader::new(COLUMN_SIZE, 24);
        size.put(8, &(self.columns.len() as u64).to_le_bytes());
        all.push(size.0);
        all.push(texts.finish());

        let n = self.columns.len();
        let mut named = Subheader::new(COLUMN_NAMES, 16 + 8 * n + 12);
        named.length();
        let mut attributes = Subheader::new(COLUMN_ATTRIBUTES, 16 + 16 * n + 12);
        attributes.length();
        for (i, (_, kind)) in self.columns.iter().enumerate() {
            named.reference(16 + 8 * i, names[i]);
            let at = 16 + 16 * i;
            attributes.put(at, &(self.offsets[i] as u64).to_le_bytes());
            attributes.put(at + 8, &(kind.width() as u32).to_le_bytes());
            attributes.put(at + 12, &1024_u16.to_le_bytes());
            let text = matches!(kind, SasKind::Text(_));
            attributes.put(at + 14, &[if text { 2 } else { 1 }]);
        }
        all.push(named.0);
        all.push(attributes.0);
        for (_, kind) in &self.columns {
            let mut format = Subheader::new(FORMAT_AND_LABEL, 64);
            if *kind == SasKind::Date {
                format.put(24, &10_u16.to_le_bytes());
                format.reference(46, date);
            }
            all.push(format.0);
        }
        all
    }

    fn row_size(&self, rows: usize) -> Vec<u8> {
        let mut s = Subheader::new(ROW_SIZE, 808);
        let number = |s: &mut Subheader, at: usize, n: usize| s.put(at, &(n as u64).to_le_bytes());
        number(&mut s, 40, self.row);
        number(&mut s, 48, rows);
        number(&mut s, 72, self.columns.len());
        number(&mut s, 104, PAGE);
        // References into the first text: where the compression's name stands,
        // and how long the names of software and procedure are.
        if self.compression != SasCompression::None {
            s.reference(808 - 118, [0, 12, 8]);
        }
        s.put(706, &8_u16.to_le_bytes());
        s.0
    }
}

struct Subheader(Vec<u8>);

impl Subheader {
    fn new(signature: u64, length: usize) -> Self {
        let mut bytes = vec![0; length];
        bytes[..8].copy_from_slice(&signature.to_le_bytes());
        Self(bytes)
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// The length that follows the signature in those of varying size.
    fn length(&mut self) {
        let rest = (self.0.len() - 20) as u16;
        self.put(8, &rest.to_le_bytes());
    }

    fn reference(&mut self, at: usize, [block, offset, length]: [u16; 3]) {
        self.put(at, &block.to_le_bytes());
        self.put(at + 2, &offset.to_le_bytes());
        self.put(at + 4, &length.to_le_bytes());
    }
}

/// The block of all names.
struct Text(Vec<u8>);

impl Text {
    fn new(compression: SasCompression) -> Self {
        let mut block = vec![0; 8 + 28];
        block[..8].copy_from_slice(&COLUMN_TEXT.to_le_bytes());
        if let Some(mark) = compression.mark() {
            block[20..28].copy_from_slice(mark);
        }
        Self(block)
    }

    fn add(&mut self, text: &str) -> [u16; 3] {
        let at = (self.0.len() - 8) as u16;
        self.0.extend_from_slice(text.as_bytes());
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        [0, at, text.len() as u16]
    }

    fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len().next_multiple_of(8) + 12, 0);
        let rest = (self.0.len() - 20) as u16;
        self.0[8..10].copy_from_slice(&rest.to_le_bytes());
        self.0
    }
}

/// Pages being filled: pointers from the front, what they point to from the back.
#[derive(Default)]
struct Pages {
    done: Vec<Vec<u8>>,
    page: Vec<u8>,
    pointers: usize,
    free_until: usize,
}

impl Pages {
    fn subheader(&mut self, bytes: &[u8], compression: u8, kind: u8) {
        let front = PAGE_HEADER + POINTER * (self.pointers + 1);
        // Eight bytes are left free, where some readers look for a pointer's end.
        if self.page.is_empty() || front + 8 + bytes.len() + 8 > self.free_until {
            self.close();
            self.page = vec![0; PAGE];
            self.free_until = PAGE;
        }
        let at = (self.free_until - bytes.len()) / 8 * 8;
        self.page[at..at + bytes.len()].copy_from_slice(bytes);
        let pointer = PAGE_HEADER + POINTER * self.pointers;
        self.page[pointer..pointer + 8].copy_from_slice(&(at as u64).to_le_bytes());
        self.page[pointer + 8..pointer + 16].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.page[pointer + 16] = compression;
        self.page[pointer + 17] = kind;
        self.free_until = at;
        self.pointers += 1;
    }

    fn data(&mut self, rows: &[u8], count: usize) {
        self.close();
        let mut page = vec![0; PAGE.max(PAGE_HEADER + rows.len())];
        page[32..34].copy_from_slice(&0x0100_u16.to_le_bytes());
        page[34..36].copy_from_slice(&(count as u16).to_le_bytes());
        page[PAGE_HEADER..PAGE_HEADER + rows.len()].copy_from_slice(rows);
        self.done.push(page);
    }

    fn close(&mut self) {
        if self.page.is_empty() {
            return;
        }
        let mut page = std::mem::take(&mut self.page);
        let n = (self.pointers as u16).to_le_bytes();
        page[34..36].copy_from_slice(&n);
        page[36..38].copy_from_slice(&n);
        self.pointers = 0;
        self.done.push(page);
    }

    fn finish(mut self) -> Vec<Vec<u8>> {
        self.close();
        self.done
    }
}

fn header(pages: usize) -> Vec<u8> {
    let mut h = vec![0; HEADER];
    h[..32].copy_from_slice(&MAGIC);
    // 64 bit, little-endian, written under Unix, UTF-8.
    (h[32], h[35], h[37], h[39], h[70]) = (b'3', b'3', 1, b'1', 20);
    h[84..92].copy_from_slice(b"SAS FILE");
    h[92..156].fill(b' ');
    h[92..101].copy_from_slice(b"DELIVERED");
    h[156..164].copy_from_slice(b"DATA    ");
    h[200..204].copy_from_slice(&(HEADER as u32).to_le_bytes());
    h[204..208].copy_from_slice(&(PAGE as u32).to_le_bytes());
    h[208..216].copy_from_slice(&(pages as u64).to_le_bytes());
    h[224..233].copy_from_slice(b"9.0401M7\0");
    h[240..245].copy_from_slice(b"Linux");
    h
}

/// A row run-length encoded: runs of a byte, and what lies between them.
fn run_lengths(row: &[u8]) -> Vec<u8> {
    let run = |from: usize| row[from..].iter().take_while(|b| **b == row[from]).count();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < row.len() {
        let length = run(at);
        if length >= 3 {
            let length = length.min(18);
            out.extend([0xC0 | (length - 3) as u8, row[at]]);
            at += length;
            continue;
        }
        let start = at;
        while at < row.len() && at - start < 16 && run(at) < 3 {
            at += 1;
        }
        out.push(0x80 | (at - start - 1) as u8);
        out.extend_from_slice(&row[start..at]);
    }
    out
}

/// How many bytes back repetitions are looked for: rows may be long.
const NEAR: usize = 64;

/// A row by runs and repetitions: a word of sixteen bits tells of the sixteen items
/// after it which are single bytes (0) and which are commands (1).
fn repetitions(row: &[u8]) -> Vec<u8> {
    let run = |from: usize| row[from..].iter().take_while(|b| **b == row[from]).count();
    // The longest of what stood before, at least three bytes back, that comes again.
    let again = |at: usize| {
        let same = |back: &usize| {
            (0..row.len() - at)
                .take_while(|i| row[at + i] == row[at + i - back])
                .count()
        };
        (3..=at.min(NEAR))
            .map(|back| (same(&back), back))
            .max()
            .unwrap_or((0, 3))
    };
    let (mut out, mut at) = (Vec::new(), 0);
    while at < row.len() {
        let (mut word, mut items) = (0_u16, Vec::new());
        for bit in (0..16).rev() {
            if at == row.len() {
                break;
            }
            let (run, (length, back)) = (run(at), again(at));
            let far = |high: usize| [(high << 4 | (back - 3) & 15) as u8, ((back - 3) >> 4) as u8];
            let taken = if run >= 19 {
                let n = run.min(19 + 15 + 255 * 16);
                items.extend([0x10 | ((n - 19) & 15) as u8, ((n - 19) >> 4) as u8, row[at]]);
                n
            } else if run >= 3 {
                items.extend([(run - 3) as u8, row[at]]);
                run
            } else if length >= 16 && back <= 4_098 {
                let n = length.min(271);
                items.extend(far(2));
                items.push((n - 16) as u8);
                n
            } else if length >= 3 && back <= 4_098 {
                items.extend(far(length));
                length
            } else {
                items.push(row[at]);
                at += 1;
                continue;
            };
            word |= 1 << bit;
            at += taken;
        }
        out.extend(word.to_be_bytes());
        out.extend(items);
    }
    out
}
