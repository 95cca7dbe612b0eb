//! R107.

use polars::prelude::Series;

use super::{At, Findings, Meta, Rule, rule};
use crate::register::context::Context;
use crate::register::group;
use crate::register::options::Duplicates;
use crate::register::report::Severity;
use crate::register::roster::NOBODY;
use crate::register::table::Table;

/// A row repeats another in everything the contract names.
///
/// ## Why is this bad?
/// Deliveries overlap and repeat: last year's file has this year's January
/// again. A stay twice is harmless, money twice is not.
///
/// ## What to do
/// Leave out repeated rows where the delivery repeats itself. Repeated stays are
/// left out, since a day is a day however often it is told. Repeated costs are
/// kept, since two equal payments on one day do occur; where the delivery is
/// known to repeat rows, set `duplicate_costs = "drop"` in the check options.
///
/// ## Example
/// | person | date | category | amount |
/// |--------|------|----------|--------|
/// | 1 | 2023-05-01 | shelter | 1200 |
/// | 1 | 2023-05-01 | shelter | 1200 |
pub(super) struct DuplicateRow;

impl Rule for DuplicateRow {
    fn meta(&self) -> Meta {
        rule("R107", "duplicate-row", Severity::Warning)
    }

    fn check(&self, context: &Context, findings: &mut Findings) {
        for table in [Table::Stays, Table::Costs, Table::Services] {
            let Some(rows) = repeated(context, table) else {
                continue;
            };
            let hint = match (table, context.options.duplicate_costs) {
                (Table::Costs, Duplicates::Keep) => {
                    "they are kept and count; set `duplicate_costs` to `drop` where the delivery repeats itself"
                }
                (Table::Services, _) => {
                    "they are kept and count; leave out what the delivery repeats"
                }
                _ => "they are left out",
            };
            findings.add(At::table(context, table, rows), "repeat another row", hint);
        }
    }
}

/// Rows that repeat another of the same person in every column of the contract.
fn repeated(context: &Context, table: Table) -> Option<usize> {
    let people = context.people(table)?;
    let loaded = context.table(table)?;
    // One 64-bit number for each row: equal rows have equal numbers, and two
    // rows of one person that differ have the same number less often than once
    // in 10^18.
    let mut prints = vec![0u64; people.len()];
    for column in table.columns().iter().filter(|c| c.name != "person") {
        if let Some(series) = loaded.series(column.name) {
            mix(&mut prints, series);
        } else if let Some(labels) = loaded.labels(column.name) {
            mix_in(&mut prints, labels.codes.iter().map(|c| u64::from(*c)));
        }
    }
    let print = |row: u32| prints[row as usize];
    let grouped =
        group::group(people, context.roster?.len(), |row| people[row] != NOBODY).sorted(print);
    let repeats = |rows: &[u32]| {
        rows.windows(2)
            .filter(|w| print(w[0]) == print(w[1]))
            .count()
    };
    Some(grouped.groups().map(repeats).sum())
}

/// Mixes a column's values into the rows' numbers.
fn mix(prints: &mut [u64], series: &Series) {
    const MISSING: u64 = 0x5BF0_3635;
    if let Some(values) = series.try_str() {
        mix_in(prints, values.iter().map(|t| t.map_or(MISSING, hash)));
    } else if let Some(days) = series.try_date() {
        mix_in(
            prints,
            days.physical()
                .iter()
                .map(|d| d.map_or(MISSING, |d| d as u64)),
        );
    } else if let Some(numbers) = series.try_f64() {
        mix_in(
            prints,
            numbers.iter().map(|x| x.map_or(MISSING, f64::to_bits)),
        );
    } else if let Some(numbers) = series.try_i64() {
        mix_in(
            prints,
            numbers.iter().map(|x| x.map_or(MISSING, |x| x as u64)),
        );
    } else if let Some(flags) = series.try_bool() {
        mix_in(prints, flags.iter().map(|x| x.map_or(MISSING, u64::from)));
    }
}

fn mix_in(prints: &mut [u64], values: impl Iterator<Item = u64>) {
    for (print, value) in prints.iter_mut().zip(values) {
        *print = (print.rotate_left(5) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// FNV-1a, in eights.
fn hash(text: &str) -> u64 {
    text.as_bytes()
        .chunks(8)
        .fold(0xCBF2_9CE4_8422_2325, |hash, chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            (hash ^ u64::from_le_bytes(word) ^ ((chunk.len() as u64) << 59))
                .wrapping_mul(0x0100_0000_01B3)
                .rotate_left(23)
        })
}

#[cfg(test)]
mod tests {
    use crate::register::Severity::Warning;
    use crate::register::Table::{Costs, Stays};
    use crate::register::rules::fixture::{at, found};

    #[test]
    fn repeats_are_counted_beyond_the_first_whatever_their_order() {
        let costs = "person,date,category,amount\n1,2021-05-01,a,10\n2,2021-05-01,a,10\n1,2021-05-01,a,10\n1,2021-05-01,a,11\n1,2021-05-01,a,10";
        assert_eq!(found("R107", &[(Costs, costs)]), at("costs", 2, Warning));
    }

    #[test]
    fn a_covariate_tells_no_rows_apart_but_a_source_does() {
        let stays = "person,start,end,state,source,note\n1,2020-01-01,,dwelling,a,x\n1,2020-01-01,,dwelling,a,y\n1,2020-01-01,,dwelling,b,x";
        assert_eq!(found("R107", &[(Stays, stays)]), at("stays", 1, Warning));
    }
}
