//! What is said, and where: results to standard output, the rest to standard
//! error.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::exit::Failure;

/// How this run of the command speaks.
#[derive(Debug)]
pub(crate) struct Out {
    pub(crate) json: bool,
    quiet: bool,
}

impl Out {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// The result: text for people, or an object for machines.
    pub(crate) fn result(&self, text: &str, object: &Value) -> io::Result<()> {
        let mut to = io::stdout().lock();
        let line = if self.json {
            object.to_string()
        } else {
            text.to_owned()
        };
        writeln!(to, "{line}")?;
        to.flush()
    }

    /// Something a person should know that is no result and no failure.
    pub(crate) fn remark(&self, text: &str) {
        if self.quiet {
            return;
        }
        // Nobody listens to a closed standard error.
        let _ = if self.json {
            writeln!(io::stderr(), "{}", json!({ "remark": text }))
        } else {
            writeln!(io::stderr(), "{text}")
        };
    }

    pub(crate) fn failure(&self, failure: &Failure) {
        let _ = if self.json {
            writeln!(io::stderr(), "{}", failure.json())
        } else {
            writeln!(io::stderr(), "boligspor: {failure}")
        };
    }

    /// A progress bar where a person watches, else one that is never seen.
    pub(crate) fn bar(&self, total: u64) -> ProgressBar {
        if self.json || self.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(total);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} ({elapsed})");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}
