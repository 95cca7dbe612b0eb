//! How a command can fail, and what the shell is told.

use boligspor::Error;
use serde_json::{Value, json};

/// Bad usage or study file.
pub(crate) const USAGE: u8 = 2;
/// Bad data.
pub(crate) const DATA: u8 = 3;
/// A failed run.
pub(crate) const FAILED: u8 = 4;
/// Interrupted, as a shell counts it: 128 and the signal's number.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command ended without a result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library refused.
    Core(Error),
    /// The study file itself cannot be opened.
    NoStudy(Error),
    /// The generator refused.
    Synth(boligspor_synth::Error),
    /// Standard output is closed or full.
    Output(std::io::Error),
    /// A bug.
    Internal,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<boligspor_synth::Error> for Failure {
    fn from(error: boligspor_synth::Error) -> Self {
        Self::Synth(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Core(error) => error.fmt(f),
            Self::NoStudy(error) => {
                write!(f, "{error}; give the path of a study.toml")
            }
            Self::Synth(error) => error.fmt(f),
            Self::Output(error) => write!(f, "cannot write the result: {error}"),
            Self::Internal => write!(
                f,
                "something went wrong inside boligspor, and nothing was written; please report \
                 the command and the study file, without data"
            ),
        }
    }
}

impl Failure {
    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Core(error) if error.is_interrupted() => INTERRUPTED,
            Self::Core(error) if error.is_usage() => USAGE,
            Self::Core(error) if error.is_data() => DATA,
            Self::NoStudy(_)
            | Self::Synth(boligspor_synth::Error::Spec { .. } | boligspor_synth::Error::Parse(_)) => {
                USAGE
            }
            _ => FAILED,
        }
    }

    /// The failure for machines: what kind, and where.
    pub(crate) fn json(&self) -> Value {
        let mut says =
            json!({ "kind": self.kind(), "message": self.to_string(), "exit": self.code() });
        let more = match self {
            Self::Core(Error::Table {
                table,
                column,
                problem,
                hint,
            }) => {
                json!({ "table": table, "column": column, "problem": problem, "hint": hint })
            }
            Self::Core(Error::Checks(report)) => {
                json!({ "findings": report.errors().collect::<Vec<_>>() })
            }
            Self::Core(Error::Option {
                name,
                problem,
                hint,
            }) => {
                json!({ "option": name, "problem": problem, "hint": hint })
            }
            Self::Core(Error::Study {
                location,
                problem,
                hint,
            }) => {
                json!({ "location": location, "problem": problem, "hint": hint })
            }
            Self::Core(Error::Missing {
                analysis,
                needs,
                hint,
            }) => {
                json!({ "analysis": analysis, "needs": needs, "hint": hint })
            }
            Self::Core(Error::File { path, .. }) | Self::NoStudy(Error::File { path, .. }) => {
                json!({ "path": path })
            }
            _ => Value::Null,
        };
        if let (Value::Object(says), Value::Object(more)) = (&mut says, more) {
            says.extend(more);
        }
        json!({ "error": says })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Core(error) => match error {
                Error::Table { .. } => "table",
                Error::Checks(_) => "checks",
                Error::Option { .. } => "option",
                Error::Study { .. } => "study",
                Error::Missing { .. } => "missing",
                Error::File { .. } => "file",
                Error::Expression { .. } => "expression",
                Error::Estimate(_) => "estimate",
                Error::Disclosure(_) => "disclosure",
                Error::Chart(_) => "chart",
                Error::Interrupted => "interrupted",
                _ => "other",
            },
            Self::NoStudy(_) => "study",
            Self::Synth(_) => "synth",
            Self::Output(_) => "output",
            Self::Internal => "internal",
        }
    }
}
