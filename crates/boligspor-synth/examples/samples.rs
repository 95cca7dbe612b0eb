//! Makes the samples in `data-samples/`, byte for byte:
//! `cargo run --example samples [FOLDER]`.

use std::path::{Path, PathBuf};

use boligspor_synth::{Spec, Truth, write_samples};

#[expect(clippy::print_stdout, reason = "an example that reports to a terminal")]
fn main() -> Result<(), boligspor_synth::Error> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data-samples");
    let folder = std::env::args_os().nth(1).map_or(repository, PathBuf::from);
    let summaries = write_samples(&folder)?;
    for (summary, spec) in summaries.iter().zip([Spec::odense_like(), Spec::country()]) {
        println!("seed {}, {} people", spec.seed, spec.people);
        for (table, n) in &summary.rows {
            println!("  {table:<16}{n:>9} rows");
        }
        let truth = Truth::of(&spec)?;
        for r in &truth.placed {
            println!(
                "  {:>2} months: {:.1} % of the living in a dwelling, {:.1} % in the allotted one",
                r.horizon_months,
                100.0 * r.any_dwelling_of_living,
                100.0 * r.allotted_dwelling_of_living
            );
        }
        for c in &truth.costs_by_relative_year {
            println!(
                "  year {:>2}: {:>8.0} DKK a person",
                c.year, c.mean_per_person
            );
        }
    }
    Ok(())
}
