//! Each group's times to the first loss of a home, as sums that tests read.

use serde::{Deserialize, Serialize};

use boligspor_estimate::{EventCounts, GroupTest, TestOptions, gray_test, log_rank};

use crate::cohort::{Cohort, Divided, Sums, divided};
use crate::error::Result;
use crate::retention::{Definition, FirstLoss, FirstLosses};

/// Causes that end the time at home.
const LOSS: usize = 1;
const COMPETING: usize = 2;

impl Sums for EventCounts {
    fn merge(&mut self, other: &Self) -> Result<()> {
        Ok(EventCounts::merge(self, other)?)
    }
}

/// Times to the first loss by group: observe each partition of the people, merge
/// in any order, and the tests equal those of the whole to the last bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossSummary {
    definition: Definition,
    sums: Divided<EventCounts>,
}

impl LossSummary {
    /// Observes every member of a cohort divided into groups.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) for a definition that cannot be used on this cohort.
    pub fn observe(cohort: &Cohort, definition: &Definition) -> Result<Self> {
        let losses = FirstLosses::new(cohort, definition)?;
        let sums = Divided::observe(
            cohort,
            || EventCounts::new(COMPETING),
            || losses.reader(),
            |reader, member, counts| {
                if let Some((tick, how)) = reader.ticks(member) {
                    let cause = match how {
                        FirstLoss::Lost => LOSS,
                        FirstLoss::Competing => COMPETING,
                        FirstLoss::NotSeen => 0,
                    };
                    counts.add(None, tick, cause)?;
                }
                Ok(())
            },
        )?;
        Ok(Self {
            definition: definition.clone(),
            sums,
        })
    }

    /// Adds the people of another summary, who must be others than these.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) where the two were made by different definitions or
    /// groups.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.definition != other.definition {
            return Err(divided::mismatch());
        }
        self.sums.merge(&other.sums)
    }

    /// The log-rank test of equal rates of loss (competing events censor), and
    /// Gray's of equal shares lost (they do not).
    ///
    /// # Errors
    /// [`Error::Estimate`](crate::Error::Estimate) with fewer than two groups that can lose a home.
    pub fn tests(&self) -> Result<[(&'static str, GroupTest); 2]> {
        let (mut time, mut cause, mut group) = (Vec::new(), Vec::new(), Vec::new());
        for (g, (_, counts)) in self.sums.parts.iter().enumerate() {
            for (at, by_cause) in counts.exits() {
                for (code, &n) in by_cause.iter().enumerate() {
                    for _ in 0..n {
                        time.push(f64::from(at));
                        cause.push(code as u32);
                        group.push(g as u32);
                    }
                }
            }
        }
        let lost: Vec<bool> = cause.iter().map(|&c| c == LOSS as u32).collect();
        let options = TestOptions::default();
        Ok([
            ("log_rank", log_rank(&time, &lost, &group, &options)?),
            (
                "gray",
                gray_test(&time, &cause, &group, LOSS as u32, &options)?,
            ),
        ])
    }
}
