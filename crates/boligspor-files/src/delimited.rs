//! CSV files: comma, semicolon or tab, UTF-8 or Windows-1252 (Latin-1).

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use crate::error::{FileError, Result};
use crate::table::{BATCH, Batch};
use crate::values::{Texts, Values};

/// The bytes of text after which a batch is given before it has all its rows.
const FULL: usize = 1 << 28;

/// How the letters of a CSV file are encoded. It is said, never guessed: a
/// guess is right until the first name with an å.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    Utf8,
    /// Latin-1 in the form that Windows writes (Windows-1252).
    Latin1,
}

impl Encoding {
    fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Latin1 => Some(
                encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(bytes)
                    .0,
            ),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Delimited {
    encoding: Encoding,
    separator: u8,
    names: Vec<String>,
}

fn occurrences(bytes: &[u8], byte: u8) -> usize {
    bytes.iter().map(|b| usize::from(*b == byte)).sum()
}

/// The separator that the header line has most of; on a tie the comma.
fn separator(header: &[u8]) -> u8 {
    let count = |b: u8| occurrences(header, b);
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|b| count(*b))
        .unwrap_or(b',')
}

/// Looks at the bytes that pass for what a lenient reader lets through.
struct Watch<R> {
    inner: R,
    quotes: u64,
    nul: bool,
}

impl<R: Read> Read for Watch<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(to)?;
        self.quotes += occurrences(&to[..n], b'"') as u64;
        self.nul |= to[..n].contains(&0);
        Ok(n)
    }
}

fn opened(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).map_err(|e| FileError::io(path, e))?;
    Ok(BufReader::with_capacity(1 << 20, file))
}

/// Skips a byte order mark. Whether there is one, of UTF-8.
fn marked(reader: &mut BufReader<File>, path: &Path) -> Result<bool> {
    let head = reader.fill_buf().map_err(|e| FileError::io(path, e))?;
    match head {
        [0xEF, 0xBB, 0xBF, ..] => {
            reader.consume(3);
            return Ok(true);
        }
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            return Err(FileError::broken(path, "is UTF-16", "save it as UTF-8"));
        }
        _ => {}
    }
    Ok(false)
}

/// Whether bytes with letters beyond ASCII are UTF-8, where the last letter may be
/// cut off. Text in Latin-1 never is: it would have to spell each as Ã and a sign.
fn is_utf8(head: &[u8]) -> bool {
    let whole = match std::str::from_utf8(head) {
        Ok(_) => head.len(),
        Err(e) if e.error_len().is_none() => e.valid_up_to(),
        Err(_) => 0,
    };
    !head[..whole].is_ascii()
}

fn not_utf8(path: &Path, line: u64) -> FileError {
    FileError::broken(
        path,
        format!("is not UTF-8 (first on line {line})"),
        "save it as UTF-8, or say `encoding = \"latin1\"` in the mapping file",
    )
}

impl Delimited {
    pub(crate) fn open(path: &Path, encoding: Encoding) -> Result<Self> {
        let mut reader = opened(path)?;
        let mark = marked(&mut reader, path)?;
        let head = reader.fill_buf().map_err(|e| FileError::io(path, e))?;
        if encoding == Encoding::Latin1 && (mark || is_utf8(head)) {
            return Err(FileError::broken(
                path,
                "is UTF-8, not Latin-1",
                "take `encoding = \"latin1\"` out of the mapping file",
            ));
        }
        let mut header = Vec::new();
        reader
            .read_until(b'\n', &mut header)
            .map_err(|e| FileError::io(path, e))?;
        if header.contains(&0) {
            return Err(FileError::broken(
                path,
                "holds NUL bytes",
                "it is no CSV file, or cut off; deliver it again",
            ));
        }
        if header.iter().all(u8::is_ascii_whitespace) {
            return Err(FileError::broken(
                path,
                "begins with an empty line",
                "deliver it again, with a header line",
            ));
        }
        let separator = separator(&header);
        let mut record = ByteRecord::new();
        let mut csv = ReaderBuilder::new()
            .has_headers(false)
            .delimiter(separator)
            .from_reader(header.as_slice());
        csv.read_byte_record(&mut record)
            .map_err(|_| FileError::broken(path, "has no header line", "deliver it again"))?;
        let mut names = Vec::with_capacity(record.len());
        for field in &record {
            let name = encoding.decode(field).ok_or_else(|| not_utf8(path, 1))?;
            names.push(name.trim().to_owned());
        }
        Ok(Self {
            encoding,
            separator,
            names,
        })
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    pub(crate) fn decimal_comma(&self) -> bool {
        self.separator == b';'
    }

    pub(crate) fn scan<E: From<FileError>>(
        &self,
        path: &Path,
        wanted: &[usize],
        visit: &mut dyn FnMut(&Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut reader = opened(path)?;
        marked(&mut reader, path)?;
        let mut csv = ReaderBuilder::new()
            .has_headers(true)
            .delimiter(self.separator)
            .from_reader(Watch {
                inner: reader,
                quotes: 0,
                nul: false,
            });
        let mut record = ByteRecord::new();
        let fresh = || vec![Texts::default(); wanted.len()];
        let (mut texts, mut rows) = (fresh(), 0);
        let give =
            |texts: Vec<Texts>, rows: usize, visit: &mut dyn FnMut(&Batch) -> Result<(), E>| {
                let columns = texts.into_iter().map(Values::Text).collect();
                visit(&Batch { rows, columns })
            };
        loop {
            match csv.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => return Err(E::from(self.unreadable(path, &csv, error))),
            }
            for (texts, &index) in texts.iter_mut().zip(wanted) {
                let text = self.encoding.decode(&record[index]).ok_or_else(|| {
                    let line = record.position().map_or(0, csv::Position::line);
                    E::from(not_utf8(path, line))
                })?;
                texts.push(&text);
            }
            rows += 1;
            if rows == BATCH || texts.iter().map(Texts::bytes).sum::<usize>() > FULL {
                give(std::mem::replace(&mut texts, fresh()), rows, visit)?;
                rows = 0;
            }
        }
        let seen = csv.get_ref();
        if seen.nul {
            return Err(E::from(FileError::broken(
                path,
                "holds NUL bytes",
                "it is cut off or no CSV file; deliver it again",
            )));
        }
        if seen.quotes % 2 == 1 {
            return Err(E::from(open_quote(path)));
        }
        if rows > 0 {
            give(texts, rows, visit)?;
        }
        Ok(())
    }

    fn unreadable<R: Read>(
        &self,
        path: &Path,
        csv: &csv::Reader<Watch<R>>,
        error: csv::Error,
    ) -> FileError {
        match error.into_kind() {
            ErrorKind::UnequalLengths { .. } if csv.get_ref().quotes % 2 == 1 => open_quote(path),
            ErrorKind::UnequalLengths { pos, len, .. } => FileError::broken(
                path,
                format!(
                    "has {len} fields on line {} and {} in its header",
                    pos.map_or(0, |p| p.line()),
                    self.names.len()
                ),
                "it is cut off, or a field with a separator in it lacks its quotes; deliver it again",
            ),
            ErrorKind::Io(source) => FileError::io(path, source),
            _ => FileError::broken(
                path,
                "cannot be read as CSV",
                "check its quotes and line ends",
            ),
        }
    }
}

fn open_quote(path: &Path) -> FileError {
    FileError::broken(
        path,
        "ends inside a quoted field",
        "the file is cut off, or a quote is missing; deliver it again",
    )
}
