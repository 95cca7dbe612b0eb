//! What retention needs to know of people, as sums: small, serialisable, and
//! the same whichever way the people are divided and added up again.

use serde::{Deserialize, Serialize};

use boligspor_estimate::TransitionCounts;

use super::clock::{Clock, horizon_tick};
use super::definition::{Definition, HorizonUnit, Measure};
use super::follow::{self, Followed};
use super::path::{Reader, Run, Status};
use super::place::Place;
use crate::calendar::{self, Day};
use crate::cohort::{Cohort, Divided, Sums, divided};
use crate::error::Result;
use crate::timeline::Track;

/// Statuses as states of the occupancy estimator.
pub(super) const RETAINED: usize = 0;
const NOT_RETAINED: usize = 1;
pub(super) const COMPETING: usize = 2;
pub(super) const EXCLUDED: usize = 3;
const STATES: usize = 4;

/// Sums at one horizon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HorizonCounts {
    /// People whose status is known and counts (retained, not, competing).
    pub known: u64,
    /// Of these, the retained.
    pub retained: u64,
    /// People who have left the count.
    pub excluded: u64,
    /// People whose follow-up ended before the horizon.
    pub censored: u64,
    /// Those under observation, by [`Place`].
    pub places: Vec<u64>,
    /// Days housed up to the horizon.
    pub days_housed: u64,
    /// Days observed up to the horizon.
    pub days_observed: u64,
    /// Sums of squares and products of a person's days, for the variance of the ratio.
    pub housed_squared: u128,
    /// See `housed_squared`.
    pub observed_squared: u128,
    /// See `housed_squared`.
    pub housed_observed: u128,
}

/// Sums of one stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StratumCounts {
    /// Members counted.
    pub n: u64,
    /// Moves between retained, not retained, competing and excluded, over ticks.
    pub transitions: TransitionCounts,
    /// One entry a horizon, and one more for the last observation.
    pub horizons: Vec<HorizonCounts>,
    /// By month since time zero, those under observation by [`Place`].
    pub months: Vec<Vec<u64>>,
    /// Members whose allotted dwelling has no identifier.
    pub unidentified: u64,
    /// Members never seen in a dwelling.
    pub never_housed: u64,
}

/// The sums behind a [`Retention`](super::Retention).
///
/// `merge` is associative and commutative, and exact: everything in it is a
/// whole number. Observe each partition of the people, merge in any order, and
/// the estimates equal those of the whole to the last bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionSummary {
    pub(super) definition: Definition,
    pub(super) strata: Vec<String>,
    pub(crate) whole: StratumCounts,
    /// Sorted by levels.
    pub(crate) parts: Vec<(Vec<String>, StratumCounts)>,
}

impl HorizonCounts {
    fn merge(&mut self, other: &Self) {
        self.known += other.known;
        self.retained += other.retained;
        self.excluded += other.excluded;
        self.censored += other.censored;
        add(&mut self.places, &other.places);
        self.days_housed += other.days_housed;
        self.days_observed += other.days_observed;
        self.housed_squared += other.housed_squared;
        self.observed_squared += other.observed_squared;
        self.housed_observed += other.housed_observed;
    }
}

impl StratumCounts {
    fn new(definition: &Definition) -> Self {
        let horizons = definition.horizons.len() + 1;
        let places = || vec![0; Place::COUNT];
        Self {
            n: 0,
            transitions: TransitionCounts::new(STATES),
            horizons: vec![
                HorizonCounts {
                    places: places(),
                    ..HorizonCounts::default()
                };
                horizons
            ],
            months: vec![places(); months(definition) as usize + 1],
            unidentified: 0,
            never_housed: 0,
        }
    }
}

impl Sums for StratumCounts {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.n += other.n;
        self.transitions.merge(&other.transitions)?;
        for (a, b) in self.horizons.iter_mut().zip(&other.horizons) {
            a.merge(b);
        }
        for (a, b) in self.months.iter_mut().zip(&other.months) {
            add(a, b);
        }
        self.unidentified += other.unidentified;
        self.never_housed += other.never_housed;
        Ok(())
    }
}

fn add(a: &mut [u64], b: &[u64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
}

/// How many months the occupancy picture reaches: as far as the horizons.
pub(super) fn months(definition: &Definition) -> u32 {
    let last = definition.horizons.last().copied().unwrap_or(36);
    match definition.unit {
        HorizonUnit::Months => last,
        HorizonUnit::Years => 12 * last,
        // The months that have begun by then, at 30.4 days each.
        HorizonUnit::Days => (last * 10).div_ceil(304),
    }
}

impl RetentionSummary {
    /// Observes every member of a cohort.
    ///
    /// # Errors
    /// [`Error::Option`] for a definition that contradicts itself, or that
    /// counts the enrolled in a cohort that holds only the placed.
    pub fn observe(cohort: &Cohort, definition: &Definition) -> Result<Self> {
        follow::check(cohort, definition)?;
        let Divided {
            strata,
            whole,
            parts,
        } = Divided::observe(
            cohort,
            || StratumCounts::new(definition),
            || Observer::new(cohort, definition),
            Observer::add,
        )?;
        Ok(Self {
            definition: definition.clone(),
            strata,
            whole,
            parts,
        })
    }

    /// Adds the people of another summary, who must be others than these.
    ///
    /// # Errors
    /// [`Error::Option`] where the two were made by different definitions or strata.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.definition != other.definition || self.strata != other.strata {
            return Err(divided::mismatch());
        }
        self.whole.merge(&other.whole)?;
        divided::merge_parts(&mut self.parts, &other.parts)
    }

    /// How many members it counts.
    pub fn n(&self) -> u64 {
        self.whole.n
    }
}

/// Observes members one by one.
struct Observer<'a> {
    cohort: &'a Cohort,
    definition: &'a Definition,
    reader: Reader<'a>,
    moves: Vec<(i32, usize)>,
}

impl<'a> Observer<'a> {
    fn new(cohort: &'a Cohort, definition: &'a Definition) -> Self {
        let reader = Reader::new(definition, cohort.timeline().until());
        Self {
            cohort,
            definition,
            reader,
            moves: Vec::new(),
        }
    }

    fn add(&mut self, member: usize, counts: &mut StratumCounts) -> Result<()> {
        let Some(Followed {
            track,
            zero,
            until,
            allotted,
            unidentified,
        }) = follow::follow(self.cohort, self.definition, member)
        else {
            return Ok(());
        };
        counts.n += 1;
        counts.unidentified += u64::from(unidentified);

        let clock = Clock::new(zero, self.definition.unit);
        let runs = self.reader.read(track, zero, until, allotted);
        counts.never_housed += u64::from(runs.iter().all(|r| r.status != Status::Retained));
        transitions(
            &mut self.moves,
            runs,
            clock,
            until,
            self.definition.measure,
            &mut counts.transitions,
        )?;
        let sight = Sight {
            track,
            runs,
            until,
            allotted,
            zero,
        };
        for (h, &horizon) in self.definition.horizons.iter().enumerate() {
            sight.at(
                clock.day(horizon),
                self.definition.measure,
                &mut counts.horizons[h],
            );
        }
        // The last day whose status is known.
        let last = runs
            .last()
            .filter(|r| r.status == Status::Censored)
            .map_or(until - 1, |r| r.start - 1)
            .max(zero);
        let n = self.definition.horizons.len();
        sight.at(last, self.definition.measure, &mut counts.horizons[n]);
        sight.months(&mut counts.months);
        Ok(())
    }
}

/// Adds a path to the occupancy counts: its moves between statuses, in ticks.
fn transitions(
    moves: &mut Vec<(i32, usize)>,
    runs: &[Run],
    clock: Clock,
    until: Day,
    measure: Measure,
    counts: &mut TransitionCounts,
) -> Result<()> {
    let state = |status: Status| match status {
        Status::Retained => Some(RETAINED),
        Status::NotRetained => Some(NOT_RETAINED),
        Status::Competing => Some(COMPETING),
        Status::Excluded => Some(EXCLUDED),
        Status::Censored => None,
    };
    // Someone lost to follow-up on the very first day was never observed.
    let Some(initial) = runs.first().and_then(|r| state(r.status)) else {
        return Ok(());
    };
    let mut last_day = until - 1;
    let mut now = initial;
    moves.clear();
    for run in &runs[1..] {
        let Some(to) = state(run.status) else {
            last_day = run.start - 1;
            break;
        };
        // "Throughout": once lost, a home does not come back, and what comes
        // after the loss is of no consequence.
        let lost = measure == Measure::Throughout && now == NOT_RETAINED;
        if to != now && !lost {
            moves.push((clock.tick(run.start), to));
            now = to;
        }
    }
    if measure == Measure::Throughout && now == NOT_RETAINED {
        // A loss is known for good; it is not undone by being lost to follow-up.
        last_day = until - 1;
    }
    counts.add_path(initial, 0, moves.iter().copied(), clock.tick(last_day))?;
    Ok(())
}

/// One member's path, to be looked at on given days.
struct Sight<'a> {
    track: Track<'a>,
    runs: &'a [Run],
    until: Day,
    allotted: u32,
    zero: Day,
}

impl Sight<'_> {
    fn at(&self, day: Day, measure: Measure, counts: &mut HorizonCounts) {
        self.add_days(day, counts);
        if day < self.until {
            counts.places[Place::of(&self.track.on(day), self.allotted).index()] += 1;
        }
        match self.status(day, measure) {
            Some(Status::Retained) => {
                counts.known += 1;
                counts.retained += 1;
            }
            Some(Status::NotRetained | Status::Competing) => counts.known += 1,
            Some(Status::Excluded) => counts.excluded += 1,
            Some(Status::Censored) | None => counts.censored += 1,
        }
    }

    /// What the member counts as on a day; `None` beyond the end of follow-up.
    fn status(&self, day: Day, measure: Measure) -> Option<Status> {
        // Beyond the end of follow-up nothing counts as known, not even a loss
        // that "throughout" would decide: counting those and not the others
        // would tilt the plain numbers. The estimate uses them.
        if day >= self.until {
            return None;
        }
        let lost = self
            .runs
            .iter()
            .any(|r| r.status == Status::NotRetained && r.start <= day);
        if measure == Measure::Throughout && lost {
            Some(Status::NotRetained)
        } else {
            self.runs.iter().find(|r| day < r.end).map(|r| r.status)
        }
    }

    /// Days housed and observed in `[zero, day)`. An end by exclusion or
    /// censoring stops both; a competing end is known, so its days count.
    fn add_days(&self, day: Day, counts: &mut HorizonCounts) {
        let (mut housed, mut observed) = (0u64, 0u64);
        for run in self.runs {
            let days = (run.end.min(day) - run.start.min(day)) as u64;
            match run.status {
                Status::Retained => {
                    housed += days;
                    observed += days;
                }
                Status::NotRetained | Status::Competing => observed += days,
                Status::Excluded | Status::Censored => {}
            }
        }
        counts.days_housed += housed;
        counts.days_observed += observed;
        counts.housed_squared += u128::from(housed * housed);
        counts.observed_squared += u128::from(observed * observed);
        counts.housed_observed += u128::from(housed * observed);
    }

    fn months(&self, months: &mut [Vec<u64>]) {
        let mut window = self.track.window(self.zero, self.until);
        let Some(mut segment) = window.next() else {
            return;
        };
        for (m, counts) in months.iter_mut().enumerate() {
            let day = calendar::add_months(self.zero, m as i32);
            while segment.end <= day {
                match window.next() {
                    Some(next) => segment = next,
                    None => return,
                }
            }
            counts[Place::of(&segment, self.allotted).index()] += 1;
        }
    }
}

/// What each member counts as at each horizon; nothing for members whom the
/// definition does not count, `None` where the status is not known.
pub(super) fn statuses(
    cohort: &Cohort,
    definition: &Definition,
) -> Result<Vec<Vec<Option<Status>>>> {
    follow::check(cohort, definition)?;
    let mut reader = Reader::new(definition, cohort.timeline().until());
    let mut all = Vec::with_capacity(cohort.len());
    for member in 0..cohort.len() {
        if member % 4096 == 0 {
            cohort.interrupt().check()?;
        }
        let Some(followed) = follow::follow(cohort, definition, member) else {
            all.push(Vec::new());
            continue;
        };
        let (zero, until) = (followed.zero, followed.until);
        let runs = reader.read(followed.track, zero, until, followed.allotted);
        let sight = Sight {
            track: followed.track,
            runs,
            until,
            allotted: followed.allotted,
            zero,
        };
        let clock = Clock::new(zero, definition.unit);
        let horizons = definition.horizons.iter();
        all.push(
            horizons
                .map(|&h| sight.status(clock.day(h), definition.measure))
                .collect(),
        );
    }
    Ok(all)
}

/// The tick at which a horizon of the definition is read off.
pub(super) fn tick(definition: &Definition, horizon: u32) -> i32 {
    horizon_tick(definition.unit, horizon)
}
