//! Deliveries: the files that registers come in, and the mapping that says
//! which file and column is what.
//!
//! Raw registers come as a folder of files in several formats, with names in
//! any case, columns that change between years, and deliveries that overlap or
//! repeat. [`Mapping`] is the one place where a project writes down what it
//! was given; [`Kind::fields`] has what each register needs and under which public
//! names it is looked for. A column that cannot be told is an error that names
//! the candidates, never a guess.
//!
//! Files are read in batches, so that what is in memory does not grow with
//! them.

mod columns;
mod fields;
mod files;
mod folder;
mod ids;
mod log;
mod mapping;
mod reader;
mod values;

pub use fields::{Field, FieldKind, Kind};
pub use ids::{Ids, NO_ID};
pub use log::{Correction, ImportLog};
pub use mapping::{Delivery, Encoding, Mapping};
pub(super) use reader::{Reader, Row, Rows};
