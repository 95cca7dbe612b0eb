//! The samples in the repository are what the example makes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use boligspor_synth::{Spec, generate, write_samples};

/// Every generated file below a folder, by its path in it.
///
/// Study files and prose are written by hand, so they are not compared.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            let generated = [".parquet", ".csv", "truth.json", "spec.toml"];
            if generated.iter().any(|end| name.ends_with(end)) {
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_samples_in_the_repository_are_made_again_byte_for_byte() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data-samples");
    let fresh = tempfile::tempdir().unwrap();
    write_samples(fresh.path()).unwrap();
    let (fresh, committed) = (files(fresh.path()), files(&repository));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&fresh), names(&committed));
    let differing: Vec<&String> = fresh
        .iter()
        .filter(|(name, bytes)| committed[*name] != **bytes)
        .map(|(name, _)| name)
        .collect();
    assert!(
        differing.is_empty(),
        "{differing:?} differ: run `cargo run --example samples` and look at the changes"
    );
}

#[test]
fn the_samples_stay_under_five_megabytes() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data-samples");
    let size: usize = files(&repository).values().map(Vec::len).sum();
    assert!((100_000..5_000_000).contains(&size), "{size} bytes");
}

#[test]
fn the_data_dictionary_names_every_column_and_every_code() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data-samples");
    let dictionary = fs::read_to_string(repository.join("README.md")).unwrap();
    let coded = [
        "sex",
        "origin",
        "support_method",
        "housing_source",
        "programme",
        "state",
        "source",
        "category",
        "payer",
        "group",
        "situation",
        "age_band",
        "method",
        "precondition",
        "rating",
    ];
    let registers = generate(&Spec::country()).unwrap();
    for (name, table) in registers.tables() {
        assert!(dictionary.contains(&format!("`{name}`")), "{name}");
        for column in table.columns() {
            let named = |word: &str| dictionary.contains(&format!("`{word}`"));
            assert!(named(column.name()), "{name}.{}", column.name());
            if coded.contains(&column.name().as_str()) {
                let values = column.as_materialized_series().unique().unwrap();
                for value in values.str().unwrap().iter().flatten() {
                    assert!(named(value), "{name}.{}: {value}", column.name());
                }
            }
        }
    }
}
