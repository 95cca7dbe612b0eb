//! The three analyses on the sample country: retention, costs and municipal
//! comparison, each with its definition and its warnings.
//!
//! ```sh
//! cargo run --example three_analyses
//! cargo run --example three_analyses -- FOLDER_OF_TABLES
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it computes")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use boligspor::calendar::day;
use boligspor::cohort::{Cohort, CohortSpec};
use boligspor::costs::{self, CostSpec};
use boligspor::municipality::{self, CompareSpec};
use boligspor::register::Table;
use boligspor::retention::{self, Definition};
use boligspor::{Lang, Register};
use polars::prelude::{DataFrame, IntoLazy, col, lit};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tables = std::env::args().nth(1).map_or_else(sample, PathBuf::from);
    let register = Arc::new(register(&tables)?);
    println!("{} people\n", register.people().len());
    println!("{}\n", register.checks());

    let cohort = Cohort::builder(&register)
        .spec(CohortSpec {
            look_back_months: 12,
            ..CohortSpec::default()
        })
        .include("adults", col("age").gt_eq(lit(18)))
        .strata(["support_method"])
        .build()?;
    println!("Who is in the cohort");
    for step in &cohort.attrition().steps {
        println!(
            "  {:>6} {}, {} left out",
            step.rows,
            step.step.label(Lang::En),
            step.rows_out
        );
    }

    let definition = Definition::preset("odense_vive")?;
    let kept = retention::estimate(&cohort, &definition)?;
    let columns = [
        "support_method",
        "horizon",
        "n",
        "at_risk",
        "retained",
        "share",
        "low",
        "high",
    ];
    show(
        "Retention",
        &kept.table().select(columns)?,
        &kept.describe(Lang::En),
        kept.warnings(Lang::En),
    );

    let spent = costs::trajectory(
        &cohort.undivided(),
        &CostSpec {
            price_base: Some(2023),
            replicates: 199,
            ..CostSpec::default()
        },
    )?;
    let all = |column: &str| col(column.to_owned()).eq(lit("all"));
    let by_year = spent
        .table()
        .clone()
        .lazy()
        .filter(all("category").and(all("payer")))
        .select([
            col("period"),
            col("persons"),
            col("mean_per_person_year"),
            col("low"),
            col("high"),
        ])
        .collect()?;
    show(
        "Costs by year from placement",
        &by_year,
        &spent.describe(Lang::En),
        spent.warnings(Lang::En),
    );

    let compared = municipality::compare(
        &cohort.undivided(),
        &CompareSpec {
            definition,
            horizon: 12,
            costs: CostSpec {
                replicates: 0,
                ..CostSpec::default()
            },
            ..CompareSpec::default()
        },
    )?;
    let outside = compared
        .table()
        .clone()
        .lazy()
        .filter(col("signal").neq(lit("inside")))
        .select([
            col("municipality"),
            col("n"),
            col("observed"),
            col("expected"),
            col("ratio"),
            col("signal"),
            col("small"),
        ])
        .collect()?;
    show(
        "Municipalities outside what chance allows",
        &outside,
        &compared.describe(Lang::En),
        compared.warnings(Lang::En),
    );
    Ok(())
}

/// A register of every table in the folder.
fn register(folder: &Path) -> boligspor::Result<Register> {
    let mut builder = Register::builder()
        .observed_from(Some(day(2013, 1, 1)))
        .observed_until(day(2024, 12, 31));
    for table in Table::ALL {
        let path = folder.join(table.name()).with_extension("parquet");
        if path.exists() {
            builder = builder.table(table, path);
        }
    }
    builder.build()
}

/// The sample country, wherever the example is run from.
fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data-samples/country")
}

/// A number never travels without its definition, nor without its warnings.
fn show(title: &str, table: &DataFrame, definition: &str, warnings: &[String]) {
    println!("\n{title}\n{table}\n{definition}");
    for warning in warnings {
        println!("! {warning}");
    }
}
