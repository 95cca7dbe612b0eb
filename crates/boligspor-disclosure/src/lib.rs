//! Disclosure control for everything that leaves together.
//!
//! Tables that are safe one by one leak together: a shown margin gives back a
//! suppressed cell, two groupings differ by one person, last year's release
//! subtracts from this year's. So the unit here is the *bundle*: every number
//! about to be published, and every number published before, as combinations
//! of the same atomic cells.
//!
//! This crate knows no registers and no polars: it compiles in seconds and can
//! be audited alone.

mod blocks;
mod bounds;
mod bundle;
mod certificate;
mod certify;
mod check;
mod clear;
mod curve;
mod describe;
mod error;
mod figures;
mod lang;
mod ledger;
mod model;
mod percentile;
mod policy;
mod population;
mod primary;
mod repair;
mod request;
pub mod ro_crate;
mod rows;
mod shown;
mod simplex;
mod support;
mod suppress;
mod worlds;
mod write;

pub use bundle::{Bundle, CellId};
pub use certificate::{BlockProof, Certificate, Exposed, Proof};
pub use certify::{Verdict, certify};
pub use check::check;
pub use clear::{Cleared, ReleasedNumber, clear};
pub use curve::{CurveStep, Exit, StepCurve};
pub use error::{ClearError, Result};
pub use figures::{Condition, Family, Figure, Figures, Memory, Money, Trait};
pub use lang::Lang;
pub use ledger::{Ledger, LedgerNumber};
pub use model::Models;
pub use percentile::neighbour_means;
pub use policy::{Dominance, Mark, Policy, Rounding, Source, Zeros};
pub use population::{AmountColumn, Attribute, Group, Population};
pub use primary::Why;
pub use request::Request;
pub use rows::{Guard, Measure, PublicRows, Row, Target};
pub use shown::Shown;
pub use support::Support;
pub use write::{RELEASED, REVIEW, check_folder};
