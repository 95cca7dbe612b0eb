//! Rows put in the order in which group-time effects read them.
//!
//! Units are sorted by the period of their first treatment, the never treated
//! last, so that a group is a range and so are its controls. A panel without
//! gaps becomes one column of outcomes per period over those units, and a
//! change is the difference of two columns; rows of other data are sorted by
//! group and period.

use std::ops::Range;

use crate::error::{EstimateError, Result, all_finite, same_length, valid_weights};

use super::levels::Levels;
use super::{AttGtOptions, Control, DidWarning, Unbalanced};

/// Rows of a panel or of repeated cross-sections, as columns.
///
/// ```
/// use boligspor_estimate::did::DidData;
/// let data = DidData {
///     unit: Some(&[1, 1, 2, 2]),
///     period: &[2020, 2021, 2020, 2021],
///     first_treated: &[2021, 2021, 0, 0],
///     outcome: &[1.0, 4.0, 1.0, 2.0],
///     ..DidData::default()
/// };
/// assert!(data.weights.is_none());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct DidData<'a> {
    /// The unit of each row, as any numbers; `None` for repeated
    /// cross-sections, where every row is a unit of its own.
    pub unit: Option<&'a [i64]>,
    /// The period of each row.
    pub period: &'a [i64],
    /// The period in which the row's unit is first treated; 0 for never.
    pub first_treated: &'a [i64],
    /// The outcome.
    pub outcome: &'a [f64],
    /// Covariates, by column.
    pub covariates: &'a [&'a [f64]],
    /// Sampling weights, zero or more.
    pub weights: Option<&'a [f64]>,
    /// Units that are not independent of one another; the same in all rows of
    /// a unit.
    pub cluster: Option<&'a [i64]>,
}

/// A column that may change over a unit's periods.
pub(super) enum Column {
    Fixed(Vec<f64>),
    ByPeriod(Vec<f64>),
}

impl Column {
    pub(super) fn at(&self, period: usize, units: usize) -> &[f64] {
        match self {
            Self::Fixed(values) => values,
            Self::ByPeriod(values) => &values[period * units..(period + 1) * units],
        }
    }

    pub(super) fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }
}

/// The outcomes, in one of two arrangements.
pub(super) enum Layout {
    /// Every unit in every period: columns by period.
    Wide {
        y: Vec<f64>,
        x: Vec<Column>,
        w: Option<Column>,
    },
    /// Rows sorted by group, period and unit; `start[g * periods + t]` is the
    /// first row of a group in a period.
    Long {
        start: Vec<usize>,
        y: Vec<f64>,
        x: Vec<Vec<f64>>,
        w: Option<Vec<f64>>,
        unit: Vec<u32>,
    },
}

/// Clusters of units.
pub(super) struct Clusters {
    pub(super) of_unit: Vec<u32>,
    pub(super) keys: Vec<i64>,
}

/// The rows in order.
pub(super) struct Sample {
    pub(super) periods: Vec<i64>,
    /// First-treated periods of the treated groups; the never treated follow.
    pub(super) groups: Vec<i64>,
    /// First unit of each group, of the never treated, and the number of units.
    pub(super) start: Vec<usize>,
    /// What random numbers of a unit are drawn by.
    pub(super) keys: Vec<i64>,
    /// Weight of each unit in averages of groups, if not all one.
    pub(super) weight: Option<Vec<f64>>,
    pub(super) clusters: Option<Clusters>,
    pub(super) layout: Layout,
    /// Whether the last treated group is a control only.
    pub(super) last_is_control: bool,
}

impl Sample {
    pub(super) fn units(&self) -> usize {
        self.keys.len()
    }

    /// Units of a group; the never treated are group `groups.len()`.
    pub(super) fn group(&self, g: usize) -> Range<usize> {
        self.start[g]..self.start[g + 1]
    }

    /// `Σ w` over the units of a group.
    pub(super) fn group_weight(&self, g: usize) -> f64 {
        let units = self.group(g);
        match &self.weight {
            Some(w) => super::sums::sum(&w[units]),
            None => units.len() as f64,
        }
    }

    /// Checks and sorts the rows.
    pub(super) fn new(
        data: &DidData<'_>,
        options: &AttGtOptions,
    ) -> Result<(Self, Vec<DidWarning>)> {
        check(data)?;
        let mut warnings = Vec::new();
        let plan = plan(data, options, &mut warnings)?;
        let mut sorted = Units::of(data, &plan)?;
        if data.unit.is_some() && sorted.incomplete > 0 {
            let dropped = options.unbalanced == Unbalanced::DropUnits;
            warnings.push(DidWarning::Unbalanced {
                units: sorted.incomplete,
                dropped,
            });
            if dropped {
                sorted.drop_incomplete(&plan);
                if sorted.keys.is_empty() {
                    return Err(EstimateError::Empty {
                        argument: "the balanced part of the panel",
                    });
                }
            }
        }
        let wide = data.unit.is_some() && sorted.incomplete == 0;
        let (layout, weight) = if wide {
            super::layout::wide(data, &plan, &sorted)?
        } else {
            super::layout::long(data, &plan, &mut sorted)?
        };
        let clusters = data
            .cluster
            .map(|cluster| clusters(data, cluster, &plan, &sorted))
            .transpose()?;
        let sample = Self {
            periods: plan.periods.values().to_vec(),
            groups: plan.groups,
            start: sorted.start,
            keys: sorted.keys,
            weight,
            clusters,
            layout,
            last_is_control: plan.last_is_control,
        };
        sample.warn_of_sizes(data.covariates.len(), options, &mut warnings);
        Ok((sample, warnings))
    }

    fn warn_of_sizes(
        &self,
        covariates: usize,
        options: &AttGtOptions,
        warnings: &mut Vec<DidWarning>,
    ) {
        let first = self.periods[0];
        for g in 0..=self.groups.len() {
            let units = self.group(g).len();
            let group = self.groups.get(g).copied();
            let based = group.is_none_or(|g| g > first + i64::from(options.anticipation));
            if let Some(group) = group
                && !based
            {
                warnings.push(DidWarning::NoBasePeriod { group, units });
            } else if units > 0 && units < covariates + 5 {
                warnings.push(DidWarning::SmallGroup { group, units });
            }
        }
        if let Some(clusters) = &self.clusters
            && clusters.keys.len() < 40
        {
            warnings.push(DidWarning::FewClusters {
                clusters: clusters.keys.len(),
            });
        }
    }
}

/// Which rows count, and what their groups and periods are.
pub(super) struct Plan {
    pub(super) periods: Levels,
    pub(super) groups: Vec<i64>,
    last: i64,
    first: i64,
    until: i64,
    last_is_control: bool,
}

impl Plan {
    /// Rank of the row's group, or `None` for a row left out.
    pub(super) fn group(&self, data: &DidData<'_>, row: usize) -> Option<usize> {
        self.counts(data, row)
            .then(|| self.group_of(data.first_treated[row]))
            .flatten()
    }

    /// Whether the row's period is one of those looked at.
    #[inline]
    pub(super) fn counts(&self, data: &DidData<'_>, row: usize) -> bool {
        data.period[row] < self.until
    }

    /// Rank of a group, or `None` for those treated from the first period on.
    fn group_of(&self, first_treated: i64) -> Option<usize> {
        if first_treated == 0 || first_treated > self.last {
            return Some(self.groups.len());
        }
        (first_treated > self.first).then(|| self.groups.partition_point(|g| *g < first_treated))
    }

    #[inline]
    pub(super) fn period(&self, data: &DidData<'_>, row: usize) -> usize {
        self.periods.rank(data.period[row])
    }
}

/// The units in order, and the way from a row to its unit.
pub(super) struct Units {
    levels: Option<Levels>,
    /// Place in the order of each unit by rank of its number; `u32::MAX` for
    /// units left out.
    place: Vec<u32>,
    rows: Vec<u32>,
    group: Vec<u32>,
    pub(super) start: Vec<usize>,
    pub(super) keys: Vec<i64>,
    pub(super) incomplete: usize,
    /// The row of each unit, where rows are units.
    pub(super) row_of: Vec<u32>,
}

const OUT: u32 = u32::MAX;

impl Units {
    fn of(data: &DidData<'_>, plan: &Plan) -> Result<Self> {
        let Some(unit) = data.unit else {
            return Ok(Self {
                levels: None,
                place: Vec::new(),
                rows: Vec::new(),
                group: Vec::new(),
                start: Vec::new(),
                keys: Vec::new(),
                incomplete: 0,
                row_of: Vec::new(),
            });
        };
        let levels = Levels::of(unit);
        let units = levels.values().len();
        // One unit's numbers lie side by side: they are met together.
        let mut met = vec![(i64::MIN, 0_u32, false); units];
        for (row, (unit, treated)) in unit.iter().zip(data.first_treated).enumerate() {
            let (first, rows, changes) = &mut met[levels.rank(*unit)];
            if *first == i64::MIN {
                *first = *treated;
            }
            *changes |= *first != *treated;
            *rows += u32::from(plan.counts(data, row));
        }
        let changing = met.iter().filter(|(.., changes)| *changes).count();
        if changing > 0 {
            return Err(EstimateError::FirstTreatedVaries { units: changing });
        }
        let rows = met.iter().map(|(_, rows, _)| *rows).collect();
        let group = met
            .iter()
            .map(|(first, rows, _)| match plan.group_of(*first) {
                Some(group) if *rows > 0 => group as u32,
                _ => OUT,
            })
            .collect();
        let mut this = Self {
            levels: Some(levels),
            place: Vec::new(),
            rows,
            group,
            start: Vec::new(),
            keys: Vec::new(),
            incomplete: 0,
            row_of: Vec::new(),
        };
        this.order(plan);
        Ok(this)
    }

    /// Sorts units by group, and by number within a group.
    fn order(&mut self, plan: &Plan) {
        let groups = plan.groups.len() + 1;
        let periods = plan.periods.values().len() as u32;
        let mut start = vec![0; groups + 1];
        for g in self.group.iter().filter(|g| **g != OUT) {
            start[*g as usize + 1] += 1;
        }
        for g in 0..groups {
            start[g + 1] += start[g];
        }
        let mut next = start.clone();
        let values = self.levels.as_ref().map_or(&[][..], Levels::values);
        self.keys = vec![0; start[groups]];
        self.place = vec![OUT; self.group.len()];
        self.incomplete = 0;
        for (u, g) in self.group.iter().enumerate() {
            if *g == OUT {
                continue;
            }
            let place = &mut next[*g as usize];
            self.keys[*place] = values[u];
            self.place[u] = *place as u32;
            self.incomplete += usize::from(self.rows[u] != periods);
            *place += 1;
        }
        self.start = start;
    }

    fn drop_incomplete(&mut self, plan: &Plan) {
        let periods = plan.periods.values().len() as u32;
        for (g, rows) in self.group.iter_mut().zip(&self.rows) {
            if *rows != periods {
                *g = OUT;
            }
        }
        self.order(plan);
    }

    /// Place of the row's unit, or `None` if it is left out.
    #[inline]
    pub(super) fn place(&self, data: &DidData<'_>, row: usize) -> Option<usize> {
        let unit = data.unit?[row];
        let place = self.place[self.levels.as_ref()?.rank(unit)];
        (place != OUT).then_some(place as usize)
    }
}

pub(super) fn check(data: &DidData<'_>) -> Result<()> {
    let rows = data.outcome.len();
    if rows == 0 {
        return Err(EstimateError::Empty {
            argument: "outcome",
        });
    }
    same_length("period", data.period.len(), "outcome", rows)?;
    same_length("first_treated", data.first_treated.len(), "outcome", rows)?;
    for (name, length) in [
        ("unit", data.unit.map(<[i64]>::len)),
        ("weights", data.weights.map(<[f64]>::len)),
        ("cluster", data.cluster.map(<[i64]>::len)),
    ] {
        if let Some(length) = length {
            same_length(name, length, "outcome", rows)?;
        }
    }
    all_finite("outcome", data.outcome)?;
    for column in data.covariates {
        same_length("covariates", column.len(), "outcome", rows)?;
        all_finite("covariates", column)?;
    }
    if let Some(weights) = data.weights {
        valid_weights("weights", weights)?;
    }
    Ok(())
}

/// How long before the first period a treatment is taken for a code.
const LONG_AGO: i64 = 100;

/// Refuses numbers that stand for "never treated" but would count as a
/// treatment; returns the last period.
pub(super) fn check_codes(data: &DidData<'_>, all: &Levels, treated: &Levels) -> Result<i64> {
    let (first, last) = (all.values()[0], all.values()[all.values().len() - 1]);
    let codes =
        |what: &dyn Fn(i64) -> bool| data.first_treated.iter().filter(|g| what(**g)).count();
    if first < 0 && last >= 0 && codes(&|g| g == 0) > 0 {
        return Err(EstimateError::NeverTreatedCode {
            rows: codes(&|g| g == 0),
            problem: "0, which is also one of the periods",
        });
    }
    if first >= 0 && treated.values()[0] < 0 {
        return Err(EstimateError::NeverTreatedCode {
            rows: codes(&|g| g < 0),
            problem: "negative",
        });
    }
    let early = |g: i64| g != 0 && g < first - LONG_AGO;
    if treated.values().iter().any(|g| early(*g)) {
        return Err(EstimateError::NeverTreatedCode {
            rows: codes(&early),
            problem: "over a hundred periods before the first",
        });
    }
    Ok(last)
}

fn plan(
    data: &DidData<'_>,
    options: &AttGtOptions,
    warnings: &mut Vec<DidWarning>,
) -> Result<Plan> {
    let all = Levels::of(data.period);
    let treated = Levels::of(data.first_treated);
    let last = check_codes(data, &all, &treated)?;
    let first = all.values()[0];
    let is_early = |g: i64| g != 0 && g <= first;
    let already = treated.values().iter().any(|g| is_early(*g));
    let groups: Vec<i64> = treated
        .values()
        .iter()
        .copied()
        .filter(|g| *g != 0 && *g > first && *g <= last)
        .collect();
    let never = treated.values().iter().any(|g| *g == 0 || *g > last);
    if already {
        let units = match data.unit {
            None => data.first_treated.iter().filter(|g| is_early(**g)).count(),
            Some(unit) => {
                let rows = unit.iter().zip(data.first_treated);
                let of = rows.filter(|(_, g)| is_early(**g));
                let mut units: Vec<i64> = of.map(|(u, _)| *u).collect();
                units.sort_unstable();
                units.dedup();
                units.len()
            }
        };
        warnings.push(DidWarning::AlreadyTreated { units });
    }
    if groups.is_empty() {
        return Err(EstimateError::NoTreatedGroups);
    }
    let mut until = i64::MAX;
    if !never {
        if options.control == Control::Never {
            return Err(EstimateError::NoNeverTreated);
        }
        let latest = groups[groups.len() - 1];
        until = latest - i64::from(options.anticipation);
        let periods = all.values().iter().filter(|t| **t >= until).count();
        warnings.push(DidWarning::LastGroupAsControl {
            group: latest,
            periods,
        });
        if groups.len() < 2 || until <= first {
            return Err(EstimateError::NoNeverTreated);
        }
    }
    Ok(Plan {
        periods: all.below(until),
        groups,
        last,
        first,
        until,
        last_is_control: !never,
    })
}

fn clusters(data: &DidData<'_>, cluster: &[i64], plan: &Plan, sorted: &Units) -> Result<Clusters> {
    let levels = Levels::of(cluster);
    let mut of_unit = vec![OUT; sorted.keys.len()];
    let mut changing = 0;
    match &sorted.levels {
        None => {
            for (place, row) in of_unit.iter_mut().zip(&sorted.row_of) {
                *place = levels.rank(cluster[*row as usize]) as u32;
            }
        }
        Some(_) => {
            for (row, value) in cluster.iter().enumerate() {
                if plan.group(data, row).is_none() {
                    continue;
                }
                let Some(place) = sorted.place(data, row) else {
                    continue;
                };
                let rank = levels.rank(*value) as u32;
                if of_unit[place] == OUT {
                    of_unit[place] = rank;
                } else if of_unit[place] != rank {
                    changing += 1;
                }
            }
        }
    }
    if changing > 0 {
        return Err(EstimateError::ClusterVaries { rows: changing });
    }
    // Clusters of units left out do not count.
    let mut used = vec![OUT; levels.values().len()];
    let mut keys = Vec::new();
    for rank in &of_unit {
        used[*rank as usize] = 0;
    }
    for (rank, slot) in used.iter_mut().enumerate() {
        if *slot == 0 {
            *slot = keys.len() as u32;
            keys.push(levels.values()[rank]);
        }
    }
    for rank in &mut of_unit {
        *rank = used[*rank as usize];
    }
    Ok(Clusters { of_unit, keys })
}
