//! A period's costs per person, for comparing groups of people.

use super::summary::CostSummary;
use super::sums::{Rule, StratumSums};

/// Sums over the persons observed in a period, in kroner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PersonSums {
    pub(crate) persons: u64,
    pub(crate) total: f64,
    pub(crate) squared: f64,
}

impl CostSummary {
    /// All costs of a relative period; nothing outside the window.
    pub(crate) fn person_sums(&self, sums: &StratumSums, period: i32) -> PersonSums {
        let at = period - self.spec.first;
        if at < 0 || at as usize >= self.shape.periods {
            return PersonSums::default();
        }
        let at = at as usize;
        let (categories, payers) = (self.shape.categories.len(), self.shape.payers.len());
        let rule = Rule::by(self.spec.death);
        let cell = sums.cell(rule, self.shape.key(at, categories, payers));
        PersonSums {
            persons: sums.exposure(rule, at).persons,
            total: cell.total as f64 / 100.0,
            squared: cell.squared as f64 / 1e4,
        }
    }
}
