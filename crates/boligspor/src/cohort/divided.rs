//! Sums over a cohort, whole and by stratum: the same whichever way the people
//! are divided among threads and partitions.
//!
//! Every analysis observes members one by one into a sum, adds sums up, and
//! keeps one for the whole and one for each stratum. That is done here, once.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ALL, Cohort};
use crate::error::{Error, Result};

/// Members observed as one task.
const CHUNK: usize = 8192;

/// What people add up to. Addition must be associative, commutative and exact.
pub trait Sums: Clone + Send + Sync {
    /// Adds the people of another sum, who must be others than these.
    ///
    /// # Errors
    /// Where the two were made by different choices.
    fn merge(&mut self, other: &Self) -> Result<()>;
}

/// Sums of the whole cohort and of each stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divided<T> {
    /// The columns that divide the cohort.
    pub strata: Vec<String>,
    /// Sums over everyone.
    pub whole: T,
    /// Sums of each stratum, sorted by its levels.
    pub parts: Vec<(Vec<String>, T)>,
}

impl<T: Sums> Divided<T> {
    /// Observes every member: `observer` makes what is kept between members,
    /// `add` adds one member to the sums of their stratum.
    ///
    /// # Errors
    /// Those of `add`, and [`Error::Interrupted`].
    pub(crate) fn observe<O>(
        cohort: &Cohort,
        empty: impl Fn() -> T + Send + Sync,
        observer: impl Fn() -> O + Send + Sync,
        add: impl Fn(&mut O, usize, &mut T) -> Result<()> + Send + Sync,
    ) -> Result<Self> {
        let members = cohort.members();
        let levels = &cohort.strata().levels;
        let fresh = || -> Vec<T> { levels.iter().map(|_| empty()).collect() };
        let mut sums = (0..members.len())
            .into_par_iter()
            .step_by(CHUNK)
            .map(|from| -> Result<Vec<T>> {
                cohort.interrupt().check()?;
                let mut sums = fresh();
                let mut observer = observer();
                for member in from..(from + CHUNK).min(members.len()) {
                    let stratum = members.stratum[member] as usize;
                    add(&mut observer, member, &mut sums[stratum])?;
                }
                Ok(sums)
            })
            .try_reduce(fresh, |mut a, b| -> Result<Vec<T>> {
                for (a, b) in a.iter_mut().zip(&b) {
                    a.merge(b)?;
                }
                Ok(a)
            })?;
        let parts = if cohort.strata().is_empty() {
            Vec::new()
        } else {
            sums.split_off(1)
        };
        let mut whole = sums.swap_remove(0);
        for part in &parts {
            whole.merge(part)?;
        }
        let mut parts: Vec<_> = levels[1..].iter().cloned().zip(parts).collect();
        parts.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self {
            strata: cohort.strata().names.clone(),
            whole,
            parts,
        })
    }

    /// Adds the people of other sums, who must be others than these.
    ///
    /// # Errors
    /// [`Error::Option`] where the two are divided by different columns.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.strata != other.strata {
            return Err(mismatch());
        }
        self.whole.merge(&other.whole)?;
        merge_parts(&mut self.parts, &other.parts)
    }

    /// Each stratum's levels and sums, the whole (`all`) first.
    pub fn rows(&self) -> Vec<(Vec<String>, &T)> {
        let all = vec![ALL.to_owned(); self.strata.len()];
        let parts = self
            .parts
            .iter()
            .map(|(levels, sums)| (levels.clone(), sums));
        std::iter::once((all, &self.whole)).chain(parts).collect()
    }
}

/// Adds the sums of strata to those of the same strata.
pub(crate) fn merge_parts<T: Sums>(
    parts: &mut Vec<(Vec<String>, T)>,
    others: &[(Vec<String>, T)],
) -> Result<()> {
    for (levels, sums) in others {
        match parts.binary_search_by(|p| p.0.cmp(levels)) {
            Ok(i) => parts[i].1.merge(sums)?,
            Err(i) => parts.insert(i, (levels.clone(), sums.clone())),
        }
    }
    Ok(())
}

/// Summaries made by different choices cannot be added.
pub(crate) fn mismatch() -> Error {
    Error::option(
        "merge",
        "adds summaries of different definitions or strata",
        "observe every partition by the same definition and strata",
    )
}
