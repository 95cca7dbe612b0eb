//! The Danish registers: from deliveries to the tables of [`Table`](super::Table).
//!
//! Each register has its traps (docs/registers.md): a snapshot is no spell, a
//! technical check-in is no arrival, a code means another municipality before
//! 2007. What is done about each is an option here with a documented default,
//! and every row it touches is counted in the [`ImportLog`](super::deliveries::ImportLog).

mod dream;
mod frames;
mod import;
mod options;
mod overrides;
mod people;
mod reform;
mod residence;
mod services;
mod shelter;
mod spells;
mod stay;
mod write;

#[cfg(test)]
mod tests;

pub use dream::CodeGroup;
pub use import::{RegisterImport, import_registers, import_registers_with};
pub use options::{
    BopEnd, HospitalOptions, OneDay, OpenStay, Options, PeopleKept, ResidenceOptions, Road,
    ShelterOptions, SpellOptions, StayType,
};
pub use overrides::Override;
pub use residence::Uncertainty;
pub use services::Coverage;
pub use shelter::{Effect, Step};
