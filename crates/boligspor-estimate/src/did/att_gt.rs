//! Group-time effects: what treatment did to each group in each period.
//!
//! With treatment that begins in different periods, a regression on fixed
//! effects compares the newly treated with the treated, and its coefficient can
//! have the wrong sign. Here each group is compared, period by period, with
//! units that are not treated, and averages are taken afterwards, by weights
//! that are said (see [`AttGt::aggregate`]).
//!
//! Source: Callaway & Sant'Anna (2021), "Difference-in-differences with multiple
//! time periods", *Journal of Econometrics* 225; conventions are those of R's
//! did 2.3.0.

use std::ops::Range;

use rayon::prelude::*;

use crate::chi_squared::ChiSquared;
use crate::error::{EstimateError, Result, valid_level};
use crate::interval::normal_quantile;
use crate::linear::{Ldl, dot};

use super::cells::{Cell, cells};
use super::design::{Arms, Design, Fault};
use super::influence::{Influence, Spread, Target, spread};
use super::repeated::Repeated;
use super::sample::{DidData, Layout, Sample};
use super::simultaneous::errors;
use super::warning::Missing;
use super::{AttGtOptions, DidWarning, EffectEstimate};

/// The effect on one group in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupTime {
    /// When the group is first treated.
    pub group: i64,
    /// The period looked at.
    pub period: i64,
    /// The period it is compared with.
    pub base: i64,
    /// The effect with its errors; NaN where the cell could not be computed.
    /// In the base period itself the effect is 0 by definition, without error.
    pub effect: EffectEstimate,
    /// Treated units seen in both periods (rows, in cross-sections).
    pub treated: usize,
    /// Controls likewise.
    pub controls: usize,
}

impl GroupTime {
    /// Periods since first treatment; negative before it.
    pub fn event_time(&self) -> i64 {
        self.period - self.group
    }

    /// Whether the period is the base, where the effect is zero by definition.
    pub fn is_base(&self) -> bool {
        self.period == self.base
    }
}

/// Which periods a pre-trend test looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PreTrend {
    /// All before first treatment, anticipation included (R's did).
    #[default]
    BeforeTreatment,
    /// Those before the anticipation begins.
    BeforeAnticipation,
}

/// Group-time effects with what is needed to average them. Made by [`att_gt`].
pub struct AttGt {
    pub(super) sample: Sample,
    pub(super) cells: Vec<Cell>,
    pub(super) estimates: Vec<f64>,
    pub(super) influences: Vec<Influence>,
    pub(super) counts: Vec<(usize, usize)>,
    pub(super) options: AttGtOptions,
    warnings: Vec<DidWarning>,
}

impl std::fmt::Debug for AttGt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttGt")
            .field("units", &self.sample.units())
            .field("cells", &self.cells.len())
            .finish_non_exhaustive()
    }
}

/// Estimates the effect on each group in each period.
///
/// Rows may come in any order. A panel without gaps is analysed by changes
/// within units, with covariates (and weights) of the earlier of the two periods
/// compared; a panel with gaps, and cross-sections, by means of rows. Errors are
/// clustered by unit, and by `cluster` where one is given. Cells that cannot be
/// computed are NaN, each with a warning; the rest is computed.
///
/// # Errors
/// Columns of different length or not finite; a code for the never treated that
/// would drop them; a first treatment or a cluster that changes within a unit;
/// two rows of a unit in a period; nobody treated, or nobody to compare with.
///
/// ```
/// use boligspor_estimate::did::{AttGtOptions, DidData, att_gt};
/// // Two treated in 2021, two never; the treated gain 3, the others 1.
/// let data = DidData {
///     unit: Some(&[1, 1, 2, 2, 3, 3, 4, 4]),
///     period: &[2020, 2021, 2020, 2021, 2020, 2021, 2020, 2021],
///     first_treated: &[2021, 2021, 2021, 2021, 0, 0, 0, 0],
///     outcome: &[1.0, 4.0, 2.0, 5.0, 1.0, 2.0, 3.0, 4.0],
///     ..DidData::default()
/// };
/// let fit = att_gt(&data, &AttGtOptions::default())?;
/// assert_eq!(fit.cells()[0].effect.estimate, 2.0);
/// # Ok::<(), boligspor_estimate::EstimateError>(())
/// ```
pub fn att_gt(data: &DidData<'_>, options: &AttGtOptions) -> Result<AttGt> {
    valid_level(options.level)?;
    if options.bootstrap.is_some_and(|b| b < 2) {
        return Err(EstimateError::OutOfRange {
            argument: "bootstrap",
            requirement: "two replicates or more, usually 999",
        });
    }
    let (mut sample, mut warnings) = Sample::new(data, options)?;
    let cells = cells(&sample, options);
    let found = match &sample.layout {
        Layout::Wide { .. } => wide(&sample, &cells, options),
        Layout::Long { .. } => long(&sample, &cells, options),
    };
    let (mut estimates, mut influences, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for (cell, found) in cells.iter().zip(found) {
        let (group, period) = (sample.groups[cell.group], sample.periods[cell.period]);
        counts.push(found.counts);
        match found.outcome {
            Ok((estimate, influence)) => {
                estimates.push(estimate);
                influences.push(influence);
            }
            Err(fault) => {
                warnings.push(warning(group, period, fault));
                estimates.push(f64::NAN);
                influences.push(Influence::default());
            }
        }
    }
    // The outcomes are spent, and the largest part of what is held.
    sample.layout = Layout::Wide {
        y: Vec::new(),
        x: Vec::new(),
        w: None,
    };
    Ok(AttGt {
        sample,
        cells,
        estimates,
        influences,
        counts,
        options: *options,
        warnings,
    })
}

fn warning(group: i64, period: i64, fault: Fault) -> DidWarning {
    let empty = |missing| DidWarning::EmptyCell {
        group,
        period,
        missing,
    };
    match fault {
        Fault::NoTreated => empty(Missing::Treated),
        Fault::NoControls => empty(Missing::Controls),
        Fault::NoOverlap => DidWarning::NoOverlap { group, period },
        Fault::Singular => DidWarning::SingularCell { group, period },
    }
}

/// A cell's estimate with its influences, or why there is none.
struct Found {
    counts: (usize, usize),
    outcome: std::result::Result<(f64, Influence), Fault>,
}

fn base(counts: (usize, usize)) -> Found {
    Found {
        counts,
        outcome: Ok((0.0, Influence::default())),
    }
}

/// The units of a cell, the treated first.
fn runs(sample: &Sample, cell: &Cell) -> Vec<Range<usize>> {
    let controls = cell
        .controls
        .iter()
        .map(|groups| sample.start[groups.start]..sample.start[groups.end]);
    std::iter::once(sample.group(cell.group))
        .chain(controls)
        .collect()
}

/// Cells of a panel without gaps. Those that share treated, controls and
/// covariates share a design.
fn wide(sample: &Sample, cells: &[Cell], options: &AttGtOptions) -> Vec<Found> {
    let Layout::Wide { y, x, w } = &sample.layout else {
        return Vec::new();
    };
    let units = sample.units();
    let fixed = x.iter().chain(w).all(super::sample::Column::is_fixed);
    let as_of = |cell: &Cell| if fixed { 0 } else { cell.period.min(cell.base) };
    let mut order: Vec<usize> = (0..cells.len()).collect();
    let key = |c: usize| (cells[c].group, &cells[c].controls, as_of(&cells[c]));
    order.sort_by(|a, b| {
        let (g, c, t) = key(*a);
        let (h, d, u) = key(*b);
        (g, t)
            .cmp(&(h, u))
            .then_with(|| {
                c.iter()
                    .map(|r| (r.start, r.end))
                    .cmp(d.iter().map(|r| (r.start, r.end)))
            })
            .then(a.cmp(b))
    });
    let shared: Vec<&[usize]> = order.chunk_by(|a, b| key(*a) == key(*b)).collect();
    let found: Vec<Vec<(usize, Found)>> = shared
        .into_par_iter()
        .map(|members| {
            let cell = &cells[members[0]];
            let runs = runs(sample, cell);
            let treated = runs[0].len();
            let controls = runs[1..].iter().map(ExactSizeIterator::len).sum();
            let counts = (treated, controls);
            let gather = |column: &[f64]| -> Vec<f64> {
                runs.iter()
                    .flat_map(|r| &column[r.clone()])
                    .copied()
                    .collect()
            };
            let period = as_of(cell);
            let arms = Arms {
                treated,
                weight: w.as_ref().map_or_else(
                    || vec![1.0; treated + controls],
                    |w| gather(w.at(period, units)),
                ),
                x: x.iter().map(|x| gather(x.at(period, units))).collect(),
            };
            let design = Design::new(arms, options.method);
            members
                .par_iter()
                .map(|&c| {
                    let cell = &cells[c];
                    if cell.is_base() {
                        return (c, base(counts));
                    }
                    let outcome = design.as_ref().map_err(|fault| *fault).map(|design| {
                        let late = &y[cell.period * units..][..units];
                        let early = &y[cell.base * units..][..units];
                        let mut change = Vec::with_capacity(treated + controls);
                        for run in &runs {
                            let pairs = late[run.clone()].iter().zip(&early[run.clone()]);
                            change.extend(pairs.map(|(l, e)| l - e));
                        }
                        let effect = design.effect(&mut change);
                        let units = runs.clone();
                        let values = change;
                        (effect, Influence { units, values })
                    });
                    (c, Found { counts, outcome })
                })
                .collect()
        })
        .collect();
    let mut found: Vec<(usize, Found)> = found.into_iter().flatten().collect();
    found.sort_by_key(|(c, _)| *c);
    found.into_iter().map(|(_, found)| found).collect()
}

/// Cells of cross-sections and of panels with gaps.
fn long(sample: &Sample, cells: &[Cell], options: &AttGtOptions) -> Vec<Found> {
    let Layout::Long {
        start,
        y,
        x,
        w,
        unit,
    } = &sample.layout
    else {
        return Vec::new();
    };
    let periods = sample.periods.len();
    cells
        .par_iter()
        .map(|cell| {
            let mut rows = Vec::new();
            let mut later = Vec::new();
            let mut counts = [[0; 2]; 2];
            let groups = std::iter::once(cell.group).chain(cell.controls.iter().cloned().flatten());
            for group in groups {
                for (late, period) in [(false, cell.base), (true, cell.period)] {
                    let at = group * periods + period;
                    rows.extend(start[at]..start[at + 1]);
                    later.resize(rows.len(), late);
                    counts[usize::from(group != cell.group)][usize::from(late)] +=
                        start[at + 1] - start[at];
                }
            }
            let treated = counts[0][0] + counts[0][1];
            // Seen in a period at all; in a panel with gaps fewer are in both.
            let counts = (
                counts[0][0].min(counts[0][1]),
                counts[1][0].min(counts[1][1]),
            );
            if cell.is_base() {
                return base(counts);
            }
            let pick = |column: &[f64]| -> Vec<f64> { rows.iter().map(|r| column[*r]).collect() };
            let outcome = pick(y);
            let comparison = Repeated {
                arms: Arms {
                    treated,
                    weight: w
                        .as_ref()
                        .map_or_else(|| vec![1.0; rows.len()], |w| pick(w)),
                    x: x.iter().map(|x| pick(x)).collect(),
                },
                outcome: &outcome,
                later: &later,
            };
            let outcome = comparison.effect(options.method).map(|(effect, by_row)| {
                let units = runs(sample, cell);
                let mut values = vec![0.0; units.iter().map(ExactSizeIterator::len).sum()];
                for (row, value) in rows.iter().zip(by_row) {
                    let unit = unit[*row] as usize;
                    let mut before = 0;
                    for run in &units {
                        if run.contains(&unit) {
                            values[before + unit - run.start] += value;
                            break;
                        }
                        before += run.len();
                    }
                }
                (effect, Influence { units, values })
            });
            Found { counts, outcome }
        })
        .collect()
}

impl AttGt {
    /// What the reader must know about the data and the cells.
    pub fn warnings(&self) -> &[DidWarning] {
        &self.warnings
    }

    /// The options it was made with.
    pub fn options(&self) -> &AttGtOptions {
        &self.options
    }

    /// How many units (rows, in cross-sections) were used.
    pub fn units(&self) -> usize {
        self.sample.units()
    }

    /// How many clusters errors allow for, if any were declared.
    pub fn clusters(&self) -> Option<usize> {
        self.sample.clusters.as_ref().map(|c| c.keys.len())
    }

    /// Effects by group and period, with pointwise intervals and a band that
    /// holds for all of them at once.
    pub fn cells(&self) -> Vec<GroupTime> {
        let targets = self.each_cell();
        let spread = self.spread(&targets);
        let errors = errors(
            &spread,
            &vec![true; targets.len()],
            self.options.level,
            self.options.seed,
        );
        let z = normal_quantile(0.5 + self.options.level / 2.0);
        self.cells
            .iter()
            .enumerate()
            .map(|(c, cell)| GroupTime {
                group: self.sample.groups[cell.group],
                period: self.sample.periods[cell.period],
                base: self.sample.periods[cell.base],
                effect: EffectEstimate::new(
                    self.estimates[c],
                    errors.std_error[c],
                    z,
                    errors.critical,
                ),
                treated: self.counts[c].0,
                controls: self.counts[c].1,
            })
            .collect()
    }

    /// Wald's test that all effects before treatment are zero, with analytic
    /// errors; `None` if there is no period before.
    ///
    /// Effects that are combinations of others are left out of the degrees of
    /// freedom. Passing it is no proof of parallel trends (Roth 2022, *American
    /// Economic Review: Insights* 4): its power may be small, and what comes
    /// after may differ.
    pub fn pre_trend(&self, periods: PreTrend) -> Option<ChiSquared> {
        let ahead = match periods {
            PreTrend::BeforeTreatment => 0,
            PreTrend::BeforeAnticipation => i64::from(self.options.anticipation),
        };
        let before: Vec<usize> = (0..self.cells.len())
            .filter(|&c| {
                let cell = &self.cells[c];
                let first_treated = self.sample.groups[cell.group];
                self.sample.periods[cell.period] + ahead < first_treated
                    && !cell.is_base()
                    && self.estimates[c].is_finite()
            })
            .collect();
        let targets: Vec<Target> = before.iter().map(|c| self.cell_target(*c)).collect();
        let k = targets.len();
        let spread = spread(&self.sample, &self.influences, &targets, 0, 0);
        // Scaled to correlations, so that what is redundant is seen as such.
        let scale: Vec<f64> = (0..k).map(|t| spread.std_error(t)).collect();
        let kept: Vec<usize> = (0..k).filter(|t| scale[*t] > 0.0).collect();
        let m = kept.len();
        let mut correlation = vec![0.0; m * m];
        for (a, &i) in kept.iter().enumerate() {
            for (b, &j) in kept.iter().enumerate() {
                correlation[a * m + b] = spread.covariance[i * k + j] / (scale[i] * scale[j]);
            }
        }
        let z: Vec<f64> = kept
            .iter()
            .map(|&t| targets[t].estimate / scale[t])
            .collect();
        let factored = Ldl::of(&correlation, m);
        (factored.rank() > 0)
            .then(|| ChiSquared::new(dot(&z, &factored.solve(&z)), factored.rank()))
    }

    pub(super) fn spread(&self, targets: &[Target]) -> Spread {
        spread(
            &self.sample,
            &self.influences,
            targets,
            self.options.bootstrap.unwrap_or(0),
            self.options.seed,
        )
    }

    fn each_cell(&self) -> Vec<Target> {
        (0..self.cells.len()).map(|c| self.cell_target(c)).collect()
    }

    fn cell_target(&self, cell: usize) -> Target {
        Target {
            estimate: self.estimates[cell],
            cells: vec![(cell, 1.0)],
            shifts: Vec::new(),
        }
    }
}
