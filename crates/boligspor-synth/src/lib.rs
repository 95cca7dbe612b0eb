//! Synthetic registers with planted truth.
//!
//! An evaluation is trusted when its estimators have been seen to recover a
//! truth that was known beforehand. This crate makes such registers: people,
//! placements, stays and costs drawn from a documented multi-state model, in
//! the tables Boligspor reads, together with the exact answers ([`Truth`]) that
//! a correct estimator should find within its error.
//!
//! Everything is invented. Municipality codes and names are a code list; no
//! figure in a synthetic register describes a real place or person.
//!
//! - [`Spec`] says what to make: how many people, where, when, with which
//!   effects and which planted errors ([`Dirt`]).
//! - [`generate`] makes the tables in memory; [`write`] streams them to Parquet
//!   at any size. Same spec, same bytes, at any thread count.
//! - [`write_registers`] writes the same people as raw registers, with their dirt.
//! - [`Truth::of`] computes the truth from the model's transition probabilities
//!   by matrix products, without simulation.
//!
//! ```
//! use boligspor_synth::{Spec, Truth, generate};
//!
//! let spec = Spec::cohort(500, 1);
//! let registers = generate(&spec)?;
//! assert_eq!(registers.placements.height(), 500);
//!
//! let truth = Truth::of(&spec)?;
//! let peak = truth.costs_by_relative_year.iter().max_by(|a, b| {
//!     a.mean_per_person.total_cmp(&b.mean_per_person)
//! });
//! assert_eq!(peak.map(|year| year.year), Some(0));
//! # Ok::<(), boligspor_synth::Error>(())
//! ```

mod area;
mod career;
pub mod codes;
mod cost;
mod day;
mod dirt;
mod error;
mod frames;
mod generate;
mod model;
mod municipality;
mod place;
mod random;
mod registers;
mod rows;
mod samples;
mod services;
mod spec;
mod truth;

pub use cost::price_index;
pub use dirt::{Dirt, Planted};
pub use error::{Error, Result};
pub use generate::{Registers, Summary, generate, write};
pub use registers::{RegisterSummary, write_registers};
pub use samples::write_samples;
pub use spec::{Effects, Spec};
pub use truth::{MunicipalTruth, Retention, Truth, YearCost, YearEffect};
