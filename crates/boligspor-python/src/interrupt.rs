//! Long work beside the interpreter: other Python threads run meanwhile, and
//! Ctrl-C stops it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use boligspor::Interrupt;
use pyo3::prelude::*;

use crate::error::{panicked, to_py};

/// How long Ctrl-C may wait to be seen. Waiting is by a channel, so finished
/// work is seen at once.
const LOOK: Duration = Duration::from_millis(50);

/// News of long work: a stage that begins, and how many of how many are done.
pub(crate) type Told = (Option<String>, usize, usize);

enum News<T> {
    Told(Told),
    Done(thread::Result<boligspor::Result<T>>),
}

/// Tells the interpreter's thread how far the work is.
pub(crate) struct Tell<T>(Sender<News<T>>);

impl<T> Tell<T> {
    pub(crate) fn tell(&self, told: Told) {
        // Whoever waits for the work outlives it.
        let _ = self.0.send(News::Told(told));
    }
}

/// Runs `work` on a thread of its own with the interpreter released. A signal
/// whose Python handler raises (as that of Ctrl-C does) asks the work to stop
/// and, when it has, becomes the exception.
pub(crate) fn interruptible<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Interrupt) -> boligspor::Result<T> + Send,
) -> PyResult<T> {
    interruptible_telling(py, None, |interrupt, _| work(interrupt))
}

/// As [`interruptible`], with a Python callable that is told of the progress
/// as `(stage, done, total)`. What it raises stops the work, as a signal does.
pub(crate) fn interruptible_telling<T: Send>(
    py: Python<'_>,
    listener: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Interrupt, &Tell<T>) -> boligspor::Result<T> + Send,
) -> PyResult<T> {
    let interrupt = Interrupt::default();
    let (sender, receiver) = channel();
    thread::scope(|scope| {
        let flag = interrupt.clone();
        scope.spawn(move || {
            let tell = Tell(sender);
            let result = catch_unwind(AssertUnwindSafe(|| work(&flag, &tell)));
            let _ = tell.0.send(News::Done(result));
        });
        wait(py, listener, receiver, &interrupt)
    })
}

fn wait<T: Send>(
    py: Python<'_>,
    listener: Option<&Bound<'_, PyAny>>,
    mut receiver: Receiver<News<T>>,
    interrupt: &Interrupt,
) -> PyResult<T> {
    let mut raised: Option<PyErr> = None;
    loop {
        // The receiver goes along and comes back: it is not to be shared.
        let news;
        (receiver, news) = py.detach(move || {
            let news = receiver.recv_timeout(LOOK);
            (receiver, news)
        });
        let heard = match news {
            Ok(News::Done(result)) => {
                return match (raised, result) {
                    (Some(error), _) => Err(error),
                    (None, Ok(result)) => result.map_err(|e| to_py(py, e)),
                    (None, Err(_)) => Err(panicked(py)),
                };
            }
            Ok(News::Told(told)) => match listener {
                Some(listener) => listener.call1(told).map(|_| ()),
                None => Ok(()),
            },
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => return Err(panicked(py)),
        };
        if let Err(error) = heard.and_then(|()| py.check_signals())
            && raised.is_none()
        {
            interrupt.request();
            raised = Some(error);
        }
    }
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
