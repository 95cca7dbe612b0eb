//! Estimates of models, by the policy's rule for them.

use super::draft::Value;
use super::offer::Offer;

/// What a model estimated, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What an estimate rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// People in the smaller of the groups that are compared.
    pub persons: u64,
    /// Parameters of the model.
    pub parameters: u64,
}

impl Offer<'_> {
    /// Estimate, lower and upper end as values of a table: rounded to the digits
    /// that the policy leaves, or withheld, all three, where it rests on too few
    /// people, has no interval, or the policy has no rule for models.
    pub fn estimate(&self, of: Estimate, behind: Behind) -> [Value; 3] {
        let enough = behind.persons >= u64::from(self.policy().minimum_persons);
        let rule = self.policy().models;
        let rule = rule.filter(|rule| enough && rule.allows(behind.persons, behind.parameters));
        let shown = rule.and_then(|rule| rule.round([of.value, of.low, of.high]));
        [0, 1, 2].map(|i| Value::Estimate(shown.map(|shown| shown[i])))
    }
    /// How many events a group of so many people is expected to have: whole ones,
    /// so that what the people are like cannot be read from it; withheld where the
    /// policy has no rule for models or they are too few.
    pub fn expected(&self, events: f64, persons: u64) -> Value {
        let rule = self.policy().models.filter(|rule| rule.allows(persons, 0));
        let enough = persons >= u64::from(self.policy().minimum_persons);
        Value::Estimate(rule.filter(|_| enough).map(|_| events.round()))
    }
}
