//! What can be wrong with a file, in words that hold none of its values.

use std::path::Path;

/// A result with this crate's [`FileError`].
pub type Result<T, E = FileError> = std::result::Result<T, E>;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The system refuses.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file as the caller named it.
        path: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path} {problem}; {hint}")]
    Broken {
        /// The file as the caller named it.
        path: String,
        /// What is wrong, without any value of the file.
        problem: String,
        /// What to do.
        hint: String,
    },
}

impl FileError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.display().to_string(),
            source,
        }
    }

    pub(crate) fn broken(path: &Path, problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Broken {
            path: path.display().to_string(),
            problem: problem.into(),
            hint: hint.into(),
        }
    }
}
