//! Errors as the exceptions of `boligspor.errors`.

use boligspor::Error;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::register::PyCheckReport;

/// The exception for an error: its class by kind, its message the library's.
pub(crate) fn to_py(py: Python<'_>, error: Error) -> PyErr {
    let message = error.to_string();
    let details = PyDict::new(py);
    let filled = match &error {
        Error::Table { table, column, .. } => details
            .set_item("table", table)
            .and_then(|()| details.set_item("column", column)),
        Error::Option { name, .. } => details.set_item("option", name),
        Error::Study { location, .. } => details.set_item("location", location),
        Error::Missing { needs, .. } => details.set_item("needs", needs),
        Error::File { path, .. } => details.set_item("path", path),
        _ => Ok(()),
    };
    if let Err(e) = filled {
        return e;
    }
    let class = match error {
        Error::Interrupted => return PyKeyboardInterrupt::new_err(message),
        Error::Checks(report) => {
            let report = PyCheckReport::new(*report);
            return match Bound::new(py, report).and_then(|r| details.set_item("report", r)) {
                Ok(()) => raise(py, "CheckError", &message, &details),
                Err(e) => e,
            };
        }
        Error::Table { .. } => "TableError",
        Error::Option { .. } => "OptionError",
        Error::Study { .. } => "StudyError",
        Error::Missing { .. } => "MissingError",
        Error::File { .. } => "FileError",
        Error::Expression { .. } => "ExpressionError",
        Error::Estimate(_) => "EstimateError",
        Error::Disclosure(_) => "DisclosureError",
        Error::Chart(_) => "ChartError",
        _ => "BoligsporError",
    };
    raise(py, class, &message, &details)
}

/// An exception of one of the package's classes.
pub(crate) fn raise(
    py: Python<'_>,
    class: &str,
    message: &str,
    details: &Bound<'_, PyDict>,
) -> PyErr {
    let made = py
        .import("boligspor.errors")
        .and_then(|errors| errors.getattr(class))
        .and_then(|class| class.call((message,), Some(details)));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        // The package is broken or half installed: the message still counts.
        Err(_) => PyRuntimeError::new_err(message.to_owned()),
    }
}

/// What a user gets where this library panics: a bug of ours, told as such.
/// The panic's own text stays out, since it may hold a value of the data.
pub(crate) fn panicked(py: Python<'_>) -> PyErr {
    raise(
        py,
        "BoligsporError",
        "an internal error: this is a bug in boligspor; please report it with the call that led \
         to it and the shape of your tables, without any of their values",
        &PyDict::new(py),
    )
}
