//! `boligspor measures`.

use boligspor::register::hmis::{MeasureRules, Quantity, hmis_measures};
use serde_json::json;

use crate::args;
use crate::exit::Failure;
use crate::out::Out;

pub(crate) fn measures(args: &args::Measures, out: &Out) -> Result<u8, Failure> {
    let rules = MeasureRules::of(args.rules)?;
    let made = hmis_measures(&args.folder, args.fiscal_year, &rules)?;
    let mut lines = vec![format!(
        "Fiscal year {} ({} to {}), rules of {}",
        args.fiscal_year, made.from, made.until, args.rules
    )];
    lines.extend(made.quantities.iter().map(told));
    lines.extend(made.insufficient());
    if !made.exclusions.is_empty() {
        lines.push("Left out:".into());
        let left_out = made.exclusions.iter();
        lines.extend(left_out.map(|e| format!("  measure {}, {}: {}", e.measure, e.n, e.reason)));
    }
    out.result(&lines.join("\n"), &json!(made))?;
    Ok(0)
}

fn told(q: &Quantity) -> String {
    let value = match q.value {
        None => "no number".to_owned(),
        Some(x) if q.quantity.starts_with("share") => format!("{:.1} %", x * 100.0),
        Some(x) if x.fract() == 0.0 => format!("{x:.0}"),
        Some(x) => format!("{x:.1}"),
    };
    let of = q.persons.map_or(String::new(), |n| format!(" of {n}"));
    format!("  {} {}, {}: {value}{of}", q.measure, q.line, q.quantity)
}
