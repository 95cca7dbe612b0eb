//! Why something could not be cleared.
//!
//! These texts leave the secure environment with logs and screenshots, so they
//! hold names that the caller gave and limits of the policy, and never a count,
//! an amount or any other value of the data.

use thiserror::Error;

/// Result of this crate's functions.
pub type Result<T> = std::result::Result<T, ClearError>;

/// Why a policy, a bundle or a release was refused.
///
/// Variants carry names and public limits only. Matching must allow for new
/// variants.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClearError {
    /// A policy that contradicts itself, is misspelt or unknown.
    #[error("policy {policy}: {reason}")]
    Policy {
        /// Its name, or what was asked for.
        policy: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A bundle whose parts do not fit together.
    #[error("table {table}: {reason}")]
    Bundle {
        /// The table at fault.
        table: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// No way of clearing was found within the limits.
    #[error(
        "nothing is released: {reason}; make {} coarser (fewer or wider categories), or leave it out",
        .tables.join(", ")
    )]
    Refused {
        /// Why.
        reason: String,
        /// The tables that take part, those with most withheld first.
        tables: Vec<String>,
    },
    /// The record of earlier releases cannot be read, or was changed.
    #[error("ledger: {0}")]
    Ledger(String),
    /// A folder that cannot be written or read.
    #[error("release folder: {0}")]
    Folder(String),
    /// A certificate that does not prove what it should.
    #[error("the certificate does not hold: {0}")]
    Certificate(String),
}

/// Refuses a column that has not one value for each person.
pub(crate) fn one_each(name: &str, found: usize, persons: usize) -> Result<()> {
    if found == persons {
        return Ok(());
    }
    Err(ClearError::Bundle {
        table: name.to_owned(),
        reason: "there is not one value for each person; pass columns of one length".to_owned(),
    })
}
