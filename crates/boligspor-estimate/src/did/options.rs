//! What a difference in differences is told besides its rows.

use serde::{Deserialize, Serialize};

/// Who stands for what would have happened without treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Units that are never treated within the data.
    #[default]
    Never,
    /// Also units treated later than the period looked at (and than the
    /// anticipation that precedes their treatment).
    NotYet,
}

/// The period that a change is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Before treatment the period just before the one looked at; from
    /// treatment on the last period before treatment and its anticipation.
    #[default]
    Varying,
    /// The last period before treatment and its anticipation, throughout.
    Universal,
}

/// How treated and controls are made alike in the covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Doubly robust: right if either of the two models is (Sant'Anna & Zhao 2020).
    #[default]
    Dr,
    /// Inverse-probability weights, normalised (Abadie 2005, Hájek's form).
    Ipw,
    /// Regression of the controls' change on the covariates (Heckman,
    /// Ichimura & Todd 1997).
    Reg,
}

/// What to do with units that are not seen in every period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unbalanced {
    /// Use every row: a cell compares means of periods, and a unit's rows are
    /// kept together in the variance (`allow_unbalanced_panel = TRUE` in R).
    #[default]
    UseAllRows,
    /// Leave such units out, with a warning (R's default).
    DropUnits,
}

/// Options of [`att_gt`](super::att_gt); the defaults are those of R's did.
///
/// ```
/// use boligspor_estimate::did::{AttGtOptions, Control};
/// let options = AttGtOptions { control: Control::NotYet, ..AttGtOptions::default() };
/// assert_eq!(options.anticipation, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttGtOptions {
    /// The comparison group.
    pub control: Control,
    /// How many periods before treatment its effects may begin.
    pub anticipation: u32,
    /// The base period.
    pub base: Base,
    /// How covariates are used; without covariates all methods are one.
    pub method: Method,
    /// What to do with units not seen in every period.
    pub unbalanced: Unbalanced,
    /// Level of intervals and bands.
    pub level: f64,
    /// Multiplier-bootstrap replicates for errors and bands; by default errors
    /// are analytic and bands simulated from their covariance.
    pub bootstrap: Option<usize>,
    /// Seed of the bootstrap and of the simulated bands.
    pub seed: u64,
}

impl Default for AttGtOptions {
    fn default() -> Self {
        Self {
            control: Control::default(),
            anticipation: 0,
            base: Base::default(),
            method: Method::default(),
            unbalanced: Unbalanced::default(),
            level: 0.95,
            bootstrap: None,
            seed: 0,
        }
    }
}
