//! Choices of an import, each with its default and where that is from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dream::CodeGroup;
use crate::calendar::{Date, day};
use crate::error::{Error, Result};
use crate::state::{Precedence, State};

/// Who is in the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeopleKept {
    /// Everybody whom a register names.
    #[default]
    All,
    /// Who is in `placements`, the shelter register or the case files; the
    /// others are passed over, so that a country's registers need little memory.
    Evaluated,
}

/// Which registers tell where people live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Road {
    /// The most exact that the deliveries allow: spells, else snapshots, else
    /// presence.
    #[default]
    Auto,
    /// BEFBOP, its addresses found in BEFADR.
    Spells,
    /// BEF's snapshots and the day moved in.
    Snapshots,
    /// Only who is in the country and alive: VNDS and DOD. Nobody's dwelling
    /// is then known.
    Presence,
}

/// What the last day of an address spell means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BopEnd {
    /// The first day no longer there: the day of moving out.
    #[default]
    Exclusive,
    /// The last day there.
    Inclusive,
}

/// How residence is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResidenceOptions {
    /// The road.
    pub road: Road,
    /// What `bop_vtil` means. No public source says; the default is ours.
    pub bop_vtil: BopEnd,
}

/// What is done with a stay of one day that another follows soon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OneDay {
    /// It lasted until the next admission: its discharge was put in.
    #[default]
    Join,
    /// It is left out.
    Drop,
    /// It is taken as it is.
    Keep,
}

/// What is done with a stay that is open at the end of data while a later
/// admission of the person is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenStay {
    /// Its discharge is still to come, where it is not open for longer than
    /// `longest_open`: the later admission lies within it. Statistics Denmark
    /// puts a discharge in where one admission follows another, so one that was
    /// forgotten is not what is open.
    #[default]
    GoesOn,
    /// Its discharge is missing: it ended with the later admission.
    EndsAtNext,
}

/// What a type of stay in the shelter register is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StayType {
    /// The housing state; none where the person sleeps at home, so that it is
    /// no stay.
    #[serde(default)]
    pub state: Option<State>,
    /// The last day on which the type was in use. Later rows are counted.
    #[serde(default)]
    pub until: Option<Date>,
}

/// How the shelter register (§110) is cleaned. Each rule can be switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each rule is a switch of its own"
)]
pub struct ShelterOptions {
    /// Of rows with the same person, day of admission and institution, only
    /// the newest delivery's is kept.
    pub repeated: bool,
    /// Rows discharged before they are admitted are left out.
    pub reversed: bool,
    /// Stay types, by the code in the register. A row without a type, as all
    /// were before 2021, is `shelter`. Unknown types are left out and counted.
    pub stay_types: BTreeMap<String, StayType>,
    /// A check-in on 1 January that follows a stay ending at most a day before
    /// is technical: the two are one stay.
    pub technical_check_ins: bool,
    /// A stay of one day that is followed by another within `one_day_gap`
    /// days: where two admissions follow each other, Statistics Denmark puts in
    /// the missing discharge on the next day.
    pub one_day_stays: OneDay,
    /// See `one_day_stays`. No source gives a number; the default is ours.
    pub one_day_gap: u32,
    /// An admission on the day after a discharge was put in between two
    /// discharges: the two are one stay.
    pub inserted_admissions: bool,
    /// A stay without a discharge ends with the person's next admission.
    pub missing_discharges: bool,
    /// A stay without a discharge, though the person was admitted again later.
    /// Nothing in the rows tells a stay with another registered within it from
    /// one whose discharge is missing; the default is ours.
    pub open_stays: OpenStay,
    /// A stay without discharge or later admission lasts at most so many days
    /// from its last check-in.
    /// No source gives a number; the default is ours. 0: until the end of data.
    pub longest_open: u32,
    /// Stays of one person in one state that overlap are cut so that no night
    /// counts twice.
    pub overlaps: bool,
    /// Stays left on the day of arrival, which have no night, are left out.
    pub no_night: bool,
}

impl Default for ShelterOptions {
    fn default() -> Self {
        let kind = |state, until| StayType { state, until };
        Self {
            repeated: true,
            reversed: true,
            stay_types: [
                ("shelter", kind(Some(State::Shelter), None)),
                // A night café is a place to spend the night, not to live.
                (
                    "night_cafe",
                    kind(Some(State::Street), Some(Date(day(2022, 7, 31)))),
                ),
                ("aftercare", kind(None, Some(Date(day(2024, 7, 31))))),
            ]
            .map(|(name, kind)| (name.to_owned(), kind))
            .into(),
            technical_check_ins: true,
            one_day_stays: OneDay::Join,
            one_day_gap: 30,
            inserted_admissions: true,
            missing_discharges: true,
            open_stays: OpenStay::GoesOn,
            longest_open: 365,
            overlaps: true,
            no_night: true,
        }
    }
}

/// How spells that one register tears apart are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpellOptions {
    /// Spells at most so many days apart are one; overlapping ones always are.
    pub gap_days: u32,
}

/// How hospital registers are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HospitalOptions {
    /// Contacts at most so many days apart are one admission.
    pub gap_days: u32,
    /// The first day of the new register (LPR3). Admissions that the old one
    /// leaves open end there, unless the new one goes on with them. Regions
    /// changed over in February and March 2019; the default is 1 March.
    pub break_day: Date,
}

impl Default for HospitalOptions {
    fn default() -> Self {
        Self {
            gap_days: 0,
            break_day: Date(day(2019, 3, 1)),
        }
    }
}

/// How registers become tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Who is in the tables.
    pub people: PeopleKept,
    /// Where people live.
    pub residence: ResidenceOptions,
    /// What became of the municipality codes of before 2007: a CSV file below the
    /// deliveries' folder with the columns `old`, `new` and `divided`. None: the
    /// shipped table, which says of each row how sure it is.
    pub reform_2007: Option<String>,
    /// The shelter register.
    pub shelter: ShelterOptions,
    /// Hospital and psychiatry.
    pub hospital: HospitalOptions,
    /// Imprisonments: transfers between prisons are rows of their own, which
    /// begin when the one before ends, or a day later.
    pub prison: SpellOptions,
    /// Treatment: requests at most ten days apart are one course.
    pub treatment: SpellOptions,
    /// The code groups of DREAM that become services. None: DREAM is not read.
    pub dream: Vec<CodeGroup>,
    /// Which state wins a day that several registers claim, for the report of
    /// what was overridden.
    pub precedence: Precedence,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            people: PeopleKept::All,
            residence: ResidenceOptions::default(),
            reform_2007: None,
            shelter: ShelterOptions::default(),
            hospital: HospitalOptions::default(),
            prison: SpellOptions { gap_days: 1 },
            treatment: SpellOptions { gap_days: 10 },
            dream: Vec::new(),
            precedence: Precedence::default(),
        }
    }
}

impl Options {
    pub(in crate::register) fn check(&self) -> Result<()> {
        for group in &self.dream {
            if group.from > group.to {
                return Err(Error::option(
                    format!("dream group `{}`", group.name),
                    "begins after it ends",
                    "give the first and the last code of the group",
                ));
            }
        }
        Ok(())
    }
}
