//! The two registers in the repository's `data-samples/`.

use std::fs;
use std::path::Path;

use polars::prelude::*;

use crate::day;
use crate::error::{Error, Result};
use crate::generate::{Summary, generate, temporary, write};
use crate::services;
use crate::spec::Spec;

/// Tables of the municipality that are also given as CSV, to show CSV input.
const AS_CSV: [&str; 3] = ["persons", "placements", "stays"];

/// Writes `odense_like/` and `country/` into `dir`: Parquet tables, `truth.json`
/// and `spec.toml`, and for `odense_like` the required tables as CSV too.
///
/// # Errors
/// [`Error::Write`] where the folder cannot be written.
///
/// ```no_run
/// let [odense_like, country] = boligspor_synth::write_samples("data-samples".as_ref())?;
/// println!("{} and {} people", odense_like.rows["persons"], country.rows["persons"]);
/// # Ok::<(), boligspor_synth::Error>(())
/// ```
pub fn write_samples(dir: &Path) -> Result<[Summary; 2]> {
    let municipality = Spec::odense_like();
    let odense_like = write(&municipality, &dir.join("odense_like"), |_, _| ())?;
    let csv = dir.join("odense_like").join("csv");
    fs::create_dir_all(&csv).map_err(Error::write(&csv))?;
    for (name, table) in generate(&municipality)?.tables() {
        if AS_CSV.contains(&name) {
            let file = temporary(&csv)?;
            CsvWriter::new(file.as_file()).finish(&mut table.clone())?;
            let path = csv.join(format!("{name}.csv"));
            file.persist(&path)
                .map_err(|e| Error::write(path)(e.error))?;
        }
    }
    let spec = Spec::country();
    let mut country = write(&spec, &dir.join("country"), |_, _| ())?;
    let registers = generate(&spec)?;
    let years = spec.first_year..=day::year(day::number(spec.observed_until));
    for (name, mut table) in [
        (
            "services",
            services::services(&registers.stays, &registers.costs)?,
        ),
        ("prices", services::prices(years)?),
    ] {
        let folder = dir.join("country");
        let file = temporary(&folder)?;
        ParquetWriter::new(file.as_file())
            .with_compression(ParquetCompression::Zstd(None))
            .set_parallel(false)
            .finish(&mut table)?;
        let path = folder.join(format!("{name}.parquet"));
        file.persist(&path)
            .map_err(|e| Error::write(path)(e.error))?;
        country.rows.insert(name, table.height() as u64);
    }
    Ok([odense_like, country])
}
