//! The third room: who, from when, for how long, and why.

mod spec;

pub use spec::{CohortSpec, Inclusion, TimeZero, Which};
