//! What a cost trajectory needs to know of people, as exact sums.
//!
//! Money is summed in whole øre, and a person's bootstrap weights are drawn
//! from their own key, so that sums over any partition of the people, added in
//! any order, are the same to the last digit.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::exposure;
use super::observer::{Observer, Sight};
use super::prices::Factors;
use super::pricing;
use super::spec::CostSpec;
use super::sums::{Shape, StratumSums};
use crate::cohort::Cohort;
use crate::error::{Error, Result};
use crate::register::{Costs, Table};

/// Persons observed as one task, at least.
const CHUNK: usize = 1024;

/// Persons between two looks at the interrupt.
const PATIENCE: usize = 64;

/// Øre above which an amount is no money: squares of sums must fit.
const TOO_LARGE: u64 = 1_000_000_000_000_000;

/// The sums behind a [`CostTrajectory`](super::CostTrajectory).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostSummary {
    pub(super) spec: CostSpec,
    pub(super) shape: Shape,
    pub(super) strata: Vec<String>,
    pub(super) whole: StratumSums,
    /// Sorted by levels.
    pub(crate) parts: Vec<(Vec<String>, StratumSums)>,
}

impl CostSummary {
    /// Observes the costs of every member of a cohort.
    ///
    /// # Errors
    /// [`Error::Missing`] where the register has no costs or the price index
    /// lacks a year, [`Error::Option`] for a spec that contradicts itself.
    pub fn observe(cohort: &Cohort, spec: &CostSpec) -> Result<Self> {
        Self::observe_by(cohort, spec, false)
    }

    /// As [`observe`](Self::observe), with replicates only of all costs together:
    /// small enough for very many strata.
    pub(crate) fn observe_totals(cohort: &Cohort, spec: &CostSpec) -> Result<Self> {
        Self::observe_by(cohort, spec, true)
    }

    fn observe_by(cohort: &Cohort, spec: &CostSpec, totals_only: bool) -> Result<Self> {
        spec.validate()?;
        let members = cohort.members();
        let costs = pricing::all_costs(cohort, spec.source, |member| {
            exposure::outer(spec, members.zero[member])
        })?;
        let settled = CostSpec {
            source: spec.source.settled(cohort.register().costs().is_some()),
            ..spec.clone()
        };
        Self::observe_these(cohort, &settled, &costs, totals_only)
    }

    /// As [`observe`](Self::observe), of given costs.
    pub(super) fn observe_costs(cohort: &Cohort, spec: &CostSpec, costs: &Costs) -> Result<Self> {
        Self::observe_these(cohort, spec, costs, false)
    }

    fn observe_these(
        cohort: &Cohort,
        spec: &CostSpec,
        costs: &Costs,
        totals_only: bool,
    ) -> Result<Self> {
        if costs.amount.iter().any(|a| a.unsigned_abs() > TOO_LARGE) {
            return Err(Error::table(
                Table::Costs.name(),
                Some("amount"),
                "holds an amount above ten trillion",
                "give amounts in kroner",
            ));
        }
        let shape = Shape {
            periods: (spec.last - spec.first + 1) as usize,
            categories: costs.categories.clone(),
            payers: costs.payers.clone(),
            replicates: spec.replicates as usize,
            totals_only,
        };
        let factors = Factors::new(cohort.register(), costs, spec.price_base)?;
        let groups = groups(&cohort.members().person, &cohort.members().stratum);
        let levels = &cohort.strata().levels;
        let crossing = crosses_strata(&groups);
        let mut by_stratum: Vec<Vec<&Group>> = vec![Vec::new(); levels.len()];
        for group in &groups {
            by_stratum[group.stratum as usize].push(group);
        }
        let sight = Sight {
            cohort,
            spec,
            shape: &shape,
            costs,
            factors: &factors,
        };
        let mut sums = by_stratum
            .iter()
            .map(|groups| observed(sight, groups))
            .collect::<Result<Vec<_>>>()?;
        let parts = if levels.len() > 1 {
            sums.split_off(1)
        } else {
            Vec::new()
        };
        let mut whole = sums.swap_remove(0);
        if !parts.is_empty() {
            // The whole counts a person once, also where their rows lie in
            // several strata: sums of squares and of persons don't add up.
            let undivided = cohort.undivided();
            if crossing {
                whole = Self::observe_these(&undivided, spec, costs, totals_only)?.whole;
            } else {
                for part in &parts {
                    whole.merge(part);
                }
            }
        }
        let mut parts: Vec<_> = levels[1..].iter().cloned().zip(parts).collect();
        parts.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self {
            spec: spec.clone(),
            shape,
            strata: cohort.strata().names.clone(),
            whole,
            parts,
        })
    }

    /// Adds the people of another summary, who must be others than these.
    ///
    /// # Errors
    /// [`Error::Option`] where the two were made by different specs, strata,
    /// categories or payers.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.spec != other.spec || self.shape != other.shape || self.strata != other.strata {
            return Err(Error::option(
                "merge",
                "adds summaries of different specs, strata, categories or payers",
                "observe every partition alike; list the same categories in each",
            ));
        }
        self.whole.merge(&other.whole);
        for (levels, sums) in &other.parts {
            match self.parts.binary_search_by(|p| p.0.cmp(levels)) {
                Ok(i) => self.parts[i].1.merge(sums),
                Err(i) => self.parts.insert(i, (levels.clone(), sums.clone())),
            }
        }
        Ok(())
    }
}

/// What each person of a cohort costs, in øre, by category and relative period.
pub(super) struct PersonCosts {
    pub(super) categories: Vec<String>,
    /// One entry a person, by their index in the register, ascending; then by
    /// period and category as `period * categories + category`.
    pub(super) of: Vec<(u32, Vec<i128>)>,
}

/// Person by person what [`CostSummary::observe`] sums.
///
/// # Errors
/// As [`CostSummary::observe`].
pub(super) fn person_costs(cohort: &Cohort, spec: &CostSpec) -> Result<PersonCosts> {
    let cohort = cohort.undivided();
    let spec = CostSpec {
        replicates: 0,
        ..spec.clone()
    };
    let members = cohort.members();
    let costs = pricing::all_costs(&cohort, spec.source, |member| {
        exposure::outer(&spec, members.zero[member])
    })?;
    let shape = Shape {
        periods: (spec.last - spec.first + 1) as usize,
        categories: costs.categories.clone(),
        payers: costs.payers.clone(),
        replicates: 0,
        totals_only: false,
    };
    let factors = Factors::new(cohort.register(), &costs, spec.price_base)?;
    let groups = groups(&members.person, &members.stratum);
    let mut observer = Observer::new(Sight {
        cohort: &cohort,
        spec: &spec,
        shape: &shape,
        costs: &costs,
        factors: &factors,
    });
    let mut of = Vec::with_capacity(groups.len());
    for (i, group) in groups.iter().enumerate() {
        if i % PATIENCE == 0 {
            cohort.interrupt().check()?;
        }
        of.push((group.person, observer.amounts(&group.members)));
    }
    Ok(PersonCosts {
        categories: shape.categories,
        of,
    })
}

/// A person's members within one stratum.
struct Group {
    stratum: u32,
    person: u32,
    members: Vec<u32>,
}

/// Members by person and stratum; members are sorted by person.
fn groups(person: &[u32], stratum: &[u32]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::with_capacity(person.len());
    for (i, (&p, &s)) in person.iter().zip(stratum).enumerate() {
        let own = groups
            .iter_mut()
            .rev()
            .take_while(|g| g.person == p)
            .find(|g| g.stratum == s);
        match own {
            Some(group) => group.members.push(i as u32),
            None => groups.push(Group {
                stratum: s,
                person: p,
                members: vec![i as u32],
            }),
        }
    }
    groups
}

fn crosses_strata(groups: &[Group]) -> bool {
    groups.windows(2).any(|w| w[0].person == w[1].person)
}

/// Observes people of one stratum, in as many tasks as there are threads to do them.
fn observed(sight: Sight<'_>, groups: &[&Group]) -> Result<StratumSums> {
    let tasks = 4 * rayon::current_num_threads();
    let chunk = groups.len().div_ceil(tasks).max(CHUNK);
    let parts = groups
        .par_chunks(chunk)
        .map(|groups| {
            let mut observer = Observer::new(sight);
            for (i, group) in groups.iter().enumerate() {
                if i % PATIENCE == 0 {
                    sight.cohort.interrupt().check()?;
                }
                observer.add(&group.members);
            }
            Ok(observer.finish())
        })
        .collect::<Result<Vec<_>>>()?;
    let mut parts = parts.into_iter();
    let mut all = parts
        .next()
        .unwrap_or_else(|| StratumSums::new(sight.shape));
    parts.for_each(|part| all.merge(&part));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_rows_are_grouped_by_stratum() {
        let groups = groups(&[0, 0, 0, 1], &[1, 2, 1, 1]);
        let got: Vec<_> = groups
            .iter()
            .map(|g| (g.stratum, g.members.clone()))
            .collect();
        assert_eq!(got, [(1, vec![0, 2]), (2, vec![1]), (1, vec![3])]);
        assert!(crosses_strata(&groups));
    }
}
