//! The releases before this one, as the project's ledger has them.

use std::path::{Path, PathBuf};

use super::released::Released;
use crate::disclosure::{ClearError, Ledger, Memory};
use crate::error::{Error, Result};

/// The releases before one that is about to be made, and its own name.
///
/// A release is tied in where the ledger remembers who was behind its numbers:
/// that is, where it was entered by [`History::enter`] and the folder
/// `LEDGER.people` is still beside the file. Whatever has changed since,
/// definitions, data or people, its groups are then rebuilt person by person.
#[derive(Clone, Debug)]
pub struct History {
    path: PathBuf,
    name: String,
    releases: usize,
    pub(super) memories: Vec<Memory>,
    untied: Vec<String>,
}

impl History {
    /// What a ledger knows, for a release of this name; a ledger that is not
    /// there yet is begun when the release is entered.
    ///
    /// # Errors
    /// [`Error::Option`] without a name; [`Error::Disclosure`] for a ledger that
    /// cannot be read or was changed, and for a name that is taken.
    pub fn open(ledger: impl AsRef<Path>, name: &str) -> Result<Self> {
        if name.is_empty() {
            return Err(Error::option(
                "release.name",
                "is empty, and the ledger needs one",
                "name the release, such as `2026-1`",
            ));
        }
        let path = ledger.as_ref().to_owned();
        let ledger = Ledger::open(&path)?;
        ledger.free(name)?;
        let (memories, untied) = ledger.memories()?;
        Ok(Self {
            path,
            name: name.to_owned(),
            releases: ledger.releases().count(),
            memories,
            untied,
        })
    }

    /// The name of the release about to be made.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The earlier releases that are tied in, oldest first.
    pub fn tied(&self) -> impl Iterator<Item = &str> {
        self.memories.iter().map(Memory::release)
    }

    /// Those that cannot be: who was in their groups is not remembered.
    pub fn untied(&self) -> &[String] {
        &self.untied
    }

    /// Makes sure that no release was entered since the ledger was opened.
    ///
    /// # Errors
    /// [`Error::Disclosure`] where one was.
    pub fn check(&self) -> Result<()> {
        if Ledger::open(&self.path)?.releases().count() == self.releases {
            return Ok(());
        }
        Err(ClearError::Ledger(
            "another release was entered meanwhile; clear this one again".to_owned(),
        )
        .into())
    }

    /// Enters a release made after this history.
    ///
    /// # Errors
    /// [`Error::Option`] for a release made without it; [`Error::Disclosure`]
    /// where the ledger cannot be written, or has another release since.
    pub fn enter<T>(&self, released: &Released<T>) -> Result<()> {
        let memory = released
            .memory
            .as_ref()
            .filter(|m| m.release() == self.name);
        let Some(memory) = memory else {
            return Err(Error::option(
                "ledger",
                "knows nothing of who was behind this release",
                "make it by `release_after` with the same history",
            ));
        };
        self.check()?;
        let mut ledger = Ledger::open(&self.path)?;
        Ok(ledger.append_with(released.policy(), released.cleared(), memory)?)
    }
}
