//! The last room: a study file, read and checked, run from tables to report.
//!
//! A study is a versioned TOML file that names the tables, the cohort, the
//! definitions and the outputs. It is read ([`Study`]), checked against what
//! is there ([`Plan`]), run ([`Plan::run`]) and written ([`Outcome::write`]).
//! The command and the Python package both go this way, so a study gives the
//! same bytes whoever runs it.

mod keys;
mod place;
mod plan;
mod read;
mod schema;
mod spec;

pub use plan::Plan;
pub use schema::{json_schema, json_schema_text};
pub use spec::{
    About, ChartFormat, Compare, Inputs, Outputs, Study, TableFormat, Timeline, VERSION,
};
