//! Boligspor follows people from homelessness into a home, in register data,
//! and says what happened: how many kept a home, what it cost before and
//! after, and how municipalities compare.
//!
//! The way through the crate is one way, room by room:
//!
//! ```text
//! tables ──► register ──► timeline ──► cohort ──► analysis ──► result
//! (polars)   contract     one state    who, from   observe      report
//!            + rules      per day      when, why   + merge
//! ```
//!
//! Imports run downwards only: [`study`] → analyses ([`retention`], [`days`],
//! [`returns`], [`groups`], [`costs`], [`municipality`]) → [`cohort`] → [`timeline`] → [`register`] → [`calendar`].
//! The estimators on plain slices are the crate [`estimate`].

pub use boligspor_chart as chart;
pub use boligspor_disclosure as disclosure;
pub use boligspor_estimate as estimate;

pub mod calendar;
pub mod cohort;
pub mod costs;
pub mod days;
mod docx;
pub mod effect;
pub mod error;
pub mod groups;
pub mod interrupt;
pub mod lang;
mod level;
pub mod municipality;
pub mod register;
pub mod release;
pub mod retention;
pub mod returns;
pub mod sheet;
mod staging;
pub mod state;
pub mod study;
#[cfg(test)]
mod testing;
mod tidy;
pub mod timeline;
mod words;

pub use calendar::Day;
pub use error::{Error, Result};
pub use interrupt::Interrupt;
pub use lang::Lang;
pub use register::Register;
pub use state::{Precedence, State};

/// The confidence level of every interval whose level is not chosen.
pub const LEVEL: f64 = 0.95;
