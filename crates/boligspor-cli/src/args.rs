//! What can be typed.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  2    bad usage or study file
  3    bad data
  4    failed run
  130  interrupted (Ctrl-C); nothing half-written";

/// Housing First evaluation from register data: retention, costs and
/// municipal comparison.
#[derive(Debug, Parser)]
#[command(name = "boligspor", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Args {
    /// Results and errors as JSON, one object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No progress, no remarks: only results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a study: from tables to report
    Run(Run),
    /// Check the tables of a study, or tables given one by one
    Check(Check),
    /// Bring another system's export into Boligspor's tables
    #[command(subcommand)]
    Import(Import),
    /// HUD's system performance measures 1, 2 and 7 of an HMIS CSV export
    Measures(Measures),
    /// Make a synthetic register
    Synth(Synth),
    /// Say why one person counts as they do (internal: shows a person's days)
    Explain(Explain),
    /// Print the JSON Schema of study files
    Schema,
}

/// Run a study.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// The study file (study.toml)
    pub(crate) study: PathBuf,
    /// The folder for the results; an earlier run's results in it are replaced
    /// when all is done
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write the uncleared results too, in a folder of that name: they must not
    /// leave the secure environment
    #[arg(long)]
    pub(crate) internal: bool,
    /// The project's record of earlier releases, in the place of the study's own:
    /// the release is cleared together with them and entered
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
}

/// Check tables.
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The study file (study.toml)
    #[arg(required_unless_present = "persons", conflicts_with = "persons")]
    pub(crate) study: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tables: Tables,
    /// The last day on which the registers are complete, as 2023-12-31
    #[arg(long, value_name = "DATE", requires = "persons")]
    pub(crate) observed_until: Option<String>,
    /// The first day from which the registers are complete
    #[arg(long, value_name = "DATE", requires = "persons")]
    pub(crate) observed_from: Option<String>,
    /// A column by which people will be divided or chosen (may be given several
    /// times): the check tells of values known only after time zero
    #[arg(long, value_name = "COLUMN", requires = "persons")]
    pub(crate) strata: Vec<String>,
    /// When the clock of the strata starts
    #[arg(
        long,
        value_name = "EVENT",
        requires = "strata",
        default_value = "placement"
    )]
    pub(crate) time_zero: TimeZero,
}

/// When the clock starts.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum TimeZero {
    /// On the day of placement.
    Placement,
    /// On the day of enrolment.
    Enrolment,
}

/// Tables, as paths to Parquet or CSV files.
#[derive(Debug, clap::Args)]
pub(crate) struct Tables {
    /// The persons table (Parquet or CSV)
    #[arg(long, value_name = "FILE", requires_all = ["placements", "stays", "observed_until"])]
    pub(crate) persons: Option<PathBuf>,
    /// The placements table
    #[arg(long, value_name = "FILE", requires = "persons")]
    pub(crate) placements: Option<PathBuf>,
    /// The stays table
    #[arg(long, value_name = "FILE", requires = "persons")]
    pub(crate) stays: Option<PathBuf>,
    /// The costs table
    #[arg(long, value_name = "FILE", requires = "persons")]
    pub(crate) costs: Option<PathBuf>,
    /// The municipalities table
    #[arg(long, value_name = "FILE", requires = "persons")]
    pub(crate) municipalities: Option<PathBuf>,
    /// The counts table
    #[arg(long, value_name = "FILE", requires = "persons")]
    pub(crate) counts: Option<PathBuf>,
    /// The price index table
    #[arg(long, value_name = "FILE", requires = "persons")]
    pub(crate) price_index: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// A US HMIS CSV export
    Hmis(Hmis),
    /// A folder of Danish registers, as a mapping file describes them
    Registers(Registers),
}

/// Import a folder of Danish registers.
#[derive(Debug, clap::Args)]
pub(crate) struct Registers {
    /// The folder of the deliveries (SAS7bdat, Stata, Parquet, CSV)
    pub(crate) folder: PathBuf,
    /// The mapping file: which files are which register, and what their columns
    /// are called
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: PathBuf,
    /// The folder for the tables and the account of what was corrected
    #[arg(long, short, value_name = "TABLES")]
    pub(crate) out: PathBuf,
    /// Also write a study file that runs on the tables
    #[arg(long, value_name = "FILE")]
    pub(crate) study: Option<PathBuf>,
}

/// HUD's measures of an HMIS export.
#[derive(Debug, clap::Args)]
pub(crate) struct Measures {
    /// The folder of the export (Enrollment.csv, Exit.csv, …)
    pub(crate) folder: PathBuf,
    /// The fiscal year, by the year in which it ends
    #[arg(long, value_name = "YEAR")]
    pub(crate) fiscal_year: i32,
    /// The fiscal year whose rules are used
    #[arg(long, value_name = "YEAR", default_value_t = 2026)]
    pub(crate) rules: i32,
}

/// Import an HMIS CSV export.
#[derive(Debug, clap::Args)]
pub(crate) struct Hmis {
    /// The folder of the export (Enrollment.csv, Exit.csv, …)
    pub(crate) folder: PathBuf,
    /// The folder for the tables
    #[arg(long, short, value_name = "TABLES")]
    pub(crate) out: PathBuf,
    /// Also write a study file that runs on the tables
    #[arg(long, value_name = "FILE")]
    pub(crate) study: Option<PathBuf>,
}

/// Make a synthetic register.
#[derive(Debug, clap::Args)]
pub(crate) struct Synth {
    /// Which register to make: one municipality, a country, or a plain cohort
    #[arg(long, value_parser = PossibleValuesParser::new(["odense_like", "country", "cohort"]),
          default_value = "odense_like", conflicts_with = "spec")]
    pub(crate) preset: String,
    /// A file with the whole specification instead (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// How many people
    #[arg(long, value_name = "N")]
    pub(crate) people: Option<u64>,
    /// The seed: the same seed gives the same bytes
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
    /// Raw registers with their dirt and a mapping file, instead of tables
    #[arg(long)]
    pub(crate) as_registers: bool,
    /// The folder for the tables
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// Explain one person.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The study file (study.toml)
    pub(crate) study: PathBuf,
    /// The person's identifier, as it stands in the persons table
    #[arg(long, value_name = "ID")]
    pub(crate) person: String,
    /// Print although the output is not a terminal
    #[arg(long)]
    pub(crate) allow_pipe: bool,
}
