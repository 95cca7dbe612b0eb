//! `boligspor run`.

use boligspor::Lang;
use boligspor::study::{Plan, Watch};
use serde_json::json;

use crate::args;
use crate::exit::Failure;
use crate::interrupt;
use crate::out::Out;

pub(crate) fn run(args: &args::Run, out: &Out) -> Result<u8, Failure> {
    let interrupt = interrupt::watch();
    let mut plan = plan(&args.study)?;
    if let Some(ledger) = &args.ledger {
        plan = plan.with_ledger(ledger);
    }
    let untied = plan
        .history()?
        .map_or_else(Vec::new, |h| h.untied().to_vec());
    let bar = out.bar(0);
    let mut watch = Watch::new(|p| {
        bar.set_length(p.total as u64);
        bar.set_position(p.done as u64);
        if let Some(stage) = &p.stage {
            bar.set_message(stage.label(Lang::En));
        }
    })
    .interrupted_by(&interrupt);
    let internal = args.internal || plan.study().release.internal;
    let outcome = plan.run(&mut watch)?;
    let folder = outcome.write(&args.out, internal, &mut watch)?;
    drop(watch);
    bar.finish_and_clear();

    // Warnings and counts are of uncleared results, and terminals are copied.
    let warnings = if internal {
        outcome.warnings(Lang::En)
    } else {
        Vec::new()
    };
    for release in &untied {
        out.remark(&format!(
            "note: release {release} is in the ledger, but not who was in its groups: what it and \
             this one differ by has to be judged by hand"
        ));
    }
    for warning in &warnings {
        out.remark(&format!("note: {warning}"));
    }
    let found = |of: &str| {
        let report = folder.join(of).join("report.html");
        report.exists().then(|| report.display().to_string())
    };
    let (released, uncleared) = (found("released"), found("internal"));
    let mut text = match &released {
        Some(report) => format!("The released report is {report}"),
        None => format!("The results are in {}", folder.display()),
    };
    if let Some(report) = &uncleared {
        text.push_str(&format!("\nInternal, not cleared: {report}"));
    }
    let object = json!({
        "results": folder.display().to_string(),
        "report": released,
        "internal_report": uncleared,
        "people": internal.then(|| outcome.cohort().persons()),
        "warnings": warnings,
        "untied_releases": untied,
    });
    out.result(&text, &object)?;
    Ok(0)
}

/// A study file as a plan; a path that cannot be opened is bad usage.
pub(crate) fn plan(study: &std::path::Path) -> Result<Plan, Failure> {
    Plan::read(study).map_err(|e| match e {
        boligspor::Error::File { .. } => Failure::NoStudy(e),
        other => Failure::Core(other),
    })
}
