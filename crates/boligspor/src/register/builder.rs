//! Building a register: its tables, the days it is complete for, how strict
//! the checks are.

use super::Register;
use super::context::{Context, Shared};
use super::frames::{Frames, Later};
use super::index;
use super::loaded::{Loaded, unify_ids};
use super::options::{CheckOptions, Design};
use super::report::CheckReport;
use super::roster::Roster;
use super::rules;
use super::services;
use super::source::Source;
use super::table::Table;
use crate::calendar::Day;
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;

/// What a register is built from. Start with [`Register::builder`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct RegisterBuilder {
    sources: [Option<Source>; Table::COUNT],
    observed_from: Option<Day>,
    observed_until: Option<Day>,
    options: CheckOptions,
    design: Option<Design>,
    interrupt: Interrupt,
}

macro_rules! table_methods {
    ($($method:ident $table:ident)*) => {$(
        #[doc = concat!("Gives the `", stringify!($method), "` table: a frame or a path.")]
        pub fn $method(self, source: impl Into<Source>) -> Self {
            self.table(Table::$table, source)
        }
    )*};
}

impl RegisterBuilder {
    /// Gives a table: a frame or a path.
    pub fn table(mut self, table: Table, source: impl Into<Source>) -> Self {
        self.sources[table as usize] = Some(source.into());
        self
    }

    table_methods! {
        persons Persons
        placements Placements
        stays Stays
        costs Costs
        services Services
        prices Prices
        price_index PriceIndex
        municipalities Municipalities
        counts Counts
        capacity Capacity
        allocations Allocations
        assessments Assessments
        second_assessments SecondAssessments
        context Context
    }

    /// The first day from which the registers are complete; `None` where
    /// nothing before is missing.
    pub fn observed_from(mut self, day: Option<Day>) -> Self {
        self.observed_from = day;
        self
    }

    /// The last day on which the registers are known to be complete. It must
    /// be given: follow-up ends with it, and no table can tell it.
    pub fn observed_until(mut self, day: Day) -> Self {
        self.observed_until = Some(day);
        self
    }

    /// How strict the checks are.
    pub fn check_options(mut self, options: CheckOptions) -> Self {
        self.options = options;
        self
    }

    /// What the cohort asks of the tables; without it the rules of design that
    /// need it do not run. A study gives it by itself.
    pub fn design(mut self, design: Design) -> Self {
        self.design = Some(design);
        self
    }

    /// Lets reading and checking be stopped: between parts of a table, and
    /// between rules.
    pub fn interruptible(mut self, interrupt: &Interrupt) -> Self {
        self.interrupt = interrupt.clone();
        self
    }

    /// Reads the tables and runs every rule. Bad data are findings, not
    /// failures.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Table`] for input that cannot be read at
    /// all, [`Error::Option`] for options that cannot be used,
    /// [`Error::Interrupted`].
    pub fn check(self) -> Result<CheckReport> {
        let interrupt = self.interrupt.clone();
        let read = self.read()?;
        rules::run(&read.context(), &interrupt)
    }

    /// Reads, checks and indexes the tables.
    ///
    /// # Errors
    /// As [`check`](Self::check), and [`Error::Checks`] where any finding is
    /// an error.
    pub fn build(self) -> Result<Register> {
        let interrupt = self.interrupt.clone();
        let read = self.read()?;
        let context = read.context();
        let checks = rules::run(&context, &interrupt)?;
        if checks.has_errors() {
            return Err(Error::Checks(Box::new(checks)));
        }
        let roster = read
            .roster
            .as_ref()
            .ok_or_else(|| missing(Table::Persons))?;
        let people = index::people(&context, roster);
        let placements = index::placements(&context);
        interrupt.check()?;
        let stays = index::stays(&context, roster);
        interrupt.check()?;
        let costs = index::costs(&context, roster);
        let services = services::services(&context, roster)?;
        let dwelling_count = context.dwellings().count;
        drop(context);
        Ok(Register {
            people,
            placements,
            stays,
            costs,
            services,
            dwelling_count,
            observed_from: read.observed_from,
            observed_until: read.observed_until,
            frames: Frames::new(read.tables, read.later),
            checks,
        })
    }

    fn read(self) -> Result<Read> {
        self.options.validate()?;
        let Some(observed_until) = self.observed_until else {
            return Err(Error::option(
                "observed_until",
                "is not given",
                "give the last day on which the registers are known to be complete",
            ));
        };
        if self.observed_from.is_some_and(|from| from > observed_until) {
            return Err(Error::option(
                "observed_from",
                "is after `observed_until`",
                "give the first day and the last day of complete registers",
            ));
        }
        let mut tables: [Option<Loaded>; Table::COUNT] = Default::default();
        let mut later: [Option<Later>; Table::COUNT] = Default::default();
        for (table, source) in Table::ALL.into_iter().zip(self.sources) {
            match source {
                Some(source) => {
                    later[table as usize] = Later::of(table, &source);
                    let delivered = source.open(table)?;
                    let loaded = Loaded::new(table, delivered, &self.interrupt)?;
                    tables[table as usize] = Some(loaded);
                }
                None if table.required() => return Err(missing(table)),
                None => {}
            }
        }
        unify_ids(&mut tables, "person")?;
        unify_ids(&mut tables, "dwelling")?;
        let roster = Roster::new(&tables);
        for (loaded, later) in tables.iter_mut().zip(&mut later) {
            if let (Some(loaded), Some(later)) = (loaded, later) {
                later.note(loaded);
                // The roster has each row's person.
                loaded.let_go("person");
            }
        }
        Ok(Read {
            tables,
            later,
            roster,
            options: self.options,
            design: self.design,
            observed_from: self.observed_from,
            observed_until,
        })
    }
}

/// Tables read and typed, people numbered: what the rules look at.
struct Read {
    tables: [Option<Loaded>; Table::COUNT],
    later: [Option<Later>; Table::COUNT],
    roster: Option<Roster>,
    options: CheckOptions,
    design: Option<Design>,
    observed_from: Option<Day>,
    observed_until: Day,
}

impl Read {
    fn context(&self) -> Context<'_> {
        Context {
            tables: &self.tables,
            roster: self.roster.as_ref(),
            options: &self.options,
            design: self.design.as_ref(),
            observed_from: self.observed_from,
            observed_until: self.observed_until,
            shared: Shared::default(),
        }
    }
}

fn missing(table: Table) -> Error {
    Error::table(
        table.name(),
        None,
        "is not given",
        "a register needs persons, placements and stays",
    )
}
