//! Cost trajectories: what people cost before, in and after the placement year.
//!
//! [`trajectory`] does it all. Beneath it are the three verbs:
//! [`CostSummary::observe`], [`CostSummary::merge`], [`CostSummary::estimate`].

mod discount;
mod exposure;
mod flags;
mod observer;
mod ore;
pub(crate) mod panel;
mod peak;
mod person_sums;
mod price_list;
mod prices;
mod pricing;
mod refund;
mod release;
mod result;
mod spec;
mod spread;
mod summary;
mod sums;
mod tables;
mod views;
mod words;

pub use discount::{Amount, Discounting, View};
pub use flags::{CostFlag, regression_to_the_mean};
pub use peak::PeakSums;
pub(crate) use person_sums::PersonSums;
pub use price_list::{DayRule, Unit};
pub use refund::{
    Certainty, Clock, Limit, LimitOf, Ongoing, RULES_VERSION, RefundSpec, Refunded, Rule, RuleBook,
    RuleSet, Spell, WhoPays, who_pays,
};
pub use result::{CostTrajectory, trajectory};
pub use spec::{CostSource, CostSpec, Death, IntervalMethod, Period};
pub use spread::Bins;
pub use summary::CostSummary;
pub use sums::{
    CellSums, ClassSums, Exposure, PeriodSums, PriceYear, StratumSums, Window, WithDays,
};
pub use views::ViewSpec;
pub use words::{category_label, payer_label, rules_label};

#[cfg(test)]
mod pricing_tests;
#[cfg(test)]
mod tests;
