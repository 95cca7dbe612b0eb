//! Which group is compared with whom, in which period, from which base.

use std::ops::Range;

use super::sample::Sample;
use super::{AttGtOptions, Base, Control};

/// One group in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) group: usize,
    pub(super) period: usize,
    pub(super) base: usize,
    /// Groups that serve as controls, in one or two ranges.
    pub(super) controls: Vec<Range<usize>>,
}

impl Cell {
    /// Whether the period is the base itself, where the effect is zero by
    /// definition.
    pub(super) fn is_base(&self) -> bool {
        self.period == self.base
    }
}

/// All cells, by group and period.
pub(super) fn cells(sample: &Sample, options: &AttGtOptions) -> Vec<Cell> {
    let periods = &sample.periods;
    let anticipation = i64::from(options.anticipation);
    let never = sample.groups.len();
    let treated = never - usize::from(sample.last_is_control);
    let mut cells = Vec::new();
    for (g, &first_treated) in sample.groups.iter().enumerate().take(treated) {
        let before = periods.partition_point(|t| t + anticipation < first_treated);
        let Some(last_before) = before.checked_sub(1) else {
            continue;
        };
        let from = usize::from(options.base == Base::Varying);
        for t in from..periods.len() {
            let base = if options.base == Base::Universal || periods[t] >= first_treated {
                last_before
            } else {
                t - 1
            };
            let reached = match options.base {
                Base::Universal => periods[t.max(base)],
                Base::Varying => periods[t],
            };
            let later = match options.control {
                Control::Never => never,
                Control::NotYet => sample
                    .groups
                    .partition_point(|&h| h <= reached + anticipation),
            };
            let end = never + 1;
            let controls = if (later..end).contains(&g) {
                vec![later..g, g + 1..end]
            } else {
                std::iter::once(later..end).collect()
            };
            cells.push(Cell {
                group: g,
                period: t,
                base,
                controls: controls.into_iter().filter(|r| !r.is_empty()).collect(),
            });
        }
    }
    cells
}
