//! `boligspor check`.

use boligspor::calendar;
use boligspor::cohort::{CohortSpec, TimeZero};
use boligspor::register::{Register, RegisterBuilder, Table};
use serde_json::{Map, Value, json};

use crate::args;
use crate::exit::{self, Failure};
use crate::out::Out;
use crate::run::plan;

pub(crate) fn check(args: &args::Check, out: &Out) -> Result<u8, Failure> {
    let bar = out.bar(1);
    bar.set_message("reading and checking");
    let report = match &args.study {
        Some(study) => plan(study)?.register().check()?,
        None => from_tables(args)?.check()?,
    };
    bar.finish_and_clear();
    let failed = report.has_errors();
    let rows: Map<String, Value> = report
        .rows
        .iter()
        .map(|(table, n)| (table.name().to_owned(), json!(n)))
        .collect();
    let object = json!({
        "ok": !failed,
        "findings": report.findings,
        "rows": rows,
    });
    out.result(&report.to_string(), &object)?;
    Ok(if failed { exit::DATA } else { 0 })
}

fn from_tables(args: &args::Check) -> Result<RegisterBuilder, Failure> {
    let day = |name: &str, text: &Option<String>| {
        text.as_deref()
            .map(|t| calendar::parse_option(name, t))
            .transpose()
    };
    let tables = &args.tables;
    let given = [
        (Table::Persons, &tables.persons),
        (Table::Placements, &tables.placements),
        (Table::Stays, &tables.stays),
        (Table::Costs, &tables.costs),
        (Table::Municipalities, &tables.municipalities),
        (Table::Counts, &tables.counts),
        (Table::PriceIndex, &tables.price_index),
    ];
    let mut builder =
        Register::builder().observed_from(day("--observed-from", &args.observed_from)?);
    if let Some(until) = day("--observed-until", &args.observed_until)? {
        builder = builder.observed_until(until);
    }
    for (table, path) in given {
        if let Some(path) = path {
            builder = builder.table(table, path.as_path());
        }
    }
    if !args.strata.is_empty() {
        let spec = CohortSpec {
            strata: args.strata.clone(),
            time_zero: match args.time_zero {
                args::TimeZero::Placement => TimeZero::Placement,
                args::TimeZero::Enrolment => TimeZero::Enrolment,
            },
            ..CohortSpec::default()
        };
        spec.validate()?;
        builder = builder.design(spec.design());
    }
    Ok(builder)
}
