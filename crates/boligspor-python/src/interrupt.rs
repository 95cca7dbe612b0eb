//! Long work beside the interpreter: other Python threads run meanwhile, and
//! Ctrl-C stops it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use boligspor::Interrupt;
use pyo3::prelude::*;

use crate::error::{panicked, to_py};

/// How long Ctrl-C may wait to be seen. Waiting is by a channel, so finished
/// work is seen at once.
const LOOK: Duration = Duration::from_millis(50);

/// Runs `work` on a thread of its own with the interpreter released. A signal
/// whose Python handler raises (as that of Ctrl-C does) asks the work to stop
/// and, when it has, becomes the exception.
pub(crate) fn interruptible<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Interrupt) -> boligspor::Result<T> + Send,
) -> PyResult<T> {
    let interrupt = Interrupt::default();
    let (done, mut wait) = channel();
    thread::scope(|scope| {
        let flag = interrupt.clone();
        scope.spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| work(&flag)));
            // The receiver lives until this arrives.
            let _ = done.send(result);
        });
        let mut raised = None;
        let result = loop {
            // The receiver goes along and comes back: it is not to be shared.
            let news;
            (wait, news) = py.detach(move || {
                let news = wait.recv_timeout(LOOK);
                (wait, news)
            });
            match news {
                Ok(result) => break Some(result),
                Err(RecvTimeoutError::Timeout) => {
                    if raised.is_none()
                        && let Err(signal) = py.check_signals()
                    {
                        interrupt.request();
                        raised = Some(signal);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break None,
            }
        };
        if let Some(signal) = raised {
            return Err(signal);
        }
        match result {
            Some(Ok(result)) => result.map_err(|e| to_py(py, e)),
            Some(Err(_)) | None => Err(panicked(py)),
        }
    })
}

/// Runs short work where it stands; a panic becomes an error.
pub(crate) fn guarded<T>(
    py: Python<'_>,
    work: impl FnOnce() -> boligspor::Result<T>,
) -> PyResult<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|e| to_py(py, e)),
        Err(_) => Err(panicked(py)),
    }
}
