//! HUD's system performance measures 1, 2 and 7 of an export.
//!
//! Lengths of homelessness, returns to it, and exits to and stays in permanent
//! housing: what a Continuum of Care in the United States reports for a fiscal
//! year. The rules are data by fiscal year ([`MeasureRules`]); who is left out is
//! counted with the reason; and where the export does not reach far enough back,
//! there is no number: not 0, which is what such tools are known to show.

mod homeless;
mod housed;
mod returns;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

pub use rules::{HomelessLine, MeasureRules};

use super::enrolment::{self, Enrolment, Files};
use super::files::{File, Tally};
use super::{HmisOptions, codes, period};
use crate::calendar::{self, Date, Day, day};
use crate::error::{Error, Result};

/// Whether there is a number, and if not why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum Sufficiency {
    /// The export covers what the measure looks at.
    Sufficient,
    /// The measure looks further back, or on, than the export goes.
    Insufficient {
        /// The first day that it looks at.
        needs_from: Date,
        /// The last day that it looks at.
        needs_until: Date,
        /// The export's first day.
        has_from: Date,
        /// The export's last day.
        has_until: Date,
    },
}

/// One number of a measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantity {
    /// The measure: `1`, `2`, `7a1`, `7b1`, `7b2`.
    pub measure: &'static str,
    /// The line, such as the kind of project left.
    pub line: String,
    /// What is counted.
    pub quantity: String,
    /// The number; none where the export is insufficient or nobody is counted.
    pub value: Option<f64>,
    /// Persons it is of; none where the export is insufficient.
    pub persons: Option<usize>,
}

/// Persons or enrolments that a measure leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// The measure.
    pub measure: &'static str,
    /// Why.
    pub reason: &'static str,
    /// How many.
    pub n: usize,
}

/// The measures of an export for one fiscal year.
#[derive(Clone, Debug, Serialize)]
pub struct Measures {
    /// The rules.
    pub rules: MeasureRules,
    /// The first day of the report.
    pub from: Date,
    /// The last day of the report.
    pub until: Date,
    /// Whether each measure's numbers can be had.
    pub sufficiency: BTreeMap<&'static str, Sufficiency>,
    /// The numbers.
    pub quantities: Vec<Quantity>,
    /// Who is left out.
    pub exclusions: Vec<Exclusion>,
}

/// What the measures look at.
struct Export {
    enrolments: Vec<Enrolment>,
    /// Nights in night-by-night shelters: person and day.
    nights: Vec<(usize, Day)>,
    people: usize,
    from: Option<Day>,
    until: Day,
}

/// A report in the making.
struct Report<'a> {
    rules: &'a MeasureRules,
    /// First and last day.
    from: Day,
    until: Day,
    export: &'a Export,
    made: Measures,
    left_out: BTreeMap<(&'static str, &'static str), usize>,
}

impl Report<'_> {
    fn leave_out(&mut self, measure: &'static str, reason: &'static str, n: usize) {
        if n > 0 {
            *self.left_out.entry((measure, reason)).or_default() += n;
        }
    }

    /// Whether the export covers these days; notes it either way.
    fn covers(&mut self, measure: &'static str, from: Day, until: Day) -> bool {
        let has_from = self.export.from.unwrap_or(from);
        let enough = has_from <= from && until <= self.export.until;
        let sufficiency = if enough {
            Sufficiency::Sufficient
        } else {
            Sufficiency::Insufficient {
                needs_from: Date(from),
                needs_until: Date(until),
                has_from: Date(has_from),
                has_until: Date(self.export.until),
            }
        };
        self.made.sufficiency.insert(measure, sufficiency);
        enough
    }

    fn quantity(
        &mut self,
        measure: &'static str,
        line: impl Into<String>,
        quantity: impl Into<String>,
        value: Option<f64>,
        persons: Option<usize>,
    ) {
        self.made.quantities.push(Quantity {
            measure,
            line: line.into(),
            quantity: quantity.into(),
            value,
            persons,
        });
    }

    /// Successes among some, as a count and a share.
    fn share(
        &mut self,
        measure: &'static str,
        line: &str,
        what: &str,
        successes: usize,
        of: usize,
    ) {
        self.quantity(measure, line, what, Some(successes as f64), Some(of));
        let share = (of > 0).then(|| successes as f64 / of as f64);
        self.quantity(measure, line, format!("share {what}"), share, Some(of));
    }
}

/// Computes the measures for a fiscal year, which begins on 1 October of the
/// year before.
///
/// ```no_run
/// use boligspor::register::hmis::{MeasureRules, hmis_measures};
/// let measures = hmis_measures("export", 2022, &MeasureRules::of(2026)?)?;
/// for q in &measures.quantities {
///     println!("{} {} {}: {:?} of {:?}", q.measure, q.line, q.quantity, q.value, q.persons);
/// }
/// # Ok::<(), boligspor::Error>(())
/// ```
///
/// # Errors
/// As [`import_hmis`](super::import_hmis).
pub fn hmis_measures(
    folder: impl AsRef<Path>,
    fiscal_year: i32,
    rules: &MeasureRules,
) -> Result<Measures> {
    if !(1990..2200).contains(&fiscal_year) {
        return Err(Error::option(
            "fiscal_year",
            "is no year",
            "give the year in which the fiscal year ends, such as 2022",
        ));
    }
    let export = read(folder.as_ref())?;
    Ok(of(&export, fiscal_year, rules))
}

fn read(folder: &Path) -> Result<Export> {
    let mut tally = Tally::default();
    let files = Files {
        clients: File::read(folder, "Client.csv", &mut tally)?,
        projects: File::read(folder, "Project.csv", &mut tally)?,
        project_cocs: File::find(folder, "ProjectCoC.csv", &mut tally)?,
        enrolments: File::read(folder, "Enrollment.csv", &mut tally)?,
        exits: File::read(folder, "Exit.csv", &mut tally)?,
    };
    let services = File::find(folder, "Services.csv", &mut tally)?;
    let (from, until) = period(&File::read(folder, "Export.csv", &mut tally)?, &mut tally)?;
    let rows = enrolment::clients(&files.clients)?;
    let enrolments = enrolment::read(&files, &rows, &HmisOptions::default(), &mut tally)?;
    let mut nights = Vec::new();
    if let Some(file) = &services {
        let days = file.days("DateProvided", &mut tally)?;
        let records = file.codes("RecordType", &mut tally);
        for ((id, day), record) in file.text("PersonalID")?.iter().zip(days).zip(records) {
            let person = id.and_then(|id| rows.get(id).copied());
            if let (Some(person), Some(day), Some(codes::BED_NIGHT)) = (person, day, record) {
                nights.push((person, day));
            }
        }
    }
    Ok(Export {
        enrolments,
        nights,
        people: files.clients.rows(),
        from,
        until,
    })
}

fn of(export: &Export, fiscal_year: i32, rules: &MeasureRules) -> Measures {
    let (from, until) = (day(fiscal_year - 1, 10, 1), day(fiscal_year, 9, 30));
    let mut report = Report {
        rules,
        from,
        until,
        export,
        made: Measures {
            rules: rules.clone(),
            from: Date(from),
            until: Date(until),
            sufficiency: BTreeMap::new(),
            quantities: Vec::new(),
            exclusions: Vec::new(),
        },
        left_out: BTreeMap::new(),
    };
    report.homeless();
    report.returns();
    report.housed();
    let left_out = std::mem::take(&mut report.left_out);
    let mut made = report.made;
    made.exclusions = left_out
        .into_iter()
        .map(|((measure, reason), n)| Exclusion { measure, reason, n })
        .collect();
    made
}

impl Measures {
    /// The measures' sufficiency in words, for those that have no numbers.
    pub fn insufficient(&self) -> Vec<String> {
        let told = |(measure, s): (&&str, &Sufficiency)| match s {
            Sufficiency::Sufficient => None,
            Sufficiency::Insufficient {
                needs_from,
                needs_until,
                has_from,
                has_until,
            } => Some(format!(
                "measure {measure} looks at {} to {}, the export holds {} to {}: no number",
                calendar::format(needs_from.0),
                calendar::format(needs_until.0),
                calendar::format(has_from.0),
                calendar::format(has_until.0),
            )),
        };
        self.sufficiency.iter().filter_map(told).collect()
    }
}
