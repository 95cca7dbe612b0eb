//! What can go wrong: a spec that makes no sense, or a disk that won't write.

use std::path::PathBuf;

/// The crate's error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field of the [`Spec`](crate::Spec) is out of range.
    #[error("synthetic spec: `{field}` {problem}; {help}")]
    Spec {
        /// The field, by its dotted name in TOML.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        help: &'static str,
    },
    /// The text of a spec is no spec.
    #[error("synthetic spec: {0}")]
    Parse(#[from] toml::de::Error),
    /// A file or folder cannot be written.
    #[error(
        "cannot write {path}: {source}; check that the folder exists, is writable and has room"
    )]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Polars could not build or encode a table.
    #[error("cannot build a synthetic table: {0}")]
    Table(#[from] polars::error::PolarsError),
}

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn spec(
        field: &'static str,
        problem: impl Into<String>,
        help: &'static str,
    ) -> Self {
        Self::Spec {
            field,
            problem: problem.into(),
            help,
        }
    }

    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Write { path, source }
    }
}
