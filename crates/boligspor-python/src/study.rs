//! Study files, run from Python by the code that the command runs.

use std::ffi::OsString;
use std::path::PathBuf;

use boligspor::study::{Plan, Watch};
use pyo3::prelude::*;

use crate::interrupt::interruptible_telling;
use crate::options;

/// Runs a study and writes its results: the folder, what a reader must know, and
/// the earlier releases that could not be tied in.
#[pyfunction]
#[pyo3(signature = (study, out, internal, ledger, lang, progress=None))]
pub(crate) fn run(
    py: Python<'_>,
    study: PathBuf,
    out: PathBuf,
    internal: bool,
    ledger: Option<PathBuf>,
    lang: &str,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<(PathBuf, Vec<String>, Vec<String>)> {
    interruptible_telling(py, progress, |interrupt, tell| {
        let lang = options::lang(lang)?;
        let mut plan = Plan::read(&study)?;
        if let Some(ledger) = ledger {
            plan = plan.with_ledger(ledger);
        }
        let history = plan.history()?;
        let untied = history.map_or_else(Vec::new, |h| h.untied().to_vec());
        let mut watch = Watch::new(|p| {
            tell.tell((p.stage.as_ref().map(|s| s.label(lang)), p.done, p.total));
        })
        .interrupted_by(interrupt);
        let internal = internal || plan.study().release.internal;
        let outcome = plan.run(&mut watch)?;
        let folder = outcome.write(&out, internal, &mut watch)?;
        // Warnings count people: they are of the internal results.
        let warnings = if internal {
            outcome.warnings(lang)
        } else {
            Vec::new()
        };
        Ok((folder, warnings, untied))
    })
}

/// The `boligspor` command: gives the exit code for the shell.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| boligspor_cli::exit_code(arguments.into_iter()))
}
