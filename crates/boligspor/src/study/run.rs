//! Running a plan: from tables to results, nothing written yet.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use super::plan::Plan;
use super::progress::{Stage, Watch};
use crate::cohort::{Cohort, CohortSpec, TimeZero};
use crate::costs::{self, CostTrajectory, WhoPays};
use crate::days::{self, DaysHoused};
use crate::effect::{self, CostEffect, NetCost};
use crate::error::{Error, Result};
use crate::groups::{self, GroupComparison};
use crate::lang::Lang;
use crate::municipality::{self, Comparison, Findings};
use crate::register::{Register, Table};
use crate::retention::{self, Counted, Definition, Retention, RetentionCurve};
use crate::returns::{self, Returns};
use crate::sheet::{self, Sheet};

/// What a study found.
///
/// Nothing in it names a person, but nothing in it has been cleared to leave
/// the secure environment either.
#[derive(Debug)]
pub struct Outcome {
    pub(super) plan: Plan,
    pub(super) hashes: Vec<InputHash>,
    pub(super) register: Arc<Register>,
    pub(super) cohort: Cohort,
    pub(super) enrolled: Option<Cohort>,
    pub(super) retention: Vec<Retention>,
    pub(super) curves: Vec<RetentionCurve>,
    pub(super) days: Option<DaysHoused>,
    pub(super) returns: Vec<Returns>,
    pub(super) groups: Vec<GroupComparison>,
    pub(super) costs: Option<CostTrajectory>,
    pub(super) effects: Vec<CostEffect>,
    pub(super) net_cost: Vec<NetCost>,
    pub(super) refunds: Option<WhoPays>,
    pub(super) comparison: Option<Comparison>,
    pub(super) municipal: Vec<(&'static str, Findings)>,
    pub(super) sheets: Vec<(String, Sheet)>,
}

/// A table's file, by the hash of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputHash {
    /// The table.
    pub table: Table,
    /// Its path as the study has it; the file's name where that is absolute.
    pub path: String,
    /// The BLAKE3 hash: of the file, or of the names and hashes of a folder's files.
    pub blake3: String,
}

impl Plan {
    /// Reads the tables, draws the cohort and makes every analysis.
    ///
    /// Definitions that count the enrolled, in a study whose clock starts at
    /// placement, are estimated on a second cohort: the same conditions, from
    /// enrolment on ([`Outcome::enrolled`]). So a study can show both
    /// denominators side by side.
    ///
    /// # Errors
    /// [`Error::Checks`] where the data checks find errors, [`Error::Table`]
    /// and [`Error::File`] where a table cannot be read, [`Error::Missing`]
    /// where an analysis lacks something, [`Error::Interrupted`] where `watch`
    /// asks to stop.
    pub fn run(&self, watch: &mut Watch<'_>) -> Result<Outcome> {
        let study = self.study();
        let analyses = study.retention.len()
            + study.curved().count()
            + usize::from(study.days_housed.is_some())
            + study.returns.len()
            + study.groups.len()
            + usize::from(study.costs.is_some())
            + study.effects.len()
            + study.net_cost.len()
            + usize::from(study.refunds.is_some())
            + usize::from(study.compare.is_some())
            + usize::from(study.asks_municipal())
            + usize::from(study.sheets.is_some());
        watch.start(analyses + 4 + usize::from(self.policy().is_some()));
        watch.begin(Stage::Hash)?;
        let hashes = self.hashes(watch)?;
        watch.begin(Stage::Read)?;
        let register = Arc::new(self.register().interruptible(watch.interrupt()).build()?);

        watch.begin(Stage::Cohort)?;
        let cohort = Cohort::builder(&register)
            .spec(study.cohort.clone())
            .precedence(study.timeline.precedence.clone())
            .build()?
            .interruptible(watch.interrupt());
        let enrolled = self.enrolled(&register, &cohort, watch)?;

        let mut retention = Vec::new();
        for definition in &study.retention {
            watch.begin(Stage::Retention(definition.name.clone()))?;
            let cohort = match (definition.counted, &enrolled) {
                (Counted::Enrolled, Some(enrolled)) => enrolled,
                _ => &cohort,
            };
            retention.push(retention::estimate(cohort, definition)?);
        }
        let on = |definition: &Definition| match (definition.counted, &enrolled) {
            (Counted::Enrolled, Some(enrolled)) => enrolled,
            _ => &cohort,
        };
        let mut curves = Vec::new();
        for (definition, spec) in study.curved() {
            watch.begin(Stage::Curve(definition.name.clone()))?;
            curves.push(retention::curve(on(definition), definition, spec)?);
        }
        let mut days = None;
        if let Some(spec) = &study.days_housed {
            watch.begin(Stage::Days)?;
            days = Some(days::estimate(&cohort, spec)?);
        }
        let mut returned = Vec::new();
        for spec in &study.returns {
            watch.begin(Stage::Returns)?;
            returned.push(returns::estimate(&cohort, spec)?);
        }
        let mut compared = Vec::new();
        for spec in &study.groups {
            watch.begin(Stage::Groups)?;
            let definition = study.compared_by()?;
            compared.push(groups::compare(on(definition), definition, spec)?);
        }
        let mut costs = None;
        if let Some(spec) = &study.costs {
            watch.begin(Stage::Costs)?;
            costs = Some(costs::trajectory(&cohort, spec)?);
        }
        let mut effects = Vec::new();
        for design in &study.effects {
            watch.begin(Stage::Effect(design.name.clone()))?;
            effects.push(effect::compare_costs(&cohort, design)?);
        }
        let mut net_cost = Vec::new();
        for scenario in &study.net_cost {
            watch.begin(Stage::NetCost(scenario.name.clone()))?;
            let design = study.design_of(scenario)?;
            net_cost.push(effect::net_cost(&cohort, design, scenario)?);
        }
        let mut refunds = None;
        if let (Some(spec), Some(rules)) = (&study.refunds, self.rules()) {
            watch.begin(Stage::Refunds)?;
            refunds = Some(costs::who_pays(&cohort, spec, rules)?);
        }
        let mut comparison = None;
        if let Some(spec) = study.compare_spec()? {
            watch.begin(Stage::Compare)?;
            let cohort = match (spec.definition.counted, &enrolled) {
                (Counted::Enrolled, Some(enrolled)) => enrolled,
                _ => &cohort,
            };
            comparison = Some(municipality::compare(cohort, &spec)?);
        }
        let mut municipal = Vec::new();
        if study.asks_municipal() {
            watch.begin(Stage::Municipal)?;
            municipal = study.municipal(&register)?;
        }
        let mut sheets = Vec::new();
        if let (Some(spec), Some(asked)) = (study.sheet_spec()?, &study.sheets) {
            watch.begin(Stage::Sheets)?;
            let cohort = match (spec.compare.definition.counted, &enrolled) {
                (Counted::Enrolled, Some(enrolled)) => enrolled,
                _ => &cohort,
            };
            let only = &asked.municipalities;
            sheet::every(cohort, &spec, only, &mut |_, _| (), &mut |code, made| {
                sheets.push((code.to_owned(), made.clone()));
                Ok(())
            })?;
        }
        Ok(Outcome {
            plan: self.clone(),
            hashes,
            register,
            cohort,
            enrolled,
            retention,
            curves,
            days,
            returns: returned,
            groups: compared,
            costs,
            effects,
            net_cost,
            refunds,
            comparison,
            municipal,
            sheets,
        })
    }

    /// The cohort of all enrolled, where a definition needs one beside the
    /// study's own.
    fn enrolled(
        &self,
        register: &Arc<Register>,
        cohort: &Cohort,
        watch: &Watch<'_>,
    ) -> Result<Option<Cohort>> {
        let study = self.study();
        let wanted = study
            .retention
            .iter()
            .any(|d| d.counted == Counted::Enrolled);
        if !wanted || study.cohort.time_zero == TimeZero::Enrolment {
            return Ok(None);
        }
        let spec = CohortSpec {
            time_zero: TimeZero::Enrolment,
            ..study.cohort.clone()
        };
        let enrolled = Cohort::builder(register)
            .spec(spec)
            .precedence(study.timeline.precedence.clone())
            .timeline(Arc::clone(cohort.timeline()))
            .build()?
            .interruptible(watch.interrupt());
        Ok(Some(enrolled))
    }

    fn hashes(&self, watch: &Watch<'_>) -> Result<Vec<InputHash>> {
        let mut out = Vec::new();
        for (table, path) in self.inputs() {
            watch.interrupt().check()?;
            let written = self.study().inputs.path(*table).unwrap_or_default();
            let shown = if Path::new(written).is_absolute() {
                let name = path.file_name().unwrap_or_default();
                name.to_string_lossy().into_owned()
            } else {
                written.replace('\\', "/")
            };
            out.push(InputHash {
                table: *table,
                path: shown,
                blake3: hash(path)?,
            });
        }
        Ok(out)
    }
}

/// The hash of a file, or of the names and hashes of all files in a folder.
fn hash(path: &Path) -> Result<String> {
    let failed = |e| Error::file("read", path, e);
    let mut hasher = blake3::Hasher::new();
    if path.is_dir() {
        let mut names: Vec<_> = fs::read_dir(path)
            .map_err(failed)?
            .map(|e| e.map(|e| e.file_name()))
            .collect::<std::io::Result<_>>()
            .map_err(failed)?;
        names.sort();
        for name in names {
            hasher.update(name.as_encoded_bytes());
            hasher.update(b"\0");
            hasher.update(hash(&path.join(&name))?.as_bytes());
        }
    } else {
        let mut file = File::open(path).map_err(failed)?;
        std::io::copy(&mut file, &mut hasher).map_err(failed)?;
    }
    Ok(hasher.finalize().to_hex().to_string())
}

impl Outcome {
    /// The plan that was run.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The input files, by hash.
    pub fn inputs(&self) -> &[InputHash] {
        &self.hashes
    }

    /// The register.
    pub fn register(&self) -> &Arc<Register> {
        &self.register
    }

    /// The study's cohort.
    pub fn cohort(&self) -> &Cohort {
        &self.cohort
    }

    /// The cohort of all enrolled, where a definition counts them and the
    /// study's own clock starts at placement.
    pub fn enrolled(&self) -> Option<&Cohort> {
        self.enrolled.as_ref()
    }

    /// Retention, one result a definition, in the study's order.
    pub fn retention(&self) -> &[Retention] {
        &self.retention
    }

    /// Whole curves, one a definition that has one, where the study asks for them.
    pub fn curves(&self) -> &[RetentionCurve] {
        &self.curves
    }

    /// Days in every state, where the study asks for them.
    pub fn days_housed(&self) -> Option<&DaysHoused> {
        self.days.as_ref()
    }

    /// Returns, in the study's order.
    pub fn returns(&self) -> &[Returns] {
        &self.returns
    }

    /// Groups compared, in the study's order.
    pub fn groups(&self) -> &[GroupComparison] {
        &self.groups
    }

    /// The cost trajectory, where the study asks for it.
    pub fn costs(&self) -> Option<&CostTrajectory> {
        self.costs.as_ref()
    }

    /// Costs beside those of people not placed, one result a design.
    pub fn effects(&self) -> &[CostEffect] {
        &self.effects
    }

    /// What it costs to house someone, one result a scenario.
    pub fn net_cost(&self) -> &[NetCost] {
        &self.net_cost
    }

    /// Who pays what, where the study asks for it.
    pub fn refunds(&self) -> Option<&WhoPays> {
        self.refunds.as_ref()
    }

    /// The municipal comparison, where the study asks for it.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }

    /// What the tables about municipalities say, by the study's section.
    pub fn municipal(&self) -> &[(&'static str, Findings)] {
        &self.municipal
    }

    /// The municipalities' own sheets, by code.
    pub fn sheets(&self) -> &[(String, Sheet)] {
        &self.sheets
    }

    /// What a reader must know before using the numbers, each once.
    pub fn warnings(&self, lang: Lang) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let retention = self.retention.iter().map(|r| r.warnings(lang));
        let curves = self.curves.iter().map(|c| c.warnings(lang));
        let days = self.days.iter().map(|d| d.warnings(lang));
        let returns = self.returns.iter().map(|r| r.warnings(lang));
        let groups = self.groups.iter().map(|g| g.warnings(lang));
        let follow_up = curves.chain(days).chain(returns).chain(groups);
        let costs = self.costs.iter().map(|c| c.warnings(lang));
        let effects = self.effects.iter().map(|e| e.warnings(lang));
        let net_cost = self.net_cost.iter().map(|n| n.warnings(lang));
        let refunds = self.refunds.iter().map(|r| r.warnings(lang));
        let comparison = self.comparison.iter().map(|c| c.warnings(lang));
        let municipal = self.municipal.iter().map(|(_, f)| f.warnings(lang));
        let all = retention
            .chain(follow_up)
            .chain(costs)
            .chain(effects)
            .chain(net_cost)
            .chain(refunds)
            .chain(comparison)
            .chain(municipal);
        for warning in all.flatten() {
            if !out.contains(warning) {
                out.push(warning.clone());
            }
        }
        out
    }
}
