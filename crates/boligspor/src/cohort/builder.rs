//! Makes a cohort, step by step.

use std::sync::Arc;

use polars::prelude::*;

use super::attrition::{Attrition, Step};
use super::candidates::{self, unexpected};
use super::spec::{CohortSpec, TimeZero, Which};
use super::strata::Strata;
use super::{Cohort, Members};
use crate::calendar::{self, Day, NEVER};
use crate::error::{Error, Result};
use crate::register::Register;
use crate::state::{Precedence, State};
use crate::timeline::Timeline;

/// A condition that is not text: for Rust and Python callers.
enum Test {
    Expr(Box<Expr>),
    Mask(Vec<bool>),
}

/// Collects what a cohort is asked for; [`CohortBuilder::build`] makes it.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use boligspor::{Register, cohort::{Cohort, CohortSpec}};
/// # fn f(register: Arc<Register>) -> boligspor::Result<()> {
/// use polars::prelude::{col, lit};
/// let cohort = Cohort::builder(&register)
///     .include("adults", col("age").gt_eq(lit(18)))
///     .strata(["support_method"])
///     .build()?;
/// # Ok(()) }
/// ```
pub struct CohortBuilder {
    register: Arc<Register>,
    timeline: Option<Arc<Timeline>>,
    precedence: Precedence,
    spec: CohortSpec,
    tests: Vec<(String, Test)>,
}

impl CohortBuilder {
    pub(crate) fn new(register: Arc<Register>) -> Self {
        Self {
            register,
            timeline: None,
            precedence: Precedence::default(),
            spec: CohortSpec::default(),
            tests: Vec::new(),
        }
    }

    /// Takes everything from a spec, as a study file has it.
    #[must_use]
    pub fn spec(mut self, spec: CohortSpec) -> Self {
        self.spec = spec;
        self
    }

    /// Sets the day the clock starts.
    #[must_use]
    pub fn time_zero(mut self, zero: TimeZero) -> Self {
        self.spec.time_zero = zero;
        self
    }

    /// Sets which of a person's rows count.
    #[must_use]
    pub fn which(mut self, which: Which) -> Self {
        self.spec.which = which;
        self
    }

    /// Adds a condition as a polars expression over the columns that
    /// [`CohortSpec`] lists; it becomes a step of the attrition flow.
    #[must_use]
    pub fn include(mut self, name: impl Into<String>, test: Expr) -> Self {
        self.tests.push((name.into(), Test::Expr(Box::new(test))));
        self
    }

    /// Adds a condition already evaluated, one value for each row of
    /// [`CohortBuilder::candidates`].
    #[must_use]
    pub fn include_mask(mut self, name: impl Into<String>, met: Vec<bool>) -> Self {
        self.tests.push((name.into(), Test::Mask(met)));
        self
    }

    /// Sets the columns that divide the cohort.
    #[must_use]
    pub fn strata<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.spec.strata = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets which state wins a day that several stays claim.
    #[must_use]
    pub fn precedence(mut self, precedence: Precedence) -> Self {
        self.precedence = precedence;
        self.timeline = None;
        self
    }

    /// Uses a timeline already made from the same register.
    #[must_use]
    pub fn timeline(mut self, timeline: Arc<Timeline>) -> Self {
        self.timeline = Some(timeline);
        self
    }

    /// The rows that conditions are evaluated on: one a placement. Holds identifiers.
    pub fn candidates(&self) -> Result<DataFrame> {
        candidates::frame(&self.register, self.spec.time_zero)
    }

    /// Makes the cohort.
    ///
    /// # Errors
    /// [`Error::Option`] for a spec that contradicts itself or names an unknown
    /// column, [`Error::Expression`] for a condition that cannot be evaluated,
    /// [`Error::Missing`] where time zero or look-back needs a column or date
    /// that the register lacks.
    pub fn build(self) -> Result<Cohort> {
        self.spec.validate()?;
        let register = &self.register;
        let placements = register.placements();
        let rows = placements.len();
        let zeros = candidates::time_zeros(register, self.spec.time_zero);
        if self.spec.time_zero == TimeZero::Enrolment
            && rows > 0
            && zeros.iter().all(|&z| z == NEVER)
        {
            return Err(Error::missing(
                "a cohort with time zero at enrolment",
                "the column `enrolled_on` of `placements`",
                "add it, or use time_zero = \"placement\"",
            ));
        }
        let look_back_from = self.look_back_from()?;
        let observed_end = register.observed_until() + 1;
        let observed_from = register.observed_from().unwrap_or(Day::MIN);

        let mut steps = vec![Step::Rows];
        let mut left_at = vec![u8::MAX; rows];
        let mut step = |what: Step, passes: &dyn Fn(usize) -> bool| {
            let number = steps.len() as u8;
            for (i, left) in left_at.iter_mut().enumerate() {
                if *left == u8::MAX && !passes(i) {
                    *left = number;
                }
            }
            steps.push(what);
        };
        step(Step::HasTimeZero, &|i| zeros[i] != NEVER);
        if self.spec.which == Which::First {
            let first = firsts(&placements.person, zeros);
            step(Step::First, &|i| first[i]);
        }
        step(Step::Observed, &|i| {
            (observed_from..observed_end).contains(&zeros[i])
        });
        if self.spec.from.is_some() || self.spec.to.is_some() {
            let from = self.spec.from.map_or(Day::MIN, |d| d.0);
            let to = self.spec.to.map_or(Day::MAX, |d| d.0);
            step(Step::WithinDates, &|i| (from..=to).contains(&zeros[i]));
        }
        let timeline = self
            .timeline
            .clone()
            .unwrap_or_else(|| Arc::new(Timeline::new(register, &self.precedence)));
        step(Step::Alive, &|i| {
            zeros[i] == NEVER
                || timeline.track(placements.person[i]).on(zeros[i]).state != State::Dead
        });
        if let Some(earliest) = look_back_from {
            let months = self.spec.look_back_months as i32;
            step(Step::LookBack, &|i| {
                zeros[i] != NEVER && calendar::add_months(zeros[i], -months) >= earliest
            });
        }
        if self.spec.minimum_follow_up_months > 0 {
            let months = self.spec.minimum_follow_up_months as i32;
            step(Step::FollowUp, &|i| {
                zeros[i] != NEVER && calendar::add_months(zeros[i], months) < observed_end
            });
        }

        let needs_frame =
            !self.spec.include.is_empty() || !self.tests.is_empty() || !self.spec.strata.is_empty();
        let frame = if needs_frame {
            Some(self.candidates()?)
        } else {
            None
        };
        if let Some(frame) = &frame {
            for condition in &self.spec.include {
                let what = format!("the condition \"{}\"", condition.name);
                let test =
                    polars::sql::sql_expr(&condition.sql).map_err(|_| Error::Expression {
                        what: what.clone(),
                        problem: "is not an SQL expression".into(),
                        hint: "write it as in `age >= 18 AND sex = 'woman'`".into(),
                    })?;
                let met = candidates::evaluate(frame, &what, test)?;
                step(Step::Condition(condition.name.clone()), &|i| met[i]);
            }
            for (name, test) in &self.tests {
                let what = format!("the condition \"{name}\"");
                let met = match test {
                    Test::Expr(e) => candidates::evaluate(frame, &what, (**e).clone())?,
                    Test::Mask(m) if m.len() == rows => m.clone(),
                    Test::Mask(m) => {
                        return Err(Error::Expression {
                            what,
                            problem: format!("has {} answers for {rows} rows", m.len()),
                            hint: "evaluate it on the candidates, one answer a row".into(),
                        });
                    }
                };
                step(Step::Condition(name.clone()), &|i| met[i]);
            }
        }
        if steps.len() >= usize::from(u8::MAX) {
            return Err(Error::option(
                "include",
                "has over 240 conditions",
                "combine some",
            ));
        }
        let all = steps.len() as u8;
        left_at
            .iter_mut()
            .filter(|l| **l == u8::MAX)
            .for_each(|l| *l = all);

        let mut members = Members::default();
        // Placements are sorted by placement day; a cohort from enrolment is
        // put in the order of its own time zero within each person.
        let mut kept: Vec<usize> = (0..rows).filter(|&i| left_at[i] == all).collect();
        kept.sort_by_key(|&i| (placements.person[i], zeros[i], i));
        for &i in &kept {
            let end = self.spec.follow_up_months.map_or(observed_end, |m| {
                // Follow-up of m months includes the anniversary itself.
                (calendar::add_months(zeros[i], m as i32) + 1).min(observed_end)
            });
            members.person.push(placements.person[i]);
            members.placement.push(i as u32);
            members.zero.push(zeros[i]);
            members.until.push(end);
        }
        let labels = match &frame {
            Some(frame) => self
                .spec
                .strata
                .iter()
                .map(|name| {
                    let all = candidates::labels(frame, name)?;
                    Ok(kept.iter().map(|&i| all[i].clone()).collect())
                })
                .collect::<Result<Vec<Vec<String>>>>()?,
            None => Vec::new(),
        };
        let (strata, stratum) = Strata::new(self.spec.strata.clone(), &labels, kept.len());
        members.stratum = stratum;

        let mut spec = self.spec.clone();
        for (name, _) in &self.tests {
            spec.include.push(super::Inclusion {
                name: name.clone(),
                sql: "(given as an expression in code)".into(),
            });
        }
        Ok(Cohort {
            attrition: Attrition::count(steps, &placements.person, &left_at),
            left_at: Arc::new(left_at),
            register: self.register,
            timeline,
            spec,
            members: Arc::new(members),
            strata,
            interrupt: crate::interrupt::Interrupt::default(),
        })
    }

    /// The first observed day, where look-back is asked for.
    fn look_back_from(&self) -> Result<Option<Day>> {
        if self.spec.look_back_months == 0 {
            return Ok(None);
        }
        self.register.observed_from().map(Some).ok_or_else(|| {
            Error::missing(
                "a look-back requirement",
                "the first observed day of the register",
                "set `observed_from`, or `look_back_months = 0`",
            )
        })
    }
}

/// For each row whether it is the person's first time zero; of several on one
/// day the first row. Rows are contiguous by person.
fn firsts(person: &[u32], zeros: &[Day]) -> Vec<bool> {
    let mut first = vec![false; person.len()];
    let mut i = 0;
    while i < person.len() {
        let from = i;
        while i < person.len() && person[i] == person[from] {
            i += 1;
        }
        let earliest = (from..i)
            .min_by_key(|&r| zeros[r])
            .expect("a person has a row");
        first[earliest] = true;
    }
    first
}

/// The members' rows of the candidates, with the end of their follow-up.
pub(super) fn member_frame(cohort: &Cohort) -> Result<DataFrame> {
    let all = candidates::frame(&cohort.register, cohort.spec.time_zero)?;
    let rows = IdxCa::from_vec("row".into(), cohort.members.placement.clone());
    let mut out = all.take(&rows).map_err(|e| unexpected(&e))?;
    let until = Series::new("followed_until".into(), cohort.members.until.clone())
        .cast(&DataType::Date)
        .map_err(|e| unexpected(&e))?;
    out.with_column(until.into_column())
        .map_err(|e| unexpected(&e))?;
    Ok(out)
}
