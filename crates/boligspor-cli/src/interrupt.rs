//! Ctrl-C: the first asks the run to stop cleanly, the second stops it at once.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use boligspor::Interrupt;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::INTERRUPTED;

static INTERRUPT: OnceLock<Interrupt> = OnceLock::new();
/// A folder of unfinished files, removed where the process is stopped at once.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// The flag that Ctrl-C (or a termination signal) raises.
pub(crate) fn watch() -> Interrupt {
    INTERRUPT
        .get_or_init(|| {
            let interrupt = Interrupt::default();
            let raised = interrupt.clone();
            // Where a handler cannot be set, Ctrl-C kills the process: the
            // next run cleans up after it.
            if let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) {
                std::thread::spawn(move || signals.forever().for_each(|_| on_signal(&raised)));
            }
            interrupt
        })
        .clone()
}

/// What a signal does: clean up and stop where there is something to clean up
/// or this is the second one, else ask the run to stop.
fn on_signal(raised: &Interrupt) {
    let unfinished = UNFINISHED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let again = raised.check().is_err();
    if let Some(folder) = &unfinished {
        let _ = std::fs::remove_dir_all(folder);
    }
    if again || unfinished.is_some() {
        let _ = writeln!(
            std::io::stderr(),
            "boligspor: interrupted: nothing was written"
        );
        std::process::exit(i32::from(INTERRUPTED));
    }
    raised.request();
    let _ = writeln!(
        std::io::stderr(),
        "boligspor: stopping after this step; press Ctrl-C again to stop at once"
    );
}

/// A folder that Ctrl-C removes, for work that cannot be asked to stop.
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    pub(crate) fn new(folder: &Path) -> std::io::Result<Self> {
        watch();
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder.to_owned());
        Ok(Self(folder.to_owned()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Moves every file and folder into `folder`, replacing those of the same name.
    pub(crate) fn finish(self, folder: &Path) -> std::io::Result<()> {
        // From here on a Ctrl-C waits: a handful of renames.
        UNFINISHED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        for entry in std::fs::read_dir(&self.0)? {
            let entry = entry?;
            let to = folder.join(entry.file_name());
            // A folder takes another's place only where that is empty.
            if to.is_dir() {
                std::fs::remove_dir_all(&to)?;
            }
            std::fs::rename(entry.path(), to)?;
        }
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        UNFINISHED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
