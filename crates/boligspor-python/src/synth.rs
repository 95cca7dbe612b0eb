//! Synthetic registers.

use std::panic::resume_unwind;
use std::path::PathBuf;

use boligspor::Error;
use boligspor_synth::{Error as SynthError, Spec};
use pyo3::prelude::*;

use crate::frame::Frame;
use crate::interrupt::interruptible;

/// A synthetic register in memory, by table.
#[pyfunction]
#[pyo3(signature = (preset, people, seed))]
pub(crate) fn synth(
    py: Python<'_>,
    preset: &str,
    people: Option<u64>,
    seed: Option<u64>,
) -> PyResult<Vec<(&'static str, Frame)>> {
    interruptible(py, |_| {
        let made = boligspor_synth::generate(&spec(preset, people, seed)?).map_err(refused)?;
        Ok(made
            .tables()
            .map(|(name, frame)| (name, Frame::new(frame)))
            .into())
    })
}

/// A synthetic register in a folder, a Parquet file a table, at any size.
#[pyfunction]
#[pyo3(signature = (preset, people, seed, out))]
pub(crate) fn synth_write(
    py: Python<'_>,
    preset: &str,
    people: Option<u64>,
    seed: Option<u64>,
    out: PathBuf,
) -> PyResult<()> {
    interruptible(py, |interrupt| {
        boligspor_synth::write(&spec(preset, people, seed)?, &out, |_, _| {
            if interrupt.check().is_err() {
                // The one way out of a callback that returns nothing: the
                // unfinished files are dropped on the way, and the signal is
                // what the caller sees.
                resume_unwind(Box::new("interrupted"));
            }
        })
        .map_err(refused)?;
        Ok(())
    })
}

fn spec(preset: &str, people: Option<u64>, seed: Option<u64>) -> boligspor::Result<Spec> {
    let mut spec = match preset {
        "odense_like" => Spec::odense_like(),
        "country" => Spec::country(),
        "cohort" => Spec::cohort(1_000, 1),
        _ => {
            return Err(Error::option(
                "preset",
                "names none",
                "presets are odense_like, country, cohort",
            ));
        }
    };
    spec.people = people.unwrap_or(spec.people);
    spec.seed = seed.unwrap_or(spec.seed);
    Ok(spec)
}

fn refused(error: SynthError) -> Error {
    match error {
        SynthError::Spec {
            field,
            problem,
            help,
        } => Error::option(field, problem, help),
        SynthError::Write { path, source } => Error::file("write", &path, source),
        other => Error::option("synth", other.to_string(), "please report this"),
    }
}
