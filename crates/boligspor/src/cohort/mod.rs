//! The third room: who, from when, for how long, and why.
//!
//! A [`Cohort`] is made from a register by a [`CohortSpec`]: time zero, which
//! rows, conditions, follow-up and strata. It keeps the step at which each row
//! was left out, so that the flow can be counted and each inclusion explained.

mod attrition;
mod builder;
mod candidates;
pub(crate) mod divided;
mod explain;
mod spec;
mod strata;

use std::sync::Arc;

use polars::prelude::DataFrame;

pub use attrition::{Attrition, Remaining, Step};
pub use builder::CohortBuilder;
pub(crate) use candidates::{labels, unexpected};
pub use divided::{Divided, Sums};
pub use explain::Explanation;
pub use spec::{CohortSpec, Inclusion, TimeZero, Which};
pub use strata::{ALL, Strata};

use crate::calendar::Day;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::lang::Lang;
use crate::register::Register;
use crate::timeline::Timeline;

/// One entry a member, by person and then by time zero.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// Person index in the register.
    pub person: Vec<u32>,
    /// Row in the register's placements.
    pub placement: Vec<u32>,
    /// The day the clock starts.
    pub zero: Vec<Day>,
    /// The first day no longer followed: the end of observation or of the
    /// cohort's own follow-up. Death and emigration are events, not ends.
    pub until: Vec<Day>,
    /// The stratum, an index into [`Strata`].
    pub stratum: Vec<u32>,
}

impl Members {
    /// How many members there are.
    pub fn len(&self) -> usize {
        self.person.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.person.is_empty()
    }
}

/// People followed from a time zero.
///
/// It shares the register and the timeline, so it is cheap to clone and send
/// between threads.
#[derive(Clone)]
pub struct Cohort {
    register: Arc<Register>,
    timeline: Arc<Timeline>,
    spec: CohortSpec,
    members: Arc<Members>,
    strata: Strata,
    attrition: Attrition,
    /// For each row of the register's placements the step at which it was
    /// left out, or the number of steps.
    left_at: Arc<Vec<u8>>,
    interrupt: Interrupt,
}

impl Cohort {
    /// Starts a cohort on a register.
    pub fn builder(register: &Arc<Register>) -> CohortBuilder {
        CohortBuilder::new(Arc::clone(register))
    }

    /// The register it is drawn from.
    pub fn register(&self) -> &Arc<Register> {
        &self.register
    }

    /// The timeline it is followed on.
    pub fn timeline(&self) -> &Arc<Timeline> {
        &self.timeline
    }

    /// What it was asked for.
    pub fn spec(&self) -> &CohortSpec {
        &self.spec
    }

    /// The same cohort, whose analyses stop when `interrupt` asks for it.
    #[must_use]
    pub fn interruptible(mut self, interrupt: &Interrupt) -> Self {
        self.interrupt = interrupt.clone();
        self
    }

    /// The same members without strata.
    #[must_use]
    pub fn undivided(&self) -> Self {
        let (strata, stratum) = Strata::new(Vec::new(), &[], self.len());
        let members = Members {
            stratum,
            ..(*self.members).clone()
        };
        Self {
            strata,
            members: Arc::new(members),
            ..self.clone()
        }
    }

    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Its members.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// How many members it has.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// How many distinct persons it has.
    pub fn persons(&self) -> usize {
        let person = &self.members.person;
        person.windows(2).filter(|w| w[0] != w[1]).count() + usize::from(!person.is_empty())
    }

    /// Its strata.
    pub fn strata(&self) -> &Strata {
        &self.strata
    }

    /// Who was left out, at which step.
    pub fn attrition(&self) -> &Attrition {
        &self.attrition
    }

    /// The cohort in one sentence.
    pub fn describe(&self, lang: Lang) -> String {
        self.spec.describe(lang)
    }

    /// The members as a table, for use inside the secure environment: the
    /// columns of `placements` and `persons`, those the cohort adds, and
    /// `followed_until` (exclusive). Holds identifiers.
    pub fn frame(&self) -> Result<DataFrame> {
        builder::member_frame(self)
    }

    /// The same members divided by other columns.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option) where a name is no column.
    pub fn stratified<S: Into<String>>(&self, names: impl IntoIterator<Item = S>) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let frame = builder::member_frame(self)?;
        let levels = names
            .iter()
            .map(|name| labels(&frame, name))
            .collect::<Result<Vec<_>>>()?;
        let (strata, stratum) = Strata::new(names, &levels, self.len());
        let members = Members {
            stratum,
            ..(*self.members).clone()
        };
        Ok(Self {
            strata,
            members: Arc::new(members),
            ..self.clone()
        })
    }
}

impl std::fmt::Debug for Cohort {
    /// Numbers of rows only: a cohort in a log must not show people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cohort")
            .field("members", &self.len())
            .field("strata", &self.strata.names)
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
