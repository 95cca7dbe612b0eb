//! The last room: a study file, read and checked, run from tables to report.
//!
//! A study is a versioned TOML file that names the tables, the cohort, the
//! definitions and the outputs. It is read ([`Study`]), checked against what
//! is there ([`Plan`]), run ([`Plan::run`]) and written ([`Outcome::write`]).
//! The command and the Python package both go this way, so a study gives the
//! same bytes whoever runs it.
//!
//! ```no_run
//! use boligspor::study::{Plan, Watch};
//!
//! let plan = Plan::read("data-samples/odense_like/study.toml".as_ref())?;
//! let mut watch = Watch::default();
//! let outcome = plan.run(&mut watch)?;
//! println!("{}", outcome.retention()[0].table());
//! let internal = false; // the uncleared results only when asked for
//! outcome.write("results".as_ref(), internal, &mut watch)?;
//! # Ok::<(), boligspor::Error>(())
//! ```

mod charts;
mod frames;
mod keys;
mod manifest;
mod municipal;
mod place;
mod plan;
mod progress;
mod read;
#[cfg(test)]
mod reference;
mod release;
mod report;
mod run;
mod schema;
mod spec;
mod tables;
mod view;
mod who_pays;
use crate::words;
mod write;

pub use manifest::Written;
pub use plan::Plan;
pub use progress::{Progress, Stage, Watch};
pub use release::Export;
pub use run::{InputHash, Outcome};
pub use schema::{json_schema, json_schema_text};
pub use spec::{
    About, ChartFormat, Compare, Inputs, Outputs, ReleaseSpec, Study, TableFormat, Timeline,
    VERSION,
};
