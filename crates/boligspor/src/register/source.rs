//! Where a table comes from: a frame in memory, or a Parquet or CSV file.

use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, ParquetReader, SerReader};

use super::csv;
use super::table::Table;
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;

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

/// Rows that are read at a time.
const BATCH: usize = 1 << 20;

/// A table as it was delivered, before it is typed by its contract: read part by
/// part, so that what a part becomes is all that is held.
pub(super) struct Delivered {
    /// The columns' names.
    names: Vec<String>,
    parts: Parts,
    /// Numbers in text have a decimal comma (a CSV file with semicolons).
    pub(super) decimal_comma: bool,
}

enum Parts {
    Frame(DataFrame),
    /// Parquet files and how many rows each has.
    Files(Vec<(PathBuf, usize)>),
}

impl Source {
    /// Opens the table.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be opened, [`Error::Table`] where
    /// it is not what its name says, is cut off, empty, or not UTF-8.
    pub(super) fn open(self, table: Table) -> Result<Delivered> {
        match self {
            Self::Frame(frame) => Ok(Delivered::of(frame, false)),
            Self::Path(path) if path.is_dir() => {
                let files = parquet_files(table, &path)?;
                Delivered::files(table, files)
            }
            Self::Path(path) => {
                let extension = path
                    .extension()
                    .map(|e| e.to_string_lossy().to_lowercase())
                    .unwrap_or_default();
                match extension.as_str() {
                    "parquet" | "pq" => Delivered::files(table, vec![path]),
                    "csv" | "tsv" | "txt" => {
                        let (frame, decimal_comma) = csv::read(table.name(), &path)?;
                        Ok(Delivered::of(frame, decimal_comma))
                    }
                    _ => Err(Error::table(
                        table.name(),
                        None,
                        format!("{} is neither Parquet nor CSV by its name", path.display()),
                        "give a file that ends in .parquet or .csv",
                    )),
                }
            }
        }
    }
}

impl Delivered {
    /// A table in memory.
    pub(super) fn of(frame: DataFrame, decimal_comma: bool) -> Self {
        let names = frame.get_column_names().into_iter();
        Self {
            names: names.map(ToString::to_string).collect(),
            parts: Parts::Frame(frame),
            decimal_comma,
        }
    }

    /// Parquet files with the same columns, one below the other.
    fn files(table: Table, files: Vec<PathBuf>) -> Result<Self> {
        let mut first: Option<(PathBuf, Vec<Field>)> = None;
        let mut parts = Vec::with_capacity(files.len());
        for path in files {
            let (fields, rows) = head(table, &path)?;
            match &first {
                None => first = Some((path.clone(), fields)),
                Some((known, expected)) if *expected != fields => {
                    return Err(Error::table(
                        table.name(),
                        None,
                        format!(
                            "{} has other columns or types than {}",
                            path.display(),
                            known.display()
                        ),
                        "write all parts of the table with the same columns",
                    ));
                }
                Some(_) => {}
            }
            parts.push((path, rows));
        }
        let names = first.map(|(_, fields)| fields.into_iter().map(|f| f.0).collect());
        Ok(Self {
            names: names.unwrap_or_default(),
            parts: Parts::Files(parts),
            decimal_comma: false,
        })
    }

    /// The columns' names.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Gives `visit` the columns wanted, some rows at a time and at least once,
    /// stopping where asked.
    pub(super) fn each(
        self,
        table: Table,
        wanted: &[usize],
        interrupt: &Interrupt,
        visit: &mut dyn FnMut(DataFrame) -> Result<()>,
    ) -> Result<()> {
        interrupt.check()?;
        let names: Vec<&str> = wanted.iter().map(|i| self.names[*i].as_str()).collect();
        match self.parts {
            Parts::Frame(frame) => {
                let height = frame.height();
                let mut columns = frame
                    .into_columns()
                    .into_iter()
                    .map(Some)
                    .collect::<Vec<_>>();
                let chosen = wanted.iter().filter_map(|i| columns[*i].take()).collect();
                let frame = DataFrame::new(height, chosen).map_err(|_| {
                    Error::table(
                        table.name(),
                        None,
                        "has the same column twice",
                        "name each column once",
                    )
                })?;
                visit(frame)
            }
            Parts::Files(files) => {
                for (path, rows) in files {
                    let mut from = 0;
                    loop {
                        interrupt.check()?;
                        let here = BATCH.min(rows - from);
                        visit(slice(table, &path, &names, from, here)?)?;
                        from += here;
                        if from >= rows {
                            break;
                        }
                    }
                }
                Ok(())
            }
        }
    }
}

/// A column of a Parquet file: its name and type.
type Field = (String, polars_arrow::datatypes::ArrowDataType);

fn broken(table: Table, path: &Path, e: &polars::prelude::PolarsError) -> Error {
    Error::table(
        table.name(),
        None,
        format!("{} cannot be read as Parquet ({e})", path.display()),
        "the file is cut off or of another format; deliver it again",
    )
}

/// The columns of a Parquet file, and how many rows it has.
fn head(table: Table, path: &Path) -> Result<(Vec<Field>, usize)> {
    let file = File::open(path).map_err(|e| Error::file("read", path, e))?;
    let mut reader = ParquetReader::new(file);
    let schema = reader.schema().map_err(|e| broken(table, path, &e))?;
    let mut fields = Vec::new();
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
        fields.push((field.name.to_string(), field.dtype.clone()));
    }
    let rows = reader.num_rows().map_err(|e| broken(table, path, &e))?;
    Ok((fields, rows))
}

fn slice(table: Table, path: &Path, names: &[&str], from: usize, rows: usize) -> Result<DataFrame> {
    let file = File::open(path).map_err(|e| Error::file("read", path, e))?;
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let frame = ParquetReader::new(file)
        .with_columns(Some(names.clone()))
        .with_slice(Some((from, rows)))
        .finish()
        .map_err(|e| broken(table, path, &e))?;
    // Columns come in the file's order, and are wanted in that asked for.
    frame.select(names).map_err(|e| broken(table, path, &e))
}

/// All Parquet files of a folder, in the order of their names.
fn parquet_files(table: Table, path: &Path) -> Result<Vec<PathBuf>> {
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
    if files.is_empty() {
        return Err(Error::table(
            table.name(),
            None,
            format!("the folder {} holds no Parquet file", path.display()),
            "give a file, or a folder of .parquet files",
        ));
    }
    Ok(files)
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

    fn parts(source: impl Into<Source>) -> Result<Vec<DataFrame>> {
        let delivered = source.into().open(Table::Persons)?;
        let wanted: Vec<usize> = (0..delivered.names().len()).collect();
        let mut parts = Vec::new();
        delivered.each(
            Table::Persons,
            &wanted,
            &Interrupt::default(),
            &mut |part| {
                parts.push(part);
                Ok(())
            },
        )?;
        Ok(parts)
    }

    fn error(source: impl Into<Source>) -> String {
        parts(source).expect_err("an error").to_string()
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
        let ids: Vec<i32> = parts(folder.path())
            .unwrap()
            .iter()
            .flat_map(|part| part.column("person").unwrap().i32().unwrap().to_vec())
            .flatten()
            .collect();
        assert_eq!(ids, [3, 1, 2]);
        parquet(
            &folder.path().join("c.parquet"),
            df!("human" => [3]).unwrap(),
        );
        assert!(error(folder.path()).contains("has other columns or types than"));
    }

    #[test]
    fn a_reader_that_is_asked_to_stop_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("persons.parquet");
        parquet(&path, df!("person" => [1, 2]).unwrap());
        let interrupt = Interrupt::default();
        interrupt.request();
        let delivered = Source::from(path.as_path()).open(Table::Persons).unwrap();
        let stopped = delivered.each(Table::Persons, &[0], &interrupt, &mut |_| {
            panic!("nothing is to be read")
        });
        assert!(stopped.unwrap_err().is_interrupted());
    }
}
