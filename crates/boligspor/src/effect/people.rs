//! The people compared, and who was left out on the way.

use std::collections::BTreeSet;

use crate::calendar::{self, Day, NEVER};
use crate::cohort::{Cohort, TimeZero};
use crate::costs::panel::{Subject, panel};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::state::State;

use super::design::{Comparators, Design};

/// Øre to a currency unit.
const UNIT: f64 = 100.0;

/// Years of age from which people are followed.
const ADULT: i32 = 18;

/// A step of the flow of one arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Start,
    InShelter,
    WithinDates,
    NotPlaced,
    Alive,
    YearShared,
    Observed,
    Alike,
}

impl Step {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::InShelter => "in_shelter",
            Self::WithinDates => "within_dates",
            Self::NotPlaced => "not_placed",
            Self::Alive => "alive",
            Self::YearShared => "year_shared",
            Self::Observed => "observed",
            Self::Alike => "alike",
        }
    }

    pub(super) fn label(self, lang: Lang, treated: bool) -> &'static str {
        let (da, en) = match self {
            Self::Start if treated => ("i kohorten", "in the cohort"),
            Self::Start => ("har indekshændelsen", "have the index event"),
            Self::InShelter => ("på herberg dagen før", "in a shelter the day before"),
            Self::WithinDates => ("inden for kohortens datoer", "within the cohort's dates"),
            Self::NotPlaced => ("ikke placeret på den dag", "not placed by that day"),
            Self::Alive => ("i live og mindst 18 år", "alive and 18 or older"),
            Self::YearShared => (
                "i et kalenderår med begge grupper",
                "in a calendar year with both groups",
            ),
            Self::Observed => (
                "observeret fra basisåret til og med år 0",
                "observed from the base year through year 0",
            ),
            Self::Alike => (
                "med vægt i sammenligningen",
                "with weight in the comparison",
            ),
        };
        lang.pick(da, en)
    }
}

/// People left after each step, of one arm.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow(pub(super) Vec<(Step, u64)>);

/// One arm on its way through the steps.
struct Arm {
    subjects: Vec<Subject>,
    flow: Flow,
}

impl Arm {
    fn new(subjects: Vec<Subject>) -> Self {
        let flow = Flow(vec![(Step::Start, subjects.len() as u64)]);
        Self { subjects, flow }
    }

    fn keep(&mut self, step: Step, passes: impl FnMut(&Subject) -> bool) {
        self.subjects.retain(passes);
        self.flow.0.push((step, self.subjects.len() as u64));
    }
}

/// Everyone compared, the placed first.
#[derive(Debug)]
pub(super) struct People {
    pub(super) subjects: Vec<Subject>,
    pub(super) treated: Vec<bool>,
    /// The calendar year of each time zero.
    pub(super) year: Vec<i32>,
    /// Currency units by person and relative year from the design's first.
    pub(super) cost: Vec<Vec<Option<f64>>>,
    /// Of the placed, and of the comparison people.
    pub(super) flows: [Flow; 2],
}

impl People {
    /// The cohort's people and those they are compared with, with their costs.
    ///
    /// # Errors
    /// [`Error::Option`] for a cohort whose clock does not start at placement,
    /// [`Error::Missing`] where either group is empty, or as the cost panel.
    pub(super) fn gather(cohort: &Cohort, design: &Design) -> Result<Self> {
        if cohort.spec().time_zero != TimeZero::Placement {
            return Err(Error::option(
                "effects",
                "need a cohort whose clock starts at placement",
                "set `time_zero = \"placement\"`",
            ));
        }
        let mut arms = [placed(cohort, design), others(cohort, design)];
        let years = |arm: &Arm| -> BTreeSet<i32> { arm.subjects.iter().map(year).collect() };
        let both: BTreeSet<i32> = &years(&arms[0]) & &years(&arms[1]);
        let mut people = Self {
            subjects: Vec::new(),
            treated: Vec::new(),
            year: Vec::new(),
            cost: Vec::new(),
            flows: [Flow::default(), Flow::default()],
        };
        // From the base year through year 0, and the years always shown beside.
        let first = design.base.min(-3).max(design.first) - design.first;
        let needed = first as usize..=(-design.first) as usize;
        let mut observed: [Vec<(Subject, Vec<Option<i64>>)>; 2] = [Vec::new(), Vec::new()];
        for (arm, found) in arms.iter_mut().zip(&mut observed) {
            arm.keep(Step::YearShared, |s| both.contains(&year(s)));
            let costs = panel(
                cohort.register(),
                cohort.timeline(),
                &arm.subjects,
                &design.costs(),
                cohort.interrupt(),
            )?;
            found.extend(
                (arm.subjects.iter().copied().zip(costs))
                    .filter(|(_, row)| row[needed.clone()].iter().all(Option::is_some)),
            );
        }
        // A year that only one group is observed in compares nobody.
        let years = |found: &[(Subject, Vec<Option<i64>>)]| -> BTreeSet<i32> {
            found.iter().map(|(s, _)| year(s)).collect()
        };
        let both: BTreeSet<i32> = &years(&observed[0]) & &years(&observed[1]);
        for (number, (arm, found)) in arms.into_iter().zip(observed).enumerate() {
            people.flows[number] = arm.flow;
            let before = people.subjects.len();
            for (subject, row) in found {
                if both.contains(&year(&subject)) {
                    people.subjects.push(subject);
                    people.treated.push(number == 0);
                    people.year.push(year(&subject));
                    let amount = |ore: Option<i64>| ore.map(|ore| ore as f64 / UNIT);
                    people.cost.push(row.into_iter().map(amount).collect());
                }
            }
            let left = (people.subjects.len() - before) as u64;
            people.flows[number].0.push((Step::Observed, left));
        }
        if people.subjects.is_empty() {
            return Err(Error::missing(
                "a comparison of costs",
                "a calendar year with both placed and comparison people observed from the base \
                 year through year 0",
                "widen the cohort, choose a later `base`, or other `comparators`",
            ));
        }
        Ok(people)
    }

    pub(super) fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Who has a weight, and whether they were placed.
    pub(super) fn weighted(&self, weight: &[f64]) -> impl Iterator<Item = (u32, bool)> {
        (self.subjects.iter().zip(&self.treated).zip(weight))
            .filter(|(_, weight)| **weight > 0.0)
            .map(|((subject, treated), _)| (subject.person, *treated))
    }
}

fn year(subject: &Subject) -> i32 {
    calendar::civil(subject.zero).year
}

/// The cohort's people, each once.
fn placed(cohort: &Cohort, design: &Design) -> Arm {
    let members = cohort.members();
    let mut subjects: Vec<Subject> = (0..members.len())
        .map(|m| Subject {
            person: members.person[m],
            zero: members.zero[m],
            until: members.until[m],
        })
        .collect();
    subjects.dedup_by_key(|s| s.person);
    let mut arm = Arm::new(subjects);
    if design.comparators == Comparators::Shelter {
        let timeline = cohort.timeline();
        arm.keep(Step::InShelter, |s| {
            timeline.track(s.person).on(s.zero - 1).state == State::Shelter
        });
    }
    arm
}

/// People with the index event who are not placed by then, each once.
fn others(cohort: &Cohort, design: &Design) -> Arm {
    let register = cohort.register();
    let placements = register.placements();
    let end = register.observed_until() + 1;
    let mut first_placed = vec![NEVER; register.people().len()];
    for (&person, &day) in placements.person.iter().zip(&placements.placed_on) {
        let first = &mut first_placed[person as usize];
        *first = (*first).min(day);
    }
    let placed_on = |person: u32| first_placed[person as usize];
    let months = cohort.spec().follow_up_months;
    let subject = |person: u32, zero: Day| Subject {
        person,
        zero,
        until: months
            .map_or(end, |m| calendar::add_months(zero, m as i32) + 1)
            .min(end)
            .min(placed_on(person)),
    };
    let observed_from = register.observed_from().unwrap_or(Day::MIN);
    let spec = cohort.spec();
    let from = spec.from.map_or(observed_from, |d| d.0.max(observed_from));
    let to = spec.to.map_or(end - 1, |d| d.0.min(end - 1));
    let within = |day: Day| (from..=to).contains(&day);
    let mut events: Vec<(u32, Day)> = match design.comparators {
        Comparators::Enrolled => (placements.person.iter().copied())
            .zip(placements.enrolled_on.iter().copied())
            .filter(|(_, day)| *day != NEVER)
            .collect(),
        Comparators::Shelter => {
            let stays = register.stays();
            let people = 0..register.people().len();
            people
                .flat_map(|p| (stays.offsets[p]..stays.offsets[p + 1]).map(move |i| (p, i)))
                .filter(|(_, i)| stays.state[*i] == State::Shelter)
                .map(|(p, i)| {
                    let (start, stop) = (stays.start[i], stays.end[i].min(end));
                    (p as u32, start + (stop - start) / 2)
                })
                .collect()
        }
    };
    // Each person's first event that could count, chosen before any condition
    // on the person, so that no condition promotes a later one.
    events.sort_unstable();
    let eligible = |(person, day): &(u32, Day)| within(*day) && *day < placed_on(*person);
    let mut people: Vec<(u32, Day)> = events.clone();
    people.dedup_by_key(|(person, _)| *person);
    let mut flow = Flow(vec![(Step::Start, people.len() as u64)]);
    let count = |passing: &mut dyn Iterator<Item = &(u32, Day)>| {
        passing
            .map(|(person, _)| *person)
            .collect::<BTreeSet<u32>>()
            .len() as u64
    };
    let dated = count(&mut events.iter().filter(|(_, day)| within(*day)));
    flow.0.push((Step::WithinDates, dated));
    events.retain(eligible);
    events.dedup_by_key(|(person, _)| *person);
    flow.0.push((Step::NotPlaced, events.len() as u64));
    let mut arm = Arm {
        subjects: events.into_iter().map(|(p, day)| subject(p, day)).collect(),
        flow,
    };
    let (timeline, births) = (cohort.timeline(), &register.people().birth);
    arm.keep(Step::Alive, |s| {
        let birth = births[s.person as usize];
        let adult = birth == NEVER || calendar::age(birth, s.zero) >= ADULT;
        adult && timeline.track(s.person).on(s.zero).state != State::Dead
    });
    arm
}
