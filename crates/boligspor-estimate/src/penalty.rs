//! What a regression adds to its log-likelihood when data are sparse.

use serde::{Deserialize, Serialize};

/// What is added to the log-likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Penalty {
    /// Nothing: maximum likelihood.
    #[default]
    None,
    /// Firth's: half the log-determinant of the information. Every estimate is
    /// finite, and most of its small-sample bias is gone.
    ///
    /// Source: Firth (1993), *Biometrika* 80, 27–38.
    Firth,
    /// Firth's if the likelihood has no maximum, nothing otherwise. The fit's
    /// `penalised` says which it was.
    FirthIfSeparated,
}
