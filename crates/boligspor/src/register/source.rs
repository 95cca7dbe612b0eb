//! Where a table comes from: a frame in memory, or a Parquet or CSV file.

use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, ParquetReader, SerReader};

use super::csv;
use super::table::Table;
use crate::error::{Error, Result};

/// A table's source.
///
/// A path is read as Parquet (`.parquet`, `.pq`) or CSV (`.csv`, `.tsv`,
/// `.txt`); a folder as all its Parquet files, in the order of their names.
#[derive(Clone)]
pub enum Source {
    /// A frame in memory.
    Frame(DataFrame),
    /// A file, or a folder of Parquet files.
    Path(PathBuf),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Frame(frame) => write!(f, "Frame({} × {})", frame.height(), frame.width()),
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
        }
    }
}

impl From<DataFrame> for Source {
    fn from(frame: DataFrame) -> Self {
        Self::Frame(frame)
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Self::Path(path.into())
    }
}

impl From<&str> for Source {
    fn from(path: &str) -> Self {
        Self::Path(path.into())
    }
}

/// A table as it was delivered, before it is typed by its contract.
pub(super) struct Delivered {
    pub(super) frame: DataFrame,
    /// Numbers in text have a decimal comma (a CSV file with semicolons).
    pub(super) decimal_comma: bool,
}

impl Source {
    /// Reads the table.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be opened, [`Error::Table`] where
    /// it is not what its name says, is cut off, empty, or not UTF-8.
    pub(super) fn read(self, table: Table) -> Result<Delivered> {
        let frame = match self {
            Self::Frame(frame) => frame,
            Self::Path(path) if path.is_dir() => read_folder(table, &path)?,
            Self::Path(path) => {
                let extension = path
                    .extension()
                    .map(|e| e.to_string_lossy().to_lowercase())
                    .unwrap_or_default();
                match extension.as_str() {
                    "parquet" | "pq" => read_parquet(table, &path)?,
                    "csv" | "tsv" | "txt" => return csv::read(table.name(), &path),
                    _ => {
                        return Err(Error::table(
                            table.name(),
                            None,
                            format!("{} is neither Parquet nor CSV by its name", path.display()),
                            "give a file that ends in .parquet or .csv",
                        ));
                    }
                }
            }
        };
        Ok(Delivered {
            frame,
            decimal_comma: false,
        })
    }
}

fn read_parquet(table: Table, path: &Path) -> Result<DataFrame> {
    let file = File::open(path).map_err(|e| Error::file("read", path, e))?;
    let broken = |e: polars::prelude::PolarsError| {
        Error::table(
            table.name(),
            None,
            format!("{} cannot be read as Parquet ({e})", path.display()),
            "the file is cut off or of another format; deliver it again",
        )
    };
    let mut reader = ParquetReader::new(file);
    let schema = reader.schema().map_err(broken)?;
    for field in schema.iter_values() {
        use polars_arrow::datatypes::ArrowDataType as A;
        // The polars this library is built with leaves out the two rarest
        // integer types, and would panic on them.
        if matches!(field.dtype, A::UInt8 | A::UInt16 | A::Float16) {
            return Err(Error::table(
                table.name(),
                table.column(&field.name).map(|c| c.name),
                format!("{} has a column of type {:?}", path.display(), field.dtype),
                "write it as a 32-bit or 64-bit type",
            ));
        }
    }
    reader.finish().map_err(broken)
}

/// All Parquet files of a folder, one below the other.
fn read_folder(table: Table, path: &Path) -> Result<DataFrame> {
    let mut files = Vec::new();
    let mut folders = vec![path.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| Error::file("read", &folder, e))?;
        for entry in entries {
            let path = entry.map_err(|e| Error::file("read", &folder, e))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|e| e == "parquet" || e == "pq")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut parts = files.iter();
    let Some(first) = parts.next() else {
        return Err(Error::table(
            table.name(),
            None,
            format!("the folder {} holds no Parquet file", path.display()),
            "give a file, or a folder of .parquet files",
        ));
    };
    let mut frame = read_parquet(table, first)?;
    for part in parts {
        let next = read_parquet(table, part)?;
        frame.vstack_mut(&next).map_err(|_| {
            Error::table(
                table.name(),
                None,
                format!(
                    "{} has other columns or types than {}",
                    part.display(),
                    first.display()
                ),
                "write all parts of the table with the same columns",
            )
        })?;
    }
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use polars::df;
    use polars::prelude::ParquetWriter;

    use super::*;

    fn parquet(path: &Path, mut frame: DataFrame) {
        ParquetWriter::new(File::create(path).unwrap())
            .finish(&mut frame)
            .unwrap();
    }

    fn error(source: impl Into<Source>) -> String {
        source
            .into()
            .read(Table::Persons)
            .err()
            .expect("an error")
            .to_string()
    }

    #[test]
    fn a_parquet_file_that_is_cut_off_or_none_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("persons.parquet");
        parquet(&path, df!("person" => ["q7x9z"; 100]).unwrap());
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 10]).unwrap();
        let cut = error(path.as_path());
        assert!(
            cut.contains("cannot be read as Parquet") && cut.contains("deliver it again"),
            "{cut}"
        );
        assert!(!cut.contains("q7x9z"));
        std::fs::write(&path, "").unwrap();
        assert!(error(path.as_path()).contains("cannot be read as Parquet"));
    }

    #[test]
    fn a_file_of_another_kind_or_none_at_all_says_so() {
        assert!(error("persons.sas7bdat").contains("neither Parquet nor CSV"));
        assert!(
            error("nowhere/persons.parquet").starts_with("cannot read nowhere/persons.parquet")
        );
    }

    #[test]
    fn a_folder_is_read_part_by_part() {
        let folder = tempfile::tempdir().unwrap();
        assert!(error(folder.path()).contains("holds no Parquet file"));
        std::fs::create_dir(folder.path().join("year=2019")).unwrap();
        parquet(
            &folder.path().join("year=2019/b.parquet"),
            df!("person" => [1, 2]).unwrap(),
        );
        parquet(
            &folder.path().join("a.parquet"),
            df!("person" => [3]).unwrap(),
        );
        let read = Source::from(folder.path()).read(Table::Persons).unwrap();
        let ids = read.frame.column("person").unwrap().i32().unwrap();
        assert_eq!(ids.iter().flatten().collect::<Vec<_>>(), [3, 1, 2]);
        parquet(
            &folder.path().join("c.parquet"),
            df!("human" => [3]).unwrap(),
        );
        assert!(error(folder.path()).contains("has other columns or types than"));
    }
}
