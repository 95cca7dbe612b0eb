//! HMIS exports: the United States' records of homelessness services, as CSV
//! in the columns of FY2024 and FY2026, read into the register's tables.
//!
//! An export says when somebody entered and left a project, not where they
//! lived on each day. What is read from it, and how far it carries:
//!
//! | in the export | becomes |
//! |---|---|
//! | a client | a person; sex from `Sex`, or from `Woman` and `Man` |
//! | an enrolment in permanent or rapid rehousing (types 3, 9, 10, 13) | a placement: `enrolled_on` is the entry, `placed_on` the move-in; one without a move-in was never placed. Every member of the household is placed, on the head's move-in if they have none of their own; `household_head` tells them apart |
//! | such an enrolment from move-in to exit | `dwelling`; who move in together share its identifier |
//! | such an enrolment before move-in | the homeless situation that entry tells, if it tells one |
//! | an emergency shelter or safe haven (0, 8) | `shelter` from entry to exit; the day of exit is no night |
//! | a night-by-night shelter (1) | `shelter` on each night in `Services.csv` (record type 200) |
//! | transitional housing (2) | `transitional` |
//! | street outreach (4) | `street` from entry until exit or the person's next move-in, since outreach gives no bed and its enrolments stay open |
//! | a contact (`CurrentLivingSituation.csv`) | one day in the state met |
//! | the living situation before entry | a stay up to entry, as long as the length of stay is *at least*, or since `DateToStreetESSH` where the situation is homelessness; never back over what the export itself recorded |
//! | a destination at exit | a stay until the next news of the person, at most [`permanent_days`](HmisOptions::permanent_days) or [`temporary_days`](HmisOptions::temporary_days), and not where another enrolment still gives them a bed or home |
//! | the destination "deceased" | the day of death |
//! | financial assistance (`FAAmount`) | a cost, paid by the programme |
//! | the Continuum of Care | the `municipality`: its code is kept as it is |
//!
//! Whatever else is there is counted in [`HmisImport::unmapped`].
//!
//! **An export is not a register.** It holds the enrolments under way at some
//! time of its period: of those who entered before it began, only who were
//! still there. Follow placements from
//! [`observed_from`](HmisImport::observed_from) on. And no news is no proof of
//! a home: that a permanent destination holds for two years unless the person
//! is seen again is the reading of HUD's measure of returns, not a fact.

mod codes;
mod costs;
mod enrolment;
mod files;
mod frame;
mod measures;
mod people;
mod placements;
mod stays;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use polars::prelude::DataFrame;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use measures::{
    Exclusion, HomelessLine, MeasureRules, Measures, Quantity, Sufficiency, hmis_measures,
};

use self::enrolment::Files;
use self::files::{File, Tally};
use super::{CheckOptions, Codes, Register, RegisterBuilder};
use crate::calendar::Day;
use crate::error::{Error, Result};

/// Which move-in dates are placements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveIns {
    /// Those in projects that give a home: HUD asks for the date only there.
    #[default]
    Housing,
    /// All, also those recorded by shelters, outreach and prevention.
    All,
}

/// How an export is read where it leaves a choice.
///
/// ```
/// use boligspor::register::hmis::HmisOptions;
/// assert_eq!(HmisOptions::default().permanent_days, 730);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HmisOptions {
    /// Which move-in dates are placements.
    pub move_ins: MoveIns,
    /// How long a permanent destination or a long-stay institution holds at
    /// most, in days. The default is the two years in which HUD's measure 2
    /// looks for returns.
    pub permanent_days: u32,
    /// How long any other destination holds at most, in days. The default is a
    /// month, for want of a source.
    pub temporary_days: u32,
}

impl Default for HmisOptions {
    fn default() -> Self {
        Self {
            move_ins: MoveIns::Housing,
            permanent_days: 730,
            temporary_days: 30,
        }
    }
}

/// Something in an export that the tables do not hold, or hold otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unmapped {
    /// The file, column or kind of row.
    pub what: String,
    /// How many rows; 0 for whole files that are not read.
    pub rows: usize,
    /// Why, and what is done instead.
    pub why: String,
}

/// The tables of an export.
#[derive(Clone)]
pub struct HmisImport {
    /// A row a client.
    pub persons: DataFrame,
    /// A row an enrolment in a project that gives a home.
    pub placements: DataFrame,
    /// A row a stay, with the part of the export it is read from as `source`.
    pub stays: DataFrame,
    /// A row a payment of financial assistance.
    pub costs: DataFrame,
    /// What could not be mapped, by what and why.
    pub unmapped: Vec<Unmapped>,
    /// The first day of the export's period.
    pub observed_from: Option<Day>,
    /// The last day of the export's period, or the day of the export if earlier.
    pub observed_until: Day,
    /// How it was read.
    pub options: HmisOptions,
}

impl HmisImport {
    /// A register of the tables, of no country's municipality codes.
    pub fn register(&self) -> RegisterBuilder {
        Register::builder()
            .persons(self.persons.clone())
            .placements(self.placements.clone())
            .stays(self.stays.clone())
            .costs(self.costs.clone())
            .observed_from(self.observed_from)
            .observed_until(self.observed_until)
            .check_options(Self::check_options())
    }

    /// The check options that such tables need.
    pub fn check_options() -> CheckOptions {
        CheckOptions {
            municipality_codes: Codes::Any,
            ..CheckOptions::default()
        }
    }

    /// Writes `persons`, `placements`, `stays` and `costs` as Parquet,
    /// `unmapped.csv`, and the days of observation as `import.json`, in the
    /// place of an earlier import if there is one, all at once.
    ///
    /// # Errors
    /// [`Error::Option`] where the folder holds other files, [`Error::File`]
    /// where it cannot be written.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<()> {
        write::write(self, folder.as_ref())
    }
}

/// Sizes only: no identifier, no value.
impl fmt::Debug for HmisImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HmisImport")
            .field("persons", &self.persons.height())
            .field("placements", &self.placements.height())
            .field("stays", &self.stays.height())
            .field("costs", &self.costs.height())
            .field("unmapped", &self.unmapped.len())
            .finish_non_exhaustive()
    }
}

/// Reads a folder of HMIS CSV files.
///
/// ```no_run
/// let import = boligspor::register::hmis::import_hmis("export")?;
/// for unmapped in &import.unmapped {
///     println!("{}: {} rows: {}", unmapped.what, unmapped.rows, unmapped.why);
/// }
/// import.write("tables")?;
/// # Ok::<(), boligspor::Error>(())
/// ```
///
/// # Errors
/// [`Error::Table`] and [`Error::File`] where a file or column that every
/// export has is not there or cannot be read.
pub fn import_hmis(folder: impl AsRef<Path>) -> Result<HmisImport> {
    import_hmis_with(folder, &HmisOptions::default())
}

/// Reads a folder of HMIS CSV files, with choices of one's own.
///
/// # Errors
/// As [`import_hmis`].
pub fn import_hmis_with(folder: impl AsRef<Path>, options: &HmisOptions) -> Result<HmisImport> {
    let folder = folder.as_ref();
    let mut tally = Tally::default();
    let files = Files {
        clients: File::read(folder, "Client.csv", &mut tally)?,
        projects: File::read(folder, "Project.csv", &mut tally)?,
        project_cocs: File::find(folder, "ProjectCoC.csv", &mut tally)?,
        enrolments: File::read(folder, "Enrollment.csv", &mut tally)?,
        exits: File::read(folder, "Exit.csv", &mut tally)?,
    };
    let services = File::find(folder, "Services.csv", &mut tally)?;
    let contacts = File::find(folder, "CurrentLivingSituation.csv", &mut tally)?;
    let (observed_from, observed_until) =
        period(&File::read(folder, "Export.csv", &mut tally)?, &mut tally)?;
    unread(folder, &mut tally)?;

    let ids = people::ids(&files.clients)?;
    let rows = enrolment::clients(&files.clients)?;
    let birth = files.clients.days("DOB", &mut tally)?;
    let enrolments = enrolment::read(&files, &rows, options, &mut tally)?;
    let person = |id: Option<&str>| rows.get(id?).copied();
    let sightings = stays::sightings(services.as_ref(), contacts.as_ref(), &person, &mut tally)?;
    let death = people::deaths(ids.len(), &enrolments);
    Ok(HmisImport {
        persons: people::persons(&files.clients, &ids, &birth, &death, &mut tally)?,
        placements: placements::placements(&ids, &enrolments, &mut tally)?,
        stays: stays::stays(&ids, &birth, &enrolments, &sightings, options, &mut tally)?,
        costs: costs::costs(services.as_ref(), &person, &ids, &mut tally)?,
        unmapped: tally.finish(),
        observed_from,
        observed_until,
        options: options.clone(),
    })
}

/// The first and last day of the export's period.
fn period(file: &File, tally: &mut Tally) -> Result<(Option<Day>, Day)> {
    let first = |days: Vec<Option<Day>>| days.into_iter().next().flatten();
    let from = first(file.days("ExportStartDate", tally)?);
    let until = first(file.days("ExportEndDate", tally)?);
    let made = first(file.days("ExportDate", tally)?);
    let until = until.into_iter().chain(made).min().ok_or_else(|| {
        Error::table(
            "Export.csv",
            Some("ExportEndDate"),
            "is missing",
            "without the last day of the export's period nobody can be followed",
        )
    })?;
    Ok((from.filter(|from| *from <= until), until))
}

/// Counts in the CSV files of the folder that no table is made of.
fn unread(folder: &Path, tally: &mut Tally) -> Result<()> {
    const READ: [&str; 8] = [
        "Client.csv",
        "CurrentLivingSituation.csv",
        "Enrollment.csv",
        "Exit.csv",
        "Export.csv",
        "Project.csv",
        "ProjectCoC.csv",
        "Services.csv",
    ];
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| Error::file("read", folder, e))? {
        let path = entry.map_err(|e| Error::file("read", folder, e))?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.extension().is_some_and(|e| e == "csv") && !READ.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    for name in names {
        tally.file(name);
    }
    Ok(())
}
