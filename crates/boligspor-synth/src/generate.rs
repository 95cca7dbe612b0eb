//! Registers in memory, and registers on disk however large.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::*;
use rayon::prelude::*;
use tempfile::NamedTempFile;

use crate::area;
use crate::career::World;
use crate::dirt::{self, Mark, Planted};
use crate::error::{Error, Result};
use crate::frames::{self, Ids};
use crate::rows::Rows;
use crate::spec::Spec;
use crate::truth::Truth;

/// People simulated by one task; small enough to share out 500 people.
const TASK: u64 = 128;

/// People in one row group; two such chunks are in memory while writing.
const CHUNK: u64 = 8_192;

/// All tables of a synthetic register, in memory.
#[derive(Clone, Debug)]
pub struct Registers {
    /// One row a person.
    pub persons: DataFrame,
    /// One row an enrolment; `placed_on` is null for those never placed.
    pub placements: DataFrame,
    /// One row a stay, `[start, end)`.
    pub stays: DataFrame,
    /// One row an amount; no rows where the spec has `costs = false`.
    pub costs: DataFrame,
    /// One row a municipality and year.
    pub municipalities: DataFrame,
    /// Point-in-time counts.
    pub counts: DataFrame,
    /// Caseworkers and citizens by support method.
    pub capacity: DataFrame,
    /// Vacant public dwellings and those allotted.
    pub allocations: DataFrame,
    /// How far each precondition is met.
    pub assessments: DataFrame,
    /// The same by a second assessor.
    pub second_assessments: DataFrame,
    /// Barriers, stakeholders and risks of each municipality.
    pub context: DataFrame,
    /// The synthetic price index.
    pub price_index: DataFrame,
    /// The errors planted, by kind.
    pub planted: Planted,
}

impl Registers {
    /// Every table with the name of its file, in a fixed order.
    pub fn tables(&self) -> [(&'static str, &DataFrame); 12] {
        [
            ("persons", &self.persons),
            ("placements", &self.placements),
            ("stays", &self.stays),
            ("costs", &self.costs),
            ("municipalities", &self.municipalities),
            ("counts", &self.counts),
            ("capacity", &self.capacity),
            ("allocations", &self.allocations),
            ("assessments", &self.assessments),
            ("second_assessments", &self.second_assessments),
            ("context", &self.context),
            ("price_index", &self.price_index),
        ]
    }
}

/// What [`write`] wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Rows by table.
    pub rows: BTreeMap<&'static str, u64>,
    /// The errors planted, by kind.
    pub planted: Planted,
}

/// Makes a register in memory.
///
/// # Errors
/// [`Error::Spec`] where the spec is out of range.
///
/// ```
/// use boligspor_synth::{Spec, generate};
/// let registers = generate(&Spec { people: 200, ..Spec::odense_like() })?;
/// assert_eq!(registers.persons.height(), 200);
/// assert!(registers.stays.height() > 1_000);
/// # Ok::<(), boligspor_synth::Error>(())
/// ```
pub fn generate(spec: &Spec) -> Result<Registers> {
    spec.check()?;
    let world = World::new(spec);
    let people = Chunk::new(&world, 0..spec.people)?;
    let [persons, placements, stays, costs] = people.tables;
    Ok(Registers {
        persons,
        placements,
        stays,
        costs,
        municipalities: area::municipalities(&world)?,
        counts: area::counts(&world)?,
        capacity: area::capacity(&world)?,
        allocations: area::allocations(&world)?,
        assessments: area::assessments(&world)?,
        second_assessments: area::second_assessments(&world)?,
        context: area::context(&world)?,
        price_index: area::prices(&world)?,
        planted: people.planted,
    })
}

/// Simulates some people, in the order of their numbers at any thread count.
fn simulate(world: &World, numbers: std::ops::Range<u64>) -> (Rows, Planted) {
    let tasks: Vec<_> = numbers
        .clone()
        .step_by(TASK as usize)
        .map(|first| first..numbers.end.min(first + TASK))
        .collect();
    let parts: Vec<(Rows, Planted)> = tasks
        .into_par_iter()
        .map(|numbers| {
            let (mut rows, mut planted) = (Rows::default(), Planted::new());
            for number in numbers {
                let career = world.person(number);
                let mark = Mark::new(&rows);
                rows.add(world, &career);
                dirt::plant(world, &career, &mut rows, mark, &mut planted);
            }
            (rows, planted)
        })
        .collect();
    let (mut rows, mut planted) = (Rows::default(), Planted::new());
    for (more, errors) in parts {
        rows.append(more);
        for (kind, n) in errors {
            *planted.entry(kind).or_default() += n;
        }
    }
    (rows, planted)
}

/// Writes a register to `dir` as one Parquet file a table, with the planted
/// truth in `truth.json` and the spec in `spec.toml`.
///
/// Memory does not grow with the number of people: they are simulated and
/// written in chunks. Files get their names only when all are complete, so a
/// killed run leaves what was there. `progress` is told how many people are
/// done, of how many, after each chunk.
///
/// # Errors
/// [`Error::Spec`] where the spec is out of range, [`Error::Write`] where the
/// folder cannot be written.
///
/// ```
/// use boligspor_synth::{Spec, write};
/// let dir = tempfile::tempdir().unwrap();
/// let spec = Spec { people: 100, ..Spec::odense_like() };
/// let summary = write(&spec, dir.path(), |_done, _total| ())?;
/// assert_eq!(summary.rows["persons"], 100);
/// assert!(dir.path().join("stays.parquet").exists());
/// # Ok::<(), boligspor_synth::Error>(())
/// ```
pub fn write(spec: &Spec, dir: &Path, mut progress: impl FnMut(u64, u64)) -> Result<Summary> {
    spec.check()?;
    fs::create_dir_all(dir).map_err(Error::write(dir))?;
    let world = World::new(spec);
    let mut summary = Summary {
        rows: BTreeMap::new(),
        planted: Planted::new(),
    };

    let empty = Chunk::new(&world, 0..0)?;
    let mut files = Vec::with_capacity(10);
    for (name, table) in ["persons", "placements", "stays", "costs"]
        .into_iter()
        .zip(&empty.tables)
    {
        files.push(Table::create(dir, name, table)?);
    }
    let numbers = |first: u64| first..spec.people.min(first + CHUNK);
    let mut done = 0;
    progress(0, spec.people);
    let mut chunk = Chunk::new(&world, numbers(0))?;
    while done < spec.people {
        // The next chunk is simulated while this one is encoded.
        let next = numbers(numbers(done).end);
        let (next, written) = rayon::join(
            || Chunk::new(&world, next),
            || {
                let mut tables = files.iter_mut().zip(&chunk.tables);
                tables.try_for_each(|(file, table)| file.add(table))
            },
        );
        written?;
        for (kind, n) in &chunk.planted {
            *summary.planted.entry(kind).or_default() += n;
        }
        chunk = next?;
        done = numbers(done).end;
        progress(done, spec.people);
    }

    for (name, table) in [
        ("municipalities", area::municipalities(&world)?),
        ("counts", area::counts(&world)?),
        ("capacity", area::capacity(&world)?),
        ("allocations", area::allocations(&world)?),
        ("assessments", area::assessments(&world)?),
        ("second_assessments", area::second_assessments(&world)?),
        ("context", area::context(&world)?),
        ("price_index", area::prices(&world)?),
    ] {
        let mut file = Table::create(dir, name, &table)?;
        file.add(&table)?;
        files.push(file);
    }
    let mut finished = Vec::new();
    for file in files {
        summary.rows.insert(file.name, file.rows);
        finished.push((format!("{}.parquet", file.name), file.finish(dir)?));
    }
    let truth = Truth::compute(&world).to_json();
    finished.push(("truth.json".to_owned(), text(dir, &truth)?));
    finished.push(("spec.toml".to_owned(), text(dir, &spec.to_toml())?));
    for (name, file) in finished {
        let path = dir.join(name);
        file.persist(&path)
            .map_err(|e| Error::write(path)(e.error))?;
    }
    Ok(summary)
}

/// The tables of some people, ready to be encoded.
struct Chunk {
    /// `persons`, `placements`, `stays`, `costs`.
    tables: [DataFrame; 4],
    planted: Planted,
}

impl Chunk {
    fn new(world: &World, numbers: std::ops::Range<u64>) -> Result<Self> {
        let ids = Ids::new(world.spec.seed);
        let (rows, planted) = simulate(world, numbers);
        Ok(Self {
            tables: [
                frames::persons(&rows.persons, ids)?,
                frames::placements(&rows.placements, ids)?,
                frames::stays(&rows.stays, ids)?,
                frames::costs(&rows.costs, ids)?,
            ],
            planted,
        })
    }
}

/// A table on its way to disk.
struct Table {
    name: &'static str,
    rows: u64,
    writer: BatchedWriter<BufWriter<fs::File>>,
    file: NamedTempFile,
}

impl Table {
    /// A file for a table of the same columns as `like`.
    fn create(dir: &Path, name: &'static str, like: &DataFrame) -> Result<Self> {
        let file = temporary(dir)?;
        let handle = file.reopen().map_err(Error::write(dir))?;
        let writer = ParquetWriter::new(BufWriter::new(handle))
            .with_compression(ParquetCompression::Zstd(None))
            .batched(like.schema())?;
        Ok(Self {
            name,
            rows: 0,
            writer,
            file,
        })
    }

    fn add(&mut self, chunk: &DataFrame) -> Result<()> {
        self.rows += chunk.height() as u64;
        Ok(self.writer.write_batch(chunk)?)
    }

    fn finish(self, dir: &Path) -> Result<NamedTempFile> {
        self.writer.finish()?;
        self.file.as_file().sync_all().map_err(Error::write(dir))?;
        Ok(self.file)
    }
}

fn text(dir: &Path, text: &str) -> Result<NamedTempFile> {
    let mut file = temporary(dir)?;
    file.write_all(text.as_bytes()).map_err(Error::write(dir))?;
    file.as_file().sync_all().map_err(Error::write(dir))?;
    Ok(file)
}

/// A temporary file beside the final one, readable by those the folder is for.
pub(crate) fn temporary(dir: &Path) -> Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(dir).map_err(Error::write(dir))
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::dirt::Dirt;

    fn dirty() -> Spec {
        Spec {
            people: 300,
            dirt: Dirt::everything(),
            ..Spec::odense_like()
        }
    }

    fn bytes(dir: &Path) -> BTreeMap<String, Vec<u8>> {
        fs::read_dir(dir)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read(path).unwrap())
            })
            .collect()
    }

    #[test]
    fn the_same_spec_gives_the_same_bytes_at_any_thread_count() {
        let [one, many] = [1, 5].map(|threads| {
            let dir = tempfile::tempdir().unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let summary = pool
                .build()
                .unwrap()
                .install(|| write(&dirty(), dir.path(), |_, _| ()).unwrap());
            (bytes(dir.path()), summary)
        });
        assert_eq!(one.0.len(), 14);
        assert_eq!(one, many);
    }

    #[test]
    fn a_person_is_the_same_in_any_chunk() {
        let world = World::new(&dirty());
        let (whole, planted) = simulate(&world, 0..300);
        let (mut parts, mut sum) = (Rows::default(), Planted::new());
        for numbers in [0..7, 7..200, 200..300] {
            let (rows, planted) = simulate(&world, numbers);
            parts.append(rows);
            for (kind, n) in planted {
                *sum.entry(kind).or_default() += n;
            }
        }
        assert_eq!(whole, parts);
        assert_eq!(planted, sum);
    }

    #[test]
    fn other_people_and_other_parts_leave_a_person_alone() {
        let spec = Spec {
            people: 100,
            ..Spec::odense_like()
        };
        let with = |spec: &Spec| simulate(&World::new(spec), 0..100).0;
        let base = with(&spec);
        let more = with(&Spec {
            people: 10_000,
            ..spec.clone()
        });
        assert_eq!(base, more);
        let no_costs = with(&Spec {
            costs: false,
            ..spec
        });
        assert!(!base.costs.is_empty() && no_costs.costs.is_empty());
        assert_eq!(base.persons, no_costs.persons);
        assert_eq!(base.stays, no_costs.stays);
    }

    #[test]
    fn what_is_written_is_what_is_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let summary = write(&dirty(), dir.path(), |_, _| ()).unwrap();
        let registers = generate(&dirty()).unwrap();
        assert_eq!(summary.planted, registers.planted);
        for (name, table) in registers.tables() {
            let file = fs::File::open(dir.path().join(format!("{name}.parquet"))).unwrap();
            let read = ParquetReader::new(file).finish().unwrap();
            assert!(read.equals_missing(table), "{name}");
            assert_eq!(summary.rows[name], table.height() as u64);
        }
    }

    #[test]
    fn a_killed_run_leaves_the_old_files_whole_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        write(&dirty(), dir.path(), |_, _| ()).unwrap();
        let before = bytes(dir.path());
        let other = Spec { seed: 1, ..dirty() };
        let killed = catch_unwind(AssertUnwindSafe(|| {
            write(&other, dir.path(), |done, _| assert_eq!(done, 0))
        }));
        assert!(killed.is_err());
        assert_eq!(bytes(dir.path()), before);
    }

    #[test]
    fn progress_rises_from_nothing_to_everybody() {
        let dir = tempfile::tempdir().unwrap();
        let mut seen = Vec::new();
        write(&dirty(), dir.path(), |done, total| seen.push((done, total))).unwrap();
        assert_eq!(seen, [(0, 300), (300, 300)]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = write(&dirty(), &file.path().join("x"), |_, _| ()).unwrap_err();
        assert!(matches!(error, Error::Write { .. }));
        assert!(error.to_string().contains("check that the folder"));
    }
}
