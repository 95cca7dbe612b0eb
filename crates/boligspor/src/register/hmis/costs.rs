//! Financial assistance as costs.

use polars::prelude::{DataFrame, NamedFrom, Series};

use super::codes;
use super::files::{File, Tally};
use super::frame;
use crate::calendar::Day;
use crate::error::Result;

/// The costs table, in whole units of the export's currency (dollars).
///
/// An amount covers `FAStartDate` to `FAEndDate`, both included; where these
/// are not there or not in order, the day it was provided.
pub(super) fn costs(
    services: Option<&File>,
    person: &dyn Fn(Option<&str>) -> Option<usize>,
    ids: &[&str],
    tally: &mut Tally,
) -> Result<DataFrame> {
    let mut rows: Vec<(usize, Day, Day, &str, f64, &str)> = Vec::new();
    if let Some(file) = services {
        let provided = file.days("DateProvided", tally)?;
        let (starts, ends) = match file.optional("FAStartDate") {
            Some(_) => (
                file.days("FAStartDate", tally)?,
                file.days("FAEndDate", tally)?,
            ),
            None => (vec![None; file.rows()], vec![None; file.rows()]),
        };
        let (records, kinds) = (
            file.codes("RecordType", tally),
            file.codes("TypeProvided", tally),
        );
        let amounts = file.text("FAAmount")?;
        let people = file.text("PersonalID")?;
        let mut unpriced = 0;
        for row in 0..file.rows() {
            let Some(amount) = amounts.get(row).filter(|t| !t.trim().is_empty()) else {
                unpriced += usize::from(records[row] != Some(codes::BED_NIGHT));
                continue;
            };
            let amount = amount.trim().parse::<f64>().ok().filter(|a| a.is_finite());
            let span = match (starts[row], ends[row]) {
                (Some(start), Some(end)) if start <= end => Some((start, end)),
                (None, None) => provided[row].map(|day| (day, day)),
                _ => {
                    tally.add(
                        "Services.csv, FAStartDate and FAEndDate",
                        "one is missing, or they are not in order: the day provided counts",
                        1,
                    );
                    provided[row].map(|day| (day, day))
                }
            };
            let (Some(person), Some((start, last)), Some(amount)) =
                (person(people.get(row)), span, amount)
            else {
                tally.add(
                    "Services.csv, FAAmount",
                    "has no known person, no date or no number: left out",
                    1,
                );
                continue;
            };
            let (category, payer) = codes::assistance(records[row], kinds[row]);
            rows.push((person, start, last + 1, category, amount, payer));
        }
        tally.add(
            "Services.csv",
            "a service without an amount: no cost",
            unpriced,
        );
    }
    let amounts: Vec<f64> = rows.iter().map(|r| r.4).collect();
    frame::of(vec![
        frame::text("person", &rows.iter().map(|r| ids[r.0]).collect::<Vec<_>>()),
        frame::days("start", rows.iter().map(|r| Some(r.1)).collect()),
        frame::days("end", rows.iter().map(|r| Some(r.2)).collect()),
        frame::text("category", &rows.iter().map(|r| r.3).collect::<Vec<_>>()),
        Series::new("amount".into(), amounts).into(),
        frame::text("payer", &rows.iter().map(|r| r.5).collect::<Vec<_>>()),
    ])
}
