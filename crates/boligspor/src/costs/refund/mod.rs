//! State refunds: whose money it is in the end, by dated rules with a clock
//! for each person, and what other rules would have made of the same stays.
//!
//! Rules are data ([`RuleBook`]): a file that is shipped, cited and marked by
//! how surely each rule is known, and that a user may replace by their own.
//! [`RuleSet::refunded`] says which days are refunded; [`who_pays`] what that
//! comes to for a cohort.

mod apply;
mod engine;
mod rules;
#[cfg(test)]
mod tests;
mod who_pays;

pub use engine::{Refunded, Spell};
pub use rules::{
    Certainty, Clock, Limit, LimitOf, Ongoing, RULES_VERSION, Rule, RuleBook, RuleSet,
};
pub use who_pays::{RefundSpec, WhoPays, who_pays};
