//! A file of any of the formats, opened, and the one pass over its rows.

use std::path::{Path, PathBuf};

use crate::delimited::{Delimited, Encoding};
use crate::error::{FileError, Result};
use crate::values::Values;
use crate::{sas, stata};

/// Rows of a batch: enough to make the work between batches not count, few
/// enough to stay in the cache.
pub(crate) const BATCH: usize = 1 << 16;

/// A format of files, told from the name's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.sas7bdat`
    Sas,
    /// `.dta`
    Stata,
    /// `.csv`, `.tsv`, `.txt`
    Csv,
}

impl Format {
    /// The format that a file's name tells.
    ///
    /// ```
    /// use boligspor_files::Format;
    /// assert_eq!(Format::of("bef202112.SAS7BDAT".as_ref()), Some(Format::Sas));
    /// assert_eq!(Format::of("bef.docx".as_ref()), None);
    /// ```
    pub fn of(path: &Path) -> Option<Self> {
        let end = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match end.as_str() {
            "sas7bdat" => Self::Sas,
            "dta" => Self::Stata,
            "csv" | "tsv" | "txt" => Self::Csv,
            _ => return None,
        })
    }
}

/// How a file is read where it cannot tell by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The encoding of a CSV file.
    pub encoding: Encoding,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name as the file spells it.
    pub name: String,
}

/// Some rows, in the order of the file, of the columns asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// How many rows.
    pub rows: usize,
    /// The columns, in the order asked for.
    pub columns: Vec<Values>,
}

/// An opened file, of which only the head has been read.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    columns: Vec<Column>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Sas(Box<sas::Sas>),
    Stata(stata::Stata),
    Csv(Delimited),
}

impl Table {
    /// Opens a file and reads its head.
    ///
    /// # Errors
    /// [`FileError`] where the file is not there, not of the format its name
    /// tells, empty, cut off within its head, or names a column twice (in
    /// whatever case).
    pub fn open(path: &Path, options: &Options) -> Result<Self> {
        let Some(format) = Format::of(path) else {
            return Err(FileError::broken(
                path,
                "is of no known format by its name",
                "give a file that ends in .sas7bdat, .dta, .csv or .parquet",
            ));
        };
        let size = std::fs::metadata(path)
            .map_err(|e| FileError::io(path, e))?
            .len();
        if size == 0 {
            return Err(FileError::broken(path, "is empty", "deliver it again"));
        }
        let (columns, source) = match format {
            Format::Sas => {
                let file = sas::Sas::open(path)?;
                (file.names(), Source::Sas(Box::new(file)))
            }
            Format::Stata => {
                let file = stata::Stata::open(path)?;
                (file.names(), Source::Stata(file))
            }
            Format::Csv => {
                let file = Delimited::open(path, options.encoding)?;
                (file.names(), Source::Csv(file))
            }
        };
        for (b, name) in columns.iter().enumerate() {
            let same = |other: &String| other.to_lowercase() == name.to_lowercase();
            if let Some(a) = columns[..b].iter().position(same) {
                return Err(FileError::broken(
                    path,
                    format!("has the same name on columns {} and {}", a + 1, b + 1),
                    "name each column once",
                ));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            columns: columns.into_iter().map(|name| Column { name }).collect(),
            source,
        })
    }

    /// The columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether numbers in text are written with a decimal comma (CSV files
    /// whose fields are parted by semicolons).
    pub fn decimal_comma(&self) -> bool {
        matches!(&self.source, Source::Csv(csv) if csv.decimal_comma())
    }

    /// Passes over the rows once, in their order, and gives `visit` the columns
    /// of these indices, batch by batch.
    ///
    /// # Errors
    /// Those of `visit`, and [`FileError`] where the file is cut off, in another
    /// encoding or has rows of another length. What `visit` was given before is
    /// then not to be trusted as the whole.
    ///
    /// # Panics
    /// Where an index is not below the number of [`columns`](Self::columns).
    pub fn scan<E: From<FileError>>(
        &self,
        wanted: &[usize],
        visit: &mut dyn FnMut(&Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        assert!(
            wanted.iter().all(|i| *i < self.columns.len()),
            "columns of the table"
        );
        match &self.source {
            Source::Sas(file) => file.scan(&self.path, wanted, visit),
            Source::Stata(file) => file.scan(&self.path, wanted, visit),
            Source::Csv(file) => file.scan(&self.path, wanted, visit),
        }
    }
}
