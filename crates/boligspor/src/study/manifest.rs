//! What a run was made from and what it made: enough to make it again, and
//! nothing that differs between two makings.
//!
//! So no clock, no absolute path, no thread count; and no person's identifier.

use serde_json::{Map, Value, json};

use super::run::Outcome;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::register::Severity;

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its path in the output folder, with `/` between parts.
    pub path: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// The BLAKE3 hash of its bytes.
    pub blake3: String,
}

impl Written {
    pub(super) fn new(path: &str, bytes: &[u8]) -> Self {
        Self {
            path: path.to_owned(),
            bytes: bytes.len(),
            blake3: blake3::hash(bytes).to_hex().to_string(),
        }
    }
}

impl Outcome {
    /// The manifest, with the files written so far.
    pub(super) fn manifest(&self, outputs: &[Written]) -> Result<Value> {
        let study = self.plan.study();
        let tables: Vec<Value> = self
            .hashes
            .iter()
            .map(|input| {
                json!({
                    "table": input.table.name(),
                    "path": input.path,
                    "rows": self.register.rows(input.table),
                    "blake3": input.blake3,
                })
            })
            .collect();
        let cohorts: Map<String, Value> = self
            .cohorts()
            .into_iter()
            .map(|(name, cohort)| {
                let says = json!({
                    "rows": cohort.len(),
                    "persons": cohort.persons(),
                    "says": cohort.describe(Lang::En),
                });
                (name.to_owned(), says)
            })
            .collect();
        let definitions: Vec<Value> = self
            .retention
            .iter()
            .map(|r| {
                Ok(json!({
                    "definition": to_json(r.definition())?,
                    "says": r.describe(Lang::En),
                    "warnings": r.warnings(Lang::En),
                }))
            })
            .collect::<Result<_>>()?;
        let costs = match &self.costs {
            Some(costs) => json!({
                "spec": to_json(costs.spec())?,
                "says": costs.describe(Lang::En),
                "warnings": costs.warnings(Lang::En),
            }),
            None => Value::Null,
        };
        let effects: Vec<Value> = self
            .effects
            .iter()
            .map(|e| {
                Ok(json!({
                    "design": to_json(e.design())?,
                    "says": e.describe(Lang::En),
                    "warnings": e.warnings(Lang::En),
                }))
            })
            .collect::<Result<_>>()?;
        let net_cost: Vec<Value> = self
            .net_cost
            .iter()
            .map(|n| {
                Ok(json!({
                    "scenario": to_json(n.scenario())?,
                    "design": n.design().name,
                    "says": n.describe(Lang::En),
                    "warnings": n.warnings(Lang::En),
                }))
            })
            .collect::<Result<_>>()?;
        let refunds = match &self.refunds {
            Some(refunds) => json!({
                "spec": to_json(&study.refunds)?,
                "says": refunds.describe(Lang::En),
                "warnings": refunds.warnings(Lang::En),
            }),
            None => Value::Null,
        };
        let comparison = match &self.comparison {
            Some(comparison) => json!({
                "spec": to_json(comparison.spec())?,
                "says": comparison.describe(Lang::En),
                "warnings": comparison.warnings(Lang::En),
            }),
            None => Value::Null,
        };
        let outputs: Vec<Value> = outputs
            .iter()
            .map(|o| json!({ "path": o.path, "bytes": o.bytes, "blake3": o.blake3 }))
            .collect();
        Ok(json!({
            "boligspor": env!("CARGO_PKG_VERSION"),
            "polars": polars::VERSION,
            "release": "internal: of all folders only `released` may leave",
            "study": {
                "title": study.study.title,
                "lang": study.study.lang,
                "blake3": self.plan.study_hash(),
            },
            "inputs": tables,
            "observed": {
                "from": study.inputs.observed_from,
                "until": study.inputs.observed_until,
            },
            "checks": self.check_summary(),
            "precedence": study.timeline.precedence.order(),
            "cohort": to_json(&study.cohort)?,
            "cohorts": cohorts,
            "retention": definitions,
            "costs": costs,
            "effects": effects,
            "net_cost": net_cost,
            "refunds": refunds,
            "compare": comparison,
            "seeds": { "costs_bootstrap": study.costs.as_ref().map(|c| c.seed) },
            "outputs": outputs,
        }))
    }

    fn check_summary(&self) -> Value {
        let checks = self.register.checks();
        let count = |severity| checks.of(severity).count();
        let findings: Vec<Value> = checks
            .findings
            .iter()
            .map(|f| json!({ "code": f.code, "severity": f.severity, "where": f.place(), "rows": f.rows }))
            .collect();
        json!({
            "options": self.plan.study().checks,
            "errors": count(Severity::Error),
            "warnings": count(Severity::Warning),
            "remarks": count(Severity::Info),
            "findings": findings,
        })
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|e| {
        Error::option(
            "study",
            format!("cannot be written as JSON ({e})"),
            "please report this",
        )
    })
}
