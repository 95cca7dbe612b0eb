//! What may leave.

use std::marker::PhantomData;

use super::table::ReleasedTable;
use crate::disclosure::{Cleared, Memory, Policy};

/// The released form of a result `T`: tables of released numbers, with their
/// proof. Whatever can be made of it may leave; for the ledger it may also hold
/// who was behind the numbers, which nothing else can read.
#[derive(Clone, Debug)]
pub struct Released<T> {
    pub(super) tables: Vec<ReleasedTable>,
    pub(super) cleared: Cleared,
    pub(super) policy: Policy,
    /// Who was behind the numbers, where a ledger is kept. It has no way out
    /// but into the ledger.
    pub(super) memory: Option<Memory>,
    pub(super) of: PhantomData<fn() -> T>,
}

impl<T> Released<T> {
    /// The tables, in the order they were offered.
    pub fn tables(&self) -> &[ReleasedTable] {
        &self.tables
    }

    /// A table by name.
    pub fn table(&self, name: &str) -> Option<&ReleasedTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The policy it was cleared under.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The same release without saying of what, for lists of several.
    #[must_use]
    pub fn untyped(self) -> Released<()> {
        Released {
            tables: self.tables,
            cleared: self.cleared,
            policy: self.policy,
            memory: self.memory,
            of: PhantomData,
        }
    }

    /// The cleared numbers, the rows they amount to and the proof.
    pub fn cleared(&self) -> &Cleared {
        &self.cleared
    }
}
