//! What municipalities are called in a result.

use std::collections::{BTreeMap, BTreeSet};

use crate::register::{Municipality, Register, Table};

/// The name of each municipality code in a result.
///
/// Anonymous labels (`K01`, `K02`, …) are stable within a study: the same
/// register gives the same labels, whichever analysis asks. They follow the
/// order of a hash keyed by the identifiers of all persons, so that no one
/// without the microdata can work them out, or tell them from an order by
/// code, size or result.
#[derive(Clone, Debug)]
pub(crate) struct Labels(BTreeMap<String, String>);

impl Labels {
    pub(crate) fn new(register: &Register, anonymous: bool) -> Self {
        let codes = codes(register);
        if !anonymous {
            let named = |code: &String| match name(register, code) {
                Some(name) => format!("{name} ({code})"),
                None => code.clone(),
            };
            return Self(codes.iter().map(|c| (c.clone(), named(c))).collect());
        }
        let mut key = blake3::Hasher::new_derive_key("boligspor municipality labels 1");
        for person in 0..register.people().len() {
            key.update(&register.person_key(person as u32).to_le_bytes());
        }
        let key = *key.finalize().as_bytes();
        let mut order: Vec<_> = codes
            .into_iter()
            .map(|code| (*blake3::keyed_hash(&key, code.as_bytes()).as_bytes(), code))
            .collect();
        order.sort_unstable();
        let digits = order.len().to_string().len().max(2);
        Self(
            order
                .into_iter()
                .enumerate()
                .map(|(i, (_, code))| (code, format!("K{:0digits$}", i + 1)))
                .collect(),
        )
    }

    /// Every code that has a label.
    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The label of a code; a missing code is called so.
    pub(crate) fn of<'a>(&'a self, code: &'a str) -> &'a str {
        self.0.get(code).map_or("missing", String::as_str)
    }
}

/// The tables that name municipalities as what they are about.
const TABLES: [Table; 8] = [
    Table::Placements,
    Table::Municipalities,
    Table::Counts,
    Table::Capacity,
    Table::Allocations,
    Table::Assessments,
    Table::SecondAssessments,
    Table::Context,
];

/// Every code that any table of the register names.
fn codes(register: &Register) -> BTreeSet<String> {
    TABLES
        .into_iter()
        .filter_map(|table| {
            register
                .frame(table)?
                .column("municipality")
                .ok()?
                .str()
                .ok()
                .cloned()
        })
        .flat_map(|codes| {
            codes
                .iter()
                .flatten()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

/// A municipality's name: from the `municipalities` table, or the shipped list.
fn name(register: &Register, code: &str) -> Option<String> {
    let own = || {
        let frame = register.frame(Table::Municipalities)?;
        let codes = frame.column("municipality").ok()?.str().ok()?;
        let names = frame.column("name").ok()?.str().ok()?;
        let row = codes.iter().position(|c| c == Some(code))?;
        names.get(row).map(str::to_owned)
    };
    own().or_else(|| Municipality::of(code).map(|m| m.name.to_owned()))
}
