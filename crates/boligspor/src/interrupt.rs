//! A way to ask long work to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// A flag that long work looks at between batches of people. Clones share it.
///
/// ```
/// use boligspor::Interrupt;
/// let interrupt = Interrupt::default();
/// assert!(interrupt.check().is_ok());
/// interrupt.clone().request();
/// assert!(interrupt.check().unwrap_err().is_interrupted());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks all work that holds this flag to stop.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Goes on, or stops with [`Error::Interrupted`].
    pub fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            Err(Error::Interrupted)
        } else {
            Ok(())
        }
    }
}
