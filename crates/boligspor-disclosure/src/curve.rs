//! Curves in steps that each rest on enough people.
//!
//! An exact survival curve is a list of people: each drop is somebody's date,
//! each tick a censoring, and Greenwood's standard errors invert to the counts
//! beneath. What is published instead is a table: how many left, in which way,
//! within each stretch of time, the stretches made so long that at least k did.
//! Curve, interval, median, restricted mean and numbers at risk are computed
//! from that table and from nothing else, so they add nothing to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{ClearError, Result};
use crate::policy::{Policy, Rounding};

/// How one person's follow-up ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exit {
    /// After how many whole grid units (months, say) since time zero.
    pub time: i32,
    /// 0 is censored, 1 and up the ends by cause, as estimators count them.
    pub kind: usize,
}

/// People who left in one way during a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurveStep {
    /// The stretch's end; it begins after the step before of the same kind.
    pub time: i32,
    /// 0 is censored, 1 and up the ends by cause.
    pub kind: usize,
    /// How many.
    pub persons: u64,
}

/// A curve's table of steps.
///
/// ```
/// use boligspor_disclosure::{Exit, Policy, StepCurve};
///
/// // 40 people; somebody loses the home every month, the rest are followed for 36.
/// let exits: Vec<Exit> = (0..40)
///     .map(|i| if i < 17 { Exit { time: i + 1, kind: 1 } } else { Exit { time: 36, kind: 0 } })
///     .collect();
/// let curve = StepCurve::new(&exits, &Policy::named("statistics-denmark")?)?;
/// let lost: Vec<(i32, u64)> = curve.steps().iter().filter(|s| s.kind == 1).map(|s| (s.time, s.persons)).collect();
/// assert_eq!(lost, [(5, 5), (10, 5), (17, 7)]);
/// assert_eq!(curve.persons(), 40);
/// # Ok::<(), boligspor_disclosure::ClearError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepCurve {
    persons: u64,
    steps: Vec<CurveStep>,
}

impl StepCurve {
    /// The steps of a curve under a policy. Each way of leaving has steps of
    /// its own; the last one takes in those who are too few for another.
    ///
    /// With midpoint rounding ([`Policy::curve_rounding`]) cumulative counts
    /// are rounded instead, and a step is where the rounded count changes. With
    /// rounding to the nearest multiple the steps are those of exact counts, and
    /// the cumulative counts at their ends are rounded.
    ///
    /// # Errors
    ///
    /// [`ClearError::Refused`] where fewer than k people left in some way
    /// (their number would show), or nobody left at all (that tells of all):
    /// put them together with another way, or leave the curve out.
    pub fn new(exits: &[Exit], policy: &Policy) -> Result<Self> {
        let mut by_kind: BTreeMap<usize, BTreeMap<i32, u64>> = BTreeMap::new();
        for exit in exits {
            *by_kind
                .entry(exit.kind)
                .or_default()
                .entry(exit.time)
                .or_insert(0) += 1;
        }
        let k = u64::from(policy.curve_step.max(policy.minimum_persons));
        let few = by_kind
            .values()
            .any(|times| times.values().sum::<u64>() < k);
        if few || by_kind.is_empty() {
            return Err(refused(
                "fewer people than a step needs left in one of the ways",
            ));
        }
        if by_kind.len() == 1 && by_kind.contains_key(&0) {
            return Err(refused("nobody left, which tells of everybody"));
        }
        let mut steps: Vec<CurveStep> = by_kind
            .iter()
            .flat_map(|(&kind, times)| match policy.curve_rounding {
                Rounding::None => exact_steps(kind, times, k),
                rounding @ Rounding::Nearest(_) => nearest_steps(kind, times, k, rounding),
                rounding => rounded_steps(kind, times, rounding),
            })
            .collect();
        steps.sort_unstable();
        let persons = match policy.curve_rounding {
            Rounding::None => exits.len() as u64,
            _ => steps.iter().map(|step| step.persons).sum(),
        };
        Ok(Self { persons, steps })
    }

    /// How many people the curve starts with.
    pub fn persons(&self) -> u64 {
        self.persons
    }

    /// The steps, by time and kind.
    pub fn steps(&self) -> &[CurveStep] {
        &self.steps
    }

    /// Numbers at risk just before a time, from the published steps.
    pub fn at_risk(&self, time: i32) -> u64 {
        let left: u64 = self
            .steps
            .iter()
            .filter(|step| step.time < time)
            .map(|step| step.persons)
            .sum();
        self.persons - left
    }

    /// One row a person, as the published steps have them: what estimators of
    /// curves, intervals, medians and restricted means are given.
    pub fn rows(&self) -> impl Iterator<Item = Exit> + '_ {
        self.steps.iter().flat_map(|step| {
            (0..step.persons).map(|_| Exit {
                time: step.time,
                kind: step.kind,
            })
        })
    }

    /// What the published steps tell: for each of them the categories of those who
    /// have left in its way by then ([`StepCurve::category`]), and the bounds of how
    /// many they are. Exact counts are a category each.
    pub fn known(&self, policy: &Policy) -> Vec<(Vec<String>, (i64, i64))> {
        let rounding = policy.curve_rounding;
        let mut so_far: BTreeMap<usize, (Vec<String>, i64)> = BTreeMap::new();
        let tell = |step: &CurveStep| {
            let name = named(step.kind, step.time);
            if rounding == Rounding::None {
                return (vec![name], (step.persons as i64, step.persons as i64));
            }
            let (names, shown) = so_far.entry(step.kind).or_default();
            names.push(name);
            *shown += step.persons as i64;
            (names.clone(), rounding.possible(*shown))
        };
        self.steps.iter().map(tell).collect()
    }

    /// The step that a person's exit is counted in: a category for
    /// [`crate::Population::attribute`], so that a curve and the tables beside
    /// it are cleared together.
    pub fn category(&self, exit: Exit) -> String {
        let time = self
            .steps
            .iter()
            .filter(|step| step.kind == exit.kind)
            .map(|step| step.time)
            .find(|&time| time >= exit.time);
        match time {
            Some(time) => named(exit.kind, time),
            None => format!("{} later", exit.kind),
        }
    }
}

fn named(kind: usize, time: i32) -> String {
    format!("{kind} by {time}")
}

/// Stretches with at least k exits each, what is left over in the last.
fn exact_steps(kind: usize, times: &BTreeMap<i32, u64>, k: u64) -> Vec<CurveStep> {
    let mut steps: Vec<CurveStep> = Vec::new();
    let mut persons = 0;
    let mut last = 0;
    for (&time, &n) in times {
        persons += n;
        last = time;
        if persons >= k {
            steps.push(CurveStep {
                time,
                kind,
                persons,
            });
            persons = 0;
        }
    }
    if persons > 0
        && let Some(step) = steps.last_mut()
    {
        step.persons += persons;
        step.time = last;
    }
    steps
}

/// Stretches with at least k exits each, their cumulative counts rounded.
fn nearest_steps(
    kind: usize,
    times: &BTreeMap<i32, u64>,
    k: u64,
    rounding: Rounding,
) -> Vec<CurveStep> {
    let (mut sum, mut shown) = (0_i64, 0_i64);
    let mut steps = exact_steps(kind, times, k);
    for step in &mut steps {
        sum += step.persons as i64;
        let now = rounding.round(sum);
        step.persons = (now - shown) as u64;
        shown = now;
    }
    steps
}

/// Changes of the rounded cumulative count.
fn rounded_steps(kind: usize, times: &BTreeMap<i32, u64>, rounding: Rounding) -> Vec<CurveStep> {
    let mut steps = Vec::new();
    let (mut sum, mut shown) = (0_i64, 0_i64);
    for (&time, &n) in times {
        sum += n as i64;
        let now = rounding.round(sum);
        if now > shown {
            steps.push(CurveStep {
                time,
                kind,
                persons: (now - shown) as u64,
            });
            shown = now;
        }
    }
    steps
}

fn refused(reason: &str) -> ClearError {
    ClearError::Refused {
        reason: reason.to_owned(),
        tables: vec!["the curve".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exits(counts: &[(i32, usize, usize)]) -> Vec<Exit> {
        counts
            .iter()
            .flat_map(|&(time, kind, n)| (0..n).map(move |_| Exit { time, kind }))
            .collect()
    }

    #[test]
    fn every_step_rests_on_enough_and_nobody_is_lost() {
        let policy = Policy::named("statistics-denmark").unwrap();
        let people = exits(&[
            (1, 1, 3),
            (2, 0, 2),
            (3, 1, 2),
            (4, 0, 4),
            (5, 1, 6),
            (6, 1, 2),
            (6, 0, 9),
        ]);
        let curve = StepCurve::new(&people, &policy).unwrap();
        assert!(curve.steps().iter().all(|step| step.persons >= 5));
        assert_eq!(curve.steps().iter().map(|s| s.persons).sum::<u64>(), 28);
        assert_eq!(curve.rows().count(), 28);
        // By hand: ends at 3 (3 + 2) and, with the two left over, at 6 (6 + 2).
        let ends: Vec<_> = curve
            .steps()
            .iter()
            .filter(|s| s.kind == 1)
            .map(|s| (s.time, s.persons))
            .collect();
        assert_eq!(ends, [(3, 5), (6, 8)]);
        assert_eq!(curve.at_risk(4), 23);
        for exit in people {
            assert!(!curve.category(exit).contains("later"));
        }
    }

    #[test]
    fn few_of_a_kind_and_nobody_at_all_are_refused() {
        let policy = Policy::named("statistics-denmark").unwrap();
        assert!(StepCurve::new(&exits(&[(1, 1, 4), (9, 0, 30)]), &policy).is_err());
        assert!(StepCurve::new(&exits(&[(9, 0, 30)]), &policy).is_err());
        assert!(StepCurve::new(&[], &policy).is_err());
    }

    #[test]
    fn rounded_to_the_nearest_the_steps_stay_where_they_are() {
        let policy = Policy {
            curve_rounding: Rounding::Nearest(5),
            ..Policy::named("statistics-denmark").unwrap()
        };
        let people = exits(&[(1, 1, 6), (3, 1, 7), (6, 1, 5), (9, 0, 21)]);
        let curve = StepCurve::new(&people, &policy).unwrap();
        // 6 → 5, 13 → 15, 18 → 20; 21 → 20.
        let steps: Vec<_> = (curve.steps().iter())
            .map(|s| (s.time, s.persons))
            .collect();
        assert_eq!(steps, [(1, 5), (3, 10), (6, 5), (9, 20)]);
        let known: Vec<_> = curve.known(&policy).into_iter().map(|k| k.1).collect();
        assert_eq!(known, [(3, 7), (13, 17), (18, 22), (18, 22)]);
        assert_eq!(curve.persons(), 40);
    }

    #[test]
    fn midpoint_rounding_is_of_cumulative_counts() {
        let policy = Policy::named("opensafely").unwrap();
        let people = exits(&[(1, 1, 1), (2, 1, 5), (3, 1, 1), (4, 1, 7), (9, 0, 20)]);
        let curve = StepCurve::new(&people, &policy).unwrap();
        let ends: Vec<_> = curve
            .steps()
            .iter()
            .filter(|s| s.kind == 1)
            .map(|s| (s.time, s.persons))
            .collect();
        // 1 → 3, 6 → 3, 7 → 9, 14 → 15.
        assert_eq!(ends, [(1, 3), (3, 6), (4, 6)]);
    }
}
