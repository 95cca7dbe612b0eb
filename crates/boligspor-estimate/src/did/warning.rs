//! What a reader of a difference in differences must know besides its numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something about the data that changed what could be computed.
///
/// Groups are named by the period of first treatment; a group of `None` is
/// that of the never treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "warning")]
#[non_exhaustive]
pub enum DidWarning {
    /// Units treated in the first period or before have no period without
    /// treatment and are left out.
    AlreadyTreated {
        /// How many units.
        units: usize,
    },
    /// A group has no period before its treatment and anticipation.
    NoBasePeriod {
        /// The group.
        group: i64,
        /// Its units.
        units: usize,
    },
    /// So few units in a group that its errors mean little; with one unit
    /// there is no spread at all.
    SmallGroup {
        /// The group, `None` for the never treated.
        group: Option<i64>,
        /// Its units.
        units: usize,
    },
    /// A cell without treated or controls in one of its two periods.
    EmptyCell {
        /// The group.
        group: i64,
        /// The period.
        period: i64,
        /// Who is missing.
        missing: Missing,
    },
    /// The covariates tell some treated from all controls.
    NoOverlap {
        /// The group.
        group: i64,
        /// The period.
        period: i64,
    },
    /// The covariates are collinear among the units of the cell.
    SingularCell {
        /// The group.
        group: i64,
        /// The period.
        period: i64,
    },
    /// Some units are not seen in every period.
    Unbalanced {
        /// How many units.
        units: usize,
        /// Whether they were left out.
        dropped: bool,
    },
    /// Nobody is never treated: the group treated last serves as control
    /// only, and periods from its treatment (and anticipation) on are left out.
    LastGroupAsControl {
        /// The group.
        group: i64,
        /// Periods left out.
        periods: usize,
    },
    /// So few clusters that asymptotic errors are too small.
    FewClusters {
        /// How many clusters.
        clusters: usize,
    },
    /// Cells that could not be computed are missing from an average.
    CellsLeftOut {
        /// How many cells.
        cells: usize,
    },
}

/// Who is missing from an empty cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// No treated units.
    Treated,
    /// No controls.
    Controls,
}

impl DidWarning {
    /// The group and period of the cell concerned, if it is one cell.
    pub fn cell(&self) -> Option<(i64, i64)> {
        match *self {
            Self::EmptyCell { group, period, .. }
            | Self::NoOverlap { group, period }
            | Self::SingularCell { group, period } => Some((group, period)),
            _ => None,
        }
    }

    /// A short name of the kind, the same in every language.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AlreadyTreated { .. } => "already-treated",
            Self::NoBasePeriod { .. } => "no-base-period",
            Self::SmallGroup { .. } => "small-group",
            Self::EmptyCell { .. } => "empty-cell",
            Self::NoOverlap { .. } => "no-overlap",
            Self::SingularCell { .. } => "singular-cell",
            Self::Unbalanced { .. } => "unbalanced",
            Self::LastGroupAsControl { .. } => "last-group-as-control",
            Self::FewClusters { .. } => "few-clusters",
            Self::CellsLeftOut { .. } => "cells-left-out",
        }
    }
}

impl fmt::Display for DidWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::AlreadyTreated { units } => write!(
                f,
                "{units} units are treated in the first period or before and were left out; if \
                 their first_treated is a code for never treated, make it null or 0"
            ),
            Self::NoBasePeriod { group, units } => write!(
                f,
                "group {group} ({units} units) has no period before its treatment and \
                 anticipation, so it has no estimates"
            ),
            Self::SmallGroup { group, units } => {
                match group {
                    Some(group) => write!(f, "group {group} has ")?,
                    None => write!(f, "the never treated are ")?,
                }
                if units == 1 {
                    write!(f, "one unit: its effects have no spread to judge them by")
                } else {
                    write!(
                        f,
                        "only {units} units: their standard errors are unreliable"
                    )
                }
            }
            Self::EmptyCell {
                group,
                period,
                missing,
            } => write!(
                f,
                "group {group} in period {period} has no {} and was not computed",
                match missing {
                    Missing::Treated => "treated units",
                    Missing::Controls => "controls",
                }
            ),
            Self::NoOverlap { group, period } => write!(
                f,
                "group {group} in period {period} was not computed: the covariates tell some of \
                 its units from all controls; use fewer covariates or method \"reg\""
            ),
            Self::SingularCell { group, period } => write!(
                f,
                "group {group} in period {period} was not computed: its covariates are collinear \
                 among the controls, or there are fewer controls than covariates"
            ),
            Self::Unbalanced { units, dropped } => {
                write!(f, "{units} units are not seen in every period; ")?;
                if dropped {
                    write!(f, "they were left out")
                } else {
                    write!(
                        f,
                        "cells compare means of the rows seen in their two periods, so that who \
                         is seen may change between them"
                    )
                }
            }
            Self::LastGroupAsControl { group, periods } => write!(
                f,
                "nobody is never treated: group {group}, treated last, serves as control only, \
                 and {periods} periods from then on were left out"
            ),
            Self::FewClusters { clusters } => write!(
                f,
                "only {clusters} clusters: asymptotic standard errors are too small below about \
                 40; sun_abraham and twfe have small_cluster() with CR2 and the wild bootstrap"
            ),
            Self::CellsLeftOut { cells } => write!(
                f,
                "{cells} cells that could not be computed are missing from the averages"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_named_by_group_and_period() {
        let warning = DidWarning::SingularCell {
            group: 2006,
            period: 2004,
        };
        assert_eq!(warning.cell(), Some((2006, 2004)));
        let text = warning.to_string();
        assert!(text.contains("group 2006 in period 2004"));
    }

    #[test]
    fn a_group_of_one_is_said_to_have_no_spread() {
        let warning = DidWarning::SmallGroup {
            group: Some(2010),
            units: 1,
        };
        assert!(warning.to_string().contains("one unit"));
    }
}
