//! The one error type: what is wrong, where, and what to do.
//!
//! No message carries a person's identifier or a value from a table: a table
//! problem is told as table, column, rule and number of rows.

use std::path::Path;

use polars::prelude::PolarsError;

use crate::register::CheckReport;

/// A result with this library's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A table cannot be read or does not meet its contract.
    #[error("table `{table}`{}: {problem}; {hint}", column.as_ref().map(|c| format!(", column `{c}`")).unwrap_or_default())]
    Table {
        /// The table's name.
        table: String,
        /// The column, where one is concerned.
        column: Option<String>,
        /// What is wrong.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// The data checks found errors.
    #[error("{}", .0.error_summary())]
    Checks(Box<CheckReport>),
    /// An option has a value that cannot be used.
    #[error("option `{name}` {problem}; {hint}")]
    Option {
        /// The option's name.
        name: String,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// A study file cannot be used.
    #[error("study file, {location}: {problem}; {hint}")]
    Study {
        /// Where in the file, as `line 12` or a dotted key.
        location: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// An analysis needs something the register does not hold.
    #[error("{analysis} needs {needs}; {hint}")]
    Missing {
        /// The analysis that cannot run.
        analysis: String,
        /// The table, column or rows it needs.
        needs: String,
        /// What to do.
        hint: String,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// What was attempted, as `read` or `write`.
        action: &'static str,
        /// The file as the caller named it.
        path: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A filter or stratum expression cannot be evaluated.
    #[error("expression for {what}: {problem}; {hint}")]
    Expression {
        /// What the expression is for.
        what: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// An estimator refused its input.
    #[error(transparent)]
    Estimate(#[from] boligspor_estimate::EstimateError),
    /// Disclosure control refused, or cannot be carried out.
    #[error(transparent)]
    Disclosure(#[from] boligspor_disclosure::ClearError),
    /// A chart cannot be drawn.
    #[error("a chart cannot be drawn: {0}")]
    Chart(String),
    /// The caller asked to stop.
    #[error("interrupted: nothing was written")]
    Interrupted,
}

impl Error {
    /// An unusable option.
    pub fn option(
        name: impl Into<String>,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Option {
            name: name.into(),
            problem: problem.into(),
            hint: hint.into(),
        }
    }

    /// A table, or a column of it, that does not meet its contract.
    pub fn table(
        table: impl Into<String>,
        column: Option<&str>,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Table {
            table: table.into(),
            column: column.map(Into::into),
            problem: problem.into(),
            hint: hint.into(),
        }
    }

    /// An analysis that lacks something.
    pub fn missing(
        analysis: impl Into<String>,
        needs: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Missing {
            analysis: analysis.into(),
            needs: needs.into(),
            hint: hint.into(),
        }
    }

    /// A file that cannot be read or written.
    pub fn file(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::File {
            action,
            path: path.display().to_string(),
            source,
        }
    }

    /// Whether the input data are at fault (the command's exit code 3).
    pub fn is_data(&self) -> bool {
        matches!(
            self,
            Self::Table { .. } | Self::Checks(_) | Self::Missing { .. }
        )
    }

    /// Whether the caller's options or study file are at fault (exit code 2).
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Option { .. } | Self::Study { .. } | Self::Expression { .. }
        )
    }

    /// Whether the caller asked to stop (exit code 130).
    pub fn is_interrupted(&self) -> bool {
        matches!(self, Self::Interrupted)
    }
}

/// What a polars error is about, without its text where that can quote values.
pub(crate) fn kind(e: &PolarsError) -> String {
    match e {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => kind(error),
        PolarsError::ColumnNotFound(m) => format!("column not found: {}", first_line(m)),
        PolarsError::SchemaMismatch(_) => "types do not match".into(),
        PolarsError::InvalidOperation(_) => "an operation does not fit the type of a column".into(),
        PolarsError::SQLInterface(_) | PolarsError::SQLSyntax(_) => {
            "is not an SQL expression".into()
        }
        PolarsError::ShapeMismatch(_) => "columns differ in length".into(),
        _ => "cannot be evaluated".into(),
    }
}

fn first_line(message: &polars::error::ErrString) -> String {
    message
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}
