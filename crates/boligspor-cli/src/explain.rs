//! `boligspor explain`: one person's days and decisions, for the terminal.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use boligspor::Error;
use boligspor::cohort::Cohort;
use boligspor::retention;
use serde_json::json;

use crate::args;
use crate::exit::Failure;
use crate::out::Out;
use crate::run::plan;

pub(crate) fn explain(args: &args::Explain, out: &Out) -> Result<u8, Failure> {
    if !io::stdout().is_terminal() && !args.allow_pipe {
        return Err(Failure::Core(Error::option(
            "--person",
            "asks for one person's days, and the output is no terminal",
            "run it in a terminal, or add --allow-pipe if the output stays in the secure environment",
        )));
    }
    let plan = plan(&args.study)?;
    let study = plan.study();
    let register = Arc::new(plan.register().build()?);
    let cohort = Cohort::builder(&register)
        .spec(study.cohort.clone())
        .precedence(study.timeline.precedence.clone())
        .build()?;
    let explanation =
        retention::explain(&cohort, &study.retention, &args.person, study.study.lang)?;
    out.remark("Internal: this shows one person's days. It must not leave the secure environment.");
    let sections: Vec<_> = explanation
        .sections
        .iter()
        .map(|(heading, lines)| json!({ "heading": heading, "lines": lines }))
        .collect();
    out.result(
        explanation.to_string().trim_end(),
        &json!({ "sections": sections }),
    )?;
    Ok(0)
}
