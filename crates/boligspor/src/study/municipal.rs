//! The sections of a study about municipalities themselves.

use std::sync::Arc;

use super::spec::Study;
use crate::error::Result;
use crate::municipality::{self, Findings};
use crate::register::Register;
use crate::sheet::SheetSpec;

/// Section, table, and the name of the table's file.
const NAMES: [(&str, &str, &str); 28] = [
    ("homelessness", "rates", "homelessness_rates"),
    ("homelessness", "changes", "homelessness_changes"),
    ("homelessness", "situations", "homelessness_situations"),
    ("homelessness", "ages", "homelessness_ages"),
    ("homelessness", "migrants", "homelessness_migrants"),
    ("homelessness", "programme", "programme"),
    ("homelessness", "programme_years", "programme_years"),
    ("implementation", "classes", "implementation_classes"),
    ("implementation", "shares", "implementation_shares"),
    (
        "implementation",
        "sensitivity",
        "implementation_sensitivity",
    ),
    ("implementation", "agreement", "implementation_agreement"),
    ("support", "caseload", "caseload"),
    ("support", "above_norm", "above_norm"),
    ("support", "target_group", "target_group"),
    ("support", "timing", "support_timing"),
    ("support", "phases", "support_phases"),
    ("homes", "allotted", "allotted"),
    ("homes", "forecast", "homes_forecast"),
    ("homes", "affordability", "affordability"),
    ("homes", "waiting", "waiting"),
    ("context", "frequencies", "context_frequencies"),
    ("context", "risk_matrix", "risk_matrix"),
    ("peers", "peers", "peers"),
    ("peers", "eco", "eco"),
    ("compare", "risk_model", "risk_model"),
    ("compare", "calibration", "calibration"),
    ("compare", "comparison_costs", "comparison_costs"),
    ("compare", "outcome_by_class", "outcome_by_class"),
];

/// The name of the file of a section's table.
pub(super) fn file(section: &str, table: &str) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(s, t, _)| *s == section && *t == table)
        .map(|(_, _, name)| *name)
}

impl Study {
    /// Whether any section is about municipalities themselves.
    pub(super) fn asks_municipal(&self) -> bool {
        self.homelessness.is_some()
            || self.implementation.is_some()
            || self.support.is_some()
            || self.homes.is_some()
            || self.context.is_some()
            || self.peers.is_some()
    }

    /// Every such section's findings, in the order of the schema.
    pub(super) fn municipal(
        &self,
        register: &Arc<Register>,
    ) -> Result<Vec<(&'static str, Findings)>> {
        let mut out = Vec::new();
        if let Some(spec) = &self.homelessness {
            out.push(("homelessness", municipality::homelessness(register, spec)?));
        }
        if let Some(rule) = &self.implementation {
            out.push((
                "implementation",
                municipality::implementation(register, rule)?,
            ));
        }
        if let Some(spec) = &self.support {
            out.push(("support", municipality::support(register, spec)?));
        }
        if let Some(spec) = &self.homes {
            out.push(("homes", municipality::homes(register, spec)?));
        }
        if let Some(spec) = &self.context {
            out.push(("context", municipality::context(register, spec)?));
        }
        if let Some(peers) = &self.peers {
            let found = municipality::peers(register, &peers.choice, &peers.municipality)?;
            out.push(("peers", found));
        }
        Ok(out)
    }

    /// What the sheets are made by: what the other sections say.
    pub(super) fn sheet_spec(&self) -> Result<Option<SheetSpec>> {
        let Some(sheets) = &self.sheets else {
            return Ok(None);
        };
        Ok(Some(SheetSpec {
            lang: self.study.lang,
            compare: self.compare_spec()?.unwrap_or_default(),
            peers: sheets.peers.clone(),
            implementation: self.implementation.clone().unwrap_or_default(),
            support: self.support.clone().unwrap_or_default(),
            homes: self.homes.clone().unwrap_or_default(),
        }))
    }
}
