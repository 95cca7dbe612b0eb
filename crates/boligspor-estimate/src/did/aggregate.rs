//! Averages of group-time effects, and how certain they are.
//!
//! The share of each group is estimated too, and its influence is part of the
//! errors. Source: Callaway & Sant'Anna (2021), section 3.1, with the
//! conventions of R's did.

use crate::error::{EstimateError, Result};
use crate::interval::normal_quantile;

use super::att_gt::AttGt;
use super::influence::Target;
use super::simultaneous::errors;
use super::{DidWarning, EffectEstimate};

/// What group-time effects are averaged over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// One mean of all effects after treatment, by size of group.
    Simple,
    /// By periods since treatment: the event study.
    Dynamic,
    /// By group, over its periods after treatment.
    Group,
    /// By period, over the groups treated by then.
    Calendar,
}

/// Which effects are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// The first period since treatment to show; `None` from the first there is.
    pub min_e: Option<i64>,
    /// The last period since treatment to use.
    pub max_e: Option<i64>,
    /// Only groups seen for this many periods after treatment begins, and no
    /// period beyond: the same groups make up every period after treatment, so
    /// that a change over time is no change of composition.
    pub balance_e: Option<i64>,
    /// Only groups first treated in this period or later.
    pub first_group: Option<i64>,
}

/// One average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AggregateRow {
    /// Periods since treatment, group or period, by the kind of average; `None`
    /// for the mean of a [`Aggregation::Simple`].
    pub at: Option<i64>,
    /// The average with its errors.
    pub effect: EffectEstimate,
    /// How many groups are in it.
    pub groups: usize,
    /// Treated units of those groups.
    pub treated: usize,
    /// The fewest controls that one of its cells had.
    pub controls: usize,
    /// Whether it is zero by definition: a universal base period.
    pub is_base: bool,
}

/// Averages of one kind. Made by [`AttGt::aggregate`].
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// What was averaged over.
    pub kind: Aggregation,
    /// The averages, in order.
    pub rows: Vec<AggregateRow>,
    /// The one number: the mean effect over periods since treatment (dynamic),
    /// over groups by size (group), over periods (calendar), or simply.
    pub overall: EffectEstimate,
    /// How many standard errors wide either side of the simultaneous band is.
    pub critical_value: f64,
    /// Covariance of the rows, analytic, row-major.
    pub covariance: Vec<f64>,
    /// What is missing from the averages.
    pub warnings: Vec<DidWarning>,
}

struct Draft {
    at: Option<i64>,
    cells: Vec<usize>,
    target: Target,
}

impl AttGt {
    /// Averages the effects.
    ///
    /// # Errors
    /// No effect left to average in the window.
    ///
    /// ```
    /// use boligspor_estimate::did::{Aggregation, AttGtOptions, DidData, Window, att_gt};
    /// let data = DidData {
    ///     unit: Some(&[1, 1, 2, 2, 3, 3, 4, 4]),
    ///     period: &[2020, 2021, 2020, 2021, 2020, 2021, 2020, 2021],
    ///     first_treated: &[2021, 2021, 2021, 2021, 0, 0, 0, 0],
    ///     outcome: &[1.0, 4.0, 2.0, 7.0, 1.0, 2.0, 3.0, 4.0],
    ///     ..DidData::default()
    /// };
    /// let fit = att_gt(&data, &AttGtOptions::default())?;
    /// let event_study = fit.aggregate(Aggregation::Dynamic, Window::default())?;
    /// assert_eq!(event_study.rows[0].at, Some(0));
    /// assert_eq!(event_study.overall.estimate, 3.0);
    /// # Ok::<(), boligspor_estimate::EstimateError>(())
    /// ```
    pub fn aggregate(&self, kind: Aggregation, window: Window) -> Result<Aggregate> {
        let drafts = self.drafts(kind, window);
        if drafts.is_empty() {
            return Err(EstimateError::Empty {
                argument: "the window of effects to average",
            });
        }
        let overall = self.overall(kind, &drafts);
        let left_out = self.estimates.iter().filter(|e| e.is_nan()).count();
        let mut targets: Vec<Target> = drafts.iter().map(|d| d.target.clone()).collect();
        let rows = targets.len();
        targets.push(overall);
        let spread = self.spread(&targets);
        let mut banded = vec![true; rows];
        banded.push(false);
        let found = errors(&spread, &banded, self.options.level, self.options.seed);
        let z = normal_quantile(0.5 + self.options.level / 2.0);
        let effect = |t: usize, critical| {
            EffectEstimate::new(targets[t].estimate, found.std_error[t], z, critical)
        };
        Ok(Aggregate {
            kind,
            rows: drafts
                .iter()
                .enumerate()
                .map(|(t, draft)| self.row(draft, effect(t, found.critical)))
                .collect(),
            overall: effect(rows, z),
            critical_value: found.critical,
            covariance: (0..rows)
                .flat_map(|a| spread.covariance[a * (rows + 1)..][..rows].to_vec())
                .collect(),
            warnings: if left_out > 0 {
                vec![DidWarning::CellsLeftOut { cells: left_out }]
            } else {
                Vec::new()
            },
        })
    }

    fn row(&self, draft: &Draft, effect: EffectEstimate) -> AggregateRow {
        let mut groups: Vec<usize> = draft.cells.iter().map(|c| self.cells[*c].group).collect();
        groups.dedup();
        AggregateRow {
            at: draft.at,
            effect,
            groups: groups.len(),
            treated: groups.iter().map(|g| self.sample.group(*g).len()).sum(),
            controls: draft
                .cells
                .iter()
                .map(|c| self.counts[*c].1)
                .min()
                .unwrap_or(0),
            is_base: draft.cells.iter().all(|c| self.cells[*c].is_base()),
        }
    }

    fn event_time(&self, cell: usize) -> i64 {
        let cell = &self.cells[cell];
        self.sample.periods[cell.period] - self.sample.groups[cell.group]
    }

    /// The cells of each average.
    fn drafts(&self, kind: Aggregation, window: Window) -> Vec<Draft> {
        let (first, last) = (self.sample.periods[0], self.sample.periods.last());
        let last = *last.unwrap_or(&first);
        let reach = |c: usize| last - self.sample.groups[self.cells[c].group];
        let in_window = |c: usize| {
            let e = self.event_time(c);
            let balanced = window.balance_e.is_none_or(|b| {
                reach(c) >= b && e <= b && (kind != Aggregation::Dynamic || e >= b - last + first)
            });
            let group = self.sample.groups[self.cells[c].group];
            self.estimates[c].is_finite()
                && balanced
                && window.first_group.is_none_or(|first| group >= first)
                && window.max_e.is_none_or(|most| e <= most)
                && (kind != Aggregation::Dynamic || window.min_e.is_none_or(|least| e >= least))
        };
        let at = |c: usize| match kind {
            Aggregation::Simple => 0,
            Aggregation::Dynamic => self.event_time(c),
            Aggregation::Group => self.sample.groups[self.cells[c].group],
            Aggregation::Calendar => self.sample.periods[self.cells[c].period],
        };
        let mut kept: Vec<usize> = (0..self.cells.len())
            .filter(|&c| in_window(c) && (kind == Aggregation::Dynamic || self.event_time(c) >= 0))
            .collect();
        kept.sort_by_key(|c| at(*c));
        kept.chunk_by(|a, b| at(*a) == at(*b))
            .map(|cells| Draft {
                at: (kind != Aggregation::Simple).then(|| at(cells[0])),
                cells: cells.to_vec(),
                target: self.by_group_size(cells),
            })
            .collect()
    }

    /// Mean of cells by size of their groups. A group that is more than once
    /// in it counts so many times. Its weight moves the mean, which gives each
    /// of its units a part in the error besides that in the effects:
    /// `weight·Σ(effect − mean)/Σ weights`.
    fn by_group_size(&self, cells: &[usize]) -> Target {
        let size = |c: usize| self.sample.group_weight(self.cells[c].group);
        let total: f64 = cells.iter().map(|c| size(*c)).sum();
        let estimate = cells
            .iter()
            .map(|&c| self.estimates[c] * size(c) / total)
            .sum();
        let mut shifts: Vec<(usize, f64)> = Vec::new();
        for &c in cells {
            let shift = (self.estimates[c] - estimate) / total;
            match shifts.iter_mut().find(|(g, _)| *g == self.cells[c].group) {
                Some((_, sum)) => *sum += shift,
                None => shifts.push((self.cells[c].group, shift)),
            }
        }
        Target {
            estimate,
            cells: cells.iter().map(|&c| (c, size(c) / total)).collect(),
            shifts,
        }
    }

    fn overall(&self, kind: Aggregation, drafts: &[Draft]) -> Target {
        let after: Vec<&Draft> = drafts
            .iter()
            .filter(|d| kind != Aggregation::Dynamic || d.at.is_some_and(|e| e >= 0))
            .collect();
        let factors: Vec<f64> = if kind == Aggregation::Group {
            let sizes: Vec<f64> = after
                .iter()
                .map(|d| self.sample.group_weight(self.cells[d.cells[0]].group))
                .collect();
            let total: f64 = sizes.iter().sum();
            sizes.iter().map(|s| s / total).collect()
        } else {
            vec![1.0 / after.len() as f64; after.len()]
        };
        if after.is_empty() {
            return Target {
                estimate: f64::NAN,
                ..Target::default()
            };
        }
        let estimate = after
            .iter()
            .zip(&factors)
            .map(|(d, f)| f * d.target.estimate)
            .sum();
        let mut overall = Target {
            estimate,
            ..Target::default()
        };
        for (draft, factor) in after.iter().zip(&factors) {
            let scaled = |parts: &[(usize, f64)]| -> Vec<(usize, f64)> {
                parts.iter().map(|(i, v)| (*i, factor * v)).collect()
            };
            overall.cells.extend(scaled(&draft.target.cells));
            overall.shifts.extend(scaled(&draft.target.shifts));
        }
        if kind == Aggregation::Group {
            let sizes = |g: usize| self.sample.group_weight(g);
            let total: f64 = after
                .iter()
                .map(|d| sizes(self.cells[d.cells[0]].group))
                .sum();
            for draft in &after {
                let group = self.cells[draft.cells[0]].group;
                let shift = (draft.target.estimate - estimate) / total;
                overall.shifts.push((group, shift));
            }
        }
        overall
    }
}
