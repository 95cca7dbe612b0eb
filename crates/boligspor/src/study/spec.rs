//! What a study file says: one struct a section.
//!
//! The doc comments here are also the descriptions in the JSON Schema, so
//! they speak to whoever writes a `study.toml` in an editor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema;
use crate::calendar::Date;
use crate::cohort::CohortSpec;
use crate::costs::{CostSpec, RefundSpec};
use crate::days::DaysSpec;
use crate::effect::{Design, Scenario};
use crate::groups::GroupsSpec;
use crate::lang::Lang;
use crate::municipality::{
    ContextSpec, CountSpec, Expected, HomesSpec, PeerSpec, StatusRule, SupportSpec,
};
use crate::register::{CheckOptions, Table};
use crate::release::Format;
use crate::retention::{CurveSpec, Definition};
use crate::returns::ReturnsSpec;
use crate::state::Precedence;

/// The version of study files that this library reads.
pub const VERSION: u32 = 1;

/// A Boligspor study: which tables, which people, which analyses, which outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Boligspor study, version 1")]
pub struct Study {
    /// The version of the study file's format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// What the study is called, and the language of its report.
    pub study: About,
    /// The tables, and the days they observe.
    pub inputs: Inputs,
    /// How strict the data checks are.
    #[serde(default)]
    pub checks: CheckOptions,
    /// How overlapping stays become one state a day.
    #[serde(default)]
    pub timeline: Timeline,
    /// Who is studied, from when, and for how long they are followed.
    #[serde(default)]
    pub cohort: CohortSpec,
    /// The definitions of housing retention, each a `[[retention]]` section.
    #[serde(default)]
    #[schemars(with = "Vec<schema::RetentionSection>")]
    pub retention: Vec<Definition>,
    /// The whole curve of every definition that has one, by month or by day,
    /// with competing ends and the numbers at risk.
    #[serde(default)]
    pub retention_curve: Option<CurveSpec>,
    /// Expected days in every state within a horizon.
    #[serde(default)]
    pub days_housed: Option<DaysSpec>,
    /// Returns to homelessness after an exit, or home after a loss, each a
    /// `[[returns]]` section.
    #[serde(default)]
    pub returns: Vec<ReturnsSpec>,
    /// Groups side by side by the first definition with horizons, each a
    /// `[[groups]]` section.
    #[serde(default)]
    pub groups: Vec<GroupsSpec>,
    /// Spending before and after time zero. Needs the `costs` table, or
    /// `services` and `prices`.
    #[serde(default)]
    pub costs: Option<CostSpec>,
    /// Costs of the placed beside those of people not placed, each design an
    /// `[[effects]]` section. Needs the `costs` table.
    #[serde(default)]
    pub effects: Vec<Design>,
    /// What it costs to house someone, by payer, each scenario a `[[net_cost]]`
    /// section that rests on one of the `[[effects]]` designs.
    #[serde(default)]
    pub net_cost: Vec<Scenario>,
    /// Who pays what under several sets of refund rules.
    #[serde(default)]
    pub refunds: Option<RefundSpec>,
    /// Municipalities side by side.
    #[serde(default)]
    pub compare: Option<Compare>,
    /// Point-in-time counts: rates, changes, shares, a programme's trend. Needs
    /// the tables `counts` and `municipalities`.
    #[serde(default)]
    pub homelessness: Option<CountSpec>,
    /// How far each municipality has put the approach in place, by a rule. Needs
    /// the table `assessments`.
    #[serde(default)]
    pub implementation: Option<StatusRule>,
    /// Caseload, reach and timing of the support.
    #[serde(default)]
    pub support: Option<SupportSpec>,
    /// Homes at the municipalities' disposal, rents, waits and a forecast.
    #[serde(default)]
    pub homes: Option<HomesSpec>,
    /// Barriers, stakeholders and risks, naming no municipality. Needs the table
    /// `context`.
    #[serde(default)]
    pub context: Option<ContextSpec>,
    /// A municipality beside those most like it, its group, its region and the
    /// country. Needs the table `municipalities`.
    #[serde(default)]
    pub peers: Option<Peers>,
    /// Each municipality's own sheet, two pages that name no other. Uses what the
    /// sections above say of the comparison, implementation, support and homes.
    #[serde(default)]
    pub sheets: Option<Sheets>,
    /// What leaves the secure environment, and under which rules.
    #[serde(default)]
    pub release: ReleaseSpec,
    /// What is written.
    #[serde(default)]
    pub outputs: Outputs,
}

/// One municipality beside others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// Whose table it is: a code of three digits.
    pub municipality: String,
    /// How its peers are chosen, and what is shown.
    #[serde(default)]
    pub choice: PeerSpec,
}

/// The municipalities' own sheets, written as HTML and DOCX to `internal/sheets/`
/// where internal results are asked for: they have not been through disclosure
/// control.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sheets {
    /// Codes of the municipalities; left out: all that place somebody or are
    /// counted.
    pub municipalities: Vec<String>,
    /// How the peers on a sheet are chosen.
    pub peers: PeerSpec,
}

/// What the study is called, and the language of its report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The title of the report.
    pub title: String,
    /// The language of the report and its charts.
    #[serde(default)]
    pub lang: Lang,
    /// The currency of all amounts, as its three-letter code.
    #[serde(default = "danish_kroner")]
    pub currency: String,
    /// A sentence or two beneath the title: where the data come from, and
    /// what a reader must know about them.
    #[serde(default)]
    pub note: Option<String>,
}

fn danish_kroner() -> String {
    "DKK".into()
}

/// The tables of a study, as paths to Parquet or CSV files (or folders of
/// Parquet files) relative to the study file, and the days they observe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// People: person, birth_date, sex, death_date and covariates.
    pub persons: String,
    /// Placements in a home: person, enrolled_on, placed_on, municipality, …
    pub placements: String,
    /// Stays in one state each: person, start, end, state, dwelling, …
    pub stays: String,
    /// Money spent: person, start and end or date, category, amount, payer.
    #[serde(default)]
    pub costs: Option<String>,
    /// Use of services, priced by `prices`.
    #[serde(default)]
    pub services: Option<String>,
    /// Unit prices of services by year.
    #[serde(default)]
    pub prices: Option<String>,
    /// The price level of each year.
    #[serde(default)]
    pub price_index: Option<String>,
    /// Municipalities by year: name, group, population.
    #[serde(default)]
    pub municipalities: Option<String>,
    /// Point-in-time counts of homelessness.
    #[serde(default)]
    pub counts: Option<String>,
    /// Caseworkers and the citizens they support.
    #[serde(default)]
    pub capacity: Option<String>,
    /// Vacant dwellings and those allotted by the municipality.
    #[serde(default)]
    pub allocations: Option<String>,
    /// How far each precondition of Housing First is met.
    #[serde(default)]
    pub assessments: Option<String>,
    /// The same, by a second assessor.
    #[serde(default)]
    pub second_assessments: Option<String>,
    /// Barriers, stakeholders and risks found in each municipality.
    #[serde(default)]
    pub context: Option<String>,
    /// The first day from which the registers are complete, for look-back.
    #[serde(default)]
    pub observed_from: Option<Date>,
    /// The last day on which the registers are complete.
    pub observed_until: Date,
}

impl Inputs {
    /// The tables given, the required ones first.
    pub fn tables(&self) -> Vec<(Table, &str)> {
        Table::ALL
            .into_iter()
            .filter_map(|table| Some((table, self.path(table)?)))
            .collect()
    }

    /// The path of a table, where it is given.
    pub fn path(&self, table: Table) -> Option<&str> {
        match table {
            Table::Persons => Some(&self.persons),
            Table::Placements => Some(&self.placements),
            Table::Stays => Some(&self.stays),
            Table::Costs => self.costs.as_deref(),
            Table::Services => self.services.as_deref(),
            Table::Prices => self.prices.as_deref(),
            Table::PriceIndex => self.price_index.as_deref(),
            Table::Municipalities => self.municipalities.as_deref(),
            Table::Counts => self.counts.as_deref(),
            Table::Capacity => self.capacity.as_deref(),
            Table::Allocations => self.allocations.as_deref(),
            Table::Assessments => self.assessments.as_deref(),
            Table::SecondAssessments => self.second_assessments.as_deref(),
            Table::Context => self.context.as_deref(),
        }
    }
}

/// How overlapping stays become one state a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Timeline {
    /// The states that win a day over all others, strongest first; the rest
    /// follow in the default order.
    pub precedence: Precedence,
}

/// Municipalities side by side, with what their case mix leads to expect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Compare {
    /// The name of the retention definition compared; left out: the first one.
    pub definition: Option<String>,
    /// The horizon compared, in the definition's unit; left out: its last one.
    pub horizon: Option<u32>,
    /// Columns whose strata make the expected number (indirect standardisation).
    pub case_mix: Vec<String>,
    /// Whether the expected number comes from `strata` or from a risk `model`.
    pub expected: Expected,
    /// Bootstrap replicates in which the risk model is fitted again; 0 for none.
    pub model_replicates: u32,
    /// Whether the funnel's limits allow for more variation between
    /// municipalities than chance gives.
    pub overdispersion: bool,
    /// The relative cost periods compared, before and after time zero.
    pub cost_periods: (i32, i32),
    /// A municipality with fewer people is flagged as small, never hidden.
    pub small: u32,
    /// Municipalities by anonymous label instead of by code and name.
    pub anonymous: bool,
}

impl Default for Compare {
    fn default() -> Self {
        let spec = crate::municipality::CompareSpec::default();
        Self {
            definition: None,
            horizon: None,
            case_mix: spec.case_mix,
            expected: spec.expected,
            model_replicates: spec.model_replicates,
            overdispersion: spec.overdispersion,
            cost_periods: spec.cost_periods,
            small: spec.small,
            anonymous: spec.anonymous,
        }
    }
}

/// What leaves the secure environment, under which rules, and what the request
/// sheet says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReleaseSpec {
    /// The policy: the name of a shipped one (`statistics-denmark`,
    /// `opensafely`, `acro-like`, `eurostat-like`), the path of a TOML file
    /// relative to the study file, or `none` where nothing is to be released.
    pub policy: String,
    /// Decimals of published percentages; the policy's where those are fewer.
    #[schemars(range(min = 0, max = 4))]
    pub decimals: u32,
    /// Whether to write the uncleared results too, in a folder `internal` that
    /// must not leave.
    pub internal: bool,
    /// The release's name, as on the request sheet and in the ledger.
    pub name: String,
    /// The project's record of what was released before, a file relative to the
    /// study file that is begun where there is none. This release is cleared
    /// together with those in it, and entered under its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger: Option<String>,
    /// The kinds of file that leave; left out: those of `[outputs]`, an Excel
    /// workbook, and beside the report a document that an office can edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formats: Option<Vec<Format>>,
    /// What is to be released; left out: the tables are listed.
    pub what: String,
    /// What it is to be used for.
    pub why: String,
    /// Who the people are; left out: the cohort in words.
    pub population: String,
}

impl Default for ReleaseSpec {
    fn default() -> Self {
        Self {
            policy: "statistics-denmark".into(),
            decimals: 0,
            internal: false,
            name: String::new(),
            ledger: None,
            formats: None,
            what: String::new(),
            why: String::new(),
            population: String::new(),
        }
    }
}

/// A format that result tables are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TableFormat {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated text, UTF-8, decimal point.
    Csv,
}

/// A format that charts are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChartFormat {
    /// Vector graphics.
    Svg,
    /// A picture of pixels.
    Png,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Outputs {
    /// The formats of the result tables.
    pub tables: Vec<TableFormat>,
    /// The formats of the charts as files of their own; the report has them anyway.
    pub charts: Vec<ChartFormat>,
    /// Whether to write `report.html`.
    pub report: bool,
    /// How many months from time zero the picture of all states covers.
    #[schemars(range(min = 1, max = 1200))]
    pub occupancy_months: u32,
}

impl Default for Outputs {
    fn default() -> Self {
        Self {
            tables: vec![TableFormat::Parquet, TableFormat::Csv],
            charts: vec![ChartFormat::Svg],
            report: true,
            occupancy_months: 36,
        }
    }
}
