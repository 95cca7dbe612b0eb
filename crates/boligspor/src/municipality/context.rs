//! What stands in the way, who has a say, and what could go wrong.
//!
//! Interviews give barriers, stakeholders and risks by municipality. A report on
//! many of them says how common each is and names none.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use boligspor_estimate::wilson;

use super::findings::{Findings, Read, Rows, row};
use crate::LEVEL;
use crate::error::Result;
use crate::lang::Lang;
use crate::register::{Register, Table};

/// How context is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContextSpec {
    /// Fewer municipalities than this are not counted, only told to exist:
    /// a barrier found in one place would name it to those who know.
    pub fewest: u64,
}

impl Default for ContextSpec {
    fn default() -> Self {
        Self { fewest: 3 }
    }
}

/// A cell of the risk matrix.
#[derive(Default)]
struct Cell<'a> {
    municipalities: BTreeSet<&'a str>,
    risks: BTreeSet<&'a str>,
}

/// Barriers, stakeholders and risks across municipalities, naming none.
///
/// Tables: `frequencies` (kind, what, how many municipalities and their share) and
/// `risk_matrix` (likelihood by consequence: how many municipalities, and which
/// risks).
///
/// # Errors
/// [`Error::Missing`](crate::Error::Missing) without the table `context`.
pub fn context(register: &Register, spec: &ContextSpec) -> Result<Findings> {
    let read = Read::needed(register, Table::Context, "context of municipalities")?;
    let (codes, kinds) = (read.text("municipality")?, read.text("kind")?);
    let whats = read.text("what")?;
    let (likely, grave) = (read.integers("likelihood")?, read.integers("consequence")?);
    let everyone: BTreeSet<&String> = codes.iter().flatten().collect();
    let all = everyone.len() as u64;
    let mut by_what: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    let mut matrix: BTreeMap<(i64, i64), Cell<'_>> = BTreeMap::new();
    for i in 0..read.height() {
        let (Some(code), Some(kind), Some(what)) = (&codes[i], &kinds[i], &whats[i]) else {
            continue;
        };
        by_what.entry((kind, what)).or_default().insert(code);
        if let (Some(l), Some(c)) = (likely[i], grave[i]) {
            let cell = matrix.entry((l, c)).or_default();
            cell.municipalities.insert(code);
            cell.risks.insert(what);
        }
    }
    let mut few = 0;
    let mut listed: Vec<(&str, u64, &str)> = by_what
        .iter()
        .map(|((kind, what), codes)| (*kind, codes.len() as u64, *what))
        .collect();
    listed.sort_by(|a, b| a.0.cmp(b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2)));
    let mut rows = Rows::new(&["kind", "what", "municipalities", "share", "low", "high"]);
    for (kind, n, what) in listed {
        let shown = n >= spec.fewest;
        few += u64::from(!shown);
        let limits = shown.then(|| wilson(n, all, LEVEL)).transpose()?;
        rows.push(row![
            kind,
            what,
            limits.map(|_| n as i64),
            limits.map(|_| n as f64 / all as f64),
            limits.map(|l| l.low),
            limits.map(|l| l.high),
        ]);
    }
    let mut cells = Rows::new(&["likelihood", "consequence", "municipalities", "risks"]);
    for ((likelihood, consequence), cell) in &matrix {
        let n = cell.municipalities.len() as u64;
        let listed: Vec<&str> = cell.risks.iter().copied().collect();
        cells.push(row![
            *likelihood,
            *consequence,
            (n >= spec.fewest).then_some(n as i64),
            listed.join(", "),
        ]);
    }
    let fewest = spec.fewest;
    let mut found = Findings::new(|lang| match lang {
        Lang::Da => format!(
            "Hvor mange af {all} kommuner, der nævner hver barriere, interessent og risiko; færre \
             end {fewest} kommuner tælles ikke, og ingen nævnes ved navn."
        ),
        Lang::En => format!(
            "How many of {all} municipalities mention each barrier, stakeholder and risk; fewer \
             than {fewest} municipalities are not counted, and none is named."
        ),
    })
    .with("frequencies", rows.build()?)
    .with("risk_matrix", cells.build()?);
    if few > 0 {
        found.warn(
            format!("{few} forhold er fundet i færre end {fewest} kommuner og er uden tal"),
            format!("{few} were found in fewer than {fewest} municipalities and have no number"),
        );
    }
    Ok(found)
}
