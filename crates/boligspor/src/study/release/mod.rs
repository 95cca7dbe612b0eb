//! A study's release: what is offered, section by section, and what is written
//! of what comes back.
//!
//! Nothing in here but [`Outcome::offer`] sees a result; report, charts and files
//! are made of [`Released`](crate::release::Released) and of the study's own text.

mod charts;
mod document;
mod export;
mod report;
mod workbook;
mod write;

pub use export::Export;

use super::run::Outcome;
use crate::cohort::Cohort;
use crate::days::{self, DaysHoused};
use crate::disclosure::{ClearError, Policy};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::release::{Draft, History, Kind, Offer, Release, Released, Value, words};

impl Release for Outcome {
    fn cohorts(&self) -> Result<Vec<&Cohort>> {
        Ok(std::iter::once(&self.cohort)
            .chain(self.enrolled.as_ref())
            .collect())
    }

    fn beyond(&self) -> Vec<u32> {
        let effects = self.effects.iter().flat_map(Release::beyond);
        effects
            .chain(self.net_cost.iter().flat_map(Release::beyond))
            .collect()
    }

    fn offer(&self, offer: &mut Offer<'_>) -> Result<()> {
        self.offer_all(offer, self.days.as_ref())
    }

    fn release(&self, policy: &Policy) -> Result<Released<Self>> {
        self.with_days_or_without(&|| Offer::new(&Release::cohorts(self)?, self.beyond(), policy))
    }

    fn release_after(&self, policy: &Policy, history: &History) -> Result<Released<Self>> {
        self.with_days_or_without(&|| {
            Offer::after(&Release::cohorts(self)?, self.beyond(), policy, history)
        })
    }
}

impl Outcome {
    /// Clears everything, or everything but the days: few days in a rare state
    /// should not cost a study all the rest.
    fn with_days_or_without<'a>(
        &self,
        new: &dyn Fn() -> Result<Offer<'a>>,
    ) -> Result<Released<Self>> {
        let mut offer = new()?;
        self.offer(&mut offer)?;
        match offer.clear() {
            Err(Error::Disclosure(ClearError::Refused { tables, .. }))
                if tables.iter().any(|table| table.starts_with(days::TABLE)) =>
            {
                let mut offer = new()?;
                self.offer_all(&mut offer, None)?;
                offer.clear()
            }
            cleared => cleared,
        }
    }

    fn offer_all(&self, offer: &mut Offer<'_>, days: Option<&DaysHoused>) -> Result<()> {
        self.offer_people(offer);
        for retention in &self.retention {
            retention.offer(offer)?;
        }
        for groups in &self.groups {
            groups.offer(offer)?;
        }
        if let Some(days) = days {
            days.offer(offer)?;
        }
        for returns in &self.returns {
            returns.offer(offer)?;
        }
        if let Some(costs) = &self.costs {
            costs.offer(offer)?;
        }
        for effect in &self.effects {
            effect.offer(offer)?;
        }
        for net_cost in &self.net_cost {
            net_cost.offer(offer)?;
        }
        Ok(())
    }

    /// How many people there are, and in each stratum.
    fn offer_people(&self, offer: &mut Offer<'_>) {
        let mut draft = Draft::new(
            "people",
            words("Hvem er med", "Who is included"),
            words("Personer i kohorten", "People in the cohort"),
        )
        .column("stratum", offer.stratum_title(), Kind::Key)
        .column("n", words("Personer", "People"), Kind::Count)
        .note([Lang::Da, Lang::En].map(|lang| self.cohort.describe(lang)));
        for group in offer.groups() {
            draft.row(vec![group.key.clone()], vec![Value::Figure(group.n)]);
        }
        offer.table(draft);
    }
}
