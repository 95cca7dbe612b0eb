//! A municipality's own sheet: two pages about itself, beside everybody else.
//!
//! Feedback works where it is about one's own place. A sheet names one
//! municipality only; whoever it is compared with stays a mean. The same content
//! is written as HTML and as a document that an office can edit.

mod content;
mod html;

use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cohort::Cohort;
use crate::costs::CostSpec;
use crate::docx;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::municipality::{
    CompareSpec, Comparison, CountSpec, Findings, HomesSpec, Labels, PeerSpec, StatusRule,
    SupportSpec, compare, homelessness, homes, implementation, peers, support,
};
use crate::register::{Municipality, Table};

/// What a sheet is made by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SheetSpec {
    /// The language of the sheets.
    pub lang: Lang,
    /// How people are compared.
    pub compare: CompareSpec,
    /// Whom a municipality is beside.
    pub peers: PeerSpec,
    /// The rule of implementation.
    pub implementation: StatusRule,
    /// Caseload norms.
    pub support: SupportSpec,
    /// Homes and the forecast.
    pub homes: HomesSpec,
}

/// A municipality's sheet, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    lang: Lang,
    title: String,
    lead: String,
    blocks: Vec<Block>,
}

/// A part of a sheet.
#[derive(Clone, Debug, PartialEq)]
enum Block {
    Heading(String),
    Text(String),
    Note(String),
    /// The first column is words, the others numbers.
    Table {
        head: Vec<String>,
        rows: Vec<Vec<String>>,
    },
}

impl Block {
    /// The same in an office's document.
    fn for_office(&self) -> docx::Block {
        match self {
            Self::Heading(text) => docx::Block::Heading(text.clone()),
            Self::Text(text) => docx::Block::Text(text.clone()),
            Self::Note(text) => docx::Block::Note(text.clone()),
            Self::Table { head, rows } => docx::Block::Table(docx::Table {
                head: head.clone(),
                rows: rows.clone(),
                words: 1,
                // The municipality's own figures.
                strong: Some(1),
            }),
        }
    }
}

impl Sheet {
    /// The sheet as one HTML document that prints on two pages of A4.
    pub fn html(&self) -> String {
        html::page(self)
    }

    /// The sheet as a document in Office Open XML (`.docx`); the same bytes for
    /// the same sheet.
    pub fn docx(&self) -> Vec<u8> {
        let blocks: Vec<docx::Block> = self.blocks.iter().map(Block::for_office).collect();
        docx::document(&docx::Document {
            lang: self.lang,
            title: &self.title,
            lead: &self.lead,
            blocks: &blocks,
        })
    }
}

/// Everything that is worked out once for all sheets.
struct Source {
    lang: Lang,
    /// Whether rates are per inhabitant aged 18 or more.
    per_adult: bool,
    labels: Labels,
    comparison: Comparison,
    counts: Option<Findings>,
    implementation: Option<Findings>,
    support: Findings,
    homes: Findings,
}

impl Source {
    fn new(cohort: &Cohort, spec: &SheetSpec) -> Result<Self> {
        let register = cohort.register();
        // By name inside, so that a municipality finds its own row; what leaves
        // is that row, and means.
        // A sheet has no costs and no bootstrap: what they take is not spent.
        let compare_spec = CompareSpec {
            anonymous: false,
            model_replicates: 0,
            costs: CostSpec {
                replicates: 0,
                ..spec.compare.costs.clone()
            },
            ..spec.compare.clone()
        };
        let has = |table| register.frame(table).is_some();
        let counted = has(Table::Counts) && has(Table::Municipalities);
        Ok(Self {
            lang: spec.lang,
            per_adult: register
                .frame(Table::Municipalities)
                .is_some_and(|f| f.column("adults").is_ok_and(|c| c.null_count() < c.len())),
            labels: Labels::new(register, false),
            comparison: compare(cohort, &compare_spec)?,
            counts: counted
                .then(|| homelessness(register, &CountSpec::default()))
                .transpose()?,
            implementation: has(Table::Assessments)
                .then(|| {
                    let rule = StatusRule {
                        anonymous: false,
                        ..spec.implementation.clone()
                    };
                    implementation(register, &rule)
                })
                .transpose()?,
            support: support(
                register,
                &SupportSpec {
                    anonymous: false,
                    ..spec.support.clone()
                },
            )?,
            homes: homes(
                register,
                &HomesSpec {
                    anonymous: false,
                    ..spec.homes.clone()
                },
            )?,
        })
    }

    fn sheet(&self, cohort: &Cohort, spec: &SheetSpec, code: &str) -> Sheet {
        let register = cohort.register();
        let eco = register
            .frame(Table::Municipalities)
            .and_then(|_| peers(register, &spec.peers, code).ok());
        let content = content::Content {
            source: self,
            own: self.labels.of(code),
            eco: eco.as_ref().and_then(|f| f.table("eco")),
        };
        let name = Municipality::of(code).map_or(code, |m| m.name);
        Sheet {
            lang: self.lang,
            title: format!(
                "{name}: {}",
                self.lang.pick(
                    "hjemløshed og Housing First",
                    "homelessness and Housing First"
                )
            ),
            lead: self
                .lang
                .pick(
                    "Kommunens egne tal ved siden af andres. Kun kommunen selv er nævnt ved navn; \
                     de andre indgår i gennemsnit.",
                    "The municipality's own figures beside those of others. Only the municipality \
                     itself is named; the others are in means.",
                )
                .to_owned(),
            blocks: content.blocks(),
        }
    }
}

/// The sheet of one municipality.
///
/// # Errors
/// [`Error::Option`] for a code that no table has, and whatever the analyses
/// behind it refuse.
pub fn sheet(cohort: &Cohort, spec: &SheetSpec, code: &str) -> Result<Sheet> {
    let source = Source::new(cohort, spec)?;
    if source.labels.of(code) == "missing" {
        return Err(Error::option(
            "municipality",
            "is in none of the register's tables",
            "give a code of three digits, such as 461",
        ));
    }
    Ok(source.sheet(cohort, spec, code))
}

/// Writes the sheets of every municipality that places somebody or is counted,
/// as `CODE.html` and `CODE.docx`, and tells of each.
///
/// # Errors
/// As [`sheet`]; [`Error::File`] where the folder cannot be written;
/// [`Error::Interrupted`] where the cohort's interrupt asks to stop.
pub fn sheets(
    cohort: &Cohort,
    spec: &SheetSpec,
    folder: &Path,
    mut progress: impl FnMut(usize, usize),
) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).map_err(|e| Error::file("write", folder, e))?;
    let mut written = Vec::new();
    every(cohort, spec, &[], &mut progress, &mut |code, made| {
        for (end, bytes) in [("html", made.html().into_bytes()), ("docx", made.docx())] {
            let path = folder.join(format!("{code}.{end}"));
            std::fs::write(&path, bytes).map_err(|e| Error::file("write", &path, e))?;
            written.push(path);
        }
        Ok(())
    })?;
    Ok(written)
}

/// Hands on the sheet of every municipality, or of those named, one by one.
///
/// # Errors
/// As [`sheets`], and what `take` returns.
pub(crate) fn every(
    cohort: &Cohort,
    spec: &SheetSpec,
    only: &[String],
    progress: &mut dyn FnMut(usize, usize),
    take: &mut dyn FnMut(&str, &Sheet) -> Result<()>,
) -> Result<()> {
    let source = Source::new(cohort, spec)?;
    let codes: Vec<&str> = source
        .labels
        .codes()
        .filter(|c| Municipality::of(c).is_some() && *c != "411")
        .filter(|c| only.is_empty() || only.iter().any(|o| o == c))
        .collect();
    for (i, code) in codes.iter().enumerate() {
        cohort.interrupt().check()?;
        progress(i, codes.len());
        take(code, &source.sheet(cohort, spec, code))?;
    }
    progress(codes.len(), codes.len());
    Ok(())
}

/// A table's row in which a column has a value.
fn row_of(frame: &DataFrame, column: &str, value: &str) -> Option<usize> {
    let text = frame.column(column).ok()?.str().ok()?;
    text.iter().position(|v| v == Some(value))
}
