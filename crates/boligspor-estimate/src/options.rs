//! What the estimators of curves can be told about the rows.

use crate::error::{Result, same_length};
use crate::interval::ConfType;
use crate::slots::TIE_TOLERANCE;

/// How the survival probability is built from the hazards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SurvivalType {
    /// Product of `1 - hazard`: Kaplan–Meier (R's `stype = 1`).
    #[default]
    ProductLimit,
    /// `exp(-cumulative hazard)`: Breslow / Fleming–Harrington (`stype = 2`).
    Exponential,
}

/// How the cumulative hazard treats tied events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HazardType {
    /// `Σ d/n`: Nelson–Aalen (R's `ctype = 1`).
    #[default]
    NelsonAalen,
    /// `Σ 1/n + 1/(n-1) + … + 1/(n-d+1)`: ties broken as if one after the other
    /// (`ctype = 2`); Fleming & Harrington (1984), *Comm. in Statistics* 13.
    FlemingHarrington,
}

/// Options shared by the estimators of curves; all have R's defaults.
///
/// ```
/// use boligspor_estimate::{ConfType, SurvivalOptions};
/// let weights = [1.0, 0.5];
/// let options = SurvivalOptions {
///     weights: Some(&weights),
///     conf_type: ConfType::LogLog,
///     ..SurvivalOptions::default()
/// };
/// assert_eq!(options.conf_level, 0.95);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SurvivalOptions<'a> {
    /// Time after which each row is under observation (left truncation).
    pub entry: Option<&'a [f64]>,
    /// Case weights, zero or more; rows of weight zero do not count at all.
    pub weights: Option<&'a [f64]>,
    /// Rows that are not independent of one another, as codes `0..`.
    pub cluster: Option<&'a [u32]>,
    /// The person of each row, as codes `0..`, where people have several rows.
    pub id: Option<&'a [u32]>,
    /// Condition on surviving to this time: earlier exits are left out.
    pub start_time: Option<f64>,
    /// Whether the variance is the robust (infinitesimal-jackknife) one. By
    /// default it is if there are clusters, weights that are not whole, or a
    /// person with several events.
    pub robust: Option<bool>,
    /// How survival is built from hazards.
    pub survival: SurvivalType,
    /// How the cumulative hazard treats ties.
    pub hazard: HazardType,
    /// Scale of the intervals.
    pub conf_type: ConfType,
    /// Level of the intervals.
    pub conf_level: f64,
    /// Times closer than this are tied (`None`: compared exactly).
    pub tolerance: Option<f64>,
    /// How many causes there are at least, where some may not occur in the rows
    /// (for [`aalen_johansen`](crate::aalen_johansen())).
    pub causes: usize,
}

impl Default for SurvivalOptions<'_> {
    fn default() -> Self {
        Self {
            entry: None,
            weights: None,
            cluster: None,
            id: None,
            start_time: None,
            robust: None,
            survival: SurvivalType::default(),
            hazard: HazardType::default(),
            conf_type: ConfType::default(),
            conf_level: 0.95,
            tolerance: Some(TIE_TOLERANCE),
            causes: 1,
        }
    }
}

impl SurvivalOptions<'_> {
    /// Checks that the columns given are as long as the durations.
    pub(crate) fn check(&self, rows: usize) -> Result<()> {
        let lengths = [
            ("entry", self.entry.map(<[f64]>::len)),
            ("weights", self.weights.map(<[f64]>::len)),
            ("cluster", self.cluster.map(<[u32]>::len)),
            ("id", self.id.map(<[u32]>::len)),
        ];
        for (name, length) in lengths {
            if let Some(length) = length {
                same_length(name, length, "duration", rows)?;
            }
        }
        Ok(())
    }

    /// Whether the variance is robust, by choice or by default.
    pub(crate) fn is_robust(&self, event: impl Fn(usize) -> bool) -> bool {
        self.robust.unwrap_or_else(|| {
            self.cluster.is_some()
                || self
                    .weights
                    .is_some_and(|w| w.iter().any(|w| w.fract() != 0.0))
                || self.id.is_some_and(|id| has_several_events(id, event))
        })
    }

    /// The rows' clusters, if any are declared: `cluster`, else `id`.
    pub(crate) fn clusters(&self) -> Option<&[u32]> {
        self.cluster.or(self.id)
    }

    /// Rows that are continued: the same person has a row entering exactly
    /// where this one ends, so this end is neither an event nor censoring.
    pub(crate) fn continued(&self, exit: &[f64]) -> Option<Vec<bool>> {
        let (id, entry) = (self.id?, self.entry?);
        let mut order: Vec<u32> = (0..exit.len() as u32).collect();
        let key = |row: &u32| id[*row as usize];
        order.sort_unstable_by(|a, b| {
            key(a)
                .cmp(&key(b))
                .then(exit[*a as usize].total_cmp(&exit[*b as usize]))
        });
        let mut continued = vec![false; exit.len()];
        for pair in order.windows(2) {
            let (row, next) = (pair[0] as usize, pair[1] as usize);
            let tolerance = self.tolerance.unwrap_or(0.0) * exit[row].abs().max(1.0);
            continued[row] = id[row] == id[next] && (entry[next] - exit[row]).abs() <= tolerance;
        }
        Some(continued)
    }
}

fn has_several_events(id: &[u32], event: impl Fn(usize) -> bool) -> bool {
    let mut with_event: Vec<u32> = (0..id.len()).filter(|&i| event(i)).map(|i| id[i]).collect();
    with_event.sort_unstable();
    with_event.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variance_is_robust_by_default_where_rows_are_not_independent() {
        let plain = SurvivalOptions::default();
        let whole = SurvivalOptions {
            weights: Some(&[1.0, 2.0]),
            ..plain
        };
        let fractional = SurvivalOptions {
            weights: Some(&[1.0, 2.5]),
            ..plain
        };
        let several = SurvivalOptions {
            id: Some(&[4, 4]),
            ..plain
        };
        assert!(!plain.is_robust(|_| true) && !whole.is_robust(|_| true));
        assert!(fractional.is_robust(|_| true) && several.is_robust(|_| true));
        assert!(!several.is_robust(|row| row == 0));
        assert!(
            !SurvivalOptions {
                robust: Some(false),
                ..fractional
            }
            .is_robust(|_| true)
        );
    }

    #[test]
    fn a_row_is_continued_by_the_same_persons_next_row() {
        let options = SurvivalOptions {
            id: Some(&[1, 2, 1, 1]),
            entry: Some(&[0.0, 3.0, 3.0, 9.0]),
            ..SurvivalOptions::default()
        };
        let continued = options.continued(&[3.0, 5.0, 8.0, 11.0]).unwrap();
        assert_eq!(continued, [true, false, false, false]);
    }
}
